"""Statistics as printed numbers: a float becomes a Decimal with no more digits than it has.

Kroner in accounts are never float and never come here.
"""

from __future__ import annotations

from decimal import Decimal

from budgetanalyser.kroner import rounded


def kroner(amount: float) -> Decimal:
    """Return a statistic as whole kroner, half away from zero."""
    return rounded(Decimal(repr(float(amount))))


def andel(share: float) -> Decimal:
    """Return a share as a fraction with four decimals, so that 0,3912 is written 39,12 %."""
    return rounded(Decimal(repr(float(share))), 4)
