"""The figure of time: periods as bars, points in time as marks, deadlines hollow."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk
from budgetanalyser.report.figures.base import ACCENT, BEHIND_TEXT, CONTRAST, INK, new, style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_MOST_TICKS = 5


@dataclass(frozen=True)
class Moment:
    """Something on a timeline: a period from `fra` to `til`, or a point in time when `til` is None.

    `tid` is how the time is written; `frist` marks a deadline, drawn hollow.
    """

    navn: str
    fra: date
    til: date | None
    tid: str
    frist: bool = False


def moments(tidslinje: pd.DataFrame, frister: pd.DataFrame, *, praecision: str = "måned") -> list[Moment]:
    """Return the dated rows of a timeline and of a table of duties as moments, in order of time.

    What is known to the month is drawn where it belongs: a period to the month's end, a point in its middle, a deadline
    at its end.

    Args:
        tidslinje: `haendelse`, `fra`, `til`, `praecision` ("dag", "medio", "måned").
        frister: `pligt`, `senest`. Rows without a date cannot be drawn and are left to the table.
        praecision: How exactly the deadlines are known, "dag" or "måned".
    """
    found = [_moment(row) for row in tidslinje.to_dict("records") if row["fra"]]
    found += [
        Moment(
            row["pligt"],
            row["senest"] if praecision == "dag" else _month_end(row["senest"]),
            None,
            f"senest {dansk.tidspunkt(row['senest'], praecision)}",
            frist=True,
        )
        for row in frister.to_dict("records")
        if row["senest"]
    ]
    return sorted(found, key=lambda one: one.fra)


def _moment(row: Mapping[Any, Any]) -> Moment:
    begin = dansk.tidspunkt(row["fra"], row["praecision"])
    if row["til"]:
        is_exact = row["praecision"] == "dag"
        end = row["til"] if is_exact else _month_end(row["til"])
        told = dansk.tidspunkt(row["til"], "dag" if is_exact else "måned")
        return Moment(row["haendelse"], row["fra"], end, f"{begin} til {told}")
    middle = row["fra"].replace(day=15) if row["praecision"] == "måned" else row["fra"]
    return Moment(row["haendelse"], middle, None, begin)


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def moments_table(drawn: Sequence[Moment]) -> pd.DataFrame:
    """Return what a timeline shows as a table: `hvad` and `hvornaar`, both text, one row a line of the figure."""
    import pandas as pd

    return pd.DataFrame([{"hvad": one.navn, "hvornaar": one.tid} for one in drawn], dtype=object)


def moments_alt(drawn: Sequence[Moment]) -> str:
    """Return what a timeline shows in words, for a screen reader: "Anbefalingerne afleveres: juni 2024. …"."""
    return " ".join(f"{one.navn}: {one.tid}." for one in drawn)


def tidslinje(drawn: Sequence[Moment]) -> Figure:
    """Draw periods as bars and points in time as marks, one line each, first on top."""
    with style():
        figure, axes = new(9 + 6.7 * len(drawn))
        days = [day.toordinal() for one in drawn for day in (one.fra, one.til) if day]
        span = max(days) - min(days)
        for row, one in enumerate(drawn):
            _draw_moment(axes, one, row, span)
        axes.set_yticks(range(len(drawn)), [one.navn for one in drawn])
        axes.set_ylim(len(drawn) - 0.3, -0.6)  # The first on top, and room between the last and the axis.
        axes.set_xlim(min(days) - span * 0.02, max(days) + span * 0.3)
        _month_axis(axes, min(days), max(days))
        axes.grid(axis="x")
    return figure


def _draw_moment(axes: Axes, one: Moment, row: int, span: int) -> None:
    start = one.fra.toordinal()
    end = one.til.toordinal() if one.til else start
    if one.til:
        axes.barh(row, end - start, left=start, height=0.46, color=ACCENT)
    else:
        face = "white" if one.frist else CONTRAST
        axes.plot([start], [row], marker="D", markersize=6, color=CONTRAST, markerfacecolor=face, linestyle="none")
    axes.annotate(
        one.tid, (end, row), (8, 0), textcoords="offset points", va="center", color=INK, fontsize=8.5, bbox=BEHIND_TEXT
    )


def _month_axis(axes: Axes, first: int, last: int) -> None:
    start, stop = date.fromordinal(first), date.fromordinal(last)
    firsts = [date(year, month, 1) for year in range(start.year, stop.year + 1) for month in (1, 7)]
    shown = [day for day in firsts if first - 40 <= day.toordinal() <= last + 40]
    if len(shown) > _MOST_TICKS:
        shown = [day for day in shown if day.month == 1]
    axes.set_xticks([day.toordinal() for day in shown], [dansk.maaned(day) for day in shown])
