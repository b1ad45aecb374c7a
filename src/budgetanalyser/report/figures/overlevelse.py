"""The figure of completion: the share of projects completed as months go by (Kaplan-Meier, turned upwards)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk
from budgetanalyser.report.figures.base import ACCENT, BEHIND_TEXT, GREY, INK, LIGHT, danish_axes, new, style
from budgetanalyser.report.figures.linjer import NOT_STATED, beside, known, legend, number, records, told

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HALF = Decimal("0.5")
_NO_NUMBER = float("nan")
# A stroke upwards from the curve; 2 is matplotlib's name for it.
_TICK: dict[str, Any] = {"marker": 2, "markersize": 6, "markeredgewidth": 1.3, "linestyle": "none"}


def overlevelse(kurve: pd.DataFrame, *, pr: date | None = None) -> Figure:
    """Draw the share of projects completed after each number of months.

    Args:
        kurve: In order of time, one row a month in which a project was completed or last seen: `maaneder`, `andel`
            (fraction completed), `lav` and `hoej` (confidence limits, or None), `faerdige` (projects completed then),
            `censurerede` (projects last seen then, still under way; a tick on the curve).
        pr: The day the projects were counted.
    """
    with style():
        rows = [row for row in records(kurve) if known(row["andel"]) is not None]
        figure, axes = new(74)
        months = [0.0, *(float(row["maaneder"]) for row in rows)]
        if rows:
            _draw_band(axes, rows, months)
            _draw_curve(axes, rows, months)
            _draw_words(axes, rows)
        else:
            axes.annotate(NOT_STATED, (0.5, 0.5), xycoords="axes fraction", ha="center", color=INK)
        axes.set_xlim(0, max(*months, 1.0) * 1.02)
        axes.set_ylim(0, 102)
        counted = f", opgjort {dansk.dato(pr)}" if pr else ""
        axes.set_xlabel(f"Måneder{counted}")
        axes.set_ylabel("Procent færdige")
        axes.grid(axis="y")
        danish_axes(axes)
        legend(figure, _marks(rows))
    return figure


def _count(rows: list[Any], column: str) -> int:
    return sum(int(known(row[column]) or 0) for row in rows)


def _draw_band(axes: Axes, rows: list[Any], months: list[float]) -> None:
    ends: list[list[float]] = []
    for key in ("lav", "hoej"):
        limits = [known(row[key]) for row in rows]
        ends.append([0.0, *(_NO_NUMBER if one is None else float(one) * 100 for one in limits)])
        axes.step(months, ends[-1], where="post", color=GREY, linewidth=0.8)
    axes.fill_between(months, ends[0], ends[1], step="post", color=LIGHT, alpha=0.6, linewidth=0)


def _draw_curve(axes: Axes, rows: list[Any], months: list[float]) -> None:
    shares = [0.0, *(float(row["andel"]) * 100 for row in rows)]
    axes.step(months, shares, where="post", color=ACCENT, linewidth=2.2)
    seen = [(float(row["maaneder"]), float(row["andel"]) * 100) for row in rows if known(row["censurerede"])]
    if seen:
        axes.plot(*zip(*seen, strict=True), color=INK, **_TICK)


def _draw_words(axes: Axes, rows: list[Any]) -> None:
    last = rows[-1]
    beside(
        axes,
        dansk.pct(last["andel"]),
        (float(last["maaneder"]), float(last["andel"]) * 100),
        dx=8,
        color=ACCENT,
        fontsize=9,
        fontweight=600,
    )
    if half := _half(rows):
        month = float(half)
        axes.plot([0, month, month], [50, 50, 0], color=INK, linewidth=0.9, linestyle=(0, (1, 2)))
        # Below the curve when it lies to the left, else above it: there the figure is empty.
        is_late = month > 0.6 * float(last["maaneder"])
        words = f"Halvdelen er færdige\nefter {number(half)} måneder"
        place = (month, 56) if is_late else (month, 4)
        beside(axes, words, place, ha="right" if is_late else "left", dx=6, va="bottom", bbox=BEHIND_TEXT)


def _half(rows: list[Any]) -> Decimal | None:
    """Return after how many months half are completed, or None when they never are."""
    return next((known(row["maaneder"]) for row in rows if row["andel"] >= _HALF), None)


def _marks(rows: list[Any]) -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    done, under_way = _count(rows, "faerdige"), _count(rows, "censurerede")
    marks: list[Any] = [Line2D([], [], color=ACCENT, linewidth=2.2, label=f"færdige projekter ({dansk.antal(done)})")]
    marks.append(Line2D([], [], color=INK, label=f"ikke færdige, fulgt hertil ({dansk.antal(under_way)})", **_TICK))
    if any(known(row[key]) is not None for row in rows for key in ("lav", "hoej")):
        marks.append(Patch(facecolor=LIGHT, edgecolor=GREY, label="usikkerhed"))
    return marks


def overlevelse_alt(kurve: pd.DataFrame, *, pr: date | None = None) -> str:
    """Return what the curve shows in words: how many are completed, after how long half are, and where it ends."""
    rows = [row for row in records(kurve) if known(row["andel"]) is not None]
    if not rows:
        return f"Andelen af færdige projekter er {NOT_STATED}."
    done, under_way = _count(rows, "faerdige"), _count(rows, "censurerede")
    counted = f"Opgjort {dansk.dato(pr)} er" if pr else "I alt er"
    noun = "projekt færdigt" if done == 1 else "projekter færdige"
    half, last = _half(rows), rows[-1]
    middle = f"Halvdelen er færdige efter {number(half)} måneder" if half else "Halvdelen er endnu ikke færdige"
    low, high = known(last["lav"]), known(last["hoej"])
    spread = f" ({dansk.pct(low)} til {dansk.pct(high)})" if low is not None and high is not None else ""
    return told(
        [
            f"{counted} {dansk.antal(done)} {noun} og {dansk.antal(under_way)} ikke",
            middle,
            f"Efter {number(Decimal(last['maaneder']))} måneder er {dansk.pct(last['andel'])} færdige{spread}",
        ]
    )
