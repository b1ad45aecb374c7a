"""Amounts as clauses, so that a report's sentences stay true when its choices change."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from budgetanalyser import dansk

if TYPE_CHECKING:
    import pandas as pd


def forskel_i_ord(til_overs_kr: Decimal) -> str:
    """Say what is left of a frame, or lacks: "er der 24.000 kr. til overs" or "mangler der 1.000 kr."."""
    if til_overs_kr >= 0:
        return f"er der {dansk.kr(til_overs_kr)} til overs"
    return f"mangler der {dansk.kr(-til_overs_kr)}"


def prisstigning_i_ord(ramme_kr: Decimal, udgift_kr: Decimal) -> str:
    """Say what rise in all prices a frame can bear beyond a cost."""
    if udgift_kr <= 0:
        return "er der ingen udgift at holde mod rammen"
    rise = ramme_kr / udgift_kr - 1
    if rise >= 0:
        return f"kan rammen bære, at alle priser stiger {dansk.pct(rise)}"
    return f"skal alle priser falde {dansk.pct(-rise)}, før rammen er nok"


def paavirker_i_ord(usikkerheder: pd.DataFrame) -> str:
    """Say which inputs move the total most: "»A« og dernæst »B«", or that nothing is uncertain."""
    names = [f"»{name}«" for name in usikkerheder.loc[usikkerheder["spaend_kr"].notna(), "usikkerhed"].head(2)]
    return " og dernæst ".join(names) or "ingen, for alle tal er faste"


def satser_i_ord(satser: Mapping[str, Decimal]) -> list[str]:
    """Write the rates of payment of members as notes: "diæt 500 kr.", …; a rate that is not given is left out."""
    words = {
        "diaetsats_kr": "diæt {}",
        "tabt_pr_dag_kr": "tabt arbejdsfortjeneste {} pr. dag",
        "honorar_kr": "honorar {}",
    }
    told = [words[name].format(dansk.kr(rate)) for name, rate in satser.items() if rate is not None]
    return [f"{dansk.opremsning(told)}." if told else "ingen er oplyst."]


def graense_i_ord(andel: Decimal) -> str:
    """Write a chosen certainty with the decimals it needs: "80 %", "97,5 %"."""
    return dansk.pct(andel, 0 if andel * 100 == int(andel * 100) else 1)


def andel_i_ord(andel: Decimal) -> str:
    """Write a share in whole per cent, without rounding it to none or all: "79 %", "over 99 %", "0 %", "100 %"."""
    if 0 < andel < Decimal("0.005"):
        return "under 1 %"
    return "over 99 %" if Decimal("0.995") <= andel < 1 else dansk.pct(andel, 0)
