"""Foelsomhed: which uncertain price or driver moves the total, one at a time (tornado) and all at once (Sobol).

Sobol indices take the inputs to be independent. So the inputs here are the drivers and the unit prices, which are drawn
independently; where prices are correlated on top, the indices do not hold, and the report says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal

import pandas as pd

from budgetanalyser.borgersamling.omkostning.drivere import Drivere
from budgetanalyser.borgersamling.omkostning.poster import MOMSSATS
from budgetanalyser.borgersamling.omkostning.simulering import _INGEN_DRIVERE, _Model
from budgetanalyser.errors import ValueUseError
from budgetanalyser.statistik import andel, kroner

_MOST_NUMBERS = 50_000_000
_FEWEST = 1_024
LAV, MIDT, HOEJ = 0.1, 0.5, 0.9


def tornado(lines: pd.DataFrame, *, drivere: Drivere | None = None, momssats: Decimal = MOMSSATS) -> pd.DataFrame:
    """Move one input at a time from its 10th to its 90th percentile, the others at their median.

    Args:
        lines, drivere, momssats: As for `simulering.simulate`.

    Returns:
        `usikkerhed` (the input), `lav_kr` and `hoej_kr` (the total with the input at P10 and P90) and `spaend_kr` (the
        distance between them), widest first. The spans do not add up to anything.
    """
    model = _Model.of(lines, drivere or _INGEN_DRIVERE, momssats)
    middle = {name: float(one.ppf(MIDT)) for name, one in model.usikre.items()}
    rows = []
    for name, one in model.usikre.items():
        low, high = (kroner(model.at({**middle, name: float(one.ppf(share))})) for share in (LAV, HOEJ))
        rows.append({"usikkerhed": name, "lav_kr": low, "hoej_kr": high, "spaend_kr": abs(high - low)})
    table = pd.DataFrame(rows, columns=["usikkerhed", "lav_kr", "hoej_kr", "spaend_kr"], dtype=object)
    return table.sort_values(["spaend_kr", "usikkerhed"], ascending=[False, True], ignore_index=True)


def midtpunkt(lines: pd.DataFrame, *, drivere: Drivere | None = None, momssats: Decimal = MOMSSATS) -> Decimal:
    """Return the total with every input at its median: the line a tornado stands around, in whole kroner."""
    model = _Model.of(lines, drivere or _INGEN_DRIVERE, momssats)
    return kroner(model.at({name: float(one.ppf(MIDT)) for name, one in model.usikre.items()}))


def forklaringer(lines: pd.DataFrame, drivere: pd.DataFrame) -> dict[str, str]:
    """Return what each input of `tornado` and `sobol` is called in words.

    Args:
        lines: `post`, and `enhed` where there is one: "Konsulent, pris pr. dag".
        drivere: `driver` and `forklaring`.
    """
    words = dict(zip(drivere["driver"], drivere["forklaring"], strict=True))
    for row in lines.to_dict("records"):
        unit = f" pr. {row['enhed']}" if row.get("enhed") else ""
        words[f"pris: {row['post']}"] = f"{row['post']}, pris{unit}"
    return words


def samlet(
    lines: pd.DataFrame,
    ord_: Mapping[str, str],
    *,
    antal: int,
    drivere: Drivere | None = None,
    momssats: Decimal = MOMSSATS,
    seed: int = 0,
) -> pd.DataFrame:
    """Put the tornado and the Sobol shares together, called by words.

    Args:
        lines, drivere, momssats, seed: As for `tornado` and `sobol`.
        ord_: Words by input, as `forklaringer` gives them.
        antal: How many inputs are shown; the rest are one row.

    Returns:
        `usikkerhed` (words), `lav_kr`, `hoej_kr`, `spaend_kr` and `andel`, the share of variance the input explains by
        itself (None where there are too many inputs for that), widest first; then "Øvrige og samspil" with what is left
        of the variance. No rows where nothing is uncertain.
    """
    columns = ["usikkerhed", "lav_kr", "hoej_kr", "spaend_kr", "andel"]
    moved = tornado(lines, drivere=drivere, momssats=momssats)
    if moved.empty:
        return pd.DataFrame(columns=columns, dtype=object)
    alone = _alone(lines, drivere, momssats, seed)
    rows = [
        {**row, "usikkerhed": ord_.get(row["usikkerhed"], row["usikkerhed"]), "andel": alone.get(row["usikkerhed"])}
        for row in moved.head(antal).to_dict("records")
    ]
    if alone:
        rest = max(Decimal(0), 1 - sum((row["andel"] for row in rows), Decimal(0)))
        rows.append(
            {"usikkerhed": "Øvrige og samspil", "lav_kr": None, "hoej_kr": None, "spaend_kr": None, "andel": rest}
        )
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _alone(lines: pd.DataFrame, drivere: Drivere | None, momssats: Decimal, seed: int) -> dict[str, Decimal]:
    try:
        shares = sobol(lines, drivere=drivere, momssats=momssats, seed=seed)
    except ValueUseError:  # Too many inputs.
        return {}
    return dict(zip(shares["usikkerhed"], shares["alene"], strict=True))


def sobol(
    lines: pd.DataFrame,
    *,
    drivere: Drivere | None = None,
    momssats: Decimal = MOMSSATS,
    potens: int = 13,
    seed: int = 0,
) -> pd.DataFrame:
    """Share the variance of the total out on its inputs (`scipy.stats.sobol_indices`, Saltelli 2010).

    Args:
        lines, drivere, momssats: As for `simulering.simulate`.
        potens: 2 to this power samples; n · (inputs + 2) totals are worked out.
        seed: Seed of the scrambled sequence.

    Returns:
        `usikkerhed`, `alene` (first order: the share of variance it explains by itself) and `i_alt` (with its
        interplay with others), Decimal fractions, largest first.

    Raises:
        ValueUseError: Nothing is uncertain.
    """
    import numpy as np
    from scipy import stats

    model = _Model.of(lines, drivere or _INGEN_DRIVERE, momssats)
    names = list(model.usikre)
    if not names:
        raise ValueUseError("Ingen pris eller driver er usikker, så der er ingen usikkerhed at fordele.")
    if len(names) == 1:  # It explains all there is; SciPy 1.17 stops at a single input.
        return pd.DataFrame([{"usikkerhed": names[0], "alene": Decimal(1), "i_alt": Decimal(1)}], dtype=object)
    # SciPy works all of it out at once: inputs · samples · (inputs + 2) numbers.
    samples = 2 ** min(potens, int(math.log2(_MOST_NUMBERS / (len(names) * (len(names) + 2)))))
    if samples < _FEWEST:
        raise ValueUseError(f"Der er {len(names)} usikre tal; Sobol-indeks kan regnes for højst cirka 220.")
    # Kroner in the millions squared would drown the differences the indices are made of.
    centre = float(model.at({name: float(one.ppf(MIDT)) for name, one in model.usikre.items()}))
    found = stats.sobol_indices(
        func=lambda values: np.atleast_1d(model.at(dict(zip(names, np.atleast_2d(values), strict=True))) - centre),
        n=samples,
        dists=list(model.usikre.values()),
        rng=np.random.default_rng(seed),
    )
    rows = [
        {"usikkerhed": name, "alene": andel(max(first, 0.0)), "i_alt": andel(max(total, 0.0))}
        for name, first, total in zip(names, found.first_order, found.total_order, strict=True)
    ]
    table = pd.DataFrame(rows, dtype=object)
    return table.sort_values(["i_alt", "usikkerhed"], ascending=[False, True], ignore_index=True)
