"""Lines: what the figures with one line a thing share.

Names wrapped to a measured width, columns of text beside the bars, and words for what is not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk
from budgetanalyser.report.figures.base import INK

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NOT_STATED = "ikke oplyst"
HIDDEN = "skjult"
SIZE = 8.0  # Points; the text of the lines.
GAP = 8.0  # Points between columns.
NAME_PT = 130.0  # The widest a name gets before it is wrapped.
# What lacks is drawn open and hatched, what is not known open and dashed, everywhere.
HATCH = "/////"
UNKNOWN: dict[str, Any] = {"facecolor": "white", "linestyle": (0, (4, 3)), "linewidth": 1.0}

_MOST_LINES = 2


def records(table: pd.DataFrame) -> list[Mapping[Any, Any]]:
    """Return the rows of a table."""
    return list(table.to_dict("records"))


def known(value: Any) -> Decimal | None:
    """Return a number as Decimal, or None where the table holds none (also the NaN pandas puts for it)."""
    import pandas as pd

    if value is None or pd.isna(value):
        return None
    return value if isinstance(value, Decimal) else Decimal(str(value))


def number(value: Decimal) -> str:
    """Write a number with the decimals it has, at most two."""
    decimals = -int(value.normalize().as_tuple().exponent)
    return dansk.antal(value, min(max(decimals, 0), 2))


def share(value: Decimal | None, unknown: str = NOT_STATED) -> str:
    """Write a share as per cent, or `unknown`."""
    return unknown if value is None else dansk.pct(value)


def points(value: Decimal, unit: str = "") -> str:
    """Write the difference of two shares in percentage points, always with its sign."""
    written = dansk.antal(value * 100, 1)
    sign = "" if written.startswith(dansk.MINUS) or written == "0,0" else "+"
    return f"{sign}{written}{unit}"


def width_pt(text: str, size: float = SIZE) -> float:
    """Return how wide a text is in points. Call inside `style()`."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=size)
    return max(
        (text_to_path.get_text_width_height_descent(line, font, False)[0] for line in text.split("\n")), default=0
    )


def wrapped(text: str, width: float = NAME_PT, *, size: float = SIZE, lines: int = _MOST_LINES) -> str:
    """Break a text into lines no wider than `width` points; what does not fit in `lines` lines becomes "…"."""
    found: list[str] = [""]
    for word in str(text).split():
        longer = f"{found[-1]} {word}".strip()
        if width_pt(longer, size) <= width:
            found[-1] = longer
            continue
        *whole, rest = _pieces(word, width, size)
        found = [*(found if found[-1] else found[:-1]), *whole, rest]
    if len(found) > lines:
        found = [*found[: lines - 1], _shortened(" ".join(found[lines - 1 :]), width, size)]
    return "\n".join(found)


def _pieces(word: str, width: float, size: float) -> list[str]:
    # Only a word wider than the column is parted, where it must be.
    if width_pt(word, size) <= width:
        return [word]
    pieces = [""]
    for letter in word:
        if width_pt(f"{pieces[-1]}{letter}-", size) > width and pieces[-1]:
            pieces[-1] += "" if pieces[-1].endswith("-") else "-"
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _shortened(text: str, width: float, size: float) -> str:
    while text and width_pt(f"{text}…", size) > width:
        text = text[:-1].rstrip(" -,.")
    return f"{text}…"


@dataclass(frozen=True)
class Column:
    """A column of text beside the bars: a heading and one text a line; `ha` is "left" or "right"."""

    header: str
    texts: Sequence[str]
    ha: str = "right"
    size: float = SIZE

    @property
    def width(self) -> float:
        """Its width in points."""
        return max(width_pt(text, self.size) for text in (self.header, *self.texts))

    @property
    def lines(self) -> int:
        """The most lines that a text of it has."""
        return max((text.count("\n") + 1 for text in self.texts), default=1)


def names(texts: Sequence[Any], header: str = "", *, size: float = SIZE, width: float = NAME_PT) -> Column:
    """Return a column of wrapped names."""
    return Column(header, [wrapped(text, width, size=size) for text in texts], "left", size)


def height_mm(count: int, lines: int = 1, *, extra: float, least: float = 5.6, size: float = SIZE) -> float:
    """Return the height of a figure with `count` lines of `lines` lines of text each, and `extra` mm around them."""
    between = 1.3 if size >= SIZE else 0.4  # Many lines stand closer.
    return extra + max(count, 1) * max(least, 0.405 * size * lines + between)


def frame(axes: Axes, count: int) -> None:
    """Make room for `count` lines, the first on top, without ticks."""
    axes.set_yticks([])
    axes.set_ylim(max(count, 1) - 0.5, -0.5)


def columns_left(axes: Axes, columns: Sequence[Column]) -> None:
    """Write columns to the left of the axes, in reading order."""
    at = -GAP
    for one in reversed(columns):
        _write(axes, one, 0, at if one.ha == "right" else at - one.width)
        at -= one.width + GAP


def columns_right(axes: Axes, columns: Sequence[Column]) -> None:
    """Write columns to the right of the axes, in reading order."""
    at = GAP
    for one in columns:
        _write(axes, one, 1, at if one.ha == "left" else at + one.width)
        at += one.width + GAP


def _write(axes: Axes, column: Column, edge: int, at: float) -> None:
    for row, text in enumerate(column.texts):
        if text:
            axes.annotate(
                text,
                (edge, row),
                (at, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                ha=column.ha,
                va="center_baseline",
                color=INK,
                fontsize=column.size,
                linespacing=0.97,
                annotation_clip=False,
            )
    if column.header:
        heading(axes, column.header, (edge, 1), (at, 4), ha=column.ha)


def heading(axes: Axes, text: str, xy: tuple[float, float], offset: tuple[float, float], ha: str = "center") -> None:
    """Write a heading at a place given in fractions of the axes, moved by points."""
    axes.annotate(
        text,
        xy,
        offset,
        xycoords="axes fraction",
        textcoords="offset points",
        ha=ha,
        va="bottom",
        color=INK,
        fontsize=SIZE,
        fontweight=600,
        annotation_clip=False,
    )


def beside(axes: Axes, text: str, xy: tuple[float, float], *, ha: str = "left", dx: float = 4, **kwargs: Any) -> None:
    """Write a text beside a point, level with it; `dx` points away."""
    axes.annotate(
        text,
        xy,
        (dx if ha == "left" else -dx if ha == "right" else 0, 0),
        textcoords="offset points",
        ha=ha,
        annotation_clip=False,
        **{"va": "center", "color": INK, "fontsize": SIZE, **kwargs},
    )


def legend(figure: Figure, handles: Sequence[Artist], *, columns: int = 4) -> None:
    """Explain the marks below the figure."""
    figure.legend(
        handles=list(handles),
        loc="outside lower left",
        ncols=columns,
        frameon=False,
        fontsize=SIZE,
        handlelength=2.2,
        columnspacing=1.6,
        labelcolor=INK,
    )


def told(parts: Sequence[str]) -> str:
    """Join the sentences of an alt text; each gets its full stop."""
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts)
