"""Tell which file of a folder is which, by what it holds. Not whether it can be read: its own reader says that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from budgetanalyser.errors import Fault, KildeError
from budgetanalyser.kilder.consul import celler, eksport, resultatside
from budgetanalyser.kilder.table import decoded

EKSPORT, RESULTAT, PAPIR = "eksport", "resultatside", "papirstemmer"

_ADVICE = {
    EKSPORT: "en eksport fra Consul",
    RESULTAT: "en resultatside",
    PAPIR: "papirstemmer",
    "milepæle": "milepæle (projekt;status;dato); læg filen uden for mappen, og læs den som en tabel for sig",
    "regneark": "et regneark eller en zip-fil; gem det, der skal bruges, som CSV, og flyt filen",
    "tom": "tom; slet filen",
    "ukendt": "ukendt; her kan ligge en eksport, en resultatside og papirstemmer. Flyt filen ud af mappen",
}


@dataclass(frozen=True)
class Filer:
    """The files of one budget: its export, its result page, and files of paper ballots."""

    eksport: Path
    resultat: Path | None = None
    papir: tuple[Path, ...] = ()


def find(folder: Path) -> Filer:
    """Return which file of a folder is which, told by what they hold and not by their names.

    Sidecars (`.kilde.toml`), README, hidden files and subfolders (a browser saves one with a page) are passed over.

    Raises:
        KildeError: No export or several, several result pages, or a file that is none of the three; it lists what
            each file looks like.
    """
    if not folder.is_dir():
        raise KildeError(folder.name, [Fault("mappen findes ikke; opret den, og læg Consuls eksport i den")])
    kinds = {path: _kind(path) for path in sorted(folder.iterdir()) if _is_material(path)}
    of = {kind: [path for path, one in kinds.items() if one == kind] for kind in (EKSPORT, RESULTAT, PAPIR)}
    faults = []
    if len(of[EKSPORT]) != 1:
        there = f"der er {len(of[EKSPORT])}" if of[EKSPORT] else "der er ingen"
        faults.append(Fault(f"der skal være netop én eksport fra Consul (CSV), men {there}"))
    if len(of[RESULTAT]) > 1:
        faults.append(Fault(f"der må højst være én resultatside, men der er {len(of[RESULTAT])}; behold den seneste"))
    if faults or any(kind not in of for kind in kinds.values()):
        faults += [Fault(f"ser ud som {_ADVICE[kind]}", path.name) for path, kind in kinds.items()]
        raise KildeError(folder.name, faults)
    return Filer(of[EKSPORT][0], next(iter(of[RESULTAT]), None), tuple(of[PAPIR]))


def _is_material(path: Path) -> bool:
    name = path.name.casefold()
    return path.is_file() and not name.startswith((".", "readme")) and not name.endswith(".kilde.toml")


def _kind(path: Path) -> str:
    raw = path.read_bytes()
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "regneark"
    try:
        text, _ = decoded(raw, path.name)
    except KildeError:
        return "ukendt"
    return _kind_of(text)


def _kind_of(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    labels = [*eksport.KEPT, *eksport.DROPPED]
    cells = celler.cells(first, celler.delimiter(text, labels))
    if not first:
        return "tom"
    if celler.labels(cells, labels) >= eksport.FEWEST_LABELS:
        return EKSPORT
    if resultatside.TITLE in text.casefold() and resultatside.VOTES in text.casefold():
        return RESULTAT
    if re.fullmatch(r"[\d,;\s]*", text):
        return PAPIR
    is_steps = {"projekt", "status", "dato"} <= {celler.key(cell) for cell in re.split(r"[;,\t]", first)}
    return "milepæle" if is_steps else "ukendt"
