"""Intervals, tests and weights, held to numbers worked by hand or by another program, and to SciPy."""

import itertools
import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from budgetanalyser.errors import ValueUseError
from budgetanalyser.statistik import (
    andel,
    benjamini_hochberg,
    clopper_pearson,
    efterstratificer,
    holm,
    kish,
    kroner,
    ks_afstand,
    newcombe,
    permutationsproeve,
    poisson,
    rake,
    rangsum,
    standardfejl,
    tendens,
    tilpasning,
    to_andele,
    wilson,
)

SHARES = [0.20, 0.20, 0.20, 0.25, 0.15]
PANEL = [4, 6, 8, 12, 6]
VOTERS = [90, 150, 220, 330, 210]
HUGE = 10**399
TABLE = pd.DataFrame([[10, 50], [10, 30]], index=["kvinder", "mænd"], columns=["unge", "ældre"])


def near(*numbers, digits=6):
    return pytest.approx(numbers, abs=0.5000001 * 10**-digits)


# --- numbers to print


def test_a_statistic_is_printed_with_no_more_digits_than_it_has():
    assert kroner(2.5) == Decimal(3)
    assert str(andel(0.39123)) == "0.391230"
    assert str(andel(6 / 11)) == "0.545455"
    assert str(andel(6 / 11, 4)) == "0.5455"
    assert str(andel(1.0, decimals=0)) == "1"


# --- intervals


def test_t1_an_interval_of_12_of_100():
    assert wilson(12, 100) == near(0.069994, 0.198121)
    assert clopper_pearson(12, 100) == near(0.063569, 0.200236)


def test_t2_an_interval_of_1250_of_8000():
    assert wilson(1250, 8000) == near(0.148459, 0.164371)


def test_t3_an_interval_of_a_difference_just_misses_zero():
    assert newcombe(120, 1000, 150, 1000) == near(0.0000138, 0.0600083, digits=7)


def test_t12_a_standard_error_with_and_without_the_population():
    assert standardfejl(0.5, 400) == pytest.approx(0.025)
    assert standardfejl(0.5, 400, 1000) == pytest.approx(0.0193746, abs=5e-8)
    assert standardfejl(0.5, 400, 400) == 0
    assert standardfejl(1, 1, 1) == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_intervals_are_those_of_scipy_and_hold_the_share(part, confidence):
    k, n = part
    for own, method in ((wilson, "wilson"), (clopper_pearson, "exact")):
        low, high = own(k, n, confidence)
        other = stats.binomtest(k, n).proportion_ci(confidence, method=method)
        assert (low, high) == pytest.approx((other.low, other.high), abs=1e-9)
        assert 0 <= low <= k / n <= high <= 1


def test_none_and_all_have_one_sure_end():
    assert wilson(0, 29)[0] == 0
    assert wilson(29, 29)[1] == 1
    assert clopper_pearson(0, 10) == (0, pytest.approx(1 - 0.025**0.1))
    assert clopper_pearson(10, 10) == (pytest.approx(0.025**0.1), 1)


def test_the_greatest_numbers_still_have_an_interval():
    assert 0 < wilson(10**15, 10**15)[0] < 1
    assert 0 < wilson(1, 3, 1 - 1e-15)[0] < wilson(1, 3, 1 - 1e-15)[1] < 1


