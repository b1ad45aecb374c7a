"""Constructed ledgers for tests: a header, rows that are right, and a file of bytes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from budgetanalyser.kilder import ledger
from budgetanalyser.kilder.ledger import Ledger

HEADER = "Bilagsnr;Bogføringsdato;Funktion;Dranst;Beløb"


def row(
    number: int = 1, amount: str = "1,00", *, day: str = "15-01-2026", funktion: str = "03201", dranst: str = "1"
) -> str:
    return f"{number:06d};{day};{funktion};{dranst};{amount}"


def written(path: Path, *lines: str, encoding: str = "utf-8", end: str = "\r\n", header: str = HEADER) -> Path:
    """Write a header and lines, each with a line end."""
    path.write_bytes("".join(line + end for line in (header, *lines)).encode(encoding))
    return path


def read(
    path: Path, *lines: str, control: Decimal | None = None, layout: str | Path = "generisk", **how: str
) -> Ledger:
    """Write lines to a file in a folder, and read it."""
    return ledger.read(written(path / "KONSTRUERET-udtræk.csv", *lines, **how), layout=layout, control=control)


def rejected(one: Ledger) -> dict[int, str]:
    """Return the reasons by line."""
    return dict(zip(one.rejects["linje"].tolist(), one.rejects["aarsag"].tolist(), strict=True))
