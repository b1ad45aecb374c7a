"""Saetninger: the summary of a follow-up that writes itself from the numbers, sentence by sentence.

Every sentence is made from amounts that are in the tables; none judges why. Amounts are written in mio. kr.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.bevilling import FINANSIERING
from budgetanalyser.kroner import Enhed, in_units, rounded
from budgetanalyser.opfoelgning import raekker
from budgetanalyser.opfoelgning.bevillinger import Ansoegninger
from budgetanalyser.opfoelgning.forklaringer import Afvigelser
from budgetanalyser.opfoelgning.kassen import DAGE, Likviditet
from budgetanalyser.opfoelgning.perioder import Opfoelgning
from budgetanalyser.opfoelgning.rammer import Serviceramme
from budgetanalyser.opfoelgning.tabeller import i_alt

STOERSTE = 3
UDGIFT, INDTAEGT, RESULTAT = "udgift", "indtaegt", "resultat"
_WORDS = {
    UDGIFT: ("et merforbrug", "et mindreforbrug"),
    INDTAEGT: ("en mindreindtægt", "en merindtægt"),
    RESULTAT: ("en forværring", "en forbedring"),
}
# Where less than this of the gross budgets is left net, the sum is a result, and a share of it says nothing.
_NET = Decimal("0.5")


def resume(
    tabel: pd.DataFrame,
    *,
    opfoelgning: Opfoelgning,
    afvigelser: Afvigelser | None = None,
    serviceramme: Serviceramme | None = None,
    likviditet: Likviditet | None = None,
    ansoegninger: Ansoegninger | None = None,
    stoerste: int = STOERSTE,
    decimaler: int = 1,
) -> list[str]:
    """Return the summary as sentences.

    Args:
        tabel: As `hovedtabel` gives it, by one column; the rows the follow-up is about.
        opfoelgning: The follow-up, as `find` gives it.
        afvigelser, serviceramme, likviditet, ansoegninger: What else there is; None is passed over.
        stoerste: How many of the largest deviations are named.
        decimaler: Decimals of mio. kr.

    Returns:
        Danish sentences, each whole and with its full stop.
    """
    sums = i_alt(tabel)
    year = opfoelgning.periode.aar
    kind = _kind(tabel)
    told = [f"{opfoelgning.stempel}."] if opfoelgning.stempel else []
    told += _result(sums, year, kind, decimaler)
    told += _against_last(sums, decimaler)
    told += _spent(sums, opfoelgning, kind)
    if sums["forventet_kr"] is not None or afvigelser is not None:
        told += _largest(tabel, stoerste, decimaler)
    told += [] if serviceramme is None else [_frame(serviceramme, year, decimaler)]
    told += [] if likviditet is None else _liquidity(likviditet, decimaler)
    told += [] if ansoegninger is None else [_applications(ansoegninger, decimaler)]
    told += [afvigelser.ord] if afvigelser is not None and afvigelser.kladde else []
    return [_stopped(sentence) for sentence in told]


def afvigelse_i_ord(
    afvigelse_kr: Decimal, *, indtaegt: bool = False, resultat: bool = False, decimaler: int = 1
) -> str:
    """Return a deviation in words: "et merforbrug på 2,1 mio. kr."; "ingen afvigelse" for 0.

    Args:
        afvigelse_kr: Kroner, forecast − budget.
        indtaegt: Whether it is of income, where minus is a merindtægt.
        resultat: Whether it is of a result, of income and expenditure together, which gets better or worse.
        decimaler: Decimals of mio. kr.; what would be written as 0 is written in kroner.
    """
    if not afvigelse_kr:
        return "ingen afvigelse"
    more, less = _WORDS[RESULTAT if resultat else INDTAEGT if indtaegt else UDGIFT]
    word = more if afvigelse_kr > 0 else less
    return f"{word} på {_money(abs(afvigelse_kr), decimaler)}"


def _stopped(sentence: str) -> str:
    """Return a sentence with one full stop; the abbreviation "kr." brings its own."""
    return sentence.replace("kr..", "kr.")


def _kind(table: pd.DataFrame) -> str:
    """Return whether the rows together are expenditure, income or a result."""
    budgets = [row["korrigeret_kr"] for row in table.to_dict("records")]
    net, gross = raekker.total(budgets), raekker.total(map(abs, budgets))
    if gross and all(number <= 0 for number in budgets):
        return INDTAEGT
    return RESULTAT if net < _NET * gross else UDGIFT


def _result(sums: dict[str, Decimal | None], year: int, kind: str, decimals: int) -> list[str]:
    expected, budget, over = sums["forventet_kr"], sums["korrigeret_kr"], sums["afvigelse_kr"]
    if expected is None or budget is None or over is None:
        return [f"Det forventede regnskab for {year} er ikke oplyst for alle områder."]
    first = f"Det forventede regnskab for {year} er {_money(expected, decimals)}"
    if not over:
        return [f"{first} og svarer til det korrigerede budget."]
    share = sums["afvigelse_pct"]
    percent = "" if share is None else f" ({dansk.pct(abs(share))})"
    is_kind = {"indtaegt": kind == INDTAEGT, "resultat": kind == RESULTAT}
    words = afvigelse_i_ord(over, **is_kind, decimaler=decimals)
    told = [f"{first}. Det er {words}{percent} i forhold til det korrigerede budget på {_money(budget, decimals)}."]
    if sums["overfoersler_kr"] and sums["afvigelse_ekskl_kr"] is not None:
        without = afvigelse_i_ord(sums["afvigelse_ekskl_kr"], **is_kind, decimaler=decimals)
        told.append(f"Set bort fra overførsler fra {year - 1} er det {without}.")
    return told


def _against_last(sums: dict[str, Decimal | None], decimals: int) -> list[str]:
    expected, last = sums["forventet_kr"], sums["sidste_forventet_kr"]
    if expected is None or last is None:
        return []
    if not (change := expected - last):
        return ["Det forventede regnskab er uændret siden sidste opfølgning."]
    more = "højere" if change > 0 else "lavere"
    return [f"Det forventede regnskab er {_money(abs(change), decimals)} {more} end ved sidste opfølgning."]


def _spent(sums: dict[str, Decimal | None], followup: Opfoelgning, kind: str) -> list[str]:
    share = sums["forbrugsprocent"]
    at = followup.periode
    if share is None or kind == RESULTAT or not at.maaneder:
        return []
    when = f"Pr. {dansk.dato(at.opgjort)}" if at.er_hel else f"Ved udgangen af {at.maaneder_ord.rpartition('-')[2]}"
    done = "af de budgetterede indtægter bogført" if kind == INDTAEGT else "af det korrigerede budget brugt"
    return [f"{when} er {dansk.pct(share)} {done}."]


def _largest(table: pd.DataFrame, most: int, decimals: int) -> list[str]:
    name = str(table.columns[0])
    rows = [row for row in table.to_dict("records") if raekker.amount(row["afvigelse_kr"])]
    if not rows:
        return [] if table["afvigelse_kr"].isna().any() else ["Ingen områder afviger fra det korrigerede budget."]
    rows.sort(key=lambda row: (-abs(row["afvigelse_kr"]), raekker.text(row[name])))
    told = [
        f"{raekker.text(row[name])} ({_short(row['afvigelse_kr'], _is_income(row), decimals)})" for row in rows[:most]
    ]
    if len(told) == 1:
        return [f"{'Den eneste' if len(rows) == 1 else 'Den største'} afvigelse er {told[0]}."]
    return [f"De største afvigelser er {dansk.opremsning(told)}."]


def _is_income(row: Mapping[Hashable, Any]) -> bool:
    return bool((row["korrigeret_kr"] or row["forventet_kr"]) < 0)


def _short(over: Decimal, is_income: bool, decimals: int) -> str:
    return afvigelse_i_ord(over, indtaegt=is_income, decimaler=decimals).split(" ", 1)[1]


def _frame(frame: Serviceramme, year: int, decimals: int) -> str:
    if frame.forventet_kr is None:
        return f"Om servicerammen for {year} overholdes, er ikke oplyst, da der mangler forventede regnskaber."
    if frame.ramme_kr is None or frame.afvigelse_kr is None:
        return (
            f"Serviceudgifterne ventes at blive {_money(frame.forventet_kr, decimals)}; servicerammen er ikke oplyst."
        )
    first = f"Serviceudgifterne ventes at blive {_money(frame.forventet_kr, decimals)}, "
    if not frame.afvigelse_kr:
        return f"{first}præcis servicerammen."
    above = "over" if frame.afvigelse_kr > 0 else "under"
    size = _money(abs(frame.afvigelse_kr), decimals)
    return f"{first}{size} {above} servicerammen på {_money(frame.ramme_kr, decimals)}."


def _liquidity(cash: Likviditet, decimals: int) -> list[str]:
    mean, at = _money(cash.gennemsnit_kr, decimals), dansk.dato(cash.opgjort)
    if cash.mangler:
        known = "er kendt i 1 dag" if cash.kendte == 1 else f"er kendt i {cash.kendte} dage"
        first = f"Likviditeten {known} af de {DAGE} til {at} og er i gennemsnit {mean}"
        return [f"{first}; om kassekreditreglen er overholdt, kan ikke siges endnu.", *cash.noter]
    rule = "overholder" if cash.positiv else "overholder ikke"
    return [
        f"Den gennemsnitlige likviditet over {DAGE} dage er {mean} pr. {at} og {rule} kassekreditreglen.",
        *cash.noter,
    ]


def _applications(applications: Ansoegninger, decimals: int) -> str:
    if not applications.antal:
        return "Der søges ingen tillægsbevillinger."
    noun = "tillægsbevilling" if applications.antal == 1 else "tillægsbevillinger"
    per_kind = applications.pr_aar()
    own = per_kind[per_kind["slags"] != FINANSIERING]
    net = raekker.total(own[str(applications.budgetaar)])
    first = f"Der søges {applications.antal} {noun}"
    all_are = "den er" if applications.antal == 1 else "alle er"
    return f"{first}, netto {_money(net, decimals)} i {applications.budgetaar}; {all_are} finansieret."


def _money(amount: Decimal, decimals: int) -> str:
    """Return mio. kr., or kroner where that would be written as 0."""
    is_small = amount and not rounded(in_units(amount, Enhed.MIO_KR), decimals)
    return dansk.kr(amount, 0 if rounded(amount) else 2) if is_small else dansk.mio_kr(amount, decimals)
