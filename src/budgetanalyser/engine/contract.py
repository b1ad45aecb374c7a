"""The contract between an analysis and its notebook, checked before any kernel starts.

An analysis (TOML) names a notebook and gives values to the parameters it declares (`parameters`). Every fault of a file
is told at once.
"""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from budgetanalyser import tomlfil
from budgetanalyser.engine import filling
from budgetanalyser.engine.expansion import ANALYSE
from budgetanalyser.engine.files import read_toml
from budgetanalyser.engine.parameters import Declared, check_kommunekode, declared, refuse_open_amount
from budgetanalyser.errors import AnalysisError, Fault, NotebookError, nearest
from budgetanalyser.kilder.kommuner import OPDIGTET, OPDIGTET_NAVN, kommuner


class Limits(tomlfil.StrictModel):
    """Time limits of a run, in seconds."""

    celle_sekunder: int = Field(default=120, ge=1, le=86_400)
    rapport_sekunder: int = Field(default=600, ge=1, le=86_400)


class Udfold(tomlfil.StrictModel):
    """The parameter of which each value makes a report of its own."""

    parameter: str = Field(min_length=1)
    vaerdier: list[Any]


class Analysis(tomlfil.StrictModel):
    """What is to be made, as its TOML file says it: one report, or one for each value of `udfold`."""

    notebook: str = Field(min_length=1)
    titel: str = Field(min_length=1)
    serie: str = Field(min_length=1)
    dato: date
    kommune: str
    om: str = ""
    graenser: Limits = Limits()
    parametre: dict[str, Any] = Field(default_factory=dict)
    udfold: Udfold | None = None

    @field_validator("kommune")
    @classmethod
    def _known_kommune(cls, code: str) -> str:
        if code != OPDIGTET:
            check_kommunekode(code)
        return code

    @field_validator("titel", "serie")
    @classmethod
    def _not_blank(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("må ikke være tom")
        return text

    @property
    def kommune_navn(self) -> str:
        """The municipality's name: "Greve"; "Opdigtet" for none of the real ones."""
        return OPDIGTET_NAVN if self.kommune == OPDIGTET else kommuner()[self.kommune]


def read_analysis(path: Path, shown_path: str) -> tuple[Analysis, str]:
    """Return the analysis in a TOML file, and the file's text.

    Raises:
        AnalysisError: Every fault of the file, with lines.
    """
    data, text = read_toml(path, shown_path)
    try:
        return tomlfil.validated(Analysis, data, text), text
    except tomlfil.TomlFaults as error:
        raise AnalysisError(shown_path, error.faults) from None


_BELONGS = "beregninger hører til i pakken, hvor de har tests"

# papermill and nbclient would let these skip a cell, hide its failure, or put the parameters somewhere else.
_FORBIDDEN_TAGS = {"injected-parameters", "skip-execution", "raises-exception"}


def bind(
    data: Mapping[str, Any],
    parameters: Mapping[str, Declared],
    *,
    text: str,
    name: str,
    chosen: Mapping[str, Any] | None = None,
) -> tuple[dict[str, Any], list[Fault]]:
    """Return the value of every parameter of the notebook, the analysis' own or else the default, and what is wrong.

    Args:
        data: The `[parametre]` of the analysis; a text there may have placeholders (`filling`).
        parameters: What the notebook declares.
        text: The TOML text, to find lines in.
        name: The report's name; it is the value of a declared parameter `analyse`.
        chosen: Values that the report's name tells, checked; they go before the file's.

    Returns:
        Values by name (None for a wrong one), and a fault for each unknown, missing, mistyped or out-of-range one.
    """
    faults = list(_unknown(data, parameters, text))
    told = {ANALYSE: name, **(chosen or {})}
    is_open = frozenset(
        one.name for one in parameters.values() if one.name not in told and filling.is_open(one, data.get(one.name))
    )
    result: dict[str, Any] = {}
    for one in parameters.values():
        result[one.name] = told.get(one.name, None if one.name in is_open else one.default)
        if one.name in data and one.name not in told and one.name not in is_open:
            result[one.name] = _checked(one, data[one.name], text, faults)
        elif one.required and one.name not in told and one.name not in is_open:
            faults.append(Fault(f"parameteren »{one.name}« mangler ({one.hjaelp})", "parametre"))
    closed = {known: value for known, value in result.items() if value is not None and known not in is_open}
    for one in (parameters[known] for known in parameters if known in is_open):
        written = data[one.name]
        wrong = list(filling.unfillable(written, parameters, is_open))
        faults += [Fault(said, tomlfil.place(text, "parametre", one.name)) for said in wrong]
        if filling.names(written) <= closed.keys():
            result[one.name] = _checked(one, filling.filled(written, closed), text, faults)
    return result, faults


def _checked(one: Declared, written: Any, text: str, faults: list[Fault]) -> Any:
    try:
        return one.check(refuse_open_amount(written) if one.kind == "Decimal" else written)
    except ValueError as error:
        faults.append(Fault(str(error), tomlfil.place(text, "parametre", one.name)))
        return None


# The texts of an analysis that may have placeholders.
_FILLED = ("titel", "serie", "om")


def unfillable(data: Mapping[str, Any], parameters: Mapping[str, Declared], text: str) -> list[Fault]:
    """Return what is wrong with the placeholders of an analysis' own texts."""
    return [
        Fault(said, tomlfil.place(text, key))
        for key in _FILLED
        if isinstance(data.get(key), str)
        for said in filling.unfillable(data[key], parameters)
    ]


def filled(analysis: Analysis, values: Mapping[str, Any], text: str) -> tuple[Analysis, list[Fault]]:
    """Return an analysis with the placeholders of its texts filled, and a fault for each that has become empty."""
    known = {name: value for name, value in values.items() if value is not None}
    own = {key: filling.filled(getattr(analysis, key), known) for key in _FILLED}
    blank = [key for key in ("titel", "serie") if not own[key].strip()]
    said = "er tom, når pladsholderne er fyldt ud"
    return analysis.model_copy(update=own), [Fault(said, tomlfil.place(text, key)) for key in blank]


def _unknown(given: Mapping[str, Any], parameters: Mapping[str, Declared], text: str) -> Iterator[Fault]:
    for name in given:
        where = tomlfil.place(text, "parametre", name)
        if name == ANALYSE:
            yield Fault("»analyse« sættes af programmet; slet linjen", where)
        elif name not in parameters and name in Analysis.model_fields:
            yield Fault(f"»{name}« hører til øverst i filen; {tomlfil.MOVE_UP}", where)
        elif name not in parameters:
            hint = nearest(name, [known for known in parameters if known != ANALYSE])
            yield Fault(f"parameteren »{name}« kendes ikke af notebooken. {hint}", where)


def check_notebook(
    cells: list[dict[str, Any]], shown_path: str, *, taken: frozenset[str] = frozenset()
) -> dict[str, Declared]:
    """Check a notebook against the house rules and return its parameters.

    Rules: one parameters cell; no function or class is defined; no parameter is named like a word or a function that
    every notebook has (`taken`).

    Raises:
        NotebookError: Every breach.
    """
    parameters = declared(cells, shown_path)
    faults = [
        Fault(f"parameteren »{name}« har samme navn som en funktion i notebooken; giv den et andet", "parametercellen")
        for name in parameters
        if name in taken or keyword.iskeyword(name)
    ]
    for number, cell in enumerate(cells, start=1):
        place = f"celle {number} (»{cell['id']}«)"
        for tag in sorted(_FORBIDDEN_TAGS & set(cell["metadata"].get("tags", []))):
            faults.append(Fault(f"mærket »{tag}« må ikke bruges her; fjern det", place))
        magic = cell["source"].split(maxsplit=1)[0] if cell["source"].startswith("%%") else ""
        if cell["cell_type"] == "code" and magic not in ("", "%%tekst"):
            faults.append(Fault(f"{magic} kan skjule eller ændre, hvad cellen viser; kun %%tekst må bruges", place))
        if cell["cell_type"] == "code" and not magic:
            faults += _definitions(cell["source"], place, taken)
    if faults:
        raise NotebookError(shown_path, faults)
    return parameters


def _definitions(source: str, place: str, taken: frozenset[str]) -> Iterator[Fault]:
    # IPython's own lines (%magic, !command, x = !command) are not Python.
    lines = source.splitlines()
    code = "\n".join(
        "" if line.lstrip().startswith(("%", "!", "?")) or "= !" in line or "= %" in line else line for line in lines
    )
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        yield Fault(f"linje {getattr(error, 'lineno', None) or 1} er ikke gyldig Python", place)
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield Fault(f"»{node.name}« er defineret i notebooken; {_BELONGS}", place)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            yield Fault(f"en lambda er givet et navn; {_BELONGS}", place)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in taken:
            yield Fault(f"»{node.id}« er en funktion i notebooken og må ikke sættes til noget andet", place)
