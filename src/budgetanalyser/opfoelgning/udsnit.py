"""Udsnit: what one report is about, the whole municipality or one committee, cut out of the tables of all.

A committee's report holds only its own appropriations, in history and forecasts too; the accounts are placed before.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd

from budgetanalyser.errors import Fault, ValueUseError, nearest
from budgetanalyser.opfoelgning import raekker

HELE_KOMMUNEN = "Hele kommunen"


def kun_udvalg(udvalg: str, *frames: pd.DataFrame) -> tuple[pd.DataFrame, ...]:
    """Return the rows of a committee in each table; all of them for `HELE_KOMMUNEN`.

    Args:
        udvalg: A committee as the konteringsnøgle spells it.
        frames: Tables that `kontoplan.henfoer` has placed, such as budget and spend; one of them may be without it.

    Raises:
        ValueUseError: No row of any table has that committee.
    """
    if udvalg == HELE_KOMMUNEN:
        return frames
    known = udvalg_i(*frames)
    if udvalg not in known:
        raise ValueUseError(
            f"Udvalget »{udvalg}« har hverken budget eller forbrug. {nearest(udvalg, [*known, HELE_KOMMUNEN])}"
        )
    return tuple(frame[[raekker.text(name) == udvalg for name in frame["udvalg"]]] for frame in frames)


def hvem(udvalg: str) -> str:
    """Return whose figures they are, as it stands in a sentence: "hele kommunen", "Skoleudvalget"."""
    return udvalg.lower() if udvalg == HELE_KOMMUNEN else udvalg


def udvalg_i(*frames: pd.DataFrame) -> list[str]:
    """Return the committees of some tables, each once, by name."""
    return sorted({raekker.text(name) for frame in frames for name in frame["udvalg"]})


def bevillinger_i(*frames: pd.DataFrame) -> list[str]:
    """Return the appropriations of some tables, each once, in their order."""
    return list(dict.fromkeys(raekker.text(name) for frame in frames for name in frame["bevilling"]))


def kun_bevillinger(
    frame: pd.DataFrame, bevillinger: Collection[str], *, blandt: Collection[str] | None = None
) -> pd.DataFrame:
    """Return the rows of some appropriations, by the column `bevilling`; row labels are kept.

    Args:
        frame: A table with `bevilling`.
        bevillinger: The appropriations to keep.
        blandt: All appropriations there are; a row with another name is refused, so that no figure is lost by a
            misspelling. None: rows may have other names, such as closed appropriations in history. Empty cells pass.

    Raises:
        PosterError: Names that are not among all; each with its line.
    """
    texts = [raekker.text(name) for name in frame["bevilling"]]
    if blandt is not None:
        raekker.refuse(frame, "tabellen", _unknown(frame, texts, blandt))
    names = set(bevillinger)
    return frame[[text in names for text in texts]]


def ukendte_bevillinger(frame: pd.DataFrame, blandt: Collection[str]) -> list[str]:
    """Return the appropriations of a table that are not among those there are, each once."""
    return sorted({raekker.text(name) for name in frame["bevilling"]} - set(blandt) - {""})


def _unknown(frame: pd.DataFrame, texts: Sequence[str], known: Collection[str]) -> list[Fault]:
    return [
        Fault(f"bevillingen »{text}« har hverken budget eller forbrug. {nearest(text, known)}", f"linje {line}")
        for line, text in zip(frame.index, texts, strict=True)
        if text and text not in known
    ]
