"""The one family of errors. Each message is plain Danish: what is wrong, where, and what to do.

Values that a caller or a test needs are attributes, so nobody parses the prose. This module formats messages; it
never prints, logs or exits.

    BudgetanalyseError
    ├── AmountError             a text that is not one unmistakable Danish amount
    ├── MixedPrisniveauError    kroner of different price levels were about to be added or compared
    ├── ValueUseError           a named value used or declared in a way that loses its origin
    ├── WorkspaceError          no workspace here, or a path that leaves it
    ├── PdfError                the typesetter refused the report
    ├── CellError               a cell failed, took too long, or its kernel died
    ├── SeveralError            the errors of several files, told together
    └── FaultsError             every fault of one file, collected
        ├── PosterError         budget lines that do not make sense
        ├── AnalysisError       analyses/<year>/<name>.toml or .md
        ├── NotebookError       notebooks/<kind>.ipynb
        ├── KildeError          data/raw/<file> or its sidecar
        ├── LedgerError         a ledger that does not add up, or has rejects that nobody accepted
        └── DocumentError       the report document (headings, alt texts, stale values)
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


class BudgetanalyseError(Exception):
    """Base of all errors that a user can do something about. `str(error)` is the Danish message."""

    def _render_traceback_(self) -> list[str]:
        """Show only the message in a notebook; IPython calls this instead of printing the traceback."""
        return [str(self)]


@dataclass(frozen=True)
class Fault:
    """One fault in a file: `where` (line, row and column, key or cell; may be empty) and `text` in Danish."""

    text: str
    where: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


class FaultsError(BudgetanalyseError):
    """All faults of one file, told at once.

    Attributes:
        path: The file as the user knows it, relative to the workspace where possible.
        faults: At least one `Fault`, in the order of the file.
    """

    def __init__(self, path: object, faults: Iterable[Fault]) -> None:
        self.path = str(path)
        self.faults = tuple(faults)
        lines = "\n".join(f"  - {fault}" for fault in self.faults)
        super().__init__(f"Ret følgende i {self.path}, og kør igen:\n{lines}")


class SeveralError(BudgetanalyseError):
    """Several files have faults; `errors` holds one error for each."""

    def __init__(self, errors: Iterable[BudgetanalyseError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in self.errors))


class AnalysisError(FaultsError):
    """An analysis (`.toml`) or its prose (`.md`) is not right."""


class NotebookError(FaultsError):
    """A notebook breaks the rules that let it become a report."""


class KildeError(FaultsError):
    """A raw file or its sidecar is missing, changed or not as declared."""


class LedgerError(FaultsError):
    """A ledger was read, but does not add up to its control total, or has rejects that nobody accepted."""


class PosterError(FaultsError):
    """Budget lines read well, but say something that cannot be meant."""


def file_of(table: Any, otherwise: str) -> str:
    """Return the name of the file a table was read from, or what to call it where it has none."""
    return str(table.attrs.get("fil", otherwise))


def together(*checks: Callable[[], object]) -> None:
    """Make several checks, and tell the faults of all of them at once.

    Raises:
        BudgetanalyseError: The one error found, or a `SeveralError` of all.
    """
    found: list[BudgetanalyseError] = []
    for check in checks:
        try:
            check()
        except BudgetanalyseError as error:
            found.append(error)
    if found:
        raise found[0] if len(found) == 1 else SeveralError(found)


class DocumentError(FaultsError):
    """The report document cannot be printed as it stands."""


class AmountError(BudgetanalyseError, ValueError):
    """A text is not one unmistakable Danish number.

    Attributes:
        text: The text as read.
        reason: Danish, without a full stop.
    """

    def __init__(self, text: str, reason: str) -> None:
        self.text = text
        self.reason = reason
        super().__init__(f"»{text}« kan ikke læses som et beløb: {reason}.")


class MixedPrisniveauError(BudgetanalyseError):
    """Amounts in different price levels were about to be added or compared. `found` holds the levels."""

    def __init__(self, found: Iterable[object]) -> None:
        self.found = tuple(found)
        levels = " og ".join(str(level) for level in self.found)
        super().__init__(
            f"Beløbene står i forskellige prisniveauer ({levels}) og kan ikke lægges sammen eller sammenlignes. "
            "Omregn dem først til samme prisniveau."
        )


class ValueUseError(BudgetanalyseError):
    """A named value lacks its origin, unit or price level, or is shown in a way that does not fit its kind."""


class WorkspaceError(BudgetanalyseError):
    """There is no workspace here, the named thing is not in it, or a path leads out of it."""


class PdfError(BudgetanalyseError):
    """The typesetter refused the report. `detail` is the compiler's own words, for the developer."""

    def __init__(self, message: str, detail: str = "") -> None:
        self.detail = detail
        super().__init__(message)


class CellError(BudgetanalyseError):
    """A cell failed while a notebook ran.

    Attributes:
        cell: The cell's name (its id in the notebook) and `number`, counted from 1.
        first_line: The first line of code of the cell.
        reason: Danish, what happened.
    """

    def __init__(self, notebook: str, number: int, cell: str, first_line: str, reason: str) -> None:
        self.notebook = notebook
        self.number = number
        self.cell = cell
        self.first_line = first_line
        self.reason = reason
        super().__init__(
            f"Celle {number} (»{cell}«) i {notebook} kunne ikke køres.\n"
            f"  Cellen begynder med: {first_line}\n"
            f"  Årsag: {reason}"
        )


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a Danish hint that names the known word nearest to `name`, or lists them all."""
    words = sorted(known)
    longer = [word for word in words if name and word.casefold().startswith(name.casefold())]
    if len(longer) == 1:
        return f"Mente du »{longer[0]}«?"
    close = difflib.get_close_matches(name.casefold(), [w.casefold() for w in words], n=1, cutoff=0.6)
    if close:
        word = next(w for w in words if w.casefold() == close[0])
        return f"Mente du »{word}«?"
    return f"Her kan stå {', '.join(f'»{word}«' for word in words)}." if words else "Her kan ikke stå noget."
