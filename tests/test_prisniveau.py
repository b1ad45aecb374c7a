"""Price levels and present values, against figures that can be checked by hand or that the state published."""

from decimal import Decimal

import pandas as pd
import pytest

from budgetanalyser import prisniveau
from budgetanalyser.errors import PosterError, ValueUseError

D = Decimal
MIO = D(1_000_000)

# Invented round rates, so that every expected value can be checked in the head. Not KL's.
SATSER = {2023: D("0.10"), 2024: D("0.20"), 2025: D("0.50")}

COLUMNS = ["aar", "slags", "udgave", "korrektion_pct", "skoen_pct", "samlet_pct"]


def satstabel(*rows):
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object, index=range(2, len(rows) + 2))


def published(aar, slags, udgave, korrektion, skoen, samlet):
    return (aar, slags, udgave, D(korrektion) / 100, D(skoen) / 100, D(samlet) / 100)


# The state's pris- og lønforudsætninger (Økonomisk Redegørelse, vintage in the third column); its general index
# stands as "service". Not municipal.
STATE = satstabel(
    published(2022, "service", "ØR maj 2021", "-0.6", "1.7", "1.1"),
    published(2022, "anlæg", "ØR maj 2021", "-0.8", "1.7", "0.9"),
    published(2023, "service", "ØR maj 2022", "1.6", "2.3", "3.9"),
    published(2023, "anlæg", "ØR maj 2022", "5.5", "2.3", "7.8"),
    published(2025, "service", "ØR maj 2024", "0.2", "2.8", "3.0"),
    published(2025, "anlæg", "ØR maj 2024", "-0.5", "2.8", "2.3"),
)


@pytest.mark.parametrize(
    ("from_level", "to_level", "expected"),
    [
        pytest.param(2024, 2024, [100, 300], id="the same level changes nothing"),
        pytest.param(2023, 2024, [120, 360], id="a rate belongs to the year it leads to"),
        pytest.param(2022, 2024, [132, 396], id="rates compound"),
        pytest.param(2025, 2024, [D(200) / 3, 200], id="backwards divides"),
    ],
)
def test_amounts_are_restated_with_the_rates_between_the_two_levels(from_level, to_level, expected):
    amounts = pd.Series([D(100), D(300)], index=["drift", "anlæg"], name="beloeb_kr", dtype=object)
    actual = prisniveau.restate(amounts, from_level=from_level, to_level=to_level, pl_satser=SATSER)

    assert list(actual) == expected
    assert list(actual.index) == ["drift", "anlæg"]
    assert (actual.name, actual.dtype) == ("beloeb_kr", object)


def test_three_rates_compound_to_a_published_product():
    """L1."""
    satser = {2024: D("0.025"), 2025: D("0.034"), 2026: D("0.041")}

    assert prisniveau.restate(D(100), from_level=2023, to_level=2026, pl_satser=satser) == D("110.330385")


def test_an_amount_restated_forth_and_back_is_itself():
    """L2."""
    satser = {2025: D("0.03")}
    forth = prisniveau.restate(D(450_000), from_level=2024, to_level=2025, pl_satser=satser)

    assert forth == 463_500
    assert prisniveau.restate(forth, from_level=2025, to_level=2024, pl_satser=satser) == 450_000


def test_ten_years_of_an_unregulated_amount_lose_a_tenth_in_the_first_years_prices():
    """L3: 10 mio. kr. a year 2024-2033, prices rising 2,5 %."""
    satser = dict.fromkeys(range(2025, 2034), D("0.025"))
    worth = [
        prisniveau.restate(10 * MIO, from_level=year, to_level=2024, pl_satser=satser) for year in range(2024, 2034)
    ]

    assert round(sum(worth) / MIO, 6) == D("89.708655")
    assert round(100 - sum(worth) / MIO, 6) == D("10.291345")


def test_all_the_years_without_a_rate_are_told():
    with pytest.raises(prisniveau.MissingSatsError, match="2022, 2026 og 2027") as caught:
        prisniveau.restate(D(1), from_level=2027, to_level=2021, pl_satser=SATSER)
    assert caught.value.aar == (2022, 2026, 2027)


@pytest.mark.parametrize("sats", [D(-1), D("-1.5"), 0.03, D("NaN"), D("Infinity"), None, 0])
def test_a_rate_that_is_no_rate_is_refused(sats):
    with pytest.raises(ValueUseError, match="Ret satsen for 2025"):
        prisniveau.restate(D(1), from_level=2023, to_level=2024, pl_satser={**SATSER, 2025: sats})