def test_an_interval_of_events_is_exact():
    low, high = poisson(5)

    assert stats.poisson.sf(4, low) == pytest.approx(0.025)
    assert stats.poisson.cdf(5, high) == pytest.approx(0.025)
    assert poisson(0, 10) == (0, pytest.approx(-math.log(0.025) / 10))
    assert poisson(5, 2, 0.95) == pytest.approx((low / 2, high / 2))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: wilson(0, 0), "»n« er 0, og en andel af ingen findes ikke"),
        (lambda: wilson(1, -3), "»n« skal være et helt tal på mindst 1"),
        (lambda: wilson(4, 3), "større end »n«"),
        (lambda: wilson(-1, 3), "»k« skal være et helt tal på mindst 0"),
        (lambda: wilson(1.5, 3), "ikke 1,5"),
        (lambda: wilson(True, 3), "ikke True"),
        (lambda: wilson(1, 3, 95), "mellem 0 og 1"),
        (lambda: clopper_pearson(1, 0), "»n« er 0"),
        (lambda: clopper_pearson(1, 3, 1), "mellem 0 og 1"),
        (lambda: poisson(1, 0), "»exposure« skal være et tal over 0"),
        (lambda: poisson(None), "ikke tom"),
        (lambda: newcombe(1, 0, 5, 3), "»n1« er 0.*; »k2« .5. er større"),
        (lambda: standardfejl(1.2, 10), "»p« skal være fra 0 til 1"),
        (lambda: standardfejl(0.5, 0), "»n« skal være et helt tal på mindst 1"),
        (lambda: standardfejl(0.5, 10, 9), "større end »population«"),
        (lambda: standardfejl(math.nan, 10), "»p« skal"),
        (lambda: wilson(HUGE, 10 * HUGE), "»k« er over 10.15.*»n« er over 10.15"),
        (lambda: wilson(1, 10**5000), "»n« er over 10.15"),
        (lambda: wilson(-(10**5000), 3), "tusinder af cifre"),
        (lambda: newcombe(1, 3, 1, HUGE), "»n2« er over 10.15"),
        (lambda: poisson(HUGE), "»k« er over 10.15"),
        (lambda: poisson(1, HUGE), "»exposure« skal"),
        (lambda: standardfejl(0.5, 3, HUGE), "»population« er over 10.15"),
        (lambda: wilson(1, 3, HUGE), "mellem 0 og 1"),
        (lambda: wilson(1, 3, 1 - 2**-53), "for tæt på 1"),
        (lambda: newcombe(1, 3, 2, 3, 1 - 2**-53), "for tæt på 1"),
    ],
)
def test_an_interval_of_what_cannot_be_is_refused(call, said):
    with pytest.raises(ValueUseError, match=said):
        call()


# --- tests of shares


def test_t3_two_shares_without_yates():
    found = to_andele(120, 1000, 150, 1000)

    assert found == near(1.963050, 0.049640)
    assert found.z**2 == pytest.approx(3.853565, abs=5e-7)
    assert to_andele(150, 1000, 120, 1000).z == pytest.approx(-found.z)


def test_a_trend_of_two_groups_is_the_test_of_two_shares():
    assert tendens([120, 150], [1000, 1000]) == pytest.approx(to_andele(120, 1000, 150, 1000))


def test_a_trend_is_the_correlation_of_score_and_answer():
    """z² = N·r², with r over the single persons."""
    k, n, scores = [5, 9, 20], [40, 35, 50], [1, 2, 4]
    place = np.repeat(scores, n)
    answer = np.concatenate([[1] * did + [0] * (all_ - did) for did, all_ in zip(k, n, strict=True)])
    r = np.corrcoef(place, answer)[0, 1]

    assert tendens(k, n, scores).z == pytest.approx(r * math.sqrt(len(place)))
    assert tendens(k[::-1], n[::-1]).z < 0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: to_andele(0, 10, 0, 20), "intet at teste"),
        (lambda: to_andele(10, 10, 20, 20), "intet at teste"),
        (lambda: to_andele(1, 0, 2, 0), "»n1« er 0.*»n2« er 0"),
        (lambda: tendens([1], [2]), "mindst 2"),
        (lambda: tendens([1, 2], [2, 3, 4]), "lige lange"),
        (lambda: tendens([1, 5], [2, 3]), r"»k\[2\]« .5. er større"),
        (lambda: tendens([1, 2], [2, 3], [1, 1]), "ikke alle er ens"),
        (lambda: tendens([0, 0], [2, 3]), "intet at teste"),
    ],
)
def test_shares_with_nothing_to_test_are_refused(call, said):
    with pytest.raises(ValueUseError, match=said):
        call()


# --- many tests


def test_t6_adjusted_p_values():
    p = [0.001, 0.008, 0.039, 0.041, 0.042]

    assert holm(p) == pytest.approx([0.005, 0.032, 0.117, 0.117, 0.117])
    assert benjamini_hochberg(p) == pytest.approx([0.005, 0.020, 0.042, 0.042, 0.042])


def test_adjusted_p_values_keep_the_order_given_and_stay_at_most_one():
    assert holm([0.5, 0.01, 0.9]) == pytest.approx([1, 0.03, 1])
    assert benjamini_hochberg([0.5, 0.01, 0.9]) == pytest.approx([0.75, 0.03, 0.9])


