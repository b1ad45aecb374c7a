"""Tabeller: budget, spend and forecast set side by side at a cut-off, by appropriation, committee or frame.

Which rows count is decided in `afgraensning`. Nothing is forecast here (`prognose`), no sign is turned (`fortegn`) and
nothing is rounded (`afrunding`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import ValueUseError
from budgetanalyser.opfoelgning import raekker
from budgetanalyser.opfoelgning.afgraensning import (
    OMPLACERING,
    OPRINDELIGT,
    OVERFOERSEL,
    SLAGS,
    TILLAEGSBEVILLING,
    budgetposter,
    opdel,
)
from budgetanalyser.opfoelgning.perioder import Opfoelgning, Periode, as_periode
from budgetanalyser.opfoelgning.raekker import NUL, Row, Rows

# Where a row may be unknown, as an appropriation can be new; their sums are of those known.
SUM_AF_KENDTE = ("sidste_forventet_kr", "forbrug_sidste_aar_kr")
KOLONNER = (
    "oprindeligt_kr",
    "tillaeg_kr",
    "overfoersler_kr",
    "korrigeret_ekskl_kr",
    "korrigeret_kr",
    "forbrug_kr",
    "forbrugsprocent",
    "forventet_kr",
    "afvigelse_ekskl_kr",
    "afvigelse_kr",
    "afvigelse_pct",
    "sidste_forventet_kr",
    "forbrug_sidste_aar_kr",
)
# What adds up down a column; the percentages do not.
BELOEB = tuple(name for name in KOLONNER if name.endswith("_kr"))

Key = tuple[str, ...]


def hovedtabel(
    budget: pd.DataFrame,
    forbrug: pd.DataFrame,
    forventet: pd.DataFrame | None,
    *,
    periode: Periode | Opfoelgning | str | date,
    efter: str | Sequence[str] = "bevilling",
    sidste: pd.DataFrame | None = None,
    sidste_aar: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the main table of a follow-up.

    Args:
        budget: One post a row: `aar`, `slags` (one of `SLAGS`), `dato` (date or None), `beloeb_kr` and the columns of
            `efter` and `bevilling` that `kontoplan.henfoer` adds. Posts of other years, and changes decided after the
            cut-off, are kept out: they are not in the corrected budget of that day.
        forbrug: `aar`, `maaned` (1-13), `beloeb_kr`, likewise; `posteringstype` where the ledger tells it. Only the
            whole months up to the cut-off count; PRI, SUP and period 13 never do.
        forventet: `bevilling`, `forventet_kr` (Decimal, or None where nobody has said), as `prognose.forventet` gives
            it; None makes the columns that build on it None. It may have the columns of `efter` itself.
        periode: The period; best the one of `find`, which knows the municipality's cut-off.
        efter: The column or columns to sum by.
        sidste: `bevilling`, `forventet_kr` of the last follow-up. An appropriation it does not have counts as unknown,
            and is left out of a sum of several.
        sidste_aar: The year before by month, as `forbrug` or `historik`; what is not of that year is passed over.

    Returns:
        A row for each of `efter` in the order of the budget, Decimal kroner, not rounded; the columns of `efter`, then
        `KOLONNER`. `tillaeg_kr` is tillægsbevillinger and omplaceringer together; `korrigeret_ekskl_kr` is without
        `overfoersler_kr`, `korrigeret_kr` with. `forbrugsprocent` (spend / corrected) and `afvigelse_pct`
        (`afvigelse_kr` / |corrected|, with its sign) are fractions, None where the corrected budget is 0.
        `afvigelse_ekskl_kr` is forecast − `korrigeret_ekskl_kr`; `afvigelse_kr` is forecast − `korrigeret_kr`.

    Raises:
        PosterError: A table lacks a column or holds what it cannot; all faults of the table.
        ValueUseError: An appropriation of `forventet` or `sidste` is in neither budget nor spend, or belongs to several
            of `efter`.
    """
    keys = (efter,) if isinstance(efter, str) else tuple(efter)
    at = as_periode(periode)
    posts, spend = budgetposter(budget, periode=at, kolonner=keys), opdel(forbrug, periode=at, kolonner=keys)
    units = _units([posts.aaret, spend.aaret], keys)
    by_kind = {kind: _sum([row for row in posts.aaret if row["slags"] == kind], keys) for kind in SLAGS}
    spent = _sum(spend.aaret, keys)
    expected = None if forventet is None else _by_unit(forventet, "forventet_kr", keys, units, raekker.all_or_none)
    last = None if sidste is None else _by_unit(sidste, "forventet_kr", keys, units, raekker.known)
    before = None if sidste_aar is None else _last_year(sidste_aar, at, keys, units)
    in_budget = _sum(posts.aaret, keys)
    made = []
    for key in dict.fromkeys([*in_budget, *spent, *(expected or ()), *(before or ())]):
        row = _row({kind: sums.get(key, NUL) for kind, sums in by_kind.items()}, spent.get(key, NUL))
        # What only last year had ends at 0; what has budget or spend and no forecast is not known.
        unsaid = None if key in in_budget or key in spent else NUL
        row |= _deviations(row, None if expected is None else expected.get(key, unsaid))
        row |= {
            "sidste_forventet_kr": None if last is None else last.get(key),
            "forbrug_sidste_aar_kr": None if before is None else before.get(key),
        }
        made.append({**dict(zip(keys, key, strict=True)), **row})
    return raekker.frame(made, [*keys, *KOLONNER])


