"""Fremmøde: whether the counts of those who came to the meetings agree with each other.

Published minutes may be wrong, and the report says so: counts that disagree are a table, not an error. Which of two
numbers is the wrong one is not decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from budgetanalyser.errors import Fault, PosterError

ANTAL = ("pladser", "deltog", "fysisk", "digitalt", "afbud")
# The two counts that make up the third.
_SUMMER = (("fysisk", "digitalt", "deltog"), ("deltog", "afbud", "pladser"))


def check(tabel: pd.DataFrame) -> pd.DataFrame:
    """Find the counts that disagree: `fysisk` + `digitalt` is `deltog`, and `deltog` + `afbud` is `pladser`.

    Args:
        tabel: One meeting a row: `moede` (text) and int `pladser`, `deltog`, `fysisk`, `digitalt` and `afbud`, each
            None where the source does not say. A sum with a None in it is not checked.

    Returns:
        One row a sum that fails, in the order of the meetings: `moede`, `paastand` (the sum in words), `regnet` and
        `oplyst` (int, what it comes to and what the source says). No rows when all agree.

    Raises:
        PosterError: A count is negative or no whole number.
    """
    _require_counts(tabel)
    rows = [
        {"moede": row["moede"], "paastand": f"{a} + {b} = {total}", "regnet": row[a] + row[b], "oplyst": row[total]}
        for row in tabel.to_dict("records")
        for a, b, total in _SUMMER
        if None not in (row[a], row[b], row[total]) and row[a] + row[b] != row[total]
    ]
    return pd.DataFrame(rows, columns=["moede", "paastand", "regnet", "oplyst"], dtype=object)


def _require_counts(tabel: pd.DataFrame) -> None:
    faults = [
        Fault(
            f"{name} skal være et helt tal, der ikke er negativt, ikke »{row[name]}«",
            f"linje {number}, »{row['moede']}«",
        )
        for number, row in zip(tabel.index, tabel.to_dict("records"), strict=True)
        for name in ANTAL
        if not _is_count_or_none(row, name)
    ]
    if faults:
        raise PosterError("fremmødet", faults)


def _is_count_or_none(row: Mapping[Any, Any], name: str) -> bool:
    value = row[name]
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)
