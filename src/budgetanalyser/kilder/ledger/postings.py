"""Typed rows of a part of a ledger, as columns: what the readers hand on and the sums and Parquet take.

Texts are Arrow arrays, since pyarrow writes those as they are; a Polars frame is made of them where one is asked for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from budgetanalyser.kilder.ledger.source import DATO, LINJE, OERE

Array = Any  # pyarrow has no types.
Ints = np.ndarray[Any, np.dtype[np.int64]]
Days = np.ndarray[Any, np.dtype[np.int32]]

_FIRST_DAY = -25_567  # 1 January 1900, in days from 1970.
_DAYS = 109_573  # To the end of 2199.


@dataclass(frozen=True)
class Postings:
    """Rows accepted: `oere`, `dato` in days from 1970, texts by column, and physical `linje` where it is wanted.

    A column of texts is an array of strings, or of codes of distinct strings.
    """

    oere: Ints
    dato: Days
    texts: dict[str, Array]
    linje: Ints | None = None

    @classmethod
    def none(cls, columns: Collection[str]) -> Postings:
        """Return no rows, with the columns asked for."""
        texts = {name: pa.array([], pa.string()) for name in columns if name not in (DATO, LINJE)}
        lines = np.zeros(0, np.int64) if LINJE in columns else None
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int32), texts, lines)

    def __len__(self) -> int:
        return len(self.oere)

    def taken(self, rows: Ints) -> Postings:
        """Return some rows by their numbers, in that order."""
        numbers = pa.array(rows)
        texts = {name: array.take(numbers) for name, array in self.texts.items()}
        return Postings(self.oere[rows], self.dato[rows], texts, None if self.linje is None else self.linje[rows])

    def codes(self, name: str) -> tuple[Ints, list[Any]]:
        """Return the code of each row in a column, from 0, and what the codes stand for."""
        array = pa.array(self.dato).cast(pa.date32()) if name == DATO else self.texts[name]
        coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        return np.asarray(coded.indices), coded.dictionary.to_pylist()

    def months(self) -> Ints:
        """Return the month of each row, from January 1970."""
        return _months()[self.dato - _FIRST_DAY]

    def frame(self) -> pl.DataFrame:
        """Return the rows with plain texts, `dato` as Date, `oere` and, where it is wanted, `linje`."""
        columns = {DATO: pl.Series(self.dato).cast(pl.Date)}
        columns |= {name: _plain(array) for name, array in self.texts.items()}
        columns[OERE] = pl.Series(self.oere)
        if self.linje is not None:
            columns[LINJE] = pl.Series(self.linje)
        return pl.DataFrame(columns)


def _plain(array: Array) -> pl.Series:
    if not pa.types.is_dictionary(array.type):
        return pl.Series(array).cast(pl.String)
    texts = pl.Series(array.dictionary).cast(pl.String)
    return texts.gather(pl.Series(np.asarray(array.indices).astype(np.uint32)))


@cache
def _months() -> Ints:
    """Return the month, from January 1970, of every day that a ledger may hold."""
    days = np.arange(_FIRST_DAY, _FIRST_DAY + _DAYS).astype("datetime64[D]")
    return days.astype("datetime64[M]").astype(np.int64)
