"""Omkostning: what a borgersamling costs, line by line, and how sure that is. Pure: tables in, tables out.

formler       quantity formulas over named drivers (data that can never become code)
drivere       the drivers: seats, meetings, hours, shares; counted, uncertain or derived
poster        cost lines to kroner by post, year and kind, exact
betaling      what members may be paid, by kommunestyrelsesloven § 16 a
fordelinger   the distributions of an uncertain price or driver
simulering    the total as a distribution: mean, quantiles, percentile of a frame
foelsomhed    which input moves the total: tornado and Sobol
referencer    what others have paid, per seat and per meeting
"""

from budgetanalyser.borgersamling.omkostning.betaling import scenarier, vederlagslinjer
from budgetanalyser.borgersamling.omkostning.drivere import Drivere, moededage, moededrivere
from budgetanalyser.borgersamling.omkostning.foelsomhed import midtpunkt, navngiv, sobol, tornado
from budgetanalyser.borgersamling.omkostning.poster import (
    EKSTERN,
    INDTAEGT,
    INTERN,
    SLAGS_TEKST,
    i_alt,
    linjer,
    momssum,
    pr_plads,
    uden_interne,
    udgifter,
)
from budgetanalyser.borgersamling.omkostning.poster import fordelt as fordelt
from budgetanalyser.borgersamling.omkostning.referencer import PRIS_IKKE_FUNDET, oprindelser, sammenlign
from budgetanalyser.borgersamling.omkostning.simulering import Simulation, simulate

__all__ = [
    "EKSTERN",
    "INDTAEGT",
    "INTERN",
    "PRIS_IKKE_FUNDET",
    "SLAGS_TEKST",
    "Drivere",
    "Simulation",
    "fordelt",
    "i_alt",
    "linjer",
    "midtpunkt",
    "moededage",
    "moededrivere",
    "momssum",
    "navngiv",
    "oprindelser",
    "pr_plads",
    "sammenlign",
    "scenarier",
    "simulate",
    "sobol",
    "tornado",
    "uden_interne",
    "udgifter",
    "vederlagslinjer",
]
