"""Forpligtelser: the course of an assembly, the answers a council owes it, by when, and whether they came.

What a source does not tell is never held against the council. Which days are working days is in `kalender`.
"""

from budgetanalyser.borgersamling.forpligtelser.anbefalingssvar import (
    ANBEFALINGSSVAR,
    anbefalinger,
    check_antal,
    optael,
    sammenfat,
)
from budgetanalyser.borgersamling.forpligtelser.forloeb import FORLOEB, check_forloeb, tidsplan, tidspunkt
from budgetanalyser.borgersamling.forpligtelser.opfoelgning import (
    TILSTANDE,
    add_months,
    frister,
    overskredne,
    register,
    senest_i_ord,
    status,
)
from budgetanalyser.borgersamling.kalender import sidste_hverdag

__all__ = [
    "ANBEFALINGSSVAR",
    "FORLOEB",
    "TILSTANDE",
    "add_months",
    "anbefalinger",
    "check_antal",
    "check_forloeb",
    "frister",
    "optael",
    "overskredne",
    "register",
    "sammenfat",
    "senest_i_ord",
    "sidste_hverdag",
    "status",
    "tidsplan",
    "tidspunkt",
]
