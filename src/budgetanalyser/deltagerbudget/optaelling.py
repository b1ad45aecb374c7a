"""Counting: who wins by the rule that was announced, and the way to it step by step.

The rules are those in Danish use: most votes first with or without skipping what no longer fits, a threshold, votes per
krone, exclusive groups, the last partly funded, a quota for each area. Method of Equal Shares and Phragmén have modules
of their own. Whether a published result follows its rule is in `kontrol`.

Source: the Aarhus ballot page (most votes, skipping what is too dear); Consul's `result.rb`; see each option.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from numbers import Integral
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.deltagerbudget.udfald import Outcome
from budgetanalyser.deltagerbudget.valg import Election, group_key, named, per_household
from budgetanalyser.errors import ValueUseError, nearest

FLEST_STEMMER, STEMMER_PR_KRONE = "flest_stemmer", "stemmer_pr_krone"
RULES = {FLEST_STEMMER: "flest stemmer først", STEMMER_PR_KRONE: "flest stemmer pr. krone først"}

# Ballots on which a project is chosen or not, as Equal Shares needs.
APPROVAL_TYPES = ("approval", "knapsack", "choose-1")

STOETTET, DELVIST = "støttet", "delvist støttet"
SPRUNGET, STOPPER, IKKE_NAAET = "sprunget over", "stopper her", "ikke nået"
UNDER, UFORENELIG = "under tærsklen", "uforenelig"

_MOST_VOTES = 10**12
_MOST_DIGITS = 20  # Of a quota, and decimals of a share.
_ID_NUMBER = re.compile(r"[0-9]{1,18}")

# How equals are put in order: the word, and what it means.
TIES = {
    "billigste": "det billigste først",
    "dyreste": "det dyreste først",
    "nyeste": "det højeste nummer først",
    "aeldste": "det laveste nummer først",
    "filens_orden": "filens rækkefølge",
    "lod": "lodtrækning",
}
STEP_COLUMNS = (
    "rang",
    "projekt",
    "navn",
    "stemmer",
    "pris_kr",
    "foer_kr",
    "efter_kr",
    "afgoerelse",
    "tildelt_kr",
    "mangler_kr",
    "lighed",
    "lighed_afgjorde",
)


@dataclass(frozen=True)
class _Project:
    """One project on the ballot, as a rule sees it; `nummer` is its place in the file."""

    nummer: int
    id: str
    navn: str
    pris: Decimal
    styrke: Decimal
    maerke: Fraction | float
    gruppe: str | None = None
    omraade: Any = None


def count(
    election: Election,
    *,
    rule: str = FLEST_STEMMER,
    on_tie: str = "billigste",
    threshold: int | Decimal | float | None = None,
    skip: bool = True,
    partial: bool = False,
    exclusive: str | None = "gruppe",
    quota: Mapping[str, Decimal] | None = None,
    household: str | None = None,
    seed: str | int | None = None,
) -> Outcome:
    """Find the winners by a rule that takes projects one after another.

    Args:
        election: The election.
        rule: "flest_stemmer" (votes, or points in a vote with points) or "stemmer_pr_krone" (votes / price).
        on_tie: Order of equals, a key of `TIES`. Where two are still equal, the order of the file decides.
        threshold: Votes (whole number) or share of the ballots (under 1, rounded up) that a project needs; None takes
            the election's own, 0 sets it aside.
        skip: Whether a project that no longer fits is passed over (Aarhus) or ends the count ("stopper her").
        partial: Whether the first that does not fit gets what is left, which ends the count (Holbæk 2014).
        exclusive: The projects' column of exclusive groups: at most one of a group wins; blanks around a group and
            capitals do not matter. Passed over where the election has no such column; None sets it aside.
        quota: Kroner by area, Decimal, 0 or more; each area's projects are counted by themselves (Ballerup).
        household: The voters' column of the household's key; one ballot a household counts (Svendborg Vest).
        seed: What the lot depends on, where `on_tie` is "lod": any recorded text or number.

    Returns:
        The outcome. `steps` has one row a project in the order they were taken: `rang`; `projekt`, `navn`; `stemmer`
        (int, or Decimal points); `pris_kr`; `foer_kr` and `efter_kr`, what was left before and after; `afgoerelse`;
        `tildelt_kr`; `mangler_kr`, what was missing for it to fit (None where nothing was); `lighed`, those it stood
        equal with (five of them and how many more); and `lighed_afgjorde`, whether the order of equals decided. `lige`
        has all those who stood equal.

    Raises:
        ValueUseError: An unknown rule or way with ties, a lot without a seed, "nyeste" where ids are not numbers, an
            area without a quota, an amount or a threshold that is none, or votes that are not known.
    """
    _check(rule, on_tie, seed)
    if household is not None:
        election = per_household(election, household)
    needed = needed_votes(election, threshold)
    ranked = _ranked(election, rule, on_tie, seed, exclusive)
    notes = [] if household is None else [f"kun den første stemmeseddel fra hver {household} tæller"]
    if quota is None:
        steps = _walk(ranked, election.budget, needed, skip=skip, partial=partial)
    else:
        steps, told = _by_area(ranked, quota, election, needed, skip=skip, partial=partial)
        notes += told
    table = pd.DataFrame(steps, columns=list(STEP_COLUMNS), dtype=object)
    won = table["tildelt_kr"] > 0 if len(table) else table["tildelt_kr"].astype(bool)
    free = table["afgoerelse"] == STOETTET  # A project that costs nothing wins too.
    return Outcome(
        winners=tuple(table.loc[won | free, "projekt"]),
        spent=sum(table["tildelt_kr"], Decimal(0)),
        steps=table,
        rule=rule_in_words(election, rule=rule, on_tie=on_tie, threshold=threshold, skip=skip, partial=partial),
        notes=tuple(notes),
        lige=_equals(ranked, by_area=quota is not None),
    )


def _equals(ranked: Sequence[Sequence[_Project]], *, by_area: bool) -> tuple[tuple[str, ...], ...]:
    """Return the ids of those who stood equal, tie by tie in the order they were taken."""
    ties: dict[tuple[Any, int], list[str]] = {}
    for at, equals in enumerate(ranked):
        for one in equals:
            ties.setdefault((one.omraade if by_area else None, at), []).append(one.id)
    return tuple(tuple(one) for one in ties.values() if len(one) > 1)


def needed_votes(election: Election, threshold: int | Decimal | float | None = None) -> int:
    """Return the votes a project needs: `threshold`, or the election's own; a share is of the ballots, rounded up.

    Raises:
        ValueUseError: A negative threshold, one that is no number or a huge one, a share of an unknown number of
            ballots, or a fraction above 1.
    """
    exact = _threshold(election.threshold if threshold is None else threshold)
    if exact.denominator == 1:
        return int(exact)
    if election.n_voters is None:
        raise ValueUseError("Tærsklen er en andel af stemmesedlerne, men deres antal er ikke oplyst.")
    return math.ceil(exact * election.n_voters)


def _threshold(wanted: int | Decimal | float | None) -> Fraction:
    """Return a threshold exactly: votes, or a share of the ballots under 1; 0 for none."""
    if wanted is None:
        return Fraction(0)
    said = "Tærsklen skal være et helt antal stemmer eller en andel under 1"
    if not isinstance(wanted, Decimal | int | float | Integral) or not _is_between(wanted, 0, _MOST_VOTES):
        raise ValueUseError(f"{said}, og ikke negativ eller over {dansk.antal(_MOST_VOTES)}.")
    exact = Fraction(str(wanted)) if isinstance(wanted, float) else Fraction(wanted)
    if exact > 1 and exact.denominator != 1:
        raise ValueUseError(f"{said}, ikke {str(wanted)[:40]}.")
    return exact


def _is_between(number: Any, least: int, most: int) -> bool:
    """Tell whether a number is within bounds; NaN, the infinite and the infinitesimal never are."""
    if isinstance(number, Decimal) and (number.is_nan() or (number and number.adjusted() < -_MOST_DIGITS)):
        return False
    return bool(least <= number <= most)


def _threshold_in_words(election: Election, threshold: int | Decimal | float | None) -> str:
    """Return "mindst 39 stemmer (10 % af stemmesedlerne)"; empty where none are needed."""
    exact = _threshold(election.threshold if threshold is None else threshold)
    needed = needed_votes(election, threshold)
    if exact.denominator == 1:
        return f"mindst {dansk.antal(needed)} stemmer" if needed else ""
    decimals = next((one for one in (0, 1) if (exact * 100 * 10**one).denominator == 1), 2)
    share = dansk.pct(Decimal(exact.numerator) / exact.denominator, decimals)
    return f"mindst {dansk.antal(needed)} stemmer ({share} af stemmesedlerne)"


def has_groups(election: Election, column: str = "gruppe") -> bool:
    """Tell whether some projects exclude each other."""
    return column in election.projects and any(map(group_key, election.projects[column]))


def rule_in_words(
    election: Election,
    *,
    rule: str = FLEST_STEMMER,
    on_tie: str = "billigste",
    threshold: int | Decimal | float | None = None,
    skip: bool = True,
    partial: bool = False,
    exclusive: str | None = "gruppe",
    quota: Mapping[str, Decimal] | None = None,
    household: str | None = None,
    seed: str | int | None = None,
) -> str:
    """Return the rule as a plain sentence part: "flest stemmer først; det, der ikke er råd til, springes over; …"."""
    parts = [RULES[rule]]
    if partial:
        parts.append("det første, der ikke er råd til, får resten")
    else:
        parts.append(
            "det, der ikke er råd til, springes over" if skip else "der stoppes ved det første, der ikke er råd til"
        )
    if told := _threshold_in_words(election, threshold):
        parts.append(told)
    if exclusive and has_groups(election, exclusive):
        parts.append("højst ét af projekter, der udelukker hinanden")
    if quota is not None:
        parts.append("hvert område for sig med sit eget beløb")
    if household is not None:
        parts.append("én stemme pr. husstand")
    equals = "stemmer" if rule == FLEST_STEMMER else "stemmer pr. krone"
    parts.append(
        f"ved lige mange {equals} {TIES[on_tie]}" + (f" ({seed})" if on_tie == "lod" and seed is not None else "")
    )
    return "; ".join(parts)


def _check(rule: str, on_tie: str, seed: object) -> None:
    if rule not in RULES:
        raise ValueUseError(f"Reglen »{rule}« kendes ikke. {nearest(rule, RULES)}")
    if on_tie not in TIES:
        raise ValueUseError(f"Ved lige mange stemmer kan »{on_tie}« ikke bruges. {nearest(on_tie, TIES)}")
    if on_tie == "lod" and seed is None:
        raise ValueUseError("Lodtrækning ved lige mange stemmer kræver seed=, et offentligt tal, som kan gøres efter.")


def _ranked(election: Election, rule: str, on_tie: str, seed: object, exclusive: str | None) -> list[list[_Project]]:
    """Return the projects in the order they are taken, equals together and in the order the tie rule gives."""
    projects = election.projects
    nothing = [None] * len(projects)
    groups = [group_key(one) for one in (projects[exclusive] if exclusive and exclusive in projects else nothing)]
    areas = [None if one != one else one for one in projects.get("omraade", nothing)]
    listed = [
        _Project(i, str(name), str(navn), pris, _exact(styrke), _mark(rule, styrke, pris), gruppe, omraade)
        for i, (name, navn, pris, styrke, gruppe, omraade) in enumerate(
            zip(
                projects.index,
                projects["navn"],
                projects["pris_kr"],
                election.strength.tolist(),
                groups,
                areas,
                strict=True,
            )
        )
    ]
    by_mark: dict[Fraction | float, list[_Project]] = {}
    for one in listed:
        by_mark.setdefault(one.maerke, []).append(one)
    return [_in_order(by_mark[mark], on_tie, seed) for mark in sorted(by_mark, reverse=True)]


def _exact(strength: float) -> Decimal:
    return Decimal(strength) if isinstance(strength, int) else Decimal(repr(strength))


def _mark(rule: str, strength: float, price: Decimal) -> Fraction | float:
    """Return what projects are ranked by, exactly: votes a krone are equal only when they are."""
    if rule == FLEST_STEMMER:
        return strength
    exact = Fraction(_exact(strength))
    return exact / Fraction(price) if price else math.inf if exact else Fraction(0)


def _in_order(equals: list[_Project], on_tie: str, seed: object) -> list[_Project]:
    if len(equals) == 1:
        return equals
    if on_tie in ("nyeste", "aeldste") and not all(_ID_NUMBER.fullmatch(one.id) for one in equals):
        told = named([f"»{one.id}«" for one in equals])
        raise ValueUseError(
            f"Projekterne {told} har lige mange stemmer, men deres id'er er ikke tal, så »{on_tie}« kan ikke "
            "afgøre det. Vælg en anden regel ved lige mange stemmer."
        )
    keys: dict[str, Callable[[_Project], Any]] = {
        "billigste": lambda one: one.pris,
        "dyreste": lambda one: -one.pris,
        "nyeste": lambda one: -int(one.id),
        "aeldste": lambda one: int(one.id),
        "filens_orden": lambda one: 0,
        "lod": lambda one: hashlib.sha256(f"{seed}\n{one.id}".encode()).hexdigest(),
    }
    return sorted(equals, key=lambda one: (keys[on_tie](one), one.nummer))


def _walk(
    ranked: Sequence[Sequence[_Project]], budget: Decimal, needed: int, *, skip: bool, partial: bool
) -> list[dict[str, Any]]:
    """Take the projects in order while there is money; one step each."""
    left, is_over = budget, False
    taken: set[Any] = set()
    steps: list[dict[str, Any]] = []
    for equals in ranked:
        decides = len(equals) > 1 and not is_over and _order_matters(equals, left, taken, needed, skip, partial)
        for one in equals:
            decision, given, lacks = _decide(one, left, taken, needed, is_over=is_over, skip=skip, partial=partial)
            if decision in (STOETTET, DELVIST) and one.gruppe is not None:
                taken.add(one.gruppe)
            is_over |= decision in (DELVIST, STOPPER)
            before, left = left, left - given
            others = _others(equals, one)
            steps.append(_step(len(steps) + 1, one, before, left, decision, given, lacks, others, decides))
    return steps


def _others(equals: Sequence[_Project], one: _Project) -> str | None:
    """Return the ids of those a project stands equal with, at most five; None where there are none."""
    first = [other.id for other in equals[:6] if other is not one]
    return named(first, len(equals) - 1) or None


def _decide(
    one: _Project, left: Decimal, taken: set[Any], needed: int, *, is_over: bool, skip: bool, partial: bool
) -> tuple[str, Decimal, Decimal | None]:
    """Return what becomes of a project, the kroner it gets, and the kroner it lacks."""
    nothing = Decimal(0)
    if one.styrke < needed:
        return UNDER, nothing, None
    if is_over:
        return IKKE_NAAET, nothing, None
    if one.gruppe is not None and one.gruppe in taken:
        return UFORENELIG, nothing, None
    if one.pris <= left:
        return STOETTET, one.pris, None
    if partial and left > 0:
        return DELVIST, left, one.pris - left
    return SPRUNGET if skip else STOPPER, nothing, one.pris - left


def _order_matters(
    equals: Sequence[_Project], left: Decimal, taken: set[Any], needed: int, skip: bool, partial: bool
) -> bool:
    """Tell whether another order of equals would fund others.

    It would not when all that may win fit together, or none can get anything; where some can, two that exclude each
    other always decide.
    """
    able = [one for one in equals if one.styrke >= needed and (one.gruppe is None or one.gruppe not in taken)]
    fitting = [one for one in able if one.pris <= left]
    rivals = able if (partial and left > 0) or (not skip and fitting) else fitting
    groups = [one.gruppe for one in rivals if one.gruppe is not None]
    all_fit = sum((one.pris for one in rivals), Decimal(0)) <= left
    return len(rivals) > 1 and (not all_fit or len(groups) > len(set(groups)))


def _step(
    rank: int,
    one: _Project,
    before: Decimal,
    after: Decimal,
    decision: str,
    given: Decimal,
    lacks: Decimal | None,
    others: str | None,
    decides: bool,
) -> dict[str, Any]:
    votes = int(one.styrke) if one.styrke == one.styrke.to_integral_value() else one.styrke
    cells = (rank, one.id, one.navn, votes, one.pris, before, after, decision, given, lacks, others, decides)
    return dict(zip(STEP_COLUMNS, cells, strict=True))


def _by_area(
    ranked: Sequence[Sequence[_Project]],
    quota: Mapping[str, Decimal],
    election: Election,
    needed: int,
    *,
    skip: bool,
    partial: bool,
) -> tuple[list[dict[str, Any]], list[str]]:
    """Count each area's projects by themselves within its quota, and tell where the quotas are not the budget."""
    for area, amount in quota.items():
        _check_quota(area, amount)
    areas = {one.omraade for equals in ranked for one in equals}
    if unknown := sorted(str(area or "uden område") for area in areas - set(quota)):
        raise ValueUseError(f"Der er projekter i områder uden beløb: {named(unknown)}. Giv dem et i quota=.")
    steps: list[dict[str, Any]] = []
    for area, amount in quota.items():
        own = [[one for one in equals if one.omraade == area] for equals in ranked]
        steps += _walk([equals for equals in own if equals], Decimal(amount), needed, skip=skip, partial=partial)
    for rank, step in enumerate(steps, 1):
        step["rang"] = rank
    total = sum(quota.values(), Decimal(0))
    if total == election.budget:
        return steps, []
    gap = dansk.kr(abs(total - election.budget), 2)
    word = "mere" if total > election.budget else "mindre"
    return steps, [f"områdernes beløb er tilsammen {gap} {word} end hele beløbet"]


