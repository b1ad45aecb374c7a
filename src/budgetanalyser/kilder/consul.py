"""Read the files of a Consul Democracy budget (OS2consul, Danish) as tables; it knows nothing of elections or rules.

The export has neither votes nor winners: `Støtte` is support before the vote, and `Valgt` means chosen for the ballot.
Both come from the public result page. Names of people (`Brugernavn`, `Administrator`, `Evaluator`) are dropped while
reading and never repeated; columns are found by name, as their order differs between versions.

Source: OS2Consul/os2consul f011be0 (exporter.rb, admin.yml, budgets.yml); consuldemocracy 0491ea4 (exporter.rb).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from budgetanalyser import dansk
from budgetanalyser.errors import AmountError, Fault, KildeError, nearest
from budgetanalyser.kilder.table import LINE_INDEX, decoded

if TYPE_CHECKING:
    import pandas as pd

KAN, KAN_IKKE, UNDER_BEHANDLING = "kan gennemføres", "kan ikke gennemføres", "under behandling"
STATES = (KAN, KAN_IKKE, UNDER_BEHANDLING)

EKSPORT, RESULTAT, PAPIR = "eksport", "resultatside", "papirstemmer"

# The export's labels, and the column each becomes. Rails shows an English label where a Danish one is missing.
_KEPT = {
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
_DROPPED = ("Administrator", "Evaluator", "Evalueringsgruppe", "Vis til evaluator", "Brugernavn")
_NEEDED = ("ID", "Titel", "Område", "Gennemførlighed", "Vurdering færdiggjort", "Valgt")
# A first line with fewer known labels is data; it may hold names and is not repeated.
_FEWEST_LABELS = 4
_LONGEST_CELL = 10_000_000
_FREE_TEXT = ("beskrivelse", "begrundelse")
# Only such a cell is repeated in a message: a row out of step could have a name in any column.
_SAFE = re.compile(
    r"(?:[\d\s.,()€$£¥+-]|\b(?:kan|ikke|gennemføres|under|behandling|kr|dkk|ca|mio|ja|nej)\b|(?<=dkk)\d)*", re.I
)
# Rows with the line each stands on.
_Rows = list[tuple[int, dict[str, Any]]]
_DANISH = re.compile(r"(?P<number>[0-9.]+(?:,[0-9]{2})?) ?kr\.")
_UNIT_FIRST = re.compile(r"DKK ?(?P<number>(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]{2})?)")


def _plain(text: str) -> str:
    return " ".join(text.split())


def key(text: str) -> str:
    """Return a title or label as it is compared: one space between words, no case."""
    return _plain(text).casefold()


def read_gennemfoerlighed(text: str) -> str:
    """Return which of `STATES` a cell of `Gennemførlighed` tells.

    Raises:
        AmountError: It is none of them.
    """
    body = key(text)
    state = KAN if body.startswith(f"{KAN} (") and body.endswith(")") else body
    if state not in STATES:
        raise AmountError(
            text, "der skal stå »Kan gennemføres (pris)«, »Kan ikke gennemføres« eller »Under behandling«"
        )
    return state


def parse_pris(text: str) -> Decimal | None:
    """Return the price in kroner of `Kan gennemføres (35.000 kr.)`, `35.000,50 kr.`, `DKK35,000` or `DKK35,000.50`.

    None for a proposal that is not (yet) feasible, and for `Kan gennemføres ()`, which Consul writes while a feasible
    proposal has no price. `35,000 kr.` could be 35 or 35.000 and is refused, as is everything else.

    Raises:
        AmountError: With the reason in Danish.

    Source: rails.yml of OS2Consul (repository OS2Consul/os2consul); sammenomaarhus.dk/budgets/1.
    """
    body = _plain(text)
    if key(body) in (KAN_IKKE, UNDER_BEHANDLING):
        return None
    inside = re.fullmatch(r"kan gennemføres \((.*)\)", body, re.IGNORECASE)
    if inside and not inside[1].strip():
        return None
    return _kroner(text, inside[1].strip() if inside else body)


def _kroner(text: str, body: str) -> Decimal:
    if match := _DANISH.fullmatch(body):
        try:
            return dansk.parse_beloeb(match["number"])
        except AmountError as error:
            raise AmountError(text, error.reason) from None
    if match := _UNIT_FIRST.fullmatch(body):
        return Decimal(match["number"].replace(",", ""))
    if re.fullmatch(r"[0-9]+(?:,[0-9]{3})+ ?kr\.?|DKK ?[0-9]+(?:\.[0-9]{3})+", body):
        raise AmountError(text, "tegnet mellem cifrene kan både skille tusinder og være komma; skriv fx 35.000 kr.")
    raise AmountError(text, "prisen skal stå som 35.000 kr. eller DKK35,000 og intet andet")


def read_export(path: Path, *, med_beskrivelse: bool = False) -> pd.DataFrame:
    """Return the proposals of a Consul export, indexed by the line each begins on.

    Args:
        path: The CSV file, utf-8 or cp1252, with comma as Consul writes it, or semicolon or tab as a spreadsheet may.
        med_beskrivelse: Whether to keep free text: `beskrivelse`, and where the file has it `begrundelse`.

    Returns:
        Columns `projekt` (id, text), `navn`, `stoette` (int, support before the vote; None where the version has
        none), `omraade`, `gennemfoerlighed` (one of `STATES`), `pris_kr` (Decimal or None), `vurderet` (bool),
        `paa_stemmesedlen` (bool; on the ballot, not won). Its attrs say `fil`, `tegnsaet` and `skilletegn`.

    Raises:
        KildeError: A label that is unknown, missing or twice, and every cell that cannot be read, all at once.
    """
    text, tegnsaet = decoded(path.read_bytes(), path.name)
    delimiter = _delimiter(text, [*_KEPT, *_DROPPED])
    records, faults = _records(text, delimiter)
    header = records[0][1] if records else []
    _check_header(path.name, header)
    rows: _Rows = []
    for line, cells in records[1:]:
        row, found = _export_row(line, cells, header)
        rows.append((line, row))
        faults += found
    faults += _double_ids(rows)
    if faults:
        raise KildeError(path.name, sorted(faults, key=_line))
    table = _frame(rows, _export_columns(header, med_beskrivelse))
    table.attrs.update(fil=path.name, tegnsaet=tegnsaet, skilletegn=delimiter)
    return table


def _line(fault: Fault) -> int:
    found = re.match(r"linje (\d+)", fault.where)
    return int(found[1]) if found else 0


def _export_columns(header: list[str], with_text: bool) -> list[str]:
    columns = ["projekt", "navn", "stoette", "omraade", "gennemfoerlighed", "pris_kr", "vurderet", "paa_stemmesedlen"]
    present = {_column(label) for label in header}
    return columns + [name for name in _FREE_TEXT if with_text and name in present]


def _frame(rows: _Rows, columns: list[str]) -> pd.DataFrame:
    import pandas as pd

    index = pd.Index([line for line, _ in rows], name=LINE_INDEX, dtype="int64")
    data = {name: pd.Series([row.get(name) for _, row in rows], index, dtype=object) for name in columns}
    return pd.DataFrame(data, index=index)


def _labels(cells: Iterable[str], known: Iterable[str]) -> int:
    wanted = {key(label) for label in known}
    return len({key(cell) for cell in cells} & wanted)


def _delimiter(text: str, known: Iterable[str]) -> str:
    """Return the sign between cells that gives the first line most of the known labels; comma where none does."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=lambda sign: _labels(_cells(first, sign), known))


