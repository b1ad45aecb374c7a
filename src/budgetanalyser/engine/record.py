"""The run record: what a report was made from, named by hashes, and the run number that follows from them.

The part that goes into the document holds no clock time and no path of a machine, so the same inputs give the same
report. Timings are kept beside the PDF, by `job`.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import budgetanalyser
from budgetanalyser import dansk
from budgetanalyser.engine.files import read_cells
from budgetanalyser.kilder.sidecar import Kilde, checksum
from budgetanalyser.report import document as doc

# What can change a page besides the report's own files and our own code.
PACKAGES = ("pandas", "matplotlib", "typst", "fontpkg-fira-sans", "markdown-it-py", "pikepdf")


def colophon(
    inputs: Sequence[doc.InputFile],
    *,
    kilder: Sequence[Kilde],
    values: Sequence[doc.NamedValue],
    parameters: Sequence[doc.Parameter],
) -> doc.Colophon:
    """Return the colophon of a run.

    Args:
        inputs: The files the report was made from, as they were when they were read.
        kilder: Every source the run read, in the order of reading.
        values: Every value a placeholder can print, parameters among them.
        parameters: The parameters, with their help.
    """
    versions = {"Python": platform.python_version(), **{name: metadata.version(name) for name in PACKAGES}}
    versions["budgetanalyser"] = f"{metadata.version('budgetanalyser')} ({_own_code()})"
    content = [inputs, sorted(versions.items()), parameters, values]
    return doc.Colophon(
        run_id=_digest(content)[:8],
        inputs=list(inputs),
        # A notebook file sorts its keys; sorted here, the order is the same before and after it is saved.
        versions=dict(sorted(versions.items())),
        parameters=list(parameters),
        values=list(values),
        kilder=[_info(kilde) for kilde in kilder],
    )


@cache
def _own_code() -> str:
    """Return the beginning of a hash of this package's own files, so that changed code is another version."""
    root = Path(budgetanalyser.__file__).parent
    files = sorted(path for path in root.rglob("*") if path.suffix in (".py", ".typ", ".csv"))
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:8]


def input_files(root: Path, *paths: Path) -> list[doc.InputFile]:
    """Return files with their hashes as they are now; those that do not exist are left out.

    A notebook is hashed by what it does, not by what JupyterLab last showed in it.
    """
    return [
        doc.InputFile(
            path=path.relative_to(root).as_posix(),
            sha256=doc.fingerprint(read_cells(path, path.name)) if path.suffix == ".ipynb" else checksum(path),
        )
        for path in paths
        if path.is_file()
    ]


def _digest(content: object) -> str:
    def plain(node: Any) -> Any:
        return node.model_dump(mode="json")

    text = json.dumps(content, default=plain, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _day(day: date | str) -> str:
    return dansk.dato(day) if isinstance(day, date) else day


def _info(kilde: Kilde) -> doc.KildeInfo:
    return doc.KildeInfo(
        fil=kilde.fil,
        titel=kilde.titel,
        udgiver=kilde.udgiver,
        udgivet=_day(kilde.dato_udgivet),
        hentet=_day(kilde.dato_hentet),
        url=kilde.url,
        licens=kilde.licens,
        sha256=kilde.sha256,
        prisniveau=kilde.prisniveau_oplyst,
        forudsaetning=kilde.forudsaetning,
        forbehold=kilde.forbehold,
        konstrueret=kilde.konstrueret,
    )