def _check_quota(area: object, amount: object) -> None:
    is_number = isinstance(amount, Decimal | int) and not isinstance(amount, bool)
    exact = Decimal(amount) if is_number else Decimal("NaN")  # type: ignore[arg-type]
    if not (exact.is_finite() and exact >= 0 and exact.adjusted() < _MOST_DIGITS):
        raise ValueUseError(f"Beløbet til {named([str(area)])} i quota= skal være et Decimal på 0 kr. eller mere.")


def ties_in_words(outcome: Outcome) -> list[str]:
    """Tell where projects had equally many votes, and whether their order decided anything; nothing where none had."""
    steps = {str(one["projekt"]): one for one in outcome.steps.to_dict("records")} if outcome.lige else {}
    told = []
    for equals in sorted(outcome.lige, key=lambda ids: int(steps[ids[0]]["rang"])):
        names = named([f"»{steps[one]['navn']}«" for one in equals])
        votes = {steps[one]["stemmer"] for one in equals}
        what = f"stemmer ({votes.pop()})" if len(votes) == 1 else "stemmer pr. krone"
        mattered = any(steps[one]["lighed_afgjorde"] for one in equals)
        end = "og rækkefølgen afgjorde, hvem der fik penge" if mattered else "men rækkefølgen ændrede ikke noget"
        told.append(f"{names} fik lige mange {what}, {end}.")
    return told


def sammenlignet_i_ord(foerste: Outcome, andet: Outcome) -> str:
    """Tell how the winners of a second outcome differ from those of the first."""
    first, second = set(foerste.winners), set(andet.winners)
    if first == second:
        return "de samme projekter får penge"
    names = {
        str(row["projekt"]): str(row["navn"])
        for steps in (foerste.steps, andet.steps)
        for row in steps.to_dict("records")
    }
    gained = dansk.opremsning([names[one] for one in andet.winners if one not in first])
    lost = dansk.opremsning([names[one] for one in foerste.winners if one not in second])
    if gained and lost:
        return f"{gained} får penge i stedet for {lost}"
    return f"{gained} får også penge" if gained else f"{lost} får ikke"
