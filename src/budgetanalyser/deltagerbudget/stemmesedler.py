"""Ballots from text to matrix, with every check; the one place where a reader makes ballots of what a file says.

It works on whole columns, as a city has 100.000 ballots; only a ballot with a fault is looked at by itself. How a file
is read is in `pabulib`, `consul` and `tabel`. Age floors and other rules of the count are not a reader's matter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from budgetanalyser import dansk
from budgetanalyser.deltagerbudget.valg import BALLOT_TYPES, POINT_DECIMALS, POINT_TYPES, UDELADT, Finding, few
from budgetanalyser.errors import Fault, KildeError, ValueUseError, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A blank ballot is a vote for nothing in these; in the others nothing can be made of it.
MAY_BE_BLANK = ("approval", "knapsack")
MOST_FAULTS = 50

_UNKNOWN, _EMPTY = -1, -2
_MOST_DIGITS = 9
_NUMBER = re.compile(rf"-?[0-9]{{1,{_MOST_DIGITS}}}(?:\.[0-9]{{1,{POINT_DECIMALS}}})?")
_LONG_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_POINT = 10**POINT_DECIMALS  # Points are compared with limits in whole numbers of this part.

# What can be wrong with a ballot, as it is told of all that are left out together.
TO_GANGE = "vælgeren har allerede en stemmeseddel"
TOM = "stemmesedlen er tom"
HUL = "der mangler et projekt mellem to kommaer"
UKENDT = "projektet kendes ikke"
GENTAGET = "et projekt står flere gange"
FOR_FAA, FOR_MANGE = "der er for få projekter", "der er for mange projekter"
FOR_DYR, FOR_BILLIG = "projekterne koster for meget", "projekterne koster for lidt"
POINT_MANGLER = "point mangler"
POINT_ANTAL = "der er ikke et point til hvert projekt"
POINT_TAL = "et point er ikke et tal, der kan bruges"
POINT_GRAENSE = "et point er uden for grænserne"
SUM_GRAENSE = "summen af point er uden for grænserne"


@dataclass(frozen=True)
class PointLimits:
    """What the points of a ballot must be, in a vote with points: each of them, and their sum; None for no limit."""

    least: Decimal | None = None
    most: Decimal | None = None
    least_sum: Decimal | None = None
    most_sum: Decimal | None = None


@dataclass(frozen=True)
class Sedler:
    """Ballots as read.

    Attributes:
        matrix: The ballots kept times projects: 1 for a project on a ballot, points in a vote with points.
        keep: As long as the ballots of the file: False for one with a fault, which is not in `matrix`.
        faults: Every fault, in the order of the file; a ballot may have several. None repeats what is on a ballot.
        kinds: As long as `faults`: what kind each is, one of the constants of this module; once a ballot.
        blank: As long as the ballots of the file: True for one kept without any project.
    """

    matrix: sparse.csr_matrix = field(repr=False)
    keep: NDArray[np.bool_]
    faults: list[Fault]
    kinds: list[str]
    blank: NDArray[np.bool_]


@dataclass(frozen=True)
class _Rules:
    """What a ballot must be, as `build` was told."""

    codes: dict[str, int]
    ballot_type: str
    prices: list[int]
    unit: int
    least: int | None
    most: int | None
    least_length: int | None
    most_length: int | None
    points: PointLimits

    @property
    def may_be_blank(self) -> bool:
        return self.ballot_type in MAY_BE_BLANK and not self.least_length


@dataclass(frozen=True)
class _Columns:
    """All ballots as columns: what each names, and how many there are on each."""

    flat: NDArray[Any]
    lengths: NDArray[np.int64]

    @property
    def rows(self) -> NDArray[np.int64]:
        return np.repeat(np.arange(len(self.lengths)), self.lengths)


class _Codes(dict[str, int]):
    """Projects' columns by id. An id between blanks is found, and an unknown one is remembered as such."""

    def __missing__(self, text: str) -> int:
        body = text.strip()
        self[text] = self.get(body, _UNKNOWN) if body else _EMPTY
        return self[text]


class _Numbers(dict[str, float]):
    """Points by their text; what is no number is remembered as NaN."""

    def __missing__(self, text: str) -> float:
        body = text.strip()
        self[text] = float(body) if _NUMBER.fullmatch(body) else float("nan")
        return self[text]


