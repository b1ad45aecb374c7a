"""How well each method would have hit earlier years: error measures by hand, and the straight line's bias.

Histories are KONSTRUERET, with profiles whose bias can be worked out on paper.
"""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetanalyser.errors import PosterError, ValueUseError
from budgetanalyser.opfoelgning import METODER, backtest, backtest_i_ord, backtest_linjer, fejlmaal, opdigt

D = Decimal
# A year with a heavy December: 25 of 110 parts after three months, 50 after six, 74 after nine.
DECEMBER = (8, 8, 9, 8, 8, 9, 7, 8, 9, 9, 10, 17)
FLAT = (10,) * 12
HALVES = {2023: {6: 414, 12: 486}, 2024: {6: 480, 12: 520}, 2025: {6: 564, 12: 636}}


def table(columns, *rows):
    """Build a table as read from a file, whose first data line is line 2."""
    return pd.DataFrame(rows, columns=columns.split(), index=range(2, 2 + len(rows)), dtype=object)


def history(profile, levels=((2022, 900), (2023, 1000), (2024, 1200), (2025, 1100)), name="Skoler"):
    return table(
        "aar maaned bevilling beloeb_kr",
        *(
            (year, month, name, D(level) * part)
            for year, level in levels
            for month, part in enumerate(profile, 1)
            if part
        ),
    )


def budgets(factor, name="Skoler"):
    levels = ((2022, 900), (2023, 1000), (2024, 1200), (2025, 1100))
    return table("aar bevilling korrigeret_kr", *((year, name, D(level) * 110 * factor) for year, level in levels))


def by_method(made):
    return made.set_index("metode")


# --- Error measures ---


def test_the_error_measures_are_those_worked_by_hand():
    found = fejlmaal([D(100), D(200), D(400)], [D(110), D(190), D(420)])

    assert round(found.mae, 4) == D("13.3333")
    assert round(found.rmse, 6) == D("14.142136")
    assert round(100 * found.mape, 4) == D("6.6667")
    assert round(100 * found.wape, 6) == D("5.714286")
    assert round(100 * found.bias, 6) == D("2.857143")


def test_a_measure_that_would_divide_by_zero_is_not_given():
    found = fejlmaal([D(0), D(0)], [D(1), D(-1)])

    assert (found.mae, found.mape, found.wape, found.bias) == (D(1), None, None, None)
    assert fejlmaal([], []).mae is None
    with pytest.raises(ValueError, match="argument"):
        fejlmaal([D(1)], [])


def test_the_bias_of_income_is_of_its_size_and_keeps_the_sign_of_the_error():
    assert fejlmaal([D(-100)], [D(-110)]).bias == D("-0.1")


# --- The straight line ---


@pytest.mark.parametrize(
    ("months", "bias"),
    [(3, D(25) * 4 / 110 - 1), (6, D(50) * 2 / 110 - 1), (9, D(74) * 12 / 9 / 110 - 1)],
)
def test_the_straight_line_says_too_little_on_a_year_with_a_heavy_december(months, bias):
    made = by_method(backtest(history(DECEMBER), budgets(D("1.02")), maaneder=months))

    assert made.loc["lineaer", "bias"] == pytest.approx(bias)
    assert round(bias, 3) == {3: D("-0.091"), 6: D("-0.091"), 9: D("-0.103")}[months]
    assert made.loc["lineaer", "wape"] == -made.loc["lineaer", "bias"]
    assert made.loc["andel", "wape"] == pytest.approx(D(0), abs=D("1e-20"))
    assert made.loc["budget", "bias"] == pytest.approx(D("0.02"))


def test_the_straight_lines_bias_need_not_shrink_as_the_year_goes_on():
    wape = [by_method(backtest(history(DECEMBER), None, maaneder=k)).loc["lineaer", "wape"] for k in (3, 6, 9)]

    assert wape[0] == pytest.approx(wape[1])
    assert wape[2] > wape[1]


def test_the_straight_line_has_no_bias_on_a_flat_year():
    for months in range(1, 13):
        assert by_method(backtest(history(FLAT), None, maaneder=months)).loc["lineaer", "wape"] == pytest.approx(D(0))


def test_the_bias_is_told_beside_the_chosen_method_with_the_best_one():
    made = backtest(history(DECEMBER), budgets(D("1.02")), maaneder=9)

    assert backtest_i_ord(made, "lineaer", maaneder=9) == (
        "Metoden er prøvet på hvert af de tidligere år ud fra de andre. Efter 9 måneder var bevillingernes fejl "
        "tilsammen 10,3 % af beløbene, og nettoudgifterne var sat 10,3 % for lavt. Tættest kom »tidligere års andel på "
        "samme tid« med 0,0 %."
    )
    assert backtest_i_ord(made, "andel", maaneder=9).endswith("Ingen af de andre metoder kom tættere på.")
    assert "nettoudgifterne var sat 2,0 % for højt" in backtest_i_ord(made, "budget", maaneder=9)
    assert "hverken regnet med for store eller for små nettoudgifter" in backtest_i_ord(made, "andel", maaneder=9)


def test_the_invented_municipality_shows_the_same_bias_on_its_december_lines():
    drawn = opdigt.eksempel()
    names = {one.navn for one in opdigt.BEVILLINGER if one.profil == "december"}
    rows = [(year, month, name, D(oere) / 100) for (year, name, month), oere in drawn.historik.items() if name in names]

    odd = {2022: "Ældreplejen fik sit forbrug sent"}
    made = by_method(backtest(table("aar maaned bevilling beloeb_kr", *rows), None, maaneder=9, udelad=odd))

    assert D("-0.115") < made.loc["lineaer", "bias"] < D("-0.095")
    assert made.loc["andel", "wape"] < made.loc["lineaer", "wape"] / 5


