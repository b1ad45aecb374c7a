"""The sidecar `<file>.kilde.toml`: what is known of a raw file, and the checksum that proves it unchanged.

This module verifies that the file is the one described. What stands inside the file is for `table`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from budgetanalyser import tomlfil
from budgetanalyser.errors import Fault, KildeError, nearest
from budgetanalyser.kilder.columns import Column
from budgetanalyser.kilder.questions import IKKE_OPLYST, INGEN_BELOEB, LOEBENDE_PRISER
from budgetanalyser.kroner import Prisniveau

ENDING = ".kilde.toml"
CONSTRUCTED = "KONSTRUERET"

Date = date | Literal["ikke oplyst"]


class _SidecarModel(tomlfil.StrictModel):
    titel: str = Field(min_length=1)
    udgiver: str = Field(min_length=1)
    dato_udgivet: Date
    dato_hentet: date
    url: str = Field(min_length=1)
    licens: str = Field(min_length=1)
    sha256: str = Field(min_length=1)
    prisniveau: int | str
    prisniveau_forudsat: int | None = Field(default=None, ge=1900, le=2200)
    forudsaetning: str = ""
    forbehold: str = ""
    konstrueret: bool = False
    tegnsaet: Literal["utf-8", "cp1252"] = "utf-8"
    kolonner: dict[str, Column] = Field(default_factory=dict)

    @field_validator("dato_udgivet", mode="before")
    @classmethod
    def _date_or_not_stated(cls, value: Any) -> Any:
        if type(value) is not date and value != IKKE_OPLYST:
            raise ValueError(f'skal være en dato som 2023-06-06 eller "{IKKE_OPLYST}", men er {tomlfil.shown(value)}')
        return value

    @field_validator("prisniveau", mode="before")
    @classmethod
    def _known_level(cls, value: Any) -> Any:
        words = (IKKE_OPLYST, LOEBENDE_PRISER, INGEN_BELOEB)
        if value not in words and not _is_year(value):
            options = ", ".join(f'"{word}"' for word in words)
            raise ValueError(f"skal være et årstal eller et af ordene {options}, men er {tomlfil.shown(value)}")
        return value

    @field_validator("url")
    @classmethod
    def _whole_address(cls, url: str) -> str:
        if url != IKKE_OPLYST and not url.startswith(("https://", "http://")):
            raise ValueError(f'skal begynde med https:// eller være "{IKKE_OPLYST}"')
        return url

    @field_validator("kolonner", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: {"type": one} if isinstance(one, str) else one for name, one in value.items()}

    @model_validator(mode="after")
    def _assumption_is_told(self) -> _SidecarModel:
        not_stated = self.prisniveau == IKKE_OPLYST
        if not_stated and not (self.prisniveau_forudsat and self.forudsaetning.strip()):
            raise ValueError(
                'når prisniveau er "ikke oplyst", skal prisniveau_forudsat være et årstal og forudsaetning sige hvorfor'
            )
        if not not_stated and self.prisniveau_forudsat is not None:
            raise ValueError('prisniveau_forudsat bruges kun, når prisniveau er "ikke oplyst"')
        return self


def _is_year(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1900 <= value <= 2200


@dataclass(frozen=True)
class Kilde:
    """A raw file and what is known of it.

    `fil` is its name under `data/raw/`. Dates are `date`, or the text "ikke oplyst" where the source is silent.
    """

    fil: str
    titel: str
    udgiver: str
    dato_udgivet: date | str
    dato_hentet: date
    url: str
    licens: str
    sha256: str
    prisniveau_oplyst: str
    prisniveau: Prisniveau | None
    forudsaetning: str
    forbehold: str
    konstrueret: bool
    tegnsaet: str
    kolonner: dict[str, Column]


def sidecar_path(path: Path) -> Path:
    """Return the path of the sidecar of the raw file `path`."""
    return path.with_name(path.name + ENDING)


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file, as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_sidecar(path: Path, fil: str = "") -> Kilde:
    """Return what is known of the raw file `path`, after proving that the file is unchanged.

    Args:
        path: The raw file.
        fil: Its name as the report knows it, such as "2026K3/udtraek.csv"; by default the file's own.

    Raises:
        KildeError: The file or its sidecar is missing, the sidecar has faults (all are told), or the file's
            checksum is another than the sidecar's.
    """
    fil = fil or path.name
    side = sidecar_path(path)
    if not path.is_file():
        raise KildeError(fil, [Fault(f"filen findes ikke i data/raw/{where_it_should_be(path, fil)}")])
    if not side.is_file():
        raise KildeError(fil, [Fault(f"{side.name} mangler; lav den med »budgetanalyser kilde add {fil}«")])
    model = _load(side, fil)
    _check_name(path, fil, model)
    actual = checksum(path)
    if model.sha256.lower() != actual:
        raise KildeError(fil, [_changed(model.sha256, actual)])
    return _kilde(fil, model)


def where_it_should_be(path: Path, fil: str) -> str:
    """Say what to do about a raw file that is missing, or the folder it should lie in; the end of a sentence."""
    if not path.parent.is_dir():
        folder = fil.rpartition("/")[0]
        known = [one.name for one in path.parent.parent.glob("*") if one.is_dir()]
        hint = f" {nearest(path.parent.name, known)}" if known else ""
        return f", for mappen »{folder}« er der ikke; opret den, og læg filen i den.{hint}"
    known = [one.name for one in path.parent.glob("*") if one.suffix not in (".toml", ".md")]
    return f"; læg den dér, eller ret navnet. {nearest(path.name, known)}"


def _check_name(path: Path, fil: str, model: _SidecarModel) -> None:
    """Constructed data says so in its file name, so that nobody takes it for real."""
    if model.konstrueret != (CONSTRUCTED in path.name):
        said = f"filens navn skal rumme {CONSTRUCTED}, når konstrueret = true, og ellers ikke"
        raise KildeError(fil + ENDING, [Fault(said, "konstrueret")])


def _load(side: Path, fil: str) -> _SidecarModel:
    try:
        text = side.read_bytes().decode("utf-8-sig")
        return tomlfil.validated(_SidecarModel, tomlfil.load(text), text)
    except tomlfil.TomlFaults as error:
        raise KildeError(fil + ENDING, error.faults) from None
    except UnicodeDecodeError:
        raise KildeError(fil + ENDING, [Fault("filen er ikke gemt som UTF-8; gem den igen som UTF-8")]) from None


def _changed(said: str, actual: str) -> Fault:
    if len(said) != 64:
        return Fault(f"sha256 i kildefilen er ikke udfyldt rigtigt; filens er {actual}", "sha256")
    return Fault(
        "filen er ændret, siden kilden blev beskrevet. Hent den rigtige fil igen. Er den nye fil rigtig, så kør "
        f'»budgetanalyser kilde forny«, eller skriv sha256 = "{actual}" og en ny dato_hentet i kildefilen',
        "sha256",
    )


def _kilde(fil: str, model: _SidecarModel) -> Kilde:
    levels: dict[str, Prisniveau | None] = {LOEBENDE_PRISER: Prisniveau(None), INGEN_BELOEB: None}
    if isinstance(model.prisniveau, int):
        level: Prisniveau | None = Prisniveau(model.prisniveau)
    elif model.prisniveau == IKKE_OPLYST:
        level = Prisniveau(model.prisniveau_forudsat, forudsat=True)
    else:
        level = levels[model.prisniveau]
    same = model.model_dump(exclude={"prisniveau", "prisniveau_forudsat", "kolonner", "sha256"})
    return Kilde(
        fil=fil,
        prisniveau=level,
        prisniveau_oplyst=str(model.prisniveau),
        kolonner=model.kolonner,
        sha256=model.sha256.lower(),
        **same,
    )
