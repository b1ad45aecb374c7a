"""Column types of a raw table: how each kind of cell is read, strictly and in Danish.

A sidecar declares its columns in `[kolonner]`, in short (`navn = "tekst"`) or in full (`{ type = "heltal", min = 0 }`).
A column of amounts carries its unit in its name (`_kr`, `_1000_kr`, `_mio_kr`), as PUDL does; it is read as kroner.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from budgetanalyser import dansk, tomlfil
from budgetanalyser.dansk import invisible
from budgetanalyser.errors import AmountError
from budgetanalyser.kilder.kommuner import kommuner
from budgetanalyser.kroner import Enhed

ColumnType = Literal[
    "tekst", "beloeb", "heltal", "decimaltal", "andel_pct", "dato", "maaned", "aar", "kvartal", "kommunekode", "ja_nej"
]

UNIT_ENDINGS = (("_mio_kr", Enhed.MIO_KR), ("_1000_kr", Enhed.TUSINDE_KR), ("_kr", Enhed.KR))


class Column(tomlfil.StrictModel):
    """One declared column.

    `vaerdier` lists the only allowed texts; `tom` allows empty cells; bounds are inclusive and in the file's own unit.
    """

    type: ColumnType
    betydning: str = ""
    tom: bool = False
    unik: bool = False
    vaerdier: list[str] = Field(default_factory=list)
    min: int | None = None
    max: int | None = None


# An ending that says thousands, millions or more in a way of its own; it must not be taken for plain kroner.
_UNCLEAR = re.compile(
    r"(?:^|[_. ])(?:t|tusind|tusinde|1[._ ]?000|mio|mill|million|millioner|mia|milliarder)[._ ]*kr$", re.IGNORECASE
)


def unit_of(name: str) -> Enhed | None:
    """Return the unit that a column's name ends in, or None when it ends in none, or in one that is not clear."""
    exact = next((enhed for ending, enhed in UNIT_ENDINGS[:2] if name.endswith(ending)), None)
    if exact is not None or _UNCLEAR.search(name):
        return exact
    return Enhed.KR if name.endswith("_kr") else None


def name_in_kroner(name: str) -> str:
    """Return the name an amount column has after reading: `beloeb_mio_kr` becomes `beloeb_kr`."""
    ending = next(ending for ending, _ in UNIT_ENDINGS if name.endswith(ending))
    return name.removesuffix(ending) + "_kr"


def read_cell(name: str, column: Column, text: str) -> Any:
    """Return the value of one cell; None for an allowed empty one.

    Returns:
        `str`, `Decimal` (amounts in kroner, shares as fractions), `int`, `date` (a month is its first day) or `bool`.

    Raises:
        ValueError: With the reason in Danish.
    """
    text = text.strip()
    if strange := invisible(text):
        raise ValueError(f"cellen rummer et usynligt tegn ({strange}); slet det")
    if not text:
        if column.tom:
            return None
        raise ValueError("cellen er tom")
    if column.vaerdier and text not in column.vaerdier:
        raise ValueError(f"skal være {' eller '.join(f'»{word}«' for word in column.vaerdier)}")
    value = _READERS[column.type](name, text)
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        unit = unit_of(name) if column.type == "beloeb" else None
        _check_bounds(column, value / unit.faktor if unit else value)
    return value


def _check_bounds(column: Column, value: int | Decimal) -> None:
    if column.min is not None and value < column.min:
        raise ValueError(f"skal være mindst {column.min}")
    if column.max is not None and value > column.max:
        raise ValueError(f"skal være højst {column.max}")


def _amount(name: str, text: str) -> Decimal:
    unit = unit_of(name)
    if unit is None:
        raise ValueError("kolonnens navn skal ende på _kr, _1000_kr eller _mio_kr, så enheden er kendt")
    return _number(name, text) * unit.faktor


def _number(_name: str, text: str) -> Decimal:
    try:
        return dansk.parse_beloeb(text)
    except AmountError as error:
        raise ValueError(error.reason) from None


def _integer(name: str, text: str) -> int:
    if "," in text:
        raise ValueError("skal være et helt tal uden komma")
    return int(_number(name, text))


def _share(name: str, text: str) -> Decimal:
    return _number(name, text) / 100


def _pattern(pattern: str, said: str, convert: Callable[[re.Match[str]], Any]) -> Callable[[str, str], Any]:
    compiled = re.compile(pattern, re.ASCII)

    def read(_name: str, text: str) -> Any:
        match = compiled.fullmatch(text)
        try:
            if match:
                return convert(match)
        except ValueError:
            pass
        raise ValueError(said)

    return read


def _day(match: re.Match[str]) -> date:
    if match["iso"]:
        return date.fromisoformat(match["iso"])
    return date(int(match["y"]), int(match["m"]), int(match["d"]))


def _municipality(match: re.Match[str]) -> str:
    if match[0] not in kommuner():
        raise ValueError
    return match[0]


_READERS: dict[str, Callable[[str, str], Any]] = {
    "tekst": lambda _name, text: dansk.unescaped(text),
    "beloeb": _amount,
    "decimaltal": _number,
    "andel_pct": _share,
    "heltal": _integer,
    "dato": _pattern(
        r"(?P<iso>\d{4}-\d\d-\d\d)|(?P<d>\d\d?)[-./](?P<m>\d\d?)[-./](?P<y>\d{4})",
        "skal være en dato, der findes, som 2023-06-06 eller 06-06-2023",
        _day,
    ),
    "maaned": _pattern(r"(\d{4})-(\d\d)", "skal være en måned som 2024-06", lambda m: date(int(m[1]), int(m[2]), 1)),
    "aar": _pattern(r"(?:19|20|21)\d\d", "skal være et årstal som 2024", lambda m: int(m[0])),
    "kvartal": _pattern(r"\d{4}K[1-4]", "skal være et kvartal som 2023K4", lambda m: m[0]),
    "kommunekode": _pattern(
        r"\d{4}", "skal være en kommunekode på fire cifre som 0253, og koden skal have en kommune", _municipality
    ),
    "ja_nej": _pattern(r"ja|nej", "skal være ja eller nej", lambda m: m[0] == "ja"),
}
