"""Typeset a report document: JSON in, PDF bytes out.

Typst gets the document as data and a fixed template; nothing of the document is ever pasted into Typst code. Always
PDF/UA-1 and PDF/A-3a, fonts from a package, the report's own date as timestamp, so the same document gives the same
bytes on every machine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from budgetanalyser import dansk
from budgetanalyser.errors import PdfError
from budgetanalyser.report import document as doc
from budgetanalyser.report.attachments import Attachment, attachments
from budgetanalyser.report.tagging import with_row_headers

FONT = "Fira Sans"
STANDARDS = ["ua-1", "a-3a"]
TEMPLATES = ("main.typ", "blocks.typ", "colophon.typ")


def font_path(weight: int = 400, style: str = "normal") -> Path:
    """Return the file of the report's typeface in a weight and style, from its package."""
    import fontpkg

    return Path(fontpkg.path(FONT, weight=weight, style=style))


@cache
def templates() -> dict[str, bytes]:
    """Return the Typst templates by file name."""
    folder = resources.files(__package__) / "typst"
    return {name: (folder / name).read_bytes() for name in TEMPLATES}


def render(document: doc.Document) -> bytes:
    """Return `document` as PDF.

    Raises:
        PdfError: The compiler refused it; the message is Danish, `detail` holds the compiler's words.
    """
    import typst

    extra = attachments(document)
    files = {**templates(), "document.json": _payload(document, extra).encode()}
    files["main"] = files.pop("main.typ")
    files |= {one.name: one.content for one in extra}
    files |= {
        f"figur-{block.number}.svg": block.svg.encode() for block in document.blocks if isinstance(block, doc.Figure)
    }
    day = document.meta.dato
    try:
        # The stub does not know the form with several files.
        result = typst.compile(  # type: ignore[call-overload]
            files,
            format="pdf",
            font_paths=typst.Fonts(
                font_paths=[str(font_path().parent)], include_system_fonts=False, include_embedded_fonts=False
            ),
            pdf_standards=STANDARDS,
            timestamp=datetime(day.year, day.month, day.day, tzinfo=UTC),
        )
    except typst.TypstError as error:
        raise PdfError(_explain(str(error), document), str(error)) from None
    return with_row_headers(result)


def _payload(document: doc.Document, extra: list[Attachment]) -> str:
    data: dict[str, Any] = document.model_dump(mode="json")
    for block in data["blocks"]:
        block.pop("svg", None)
        block.pop("data", None)
        block.pop("spoken", None)
    _mark_first_notes(data, set())
    data["meta"]["dato_tekst"] = dansk.dato(document.meta.dato)
    data["attachments"] = [{"name": one.name, "mime": one.mime, "description": one.description} for one in extra]
    return json.dumps(data, ensure_ascii=False)


def _mark_first_notes(node: Any, seen: set[str]) -> None:
    """Number the footnotes' labels; the first in reading order prints the text, the rest point to it."""
    if isinstance(node, list):
        for one in node:
            _mark_first_notes(one, seen)
    elif isinstance(node, dict):
        if node.get("kind") == "note":
            node["first"] = node["label"] not in seen
            seen.add(node["label"])
        # The dictionary's order is the model's, which is the order of reading.
        for one in node.values():
            _mark_first_notes(one, seen)


def _strange_letters(document: doc.Document) -> str:
    """Name the letters that the typeface lacks and the blocks they stand in; nothing when there are none."""
    import unicodedata

    from fontTools.ttLib import TTFont

    with TTFont(font_path()) as font:
        known = {*font.getBestCmap(), ord("\n"), 0xAD, 0x200B}
    parts = [("titlen", document.meta.model_dump()), ("nøgletal", [one.model_dump() for one in document.key_figures])]
    parts += [(f"{block.kind} {block.id}", block.model_dump(exclude={"svg"})) for block in document.blocks]
    parts.append(("kolofonen", document.colophon.model_dump()))
    told = []
    for place, node in parts:
        for letter in sorted(set("".join(_texts(node)))):
            if ord(letter) not in known:
                name = unicodedata.name(letter, f"U+{ord(letter):04X}").lower()
                told.append(f"{name} (U+{ord(letter):04X}) i {place}")
    return "; ".join(told[:10])


def _texts(node: Any) -> Iterator[str]:
    """Yield every text inside a dumped model."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, (list, dict)):
        for one in node.values() if isinstance(node, dict) else node:
            yield from _texts(one)


def _explain(said: str, document: doc.Document) -> str:
    where = f"»{document.meta.titel}«"
    if "alt text" in said or "alternative description" in said:
        return f"En figur i {where} mangler tekst til skærmlæsere. Giv den alt= i figur()."
    if "heading level" in said or "skipped" in said:
        return f"En overskrift i {where} springer et niveau over. Brug ## og derefter ###."
    if too_wide := re.search(r"for bred: (\S+ \S+)", said):
        return f"{too_wide[1].capitalize()} er for bred til siden, også på tværs. Del den, eller vælg færre kolonner."
    if "title" in said:
        return "Rapporten mangler titel. Skriv titel i analysen."
    if strange := _strange_letters(document):
        return f"Teksten rummer tegn, som skriften ikke har. Skriv dem om: {strange}"
    return f"PDF'en kunne ikke sættes for {where}. Send denne linje til dem, der passer Budgetanalyser: {said[:200]}"
