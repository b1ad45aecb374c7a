"""Opfoelgning: the budget follow-up at any cut-off date, from tables already read to tables ready to print.

`perioder` knows which part of the year is meant and what the municipality calls it; `afgraensning` which postings and
budget posts count by then; `tabeller` sets budget, spend and forecast side by side; `resultat` arranges them as the
result statement and in Randers' columns; `fortegn` turns signs and tells them, `afrunding` tells where printed figures
do not add up. `historik` has earlier years, `prognose` the forecasts and `efterproevning` how well they hit;
`forklaringer` ranks deviations and finds those unexplained. `bevillinger` checks applications for supplementary
appropriations, `rammer` the service frame and `kassen` liquidity. `forloeb` has the data of the bridge and the curve,
and `saetninger` the summary. `raekker` goes through tables for all of them.

Tables come from `kilder` with their appropriations from `kontoplan`; nothing here reads, prints or draws.
"""

from budgetanalyser.opfoelgning import afrunding, bevillinger, fortegn
from budgetanalyser.opfoelgning.afgraensning import budgetposter, holdt_ude, noter, opdel, tomme_maaneder
from budgetanalyser.opfoelgning.efterproevning import Fejlmaal, backtest, backtest_i_ord, backtest_linjer, fejlmaal
from budgetanalyser.opfoelgning.forklaringer import Afvigelser, afvigelser
from budgetanalyser.opfoelgning.forloeb import bro, kurve
from budgetanalyser.opfoelgning.historik import udeladt_i_ord
from budgetanalyser.opfoelgning.kassen import Likviditet, likviditet, likviditet_forloeb
from budgetanalyser.opfoelgning.perioder import Opfoelgning, Periode, find, periode
from budgetanalyser.opfoelgning.prognose import METODER, METODER_ORD, ForecastError, forecast, forventet, sumandel
from budgetanalyser.opfoelgning.rammer import Serviceramme, serviceramme
from budgetanalyser.opfoelgning.resultat import linjenavne, randers, resultatopgoerelse, summer
from budgetanalyser.opfoelgning.saetninger import afvigelse_i_ord, resume
from budgetanalyser.opfoelgning.tabeller import hovedtabel, i_alt, med_i_alt

__all__ = [
    "METODER",
    "METODER_ORD",
    "Afvigelser",
    "Fejlmaal",
    "ForecastError",
    "Likviditet",
    "Opfoelgning",
    "Periode",
    "Serviceramme",
    "afrunding",
    "afvigelse_i_ord",
    "afvigelser",
    "backtest",
    "backtest_i_ord",
    "backtest_linjer",
    "bevillinger",
    "bro",
    "budgetposter",
    "fejlmaal",
    "find",
    "forecast",
    "fortegn",
    "forventet",
    "holdt_ude",
    "hovedtabel",
    "i_alt",
    "kurve",
    "likviditet",
    "likviditet_forloeb",
    "linjenavne",
    "med_i_alt",
    "noter",
    "opdel",
    "periode",
    "randers",
    "resultatopgoerelse",
    "resume",
    "serviceramme",
    "sumandel",
    "summer",
    "tomme_maaneder",
    "udeladt_i_ord",
]
