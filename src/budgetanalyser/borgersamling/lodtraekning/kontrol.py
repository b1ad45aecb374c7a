"""Kontrol: does a panel meet the quotas, the number of seats and the household rule? Counted person by person.

Knows nothing of classes, compositions or weights, so that it cannot repeat an error of the code that makes panels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

import pandas as pd

from budgetanalyser.borgersamling.lodtraekning.pulje import Id, Pulje, canonical
from budgetanalyser.errors import ValueUseError

PANELET, PLADSER, SAMME_HUSSTAND = "panelet", "pladser", "flest fra samme husstand"


def check_panel(
    pool: pd.DataFrame, quotas: pd.DataFrame, seats: int, panel: Collection[Id], household: str | None = None
) -> pd.DataFrame:
    """Count a panel against its quotas.

    Args:
        pool: As for `fair_lottery`, and so are `quotas`, `seats` and `household`.
        panel: The ids of those drawn.

    Returns:
        `feature`, `value`, `min`, `max`, `valgt` (how many were drawn) and `i_orden` (bool), one row a quota, sorted;
        then a row for the seats ("panelet", "pladser") and, with a household rule, one for the most people drawn from
        one household.

    Raises:
        PuljeError: As for `fair_lottery`.
        ValueUseError: The panel names someone who is not in the pool.
    """
    return table(canonical(pool, quotas, seats, household), panel)


def table(pulje: Pulje, panel: Collection[Id]) -> pd.DataFrame:
    """Return the table of `check_panel` for a pool that has been read."""
    return pd.DataFrame(
        [(*row, in_order) for *row, in_order in _rows(pulje, panel)],
        columns=["feature", "value", "min", "max", "valgt", "i_orden"],
        dtype=object,
    )


def is_in_order(pulje: Pulje, panel: Collection[Id]) -> bool:
    """Return whether a panel meets the quotas, the number of seats and the household rule."""
    return all(in_order for *_, in_order in _rows(pulje, panel))


def _rows(pulje: Pulje, panel: Collection[Id]) -> list[tuple[Any, ...]]:
    strangers = set(panel) - set(pulje.number)
    if strangers:
        raise ValueUseError(f"Panelet nævner {len(strangers)} id, som ikke står i puljen.")
    drawn = [pulje.number[person] for person in set(panel)]
    held = Counter(pair for i in drawn for pair in zip(pulje.features, pulje.values[i], strict=True))
    rows: list[tuple[Any, ...]] = [(*kvote, held[kvote.feature, kvote.value]) for kvote in pulje.quotas]
    rows.append((PANELET, PLADSER, pulje.seats, pulje.seats, len(drawn)))
    if pulje.homes is not None:
        rows.append((PANELET, SAMME_HUSSTAND, 0, 1, max(Counter(pulje.homes[i] for i in drawn).values(), default=0)))
    return [(*row, row[2] <= row[4] <= row[3]) for row in rows]
