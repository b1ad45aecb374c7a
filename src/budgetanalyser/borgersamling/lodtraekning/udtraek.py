"""Udtræk: the fair lottery itself, and the panel that a seed draws from it.

The seed is a number that nobody could choose, such as a public lottery's of a date announced beforehand. Together
with the pool's hash it gives one number in [0, 1), and that one of the listed panels. No random generator is used, so
anyone with the pool and the seed can draw the same panel again, in any process. (The list of panels comes from HiGHS;
another version of SciPy may make another list, with the same leximin probabilities.)
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from numbers import Integral

import numpy as np
import pandas as pd

from budgetanalyser.borgersamling.lodtraekning import profiler
from budgetanalyser.borgersamling.lodtraekning.konflikt import infeasible
from budgetanalyser.borgersamling.lodtraekning.kontrol import is_in_order, table
from budgetanalyser.borgersamling.lodtraekning.leximin import LEXIMIN, RULES, solve
from budgetanalyser.borgersamling.lodtraekning.paneler import Panels
from budgetanalyser.borgersamling.lodtraekning.pulje import Id, Pulje, canonical
from budgetanalyser.borgersamling.lodtraekning.region import Vector
from budgetanalyser.errors import BudgetanalyseError, Fault, ValueUseError

_BITS = 53  # Of a float.


class PanelError(BudgetanalyseError):
    """A panel was drawn that breaks the rules. `table` is that of `check_panel`."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table
        super().__init__(
            "Det udtrukne panel overholder ikke reglerne og må ikke bruges. Det er en fejl i programmet; meld den."
        )


@dataclass(frozen=True)
class Summary:
    """A lottery in numbers; people whom no panel can hold count with probability 0."""

    pool_size: int
    seats: int
    min: float
    max: float
    gini: float
    panels: int
    pool_hash: str
    rule: str
    household: bool


@dataclass(frozen=True, eq=False)
class Lottery:
    """Panels with their probabilities, and what they give each person.

    Attributes:
        probabilities: The probability of being drawn, by person id, sorted by id; sum = seats.
        excluded: Ids of those whom no panel can hold, under these quotas; their probability is 0.
        panels: All panels, made when asked for.
        rule: "leximin" or "maximin".
        pool_hash: The sha256 of people, values, households, quotas, seats and rule in canonical form.
        gap: By how much a probability may lie below its best, because of the arithmetic; usually under 1e-9.
    """

    probabilities: pd.Series[float] = field(repr=False)
    excluded: tuple[Id, ...] = field(repr=False)
    panels: Panels = field(repr=False)
    rule: str
    pool_hash: str
    gap: float
    _pulje: Pulje = field(repr=False)

    @property
    def weights(self) -> Vector:
        """The probability of each of `panels`; sum 1."""
        return self.panels.weights

    def draw(self, seed: int | str) -> set[Id]:
        """Draw a panel, and count it again.

        The first 53 bits of sha256(pool_hash + seed), as a fraction of 2^53, fall within the weight of one panel.

        Args:
            seed: A whole number or a text; 7 and "7" are the same.

        Returns:
            The ids of those drawn.

        Raises:
            ValueUseError: The seed is something else, or empty.
            PanelError: The panel breaks a quota, the number of seats or the household rule.
        """
        number = int.from_bytes(_digest(self.pool_hash, _seed_text(seed))) >> (256 - _BITS)
        within = int(np.searchsorted(np.cumsum(self.weights), number / 2**_BITS, side="right"))
        panel = set(self.panels[min(within, len(self.panels) - 1)])
        if not is_in_order(self._pulje, panel):
            raise PanelError(table(self._pulje, panel))
        return panel

    def replacement(
        self, panel: Collection[Id], left: Id, seed: int | str, *, unavailable: Collection[Id] = ()
    ) -> Id | None:
        """Return who takes the place of someone who leaves.

        That is the first of the remaining volunteers, in an order fixed by sha256(pool_hash + seed + id), with whom the
        panel still meets quotas and household rule.

        Args:
            panel: The ids of the panel, with the one who leaves.
            left: Who leaves.
            seed: As in `draw`.
            unavailable: Volunteers not to be asked, such as those who left earlier or said no.

        Returns:
            An id, or None where nobody fits.

        Raises:
            ValueUseError: The one who leaves is not in the panel, someone is not in the pool, or the seed is no seed.
        """
        text = _seed_text(seed)
        if left not in set(panel):
            raise ValueUseError("Den, der går, sidder ikke i panelet og kan ikke forlade det.")
        if len(set(panel)) != self._pulje.seats:
            raise ValueUseError(f"Panelet skal have {self._pulje.seats} personer; erstat én ad gangen.")
        staying = set(panel) - {left}
        refused = {str(person) for person in unavailable}
        asked = {person for person in self._pulje.ids if person not in {*staying, left} and str(person) not in refused}
        for person in sorted(asked, key=lambda person: _digest(self.pool_hash, text, str(person))):
            if is_in_order(self._pulje, staying | {person}):
                return person
        return None

    def summary(self) -> Summary:
        """Return the lottery in numbers."""
        chances = np.asarray(self.probabilities, dtype=float)
        return Summary(
            pool_size=len(chances),
            seats=self._pulje.seats,
            min=float(chances.min()),
            max=float(chances.max()),
            gini=_gini(chances),
            panels=len(self.panels),
            pool_hash=self.pool_hash,
            rule=self.rule,
            household=self._pulje.homes is not None,
        )


