"""Fordelinger: the distributions of an uncertain price or driver, from three numbers an economist can give.

    fast        the most likely value, always
    trekant     triangular between the absolute minimum and maximum
    pert        PERT (a beta with lambda 4) between the absolute minimum and maximum
    lognormal   minimum and maximum are the 10th and 90th percentile, as experts tend to give them

Statistics, so float. Kroner become float here and nowhere before.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from budgetanalyser.errors import Fault, ValueUseError, nearest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FAST, TREKANT, PERT, LOGNORMAL = FORDELINGER = ("fast", "trekant", "pert", "lognormal")
_PERT_LAMBDA = 4
_Z90 = 1.2815515655446004  # The 90th percentile of the standard normal.


@dataclass(frozen=True)
class Fordeling:
    """An uncertain number: a name of `FORDELINGER` and its three values."""

    navn: str
    minimum: float
    mest_sandsynlig: float
    maksimum: float

    def __post_init__(self) -> None:
        if self.navn not in FORDELINGER:
            raise ValueUseError(f"Fordelingen »{self.navn}« kendes ikke. {nearest(self.navn, FORDELINGER)}")

    @property
    def is_fixed(self) -> bool:
        """Whether every draw is the same."""
        return self.navn == FAST or self.minimum == self.maksimum

    @property
    def mean(self) -> float:
        """Expected value."""
        low, mode, high = self.minimum, self.mest_sandsynlig, self.maksimum
        if self.is_fixed:
            return mode
        if self.navn == TREKANT:
            return (low + mode + high) / 3
        if self.navn == PERT:
            return (low + _PERT_LAMBDA * mode + high) / (_PERT_LAMBDA + 2)
        return math.exp(self.mu + self.sigma**2 / 2)

    @property
    def variance(self) -> float:
        """Exact variance; for PERT not the textbook's ((b − a)/6)², which is an approximation."""
        low, mode, high = self.minimum, self.mest_sandsynlig, self.maksimum
        if self.is_fixed:
            return 0.0
        if self.navn == TREKANT:
            return (low**2 + mode**2 + high**2 - low * mode - low * high - mode * high) / 18
        if self.navn == PERT:
            return (self.mean - low) * (high - self.mean) / (_PERT_LAMBDA + 3)
        return math.expm1(self.sigma**2) * math.exp(2 * self.mu + self.sigma**2)

    def shapes(self) -> tuple[float, float]:
        """Return alpha and beta of a PERT distribution."""
        low, mode, high = self.minimum, self.mest_sandsynlig, self.maksimum
        span = high - low
        return 1 + _PERT_LAMBDA * (mode - low) / span, 1 + _PERT_LAMBDA * (high - mode) / span

    @property
    def mu(self) -> float:
        """Mean of the logarithm of a lognormal."""
        return (math.log(self.minimum) + math.log(self.maksimum)) / 2

    @property
    def sigma(self) -> float:
        """Standard deviation of the logarithm of a lognormal."""
        return (math.log(self.maksimum) - math.log(self.minimum)) / (2 * _Z90)

    def ppf(self, share: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Return quantiles: the value that `share` (0-1, any shape) of all outcomes do not exceed."""
        import numpy as np
        from scipy import special

        u = np.asarray(share, dtype=float)
        low, mode, high = self.minimum, self.mest_sandsynlig, self.maksimum
        if self.is_fixed:
            return np.full(u.shape, mode)
        if self.navn == PERT:
            return low + (high - low) * np.asarray(special.betaincinv(*self.shapes(), u))
        if self.navn == LOGNORMAL:
            return np.exp(self.mu + self.sigma * np.asarray(special.ndtri(u)))
        rising = low + np.sqrt(u * (high - low) * (mode - low))
        falling = high - np.sqrt((1 - u) * (high - low) * (high - mode))
        return np.where(u * (high - low) < mode - low, rising, falling)

    def quantiles(self, steps: int) -> NDArray[np.float64]:
        """Return the `steps` + 1 quantiles that part the outcomes in shares of equal probability; ends are finite.

        PERT is turned around from its distribution function on a fine grid, which is many times faster than `ppf` and
        as good as exact (a test compares them).
        """
        import numpy as np
        from scipy import special

        shares = np.arange(steps + 1) / steps
        if self.navn != PERT or self.is_fixed:
            found = self.ppf(shares[1:-1])
            first, last = (found[0], found[-1]) if self.navn == LOGNORMAL else (self.minimum, self.maksimum)
            return np.concatenate([[first], found, [last]])
        # Denser towards the ends, where the curve bends most.
        grid = (1 - np.cos(np.pi * shares)) / 2
        below = special.betainc(*self.shapes(), grid)
        return self.minimum + (self.maksimum - self.minimum) * np.interp(shares, below, grid)


def faults(row: Mapping[Any, Any], where: str, *, may_be_negative: bool) -> list[Fault]:
    """Return what is wrong with a row's `minimum, mest_sandsynlig, maksimum, fordeling`."""
    name = row["fordeling"]
    if name not in FORDELINGER:
        return [Fault(f"fordelingen »{name}« kendes ikke. {nearest(str(name), FORDELINGER)}", where)]
    values = [row[key] for key in ("minimum", "mest_sandsynlig", "maksimum")]
    if blank := [
        key
        for key, value in zip(("minimum", "mest_sandsynlig", "maksimum"), values, strict=True)
        if not _is_number(value)
    ]:
        return [Fault(f"{' og '.join(blank)} skal være et tal", where)]
    low, mode, high = values
    found = []
    if high < low:
        found.append(Fault(f"maksimum ({_said(high)}) er mindre end minimum ({_said(low)})", where))
    elif not low <= mode <= high:
        found.append(Fault(f"mest sandsynlig ({_said(mode)}) ligger ikke mellem {_said(low)} og {_said(high)}", where))
    if name == FAST and low != high:
        found.append(Fault("fordelingen er fast, men minimum og maksimum er forskellige", where))
    if low < 0 and not may_be_negative:
        found.append(Fault(f"værdien er negativ ({_said(low)}); kun en linje med slags »indtægt« må være det", where))
    if name == LOGNORMAL and low <= 0:
        found.append(Fault("lognormal kræver, at minimum er over 0; brug trekant eller pert", where))
    return found


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or value is None:
        return False
    try:
        return math.isfinite(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return False


def _said(number: Any) -> str:
    from budgetanalyser import dansk

    value = Decimal(str(number))
    if abs(value) >= 10**20:
        return str(value)
    exponent = value.normalize().as_tuple().exponent
    return dansk.antal(value, max(0, -exponent) if isinstance(exponent, int) else 0)


def of(row: Mapping[Any, Any]) -> Fordeling:
    """Return the distribution of a row that has no `faults`."""
    low, mode, high = (float(row[key]) for key in ("minimum", "mest_sandsynlig", "maksimum"))
    return Fordeling(row["fordeling"], low, mode, high)
