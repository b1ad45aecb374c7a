"""Read the public result page: votes, prices and winners. Not the export, and nothing of proposals off the ballot.

A page as the browser saved it, or its table pasted or extracted as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from budgetanalyser.errors import AmountError, Fault, KildeError
from budgetanalyser.kilder.consul import celler
from budgetanalyser.kilder.table import decoded

if TYPE_CHECKING:
    import pandas as pd

# What the page is called in messages; a file's own name could be a person's.
FIL = "resultatsiden"
NEEDED = ("Titel på forslag", "Stemmer", "Pris")
TITLE, VOTES, _PRICE = "titel på forslag", "stemmer", "pris"
_RESULT_LABELS = {"Titel på forslag": "navn", "Stemmer": "stemmer", "Pris": "pris_kr", "ID": "projekt"}
_AVAILABLE = "penge der kan fordeles"
_WON = {"accepterede forslag": 1, "kasserede forslag": 0}
# Above the rows they are about, they may be shorter, or have a count.
_HEADS_WON = {r"accepterede(?: forslag)?(?: \([0-9]+\))?": 1, r"kasserede(?: forslag)?(?: \([0-9]+\))?": 0}
# Whole words: OS2consul writes "Uforeneligede".
_INCOMPATIBLE = ("uforenelige", "uforeneligede", "uforenelige forslag")


@dataclass(frozen=True)
class Resultat:
    """The public result page.

    Attributes:
        budget_kr: "Penge der kan fordeles"; None where the page does not say.
        tabel: Index: line, which several may share. Columns `navn`, `projekt` (text; None where the page has no ids),
            `stemmer` (int), `pris_kr` (Decimal), `valgt` (1 accepted, 0 discarded, None unknown), `uforenelig` (bool:
            listed among the incompatible, which cannot win). Its attrs say `fil` (always `FIL`) and `tegnsaet`.
    """

    budget_kr: Decimal | None
    tabel: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class _Row:
    line: int
    cells: list[str]
    projekt: str = ""
    ends_table: bool = False
    is_hidden: bool = False


def read_result(path: Path) -> Resultat:
    """Return what a saved, pasted or extracted result page says.

    HTML as saved from a browser; or text with the columns `Titel på forslag`, `Stemmer` and `Pris` (and `ID` where
    known), with `;`, `,` or tab between, as the header shows. "Accepterede forslag:" and "Kasserede forslag:" may head
    the rows they are about, or stand before each title, as on the page itself.

    Raises:
        KildeError: No such header, or every cell that cannot be read, all at once.
    """
    text, tegnsaet = decoded(path.read_bytes(), FIL)
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
        raise KildeError(FIL, sorted(faults, key=celler.line))
    table = celler.frame(reader.projects, ["navn", "projekt", "stemmer", "pris_kr", "valgt", "uforenelig"])
    table.attrs.update(fil=FIL, tegnsaet=tegnsaet)
    return Resultat(reader.budget_kr, table)


def _is_html(text: str) -> bool:
    return bool(re.search(r"<(?:!doctype html|html|body|table|tr)\b", text, re.IGNORECASE))


def _result_rows(text: str) -> tuple[list[_Row], bool, list[Fault]]:
    """Return the rows, whether other text may stand between them, and what could not be read."""
    if _is_html(text):
        page = _Page()
        page.feed(text)
        page.close()
        return page.finished(), True, page.faults
    header = next((line for line in text.splitlines() if TITLE in line.casefold()), "")
    delimiter = celler.delimiter(header, _RESULT_LABELS)
    if delimiter == "\t":
        # A quote in pasted text is a part of the title.
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return [_Row(at, [celler.plain(c) for c in line.split("\t")]) for at, line in enumerate(lines, 1)], True, []
    records, faults = celler.records(text, delimiter)
    return [_Row(line, [celler.plain(cell) for cell in cells]) for line, cells in records], False, faults


@dataclass
class _Outer:
    """What was being read when a table began inside a cell."""

    rows: list[_Row]
    row: _Row | None
    text: list[str]


class _Page(HTMLParser):
    """Turns a page into rows of cells. Text outside tables becomes rows of one cell.

    A table inside a cell is a part of that cell's text, unless it is the one with the result.
    """

    # What they hold is not seen in a browser.
    _UNSEEN = ("script", "style", "template", "noscript")
    _BLOCKS = frozenset(
        re.findall(r"\w+", "p div h1 h2 h3 h4 h5 h6 li ul ol section header table thead tbody tr td th br")
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._rows: list[_Row] = []
        self._row: _Row | None = None
        self._text: list[str] = []
        self._unseen = ""
        self._unseen_line = 0
        self._is_in_cell = False
        self._outer: list[_Outer] = []

    @property
    def faults(self) -> list[Fault]:
        """What keeps the rest of the page from being read."""
        if not self._unseen:
            return []
        said = f"<{self._unseen}> er åbnet og ikke lukket, så resten af siden ikke kan læses; gem siden igen"
        return [Fault(said, f"linje {self._unseen_line}")]

    def finished(self) -> list[_Row]:
        """Return the rows, the last one closed."""
        while self._outer:
            self._end_table()
        self._end_row()
        return self._rows

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a row, a cell, or a new line; note the id of a row's project."""
        if self._unseen:
            return
        values = {name: value or "" for name, value in attrs}
        if tag in self._UNSEEN:
            self._unseen, self._unseen_line = tag, self.getpos()[0]
        elif tag == "table":
            self._begin_table()
        elif tag == "tr":
            self._end_row()
            self._row = _Row(self.getpos()[0], [], _project_id(values.get("id", "")), is_hidden=_says_hidden(values))
        elif tag in ("td", "th"):
            self._end_cell()
            self._is_in_cell = self._row is not None
        elif tag == "a" and self._row is not None and not self._row.projekt:
            self._row = replace(self._row, projekt=_project_id(values.get("href", "")))
        if tag in self._BLOCKS:
            self._new_line()

    def handle_endtag(self, tag: str) -> None:
        """Close a cell, a row or a table."""
        if self._unseen:
            self._unseen = "" if tag == self._unseen else self._unseen
        elif tag == "table":
            self._end_table()
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag in ("tr", "thead", "tbody"):
            self._end_row()
        if tag in self._BLOCKS and tag != "table":
            self._new_line()

    def handle_data(self, data: str) -> None:
        """Keep text that is shown."""
        if not self._unseen:
            self._text.append(data)

    def _begin_table(self) -> None:
        if not self._is_in_cell:
            self._end_row()
            return
        self._outer.append(_Outer(self._rows, self._row, self._text))
        self._rows, self._row, self._text, self._is_in_cell = [], None, [], False

    def _end_table(self) -> None:
        self._end_row()
        end = _Row(self.getpos()[0], [], ends_table=True)
        if not self._outer:
            self._rows.append(end)
            return
        inner, outer = self._rows, self._outer.pop()
        self._rows, self._row, self._text, self._is_in_cell = outer.rows, outer.row, outer.text, True
        cells = [cell for row in inner for cell in row.cells]
        if any(row.ends_table for row in inner) or TITLE in map(celler.key, cells):
            self._rows += [*inner, end]
        else:
            self._text += [f" {cell} " for cell in cells]

    def _new_line(self) -> None:
        if self._row is not None:
            self._text.append(" ")
            return
        text, self._text = celler.plain("".join(self._text)), []
        if text:
            self._rows.append(_Row(self.getpos()[0], [text]))

    def _end_cell(self) -> None:
        """Close the cell before; text between cells is nothing, and an empty cell still has its place."""
        if self._row is not None and self._is_in_cell:
            self._row.cells.append(celler.plain("".join(self._text)))
        self._text, self._is_in_cell = [], False

    def _end_row(self) -> None:
        if self._row is not None:
            self._end_cell()
            # Consul hides the rows of what did not win until they are asked for; they have a project's id.
            if self._row.projekt or not self._row.is_hidden:
                self._rows.append(self._row)
        self._row = None
        self._new_line()


