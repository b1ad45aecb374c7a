"""Pabulib's `.pb` files as elections, and elections as `.pb` files.

All vote types and sections of the format are read; what the file says of votes is counted again. Ids are texts, and
amounts are in the file's own currency. How the text is cut into cells is in `kilder.pabulib`.

Source: the format as checked by pabulib/checker 1.0.8 (fields.py), see pabulib.org/format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.deltagerbudget.optaelling import needed_votes
from budgetanalyser.deltagerbudget.stemmesedler import PointLimits, build, limited, settle
from budgetanalyser.deltagerbudget.valg import (
    BALLOT_TYPES,
    POINT_TYPES,
    Election,
    Finding,
    few,
    named,
    recount,
    wrong_text,
)
from budgetanalyser.errors import Fault, KildeError, ValueUseError, nearest
from budgetanalyser.kilder import pabulib as fil
from budgetanalyser.kilder.pabulib import META, PROJECTS, VOTES, Section

# The file's columns and ours, where they differ; others keep their names.
_PROJECT_COLUMNS = {
    "cost": "pris_kr",
    "votes": "stemmer",
    "score": "point",
    "name": "navn",
    "selected": "valgt",
    "category": "kategori",
    "district": "omraade",
}
_VOTER_COLUMNS = {"age": "alder", "sex": "koen", "voting_method": "kanal", "district": "omraade"}
# Written from the ballots and not from the voters' table.
_OF_THE_BALLOT = ("voter_id", "vote", "points")
_NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{1,8})?")
_POINT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_WHOLE = re.compile(r"[0-9]{1,9}")
_KEY = re.compile(r"[^\W\d_][\w .-]{0,59}")
# What META's values must look like, and how that is told.
_FORMS: dict[str, tuple[re.Pattern[str], str]] = {
    **dict.fromkeys(("budget", "max_sum_cost", "min_sum_cost"), (_NUMBER, "et tal som 543715.64")),
    **dict.fromkeys(("min_length", "max_length", "min_project_score_threshold"), (_WHOLE, "et helt tal")),
    **dict.fromkeys(
        ("min_points", "max_points", "min_sum_points", "max_sum_points", "default_score"), (_POINT, "et tal som 2.5")
    ),
    "ballot_type": (re.compile("knapsack"), "knapsack"),
}
_PAIRS = ("length", "points", "sum_points", "sum_cost")  # Each with a min_ and a max_.
# Statements of the limits of an election that may have changed since it was read.
_OF_THE_ELECTION = ("ballot_type", "max_sum_cost", "min_project_score_threshold")
# Columns of numbers: what a cell must look like, what it becomes, and what is said of one that does not.
_TYPED: dict[str, tuple[re.Pattern[str], Any, str]] = {
    "cost": (_NUMBER, Decimal, "prisen skal være et tal som 35000.50"),
    "votes": (re.compile("[0-9]{1,12}"), int, "votes skal være et helt tal"),
    "score": (re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,15})?"), Decimal, "score skal være et tal"),
    "selected": (re.compile("[0-3]"), int, "selected skal være 0, 1, 2 eller 3"),
}
# Our names of the format's columns, which a file must not use beside them.
_OWN_PROJECT = {ours: theirs for theirs, ours in _PROJECT_COLUMNS.items()} | {"projekt": "project_id"}
_OWN_VOTER = {ours: theirs for theirs, ours in _VOTER_COLUMNS.items()} | {"vaelger": "voter_id"}
_AGE = re.compile(r"[0-9]{1,4}")
_YOUNG, _OLD = 10, 100  # Ages outside are told as doubtful, and kept.


def read_pabulib(path: Path | str, *, udelad: bool = False) -> Election:
    """Read a `.pb` file of any vote type.

    A ballot outside the limits of META (length, cost, points) is a fault. No message repeats what is on a ballot.

    Args:
        path: The file.
        udelad: Whether ballots with faults are left out, counted in `Election.findings`, instead of being refused.

    Returns:
        The election, its votes counted again; `findings` tells what does not agree.

    Raises:
        KildeError: All faults of the file at once, with their lines.
    """
    path = Path(path)
    sections = fil.read(path)
    meta, faults = _meta(sections[META])
    projects, more = _projects(sections[PROJECTS])
    votes = sections[VOTES]
    faults += [*more, *_voter_column_faults(votes.header)]
    vote_type = meta.get("vote_type") or "approval"
    most = _amount(meta, "max_sum_cost")
    is_knapsack = most is not None or bool(meta.get("ballot_type"))
    places = [f"linje {line}" for line in votes.lines]
    sedler = build(
        votes.column("vote"),
        [str(one) for one in projects.index],
        ballot_type=vote_type,
        prices=[one or Decimal(0) for one in projects["pris_kr"]],
        most_kr=most,
        point=votes.column("points") if "points" in votes.header else None,
        steder=places,
        vaelgere=votes.column("voter_id"),
        min_length=_whole(meta, "min_length"),
        max_length=_whole(meta, "max_length"),
        min_kr=_amount(meta, "min_sum_cost"),
        point_limits=PointLimits(
            *(_amount(meta, key) for key in ("min_points", "max_points", "min_sum_points", "max_sum_points"))
        ),
    )
    if faults:
        # A ballot cannot name a project whose id has a comma; that is no fault of the ballot.
        is_alone = udelad or any("," in one for one in projects.index)
        raise KildeError(path.name, limited(faults if is_alone else [*faults, *sedler.faults]))
    told = settle(sedler, fil=path.name, udelad=udelad)
    voters = _voters(votes)[sedler.keep]
    election = Election(
        projects=projects,
        budget=Decimal(meta["budget"]),
        ballot_type="knapsack" if vote_type == "approval" and is_knapsack else vote_type,
        rule=meta.get("rule", ""),
        threshold=_whole(meta, "min_project_score_threshold"),
        ballots=sedler.matrix,
        voters=voters,
        most_kr=most,
        meta=meta,
        fil=path.name,
    )
    return replace(election, findings=(*told, *recount(election), *_doubts(election)))


def _meta(section: Section) -> tuple[dict[str, str], list[Fault]]:
    """Return what can be read, and the faults of what cannot."""
    meta: dict[str, str] = {}
    faults = []
    for row, line in zip(section.rows, section.lines, strict=True):
        key = row[0].strip().lower()
        if not _KEY.fullmatch(key):
            said = "linjen begynder ikke med et ord som »budget«" if key else "der står ikke, hvad linjen er"
            faults.append(Fault(said, f"linje {line}"))
            continue
        if key in meta:
            faults.append(Fault(f"»{key}« står to gange", f"linje {line}"))
        meta[key] = ";".join(row[1:]).strip()
    for key in ("budget", "vote_type"):
        if not meta.get(key):
            faults.append(Fault(f"»{key}« mangler", "afsnittet META"))
    for key, (form, said) in _FORMS.items():
        if meta.get(key) and not form.fullmatch(meta[key]):
            del meta[key]
            faults.append(Fault(f"»{key}« skal være {said}", "afsnittet META"))
    faults += _limit_faults(meta)
    known = [one for one in BALLOT_TYPES if one != "knapsack"]
    if meta.get("vote_type") and meta["vote_type"] not in known:
        unknown = meta.pop("vote_type")
        said = f"stemmetypen kendes ikke. {nearest(unknown[:40], known)}"
        faults.append(Fault(said, "afsnittet META"))
    return meta, faults


def _limit_faults(meta: dict[str, str]) -> list[Fault]:
    """Return limits that no ballot can keep, and one that is not known here."""
    faults = []
    for name in _PAIRS:
        least, most = _amount(meta, f"min_{name}"), _amount(meta, f"max_{name}")
        if least is not None and most is not None and least > most:
            said = f"»min_{name}« er større end »max_{name}«, så ingen stemmeseddel kan være rigtig"
            faults.append(Fault(said, "afsnittet META"))
    if _amount(meta, "default_score"):
        said = "»default_score« er ikke 0; skriv de point, et projekt får uden at være nævnt, på stemmesedlerne"
        faults.append(Fault(said, "afsnittet META"))
    return faults


def _whole(meta: dict[str, str], key: str) -> int | None:
    return int(meta[key]) if meta.get(key) else None


def _amount(meta: dict[str, str], key: str) -> Decimal | None:
    return Decimal(meta[key]) if meta.get(key) else None


def _projects(section: Section) -> tuple[pd.DataFrame, list[Fault]]:
    """Return the projects, indexed by id, and the cells that cannot be read."""
    places = [f"linje {line}" for line in section.lines]
    faults = _project_column_faults(section.header)
    columns: dict[str, list[Any]] = {}
    for name in section.header:
        if name in _OWN_PROJECT:
            continue
        texts = section.column(name)
        if name in _TYPED:
            columns[_PROJECT_COLUMNS[name]] = _read(texts, places, *_TYPED[name], faults)
        elif name != "project_id":
            columns[_PROJECT_COLUMNS.get(name, name)] = texts
    ids = section.column("project_id")
    names = section.column("name") if "name" in section.header else None
    faults += _project_faults(ids, names, section.column("cost"), places)
    columns.setdefault("navn", list(ids))
    return pd.DataFrame(columns, index=pd.Index(ids, name="projekt", dtype=object), dtype=object), faults


def _project_column_faults(header: list[str]) -> list[Fault]:
    """Return columns that would overwrite those of the format, or have names that cannot be printed."""
    faults = []
    for number, name in enumerate(header, 1):
        if name in _OWN_PROJECT:
            said = f"kolonnen »{name}« hedder »{_OWN_PROJECT[name]}« i formatet; ret navnet, eller slet kolonnen"
            faults.append(Fault(said, f"afsnittet {PROJECTS}"))
        elif name and (wrong := wrong_text(name)):
            faults.append(Fault(f"navnet på kolonne nr. {number} {wrong}", f"afsnittet {PROJECTS}"))
    return faults


def _voter_column_faults(header: list[str]) -> list[Fault]:
    """Return the same of the ballots; a column's name may tell of a person and is not repeated."""
    faults = []
    for number, name in enumerate(header, 1):
        if name in _OWN_VOTER:
            said = f"kolonne nr. {number} hedder »{_OWN_VOTER[name]}« i formatet; ret navnet, eller slet kolonnen"
            faults.append(Fault(said, f"afsnittet {VOTES}"))
        elif name and (wrong := wrong_text(name)):
            faults.append(Fault(f"navnet på kolonne nr. {number} {wrong}", f"afsnittet {VOTES}"))
    return faults


