"""A sheet of data: a table of typed columns, totals right under it, notes and sources below."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from budgetanalyser import dansk
from budgetanalyser.report import document as doc
from budgetanalyser.report.attachments import header
from budgetanalyser.report.xlsx import cells
from budgetanalyser.report.xlsx.book import ACCENT, COVER, DATE_FORMATS, PALE, Book, count, place, quoted
from budgetanalyser.report.xlsx.content import Part, parted, unique

_HEADER = 255
# In letters, as spreadsheets measure columns. The first column holds the notes too.
_NARROWEST, _WIDEST, _FIRST_COLUMN, _PORTRAIT = 9, 60, 34, 95
# Names this wide leave room for the numbers beside them, also when everything is shown in double size.
_WIDEST_FROZEN = 45
# Spreadsheets show no row higher than 409 points, which is some 27 lines.
_LINES = 18
_WIDEST_DATE = len("30. september 2026")


def write_sheet(book: Book, one: Part, number: int, cover_row: int) -> None:
    """Write a table: title, unit and a link to the notes on top, and what stays with the numbers below them."""
    body, totals = parted(one.table.rows)
    columns = _columns(one)
    head = 3 if one.unit else 2
    bottom = head + max(len(body), 1)  # A table of Excel's own has a row, be it empty.
    below = bottom + len(totals) + 2
    wide = sum(column.width for column in columns) > _PORTRAIT
    sheet = book.sheet(one.name, wide=wide)
    book.text(sheet, 0, one.title, bold=True, font_size=14)
    if one.unit:
        book.text(sheet, 1, one.unit)
    size = _size(body if one.table.rows else [], totals, len(columns))
    book.link(sheet, head - 1, f"{size} Noter og kilder: række {below + 1}.", one.name, f"A{below + 1}")
    if columns:
        _table(book, sheet, one, columns, (head, bottom))
        _mark_region(book, one.name, number, head, bottom + len(totals), len(columns))
    remarks = _rows(book, sheet, columns, head + 1, one.table.rows, len(body))
    sheet.freeze_panes(head + 1, 1 if wide and columns[0].width <= _WIDEST_FROZEN else 0)
    sheet.repeat_rows(head)
    _below(book, sheet, below, [*one.notes, *remarks, *_sums(body, head + 2)], one.kilder, cover_row)


@dataclass(frozen=True)
class _Column:
    """A column: header, typed cells and Excel's number formats by row, alignment, and width in letters."""

    header: str
    cells: list[cells.Typed]
    number_formats: list[str]
    align: str
    width: float


def _columns(one: Part) -> list[_Column]:
    taken: set[str] = set()
    oere = 2 if any(_has_oere(one, i) for i in range(len(one.table.columns))) else 0
    return [_column(one, i, oere, taken) for i in range(len(one.table.columns))]


def _has_oere(one: Part, i: int) -> bool:
    found = zip(_formats(one, i), _typed(one, i), strict=True)
    amounts = (cell.content for format_, cell in found if format_ == "beloeb")
    return any(isinstance(amount, Decimal) and amount != amount.to_integral_value() for amount in amounts)


def _formats(one: Part, i: int) -> Sequence[str]:
    return one.mixed.get(i) or [one.table.columns[i].format] * len(one.table.rows)


def _typed(one: Part, i: int) -> list[cells.Typed]:
    return [cells.typed(format_, row.cells[i]) for format_, row in zip(_formats(one, i), one.table.rows, strict=True)]


