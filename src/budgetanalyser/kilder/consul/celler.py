"""How Consul's files are cut into cells, and how text, delimiters, prices and states in a cell are read.

Not which columns a file has, nor which file it is: `eksport` and `resultatside` know their own. A fault repeats a cell
only where it is a state or a price and nothing else.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk
from budgetanalyser.errors import AmountError, Fault, nearest
from budgetanalyser.kilder.table import LINE_INDEX

if TYPE_CHECKING:
    import pandas as pd

KAN, KAN_IKKE, UNDER_BEHANDLING = "kan gennemføres", "kan ikke gennemføres", "under behandling"
STATES = (KAN, KAN_IKKE, UNDER_BEHANDLING)

# Rows with the line each stands on.
Rows = list[tuple[int, dict[str, Any]]]

_LONGEST_CELL = 10_000_000
_LONGEST_ID = 7  # A CPR or telephone number out of its column is longer.
_LONGEST_COUNT = 8
_MOST_KR = Decimal(10) ** 12
# Only such a cell is repeated in a message: a row out of step could have a name or a CPR number in any column.
_AMOUNT = r"(?:[0-9]{1,5}|[0-9]{1,3}(?:[.,][0-9]{3}){1,3})(?:[.,][0-9]{1,2})?"
_PRICE = rf"-?(?:{_AMOUNT} ?(?:kr\.?|DKK|€)|(?:DKK|€) ?{_AMOUNT})"
_SAFE = re.compile(
    rf"kan ikke gennemføres|under behandling|kan gennemføres(?: \((?:{_PRICE})?\))?|{_PRICE}", re.IGNORECASE
)
# What a spreadsheet takes for a formula.
_DANISH = re.compile(r"(?P<number>[0-9.]+(?:,[0-9]{2})?) ?kr\.")
_UNIT_FIRST = re.compile(r"DKK ?(?P<number>(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]{2})?)")


def plain(text: str) -> str:
    """Return a text with one space between words and none around them."""
    return " ".join(text.split())


def key(text: str) -> str:
    """Return a title or label as it is compared: one space between words, no case."""
    return plain(text).casefold()


def read_gennemfoerlighed(text: str) -> str:
    """Return which of `STATES` a cell of `Gennemførlighed` tells.

    Raises:
        AmountError: It is none of them.
    """
    body = key(text)
    state = KAN if body.startswith(f"{KAN} (") and body.endswith(")") else body
    if state not in STATES:
        raise AmountError(
            text, "der skal stå »Kan gennemføres (pris)«, »Kan ikke gennemføres« eller »Under behandling«"
        )
    return state


def parse_pris(text: str) -> Decimal | None:
    """Return the price in kroner of `Kan gennemføres (35.000 kr.)`, `35.000,50 kr.`, `DKK35,000` or `DKK35,000.50`.

    None for a proposal that is not (yet) feasible, and for `Kan gennemføres ()`, which Consul writes while a feasible
    proposal has no price. `35,000 kr.` could be 35 or 35.000 and is refused, as is everything else.

    Raises:
        AmountError: With the reason in Danish.

    Source: rails.yml of OS2Consul (repository OS2Consul/os2consul); sammenomaarhus.dk/budgets/1.
    """
    body = plain(text)
    if key(body) in (KAN_IKKE, UNDER_BEHANDLING):
        return None
    inside = re.fullmatch(r"kan gennemføres \((.*)\)", body, re.IGNORECASE)
    if inside and not inside[1].strip():
        return None
    return kroner(text, inside[1].strip() if inside else body)


def kroner(text: str, body: str) -> Decimal:
    """Return the kroner of an amount, `body`; where it cannot be read, the error tells of the whole cell, `text`.

    Raises:
        AmountError: With the reason in Danish.
    """
    if match := _DANISH.fullmatch(body):
        try:
            return _not_too_large(text, dansk.parse_beloeb(match["number"]))
        except AmountError as error:
            raise AmountError(text, error.reason) from None
    if match := _UNIT_FIRST.fullmatch(body):
        return _not_too_large(text, Decimal(match["number"].replace(",", "")))
    if re.fullmatch(r"[0-9]+(?:,[0-9]{3})+ ?kr\.?|DKK ?[0-9]+(?:\.[0-9]{3})+", body):
        raise AmountError(text, "tegnet mellem cifrene kan både skille tusinder og være komma; skriv fx 35.000 kr.")
    raise AmountError(text, "prisen skal stå som 35.000 kr. eller DKK35,000 og intet andet")


def _not_too_large(text: str, amount: Decimal) -> Decimal:
    if amount >= _MOST_KR:
        raise AmountError(text, f"beløbet er for stort; det skal være under {dansk.mio_kr(_MOST_KR, 0)}")
    return amount


def line(fault: Fault) -> int:
    """Return the line a fault stands on, to sort by; 0 where it is about the whole file."""
    found = re.match(r"linje (\d+)", fault.where)
    return int(found[1]) if found else 0


def frame(rows: Rows, columns: list[str]) -> pd.DataFrame:
    """Return rows as a table of objects with the line as index; None where a row lacks a column."""
    import pandas as pd

    index = pd.Index([line for line, _ in rows], name=LINE_INDEX, dtype="int64")
    data = {name: pd.Series([row.get(name) for _, row in rows], index, dtype=object) for name in columns}
    return pd.DataFrame(data, index=index)


def labels(cells: Iterable[str], known: Iterable[str]) -> int:
    """Return how many of the known labels are among the cells."""
    wanted = {key(label) for label in known}
    return len({key(cell) for cell in cells} & wanted)


def delimiter(text: str, known: Iterable[str]) -> str:
    """Return the sign between cells that gives the first line most of the known labels; comma where none does."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=lambda sign: labels(cells(first, sign), known))


def cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line, which may be a whole page; none where it cannot be cut."""
    csv.field_size_limit(_LONGEST_CELL)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def records(text: str, delimiter: str) -> tuple[list[tuple[int, list[str]]], list[Fault]]:
    """Return the rows that are not empty with the line each begins on; a cell may hold line breaks."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((begins, [cell.strip() for cell in cells]))
            begins = reader.line_num + 1
    except csv.Error:
        said = "linjen kan ikke læses; er et anførselstegn åbnet og ikke lukket?"
        return found, [Fault(said, f"linje {begins}")]
    return found, []


def repeated(cell: str) -> str:
    """Return the end of a message that repeats a cell; nothing where the cell is not a state or a price."""
    return f" (her står »{cell}«)" if _SAFE.fullmatch(cell) else ""


def unknown(number: int, label: str, known: Iterable[str]) -> str:
    """Return the message of an unknown column: its number and the nearest known names, never the label itself."""
    return f"kolonne {number} kendes ikke. {nearest(label[:60], known)}"


def text(cell: str) -> str:
    """Return a cell that must say something, without the apostrophe that keeps a spreadsheet from calculating it.

    Raises:
        ValueError: It is empty, or holds an invisible sign.
    """
    if strange := dansk.invisible(cell):
        raise ValueError(f"cellen rummer et usynligt tegn ({strange}); slet det")
    if not cell:
        raise ValueError("cellen er tom")
    return dansk.unescaped(plain(cell))


def projekt_id(cell: str) -> str:
    """Return a project's id, which stays text.

    Raises:
        ValueError: It is not digits, or too many to be an id.
    """
    if not re.fullmatch(rf"[0-9]{{1,{_LONGEST_ID}}}", cell):
        raise ValueError(f"et id skal være cifre, højst {_LONGEST_ID}")
    return cell


def whole(cell: str) -> int:
    """Return a whole number, with or without points between thousands.

    Raises:
        ValueError: It is anything else.
    """
    if not re.fullmatch(r"[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+", cell):
        raise ValueError("skal være et helt tal, 0 eller mere")
    digits = cell.replace(".", "")
    if len(digits) > _LONGEST_COUNT:
        raise ValueError(f"tallet har over {_LONGEST_COUNT} cifre")
    return int(digits)