def fair_lottery(
    pool: pd.DataFrame, quotas: pd.DataFrame, seats: int, *, rule: str = LEXIMIN, household: str | None = None
) -> Lottery:
    """Make the fair lottery of a citizens' assembly.

    Args:
        pool: One volunteer a row, indexed by person id (text or whole number), one column a feature; other columns are
            ignored.
        quotas: `feature`, `value`, `min` and `max` (whole numbers); each value in the pool has a line.
        seats: In the panel.
        rule: "leximin": the lowest probability is as high as it can be, then the second lowest, and so on; or
            "maximin": the lowest only, faster, and the others fall as they may.
        household: A column of the pool; at most one person is drawn among those with the same text in it.

    Returns:
        The lottery.

    Raises:
        PuljeError: Pool, quotas, seats or rule cannot be meant; all faults.
        InfeasibleQuotasError: No panel meets the quotas; with those in conflict and the smallest way out.

    Source:
        Flanigan, Gölz, Gupta, Hennig and Procaccia: Fair algorithms for selecting citizens' assemblies, Nature 596
        (2021), 548-552.
    """
    told = f"reglen skal være »{RULES[0]}« eller »{RULES[1]}«, ikke »{rule}«"
    pulje = canonical(pool, quotas, seats, household, [] if rule in RULES else [Fault(told)])
    kinds = profiler.kinds(pulje)
    region = profiler.region(pulje, kinds)
    solution = solve(region, profiler.sizes(kinds), rule)
    if solution is None:
        raise infeasible(pulje, region)
    members = profiler.classes(kinds, len(pulje.ids))
    return Lottery(
        probabilities=pd.Series(solution.shares[members], pd.Index(pulje.ids, name="id"), name="sandsynlighed"),
        excluded=tuple(pulje.ids[person] for person in np.flatnonzero(~solution.reachable[members])),
        panels=Panels(pulje, kinds, solution.panels, solution.weights),
        rule=rule,
        pool_hash=_digest(pulje.hash, rule).hex(),
        gap=solution.gap,
        _pulje=pulje,
    )


def require_hash(lottery: Lottery, published: str) -> None:
    """Check that a lottery is of the pool whose hash was published before the draw.

    Args:
        lottery: The lottery.
        published: Its hash as published; empty where none was.

    Raises:
        ValueUseError: Pool, quotas or seats have changed since.
    """
    if published and published.strip() != lottery.pool_hash:
        raise ValueUseError(
            "Puljen, kvoterne, pladserne eller reglen er ændret, siden fingeraftrykket blev offentliggjort. Find den "
            "pulje, det gælder, eller begynd forfra med et nyt fingeraftryk."
        )


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("".join(parts).encode()).digest()


def _seed_text(seed: int | str) -> str:
    """Return a seed as text, refused if it is none."""
    is_number = isinstance(seed, Integral) and not isinstance(seed, bool) and abs(int(seed)) < 10**100
    text = unicodedata.normalize("NFC", str(seed)).strip() if is_number or isinstance(seed, str) else ""
    if not text or not text.isprintable():
        raise ValueUseError("Frøet til lodtrækningen skal være et helt tal eller en tekst, som kan læses.")
    return text


def _gini(chances: Vector) -> float:
    """Return the Gini coefficient: 0 where all have the same probability."""
    ranks = np.arange(1, len(chances) + 1)
    return float((2 * ranks - len(chances) - 1) @ np.sort(chances) / (len(chances) * chances.sum()))
