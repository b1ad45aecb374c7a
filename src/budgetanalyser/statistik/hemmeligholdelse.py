"""Hemmeligholdelse: which further cells must be hidden so that the small ones cannot be worked out.

A small cell is safe when enough people can be moved around it through hidden cells (`netvaerk`). So a cell that is not
safe has a cut around it, and a cheapest set of cells that crosses every cut found is sought until no cut is missing
(Benders' method). It begins from a set found by hiding cheapest paths one by one, and ends with that one if nothing
cheaper is found in time. Whether the result is safe is proved elsewhere (`efterproevning`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from budgetanalyser.statistik.netvaerk import (
    Cut,
    Demand,
    Network,
    cheapest_circles,
    circles,
    missing_cut,
    moves_of,
    network_of,
    partly_missing_cut,
)

_NODES = 200  # Limits in seconds would make the result depend on the machine.
_ROUNDS = 12
_ROOT_ROUNDS = 40
_LONG = 30_000  # Demands × cells; above, the cheapest set is not sought.
_PRECISE = 10**9  # Greater numbers are not exact to the solver.
_EXACT = 1e-6  # Costs are whole numbers; the solver's are nearly so.
_Array = np.ndarray[Any, np.dtype[Any]]
_Mask = np.ndarray[Any, np.dtype[np.bool_]]


def cells_to_hide(values: Any, known: _Mask, minimum: int, *, one_way: bool) -> _Mask:
    """Return the cells to hide: the small ones, and those that keep them hidden.

    Args:
        values: r + 1 × c + 1 counts with the totals last; if `one_way`, r + 1 × 1 with one total.
        known: Zeros that everybody knows and that are published; a total that consists of them or is told elsewhere.
        minimum: Fewer than this is small.
        one_way: Whether there are no totals of rows.

    Returns:
        A mask of the same shape. Hidden inner cells hold as few people as can be; totals only where nothing else will.
        All that is not known, where even that is too little.

    Source:
        Fischetti, M. & Salazar, J.J. (2001): Solving the cell suppression problem on tabular data with linear
        constraints. Management Science 47, 1008-1027.
    """
    small = (values < minimum) & ~known
    if not small.any():
        return np.zeros_like(small)
    network = network_of(values, known, one_way)
    primary = [int(cell) for cell in np.flatnonzero(small)]
    hidden = _cheapest(network, primary, _demands(network, primary, minimum))
    if hidden is None:
        return ~known
    mask = np.zeros(values.size, dtype=bool)
    mask[sorted(hidden)] = True
    return mask.reshape(values.shape)


def _demands(network: Network, primary: list[int], minimum: int) -> list[Demand]:
    """Return what must be possible: at least the minimum and one more than the truth, and fewer unless it is 0.

    What the small cells make possible by themselves is not among it.
    """
    demands, moves = [], moves_of(network, primary)
    for cell in primary:
        value = network.values[cell]
        demands.append(Demand(cell, True, max(minimum, value + 1) - value))
        if value:
            demands.append(Demand(cell, False, 1))
    return [demand for demand in demands if circles(moves, demand) is None]


def _cheapest(network: Network, primary: list[int], demands: list[Demand]) -> set[int] | None:
    """Return a cheapest set that meets all demands, or a good one where that takes long; None where none does."""
    completed = _completed(network, set(primary), demands)
    if completed is None:
        return None
    best = _pruned(network, primary, demands, completed)
    most = _extra(network, primary, best)
    is_long = len(demands) * len(network.costs) > _LONG
    if is_long or max(most, *(demand.need for demand in demands), 0) > _PRECISE:
        return best
    search = _Search(network, primary, most)
    if not search.tighten(demands):
        return best
    hidden: set[int] | None = None
    for _ in range(_ROUNDS):
        found = search.crossing()
        if found is None:
            return best
        hidden, moves = found, moves_of(network, found)
        missing = {cut for demand in demands if (cut := missing_cut(network, moves, demand))}
        if not missing:
            return hidden
        search.cuts |= missing
    hidden = _pruned(network, primary, demands, _completed(network, hidden or best, demands) or best)
    return min(best, hidden, key=lambda one: _extra(network, primary, one))


def _extra(network: Network, primary: list[int], hidden: set[int]) -> int:
    """Return what the cells cost that are hidden for the sake of the small ones."""
    return sum(network.costs[cell] or 0 for cell in hidden.difference(primary))


class _Search:
    """The search for a set cheaper than `most`: the cuts so far, and the cells that such a set can hold."""

    def __init__(self, network: Network, primary: list[int], most: int) -> None:
        self.most = most
        self.cuts: set[Cut] = set()
        self.network = network
        self.costs = np.array([math.inf if cost is None or cost >= most else float(cost) for cost in network.costs])
        self.costs[primary] = 0
        self.upper = np.isfinite(self.costs).astype(float)
        self.costs[np.isinf(self.costs)] = 0
        self.lower = np.zeros(len(self.costs))
        self.lower[primary] = 1

    def tighten(self, demands: list[Demand]) -> bool:
        """Add cuts while cells may be hidden in part; return whether anything cheaper can still be found."""
        from scipy.optimize import linprog

        for _ in range(_ROOT_ROUNDS):
            rows, needs = self._rows()
            within = np.column_stack([self.lower, self.upper])
            found = linprog(self.costs, A_ub=-rows, b_ub=-needs, bounds=within, method="highs")
            if found.status != 0 or found.fun > self.most - 1 + _EXACT:
                return False
            is_dear = (found.fun + found.lower.marginals > self.most - 1 + _EXACT) & (self.lower == 0)
            self.upper[is_dear & (found.x < _EXACT)] = 0
            missing = {cut for demand in demands if (cut := partly_missing_cut(self.network, found.x, demand))}
            if missing <= self.cuts:
                break
            self.cuts |= missing
        return True

    def crossing(self) -> set[int] | None:
        """Return the cheapest cells that cross every cut so far, or None where none are cheaper or time is up."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        rows, needs = self._rows()
        result = milp(
            self.costs,
            integrality=np.ones(len(self.costs)),
            bounds=Bounds(self.lower, self.upper),
            constraints=LinearConstraint(rows, needs, np.inf),
            options={"mip_rel_gap": 0.0, "node_limit": _NODES},
        )
        if result.status != 0 or result.fun > self.most - 1 + _EXACT:
            return None
        return {int(cell) for cell in np.flatnonzero(result.x > 0.5)}

    def _rows(self) -> tuple[_Array, _Array]:
        """Return how much each cell lets through each cut, and what must get through."""
        rows, needs = np.zeros((len(self.cuts), len(self.costs))), np.zeros(len(self.cuts))
        for number, (through, need) in enumerate(sorted(self.cuts)):
            needs[number] = need
            for cell, room in through:
                rows[number, cell] = room
        return rows, needs


