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
import unicodedata
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
    r"navn|\bname|_name|surname|(?:first|last) ?name|c\.?p\.?r\b|cpr|person ?n|^pnr|e-?mail|^mail|e-?post|telefon|phone"
    r"|^tlf|^mobil(?:nr|nummer)?$|adresse|address|vejnavn|^vej$|^gade|husn|f(?:ø|oe)ds|^f(?:ø|oe)dt|bop(?:æ|ae)l"
    r"|kontakt",
    re.IGNORECASE,
)
_LONGEST_CELL = 200
# Ten digits with or without signs between, the year in full, a replacement number (day + 60), or a lost zero in front.
_CPR = re.compile(
    r"(?<!\d)(?:0[1-9]|[12]\d|3[01]|[67]\d|[89][0-1])\W{0,3}(?:0[1-9]|1[0-2])\W{0,3}(?:\d{2}|\d{4})\W{0,3}\d{4}(?!\d)"
    r"|(?<!\d)[1-9](?:0[1-9]|1[0-2])\d{6}(?!\d)"
)
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[a-zæøå]{2,}", re.IGNORECASE)
MARK = "fortroligt"  # In a table's attrs: never shown, never enclosed.
LINES = "linjer"  # In its attrs too: the line of each row.


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


def find(file: str, root: Path, *, folders: bool = False) -> Path:
    """Return the path of a confidential file, after making sure that it lies where git and reports do not reach.

    Args:
        file: A name in `data/fortroligt/`, with or without that in front, or a whole path outside the workspace.
        root: The workspace.
        folders: Whether it may be a folder too.

    Raises:
        KildeError: It is not there, lies elsewhere in the workspace, or git would take it along.
    """
    if not file.strip():
        said = f"navnet er tomt; skriv et navn i {FOLDER}/ eller en hel sti"
        raise KildeError("den fortrolige fil", [Fault(said)])
    try:
        path = Path(file).expanduser()
        begin = root if path.is_relative_to(FOLDER) else root / FOLDER
        path = (begin / path).resolve()
        exists = path.is_file() or (folders and path.is_dir())
    except (OSError, RuntimeError, ValueError):
        raise KildeError(
            "den fortrolige fil", [Fault("navnet kan ikke bruges; skriv et navn eller en hel sti")]
        ) from None
    inside = path.is_relative_to(root.resolve())
    if inside and not path.is_relative_to((root / FOLDER).resolve()):
        said = f"personoplysninger må ikke ligge i arbejdsområdet; flyt filen til {FOLDER}/ eller helt ud af mappen"
        raise KildeError(path.name, [Fault(said)])
    if not exists:
        raise KildeError(path.name, [Fault(f"filen findes ikke; læg den i {FOLDER}/, eller skriv hele dens sti")])
    if not all(_is_out_of_git(one) for one in (path, _target(path))):
        said = f"git ville tage filen eller de udtrukne med; skriv {FOLDER}/ i .gitignore, eller flyt filen ud af git"
        raise KildeError(path.name, [Fault(said)])
    return path


def _target(path: Path) -> Path:
    return path.with_name(path.stem + DRAWN)


def _is_out_of_git(path: Path) -> bool:
    """Ask git in the file's own folder. No is the answer where there is a repository that git cannot tell of."""
    in_repository = any((folder / ".git").exists() for folder in path.parents)
    if not in_repository:
        return True
    try:
        ask = ["git", "check-ignore", "-q", "--no-index", path.name]
        tracked = ["git", "ls-files", "--error-unmatch", path.name]
        ignored = subprocess.run(ask, cwd=path.parent, capture_output=True, timeout=20).returncode == 0
        return ignored and subprocess.run(tracked, cwd=path.parent, capture_output=True, timeout=20).returncode == 1
    except (OSError, subprocess.TimeoutExpired):
        return False


def read(path: Path) -> pd.DataFrame:
    """Return the volunteers: text columns, indexed by `id`.

    Raises:
        KildeError: No header with `id`, a column that is a name or an address by its header, a cell that
            looks like a CPR number or a mail address, or rows
            that do not fit the header; all faults, and none repeats what a cell says.
    """
    import pandas as pd

    text, _ = decoded(path.read_bytes(), path.name)
    numbered = _numbered(text, path.name)
    if not numbered or ID not in numbered[0][1]:
        raise KildeError(path.name, [Fault(f"første linje skal være kolonnernes navne med ; imellem, og én er »{ID}«")])
    header = numbered[0][1]
    said = "er en personoplysning efter sit navn; slet den"
    faults = [Fault(f"kolonne {number} {said}", "linje 1") for number in _personal(header)]
    if len(set(header)) < len(header) or "" in header:
        faults.append(Fault("hver kolonne skal have sit eget navn; et står to gange eller mangler", "linje 1"))
    for number, row in numbered[1:]:
        faults += [Fault(said, f"linje {number}") for said in _row_faults(row, header)]
    if any(_CPR.search(unicodedata.normalize("NFKC", name)) for name in header):
        faults = [Fault("et af kolonnernes navne ligner et CPR-nummer; slet kolonnen", "linje 1")]
    if faults:
        raise KildeError(path.name, faults)
    table = pd.DataFrame([row for _, row in numbered[1:]], columns=pd.Index(header, dtype=object), dtype=object)
    table.attrs[MARK] = True
    table.attrs[LINES] = [number for number, _ in numbered[1:]]
    return table.set_index(ID)


def _numbered(text: str, name: str) -> list[tuple[int, list[str]]]:
    """Return the rows that are not empty, each with its line."""
    csv.field_size_limit(10_000_000)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    found = []
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                found.append((reader.line_num, cells))
    except csv.Error:
        said = "linjen kan ikke læses; er et anførselstegn åbnet og ikke lukket?"
        raise KildeError(name, [Fault(said, f"linje {reader.line_num}")]) from None
    return found


def _personal(header: list[str]) -> list[int]:
    return [number for number, name in enumerate(header, start=1) if _PERSONAL.search(name)]


def _row_faults(row: list[str], header: list[str]) -> list[str]:
    if len(row) != len(header):
        return [f"der er {len(row)} felter, men overskriften har {len(header)}"]
    cells = [(name, unicodedata.normalize("NFKC", cell)) for name, cell in zip(header, row, strict=True)]
    faults = [f"cellen i »{name}« er over {_LONGEST_CELL} tegn" for name, cell in cells if len(cell) > _LONGEST_CELL]
    for pattern, what in ((_CPR, "et CPR-nummer"), (_MAIL, "en mailadresse")):
        found = [name for name, cell in cells if len(cell) <= _LONGEST_CELL and pattern.search(cell)]
        faults += [f"cellen i »{name}« ligner {what}; slet den" for name in found]
    return faults


def write_drawn(path: Path, drawn: Iterable[str]) -> Path:
    """Write the ids drawn beside the confidential file they come from, whole or not at all, and return the path."""
    target = _target(path)
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
