"""The parameters a notebook declares: read from its `parameters` cell with `ast`, never run, never matched by pattern.

Each line of the cell is `name: type = default  # explanation`. A type's entry in `CHECKS` says which values it takes
and how a wrong one is told in Danish.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk, tomltekst
from budgetanalyser.errors import AmountError, Fault, NotebookError
from budgetanalyser.kilder.kommuner import kommuner

if TYPE_CHECKING:
    from budgetanalyser.report.values import Vaerdi

PARAMETERS_TAG = "parameters"

# What the annotations mean is only read by `ast`; to the kernel they are these plain types.
Aar = int
Kvartal = str
Periode = str
Kommunekode = str
Kildefil = str
Fortroligfil = str


class Mellem:
    """A range for a parameter, ends included: `pladser: Annotated[int, Mellem(1, 500)] = 36`."""

    def __init__(self, mindst: int | Decimal, hoejst: int | Decimal) -> None:
        self.mindst = mindst
        self.hoejst = hoejst


class _NotDeclared(ValueError):
    """A declaration that cannot be used; its text is Danish."""


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
    tagged = [
        cell
        for cell in cells
        if cell["cell_type"] == "code" and PARAMETERS_TAG in cell.get("metadata", {}).get("tags", [])
    ]
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
                raise _NotDeclared(f"»{one.name}« er erklæret to gange")
            result[one.name] = one
        except (ValueError, TypeError, RecursionError) as error:
            said = (
                str(error)
                if isinstance(error, _NotDeclared)
                else "skriv parameteren som navn: type = værdi  # forklaring"
            )
            faults.append(Fault(said, f"parametercellen, linje {node.lineno}"))
    if faults:
        raise NotebookError(shown_path, faults)
    return result


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}


def _declaration(node: ast.stmt, comments: Mapping[int, str]) -> Declared:
    if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
        raise _NotDeclared("skriv hver parameter som navn: type = værdi  # forklaring")
    name = node.target.id
    hjaelp = comments.get(node.end_lineno or node.lineno, "")
    if not hjaelp:
        raise _NotDeclared(f"»{name}« mangler en forklaring efter #")
    kind, check = _type(node.annotation)
    if node.value is None:
        return Declared(name, kind, hjaelp, check, required=True)
    try:
        default = check(_literal(node.value))
    except (ValueError, TypeError) as error:
        said = error if isinstance(error, ValueError) else "passer ikke til typen"
        raise _NotDeclared(f"standardværdien af »{name}« {said}") from None
    return Declared(name, kind, hjaelp, check, default)


def _literal(node: ast.expr) -> Any:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        makers: dict[str, Callable[..., Any]] = {"Decimal": Decimal, "date": date}
        if node.func.id in makers:
            try:
                return makers[node.func.id](*[ast.literal_eval(argument) for argument in node.args])
            except (ArithmeticError, TypeError, ValueError):
                raise ValueError("kan ikke læses") from None
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        raise _NotDeclared("skal være en fast værdi, ikke en beregning") from None


def _type(node: ast.expr) -> tuple[str, Callable[[Any], Any]]:
    if isinstance(node, ast.Name) and node.id in CHECKS:
        return node.id, CHECKS[node.id]
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if node.value.id == "Literal":
            return "Literal", _one_of([_literal(part) for part in parts])
        if node.value.id == "Annotated" and len(parts) == 2:
            kind, check = _type(parts[0])
            return kind, _between(check, parts[1])
    known = ", ".join([*CHECKS, "Literal[…]", "Annotated[…, Mellem(…, …)]"])
    raise _NotDeclared(f"typen »{ast.unparse(node)}« kendes ikke. Her kan stå: {known}")


def _one_of(options: list[Any]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if any(value == option and type(value) is type(option) for option in options):
            return value
        raise ValueError(f"skal være {' eller '.join(map(tomltekst.shown, options))}, men er {tomltekst.shown(value)}")

    return check


def _between(check: Callable[[Any], Any], node: ast.expr) -> Callable[[Any], Any]:
    if not (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Mellem"
        and len(node.args) == 2
    ):
        raise _NotDeclared("et interval skrives Mellem(mindst, højst)")
    low, high = (_literal(argument) for argument in node.args)
    if not all(isinstance(end, (int, Decimal)) for end in (low, high)):
        raise _NotDeclared("et interval skrives med tal, som Mellem(1, 500)")

    def check_between(value: Any) -> Any:
        checked = check(value)
        if not isinstance(checked, (int, Decimal)):
            raise ValueError("kan ikke have et interval, for det er ikke et tal")
        if not low <= checked <= high:
            raise ValueError(f"skal ligge fra {low} til {high}, men er {tomltekst.shown(value)}")
        return checked

    return check_between


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"skal være tekst i anførselstegn, men er {tomltekst.shown(value)}")
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"skal være et helt tal, men er {tomltekst.shown(value)}")
    return value


def _decimal(value: Any) -> Decimal:
    """Take an int, a Decimal, or text in Danish; refuse what a Dane may have meant as thousands."""
    if isinstance(value, str):
        try:
            return dansk.parse_beloeb(value)
        except AmountError as error:
            raise ValueError(f"kan ikke læses som et tal: {error.reason} (her står {tomltekst.shown(value)})") from None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise ValueError(f"skal være et tal, men er {tomltekst.shown(value)}")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError("skal være et endeligt tal")
    return number


def refuse_open_amount(value: Any) -> Any:
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
        raise ValueError(f"skal være true eller false, men er {tomltekst.shown(value)}")
    return value


def _day(value: Any) -> date:
    if type(value) is not date:
        raise ValueError(f"skal være en dato som 2023-06-06 uden anførselstegn, men er {tomltekst.shown(value)}")
    return value


def _year(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1900 <= value <= 2200:
        raise ValueError(f"skal være et årstal som 2024, men er {tomltekst.shown(value)}")
    return value


def _quarter(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}K[1-4]", value):
        raise ValueError(f'skal være et kvartal i anførselstegn som "2024K1", men er {tomltekst.shown(value)}')
    return value


_PERIODE = re.compile(r"[0-9]{4}(K[1-4]|-[0-9]{2}(-[0-9]{2})?)")


def check_periode(value: Any) -> str:
    """Return the code of a period, which names folders too: "2026K3", "2026-09" or "2026-09-30".

    A date becomes its code. Anything else, a day that does not exist too, raises ValueError in Danish.
    """
    if type(value) is date:
        value = value.isoformat()
    if isinstance(value, str) and _PERIODE.fullmatch(value):
        if _is_day(value[:4] + "-01-01" if "K" in value else (value + "-01")[:10]):
            return value
        raise ValueError(f"er {tomltekst.shown(value)}, og den dag eller måned findes ikke")
    raise ValueError(
        'skal være en periode i anførselstegn: et kvartal som "2026K3", en måned som "2026-09" eller en dag som '
        f'"2026-09-30", men er {tomltekst.shown(value)}'
    )


def _is_day(text: str) -> bool:
    try:
        return 1900 <= date.fromisoformat(text).year <= 2200
    except ValueError:
        return False


# Units of the values that prose can print a parameter as; the rest are text.
_UNITS = {"int": "antal", "Decimal": "antal", "date": "dato", "Aar": "år", "Kvartal": "kvartal"}


HIDDEN = "fortrolig fil, ikke vist"


def named(one: Declared, value: Any) -> Vaerdi:
    """Return a parameter as a value that prose can print."""
    from budgetanalyser.report.values import PARAMETER, Vaerdi

    text = ("ja" if value else "nej") if isinstance(value, bool) else value
    if one.kind == "Fortroligfil" and value and not is_constructed(value):
        text = HIDDEN  # Neither its name nor its folder belongs on a page.
    return Vaerdi(one.name, text, _UNITS.get(one.kind, "tekst"), one.hjaelp, beregning=PARAMETER)


def is_constructed(file: str) -> bool:
    """Return whether a file in data/raw/ holds invented people, so that it need not be confidential."""
    return file.startswith("KONSTRUERET") and "/" not in file


def check_kommunekode(value: Any) -> str:
    """Return `value` if it is the four-digit code of a municipality; raise ValueError, in Danish, if not."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}", value):
        raise ValueError(
            f'skal være en kommunekode på fire cifre i anførselstegn som "0253", men er {tomltekst.shown(value)}'
        )
    if value not in kommuner():
        raise ValueError(f"er {tomltekst.shown(value)}, og den kode har ingen kommune")
    return value


CHECKS: dict[str, Callable[[Any], Any]] = {
    "str": _text,
    "int": _integer,
    "Decimal": _decimal,
    "bool": _boolean,
    "date": _day,
    "Aar": _year,
    "Kvartal": _quarter,
    "Periode": check_periode,
    "Kommunekode": check_kommunekode,
    "Kildefil": _text,
    "Fortroligfil": _text,
}
