"""The figures of the budget follow-up: bridge, spend curve, liquidity, ranked deviations, and the forecasts' record.

`bro` goes from budget to forecast, `forbrugskurve` and `likviditet` follow a year by month and day (`kurver`), and
`afvigelser_rangeret` and `prognoser` rank (`rangering`). `maerker` holds what they share: how millions of kroner are
written, and axes and labels that fit them. Expenditure is positive, income negative; a deviation is forecast less
budget. What the numbers are is decided in `budgetanalyser.opfoelgning`.
"""

from budgetanalyser.report.figures.opfoelgning.bro import bro, bro_alt
from budgetanalyser.report.figures.opfoelgning.kurver import (
    forbrugskurve,
    forbrugskurve_alt,
    likviditet,
    likviditet_alt,
)
from budgetanalyser.report.figures.opfoelgning.rangering import (
    afvigelser_rangeret,
    afvigelser_rangeret_alt,
    prognoser,
    prognoser_alt,
)

__all__ = [
    "afvigelser_rangeret",
    "afvigelser_rangeret_alt",
    "bro",
    "bro_alt",
    "forbrugskurve",
    "forbrugskurve_alt",
    "likviditet",
    "likviditet_alt",
    "prognoser",
    "prognoser_alt",
]
