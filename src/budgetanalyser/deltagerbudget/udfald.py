"""The outcome of a count, the same whatever the rule: who won, what it cost, and the way to it.

What the columns of `steps` are is told by each rule. How an outcome is found is in `optaelling`, `equal_shares` and
`phragmen`; what it means for the voters is elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import pandas as pd


@dataclass(frozen=True)
class Outcome:
    """Who won by a rule.

    Attributes:
        winners: The projects' ids, in the order they were funded.
        spent: Decimal kroner (the currency of the election) for the winners.
        steps: One row a project, in the order the rule took them; the rule's own docstring tells the columns.
        rule: The rule in Danish words.
        notes: What a reader must know besides, as Danish sentence parts.
        lige: The ids of projects that stood equal when they were taken, a tuple for each tie, where the rule tells.
    """

    winners: tuple[str, ...]
    spent: Decimal
    steps: pd.DataFrame = field(repr=False)
    rule: str
    notes: tuple[str, ...] = ()
    lige: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
