"""Udsnit: what one report is about, the whole municipality or one committee, cut out of the tables of all.

A committee's report holds only its own appropriations, in history and forecasts too; the accounts are placed before.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from budgetanalyser.errors import ValueUseError, nearest
from budgetanalyser.opfoelgning import raekker
from budgetanalyser.opfoelgning.resultat import RAMMER

HELE_KOMMUNEN = "Hele kommunen"


def kun_udvalg(frame: pd.DataFrame, udvalg: str) -> pd.DataFrame:
    """Return the rows of a committee; all of them for `HELE_KOMMUNEN`.

    Args:
        frame: A table that `kontoplan.henfoer` has placed.
        udvalg: A committee as the konteringsnøgle spells it.

    Raises:
        ValueUseError: No row has that committee.
    """
    if udvalg == HELE_KOMMUNEN:
        return frame
    known = {raekker.text(name) for name in frame["udvalg"]}
    if udvalg not in known:
        raise ValueUseError(
            f"Udvalget »{udvalg}« har hverken budget eller forbrug. {nearest(udvalg, sorted({*known, HELE_KOMMUNEN}))}"
        )
    return frame[[raekker.text(name) == udvalg for name in frame["udvalg"]]]


def kun_afsnit(frame: pd.DataFrame, afsnit: str) -> pd.DataFrame:
    """Return the rows whose frame belongs to a section of the result statement ("drift").

    Args:
        frame: A table that `kontoplan.henfoer` has placed.
        afsnit: A key of `resultat.AFSNIT`.
    """
    return frame[[RAMMER.get(raekker.text(name)) == afsnit for name in frame["ramme"]]]


def bevillinger_i(*frames: pd.DataFrame) -> list[str]:
    """Return the appropriations of some tables, each once, in their order."""
    return list(dict.fromkeys(raekker.text(name) for frame in frames for name in frame["bevilling"]))


def kun_bevillinger(frame: pd.DataFrame, bevillinger: Collection[str]) -> pd.DataFrame:
    """Return the rows of some appropriations, by the column `bevilling`; row labels are kept."""
    names = set(bevillinger)
    return frame[[raekker.text(name) in names for name in frame["bevilling"]]]
