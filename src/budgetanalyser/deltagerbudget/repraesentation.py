"""Representation: voters of each group beside the people who could vote, told without a hidden number.

Everything here is worked out from the table that is fit to publish, so that no statistic tells what the table hides.
Who the voters are is in `deltagelse`; hiding is in `statistik.diskretion`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd

from budgetanalyser import dansk, statistik
from budgetanalyser.deltagerbudget.fordeling import FEWEST_FOR_PERCENT, UDENFOR
from budgetanalyser.errors import Fault, PosterError, file_of
from budgetanalyser.statistik import andel
from budgetanalyser.statistik.diskretion import TOTAL

OEVRIGE = "grupper, der er for små til at vises hver for sig"
_FEWEST_EXPECTED = 5
_CLEAR = Decimal("0.05")
_REPRESENTED = (
    "gruppe",
    "stemte",
    "befolkning",
    "andel_stemte",
    "andel_befolkning",
    "deltagelse",
    "indeks",
    "residual",
    "p",
    "p_holm",
)


def repraesentation(stemte: pd.Series[Any], befolkning: pd.Series[Any]) -> pd.DataFrame:
    """Compare the voters of each group with its share of those who could vote.

    Args:
        stemte: Voters by group (int; None where hidden), and all of them under "I alt", as a table of
            `statistik.suppress` is. Hidden groups are one together, since that is all that may be told of them; voters
            `UDENFOR` the groups are left out.
        befolkning: Inhabitants who could vote by group (int), with the same labels but no total.

    Returns:
        `gruppe`, `stemte`, `befolkning` (int); `andel_stemte`, `andel_befolkning` (Decimal shares); `deltagelse`
        (turnout of the group); `indeks` (the first share over the second; 1 is as in the population); `residual`
        (adjusted standardised residual); `p` and `p_holm`, the group against the rest, corrected for many groups (exact
        where fewer than 5 were expected). Shares are None where they rest on fewer than 20 people. No rows where the
        total is hidden.

    Raises:
        PosterError: A group without inhabitants, a group only one of the two has, or more voters than inhabitants.
    """
    _check_groups(stemte.drop([TOTAL, UDENFOR], errors="ignore"), befolkning)
    if stemte[TOTAL] is None:
        return pd.DataFrame(columns=list(_REPRESENTED), dtype=object)
    voters, people = _merged(stemte, befolkning)
    everyone, inhabitants = sum(voters.values()), sum(people.values())
    if len(people) < 2 or not everyone:
        return pd.DataFrame(columns=list(_REPRESENTED), dtype=object)
    fit = statistik.tilpasning(list(voters.values()), [one / inhabitants for one in people.values()])
    ps = [_group_p(voters[name], everyone, people[name] / inhabitants) for name in people]
    rows = [
        _represented(name, voters[name], people[name], everyone, inhabitants)
        | {"residual": andel(residual), "p": andel(p), "p_holm": andel(adjusted)}
        for name, residual, p, adjusted in zip(people, fit.justerede_residualer, ps, statistik.holm(ps), strict=True)
    ]
    table = pd.DataFrame(rows, columns=list(_REPRESENTED), dtype=object)
    if UDENFOR in stemte.index and stemte[UDENFOR] is None:
        # Those outside are among them, so their turnout would be of others than could vote.
        table.loc[table["gruppe"] == OEVRIGE, ["deltagelse", "indeks"]] = None
    return table


def udenfor_i_ord(stemte: pd.Series[Any], hvad: str) -> str:
    """Tell how many voters are outside the groups of the population; empty where none is.

    Args:
        stemte: As for `repraesentation`.
        hvad: What they are grouped by: "alder".
    """
    if UDENFOR not in stemte.index:
        return ""
    count = stemte[UDENFOR]
    who = "Nogle få vælgere" if count is None else f"{dansk.antal(int(count))} vælgere"
    return f"{who} er ikke med: deres {hvad} er ikke oplyst eller ikke blandt dem, der kunne stemme."


def _merged(stemte: pd.Series[Any], befolkning: pd.Series[Any]) -> tuple[dict[str, int], dict[str, int]]:
    """Return voters and people by group, the hidden groups as one; voters outside the groups only where hidden too."""
    shown = [name for name in befolkning.index if stemte[name] is not None]
    voters = {str(name): int(stemte[name]) for name in shown}
    people = {str(name): int(befolkning[name]) for name in shown}
    if len(shown) < len(befolkning):
        outside = int(stemte.get(UDENFOR) or 0)
        voters[OEVRIGE] = int(stemte[TOTAL]) - outside - sum(voters.values())
        people[OEVRIGE] = int(befolkning.sum()) - sum(people.values())
    return voters, people


def _represented(name: str, voters: int, people: int, all_voters: int, all_people: int) -> dict[str, Any]:
    enough = all_voters >= FEWEST_FOR_PERCENT
    of_voters, of_people = Decimal(voters) / all_voters, Decimal(people) / all_people
    return {
        "gruppe": name,
        "stemte": voters,
        "befolkning": people,
        "andel_stemte": of_voters if enough else None,
        "andel_befolkning": of_people if all_people >= FEWEST_FOR_PERCENT else None,
        "deltagelse": Decimal(voters) / people if people >= FEWEST_FOR_PERCENT else None,
        "indeks": of_voters / of_people if enough else None,
    }


def _group_p(voters: int, everyone: int, share: float) -> float:
    """Return how likely so large a departure of one group is: normal, or exact where fewer than 5 were expected."""
    from scipy import stats

    expected = everyone * share
    if min(expected, everyone - expected) < _FEWEST_EXPECTED:
        return float(stats.binomtest(voters, everyone, share).pvalue)
    return float(2 * stats.norm.sf(abs(voters - expected) / (expected * (1 - share)) ** 0.5))


def _check_groups(stemte: pd.Series[Any], befolkning: pd.Series[Any]) -> None:
    faults = [
        Fault("gruppen har ingen indbyggere; slå den sammen med en anden", str(name))
        for name, people in befolkning.items()
        if people <= 0
    ]
    faults += [
        Fault("gruppen er ikke i befolkningen", str(name)) for name in stemte.index if name not in befolkning.index
    ]
    faults += [
        Fault("gruppen er ikke blandt vælgerne; sæt den til 0", str(name))
        for name in befolkning.index
        if name not in stemte.index
    ]
    for name in [name for name in stemte.index if name in befolkning.index and stemte[name] is not None]:
        if stemte[name] > befolkning[name] > 0:
            said = f"der er {stemte[name]} vælgere, men kun {befolkning[name]} indbyggere"
            faults.append(Fault(said, str(name)))
    if faults:
        raise PosterError(file_of(befolkning, "befolkningen"), faults)


def fordeling_i_ord(tabel: pd.DataFrame) -> str:
    """Tell which groups voted more and less than their share, from `repraesentation`; only where it is not chance."""
    clear = [row for row in tabel.to_dict("records") if row["indeks"] is not None and row["p_holm"] < _CLEAR]
    more = [row["gruppe"] for row in clear if row["indeks"] > 1]
    less = [row["gruppe"] for row in clear if row["indeks"] < 1]
    parts = []
    if more:
        parts.append(f"flere end deres andel: {dansk.opremsning(more)}")
    if less:
        parts.append(f"færre end deres andel: {dansk.opremsning(less)}")
    return "; ".join(parts) or "ingen grupper skiller sig ud"


def er_mere_end_tilfaeldigt(p: Decimal) -> str:
    """Return "ja" where a group's departure is more than chance, by a corrected p under 0,05, and "nej" else."""
    return "ja" if p < _CLEAR else "nej"


def p_i_ord(p: Decimal) -> str:
    """Return a p value as printed: "under 0,001", never 0."""
    return "under 0,001" if p < Decimal("0.001") else dansk.antal(p, 3)


def dissimilaritet(tabel: pd.DataFrame) -> Decimal | None:
    """Return D = ½ Σ |s_g − p_g| over groups: the share of voters who would have to be of another group."""
    if not len(tabel):
        return None
    voters, people = sum(tabel["stemte"]), sum(tabel["befolkning"])
    gaps = [
        abs(Decimal(row["stemte"]) / voters - Decimal(row["befolkning"]) / people) for row in tabel.to_dict("records")
    ]
    return sum(gaps, Decimal(0)) / 2