def _column(one: Part, i: int, oere: int, taken: set[str]) -> _Column:
    column, formats, typed = one.table.columns[i], _formats(one, i), _typed(one, i)
    words = cells.line(header(one.table, column), _HEADER - 10) or f"Kolonne {i + 1}"
    # Such a code would be read as a letter in one of the two places where a header stands, and the two must agree.
    name = unique(re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_ ", words), taken, _HEADER)
    decimals = _decimals(one, i, formats, oere)
    shown = zip(typed, formats, decimals, strict=True)
    longest = max((_shown_width(cell.content, format_, count) for cell, format_, count in shown), default=0)
    least = _NARROWEST if i else max(_FIRST_COLUMN, *(len(note) / _LINES for note in ("", *one.notes)))
    # A header may take three lines, but no word of it is parted.
    width = max(least, longest + 2, len(name) / 3 + 2, *(len(word) + 2 for word in name.split()))
    return _Column(
        header=name,
        cells=typed,
        number_formats=[_number_format(format_, count) for format_, count in zip(formats, decimals, strict=True)],
        # The first column is heard and seen as the name of the row.
        align=column.align if i else "left",
        width=min(width, _WIDEST),
    )


def _decimals(one: Part, i: int, formats: Sequence[str], oere: int) -> list[int]:
    """Return the decimals to show, by row: øre where the table has any, else as many as the report prints.

    All rows of a column are alike, unless each has a format of its own.
    """
    printed = [_printed_decimals(doc.plain(row.cells[i].children)) for row in one.table.rows]
    shown = printed if i in one.mixed else [max(printed, default=0)] * len(printed)
    return [oere if format_ == "beloeb" else count for format_, count in zip(formats, shown, strict=True)]


def _printed_decimals(words: str) -> int:
    found = re.search(r"\d,(\d+)", words)
    return len(found[1]) if found else 0


def _number_format(format_: str, decimals: int) -> str:
    rest = f".{'0' * decimals}" if decimals else ""
    if format_ in DATE_FORMATS:
        return DATE_FORMATS[format_]
    return {"aar": "0", "pct": f"0{rest}%"}.get(format_, f"#,##0{rest}" if format_ in cells.NUMERIC else "General")


def _shown_width(content: cells.Content, format_: str, decimals: int) -> int:
    if isinstance(content, Decimal):
        return len(f"{content * 100:.{decimals}f}%" if format_ == "pct" else f"{content:,.{decimals}f}")
    if isinstance(content, str):
        return max((len(part) for part in content.splitlines()), default=0)
    return _WIDEST_DATE if content else 0


def _table(book: Book, sheet: Any, one: Part, columns: Sequence[_Column], rows: tuple[int, int]) -> None:
    """Make the rows a table of Excel's own, which screen readers know by its header row and people by its name."""
    style = {"bold": True, "bottom": 1, "bg_color": PALE, "text_wrap": True, "valign": "bottom"}
    heads = [{"header": column.header, "header_format": book.format(**style, align=column.align)} for column in columns]
    look = {"style": None, "autofilter": False, "banded_rows": False}
    told = {"title": cells.cut(one.title, _HEADER), "description": cells.cut(one.unit, _HEADER)}
    # Texts that look like numbers are meant to be texts; no cell needs a warning about it.
    sheet.ignore_errors({"number_stored_as_text": f"A{rows[0] + 1}:{place(rows[1], len(columns) - 1)}"})
    sheet.add_table(rows[0], 0, rows[1], len(columns) - 1, {"name": one.key, "columns": heads, **look, **told})
    for i, column in enumerate(columns):
        sheet.set_column(i, i, column.width)


def _rows(
    book: Book, sheet: Any, columns: Sequence[_Column], start: int, rows: Sequence[doc.Row], inside: int
) -> list[str]:
    """Write the cells, of which `inside` rows are the table's; return what must be said of them."""
    remarks: dict[str, list[str]] = {}
    for i, row in enumerate(rows):
        style: dict[str, object] = {"bold": True} if row.total else {}
        if i == inside:
            style["top"] = 1
        for j, column in enumerate(columns):
            one = column.cells[i]
            look = style | {"align": column.align}
            _write(book, sheet, (start + i, j), one.content, column.number_formats[i], look)
            if one.remark:
                remarks.setdefault(one.remark, []).append(place(start + i, j))
    return [_remark(words, found) for words, found in remarks.items()]


def _write(
    book: Book, sheet: Any, cell: tuple[int, int], content: cells.Content, number_format: str, look: dict[str, object]
) -> None:
    if content is None:
        sheet.write_blank(*cell, None, book.format(**look))
    elif isinstance(content, str):
        book.text(sheet, cell[0], content, cell[1], text_wrap=True, **look)
    else:
        write = sheet.write_number if isinstance(content, Decimal) else sheet.write_datetime
        write(*cell, content, book.format(num_format=number_format, **look))


def _mark_region(book: Book, name: str, number: int, head: int, last: int, width: int) -> None:
    """Name the cells in the way that screen readers find headers by, so that totals below the table have theirs too."""
    first, end = place(head, 0), place(last, width - 1)
    book.book.define_name(f"TitleRegion1.{first}.{end}.{number}", f"={quoted(name)}!$A${head + 1}")


def _below(book: Book, sheet: Any, row: int, notes: Sequence[str], kilder: Sequence[int], cover_row: int) -> None:
    book.text(sheet, row, "Noter og kilder", bold=True, font_size=13, font_color=ACCENT)
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
    said = f"Tabellen har {count(len(body), 'række', 'rækker')} og {count(width, 'kolonne', 'kolonner')}"
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
