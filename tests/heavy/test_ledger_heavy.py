"""Ledgers too large for every run: memory that does not grow, and lines that never end."""

import json
import subprocess
import sys

import pytest
from builders import ROOT
from ledgers import HEADER, row

pytestmark = pytest.mark.heavy

READ = """
import json, sys
sys.path.insert(0, sys.argv[1])
from ledger_readers import peak_mb
from budgetanalyser.errors import KildeError
from budgetanalyser.kilder import ledger
try:
    said = str(ledger.read(sys.argv[2], layout=sys.argv[3]).total())
except KildeError as error:
    said = str(error)
print(json.dumps({"said": said, "peak": peak_mb()}))
"""


def run(*command):
    done = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, timeout=900, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def peaks(tmp_path_factory):
    """Return the peak memory by reader and millions of rows, and hold each to what was made."""
    folder = tmp_path_factory.mktemp("ledgers")
    found = {}
    for millions in (1, 4):
        path = folder / f"KONSTRUERET-{millions}.csv"
        expected = run(ROOT / "benchmarks/ledger_make.py", path, millions * 1_000_000)
        for reader in ("ours", "parquet"):
            places = [folder / "ud"] if reader == "parquet" else []
            answer = run(ROOT / "benchmarks/ledger_readers.py", reader, path, *places)
            for key in ("rows", "rejects", "lines", "oere", "digest"):
                assert answer[key] == expected[key], (reader, key)
            found[reader, millions] = answer["peak"]
        path.unlink()
    return found


@pytest.mark.parametrize("reader", ["ours", "parquet"])
def test_memory_does_not_grow_with_the_rows(peaks, reader):
    assert peaks[reader, 4] < 600
    assert peaks[reader, 4] < 1.2 * peaks[reader, 1]


@pytest.mark.parametrize(
    ("layout", "head", "said"),
    [
        ("generisk", f"{HEADER}\n{row(1)}\n", "linje 3: linjen er over 1 MB"),
        ("generisk", f'{HEADER}\n{row(1)}\n"', "linje 3: linjen er over 1 MB"),
        ("generisk", "", "NUL"),
        ("prisme", "012G69\n", "linje 2: linjen er over 1 MB"),
        ("opus-xml", "<P>", "linje 1: et tegn er ikke tilladt"),
    ],
)
def test_a_line_of_two_gigabytes_is_refused_with_little_memory(tmp_path, layout, head, said):
    path = tmp_path / "KONSTRUERET-linje"
    with path.open("wb") as file:
        file.write(head.encode())
        file.truncate(2 << 30)  # The rest is a hole in the file, read as NUL.
    answer = run("-c", READ, ROOT / "benchmarks", path, layout)

    assert said in answer["said"]
    assert answer["peak"] < 400


def test_a_quote_open_for_a_gigabyte_is_refused_with_little_memory(tmp_path):
    path = tmp_path / "KONSTRUERET-anførselstegn.csv"
    block = "".join(row(n) + "\n" for n in range(30_000)).encode()
    with path.open("wb") as file:
        file.write(f'{HEADER};Tekst\n{row(1)};"åben\n'.encode())
        for _ in range(1 << 10):
            file.write(block)
    answer = run("-c", READ, ROOT / "benchmarks", path, "generisk")

    assert "linje 2: et anførselstegn er åbnet her" in answer["said"]
    assert answer["peak"] < 600
