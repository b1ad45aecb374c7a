"""Ballots from text to matrix, with every check; the one place where a reader makes ballots of what a file says.

It works on whole columns, as a city has 100.000 ballots; only a ballot with a fault is looked at by itself. How a file
is read is in `pabulib`, `consul` and `tabel`. Age floors and other rules of the count are not a reader's matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from budgetanalyser import dansk
from budgetanalyser.deltagerbudget.valg import BALLOT_TYPES, POINT_TYPES, UDELADT, Finding
from budgetanalyser.errors import Fault, KildeError, ValueUseError, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A blank ballot is a vote for nothing in these; in the others nothing can be made of it.
MAY_BE_BLANK = ("approval", "knapsack")
MOST_FAULTS = 50

_UNKNOWN, _EMPTY = -1, -2
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")


@dataclass(frozen=True)
class Sedler:
    """Ballots as read.

    Attributes:
        matrix: The ballots kept times projects: 1 for a project on a ballot, points in a vote with points.
        keep: As long as the ballots of the file: False for one with a fault, which is not in `matrix`.
        faults: Every fault, in the order of the file; a ballot may have several.
        blank: As long as the ballots of the file: True for one kept without any project.
    """

    matrix: sparse.csr_matrix = field(repr=False)
    keep: NDArray[np.bool_]
    faults: list[Fault]
    blank: NDArray[np.bool_]


@dataclass(frozen=True)
class _Rules:
    """What a ballot must be, as `build` was told."""

    codes: dict[str, int]
    ballot_type: str
    prices: list[int]
    unit: int
    most: int | None
    least_length: int | None
    most_length: int | None

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
) -> Sedler:
    """Return ballots as a matrix, and every fault with its place.

    Args:
        stemmer: A ballot's project ids with comma between, n long; blanks around an id are allowed, "" is blank.
        projekter: The ids, m long, without comma.
        ballot_type: One of `valg.BALLOT_TYPES`. A blank ballot is kept in `MAY_BE_BLANK` and a fault in the others.
        prices: The projects' prices, m long, finite.
        steder: Where each ballot stands ("linje 12"), n long.
        most_kr: What a ballot may cost at most.
        point: Points with comma between and a dot before decimals, as many as the ballot's ids, n long. Where no
            ordinal ballot has any, they are by place, from the ballot's own length down to 1. A type without points
            ignores them.
        vaelgere: The voters' ids, n long, never repeated in a message. A second ballot is a fault; "" is nobody.
        min_length: Projects on a ballot at least; choose-1 has exactly one.
        max_length: Projects on a ballot at most.

    Raises:
        ValueUseError: The ballot type is unknown, or the sequences are not as long as each other.
    """
    _check_call(stemmer, projekter, ballot_type, prices, steder, point, vaelgere)
    rules = _rules(projekter, ballot_type, prices, most_kr, min_length, max_length)
    given = _given_points(point, ballot_type, len(stemmer))
    ballots, is_blank = _ballots(stemmer, rules.codes)
    points = _points(given, is_blank) if given is not None else None
    bad = _bad(ballots, is_blank, points, rules)
    first = _first_places(vaelgere, steder)
    bad[list(first)] = True
    faults = [
        Fault(text, steder[at])
        for at in np.flatnonzero(bad).tolist()
        for text in _texts(stemmer[at], given[at] if given is not None else None, rules, first.get(at))
    ]
    return Sedler(_matrix(ballots, points, ~bad, rules), ~bad, faults, is_blank & ~bad)


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
    most_kr: Decimal | None,
    least: int | None,
    most: int | None,
) -> _Rules:
    unit, exact, limit = _exact(prices, most_kr)
    if ballot_type == "choose-1":
        least = most = 1
    codes = _Codes((name, at) for at, name in enumerate(projekter))
    return _Rules(codes, ballot_type, exact, unit, limit, least, most)


def _exact(prices: Sequence[Decimal], most_kr: Decimal | None) -> tuple[int, list[int], int | None]:
    """Return how many whole units a krone has, the prices in them, and the limit; so that sums are exact and fast."""
    if most_kr is None:
        return 1, [0] * len(prices), None
    decimals = max((-int(one.as_tuple().exponent) for one in [*prices, most_kr]), default=0)
    unit = 10 ** max(decimals, 0)
    return unit, [int(one * unit) for one in prices], int(most_kr * unit)


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
    if rules.most is not None:
        bad |= _sums(ballots, rules.prices) > rules.most
    if points is not None:
        bad |= points.lengths != ballots.lengths
        bad[points.rows[np.isnan(points.flat)]] = True
    return bad


def _rows_with_doubles(flat: NDArray[Any], rows: NDArray[np.int64], m: int) -> NDArray[np.int64]:
    known = flat >= 0
    places = np.sort(rows[known] * m + flat[known])
    doubles: NDArray[np.int64] = places[1:][places[1:] == places[:-1]] // max(m, 1)
    return doubles


def _sums(ballots: _Columns, prices: list[int]) -> NDArray[Any]:
    """Return what each ballot costs, in whole units; an unknown project costs nothing."""
    # Python's own integers where the running sum could leave 64 bits.
    is_small = max(prices, default=0) < 2**62 // (len(ballots.flat) + 1)
    costs = np.array([*prices, 0], dtype=np.int64 if is_small else object)[np.maximum(ballots.flat, -1)]
    running = np.concatenate([costs[:0], [0], np.cumsum(costs)])
    ends = np.cumsum(ballots.lengths)
    sums: NDArray[Any] = running[ends] - running[ends - ballots.lengths]
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


def _texts(stemme: str, point: str | None, rules: _Rules, first: str | None) -> Iterator[str]:
    """Yield what is wrong with one ballot, in Danish."""
    names = [one.strip() for one in stemme.split(",")] if stemme.strip() else []
    if first is not None:
        yield f"vælgeren har allerede en stemmeseddel ({first})"
    if not names and not rules.may_be_blank:
        yield "stemmesedlen er tom"
    if "" in names:
        yield "der mangler et projekt mellem to kommaer"
    for name in dict.fromkeys(one for one in names if one):
        if rules.codes[name] < 0:
            yield f"projektet »{name[:40]}« kendes ikke"
        elif names.count(name) > 1:
            yield f"projektet »{name}« står {names.count(name)} gange"
    yield from _limit_texts(names, rules)
    if point is not None:
        yield from _point_texts(names, point)


def _limit_texts(names: list[str], rules: _Rules) -> Iterator[str]:
    said = "1 projekt" if len(names) == 1 else f"{len(names)} projekter"
    if names and rules.least_length is not None and len(names) < rules.least_length:
        yield f"der er {said}, men der skal være mindst {rules.least_length}"
    if rules.most_length is not None and len(names) > rules.most_length:
        yield f"der er {said}, men der må højst være {rules.most_length}"
    cost = sum(rules.prices[rules.codes[name]] for name in names if rules.codes[name] >= 0)
    if rules.most is not None and cost > rules.most:
        over, limit = _written(cost - rules.most, rules.unit), _written(rules.most, rules.unit)
        yield f"projekterne koster {_written(cost, rules.unit)}, {over} over grænsen på {limit}"


def _written(amount: int, unit: int) -> str:
    kroner = Decimal(amount) / unit
    return dansk.kr(kroner, 0 if amount % unit == 0 else 2)


def _point_texts(names: list[str], point: str) -> Iterator[str]:
    parts = [one.strip() for one in point.split(",")] if point.strip() else []
    if names and not parts:
        yield "point mangler"
    elif len(parts) != len(names):
        yield f"der er {len(parts)} point til {len(names)} projekter"
    for part in dict.fromkeys(parts):
        if not _NUMBER.fullmatch(part):
            yield f"point »{part[:40]}« er ikke et tal"


def limited(faults: Sequence[Fault]) -> list[Fault]:
    """Return at most `MOST_FAULTS` faults and then how many there are besides."""
    rest = len(faults) - MOST_FAULTS
    return list(faults) if rest <= 0 else [*faults[:MOST_FAULTS], Fault(f"… og {dansk.antal(rest)} til")]


def settle(sedler: Sedler, steder: Sequence[str], *, fil: str, udelad: bool) -> list[Finding]:
    """Return what became of ballots that are not as they should be: faulty ones left out, blank ones kept.

    Args:
        steder: As given to `build`.
        fil: The file's name, for the message.
        udelad: Whether ballots with a fault are left out, each told; otherwise any fault is an error.

    Raises:
        KildeError: There are faults and `udelad` is False; all of them, `limited`.
    """
    if sedler.faults and not udelad:
        raise KildeError(fil, limited(sedler.faults))
    found = [Finding(one.where, f"stemmesedlen er udeladt: {one.text}", UDELADT) for one in sedler.faults]
    for at in np.flatnonzero(sedler.blank).tolist():
        found.append(Finding(steder[at], "stemmesedlen er blank; den tæller som afgivet, men giver ingen stemmer"))
    return found
