"""Drivers: the numbers that quantities hang on, such as seats, meeting days, hours and the share of physical letters.

A driver is counted (a fixed number), uncertain (three values and a distribution) or derived (a formula over others).
Lines that share a driver move together; that is the first and best way to say that costs are correlated.
"""

from __future__ import annotations

import graphlib
import keyword
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

import pandas as pd

from budgetanalyser.borgersamling.omkostning import fordelinger
from budgetanalyser.borgersamling.omkostning.fordelinger import FAST, Fordeling
from budgetanalyser.borgersamling.omkostning.formler import Formel, parse
from budgetanalyser.errors import Fault, PosterError, file_of, nearest

# Keeps a quotient that is 5 but for its last digits from being rounded up to 6.
_HAIR = Decimal("1e-9")
OP = "op"  # Rounded up to a whole number: half a table is a table.
TOM = ("", None)
FULD_DAG_TIMER = 4  # A meeting day longer than this is a full day (kommunestyrelsesloven § 16 a: double diæt).


@dataclass(frozen=True)
class Drivere:
    """Drivers by name.

    Attributes:
        punkt: Most likely value of each driver that is not derived, exact.
        fordelinger: Its distribution.
        formler: Derived drivers, each after those it needs.
        rundes_op: Drivers rounded up to a whole number.
    """

    punkt: dict[str, Decimal]
    fordelinger: dict[str, Fordeling]
    formler: dict[str, Formel]
    rundes_op: frozenset[str] = frozenset()

    @classmethod
    def of(cls, tabel: pd.DataFrame, kendte: Mapping[str, Decimal | int] | None = None) -> Drivere:
        """Read a table of drivers.

        Args:
            tabel: `driver`, `minimum`, `mest_sandsynlig`, `maksimum`, `fordeling`; `formel` (derived: the four are
                then empty) and `afrunding` ("op" or empty) may be there. Decimal or int numbers.
            kendte: Counted drivers from elsewhere, such as those of `moededrivere`.

        Raises:
            PosterError: A name that is taken or cannot be used, values out of order, an unknown distribution, a formula
                that cannot be read, names an unknown driver or runs in a ring. All faults at once.
        """
        known = {name: Decimal(value) for name, value in (kendte or {}).items()}
        rows = [(f"linje {line}, »{row['driver']}«", row) for line, row in _rows(tabel)]
        faults = _name_faults(rows, known)
        formulas: dict[str, Formel] = {}
        for where, row in rows:
            if row.get("formel") in TOM:
                faults += fordelinger.faults(row, where, may_be_negative=False)
            else:
                faults += _formula(row, where, formulas)
            if row.get("afrunding") not in (*TOM, OP):
                faults.append(Fault(f"afrunding skal være »{OP}« eller tom, ikke »{row['afrunding']}«", where))
        names = {str(row["driver"]) for _, row in rows} | set(known)
        faults += _unknown(rows, formulas, names)
        order, ring = _order(formulas)
        faults += ring
        if faults:
            raise PosterError(file_of(tabel, "driverne"), faults)
        plain = [row for _, row in rows if row.get("formel") in TOM]
        fixed = {name: Fordeling(FAST, *[float(value)] * 3) for name, value in known.items()}
        return cls(
            punkt={**known, **{row["driver"]: Decimal(str(row["mest_sandsynlig"])) for row in plain}},
            fordelinger={**fixed, **{row["driver"]: fordelinger.of(row) for row in plain}},
            formler={name: formulas[name] for name in order if name in formulas},
            rundes_op=frozenset(row["driver"] for _, row in rows if row.get("afrunding") == OP),
        )

    @property
    def navne(self) -> list[str]:
        """Every driver, counted, uncertain and derived."""
        return [*self.punkt, *self.formler]

    @property
    def usikre(self) -> dict[str, Fordeling]:
        """The drivers that vary, in order."""
        return {name: one for name, one in self.fordelinger.items() if not one.is_fixed}

    def brugt(self, navne: set[str]) -> set[str]:
        """Return the drivers that these names hang on, themselves included."""
        used = set(navne)
        for name in reversed(self.formler):
            if name in used:
                used |= set(self.formler[name].navne)
        return used

    def exact(self) -> dict[str, Decimal]:
        """Return each driver at its most likely value, derived ones included."""
        return self._filled(self.punkt, Decimal, lambda value: (value - _HAIR).to_integral_value(ROUND_CEILING))

    def arrays(self, drawn: Mapping[str, Any]) -> dict[str, Any]:
        """Return each driver as float or array, with the drawn values (arrays of one length) for the uncertain ones."""
        import numpy as np

        given = {name: drawn.get(name, one.mest_sandsynlig) for name, one in self.fordelinger.items()}
        return self._filled(given, float, lambda value: np.ceil(value - float(_HAIR)))

    def _filled(
        self, given: Mapping[str, Any], number: Callable[[str], Any], up: Callable[[Any], Any]
    ) -> dict[str, Any]:
        filled = {name: up(value) if name in self.rundes_op else value for name, value in given.items()}
        for name, formula in self.formler.items():
            try:
                value = formula.value(filled, number)
            except ZeroDivisionError:
                raise PosterError("driverne", [Fault("formlen dividerer med 0", f"driveren »{name}«")]) from None
            filled[name] = up(value) if name in self.rundes_op else value
        return filled


