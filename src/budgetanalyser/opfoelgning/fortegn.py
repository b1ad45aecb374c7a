"""Fortegn: the sign conventions of municipalities, turned only where a table is printed.

Inside the program expenditure is +, income − and a deviation is forecast − budget. Randers prints it so; Greve turns
the deviation, so that plus is good. A municipality chooses once, with its unit, and every table prints the legend.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import pandas as pd

from budgetanalyser.errors import ValueUseError, nearest
from budgetanalyser.opfoelgning import raekker

UDGIFT_PLUS, RANDERS, GREVE = KONVENTIONER = ("udgift_plus", "randers", "greve")

_MARK = "fortegn"
_TURNED = {GREVE}
BELOEB_ORD = "Minus angiver indtægter, plus angiver udgifter."
_LEGENDS = {
    UDGIFT_PLUS: (
        BELOEB_ORD,
        "Afvigelsen er forventet regnskab minus budget: plus angiver et merforbrug eller en mindreindtægt, minus et "
        "mindreforbrug eller en merindtægt.",
    ),
    RANDERS: (
        "Minus angiver et mindreforbrug/overskud i Årets forventede resultat og overførsler. Plus angiver et "
        "merforbrug/underskud.",
        BELOEB_ORD,
    ),
    GREVE: (
        BELOEB_ORD,
        "Afvigelsen er budget minus forventet regnskab: plus angiver et mindreforbrug eller en merindtægt, minus et "
        "merforbrug eller en mindreindtægt.",
    ),
}


def legend(konvention: str) -> tuple[str, ...]:
    """Return the sentences that tell a convention below a table.

    Raises:
        ValueUseError: There is no such convention.
    """
    require(konvention)
    return _LEGENDS[konvention]


def randers_noter(konvention: str) -> tuple[str, ...]:
    """Return the sentences below a table in Randers' columns, where the result is the forecast less the budget.

    Raises:
        ValueUseError: There is no such convention.
    """
    more, less = ("minus", "plus") if er_vendt(konvention) else ("plus", "minus")
    return (
        BELOEB_ORD,
        "Årets forventede resultat er forventet regnskab mod budgettet med ansøgninger: "
        f"{more} angiver et merforbrug/underskud, {less} et mindreforbrug/overskud.",
        "Overførslerne er trukket fra til sidst, da de kommer oven i budgettet.",
    )


def convert(frame: pd.DataFrame, konvention: str, *, afvigelser: Iterable[str]) -> pd.DataFrame:
    """Return a table with its deviations in a convention.

    Args:
        frame: With the signs of the program, or as this function returned it.
        konvention: One of `KONVENTIONER`.
        afvigelser: The columns that are deviations, amounts as well as shares; None stays None. All other columns keep
            their signs in every convention.

    Returns:
        A copy that remembers its convention, so that converting twice, or back, comes out right.

    Raises:
        ValueUseError: There is no such convention or column.
    """
    require(konvention)
    names = list(afvigelser)
    for name in names:
        if name not in frame:
            raise ValueUseError(f"Kolonnen »{name}« findes ikke. {nearest(name, map(str, frame.columns))}")
    result = frame.copy()
    if (frame.attrs.get(_MARK, UDGIFT_PLUS) in _TURNED) != (konvention in _TURNED):
        for name in names:
            result[name] = pd.Series([_turned(value) for value in frame[name]], index=frame.index, dtype=object)
    result.attrs[_MARK] = konvention
    return result


def _turned(value: object) -> Decimal | None:
    number = raekker.amount(value)
    return -number if number else number


def er_vendt(konvention: str) -> bool:
    """Whether a convention turns the deviations: budget less forecast."""
    return konvention in _TURNED


def require(konvention: str) -> None:
    """Refuse a convention that is none.

    Raises:
        ValueUseError: There is no such convention.
    """
    if konvention not in KONVENTIONER:
        raise ValueUseError(f"Der er ingen fortegnskonvention »{konvention}«. {nearest(konvention, KONVENTIONER)}")
