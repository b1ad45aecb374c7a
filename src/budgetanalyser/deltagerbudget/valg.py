"""An election of a deltagerbudget: its projects, its ballots and its voters, as every reader hands them over.

Ballots are one sparse matrix, so that a count is a sum of columns and a recount of a resample a matrix product. What a
file says and what its ballots give are compared here; how a file is read is in `pabulib`, `consul` and `tabel`, and how
winners are found in `optaelling`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd
from scipy import sparse

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, KildeError, ValueUseError, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

BallotType = Literal["approval", "knapsack", "ordinal", "cumulative", "scoring", "choose-1"]
BALLOT_TYPES = get_args(BallotType)
# In these a project's strength is a sum of points; in the others every ballot counts one.
POINT_TYPES = ("ordinal", "cumulative", "scoring")
POINT_DECIMALS = 9  # Of a sum of points.

# What became of a row that is not as it should be.
UDELADT, MEDTAGET = "udeladt", "medtaget"


@dataclass(frozen=True)
class Finding:
    """Something a reader found: `where` (line or project), `text` in Danish, and whether the row was left out.

    `projekt` is set where it concerns one project.
    """

    where: str
    text: str
    virkning: str = MEDTAGET
    projekt: str = ""


@dataclass(frozen=True)
class Election:
    """One election.

    Attributes:
        projects: Index `projekt` (text ids, in the order of the file). Columns: `pris_kr` (Decimal, in the currency of
            the file), `navn` (text), and where the file has them `stemmer` (votes as published, int or None), `point`
            (score as published, Decimal or None), `valgt` (published result: 0 not funded, 1 funded, 2 and 3 funded by
            other money; None where unknown), `kategori`, `omraade`, `gruppe` (exclusive group) and the file's others.
        budget: Decimal kroner (the currency of the file).
        ballot_type: One of `BALLOT_TYPES`. "knapsack" is approval with a limit on the sum of prices.
        rule: The announced rule in the file's own word; empty where unknown.
        threshold: Votes (int) or share of the ballots (Decimal under 1) that a project needs; None for none.
        ballots: Voters times projects; 1 for a project approved, points in a vote with points. None where only the
            projects' totals are known.
        voters: One row a ballot, index `vaelger`; columns as the file has them (`alder`, `koen`, `kanal`, `omraade`).
            Never names.
        most_kr: What a ballot may cost at most; None for no limit.
        meta: The file's other statements, as text.
        findings: What does not agree, and what was left out.
        fil: The file's name, for messages.
    """

    projects: pd.DataFrame
    budget: Decimal
    ballot_type: str = "approval"
    rule: str = ""
    threshold: int | Decimal | None = None
    ballots: sparse.csr_matrix | None = field(default=None, repr=False)
    voters: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    most_kr: Decimal | None = None
    meta: Mapping[str, str] = field(default_factory=dict, repr=False)
    findings: tuple[Finding, ...] = ()
    fil: str = "valget"

    def __post_init__(self) -> None:
        if self.ballot_type not in BALLOT_TYPES:
            raise ValueUseError(
                f"Stemmetypen »{self.ballot_type}« kendes ikke. {nearest(self.ballot_type, BALLOT_TYPES)}"
            )
        faults = _project_faults(self.projects)
        if not (isinstance(self.budget, Decimal) and self.budget.is_finite() and self.budget >= 0):
            faults.append(Fault(f"beløbet, der kan fordeles, skal være 0 eller mere; her står {self.budget}"))
        if self.ballots is not None and self.ballots.shape != (len(self.voters), len(self.projects)):
            faults.append(Fault("stemmesedlerne passer ikke til vælgerne og projekterne"))
        if faults:
            raise KildeError(self.fil, faults)

    @property
    def has_ballots(self) -> bool:
        """Whether each ballot is known, and not only the projects' totals."""
        return self.ballots is not None

    @property
    def projekter(self) -> list[str]:
        """The projects' ids, in the order of the file."""
        return [str(one) for one in self.projects.index]

    @cached_property
    def n_voters(self) -> int | None:
        """The number of ballots; of files without ballots, what they say; None where they do not."""
        if self.ballots is not None:
            return int(self.ballots.shape[0])
        told = self.meta.get("num_votes", "")
        return int(told) if told.isdigit() else None

    @cached_property
    def counted(self) -> NDArray[np.int64]:
        """Ballots with each project on them, m long; of files without ballots, the published votes.

        Raises:
            ValueUseError: There are no ballots, and a project has no published number.
        """
        if self.ballots is not None:
            return np.asarray(np.bincount(self.ballots.indices, minlength=len(self.projects)), dtype=np.int64)
        return np.array(self._published("stemmer"), dtype=np.int64)

    @cached_property
    def strength(self) -> NDArray[Any]:
        """What the rule ranks by, m long: votes, or points in a vote with points."""
        if self.ballot_type not in POINT_TYPES:
            return self.counted
        if self.ballots is not None:
            # Tenths as floats do not add up to tenths; equals must be equal.
            return np.round(np.asarray(self.ballots.sum(axis=0)).ravel(), POINT_DECIMALS)
        return np.array([float(one) for one in self._published("point")])

    @cached_property
    def prices(self) -> NDArray[np.float64]:
        """The projects' prices as floats, for statistics; the exact ones are in `projects`."""
        return np.array([float(one) for one in self.projects["pris_kr"]])

    def _published(self, column: str) -> list[Any]:
        values = list(self.projects[column]) if column in self.projects else [None] * len(self.projects)
        missing = [name for name, one in zip(self.projekter, values, strict=True) if one is None]
        if missing:
            raise ValueUseError(
                f"{self.fil} har ingen stemmesedler, og antallet af {column} mangler for projekt "
                f"{dansk.opremsning(missing[:5])}. Uden stemmer kan der ikke tælles."
            )
        return values

    def codes(self, ids: Iterable[str]) -> NDArray[np.int64]:
        """Return the columns of the projects named.

        Raises:
            ValueUseError: A project is not in the election.
        """
        wanted = [str(one) for one in ids]
        found = self.projects.index.get_indexer(pd.Index(wanted, dtype=object))
        if (found < 0).any():
            unknown = [name for name, at in zip(wanted, found, strict=True) if at < 0]
            raise ValueUseError(f"{self.fil} har ikke projektet {dansk.opremsning([f'»{one}«' for one in unknown])}.")
        return np.asarray(found, dtype=np.int64)

    def require_ballots(self, what: str) -> sparse.csr_matrix:
        """Return the ballots.

        Raises:
            ValueUseError: Only the totals are known; `what` says what cannot be told then.
        """
        if self.ballots is None:
            raise ValueUseError(
                f"{what} kræver de enkelte stemmesedler, og {self.fil} har kun antallet af stemmer pr. projekt."
            )
        return self.ballots


