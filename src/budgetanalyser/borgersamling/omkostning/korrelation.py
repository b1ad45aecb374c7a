"""Correlation between prices: normal numbers that, turned into prices, have the correlation asked for.

The coefficient an economist gives is between the amounts. A Gaussian copula mixes normal numbers, and the two
coefficients differ a little when a distribution is skew (Cario and Nelson's NORTA, 1997); here the difference is
worked out, by Hermite expansion, so that Var(sum) = Σ s² + 2 Σ r·s·s holds with the given r.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from budgetanalyser.borgersamling.omkostning.fordelinger import Fordeling
from budgetanalyser.errors import ValueUseError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_TERMS = 24
_GRID = 1 << 14
_SLACK = 0.02  # How far from possible a set of coefficients may be, for the rounding of those who gave it.


def mixing(correlation: Any, priser: Sequence[Fordeling]) -> tuple[Array | None, list[str]]:
    """Return the matrix that turns independent normal numbers into correlated ones, and what the reader must be told.

    Args:
        correlation: None, one coefficient, or a matrix with a row and a column for each of `priser`.
        priser: The distributions; a fixed one is correlated with nothing.

    Returns:
        k × k, or None where nothing is correlated.

    Raises:
        ValueUseError: Not coefficients from −1 to 1, not symmetric, wrong size, or coefficients that cannot all hold.
    """
    import numpy as np

    if correlation is None:
        return None, []
    wanted = _matrix(correlation, len(priser))
    _require_possible(wanted, "Korrelationerne")
    fixed = [i for i, one in enumerate(priser) if one.is_fixed]
    wanted[fixed, :] = wanted[:, fixed] = 0.0
    np.fill_diagonal(wanted, 1.0)
    if np.allclose(wanted, np.eye(len(priser))):
        return None, []
    normal, notes = _normal(wanted, priser)
    return _root(normal), notes


def _matrix(correlation: Any, size: int) -> Array:
    import numpy as np

    if isinstance(correlation, (int, float, Decimal)) and not isinstance(correlation, bool):
        matrix = np.full((size, size), float(correlation))
        np.fill_diagonal(matrix, 1.0)
    else:
        try:
            matrix = np.array([[float(one) for one in row] for row in np.asarray(correlation)], dtype=float)
        except (TypeError, ValueError):
            raise ValueUseError(
                "Korrelationen skal være ét tal eller en tabel med ét tal for hvert par linjer."
            ) from None
    if matrix.shape != (size, size):
        raise ValueUseError(f"Korrelationen skal have {size} rækker og {size} kolonner, én for hver linje.")
    if not (np.isfinite(matrix).all() and (abs(matrix) <= 1).all()):
        raise ValueUseError("En korrelation skal ligge fra −1 til 1.")
    if not (np.allclose(matrix, matrix.T) and np.allclose(np.diag(matrix), 1)):
        raise ValueUseError("Korrelationen skal være ens på begge sider af diagonalen og 1 på den.")
    return matrix


def _require_possible(matrix: Array, what: str) -> None:
    import numpy as np

    if np.linalg.eigvalsh(matrix)[0] < -_SLACK:
        raise ValueUseError(
            f"{what} kan ikke gælde på én gang: følges to linjer med den samme tredje, kan de ikke gå hver sin vej. "
            "Vælg mindre eller færre negative tal."
        )


def _normal(wanted: Array, priser: Sequence[Fordeling]) -> tuple[Array, list[str]]:
    """Return the correlation of the normal numbers that gives the amounts the correlation `wanted`."""
    import numpy as np

    terms = _hermite(priser)
    powers = np.arange(1, _TERMS + 1)

    def of_amounts(normal: Array) -> Array:
        return np.asarray(np.einsum("in,jn,ijn->ij", terms, terms, normal[:, :, None] ** powers))

    low, high = -np.ones_like(wanted), np.ones_like(wanted)
    for _ in range(50):
        middle = (low + high) / 2
        below = of_amounts(middle) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    normal = np.where(wanted == 0, 0.0, (low + high) / 2)
    np.fill_diagonal(normal, 1.0)
    off = abs(of_amounts(normal) - wanted)
    np.fill_diagonal(off, 0.0)
    varies = [i for i, one in enumerate(priser) if not one.is_fixed]
    short = bool((off[np.ix_(varies, varies)] > 0.005).any())
    _require_possible(normal, "De korrelationer, som fordelingerne kræver,")
    said = "Nogle fordelinger er så skæve, at den ønskede korrelation ikke kan nås; den nærmeste er brugt."
    return normal, [said] if short else []


def _hermite(priser: Sequence[Fordeling]) -> Array:
    """Return each distribution's Hermite coefficients of degree 1-24, scaled so that their squares sum to 1."""
    import numpy as np
    from scipy.special import ndtri

    shares = (np.arange(_GRID) + 0.5) / _GRID
    z = ndtri(shares)
    basis = [np.ones_like(z), z]
    for n in range(2, _TERMS + 1):  # Orthonormal: h(n) = (z·h(n−1) − √(n−1)·h(n−2)) / √n
        basis.append((z * basis[-1] - np.sqrt(n - 1) * basis[-2]) / np.sqrt(n))
    rows = []
    for one in priser:
        values = one.ppf(shares)
        spread = values.std()
        rows.append([0.0 if spread == 0 else float(np.mean(values * h)) / spread for h in basis[1:]])
    return np.array(rows)


def _root(matrix: Array) -> Array:
    """Return a square root of a correlation matrix, also of one with full correlation."""
    import numpy as np

    values, vectors = np.linalg.eigh(matrix)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    return np.asarray(root / np.sqrt((root**2).sum(axis=1, keepdims=True)))
