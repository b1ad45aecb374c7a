"""Who took part: turnout with its denominator and age floor, and voters beside the population they come from.

A complete file of voters is a census: it has no sampling error. An interval says what other turnouts the same
willingness could have given, and is told so. How small cells are hidden is in `statistik.diskretion`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from budgetanalyser import dansk, statistik
from budgetanalyser.deltagerbudget.fordeling import FEWEST_FOR_PERCENT, group_labels
from budgetanalyser.deltagerbudget.valg import Election, Finding
from budgetanalyser.errors import Fault, PosterError, ValueUseError, file_of
from budgetanalyser.statistik import andel
from budgetanalyser.statistik.diskretion import TOTAL

UKENDT = "ikke oplyst"
# What files write for sex, and the word the report uses.
KOEN_ORD = {"F": "kvinder", "K": "kvinder", "kvinde": "kvinder", "M": "mænd", "mand": "mænd", "O": "andre"}
_OLDEST = 120
# "37", "37.0", "40-59", "65+", "65 år og derover"; nothing else is an age, least of all a year of birth.
_AGE = re.compile(r"(?P<first>\d{1,3})(?:\.0+)?(?:\s*[-–]\s*(?P<last>\d{1,3}))?(?:\s*år)?\s*(?P<over>\+|og derover)?")
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


@dataclass(frozen=True)
class Valgdeltagelse:
    """Turnout: `vaelgere` of `stemmeberettigede` (None where not known), and the limits of the interval, as shares.

    `naevner` says in words who could vote.
    """

    vaelgere: int
    stemmeberettigede: int | None
    naevner: str
    andel: Decimal | None
    lav: Decimal | None
    hoej: Decimal | None


def valgdeltagelse(vaelgere: int, stemmeberettigede: int | None, *, aldersgraense: int, omraade: str) -> Valgdeltagelse:
    """Return turnout with its denominator in words.

    Args:
        vaelgere: Ballots from those who could vote.
        stemmeberettigede: People who could vote; None where no source says.
        aldersgraense: The youngest who could vote, in years.
        omraade: Where they live.

    Raises:
        ValueUseError: More voters than people who could vote.
    """
    words = f"indbyggere på {aldersgraense} år og derover i {omraade}"
    if stemmeberettigede is None:
        return Valgdeltagelse(vaelgere, None, words, None, None, None)
    if vaelgere > stemmeberettigede:
        raise ValueUseError(
            f"Der er {dansk.antal(vaelgere)} vælgere, men kun {dansk.antal(stemmeberettigede)} {words}. "
            "Kontrollér aldersgrænsen og befolkningstallet."
        )
    if stemmeberettigede < FEWEST_FOR_PERCENT:
        return Valgdeltagelse(vaelgere, stemmeberettigede, words, None, None, None)
    low, high = statistik.wilson(vaelgere, stemmeberettigede)
    share = Decimal(vaelgere) / stemmeberettigede
    return Valgdeltagelse(vaelgere, stemmeberettigede, words, share, andel(low), andel(high))


def implied_denominator(vaelgere: int, pct: Decimal, decimals: int = 0) -> tuple[int, int]:
    """Return the least and greatest number of people that a published, rounded turnout can be of.

    1.213 voters at 16 per cent are 7.352 to 7.825 people: above 16,5 it had been printed as 17, below 15,5 as 15.

    Args:
        vaelgere: Voters.
        pct: The share as published, in per cent.
        decimals: Decimals it was published with.

    Raises:
        ValueUseError: The share is so small that it was rounded to 0, which any large number gives.
    """
    half = Decimal(5).scaleb(-decimals - 1)
    if pct <= half:
        raise ValueUseError(f"Af {dansk.antal(pct, decimals)} % kan det ikke regnes ud, hvor mange der kunne stemme.")
    low = Decimal(vaelgere) * 100 / (pct + half)
    high = Decimal(vaelgere) * 100 / (pct - half)
    # A share of exactly half a unit rounds up: the lower end is open, the upper one closed.
    return max(int(low) + 1, vaelgere), int(high)  # Nobody votes who could not.


def aldersgruppe(alder: Any, graenser: Sequence[int]) -> str:
    """Return the group an age falls in, with `graenser` the first year of each: "15-24 år", "65 år og derover".

    An age given as a bucket (`40-59`, `65+`) goes where its two ends do, and is "ikke oplyst" where they part.
    """
    ages = _years(alder)
    if not ages:
        return UKENDT
    groups = {_group_of(age, graenser) for age in ages}
    return groups.pop() if len(groups) == 1 else UKENDT


def _years(alder: Any) -> list[int]:
    text = "" if alder is None or alder != alder else str(alder).strip()
    found = _AGE.fullmatch(text)
    if found is None:
        return []
    ends = [int(found["first"]), _OLDEST if found["over"] else int(found["last"] or found["first"])]
    return ends if ends[0] <= ends[1] <= _OLDEST else []


def _group_of(age: int, graenser: Sequence[int]) -> str:
    for first, following in zip(graenser, [*graenser[1:], None], strict=True):
        if age >= first and (following is None or age < following):
            return f"{first} år og derover" if following is None else f"{first}-{following - 1} år"
    return f"under {graenser[0]} år"


def med_aldersgruppe(election: Election, graenser: Sequence[int]) -> pd.Series[Any]:
    """Return each voter's age group, with the voters' index.

    Raises:
        ValueUseError: The voters have no ages, or the limits do not rise.
    """
    if "alder" not in election.voters:
        raise ValueUseError("Vælgernes alder er ikke med i filen.")
    if not graenser or list(graenser) != sorted(set(graenser)):
        raise ValueUseError("Aldersgrupperne skal være stigende, som [15, 25, 45, 65].")
    ages = election.voters["alder"].astype(object)
    known = {str(age): aldersgruppe(age, graenser) for age in ages.unique()}
    return ages.map(lambda age: known[str(age)])


def med_koen(election: Election) -> list[str]:
    """Return each voter's sex as a word: "kvinder", "mænd", "andre" or "ikke oplyst"; other words stay as they are.

    Raises:
        ValueUseError: The voters have no sex.
    """
    return [KOEN_ORD.get(one, one) for one in group_labels(election, "koen")]


def under_aldersgraensen(election: Election, aldersgraense: int) -> list[Finding]:
    """Tell ballots from voters younger than the age floor; they are counted, since the result was."""
    if "alder" not in election.voters:
        return []
    ages = [_years(age) for age in election.voters["alder"]]
    young = sum(bool(age) and max(age) < aldersgraense for age in ages)
    if not young:
        return []
    who = "1 vælger" if young == 1 else f"{dansk.antal(young)} vælgere"
    text = f"{who} er under aldersgrænsen på {aldersgraense} år; deres stemmer er talt med"
    return [Finding("stemmesedlerne", text)]


def krydstabel(
    election: Election, raekker: Iterable[Any] | str, kolonner: Iterable[Any] | str | None = None
) -> pd.DataFrame:
    """Count voters in one or two ways; for `statistik.suppress`, never for printing as it is.

    Args:
        election: With ballots.
        raekker, kolonner: A column of the voters, or a label for each voter. Without `kolonner` there is one column,
            `antal`.

    Returns:
        Labels by labels, in alphabetical order; int.
    """
    rows = pd.Series(_labels(election, raekker), dtype=object)
    if kolonner is None:
        return rows.value_counts(sort=False).sort_index().to_frame("antal")
    table = pd.crosstab(rows, pd.Series(_labels(election, kolonner), dtype=object))
    return table.rename_axis(index=None, columns=None)


def _labels(election: Election, given: Iterable[Any] | str) -> list[Any]:
    return list(group_labels(election, given) if isinstance(given, str) else given)


def repraesentation(stemte: pd.Series[Any], befolkning: pd.Series[Any]) -> pd.DataFrame:
    """Compare the voters of each group with its share of those who could vote.

    Args:
        stemte: Voters by group (int; None where hidden), and all of them under "I alt", as a table of
            `statistik.suppress` is. Hidden groups are one together, since that is all that may be told of them.
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
    _check_groups(stemte.drop(TOTAL), befolkning)
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
    return pd.DataFrame(rows, columns=list(_REPRESENTED), dtype=object)


