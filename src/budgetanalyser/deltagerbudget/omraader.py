"""Where the money went: kroner by area and inhabitant, and how even that is.

Areas are the municipality's own (lokalsamfund, sogne, skoledistrikter); their inhabitants come from a source of their
own. Whether an uneven spread is unfair is not for this module: needs differ.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from decimal import Decimal
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, PosterError, file_of

_EVERYWHERE = ("", "hele", "hele området", "hele byen", "alle")


def pr_indbygger(tildelt: pd.DataFrame, befolkning: pd.DataFrame) -> pd.DataFrame:
    """Return what each area got.

    Args:
        tildelt: `omraade` (text; empty or "hele området" for what belongs to all) and `beloeb_kr` (Decimal).
        befolkning: `omraade` and `indbyggere` (int); more rows of an area are added up.

    Returns:
        One row an area of `befolkning`, in its order: `omraade`, `indbyggere`, `projekter` (int), `beloeb_kr`,
        `pr_indbygger_kr` (Decimal). What belongs to all areas is left out and told by `faelles`.

    Raises:
        PosterError: An area without inhabitants, or one that the population does not have; all of them.
    """
    people: dict[str, int] = {}
    for one in befolkning.to_dict("records"):
        people[one["omraade"]] = people.get(one["omraade"], 0) + one["indbyggere"]
    faults = [
        Fault("området har ingen indbyggere; ret tallet, eller fjern området", name)
        for name, n in people.items()
        if n <= 0
    ]
    own = tildelt.loc[[not _is_common(area) for area in tildelt["omraade"]]]
    faults += [
        Fault(
            f"området »{name}« får penge, men har ingen indbyggere i {file_of(befolkning, 'befolkningen')}",
            _place(own, line),
        )
        for line, name in own["omraade"].items()
        if name not in people
    ]
    if faults:
        raise PosterError(file_of(tildelt, "tildelingerne"), faults)
    rows = []
    for name, inhabitants in people.items():
        amounts = list(own.loc[own["omraade"] == name, "beloeb_kr"])
        total = sum(amounts, Decimal(0))
        rows.append((name, inhabitants, len(amounts), total, total / inhabitants))
    columns = ["omraade", "indbyggere", "projekter", "beloeb_kr", "pr_indbygger_kr"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _place(tildelt: pd.DataFrame, line: Hashable) -> str:
    """Return where a row is: its project, where the table has one, or its line."""
    return f"projekt {tildelt['projekt'].to_dict()[line]}" if "projekt" in tildelt else f"linje {line!s}"


def _is_common(area: Any) -> bool:
    return area is None or str(area).strip().casefold() in _EVERYWHERE


def faelles(tildelt: pd.DataFrame) -> Decimal:
    """Return the kroner that belong to all areas and to none of them alone."""
    return sum(tildelt.loc[[_is_common(area) for area in tildelt["omraade"]], "beloeb_kr"], Decimal(0))


def ulighed(tabel: pd.DataFrame) -> dict[str, float]:
    """Return how uneven kroner per inhabitant are between areas, each area weighing as its inhabitants.

    Args:
        tabel: As `pr_indbygger` gives it.

    Returns:
        `gini`, half the mean difference between two inhabitants over the mean, and `theil`,
        Σ (N_a / N)(x_a / x̄) ln(x_a / x̄). Both are 0 when all have the same, and when nobody has anything.
    """
    people = [float(n) for n in tabel["indbyggere"]]
    each = [float(x) for x in tabel["pr_indbygger_kr"]]
    total = sum(n * x for n, x in zip(people, each, strict=True))
    if not total:
        return {"gini": 0.0, "theil": 0.0}
    shares = [n / sum(people) for n in people]
    relative = [x * sum(people) / total for x in each]
    differences = sum(
        a * b * abs(x - y) for a, x in zip(shares, relative, strict=True) for b, y in zip(shares, relative, strict=True)
    )
    return {
        "gini": differences / 2,
        "theil": sum(a * x * math.log(x) for a, x in zip(shares, relative, strict=True) if x),
    }


def spredning_i_ord(tabel: pd.DataFrame) -> str:
    """Tell the areas that got most and least per inhabitant."""
    if len(tabel) < 2 or not any(tabel["beloeb_kr"]):
        return "Pengene er ikke delt på områder."
    least, most = min(tabel["pr_indbygger_kr"]), max(tabel["pr_indbygger_kr"])
    if least == most:
        return f"Alle områder fik lige meget, {dansk.kr(most)} pr. indbygger."
    names = {each: list(tabel.loc[tabel["pr_indbygger_kr"] == each, "omraade"]) for each in (most, least)}
    return (
        f"{dansk.opremsning(names[most])} fik mest, {dansk.kr(most)} pr. indbygger, "
        f"og {dansk.opremsning(names[least])} mindst, {dansk.kr(least)}"  # "kr." ends it.
    )
