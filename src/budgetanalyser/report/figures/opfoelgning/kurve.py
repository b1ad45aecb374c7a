"""The curve of the year: spend against its profile, month by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk
from budgetanalyser.errors import ValueUseError
from budgetanalyser.report.figures.base import ACCENT, BEHIND_TEXT, CONTRAST, GREY, INK, new, style
from budgetanalyser.report.figures.linjer import NOT_STATED, SIZE, known, records, told, width_pt
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
    signed,
    with_unit,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MONTHS = 12
# About how wide the axes are, in points; only the room for words is judged by it.
_WIDTH_PT = 280.0

_SPENT: dict[str, Any] = {"color": ACCENT, "linewidth": 2.4, "linestyle": "-"}
# Column, name on the figure, name in words, look.
_LINES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (
        "profil_kr",
        "Som i tidligere år",
        "som i tidligere år",
        {"color": INK, "linewidth": 1.5, "linestyle": (0, (6, 2))},
    ),
    (
        "lige_kr",
        "Lige store tolvtedele",
        "lige store tolvtedele",
        {"color": GREY, "linewidth": 1.5, "linestyle": (0, (1, 1.5))},
    ),
    ("sidste_aar_kr", "Sidste år", "sidste år", {"color": CONTRAST, "linewidth": 1.5, "linestyle": (0, (6, 2, 1, 2))}),
)
_BUDGET: dict[str, Any] = {"color": INK, "linewidth": 1.0, "linestyle": "-"}


def forbrugskurve(data: pd.DataFrame, *, korrigeret_kr: Decimal | None = None) -> Figure:
    """Draw spend so far this year against what was to be expected, each line with its own dash and its name beside it.

    Args:
        data: `maaned` (1 to 12) and, in kroner from 1 January to the end of the month, `forbrug_kr` (None after the
            cut-off), `profil_kr` (by the profile of earlier years), `lige_kr` (a twelfth a month) and
            `sidste_aar_kr` (or None).
        korrigeret_kr: The corrected budget, a horizontal line.

    Raises:
        ValueUseError: A month is not one of the twelve, or stands twice.
    """
    rows = _by_month(records(data))
    with style():
        figure, axes = new(72)
        places = decimals([*_amounts(rows), korrigeret_kr])
        labels = [label for line in _LINES if (label := _draw_line(axes, rows, *line[:2], line[3])) is not None]
        spent = _known_months(rows, "forbrug_kr")
        if spent:
            _plot(axes, rows, "forbrug_kr", zorder=4, **_SPENT)
        _month_axis(axes)
        _amount_limits(axes, [*_amounts(rows), korrigeret_kr])
        taken = _Taken(_fractions(axes, rows))
        if korrigeret_kr is not None:
            _draw_budget(axes, taken, korrigeret_kr, places)
        if spent:
            _draw_cut_off(axes, taken, rows, spent[-1], places)
        else:
            _beside(axes, taken, _MONTHS, f"Årets forbrug er {NOT_STATED}")
        end_labels(axes, labels, height_pt=HEIGHT_PT)
        axes.set_ylabel("Mio. kr. siden 1. januar")
        axes.grid(axis="y")
        amount_ticks(axes.yaxis, most=5)
    return figure


def _by_month(rows: Sequence[Mapping[Any, Any]]) -> list[Mapping[Any, Any]]:
    months = [known(row["maaned"]) for row in rows]
    wrong = [str(row["maaned"]) for row, month in zip(rows, months, strict=True) if month not in range(1, _MONTHS + 1)]
    twice = sorted({str(one) for one in months if months.count(one) > 1})
    if wrong or twice:
        said = [f"{dansk.opremsning(wrong)} er ikke en måned fra 1 til 12"] if wrong else []
        said += [f"måned {dansk.opremsning(twice)} står mere end én gang"] if twice and not wrong else []
        raise ValueUseError(f"Forbrugskurven kan ikke tegnes: {'; '.join(said)}. Giv én række pr. måned.")
    return sorted(rows, key=lambda row: int(row["maaned"]))


def _amounts(rows: Sequence[Mapping[Any, Any]]) -> list[Decimal | None]:
    return [known(row[key]) for key in ("forbrug_kr", *(line[0] for line in _LINES)) for row in rows]


def _known_months(rows: Sequence[Mapping[Any, Any]], key: str) -> list[int]:
    return [int(row["maaned"]) for row in rows if known(row[key]) is not None]


def _plot(axes: Axes, rows: Sequence[Mapping[Any, Any]], key: str, **look: Any) -> None:
    # Nothing was spent when the year began.
    amounts = {0: ZERO, **{int(row["maaned"]): known(row[key]) for row in rows}}
    months = range(max(_known_months(rows, key)) + 1)
    drawn = [amounts.get(month) for month in months]
    axes.plot(list(months), [NO_NUMBER if one is None else mio(one) for one in drawn], **look)


def _draw_line(
    axes: Axes, rows: Sequence[Mapping[Any, Any]], key: str, name: str, look: dict[str, Any]
) -> EndLabel | None:
    months = _known_months(rows, key)
    if not months:
        return None
    _plot(axes, rows, key, zorder=3, **look)
    return EndLabel(months[-1], mio(_at(rows, key, months[-1]) or ZERO), name, look)


def _at(rows: Sequence[Mapping[Any, Any]], key: str, month: int) -> Decimal | None:
    return next((known(row[key]) for row in rows if int(row["maaned"]) == month), None)


def _month_axis(axes: Axes) -> None:
    axes.set_xlim(0, _MONTHS)
    axes.set_xticks(range(1, _MONTHS + 1), [month[:3] for month in dansk.MAANEDER])
    axes.set_xlabel("Ved udgangen af måneden")


def _amount_limits(axes: Axes, amounts: Sequence[Decimal | None]) -> None:
    drawn = [mio(one) for one in amounts if one is not None]
    low, high = min([*drawn, 0.0]), max([*drawn, 0.0])
    room = 0.12 * (high - low) or 1.0
    axes.set_ylim(low - room if low < 0 else 0, high + room if high > 0 or not low else 0)
    axes.axhline(0, color=GREY, linewidth=0.8, zorder=1)


def _draw_budget(axes: Axes, taken: _Taken, budget_kr: Decimal, places: int) -> None:
    """Draw the budget across the axes, and its amount where it meets the fewest lines."""
    at = mio(budget_kr)
    axes.axhline(at, zorder=2, **_BUDGET)
    text = f"Korrigeret budget: {with_unit(bare(budget_kr, places))}"
    wide, tall = _room(text)
    low, high = axes.get_ylim()
    level = (at - low) / (high - low)
    gap = 3 / HEIGHT_PT
    above, below = level + gap, level - gap - tall
    heights = (below, above) if budget_kr < 0 else (above, below)
    spots = [
        (_Box(left, left + wide, bottom, bottom + tall), ha)
        for left, ha in ((0.0, "left"), (_MONTHS - wide, "right"))
        for bottom in heights
    ]
    box, ha = min(spots, key=lambda spot: taken.crossings(spot[0]))
    is_below = box.bottom == below
    axes.annotate(
        text,
        (0 if ha == "left" else _MONTHS, at),
        (3 if ha == "left" else -3, -3 if is_below else 3),
        textcoords="offset points",
        ha=ha,
        va="top" if is_below else "bottom",
        color=INK,
        fontsize=SIZE,
        bbox=BEHIND_TEXT,
        zorder=2.5,
    )
    taken.lines.append([(0.0, level), (float(_MONTHS), level)])
    taken.boxes.append(box)


def _draw_cut_off(axes: Axes, taken: _Taken, rows: Sequence[Mapping[Any, Any]], month: int, places: int) -> None:
    """Mark where the spend ends, with the amount and how far it is from the profile."""
    amount = _at(rows, "forbrug_kr", month) or ZERO
    axes.axvline(month, color=ACCENT, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    axes.plot([month], [mio(amount)], marker="o", markersize=6, color=ACCENT, zorder=5, clip_on=False)
    text = "\n".join(
        [
            f"Forbrug til og med {dansk.MAANEDER[month - 1]}: {bare(amount, places)}",
            *([f"{gap} mod tidligere års mønster"] if (gap := _gap(rows, month, places)) else []),
        ]
    )
    _beside(axes, taken, month, text)


def _gap(rows: Sequence[Mapping[Any, Any]], month: int, places: int) -> str:
    """Return how far the spend is from the profile, or nothing where one of them is not known."""
    spent, expected = _at(rows, "forbrug_kr", month), _at(rows, "profil_kr", month)
    return "" if spent is None or expected is None else signed(spent - expected, places)


def _beside(axes: Axes, taken: _Taken, month: int, text: str) -> None:
    """Write beside a month, or else at an end of the axes, where the words meet the fewest lines and words."""
    wide, tall = _room(text)
    spots = [
        (_Box(left, left + wide, bottom, bottom + tall), ha)
        for beside in (month, None)
        for bottom in (place / 20 for place in range(1, 20))
        for left, ha in (
            (float(month if beside else 0), "left"),
            (float(month if beside else _MONTHS) - wide, "right"),
        )
    ]
    box, ha = min(spots, key=lambda spot: taken.crossings(spot[0]))
    axes.annotate(
        text,
        (box.left if ha == "left" else box.right, box.bottom),
        (5 if ha == "left" else -5, 0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha=ha,
        va="bottom",
        color=ACCENT,
        fontsize=SIZE,
        fontweight=600,
        linespacing=1.2,
        bbox=BEHIND_TEXT,
        zorder=6,
    )


@dataclass(frozen=True)
class _Box:
    """Where words stand: months across, fractions of the height upwards."""

    left: float
    right: float
    bottom: float
    top: float

    def overlaps(self, other: _Box) -> bool:
        across = min(self.right, other.right) > max(self.left, other.left)
        return across and min(self.top, other.top) > max(self.bottom, other.bottom)


@dataclass
class _Taken:
    """What words must not lie on: lines through points (month, fraction of the height), and words."""

    lines: list[list[tuple[float, float]]]
    boxes: list[_Box] = field(default_factory=list)

    def crossings(self, box: _Box) -> float:
        """Return how bad a place is; outside the axes is worst, and words are worse than lines."""
        outside = max(-box.left, box.right - _MONTHS, -box.bottom * _MONTHS, (box.top - 1) * _MONTHS, 0.0)
        hits = sum(_meets(line, box.left, box.right, box.bottom, box.top) for line in self.lines)
        return hits + 5 * sum(box.overlaps(other) for other in self.boxes) + 10 * outside


def _fractions(axes: Axes, rows: Sequence[Mapping[Any, Any]]) -> list[list[tuple[float, float]]]:
    """Return the lines as drawn, as months and fractions of the height."""
    low, high = axes.get_ylim()
    lines = [
        [(0.0, ZERO), *((float(row["maaned"]), amount) for row in rows if (amount := known(row[key])) is not None)]
        for key in ("forbrug_kr", *(line[0] for line in _LINES))
    ]
    return [[(month, (mio(amount) - low) / (high - low)) for month, amount in line] for line in lines]


def _room(text: str) -> tuple[float, float]:
    """Return how much room words take: months across, and a fraction of the height."""
    wide = (width_pt(text, SIZE) * 1.06 + 6) / _WIDTH_PT * _MONTHS
    return wide, (text.count("\n") + 1) * SIZE * 1.5 / HEIGHT_PT


def _meets(line: Sequence[tuple[float, float]], left: float, right: float, bottom: float, top: float) -> bool:
    """Return whether a line through points passes a box."""
    margin = 0.03
    for (x0, y0), (x1, y1) in pairwise(line):
        begin, end = max(x0, left), min(x1, right)
        if begin > end or x1 == x0:
            continue
        ends = [y0 + (y1 - y0) * (x - x0) / (x1 - x0) for x in (begin, end)]
        if min(ends) < top + margin and max(ends) > bottom - margin:
            return True
    return False


def forbrugskurve_alt(data: pd.DataFrame, *, korrigeret_kr: Decimal | None = None) -> str:
    """Return in words how much is spent, beside what was to be expected at the same time."""
    rows = _by_month(records(data))
    places = decimals([*_amounts(rows), korrigeret_kr])
    budget = [] if korrigeret_kr is None else [f"Korrigeret budget: {with_unit(bare(korrigeret_kr, places))}"]
    months = _known_months(rows, "forbrug_kr")
    if not months:
        return told([f"Årets forbrug er {NOT_STATED}", *budget])
    month = months[-1]
    spent = _at(rows, "forbrug_kr", month) or ZERO
    part = f", {dansk.pct(spent / korrigeret_kr)} af det korrigerede budget" if korrigeret_kr else ""
    parts = [f"Forbrug til og med {dansk.MAANEDER[month - 1]}: {with_unit(bare(spent, places))}{part}"]
    expected = [(words, _at(rows, key, month)) for key, _name, words, _look in _LINES]
    listed = [f"{words} {with_unit(bare(one, places))}" for words, one in expected if one is not None]
    parts += [f"På samme tid: {dansk.opremsning(listed)}"] if listed else []
    gap = _gap(rows, month, places)
    parts += [f"Forskellen til tidligere års mønster er {with_unit(gap)}"] if gap else []
    return told([*parts, *budget])
