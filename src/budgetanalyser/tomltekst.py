"""TOML as text: parse it, say in Danish what is wrong with it, and tell on which line a key stands.

`tomllib` stops at the first fault and speaks English. This module needs nothing but the standard library, so that the
command line can read an analysis' name at once; checking what a file holds against a model is for `tomlfil`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from budgetanalyser.errors import Fault


class TomlFaults(Exception):
    """The faults of one text; the caller knows the file and raises its own `FaultsError`."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


MAX_LENGTH = 200_000

# What people write that TOML refuses, and what they should write instead. Tried on every line of a refused file.
_HABITS = (
    (re.compile(r"=\s*[0-9]{4}-[0-9]{2}-[0-9]{2}"), "datoen findes ikke, eller der står noget efter den"),
    (re.compile(r"=\s*[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}"), "skriv datoen som 2023-06-06 uden anførselstegn"),
    (re.compile(r"=\s*[+-]?0[0-9]"), 'et tal må ikke begynde med 0; skriv en kode i anførselstegn, fx "0253"'),
    (re.compile(r"=\s*[+-]?[0-9.]+,[0-9]"), 'TOML kender ikke dansk komma; skriv tallet i anførselstegn, fx "0,450"'),
    (re.compile(r"=\s*[+-]?[0-9]+\.[0-9]+\.[0-9]"), "skriv beløbet uden punktum, fx 1_450_000, eller i anførselstegn"),
    (re.compile(r"=\s*[0-9]{4}[kK][1-4]"), 'skriv kvartalet i anførselstegn, fx "2024K1"'),
    (re.compile(r"=\s*[0-9]{1,2}[.:/-][0-9]{1,2}"), 'skriv klokkeslæt i anførselstegn, fx "12:30"'),
    (re.compile(r"=\s*(ja|nej|sand|falsk|yes|no|True|False)\s*(#.*)?$"), "skriv true for ja og false for nej"),
    (re.compile(r"^\s*[\w-]*[æøåÆØÅ][\w-]*\s*="), "et navn foran = må ikke have æ, ø eller å; skriv ae, oe og aa"),
    (re.compile(r"=\s*(#.*)?$"), "der mangler en værdi efter ="),
    (re.compile(r"=\s*[A-Za-zÆØÅæøå]"), 'skriv tekst i anførselstegn, fx "Greve"'),
)
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'")


def load(text: str) -> dict[str, Any]:
    """Parse TOML text; numbers with a decimal point become `Decimal`.

    Raises:
        TomlFaults: With line numbers, all recognised faults at once.
    """
    if len(text) > MAX_LENGTH:
        raise TomlFaults([Fault(f"filen er for stor; den må højst fylde {MAX_LENGTH // 1000} kB")])
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise TomlFaults(_syntax_faults(text, str(error))) from None
    except (RecursionError, ValueError, ArithmeticError):
        raise TomlFaults(
            [Fault("filen rummer et tal, der er for stort, eller for mange [ eller { i hinanden")]
        ) from None


def _syntax_faults(text: str, message: str) -> list[Fault]:
    position = re.search(r"at line ([0-9]+)", message)
    stopped_at = int(position[1]) if position else len(text.splitlines())
    faults = list(_habit_faults(text))
    if stopped_at not in {number for number, _ in faults}:
        faults.append((stopped_at, _explain(message)))
    return [Fault(said, f"linje {number}") for number, said in sorted(faults)]


def _habit_faults(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        bare = _QUOTED.sub('""', line)
        if bare.lstrip().startswith("#") or _is_toml(line):
            continue
        for pattern, said in _HABITS:
            if pattern.search(bare):
                yield number, said
                break


def _is_toml(line: str) -> bool:
    try:
        tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _explain(message: str) -> str:
    if "overwrite" in message or "twice" in message or "already" in message:
        return "det samme navn står to gange"
    if "string" in message.casefold() or "quote" in message.casefold():
        return "et anførselstegn mangler, eller teksten rummer et tegn, som ikke må stå der (skriv \\\\ for \\)"
    return "linjen er ikke gyldig TOML; skriv navn = værdi, og tekst i anførselstegn"


def place(text: str, *path: str) -> str:
    """Return where a key stands, as "linje 4, titel"; only the key's name when it is not in the text."""
    number = line_of(text, path)
    name = ".".join(path)
    return f"linje {number}, {name}" if number else name


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """Return the line, from 1, on which the key `path` is set in TOML `text`; None when it is not there."""
    *tables, key = path
    wanted, here = ".".join(tables), ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line):
            here = header[1].replace('"', "")
            if here == ".".join(path):
                return number
        elif here == wanted and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
            return number
    return line_of(text, tuple(tables)) if tables else None


_TOKEN = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|#[^\n]*|[\[\],]|[^\s\[\],\"'#]+")


def place_of_item(text: str, number: int, *path: str) -> str:
    """Return where an item of the list `path` stands, counted from 0, as `place` tells of a key."""
    first = line_of(text, path)
    if first is None:
        return ".".join(path)
    rest = "\n".join(text.splitlines()[first - 1 :])
    depth, item, begin = 0, 0, rest.find("=") + 1
    for token in _TOKEN.finditer(rest, begin):
        if depth == 1 and item == number and token[0][0] not in "#,]":
            return f"linje {first + rest.count(chr(10), 0, token.start())}, {'.'.join(path)}"
        depth += {"[": 1, "]": -1}.get(token[0], 0)
        item += depth == 1 and token[0] == ","
        if depth == 0:
            break
    return place(text, *path)


def shown(value: object) -> str:
    """Write a TOML value the way it stands in the file, cut to 60 characters."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, int) and abs(value) >= 10**40:
        text = "et meget stort tal"
    elif isinstance(value, (int, Decimal, date)):
        text = str(value)
    elif isinstance(value, str):
        text = f"»{value}«"
    else:
        text = "en liste" if isinstance(value, list) else "en tabel"
    return text if len(text) <= 60 else text[:59] + "…"
