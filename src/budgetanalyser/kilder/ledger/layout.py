"""Layouts: what a ledger export looks like, as a TOML file that a user can write.

The built-in ones lie in `layouts/`. A layout says what the columns are called, how dates and signs are written, the
unit, and which rows would count twice. What is not said (character set, delimiter) is found in the file. Nothing is
read here.
"""

from __future__ import annotations

import decimal
import re
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from budgetanalyser import tomlfil
from budgetanalyser.errors import Fault, KildeError, nearest

Form = Literal["tabel", "xml", "poster"]
Datoformat = Literal[
    "dd-mm-yyyy", "dd.mm.yyyy", "dd/mm/yyyy", "yyyy-mm-dd", "ddmmyyyy", "yyyymmdd", "yyyy", "yyyyKk", "yyyy-mm"
]
# The names every ledger is asked by; a layout says what the file calls them.
BILAGSNR, DATO, BELOEB, SIDE, PERIODE, TEKST = "bilagsnr", "dato", "beloeb", "debet_kredit", "periode", "tekst"
DIMENSIONS = (
    BILAGSNR, DATO, "kommune", "funktion", "dranst", "ejerforhold", "gruppering", "art", "omkostningssted", "psp",
    TEKST, "posteringstype", PERIODE,
)  # fmt: skip
CANONICAL = (*DIMENSIONS, BELOEB, SIDE)
# A row without these is no posting.
NEVER_EMPTY = (BILAGSNR, "funktion", "dranst")

_WIDE = decimal.Context(prec=100)
_LOOK_ALIKE = ({"ddmmyyyy", "yyyymmdd"},)


class Kolonne(tomlfil.StrictModel):
    """A known column: the names it may have in the file, whether the file must have it, whether a cell may be empty.

    Of the form "poster" the name is a field number, or the column stands at the fixed positions `fra` to `til`, from 1.
    """

    navne: list[str] = Field(default=[])
    kraevet: bool = False
    tom: bool | None = None
    fra: int | None = Field(default=None, ge=1)
    til: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _somewhere(self) -> Kolonne:
        if (self.fra is None) != (self.til is None) or (self.fra or 0) > (self.til or 0):
            raise ValueError("fra og til hører sammen, og fra er ikke større end til")
        if bool(self.navne) == (self.fra is not None):
            raise ValueError("skriv enten navne eller fra og til")
        return self


class Post(tomlfil.StrictModel):
    """What a posting is in a file without header.

    In "xml" `navne` are the names of its element. In "poster" they are what stands at the positions `fra` to `til` of
    its line; `andre` are known lines that are no postings, `skilletegn` stands before each numbered field, and `felter`
    says what the numbers mean that are no known columns.
    """

    navne: list[str] = Field(min_length=1)
    fra: int = Field(default=1, ge=1)
    til: int = Field(default=3, ge=1)
    andre: list[str] = Field(default=[])
    skilletegn: str = Field(default="&", min_length=1, max_length=1)
    felter: dict[str, str] = Field(default={})


class DebetKredit(tomlfil.StrictModel):
    """The words of the column that says on which side an unsigned amount stands; debit is expenditure, plus.

    With `fortegn` the amount may have a sign too, which turns it round.
    """

    debet: list[str] = Field(min_length=1)
    kredit: list[str] = Field(min_length=1)
    fortegn: bool = False


class Filter(tomlfil.StrictModel):
    """Rows that are no postings of their own: `kolonne` must be one of `kun`, or none of `ikke`; else `aarsag`."""

    kolonne: str = Field(min_length=1)
    kun: list[str] = Field(default_factory=list)
    ikke: list[str] = Field(default_factory=list)
    aarsag: str = "rækken dobbelttæller"

    @model_validator(mode="after")
    def _one_of_them(self) -> Filter:
        if bool(self.kun) == bool(self.ikke):
            raise ValueError("skriv enten kun eller ikke")
        return self

    def refuses(self, cell: str) -> bool:
        """Return whether a row with this cell is none to count."""
        return cell not in self.kun if self.kun else cell in self.ikke


