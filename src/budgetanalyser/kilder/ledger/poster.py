"""Form "poster": a ledger without header, a posting on each line: fixed positions first, then numbered fields.

So are the G69 lines of Prisme. A line that is cut off, or has a field twice, out of order or unknown, is rejected with
its reason; nothing of a line is left out silently.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from budgetanalyser.kilder.ledger import chunks, lines
from budgetanalyser.kilder.ledger.cells import Plan, Verdict
from budgetanalyser.kilder.ledger.chunks import Chunk
from budgetanalyser.kilder.ledger.header import names
from budgetanalyser.kilder.ledger.layout import Layout, Post
from budgetanalyser.kilder.ledger.lines import Rows
from budgetanalyser.kilder.ledger.order import Piece, State
from budgetanalyser.kilder.ledger.pieces import PieceSource

_NUMBER = 3  # Digits of a field's number.


class PosterSource(PieceSource):
    """A ledger in a text file under a layout of form "poster".

    Raises:
        KildeError: The file is missing, empty or UTF-16.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        if layout.post is None:
            raise AssertionError("the layout is of another form")
        self.path = path
        head, self._start = chunks.opened(path)
        self._bom = self._start > 0
        self._post: Post = layout.post
        self._fixed = {name: (one.fra - 1, one.til) for name, one in layout.kolonner.items() if one.fra and one.til}
        self._fields: dict[str, int] = {}
        headers: list[str] = []
        places: dict[str, int] = {}
        for name, one in layout.kolonner.items():
            places[name] = len(headers)
            self._fields |= dict.fromkeys(one.navne, len(headers))
            headers.append(f"felt {one.navne[0]}" if one.navne else name)
        for number, meaning in self._post.felter.items():
            self._fields[number] = len(headers)
            headers.append(meaning)
        self._fixed_places = {places[name]: cut for name, cut in self._fixed.items()}
        self._least = max([self._post.til, *(til for _, til in self._fixed.values())])
        plan = Plan(layout, tuple(headers), places)
        super().__init__(path.name, layout, plan, names(plan))

    def chunks(self) -> Iterator[Chunk]:
        """Yield whole lines, some MB at a time."""
        return chunks.chunks(self.path, self._start, 1, quoting=False)

    def before(self, state: State) -> None:
        """Tell of the BOM."""
        if self._bom:
            state.saw("utf-8", 1)

    def piece(self, chunk: Chunk) -> Piece:
        """Look at the bytes of a chunk."""
        scan = chunks.scan(chunk)
        return Piece(chunk.line, chunk.cut, (scan.encoding, scan.first), faults=list(scan.faults))

    def parse(self, chunk: Chunk, piece: Piece, types: dict[int, Any]) -> Rows:
        """Cut lines into fields."""
        kept: list[tuple[int, list[str], str]] = []
        for line, raw in enumerate(chunk.data.decode(piece.encoding).split("\n"), start=chunk.line):
            text = raw.rstrip("\r")
            if not text.strip():
                continue
            mark = text[self._post.fra - 1 : self._post.til]
            if mark in self._post.andre:
                piece.reject(line, text, Verdict("anden"))
                continue
            fields = [""] * len(self._names)
            said = self._cut(text, mark, fields)
            if not said and chunk.cut:
                said = "linjen er afbrudt: filen slutter uden linjeskift, og noget af det sidste felt kan mangle"
                said += "; er den hel, så sæt et linjeskift efter den"
            if said:
                piece.reject(line, text, Verdict("afvist", said))
            else:
                kept.append((line, fields, text))
        return lines.of_records(kept, [], piece.encoding, types)

    def _cut(self, text: str, mark: str, fields: list[str]) -> str:
        """Fill in the fields of a line; return what is wrong with it, or nothing."""
        if mark not in self._post.navne:
            return f"linjen er ingen postering: her står »{mark}« og ikke {' eller '.join(self._post.navne)}"
        start, *numbered = text.split(self._post.skilletegn)
        if len(start) < self._least:
            return f"linjen begynder med {len(start)} tegn, men der skal være {self._least}"
        for place, (begin, end) in self._fixed_places.items():
            fields[place] = start[begin:end]
        before = ""
        for one in numbered:
            number = one[:_NUMBER]
            place_ = self._fields.get(number)
            if place_ is None:
                return f"felt »{number}« kendes ikke af layoutet; skriv det under [post.felter]"
            if number <= before:
                twice = number == before
                return f"felt {number} står to gange" if twice else f"felt {number} står efter felt {before}"
            fields[place_], before = one[_NUMBER:], number
        return ""
