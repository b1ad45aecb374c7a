"""Leximin: the fairest probabilities that quotas, seats and households leave room for.

The lowest probability is made as high as it can be, then the second lowest, and so on (Flanigan and others, Nature
596, 2021). The panels are too many to list. So the probabilities are first found as if people could be divided
(`relaxed_leximin`, small linear programs); then panels are sought whose mix gives just those (`soejlegenerering`). If
whole people cannot, the search proves it by an inequality that every panel meets and those probabilities do not; it
is added, and the probabilities are found anew. What is found in the end is fairest among all mixes of whole panels,
as it was fairest in a region that holds them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from budgetanalyser.borgersamling.lodtraekning.region import Region, SolverError, Vector, linear_program
from budgetanalyser.borgersamling.lodtraekning.soejlegenerering import Cut, cover, mix, walk

LEXIMIN, MAXIMIN = "leximin", "maximin"
RULES = (LEXIMIN, MAXIMIN)

_MOST_CUTS = 10_000  # A handful is usual, where any is needed.
_TOLERATED = 1e-6  # Of a probability; more is an error of the program.
_BINDING = 1e-7  # A class whose price is above this has the lowest probability in every best lottery.


@dataclass(frozen=True)
class Solution:
    """The lottery by class: m panels with their weights, and by how much a probability may lie below the best."""

    panels: npt.NDArray[np.int64]
    weights: Vector
    shares: Vector
    reachable: npt.NDArray[np.bool_]
    gap: float


def solve(region: Region, sizes: Vector, rule: str) -> Solution | None:
    """Find the fairest lottery over the panels of a region.

    Args:
        region: The panels, counted by class.
        sizes: People in each of the k classes, 1 or more.
        rule: "leximin", or "maximin": only the lowest probability is made as high as it can be.

    Returns:
        The lottery; None where the region holds no panel.
    """
    panels, reachable = cover(region, sizes)
    if not panels:
        return None
    outer = region.without(~reachable)
    for _ in range(_MOST_CUTS):
        fairest = relaxed_leximin(outer, sizes, reachable)
        least = fairest[reachable].min()
        goal = fairest if rule == LEXIMIN else np.where(reachable, least, 0.0)
        panels += walk(outer, fairest * sizes)
        found = mix(region, panels, goal * sizes)
        if not isinstance(found, Cut):
            return _solution(panels, found, sizes, reachable, goal)
        outer = outer.with_cut(found.price, found.most)
    raise SolverError(f"{_MOST_CUTS} cuts were not enough.")


def _solution(
    panels: list[Vector], weights: Vector, sizes: Vector, reachable: npt.NDArray[np.bool_], goal: Vector
) -> Solution:
    """Keep the panels in use, each once and in an order that does not depend on how they were found."""
    used = sorted((tuple(int(n) for n in panels[i]), weights[i]) for i in np.flatnonzero(weights))
    counts = np.array([panel for panel, _ in used], dtype=np.int64)
    kept = np.array([weight for _, weight in used])
    shares = np.minimum(kept @ counts / sizes, 1.0)
    gap = float(np.maximum(goal - shares, 0.0).max())
    if gap > _TOLERATED:
        raise SolverError(f"A probability is {gap} below its best.")
    return Solution(counts, kept, shares, reachable, gap)


def relaxed_leximin(region: Region, sizes: Vector, reachable: npt.NDArray[np.bool_]) -> Vector:
    """Return the leximin probability of each class, as if people could be divided; 0 for those not reachable.

    In every round at least one class gets its final probability, since the prices of those left sum to 1.
    """
    fixed = np.zeros(len(sizes))
    free = reachable.copy()
    shares = fixed
    while free.any():
        shares, least, price = _raise_lowest(region, sizes, fixed, free)
        binding = free & (price > min(_BINDING, price.max() / 2))
        fixed[binding] = least
        free &= ~binding
    return shares


def _raise_lowest(
    region: Region, sizes: Vector, fixed: Vector, free: npt.NDArray[np.bool_]
) -> tuple[Vector, float, Vector]:
    """Return the shares that lift the lowest of the free classes most, that lowest, and the price of each class.

    The variables are x (people of each class in the panel) and z (the lowest share): z·size − x ≤ 0 for the free.
    """
    from scipy import sparse

    k, chosen = len(sizes), np.flatnonzero(free)
    equal = region.low == region.high
    between = region.rows[~equal]
    lift = sparse.csr_array((-np.ones(len(chosen)), (range(len(chosen)), chosen)), shape=(len(chosen), k))
    z = np.concatenate([np.zeros(2 * between.shape[0]), sizes[chosen]])
    lowest = np.append(np.minimum(fixed * sizes, region.upper), 0)
    result = linear_program(
        np.append(np.zeros(k), -1.0),
        A_ub=sparse.hstack([sparse.vstack([between, -between, lift]), sparse.csr_array(z[:, None])], format="csc"),
        b_ub=np.concatenate([region.high[~equal], -region.low[~equal], np.zeros(len(chosen))]),
        A_eq=sparse.hstack([region.rows[equal], sparse.csr_array((int(equal.sum()), 1))], format="csc"),
        b_eq=region.low[equal],
        bounds=np.column_stack([lowest, np.append(region.upper, np.inf)]),
    )
    price = np.zeros(k)
    price[chosen] = -result.ineqlin.marginals[-len(chosen) :] * sizes[chosen]
    return result.x[:k] / sizes, float(result.x[k]), price