def _project_faults(ids: list[str], names: list[str] | None, costs: list[str], places: list[str]) -> list[Fault]:
    if not ids:
        return [Fault("der er ingen projekter", "afsnittet PROJECTS")]
    first: dict[str, str] = {}
    faults = []
    for one, name, cost, place in zip(ids, names or ids, costs, places, strict=True):
        if wrong := wrong_id(one):
            faults.append(Fault(f"project_id {wrong}", place))
        elif one in first:
            faults.append(Fault(f"projektet {one} står allerede i {first[one]}", place))
        if names and (wrong := wrong_text(name)):
            faults.append(Fault(f"navnet {wrong}", place))
        if not cost:
            faults.append(Fault("prisen mangler", place))
        first.setdefault(one, place)
    return faults


def wrong_id(text: str) -> str:
    """Return what is wrong with a project's id; empty where nothing is."""
    return "rummer komma, som skiller projekterne på en stemmeseddel" if "," in text else wrong_text(text)


def _read(
    texts: Sequence[str], places: Sequence[str], pattern: re.Pattern[str], make: Any, said: str, faults: list[Fault]
) -> list[Any]:
    """Return cells as values, None for empty ones; what does not fit goes to `faults`."""
    values = []
    for text, place in zip(texts, places, strict=True):
        is_readable = bool(pattern.fullmatch(text))
        values.append(make(text) if is_readable else None)
        if text and not is_readable:
            shown = "" if wrong_text(text[:40]) else f" (her står »{text[:40]}«)"
            faults.append(Fault(f"{said}{shown}", place))
    return values