def _project_faults(projects: pd.DataFrame) -> list[Fault]:
    if not len(projects):
        return [Fault("der er ingen projekter")]
    faults = []
    for name in projects.index[projects.index.duplicated()].unique():
        faults.append(Fault("projektet står mere end én gang", f"projekt {name}"))
    for name, price in zip(projects.index, projects["pris_kr"], strict=True):
        if not (isinstance(price, Decimal) and price.is_finite()):
            faults.append(Fault(f"prisen {price} er ikke et tal", f"projekt {name}"))
        elif price < 0:
            faults.append(Fault(f"prisen {price} er negativ", f"projekt {name}"))
    return faults


def matrix(chosen: Sequence[Sequence[int]], n_projects: int) -> sparse.csr_matrix:
    """Return ballots as a matrix of ones.

    Args:
        chosen: The columns each voter has chosen.
        n_projects: Columns in all.
    """
    ends = np.cumsum([0, *map(len, chosen)])
    columns = np.fromiter((one for ballot in chosen for one in ballot), dtype=np.int32, count=int(ends[-1]))
    return sparse.csr_matrix((np.ones(len(columns), dtype=np.int8), columns, ends), shape=(len(chosen), n_projects))


def recount(election: Election) -> list[Finding]:
    """Compare what the file says of votes and points with its ballots; nothing where there are none of either."""
    if election.ballots is None:
        return []
    found = []
    said = election.meta.get("num_votes", "")
    if said and said != str(election.n_voters):
        found.append(Finding("META", f"filen siger {said} stemmesedler, men der er {election.n_voters}"))
    said = election.meta.get("num_projects", "")
    if said and said != str(len(election.projects)):
        found.append(Finding("META", f"filen siger {said} projekter, men der er {len(election.projects)}"))
    for column, counts in (("stemmer", election.counted), ("point", election.strength)):
        if column not in election.projects:
            continue
        for name, published, own in zip(election.projekter, election.projects[column], counts, strict=True):
            if published is not None and Decimal(published) != Decimal(repr(own.item())):
                text = f"filen siger {published} {column}, men stemmesedlerne giver {_plain(own)}"
                found.append(Finding(f"projekt {name}", text, projekt=name))
    return found


def _plain(number: Any) -> str:
    value = Decimal(repr(number.item()))
    return str(value.to_integral_value()) if value == value.to_integral_value() else str(value)


FEW = 5  # Fewer voters than this are not told as a number.


def few(count: int) -> str:
    """Return a number of voters as told in findings: "færre end 5" below five."""
    return dansk.antal(count) if count >= FEW else f"færre end {FEW}"


def findings_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return findings as a table: `hvor`, `hvad`, `virkning`; no rows when all agrees."""
    rows = [{"hvor": one.where, "hvad": one.text, "virkning": one.virkning} for one in findings]
    return pd.DataFrame(rows, columns=["hvor", "hvad", "virkning"], dtype=object)


def per_household(election: Election, column: str) -> Election:
    """Return the election with one ballot a household: the first received counts, the later ones are left out and told.

    Args:
        election: With ballots.
        column: The voters' column with a key of the household; an empty key is a household of its own.

    Raises:
        ValueUseError: There are no ballots, or no such column.
    """
    ballots = election.require_ballots("Én stemme pr. husstand")
    if column not in election.voters:
        raise ValueUseError(f"Vælgerne har ingen kolonne »{column}«. {nearest(column, map(str, election.voters))}")
    keys = election.voters[column]
    is_later = np.asarray(keys.duplicated() & keys.notna() & (keys != ""))
    text = "husstanden har allerede stemt; kun dens første stemmeseddel tæller"
    left_out = tuple(Finding(f"stemmeseddel nr. {number + 1}", text, UDELADT) for number in np.flatnonzero(is_later))
    return replace(
        election,
        ballots=ballots[~is_later],
        voters=election.voters[~is_later],
        findings=election.findings + left_out,
        meta={**election.meta, "num_votes": str(int((~is_later).sum()))},
    )
