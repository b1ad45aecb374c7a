"""Rekruttering: how many letters bring enough volunteers, how many reserves keep the seats filled, what letters cost.

Response rates differ far more from one assembly to the next than chance alone would make them. So letters are planned
with a spread between assemblies (rho, the intra-class correlation) and not with the narrow interval around one rate.
The lottery among those who volunteer is not here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Real
from typing import Any

import pandas as pd

from budgetanalyser.errors import Fault, PosterError, ValueUseError
from budgetanalyser.kroner import largest_remainder, rounded

Number = Decimal | Fraction | float

MOST_LETTERS = 100_000_000  # More than there are people to write to; a search that comes so far has no answer.
_LEAST_RHO = 1e-10  # Below it scipy's beta-binomial loses its digits, and the spread is none that anyone would see.
_SLACK = 1 + 1e-12  # A float's own error must not cost a letter where the risk is met exactly.
_Z95 = Decimal("1.959963984540054")  # The normal distribution's 97.5 per cent point.


@dataclass(frozen=True)
class Brevudgift:
    """What letters cost: how many of them on paper and how many by Digital Post, and kroner in all."""

    fysiske: int
    digitale: int
    beloeb_kr: Decimal


@dataclass(frozen=True)
class Prior:
    """The spread of published response rates: their number, mean, least and greatest, as fractions, and rho."""

    antal: int
    middel: Decimal
    mindste: Decimal
    stoerste: Decimal
    rho: Decimal


def letters_needed(rate: Number, volunteers: int, confidence: Number, rho: Number = 0) -> int:
    """Return the fewest letters that bring enough volunteers with the confidence asked for.

    The smallest n with P(X ≥ volunteers) ≥ confidence, where X is binomial (n, rate), or with rho > 0 beta-binomial
    with a = rate(1 − rho)/rho and b = (1 − rate)(1 − rho)/rho: the rate is then itself uncertain, with variance
    rho·rate(1 − rate).

    Args:
        rate: Share of those invited who volunteer, over 0 and at most 1. A float is taken as it is written.
        volunteers: How many are wanted, 1 or more.
        confidence: Probability of getting them, between 0 and 1.
        rho: Intra-class correlation, 0 or more and under 1; `prior` gives one.

    Returns:
        Letters, a whole number.

    Raises:
        ValueUseError: An argument is outside its bounds, or 100 million letters are not enough.
    """
    _refuse(_wrong_rate(rate) + _wrong_count(volunteers, "antallet af frivillige") + _wrong_risk(confidence, rho))
    return _smallest(rate, volunteers, confidence, rho, "breve")


def letters_expected(rate: Number, volunteers: int) -> int:
    """Return the letters that bring enough volunteers on average; in about half of the cases too few.

    Args:
        rate, volunteers: As for `letters_needed`.

    Returns:
        volunteers / rate, rounded up.

    Raises:
        ValueUseError: An argument is outside its bounds.
    """
    _refuse(_wrong_rate(rate) + _wrong_count(volunteers, "antallet af frivillige"))
    return math.ceil(volunteers / _fraction(rate))


def letters_plan(strata: pd.DataFrame, *, confidence: Number, rho: Number = 0) -> pd.DataFrame:
    """Plan the letters of each stratum so that all of them together get enough volunteers.

    Each of S strata is planned at confidence^(1/S). If they answer independently, all succeed with the confidence
    asked for; if they answer well or badly together, with more.

    Args:
        strata: One a row: `stratum` (text), `oensket` (int, volunteers wanted) and `svarrate` (Decimal fraction).
        confidence: Probability that no stratum falls short, between 0 and 1.
        rho: As for `letters_needed`, within each stratum.

    Returns:
        The three columns and `forventet` (letters that are enough on average) and `breve` (letters to send), in the
        order given.

    Raises:
        ValueUseError: The confidence or rho is outside its bounds.
        PosterError: There are no strata, a name is missing or stands twice, a number is outside its bounds, or a
            stratum needs over 100 million letters; all faults.
    """
    _refuse(_wrong_risk(confidence, rho))
    _check_strata(strata)
    each = float(confidence) ** (1 / len(strata))
    rows, faults = [], []
    for number, row in zip(strata.index, strata.to_dict("records"), strict=True):
        name, wanted, rate = row["stratum"], row["oensket"], row["svarrate"]
        try:
            rows.append((name, wanted, rate, letters_expected(rate, wanted), letters_needed(rate, wanted, each, rho)))
        except ValueUseError as error:
            faults.append(Fault(str(error), _where(number, name)))
    if faults:
        raise PosterError("delgrupperne", faults)
    return pd.DataFrame(rows, columns=["stratum", "oensket", "svarrate", "forventet", "breve"], dtype=object)


def fordel(strata: pd.DataFrame, letters: int) -> pd.DataFrame:
    """Share a number of letters out, so that each stratum can expect volunteers in proportion to those wanted.

    Args:
        strata: As for `letters_plan`.
        letters: Letters in all, 1 or more.

    Returns:
        The three columns and `breve`: in proportion to wanted / rate, rounded to add up (largest remainder).

    Raises:
        PosterError, ValueUseError: As for `letters_plan`.
    """
    _refuse(_wrong_count(letters, "antallet af breve"))
    _check_strata(strata)
    weights = [_fraction(row["oensket"]) / _fraction(row["svarrate"]) for row in strata.to_dict("records")]
    exact = [Decimal(weight.numerator) / weight.denominator for weight in weights]
    shares = largest_remainder([letters * one / sum(exact, Decimal(0)) for one in exact])
    return strata[["stratum", "oensket", "svarrate"]].assign(
        breve=pd.Series([int(one) for one in shares], index=strata.index, dtype=object)
    )


def reserves_needed(seats: int, dropout: Number, confidence: Number, rho: Number = 0) -> int:
    """Return the fewest reserves that keep all seats filled with the confidence asked for.

    The smallest k with P(X ≥ seats) ≥ confidence, where X of seats + k persons stay, each with probability
    1 − dropout; the distribution is that of `letters_needed`.

    Args:
        seats: Seats to fill, 1 or more.
        dropout: Share of those drawn who do not come or do not stay, 0 or more and under 1.
        confidence, rho: As for `letters_needed`.

    Returns:
        Reserves, 0 or more, to be drawn in addition to the seats.

    Raises:
        ValueUseError: An argument is outside its bounds, or 100 million persons are not enough.
    """
    wrong_dropout = _outside(dropout, "frafaldet", "mindst 0 og under 1 (0,1 er 10 %)", lambda share: 0 <= share < 1)
    _refuse(_wrong_count(seats, "antallet af pladser") + wrong_dropout + _wrong_risk(confidence, rho))
    return _smallest(1 - _fraction(dropout), seats, confidence, rho, "personer") - seats


def letter_cost(
    letters: int,
    *,
    fysisk_andel: Decimal,
    fysisk_kr: Decimal,
    digital_kr: Decimal,
    opstart_kr: Decimal = Decimal(0),
) -> Brevudgift:
    """Return what letters cost when some of them must go on paper.

    Args:
        letters: Letters in all, 0 or more.
        fysisk_andel: Share of letters on paper, to those exempt from Digital Post, from 0 to 1.
        fysisk_kr: Kroner a letter on paper: print, envelope and postage.
        digital_kr: Kroner a letter by Digital Post.
        opstart_kr: Kroner once, whatever the number.

    Returns:
        Letters on paper (rounded up), the rest, and Decimal kroner, not rounded.

    Raises:
        ValueUseError: A number is negative, not finite or, of the share, above 1; all of them in one message.
    """
    prices = {"fysisk_kr": fysisk_kr, "digital_kr": digital_kr, "opstart_kr": opstart_kr}
    wrong = _wrong_count(letters, "antallet af breve", least=0)
    wrong += _outside(fysisk_andel, "fysisk_andel", "fra 0 til 1 (0,1 er 10 %)", lambda share: 0 <= share <= 1)
    for name, price in prices.items():
        if not (isinstance(price, Decimal) and price.is_finite() and price >= 0):
            wrong.append(f"{name} skal være en Decimal på mindst 0, ikke {_told(price)}")
    _refuse(wrong)
    on_paper = math.ceil(letters * _fraction(fysisk_andel))
    digital = letters - on_paper
    return Brevudgift(on_paper, digital, opstart_kr + on_paper * fysisk_kr + digital * digital_kr)


def rater(publicerede: pd.DataFrame) -> pd.DataFrame:
    """Add response rates to published numbers of letters and volunteers.

    The interval tells the chance within one assembly only; the next assembly may well lie outside it (see `prior`).

    Args:
        publicerede: One assembly a row: `navn` (text), `inviterede` (int), `tilmeldte` (int or None) and `pladser`
            (int or None).

    Returns:
        The four columns and `svarrate` (tilmeldte / inviterede), `lav` and `hoej` (its Wilson 95 % interval, 6
        decimals) and `inviterede_pr_plads`: Decimal, or None where a number is not published. n rows in order.

    Raises:
        PosterError: A name is missing or stands twice, a number is not whole or not 1 or more (`tilmeldte`: 0 or
            more), or more volunteered than were invited; all faults.

    Source:
        Wilson, E.B. (1927): Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
    """
    _check_rater(publicerede)
    rows = []
    for row in publicerede.to_dict("records"):
        invited, came, seats = row["inviterede"], row["tilmeldte"], row["pladser"]
        rate = None if came is None else Decimal(came) / invited
        low, high = (None, None) if rate is None else _wilson(rate, invited)
        per_seat = None if seats is None else Decimal(invited) / seats
        rows.append((row["navn"], invited, came, seats, rate, low, high, per_seat))
    names = ["navn", "inviterede", "tilmeldte", "pladser", "svarrate", "lav", "hoej", "inviterede_pr_plads"]
    return pd.DataFrame(rows, columns=names, dtype=object)


def prior(publicerede: pd.DataFrame) -> Prior:
    """Return how published response rates spread from one assembly to the next, as a beta distribution by moments.

    Each assembly counts alike, whatever its size. With k rates pᵢ of nᵢ letters, m their mean, s² their variance
    (divisor k − 1) and h the mean of 1/nᵢ, a beta-binomial rate has E(s²) = m(1 − m)(h + rho(1 − h)); the part with h
    alone is binomial noise. So rho = (s²/(m(1 − m)) − h)/(1 − h), and 0 where noise explains all. The beta
    distribution has a = m(1 − rho)/rho and b = (1 − m)(1 − rho)/rho, so that rho = 1/(a + b + 1).

    Args:
        publicerede: As for `rater`; rows without `tilmeldte` are passed over.

    Returns:
        Number of rates, mean, least and greatest, and rho; Decimal fractions, not rounded.

    Raises:
        PosterError: As for `rater`.
        ValueUseError: Fewer than 3 rates, or rates that no beta distribution fits, such as 0, 0 and 1.

    Source:
        Kleinman, J.C. (1973): Proportions with extraneous variance: single and independent samples. JASA 68, 46-54,
        with equal weights.
    """
    _check_rater(publicerede)
    known = publicerede.loc[[came is not None for came in publicerede["tilmeldte"]]].to_dict("records")
    rates = [Decimal(row["tilmeldte"]) / row["inviterede"] for row in known]
    count = len(rates)
    if count < 3:
        raise ValueUseError(f"Der skal mindst 3 publicerede svarrater til at skønne deres spredning; her er {count}.")
    mean = sum(rates, Decimal(0)) / count
    variance = sum(((rate - mean) ** 2 for rate in rates), Decimal(0)) / (count - 1)
    noise = sum((1 / Decimal(row["inviterede"]) for row in known), Decimal(0)) / count
    within = mean * (1 - mean)
    rho = (variance / within - noise) / (1 - noise) if within and noise < 1 else Decimal(1)
    if rho >= 1:
        raise ValueUseError("Svarraterne ligger så tæt på 0 og 1, at ingen betafordeling passer. Se efter i kilden.")
    return Prior(antal=count, middel=mean, mindste=min(rates), stoerste=max(rates), rho=max(Decimal(0), rho))


def _smallest(rate: Number, wanted: int, confidence: Number, rho: Number, said: str) -> int:
    """Return the smallest n that meets the risk, by doubling and bisection: the risk only falls as n grows."""
    allowed = float(1 - _fraction(confidence)) * _SLACK
    risk = _shortfall(float(rate), wanted, float(rho))
    too_few, enough = wanted - 1, wanted
    while enough > MOST_LETTERS or risk(enough) > allowed:
        if enough >= MOST_LETTERS:
            raise ValueUseError(
                f"Selv 100 mio. {said} er ikke nok til den sikkerhed. Sænk sikkerheden, rho eller det ønskede antal."
            )
        too_few, enough = enough, min(2 * enough, MOST_LETTERS)
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if risk(middle) <= allowed else (middle, enough)
    return enough


def _shortfall(rate: float, wanted: int, rho: float) -> Callable[[int], float]:
    """Return the probability, by n, that fewer than `wanted` of n say yes."""
    from scipy.stats import betabinom, binom

    if rho < _LEAST_RHO or rate == 1:
        return lambda n: float(binom.cdf(wanted - 1, n, rate))
    a, b = rate * (1 - rho) / rho, (1 - rate) * (1 - rho) / rho
    return lambda n: float(betabinom.cdf(wanted - 1, n, a, b))


def _wilson(rate: Decimal, n: int) -> tuple[Decimal, Decimal]:
    """Return Wilson's 95 % interval of a share of n, rounded to 6 decimals."""
    z2 = _Z95**2
    centre = rate + z2 / (2 * n)
    half = _Z95 * (rate * (1 - rate) / n + z2 / (4 * n**2)).sqrt()
    low, high = ((centre + side * half) / (1 + z2 / n) for side in (-1, 1))
    return rounded(low, 6), rounded(high, 6)


