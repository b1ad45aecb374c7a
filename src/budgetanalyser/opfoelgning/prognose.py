"""Prognose: what the year will end at, by six methods; the manager's own figure wins, with the model's beside it.

How well each method hit in earlier years is in `efterproevning`. Shares and forecasts are Decimal, so that they can be
checked by hand; only the t-distribution is float.

Source:
    Methods: Økonomistyrelsen on periodisation; Bornhuetter & Ferguson (1972); Benktander (1976).
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from budgetanalyser import dansk
from budgetanalyser.errors import BudgetanalyseError, Fault, ValueUseError, nearest
from budgetanalyser.kroner import rounded
from budgetanalyser.opfoelgning import historik as tidligere
from budgetanalyser.opfoelgning import raekker
from budgetanalyser.opfoelgning.afgraensning import opdel
from budgetanalyser.opfoelgning.historik import MAANEDER, Historik
from budgetanalyser.opfoelgning.perioder import Periode
from budgetanalyser.opfoelgning.raekker import NUL

BUDGET, LINEAER, ANDEL, BF, BENKTANDER, SAESON = METODER = (
    "budget",
    "lineaer",
    "andel",
    "bf",
    "benktander",
    "saeson",
)
METODER_ORD = {
    BUDGET: "det korrigerede budget",
    LINEAER: "lige store tolvtedele",
    ANDEL: "tidligere års andel på samme tid",
    BF: "forbrug til dato plus den sædvanlige rest af budgettet",
    BENKTANDER: "blanding af andel og budget",
    SAESON: "sidste års forløb, skaleret",
}
# What the field calls those that have a name of their own.
METODER_NAVNE = {BF: "Bornhuetter-Ferguson", BENKTANDER: "Benktander"}
# How each is worked out, for people who do not know the field.
METODER_FORKLARET = {
    BUDGET: "Der regnes med, at det korrigerede budget bliver brugt.",
    LINEAER: "Det, der er brugt, regnes op til hele året, som om hver måned koster det samme.",
    ANDEL: "Det, der er brugt, regnes op til hele året med den del, der plejer at være brugt på samme tid.",
    BF: "Det, der er brugt indtil nu, lægges sammen med den del af budgettet, der plejer at blive brugt i resten af "
    "året.",
    BENKTANDER: "To skøn blandes: forbruget regnet op, og forbruget plus den sædvanlige rest af budgettet. Jo mere af "
    "året der er gået, jo mere tæller det første.",
    SAESON: "Sidste års forløb lægges til grund og regnes op eller ned efter forbruget indtil nu.",
}
# What the columns of a forecast are called in print, in the order they are shown.
PROGNOSE_ORD = {
    "ytd_kr": "Forbrug",
    "andel": "Plejer at være brugt",
    "model_kr": "Modellen",
    "lavt_kr": "Lavt",
    "hoejt_kr": "Højt",
    "ledelse_kr": "Lederens skøn",
    "forventet_kr": "Skøn i rapporten",
}
TIL_DATO = "til dato"
KRAEVER_BUDGET = frozenset({BUDGET, BF, BENKTANDER})
KRAEVER_ANDEL = frozenset({ANDEL, BF, BENKTANDER, SAESON})
LEDELSEN, MODELLEN = "ledelsen", "modellen"

OERE = 2  # A forecast becomes an amount in whole øre; with endless decimals, no sum of several would be exact.
MINDSTE_ANDEL = Decimal("0.05")  # Dividing by less makes a krone to date twenty kroner or more at the end.
STOERSTE_UDSVING = Decimal(2)  # A share beyond ±200 % says that the account was near 0, not how the year runs.
_LEAST_ERRORS, _ENOUGH_FOR_T = 3, 6
_TAIL = 0.9  # An interval from P10 to P90.

KOLONNER = (
    "bevilling",
    "ytd_kr",
    "korrigeret_kr",
    "andel",
    "aar_brugt",
    "model_kr",
    "metode",
    "ledelse_kr",
    "forventet_kr",
    "kilde",
    "lavt_kr",
    "hoejt_kr",
    "forklaring",
    "bemaerkning",
)


class ForecastError(BudgetanalyseError):
    """A method cannot be used on a line: no shares, one near 0, no budget. `reason` is Danish without a full stop."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"Prognosen kan ikke laves: {reason}.")


