"""What the year will end at: the hand-worked figures, whose figure wins, and what is done where a method cannot.

Amounts are KONSTRUERET and in kroner.
"""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetanalyser.errors import PosterError, ValueUseError
from budgetanalyser.kroner import rounded
from budgetanalyser.opfoelgning import METODER, METODER_ORD, ForecastError, forecast, forventet, sumandel, udeladt_i_ord
from budgetanalyser.opfoelgning.prognose import interval

D = Decimal
SHARES = [D("0.46"), D("0.48"), D("0.47")]
# Spend after six months and the whole account of three years, whose shares are the three above.
HALVES = {2023: (414, 900), 2024: (480, 1000), 2025: (564, 1200)}


def table(columns, *rows):
    """Build a table as read from a file, whose first data line is line 2."""
    return pd.DataFrame(rows, columns=columns.split(), index=range(2, 2 + len(rows)), dtype=object)


def history(halves=HALVES, name="Skoler"):
    rows = []
    for year, (half, whole) in halves.items():
        rows += [(year, 6, name, D(half)), (year, 12, name, D(whole) - D(half))]
    return table("aar maaned bevilling beloeb_kr", *rows)


def spend(amount=235, name="Skoler"):
    return table("aar maaned bevilling beloeb_kr", (2026, 6, name, D(amount)))


def line(method, *, historik=None, forbrug=None, korrigeret=None, maaneder=6, **more):
    made = forventet(
        history() if historik is None else historik,
        spend() if forbrug is None else forbrug,
        {"Skoler": D(510)} if korrigeret is None else korrigeret,
        maaneder=maaneder,
        metode=method,
        **more,
    )
    return made.iloc[0]


# --- The methods ---


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("budget", "510"),
        ("lineaer", "470"),
        ("andel", "500"),
        ("bf", "505.3"),
        ("benktander", "502.809"),
        ("saeson", "500"),
    ],
)
def test_each_method_gives_the_hand_worked_figure(method, expected):
    said = forecast(D(235), andele=SHARES, korrigeret=D(510), metode=method, maaneder=6)

    assert said == D(expected)
    # A forecast becomes an amount in whole øre.
    assert line(method)["model_kr"] == rounded(D(expected), 2)


def test_the_mean_of_shares_is_not_the_share_of_the_sums():
    halves, wholes = ([D(pair[place]) for pair in HALVES.values()] for place in (0, 1))
    together = sumandel(halves, wholes)

    assert together == D(1458) / D(3100)
    assert round(together, 6) == D("0.470323")
    assert round(D(235) / together, 3) == D("499.657")
    assert forecast(D(235), andele=SHARES, metode="andel") == 500
    with pytest.raises(ForecastError, match="regnskaberne giver 0"):
        sumandel([D(1)], [D(5), D(-5)])


def test_income_lines_are_forecast_with_their_sign():
    assert forecast(D(-235), andele=SHARES, korrigeret=D(-510), metode="bf") == D("-505.3")
    assert forecast(D(-300), metode="lineaer", maaneder=4) == -900


def test_the_seasonal_method_scales_last_year_and_not_the_mean():
    shares = {2025: D("0.5"), 2023: D("0.25"), 2024: D("0.25")}

    assert forecast(D(235), andele=shares, metode="saeson") == 470


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"metode": "andel"}, "der er ingen tidligere år at regne på"),
        ({"metode": "bf", "andele": SHARES}, "det korrigerede budget mangler"),
        ({"metode": "lineaer", "maaneder": 0}, "den lige linje skal have mindst én hel måned"),
        (
            {"metode": "andel", "andele": [D("0.04")]},
            "kun 4,0 % af regnskabet plejer at være brugt på dette tidspunkt",
        ),
        (
            {"metode": "bf", "andele": [D(50)], "korrigeret": D(1)},
            "5.000,0 % af regnskabet var brugt på dette tidspunkt i tidligere år; regnskabet var tæt på 0",
        ),
    ],
)
def test_a_method_that_lacks_what_it_builds_on_says_what(known, reason):
    with pytest.raises(ForecastError) as caught:
        forecast(D(235), **known)

    assert caught.value.reason == reason
    assert str(caught.value) == f"Prognosen kan ikke laves: {reason}."


def test_an_unknown_method_is_refused_with_the_nearest():
    for act in (lambda: forecast(D(1), metode="linear"), lambda: line("linear")):
        with pytest.raises(ValueUseError, match=r"ingen prognosemetode »linear«.*lineaer"):
            act()
    assert set(METODER_ORD) == set(METODER)


amounts = st.integers(-(10**9), 10**9).map(D)
proper = st.integers(5, 100).map(lambda number: D(number) / 100)


@settings(deadline=None)
@given(amounts, amounts, st.lists(proper, min_size=1, max_size=6))
def test_bornhuetter_ferguson_and_benktander_lie_between_budget_and_share(ytd, budget, shares):
    said = {one: forecast(ytd, andele=shares, korrigeret=budget, metode=one) for one in ("andel", "bf", "benktander")}
    low, high = sorted([budget, said["andel"]])
    slack = D("0.000001")

    assert all(low - slack <= number <= high + slack for number in said.values())
    assert abs(said["benktander"] - said["andel"]) <= abs(said["bf"] - said["andel"]) + slack