class Layout(tomlfil.StrictModel):
    """A layout; keys as in the TOML file.

    `form` chooses the reader; "xml" and "poster" use of this what they need. `enhed` is the unit of the amounts, and a
    `decimaltegn` "." says that they are written as computers do. The postings must sum to zero by `balancerer`.
    `sumtegn` marks sum lines in the first cell, as the stars of a SAP list; such lines are no rows.
    """

    titel: str = Field(min_length=1)
    form: Form = "tabel"
    tegnsaet: Literal["utf-8", "cp1252"] | None = None
    skilletegn: Literal[";", ",", "\t", "|"] | None = None
    anfoerselstegn: bool = True
    datoformater: list[Datoformat] = Field(default=["dd-mm-yyyy"], min_length=1)
    enhed: Literal["kr.", "1.000 kr.", "øre"] = "kr."
    decimaltegn: Literal[",", "."] = ","
    sumtegn: str = ""
    kolonner: dict[str, Kolonne]
    debet_kredit: DebetKredit | None = None
    post: Post | None = None
    balancerer: list[str] = Field(default=[])
    filtre: list[Filter] = Field(default_factory=list)

    @field_validator("kolonner")
    @classmethod
    def _known_columns(cls, kolonner: dict[str, Kolonne]) -> dict[str, Kolonne]:
        for name in kolonner:
            if name not in CANONICAL:
                raise ValueError(f"»{name}« kendes ikke. {nearest(name, CANONICAL)}")
        missing = [name for name in (DATO, BELOEB) if name not in kolonner]
        if missing:
            raise ValueError(f"[kolonner.{missing[0]}] mangler")
        taken: dict[str, str] = {}
        for name, kolonne in kolonner.items():
            for header in kolonne.navne:
                if taken.setdefault(normal(header), name) != name:
                    raise ValueError(f"»{header}« er navn på både {taken[normal(header)]} og {name}")
        return kolonner

    @model_validator(mode="after")
    def _makes_sense(self) -> Layout:
        if (self.debet_kredit is None) != (SIDE not in self.kolonner):
            raise ValueError("[debet_kredit] og [kolonner.debet_kredit] hører sammen; skriv begge eller ingen")
        if self.debet_kredit:
            both = {normal(w) for w in self.debet_kredit.debet} & {normal(w) for w in self.debet_kredit.kredit}
            if both:
                raise ValueError(f"»{both.pop()}« kan ikke være både debet og kredit")
        if any(pair <= set(self.datoformater) for pair in _LOOK_ALIKE):
            raise ValueError("ddmmyyyy og yyyymmdd kan ikke kendes fra hinanden; vælg en af dem")
        return self

    @model_validator(mode="after")
    def _fits_its_form(self) -> Layout:
        if (self.post is None) != (self.form == "tabel"):
            raise ValueError('[post] hører til formerne "xml" og "poster", og de skal have den')
        fixed = [name for name, one in self.kolonner.items() if one.fra is not None]
        if fixed and self.form != "poster":
            raise ValueError(f'[kolonner.{fixed[0]}]: fra og til hører til formen "poster"')
        return self

    @property
    def factor(self) -> int:
        """Kroner per unit of the file's amounts; 1 where the unit is øre."""
        return 1000 if self.enhed == "1.000 kr." else 1

    def required(self) -> list[str]:
        """Return the canonical names of the columns the file must have; date and amount always."""
        return [name for name, one in self.kolonner.items() if one.kraevet or name in (DATO, BELOEB, SIDE)]

    def never_empty(self) -> list[str]:
        """Return the canonical names of the columns whose cells must not be empty."""
        said = {name: one.tom for name, one in self.kolonner.items()}
        return [
            name
            for name, one in self.kolonner.items()
            if name not in (DATO, BELOEB, SIDE)
            and (said[name] is False or (said[name] is None and one.kraevet and name in NEVER_EMPTY))
        ]


def normal(header: str) -> str:
    """Return a header as it is compared: case, blanks and a BOM do not matter."""
    return re.sub(r"\s+", " ", header.replace("\ufeff", "").replace("\u00a0", " ")).strip().casefold()


def built_in() -> list[str]:
    """Return the names of the built-in layouts."""
    folder = resources.files(__package__).joinpath("layouts")
    return sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml"))


def load(layout: str | Path) -> Layout:
    """Return a layout by a built-in's name, or read a user's TOML file.

    Raises:
        KildeError: There is no such layout, or it has faults; all are told.
    """
    name = str(layout)
    if isinstance(layout, str) and name in built_in():
        text = resources.files(__package__).joinpath("layouts", f"{name}.toml").read_text(encoding="utf-8")
        return _parsed(text, f"{name}.toml")
    if not name.endswith(".toml"):
        known = f"{nearest(name, built_in())} Et eget layout er en fil, der ender på .toml."
        raise KildeError(name, [Fault(f"layoutet kendes ikke. {known}")])
    path = Path(layout)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        raise KildeError(path.name, [Fault("layoutet findes ikke eller kan ikke læses som UTF-8")]) from None
    return _parsed(text, path.name)


def _parsed(text: str, fil: str) -> Layout:
    try:
        return tomlfil.validated(Layout, tomlfil.load(text), text)
    except tomlfil.TomlFaults as error:
        raise KildeError(fil, error.faults) from None


def kroner(oere: int) -> Decimal:
    """Return øre as exact kroner with two decimals."""
    return Decimal(oere).scaleb(-2, _WIDE)
