"""Pulje: the volunteers, with quotas and seats, checked and put in an order that no file or process can change.

Everything after this module works on the canonical form, so that a seed gives the same panel whatever the order of
rows and columns. Volunteers are known by an id only; at most five ids stand in any message.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.borgersamling.lodtraekning import kvoter
from budgetanalyser.borgersamling.lodtraekning.kvoter import Kvote
from budgetanalyser.errors import Fault, PosterError, nearest
from budgetanalyser.kilder.fortrolig import LINES, MARK

Id = str | int

_MOST_IDS = 5


class PuljeError(PosterError):
    """The pool, the quotas or the seats cannot be meant as they stand; nothing is drawn."""


@dataclass(frozen=True)
class Pulje:
    """A pool that has been checked: people sorted by id (as text), features and quotas by name.

    Attributes:
        ids: Of the people, as given.
        features: Those with quotas.
        values: By person, one for each feature.
        homes: By person, the household's key; None without a household rule.
        quotas: At least one.
        seats: In the panel.
    """

    ids: tuple[Id, ...]
    features: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    homes: tuple[str, ...] | None
    quotas: tuple[Kvote, ...]
    seats: int

    @cached_property
    def hash(self) -> str:
        """The sha256 of this form as JSON: the same for the same people, quotas and seats, in whatever order."""
        people = zip(map(str, self.ids), self.values, self.homes or [None] * len(self.ids), strict=True)
        content = [self.seats, self.quotas, self.features, list(people)]
        return hashlib.sha256(json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()

    @cached_property
    def number(self) -> dict[Id, int]:
        """The place of each person, by id."""
        return {person: i for i, person in enumerate(self.ids)}


def canonical(
    pool: pd.DataFrame, quotas: pd.DataFrame, seats: int, household: str | None = None, other: Sequence[Fault] = ()
) -> Pulje:
    """Check a pool with its quotas, and bring it in canonical form.

    Args:
        pool: One volunteer a row, indexed by id (text or whole number), with a column for each feature that has
            quotas. Other columns are left out.
        quotas: `feature`, `value`, `min` and `max`; both are compared with the pool as text, letter by letter.
        seats: Wanted in the panel.
        household: The pool's column with a key for the household, of which one person at most may be drawn.
        other: Faults found elsewhere, to be told with those found here.

    Raises:
        PuljeError: With all faults.
    """
    pool = pool.set_axis([str(name) for name in pool.columns], axis=1)
    found, quota_faults = kvoter.read(quotas)
    features = sorted({kvote.feature for kvote in found})
    cells, cell_faults = _read_cells(pool, features, household)
    faults = [*other, *quota_faults, *_id_faults(pool), *cell_faults, *_unknown_values(pool, cells, found)]
    homes = len(set(cells[household])) if household in cells else None
    faults += _seat_faults([] if quota_faults else found, seats, len(pool), homes)
    if faults:
        raise PuljeError("puljen og kvoterne", [*faults, *_unmet_values(cells, found)])
    ids = _ids(pool)
    order = sorted(range(len(ids)), key=lambda i: str(ids[i]))
    return Pulje(
        ids=tuple(ids[i] for i in order),
        features=tuple(features),
        values=tuple(tuple(cells[feature][i] for feature in features) for i in order),
        homes=None if household is None else tuple(cells[household][i] for i in order),
        quotas=tuple(found),
        seats=int(seats),
    )


def _read_cells(
    pool: pd.DataFrame, features: list[str], household: str | None
) -> tuple[dict[str, list[str]], list[Fault]]:
    """Return the columns used, as text, and what is wrong with them; a blank cell is an empty text."""
    faults = []
    if household in features:
        faults.append(Fault(f"»{household}« kan ikke både være husstand og have kvoter", "puljen"))
    cells = {}
    for name in dict.fromkeys([*features, *([] if household is None else [household])]):
        copies = list(pool.columns).count(name)
        if copies != 1:
            missing = f"kolonnen »{name}« mangler. {nearest(name, map(str, pool.columns))}"
            faults.append(Fault(f"kolonnen »{name}« står {copies} gange; lad én stå" if copies else missing, "puljen"))
            continue
        column = list(pool[name])
        blank = [i for i, cell in enumerate(column) if kvoter.is_blank(cell)]
        if blank:
            told = f"mangler ved {_people(pool, blank)}; udfyld den, eller tag dem ud"
            faults.append(Fault(told, f"puljen, »{name}«"))
        cells[name] = ["" if kvoter.is_blank(cell) else kvoter.as_text(cell) for cell in column]
    return cells, faults


def _id_faults(pool: pd.DataFrame) -> list[Fault]:
    """Return a fault where ids are not texts or whole numbers, or do not tell people apart."""
    ids = _ids(pool)
    if not ids:
        return [Fault("der er ingen personer", "puljen")]
    if any(isinstance(person, bool) or not isinstance(person, (str, int)) or not str(person).strip() for person in ids):
        return [Fault("hver person skal have et id, der er en tekst eller et helt tal", "puljen")]
    seen: dict[str, int] = {}
    twice = {first for i, person in enumerate(ids) if (first := seen.setdefault(kvoter.as_text(person), i)) != i}
    return [Fault(f"id'et står på mere end én række: {_people(pool, sorted(twice))}", "puljen")] if twice else []


def _ids(pool: pd.DataFrame) -> list[Any]:
    """Return the ids, numpy's own numbers as plain ones."""
    return [person.item() if hasattr(person, "item") else person for person in pool.index]


