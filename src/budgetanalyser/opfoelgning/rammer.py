"""Rammer: whether the forecast keeps the municipality's share of the joint ceiling on service expenditure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from budgetanalyser.errors import ValueUseError
from budgetanalyser.opfoelgning import raekker

SERVICE = "service"


@dataclass(frozen=True)
class Serviceramme:
    """The service frame against the forecast, in kroner.

    Attributes:
        ramme_kr: The municipality's frame; None where not known.
        oprindeligt_kr, korrigeret_kr: The budgets inside it.
        forventet_kr: The forecast; None where a part is not known.
        afvigelse_kr: Forecast − frame: positive where the frame is exceeded.
    """

    ramme_kr: Decimal | None
    oprindeligt_kr: Decimal
    korrigeret_kr: Decimal
    forventet_kr: Decimal | None
    afvigelse_kr: Decimal | None

    @property
    def overholdt(self) -> bool | None:
        """Whether the forecast keeps the frame; None where that is not known."""
        return None if self.afvigelse_kr is None else self.afvigelse_kr <= 0


def serviceramme(tabel: pd.DataFrame, ramme_kr: Decimal | None) -> Serviceramme:
    """Return the state of the service frame.

    Args:
        tabel: A main table with a column `ramme`; the rows "service" count.
        ramme_kr: Kroner above 0, or None where not known.

    Raises:
        ValueUseError: The table has no `ramme` or no service, or the frame is not above 0.
    """
    if "ramme" not in tabel:
        raise ValueUseError("Lav tabellen efter »ramme«, så serviceudgifterne kan ses.")
    if ramme_kr is not None and ramme_kr <= 0:
        raise ValueUseError("Servicerammen skal være over 0 kr., eller tom når den ikke er oplyst.")
    rows = [row for row in tabel.to_dict("records") if raekker.text(row["ramme"]) == SERVICE]
    if not rows:
        raise ValueUseError(f"Ingen rækker har rammen »{SERVICE}«; ret konteringsnøglen.")
    expected = raekker.all_or_none(raekker.amount(row["forventet_kr"]) for row in rows)
    return Serviceramme(
        ramme_kr=ramme_kr,
        oprindeligt_kr=raekker.total(row["oprindeligt_kr"] for row in rows),
        korrigeret_kr=raekker.total(row["korrigeret_kr"] for row in rows),
        forventet_kr=expected,
        afvigelse_kr=None if expected is None or ramme_kr is None else expected - ramme_kr,
    )
