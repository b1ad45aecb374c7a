"""A chunk of lines as columns of bytes, with the physical line of every row.

`fields` cuts plain lines, and pyarrow others. Where a record is longer than a line, the standard `csv` reader does it,
since only that knows the physical lines. What a cell means is not known here.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from budgetanalyser.kilder.ledger import chunks, fields
from budgetanalyser.kilder.ledger.chunks import Chunk
from budgetanalyser.kilder.ledger.fields import Ints
from budgetanalyser.kilder.ledger.source import Restart

BINARY = pa.binary()
CODED = pa.dictionary(pa.int32(), pa.binary())
Raw = Callable[[int], tuple[list[str], str]]


class Fatal(Exception):
    """A chunk that cannot be read at all: the `line` and what is wrong with it, in Danish."""

    def __init__(self, line: int, said: str) -> None:
        self.line, self.said = line, said
        super().__init__(said)


class OpenQuote(Restart):
    """A quote is open at the end of a chunk: the file must be cut with more care."""


@dataclass(frozen=True)
class Rows:
    """Rows as columns of bytes: `arrays` by place, the physical `lines`, and fields and `raw` text of a row by number.

    An array is Arrow's, or `fields.Cells` where its cells are not wanted as a column yet. `odd` are the
    records with another number of fields; `encoding` is the character set of the arrays.
    """

    arrays: dict[int, Any]
    lines: Ints
    odd: list[tuple[int, list[str], str]]
    raw: Raw
    encoding: str


@dataclass(frozen=True)
class Form:
    """How the lines of a file are cut: what divides the `width` fields, and the Arrow `types` of the wanted ones."""

    delimiter: str
    quoting: bool
    width: int
    types: Mapping[int, Any]


def parse(chunk: Chunk, scan: chunks.Scan, form: Form) -> Rows:
    """Return the wanted columns of a chunk.

    Raises:
        Fatal: The lines and the rows cannot be told to be the same, or a quote swallows rows.
        OpenQuote: The chunk ends inside quotes.
    """
    quoting = scan.quotes and form.quoting
    encoding = scan.encoding or "utf-8"
    is_plain = not (quoting or scan.lone_cr or chunk.cut) and form.width > 1
    if is_plain and (grid := fields.cut(chunk, form.delimiter, form.width)) is not None:
        return _by_grid(chunk, grid, encoding, form)
    if not chunk.data.strip(b"\r\n"):  # pyarrow calls only empty lines no table.
        return of_records([], [], encoding, form.types)
    if quoting and scan.lone_cr:
        return _by_csv(chunk, encoding, form)
    odd: list[int] = []
    try:
        table, coded = _table(chunk.data, form, None if encoding == "cp1252" else odd, quoting=quoting), encoding
    except pa.ArrowInvalid:
        # pyarrow tells of rows of another length as UTF-8 only, and few chunks have any.
        recoded = chunk.data.decode(encoding).encode()
        table, coded = _table(recoded, form, odd, quoting=quoting), "utf-8"
    count = table.num_rows + len(odd)
    numbers: Ints | None = np.arange(count, dtype=np.int64)
    if count != scan.lines:
        numbers = None if quoting else _filled(chunk, count)
    if numbers is None:
        if not form.quoting:
            raise Fatal(chunk.line, "linjerne kan ikke tælles; gem filen igen som CSV")
        return _by_csv(chunk, encoding, form)
    kept = np.delete(numbers, np.array(odd, np.int64) - 1) if odd else numbers
    strange = numbers[np.array(odd, np.int64) - 1] if odd else numbers[:0]
    columns = {
        place: table.column(str(place)).chunk(0) if table.num_rows else pa.array([], kind)
        for place, kind in form.types.items()
    }

    return _rows(_Lines(chunk, chunk.ends, encoding), columns, (kept, strange), coded, _splitter(form, quoting=quoting))


def _by_grid(chunk: Chunk, grid: fields.Grid, encoding: str, form: Form) -> Rows:
    """Return the wanted columns of plain lines."""
    columns = {}
    for place, kind in form.types.items():
        found = grid.cells(place)
        columns[place] = found if kind == BINARY else found.coded()
    return _rows(
        _Lines(chunk, grid.ends, encoding), columns, (grid.numbers, grid.odd), encoding, _splitter(form, quoting=False)
    )


def _splitter(form: Form, *, quoting: bool) -> Callable[[str], list[str]]:
    return lambda raw: split(raw, form.delimiter, quoting)


@dataclass(frozen=True)
class _Lines:
    """The lines of a chunk, which end at `ends`."""

    chunk: Chunk
    ends: Any
    encoding: str

    def text(self, number: int) -> str:
        """Return a line by its number from 0, without its end."""
        begin = int(self.ends[number - 1]) + 1 if number else 0
        end = int(self.ends[number]) if number < len(self.ends) else len(self.chunk.data)
        return self.chunk.data[begin:end].rstrip(b"\r").decode(self.encoding)


def _rows(
    source: _Lines,
    columns: dict[int, Any],
    numbers: tuple[Ints, Ints],
    encoding: str,
    fields_of: Callable[[str], list[str]],
) -> Rows:
    """Return columns, in their character set, with the numbers, from 0, of the lines that are rows, and of the odd."""
    kept, strange = numbers
    first = source.chunk.line

    def text(number: int) -> tuple[list[str], str]:
        raw = source.text(number)
        return fields_of(raw), raw

    odd = [(first + number, *text(number)) for number in strange.tolist()]
    return Rows(columns, kept + first, odd, lambda row: text(int(kept[row])), encoding)


def _table(data: bytes, form: Form, odd: list[int] | None, *, quoting: bool) -> Any:
    """Return the wanted columns; rows of another length are counted in `odd`, or without it refused by pyarrow."""

    def skipped(row: Any) -> str:
        if odd is not None:
            odd.append(row.number)
        return "skip"

    types = {str(place): kind for place, kind in form.types.items()}
    return pc.read_csv(
        pa.BufferReader(data),
        read_options=pc.ReadOptions(
            column_names=[str(place) for place in range(form.width)],
            block_size=len(data) + 1,
            use_threads=False,
        ),
        parse_options=pc.ParseOptions(
            delimiter=form.delimiter,
            quote_char='"' if quoting else False,
            newlines_in_values=quoting,
            invalid_row_handler=None if odd is None else skipped,
        ),
        convert_options=pc.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            check_utf8=False,
            strings_can_be_null=False,
            null_values=[],
        ),
    ).combine_chunks()


def _filled(chunk: Chunk, count: int) -> Ints | None:
    """Return the numbers of the lines that are not empty, if there are `count` of them."""
    array = np.frombuffer(chunk.data, np.uint8)
    ends = chunk.ends if chunk.data.endswith(b"\n") else np.append(chunk.ends, len(array))
    begins = np.append(0, ends[:-1] + 1)
    lengths = ends - begins
    filled = (lengths > 1) | ((lengths == 1) & (array[np.minimum(begins, len(array) - 1)] != 13))
    numbers = np.flatnonzero(filled).astype(np.int64)
    return numbers if len(numbers) == count else None


def split(raw: str, delimiter: str, quoting: bool) -> list[str]:
    """Return the fields of one line."""
    try:
        return next(csv.reader([raw], delimiter=delimiter), []) if quoting else raw.split(delimiter)
    except csv.Error:  # A lone CR; the file will be refused for it.
        return raw.split(delimiter)


def _by_csv(chunk: Chunk, encoding: str, form: Form) -> Rows:
    """Parse a chunk in which a record is longer than a line with the standard reader."""
    kept: list[tuple[int, list[str], str]] = []
    odd: list[tuple[int, list[str], str]] = []
    try:
        for begins, record in chunks.records(chunk.data.decode(encoding), form.delimiter):
            line = chunk.line + begins
            if record.end_open:
                raise OpenQuote
            if not record.fields:
                continue
            _check_swallowed(record, line, form)
            found = kept if len(record.fields) == form.width else odd
            found.append((line, record.fields, record.raw.rstrip("\r\n")))
    except csv.Error:
        said = "et linjeskift af slagsen CR står uden for anførselstegn; gem filen igen som CSV"
        raise Fatal(chunk.line, said) from None
    return of_records(kept, odd, encoding, form.types)


def of_records(
    kept: list[tuple[int, list[str], str]],
    odd: list[tuple[int, list[str], str]],
    encoding: str,
    types: Mapping[int, Any],
) -> Rows:
    """Return records (line, fields, raw text) that were cut one by one as columns."""
    columns = {}
    for place, kind in types.items():
        array = pa.array([fields[place].encode(encoding) for _, fields, _ in kept], BINARY)
        columns[place] = array if kind == BINARY else array.dictionary_encode()
    raws = [(fields, raw) for _, fields, raw in kept]
    return Rows(columns, np.array([line for line, _, _ in kept], np.int64), odd, raws.__getitem__, encoding)


def _check_swallowed(record: chunks.Record, first: int, form: Form) -> None:
    for cell in record.fields:
        if "\n" in cell and cell.count(form.delimiter) >= form.width - 1:
            last = first + record.raw.count("\n", 0, len(record.raw) - 1)
            said = f"et anførselstegn er åbnet her og først lukket i linje {last}; rækkerne imellem er slugt"
            raise Fatal(first, said)
