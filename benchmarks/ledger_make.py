"""Make a constructed ledger of any size for `ledger.py`: windows-1252, CRLF, Danish numbers, about 110 bytes a row.

    python ledger_make.py FILE ROWS

One row in 100.000 is bad, in turns: too many fields, too few, 31-02-2026, `1.23,4x` and an "I alt" inside the file.
Prints JSON with what a reader must find: rows accepted, the lines of the rejects, the total and a digest of the sums.
Everything is KONSTRUERET.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from ledger_readers import Cells, digest

HEADER = (
    "Bilagsnr;Bogføringsdato;Kommune;Funktion;Dranst;Ejerforhold;Gruppering;Art;Omkostningssted;PSP;Tekst;"
    "Leverandør;Posteringstype;Beløb"
)
BLOCK = 200_000
EVERY = 100_000
BAD = (
    "0000000001;15-03-2026;0253;32201;1;1;001;2900;4640000001;;En for meget;12345678;NOR;1,00;x",
    "0000000002;15-03-2026;0253;32201;1;1;001;2900;4640000001;;En for lidt;1,00",
    "0000000003;31-02-2026;0253;32201;1;1;001;2900;4640000001;;Findes ikke;12345678;NOR;1,00",
    "0000000004;15-03-2026;0253;32201;1;1;001;2900;4640000001;;Intet tal;12345678;NOR;1.23,4x",
    "I alt;;;;;;;;;;;;;1.234.567,89",
)
FUNKTIONER = [f"{n:05d}" for n in (*range(22, 78201, 671), 64551, 32201)]
TEKSTER = [
    "Kørsel § 41",
    "Løn – måned",
    "Rengøring”",
    "Vikar",
    "Husleje €",
    "Undervisningsmidler",
    "Værksted",
    "El og vand",
]


def block(seed: int, first: int, rows: int) -> tuple[pl.Series, pl.DataFrame]:
    """Return the lines of some rows, and what they say."""
    chance = np.random.default_rng(seed)
    oere = np.maximum(chance.lognormal(11.5, 2.0, rows).astype(np.int64), 1)
    oere = np.where(chance.random(rows) < 0.3, -oere, oere)
    day = chance.integers(0, 1369, rows)  # From January 2023 to September 2026.
    frame = pl.DataFrame(
        {
            "n": np.arange(first, first + rows),
            "d": pl.Series(day.astype(np.int32) + 19_358).cast(pl.Date),
            "f": pl.Series(FUNKTIONER).gather(chance.integers(0, len(FUNKTIONER), rows)),
            "a": chance.integers(1, 8, rows).astype(str),
            "g": chance.integers(1, 1000, rows),
            "k": chance.integers(1, 400, rows),
            "p": chance.integers(0, 6000, rows),
            "t": pl.Series(TEKSTER).gather(chance.integers(0, len(TEKSTER), rows)),
            "oere": oere,
        }
    )
    whole, part = pl.col("oere").abs() // 100, pl.col("oere").abs() % 100
    pieces = [(whole // 10 ** (3 * k)) % 1000 for k in range(4)]
    padded = [one.cast(pl.String).str.zfill(3) for one in pieces]
    number = (
        pl.when(whole >= 10**6)
        .then(pl.format("{}.{}.{}", whole // 10**6, padded[1], padded[0]))
        .when(whole >= 1000)
        .then(pl.format("{}.{}", pieces[1], padded[0]))
        .otherwise(pieces[0].cast(pl.String))
    )
    lines = frame.select(
        pl.format(
            "{};{};0253;{};{};1;{};{};{};{};Faktura {} {};{};NOR;{},{}{}",
            (pl.col("n") + 5_100_000_000).cast(pl.String),
            pl.col("d").dt.strftime("%d-%m-%Y"),
            "f",
            "a",
            pl.col("g").cast(pl.String).str.zfill(3),
            pl.col("g") % 90 + 1000,
            pl.col("k") + 4_640_000_000,
            pl.when(pl.col("p") < 2000)
            .then(pl.format("XG-{}", pl.col("p").cast(pl.String).str.zfill(10)))
            .otherwise(pl.lit("")),
            "t",
            pl.col("n") * 7919 % 10_000_000,
            pl.col("n") * 31 % 20_000 + 12_340_000,
            number,
            part.cast(pl.String).str.zfill(2),
            pl.when(pl.col("oere") < 0).then(pl.lit("-")).otherwise(pl.lit("")),
        ).alias("line")
    )["line"]
    return lines, frame


def make(path: Path, rows: int) -> dict[str, Any]:
    """Write a ledger of `rows` rows, the bad ones among them, and return what a reader must find."""
    cells: Cells = {}
    bad_lines: list[int] = []
    line = 1
    with path.open("wb") as file:
        file.write(f"{HEADER}\r\n".encode("cp1252"))
        written = 0
        while written < rows:
            size = min(BLOCK, rows - written)
            good = size - len(range(EVERY // 2, size, EVERY))
            lines, frame = block(written, written, good)
            texts = lines.to_list()
            for place in range(EVERY // 2, size, EVERY):
                texts.insert(place, BAD[len(bad_lines) % len(BAD)])
                bad_lines.append(line + 1 + place)
            file.write("\r\n".join([*texts, ""]).encode("cp1252"))
            line += size
            written += size
            keys = [pl.format("{}K{}", pl.col("d").dt.year(), pl.col("d").dt.quarter()).alias("q"), "f", "a"]
            sums = frame.group_by(keys).agg(pl.col("oere").sum(), pl.len().alias("n"))
            for quarter, funktion, dranst, oere, count in sums.rows():
                before = cells.get((quarter, funktion, dranst), (0, 0))
                cells[quarter, funktion, dranst] = (before[0] + oere, before[1] + count)
    return {
        "rows": sum(count for _, count in cells.values()),
        "rejects": len(bad_lines),
        "lines": bad_lines,
        "oere": sum(oere for oere, _ in cells.values()),
        "digest": digest(cells),
        "bytes": path.stat().st_size,
    }


if __name__ == "__main__":
    print(json.dumps(make(Path(sys.argv[1]), int(sys.argv[2]))))
