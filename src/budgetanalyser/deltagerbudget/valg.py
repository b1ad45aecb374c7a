"""An election of a deltagerbudget: its projects, its ballots and its voters, as every reader hands them over.

Ballots are one sparse matrix, so that a count is a sum of columns and a recount of a resample a matrix product. What a
file says and what its ballots give are compared here; how a file is read is in `pabulib`, `consul` and `tabel`, and how
winners are found in `optaelling`.
"""

from __future__ import annotations

import re
import unicodedata
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
POINT_DECIMALS = 6  # Of a point; a sum of points is exact.
MOST_LETTERS = 300  # Of an id or a name; longer ones are no names, and a report with one takes minutes.
_MOST_NAMED = 5
_EXACT = 2**53  # Floats hold whole numbers up to this.
_WHOLE = re.compile(r"[0-9]{1,12}")
_VOTER_COLUMNS = ("alder", "koen", "kanal", "omraade", "husstand")

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
        if self.ballots is not None and self.ballot_type in POINT_TYPES and not _has_short_points(self.ballots):
            faults.append(Fault(f"der er point med over {POINT_DECIMALS} decimaler"))
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
        return int(told) if _WHOLE.fullmatch(told) else None

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
            # Tenths as floats do not add up to tenths; equals must be equal, and others must not.
            units, unit = point_units(self.ballots)
            sums = np.asarray(units.sum(axis=0)).ravel()
            return sums if unit == 1 else sums / unit
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
            raise ValueUseError(f"{self.fil} har ikke projektet {named([f'»{one}«' for one in unknown])}.")
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


def point_units(ballots: sparse.csr_matrix) -> tuple[sparse.csr_matrix, int]:
    """Return ballots in whole numbers, and how many of them a point is; sums of as many ballots are then exact.

    Raises:
        ValueUseError: The points are so many that their sums would not be.
    """
    unit = 1 if ballots.dtype.kind in "iub" else 10**POINT_DECIMALS
    units = ballots if unit == 1 else _like(ballots, np.rint(ballots.data * unit).astype(np.int64))
    if len(units.data) and int(np.abs(units.data).max()) * ballots.shape[0] >= _EXACT:
        raise ValueUseError("Der er så mange point, at de ikke kan lægges nøjagtigt sammen.")
    return units, unit


def _like(ballots: sparse.csr_matrix, data: NDArray[Any]) -> sparse.csr_matrix:
    return sparse.csr_matrix((data, ballots.indices, ballots.indptr), shape=ballots.shape)


def _has_short_points(ballots: sparse.csr_matrix) -> bool:
    """Tell whether all points are numbers of few decimals."""
    if ballots.dtype.kind in "iub":
        return True
    exact = np.round(ballots.data, POINT_DECIMALS)
    return bool(np.isfinite(exact).all() and (np.abs(exact - ballots.data) <= 1e-12 * np.abs(exact)).all())


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
    for key, what, own in (
        ("num_votes", "stemmesedler", election.ballots.shape[0]),
        ("num_projects", "projekter", len(election.projects)),
    ):
        said = election.meta.get(key, "")
        if said and not _WHOLE.fullmatch(said):
            found.append(Finding("META", f"»{key}« er ikke et helt tal; der er {own} {what}"))
        elif said and int(said) != own:
            found.append(Finding("META", f"filen siger {int(said)} {what}, men der er {own}"))
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


def is_told(part: int, whole: int, least: int = FEW) -> bool:
    """Tell whether a number of voters may be told: neither it nor the rest is so small that it tells of single ones."""
    return part >= least and whole - part >= least


def few(count: int) -> str:
    """Return a number of voters as told in findings: "færre end 5" below five."""
    return dansk.antal(count) if count >= FEW else f"færre end {FEW}"


def named(words: Sequence[str], total: int | None = None) -> str:
    """Join names of projects as in speech, of many only the first: "a, b, c, d, e og 12 andre".

    Args:
        words: The names.
        total: How many there are, where `words` are only the first of them.
    """
    short = [one if len(one) <= MOST_LETTERS + 2 else f"{one[:40]}…" for one in words[:_MOST_NAMED]]
    rest = (len(words) if total is None else total) - len(short)
    if rest <= 0:
        return dansk.opremsning(short)
    return f"{', '.join(short)} og {dansk.antal(rest)} {'andet' if rest == 1 else 'andre'}"


def wrong_text(text: str) -> str:
    """Return what is wrong with a project's id or name, which is printed: "er tomt"; empty where nothing is."""
    if not text.strip():
        return "er tomt"
    if len(text) > MOST_LETTERS:
        return f"har over {MOST_LETTERS} tegn"
    for letter in text:
        if dansk.invisible(letter) or unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp"):
            return f"rummer et linjeskift eller et usynligt tegn (U+{ord(letter):04X})"
    return ""


def group_key(cell: object) -> str | None:
    """Return a household or an exclusive group so that the same one is equal however it is written; None for none."""
    if cell is None or cell is pd.NaT or cell is pd.NA or cell != cell:
        return None
    whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell) if whole and isinstance(cell, float) else cell).strip().casefold() or None


def findings_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return findings as a table: `hvor`, `hvad`, `virkning`; no rows when all agrees."""
    rows = [{"hvor": one.where, "hvad": one.text, "virkning": one.virkning} for one in findings]
    return pd.DataFrame(rows, columns=["hvor", "hvad", "virkning"], dtype=object)


def per_household(election: Election, column: str) -> Election:
    """Return the election with one ballot a household: the first received counts, the later ones are left out and told.

    Args:
        election: With ballots.
        column: The voters' column with a key of the household; an empty key is a household of its own. Blanks around
            a key and capitals do not matter.

    Raises:
        ValueUseError: There are no ballots, or no such column.
    """
    ballots = election.require_ballots("Én stemme pr. husstand")
    if column not in election.voters:
        known = [one for one in _VOTER_COLUMNS if one in election.voters]
        raise ValueUseError(f"Vælgerne har ingen kolonne »{column}«. {nearest(column, known)}")
    keys = pd.Series([group_key(one) for one in election.voters[column]], dtype=object)
    is_later = np.asarray(keys.duplicated() & keys.notna())
    count = int(is_later.sum())
    text = f"{few(count)} stemmesedler er udeladt: husstanden har allerede stemt; kun dens første tæller"
    left_out = (Finding("stemmesedlerne", text, UDELADT),) if count else ()
    return replace(
        election,
        ballots=ballots[~is_later],
        voters=election.voters[~is_later],
        findings=election.findings + left_out,
        meta={**election.meta, "num_votes": str(len(keys) - count)},
    )
