"""Weighting answers to a population: raking, post-stratification, and what the weights cost in precision.

Weights do not cure that those who answer chose to do so themselves, within the groups weighted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from budgetanalyser.errors import ValueUseError
from budgetanalyser.statistik.krav import (
    Numbers,
    is_whole,
    number,
    paired,
    population_shares,
    refuse,
    series,
    told,
)

_ROUNDS = 1000
_CLOSE = 1e-12  # Relative to each total.
_Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Kish:
    """What unequal weights cost: `deff` = n·Σw²/(Σw)², `n_eff` = n/deff, and largest over smallest weight."""

    deff: float
    n_eff: float
    max_min: float


def rake(table: pd.DataFrame, row_totals: Numbers, column_totals: Numbers) -> pd.DataFrame:
    """Return weights that make a table of answers add up to known totals both ways (iterative proportional fitting).

    Args:
        table: Answers, whole numbers of 0 or more; r × c, without totals.
        row_totals: What the r rows must add up to, over 0; a mapping or column goes by label, others by order.
        column_totals: The same for the c columns, with the same sum.

    Returns:
        The weight of each person in the cell, r × c floats; NaN where there is no one.

    Raises:
        ValueUseError: A number is outside its bounds, the totals do not have the same sum, or so many cells are empty
            that no weights give the totals.

    Source:
        Deming, W.E. & Stephan, F.F. (1940): On a least squares adjustment of a sampled frequency table when the
        expected marginal totals are known. Annals of Mathematical Statistics 11, 427-444.
    """
    refuse(_wrong_table(table))
    rows, columns = _targets(table.index, row_totals, "rækken"), _targets(table.columns, column_totals, "kolonnen")
    refuse(_wrong_sums(rows, columns) + _wrong_empty(table))
    counts = table.to_numpy(dtype=float)
    weights = _fitted(counts, rows, columns)
    return pd.DataFrame(np.where(counts > 0, weights, np.nan), index=table.index, columns=table.columns)


def _fitted(counts: _Array, rows: _Array, columns: _Array) -> _Array:
    """Return the weights a_i·b_j, scaling rows and columns in turn until both fit."""
    weights: _Array = np.ones_like(counts)
    # Where the totals cannot be reached, weights grow without end; that is told below.
    with np.errstate(all="ignore"):
        for _ in range(_ROUNDS):
            weights = weights * (rows / (weights * counts).sum(axis=1))[:, None]
            found = (weights * counts).sum(axis=0)
            if np.abs(found / columns - 1).max() < _CLOSE:
                return weights
            weights = weights * (columns / found)[None, :]
    raise ValueUseError(
        "Tomme celler gør det umuligt at nå totalerne med vægte over 0. Slå rækker eller kolonner sammen."
    )


def _targets(labels: pd.Index, totals: Numbers, kind: str) -> _Array:
    """Return the totals in the order of the labels."""
    _, found = paired(pd.Series(0, index=labels), totals)
    refuse(
        [
            f"totalen for {kind} »{label}« skal være et tal over 0, ikke {told(value)}"
            for label, value in found.items()
            if not number(value) > 0
        ]
    )
    return np.array([number(value) for value in found])


def _wrong_table(table: pd.DataFrame) -> list[str]:
    if table.empty:
        return ["tabellen er tom"]
    return [
        f"»{row}«/»{column}« skal være et helt antal svar på mindst 0, ikke {told(value)}"
        for column in range(table.shape[1])
        for row, value in table.iloc[:, column].items()
        if not is_whole(value)
    ]


def _wrong_sums(rows: _Array, columns: _Array) -> list[str]:
    if abs(rows.sum() / columns.sum() - 1) < 1e-9:
        return []
    return [f"rækkernes totaler giver {told(rows.sum())} og kolonnernes {told(columns.sum())}; de skal give det samme"]


def _wrong_empty(table: pd.DataFrame) -> list[str]:
    said = "har ingen svar og kan ikke vægtes op: slå den sammen med en anden"
    wrong = [f"rækken »{label}« {said}" for label, total in table.sum(axis=1).items() if total == 0]
    return wrong + [f"kolonnen »{label}« {said}" for label, total in table.sum(axis=0).items() if total == 0]


def efterstratificer(antal: Numbers, andele: Numbers) -> pd.Series:
    """Return the weights that make the groups of a sample as large as those of the population.

    Args:
        antal: Answers from each of k groups, whole numbers of 1 or more.
        andele: Shares of the same groups in the population, which add up to 1, or whole numbers of people. Mappings
            and columns go by label, others by order.

    Returns:
        andel·n/antal of each group, k floats with mean 1 over the answers.

    Raises:
        ValueUseError: A group has no answers or no population, or the groups are not the same.
    """
    counts, shares = paired(antal, andele)
    refuse(
        [
            f"gruppen »{label}« skal have mindst 1 svar, ikke {told(value)}: slå den sammen med en anden"
            for label, value in counts.items()
            if not is_whole(value, 1)
        ]
    )
    wanted = population_shares(shares)
    people = counts.to_numpy(dtype=float)
    return pd.Series(wanted * people.sum() / people, index=counts.index)


def kish(weights: Numbers | pd.DataFrame, antal: Numbers | pd.DataFrame | None = None) -> Kish:
    """Return what weights cost in precision.

    Args:
        weights: The weight of each person, over 0; or of each cell or group, with `antal`.
        antal: How many persons have each weight, in the same order; None for one each. Those with 0 are passed over.

    Returns:
        Design effect, effective number and the ratio of largest to smallest weight.

    Raises:
        ValueUseError: There are no weights, one is not over 0, or the numbers do not belong to them.

    Source:
        Kish, L. (1965): Survey Sampling, section 11.7.
    """
    each = _flat(weights)
    people = [1] * len(each) if antal is None else _flat(antal)
    refuse([] if len(people) == len(each) else [f"her er {len(each)} vægte og {len(people)} antal; giv lige mange"])
    refuse([f"antal skal være hele tal på mindst 0, ikke {told(one)}" for one in people if not is_whole(one)])
    held = [(number(weight), int(count)) for weight, count in zip(each, people, strict=True) if count]
    refuse([] if held else ["der er ingen vægte"])
    refuse([] if all(weight > 0 for weight, _ in held) else ["hver vægt skal være et tal over 0"])
    w, n = np.array([weight for weight, _ in held]), np.array([count for _, count in held])
    deff = float(n.sum() * (n * w**2).sum() / (n * w).sum() ** 2)
    return Kish(deff=deff, n_eff=float(n.sum()) / deff, max_min=float(w.max() / w.min()))


def _flat(values: Numbers | pd.DataFrame) -> list[Any]:
    return list(values.to_numpy().ravel()) if isinstance(values, pd.DataFrame) else list(series(values))
