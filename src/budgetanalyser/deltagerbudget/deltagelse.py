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
from budgetanalyser.deltagerbudget.fordeling import FEWEST_FOR_PERCENT, UDENFOR, group_labels, known_labels
from budgetanalyser.deltagerbudget.valg import Election, Finding, few
from budgetanalyser.errors import Fault, PosterError, ValueUseError, file_of
from budgetanalyser.statistik import andel

UKENDT = "ikke oplyst"
# What files write for sex, and the word the report uses.
KOEN_ORD = {
    "f": "kvinder",
    "k": "kvinder",
    "kvinde": "kvinder",
    "kvinder": "kvinder",
    "m": "mænd",
    "mand": "mænd",
    "mænd": "mænd",
    "o": "andre",
}
KANAL_ORD = {
    "internet": "digitalt",
    "online": "digitalt",
    "digital": "digitalt",
    "digitalt": "digitalt",
    "paper": "papir",
    "papir": "papir",
}
_OLDEST = 120
# "37", "37.0", "40-59", "65+", "65 år og derover"; nothing else is an age, least of all a year of birth.
_AGE = re.compile(r"(?P<first>\d{1,3})(?:\.0+)?(?:\s*[-–]\s*(?P<last>\d{1,3}))?(?:\s*år)?\s*(?P<over>\+|og derover)?")


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


def valgdeltagelse(
    vaelgere: int, stemmeberettigede: int | None, *, aldersgraense: int, naevner: str = ""
) -> Valgdeltagelse:
    """Return turnout with its denominator in words.

    Args:
        vaelgere: Ballots from those who could vote.
        stemmeberettigede: People who could vote; None where no source says.
        aldersgraense: The youngest who could vote, in years.
        naevner: Who could vote, in the source's own words; by default inhabitants from the age floor.

    Raises:
        ValueUseError: More voters than people who could vote.
    """
    words = naevner or f"indbyggere på {aldersgraense} år og derover"
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
    """Return each voter's sex as a word: "kvinder", "mænd", "andre" or "ikke oplyst"; never a cell as it stands.

    Raises:
        ValueUseError: The voters have no sex.
    """
    return _in_words(election, "koen", KOEN_ORD, "andre")


def med_kanal(election: Election) -> list[str]:
    """Return how each voter voted: "digitalt", "papir", "anden måde" or "ikke oplyst"; never a cell as it stands.

    Raises:
        ValueUseError: The voters have no channel.
    """
    return _in_words(election, "kanal", KANAL_ORD, "anden måde")


def _in_words(election: Election, column: str, words: Mapping[str, str], other: str) -> list[str]:
    """Return a column in our own words: a cell of a ballot may hold anything, and must never be printed."""
    labels = (str(one).strip().casefold() for one in group_labels(election, column))
    return [UKENDT if one == UKENDT else words.get(one, other) for one in labels]


def graenser(tekst: str) -> list[int]:
    """Return the first year of each age group from a text such as "15, 25, 45, 65".

    Raises:
        ValueUseError: It is not rising whole numbers with commas between.
    """
    parts = [one.strip() for one in tekst.split(",")]
    found = [int(one) for one in parts if one.isascii() and one.isdigit() and len(one) <= len(str(_OLDEST))]
    if len(found) < len(parts) or not parts or found != sorted(set(found)):
        raise ValueUseError(
            "Aldersgrupperne skal være det første år i hver gruppe med komma imellem, som "
            f'"15, 25, 45, 65", ikke »{tekst}«.'
        )
    return found