def _unknown_values(pool: pd.DataFrame, cells: dict[str, list[str]], found: list[Kvote]) -> list[Fault]:
    """Return a fault for each value in the pool that the quotas do not name."""
    faults = []
    for feature, known in _by_feature(found).items():
        column = cells.get(feature, [])
        for value in sorted(set(column) - {kvote.value for kvote in known} - {""}):
            people = [i for i, cell in enumerate(column) if cell == value]
            hint = nearest(value, {kvote.value for kvote in known})
            named = f"»{value}« står ikke i kvoterne, men ved {_people(pool, people)}. {hint}"
            told = (
                f"en værdi, som kvoterne ikke kender, står ved {_people(pool, people)}" if _is_secret(pool) else named
            )
            faults.append(Fault(told, f"puljen, »{feature}«"))
    return faults


def _seat_faults(found: list[Kvote], seats: Any, people: int, homes: int | None) -> list[Fault]:
    """Return a fault for each number of seats that pool, households or a feature's quotas cannot meet."""
    if kvoter.whole(seats) is None or seats < 1:
        return [Fault(f"antallet af pladser skal være et helt tal og mindst 1, ikke {seats}")]
    faults = []
    if seats > people > 0:
        faults.append(Fault(f"der er {seats} pladser, men kun {people} personer", "puljen"))
    elif homes is not None and seats > homes > 0:
        told = f"der er {seats} pladser, men antallet af husstande er {homes}, og der må komme højst én fra hver"
        faults.append(Fault(told, "puljen"))
    for feature, its in _by_feature(found).items():
        least, most = sum(kvote.min for kvote in its), sum(kvote.max for kvote in its)
        if least > seats:
            faults.append(Fault(f"min er {least} i alt, men der er kun {seats} pladser", f"kvoterne, »{feature}«"))
        if most < seats:
            faults.append(Fault(f"max er kun {most} i alt, men der er {seats} pladser", f"kvoterne, »{feature}«"))
    return faults


def _unmet_values(cells: dict[str, list[str]], found: list[Kvote]) -> list[Fault]:
    """Return a fault for each value that must be drawn and that nobody has.

    Told only beside other faults: a value is then often spelt in two ways. Alone, it makes the quotas infeasible.
    """
    return [
        Fault(f"mindst {kvote.min} skal have {kvote}, men ingen i puljen har den værdi", "kvoterne")
        for kvote in found
        if kvote.min > 0 and kvote.feature in cells and kvote.value not in cells[kvote.feature]
    ]


def _by_feature(found: list[Kvote]) -> dict[str, list[Kvote]]:
    """Return the quotas of each feature."""
    return {name: [kvote for kvote in found if kvote.feature == name] for name in {kvote.feature: 0 for kvote in found}}


def _is_secret(pool: pd.DataFrame) -> bool:
    return bool(pool.attrs.get(MARK))


def _people(pool: pd.DataFrame, places: Sequence[int]) -> str:
    """Name people, but no more than five of them: "P1, P2, P3, P4, P5 og 12 til".

    Those of a confidential file are named by their lines in it: an error may be kept in a log.
    """
    ids = (
        [f"linje {pool.attrs[LINES][i]}" for i in places] if _is_secret(pool) else [str(pool.index[i]) for i in places]
    )
    if len(ids) <= _MOST_IDS:
        return dansk.opremsning(ids)
    return f"{', '.join(ids[:_MOST_IDS])} og {len(ids) - _MOST_IDS} til"
