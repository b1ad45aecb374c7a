"""Region: the panels that quotas, seats and households allow, as the integer points of a polytope; asked by HiGHS.

A panel is counted by class (`profiler`), so a point x says how many people of each class it holds. Nothing here knows
of people, or of what makes a lottery fair.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from budgetanalyser.errors import BudgetanalyseError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Vector = npt.NDArray[np.float64]

# The finest that HiGHS takes; then coarser, as it can give up on the finest where there are many hundred classes.
_PRECISIONS = (1e-10, 1e-9, 1e-8, 1e-7)
_NEAR = 1e-7  # So near a bound counts as on it; a point comes from a linear program and carries its error.
# HiGHS stops within 1e-6 of the best, and SciPy cannot change that; gains are written so large that it is nothing.
_LARGEST_GAIN = 1e4
_OPTIMAL, _STOPPED, _EMPTY = 0, 1, 2


class SolverError(BudgetanalyseError):
    """HiGHS gave up; not a fault of the pool. `detail` is what it said, for the developer."""

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(
            "Lodtrækningen kunne ikke regnes færdig, og intet er trukket. Det er en fejl i programmet; meld den. "
            "Måske hjælper det imens at lempe kvoterne."
        )


@dataclass(frozen=True)
class Region:
    """All x with lower ≤ x ≤ upper and low ≤ rows·x ≤ high. k classes, m rows."""

    rows: csr_array
    low: Vector
    high: Vector
    lower: Vector
    upper: Vector

    def without(self, absent: npt.NDArray[np.bool_]) -> Region:
        """Return the region where the classes marked `absent` have nobody."""
        return replace(self, upper=np.where(absent, 0.0, self.upper))

    def with_cut(self, weight: Vector, most: float) -> Region:
        """Return the part of the region where weight·x ≤ most; no weight is negative, and some are not 0."""
        from scipy import sparse

        scale = weight.max()
        rows = sparse.vstack([self.rows, sparse.csr_array(weight[None] / scale)], format="csr")
        return replace(self, rows=rows, low=np.append(self.low, 0), high=np.append(self.high, most / scale))

    def face(self, point: Vector) -> Region:
        """Return the part of the region where each bound that `point` lies on holds with equality."""
        activity = self.rows @ point
        return Region(
            self.rows,
            low=np.where(self.high - activity < _NEAR, self.high, self.low),
            high=np.where(activity - self.low < _NEAR, self.low, self.high),
            lower=np.where(self.upper - point < _NEAR, self.upper, self.lower),
            upper=np.where(point - self.lower < _NEAR, self.lower, self.upper),
        )

    def reach(self, point: Vector, direction: Vector) -> float:
        """Return how many times `direction` can be added to `point` before it meets a bound it does not lie on."""
        face = self.face(point)
        place = np.concatenate([point, self.rows @ point])
        speed = np.concatenate([direction, self.rows @ direction])
        low, high = np.concatenate([self.lower, self.low]), np.concatenate([self.upper, self.high])
        free = np.concatenate([face.upper > face.lower, face.high > face.low]) & (abs(speed) > _NEAR)
        room = np.where(speed > 0, high - place, place - low)[free] / abs(speed[free])
        return float(room.min(initial=np.inf))


@dataclass(frozen=True)
class Best:
    """The panel that gains most: its point, and a gain that no panel exceeds."""

    panel: Vector
    bound: float


def best_panel(region: Region, gain: Vector, *, nodes: int | None = None) -> Best | None:
    """Return the panel of the region with the largest gain·x; None where there is no panel.

    Args:
        region: Where to look.
        gain: By class.
        nodes: Give up after so many branchings, and return the best found, or None.

    Raises:
        SolverError: HiGHS neither found the best nor proved that there is none.
    """
    scale = _LARGEST_GAIN / (abs(gain).max() or 1.0)
    result = integer_program(-gain * scale, region, nodes=nodes)
    if result.x is None:
        return None
    panel = np.round(result.x) + 0.0  # No −0.0: panels are compared as bytes.
    return Best(panel, max(float(gain @ panel), -result.mip_dual_bound / scale))


def integer_program(cost: Vector, region: Region, *, nodes: int | None = None) -> Any:
    """Return SciPy's result for the x of the region, whole numbers, that cost least; its `x` is None if there is none.

    Raises:
        SolverError: As for `best_panel`.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    options: dict[str, float | bool] = {"mip_rel_gap": 0.0} | ({} if nodes is None else {"node_limit": nodes})
    within = LinearConstraint(region.rows, region.low, region.high)
    for presolve in (True, False):
        result = milp(
            cost,
            integrality=np.ones(len(cost)),
            bounds=Bounds(region.lower, region.upper),
            constraints=within,
            options={**options, "presolve": presolve},
        )
        if result.status in (_OPTIMAL, _EMPTY) or (nodes is not None and result.status == _STOPPED):
            return result
    raise SolverError(result.message)


def linear_program(cost: Vector, **problem: Any) -> Any:
    """Return SciPy's result for a linear program that has a solution, at the finest precision that HiGHS manages.

    Raises:
        SolverError: HiGHS did not solve it.
    """
    from scipy.optimize import linprog

    for precision in _PRECISIONS:
        options = {"primal_feasibility_tolerance": precision, "dual_feasibility_tolerance": precision}
        result = linprog(cost, **problem, method="highs", options=options)
        if result.status == _OPTIMAL:
            return result
    raise SolverError(result.message)
