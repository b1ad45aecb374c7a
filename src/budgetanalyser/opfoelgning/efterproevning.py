"""Efterproevning: how well each forecasting method would have hit earlier years, each left out in turn.

Methods are compared on the same lines and years: one that any of them cannot do is left out for all, and counted. Hits
are told by line and in total, where errors net out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import ValueUseError, nearest
from budgetanalyser.opfoelgning import historik as tidligere
from budgetanalyser.opfoelgning import raekker
from budgetanalyser.opfoelgning.historik import MAANEDER
from budgetanalyser.opfoelgning.prognose import KRAEVER_BUDGET, METODER, METODER_ORD, budgetter_pr_aar, uden_aar

KOLONNER = ("metode", "antal", "udeladt", "mae_kr", "wape", "bias", "mae_i_alt_kr", "wape_i_alt")


@dataclass(frozen=True)
class Fejlmaal:
    """How far forecasts were off. Not rounded; None where there is nothing to divide by.

    Attributes:
        mae, rmse: Mean absolute error and root of the mean square, in kroner.
        mape: Mean of |error| / |actual|; None where an actual is 0.
        wape: Sum of |error| / sum of |actual|.
        bias: Sum of error / sum of |actual|; positive where too much was forecast.
    """

    mae: Decimal | None
    rmse: Decimal | None
    mape: Decimal | None
    wape: Decimal | None
    bias: Decimal | None


def fejlmaal(faktisk: Sequence[Decimal], forudsagt: Sequence[Decimal]) -> Fejlmaal:
    """Return how far forecasts were off; error is forecast − actual.

    Args:
        faktisk, forudsagt: Kroner, n of each in the same order.
    """
    errors = [said - was for was, said in zip(faktisk, forudsagt, strict=True)]
    if not errors:
        return Fejlmaal(None, None, None, None, None)
    size = raekker.total(abs(was) for was in faktisk)
    missed = raekker.total(abs(error) for error in errors)
    return Fejlmaal(
        mae=missed / len(errors),
        rmse=(raekker.total(error * error for error in errors) / len(errors)).sqrt(),
        mape=raekker.total(abs(error / was) for error, was in zip(errors, faktisk, strict=True)) / len(errors)
        if all(faktisk)
        else None,
        wape=missed / size if size else None,
        bias=raekker.total(errors) / size if size else None,
    )


def backtest(
    historik: pd.DataFrame,
    budgetter: pd.DataFrame | None,
    *,
    maaneder: int,
    udelad: Mapping[int, str] | None = None,
    metoder: Iterable[str] = METODER,
) -> pd.DataFrame:
    """Return how far off each method would have been at this cut-off in earlier years.

    Args:
        historik: As `historik.read` takes it.
        budgetter: Corrected budgets of those years, `aar, bevilling, korrigeret_kr`; None leaves out the methods that
            build on the budget.
        maaneder: Whole months to date, 0-12.
        udelad: Years to leave out, each with its reason.
        metoder: The methods to compare.

    Returns:
        A row a method, `KOLONNER`: `antal` (lines times years), `udeladt` (those that some method could not do), and
        by line `mae_kr`, `wape`, `bias`; `_i_alt` is of each year's errors added, where they net out, and
        `wape_i_alt` is their share of the same gross amount as `wape`, as income and expenditure net to nearly
        nothing. Fractions, not rounded; None where there is nothing to compare.

    Raises:
        ValueUseError: No such method or number of months.
        PosterError: A table is wrong.
    """
    details, left_out = _details(historik, budgetter, maaneder, udelad, metoder)
    made = []
    for method, rows in details.items():
        by_line = fejlmaal([was for _, _, was, _ in rows], [said for *_, said in rows])
        by_year = [
            raekker.total(said - was for other, _, was, said in rows if other == year)
            for year in sorted({year for year, *_ in rows})
        ]
        missed, size = raekker.total(map(abs, by_year)), raekker.total(abs(was) for _, _, was, _ in rows)
        made.append(
            {
                "metode": method,
                "antal": len(rows),
                "udeladt": left_out,
                "mae_kr": by_line.mae,
                "wape": by_line.wape,
                "bias": by_line.bias,
                "mae_i_alt_kr": missed / len(by_year) if by_year else None,
                "wape_i_alt": missed / size if size else None,
            }
        )
    return raekker.frame(made, KOLONNER)


def backtest_linjer(
    historik: pd.DataFrame,
    budgetter: pd.DataFrame | None,
    *,
    maaneder: int,
    udelad: Mapping[int, str] | None = None,
    metoder: Iterable[str] = METODER,
) -> pd.DataFrame:
    """Return each forecast behind `backtest`: `metode, aar, bevilling, faktisk_kr, forudsagt_kr, fejl_kr`."""
    details, _ = _details(historik, budgetter, maaneder, udelad, metoder)
    made = (
        {
            "metode": method,
            "aar": year,
            "bevilling": name,
            "faktisk_kr": was,
            "forudsagt_kr": said,
            "fejl_kr": said - was,
        }
        for method, rows in details.items()
        for year, name, was, said in rows
    )
    return raekker.frame(made, ["metode", "aar", "bevilling", "faktisk_kr", "forudsagt_kr", "fejl_kr"])


def til_figur(backtest: pd.DataFrame, metode: str) -> pd.DataFrame:
    """Return the backtest as a figure takes it: `metode` in words, `fejl_pct`, `bias_pct` (fractions) and `valgt`."""
    made = (
        {
            "metode": METODER_ORD[row["metode"]],
            "fejl_pct": row["wape"],
            "bias_pct": row["bias"],
            "valgt": row["metode"] == metode,
        }
        for row in backtest.to_dict("records")
        if row["wape"] is not None
    )
    return raekker.frame(made, ["metode", "fejl_pct", "bias_pct", "valgt"])


def backtest_i_ord(backtest: pd.DataFrame, metode: str, *, maaneder: int) -> str:
    """Tell how the chosen method hit, and which hit best, as a sentence beside the forecast."""
    rows = {row["metode"]: row for row in backtest.to_dict("records") if row["wape"] is not None}
    if metode not in rows:
        return "Metoden kunne ikke efterprøves på tidligere år."
    chosen = rows[metode]
    months = f"{maaneder} {'måned' if maaneder == 1 else 'måneder'}"
    said = (
        f"Metoden er prøvet på hvert af de tidligere år ud fra de andre. Efter {months} var bevillingernes fejl "
        f"tilsammen {dansk.pct(chosen['wape'])} af beløbene, og {_bias(chosen['bias'])}."
    )
    best = min(rows.values(), key=lambda row: row["wape"])
    if dansk.pct(best["wape"]) != dansk.pct(chosen["wape"]):
        return f"{said} Tættest kom »{METODER_ORD[best['metode']]}« med {dansk.pct(best['wape'])}."
    return f"{said} Ingen af de andre metoder kom tættere på." if len(rows) > 1 else said


def _bias(bias: Decimal) -> str:
    if not round(bias * 1000):
        return "der var hverken regnet med for store eller for små nettoudgifter"
    return f"nettoudgifterne var sat {dansk.pct(abs(bias))} for {'højt' if bias > 0 else 'lavt'}"


_Detail = tuple[int, str, Decimal, Decimal]


def _details(
    historik: pd.DataFrame,
    budgetter: pd.DataFrame | None,
    months: int,
    left_out: Mapping[int, str] | None,
    methods: Iterable[str],
) -> tuple[dict[str, list[_Detail]], int]:
    """Return each forecast by method, and how many lines times years some method could not do."""
    chosen = list(methods)
    for method in chosen:
        if method not in METODER:
            raise ValueUseError(f"Der er ingen prognosemetode »{method}«. {nearest(method, METODER)}")
    if not raekker.is_whole(months) or not 0 <= months <= MAANEDER:
        raise ValueUseError(f"Efterprøvningen skal have 0-12 hele måneder, ikke {months}.")
    before = tidligere.read(historik, udelad=left_out)
    if len(before.aar) < 2 or not months:
        return {}, 0
    budgets = None if budgetter is None else budgetter_pr_aar(budgetter)
    if budgets is None:
        chosen = [method for method in chosen if method not in KRAEVER_BUDGET]
    details: dict[str, list[_Detail]] = {method: [] for method in chosen}
    skipped = 0
    for name, by_year in before.maanedsvis.items():
        for year in sorted(by_year):
            said = {method: uden_aar(before, budgets, name, year, months, method) for method in chosen}
            was = before.regnskab(name, year)
            if any(number is None for number in said.values()):
                skipped += 1
                continue
            for method, number in said.items():
                details[method].append((year, name, was, number))  # type: ignore[arg-type]
    return details, skipped
