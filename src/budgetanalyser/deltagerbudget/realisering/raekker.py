"""Raekker: how the tables of a round are gone through, with the line of each row. What the rows mean is not known here.

A table read from a file has the line in the file as its index, so a fault can say where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from numbers import Integral
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import Fault
from budgetanalyser.raekker import Row as Row
from budgetanalyser.raekker import Rows as Rows
from budgetanalyser.raekker import refuse as refuse
from budgetanalyser.raekker import rows as rows


def repeated(lines: Rows, key: Callable[[Row], object], said: str) -> list[Fault]:
    """Return a fault for each row whose key stands in an earlier one; `said` is followed by where that is."""
    first: dict[object, str] = {}
    faults = []
    for where, row in lines:
        name = key(row)
        if name in first:
            faults.append(Fault(f"{said} i {first[name]}; lad den stå én gang", where))
        first.setdefault(name, where)
    return faults


def without_text(lines: Rows, *names: str) -> list[Fault]:
    """Return a fault for each cell of the named columns that holds no text."""
    return [
        Fault(f"{name} mangler; udfyld den", where)
        for where, row in lines
        for name in names
        if not (isinstance(row[name], str) and row[name].strip())
    ]


def wrong_counts(lines: Rows, *names: str) -> list[Fault]:
    """Return a fault for each cell that is neither a count nor empty."""
    return [
        Fault(f"{name} skal være et helt tal på mindst 0, eller tom når det ikke er oplyst", where)
        for where, row in lines
        for name in names
        if row[name] is not None and not is_count(row[name])
    ]


def wrong_amounts(lines: Rows, *names: str) -> list[Fault]:
    """Return a fault for each cell that is neither Decimal kroner of 0 or more nor empty."""
    faults = []
    for where, row in lines:
        for name in names:
            amount = row[name]
            if amount is not None and not (isinstance(amount, Decimal) and amount.is_finite()):
                faults.append(Fault(f"{name} skal være et beløb, eller tom når det ikke er oplyst", where))
            elif amount is not None and amount < 0:
                faults.append(Fault(f"{name} er {dansk.kr(amount)}; skriv beløb uden minus", where))
    return faults


def is_count(value: object) -> bool:
    """Whether a value is a whole number of 0 or more."""
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 0


def frame(made: Iterable[Mapping[Any, Any]], columns: str) -> pd.DataFrame:
    """Return rows as a table of plain Python values with these columns, also where there are no rows."""
    return pd.DataFrame(list(made), columns=columns.split(), dtype=object)


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum of the amounts that are known, or None where none is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None
