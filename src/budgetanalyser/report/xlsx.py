"""The workbook beside the PDF: a cover, and a sheet for each numbered table and each figure's data.

For those who recalculate and for those who listen: exact values with types, one table a sheet with one header row, and
what a sighted reader sees at a glance said in words. Sums are values as the report has them; no cell holds a formula,
and the only links lead to other sheets. What a cell may hold is in `cells`; the CSV inside the PDF is in `attachments`.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from budgetanalyser import dansk
from budgetanalyser.report import cells, tables
from budgetanalyser.report import document as doc
from budgetanalyser.report.attachments import CONSTRUCTED, header, numbered

COVER = "Forside"
LANGUAGE = "da-DK"
EXACT = "Tallene her er ikke afrundet; i rapporten er de."

_INVENTED = f"{CONSTRUCTED}. Rapporten bygger på opdigtede tal og viser kun metoden."
_ROUNDING = (tables.ROUNDED, tables.ROUNDED_APART, tables.ROUNDED_TO_SUM)
_SHEET_NAME = 31
_HEADER = 255
_A4 = 9
# In letters, as spreadsheets measure columns. The first column holds the notes too.
_NARROWEST, _WIDEST, _FIRST_COLUMN, _PORTRAIT = 9, 60, 34, 95
# Month names in Danish whatever the machine speaks: 406 is Danish.
_DATE_FORMATS = {"dato": "[$-406]d. mmmm yyyy", "maaned": "[$-406]mmmm yyyy"}
_WIDEST_DATE = len("30. september 2026")
_DARK, _ACCENT, _PALE = "#1C1F23", "#0B4F6C", "#F1F5F8"


def has_data(document: doc.Document) -> bool:
    """Tell whether a report has a numbered table or a figure, and so a workbook."""
    return next(numbered(document), None) is not None


def workbook(document: doc.Document) -> bytes:
    """Return the numbers of `document` as an xlsx file; the same document gives the same bytes."""
    import xlsxwriter

    out = io.BytesIO()
    never = dict.fromkeys(("strings_to_formulas", "strings_to_numbers", "strings_to_urls"), False)
    book = _Book(xlsxwriter.Workbook(out, {"in_memory": True, **never}), document)
    sheets = _sheets(document)
    cover = _cover(book, sheets)
    for number, sheet in enumerate(sheets, start=2):
        _data_sheet(book, sheet, number, cover)
    book.close()
    return _with_language(out.getvalue())


@dataclass(frozen=True)
class _Sheet:
    """A sheet to be written: its name, what row 1 and 2 say, the table, what stands below, and its sources."""

    name: str
    title: str
    unit: str
    table: doc.Table
    notes: list[str]
    kilder: list[int]


class _Book:
    """The workbook being written, with its formats and the ways to put a text into it."""

    def __init__(self, book: Any, document: doc.Document) -> None:
        self.book = book
        self.document = document
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}
        meta = document.meta
        municipality = cells.line(f"{meta.kommune} Kommune")
        invented = any(kilde.konstrueret for kilde in document.colophon.kilder)
        self.foot = " · ".join(
            [municipality, meta.tilstand, f"kørsel {document.colophon.run_id}", *([CONSTRUCTED] if invented else [])]
        )
        self.warning = _INVENTED if invented else ""
        book.set_properties(
            {
                "title": cells.line(meta.titel),
                "subject": cells.line(meta.serie),
                "author": municipality,
                "company": municipality,
                "status": cells.line(meta.tilstand),
                "comments": self.warning,
                "created": datetime(meta.dato.year, meta.dato.month, meta.dato.day),
            }
        )

    def sheet(self, name: str, *, wide: bool = False) -> Any:
        """Return a new sheet, set up for A4: all columns on one page's width, and a footer."""
        sheet = self.book.add_worksheet(name)
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        if wide:
            sheet.set_landscape()
        sheet.set_footer(f"&L{cells.cut(cells.line(self.foot), 100).replace('&', '&&')}&Rside &P af &N")
        return sheet

    def format(self, **properties: object) -> Any:
        """Return a cell format; equal ones are one."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format({"font_color": _DARK, "valign": "top", **properties})
        return self._formats[key]

    def text(self, sheet: Any, row: int, words: str, column: int = 0, **properties: object) -> None:
        """Write a text that stays a text."""
        sheet.write_string(row, column, cells.text(words), self.format(**properties))

    def link(self, sheet: Any, row: int, words: str, target: str, place: str, **properties: object) -> None:
        """Write a link to a cell of another sheet, or of this one."""
        style = self.format(font_color=_ACCENT, underline=1, **properties)
        sheet.write_url(row, 0, f"internal:{_quoted(target)}!{place}", style, cells.text(words))

    def close(self) -> None:
        self.book.close()


# What is to be written


def _sheets(document: doc.Document) -> list[_Sheet]:
    order = {kilde.fil: number for number, kilde in enumerate(document.colophon.kilder, start=1)}
    invented = {kilde.fil for kilde in document.colophon.kilder if kilde.konstrueret}
    taken = {COVER.casefold()}
    sheets = []
    for word, block, table in numbered(document):
        files = {*block.kilder, *table.kilder}
        name = f"{word.capitalize()} {block.number}"
        caption = doc.plain(block.caption)
        sheets.append(
            _Sheet(
                name=_unique(_sheet_name(f"{name} {caption}"), taken, _SHEET_NAME),
                title=cells.line(f"{f'{CONSTRUCTED}. ' if files & invented else ''}{name}. {caption}"),
                unit=_unit(table),
                table=table,
                notes=[*_notes(table), *_footnotes(block, table), *_drawn(block)],
                kilder=sorted(order[fil] for fil in files if fil in order),
            )
        )
    return sheets


def _sheet_name(words: str) -> str:
    """Return words as a sheet may be called: 31 letters, none that has a meaning of its own or cannot be seen."""
    seen = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in words)
    plain = " ".join(re.sub(r"[\[\]:*?/\\]", " ", seen).replace("'", "’").split())
    if cells.units(plain) > _SHEET_NAME:
        whole, _, part = cells.cut(plain, _SHEET_NAME + 1).rpartition(" ")
        # A name ends with a whole word, unless that would leave only "Tabel 1".
        plain = whole if len(whole.split()) > 2 else cells.cut(f"{whole} {part}", _SHEET_NAME)
    return plain.rstrip(" ,;.–-")


def _unique(name: str, taken: set[str], longest: int) -> str:
    """Return `name`, with a number behind it where a sheet or column is called so already, whatever the case."""
    result, number = name, 1
    while result.casefold() in taken:
        number += 1
        result = f"{cells.cut(name, longest - len(f' ({number})'))} ({number})"
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


# The cover


def _cover(book: _Book, sheets: Sequence[_Sheet]) -> int:
    """Write the cover: what this is, how to read it, the sheets and the sources. Return the row of the sources."""
    sheet = book.sheet(COVER)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 90)
    book.text(sheet, 0, cells.line(book.document.meta.titel), bold=True, font_size=16)
    row = 1
    if book.warning:
        book.text(sheet, row, book.warning, bold=True)
        row += 1
    row = _pairs(book, sheet, row, _about(book.document))
    row = _pairs(book, sheet, _heading(book, sheet, row, "Sådan læses tallene"), _legend(sheets))
    row = _heading(book, sheet, row, "Ark")
    for one in sheets:
        book.link(sheet, row, one.name, one.name, "A1", text_wrap=True)
        book.text(sheet, row, f"{one.title} ({_count(len(one.table.rows), 'række', 'rækker')})", 1, text_wrap=True)
        row += 1
    sources = row + 1
    row = _heading(book, sheet, row, "Kilder")
    kilder = book.document.colophon.kilder
    if not kilder:
        book.text(sheet, row, "Rapporten bygger ikke på filer i data/raw.")
    _pairs(book, sheet, row, [(f"Kilde {i}", _source(i, kilde, kilder)) for i, kilde in enumerate(kilder, start=1)])
    return sources


def _heading(book: _Book, sheet: Any, row: int, words: str) -> int:
    """Write a heading after an empty row; return the row that follows it."""
    book.text(sheet, row + 1, words, bold=True, font_size=13, font_color=_ACCENT)
    return row + 2


def _pairs(book: _Book, sheet: Any, row: int, pairs: Iterable[tuple[str, str | date]]) -> int:
    for label, said in pairs:
        book.text(sheet, row, label, bold=True)
        if isinstance(said, date):
            sheet.write_datetime(row, 1, said, book.format(num_format=_DATE_FORMATS["dato"], align="left"))
        else:
            book.text(sheet, row, said, 1, text_wrap=True)
        row += 1
    return row


def _about(document: doc.Document) -> list[tuple[str, str | date]]:
    meta = document.meta
    about: list[tuple[str, str | date]] = [
        ("Kommune", f"{meta.kommune} Kommune"),
        ("Serie", meta.serie),
        ("Dato", meta.dato),
        ("Tilstand", f"{meta.tilstand}{' og ikke udsendt' if meta.tilstand == 'kladde' else ''}"),
        ("Kørsel", f"{document.colophon.run_id}. Rapporten med samme kørselsnummer har samme tal."),
        ("Analyse", meta.analyse),
        (
            "Hvad filen er",
            "Tallene bag rapportens tabeller og figurer, til at regne videre på. Rapporten er PDF-filen med samme navn.",
        ),
    ]
    return [*about, ("Om rapporten", meta.om)] if meta.om else about


def _legend(sheets: Sequence[_Sheet]) -> list[tuple[str, str]]:
    formats = {column.format for sheet in sheets for column in sheet.table.columns}
    said = {
        "beloeb": (
            "Beløb",
            "Beløb er i kroner og ikke afrundet, også hvor rapporten viser 1.000 kr. eller mio. kr. Prisniveau og fortegn "
            "står under arkets titel.",
        ),
        "pct": ("Procent", "Andele er tal mellem 0 og 1, vist i procent: 12,5 % er tallet 0,125."),
        "dato": ("Datoer", "Datoer er rigtige datoer."),
        "maaned": ("Måneder", "En måned er datoen for dens første dag."),
    }
    return [
        (
            "Opbygning",
            "Hvert ark har én tabel med én overskriftsrække. En sum nederst står lige under tabellen, så den ikke regnes "
            "med igen. Derunder kommer noter og kilder; linjen over tabellen fører derhen. Ingen felter har formler.",
        ),
        *(pair for format_, pair in said.items() if format_ in formats),
        ("Tomme felter", "Der er intet tal. Er et tal ukendt eller skjult, står det med ord."),
    ]


def _source(number: int, kilde: doc.KildeInfo, all_: Sequence[doc.KildeInfo]) -> str:
    """Return a source in the words of the colophon; a document that several files come from is told once."""
    key = (kilde.titel, kilde.udgiver, kilde.url)
    first = next(i for i, one in enumerate(all_, start=1) if (one.titel, one.udgiver, one.url) == key)
    said = [f"Samme dokument som kilde {first}."]
    if first == number:
        said = [f"{kilde.titel}{f' ({CONSTRUCTED})' if kilde.konstrueret else ''}. {kilde.udgiver}."]
        said += [f"Udgivet: {kilde.udgivet}.", f"Hentet: {kilde.hentet}.", f"Licens: {kilde.licens}."]
    said += [f"Prisniveau: {kilde.prisniveau}."]
    said += [f"Forudsætning: {kilde.forudsaetning}"] if kilde.forudsaetning else []
    said += [f"Forbehold: {kilde.forbehold}"] if kilde.forbehold else []
    said += [f"Fil: {kilde.fil}."]
    # On a line of its own, so that no full stop is copied along with it.
    return " ".join(said) + (f"\nAdresse: {kilde.url}" if first == number else "")


# The sheets of data


def _data_sheet(book: _Book, one: _Sheet, number: int, cover_row: int) -> None:
    """Write a table: title, unit and a link to the notes on top, and what stays with the numbers below them."""
    body, totals = _parted(one.table.rows)
    columns = _columns(one.table)
    head = 3 if one.unit else 2
    bottom = head + max(len(body), 1)  # A table of Excel's own has a row, be it empty.
    below = bottom + len(totals) + 2
    sheet = book.sheet(one.name, wide=sum(column.width for column in columns) > _PORTRAIT)
    book.text(sheet, 0, one.title, bold=True, font_size=14)
    if one.unit:
        book.text(sheet, 1, one.unit)
    size = _size(body if one.table.rows else [], totals, len(columns))
    book.link(sheet, head - 1, f"{size} Noter og kilder: række {below + 1}.", one.name, f"A{below + 1}")
    if columns:
        _table(book, sheet, one, number, columns, (head, bottom))
        remarks = _rows(book, sheet, columns, head + 1, [*body, *([None] if not body else []), *totals])
        _mark_region(book, one.name, number, head, bottom + len(totals), len(columns))
    else:
        remarks = []
    sheet.freeze_panes(head + 1, 0)
    sheet.repeat_rows(head)
    _below(book, sheet, below, [*one.notes, *remarks, *_sums(body, head + 2)], one.kilder, cover_row)


def _parted(rows: Sequence[doc.Row]) -> tuple[list[doc.Row], list[doc.Row]]:
    """Part the totals at the end from the rest, so that nobody adds them up once more."""
    count = len(rows)
    while count and rows[count - 1].total:
        count -= 1
    count = count or len(rows)
    return list(rows[:count]), list(rows[count:])


@dataclass(frozen=True)
class _Column:
    """A column: header, typed cells in the order of the rows, number format, alignment and width."""

    header: str
    cells: list[cells.Typed]
    number_format: str
    align: str
    width: float


def _columns(table: doc.Table) -> list[_Column]:
    taken: set[str] = set()
    return [_column(table, i, column, taken) for i, column in enumerate(table.columns)]


def _column(table: doc.Table, i: int, column: doc.Column, taken: set[str]) -> _Column:
    words = cells.line(header(table, column), _HEADER - 10) or f"Kolonne {i + 1}"
    # Such a code would be read as a letter in one of the two places where a header stands, and the two must agree.
    name = _unique(re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_ ", words), taken, _HEADER)
    typed = [cells.typed(column, row.cells[i]) for row in table.rows]
    decimals = _decimals(column.format, typed, [doc.plain(row.cells[i].children) for row in table.rows])
    width = max((_shown_width(one.content, column.format, decimals) for one in typed), default=0)
    width = max(_NARROWEST, min(_WIDEST, width + 2), *(len(word) + 2 for word in name.split()), len(name) / 3 + 2)
    return _Column(
        header=name,
        cells=typed,
        number_format=_number_format(column.format, decimals),
        # The first column is heard and seen as the name of the row.
        align=column.align if i else "left",
        width=min(max(width, 0 if i else _FIRST_COLUMN), _WIDEST),
    )


def _decimals(format_: str, typed: Sequence[cells.Typed], printed: Sequence[str]) -> int:
    """Return the decimals to show: øre where there are any, else as many as the report prints."""
    if format_ == "beloeb":
        numbers = [one.content for one in typed if isinstance(one.content, Decimal)]
        return 0 if all(number == number.to_integral_value() for number in numbers) else 2
    return max((len(match[1]) for words in printed if (match := re.search(r"\d,(\d+)", words))), default=0)


def _number_format(format_: str, decimals: int) -> str:
    rest = f".{'0' * decimals}" if decimals else ""
    if format_ in _DATE_FORMATS:
        return _DATE_FORMATS[format_]
    return {"aar": "0", "pct": f"0{rest}%"}.get(format_, f"#,##0{rest}" if format_ in cells.NUMERIC else "General")


def _shown_width(content: cells.Content, format_: str, decimals: int) -> int:
    if isinstance(content, Decimal):
        return len(f"{content * 100:.{decimals}f}%" if format_ == "pct" else f"{content:,.{decimals}f}")
    if isinstance(content, str):
        return max((len(part) for part in content.splitlines()), default=0)
    return _WIDEST_DATE if content else 0


def _table(
    book: _Book, sheet: Any, one: _Sheet, number: int, columns: Sequence[_Column], rows: tuple[int, int]
) -> None:
    """Make the rows a table of Excel's own, which screen readers know by its header row and people by its name."""
    style = {"bold": True, "bottom": 1, "bg_color": _PALE, "text_wrap": True, "valign": "bottom"}
    heads = [{"header": column.header, "header_format": book.format(**style, align=column.align)} for column in columns]
    # A name must be a word; the sheet's number keeps two of them apart.
    name = re.sub(r"\W+", "_", " ".join(one.name.split()[:2]))
    options = {"columns": heads, "name": f"{name}_ark_{number}", "style": None, "autofilter": False}
    described = {"title": cells.cut(one.title, _HEADER), "description": cells.cut(one.unit, _HEADER)}
    sheet.add_table(rows[0], 0, rows[1], len(columns) - 1, {**options, **described, "banded_rows": False})
    for i, column in enumerate(columns):
        sheet.set_column(i, i, column.width)


