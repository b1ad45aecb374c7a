"""Lodtrækning: the fair lottery of a citizens' assembly, from volunteers and quotas to a panel anyone can draw again.

Not here: whom to invite and how many (`rekruttering`), where the volunteers' file lies (`kilder.fortrolig`), and any
name or address; people are ids.
"""

from budgetanalyser.borgersamling.lodtraekning.konflikt import InfeasibleQuotasError
from budgetanalyser.borgersamling.lodtraekning.kontrol import check_panel
from budgetanalyser.borgersamling.lodtraekning.kvoter import kvotetabel, quotas_from_population
from budgetanalyser.borgersamling.lodtraekning.leximin import LEXIMIN, MAXIMIN, RULES
from budgetanalyser.borgersamling.lodtraekning.pulje import PuljeError
from budgetanalyser.borgersamling.lodtraekning.udtraek import (
    Lottery,
    PanelError,
    Summary,
    fair_lottery,
    require_hash,
)

__all__ = [
    "LEXIMIN",
    "MAXIMIN",
    "RULES",
    "InfeasibleQuotasError",
    "Lottery",
    "PanelError",
    "PuljeError",
    "Summary",
    "check_panel",
    "fair_lottery",
    "kvotetabel",
    "quotas_from_population",
    "require_hash",
]
