"""Kvoter: how many of the panel must have each value of each feature; read, checked, and made from a population."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from budgetanalyser.errors import Fault, PosterError, ValueUseError

_NOT_SHOWN = "ikke vist"
COLUMNS = ("feature", "value", "min", "max")


class Kvote(NamedTuple):
    """At least `min` and at most `max` of the panel have `value` in the pool's column `feature`."""

    feature: str
    value: str
    min: int
    max: int

    def __str__(self) -> str:
        return f"»{self.feature}« = »{self.value}«"


def quotas_from_population(shares: pd.DataFrame, seats: int) -> pd.DataFrame:
    """Make quotas that follow a population: each value gets its share of the seats, rounded down and up.

    The arithmetic is exact: 25 per cent of 36 seats gives 9 to 9, and not 9 to 10.

    Args:
        shares: `feature`, `value` and `antal` (people in the population, whole numbers).
        seats: Seats in the panel, 1 or more.

    Returns:
        The three columns, and `andel` and `praecis` (share of the feature, and of the seats; Decimal), `min` and `max`
        (int), and `afrundet` (int): the seats by largest remainder, the first of equals first, for comparison. n rows
        in the order given. `feature`, `value`, `min` and `max` are quotas as `fair_lottery` takes them.

    Raises:
        PosterError: Counts that are missing, negative or not whole, a value named twice, or a feature without people.
        ValueUseError: Fewer than 1 seat.
    """
    wanted = whole(seats)
    if wanted is None or wanted < 1:
        raise ValueUseError(f"Antallet af pladser skal være et helt tal og mindst 1, ikke {seats}.")
    lines = _population(shares)
    totals: Counter[str] = Counter()
    for line in lines:
        totals[line.feature] += line.antal
    exact = [Fraction(line.antal * wanted, totals[line.feature]) for line in lines]
    rounded = _by_largest_remainder([line.feature for line in lines], exact, wanted)
    rows = [
        {
            **line._asdict(),
            "andel": Decimal(line.antal) / totals[line.feature],
            "praecis": Decimal(number.numerator) / number.denominator,
            "min": int(number // 1),
            "max": int(-(-number // 1)),
            "afrundet": whole_seats,
        }
        for line, number, whole_seats in zip(lines, exact, rounded, strict=True)
    ]
    return pd.DataFrame(rows, index=shares.index, dtype=object)


class _Line(NamedTuple):
    feature: str
    value: str
    antal: int


def _population(shares: pd.DataFrame) -> list[_Line]:
    """Return the lines of a population, checked."""
    absent = [f"kolonnen »{name}« mangler" for name in ("feature", "value", "antal") if name not in shares]
    if absent:
        raise PosterError("befolkningen", map(Fault, absent))
    faults, lines = [], []
    for number, row in zip(shares.index, shares.to_dict("records"), strict=True):
        where = f"linje {number}"
        faults += [Fault(f"»{name}« er tom", where) for name in ("feature", "value") if is_blank(row[name])]
        antal = whole(row["antal"])
        if antal is None or antal < 0:
            faults.append(Fault(f"antal skal være et helt tal fra 0 og op, ikke »{row['antal']}«", where))
        lines.append(_Line(str(row["feature"]), str(row["value"]), antal or 0))
    faults += _repeated((line.feature, line.value) for line in lines)
    empty = {line.feature for line in lines} - {line.feature for line in lines if line.antal}
    faults += [Fault(f"»{feature}« har ingen personer i befolkningen") for feature in sorted(empty)]
    if faults:
        raise PosterError("befolkningen", faults)
    return lines


def _by_largest_remainder(features: list[str], exact: list[Fraction], seats: int) -> list[int]:
    """Round each feature's seats to whole ones that add up to `seats`.

    `kroner.largest_remainder` takes Decimals, in which equal thirds do not leave equal remainders.
    """
    result = [int(number // 1) for number in exact]
    for feature in set(features):
        rows = [i for i, name in enumerate(features) if name == feature]
        missing = seats - sum(result[i] for i in rows)
        for i in sorted(rows, key=lambda i: result[i] - exact[i])[:missing]:
            result[i] += 1
    return result


def kvotetabel(
    pool: pd.DataFrame, quotas: pd.DataFrame, panel: Collection[Any] | None, *, mindst: int = 3
) -> pd.DataFrame:
    """Lay quotas, pool and panel side by side for a public protocol.

    Args:
        pool: As for `fair_lottery`.
        quotas: As `quotas_from_population` gives them.
        panel: The ids drawn; None before the draw.
        mindst: Smaller counts of the pool are not shown. Where a single one of a feature is hidden, the next smallest
            is hidden too, since the pool's size would tell it otherwise.

    Returns:
        `feature`, `value`, `andel`, `praecis`, `min`, `max`, `i_puljen` (text) and `trukket` (int or None), one row a
        quota in the order given.
    """
    drawn = None if panel is None else pool.loc[list(panel)]
    counts = [int((pool[row.feature] == row.value).sum()) for row in quotas.itertuples()]
    hidden = _hidden(list(quotas["feature"]), counts, mindst)
    return quotas[["feature", "value", "andel", "praecis", "min", "max"]].assign(
        i_puljen=[_NOT_SHOWN if i in hidden else str(count) for i, count in enumerate(counts)],
        trukket=pd.Series(
            [None if drawn is None else int((drawn[row.feature] == row.value).sum()) for row in quotas.itertuples()],
            index=quotas.index,
            dtype=object,
        ),
    )


def _hidden(features: list[str], counts: list[int], mindst: int) -> set[int]:
    """Return the places of the counts that may not be shown."""
    found = set()
    for feature in set(features):
        places = sorted((i for i, name in enumerate(features) if name == feature), key=lambda i: counts[i])
        small = [i for i in places if 0 < counts[i] < mindst]
        found |= set(places[: places.index(small[-1]) + 1] if small else ())
        if len(small) == 1:
            found |= set(places[: places.index(small[0]) + 2])
    return found


def read(quotas: pd.DataFrame) -> tuple[list[Kvote], list[Fault]]:
    """Return the quotas of a table, sorted by feature and value, and what is wrong with them.

    A line with a fault is returned too, where it can be, so that what it means for the rest can be told at once.
    """
    absent = [Fault(f"kolonnen »{name}« mangler", "kvoterne") for name in COLUMNS if name not in quotas]
    if absent or quotas.empty:
        return [], absent or [Fault("der er ingen kvoter", "kvoterne")]
    found, faults = [], []
    for number, row in zip(quotas.index, quotas.to_dict("records"), strict=True):
        where = f"kvoterne, linje {number}"
        faults += [Fault(f"»{name}« er tom", where) for name in ("feature", "value") if is_blank(row[name])]
        least, most = whole(row["min"]), whole(row["max"])
        faults += [
            Fault(f"{name} skal være et helt tal fra 0 og op, ikke »{row[name]}«", where)
            for name, limit in (("min", least), ("max", most))
            if limit is None or limit < 0
        ]
        kvote = Kvote(as_text(row["feature"]), as_text(row["value"]), least or 0, most or 0)
        if least is not None and most is not None and least > most:
            faults.append(Fault(f"min er {least}, men max er kun {most} for {kvote}", where))
        found.append(kvote)
    return sorted(found), faults + _repeated((kvote.feature, kvote.value) for kvote in found)


def _repeated(names: Iterable[tuple[str, str]]) -> list[Fault]:
    """Return a fault for each feature and value that stands on more than one line."""
    return [
        Fault(f"»{feature}« = »{value}« står på {times} linjer; lad én stå")
        for (feature, value), times in Counter(names).items()
        if times > 1
    ]


def whole(cell: object) -> int | None:
    """Return a cell as a whole number; None where it is none."""
    if isinstance(cell, (bool, np.bool_)) or not isinstance(cell, (int, np.integer, float, np.floating, Decimal)):
        return None
    try:
        number = int(cell)
    except (ValueError, OverflowError):  # NaN and infinity.
        return None
    return number if number == cell else None


def as_text(cell: object) -> str:
    """Return a cell as text that is equal where it looks equal: å is å however composed, and no spaces at the ends."""
    return unicodedata.normalize("NFC", str(cell)).strip()


def is_blank(cell: Any) -> bool:
    """Return whether a cell says nothing."""
    return bool(pd.isna(cell)) or not str(cell).strip()
