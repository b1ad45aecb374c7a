"""Efterprøvning: what a reader can work out about each hidden cell, by linear programming over the published table.

It knows nothing of how the cells were chosen, and nothing but what is published.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from budgetanalyser.errors import ValueUseError

_OPTIMAL, _UNBOUNDED = 0, 3
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
        The bounds of each hidden cell, row by row. All equations have whole numbers and are those of a network, so
        whole tables attain the bounds.

    Raises:
        ValueUseError: The program could not be solved; no table may then be published.
    """
    hidden = [(row, column) for row, column in np.ndindex(*published.shape) if published[row, column] is None]
    if not hidden:
        return []
    at = {cell: number for number, cell in enumerate(hidden)}
    matrix, right = _equations(published, at, one_way)
    return [
        Bounds(*cell, low=_extreme(matrix, right, number, 1) or 0, high=_extreme(matrix, right, number, -1))
        for cell, number in at.items()
    ]


def _equations(published: Table, at: dict[tuple[int, int], int], one_way: bool) -> tuple[Any, Any]:
    """Return "the parts less the total are 0" for each line of the table, with the published cells to the right."""
    rows, columns = published.shape
    lines = [[(row, column) for row in range(rows)] for column in range(columns)]
    lines += [] if one_way else [[(row, column) for column in range(columns)] for row in range(rows)]
    matrix, right = np.zeros((len(lines), len(at))), np.zeros(len(lines))
    for number, line in enumerate(lines):
        for cell in line:
            sign = -1 if cell == line[-1] else 1
            if cell in at:
                matrix[number, at[cell]] = sign
            else:
                right[number] -= sign * published[cell]
    told = matrix.any(axis=1)
    return matrix[told], right[told]


def _extreme(matrix: Any, right: Any, cell: int, sign: int) -> int | None:
    """Return the least (sign 1) or greatest (−1) number of a cell, or None where there is no limit."""
    from scipy.optimize import linprog

    cost = np.zeros(matrix.shape[1])
    cost[cell] = sign
    # Presolve finds that there is no limit without saying which way; the simplex method itself tells.
    for presolve in (True, False):
        found = linprog(cost, A_eq=matrix, b_eq=right, bounds=(0, None), method="highs", options={"presolve": presolve})
        if found.status == _OPTIMAL:
            return round(sign * float(found.fun))
        if found.status == _UNBOUNDED:
            return None
    raise ValueUseError(f"Den skjulte tabel kan ikke efterprøves og må ikke offentliggøres ({found.message}).")