def _voters(section: Section) -> pd.DataFrame:
    columns = {
        _VOTER_COLUMNS.get(name, name): section.column(name) for name in section.header if name not in _OF_THE_BALLOT
    }
    index = pd.Index(section.column("voter_id"), name="vaelger", dtype=object)
    table = pd.DataFrame({name: _compact(name, texts) for name, texts in columns.items()}, index=index)
    return table.set_index(index)


def _compact(name: str, texts: list[str]) -> Any:
    """Return a column of voters in little room: ages as numbers where all are, the rest as categories."""
    if name == "alder" and all(map(_AGE.fullmatch, texts)):
        return np.array(texts, dtype=np.int16)
    return pd.Categorical([text or None for text in texts])


def _doubts(election: Election) -> list[Finding]:
    """Return what may be true but should be looked at."""
    found = []
    for name, price in zip(election.projekter, election.projects["pris_kr"], strict=True):
        if price > election.budget:
            text = f"projektet koster {dansk.antal(price, 2)}, mere end hele beløbet; det kan ikke støttes"
            found.append(Finding(f"projekt {name}", text, projekt=name))
    return [*found, *_published_doubts(election), *_age_doubts(election.voters)]


def _published_doubts(election: Election) -> Iterator[Finding]:
    if "valgt" not in election.projects:
        return
    plain = election.projects["valgt"] == 1
    spent = sum(election.projects.loc[plain, "pris_kr"], Decimal(0))
    if spent > election.budget:
        over = dansk.antal(spent - election.budget, 2)
        yield Finding("afsnittet PROJECTS", f"de valgte projekter koster {over} mere, end der kan fordeles")
    not_chosen = [name for name, one in zip(election.projekter, election.projects["valgt"], strict=True) if one == 0]
    if election.meta.get("fully_funded") == "1" and not_chosen:
        text = f"filen siger, at alle projekter er støttet, men {named(not_chosen)} er ikke valgt"
        yield Finding("META", text)


