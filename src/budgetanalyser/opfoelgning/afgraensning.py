"""Afgraensning: which postings and budget posts count at a cut-off, and which are kept out and told.

PRI is the year's opening balance; SUP and period 13 belong to the closing of a year, often the one before. Counted,
they would make the first follow-up of a year wrong without anyone seeing it. Changes to the budget count from the day
they are decided.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, nearest
from budgetanalyser.opfoelgning import raekker
from budgetanalyser.opfoelgning.perioder import Opfoelgning, Periode, as_periode
from budgetanalyser.opfoelgning.raekker import Row
from budgetanalyser.opfoelgning.udsnit import bevillinger_i, udvalg_i, ukendte_bevillinger

OPRINDELIGT, TILLAEGSBEVILLING, OMPLACERING, OVERFOERSEL = SLAGS = (
    "oprindeligt",
    "tillaegsbevilling",
    "omplacering",
    "overfoersel",
)
NORMAL, PRIMO, SUPPLEMENT = "NOR", "PRI", "SUP"
SUPPLEMENTSPERIODE = 13

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-3])")


@dataclass(frozen=True)
class Poster:
    """The rows of a table that count, and those that are kept out, each kind with why.

    Attributes:
        aaret: The rows that count.
        ude: The rows that do not, by why in Danish.
    """

    aaret: list[Row]
    ude: dict[str, list[Row]] = field(default_factory=dict)


def maanedsvis(totaler: pd.DataFrame) -> pd.DataFrame:
    """Return a ledger's sums by month as spend: `aar` and `maaned` (1-13) in place of the month's text.

    Args:
        totaler: `maaned` ("2026-09"; 13 is the supplement period) and any other columns, as a ledger's sums have them.

    Raises:
        PosterError: A month is none; all faults.
    """
    lines = raekker.rows(totaler, "maaned", "posteringerne")
    found = [_MONTH.fullmatch(raekker.text(row["maaned"])) for _, row in lines]
    faults = [
        Fault(f"»{row['maaned']}« er ikke en måned", where)
        for (where, row), month in zip(lines, found, strict=True)
        if month is None
    ]
    raekker.refuse(totaler, "posteringerne", faults)
    months = [(int(month[1]), int(month[2])) for month in found if month is not None]
    rest = totaler.drop(columns="maaned")
    rest.insert(0, "aar", pd.Series([year for year, _ in months], index=totaler.index, dtype=object))
    rest.insert(1, "maaned", pd.Series([month for _, month in months], index=totaler.index, dtype=object))
    return rest


def opdel(forbrug: pd.DataFrame, *, periode: Periode, kolonner: Sequence[str] = ()) -> Poster:
    """Divide spend into what counts at the cut-off and what does not.

    Args:
        forbrug: As for `hovedtabel`.
        periode: The period.
        kolonner: Columns that must hold a text in each row.

    Raises:
        PosterError: A month, a type of posting or an amount is none; all faults.
    """
    what = "forbruget"
    lines = raekker.rows(forbrug, " ".join(["maaned", "beloeb_kr", *kolonner]), what)
    faults = raekker.wrong_amounts(lines, "beloeb_kr") + raekker.without_text(lines, *kolonner)
    for where, row in lines:
        if not (raekker.is_whole(row["maaned"]) and 1 <= row["maaned"] <= SUPPLEMENTSPERIODE):
            faults.append(
                Fault(f"maaned skal være 1-12, eller 13 for supplementsperioden, ikke {row['maaned']}", where)
            )
        if _type(row) not in (NORMAL, PRIMO, SUPPLEMENT):
            faults.append(
                Fault(f"posteringstype kan ikke være »{row['posteringstype']}«; brug NOR, PRI eller SUP", where)
            )
    raekker.refuse(forbrug, what, faults)
    return _divided([row for _, row in lines], lambda row: _spend_out(row, periode))


def budgetposter(budget: pd.DataFrame, *, periode: Periode, kolonner: Sequence[str] = ()) -> Poster:
    """Divide budget posts into those in force at the cut-off and those that are not.

    Args:
        budget: As for `hovedtabel`.
        periode: The period. The original budget counts whatever its date; a change counts from its date on, and
            always where it has none.
        kolonner: Columns that must hold a text in each row.

    Raises:
        PosterError: A kind, a date or an amount is none; all faults.
    """
    what = "budgettet"
    lines = raekker.rows(budget, " ".join(["slags", "beloeb_kr", *kolonner]), what)
    faults = raekker.wrong_amounts(lines, "beloeb_kr") + raekker.without_text(lines, *kolonner)
    for where, row in lines:
        if row["slags"] not in SLAGS:
            faults.append(Fault(f"slags kan ikke være »{row['slags']}«. {nearest(str(row['slags']), SLAGS)}", where))
        try:
            raekker.day(row.get("dato"))
        except TypeError:
            faults.append(Fault(f"dato skal være en dato eller tom, ikke »{row['dato']}«", where))
    raekker.refuse(budget, what, faults)
    return _divided([row for _, row in lines], lambda row: _post_out(row, periode))


def holdt_ude(
    budget: pd.DataFrame, forbrug: pd.DataFrame, *, periode: Periode | Opfoelgning | str | date
) -> pd.DataFrame:
    """Tell what is in the tables given but not in the main table.

    Args:
        budget, forbrug, periode: As for `hovedtabel`.

    Returns:
        A row for each reason there is: `hvad` (what and why, in Danish), `linjer` (rows) and `beloeb_kr` (their sum).
    """
    at = as_periode(periode)
    kept_out = {**budgetposter(budget, periode=at).ude, **opdel(forbrug, periode=at).ude}
    made = (
        {"hvad": why, "linjer": len(found), "beloeb_kr": raekker.total(row["beloeb_kr"] for row in found)}
        for why, found in kept_out.items()
    )
    return raekker.frame(made, ["hvad", "linjer", "beloeb_kr"])


def tomme_maaneder(forbrug: pd.DataFrame, *, periode: Periode | Opfoelgning | str | date) -> list[str]:
    """Return the months up to the cut-off that have no posting at all, in Danish; ask it of the whole ledger.

    An export fetched too early is whole and adds up, and still makes the year look cheap.

    Args:
        forbrug, periode: As for `hovedtabel`.
    """
    at = as_periode(periode)
    there = {row["maaned"] for row in opdel(forbrug, periode=at).aaret}
    return [f"{dansk.MAANEDER[month - 1]} {at.aar}" for month in range(1, at.maaneder + 1) if month not in there]


def kraev_budget(budget: pd.DataFrame, *, periode: Periode | Opfoelgning | str | date) -> None:
    """Refuse a budget without an original budget in the year, or with a line that stands twice.

    Without the first every krone would be a deviation, and the second would count double.

    Args:
        budget, periode: As for `hovedtabel`, of the whole municipality.

    Raises:
        PosterError: There is none, or lines are alike in every cell; all such lines.
    """
    at = as_periode(periode)
    raekker.refuse(budget, "budgettet", raekker.identical(raekker.rows(budget, "slags", "budgettet")))
    if not any(row["slags"] == OPRINDELIGT for row in budgetposter(budget, periode=at).aaret):
        raekker.refuse(budget, "budgettet", [Fault(f"der er ingen linjer med slags »{OPRINDELIGT}« for {at.aar}")])


def afstem_forbrug(
    alt_forbrug: pd.DataFrame, forbrug: pd.DataFrame, *, periode: Periode | Opfoelgning | str | date, udvalg: str
) -> pd.DataFrame:
    """Return the way from the ledger's total to the spend of a report: `hvad` and `beloeb_kr` (exact).

    Args:
        alt_forbrug: The ledger's sums of the whole municipality.
        forbrug: Those of the report.
        periode: As for `hovedtabel`.
        udvalg: Whose report it is.
    """
    at = as_periode(periode)
    whole, own = opdel(alt_forbrug, periode=at), opdel(forbrug, periode=at)
    counted = raekker.total(row["beloeb_kr"] for row in whole.aaret)
    out = {why: raekker.total(row["beloeb_kr"] for row in rows) for why, rows in whole.ude.items()}
    made = [("Udtrækkets sum, hele kommunen", counted + raekker.total(out.values()))]
    made += [(f"Ikke talt med: {why}", amount) for why, amount in out.items()]
    made.append((f"Forbrug i {at.maaneder_ord}, hele kommunen", counted))
    if len(forbrug) < len(alt_forbrug):
        made.append((f"Heraf {udvalg}", raekker.total(row["beloeb_kr"] for row in own.aaret)))
    return raekker.frame(({"hvad": what, "beloeb_kr": amount} for what, amount in made), ["hvad", "beloeb_kr"])


def skaeve_omplaceringer(budget: pd.DataFrame, *, periode: Periode | Opfoelgning | str | date) -> Decimal:
    """Return what the moves between appropriations sum to at the cut-off; 0 where none is missing.

    Args:
        budget, periode: As for `hovedtabel`, of the whole municipality: a committee may give to another.
    """
    posts = budgetposter(budget, periode=as_periode(periode)).aaret
    return raekker.total(row["beloeb_kr"] for row in posts if row["slags"] == OMPLACERING)


def advarsler(
    budget: pd.DataFrame,
    forbrug: pd.DataFrame,
    *,
    periode: Periode | Opfoelgning | str | date,
    historik: pd.DataFrame | None = None,
    rapporter: Sequence[str] = (),
) -> list[str]:
    """Tell what adds up and may still be wrong.

    Months without postings, moves that do not sum to zero, appropriations that only history has, and committees that
    no report is made for.

    Args:
        budget, forbrug, periode: As for `hovedtabel`, of the whole municipality.
        historik: Earlier years, with `bevilling`.
        rapporter: What the analysis makes reports of; () where it makes one.
    """
    empty = tomme_maaneder(forbrug, periode=periode)
    told = [f"Der er ingen posteringer i {dansk.opremsning(empty)}; er udtrækket hentet for tidligt?"] if empty else []
    if gap := skaeve_omplaceringer(budget, periode=periode):
        told.append(f"Omplaceringerne giver {dansk.kr(gap, 2).removesuffix('.')} tilsammen og ikke 0; mangler der en?")
    there = bevillinger_i(budget, forbrug)
    if historik is not None and (gone := ukendte_bevillinger(historik, there)):
        told.append(
            f"Kun i tidligere års regnskab: {dansk.opremsning([f'»{name}«' for name in gone])}. De er ikke med her; "
            "er de nedlagt, eller er navnet et andet?"
        )
    if rapporter and (left := [name for name in udvalg_i(budget, forbrug) if name not in rapporter]):
        told.append(f"Der laves ingen rapport for {dansk.opremsning(left)}; skriv udvalget under [udfold] i analysen.")
    return told


def noter(holdt_ude: pd.DataFrame) -> list[str]:
    """Tell each row of `holdt_ude` as a note below a table."""
    return [
        f"Ikke talt med: {row['hvad']}, i alt {dansk.kr(row['beloeb_kr'], 2)}" for row in holdt_ude.to_dict("records")
    ]


def _divided(found: list[Row], why_out: Callable[[Row], str]) -> Poster:
    counts: list[Row] = []
    out: dict[str, list[Row]] = {}
    for row in found:
        why = why_out(row)
        (out.setdefault(why, []) if why else counts).append(row)
    return Poster(counts, out)


def _spend_out(row: Row, at: Periode) -> str:
    if _type(row) == PRIMO:
        return "primoposteringer (PRI), som er årets åbningsbalance"
    if _type(row) == SUPPLEMENT or row["maaned"] == SUPPLEMENTSPERIODE:
        return "supplementsposteringer (SUP eller periode 13), som hører til afslutningen af et regnskabsår"
    if row.get("aar", at.aar) != at.aar:
        return f"forbrug i andre år end {at.aar}"
    if row["maaned"] > at.maaneder:
        return (
            f"forbrug efter {at.maaneder_ord}"
            if at.maaneder
            else f"forbrug i en måned, der ikke er slut {dansk.dato(at.opgjort)}"
        )
    return ""


def _post_out(row: Row, at: Periode) -> str:
    if row.get("aar", at.aar) != at.aar:
        return f"budgetposter i andre år end {at.aar}"
    decided = raekker.day(row.get("dato"))
    if row["slags"] != OPRINDELIGT and decided is not None and decided > at.opgjort:
        return f"budgetændringer besluttet efter {dansk.dato(at.opgjort)}"
    return ""


def _type(row: Row) -> str:
    return raekker.text(row.get("posteringstype")).upper() or NORMAL
