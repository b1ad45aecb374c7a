"""Letters, reserves and response rates, against published figures and scipy's own intervals."""

import itertools
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from scipy import stats

from budgetanalyser.borgersamling import rekruttering
from budgetanalyser.errors import PosterError, ValueUseError

D = Decimal
ALBERTSLUND = Fraction(547, 22345)


def strata(*rows):
    return pd.DataFrame(rows, columns=["stratum", "oensket", "svarrate"], dtype=object, index=range(2, len(rows) + 2))


def assemblies(*rows):
    columns = ["navn", "inviterede", "tilmeldte", "pladser"]
    return pd.DataFrame(rows, columns=columns, dtype=object, index=range(2, len(rows) + 2))


@pytest.mark.parametrize(
    ("rate", "volunteers", "rho", "expected"),
    [
        pytest.param(D("0.02"), 1, 0, 149, id="S3 at least one: ln 0,05 / ln 0,98"),
        pytest.param(D("0.02"), 5, 0, 456, id="S3 at least five"),
        pytest.param(D("0.011"), 5, 0, 830, id="S3 at a rate as in Gentofte"),
        pytest.param(D("0.02"), 5, D("0.001"), 516, id="S3 a spread of rates costs letters"),
        pytest.param(D("0.02"), 5, D("0.005"), 831, id="S3 a wider spread costs more"),
        pytest.param(ALBERTSLUND, 288, 0, 12_914, id="S4 Albertslund's rate"),
    ],
)
def test_letters_for_95_per_cent(rate, volunteers, rho, expected):
    assert rekruttering.letters_needed(rate, volunteers, D("0.95"), rho) == expected


def test_letters_that_are_enough_on_average_are_fewer():
    """S4: 288 · 22345 / 547 = 11764,8."""
    assert rekruttering.letters_expected(ALBERTSLUND, 288) == 11_765


@pytest.mark.parametrize("number", [float, Decimal, Fraction])
def test_a_rate_may_be_of_any_kind_of_number(number):
    assert rekruttering.letters_needed(number("0.02"), 5, number("0.95"), number("0.005")) == 831
    assert rekruttering.letters_expected(number("0.07"), 7) == 100


@pytest.mark.parametrize(
    ("rate", "volunteers", "confidence", "expected"),
    [
        pytest.param(0.5, 1, 0.75, 2, id="1 − 0,5² is 0,75 exactly"),
        pytest.param(0.3, 1, 0.51, 2, id="1 − 0,7² is 0,51 exactly, which a float misses"),
        pytest.param(1, 7, 0.99, 7, id="all answer"),
        pytest.param(0.5, 1, 0.5, 1, id="one letter"),
    ],
)
def test_a_confidence_met_exactly_is_met(rate, volunteers, confidence, expected):
    assert rekruttering.letters_needed(rate, volunteers, confidence) == expected


@pytest.mark.parametrize("rho", [0, 0.003, 0.02])
@pytest.mark.parametrize(("rate", "volunteers"), [(0.05, 1), (0.05, 9), (0.3, 20)])
def test_the_search_finds_the_first_of_all_that_are_enough(rate, volunteers, rho):
    """The probability only rises with the letters, so halving cannot pass by a smaller answer."""
    a, b = (rate * (1 - rho) / rho, (1 - rate) * (1 - rho) / rho) if rho else (0, 0)
    chances = [
        stats.betabinom.sf(volunteers - 1, n, a, b) if rho else stats.binom.sf(volunteers - 1, n, rate)
        for n in range(1, 1000)
    ]
    first = next(n for n, chance in enumerate(chances, 1) if chance >= 0.9)

    assert all(later >= earlier - 1e-12 for earlier, later in itertools.pairwise(chances))
    assert rekruttering.letters_needed(rate, volunteers, 0.9, rho) == first


