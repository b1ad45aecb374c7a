"""Raekker: how a table from a file is gone through, with the line of each row, and how its faults are told together.

A table read from a file has the line in the file as its index, so a fault can say where it is. What the rows mean is
known by the subjects, each of which has a module of this name that adds its own tests of cells.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from budgetanalyser.errors import Fault, PosterError, file_of

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[Hashable, Any]
Rows = list[tuple[str, Row]]


def rows(table: pd.DataFrame, columns: str, otherwise: str) -> Rows:
    """Return each row with where it stands ("linje 4").

    Args:
        table: As read from a file; n rows.
        columns: Names that must be there, with blanks between.
        otherwise: What to call the table where it has no file.

    Raises:
        PosterError: Columns that are missing, all of them.
    """
    missing = [name for name in columns.split() if name not in table]
    if missing:
        raise PosterError(
            file_of(table, otherwise), [Fault(f"kolonnen »{name}« mangler; tilføj den") for name in missing]
        )
    return [(f"linje {line}", row) for line, row in zip(table.index, table.to_dict("records"), strict=True)]


def refuse(table: pd.DataFrame, otherwise: str, faults: Iterable[Fault]) -> None:
    """Raise a `PosterError` if there are faults, in the order of the file; those of no line come first."""
    found = sorted(faults, key=_line)
    if found:
        raise PosterError(file_of(table, otherwise), found)


def _line(fault: Fault) -> int:
    digits = fault.where.removeprefix("linje ").split(",")[0]
    return int(digits) if digits.isdigit() else 0
