"""Form "tabel": a ledger as lines of text with a header. Found out: character set, delimiter, header, total line.

Chunks are parsed by pyarrow as bytes, so that no file needs transcoding, and typed by `arrays`, in as many threads as
there are processors. What is not accepted is read again with the standard `csv` reader, line by line, and judged by
`cells`: that gives physical line, raw text and reason, and where the two readings do not agree the file is refused.
"""

from __future__ import annotations

import csv
import difflib
import os
from collections import deque
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, KildeError
from budgetanalyser.kilder.ledger import arrays, cells, chunks
from budgetanalyser.kilder.ledger.arrays import Bools, Ints, Styles
from budgetanalyser.kilder.ledger.cells import Plan, Verdict
from budgetanalyser.kilder.ledger.chunks import Chunk
from budgetanalyser.kilder.ledger.layout import BELOEB, BILAGSNR, DATO, SIDE, Layout, normal
from budgetanalyser.kilder.ledger.source import (
    LINJE,
    MOST_REJECTS,
    OERE,
    Batch,
    Column,
    Reject,
    Restart,
    Result,
    Source,
)

DELIMITERS = (";", "\t", "|", ",")
_HEADER_LINES = 200
_MOST_RAW = 1_000  # Letters of a rejected row that are kept.
_WORKERS = min(os.cpu_count() or 1, 4)
_TOTAL_BEGINS = np.frombuffer(b"IiTtSsHh* ", np.uint8)


@dataclass(frozen=True)
class _Header:
    fields: list[str]
    delimiter: str
    line: int
    end: int


@dataclass
class _Rows:
    """A parsed chunk: the columns asked for as bytes, their physical lines, and the raw text of a line.

    `odd` are the records with another number of fields; `embedded` whether any record is longer than a line.
    """

    arrays: dict[int, Any]
    lines: Ints
    odd: list[tuple[int, list[str], str]]
    raw: Callable[[int], tuple[list[str], str]]


@dataclass
class _Piece:
    """What one worker makes of a chunk."""

    scan: chunks.Scan
    rows_in: int = 0
    rejects: list[tuple[Reject, Verdict]] = field(default_factory=list)
    sums: int = 0
    last_ok: int = 0
    styles: Styles = field(default_factory=Styles)
    widths: tuple[int, int] | None = None
    faults: list[tuple[int, str]] = field(default_factory=list)
    result: Any = None


