"""Diskretion: a table of counts made fit to publish, so that no reader can work out a small number of people.

Small cells are hidden, then further cells that keep them hidden, and then it is proved what a reader can still work
out. Rounding and noise are not used. A chart is drawn from the table made here, not from the
counts, and means or shares of hidden cells are not told either.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pandas as pd

from budgetanalyser.errors import Fault, FaultsError, ValueUseError, file_of
from budgetanalyser.kroner import rounded
from budgetanalyser.statistik.efterproevning import Bounds, reader_bounds
from budgetanalyser.statistik.hemmeligholdelse import cells_to_hide
from budgetanalyser.statistik.krav import is_hashable, is_whole, told

TOTAL = "I alt"
FLOOR = 3  # Statistics Denmark: at least 3 observations in a cell.
LEAST_BASE = 20  # A percentage of fewer people says more than they do.
_Counts = pd.Series | pd.DataFrame
_Labels = tuple[list[Hashable], list[Hashable]]


class TabelError(FaultsError):
    """A table of counts, or its list of structural zeros or of known totals, is not right."""


@dataclass(frozen=True, eq=False)
class Skjult:
    """A table fit to publish. It does not hold what it hides.

    Attributes:
        table: Counts as int with the totals under "I alt" last, None where hidden; dtype object.
        primary: The hidden cells under the minimum, totals too: (row, column), or in a one-way table the label alone.
        secondary: The cells hidden to protect those.
    """

    table: pd.Series | pd.DataFrame
    primary: tuple[Hashable, ...]
    secondary: tuple[Hashable, ...]
    _audit: pd.DataFrame = field(repr=False)

    def audit(self) -> pd.DataFrame:
        """Return what a reader can work out of each hidden cell from all that is published.

        Returns:
            One row a hidden cell, in the order of the table: `raekke`, `kolonne` (not in a one-way table), `minimum`
            (int) and `maksimum` (int, or None where nothing bounds it), and `sikker` (bool): a small cell can be at
            least the minimum and more than it is, and less unless it is 0; any other is not known exactly.
        """
        return self._audit.copy()

    def is_safe(self) -> bool:
        """Tell whether every hidden cell is safe."""
        return bool(self._audit["sikker"].all())

    def percentages(self, total: Literal["raekke", "kolonne"] = "kolonne") -> pd.Series | pd.DataFrame:
        """Return shares of the row's or the column's total, where they can be shown.

        Args:
            total: Which total is 100 %; a one-way table has only one.

        Returns:
            A table like `table` of Decimal fractions (0.3912 is 39,12 %; six decimals); None where the cell or its
            total is hidden, or the total is under 20 people.

        Raises:
            ValueUseError: The total is another word.
        """
        if total not in ("raekke", "kolonne"):
            raise ValueUseError(f"»total« skal være »raekke« eller »kolonne«, ikke {told(total)}.")
        cells: Any = self.table.to_numpy().reshape(len(self.table), -1)
        by_row = total == "raekke" and isinstance(self.table, pd.DataFrame)
        bases: Any = np.broadcast_to(cells[:, -1:] if by_row else cells[-1:], cells.shape)
        shares = np.empty(cells.shape, dtype=object)
        for at in np.ndindex(*cells.shape):
            shares[at] = _share(cells[at], bases[at])
        return _labelled(self.table, shares)


def suppress(
    table: pd.Series | pd.DataFrame,
    *,
    minimum: int = 5,
    strukturelle: Literal["alle"] | Collection[Hashable] | None = None,
    kendte: Collection[Hashable] = (),
) -> Skjult:
    """Hide the small cells of a table, and as few others as keep them hidden.

    Hidden are cells and totals under the minimum, 0 too; and then a set of further cells with the fewest people, totals
    only where nothing else will do, such that from all that is published each small cell can be at least the minimum
    and more than it is, and less unless it is 0. In the worst case everything is hidden but what is known; that is
    always enough, unless known totals are so small or so many that they tell of cells: then `is_safe` is False.

    Args:
        table: Whole numbers of people, 0 or more, without totals: a column with labels, or rows × columns.
        minimum: The smallest number that is told, 3 or more.
        strukturelle: Zeros that everybody knows must be 0, such as voters under the age limit, and that are told:
            their labels, (row, column) or in a one-way table the label; "alle" for every zero. A total of nothing but
            these is told, too.
        kendte: Totals that are told elsewhere, so that hiding them here would hide nothing: (row, "I alt"), ("I alt",
            column) and ("I alt", "I alt"), or in a one-way table "I alt". They are shown however small they are.

    Returns:
        The table to publish, and the audit of it.

    Raises:
        ValueUseError: The minimum is under 3, or the table is none.
        TabelError: The table is empty, a label is missing or stands twice, a cell is not a whole number of 0 or more,
            a structural zero is none, or a known total is none; all faults.
    """
    _check(table, minimum, strukturelle, kendte)
    labels = _labels(table)
    one_way = isinstance(table, pd.Series)
    counts = np.array([[int(value) for value in row] for row in _cells(table)], dtype=object)
    full = _with_totals(counts, one_way)
    known = _known(counts, labels, strukturelle, one_way) | _listed(full.shape, labels, kendte, one_way)
    hidden = cells_to_hide(full, known, minimum, one_way=one_way)
    result = _hide(full, known, hidden, minimum, labels, one_way)
    return result if result.is_safe() else _hide(full, known, ~known, minimum, labels, one_way)


def _hide(full: Any, known: Any, hidden: Any, minimum: int, labels: _Labels, one_way: bool) -> Skjult:
    """Return the table with these cells hidden, and its audit."""
    published = full.copy()
    published[hidden] = None
    small = hidden & (full < minimum) & ~known
    names = {cell: _where(labels, cell, one_way) for cell in np.ndindex(*full.shape) if hidden[cell]}
    rows = []
    for bound in reader_bounds(published, one_way=one_way):
        cell = bound.row, bound.column
        safe = _is_safe(bound, int(full[cell]), minimum if small[cell] else None)
        rows.append((*names[cell], bound.low, bound.high, safe))
    columns = ["raekke", *([] if one_way else ["kolonne"]), "minimum", "maksimum", "sikker"]
    return Skjult(
        table=_published(published, labels, one_way),
        primary=tuple(_key(name) for cell, name in names.items() if small[cell]),
        secondary=tuple(_key(name) for cell, name in names.items() if not small[cell]),
        _audit=pd.DataFrame(rows, columns=columns, dtype=object).astype({"sikker": bool}),
    )


def _is_safe(bound: Bounds, value: int, minimum: int | None) -> bool:
    """Tell whether a hidden cell is safe; `minimum` is None for one that is not small."""
    if minimum is None:
        return bound.high is None or bound.low < bound.high
    is_high = bound.high is None or bound.high >= max(minimum, value + 1)
    return is_high and (value == 0 or bound.low < value)


def _share(cell: int | None, base: int | None) -> Decimal | None:
    if cell is None or base is None or base < LEAST_BASE:
        return None
    return rounded(Decimal(cell) / base, 6)


def _with_totals(counts: Any, one_way: bool) -> Any:
    """Return counts with a row of totals below and, unless one-way, a column of totals to the right."""
    full = np.vstack([counts, counts.sum(axis=0)])
    return full if one_way else np.column_stack([full, full.sum(axis=1)])


def _known(counts: Any, labels: _Labels, structural: Any, one_way: bool) -> Any:
    """Return which cells are structural zeros, and the totals of nothing else."""
    known = counts == 0 if structural == "alle" else _listed(counts.shape, labels, structural or (), one_way)
    known = np.vstack([known, known.all(axis=0)]).astype(bool)
    return known if one_way else np.column_stack([known, known.all(axis=1)])


def _listed(shape: tuple[int, ...], labels: _Labels, names: Collection[Hashable], one_way: bool) -> Any:
    """Return which cells of a table of this shape are named."""
    listed, result = set(names), np.zeros(shape, dtype=bool)
    for cell in np.ndindex(*shape):
        result[cell] = _key(_where(labels, cell, one_way)) in listed
    return result


def _cells(table: _Counts) -> list[list[Any]]:
    """Return the cells of a table, row by row; each row of a one-way table has one."""
    return [[value] for value in table] if isinstance(table, pd.Series) else table.astype(object).to_numpy().tolist()


def _labels(table: _Counts) -> _Labels:
    """Return the labels of rows and columns, the totals with them."""
    columns = list(table.columns) if isinstance(table, pd.DataFrame) else []
    return [*table.index, TOTAL], [*columns, TOTAL]


def _where(labels: _Labels, cell: tuple[int, ...], one_way: bool) -> tuple[Hashable, ...]:
    rows, columns = labels
    return (rows[cell[0]],) if one_way else (rows[cell[0]], columns[cell[1]])


def _key(where: tuple[Hashable, ...]) -> Hashable:
    """Return how a cell is named: its row and column, or in a one-way table its label."""
    return where[0] if len(where) == 1 else where


def _published(cells: Any, labels: _Labels, one_way: bool) -> _Counts:
    rows, columns = (pd.Index(each, dtype=object) for each in labels)
    if one_way:
        return pd.Series(cells[:, 0], index=rows, dtype=object)
    return pd.DataFrame(cells, index=rows, columns=columns, dtype=object)


def _labelled(like: _Counts, cells: Any) -> _Counts:
    if isinstance(like, pd.Series):
        return pd.Series(cells[:, 0], index=like.index, dtype=object)
    return pd.DataFrame(cells, index=like.index, columns=like.columns, dtype=object)


def _check(table: object, minimum: object, structural: object, totals: object) -> None:
    if not isinstance(table, (pd.Series, pd.DataFrame)):
        raise ValueUseError("Tabellen skal være en Series eller en DataFrame med navne på rækker og kolonner.")
    if not is_whole(minimum, FLOOR):
        raise ValueUseError(
            f"»minimum« skal være et helt tal på mindst {FLOOR}, ikke {told(minimum)}: "
            "færre personer i en celle må aldrig vises."
        )
    faults = _label_faults(table.index, "rækken")
    faults += _label_faults(table.columns, "kolonnen") if isinstance(table, pd.DataFrame) else []
    faults += [] if table.size else [Fault("tabellen er tom")]
    faults = faults or _count_faults(table) + _structural_faults(table, structural) + _total_faults(table, totals)
    if faults:
        raise TabelError(file_of(table, "tabellen"), faults)


def _label_faults(labels: pd.Index, kind: str) -> list[Fault]:
    if isinstance(labels, pd.MultiIndex):
        return [Fault(f"{kind} har navne i flere led; slå dem sammen til ét")]
    if wrong := [one for one in labels if not is_hashable(one)]:
        return [Fault(f"{kind} har navnet {told(one)}; brug en tekst eller et tal") for one in wrong]
    faults = [Fault(f"{kind} mangler navn", f"nr. {at}") for at, one in enumerate(labels, start=1) if _is_missing(one)]
    twice = dict.fromkeys(labels[labels.duplicated()])
    faults += [Fault(f"{kind} »{label}« står to gange; læg dem sammen") for label in twice]
    return faults + [Fault(f"{kind} »{TOTAL}« er en total; udelad den") for label in labels if label == TOTAL]


def _is_missing(label: Any) -> bool:
    return pd.api.types.is_scalar(label) and bool(pd.isna(label))


def _count_faults(table: _Counts) -> list[Fault]:
    labels = _labels(table)
    return [
        Fault(f"skal være et helt antal personer på mindst 0, ikke {told(value)}", _told_cell(table, labels, cell))
        for cell, value in np.ndenumerate(np.array(_cells(table), dtype=object))
        if not is_whole(value)
    ]


def _structural_faults(table: _Counts, structural: Any) -> list[Fault]:
    """Return what is wrong with the list of structural zeros: a cell that is not in the table, or that is not 0."""
    if structural is None or (isinstance(structural, str) and structural == "alle"):
        return []
    if isinstance(structural, str) or not isinstance(structural, Collection):
        return [Fault(f"»strukturelle« skal være »alle« eller en liste af celler, ikke {told(structural)}")]
    cells = np.array(_cells(table), dtype=object)
    values = {name: cells[cell] for name, cell in _names(table, cells.shape).items()}
    faults = []
    for one in structural:
        if not is_hashable(one) or one not in values:
            faults.append(Fault(f"den strukturelle celle {one} er ikke i tabellen"))
        elif is_whole(values[one], 1):
            faults.append(Fault(f"cellen {one} er ikke 0 og kan ikke være strukturel"))
    return faults


def _total_faults(table: _Counts, totals: Any) -> list[Fault]:
    """Return what is wrong with the list of known totals: one that is not in the table, or a cell that is no total."""
    if isinstance(totals, str) or not isinstance(totals, Collection):
        return [Fault(f"»kendte« skal være en liste af totaler, ikke {told(totals)}")]
    names = _names(table, tuple(len(each) for each in _labels(table)))
    faults = []
    for one in totals:
        if not is_hashable(one) or one not in names:
            faults.append(Fault(f"den kendte total {one} er ikke i tabellen"))
        elif TOTAL not in (one if isinstance(table, pd.DataFrame) else [one]):
            faults.append(Fault(f"cellen {one} er ingen total og kan ikke være kendt"))
    return faults


def _names(table: _Counts, shape: tuple[int, ...]) -> dict[Any, tuple[int, ...]]:
    """Return the cells of a table of this shape by their names."""
    labels, one_way = _labels(table), isinstance(table, pd.Series)
    return {_key(_where(labels, cell, one_way)): cell for cell in np.ndindex(*shape)}


def _told_cell(table: _Counts, labels: _Labels, cell: tuple[int, ...]) -> str:
    return "/".join(f"»{part}«" for part in _where(labels, cell, isinstance(table, pd.Series)))
