"""Profiler: people whom no fair lottery can tell apart, counted together.

A profile is one value of each feature. Without a household rule a class is a profile. With the rule, what a person
may be drawn beside depends on the household too: households with the same profiles among their members are of one
kind, and a class is a profile within a kind. So two people of one class can change places in any panel, and have the
same fair probability.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from budgetanalyser.borgersamling.lodtraekning.pulje import Pulje
from budgetanalyser.borgersamling.lodtraekning.region import Region, Vector

Profile = tuple[str, ...]
Home = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Kind:
    """Households alike: n homes, each with the same number of people of each of the kind's classes.

    Attributes:
        first: The number of the kind's first class; its others follow.
        profiles: By class.
        homes: By household, by class: the numbers of its people in the pool.
    """

    first: int
    profiles: tuple[Profile, ...]
    homes: tuple[Home, ...]

    @property
    def each(self) -> list[int]:
        """How many people of each class one household has."""
        return [len(members) for members in self.homes[0]]


def kinds(pulje: Pulje) -> list[Kind]:
    """Sort the pool's households into kinds, in an order given by their profiles."""
    keys = pulje.homes if pulje.homes is not None else tuple(map(str, range(len(pulje.ids))))
    homes: dict[str, list[int]] = defaultdict(list)
    for person, key in enumerate(keys):
        homes[key].append(person)
    alike: dict[tuple[Profile, ...], list[list[int]]] = defaultdict(list)
    for people in homes.values():
        alike[tuple(sorted(pulje.values[person] for person in people))].append(people)
    result: list[Kind] = []
    first = 0
    for members in sorted(alike):
        profiles = tuple(sorted(set(members)))
        by_class = (
            tuple(tuple(person for person in people if pulje.values[person] == profile) for profile in profiles)
            for people in alike[members]
        )
        result.append(Kind(first, profiles, tuple(by_class)))
        first += len(profiles)
    return result


def sizes(found: list[Kind]) -> Vector:
    """Return the number of people in each class."""
    return np.array([len(kind.homes) * each for kind in found for each in kind.each], dtype=float)


def classes(found: list[Kind], people: int) -> npt.NDArray[np.int64]:
    """Return the class of each person in the pool."""
    result = np.zeros(people, dtype=np.int64)
    for kind in found:
        for home in kind.homes:
            for number, members in enumerate(home, start=kind.first):
                result[list(members)] = number
    return result


def region(pulje: Pulje, found: list[Kind]) -> Region:
    """Return the panels that seats, quotas and households allow, counted by class.

    The rows are the seats, the quotas in order, and each kind with more than one class: a household sends one person
    at most, so a kind sends no more than it has households.
    """
    from scipy import sparse

    profiles = [profile for kind in found for profile in kind.profiles]
    homes = np.array([len(kind.homes) for kind in found for _ in kind.profiles], dtype=float)
    column = {feature: i for i, feature in enumerate(pulje.features)}
    mixed = [kind for kind in found if len(kind.profiles) > 1]
    rows = np.array(
        [
            [1.0] * len(profiles),
            *([float(profile[column[q.feature]] == q.value) for profile in profiles] for q in pulje.quotas),
            *([float(0 <= i - kind.first < len(kind.profiles)) for i in range(len(profiles))] for kind in mixed),
        ]
    )
    low = [pulje.seats, *(kvote.min for kvote in pulje.quotas), *(0 for _ in mixed)]
    high = [pulje.seats, *(kvote.max for kvote in pulje.quotas), *(len(kind.homes) for kind in mixed)]
    return Region(
        sparse.csr_array(rows), np.array(low, dtype=float), np.array(high, dtype=float), np.zeros(len(profiles)), homes
    )