class TableSource(Source):
    """A ledger in a text file under a layout of form "tabel".

    Raises:
        KildeError: The file is missing, empty or UTF-16, or no line is the header; the missing columns are told.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path, self.fil, self.layout = path, path.name, layout
        head, start = chunks.opened(path)
        self._bom = start > 0
        header = _find_header(path.name, head, start, layout)
        self.delimiter = header.delimiter
        self._plan = _plan(path.name, header, layout)
        self._start, self._line = header.end, header.line + 1
        self._head = chunks.scan(Chunk(head[start : header.end], 1))
        self._careful = False
        self._known_days: dict[str, int | None] = {}
        self._names = _names(self._plan)
        self.columns = tuple(
            Column(name, self._plan.headers[place].strip() or name)
            for place, name in enumerate(self._names)
            if name != BELOEB
        )

    def batches(self, columns: Collection[str]) -> Iterator[Batch]:
        """Yield the typed rows; see `Source`."""
        for batch, rows in self.mapped(columns, lambda rows: rows):
            yield replace(batch, rows=rows)

    def mapped(
        self, columns: Collection[str], work: Callable[[pl.DataFrame], Result]
    ) -> Iterator[tuple[Batch, Result]]:
        """Yield each batch with what `work` made of its rows, in the order of the file; see `Source`."""
        state = _State(self)
        for piece in self._pieces(columns, work, state):
            batch = state.take(piece)
            if batch is not None:
                yield batch, piece.result
        state.finish()
        yield Batch(pl.DataFrame(), *state.last()), work(self._empty(columns))

    def _pieces(self, columns: Collection[str], work: Callable[[pl.DataFrame], Any], state: _State) -> Iterator[_Piece]:
        waiting: deque[Future[_Piece]] = deque()
        found = chunks.chunks(
            self.path, self._start, self._line, quoting=self.layout.anfoerselstegn, careful=self._careful
        )
        with ThreadPoolExecutor(_WORKERS) as pool:
            try:
                for chunk in found:
                    while waiting and (len(waiting) > _WORKERS or chunk.cut):
                        yield waiting.popleft().result()
                    if chunk.cut:
                        state.cut = chunk.line
                    waiting.append(pool.submit(self._piece, chunk, columns, work, state))
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for one in waiting:
                    one.cancel()

    def _piece(
        self, chunk: Chunk, columns: Collection[str], work: Callable[[pl.DataFrame], Any], state: _State
    ) -> _Piece:
        piece = _Piece(chunks.scan(chunk))
        piece.faults += piece.scan.faults
        lone = chunks.has_lone_cr(chunk.data) if piece.scan.lone_cr else None
        if lone is not None and not (piece.scan.quotes and self.layout.anfoerselstegn):
            said = "linjerne er skilt med CR alene eller på flere måder; gem filen igen som CSV"
            piece.faults.append((chunk.line + chunk.data.count(b"\n", 0, lone), said))
        if piece.faults or state.faults:
            return piece
        encoding = piece.scan.encoding or "utf-8"
        wanted = self._wanted(columns)
        try:
            rows = self._parsed(chunk, piece, encoding, wanted)
        except csv.Error:
            piece.faults.append((chunk.line, "et linjeskift af slagsen CR står uden for anførselstegn"))
            return piece
        if piece.faults:
            return piece
        frame, ok = self._typed(rows, piece, encoding, columns)
        if chunk.cut:
            self._check_cut(chunk, rows, ok, piece, state, encoding)
        self._judge(rows, ok, piece)
        if ok.any():
            piece.last_ok = int(rows.lines[ok][-1])
        accepted = frame if bool(ok.all()) else frame.filter(pl.Series(ok))
        piece.rows_in = accepted.height
        piece.result = work(accepted)
        return piece

    def _wanted(self, columns: Collection[str]) -> dict[int, str]:
        """Return the places of the columns to read, with their names: those asked for and those that decide."""
        names = {DATO, BELOEB, SIDE, BILAGSNR, *self.layout.never_empty(), *columns}
        wanted = {place: name for place, name in enumerate(self._names) if name in names}
        for one in self.layout.filtre:
            place = cells.place_of(self._plan, one.kolonne)
            if place is not None:
                wanted[place] = self._names[place]
        last = len(self._names) - 1
        wanted[last] = self._names[last]
        return wanted

    # Parsing: bytes to columns of bytes, with physical lines.

    def _parsed(self, chunk: Chunk, piece: _Piece, encoding: str, wanted: dict[int, str]) -> _Rows:
        quoting = piece.scan.quotes and self.layout.anfoerselstegn
        if quoting and piece.scan.lone_cr:
            return self._by_csv(chunk, piece, encoding, wanted)
        odd: list[int] = []

        def skipped(row: Any) -> str:
            odd.append(row.number)
            return "skip"

        names = [str(place) for place in range(len(self._names))]
        types = {str(place): self._arrow_type(name) for place, name in wanted.items()}
        table = pc.read_csv(
            pa.BufferReader(chunk.data),
            read_options=pc.ReadOptions(column_names=names, block_size=len(chunk.data) + 1, use_threads=False),
            parse_options=pc.ParseOptions(
                delimiter=self.delimiter,
                quote_char='"' if quoting else False,
                newlines_in_values=quoting,
                invalid_row_handler=skipped,
            ),
            convert_options=pc.ConvertOptions(
                column_types=types,
                include_columns=list(types),
                check_utf8=False,
                strings_can_be_null=False,
                null_values=[],
            ),
        ).combine_chunks()
        count = table.num_rows + len(odd)
        lines: Ints | None = np.arange(count, dtype=np.int64)
        if count != piece.scan.lines:
            lines = None if quoting else _filled_lines(chunk.data, count)
        if lines is None and not self.layout.anfoerselstegn:
            piece.faults.append((chunk.line, "linjerne kan ikke tælles; gem filen igen som CSV"))
        if lines is None:
            return self._by_csv(chunk, piece, encoding, wanted)
        kept = np.delete(lines, np.array(odd, np.int64) - 1) if odd else lines
        columns = {
            place: table.column(str(place)).chunk(0) if table.num_rows else pa.array([], types[str(place)])
            for place in wanted
        }
        text = _Lines(chunk, encoding, self.delimiter, quoting)
        strange = [(chunk.line + int(lines[n - 1]), *text(int(lines[n - 1]))) for n in odd]
        return _Rows(columns, kept + chunk.line, strange, lambda line: text(line - chunk.line))

    @staticmethod
    def _arrow_type(name: str) -> Any:
        return pa.binary() if name in (BELOEB, BILAGSNR) else pa.dictionary(pa.int32(), pa.binary())

    def _by_csv(self, chunk: Chunk, piece: _Piece, encoding: str, wanted: dict[int, str]) -> _Rows:
        """Parse a chunk in which a record is longer than a line with the standard reader."""
        kept: list[list[str]] = []
        lines: list[int] = []
        odd: list[tuple[int, list[str], str]] = []
        raws: dict[int, tuple[list[str], str]] = {}
        for begins, record in chunks.records(chunk.data.decode(encoding), self.delimiter):
            line = chunk.line + begins
            if record.end_open:
                self._careful = True
                raise Restart
            if not record.fields:
                continue
            self._check_swallowed(record, line, piece)
            raw = record.raw.rstrip("\r\n")
            if len(record.fields) == len(self._names):
                kept.append(record.fields)
                lines.append(line)
                raws[line] = (record.fields, raw)
            else:
                odd.append((line, record.fields, raw))
        columns = {}
        for place, name in wanted.items():
            array = pa.array([row[place].encode(encoding) for row in kept], pa.binary())
            columns[place] = array if self._arrow_type(name) == pa.binary() else array.dictionary_encode()
        return _Rows(columns, np.array(lines, np.int64), odd, raws.__getitem__)

    def _check_swallowed(self, record: chunks.Record, first: int, piece: _Piece) -> None:
        for cell in record.fields:
            if "\n" in cell and cell.count(self.delimiter) >= len(self._names) - 1:
                last = first + record.raw.count("\n", 0, len(record.raw) - 1)
                said = f"et anførselstegn er åbnet her og først lukket i linje {last}; rækkerne imellem er slugt"
                piece.faults.append((first, said))
                return

    # Typing: columns of bytes to a frame, and which rows are postings.

    def _typed(self, rows: _Rows, piece: _Piece, encoding: str, columns: Collection[str]) -> tuple[pl.DataFrame, Bools]:
        places = self._plan.places
        oere, ok, piece.styles = arrays.amounts(rows.arrays[places[BELOEB]], self.layout, encoding)
        series: dict[str, pl.Series] = {}
        for place, array in rows.arrays.items():
            name = self._names[place]
            if place == len(self._names) - 1:
                piece.widths = _widths(array)
            if name == BELOEB:
                continue
            if name == BILAGSNR:
                ok &= self._is_bilag(array, encoding)
                if name in columns:
                    series[name] = _stripped(array, encoding)
                continue
            codes, distinct = arrays.words(array, encoding)
            ok &= self._allowed(place, name, codes, distinct)
            if name == SIDE:
                oere = oere * _taken([cells.side_of(self.layout, one) for one in distinct], codes)
            if name == DATO:
                days, is_day = arrays.days(codes, distinct, self.layout, self._known_days)
                ok &= is_day
                series[name] = pl.Series(days.astype(np.int32)).cast(pl.Date)
            elif name in columns:
                series[name] = arrays.coded(codes, distinct)
        series[OERE] = pl.Series(oere)
        if LINJE in columns:
            series[LINJE] = pl.Series(rows.lines)
        return pl.DataFrame(series), ok

    def _allowed(self, place: int, name: str, codes: Ints, distinct: list[str]) -> Bools | bool:
        """Return which cells of a column are filled, known words and let through by the filters."""
        fine = [True] * len(distinct)
        if name in self.layout.never_empty():
            fine = [bool(one) for one in distinct]
        if name == SIDE:
            fine = [cells.side_of(self.layout, one) != 0 for one in distinct]
        for one in self.layout.filtre:
            if cells.place_of(self._plan, one.kolonne) == place:
                fine = [so_far and not one.refuses(text) for so_far, text in zip(fine, distinct, strict=True)]
        return True if all(fine) else np.array(fine, np.bool_)[codes]

    def _is_bilag(self, array: Any, encoding: str) -> Bools | bool:
        """Return which voucher numbers are filled where they must be, and are not the word of a total line."""
        data, at = arrays.bytes_of(array)
        if not len(array):
            return True
        filled = at[1:] > at[:-1]
        fine = filled if BILAGSNR in self.layout.never_empty() else np.ones(len(array), np.bool_)
        first = data[np.minimum(at[:-1], len(data) - 1)] if len(data) else np.zeros(len(array), np.uint8)
        suspect = np.flatnonzero(filled & (np.isin(first, _TOTAL_BEGINS) | (first > 127)))
        if len(suspect):
            text = _stripped(array.take(pa.array(suspect)), encoding)
            wrong = text.str.to_lowercase().str.contains(cells.TOTAL_FIRST)
            if BILAGSNR in self.layout.never_empty():
                wrong |= text == ""
            fine = fine.copy()
            fine[suspect[wrong.to_numpy()]] = False
        return fine

    # Judging: what is not a posting, read a second time.

    def _judge(self, rows: _Rows, ok: Bools, piece: _Piece) -> None:
        odd = list(rows.odd)
        for row in np.flatnonzero(~ok):
            line = int(rows.lines[row])
            odd.append((line, *rows.raw(line)))
        done = {reject.linje for reject, _ in piece.rejects}
        for line, fields, raw in sorted(odd, key=lambda one: one[0]):
            if line in done:
                continue
            verdict = cells.judge(self._plan, fields)
            if verdict is None:
                said = "to læsninger er uenige om rækken; det er en fejl i Budgetanalyser, så send linjen til os"
                piece.faults.append((line, said))
            elif verdict.kind == "sum":
                piece.sums += 1
                piece.rejects.append((Reject(line, "", ""), verdict))
            elif verdict.kind != "tom":
                piece.rejects.append((Reject(line, verdict.reason, raw[:_MOST_RAW]), verdict))
        piece.rejects.sort(key=lambda one: one[0].linje)

    def _check_cut(self, chunk: Chunk, rows: _Rows, ok: Bools, piece: _Piece, state: _State, encoding: str) -> None:
        """Reject a last line without line end that may have been longer."""
        line = chunk.line
        raw = chunk.data.decode(encoding).rstrip("\r")
        if len(ok) != 1:
            if rows.odd and (verdict := cells.judge(self._plan, rows.odd[0][1])) and verdict.kind == "afvist":
                said = f"linjen er afbrudt: {verdict.reason}, og filen slutter uden linjeskift"
                piece.rejects.append((Reject(line, said, raw[:_MOST_RAW]), Verdict("afvist", said)))
            return
        if ok[0] and (said := self._may_be_cut(rows, raw, state)):
            ok[0] = False
            piece.rejects.append((Reject(line, said, raw[:_MOST_RAW]), Verdict("afvist", said)))

    def _may_be_cut(self, rows: _Rows, raw: str, state: _State) -> str:
        place = len(self._names) - 1
        name = self._names[place]
        if raw.endswith(('"', self.delimiter)) or name in ("tekst",) or name not in self._plan.places:
            return ""
        said = "linjen er afbrudt: filen slutter uden linjeskift, "
        if name == BELOEB:
            cell = raw.rsplit(self.delimiter, 1)[-1].strip()
            if cell.endswith("-"):
                return ""
            if state.styles.trailing:
                return f"{said}og et minus bagest kan mangle"
            return "" if cell[-3:-2] == "," and cell[-2:].isdigit() else f"{said}og cifre i beløbet kan mangle"
        width = len(raw.rsplit(self.delimiter, 1)[-1])
        if state.widths and state.widths == (width, width):
            return ""
        return f"{said}og noget af det sidste felt kan mangle"

    def _empty(self, columns: Collection[str]) -> pl.DataFrame:
        schema: dict[str, Any] = {DATO: pl.Date, OERE: pl.Int64}
        schema |= {name: pl.Int64 if name == LINJE else pl.String for name in columns if name != DATO}
        return pl.DataFrame(schema=schema)


def _stripped(array: Any, encoding: str) -> pl.Series:
    return pl.Series(arrays.strings(array, encoding)).cast(pl.String).str.strip_chars(cells.BLANKS)


def _taken(values: list[int], codes: Ints) -> Ints:
    return np.array(values or [0], np.int64)[codes]


def _widths(array: Any) -> tuple[int, int] | None:
    """Return the lengths of the shortest and the longest text of a column, in bytes."""
    texts = array.dictionary if pa.types.is_dictionary(array.type) else array
    _, at = arrays.bytes_of(texts)
    lengths = np.diff(at)
    return (int(lengths.min()), int(lengths.max())) if len(lengths) else None


class _Lines:
    """The lines of a chunk by number from 0, cut into fields once more, without pyarrow."""

    def __init__(self, chunk: Chunk, encoding: str, delimiter: str, quoting: bool) -> None:
        self._data, self._encoding, self._delimiter, self._quoting = chunk.data, encoding, delimiter, quoting
        self._ends: Ints | None = None

    def __call__(self, number: int) -> tuple[list[str], str]:
        if self._ends is None:
            array = np.frombuffer(self._data, np.uint8)
            self._ends = np.append(np.flatnonzero(array == 10), len(array))
        begin = int(self._ends[number - 1]) + 1 if number else 0
        raw = self._data[begin : int(self._ends[number])].decode(self._encoding).rstrip("\r")
        return _split(raw, self._delimiter, self._quoting), raw


def _split(raw: str, delimiter: str, quoting: bool) -> list[str]:
    return next(csv.reader([raw], delimiter=delimiter), []) if quoting else raw.split(delimiter)


def _filled_lines(data: bytes, count: int) -> Ints | None:
    """Return the numbers of the lines that are not empty, if there are `count` of them."""
    array = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(array == 10)
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(array))
    begins = np.append(0, ends[:-1] + 1)
    lengths = ends - begins
    filled = (lengths > 1) | ((lengths == 1) & (array[np.minimum(begins, len(array) - 1)] != 13))
    numbers = np.flatnonzero(filled).astype(np.int64)
    return numbers if len(numbers) == count else None


# The header.


def _find_header(fil: str, head: bytes, start: int, layout: Layout) -> _Header:
    """Return the first line that names every required column.

    Raises:
        KildeError: There is none; it tells what the likeliest line lacks.
    """
    best: tuple[int, list[str], int] = (0, [], 0)
    for line, begin, end in _first_lines(head, start):
        raw = head[begin:end].rstrip(b"\r\n")
        text = _guessed(raw)
        for delimiter in [layout.skilletegn] if layout.skilletegn else DELIMITERS:
            fields = _split(text, delimiter, layout.anfoerselstegn)
            found = {name for name in layout.required() if _matching(fields, layout, name)}
            if len(found) == len(layout.required()):
                return _Header(fields, delimiter, line, end)
            if len(found) > best[0]:
                best = (len(found), fields, line)
    if b"\0" in head[start : start + 4096]:
        raise KildeError(fil, [Fault("filen rummer tegnet NUL; er den UTF-16, så gem den som CSV UTF-8", "linje 1")])
    count, fields, line = best
    if not count:
        first = "; ".join(layout.kolonner[name].navne[0] for name in layout.required())
        said = f"ingen af de første linjer er overskriften; der skal stå {first}"
        raise KildeError(fil, [Fault(said)])
    missing = [name for name in layout.required() if not _matching(fields, layout, name)]
    raise KildeError(fil, [_missing(layout, name, fields, line) for name in missing])


def _first_lines(head: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    begin = start
    for line in range(1, _HEADER_LINES + 1):
        end = head.find(b"\n", begin) + 1 or len(head)
        if begin >= len(head):
            return
        yield line, begin, end
        begin = end


def _guessed(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _matching(fields: list[str], layout: Layout, name: str) -> list[int]:
    names = {normal(one) for one in layout.kolonner[name].navne}
    return [place for place, one in enumerate(fields) if normal(one) in names]


def _missing(layout: Layout, name: str, fields: list[str], line: int) -> Fault:
    wanted = layout.kolonner[name].navne
    known = {normal(one): one.strip() for one in fields if one.strip()}
    for one in wanted:
        if close := difflib.get_close_matches(normal(one), known, n=1, cutoff=0.6):
            said = f"kolonnen »{wanted[0]}« mangler; her står »{known[close[0]]}«, som ligner"
            return Fault(said, f"linje {line}")
    return Fault(f"kolonnen »{wanted[0]}« mangler", f"linje {line}")


def _plan(fil: str, header: _Header, layout: Layout) -> Plan:
    """Return where each known column stands.

    Raises:
        KildeError: A known column stands there twice.
    """
    places, faults = {}, []
    for name in layout.kolonner:
        found = _matching(header.fields, layout, name)
        if len(found) > 1:
            both = dansk.opremsning([f"»{header.fields[place].strip()}«" for place in found])
            faults.append(Fault(f"kolonnerne {both} er begge {name}; slet eller omdøb en", f"linje {header.line}"))
        if found:
            places[name] = found[0]
    missing = [
        one for one in layout.filtre if cells.place_of(Plan(layout, tuple(header.fields), places), one.kolonne) is None
    ]
    faults += [
        Fault(f"kolonnen »{one.kolonne}« mangler; uden den kan rækker tælle dobbelt", f"linje {header.line}")
        for one in missing
    ]
    if faults:
        raise KildeError(fil, faults)
    return Plan(layout, tuple(header.fields), places)


def _names(plan: Plan) -> list[str]:
    """Return the name of each column: canonical, or its own header, made unique."""
    known = {place: name for name, place in plan.places.items()}
    names: list[str] = []
    taken = set(known.values()) | {OERE, LINJE}
    for place, header in enumerate(plan.headers):
        name = known.get(place)
        if name is None:
            stem = header.strip() or f"kolonne {place + 1}"
            name, number = stem, 2
            while name in taken:
                name, number = f"{stem} ({number})", number + 1
            taken.add(name)
        names.append(name)
    return names


# What is known when all chunks so far are put together.


class _State:
    """The order of the file put back together: faults, character sets, and whether a total line is the last."""

    def __init__(self, source: TableSource) -> None:
        self._source = source
        self.faults: list[tuple[int, str]] = list(source._head.faults)
        self._charsets: dict[str, int] = {"utf-8": 1} if source._bom else {}
        if source._head.encoding:
            self._charsets.setdefault(source._head.encoding, source._head.first)
        self.styles = Styles()
        self.widths: tuple[int, int] | None = None
        self.cut = 0
        self._pending: tuple[Reject, int | None] | None = None
        self._rejects = self._rows = self._sums = 0
        self._marked: int | None = None

    def take(self, piece: _Piece) -> Batch | None:
        """Take in the next piece; return its batch, or None when the file is refused anyway."""
        self.faults += piece.faults
        if piece.scan.encoding:
            self._charsets.setdefault(piece.scan.encoding, piece.scan.first)
        if self.faults:
            if len(self.faults) > _MOST_FAULTS:
                self.finish()
            return None
        self.styles += piece.styles
        if piece.widths:
            low, high = self.widths or piece.widths
            self.widths = (min(low, piece.widths[0]), max(high, piece.widths[1]))
        rejects = self._kept(piece)
        self._rejects += len(rejects)
        self._rows += piece.rows_in + len(rejects)
        if self._rejects > MOST_REJECTS:
            said = (
                f"over {dansk.antal(MOST_REJECTS)} rækker kan ikke læses; passer layoutet til filen? Den første fejl: "
            )
            raise KildeError(self._source.fil, [Fault(said + rejects[0].aarsag, f"linje {rejects[0].linje}")])
        return Batch(pl.DataFrame(), piece.rows_in + len(rejects), tuple(rejects))

    def _kept(self, piece: _Piece) -> list[Reject]:
        """Return the true rejects; a total line is held back until it is known whether rows follow it."""
        rejects: list[Reject] = []
        for reject, verdict in piece.rejects:
            if verdict.kind == "sum":
                self._sums += 1
                self._marked = verdict.oere
                continue
            self._release(rejects)
            if verdict.kind == "ialt" and reject.linje > piece.last_ok:
                self._pending = (reject, verdict.oere)
            else:
                rejects.append(reject)
        if self._pending and piece.last_ok > self._pending[0].linje:
            self._release(rejects)
        return sorted(rejects, key=lambda one: one.linje)

    def _release(self, rejects: list[Reject]) -> None:
        if self._pending:
            rejects.append(self._pending[0])
            self._pending = None

    def finish(self) -> None:
        """Refuse the file when anything in its bytes says so.

        Raises:
            KildeError: All kinds of faults, each where it was first seen.
        """
        first: dict[str, int] = {}
        for line, said in sorted(self.faults + self._charset_faults()):
            first.setdefault(said, line)
        if first:
            raise KildeError(self._source.fil, [Fault(said, f"linje {line}") for said, line in first.items()])

    def _charset_faults(self) -> list[tuple[int, str]]:
        declared = self._source.layout.tegnsaet
        if len(self._charsets) > 1:
            said = "filen blander to tegnsæt (UTF-8 og windows-1252); gem hele filen som CSV UTF-8"
            return [(max(self._charsets.values()), said)]
        other = [(line, name) for name, line in self._charsets.items() if declared and name != declared]
        return [(line, f"filen er {name}, men layoutet siger {declared}; ret layoutet") for line, name in other]

    def last(self) -> tuple[int, tuple[Reject, ...], int | None, tuple[str, ...]]:
        """Return what the end of the file tells: rows, rejects, control total and notes."""
        rejects: list[Reject] = []
        control = self._marked
        if self._pending and self._pending[1] is None:
            self._release(rejects)
        elif self._pending:
            control = self._pending[1]
        return len(rejects), tuple(rejects), control, tuple(self._notes())

    def _notes(self) -> Iterator[str]:
        if not self._rows:
            yield "Filen har ingen posteringer."
        if self.cut:
            yield f"Sidste linje ({self.cut}) har intet linjeskift; er filen hentet helt?"
        if self.styles.dotted and not self.styles.comma:
            yield (
                f"{dansk.antal(self.styles.dotted)} beløb har punktum, og intet beløb i filen har komma; "
                "1.234 er læst som ettusind tohundrede og fireogtredive."
            )
        if self._sums:
            yield f"{dansk.antal(self._sums)} sumlinjer er ikke talt med."


_MOST_FAULTS = 40
