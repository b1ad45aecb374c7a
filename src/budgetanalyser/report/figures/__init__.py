"""Figures: the drawings a report can hold, in one style.

Each function takes a table and returns a matplotlib figure; what the numbers are is decided elsewhere. Meaning never
rests on colour: labels and line styles say it too.
"""

from budgetanalyser.report.figures.base import new, set_style, style, svg
from budgetanalyser.report.figures.koebekraft import koebekraft
from budgetanalyser.report.figures.lodtraekning import sandsynligheder
from budgetanalyser.report.figures.tidslinje import Moment, moments, moments_alt, moments_table, tidslinje
from budgetanalyser.report.figures.usikkerhed import s_kurve, tornado, tornado_alt

__all__ = [
    "Moment",
    "koebekraft",
    "moments",
    "moments_alt",
    "moments_table",
    "new",
    "s_kurve",
    "sandsynligheder",
    "set_style",
    "style",
    "svg",
    "tidslinje",
    "tornado",
    "tornado_alt",
]
