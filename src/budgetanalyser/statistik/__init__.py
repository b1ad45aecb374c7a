"""Statistik: counts and shares judged, weighted, and hidden where they would tell of single persons.

`tal` makes a float a number to print; `intervaller` says how sure a share or a number is; `proever` tests hypotheses
and measures differences; `vaegtning` weights answers to a population; `diskretion` hides small cells and proves that
they stay hidden (found by `hemmeligholdelse` in a `netvaerk`, proved by `efterproevning`, both by `omflytning` of
people); `krav` refuses wrong arguments.

No report calls `benjamini_hochberg`, `clopper_pearson`, `efterstratificer`, `kish`, `ks_afstand`, `permutationsproeve`,
`poisson`, `rake`, `rangsum`, `standardfejl` and `tendens`: they are for notebooks.

Not here: kroner in accounts, which are never float.
"""

from budgetanalyser.statistik.diskretion import Skjult, TabelError, suppress
from budgetanalyser.statistik.intervaller import clopper_pearson, newcombe, poisson, standardfejl, wilson
from budgetanalyser.statistik.proever import (
    Forskelsproeve,
    Rangproeve,
    Tilpasning,
    ZProeve,
    benjamini_hochberg,
    holm,
    ks_afstand,
    permutationsproeve,
    rangsum,
    tendens,
    tilpasning,
    to_andele,
)
from budgetanalyser.statistik.tal import andel, kroner
from budgetanalyser.statistik.vaegtning import Kish, efterstratificer, kish, rake

__all__ = [
    "Forskelsproeve",
    "Kish",
    "Rangproeve",
    "Skjult",
    "TabelError",
    "Tilpasning",
    "ZProeve",
    "andel",
    "benjamini_hochberg",
    "clopper_pearson",
    "efterstratificer",
    "holm",
    "kish",
    "kroner",
    "ks_afstand",
    "newcombe",
    "permutationsproeve",
    "poisson",
    "rake",
    "rangsum",
    "standardfejl",
    "suppress",
    "tendens",
    "tilpasning",
    "to_andele",
    "wilson",
]
