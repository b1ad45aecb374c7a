"""Opfoelgning: the budget follow-up at any cut-off date, from tables already read to tables ready to print.

`perioder` knows which part of the year is meant and what the municipality calls it; `afgraensning` which postings and
budget posts count by then; `tabeller` sets budget, spend and forecast side by side; `resultat` arranges them as the
result statement and in Randers' columns; `fortegn` turns signs and tells them, `afrunding` tells where printed figures
do not add up, and `visning` holds what a municipality chose. `historik` has earlier years, `prognose` the forecasts
and `efterproevning` how well they hit;
`forklaringer` ranks deviations and finds those unexplained. `bevillinger` checks applications for supplementary
appropriations, `rammer` the service frame and `kassen` liquidity. `forloeb` has the data of the bridge and the curve,
and `saetninger` the summary. `udsnit` cuts out one committee. `raekker` goes through tables for all of them.

Tables come from `kilder` with their appropriations from `kontoplan`; nothing here reads, prints or draws. `opdigt` is
apart: it writes the invented municipality's files, and nothing here uses it.
"""

from budgetanalyser.opfoelgning import afrunding, bevillinger, fortegn
from budgetanalyser.opfoelgning.afgraensning import (
    advarsler,
    afstem_forbrug,
    budgetposter,
    holdt_ude,
    kraev_budget,
    maanedsvis,
    noter,
    opdel,
    tomme_maaneder,
)
from budgetanalyser.opfoelgning.efterproevning import (
    Fejlmaal,
    backtest,
    backtest_i_ord,
    backtest_linjer,
    fejlmaal,
    til_figur,
)
from budgetanalyser.opfoelgning.forklaringer import Afvigelser, afvigelser
from budgetanalyser.opfoelgning.forloeb import bro, kurve
from budgetanalyser.opfoelgning.fortegn import randers_noter
from budgetanalyser.opfoelgning.historik import udeladt_i_ord, udeladte
from budgetanalyser.opfoelgning.kassen import Likviditet, likviditet, likviditet_forloeb
from budgetanalyser.opfoelgning.perioder import Opfoelgning, Periode, find, periode
from budgetanalyser.opfoelgning.prognose import (
    METODER,
    METODER_FORKLARET,
    METODER_NAVNE,
    METODER_ORD,
    PROGNOSE_ORD,
    ForecastError,
    bemaerkninger,
    forecast,
    forventet,
    sumandel,
    uden_tomme,
)
from budgetanalyser.opfoelgning.rammer import Serviceramme, har_service, serviceramme
from budgetanalyser.opfoelgning.resultat import (
    AFSNIT_ORD,
    RANDERS,
    RESULTAT,
    afsnittets_sum,
    check_rammer,
    efter_ramme,
    egne_rammer,
    hovedafsnit,
    kun_afsnit,
    linjenavne,
    ramme_navn,
    randers,
    resultat_noter,
    resultatopgoerelse,
    summer,
    sumraekker,
    til_visning,
    udvikling,
)
from budgetanalyser.opfoelgning.saetninger import (
    afsnit_i_ord,
    afvigelse_art,
    afvigelse_i_ord,
    ansoegninger_i_ord,
    eksempel_i_ord,
    interval_i_ord,
    kassen_i_ord,
    likviditet_i_ord,
    resume,
    service_i_ord,
    serviceramme_i_ord,
    stempel_i_ord,
    uden_fortegn,
)
from budgetanalyser.opfoelgning.tabeller import hovedtabel, i_alt, med_i_alt
from budgetanalyser.opfoelgning.udsnit import (
    HELE_KOMMUNEN,
    bevillinger_i,
    hvem,
    kun_bevillinger,
    kun_udvalg,
    udvalg_i,
)
from budgetanalyser.opfoelgning.visning import Visning

__all__ = [
    "AFSNIT_ORD",
    "HELE_KOMMUNEN",
    "METODER",
    "METODER_FORKLARET",
    "METODER_NAVNE",
    "METODER_ORD",
    "PROGNOSE_ORD",
    "RANDERS",
    "RESULTAT",
    "Afvigelser",
    "Fejlmaal",
    "ForecastError",
    "Likviditet",
    "Opfoelgning",
    "Periode",
    "Serviceramme",
    "Visning",
    "advarsler",
    "afrunding",
    "afsnit_i_ord",
    "afsnittets_sum",
    "afstem_forbrug",
    "afvigelse_art",
    "afvigelse_i_ord",
    "afvigelser",
    "ansoegninger_i_ord",
    "backtest",
    "backtest_i_ord",
    "backtest_linjer",
    "bemaerkninger",
    "bevillinger",
    "bevillinger_i",
    "bro",
    "budgetposter",
    "check_rammer",
    "efter_ramme",
    "egne_rammer",
    "eksempel_i_ord",
    "fejlmaal",
    "find",
    "forecast",
    "fortegn",
    "forventet",
    "har_service",
    "holdt_ude",
    "hovedafsnit",
    "hovedtabel",
    "hvem",
    "i_alt",
    "interval_i_ord",
    "kassen_i_ord",
    "kraev_budget",
    "kun_afsnit",
    "kun_bevillinger",
    "kun_udvalg",
    "kurve",
    "likviditet",
    "likviditet_forloeb",
    "likviditet_i_ord",
    "linjenavne",
    "maanedsvis",
    "med_i_alt",
    "noter",
    "opdel",
    "periode",
    "ramme_navn",
    "randers",
    "randers_noter",
    "resultat_noter",
    "resultatopgoerelse",
    "resume",
    "service_i_ord",
    "serviceramme",
    "serviceramme_i_ord",
    "stempel_i_ord",
    "sumandel",
    "summer",
    "sumraekker",
    "til_figur",
    "til_visning",
    "tomme_maaneder",
    "udeladt_i_ord",
    "udeladte",
    "uden_fortegn",
    "uden_tomme",
    "udvalg_i",
    "udvikling",
]