@pytest.mark.parametrize("rho", [1e-14, D("1E-12")])
def test_a_spread_nobody_could_see_is_none(rho):
    assert rekruttering.letters_needed(0.02, 5, 0.95, rho) == 456


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"rate": 0}, r"^Svarraten skal være over 0 og højst 1 \(0,02 er 2 %\), ikke 0\.$"),
        ({"rate": D("2.5")}, "ikke 2,5"),
        ({"rate": float("nan")}, "ikke nan"),
        ({"rate": D("Infinity")}, "Svarraten"),
        ({"rate": "0.02"}, "Svarraten"),
        ({"rate": True}, "Svarraten"),
        ({"volunteers": 0}, "Antallet af frivillige skal være et helt tal på mindst 1, ikke 0"),
        ({"volunteers": 5.0}, "Antallet af frivillige"),
        ({"confidence": 1}, "Sikkerheden skal være mellem 0 og 1"),
        ({"confidence": 0}, "Sikkerheden"),
        ({"rho": 1}, "Rho skal være mindst 0 og under 1"),
        ({"rho": -0.1}, "ikke -0,1"),
        ({"rate": None, "rho": 1}, "Svarraten .*, ikke tom; rho "),
    ],
)
def test_arguments_outside_their_bounds_are_refused(changed, said):
    with pytest.raises(ValueUseError, match=said):
        rekruttering.letters_needed(**{"rate": 0.02, "volunteers": 5, "confidence": 0.95, **changed})


@pytest.mark.parametrize(("rate", "volunteers", "rho"), [(1e-9, 5, 0), (0.02, 5, 0.9), (1, 100_000_001, 0)])
def test_a_search_without_an_answer_stops(rate, volunteers, rho):
    with pytest.raises(ValueUseError, match=r"Selv 100 mio\. breve er ikke nok"):
        rekruttering.letters_needed(rate, volunteers, 0.95, rho)


def test_the_strata_of_a_plan_succeed_together():
    """Two strata at 0,95 each are 0,9025 together."""
    plan = rekruttering.letters_plan(strata(("Nord", 5, D("0.02")), ("Syd", 1, D("0.02"))), confidence=D("0.9025"))

    assert list(plan.columns) == ["stratum", "oensket", "svarrate", "forventet", "breve"]
    assert plan.to_numpy().tolist() == [["Nord", 5, D("0.02"), 250, 456], ["Syd", 1, D("0.02"), 50, 149]]


def test_a_spread_between_assemblies_goes_into_every_stratum():
    plan = rekruttering.letters_plan(strata(("Alle", 5, D("0.02"))), confidence=0.95, rho=0.005)

    assert list(plan["breve"]) == [831]


def test_all_faults_of_a_plan_are_told_at_once():
    table = strata(("Nord", 0, D(2)), ("Nord", 5, D("0.02")), (None, 5, None))

    with pytest.raises(PosterError) as caught:
        rekruttering.letters_plan(table, confidence=0.95)
    assert [str(fault) for fault in caught.value.faults] == [
        "linje 3, »Nord«: navnet står også i linje 2",
        "linje 4: stratum mangler",
        "linje 2, »Nord«: oensket skal være et helt tal på mindst 1, ikke 0",
        "linje 2, »Nord«: svarraten skal være over 0 og højst 1 (0,02 er 2 %), ikke 2",
        "linje 4, »None«: svarraten skal være over 0 og højst 1 (0,02 er 2 %), ikke tom",
    ]


def test_a_plan_without_strata_or_with_one_beyond_reach_is_refused():
    with pytest.raises(PosterError, match="der er ingen delgrupper"):
        rekruttering.letters_plan(strata(), confidence=0.95)
    with pytest.raises(PosterError, match=r"linje 2, »A«: Selv 100 mio\. breve"):
        rekruttering.letters_plan(strata(("A", 5, D("1E-9")), ("B", 5, D("0.5"))), confidence=0.95)
    with pytest.raises(ValueUseError, match="Sikkerheden"):
        rekruttering.letters_plan(strata(("A", 5, D("0.5"))), confidence=95)


def test_no_reserves_are_needed_where_nobody_leaves():
    assert rekruttering.reserves_needed(36, 0, 0.99) == 0
    assert rekruttering.reserves_needed(36, D(0), 0.99, rho=0.1) == 0


