"""What an argument of a statistic must be; each check returns what is wrong, as clauses in Danish.

Nothing is computed here but population shares, which two modules need.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from budgetanalyser.errors import ValueUseError

Numbers = Sequence[Any] | Mapping[Any, Any] | pd.Series
MOST_PEOPLE = 10**15  # Many times mankind; a float still tells every whole number below it.
_SUM_SLACK = 1e-6  # Shares printed with six decimals or more still add up to 1.


def refuse(wrong: list[str]) -> None:
    """Refuse with all that is wrong in one sentence.

    Raises:
        ValueUseError: Something is wrong.
    """
    if wrong:
        text = "; ".join(wrong)
        raise ValueUseError(f"{text[0].upper()}{text[1:]}.")


def told(value: object) -> str:
    """Return a value as a message tells it."""
    try:
        return "tom" if value is None else str(value).replace(".", ",")
    except ValueError:  # Python writes no whole number of more than 4300 digits.
        return "et tal med tusinder af cifre"


def is_hashable(value: object) -> bool:
    """Tell whether a value can be a label."""
    try:
        hash(value)
    except TypeError:
        return False
    return True


def is_whole(value: object, least: int = 0) -> bool:
    """Tell whether a value is a whole number, not a truth value, of at least `least`."""
    return isinstance(value, Integral) and not isinstance(value, (bool, np.bool_)) and int(value) >= least


def number(value: object) -> float:
    """Return a finite number as a float, and anything else, or one too large for a float, as NaN."""
    is_number = isinstance(value, (Real, Decimal)) and not isinstance(value, (bool, np.bool_))
    try:
        result = float(value) if is_number else math.nan  # type: ignore[arg-type]
    except OverflowError:
        return math.nan
    return result if math.isfinite(result) else math.nan


def wrong_whole(value: object, name: str, least: int = 0) -> list[str]:
    """Return what is wrong with a whole number."""
    return [] if is_whole(value, least) else [f"»{name}« skal være et helt tal på mindst {least}, ikke {told(value)}"]


def wrong_count(value: object, name: str, least: int = 0) -> list[str]:
    """Return what is wrong with a number of people or events."""
    wrong = wrong_whole(value, name, least)
    if not wrong and int(value) > MOST_PEOPLE:  # type: ignore[call-overload]
        return [f"»{name}« er over 10^15 og for stort til at være et antal"]
    return wrong


def wrong_part(k: object, n: object, names: str = "k af n") -> list[str]:
    """Return what is wrong with k of n."""
    part, _, whole = names.split(" ")
    if n == 0:
        return [f"»{whole}« er 0, og en andel af ingen findes ikke: udelad gruppen"]
    wrong = wrong_count(k, part) + wrong_count(n, whole, 1)
    return wrong or ([f"»{part}« ({k}) er større end »{whole}« ({n})"] if k > n else [])  # type: ignore[operator]


def wrong_confidence(confidence: object) -> list[str]:
    """Return what is wrong with a confidence level."""
    level = number(confidence)
    if 0 < level < 1 == (1 + level) / 2:
        return [f"»confidence« er for tæt på 1 ({told(confidence)}); brug højst 0,999999"]
    return [] if 0 < level < 1 else [f"»confidence« skal være mellem 0 og 1 (0,95 er 95 %), ikke {told(confidence)}"]


def series(values: Numbers) -> pd.Series:
    """Return numbers as a column of objects, labelled by the keys of a mapping or the index of a column."""
    return pd.Series(dict(values) if isinstance(values, Mapping) else values, dtype=object)


def paired(counts: Numbers, shares: Numbers) -> tuple[pd.Series, pd.Series]:
    """Return counts and the shares of the same groups, in the order and with the labels of the counts.

    Raises:
        ValueUseError: There are no groups, a group stands twice, or the two do not have the same groups.
    """
    first, second = series(counts), series(shares)
    refuse([] if len(first) else ["der er ingen grupper i tabellen"])
    if isinstance(counts, (Mapping, pd.Series)) and isinstance(shares, (Mapping, pd.Series)):
        refuse(_wrong_labels(first, second))
        return first, second.loc[first.index]
    same = "antal og andele skal have samme grupper"
    refuse([] if len(first) == len(second) else [f"{same}: her er {len(first)} antal og {len(second)} andele"])
    index = second.index if isinstance(shares, (Mapping, pd.Series)) else first.index
    return first.set_axis(index), second.set_axis(index)


def _wrong_labels(first: pd.Series, second: pd.Series) -> list[str]:
    twice = [*first.index[first.index.duplicated()], *second.index[second.index.duplicated()]]
    wrong = [f"gruppen »{label}« står to gange" for label in dict.fromkeys(twice)]
    wrong += [f"gruppen »{label}« mangler blandt andelene" for label in first.index if label not in second.index]
    return wrong + [f"gruppen »{label}« mangler blandt antallene" for label in second.index if label not in first.index]


def population_shares(shares: pd.Series) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return shares of a population that add up to exactly 1, from shares or from whole numbers of people.

    Raises:
        ValueUseError: A group has no population, or the shares do not add up to 1.
    """
    refuse(
        [
            f"»{label}« har befolkningen {told(value)}, og den skal være over 0: udelad gruppen eller ret tallet"
            for label, value in shares.items()
            if not number(value) > 0
        ]
    )
    values = np.array([float(Fraction(value)) for value in shares])
    are_people = all(is_whole(value) for value in shares)
    if not are_people and abs(values.sum() - 1) > _SUM_SLACK:
        refuse([f"andelene skal give 1 tilsammen (eller være hele antal personer); de giver {told(values.sum())}"])
    return np.asarray(values / values.sum())