@pytest.mark.parametrize("call", [holm, benjamini_hochberg])
def test_p_values_outside_their_bounds_are_refused(call):
    with pytest.raises(ValueUseError, match=r"nr. 2 skal være fra 0 til 1, ikke 1,2; p-værdi nr. 3"):
        call([0.1, 1.2, None])
    with pytest.raises(ValueUseError, match="ingen p-værdier"):
        call([])


# --- fit to a population


def test_t4_a_panel_of_36():
    found = tilpasning(PANEL, SHARES)

    assert found.forventet.tolist() == pytest.approx([7.2, 7.2, 7.2, 9, 5.4])
    assert (found.chi2, found.p, found.metode) == (pytest.approx(25 / 9), pytest.approx(0.595675, abs=5e-7), "chi2")
    assert found.justerede_residualer.tolist() == near(-1.3333, -0.5, 0.3333, 1.1547, 0.2801, digits=4)
    assert found.dissimilaritet == pytest.approx(0.1222, abs=5e-5)


def test_t4_the_exact_p_orders_the_tables_by_chi2():
    found = tilpasning(PANEL, SHARES, eksakt=True)

    assert (found.p, found.metode) == (pytest.approx(0.599399, abs=5e-7), "eksakt")


def test_t5_a_thousand_voters():
    found = tilpasning(VOTERS, SHARES)

    assert found.chi2 == pytest.approx(124.6)
    assert found.dissimilaritet == pytest.approx(0.16)
    assert found.effekt == pytest.approx(0.35299, abs=5e-6)
    assert found.cramers_v == pytest.approx(math.sqrt(0.1246 / 4))
    assert found.justerede_residualer.tolist() == near(-8.696, -3.953, 1.581, 5.842, 5.314, digits=3)


def test_a_small_expected_number_makes_the_test_exact():
    """Two groups: the binomial distribution, summed by hand over |k − 2| ≥ 2."""
    found = tilpasning([0, 8], [0.25, 0.75])
    by_hand = sum(math.comb(8, k) * 0.25**k * 0.75 ** (8 - k) for k in range(9) if abs(k - 2) >= 2)

    assert (found.p, found.metode) == (pytest.approx(by_hand), "eksakt")
    assert tilpasning([2, 6], [0.25, 0.75]).p == pytest.approx(1)


def test_too_many_tables_are_drawn_from_with_a_seed_that_is_told():
    counts, shares = [4, 60, 30, 22, 9], [0.02, 0.48, 0.2, 0.2, 0.1]
    found = tilpasning(counts, shares)

    assert found.metode == "monte carlo, 20.000 lodtrækninger, frø 20260101"
    assert found.p == tilpasning(counts, shares).p
    assert found.p == pytest.approx(stats.chi2.sf(found.chi2, 4), abs=0.03)
    assert tilpasning(counts, shares, seed=7).metode.endswith("frø 7")


def test_groups_go_by_name_and_people_count_as_shares():
    counts = pd.Series({"syd": 30, "nord": 10})
    found = tilpasning(counts, {"nord": 250, "syd": 750})

    assert found.chi2 == 0
    assert found.forventet.to_dict() == {"syd": 30, "nord": 10}
    assert tilpasning([10, 30], {"nord": 250, "syd": 750}).forventet.to_dict() == {"nord": 10, "syd": 30}
    assert tilpasning(counts, [Decimal("0.75"), Decimal("0.25")]).chi2 == 0


def test_the_largest_gap_between_ordered_classes():
    assert ks_afstand([1, 2, 3], [10, 10, 10]) == pytest.approx(1 / 6)
    assert ks_afstand([5, 5], [0.5, 0.5]) == 0
    assert ks_afstand([10, 0, 0], [0.2, 0.3, 0.5]) == pytest.approx(0.8)


