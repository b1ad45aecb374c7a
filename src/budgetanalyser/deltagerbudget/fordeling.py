"""Who got what: how many voters got nothing they voted for, how evenly the money reaches them, and over which subjects.

All measures are over the ballots, and a group of voters is a column of theirs. Money by area and inhabitant is in
`omraader`; how sure the result is, in `robusthed`; where it stands among other elections, in `referencer`.

Source: Faliszewski et al., »Participatory Budgeting: Data, Tools, and Analysis« (arXiv 2305.11035) for exclusion,
satisfaction and proportionality; Gini by the rank formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from budgetanalyser.deltagerbudget.valg import Election, is_told
from budgetanalyser.errors import ValueUseError, nearest
from budgetanalyser.statistik import Skjult, andel
from budgetanalyser.statistik.diskretion import TOTAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST_FOR_PERCENT = 20  # Never a percentage of fewer people.
UDENFOR = "uden for grupperne"  # Voters of an age, sex or area that is not among the groups looked at.


@dataclass(frozen=True)
class Tilfredshed:
    """What voters got: shares as fractions.

    Attributes:
        vaelgere: Voters.
        uden: Voters with none of their projects funded.
        udelukket: Their share, the exclusion ratio.
        projekter: Funded projects a voter had on the ballot, on average.
        andel_af_beloeb: Price of a voter's funded projects over the budget, on average.
        gini: Gini of the kroner of voters' funded projects; 0 is even.
    """

    vaelgere: int
    uden: int
    udelukket: float
    projekter: float
    andel_af_beloeb: float
    gini: float


def exclusion_ratio(election: Election, winners: Iterable[str]) -> float:
    """Return the share of voters with none of the winners on their ballot.

    Args:
        election: With ballots.
        winners: Project ids.

    Raises:
        ValueUseError: There are no ballots or no voters, or a project is not in the election.
    """
    return tilfredshed(election, winners).udelukket


def tilfredshed(election: Election, winners: Iterable[str]) -> Tilfredshed:
    """Return what the voters got; arguments and errors as for `exclusion_ratio`."""
    numbers, kroner = _per_voter(election, winners)
    return _summed(numbers, kroner, election.budget)


def _per_voter(election: Election, winners: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return each voter's number of funded projects, and their price."""
    ballots = election.require_ballots("Hvem der fik noget,")
    if not ballots.shape[0]:
        raise ValueUseError("Der er ingen stemmesedler, så det kan ikke siges, hvem der fik noget.")
    won = np.zeros(ballots.shape[1], dtype=bool)
    won[election.codes(winners)] = True
    is_won = won[ballots.indices]
    # Sums of runs by differences of a running sum, which also does where a ballot is empty.
    numbers = np.diff(np.concatenate([[0], np.cumsum(is_won)])[ballots.indptr])
    paid = np.where(is_won, election.prices[ballots.indices], 0.0)
    rows = np.repeat(np.arange(ballots.shape[0]), np.diff(ballots.indptr))
    sums: NDArray[np.float64] = np.bincount(rows, weights=paid, minlength=ballots.shape[0])  # type: ignore[assignment]
    return numbers, sums


def _summed(numbers: NDArray[np.int64], kroner: NDArray[np.float64], budget: Decimal) -> Tilfredshed:
    without = int((numbers == 0).sum())
    return Tilfredshed(
        vaelgere=len(numbers),
        uden=without,
        udelukket=without / len(numbers),
        projekter=float(numbers.mean()),
        andel_af_beloeb=float(kroner.mean()) / float(budget) if budget else 0.0,
        gini=gini(kroner),
    )


def gini(values: Iterable[float] | NDArray[np.float64]) -> float:
    """Return the Gini coefficient: 0 when all have the same, towards 1 when one has all.

    G = 2 Σ r·x_(r) / (n Σ x) − (n + 1)/n with x sorted and r = 1 … n; 0 where all have nothing.

    Raises:
        ValueUseError: No values, or a negative one.
    """
    x = np.sort(np.asarray(list(values) if not isinstance(values, np.ndarray) else values, dtype=float))
    if not len(x) or x[0] < 0:
        raise ValueUseError("Gini kræver mindst ét tal, og ingen af dem må være negative.")
    total = x.sum()
    ranks = np.arange(1, len(x) + 1)
    return float(2 * (ranks * x).sum() / (len(x) * total) - (len(x) + 1) / len(x)) if total else 0.0


