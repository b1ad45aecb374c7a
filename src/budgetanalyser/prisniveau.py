"""Price levels: what an amount is worth when prices have risen.

A Danish budget amount means nothing without its price level. Amounts are stored as the source states them and are
restated late, for display. No rate is invented here: where none is known, an amount is shown over a range of price
rises instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

from budgetanalyser.errors import ValueUseError


def stigninger(hoejeste_pct: int, *, trin: int = 5) -> list[Decimal]:
    """Return price rises from 0 to `hoejeste_pct` per cent in `trin` equal steps, as fractions: 0, 0.02, … 0.10."""
    return [Decimal(step) * hoejeste_pct / (100 * trin) for step in range(trin + 1)]


def ved_prisstigning(beloeb_kr: Decimal, stigninger: Sequence[Decimal]) -> pd.DataFrame:
    """Show what an amount copied unchanged from an earlier budget is worth after a rise in prices.

    Args:
        beloeb_kr: Kroner, copied without projection.
        stigninger: Price rises since the amount was set, as fractions (Decimal("0.05") is 5 pct.), each above −1.

    Returns:
        One row a rise, unrounded Decimal: `stigning`; `vaerdi_kr`, what the amount buys in the old year's prices,
        beloeb / (1 + stigning); `noedvendig_kr`, what buys the same as before, beloeb · (1 + stigning); and
        `mangler_kr`, the difference between that and the amount.

    Raises:
        ValueUseError: A rise of −100 pct. or less.
    """
    if any(stigning <= -1 for stigning in stigninger):
        raise ValueUseError("En prisstigning skal være over −100 %.")
    rows = [
        {
            "stigning": stigning,
            "vaerdi_kr": beloeb_kr / (1 + stigning),
            "noedvendig_kr": beloeb_kr * (1 + stigning),
            "mangler_kr": beloeb_kr * stigning,
        }
        for stigning in stigninger
    ]
    return pd.DataFrame(rows, dtype=object)