def _cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line, which may be a whole page; none where it cannot be cut."""
    csv.field_size_limit(_LONGEST_CELL)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _records(text: str, delimiter: str) -> tuple[list[tuple[int, list[str]]], list[Fault]]:
    """Return the rows that are not empty with the line each begins on; a cell may hold line breaks."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((begins, [cell.strip() for cell in cells]))
            begins = reader.line_num + 1
    except csv.Error:
        said = "linjen kan ikke læses; er et anførselstegn åbnet og ikke lukket?"
        return found, [Fault(said, f"linje {begins}")]
    return found, []


def _column(label: str) -> str:
    return next((column for known, column in _KEPT.items() if key(known) == key(label)), "")


def _check_header(fil: str, header: list[str]) -> None:
    known = [*_KEPT, *_DROPPED]
    if _labels(header, known) < _FEWEST_LABELS:
        said = (
            f"første linje skal være eksportens overskrift: {', '.join(_NEEDED)} m.fl.; hent eksporten igen fra Consul"
        )
        raise KildeError(fil, [Fault(said, "linje 1")])
    present = [key(label) for label in header]
    faults = [Fault(f"kolonnen »{label}« mangler", "linje 1") for label in _NEEDED if key(label) not in present]
    for label in dict.fromkeys(header):
        if key(label) not in map(key, known):
            faults.append(Fault(f"kolonnen »{label[:60]}« kendes ikke. {nearest(label, known)}", "linje 1"))
        elif present.count(key(label)) > 1:
            faults.append(Fault(f"kolonnen »{label}« står {present.count(key(label))} gange", "linje 1"))
    if faults:
        raise KildeError(fil, faults)


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
                fault = Fault(reason + _repeated(cell), f"linje {line}, kolonne {label}")
                faults += [] if fault in faults else [fault]
                break
    return row, faults


