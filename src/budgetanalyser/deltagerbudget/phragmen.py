"""Sequential Phragmén: voters earn money evenly, and buy a project as soon as those who voted for it have its price.

For comparison with the rule that was used, and for ballots of approval only. Floats run the search; near ties are
settled in fractions. Equal Shares, where the money is shared out at once, is in `equal_shares`.

Source: Brill, Freeman, Janson & Lackner 2017, "Phragmén's Voting Methods and Justified Representation"; for budgets
Los, Christoff & Grossi 2022, "Proportional Budget Allocations"; the stop as in pabutools 1.2.3.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.deltagerbudget.udfald import Outcome
from budgetanalyser.deltagerbudget.valg import POINT_TYPES, Election
from budgetanalyser.errors import ValueUseError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

STOETTET, OVERSKRIDER, IKKE_NAAET = "støttet", "overskrider beløbet", "ikke nået"
STEP_COLUMNS = ("rang", "projekt", "navn", "stemmer", "pris_kr", "optjent_kr", "afgoerelse", "lighed")
_NEAR = 1e-9  # Floats err less than this part of a number; what is nearer is settled in fractions.


def phragmen(election: Election) -> Outcome:
    """Find the winners by Phragmén's sequential rule.

    Every voter earns at the same pace. A project is bought when its supporters have its price together, and they have
    nothing left then. With t_v earned when voter v last paid, that is when (price + Σ t_v) / votes is earned by each.
    Equals: the cheaper, then the one with more votes, then the order of the file. The count ends when the next project
    would exceed the budget, or one of several that come at the same time would. Projects dearer than the budget or
    without votes take no part, and the election's threshold is not applied.

    Args:
        election: With ballots of "approval", "knapsack" or "choose-1".

    Returns:
        The outcome. `steps` has one row a project, first the funded in their order, then what ended the count, then the
        others by votes: `rang` (int), `projekt`, `navn`, `stemmer` (int), `pris_kr` (Decimal), `optjent_kr` (what each
        voter has earned in all when it is bought, Decimal to øre, None for the others), `afgoerelse` ("støttet",
        "overskrider beløbet" or "ikke nået") and `lighed`, those that came at the same time (text or None).

    Raises:
        ValueUseError: No ballots, or ballots with points.
    """
    election.require_ballots("Phragmén")
    if election.ballot_type in POINT_TYPES:
        raise ValueUseError(
            f"Phragmén er her kun for stemmesedler, hvor et projekt er valgt eller ikke valgt, og i {election.fil} "
            f"gives der point ({election.ballot_type}). Brug »flest_stemmer«, som tæller point."
        )
    race = _Race(election)
    race.run()
    steps = _steps(election, race)
    return Outcome(
        winners=tuple(steps["projekt"].iloc[: len(race.bought)]),
        spent=sum(steps["pris_kr"].iloc[: len(race.bought)], Decimal(0)),
        steps=steps,
        rule="Phragmén",
        notes=() if election.n_voters else ("der er ingen stemmesedler",),
    )


class _Race:
    """The purchases in the order of time.

    A voter's class is the number of the purchase that took the last money; `times` is when each was, 0 at the start.
    `tied` holds, for each purchase and for what ended the count, the projects that came at the same time.
    """

    def __init__(self, election: Election) -> None:
        by_project = election.require_ballots("Phragmén").tocsc()
        self.supporters = np.split(by_project.indices.astype(np.int64), by_project.indptr[1:-1])
        self.votes = [len(one) for one in self.supporters]
        self.prices = [Fraction(one) for one in election.projects["pris_kr"]]
        self.budget = Fraction(election.budget)
        self.order = {i: (self.prices[i], -self.votes[i], i) for i in range(len(self.prices))}
        self.class_of = np.zeros(by_project.shape[0], dtype=np.int64)
        self.times = [Fraction(0)]
        self.bought: list[int] = []
        self.tied: list[list[int]] = []

    def run(self) -> None:
        """Buy until the next would exceed the budget, or nothing is left to buy."""
        live = [i for i, price in enumerate(self.prices) if self.votes[i] and price <= self.budget]
        # A project's time only grows as its supporters pay for others, so the last one known is the least it can be.
        least = {i: float(self.prices[i]) / self.votes[i] for i in live}
        left = self.budget
        while live:
            time, tied = self._next(live, least)
            self.tied.append(tied)
            if any(self.prices[i] > left for i in tied):
                return
            self._buy(tied[0], time)
            live.remove(tied[0])
            left -= self.prices[tied[0]]

    def _next(self, live: list[int], least: dict[int, float]) -> tuple[Fraction, list[int]]:
        """Return when the next purchase is, and the projects whose supporters then have their price, in order."""
        times = np.array([float(one) for one in self.times])
        best, seen = float("inf"), []
        for i in sorted(live, key=least.__getitem__):
            if least[i] > best * (1 + _NEAR):
                break
            least[i] = (float(self.prices[i]) + float(self._counts(i) @ times)) / self.votes[i]
            best = min(best, least[i])
            seen.append(i)
        near = {i: self._time(i) for i in seen if least[i] <= best * (1 + _NEAR)}
        first = min(near.values())
        return first, sorted((i for i in near if near[i] == first), key=self.order.__getitem__)

    def _counts(self, project: int) -> Ints:
        return np.bincount(self.class_of[self.supporters[project]], minlength=len(self.times)).astype(np.int64)

    def _time(self, project: int) -> Fraction:
        paid = sum((int(k) * time for k, time in zip(self._counts(project), self.times, strict=True) if k), Fraction(0))
        return (self.prices[project] + paid) / self.votes[project]

    def _buy(self, project: int, time: Fraction) -> None:
        self.class_of[self.supporters[project]] = len(self.times)
        self.times.append(time)
        self.bought.append(project)


def _steps(election: Election, race: _Race) -> pd.DataFrame:
    """Return the table of steps: the funded, what ended the count, and the others by votes."""
    ended = race.tied[len(race.bought)] if len(race.tied) > len(race.bought) else []
    others = [i for i in range(len(race.prices)) if i not in {*race.bought, *ended}]
    others.sort(key=lambda i: (-race.votes[i], race.order[i]))
    ids, names, prices = election.projekter, list(election.projects["navn"]), list(election.projects["pris_kr"])
    left, rows = race.budget - sum((race.prices[i] for i in race.bought), Fraction(0)), []
    for rank, i in enumerate([*race.bought, *ended, *others]):
        is_bought = rank < len(race.bought)
        earned = _decimal(race.times[rank + 1]) if is_bought else None
        decision = STOETTET if is_bought else OVERSKRIDER if i in ended and race.prices[i] > left else IKKE_NAAET
        equals = race.tied[rank] if is_bought else ended if i in ended else []
        tied = dansk.opremsning([ids[one] for one in sorted(equals) if one != i]) or None
        rows.append((rank + 1, ids[i], names[i], race.votes[i], prices[i], earned, decision, tied))
    return pd.DataFrame(rows, columns=list(STEP_COLUMNS), dtype=object)


def _decimal(number: Fraction) -> Decimal:
    """Return a fraction that is not negative to two decimals, half up."""
    return Decimal(math.floor(number * 100 + Fraction(1, 2))).scaleb(-2)
