"""The contract between an analysis and its notebook, checked before any kernel starts.

An analysis (TOML) names a notebook and gives values to the parameters it declares (`parameters`). Every fault of a file
is told at once.
"""

from __future__ import annotations

import ast
import json
import keyword
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from budgetanalyser import tomlfil
from budgetanalyser.engine.parameters import Declared, check_kommunekode, declared
from budgetanalyser.errors import AnalysisError, Fault, NotebookError, nearest
from budgetanalyser.kilder.kommuner import kommuner

ANALYSE = "analyse"


class Limits(tomlfil.StrictModel):
    """Time limits of a run, in seconds."""

    celle_sekunder: int = Field(default=120, ge=1, le=86_400)
    rapport_sekunder: int = Field(default=600, ge=1, le=86_400)


class Analysis(tomlfil.StrictModel):
    """One report to be made, as its TOML file says it."""

    notebook: str = Field(min_length=1)
    titel: str = Field(min_length=1)
    serie: str = Field(min_length=1)
    dato: date
    kommune: str
    om: str = ""
    graenser: Limits = Limits()
    parametre: dict[str, Any] = Field(default_factory=dict)

    @field_validator("kommune")
    @classmethod
    def _known_kommune(cls, code: str) -> str:
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
        """The municipality's name: "Greve"."""
        return kommuner()[self.kommune]


def read_analysis(path: Path, shown_path: str) -> tuple[Analysis, str]:
    """Return the analysis in a TOML file, and the file's text.

    Raises:
        AnalysisError: Every fault of the file, with lines.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return tomlfil.validated(Analysis, tomlfil.load(text), text), text
    except UnicodeDecodeError:
        raise AnalysisError(shown_path, [Fault("filen er ikke gemt som UTF-8; gem den igen som UTF-8")]) from None
    except tomlfil.TomlFaults as error:
        raise AnalysisError(shown_path, error.faults) from None


def read_cells(path: Path, shown_path: str) -> list[dict[str, Any]]:
    """Return the cells of a notebook file, each with its `source` as one text.

    Raises:
        NotebookError: The file is not a notebook.
    """
    try:
        cells = json.loads(path.read_bytes().decode("utf-8"))["cells"]
        return [{**cell, "source": "".join(cell["source"])} for cell in cells]
    except (ValueError, KeyError, TypeError):
        raise NotebookError(
            shown_path, [Fault("filen er ikke en gyldig notebook; åbn og gem den i JupyterLab")]
        ) from None


def _toml_amount(value: Any) -> Any:
    """Refuse a TOML number with three decimals for a Decimal parameter: 450.000 is 450 to TOML, 450.000 to a Dane."""
    if isinstance(value, Decimal) and value.as_tuple().exponent == -3:
        digits = str(value)
        danish = digits.replace(".", ",")
        raise ValueError(
            f"er {digits}, hvor punktum kan betyde både tusinder og komma. "
            f'Skriv {digits.replace(".", "")} eller "{danish}" i anførselstegn'
        )
    return value


def bind(
    analysis: Analysis, parameters: Mapping[str, Declared], *, text: str, shown_path: str, name: str
) -> dict[str, Any]:
    """Return the value of every parameter of the notebook: the analysis' own, else the default.

    Args:
        analysis: With `parametre`.
        parameters: What the notebook declares.
        text: The TOML text, to find lines in.
        shown_path: The TOML file as errors name it.
        name: The analysis' name; it is the value of a declared parameter `analyse`.

    Raises:
        AnalysisError: Unknown, missing, mistyped or out-of-range parameters, all at once.
    """
    given = dict(analysis.parametre)
    faults = list(_unknown(given, parameters, text))
    result: dict[str, Any] = {}
    for one in parameters.values():
        if one.name == ANALYSE:
            result[ANALYSE] = name
        elif one.name not in given:
            if one.required:
                faults.append(Fault(f"parameteren »{one.name}« mangler ({one.hjaelp})", "parametre"))
            result[one.name] = one.default
        else:
            try:
                value = _toml_amount(given[one.name]) if one.kind == "Decimal" else given[one.name]
                result[one.name] = one.check(value)
            except ValueError as error:
                faults.append(Fault(str(error), tomlfil.place(text, "parametre", one.name)))
    if faults:
        raise AnalysisError(shown_path, faults)
    return result


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
        if cell["cell_type"] == "code" and not cell["source"].startswith("%%"):
            faults += _definitions(cell["source"], f"celle {number} (»{cell.get('id', '')}«)")
    if faults:
        raise NotebookError(shown_path, faults)
    return parameters


def _definitions(source: str, place: str) -> Iterator[Fault]:
    code = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        yield Fault(f"linje {error.lineno} er ikke gyldig Python", place)
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield Fault(
                f"»{node.name}« er defineret i notebooken; beregninger hører til i pakken, hvor de har tests", place
            )