def build(
    stemmer: Sequence[str],
    projekter: Sequence[str],
    *,
    ballot_type: str,
    prices: Sequence[Decimal],
    steder: Sequence[str],
    most_kr: Decimal | None = None,
    point: Sequence[str] | None = None,
    vaelgere: Sequence[str] | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    min_kr: Decimal | None = None,
    point_limits: PointLimits | None = None,
) -> Sedler:
    """Return ballots as a matrix, and every fault with its place.

    Args:
        stemmer: A ballot's project ids with comma between, n long; blanks around an id are allowed, "" is blank.
        projekter: The ids, m long, without comma.
        ballot_type: One of `valg.BALLOT_TYPES`. A blank ballot is kept in `MAY_BE_BLANK` and a fault in the others.
        prices: The projects' prices, m long, finite.
        steder: Where each ballot stands ("linje 12"), n long.
        most_kr: What a ballot may cost at most.
        point: Points with comma between and a dot before decimals (9 digits and 6 decimals at most), as many as the
            ballot's ids, n long. Where no ordinal ballot has any, they are by place, from the ballot's own length down
            to 1. A type without points ignores them.
        vaelgere: The voters' ids, n long, never repeated in a message. A second ballot is a fault; "" is nobody.
        min_length: Projects on a ballot at least; choose-1 has exactly one.
        max_length: Projects on a ballot at most.
        min_kr: What a ballot must cost at least.
        point_limits: What points that are given must be.

    Raises:
        ValueUseError: The ballot type is unknown, or the sequences are not as long as each other.
    """
    _check_call(stemmer, projekter, ballot_type, prices, steder, point, vaelgere)
    lengths = (1, 1) if ballot_type == "choose-1" else (min_length, max_length)
    rules = _rules(projekter, ballot_type, prices, (min_kr, most_kr), lengths, point_limits or PointLimits())
    given = _given_points(point, ballot_type, len(stemmer))
    ballots, is_blank = _ballots(stemmer, rules.codes)
    points = _points(given, is_blank) if given is not None else None
    bad = _bad(ballots, is_blank, points, rules)
    first = _first_places(vaelgere, steder)
    bad[list(first)] = True
    told = [
        (kind, Fault(text, steder[at]))
        for at in np.flatnonzero(bad).tolist()
        for kind, text in _texts(stemmer[at], given[at] if given is not None else None, rules, first.get(at))
    ]
    matrix = _matrix(ballots, points, ~bad, rules)
    return Sedler(matrix, ~bad, [fault for _, fault in told], [kind for kind, _ in told], is_blank & ~bad)


def _check_call(
    stemmer: Sequence[str],
    projekter: Sequence[str],
    ballot_type: str,
    prices: Sequence[Decimal],
    steder: Sequence[str],
    point: Sequence[str] | None,
    vaelgere: Sequence[str] | None,
) -> None:
    if ballot_type not in BALLOT_TYPES:
        raise ValueUseError(f"Stemmetypen »{ballot_type}« kendes ikke. {nearest(ballot_type, BALLOT_TYPES)}")
    if len(prices) != len(projekter):
        raise ValueUseError(f"Der er {len(projekter)} projekter, men {len(prices)} priser.")
    for name, column in (("steder", steder), ("point", point), ("vaelgere", vaelgere)):
        if column is not None and len(column) != len(stemmer):
            raise ValueUseError(f"Der er {len(stemmer)} stemmesedler, men {len(column)} {name}.")


def _rules(
    projekter: Sequence[str],
    ballot_type: str,
    prices: Sequence[Decimal],
    kroner: tuple[Decimal | None, Decimal | None],
    lengths: tuple[int | None, int | None],
    points: PointLimits,
) -> _Rules:
    codes = _Codes((name, at) for at, name in enumerate(projekter))
    unit, exact, least, most = _exact(prices, *kroner)
    return _Rules(codes, ballot_type, exact, unit, least, most, *lengths, points)


