"""Form "xml": a ledger as XML, an element for each posting, read as a stream.

The fields of a posting are the texts of the elements in it that hold no others, and their attributes. A document type
is refused, so nothing in the file can be expanded or fetched. expat is used as it is: it alone tells physical lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from budgetanalyser.errors import Fault, KildeError
from budgetanalyser.kilder.ledger import chunks, header, lines
from budgetanalyser.kilder.ledger.cells import Verdict
from budgetanalyser.kilder.ledger.layout import Layout, normal
from budgetanalyser.kilder.ledger.lines import Rows
from budgetanalyser.kilder.ledger.order import Piece
from budgetanalyser.kilder.ledger.pieces import PieceSource
from budgetanalyser.kilder.ledger.source import Restart

_BLOCK = 256 << 10
_MOST = 20_000  # Postings worked on at a time.
_MOST_FIELDS = 500
_OUTSIDE = "tekst uden for felterne"


@dataclass(slots=True)
class _Post:
    """A posting: its physical line, its fields by name, and what is wrong with its form."""

    line: int
    fields: dict[str, str] = field(default_factory=dict)
    twice: str = ""
    size: int = 0


@dataclass(frozen=True)
class _Posts:
    """Some postings, in the order of the file; `fault` is what stopped the reading."""

    line: int
    posts: list[_Post]
    fault: tuple[int, str] | None = None


class XmlSource(PieceSource):
    """A ledger in an XML file under a layout of form "xml".

    Raises:
        KildeError: The file is missing, no XML, or its first postings lack required fields; all of these.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        if layout.post is None:
            raise AssertionError("the layout is of another form")
        self.path, self.fil = path, path.name
        self._marks = {normal(name) for name in layout.post.navne}
        _check_start(path)
        first = next(self._read())
        if first.fault and not first.posts:
            raise KildeError(path.name, [Fault(first.fault[1], f"linje {first.fault[0]}")])
        if not first.posts:
            said = f"filen har intet element, der hedder {' eller '.join(layout.post.navne)}"
            raise KildeError(path.name, [Fault(said)])
        self._headers = list(dict.fromkeys(name for post in first.posts for name in post.fields))
        if missing := header.missing(layout, self._headers, f"linje {first.posts[0].line}"):
            raise KildeError(path.name, missing)
        plan = header.plan(path.name, self._headers, layout, f"linje {first.posts[0].line}")
        self._learnt = plan
        self._known = set(self._headers)
        super().__init__(path.name, layout, plan, header.names(plan))

    def chunks(self) -> Iterator[_Posts]:
        """Yield the postings, some thousand at a time.

        Raises:
            Restart: A posting has a field that none before it had.
        """
        for some in self._read():
            for post in some.posts:
                if not post.fields.keys() <= self._known:
                    self._learn(post.line)
            yield some

    def _read(self) -> Iterator[_Posts]:
        reader = _Reader(self._marks)
        with self.path.open("rb") as file:
            while block := file.read(_BLOCK):
                fault = reader.feed(block)
                if fault or len(reader.posts) >= _MOST:
                    yield reader.taken(fault)
                if fault:
                    return
        fault = reader.feed(b"", last=True)
        yield reader.taken(fault)

    def piece(self, chunk: _Posts) -> Piece:
        """Return a piece with the fault that stopped the reading, if any."""
        return Piece(chunk.line, faults=[chunk.fault] if chunk.fault else [])

    def parse(self, chunk: _Posts, piece: Piece, types: dict[int, Any]) -> Rows:
        """Put the fields in columns."""
        kept = []
        for post in chunk.posts:
            raw = "; ".join(f"{name}={text}" for name, text in post.fields.items())
            if post.twice:
                piece.reject(post.line, raw, Verdict("afvist", f"feltet {post.twice} står to gange"))
                continue
            kept.append((post.line, [post.fields.get(name, "") for name in self._headers], raw))
        return lines.of_records(kept, [], "utf-8", types)

    def _learn(self, line: int) -> None:
        """Gather all the fields there are, so that the file begins anew only once however many come late."""
        headers = dict.fromkeys(self._headers)
        for some in self._read():
            for post in some.posts:
                headers.update(dict.fromkeys(post.fields))
                if len(headers) > _MOST_FIELDS:
                    said = f"posteringerne har over {_MOST_FIELDS} forskellige felter"
                    raise KildeError(self.fil, [Fault(said, f"linje {post.line}")])
        self._learnt = header.plan(self.fil, list(headers), self.layout, f"linje {line}")
        raise Restart

    def restart(self) -> None:
        """Give the fields that were met a column each."""
        self._use(self._learnt, header.names(self._learnt))
        self._headers = list(self._learnt.headers)
        self._known = set(self._headers)


