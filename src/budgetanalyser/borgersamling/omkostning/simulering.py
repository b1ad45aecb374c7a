"""Simulering: the total cost as a distribution, from many draws of prices and drivers.

Correlation is said through shared drivers first: lines whose formulas name the same uncertain driver move together.
What is left between prices can be given as a coefficient; it is the ordinary correlation between the amounts (a
Gaussian copula made to hit it). The same seed gives the same draws on any number of threads.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from budgetanalyser.borgersamling.omkostning import fordelinger, korrelation
from budgetanalyser.borgersamling.omkostning.drivere import Drivere
from budgetanalyser.borgersamling.omkostning.fordelinger import LOGNORMAL, Fordeling
from budgetanalyser.borgersamling.omkostning.formler import Formel
from budgetanalyser.borgersamling.omkostning.poster import INDTAEGT, MOMSSATS, check, netto_faktor
from budgetanalyser.errors import Fault, PosterError, ValueUseError, file_of
from budgetanalyser.statistik import andel, kroner

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MEST_TRAEKNINGER = 50_000_000
_BLOCK = 32_768  # Draws at a time: small enough to stay in the processor's cache.
_CELLS = 4_096  # Steps of an inverse distribution function; between them it is a straight line.
_INGEN_DRIVERE = Drivere({}, {}, {})


@dataclass(frozen=True)
class Simulation:
    """What a simulation gave. Amounts are float kroner: statistics, not accounts.

    Attributes:
        beloeb: The total of each draw, in the order drawn.
        punkt_kr: The point estimate: every price and driver at its most likely value.
        seed: What the draws follow from.
        noter: What a reader must be told, in Danish; usually nothing.
    """

    beloeb: Array = field(repr=False)
    punkt_kr: Decimal
    seed: int
    noter: tuple[str, ...] = ()

    @cached_property
    def _sorted(self) -> Array:
        import numpy as np

        return np.sort(self.beloeb)

    @property
    def draws(self) -> int:
        """How many totals were drawn."""
        return len(self.beloeb)

    @cached_property
    def mean(self) -> float:
        """Mean of the totals."""
        return float(self.beloeb.mean())

    @cached_property
    def sd(self) -> float:
        """Standard deviation of the totals."""
        return float(self.beloeb.std())

    @property
    def standardfejl(self) -> float:
        """Standard error of the mean: how far the draws alone may have moved it."""
        return self.sd / math.sqrt(self.draws)

    def quantile(self, q: float | Decimal) -> float:
        """Return the amount that a share `q` of the totals do not exceed; 0.8 is P80.

        Raises:
            ValueUseError: `q` is not from 0 to 1.
        """
        import numpy as np

        if not 0 <= q <= 1:
            raise ValueUseError(f"En fraktil skal ligge fra 0 til 1, ikke {q}. Skriv 0.8 for 80 %.")
        return float(np.quantile(self._sorted, float(q)))

    def percentile_of(self, amount: float | Decimal) -> float:
        """Return the share of totals that do not exceed `amount` kroner, from 0 to 1."""
        import numpy as np

        if not math.isfinite(amount):
            raise ValueUseError(f"Beløbet skal være et tal, ikke {amount}.")
        # A total that is exactly the amount may be a millionth of a krone above it in floating point.
        return float(np.searchsorted(self._sorted, float(amount) + 1e-6, side="right")) / self.draws

    def reserve_kr(self, q: float | Decimal) -> Decimal:
        """Return what must be set aside above the point estimate to hold in a share `q` of all cases, in kroner."""
        return kroner(self.quantile(q)) - self.punkt_kr

    def s_kurve(self, trin: int = 100) -> pd.DataFrame:
        """Return the cumulative curve: `andel` (Decimal fraction) and `beloeb_kr` (Decimal), `trin` − 1 points."""
        shares = [Decimal(step) / trin for step in range(1, trin)]
        rows = [{"andel": share, "beloeb_kr": kroner(self.quantile(share))} for share in shares]
        return pd.DataFrame(rows, dtype=object)

    def konvergens(self, ramme_kr: Decimal, sikkerhed: Decimal = Decimal("0.8")) -> pd.DataFrame:
        """Return how the answers settle as draws are added.

        Returns:
            `traekninger` (1.000, 10.000, … all), `middel_kr`, `midt_kr`, `sikkert_kr` (the quantile `sikkerhed`),
            Decimal, and `holder` (the share of totals within `ramme_kr`, Decimal).
        """
        counts = [10**power for power in range(3, 9) if 10**power < self.draws] + [self.draws]
        rows = []
        for count in counts:
            part = Simulation(self.beloeb[:count], self.punkt_kr, self.seed)
            rows.append(
                {
                    "traekninger": count,
                    "middel_kr": kroner(part.mean),
                    "midt_kr": kroner(part.quantile(0.5)),
                    "sikkert_kr": kroner(part.quantile(sikkerhed)),
                    "holder": andel(part.percentile_of(ramme_kr)),
                }
            )
        return pd.DataFrame(rows, dtype=object)


def simulate(
    lines: pd.DataFrame,
    *,
    draws: int,
    seed: int,
    correlation: float | Decimal | Sequence[Sequence[float]] | None = None,
    drivere: Drivere | None = None,
    momssats: Decimal = MOMSSATS,
) -> Simulation:
    """Draw the total cost many times.

    Args:
        lines: `post`, `minimum`, `mest_sandsynlig`, `maksimum` and `fordeling` (`fast|trekant|pert|lognormal`), one row
            a line. With a column `maengde` these are unit prices, as `poster.linjer` gives them, and a line's amount is
            quantity times net price; without it they are the line's amounts in kroner.
        draws: How many totals; 100.000 settles most answers to a tenth of a per cent.
        seed: A whole number from 0 up; the same number gives the same draws.
        correlation: One coefficient between every pair of lines, or a matrix in the order of the lines.
        drivere: The drivers that `maengde` names.
        momssats: VAT as a fraction.

    Raises:
        PosterError: Faults of the lines, all at once.
        ValueUseError: Draws, seed or correlation that cannot be.
    """
    import numpy as np

    _check_numbers(draws, seed)
    model = _Model.of(lines, drivere or _INGEN_DRIVERE, momssats)
    mixing, notes = korrelation.mixing(correlation, model.priser)
    totals = np.empty(draws)
    starts = range(0, draws, _BLOCK)
    streams = np.random.SeedSequence(seed).spawn(len(starts))

    def fill(start: int, stream: Any) -> None:
        block = totals[start : start + _BLOCK]
        block[:] = model.total(np.random.Generator(np.random.SFC64(stream)), len(block), mixing)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(fill, starts, streams))
    if not np.isfinite(totals).all():
        raise PosterError(file_of(lines, "posterne"), [Fault("en formel dividerer med noget, der kan blive 0")])
    return Simulation(totals, model.punkt_kr(), seed, tuple(notes))


def _check_numbers(draws: int, seed: int) -> None:
    if isinstance(draws, bool) or not isinstance(draws, int) or not 1 <= draws <= MEST_TRAEKNINGER:
        raise ValueUseError(f"Antallet af trækninger skal være et helt tal fra 1 til {MEST_TRAEKNINGER}, ikke {draws}.")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueUseError(f"Frøet (seed) skal være et helt tal fra 0 og op, ikke {seed}.")


@dataclass(frozen=True)
class _Model:
    """The cost as a function of its uncertain inputs: prices by line and drivers by name."""

    poster: tuple[str, ...]
    priser: tuple[Fordeling, ...]
    maengder: tuple[Formel | None, ...]
    netto: tuple[Decimal, ...]
    priser_kr: tuple[Decimal, ...]
    drivere: Drivere

    @classmethod
    def of(cls, lines: pd.DataFrame, drivere: Drivere, momssats: Decimal) -> _Model:
        priced = "maengde" in lines
        formulas: list[Formel] = check(lines, drivere) if priced else []
        if not priced:
            _check_amounts(lines)
        rows = lines.to_dict("records")
        return cls(
            poster=tuple(str(row["post"]) for row in rows),
            priser=tuple(fordelinger.of(row) for row in rows),
            maengder=tuple(formulas) if priced else (None,) * len(rows),
            netto=tuple(netto_faktor(row["moms"], momssats) if priced else Decimal(1) for row in rows),
            priser_kr=tuple(Decimal(str(row["mest_sandsynlig"])) for row in rows),
            drivere=drivere,
        )

    def punkt_kr(self) -> Decimal:
        quantities = self._quantities(self.drivere.exact(), Decimal)
        parts = [q * net * price for q, net, price in zip(quantities, self.netto, self.priser_kr, strict=True)]
        return sum(parts, Decimal(0))

    def _quantities(self, values: Mapping[str, Any], number: Callable[[str], Any]) -> list[Any]:
        """Return each line's quantity, exact or as arrays; refused where it can be negative or divides by zero."""
        found = []
        for post, formula in zip(self.poster, self.maengder, strict=True):
            try:
                quantity = formula.value(values, number) if formula else number("1")
            except ZeroDivisionError:
                raise PosterError("posterne", [Fault("formlen dividerer med 0", f"»{post}«")]) from None
            least = quantity.min() if hasattr(quantity, "min") and not isinstance(quantity, Decimal) else quantity
            if least < 0:
                said = f"mængden kan blive negativ med formlen {formula.tekst if formula else ''}"
                raise PosterError("posterne", [Fault(said, f"»{post}«")])
            found.append(quantity)
        return found

    @cached_property
    def usikre(self) -> dict[str, Fordeling]:
        """The uncertain inputs: drivers by name, then prices by post."""
        prices = {f"pris: {post}": one for post, one in zip(self._unique, self.priser, strict=True) if not one.is_fixed}
        return {**self._usikre_drivere, **prices}

    @cached_property
    def _usikre_drivere(self) -> dict[str, Fordeling]:
        """The uncertain drivers that a line hangs on, by itself or through a derived one."""
        used = self.drivere.brugt({name for formula in self.maengder if formula for name in formula.navne})
        return {name: one for name, one in self.drivere.usikre.items() if name in used}

    @cached_property
    def _unique(self) -> list[str]:
        """Each line's post, numbered where another line has the same name."""
        names: list[str] = []
        for post in self.poster:
            name, number = post, 1
            while name in names:
                number += 1
                name = f"{post} ({number})"
            names.append(name)
        return names

    @cached_property
    def _tables(self) -> dict[str, _Table]:
        return {name: _Table.of(one) for name, one in self.usikre.items()}

    def total(self, rng: np.random.Generator, count: int, mixing: Array | None) -> Array:
        """Return `count` totals."""
        import numpy as np

        work = np.empty(count), np.empty(count), np.empty(count, np.intp)
        drawn = {name: self._tables[name].draw(rng, work).copy() for name in self._usikre_drivere}
        if mixing is None and not drawn:
            return self._sum(count, None, self._prices(rng, work))
        prices = self._prices(rng, work) if mixing is None else self._mixed(rng, count, mixing)
        return self._sum(count, drawn, prices)

    def _prices(self, rng: np.random.Generator, work: tuple[Any, ...]) -> Iterator[Any]:
        for name, one in zip(self._unique, self.priser, strict=True):
            yield one.mest_sandsynlig if one.is_fixed else self._tables[f"pris: {name}"].draw(rng, work)

    def _mixed(self, rng: np.random.Generator, count: int, mixing: Array) -> Iterator[Any]:
        import numpy as np
        from scipy.special import ndtr

        shares = ndtr(mixing @ rng.standard_normal((mixing.shape[1], count)))
        work = np.empty(count), np.empty(count), np.empty(count, np.intp)
        for name, one, share in zip(self._unique, self.priser, shares, strict=True):
            yield one.mest_sandsynlig if one.is_fixed else self._tables[f"pris: {name}"].at(share, work)

    def _sum(self, count: int, drawn: Mapping[str, Any] | None, prices: Iterator[Any]) -> Array:
        import numpy as np

        total = np.zeros(count)
        with np.errstate(divide="ignore", invalid="ignore"):
            factors = self._fixed_factors if drawn is None or not drawn else self.factors(drawn)
            for factor, price in zip(factors, prices, strict=True):
                if isinstance(price, np.ndarray) and isinstance(factor, float):
                    np.add(total, price if factor == 1 else np.multiply(price, factor, out=price), out=total)
                else:
                    total += factor * price
        return total

    @cached_property
    def _fixed_factors(self) -> list[Any]:
        return self.factors({})

    def factors(self, drawn: Mapping[str, Any]) -> list[Any]:
        """Return what each line's price is multiplied by: quantity and VAT, a number or an array."""
        quantities = self._quantities(self.drivere.arrays(drawn), float)
        return [quantity * float(net) for quantity, net in zip(quantities, self.netto, strict=True)]

    def at(self, values: Mapping[str, Any]) -> Any:
        """Return the total, number or array, where the uncertain inputs have the given values."""
        factors = self.factors({name: values[name] for name in self._usikre_drivere})
        total: Any = 0.0
        for name, one, factor in zip(self._unique, self.priser, factors, strict=True):
            total = total + factor * values.get(f"pris: {name}", one.mest_sandsynlig)
        return total


