"""Sammenligning: the indicators of two rounds side by side, and what can be said of the difference.

Two rounds that differ do not show what made them differ, so nothing here is called an effect. Figures that do not count
the same are set side by side and not subtracted. Turnout is a census of its own round; an interval reads the two rounds
as two of many that could have been.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from budgetanalyser import dansk, statistik
from budgetanalyser.deltagerbudget.realisering.raekker import (
    Row,
    Rows,
    frame,
    is_count,
    refuse,
    repeated,
    rows,
    without_text,
    wrong_amounts,
    wrong_counts,
)
from budgetanalyser.errors import Fault
from budgetanalyser.kilder.questions import IKKE_OPLYST
from budgetanalyser.kroner import rounded

ANDEL, ANTAL, BELOEB = "andel", "antal", "beløb"
MINDST_BASIS = 20
MINDST_OMRAADER = 3

_COLUMNS = (
    "noegle indikator slags foer nu foer_taeller foer_naevner nu_taeller nu_naevner naevner_ord"
    " forskel lav hoej p p_holm afvist foer_navn nu_navn"
)
_EXACT = 16  # Areas of which all sign patterns (2^16) are gone through; more are drawn.
_ALL_RESAMPLES = 6  # Areas of which all resamples (6^6) are gone through.
_DRAWS, _SEED = 20_000, 20200331


def sammenlign(foer: pd.DataFrame, nu: pd.DataFrame, *, navne: tuple[str, str] = ("2017", "2020")) -> pd.DataFrame:
    """Set the indicators of two rounds side by side.

    Args:
        foer, nu: One indicator a row: `noegle` (key, text), `indikator` (text, with the article: "Valgdeltagelsen"),
            `taeller`, `naevner` (int or None) and `naevner_ord` (what the denominator counts; None for a plain count).
            Optional: `beloeb_kr` (Decimal or None) with `prisniveau` (int or None), which make the row an amount where
            there is no numerator; `publiceret_andel` (Decimal or None), a rounded share as published, shown where
            the counts behind it are not known, never subtracted; `kilde_ord`.
        navne: What the two rounds are called.

    Returns:
        One row an indicator, those of `foer` first: `noegle`, `indikator`, `slags` ("andel", "antal" or "beløb"),
        `foer` and `nu` (Decimal share, int or Decimal kroner; None where not known, or a share of a base under 20),
        `foer_taeller`, `foer_naevner`, `nu_taeller`, `nu_naevner`, `naevner_ord`; `forskel` (now less before), and for
        shares `lav` and `hoej` (Newcombe, 95 per cent), `p` (two proportions) and `p_holm` (adjusted for the shares
        compared); `afvist` (why the two cannot be compared, or None), `foer_navn` and `nu_navn`.

    Raises:
        PosterError: A key that is missing or stands twice, a number that is none, or a numerator above its denominator.

    Source:
        R.G. Newcombe, Statistics in Medicine 17, 1998; S. Holm, Scandinavian Journal of Statistics 6, 1979.
    """
    before, now = _by_key(foer, navne[0]), _by_key(nu, navne[1])
    made = [_compared(key, before.get(key), now.get(key), navne) for key in dict.fromkeys([*before, *now])]
    tested = [row for row in made if row["p"] is not None]
    adjusted = statistik.holm([row["p"] for row in tested]) if tested else []
    for row, p in zip(tested, adjusted, strict=True):
        row.update(p=statistik.andel(row["p"]), p_holm=statistik.andel(p))
    return frame(made, _COLUMNS)


def _by_key(table: pd.DataFrame, name: str) -> dict[str, Row]:
    otherwise = f"indikatorerne for {name}"
    lines = rows(table, "noegle indikator taeller naevner naevner_ord", otherwise)
    lines = [(where, {"beloeb_kr": None, "prisniveau": None, "publiceret_andel": None, **row}) for where, row in lines]
    faults = without_text(lines, "noegle", "indikator") + wrong_counts(lines, "taeller", "naevner")
    faults += wrong_amounts(lines, "beloeb_kr") + _too_many(lines)
    refuse(table, otherwise, faults + repeated(lines, lambda row: row["noegle"], "nøglen står også"))
    return {row["noegle"]: row for _, row in lines}


def _too_many(lines: Rows) -> list[Fault]:
    return [
        Fault(f"taeller {row['taeller']} er større end naevner {row['naevner']}; ret en af dem", where)
        for where, row in lines
        if is_count(row["taeller"]) and is_count(row["naevner"]) and row["taeller"] > row["naevner"]
    ]


def _compared(key: str, before: Row | None, now: Row | None, navne: tuple[str, str]) -> dict[str, Any]:
    either = now or before or {}
    slags = _kind(either)
    row: dict[str, Any] = {
        **dict.fromkeys(_COLUMNS.split()),
        "noegle": key,
        "indikator": either["indikator"],
        "slags": slags,
        "foer": _value(before, slags),
        "nu": _value(now, slags),
        "naevner_ord": either["naevner_ord"],
        "foer_navn": navne[0],
        "nu_navn": navne[1],
    }
    for name, one in (("foer", before), ("nu", now)):
        row |= {f"{name}_{part}": one and one[part] for part in ("taeller", "naevner")}
    row["afvist"] = _why_not(before, now, slags, navne)
    if row["afvist"] is None:
        row |= _difference(row) if slags == ANDEL else {"forskel": row["nu"] - row["foer"]}
    return row


def _kind(row: Row) -> str:
    if row["taeller"] is None and row["beloeb_kr"] is not None:
        return BELOEB
    return ANDEL if row["naevner_ord"] or row["naevner"] is not None or row["publiceret_andel"] is not None else ANTAL


def _value(row: Row | None, slags: str) -> Decimal | int | None:
    if row is None:
        return None
    if slags != ANDEL:
        value: Decimal | int | None = row["beloeb_kr"] if slags == BELOEB else row["taeller"]
        return value
    if row["taeller"] is None or row["naevner"] is None:
        published: Decimal | None = row["publiceret_andel"]
        return published
    return None if row["naevner"] < MINDST_BASIS else statistik.andel(row["taeller"] / row["naevner"])


def _why_not(before: Row | None, now: Row | None, slags: str, navne: tuple[str, str]) -> str | None:
    """Return why two figures cannot be compared, all of it, or None."""
    both = list(zip((before, now), navne, strict=True))
    silent = [name for row, name in both if row is None or _kind_is_empty(row)]
    if silent or before is None or now is None:
        return f"ikke oplyst i {dansk.opremsning(silent)}"
    if _kind(before) != _kind(now):
        return f"{navne[0]} er opgjort som {_kind(before)} og {navne[1]} som {_kind(now)}"
    if slags == BELOEB:
        return _why_not_amounts(before, now, navne)
    return _why_not_shares(before, now, navne) if slags == ANDEL else None


def _kind_is_empty(row: Row) -> bool:
    return all(row[name] is None for name in ("taeller", "naevner", "beloeb_kr", "publiceret_andel"))


def _why_not_amounts(before: Row, now: Row, navne: tuple[str, str]) -> str | None:
    levels = before["prisniveau"], now["prisniveau"]
    unknown = [name for level, name in zip(levels, navne, strict=True) if level is None]
    if unknown:
        return f"prisniveauet er ikke oplyst i {dansk.opremsning(unknown)}"
    return (
        None
        if levels[0] == levels[1]
        else f"forskelligt prisniveau: {levels[0]} og {levels[1]}; kan først sammenlignes i samme prisniveau"
    )


def _why_not_shares(before: Row, now: Row, navne: tuple[str, str]) -> str | None:
    reasons = []
    for part, said in (("taeller", "tælleren"), ("naevner", "nævneren")):
        unknown = [name for row, name in zip((before, now), navne, strict=True) if row[part] is None]
        reasons += [f"{said} er ikke oplyst i {dansk.opremsning(unknown)}"] if unknown else []
    words = before["naevner_ord"], now["naevner_ord"]
    if words[0] != words[1]:
        told = " og ".join(
            f"»{word}« i {name}" if word else f"ikke oplyst i {name}" for word, name in zip(words, navne, strict=True)
        )
        reasons.append(f"nævnerne tæller ikke det samme: {told}")
    small = [
        f"{row['naevner']} i {name}"
        for row, name in zip((before, now), navne, strict=True)
        if row["naevner"] is not None and row["naevner"] < MINDST_BASIS
    ]
    reasons += [f"for lille grundlag: {dansk.opremsning(small)} (mindst {MINDST_BASIS})"] if small else []
    return "; ".join(reasons) or None


def _difference(row: Mapping[str, Any]) -> dict[str, Any]:
    counts = row["foer_taeller"], row["foer_naevner"], row["nu_taeller"], row["nu_naevner"]
    low, high = statistik.newcombe(*counts)
    k1, n1, k2, n2 = counts
    # Where none or all did in both rounds there is nothing to test, and the two are the same.
    p = statistik.to_andele(*counts).p if 0 < k1 + k2 < n1 + n2 else 1.0
    return {
        "forskel": statistik.andel(k2 / n2 - k1 / n1),
        "lav": statistik.andel(low),
        "hoej": statistik.andel(high),
        "p": p,
    }


def forskel_i_ord(row: Mapping[Any, Any]) -> str:
    """Say one row of `sammenlign` as a plain sentence or two.

    The interval is of the difference, now less before. Where it holds 0, or where the adjusted p is above 0,05, the
    sentence says that the difference may be chance.
    """
    name, before, now = row["indikator"], row["foer_navn"], row["nu_navn"]
    if row["afvist"]:
        return f"{name} kan ikke sammenlignes: {row['afvist']}."
    if row["slags"] != ANDEL:
        return _plain_in_words(row)
    points = rounded(row["forskel"] * 100, 1)
    ends = [dansk.antal(row[end] * 100, 1) for end in ("lav", "hoej")]
    said = _higher_or_lower(points, before, now)
    return f"{name} var {said} (95 %-interval {ends[0]} til {ends[1]}).{_chance(row)}"


def _higher_or_lower(points: Decimal, before: str, now: str) -> str:
    if not points:
        return f"næsten den samme i {now} som i {before}"
    return f"{dansk.antal(abs(points), 1)} procentpoint {'højere' if points > 0 else 'lavere'} i {now} end i {before}"


def _chance(row: Mapping[Any, Any]) -> str:
    if row["lav"] <= 0 <= row["hoej"]:
        return " Intervallet rummer 0, så forskellen kan være tilfældig."
    if row["p_holm"] is not None and row["p_holm"] > Decimal("0.05"):
        return " Der er sammenlignet flere tal, og når det regnes med, kan forskellen være tilfældig."
    return ""


def _plain_in_words(row: Mapping[Any, Any]) -> str:
    write = dansk.kr if row["slags"] == BELOEB else dansk.antal
    told = f"{row['indikator']} var {write(row['nu'])} i {row['nu_navn']} og {write(row['foer'])} i {row['foer_navn']}"
    if not row["forskel"]:
        return f"{told.removesuffix('.')}, altså det samme."
    return f"{told.removesuffix('.')}, en forskel på {write(abs(row['forskel'])).removesuffix('.')}."


def vist(sammenlignet: pd.DataFrame) -> pd.DataFrame:
    """Return a comparison as it is printed, since shares, counts and amounts stand in one column.

    Args:
        sammenlignet: As `sammenlign` gives it.

    Returns:
        `indikator`, `foer`, `nu`, `forskel` (with its interval) and `bemaerkning` (text; None where there is nothing to
        say): a share with the two numbers behind it, and why two figures are not compared.
    """
    made = []
    for row in sammenlignet.to_dict("records"):
        made.append(
            {
                "indikator": row["indikator"],
                **{name: _figure_in_words(row, name) or IKKE_OPLYST for name in ("foer", "nu")},
                "forskel": None if row["forskel"] is None else _gap_in_words(row),
                "bemaerkning": row["afvist"]
                or ("kan være tilfældig" if row["lav"] is not None and _chance(row) else None),
            }
        )
    return frame(made, "indikator foer nu forskel bemaerkning")


def _figure_in_words(row: Row, name: str) -> str | None:
    value, part, whole = row[name], row[f"{name}_taeller"], row[f"{name}_naevner"]
    if row["slags"] == BELOEB:
        return None if value is None else dansk.kr(value)
    if row["slags"] == ANTAL:
        return None if value is None else dansk.antal(value)
    counts = None if part is None or whole is None else f"{dansk.antal(part)} af {dansk.antal(whole)}"
    if value is None:
        return counts
    return f"{dansk.pct(value)} ({counts})" if counts else dansk.pct(value, 0)


def _gap_in_words(row: Row) -> str:
    if row["slags"] == ANDEL:
        ends = " til ".join(dansk.antal(row[end] * 100, 1) for end in ("lav", "hoej"))
        return f"{dansk.antal(row['forskel'] * 100, 1)} procentpoint ({ends})"
    return (dansk.kr if row["slags"] == BELOEB else dansk.antal)(row["forskel"])


@dataclass(frozen=True)
class Klynger:
    """The difference between two rounds with the area as the unit.

    Attributes:
        omraader: `omraade`, `foer`, `nu` and `forskel` (Decimal shares) of the areas compared.
        middel: Mean of the differences, each area counting the same (Decimal; None where refused).
        lav, hoej: 95 per cent interval, by resampling areas.
        p: Exact sign-flip test (drawn above 16 areas).
        mindste_p: The smallest p that so few areas can give, 2 / 2^k.
        udeladt: Areas that were left out, each with the reason.
        afvist: Why there is no comparison, or None.
    """

    omraader: pd.DataFrame
    middel: Decimal | None = None
    lav: Decimal | None = None
    hoej: Decimal | None = None
    p: Decimal | None = None
    mindste_p: Decimal | None = None
    udeladt: tuple[str, ...] = ()
    afvist: str | None = None


def klynger(foer: pd.DataFrame, nu: pd.DataFrame) -> Klynger:
    """Compare two rounds over the areas that had both, with the area as the unit.

    People of one area are alike, so counting people makes the interval too narrow; the areas are what varies.

    Args:
        foer, nu: One area a row: `omraade` (text), `taeller` and `naevner` (int or None).

    Returns:
        The comparison, or why there is none: fewer than three areas in common. With few areas the interval is rough and
        tends to be narrow.

    Raises:
        PosterError: An area that is missing or stands twice, a number that is none, or a numerator above its
            denominator.
    """
    before, now = _by_area(foer, "områderne før"), _by_area(nu, "områderne nu")
    left_out = [why for area in dict.fromkeys([*before, *now]) if (why := _why_left_out(area, before, now))]
    areas = [area for area in before if not _why_left_out(area, before, now)]
    shares = [(_share(before[area]), _share(now[area])) for area in areas]
    made = [
        {"omraade": area, "foer": statistik.andel(a), "nu": statistik.andel(b), "forskel": statistik.andel(b - a)}
        for area, (a, b) in zip(areas, shares, strict=True)
    ]
    table = frame(made, "omraade foer nu forskel")
    if len(areas) < MINDST_OMRAADER:
        why = f"{_areas(len(areas))} har tal i begge runder; der skal mindst {MINDST_OMRAADER} til"
        return Klynger(table, udeladt=tuple(left_out), afvist=why)
    differences = np.array([b - a for a, b in shares])
    low, high = _resampled(differences)
    return Klynger(
        table,
        middel=statistik.andel(differences.mean()),
        lav=statistik.andel(low),
        hoej=statistik.andel(high),
        p=statistik.andel(_sign_flip(differences)),
        mindste_p=statistik.andel(2.0 ** (1 - len(areas))),
        udeladt=tuple(left_out),
    )


def _areas(count: int) -> str:
    return "ét område" if count == 1 else f"{count or 'ingen'} områder"


def _by_area(table: pd.DataFrame, otherwise: str) -> dict[str, Row]:
    lines = rows(table, "omraade taeller naevner", otherwise)
    faults = without_text(lines, "omraade") + wrong_counts(lines, "taeller", "naevner") + _too_many(lines)
    refuse(table, otherwise, faults + repeated(lines, lambda row: row["omraade"], "området står også"))
    return {row["omraade"]: row for _, row in lines}


def _why_left_out(area: str, before: Mapping[str, Row], now: Mapping[str, Row]) -> str:
    for table, said in ((before, "før"), (now, "nu")):
        row = table.get(area)
        if row is None or row["taeller"] is None or row["naevner"] is None:
            return f"{area}: ikke oplyst {said}"
        if row["naevner"] < MINDST_BASIS:
            return f"{area}: for lille grundlag {said} ({row['naevner']})"
    return ""


def _share(row: Row) -> float:
    share: float = row["taeller"] / row["naevner"]
    return share


def _sign_flip(differences: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """Return how often a mean as far from 0 comes up when each area's difference might as well be the other way."""
    count = len(differences)
    if count <= _EXACT:
        signs = np.array(list(product((1, -1), repeat=count)))
        return float(np.mean(np.abs(signs @ differences) >= abs(differences.sum()) - 1e-12))
    signs = np.random.default_rng(_SEED).choice((1, -1), size=(_DRAWS, count))
    hits = int(np.sum(np.abs(signs @ differences) >= abs(differences.sum()) - 1e-12))
    return (hits + 1) / (_DRAWS + 1)


