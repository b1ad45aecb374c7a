"""Oekonomi: what the funded projects were given and used, and what the round itself cost. The pool is in oplandspulje.

An amount that is not known is None and makes what is built on it None; a sum says beside itself how many it lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.deltagerbudget.realisering.raekker import (
    Row,
    frame,
    refuse,
    repeated,
    rows,
    total,
    without_text,
    wrong_amounts,
)
from budgetanalyser.errors import Fault, ValueUseError
from budgetanalyser.kilder.questions import IKKE_OPLYST
from budgetanalyser.kroner import rounded

_POSTS = ("timer", "timesats", "platform", "porto", "arrangementer")
_GIVEN = ("bevilget_kr", "brugt_kr", "medfinansiering_kr", "drift_aarlig_kr")


def oekonomi(projekter: pd.DataFrame) -> pd.DataFrame:
    """Return what each project was granted against what it used.

    Args:
        projekter: One project a row: `projekt`, `navn`, `bevilget_kr`, `brugt_kr`, `medfinansiering_kr`,
            `drift_aarlig_kr` (Decimal kroner of 0 or more; None where not known) and `afsluttet` (bool; None where not
            known). `brugt_kr` is what the grant paid, without co-financing.

    Returns:
        The same, and for closed projects with both amounts known `afvigelse_kr` (used less granted) and `afvigelse`
        (of the grant, four decimals; None where that is 0); `rest_kr` is granted less used, where both are known.

    Raises:
        PosterError: A name that is missing, a project that stands twice, an amount that is negative or none.
    """
    columns = f"projekt navn {' '.join(_GIVEN)} afsluttet"
    lines = rows(projekter, columns, "projekterne")
    wrong = [
        Fault("afsluttet skal være ja eller nej, eller tom når det ikke er oplyst", where)
        for where, row in lines
        if row["afsluttet"] not in (True, False, None)
    ]
    twice = repeated(lines, lambda row: row["projekt"], "projektet står også")
    refuse(
        projekter,
        "projekterne",
        [*without_text(lines, "projekt", "navn"), *wrong_amounts(lines, *_GIVEN), *wrong, *twice],
    )
    made = ({**{name: row[name] for name in columns.split()}, **_overrun(row)} for _, row in lines)
    return frame(made, f"{columns} afvigelse_kr afvigelse rest_kr")


def _overrun(row: Row) -> dict[str, Decimal | None]:
    granted, used = row["bevilget_kr"], row["brugt_kr"]
    if granted is None or used is None:
        return {"afvigelse_kr": None, "afvigelse": None, "rest_kr": None}
    over = used - granted if row["afsluttet"] is True else None
    share = rounded(over / granted, 4) if over is not None and granted else None
    return {"afvigelse_kr": over, "afvigelse": share, "rest_kr": granted - used}


def sum_oekonomi(oekonomi: pd.DataFrame) -> pd.DataFrame:
    """Return the totals of a table of `oekonomi`, each with the number of projects it lacks.

    Returns:
        One row a column of amounts, `kolonne`: `sum_kr` (Decimal; None where none is known), `oplyst` and
        `ikke_oplyst` (projects). `afvigelse_kr` concerns the closed projects only.
    """
    made = []
    for name in (*_GIVEN, "afvigelse_kr", "rest_kr"):
        of_these = [row for row in oekonomi.to_dict("records") if name != "afvigelse_kr" or row["afsluttet"] is True]
        known = [row[name] for row in of_these if row[name] is not None]
        made.append(
            {"kolonne": name, "sum_kr": total(known), "oplyst": len(known), "ikke_oplyst": len(of_these) - len(known)}
        )
    return frame(made, "kolonne sum_kr oplyst ikke_oplyst")


def samlet_afvigelse(oekonomi: pd.DataFrame) -> Decimal | None:
    """Return used/granted − 1 over the closed projects with both known, four decimals; None where there are none."""
    closed = [row for row in oekonomi.to_dict("records") if row["afvigelse_kr"] is not None]
    granted = total(row["bevilget_kr"] for row in closed)
    over = total(row["afvigelse_kr"] for row in closed)
    return rounded(over / granted, 4) if over is not None and granted else None


def brugt_i_ord(oekonomi: pd.DataFrame, tider: pd.DataFrame) -> str:
    """Tell what completed projects used beside their grants, and what those given up had used.

    Args:
        oekonomi: As `oekonomi` gives it.
        tider: As `tid_til_faerdig` gives it: `projekt` and `udfald`.

    Returns:
        "De 5 færdige projekter brugte 224.650 kr. af 214.000 kr., 5,0 % mere end bevilget. …", of closed accounts only.
    """
    fate = dict(zip(tider["projekt"], tider["udfald"], strict=True))
    rows = [row for row in oekonomi.to_dict("records") if row["afvigelse_kr"] is not None]
    done = pd.DataFrame([row for row in rows if fate.get(row["projekt"]) == "færdig"], columns=oekonomi.columns)
    told = [_done_in_words(done)] if len(done) else []
    told += [
        f"{row['navn']} blev opgivet efter {dansk.kr(row['brugt_kr'])} af {dansk.kr(row['bevilget_kr'])}"
        for row in rows
        if fate.get(row["projekt"]) == "opgivet"
    ]
    return " ".join(told) or "Hvad de færdige projekter brugte, er ikke oplyst."


def _done_in_words(done: pd.DataFrame) -> str:
    used, granted = sum(done["brugt_kr"], Decimal(0)), sum(done["bevilget_kr"], Decimal(0))
    over = samlet_afvigelse(done) or Decimal(0)
    less_or_more = (
        f"{dansk.pct(abs(over))} {'mere' if over > 0 else 'mindre'} end bevilget" if over else "det bevilgede"
    )
    count = "Det færdige projekt" if len(done) == 1 else f"De {len(done)} færdige projekter"
    return f"{count} brugte {dansk.kr(used)} af {dansk.kr(granted).removesuffix('.')}., {less_or_more}."


def sum_i_ord(i_alt: pd.DataFrame, kolonne: str) -> str:
    """Tell a sum of `sum_oekonomi` with the number of projects it is known for: "40.000 kr. (oplyst for 7 af 8)"."""
    row = i_alt[i_alt["kolonne"] == kolonne].iloc[0]
    if row["sum_kr"] is None:
        return IKKE_OPLYST
    whole = row["oplyst"] + row["ikke_oplyst"]
    return dansk.kr(row["sum_kr"]) + (
        f" (oplyst for {row['oplyst']} af {whole} projekter)" if row["ikke_oplyst"] else ""
    )


def procesudgift(poster: pd.DataFrame) -> pd.DataFrame:
    """Return what it cost to run the round, post by post.

    Args:
        poster: `post` ("timer", "timesats", "platform", "porto", "arrangementer"), `antal` (hours; int or None) and
            `beloeb_kr` (Decimal or None); each post once, in any order.

    Returns:
        `post` (words), `timer` (int or None) and `beloeb_kr` (Decimal or None); the hours are priced at their rate.

    Raises:
        PosterError: A post that is missing or stands twice, or an amount that is negative or none.
    """
    lines = rows(poster, "post antal beloeb_kr", "administrationen")
    there = [row["post"] for _, row in lines]
    faults = [
        Fault(f"posten »{name}« mangler; skriv den med en tom celle, når den ikke er oplyst")
        for name in _POSTS
        if name not in there
    ]
    twice = repeated(lines, lambda row: row["post"], "posten står også")
    refuse(poster, "administrationen", [*faults, *twice, *wrong_amounts(lines, "beloeb_kr")])
    by_post = {row["post"]: row for _, row in lines}
    hours, rate = by_post["timer"]["antal"], by_post["timesats"]["beloeb_kr"]
    made = [
        {
            "post": "Kommunens egne timer",
            "timer": hours,
            "beloeb_kr": None if hours is None or rate is None else hours * rate,
        }
    ]
    made += [{"post": name.capitalize(), "timer": None, "beloeb_kr": by_post[name]["beloeb_kr"]} for name in _POSTS[2:]]
    return frame(made, "post timer beloeb_kr")


def i_alt_kr(poster: pd.DataFrame) -> Decimal | None:
    """Return the sum of `procesudgift`; None where a post is not known."""
    return None if poster["beloeb_kr"].isna().any() else sum(poster["beloeb_kr"], Decimal(0))


def administration(
    timer: Decimal | int | None,
    timesats_kr: Decimal | None,
    platform_kr: Decimal | None,
    porto_kr: Decimal | None,
    arrangementer_kr: Decimal | None,
) -> Decimal | None:
    """Return what it cost to run the round, K = staff hours · rate + platform + postage + events.

    Args:
        timer: Hours of the municipality's own staff.
        timesats_kr: Kroner an hour.
        platform_kr, porto_kr, arrangementer_kr: Kroner. What cost nothing is 0; what is not known is None.

    Returns:
        Decimal kroner, or None where any part is not known.

    Raises:
        ValueUseError: Numbers that are negative or not exact, all of them.
    """
    _require_amounts(
        timer=timer,
        timesats_kr=timesats_kr,
        platform_kr=platform_kr,
        porto_kr=porto_kr,
        arrangementer_kr=arrangementer_kr,
    )
    if timer is None or timesats_kr is None or platform_kr is None or porto_kr is None or arrangementer_kr is None:
        return None
    return timer * timesats_kr + platform_kr + porto_kr + arrangementer_kr


@dataclass(frozen=True)
class FuldUdgift:
    """What a round cost in all. None where a part is not known or would be divided by 0; amounts are not rounded.

    Attributes:
        i_alt_kr: K + B.
        administrationsandel: K / (K + B), four decimals.
        budget_pr_vaelger_kr: B / n.
        fuld_pr_vaelger_kr: (K + B) / n.
        administration_pr_stoettet_krone: K for each krone that reached a project.
    """

    i_alt_kr: Decimal | None
    administrationsandel: Decimal | None
    budget_pr_vaelger_kr: Decimal | None
    fuld_pr_vaelger_kr: Decimal | None
    administration_pr_stoettet_krone: Decimal | None


def fuld_udgift(
    budget_kr: Decimal | None, administration_kr: Decimal | None, vaelgere: int | None, stoettet_kr: Decimal | None
) -> FuldUdgift:
    """Return the full cost of a round with budget B, administration K and n voters.

    In Aarhus the pool may only fund projects, so K comes from elsewhere in the accounts and is added to B.

    Args:
        budget_kr, administration_kr: Decimal kroner, or None.
        vaelgere: Voters, or None.
        stoettet_kr: Decimal kroner given to the winners, or None.

    Raises:
        ValueUseError: Numbers that are negative or not exact, all of them.
    """
    _require_amounts(
        budget_kr=budget_kr, administration_kr=administration_kr, vaelgere=vaelgere, stoettet_kr=stoettet_kr
    )
    whole = None if budget_kr is None or administration_kr is None else budget_kr + administration_kr
    share = _quotient(administration_kr, whole)
    return FuldUdgift(
        i_alt_kr=whole,
        administrationsandel=None if share is None else rounded(share, 4),
        budget_pr_vaelger_kr=_quotient(budget_kr, vaelgere),
        fuld_pr_vaelger_kr=_quotient(whole, vaelgere),
        administration_pr_stoettet_krone=_quotient(administration_kr, stoettet_kr),
    )


def _quotient(number: Decimal | None, divisor: Decimal | int | None) -> Decimal | None:
    return None if number is None or not divisor else number / divisor


def _require_amounts(**given: Decimal | int | None) -> None:
    wrong = [
        name
        for name, value in given.items()
        if value is not None
        and (
            isinstance(value, bool)
            or not isinstance(value, (Decimal, int))
            or not Decimal(value).is_finite()
            or value < 0
        )
    ]
    if wrong:
        told = dansk.opremsning(wrong)
        raise ValueUseError(f"Skriv {told} som Decimal eller heltal på mindst 0, eller None når det ikke er oplyst.")


@dataclass(frozen=True)
class Tildelingstjek:
    """Whether awards fit the pool.

    Attributes:
        sum_kr: The awards that are known.
        pulje_kr: The pool; None where not known.
        forskel_kr: The sum less the pool: positive where too much is awarded.
        uden_beloeb: Awards without an amount; the sum is then a lower bound.
        fund: What does not agree, in Danish; empty where all does.
    """

    sum_kr: Decimal
    pulje_kr: Decimal | None
    forskel_kr: Decimal | None
    uden_beloeb: int
    fund: tuple[str, ...]

    @property
    def stemmer(self) -> bool:
        """Whether nothing was found."""
        return not self.fund


def check_tildelinger(tildelinger: pd.DataFrame, pulje_kr: Decimal | None) -> Tildelingstjek:
    """Compare awards with the pool they came from. What does not agree is told, never corrected and no error.

    Args:
        tildelinger: `projekt` (text) and `beloeb_kr` (Decimal kroner, or None).
        pulje_kr: Decimal kroner, or None.

    Returns:
        The findings. Money left over is no finding: it is in `forskel_kr`, with a minus.

    Raises:
        PosterError: A column is missing, or an amount is none.
    """
    lines = rows(tildelinger, "projekt beloeb_kr", "tildelingerne")
    refuse(tildelinger, "tildelingerne", wrong_amounts(lines, "beloeb_kr"))
    awarded = total(row["beloeb_kr"] for _, row in lines) or Decimal(0)
    unknown = sum(row["beloeb_kr"] is None for _, row in lines)
    over = None if pulje_kr is None else awarded - pulje_kr
    found = [str(fault) for fault in repeated(lines, lambda row: row["projekt"], "projektet står også")]
    if pulje_kr is not None and awarded > pulje_kr:
        said = f"Tildelingerne er {dansk.kr(awarded)} i alt, {_exact(awarded - pulje_kr)} mere end puljen på"
        found.append(f"{said} {dansk.kr(pulje_kr)}")
    if unknown:
        found.append(f"{unknown} {'tildeling' if unknown == 1 else 'tildelinger'} har intet oplyst beløb.")
    return Tildelingstjek(awarded, pulje_kr, over, unknown, tuple(found))


def _exact(amount: Decimal) -> str:
    return dansk.kr(amount, 0 if amount == amount.to_integral_value() else 2)
