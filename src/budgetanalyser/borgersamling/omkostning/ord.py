"""Amounts as clauses, so that a report's sentences stay true when its choices change."""

from __future__ import annotations

from decimal import Decimal

from budgetanalyser import dansk


def forskel_i_ord(til_overs_kr: Decimal) -> str:
    """Say what is left of a frame, or lacks: "er der 24.000 kr. til overs" or "mangler der 1.000 kr."."""
    if til_overs_kr >= 0:
        return f"er der {dansk.kr(til_overs_kr)} til overs"
    return f"mangler der {dansk.kr(-til_overs_kr)}"


def prisstigning_i_ord(stigning: Decimal) -> str:
    """Say what rise in prices a frame can bear: a fraction, negative where it does not suffice as it is."""
    if stigning >= 0:
        return f"kan rammen bære, at alle priser stiger {dansk.pct(stigning)}"
    return f"skal alle priser falde {dansk.pct(-stigning)}, før rammen er nok"


def andel_i_ord(andel: Decimal) -> str:
    """Write a share in whole per cent, without rounding it to none or all: "79 %", "over 99 %", "0 %", "100 %"."""
    if 0 < andel < Decimal("0.005"):
        return "under 1 %"
    return "over 99 %" if Decimal("0.995") <= andel < 1 else dansk.pct(andel, 0)