def _repeated(cell: str) -> str:
    return f" (her står »{cell[:60]}«)" if cell and _SAFE.fullmatch(cell[:60]) else ""


def _text(cell: str) -> str:
    if strange := dansk.invisible(cell):
        raise ValueError(f"cellen rummer et usynligt tegn ({strange}); slet det")
    if not cell:
        raise ValueError("cellen er tom")
    return _plain(cell)


def _id(cell: str) -> str:
    if not re.fullmatch(r"[0-9]+", cell):
        raise ValueError("et id skal være cifre")
    return cell


def _whole(cell: str) -> int:
    if not re.fullmatch(r"[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+", cell):
        raise ValueError("skal være et helt tal, 0 eller mere")
    return int(cell.replace(".", ""))


def _yes(cell: str) -> bool:
    if key(cell) not in ("ja", "nej"):
        raise ValueError("skal være Ja eller Nej")
    return key(cell) == "ja"


# How a column's cell is read, and the columns of the table it gives.
_CELLS: dict[str, dict[str, Callable[[str], Any]]] = {
    "projekt": {"projekt": _id},
    "navn": {"navn": _text},
    "stoette": {"stoette": _whole},
    "omraade": {"omraade": _text},
    "gennemfoerlighed": {"pris_kr": parse_pris, "gennemfoerlighed": read_gennemfoerlighed},
    "vurderet": {"vurderet": _yes},
    "paa_stemmesedlen": {"paa_stemmesedlen": _yes},
    "beskrivelse": {"beskrivelse": str},
    "begrundelse": {"begrundelse": lambda cell: None if cell in ("", "-") else cell},
}


def _double_ids(rows: _Rows) -> list[Fault]:
    first: dict[str, int] = {}
    faults = []
    for line, row in rows:
        if "projekt" in row and first.setdefault(row["projekt"], line) != line:
            said = f"projekt {row['projekt']} står allerede på linje {first[row['projekt']]}"
            faults.append(Fault(said, f"linje {line}, kolonne ID"))
    return faults


@dataclass(frozen=True)
class Resultat:
    """The public result page.

    Attributes:
        budget_kr: "Penge der kan fordeles"; None where the page does not say.
        tabel: Index: line. Columns `navn`, `projekt` (text; None where the page has no ids), `stemmer` (int),
            `pris_kr` (Decimal), `valgt` (1 accepted, 0 discarded, None unknown), `uforenelig` (bool: listed among
            the incompatible, which cannot win). Its attrs say `fil` and `tegnsaet`.
    """

    budget_kr: Decimal | None
    tabel: pd.DataFrame = field(repr=False)


class _Row(NamedTuple):
    line: int
    cells: list[str]
    projekt: str = ""
    ends_table: bool = False


_TITLE, _VOTES, _PRICE = "titel på forslag", "stemmer", "pris"
_RESULT_LABELS = {"Titel på forslag": "navn", "Stemmer": "stemmer", "Pris": "pris_kr", "ID": "projekt"}
_AVAILABLE = "penge der kan fordeles"
_WON = {"accepterede forslag": 1, "kasserede forslag": 0}
# Whole words: OS2consul writes "Uforeneligede".
_INCOMPATIBLE = ("uforenelige", "uforeneligede", "uforenelige forslag")


