"""Uncertainty: the oracles C1-C6 by formula, by SciPy and by draws."""

import math
import os
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from budgetanalyser.borgersamling import omkostning
from budgetanalyser.borgersamling.omkostning import Drivere, fordelinger, simulate
from budgetanalyser.borgersamling.omkostning.fordelinger import Fordeling
from budgetanalyser.errors import PosterError, ValueUseError

PERT = Fordeling("pert", 10, 20, 60)
TREKANT = Fordeling("trekant", 10, 20, 60)
LOGNORMAL = Fordeling("lognormal", 80, 100, 125)
DRAWS = 200_000


FULL_COLUMNS = ["post", "maengde", "minimum", "mest_sandsynlig", "maksimum", "fordeling", "moms", "slags", "budgetaar"]


def lines(*rows):
    return pd.DataFrame(rows, columns=["post", "minimum", "mest_sandsynlig", "maksimum", "fordeling"], dtype=object)


def symmetric(name, sd, middle=100):
    """Return a symmetric triangular line: half its width is sd · √6."""
    half = sd * math.sqrt(6)
    return (name, middle - half, middle, middle + half, "trekant")


def test_c1_pert_10_20_60():
    assert PERT.shapes() == pytest.approx((1.8, 4.2))
    assert PERT.mean == 25
    assert PERT.variance == 75
    assert list(PERT.ppf(np.array([0.5, 0.8, 0.9]))) == pytest.approx([23.833613, 32.512931, 37.266703], abs=5e-7)
    assert list(PERT.ppf(np.array([0.1, 0.5]))) == pytest.approx(list(stats.beta(1.8, 4.2, 10, 50).ppf([0.1, 0.5])))


def test_c2_triangular_10_20_60():
    assert TREKANT.mean == 30
    assert TREKANT.variance == pytest.approx(116.6667, abs=5e-5)
    assert list(TREKANT.ppf(np.array([0.5, 0.8, 0.9]))) == pytest.approx([28.377223, 40, 45.857864], abs=5e-7)
    shares = np.linspace(0, 1, 21)
    assert list(TREKANT.ppf(shares)) == pytest.approx(list(stats.triang(0.2, 10, 50).ppf(shares)))


def test_c3_lognormal_from_its_10th_and_90th_percentile():
    assert pytest.approx(4.605170, abs=5e-7) == LOGNORMAL.mu
    assert pytest.approx(0.174120, abs=5e-7) == LOGNORMAL.sigma
    assert LOGNORMAL.mean == pytest.approx(101.527434, abs=5e-7)
    assert float(LOGNORMAL.ppf(0.8)) == pytest.approx(115.782466, abs=5e-7)
    assert list(LOGNORMAL.ppf(np.array([0.1, 0.9]))) == pytest.approx([80, 125])


@pytest.mark.parametrize("one", [PERT, TREKANT, LOGNORMAL], ids=lambda one: one.navn)
def test_draws_agree_with_the_formulas(one):
    drawn = simulate(lines(("A", one.minimum, one.mest_sandsynlig, one.maksimum, one.navn)), draws=DRAWS, seed=7)

    assert drawn.mean == pytest.approx(one.mean, abs=4 * math.sqrt(one.variance / DRAWS))
    assert drawn.sd == pytest.approx(math.sqrt(one.variance), rel=0.01)
    for share in (0.01, 0.1, 0.5, 0.8, 0.99):
        assert drawn.percentile_of(float(one.ppf(share))) == pytest.approx(share, abs=4 * math.sqrt(0.25 / DRAWS))


@pytest.mark.parametrize("one", [PERT, Fordeling("pert", 0, 0, 1), Fordeling("pert", 0, 1, 1), TREKANT], ids=str)
def test_the_table_that_draws_are_read_from_is_as_good_as_exact(one):
    span = one.maksimum - one.minimum
    exact = one.ppf(np.arange(4097) / 4096)

    assert abs(one.quantiles(4096) - exact).max() < 1e-6 * span


def test_a_lognormal_has_its_long_tail():
    drawn = simulate(lines(("A", 80, 100, 125, "lognormal")), draws=1_000_000, seed=1)

    # One in 4.096 lies beyond the table, about 244 of a million; so does the formula's share of them.
    edge = float(LOGNORMAL.ppf(1 - 1 / 4096 / 4))
    assert 30 < (drawn.beloeb > edge).sum() < 95
    assert drawn.beloeb.min() > 0


@pytest.mark.parametrize(
    ("rho", "sd"),
    [(None, 5), (0, 5), (0.5, math.sqrt(37)), (1, 7), (-0.5, math.sqrt(13)), ([[1, 0.5], [0.5, 1]], math.sqrt(37))],
)
def test_c4_correlation_between_sd_3_and_sd_4(rho, sd):
    drawn = simulate(lines(symmetric("A", 3), symmetric("B", 4)), draws=DRAWS, seed=3, correlation=rho)

    assert drawn.sd == pytest.approx(sd, rel=0.005)
    assert drawn.noter == ()


