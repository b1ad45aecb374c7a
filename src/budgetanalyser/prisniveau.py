"""Price levels: what an amount is worth when prices have risen, and what later money is worth today.

A Danish budget amount means nothing without its price level. Amounts are stored as the source states them and are
restated late, for display. No rate is invented here: where none is known, an amount is shown over a range of price
rises instead, or left open. Rates come as a table with its own kilde, and a rate belongs to the year it leads to:
the 2025 rate takes an amount from 2024-prisniveau to 2025-prisniveau.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from numbers import Integral
from typing import Any, TypeGuard, overload

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import BudgetanalyseError, Fault, PosterError, ValueUseError
from budgetanalyser.kroner import rounded

SERVICE, ANLAEG = "service", "anlæg"

# A schedule of forward rates: the last year each holds for (None: from then on) and the rate, as a fraction a year.
Schedule = tuple[tuple[int | None, Decimal], ...]
DANSK_DISKONTERING: Schedule = ((35, Decimal("0.035")), (70, Decimal("0.025")), (None, Decimal("0.015")))

_FARTHEST = 500  # Years ahead; a larger number is a calendar year.


class MissingSatsError(BudgetanalyseError):
    """Years between two price levels have no rate. `aar` holds all of them, in order."""

    def __init__(self, aar: Iterable[int]) -> None:
        self.aar = tuple(sorted(aar))
        told = dansk.opremsning([str(year) for year in self.aar])
        super().__init__(
            f"Der mangler P/L-sats for {told}, så beløbet kan ikke omregnes. "
            "Tilføj satsen i kilden, eller vælg et andet prisniveau."
        )


def stigninger(hoejeste_pct: int, *, trin: int = 5) -> list[Decimal]:
    """Return price rises from 0 to `hoejeste_pct` per cent in `trin` equal steps, as fractions: 0, 0.02, … 0.10."""
    return [Decimal(step) * hoejeste_pct / (100 * trin) for step in range(trin + 1)]


def ved_prisstigning(beloeb_kr: Decimal, stigninger: Sequence[Decimal]) -> pd.DataFrame:
    """Show what an amount copied unchanged from an earlier budget is worth after a rise in prices.

    Args:
        beloeb_kr: Kroner, copied without projection.
        stigninger: Price rises since the amount was set, as fractions (Decimal("0.05") is 5 pct.), each above −1.

    Returns:
        One row a rise, unrounded Decimal: `stigning`; `vaerdi_kr`, what the amount buys in the old year's prices,
        beloeb / (1 + stigning); `noedvendig_kr`, what buys the same as before, beloeb · (1 + stigning); and
        `mangler_kr`, the difference between that and the amount.

    Raises:
        ValueUseError: A rise of −100 pct. or less.
    """
    if any(stigning <= -1 for stigning in stigninger):
        raise ValueUseError("En prisstigning skal være over −100 %.")
    rows = [
        {
            "stigning": stigning,
            "vaerdi_kr": beloeb_kr / (1 + stigning),
            "noedvendig_kr": beloeb_kr * (1 + stigning),
            "mangler_kr": beloeb_kr * stigning,
        }
        for stigning in stigninger
    ]
    return pd.DataFrame(rows, dtype=object)


@overload
def restate(beloeb_kr: Decimal, *, from_level: int, to_level: int, pl_satser: Mapping[int, Decimal]) -> Decimal: ...


@overload
def restate(
    beloeb_kr: pd.Series[Any], *, from_level: int, to_level: int, pl_satser: Mapping[int, Decimal]
) -> pd.Series[Any]: ...


def restate(
    beloeb_kr: Decimal | pd.Series[Any], *, from_level: int, to_level: int, pl_satser: Mapping[int, Decimal]
) -> Decimal | pd.Series[Any]:
    """Restate an amount, or each of many, from one price level in another.

    Args:
        beloeb_kr: Decimal kroner at `from_level`: one, or a Series of n with any index.
        from_level: Price level the amounts are in: a budget year, such as 2024.
        to_level: Price level wanted. May be the earlier of the two.
        pl_satser: Rates as fractions (Decimal("0.03") is 3 pct.), by the year each leads to, as `pl_satser` gives.

    Returns:
        Decimal kroner at `to_level`, not rounded; of a Series, one with the same index and length (dtype object).

    Raises:
        MissingSatsError: Years between the two levels have no rate.
        ValueUseError: A level is not a year, or an amount or a rate is not a finite Decimal; a rate of −100 pct. or
            less.
    """
    _check_levels(from_level, to_level)
    _check_satser(pl_satser)
    first, last = sorted((from_level, to_level))
    years = range(first + 1, last + 1)
    if missing := [year for year in years if year not in pl_satser]:
        raise MissingSatsError(missing)
    factor = math.prod((1 + pl_satser[year] for year in years), start=Decimal(1))
    is_back = to_level < from_level
    if not isinstance(beloeb_kr, pd.Series):
        _check_amounts([("beløbet", beloeb_kr)])
        return beloeb_kr / factor if is_back else beloeb_kr * factor
    _check_amounts((f"linje {number}", amount) for number, amount in beloeb_kr.items())
    restated = [amount / factor if is_back else amount * factor for amount in beloeb_kr]
    return pd.Series(restated, index=beloeb_kr.index, name=beloeb_kr.name, dtype=object)


def omregning(beloeb_kr: Decimal, *, from_level: int, to_level: int, pl_satser: Mapping[int, Decimal]) -> pd.DataFrame:
    """Show an amount at each price level on the way to a later one, as far as rates are known.

    Args:
        beloeb_kr, from_level, to_level, pl_satser: As for `restate`; `to_level` is not the earlier of the two.

    Returns:
        One row a year, `from_level` and `to_level` among them: `aar`, `sats` (the rate that leads there; None in the
        first row and where none is known) and `beloeb_kr` (Decimal, not rounded; None from the first missing rate
        on, an open assumption).

    Raises:
        ValueUseError: As for `restate`, or `to_level` is earlier than `from_level`.
    """
    _check_levels(from_level, to_level)
    _check_satser(pl_satser)
    _check_amounts([("beløbet", beloeb_kr)])
    if to_level < from_level:
        raise ValueUseError(f"Omregningen går kun frem: {to_level} ligger før {from_level}.")
    factor: Decimal | None = Decimal(1)
    rows: list[tuple[int, Decimal | None, Decimal | None]] = [(from_level, None, beloeb_kr)]
    for year in range(from_level + 1, to_level + 1):
        sats = pl_satser.get(year)
        factor = None if factor is None or sats is None else factor * (1 + sats)
        rows.append((year, sats, None if factor is None else beloeb_kr * factor))
    return pd.DataFrame(rows, columns=["aar", "sats", "beloeb_kr"], dtype=object)


def pl_satser(tabel: pd.DataFrame, *, slags: str, udgave: str) -> dict[int, Decimal]:
    """Return the rates of one kind in one vintage, each with the correction of earlier years chained in.

    A published rate has two parts: the correction of the level that earlier estimates led to, and the estimate of the
    year itself. They are chained, (1 + korrektion)(1 + skøn) − 1; where they are published as their rounded sum,
    `afvigende_summer` tells where that differs.

    Args:
        tabel: One rate a row: `aar` (int, the year it leads to), `slags` ("service" or "anlæg"), `udgave` (vintage,
            text), `korrektion_pct` (Decimal or None), `skoen_pct` (Decimal) and `samlet_pct` (as published, Decimal
            or None). The three are fractions, as a column of type andel_pct is read. The index is the line number.
        slags: Which kind; the two never stand in for each other.
        udgave: Which vintage; a newer one never takes over by itself.

    Returns:
        Rates as fractions, not rounded, by year in order.

    Raises:
        PosterError: The table's faults, all of them; see `check_satser`.
        ValueUseError: The table has no such kind in such a vintage; tells those it has.
    """
    check_satser(tabel)
    rows = tabel.to_dict("records")
    rates = {row["aar"]: _chained(row) for row in rows if (row["slags"], row["udgave"]) == (slags, udgave)}
    if not rates:
        pairs = dict.fromkeys((row["slags"], row["udgave"]) for row in rows)
        there = dansk.opremsning([f"»{kind}« i udgaven »{vintage}«" for kind, vintage in pairs])
        raise ValueUseError(f"Der er ingen P/L-satser for »{slags}« i udgaven »{udgave}«. Tabellen har {there}.")
    return dict(sorted(rates.items()))


def afvigende_summer(tabel: pd.DataFrame) -> pd.DataFrame:
    """Return the rates whose published sum differs from the chained one at one decimal of per cent.

    Args:
        tabel: As for `pl_satser`; rows without a published sum are passed over.

    Returns:
        `aar`, `slags`, `udgave`, `samlet_pct` (as published) and `kaedet_pct` (chained, not rounded), fractions; the
        index is the line number.

    Raises:
        PosterError: As for `pl_satser`.
    """
    check_satser(tabel)
    chained = pd.Series([_chained(row) for row in tabel.to_dict("records")], index=tabel.index, dtype=object)
    differs = [
        published is not None and rounded(published * 100, 1) != rounded(rate * 100, 1)
        for published, rate in zip(tabel["samlet_pct"], chained, strict=True)
    ]
    columns = ["aar", "slags", "udgave", "samlet_pct", "kaedet_pct"]
    return tabel.assign(kaedet_pct=chained).loc[differs, columns].astype(object)


def check_satser(tabel: pd.DataFrame) -> None:
    """Check a table of rates, as `pl_satser` takes it.

    Raises:
        PosterError: There are no rates, a year, kind, vintage or estimate is missing or unknown, a rate is not a
            Decimal between −100 and 100 pct., or a year stands twice in the same kind and vintage; all faults.
    """
    faults = [] if len(tabel) else [Fault("der er ingen satser")]
    seen: dict[tuple[Any, ...], object] = {}
    for number, row in zip(tabel.index, tabel.to_dict("records"), strict=True):
        where = f"linje {number}, {row['aar']}"
        faults += [Fault(text, where) for text in _row_faults(row)]
        key = (row["aar"], row["slags"], row["udgave"])
        if key in seen:
            faults.append(Fault(f"året står også i linje {seen[key]} med samme slags og udgave", where))
        seen.setdefault(key, number)
    if faults:
        raise PosterError("P/L-satserne", faults)


def diskonteringsfaktor(t: int, schedule: Schedule = DANSK_DISKONTERING) -> Decimal:
    """Return what 1 krone in year `t` is worth in year 0.

    The rates are forward rates and chained: year 36 is discounted one year at the second rate and 35 at the first.
    Using one rate for all of the years up to t would make the factor jump upwards at year 36.

    Args:
        t: Whole years from now, 0 or more.
        schedule: Pairs of the last year a rate holds for (None: from then on) and the rate as a fraction. The usual
            one is the Danish real rate: 3,5 pct. in years 1-35, 2,5 pct. in 36-70, 1,5 pct. after.

    Returns:
        A factor, not rounded; 1 in year 0.

    Raises:
        ValueUseError: `t` is negative, not whole or beyond the schedule, or the schedule makes no sense.

    Source:
        Finansministeriet, »Dokumentationsnotat – den samfundsøkonomiske diskonteringsrente«, 7 January 2021.
    """
    _check_schedule(schedule)
    if not _is_whole(t) or t < 0:
        raise ValueUseError(f"Året t skal være et helt tal på mindst 0, ikke {t}.")
    growth, previous = Decimal(1), 0
    for last, rate in schedule:
        end = t if last is None else min(t, last)
        growth *= (1 + rate) ** (end - previous)
        previous = end
    if previous < t:
        raise ValueUseError(f"Der er ingen diskonteringsrente efter år {previous}, og år {t} skal bruge den.")
    return 1 / growth


def npv(
    flows: Sequence[Decimal] | Mapping[int, Decimal], schedule: Schedule = DANSK_DISKONTERING, *, foerste: int = 0
) -> Decimal:
    """Return the present value of flows of money, in kroner of year 0.

    Args:
        flows: Decimal kroner in fixed prices, since the rates are real: one a year from `foerste` on, or by year,
            counted from 0. A Series with an index of its own is by year.
        schedule: As for `diskonteringsfaktor`, with its source.
        foerste: The year of the first flow of a sequence: 0 when it falls now, 1 when it falls in a year.

    Returns:
        Decimal kroner, not rounded; 0 for no flows.

    Raises:
        ValueUseError: A flow is not a finite Decimal, a year is not one `diskonteringsfaktor` takes, or `foerste` is
            given with flows that tell their own years.
    """
    if isinstance(flows, pd.Series):
        flows = list(flows) if isinstance(flows.index, pd.RangeIndex) else dict(flows.items())
    if isinstance(flows, Mapping) and foerste:
        raise ValueUseError("Udelad foerste: beløbene har selv deres år.")
    if isinstance(flows, Mapping) and any(t > _FARTHEST for t in flows if _is_whole(t)):
        raise ValueUseError(f"Årene tælles fra 0 (i år) og højst til {_FARTHEST}; skriv ikke årstal.")
    dated = list(flows.items()) if isinstance(flows, Mapping) else list(enumerate(flows, foerste))
    _check_amounts((f"år {t}", flow) for t, flow in dated)
    return sum((flow * diskonteringsfaktor(t, schedule) for t, flow in dated), Decimal(0))


def _chained(row: Mapping[Any, Any]) -> Decimal:
    correction: Decimal = row["korrektion_pct"] or Decimal(0)
    estimate: Decimal = row["skoen_pct"]
    return (1 + correction) * (1 + estimate) - 1


def _row_faults(row: Mapping[Any, Any]) -> list[str]:
    """Return what is wrong with one row of a table of rates, seen alone."""
    texts = []
    if not _is_whole(row["aar"]):
        texts.append("aar skal være et årstal")
    if row["slags"] not in (SERVICE, ANLAEG):
        texts.append(f"slags skal være »{SERVICE}« eller »{ANLAEG}«, ikke »{row['slags']}«")
    if not isinstance(row["udgave"], str) or not row["udgave"].strip():
        texts.append("udgave mangler; skriv, hvilken udgave af satserne det er")
    if row["skoen_pct"] is None:
        texts.append("skoen_pct mangler")
    for name in ("korrektion_pct", "skoen_pct", "samlet_pct"):
        if row[name] is not None and not (_is_sats(row[name]) and row[name] < 1):
            texts.append(f"{name} skal ligge mellem −100 % og 100 %; giv kolonnen typen andel_pct i kilden")
    return texts


def _is_number(value: object) -> TypeGuard[Decimal]:
    return isinstance(value, Decimal) and value.is_finite()


def _is_sats(value: object) -> TypeGuard[Decimal]:
    return _is_number(value) and value > -1


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _check_levels(*levels: object) -> None:
    if not all(_is_whole(level) for level in levels):
        raise ValueUseError("Et prisniveau skal være et årstal; løbende priser kan ikke omregnes.")


def _check_satser(pl_satser: Mapping[int, Decimal]) -> None:
    if wrong := [str(year) for year, sats in pl_satser.items() if not _is_sats(sats)]:
        told = dansk.opremsning(wrong)
        raise ValueUseError(f"En P/L-sats skal være en Decimal over −1, hvor 0,03 er 3 %. Ret satsen for {told}.")


def _check_amounts(amounts: Iterable[tuple[str, object]]) -> None:
    if wrong := [where for where, amount in amounts if not _is_number(amount)]:
        raise ValueUseError(f"Et beløb skal være en endelig Decimal. Ret {dansk.opremsning(wrong)}.")


def _check_schedule(schedule: Schedule) -> None:
    ends = [math.inf if last is None else last for last, _ in schedule]
    grows = all(before < after for before, after in zip([0, *ends], ends, strict=False))
    if not (ends and grows and all(_is_sats(rate) for _, rate in schedule)):
        raise ValueUseError(
            "Diskonteringsrenterne skal stå som (sidste år, rente) med stigende år, højst det sidste uden år (None), "
            "og hver rente skal være en Decimal over −1."
        )


def summer_i_ord(tabel: pd.DataFrame) -> list[str]:
    """Tell each row whose published sum is not what its two parts give when chained, as notes below a table."""
    return [
        f"{row['slags']} {row['aar']} ({row['udgave']}): kilden skriver {dansk.pct(row['samlet_pct'])} i alt; "
        f"de to dele giver {dansk.pct(row['kaedet_pct'], 2)}."
        for row in afvigende_summer(tabel).to_dict("records")
    ]
