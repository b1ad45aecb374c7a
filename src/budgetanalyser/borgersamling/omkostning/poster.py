"""Cost lines: quantity × unit price, exact, by post, budget year and kind.

A line's quantity is a formula over drivers; its price an interval with a most likely value, the point estimate. Here is
the point estimate alone; the interval is for `simulering`.

VAT: a municipality gets the VAT of its purchases back (købsmomsudligning), so the net cost is without VAT. `moms` says
how the price is written and whether the VAT comes back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from budgetanalyser.borgersamling.forpligtelser import add_months
from budgetanalyser.borgersamling.omkostning import fordelinger
from budgetanalyser.borgersamling.omkostning.drivere import Drivere, unknown_driver
from budgetanalyser.borgersamling.omkostning.formler import Formel, parse
from budgetanalyser.errors import Fault, PosterError, ValueUseError, file_of, nearest, together

EKSTERN, INTERN, INDTAEGT = SLAGS = ("ekstern", "intern", "indtægt")
SLAGS_TEKST = {EKSTERN: "Det, kommunen køber", INTERN: "Kommunens egne timer", INDTAEGT: "Indtægter"}
TIME = "time"  # The unit of lines whose quantity is hours of the municipality's own staff.
UDEN_MOMS, MED_MOMS, MOMSFRI, UDEN_TABT, MED_TABT = MOMS = (
    "uden moms",
    "med moms",
    "momsfri",
    "uden moms, refunderes ikke",
    "med moms, refunderes ikke",
)
MOMSSATS = Decimal("0.25")  # Momsloven § 33.
_NEEDED = ("post", "maengde", "minimum", "mest_sandsynlig", "maksimum", "fordeling", "moms", "slags", "budgetaar")
_AFTER_HANDOVER = re.compile(r"aflevering(?:\s*\+\s*(\d{1,2}))?")


def linjer(poster: pd.DataFrame, *, aflevering: date | None = None) -> pd.DataFrame:
    """Return raw cost lines as lines: prices in kroner without `_kr` in their names, budget years as numbers.

    Args:
        poster: `post` (text), `maengde` (formula), `minimum_kr`, `mest_sandsynlig_kr`, `maksimum_kr` (Decimal),
            `fordeling`, `moms`, `slags`, `budgetaar` ("2024", or "aflevering+12": the year that is 12 months after the
            handover); `enhed` (what the quantity counts: "time", "brev"), `art` and `funktion` (text) may be there.
            Index: the line in the file.
        aflevering: When the recommendations are handed over; needed where a line says so.

    Raises:
        PosterError: A column is missing or a budget year cannot be read; all faults.
    """
    table = _without_unit(poster)
    if not table.index.is_unique:
        table = table.reset_index(drop=True)  # Lines of several files; a line is told by its place then.
    missing = [name for name in _NEEDED if name not in table]
    if missing:
        raise PosterError(file_of(poster, "posterne"), [Fault(f"kolonnen »{name}« mangler") for name in missing])
    years, faults = [], []
    for line, post, text in zip(table.index, table["post"], table["budgetaar"], strict=True):
        try:
            years.append(_year(text, aflevering))
        except ValueError as error:
            faults.append(Fault(str(error), f"linje {line}, »{post}«"))
    if faults:
        raise PosterError(file_of(poster, "posterne"), faults)
    return table.assign(budgetaar=pd.Series(years, index=table.index, dtype=object))


def _without_unit(poster: pd.DataFrame) -> pd.DataFrame:
    return poster.rename(columns={f"{key}_kr": key for key in ("minimum", "mest_sandsynlig", "maksimum")})


def _year(text: object, aflevering: date | None) -> int:
    if isinstance(text, int) and 1900 <= text <= 2200:
        return text
    if match := re.fullmatch(r"(?:19|20|21)\d\d", str(text).strip()):
        return int(match[0])
    match = _AFTER_HANDOVER.fullmatch(str(text).strip())
    if match is None:
        raise ValueError(f"budgetaar skal være et årstal eller fx »aflevering+12«, ikke »{text}«")
    if aflevering is None:
        raise ValueError("budgetaar regnes fra afleveringen, men dens dato er ikke angivet")
    return add_months(aflevering, int(match[1] or 0)).year


def check(lines: pd.DataFrame, drivere: Drivere) -> list[Formel]:
    """Return the parsed quantity formula of each line, in order.

    Raises:
        PosterError: No lines, values out of order, a negative price that is not income, a formula that calls something
            or names an unknown driver, an unknown kind, VAT treatment or distribution. All faults at once.
    """
    names = set(drivere.navne)
    formulas: list[Formel] = []
    faults = [] if len(lines) else [Fault("der er ingen linjer")]
    for line, row in zip(lines.index, lines.to_dict("records"), strict=True):
        where = f"linje {line}, »{row['post']}«"
        faults += fordelinger.faults(row, where, may_be_negative=row["slags"] == INDTAEGT)
        faults += [Fault(said, where) for said in _word_faults(row)]
        try:
            formulas.append(parse(row["maengde"]))
            faults += [Fault(unknown_driver(name, names), where) for name in formulas[-1].navne if name not in names]
        except ValueError as error:
            faults.append(Fault(str(error), where))
    if faults:
        raise PosterError(file_of(lines, "posterne"), faults)
    return formulas


def _word_faults(row: Mapping[Any, Any]) -> list[str]:
    said = [
        f"{key} kan ikke være »{row[key]}«. {nearest(str(row[key]), known)}"
        for key, known in (("slags", SLAGS), ("moms", MOMS))
        if row[key] not in known
    ]
    highest = row["maksimum"]
    if row["slags"] == INDTAEGT and isinstance(highest, (int, float, Decimal)) and highest > 0:
        said.append("en indtægt skrives med minus")
    return said


def netto_faktor(moms: str, sats: Decimal = MOMSSATS) -> Decimal:
    """Return what a price is multiplied by to become the municipality's net cost."""
    return {MED_MOMS: 1 / (1 + sats), UDEN_TABT: 1 + sats}.get(moms, Decimal(1))


