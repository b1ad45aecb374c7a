"""The `.pb` file of a participatory budget: its three sections as text with line numbers, read and written.

The format is Pabulib's (pabulib.org): META (key;value), PROJECTS and VOTES, each with a header of its own, semicolons
between cells, UTF-8. What the cells mean is not decided here but in `deltagerbudget.pabulib`.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, KildeError, ValueUseError
from budgetanalyser.kilder.table import decoded

META, PROJECTS, VOTES = "META", "PROJECTS", "VOTES"
SECTIONS = (META, PROJECTS, VOTES)
MOST_CELL = 10_000_000  # Letters of a cell.
MOST_UNEVEN = 50  # Lines told of in a section; a city has 100.000.
_NEEDED = {PROJECTS: ("project_id", "cost"), VOTES: ("voter_id", "vote")}


@dataclass
class Section:
    """One section: `header`, and the `rows` below it as text with the `lines` they begin at."""

    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def column(self, name: str) -> list[str]:
        """Return a column, stripped; a row that is too short has an empty cell."""
        at = self.header.index(name)
        return [row[at].strip() if len(row) > at else "" for row in self.rows]


def read(path: Path) -> dict[str, Section]:
    """Return the sections of a `.pb` file by name.

    Raises:
        KildeError: No such file, wrong character set, NUL, a section or a needed column missing, or rows that do not
            fit their header; all faults.
    """
    fil = path.name.replace("\0", "") or str(path)
    text, charset = decoded(_content(path, fil), fil)
    if "\0" in text:
        said = "filen rummer tegnet NUL og er beskadiget; hent eller gem den igen"
        raise KildeError(fil, [Fault(said, f"linje {text[: text.index(chr(0))].count(chr(10)) + 1}")])
    faults = [] if charset == "utf-8" else [Fault("filen er ikke UTF-8; gem den igen som UTF-8")]
    sections, more = _split(text)
    faults += more
    faults += [Fault(f"afsnittet {name} mangler") for name in SECTIONS if name not in sections]
    for name, section in sections.items():
        faults += _section_faults(name, section)
    if faults:
        raise KildeError(fil, faults)
    return sections


def _content(path: Path, fil: str) -> bytes:
    try:
        if path.is_dir():
            raise KildeError(fil, [Fault("det er en mappe og ikke en fil")])
        return path.read_bytes()
    except (OSError, ValueError):  # A path with NUL is a ValueError.
        raise KildeError(fil, [Fault("filen findes ikke eller kan ikke læses")]) from None


def _split(text: str) -> tuple[dict[str, Section], list[Fault]]:
    """Cut the rows into sections; a row of a marker alone begins one, and the row after it is its header."""
    sections: dict[str, Section] = {}
    faults: list[Fault] = []
    csv.field_size_limit(MOST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    current: Section | None = None
    line = 1
    try:
        for row in reader:
            begins, line = line, reader.line_num + 1
            if len(row) <= 1 and not (row and row[0].strip()):
                continue
            if len(row) == 1 and (name := row[0].strip().upper()) in SECTIONS:
                if name in sections:
                    faults.append(Fault(f"afsnittet {name} står to gange", f"linje {begins}"))
                current = sections.setdefault(name, Section())
            elif current is None:
                faults.append(Fault("der står noget før det første afsnit, META", f"linje {begins}"))
                break
            elif not current.header:
                current.header = [cell.strip().lower() for cell in row]
            else:
                current.rows.append(row)
                current.lines.append(begins)
    except csv.Error as error:
        is_long = "field larger" in str(error)
        said = "et felt er over 10 MB" if is_long else "linjen kan ikke læses"
        said += "; er et anførselstegn åbnet og ikke lukket?"
        faults.append(Fault(said, f"linje {line}"))
    return sections, faults


def _section_faults(name: str, section: Section) -> list[Fault]:
    header = section.header
    faults = [
        Fault(f"kolonnen »{column}« mangler", f"afsnittet {name}")
        for column in _NEEDED.get(name, ())
        if column not in header
    ]
    repeated = [column for column in dict.fromkeys(header) if header.count(column) > 1]
    for column in repeated:
        numbers = [str(number) for number, one in enumerate(header, 1) if one == column]
        # The name of a column of the ballots may tell of a person.
        said = f"kolonne nr. {dansk.opremsning(numbers)} har samme navn"
        if name == PROJECTS:
            said = f"kolonnen »{column[:40]}« står flere gange"
        faults.append(Fault(said, f"afsnittet {name}"))
    if name != META:
        uneven = [
            Fault(f"der er {len(row)} felter, men overskriften har {len(header)}", f"linje {line}")
            for row, line in zip(section.rows, section.lines, strict=True)
            if len(row) != len(header)
        ]
        faults += uneven[:MOST_UNEVEN]
        if len(uneven) > MOST_UNEVEN:
            faults.append(Fault(f"… og {len(uneven) - MOST_UNEVEN} linjer til med samme fejl", f"afsnittet {name}"))
    return faults


class _Lines:
    """Rows as a csv writer ends them, with LF alone; told CRLF, it quotes a cell with either."""

    def __init__(self) -> None:
        self.rows: list[str] = []

    def write(self, row: str) -> None:
        self.rows.append(row.removesuffix("\r\n") + "\n")


def write(
    path: Path,
    meta: Mapping[str, str],
    projects: tuple[Sequence[str], Iterable[Sequence[str]]],
    votes: tuple[Sequence[str], Iterable[Sequence[str]]],
) -> None:
    """Write a `.pb` file; it is whole or not there at all.

    Args:
        path: Where; an earlier file is replaced.
        meta: Keys and values in order.
        projects, votes: The header and the rows of each.

    Raises:
        ValueUseError: A text has NUL in it or cannot be written as UTF-8.
    """
    out = _Lines()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    sections = [(META, (["key", "value"], list(meta.items()))), (PROJECTS, projects), (VOTES, votes)]
    for name, (header, rows) in sections:
        writer.writerow([name])
        writer.writerow(header)
        writer.writerows(rows)
    if any("\0" in row for row in out.rows):
        raise ValueUseError("En tekst rummer tegnet NUL, som ikke kan skrives i en .pb-fil; ret teksten.")
    try:
        content = "".join(out.rows).encode()
    except UnicodeEncodeError:
        said = "En tekst rummer et halvt tegn (surrogat), som ikke kan skrives i UTF-8; ret teksten."
        raise ValueUseError(said) from None
    temporary = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
