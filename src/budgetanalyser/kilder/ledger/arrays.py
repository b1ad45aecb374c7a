"""Whole columns of cells at once, as Arrow arrays of bytes: amounts to øre, dates to days, text decoded.

Each does what `cells` does to one cell. What the fast way does not recognise goes to `cells`, so nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from budgetanalyser.kilder.ledger import cells
from budgetanalyser.kilder.ledger.layout import Layout

Array = Any  # pyarrow has no types.
Ints = np.ndarray[Any, np.dtype[np.int64]]
Days = np.ndarray[Any, np.dtype[np.int32]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

_MINUS, _PLUS, _DOT, _COMMA, _ZERO = b"-"[0], b"+"[0], b"."[0], b","[0], b"0"[0]
_LONGEST = 22  # 18 digits, five dots; longer ones are judged one by one.
# How many bytes more than one a letter of cp1252 is in UTF-8.
_LONGER = np.array([len(bytes([one]).decode("cp1252", "replace").encode()) - 1 for one in range(256)])
_SELDOM = 6  # Digits and dots of most amounts, at the most.
_MOST_KNOWN = 100_000
_NO_DAY = -(10**6)  # Long before 1900.
_MOST_ENUM = 4_096
# What a source may write for a blank or a minus, as `dansk` reads it.
_SPACES = "[\u00a0\u202f\u2009]"
_GROUPED = r"^[-+]?[1-9]\d{0,2}( \d{3})+(,\d+)?-?$"


@dataclass(frozen=True)
class Styles:
    """How the amounts of a part of a file are written.

    `two` is whether all have two decimals, `comma` whether any has a comma, `trailing` whether any has a minus behind,
    `dotted` how many have dots and no comma.
    """

    two: bool = True
    comma: bool = False
    trailing: bool = False
    dotted: int = 0

    def __add__(self, other: Styles) -> Styles:
        return Styles(
            self.two and other.two,
            self.comma or other.comma,
            self.trailing or other.trailing,
            self.dotted + other.dotted,
        )


def bytes_of(array: Array) -> tuple[np.ndarray[Any, np.dtype[np.uint8]], Ints]:
    """Return the bytes of a binary array without nulls, and where each cell begins and the last ends."""
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1].astype(np.int64)
    return np.frombuffer(data if data is not None else b"", np.uint8), ends


def amounts(array: Array, layout: Layout, encoding: str) -> tuple[Ints, Bools, Styles]:
    """Return øre, which cells are amounts, and how they are written. A cell that is none has 0."""
    if not len(array):
        return np.zeros(0, np.int64), np.zeros(0, np.bool_), Styles()
    plain = _plain(array, layout, encoding)
    data, at = bytes_of(plain)
    if not len(data):
        return np.zeros(len(array), np.int64), np.zeros(len(array), np.bool_), Styles()
    value, ok, styles, signed, comma = _fast(data, at)
    if layout.enhed == "øre":
        ok &= ~comma
        value //= 100
    ok &= np.abs(value) < cells.MOST_OERE // layout.factor
    value *= layout.factor
    if not cells.may_be_signed(layout):
        ok &= ~signed
    for row in np.flatnonzero(~ok):
        text = array[int(row)].as_py().decode(encoding, "replace").strip(cells.BLANKS)
        try:
            found = cells.oere(text, layout)
        except ValueError:
            continue
        if not cells.may_be_signed(layout) and cells.is_signed(text):
            continue
        value[row], ok[row] = found, True
        styles += _style(text)
    value[~ok] = 0
    return value, ok, styles


def _style(text: str) -> Styles:
    body = text.rstrip("-\u2212 ")
    return Styles(
        two=body[-3:-2] == ",", comma="," in body, trailing=body != text, dotted=int("." in body and "," not in body)
    )


def _plain(array: Array, layout: Layout, encoding: str) -> Array:
    """Return the cells without blanks round them, spaces between thousands as dots and U+2212 as minus."""
    if layout.decimaltegn == ".":
        text_ = text(array, encoding)
        fine = text_.str.contains(f"^{cells.COMPUTERS_NUMBER.pattern}$")
        comma = text_.str.replace(".", ",", literal=True)
        return comma.zip_with(fine, pl.repeat("", len(text_), eager=True)).to_arrow().cast(pa.binary())
    data, at = bytes_of(array)
    here = data[at[0] : at[-1]]
    if not len(here) or (here.max() < 128 and here.min() > 32):
        return array
    plain = pl.Series(strings(array, encoding))
    plain = plain.str.replace_all(_SPACES, " ").str.replace_all("\u2212", "-", literal=True).str.strip_chars(" \t")
    frame = pl.DataFrame({"t": plain})
    column = pl.col("t")
    spaced = pl.when(column.str.contains(_GROUPED)).then(column.str.replace_all(" ", ".", literal=True))
    return frame.select(spaced.otherwise(column))["t"].to_arrow().cast(pa.string()).cast(pa.binary())


def _fast(data: Any, at: Ints) -> tuple[Ints, Bools, Styles, Bools, Bools]:
    """Read `[-]1.234,56[-]` with 0-2 decimals.

    Returns:
        Øre, which are so written, their styles, which have a sign, which have a comma.
    """
    start, end = at[:-1], at[1:]
    filled = end > start
    top = len(data) - 1
    trailing = filled & (data[np.maximum(end - 1, 0)] == _MINUS)
    first = data[np.minimum(start, top)]
    leading = filled & ((first == _MINUS) | (first == _PLUS))
    negative = trailing | (leading & (first == _MINUS))
    start, end = start + leading, end - trailing
    length = end - start
    two = (length >= 4) & (data[np.maximum(end - 3, 0)] == _COMMA)
    one = (length >= 3) & ~two & (data[np.maximum(end - 2, 0)] == _COMMA)
    tens, ones = data[np.maximum(end - 2, 0)] - _ZERO, data[np.maximum(end - 1, 0)] - _ZERO
    ok = filled & ~(trailing & leading) & (length > 0) & (length <= _LONGEST)
    ok &= ~two | ((tens <= 9) & (ones <= 9))
    ok &= ~one | (ones <= 9)
    value = np.where(two, tens.astype(np.int64) * 10 + ones, np.where(one, ones.astype(np.int64) * 10, 0))
    end = end - 3 * two - 2 * one
    whole, fits, grouped = _whole(data, start, end, ok)
    ok &= fits
    value += whole
    np.negative(value, out=value, where=negative)
    comma = (two | one) & ok
    styles = Styles(
        two=bool((two | ~ok).all()),
        comma=bool(comma.any()),
        trailing=bool((trailing & ok).any()),
        dotted=int(np.count_nonzero(grouped & ok & ~comma)),
    )
    return value, ok, styles, leading | trailing, comma


def _whole(data: Any, start: Ints, end: Ints, wanted: Bools) -> tuple[Ints, Bools, Bools]:
    """Return the whole part times 100, which are digits in right groups, and which have dots."""
    length = end - start
    top = len(data) - 1
    grouped = (length >= 5) & (data[np.clip(end - 4, 0, top)] == _DOT)
    ok = (length > 0) & ~(grouped & ((length % 4 == 0) | (data[np.clip(start, 0, top)] == _ZERO)))
    value = np.zeros(len(length), np.int64)
    power = np.full(len(length), 100, np.int64)
    most = int(length[wanted].max()) if wanted.any() else 0
    _add_digits(data, end, length, grouped, (value, ok, power), range(most))
    ok &= length - np.where(grouped, length // 4, 0) <= 16
    return value, ok, grouped


def _add_digits(
    data: Any, end: Ints, length: Ints, grouped: Bools, sums: tuple[Ints, Bools, Ints], places: range
) -> None:
    """Add the digits at some places, counted from behind, to the values; in place."""
    value, ok, power = sums
    for k in places:
        inside = length > k
        if k == _SELDOM and np.count_nonzero(inside) * 2 < len(inside):
            # Few amounts are so long, and the rest of their digits is read of them alone.
            rest = np.flatnonzero(inside)
            part = value[rest], ok[rest], power[rest]
            _add_digits(data, end[rest], length[rest], grouped[rest], part, range(k, places.stop))
            value[rest], ok[rest] = part[:2]
            return
        byte = data[np.maximum(end - 1 - k, 0)]
        digit = byte - _ZERO
        number = inside
        if k % 4 == 3:
            number = inside & ~grouped
            ok &= ~(inside & grouped) | (byte == _DOT)
        ok &= ~number | (digit <= 9)
        if k < _LONGEST - 4:
            value += np.where(number, digit, 0) * power
            np.multiply(power, 10, out=power, where=number)


def strings(array: Array, encoding: str) -> Array:
    """Return a binary array as strings."""
    data, at = bytes_of(array)
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


def text(array: Array, encoding: str) -> pl.Series:
    """Return a column of bytes as text without blanks round it; coded where the array is."""
    if not pa.types.is_dictionary(array.type):
        return pl.Series(strings(array, encoding)).cast(pl.String).str.strip_chars(cells.BLANKS)
    if len(array.dictionary) <= _MOST_ENUM:
        return coded(*words(array, encoding))
    return text(array.dictionary, encoding).gather(pl.Series(np.asarray(array.indices).astype(np.uint32)))


def words(array: Array, encoding: str) -> tuple[Ints, list[str]]:
    """Return a dictionary array of bytes as codes and distinct stripped texts."""
    texts = text(array.dictionary, encoding).to_list()
    codes = np.asarray(array.indices)
    distinct = list(dict.fromkeys(texts))
    if len(distinct) < len(texts):
        number = {text: place for place, text in enumerate(distinct)}
        codes = np.array([number[text] for text in texts], np.int32)[codes]
    return codes, distinct


def coded(codes: Ints, distinct: list[str]) -> pl.Series:
    """Return codes and their texts as a Polars series; an Enum where they are few, as its codes are then the same."""
    if not 0 < len(distinct) <= _MOST_ENUM:
        return pl.Series(distinct, dtype=pl.String).gather(pl.Series(codes.astype(np.uint32)))
    small = np.uint8 if len(distinct) < 2**8 else np.uint16
    return pl.Series(codes.astype(small)).cat.to(pl.Enum(distinct))


def codes_of(series: pl.Series) -> tuple[Ints, list[Any]]:
    """Return the code of each row, from 0, and what the codes stand for."""
    if isinstance(series.dtype, pl.Enum):
        return series.to_physical().to_numpy().astype(np.int64), series.dtype.categories.to_list()
    array = series.to_physical() if series.dtype == pl.Date else series.cast(pl.String)
    coded_ = array.to_arrow().dictionary_encode()
    labels = pl.Series(pl.from_arrow(coded_.dictionary)).cast(pl.Date if series.dtype == pl.Date else pl.String)
    return np.asarray(coded_.indices).astype(np.int64), labels.to_list()


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
