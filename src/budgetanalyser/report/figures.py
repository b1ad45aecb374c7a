"""Figures: the drawings a report can hold, in one style, as SVG that is the same on every machine.

Each function takes a table and returns a matplotlib figure; what the numbers are is decided elsewhere. Text is drawn as
outlines in the report's typeface. Meaning never rests on colour: labels and line styles say it too.
"""

from __future__ import annotations

import calendar
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACCENT = "#0b4f6c"
CONTRAST = "#b5541c"
INK = "#1c1f23"
GREY = "#59616a"
LIGHT = "#d9dee3"
WIDTH_MM = 157  # The text column of the page.

# Keeps grid lines out of the words.
_BEHIND_TEXT = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}

_STYLE: dict[Any, Any] = {
    "font.family": "Fira Sans",
    "font.size": 9,
    "figure.figsize": (WIDTH_MM / 25.4, 60 / 25.4),
    "figure.constrained_layout.use": True,
    "axes.prop_cycle": f"cycler('color', ['{ACCENT}', '{CONTRAST}', '{GREY}', '#009e73', '#cc79a7'])",
    "svg.fonttype": "path",
    "svg.hashsalt": "budgetanalyser",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.axisbelow": True,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "ytick.major.size": 0,
    "grid.color": LIGHT,
    "grid.linewidth": 0.6,
    "lines.solid_capstyle": "round",
}


@cache
def _load_fonts() -> None:
    from matplotlib import font_manager

    from budgetanalyser.report.pdf import font_path

    for weight in (400, 600):
        font_manager.fontManager.addfont(font_path(weight))


@contextmanager
def style() -> Iterator[None]:
    """Draw in the report's style: typeface, colours, outlines for text."""
    import matplotlib as mpl

    _load_fonts()
    with mpl.rc_context(_settings()):
        yield


def _settings() -> dict[Any, Any]:
    """Return the report's settings on top of matplotlib's own, so that no setting of the user's reaches the page."""
    import matplotlib as mpl

    own = {name: value for name, value in mpl.rcParamsDefault.items() if not name.startswith("backend")}
    return {**own, **_STYLE}


def set_style() -> None:
    """Draw in the report's style from now on, so that a notebook's own figures look like the rest."""
    import matplotlib as mpl

    _load_fonts()
    mpl.rcParams.update(_settings())


def new(height_mm: float) -> tuple[Figure, Axes]:
    """Return an empty figure as wide as the text, and its axes. Call inside `style()`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_MM / 25.4, height_mm / 25.4), layout="constrained")
    return figure, figure.subplots()


def svg(figure: Figure) -> str:
    """Return a figure as SVG without date or program name."""
    out = io.StringIO()
    with style():
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Type": None, "Format": None})
    return out.getvalue()


def koebekraft(table: pd.DataFrame, *, beloeb_kr: Decimal) -> Figure:
    """Draw what an unchanged amount lacks as prices rise.

    Args:
        table: `stigning` (fraction) and `noedvendig_kr`, as `prisniveau.ved_prisstigning` gives them.
        beloeb_kr: The amount itself, drawn as a dashed line.
    """
    with style():
        figure, axes = new(45)
        x = [float(share) * 100 for share in table["stigning"]]
        need = [float(amount) / 1000 for amount in table["noedvendig_kr"]]
        frame = float(beloeb_kr) / 1000
        axes.fill_between(x, need, frame, color=CONTRAST, alpha=0.14, linewidth=0)
        axes.plot(x, need, color=ACCENT, linewidth=2, marker="o", markersize=4)
        axes.axhline(frame, color=CONTRAST, linewidth=1.6, linestyle=(0, (5, 3)))
        axes.annotate(
            f"Beløbet: {dansk.antal(beloeb_kr / 1000)}",
            (x[0], frame),
            (0, -5),
            textcoords="offset points",
            va="top",
            bbox=_BEHIND_TEXT,
            color=CONTRAST,
        )
        axes.annotate(
            f"Samme køb koster {dansk.antal(_as_decimal(need[-1]))}",
            (x[-1], need[-1]),
            (-6, 9),
            textcoords="offset points",
            ha="right",
            va="bottom",
            color=ACCENT,
            bbox=_BEHIND_TEXT,
        )
        middle = len(x) * 3 // 4
        axes.annotate(
            "mangler", (x[middle], (need[middle] + frame) / 2), ha="center", va="center", color=INK, fontsize=8.5
        )
        span = need[-1] - frame
        axes.set_ylim(frame - 0.42 * span, need[-1] + 0.34 * span)
        axes.set_xlabel("Prisstigning, procent")
        axes.set_ylabel("1.000 kr.")
        axes.grid(axis="y")
        danish_axes(axes)
    return figure


def _as_decimal(number: float) -> Decimal:
    # Only for a label; the exact number stands in the table.
    return Decimal(repr(number))


def danish_axes(axes: Axes) -> None:
    """Write the numbers on both axes the Danish way."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def written(number: float, _position: object) -> str:
        return dansk.antal(Decimal(str(round(number, 6))), 0 if float(number).is_integer() else 1)

    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(written))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))


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


def moments(tidslinje: pd.DataFrame, frister: pd.DataFrame) -> list[Moment]:
    """Return the dated rows of a timeline and of a table of duties as moments, in order of time.

    What is known to the month is drawn where it belongs: a period to the month's end, a point in its middle, a deadline
    at its end.

    Args:
        tidslinje: `haendelse`, `fra`, `til`, `praecision` ("dag", "medio", "måned").
        frister: `pligt`, `senest`. Rows without a date cannot be drawn and are left to the table.
    """
    found = [_moment(row) for row in tidslinje.to_dict("records") if row["fra"]]
    found += [
        Moment(row["pligt"], _month_end(row["senest"]), None, f"senest {dansk.maaned(row['senest'])}", frist=True)
        for row in frister.to_dict("records")
        if row["senest"]
    ]
    return sorted(found, key=lambda one: one.fra)


def _moment(row: Mapping[Any, Any]) -> Moment:
    begin = dansk.tidspunkt(row["fra"], row["praecision"])
    if row["til"]:
        return Moment(row["haendelse"], row["fra"], _month_end(row["til"]), f"{begin} til {dansk.maaned(row['til'])}")
    middle = row["fra"].replace(day=15) if row["praecision"] == "måned" else row["fra"]
    return Moment(row["haendelse"], middle, None, begin)


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def moments_table(drawn: Sequence[Moment]) -> pd.DataFrame:
    """Return what a timeline shows as a table: `hvad` and `hvornaar`, both text, one row a line of the figure."""
    import pandas as pd

    return pd.DataFrame([{"hvad": one.navn, "hvornaar": one.tid} for one in drawn], dtype=object)


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
        one.tid, (end, row), (8, 0), textcoords="offset points", va="center", color=INK, fontsize=8.5, bbox=_BEHIND_TEXT
    )


def _month_axis(axes: Axes, first: int, last: int) -> None:
    start, stop = date.fromordinal(first), date.fromordinal(last)
    firsts = [date(year, month, 1) for year in range(start.year, stop.year + 1) for month in (1, 7)]
    shown = [day for day in firsts if first - 40 <= day.toordinal() <= last + 40]
    axes.set_xticks([day.toordinal() for day in shown], [dansk.maaned(day) for day in shown])
