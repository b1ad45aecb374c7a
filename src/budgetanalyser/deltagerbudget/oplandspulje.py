"""Oplandspulje: the account of a pool over the years, what was set aside against what was given. Not who should get it.

The pool also pays for other things than deltagerbudgetter, and none of their administration. Postings without an amount
are counted, never guessed: they make what is left an upper bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

import pandas as pd

from budgetanalyser import dansk, prisniveau
from budgetanalyser.deltagerbudget.realisering.raekker import (
    Row,
    Rows,
    frame,
    is_count,
    refuse,
    repeated,
    rows,
    total,
    wrong_amounts,
)
from budgetanalyser.errors import Fault, ValueUseError, nearest
from budgetanalyser.kilder.questions import IKKE_OPLYST
from budgetanalyser.kroner import rounded

DELTAGERBUDGET = "deltagerbudget"
FORMAAL = (DELTAGERBUDGET, "tilsagn", "andet")
UDMOENTET, DISPONERET = "udmøntet", "disponeret"
AFSLUTTET, I_GANG, KOMMENDE = "afsluttet", "i gang", "kommende"
REST, HOEJST, OVERDISPONERET, INGEN_REST = "rest", "højst", "overdisponeret", "ikke opgjort"

Laesning = Literal["nominel", "reguleret"]
NOMINEL: Final = "nominel"
REGULERET: Final = "reguleret"
_STIGNINGER = [Decimal(rise) / 100 for rise in range(4)]  # A year, where no rate is known.

_ZERO = Decimal(0)


def regnskab(bevilling: pd.DataFrame, poster: pd.DataFrame, *, pr: date) -> pd.DataFrame:
    """Return the account of a pool, year by year, as it stood on the day `pr`.

    Args:
        bevilling: One year a row: `aar` (int) and `afsat_kr` (Decimal; None where not known).
        poster: One posting a row: `aar` (int; None where not known), `omraade` (text or None), `formaal` (one of
            `FORMAAL`), `tekst`, `status` ("udmøntet" or "disponeret") and `beloeb_kr` (Decimal of 0 or more; None where
            not known).
        pr: The day looked back from. A later year is not judged: it has no rest.

    Returns:
        One row a year, in order: `aar`, `tilstand` ("afsluttet", "i gang" or "kommende"), `afsat_kr`, `udmoentet_kr`,
        `disponeret_kr`, `anvendt_kr` (the two), `rest_kr` (set aside less used; negative where too much is promised),
        `overfoert_kr` (the rests of the years before, if what is left may be carried over), `akkumuleret_kr` (that and
        the year's rest), `poster`, `uden_beloeb` and `uden_aar` (int; the last, postings whose year is not told, is
        the same in every row), and `rest_ord` and `akkumuleret_ord`: "rest", "højst" (amounts or years are missing, so
        it is an upper bound), "overdisponeret" or "ikke opgjort".

    Raises:
        PosterError: No years, a year that is none or stands twice, a posting in a year without a grant, unknown words
            or negative amounts.
    """
    granted = _granted(bevilling)
    by_year = _by_year(poster, granted)
    undated = len(by_year.pop(None, []))
    made = []
    carried: Decimal | None = _ZERO
    loose = undated > 0
    for year, set_aside in granted.items():
        row = _year(year, set_aside, by_year.get(year, []), pr)
        made.append(row | {"uden_aar": undated, "overfoert_kr": None if row["rest_kr"] is None else carried})
        loose = loose or row["uden_beloeb"] > 0
        carried = None if carried is None or row["rest_kr"] is None else carried + row["rest_kr"]
        made[-1] |= {
            "akkumuleret_kr": carried,
            "rest_ord": _judged(row, undated),
            "akkumuleret_ord": _bound(carried, loose),
        }
    return frame(made, _ACCOUNT)


_ACCOUNT = (
    "aar tilstand afsat_kr udmoentet_kr disponeret_kr anvendt_kr rest_kr overfoert_kr akkumuleret_kr"
    " poster uden_beloeb uden_aar rest_ord akkumuleret_ord"
)


def _year(year: int, set_aside: Decimal | None, posted: list[Row], pr: date) -> dict[str, Any]:
    used = {status: _sum(row for row in posted if row["status"] == status) for status in (UDMOENTET, DISPONERET)}
    in_all = used[UDMOENTET] + used[DISPONERET]
    state = KOMMENDE if year > pr.year else I_GANG if pr < date(year, 12, 31) else AFSLUTTET
    return {
        "aar": year,
        "tilstand": state,
        "afsat_kr": set_aside,
        "udmoentet_kr": used[UDMOENTET],
        "disponeret_kr": used[DISPONERET],
        "anvendt_kr": in_all,
        "rest_kr": None if state == KOMMENDE or set_aside is None else set_aside - in_all,
        "poster": len(posted),
        "uden_beloeb": sum(row["beloeb_kr"] is None for row in posted),
    }


def _sum(posted: Any) -> Decimal:
    return total(row["beloeb_kr"] for row in posted) or _ZERO


def _judged(row: Mapping[str, Any], undated: int) -> str:
    return _bound(row["rest_kr"], bool(row["uden_beloeb"] or undated))


def _bound(rest: Decimal | None, loose: bool) -> str:
    if rest is None:
        return INGEN_REST
    return OVERDISPONERET if rest < 0 else HOEJST if loose else REST


def _granted(bevilling: pd.DataFrame) -> dict[int, Decimal | None]:
    lines = rows(bevilling, "aar afsat_kr", "bevillingen")
    faults = [] if lines else [Fault("der er ingen år; skriv ét i hver linje")]
    faults += [Fault("aar skal være et årstal", where) for where, row in lines if not is_count(row["aar"])]
    faults += wrong_amounts(lines, "afsat_kr") + repeated(lines, lambda row: row["aar"], "året står også")
    refuse(bevilling, "bevillingen", faults)
    return {row["aar"]: row["afsat_kr"] for _, row in sorted(lines, key=lambda one: one[1]["aar"])}


def _posted(poster: pd.DataFrame) -> Rows:
    lines = rows(poster, "aar omraade formaal tekst status beloeb_kr", "posterne")
    faults = wrong_amounts(lines, "beloeb_kr")
    for name, known in (("formaal", FORMAAL), ("status", (UDMOENTET, DISPONERET))):
        faults += [
            Fault(f"{name} kan ikke være »{row[name]}«. {nearest(str(row[name]), known)}", where)
            for where, row in lines
            if row[name] not in known
        ]
    refuse(poster, "posterne", faults)
    return lines


def _by_year(poster: pd.DataFrame, granted: Mapping[int, object]) -> dict[int | None, list[Row]]:
    lines = _posted(poster)
    years = f"{min(granted)}-{max(granted)}"
    strange = [
        Fault(f"der er ingen bevilling i {row['aar']}; puljen har {years}. Ret aar, eller tilføj året", where)
        for where, row in lines
        if row["aar"] is not None and row["aar"] not in granted
    ]
    refuse(poster, "posterne", strange)
    found: dict[int | None, list[Row]] = {}
    for _, row in lines:
        found.setdefault(row["aar"], []).append(row)
    return found


def efter(poster: pd.DataFrame, kolonne: str) -> pd.DataFrame:
    """Divide the postings by area, purpose or another column, with what deltagerbudgetter are of each.

    Args:
        poster: As for `regnskab`.
        kolonne: "omraade", "formaal", "status" or "aar".

    Returns:
        One row a group, the largest first and "ikke oplyst" last: the column by its name, `udmoentet_kr`,
        `disponeret_kr`, `i_alt_kr`, `andel` (of the sum of all known amounts, four decimals; None where that is 0),
        `andel_deltagerbudget` (of the group's own sum, likewise), `poster` and `uden_beloeb` (int).

    Raises:
        PosterError: As `regnskab`.
        ValueUseError: Another column.
    """
    usable = ("omraade", "formaal", "status", "aar")
    if kolonne not in usable:
        raise ValueUseError(f"Posterne kan ikke deles efter »{kolonne}«. {nearest(kolonne, usable)}")
    groups: dict[Any, list[Row]] = {}
    for _, row in _posted(poster):
        groups.setdefault(IKKE_OPLYST if row[kolonne] is None else row[kolonne], []).append(row)
    everything = _sum(row for own in groups.values() for row in own)
    made = [{kolonne: name} | _group(own, everything) for name, own in groups.items()]
    made.sort(key=lambda row: (row[kolonne] == IKKE_OPLYST, -row["i_alt_kr"], str(row[kolonne])))
    return frame(made, f"{kolonne} udmoentet_kr disponeret_kr i_alt_kr andel andel_deltagerbudget poster uden_beloeb")


def _group(own: list[Row], everything: Decimal) -> dict[str, Any]:
    in_all = _sum(own)
    by_vote = _sum(row for row in own if row["formaal"] == DELTAGERBUDGET)
    return {
        "udmoentet_kr": _sum(row for row in own if row["status"] == UDMOENTET),
        "disponeret_kr": _sum(row for row in own if row["status"] == DISPONERET),
        "i_alt_kr": in_all,
        "andel": rounded(in_all / everything, 4) if everything else None,
        "andel_deltagerbudget": rounded(by_vote / in_all, 4) if in_all else None,
        "poster": len(own),
        "uden_beloeb": sum(row["beloeb_kr"] is None for row in own),
    }


def i_ord(regnskab: pd.DataFrame) -> list[str]:
    """Say an account of `regnskab` in plain sentences: one a year that is judged, and what is not known."""
    said = [_year_in_words(row) for row in regnskab.to_dict("records") if row["tilstand"] != KOMMENDE]
    return [*said, *forbehold_i_ord(regnskab)]


def forbehold_i_ord(regnskab: pd.DataFrame) -> list[str]:
    """Say what an account of `regnskab` does not know, in plain sentences."""
    table = regnskab.to_dict("records")
    said = []
    later = [str(row["aar"]) for row in table if row["tilstand"] == KOMMENDE]
    if later:
        years = later[0] if len(later) == 1 else f"{later[0]}-{later[-1]}"
        said.append(f"{years} ligger efter opgørelsen og er ikke gjort op.")
    if missing := sum(row["uden_beloeb"] for row in table):
        said.append(f"{_postings(missing)} uden oplyst beløb er ikke regnet med, så resten er højst den viste.")
    if undated := table[0]["uden_aar"] if table else 0:
        said.append(f"{_postings(undated)} uden oplyst år er ikke regnet med i noget år.")
    return said


def _postings(count: int) -> str:
    return "Én post" if count == 1 else f"{count} poster"


def _year_in_words(row: Row) -> str:
    used = f"udmøntet {dansk.kr(row['udmoentet_kr'])} og disponeret {dansk.kr(row['disponeret_kr'])}"
    if row["afsat_kr"] is None:
        return f"I {row['aar']} er det ikke oplyst, hvad der er afsat; der er {used}"
    begun = f"I {row['aar']} er der afsat {dansk.kr(row['afsat_kr'])}, {used}"
    if row["rest_ord"] == OVERDISPONERET:
        least = "mindst " if row["uden_beloeb"] or row["uden_aar"] else ""
        return f"{begun}; året er overdisponeret med {least}{dansk.kr(-row['rest_kr'])}"
    left = f"{'højst ' if row['rest_ord'] == HOEJST else ''}{dansk.kr(row['rest_kr'])}"
    return f"{begun}; tilbage er {left}{' Året er ikke slut.' if row['tilstand'] == I_GANG else ''}"


def faste_priser(
    bevilling: pd.DataFrame, *, basisaar: int, pl_satser: Mapping[int, Decimal], laest: Laesning
) -> pd.DataFrame:
    """Show what the pool is in fixed prices and in each year's own, under one of two readings of the grant.

    The source does not say whether 10 mio. kr. a year is regulated with prices. Read as "nominel" each year's amount is
    in that year's prices and buys less and less; read as "reguleret" it is in prices of `basisaar` and is regulated.

    Args:
        bevilling: As for `regnskab`.
        basisaar: The price level of the fixed prices, a year.
        pl_satser: Rates as fractions by the year each leads to. Empty where none is known: the amounts are then shown
            for price rises of 0, 1, 2 and 3 per cent a year.
        laest: "nominel" or "reguleret".

    Returns:
        One row a year (and rise): `aar`, `stigning` (Decimal a year; None where rates are used), `afsat_kr`,
        `loebende_kr` (in that year's prices) and `faste_kr` (in prices of `basisaar`), Decimal, not rounded; None
        where the amount or a rate on the way is not known.

    Raises:
        PosterError: As `regnskab`, of the grant.
        ValueUseError: Another reading, or a year or rate that is none.
    """
    if laest not in (NOMINEL, REGULERET):
        raise ValueUseError(f"Bevillingen kan læses som »{NOMINEL}« eller »{REGULERET}«, ikke »{laest}«.")
    granted = _granted(bevilling)
    made = []
    for rise in [None] if pl_satser else _STIGNINGER:
        rates = pl_satser if rise is None else _even_rates(rise, [*granted, basisaar])
        for year, amount in granted.items():
            other = _restated(amount, year, basisaar, rates, laest)
            own, fixed = (amount, other) if laest == NOMINEL else (other, amount)
            made.append({"aar": year, "stigning": rise, "afsat_kr": amount, "loebende_kr": own, "faste_kr": fixed})
    return frame(made, "aar stigning afsat_kr loebende_kr faste_kr")


def _even_rates(rise: Decimal, years: Sequence[int]) -> dict[int, Decimal]:
    return dict.fromkeys(range(min(years) + 1, max(years) + 1), rise)


def _restated(
    amount: Decimal | None, year: int, basisaar: int, rates: Mapping[int, Decimal], laest: Laesning
) -> Decimal | None:
    """Return the amount at the level it is not read to be in; None where it or a rate is not known."""
    if amount is None:
        return None
    levels = (year, basisaar) if laest == NOMINEL else (basisaar, year)
    try:
        return prisniveau.restate(amount, from_level=levels[0], to_level=levels[1], pl_satser=rates)
    except prisniveau.MissingSatsError:
        return None


def nutidsvaerdi(bevilling: pd.DataFrame, basisaar: int) -> Decimal:
    """Return what the whole grant is worth in `basisaar`, with the Danish real discount rate.

    The rate is real, so the amounts are taken to be in fixed prices: the grant read as "reguleret". Read as "nominel",
    put the `faste_kr` of `faste_priser` in as `afsat_kr`.

    Args:
        bevilling: As for `regnskab`, with every amount known and no year before `basisaar`.
        basisaar: The year that is not discounted.

    Returns:
        Decimal kroner, not rounded.

    Raises:
        PosterError: As `regnskab`, an amount that is not known, or a year before `basisaar`.

    Source:
        As `prisniveau.npv`.
    """
    granted = _granted(bevilling)
    faults = [
        Fault("afsat_kr mangler; nutidsværdien skal kende alle beløb", f"år {y}")
        for y, kr in granted.items()
        if kr is None
    ]
    faults += [
        Fault(f"året ligger før {basisaar}; vælg et tidligere basisår", f"år {y}") for y in granted if y < basisaar
    ]
    refuse(bevilling, "bevillingen", faults)
    return prisniveau.npv({year - basisaar: kr for year, kr in granted.items() if kr is not None})


def i_alt(regnskab: pd.DataFrame, kolonne: str) -> Decimal | None:
    """Return the sum of a column of amounts over the years it is known for; None where it is known for none."""
    return total(one for one in regnskab[kolonne] if one is not None)


def nutidsvaerdier(bevilling: pd.DataFrame, basisaar: int, pl_satser: Mapping[int, Decimal]) -> pd.DataFrame:
    """Return what the whole grant is worth in `basisaar` by both readings.

    Args:
        bevilling, basisaar: As for `nutidsvaerdi`.
        pl_satser: As for `faste_priser`.

    Returns:
        `laesning` (words) and `vaerdi_kr` (Decimal, not rounded): regulated; and not regulated, by the rates or by a
        rise of 1, 2 and 3 per cent a year. No rows where an amount is not known.

    Raises:
        PosterError: As `nutidsvaerdi`.
        ValueUseError: As `faste_priser`.
    """
    if bevilling["afsat_kr"].isna().any():
        return frame([], "laesning vaerdi_kr")
    made = [{"laesning": "Beløbet følger priserne", "vaerdi_kr": nutidsvaerdi(bevilling, basisaar)}]
    fixed = faste_priser(bevilling, basisaar=basisaar, pl_satser=pl_satser, laest=NOMINEL)
    rises = [rise for rise in dict.fromkeys(fixed["stigning"]) if rise != 0]
    for rise in rises:
        own = fixed[fixed["stigning"].isna()] if rise is None else fixed[fixed["stigning"] == rise]
        words = "efter satserne" if rise is None else f"{dansk.pct(rise, 0)} om året"
        if own["faste_kr"].isna().any():
            continue
        flows = pd.DataFrame({"aar": list(own["aar"]), "afsat_kr": list(own["faste_kr"])}, dtype=object)
        made.append(
            {
                "laesning": f"Beløbet følger ikke priserne, som stiger {words}",
                "vaerdi_kr": nutidsvaerdi(flows, basisaar),
            }
        )
    return frame(made, "laesning vaerdi_kr")
