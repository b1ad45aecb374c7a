"""The header of a ledger in lines of text: which line it is, what divides its names, and which column is which."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, KildeError
from budgetanalyser.kilder.ledger import cells
from budgetanalyser.kilder.ledger.cells import Plan
from budgetanalyser.kilder.ledger.layout import Layout, normal
from budgetanalyser.kilder.ledger.lines import split
from budgetanalyser.kilder.ledger.source import LINJE, OERE

DELIMITERS = (";", "\t", "|", ",")
_LINES = 200


@dataclass(frozen=True)
class Header:
    """The names of the columns, what divides them, the physical line, and the byte where it ends."""

    fields: list[str]
    delimiter: str
    line: int
    end: int


def find(fil: str, head: bytes, start: int, layout: Layout) -> Header:
    """Return the first line that names every required column.

    Args:
        fil: The file's name.
        head: Its first bytes.
        start: Where its text begins.
        layout: Says what the columns are called.

    Raises:
        KildeError: There is none; it tells what the likeliest line lacks.
    """
    best: tuple[int, list[str], int] = (0, [], 0)
    for line, begin, end in _first_lines(head, start):
        raw = head[begin:end].rstrip(b"\r\n")
        text = _guessed(raw)
        for delimiter in [layout.skilletegn] if layout.skilletegn else DELIMITERS:
            fields = split(text, delimiter, layout.anfoerselstegn)
            found = {name for name in layout.required() if _matching(fields, layout, name)}
            if len(found) == len(layout.required()):
                return Header(fields, delimiter, line, end)
            if len(found) > best[0]:
                best = (len(found), fields, line)
    if b"\0" in head[start : start + 4096]:
        raise KildeError(fil, [Fault("filen rummer tegnet NUL; er den UTF-16, så gem den som CSV UTF-8", "linje 1")])
    count, fields, line = best
    if not count:
        first = "; ".join(layout.kolonner[name].navne[0] for name in layout.required())
        said = f"ingen af de første linjer er overskriften; der skal stå {first}"
        raise KildeError(fil, [Fault(said)])
    raise KildeError(fil, missing(layout, fields, f"linje {line}"))


def missing(layout: Layout, fields: Sequence[str], where: str) -> list[Fault]:
    """Return a fault for each required column that is not among the names."""
    wanted = [name for name in layout.required() if not _matching(fields, layout, name)]
    return [_missing(layout, name, fields, where) for name in wanted]


def _first_lines(head: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    begin = start
    for line in range(1, _LINES + 1):
        end = head.find(b"\n", begin) + 1 or len(head)
        if begin >= len(head):
            return
        yield line, begin, end
        begin = end


def _guessed(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _matching(fields: Sequence[str], layout: Layout, name: str) -> list[int]:
    names = {normal(one) for one in layout.kolonner[name].navne}
    return [place for place, one in enumerate(fields) if normal(one) in names]


def _missing(layout: Layout, name: str, fields: Collection[str], where: str) -> Fault:
    wanted = layout.kolonner[name].navne
    known = {normal(one): one.strip() for one in fields if one.strip()}
    for one in wanted:
        if close := difflib.get_close_matches(normal(one), known, n=1, cutoff=0.6):
            return Fault(f"kolonnen »{wanted[0]}« mangler; her står »{known[close[0]]}«, som ligner", where)
    return Fault(f"kolonnen »{wanted[0]}« mangler", where)


def plan(fil: str, fields: Sequence[str], layout: Layout, where: str) -> Plan:
    """Return where each known column stands.

    Raises:
        KildeError: A known column stands there twice, or one that keeps rows from counting twice is missing.
    """
    places, faults = {}, []
    for name in layout.kolonner:
        found = _matching(fields, layout, name)
        if len(found) > 1:
            both = dansk.opremsning([f"»{fields[place].strip()}«" for place in found])
            faults.append(Fault(f"kolonnerne {both} er begge {name}; slet eller omdøb en", where))
        if found:
            places[name] = found[0]
    made = Plan(layout, tuple(fields), places)
    faults += [
        Fault(f"kolonnen »{one.kolonne}« mangler; uden den kan rækker tælle dobbelt", where)
        for one in layout.filtre
        if cells.place_of(made, one.kolonne) is None
    ]
    if faults:
        raise KildeError(fil, faults)
    return made


def names(plan: Plan) -> list[str]:
    """Return the name of each column: canonical, or its own header, made unique."""
    known = {place: name for name, place in plan.places.items()}
    result: list[str] = []
    taken = set(known.values()) | {OERE, LINJE}
    for place, header in enumerate(plan.headers):
        name = known.get(place)
        if name is None:
            stem = header.strip() or f"kolonne {place + 1}"
            name, number = stem, 2
            while name in taken:
                name, number = f"{stem} ({number})", number + 1
            taken.add(name)
        result.append(name)
    return result
