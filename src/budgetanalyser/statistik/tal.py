"""Statistics as printed numbers: a float becomes a Decimal with no more digits than it has.

Kroner in accounts are never float and never come here.
"""

from __future__ import annotations

from decimal import Decimal

from budgetanalyser.kroner import rounded


def kroner(amount: float) -> Decimal:
    """Return a statistic as whole kroner, half away from zero."""
    return rounded(Decimal(repr(float(amount))))


def andel(share: float, decimals: int = 6) -> Decimal:
    """Return a share as a fraction, so that 0,3912 is written 39,12 %.

    Args:
        share: The share.
        decimals: Those kept. More than are printed, since a number rounded twice can be wrong: 6/11 is 54,5 % with one
            decimal, but 54,6 % by way of 0,5455.
    """
    return rounded(Decimal(repr(float(share))), decimals)
