"""Opfoelgning: the budget follow-up at any cut-off date, from tables already read to tables ready to print.

`perioder` knows which part of the year is meant and what the municipality calls it; `tabeller` sets budget, spend and
forecast side by side; `resultat` arranges them as the result statement.
"""

from budgetanalyser.opfoelgning.afgraensning import budgetposter, holdt_ude, noter, opdel
from budgetanalyser.opfoelgning.perioder import Opfoelgning, Periode, find, periode
from budgetanalyser.opfoelgning.tabeller import hovedtabel, i_alt, med_i_alt

__all__ = [
    "Opfoelgning",
    "Periode",
    "budgetposter",
    "find",
    "holdt_ude",
    "hovedtabel",
    "i_alt",
    "med_i_alt",
    "noter",
    "opdel",
    "periode",
]
