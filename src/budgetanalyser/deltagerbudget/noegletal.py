"""The key figures of one round as a table that another round can be set beside, in the report and as a file.

A share is kept as numerator and denominator with the denominator in words, so that `sammenligning` can refuse what does
not count the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.deltagerbudget.deltagelse import Valgdeltagelse
from budgetanalyser.deltagerbudget.fordeling import group_labels, tilfredshed
from budgetanalyser.deltagerbudget.valg import FEW, Election, is_told
from budgetanalyser.errors import Fault, PosterError, file_of


@dataclass(frozen=True)
class Oplyst:
    """The published figures of a round; None where no source says.

    `stemmer_af` is the numerator of the turnout, `stemmeberettigede` the denominator, in words `naevner`, and
    `deltagelse` the turnout as published.
    """

    forslag: int | None
    godkendt: int | None
    stoettet: int | None
    stemmer: int | None
    stemmer_af: int | None
    stemmeberettigede: int | None
    naevner: str
    deltagelse: Decimal | None
    budget_kr: Decimal | None
    realiseret: int | None

    @property
    def decimaler(self) -> int:
        """The decimals of per cent that the turnout was published with."""
        exponent = self.deltagelse.as_tuple().exponent if self.deltagelse is not None else 0
        return max(0, -int(exponent) - 2)


def oplyst(tabel: pd.DataFrame) -> Oplyst:
    """Return the published figures from a table of key figures.

    Args:
        tabel: `noegle` ("forslag", "godkendt", "stoettet", "stemmer", "valgdeltagelse", "budget", "realiseret"; others
            are passed over), `taeller`, `naevner` (int or None), `naevner_ord`, `beloeb_kr` (Decimal or None) and, if
            wanted, `publiceret_andel` (Decimal or None).

    Raises:
        PosterError: The voters or the budget are missing; nothing can be told of a round without them.
    """
    rows = {row["noegle"]: row for row in tabel.to_dict("records")}
    missing = [
        Fault(f"rækken »{key}« med et tal i »{column}« mangler")
        for key, column in (("stemmer", "taeller"), ("budget", "beloeb_kr"))
        if key not in rows or rows[key][column] is None
    ]
    if missing:
        raise PosterError(file_of(tabel, "de oplyste tal"), missing)
    turnout = rows.get("valgdeltagelse", {})
    if not isinstance(turnout.get("publiceret_andel"), (Decimal, type(None))):
        said = "publiceret_andel skal være en procent; giv kolonnen typen andel_pct i kildefilen"
        raise PosterError(file_of(tabel, "de oplyste tal"), [Fault(said)])
    numbers = {
        key: rows.get(key, {}).get("taeller") for key in ("forslag", "godkendt", "stoettet", "stemmer", "realiseret")
    }
    return Oplyst(
        **numbers,
        stemmer_af=turnout.get("taeller"),
        stemmeberettigede=turnout.get("naevner"),
        naevner=turnout.get("naevner_ord") or "",
        deltagelse=turnout.get("publiceret_andel"),
        budget_kr=rows["budget"]["beloeb_kr"],
    )


COLUMNS = ("noegle", "indikator", "taeller", "naevner", "naevner_ord", "beloeb_kr", "prisniveau")
PAPIR = ("papir", "paper")


def noegletal(
    deltagelse: Valgdeltagelse,
    *,
    beloeb_kr: Decimal,
    prisniveau: int | None,
    indsendt: int | None,
    godkendt: int | None,
    stoettet: int | None,
    election: Election | None = None,
    vindere: Iterable[str] = (),
    mindst: int = FEW,
) -> pd.DataFrame:
    """Return the key figures of a round.

    Args:
        deltagelse: Turnout.
        beloeb_kr: What could be shared out.
        prisniveau: Its price level; None for current prices.
        indsendt, godkendt, stoettet: Proposals; None where not known.
        election: The ballots, where they are known.
        vindere: Ids of the projects funded.
        mindst: The smallest number of voters that is told; a part under it, or a rest under it, is left out.

    Returns:
        `COLUMNS`, one row a figure; `taeller` and `naevner` are int or None, and a row with an amount has neither.
    """
    rows = [
        _share(
            "valgdeltagelse", "Valgdeltagelsen", deltagelse.vaelgere, deltagelse.stemmeberettigede, deltagelse.naevner
        ),
        _share("godkendt", "Andelen af godkendte forslag", godkendt, indsendt, "indsendte forslag"),
        _share("stoettet", "Andelen af støttede forslag", stoettet, godkendt, "godkendte forslag"),
        *(_safe(row, mindst) for row in _of_ballots(election, list(vindere))),
        _amount("budget", "Budgettet", beloeb_kr, prisniveau),
    ]
    if deltagelse.vaelgere:
        each = beloeb_kr / deltagelse.vaelgere
        rows.append(_amount("kr_pr_stemmende", "Budgettet pr. stemmende", each, prisniveau))
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def _share(key: str, name: str, part: int | None, whole: int | None, words: str) -> dict[str, Any]:
    return _row(noegle=key, indikator=name, taeller=part, naevner=whole, naevner_ord=words)


def _safe(row: dict[str, Any], least: int) -> dict[str, Any]:
    """Return a share of voters without its part, where the part or the rest is too small to be told."""
    part, whole = row["taeller"], row["naevner"]
    return row if is_told(part, whole, least) else {**row, "taeller": None}


def _amount(key: str, name: str, amount: Decimal, level: int | None) -> dict[str, Any]:
    rounded = amount.quantize(Decimal("0.01"))  # Øre: the table is a source of its own when it is read again.
    return _row(noegle=key, indikator=name, beloeb_kr=rounded, prisniveau=level)


def _row(**cells: Any) -> dict[str, Any]:
    return dict.fromkeys(COLUMNS) | cells  # A cell left out would be NaN, and only None is "not known".


def _of_ballots(election: Election | None, winners: list[str]) -> list[dict[str, Any]]:
    if election is None or not election.has_ballots:
        return []
    found = tilfredshed(election, winners)
    rows = [_share("uden", "Andelen af vælgere uden et støttet projekt", found.uden, found.vaelgere, "vælgere")]
    if "kanal" in election.voters:
        paper = int(sum(one in PAPIR for one in group_labels(election, "kanal")))
        rows.append(_share("papir", "Andelen af stemmer på papir", paper, found.vaelgere, "vælgere"))
    if "deltaget_foer" in election.voters:
        answers = list(group_labels(election, "deltaget_foer"))
        new, told = answers.count("nej"), answers.count("nej") + answers.count("ja")
        words = "vælgere, der har svaret på, om de har deltaget før"
        rows.append(_share("nye", "Andelen af nye deltagere", new, told, words))
    return rows


def som_csv(tabel: pd.DataFrame) -> str:
    """Return the key figures as a file for `data/raw/`: semicolons, decimal comma, empty where not known."""
    lines = [";".join(str(name) for name in tabel.columns)]
    lines += [";".join(_written(cell) for cell in row) for row in tabel.itertuples(index=False)]
    return "\n".join(lines) + "\n"


def _written(cell: Any) -> str:
    if cell is None or cell != cell:
        return ""
    text = f"{cell:f}".replace(".", ",") if isinstance(cell, Decimal) else str(cell)
    text = dansk.escaped(text) if isinstance(cell, str) else text
    return '"' + text.replace('"', '""') + '"' if any(one in text for one in ';"\r\n') else text