def _resampled(differences: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, float]:
    count = len(differences)
    if count <= _ALL_RESAMPLES:
        means = np.array([math.fsum(one) / count for one in product(differences, repeat=count)])
    else:
        means = np.random.default_rng(_SEED).choice(differences, size=(_DRAWS, count)).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def klynger_i_ord(fundet: Klynger, hvad: str = "andelen") -> str:
    """Say a comparison over areas as plain sentences; the interval and the p are of the areas.

    Args:
        fundet: As `klynger` gives it.
        hvad: What is compared, with the article: "valgdeltagelsen".
    """
    if fundet.afvist is not None or fundet.middel is None or fundet.lav is None or fundet.hoej is None:
        return f"Områderne kan ikke sammenlignes: {fundet.afvist}."
    ends = f"{dansk.antal(fundet.lav * 100, 1)} til {dansk.antal(fundet.hoej * 100, 1)}"
    points = dansk.antal(fundet.middel * 100, 1)
    said = f"Regnet som gennemsnit af områderne er forskellen i {hvad} {points} procentpoint (95 %-interval {ends})."
    if fundet.lav <= 0 <= fundet.hoej:
        return f"{said} Intervallet rummer 0, så forskellen kan være tilfældig."
    if fundet.p is not None and fundet.mindste_p is not None and fundet.p > Decimal("0.05"):
        few = "; lavere kan den ikke blive med så få områder" if fundet.p == fundet.mindste_p else ""
        areas = len(fundet.omraader)
        test = f"En anden prøve giver p = {dansk.antal(fundet.p, 3)}{few}."
        return f"{said} {test} Med {areas} områder er forskellen ikke vist sikkert."
    return said
