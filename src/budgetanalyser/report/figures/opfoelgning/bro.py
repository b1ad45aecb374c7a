"""The bridge: from budget to forecast, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk
from budgetanalyser.errors import ValueUseError
from budgetanalyser.report.figures.base import ACCENT, CONTRAST, GREY, INK, new, style
from budgetanalyser.report.figures.linjer import (
    HATCH,
    NOT_STATED,
    SIZE,
    Column,
    columns_left,
    columns_right,
    frame,
    height_mm,
    known,
    legend,
    names,
    records,
    told,
)
from budgetanalyser.report.figures.opfoelgning.maerker import (
    MILLION,
    ZERO,
    amount_ticks,
    bare,
    decimals,
    mio,
    plain,
    say_empty,
    signed,
    with_unit,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CHANGE = "aendring"
_KINDS = ("start", _CHANGE, "delsum", "slut")
_NAME_PT = 150.0
_MANY = 14
_MOST_TOLD = 3
_TOTAL: dict[str, Any] = {"facecolor": ACCENT, "edgecolor": ACCENT}
_UP: dict[str, Any] = {"facecolor": "white", "edgecolor": CONTRAST, "hatch": HATCH}
_DOWN: dict[str, Any] = {"facecolor": "white", "edgecolor": INK}
# How much of the span of the changes the shortest full bar keeps when the axis is cut, and the room at the ends.
_STUB = Decimal("0.3")
_ROOM = Decimal("0.05")
_HALF_OERE = Decimal("0.005")


@dataclass(frozen=True)
class _Step:
    """One line of the bridge: where the level was before it and is after it; None while it is not known."""

    name: str
    kind: str
    amount: Decimal | None
    before: Decimal | None
    after: Decimal | None

    @property
    def is_change(self) -> bool:
        return self.kind == _CHANGE


def bro(data: pd.DataFrame) -> Figure:
    """Draw the way from budget to forecast: totals solid, what adds hatched, what takes away open.

    The axis is cut, and says so, when the changes are small beside the totals.

    Args:
        data: In order: `trin` (text), `beloeb_kr` (kroner; a total, or the change with its sign; None when not known),
            `art` ("start", "aendring", "delsum" or "slut").

    Raises:
        ValueUseError: An `art` is unknown, or a total is not what the steps before it give.

    Example:
        >>> steps = [("Budget", 900, "start"), ("Flere elever", 20, "aendring"), ("Forventet", 920, "slut")]
        >>> figure = bro(pd.DataFrame(steps, columns=["trin", "beloeb_kr", "art"]))
    """
    steps = _steps(records(data))
    with style():
        size = SIZE if len(steps) <= _MANY else 7.5
        column = names([one.name for one in steps], size=size, width=_NAME_PT)
        figure, axes = new(height_mm(len(steps), column.lines, extra=30, least=6.2, size=size))
        low, high, base = _limits(steps)
        axes.set_xlim(mio(low), mio(high))
        for place, step in enumerate(steps):
            _draw(axes, place, step, base)
        _draw_levels(axes, steps)
        frame(axes, len(steps))
        if base:
            _cut_marks(axes, steps, is_right=base < 0)
        elif low < 0:
            axes.axvline(0, color=INK, linewidth=1, zorder=4)
        columns_left(axes, [column])
        columns_right(axes, _numbers(steps, size))
        axes.set_xlabel("Mio. kr. Aksen er brudt og viser ikke 0" if base else "Mio. kr.")
        axes.grid(axis="x")
        amount_ticks(axes.xaxis, most=3)
        if not steps:
            say_empty(axes)
        legend(figure, _marks(steps), columns=3)
    return figure


def _steps(rows: Sequence[Mapping[Any, Any]]) -> list[_Step]:
    if wrong := [str(row["art"]) for row in rows if row["art"] not in _KINDS]:
        raise ValueUseError(
            f"Broens trin kan ikke have arten {dansk.opremsning(sorted(set(wrong)))}. Skriv {_kinds()} i kolonnen art."
        )
    steps: list[_Step] = []
    level: Decimal | None = ZERO
    for row in rows:
        amount, before = known(row["beloeb_kr"]), level
        level = _added(before, amount) if row["art"] == _CHANGE else amount
        steps.append(_Step(plain(row["trin"]), row["art"], amount, before, level))
    _require_sums(steps)
    return steps


def _added(level: Decimal | None, change: Decimal | None) -> Decimal | None:
    return None if level is None or change is None else level + change


def _kinds() -> str:
    return f"{', '.join(_KINDS[:-1])} eller {_KINDS[-1]}"


def _require_sums(steps: Sequence[_Step]) -> None:
    wrong = [
        f"»{step.name}« er {dansk.kr(step.amount, 2)}, men trinene før giver {dansk.kr(step.before, 2)}"
        for step in steps[1:]
        if step.kind in ("delsum", "slut")
        and step.amount is not None
        and step.before is not None
        and abs(step.amount - step.before) >= _HALF_OERE
    ]
    if wrong:
        raise ValueUseError(f"Broen går ikke op: {'; '.join(wrong)}. Ret trinene, eller giv forskellen sit eget trin.")


def _limits(steps: Sequence[_Step]) -> tuple[Decimal, Decimal, Decimal]:
    """Return the ends of the axis and where full bars begin: 0, or the cut edge nearest to 0."""
    ends = [end for one in steps for end in ((one.before, one.after) if one.is_change else (one.after,))]
    levels = [one for one in ends if one is not None] or [ZERO]
    low, high = min(levels), max(levels)
    span = high - low
    if span and low > span:
        return low - _STUB * span, high + _ROOM * span, low - _STUB * span
    if span and high < -span:
        return low - _ROOM * span, high + _STUB * span, high + _STUB * span
    low, high = min(low, ZERO), max(high, ZERO)
    room = _ROOM * (high - low) or MILLION
    return (low - room if low else ZERO), (high + room if high or not low else ZERO), ZERO


def _draw(axes: Axes, place: int, step: _Step, base: Decimal) -> None:
    if step.after is None or (step.before is None and step.is_change):
        return
    start = step.before if step.is_change and step.before is not None else base
    look = _TOTAL if not step.is_change else _UP if step.after > start else _DOWN
    if step.after == start:
        # A step of nothing is a stroke, so that it is seen to stand there.
        axes.plot([mio(start)] * 2, [place - 0.28, place + 0.28], color=INK, linewidth=1.4, zorder=3)
        return
    axes.barh(place, mio(step.after - start), left=mio(start), height=0.56, linewidth=1, zorder=3, **look)


def _draw_levels(axes: Axes, steps: Sequence[_Step]) -> None:
    for place, (step, following) in enumerate(pairwise(steps)):
        if step.after is not None and following.after is not None:
            axes.plot([mio(step.after)] * 2, [place, place + 1], color=GREY, linewidth=0.8, zorder=2)


def _cut_marks(axes: Axes, steps: Sequence[_Step], *, is_right: bool) -> None:
    """Break every full bar off near the cut edge: two slanted strokes over a white gap."""
    across = axes.get_yaxis_transform()
    middle = 0.955 if is_right else 0.045
    for place, step in enumerate(steps):
        if step.is_change or step.after is None:
            continue
        for shift, color, width in ((0.0, "white", 4.0), (-0.011, INK, 1.0), (0.011, INK, 1.0)):
            ends = [middle + shift - 0.008, middle + shift + 0.008]
            heights = [place + 0.4, place - 0.4]
            axes.plot(ends, heights, transform=across, zorder=5, color=color, linewidth=width, solid_capstyle="butt")


def _places(steps: Sequence[_Step]) -> int:
    changes = [one.amount for one in steps if one.is_change and one.amount]
    return decimals(changes or [one.amount for one in steps])


def _numbers(steps: Sequence[_Step], size: float) -> list[Column]:
    places = _places(steps)
    changes, totals = [], []
    for one in steps:
        written = NOT_STATED if one.amount is None else (signed if one.is_change else bare)(one.amount, places)
        changes.append(written if one.is_change else "")
        totals.append("" if one.is_change else written)
    return [Column("Ændring", changes, size=size), Column("I alt", totals, size=size)]


def _marks(steps: Sequence[_Step]) -> list[Artist]:
    from matplotlib.patches import Patch

    changes = [one.amount for one in steps if one.is_change and one.amount]
    marks: list[Artist] = [Patch(label="i alt", **_TOTAL)]
    if any(one > 0 for one in changes):
        marks.append(Patch(label="+ flere udgifter eller færre indtægter", **_UP))
    if any(one < 0 for one in changes):
        marks.append(Patch(label=f"{dansk.MINUS} færre udgifter eller flere indtægter", **_DOWN))
    return marks


def bro_alt(data: pd.DataFrame) -> str:
    """Return what the bridge shows in words: from where to where, and the largest steps."""
    steps = _steps(records(data))
    places = _places(steps)
    totals = [one for one in steps if not one.is_change]
    parts = [
        f"Figuren går i {len(steps)} trin fra budget til forventet regnskab" if steps else f"Trinene er {NOT_STATED}"
    ]
    if totals:
        first, last = totals[0], totals[-1]
        ends = [f"{_said(one.amount, places)} ({one.name})" for one in (first, last)]
        parts.append(f"Fra {ends[0]} til {ends[1]}" if first is not last else ends[0][:1].upper() + ends[0][1:])
        if first is not last and first.amount is not None and last.amount is not None:
            parts.append(f"Forskellen er {with_unit(signed(last.amount - first.amount, places))}")
    changes = sorted((one for one in steps if one.is_change and one.amount), key=lambda one: -abs(one.amount or ZERO))
    largest = [f"{one.name} {with_unit(signed(one.amount or ZERO, places))}" for one in changes[:_MOST_TOLD]]
    unknown = [one.name for one in steps if one.amount is None]
    if largest:
        parts.append(f"De største ændringer: {dansk.opremsning(largest)}")
    elif steps and not unknown:
        parts.append("Ingen trin ændrer beløbet")
    parts += [f"{NOT_STATED.capitalize()}: {dansk.opremsning(unknown)}"] if unknown else []
    return told(parts)


def _said(amount: Decimal | None, places: int) -> str:
    return NOT_STATED if amount is None else with_unit(bare(amount, places))
