"""The figures of participatory budgeting: funnel, path of the ballot through the budget, age pyramid, redraw.

Solid is what was given, hatched what was lacking, dashed what is not known or left over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk
from budgetanalyser.report.figures.base import ACCENT, BEHIND_TEXT, CONTRAST, GREY, INK, danish_axes, new, style
from budgetanalyser.report.figures.linjer import (
    HATCH,
    HIDDEN,
    NOT_STATED,
    SIZE,
    UNKNOWN,
    Column,
    beside,
    columns_left,
    columns_right,
    frame,
    heading,
    height_mm,
    known,
    legend,
    names,
    number,
    records,
    share,
    told,
    width_pt,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ZERO = Decimal(0)
# What is drawn as lacking money, in the words of a count.
_LACKING = ("sprunget over", "stopper her", "delvist støttet")


def tragt(table: pd.DataFrame) -> Figure:
    """Draw a funnel: one centred bar a step, its number in or beside it, and its share of the step before between.

    Args:
        table: `trin` (text), `antal` (whole number or None) and, if wanted, `andel` (fraction of the step before, or
            None). A step without a number is an empty, dashed outline.
    """
    with style():
        rows = records(table)
        column = names([row["trin"] for row in rows])
        has_shares = "andel" in table.columns
        figure, axes = new(height_mm(len(rows), column.lines + has_shares, extra=4, least=10.5 if has_shares else 8))
        counts = [known(row["antal"]) for row in rows]
        widest = float(max((one for one in counts if one is not None), default=_ZERO)) or 1.0
        for row, count in enumerate(counts):
            _funnel_step(axes, row, count, widest)
            share_before = known(rows[row].get("andel"))
            if row and share_before is not None:
                text = f"↓ {dansk.pct(share_before)} af trinnet før"
                beside(axes, text, (0, row - 0.5), ha="center", color=GREY, fontsize=7.5)
        frame(axes, len(rows))
        axes.set_ylim(len(rows) - 0.6, -0.4)
        axes.set_xlim(-widest / 2, widest / 2)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        columns_left(axes, [column])
    return figure


def _funnel_step(axes: Axes, row: int, count: Decimal | None, widest: float) -> None:
    if count is None:
        axes.barh(row, widest * 0.3, left=-widest * 0.15, height=0.5, edgecolor=GREY, **UNKNOWN)
        beside(axes, NOT_STATED, (0, row), ha="center")
        return
    width = float(count)
    axes.barh(row, width, left=-width / 2, height=0.5, color=ACCENT, edgecolor=ACCENT, linewidth=0.8)
    text = number(count)
    # The axes are about 300 points wide.
    if width / widest * 300 > width_pt(text, 9) + 8:
        beside(axes, text, (0, row), ha="center", color="white", fontsize=9, fontweight=600)
    else:
        beside(axes, text, (width / 2, row), fontsize=9, fontweight=600)


def tragt_alt(table: pd.DataFrame) -> str:
    """Return what a funnel shows in words: each step with its number and its share of the step before."""
    parts = []
    for place, row in enumerate(records(table)):
        count, part = known(row["antal"]), known(row.get("andel"))
        more = f" ({dansk.pct(part)} af trinnet før)" if place and part is not None else ""
        parts.append(f"{row['trin']}: {NOT_STATED if count is None else number(count)}{more}")
    return told(parts)


def vandfald(steps: pd.DataFrame, *, budget_kr: Decimal) -> Figure:
    """Draw how the budget is spent project by project: given money solid, lacking money open and hatched.

    A project's bar begins where the money spent before it ends; what reaches beyond the line of the budget lacks. A bar
    too long for the page is broken off with two strokes.

    Args:
        steps: In the order of the ballot: `navn` (text), `stemmer` (number or None), `pris_kr`, `foer_kr` and
            `efter_kr` (what is left before and after), `afgoerelse` ("støttet", "sprunget over", "delvist støttet",
            "under tærsklen", "uforenelig", "ikke nået"), `mangler_kr` (or None).
        budget_kr: The whole budget.
    """
    with style():
        rows = records(steps)
        size = SIZE if len(rows) <= 20 else 7.5
        left = _left_columns(rows, size)
        decided = Column("Afgørelse", [*(_decision(row) for row in rows), ""], "left", size)
        figure, axes = new(height_mm(len(rows) + 1, max(left[0].lines, decided.lines), extra=27, size=size))
        end = _axis_end(rows, budget_kr)
        spent = _ZERO
        for place, row in enumerate(rows):
            spent = _draw_decision(axes, place, row, spent=spent, budget_kr=budget_kr, end=end)
        _draw_left(axes, len(rows), spent, budget_kr)
        axes.axvline(float(budget_kr) / 1000, color=CONTRAST, linestyle=(0, (5, 3)), linewidth=1.4, zorder=1)
        frame(axes, len(rows) + 1)
        axes.set_xlim(0, end)
        _budget_heading(axes, budget_kr, end)
        columns_left(axes, left)
        columns_right(axes, [decided])
        axes.set_xlabel("Brugt af budgettet, 1.000 kr.")
        axes.grid(axis="x")
        _few_ticks(axes)
        legend(figure, _waterfall_marks(rows, has_rest=budget_kr > spent))
    return figure


def _left_columns(rows: Sequence[Mapping[Any, Any]], size: float) -> list[Column]:
    votes = [known(row["stemmer"]) for row in rows]
    return [
        names([*(row["navn"] for row in rows), "Tilbage"], "Projekt", size=size),
        Column("Stemmer", [*(NOT_STATED if one is None else number(one) for one in votes), ""], size=size),
        Column("Pris, kr.", [*(dansk.antal(row["pris_kr"]) for row in rows), ""], size=size),
    ]


def _decision(row: Mapping[Any, Any]) -> str:
    lacking = known(row["mangler_kr"])
    if lacking is None or row["afgoerelse"] not in _LACKING:
        return str(row["afgoerelse"])
    start = "delvist støttet,\n" if row["afgoerelse"] == "delvist støttet" else ""
    return f"{start}mangler {dansk.kr(lacking)}"


def _given(row: Mapping[Any, Any]) -> Decimal:
    before, after = known(row["foer_kr"]), known(row["efter_kr"])
    return _ZERO if before is None or after is None else before - after


def _lacks(row: Mapping[Any, Any]) -> Decimal:
    """Return how long the hatched bar is: the part of the price that was not given."""
    if row["afgoerelse"] not in _LACKING:
        return _ZERO
    return max(Decimal(row["pris_kr"]) - _given(row), _ZERO)


def _axis_end(rows: Sequence[Mapping[Any, Any]], budget_kr: Decimal) -> float:
    """Return where the axis ends, in thousands: beyond the longest bar, yet never far beyond the budget."""
    reach = [budget_kr - (known(row["efter_kr"]) or _ZERO) + _lacks(row) for row in rows]
    longest = max([budget_kr, *reach])
    return float(max(min(longest, budget_kr * Decimal("1.4")), Decimal(1))) * 1.02 / 1000


def _draw_decision(
    axes: Axes, place: int, row: Mapping[Any, Any], *, spent: Decimal, budget_kr: Decimal, end: float
) -> Decimal:
    """Draw one project and the level to the next; return what is spent after it."""
    given, lacks = _given(row), _lacks(row)
    before, after = known(row["foer_kr"]), known(row["efter_kr"])
    start = spent if before is None else budget_kr - before
    level = spent if after is None else budget_kr - after
    if given:
        axes.barh(
            place, float(given) / 1000, left=float(start) / 1000, height=0.56, color=ACCENT, edgecolor=ACCENT, zorder=3
        )
    if lacks:
        left, width = float(level) / 1000, float(lacks) / 1000
        axes.barh(
            place,
            width,
            left=left,
            height=0.56,
            facecolor="white",
            edgecolor=CONTRAST,
            hatch=HATCH,
            linewidth=1,
            zorder=3,
        )
        if left + width > end:
            _break_mark(axes, place, end)
    axes.plot([float(level) / 1000] * 2, [place, place + 1], color=GREY, linewidth=0.8, zorder=2)
    return level


def _break_mark(axes: Axes, place: int, end: float) -> None:
    """Break a bar off near the end of the axis: two slanted strokes over a white gap."""
    for shift, color, width in ((0.0, "white", 4.0), (-0.009, INK, 1.0), (0.009, INK, 1.0)):
        middle = end * (0.965 + shift)
        axes.plot(
            [middle - end * 0.007, middle + end * 0.007],
            [place + 0.4, place - 0.4],
            color=color,
            linewidth=width,
            zorder=4,
            solid_capstyle="butt",
        )


def _draw_left(axes: Axes, place: int, spent: Decimal, budget_kr: Decimal) -> None:
    rest = budget_kr - spent
    if rest:
        axes.barh(place, float(rest) / 1000, left=float(spent) / 1000, height=0.56, edgecolor=INK, zorder=3, **UNKNOWN)
    axes.annotate(
        dansk.kr(rest),
        (1, place),
        (8, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center_baseline",
        color=INK,
        fontsize=SIZE,
        fontweight=600,
        annotation_clip=False,
    )


def _budget_heading(axes: Axes, budget_kr: Decimal, end: float) -> None:
    heading(axes, f"Budget: {dansk.kr(budget_kr)}", (float(budget_kr) / 1000 / end, 1), (0, 4), ha="right")


def _few_ticks(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    danish_axes(axes, both=False)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))


def _waterfall_marks(rows: Sequence[Mapping[Any, Any]], *, has_rest: bool) -> list[Artist]:
    from matplotlib.patches import Patch

    marks: list[Artist] = []
    if any(_given(row) for row in rows):
        marks.append(Patch(facecolor=ACCENT, edgecolor=ACCENT, label="støttet"))
    if any(_lacks(row) for row in rows):
        marks.append(Patch(facecolor="white", edgecolor=CONTRAST, hatch=HATCH, label="ikke støttet"))
    if has_rest:
        marks.append(Patch(edgecolor=INK, label="tilbage", **UNKNOWN))
    return marks


def vandfald_alt(steps: pd.DataFrame, *, budget_kr: Decimal) -> str:
    """Return what the waterfall shows in words: how many got money, what the first others lacked, and what is left."""
    rows = records(steps)
    funded = [row for row in rows if known(row["efter_kr"]) != known(row["foer_kr"])]
    lacking = [row for row in rows if row["afgoerelse"] in _LACKING]
    left = next((known(row["efter_kr"]) for row in reversed(rows) if known(row["efter_kr"]) is not None), budget_kr)
    parts = [f"Budget: {dansk.kr(budget_kr)}", f"{len(funded)} af {len(rows)} projekter får penge"]
    parts += [f"{row['navn']} {_decision(row)}".replace("\n", " ") for row in lacking[:3]]
    parts += [f"{len(lacking) - 3} andre er der heller ikke råd til"] if len(lacking) > 3 else []
    return told([*parts, f"Tilbage: {dansk.kr(left or _ZERO)}", "Tabellen har alle trin"])


def pyramide(table: pd.DataFrame) -> Figure:
    """Draw the ages of voters and inhabitants: men to the left, women to the right, the youngest at the bottom.

    Voters are filled bars, the population an outline. A hidden cell says so and draws nothing for the voters.

    Args:
        table: `gruppe` (text, youngest first), `koen` ("kvinder", "mænd"; may be left out, then one-sided), `vaelgere`
            (fraction of the voters, None = hidden), `befolkning` (fraction of the population).
    """
    with style():
        rows = records(table)
        groups = list(dict.fromkeys(row["gruppe"] for row in rows))[::-1]
        column = names(groups, width=90)
        both = "koen" in table.columns
        figure, axes = new(height_mm(len(groups), column.lines, extra=26, least=7))
        shares = [known(row[key]) or _ZERO for row in rows for key in ("vaelgere", "befolkning")]
        limit = float(max([*shares, Decimal("0.001")])) * 100 * (1.5 if both else 1.22)
        for row in rows:
            _draw_cell(axes, groups.index(row["gruppe"]), row, sign=-1 if both and row["koen"] == "mænd" else 1)
        frame(axes, len(groups))
        axes.set_xlim(-limit if both else 0, limit)
        axes.axvline(0, color=INK, linewidth=1)
        columns_left(axes, [column])
        if both:
            heading(axes, "Mænd", (0.25, 1), (0, 4))
            heading(axes, "Kvinder", (0.75, 1), (0, 4))
        axes.set_xlabel("Procent. Tallene: andel af vælgerne, i parentes andel af befolkningen")
        axes.grid(axis="x")
        _absolute_ticks(axes)
        legend(figure, _pyramid_marks())
    return figure


def _draw_cell(axes: Axes, place: int, row: Mapping[Any, Any], *, sign: int) -> None:
    voters, people = known(row["vaelgere"]), known(row["befolkning"])
    if voters is not None:
        axes.barh(place, sign * float(voters) * 100, height=0.5, color=ACCENT, edgecolor=ACCENT, zorder=2)
    if people is not None:
        axes.barh(place, sign * float(people) * 100, height=0.82, fill=False, edgecolor=INK, linewidth=1.1, zorder=3)
    end = sign * float(max(voters or _ZERO, people or _ZERO)) * 100
    text = f"{_bare(voters, HIDDEN)} ({_bare(people, NOT_STATED)})"
    beside(axes, text, (end, place), ha="right" if sign < 0 else "left", bbox=BEHIND_TEXT)


def _bare(value: Decimal | None, unknown: str) -> str:
    return unknown if value is None else dansk.antal(value * 100, 1)


def _absolute_ticks(axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10], integer=True))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda number, _place: dansk.antal(Decimal(str(abs(round(number, 6))))))
    )


def _pyramid_marks() -> list[Artist]:
    from matplotlib.patches import Patch

    return [
        Patch(facecolor=ACCENT, edgecolor=ACCENT, label="vælgerne"),
        Patch(facecolor="white", edgecolor=INK, label="befolkningen"),
    ]


def pyramide_alt(table: pd.DataFrame) -> str:
    """Return what the pyramid shows in words: the groups farthest over and under, then each group's two shares."""
    parts = []
    gaps = []
    for row in records(table):
        group = f"{row['gruppe']}, {row['koen']}" if "koen" in row else str(row["gruppe"])
        voters, people = known(row["vaelgere"]), known(row["befolkning"])
        parts.append(f"{group}: vælgerne {share(voters, HIDDEN)}, befolkningen {share(people)}")
        if voters is not None and people is not None:
            gaps.append((voters - people, group))
    most = [f"Længst over befolkningen: {max(gaps)[1]}", f"Længst under: {min(gaps)[1]}"] if len(gaps) > 1 else []
    return told([*most, *parts])


