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
from importlib import metadata
from pathlib import Path
from typing import Any

from budgetanalyser import dansk
from budgetanalyser.engine.contract import read_cells
from budgetanalyser.kilder.sidecar import Kilde, checksum, sidecar_path
from budgetanalyser.report import document as doc
from budgetanalyser.report.pdf import templates

PACKAGES = ("budgetanalyser", "pandas", "matplotlib", "typst", "fontpkg-fira-sans")


def colophon(
    root: Path,
    *,
    analysis: Path,
    prose: Path,
    notebook: Path,
    kilder: Sequence[Kilde],
    values: Sequence[doc.NamedValue],
    parameters: Sequence[doc.Parameter],
) -> doc.Colophon:
    """Return the colophon of a run.

    Args:
        root: The workspace; paths are printed relative to it.
        analysis, prose, notebook: The files the report was made from; the prose may be absent.
        kilder: Every source the run read, in the order of reading.
        values: Every value a placeholder can print, parameters among them.
        parameters: The parameters, with their help.
    """
    inputs = [_input(root, analysis), *([_input(root, prose)] if prose.is_file() else [])]
    inputs.append(doc.InputFile(path=notebook.relative_to(root).as_posix(), sha256=_notebook_hash(notebook)))
    for kilde in kilder:
        path = root / "data" / "raw" / kilde.fil
        inputs += [
            doc.InputFile(path=path.relative_to(root).as_posix(), sha256=kilde.sha256),
            _input(root, sidecar_path(path)),
        ]
    versions = {"Python": platform.python_version(), **{name: metadata.version(name) for name in PACKAGES}}
    versions["skabelon"] = hashlib.sha256(b"".join(templates().values())).hexdigest()[:8]
    content = [inputs, sorted(versions.items()), parameters, values]
    return doc.Colophon(
        run_id=_digest(content)[:8],
        inputs=inputs,
        # A notebook file sorts its keys; sorted here, the order is the same before and after it is saved.
        versions=dict(sorted(versions.items())),
        parameters=list(parameters),
        values=list(values),
        kilder=[_info(kilde) for kilde in kilder],
    )


def _input(root: Path, path: Path) -> doc.InputFile:
    return doc.InputFile(path=path.relative_to(root).as_posix(), sha256=checksum(path))


def _notebook_hash(path: Path) -> str:
    """Hash what a notebook does: the kind, source and tags of its cells, not what JupyterLab last showed in it."""
    cells = [[c["cell_type"], c["source"], c.get("metadata", {}).get("tags", [])] for c in read_cells(path, path.name)]
    return hashlib.sha256(json.dumps(cells, ensure_ascii=False).encode()).hexdigest()


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
