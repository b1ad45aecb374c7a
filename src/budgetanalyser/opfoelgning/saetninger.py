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
from budgetanalyser.opfoelgning.prognose import ANDEL, BF, LINEAER, MODELLEN
from budgetanalyser.opfoelgning.rammer import Serviceramme
from budgetanalyser.opfoelgning.resultat import AFSNIT
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
    resultat: pd.DataFrame | None = None,
    stoerste: int = STOERSTE,
    decimaler: int = 1,
) -> list[str]:
    """Return the summary as sentences.

    Args:
        tabel: As `hovedtabel` gives it, by one column; the rows the follow-up is about.
        opfoelgning: The follow-up, as `find` gives it.
        afvigelser, serviceramme, likviditet, ansoegninger: What else there is; None is passed over.
        resultat: The same rows as a result statement, for a report that prints its stamp above. It is told section by
            section in place of the net sum, which mixes income with expenditure.
        stoerste: How many of the largest deviations are named.
        decimaler: Decimals of mio. kr.

    Returns:
        Danish sentences, each whole and with its full stop.
    """
    sums = i_alt(tabel)
    year = opfoelgning.periode.aar
    kind = _kind(tabel)
    told = [f"{opfoelgning.stempel}."] if opfoelgning.stempel and resultat is None else []
    if resultat is None:
        told += _result(sums, year, kind, decimaler)
        told += _against_last(sums, decimaler)
        told += _spent(sums, opfoelgning, kind)
    else:
        told += afsnit_i_ord(resultat, opfoelgning=opfoelgning, decimaler=decimaler)
    if sums["forventet_kr"] is not None or afvigelser is not None:
        told += _largest(tabel, stoerste, decimaler)
    told += [] if serviceramme is None else [serviceramme_i_ord(serviceramme, aar=year, decimaler=decimaler)]
    told += [] if likviditet is None else likviditet_i_ord(likviditet, decimaler=decimaler)
    told += [] if ansoegninger is None else [ansoegninger_i_ord(ansoegninger, decimaler=decimaler)]
    told += [afvigelser.kladde_ord] if afvigelser is not None and afvigelser.kladde else []
    return [_stopped(sentence) for sentence in told]


def afsnit_i_ord(resultat: pd.DataFrame, *, opfoelgning: Opfoelgning, decimaler: int = 1) -> list[str]:
    """Return a sentence for each section of a result statement, and for the change of cash that it ends with.

    Args:
        resultat: As `resultatopgoerelse` gives it; without its results where it is not of a whole municipality.
        opfoelgning: The follow-up.
        decimaler: Decimals of mio. kr.
    """
    lines = {row["noegle"]: row for row in resultat.to_dict("records")}
    told = []
    for section, (_, total, _) in AFSNIT.items():
        if total in lines:
            spent = _spent(lines[total], opfoelgning, UDGIFT, _OF[section]) if section in _OF else []
            last = _last_time(lines[total], decimaler) if section in _OF else []
            told.append(" ".join([_section(section, lines[total], decimaler), *last, *spent]))
    cash = lines.get(AFSNIT["finansiering"][2])
    return [*told, _cash(cash, decimaler)] if cash else told


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


def afvigelse_art(afvigelse_kr: Decimal | None, *, indtaegt: bool = False) -> str:
    """Return the word for a deviation, to stand beside its size: "merforbrug", "mindreindtægt"."""
    if not afvigelse_kr:
        return "afvigelse"
    more, less = _WORDS[INDTAEGT if indtaegt else UDGIFT]
    return (more if afvigelse_kr > 0 else less).split(" ", 1)[1]


def _percent(share: Decimal | None) -> str:
    """Return a deviation's share in brackets; what would be written as 0,0 % is under 0,1 %."""
    if share is None:
        return ""
    return f" ({dansk.pct(abs(share))})" if rounded(abs(share), 3) else " (under 0,1 %)"


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
    percent = _percent(share)
    is_kind = {"indtaegt": kind == INDTAEGT, "resultat": kind == RESULTAT}
    words = afvigelse_i_ord(over, **is_kind, decimaler=decimals)
    told = [f"{first}. Det er {words}{percent} i forhold til det korrigerede budget på {_money(budget, decimals)}."]
    if sums["overfoersler_kr"] and sums["afvigelse_ekskl_kr"] is not None:
        without = afvigelse_i_ord(sums["afvigelse_ekskl_kr"], **is_kind, decimaler=decimals)
        told.append(f"Set bort fra overførsler fra {year - 1} er det {without}.")
    return told


