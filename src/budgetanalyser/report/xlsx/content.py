"""What each sheet of data says: its name, title, unit, notes and sources, taken from the document."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from budgetanalyser import dansk
from budgetanalyser.report import document as doc
from budgetanalyser.report import tables
from budgetanalyser.report.attachments import CONSTRUCTED, numbered
from budgetanalyser.report.values import PARAMETER
from budgetanalyser.report.xlsx import cells
from budgetanalyser.report.xlsx.book import COVER

EXACT = "Tallene her er ikke afrundet; i rapporten er de."

_ROUNDING = (tables.ROUNDED, tables.ROUNDED_APART, tables.ROUNDED_TO_SUM)
_SHEET_NAME = 31
_IN_TEXT = "Tal i teksten"
# What a named value's unit makes of its cell; the rest are words.
_FORMATS = {"kr.": "beloeb", "antal": "antal", "andel": "pct", "år": "aar", "dato": "dato", "måned": "maaned"}
_VALUE = 1  # The column of the values among those of `_in_text`.


@dataclass(frozen=True)
class Part:
    """A sheet to be written.

    Attributes:
        name: Of the sheet, unique and legal.
        key: Of the table in it: "Tabel_1".
        title: The first row.
        unit: The second row; empty where there are no amounts.
        table: The data.
        notes: What stands below it.
        kilder: The numbers of its sources in the colophon.
        mixed: The format of each row, for a column whose rows differ.
    """

    name: str
    key: str
    title: str
    unit: str
    table: doc.Table
    notes: list[str]
    kilder: list[int]
    mixed: Mapping[int, Sequence[str]] = field(default_factory=dict)


def parts(document: doc.Document) -> list[Part]:
    """Return the sheets of a report's numbered tables and figures, in its order, and of the numbers in its text."""
    order = {kilde.fil: number for number, kilde in enumerate(document.colophon.kilder, start=1)}
    invented = {kilde.fil for kilde in document.colophon.kilder if kilde.konstrueret}
    names, keys = {COVER.casefold()}, set[str]()
    sheets = []
    for word, block, table in numbered(document):
        files = {*block.kilder, *table.kilder}
        name = f"{word.capitalize()} {block.number}"
        caption = doc.plain(block.caption)
        sheets.append(
            Part(
                name=unique(_sheet_name(f"{name} {caption}"), names, _SHEET_NAME),
                key=unique(name.replace(" ", "_"), keys, _SHEET_NAME, "_{}"),
                title=cells.line(f"{f'{CONSTRUCTED}. ' if files & invented else ''}{name}. {caption}"),
                unit=_unit(table),
                table=table,
                notes=[*_notes(table), *_footnotes(block, table), *_drawn(block)],
                kilder=sorted(order[fil] for fil in files if fil in order),
            )
        )
    values = [value for value in document.colophon.values if value.beregning != PARAMETER]
    if values:
        sheets.append(_in_text(values, order, invented, unique(_IN_TEXT, names, _SHEET_NAME)))
    return sheets


def _in_text(values: Sequence[doc.NamedValue], order: Mapping[str, int], invented: set[str], name: str) -> Part:
    """Return what the PDF ends with: each number and date of the text, and where it comes from."""
    heads = {"hvad": "Hvad", "vaerdi": "Værdi", "enhed": "Enhed", "prisniveau": "Prisniveau"}
    heads |= {"oprindelse": "Oprindelse", "navn": "Navn i analysen"}
    files = {fil for value in values for fil in value.kilder}
    rows = [
        [
            _cell(value.beskrivelse),
            doc.Cell(value=value.exact or None, children=[doc.Text(text=value.text)]),
            *map(_cell, (value.unit, value.prisniveau, _origin(value, order), value.name)),
        ]
        for value in values
    ]
    return Part(
        name=name,
        key=name.replace(" ", "_"),
        title=f"{f'{CONSTRUCTED}. ' if files & invented else ''}Tal og datoer i teksten, og hvor de kommer fra",
        unit="Hver række har sin egen enhed og sit eget prisniveau; beløb er i kroner.",
        table=doc.Table(
            columns=[doc.Column(key=key, header=head, format="tekst", align="left") for key, head in heads.items()],
            rows=[doc.Row(cells=cells_) for cells_ in rows],
            caption=[],
        ),
        notes=[EXACT],
        kilder=sorted(order[fil] for fil in files if fil in order),
        mixed={_VALUE: [_FORMATS.get(value.unit, "tekst") for value in values]},
    )


