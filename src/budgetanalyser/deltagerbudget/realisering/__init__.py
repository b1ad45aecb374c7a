"""Realisering: what came of a round, from proposals to what stands and what it cost. How it was decided is not here.

`proces` has the funnel and the rejections, `tid` the ladder and how long it took, `oekonomi` the money and `udbytte`
what people say. Everything comes as tables and leaves as tables; what is not known is None.
"""

from budgetanalyser.deltagerbudget.realisering.oekonomi import (
    FuldUdgift,
    Tildelingstjek,
    administration,
    brugt_i_ord,
    check_tildelinger,
    fuld_udgift,
    i_alt_kr,
    oekonomi,
    procesudgift,
    samlet_afvigelse,
    sum_i_ord,
    sum_oekonomi,
)
from budgetanalyser.deltagerbudget.realisering.proces import AFVIST, FORSLAGSSTATUS, afslag, tragt
from budgetanalyser.deltagerbudget.realisering.tid import (
    DAGE_PR_MAANED,
    STATUS,
    kaplan_meier,
    maaneder,
    median_dage,
    stige,
    tid_til_faerdig,
)
from budgetanalyser.deltagerbudget.realisering.udbytte import GRADER, MAAL, citater, maal, spoergeskema, tjekliste

__all__ = [
    "AFVIST",
    "DAGE_PR_MAANED",
    "FORSLAGSSTATUS",
    "GRADER",
    "MAAL",
    "STATUS",
    "FuldUdgift",
    "Tildelingstjek",
    "administration",
    "afslag",
    "brugt_i_ord",
    "check_tildelinger",
    "citater",
    "fuld_udgift",
    "i_alt_kr",
    "kaplan_meier",
    "maal",
    "maaneder",
    "median_dage",
    "oekonomi",
    "procesudgift",
    "samlet_afvigelse",
    "spoergeskema",
    "stige",
    "sum_i_ord",
    "sum_oekonomi",
    "tid_til_faerdig",
    "tjekliste",
    "tragt",
]