_SECTIONS = {
    "indtaegter": "Skatter og tilskud",
    "drift": "Driftsudgifterne",
    "renter": "Renterne",
    "anlaeg": "Anlægsudgifterne",
    "brugerfinansieret": "Det brugerfinansierede område",
    "finansiering": "De finansielle poster",
}
# Where the spend to date and the last follow-up say something: taxes and interest fall due as they do.
_OF = {"drift": "driftsbudgettet", "anlaeg": "anlægsbudgettet"}


def _section(section: str, line: Mapping[Any, Any], decimals: int) -> str:
    what, expected, budget, over = (
        _SECTIONS[section],
        line["forventet_kr"],
        line["korrigeret_kr"],
        line["afvigelse_kr"],
    )
    if expected is None:
        return f"{what}: det forventede regnskab er ikke oplyst for alle områder."
    is_income = budget < 0 or (not budget and expected < 0)
    size = _money(abs(expected) if is_income == (expected < 0) else expected, decimals)
    kind = " i indtægt" if is_income and section != "indtaegter" else ""
    verb = "ende på" if section == "brugerfinansieret" else "blive"
    if not over:
        return f"{what} ventes at {verb} {size}{kind}, som i det korrigerede budget."
    percent = _percent(line["afvigelse_pct"])
    words = afvigelse_i_ord(over, indtaegt=is_income, decimaler=decimals)
    return f"{what} ventes at {verb} {size}{kind}: {words}{percent} i forhold til det korrigerede budget."


def _last_time(line: Mapping[Any, Any], decimals: int) -> list[str]:
    last, expected = line.get("sidste_forventet_kr"), line["forventet_kr"]
    if last is None or expected is None or last == expected:
        return []
    income = " i indtægt" if last < 0 else ""
    return [_stopped(f"Ved sidste opfølgning var skønnet {_money(abs(last), decimals)}{income}.")]


def _cash(line: Mapping[Any, Any], decimals: int) -> str:
    """Tell the last line of a whole municipality: what is paid out more than comes in is taken from the cash."""
    expected, budget = line["forventet_kr"], line["korrigeret_kr"]
    if expected is None:
        return "Hvad året betyder for kassen, er ikke oplyst, da der mangler forventede regnskaber."
    words = [
        f"{'et træk på' if amount >= 0 else 'en opbygning af'} kassen på {_money(abs(amount), decimals)}"
        for amount in (expected, budget)
    ]
    return _stopped(f"Alt i alt ventes {words[0]}; i det korrigerede budget er det {words[1]}.")


def _against_last(sums: dict[str, Decimal | None], decimals: int) -> list[str]:
    expected, last = sums["forventet_kr"], sums["sidste_forventet_kr"]
    if expected is None or last is None:
        return []
    if not (change := expected - last):
        return ["Det forventede regnskab er uændret siden sidste opfølgning."]
    more = "højere" if change > 0 else "lavere"
    return [f"Det forventede regnskab er {_money(abs(change), decimals)} {more} end ved sidste opfølgning."]


def _spent(sums: Mapping[Any, Any], followup: Opfoelgning, kind: str, of: str = "det korrigerede budget") -> list[str]:
    share = sums["forbrugsprocent"]
    at = followup.periode
    if share is None or kind == RESULTAT or not at.maaneder:
        return []
    when = f"Pr. {dansk.dato(at.opgjort)}" if at.er_hel else f"Ved udgangen af {at.maaneder_ord.rpartition('-')[2]}"
    done = "af de budgetterede indtægter bogført" if kind == INDTAEGT else f"af {of} brugt"
    return [f"{when} er {dansk.pct(share)} {done}."]


