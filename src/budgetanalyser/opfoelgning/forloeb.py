"""Forloeb: the way from budget to forecast, and the spend through the year, as the data of two figures.

Nothing is drawn here.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pandas as pd

from budgetanalyser.errors import ValueUseError
from budgetanalyser.opfoelgning import historik as tidligere
from budgetanalyser.opfoelgning import raekker
from budgetanalyser.opfoelgning.historik import MAANEDER, Historik
from budgetanalyser.opfoelgning.prognose import mean, til_dato
from budgetanalyser.opfoelgning.raekker import NUL
from budgetanalyser.opfoelgning.tabeller import i_alt

START, AENDRING, DELSUM, SLUT = "start", "aendring", "delsum", "slut"
OEVRIGE = "Øvrige afvigelser"


def bro(tabel: pd.DataFrame, *, hoejst: int = 5) -> pd.DataFrame:
    """Return the steps from the original budget to the forecast.

    Args:
        tabel: As `hovedtabel` gives it, by one column, every row with a forecast.
        hoejst: How many deviations get a step of their own, the largest; the others become one, unless there is only
            one of them.

    Returns:
        `trin` (Danish), `beloeb_kr` and `art`: "start" and "slut" (levels), "delsum" (a level on the way) and
        "aendring" (a change). Start and changes add up exactly to each level. Changes of 0 are left out.

    Raises:
        ValueUseError: A row has no forecast, or `hoejst` is below 1.
    """
    if not raekker.is_whole(hoejst) or hoejst < 1:
        raise ValueUseError(f"Broen skal have mindst ét trin til afvigelser, ikke {hoejst}.")
    name = str(tabel.columns[0])
    sums = i_alt(tabel)
    if sums["forventet_kr"] is None:
        raise ValueUseError("Broen kan ikke laves, før alle rækker har et forventet regnskab.")
    steps = [
        ("Tillægsbevillinger og omplaceringer", sums["tillaeg_kr"], AENDRING),
        ("Overførsler", sums["overfoersler_kr"], AENDRING),
        ("Korrigeret budget", sums["korrigeret_kr"], DELSUM),
        *((text, amount, AENDRING) for text, amount in _largest(tabel, name, hoejst)),
    ]
    made = [
        ("Oprindeligt budget", sums["oprindeligt_kr"], START),
        *(step for step in steps if step[1] or step[2] == DELSUM),
        ("Forventet regnskab", sums["forventet_kr"], SLUT),
    ]
    return pd.DataFrame(made, columns=["trin", "beloeb_kr", "art"], dtype=object)


def kurve(
    historik: pd.DataFrame,
    forbrug: pd.DataFrame,
    korrigeret: pd.DataFrame | Mapping[str, Decimal],
    *,
    aar: int,
    maaneder: int,
    udelad: Mapping[int, str] | None = None,
) -> pd.DataFrame:
    """Return spend through the year against what was to be expected, summed over the appropriations of `korrigeret`.

    Args:
        historik, forbrug, korrigeret, udelad: As for `prognose.forventet`.
        aar: This year.
        maaneder: Whole months to date, 0-12.

    Returns:
        Twelve rows, cumulative kroner, not rounded: `maaned` (1-12), `forbrug_kr` (None after the cut-off),
        `profil_kr` (for each appropriation its mean share in earlier years times its corrected budget, or twelfths
        where it has none; December is below the budget by what the supplement period takes), `lige_kr` (twelfths of
        the budget) and `sidste_aar_kr` (None where last year is not there or left out).

    Raises:
        PosterError, ValueUseError: As for `prognose.forventet`.
    """
    budget = raekker.by_name(korrigeret, "bevilling", "korrigeret_kr", what="det korrigerede budget")
    before = tidligere.read(historik, udelad=udelad, foer=aar)
    whole = raekker.total(amount or NUL for amount in budget.values())
    made = []
    for month in range(1, MAANEDER + 1):
        spent = til_dato(forbrug, aar=aar, maaneder=month) if month <= maaneder else None
        made.append(
            {
                "maaned": month,
                "forbrug_kr": None if spent is None else raekker.total(spent.get(name, NUL) for name in budget),
                "profil_kr": raekker.total(
                    _share(before, name, month) * (amount or NUL) for name, amount in budget.items()
                ),
                "lige_kr": whole * month / MAANEDER,
                "sidste_aar_kr": raekker.total(before.til_dato(name, aar - 1, month) for name in budget)
                if aar - 1 in before.aar
                else None,
            }
        )
    return raekker.frame(made, ["maaned", "forbrug_kr", "profil_kr", "lige_kr", "sidste_aar_kr"])


def _share(before: Historik, name: str, month: int) -> Decimal:
    shares = before.andele(name, month)
    return mean(list(shares.values())) if shares else Decimal(month) / MAANEDER


def _largest(table: pd.DataFrame, name: str, most: int) -> list[tuple[str, Decimal]]:
    rows = [(raekker.text(row[name]), row["afvigelse_kr"]) for row in table.to_dict("records") if row["afvigelse_kr"]]
    rows.sort(key=lambda pair: (-abs(pair[1]), pair[0]))
    if len(rows) <= most + 1:
        return rows
    return [*rows[:most], (OEVRIGE, raekker.total(amount for _, amount in rows[most:]))]