def _rows(book: _Book, sheet: Any, columns: Sequence[_Column], start: int, rows: Sequence[doc.Row | None]) -> list[str]:
    """Write the cells; return what must be said of them. None is the empty row of a table without rows."""
    remarks: dict[str, list[str]] = {}
    places = [i for i, row in enumerate(rows) if row is not None]
    ends = next((i for i in reversed(places) if not (row := rows[i]) or not row.total), -1)
    for number, i in enumerate(places):
        row = rows[i]
        style: dict[str, object] = {"bold": True} if row and row.total else {}
        style |= {"top": 1} if i == ends + 1 and style else {}
        for j, column in enumerate(columns):
            one = column.cells[number]
            _write(book, sheet, (start + i, j), one.content, column, style)
            if one.remark:
                remarks.setdefault(one.remark, []).append(_place(start + i, j))
    return [_remark(words, found) for words, found in remarks.items()]


def _write(
    book: _Book, sheet: Any, place: tuple[int, int], content: cells.Content, column: _Column, style: dict[str, object]
) -> None:
    if content is None:
        if style:
            sheet.write_blank(*place, None, book.format(**style))
    elif isinstance(content, str):
        style = style | ({"quote_prefix": True} if cells.is_taken_for_more(content) else {})
        sheet.write_string(*place, content, book.format(align=column.align, text_wrap=True, **style))
    else:
        style = {**style, "num_format": column.number_format, "align": column.align}
        write = sheet.write_number if isinstance(content, Decimal) else sheet.write_datetime
        write(*place, content, book.format(**style))


