"""Omkostning: what a borgersamling costs, and what that is per seat."""

from __future__ import annotations

from decimal import Decimal

from budgetanalyser.errors import ValueUseError


def pr_plads(beloeb_kr: Decimal, pladser: int) -> Decimal:
    """Return kroner per seat, not rounded: 450.000 kr. over 36 seats is 12.500 kr.

    Raises:
        ValueUseError: There are no seats.
    """
    if pladser < 1:
        raise ValueUseError("Antallet af pladser skal være mindst 1.")
    return beloeb_kr / pladser
