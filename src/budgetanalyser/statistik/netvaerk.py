"""A table with totals as a network: rows and columns are its nodes, cells its edges.

Another table with the same totals is a flow around a circle of cells. What must be hidden is decided elsewhere
(`hemmeligholdelse`).
"""

from __future__ import annotations

import heapq
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from budgetanalyser.statistik.omflytning import Moves, ends

Cut = tuple[tuple[tuple[int, int], ...], int]  # Cells with what each lets through, and what must get through.
_WHOLE = 1_000_000  # What must get through, where cells are hidden in part.
_SLACK = 100
_Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Network:
    """Cells as edges: more in a cell flows from its tail to its head, less the other way, until it holds 0."""

    values: list[int]
    tails: list[int]
    heads: list[int]
    around: list[list[tuple[int, int, int]]]  # By node: cell, node at the other end, +1 or −1 person.
    costs: list[int | None]  # None for a cell that stays published.


@dataclass(frozen=True)
class Demand:
    """So many more (or fewer, if not `up`) must be possible in a cell."""

    cell: int
    up: bool
    need: int


def network_of(values: Any, known: _Array, one_way: bool) -> Network:
    """Return a table as a network, with arguments as for `hemmeligholdelse.cells_to_hide`."""
    tails, heads = ends(values.shape, one_way)
    around: list[list[tuple[int, int, int]]] = [[] for _ in range(1 + max(*tails, *heads))]
    for cell, (tail, head) in enumerate(zip(tails, heads, strict=True)):
        around[tail].append((cell, head, 1))
        around[head].append((cell, tail, -1))
    counts = [int(value) for value in values.flat]
    return Network(counts, tails, heads, around, _costs(values, known, one_way))


def _costs(values: Any, known: _Array, one_way: bool) -> list[int | None]:
    """Return people + 1 of each cell, and of a total more than of all inner cells together."""
    rows, columns = values.shape
    inner = values[:-1] if one_way else values[:-1, :-1]
    total = int(inner.sum()) + inner.size + 1
    costs: list[int | None] = []
    for row, column in np.ndindex(rows, columns):
        is_total = row == rows - 1 or (column == columns - 1 and not one_way)
        costs.append(None if known[row, column] else int(values[row, column]) + 1 + total * is_total)
    return costs


def moves_of(network: Network, cells: Collection[int]) -> Moves:
    """Return the table of the network with these cells open."""
    return Moves(network.tails, network.heads, list(network.values), cells)


def circles(moves: Moves, demand: Demand) -> set[int] | None:
    """Return open cells that meet the demand, or None where all together do not."""
    moved = moves.push(demand.cell, demand.up, demand.need)
    changed = moves.undo()
    return changed if moved == demand.need else None


def missing_cut(network: Network, moves: Moves, demand: Demand) -> Cut | None:
    """Return a cut that lets too little through, or None where the demand is met."""
    is_met = moves.push(demand.cell, demand.up, demand.need) == demand.need
    near = set() if is_met else moves.reached(demand.cell, demand.up)
    moves.undo()
    return None if is_met else _cut(network, demand, near)


def _cut(network: Network, demand: Demand, near: set[int]) -> Cut:
    """Return what leads out of the nodes near the demand's start."""
    through = []
    for cell, cost in enumerate(network.costs):
        starts, ends = network.tails[cell] in near, network.heads[cell] in near
        if cost is None or cell == demand.cell or starts == ends:
            continue
        room = demand.need if starts else min(network.values[cell], demand.need)
        through += [(cell, room)] if room else []
    return tuple(through), demand.need


def cheapest_circles(network: Network, price: list[Any], demand: Demand) -> set[int] | None:
    """Send people around the demand's cell by the cheapest ways; return the cells used, or None where too few can."""
    start, goal = _ends(network, demand)
    amounts, lacking, used = list(network.values), demand.need, set[int]()
    while lacking:
        path = _path(network, amounts, price, demand.cell, start, goal)
        if path is None:
            return None
        people = min([lacking] + [amounts[cell] for cell, step in path if step < 0])
        for cell, step in path:
            amounts[cell] += step * people
            used.add(cell)
        lacking -= people
    return used


def _ends(network: Network, demand: Demand) -> tuple[int, int]:
    ends_of_cell = network.heads[demand.cell], network.tails[demand.cell]
    return ends_of_cell if demand.up else ends_of_cell[::-1]


def _path(
    network: Network, amounts: list[int], price: list[Any], without: int, start: int, goal: int
) -> list[tuple[int, int]] | None:
    """Return the cheapest path of cells with room, or None where there is none."""
    came: dict[int, tuple[int, int, int]] = {}
    best, done, queue = {start: 0}, set[int](), [(0, start)]
    while queue:
        cost, node = heapq.heappop(queue)
        if node == goal:
            return _back(came, start, goal)
        if node in done:
            continue
        done.add(node)
        for cell, other, step in network.around[node]:
            if price[cell] is None or cell == without or (step < 0 and not amounts[cell]):
                continue
            if cost + price[cell] < best.get(other, cost + price[cell] + 1):
                best[other] = cost + price[cell]
                came[other] = (cell, step, node)
                heapq.heappush(queue, (best[other], other))
    return None


def _back(came: dict[int, tuple[int, int, int]], start: int, goal: int) -> list[tuple[int, int]]:
    path = []
    while goal != start:
        cell, step, goal = came[goal]
        path.append((cell, step))
    return path


def partly_missing_cut(network: Network, hidden: _Array, demand: Demand) -> Cut | None:
    """Return a cut that lets too little through where cells are hidden in part, or None where the demand is met."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    nodes, tails, heads = len(network.around), np.array(network.tails), np.array(network.heads)
    lets = np.minimum(np.array([min(value, demand.need) for value in network.values]) / demand.need, 1)
    hidden = hidden.copy()
    hidden[demand.cell] = 0
    room = np.zeros((nodes, nodes), dtype=np.int32)
    np.add.at(room, (tails, heads), np.round(_WHOLE * hidden).astype(np.int32))
    np.add.at(room, (heads, tails), np.round(_WHOLE * hidden * lets).astype(np.int32))
    start, goal = _ends(network, demand)
    found = maximum_flow(csr_array(room), start, goal)
    if found.flow_value >= _WHOLE - _SLACK:
        return None
    return _cut(network, demand, _reached(room - found.flow.toarray() > 0, start))


def _reached(is_open: _Array, start: int) -> set[int]:
    reached = np.zeros(len(is_open), dtype=bool)
    reached[start] = True
    while (more := reached | is_open[reached].any(axis=0)).sum() > reached.sum():
        reached = more
    return {int(node) for node in np.flatnonzero(reached)}
