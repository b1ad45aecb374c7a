"""The figure of a lottery: every volunteer's probability of being drawn, lowest first."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from budgetanalyser import dansk
from budgetanalyser.report.figures.base import ACCENT, BEHIND_TEXT, CONTRAST, danish_axes, new, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def sandsynligheder(sorteret: Sequence[Decimal], *, lige: Decimal) -> Figure:
    """Draw probabilities as a rising step curve; no person can be found in it but by place.

    Args:
        sorteret: Probabilities (fractions), lowest first.
        lige: What each would have without quotas, seats / volunteers, drawn as a dashed line.
    """
    with style():
        figure, axes = new(50)
        heights = [float(share) * 100 for share in sorteret]
        equal = float(lige) * 100
        axes.stairs(heights, range(len(heights) + 1), fill=True, color=ACCENT, alpha=0.25)
        axes.stairs(heights, range(len(heights) + 1), color=ACCENT, linewidth=1.8)
        axes.axhline(equal, color=CONTRAST, linestyle=(0, (5, 3)), linewidth=1.6)
        axes.annotate(
            f"Uden kvoter: {dansk.pct(lige)}",
            (0, equal),
            (4, 5),
            textcoords="offset points",
            color=CONTRAST,
            bbox=BEHIND_TEXT,
        )
        axes.set_xlim(0, len(heights))
        axes.set_ylim(0, max(*heights, equal) * 1.12)
        axes.set_xlabel("Frivillige, den mindste chance først")
        axes.set_ylabel("Chance, procent")
        axes.grid(axis="y")
        danish_axes(axes)
    return figure