# --- What is compared ---


def test_each_year_is_forecast_from_the_others_only():
    halves = table(
        "aar maaned bevilling beloeb_kr",
        *((year, month, "Skoler", D(part)) for year, parts in HALVES.items() for month, part in parts.items()),
    )

    made = backtest_linjer(halves, None, maaneder=6, metoder=["andel"]).set_index("aar")

    assert made.loc[2023, "forudsagt_kr"] == D(414) / D("0.475")
    assert made.loc[2024, "forudsagt_kr"] == D(480) / D("0.465")
    assert made.loc[2025, "forudsagt_kr"] == D(564) / D("0.47")
    assert list(made["faktisk_kr"]) == [D(900), D(1000), D(1200)]
    assert list(made["fejl_kr"]) == [
        was - real for was, real in zip(made["forudsagt_kr"], made["faktisk_kr"], strict=True)
    ]


def test_the_seasonal_method_is_tested_on_the_year_before_and_the_first_year_on_the_one_after():
    # Shares after six months: .4, .5, .6 and .8; each year ends at 100.
    shares = {2022: 40, 2023: 50, 2024: 60, 2025: 80}
    rows = [
        (year, month, "A", D(part)) for year, half in shares.items() for month, part in ((6, half), (12, 100 - half))
    ]

    made = backtest_linjer(table("aar maaned bevilling beloeb_kr", *rows), None, maaneder=6, metoder=["saeson"])

    assert list(made["forudsagt_kr"]) == [D(40) / D("0.5"), D(50) / D("0.4"), D(60) / D("0.5"), D(80) / D("0.6")]


def test_errors_net_out_in_total_but_not_by_line():
    two = pd.concat([history(FLAT, name="A"), history(FLAT, name="B")])
    flat = D(120) / 110
    wrong = pd.concat([budgets(flat * D("1.1"), "A"), budgets(flat * D("0.9"), "B")])

    made = by_method(backtest(two, wrong, maaneder=6)).loc["budget"]

    assert [round(made[name], 9) for name in ("wape", "wape_i_alt", "bias")] == [D("0.1"), 0, 0]


def test_all_methods_are_compared_on_the_same_lines_and_those_left_out_are_counted():
    late = history((0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 99), name="Anlæg")
    both = pd.concat([history(FLAT), late])

    made = backtest(both, None, maaneder=6)

    assert set(made["metode"]) == {"lineaer", "andel", "saeson"}
    assert set(made["antal"]) == {4}
    assert set(made["udeladt"]) == {4}


def test_methods_that_build_on_the_budget_are_compared_only_where_budgets_are_known():
    assert set(backtest(history(FLAT), budgets(1), maaneder=6)["metode"]) == set(METODER)
    only_two = budgets(D(12) / D(11)).iloc[:2]
    assert set(backtest(history(FLAT), only_two, maaneder=6)["antal"]) == {2}


def test_a_year_left_out_with_its_reason_neither_teaches_nor_tests():
    odd = pd.concat([history(DECEMBER), history((1, *[0] * 10, 109), ((2021, 1000),))])

    whole = by_method(backtest(odd, None, maaneder=6)).loc["andel"]
    without = by_method(backtest(odd, None, maaneder=6, udelad={2021: "konto flyttet"})).loc["andel"]

    assert whole["wape"] > D("0.1")
    assert (without["antal"], round(without["wape"], 20)) == (4, 0)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: backtest(history(FLAT), None, maaneder=13), "0-12 hele måneder, ikke 13"),
        (lambda: backtest(history(FLAT), None, maaneder=6, metoder=["gæt"]), "ingen prognosemetode »gæt«"),
        (lambda: backtest(history(FLAT), None, maaneder=6, udelad={2024: ""}), "hvorfor 2024 er udeladt"),
    ],
)
def test_what_cannot_be_tested_is_refused(act, said):
    with pytest.raises(ValueUseError, match=said):
        act()


def test_before_the_first_whole_month_and_with_one_year_there_is_nothing_to_test():
    one_year = backtest(history(FLAT, ((2025, 1),)), None, maaneder=6)
    no_month = backtest(history(FLAT), None, maaneder=0)

    assert (len(one_year), len(no_month)) == (0, 0)
    assert backtest_i_ord(no_month, "budget", maaneder=0) == "Metoden kunne ikke efterprøves på tidligere år."


def test_a_budget_that_stands_twice_in_a_year_is_refused():
    with pytest.raises(PosterError, match="»2022, Skoler« står også i linje 2"):
        backtest(history(FLAT), pd.concat([budgets(1), budgets(1).iloc[:1]]), maaneder=6)


def test_a_method_that_could_not_be_tested_is_told_so():
    made = backtest(history(FLAT), None, maaneder=6)

    assert backtest_i_ord(made, "bf", maaneder=6) == "Metoden kunne ikke efterprøves på tidligere år."


@settings(deadline=None)
@given(st.lists(st.integers(1, 10**6), min_size=12, max_size=12), st.integers(1, 11))
def test_with_the_same_profile_each_year_the_share_hits_and_the_line_misses_by_the_profile(profile, months):
    made = by_method(backtest(history(profile), None, maaneder=months))
    share = D(sum(profile[:months])) / sum(profile)

    if share < D("0.05"):
        assert made["antal"].tolist() == [0, 0, 0]
        return
    assert made.loc["andel", "wape"] < D("1e-20")
    assert made.loc["saeson", "wape"] < D("1e-20")
    assert abs(made.loc["lineaer", "bias"] - (share * 12 / months - 1)) < D("1e-20")
