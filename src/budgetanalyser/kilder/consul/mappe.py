"""Tell which file of a folder is which, by what it holds. Not whether it can be read: its own reader says that.

No message names a file, as its name could be a person's: a file is told by its place among the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, KildeError
from budgetanalyser.kilder.consul import celler, eksport, resultatside
from budgetanalyser.kilder.table import decoded

EKSPORT, RESULTAT, PAPIR = "eksport", "resultatside", "papirstemmer"
FOLDER = "mappen med Consuls filer"

_ADVICE = {
    EKSPORT: "ser ud som en eksport fra Consul",
    RESULTAT: "ser ud som en resultatside",
    PAPIR: "ser ud som papirstemmer",
    "milepæle": "ser ud som milepæle (projekt;status;dato); læg filen uden for mappen, og læs den som en tabel for sig",
    "regneark": "ser ud som et regneark eller en zip-fil; gem det, der skal bruges, som CSV, og flyt filen",
    "tom": "er tom; slet filen",
    "ulæselig": "kan ikke læses; se, om du har adgang til filen",
    "tegnsæt": "er ikke tekst i UTF-8 eller cp1252; gem den som CSV UTF-8, eller flyt den ud af mappen",
    "ukendt": "er ukendt; flyt filen ud af mappen",
}
_WANTED = (
    Fault(f"netop én CSV med kolonnerne {dansk.opremsning(eksport.NEEDED)} (Consul skriver flere)", EKSPORT),
    Fault(
        f"højst én; siden gemt som HTML eller CSV med kolonnerne {dansk.opremsning(resultatside.NEEDED)}",
        RESULTAT,
    ),
    Fault("gerne flere; projekternes id som »id,id;id«, semikolon mellem stemmesedlerne", PAPIR),
)
# A folder with more is not one of Consul's, and none of them is opened.
_MOST_FILES = 100
_ENDINGS = (".csv", ".txt", ".tsv", ".html", ".htm", ".md", ".pdf", ".xls", ".xlsx", ".ods", ".doc", ".docx", ".zip")


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
            each file looks like, or what is wanted where the folder does not look like one of Consul's.
    """
    paths = _material(folder)
    kinds = {path: _kind(path) for path in paths} if len(paths) <= _MOST_FILES else {}
    of = {kind: [path for path, one in kinds.items() if one == kind] for kind in (EKSPORT, RESULTAT, PAPIR)}
    if not of[EKSPORT] and not of[RESULTAT]:
        raise KildeError(FOLDER, [_not_consuls(len(paths)), *_WANTED])
    faults = []
    if len(of[EKSPORT]) != 1:
        there = f"der er {len(of[EKSPORT])}" if of[EKSPORT] else "der er ingen"
        faults.append(Fault(f"der skal være netop én eksport fra Consul (CSV), men {there}"))
    if len(of[RESULTAT]) > 1:
        faults.append(Fault(f"der må højst være én resultatside, men der er {len(of[RESULTAT])}; behold den seneste"))
    if faults or any(kind not in of for kind in kinds.values()):
        places = enumerate(kinds.items(), start=1)
        faults += [Fault(_ADVICE[kind], _place(number, len(paths), path)) for number, (path, kind) in places]
        raise KildeError(FOLDER, faults)
    return Filer(of[EKSPORT][0], next(iter(of[RESULTAT]), None), tuple(of[PAPIR]))


def _material(folder: Path) -> list[Path]:
    try:
        return sorted(filter(_is_material, folder.iterdir()), key=lambda path: (path.name.casefold(), path.name))
    except (FileNotFoundError, NotADirectoryError):
        said = "mappen findes ikke; opret den, og læg Consuls eksport i den"
    except OSError:
        said = "mappen kan ikke læses; se, om du har adgang til den"
    raise KildeError(FOLDER, [Fault(said)])


def _not_consuls(count: int) -> Fault:
    there = "er tom" if count == 0 else f"rummer {dansk.antal(count)} {'fil' if count == 1 else 'filer'}"
    return Fault(f"mappen {there}, og der er ingen eksport fra Consul. I mappen skal ligge filer af disse slags:")


def _place(number: int, count: int, path: Path) -> str:
    ending = path.suffix.casefold()
    return f"fil {number} af {count} efter navn" + (f" ({ending})" if ending in _ENDINGS else "")


def _is_material(path: Path) -> bool:
    name = path.name.casefold()
    return path.is_file() and not name.startswith((".", "readme")) and not name.endswith(".kilde.toml")


def _kind(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError:
        return "ulæselig"
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "regneark"
    try:
        text, _ = decoded(raw, FOLDER)
    except KildeError:
        return "tegnsæt"
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
