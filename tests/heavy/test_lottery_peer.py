"""The lottery against a library of others, in a process of its own: it is GPL, and never imported here."""

import json
import subprocess
import sys

import pandas as pd
import pytest
from builders import ROOT
from test_lodtraekning import real_size

from budgetanalyser.borgersamling.lodtraekning import fair_lottery

pytestmark = pytest.mark.heavy


def test_the_smallest_chance_is_that_of_another_program(tmp_path):
    pool, quotas, seats = real_size(100, 20)
    pool.rename_axis("id").to_csv(tmp_path / "pool.csv")
    pd.DataFrame(quotas)[["feature", "value", "min", "max"]].to_csv(tmp_path / "quotas.csv", index=False)
    command = [sys.executable, ROOT / "benchmarks/lottery_peer.py", tmp_path, str(seats), "maximin", "mip"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    peer = json.loads(done.stdout.strip().splitlines()[-1])

    assert "error" not in peer, peer
    for rule in ("maximin", "leximin"):
        assert fair_lottery(pool, quotas, seats, rule=rule).summary().min == pytest.approx(peer["lowest"], abs=1e-6)