def fik_noget(
    election: Election, winners: Iterable[str], column: str | Sequence[str], grupper: Iterable[str] | None = None
) -> pd.DataFrame:
    """Count the voters of each group with and without a funded project, for `statistik.suppress`.

    Args:
        election: With ballots.
        winners: Project ids.
        column: The voters' column, or a label for each; those without a value are the group "ikke oplyst".
        grupper: The groups in order; others are together, `UDENFOR`. By default those there are, alphabetically.

    Returns:
        Index group; `med` and `uden` (int).

    Raises:
        ValueUseError: As for `exclusion_ratio`, or the voters have no such column.
    """
    keys = _keys(election, column, grupper)
    numbers, _ = _per_voter(election, winners)
    rows = {
        key: [int((numbers[keys == key] > 0).sum()), int((numbers[keys == key] == 0).sum())]
        for key in _order(keys, grupper)
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["med", "uden"])


def kendte_totaler(tabel: pd.DataFrame, mindst: int) -> list[tuple[str, str]]:
    """Return the totals of a table of voters that the report tells elsewhere, and that hiding must reckon with.

    All voters together are told everywhere; the columns' totals where neither they nor the rest is too small.
    """
    whole = sum(int(one) for one in tabel.to_numpy().ravel())
    sums = {str(name): int(tabel[name].sum()) for name in tabel.columns}
    return [(TOTAL, TOTAL), *((TOTAL, name) for name, part in sums.items() if is_told(part, whole, mindst))]


