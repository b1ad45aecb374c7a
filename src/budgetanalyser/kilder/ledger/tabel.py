"""Form "tabel": a ledger as lines of text with a header. Found out: character set, delimiter, header, total line.

Chunks are cut by pyarrow as bytes, so that no file needs transcoding, in as many threads as there are processors. What
is not accepted is read again with the standard `csv` reader and judged line by line: that gives physical line, raw text
and reason, and where the two readings do not agree the file is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from budgetanalyser.errors import Fault, KildeError
from budgetanalyser.kilder.ledger import chunks, header, lines
from budgetanalyser.kilder.ledger.arrays import Bools
from budgetanalyser.kilder.ledger.cells import Verdict
from budgetanalyser.kilder.ledger.chunks import Chunk
from budgetanalyser.kilder.ledger.layout import BELOEB, TEKST, Layout
from budgetanalyser.kilder.ledger.lines import Form, OpenQuote, Rows
from budgetanalyser.kilder.ledger.order import Piece, State
from budgetanalyser.kilder.ledger.pieces import PieceSource

_LONE_CR = "linjerne er skilt med CR alene eller på flere måder; gem filen igen som CSV"
_CUT = "linjen er afbrudt: filen slutter uden linjeskift, "


class TableSource(PieceSource):
    """A ledger in a text file under a layout of form "tabel".

    Raises:
        KildeError: The file is missing, empty or UTF-16, or no line is the header; the missing columns are told.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path = path
        head, start = chunks.opened(path)
        self._bom = start > 0
        if b"\r" in head and b"\n" not in head:
            raise KildeError(path.name, [Fault(_LONE_CR, "linje 1")])
        top = header.find(path.name, head, start, layout)
        self._delimiter = top.delimiter
        self._start, self._line = top.end, top.line + 1
        self._head = chunks.scan(Chunk(head[start : top.end], 1))
        if self._head.lone_cr:
            raise KildeError(path.name, [Fault(_LONE_CR, "linje 1")])
        self._careful = False
        plan = header.plan(path.name, top.fields, layout, f"linje {top.line}")
        super().__init__(path.name, layout, plan, header.names(plan))
        # With the same sign between cells and before øre, an amount without øre may be half of one.
        self.needs_oere = top.delimiter == layout.decimaltegn

    def chunks(self) -> Iterator[Chunk]:
        """Yield whole lines, some MB at a time."""
        quoting = self.layout.anfoerselstegn
        return chunks.chunks(self.path, self._start, self._line, quoting=quoting, careful=self._careful)

    def before(self, state: State) -> None:
        """Tell of the lines above the first posting."""
        state.faults += self._head.faults
        if self._bom:
            state.saw("utf-8", 1)
        state.saw(self._head.encoding, self._head.first)

    def piece(self, chunk: Chunk) -> Piece:
        """Look at the bytes of a chunk."""
        scan = chunks.scan(chunk)
        piece = Piece(chunk.line, chunk.cut, (scan.encoding, scan.first), faults=list(scan.faults))
        lone = chunks.lone_cr(chunk.data) if scan.lone_cr else None
        if lone is not None and not (scan.quotes and self.layout.anfoerselstegn):
            piece.faults.append((chunk.line + chunk.data.count(b"\n", 0, lone), _LONE_CR))
        piece.scan = scan
        return piece

    def parse(self, chunk: Chunk, piece: Piece, types: dict[int, Any]) -> Rows:
        """Cut lines into columns; see `lines`."""
        form = Form(self._delimiter, self.layout.anfoerselstegn, len(self._names), types)
        try:
            return lines.parse(chunk, piece.scan, form)
        except OpenQuote:
            self._careful = True
            raise

    def check_end(self, chunk: Chunk, rows: Rows, ok: Bools, piece: Piece, state: State) -> bool:
        """Judge a last line without line end, which may have been longer."""
        if not chunk.cut:
            return False
        raw = chunk.data.decode(piece.encoding).rstrip("\r")
        if len(ok) == 1 and ok[0]:
            if said := self._may_be_cut(raw, state):
                ok[0] = False
                piece.reject(chunk.line, raw, Verdict("afvist", said))
            return True
        fields = rows.odd[0][1] if rows.odd else rows.raw(0)[0] if len(ok) else []
        if (verdict := self.judge(fields)) and verdict.kind == "afvist":
            said = f"linjen er afbrudt: {verdict.reason}, og filen slutter uden linjeskift"
            piece.reject(chunk.line, raw, Verdict("afvist", said))
            return True
        return False

    def _may_be_cut(self, raw: str, state: State) -> str:
        name = self._names[-1]
        if raw.endswith(('"', self._delimiter)) or name == TEKST or name not in self._plan.places:
            return ""
        cell = raw.rsplit(self._delimiter, 1)[-1]
        if name == BELOEB:
            return self._amount_may_be_cut(cell.strip(), state)
        if state.widths and state.widths == (len(cell), len(cell)):
            return ""
        return f"{_CUT}og noget af det sidste felt kan mangle"

    @staticmethod
    def _amount_may_be_cut(cell: str, state: State) -> str:
        if cell.endswith("-"):
            return ""
        if state.styles.trailing:
            return f"{_CUT}og et minus bagest kan mangle"
        return "" if cell[-3:-2] == "," and cell[-2:].isdigit() else f"{_CUT}og cifre i beløbet kan mangle"
