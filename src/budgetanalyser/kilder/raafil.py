"""A file of any form (ballots, a map): verified or confidential, and handed on as a path.

What stands inside is for the one who reads it. A file in `data/raw/` is verified against its sidecar and is a source; a
confidential one lies where git and reports do not reach, and is none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from budgetanalyser.errors import Fault, KildeError
from budgetanalyser.kilder.sidecar import ENDING, Kilde, read_sidecar


@dataclass(frozen=True)
class Raafil:
    """A file or folder: its `path`, the sources it is told as (none where it is confidential), and the files read."""

    path: Path = field(repr=False)
    kilder: tuple[Kilde, ...] = ()
    files: tuple[Path, ...] = field(default=(), repr=False)


def verified(path: Path, fil: str) -> Raafil:
    """Verify a file in `data/raw/`, or each file of a folder there, against its sidecar.

    Args:
        path: The file or folder.
        fil: Its name as the report knows it.

    Raises:
        KildeError: Missing, changed, not described, or an empty folder.
    """
    if not path.is_dir():
        return Raafil(path, (read_sidecar(path, fil),), (path,))
    files = sorted(one for one in path.iterdir() if one.is_file() and _is_data(one))
    if not files:
        raise KildeError(fil, [Fault("mappen er tom; læg eksporten i den")])
    kilder = tuple(read_sidecar(one, f"{fil}/{one.name}") for one in files)
    return Raafil(path, kilder, tuple(files))


def _is_data(path: Path) -> bool:
    return not (path.name.startswith(".") or path.name.endswith((ENDING, ".md")))
