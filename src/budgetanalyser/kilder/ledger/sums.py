"""Exact sums of a ledger's rows by columns, put together from the batches of a file.

Where the columns have few different texts the sums stand in a dense table of 64-bit integers, a cell for each
combination; else they are lists of rows in 128 bits that are merged now and then. Neither loses an øre, and neither
grows with the rows. What period 13 is and how a result is named is here too; which file the rows come from is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from budgetanalyser.kilder.ledger import cells
from budgetanalyser.kilder.ledger.layout import PERIODE, kroner
from budgetanalyser.kilder.ledger.postings import Ints, Postings
from budgetanalyser.kilder.ledger.source import DATO, OERE

if TYPE_CHECKING:
    import pandas as pd

AAR, KVARTAL, MAANED = "aar", "kvartal", "maaned"
DERIVED = (AAR, KVARTAL, MAANED)
ANTAL = "antal"
YEAR, MONTH = "_aar", "_maaned"

_DENSE = 1 << 21  # Cells of a table; two of 8 bytes each.
_MOST_LABELS = 20_000
_BEFORE_MERGE = 400_000
_SAFE = 2**62
_FLOAT_SAFE = 2**53  # Up to here sums of whole numbers are exact as floats.


def total(oere: Ints) -> int:
    """Return the exact sum of øre."""
    if _largest(oere) * len(oere) >= _SAFE:
        return int(pl.Series(oere).cast(pl.Int128).sum())
    return int(oere.sum())


def _largest(oere: Ints) -> int:
    return max(abs(int(oere.min())), abs(int(oere.max()))) if len(oere) else 0


@dataclass(frozen=True)
class _Part:
    """The sums of one batch, for each cell that has any: its `place` in a table of this `shape`, øre and rows.

    `bound` is more than any sum of its øre can be.
    """

    shape: tuple[int, ...]
    place: Ints
    oere: Ints
    rows: Ints
    bound: int


class Sums:
    """Sums by `keys`; `most` is how many combinations are worth keeping, and over it `is_full` and all is let go."""

    def __init__(self, keys: Sequence[str], most: int | None = None) -> None:
        self.keys = list(keys)
        self._most = most
        self._learning = Lock()
        self.clear()

    def clear(self) -> None:
        """Forget all that was taken in."""
        self.is_full = False
        self._parts: list[pl.DataFrame] = []
        self._height = 0
        # The code of each label on its axis, once given, stays the same.
        self._codes: list[dict[Any, int]] = [{} for _ in self.keys]
        self._empty(tuple(1 for _ in self.keys))

    def _empty(self, shape: tuple[int, ...]) -> None:
        self._shape = shape
        self._oere, self._rows = np.zeros(_product(shape), np.int64), np.zeros(_product(shape), np.int64)
        self._bound = 0

    def part(self, rows: Postings) -> _Part | pl.DataFrame | None:
        """Return the sums of a batch; runs in many threads."""
        if self.is_full or not len(rows):
            return None
        axes = _axes(rows, self.keys)
        bound = _largest(rows.oere) * len(rows)
        known = self._learn([labels for _, labels in axes]) if bound < _FLOAT_SAFE else None
        if known is None:
            return _grouped(rows, self.keys, axes)
        numbers, shape = known
        place = np.zeros(len(rows), np.int64)
        stride = 1
        for (codes, _), number, size in zip(axes[::-1], numbers[::-1], shape[::-1], strict=True):
            place += (number * stride)[codes] if len(number) > 1 else number[0] * stride
            stride *= size
        counts = np.bincount(place, minlength=stride)
        sums = np.bincount(place, weights=rows.oere, minlength=stride)
        filled = np.flatnonzero(counts)
        return _Part(shape, filled, sums[filled].astype(np.int64), counts[filled], bound)

    def _learn(self, labels: list[list[Any]]) -> tuple[list[Ints], tuple[int, ...]] | None:
        """Return the codes of labels on each axis and how long the axes are by now; None if a table would be too large.

        What does not fit is not learnt.
        """
        with self._learning:
            new = [[one for one in mine if one not in codes] for codes, mine in zip(self._codes, labels, strict=True)]
            shape = tuple(len(codes) + len(more) for codes, more in zip(self._codes, new, strict=True))
            if _product(shape) > _DENSE or max(shape) > _MOST_LABELS:
                return None
            for codes, more in zip(self._codes, new, strict=True):
                codes.update({one: number for number, one in enumerate(more, len(codes))})
            return [
                np.array([codes[one] for one in mine], np.int64)
                for codes, mine in zip(self._codes, labels, strict=True)
            ], shape

    def take(self, part: _Part | pl.DataFrame | None) -> None:
        """Take in the sums of the next batch."""
        if self.is_full or part is None:
            return
        if isinstance(part, pl.DataFrame):
            self._append(part)
            return
        if self._bound + part.bound >= _SAFE:
            self._spill()
        self._widen(part.shape)
        place = _moved(part.place, part.shape, self._shape)
        self._oere[place] += part.oere
        self._rows[place] += part.rows
        self._bound += part.bound

    def _widen(self, shape: tuple[int, ...]) -> None:
        """Make every axis of the table at least so long."""
        wider = tuple(max(size, has) for size, has in zip(shape, self._shape, strict=True))
        if wider != self._shape:
            filled = np.flatnonzero(self._rows)
            place = _moved(filled, self._shape, wider)
            oere, rows, bound = self._oere[filled], self._rows[filled], self._bound
            self._empty(wider)
            self._oere[place], self._rows[place], self._bound = oere, rows, bound

    def _spill(self) -> None:
        """Put what the table holds among the parts."""
        filled = np.flatnonzero(self._rows)
        if len(filled):
            with self._learning:
                labels = [list(codes) for codes in self._codes]
            places = np.unravel_index(filled, self._shape)
            self._append(_frame(self.keys, labels, places, self._oere[filled], self._rows[filled]))
        self._empty(self._shape)

    def _append(self, part: pl.DataFrame) -> None:
        self._parts.append(part)
        self._height += part.height
        if self._height > _BEFORE_MERGE + 2 * self._parts[0].height:
            merged = _merged(self._parts, self.keys)
            self._parts, self._height = [merged], merged.height
            if self._most is not None and merged.height > self._most:
                self.clear()
                self.is_full = True

    def frame(self) -> pl.DataFrame:
        """Return the keys, `oere` (Int128) and `antal`, a row for each combination."""
        self._spill()
        if not self._parts:
            kinds: dict[str, Any] = {YEAR: pl.Int64, MONTH: pl.Int64, DATO: pl.Date}
            return pl.DataFrame(
                schema={key: kinds.get(key, pl.String) for key in self.keys} | {OERE: pl.Int128, ANTAL: pl.Int64}
            )
        self._parts = [_merged(self._parts, self.keys)]
        self._height = self._parts[0].height
        return self._parts[0]


def _product(sizes: Sequence[int]) -> int:
    whole = 1
    for size in sizes:
        whole *= size
    return whole


def _moved(place: Ints, shape: tuple[int, ...], wider: tuple[int, ...]) -> Ints:
    """Return where the cells of a table stand in one with longer axes."""
    if shape == wider or not len(place):
        return place
    return np.asarray(np.ravel_multi_index(np.unravel_index(place, shape), wider), np.int64)


def _merged(parts: list[pl.DataFrame], keys: list[str]) -> pl.DataFrame:
    return pl.concat(parts).group_by(keys).agg(pl.col(OERE).sum(), pl.col(ANTAL).sum())


def _frame(keys: list[str], labels: list[list[Any]], places: Sequence[Ints], oere: Ints, rows: Ints) -> pl.DataFrame:
    columns = {
        key: pl.Series(key, names).gather(pl.Series(place))
        for key, names, place in zip(keys, labels, places, strict=True)
    }
    amounts = pl.Series(OERE, oere).cast(pl.Int128)
    return pl.DataFrame(columns | {OERE: amounts, ANTAL: pl.Series(ANTAL, rows.astype(np.int64))})


def _grouped(rows: Postings, keys: list[str], axes: list[tuple[Ints, list[Any]]]) -> pl.DataFrame:
    """Return the sums of a batch with many combinations or very large amounts."""
    columns = {key: pl.Series(key, codes) for key, (codes, _) in zip(keys, axes, strict=True)}
    frame = pl.DataFrame(columns | {OERE: pl.Series(rows.oere).cast(pl.Int128)})
    sums = frame.group_by(keys).agg(pl.col(OERE).sum(), pl.len().cast(pl.Int64).alias(ANTAL))
    named = [pl.Series(key, labels).gather(sums[key]) for key, (_, labels) in zip(keys, axes, strict=True)]
    return sums.with_columns(*named)


def _axes(rows: Postings, keys: list[str]) -> list[tuple[Ints, list[Any]]]:
    """Return for each key the code of each row and what the codes stand for."""
    found: dict[str, tuple[Ints, list[Any]]] = {}
    if YEAR in keys:
        years, months = _time(rows)
        first = int(years.min())
        found[YEAR] = years - first, list(range(first, int(years.max()) + 1))
        found[MONTH] = months - 1, list(range(1, max(13, int(months.max()) + 1)))
    return [found.get(key) or rows.codes(key) for key in keys]


def _time(rows: Postings) -> tuple[Ints, Ints]:
    """Return year and month of each row; a period 13-16 of the file is that month of the year it belongs to."""
    month = rows.months()
    years, months = 1970 + month // 12, 1 + month % 12
    if PERIODE not in rows.texts:
        return years, months
    codes, texts = rows.codes(PERIODE)
    for code, text in enumerate(texts):
        if (found := cells.special_period(text)) is None:
            continue
        said, number = found
        there = codes == code
        years[there] = years[there] - (months[there] <= 6) if said is None else said
        months[there] = number
    return years, months


def keys_of(name: str) -> tuple[str, ...]:
    """Return what must be summed by to know a column or a derived name."""
    if name == AAR:
        return (YEAR,)
    return (YEAR, MONTH) if name in (KVARTAL, MAANED) else (name,)


def named(sums: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Put the derived names in place of year and month, and sum anew by the names asked for."""
    made = []
    for name in names:
        if name == AAR:
            made.append(pl.col(YEAR).cast(pl.Int64).alias(AAR))
        elif name == KVARTAL:
            quarter = pl.min_horizontal((pl.col(MONTH) + 2) // 3, pl.lit(4))
            made.append(pl.format("{}K{}", pl.col(YEAR), quarter).alias(KVARTAL))
        elif name == MAANED:
            month = pl.col(MONTH).cast(pl.String).str.zfill(2)
            made.append(pl.format("{}-{}", pl.col(YEAR), month).alias(MAANED))
        else:
            made.append(pl.col(name))
    frame = sums.select(*made, OERE, ANTAL)
    return frame.group_by(names).agg(pl.col(OERE).sum(), pl.col(ANTAL).sum()).sort(names)


def as_pandas(frame: pl.DataFrame, names: Sequence[str], asked: Sequence[str]) -> pd.DataFrame:
    """Return sums as a table with the columns as they were asked for, `beloeb_kr` (exact Decimal) and `antal`."""
    import pandas as pd

    columns: dict[str, Any] = {}
    for name, as_asked in zip(names, asked, strict=True):
        kind = "int64" if name == AAR else object
        columns[as_asked] = pd.Series(frame[name].to_list(), dtype=kind)
    columns["beloeb_kr"] = pd.Series([kroner(int(one)) for one in frame[OERE].to_list()], dtype=object)
    columns[ANTAL] = pd.Series(frame[ANTAL].to_list(), dtype="int64")
    return pd.DataFrame(columns)
