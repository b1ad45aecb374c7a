"""Write the sidecar of a new raw file: checksum and columns are found, the rest is asked for.

The raw file is only read. An existing sidecar is never overwritten.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from budgetanalyser.errors import Fault, KildeError
from budgetanalyser.kilder.columns import Column, ColumnType, read_cell, unit_of
from budgetanalyser.kilder.questions import IKKE_OPLYST, QUESTIONS
from budgetanalyser.kilder.sidecar import checksum, read_sidecar, sidecar_path

Ask = Callable[[str], str]


def add(path: Path, answers: Mapping[str, str | None], *, ask: Ask | None) -> Path:
    """Write the sidecar of the raw file `path` and return its path.

    Args:
        path: A file in `data/raw/`.
        answers: By question key, what is known already.
        ask: Asks a person; None when nobody is there, and then every missing answer is a fault.

    Raises:
        KildeError: No such file, a sidecar stands there already, or answers are missing or wrong.
    """
    side = sidecar_path(path)
    if not path.is_file():
        raise KildeError(path.name, [Fault("filen findes ikke i data/raw/; læg den dér først")])
    if side.exists():
        raise KildeError(
            side.name, [Fault("kildefilen findes allerede og bliver ikke overskrevet; ret i den, eller flyt den")]
        )
    given = _answers(path, answers, ask)
    text = _toml(given, checksum(path), _guess_columns(path))
    try:
        with side.open("x", encoding="utf-8") as file:
            file.write(text)
        read_sidecar(path)
    except KildeError:
        side.unlink(missing_ok=True)
        raise
    return side


def _answers(path: Path, answers: Mapping[str, str | None], ask: Ask | None) -> dict[str, str]:
    result: dict[str, str] = {}
    missing = []
    for question in QUESTIONS:
        answer = answers.get(question.key)
        assumed = question.key in ("prisniveau-forudsat", "forudsaetning")
        needed = question.required or (assumed and result.get("prisniveau") == IKKE_OPLYST)
        wanted = needed or question.key == "forbehold"
        if answer is None and ask and wanted:
            answer = ask(question.text[0].upper() + question.text[1:])
        if needed and not answer:
            missing.append(Fault(f"angiv --{question.key}: {question.text}"))
        result[question.key] = answer or ""
    if missing:
        raise KildeError(path.name, missing)
    return result


def _toml(given: Mapping[str, str], sha256: str, columns: Mapping[str, Column]) -> str:
    lines = [
        f"titel = {_quoted(given['titel'])}",
        f"udgiver = {_quoted(given['udgiver'])}",
        f"dato_udgivet = {_date(given['dato-udgivet'])}",
        f"dato_hentet = {date.today().isoformat()}",
        f"url = {_quoted(given['url'])}",
        f"licens = {_quoted(given['licens'])}",
        f'sha256 = "{sha256}"',
        f"prisniveau = {_year(given['prisniveau'])}",
    ]
    if given["prisniveau-forudsat"]:
        lines.append(f"prisniveau_forudsat = {_year(given['prisniveau-forudsat'])}")
    lines += [f"{key} = {_quoted(given[key])}" for key in ("forudsaetning", "forbehold") if given[key]]
    if columns:
        lines += ["", "[kolonner]"]
        lines += [f"{_key(name)} = {_column(column)}" for name, column in columns.items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    # A JSON string is a TOML string, but TOML writes DEL escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    is_bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if is_bare else _quoted(name)


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return _quoted(text)


def _year(text: str) -> str:
    return text if text.isascii() and text.isdigit() and not text.startswith("0") else _quoted(text)


def _column(column: Column) -> str:
    empty = ", tom = true" if column.tom else ""
    return f'{{ type = "{column.type}"{empty}, betydning = "" }}'


_TRIED: tuple[ColumnType, ...] = ("dato", "maaned", "kvartal", "ja_nej", "aar")


def _guess_columns(path: Path) -> dict[str, Column]:
    """Propose a type for each column of a CSV file; nothing for another kind of file."""
    if path.suffix.casefold() != ".csv":
        return {}
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=";") if any(row)]
    if not rows:
        return {}
    header = [name.strip() for name in rows[0]]
    cells = {name: [row[i].strip() for row in rows[1:] if i < len(row)] for i, name in enumerate(header)}
    return {name: _guess(name, values) for name, values in cells.items()}


def _guess(name: str, values: list[str]) -> Column:
    is_amount = unit_of(name) is not None
    # A number may be a code whose zero matters, so only what is surely something else than text is proposed.
    tried: tuple[ColumnType, ...] = ("beloeb",) if is_amount else _TRIED
    for kind in tried:
        column = Column(type=kind, tom="" in values)
        if any(values) and all(_fits(name, column, value) for value in values):
            return column
    return Column(type="tekst", tom="" in values)


def _fits(name: str, column: Column, value: str) -> bool:
    try:
        read_cell(name, column, value)
    except ValueError:
        return False
    return True
