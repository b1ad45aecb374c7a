"""Check the TOML that people write against a model, and tell every fault in Danish with its line.

pydantic's messages are for programmers; this module turns them into `Fault`s. How the text is parsed, and where a key
stands in it, is `tomltekst`; both are used from here. It knows nothing of what the keys mean; the models do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from budgetanalyser.errors import Fault, nearest
from budgetanalyser.tomltekst import TomlFaults, line_of, load, place, shown

__all__ = ["MOVE_UP", "StrictModel", "TomlFaults", "line_of", "load", "place", "shown", "validated"]

Model = TypeVar("Model", bound=BaseModel)


class StrictModel(BaseModel):
    """Base of every model of a hand-written file: no unknown keys, no silent conversions, frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


_MOST_FAULTS = 40  # As many as anyone will read.


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
        return Fault(f"»{path[-1]}« mangler", place(text, *path[:-1]) if len(path) > 1 else "")
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
        for one in (inner, *get_args(inner)):
            if isinstance(one, type) and issubclass(one, BaseModel):
                model = one
    return list(model.model_fields)