def test_the_coefficient_is_the_correlation_of_the_amounts_also_of_skew_ones():
    skew = [("A", 10, 10, 60, "pert"), symmetric("B", 4), ("C", 50, 80, 200, "lognormal")]
    sds = [math.sqrt(fordelinger.of(row).variance) for row in lines(*skew).to_dict("records")]
    pairs = sds[0] * sds[1] + sds[0] * sds[2] + sds[1] * sds[2]
    expected = math.sqrt(sum(sd**2 for sd in sds) + 2 * 0.6 * pairs)

    assert simulate(lines(*skew), draws=DRAWS, seed=5, correlation=0.6).sd == pytest.approx(expected, rel=0.01)


def test_a_fixed_line_stands_outside_the_correlation():
    fixed = ("C", 50, 50, 50, "fast")
    drawn = simulate(lines(symmetric("A", 3), fixed, symmetric("B", 4)), draws=DRAWS, seed=3, correlation=0.5)

    assert drawn.sd == pytest.approx(math.sqrt(37), rel=0.005)
    assert drawn.mean == pytest.approx(250, abs=0.1)


def test_twenty_correlated_lines_of_all_shapes():
    kinds = ("trekant", "pert", "lognormal", "pert")
    table = lines(*[(f"P{i}", 10 + i, 20 + i, 60 + i, kinds[i % 4]) for i in range(20)])
    sds = [math.sqrt(fordelinger.of(row).variance) for row in table.to_dict("records")]
    expected = math.sqrt(0.7 * sum(sd**2 for sd in sds) + 0.3 * sum(sds) ** 2)

    assert simulate(table, draws=DRAWS, seed=3, correlation=0.3).sd == pytest.approx(expected, rel=0.01)


def test_a_correlation_the_shapes_cannot_reach_is_told():
    skew = lines(("A", 10, 10, 60, "pert"), ("C", 50, 80, 800, "lognormal"))

    assert "den nærmeste er brugt" in simulate(skew, draws=100, seed=5, correlation=-1).noter[0]


@pytest.mark.parametrize(
    ("rho", "said"),
    [
        (1.5, "fra −1 til 1"),
        (float("nan"), "fra −1 til 1"),
        (-0.9, "kan ikke gælde på én gang"),
        ([[1, 0], [0, 1]], "3 rækker og 3 kolonner"),
        ([[1, 0.5, 0], [0, 1, 0], [0, 0, 1]], "ens på begge sider"),
        ("høj", "ét tal eller en tabel"),
    ],
)
def test_coefficients_that_cannot_be_are_refused(rho, said):
    with pytest.raises(ValueUseError, match=said):
        simulate(lines(symmetric("A", 1), symmetric("B", 1), symmetric("C", 1)), draws=10, seed=1, correlation=rho)


def test_shared_drivers_make_lines_move_together():
    """Two lines of 1 kr. times the same uncertain seats are two times the seats: sd 2·s, not √2·s."""
    table = pd.DataFrame(
        [("seats", 30, 36, 42, "trekant")], columns=["driver", "minimum", "mest_sandsynlig", "maksimum", "fordeling"]
    )
    shared = pd.DataFrame(
        [(post, "seats", 1, 1, 1, "fast", "momsfri", "ekstern", 2024) for post in "AB"],
        columns=FULL_COLUMNS,
    )
    drawn = simulate(shared, draws=DRAWS, seed=2, drivere=Drivere.of(table))

    assert drawn.sd == pytest.approx(2 * math.sqrt(Fordeling("trekant", 30, 36, 42).variance), rel=0.01)
    assert drawn.punkt_kr == 72


def test_c5_sobol_shares_an_additive_variance_as_9_to_16():
    shares = omkostning.sobol(lines(symmetric("A", 3), symmetric("B", 4)), seed=1).set_index("usikkerhed")

    assert [float(one) for one in shares.loc["pris: A"]] == pytest.approx([0.36, 0.36], abs=0.005)
    assert [float(one) for one in shares.loc["pris: B"]] == pytest.approx([0.64, 0.64], abs=0.005)


