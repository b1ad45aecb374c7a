"""The liquidity: the holding day by day and its average over 365 days, which the rule is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk
from budgetanalyser.errors import ValueUseError
from budgetanalyser.report.figures.base import ACCENT, CONTRAST, GREY, INK, new, style
from budgetanalyser.report.figures.linjer import HATCH, NOT_STATED, heading, known, records, told
from budgetanalyser.report.figures.opfoelgning.maerker import (
    HEIGHT_PT,
    NO_NUMBER,
    ZERO,
    EndLabel,
    amount_ticks,
    bare,
    decimals,
    end_labels,
    mio,
    say_empty,
    with_unit,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DAILY: dict[str, Any] = {"color": GREY, "linewidth": 0.9, "linestyle": "-"}
_AVERAGE: dict[str, Any] = {"color": ACCENT, "linewidth": 2.4, "linestyle": "-"}
# A longer stretch without a row is a gap; Easter and Christmas are shorter.
_LONGEST_REST = 10
_MOST_TICKS = 9
_RULE_DAYS = 365


@dataclass(frozen=True)
class _Day:
    """One day: the holding and the average of the last year, in kroner, or None."""

    day: date
    holding: Decimal | None
    average: Decimal | None


def likviditet(data: pd.DataFrame, *, opgjort: date) -> Figure:
    """Draw the holding of each day, thin, and its average over 365 days, thick; an average below zero is hatched.

    The rule (kassekreditreglen) is about the average; single days may lie below zero.

    Args:
        data: `dato` (a row a day; rows may lack), `beholdning_kr` and `gennemsnit_kr` (kroner, or None).
        opgjort: The last day that counts.

    Raises:
        ValueUseError: A day has no date, lies after `opgjort`, or stands twice.
    """
    days = _days(records(data), opgjort)
    with style():
        figure, axes = new(76)
        places = decimals(_all_amounts(days))
        labels = [
            label
            for key, name, look in (
                ("holding", "Beholdning", _DAILY),
                ("average", "Gennemsnit\naf 365 dage", _AVERAGE),
            )
            if (label := _draw_days(axes, days, key, name, look, places)) is not None
        ]
        _day_axis(axes, days)
        _liquidity_limits(axes, days)
        axes.axhline(0, color=INK, linewidth=1.2, zorder=2)
        _draw_below_zero(axes, days)
        if not labels:
            say_empty(axes)
        end_labels(axes, labels, height_pt=HEIGHT_PT)
        axes.set_xlabel(f"Opgjort {dansk.dato(opgjort)}")
        axes.set_ylabel("Mio. kr.")
        axes.grid(axis="y")
        if labels:
            amount_ticks(axes.yaxis, most=5)
    return figure


def _days(rows: Sequence[Mapping[Any, Any]], opgjort: date) -> list[_Day]:
    days = [_Day(_day(row["dato"]), known(row["beholdning_kr"]), known(row["gennemsnit_kr"])) for row in rows]
    days.sort(key=lambda one: one.day)
    late = [one.day for one in days if one.day > opgjort]
    if late:
        raise ValueUseError(
            f"Likviditeten har {len(late)} {'dag' if len(late) == 1 else 'dage'} efter opgørelsesdagen "
            f"{dansk.dato(opgjort)}, den første {dansk.dato(late[0])}. Tag dem fra, eller ret datoen."
        )
    twice = [one.day for one, other in pairwise(days) if one.day == other.day]
    if twice:
        raise ValueUseError(f"Likviditeten har {dansk.dato(twice[0])} mere end én gang. Giv én række pr. dag.")
    return days


def _day(value: Any) -> date:
    import pandas as pd

    day = pd.to_datetime(value, errors="coerce")
    if pd.isna(day):
        raise ValueUseError(f"Likviditeten har en dag uden dato: »{value}«. Giv hver række en dato.")
    found: date = day.date()
    return found


def _all_amounts(days: Sequence[_Day]) -> list[Decimal | None]:
    return [*(one.holding for one in days), *(one.average for one in days)]


def _draw_days(
    axes: Axes, days: Sequence[_Day], key: str, name: str, look: dict[str, Any], places: int
) -> EndLabel | None:
    points = [(one.day, value) for one in days if (value := getattr(one, key)) is not None]
    if not points:
        return None
    x: list[float] = []
    y: list[float] = []
    for day, value in points:
        if x and day.toordinal() - x[-1] > _LONGEST_REST:
            x.append(day.toordinal() - 1)
            y.append(NO_NUMBER)
        x.append(day.toordinal())
        y.append(mio(value))
    axes.plot(x, y, zorder=4 if key == "average" else 3, **look)
    # A line of one point is not seen.
    for place, one in enumerate(x):
        if all(_is_gap(y, place + step) for step in (-1, 1)) and not _is_gap(y, place):
            axes.plot([one], [y[place]], marker="o", markersize=3.5, color=look["color"], zorder=4, clip_on=False)
    return EndLabel(
        x[-1],
        y[-1],
        f"{name}:\n{bare(points[-1][1], places)}" if "\n" not in name else f"{name}: {bare(points[-1][1], places)}",
        look,
    )


def _is_gap(y: Sequence[float], place: int) -> bool:
    return not 0 <= place < len(y) or y[place] != y[place]


def _day_axis(axes: Axes, days: Sequence[_Day]) -> None:
    """Mark the beginnings of months, as close as the words allow; of a shorter time its first and last day."""
    axes.set_xticks([])
    if not days:
        return
    first, last = days[0].day, days[-1].day
    axes.set_xlim(first.toordinal() - 0.01 * max((last - first).days, 30), last.toordinal())
    months = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    for step in (1, 2, 3, 6, 12, 24, 60):
        shown = [day for day in months[::step] if first <= day <= last]
        if len(shown) <= _MOST_TICKS:
            break
    if len(shown) < 2:
        ends = sorted({first, last})
        axes.set_xticks([one.toordinal() for one in ends], [f"{one.day}. {_month(one)}\n{one.year}" for one in ends])
        return
    words = [f"{_month(one)}\n{one.year}" if one is shown[0] or one.month == 1 else _month(one) for one in shown]
    axes.set_xticks([one.toordinal() for one in shown], words)


def _month(day: date) -> str:
    return dansk.MAANEDER[day.month - 1][:3]


def _liquidity_limits(axes: Axes, days: Sequence[_Day]) -> None:
    drawn = [mio(one) for one in _all_amounts(days) if one is not None]
    low, high = min([*drawn, 0.0]), max([*drawn, 0.0])
    room = 0.06 * (high - low) or 1.0
    axes.set_ylim(low - room, high + room)


def _below_zero(days: Sequence[_Day]) -> list[tuple[date, date]]:
    """Return the first and last day of each time in which the average is below zero."""
    runs: list[tuple[date, date]] = []
    for stretch in _stretches(days):
        for is_below, group in groupby(stretch, key=lambda one: (one.average or ZERO) < 0):
            if is_below:
                found = [one.day for one in group]
                runs.append((found[0], found[-1]))
    return runs


def _stretches(days: Sequence[_Day]) -> list[list[_Day]]:
    """Return the days with an average, parted where too many days lack one."""
    stretches: list[list[_Day]] = []
    for one in days:
        if one.average is None:
            continue
        if stretches and (one.day - stretches[-1][-1].day).days <= _LONGEST_REST:
            stretches[-1].append(one)
        else:
            stretches.append([one])
    return stretches


def _draw_below_zero(axes: Axes, days: Sequence[_Day]) -> None:
    """Hatch the average below zero, and say above the axes when it was; a bar shows where, however little it was."""
    runs = _below_zero(days)
    if not runs:
        return
    for stretch in _stretches(days):
        x = [one.day.toordinal() for one in stretch]
        y = [min(mio(one.average or ZERO), 0.0) for one in stretch]
        axes.fill_between(x, y, 0, facecolor="none", edgecolor=CONTRAST, hatch=HATCH, linewidth=0, zorder=2)
    low, high = axes.get_xlim()
    for first, last in runs:
        axes.plot(
            [max(first.toordinal() - 0.5, low), min(last.toordinal() + 0.5, high)],
            [1, 1],
            color=CONTRAST,
            linewidth=4,
            solid_capstyle="butt",
            transform=axes.get_xaxis_transform(),
            clip_on=False,
            zorder=5,
        )
    middle = ((runs[0][0].toordinal() + runs[-1][1].toordinal()) / 2 - low) / (high - low)
    at, ha = (0.0, "left") if middle < 0.35 else (1.0, "right") if middle > 0.65 else (middle, "center")
    heading(axes, _below_words(runs), (at, 1), (0, 5), ha=ha)


def _below_words(runs: Sequence[tuple[date, date]]) -> str:
    first, last = runs[0][0], runs[-1][1]
    if len(runs) > 1:
        when = f"i {len(runs)} perioder mellem {dansk.dato(first)} og {dansk.dato(last)}"
    else:
        when = f"den {dansk.dato(first)}" if first == last else f"fra {dansk.dato(first)} til {dansk.dato(last)}"
    return f"Gennemsnittet er under 0 {when}"


def likviditet_alt(data: pd.DataFrame, *, opgjort: date) -> str:
    """Return in words the last average and holding, the lowest average, and when the average was below zero."""
    days = _days(records(data), opgjort)
    places = decimals(_all_amounts(days))
    averages = [(one.average, one.day) for one in days if one.average is not None]
    holdings = [(one.holding, one.day) for one in days if one.holding is not None]
    average = f"Gennemsnittet af {_RULE_DAYS} dage"
    parts = [f"Opgjort {dansk.dato(opgjort)}"]
    if averages:
        parts.append(f"{average} er {_told_on(averages[-1], opgjort, places)}")
        (first, began), (lowest, day) = averages[0], min(averages)
        if len(averages) > 1:
            parts.append(f"Den {dansk.dato(began)} var det {with_unit(bare(first, places))}")
        parts.append(f"Lavest var det {with_unit(bare(lowest, places))} den {dansk.dato(day)}")
        runs = _below_zero(days)
        which = "dagene" if len(averages) == len(days) else "de oplyste dage"
        parts.append(_below_words(runs) if runs else f"Gennemsnittet er ikke under 0 nogen af {which}")
    else:
        parts.append(f"{average} er {NOT_STATED}")
    if holdings:
        low, day = min(holdings)
        parts.append(f"Beholdningen er {_told_on(holdings[-1], opgjort, places)}")
        parts.append(f"Den laveste dag var {dansk.dato(day)} med {with_unit(bare(low, places))}")
    else:
        parts.append(f"Beholdningen er {NOT_STATED}")
    return told(parts)


def _told_on(last: tuple[Decimal, date], opgjort: date, places: int) -> str:
    """Write the last amount, with its day where that is not the day that was asked for."""
    amount, day = last
    return with_unit(bare(amount, places)) + ("" if day == opgjort else f" den {dansk.dato(day)}")
