"""The figures of uncertainty: the S-curve with the frame drawn in, and the tornado."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from budgetanalyser import dansk
from budgetanalyser.report.figures.base import (
    ACCENT,
    BEHIND_TEXT,
    CONTRAST,
    GREY,
    INK,
    danish_axes,
    new,
    style,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def s_kurve(
    kurve: pd.DataFrame, *, ramme_kr: Decimal, punkt_kr: Decimal, holder: Decimal, sikkert: tuple[Decimal, Decimal]
) -> Figure:
    """Draw how likely the total is to stay under each amount.

    Args:
        kurve: `andel` (fraction) and `beloeb_kr`, rising.
        ramme_kr: The frame, a dashed line.
        punkt_kr: The point estimate, a dotted line.
        holder: The share of totals within the frame.
        sikkert: A share and the amount that it does not exceed, marked on the curve.
    """
    with style():
        figure, axes = new(62)
        amounts = [float(amount) / 1000 for amount in kurve["beloeb_kr"]]
        axes.plot(amounts, [float(share) * 100 for share in kurve["andel"]], color=ACCENT, linewidth=2.2)
        frame, point = float(ramme_kr) / 1000, float(punkt_kr) / 1000
        lines = ((frame, (0, (5, 3)), CONTRAST, "Rammen", 0.12), (point, (0, (1, 2)), INK, "Enkelt regnestykke", 0.62))
        axes.set_ylim(0, 102)
        span = max(*amounts, frame) - min(*amounts, frame, point)
        axes.set_xlim(min(*amounts, frame, point) - 0.06 * span, max(*amounts, frame) + 0.16 * span)
        for x, dashes, color, word, height in lines:
            axes.axvline(x, color=color, linestyle=dashes, linewidth=1.6)
            _beside(axes, x, height, f"{word}: {dansk.antal(Decimal(round(x)))}", color)
        axes.plot([frame], [float(holder) * 100], marker="o", markersize=6, color=CONTRAST, clip_on=False)
        share, amount = sikkert
        axes.plot([float(amount) / 1000], [float(share) * 100], marker="s", markersize=6, color=ACCENT)
        axes.annotate(
            f"{dansk.pct(share, 0)}: {dansk.antal(Decimal(round(float(amount) / 1000)))}",
            (float(amount) / 1000, float(share) * 100),
            (8, -9),
            textcoords="offset points",
            color=ACCENT,
            bbox=BEHIND_TEXT,
        )
        axes.set_xlabel("Samlet udgift, 1.000 kr.")
        axes.set_ylabel("Procent af beregningerne")
        axes.grid(axis="y")
        danish_axes(axes)
    return figure


def _beside(axes: Axes, x: float, height: float, text: str, color: str) -> None:
    axes.annotate(
        text,
        (x, height),
        (6, 0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="left",
        va="center",
        color=color,
        bbox=BEHIND_TEXT,
    )


def tornado_alt(tabel: pd.DataFrame) -> str:
    """Return what a tornado shows in words: each input and the total, in thousands, at its low and high value."""
    rows = tabel.to_dict("records")
    ends = [[dansk.antal(row[end] / 1000) for end in ("lav_kr", "hoej_kr")] for row in rows]
    return " ".join(f"{row['usikkerhed']}: {low} til {high}." for row, (low, high) in zip(rows, ends, strict=True))


def tornado(tabel: pd.DataFrame, *, midt_kr: Decimal) -> Figure:
    """Draw how far each input moves the total, the widest on top.

    Args:
        tabel: `usikkerhed`, `lav_kr`, `hoej_kr`, widest first; what it leaves out is not drawn.
        midt_kr: The total with every input at its median.
    """
    with style():
        figure, axes = new(16 + 6.6 * len(tabel))
        middle = float(midt_kr) / 1000
        for row, one in enumerate(tabel.to_dict("records")):
            low, high = float(one["lav_kr"]) / 1000, float(one["hoej_kr"]) / 1000
            axes.barh(row, low - middle, left=middle, height=0.56, color="white", edgecolor=ACCENT, hatch="////")
            axes.barh(row, high - middle, left=middle, height=0.56, color=ACCENT, edgecolor=ACCENT)
            for end, side in ((min(low, high), "right"), (max(low, high), "left")):
                axes.annotate(
                    dansk.antal(Decimal(round(end))),
                    (end, row),
                    (-4 if side == "right" else 4, 0),
                    textcoords="offset points",
                    ha=side,
                    va="center",
                    fontsize=8,
                    color=GREY,
                )
        axes.axvline(middle, color=INK, linewidth=1)
        axes.annotate(
            f"Midt: {dansk.antal(Decimal(round(middle)))}",
            (middle, len(tabel) - 0.3),
            (0, 0),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=8,
            color=INK,
            bbox=BEHIND_TEXT,
        )
        axes.set_yticks(range(len(tabel)), [str(name) for name in tabel["usikkerhed"]])
        axes.set_ylim(len(tabel) + 0.1, -0.6)
        axes.margins(x=0.14)
        axes.set_xlabel("Samlet udgift, 1.000 kr.")
        axes.grid(axis="x")
        danish_axes(axes, both=False)
    return figure
