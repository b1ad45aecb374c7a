"""Marks: what the figures of the follow-up share.

Millions of kroner in as many decimals as the amounts need, axes that can show one krone and ten billion, and labels
beside the ends of lines that never lie on top of each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk
from budgetanalyser.report.figures.base import BEHIND_TEXT, INK
from budgetanalyser.report.figures.linjer import NOT_STATED, SIZE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

MILLION = Decimal(1_000_000)
ZERO = Decimal(0)
# What a gap in a line is to matplotlib.
NO_NUMBER = float("nan")
# About how high the axes of a curve are, in points; only the room for words is judged by it.
HEIGHT_PT = 165.0
_LEADER_PT = 22.0
# Thin, so that it is not read as more of the line, and dotted where it passes days or months without numbers.
_LEADER: dict[str, Any] = {"linewidth": 0.7}
_LONG_LEADER: dict[str, Any] = {"linewidth": 0.7, "linestyle": (0, (1, 3))}
_MOST_TICK_DECIMALS = 9


def mio(amount: Decimal) -> float:
    """Return kroner as millions, for drawing alone."""
    return float(amount / MILLION)


def decimals(amounts: Iterable[Decimal | None]) -> int:
    """Return how many decimals the largest amount asks for: 1, below a million 3, below 1.000 kr. 6, below 1 kr. 8."""
    largest = max((abs(one) for one in amounts if one is not None and one), default=MILLION)
    return 1 if largest >= MILLION else 3 if largest >= 1_000 else 6 if largest >= 1 else 8


def bare(amount: Decimal, places: int) -> str:
    """Write kroner as a bare number of millions."""
    return dansk.antal(amount / MILLION, places)


def signed(amount: Decimal, places: int) -> str:
    """Write kroner as millions, always with a sign, but for what is written as zero."""
    written = bare(amount, places)
    return written if is_nothing(amount, places) or written.startswith(dansk.MINUS) else f"+{written}"


def is_nothing(amount: Decimal, places: int) -> bool:
    """Return whether an amount is written as zero."""
    return not bare(amount, places).strip("0,")


def with_unit(written: str) -> str:
    """Put the unit after a written number of millions."""
    return f"{written} mio. kr."


def amount_ticks(axis: Axis, *, most: int = 4) -> None:
    """Put few ticks within the limits, all with the decimals that the finest of them needs."""
    from matplotlib.ticker import MaxNLocator

    low, high = sorted(axis.get_view_interval())
    found = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    exact = [Decimal(repr(round(float(one), _MOST_TICK_DECIMALS))) for one in found if low <= one <= high]
    places = max((-int(one.normalize().as_tuple().exponent) for one in exact), default=0)
    axis.set_ticks([float(one) for one in exact], [dansk.antal(one, max(places, 0)) for one in exact])


def plain(name: Any) -> str:
    """Return a name on one line, or words for one that is empty."""
    return " ".join(str(name).split()) or "uden navn"


def say_empty(axes: Axes) -> None:
    """Write in empty axes that nothing is known, and take away their numbers."""
    axes.set_xticks([])
    axes.set_yticks([])
    centre: dict[str, Any] = {"xycoords": "axes fraction", "ha": "center", "va": "center"}
    axes.annotate(NOT_STATED, (0.5, 0.5), color=INK, bbox=BEHIND_TEXT, zorder=6, **centre)


@dataclass(frozen=True)
class EndLabel:
    """A label to the right of a line: where the line ends, what it is called, and how it is drawn."""

    x: float
    y: float
    text: str
    look: dict[str, Any]

    @property
    def lines(self) -> int:
        """How many lines of text it has."""
        return self.text.count("\n") + 1


def end_labels(axes: Axes, labels: Sequence[EndLabel], *, height_pt: float) -> None:
    """Write labels to the right of the axes, apart from each other, each led to its line by a stroke like the line.

    Args:
        axes: With their limits set.
        labels: In any order.
        height_pt: About how high the axes are, in points.
    """
    low, high = axes.get_ylim()
    edge = axes.get_xlim()[1]
    wanted = [(one.y - low) / (high - low) for one in labels]
    least = [one.lines * SIZE * 1.35 / height_pt for one in labels]
    for one, at in zip(labels, spread(wanted, least), strict=True):
        axes.annotate(
            one.text,
            (one.x, one.y),
            xytext=(1.0, at),
            textcoords=_beside_axes(axes),
            va="center",
            color=INK,
            fontsize=SIZE,
            linespacing=1.05,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "shrinkA": 2,
                "shrinkB": 0,
                "relpos": (0, 0.5),
                **one.look,
                **(_LEADER if one.x >= edge else _LONG_LEADER),
            },
        )


def _beside_axes(axes: Axes) -> Any:
    from matplotlib.transforms import ScaledTranslation

    figure: Any = axes.figure
    return axes.transAxes + ScaledTranslation(_LEADER_PT / 72, 0, figure.dpi_scale_trans)


def spread(wanted: Sequence[float], least: Sequence[float]) -> list[float]:
    """Return places near the wanted ones (0 to 1) that leave each its room, in the same order from below.

    Args:
        wanted: Where each would like its middle; of equals the first comes topmost.
        least: How much room each takes.
    """
    order = sorted(range(len(wanted)), key=lambda one: (wanted[one], -one))
    placed = dict.fromkeys(order, 0.0)
    floor = 0.0
    for one in order:
        placed[one] = max(wanted[one], floor + least[one] / 2)
        floor = placed[one] + least[one] / 2
    ceiling = 1.0 + max(least, default=0.0) / 2
    for one in reversed(order):
        placed[one] = min(placed[one], ceiling - least[one] / 2)
        ceiling = placed[one] - least[one] / 2
    return [placed[one] for one in range(len(wanted))]
