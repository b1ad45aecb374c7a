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
from budgetanalyser.kilder.sidecar import ENDING, Kilde, read_sidecar

if TYPE_CHECKING:
    import pandas as pd


# The name of a source's index, so that its line numbers are told from labels that belong in a table.
LINE_INDEX = "linje i filen"


@dataclass(frozen=True)
class KildeTable:
    """A source and its table.

    `data` has one row a line of the file and the declared columns: `str`, `Decimal` kroner (`beloeb_mio_kr` has become
    `beloeb_kr`), `int`, `date`, `bool`, or None where an empty cell is allowed. Its index is the line in the file.
    """

    kilde: Kilde
    data: pd.DataFrame


def read(path: Path, fil: str = "") -> KildeTable:
    """Verify a raw CSV file (`;` between cells) against its sidecar and return its typed table.

    Args:
        path: The raw file.
        fil: Its name as the report knows it; by default the file's own.

    Raises:
        KildeError: Missing or changed file, faults in the sidecar, or every cell that is not as declared.
    """
    kilde = read_sidecar(path, fil)
    _check_declaration(kilde)
    text, faults = _text_table(path, kilde)
    faults += _cell_faults(kilde, text)
    if faults:
        raise KildeError(kilde.fil, sorted(faults, key=_line))
    return KildeTable(kilde, _typed(kilde, text))


def _line(fault: Fault) -> int:
    digits = fault.where.removeprefix("linje ").split(",")[0]
    return int(digits) if digits.isdigit() else 0


def _check_declaration(kilde: Kilde) -> None:
    faults = []
    if not kilde.kolonner:
        faults.append(Fault("tabellens kolonner er ikke beskrevet under [kolonner]"))
    targets = [_target(name, column) for name, column in kilde.kolonner.items()]
    for name, column in kilde.kolonner.items():
        if targets.count(_target(name, column)) > 1:
            faults.append(Fault("to kolonner med beløb har samme navn bortset fra enheden; giv dem hvert sit", name))
        if column.type == "beloeb" and unit_of(name) is None:
            faults.append(Fault("navnet skal ende på _kr, _1000_kr eller _mio_kr, så enheden er kendt", name))
        if column.type == "beloeb" and kilde.prisniveau_oplyst == INGEN_BELOEB:
            faults.append(Fault(f'kolonnen rummer beløb, så prisniveau kan ikke være "{INGEN_BELOEB}"', name))
    if faults:
        raise KildeError(kilde.fil + ENDING, faults)


def _target(name: str, column: Column) -> str:
    return name_in_kroner(name) if column.type == "beloeb" and unit_of(name) else name


def decoded(raw: bytes, fil: str) -> tuple[str, str]:
    """Return a file's text and the character set it is in, "utf-8" or "cp1252".

    Raises:
        KildeError: It is UTF-16, or neither of the two.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise KildeError(fil, [Fault("filen er UTF-16; gem den som UTF-8 (i Excel: CSV UTF-8)")])
    try:
        return raw.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        raise KildeError(fil, [Fault("filen er hverken UTF-8 eller cp1252; gem den som UTF-8")]) from None


def _decoded(path: Path, kilde: Kilde) -> str:
    raw = path.read_bytes()
    try:
        text = decoded(raw, kilde.fil)[0] if kilde.tegnsaet == "cp1252" else raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        hint = 'er den gemt af et ældre program, så skriv tegnsaet = "cp1252" i kildefilen'
        raise KildeError(kilde.fil, [Fault(f"filen er ikke utf-8; {hint}")]) from None
    if kilde.tegnsaet == "cp1252" and decoded(raw, kilde.fil)[1] == "utf-8" and not text.isascii():
        raise KildeError(kilde.fil, [Fault('filen er utf-8, men kildefilen siger tegnsaet = "cp1252"; slet den linje')])
    return text


def _text_table(path: Path, kilde: Kilde) -> tuple[pd.DataFrame, list[Fault]]:
    """Return the cells as stripped text by line, and the lines that do not fit the header; they are left out."""
    import pandas as pd

    lines: list[int] = []
    header: list[str] = []
    rows: list[list[str]] = []
    faults: list[Fault] = []
    csv.field_size_limit(10_000_000)
    reader = csv.reader(io.StringIO(_decoded(path, kilde), newline=""), delimiter=";", strict=True)
    try:
        for raw in reader:
            row = [cell.strip() for cell in raw]
            if not any(row):
                continue
            if not header:
                header = row
            elif len(row) == len(header):
                rows.append(row)
                lines.append(reader.line_num)
            else:
                said = f"der er {len(row)} {'felt' if len(row) == 1 else 'felter'}, men overskriften har {len(header)}"
                faults.append(Fault(said, f"linje {reader.line_num}"))
    except csv.Error:
        faults.append(
            Fault("linjen kan ikke læses; er et anførselstegn åbnet og ikke lukket?", f"linje {reader.line_num}")
        )
    if not header:
        raise KildeError(kilde.fil, [*faults, Fault("filen er tom; første linje skal være kolonnernes navne")])
    header_faults = _header_faults(kilde, header)
    if header_faults:
        raise KildeError(kilde.fil, [*header_faults, *faults])
    index = pd.Index(lines, name=LINE_INDEX)
    return pd.DataFrame(rows, columns=pd.Index(header, dtype=object), index=index, dtype=object), faults


def _cell_faults(kilde: Kilde, text: pd.DataFrame) -> list[Fault]:
    import pandera.pandas as pa
    from pandera.errors import SchemaErrors

    schema = pa.DataFrameSchema({name: _pandera_column(name, column) for name, column in kilde.kolonner.items()})
    try:
        schema.validate(text, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
        places = dict.fromkeys(zip(cases["index"], cases["column"], strict=True))
        return [_cell_fault(kilde, text, int(line), str(name)) for line, name in places]
    return []


def _header_faults(kilde: Kilde, header: list[str]) -> list[Fault]:
    declared = list(kilde.kolonner)
    if len(header) == 1 and len(declared) > 1 and ("," in header[0] or "\t" in header[0]):
        return [Fault("filen har komma eller tabulator mellem cellerne; gem den med semikolon", "linje 1")]
    faults = [Fault(f"kolonnen »{name}« mangler", "linje 1") for name in declared if name not in header]
    for name in dict.fromkeys(header):
        if name not in declared:
            said = f"kolonnen »{name}« er ikke beskrevet i kildefilen. {nearest(name, declared)}"
            faults.append(Fault(said, "linje 1"))
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
        columns[_target(name, column)] = pd.Series(values, index=text.index, dtype=object)
    table = pd.DataFrame(columns, index=text.index)
    table.attrs["fil"] = kilde.fil  # `errors.file_of` tells it where a fault is found.
    return table
