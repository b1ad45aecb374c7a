"""Perioder: which part of a year a follow-up is about, and what the municipality calls it.

Names, numbers and cut-off dates vary between municipalities and from year to year, so they come as a table; a quarter
is only a calendar quarter where that table does not say otherwise. What is summed up to the cut-off is in `tabeller`.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, ValueUseError
from budgetanalyser.opfoelgning import raekker

_QUARTER = re.compile(r"([0-9]{4})K([1-4])")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_USUAL_NAME = "Budgetopfølgning"


@dataclass(frozen=True)
class Periode:
    """The part of a budget year that a follow-up covers.

    Attributes:
        kode: As it was asked for: "2026K3", "2026-09" or "2026-09-30".
        aar: The budget year.
        maaneder: Whole months from January that are over at the cut-off, 0-12. Only these are summed and compared.
        opgjort: The cut-off date, inclusive.
        ord: In Danish: "3. kvartal 2026", "september 2026" or "30. september 2026".
    """

    kode: str
    aar: int
    maaneder: int
    opgjort: date
    ord: str

    @property
    def er_hel(self) -> bool:
        """Whether the cut-off is the last day of a month, so that no begun month is left out."""
        return _whole_months(self.opgjort) == self.opgjort.month

    @property
    def maaneder_ord(self) -> str:
        """The months that count: "januar-september 2026", "januar 2026", or that there are none."""
        if not self.maaneder:
            return f"ingen hele måneder i {self.aar}"
        last = dansk.MAANEDER[self.maaneder - 1]
        return f"{last} {self.aar}" if self.maaneder == 1 else f"{dansk.MAANEDER[0]}-{last} {self.aar}"


@dataclass(frozen=True)
class Opfoelgning:
    """A follow-up as the municipality knows it.

    Attributes:
        nr: Its number as text; "0" is a number. None where the municipality has none or the period is not listed.
        navn: "Budgetopfølgning", "Økonomirapport" and so on.
        opgjort: The cut-off date, from the list where it tells one.
        foreloebig: Whether the report must be stamped, as the period is not closed or not listed.
        aarsag: Why it is foreløbig, in Danish without a full stop; "" where it is not.
        periode: The period with the list's cut-off date; use this one from then on.
    """

    nr: str | None
    navn: str
    opgjort: date
    foreloebig: bool
    aarsag: str
    periode: Periode

    @property
    def titel(self) -> str:
        """The name with its number and cut-off: "Budgetopfølgning 0 pr. 31. marts 2026"."""
        has_number = self.nr is None or re.search(rf"\b{re.escape(self.nr)}\b", self.navn)
        name = self.navn if has_number else f"{self.navn} {self.nr}"
        return f"{name} pr. {dansk.dato(self.opgjort)}"

    @property
    def stempel(self) -> str:
        """The words of the stamp, or "" for a closed period."""
        return f"Foreløbig: {self.aarsag}" if self.foreloebig else ""


def periode(given: str | date) -> Periode:
    """Return the period that a quarter, a month or a date means.

    Args:
        given: "2026K3", "2026-09", "2026-09-30" or a date. A date inside a month keeps both: the cut-off date, and
            the months that are over by then ("2026-09-15" has eight).

    Raises:
        ValueUseError: It is none of these.

    Example:
        >>> periode("2026K3").opgjort
        datetime.date(2026, 9, 30)
    """
    if isinstance(given, date):
        at = given.date() if isinstance(given, datetime) else given
        return _until(at, kode=at.isoformat(), ord_=dansk.dato(at))
    body = given.strip() if isinstance(given, str) else ""
    if found := _QUARTER.fullmatch(body):
        at = _month_end(int(found[1]), 3 * int(found[2]), given)
        return _until(at, kode=body, ord_=dansk.kvartal(body))
    if found := _MONTH.fullmatch(body):
        at = _month_end(int(found[1]), int(found[2]), given)
        return _until(at, kode=body, ord_=dansk.maaned(at))
    if found := _DAY.fullmatch(body):
        try:
            at = date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            raise _no_period(given) from None
        return _until(at, kode=body, ord_=dansk.dato(at))
    raise _no_period(given)


def find(opfoelgninger: pd.DataFrame, periode_: Periode | str | date) -> Opfoelgning:
    """Return what the municipality calls the follow-up of a period, and where it was cut off.

    Args:
        opfoelgninger: One follow-up a row: `periode` ("2026K3"), `nr` (text; may be empty), `navn`, `opgjort` (date;
            empty means the end of the period) and `lukket` (bool; empty means not closed). May have no rows.
        periode_: The period, as `periode` gives it or takes it. A date also finds the row with that cut-off.

    Raises:
        PosterError: A period stands twice or is none, a date is none or lies in another year; all faults.
    """
    sought = periode_ if isinstance(periode_, Periode) else periode(periode_)
    lines = raekker.rows(opfoelgninger, "periode nr navn opgjort lukket", "listen over opfølgninger")
    raekker.refuse(opfoelgninger, "listen over opfølgninger", _list_faults(lines))
    by_code = [row for _, row in lines if raekker.text(row["periode"]) == sought.kode]
    by_date = [row for _, row in lines if _cut_off(row) == sought.opgjort]
    if not (found := by_code or by_date):
        said = f"{sought.ord} står ikke i listen over opfølgninger"
        return Opfoelgning(None, _USUAL_NAME, sought.opgjort, True, said, sought)
    row = found[0]
    at = raekker.day(row["opgjort"]) or sought.opgjort
    closed = not raekker.is_blank(row["lukket"]) and bool(row["lukket"])
    return Opfoelgning(
        nr=raekker.text(row["nr"]) or None,
        navn=raekker.text(row["navn"]) or _USUAL_NAME,
        opgjort=at,
        foreloebig=not closed,
        aarsag="" if closed else f"{sought.ord} er ikke lukket",
        periode=_until(at, kode=sought.kode, ord_=sought.ord),
    )


def as_periode(given: Periode | Opfoelgning | str | date) -> Periode:
    """Return the period of whatever says one."""
    if isinstance(given, Opfoelgning):
        return given.periode
    return given if isinstance(given, Periode) else periode(given)


def _cut_off(row: raekker.Row) -> date:
    return raekker.day(row["opgjort"]) or periode(raekker.text(row["periode"])).opgjort


def _list_faults(lines: raekker.Rows) -> list[Fault]:
    faults = raekker.repeated(lines, "periode")
    for where, row in lines:
        try:
            listed = periode(raekker.text(row["periode"]))
            at = raekker.day(row["opgjort"])
        except ValueUseError as error:
            faults.append(Fault(str(error), where))
        except TypeError:
            faults.append(Fault(f"opgjort skal være en dato, ikke »{row['opgjort']}«", where))
        else:
            if at is not None and at.year != listed.aar:
                faults.append(Fault(f"opgjort er {dansk.dato(at)}, men perioden er {listed.ord}; ret en af dem", where))
        if not (raekker.is_blank(row["lukket"]) or row["lukket"] in (True, False)):
            faults.append(Fault(f"lukket skal være ja eller nej, ikke »{row['lukket']}«", where))
    return faults


def _until(at: date, *, kode: str, ord_: str) -> Periode:
    return Periode(kode=kode, aar=at.year, maaneder=_whole_months(at), opgjort=at, ord=ord_)


def _whole_months(at: date) -> int:
    return at.month if at.day == calendar.monthrange(at.year, at.month)[1] else at.month - 1


def _month_end(year: int, month: int, given: object) -> date:
    if not (year >= 1 and 1 <= month <= 12):
        raise _no_period(given)
    return date(year, month, calendar.monthrange(year, month)[1])


def _no_period(given: object) -> ValueUseError:
    return ValueUseError(
        f"»{given}« er ikke en periode. Skriv et kvartal (2026K3), en måned (2026-09) eller en dato (2026-09-30)."
    )