@pytest.mark.parametrize(
    ("seats", "dropout", "confidence", "expected"),
    [
        pytest.param(1, 0.5, 0.75, 1, id="1 − 0,5² = 0,75"),
        pytest.param(2, 0.5, 0.6875, 2, id="11 of 16 ways for two or more of four"),
        pytest.param(1, D("0.1"), D("0.999"), 2, id="1 − 0,1³ = 0,999"),
    ],
)
def test_reserves_by_hand(seats, dropout, confidence, expected):
    assert rekruttering.reserves_needed(seats, dropout, confidence) == expected


def test_reserves_are_the_fewest_that_are_enough():
    reserves = rekruttering.reserves_needed(36, D("0.1"), D("0.95"))
    spread = rekruttering.reserves_needed(36, D("0.1"), D("0.95"), rho=D("0.05"))
    a, b = 0.9 * 0.95 / 0.05, 0.1 * 0.95 / 0.05

    assert stats.binom.sf(35, 36 + reserves, 0.9) >= 0.95 > stats.binom.sf(35, 35 + reserves, 0.9)
    assert stats.betabinom.sf(35, 36 + spread, a, b) >= 0.95 > stats.betabinom.sf(35, 35 + spread, a, b)
    assert spread > reserves


@pytest.mark.parametrize(
    ("seats", "dropout", "said"), [(0, 0.1, "pladser"), (36, 1, "Frafaldet"), (36, -0.1, "ikke -0,1")]
)
def test_reserves_need_seats_and_a_share_that_drops_out(seats, dropout, said):
    with pytest.raises(ValueUseError, match=said):
        rekruttering.reserves_needed(seats, dropout, 0.95)


def test_letters_on_paper_are_rounded_up_and_the_start_is_paid_once():
    cost = rekruttering.letter_cost(
        12_345, fysisk_andel=D("0.1"), fysisk_kr=D("12.50"), digital_kr=D("0.10"), opstart_kr=D(1_000)
    )

    # 1235 · 12,50 = 15.437,50; 11.110 · 0,10 = 1.111; and 1.000.
    assert cost == rekruttering.Brevudgift(fysiske=1_235, digitale=11_110, beloeb_kr=D("17548.50"))


@pytest.mark.parametrize(("share", "paper"), [(D(0), 0), (D("0.07"), 7), (D(1), 100)])
def test_an_exact_share_is_not_rounded(share, paper):
    cost = rekruttering.letter_cost(100, fysisk_andel=share, fysisk_kr=D(1), digital_kr=D(0))

    assert (cost.fysiske, cost.digitale, cost.beloeb_kr) == (paper, 100 - paper, paper)


def test_all_that_is_wrong_with_a_cost_is_told_at_once():
    with pytest.raises(ValueUseError) as caught:
        rekruttering.letter_cost(-1, fysisk_andel=D(7), fysisk_kr=12.5, digital_kr=D(-1), opstart_kr=D("NaN"))
    assert str(caught.value) == (
        "Antallet af breve skal være et helt tal på mindst 0, ikke -1; "
        "fysisk_andel skal være fra 0 til 1 (0,1 er 10 %), ikke 7; "
        "fysisk_kr skal være en Decimal på mindst 0, ikke 12,5; "
        "digital_kr skal være en Decimal på mindst 0, ikke -1; "
        "opstart_kr skal være en Decimal på mindst 0, ikke NaN."
    )


@pytest.mark.parametrize(
    ("navn", "invited", "came", "seats", "rate", "low", "high", "per_seat"),
    [
        ("Albertslund 2020", 22_345, 547, 36, "2.45", "2.25", "2.66", 621),
        ("Gentofte 2023", 30_000, 330, 36, "1.10", "0.99", "1.22", 833),
        ("Herefordshire 2021", 14_400, 520, 48, "3.61", "3.32", "3.93", 300),
        ("Cumbria 2025", 8_000, 92, 40, "1.15", "0.94", "1.41", 200),
    ],
)
def test_published_rates_with_their_intervals(navn, invited, came, seats, rate, low, high, per_seat):
    row = rekruttering.rater(assemblies((navn, invited, came, seats))).iloc[0]
    in_pct = [round(row[name] * 100, 2) for name in ("svarrate", "lav", "hoej")]

    assert in_pct == [D(rate), D(low), D(high)]
    assert round(row["inviterede_pr_plads"]) == per_seat


