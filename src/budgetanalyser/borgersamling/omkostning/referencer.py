"""Reference class: what other assemblies were in size and price, told as published.

Prices per seat and per meeting are worked out again from the published figures. Currencies are never converted: an
amount of one country and year says little about another.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, PosterError, file_of
from budgetanalyser.kroner import rounded

PRIS_IKKE_FUNDET = "pris ikke fundet"


def sammenlign(referencer: pd.DataFrame) -> pd.DataFrame:
    """Return other assemblies with price per seat and per meeting.

    Args:
        referencer: `navn`, `aar` (int|None), `pladser` and `moeder` (int|None), `beloeb_fra` and `beloeb_til` (Decimal
            in the currency; the same where it is one amount; None where no price is published), `valuta` ("DKK") and
            `beloebsart` ("budget", "regnskab", "interval") or None.

    Returns:
        `navn`, `aar`, `pladser`, `moeder`, `pris`, `pr_plads` and `pr_moede` as text with currency, or None where it
        cannot be known; `pris` is then "pris ikke fundet".

    Raises:
        PosterError: A price without currency, kind or an end, or with its ends the wrong way round; all faults.
    """
    _check(referencer)
    rows = []
    for row in referencer.to_dict("records"):
        known = row["beloeb_fra"] is not None
        rows.append(
            {
                "navn": row["navn"],
                "aar": row["aar"],
                "pladser": row["pladser"],
                "moeder": row["moeder"],
                "pris": f"{_amounts(row, 1)} ({row['beloebsart']})" if known else PRIS_IKKE_FUNDET,
                "pr_plads": _per(row, "pladser"),
                "pr_moede": _per(row, "moeder"),
            }
        )
    columns = ["navn", "aar", "pladser", "moeder", "pris", "pr_plads", "pr_moede"]
    return pd.DataFrame(rows, columns=columns, index=referencer.index, dtype=object)


def _check(referencer: pd.DataFrame) -> None:
    faults = []
    for line, row in zip(referencer.index, referencer.to_dict("records"), strict=True):
        parts = [row[key] for key in ("beloeb_fra", "beloeb_til", "valuta", "beloebsart")]
        where = f"linje {line}, »{row['navn']}«"
        if any(part is not None for part in parts) and None in parts:
            faults.append(Fault("en pris skal have beloeb_fra, beloeb_til, valuta og beloebsart", where))
        elif parts[0] is not None and parts[0] > parts[1]:
            faults.append(Fault("beloeb_fra er større end beloeb_til", where))
    if faults:
        raise PosterError(file_of(referencer, "referencerne"), faults)


def oprindelser(tabel: pd.DataFrame) -> str:
    """Return where the rows of a compiled table come from, as one note: "Kilder: Albertslund: …; Gentofte: …"."""
    told = [f"{row['navn']}: {row['oprindelse']}" for row in tabel.to_dict("records")]
    return f"Kilder: {'; '.join(told)}."


def _per(row: dict[Any, Any], unit: str) -> str | None:
    return _amounts(row, row[unit]) if row["beloeb_fra"] is not None and row[unit] else None


def _amounts(row: dict[Any, Any], divisor: int) -> str:
    ends = [dansk.antal(rounded(Decimal(row[key]) / divisor)) for key in ("beloeb_fra", "beloeb_til")]
    return f"{'-'.join(dict.fromkeys(ends))} {row['valuta']}"
