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
from decimal import Decimal

from budgetanalyser import dansk
from budgetanalyser.kroner import rounded
from budgetanalyser.report import document as doc

CONSTRUCTED = "KONSTRUERET"  # In the name of a file whose numbers are invented.
_MIME = {"ics": "text/calendar", "csv": "text/csv", "json": "application/json", "txt": "text/plain"}
_NUMERIC = ("beloeb", "antal", "decimaltal", "pct", "aar")


@dataclass(frozen=True)
class Attachment:
    """A file in the PDF: name, MIME type, Danish description and content."""

    name: str
    mime: str
    description: str
    content: bytes


def attachments(document: doc.Document) -> list[Attachment]:
    """Return what belongs in the PDF of `document`: the run record, each table's and figure's data, enclosed files."""
    record = json.dumps(document.colophon.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True)
    result = [Attachment("koersel.json", "application/json", "Kørslens kilder, værdier og versioner", record.encode())]
    invented = {kilde.fil for kilde in document.colophon.kilder if kilde.konstrueret}
    for word, block, table in numbered(document):
        mark = f"-{CONSTRUCTED}" if invented & set(table.kilder) else ""
        title = f"{word} {block.number}: {doc.plain(block.caption)}"
        name = f"{word}-{block.number}{mark}.csv"
        result.append(Attachment(name, "text/csv", f"Data til {title}", table_csv(table)))
    for file in document.files:
        kind = _MIME[file.name.rpartition(".")[2]]
        result.append(Attachment(file.name, kind, file.description, file.content.encode()))
    return result


def numbered(document: doc.Document) -> Iterator[tuple[str, doc.Table | doc.Figure, doc.Table]]:
    """Yield what has a number, in the report's order: "tabel" or "figur", the block, and the table of its data."""
    for block in document.blocks:
        if isinstance(block, doc.Table) and block.number:
            yield "tabel", block, block
        elif isinstance(block, doc.Figure):
            yield "figur", block, block.data


def table_csv(table: doc.Table) -> bytes:
    """Return a table as CSV with one header row; amounts in kroner, shares as fractions, months as 2024-06."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([dansk.escaped(header(table, column)) for column in table.columns])
    for row in table.rows:
        writer.writerow([_cell(column, cell) for column, cell in zip(table.columns, row.cells, strict=True)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def header(table: doc.Table, column: doc.Column) -> str:
    """Return a column's header with the unit of its exact values: "Udgift (kr., 2024-prisniveau)"."""
    level = doc.plain(table.unit_line).split(", ", 2)[1:2]
    unit = {"beloeb": f" ({', '.join(['kr.', *level])})", "pct": " (andel)"}.get(column.format, "")
    return column.header + unit


def _cell(column: doc.Column, cell: doc.Cell) -> str:
    if column.format in _NUMERIC:
        try:
            return _number(cell.value) if cell.value else ""
        except ArithmeticError:
            pass  # The label of a total, or a word in a column of numbers.
    if cell.value is None:
        return dansk.escaped(doc.plain(cell.children))
    return cell.value[:7] if column.format == "maaned" else dansk.escaped(cell.value)


def _number(exact: str) -> str:
    """Write an exact number as a spreadsheet takes it: no idle zeros, at most six decimals of an endless quotient."""
    number = Decimal(exact)
    short = rounded(number, 6) if number.as_tuple().exponent < -6 else number  # type: ignore[operator]
    text = f"{short:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")
