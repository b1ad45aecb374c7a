"""Bevilling: the consequence of a proposal over the budget year and three overslagsår, and its financing.

Lov om kommunernes styrelse § 40 stk. 3: each appropriation must say how it is financed. So expenditure and financing
must sum to zero in every year; `require_financed` refuses otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import BudgetanalyseError

OVERSLAGSAAR = 3


class UnfinancedError(BudgetanalyseError):
    """Expenditure and financing do not sum to zero. `gaps` holds kroner by year, positive where money is missing."""

    def __init__(self, gaps: dict[int, Decimal]) -> None:
        self.gaps = gaps
        told = dansk.opremsning([f"{dansk.kr(gap)} i {year}" for year, gap in gaps.items()])
        super().__init__(
            f"Udgifter og finansiering går ikke i nul: der er {told} tilbage. Angiv finansieringen "
            "(kommunestyrelsesloven § 40 stk. 3)."
        )


def samlet_udgift(poster: pd.DataFrame) -> Decimal:
    """Return the sum of `beloeb_kr` over the lines whose `slags` is "udgift", in kroner; 0 when there are none."""
    return sum(poster.loc[poster["slags"] == "udgift", "beloeb_kr"], Decimal(0))


def budgetaarene(budgetaar: int) -> list[int]:
    """Return the budget year and its three overslagsår: 2024 gives 2024, 2025, 2026 and 2027."""
    return list(range(budgetaar, budgetaar + OVERSLAGSAAR + 1))


def konsekvens(poster: pd.DataFrame, *, budgetaar: int, dranst: str, servicerammen: str) -> pd.DataFrame:
    """Spread budget lines over the budget year and the overslagsår.

    Args:
        poster: One line a row: `linje` (text), `slags` ("udgift" or "finansiering"), `beloeb_kr` (Decimal,
            expenditure +, financing −), `budgetaar` (int, first year) and `varighed` ("engangs": that year only;
            "varig": each year from then on).
        budgetaar: The first of the four years shown.
        dranst: "drift" or "anlæg", of the expenditure.
        servicerammen: "inden for" or "uden for", of the expenditure.

    Returns:
        `linje`, `varighed`, `dranst`, `servicerammen` (None for financing) and one Decimal column a year, named "2024"
        and so on; n rows in the order given.

    Raises:
        ValueError: A line starts outside the four years, or its duration is neither engangs nor varig.
    """
    years = budgetaarene(budgetaar)
    rows = []
    for post in poster.to_dict("records"):
        if post["budgetaar"] not in years:
            raise ValueError(
                f"Linjen »{post['linje']}« er i {post['budgetaar']}, men budgettet er {years[0]}-{years[-1]}."
            )
        if post["varighed"] not in ("engangs", "varig"):
            raise ValueError(f"Linjen »{post['linje']}« skal være engangs eller varig, ikke »{post['varighed']}«.")
        is_cost = post["slags"] == "udgift"
        kind = {"dranst": dranst if is_cost else None, "servicerammen": servicerammen if is_cost else None}
        amounts = {str(year): post["beloeb_kr"] if _falls_in(post, year) else Decimal(0) for year in years}
        rows.append({"linje": post["linje"], "varighed": post["varighed"], **kind, **amounts})
    return pd.DataFrame(rows, columns=["linje", "varighed", "dranst", "servicerammen", *map(str, years)], dtype=object)


def _falls_in(post: Mapping[Any, Any], year: int) -> bool:
    return bool(year == post["budgetaar"] or (post["varighed"] == "varig" and year > post["budgetaar"]))


def require_financed(table: pd.DataFrame, years: Sequence[int]) -> None:
    """Check that all lines of a consequence table sum to zero in each year.

    Raises:
        UnfinancedError: With the gap of each year that does not.
    """
    sums = {year: sum(table[str(year)], Decimal(0)) for year in years}
    gaps = {year: total for year, total in sums.items() if total}
    if gaps:
        raise UnfinancedError(gaps)
