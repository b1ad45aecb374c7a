"""Named values: a number, date or word that the report prints, with its unit, price level and origin.

A value is declared once and shown through one of the formats below, in the prose and in Python alike, so that every
printed number can be traced. Nothing is calculated here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from budgetanalyser import dansk
from budgetanalyser.errors import ValueUseError, nearest
from budgetanalyser.kroner import Prisniveau
from budgetanalyser.report.document import MIME, BlocksPart, Inline, NamedValue, Note, Shown, SourceRef, Text

Amount = Decimal | int | date | str | None
UKENDT = "ikke oplyst"  # What a value prints, in every format, where no source says what it is.

KRONER = "kr."
PARAMETER = "parameter"  # The origin of a value that the analysis sets.
_KINDS: dict[str, tuple[type, ...]] = {
    KRONER: (Decimal, int),
    "antal": (Decimal, int),
    "andel": (Decimal, int),
    "år": (int,),
    "dato": (date,),
    "måned": (date,),
    "kvartal": (str,),
    "tekst": (str,),
}
ENHEDER = tuple(_KINDS)


@dataclass(frozen=True)
class Vaerdi:
    """A named value.

    `amount` is Decimal kroner for "kr.", a fraction for "andel", and None where no source says what it is.
    `forudsaetning` is the reservation that follows the price level where the source does not state it. Arithmetic on it
    fails on purpose: calculate first, then name.
    """

    name: str
    amount: Amount
    enhed: str
    beskrivelse: str
    prisniveau: Prisniveau | None = None
    kilder: tuple[str, ...] = ()
    beregning: str = ""
    forudsaetning: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.enhed not in ENHEDER:
            raise ValueUseError(f"Værdien »{self.name}« har enheden »{self.enhed}«. {nearest(self.enhed, ENHEDER)}")
        if isinstance(self.amount, float):
            raise ValueUseError(
                f"Værdien »{self.name}« er et kommatal, som maskinen kun kender omtrent (float). "
                f'Skriv Decimal("{self.amount}") i stedet.'
            )
        if self.amount is not None and (
            not isinstance(self.amount, _KINDS[self.enhed]) or isinstance(self.amount, bool)
        ):
            raise ValueUseError(
                f"Værdien »{self.name}« er {self.amount!r}, og det passer ikke til enheden »{self.enhed}«."
            )
        if (
            self.enhed == "kvartal"
            and self.amount is not None
            and not re.fullmatch(r"[0-9]{4}K[1-4]", str(self.amount))
        ):
            raise ValueUseError(f"Værdien »{self.name}« skal være et kvartal som 2023K4, men er »{self.amount}«.")
        if isinstance(self.amount, Decimal) and not self.amount.is_finite():
            raise ValueUseError(f"Værdien »{self.name}« er ikke et tal ({self.amount}). Er en celle tom i kilden?")
        if self.enhed == KRONER and self.prisniveau is None and self.amount is not None:
            raise ValueUseError(f"Værdien »{self.name}« er kroner uden prisniveau. Angiv kilde= eller prisniveau=.")
        if not self.kilder and not self.beregning:
            raise ValueUseError(f"Værdien »{self.name}« har ingen oprindelse. Angiv kilde= eller beregning=.")

    @property
    def exact(self) -> str:
        """The unrounded value as text; empty where it is not known."""
        if self.amount is None:
            return ""
        if isinstance(self.amount, Decimal):
            return f"{self.amount.normalize():f}"
        return self.amount.isoformat() if isinstance(self.amount, date) else str(self.amount)

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        """As the last line of a cell: told in JupyterLab, nothing in the report."""
        text = f"{self.name} = {standard_text(self)}" + (f" ({_level(self)})" if self.prisniveau else "")
        return {MIME: BlocksPart(blocks=[]).model_dump(mode="json"), "text/plain": text}

    def named(self) -> NamedValue:
        """Return the value as the colophon records it."""
        return NamedValue(
            name=self.name,
            beskrivelse=self.beskrivelse,
            exact=self.exact,
            text=standard_text(self),
            unit=self.enhed,
            prisniveau=_level(self) if self.prisniveau else "",
            kilder=list(self.kilder),
            beregning=self.beregning,
        )


def _level(value: Vaerdi) -> str:
    assumed = " (forudsat)" if value.prisniveau and value.prisniveau.forudsat else ""
    return f"{value.prisniveau}{assumed}"


def _number(value: Vaerdi, wanted: str, *enheder: str) -> Decimal:
    if value.enhed not in enheder or value.amount is None or isinstance(value.amount, (str, date)):
        raise ValueUseError(f"Værdien »{value.name}« er {value.enhed} og kan ikke vises som {wanted}.")
    return Decimal(value.amount)


def _kroner(write: Callable[..., str], wanted: str, default: int) -> Callable[..., str]:
    def show(value: Vaerdi, decimals: int = default) -> str:
        return write(_number(value, wanted, KRONER), decimals)

    return show


def _antal(value: Vaerdi, decimals: int | None = None) -> str:
    number = _number(value, "antal", "antal")
    return dansk.antal(number, _decimals(value) if decimals is None else decimals)


def _pct(value: Vaerdi, decimals: int = 1) -> str:
    return dansk.pct(_number(value, "pct", "andel"), decimals)


def _day(write: Callable[[date], str], wanted: str) -> Callable[[Vaerdi], str]:
    def show(value: Vaerdi) -> str:
        if not isinstance(value.amount, date):
            raise ValueUseError(f"Værdien »{value.name}« er {value.enhed} og kan ikke vises som {wanted}.")
        return write(value.amount)

    return show


# The formats by the name an author writes after the bar: {{ udgift | mio_kr }}.
FORMATS: dict[str, Callable[..., str]] = {
    "kr": _kroner(dansk.kr, "kr", 0),
    "tusinde_kr": _kroner(dansk.tusinde_kr, "tusinde_kr", 0),
    "mio_kr": _kroner(dansk.mio_kr, "mio_kr", 3),
    "antal": _antal,
    "pct": _pct,
    "dato": _day(dansk.dato, "dato"),
    "maaned": _day(dansk.maaned, "maaned"),
}
PRISNIVEAU = "prisniveau"
KILDE = "kilde"
KNOWN_FORMATS = (*FORMATS, PRISNIVEAU, KILDE)
_MOST_DECIMALS = 6


def standard_text(value: Vaerdi) -> str:
    """Write a value in the usual way of its unit."""
    if value.amount is None:
        return UKENDT
    usual = {KRONER: "kr", "antal": "antal", "andel": "pct", "dato": "dato", "måned": "maaned"}
    if value.enhed in usual:
        return FORMATS[usual[value.enhed]](value)
    return dansk.kvartal(str(value.amount)) if value.enhed == "kvartal" else str(value.amount)


def _decimals(value: Vaerdi) -> int:
    """Return the decimals a number has, two at the most: a third is 0,33."""
    exponent = value.amount.as_tuple().exponent if isinstance(value.amount, Decimal) else 0
    return min(2, max(0, -exponent)) if isinstance(exponent, int) else 0


def show(value: Vaerdi, wanted: str = "", *arguments: int) -> list[Inline]:
    """Return the printed form of a value in the format `wanted`; the usual one of its unit when empty.

    The price level of an assumed amount brings its reservation along as a footnote.

    Raises:
        ValueUseError: The format does not fit the value.
    """
    if wanted == PRISNIVEAU:
        if value.prisniveau is None:
            raise ValueUseError(f"Værdien »{value.name}« har intet prisniveau.")
        shown = Shown(name=value.name, text=str(value.prisniveau), exact=value.exact)
        return [shown, *level_note(value.prisniveau, value.forudsaetning)]
    if wanted == KILDE:
        if not value.kilder:
            raise ValueUseError(f"Værdien »{value.name}« har ingen kilde; den er {value.beregning}.")
        return [SourceRef(filer=list(value.kilder))]
    if any(not 0 <= decimals <= _MOST_DECIMALS for decimals in arguments):
        raise ValueUseError(f"Værdien »{value.name}« kan vises med 0 til {_MOST_DECIMALS} decimaler.")
    text = FORMATS[wanted](value, *arguments) if wanted and value.amount is not None else standard_text(value)
    return [Shown(name=value.name, text=text, exact=value.exact)]


def level_note(level: Prisniveau, reservation: str) -> list[Inline]:
    """Return the footnote that an assumed price level must carry; nothing for a stated one."""
    if not level.forudsat:
        return []
    text = reservation or "Kilden oplyser ikke prisniveauet; det er forudsat."
    return [Note(label=f"prisniveau: {text}", children=[Text(text=text)])]
