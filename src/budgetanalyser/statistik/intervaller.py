"""How sure a share, a number of events or a difference is; never by Wald, which leaves the possible.

A turnout from a complete voter file is a census: an interval then describes the process that made it, not a sample.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from budgetanalyser.statistik.krav import number, refuse, told, wrong_confidence, wrong_count, wrong_part


def wilson(k: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's score interval of the share k/n.

    Args:
        k: Those who did, 0 to n.
        n: Those who could, 1 or more.
        confidence: Between 0 and 1.

    Returns:
        Low and high, fractions from 0 to 1.

    Raises:
        ValueUseError: An argument is outside its bounds.

    Source:
        Wilson, E.B. (1927): Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
    """
    refuse(wrong_part(k, n) + wrong_confidence(confidence))
    z = NormalDist().inv_cdf((1 + float(confidence)) / 2)
    share = k / n
    centre = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return (0.0 if k == 0 else (centre - half) / scale, 1.0 if k == n else (centre + half) / scale)


def clopper_pearson(k: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of the share k/n: wider than `wilson`, and never too narrow.

    Args, Returns, Raises:
        As for `wilson`.

    Source:
        Clopper, C.J. & Pearson, E.S. (1934): The use of confidence or fiducial limits. Biometrika 26, 404-413.
    """
    from scipy.stats import beta

    refuse(wrong_part(k, n) + wrong_confidence(confidence))
    tail = (1 - float(confidence)) / 2
    low = 0.0 if k == 0 else float(beta.ppf(tail, k, n - k + 1))
    high = 1.0 if k == n else float(beta.ppf(1 - tail, k + 1, n - k))
    return low, high


def poisson(k: int, exposure: float = 1.0, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a rate of events.

    Args:
        k: Events counted, 0 or more.
        exposure: What they are counted over, such as 1,000 inhabitants or years; over 0.
        confidence: Between 0 and 1.

    Returns:
        Low and high, events a unit of exposure.

    Raises:
        ValueUseError: An argument is outside its bounds.

    Source:
        Garwood, F. (1936): Fiducial limits for the Poisson distribution. Biometrika 28, 437-442.
    """
    from scipy.stats import chi2

    wrong = [] if number(exposure) > 0 else [f"»exposure« skal være et tal over 0, ikke {told(exposure)}"]
    refuse(wrong_count(k, "k") + wrong + wrong_confidence(confidence))
    tail = (1 - float(confidence)) / 2
    low = 0.0 if k == 0 else float(chi2.ppf(tail, 2 * k)) / 2
    return low / exposure, float(chi2.ppf(1 - tail, 2 * k + 2)) / 2 / exposure


def newcombe(k1: int, n1: int, k2: int, n2: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the hybrid score interval of the difference k2/n2 − k1/n1 between two independent groups.

    Args:
        k1, n1: Those who did of those who could in the first group, as for `wilson`.
        k2, n2: The same in the second.
        confidence: Between 0 and 1.

    Returns:
        Low and high, fractions from −1 to 1.

    Raises:
        ValueUseError: An argument is outside its bounds; all of them.

    Source:
        Newcombe, R.G. (1998): Interval estimation for the difference between independent proportions, method 10.
        Statistics in Medicine 17, 873-890.
    """
    refuse(wrong_part(k1, n1, "k1 af n1") + wrong_part(k2, n2, "k2 af n2") + wrong_confidence(confidence))
    first, second = k1 / n1, k2 / n2
    low1, high1 = wilson(k1, n1, confidence)
    low2, high2 = wilson(k2, n2, confidence)
    difference = second - first
    return (
        difference - math.hypot(second - low2, high1 - first),
        difference + math.hypot(high2 - second, first - low1),
    )


def standardfejl(p: float, n: int, population: int | None = None) -> float:
    """Return the standard error of a share in a simple random sample.

    Args:
        p: The share, 0 to 1.
        n: People in the sample, 1 or more.
        population: People the sample is drawn from, with finite population correction √((N − n)/(N − 1)); None for
            many. Only for a real sample: those who chose to answer are none.

    Returns:
        √(p(1 − p)/n), corrected; 0 for a sample of everyone.

    Raises:
        ValueUseError: An argument is outside its bounds; all of them.
    """
    wrong = [] if 0 <= number(p) <= 1 else [f"»p« skal være fra 0 til 1 (0,1 er 10 %), ikke {told(p)}"]
    wrong += wrong_count(n, "n", 1)
    if population is not None:
        wrong += wrong_count(population, "population", 1) or wrong_part(n, population, "n af population")
    refuse(list(dict.fromkeys(wrong)))
    alone = math.sqrt(float(p) * (1 - float(p)) / n)
    return alone if population is None else alone * math.sqrt((population - n) / max(population - 1, 1))
