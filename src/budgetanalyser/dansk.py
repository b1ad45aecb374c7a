"""Danish numbers and dates: read them strictly, write them as a colleague would.

Writing uses a decimal comma, a dot between thousands and a real minus (U+2212), and never shows "−0,0". Rounding
happens here and only here, half away from zero. Amounts are kroner; `Kroner` and bare `Decimal` are both taken.
Ordinary spaces stand between number and unit; the page keeps them together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from budgetanalyser.errors import AmountError
from budgetanalyser.kroner import Enhed, Kroner, in_units, rounded

MINUS = "\u2212"
MAANEDER = (
    "januar",
    "februar",
    "marts",
    "april",
    "maj",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "december",
)

_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", MINUS: "-"})
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 60  # No amount is longer; a longer text is something else.
_MOST_DIGITS = 24  # Sums of such numbers stay exact in Python's 28 digits.
_DIRECTION = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_NUMBER = re.compile(
    r"(?P<whole>[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[1-9][0-9]{0,2}(?: [0-9]{3})+)(?P<rest>,[0-9]+)?"
)


def parse_beloeb(text: str, *, brackets: bool = True) -> Decimal:
    """Read a number written the Danish way, or refuse.

    Decimal comma; dot, space or no-break space between thousands; minus before or after, as `-` or U+2212; brackets
    as minus. `1.234` is 1234. Nothing is guessed: `0.450` could be 450 or 0,450 and is refused.

    Args:
        text: The cell as it stands.
        brackets: Whether `(500,00)` means −500; a source that does not declare it should say False.

    Raises:
        AmountError: With the reason in Danish.

    Example:
        >>> parse_beloeb("1.234,50-")
        Decimal('-1234.50')
    """
    if not isinstance(text, str):
        raise AmountError(str(text), "det er ikke en tekst")
    body = text.translate(_SPACES).strip(" ")
    if body in ("", "-"):
        raise AmountError(text, "feltet er tomt")
    if len(body) > _LONGEST:
        raise AmountError(text[:_LONGEST] + "…", "teksten er for lang til at være et tal")
    body, signs = _without_signs(text, body, brackets)
    match = _NUMBER.fullmatch(body)
    if match is None:
        raise AmountError(text, _why_not(body))
    digits = re.sub(r"[. ]", "", match["whole"]) + (match["rest"] or "").replace(",", ".")
    if len(digits) > _MOST_DIGITS:
        raise AmountError(text, f"tallet har over {_MOST_DIGITS} cifre")
    number = Decimal(digits)
    is_negative = signs in ("-", "()")
    return -number if is_negative and number else number


def _without_signs(text: str, body: str, brackets: bool) -> tuple[str, str]:
    """Return a number without its sign, and the sign: "", "+", "-" or "()"."""
    signs = ""
    if body[0] == "(" or body[-1] == ")":
        if not (body[0] == "(" and body[-1] == ")" and len(body) > 1):
            raise AmountError(text, "parenteser skal stå om hele tallet")
        if not brackets:
            raise AmountError(text, "parenteser betyder kun minus, hvis kilden siger det")
        signs, body = "()", body[1:-1].strip(" ")
    if body[:1] in ("+", "-"):
        signs, body = signs + body[0], body[1:].strip(" ")
    if body[-1:] == "-":
        signs, body = signs + "-", body[:-1].strip(" ")
    if signs not in ("", "+", "-", "()"):
        raise AmountError(text, "der er mere end ét fortegn")
    return body, signs


def _why_not(body: str) -> str:
    if stray := re.search(r"[^0-9., ]", body):
        return f"tegnet »{stray.group()}« hører ikke til her"
    if re.fullmatch(r"0[0-9]*\.[0-9]{3}", body):
        return "punktum kan både betyde tusinder og komma her; skriv fx 450 eller 0,450"
    if re.fullmatch(r"[0-9]+\.[0-9]+", body):
        return "punktum skiller tusinder i grupper på tre cifre; skriv komma foran decimaler"
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})*\.[0-9]+", body):
        return "det ligner engelsk skrivemåde; skriv punktum mellem tusinder og komma foran decimaler"
    return "punktum, mellemrum og komma står ikke, som de skal i et dansk tal"


def _amount(amount: Decimal | int | Kroner) -> Decimal:
    if isinstance(amount, Kroner):
        return amount.beloeb
    if isinstance(amount, bool) or not isinstance(amount, (Decimal, int)):
        raise TypeError(f"Et tal skal være Decimal eller heltal, ikke {type(amount).__name__}.")
    number = Decimal(amount)
    if not number.is_finite() or (number and number.adjusted() > _MOST_DIGITS):
        raise TypeError(f"Et tal skal være endeligt og have højst {_MOST_DIGITS} cifre.")
    return number


def antal(number: Decimal | int | Kroner, decimals: int = 0) -> str:
    """Write a bare number: `antal(1234567)` is "1.234.567", `antal(Decimal("-0.5"), 1)` is "−0,5"."""
    value = rounded(_amount(number), decimals)
    digits = f"{abs(value):,.{max(decimals, 0)}f}".translate(str.maketrans(",.", ".,"))
    return MINUS + digits if value < 0 else digits


def _with_unit(amount: Decimal | int | Kroner, enhed: Enhed, ord_: str, decimals: int) -> str:
    return f"{antal(in_units(_amount(amount), enhed), decimals)} {ord_}"


def kr(amount: Decimal | int | Kroner, decimals: int = 0) -> str:
    """Write kroner: `kr(12500)` is "12.500 kr."."""
    return _with_unit(amount, Enhed.KR, "kr.", decimals)


def tusinde_kr(amount: Decimal | int | Kroner, decimals: int = 0) -> str:
    """Write kroner in thousands: `tusinde_kr(450000)` is "450 t.kr."."""
    return _with_unit(amount, Enhed.TUSINDE_KR, "t.kr.", decimals)


def mio_kr(amount: Decimal | int | Kroner, decimals: int = 3) -> str:
    """Write kroner in millions: `mio_kr(Decimal("450000"))` is "0,450 mio. kr."."""
    return _with_unit(amount, Enhed.MIO_KR, "mio. kr.", decimals)


def pct(share: Decimal | int, decimals: int = 1) -> str:
    """Write a share as per cent: `pct(Decimal("0.125"))` is "12,5 %"."""
    return f"{antal(_amount(share) * 100, decimals)} %"


def dato(day: date) -> str:
    """Write a date in full: "6. juni 2023"."""
    return f"{day.day}. {maaned(day)}"


def maaned(day: date) -> str:
    """Write the month of a date: "juni 2024"."""
    return f"{MAANEDER[day.month - 1]} {day.year}"


def kvartal(code: str) -> str:
    """Write a quarter code: `kvartal("2023K4")` is "4. kvartal 2023"."""
    year, quarter = code.split("K")
    return f"{quarter}. kvartal {year}"


def kvartalskode(day: date) -> str:
    """Return the code of a date's quarter: 15 October 2023 is "2023K4"."""
    return f"{day.year}K{(day.month + 2) // 3}"


def tidspunkt(day: date, praecision: str) -> str:
    """Write a date no more exactly than it is known: "dag", "medio" or "måned".

    15 October 2023 is "15. oktober 2023", "medio oktober 2023" or "oktober 2023".
    """
    if praecision == "dag":
        return dato(day)
    return f"medio {maaned(day)}" if praecision == "medio" else maaned(day)


def invisible(text: str) -> str:
    """Return the code of the first letter that is not seen but changes what is read; empty when there is none.

    Control letters, and the marks that turn the direction of writing. Line breaks and tabs are not meant.
    """
    for letter in text:
        if (ord(letter) < 32 and letter not in "\n\r\t") or letter in _DIRECTION or ord(letter) == 127:
            return f"U+{ord(letter):04X}"
    return ""


def opremsning(words: Sequence[str]) -> str:
    """Join words as in speech: "a, b og c"."""
    return " og ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def escaped(text: str) -> str:
    """Return a text as a spreadsheet shows it: an apostrophe in front of what it would take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def unescaped(text: str) -> str:
    """Return a text without the apostrophe that `escaped` puts in front."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
