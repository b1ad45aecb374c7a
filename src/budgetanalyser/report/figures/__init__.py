"""Figures: the drawings a report can hold, in one style.

Each function takes a table and returns a matplotlib figure; what the numbers are is decided elsewhere. Meaning never
rests on colour: labels and line styles say it too.
"""

from budgetanalyser.report.figures.base import new, set_style, style, svg
from budgetanalyser.report.figures.deltagerbudget import (
    pyramide,
    pyramide_alt,
    robusthed,
    robusthed_alt,
    tragt,
    tragt_alt,
    vandfald,
    vandfald_alt,
)
from budgetanalyser.report.figures.koebekraft import koebekraft, koebekraft_over_tid, koebekraft_over_tid_alt
from budgetanalyser.report.figures.kort import kort, kort_alt
from budgetanalyser.report.figures.lodtraekning import sandsynligheder
from budgetanalyser.report.figures.opfoelgning import (
    afvigelser_rangeret,
    afvigelser_rangeret_alt,
    bro,
    bro_alt,
    forbrugskurve,
    forbrugskurve_alt,
    likviditet,
    likviditet_alt,
    prognoser,
    prognoser_alt,
)
from budgetanalyser.report.figures.overlevelse import overlevelse, overlevelse_alt
from budgetanalyser.report.figures.pulje import proces, proces_alt, pulje, pulje_alt
from budgetanalyser.report.figures.sammenligning import placering, placering_alt, sammenligning, sammenligning_alt
from budgetanalyser.report.figures.tidslinje import Moment, moments, moments_alt, moments_table, tidslinje
from budgetanalyser.report.figures.usikkerhed import s_kurve, tornado, tornado_alt

__all__ = [
    "Moment",
    "afvigelser_rangeret",
    "afvigelser_rangeret_alt",
    "bro",
    "bro_alt",
    "forbrugskurve",
    "forbrugskurve_alt",
    "koebekraft",
    "koebekraft_over_tid",
    "koebekraft_over_tid_alt",
    "kort",
    "kort_alt",
    "likviditet",
    "likviditet_alt",
    "moments",
    "moments_alt",
    "moments_table",
    "new",
    "overlevelse",
    "overlevelse_alt",
    "placering",
    "placering_alt",
    "proces",
    "proces_alt",
    "prognoser",
    "prognoser_alt",
    "pulje",
    "pulje_alt",
    "pyramide",
    "pyramide_alt",
    "robusthed",
    "robusthed_alt",
    "s_kurve",
    "sammenligning",
    "sammenligning_alt",
    "sandsynligheder",
    "set_style",
    "style",
    "svg",
    "tidslinje",
    "tornado",
    "tornado_alt",
    "tragt",
    "tragt_alt",
    "vandfald",
    "vandfald_alt",
]
