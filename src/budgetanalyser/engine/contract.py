"""The contract between an analysis and its notebook, checked before any kernel starts.

An analysis (TOML) names a notebook and gives values to its parameters. The notebook's cell tagged `parameters` declares
them: name, annotated type, default and a comment that explains it. The cell is read with `ast`, never run and never
matched by pattern. Every fault of a file is told at once.
"""

from __future__ import annotations

import ast
import io
import json
import keyword
import re
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from budgetanalyser import dansk, tomlfil
from budgetanalyser.errors import AmountError, AnalysisError, Fault, NotebookError, nearest
from budgetanalyser.kilder.kommuner import kommuner

PARAMETERS_TAG = "parameters"
ANALYSE = "analyse"

# What the annotations mean is only read by `ast`; to the kernel they are these plain types.
Aar = int
Kvartal = str
Kommunekode = str
Kildefil = str


class Mellem:
    """A range for a parameter, ends included: `pladser: Annotated[int, Mellem(1, 500)] = 36`."""

    def __init__(self, mindst: int | Decimal, hoejst: int | Decimal) -> None:
        self.mindst = mindst
        self.hoejst = hoejst


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
    graenser: Limits = Limits()
    parametre: dict[str, Any] = Field(default_factory=dict)

    @field_validator("kommune")
    @classmethod
    def _known_kommune(cls, code: str) -> str:
        _kommunekode(code)
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


@dataclass(frozen=True)
class Declared:
    """A declared parameter. `check` returns a value of the right Python type or raises ValueError in Danish.

    `kind` is the annotation's name ("Decimal", "Kvartal", "Literal"); `default` is None when `required`.
    """

    name: str
    kind: str
    hjaelp: str
    check: Callable[[Any], Any]
    default: Any = None
    required: bool = False


def declared(cells: list[dict[str, Any]], shown_path: str) -> dict[str, Declared]:
    """Return a notebook's declared parameters by name.

    Raises:
        NotebookError: No or several parameters cells, or declarations that are not `name: type = value  # help`.
    """
    tagged = [cell for cell in cells if PARAMETERS_TAG in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        said = "mangler en celle" if not tagged else f"har {len(tagged)} celler"
        raise NotebookError(
            shown_path, [Fault(f"notebooken {said} med mærket »{PARAMETERS_TAG}«; den skal have præcis én")]
        )
    return _read_declarations(tagged[0]["source"], shown_path)


def _read_declarations(source: str, shown_path: str) -> dict[str, Declared]:
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        fault = Fault("linjen er ikke gyldig Python", f"parametercellen, linje {error.lineno}")
        raise NotebookError(shown_path, [fault]) from None
    comments = _comments(source)
    result: dict[str, Declared] = {}
    faults = []
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        try:
            one = _declaration(node, comments)
            if one.name in result:
                raise ValueError(f"»{one.name}« er erklæret to gange")
            result[one.name] = one
        except ValueError as error:
            faults.append(Fault(str(error), f"parametercellen, linje {node.lineno}"))
    if faults:
        raise NotebookError(shown_path, faults)
    return result


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}


def _declaration(node: ast.stmt, comments: Mapping[int, str]) -> Declared:
    if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
        raise ValueError("skriv hver parameter som navn: type = værdi  # forklaring")
    name = node.target.id
    hjaelp = comments.get(node.end_lineno or node.lineno, "")
    if not hjaelp:
        raise ValueError(f"»{name}« mangler en forklaring efter #")
    kind, check = _type(node.annotation)
    if node.value is None:
        return Declared(name, kind, hjaelp, check, required=True)
    try:
        default = check(_literal(node.value))
    except ValueError as error:
        raise ValueError(f"standardværdien af »{name}« {error}") from None
    return Declared(name, kind, hjaelp, check, default)


def _literal(node: ast.expr) -> Any:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        arguments = [ast.literal_eval(argument) for argument in node.args]
        makers: dict[str, Callable[..., Any]] = {"Decimal": Decimal, "date": date}
        if node.func.id in makers:
            try:
                return makers[node.func.id](*arguments)
            except (ArithmeticError, TypeError) as error:
                raise ValueError("kan ikke læses") from error
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise ValueError("skal være en fast værdi, ikke en beregning") from None


def _type(node: ast.expr) -> tuple[str, Callable[[Any], Any]]:
    if isinstance(node, ast.Name) and node.id in CHECKS:
        return node.id, CHECKS[node.id]
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if node.value.id == "Literal":
            return "Literal", _one_of([ast.literal_eval(part) for part in parts])
        if node.value.id == "Annotated" and len(parts) == 2:
            kind, check = _type(parts[0])
            return kind, _between(check, parts[1])
    known = ", ".join([*CHECKS, "Literal[…]", "Annotated[…, Mellem(…, …)]"])
    raise ValueError(f"typen »{ast.unparse(node)}« kendes ikke. Her kan stå: {known}")


def _one_of(options: list[Any]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if any(value == option and type(value) is type(option) for option in options):
            return value
        raise ValueError(f"skal være {' eller '.join(map(tomlfil.shown, options))}, men er {tomlfil.shown(value)}")

    return check


def _between(check: Callable[[Any], Any], node: ast.expr) -> Callable[[Any], Any]:
    if not (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Mellem"
        and len(node.args) == 2
    ):
        raise ValueError("et interval skrives Mellem(mindst, højst)")
    low, high = (_literal(argument) for argument in node.args)

    def check_between(value: Any) -> Any:
        checked = check(value)
        if not low <= checked <= high:
            raise ValueError(f"skal ligge fra {low} til {high}, men er {tomlfil.shown(value)}")
        return checked

    return check_between


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"skal være tekst i anførselstegn, men er {tomlfil.shown(value)}")
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"skal være et helt tal, men er {tomlfil.shown(value)}")
    return value


def _decimal(value: Any) -> Decimal:
    """Take an int, a Decimal, or text in Danish; refuse what a Dane may have meant as thousands."""
    if isinstance(value, str):
        try:
            return dansk.parse_beloeb(value)
        except AmountError as error:
            raise ValueError(f"kan ikke læses som et tal: {error.reason} (her står {tomlfil.shown(value)})") from None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise ValueError(f"skal være et tal, men er {tomlfil.shown(value)}")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError("skal være et endeligt tal")
    return number


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


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"skal være true eller false, men er {tomlfil.shown(value)}")
    return value


def _day(value: Any) -> date:
    if type(value) is not date:
        raise ValueError(f"skal være en dato som 2023-06-06 uden anførselstegn, men er {tomlfil.shown(value)}")
    return value


def _year(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1900 <= value <= 2200:
        raise ValueError(f"skal være et årstal som 2024, men er {tomlfil.shown(value)}")
    return value


def _quarter(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}K[1-4]", value):
        raise ValueError(f'skal være et kvartal i anførselstegn som "2024K1", men er {tomlfil.shown(value)}')
    return value


def _kommunekode(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}", value):
        raise ValueError(
            f'skal være en kommunekode på fire cifre i anførselstegn som "0253", men er {tomlfil.shown(value)}'
        )
    if value not in kommuner():
        raise ValueError(f"er {tomlfil.shown(value)}, og den kode har ingen kommune")
    return value


CHECKS: dict[str, Callable[[Any], Any]] = {
    "str": _text,
    "int": _integer,
    "Decimal": _decimal,
    "bool": _boolean,
    "date": _day,
    "Aar": _year,
    "Kvartal": _quarter,
    "Kommunekode": _kommunekode,
    "Kildefil": _text,
}


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