def robusthed(table: pd.DataFrame) -> Figure:
    """Draw how often each project wins when the ballots are drawn anew; winners filled, others open.

    Args:
        table: In the order wanted: `navn` (text), `andel` (fraction, or None), `vinder` (true or false).
    """
    with style():
        rows = records(table)
        size = SIZE if len(rows) <= 20 else 7.5
        shares = [known(row["andel"]) for row in rows]
        column = names([row["navn"] for row in rows], size=size, width=150)
        figure, axes = new(height_mm(len(rows), column.lines, extra=22, size=size))
        for place, (row, part) in enumerate(zip(rows, shares, strict=True)):
            if part is None:
                continue
            axes.plot([0, float(part) * 100], [place] * 2, color=GREY, linewidth=1.2, zorder=2)
            face = ACCENT if row["vinder"] else "white"
            axes.plot(
                [float(part) * 100],
                [place],
                marker="o",
                markersize=6.5,
                color=ACCENT,
                markerfacecolor=face,
                markeredgewidth=1.4,
                linestyle="none",
                clip_on=False,
                zorder=3,
            )
        frame(axes, len(rows))
        axes.set_xlim(0, 100)
        columns_left(axes, [column])
        columns_right(axes, [Column("", [_often(part) for part in shares], size=size)])
        axes.set_xlabel("Vinder i så mange procent af gentagelserne")
        axes.grid(axis="x")
        danish_axes(axes, both=False)
        legend(figure, _winner_marks())
    return figure


def _often(part: Decimal | None) -> str:
    """Write how often; whole per cent, but never "100 %" or "0 %" of what is merely close."""
    if part is None:
        return NOT_STATED
    if part not in (0, 1) and not Decimal("0.01") <= part <= Decimal("0.99"):
        return "under 1 %" if part < Decimal("0.5") else "over 99 %"
    return dansk.pct(part, 0)


def _winner_marks() -> list[Artist]:
    from matplotlib.lines import Line2D

    look: dict[str, Any] = {
        "marker": "o",
        "markersize": 6.5,
        "color": ACCENT,
        "markeredgewidth": 1.4,
        "linestyle": "none",
    }
    return [
        Line2D([], [], markerfacecolor=ACCENT, label="vandt afstemningen", **look),
        Line2D([], [], markerfacecolor="white", label="vandt ikke", **look),
    ]


def robusthed_alt(table: pd.DataFrame) -> str:
    """Return in words how often each project wins when the ballots are drawn anew."""
    return told(
        [
            f"{row['navn']} ({'vandt' if row['vinder'] else 'vandt ikke'}): {_often(known(row['andel']))}"
            for row in records(table)
        ]
    )
