"""Konflikt: which quotas cannot hold together, and the smallest change that makes them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from budgetanalyser import dansk
from budgetanalyser.borgersamling.lodtraekning.pulje import Pulje
from budgetanalyser.borgersamling.lodtraekning.region import Region, best_panel, integer_program
from budgetanalyser.errors import BudgetanalyseError

Side = tuple[str, str, str, int]
Change = tuple[str, str, str, int, int]

MIN, MAX = "min", "max"
_WORDS = {MIN: "mindst", MAX: "højst"}


class InfeasibleQuotasError(BudgetanalyseError):
    """No panel from this pool meets all quotas.

    Attributes:
        conflict: Sides of quotas that cannot hold together, though they can without any one of them; each (feature,
            value, "min" or "max", number).
        relaxation: The smallest change, in seats all told, after which there is a panel; each (feature, value, "min"
            or "max", from, to). There may be other changes as small.
    """

    def __init__(self, seats: int, households: bool, conflict: list[Side], relaxation: list[Change]) -> None:
        self.conflict = conflict
        self.relaxation = relaxation
        sides = [f"{_WORDS[side]} {number} med »{feature}« = »{value}«" for feature, value, side, number in conflict]
        changes = [
            f"{side} for »{feature}« = »{value}« fra {old} til {new}" for feature, value, side, old, new in relaxation
        ]
        which = "Denne kan ikke opfyldes" if len(sides) == 1 else "Disse kan ikke opfyldes samtidig"
        rule = ", når højst én må komme fra hver husstand" if households else ""
        super().__init__(
            f"Ingen sammensætning af {seats} personer fra puljen opfylder kvoterne{rule}. "
            f"{which}: {dansk.opremsning(sides)}. Den mindste ændring, der hjælper, er at sætte "
            f"{dansk.opremsning(changes)}. Ret kvoterne, eller find flere frivillige."
        )


def infeasible(pulje: Pulje, region: Region) -> InfeasibleQuotasError:
    """Explain why a region is empty.

    Args:
        pulje: The pool and its quotas.
        region: Its panels, of which there are none; the quotas' rows follow the first, in order.
    """
    return InfeasibleQuotasError(
        pulje.seats, pulje.homes is not None, _conflict(pulje, region), _relaxation(pulje, region)
    )


def _conflict(pulje: Pulje, region: Region) -> list[Side]:
    """Leave out each side of a quota that the rest is in conflict without (a deletion filter)."""
    sides = [(row, side) for row in range(1, len(pulje.quotas) + 1) for side in (MIN, MAX)]
    kept = set(sides)
    for side in sides:
        if best_panel(_with_sides(pulje, region, kept - {side}), np.zeros(len(region.upper))) is None:
            kept.remove(side)
    found = []
    for row, name in sorted(kept):
        kvote = pulje.quotas[row - 1]
        found.append((kvote.feature, kvote.value, name, kvote.min if name == MIN else kvote.max))
    return found


def _with_sides(pulje: Pulje, region: Region, kept: set[tuple[int, str]]) -> Region:
    """Return the region held by the seats, the households and those sides of quotas only."""
    low, high = region.low.copy(), region.high.copy()
    for row in range(1, len(pulje.quotas) + 1):
        if (row, MIN) not in kept:
            low[row] = 0
        if (row, MAX) not in kept:
            high[row] = pulje.seats
    return replace(region, low=low, high=high)


def _relaxation(pulje: Pulje, region: Region) -> list[Change]:
    """Find the fewest seats by which the quotas must give way.

    The variables are a panel x, and for each quota how much its min is lowered and its max raised.
    """
    from scipy import sparse

    classes, n = len(region.upper), len(pulje.quotas)
    counts, unit = region.rows[1 : n + 1], sparse.identity(n, format="csr")
    rest = [0, *range(n + 1, len(region.low))]
    rows = sparse.block_array(
        [[region.rows[rest], None, None], [counts, unit, None], [counts, None, -unit]], format="csr"
    )
    quotas_low, quotas_high = region.low[1 : n + 1], region.high[1 : n + 1]
    eased = Region(
        sparse.csr_array(rows),
        low=np.concatenate([region.low[rest], quotas_low, np.full(n, -np.inf)]),
        high=np.concatenate([region.high[rest], np.full(n, np.inf), quotas_high]),
        lower=np.zeros(classes + 2 * n),
        upper=np.concatenate([region.upper, quotas_low, np.full(n, float(pulje.seats))]),
    )
    cost = np.concatenate([np.zeros(classes), np.ones(2 * n)])
    given = np.round(integer_program(cost, eased).x[classes:]).astype(int)
    lowered = [(k.feature, k.value, MIN, k.min, k.min - int(by)) for k, by in zip(pulje.quotas, given[:n], strict=True)]
    raised = [(k.feature, k.value, MAX, k.max, k.max + int(by)) for k, by in zip(pulje.quotas, given[n:], strict=True)]
    return sorted(change for change in [*lowered, *raised] if change[3] != change[4])