@settings(deadline=None)
@given(amounts, amounts)
def test_when_all_is_spent_every_method_but_the_budget_gives_what_is_spent(ytd, budget):
    for method in ("lineaer", "andel", "bf", "benktander", "saeson"):
        assert forecast(ytd, andele=[D(1)], korrigeret=budget, metode=method, maaneder=12) == ytd


# --- A whole follow-up ---


def test_the_managers_own_figure_wins_with_the_models_beside_it():
    own = table("bevilling forventet_kr forklaring", ("Skoler", D(530), "Flere elever."))

    row = line("bf", ledelse=own)

    assert (row["forventet_kr"], row["kilde"], row["forklaring"]) == (D(530), "ledelsen", "Flere elever.")
    assert (row["model_kr"], row["ledelse_kr"], row["metode"]) == (D("505.3"), D(530), "bf")


def test_a_manager_who_only_explains_leaves_the_models_figure():
    row = line("bf", ledelse=table("bevilling forventet_kr forklaring", ("Skoler", None, "Flere elever.")))

    assert (row["forventet_kr"], row["kilde"], row["forklaring"]) == (D("505.3"), "modellen", "Flere elever.")


def test_a_manager_may_say_zero():
    assert line("bf", ledelse=table("bevilling forventet_kr", ("Skoler", D(0))))["forventet_kr"] == 0


def test_managers_figures_for_nothing_are_refused_all_at_once():
    own = table("bevilling forventet_kr", ("Skole", D(1)), ("Skoler", 5.0), ("Skoler", D(2)))

    with pytest.raises(PosterError) as caught:
        line("bf", ledelse=own)

    assert sorted(str(fault) for fault in caught.value.faults) == [
        "linje 2: bevillingen »Skole« findes ikke. Mente du »Skoler«?",
        "linje 3: forventet_kr skal være et beløb, eller tom; her står »5.0«",
        "linje 4: »Skoler« står også i linje 3; lad den stå én gang",
    ]


def test_years_are_left_out_only_with_a_reason():
    row = line("andel", udelad={2024: "corona"})
    assert (row["aar_brugt"], row["andel"]) == (2, D("0.465"))
    assert (
        udeladt_i_ord({2024: " corona ", 2020: "strejke"}) == "2020 er udeladt (strejke) og 2024 er udeladt (corona)."
    )

    with pytest.raises(ValueUseError, match="Skriv, hvorfor 2024 er udeladt"):
        line("andel", udelad={2024: " "})
    with pytest.raises(ValueUseError, match="2019 kan ikke udelades, da historikken kun har 2023, 2024 og 2025"):
        line("andel", udelad={2019: "ny kontoplan"})
    with pytest.raises(ValueUseError, match="Alle historikkens år er udeladt"):
        line("andel", udelad=dict.fromkeys(HALVES, "ny kontoplan"))


def test_a_year_that_stops_before_december_is_refused_even_when_its_supplement_is_there():
    short = table("aar maaned bevilling beloeb_kr", (2025, 9, "Skoler", D(1)), (2025, 13, "Skoler", D(1)))

    with pytest.raises(PosterError, match="2025 slutter i september; hent resten, eller udelad året"):
        line("andel", historik=short)


def test_every_fault_of_the_history_and_of_a_budget_is_told():
    wrong = table("aar maaned bevilling beloeb_kr", (2025, 14, "A", D(1)), ("2025", 1, "A", D(1)), (2025, 1, "", 1.0))

    with pytest.raises(PosterError) as caught:
        line("andel", historik=wrong)
    assert sorted(str(fault) for fault in caught.value.faults) == [
        "linje 2: maaned skal være 1-13, ikke 14",
        "linje 3: aar skal være et årstal, læst som et helt tal; her står '2025'",
        "linje 4: beloeb_kr skal være et beløb; her står »1.0«",
        "linje 4: bevilling mangler; udfyld den",
    ]
    with pytest.raises(PosterError, match="kolonnen »bevilling« mangler"):
        line("andel", historik=table("aar maaned beloeb_kr"))
    with pytest.raises(ValueUseError, match="Ret det korrigerede budget for Skoler"):
        line("andel", korrigeret={"Skoler": 510.0})


def test_the_account_of_a_year_has_its_supplement_but_not_its_opening_balance():
    rows = table(
        "aar maaned posteringstype bevilling beloeb_kr",
        (2025, 1, "PRI", "Skoler", D(-9000)),
        (2025, 6, "NOR", "Skoler", D(47)),
        (2025, 12, "NOR", "Skoler", D(43)),
        (2025, 13, "NOR", "Skoler", D(4)),
        (2025, 1, "SUP", "Skoler", D(6)),
    )

    assert line("andel", historik=rows)["andel"] == D("0.47")