def _completed(network: Network, hidden: set[int], demands: list[Demand]) -> set[int] | None:
    """Return the hidden cells and the cheapest further ones that meet each demand in turn; None where none do."""
    hidden, moves = set(hidden), moves_of(network, hidden)
    for demand in demands:
        if circles(moves, demand) is not None:
            continue
        price = [0 if cell in hidden else cost for cell, cost in enumerate(network.costs)]
        used = cheapest_circles(network, price, demand)
        if used is None:
            return None
        for cell in used - hidden:
            moves.open(cell)
        hidden |= used
    return hidden


def _pruned(network: Network, primary: list[int], demands: list[Demand], hidden: set[int]) -> set[int]:
    """Return the hidden cells less those, the dearest first, that are not needed; the rest cannot be worked out."""
    costs, moves = network.costs, moves_of(network, hidden)
    used = {demand: circles(moves, demand) or set() for demand in demands}
    for cell in sorted(hidden - set(primary), key=lambda one: (-(costs[one] or 0), one)):
        moves.close(cell)
        otherwise = {demand: circles(moves, demand) for demand in demands if cell in used[demand]}
        if None in otherwise.values():
            moves.open(cell)
        else:
            used |= {demand: cells or set() for demand, cells in otherwise.items()}
            hidden = hidden - {cell}
    return hidden
