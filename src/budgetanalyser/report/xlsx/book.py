"""The workbook being written: its properties, page, formats, and the only ways to put a text or a link into it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from budgetanalyser import dansk
from budgetanalyser.report import document as doc
from budgetanalyser.report.attachments import CONSTRUCTED
from budgetanalyser.report.xlsx import cells

COVER = "Forside"
# Month names in Danish whatever the machine speaks: 406 is Danish.
DATE_FORMATS = {"dato": "[$-406]d. mmmm yyyy", "maaned": "[$-406]mmmm yyyy"}
DARK, ACCENT, PALE = "#1C1F23", "#0B4F6C", "#F1F5F8"

_INVENTED = f"{CONSTRUCTED}. Rapporten bygger på opdigtede tal og viser kun metoden."
_A4 = 9


class Book:
    """The workbook being written; `book` is xlsxwriter's."""

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
            self._formats[key] = self.book.add_format({"font_color": DARK, "valign": "top", **properties})
        return self._formats[key]

    def text(self, sheet: Any, row: int, words: str, column: int = 0, **properties: object) -> None:
        """Write a text that stays a text, also when somebody edits it."""
        mark = {"quote_prefix": True} if cells.is_taken_for_more(words) else {}
        sheet.write_string(row, column, cells.text(words), self.format(**mark, **properties))

    def link(self, sheet: Any, row: int, words: str, target: str, cell: str, **properties: object) -> None:
        """Write a link to a cell of another sheet, or of this one."""
        style = self.format(font_color=ACCENT, underline=1, **properties)
        sheet.write_url(row, 0, f"internal:{quoted(target)}!{cell}", style, cells.text(words))

    def close(self) -> None:
        """Write the file."""
        self.book.close()


def place(row: int, column: int) -> str:
    """Return a cell's address: (0, 27) is "AB1"."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def quoted(name: str) -> str:
    """Return a sheet's name as an address has it."""
    return "'" + name.replace("'", "''") + "'"


def count(number: int, one: str, more: str) -> str:
    """Return a number with its word: "1 række", "2 rækker"."""
    return f"{dansk.antal(number)} {one if number == 1 else more}"
