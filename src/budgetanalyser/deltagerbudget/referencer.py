"""Where an election stands among other elections: its percentile in a reference distribution.

The distribution is a table of quantiles by set of elections and measure, with its own kilde; it was computed from
public elections counted by most votes. Where the elections themselves are at hand, an election is left out of its own
reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.deltagerbudget.fordeling import Tilfredshed
from budgetanalyser.deltagerbudget.valg import Election
from budgetanalyser.errors import ValueUseError, nearest
from budgetanalyser.kroner import rounded
from budgetanalyser.statistik import andel

# The measures of the reference, and how they are told.
MAAL = {
    "udelukket": "Vælgere, der ikke fik noget",
    "brugt": "Givet ud af beløbet",
    "eget": "En vælgers projekter, der fik penge, af beløbet",
    "gini": "Ulighed mellem vælgere (Gini)",
}
# Sets of reference elections, and how they are told.
SAET = {
    "alle": "alle valg",
    "knapsack": "valg, hvor stemmesedlen har et loft i kroner",
    "lokale": "valg med 500-2.500 vælgere og 8-20 projekter",
    "lokale knapsack": "valg med 500-2.500 vælgere og 8-20 projekter, hvor stemmesedlen har et loft i kroner",
}
_SHOWN = (10, 25, 50, 75, 90)
_DECIMALS = 6  # Of the shares in the quantile table, whose cells are per cent with four.
_LOCAL_VOTERS, _LOCAL_PROJECTS = (500, 2500), (8, 20)


def raekke(fundet: Tilfredshed, brugt: Decimal, beloeb: Decimal) -> dict[str, float]:
    """Return an election's measures by the reference's names, as fractions."""
    return {
        "udelukket": fundet.udelukket,
        "brugt": float(brugt / beloeb) if beloeb else 0.0,
        "eget": fundet.andel_af_beloeb,
        "gini": fundet.gini,
    }


def percentil(values: Iterable[float], value: float) -> tuple[int, int]:
    """Return how many reference elections have at most `value`, and how many there are."""
    listed = list(values)
    if not listed:
        raise ValueUseError("Der er ingen valg at sammenligne med.")
    # Shares are told with at most 15 digits; a float's own error must not put an election below itself.
    return sum(one <= value + 1e-12 for one in listed), len(listed)


def fraktiler(values: Sequence[float]) -> list[float]:
    """Return the quantiles 0, 1, … 100 per cent: `sorted(v)[int(p·(k − 1))]`, as the source computes them."""
    ordered = sorted(values)
    return [ordered[p * (len(ordered) - 1) // 100] for p in range(101)]


def er_lokal(vaelgere: int, projekter: int) -> bool:
    """Tell whether an election has the size of the local set."""
    low, high = _LOCAL_VOTERS, _LOCAL_PROJECTS
    return low[0] <= vaelgere <= low[1] and high[0] <= projekter <= high[1]


def saet(election: Election) -> str:
    """Return the set of reference elections that an election is like: by size, and by a limit on the ballot."""
    is_local = er_lokal(election.n_voters or 0, len(election.projects))
    if election.ballot_type == "knapsack":
        return "lokale knapsack" if is_local else "knapsack"
    return "lokale" if is_local else "alle"


def fraktiltabel(raekker: Iterable[Mapping[str, Any]], *, udelad: str = "") -> pd.DataFrame:
    """Return the quantiles of reference elections by set and measure.

    Args:
        raekker: One mapping an election: `file`, `n`, `m`, `msc` (limit in kroner) and `g`, its measures counted by
            most votes (`excl`, `util`, `share`, `gini`).
        udelad: The file of an election to leave out, its own.

    Returns:
        `saet`, `maal`, `valg` (elections in the set), `fraktil` (0 … 100) and `vaerdi` (float share).
    """
    listed = [one for one in raekker if one["file"] != udelad]
    sets = {
        "alle": listed,
        "knapsack": [one for one in listed if one["msc"]],
        "lokale": [one for one in listed if er_lokal(one["n"], one["m"])],
        "lokale knapsack": [one for one in listed if one["msc"] and er_lokal(one["n"], one["m"])],
    }
    keys = {"udelukket": "excl", "brugt": "util", "eget": "share", "gini": "gini"}
    rows = []
    for name, own in sets.items():
        for maal, key in keys.items():
            quantiles = fraktiler([one["g"][key] for one in own])
            rows += [(name, maal, len(own), p, value) for p, value in enumerate(quantiles)]
    return pd.DataFrame(rows, columns=["saet", "maal", "valg", "fraktil", "vaerdi"])


def placering(tabel: pd.DataFrame, maal: Mapping[str, float], *, saet: str) -> pd.DataFrame:
    """Place an election in a set of reference elections.

    Args:
        tabel: As `fraktiltabel` gives it, with Decimal shares: the project's quantile table.
        maal: The election's measures, as `raekke` gives them.
        saet: Which set.

    Returns:
        One row a measure: `maal` (words), `p10`, `p25`, `p50`, `p75`, `p90`, `vaerdi` (Decimal shares), `placering`
        (Decimal, the share of reference elections with at most this value, to whole per cent; exact for up to 101 of
        them) and `valg`.

    Raises:
        ValueUseError: The set is not in the table.
    """
    own = tabel[tabel["saet"] == saet]
    if not len(own):
        raise ValueUseError(f"Sammenligningen har ikke sættet »{saet}«. {nearest(saet, sorted(set(tabel['saet'])))}")
    return pd.DataFrame(
        [_placed(word, own[own["maal"] == name], maal[name]) for name, word in MAAL.items()], dtype=object
    )


def midterste(tabel: pd.DataFrame, maal: str, *, saet: str) -> Decimal:
    """Return the median of a measure in a set of reference elections, from a quantile table."""
    own = tabel[(tabel["saet"] == saet) & (tabel["maal"] == maal) & (tabel["fraktil"] == 50)]
    return Decimal(own["vaerdi"].iloc[0])


def _placed(word: str, own: pd.DataFrame, value: float) -> dict[str, Any]:
    quantiles = dict(zip(own["fraktil"], own["vaerdi"], strict=True))
    number = int(own["valg"].iloc[0])
    exact = rounded(Decimal(repr(float(value))), _DECIMALS)
    last = max((int(p) for p, quantile in quantiles.items() if quantile <= exact), default=None)
    # Quantile p is election no. p·(k − 1) of the sorted, so with so many, and with that one, are at most this value.
    below = 0 if last is None else last * (number - 1) // 100 + 1
    return {
        "maal": word,
        **{f"p{p}": quantiles[p] for p in _SHOWN},
        "vaerdi": andel(value),
        "placering": rounded(Decimal(below) / number, 2),
        "valg": number,
    }


def placering_i_ord(placeret: pd.DataFrame) -> str:
    """Tell where an election is unlike nearly all others, from `placering`: under or over eight of ten of them."""
    odd = []
    for row in placeret.to_dict("records"):
        side = "lavere" if row["vaerdi"] < row["p10"] else "højere" if row["vaerdi"] > row["p90"] else ""
        if side:
            odd.append(f"»{row['maal']}« er her {dansk.pct(row['vaerdi'])}, {side} end i næsten alle de andre valg")
    told = dansk.opremsning(odd)
    return f"{told}." if odd else "Valget ligner de andre valg på alle målene."