def _merged(stemte: pd.Series[Any], befolkning: pd.Series[Any]) -> tuple[dict[str, int], dict[str, int]]:
    """Return voters and people by group, the hidden groups as one."""
    shown = [name for name in befolkning.index if stemte[name] is not None]
    voters = {str(name): int(stemte[name]) for name in shown}
    people = {str(name): int(befolkning[name]) for name in shown}
    if len(shown) < len(befolkning):
        voters[OEVRIGE] = int(stemte[TOTAL]) - sum(voters.values())
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


def kanaler(election: Election) -> pd.DataFrame:
    """Count ballots by channel: `kanal`, `antal`, `andel` (None under 20 ballots); "ikke oplyst" is a channel too.

    Raises:
        ValueUseError: The voters have no channel.
    """
    counts = krydstabel(election, "kanal")["antal"]
    total = int(counts.sum())
    rows = [
        {
            "kanal": name,
            "antal": int(number),
            "andel": Decimal(int(number)) / total if total >= FEWEST_FOR_PERCENT else None,
        }
        for name, number in counts.items()
    ]
    return pd.DataFrame(rows, dtype=object)


def fasetid(fase: Mapping[str, Any]) -> str:
    """Return when a phase of the process was, no more exactly than it is known.

    Args:
        fase: `fra`, `til` (date or None) and `praecision` ("dag", "måned" or "ikke oplyst").
    """
    if fase["fra"] is None:
        return UKENDT
    begin = dansk.tidspunkt(fase["fra"], fase["praecision"])
    return f"{begin} til {dansk.tidspunkt(fase['til'], fase['praecision'])}" if fase["til"] else f"fra {begin}"
