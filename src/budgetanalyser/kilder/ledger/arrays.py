"""Whole columns of cells at once, as Arrow arrays of bytes: dates to days, text decoded, few texts as codes.

Each does what `cells` does to one cell.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from budgetanalyser.kilder.ledger import cells
from budgetanalyser.kilder.ledger.fields import Bytes, Cells, Ints
from budgetanalyser.kilder.ledger.layout import Layout

Array = Any  # pyarrow has no types.
Days = np.ndarray[Any, np.dtype[np.int32]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

# How many bytes more than one a letter of cp1252 is in UTF-8.
_LONGER = np.array([len(bytes([one]).decode("cp1252", "replace").encode()) - 1 for one in range(256)])
_MOST_KNOWN = 100_000
_NO_DAY = -(10**6)  # Long before 1900.
_FEW = 4_096


def places_of(array: Array) -> tuple[Bytes, Ints, Ints]:
    """Return the bytes of a binary array without nulls, or of `Cells`, and where each cell begins and ends."""
    if isinstance(array, Cells):
        return array.data, array.start, array.end
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1].astype(np.int64)
    return np.frombuffer(data if data is not None else b"", np.uint8), ends[:-1], ends[1:]


def arrow(array: Array) -> Array:
    """Return a column as an Arrow array, which `Cells` are not."""
    return array.array() if isinstance(array, Cells) else array


def is_coded(array: Array) -> bool:
    """Return whether a column is a dictionary array."""
    return not isinstance(array, Cells) and bool(pa.types.is_dictionary(array.type))


def strings(array: Array, encoding: str) -> Array:
    """Return a binary array as strings."""
    data, start, end = places_of(array)
    at = np.append(start, end[-1:]) if len(array) else np.zeros(1, np.int64)
    here = data[at[0] : at[-1]]
    high = np.flatnonzero(here > 127) if encoding == "cp1252" else ()
    if not len(high):
        return array.cast(pa.string())
    text = here.tobytes().decode(encoding).encode()
    # A cell begins as many bytes later as the letters before it have become longer.
    longer = np.append(0, np.cumsum(_LONGER[here[high]]))
    ends = at - at[0]
    offsets = (ends + longer[np.searchsorted(high, ends)]).astype(np.int32)
    return pa.Array.from_buffers(pa.string(), len(array), [None, pa.py_buffer(offsets), pa.py_buffer(text)])


def text(array: Array, encoding: str, known: dict[bytes, str]) -> Array:
    """Return a column of bytes as strings without blanks round them; coded where the array is."""
    if not is_coded(array):
        return _stripped(strings(arrow(array), encoding))
    if _may_be_blank(array.dictionary):
        return coded(*words(array, encoding, known))
    return pa.DictionaryArray.from_arrays(array.indices, strings(array.dictionary, encoding), safe=False)


def _may_be_blank(array: Array) -> bool:
    """Return whether some cell may begin or end with a blank, in whatever character set."""
    data, start, end = places_of(array)
    if not len(data):
        return False
    ends = data[np.maximum(end - 1, 0)], data[np.minimum(start, len(data) - 1)]
    return any(bool(((one <= 32) | (one > 127)).any()) for one in ends)


def _stripped(array: Array) -> Array:
    if not _may_be_blank(array):
        return array
    return pl.Series(array).cast(pl.String).str.strip_chars(cells.BLANKS).to_arrow().cast(pa.string())


def words(array: Array, encoding: str, known: dict[bytes, str]) -> tuple[Ints, list[str]]:
    """Return a dictionary array of bytes as codes and distinct stripped texts.

    `known` remembers texts of ASCII between parts of a file.
    """
    codes = np.asarray(array.indices)
    if len(array.dictionary) > _FEW:
        texts = text(array.dictionary, encoding, known).to_pylist()
    else:
        texts = [known.get(cell) or _learnt(cell, encoding, known) for cell in array.dictionary.to_pylist()]
    distinct = list(dict.fromkeys(texts))
    if len(distinct) < len(texts):
        number = {text: place for place, text in enumerate(distinct)}
        codes = np.array([number[text] for text in texts], np.int32)[codes]
    return codes, distinct


def _learnt(cell: bytes, encoding: str, known: dict[bytes, str]) -> str:
    text = cell.decode(encoding).strip(cells.BLANKS)
    if cell.isascii() and len(known) < _MOST_KNOWN:
        known[cell] = text
    return text


def coded(codes: Ints, distinct: list[str]) -> Array:
    """Return codes and their texts as an Arrow dictionary array."""
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32, copy=False)), pa.array(distinct, pa.string()), safe=False
    )


def days(codes: Ints, distinct: list[str], layout: Layout, known: dict[str, int]) -> tuple[Days, Bools]:
    """Return days since 1970 and which cells are dates; `known` remembers texts between parts of a file."""
    found = [known.get(text) for text in distinct]
    for place, number in enumerate(found):
        if number is None:
            number = found[place] = _number(distinct[place], layout)
            if len(known) < _MOST_KNOWN:
                known[distinct[place]] = number
    numbers = np.array(found, np.int32)
    is_day = numbers != _NO_DAY
    return (numbers[codes], is_day[codes]) if distinct else (numbers, is_day)


def _number(text: str, layout: Layout) -> int:
    try:
        return cells.day(text, layout.datoformater).toordinal() - 719_163
    except ValueError:
        return _NO_DAY
