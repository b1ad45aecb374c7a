"""The fields of a chunk of plain lines, found all at once by where their delimiters stand; the fast way of `lines`.

A chunk is plain when no byte in it can mean anything but itself: no quote, no CR that does not end a line. Then a field
is what stands between two delimiters, and a line is a row when it has as many as the header: both are proven here for
every line. What is not plain is not read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from budgetanalyser.kilder.ledger.chunks import Chunk

Ints = np.ndarray[Any, np.dtype[np.int64]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Codes = Any  # Whole numbers of 32 or 64 bits.
Words = np.ndarray[Any, np.dtype[np.uint64]]

_WORD = 8
_MOST_WORDS = 3  # Of longer texts pyarrow makes the codes.
# What to keep of a word of which so many bytes are of the field.
_KEEP = np.array([(1 << 8 * size) - 1 for size in range(_WORD + 1)], np.uint64)


@dataclass(frozen=True)
class Cells:
    """A column as places in the bytes of a chunk: `data[start:end]` is a cell."""

    data: Bytes
    start: Ints
    end: Ints

    def __len__(self) -> int:
        return len(self.start)

    def array(self) -> Any:
        """Return the cells as an Arrow array of bytes."""
        # Every other cell of this array is what stands between two of ours.
        offsets = np.empty(2 * len(self), np.int32)
        offsets[::2], offsets[1::2] = self.start, self.end
        both = pa.Array.from_buffers(
            pa.binary(), max(len(offsets) - 1, 0), [None, pa.py_buffer(offsets), pa.py_buffer(self.data)]
        )
        return both.take(pa.array(np.arange(0, len(offsets), 2, dtype=np.int32)))

    def coded(self) -> Any:
        """Return the cells, in which is no NUL, as an Arrow dictionary array of bytes."""
        length = self.end - self.start
        longest = int(length.max()) if len(self) else 0
        if longest > _WORD * _MOST_WORDS or len(self.data) < _WORD:
            return self.array().dictionary_encode()
        codes, kept = _distinct(self._word(0, length))
        words = [kept]
        for place in range(_WORD, longest, _WORD):
            more, kept = _distinct(self._word(place, length))
            codes, first, second = _paired(codes, len(words[0]), more, len(kept))
            words = [*(one[first] for one in words), kept[second]]
        return pa.DictionaryArray.from_arrays(pa.array(codes), _texts(words), safe=False)

    def _word(self, place: int, length: Ints) -> Words:
        """Return eight bytes of each cell from a place in it on, as a number; beyond the cell they are 0."""
        start = self.start + place if place else self.start
        last = len(self.data) - _WORD
        all_words: Words = np.ndarray((last + 1,), "<u8", self.data, strides=(1,))
        if start[-1] <= last:
            word = all_words[start]
        else:
            word = all_words[np.minimum(start, last)]
            late = np.flatnonzero(start > last)
            word[late] >>= (_WORD * (start[late] - last)).astype(np.uint64)
        shortest = int(length.min()) - place
        if shortest < _WORD:
            word &= (
                _KEEP[np.clip(length - place, 0, _WORD)] if shortest + place < int(length.max()) else _KEEP[shortest]
            )
        return word


def _distinct(words: Words) -> tuple[Codes, Words]:
    """Return the code of each word, and the distinct words."""
    if (words == words[0]).all():
        return np.zeros(len(words), np.int32), words[:1].copy()
    coded = pa.array(words).dictionary_encode()
    return np.asarray(coded.indices), np.asarray(coded.dictionary)


def _paired(codes: Codes, most: int, more: Codes, other: int) -> tuple[Codes, Codes, Codes]:
    """Return the codes of pairs of codes below `most` and `other`, and the first and the second code of each pair."""
    if most == 1 or other == 1:
        only = np.zeros(max(most, other), np.int32)
        return (more, only, np.arange(other, dtype=np.int32)) if most == 1 else (codes, np.arange(most), only)
    # Both are below the number of rows, so a pair of them is one number.
    pair = codes.astype(np.int64) * other + more
    if most * other > 8 * len(pair):
        found, pairs = _distinct(pair.view(np.uint64))
        return found, *(one.astype(np.int32) for one in np.divmod(pairs, np.uint64(other)))
    used = np.flatnonzero(np.bincount(pair, minlength=most * other))
    number = np.zeros(most * other, np.int32)
    number[used] = np.arange(len(used))
    return number[pair], *np.divmod(used, other)


def _texts(words: list[Words]) -> Any:
    """Return texts that are words one after the other, as an Arrow array of bytes without the zeros behind."""
    letters = np.stack(words, axis=1).view(np.uint8)
    filled = letters != 0
    offsets = np.zeros(len(letters) + 1, np.int32)
    np.cumsum(filled.sum(axis=1), out=offsets[1:])
    return pa.Array.from_buffers(
        pa.binary(), len(letters), [None, pa.py_buffer(offsets), pa.py_buffer(letters[filled])]
    )


@dataclass(frozen=True)
class Grid:
    """The rows of a chunk that have all their fields, by number of line from 0, and the numbers of the `odd` lines.

    `begins` is where each row begins, `marks` where each of its fields ends, and `ends` where every line does. Lines
    without a letter are neither rows nor odd.
    """

    data: Bytes
    numbers: Ints
    odd: Ints
    begins: Ints
    marks: Any
    ends: Any

    def cells(self, place: int) -> Cells:
        """Return a column."""
        start = self.begins
        if place:
            start = self.marks[:, place - 1].astype(np.int64)
            start += 1
        end = self.marks[:, place].astype(np.int64)
        if place == self.marks.shape[1] - 1:
            end -= self.data[end - 1] == 13
        return Cells(self.data, start, end)


def cut(chunk: Chunk, delimiter: str, width: int) -> Grid | None:
    """Cut plain whole lines into `width` fields, two or more.

    Args:
        chunk: Lines without quotes that mean anything, each with its end, and without lone CR.
        delimiter: A letter of ASCII.
        width: How many fields a row has.

    Returns:
        The rows and the odd lines; None when no line is a row.
    """
    data, lines, mark = chunk.array, chunk.lines, ord(delimiter)
    found = [(begin, np.flatnonzero((block == 10) | (block == mark))) for begin, block in chunk.blocks()]
    marks = np.concatenate([places.astype(np.int32) + np.int32(begin) for begin, places in found])
    # There are as many line ends as lines, so when each stands last in a row of marks, no line is of another length.
    last = marks[width - 1 :: width]
    if len(marks) == lines * width and (data[last] == 10).all():
        begins = np.append(0, last[:-1].astype(np.int64) + 1)
        return Grid(data, np.arange(lines), np.zeros(0, np.int64), begins, marks.reshape(lines, width), last)
    last = np.flatnonzero(data[marks] == 10)
    ends = marks[last]
    sizes = np.diff(last, prepend=-1)
    begins = np.append(0, ends[:-1].astype(np.int64) + 1)
    is_row = sizes == width
    if not is_row.any():
        return None
    # A line that is empty but for its end is no row and nothing to tell of.
    length = ends - begins
    is_empty = (length == 0) | ((length == 1) & (data[begins] == 13))
    kept = marks[np.repeat(is_row, sizes)].reshape(-1, width)
    return Grid(data, np.flatnonzero(is_row), np.flatnonzero(~is_row & ~is_empty), begins[is_row], kept, ends)