def _mark_region(book: _Book, name: str, number: int, head: int, last: int, width: int) -> None:
    """Name the cells by the custom that JAWS and NVDA read headers by, so that totals below the table have theirs too."""
    first, end = _place(head, 0), _place(last, width - 1)
    book.book.define_name(f"TitleRegion1.{first}.{end}.{number}", f"={_quoted(name)}!$A${head + 1}")


def _below(book: _Book, sheet: Any, row: int, notes: Sequence[str], kilder: Sequence[int], cover_row: int) -> None:
    book.text(sheet, row, "Noter og kilder", bold=True, font_size=13, font_color=_ACCENT)
    for note in notes:
        row += 1
        book.text(sheet, row, note, text_wrap=True)
    if kilder:
        row += 1
        words = f"Se kilde {dansk.opremsning([str(number) for number in kilder])} på arket {COVER}."
        book.link(sheet, row, words, COVER, f"A{cover_row + 1}", text_wrap=True)
    book.link(sheet, row + 1, f"Til arket {COVER}", COVER, "A1")


def _size(body: Sequence[doc.Row], totals: Sequence[doc.Row], width: int) -> str:
    if not body:
        return "Tabellen har ingen rækker."
    said = f"Tabellen har {_count(len(body), 'række', 'rækker')} og {_count(width, 'kolonne', 'kolonner')}"
    return said + {0: ".", 1: "; summen står lige under den."}.get(len(totals), "; summerne står lige under den.")


def _sums(body: Sequence[doc.Row], first: int) -> list[str]:
    """Name the rows inside the table that are sums; bold type alone does not say it."""
    found = [str(first + i) for i, row in enumerate(body) if row.total]
    return [f"Summer inde i tabellen: række {dansk.opremsning(found)}."] if found else []


def _remark(words: str, places: Sequence[str]) -> str:
    if words not in cells.ABOUT_CELLS:
        return words
    more = f" og {len(places) - 10} andre" if len(places) > 10 else ""
    return f"{words}: {', '.join(places[:10])}{more}."


def _count(number: int, one: str, more: str) -> str:
    return f"{dansk.antal(number)} {one if number == 1 else more}"


def _place(row: int, column: int) -> str:
    """Return a cell's address: (0, 27) is "AB1"."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _with_language(content: bytes) -> bytes:
    """Return the file with its language among its properties, where xlsxwriter has no place for it."""
    out = io.BytesIO()
    end = b"</cp:coreProperties>"
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for info in before.infolist():
            part = before.read(info)
            if info.filename == "docProps/core.xml":
                part = part.replace(end, f"<dc:language>{LANGUAGE}</dc:language>".encode() + end)
            after.writestr(info, part)
    return out.getvalue()
