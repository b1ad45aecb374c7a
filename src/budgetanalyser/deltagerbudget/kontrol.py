"""Control: does the published result follow the announced rule, and if not, where does it depart from it?

Nothing is corrected here. A departure may be a mistake, a rule that was not announced, or data that is wrong; the
report says which projects and how many kroner, and leaves the answer to those who know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.deltagerbudget.equal_shares import equal_shares
from budgetanalyser.deltagerbudget.optaelling import STOPPER, TIES, count, has_groups
from budgetanalyser.deltagerbudget.udfald import Outcome
from budgetanalyser.deltagerbudget.valg import Election, named
from budgetanalyser.errors import BudgetanalyseError, ValueUseError

# Pabulib's words for rules that `count` and `equal_shares` know, and their choices.
_GREEDY: dict[str, dict[str, Any]] = {
    "": {},
    "unknown": {},
    "flest_stemmer": {},
    "stemmer_pr_krone": {"rule": "stemmer_pr_krone"},
    "greedy": {},
    "greedy-threshold": {},
    "greedy-exclusive": {},
    "greedy-no-skip": {"skip": False},
}
_EQUAL_SHARES: dict[str, dict[str, Any]] = {
    "equalshares": {"completion": None},
    "equalshares/add1": {"completion": "add1"},
    "equalshares/add1-comparison": {"completion": "add1"},
}
_RULE = re.compile(r"[A-Za-z0-9æøåÆØÅ/_+. -]{1,60}")  # Others may be anything a file says, and are not repeated.
_MOST_KR = 10**20
_DEPARTURE_COLUMNS = ("projekt", "navn", "stemmer", "pris_kr", "offentliggjort", "efter_reglen", "forklaring")


@dataclass(frozen=True)
class Verification:
    """What a published result is beside its rule.

    Attributes:
        agrees: Whether the published winners, and the kroner where they are given, are those of the rule.
        departures: The projects that differ: `projekt`, `navn`, `stemmer`, `pris_kr`, `offentliggjort` and
            `efter_reglen` (bool), `forklaring`.
        outcome: The winners by the rule.
        on_tie: The way with ties that gives the published winners, where the announced one does not; empty otherwise.
        notes: Other things to know, each a Danish sentence.
    """

    agrees: bool
    departures: pd.DataFrame
    outcome: Outcome
    on_tie: str = ""
    notes: tuple[str, ...] = ()


def verify(
    election: Election, published: Iterable[str] | Mapping[str, Decimal] | None = None, **options: Any
) -> Verification:
    """Compare a published result with the announced rule.

    Args:
        election: The election.
        published: The winners' ids, or the kroner given to each; by default what the file says (`valgt` is 1; 2 and 3
            are money from elsewhere and are told in a note).
        **options: As for `count`, where the rule is not the one the election names.

    Returns:
        What agrees and what does not; the result itself is never changed.

    Raises:
        ValueUseError: The election has no published result, names a project it does not have, or a rule not known; or
            an amount given is none.
    """
    notes = [] if published is not None else _other_money(election)
    given = published_winners(election) if published is None else published
    awards = dict(given) if isinstance(given, Mapping) else None
    winners = {str(one) for one in given}
    election.codes(sorted(winners))
    _check_awards(awards or {})
    outcome = announced(election, **options)
    notes += _over_budget(election, awards, winners)
    departures = _departures(election, outcome, winners, awards or {})
    tie = "" if winners == set(outcome.winners) else _tie_that_explains(election, winners, options)
    return Verification(not len(departures), departures, outcome, tie, tuple(notes))


def _check_awards(awards: Mapping[str, Decimal]) -> None:
    """Refuse kroner that are not an exact amount."""
    odd = [
        str(name)
        for name, one in awards.items()
        if not isinstance(one, Decimal | int)
        or isinstance(one, bool)
        or not (Decimal(one).is_finite() and 0 <= one < _MOST_KR)
    ]
    if odd:
        raise ValueUseError(
            f"Beløbet til {named([f'»{one}«' for one in odd])} skal være et Decimal på 0 kr. eller mere."
        )


def published_winners(election: Election) -> list[str]:
    """Return the ids that the file says were funded by the vote.

    Raises:
        ValueUseError: The file says nothing of it.
    """
    column = election.projects.get("valgt")
    if column is None or column.isna().all():
        raise ValueUseError(f"{election.fil} siger ikke, hvem der vandt. Giv de offentliggjorte vindere.")
    return [name for name, one in zip(election.projekter, column, strict=True) if one == 1]


def announced(election: Election, **options: Any) -> Outcome:
    """Count by the rule the election names, or by the options given.

    Raises:
        ValueUseError: The rule is not one that can be counted by.
    """
    if not options and election.rule in _EQUAL_SHARES:
        return equal_shares(election, **_EQUAL_SHARES[election.rule])
    is_unknown = election.rule not in _GREEDY or (election.rule == "greedy-exclusive" and not has_groups(election))
    if not options and is_unknown:
        told = f" »{election.rule}«" if _RULE.fullmatch(election.rule) else ""
        raise ValueUseError(
            f"Reglen{told} i {election.fil} kan ikke tælles her. Giv reglen som rule=, skip= og så videre."
        )
    return count(election, **(options or _GREEDY[election.rule]))


def _other_money(election: Election) -> list[str]:
    column = election.projects.get("valgt")
    extra = (
        [] if column is None else [name for name, one in zip(election.projekter, column, strict=True) if one in (2, 3)]
    )
    said = "fik penge uden for afstemningen og er ikke med i kontrollen"
    return [f"{named(extra)} {said}."] if extra else []


def _over_budget(election: Election, awards: Mapping[str, Decimal] | None, winners: set[str]) -> list[str]:
    prices = dict(zip(election.projekter, election.projects["pris_kr"], strict=True))
    amounts = awards if awards is not None else {name: prices[name] for name in winners}
    over = sum(amounts.values(), Decimal(0)) - election.budget
    if over <= 0:
        return []
    return [f"De offentliggjorte beløb er tilsammen {dansk.kr(over, 2)} mere, end der kunne fordeles."]


def _departures(election: Election, outcome: Outcome, winners: set[str], awards: Mapping[str, Decimal]) -> pd.DataFrame:
    own = _given(outcome)
    rows = []
    for position, name in enumerate(election.projekter):
        is_same = (name in winners) == (name in own)
        if is_same and awards.get(name, own.get(name)) == own.get(name):
            continue
        project = election.projects.iloc[position]
        told = _explanation(outcome, name, is_published=name in winners)
        if is_same:
            told = f"fik {dansk.kr(awards[name], 2)}, og reglen giver {dansk.kr(own[name], 2)}"
        rows.append(
            {
                "projekt": name,
                "navn": project["navn"],
                "stemmer": election.strength[position].item(),
                "pris_kr": project["pris_kr"],
                "offentliggjort": name in winners,
                "efter_reglen": name in own,
                "forklaring": told,
            }
        )
    return pd.DataFrame(rows, columns=list(_DEPARTURE_COLUMNS), dtype=object)


def _given(outcome: Outcome) -> dict[str, Decimal]:
    """Return the kroner that the rule gives each winner."""
    amount = "tildelt_kr" if "tildelt_kr" in outcome.steps else "pris_kr"
    steps = outcome.steps.set_index("projekt")[amount]
    return {name: steps[name] for name in outcome.winners}


def _explanation(outcome: Outcome, name: str, *, is_published: bool) -> str:
    found = outcome.steps[outcome.steps["projekt"] == name]
    if not len(found):
        return "offentliggjort som vinder, men ikke efter reglen" if is_published else "efter reglen støttet"
    step = found.iloc[0]
    decision = "stoppes der ved det" if step["afgoerelse"] == STOPPER else step["afgoerelse"]
    if "foer_kr" not in step or step["foer_kr"] is None:
        return f"efter reglen {decision}"
    if not is_published:
        left, price = dansk.kr(step["foer_kr"], 2), dansk.kr(step["pris_kr"], 2)
        return f"efter reglen {decision}; der var {left} tilbage, og prisen er {price}"
    lacks = f"; der manglede {dansk.kr(step['mangler_kr'], 2)}" if step["mangler_kr"] is not None else ""
    return f"offentliggjort som vinder, men efter reglen {decision}{lacks}"


def _tie_that_explains(election: Election, winners: set[str], options: Mapping[str, Any]) -> str:
    """Return the way with ties that gives the published winners; empty when none does."""
    if not options and election.rule in _EQUAL_SHARES:
        return ""
    chosen = dict(options or _GREEDY[election.rule])
    for tie in TIES:
        if tie == "lod":
            continue
        try:
            outcome = count(election, **{**chosen, "on_tie": tie})
        except BudgetanalyseError:
            continue  # "nyeste" needs ids that are numbers.
        if set(outcome.winners) == winners:
            return tie
    return ""


def in_words(found: Verification) -> str:
    """Tell in a Danish sentence whether a published result follows its rule."""
    if found.agrees:
        return "De offentliggjorte vindere er dem, reglen giver"
    if found.on_tie:
        return (
            "De offentliggjorte vindere følger reglen, hvis lige mange stemmer afgøres med "
            f"{TIES[found.on_tie]}, men ikke som forudsat her"
        )
    number = len(found.departures)
    what = "1 projekt" if number == 1 else f"{number} projekter"
    return f"De offentliggjorte vindere afviger fra reglen for {what}"
