"""Opfølgning: when the council's answers are due, and whether they were given.

The deadlines count from the handover of the recommendations. A duty tied to an event ("ved afslutning") has no date
before the event has one. What the answers say is in `anbefalingssvar`.
"""

from __future__ import annotations

import calendar
from collections.abc import Hashable, Mapping
from datetime import date
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.borgersamling.kalender import sidste_hverdag
from budgetanalyser.errors import Fault, PosterError, ValueUseError, file_of, nearest

TIL_TIDEN, FOR_SENT = "svar givet til tiden", "svar givet for sent"
OVERSKREDET, AFVENTER = "frist overskredet", "afventer"
SVAR_IKKE_OPLYST, IKKE_FASTSAT = "svar ikke oplyst", "ingen fast dato"
GIVET = "svar givet"  # Whose deadline is not told, so that it was neither in time nor late.
TILSTANDE = (TIL_TIDEN, FOR_SENT, OVERSKREDET, AFVENTER, SVAR_IKKE_OPLYST, IKKE_FASTSAT, GIVET)
_UDEN_FRIST = {TIL_TIDEN: GIVET, FOR_SENT: GIVET, OVERSKREDET: AFVENTER}

_Row = Mapping[Hashable, Any]


def add_months(day: date, months: int) -> date:
    """Return the day `months` later, the last of the month where it has no such day: 31 August + 6 is 28 February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def frister(
    pligter: pd.DataFrame,
    *,
    aflevering: date,
    begivenheder: Mapping[str, date | None] | None = None,
    svar: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Date the council's duties.

    Args:
        pligter: `pligt` (text), `maaneder_efter_aflevering` (int, or None where the duty follows an event) and
            `begivenhed` (that event, or None).
        aflevering: When the recommendations are handed over. If only the month is known, deadlines are known only to
            the month too.
        begivenheder: The day of each event that has one, by its name in `pligter`.
        svar: The answers given, as in `status`.

    Returns:
        `pligt`, `frist` (the deadline in words) and `senest` (its date; None until an event has one); with `svar` also
        `svar_givet` (date or None).

    Raises:
        ValueUseError: An event that no duty follows.
        PosterError: The answers do not fit the duties.
    """
    dates = begivenheder or {}
    _require_known_events(dates, pligter)
    rows = []
    for duty in pligter.to_dict("records"):
        months = duty["maaneder_efter_aflevering"]
        by_event = {"frist": duty["begivenhed"], "senest": dates.get(duty["begivenhed"])}
        by_date = {"frist": f"inden {months} {'måned' if months == 1 else 'måneder'} efter afleveringen"}
        dated = by_event if months is None else {**by_date, "senest": add_months(aflevering, months)}
        rows.append({"pligt": duty["pligt"], **dated})
    table = pd.DataFrame(rows, columns=["pligt", "frist", "senest"], dtype=object)
    if svar is None:
        return table
    answers = _answers(table, svar)
    given = [answers[pligt]["dato"] if pligt in answers else None for pligt in table["pligt"]]
    return table.assign(svar_givet=pd.Series(given, index=table.index, dtype=object))


def _require_known_events(named: Mapping[str, date | None], pligter: pd.DataFrame) -> None:
    known = {event for event in pligter["begivenhed"] if event is not None}
    unknown = [event for event in named if event not in known]
    if unknown:
        told = " ".join(f"Ingen pligt følger begivenheden »{event}«. {nearest(event, known)}" for event in unknown)
        raise ValueUseError(told)


def senest_i_ord(day: date | None, praecision: str) -> str:
    """Say a deadline as exactly as it is known: "senest den 5. januar 2027", "senest i juni 2025"."""
    if day is None:
        return "uden fast dato"
    return f"senest den {dansk.dato(day)}" if praecision == "dag" else f"senest i {dansk.maaned(day)}"


