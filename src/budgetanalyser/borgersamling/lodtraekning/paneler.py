"""Paneler: the lottery's classes turned into panels of people, ready to be listed and drawn.

A composition says how many of each class sit in a panel. It becomes panels by rotation. One number u in [0, 1) turns
the households of every kind round, in a shuffled order: those that come first send a member of the kind's first
class, the next of its second, and so on; the finer digits of u choose among a household's members of that class. Each
person is then in for exactly the part of [0, 1) that is fair, people of one class alike. As u passes from 0 to 1 the
panel changes only at certain fractions, so the panels can be listed, each with the length of its interval as weight.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import overload

import numpy as np
import numpy.typing as npt

from budgetanalyser.borgersamling.lodtraekning.profiler import Home, Kind
from budgetanalyser.borgersamling.lodtraekning.pulje import Id, Pulje
from budgetanalyser.borgersamling.lodtraekning.region import Vector

Panel = frozenset[Id]


class Panels(Sequence[Panel]):
    """The panels of a lottery, each made when it is asked for; two may hold the same people.

    Attributes:
        weights: The probability of each panel; sum 1.
    """

    def __init__(self, pulje: Pulje, kinds: list[Kind], compositions: npt.NDArray[np.int64], weights: Vector) -> None:
        self._ids = pulje.ids
        self._salt = pulje.hash
        self._kinds = kinds
        self._compositions: list[list[int]] = compositions.tolist()
        self._ends = [_ends(kinds, counts) for counts in self._compositions]
        self._first = [0, *accumulate(len(ends) - 1 for ends in self._ends)]
        self.weights = np.concatenate([w * np.diff(ends) for w, ends in zip(weights, self._ends, strict=True)])
        self.weights.setflags(write=False)

    def __len__(self) -> int:
        return self._first[-1]

    @overload
    def __getitem__(self, index: int) -> Panel: ...
    @overload
    def __getitem__(self, index: slice) -> list[Panel]: ...
    def __getitem__(self, index: int | slice) -> Panel | list[Panel]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        composition = bisect_right(self._first, place) - 1
        return self._panel(composition, self._shuffled(composition), place - self._first[composition])

    def __iter__(self) -> Iterator[Panel]:
        for composition, ends in enumerate(self._ends):
            order = self._shuffled(composition)
            for interval in range(len(ends) - 1):
                yield self._panel(composition, order, interval)

    def _panel(self, composition: int, order: list[list[Home]], interval: int) -> Panel:
        """Return the panel of a composition while u is in one of its intervals."""
        u = float(self._ends[composition][interval : interval + 2].mean())
        counts = self._compositions[composition]
        people: list[int] = []
        for kind, homes in zip(self._kinds, order, strict=True):
            people += _turned(homes, counts[kind.first : kind.first + len(kind.profiles)], u)
        return frozenset(self._ids[person] for person in people)

    def _shuffled(self, composition: int) -> list[list[Home]]:
        """Return the households of each kind in the composition's own order, so that it varies who meets whom."""

        def key(home: Home) -> bytes:
            members = [str(self._ids[person]) for people in home for person in people]
            return hashlib.sha256("\n".join([self._salt, str(composition), *members]).encode()).digest()

        return [sorted(kind.homes, key=key) for kind in self._kinds]


def _ends(kinds: list[Kind], counts: list[int]) -> Vector:
    """Return the fractions where a composition's panel changes, with 0 and 1.

    A float division is correctly rounded, so equal fractions are equal floats and are counted once.
    """
    steps = {
        len(kind.homes) * each
        for kind in kinds
        for each, count in zip(kind.each, counts[kind.first : kind.first + len(kind.profiles)], strict=True)
        if count
    }
    return np.unique(np.concatenate([np.arange(step + 1) / step for step in sorted(steps)]))


def _turned(homes: list[Home], counts: list[int], u: float) -> Iterator[int]:
    """Return the people that a kind's households send, turned by u: so many of each class as `counts` says."""
    turns = int(u * len(homes))
    digits = u * len(homes) - turns
    place = turns
    for number, count in enumerate(counts):
        for _ in range(count):
            members = homes[place % len(homes)][number]
            yield members[int(digits * len(members))]
            place += 1
