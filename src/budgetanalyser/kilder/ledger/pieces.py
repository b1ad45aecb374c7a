"""A file worked on in pieces by several threads and put back in order: for every form of ledger alike.

A `PieceSource` cuts its file into chunks and turns one into columns of bytes; here the columns are typed, and what is
no posting is judged by `cells`. What the order of the pieces tells is in `order`.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import polars as pl

from budgetanalyser.errors import Fault, KildeError
from budgetanalyser.kilder.ledger import amounts, arrays, cells
from budgetanalyser.kilder.ledger.arrays import Bools
from budgetanalyser.kilder.ledger.cells import Plan, Verdict
from budgetanalyser.kilder.ledger.fields import Cells, Ints
from budgetanalyser.kilder.ledger.layout import BELOEB, BILAGSNR, DATO, SIDE, TEKST, Layout
from budgetanalyser.kilder.ledger.lines import BINARY, CODED, Fatal, Rows
from budgetanalyser.kilder.ledger.order import Piece, State
from budgetanalyser.kilder.ledger.postings import Postings
from budgetanalyser.kilder.ledger.source import LINJE, Batch, Column, Result, Source

_WORKERS = min(os.cpu_count() or 1, 4)
_ALONE = (BELOEB, BILAGSNR)
_HALF_AMOUNTS = (
    "filen har komma mellem felterne, og et beløb har ingen ører, så det kan være delt; gem filen med semikolon, eller "
    "med beløbene i anførselstegn og to decimaler"
)
# Which bytes may begin the word of a total line.
_TOTAL_BEGINS = np.array([byte in b"IiTtSsHh* " or byte > 127 for byte in range(256)])


class PieceSource(Source):
    """A source that is typed piece by piece under a layout.

    A subclass gives `chunks` and `parse`; it may widen `check_end`.
    """

    def __init__(self, fil: str, layout: Layout, plan: Plan, names: list[str]) -> None:
        self.fil, self.layout, self.balances = fil, layout, tuple(layout.balancerer)
        self.needs_oere = False
        filtered = {cells.place_of(plan, one.kolonne) for one in layout.filtre}
        if wrong := [name for name in _ALONE if plan.places.get(name, -1) in filtered]:
            raise KildeError(fil, [Fault(f"layoutet kan ikke have et filter på {name}") for name in wrong])
        self._known_days: dict[str, int] = {}
        self._known_texts: dict[bytes, str] = {}
        self._use(plan, names)

    def _use(self, plan: Plan, names: list[str]) -> None:
        self._plan, self._names = plan, names
        self.columns = tuple(
            Column(name, plan.headers[place].strip() or name) for place, name in enumerate(names) if name != BELOEB
        )

    @abstractmethod
    def chunks(self) -> Iterator[Any]:
        """Yield what a worker can work on, in the order of the file; nothing in it is known yet."""

    @abstractmethod
    def piece(self, chunk: Any) -> Piece:
        """Return an empty piece for a chunk, with its line, character set and faults."""

    @abstractmethod
    def parse(self, chunk: Any, piece: Piece, types: dict[int, Any]) -> Rows:
        """Cut a chunk into columns.

        Raises:
            Fatal: It cannot be read.
        """

    def before(self, state: State) -> None:
        """Tell the state what is known before the first chunk."""

    def check_end(self, chunk: Any, rows: Rows, ok: Bools, piece: Piece, state: State) -> bool:
        """Return whether the piece is a row at the end of the file that may have been longer, and judge it."""
        return False

    def mapped(self, columns: Collection[str], work: Callable[[Postings], Result]) -> Iterator[tuple[Batch, Result]]:
        """Yield each batch with what `work` made of its rows, in the order of the file; see `Source`."""
        state = State(self.fil, self.layout)
        self.before(state)
        for piece in self._pieces(columns, work, state):
            batch = state.take(piece)
            if batch is not None:
                yield batch, piece.result
        state.finish()
        yield Batch(*state.last()), work(Postings.none(columns))

    def _pieces(self, columns: Collection[str], work: Callable[[Postings], Any], state: State) -> Iterator[Piece]:
        waiting: deque[Future[Piece]] = deque()
        with ThreadPoolExecutor(_WORKERS) as pool:
            try:
                for chunk in self.chunks():
                    # The last line is judged by what all before it look like.
                    while waiting and (len(waiting) > _WORKERS or getattr(chunk, "cut", False)):
                        yield waiting.popleft().result()
                    waiting.append(pool.submit(self._piece, chunk, columns, work, state))
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for one in waiting:
                    one.cancel()

    def _piece(self, chunk: Any, columns: Collection[str], work: Callable[[Postings], Any], state: State) -> Piece:
        piece = self.piece(chunk)
        if piece.faults or state.faults:
            return piece
        try:
            rows = self.parse(chunk, piece, self._types(columns))
        except Fatal as fatal:
            piece.faults.append((fatal.line, fatal.said))
            return piece
        found, ok = self._typed(rows, piece, columns)
        if not self.check_end(chunk, rows, ok, piece, state):
            self._judge(rows, ok, piece)
        if ok.any():
            piece.last_ok = int(rows.lines[ok][-1])
        accepted = found if bool(ok.all()) else found.taken(np.flatnonzero(ok))
        piece.rows_in = len(accepted)
        piece.result = work(accepted)
        return piece

    def _types(self, columns: Collection[str]) -> dict[int, Any]:
        """Return the places of the columns to read: those asked for, those that decide and the last.

        Columns where almost every cell is another are not coded.
        """
        places = {
            place
            for place, name in enumerate(self._names)
            if name in columns or name in _ALONE or self._decides(place, name)
        }
        places.add(len(self._names) - 1)
        return {place: BINARY if self._is_alone(place) else CODED for place in sorted(places)}

    def _is_alone(self, place: int) -> bool:
        name = self._names[place]
        return name in _ALONE or (name == TEKST and not self._decides(place, name))

    def _decides(self, place: int, name: str) -> bool:
        """Return whether the cells of a column, other than amount and voucher, decide if a row is a posting."""
        if name in (DATO, SIDE) or name in self.layout.never_empty():
            return name not in _ALONE
        return any(cells.place_of(self._plan, one.kolonne) == place for one in self.layout.filtre)

    # Typing: columns of bytes to a frame, and which rows are postings.

    def _typed(self, rows: Rows, piece: Piece, columns: Collection[str]) -> tuple[Postings, Bools]:
        encoding = rows.encoding
        oere, ok, piece.styles = amounts.amounts(rows.arrays[self._plan.places[BELOEB]], self.layout, encoding)
        if self.needs_oere and not piece.styles.two:
            piece.faults.append((piece.line, _HALF_AMOUNTS))
        texts: dict[str, Any] = {}
        dates = np.zeros(0, np.int32)
        for place, array in rows.arrays.items():
            name = self._names[place]
            if place == len(self._names) - 1:
                piece.widths = _widths(array)
            if name == BILAGSNR:
                ok &= self._is_bilag(array, encoding)
            if self._decides(place, name):
                codes, distinct = arrays.words(array, encoding, self._known_texts)
                ok &= self._allowed(place, name, codes, distinct)
                if name == DATO:
                    dates, is_day = arrays.days(codes, distinct, self.layout, self._known_days)
                    ok &= is_day
                elif name == SIDE:
                    oere *= np.array([cells.side_of(self.layout, one) for one in distinct] or [0], np.int64)[codes]
                if name in columns and name != DATO:
                    texts[name] = arrays.coded(codes, distinct)
            elif name in columns and name != BELOEB:
                texts[name] = arrays.text(array, encoding, self._known_texts)
        return Postings(oere, dates, texts, rows.lines if LINJE in columns else None), ok

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
        data, start, end = arrays.places_of(array)
        if not len(array):
            return True
        filled = end > start
        fine = filled if BILAGSNR in self.layout.never_empty() else np.ones(len(array), np.bool_)
        first = data[np.minimum(start, len(data) - 1)] if len(data) else np.zeros(len(array), np.uint8)
        suspect = np.flatnonzero(filled & _TOTAL_BEGINS[first])
        if len(suspect):
            some = Cells(data, start[suspect], end[suspect])
            text = pl.Series(arrays.text(some, encoding, self._known_texts)).cast(pl.String)
            wrong = text.str.to_lowercase().str.contains(cells.TOTAL_FIRST)
            if BILAGSNR in self.layout.never_empty():
                wrong |= text == ""
            fine = fine.copy()
            fine[suspect[wrong.to_numpy()]] = False
        return fine

    # Judging: what is not a posting, read a second time.

    def _judge(self, rows: Rows, ok: Bools, piece: Piece) -> None:
        odd = list(rows.odd)
        for row in np.flatnonzero(~ok):
            odd.append((int(rows.lines[row]), *rows.raw(int(row))))
        for line, fields, raw in odd:
            verdict = self.judge(fields)
            if verdict is None:
                said = "to læsninger er uenige om rækken; det er en fejl i Budgetanalyser, så send linjen til os"
                piece.faults.append((line, said))
            elif verdict.kind != "tom":
                piece.reject(line, raw, verdict)
        piece.rejects.sort(key=lambda one: one[0].linje)

    def judge(self, fields: list[str]) -> Verdict | None:
        """Return why a record is no posting, or None when it is one."""
        return cells.judge(self._plan, fields)


def _widths(array: Any) -> tuple[int, int] | None:
    """Return the lengths of the shortest and the longest text of a column, in bytes."""
    _, start, end = arrays.places_of(array.dictionary if arrays.is_coded(array) else array)
    lengths = end - start
    return (int(lengths.min()), int(lengths.max())) if len(lengths) else None
