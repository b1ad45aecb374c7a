"""Kroner: exact amounts with a price level, and the two ways to round them for display.

An amount is `Decimal` kroner from file to page. It is rounded once, when it is shown, half away from zero.
Expenditure is positive, income negative. How a number is written in Danish is in `dansk`, not here.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from budgetanalyser.errors import MixedPrisniveauError

# Wide enough that no sum or quantize of public money ever loses a digit; Python's own context keeps 28.
_WIDE = decimal.Context(prec=100, rounding=decimal.ROUND_HALF_UP)


class Enhed(Enum):
    """Units in which municipalities write kroner: the word, kroner per unit, usual decimals."""

    KR = ("kr.", 1, 0)
    TUSINDE_KR = ("1.000 kr.", 1_000, 0)
    MIO_KR = ("mio. kr.", 1_000_000, 3)

    @property
    def navn(self) -> str:
        """The unit as printed."""
        return self.value[0]

    @property
    def faktor(self) -> Decimal:
        """Kroner per unit."""
        return Decimal(self.value[1])

    @property
    def decimaler(self) -> int:
        """Decimals shown when nobody says otherwise."""
        return self.value[2]


@dataclass(frozen=True)
class Prisniveau:
    """The year whose prices an amount is stated in; None is current prices ("løbende priser").

    `forudsat` is True when the source does not say and the economist has assumed it. An assumption does not make
    two levels different: it follows along into every sum.
    """

    aar: int | None
    forudsat: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return "løbende priser" if self.aar is None else f"{self.aar}-prisniveau"


@dataclass(frozen=True)
class Kroner:
    """An exact amount in kroner at one price level.

    Raises:
        TypeError: The amount is a float, which cannot hold kroner and øre exactly.
        MixedPrisniveauError: Two levels meet in a sum, a difference or a comparison.
    """

    beloeb: Decimal
    prisniveau: Prisniveau

    def __post_init__(self) -> None:
        if isinstance(self.beloeb, bool) or not isinstance(self.beloeb, (Decimal, int)):
            raise TypeError(f"Et beløb skal være Decimal, ikke {type(self.beloeb).__name__}.")
        object.__setattr__(self, "beloeb", Decimal(self.beloeb))
        if not self.beloeb.is_finite():
            raise TypeError("Et beløb skal være et endeligt tal.")

    @classmethod
    def of(cls, number: Decimal | int, enhed: Enhed, prisniveau: Prisniveau) -> Kroner:
        """Return `number` units as kroner: `of(Decimal("0.450"), Enhed.MIO_KR, …)` is 450.000 kr."""
        return cls(_WIDE.multiply(Decimal(number), enhed.faktor), prisniveau)

    def _same_level(self, other: Kroner) -> Prisniveau:
        if self.prisniveau != other.prisniveau:
            raise MixedPrisniveauError([self.prisniveau, other.prisniveau])
        return Prisniveau(self.prisniveau.aar, self.prisniveau.forudsat or other.prisniveau.forudsat)

    def __add__(self, other: Kroner) -> Kroner:
        if not isinstance(other, Kroner):
            return NotImplemented
        return Kroner(_WIDE.add(self.beloeb, other.beloeb), self._same_level(other))

    def __radd__(self, other: int) -> Kroner:
        # sum() begins with 0; any other bare number has no price level.
        return self if other == 0 and not isinstance(other, bool) else NotImplemented

    def __sub__(self, other: Kroner) -> Kroner:
        if not isinstance(other, Kroner):
            return NotImplemented
        return Kroner(_WIDE.subtract(self.beloeb, other.beloeb), self._same_level(other))

    def __neg__(self) -> Kroner:
        return Kroner(self.beloeb.copy_negate(), self.prisniveau)

    def __mul__(self, factor: Decimal | int) -> Kroner:
        if not isinstance(factor, (Decimal, int)):
            return NotImplemented
        return Kroner(_WIDE.multiply(self.beloeb, Decimal(factor)), self.prisniveau)

    __rmul__ = __mul__

    def __truediv__(self, divisor: Decimal | int) -> Kroner:
        if not isinstance(divisor, (Decimal, int)):
            return NotImplemented
        return Kroner(_WIDE.divide(self.beloeb, Decimal(divisor)), self.prisniveau)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Kroner):
            return NotImplemented
        self._same_level(other)
        return self.beloeb == other.beloeb

    def __hash__(self) -> int:
        return hash((self.beloeb, self.prisniveau))

    def __lt__(self, other: Kroner) -> bool:
        self._same_level(other)
        return self.beloeb < other.beloeb

    def __le__(self, other: Kroner) -> bool:
        self._same_level(other)
        return self.beloeb <= other.beloeb


def in_units(beloeb: Decimal, enhed: Enhed) -> Decimal:
    """Return kroner as units, exactly: 450.000 kr. is 0.45 mio. kr."""
    return _WIDE.divide(beloeb, enhed.faktor)


def require_one_level(levels: Iterable[Prisniveau]) -> Prisniveau:
    """Return the single price level of `levels`, assumed if any of them is.

    Raises:
        MixedPrisniveauError: There is more than one, or none.
    """
    found = list(levels)
    distinct = sorted({level.aar or 0 for level in found})
    if len(distinct) != 1:
        raise MixedPrisniveauError([Prisniveau(aar or None) for aar in distinct])
    return Prisniveau(found[0].aar, any(level.forudsat for level in found))


def rounded(number: Decimal, decimals: int = 0) -> Decimal:
    """Round half away from zero: 0,5 → 1 and −0,5 → −1. Zero is never negative.

    Args:
        number: Any finite Decimal.
        decimals: Decimals kept; negative rounds to tens, hundreds and so on.
    """
    result = number.quantize(Decimal(1).scaleb(-decimals), context=_WIDE)
    return result if result else abs(result)


def largest_remainder(numbers: Sequence[Decimal], decimals: int = 0) -> list[Decimal]:
    """Round `numbers` so that they add up to their rounded sum (Hamilton's method).

    Each is rounded down; the units still missing go to the largest remainders, the first of equals first. Each
    result differs from its number by less than one unit.
    """
    unit = Decimal(1).scaleb(-decimals)
    floors = [number.quantize(unit, rounding=decimal.ROUND_FLOOR, context=_WIDE) for number in numbers]
    missing = int((rounded(sum(numbers, Decimal(0)), decimals) - sum(floors, Decimal(0))) / unit)
    by_remainder = sorted(range(len(numbers)), key=lambda i: (floors[i] - numbers[i], i))
    result = list(floors)
    for i in by_remainder[:missing]:
        result[i] += unit
    return [number if number else abs(number) for number in result]