def test_sobol_finds_the_interplay_of_a_product():
    """x·y with both mean 1 and variance v: alone v each, together v², of 2v + v²."""
    rows = [("x", 0, 1, 2, "trekant"), ("y", 0, 1, 2, "trekant")]
    drivere = Drivere.of(pd.DataFrame(rows, columns=["driver", "minimum", "mest_sandsynlig", "maksimum", "fordeling"]))
    line = pd.DataFrame(
        [("A", "x * y", 1, 1, 1, "fast", "momsfri", "ekstern", 2024)],
        columns=FULL_COLUMNS,
    )
    v = Fordeling("trekant", 0, 1, 2).variance
    shares = omkostning.sobol(line, drivere=drivere, seed=1)

    assert [float(one) for one in shares["alene"]] == pytest.approx([v / (2 * v + v * v)] * 2, abs=0.01)
    assert [float(one) for one in shares["i_alt"]] == pytest.approx([(v + v * v) / (2 * v + v * v)] * 2, abs=0.01)


def test_sobol_of_nothing_uncertain_is_refused():
    with pytest.raises(ValueUseError, match="ingen usikkerhed at fordele"):
        omkostning.sobol(lines(("A", 1, 1, 1, "fast")))


def test_c6_the_mode_is_rarely_enough():
    drawn = simulate(lines(("A", 10, 20, 60, "trekant")), draws=1_000_000, seed=2)

    assert drawn.punkt_kr == 20
    assert drawn.percentile_of(drawn.punkt_kr) == pytest.approx(0.2, abs=0.002)
    assert float(drawn.reserve_kr(0.8)) == 20


def test_a_tornado_moves_one_input_at_a_time():
    found = omkostning.tornado(
        lines(("A", 1000, 2000, 6000, "trekant"), ("B", 5000, 5000, 5000, "fast"), symmetric("C", 100, 1000))
    )

    # P10 and P90 of A: 1000 + √(0,1·5000·1000) and 6000 − √(0,1·5000·4000); C stays at its median, 1000.
    assert list(found["usikkerhed"]) == ["pris: A", "pris: C"]
    assert list(found.loc[0, ["lav_kr", "hoej_kr", "spaend_kr"]]) == [7707, 10586, 2879]


def test_the_curve_rises_and_meets_the_quantiles():
    drawn = simulate(lines(("A", 1000, 2000, 6000, "trekant")), draws=DRAWS, seed=1)
    curve = drawn.s_kurve()

    assert len(curve) == 99
    assert list(curve["beloeb_kr"]) == sorted(curve["beloeb_kr"])
    assert curve["beloeb_kr"].iloc[79] == round(drawn.quantile(0.8))
    with pytest.raises(ValueUseError, match="0 til 1"):
        drawn.quantile(80)


def test_convergence_ends_at_the_answer():
    drawn = simulate(lines(("A", 1000, 2000, 6000, "trekant")), draws=50_000, seed=1)
    table = drawn.konvergens(Decimal(4000))

    assert list(table["traekninger"]) == [1_000, 10_000, 50_000]
    assert float(table["holder"].iloc[-1]) == pytest.approx(drawn.percentile_of(4000), abs=5e-5)
    assert table["sikkert_kr"].iloc[-1] == round(drawn.quantile(0.8))


def test_the_same_seed_gives_the_same_draws_and_another_does_not():
    table = lines(symmetric("A", 3), ("B", 10, 20, 60, "pert"), ("C", 80, 100, 125, "lognormal"))

    assert (simulate(table, draws=40_000, seed=4).beloeb == simulate(table, draws=40_000, seed=4).beloeb).all()
    assert simulate(table, draws=40_000, seed=4).mean != simulate(table, draws=40_000, seed=5).mean


def test_the_draws_do_not_depend_on_the_process_or_the_number_of_threads():
    code = (
        "import os; os.cpu_count = lambda: {threads}\n"
        "import hashlib, pandas as pd\n"
        "from budgetanalyser.borgersamling.omkostning import simulate\n"
        "rows = [('A', 1, 2, 9, 'pert'), ('B', 1, 2, 9, 'lognormal'), ('C', 1, 2, 9, 'trekant')]\n"
        "lines = pd.DataFrame(rows, columns=['post', 'minimum', 'mest_sandsynlig', 'maksimum', 'fordeling'])\n"
        "print(hashlib.sha256(simulate(lines, draws=60_000, seed=9).beloeb.tobytes()).hexdigest())\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code.format(threads=threads)],
            env={**os.environ, "PYTHONHASHSEED": str(threads)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in (1, 3)
    }
    assert len(found) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"draws": 0, "seed": 1}, "fra 1 til"),
        ({"draws": 1.5, "seed": 1}, "fra 1 til"),
        ({"draws": 10**9, "seed": 1}, "fra 1 til"),
        ({"draws": 10, "seed": -1}, "fra 0 og op"),
        ({"draws": 10, "seed": "x"}, "fra 0 og op"),
    ],
)
def test_draws_and_seed_are_checked(arguments, said):
    with pytest.raises(ValueUseError, match=said):
        simulate(lines(symmetric("A", 1)), **arguments)


