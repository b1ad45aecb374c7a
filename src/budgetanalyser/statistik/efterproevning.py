"""Efterprøvning: what a reader can work out about each hidden cell: the linear programs over the published table.

It knows nothing of how the cells were chosen, and nothing but what is published. The programs are those of a network,
so they are solved in whole numbers: from one table that says what is published, a cell is made as small and as great
as it can be by moving people around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from budgetanalyser.errors import ValueUseError
from budgetanalyser.statistik.omflytning import Moves, ends

Table = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Bounds:
    """A hidden cell by row and column, and the least and greatest number it can hold; None where nothing bounds it."""

    row: int
    column: int
    low: int
    high: int | None


def reader_bounds(published: Table, *, one_way: bool) -> list[Bounds]:
    """Return what the additions and the published cells say of each hidden cell.

    Args:
        published: r + 1 × c + 1 counts with the totals last, None where hidden; if `one_way`, r + 1 × 1 with one total.
        one_way: Whether there are no totals of rows.

    Returns:
        The bounds of each hidden cell, row by row; whole tables attain them.

    Raises:
        ValueUseError: No table says what is published.
    """
    hidden = [number for number, value in enumerate(published.flat) if value is None]
    if not hidden:
        return []
    moves = _any_table(published, hidden, one_way)
    return [_bounds(moves, cell, *divmod(cell, published.shape[1])) for cell in hidden]


def _bounds(moves: Moves, cell: int, row: int, column: int) -> Bounds:
    moves.push(cell, False, moves.amounts[cell])
    low = moves.amounts[cell]
    more = moves.push(cell, True)
    return Bounds(row, column, low, None if more is None else low + more)


def _any_table(published: Table, hidden: list[int], one_way: bool) -> Moves:
    """Return a table that says what is published: what comes to a line too many is sent to those with too few."""
    tails, heads = ends(published.shape, one_way)
    amounts = [int(value or 0) for value in published.flat]
    over = dict.fromkeys([*tails, *heads], 0)
    for tail, head, people in zip(tails, heads, amounts, strict=True):
        over[tail] -= people
        over[head] += people
    moves = Moves(tails, heads, amounts, hidden)
    lacking = {node: -people for node, people in over.items() if people < 0}
    for start, people in over.items():
        while people > 0:
            sent = moves.send(start, sum(1 << node for node in lacking), {**lacking, start: people})
            if sent is None:
                raise ValueUseError("Den skjulte tabel modsiger sig selv og må ikke offentliggøres.")
            goal, came = sent
            people -= came
            lacking[goal] -= came
            if not lacking[goal]:
                del lacking[goal]
    return moves
