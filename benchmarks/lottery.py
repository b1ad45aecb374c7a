"""Time the fair lottery beside the peer `sortition-algorithms`, on the same constructed pools, in one run.

    python benchmarks/lottery.py [python with the peer]

Three pools of volunteers who are not like the population, over 2 x 5 x 4 x 4 values, with quotas from the population
rounded down and up: 36 seats of 500 by leximin and by maximin, and 99 of 3000 by maximin. Each lottery is made in a
process of its own from the same CSV files; the clock runs from the table read to the lottery made, with our checks and
our list of panels, and without the peer's own reading. Each line tells the lowest probability too: the two agree to the
peer's tolerance, about 1e-7.
"""

from __future__ import annotations

import csv
import json
import math
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

PEER = "sortition-algorithms[gurobi,mip]==0.12.15"
LONGEST = 900  # Seconds; the peer is stopped then, as happens to it at 99 of 3000.
VALUES = {"gender": 2, "age": 5, "education": 4, "area": 4}
# Size of pool, seats, rule, the peer's backend, seed of the pool.
CASES = [
    (500, 36, "leximin", "mip", 1),
    (500, 36, "leximin", "mip", 2),
    (500, 36, "maximin", "mip", 1),
    (3000, 99, "maximin", "mip", 1),
]

OURS = """
import json, sys, time
from pathlib import Path
import pandas as pd
from budgetanalyser.borgersamling.lodtraekning import fair_lottery
folder = Path(sys.argv[1])
pool = pd.read_csv(folder / "pool.csv", index_col="id", dtype=str)
quotas = pd.read_csv(folder / "quotas.csv", dtype={"feature": str, "value": str})
begun = time.perf_counter()
lottery = fair_lottery(pool, quotas, int(sys.argv[2]), rule=sys.argv[3])
seconds = time.perf_counter() - begun
summary = lottery.summary()
print(json.dumps({"seconds": seconds, "lowest": summary.min, "gini": summary.gini}))
"""


def write_pool(folder: Path, people: int, seats: int, seed: int) -> float:
    """Write a constructed pool and its quotas as `pool.csv` and `quotas.csv`.

    Returns:
        A bound on the lowest probability: no value's max, shared by all who have it, gives any of them more.
    """
    chance = random.Random(seed)
    quotas: list[tuple[str, str, int, int]] = []
    columns = []
    for feature, size in VALUES.items():
        values = [f"{feature}{number}" for number in range(size)]
        population = [chance.randint(500, 1500) for _ in values]
        eager = [count * chance.uniform(0.3, 1.7) for count in population]
        columns.append(chance.choices(values, eager, k=people))
        for value, count in zip(values, population, strict=True):
            exact = Fraction(count * seats, sum(population))
            quotas.append((feature, value, math.floor(exact), math.ceil(exact)))
    write_csv(folder / "quotas.csv", ["feature", "value", "min", "max"], quotas)
    rows = [[f"p{number:05}", *values] for number, values in enumerate(zip(*columns, strict=True))]
    write_csv(folder / "pool.csv", ["id", *VALUES], rows)
    have = Counter(value for column in columns for value in column)
    return min(most / have[value] for _, value, _, most in quotas if have[value])


def write_csv(path: Path, head: list[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])


def result(*command: object) -> dict[str, Any]:
    """Run a command that ends by printing JSON, and return that."""
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return {"error": f"stopped after {LONGEST} s"}
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["no output"])[-1]}
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def told(name: str, answer: dict[str, Any]) -> str:
    if "error" in answer:
        return f"  {name}  {answer['error']}"
    return f"  {name}  {answer['seconds']:8.2f} s   lowest {answer['lowest']:.10f}   Gini {answer['gini']:.6f}"


def main() -> None:
    python = sys.argv[1] if len(sys.argv) > 1 else sys.executable
    if shutil.which(python) is None:
        sys.exit(f"there is no {python}")
    has_peer = not subprocess.run([python, "-c", "import sortition_algorithms"], capture_output=True).returncode
    if not has_peer:
        print(f"{python} lacks the peer; install it with: {python} -m pip install '{PEER}'")
    for people, seats, rule, backend, seed in CASES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            bound = write_pool(folder, people, seats, seed)
            print(f"{seats} of {people}, {rule}, pool {seed}; no lowest can be above {bound:.10f}", flush=True)
            ours = result(sys.executable, "-c", OURS, folder, seats, rule)
            print(told("ours", ours), flush=True)
            if not has_peer:
                continue
            peer = result(python, Path(__file__).with_name("lottery_peer.py"), folder, seats, rule, backend)
            print(told("peer", peer))
            if not {"error"} & {*ours, *peer}:
                print(
                    f"  ours is {peer['seconds'] / ours['seconds']:.0f} times as fast; "
                    f"lowest differ by {abs(ours['lowest'] - peer['lowest']):.1e}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
