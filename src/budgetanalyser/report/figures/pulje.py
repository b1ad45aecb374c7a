"""The figures of a pool and its process: what was paid, promised and left each year, and the phases in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk
from budgetanalyser.errors import ValueUseError
from budgetanalyser.report.figures.base import ACCENT, CONTRAST, GREY, INK, danish_axes, new, style
from budgetanalyser.report.figures.linjer import (
    HATCH,
    NOT_STATED,
    SIZE,
    UNKNOWN,
    Column,
    columns_left,
    columns_right,
    frame,
    height_mm,
    known,
    legend,
    names,
    records,
    told,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Unit: kroner in one, decimals.
_UNITS = {"kr.": (1, 0), "1.000 kr.": (1_000, 0), "mio. kr.": (1_000_000, 1)}
_PARTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("udmoentet_kr", "udmøntet", {"facecolor": ACCENT, "edgecolor": ACCENT}),
    ("disponeret_kr", "disponeret", {"facecolor": "white", "edgecolor": CONTRAST, "hatch": HATCH}),
    ("rest_kr", "rest", {"facecolor": "white", "edgecolor": INK}),
)
_MOST_IN_ROW = 5
_LEAST_IN_ROW = 3  # One phase alone is no wider than this.
_MOST_TICKS = 3
_ZERO = Decimal(0)
_PHASE_PT = 440.0  # The width of the page column in points, less the margins.


def pulje(table: pd.DataFrame, *, enhed: str = "mio. kr.") -> Figure:
    """Draw a pool year by year: money paid out solid, promised hatched, left open.

    Args:
        table: `aar`, `udmoentet_kr`, `disponeret_kr`, `rest_kr` (kroner, or None). A year of which nothing is known is
            a dashed outline.
        enhed: "kr.", "1.000 kr." or "mio. kr.".
    """
    with style():
        rows = records(table)
        figure, axes = new(height_mm(len(rows), extra=27, least=7.5))
        widest = max((_drawn(row) for row in rows), default=_ZERO)
        for place, row in enumerate(rows):
            _draw_year(axes, place, row, enhed, widest)
        frame(axes, len(rows))
        columns_left(axes, [Column("År", [str(row["aar"]) for row in rows])])
        is_empty = all(_is_unknown(row) for row in rows)
        shown = () if is_empty else _PARTS
        columns_right(
            axes,
            [Column(word.capitalize(), [_cell(row, key, enhed) for row in rows]) for key, word, _look in shown],
        )
        axes.set_xlabel(enhed[:1].upper() + enhed[1:])
        axes.grid(axis="x")
        _amount_axis(axes, is_empty=is_empty)
        legend(figure, _pool_marks(rows))
    return figure


def _amounts(row: Mapping[Any, Any]) -> list[Decimal | None]:
    return [known(row[key]) for key, _word, _look in _PARTS]


def _is_unknown(row: Mapping[Any, Any]) -> bool:
    return all(one is None for one in _amounts(row))


def _cell(row: Mapping[Any, Any], key: str, enhed: str) -> str:
    # Of a year of which nothing is known the bar says so, once.
    return "" if _is_unknown(row) else _told(row[key], enhed)


def _amount_axis(axes: Axes, *, is_empty: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    danish_axes(axes, both=False)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    if is_empty:
        axes.set_xticks([])


def _drawn(row: Mapping[Any, Any]) -> Decimal:
    return sum((max(one or _ZERO, _ZERO) for one in _amounts(row)), _ZERO)


def _unit(enhed: str) -> tuple[int, int]:
    if enhed not in _UNITS:
        raise ValueUseError(f"Enheden »{enhed}« kendes ikke. Skriv {dansk.opremsning(list(_UNITS))}.")
    return _UNITS[enhed]


def _told(amount: Any, enhed: str) -> str:
    in_one, decimals = _unit(enhed)
    value = known(amount)
    return NOT_STATED if value is None else dansk.antal(value / in_one, decimals)


def _draw_year(axes: Axes, place: int, row: Mapping[Any, Any], enhed: str, widest: Decimal) -> None:
    in_one, _decimals = _unit(enhed)
    amounts = _amounts(row)
    if _is_unknown(row):
        width = float(widest / in_one) or 1.0
        axes.barh(place, width, height=0.56, edgecolor=GREY, **UNKNOWN)
        axes.annotate(NOT_STATED, (width / 2, place), ha="center", va="center", fontsize=SIZE, color=INK)
        return
    at = 0.0
    for amount, (_key, _word, look) in zip(amounts, _PARTS, strict=True):
        width = float((amount or _ZERO) / in_one)
        if width:
            # What is overdrawn reaches to the other side of zero.
            axes.barh(place, width, left=at if width > 0 else 0, height=0.56, linewidth=1, zorder=2, **look)
            at += max(width, 0)


def _pool_marks(rows: Sequence[Mapping[Any, Any]]) -> list[Any]:
    from matplotlib.patches import Patch

    marks: list[Any] = [Patch(label=word, **look) for _key, word, look in _PARTS]
    if any(_is_unknown(row) for row in rows):
        marks.append(Patch(edgecolor=GREY, label=NOT_STATED, **UNKNOWN))
    return marks


def pulje_alt(table: pd.DataFrame, *, enhed: str = "mio. kr.") -> str:
    """Return in words what was paid, promised and left each year."""
    parts = [f"Beløb i {enhed}"]
    for row in records(table):
        if _is_unknown(row):
            parts.append(f"{row['aar']}: {NOT_STATED}")
        else:
            listed = [f"{word} {_told(row[key], enhed)}" for key, word, _look in _PARTS]
            parts.append(f"{row['aar']}: {dansk.opremsning(listed)}")
    return told(parts)


def proces(table: pd.DataFrame) -> Figure:
    """Draw the phases of a process: on an axis of time when every date is known, else as arrows in order.

    Args:
        table: `fase` (text), `fra` and `til` (date or None), `tid` (text: the time as written, or "ikke oplyst").
    """
    rows = records(table)
    with style():
        return _on_time_axis(rows) if _is_dated(rows) else _in_order(rows)


def _is_dated(rows: Sequence[Mapping[Any, Any]]) -> bool:
    days = [row[end] for row in rows for end in ("fra", "til")]
    return all(isinstance(day, date) for day in days) and len(set(days)) > 1


def _on_time_axis(rows: Sequence[Mapping[Any, Any]]) -> Figure:
    phases = names([row["fase"] for row in rows])
    times = Column("", [wrapped(row["tid"] or NOT_STATED, 120) for row in rows], "left")
    figure, axes = new(height_mm(len(rows), max(phases.lines, times.lines), extra=10, least=6.7))
    for place, row in enumerate(rows):
        start, end = row["fra"].toordinal(), row["til"].toordinal()
        axes.barh(place, end - start, left=start, height=0.46, color=ACCENT, edgecolor=ACCENT)
    frame(axes, len(rows))
    _month_ticks(axes, min(row["fra"] for row in rows), max(row["til"] for row in rows))
    axes.grid(axis="x")
    columns_left(axes, [phases])
    columns_right(axes, [times])
    return figure


def _month_ticks(axes: Axes, first: date, last: date) -> None:
    """Mark the beginnings of months, as close as the words allow."""
    months = [date(year, month, 1) for year in range(first.year, last.year + 2) for month in range(1, 13)]
    for step in (1, 2, 3, 6, 12, 24, 60):
        shown = [day for day in months[::step] if first <= day <= last]
        if len(shown) <= _MOST_TICKS:
            break
    axes.set_xticks([day.toordinal() for day in shown], [dansk.maaned(day) for day in shown])


def _in_order(rows: Sequence[Mapping[Any, Any]]) -> Figure:
    lines = -(-len(rows) // _MOST_IN_ROW) or 1
    in_row = max(-(-len(rows) // lines), _LEAST_IN_ROW)
    figure, axes = new(24.0 * lines)
    for place, row in enumerate(rows):
        _draw_phase(axes, place % in_row, place // in_row, row, in_row)
    axes.set_axis_off()
    axes.set_xlim(0, in_row)
    axes.set_ylim(lines, 0)
    return figure


def _draw_phase(axes: Axes, across: int, down: int, row: Mapping[Any, Any], in_row: int) -> None:
    """Draw one phase: an arrow with its name in it, and the time under it."""
    from matplotlib.patches import Polygon

    tip, left, right, top, bottom = 0.07, across + 0.01, across + 0.985, down + 0.06, down + 0.56
    middle = (top + bottom) / 2
    corners = [(left, top), (right - tip, top), (right, middle), (right - tip, bottom), (left, bottom)]
    if across:
        corners.append((left + tip, middle))
    axes.add_patch(Polygon(corners, closed=True, facecolor="white", edgecolor=ACCENT, linewidth=1.4))
    wide = _PHASE_PT / in_row
    name = wrapped(row["fase"], wide * 0.74, lines=3)
    axes.annotate(
        name,
        (left + 0.46, middle),
        ha="center",
        va="center",
        fontsize=SIZE,
        fontweight=600,
        color=INK,
        linespacing=1.05,
    )
    time = wrapped(row["tid"] or NOT_STATED, wide * 0.88, lines=3)
    axes.annotate(time, (left + 0.46, bottom + 0.05), ha="center", va="top", fontsize=SIZE, color=INK, linespacing=1.05)


def proces_alt(table: pd.DataFrame) -> str:
    """Return the phases in order and their times, in words."""
    return told([f"{row['fase']}: {row['tid'] or NOT_STATED}" for row in records(table)])
