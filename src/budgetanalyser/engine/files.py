"""The two files a report begins with, read as they are: an analysis (TOML) and a notebook.

What they may hold is for `contract` and `parameters`. Nothing heavy is imported, as the command line's list needs both.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from budgetanalyser import tomltekst
from budgetanalyser.errors import AnalysisError, Fault, NotebookError


def read_toml(path: Path, shown_path: str) -> tuple[dict[str, Any], str]:
    """Return an analysis file as data and as text.

    Raises:
        AnalysisError: The file is not UTF-8 or not TOML; every fault, with lines.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return tomltekst.load(text), text
    except UnicodeDecodeError:
        raise AnalysisError(shown_path, [Fault("filen er ikke gemt som UTF-8; gem den igen som UTF-8")]) from None
    except tomltekst.TomlFaults as error:
        raise AnalysisError(shown_path, error.faults) from None


def read_cells(path: Path, shown_path: str) -> list[dict[str, Any]]:
    """Return the cells of a notebook file, each with its `source` as one text and its `tags` in its metadata.

    Raises:
        NotebookError: The file is not a notebook of format 4, or its cells are not whole.
    """
    try:
        notebook = json.loads(path.read_bytes().decode("utf-8"))
        cells = [_cell(cell) for cell in notebook["cells"]]
        "".join(cell["source"] + str(cell["id"]) for cell in cells).encode()
        if notebook["nbformat"] != 4 or not isinstance(notebook["metadata"], dict):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        said = "filen er ikke en hel notebook i format 4; åbn og gem den i JupyterLab"
        raise NotebookError(shown_path, [Fault(said)]) from None
    ids = [cell["id"] for cell in cells]
    if len(set(ids)) < len(ids):
        raise NotebookError(shown_path, [Fault("to celler har samme id; åbn og gem notebooken i JupyterLab")])
    return cells


def _cell(cell: Any) -> dict[str, Any]:
    source = cell["source"]
    whole = {**cell, "source": source if isinstance(source, str) else "".join(source), "id": cell["id"]}
    tags = whole["metadata"].get("tags", [])
    if whole["cell_type"] not in ("code", "markdown", "raw") or not all(isinstance(tag, str) for tag in tags):
        raise ValueError
    if not isinstance(whole.get("outputs", []), list):
        raise ValueError
    return whole
