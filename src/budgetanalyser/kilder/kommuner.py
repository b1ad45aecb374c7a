"""The 98 municipalities by their four-digit code. Origin: `kommuner.csv.kilde.toml` beside this file."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

# What an analysis writes when its municipality is invented, so that no real one's name stands on invented figures.
OPDIGTET = "0000"
OPDIGTET_NAVN = "Opdigtet"


@cache
def kommuner() -> dict[str, str]:
    """Return municipality names by code: `kommuner()["0253"]` is "Greve"."""
    text = resources.files(__package__).joinpath("kommuner.csv").read_text(encoding="utf-8")
    return {row["kode"]: row["navn"] for row in csv.DictReader(text.splitlines(), delimiter=";")}
