"""Kassen: the municipality's liquidity at a cut-off, and its average over 365 days (kassekreditreglen).

The average must be positive. Days without a balance are not filled in unless asked; how many there are is always told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, ValueUseError
from budgetanalyser.opfoelgning import raekker

DAGE = 365
_ONE = timedelta(days=1)


@dataclass(frozen=True)
class Likviditet:
    """Liquidity over the 365 days that end with the cut-off date, both ends inclusive.

    Attributes:
        fra, opgjort: The first and the last day.
        kendte: Days with a balance.
        udfyldte: Days that got the balance of the day before them.
        mangler: Days without any.
        gennemsnit_kr: Mean of the days there are, not rounded.
        laveste_kr, laveste_dato: The lowest of the known balances, and the first day it stood there.
        seneste_kr, seneste_dato: The last known balance and its day.
        skuddag: Whether 29 February lies in the twelve months, which then have 366 days.
    """

    fra: date
    opgjort: date
    kendte: int
    udfyldte: int
    mangler: int
    gennemsnit_kr: Decimal
    laveste_kr: Decimal
    laveste_dato: date
    seneste_kr: Decimal
    seneste_dato: date
    skuddag: bool

    @property
    def positiv(self) -> bool:
        """Whether the average is above 0, as kassekreditreglen demands."""
        return self.gennemsnit_kr > 0

    @property
    def noter(self) -> tuple[str, ...]:
        """What must be told beside the average: missing days, filled ones, and a leap day."""
        told = []
        if self.mangler:
            told.append(f"Der mangler saldo for {_days(self.mangler)} af {DAGE}; gennemsnittet er af de øvrige dage.")
        if self.udfyldte:
            told.append(f"{_days(self.udfyldte)} uden saldo har fået den forrige dags saldo.")
        if self.skuddag:
            told.append(
                f"De seneste 12 måneder har en skuddag og dermed 366 dage; gennemsnittet er af {DAGE} dage fra "
                f"{dansk.dato(self.fra)}."
            )
        return tuple(told)


def likviditet(frame: pd.DataFrame, *, opgjort: date, udfyld: bool = False) -> Likviditet:
    """Return the liquidity at a cut-off.

    Args:
        frame: `dato` (date) and `beholdning_kr` (Decimal; None where not known), a day a row, in any order. Days after
            the cut-off, and those before the 365, are passed over.
        opgjort: The last of the 365 days.
        udfyld: Whether a day without a balance gets that of the day before, as where a bank tells bank days only.

    Raises:
        PosterError: A day stands twice, or a cell is not what it must be; all faults.
        ValueUseError: There is no balance in the 365 days.
    """
    first = opgjort - (DAGE - 1) * _ONE
    balances = _balances(frame)
    known = {day: balance for day, balance in balances.items() if first <= day <= opgjort}
    if not known:
        raise ValueUseError(f"Der er ingen saldo i de {DAGE} dage til {dansk.dato(opgjort)}; tilføj likviditeten.")
    used = _filled(balances, first, opgjort) if udfyld else known
    lowest = min(sorted(known), key=lambda day: known[day])
    last = max(known)
    return Likviditet(
        fra=first,
        opgjort=opgjort,
        kendte=len(known),
        udfyldte=len(used) - len(known),
        mangler=DAGE - len(used),
        gennemsnit_kr=raekker.total(used.values()) / len(used),
        laveste_kr=known[lowest],
        laveste_dato=lowest,
        seneste_kr=known[last],
        seneste_dato=last,
        skuddag=_has_leap_day(opgjort),
    )


def likviditet_forloeb(frame: pd.DataFrame, *, opgjort: date) -> pd.DataFrame:
    """Return the balance of each of the 365 days and, where all of them are known, its average over 365 days.

    Returns:
        `dato`, `beholdning_kr` (None where not known) and `gennemsnit_kr` (of the 365 days to that day; None where one
        of them is not known); 365 rows in order. For a figure.
    """
    balances = _balances(frame)
    days = [opgjort - back * _ONE for back in reversed(range(DAGE))]
    window = [opgjort - back * _ONE for back in reversed(range(2 * DAGE - 1))]
    sums, counts = [raekker.NUL], [0]
    for day in window:
        sums.append(sums[-1] + balances.get(day, raekker.NUL))
        counts.append(counts[-1] + (day in balances))
    made = (
        {
            "dato": day,
            "beholdning_kr": balances.get(day),
            "gennemsnit_kr": (sums[place + DAGE] - sums[place]) / DAGE
            if counts[place + DAGE] - counts[place] == DAGE
            else None,
        }
        for place, day in enumerate(days)
    )
    return raekker.frame(made, ["dato", "beholdning_kr", "gennemsnit_kr"])


def _balances(frame: pd.DataFrame) -> dict[date, Decimal]:
    what = "likviditeten"
    lines = raekker.rows(frame, "dato beholdning_kr", what)
    faults = raekker.wrong_amounts(lines, "beholdning_kr", may_be_blank=True)
    days: dict[date, str] = {}
    found: dict[date, Decimal] = {}
    for where, row in lines:
        try:
            day = raekker.day(row["dato"])
        except TypeError:
            day = None
        if day is None:
            faults.append(Fault(f"dato skal være en dato; her står »{row['dato']}«", where))
        elif day in days:
            faults.append(Fault(f"{dansk.dato(day)} står også i {days[day]}; lad den stå én gang", where))
        elif raekker.is_amount(row["beholdning_kr"]):
            found[day] = row["beholdning_kr"]
        if day is not None:
            days.setdefault(day, where)
    raekker.refuse(frame, what, faults)
    return found


def _filled(balances: dict[date, Decimal], first: date, last: date) -> dict[date, Decimal]:
    before = [day for day in balances if day < first]
    balance = balances[max(before)] if before else None
    filled = {}
    for offset in range((last - first).days + 1):
        balance = balances.get(first + offset * _ONE, balance)
        if balance is not None:
            filled[first + offset * _ONE] = balance
    return filled


def _has_leap_day(last: date) -> bool:
    """Whether 29 February lies in the year that ends with a day."""
    year = last.year if (last.month, last.day) >= (2, 29) else last.year - 1
    try:
        leap = date(year, 2, 29)
    except ValueError:
        return False
    return (last - leap).days < DAGE


def _days(count: int) -> str:
    return f"{count} dag" if count == 1 else f"{count} dage"
