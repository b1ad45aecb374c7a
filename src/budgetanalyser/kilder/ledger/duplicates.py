"""Rows that stand more than once with all their cells alike, found with memory that does not grow with the file.

First a 64-bit hash of each row is counted, a share of the hashes at a time; then the rows whose hash came twice are
compared cell by cell. A ledger may hold true twins, so nothing is left out; a person decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, KildeError
from budgetanalyser.kilder.ledger.layout import kroner
from budgetanalyser.kilder.ledger.source import LINJE, OERE

if TYPE_CHECKING:
    import pandas as pd

    from budgetanalyser.kilder.ledger.ledger import Ledger

_HASHES = 12_000_000  # Held at a time, 8 bytes each.
_MOST = 500_000  # Different rows with twins; more is a file that was joined with itself.
_FIRST_LINES = 5


def find(ledger: Ledger) -> pd.DataFrame:
    """Return each row that stands more than once.

    Returns:
        The columns of the ledger, `beloeb_kr` of one of the rows, `antal` and `linjer` (the first five lines, as text),
        in the order of the first line.

    Raises:
        KildeError: Over 500.000 different rows have a twin.
    """
    import pandas as pd

    rounds = -(-ledger.rows_ok // _HASHES) or 1
    suspects = np.concatenate([_twice(ledger, share, rounds) for share in range(rounds)])
    names = list(ledger.columns)
    twins = _twins(ledger, names, np.sort(suspects))
    columns = {name: pd.Series(twins[name].to_list(), dtype=object) for name in names}
    columns["beloeb_kr"] = pd.Series([kroner(one) for one in twins[OERE].to_list()], dtype=object)
    columns["antal"] = pd.Series(twins["antal"].to_list(), dtype="int64")
    columns["linjer"] = pd.Series([", ".join(map(str, one)) for one in twins[LINJE].to_list()], dtype=object)
    return pd.DataFrame(columns)


def _hashes(rows: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return rows.hash_rows(seed=1).to_numpy()


def _twice(ledger: Ledger, share: int, rounds: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Return the hashes of one share that come more than once."""
    found = np.empty(ledger.rows_ok if rounds == 1 else int(_HASHES * 1.1), np.uint64)
    size = 0
    for part in ledger.each(list(ledger.columns), lambda rows: _hashes(rows.select(sorted(rows.columns)))):
        mine = part[part % np.uint64(rounds) == share] if rounds > 1 else part
        if size + len(mine) > len(found):
            found = np.concatenate([found, np.empty(len(mine) + len(found) // 4, np.uint64)])
        found[size : size + len(mine)] = mine
        size += len(mine)
    found = found[:size]
    found.sort()
    return np.unique(found[1:][found[1:] == found[:-1]])


def _twins(ledger: Ledger, names: list[str], suspects: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> pl.DataFrame:
    """Return the suspected rows that are alike in every cell, with how many there are and where the first stand."""

    def suspected(rows: pl.DataFrame) -> pl.DataFrame:
        if not len(suspects) or not rows.height:
            return rows.clear()
        hashes = _hashes(rows.drop(LINJE).select(sorted(one for one in rows.columns if one != LINJE)))
        places = np.minimum(np.searchsorted(suspects, hashes), len(suspects) - 1)
        return rows.filter(pl.Series(suspects[places] == hashes))

    def merged(parts: list[pl.DataFrame]) -> pl.DataFrame:
        return (
            pl.concat(parts)
            .group_by([*names, OERE])
            .agg(pl.col("antal").sum(), pl.col(LINJE).list.explode().sort().head(_FIRST_LINES))
        )

    parts: list[pl.DataFrame] = []
    height = 0
    for rows in ledger.each([LINJE, *names], suspected):
        part = (
            rows.select(*names, OERE, LINJE)
            .group_by([*names, OERE])
            .agg(pl.len().cast(pl.Int64).alias("antal"), pl.col(LINJE).sort().head(_FIRST_LINES))
        )
        parts.append(part)
        height += part.height
        if height > 2 * _MOST:
            parts = [merged(parts)]
            height = parts[0].height
            if height > _MOST:
                said = (
                    f"over {dansk.antal(_MOST)} forskellige rækker står flere gange; er filen sat sammen af to udtræk?"
                )
                raise KildeError(ledger.fil, [Fault(said)])
    twins = merged(parts).filter(pl.col("antal") > 1)
    return twins.sort(pl.col(LINJE).list.first())