def _check_amounts(lines: pd.DataFrame) -> None:
    needed = ("post", "minimum", "mest_sandsynlig", "maksimum", "fordeling")
    faults = [Fault(f"kolonnen »{name}« mangler") for name in needed if name not in lines]
    if not faults and lines.empty:
        faults = [Fault("der er ingen linjer")]
    for line, row in [] if faults else zip(lines.index, lines.to_dict("records"), strict=True):
        is_income = row.get("slags") == INDTAEGT
        faults += fordelinger.faults(row, f"linje {line}, »{row['post']}«", may_be_negative=is_income)
    if faults:
        raise PosterError(file_of(lines, "posterne"), faults)


@dataclass(frozen=True)
class _Table:
    """A distribution as a line chart of its quantiles: 4.096 steps of equal probability, straight lines between.

    The error is well below that of the draws: under a hundred-thousandth of the span in the mean. A lognormal has no
    end, so what falls in its outermost steps is worked out from the formula instead.
    """

    one: Fordeling
    intercept: Array
    slope: Array

    @classmethod
    def of(cls, one: Fordeling) -> _Table:
        import numpy as np

        nodes = one.quantiles(_CELLS)
        slope = np.diff(nodes)
        return cls(one, nodes[:-1] - slope * np.arange(_CELLS), slope)

    def draw(self, rng: np.random.Generator, work: tuple[Any, ...]) -> Array:
        """Return draws in the first of the three work arrays, which the next call overwrites."""
        rng.random(out=work[0])
        return self.at(work[0], work)

    def at(self, share: Array, work: tuple[Any, ...]) -> Array:
        """Return the quantiles of `share` in the first work array, which may be `share` itself."""
        import numpy as np

        u, other, cell = work
        np.multiply(share, _CELLS, out=u)
        np.copyto(cell, u, casting="unsafe")
        if self.one.navn == LOGNORMAL:
            # Below the first step and in the last: as unsigned numbers, both lie at the top.
            ends = np.flatnonzero((cell - 1).view(np.uintp) >= _CELLS - 2)
            at_ends = self.one.ppf(u[ends] / _CELLS)
        np.take(self.slope, cell, out=other, mode="clip")
        np.multiply(u, other, out=u)
        np.take(self.intercept, cell, out=other, mode="clip")
        np.add(u, other, out=u)
        if self.one.navn == LOGNORMAL:
            u[ends] = at_ends
        return np.asarray(u)
