"""Quantity formulas: arithmetic over named drivers, such as `pladser * (aftener + heldage) * 0,5`.

A formula is data. It is parsed with `ast` and walked; only + − * / brackets, numbers and names are let through, and
nothing is ever run as code. The same formula is worked out exactly over Decimals and fast over arrays.
"""

from __future__ import annotations

import ast
import operator
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_LONGEST = 300
_LARGEST = 10**12
_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
# The signs a Dane or a spreadsheet may write; ÷ is left out, as it can mean minus.
_SIGNS = str.maketrans({"×": "*", "·": "*", "−": "-", "–": "-", "\u00a0": " "})


@dataclass(frozen=True)
class Formel:
    """A parsed formula: its text as written, its tree, and the drivers it names in alphabetical order."""

    tekst: str
    tree: ast.expr
    navne: tuple[str, ...]

    def value(self, drivere: Mapping[str, Any], number: Callable[[str], Any] = Decimal) -> Any:
        """Return the quantity.

        Args:
            drivere: Value by driver: Decimal, or an array of float.
            number: How a number in the formula is read: Decimal for exact work, float for arrays.

        Raises:
            ZeroDivisionError: It divides by zero.
        """
        try:
            return _value(self.tree, drivere, number)
        except ArithmeticError:
            raise ZeroDivisionError(self.tekst) from None


def parse(text: str) -> Formel:
    """Read a formula.

    Raises:
        ValueError: In Danish, with what cannot stand in it.
    """
    plain = unicodedata.normalize("NFC", str(text).translate(_SIGNS)).strip()
    if not plain:
        raise ValueError("formlen er tom")
    if len(plain) > _LONGEST:
        raise ValueError(f"formlen er over {_LONGEST} tegn; del den i flere linjer eller drivere")
    if strange := re.search(r"#|(?<!\w)\d+[^\W\d]\w*|[^\W\d_]*[²³¹⁰-⁹₀-₉]", plain):
        raise ValueError(f"»{strange[0]}« kan ikke stå i en formel; skriv hele tal og gange med *")
    if match := re.search(r"\d+\.\d+", plain):
        raise ValueError(f"»{match[0]}« i formlen: skriv komma foran decimaler og intet mellem tusinder")
    try:
        tree = ast.parse(re.sub(r"(?<=\d),(?=\d)", ".", plain), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f"formlen »{text}« kan ikke læses; brug drivere, tal, + − * / og parenteser") from None
    names = {_check(node) for node in ast.walk(tree)} - {""}
    return Formel(str(text).strip(), tree, tuple(sorted(names)))


def _check(node: ast.AST) -> str:
    """Return the name a node holds, or nothing; refuse a node that is not plain arithmetic."""
    if isinstance(node, ast.Call):
        raise ValueError(f"formlen kalder »{ast.unparse(node.func)}«; den må kun regne med + − * / og parenteser")
    if isinstance(node, ast.Constant) and _is_plain_number(node.value):
        return ""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Load, *_OPERATORS)):
        return ""
    said = ast.unparse(node) or type(node).__name__
    raise ValueError(f"»{said[:40]}« kan ikke stå i en formel; brug drivere, tal, + − * / og parenteser")


def _is_plain_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _LARGEST


def _value(node: ast.expr, drivere: Mapping[str, Any], number: Callable[[str], Any]) -> Any:
    if isinstance(node, ast.Name):
        return drivere[node.id]
    if isinstance(node, ast.Constant):
        return number(str(node.value))
    if isinstance(node, ast.UnaryOp):
        return _OPERATORS[type(node.op)](_value(node.operand, drivere, number))
    assert isinstance(node, ast.BinOp)
    left, right = _value(node.left, drivere, number), _value(node.right, drivere, number)
    return _OPERATORS[type(node.op)](left, right)
