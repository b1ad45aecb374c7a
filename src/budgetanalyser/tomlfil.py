"""Read the TOML that people write, and tell every fault in Danish with its line.

`tomllib` stops at the first fault and speaks English, and pydantic's messages are for programmers. This module turns
both into `Fault`s. It knows nothing of what the keys mean; the models do.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from budgetanalyser.errors import Fault, nearest

Model = TypeVar("Model", bound=BaseModel)


class StrictModel(BaseModel):
    """Base of every model of a hand-written file: no unknown keys, no silent conversions, frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class TomlFaults(Exception):
    """The faults of one text; the caller knows the file and raises its own `FaultsError`."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


MAX_LENGTH = 200_000
_MOST_FAULTS = 40  # As many as anyone will read.

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


def validated(model: type[Model], data: Mapping[str, Any], text: str) -> Model:
    """Return `data` as `model`.

    Raises:
        TomlFaults: Every fault, with the line of its key in `text`.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        found = [_fault(model, detail, text) for detail in details[:_MOST_FAULTS]]
        if len(details) > _MOST_FAULTS:
            found.append(Fault(f"og {len(details) - _MOST_FAULTS} fejl til"))
        raise TomlFaults(_without_echoes(list(dict.fromkeys(found)))) from None


def _without_echoes(faults: list[Fault]) -> list[Fault]:
    """Leave out "»titel« mangler" where another fault already says "Mente du »titel«?"; sort by line."""
    meant = {match[1] for fault in faults if (match := re.search(r"Mente du »(.+?)«", fault.text))}
    kept = [fault for fault in faults if not any(fault.text == f"»{name}« mangler" for name in meant)]
    return sorted(kept, key=_line_number)


def _line_number(fault: Fault) -> int:
    match = re.match(r"linje (\d+)", fault.where)
    return int(match[1]) if match else 0


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


MOVE_UP = "flyt linjen op over den første linje med [ ]"

_TYPE_WORDS = {
    "string_type": "skal være tekst i anførselstegn",
    "int_type": "skal være et helt tal",
    "bool_type": "skal være true eller false",
    "date_type": "skal være en dato som 2023-06-06 uden anførselstegn",
    "date_from_datetime_inexact": "skal være en dato uden klokkeslæt",
    "dict_type": "skal være en tabel",
    "model_type": "skal være en tabel",
    "model_attributes_type": "skal være en tabel",
    "list_type": "skal være en liste i [ ]",
    "tuple_type": "skal være en liste i [ ]",
    "is_instance_of": "skal være et tal",
    "decimal_type": "skal være et tal",
    "string_too_short": "må ikke være tom",
}


def _fault(model: type[BaseModel], detail: Any, text: str) -> Fault:
    path = tuple(str(part) for part in detail["loc"] if str(part).isidentifier() or str(part) in text)
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return Fault(f"»{path[-1]}« mangler", path[-2] if len(path) > 1 else "")
    if kind == "extra_forbidden":
        if len(path) > 1 and path[-1] in model.model_fields:
            return Fault(f"»{path[-1]}« hører til øverst i filen; {MOVE_UP}", place(text, *path))
        hint = nearest(path[-1], _fields_at(model, path[:-1]))
        if len(path) == 1 and "parametre" in model.model_fields and "Mente du" not in hint:
            hint = "Er det en parameter, så skal den stå under linjen [parametre]."
        return Fault(f"»{path[-1]}« kendes ikke. {hint}", place(text, *path))
    if kind == "value_error":
        said = str(context.get("error", detail["msg"]))
    elif kind == "literal_error":
        said = (
            f"skal være {str(context.get('expected', '')).replace(' or ', ' eller ')}, men er {shown(detail['input'])}"
        )
    elif kind in ("greater_than_equal", "less_than_equal", "greater_than", "less_than"):
        word = {
            "greater_than_equal": "mindst",
            "less_than_equal": "højst",
            "greater_than": "over",
            "less_than": "under",
        }
        said = f"skal være {word[kind]} {next(iter(context.values()))}, men er {shown(detail['input'])}"
    else:
        said = f"{_TYPE_WORDS.get(kind, 'har en forkert værdi')}, men er {shown(detail['input'])}"
    return Fault(said, place(text, *path) if path else "")


def _fields_at(model: type[BaseModel], path: tuple[str, ...]) -> list[str]:
    for part in path:
        field = model.model_fields.get(part)
        inner = field.annotation if field else None
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    return list(model.model_fields)


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
