"""Bevillinger: applications for supplementary appropriations, each with amount, years, kind and financing.

Lov om kommunernes styrelse § 40 stk. 3: each tillægsbevilling must say how it is financed. So the rows of an
application sum to zero in every year, appropriation and financing together; otherwise all are refused. A single
proposal's four years are in `budgetanalyser.bevilling`.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.bevilling import FINANSIERING, budgetaarene
from budgetanalyser.errors import Fault, ValueUseError
from budgetanalyser.opfoelgning import raekker
from budgetanalyser.opfoelgning.raekker import NUL, Row, Rows
from budgetanalyser.opfoelgning.udsnit import kun_bevillinger

_WHAT = "bevillingsansøgningerne"
_ALIKE = 0.85  # So alike is a slip of the pen, and would count financing as money applied for.
_COLUMNS = "nr tekst bevilling aar slags beloeb_kr finansiering"


@dataclass(frozen=True)
class Ansoegninger:
    """Applications that hold.

    Attributes:
        raekker: As they were given; texts without blanks around them.
        budgetaar: The first of the four years.
    """

    raekker: pd.DataFrame
    budgetaar: int

    @property
    def aar(self) -> list[int]:
        """The budget year and the three overslagsår."""
        return budgetaarene(self.budgetaar)

    @property
    def antal(self) -> int:
        """How many applications there are."""
        return len(set(self.raekker["nr"]))

    def kun(self, bevillinger: Collection[str], *, blandt: Collection[str]) -> Ansoegninger:
        """Return the applications that concern some appropriations, each whole.

        Raises:
            PosterError: See `udsnit.kun_bevillinger`: an application for what is not among all appropriations.
        """
        kun_bevillinger(self.raekker, bevillinger, blandt=blandt)
        names = set(bevillinger)
        rows = self.raekker.to_dict("records")
        numbers = {row["nr"] for row in rows if row["bevilling"] in names}
        return Ansoegninger(self.raekker[[row["nr"] in numbers for row in rows]], self.budgetaar)

    def oversigt(self) -> pd.DataFrame:
        """Return the applications over the four years, appropriations first and financing last in each.

        Returns:
            `nr`, `tekst`, `bevilling`, `slags`, `finansiering`, and a Decimal column a year named "2026" and so on; one
            row for each text, appropriation, kind and financing of an application, in the order given.
        """
        names = ["nr", "tekst", "bevilling", "slags", "finansiering"]
        sums: dict[tuple[str, ...], dict[str, Decimal]] = {}
        for row in self.raekker.to_dict("records"):
            amounts = sums.setdefault(tuple(row[name] for name in names), {str(year): NUL for year in self.aar})
            amounts[str(row["aar"])] += row["beloeb_kr"]
        order = list(dict.fromkeys(key[0] for key in sums))
        keys = sorted(sums, key=lambda key: (order.index(key[0]), key[3] == FINANSIERING))
        made = ({**dict(zip(names, key, strict=True)), **sums[key]} for key in keys)
        return raekker.frame(made, [*names, *map(str, self.aar)])

    def til_visning(self) -> pd.DataFrame:
        """Return the overview as it is printed: `ansoegning` ("1: Flere anbringelser"), `hvad`, `slags`, the years.

        `hvad` is the appropriation, or what pays.
        """
        overview = self.oversigt()
        made = (
            {
                "ansoegning": f"{row['nr']}: {row['tekst']}",
                "hvad": row["bevilling"] or row["finansiering"],
                "slags": f"{row['slags']} ({row['finansiering']})"
                if row["bevilling"] and row["finansiering"]
                else row["slags"],
                **{str(year): row[str(year)] for year in self.aar},
            }
            for row in overview.to_dict("records")
        )
        return raekker.frame(made, ["ansoegning", "hvad", "slags", *map(str, self.aar)])

    def pr_aar(self) -> pd.DataFrame:
        """Return what is applied for by kind and year, financing apart: `slags`, a column a year."""
        overview = self.oversigt()
        years = [str(year) for year in self.aar]
        kinds = sorted(set(overview["slags"]), key=lambda kind: (kind == FINANSIERING, kind))
        made = (
            {
                "slags": kind,
                **{year: raekker.total(overview.loc[overview["slags"] == kind, year]) for year in years},
            }
            for kind in kinds
        )
        return raekker.frame(made, ["slags", *years])

    def pr_bevilling(self, aar: int | None = None) -> dict[str, Decimal]:
        """Return the kroner applied for to each appropriation in a year (the budget year), financing rows apart."""
        year = self.budgetaar if aar is None else aar
        sums: dict[str, Decimal] = {}
        for row in self.raekker.to_dict("records"):
            if row["aar"] == year and row["slags"] != FINANSIERING and row["bevilling"]:
                sums[row["bevilling"]] = sums.get(row["bevilling"], NUL) + row["beloeb_kr"]
        return sums

    def pr_ramme(self, tabel: pd.DataFrame) -> dict[str, Decimal]:
        """Return the kroner applied for in the budget year by frame, financing rows apart.

        Args:
            tabel: A main table with `ramme` and `bevilling`.

        Raises:
            ValueUseError: An appropriation is not in the table, or lies in several frames.
        """
        frames: dict[str, list[str]] = {}
        for row in tabel.to_dict("records"):
            frames.setdefault(raekker.text(row["bevilling"]), []).append(raekker.text(row["ramme"]))
        sums: dict[str, Decimal] = {}
        for name, amount in self.pr_bevilling().items():
            if len(found := frames.get(name, [])) != 1:
                said = "flere rammer" if found else "ingen ramme"
                raise ValueUseError(f"Der er ansøgt til »{name}«, som har {said}. Ret konteringsnøglen eller navnet.")
            sums[found[0]] = sums.get(found[0], NUL) + amount
        return sums


def check(ansoegninger: pd.DataFrame, *, budgetaar: int) -> Ansoegninger:
    """Check applications, and return them ready for the report.

    Args:
        ansoegninger: A row for each appropriation and each financing of an application in a year: `nr` (text), `tekst`,
            `bevilling` (may be empty in a row of financing), `aar` (int), `slags` ("drift", "anlaeg", …, or
            "finansiering"), `beloeb_kr` (Decimal, expenditure +, financing −) and `finansiering` (what pays; in at
            least one row of each application and year, and in every row of `slags` "finansiering"). May have no rows.
        budgetaar: The year of the follow-up; rows lie in it or in the three years after.

    Raises:
        PosterError: An application does not sum to zero in a year, its financing is not named, an amount is zero or
            not exact, a year lies outside the four, or a cell is empty; all faults with their rows.
    """
    lines = raekker.rows(ansoegninger, _COLUMNS, _WHAT)
    faults = raekker.without_text(lines, "nr", "tekst", "slags")
    for where, row in lines:
        faults += [Fault(text, where) for text in _row_faults(row, budgetaar)]
    raekker.refuse(ansoegninger, _WHAT, faults + _sum_faults(lines))
    texts = ("nr", "tekst", "bevilling", "slags", "finansiering")
    kept = [{**row, **{name: raekker.text(row[name]) for name in texts}} for _, row in lines]
    return Ansoegninger(raekker.frame(kept, _COLUMNS.split()), budgetaar)


def _row_faults(row: Row, budget_year: int) -> list[str]:
    texts = []
    years = budgetaarene(budget_year)
    kind = raekker.text(row["slags"])
    if kind != FINANSIERING and difflib.get_close_matches(kind.lower(), [FINANSIERING], cutoff=_ALIKE):
        texts.append(f"slags er »{kind}«; skriv »{FINANSIERING}«, hvis rækken er finansieringen")
    if not raekker.is_amount(row["beloeb_kr"]):
        texts.append(f"beloeb_kr skal være et beløb; her står »{row['beloeb_kr']}«")
    elif not row["beloeb_kr"]:
        texts.append("beloeb_kr er 0; slet linjen, eller skriv beløbet")
    if not raekker.is_whole(row["aar"]) or row["aar"] not in years:
        texts.append(f"aar skal ligge i {years[0]}-{years[-1]}, ikke {row['aar']}")
    if kind == FINANSIERING and not raekker.text(row["finansiering"]):
        texts.append("finansiering mangler; skriv, hvad der betaler (kommunestyrelsesloven § 40 stk. 3)")
    elif kind != FINANSIERING and not raekker.text(row["bevilling"]):
        texts.append("bevilling mangler; udfyld den")
    return texts


def _sum_faults(lines: Rows) -> list[Fault]:
    """Return a fault for each application and year that does not sum to zero, or tells no financing."""
    groups: dict[tuple[str, object], list[tuple[str, Row]]] = {}
    for where, row in lines:
        if raekker.text(row["nr"]) and raekker.is_amount(row["beloeb_kr"]):
            groups.setdefault((raekker.text(row["nr"]), row["aar"]), []).append((where, row))
    faults = []
    for (number, year), found in groups.items():
        where = f"{_places([place for place, _ in found])}, ansøgning {number} i {year}"
        if gap := raekker.total(row["beloeb_kr"] for _, row in found):
            lacks = "der mangler finansiering" if gap > 0 else "der er penge tilovers, så skriv, hvor de går hen"
            faults.append(Fault(f"bevilling og finansiering giver {dansk.kr(gap, 2)} og ikke 0; {lacks}", where))
        if not any(raekker.text(row["finansiering"]) for _, row in found):
            faults.append(Fault("finansieringen er ikke nævnt (kommunestyrelsesloven § 40 stk. 3)", where))
    return faults


def _places(places: list[str]) -> str:
    if len(places) == 1:
        return places[0]
    return f"linje {dansk.opremsning([place.removeprefix('linje ') for place in places])}"