def _exact(
    prices: Sequence[Decimal], least: Decimal | None, most: Decimal | None
) -> tuple[int, list[int], int | None, int | None]:
    """Return how many whole units a krone has, and prices and limits in them; so that sums are exact and fast."""
    limits = [one for one in (least, most) if one is not None]
    if not limits:
        return 1, [0] * len(prices), None, None
    decimals = max((-int(one.as_tuple().exponent) for one in [*prices, *limits]), default=0)
    unit = 10 ** max(decimals, 0)
    whole = [None if one is None else int(one * unit) for one in (least, most)]
    return unit, [int(one * unit) for one in prices], whole[0], whole[1]


def _split(texts: Sequence[str], reader: dict[str, Any], dtype: type) -> _Columns:
    """Return the comma-separated parts of all texts in one array, each read through a dict; "" has one, empty part."""
    parts = ",".join(texts).split(",") if texts else []
    flat: NDArray[Any] = np.fromiter(map(reader.__getitem__, parts), dtype=dtype, count=len(parts))
    lengths = np.fromiter((text.count(",") for text in texts), dtype=np.int64, count=len(texts)) + 1
    return _Columns(flat, lengths)


def _ballots(stemmer: Sequence[str], codes: dict[str, int]) -> tuple[_Columns, NDArray[np.bool_]]:
    """Return the ballots without the empty part that a blank one has, and which are blank."""
    raw = _split(stemmer, codes, np.int64)
    starts = np.cumsum(raw.lengths) - raw.lengths
    is_blank = (raw.lengths == 1) & (raw.flat[starts] == _EMPTY)
    return _without(raw, is_blank), is_blank


def _without(raw: _Columns, is_blank: NDArray[np.bool_]) -> _Columns:
    if not is_blank.any():
        return raw
    return _Columns(raw.flat[~np.repeat(is_blank, raw.lengths)], np.where(is_blank, 0, raw.lengths))


def _given_points(point: Sequence[str] | None, ballot_type: str, n: int) -> Sequence[str] | None:
    """Return the points each ballot must have, "" where it has none; None where no ballot needs any."""
    if ballot_type not in POINT_TYPES:
        return None
    if ballot_type == "ordinal" and (point is None or not any(one.strip() for one in point)):
        return None
    return [""] * n if point is None else point


def _points(point: Sequence[str], is_blank: NDArray[np.bool_]) -> _Columns:
    """Return the points; a blank ballot without points has none, and is not a ballot with an unreadable one."""
    raw = _split(point, _Numbers(), np.float64)
    starts = np.cumsum(raw.lengths) - raw.lengths
    is_empty = np.fromiter((not one or one.isspace() for one in point), dtype=np.bool_, count=len(point))
    return _without(raw, is_blank & is_empty & np.isnan(raw.flat[starts]))


def _bad(ballots: _Columns, is_blank: NDArray[np.bool_], points: _Columns | None, rules: _Rules) -> NDArray[np.bool_]:
    """Return which ballots have a fault of their own, n long; `_texts` tells which."""
    n, rows = len(ballots.lengths), ballots.rows
    bad = np.zeros(n, dtype=np.bool_)
    bad[rows[ballots.flat < 0]] = True
    bad[_rows_with_doubles(ballots.flat, rows, len(rules.codes))] = True
    if not rules.may_be_blank:
        bad |= is_blank
    if rules.least_length is not None:
        bad |= ballots.lengths < rules.least_length
    if rules.most_length is not None:
        bad |= ballots.lengths > rules.most_length
    if rules.least is not None or rules.most is not None:
        bad |= _is_outside(_sums(_costs(ballots, rules.prices), ballots.lengths), rules.least, rules.most)
    if points is not None:
        bad |= points.lengths != ballots.lengths
        bad[points.rows[np.isnan(points.flat)]] = True
        bad |= _has_wrong_points(points, rules.points)
    return bad


def _has_wrong_points(points: _Columns, limits: PointLimits) -> NDArray[np.bool_]:
    """Return which ballots have points, or a sum of them, outside the limits; an unreadable one is no point."""
    if limits == PointLimits():
        return np.zeros(len(points.lengths), dtype=np.bool_)
    units = np.rint(np.nan_to_num(points.flat) * _POINT).astype(np.int64)
    bad = _is_outside(_sums(units, points.lengths), _units(limits.least_sum), _units(limits.most_sum))
    bad[points.rows[_is_outside(units, _units(limits.least), _units(limits.most))]] = True
    return bad


