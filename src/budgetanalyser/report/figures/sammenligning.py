"""The figures of comparison: two rounds side by side, and one election among many.

Before is an open circle, now a filled one; an interval is a line with ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk
from budgetanalyser.report.figures.base import ACCENT, CONTRAST, GREY, INK, LIGHT, danish_axes, new, style
from budgetanalyser.report.figures.linjer import (
    NOT_STATED,
    Column,
    columns_left,
    columns_right,
    frame,
    height_mm,
    known,
    legend,
    names,
    points,
    records,
    share,
    told,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NARROW = NOT_STATED.replace(" ", "\n")
_NEAR = Decimal("0.015")
_NOT_COMPARABLE = "kan ikke\nsammenlignes"
_DOT: dict[str, Any] = {"marker": "o", "markersize": 6.5, "color": ACCENT, "markeredgewidth": 1.4, "linestyle": "none"}


def sammenligning(table: pd.DataFrame, *, navne: tuple[str, str] = ("Før", "Nu")) -> Figure:
    """Draw two rounds: their shares to the left, the difference with its interval to the right.

    Args:
        table: `indikator` (text), `foer` and `nu` (fractions, or None), `lav` and `hoej` (the interval of the
            difference `nu` − `foer`, fractions, or None).
        navne: What the two rounds are called.
    """
    with style():
        rows = [_Comparison(row) for row in records(table)]
        columns = [
            names([row.name for row in rows], width=110),
            Column(navne[0], [share(row.before, _NARROW) for row in rows]),
            Column(navne[1], [share(row.now, _NARROW) for row in rows]),
        ]
        differences = Column("Forskel\n(usikkerhed)", [row.difference_text for row in rows], "left")
        lines = max(one.lines for one in (*columns, differences))
        figure, axes = new(height_mm(len(rows), lines, extra=30, least=7.5))
        axes.remove()
        left, right = figure.subplots(1, 2, width_ratios=[3, 2])
        for place, row in enumerate(rows):
            _draw_values(left, place, row)
            _draw_difference(right, place, row)
        _value_axis(left, [one for row in rows for one in (row.before, row.now) if one is not None])
        _difference_axis(right, [one for row in rows for one in row.ends])
        for panel in (left, right):
            frame(panel, len(rows))
            panel.grid(axis="x")
        columns_left(left, columns)
        columns_right(right, [differences])
        legend(figure, _round_marks(navne))
    return figure


class _Comparison:
    """One indicator of the two rounds; what is None is not known."""

    def __init__(self, row: Mapping[Any, Any]) -> None:
        self.name = str(row["indikator"])
        self.before, self.now = known(row["foer"]), known(row["nu"])
        self.low, self.high = known(row["lav"]), known(row["hoej"])

    @property
    def difference(self) -> Decimal | None:
        return None if self.before is None or self.now is None else self.now - self.before

    @property
    def has_interval(self) -> bool:
        return self.difference is not None and self.low is not None and self.high is not None

    @property
    def ends(self) -> list[Decimal]:
        drawn = [self.difference, *((self.low, self.high) if self.has_interval else ())]
        return [one for one in drawn if one is not None]

    @property
    def difference_text(self) -> str:
        if self.difference is None:
            return _NOT_COMPARABLE
        if self.low is None or self.high is None:
            return f"{points(self.difference)}\n({NOT_STATED})"
        return f"{points(self.difference)}\n({points(self.low)} til {points(self.high)})"


def _draw_values(axes: Axes, place: int, row: _Comparison) -> None:
    if row.before is not None and row.now is not None:
        axes.plot([float(row.before) * 100, float(row.now) * 100], [place] * 2, color=GREY, linewidth=1.2, zorder=2)
    for value, face, order in ((row.before, "white", 3), (row.now, ACCENT, 4)):
        if value is not None:
            # Two that all but meet: the open circle is a ring around the filled one.
            is_near = row.difference is not None and abs(row.difference) < _NEAR
            dot = {**_DOT, "markersize": 10} if is_near and face == "white" else _DOT
            axes.plot([float(value) * 100], [place], markerfacecolor=face, zorder=order, clip_on=False, **dot)


def _draw_difference(axes: Axes, place: int, row: _Comparison) -> None:
    if row.difference is None:
        return
    if row.low is not None and row.high is not None:
        ends = [float(row.low) * 100, float(row.high) * 100]
        axes.plot(ends, [place] * 2, color=INK, linewidth=1.3, marker="|", markersize=7, markeredgewidth=1.3)
    axes.plot([float(row.difference) * 100], [place], marker="D", markersize=5.5, color=ACCENT, linestyle="none")


def _value_axis(axes: Axes, values: Sequence[Decimal]) -> None:
    axes.set_xlabel("Procent")
    if not values:
        axes.set_xticks([])
        return
    shares = [float(one) * 100 for one in values]
    room = max(max(shares) - min(shares), 5.0)
    axes.set_xlim(max(min(shares) - 0.1 * room, -0.03 * room), max(shares) + 0.1 * room)
    _ticks(axes, low=0, high=100)


def _difference_axis(axes: Axes, values: Sequence[Decimal]) -> None:
    ends = [*(float(one) * 100 for one in values), 0.0]
    room = max(max(ends) - min(ends), 1.0)
    axes.set_xlim(min(ends) - 0.12 * room, max(ends) + 0.12 * room)
    axes.axvline(0, color=CONTRAST, linewidth=1.3, linestyle=(0, (5, 3)), zorder=1)
    axes.set_xlabel("Procentpoint")
    _ticks(axes)
    if not values:
        axes.set_xticks([])


def _ticks(axes: Axes, *, low: float | None = None, high: float | None = None) -> None:
    from matplotlib.ticker import MaxNLocator

    danish_axes(axes, both=False)
    begin, end = axes.get_xlim()
    found = [float(tick) for tick in MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(begin, end)]
    kept = [tick for tick in found if begin <= tick <= end]
    axes.set_xticks([tick for tick in kept if (low is None or tick >= low) and (high is None or tick <= high)])
    axes.set_xlim(begin, end)


def _round_marks(navne: tuple[str, str]) -> list[Any]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], markerfacecolor="white", label=navne[0], **_DOT),
        Line2D([], [], markerfacecolor=ACCENT, label=navne[1], **_DOT),
        Line2D([], [], marker="D", markersize=5.5, color=ACCENT, linestyle="none", label="forskel"),
        Line2D([], [], marker="|", markersize=7, markeredgewidth=1.3, color=INK, label="usikkerhed"),
    ]


def sammenligning_alt(table: pd.DataFrame, *, navne: tuple[str, str] = ("Før", "Nu")) -> str:
    """Return in words each indicator before and now, and the difference with its interval in percentage points."""
    parts = []
    for row in (_Comparison(one) for one in records(table)):
        start = f"{row.name}: {navne[0]} {share(row.before)}, {navne[1]} {share(row.now)}"
        if row.difference is None:
            parts.append(f"{start}; kan ikke sammenlignes")
        else:
            written = row.difference_text.replace("\n(", " procentpoint (usikkerhed ")
            parts.append(f"{start}; forskel {written}")
    return told(parts)


def placering(table: pd.DataFrame) -> Figure:
    """Draw where one election lies among others: line p10 to p90, middle half thick, median a stroke, this a diamond.

    Args:
        table: `maal` (text); `p10`, `p25`, `p50`, `p75`, `p90` of the other elections and `vaerdi` of this one, all
            fractions, or None.
    """
    with style():
        rows = records(table)
        column = names([row["maal"] for row in rows], width=110)
        figure, axes = new(height_mm(len(rows), column.lines, extra=31, least=7))
        for place, row in enumerate(rows):
            _draw_place(axes, place, row)
        frame(axes, len(rows))
        highest = max((float(one) * 100 for row in rows for one in _percentiles(row) if one is not None), default=100.0)
        axes.set_xlim(0, max(highest, 1.0) * 1.04)
        columns_left(axes, [column])
        columns_right(axes, _place_columns(rows))
        axes.set_xlabel("Procent")
        axes.grid(axis="x")
        danish_axes(axes, both=False)
        legend(figure, _place_marks(), columns=2)
    return figure


def _percentiles(row: Mapping[Any, Any]) -> list[Decimal | None]:
    return [known(row[key]) for key in ("p10", "p25", "p50", "p75", "p90", "vaerdi")]


def _draw_place(axes: Axes, place: int, row: Mapping[Any, Any]) -> None:
    p10, p25, p50, p75, p90, value = (None if one is None else float(one) * 100 for one in _percentiles(row))
    if p10 is not None and p90 is not None:
        axes.plot([p10, p90], [place] * 2, color=GREY, linewidth=1.3, zorder=1)
    if p25 is not None and p75 is not None:
        axes.barh(place, p75 - p25, left=p25, height=0.42, facecolor=LIGHT, edgecolor=GREY, linewidth=1, zorder=2)
    if p50 is not None:
        axes.plot([p50] * 2, [place - 0.32, place + 0.32], color=INK, linewidth=1.8, solid_capstyle="butt", zorder=3)
    if value is not None:
        axes.plot(
            [value],
            [place],
            marker="D",
            markersize=7,
            color=CONTRAST,
            markeredgecolor="white",
            markeredgewidth=0.9,
            linestyle="none",
            zorder=4,
            clip_on=False,
        )


def _place_columns(rows: Sequence[Mapping[Any, Any]]) -> list[Column]:
    return [
        Column("Dette valg", [share(known(row["vaerdi"])) for row in rows]),
        Column("Midterste", [share(known(row["p50"])) for row in rows]),
        Column("De fleste", [_spread(row) for row in rows]),
    ]


def _spread(row: Mapping[Any, Any]) -> str:
    low, high = known(row["p10"]), known(row["p90"])
    return NOT_STATED if low is None or high is None else f"{dansk.antal(low * 100, 1)} til {dansk.pct(high)}"


def _place_marks() -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    return [
        Line2D([], [], marker="D", markersize=7, color=CONTRAST, linestyle="none", label="dette valg"),
        Line2D([], [], color=GREY, linewidth=1.3, label="de fleste: 8 ud af 10 andre valg"),
        Line2D(
            [],
            [],
            marker="|",
            markersize=9,
            markeredgewidth=1.8,
            color=INK,
            linestyle="none",
            label="det midterste valg",
        ),
        Patch(facecolor=LIGHT, edgecolor=GREY, label="den midterste halvdel af de andre valg"),
    ]


def placering_alt(table: pd.DataFrame) -> str:
    """Return in words each measure of this election, with the median and the range of the others."""
    return told(
        [
            f"{row['maal']}: {share(known(row['vaerdi']))}; det midterste andet valg {share(known(row['p50']))}, "
            f"8 ud af 10 andre valg {_spread(row)}"
            for row in records(table)
        ]
    )