def efter_gruppe(
    election: Election,
    winners: Iterable[str],
    column: str | Sequence[str],
    skjult: Skjult,
    grupper: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Return what each group of voters got, as far as it may be shown.

    Args:
        election, winners, column, grupper: As for `fik_noget`.
        skjult: What `statistik.suppress` made of `fik_noget`.

    Returns:
        One row a group and "I alt" last: `gruppe`, `med`, `uden`, `i_alt` (int, None where hidden), `andel_uden`
        (Decimal share), `projekter` (funded projects of a voter on average), `eget` (their price over the budget, on
        average) and `gini`, Decimal; None where any number of the group is hidden, as a mean would give it back, and
        under 20 voters.

    Raises:
        ValueUseError: As for `fik_noget`.
    """
    keys = _keys(election, column, grupper)
    numbers, kroner = _per_voter(election, winners)
    shares = dict(skjult.percentages("raekke")["uden"].items())
    rows: list[dict[str, Any]] = []
    for name, *counts in pd.DataFrame(skjult.table)[["med", "uden", TOTAL]].itertuples():
        cells = dict(zip(("med", "uden", TOTAL), counts, strict=True))
        own = keys == name if name != TOTAL else np.ones(len(keys), dtype=bool)
        row = {"gruppe": name, "med": cells["med"], "uden": cells["uden"], "i_alt": cells[TOTAL]}
        shown = None if None in (cells["med"], cells["uden"]) else cells[TOTAL]
        means = _means(numbers[own], kroner[own], shown, election.budget)
        rows.append(row | {"andel_uden": shares[name]} | means)
    _hide_a_second_mean(rows)
    return pd.DataFrame(rows, dtype=object)


def _hide_a_second_mean(rows: list[dict[str, Any]]) -> None:
    """Hide another group's means where only one group lacks them: the mean of all would give them back."""
    groups = [row for row in rows if row["gruppe"] != TOTAL]
    told = [row for row in groups if row["projekter"] is not None]
    if told and len(groups) - len(told) == 1:
        min(told, key=lambda row: row["i_alt"]).update(projekter=None, eget=None, gini=None)


def _means(
    numbers: NDArray[np.int64], kroner: NDArray[np.float64], shown: int | None, budget: Decimal
) -> dict[str, Decimal | None]:
    if shown is None or shown < FEWEST_FOR_PERCENT:
        return {"projekter": None, "eget": None, "gini": None}
    found = _summed(numbers, kroner, budget)
    return {
        "projekter": andel(found.projekter),
        "eget": andel(found.andel_af_beloeb),
        "gini": andel(found.gini),
    }


def _keys(election: Election, column: str | Sequence[str], grupper: Iterable[str] | None) -> NDArray[Any]:
    labels = group_labels(election, column) if isinstance(column, str) else np.array(column, dtype=object)
    return labels if grupper is None else np.array(known_labels(labels, grupper), dtype=object)


def _order(keys: NDArray[Any], grupper: Iterable[str] | None) -> list[str]:
    there = set(keys)
    return sorted(there) if grupper is None else [*grupper, *({UDENFOR} & there)]


def known_labels(labels: Iterable[Any], groups: Iterable[Any]) -> list[Any]:
    """Return labels with `UDENFOR` for those that are not among the groups."""
    known = set(groups)
    return [one if one in known else UDENFOR for one in labels]


def group_labels(election: Election, column: str) -> NDArray[Any]:
    """Return each voter's group as text, "ikke oplyst" where the cell is empty.

    Raises:
        ValueUseError: The voters have no such column.
    """
    if column not in election.voters:
        raise ValueUseError(f"Vælgerne har ingen kolonne »{column}«. {nearest(column, map(str, election.voters))}")
    values = election.voters[column].astype(object)
    return np.array(["ikke oplyst" if one is None or one != one or one == "" else str(one) for one in values], object)


def koncentration(election: Election) -> tuple[float, float]:
    """Return how the votes gather: HHI = Σ v² / (Σ v)², and the three largest projects' share of the votes.

    Raises:
        ValueUseError: There are no votes.
    """
    votes = np.sort(np.asarray(election.counted, dtype=float))[::-1]
    if not votes.sum():
        raise ValueUseError("Ingen projekter har fået stemmer.")
    return float((votes**2).sum() / votes.sum() ** 2), float(votes[:3].sum() / votes.sum())


def efter_kategori(election: Election, winners: Iterable[str], column: str = "kategori") -> pd.DataFrame:
    """Compare each category's share of the votes with its share of the money.

    A ballot counts one in all, 1/#A for each project on it; a project in several categories (separated by commas) is
    split evenly between them, votes and price alike.

    Returns:
        `kategori`, `stemmer` and `penge` (Decimal shares), `forskel` (penge − stemmer), by share of votes, largest
        first. Half the sum of the absolute differences is the money that lies elsewhere than the votes; `afstand`
        gives it.

    Raises:
        ValueUseError: As for `exclusion_ratio`, or the projects have no such column.
    """
    ballots = election.require_ballots("Stemmer efter emne")
    if column not in election.projects:
        raise ValueUseError(f"Projekterne har ingen kolonne »{column}«, så stemmer efter emne kan ikke vises.")
    is_won = np.zeros(ballots.shape[1], dtype=bool)
    is_won[election.codes(winners)] = True
    lengths = np.diff(ballots.indptr)
    weights = np.repeat(np.divide(1.0, lengths, out=np.zeros(len(lengths)), where=lengths > 0), lengths)
    votes: NDArray[np.float64] = np.bincount(  # type: ignore[assignment]
        ballots.indices, weights=weights, minlength=ballots.shape[1]
    )
    table = _split(election.projects[column], votes, election.prices, is_won.tolist())
    shares = table.assign(stemmer=_share(table["stemmer"]), penge=_share(table["penge"]))
    shares = shares.assign(forskel=shares["penge"] - shares["stemmer"]).sort_values(
        "stemmer", ascending=False, kind="stable"
    )
    decimals = {name: [andel(one) for one in shares[name]] for name in ("stemmer", "penge", "forskel")}
    return pd.DataFrame({"kategori": list(shares.index), **decimals}, dtype=object)


def _split(
    categories: Iterable[Any], votes: NDArray[np.float64], prices: NDArray[np.float64], is_won: Sequence[bool]
) -> pd.DataFrame:
    sums: dict[str, list[float]] = {}
    for cell, vote, price, won in zip(categories, votes, prices, is_won, strict=True):
        text = "" if cell is None or cell != cell else str(cell)
        tags = [tag.strip() for tag in text.split(",") if tag.strip()] or ["uden kategori"]
        for tag in tags:
            own = sums.setdefault(tag, [0.0, 0.0])
            own[0] += vote / len(tags)
            own[1] += price / len(tags) if won else 0.0
    return pd.DataFrame.from_dict(sums, orient="index", columns=["stemmer", "penge"])


def _share(values: pd.Series[Any]) -> pd.Series[Any]:
    total = values.sum()
    return values / total if total else values * 0.0


def afstand(kategorier: pd.DataFrame) -> Decimal:
    """Return the share of the money that lies in other categories than the votes, from `efter_kategori`."""
    return sum((abs(one) for one in kategorier["forskel"]), Decimal(0)) / 2


def sammenlign_regler(election: Election, udfald: dict[str, Iterable[str]]) -> pd.DataFrame:
    """Show what voters got by different rules, side by side.

    Args:
        election: With ballots.
        udfald: The winners' ids by the rule's name.

    Returns:
        One row a rule: `regel`, `projekter` (winners), `brugt_kr`, `brugt` (share of the budget), `uden` (voters with
        nothing), `udelukket`, `eget` (a voter's funded projects over the budget, on average), `gini`.

    Raises:
        ValueUseError: As for `exclusion_ratio`.
    """
    prices = dict(zip(election.projekter, election.projects["pris_kr"], strict=True))
    rows = []
    for name, winners in udfald.items():
        ids = list(winners)
        found = tilfredshed(election, ids)
        spent = sum((prices[one] for one in ids), Decimal(0))
        rows.append(
            {
                "regel": name,
                "projekter": len(ids),
                "brugt_kr": spent,
                "brugt": spent / election.budget if election.budget else None,
                "uden": found.uden if is_told(found.uden, found.vaelgere) else None,
                "udelukket": andel(found.udelukket) if is_told(found.uden, found.vaelgere) else None,
                "eget": andel(found.andel_af_beloeb),
                "gini": andel(found.gini),
            }
        )
    return pd.DataFrame(rows, dtype=object)