def read_result(path: Path) -> Resultat:
    """Return what a saved, pasted or extracted result page says.

    HTML as saved from a browser; or text with the columns `Titel på forslag`, `Stemmer` and `Pris` (and `ID` where
    known), with `;`, `,` or tab between, as the header shows. "Accepterede forslag:" and "Kasserede forslag:" may head
    the rows they are about, or stand before each title, as on the page itself.

    Raises:
        KildeError: No such header, or every cell that cannot be read, all at once.
    """
    text, tegnsaet = decoded(path.read_bytes(), path.name)
    rows, is_loose, faults = _result_rows(text)
    reader = _ResultReader(is_loose)
    for row in rows:
        reader.take(row)
    faults += reader.faults
    if not reader.has_header:
        said = "overskriften med »Titel på forslag«, »Stemmer« og »Pris« er ikke fundet; gem hele resultatsiden"
        faults.append(Fault(said))
    elif not reader.projects and not faults:
        faults.append(Fault("der er ingen forslag under overskriften"))
    if faults:
        raise KildeError(path.name, sorted(faults, key=_line))
    table = _frame(reader.projects, ["navn", "projekt", "stemmer", "pris_kr", "valgt", "uforenelig"])
    table.attrs.update(fil=path.name, tegnsaet=tegnsaet)
    return Resultat(reader.budget_kr, table)


def _is_html(text: str) -> bool:
    return bool(re.search(r"<(?:!doctype html|html|body|table|tr)\b", text, re.IGNORECASE))


def _result_rows(text: str) -> tuple[list[_Row], bool, list[Fault]]:
    """Return the rows, whether other text may stand between them, and what could not be read."""
    if _is_html(text):
        page = _Page()
        page.feed(text)
        page.close()
        return page.finished(), True, []
    header = next((line for line in text.splitlines() if _TITLE in line.casefold()), "")
    delimiter = _delimiter(header, _RESULT_LABELS)
    if delimiter == "\t":
        # A quote in pasted text is a part of the title.
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return [_Row(at, [_plain(c) for c in line.split("\t")]) for at, line in enumerate(lines, 1)], True, []
    records, faults = _records(text, delimiter)
    return [_Row(line, [_plain(cell) for cell in cells]) for line, cells in records], False, faults


