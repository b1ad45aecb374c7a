"""A column of amounts as øre, in 64 bits: the same as `cells` finds one by one.

Amounts of two decimals and no more than 16 letters are read at once, the other digits with their separators more
slowly, and what neither recognises by `cells`, so nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from budgetanalyser.kilder.ledger import arrays, cells
from budgetanalyser.kilder.ledger.arrays import Array, Bools
from budgetanalyser.kilder.ledger.fields import Ints
from budgetanalyser.kilder.ledger.layout import Layout

_MINUS, _PLUS, _DOT, _COMMA, _ZERO = b"-"[0], b"+"[0], b"."[0], b","[0], b"0"[0]
_LONGEST = 22  # 18 digits, five dots; longer ones are judged one by one.
_USUAL = 16  # 9.999.999.999,99
_FEW = 50  # One in so many may be left for `cells` before the column is tidied.
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


@dataclass(frozen=True)
class _Found:
    """Cells read: `oere`, which are so written (`ok`), and which of them have a `comma` and a sign (`signed`)."""

    oere: Ints
    ok: Bools
    comma: Bools
    signed: Bools
    styles: Styles


def amounts(array: Array, layout: Layout, encoding: str) -> tuple[Ints, Bools, Styles]:
    """Return øre, which cells are amounts, and how they are written. A cell that is none has 0."""
    found = _read(array if layout.decimaltegn == "," else _with_comma(array, encoding))
    if np.count_nonzero(found.ok) * _FEW < len(array) * (_FEW - 1) and layout.decimaltegn == ",":
        found = _read(_tidy(array, encoding))
    value, ok, styles = found.oere, found.ok, found.styles
    if layout.enhed == "øre":
        ok &= ~found.comma
        value //= 100
    ok &= np.abs(value) < cells.MOST_OERE // layout.factor
    value *= layout.factor
    if not cells.may_be_signed(layout):
        ok &= ~found.signed
    data, start, end = arrays.places_of(array)
    for row in np.flatnonzero(~ok):
        text = data[start[row] : end[row]].tobytes().decode(encoding, "replace").strip(cells.BLANKS)
        try:
            one = cells.oere(text, layout)
        except ValueError:
            continue
        if not cells.may_be_signed(layout) and cells.is_signed(text):
            continue
        value[row], ok[row] = one, True
        styles += _style(text)
    value[~ok] = 0
    return value, ok, styles


def _style(text: str) -> Styles:
    body = text.rstrip("-\u2212 ")
    return Styles(
        two=body[-3:-2] == ",", comma="," in body, trailing=body != text, dotted=int("." in body and "," not in body)
    )


def _with_comma(array: Array, encoding: str) -> Array:
    """Return cells that are written as computers do as Danish ones; what is not so written is empty."""
    text = pl.Series(arrays.text(arrays.arrow(array), encoding, {})).cast(pl.String)
    fine = text.str.contains(f"^{cells.COMPUTERS_NUMBER.pattern}$")
    comma = text.str.replace(".", ",", literal=True)
    return comma.zip_with(fine, pl.repeat("", len(text), eager=True)).to_arrow().cast(pa.binary())


def _tidy(array: Array, encoding: str) -> Array:
    """Return the cells without blanks round them, spaces between thousands as dots and U+2212 as minus."""
    plain = pl.Series(arrays.strings(arrays.arrow(array), encoding))
    plain = plain.str.replace_all(_SPACES, " ").str.replace_all("\u2212", "-", literal=True).str.strip_chars(" \t")
    frame = pl.DataFrame({"t": plain})
    column = pl.col("t")
    spaced = pl.when(column.str.contains(_GROUPED)).then(column.str.replace_all(" ", ".", literal=True))
    return frame.select(spaced.otherwise(column))["t"].to_arrow().cast(pa.string()).cast(pa.binary())


def _read(array: Array) -> _Found:
    """Read the cells that are digits with right separators."""
    data, start, end = arrays.places_of(array)
    found = _usual(data, start, end)
    rest = np.flatnonzero(~found.ok)
    if not len(rest) or not len(data):
        return found
    other = _any(data, start[rest], end[rest])
    for mine, theirs in (
        (found.oere, other.oere), (found.ok, other.ok), (found.comma, other.comma), (found.signed, other.signed)
    ):  # fmt: skip
        mine[rest] = theirs
    return replace(found, styles=found.styles + other.styles)


def _usual(data: Any, start: Ints, end: Ints) -> _Found:
    """Read `[-]1.234,56[-]`: two decimals, and no more than 16 letters without the sign."""
    rows = len(start)
    if len(data) < _USUAL:
        none = np.zeros(rows, np.bool_)
        return _Found(np.zeros(rows, np.int64), none, none.copy(), none.copy(), Styles())
    trailing = data[end - 1] == _MINUS
    first = data[np.minimum(start, len(data) - 1)]
    minus = first == _MINUS
    leading = minus | (first == _PLUS)
    stop = end - trailing
    length = stop - start - leading
    ok = (length >= 4) & (length <= _USUAL) & (stop >= _USUAL) & ~(trailing & leading)
    # Row k of `byte` is the k-th letter from behind of every amount; what stands before an amount counts as 0.
    blocks: Any = np.ndarray((len(data) - _USUAL + 1,), f"V{_USUAL}", data, strides=(1,))
    found = blocks[np.maximum(stop - _USUAL, 0)].view(np.uint8).reshape(rows, _USUAL)
    byte = np.ascontiguousarray(found[:, ::-1].T)
    short = np.clip(length, 0, _USUAL + 1).astype(np.uint8)
    most = int(short[ok].max()) if ok.any() else 4
    ok &= byte[2] == _COMMA
    dotted = (short >= 8) & (byte[6] == _DOT)
    # A group of three is not begun by its dot, and the first is not begun by 0.
    ok &= ~dotted | ((short % 4 != 3) & (data[np.minimum(start + leading, len(data) - 1)] != _ZERO))
    for k in range(10, most, 4):
        ok &= ~dotted | (short <= k) | (byte[k] == _DOT)
    byte -= _ZERO
    chosen = dotted * np.uint8(255)
    for k in range(4, most):
        byte[k] *= short > k
    digits = [byte[0], byte[1], *(_digit(byte[:most], k, chosen) for k in range(most - 3))]
    for digit in digits:
        ok &= digit <= 9
    value = _number(digits)
    value *= ok
    np.negative(value, out=value, where=minus | trailing)
    signed = leading | trailing
    return _Found(value, ok, ok.copy(), signed, Styles(comma=bool(ok.any()), trailing=bool((trailing & ok).any())))


def _digit(byte: Any, k: int, dotted: Any) -> Any:
    """Return the k-th digit from behind of the whole part of each amount, over the dots of those that have any.

    All bits of `dotted` are 1 or 0; so to choose is some times as fast as `np.where`.
    """
    plain, place = byte[3 + k], 3 + k + k // 3
    if place == 3 + k:
        return plain
    return (plain & ~dotted) | (byte[place] & dotted if place < len(byte) else 0)


def _number(digits: list[Any]) -> Ints:
    """Return what up to 16 digits, the last first, say; two and two, so that most work is on small numbers."""
    zero = np.zeros_like(digits[0])
    parts = digits + [zero] * (-len(digits) % 16)
    for base, kind in ((10, np.uint8), (100, np.uint16), (10**4, np.uint32), (10**8, np.int64)):
        parts = [
            low.astype(kind) + high.astype(kind) * kind(base) for low, high in zip(parts[::2], parts[1::2], strict=True)
        ]
    number: Ints = parts[0]
    return number


def _any(data: Any, start: Ints, end: Ints) -> _Found:
    """Read `[-]1.234,56[-]` with 0-2 decimals and up to 16 digits before them."""
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
    return _Found(value, ok, comma, leading | trailing, styles)


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
        byte = data[np.maximum(end - 1 - k, 0)]
        digit = byte - _ZERO
        number = inside
        if k % 4 == 3:
            number = inside & ~grouped
            ok &= ~(inside & grouped) | (byte == _DOT)
        ok &= ~number | (digit <= 9)
        # A row of more than 16 digits overflows here and is refused by the caller.
        value += np.where(number, digit, 0) * power
        np.multiply(power, 10, out=power, where=number)