@pytest.mark.parametrize("call", [tilpasning, ks_afstand])
@pytest.mark.parametrize(
    ("counts", "shares", "said"),
    [
        ([], [], "ingen grupper"),
        ([0, 0], [0.5, 0.5], "tabellen er tom|Tabellen er tom"),
        ({"nord": 4, "syd": 6}, {"nord": 0, "syd": 10}, "»nord« har befolkningen 0"),
        ({"nord": 4, "syd": 6}, {"nord": 4, "vest": 10}, "»syd« mangler.*»vest« mangler"),
        ([4, 6], [0.5, 0.4], "give 1 tilsammen"),
        ([4, 6], [0.5, 0.25, 0.25], "2 antal og 3 andele"),
        ([4, -6], [0.5, 0.5], "helt antal på mindst 0, ikke -6"),
        ([4, 6.5], [0.5, 0.5], "ikke 6,5"),
        (pd.Series([1, 2], index=["a", "a"]), pd.Series([1, 2], index=["a", "a"]), "»a« står to gange"),
    ],
)
def test_counts_that_have_no_population_are_refused(call, counts, shares, said):
    with pytest.raises(ValueUseError, match=said):
        call(counts, shares)


def test_a_single_group_and_too_few_draws_are_refused():
    with pytest.raises(ValueUseError, match="mindst 2 grupper"):
        tilpasning([4], [1])
    with pytest.raises(ValueUseError, match="mindst 20000"):
        tilpasning(PANEL, SHARES, draws=100)


# --- small groups


def test_t7_ranks_of_three_and_four():
    assert rangsum([1, 2, 4], [3, 5, 6, 7]) == (1, pytest.approx(4 / 35))


def test_t8_a_difference_of_means_over_all_seventy_splits():
    assert permutationsproeve([12, 15, 9, 20], [14, 22, 25, 18]) == (-5.75, pytest.approx(12 / 70))


def test_ranks_with_ties_are_exact_too():
    a, b = [1, 2, 2], [2, 5, 6]
    pairs = [sum((x > y) + (x == y) / 2 for x, y in itertools.product(*groups)) for groups in splits(a, b)]
    u = sum((x > y) + (x == y) / 2 for x, y in itertools.product(a, b))

    assert rangsum(a, b) == (u, pytest.approx(2 * sum(one <= u for one in pairs) / len(pairs)))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=4), st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_a_difference_of_means_is_judged_by_every_split(a, b):
    gap = abs(np.mean(a) - np.mean(b))
    gaps = [abs(np.mean(x) - np.mean(y)) for x, y in splits(a, b)]

    assert permutationsproeve(a, b).p == pytest.approx(np.mean([one >= gap - 1e-9 for one in gaps]))


def test_a_difference_of_means_is_that_of_scipy():
    a, b = [12.5, 15, 9.1, 20], [14, 22.3, 25, 18, 19]
    gap = {"statistic": lambda x, y: abs(np.mean(x) - np.mean(y)), "alternative": "greater"}
    other = stats.permutation_test((a, b), n_resamples=np.inf, **gap)

    assert permutationsproeve(a, b).p == pytest.approx(other.pvalue)


def splits(a, b):
    """Return every way to split the numbers into groups of these sizes."""
    both = [*a, *b]
    for chosen in itertools.combinations(range(len(both)), len(a)):
        yield [both[at] for at in chosen], [both[at] for at in range(len(both)) if at not in chosen]


@pytest.mark.parametrize("call", [rangsum, permutationsproeve])
def test_groups_that_are_empty_or_hold_no_number_are_refused(call):
    with pytest.raises(ValueUseError, match="Gruppe 1 er tom"):
        call([], [1])
    with pytest.raises(ValueUseError, match="Gruppe 2 har et tal, der mangler"):
        call([1], [math.nan, 2])


def test_groups_too_large_to_go_through_are_refused():
    with pytest.raises(ValueUseError, match=r"200\.000 måder"):
        permutationsproeve(range(12), range(12))
    with pytest.raises(ValueUseError, match=r"200\.000 måder"):
        rangsum(range(12), range(12))
    with pytest.raises(ValueUseError, match=r"40\.000 par"):
        rangsum(range(0, 600, 2), range(1, 601, 2))


# --- weights


