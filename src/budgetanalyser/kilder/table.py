"""Read a raw CSV table under the schema its sidecar declares.

Everything is read as text and then typed, strictly, so that no account number loses its zero and no amount its sign.
pandera checks the whole file; all its faults come in one Danish error with line and column. Files as large as a ledger
have their own reader; this one is for the tables an analysis is built on.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from budgetanalyser.errors import Fault, KildeError, nearest
from budgetanalyser.kilder.columns import Column, name_in_kroner, read_cell, unit_of
from budgetanalyser.kilder.questions import INGEN_BELOEB
from budgetanalyser.kilder.sidecar import Kilde, read_sidecar, sidecar_path

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class KildeTable:
    """A source and its table.

    `data` has one row a line of the file and the declared columns: `str`, `Decimal` kroner (`beloeb_mio_kr` has become
    `beloeb_kr`), `int`, `date`, `bool`, or None where an empty cell is allowed. Its index is the line in the file.
    """

    kilde: Kilde
    data: pd.DataFrame


def read(path: Path) -> KildeTable:
    """Verify a raw CSV file (`;` between cells) against its sidecar and return its typed table.

    Raises:
        KildeError: Missing or changed file, faults in the sidecar, or every cell that is not as declared.
    """
    kilde = read_sidecar(path)
    _check_declaration(path, kilde)
    text = _text_table(path, kilde)
    _validate(path, kilde, text)
    return KildeTable(kilde, _typed(kilde, text))


def _check_declaration(path: Path, kilde: Kilde) -> None:
    faults = []
    if not kilde.kolonner:
        faults.append(Fault("tabellens kolonner er ikke beskrevet under [kolonner]"))
    for name, column in kilde.kolonner.items():
        if column.type != "beloeb":
            continue
        if unit_of(name) is None:
            faults.append(Fault("navnet skal ende på _kr, _1000_kr eller _mio_kr, så enheden er kendt", name))
        if kilde.prisniveau_oplyst == INGEN_BELOEB:
            faults.append(Fault(f'kolonnen rummer beløb, så prisniveau kan ikke være "{INGEN_BELOEB}"', name))
    if faults:
        raise KildeError(sidecar_path(path).name, faults)


def _text_table(path: Path, kilde: Kilde) -> pd.DataFrame:
    import pandas as pd

    try:
        raw = path.read_bytes().decode("utf-8-sig" if kilde.tegnsaet == "utf-8" else kilde.tegnsaet)
    except UnicodeDecodeError:
        hint = 'er den gemt af et ældre program, så skriv tegnsaet = "cp1252" i kildefilen'
        said = f"filen er ikke {kilde.tegnsaet}; {hint}"
        raise KildeError(path.name, [Fault(said)]) from None
    lines, header, rows, faults = [], None, [], []
    reader = csv.reader(io.StringIO(raw, newline=""), delimiter=";", strict=True)
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if header is None:
                header = [cell.strip() for cell in row]
            elif len(row) == len(header):
                rows.append(row)
                lines.append(reader.line_num)
            else:
                faults.append(
                    Fault(f"der er {len(row)} felter, men overskriften har {len(header)}", f"linje {reader.line_num}")
                )
    except csv.Error:
        faults.append(Fault("et anførselstegn er åbnet og ikke lukket rigtigt", f"linje {reader.line_num}"))
    if header is None:
        faults.append(Fault("filen er tom; første linje skal være kolonnernes navne"))
    if faults or header is None:
        raise KildeError(path.name, faults)
    return pd.DataFrame(rows, columns=pd.Index(header, dtype=object), index=lines, dtype=object)


def _validate(path: Path, kilde: Kilde, text: pd.DataFrame) -> None:
    header_faults = _header_faults(kilde, list(text.columns))
    if header_faults:
        raise KildeError(path.name, header_faults)
    import pandera.pandas as pa
    from pandera.errors import SchemaErrors

    schema = pa.DataFrameSchema({name: _pandera_column(name, column) for name, column in kilde.kolonner.items()})
    try:
        schema.validate(text, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases.sort_values("index", kind="stable")
        places = dict.fromkeys(zip(cases["index"], cases["column"], strict=True))
        faults = [_cell_fault(kilde, text, int(line), str(name)) for line, name in places]
        raise KildeError(path.name, faults) from None


def _header_faults(kilde: Kilde, header: list[str]) -> list[Fault]:
    declared = list(kilde.kolonner)
    faults = [Fault(f"kolonnen »{name}« mangler", "linje 1") for name in declared if name not in header]
    for name in dict.fromkeys(header):
        if name not in declared:
            faults.append(
                Fault(f"kolonnen »{name}« er ikke beskrevet i kildefilen. {nearest(name, declared)}", "linje 1")
            )
        elif header.count(name) > 1:
            faults.append(Fault(f"kolonnen »{name}« står {header.count(name)} gange", "linje 1"))
    return faults


def _pandera_column(name: str, column: Column) -> object:
    import pandera.pandas as pa

    def is_readable(text: str) -> bool:
        try:
            read_cell(name, column, text)
        except ValueError:
            return False
        return True

    return pa.Column(object, pa.Check(is_readable, element_wise=True), unique=column.unik)


def _cell_fault(kilde: Kilde, text: pd.DataFrame, line: int, name: str) -> Fault:
    cell = str(text.at[line, name])
    try:
        read_cell(name, kilde.kolonner[name], cell)
        said = "værdien må kun stå én gang i kolonnen"
    except ValueError as error:
        said = str(error)
    return Fault(f"{said} (her står »{cell[:60]}«)", f"linje {line}, kolonne {name}")


def _typed(kilde: Kilde, text: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    columns = {}
    for name, column in kilde.kolonner.items():
        values = [read_cell(name, column, cell) for cell in text[name]]
        target = name_in_kroner(name) if column.type == "beloeb" else name
        columns[target] = pd.Series(values, index=text.index, dtype=object)
    return pd.DataFrame(columns, index=text.index)
