"""Confidential files: the volunteers of a lottery, which must never enter a report, a log or git.

Such a file lies outside the workspace, or in `data/fortroligt/`, which git ignores. It has no sidecar, as nothing of it
is published but its size and a hash. It holds an id, the criteria and perhaps an address key; never names, CPR numbers
or addresses in words. No message here repeats a cell.
"""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from budgetanalyser.errors import Fault, KildeError
from budgetanalyser.kilder.table import KildeTable, decoded

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "data/fortroligt"
ID = "id"
DRAWN = ".udtrukket.csv"
_PERSONAL = re.compile(
    r"^(?:for|efter|fulde? ?)?navn|^name|cpr|personnummer|e-?mail|mail|telefon|tlf|mobil|adresse$|vej|gade|fødselsdato",
    re.IGNORECASE,
)
_CPR = re.compile(r"(?<!\d)(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[ -]?\d{4}(?!\d)")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[a-zæøå]{2,}", re.IGNORECASE)


@dataclass(frozen=True)
class Fortrolig:
    """The volunteers, indexed by id, and the file they come from.

    Invented ones have no path and are a source like any other, in `kilder`; real ones are never named as a source.
    """

    data: pd.DataFrame = field(repr=False)
    path: Path | None = field(default=None, repr=False)
    kilder: tuple[KildeTable, ...] = field(default=(), repr=False)

    def gem_udtrukne(self, udtrukne: Iterable[str]) -> None:
        """Write the ids drawn beside the file they come from; nothing for invented people."""
        if self.path is not None:
            write_drawn(self.path, udtrukne)


def find(file: str, root: Path) -> Path:
    """Return the path of a confidential file, after making sure that it lies where git and reports do not reach.

    Args:
        file: A name in `data/fortroligt/`, or a whole path outside the workspace.
        root: The workspace.

    Raises:
        KildeError: It is not there, lies elsewhere in the workspace, or git would take it along.
    """
    path = Path(file).expanduser()
    path = path if path.is_absolute() else root / FOLDER / path
    inside = path.resolve().is_relative_to(root.resolve())
    if inside and not path.resolve().is_relative_to((root / FOLDER).resolve()):
        said = f"personoplysninger må ikke ligge i arbejdsområdet; flyt filen til {FOLDER}/ eller helt ud af mappen"
        raise KildeError(path.name, [Fault(said)])
    if not path.is_file():
        raise KildeError(path.name, [Fault(f"filen findes ikke; læg den i {FOLDER}/, eller skriv hele dens sti")])
    if inside and not _is_ignored(path, root):
        said = f"git ville tage filen med; skriv {FOLDER}/ i .gitignore, og fjern filen fra git, før du går videre"
        raise KildeError(path.name, [Fault(said)])
    return path


def _is_ignored(path: Path, root: Path) -> bool:
    """Ask git, where the workspace is kept in git at all."""
    try:
        asked = subprocess.run(["git", "check-ignore", "-q", str(path)], cwd=root, capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return True
    return asked.returncode != 1  # 1 is "not ignored"; 128 is "no git here".


def read(path: Path) -> pd.DataFrame:
    """Return the volunteers: text columns, indexed by `id`.

    Raises:
        KildeError: No header with `id`, a column or a cell that looks like a name, a CPR number or an address, or rows
            that do not fit the header; all faults, and none repeats what a cell says.
    """
    import pandas as pd

    text, _ = decoded(path.read_bytes(), path.name)
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=";")]
    numbered = [(number, row) for number, row in enumerate(rows, start=1) if any(row)]
    if not numbered or ID not in numbered[0][1]:
        raise KildeError(path.name, [Fault(f"første linje skal være kolonnernes navne med ; imellem, og én er »{ID}«")])
    header = numbered[0][1]
    faults = [Fault(f"kolonnen »{name}« er en personoplysning; slet den", "linje 1") for name in _personal(header)]
    faults += [Fault(f"kolonnen »{name}« står to gange", "linje 1") for name in header if header.count(name) > 1]
    for number, row in numbered[1:]:
        faults += [Fault(said, f"linje {number}") for said in _row_faults(row, header)]
    if faults:
        raise KildeError(path.name, faults)
    table = pd.DataFrame([row for _, row in numbered[1:]], columns=pd.Index(header, dtype=object), dtype=object)
    return table.set_index(ID)


def _personal(header: list[str]) -> list[str]:
    return [name for name in header if _PERSONAL.search(name)]


def _row_faults(row: list[str], header: list[str]) -> list[str]:
    if len(row) != len(header):
        return [f"der er {len(row)} felter, men overskriften har {len(header)}"]
    looks = ((_CPR, "et CPR-nummer"), (_MAIL, "en mailadresse"))
    return [
        f"cellen i »{name}« ligner {what}; slet den"
        for name, cell in zip(header, row, strict=True)
        for pattern, what in looks
        if pattern.search(cell)
    ]


def write_drawn(path: Path, drawn: Iterable[str]) -> Path:
    """Write the ids drawn beside the confidential file they come from, whole or not at all, and return the path."""
    target = path.with_name(path.stem + DRAWN)
    content = "\r\n".join([ID, *sorted(drawn)]) + "\r\n"
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".udtrukket-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target