def test_all_faults_of_plain_lines_are_told_at_once():
    bad = lines(("A", 5, 4, 3, "pert"), ("B", -1, 0, 1, "trekant"), ("C", 1, 2, 3, "gamma"))
    with pytest.raises(PosterError) as caught:
        simulate(bad, draws=10, seed=1)

    assert len(caught.value.faults) == 3
    with pytest.raises(PosterError, match="kolonnen »fordeling« mangler"):
        simulate(bad.drop(columns="fordeling"), draws=10, seed=1)
    with pytest.raises(PosterError, match="ingen linjer"):
        simulate(bad.iloc[:0], draws=10, seed=1)


def test_income_may_be_negative_when_it_says_so():
    table = lines(("A", 10, 10, 10, "fast"), ("B", -5, -4, -3, "trekant"))
    table["slags"] = ["ekstern", "indtægt"]

    assert simulate(table, draws=1_000, seed=1).mean == pytest.approx(6, abs=0.1)


def test_one_uncertain_input_explains_everything():
    shares = omkostning.sobol(lines(symmetric("A", 3)), seed=1)

    assert float(shares["i_alt"].iloc[0]) == pytest.approx(1, abs=0.001)


def test_tornado_and_sobol_are_told_together_in_words_and_the_rest_is_one_row():
    table = lines(symmetric("A", 3), symmetric("B", 4), symmetric("C", 1))
    words = omkostning.forklaringer(table, pd.DataFrame({"driver": [], "forklaring": []}))
    found = omkostning.samlet(table, words, antal=2, seed=1)

    assert list(found["usikkerhed"]) == ["B, pris", "A, pris", "Øvrige og samspil"]
    assert [float(one) for one in found["andel"]] == pytest.approx([16 / 26, 9 / 26, 1 / 26], abs=0.01)
    assert found.at[2, "lav_kr"] is None


def test_where_nothing_is_uncertain_there_is_nothing_to_tell():
    fixed = lines(("A", 5, 5, 5, "fast"))

    assert omkostning.samlet(fixed, {}, antal=8).empty
    assert omkostning.paavirker_i_ord(omkostning.samlet(fixed, {}, antal=8)) == "ingen, for alle tal er faste"


def test_with_very_many_inputs_the_tornado_stands_without_sobol_shares():
    many = lines(*[(f"P{i}", 1, 2, 3, "trekant") for i in range(300)])
    found = omkostning.samlet(many, {}, antal=3)

    assert len(found) == 3
    assert list(found["andel"]) == [None] * 3


def test_a_fixed_total_is_within_a_frame_of_the_same_amount():
    table = lines(
        ("A", 200.20, 200.20, 200.20, "fast"), ("B", 1000.45, 1000.45, 1000.45, "fast"), ("C", 0.1, 0.1, 0.1, "fast")
    )
    drawn = simulate(table, draws=5, seed=1)

    assert drawn.percentile_of(drawn.punkt_kr) == 1
    with pytest.raises(ValueUseError, match="skal være et tal"):
        drawn.percentile_of(Decimal("NaN"))


def test_posts_of_one_name_are_two_posts_whatever_the_others_are_called():
    table = lines(
        ("a", 1, 2, 3, "pert"), ("a", 1000, 2000, 3000, "pert"), ("a (2)", 10**6, 2 * 10**6, 3 * 10**6, "pert")
    )

    assert simulate(table, draws=DRAWS, seed=1).mean == pytest.approx(2_002_002, rel=0.005)
    assert len(omkostning.tornado(table)) == 3


def model(maengde, *rows):
    table = pd.DataFrame(rows, columns=["driver", "minimum", "mest_sandsynlig", "maksimum", "fordeling"])
    line = pd.DataFrame([("A", maengde, 1, 1, 1, "fast", "momsfri", "ekstern", 2024)], columns=FULL_COLUMNS)
    return line, Drivere.of(table)


@pytest.mark.parametrize(
    ("maengde", "said"),
    [("timer - 180", "kan blive negativ med formlen timer - 180"), ("1 / (timer * 0)", "dividerer med")],
)
def test_a_quantity_that_may_go_wrong_in_some_draws_is_refused(maengde, said):
    line, drivere = model(maengde, ("timer", 50, 200, 400, "trekant"))
    with pytest.raises(PosterError, match=said):
        simulate(line, draws=1_000, seed=1, drivere=drivere)


def test_correlated_draws_have_the_same_distributions_as_others():
    table = lines(("A", 10, 20, 60, "pert"), ("B", 80, 100, 125, "lognormal"))
    alone = [simulate(table.iloc[[i]], draws=DRAWS, seed=1).mean for i in (0, 1)]

    assert simulate(table, draws=DRAWS, seed=2, correlation=0.7).mean == pytest.approx(sum(alone), rel=0.005)
