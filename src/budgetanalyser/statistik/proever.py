"""Tests of hypotheses, and the sizes of differences that should be told before them.

With many people a trifle is significant, and with few a large gap is not: a test answers "different", not "why", nor
"important". A panel drawn to quotas is no random sample, and its fit to the quotas is no test.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from budgetanalyser.dansk import antal
from budgetanalyser.statistik.krav import (
    Numbers,
    is_whole,
    number,
    paired,
    population_shares,
    refuse,
    told,
    wrong_part,
    wrong_whole,
)

MOST_TABLES = 200_000  # More tables or splits than this are not gone through one by one.
MOST_PAIRS = 40_000  # The exact rank test's own table grows with the pairs.
_DRAWS = 20_000
_SEED = 20_260_101
_SMALL = 5  # Below it an expected number is too small for the chi-square distribution.
_TIE = 1e-9  # A float's own error must not part two tables that fit equally badly.
_Array = np.ndarray[Any, np.dtype[Any]]


class ZProeve(NamedTuple):
    """A normal test: z and its two-sided p."""

    z: float
    p: float


class Rangproeve(NamedTuple):
    """A rank test: U, the pairs in which the first is larger (a tie is half), and its exact two-sided p."""

    u: float
    p: float


class Forskelsproeve(NamedTuple):
    """A permutation test: the difference of the means, first less second, and its exact two-sided p."""

    forskel: float
    p: float


@dataclass(frozen=True, eq=False)
class Tilpasning:
    """How well counts fit a population.

    Attributes:
        chi2: Pearson's statistic.
        p: Probability of a chi2 as large or larger, if each person were drawn from the population at random.
        metode: "chi2"; where a number under 5 was expected, or it was asked for, "eksakt" if all tables could be gone
            through, else "monte carlo, …" with the number of draws and the seed.
        forventet: Expected counts, k floats with the labels of the groups.
        justerede_residualer: (O − E)/√(E(1 − p)), k floats; about standard normal.
        dissimilaritet: ½Σ|p − q|, the share that would have to change group to fit, 0 to 1.
        effekt: w = √(chi2/n).
        cramers_v: √(chi2/(n(k − 1))).
    """

    chi2: float
    p: float
    metode: str
    forventet: pd.Series
    justerede_residualer: pd.Series
    dissimilaritet: float
    effekt: float
    cramers_v: float


def to_andele(k1: int, n1: int, k2: int, n2: int) -> ZProeve:
    """Test whether two independent groups have the same share, with a common variance and without Yates' correction.

    Args:
        k1, n1: Those who did of those who could in the first group, 0 ≤ k1 ≤ n1.
        k2, n2: The same in the second.

    Returns:
        z, positive where the second share is larger, and two-sided p. z² is chi-square without Yates.

    Raises:
        ValueUseError: A number is outside its bounds, or nobody or everybody did in both groups.
    """
    refuse(wrong_part(k1, n1, "k1 af n1") + wrong_part(k2, n2, "k2 af n2"))
    common = (k1 + k2) / (n1 + n2)
    refuse(_wrong_common(common))
    return _two_sided((k2 / n2 - k1 / n1) / math.sqrt(common * (1 - common) * (1 / n1 + 1 / n2)))


def tendens(k: Sequence[int], n: Sequence[int], scores: Sequence[float] | None = None) -> ZProeve:
    """Test whether shares rise or fall along ordered groups (Cochran-Armitage).

    Args:
        k, n: Those who did of those who could, in each of two or more ordered groups.
        scores: Where each group lies, finite numbers that are not all the same; None for 0, 1, 2 …

    Returns:
        z, positive where the shares rise with the scores, and two-sided p.

    Raises:
        ValueUseError: A number is outside its bounds, or nobody or everybody did; all of them.

    Source:
        Armitage, P. (1955): Tests for linear trends in proportions and frequencies. Biometrics 11, 375-386.
    """
    places = list(range(len(k)) if scores is None else scores)
    refuse(_wrong_trend(k, n, places))
    t, did, could = (np.array([float(one) for one in column]) for column in (places, k, n))
    common = did.sum() / could.sum()
    refuse(_wrong_common(common))
    centred = t - (could * t).sum() / could.sum()
    spread = common * (1 - common) * (could * centred**2).sum()
    return _two_sided(float((centred * did).sum() / math.sqrt(spread)))


def _wrong_trend(k: Sequence[int], n: Sequence[int], places: Sequence[float]) -> list[str]:
    if not len(k) == len(n) == len(places) or len(k) < 2:
        return [f"»k«, »n« og »scores« skal være lige lange og mindst 2; her er {len(k)}, {len(n)} og {len(places)}"]
    wrong = []
    for at, (part, whole) in enumerate(zip(k, n, strict=True), start=1):
        wrong += wrong_part(part, whole, f"k[{at}] af n[{at}]")
    values = [number(place) for place in places]
    if any(math.isnan(value) for value in values) or len(set(values)) == 1:
        wrong.append("»scores« skal være tal, der ikke alle er ens")
    return wrong


def _wrong_common(common: float) -> list[str]:
    return [] if 0 < common < 1 else ["alle grupper har andelen 0 %, eller alle har 100 %: der er intet at teste"]


def _two_sided(z: float) -> ZProeve:
    return ZProeve(float(z), math.erfc(abs(z) / math.sqrt(2)))


def holm(p: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that the risk of any false finding among them stays (Holm).

    Args:
        p: p-values from 0 to 1, in any order.

    Returns:
        As many, in the same order.

    Raises:
        ValueUseError: There are none, or one is outside its bounds.

    Source:
        Holm, S. (1979): A simple sequentially rejective multiple test procedure. Scand. J. Statistics 6, 65-70.
    """
    values = _p_values(p)
    order = np.argsort(values, kind="stable")
    raised = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(raised), 1)
    return [float(one) for one in adjusted]


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that the expected share of false findings stays (false discovery rate).

    Args, Returns, Raises:
        As for `holm`.

    Source:
        Benjamini, Y. & Hochberg, Y. (1995): Controlling the false discovery rate. JRSS B 57, 289-300.
    """
    from scipy.stats import false_discovery_control

    return [float(one) for one in false_discovery_control(_p_values(p), method="bh")]


def _p_values(p: Sequence[float]) -> _Array:
    values = [number(one) for one in p]
    refuse([] if values else ["der er ingen p-værdier"])
    refuse(
        [
            f"p-værdi nr. {at} skal være fra 0 til 1, ikke {told(one)}"
            for at, (one, value) in enumerate(zip(p, values, strict=True), start=1)
            if not 0 <= value <= 1
        ]
    )
    return np.array(values)


def tilpasning(
    observeret: Numbers, andele: Numbers, *, eksakt: bool = False, draws: int = _DRAWS, seed: int = _SEED
) -> Tilpasning:
    """Test how well counts fit a population.

    The exact p sums the probability of all tables whose chi2 is as large as the one observed or larger; summing
    those that are as improbable or more is another definition and gives another number.

    Args:
        observeret: People in each of k ≥ 2 groups, whole numbers of 0 or more.
        andele: Shares of the same groups in the population, which add up to 1, or whole numbers of people. Mappings
            and columns go by label, others by order.
        eksakt: Find p from the tables themselves, also where 5 or more are expected in each group.
        draws: Draws by Monte Carlo, where there are more than 200,000 tables; 20,000 or more.
        seed: What the draws start from.

    Returns:
        The test, the residuals of each group, and the sizes of the misfit.

    Raises:
        ValueUseError: A number is outside its bounds, a group has no population, there are no people, or the groups
            are not the same.
    """
    counts, shares = paired(observeret, andele)
    refuse(_wrong_counts(counts) + wrong_whole(draws, "draws", _DRAWS) + wrong_whole(seed, "seed"))
    p, seen = population_shares(shares), counts.to_numpy(dtype=float)
    n, groups = seen.sum(), len(seen)
    refuse([] if groups > 1 else ["der skal mindst 2 grupper til en sammenligning"])
    expected = n * p
    chi2 = float(((seen - expected) ** 2 / expected).sum())
    probability, method = _fit(chi2, int(n), p, None if eksakt else _SMALL, int(draws), int(seed))
    return Tilpasning(
        chi2=chi2,
        p=probability,
        metode=method,
        forventet=pd.Series(expected, index=counts.index),
        justerede_residualer=pd.Series((seen - expected) / np.sqrt(expected * (1 - p)), index=counts.index),
        dissimilaritet=float(np.abs(seen / n - p).sum() / 2),
        effekt=math.sqrt(chi2 / n),
        cramers_v=math.sqrt(chi2 / (n * (groups - 1))),
    )


def _wrong_counts(counts: pd.Series) -> list[str]:
    """Return what is wrong with counts of people in groups."""
    wrong = [
        f"gruppen »{label}« skal have et helt antal på mindst 0, ikke {told(value)}"
        for label, value in counts.items()
        if not is_whole(value)
    ]
    return wrong or ([] if sum(counts) else ["tabellen er tom: alle grupper har 0 personer"])


def _fit(chi2: float, n: int, p: _Array, large: int | None, draws: int, seed: int) -> tuple[float, str]:
    """Return the probability of a chi2 as large or larger, and how it was found."""
    if large is not None and (n * p).min() >= large:
        from scipy.stats import chi2 as distribution

        return float(distribution.sf(chi2, len(p) - 1)), "chi2"
    least = chi2 * (1 - _TIE) - _TIE
    if math.comb(n + len(p) - 1, len(p) - 1) <= MOST_TABLES:
        tables = _every_table(n, len(p))
        return min(1.0, math.fsum(_probabilities(tables, p)[_misfit(tables, p) >= least])), "eksakt"
    drawn = np.random.default_rng(seed).multinomial(n, p, size=draws)
    extreme = int((_misfit(drawn, p) >= least).sum())
    return (extreme + 1) / (draws + 1), f"monte carlo, {antal(draws)} lodtrækninger, frø {seed}"


def _misfit(tables: _Array, p: _Array) -> _Array:
    """Return the chi2 of each table, a row each."""
    expected = tables[0].sum() * p
    return np.asarray(((tables - expected) ** 2 / expected).sum(axis=1))


def _probabilities(tables: _Array, p: _Array) -> _Array:
    """Return the multinomial probability of each table."""
    from scipy.special import gammaln

    log = gammaln(tables[0].sum() + 1) - gammaln(tables + 1).sum(axis=1) + (tables * np.log(p)).sum(axis=1)
    return np.asarray(np.exp(log))


def _every_table(n: int, groups: int) -> _Array:
    """Return every way to share n people among groups, a row each: k − 1 bars among n stars."""
    bars = np.array(list(combinations(range(n + groups - 1), groups - 1)))
    ends = np.full((len(bars), 1), n + groups - 1)
    return np.diff(np.hstack([np.full_like(ends, -1), bars, ends]), axis=1) - 1


def ks_afstand(vaelgere: Numbers, befolkning: Numbers) -> float:
    """Return the largest gap between the cumulative shares of voters and population over ordered classes.

    Args:
        vaelgere: Voters in each of k classes in order, such as ages from the youngest; whole numbers of 0 or more.
        befolkning: The population of the same classes, as `andele` of `tilpasning`.

    Returns:
        max |F_v − F_p|, 0 to 1.

    Raises:
        ValueUseError: As for `tilpasning`.
    """
    counts, shares = paired(vaelgere, befolkning)
    refuse(_wrong_counts(counts))
    gaps = counts.to_numpy(dtype=float) / sum(counts) - population_shares(shares)
    return float(np.abs(gaps.cumsum()).max())


def permutationsproeve(a: Sequence[float], b: Sequence[float]) -> Forskelsproeve:
    """Test exactly whether two independent groups have the same mean, by all ways to split them.

    Args:
        a, b: Finite numbers, at least one in each and so few that there are at most 200,000 splits (such as 10 + 10).

    Returns:
        mean(a) − mean(b), and the share of all splits whose difference either way is as large or larger.

    Raises:
        ValueUseError: A number is not finite, or there are too few or too many.
    """
    first, second = _two_groups(a, b)
    refuse(_wrong_splits(first, second))
    both, difference = np.concatenate([first, second]), float(first.mean() - second.mean())
    sums = _split_sums(both, len(first))
    gaps = np.abs(sums / len(first) - (both.sum() - sums) / len(second))
    return Forskelsproeve(difference, float((gaps >= abs(difference) - _TIE * np.abs(both).max()).mean()))


def rangsum(a: Sequence[float], b: Sequence[float]) -> Rangproeve:
    """Test exactly whether one of two independent groups tends to have the larger numbers (Mann-Whitney).

    Args:
        a, b: Finite numbers, at least one in each, with at most 40,000 pairs; with ties among them at most 200,000
            splits, as for `permutationsproeve`.

    Returns:
        U of the first group, and twice the smaller one-sided p, at most 1.

    Raises:
        ValueUseError: As for `permutationsproeve`.

    Source:
        Mann, H.B. & Whitney, D.R. (1947). Annals of Mathematical Statistics 18, 50-60.
    """
    from scipy.stats import mannwhitneyu, rankdata

    first, second = _two_groups(a, b)
    both, pairs = np.concatenate([first, second]), len(first) * len(second)
    if len(np.unique(both)) == len(both):
        refuse(_wrong_pairs(pairs))
        found = mannwhitneyu(first, second, method="exact")
        return Rangproeve(float(found.statistic), float(found.pvalue))
    # The tabled distribution of U knows no ties; all splits of these very numbers do.
    refuse(_wrong_splits(first, second))
    ranks = rankdata(both)
    sums, own = _split_sums(ranks, len(first)), ranks[: len(first)].sum()
    p = 2 * min((sums <= own).mean(), (sums >= own).mean())
    return Rangproeve(float(own - len(first) * (len(first) + 1) / 2), min(1.0, float(p)))


def _split_sums(values: _Array, size: int) -> _Array:
    """Return the sum of each choice of so many of the values."""
    return np.asarray(values[np.array(list(combinations(range(len(values)), size)))].sum(axis=1))


def _wrong_pairs(pairs: int) -> list[str]:
    if pairs <= MOST_PAIRS:
        return []
    return [f"der er over {antal(MOST_PAIRS)} par, og den eksakte prøve når dem ikke: sammenlign mindre grupper"]


def _two_groups(a: Sequence[float], b: Sequence[float]) -> tuple[_Array, _Array]:
    groups = [np.array([number(one) for one in group]) for group in (a, b)]
    refuse([f"gruppe {at} er tom" for at, group in enumerate(groups, start=1) if not len(group)])
    refuse(
        [f"gruppe {at} har et tal, der mangler" for at, group in enumerate(groups, start=1) if np.isnan(group).any()]
    )
    return groups[0], groups[1]


def _wrong_splits(a: _Array, b: _Array) -> list[str]:
    if math.comb(len(a) + len(b), len(a)) <= MOST_TABLES:
        return []
    return [f"der er over {antal(MOST_TABLES)} måder at dele {len(a)} + {len(b)} tal på: sammenlign mindre grupper"]