def check_befolkning(befolkning: pd.DataFrame, graenser: Sequence[int]) -> None:
    """Check that the population is told in the groups the voters are put in.

    Args:
        befolkning: `omraade`, `koen`, `aldersgruppe` and `antal`; the index is the line in the file.
        graenser: The first year of each age group.

    Raises:
        PosterError: An age group that the limits do not give, or a sex in another word; all of them.
    """
    ages = [aldersgruppe(year, graenser) for year in graenser]
    wanted = {"aldersgruppe": ages, "koen": sorted(set(KOEN_ORD.values()))}
    faults = [
        Fault(
            f"»{cell}« er ikke en gruppe, vælgerne er delt i; skriv {_listed(known)}", f"linje {line}, kolonne {column}"
        )
        for column, known in wanted.items()
        for line, cell in befolkning[column].items()
        if cell not in known
    ]
    if faults:
        raise PosterError(file_of(befolkning, "befolkningen"), faults)


def _listed(words: Sequence[str]) -> str:
    return " eller ".join(f"»{one}«" for one in words)


def udenfor(tabel: pd.DataFrame, hvad: str) -> list[Finding]:
    """Tell voters who are in none of the population's groups, from a table of counts by group.

    Args:
        tabel: As `krydstabel` or `fordeling.fik_noget` gives it.
        hvad: What the rows are: "alder".
    """
    if UDENFOR not in tabel.index:
        return []
    count = sum(int(one) for one in tabel.loc[[UDENFOR]].to_numpy().ravel())
    text = (
        f"{few(count)} vælgere har {hvad}, som ikke er oplyst eller ikke er i befolkningen; deres stemmer er talt med"
    )
    return [Finding("stemmesedlerne", text)]


def under_aldersgraensen(election: Election, aldersgraense: int) -> list[Finding]:
    """Tell ballots from voters younger than the age floor; they are counted, since the result was."""
    if "alder" not in election.voters:
        return []
    ages = [_years(age) for age in election.voters["alder"]]
    young = sum(bool(age) and max(age) < aldersgraense for age in ages)
    if not young:
        return []
    text = f"{few(young)} vælgere er under aldersgrænsen på {aldersgraense} år; deres stemmer er talt med"
    return [Finding("stemmesedlerne", text)]


def krydstabel(
    election: Election,
    raekker: Iterable[Any] | str,
    kolonner: Iterable[Any] | str,
    *,
    grupper: tuple[Iterable[Any], Iterable[Any]],
) -> pd.DataFrame:
    """Count voters in two ways; for `statistik.suppress`, never for printing as it is.

    Args:
        election: With ballots.
        raekker, kolonner: A column of the voters, or a label for each voter.
        grupper: The labels of the rows and the columns, in order, as the population has them. Voters with another one
            are in the row or column `UDENFOR`, which is there only when it has any.

    Returns:
        Labels by labels; int, 0 where nobody is.
    """
    rows = known_labels(_labels(election, raekker), grupper[0])
    columns = known_labels(_labels(election, kolonner), grupper[1])
    if len(rows) != len(columns):
        raise ValueUseError(f"Der er {len(rows)} mærker til rækkerne, men {len(columns)} til kolonnerne.")
    table = pd.crosstab(pd.Series(rows, dtype=object), pd.Series(columns, dtype=object))
    index, header = ([*groups, *({UDENFOR} & set(there))] for groups, there in zip(grupper, table.axes, strict=True))
    return table.reindex(index=index, columns=header, fill_value=0).rename_axis(index=None, columns=None)


def _labels(election: Election, given: Iterable[Any] | str) -> list[Any]:
    return list(group_labels(election, given) if isinstance(given, str) else given)


def fasetid(fase: Mapping[str, Any]) -> str:
    """Return when a phase of the process was, no more exactly than it is known.

    Args:
        fase: `fra`, `til` (date or None) and `praecision` ("dag", "måned" or "ikke oplyst").
    """
    if fase["fra"] is None:
        return f"til {dansk.tidspunkt(fase['til'], fase['praecision'])}" if fase["til"] else UKENDT
    begin = dansk.tidspunkt(fase["fra"], fase["praecision"])
    return f"{begin} til {dansk.tidspunkt(fase['til'], fase['praecision'])}" if fase["til"] else f"fra {begin}"
