"""How sure the result is: the ballots drawn anew a thousand times, and what the first loser lacked.

A vote is a census, so this is no margin of error; it tells whether a slightly different turnout would have given other
winners. Only rules that take the most voted first are drawn anew here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from budgetanalyser.deltagerbudget.optaelling import (
    FLEST_STEMMER,
    IKKE_NAAET,
    SPRUNGET,
    STOETTET,
    STOPPER,
    TIES,
    count,
    has_groups,
    needed_votes,
)
from budgetanalyser.deltagerbudget.udfald import Outcome
from budgetanalyser.deltagerbudget.valg import Election, point_units
from budgetanalyser.errors import ValueUseError, nearest
from budgetanalyser.statistik import andel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CELLS = 4_000_000  # Drawn numbers in memory at a time.
_DENSE = 2_000_000  # Cells of a ballot matrix that is still small.
_MOST_MONEY = 2**62
_TIE_SIGNS = {"billigste": 1, "dyreste": -1, "filens_orden": 0}


@dataclass(frozen=True)
class Robusthed:
    """What became of the winners when the ballots were drawn anew.

    Attributes:
        tabel: `projekt`, `navn`, `andel` (how often it was funded, Decimal share), `vinder` (bool), winners first and
            the surest first.
        uaendret: Share of the draws with exactly the same winners, Decimal.
        traekninger: Draws.
        seed: Their seed.
    """

    tabel: pd.DataFrame
    uaendret: Decimal
    traekninger: int
    seed: int


def can_resample(
    election: Election, *, rule: str, partial: bool, on_tie: str, quota: object = None, **_others: object
) -> bool:
    """Tell whether `bootstrap` can count by these choices of `count`."""
    plain = rule == FLEST_STEMMER and not partial and quota is None and on_tie in _TIE_SIGNS
    return plain and election.has_ballots and not has_groups(election)


def bootstrap(
    election: Election,
    *,
    rounds: int = 1000,
    seed: int = 1,
    skip: bool = True,
    threshold: int | Decimal | float | None = None,
    on_tie: str = "billigste",
) -> Robusthed:
    """Draw the ballots anew with replacement and count each draw by most votes.

    Args:
        election: With ballots.
        rounds: Draws, 1 or more.
        seed: Same seed, same draws.
        skip, threshold, on_tie: As for `count`; of the ways with ties "billigste", "dyreste" and "filens_orden".

    Raises:
        ValueUseError: There are no ballots, exclusive groups, another way with ties, or a number of draws or a seed
            that is none.
    """
    _check_whole(rounds, seed)
    if has_groups(election):
        raise ValueUseError("Stemmesedlerne kan ikke trækkes om, når projekter udelukker hinanden (kolonnen »gruppe«).")
    ballots = election.require_ballots("Ny trækning af stemmesedlerne")
    if not ballots.shape[0] or rounds < 1:
        raise ValueUseError("Der skal være stemmesedler og mindst én trækning.")
    if on_tie not in _TIE_SIGNS:
        raise ValueUseError(f"Ved ny trækning kan »{on_tie}« ikke bruges. {nearest(on_tie, _TIE_SIGNS)}")
    outcome = count(election, skip=skip, threshold=threshold, on_tie=on_tie, exclusive=None)
    own = np.zeros(len(election.projects), dtype=bool)
    own[election.codes(outcome.winners)] = True
    funded = _funded(election, rounds, seed, skip=skip, needed=needed_votes(election, threshold), on_tie=on_tie)
    table = pd.DataFrame(
        {
            "projekt": election.projekter,
            "navn": list(election.projects["navn"]),
            "andel": [andel(one) for one in funded.mean(axis=0)],
            "vinder": own.tolist(),
        },
        dtype=object,
    )
    table = table.sort_values(["vinder", "andel"], ascending=False, kind="stable", ignore_index=True)
    return Robusthed(table, andel(float((funded == own).all(axis=1).mean())), rounds, seed)


def _check_whole(rounds: object, seed: object) -> None:
    if not isinstance(rounds, Integral) or isinstance(rounds, bool):
        raise ValueUseError("Antallet af trækninger (rounds) skal være et helt tal.")
    if not isinstance(seed, Integral) or isinstance(seed, bool) or int(seed) < 0:
        raise ValueUseError("Frøet til trækningen (seed) skal være et helt tal, 0 eller mere.")


def _funded(election: Election, rounds: int, seed: int, *, skip: bool, needed: int, on_tie: str) -> NDArray[np.bool_]:
    """Return rounds x projects: who was funded in each draw."""
    money, budget = _whole_money(election)
    place = np.argsort(np.lexsort((np.arange(len(money)), _TIE_SIGNS[on_tie] * money)))
    funded = []
    for strengths in draw_strengths(election, rounds, seed):
        order = np.lexsort((np.broadcast_to(place, strengths.shape), -strengths), axis=1)
        funded.append(_walk(strengths, order, money, budget, skip=skip, needed=needed))
    return np.concatenate(funded)


def draw_strengths(election: Election, rounds: int, seed: int) -> Iterator[NDArray[Any]]:
    """Draw the ballots anew and return what each draw gives the projects, in blocks of rounds x projects.

    Args:
        election: With ballots.
        rounds: Draws in all.
        seed: Same seed, same draws.
    """
    ballots = election.require_ballots("Ny trækning af stemmesedlerne")
    voters, projects = ballots.shape
    units, unit = point_units(ballots)
    points = units.astype(np.float64)
    if voters * projects <= _DENSE:
        points = points.toarray()  # A product of dense matrices is quicker while they are small.
    for weights in draw_weights(voters, rounds, seed):
        yield np.asarray(weights @ points) / unit  # Sums of whole numbers are exact.


def draw_weights(voters: int, rounds: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Return how often each ballot is drawn, in blocks of rounds x voters."""
    generator = np.random.default_rng(seed)
    block = max(1, _CELLS // voters)
    for begin in range(0, rounds, block):
        size = min(block, rounds - begin)
        drawn = generator.integers(0, voters, size=(size, voters), dtype=np.int64)
        drawn += np.arange(size)[:, None] * voters
        yield np.bincount(drawn.ravel(), minlength=size * voters).reshape(size, voters).astype(np.float64)


def _whole_money(election: Election) -> tuple[NDArray[np.int64], int]:
    """Return the prices and the budget as whole numbers of the smallest coin any of them needs."""
    amounts = [*election.projects["pris_kr"], election.budget]
    decimals = max(max(0, -int(one.as_tuple().exponent)) for one in amounts)
    whole = [int(one.scaleb(decimals)) for one in amounts]
    if max(whole) > _MOST_MONEY:
        raise ValueUseError("Beløbene er for store eller har for mange decimaler til, at de kan tælles om.")
    return np.array(whole[:-1], dtype=np.int64), whole[-1]


def _walk(
    strengths: NDArray[Any],
    order: NDArray[np.int64],
    money: NDArray[np.int64],
    budget: int,
    *,
    skip: bool,
    needed: int,
) -> NDArray[np.bool_]:
    """Take the projects of every draw in its order while there is money, all draws at a time."""
    rows = np.arange(len(order))
    left = np.full(len(order), budget, dtype=np.int64)
    is_open = np.ones(len(order), dtype=bool)
    funded = np.zeros(strengths.shape, dtype=bool)
    for position in range(order.shape[1]):
        project = order[:, position]
        is_able = is_open & (strengths[rows, project] >= needed)
        fits = money[project] <= left
        takes = is_able & fits
        funded[rows, project] = takes
        left -= np.where(takes, money[project], 0)
        if not skip:
            is_open &= fits | ~is_able
    return funded


def foerste_taber(outcome: Outcome, on_tie: str = "billigste") -> dict[str, Any] | None:
    """Return the first project that got nothing for want of money, and what it lacked, where most votes come first.

    Args:
        outcome: The count.
        on_tie: The way with ties it was made with, a key of `TIES`.

    Returns:
        `projekt`, `navn`; `mangler_kr`, kroner missing for it to fit in its turn; `foran`, the last winner ranked above
        it whose place had money enough for it, and `mangler_stemmer`, votes it had to gain to come before that one: as
        many as it where the price decides between equals to its advantage, else one more. Both None where there is no
        such winner. None in all where everything was funded.

    Raises:
        ValueUseError: An unknown way with ties.
    """
    if on_tie not in TIES:
        raise ValueUseError(f"Ved lige mange stemmer kan »{on_tie}« ikke bruges. {nearest(on_tie, TIES)}")
    steps = outcome.steps
    losers = steps[steps["afgoerelse"].isin([SPRUNGET, STOPPER, IKKE_NAAET])]
    if not len(losers):
        return None
    loser = losers.iloc[0]
    above = steps[(steps["rang"] < loser["rang"]) & (steps["afgoerelse"] == STOETTET)]
    rivals = [one for one in above.to_dict("records") if one["foer_kr"] >= loser["pris_kr"]]
    rival = rivals[-1] if rivals else None
    return {
        "projekt": loser["projekt"],
        "navn": loser["navn"],
        "mangler_kr": loser["mangler_kr"],
        "mangler_stemmer": _lacking(loser, rival, on_tie) if rival else None,
        "foran": rival["navn"] if rival else None,
    }


def _lacking(loser: Any, rival: Any, on_tie: str) -> Any:
    """Return the votes a loser lacks to come before a rival."""
    gap = rival["stemmer"] - loser["stemmer"]
    cheaper = rival["pris_kr"] - loser["pris_kr"]
    is_first = {"billigste": cheaper > 0, "dyreste": cheaper < 0}.get(on_tie, False)
    return gap if is_first and gap else gap + 1
