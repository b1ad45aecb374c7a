"""Raekker: how the tables of a follow-up are gone through and summed. What the rows mean is not known here.

A table read from a file has the line in the file as its index, so a fault can say where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from numbers import Integral
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, ValueUseError
from budgetanalyser.raekker import Row as Row
from budgetanalyser.raekker import Rows as Rows
from budgetanalyser.raekker import refuse as refuse
from budgetanalyser.raekker import rows as rows

NUL = Decimal(0)
# More than any municipality has; a larger amount is in another unit, or a slip.
MOST_KR = Decimal(10) ** 13


def is_blank(value: Any) -> bool:
    """Whether a cell holds nothing: None, NaN, NaT or a text of blanks."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    return bool(pd.isna(value)) if pd.api.types.is_scalar(value) else False


def text(value: object) -> str:
    """Return the text of a cell with single blanks, none around it; "" for an empty one.

    A no-break space is a blank: two names that look alike are one.
    """
    return "" if is_blank(value) else " ".join(str(value).split())


def amount(value: object) -> Decimal | None:
    """Return the amount of a cell; None for an empty one.

    Raises:
        TypeError: The cell holds something else, such as a float, which cannot hold kroner and øre exactly.
    """
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if is_blank(value):
        return None
    raise TypeError(f"Et beløb skal være en endelig Decimal, ikke {value!r}.")


def is_amount(value: object) -> bool:
    """Whether a cell holds an exact amount."""
    return isinstance(value, Decimal) and value.is_finite()


def is_whole(value: object) -> bool:
    """Whether a value is a whole number and not a truth value."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def day(value: object) -> date | None:
    """Return the date of a cell; None for an empty one.

    Raises:
        TypeError: The cell holds something else.
    """
    if is_blank(value):
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    raise TypeError(f"En dato skal være en dato, ikke {value!r}.")


def wrong_amounts(lines: Rows, *names: str, may_be_blank: bool = False) -> list[Fault]:
    """Return a fault for each cell of the named columns that is not exact kroner, or too large to be meant."""
    large = [
        Fault(f"{name} er {row[name]}, og det er over {dansk.antal(MOST_KR)} kr.; er det i øre?", where)
        for where, row in lines
        for name in names
        if is_amount(row[name]) and abs(row[name]) > MOST_KR
    ]
    return large + [
        Fault(f"{name} skal være et beløb{', eller tom' if may_be_blank else ''}; her står »{row[name]}«", where)
        for where, row in lines
        for name in names
        if not (is_amount(row[name]) or (may_be_blank and is_blank(row[name])))
    ]


def without_text(lines: Rows, *names: str) -> list[Fault]:
    """Return a fault for each cell of the named columns that holds no text."""
    return [
        Fault(f"{name} mangler; udfyld den", where) for where, row in lines for name in names if not text(row[name])
    ]


def identical(lines: Rows) -> list[Fault]:
    """Return a fault for each row that is the same as an earlier one in every cell: it would count twice."""
    first: dict[tuple[str, ...], str] = {}
    faults = []
    for where, row in lines:
        key = tuple(str(value) for value in row.values())
        if key in first:
            said = f"linjen er den samme som {first[key]} og ville tælle to gange; slet den ene, eller skriv forskellen"
            faults.append(Fault(said, where))
        first.setdefault(key, where)
    return faults


def repeated(lines: Rows, *names: str) -> list[Fault]:
    """Return a fault for each row whose named cells together stand in an earlier row."""
    first: dict[tuple[Any, ...], str] = {}
    faults = []
    for where, row in lines:
        key = tuple(row[name] for name in names)
        if key in first:
            told = ", ".join(text(part) for part in key)
            faults.append(Fault(f"»{told}« står også i {first[key]}; lad den stå én gang", where))
        first.setdefault(key, where)
    return faults


def frame(made: Iterable[Mapping[Any, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Return rows as a table of plain Python values with these columns, also where there are no rows."""
    return pd.DataFrame(list(made), columns=list(columns), dtype=object)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the exact sum; 0 for none."""
    return sum(amounts, NUL)


def all_or_none(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum, or None where one amount is not known."""
    found = list(amounts)
    known = [number for number in found if number is not None]
    return total(known) if len(known) == len(found) else None


def known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum of the amounts that are known, or None where none is."""
    found = [number for number in amounts if number is not None]
    return total(found) if found else None


def cancels_out(amounts: Iterable[Decimal]) -> bool:
    """Whether amounts of both signs leave less than half of their size, so that a percentage of the sum misleads."""
    found = list(amounts)
    return abs(total(found)) * 2 < total(map(abs, found))


def share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """Return part / |whole|, not rounded and with the sign of the part; None where there is none."""
    return None if part is None or not whole else part / abs(whole)


def by_name(given: Any, name: str, column: str, *, what: str) -> dict[str, Decimal | None]:
    """Return amounts by name from a mapping, a Series or a table with the two columns, each name once.

    Raises:
        PosterError: The table lacks a column, an amount is not exact, or a name is missing or stands twice.
        ValueUseError: A mapping or Series holds something that is not an exact amount.
    """
    if isinstance(given, pd.DataFrame):
        lines = rows(given, f"{name} {column}", what)
        faults = without_text(lines, name) + wrong_amounts(lines, column, may_be_blank=True) + repeated(lines, name)
        refuse(given, what, faults)
        return {text(row[name]): amount(row[column]) for _, row in lines}
    pairs = {text(key): value for key, value in dict(given).items()}
    if wrong := [key for key, value in pairs.items() if not (is_amount(value) or is_blank(value))]:
        raise ValueUseError(f"Et beløb skal være en endelig Decimal. Ret {what} for {', '.join(wrong)}.")
    return {key: amount(value) for key, value in pairs.items()}