def forecast(
    ytd: Decimal,
    *,
    andele: Sequence[Decimal] | Mapping[int, Decimal] = (),
    korrigeret: Decimal | None = None,
    metode: str,
    maaneder: int | None = None,
) -> Decimal:
    """Return what a line will end the year at.

    With spend to date Y, mean share s and corrected budget B: `budget` B; `lineaer` Y · 12 / k; `andel` Y / s; `bf`
    Y + (1 − s) · B; `benktander` s · (Y / s) + (1 − s) · bf = Y + (1 − s) · bf; `saeson` Y / the last year's share,
    which is last year's months scaled by this year's spend against last year's at the same time.

    Args:
        ytd: Kroner to date, with its sign.
        andele: Shares of the account at the same time in earlier years, in order or by year.
        korrigeret: The corrected budget, kroner.
        metode: One of `METODER`.
        maaneder: Whole months to date, 1-12; only `lineaer` needs it.

    Returns:
        Decimal kroner, not rounded.

    Raises:
        ForecastError: The method lacks what it builds on, the share lies beyond ± `STOERSTE_UDSVING`, or the method
            divides by one below `MINDSTE_ANDEL`.
        ValueUseError: There is no such method.

    Example:
        >>> shares = [Decimal("0.46"), Decimal("0.48"), Decimal("0.47")]
        >>> forecast(Decimal(235), andele=shares, korrigeret=Decimal(510), metode="bf")
        Decimal('505.30')
    """
    if metode not in METODER:
        raise ValueUseError(f"Der er ingen prognosemetode »{metode}«. {nearest(metode, METODER)}")
    shares = [andele[year] for year in sorted(andele)] if isinstance(andele, Mapping) else list(andele)
    if metode in KRAEVER_ANDEL and not shares:
        raise ForecastError("der er ingen tidligere år at regne på")
    if metode in KRAEVER_BUDGET and korrigeret is None:
        raise ForecastError("det korrigerede budget mangler")
    budget = korrigeret if korrigeret is not None else NUL
    if metode == BUDGET:
        return budget
    if metode == LINEAER:
        if maaneder is None or not 1 <= maaneder <= MAANEDER:
            raise ForecastError("den lige linje skal have mindst én hel måned")
        return ytd * MAANEDER / maaneder
    share = _of_a_year(shares[-1] if metode == SAESON else mean(shares))
    if metode in (ANDEL, SAESON):
        return ytd / _large_enough(share)
    rest = 1 - share
    from_budget = ytd + rest * budget
    if metode == BF:
        return from_budget
    if metode == BENKTANDER:
        return ytd + rest * from_budget
    raise AssertionError(f"{metode} has no formula")


def mean(andele: Sequence[Decimal]) -> Decimal:
    """Return the mean of shares, each year counting the same."""
    return raekker.total(andele) / len(andele)


def sumandel(til_dato: Iterable[Decimal], regnskaber: Iterable[Decimal]) -> Decimal:
    """Return the share of several years together, the ratio of the sums; large years count more than in `mean`.

    Raises:
        ForecastError: The accounts sum to 0.
    """
    whole = raekker.total(regnskaber)
    if not whole:
        raise ForecastError("regnskaberne giver 0 tilsammen")
    return raekker.total(til_dato) / whole


