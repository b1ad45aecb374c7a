"""Which reader a file of ballots needs, what was published beside it, and what does not agree between the two."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.deltagerbudget.consul import read_consul
from budgetanalyser.deltagerbudget.noegletal import Oplyst
from budgetanalyser.deltagerbudget.pabulib import read_pabulib
from budgetanalyser.deltagerbudget.tabel import PROJECT_COLUMNS, read_table
from budgetanalyser.deltagerbudget.udfald import Outcome
from budgetanalyser.deltagerbudget.valg import Election
from budgetanalyser.errors import Fault, KildeError, file_of
from budgetanalyser.kilder import fortrolig

ENDING = ".pb"


def read_valg(path: Path, resultat: pd.DataFrame, *, budget: Decimal, udelad: bool = False) -> Election:
    """Read an election from what a municipality has of it.

    Args:
        path: A `.pb` file, a folder with the platform's export and its result page, or a `.csv` table of ballots (`id`,
            `stemme` and what else is known of the voter).
        resultat: The published result, whose projects a table of ballots is about.
        budget: What could be shared out, where the files do not say.
        udelad: Whether ballots with faults are left out and told, instead of being refused.

    Raises:
        KildeError: Another kind of file, or all its faults.
    """
    if path.is_dir():
        return read_consul(path, budget=budget)
    if path.suffix.casefold() == ENDING:
        return read_pabulib(path, udelad=udelad)
    if path.suffix.casefold() == ".csv":
        ballots = fortrolig.read(path).reset_index().rename(columns={fortrolig.ID: "vaelger"})
        ballots.attrs["fil"] = path.name
        return read_table(
            _projects(resultat), ballots, budget=budget, ballot_type="knapsack", most_kr=budget, udelad=udelad
        )
    said = f"stemmesedler skal være en {ENDING}-fil, en .csv-tabel eller en mappe med Consuls eksport"
    raise KildeError(path.name, [Fault(said)])


def af_resultat(resultat: pd.DataFrame, *, budget: Decimal) -> Election | None:
    """Return a published result as an election, or None where it lacks a price or the votes of a project.

    Args:
        resultat: `projekt`, `navn`, `pris_kr`, `stemmer` and `valgt`, as the source of a result is read.
        budget: What could be shared out.
    """
    if resultat["pris_kr"].isna().any() or resultat["stemmer"].isna().any():
        return None
    return read_table(_projects(resultat), budget=budget, ballot_type="knapsack", rule="flest_stemmer")


def _projects(resultat: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a result that are an election's, without those the municipality has added."""
    own = resultat[[name for name in PROJECT_COLUMNS if name in resultat]]
    own.attrs = resultat.attrs
    return own


def vindere(resultat: pd.DataFrame) -> list[str]:
    """Return the ids of the projects that were given money as published; none where the result does not say."""
    return [str(row["projekt"]) for row in resultat.to_dict("records") if str(row["valgt"]) == "1"]


def tildelt(election: Election, udfald: Outcome, vindere: Iterable[str]) -> pd.DataFrame:
    """Return the kroner of the projects that were given money as published, whatever the rule gives.

    Args:
        election: The election.
        udfald: The count by the rule; it tells what a partly funded project got.
        vindere: The published winners' ids.

    Returns:
        `projekt`, `omraade` (None where the projects have none) and `beloeb_kr` (Decimal).
    """
    by_rule = dict(zip(udfald.steps["projekt"], udfald.steps["tildelt_kr"], strict=True))
    rows = []
    for name in vindere:
        project = election.projects.loc[name]
        rows.append((name, project.get("omraade"), by_rule.get(name) or project["pris_kr"]))
    table = pd.DataFrame(rows, columns=["projekt", "omraade", "beloeb_kr"], dtype=object)
    table.attrs["fil"] = election.fil
    return table