def test_t9_raking_to_two_margins():
    """Cell x solves 0.4x² + 64x − 1200 = 0."""
    x = (-64 + math.sqrt(64**2 + 4 * 0.4 * 1200)) / 0.8
    weights = rake(TABLE, [50, 50], [40, 60])

    assert x == pytest.approx(16.953597, abs=5e-7)
    assert weights.loc["kvinder", "unge"] * 10 == pytest.approx(x, abs=1e-9)
    assert weights.to_numpy().ravel() == near(1.695360, 0.660928, 2.304640, 0.898453)
    fitted = (weights * TABLE).to_numpy()
    assert fitted[0, 0] * fitted[1, 1] / (fitted[0, 1] * fitted[1, 0]) == pytest.approx(0.6)
    cost = kish(weights, TABLE)
    assert (cost.deff, cost.n_eff) == (pytest.approx(1.279140, abs=5e-7), pytest.approx(78.1776, abs=5e-5))
    assert cost.max_min == pytest.approx(2.304640 / 0.660928, abs=1e-5)


def test_raking_goes_by_name():
    by_order = rake(TABLE, [50, 50], [40, 60])
    by_name = rake(TABLE, {"mænd": 50, "kvinder": 50}, pd.Series({"ældre": 60, "unge": 40}))

    assert by_name.equals(by_order)


def test_t10_post_stratification_of_sixty_and_forty():
    weights = efterstratificer({"a": 60, "b": 40}, {"b": 0.5, "a": 0.5})

    assert weights.to_dict() == {"a": pytest.approx(5 / 6), "b": pytest.approx(1.25)}
    assert kish(weights, [60, 40]).n_eff == pytest.approx(96)
    assert kish([5 / 6] * 60 + [1.25] * 40).n_eff == pytest.approx(96)


def test_equal_weights_cost_nothing():
    cost = kish([2.0, 2.0, 2.0])

    assert (cost.deff, cost.n_eff, cost.max_min) == pytest.approx((1, 3, 1))


def test_an_empty_cell_that_leaves_the_totals_possible_has_no_weight():
    table = pd.DataFrame([[10, 0, 5], [5, 10, 5]])
    weights = rake(table, [20, 30], [20, 15, 15])

    assert math.isnan(weights.iloc[0, 1])
    assert (weights * table).sum(axis=1).tolist() == pytest.approx([20, 30])
    assert (weights * table).sum(axis=0).tolist() == pytest.approx([20, 15, 15])
    assert kish(weights, table).n_eff < 35


@pytest.mark.parametrize(
    ("table", "rows", "columns", "said"),
    [
        ([[10, 0], [0, 30]], [50, 50], [40, 60], "Tomme celler gør det umuligt"),
        ([[10, 0], [10, 30]], [50, 50], [50, 50], "Tomme celler gør det umuligt"),
        ([[10, 0], [10, 30]], [70, 30], [50, 50], "Tomme celler gør det umuligt"),
        ([[0, 0], [10, 30]], [50, 50], [40, 60], "Rækken »0« har ingen svar"),
        ([[0, 10], [0, 30]], [50, 50], [40, 60], "Kolonnen »0« har ingen svar"),
        ([[10, 50], [10, 30]], [50, 50], [40, 70], "skal give det samme"),
        ([[10, 50], [10, 30]], [0, 100], [40, 60], "»0« skal være et tal over 0"),
        ([[10, 50], [10, 30]], [100], [40, 60], "samme grupper"),
        ([[10, -5], [10, 30]], [50, 50], [40, 60], "»0«/»1« skal være et helt antal svar"),
        ([[]], [1], [], "[Tt]abellen er tom"),
    ],
)
def test_raking_that_cannot_reach_its_totals_is_refused(table, rows, columns, said):
    with pytest.raises(ValueUseError, match=said):
        rake(pd.DataFrame(table), rows, columns)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: efterstratificer([0, 10], [0.5, 0.5]), "»0« skal have mindst 1 svar"),
        (lambda: efterstratificer([5, 10], [0, 10]), "»0« har befolkningen 0"),
        (lambda: efterstratificer([], []), "ingen grupper"),
        (lambda: kish([]), "ingen vægte"),
        (lambda: kish([1, 0]), "over 0"),
        (lambda: kish([1, math.nan]), "over 0"),
        (lambda: kish([1, 2], [1]), "2 vægte og 1 antal"),
        (lambda: kish([1, 2], [1, -1]), "hele tal på mindst 0, ikke -1"),
    ],
)
def test_weights_of_nobody_are_refused(call, said):
    with pytest.raises(ValueUseError, match=said):
        call()
