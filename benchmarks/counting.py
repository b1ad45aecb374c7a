"""Time reading and counting an election beside the peer `pabutools`, and drawing ballots anew beside the drawing alone.

    python benchmarks/counting.py [folder with the shared .pb files] [python with the peer]

Łódź 2022 (90.494 ballots, 160 projects) and a constructed election are read and counted by most votes and by Equal
Shares once, each side in a process of its own from the same file, ties broken alike; the winners must be the same. The
peak is that of a process that reads and counts. Then 1.000 bootstrap counts of Grochów 2017 and of the constructed
election, beside the drawing of their samples. Where the shared files are absent, the constructed election alone is run.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from budgetanalyser.deltagerbudget import opdigt
from budgetanalyser.deltagerbudget.pabulib import read_pabulib, write_pabulib
from budgetanalyser.deltagerbudget.robusthed import bootstrap, draw_weights
from budgetanalyser.deltagerbudget.valg import Election

PEER = "pabutools==1.2.3"
SHARED = Path(__file__).parents[2] / "shared" / "data" / "pabulib"
LODZ, GROCHOW = "Poland_Lodz_2022.pb", "Poland_Warszawa_2017_Grochow_Polnocny.pb"
LONGEST = 900  # Seconds.
DRAWS, ROUNDS = 1_000, 25
STEPS = {"read": "read", "greedy": "most votes", "shares": "Equal Shares once"}

OURS = """
import json, resource, sys, time
from budgetanalyser.deltagerbudget import count, equal_shares, read_pabulib
begun = time.perf_counter()
election = read_pabulib(sys.argv[1])
read = time.perf_counter()
greedy = count(election).winners
counted = time.perf_counter()
shares = equal_shares(election, completion=None).winners
shared = time.perf_counter()
seconds = {"read": read - begun, "greedy": counted - read, "shares": shared - counted}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "greedy": sorted(greedy), "shares": sorted(shares), "peak": peak}))
"""


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
    seconds = "   ".join(f"{word} {answer['seconds'][step]:9.4f} s" for step, word in STEPS.items())
    return f"  {name}  {seconds}   peak {answer['peak']:6.0f} MB"


def compare(title: str, path: Path, python: str, *, has_peer: bool) -> bool:
    """Print both sides and their ratios, and return whether they agree as far as both were run."""
    ours = result(sys.executable, "-c", OURS, path)
    print(f"{title}\n{told('ours', ours)}", flush=True)
    if not has_peer or "error" in ours:
        return "error" not in ours
    peer = result(python, Path(__file__).with_name("counting_peer.py"), path)
    print(told("peer", peer))
    if "error" in peer:
        return False
    ratios = ", ".join(f"{word} {peer['seconds'][step] / ours['seconds'][step]:,.0f}" for step, word in STEPS.items())
    print(f"  ours is as many times as fast: {ratios}; and takes {ours['peak'] / peer['peak']:.2f} of the memory")
    same = True
    for step in ("greedy", "shares"):
        agrees = ours[step] == peer[step]
        print(f"  {STEPS[step]}: {len(ours[step])} winners, {'the same' if agrees else 'NOT THE SAME'} on both sides")
        same &= agrees
    return same


def drawn_anew(title: str, election: Election) -> None:
    """Print the medians of bootstrap counts and of their drawing alone, taken in turns."""
    voters = election.n_voters or 0
    drawing, counting = [], []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _block in draw_weights(voters, DRAWS, 1):
            pass
        drawn = time.perf_counter()
        bootstrap(election, rounds=DRAWS, seed=1)
        drawing.append(drawn - begun)
        counting.append(time.perf_counter() - drawn)
    whole, alone = statistics.median(counting), statistics.median(drawing)
    print(
        f"{title}: {DRAWS:,} bootstrap counts {whole:.4f} s, the drawing of the samples alone {alone:.4f} s, "
        f"ratio {whole / alone:.2f}",
        flush=True,
    )


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED
    python = sys.argv[2] if len(sys.argv) > 2 else sys.executable
    has_peer = not subprocess.run([python, "-c", "import pabutools"], capture_output=True).returncode
    if not has_peer:
        print(f"{python} lacks the peer; install it with: {python} -m pip install '{PEER}'")
    has_files = all((folder / name).is_file() for name in (LODZ, GROCHOW))
    if not has_files:
        print(f"{folder} lacks the shared files; only the constructed election is run")
    constructed = opdigt.valg(2020)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / constructed.fil
        write_pabulib(constructed, path)
        same = compare(constructed.fil, path, python, has_peer=has_peer)
    if has_files:
        same &= compare(LODZ, folder / LODZ, python, has_peer=has_peer)
    drawn_anew(constructed.fil, constructed)
    if has_files:
        drawn_anew(GROCHOW, read_pabulib(folder / GROCHOW))
    if not same:
        sys.exit("the two sides do not agree, or one of them failed")


if __name__ == "__main__":
    main()