def _refunded(moms: str, sats: Decimal) -> Decimal:
    """Return the VAT that is paid and comes back, per krone of the price as written."""
    return {MED_MOMS: sats / (1 + sats), UDEN_MOMS: sats}.get(moms, Decimal(0))


def antal(tabel: pd.DataFrame, forhold: str) -> int:
    """Return a count by name from a table with `forhold` and `antal`, such as the seats.

    Raises:
        PosterError: The table does not tell it.
    """
    for row in tabel.to_dict("records"):
        if row["forhold"] == forhold:
            return int(row["antal"])
    known = nearest(forhold, map(str, tabel["forhold"]))
    raise PosterError(file_of(tabel, "tabellen"), [Fault(f"der er ingen række med forhold »{forhold}«. {known}")])


def check_model(
    poster: pd.DataFrame, drivere: pd.DataFrame, *, kendte: Mapping[str, Decimal | int], aflevering: date | None
) -> None:
    """Check cost lines and drivers together, so that the faults of both files are told at once.

    Args:
        poster: Raw lines, as `linjer` takes them.
        drivere: Raw drivers, as `Drivere.of` takes them.
        kendte: Counted drivers from elsewhere.
        aflevering: When the recommendations are handed over.

    Raises:
        PosterError, SeveralError: Every fault of the two tables.
    """

    def formulas() -> None:
        known = {**kendte, **{str(name): 0 for name in drivere["driver"]}}
        stand_in = Drivere({name: Decimal(0) for name in known}, {}, {})
        table = _without_unit(poster)
        if not set(_NEEDED) - set(table):  # Otherwise `linjer` has told which columns are missing.
            check(table, stand_in)

    together(lambda: Drivere.of(drivere, kendte), lambda: linjer(poster, aflevering=aflevering), formulas)


def udgifter(lines: pd.DataFrame, drivere: Drivere, *, momssats: Decimal = MOMSSATS) -> pd.DataFrame:
    """Return the point estimate line by line.

    Args:
        lines: As `linjer` gives them.
        drivere: The drivers their formulas name.
        momssats: VAT as a fraction.

    Returns:
        `post`, `slags`, `enhed`, `art`, `funktion`, `budgetaar` (int), `maengde` (Decimal), `pris_kr` (net, without
        refunded VAT), `beloeb_kr` (maengde · pris) and `moms_kr` (VAT paid and refunded, not in it). Unrounded.

    Raises:
        PosterError: As `check`, and a quantity that divides by zero or is negative.
    """
    formulas = check(lines, drivere)
    values = drivere.exact()
    rows, faults = [], []
    for line, formula, row in zip(lines.index, formulas, lines.to_dict("records"), strict=True):
        try:
            quantity = formula.value(values)
        except ZeroDivisionError:
            faults.append(Fault("formlen dividerer med 0", f"linje {line}, »{row['post']}«"))
            continue
        if quantity < 0:
            faults.append(Fault(f"mængden bliver negativ ({quantity:f})", f"linje {line}, »{row['post']}«"))
        rows.append(_priced(row, quantity, momssats))
    if faults:
        raise PosterError(file_of(lines, "posterne"), faults)
    return pd.DataFrame(rows, index=lines.index, dtype=object)


def _priced(row: Mapping[Any, Any], quantity: Decimal, sats: Decimal) -> dict[str, Any]:
    written = Decimal(str(row["mest_sandsynlig"]))
    price = written * netto_faktor(row["moms"], sats)
    return {
        "post": row["post"],
        "slags": row["slags"],
        "enhed": row.get("enhed"),
        "art": row.get("art"),
        "funktion": row.get("funktion"),
        "budgetaar": row["budgetaar"],
        "maengde": quantity,
        "pris_kr": price,
        "beloeb_kr": quantity * price,
        "moms_kr": quantity * written * _refunded(row["moms"], sats),
    }


def uden_interne(table: pd.DataFrame) -> pd.DataFrame:
    """Return lines or costs without the municipality's own hours."""
    return table[table["slags"] != INTERN]


