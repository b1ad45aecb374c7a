"""Historik: the accounts of earlier years by month, made ready for forecasts. Nothing is forecast here.

The account of a year is all its months with the supplement period (13), for that is what the year ends with. A year may
be left out with a reason, since one unlike the others spoils the profile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, PosterError, ValueUseError, file_of
from budgetanalyser.opfoelgning import raekker
from budgetanalyser.opfoelgning.afgraensning import PRIMO, SUPPLEMENT, SUPPLEMENTSPERIODE
from budgetanalyser.opfoelgning.raekker import NUL

MAANEDER = 12


@dataclass(frozen=True)
class Historik:
    """Earlier years by month.

    Attributes:
        aar: The years kept, in order.
        maanedsvis: Kroner in months 1-13 by appropriation and year; years without any are missing.
    """

    aar: tuple[int, ...]
    maanedsvis: Mapping[str, Mapping[int, tuple[Decimal, ...]]]

    def til_dato(self, bevilling: str, aar: int, maaneder: int) -> Decimal:
        """Return the kroner of the first months of a year; 0 where there are none."""
        return raekker.total(self.maanedsvis.get(bevilling, {}).get(aar, ())[:maaneder])

    def regnskab(self, bevilling: str, aar: int) -> Decimal:
        """Return the account of a year, supplement included; 0 where there is none."""
        return self.til_dato(bevilling, aar, SUPPLEMENTSPERIODE)

    def andele(self, bevilling: str, maaneder: int, uden: int | None = None) -> dict[int, Decimal]:
        """Return the share of each year's account that had been spent after the first months, not rounded.

        A year whose account is 0 has no share. `uden` is a year to pass over.
        """
        accounts = {year: self.regnskab(bevilling, year) for year in self.aar if year != uden}
        return {year: self.til_dato(bevilling, year, maaneder) / whole for year, whole in accounts.items() if whole}


def read(historik: pd.DataFrame, *, udelad: Mapping[int, str] | None = None, foer: int | None = None) -> Historik:
    """Return earlier years ready for use.

    Args:
        historik: `aar` (the year of the accounts), `maaned` (1-13), `bevilling`, `beloeb_kr`; rows of the same month
            are added. Rows with `posteringstype` PRI are passed over, and SUP counts as month 13 whatever its month.
        udelad: Years to leave out, each with its reason.
        foer: Only years before this one.

    Raises:
        PosterError: A cell is not what it must be, or a year kept does not reach December; all faults.
        ValueUseError: A year is left out without a reason, is not there, or none is left.
    """
    what = "historikken"
    lines = raekker.rows(historik, "aar maaned bevilling beloeb_kr", what)
    faults = raekker.wrong_amounts(lines, "beloeb_kr") + raekker.without_text(lines, "bevilling")
    if any(isinstance(row["maaned"], date) for _, row in lines):
        said = 'maaned skal være et helt tal, 1-13 (13 er supplementsperioden); skriv type = "heltal" i kildefilen'
        raise PosterError(file_of(historik, what), [Fault(said)])
    for where, row in lines:
        if not (raekker.is_whole(row["maaned"]) and 1 <= row["maaned"] <= SUPPLEMENTSPERIODE):
            faults.append(Fault(f"maaned skal være 1-13, ikke {row['maaned']}", where))
        if not raekker.is_whole(row["aar"]):
            faults.append(Fault(f"aar skal være et årstal, læst som et helt tal; her står {row['aar']!r}", where))
    raekker.refuse(historik, what, faults + raekker.identical(lines))
    there = sorted({int(row["aar"]) for _, row in lines if foer is None or row["aar"] < foer})
    years = _kept(there, udelad or {})
    months: dict[str, dict[int, list[Decimal]]] = {}
    last = dict.fromkeys(years, 0)
    for _, row in lines:
        kind = raekker.text(row.get("posteringstype")).upper()
        if row["aar"] not in last or kind == PRIMO:
            continue
        month = SUPPLEMENTSPERIODE if kind == SUPPLEMENT else row["maaned"]
        by_year = months.setdefault(raekker.text(row["bevilling"]), {})
        by_year.setdefault(int(row["aar"]), [NUL] * SUPPLEMENTSPERIODE)[month - 1] += row["beloeb_kr"]
        if month <= MAANEDER:
            last[row["aar"]] = max(last[row["aar"]], month)
    if short := [year for year in years if last[year] < MAANEDER]:
        raise PosterError(
            file_of(historik, what),
            [
                Fault(
                    f"{year} slutter i {dansk.MAANEDER[last[year] - 1] if last[year] else 'ingen måned'}; "
                    "hent resten, eller udelad året med en begrundelse"
                )
                for year in short
            ],
        )
    made = {name: {year: tuple(found) for year, found in by_year.items()} for name, by_year in months.items()}
    return Historik(tuple(years), made)


def udeladte(text: str) -> dict[int, str]:
    """Return the years that a text leaves out: "2020: corona; 2022: regninger kom sent" gives each with its reason.

    Raises:
        ValueUseError: A part is not a year and a reason, or a year stands twice.
    """
    found: dict[int, str] = {}
    for part in filter(None, (one.strip() for one in text.split(";"))):
        year, _, reason = (piece.strip() for piece in part.partition(":"))
        if not re.fullmatch("[0-9]{4}", year) or not reason or re.search(r"[0-9]{4}\s*:", reason):
            raise ValueUseError(f"Udeladte år skrives som »2020: corona«, med ; imellem flere. Ret »{part}«.")
        if int(year) in found:
            raise ValueUseError(f"{year} står to gange blandt de udeladte år. Skriv det én gang.")
        found[int(year)] = reason
    return found


def udeladt_i_ord(udelad: Mapping[int, str]) -> str:
    """Tell the years left out with their reasons: "2020 er udeladt (corona)."; "" for none."""
    told = [f"{year} er udeladt ({reason.strip()})" for year, reason in sorted(udelad.items())]
    return f"{dansk.opremsning(told)}." if told else ""


def _kept(there: Iterable[int], left_out: Mapping[int, str]) -> list[int]:
    years = list(there)
    if silent := [str(year) for year, reason in left_out.items() if not raekker.text(reason)]:
        raise ValueUseError(f"Skriv, hvorfor {dansk.opremsning(silent)} er udeladt af historikken.")
    if absent := [str(year) for year in left_out if year not in years]:
        raise ValueUseError(
            f"{dansk.opremsning(absent)} kan ikke udelades, da historikken kun har "
            f"{dansk.opremsning([str(year) for year in years]) or 'ingen år'}."
        )
    kept = [year for year in years if year not in left_out]
    if years and not kept:
        raise ValueUseError("Alle historikkens år er udeladt; behold mindst ét.")
    return kept
