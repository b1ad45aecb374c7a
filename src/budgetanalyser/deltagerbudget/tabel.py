"""An election from two tables, one of projects and one of ballots, for every vote that is not in a format of its own.

The tables are typed already, as `kilder.table.read` gives them, with the line in the file as index. How ballots become
a matrix, and what is a fault in them, is in `stemmesedler`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from numbers import Real
from typing import Any

import pandas as pd

from budgetanalyser.deltagerbudget import stemmesedler as sedler
from budgetanalyser.deltagerbudget.valg import (
    BALLOT_TYPES,
    MOST_LETTERS,
    POINT_TYPES,
    Election,
    Finding,
    recount,
    wrong_text,
)
from budgetanalyser.errors import Fault, KildeError, ValueUseError, file_of, nearest, together

PROJECT_COLUMNS = ("projekt", "pris_kr", "navn", "stemmer", "point", "valgt", "kategori", "omraade", "gruppe")
BALLOT_COLUMNS = ("stemme", "vaelger", "alder", "koen", "kanal", "omraade", "husstand", "point")
_MOST = 10**12  # Votes, or points; more are a slip, and do not fit in a count.
_MOST_KR = 10**18
_SHOWN = 40  # Letters of a cell in a message.
_OF_VOTER = ("alder", "koen", "kanal", "omraade", "husstand")


def read_table(
    projekter: pd.DataFrame,
    stemmesedler: pd.DataFrame | None = None,
    *,
    budget: Decimal,
    ballot_type: str = "approval",
    rule: str = "",
    threshold: int | Decimal | None = None,
    most_kr: Decimal | None = None,
    udelad: bool = False,
    min_length: int | None = None,
    max_length: int | None = None,
) -> Election:
    """Return the election that two tables tell.

    Args:
        projekter: `projekt` (id, text without comma) and `pris_kr` (Decimal kroner); where known `navn`, `stemmer`
            (published votes), `point` (published score), `valgt` (0-3), `kategori`, `omraade`, `gruppe`.
        stemmesedler: `stemme` (ids with comma between; empty is blank); where known `vaelger`, `alder`, `koen`,
            `kanal`, `omraade`, `husstand`, and `point` (numbers with comma between, one for each id). None where only
            the projects' totals are known.
        budget: Kroner that can be given.
        ballot_type: One of `valg.BALLOT_TYPES`.
        rule: The announced rule.
        threshold: Votes, or share of the ballots, that a project needs.
        most_kr: What a ballot may cost at most.
        udelad: Whether ballots with a fault are left out and told as findings; otherwise they are an error.
        min_length: Projects on a ballot at least.
        max_length: Projects on a ballot at most.

    Raises:
        KildeError: Columns, cells or ballots that cannot be used, all of a file's at once (50 ballots at most).
        ValueUseError: The ballot type is unknown, or the limits on a ballot make no sense.
    """
    if ballot_type not in BALLOT_TYPES:
        raise ValueUseError(f"Stemmetypen »{ballot_type}« kendes ikke. {nearest(ballot_type, BALLOT_TYPES)}")
    _check_limits(most_kr, min_length, max_length)
    together(lambda: _check_projects(projekter), lambda: _check_columns(stemmesedler))
    election = Election(
        projects=_projects(projekter),
        budget=budget,
        ballot_type=ballot_type,
        rule=rule,
        threshold=threshold,
        most_kr=most_kr,
        fil=file_of(projekter, "projekterne"),
    )
    if stemmesedler is None:
        return election
    return _with_ballots(election, stemmesedler, udelad, min_length, max_length)


def _check_limits(most_kr: Decimal | None, least: int | None, most: int | None) -> None:
    if most_kr is not None and not (isinstance(most_kr, Decimal) and most_kr.is_finite() and most_kr >= 0):
        raise ValueUseError("Det, en stemmeseddel højst må koste (most_kr), skal være et Decimal på 0 kr. eller mere.")
    if least is not None and most is not None and least > most:
        raise ValueUseError(f"En stemmeseddel kan ikke have mindst {least} og højst {most} projekter.")


def _check_projects(table: pd.DataFrame) -> None:
    fil = file_of(table, "projekterne")
    _check_names(fil, table, PROJECT_COLUMNS, ("projekt", "pris_kr"))
    faults = [
        Fault(f"{reason}{_shown(cell)}", f"linje {line}, kolonne {name}")
        for line, row in zip(table.index, table.to_dict("records"), strict=True)
        for name, cell in row.items()
        if (reason := _CHECKS.get(str(name), _nothing)(_value(cell)))
    ]
    faults += [
        Fault("projektet står mere end én gang", f"linje {line}, kolonne projekt")
        for line in table.index[table["projekt"].duplicated()]
    ]
    if not len(table):
        faults.append(Fault("der er ingen projekter"))
    if faults:
        raise KildeError(fil, faults)


def _check_columns(table: pd.DataFrame | None) -> None:
    if table is not None:
        _check_names(file_of(table, "stemmesedlerne"), table, BALLOT_COLUMNS, ("stemme",), numbered=True)


def _check_names(
    fil: str, table: pd.DataFrame, known: tuple[str, ...], needed: tuple[str, ...], *, numbered: bool = False
) -> None:
    """Check a header; where `numbered`, an unknown column is told by its number, as its name may tell of a person."""
    present = [str(name) for name in table.columns]
    faults = [Fault(f"kolonnen »{name}« mangler", "overskriften") for name in needed if name not in present]
    for number, name in enumerate(present, 1):
        if present.index(name) + 1 < number:
            continue
        if name not in known:
            what = f"kolonne nr. {number}" if numbered else f"kolonnen{_shown(name, '')}"
            faults.append(Fault(f"{what} kendes ikke. {nearest(name[:_SHOWN], known)}", "overskriften"))
        elif present.count(name) > 1:
            faults.append(Fault(f"kolonnen »{name}« står {present.count(name)} gange", "overskriften"))
    if faults:
        raise KildeError(fil, faults)


def _value(cell: Any) -> Any:
    """Return a cell, with None for each of the ways pandas has of saying nothing."""
    if cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, Decimal) and cell.is_nan()):
        return None
    return None if cell != cell else cell


def _shown(cell: Any, begin: str = " (her står") -> str:
    """Return a cell of the projects for a message; nothing where it would upset the message."""
    text = str(cell)
    if wrong_text(text[:MOST_LETTERS]):
        return ""
    cut = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f"{begin} »{cut}«{')' if begin else ''}"


def _nothing(_cell: Any) -> str:
    return ""


def _wrong_id(cell: Any) -> str:
    is_right = isinstance(cell, str) and cell and cell == cell.strip() and "," not in cell
    if not is_right:
        return "et projekts id skal være tekst uden komma og uden mellemrum om"
    return f"et projekts id {wrong}" if (wrong := wrong_text(cell)) else ""


def _wrong_name(cell: Any) -> str:
    wrong = "mangler" if cell is None else wrong_text(str(cell))
    return f"projektets navn {wrong}" if wrong else ""


def _wrong_price(cell: Any) -> str:
    is_right = isinstance(cell, Decimal) and cell.is_finite() and 0 <= cell < _MOST_KR
    return "" if is_right else "prisen skal være et beløb, 0 eller mere"


def _wrong_count(cell: Any) -> str:
    return "" if cell is None or _is_whole(cell) else "skal være et helt tal, 0 eller mere"


def _wrong_score(cell: Any) -> str:
    return "" if cell is None or _is_number(cell) else "skal være et tal"


def _wrong_outcome(cell: Any) -> str:
    return "" if cell is None or (_is_whole(cell) and cell <= 3) else "skal være 0, 1, 2 eller 3"


def _is_whole(cell: Any) -> bool:
    return _is_number(cell) and cell == int(cell) and cell >= 0


def _is_number(cell: Any) -> bool:
    return isinstance(cell, (Decimal, Real)) and abs(float(cell)) <= _MOST


_CHECKS: Mapping[str, Callable[[Any], str]] = {
    "projekt": _wrong_id,
    "navn": _wrong_name,
    "pris_kr": _wrong_price,
    "stemmer": _wrong_count,
    "point": _wrong_score,
    "valgt": _wrong_outcome,
}
_CONVERT: Mapping[str, Callable[[Any], Any]] = {"stemmer": int, "valgt": int, "point": lambda cell: Decimal(str(cell))}


def _projects(table: pd.DataFrame) -> pd.DataFrame:
    index = pd.Index(list(table["projekt"]), name="projekt", dtype=object)
    data = {
        str(name): pd.Series([_converted(str(name), cell) for cell in table[name]], index=index, dtype=object)
        for name in table.columns
        if name != "projekt"
    }
    if "navn" not in data:
        data["navn"] = pd.Series(list(index), index=index, dtype=object)
    return pd.DataFrame(data, index=index)


def _converted(name: str, cell: Any) -> Any:
    value = _value(cell)
    return value if value is None else _CONVERT.get(name, lambda one: one)(value)


def _with_ballots(
    election: Election, table: pd.DataFrame, udelad: bool, min_length: int | None, max_length: int | None
) -> Election:
    steder = [f"linje {line}" for line in table.index]
    built = sedler.build(
        _texts(table, "stemme") or [],
        election.projekter,
        ballot_type=election.ballot_type,
        prices=list(election.projects["pris_kr"]),
        steder=steder,
        most_kr=election.most_kr,
        point=_texts(table, "point"),
        vaelgere=_texts(table, "vaelger"),
        min_length=min_length,
        max_length=max_length,
    )
    findings = sedler.settle(built, fil=file_of(table, "stemmesedlerne"), udelad=udelad)
    findings += _unused(table, election.ballot_type)
    read = replace(election, ballots=built.matrix, voters=_voters(table)[built.keep], findings=tuple(findings))
    return replace(read, findings=(*read.findings, *recount(read)))


def _texts(table: pd.DataFrame, name: str) -> list[str] | None:
    if name not in table:
        return None
    return ["" if (value := _value(cell)) is None else str(value) for cell in table[name]]


def _unused(table: pd.DataFrame, ballot_type: str) -> list[Finding]:
    if "point" not in table or ballot_type in POINT_TYPES:
        return []
    return [Finding("kolonne point", f"point bruges ikke i stemmetypen »{ballot_type}«")]


def _voters(table: pd.DataFrame) -> pd.DataFrame:
    """Return the voters of all ballots, numbered where the file has no ids."""
    names = _texts(table, "vaelger") or [str(number) for number in range(1, len(table) + 1)]
    voters = table[[name for name in _OF_VOTER if name in table]].copy()
    return voters.set_axis(pd.Index(names, name="vaelger", dtype=object))