def _check_strata(strata: pd.DataFrame) -> None:
    faults = [] if len(strata) else [Fault("der er ingen delgrupper")]
    faults += _name_faults(strata, "stratum")
    for number, row in zip(strata.index, strata.to_dict("records"), strict=True):
        texts = _wrong_count(row["oensket"], "oensket") + _wrong_rate(row["svarrate"])
        faults += [Fault(text, _where(number, row["stratum"])) for text in texts]
    if faults:
        raise PosterError("delgrupperne", faults)


def _check_rater(publicerede: pd.DataFrame) -> None:
    faults = _name_faults(publicerede, "navn")
    for number, row in zip(publicerede.index, publicerede.to_dict("records"), strict=True):
        faults += [Fault(text, _where(number, row["navn"])) for text in _wrong_numbers(row)]
    if faults:
        raise PosterError("de publicerede svarrater", faults)


def _wrong_numbers(row: Mapping[Any, Any]) -> list[str]:
    invited, came, seats = row["inviterede"], row["tilmeldte"], row["pladser"]
    texts = _wrong_count(invited, "inviterede")
    texts += [] if came is None else _wrong_count(came, "tilmeldte", least=0)
    if not texts and came is not None and came > invited:
        texts.append(f"der er flere tilmeldte ({came}) end inviterede ({invited})")
    return texts + ([] if seats is None else _wrong_count(seats, "pladser"))


