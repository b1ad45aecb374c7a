"""The workbook beside the PDF: a cover, a sheet for each numbered table and figure, and one for the text's numbers.

For those who recalculate and for those who listen: exact values with types, one table a sheet with one header row, and
what a sighted reader sees at a glance said in words. Sums are values as the report has them; no cell holds a formula,
and the only links lead to other sheets. `content` says what each sheet holds, `cells` what a cell may hold, `cover` and
`sheet` write them, and `book` has the formats. The CSV inside the PDF is in `report.attachments`.
"""

from __future__ import annotations

import io
import zipfile

from budgetanalyser.report import document as doc
from budgetanalyser.report.attachments import numbered
from budgetanalyser.report.xlsx.book import Book
from budgetanalyser.report.xlsx.content import parts
from budgetanalyser.report.xlsx.cover import write_cover
from budgetanalyser.report.xlsx.sheet import write_sheet

LANGUAGE = "da-DK"


def has_data(document: doc.Document) -> bool:
    """Tell whether a report has a numbered table or a figure, and so a workbook."""
    return next(numbered(document), None) is not None


def workbook(document: doc.Document) -> bytes:
    """Return the numbers of `document` as an xlsx file; the same document gives the same bytes."""
    import xlsxwriter

    out = io.BytesIO()
    never = dict.fromkeys(("strings_to_formulas", "strings_to_numbers", "strings_to_urls"), False)
    book = Book(xlsxwriter.Workbook(out, {"in_memory": True, **never}), document)
    found = parts(document)
    sources = write_cover(book, found)
    for number, part in enumerate(found, start=2):
        write_sheet(book, part, number, sources)
    book.close()
    return _with_language(out.getvalue())


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
