"""The figure of purchasing power: what an unchanged amount lacks as prices rise."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from budgetanalyser import dansk
from budgetanalyser.report.figures.base import ACCENT, BEHIND_TEXT, CONTRAST, INK, danish_axes, new, style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


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
            bbox=BEHIND_TEXT,
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
            bbox=BEHIND_TEXT,
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
