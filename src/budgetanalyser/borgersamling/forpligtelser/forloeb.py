"""Forløb: the events of an assembly in the order they must come, written as exactly as they are known."""

from __future__ import annotations

import calendar
from collections.abc import Hashable, Mapping
from datetime import date
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, PosterError, file_of, nearest

# The keys of a course whose order in time is given.
FORLOEB = (
    "beslutning",
    "forarbejde",
    "moeder",
    "aflevering",
    "foerste_status",
    "anden_status",
    "afslutning",
    "evaluering",
)

_Row = Mapping[Hashable, Any]


def check_forloeb(tidslinje: pd.DataFrame) -> None:
    """Check that the dates of a course come in the order they must: decision, preparation, meetings, and so on.

    A date known to the month may be any day of it, and is only at fault when no such day would do.

    Args:
        tidslinje: `haendelse`, `fra` and `til` (date or None), `praecision` ("dag", "medio" or "måned", of the
            beginning) and `noegle`. Keys outside `FORLOEB` have no order; rows without a date are left out.

    Raises:
        PosterError: An event ends before it begins, or begins before one that must come first, or two events have one
            key; all faults, each with its line in the source.
    """
    events = tidslinje.to_dict("records")
    must_come_first = _overtaken(events)
    faults = []
    for position, (number, event) in enumerate(zip(tidslinje.index, events, strict=True)):
        texts = [
            _ends_before_it_begins(event),
            _begins_before(event, must_come_first.get(position)),
            _has_the_key_of(event, events[:position]),
        ]
        faults += [Fault(text, f"linje {number}, »{event['haendelse']}«") for text in texts if text]
    if faults:
        raise PosterError(file_of(tidslinje, "forløbet"), faults)


def _overtaken(events: list[dict[Hashable, Any]]) -> dict[int, _Row]:
    """Return, by position, the events that begin too early, each with the latest of those that must come before it."""
    found: dict[int, _Row] = {}
    latest: _Row | None = None
    for key in FORLOEB:
        dated = {place: event for place, event in enumerate(events) if event["noegle"] == key and event["fra"]}
        if latest:
            found |= {place: latest for place, event in dated.items() if _begin(event)[1] < _begin(latest)[0]}
        so_far = [event for event in (latest, *dated.values()) if event]
        latest = max(so_far, key=lambda event: _begin(event)[0], default=None)
    return found


def _ends_before_it_begins(event: _Row) -> str:
    fra, til, praecision = event["fra"], event["til"], _of_the_end(event["praecision"])
    if not (fra and til) or _possible_days(til, praecision)[1] >= _begin(event)[0]:
        return ""
    return f"slutter {dansk.tidspunkt(til, praecision)}, før den begynder {_begin_in_words(event)}"


def _begins_before(event: _Row, other: _Row | None) -> str:
    if not other:
        return ""
    return (
        f"{_begin_in_words(event)} ligger før »{other['haendelse']}« ({_begin_in_words(other)}), som skal komme først"
    )


def _has_the_key_of(event: _Row, earlier: list[dict[Hashable, Any]]) -> str:
    twin = next((one for one in earlier if one["noegle"] == event["noegle"]), None)
    if twin is None or event["noegle"] is None:
        return ""
    return f"nøglen »{event['noegle']}« bruges allerede af »{twin['haendelse']}«; giv hver hændelse sin egen"


def _begin(event: _Row) -> tuple[date, date]:
    return _possible_days(event["fra"], event["praecision"])


def _begin_in_words(event: _Row) -> str:
    return dansk.tidspunkt(event["fra"], event["praecision"])


def _of_the_end(praecision: str) -> str:
    """Return how exactly the end of a period is known, when its beginning is known to `praecision`."""
    return "dag" if praecision == "dag" else "måned"


def _possible_days(day: date, praecision: str) -> tuple[date, date]:
    """Return the first and last day that a date may stand for."""
    if praecision == "dag":
        return day, day
    if praecision == "medio":
        return day.replace(day=11), day.replace(day=20)
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])


def tidspunkt(tidslinje: pd.DataFrame, noegle: str) -> tuple[date, str]:
    """Return when an event of a timeline begins, and how exactly that is known ("dag", "medio" or "måned").

    Raises:
        PosterError: The timeline has no such event, or no date for it.
    """
    for number, row in zip(tidslinje.index, tidslinje.to_dict("records"), strict=True):
        if row["noegle"] == noegle and row["fra"] is None:
            raise PosterError(file_of(tidslinje, "forløbet"), [Fault("hændelsen skal have en dato", f"linje {number}")])
        if row["noegle"] == noegle:
            return row["fra"], row["praecision"]
    known = nearest(noegle, map(str, tidslinje["noegle"]))
    fault = Fault(f"der er ingen hændelse med nøglen »{noegle}«. {known}")
    raise PosterError(file_of(tidslinje, "forløbet"), [fault])


def tidsplan(tidslinje: pd.DataFrame) -> pd.DataFrame:
    """Write a timeline's times as exactly as they are known.

    Args:
        tidslinje: `haendelse`, `fra` and `til` (date or None) and `praecision` ("dag", "medio" or "måned", of the
            beginning).

    Returns:
        `haendelse` and `tidspunkt`: "17. april 2023", "medio oktober 2023 til februar 2024", or None where the source
        does not say.
    """
    rows = [
        {"haendelse": row["haendelse"], "tidspunkt": _tidspunkt(row["fra"], row["til"], row["praecision"])}
        for row in tidslinje.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["haendelse", "tidspunkt"], dtype=object)


def _tidspunkt(fra: date | None, til: date | None, praecision: str) -> str | None:
    if fra is None:
        return None
    begin = dansk.tidspunkt(fra, praecision)
    return f"{begin} til {dansk.tidspunkt(til, _of_the_end(praecision))}" if til else begin
