"""Afrunding: whether printed figures add up, and the note that tells where they do not and why.

Sums are made of unrounded kroner and rounded once, so the printed parts need not add up to the printed sum. A gap that
rounding can make is told; a larger one is an error. Unrounded amounts are not needed: a published table will do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, PosterError
from budgetanalyser.kroner import Enhed, in_units, rounded
from budgetanalyser.opfoelgning import raekker

NOTE = "Som følge af afrunding kan summer afvige fra de viste tal."
_HALF = Decimal("0.5")


class AfrundingError(PosterError):
    """Printed figures differ by more than rounding can explain. `gaps` holds those that do."""

    def __init__(self, gaps: Sequence[Gab]) -> None:
        self.gaps = tuple(gaps)
        super().__init__(
            "tabellen", [Fault(f"{gap.ord}; afrunding kan højst give {gap.tolerance_ord}") for gap in self.gaps]
        )


@dataclass(frozen=True)
class Gab:
    """A printed figure that differs from what the printed figures beside it give.

    Attributes:
        raekke, kolonne: Where it stands.
        beregnet: What the printed figures give.
        vist: What is printed.
        tolerance: The largest difference that rounding can make.
        ord: The gap in Danish, without a full stop.
        tolerance_ord: The tolerance as printed.
    """

    raekke: str
    kolonne: str
    beregnet: Decimal
    vist: Decimal
    tolerance: Decimal
    ord: str
    tolerance_ord: str

    @property
    def forskel(self) -> Decimal:
        """Printed less computed."""
        return self.vist - self.beregnet

    @property
    def er_afrunding(self) -> bool:
        """Whether rounding can explain it."""
        return abs(self.forskel) <= self.tolerance


def tolerance(dele: int, decimaler: int = 1) -> Decimal:
    """Return how far a printed sum of `dele` printed parts may be off: (n + 1) half units of the last place.

    Example:
        >>> tolerance(6, 1)
        Decimal('0.35')
    """
    return (dele + 1) * _half(decimaler)


def vis(
    tabel: pd.DataFrame, kolonner: Iterable[str], *, enhed: Enhed, decimaler: int = 1, procenter: Iterable[str] = ()
) -> pd.DataFrame:
    """Return a table's figures as they are printed: amounts in the unit, fractions in per cent, each rounded once.

    Args:
        tabel: Decimal kroner and fractions, not rounded; None stays None.
        kolonner: The columns of amounts.
        enhed, decimaler: The unit and its decimals.
        procenter: The columns of fractions, which get one decimal.

    Returns:
        Those columns only; same index.
    """
    shown = {name: [_shown(value, enhed, decimaler) for value in tabel[name]] for name in kolonner}
    shown |= {name: [_percent(value) for value in tabel[name]] for name in procenter}
    return pd.DataFrame(shown, index=tabel.index, dtype=object)


def forklar(
    vist: pd.DataFrame,
    *,
    summer: Mapping[str, Sequence[str]],
    forskelle: Mapping[str, tuple[str, str]] | None = None,
    procenter: Mapping[str, tuple[str, str]] | None = None,
    decimaler: int = 1,
    navne: Mapping[str, str] | None = None,
) -> list[Gab]:
    """Return each printed figure that differs from what the printed figures beside it give.

    Args:
        vist: Printed figures as Decimals, a row a line (the index is its key), None where a cell is empty. Percentages
            are in per cent with one decimal, with or without their sign.
        summer: The parts (keys) of each row that is a sum.
        forskelle: Columns that are the first less the second of two others.
        procenter: Columns that are the first in per cent of the second, both without sign.
        decimaler: Decimals of the amounts.
        navne: What rows and columns are called in the sentences, where not by their keys.

    Returns:
        The gaps, sums first, then differences, then percentages, by row.
    """
    shares = procenter or {}
    told = dict(navne or {})
    table = {str(key): row for key, row in zip(vist.index, vist.to_dict("records"), strict=True)}
    found: list[Gab | None] = []
    for key, parts in summer.items():
        for column in (name for name in vist.columns if name not in shares):
            numbers = [raekker.amount(table[part][column]) for part in parts]
            shown = raekker.amount(table[key][column])
            words = ("summen af de viste tal", tolerance(len(parts), decimaler), decimaler)
            found.append(_gap((key, str(column)), raekker.all_or_none(numbers), shown, words, told))
    for column, (first, second) in (forskelle or {}).items():
        for key, row in table.items():
            one, other = raekker.amount(row[first]), raekker.amount(row[second])
            computed = None if one is None or other is None else one - other
            words = ("forskellen mellem de viste tal", tolerance(2, decimaler), decimaler)
            found.append(_gap((key, column), computed, raekker.amount(row[column]), words, told))
    for column, (part, whole) in shares.items():
        for key, row in table.items():
            amounts = (raekker.amount(row[part]), raekker.amount(row[whole]))
            found.append(_share_gap((key, column), amounts, raekker.amount(row[column]), decimaler, told))
    return [gap for gap in found if gap is not None]


def require(gaps: Iterable[Gab]) -> None:
    """Refuse gaps that rounding cannot make.

    Raises:
        AfrundingError: There are such gaps, all of them.
    """
    if wrong := [gap for gap in gaps if not gap.er_afrunding]:
        raise AfrundingError(wrong)


def noter(gaps: Sequence[Gab]) -> list[str]:
    """Return the notes below a table: that sums may differ, then each gap; none where all adds up."""
    return [NOTE, *(f"{gap.ord}." for gap in gaps)] if gaps else []


def _half(decimaler: int) -> Decimal:
    return _HALF.scaleb(-decimaler)


def _shown(value: object, enhed: Enhed, decimaler: int) -> Decimal | None:
    number = raekker.amount(value)
    return None if number is None else rounded(in_units(number, enhed), decimaler)


def _percent(value: object) -> Decimal | None:
    number = raekker.amount(value)
    return None if number is None else rounded(number * 100, 1)


def _gap(
    place: tuple[str, str],
    computed: Decimal | None,
    shown: Decimal | None,
    words: tuple[str, Decimal, int],
    told: Mapping[str, str],
) -> Gab | None:
    if computed is None or shown is None or computed == shown:
        return None
    what, allowed, decimals = words
    where = ", ".join(told.get(name, name) for name in place)
    said = f"{where}: {what} er {dansk.antal(computed, decimals)}; det viste er {dansk.antal(shown, decimals)}"
    return Gab(*place, computed, shown, allowed, said, dansk.antal(allowed, decimals + 1))


def _share_gap(
    place: tuple[str, str],
    amounts: tuple[Decimal | None, Decimal | None],
    shown: Decimal | None,
    decimals: int,
    told: Mapping[str, str],
) -> Gab | None:
    """Return the gap of a percentage; its tolerance is what half a unit on each of the two cells can make."""
    part, whole = amounts
    if part is None or not whole or shown is None:
        return None
    part, whole, shown, half = abs(part), abs(whole), abs(shown), _half(decimals)
    computed = rounded(100 * part / whole, 1)
    if computed == shown:
        return None
    low = 100 * max(part - half, Decimal(0)) / (whole + half)
    high = 100 * (part + half) / (whole - half) if whole > half else max(shown, 100 * part / whole)
    exact = 100 * part / whole
    allowed = (high - exact if shown > computed else exact - low) + abs(exact - computed) + _half(1)
    where = ", ".join(told.get(name, name) for name in place)
    said = f"{where}: af de viste tal er den {dansk.antal(computed, 1)} %; det viste er {dansk.antal(shown, 1)} %"
    return Gab(*place, computed, shown, allowed, said, f"{dansk.antal(allowed, 2)} procentpoint")