def _check_start(path: Path) -> None:
    """Refuse what `chunks.opened` refuses, but for UTF-16, which XML says of itself."""
    try:
        chunks.opened(path)
    except KildeError as error:
        if not any("UTF-16" in fault.text for fault in error.faults):
            raise


class _Reader:
    """Takes blocks of bytes and gathers the postings."""

    def __init__(self, marks: set[str]) -> None:
        self.posts: list[_Post] = []
        self._marks = marks
        self._post: _Post | None = None
        self._depth = 0
        self._texts: list[str] | None = None
        self._name = ""
        self._begun = 1
        self._fed = 0
        self._fault: tuple[int, str] | None = None
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        self._parser = parser

    def feed(self, block: bytes, *, last: bool = False) -> tuple[int, str] | None:
        """Parse a block; return the line and what is wrong, or None."""
        try:
            self._parser.Parse(block, last)
            self._fed += len(block)
            if self._fed - self._parser.CurrentByteIndex > 2 * chunks.LONGEST:
                return self._parser.CurrentLineNumber, "et mærke eller en kommentar er over 1 MB"
        except expat.ExpatError as error:
            return self._fault or (error.lineno, _said(error, last=last))
        except (ValueError, LookupError):
            return self._fault or (self._parser.CurrentLineNumber, "filen kan ikke læses; den siger et ukendt tegnsæt")
        return self._fault

    def taken(self, fault: tuple[int, str] | None) -> _Posts:
        """Return the postings gathered, and forget them."""
        found, begun = self.posts, self._begun
        self.posts, self._begun = [], self._parser.CurrentLineNumber
        return _Posts(begun, found, fault)

    def _stop(self, said: str) -> None:
        self._fault = self._parser.CurrentLineNumber, said
        raise ValueError(said)

    def _doctype(self, *_: object) -> None:
        self._stop("filen har en dokumenttype (DOCTYPE), og sådan en læses ikke; hent udtrækket uden")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if self._post is None:
            if normal(name) in self._marks:
                self._post = _Post(self._parser.CurrentLineNumber)
                self._depth = 0
                self._put_all("", attributes)
            return
        if normal(name) in self._marks:
            self._stop("en postering står inde i en anden")
        self._set_aside()
        self._depth += 1
        self._name, self._texts = name, []
        self._put_all(f"{name}@", attributes)

    def _end(self, tag: str) -> None:
        if self._post is None:
            return
        if self._depth == 0:
            self.posts.append(self._post)
            self._post = None
            return
        if self._texts is not None:
            self._put(self._name, "".join(self._texts))
        self._texts = None
        self._depth -= 1

    def _text(self, text: str) -> None:
        if self._post is None:
            return
        self._post.size += len(text)
        if self._post.size > chunks.LONGEST:
            self._stop("posteringen er over 1 MB")
        if self._texts is not None:
            self._texts.append(text)
        elif text.strip() and not self._post.twice:
            self._put(_OUTSIDE, text.strip())

    def _set_aside(self) -> None:
        """Keep what stands before the first element in a group; it would be lost."""
        text = "".join(self._texts or ()).strip()
        if text:
            self._put(_OUTSIDE, text)

    def _put_all(self, before: str, attributes: dict[str, str]) -> None:
        for name, text in attributes.items():
            if not name.startswith(("xmlns", "xsi:")):
                self._put(before + name.rpartition(":")[2], text)

    def _put(self, name: str, text: str) -> None:
        if self._post is None:
            return
        if name in self._post.fields:
            self._post.twice = name
        self._post.fields[name] = text
        if len(self._post.fields) > _MOST_FIELDS:
            self._stop(f"posteringen har over {_MOST_FIELDS} felter")


def _said(error: expat.ExpatError, *, last: bool) -> str:
    if last:
        return "filen er afbrudt; hent den igen"
    words = {
        expat.errors.codes[
            expat.errors.XML_ERROR_INVALID_TOKEN
        ]: "et tegn er ikke tilladt i XML eller i det tegnsæt, filen siger",
        expat.errors.codes[expat.errors.XML_ERROR_TAG_MISMATCH]: "et element er ikke lukket rigtigt",
        expat.errors.codes[expat.errors.XML_ERROR_UNKNOWN_ENCODING]: "filen siger et ukendt tegnsæt",
        expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]: "et &-navn kendes ikke",
    }
    return f"{words.get(error.code, 'filen er ikke gyldig XML')}; hent den igen"
