"""Builders: small constructed workspaces, so that a test states only what it varies. All data here is KONSTRUERET."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GREVE = "2023/velfaerdsborgersamling"

PARAMETERS = """\
from budgetanalyser import Aar

analyse: str = "2024/lille"  # analysens navn
budgetaar: Aar = 2024  # første budgetår
"""
BEGIN = "%load_ext budgetanalyser\nrapport(analyse)"
TOML = """\
notebook = "lille"
titel = "En lille analyse"
serie = "Prøver 2024"
dato = 2024-05-07
kommune = "0253"
"""
SIDECAR = """\
titel = "KONSTRUERET prøve"
udgiver = "Testen"
dato_udgivet = "ikke oplyst"
dato_hentet = 2024-01-02
url = "ikke oplyst"
licens = "ikke oplyst"
sha256 = "{sha256}"
prisniveau = 2024
konstrueret = true

[kolonner]
post = "tekst"
beloeb_1000_kr = "beloeb"
"""
RAW = "post;beloeb_1000_kr\nLokale;1.250,5\nKaffe;-0,5\n"
RAW_NAME = "KONSTRUERET-poster.csv"


def code(name: str, source: str, *tags: str) -> dict[str, object]:
    """Return a code cell."""
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {"tags": list(tags)},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def markdown(name: str, source: str, *tags: str) -> dict[str, object]:
    """Return a Markdown cell."""
    return {"cell_type": "markdown", "id": name, "metadata": {"tags": list(tags)}, "source": source}


def notebook(*cells: dict[str, object]) -> dict[str, object]:
    """Return a notebook of cells."""
    spec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    return {"cells": list(cells), "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5}


def small_notebook(*middle: dict[str, object], parameters: str = PARAMETERS) -> dict[str, object]:
    """Return a notebook with parameters, rapport() and kolofon() around the cells given."""
    return notebook(
        code("parametre", parameters, "parameters"), code("rapport", BEGIN), *middle, code("kolofon", "kolofon()")
    )


class Small:
    """A workspace with one analysis, "2024/lille", in a folder whose name has a space and Danish letters."""

    name = "2024/lille"

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("analyses/2024", "notebooks", "data/raw", "reports"):
            (root / folder).mkdir(parents=True)
        self.toml(TOML)
        self.raw()
        self.notebook(small_notebook(markdown("tekst", "## Et afsnit\n\nTekst.")))

    def toml(self, text: str, name: str = "2024/lille") -> None:
        (self.root / f"analyses/{name}.toml").write_text(text, encoding="utf-8")

    def prose(self, text: str) -> None:
        (self.root / "analyses/2024/lille.md").write_text(text, encoding="utf-8")

    def raw(self, text: str = RAW, sidecar: str = SIDECAR, name: str = RAW_NAME) -> Path:
        path = self.root / "data/raw" / name
        path.write_bytes(text.encode())
        side = path.with_name(f"{path.name}.kilde.toml")
        side.write_text(sidecar.replace("{sha256}", hashlib.sha256(text.encode()).hexdigest()), encoding="utf-8")
        return path

    def notebook(self, content: dict[str, object], name: str = "lille") -> Path:
        path = self.root / f"notebooks/{name}.ipynb"
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return path

    def cells(self, *middle: dict[str, object], parameters: str = PARAMETERS) -> None:
        self.notebook(small_notebook(*middle, parameters=parameters))

    def report(self, ending: str) -> Path:
        return self.root / f"reports/2024/lille{ending}"

    def files(self) -> set[str]:
        """Return everything under reports/, so that a test can say nothing is half-written."""
        folder = self.root / "reports"
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def run_cli(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in its own process, as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "budgetanalyser", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=240,
    )


def copy_of_this_workspace(target: Path) -> Path:
    """Return a copy of this repository's workspace: its analyses, notebooks and raw data."""
    for folder in ("analyses", "notebooks", "data/raw"):
        shutil.copytree(ROOT / folder, target / folder)
    (target / "reports").mkdir()
    return target


def need(program: str) -> None:
    """Skip the test, with a reason, where a program of the operating system is missing."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
