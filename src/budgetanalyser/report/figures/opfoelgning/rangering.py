"""The ranked figures: deviations around zero, and how well each forecasting method did in the backtest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk
from budgetanalyser.report.figures.base import ACCENT, CONTRAST, GREY, INK, LIGHT, new, style
from budgetanalyser.report.figures.linjer import (
    HATCH,
    NOT_STATED,
    SIZE,
    Column,
    columns_left,
    columns_right,
    frame,
    heading,
    height_mm,
    known,
    legend,
    names,
    records,
    share,
    told,
)
from budgetanalyser.report.figures.opfoelgning.maerker import (
    ZERO,
    amount_ticks,
    decimals,
    is_nothing,
    mio,
    plain,
    say_empty,
    signed,
    with_unit,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MANY = 20
_MOST_TOLD = 3
_LACKS = "mangler forklaring"
_CHOSEN = "valgt metode"
_ERROR: dict[str, Any] = {"marker": "o", "markersize": 5.5, "color": ACCENT, "linestyle": "none"}
# Larger than the filled one, so that it is seen around it where the two meet.
_BIAS: dict[str, Any] = {
    "marker": "D",
    "markersize": 8.5,
    "color": CONTRAST,
    "markerfacecolor": "white",
    "markeredgewidth": 1.4,
    "linestyle": "none",
}


def afvigelser_rangeret(data: pd.DataFrame) -> Figure:
    """Draw the deviations around zero, the largest on top whatever its sign; what lacks an explanation is hatched.

    Args:
        data: `navn` (text), `afvigelse_kr` (forecast less budget in kroner, or None), `forklaret` (true, false, or
            None where no explanation is asked for).
    """
    with style():
        rows = _ranked(records(data))
        size = SIZE if len(rows) <= _MANY else 7.5
        column = names([plain(row["navn"]) for row in rows], size=size, width=150)
        figure, axes = new(height_mm(len(rows), column.lines, extra=22, size=size))
        amounts = [known(row["afvigelse_kr"]) for row in rows]
        for place, (row, amount) in enumerate(zip(rows, amounts, strict=True)):
            _draw_deviation(axes, place, amount, is_unexplained=_is_unexplained(row))
        frame(axes, len(rows))
        widest = max((abs(mio(one)) for one in amounts if one is not None), default=0.0) or 1.0
        axes.set_xlim(-1.06 * widest, 1.06 * widest)
        axes.axvline(0, color=INK, linewidth=1, zorder=4)
        heading(axes, "← Lavere", (0, 1), (0, 4), ha="left")
        heading(axes, "Højere →", (1, 1), (0, 4), ha="right")
        columns_left(axes, [column])
        columns_right(axes, _deviation_columns(rows, amounts, size))
        axes.set_xlabel("Nettoudgift i forhold til det korrigerede budget, mio. kr.")
        axes.grid(axis="x")
        amount_ticks(axes.xaxis)
        if not rows:
            say_empty(axes)
    return figure


def _ranked(rows: Sequence[Mapping[Any, Any]]) -> list[Mapping[Any, Any]]:
    """Return the rows by size, those not known last."""

    def size(row: Mapping[Any, Any]) -> tuple[bool, Decimal]:
        amount = known(row["afvigelse_kr"])
        return amount is None, -abs(amount or ZERO)

    return sorted(rows, key=size)


def _is_unexplained(row: Mapping[Any, Any]) -> bool:
    import pandas as pd

    value = row["forklaret"]
    return value is not None and not pd.isna(value) and not value


def _draw_deviation(axes: Axes, place: int, amount: Decimal | None, *, is_unexplained: bool) -> None:
    if not amount:
        return
    color = CONTRAST if amount > 0 else ACCENT
    axes.barh(
        place,
        mio(amount),
        height=0.56,
        facecolor="white" if is_unexplained else color,
        hatch=HATCH if is_unexplained else None,
        edgecolor=color,
        linewidth=1,
        zorder=3,
    )


def _deviation_columns(
    rows: Sequence[Mapping[Any, Any]], amounts: Sequence[Decimal | None], size: float
) -> list[Column]:
    places = decimals(amounts)
    written = [NOT_STATED if one is None else signed(one, places) for one in amounts]
    lacking = [_LACKS if _is_unexplained(row) else "" for row in rows]
    return [
        Column("Mio. kr.", written, size=size),
        *([Column("", lacking, "left", size)] if any(lacking) else []),
    ]


def afvigelser_rangeret_alt(data: pd.DataFrame) -> str:
    """Return in words the largest deviations each way, and how many lack an explanation."""
    rows = _ranked(records(data))
    amounts = [known(row["afvigelse_kr"]) for row in rows]
    places = decimals(amounts)
    pairs = [
        (plain(row["navn"]), amount)
        for row, amount in zip(rows, amounts, strict=True)
        if amount and not is_nothing(amount, places)
    ]
    parts = []
    for word, own in (
        ("Højere nettoudgift", [(name, amount) for name, amount in pairs if amount > 0]),
        ("Lavere nettoudgift", [(name, amount) for name, amount in pairs if amount < 0]),
    ):
        listed = [f"{name} {with_unit(signed(amount, places))}" for name, amount in own[:_MOST_TOLD]]
        parts += [f"{word}: {dansk.opremsning(listed)}"] if listed else []
    lacking = sum(_is_unexplained(row) for row in rows)
    unknown = sum(one is None for one in amounts)
    parts = parts or ["Ingen områder afviger fra budgettet" if unknown < len(rows) else "Ingen afvigelser er oplyst"]
    parts += [f"{dansk.antal(lacking)} af {dansk.antal(len(rows))} afvigelser mangler forklaring"] if lacking else []
    are = "afvigelse er" if unknown == 1 else "afvigelser er"
    parts += [f"{dansk.antal(unknown)} {are} {NOT_STATED}"] if unknown and unknown < len(rows) else []
    return told(parts)


def prognoser(data: pd.DataFrame) -> Figure:
    """Draw how far and which way each method missed in the backtest, the least error on top; the chosen one says so.

    Args:
        data: `metode` (text), `bias_pct` and `fejl_pct` (fractions: 0.021 is 2,1 %; None when not computed; a positive
            bias is a forecast above the accounts), `valgt` (true or false).
    """
    with style():
        rows = _by_error(records(data))
        column = names([_headed(row["metode"]) for row in rows])
        errors, biases = ([known(row[key]) for row in rows] for key in ("fejl_pct", "bias_pct"))
        figure, axes = new(height_mm(len(rows), column.lines, extra=27, least=6.6))
        for place, row in enumerate(rows):
            if _is_chosen(row):
                axes.axhspan(place - 0.42, place + 0.42, color=LIGHT, alpha=0.55, linewidth=0, zorder=0)
            _draw_method(axes, place, errors[place], biases[place])
        frame(axes, len(rows))
        drawn = [float(one) * 100 for one in (*errors, *biases) if one is not None]
        low, high = min([*drawn, 0.0]), max([*drawn, 0.0])
        room = 0.06 * (high - low) or 1.0
        axes.set_xlim(low - room, high + room)
        axes.axvline(0, color=INK, linewidth=1, zorder=1)
        columns_left(axes, [column])
        chosen = [_CHOSEN if _is_chosen(row) else "" for row in rows]
        columns_right(
            axes,
            [
                Column("Fejl", [share(one) for one in errors]),
                Column("Skævhed", [_signed_share(one) for one in biases]),
                *([Column("", chosen, "left")] if any(chosen) else []),
            ],
        )
        axes.set_xlabel("Procent af årets regnskab")
        axes.grid(axis="x")
        amount_ticks(axes.xaxis)
        if not rows:
            say_empty(axes)
        legend(figure, _method_marks(), columns=2)
    return figure


def _by_error(rows: Sequence[Mapping[Any, Any]]) -> list[Mapping[Any, Any]]:
    def error(row: Mapping[Any, Any]) -> tuple[bool, Decimal]:
        value = known(row["fejl_pct"])
        return value is None, value or ZERO

    return sorted(rows, key=error)


def _headed(name: Any) -> str:
    words = plain(name)
    return words[:1].upper() + words[1:]


def _is_chosen(row: Mapping[Any, Any]) -> bool:
    import pandas as pd

    value = row["valgt"]
    return value is not None and not pd.isna(value) and bool(value)


def _draw_method(axes: Axes, place: int, error: Decimal | None, bias: Decimal | None) -> None:
    if error is not None:
        axes.plot([0, float(error) * 100], [place] * 2, color=GREY, linewidth=1.2, zorder=2)
        axes.plot([float(error) * 100], [place], zorder=4, clip_on=False, **_ERROR)
    if bias is not None:
        axes.plot([float(bias) * 100], [place], zorder=3, clip_on=False, **_BIAS)


def _signed_share(value: Decimal | None) -> str:
    if value is None:
        return NOT_STATED
    written = dansk.pct(value)
    return f"+{written}" if value > 0 and written != dansk.pct(ZERO) else written


def _method_marks() -> list[Any]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], label="fejl: så langt fra regnskabet i snit", **_ERROR),
        Line2D([], [], label=f"skævhed: for højt (+) eller for lavt ({dansk.MINUS}) i snit", **_BIAS),
    ]


def prognoser_alt(data: pd.DataFrame) -> str:
    """Return in words each method's error and bias in the backtest, the least error first, and which one is chosen."""
    rows = _by_error(records(data))
    chosen = [plain(row["metode"]) for row in rows if _is_chosen(row)]
    parts = [f"Valgt metode: {dansk.opremsning(chosen)}" if chosen else "Ingen metode er valgt"]
    parts += [
        f"{_headed(row['metode'])}: fejl {share(known(row['fejl_pct']))}, "
        f"skævhed {_signed_share(known(row['bias_pct']))}"
        for row in rows
    ]
    return told(parts)
