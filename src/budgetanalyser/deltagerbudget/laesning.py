"""Which reader a file of ballots needs: a `.pb` file, or a folder with Consul's export."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pandas as pd

from budgetanalyser.deltagerbudget.consul import read_consul
from budgetanalyser.deltagerbudget.pabulib import read_pabulib
from budgetanalyser.deltagerbudget.tabel import read_table
from budgetanalyser.deltagerbudget.valg import Election
from budgetanalyser.errors import Fault, KildeError, file_of

ENDING = ".pb"


def read_valg(path: Path, *, budget: Decimal | None = None, udelad: bool = False) -> Election:
    """Read an election from what a municipality has of it.

    Args:
        path: A `.pb` file, or a folder with the platform's export and its result page.
        budget: What could be shared out, where a folder does not say.
        udelad: Whether ballots with faults are left out and told, instead of being refused.

    Raises:
        KildeError: Another kind of file, or all its faults.
    """
    if path.is_dir():
        return read_consul(path, budget=budget)
    if path.suffix.casefold() == ENDING:
        return read_pabulib(path, udelad=udelad)
    raise KildeError(path.name, [Fault(f"stemmesedler skal være en {ENDING}-fil eller en mappe med Consuls eksport")])


def af_resultat(resultat: pd.DataFrame, *, budget: Decimal) -> Election | None:
    """Return a published result as an election, or None where it lacks a price or the votes of a project.

    Args:
        resultat: `projekt`, `navn`, `pris_kr`, `stemmer` and `valgt`, as the source of a result is read.
        budget: What could be shared out.
    """
    if resultat["pris_kr"].isna().any() or resultat["stemmer"].isna().any():
        return None
    return read_table(resultat, budget=budget, ballot_type="knapsack", rule="flest_stemmer")


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
            found.append(Fault(f"prisen er {row['pris_kr']}, men {price} på stemmesedlerne", where))
        if row["stemmer"] is not None and row["stemmer"] != votes:
            found.append(Fault(f"der står {row['stemmer']} stemmer, men stemmesedlerne giver {votes}", where))
    listed = set(resultat["projekt"])
    found += [Fault(f"projektet {one} mangler i resultatet", "stemmesedlerne") for one in own if one not in listed]
    return found
