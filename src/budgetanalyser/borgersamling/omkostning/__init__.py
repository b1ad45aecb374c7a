"""Omkostning: what a borgersamling costs, line by line, and how sure that is. Pure: tables in, tables out.

formler       quantity formulas over named drivers (data that can never become code)
drivere       the drivers: seats, meetings, hours, shares; counted, uncertain or derived
poster        cost lines to kroner by post, year and kind, exact
betaling      what members may be paid, by kommunestyrelsesloven § 16 a
fordelinger   the distributions of an uncertain price or driver
korrelation   prices that move together beyond what shared drivers say
simulering    the total as a distribution: mean, quantiles, percentile of a frame
foelsomhed    which input moves the total: tornado and Sobol
ord           amounts as clauses of a sentence
referencer    what others have paid, per seat and per meeting
"""

from budgetanalyser.borgersamling.omkostning.betaling import satser, scenarier, vederlagslinjer
from budgetanalyser.borgersamling.omkostning.drivere import Drivere, moededage, moededrivere
from budgetanalyser.borgersamling.omkostning.foelsomhed import forklaringer, midtpunkt, samlet, sobol, tornado
from budgetanalyser.borgersamling.omkostning.ord import (
    andel_i_ord,
    forskel_i_ord,
    graense_i_ord,
    paavirker_i_ord,
    prisstigning_i_ord,
    satser_i_ord,
)
from budgetanalyser.borgersamling.omkostning.poster import (
    EKSTERN,
    INDTAEGT,
    INTERN,
    SLAGS_TEKST,
    antal,
    bruger,
    check_model,
    i_alt,
    linjer,
    mod_rammen,
    momssum,
    pr_plads,
    timelinjer,
    timer,
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
    "andel_i_ord",
    "antal",
    "bruger",
    "check_model",
    "fordelt",
    "forklaringer",
    "forskel_i_ord",
    "graense_i_ord",
    "i_alt",
    "linjer",
    "midtpunkt",
    "mod_rammen",
    "moededage",
    "moededrivere",
    "momssum",
    "oprindelser",
    "paavirker_i_ord",
    "pr_plads",
    "prisstigning_i_ord",
    "samlet",
    "sammenlign",
    "satser",
    "satser_i_ord",
    "scenarier",
    "simulate",
    "sobol",
    "timelinjer",
    "timer",
    "tornado",
    "uden_interne",
    "udgifter",
    "vederlagslinjer",
]