def status(frister: pd.DataFrame, svar: pd.DataFrame, *, pr: date) -> pd.DataFrame:
    """Tell of each duty whether the answer has been given, as it stood on the day `pr`.

    Days count from the deadline itself, so nobody is called late before it has passed; `sidste_hverdag` is the working
    day to answer on where the deadline is a closed day. An answer dated after `pr` had not yet been given.

    Args:
        frister: `pligt` and `senest`, as `frister` returns. Deadlines known only to the month must be given as the last
            day they can mean, or an answer may be called late that was not.
        svar: `pligt`, `dato` (date, or None) and `oplyst` (bool; False where the source does not tell whether an answer
            was given). A duty that is not mentioned is not told of.
        pr: The day looked back from.

    Returns:
        `pligt`, `senest`, `sidste_hverdag`, `svar_givet` (dates or None), `tilstand` (one of
        `TILSTANDE`) and `dage`: days late, or with a minus days left; None where that is unknown.

    Raises:
        PosterError: A duty stands twice, or an answer fits no duty, stands twice or contradicts itself.
    """
    answers = _answers(frister, svar)
    rows = []
    for duty in frister.to_dict("records"):
        answer = answers.get(duty["pligt"], {"dato": None, "oplyst": False})
        given = answer["dato"] if answer["dato"] is not None and answer["dato"] <= pr else None
        limit = duty["senest"]
        tilstand, dage = _tilstand(limit, given, is_told=answer["oplyst"], pr=pr)
        rows.append([duty["pligt"], limit, limit and sidste_hverdag(limit), given, tilstand, dage])
    columns = ["pligt", "senest", "sidste_hverdag", "svar_givet", "tilstand", "dage"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _tilstand(limit: date | None, given: date | None, *, is_told: bool, pr: date) -> tuple[str, int | None]:
    if limit is None:
        return IKKE_FASTSAT, None
    days = ((given or pr) - limit).days
    if given:
        return (FOR_SENT if days > 0 else TIL_TIDEN), days
    if days <= 0:
        return AFVENTER, days
    return (OVERSKREDET, days) if is_told else (SVAR_IKKE_OPLYST, None)


def register(samlinger: pd.DataFrame, pligter: pd.DataFrame, svar: pd.DataFrame, *, pr: date) -> pd.DataFrame:
    """Return the status of every answer owed to every assembly, as it stood on the day `pr`.

    Args:
        samlinger: One assembly a row: `samling`, `aflevering` (date), `praecision` ("dag" or "måned") and
            `frister_oplyst` (bool). A handover known to the month gives deadlines on the last day they can mean. Where
            it is not told that the deadlines held for that assembly, they are a comparison, and nothing is called late.
        pligter: As `frister` takes them; the same duties for all.
        svar: As `status` takes them, with the assembly in `samling`.
        pr: The day looked back from.

    Returns:
        `samling`, the columns of `status`, and `frist` (the deadline in words), in the order of the tables.

    Raises:
        PosterError: As `status`, answers to an assembly that is not there, or dated before its handover.
    """
    unknown = [
        Fault(f"borgersamlingen kendes ikke. {nearest(str(name), samlinger['samling'])}", f"linje {line}, »{name}«")
        for line, name in svar["samling"].items()
        if name not in set(samlinger["samling"])
    ]
    handed_over = dict(zip(samlinger["samling"], samlinger["aflevering"], strict=True))
    early = [
        Fault(f"svaret er dateret {dansk.dato(row['dato'])}, før anbefalingerne blev afleveret", f"linje {line}")
        for line, row in zip(svar.index, svar.to_dict("records"), strict=True)
        if row["dato"] is not None and row["dato"] < handed_over.get(row["samling"], row["dato"])
    ]
    if unknown or early:
        raise PosterError(file_of(svar, "svarene"), [*unknown, *early])
    parts = []
    for one in samlinger.to_dict("records"):
        day = one["aflevering"]
        latest = day if one["praecision"] == "dag" else day.replace(day=calendar.monthrange(day.year, day.month)[1])
        own = svar.loc[svar["samling"] == one["samling"], ["pligt", "dato", "oplyst"]]
        due = frister(pligter, aflevering=latest)
        found = status(due, own, pr=pr).assign(frist=due["frist"])
        if not one["frister_oplyst"]:
            found["tilstand"] = [_UDEN_FRIST.get(state, state) for state in found["tilstand"]]
        found.insert(0, "samling", one["samling"])
        parts.append(found)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["samling"])


def overskredne(status: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a status whose deadline has passed without an answer, the longest overdue first."""
    late = [row for row in status.to_dict("records") if row["tilstand"] == OVERSKREDET]
    late.sort(key=lambda row: -row["dage"])
    return pd.DataFrame(late, columns=status.columns, dtype=object)


def _answers(duties: pd.DataFrame, svar: pd.DataFrame) -> dict[str, _Row]:
    """Return the answers by duty, or refuse those that cannot be meant."""
    names = list(duties["pligt"])
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    faults = [Fault("pligten står mere end én gang i fristerne; giv hver sit navn", f"»{name}«") for name in twice]
    found: dict[str, _Row] = {}
    for number, answer in zip(svar.index, svar.to_dict("records"), strict=True):
        where = f"linje {number}, »{answer['pligt']}«"
        faults += [Fault(text, where) for text in _answer_faults(answer, names, found)]
        found[answer["pligt"]] = answer
    if faults:
        raise PosterError("svarene", faults)
    return found


def _answer_faults(answer: _Row, duties: list[str], earlier: Mapping[str, _Row]) -> list[str]:
    faults = []
    if answer["pligt"] not in duties:
        faults.append(f"der er ingen pligt med det navn. {nearest(str(answer['pligt']), duties)}")
    if answer["pligt"] in earlier:
        faults.append("svaret står mere end én gang")
    if answer["oplyst"] not in (True, False):
        faults.append(f"oplyst skal være ja eller nej, ikke »{answer['oplyst']}«")
    if answer["oplyst"] is False and answer["dato"] is not None:
        faults.append(f"svaret har datoen {dansk.dato(answer['dato'])}, men står som ikke oplyst; ret en af delene")
    return faults