@pytest.mark.parametrize("amount", [1.0, D("NaN"), 1, None, "1"])
def test_an_amount_that_is_not_decimal_is_refused_with_its_line(amount):
    with pytest.raises(ValueUseError, match="Ret beløbet"):
        prisniveau.restate(amount, from_level=2023, to_level=2024, pl_satser=SATSER)
    amounts = pd.Series([amount, D(1), amount], index=[3, 4, 5], dtype=object)
    with pytest.raises(ValueUseError, match="Ret linje 3 og linje 5"):
        prisniveau.restate(amounts, from_level=2023, to_level=2024, pl_satser=SATSER)


def test_current_prices_cannot_be_restated():
    with pytest.raises(ValueUseError, match="løbende priser kan ikke omregnes"):
        prisniveau.restate(D(1), from_level=None, to_level=2024, pl_satser=SATSER)


def test_an_amount_is_open_from_the_first_missing_rate_on():
    table = prisniveau.omregning(
        D(450_000), from_level=2022, to_level=2026, pl_satser={2023: D("0.10"), 2024: D("0.20"), 2026: D("0.02")}
    )

    assert table.to_numpy().tolist() == [
        [2022, None, 450_000],
        [2023, D("0.10"), 495_000],
        [2024, D("0.20"), 594_000],
        [2025, None, None],
        [2026, D("0.02"), None],
    ]
    assert list(table.columns) == ["aar", "sats", "beloeb_kr"]


def test_the_last_year_on_the_way_is_the_restated_amount():
    levels = {"from_level": 2022, "to_level": 2025, "pl_satser": SATSER}

    assert prisniveau.omregning(D("7.77"), **levels)["beloeb_kr"].iloc[-1] == prisniveau.restate(D("7.77"), **levels)


def test_the_way_goes_only_forward():
    with pytest.raises(ValueUseError, match="2023 ligger før 2024"):
        prisniveau.omregning(D(1), from_level=2024, to_level=2023, pl_satser=SATSER)


def test_a_correction_is_chained_with_the_estimate():
    """L6: 10 % and 10 % are 21 %, not 20 %."""
    table = satstabel((2025, "service", "A", D("0.10"), D("0.10"), None))

    assert prisniveau.pl_satser(table, slags="service", udgave="A") == {2025: D("0.21")}


def test_a_rate_without_a_correction_is_its_estimate_and_years_come_in_order():
    table = satstabel((2026, "service", "A", None, D("0.03"), None), (2025, "service", "A", None, D("0.02"), None))

    assert list(prisniveau.pl_satser(table, slags="service", udgave="A").items()) == [
        (2025, D("0.02")),
        (2026, D("0.03")),
    ]


@pytest.mark.parametrize(
    ("slags", "udgave", "expected"),
    [
        ("service", "ØR maj 2021", {2022: D("0.010898")}),
        ("anlæg", "ØR maj 2021", {2022: D("0.008864")}),
        ("service", "ØR maj 2022", {2023: D("0.039368")}),
        ("anlæg", "ØR maj 2022", {2023: D("0.079265")}),
        ("service", "ØR maj 2024", {2025: D("0.030056")}),
        ("anlæg", "ØR maj 2024", {2025: D("0.02286")}),
    ],
)
def test_the_states_table_gives_one_kind_of_one_vintage(slags, udgave, expected):
    assert prisniveau.pl_satser(STATE, slags=slags, udgave=udgave) == expected


def test_the_states_published_sum_differs_from_the_chained_one_for_anlaeg_in_2023():
    table = prisniveau.afvigende_summer(STATE)

    assert table.to_numpy().tolist() == [[2023, "anlæg", "ØR maj 2022", D("0.078"), D("0.079265")]]
    assert list(table.columns) == ["aar", "slags", "udgave", "samlet_pct", "kaedet_pct"]
    assert list(table.index) == [5]


def test_a_rate_without_a_published_sum_differs_from_none():
    assert prisniveau.afvigende_summer(satstabel((2025, "service", "A", D("0.1"), D("0.1"), None))).empty


@pytest.mark.parametrize(("slags", "udgave"), [("service", "KL 2024"), ("drift", "A"), ("anlæg", "A")])
def test_an_unknown_kind_or_vintage_is_refused_with_those_there_are(slags, udgave):
    table = satstabel((2025, "service", "A", None, D("0.1"), None), (2025, "anlæg", "B", None, D("0.1"), None))

    with pytest.raises(ValueUseError, match=f"»{slags}« i udgaven »{udgave}«") as caught:
        prisniveau.pl_satser(table, slags=slags, udgave=udgave)
    assert "Tabellen har »service« i udgaven »A« og »anlæg« i udgaven »B«." in str(caught.value)