def _project_id(text: str) -> str:
    found = re.search(r"^budget_investment_([0-9]{1,7})$|/investments/([0-9]{1,7})(?![0-9])", text)
    return (found[1] or found[2]) if found else ""


def _says_hidden(values: dict[str, str]) -> bool:
    return "hidden" in values or bool(re.search(r"display\s*:\s*none", values.get("style", ""), re.IGNORECASE))


class _ResultReader:
    """Follows a result page from row to row."""

    def __init__(self, is_loose: bool) -> None:
        self.projects: celler.Rows = []
        self.budget_kr: Decimal | None = None
        self.faults: list[Fault] = []
        self.has_header = False
        self._is_loose = is_loose
        self._labels: list[str] = []
        self._labels_before: list[str] = []  # Of the last table that has ended.
        self._section: int | None = None
        self._is_incompatible = False
        self._awaits_budget = False

    def take(self, row: _Row) -> None:
        """Read one row."""
        filled = [cell for cell in row.cells if cell]
        if row.ends_table:
            self._labels_before = self._labels or self._labels_before
            self._labels, self._section, self._is_incompatible = [], None, False
        elif filled and TITLE in map(celler.key, filled):
            self._take_header(row)
        elif filled and not self._take_words(row, filled):
            self._labels = self._labels or self._continued(row)
            if self._labels:
                self._take_rest(row)

    def _continued(self, row: _Row) -> list[str]:
        """Return the labels of the table before, where a row in one without labels is a project; otherwise none."""
        if len(row.cells) != len(self._labels_before) or not {VOTES, _PRICE} <= set(self._labels_before):
            return []
        cells = dict(zip(self._labels_before, row.cells, strict=True))
        is_project = row.projekt or _can(celler.whole, cells[VOTES]) or _can(_price, cells[_PRICE])
        return self._labels_before if is_project else []

    def _take_header(self, row: _Row) -> None:
        self.has_header = True
        self._labels = [celler.key(cell) for cell in row.cells]
        known = [*map(celler.key, _RESULT_LABELS), _AVAILABLE]
        for at, cell in enumerate(row.cells):
            if _head(cell, _AVAILABLE) is not None:
                self._take_words(row, [cell])
                self._labels[at] = _AVAILABLE
            elif cell and celler.key(cell) not in known:
                said = celler.unknown(at + 1, cell, [*_RESULT_LABELS, "Penge der kan fordeles"])
                self.faults.append(Fault(said, f"linje {row.line}"))
        for label in _RESULT_LABELS:
            times = self._labels.count(celler.key(label))
            if times == 0 and label in NEEDED:
                self.faults.append(Fault(f"kolonnen »{label}« mangler", f"linje {row.line}"))
            elif times > 1:
                self.faults.append(Fault(f"kolonnen »{label}« står {times} gange", f"linje {row.line}"))

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
        for words, won in _HEADS_WON.items():
            if _head(filled[0], words) == "":
                self._section, self._is_incompatible = won, False
                return True
        if celler.key(filled[0]).rstrip(": ") in _INCOMPATIBLE:
            self._section, self._is_incompatible = 0, True
            return True
        return awaited and self._take_budget(row.line, filled[0])

    def _take_budget(self, line: int, text: str) -> bool:
        try:
            amount = celler.kroner(text, text)
        except AmountError as error:
            self.faults.append(Fault(error.reason + celler.repeated(text), f"linje {line}, Penge der kan fordeles"))
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
        navn, won = cells[TITLE], self._section
        for words, number in _WON.items():
            if (rest := _head(navn, words)) is not None:
                navn, won = rest, number
        project = {"navn": navn, "valgt": won, "uforenelig": self._is_incompatible, "projekt": row.projekt or None}
        readers: list[tuple[str, str, Callable[[str], Any]]] = [
            (TITLE, "navn", lambda _cell: celler.text(navn)),
            (VOTES, "stemmer", celler.whole),
            (_PRICE, "pris_kr", _price),
        ]
        if cells.get("id"):
            readers.append(("id", "projekt", celler.projekt_id))
        for label, column, read in readers:
            try:
                project[column] = read(cells.get(label, ""))
            except ValueError as error:
                reason = error.reason if isinstance(error, AmountError) else str(error)
                said = reason + celler.repeated(cells.get(label, ""))
                self.faults.append(Fault(said, f"linje {row.line}, kolonne {label.capitalize()}"))
        self.projects.append((row.line, project))


def _price(cell: str) -> Decimal:
    return celler.kroner(cell, cell)


def _can(read: Callable[[str], object], cell: str) -> bool:
    try:
        read(cell)
    except ValueError:
        return False
    return True


def _head(text: str, words: str) -> str | None:
    """Return what follows the words that a text begins with, without the colon; None where it does not."""
    found = re.match(rf"{words} ?(?::|$)", celler.plain(text), re.IGNORECASE)
    return celler.plain(text)[found.end() :].strip() if found else None
