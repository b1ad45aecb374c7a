"""The figures of the budget follow-up: bridge, spend curve, liquidity, ranked deviations, and the forecasts' record.

`bro` goes from budget to forecast, `forbrugskurve` (`kurve`) and `likviditet` (`kassen`) follow a year by month and
day, and `afvigelser_rangeret` and `prognoser` rank (`rangering`). `maerker` holds what they share: how millions of
kroner are written, and axes and labels that fit them. Expenditure is positive, income negative; a deviation is
forecast less budget. What the numbers are is decided in `budgetanalyser.opfoelgning`.
"""

from budgetanalyser.report.figures.opfoelgning.bro import bro, bro_alt
from budgetanalyser.report.figures.opfoelgning.kassen import likviditet, likviditet_alt
from budgetanalyser.report.figures.opfoelgning.kurve import forbrugskurve, forbrugskurve_alt
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