def test_all_faults_of_a_table_of_rates_are_told_at_once():
    table = satstabel(
        (2025, "service", "A", None, D("0.02"), None),
        (2025, "service", "A", None, D("0.03"), None),
        (2026, "anlaeg", "A", None, D("0.02"), None),
        (2027, "anlæg", "A", D("0.01"), None, None),
        (2028, "anlæg", " ", D("0.01"), D("2.5"), 0.1),
        ("2029", "anlæg", "A", None, D("NaN"), None),
    )

    with pytest.raises(PosterError) as caught:
        prisniveau.pl_satser(table, slags="service", udgave="A")
    wrong_pct = "skal ligge mellem −100 % og 100 %; giv kolonnen typen andel_pct i kilden"
    assert [str(fault) for fault in caught.value.faults] == [
        "linje 3, 2025: året står også i linje 2 med samme slags og udgave",
        "linje 4, 2026: slags skal være »service« eller »anlæg«, ikke »anlaeg«",
        "linje 5, 2027: skoen_pct mangler",
        "linje 6, 2028: udgave mangler; skriv, hvilken udgave af satserne det er",
        f"linje 6, 2028: skoen_pct {wrong_pct}",
        f"linje 6, 2028: samlet_pct {wrong_pct}",
        "linje 7, 2029: aar skal være et årstal",
        f"linje 7, 2029: skoen_pct {wrong_pct}",
    ]


def test_a_table_without_rates_is_refused():
    with pytest.raises(PosterError, match="der er ingen satser"):
        prisniveau.afvigende_summer(satstabel())


@pytest.mark.parametrize(
    ("t", "expected"),
    [(0, "1"), (1, ".966184"), (10, ".708919"), (35, ".299977"), (36, ".292660"), (70, ".126402"), (71, ".124534")],
)
def test_the_danish_discount_rates_are_chained(t, expected):
    """L5."""
    assert round(prisniveau.diskonteringsfaktor(t), 6) == D(expected)


def test_a_later_krone_is_never_worth_more():
    factors = [prisniveau.diskonteringsfaktor(t) for t in range(120)]

    assert factors == sorted(set(factors), reverse=True)


@pytest.mark.parametrize(("foerste", "expected"), [(0, "86.076865"), (1, "83.166053")])
def test_the_present_value_depends_on_whether_the_first_flow_falls_now(foerste, expected):
    """L4."""
    assert round(prisniveau.npv([D(10)] * 10, foerste=foerste), 6) == D(expected)


def test_flows_may_tell_their_own_years():
    schedule = ((1, D(1)), (None, D("0.25")))

    # 8 now; 8/2 = 4; 10/(2 · 1,25) = 4.
    assert prisniveau.npv({0: D(8), 1: D(8), 2: D(10)}, schedule) == 16
    assert prisniveau.npv([D(8), D(10)], schedule, foerste=1) == 8
    assert prisniveau.npv([]) == 0


@pytest.mark.parametrize(
    ("flows", "said"),
    [
        ({-1: D(1)}, "mindst 0, ikke -1"),
        ({0.5: D(1)}, "mindst 0, ikke 0.5"),
        ([D(1), 1.0, D("NaN")], "Ret år 1 og år 2"),
    ],
)
def test_flows_of_the_past_and_inexact_flows_are_refused(flows, said):
    with pytest.raises(ValueUseError, match=said):
        prisniveau.npv(flows)


def test_flows_with_years_take_no_first_year():
    with pytest.raises(ValueUseError, match="Udelad foerste"):
        prisniveau.npv({0: D(1)}, foerste=1)


def test_a_year_after_the_last_rate_is_refused():
    assert prisniveau.diskonteringsfaktor(2, ((2, D(1)),)) == D("0.25")
    with pytest.raises(ValueUseError, match="efter år 2, og år 3 skal bruge den"):
        prisniveau.diskonteringsfaktor(3, ((2, D(1)),))


@pytest.mark.parametrize(
    "schedule",
    [
        (),
        ((None, D("0.03")), (35, D("0.02"))),
        ((35, D("0.03")), (35, D("0.02"))),
        ((0, D("0.03")),),
        ((None, 0.03),),
        ((None, D(-1)),),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(schedule):
    with pytest.raises(ValueUseError, match="stigende år"):
        prisniveau.diskonteringsfaktor(1, schedule)


def test_flows_of_a_series_are_by_its_own_years():
    by_year = pd.Series([Decimal(100), Decimal(100)], index=[0, 35], dtype=object)

    assert prisniveau.npv(by_year) == prisniveau.npv({0: Decimal(100), 35: Decimal(100)})
    in_order = pd.Series([Decimal(100)] * 2, dtype=object)
    assert prisniveau.npv(in_order) == prisniveau.npv([Decimal(100)] * 2)


def test_calendar_years_are_not_taken_for_years_ahead():
    with pytest.raises(ValueUseError, match="skriv ikke årstal"):
        prisniveau.npv({2024: Decimal(1)})
