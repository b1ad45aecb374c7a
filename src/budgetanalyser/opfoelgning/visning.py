"""Visning: how a municipality prints its follow-up, chosen once: signs, unit, decimals, and the notes that tell them.

Nothing is turned (`fortegn`), rounded or explained (`afrunding`) here, and nothing is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.kroner import Enhed
from budgetanalyser.opfoelgning import afrunding, fortegn
from budgetanalyser.opfoelgning.resultat import linjenavne, summer


@dataclass(frozen=True)
class Visning:
    """How a municipality prints its follow-up, chosen once.

    Attributes:
        konvention: One of `fortegn.KONVENTIONER`.
        enhed: The unit of the amounts.
        decimaler: Decimals of the amounts in that unit.
    """

    konvention: str = fortegn.UDGIFT_PLUS
    enhed: Enhed = Enhed.MIO_KR
    decimaler: int = 1

    def __post_init__(self) -> None:
        fortegn.require(self.konvention)

    @property
    def noter(self) -> tuple[str, ...]:
        """The notes below each table: the signs. The unit stands in its title."""
        return fortegn.legend(self.konvention)

    @property
    def noter_beloeb(self) -> tuple[str, ...]:
        """The notes below a table without deviations."""
        return (fortegn.BELOEB_ORD,)

    @property
    def bred(self) -> Visning:
        """The same for a table with many columns, which whole kroner would make too wide for the page."""
        return replace(self, enhed=Enhed.TUSINDE_KR, decimaler=0) if self.enhed is Enhed.KR else self

    def layout(self, kolonner: Iterable[str]) -> dict[str, Any]:
        """Return the unit and decimals of a table, as `tabel()` takes them; amounts end in `_kr` or are years.

        The legend of the signs stands in `noter`.
        """
        amounts = {name: self.decimaler if name.endswith("_kr") or name.isdigit() else 1 for name in kolonner}
        return {"enhed": self.enhed.navn, "fortegn": "", "decimaler": amounts}

    def afrundet(
        self, resultat: pd.DataFrame, kolonner: Iterable[str], navne: Mapping[str, str], hoejst: int = 6
    ) -> list[str]:
        """Return the notes of where the printed lines of a result statement do not add up, and why.

        Args:
            resultat: As `resultat.resultatopgoerelse` gives it, in this convention.
            kolonner: The columns printed.
            navne: What they are called.
            hoejst: How many gaps are told one by one.
        """
        amounts = [name for name in kolonner if name.endswith("_kr")]
        table = resultat.set_index("noegle")
        shown = afrunding.vis(table, amounts, enhed=self.enhed, decimaler=self.decimaler)
        keys = set(table.index)
        sums = {key: parts for key, parts in summer(resultat).items() if set(parts) <= keys}
        terms = ("forventet_kr", "korrigeret_kr")
        if fortegn.er_vendt(self.konvention):
            terms = terms[::-1]
        pair = {"afvigelse_kr": terms} if "afvigelse_kr" in amounts else {}
        names = {**linjenavne(resultat), **navne}
        gaps = afrunding.forklar(shown, summer=sums, forskelle=pair, decimaler=self.decimaler, navne=names)
        afrunding.require(gaps)
        notes = afrunding.noter(gaps)
        more = len(gaps) - hoejst
        if more <= 1:
            return notes
        return [*notes[: 1 + hoejst], f"{dansk.antal(more)} andre tal afviger på samme måde."]
