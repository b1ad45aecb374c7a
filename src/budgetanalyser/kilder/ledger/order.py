"""The pieces of a ledger put back in order, and what only their order tells.

That is: faults with the first line of each, character sets that do not agree, a total line that is the last one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, KildeError
from budgetanalyser.kilder.ledger.amounts import Styles
from budgetanalyser.kilder.ledger.cells import Verdict
from budgetanalyser.kilder.ledger.layout import Layout
from budgetanalyser.kilder.ledger.source import MOST_REJECTS, Batch, Reject

_MOST_RAW = 1_000  # Letters of a rejected row that are kept.
_MOST_FAULTS = 40


@dataclass
class Piece:
    """What one worker makes of a chunk; `line` is where it begins.

    `charset` is its character set and the first line that shows it, "" where it is plain ASCII; `scan` is what the
    source saw in its bytes.
    """

    line: int
    cut: bool = False
    charset: tuple[str, int] = ("", 0)
    scan: Any = None
    rows_in: int = 0
    rejects: list[tuple[Reject, Verdict]] = field(default_factory=list)
    last_ok: int = 0
    styles: Styles = field(default_factory=Styles)
    widths: tuple[int, int] | None = None
    faults: list[tuple[int, str]] = field(default_factory=list)
    control: int | None = None
    result: Any = None

    @property
    def encoding(self) -> str:
        """The character set to read the piece by."""
        return self.charset[0] or "utf-8"

    def reject(self, line: int, raw: str, verdict: Verdict) -> None:
        """Add a row that is no posting."""
        self.rejects.append((Reject(line, verdict.reason, raw[:_MOST_RAW]), verdict))


class State:
    """The order of the file put back together: faults, character sets, and whether a total line is the last."""

    def __init__(self, fil: str, layout: Layout) -> None:
        self._fil, self._layout = fil, layout
        self.faults: list[tuple[int, str]] = []
        self._charsets: dict[str, int] = {}
        self.styles = Styles()
        self.widths: tuple[int, int] | None = None
        self._cut = 0
        self._pending: tuple[Reject, int | None] | None = None
        self._rejects = self._rows = self._sums = self._others = 0
        self._marked: int | None = None

    def take(self, piece: Piece) -> Batch | None:
        """Take in the next piece; return its batch, or None when the file is refused anyway."""
        self.faults += piece.faults
        self.saw(*piece.charset)
        if self.faults:
            if len(self.faults) > _MOST_FAULTS:
                self.finish()
            return None
        self.styles += piece.styles
        self._cut = piece.line if piece.cut else 0
        if piece.control is not None:
            self._marked = piece.control
        if piece.widths:
            low, high = self.widths or piece.widths
            self.widths = (min(low, piece.widths[0]), max(high, piece.widths[1]))
        rejects = self._kept(piece)
        self._rejects += len(rejects)
        self._rows += piece.rows_in + len(rejects)
        if self._rejects > MOST_REJECTS:
            most = dansk.antal(MOST_REJECTS)
            said = f"over {most} rækker kan ikke læses; passer layoutet til filen? Den første fejl: {rejects[0].aarsag}"
            raise KildeError(self._fil, [Fault(said, f"linje {rejects[0].linje}")])
        return Batch(piece.rows_in + len(rejects), tuple(rejects))

    def saw(self, encoding: str, line: int) -> None:
        """Note a character set and where it was first seen."""
        if encoding:
            self._charsets.setdefault(encoding, line)

    def _kept(self, piece: Piece) -> list[Reject]:
        """Return the true rejects; a total line is held back until it is known whether rows follow it."""
        rejects: list[Reject] = []
        for reject, verdict in piece.rejects:
            if verdict.kind == "sum":
                self._sums += 1
                self._marked = verdict.oere
                continue
            if verdict.kind == "anden":
                self._others += 1
                continue
            self._release(rejects)
            if verdict.kind == "ialt" and reject.linje > piece.last_ok:
                self._pending = (reject, verdict.oere)
            else:
                rejects.append(reject)
        if self._pending and piece.last_ok > self._pending[0].linje:
            self._release(rejects)
        return sorted(rejects, key=lambda one: one.linje)

    def _release(self, rejects: list[Reject]) -> None:
        if self._pending:
            rejects.append(self._pending[0])
            self._pending = None

    def finish(self) -> None:
        """Refuse the file when anything in its bytes says so.

        Raises:
            KildeError: All kinds of faults, each where it was first seen.
        """
        first: dict[str, int] = {}
        for line, said in sorted(self.faults + self._charset_faults()):
            first.setdefault(said, line)
        if first:
            raise KildeError(self._fil, [Fault(said, f"linje {line}") for said, line in first.items()])

    def _charset_faults(self) -> list[tuple[int, str]]:
        declared = self._layout.tegnsaet
        if len(self._charsets) > 1:
            said = "filen blander to tegnsæt (UTF-8 og windows-1252); gem hele filen som CSV UTF-8"
            return [(max(self._charsets.values()), said)]
        other = [(line, name) for name, line in self._charsets.items() if declared and name != declared]
        return [(line, f"filen er {name}, men layoutet siger {declared}; ret layoutet") for line, name in other]

    def last(self) -> tuple[int, tuple[Reject, ...], int | None, tuple[str, ...]]:
        """Return what the end of the file tells: rows, rejects, control total and notes."""
        rejects: list[Reject] = []
        control = self._marked
        if self._pending and self._pending[1] is None:
            self._release(rejects)
        elif self._pending:
            control = self._pending[1]
        return len(rejects), tuple(rejects), control, tuple(self._notes())

    def _notes(self) -> Iterator[str]:
        if not self._rows:
            yield "Filen har ingen posteringer."
        if self._cut:
            yield f"Sidste linje ({self._cut}) har intet linjeskift; er filen hentet helt?"
        if self.styles.dotted and not self.styles.comma:
            yield (
                f"{dansk.antal(self.styles.dotted)} beløb har punktum, og intet beløb i filen har komma; "
                "1.234 er læst som ettusind tohundrede og fireogtredive."
            )
        if self._sums:
            yield f"{dansk.antal(self._sums)} {'sumlinje' if self._sums == 1 else 'sumlinjer'} er ikke talt med."
        if self._others:
            yield f"Linjer af andre slags, som ikke er posteringer: {dansk.antal(self._others)}."