@pytest.mark.parametrize(("came", "invited"), [(547, 22_345), (0, 10), (10, 10), (1, 1), (12, 100), (1_250, 8_000)])
def test_the_interval_is_scipys_wilson_interval(came, invited):
    row = rekruttering.rater(assemblies(("A", invited, came, None))).iloc[0]
    expected = stats.binomtest(came, invited).proportion_ci(method="wilson")

    assert [row["lav"], row["hoej"]] == [D(str(round(expected.low, 6))), D(str(round(expected.high, 6)))]


def test_what_is_not_published_stays_open():
    table = rekruttering.rater(assemblies(("København 2023", 50_000, None, 36), ("B", 4, 1, None)))

    assert list(table.columns[4:]) == ["svarrate", "lav", "hoej", "inviterede_pr_plads"]
    assert table.iloc[0, 4:7].tolist() == [None, None, None]
    assert table["svarrate"].iloc[1] == D("0.25")
    assert table["inviterede_pr_plads"].iloc[1] is None


def test_all_faults_of_published_rates_are_told_at_once():
    table = assemblies(("A", 10, 11, 0), ("A", 0, -1, None), ("", 10.0, None, None))

    with pytest.raises(PosterError) as caught:
        rekruttering.rater(table)
    assert [str(fault) for fault in caught.value.faults] == [
        "linje 3, »A«: navnet står også i linje 2",
        "linje 4: navn mangler",
        "linje 2, »A«: der er flere tilmeldte (11) end inviterede (10)",
        "linje 2, »A«: pladser skal være et helt tal på mindst 1, ikke 0",
        "linje 3, »A«: inviterede skal være et helt tal på mindst 1, ikke 0",
        "linje 3, »A«: tilmeldte skal være et helt tal på mindst 0, ikke -1",
        "linje 4, »«: inviterede skal være et helt tal på mindst 1, ikke 10,0",
    ]


def test_a_prior_by_hand():
    """Rates 1, 2 and 3 % of 1.000 letters: s² = 0,0001, m(1 − m) = 0,0196 and h = 0,001."""
    table = assemblies(("A", 1_000, 10, None), ("B", 1_000, 20, None), ("C", 1_000, 30, None), ("D", 9, None, None))
    found = rekruttering.prior(table)

    assert (found.antal, found.middel, found.mindste, found.stoerste) == (3, D("0.02"), D("0.01"), D("0.03"))
    assert round(found.rho, 12) == round(D("0.0000804") / D("0.0195804"), 12)


def test_rates_that_chance_alone_explains_have_no_spread():
    table = assemblies(("A", 100, 10, None), ("B", 100, 10, None), ("C", 100, 11, None))

    assert rekruttering.prior(table).rho == 0


def test_a_known_spread_is_found_again():
    rho, mean = 0.01, 0.03
    a, b = mean * (1 - rho) / rho, (1 - mean) * (1 - rho) / rho
    drawn = stats.betabinom.rvs(500, a, b, size=4_000, random_state=1)
    found = rekruttering.prior(assemblies(*((str(i), 500, int(x), None) for i, x in enumerate(drawn))))

    assert float(found.rho) == pytest.approx(rho, rel=0.1)
    assert float(found.middel) == pytest.approx(mean, rel=0.03)


@pytest.mark.parametrize(
    "numbers",
    [[(10, 0), (10, 0), (10, 0)], [(1, 0), (1, 0), (1, 1)], [(100, 0), (100, 100), (100, 99)]],
)
def test_rates_that_no_beta_distribution_fits_are_refused(numbers):
    with pytest.raises(ValueUseError, match="ingen betafordeling passer"):
        rekruttering.prior(assemblies(*((str(i), invited, came, None) for i, (invited, came) in enumerate(numbers))))


def test_two_rates_are_too_few_for_a_prior():
    with pytest.raises(ValueUseError, match=r"mindst 3 publicerede svarrater .*; her er 2"):
        rekruttering.prior(assemblies(("A", 10, 1, None), ("B", 10, 2, None), ("C", 10, None, None)))