def _cell(words: str) -> doc.Cell:
    return doc.Cell(value=words or None, children=[doc.Text(text=words)])


def _origin(value: doc.NamedValue, order: Mapping[str, int]) -> str:
    numbers = [str(number) for number in sorted(order[fil] for fil in value.kilder if fil in order)]
    sources = f"kilde {dansk.opremsning(numbers)}" if numbers else ""
    if not value.beregning or not sources:
        return value.beregning or sources
    return f"{value.beregning} ({sources})"


def _sheet_name(words: str) -> str:
    """Return words as a sheet may be called: 31 letters, none that has a meaning of its own or cannot be seen."""
    seen = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in words)
    plain = " ".join(re.sub(r"[\[\]:*?/\\]", " ", seen).replace("'", "’").split())
    if cells.units(plain) > _SHEET_NAME:
        whole, _, part = cells.cut(plain, _SHEET_NAME + 1).rpartition(" ")
        # A name ends with a whole word, unless that would leave only "Tabel 1".
        plain = whole if len(whole.split()) > 2 else cells.cut(f"{whole} {part}", _SHEET_NAME)
    return plain.rstrip(" ,;.–-")


def unique(name: str, taken: set[str], longest: int, ending: str = " ({})") -> str:
    """Return `name`, with a number behind it where something is called so already, whatever the case."""
    result, number = name, 1
    while result.casefold() in taken:
        number += 1
        result = cells.cut(name, longest - len(ending.format(number))) + ending.format(number)
    taken.add(result.casefold())
    return result


def _unit(table: doc.Table) -> str:
    """Return unit, price level and sign legend of the exact values: "Beløb i kr., 2024-prisniveau, …"."""
    shown = next((column.unit for column in table.columns if column.format == "beloeb"), "")
    said = doc.plain(table.unit_line)
    if not shown or not said:
        return said
    exact = f"Beløb i kr.{said.removeprefix(shown)}" if said.startswith(f"{shown},") else f"Beløb i kr. ({said})"
    return exact if shown == "kr." else f"{exact.rstrip('.')}. Rapporten viser dem i {shown.rstrip('.')}."


def _notes(table: doc.Table) -> list[str]:
    notes = [note for note in table.notes if note not in _ROUNDING]
    return notes + ([EXACT] if len(notes) < len(table.notes) else [])


def _footnotes(block: doc.Table | doc.Figure, table: doc.Table) -> list[str]:
    places = [block.caption, block.subtitle if isinstance(block, doc.Figure) else [], table.unit_line]
    places += [cell.children for row in table.rows for cell in row.cells]
    return list(dict.fromkeys(note for inlines in places for note in _notes_in(inlines)))


def _notes_in(inlines: Iterable[doc.Inline]) -> Iterator[str]:
    for node in inlines:
        if isinstance(node, doc.Note):
            yield doc.plain(node.children)
        elif isinstance(node, (doc.Strong, doc.Emphasis, doc.Link)):
            yield from _notes_in(node.children)


def _drawn(block: doc.Table | doc.Figure) -> list[str]:
    if not isinstance(block, doc.Figure):
        return []
    below = doc.plain(block.subtitle)
    return [*([f"Under figurens titel står: {below}"] if below else []), f"Figuren viser: {block.alt}"]


def parted(rows: Sequence[doc.Row]) -> tuple[list[doc.Row], list[doc.Row]]:
    """Part the totals at the end from the rest, so that nobody adds them up once more."""
    count = len(rows)
    while count and rows[count - 1].total:
        count -= 1
    count = count or len(rows)
    return list(rows[:count]), list(rows[count:])