def _rows(tabel: pd.DataFrame) -> list[tuple[Any, dict[Any, Any]]]:
    missing = [name for name in ("driver", "minimum", "mest_sandsynlig", "maksimum", "fordeling") if name not in tabel]
    if missing:
        raise PosterError(file_of(tabel, "driverne"), [Fault(f"kolonnen »{name}« mangler") for name in missing])
    rows = zip(tabel.index, tabel.to_dict("records"), strict=True)
    return [(line, {**row, "driver": _as_formulas_read_it(row["driver"])}) for line, row in rows]


def _as_formulas_read_it(name: object) -> object:
    """Return a name in the form Python gives the names in a formula, so that å is å however it is composed."""
    return unicodedata.normalize("NFKC", name) if isinstance(name, str) else name


def _name_faults(rows: list[tuple[str, dict[Any, Any]]], known: Mapping[str, Decimal]) -> list[Fault]:
    faults = []
    seen = set(known)
    for where, row in rows:
        name = row["driver"]
        if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
            faults.append(Fault("en drivers navn skal være ét ord af bogstaver, tal og _", where))
        elif name in seen:
            faults.append(Fault("driveren findes allerede; giv den et andet navn", where))
        seen.add(name)
    return faults


def _formula(row: Mapping[Any, Any], where: str, formulas: dict[str, Formel]) -> list[Fault]:
    given = [key for key in ("minimum", "mest_sandsynlig", "maksimum", "fordeling") if row[key] not in TOM]
    faults = [Fault(f"en driver med formel regnes ud; lad {', '.join(given)} være tom", where)] if given else []
    try:
        formulas[row["driver"]] = parse(row["formel"])
    except ValueError as error:
        faults.append(Fault(str(error), where))
    return faults


def _unknown(rows: list[tuple[str, dict[Any, Any]]], formulas: Mapping[str, Formel], names: set[str]) -> list[Fault]:
    return [
        Fault(unknown_driver(name, names), where)
        for where, row in rows
        for name in (formulas[row["driver"]].navne if row["driver"] in formulas else ())
        if name not in names
    ]


def unknown_driver(name: str, names: set[str]) -> str:
    """Say that a formula names a driver that is not there."""
    return f"formlen nævner driveren »{name}«, som ikke findes. {nearest(name, names)}"


def _order(formulas: Mapping[str, Formel]) -> tuple[list[str], list[Fault]]:
    try:
        return list(graphlib.TopologicalSorter({name: one.navne for name, one in formulas.items()}).static_order()), []
    except graphlib.CycleError as error:
        ring = " → ".join(reversed(error.args[1]))
        return [], [Fault(f"formlerne løber i ring: {ring}; lad en af dem være et tal")]


def moededage(moeder: pd.DataFrame, *, antagne_timer: Decimal) -> pd.DataFrame:
    """Return the days that count as the assembly's own, with assumed hours where the source tells none.

    Args:
        moeder: `talt_med` (bool) and `timer` (Decimal, or None where it is not told), and what else there is.
        antagne_timer: Hours of a day whose length is not told.

    Returns:
        The days counted, and a column `timer_forudsat` (bool).
    """
    own = moeder[[bool(one) for one in moeder["talt_med"]]]
    assumed = [hours is None for hours in own["timer"]]
    hours = [antagne_timer if hours is None else hours for hours in own["timer"]]
    return own.assign(
        timer=pd.Series(hours, index=own.index, dtype=object),
        timer_forudsat=pd.Series(assumed, index=own.index, dtype=object),
    )


def moededrivere(moeder: pd.DataFrame) -> dict[str, Decimal]:
    """Count the meeting days of an assembly as drivers.

    Args:
        moeder: One meeting day a row: `timer` (Decimal hours, most likely). A day of more than four hours is a full
            day, any other an evening.

    Returns:
        `moededage`, `aftener`, `heldage`, `aftentimer`, `heldagstimer` and `moedetimer`.

    Raises:
        PosterError: Hours that are missing, negative or more than a day has.
    """
    faults = [
        Fault(f"timer skal være over 0 og højst 24, ikke {hours}", f"linje {line}")
        for line, hours in moeder["timer"].items()
        if not isinstance(hours, (int, Decimal)) or not 0 < hours <= 24
    ]
    if not len(moeder):
        faults.append(Fault("der er ingen mødedage, som tæller med"))
    if faults:
        raise PosterError(file_of(moeder, "møderne"), faults)
    hours = [Decimal(value) for value in moeder["timer"]]
    evening = [value for value in hours if value <= FULD_DAG_TIMER]
    full = [value for value in hours if value > FULD_DAG_TIMER]
    return {
        "moededage": Decimal(len(hours)),
        "aftener": Decimal(len(evening)),
        "heldage": Decimal(len(full)),
        "aftentimer": sum(evening, Decimal(0)),
        "heldagstimer": sum(full, Decimal(0)),
        "moedetimer": sum(hours, Decimal(0)),
    }