class _Page(HTMLParser):
    """Turns a page into rows of cells. Text outside tables becomes rows of one cell."""

    _BLOCKS = frozenset(
        re.findall(r"\w+", "p div h1 h2 h3 h4 h5 h6 li ul ol section header table thead tbody tr td th br")
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._rows: list[_Row] = []
        self._row: _Row | None = None
        self._text: list[str] = []
        self._is_silent = False
        self._is_in_cell = False

    def finished(self) -> list[_Row]:
        """Return the rows, the last one closed."""
        self._end_row()
        return self._rows

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a row, a cell, or a new line; note the id of a row's project."""
        values = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._is_silent = True
        if tag in ("tr", "table"):
            self._end_row()
        if tag == "tr":
            self._row = _Row(self.getpos()[0], [], _project_id(values.get("id", "")))
        elif tag in ("td", "th"):
            self._end_cell()
            self._is_in_cell = True
        elif tag == "a" and self._row is not None and not self._row.projekt:
            self._row = self._row._replace(projekt=_project_id(values.get("href", "")))
        if tag in self._BLOCKS:
            self._new_line()

    def handle_endtag(self, tag: str) -> None:
        """Close a cell, a row or a table."""
        if tag in ("script", "style"):
            self._is_silent = False
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag in ("tr", "table", "thead", "tbody"):
            self._end_row()
        if tag == "table":
            self._rows.append(_Row(self.getpos()[0], [], ends_table=True))
        elif tag in self._BLOCKS:
            self._new_line()

    def handle_data(self, data: str) -> None:
        """Keep text that is shown."""
        if not self._is_silent:
            self._text.append(data)

    def _new_line(self) -> None:
        if self._row is not None:
            self._text.append(" ")
            return
        text, self._text = _plain("".join(self._text)), []
        if text:
            self._rows.append(_Row(self.getpos()[0], [text]))

    def _end_cell(self) -> None:
        """Close the cell before; text between cells is nothing, and an empty cell still has its place."""
        if self._row is not None and self._is_in_cell:
            self._row.cells.append(_plain("".join(self._text)))
        self._text, self._is_in_cell = [], False

    def _end_row(self) -> None:
        if self._row is not None:
            self._end_cell()
            self._rows.append(self._row)
        self._row = None
        self._new_line()


def _project_id(text: str) -> str:
    found = re.search(r"^budget_investment_(\d+)$|/investments/(\d+)", text)
    return (found[1] or found[2]) if found else ""


class _ResultReader:
    """Follows a result page from row to row."""

    def __init__(self, is_loose: bool) -> None:
        self.projects: _Rows = []
        self.budget_kr: Decimal | None = None
        self.faults: list[Fault] = []
        self.has_header = False
        self._is_loose = is_loose
        self._labels: list[str] = []
        self._section: int | None = None
        self._is_incompatible = False
        self._awaits_budget = False

    def take(self, row: _Row) -> None:
        """Read one row."""
        filled = [cell for cell in row.cells if cell]
        if row.ends_table:
            self._labels, self._section, self._is_incompatible = [], None, False
        elif filled and _TITLE in map(key, filled):
            self._take_header(row)
        elif filled and not self._take_words(row, filled) and self._labels:
            self._take_rest(row)

    def _take_header(self, row: _Row) -> None:
        self.has_header = True
        self._labels = [key(cell) for cell in row.cells]
        known = [*map(key, _RESULT_LABELS), _AVAILABLE]
        for at, cell in enumerate(row.cells):
            if _head(cell, _AVAILABLE) is not None:
                self._take_words(row, [cell])
                self._labels[at] = _AVAILABLE
            elif cell and key(cell) not in known:
                said = (
                    f"kolonnen »{cell[:60]}« kendes ikke. {nearest(cell, [*_RESULT_LABELS, 'Penge der kan fordeles'])}"
                )
                self.faults.append(Fault(said, f"linje {row.line}"))
        for label in (_VOTES, _PRICE):
            if label not in self._labels:
                self.faults.append(Fault(f"kolonnen »{label.capitalize()}« mangler", f"linje {row.line}"))

    def _take_words(self, row: _Row, filled: list[str]) -> bool:
        """Take a row that heads others, or tells the budget; return whether it was one."""
        rest = _head(filled[0], _AVAILABLE)
        awaited, self._awaits_budget = self._awaits_budget, False
        if rest is not None and len(filled) <= 2:
            amount = rest or "".join(filled[1:])
            self._awaits_budget = not amount
            return not amount or self._take_budget(row.line, amount)
        if len(filled) > 1:
            return False
        for words, won in _WON.items():
            if _head(filled[0], words) == "":
                self._section, self._is_incompatible = won, False
                return True
        if key(filled[0]).rstrip(": ") in _INCOMPATIBLE:
            self._section, self._is_incompatible = 0, True
            return True
        return awaited and self._take_budget(row.line, filled[0])

    def _take_budget(self, line: int, text: str) -> bool:
        try:
            amount = _kroner(text, text)
        except AmountError as error:
            self.faults.append(Fault(error.reason + _repeated(text), f"linje {line}, Penge der kan fordeles"))
            return True
        if self.budget_kr not in (None, amount):
            said = f"her står {amount}, men tidligere stod {self.budget_kr}; gem ét område ad gangen"
            self.faults.append(Fault(said, f"linje {line}, Penge der kan fordeles"))
        self.budget_kr = amount
        return True

    def _take_rest(self, row: _Row) -> None:
        where = f"linje {row.line}"
        if len(row.cells) == 1 and self._is_loose:
            return
        cells = row.cells + [""] * (len(self._labels) - len(row.cells))
        if len(row.cells) == 1:
            self.faults.append(Fault("linjen er hverken et forslag eller en kendt overskrift", where))
        elif any(cells[len(self._labels) :]):
            said = f"der er {len(row.cells)} felter, men overskriften har {len(self._labels)}"
            self.faults.append(Fault(said, where))
        else:
            self._take_project(row, dict(zip(self._labels, cells, strict=False)))

    def _take_project(self, row: _Row, cells: dict[str, str]) -> None:
        navn, won = cells[_TITLE], self._section
        for words, number in _WON.items():
            if (rest := _head(navn, words)) is not None:
                navn, won = rest, number
        project = {"navn": navn, "valgt": won, "uforenelig": self._is_incompatible, "projekt": row.projekt or None}
        readers: list[tuple[str, str, Callable[[str], Any]]] = [
            (_TITLE, "navn", lambda _cell: _text(navn)),
            (_VOTES, "stemmer", _whole),
            (_PRICE, "pris_kr", lambda cell: _kroner(cell, cell)),
        ]
        if cells.get("id"):
            readers.append(("id", "projekt", _id))
        for label, column, read in readers:
            try:
                project[column] = read(cells.get(label, ""))
            except ValueError as error:
                reason = error.reason if isinstance(error, AmountError) else str(error)
                said = reason + _repeated(cells.get(label, ""))
                self.faults.append(Fault(said, f"linje {row.line}, kolonne {label.capitalize()}"))
        self.projects.append((row.line, project))


def _head(text: str, words: str) -> str | None:
    """Return what follows the words that a text begins with, without the colon; None where it does not."""
    found = re.match(rf"{words} ?(?::|$)", _plain(text), re.IGNORECASE)
    return _plain(text)[found.end() :].strip() if found else None


def read_offline(path: Path) -> list[tuple[str, tuple[str, ...]]]:
    """Return paper ballots in Consul's form, `id,id,id;id,id`: where each stands, and its ids.

    Semicolon between ballots, comma between ids; a line may hold one ballot or many. A place is
    "linje 2, stemmeseddel 3". Whether the ids exist is for the caller to check.

    Raises:
        KildeError: An id that is not digits, or a ballot without any; all at once.
    """
    text, _ = decoded(path.read_bytes(), path.name)
    found = []
    faults = []
    for where, ballot in _ballots(text):
        ids = tuple(one.strip() for one in ballot.split(","))
        if not ballot.strip():
            faults.append(Fault("stemmesedlen er tom; slet det ene semikolon", where))
        elif not all(re.fullmatch(r"[0-9]+", one) for one in ids):
            faults.append(Fault("der skal stå projekternes id, cifre med komma imellem", where))
        found.append((where, ids))
    if not found:
        faults.append(Fault("der er ingen stemmesedler i filen"))
    if faults:
        raise KildeError(path.name, faults)
    return found


def _ballots(text: str) -> Iterator[tuple[str, str]]:
    for line, content in enumerate(text.splitlines(), start=1):
        body = content.strip().removesuffix(";")
        for number, ballot in enumerate(body.split(";") if body else [], start=1):
            yield f"linje {line}, stemmeseddel {number}", ballot


@dataclass(frozen=True)
class Filer:
    """The files of one budget: its export, its result page, and files of paper ballots."""

    eksport: Path
    resultat: Path | None = None
    papir: tuple[Path, ...] = ()


_ADVICE = {
    EKSPORT: "en eksport fra Consul",
    RESULTAT: "en resultatside",
    PAPIR: "papirstemmer",
    "milepæle": "milepæle (projekt;status;dato); læg filen uden for mappen, og læs den som en tabel for sig",
    "regneark": "et regneark eller en zip-fil; gem det, der skal bruges, som CSV, og flyt filen",
    "tom": "tom; slet filen",
    "ukendt": "ukendt; her kan ligge en eksport, en resultatside og papirstemmer. Flyt filen ud af mappen",
}


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
    labels = [*_KEPT, *_DROPPED]
    cells = _cells(first, _delimiter(text, labels))
    if not first:
        return "tom"
    if _labels(cells, labels) >= _FEWEST_LABELS:
        return EKSPORT
    if _TITLE in text.casefold() and _VOTES in text.casefold():
        return RESULTAT
    if re.fullmatch(r"[\d,;\s]*", text):
        return PAPIR
    is_steps = {"projekt", "status", "dato"} <= {key(cell) for cell in re.split(r"[;,\t]", first)}
    return "milepæle" if is_steps else "ukendt"