def sammenhold_oplyst(
    oplyst: Oplyst,
    election: Election | None,
    vindere: Sequence[str],
    befolkning: int | None,
    aldersgraense: int,
    fil: str,
) -> list[Fault]:
    """Compare the published figures with each other and with what else there is.

    Args:
        oplyst: The published figures.
        election: As read from the ballots; None where there is none.
        vindere: The published winners' ids.
        befolkning: The sum of the population; None where it is not known.
        aldersgraense: The age floor of the analysis.
        fil: The file of the published figures.
    """
    ballots = election.n_voters if election is not None and election.has_ballots else None
    pairs = (
        ("stemmende", oplyst.stemmer, ballots, "stemmesedlerne"),
        ("stemmende", oplyst.stemmer, oplyst.stemmer_af, "valgdeltagelsen"),
        ("kr. i budgettet", oplyst.budget_kr, election.budget if election is not None else None, "stemmesedlerne"),
        ("forslag, der fik penge", oplyst.stoettet, len(vindere) or None, "resultatet"),
        ("personer, der kunne stemme", oplyst.stemmeberettigede, befolkning, "befolkningen"),
    )
    found = [
        Fault(f"der er oplyst {dansk.antal(told)} {word}; {whose} giver {dansk.antal(own)}", fil)
        for word, told, own, whose in pairs
        if told is not None and own is not None and told != own
    ]
    ages = [int(one) for one in re.findall(r"[0-9]{1,3}", oplyst.naevner)]
    if ages and aldersgraense not in ages:
        said = f"nævneren er »{oplyst.naevner}«, men analysens aldersgrænse er {aldersgraense} år"
        found.append(Fault(said, fil))
    return found


def sammenhold_projekter(tabel: pd.DataFrame, vindere: Sequence[str], kendte: Iterable[str]) -> list[Fault]:
    """Compare a table about the projects given money (milestones, accounts) with the published winners.

    Args:
        tabel: With `projekt`; the index is the line in the file.
        vindere: The published winners' ids.
        kendte: All projects' ids.
    """
    fil = file_of(tabel, "tabellen")
    there = dict.fromkeys(zip(tabel.index, map(str, tabel["projekt"]), strict=True))
    known, won = set(kendte), set(vindere)
    unknown = [(line, one) for line, one in there if one not in won]
    found = [
        Fault(f"projektet {one} {'fik ikke penge' if one in known else 'er ikke i resultatet'}", f"{fil}, linje {line}")
        for line, one in unknown
    ]
    listed = {one for _, one in there}
    return found + [Fault(f"projektet {one} fik penge, men mangler her", fil) for one in vindere if one not in listed]


def med_tekst_id(tabel: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its project ids as text, also where they were described as numbers."""
    ids = pd.Series([one if one is None else str(one) for one in tabel["projekt"]], index=tabel.index, dtype=object)
    same = tabel.assign(projekt=ids)
    same.attrs = tabel.attrs
    return same


def sammenhold(election: Election, resultat: pd.DataFrame) -> list[Fault]:
    """Compare the published result with the ballots: prices, votes and the list itself.

    Args:
        election: As read from the ballots.
        resultat: As for `af_resultat`.

    Returns:
        What does not agree, with the line of the result; nothing where all does.
    """
    of_ballots = zip(election.projects["pris_kr"], election.counted.tolist(), strict=True)
    own = dict(zip(election.projekter, of_ballots, strict=True))
    found = []
    for line, row in zip(resultat.index, resultat.to_dict("records"), strict=True):
        where = f"{file_of(resultat, 'resultatet')}, linje {line}"
        if row["projekt"] not in own:
            found.append(Fault(f"projektet {row['projekt']} er ikke på stemmesedlerne", where))
            continue
        price, votes = own[row["projekt"]]
        if row["pris_kr"] is not None and row["pris_kr"] != price:
            found.append(
                Fault(f"prisen er {dansk.kr(row['pris_kr'], 2)}, men {dansk.kr(price, 2)} på stemmesedlerne", where)
            )
        if row["stemmer"] is not None and row["stemmer"] != votes:
            found.append(Fault(f"der står {row['stemmer']} stemmer, men stemmesedlerne giver {votes}", where))
    listed = set(resultat["projekt"])
    found += [Fault(f"projektet {one} mangler i resultatet", "stemmesedlerne") for one in own if one not in listed]
    return found
