"""Placeholders in an analysis: `{periode}` in a title or a file's name is exchanged for the parameter's value.

A placeholder is a parameter's name alone in single braces. All other braces stand as they are written: `{{ udgift }}`
belongs to the prose, and `{ x }`, `{1}` and `{}` to nobody. What is put in is never read again, so it cannot hold a
placeholder of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from budgetanalyser.engine.parameters import Declared
from budgetanalyser.errors import nearest

_PLACEHOLDER = re.compile(r"(?<!\{)\{([^\W\d]\w*)\}(?!\})")
# Whose values are text as they stand; a number with decimals or a date would first need a format.
_TEXTS = ("str", "Periode", "Kvartal", "Kommunekode", "Literal", "Aar", "int")
# Which parameters may be written with placeholders.
FILLED = ("str", "Kildefil")


def is_open(one: Declared, written: Any) -> bool:
    """Return whether a parameter is written with placeholders that are to be filled."""
    return one.kind in FILLED and isinstance(written, str) and _PLACEHOLDER.search(written) is not None


def names(text: str) -> set[str]:
    """Return the names that a text has placeholders for."""
    return set(_PLACEHOLDER.findall(text))


def filled(text: str, values: Mapping[str, Any]) -> str:
    """Return a text with its placeholders filled; one without a value stands."""
    return _PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), text)


def unfillable(text: str, parameters: Mapping[str, Declared], pending: frozenset[str] = frozenset()) -> Iterator[str]:
    """Say in Danish what is wrong with the placeholders of a text.

    Args:
        text: The text as it is written.
        parameters: What the notebook declares.
        pending: The parameters that have no value yet, as they are written with placeholders themselves.
    """
    usable = [one.name for one in parameters.values() if one.kind in _TEXTS and one.name not in pending]
    for name in dict.fromkeys(_PLACEHOLDER.findall(text)):
        if name not in parameters:
            yield (
                f"pladsholderen {{{name}}} kendes ikke af notebooken. {nearest(name, usable)} "
                f"Er det ingen pladsholder, så skriv {{ {name} }} med mellemrum"
            )
        elif name in pending:
            yield f"pladsholderen {{{name}}} er selv skrevet med en pladsholder; skriv dens værdi ud her"
        elif name not in usable:
            fit = f"{', '.join(_TEXTS[:-1])} og {_TEXTS[-1]}"
            yield f"pladsholderen {{{name}}} har typen {parameters[name].kind}; i en tekst kan kun stå {fit}"
