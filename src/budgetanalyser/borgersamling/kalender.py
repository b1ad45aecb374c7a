"""Kalender: the days a Danish municipality is open, and the council's deadlines as a calendar file (.ics).

It knows nothing of when a duty is due; `forpligtelser` says that. It returns bytes and writes no file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, PosterError, ValueUseError

if TYPE_CHECKING:
    from icalendar import Event

VARSEL_DAGE = 30
PRODID = "-//Budgetanalyser//Frister//DA"
# Not public holidays, but closed all the same: 5 June, 24 and 31 December, as (month, day).
_LUKKEDAGE = {(6, 5), (12, 24), (12, 31)}


def sidste_hverdag(day: date) -> date:
    """Return the last working day of a Danish municipality on or before `day`.

    Closed are Saturdays, Sundays, public holidays (Store bededag up to 2023), and Grundlovsdag, 24 and 31 December.
    The last three are no holidays, but municipal agreements give all or half of them off, and the law counts them with
    the holidays where a time limit ends. To hold a half-open day for closed makes an answer a day early at worst.
    1 May stays open: no law counts it so.

    Such a law moves the end of a time limit to the next working day. A council's promise of an answer "inden 3
    måneder" has no such law behind it, so it is kept on the working day before.

    Source:
        The same days as forældelsesloven § 27 stk. 2; holidays from the package `holidays`.
    """
    while _is_closed(day):
        day -= timedelta(days=1)
    return day


def _is_closed(day: date) -> bool:
    return day.weekday() >= 5 or (day.month, day.day) in _LUKKEDAGE or day in _helligdage(day.year)


@cache
def _helligdage(year: int) -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays("DK", years=year))


def ics(frister: pd.DataFrame, *, titel: str, stamp: date | datetime, foreloebig: bool = False) -> bytes:
    """Return the dated duties as a calendar file (RFC 5545) that calendar programs can import.

    Each is an event of one whole day, on the working day the duty must be kept at the latest, with a reminder 30 days
    before. An event keeps its id from file to file as long as title, duty and deadline are the same.

    Args:
        frister: `pligt`, `frist` (words or None) and `senest` (date, or None: no event), as `forpligtelser.frister`
            returns.
        titel: What the calendar is called.
        stamp: When the deadlines were settled; a time without a zone is UTC. The same input gives the same bytes.
        foreloebig: The deadlines are provisional, as the day they count from is not known; each event says so.

    Raises:
        ValueUseError: No duty has a date; a calendar without events is not valid.
        PosterError: The same duty has the same deadline twice.
    """
    from icalendar import Calendar

    dated = [duty for duty in frister.to_dict("records") if duty["senest"] is not None]
    if not dated:
        raise ValueUseError("Ingen af pligterne har en dato endnu, så der er ingen frister at lægge i en kalender.")
    _require_once(dated)
    kalender = Calendar()
    kalender.add("prodid", PRODID)
    kalender.add("version", "2.0")
    kalender.add("x-wr-calname", _one_line(titel))
    for duty in dated:
        kalender.add_component(_event(duty, titel=titel, stamp=_utc(stamp), foreloebig=foreloebig))
    return bytes(kalender.to_ical())


def _require_once(duties: list[dict[Hashable, Any]]) -> None:
    keys = [(duty["pligt"], duty["senest"]) for duty in duties]
    twice = [key for key in dict.fromkeys(keys) if keys.count(key) > 1]
    if twice:
        raise PosterError(
            "fristerne",
            [Fault(f"pligten har fristen {dansk.dato(day)} mere end én gang", f"»{pligt}«") for pligt, day in twice],
        )


def _event(duty: Mapping[Any, Any], *, titel: str, stamp: datetime, foreloebig: bool) -> Event:
    from icalendar import Alarm, Event

    pligt, senest = _one_line(duty["pligt"]), duty["senest"]
    day = sidste_hverdag(senest)
    event = Event()
    event.add("uid", _uid(titel, duty["pligt"], senest))
    event.add("dtstamp", stamp)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", f"{'Foreløbig frist' if foreloebig else 'Frist'}: {pligt}")
    event.add("description", _description(duty, titel=titel, day=day, foreloebig=foreloebig))
    event.add("transp", "TRANSPARENT")  # A deadline does not make anybody busy.
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"Om {VARSEL_DAGE} dage: {pligt}")
    alarm.add("trigger", -timedelta(days=VARSEL_DAGE))
    event.add_component(alarm)
    return event


def _description(duty: Mapping[Any, Any], *, titel: str, day: date, foreloebig: bool) -> str:
    senest = duty["senest"]
    if foreloebig:
        said = f"fristen er i {dansk.maaned(senest)}. Datoen er foreløbig: den dag, fristen regnes fra, er ikke oplyst."
        return f"{_one_line(titel)}. {_one_line(duty['pligt'])}: {said}"
    words = f" ({_one_line(duty['frist'])})" if duty["frist"] else ""
    moved = f" Den dag har kommunen lukket, så svaret skal gives senest {dansk.dato(day)}." if day != senest else ""
    return f"{_one_line(titel)}. {_one_line(duty['pligt'])}: fristen er {dansk.dato(senest)}{words}.{moved}"


def _uid(titel: str, pligt: str, senest: date) -> str:
    # Invisible letters keep "a" + "bc" and "ab" + "c" apart; .invalid is nobody's domain (RFC 2606).
    told = "\x1f".join([titel, pligt, senest.isoformat()])
    return f"{hashlib.sha256(told.encode()).hexdigest()[:32]}@budgetanalyser.invalid"


def _utc(stamp: date | datetime) -> datetime:
    moment = stamp if isinstance(stamp, datetime) else datetime.combine(stamp, time())
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _one_line(text: str) -> str:
    """Return a text as one line without control letters, which a calendar file cannot hold."""
    return "".join(letter for letter in " ".join(text.split()) if not dansk.invisible(letter))
