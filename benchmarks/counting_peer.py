"""Run the peer, `pabutools`, on a `.pb` file: a process of its own, since the peer is GPL and not ours.

    <python with the peer> benchmarks/counting_peer.py <file>

Prints JSON: seconds to read, to count by most votes (Cost_Sat: cost x votes / cost) and by Equal Shares once, the
winners of each, and the peak of memory; or what went wrong. Ties as ours: the cheapest, for Equal Shares then the most
votes, then the order of the file. The peer knows no threshold, so projects under it are taken out before the count.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from typing import Any


def outcome(path: str) -> dict[str, Any]:
    """Return seconds, winners and peak."""
    election = importlib.import_module("pabutools.election")
    rules = importlib.import_module("pabutools.rules")
    breaking = importlib.import_module("pabutools.tiebreaking")
    begun = time.perf_counter()
    instance, profile = election.parse_pabulib(path)
    read = time.perf_counter() - begun
    place = {project: number for number, project in enumerate(instance.project_meta)}
    votes = {project: profile.approval_score(project) for project in instance}
    begun = time.perf_counter()
    needed = int(instance.meta.get("min_project_score_threshold", 0))
    able = election.Instance([one for one in instance if votes[one] >= needed], budget_limit=instance.budget_limit)
    cheapest = breaking.TieBreakingRule(lambda _, __, one: (one.cost, place[one]))
    greedy = rules.greedy_utilitarian_welfare(able, profile, sat_class=election.Cost_Sat, tie_breaking=cheapest)
    counted = time.perf_counter() - begun
    begun = time.perf_counter()
    order = breaking.TieBreakingRule(lambda _, __, one: (one.cost, -votes[one], place[one]))
    shares = rules.method_of_equal_shares(instance, profile, sat_class=election.Cost_Sat, tie_breaking=order)
    shared = time.perf_counter() - begun
    return {
        "seconds": {"read": read, "greedy": counted, "shares": shared},
        "greedy": sorted(str(one.name) for one in greedy),
        "shares": sorted(str(one.name) for one in shares),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    try:
        print(json.dumps(outcome(sys.argv[1])))
    except Exception as error:  # Whatever it says is the result.
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}))


if __name__ == "__main__":
    main()
