"""Forpligtelser: the answers a council owes an assembly, and by when.

The deadlines count from the handover of the recommendations. A duty tied to an event ("ved afslutning") has no date
before the event has one.
"""

from __future__ import annotations

import calendar
from datetime import date

import pandas as pd

from budgetanalyser import dansk


def add_months(day: date, months: int) -> date:
    """Return the day `months` later, the last of the month where it has no such day: 31 August + 6 is 28 February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def frister(pligter: pd.DataFrame, *, aflevering: date) -> pd.DataFrame:
    """Date the council's duties.

    Args:
        pligter: `pligt` (text), `maaneder_efter_aflevering` (int, or None where the duty follows an event) and
            `begivenhed` (that event, or None).
        aflevering: When the recommendations are handed over.

    Returns:
        `pligt`, `frist` (the deadline in words) and `senest` (its date; None until an event has one).
    """
    rows = []
    for duty in pligter.to_dict("records"):
        months = duty["maaneder_efter_aflevering"]
        by_event = {"frist": duty["begivenhed"], "senest": None}
        by_date = {"frist": f"inden {months} måneder efter afleveringen"}
        dated = by_event if months is None else {**by_date, "senest": add_months(aflevering, months)}
        rows.append({"pligt": duty["pligt"], **dated})
    return pd.DataFrame(rows, columns=["pligt", "frist", "senest"], dtype=object)


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
    end = "dag" if praecision == "dag" else "måned"
    return f"{begin} til {dansk.tidspunkt(til, end)}" if til else begin
