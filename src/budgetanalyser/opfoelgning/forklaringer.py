"""Forklaringer: the deviations ranked, and which of them still lack the explanation that the threshold demands.

A follow-up with a deviation nobody has explained is a draft; it is made all the same, and says what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import ValueUseError, nearest
from budgetanalyser.opfoelgning import raekker

MANGLER = "Forklaring mangler"


@dataclass(frozen=True)
class Afvigelser:
    """The deviations of a main table, largest first.

    Attributes:
        tabel: `nr` (1 is the largest), the table's first column, `korrigeret_kr`, `forventet_kr`, `afvigelse_kr`,
            `afvigelse_pct`, `over_graensen` (bool) and `forklaring` ("" where there is none). Rows without a deviation,
            or without a forecast, are left out.
        mangler: Those above the threshold without an explanation, largest first.
        uden_skoen: Those without a forecast, whose deviation nobody knows.
        graense_ord: The threshold in Danish.
    """

    tabel: pd.DataFrame
    mangler: tuple[str, ...]
    uden_skoen: tuple[str, ...]
    graense_ord: str

    @property
    def kladde(self) -> bool:
        """Whether the report is a draft, as an explanation or a forecast is missing."""
        return bool(self.mangler or self.uden_skoen)

    @property
    def ord(self) -> str:
        """What must be explained, and what is missing, as sentences."""
        first = f"En afvigelse skal forklares, når den er {self.graense_ord.removesuffix('.')}."
        return " ".join([first, *(self._lacking() or ["Alle, der skal forklares, er forklaret."])])

    @property
    def kladde_ord(self) -> str:
        """Why the report is a draft; "" where it is not."""
        return f"Kladde: {' '.join(self._lacking())}" if self.kladde else ""

    def _lacking(self) -> list[str]:
        told = [f"Der mangler forklaring på afvigelsen for {_listed(self.mangler)}."] if self.mangler else []
        if self.uden_skoen:
            told.append(f"Der mangler et forventet regnskab for {_listed(self.uden_skoen)}.")
        return told

    def til_visning(self) -> pd.DataFrame:
        """Return the deviations that must be explained or are: without `nr` and `over_graensen`, "mangler" where so."""
        shown = [row for row in self.tabel.to_dict("records") if row["over_graensen"] or row["forklaring"]]
        made = ({**row, "forklaring": row["forklaring"] or MANGLER} for row in shown)
        return raekker.frame(made, [name for name in self.tabel.columns if name not in ("nr", "over_graensen")])

    def rangeret(self, hoejst: int = 15) -> pd.DataFrame:
        """Return the largest deviations for a figure, and those that lack an explanation whatever their size.

        Columns `navn`, `afvigelse_kr` and `forklaret`: True or False where an explanation is asked for or given, else
        None.
        """
        name = str(self.tabel.columns[1])
        made = (
            {
                "navn": row[name],
                "afvigelse_kr": row["afvigelse_kr"],
                "forklaret": bool(row["forklaring"]) if row["over_graensen"] or row["forklaring"] else None,
            }
            for place, row in enumerate(self.tabel.to_dict("records"))
            if place < hoejst or row[name] in self.mangler
        )
        return raekker.frame(made, ["navn", "afvigelse_kr", "forklaret"])


def afvigelser(
    tabel: pd.DataFrame,
    *,
    graense_kr: Decimal | None,
    graense_pct: Decimal | None,
    forklaringer: pd.DataFrame | Mapping[str, str | None],
    begge: bool = False,
) -> Afvigelser:
    """Rank the deviations of a main table, and find those that must be explained and are not.

    Args:
        tabel: As `hovedtabel` gives it, by one column.
        graense_kr: Kroner, 0 or more; a deviation must be explained when its size is above. None: no such threshold.
        graense_pct: Likewise as a fraction of the corrected budget (Decimal("0.02") is 2 pct.); where that is 0, any
            deviation is above.
        forklaringer: By the names of the first column, or a table with that column (or `bevilling`) and `forklaring`.
            A dash is no explanation.
        begge: Whether a deviation must be above both thresholds; else one of them is enough.

    Raises:
        ValueUseError: No threshold, a negative one, or an explanation of something that is not in the table.
    """
    if (graense_kr is None and graense_pct is None) or min(graense_kr or 0, graense_pct or 0) < 0:
        raise ValueUseError(
            "Skriv en grænse på mindst 0 i kroner eller procent for, hvilke afvigelser der skal forklares."
        )
    name = str(tabel.columns[0])
    rows = [row for row in tabel.to_dict("records")]
    told = _explanations(forklaringer, name, [raekker.text(row[name]) for row in rows])
    found = [row for row in rows if raekker.amount(row["afvigelse_kr"])]
    found.sort(key=lambda row: (-abs(row["afvigelse_kr"]), raekker.text(row[name])))
    made = [
        {
            "nr": number,
            name: raekker.text(row[name]),
            "korrigeret_kr": row["korrigeret_kr"],
            "forventet_kr": row["forventet_kr"],
            "afvigelse_kr": row["afvigelse_kr"],
            "afvigelse_pct": row["afvigelse_pct"],
            "over_graensen": _is_above(row, graense_kr, graense_pct, begge),
            "forklaring": told.get(raekker.text(row[name]), ""),
        }
        for number, row in enumerate(found, 1)
    ]
    columns = ["nr", name, "korrigeret_kr", "forventet_kr", "afvigelse_kr", "afvigelse_pct", "over_graensen"]
    return Afvigelser(
        tabel=raekker.frame(made, [*columns, "forklaring"]),
        mangler=tuple(row[name] for row in made if row["over_graensen"] and not row["forklaring"]),
        uden_skoen=tuple(raekker.text(row[name]) for row in rows if raekker.amount(row["forventet_kr"]) is None),
        graense_ord=_limit(graense_kr, graense_pct, begge),
    )


def _is_above(row: Mapping[Any, Any], kroner: Decimal | None, share: Decimal | None, both: bool) -> bool:
    above = []
    if kroner is not None:
        above.append(abs(row["afvigelse_kr"]) > kroner)
    if share is not None:
        above.append(row["afvigelse_pct"] is None or abs(row["afvigelse_pct"]) > share)
    return all(above) if both else any(above)


def _limit(kroner: Decimal | None, share: Decimal | None, both: bool) -> str:
    words = [] if kroner is None else [f"over {dansk.kr(kroner, 2 if _decimals(kroner) else 0)}"]
    if share is not None:
        words.append(f"over {dansk.pct(share, max(_decimals(share * 100), 1))} af det korrigerede budget")
    return (" og " if both else " eller ").join(words)


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _explanations(given: pd.DataFrame | Mapping[str, str | None], name: str, there: Sequence[str]) -> dict[str, str]:
    if isinstance(given, pd.DataFrame):
        column = name if name in given else "bevilling"
        lines = raekker.rows(given, f"{column} forklaring", "forklaringerne")
        raekker.refuse(given, "forklaringerne", raekker.repeated(lines, column))
        pairs = {raekker.text(row[column]): _said(row["forklaring"]) for _, row in lines}
    else:
        pairs = {raekker.text(key): _said(value) for key, value in given.items()}
    if unknown := [key for key, said in pairs.items() if said and key not in there]:
        raise ValueUseError(
            f"Der er en forklaring på »{unknown[0]}«, som ikke er i tabellen. {nearest(unknown[0], there)}"
        )
    return pairs


def _said(explanation: object) -> str:
    """Return an explanation; "" for one without a word, such as the dash that is typed into an empty cell."""
    words = raekker.text(explanation)
    return words if any(map(str.isalpha, words)) else ""


def _listed(names: Sequence[str]) -> str:
    return dansk.opremsning([f"»{name}«" for name in names])
