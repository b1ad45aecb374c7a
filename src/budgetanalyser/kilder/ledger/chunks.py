"""A file of lines in pieces of a few MB, cut between records, and what its bytes tell before anyone reads a cell.

Nothing here knows columns. A line over the limit, or a quote that is never closed, stops at once with flat memory.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from budgetanalyser.errors import Fault, KildeError

Ints = np.ndarray[Any, np.dtype[np.int64]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]

SIZE = 8 << 20
LONGEST = 1 << 20  # Bytes of a line or a quoted text.
_BLOCK = 256 << 10
BOM = b"\xef\xbb\xbf"

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UNDEFINED = (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")  # Bytes that cp1252 has no letter for.
# UTF-8 of Danish letters, symbols, dashes and quotes; read as cp1252 it would be letters nobody writes in a row.
_UTF8_PAIR = re.compile(rb"\xc3[\x80-\xbf]|\xc2[\xa0-\xbf]|\xe2[\x80\x82\x88][\x80-\xbf]")
_UTF8_LEADS = (b"\xc3", b"\xc2", b"\xe2")
_LONE_CR = re.compile(rb"\r(?!\n)")
_SENTINEL = "~"


@dataclass(frozen=True)
class Chunk:
    """Whole lines: `data`, the physical `line` of its first, and whether it is a last line without line end (`cut`)."""

    data: bytes
    line: int
    cut: bool = False

    @cached_property
    def array(self) -> Bytes:
        """The bytes as numbers."""
        return np.frombuffer(self.data, np.uint8)

    def blocks(self, more: int = 0) -> Iterator[tuple[int, Bytes]]:
        """Yield blocks small enough for the cache of a processor: where each begins, and `more` bytes after it."""
        for begin in range(0, len(self.data), _BLOCK):
            yield begin, self.array[begin : begin + _BLOCK + more]

    @cached_property
    def lines(self) -> int:
        """The number of line ends."""
        return sum(int(np.count_nonzero(block == 10)) for _, block in self.blocks())

    @cached_property
    def ends(self) -> Ints:
        """Where the line ends stand."""
        return np.concatenate([np.flatnonzero(block == 10) + begin for begin, block in self.blocks()])


@dataclass(frozen=True)
class Scan:
    """What the bytes of a chunk tell: number of lines, character set ("" is ASCII), quotes, lone CR, and faults.

    `first` is the line of the first byte outside ASCII; `faults` are pairs of line and text.
    """

    lines: int
    encoding: str
    quotes: bool
    lone_cr: bool
    first: int
    faults: tuple[tuple[int, str], ...]


def scan(chunk: Chunk) -> Scan:
    """Look at every byte of a chunk, in a few passes that each run at the speed of memory."""
    data = chunk.data
    lines = chunk.lines + chunk.cut
    lone = data.find(b"\r") >= 0 and _has_lone_cr(chunk)
    faults = []
    if data.find(BOM[:1]) >= 0 and (at := data.find(BOM)) >= 0:
        faults.append((_line(chunk, at), "der står et BOM inde i filen; er den sat sammen af flere udtræk?"))
    if (at := data.find(b"\0")) >= 0:
        said = "filen rummer tegnet NUL; den er beskadiget eller UTF-16, så hent den igen eller gem den som CSV UTF-8"
        faults.append((_line(chunk, at), said))
    encoding, first = "", 0
    if not data.isascii():
        encoding = "utf-8" if is_utf8(data) else "cp1252"
        first = _line(chunk, _first_high(chunk))
        if encoding == "cp1252" and (found := _cp1252_faults(chunk)):
            faults += found
            encoding = ""
    return Scan(lines, encoding, data.find(b'"') >= 0, lone, first, tuple(faults))


def _has_lone_cr(chunk: Chunk) -> bool:
    return chunk.data.endswith(b"\r") or any(
        bool(((block[:-1] == 13) > (block[1:] == 10)).any()) for _, block in chunk.blocks(more=1)
    )


def _first_high(chunk: Chunk) -> int:
    """Return where the first byte outside ASCII stands; there is one."""
    return next(begin + int(np.argmax(block > 127)) for begin, block in chunk.blocks() if block.max() > 127)


def is_utf8(data: bytes) -> bool:
    """Return whether bytes are UTF-8, without decoding them."""
    ends = pa.py_buffer(np.array([0, len(data)], np.int32))
    try:
        pa.Array.from_buffers(pa.binary(), 1, [None, ends, pa.py_buffer(data)]).cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True


def _cp1252_faults(chunk: Chunk) -> list[tuple[int, str]]:
    data = chunk.data
    # Such letters are rare in Danish, and `find` is some fifty times as fast as the pattern.
    leads = [at for byte in _UTF8_LEADS if (at := data.find(byte)) >= 0]
    if leads and (pair := _UTF8_PAIR.search(data, min(leads))):
        said = "filen blander to tegnsæt (UTF-8 og windows-1252); gem hele filen som CSV UTF-8"
        return [(_line(chunk, max(pair.start(), _first_not_utf8(data))), said)]
    if chunk.cut and _ends_in_letter(data):
        return [(_line(chunk, len(data)), "filen er afbrudt midt i et tegn; hent den igen")]
    places = [at for byte in _UNDEFINED if (at := data.find(byte)) >= 0]
    said = "filen er hverken UTF-8 eller windows-1252; gem den som CSV UTF-8"
    return [(_line(chunk, min(places)), said)] if places else []


def _first_not_utf8(data: bytes) -> int:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _ends_in_letter(data: bytes) -> bool:
    return any(data[-n] >= 0xC2 and is_utf8(data[:-n]) for n in (1, 2, 3) if len(data) >= n)


def _line(chunk: Chunk, at: int) -> int:
    return chunk.line + chunk.data.count(b"\n", 0, at)


def lone_cr(data: bytes) -> int | None:
    """Return where the first CR without LF stands, or None."""
    match = _LONE_CR.search(data)
    return match.start() if match else None


def opened(path: Path) -> tuple[bytes, int]:
    """Return the first bytes of a file, as many as may be a header with lines above it, and where its text begins.

    Raises:
        KildeError: No such file, it is empty, UTF-16, or its first line is too long.
    """
    fil = path.name
    try:
        if path.is_dir():
            raise KildeError(fil, [Fault("det er en mappe og ikke en fil")])
        if path.exists() and not path.is_file():
            raise KildeError(fil, [Fault("det er ikke en almindelig fil; gem udtrækket som en fil")])
        with path.open("rb") as file:
            head = file.read(SIZE)
    except (OSError, ValueError):
        raise KildeError(fil, [Fault("filen findes ikke eller kan ikke læses")]) from None
    if not head:
        raise KildeError(fil, [Fault("filen er tom")])
    if head.startswith(_SPREADSHEETS):
        raise KildeError(fil, [Fault("filen er et regneark; gem arket som CSV UTF-8")])
    if head.startswith(_UTF16):
        raise KildeError(fil, [Fault("filen er UTF-16; gem den som UTF-8 (i Excel: CSV UTF-8)")])
    start = len(BOM) if head.startswith(BOM) else 0
    if not head[start:].strip():
        raise KildeError(fil, [Fault("filen er tom")])
    return head, start


def chunks(path: Path, start: int, line: int, *, quoting: bool, careful: bool = False) -> Iterator[Chunk]:
    """Yield a file from the byte `start`, which begins the physical line `line`.

    Args:
        path: The file.
        start: The byte to begin at.
        line: The line that begins there, from 1.
        quoting: Whether line ends inside double quotes are text.
        careful: Follow the quotes through every chunk that has any; else only where their number or the last line says
            that the cut may be inside one.

    Raises:
        KildeError: A line over 1 MB, or a quote that is not closed.
    """
    begun = [line]
    try:
        yield from _chunks(path, start, begun, quoting=quoting, careful=careful)
    except csv.Error:
        said = "et linjeskift af slagsen CR står uden for anførselstegn; gem filen igen som CSV"
        raise KildeError(path.name, [Fault(said, f"linje {begun[0]}")]) from None


def _chunks(path: Path, start: int, begun: list[int], *, quoting: bool, careful: bool) -> Iterator[Chunk]:
    """Yield the chunks of a file; `begun` holds the line where the next begins."""
    rest = b""
    with path.open("rb") as file:
        file.seek(start)
        # A block that ends with its line need not be copied again to be cut.
        while block := file.read(SIZE) + file.readline(LONGEST + 1):
            data = rest + block
            _check_lines(path.name, data, begun[0])
            end = data.rfind(b"\n") + 1
            if quoting and data.find(b'"', 0, end) >= 0:
                end = _closed(data[:end], careful)
                if len(data) - end > SIZE + LONGEST:
                    raise _not_closed(path.name, begun[0] + data.count(b"\n", 0, end))
            rest = data[end:]
            if end:
                chunk = Chunk(data[:end], begun[0])
                begun[0] += chunk.lines
                yield chunk
    if rest:
        yield from _last(path.name, rest, begun[0], quoting)


def _last(fil: str, rest: bytes, line: int, quoting: bool) -> Iterator[Chunk]:
    """Yield what stands after the last cut: records if it has line ends, and a last line without one."""
    end = rest.rfind(b"\n") + 1
    if quoting and b'"' in rest:
        end = _closed(rest[:end], careful=True) if end else 0
        if is_open(rest[end:]):
            raise _not_closed(fil, line + rest.count(b"\n", 0, end))
    if end:
        yield Chunk(rest[:end], line)
    if rest[end:]:
        yield Chunk(rest[end:], line + rest.count(b"\n", 0, end), cut=not rest.endswith(b"\n"))


def _check_lines(fil: str, data: bytes, line: int) -> None:
    at, size = 0, len(data)
    while size - at > LONGEST:
        found = data.rfind(b"\n", at, at + LONGEST + 1)
        if found < 0:
            said = "linjen er over 1 MB; filen er ikke en tabel med én postering på hver linje"
            if b"\0" in data[at : at + LONGEST]:
                said += " (den rummer også tegnet NUL)"
            raise KildeError(fil, [Fault(said, f"linje {line + data.count(10, 0, at)}")])
        at = found + 1


def _not_closed(fil: str, line: int) -> KildeError:
    return KildeError(fil, [Fault("et anførselstegn er åbnet her og ikke lukket igen", f"linje {line}")])


def _closed(data: bytes, careful: bool) -> int:
    """Return where the last record of `data` (whole lines) ends that is not inside quotes."""
    last = data.rfind(b"\n", 0, len(data) - 1) + 1
    if not careful and data.count(b'"') % 2 == 0 and not is_open(data[last:]):
        return len(data)
    end = 0
    for _, record in records(data.decode("latin-1")):
        if record.end_open:
            return end
        end += len(record.raw)
    return end


def is_open(line: bytes) -> bool:
    """Return whether a quote is open at the end of a text of one or more lines that begins outside quotes."""
    return any(record.end_open for _, record in records(line.decode("latin-1")))


@dataclass(frozen=True)
class Record:
    """A record of the standard csv reader: fields, raw text with its line end, whether its text ends inside quotes."""

    fields: list[str]
    raw: str
    end_open: bool


def records(text: str, delimiter: str = ";") -> Iterator[tuple[int, Record]]:
    """Yield each record of a text and the place of its first line, from 0; empty lines are records without fields.

    Raises:
        csv.Error: A lone CR outside quotes.
    """
    lines = text.split("\n")
    lines = [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    csv.field_size_limit(8 * SIZE)
    # A quote that is open at the end swallows the sentinel; then the reader has read one line more.
    reader: Any = csv.reader([*lines, _SENTINEL], delimiter=delimiter)
    begun = 0
    for fields in reader:
        end = reader.line_num
        if end > len(lines):
            if begun < len(lines):
                yield begun, Record(fields, "".join(lines[begun:]), end_open=True)
            return
        yield begun, Record(fields, "".join(lines[begun:end]), end_open=False)
        begun = end