def i_alt(udgifter: pd.DataFrame, *, slags: str = "") -> Decimal:
    """Return the sum of costs in kroner, of one kind if asked for."""
    rows = udgifter[udgifter["slags"] == slags] if slags else udgifter
    return sum(rows["beloeb_kr"], Decimal(0))


def momssum(udgifter: pd.DataFrame) -> Decimal:
    """Return the VAT that is paid and refunded, in kroner."""
    return sum(udgifter["moms_kr"], Decimal(0))


def fordelt(udgifter: pd.DataFrame, raekke: str, soejle: str = "budgetaar") -> pd.DataFrame:
    """Return costs as a table: one row for each value of `raekke`, one column for each of `soejle`.

    Args:
        udgifter: As `udgifter` gives them.
        raekke: "post", "slags", "art" or "funktion".
        soejle: The same, or "budgetaar".

    Returns:
        `raekke` and one Decimal column each (years named "2024"), in the order they first appear, years ascending;
        zeros where there is nothing.
    """
    columns = list(dict.fromkeys(udgifter[soejle]))
    columns = sorted(columns) if soejle == "budgetaar" else columns
    rows = []
    for name in dict.fromkeys(udgifter[raekke]):
        own = udgifter[udgifter[raekke] == name]
        amounts = {str(c): sum(own.loc[own[soejle] == c, "beloeb_kr"], Decimal(0)) for c in columns}
        rows.append({raekke: name, **amounts})
    return pd.DataFrame(rows, columns=[raekke, *map(str, columns)], dtype=object)


def mod_rammen(udgifter: pd.DataFrame, rammer: Mapping[int, Decimal], *, medregnes: str) -> pd.DataFrame:
    """Lay the costs of each year beside the frame.

    Args:
        udgifter: All costs, as `udgifter` gives them.
        rammer: The frame by year, as `bevilling.rammer` gives it. A later year without one has none; whether an earlier
            year has one is not known here.
        medregnes: "med" or "uden": whether the municipality's own hours are held against the frame.

    Returns:
        `udgift`, one Decimal column a year ("2024") and `i_alt_kr`: a row a kind, their sum, the frame (None before its
        first year) and what is left of it or lacks.
    """
    granted = [year for year, frame in rammer.items() if frame]
    years = sorted(set(udgifter["budgetaar"]) | set(granted))
    kinds = {row["slags"]: row for row in fordelt(udgifter, "slags").to_dict("records")}
    by_kind = {
        SLAGS_TEKST[slags]: [kinds[slags].get(str(year), Decimal(0)) for year in years]
        for slags in SLAGS
        if slags in kinds
    }
    held = uden_interne(udgifter) if medregnes == "uden" else udgifter
    counted = [sum(held.loc[held["budgetaar"] == year, "beloeb_kr"], Decimal(0)) for year in years]
    frame = [None if year < min(rammer) else rammer.get(year, Decimal(0)) for year in years]
    left = [None if one is None else one - cost for one, cost in zip(frame, counted, strict=True)]
    everything = [sum(of_year, Decimal(0)) for of_year in zip(*by_kind.values(), strict=True)]
    total = sum(rammer.values(), Decimal(0))
    rows: list[list[Any]] = [[name, *amounts, sum(amounts, Decimal(0))] for name, amounts in by_kind.items()]
    rows.append(["I alt med egne timer", *everything, sum(everything, Decimal(0))])
    rows.append(["Rammen", *frame, total])
    rows.append([f"Rammen minus udgiften {medregnes} egne timer", *left, total - sum(counted, Decimal(0))])
    return pd.DataFrame(rows, columns=["udgift", *map(str, years), "i_alt_kr"], dtype=object)


def timer(udgifter: pd.DataFrame) -> pd.DataFrame:
    """Return the hours of the municipality's own staff: `post` and one Decimal column of hours a year ("2024").

    Lines of kind "intern" whose `enhed` is "time"; zeros where there is nothing.
    """
    own = udgifter[(udgifter["slags"] == INTERN) & (udgifter["enhed"] == TIME)]
    return fordelt(own.assign(beloeb_kr=own["maengde"]), "post")


def timelinjer(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of own hours with the price 1, so that a simulation of them draws hours instead of kroner."""
    own = lines[(lines["slags"] == INTERN) & (lines["enhed"] == TIME)]
    return own.assign(minimum=1, mest_sandsynlig=1, maksimum=1, fordeling="fast", moms=MOMSFRI)


def bruger(lines: pd.DataFrame, driver: str) -> pd.DataFrame:
    """Return the lines whose quantity formula names `driver`."""
    return lines[[driver in parse(formula).navne for formula in lines["maengde"]]]


def pr_plads(beloeb_kr: Decimal, pladser: int | Decimal) -> Decimal:
    """Return kroner per seat, not rounded: 450.000 kr. over 36 seats is 12.500 kr.

    Raises:
        ValueUseError: There are no seats.
    """
    if pladser < 1:
        raise ValueUseError("Antallet af pladser skal være mindst 1.")
    return beloeb_kr / pladser
