"""Søjlegenerering: find the few panels, of very many, whose mix gives people the probabilities sought.

Column generation: a linear program mixes the panels known; its prices say which classes get too little; an integer
program finds the panel worth most at those prices; and so on until the mix is right or is proved impossible.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from budgetanalyser.borgersamling.lodtraekning.region import (
    Region,
    SolverError,
    Vector,
    best_panel,
    linear_program,
)

_REACHED = 1e-9  # Seats missing from a goal, all told, that are an error of the arithmetic.
_REFUTED = 1e-9  # Seats by which a goal must break a cut to be refuted by it.
_NOTHING = 1e-12  # A weight that is an error of the arithmetic.
_NEGLIGIBLE = 1e-6  # The part of a point that a walk leaves to the column generation.
_BRANCHINGS = 500  # After so many a walk's integer program is given up; the column generation does without.


@dataclass(frozen=True)
class Cut:
    """An inequality that every panel x meets: price·x ≤ most."""

    price: Vector
    most: float


def cover(region: Region, sizes: Vector) -> tuple[list[Vector], npt.NDArray[np.bool_]]:
    """Find panels that together hold every class that any panel can hold.

    Returns:
        The panels, none where the region is empty; and by class whether a panel can hold it.
    """
    panels: list[Vector] = []
    missing = np.ones(len(sizes), dtype=bool)
    while missing.any():
        # The most of those missing; if that is none, no panel holds any of them.
        best = best_panel(region, missing / np.sqrt(sizes))
        if best is None or not best.panel[missing].any():
            break
        panels.append(best.panel)
        missing &= best.panel == 0
    return panels, ~missing


def walk(region: Region, point: Vector) -> list[Vector]:
    """Split a point of the region into panels, as far as that goes.

    From the point, take a panel that lies on every bound the point lies on, and walk away from it to the next bound;
    then the old point lies between the panel and the new one, which has one more bound to lie on. Ends when the new
    point is itself a panel, or when whole people do not fit on those bounds.

    Returns:
        Panels whose mix is near the point. Only a good beginning: `mix` finds out what is still missing.
    """
    turns = random.Random(0)  # random() gives the same numbers in every version of Python.
    panels: list[Vector] = []
    rest = 1.0
    for _ in range(len(point) + len(region.low)):
        gain = np.array([turns.random() - 0.5 for _ in point])
        best = best_panel(region.face(point), gain, nodes=_BRANCHINGS)
        if best is None:
            break
        panels.append(best.panel)
        steps = region.reach(point, point - best.panel)
        rest /= 1 + steps
        if rest < _NEGLIGIBLE:
            break
        point = point + steps * (point - best.panel)
    return panels


def mix(region: Region, panels: list[Vector], goal: Vector) -> Vector | Cut:
    """Mix panels so that every class has at least its goal, or prove that no panels can.

    Args:
        region: The panels allowed.
        panels: Those known, at least one; panels found are added.
        goal: The seats wanted for each class, on average.

    Returns:
        The weights of the panels, sum 1, which give every class its goal within the arithmetic's precision; or a cut
        that the goal breaks.
    """
    known = {panel.tobytes() for panel in panels}
    while True:
        missing, price, weights = _least_missing(panels, goal)
        if missing <= _REACHED:
            return weights
        best = best_panel(region, price)
        if best is None:
            raise SolverError("HiGHS found panels before, and now none.")
        if price @ goal - best.bound > _REFUTED:
            return Cut(price, best.bound)
        if best.panel.tobytes() in known:  # Nothing more can be gained within that precision.
            return weights
        known.add(best.panel.tobytes())
        panels.append(best.panel)


def _least_missing(panels: list[Vector], goal: Vector) -> tuple[float, Vector, Vector]:
    """Mix the panels so that the fewest seats are missing from the goal.

    Returns:
        The seats missing, the price of one of each class, from 0 to 1, and the panels' weights.
    """
    from scipy import sparse

    k, m = len(goal), len(panels)
    result = linear_program(
        np.concatenate([np.zeros(m), np.ones(k)]),
        A_ub=sparse.hstack([-sparse.csc_array(np.column_stack(panels)), -sparse.identity(k)], format="csc"),
        b_ub=-goal,
        A_eq=np.concatenate([np.ones(m), np.zeros(k)])[None],
        b_eq=[1.0],
        bounds=(0, None),
    )
    weights = np.where(result.x[:m] > _NOTHING, result.x[:m], 0.0)
    missing = np.maximum(result.x[m:], 0.0).sum()
    return float(missing), np.maximum(-result.ineqlin.marginals, 0.0), weights / weights.sum()