def _units(limit: Decimal | None) -> int | None:
    return None if limit is None else int(limit * _POINT)


def _is_outside(values: NDArray[Any], least: int | None, most: int | None) -> NDArray[np.bool_]:
    is_outside = np.zeros(len(values), dtype=np.bool_)
    if least is not None:
        is_outside |= (values < least).astype(np.bool_)
    if most is not None:
        is_outside |= (values > most).astype(np.bool_)
    return is_outside


def _rows_with_doubles(flat: NDArray[Any], rows: NDArray[np.int64], m: int) -> NDArray[np.int64]:
    known = flat >= 0
    places = np.sort(rows[known] * m + flat[known])
    doubles: NDArray[np.int64] = places[1:][places[1:] == places[:-1]] // max(m, 1)
    return doubles


def _costs(ballots: _Columns, prices: list[int]) -> NDArray[Any]:
    """Return the price of each project on each ballot, in whole units; an unknown project costs nothing."""
    is_small = max(prices, default=0) < 2**62
    costs: NDArray[Any] = np.array([*prices, 0], dtype=np.int64 if is_small else object)[np.maximum(ballots.flat, -1)]
    return costs


def _sums(values: NDArray[Any], lengths: NDArray[np.int64]) -> NDArray[Any]:
    """Return the sum of each ballot's whole numbers."""
    # Python's own integers where the running sum could leave 64 bits.
    most = max(int(values.max()), -int(values.min())) if len(values) else 0
    exact = values if most < 2**62 // (len(values) + 1) else values.astype(object)
    running = np.concatenate([exact[:0], [0], np.cumsum(exact)])
    ends = np.cumsum(lengths)
    sums: NDArray[Any] = running[ends] - running[ends - lengths]
    return sums


def _first_places(vaelgere: Sequence[str] | None, steder: Sequence[str]) -> dict[int, str]:
    """Return the ballots of voters who have voted before, with the place of the first."""
    if vaelgere is None or len(set(vaelgere)) == len(vaelgere):
        return {}
    first: dict[str, str] = {}
    found = {}
    for at, (voter, where) in enumerate(zip(vaelgere, steder, strict=True)):
        if voter and voter in first:
            found[at] = first[voter]
        first.setdefault(voter, where)
    return found


def _matrix(ballots: _Columns, points: _Columns | None, keep: NDArray[np.bool_], rules: _Rules) -> sparse.csr_matrix:
    chosen = np.repeat(keep, ballots.lengths)
    lengths = ballots.lengths[keep]
    ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
    columns = ballots.flat[chosen].astype(np.int32)
    values: NDArray[Any]
    if points is not None:
        values = _whole(points.flat[np.repeat(keep, points.lengths)])
    elif rules.ballot_type == "ordinal":
        values = np.repeat(ends[1:], lengths) - np.arange(len(columns))
    else:
        values = np.ones(len(columns), dtype=np.int8)
    shape = (len(lengths), len(rules.prices))
    return sparse.csr_matrix((values, columns, ends), shape=shape)


def _whole(values: NDArray[np.float64]) -> NDArray[Any]:
    return values.astype(np.int64) if (values == np.floor(values)).all() else values


def _texts(stemme: str, point: str | None, rules: _Rules, first: str | None) -> Iterator[tuple[str, str]]:
    """Yield the kinds of fault of one ballot, each once, and what is wrong in Danish without what is on the ballot."""
    names = [one.strip() for one in stemme.split(",")] if stemme.strip() else []
    if first is not None:
        yield TO_GANGE, f"{TO_GANGE} ({first})"
    if not names and not rules.may_be_blank:
        yield TOM, TOM
    if "" in names:
        yield HUL, HUL
    often = Counter(one for one in names if one)
    if unknown := sum(rules.codes[one] < 0 for one in often):
        what = "et projekt" if unknown == 1 else f"{unknown} projekter"
        yield UKENDT, f"der er {what}, der ikke kendes"
    again = [times for one, times in often.items() if times > 1 and rules.codes[one] >= 0]
    if again:
        yield GENTAGET, f"et projekt står {again[0]} gange" if len(again) == 1 else f"{len(again)} projekter går igen"
    yield from _limit_texts(names, rules)
    if point is not None:
        yield from _point_texts(names, point, rules.points)