def forventet(
    historik: pd.DataFrame,
    forbrug: pd.DataFrame,
    korrigeret: pd.DataFrame | Mapping[str, Decimal],
    *,
    maaneder: int,
    metode: str,
    udelad: Mapping[int, str] | None = None,
    ledelse: pd.DataFrame | None = None,
    aar: int | None = None,
    budgetter: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the forecast of each appropriation.

    Args:
        historik: `aar, maaned, bevilling, beloeb_kr`; see `historik.read`.
        forbrug: This year's, `maaned, bevilling, beloeb_kr`, and `aar` and `posteringstype` where there are such; only
            the first `maaneder` months count, and PRI, SUP and period 13 never do.
        korrigeret: The corrected budget at the cut-off: by appropriation, or a table with `bevilling` and
            `korrigeret_kr` such as a main table.
        maaneder: Whole months to date.
        metode: One of `METODER`.
        udelad: Years to leave out, each with its reason: {2020: "corona"}.
        ledelse: The managers' own figures: `bevilling`, `forventet_kr` (None where there is none) and `forklaring`.
        aar: This year; may be left out where `forbrug` has only one.
        budgetter: Corrected budgets of earlier years, `aar, bevilling, korrigeret_kr`; without them, no interval can be
            given for the methods that build on the budget.

    Returns:
        A row an appropriation, `KOLONNER`, amounts in whole øre: `andel` is the mean share of `aar_brugt` years (None
        for none). `metode` is the one used: where the chosen one cannot be, another is, and `bemaerkning` says so.
        `forventet_kr` is the manager's figure where there is one (`kilde` "ledelsen"), else the model's ("modellen").
        `lavt_kr` and `hoejt_kr` are the model's figure with the errors the method made when each year was left out: the
        least and the largest of three to five years, the t-distribution's P10 and P90 from six on; None with fewer.

    Raises:
        PosterError: A table is wrong, or `ledelse` names an appropriation that is not there; all faults of the table.
        ValueUseError: See `historik.read`; or months, method or year are none.
    """
    if metode not in METODER:
        raise ValueUseError(f"Der er ingen prognosemetode »{metode}«. {nearest(metode, METODER)}")
    if not raekker.is_whole(maaneder) or not (0 if metode == BUDGET else 1) <= maaneder <= MAANEDER:
        raise ValueUseError(f"Prognosen skal have 1-12 hele måneder, ikke {maaneder}; kun »{BUDGET}« kan laves uden.")
    year = aar if aar is not None else _only_year(forbrug)
    before = tidligere.read(historik, udelad=udelad, foer=year)
    spent = til_dato(forbrug, aar=year, maaneder=maaneder)
    budget = raekker.by_name(korrigeret, "bevilling", "korrigeret_kr", what="det korrigerede budget")
    names = list(dict.fromkeys([*budget, *spent]))
    own = {} if ledelse is None else _managers(ledelse, names)
    earlier = None if budgetter is None else budgetter_pr_aar(budgetter)
    made = []
    for name in names:
        line = _line(name, spent.get(name, NUL), budget.get(name), before, maaneder, metode)
        said = own.get(name, (None, ""))
        low, high = interval(line["model_kr"], _errors(before, earlier, name, maaneder, line["metode"]))
        made.append(
            line
            | {
                "ledelse_kr": said[0],
                "forventet_kr": line["model_kr"] if said[0] is None else said[0],
                "kilde": MODELLEN if said[0] is None else LEDELSEN,
                "lavt_kr": low,
                "hoejt_kr": high,
                "forklaring": said[1],
            }
        )
    return raekker.frame(made, KOLONNER)


def uden_tomme(forventet: pd.DataFrame) -> pd.DataFrame:
    """Return a forecast without the columns in which nothing is known, such as the managers' figures when none is."""
    return forventet[[name for name in forventet.columns if forventet[name].notna().any()]]


def bemaerkninger(forventet: pd.DataFrame) -> list[str]:
    """Return a note for each appropriation whose forecast is not made by the method chosen."""
    return [f"{row['bevilling']}: {row['bemaerkning']}." for row in forventet.to_dict("records") if row["bemaerkning"]]


def til_dato(forbrug: pd.DataFrame, *, aar: int, maaneder: int) -> dict[str, Decimal]:
    """Return what each appropriation has spent in the first months of a year, PRI, SUP and period 13 apart."""
    end = date(aar, max(maaneder, 1), calendar.monthrange(aar, max(maaneder, 1))[1])
    sums: dict[str, Decimal] = {}
    for row in opdel(forbrug, periode=Periode("", aar, maaneder, end, ""), kolonner=("bevilling",)).aaret:
        name = raekker.text(row["bevilling"])
        sums[name] = sums.get(name, NUL) + row["beloeb_kr"]
    return sums


def budgetter_pr_aar(budgetter: pd.DataFrame) -> dict[tuple[int, str], Decimal]:
    """Return corrected budgets by year and appropriation.

    Raises:
        PosterError: A cell is not what it must be, or an appropriation stands twice in a year; all faults.
    """
    what = "de tidligere budgetter"
    lines = raekker.rows(budgetter, "aar bevilling korrigeret_kr", what)
    faults = raekker.wrong_amounts(lines, "korrigeret_kr") + raekker.without_text(lines, "bevilling")
    raekker.refuse(budgetter, what, faults + raekker.repeated(lines, "aar", "bevilling"))
    return {(int(row["aar"]), raekker.text(row["bevilling"])): row["korrigeret_kr"] for _, row in lines}


def uden_aar(
    before: Historik,
    budgets: Mapping[tuple[int, str], Decimal] | None,
    bevilling: str,
    aar: int,
    maaneder: int,
    metode: str,
) -> Decimal | None:
    """Return what a method would have said about an earlier year, knowing only the others; None where it cannot.

    The seasonal method takes the nearest year before it, or after it where there is none.
    """
    others = before.andele(bevilling, maaneder, uden=aar)
    order = sorted(others, key=lambda other: (other < aar, -abs(other - aar)))
    try:
        return forecast(
            before.til_dato(bevilling, aar, maaneder),
            andele=[others[other] for other in order],
            korrigeret=None if budgets is None else budgets.get((aar, bevilling)),
            metode=metode,
            maaneder=maaneder,
        )
    except ForecastError:
        return None


def interval(model: Decimal, errors: Sequence[Decimal]) -> tuple[Decimal | None, Decimal | None]:
    """Return a forecast with the relative errors (actual − forecast) / |forecast| of earlier years laid on it.

    Args:
        model: The forecast.
        errors: One a year.

    Returns:
        Low and high in whole øre, whole kroner where the t-distribution made them; (None, None) for fewer than three
        errors.
    """
    if len(errors) < _LEAST_ERRORS:
        return None, None
    if len(errors) < _ENOUGH_FOR_T:
        return rounded(model + abs(model) * min(errors), OERE), rounded(model + abs(model) * max(errors), OERE)
    numbers = np.array([float(error) for error in errors])
    spread = numbers.std(ddof=1) * np.sqrt(1 + 1 / len(numbers)) * stdtrit(len(numbers) - 1, _TAIL)
    ends = (Decimal(repr(float(numbers.mean() + sign * spread))) for sign in (-1, 1))
    low, high = (round(model + abs(model) * end) for end in ends)
    return Decimal(low), Decimal(high)


def _errors(
    before: Historik,
    budgets: Mapping[tuple[int, str], Decimal] | None,
    name: str,
    months: int,
    method: str,
) -> list[Decimal]:
    if method not in METODER:
        return []
    errors = []
    for year in before.maanedsvis.get(name, {}):
        said = uden_aar(before, budgets, name, year, months, method)
        if said:
            errors.append((before.regnskab(name, year) - said) / abs(said))
    return errors


def _line(
    name: str, spent: Decimal, budget: Decimal | None, before: Historik, months: int, method: str
) -> dict[str, Any]:
    shares = before.andele(name, months)
    known: dict[str, Any] = {"ytd": spent, "andele": shares, "korrigeret": budget, "maaneder": months}
    used, remark = method, ""
    try:
        model = forecast(metode=method, **known)
    except ForecastError as error:
        used, model = _instead(known)
        remark = f"{error.reason}; {METODER_ORD.get(used, 'forbruget til dato')} er brugt i stedet"
    return {
        "bevilling": name,
        "ytd_kr": spent,
        "korrigeret_kr": budget or NUL,
        "andel": mean(list(shares.values())) if shares else None,
        "aar_brugt": len(shares),
        "model_kr": rounded(model, OERE),
        "metode": used,
        "bemaerkning": remark,
    }


def _instead(known: Mapping[str, Any]) -> tuple[str, Decimal]:
    """Return a method that can be used, and its forecast: never below what is spent only for want of a budget."""
    for method in (BF, ANDEL, BUDGET):
        try:
            return method, forecast(metode=method, **known)
        except ForecastError:
            continue
    return TIL_DATO, known["ytd"]


def _of_a_year(share: Decimal) -> Decimal:
    if abs(share) > STOERSTE_UDSVING:
        raise ForecastError(
            f"{dansk.pct(share)} af regnskabet var brugt på dette tidspunkt i tidligere år; regnskabet var tæt på 0"
        )
    return share


def _large_enough(share: Decimal) -> Decimal:
    if share < MINDSTE_ANDEL:
        raise ForecastError(f"kun {dansk.pct(share)} af regnskabet plejer at være brugt på dette tidspunkt")
    return share


def _managers(table: pd.DataFrame, names: Sequence[str]) -> dict[str, tuple[Decimal | None, str]]:
    what = "ledelsens skøn"
    lines = raekker.rows(table, "bevilling forventet_kr", what)
    faults = raekker.wrong_amounts(lines, "forventet_kr", may_be_blank=True) + raekker.repeated(lines, "bevilling")
    faults += [
        Fault(
            f"bevillingen »{raekker.text(row['bevilling'])}« findes ikke. "
            f"{nearest(raekker.text(row['bevilling']), names)}",
            where,
        )
        for where, row in lines
        if raekker.text(row["bevilling"]) not in names
    ]
    raekker.refuse(table, what, faults)
    return {
        raekker.text(row["bevilling"]): (raekker.amount(row["forventet_kr"]), raekker.text(row.get("forklaring")))
        for _, row in lines
    }


def _only_year(forbrug: pd.DataFrame) -> int:
    years = sorted(set(forbrug["aar"])) if "aar" in forbrug else []
    if len(years) != 1:
        told = dansk.opremsning([str(year) for year in years]) or "ingen år"
        raise ValueUseError(f"Skriv, hvilket år prognosen gælder (aar); forbruget har {told}.")
    return int(years[0])
