"""A table with totals as a network: rows and columns are its nodes, cells its edges.

Another table with the same totals is a flow around a circle of cells. What must be hidden is decided elsewhere
(`hemmeligholdelse`).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any

import numpy as np

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
    rows, columns = values.shape
    tails, heads = [], []
    for row, column in np.ndindex(rows, columns):
        ends = (0, 1) if one_way else (row, rows + column)
        is_plain = row < rows - 1 if one_way else (row == rows - 1) == (column == columns - 1)
        tail, head = ends if is_plain else ends[::-1]
        tails.append(tail)
        heads.append(head)
    around: list[list[tuple[int, int, int]]] = [[] for _ in range(rows + columns)]
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


def missing_cut(network: Network, hidden: set[int], demand: Demand) -> Cut | None:
    """Return a cut that lets too little through, or None where the demand is met."""
    price = [0 if cell in hidden else None for cell in range(len(network.values))]
    lacking, near, _ = push(network, price, demand)
    if not lacking:
        return None
    return _cut(network, demand, near)


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


def push(network: Network, price: list[Any], demand: Demand) -> tuple[int, set[int], set[int]]:
    """Send people around the demand's cell; return how many could not, the nodes reached then, and the cells used."""
    start, goal = _ends(network, demand)
    amounts, lacking, used = list(network.values), demand.need, set[int]()
    while lacking:
        path, reached = _path(network, amounts, price, demand.cell, start, goal)
        if path is None:
            return lacking, reached, used
        people = min([lacking] + [amounts[cell] for cell, step in path if step < 0])
        for cell, step in path:
            amounts[cell] += step * people
            used.add(cell)
        lacking -= people
    return 0, set(), used


def _ends(network: Network, demand: Demand) -> tuple[int, int]:
    ends = network.heads[demand.cell], network.tails[demand.cell]
    return ends if demand.up else ends[::-1]


def _path(
    network: Network, amounts: list[int], price: list[Any], without: int, start: int, goal: int
) -> tuple[list[tuple[int, int]] | None, set[int]]:
    """Return the cheapest path of cells with room, or None with all the nodes that can be reached."""
    came: dict[int, tuple[int, int, int]] = {}
    best, done, queue = {start: 0}, set[int](), [(0, start)]
    while queue:
        cost, node = heapq.heappop(queue)
        if node == goal:
            return _back(came, start, goal), done
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
    return None, done


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