def _limit_texts(names: list[str], rules: _Rules) -> Iterator[tuple[str, str]]:
    said = "1 projekt" if len(names) == 1 else f"{len(names)} projekter"
    if names and rules.least_length is not None and len(names) < rules.least_length:
        yield FOR_FAA, f"der er {said}, men der skal være mindst {rules.least_length}"
    if rules.most_length is not None and len(names) > rules.most_length:
        yield FOR_MANGE, f"der er {said}, men der må højst være {rules.most_length}"
    cost = sum(rules.prices[rules.codes[name]] for name in names if rules.codes[name] >= 0)
    for kind, word, limit, gap in (
        (FOR_DYR, "over", rules.most, None if rules.most is None else cost - rules.most),
        (FOR_BILLIG, "under", rules.least, None if rules.least is None else rules.least - cost),
    ):
        if limit is not None and gap is not None and gap > 0:
            amounts = [_written(one, rules.unit) for one in (cost, gap, limit)]
            yield kind, f"projekterne koster {amounts[0]}, {amounts[1]} {word} grænsen på {amounts[2]}"


def _written(amount: int, unit: int) -> str:
    kroner = Decimal(amount) / unit
    return dansk.kr(kroner, 0 if amount % unit == 0 else 2)


def _point_texts(names: list[str], point: str, limits: PointLimits) -> Iterator[tuple[str, str]]:
    parts = [one.strip() for one in point.split(",")] if point.strip() else []
    if names and not parts:
        yield POINT_MANGLER, POINT_MANGLER
    elif len(parts) != len(names):
        yield POINT_ANTAL, f"der er {len(parts)} point til {len(names)} projekter"
    if odd := [one for one in parts if not _NUMBER.fullmatch(one)]:
        is_long = all(map(_LONG_NUMBER.fullmatch, odd))
        what = f"med over {_MOST_DIGITS} cifre eller {POINT_DECIMALS} decimaler" if is_long else "der ikke er et tal"
        yield POINT_TAL, f"der er et point{'' if is_long else ','} {what}"
    values = [Decimal(one) for one in parts if _NUMBER.fullmatch(one)]
    if any(map(_breaks(limits.least, limits.most), values)):
        yield POINT_GRAENSE, f"der er et point, der ikke er {_allowed(limits.least, limits.most)}"
    if parts and _breaks(limits.least_sum, limits.most_sum)(sum(values, Decimal(0))):
        yield SUM_GRAENSE, f"summen af point er ikke {_allowed(limits.least_sum, limits.most_sum)}"


def _breaks(least: Decimal | None, most: Decimal | None) -> Callable[[Decimal], bool]:
    return lambda value: (least is not None and value < least) or (most is not None and value > most)


def _allowed(least: Decimal | None, most: Decimal | None) -> str:
    parts = [f"{word} {one}" for word, one in (("mindst", least), ("højst", most)) if one is not None]
    return " og ".join(parts)


def limited(faults: Sequence[Fault]) -> list[Fault]:
    """Return at most `MOST_FAULTS` faults and then how many there are besides."""
    rest = len(faults) - MOST_FAULTS
    return list(faults) if rest <= 0 else [*faults[:MOST_FAULTS], Fault(f"… og {dansk.antal(rest)} til")]


def settle(sedler: Sedler, *, fil: str, udelad: bool) -> list[Finding]:
    """Return what became of ballots that are not as they should be: faulty ones left out, blank ones kept.

    Findings are printed in a report, so they tell no single ballot: they are counted by kind, and few as few.

    Args:
        fil: The file's name, for the message.
        udelad: Whether ballots with a fault are left out and counted; otherwise any fault is an error.

    Raises:
        KildeError: There are faults and `udelad` is False; all of them, `limited`.
    """
    if sedler.faults and not udelad:
        raise KildeError(fil, limited(sedler.faults))
    found = [
        Finding("stemmesedlerne", f"{few(count)} stemmesedler er udeladt: {kind}", UDELADT)
        for kind, count in Counter(sedler.kinds).items()
    ]
    if count := int(sedler.blank.sum()):
        text = f"{few(count)} stemmesedler er blanke; de tæller som afgivet, men giver ingen stemmer"
        found.append(Finding("stemmesedlerne", text))
    return found
