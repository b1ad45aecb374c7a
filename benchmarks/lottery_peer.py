"""Run the peer, `sortition-algorithms`, on two CSV files: a process of its own, since the peer is GPL and not ours.

    <python with the peer> benchmarks/lottery_peer.py <folder> <seats> <leximin or maximin> <backend>

Prints JSON: seconds in the algorithm alone, the lowest probability, the Gini coefficient, or what went wrong.
"""

from __future__ import annotations

import csv
import importlib
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any


def rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        return list(reader.fieldnames or []), list(reader)


def distribution(folder: Path, seats: int, rule: str, backend: str) -> tuple[float, list[float]]:
    """Return the seconds the peer takes, and the probability of each person."""
    package = "sortition_algorithms"
    features_of = importlib.import_module(f"{package}.features").read_in_features
    people_of = importlib.import_module(f"{package}.people").read_in_people
    settings_of = importlib.import_module(f"{package}.settings").Settings
    generation = importlib.import_module(f"{package}.committee_generation.{rule}")
    features: Any = features_of(*rows(folder / "quotas.csv"))[0]
    head, body = rows(folder / "pool.csv")
    people: Any = people_of(head, body, features, settings_of(id_column="id", columns_to_keep=[]))[0]
    begun = time.perf_counter()
    panels, weights, _ = getattr(generation, f"find_distribution_{rule}")(features, people, seats, [], backend)
    seconds = time.perf_counter() - begun
    found: Counter[str] = Counter()
    for panel, weight in zip(panels, weights, strict=True):
        for person in panel:
            found[person] += weight
    return seconds, [float(found[row["id"]]) for row in body]


def main() -> None:
    folder, seats, rule, backend = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    try:
        seconds, chances = distribution(folder, seats, rule, backend)
    except Exception as error:  # Whatever it says is the result.
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
        return
    spread = sum(abs(a - b) for a in chances for b in chances) / (2 * len(chances) * sum(chances))
    print(json.dumps({"seconds": seconds, "lowest": min(chances), "gini": spread}))


if __name__ == "__main__":
    main()