def i_alt(tabel: pd.DataFrame) -> dict[str, Decimal | None]:
    """Return the sums of a main table's amounts, with the percentages computed anew from them.

    A sum is None where one of its amounts is, but for `SUM_AF_KENDTE`, whose known amounts are summed. The percentages
    are None where income and expenditure largely cancel out: they would say nothing.
    """
    sums = {
        name: (raekker.known if name in SUM_AF_KENDTE else raekker.all_or_none)(map(raekker.amount, tabel[name]))
        for name in BELOEB
    }
    is_net = raekker.cancels_out([raekker.amount(number) or NUL for number in tabel["korrigeret_kr"]])
    sums |= {
        "forbrugsprocent": None if is_net else _of_budget(sums["forbrug_kr"], sums["korrigeret_kr"]),
        "afvigelse_pct": None if is_net else raekker.share(sums["afvigelse_kr"], sums["korrigeret_kr"]),
    }
    return {name: sums[name] for name in KOLONNER}


def med_i_alt(tabel: pd.DataFrame, navn: str = "I alt") -> pd.DataFrame:
    """Return a main table with its sum as the last row."""
    names = [name for name in tabel.columns if name not in KOLONNER]
    last = {**dict.fromkeys(names, ""), names[0]: navn, **i_alt(tabel)}
    result = raekker.frame([*tabel.to_dict("records"), last], list(tabel.columns))
    result.attrs |= tabel.attrs
    return result


def _row(kinds: Mapping[str, Decimal], spent: Decimal) -> dict[str, Decimal | None]:
    extra = kinds[TILLAEGSBEVILLING] + kinds[OMPLACERING]
    without = kinds[OPRINDELIGT] + extra
    corrected = without + kinds[OVERFOERSEL]
    return {
        "oprindeligt_kr": kinds[OPRINDELIGT],
        "tillaeg_kr": extra,
        "overfoersler_kr": kinds[OVERFOERSEL],
        "korrigeret_ekskl_kr": without,
        "korrigeret_kr": corrected,
        "forbrug_kr": spent,
        "forbrugsprocent": _of_budget(spent, corrected),
    }


def _deviations(row: Mapping[str, Decimal | None], expected: Decimal | None) -> dict[str, Decimal | None]:
    without, corrected = row["korrigeret_ekskl_kr"], row["korrigeret_kr"]
    over = None if expected is None or corrected is None else expected - corrected
    return {
        "forventet_kr": expected,
        "afvigelse_ekskl_kr": None if expected is None or without is None else expected - without,
        "afvigelse_kr": over,
        "afvigelse_pct": raekker.share(over, corrected),
    }


def _of_budget(spent: Decimal | None, corrected: Decimal | None) -> Decimal | None:
    return None if spent is None or not corrected else spent / corrected


def _key(row: Row, keys: Key) -> Key:
    return tuple(raekker.text(row[name]) for name in keys)


