"""Time a simulation beside the raw random numbers it needs.

Both in one run: 1.000.000 draws of a 20-line model, and NumPy's own generator making as many uniform numbers
(`default_rng().random`), into a new array and into one that is already there. Prints medians and ratios.

    python benchmarks/simulation.py [rounds]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from budgetanalyser.borgersamling.omkostning import simulate
from budgetanalyser.borgersamling.omkostning.fordelinger import FORDELINGER

DRAWS = 1_000_000
LINES = 20


def model(kinds: tuple[str, ...]) -> pd.DataFrame:
    """Return a constructed model whose lines take the distributions in turn."""
    rows = []
    for i in range(LINES):
        kind = kinds[i % len(kinds)]
        low, mode, high = (10 + i, 20 + i, 60 + i) if kind != "fast" else (20 + i,) * 3
        rows.append((f"post {i}", low, mode, high, kind))
    return pd.DataFrame(rows, columns=["post", "minimum", "mest_sandsynlig", "maksimum", "fordeling"])


def median_seconds(act: Callable[[], object], rounds: int) -> float:
    """Return the median time of `act`, after one call that does not count."""
    act()
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        act()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    ready = np.empty((LINES, DRAWS))
    raw = median_seconds(lambda: np.random.default_rng(1).random((LINES, DRAWS)), rounds)
    reused = median_seconds(lambda: np.random.default_rng(1).random(out=ready), rounds)
    print(f"NumPy, {LINES} x {DRAWS:,} uniform numbers: {raw:.3f} s, into an array already there {reused:.3f} s")
    for name, kinds in (
        ("all four distributions", FORDELINGER),
        ("trekant and pert", ("trekant", "pert")),
        ("lognormal", ("lognormal",)),
    ):
        lines = model(kinds)

        def simulation(lines: pd.DataFrame = lines) -> object:
            return simulate(lines, draws=DRAWS, seed=1)

        ours = median_seconds(simulation, rounds)
        print(f"{name}: {ours:.3f} s = {ours / raw:.2f} x raw, {ours / reused:.2f} x raw into an array already there")


if __name__ == "__main__":
    main()
