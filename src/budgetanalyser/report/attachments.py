"""The files inside the PDF: the run record and the data of each table and figure.

Tables are CSV as a Danish spreadsheet opens them: semicolons, decimal comma, UTF-8 with a byte order mark. Cells hold
the exact values, in kroner, not the rounded print. A text that a spreadsheet would take for a formula gets an
apostrophe in front.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

from budgetanalyser.report import document as doc

_NUMERIC = ("beloeb", "antal", "decimaltal", "pct", "aar")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Attachment:
    """A file in the PDF: name, MIME type, Danish description and content."""

    name: str
    mime: str
    description: str
    content: bytes


def attachments(document: doc.Document) -> list[Attachment]:
    """Return what belongs in the PDF of `document`: the run record, then each table's and figure's data."""
    record = json.dumps(document.colophon.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True)
    result = [Attachment("koersel.json", "application/json", "Kørslens kilder, værdier og versioner", record.encode())]
    for name, title, table in _tables(document):
        result.append(Attachment(f"{name}.csv", "text/csv", f"Data til {title}", table_csv(table)))
    return result


def _tables(document: doc.Document) -> Iterator[tuple[str, str, doc.Table]]:
    for block in document.blocks:
        if isinstance(block, doc.Table) and block.number:
            yield f"tabel-{block.number}", f"tabel {block.number}: {doc.plain(block.caption)}", block
        elif isinstance(block, doc.Figure):
            yield f"figur-{block.number}", f"figur {block.number}: {doc.plain(block.caption)}", block.data


def table_csv(table: doc.Table) -> bytes:
    """Return a table as CSV with one header row; amounts in kroner, shares as fractions."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([_header(column) for column in table.columns])
    for row in table.rows:
        writer.writerow([_cell(column, cell) for column, cell in zip(table.columns, row.cells, strict=True)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _header(column: doc.Column) -> str:
    unit = {"beloeb": " (kr.)", "pct": " (andel)"}.get(column.format, "")
    return _text(column.header) + unit


def _cell(column: doc.Column, cell: doc.Cell) -> str:
    if cell.value is None:
        return ""
    return cell.value.replace(".", ",") if column.format in _NUMERIC else _text(cell.value)


def _text(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
