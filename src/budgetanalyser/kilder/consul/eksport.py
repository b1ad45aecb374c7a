"""Read the export of proposals. It has neither votes nor winners, and no person's name comes out of it.

The columns of people's names (`Brugernavn`, `Administrator`, `Evaluator`) are dropped while reading and never repeated.
Columns are found by name, as their order differs between versions.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from budgetanalyser.errors import AmountError, Fault, KildeError
from budgetanalyser.kilder.consul import celler
from budgetanalyser.kilder.table import decoded

if TYPE_CHECKING:
    import pandas as pd

# What the export is called in messages; a file's own name could be a person's.
FIL = "eksporten"
# The export's labels, and the column each becomes. Rails shows an English label where a Danish one is missing.
KEPT = {
    "ID": "projekt",
    "Titel": "navn",
    "Støtte": "stoette",
    "Område": "omraade",
    "Gennemførlighed": "gennemfoerlighed",
    "Vurdering færdiggjort": "vurderet",
    "Valgt": "paa_stemmesedlen",
    "Beskrivelse": "beskrivelse",
    "Description": "beskrivelse",
    "Forklaring på, hvorfor projektet ikke kan gennemføres": "begrundelse",
    "Unfeasibility explanation": "begrundelse",
}
# People's names, and settings of the platform.
DROPPED = ("Administrator", "Evaluator", "Evalueringsgruppe", "Vis til evaluator", "Brugernavn")
NEEDED = ("ID", "Titel", "Område", "Gennemførlighed", "Vurdering færdiggjort", "Valgt")
# A first line with fewer known labels is data; it may hold names and is not repeated.
FEWEST_LABELS = 4
_FREE_TEXT = ("beskrivelse", "begrundelse")


def read_export(path: Path, *, med_beskrivelse: bool = False) -> pd.DataFrame:
    """Return the proposals of a Consul export, indexed by the line each begins on.

    Args:
        path: The CSV file, utf-8 or cp1252, with comma as Consul writes it, or semicolon or tab as a spreadsheet may.
        med_beskrivelse: Whether to keep free text: `beskrivelse`, and where the file has it `begrundelse`.

    Returns:
        Columns `projekt` (id, text), `navn`, `stoette` (int, support before the vote; None where the version has
        none), `omraade`, `gennemfoerlighed` (one of `STATES`), `pris_kr` (Decimal or None), `vurderet` (bool),
        `paa_stemmesedlen` (bool; on the ballot, not won). Its attrs say `fil` (always `FIL`), `tegnsaet` and
        `skilletegn`.

    Raises:
        KildeError: A label that is unknown, missing or twice, and every cell that cannot be read, all at once.
    """
    text, tegnsaet = decoded(path.read_bytes(), FIL)
    delimiter = celler.delimiter(text, [*KEPT, *DROPPED])
    records, faults = celler.records(text, delimiter)
    header = records[0][1] if records else []
    _check_header(header)
    rows: celler.Rows = []
    for line, cells in records[1:]:
        row, found = _export_row(line, cells, header)
        rows.append((line, row))
        faults += found
    faults += _double_ids(rows)
    if faults:
        raise KildeError(FIL, sorted(faults, key=celler.line))
    table = celler.frame(rows, _export_columns(header, med_beskrivelse))
    table.attrs.update(fil=FIL, tegnsaet=tegnsaet, skilletegn=delimiter)
    return table


def _export_columns(header: list[str], with_text: bool) -> list[str]:
    columns = ["projekt", "navn", "stoette", "omraade", "gennemfoerlighed", "pris_kr", "vurderet", "paa_stemmesedlen"]
    present = {_column(label) for label in header}
    return columns + [name for name in _FREE_TEXT if with_text and name in present]


def _column(label: str) -> str:
    return next((column for known, column in KEPT.items() if celler.key(known) == celler.key(label)), "")


def _check_header(header: list[str]) -> None:
    known = [*KEPT, *DROPPED]
    if celler.labels(header, known) < FEWEST_LABELS:
        said = (
            f"første linje skal være eksportens overskrift: {', '.join(NEEDED)} m.fl.; hent eksporten igen fra Consul"
        )
        raise KildeError(FIL, [Fault(said, "linje 1")])
    present = [celler.key(label) for label in header]
    faults = [Fault(f"kolonnen »{label}« mangler", "linje 1") for label in NEEDED if celler.key(label) not in present]
    for number, label in enumerate(header, start=1):
        if celler.key(label) not in map(celler.key, known):
            faults.append(Fault(celler.unknown(number, label, known), "linje 1"))
    for label in known:
        if (times := present.count(celler.key(label))) > 1:
            faults.append(Fault(f"kolonnen »{label}« står {times} gange", "linje 1"))
    if faults:
        raise KildeError(FIL, faults)


def _export_row(line: int, cells: list[str], header: list[str]) -> tuple[dict[str, Any], list[Fault]]:
    if len(cells) != len(header):
        said = (
            f"der er {len(cells)} felter, men overskriften har {len(header)}; er anførselstegnene om teksten i orden?"
        )
        return {}, [Fault(said, f"linje {line}")]
    row: dict[str, Any] = {}
    faults: list[Fault] = []
    for label, cell in zip(header, cells, strict=True):
        column = _column(label)
        for target, read in _CELLS.get(column, {}).items():
            try:
                row[target] = read(cell)
            except ValueError as error:
                reason = error.reason if isinstance(error, AmountError) else str(error)
                fault = Fault(reason + celler.repeated(cell), f"linje {line}, kolonne {label}")
                faults += [] if fault in faults else [fault]
                break
    return row, faults


def _yes(cell: str) -> bool:
    if celler.key(cell) not in ("ja", "nej"):
        raise ValueError("skal være Ja eller Nej")
    return celler.key(cell) == "ja"


# How a column's cell is read, and the columns of the table it gives.
_CELLS: dict[str, dict[str, Callable[[str], Any]]] = {
    "projekt": {"projekt": celler.projekt_id},
    "navn": {"navn": celler.text},
    "stoette": {"stoette": celler.whole},
    "omraade": {"omraade": celler.text},
    "gennemfoerlighed": {"pris_kr": celler.parse_pris, "gennemfoerlighed": celler.read_gennemfoerlighed},
    "vurderet": {"vurderet": _yes},
    "paa_stemmesedlen": {"paa_stemmesedlen": _yes},
    "beskrivelse": {"beskrivelse": str},
    "begrundelse": {"begrundelse": lambda cell: None if cell in ("", "-") else cell},
}


def _double_ids(rows: celler.Rows) -> list[Fault]:
    first: dict[str, int] = {}
    faults = []
    for line, row in rows:
        if (projekt := row.get("projekt")) in first:
            faults.append(Fault(f"samme id står allerede på linje {first[projekt]}", f"linje {line}, kolonne ID"))
        elif projekt is not None:
            first[projekt] = line
    return faults
