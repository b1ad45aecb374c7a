"""Omflytning: people moved around circles of cells, so that every total of a table stays as it is.

Lines of a table are nodes and its cells edges: more in a cell flows from its tail to its head, less the other way,
until it holds 0. All numbers are whole, so that no number of people is too large.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import pairwise

import numpy as np


def ends(shape: tuple[int, ...], one_way: bool) -> tuple[list[int], list[int]]:
    """Return the tail and the head of each cell, row by row, of a table with its totals last.

    Args:
        shape: Rows and columns, the totals with them.
        one_way: Whether there are no totals of rows.
    """
    rows, columns = shape
    tails, heads = [], []
    for row, column in np.ndindex(rows, columns):
        both = (0, 1) if one_way else (row, rows + column)
        is_plain = row < rows - 1 if one_way else (row == rows - 1) == (column == columns - 1)
        tail, head = both if is_plain else both[::-1]
        tails.append(tail)
        heads.append(head)
    return tails, heads


class Moves:
    """A table whose open cells can be changed around circles; a set of nodes is a mask, node n the bit 1 << n.

    Attributes:
        amounts: The people in each cell now.
    """

    def __init__(self, tails: list[int], heads: list[int], amounts: list[int], cells: Collection[int]) -> None:
        nodes = 1 + max(*tails, *heads)
        self.amounts = amounts
        self._tails, self._heads = tails, heads
        self._between: defaultdict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)  # Cell, +1 or −1.
        self._onward, self._back = [0] * nodes, [0] * nodes
        self._before: dict[int, int] = {}
        for cell in cells:
            self.open(cell)

    def open(self, cell: int) -> None:
        """Let a cell change."""
        self._between[self._tails[cell], self._heads[cell]].append((cell, 1))
        self._between[self._heads[cell], self._tails[cell]].append((cell, -1))
        self._refresh(cell)

    def close(self, cell: int) -> None:
        """Let an open cell change no more."""
        self._between[self._tails[cell], self._heads[cell]].remove((cell, 1))
        self._between[self._heads[cell], self._tails[cell]].remove((cell, -1))
        self._refresh(cell)

    def push(self, cell: int, up: bool, need: int | None = None) -> int | None:
        """Make an open cell greater (or less, if not `up`), by `need` or as far as it goes.

        Returns:
            By how many people, or None where nothing bounds it.
        """
        start, goal = self._from(cell, up)
        moved = 0
        people: int | None = 0
        self.close(cell)
        while need is None or moved < need:
            path = self._path(1 << start, 1 << goal)
            people = self._move(path, None if need is None else need - moved) if path else 0
            if not people:
                break
            moved += people
        self._change(cell, moved if up else -moved)
        self.open(cell)
        return None if people is None else moved

    def send(self, start: int, goals: int, most: dict[int, int]) -> tuple[int, int] | None:
        """Send people from a node to one of the goals, which each can take so many more.

        Returns:
            The goal and how many came there; None where no goal can be reached.
        """
        path = self._path(1 << start, goals)
        if path is None:
            return None
        return path[-1], self._move(path, min(most[start], most[path[-1]])) or 0

    def reached(self, cell: int, up: bool) -> set[int]:
        """Return the nodes that people who are to pass the cell can come to without it."""
        self.close(cell)
        seen = layer = 1 << self._from(cell, up)[0]
        while layer := _joined(self._onward, layer) & ~seen:
            seen |= layer
        self.open(cell)
        return set(_nodes(seen))

    def undo(self) -> set[int]:
        """Take back all that was moved; return the cells that it had changed."""
        changed = set(self._before)
        for cell, amount in self._before.items():
            self.amounts[cell] = amount
            self._refresh(cell)
        self._before.clear()
        return changed

    def _from(self, cell: int, up: bool) -> tuple[int, int]:
        """Return where people start who are to pass the cell, and where they go."""
        both = self._heads[cell], self._tails[cell]
        return both if up else both[::-1]

    def _refresh(self, cell: int) -> None:
        both = self._tails[cell], self._heads[cell]
        for here, there in (both, both[::-1]):
            is_open = any(step > 0 or self.amounts[one] for one, step in self._between[here, there])
            self._onward[here] = self._onward[here] & ~(1 << there) | is_open << there
            self._back[there] = self._back[there] & ~(1 << here) | is_open << here

    def _change(self, cell: int, people: int) -> None:
        self._before.setdefault(cell, self.amounts[cell])
        self.amounts[cell] += people

    def _path(self, start: int, goals: int) -> list[int] | None:
        """Return the nodes of a shortest path with room, sought from both ends, or None where there is none."""
        links = self._onward, self._back
        layers, seen = ([start], [goals]), [start, goals]
        while not (common := seen[0] & seen[1]):
            side = int(layers[0][-1].bit_count() > layers[1][-1].bit_count())
            layer = _joined(links[side], layers[side][-1]) & ~seen[side]
            if not layer:
                return None
            layers[side].append(layer)
            seen[side] |= layer
        path = [next(_nodes(common))]
        for layer in layers[0][-2::-1]:
            path.insert(0, next(_nodes(layer & self._back[path[0]])))
        for layer in layers[1][-2::-1]:
            path.append(next(_nodes(layer & self._onward[path[-1]])))
        return path

    def _move(self, path: list[int], most: int | None) -> int | None:
        """Move as many people along a path as there is room for, or `most`; None where nothing bounds them."""
        steps = []
        for way in pairwise(path):
            steps.append(max(self._between[way], key=lambda one: (one[1], self.amounts[one[0]])))
        rooms = [self.amounts[cell] for cell, step in steps if step < 0]
        people = min([*rooms, *([] if most is None else [most])], default=None)
        for cell, step in steps if people else []:
            self._change(cell, step * (people or 0))
            self._refresh(cell)
        return people


def _joined(links: list[int], nodes: int) -> int:
    """Return the nodes that one step leads to."""
    result = 0
    for node in _nodes(nodes):
        result |= links[node]
    return result


def _nodes(mask: int) -> Iterator[int]:
    """Return the nodes of a mask, the first first."""
    while mask:
        first = mask & -mask
        yield first.bit_length() - 1
        mask ^= first
