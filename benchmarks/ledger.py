"""Time reading, typing, checking and summing a ledger beside pandas, Polars, DuckDB and pyarrow; and writing Parquet.

    python benchmarks/ledger.py [rows, default 10 million] [rounds, default 2]

A constructed ledger (windows-1252, Danish numbers, about 110 bytes a row, one bad row in 100.000) lies in a temporary
folder. Each reader runs in a process of its own, in turns, and the best of its rounds counts; all must find the same
sums by quarter, funktion and dranst to the øre, and the same number of rejects. Only ours tells their lines. Last, the
peak memory of ours at a tenth of the rows and at all of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEERS = {
    "pyarrow-duckdb": "DuckDB over pyarrow batches",
    "pyarrow-polars": "Polars over pyarrow batches",
    "polars": "Polars, streaming, UTF-8 copy",
    "pyarrow": "pyarrow alone",
    "pandas": "pandas, C reader, in pieces",
}
NAMES = {"ours": "ours", **PEERS, "parquet": "ours, and all rows to Parquet"}
LONGEST = 3600  # Seconds.
AGREE = ("rows", "rejects", "oere", "digest")


def result(*command: object) -> dict[str, Any]:
    """Run a command that ends by printing JSON, and return that."""
    done = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, timeout=LONGEST)
    if done.returncode:
        sys.exit(done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def made(path: Path, rows: int) -> dict[str, Any]:
    expected = result(HERE / "ledger_make.py", path, rows)
    print(f"{rows:,} rows, {expected['bytes'] / 1e6:,.0f} MB, {expected['rejects']} bad", flush=True)
    return expected


def run(reader: str, path: Path, expected: dict[str, Any]) -> dict[str, Any]:
    """Run one reader; stop when it does not find what was made."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        answer = result(HERE / "ledger_readers.py", reader, path, *([folder] if reader == "parquet" else []))
    wrong = [key for key in AGREE if answer[key] != expected[key]]
    if wrong or answer.get("lines", expected["lines"]) != expected["lines"]:
        sys.exit(f"{NAMES[reader]} does not find what was made: {', '.join(wrong) or 'lines'}")
    return answer


def told(reader: str, best: dict[str, Any], ours: float) -> None:
    worked = f"{best['seconds']:8.2f} s   {best['cpu']:8.2f} s of processor   peak {best['peak']:6.0f} MB"
    print(f"  {NAMES[reader]:32s} {worked}   {best['seconds'] / ours:6.2f} times ours", flush=True)


def verdict(said: str, value: float, limit: float, *, at_most: bool = True) -> bool:
    holds = value <= limit if at_most else value >= limit
    print(f"  {said}: {value:.2f} ({'at most' if at_most else 'at least'} {limit:g}): {'holds' if holds else 'MISSED'}")
    return holds


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with tempfile.TemporaryDirectory() as name:
        small = Path(name) / "KONSTRUERET-lille.csv"
        few = run("ours", small, made(small, rows // 10))
        small.unlink()
        path = Path(name) / "KONSTRUERET-stor.csv"
        expected = made(path, rows)
        best: dict[str, dict[str, Any]] = {}
        for _ in range(rounds):
            for reader in NAMES:
                if reader == "pandas" and reader in best:
                    continue
                answer = run(reader, path, expected)
                if reader not in best or answer["seconds"] < best[reader]["seconds"]:
                    best[reader] = answer
    ours = best["ours"]
    for reader, answer in best.items():
        told(reader, answer, ours["seconds"])
    fastest = min(best[reader]["seconds"] for reader in PEERS)
    holds = [
        verdict("ours / the fastest peer", ours["seconds"] / fastest, 1.3),
        verdict("pandas / ours", best["pandas"]["seconds"] / ours["seconds"], 8, at_most=False),
        verdict("reading and writing Parquet / reading", best["parquet"]["seconds"] / ours["seconds"], 3),
        verdict("peak memory in MB", ours["peak"], 600),
        verdict("peak memory with Parquet in MB", best["parquet"]["peak"], 600),
        verdict("peak memory / that at a tenth of the rows", ours["peak"] / few["peak"], 1.15),
    ]
    if not all(holds):
        sys.exit(1)


if __name__ == "__main__":
    main()
