"""Anbefalingssvar: the register of an assembly's recommendations and what the council answered to each."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from budgetanalyser.errors import Fault, PosterError, file_of, nearest

IKKE_OPLYST = "ikke oplyst"
DELVIST, IKKE_FULGT = "delvist", "ikke fulgt"
ANBEFALINGSSVAR = ("fulgt", DELVIST, IKKE_FULGT, "afventer", IKKE_OPLYST)

_Row = Mapping[Hashable, Any]


def anbefalinger(tabel: pd.DataFrame) -> pd.DataFrame:
    """Check the register of recommendations and the council's answers, and return it as it is printed.

    Args:
        tabel: One recommendation a row: `nr`, `anbefaling` (text), `svar` ("fulgt", "delvist", "ikke fulgt",
            "afventer", or None where the source does not tell), `begrundelse` (text or None), `sagsnr` (text or None)
            and `dato` (date or None).

    Returns:
        The same columns and rows, with "ikke oplyst" for an answer that is not told, and for the reason that is owed
        when a recommendation is not, or only partly, followed.

    Raises:
        PosterError: A number is missing or stands twice, a recommendation is empty, an answer is unknown, or the reason
            that is owed is an empty text (None is a reason not told).
    """
    rows = tabel.to_dict("records")
    faults = []
    for position, (number, row) in enumerate(zip(tabel.index, rows, strict=True)):
        texts = _recommendation_faults(row, {earlier["nr"] for earlier in rows[:position]})
        where = f"linje {number}" if row["nr"] is None else f"linje {number}, anbefaling {row['nr']}"
        faults += [Fault(text, where) for text in texts]
    if faults:
        raise PosterError("anbefalingerne", faults)
    columns = ["nr", "anbefaling", "svar", "begrundelse", "sagsnr", "dato"]
    return pd.DataFrame([_as_printed(row) for row in rows], columns=columns, index=tabel.index, dtype=object)


def _recommendation_faults(row: _Row, earlier: set[Any]) -> list[str]:
    svar, begrundelse = row["svar"], row["begrundelse"]
    faults = []
    if row["nr"] is None:
        faults.append("nummeret mangler")
    elif row["nr"] in earlier:
        faults.append("nummeret bruges mere end én gang")
    if _is_blank(row["anbefaling"]):
        faults.append("anbefalingens tekst mangler")
    if svar is not None and svar not in ANBEFALINGSSVAR:
        faults.append(f"svaret »{svar}« kendes ikke. {nearest(str(svar), ANBEFALINGSSVAR)}")
    if svar in (DELVIST, IKKE_FULGT) and begrundelse is not None and _is_blank(begrundelse):
        faults.append(f"svaret »{svar}« skal have en begrundelse; skriv den, eller skriv »{IKKE_OPLYST}«")
    return faults


def _is_blank(text: str | None) -> bool:
    return text is None or not text.strip()


def _as_printed(row: _Row) -> dict[Hashable, Any]:
    is_owed = row["svar"] in (DELVIST, IKKE_FULGT) and row["begrundelse"] is None
    return {**row, "svar": row["svar"] or IKKE_OPLYST, "begrundelse": IKKE_OPLYST if is_owed else row["begrundelse"]}


def check_antal(samlinger: pd.DataFrame, tabel: pd.DataFrame) -> None:
    """Check that the register holds as many recommendations of each assembly as it gave.

    Args:
        samlinger: `samling` and `anbefalinger` (int).
        tabel: Recommendations, with the assembly in `samling`.

    Raises:
        PosterError: Another number, or an assembly that is not there; all faults.
    """
    listed = list(tabel["samling"])
    told = dict(zip(samlinger["samling"], samlinger["anbefalinger"], strict=True))
    faults = [
        Fault(f"der står {listed.count(name)} anbefalinger, men samlingen gav {number}", f"»{name}«")
        for name, number in told.items()
        if listed.count(name) != number
    ]
    faults += [
        Fault(f"borgersamlingen kendes ikke. {nearest(name, told)}", f"»{name}«") for name in {*listed} - {*told}
    ]
    if faults:
        raise PosterError(file_of(tabel, "anbefalingerne"), faults)


def sammenfat(tabel: pd.DataFrame) -> pd.DataFrame:
    """Put recommendations of which nothing is told together, so that a reader need not hear each of them say so.

    Args:
        tabel: As `anbefalinger` returns it, and the assembly in `samling`.

    Returns:
        The same columns; consecutive rows of one assembly whose text and answer are both "ikke oplyst" are one row with
        the first and last number: "K1-K5".
    """
    rows: list[dict[Hashable, Any]] = []
    for row in tabel.to_dict("records"):
        before = rows[-1] if rows else None
        if before and _is_untold(row) and _is_untold(before) and row["samling"] == before["samling"]:
            before["nr"] = f"{str(before['nr']).split('-')[0]}-{row['nr']}"
        else:
            rows.append(dict(row))
    return pd.DataFrame(rows, columns=tabel.columns, dtype=object)


def _is_untold(row: _Row) -> bool:
    return bool(row["anbefaling"] == IKKE_OPLYST and row["svar"] == IKKE_OPLYST)


def optael(tabel: pd.DataFrame) -> pd.DataFrame:
    """Count the recommendations by answer.

    Args:
        tabel: As `anbefalinger` takes or returns it.

    Returns:
        `svar` and `antal` (int): always the five of `ANBEFALINGSSVAR`, in that order, "ikke oplyst" last.

    Raises:
        PosterError: As `anbefalinger`.
    """
    answers = list(anbefalinger(tabel)["svar"])
    rows = [{"svar": svar, "antal": answers.count(svar)} for svar in ANBEFALINGSSVAR]
    return pd.DataFrame(rows, columns=["svar", "antal"], dtype=object)