def test_the_years_own_months_only_are_projected():
    forbrug = table(
        "aar maaned posteringstype bevilling beloeb_kr",
        (2026, 6, "NOR", "Skoler", D(235)),
        (2026, 7, "NOR", "Skoler", D(1)),
        (2026, 1, "PRI", "Skoler", D(1)),
        (2026, 13, "NOR", "Skoler", D(1)),
        (2025, 1, "NOR", "Skoler", D(1)),
    )

    assert line("andel", forbrug=forbrug, aar=2026)["model_kr"] == 500
    with pytest.raises(ValueUseError, match=r"hvilket år prognosen gælder \(aar\); forbruget har 2025 og 2026"):
        line("andel", forbrug=forbrug)


@pytest.mark.parametrize(
    ("method", "history_", "budget", "expected", "used", "remark"),
    [
        ("andel", {}, D(510), "510", "budget", "der er ingen tidligere år at regne på; det korrigerede budget"),
        ("bf", {}, None, "235", "til dato", "der er ingen tidligere år at regne på; forbruget til dato er brugt"),
        ("budget", {}, None, "235", "til dato", "det korrigerede budget mangler; forbruget til dato er brugt"),
        ("budget", HALVES, None, "500", "andel", "det korrigerede budget mangler; tidligere års andel"),
        ("bf", HALVES, D(0), "235", "bf", ""),
        ("andel", {2025: (4, 100)}, D(510), "724.6", "bf", "kun 4,0 % af regnskabet plejer at være brugt"),
        ("bf", {2025: (500, 1)}, D(510), "510", "budget", "50.000,0 % af regnskabet var brugt"),
    ],
)
def test_where_a_method_cannot_be_used_another_is_and_the_line_says_so(
    method, history_, budget, expected, used, remark
):
    others = history({2025: (1, 2)}, name="Andet")
    own = pd.concat([history(history_), others]) if history_ else others
    budgets = {"Andet": D(1)} if budget is None else {"Andet": D(1), "Skoler": budget}
    row = forventet(own, spend(), budgets, maaneder=6, metode=method).set_index("bevilling").loc["Skoler"]

    assert (row["model_kr"], row["metode"]) == (D(expected), used)
    assert row["bemaerkning"].startswith(remark)
    assert bool(row["bemaerkning"]) == bool(remark)


def test_money_spent_without_a_budget_never_vanishes_from_the_forecast():
    made = forventet(history(), spend(100, "Uden budget"), {"Skoler": D(510)}, maaneder=6, metode="budget")

    assert made.set_index("bevilling").loc["Uden budget", "forventet_kr"] == 100


def test_before_the_first_month_is_over_only_the_budget_can_be_said():
    assert line("budget", maaneder=0)["model_kr"] == 510
    with pytest.raises(ValueUseError, match="1-12 hele måneder, ikke 0; kun »budget« kan laves uden"):
        line("bf", maaneder=0)


# --- Intervals ---


def test_three_to_five_years_give_the_least_and_the_largest_error():
    assert interval(D(200), [D("0.1"), D("-0.05"), D("0.02")]) == (D(190), D(220))
    assert interval(D(-200), [D("0.1"), D("-0.05"), D("0.02")]) == (D(-210), D(-180))
    assert interval(D(200), [D("0.1"), D("-0.05")]) == (None, None)


def test_six_years_give_the_t_distributions_p10_and_p90():
    errors = [D(number) / 100 for number in (-3, -2, -1, 1, 2, 3)]

    # s = sqrt(28 / 5) / 100; t with 5 degrees of freedom has P90 at 1.475884 (published tables: 1.476).
    half = 1_000_000 * (28 / 5) ** 0.5 / 100 * (1 + 1 / 6) ** 0.5 * 1.475884
    low, high = interval(D(1_000_000), errors)
    assert float(low) == pytest.approx(1_000_000 - half, abs=1)
    assert float(high) == pytest.approx(1_000_000 + half, abs=1)


def test_the_interval_of_a_line_is_the_errors_of_the_years_left_out_in_turn():
    row = line("andel")
    # Without 2023 the share is .475, and so on; the error is actual / forecast - 1.
    errors = [
        D("0.475") / D("0.46") - 1,
        D("0.465") / D("0.48") - 1,
        D("0.47") / D("0.47") - 1,
    ]

    assert row["lavt_kr"] == rounded(500 * (1 + min(errors)), 2)
    assert row["hoejt_kr"] == rounded(500 * (1 + max(errors)), 2)


def test_a_method_that_builds_on_the_budget_needs_earlier_budgets_for_its_interval():
    budgets = table("aar bevilling korrigeret_kr", *((year, "Skoler", D(1000)) for year in HALVES))

    assert (line("bf")["lavt_kr"], line("bf")["hoejt_kr"]) == (None, None)
    assert line("bf", budgetter=budgets)["lavt_kr"] < D("505.3") < line("bf", budgetter=budgets)["hoejt_kr"]


def test_the_columns_of_the_forecast_are_exact_amounts_or_empty():
    row = line("benktander")

    assert all(isinstance(row[name], Decimal) for name in ("ytd_kr", "korrigeret_kr", "model_kr", "forventet_kr"))
    assert isinstance(row["aar_brugt"], int)