def _age_doubts(voters: pd.DataFrame) -> Iterator[Finding]:
    if "alder" not in voters or voters["alder"].dtype != np.int16:
        return
    ages = voters["alder"].to_numpy()
    for count, text in (
        (int((ages < _YOUNG).sum()), f"er under {_YOUNG} år"),
        (int((ages > _OLD).sum()), f"er over {_OLD} år"),
    ):
        if count:
            yield Finding("afsnittet VOTES", f"{few(count)} vælgere {text}; kontrollér alderen")


def write_pabulib(election: Election, path: Path | str) -> None:
    """Write an election as a `.pb` file that `read_pabulib` gives back.

    The format has no knapsack ballot without a limit on its cost; such an election has `ballot_type;knapsack` in META,
    which is not the format's.

    Args:
        election: With ballots.
        path: Where; an earlier file is replaced, and a file is never half-written.

    Raises:
        ValueUseError: There are no ballots, or an id, a name, a column or a statement of META that would not be read
            back.
    """
    election.require_ballots("En .pb-fil")
    projects, votes = _projects_written(election), _votes_written(election)
    _check_written(election, projects[0], votes[0])
    fil.write(Path(path), _meta_written(election), projects, votes)


def _check_written(election: Election, projects: list[str], votes: list[str]) -> None:
    """Refuse what would be a fault in the file."""
    for number, (name, navn) in enumerate(zip(election.projekter, election.projects["navn"], strict=True), 1):
        for what, wrong in (("Id'et", wrong_id(name)), ("Navnet", wrong_text(_written(navn)))):
            if wrong:
                raise ValueUseError(f"{what} på projekt nr. {number} {wrong} og kan ikke skrives i en .pb-fil.")
    for what, header, own in (("Projekterne", projects, _OWN_PROJECT), ("Vælgerne", votes, _OWN_VOTER)):
        lowered = [one.strip().lower() for one in header]
        if len(set(lowered)) < len(lowered) or set(lowered) & set(own) or any(map(wrong_text, lowered)):
            raise ValueUseError(f"{what} har kolonner, hvis navne ikke kan skrives i en .pb-fil; giv dem andre navne.")
    if not all(key == key.lower() and key == key.strip() and _KEY.fullmatch(key) for key in election.meta):
        raise ValueUseError("Valgets meta har en nøgle, der ikke er et ord med små bogstaver.")


def _meta_written(election: Election) -> dict[str, str]:
    own = {
        "num_projects": str(len(election.projects)),
        "num_votes": str(election.n_voters),
        "budget": f"{election.budget:f}",
        "vote_type": "approval" if election.ballot_type == "knapsack" else election.ballot_type,
        "rule": election.rule or "unknown",
    }
    if election.most_kr is not None:
        own["max_sum_cost"] = f"{election.most_kr:f}"
    elif election.ballot_type == "knapsack":
        own["ballot_type"] = "knapsack"
    if needed := needed_votes(election):  # The format has no share of the ballots.
        own["min_project_score_threshold"] = str(needed)
    return {key: value for key, value in election.meta.items() if key not in _OF_THE_ELECTION} | own


def _projects_written(election: Election) -> tuple[list[str], Iterable[list[str]]]:
    back = {ours: theirs for theirs, ours in _PROJECT_COLUMNS.items()}
    header = ["project_id", *(back.get(str(name), str(name)) for name in election.projects)]
    rows = (
        [str(name), *map(_written, values)]
        for name, values in zip(election.projekter, election.projects.itertuples(index=False), strict=True)
    )
    return header, rows


def _written(value: object) -> str:
    if value is None or value != value:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _votes_written(election: Election) -> tuple[list[str], Iterable[list[str]]]:
    back = {ours: theirs for theirs, ours in _VOTER_COLUMNS.items()}
    with_points = election.ballot_type in POINT_TYPES
    header = ["voter_id", "vote", *(["points"] if with_points else [])]
    header += [back.get(str(name), str(name)) for name in election.voters]
    return header, _vote_rows(election, with_points=with_points)


def _vote_rows(election: Election, *, with_points: bool) -> Iterator[list[str]]:
    ballots = election.require_ballots("En .pb-fil")
    ids = np.array(election.projekter, dtype=object)
    attributes = election.voters.astype(object).to_numpy()
    for number, voter in enumerate(election.voters.index):
        begin, end = ballots.indptr[number], ballots.indptr[number + 1]
        columns, points = ballots.indices[begin:end], ballots.data[begin:end]
        if with_points:  # The most wanted first, as the order of an ordinal ballot tells.
            order = np.argsort(-points, kind="stable")
            columns, points = columns[order], points[order]
        told = [",".join(f"{Decimal(repr(one)):f}" for one in points.tolist())] if with_points else []
        yield [str(voter), ",".join(ids[columns]), *told, *map(_written, attributes[number])]
