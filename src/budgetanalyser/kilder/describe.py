"""Write the sidecar of a new raw file: checksum and columns are found, the rest is asked for.

The raw file is only read. An existing sidecar is never overwritten; `renew` changes only its checksum and date.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from budgetanalyser.errors import Fault, KildeError
from budgetanalyser.kilder.columns import Column, ColumnType, read_cell, unit_of
from budgetanalyser.kilder.questions import IKKE_OPLYST, INGEN_BELOEB, LOEBENDE_PRISER, QUESTIONS, Question
from budgetanalyser.kilder.sidecar import CONSTRUCTED, ENDING, checksum, read_sidecar, sidecar_path
from budgetanalyser.kilder.table import decoded

Ask = Callable[[str], str]


def add(path: Path, fil: str, answers: Mapping[str, str | None], *, ask: Ask | None, is_table: bool = True) -> Path:
    """Write the sidecar of the raw file `path` and return its path.

    Args:
        path: A file in `data/raw/`.
        fil: Its name as the user knows it.
        answers: By question key, what is known already.
        ask: Asks a person; None when nobody is there, and then every missing answer is a fault.
        is_table: Whether a CSV file's columns are proposed; those of a ledger are its layout's affair.

    Raises:
        KildeError: No such file, it is empty or not semicolon-separated, a sidecar stands there already, or answers are
            missing or wrong. No sidecar is left then.
    """
    side = sidecar_path(path)
    if not path.is_file():
        raise KildeError(fil, [Fault("filen findes ikke i data/raw/; læg den dér først")])
    if side.exists():
        said = "kildefilen findes allerede og bliver ikke overskrevet; ret i den, eller flyt den"
        raise KildeError(fil + ENDING, [Fault(said)])
    has_columns = is_table and path.suffix.casefold() == ".csv"
    text, charset = decoded(path.read_bytes(), fil) if has_columns else ("", "utf-8")
    columns = _guess_columns(fil, text) if has_columns else {}
    given = _answers(fil, answers, ask)
    content = _toml(given, checksum(path), charset, CONSTRUCTED in path.name, columns).encode()
    try:
        file = side.open("xb")
    except FileExistsError:
        raise KildeError(fil + ENDING, [Fault("kildefilen er kommet til imens og bliver ikke overskrevet")]) from None
    try:
        with file:
            file.write(content)
        read_sidecar(path, fil)
    except BaseException:
        side.unlink(missing_ok=True)
        raise
    return side


def renew(path: Path, fil: str) -> Path:
    """Write a changed raw file's new checksum, and today as the day it was fetched, into its sidecar; return its path.

    For a file one keeps oneself, such as a list of prices. Nothing else in the sidecar is touched.

    Raises:
        KildeError: The file or its sidecar is missing, or the sidecar has no such lines.
    """
    side = sidecar_path(path)
    needed = (
        (path, fil, "filen findes ikke i data/raw/"),
        (side, fil + ENDING, f"lav den med »budgetanalyser kilde add {fil}«"),
    )
    for one, shown, said in needed:
        if not one.is_file():
            raise KildeError(shown, [Fault(said)])
    before = side.read_bytes().decode("utf-8-sig")
    after = before
    for key, value in (("sha256", f'"{checksum(path)}"'), ("dato_hentet", date.today().isoformat())):
        after, count = re.subn(rf"(?m)^{key}\s*=.*$", f"{key} = {value}", after)
        if count != 1:
            raise KildeError(fil + ENDING, [Fault(f"{key} skal stå én gang; ret kildefilen", key)])
    temporary = side.with_name(f".{side.name}.ny")
    try:
        temporary.write_bytes(after.encode())
        os.replace(temporary, side)
    finally:
        temporary.unlink(missing_ok=True)
    read_sidecar(path, fil)
    return side


def _answers(fil: str, answers: Mapping[str, str | None], ask: Ask | None) -> dict[str, str]:
    result: dict[str, str] = {}
    faults = []
    for question in QUESTIONS:
        assumed = question.key in ("prisniveau-forudsat", "forudsaetning")
        needed = question.required or (assumed and result.get("prisniveau") == IKKE_OPLYST)
        answer = answers.get(question.key)
        if answer is None and ask and (needed or question.key == "forbehold"):
            answer = _asked(question, needed, ask)
        answer = _usual(question, (answer or "").strip())
        said = _why_wrong(question, answer, needed)
        if said:
            faults.append(Fault(f"--{question.key}: {said}"))
        result[question.key] = answer
    if faults:
        raise KildeError(f"oplysningerne om {fil}", faults)
    return result


def _asked(question: Question, needed: bool, ask: Ask) -> str:
    """Ask until the answer can be used."""
    text = question.text[0].upper() + question.text[1:]
    answer = _usual(question, ask(text).strip())
    while said := _why_wrong(question, answer, needed):
        answer = _usual(question, ask(f"Svaret kan ikke bruges ({said}). {text}").strip())
    return answer


def _usual(question: Question, answer: str) -> str:
    """Return an answer the way the sidecar writes it: 15-01-2024 as 2024-01-15, "Ingen beløb" as "ingen beløb"."""
    if question.key == "dato-udgivet" and _fits("", Column(type="dato"), answer):
        return str(read_cell("", Column(type="dato"), answer))
    lower = answer.casefold()
    return lower if lower in (IKKE_OPLYST, LOEBENDE_PRISER, INGEN_BELOEB) else answer


def _why_wrong(question: Question, answer: str, needed: bool) -> str:
    if not answer:
        return f"angiv {question.text}" if needed else ""
    if any(0xD800 <= ord(letter) <= 0xDFFF or ord(letter) < 32 for letter in answer):
        return "teksten rummer et tegn, der ikke kan gemmes"
    is_year = answer.isascii() and answer.isdigit() and 1900 <= int(answer) <= 2200
    if question.key == "dato-udgivet" and answer != IKKE_OPLYST and not _is_date(answer):
        return f"skal være en dato som 2023-06-06 eller »{IKKE_OPLYST}«, men er »{answer}«"
    if question.key == "prisniveau" and not is_year and answer not in (IKKE_OPLYST, LOEBENDE_PRISER, INGEN_BELOEB):
        return f"skal være {question.text.split(': ')[1]}, men er »{answer}«"
    if question.key == "prisniveau-forudsat" and not is_year:
        return f"skal være et årstal, men er »{answer}«"
    if question.key == "url" and answer != IKKE_OPLYST and not answer.startswith(("https://", "http://")):
        return f"skal begynde med https:// eller være »{IKKE_OPLYST}«, men er »{answer}«"
    return ""


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10


def _toml(given: Mapping[str, str], sha256: str, charset: str, constructed: bool, columns: Mapping[str, Column]) -> str:
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
    if constructed:
        lines.append("konstrueret = true")
    if columns and charset != "utf-8":
        lines.append(f'tegnsaet = "{charset}"')
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
    return text if _is_date(text) else _quoted(text)


def _year(text: str) -> str:
    return text if text.isascii() and text.isdigit() and not text.startswith("0") else _quoted(text)


def _column(column: Column) -> str:
    empty = ", tom = true" if column.tom else ""
    return f'{{ type = "{column.type}"{empty}, betydning = "" }}'


def _guess_columns(fil: str, text: str) -> dict[str, Column]:
    """Propose a type for each column of a CSV file."""
    csv.field_size_limit(10_000_000)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=";") if any(row)]
    except csv.Error:
        raise KildeError(fil, [Fault("filen kan ikke læses som CSV; gem den igen som CSV med semikolon")]) from None
    if not rows:
        raise KildeError(fil, [Fault("filen er tom; første linje skal være kolonnernes navne")])
    header = [name.strip() for name in rows[0]]
    if len(header) == 1 and ("," in header[0] or "\t" in header[0]):
        raise KildeError(
            fil, [Fault("filen har komma eller tabulator mellem cellerne; gem den med semikolon", "linje 1")]
        )
    if len(set(header)) < len(header) or "" in header:
        raise KildeError(fil, [Fault("hver kolonne skal have sit eget navn", "linje 1")])
    cells = {name: [row[i].strip() for row in rows[1:] if i < len(row)] for i, name in enumerate(header)}
    return {name: _guess(name, values) for name, values in cells.items()}


_TRIED: tuple[ColumnType, ...] = ("dato", "maaned", "kvartal", "ja_nej", "aar")
# Names of numbers that are codes, whose zeros matter and which nobody adds up.
_KONTO = ("konto", "funktion", "dranst", "ejerforhold", "gruppering", "art")
_CODES = (*_KONTO, "kode", "nr", "nummer", "id", "cvr", "bilag", "noegle", "nøgle")


def _guess(name: str, values: list[str]) -> Column:
    if unit_of(name):
        # The name says amounts; a cell that is not one is told when the file is read.
        return Column(type="beloeb", tom="" in values)
    # A number may be a code whose zero matters, so what may be one stays text.
    tried: tuple[ColumnType, ...] = ("heltal",) if name.casefold().startswith("antal") else _TRIED
    for kind in (*tried, *_number_types(name, values)):
        column = Column(type=kind, tom="" in values)
        if any(values) and all(_fits(name, column, value) for value in values):
            return column
    return Column(type="tekst", tom="" in values)


def _number_types(name: str, values: list[str]) -> tuple[ColumnType, ...]:
    if name.casefold().endswith("_pct"):
        return ("andel_pct",)
    if any("," in value for value in values):
        return ("decimaltal",)
    is_code = any(name.casefold().startswith(word) or name.casefold().endswith(word) for word in _CODES)
    has_zero_in_front = any(value.startswith("0") and len(value) > 1 for value in values)
    return () if is_code or has_zero_in_front else ("heltal",)


def _fits(name: str, column: Column, value: str) -> bool:
    try:
        read_cell(name, column, value)
    except ValueError:
        return False
    return True