def _largest(table: pd.DataFrame, most: int, decimals: int) -> list[str]:
    name = str(table.columns[0])
    rows = [row for row in table.to_dict("records") if raekker.amount(row["afvigelse_kr"])]
    if not rows:
        return [] if table["afvigelse_kr"].isna().any() else ["Ingen områder afviger fra det korrigerede budget."]
    rows.sort(key=lambda row: (-abs(row["afvigelse_kr"]), raekker.text(row[name])))
    # What would be written as 0 is not among the largest, unless all are.
    large = [row for row in rows if rounded(in_units(abs(row["afvigelse_kr"]), Enhed.MIO_KR), decimals)] or rows
    told = [
        f"{raekker.text(row[name])} ({_short(row['afvigelse_kr'], _is_income(row), decimals)})" for row in large[:most]
    ]
    if len(told) == 1:
        return [f"{'Den eneste' if len(rows) == 1 else 'Den største'} afvigelse er {told[0]}."]
    return [f"De største afvigelser er {dansk.opremsning(told)}."]


def _is_income(row: Mapping[Hashable, Any]) -> bool:
    return bool((row["korrigeret_kr"] or row["forventet_kr"]) < 0)


def _short(over: Decimal, is_income: bool, decimals: int) -> str:
    return afvigelse_i_ord(over, indtaegt=is_income, decimaler=decimals).split(" ", 1)[1]


def eksempel_i_ord(prognose: pd.DataFrame, metode: str, *, maaneder: int) -> str:
    """Show how the method works on the largest appropriation whose forecast is the model's; "" where none is.

    Args:
        prognose: As `prognose.forventet` gives it.
        metode: The method chosen.
        maaneder: Whole months to date.
    """
    rows = [row for row in prognose.to_dict("records") if row["metode"] == metode and row["kilde"] == MODELLEN]
    rows = [row for row in rows if row["andel"] is not None and row["ytd_kr"] > 0 and row["korrigeret_kr"] > 0]
    if not rows or metode not in (BF, ANDEL, LINEAER):
        return ""
    row = max(rows, key=lambda one: one["model_kr"])
    name, spent, model = row["bevilling"], _money(row["ytd_kr"], 1), _money(row["model_kr"], 1)
    if metode == LINEAER:
        return _stopped(f"Eksempel: »{name}« har brugt {spent} på {maaneder} måneder og ventes at bruge {model}.")
    if metode == ANDEL:
        usual = dansk.pct(row["andel"])
        return _stopped(f"Eksempel: »{name}« har brugt {spent} og plejer at have brugt {usual}; det giver {model}.")
    rest = 1 - row["andel"]
    more, budget = _money(rest * row["korrigeret_kr"], 1), _money(row["korrigeret_kr"], 1)
    return _stopped(
        f"Eksempel: »{name}« har brugt {spent} og plejer at bruge {dansk.pct(rest)} af sit budget i resten af året. "
        f"Det er {more} af {budget}, så skønnet er {model}."
    )


def interval_i_ord(prognose: pd.DataFrame) -> str:
    """Tell what the low and the high figure mean, or that there are none and why."""
    if not prognose["lavt_kr"].notna().any():
        return "Hvor sikkert modellens tal er, kan ikke vises: det kræver mindst tre tidligere år og deres budgetter."
    return (
        "Lavt og højt viser, hvor tallet var landet, hvis modellen ramte lige så skævt som i tidligere år. Har den "
        "plejet at ramme til samme side, kan begge ligge over eller under dens tal."
    )


def service_i_ord(frame: Serviceramme | None, *, aar: int, hele: bool, decimaler: int = 1) -> str:
    """Tell service expenditure: of the whole municipality against its frame, of a committee against its budget.

    Args:
        frame: None where there is no service expenditure.
        aar: The budget year.
        hele: Whether it is the whole municipality's.
        decimaler: Decimals of mio. kr.
    """
    if frame is None:
        return f"{'Kommunen' if hele else 'Udvalget'} har ingen serviceudgifter."
    if hele:
        return serviceramme_i_ord(frame, aar=aar, decimaler=decimaler)
    whole = "Servicerammen gælder kommunen under ét."
    budget = _money(frame.korrigeret_kr, decimaler)
    if frame.forventet_kr is None:
        return (
            f"Udvalgets serviceudgifter er {budget} i det korrigerede budget; hvad de bliver, er ikke oplyst. {whole}"
        )
    expected = _money(frame.forventet_kr, decimaler)
    return f"Udvalgets serviceudgifter ventes at blive {expected} mod {budget} i det korrigerede budget. {whole}"


