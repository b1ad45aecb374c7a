"""Prose to blocks: Markdown with placeholders. What cannot be printed accessibly is refused, never dropped.

Known: headings from `##`, paragraphs, emphasis, links, lists, quotations, tables and footnotes. `#` is the report's
title and stands in the analysis.
"""

from __future__ import annotations

from collections.abc import Mapping

from budgetanalyser.errors import Fault
from budgetanalyser.report import document as doc
from budgetanalyser.report.markdown import Reader
from budgetanalyser.report.placeholders import (
    Filled,
    Placeholder,
    PlaceholderFaults,
    check_letters,
    fill,
    mark,
    parse,
    unknown,
)
from budgetanalyser.report.sections import ProseFaults, line_number
from budgetanalyser.report.values import Vaerdi


def blocks(text: str, values: Mapping[str, Vaerdi]) -> list[doc.Block]:
    """Return Markdown with placeholders as blocks.

    Raises:
        ProseFaults: Every fault of the text, with lines.
    """
    try:
        return Reader(fill(text, values)).blocks()
    except PlaceholderFaults as error:
        raise ProseFaults(error.faults) from None


def static_blocks(text: str) -> list[doc.Block]:
    """Return the blocks of an ordinary Markdown cell, in which a placeholder would be printed as it stands.

    Raises:
        ProseFaults: Every fault of the text, with lines; placeholders among them.
    """
    found = [
        Fault("en almindelig Markdown-celle udfylder ikke {{ }}; begynd en kodecelle med %%tekst", f"linje {number}")
        for number, line in enumerate(text.splitlines(), start=1)
        if "{{" in line or "{%" in line or "{#" in line
    ]
    try:
        check_letters(text)
    except PlaceholderFaults as error:
        found += error.faults
    if found:
        raise ProseFaults(found)
    return Reader(Filled(text, [])).blocks()


def inline(text: str, values: Mapping[str, Vaerdi]) -> list[doc.Inline]:
    """Return one line of text with placeholders and emphasis, such as a caption, as inlines.

    "4. kvartal 2023" is a line here, not a list.

    Raises:
        ProseFaults: Faults of the text.
    """
    try:
        return Reader(fill(" ".join(text.split()), values)).line()
    except PlaceholderFaults as error:
        raise ProseFaults(error.faults) from None


def static_faults(text: str, names: set[str] | None) -> list[Fault]:
    """Return what is wrong with a prose text before any value is known.

    Args:
        text: Markdown with placeholders.
        names: Every name a placeholder may use; None when that cannot be known yet.
    """
    try:
        pieces = parse(text)
    except PlaceholderFaults as error:
        return error.faults
    used = [piece for piece in pieces if isinstance(piece, Placeholder)]
    missing = [one for one in used if names is not None and one.name not in names]
    faults = [Fault(unknown(one.name, names or ()), f"linje {one.line}") for one in missing]
    marks: list[list[doc.Inline]] = [[doc.Shown(name=one.name, text="0", exact="0")] for one in used]
    numbers = iter(range(len(used)))
    words = [piece if isinstance(piece, str) else mark(next(numbers)) for piece in pieces]
    try:
        Reader(Filled("".join(words), marks)).blocks()
    except ProseFaults as error:
        faults += error.faults
    return sorted(faults, key=line_number)