def _sum(found: list[Row], keys: Key) -> dict[Key, Decimal]:
    sums: dict[Key, Decimal] = {}
    for row in found:
        key = _key(row, keys)
        sums[key] = sums.get(key, NUL) + row["beloeb_kr"]
    return sums


def _units(tables: list[list[Row]], keys: Key) -> dict[str, set[Key]]:
    """Return which of the keys each appropriation belongs to."""
    units: dict[str, set[Key]] = {}
    for row in (row for found in tables for row in found):
        if name := raekker.text(row.get("bevilling")):
            units.setdefault(name, set()).add(_key(row, keys))
    return units


def _by_unit(
    table: pd.DataFrame, column: str, keys: Key, units: Mapping[str, set[Key]], add: Callable[[Any], Decimal | None]
) -> dict[Key, Decimal | None]:
    """Return the amounts summed by key, with None for what the table lacks of the appropriations in `units`."""
    says_key = all(name in table for name in keys)
    has_name = "bevilling" in table or not says_key
    names = tuple(dict.fromkeys([*(keys if says_key else ()), *(["bevilling"] if has_name else [])]))
    lines = _checked(table, column, names)
    if not has_name:
        return _added(((_key(row, keys), raekker.amount(row[column])) for _, row in lines), add)
    told = [raekker.text(row["bevilling"]) for _, row in lines]
    _require_known(told, units)
    if not says_key:
        _require_one_place(told, units, keys)
    placed = [
        ((name, _key(row, keys) if says_key else _only(units[name])), raekker.amount(row[column]))
        for name, (_, row) in zip(told, lines, strict=True)
    ]
    there = {place for place, _ in placed}
    lacking = [(name, key) for name, found in units.items() for key in found if (name, key) not in there]
    return _added([*((key, number) for (_, key), number in placed), *((key, None) for _, key in lacking)], add)


def _checked(table: pd.DataFrame, column: str, names: Key) -> Rows:
    what = "de forventede regnskaber"
    lines = raekker.rows(table, " ".join([*names, column]), what)
    faults = raekker.wrong_amounts(lines, column, may_be_blank=True) + raekker.without_text(lines, *names)
    raekker.refuse(table, what, faults + raekker.repeated(lines, *names))
    return lines


def _require_known(names: list[str], places: Mapping[str, set[Key]]) -> None:
    if unknown := [f"»{name}«" for name in names if name not in places]:
        raise ValueUseError(
            f"Der er et forventet regnskab for {dansk.opremsning(unknown)}, men hverken budget eller forbrug. "
            "Ret navnet, eller tilføj bevillingen i budgettet."
        )


def _require_one_place(names: list[str], places: Mapping[str, set[Key]], keys: Key) -> None:
    told = dansk.opremsning(keys)
    if several := [f"»{name}«" for name in names if len(places[name]) > 1]:
        raise ValueUseError(
            f"{dansk.opremsning(several)} hører til flere slags {told}, så beløbet kan ikke fordeles. "
            f"Giv beløbene med {told} i hver linje."
        )


def _only(found: set[Key]) -> Key:
    return next(iter(found))


def _added(pairs: Any, add: Callable[[Any], Decimal | None]) -> dict[Key, Decimal | None]:
    lists: dict[Key, list[Decimal | None]] = {}
    for key, number in pairs:
        lists.setdefault(key, []).append(number)
    return {key: add(numbers) for key, numbers in lists.items()}


def _last_year(table: pd.DataFrame, at: Periode, keys: Key, units: Mapping[str, set[Key]]) -> dict[Key, Decimal]:
    """Return last year's spend in the same months by key; appropriations that are no more keep a row where they can."""
    before = Periode(at.kode, at.aar - 1, at.maaneder, at.opgjort, at.ord)
    found = opdel(table, periode=before).aaret
    if all(name in table for name in keys):
        return _sum(found, keys)
    sums: dict[Key, Decimal] = {}
    for name, number in _sum(found, ("bevilling",)).items():
        places = units.get(name[0], set())
        if len(places) > 1:
            _require_one_place([name[0]], units, keys)
        key = _only(places) if places else ("(findes ikke i år)",) * len(keys)
        sums[key] = sums.get(key, NUL) + number
    return sums
