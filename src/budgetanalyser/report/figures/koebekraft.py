"""The figures of purchasing power: what an unchanged amount lacks as prices rise, at once or year by year."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk
from budgetanalyser.report.figures.base import ACCENT, BEHIND_TEXT, CONTRAST, INK, danish_axes, new, style
from budgetanalyser.report.figures.linjer import beside, records

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

# One look for each rise in prices, so that the lines are told apart without colour.
_DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (3, 2)), (0, (1, 1.5)))


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


def koebekraft_over_tid(table: pd.DataFrame) -> Figure:
    """Draw what an unregulated amount buys year by year, one line for each rise in prices, told apart by dashes.

    Args:
        table: `aar`, `stigning` (fraction a year) and `faste_kr` (kroner in fixed prices).
    """
    with style():
        figure, axes = new(52)
        rows = records(table)
        years = [int(row["aar"]) for row in rows]
        for place, rise in enumerate(dict.fromkeys(row["stigning"] for row in rows)):
            own = [row for row in rows if row["stigning"] == rise]
            amounts = [float(row["faste_kr"]) / 1_000_000 for row in own]
            look = _DASHES[place % len(_DASHES)]
            axes.plot([int(row["aar"]) for row in own], amounts, color=ACCENT, linewidth=1.8, linestyle=look)
            words = f"{dansk.pct(rise, 0)}: {dansk.antal(own[-1]['faste_kr'] / 1_000_000, 1)}"
            beside(axes, words, (int(own[-1]["aar"]), amounts[-1]), dx=5)
        axes.set_ylim(0, max(float(row["faste_kr"]) for row in rows) / 1_000_000 * 1.12)
        axes.set_xlim(min(years), max(years) + 0.16 * (max(years) - min(years) + 1))
        axes.set_ylabel("Mio. kr.")
        axes.grid(axis="y")
        danish_axes(axes)
        axes.set_xticks(sorted(set(years)), [str(year) for year in sorted(set(years))])
    return figure


def koebekraft_over_tid_alt(table: pd.DataFrame) -> str:
    """Return in words what an unregulated amount buys in the last year, for each rise in prices."""
    rows = records(table)
    years = [int(row["aar"]) for row in rows]
    ends = [
        f"{dansk.mio_kr(row['faste_kr'], 1)} ved en prisstigning på {dansk.pct(row['stigning'], 0)} om året"
        for row in rows
        if int(row["aar"]) == max(years)
    ]
    return (
        f"Linjerne begynder samme sted i {min(years)} og falder mere, jo mere priserne stiger. "
        f"I {max(years)} svarer beløbet til {dansk.opremsning(ends)}."
    )