def serviceramme_i_ord(frame: Serviceramme, *, aar: int, decimaler: int = 1) -> str:
    """Tell whether the forecast keeps the service frame of a year."""
    year, decimals = aar, decimaler
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
    return _stopped(f"{first}{size} {above} servicerammen på {_money(frame.ramme_kr, decimals)}.")


def kassen_i_ord(cash: Likviditet | None, *, hele: bool) -> str:
    """Tell the liquidity of a whole municipality, or why it is not told."""
    if not hele:
        return "Likviditeten gøres kun op for hele kommunen."
    return "Likviditeten er ikke oplyst." if cash is None else " ".join(likviditet_i_ord(cash))


def stempel_i_ord(opfoelgning: Opfoelgning, afvigelser: Afvigelser) -> str:
    """Tell why a report is foreløbig or a draft; "-" where it is neither."""
    told = [f"{opfoelgning.stempel}."] if opfoelgning.foreloebig else []
    told += [afvigelser.kladde_ord] if afvigelser.kladde else []
    return " ".join(told) or "-"


def uden_fortegn(amount: Decimal | None) -> Decimal | None:
    """Return the size of an amount, to stand beside a word that tells its direction; None for None."""
    return None if amount is None else abs(amount)


def likviditet_i_ord(cash: Likviditet, *, decimaler: int = 1) -> list[str]:
    """Tell the average liquidity, whether it keeps kassekreditreglen, and what must be told beside it."""
    mean, at = _money(cash.gennemsnit_kr, decimaler), dansk.dato(cash.opgjort)
    if cash.mangler:
        known = "er kendt i 1 dag" if cash.kendte == 1 else f"er kendt i {cash.kendte} dage"
        first = f"Likviditeten {known} af de {DAGE} til {at} og er i gennemsnit {mean}"
        return [f"{first}; om kassekreditreglen er overholdt, kan ikke siges endnu.", *cash.noter]
    rule = "overholder" if cash.positiv else "overholder ikke"
    return [
        f"Den gennemsnitlige likviditet over {DAGE} dage er {mean} pr. {at} og {rule} kassekreditreglen "
        "(gennemsnittet skal være over 0).",
        *cash.noter,
    ]


def ansoegninger_i_ord(applications: Ansoegninger | None, *, decimaler: int = 1) -> str:
    """Tell how many applications there are, and what they do to the appropriations in the budget year."""
    if applications is None:
        return "Ansøgninger om tillægsbevilling er ikke oplyst."
    if not applications.antal:
        return "Der er ingen ansøgninger om tillægsbevilling."
    per_kind = applications.pr_aar()
    own = per_kind[per_kind["slags"] != FINANSIERING]
    net = raekker.total(own[str(applications.budgetaar)])
    one, year = applications.antal == 1, applications.budgetaar
    first = f"Der er {applications.antal} {'ansøgning' if one else 'ansøgninger'} om tillægsbevilling"
    they = "Den" if one else "Tilsammen"
    way = "hæver" if net > 0 else "sænker"
    change = f"{way}{'' if one else ' de'} bevillingerne med {_money(abs(net), decimaler)} i {year}"
    if not net:
        change = f"ændrer{'' if one else ' de'} ikke bevillingerne i {year}"
    paid = "finansieringen er angivet" if one else "hver har sin finansiering"
    return f"{first}. {they} {change}; {paid}."


def _money(amount: Decimal, decimals: int) -> str:
    """Return mio. kr., or kroner where that would be written as 0."""
    is_small = amount and not rounded(in_units(amount, Enhed.MIO_KR), decimals)
    return dansk.kr(amount, 0 if rounded(amount) else 2) if is_small else dansk.mio_kr(amount, decimals)