def _name_faults(table: pd.DataFrame, column: str) -> list[Fault]:
    faults = []
    seen: dict[str, object] = {}
    for number, name in table[column].items():
        if not isinstance(name, str) or not name.strip():
            faults.append(Fault(f"{column} mangler", f"linje {number}"))
        elif name in seen:
            faults.append(Fault(f"navnet står også i linje {seen[name]}", _where(number, name)))
        else:
            seen[name] = number
    return faults


def _where(number: object, name: object) -> str:
    return f"linje {number}, »{name}«"


def _wrong_rate(rate: object) -> list[str]:
    return _outside(rate, "svarraten", "over 0 og højst 1 (0,02 er 2 %)", lambda share: 0 < share <= 1)


def _wrong_risk(confidence: object, rho: object) -> list[str]:
    wrong_confidence = _outside(confidence, "sikkerheden", "mellem 0 og 1 (0,95 er 95 %)", lambda share: 0 < share < 1)
    return wrong_confidence + _outside(rho, "rho", "mindst 0 og under 1", lambda share: 0 <= share < 1)


def _wrong_count(number: object, name: str, *, least: int = 1) -> list[str]:
    is_right = isinstance(number, Integral) and not isinstance(number, bool) and int(number) >= least
    return [] if is_right else [f"{name} skal være et helt tal på mindst {least}, ikke {_told(number)}"]


def _outside(number: object, name: str, said: str, is_inside: Callable[[Fraction], bool]) -> list[str]:
    """Return what is wrong with a number, as one clause in Danish, or nothing."""
    try:
        is_right = is_inside(_fraction(number))
    except ValueError:
        is_right = False
    return [] if is_right else [f"{name} skal være {said}, ikke {_told(number)}"]


def _told(value: object) -> str:
    return "tom" if value is None else str(value).replace(".", ",")


def _fraction(number: object) -> Fraction:
    """Return a number exactly, a float as it is written: 0.02 is 2/100."""
    if isinstance(number, bool) or not isinstance(number, (Real, Decimal)):
        raise ValueError(f"{number} is not a number")
    return Fraction(str(number))


def _refuse(wrong: list[str]) -> None:
    if wrong:
        text = "; ".join(wrong)
        raise ValueUseError(f"{text[0].upper()}{text[1:]}.")
