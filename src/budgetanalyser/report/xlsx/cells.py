"""What a spreadsheet cell may hold: a document's exact values as numbers, dates and texts, or why they cannot be.

A spreadsheet keeps 15 digits of a number and counts days from 1900. What does not fit becomes text, and the remark says
so; nothing is changed without a word. How a cell looks, and where it stands, is in `sheet`.
"""

from __future__ import annotations

import decimal
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from budgetanalyser import dansk
from budgetanalyser.report import document as doc

Content = Decimal | date | str | None

NUMERIC = ("beloeb", "antal", "decimaltal", "pct", "aar")
DASH = "Et tomt felt er vist som »–« i rapporten."
TOO_LONG = "Et tal, som et regneark ikke kan rumme nøjagtigt (over 15 cifre), står som tekst"
ENDLESS = "Brøker uden ende er skrevet med 15 cifre."
TOO_OLD = "Datoer før marts 1900 kender regneark ikke; de står som tekst"
# Remarks about single cells; the sheet names the cells.
ABOUT_CELLS = (TOO_LONG, TOO_OLD)

_DIGITS = 15
_ROUND = decimal.Context(prec=_DIGITS, rounding=decimal.ROUND_HALF_UP)
_LARGEST_EXPONENT = 290  # A little inside the range of a double.
_FIRST_DAY = date(1900, 3, 1)  # Before it spreadsheets disagree: some have a 29 February 1900.
_LONGEST = 32_767  # Letters in a cell, as UTF-16 units.
_CUT = " … (forkortet; hele teksten står i rapporten)"
# Not letters of XML, or halves of letters; a line break and a tab are letters.
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# What a spreadsheet would read again as a formula, number or date when somebody edits the cell.
_TAKEN_FOR_MORE = re.compile(r"[=+\-@\t'\u2212]|[\d(.,]*\d")


@dataclass(frozen=True)
class Typed:
    """A cell's content, and a remark that the sheet must print when it is not the exact value."""

    content: Content
    remark: str = ""


def typed(format_: str, cell: doc.Cell) -> Typed:
    """Return a cell as a spreadsheet holds it: exact kroner, a share as a fraction, a month as its first day."""
    if not cell.value:
        shown = doc.plain(cell.children).strip()
        if shown in ("", "–"):
            return Typed(None, DASH if shown else "")
        return Typed(text(shown))
    if format_ in NUMERIC:
        return _number(cell.value)
    if format_ in ("dato", "maaned"):
        return _day(cell.value, format_)
    return Typed(text(cell.value))


def text(words: str, longest: int = _LONGEST) -> str:
    """Return a text that a cell can hold; a letter that no file can hold becomes "\ufffd"."""
    words = _IMPOSSIBLE.sub("\ufffd", words.replace("\r\n", "\n").replace("\r", "\n"))
    # xlsxwriter would take such a text for markup of its own and print it raw into the file.
    if words.startswith("<r>") and words.endswith("</r>"):
        words += " "
    return words if units(words) <= longest else cut(words, longest - len(_CUT)) + _CUT


def line(words: str, longest: int = _LONGEST) -> str:
    """Return a text on one line."""
    return text(" ".join(words.split()), longest)


def units(words: str) -> int:
    """Return how long a text is to a spreadsheet, which counts some letters as two."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2


def cut(words: str, longest: int) -> str:
    """Return the beginning of a text, of at most `longest` units, with no letter halved."""
    return words.encode("utf-16-le", "surrogatepass")[: longest * 2].decode("utf-16-le", "ignore")


def is_taken_for_more(words: str) -> bool:
    """Tell whether a spreadsheet would make something else of a text when somebody edits it: "=1+1", "0253", "3.22"."""
    return _TAKEN_FOR_MORE.match(words) is not None


def _number(exact: str) -> Typed:
    try:
        number = Decimal(exact)
    except ArithmeticError:
        return Typed(text(exact))  # The label of a total, or a word in a column of numbers.
    if not number.is_finite():
        return Typed(text(exact))
    if not number:
        return Typed(Decimal(0))
    _, digits, exponent = number.as_tuple()
    is_in_range = abs(number.adjusted()) < _LARGEST_EXPONENT
    if is_in_range and len("".join(map(str, digits)).rstrip("0")) <= _DIGITS:
        return Typed(number)
    # A quotient has no last digit to keep; øre must survive.
    if is_in_range and isinstance(exponent, int) and exponent < -6 and number.adjusted() < _DIGITS - 2:
        return Typed(_ROUND.plus(number), ENDLESS)
    return Typed(text(f"{number:f}".replace(".", ",")), TOO_LONG)


def _day(exact: str, format_: str) -> Typed:
    try:
        day = date.fromisoformat(exact[:10])
    except ValueError:
        return Typed(text(exact))
    day = day.replace(day=1) if format_ == "maaned" else day
    if day < _FIRST_DAY:
        return Typed(dansk.maaned(day) if format_ == "maaned" else dansk.dato(day), TOO_OLD)
    return Typed(day)
