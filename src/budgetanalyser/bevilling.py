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
from budgetanalyser.errors import BudgetanalyseError, Fault, PosterError, file_of

OVERSLAGSAAR = 3
UDGIFT, FINANSIERING = "udgift", "finansiering"
ENGANGS, VARIG = "engangs", "varig"


class UnfinancedError(BudgetanalyseError):
    """Expenditure and financing do not sum to zero. `gaps` holds kroner by year, positive where money is missing."""

    def __init__(self, gaps: dict[int, Decimal]) -> None:
        self.gaps = gaps
        told = dansk.opremsning([f"{dansk.kr(gap)} i {year}" for year, gap in gaps.items()])
        super().__init__(
            f"Udgifter og finansiering går ikke i nul: summen er {told}. Plus betyder, at der mangler finansiering "
            "(kommunestyrelsesloven § 40 stk. 3). Ret linjerne i kilden."
        )


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
        dranst: "drift" or "anlæg", of expenditure whose line does not say it in a column of that name.
        servicerammen: "inden for" or "uden for", likewise.

    Returns:
        `linje`, `varighed`, `dranst`, `servicerammen` (None for financing) and one Decimal column a year, named "2024"
        and so on; n rows in the order given.

    Raises:
        PosterError: A line starts outside the four years, or its `slags` or `varighed` is not one of those above.
    """
    years = budgetaarene(budgetaar)
    check_poster(poster, budgetaar=budgetaar)
    rows = []
    for post in poster.to_dict("records"):
        is_cost = post["slags"] == UDGIFT
        assumed = {"dranst": dranst, "servicerammen": servicerammen}
        kind = {name: (_said(post, name) or usual) if is_cost else None for name, usual in assumed.items()}
        amounts = {str(year): post["beloeb_kr"] if _falls_in(post, year) else Decimal(0) for year in years}
        rows.append({"linje": post["linje"], "varighed": post["varighed"], **kind, **amounts})
    return pd.DataFrame(rows, columns=["linje", "varighed", "dranst", "servicerammen", *map(str, years)], dtype=object)


def check_poster(poster: pd.DataFrame, *, budgetaar: int) -> None:
    """Check that budget lines can be spread over the four years from `budgetaar`.

    Raises:
        PosterError: There are no lines of expenditure, a line is of an unknown kind or duration, or starts outside the
            years; all faults, each with its line in the source.
    """
    years = budgetaarene(budgetaar)
    faults = []
    for number, post in zip(poster.index, poster.to_dict("records"), strict=True):
        where = f"linje {number}, »{post['linje']}«"
        if post["slags"] not in (UDGIFT, FINANSIERING):
            faults.append(Fault(f"slags skal være »{UDGIFT}« eller »{FINANSIERING}«, ikke »{post['slags']}«", where))
        if post["varighed"] not in (ENGANGS, VARIG):
            faults.append(Fault(f"varighed skal være »{ENGANGS}« eller »{VARIG}«, ikke »{post['varighed']}«", where))
        if post["budgetaar"] not in years:
            faults.append(Fault(f"budgetår skal ligge i {years[0]}-{years[-1]}, ikke {post['budgetaar']}", where))
    if UDGIFT not in set(poster["slags"]):
        faults.append(Fault(f"der er ingen linje med slags »{UDGIFT}«"))
    if faults:
        raise PosterError(file_of(poster, "posterne"), faults)


def udgift(poster: pd.DataFrame, *, budgetaar: int) -> Decimal:
    """Return the kroner of expenditure that fall in `budgetaar`, one-off and lasting together."""
    costs = [post for post in poster.to_dict("records") if post["slags"] == UDGIFT and _falls_in(post, budgetaar)]
    return sum((post["beloeb_kr"] for post in costs), Decimal(0))


def rammer(poster: pd.DataFrame, *, budgetaar: int) -> dict[int, Decimal]:
    """Return the kroner of expenditure granted in each of the four years from `budgetaar`, for holding costs against.

    Raises:
        PosterError: As `check_poster`, there is no line of financing, or nothing is granted in `budgetaar`.
    """
    check_poster(poster, budgetaar=budgetaar)
    found = {year: udgift(poster, budgetaar=year) for year in budgetaarene(budgetaar)}
    faults = []
    if FINANSIERING not in set(poster["slags"]):
        faults.append(Fault(f"der er ingen linje med slags »{FINANSIERING}«, så det ses ikke, hvem der betaler"))
    if found[budgetaar] <= 0:
        faults.append(Fault(f"der er ingen udgift i budgetåret {budgetaar}; er budgetaar rigtigt i analysen?"))
    if faults:
        raise PosterError(file_of(poster, "posterne"), faults)
    return found


def varighed(poster: pd.DataFrame) -> str:
    """Return what the expenditure is: "engangsudgift", "varig udgift" or "udgift, dels varig"."""
    found = set(poster.loc[poster["slags"] == UDGIFT, "varighed"])
    return {frozenset({ENGANGS}): "engangsudgift", frozenset({VARIG}): "varig udgift"}.get(
        frozenset(found), "udgift, dels varig"
    )


def finansiering(poster: pd.DataFrame) -> str:
    """Return how the expenditure is financed, as the names of its lines of financing: "Udvidelsesforslag"."""
    return dansk.opremsning(list(poster.loc[poster["slags"] == FINANSIERING, "linje"])) or "Ikke finansieret"


def art(table: pd.DataFrame) -> str:
    """Return the kinds of expenditure in a consequence table in words: "drift", "anlæg" or "drift og anlæg"."""
    return dansk.opremsning(sorted({kind for kind in table["dranst"] if kind}, reverse=True))


def antagelser(poster: pd.DataFrame, *, dranst: str, servicerammen: str) -> list[str]:
    """Return what must be told beside a consequence table: what it assumes because the lines do not say it."""
    costs = [post for post in poster.to_dict("records") if post["slags"] == UDGIFT]
    clauses = {
        "dranst": f"er {dranst}",
        "servicerammen": f"ligger {servicerammen} servicerammen, loftet over kommunens serviceudgifter",
    }
    assumed = []
    for name, clause in clauses.items():
        silent = [f"»{post['linje']}«" for post in costs if not _said(post, name)]
        if silent:
            assumed.append(f"{'udgiften' if len(silent) == len(costs) else dansk.opremsning(silent)} {clause}")
    return [f"Det er forudsat, at {', og at '.join(assumed)}; kilden oplyser det ikke."] if assumed else []


def _said(post: Mapping[Any, Any], name: str) -> str | None:
    """Return what a line says in a column that may be absent or, in this line, empty."""
    value = post.get(name)
    return None if pd.isna(value) else value


def _falls_in(post: Mapping[Any, Any], year: int) -> bool:
    return bool(year == post["budgetaar"] or (post["varighed"] == VARIG and year > post["budgetaar"]))


def require_financed(table: pd.DataFrame, years: Sequence[int]) -> None:
    """Check that all lines of a consequence table sum to zero in each year.

    Raises:
        UnfinancedError: With the gap of each year that does not.
    """
    sums = {year: sum(table[str(year)], Decimal(0)) for year in years}
    gaps = {year: total for year, total in sums.items() if total}
    if gaps:
        raise UnfinancedError(gaps)
