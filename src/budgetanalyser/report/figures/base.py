"""The one style of all figures: typeface, colours, Danish axes, and SVG that is the same on every machine.

Text is drawn as outlines in the report's typeface.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACCENT = "#0b4f6c"
CONTRAST = "#b5541c"
INK = "#1c1f23"
GREY = "#59616a"
LIGHT = "#d9dee3"
WIDTH_MM = 157  # The text column of the page.

# Keeps grid lines out of the words.
BEHIND_TEXT = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}

_STYLE: dict[Any, Any] = {
    "font.family": "Fira Sans",
    "font.size": 9,
    "figure.figsize": (WIDTH_MM / 25.4, 60 / 25.4),
    "figure.constrained_layout.use": True,
    "axes.prop_cycle": f"cycler('color', ['{ACCENT}', '{CONTRAST}', '{GREY}', '#009e73', '#cc79a7'])",
    "text.parse_math": False,  # A dollar sign in a name is a dollar sign.
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


def danish_axes(axes: Axes, *, both: bool = True) -> None:
    """Write the numbers on the axes the Danish way; on the horizontal one alone where the vertical one holds words."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def written(number: float, _position: object) -> str:
        return dansk.antal(Decimal(str(round(number, 6))), 0 if float(number).is_integer() else 1)

    for axis in (axes.xaxis, axes.yaxis) if both else (axes.xaxis,):
        axis.set_major_formatter(FuncFormatter(written))
    if both:
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
