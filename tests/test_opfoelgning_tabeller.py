"""Budget, spend and forecast side by side at a cut-off. Amounts are KONSTRUERET and can be added in the head."""

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetanalyser.errors import PosterError, ValueUseError
from budgetanalyser.opfoelgning import find, holdt_ude, hovedtabel, i_alt, med_i_alt, noter, tomme_maaneder
from budgetanalyser.opfoelgning.tabeller import BELOEB

D = Decimal


def table(columns, *rows):
    """Build a table as read from a file, whose first data line is line 2."""
    return pd.DataFrame(rows, columns=columns.split(), index=range(2, 2 + len(rows)), dtype=object)


BUDGET = table(
    "aar slags dato bevilling udvalg beloeb_kr",
    (2026, "oprindeligt", date(2025, 10, 8), "Skoler", "Børn", D(400)),
    (2026, "tillaegsbevilling", date(2026, 3, 24), "Skoler", "Børn", D(30)),
    (2026, "omplacering", None, "Skoler", "Børn", D(-10)),
    (2026, "overfoersel", date(2026, 4, 21), "Skoler", "Børn", D(80)),
    (2026, "oprindeligt", date(2025, 10, 8), "Dagtilbud", "Børn", D(200)),
    (2026, "omplacering", None, "Dagtilbud", "Børn", D(10)),
    (2026, "oprindeligt", date(2025, 10, 8), "Skatter", "Økonomi", D(-1000)),
    (2025, "oprindeligt", None, "Skoler", "Børn", D(390)),
)
SPEND = table(
    "aar maaned posteringstype bevilling udvalg beloeb_kr",
    (2026, 1, "PRI", "Skoler", "Børn", D(-9999)),
    (2026, 1, "SUP", "Skoler", "Børn", D(55)),
    (2026, 13, "NOR", "Skoler", "Børn", D(5)),
    (2026, 1, "NOR", "Skoler", "Børn", D("100.50")),
    (2026, 4, "", "Skoler", "Børn", D("200.25")),
    (2026, 10, "NOR", "Skoler", "Børn", D(7)),
    (2026, 3, None, "Dagtilbud", "Børn", D("157.50")),
    (2026, 9, "NOR", "Skatter", "Økonomi", D(-750)),
    (2025, 2, "NOR", "Skoler", "Børn", D(80)),
)
EXPECTED = table("bevilling forventet_kr", ("Skoler", D(510)), ("Dagtilbud", D(205)), ("Skatter", D(-990)))


def test_the_main_table_sets_budget_spend_and_forecast_side_by_side():
    made = hovedtabel(BUDGET, SPEND, EXPECTED, periode="2026K3").set_index("bevilling")

    assert made.loc["Skoler"].to_dict() == {
        "oprindeligt_kr": D(400),
        "tillaeg_kr": D(20),
        "overfoersler_kr": D(80),
        "korrigeret_ekskl_kr": D(420),
        "korrigeret_kr": D(500),
        "forbrug_kr": D("300.75"),
        "forbrugsprocent": D("0.6015"),
        "forventet_kr": D(510),
        "afvigelse_ekskl_kr": D(90),
        "afvigelse_kr": D(10),
        "afvigelse_pct": D("0.02"),
        "sidste_forventet_kr": None,
        "forbrug_sidste_aar_kr": None,
    }
    assert list(made.index) == ["Skoler", "Dagtilbud", "Skatter"]


def test_a_deviation_keeps_its_sign_on_an_income_line():
    row = hovedtabel(BUDGET, SPEND, EXPECTED, periode="2026K3").set_index("bevilling").loc["Skatter"]

    assert (row["afvigelse_kr"], row["afvigelse_pct"], row["forbrugsprocent"]) == (D(10), D("0.01"), D("0.75"))


def test_transfers_decided_on_21_april_are_not_in_the_corrected_budget_of_31_march():
    made = hovedtabel(BUDGET, SPEND, EXPECTED, periode="2026K1").set_index("bevilling").loc["Skoler"]

    assert (made["korrigeret_kr"], made["overfoersler_kr"], made["forbrug_kr"]) == (D(420), D(0), D("100.50"))


@pytest.mark.parametrize(("day", "corrected"), [("2026-04-20", 420), ("2026-04-21", 500)])
def test_a_change_counts_from_the_day_it_is_decided(day, corrected):
    made = hovedtabel(BUDGET, SPEND, EXPECTED, periode=day).set_index("bevilling")

    assert made.loc["Skoler", "korrigeret_kr"] == corrected


def test_the_municipalitys_own_cut_off_counts_rather_than_the_quarters():
    listed = table("periode nr navn opgjort lukket", ("2026K1", "1", "Opfølgning", date(2026, 4, 30), True))

    made = hovedtabel(BUDGET, SPEND, EXPECTED, periode=find(listed, "2026K1")).set_index("bevilling").loc["Skoler"]

    assert (made["korrigeret_kr"], made["forbrug_kr"]) == (D(500), D("300.75"))


def test_what_is_kept_out_is_told_with_its_rows_and_amounts():
    found = holdt_ude(BUDGET, SPEND, periode="2026K3")

    assert {row["hvad"]: (row["linjer"], row["beloeb_kr"]) for row in found.to_dict("records")} == {
        "budgetposter i andre år end 2026": (1, D(390)),
        "primoposteringer (PRI), som er årets åbningsbalance": (1, D(-9999)),
        "supplementsposteringer (SUP eller periode 13), som hører til afslutningen af et regnskabsår": (2, D(60)),
        "forbrug efter januar-september 2026": (1, D(7)),
        "forbrug i andre år end 2026": (1, D(80)),
    }
    assert noter(found)[-1].startswith("Ikke talt med: ")
    assert "primoposteringer (PRI), som er årets åbningsbalance, i alt −9.999,00 kr." in noter(found)[1]


def test_a_ledger_that_was_fetched_too_early_is_seen_by_its_empty_months():
    assert tomme_maaneder(SPEND, periode="2026K1") == ["februar 2026"]
    assert tomme_maaneder(SPEND[SPEND["maaned"] < 4], periode="2026-05") == [
        "februar 2026",
        "april 2026",
        "maj 2026",
    ]
    assert tomme_maaneder(SPEND, periode="2026-01-15") == []


def test_last_years_months_and_the_last_follow_up_stand_beside():
    before = table(
        "aar maaned bevilling beloeb_kr",
        (2025, 9, "Skoler", D(70)),
        (2025, 10, "Skoler", D(700)),
        (2025, 13, "Skoler", D(5)),
        (2024, 1, "Skoler", D(1)),
        (2025, 1, "Nedlagt", D(3)),
    )
    last = table("bevilling forventet_kr", ("Skoler", D(505)), ("Dagtilbud", None))

    made = hovedtabel(BUDGET, SPEND, EXPECTED, periode="2026K3", sidste=last, sidste_aar=before).set_index("bevilling")

    assert list(made["forbrug_sidste_aar_kr"]) == [D(70), None, None, D(3)]
    assert list(made["sidste_forventet_kr"]) == [D(505), None, None, None]
    assert (made.index[-1], made.iloc[-1]["forventet_kr"]) == ("Nedlagt", 0)
    by_committee = hovedtabel(BUDGET, SPEND, EXPECTED, periode="2026K3", efter="udvalg", sidste_aar=before)
    assert dict(zip(by_committee["udvalg"], by_committee["forbrug_sidste_aar_kr"], strict=True)) == {
        "Børn": D(70),
        "Økonomi": None,
        "(findes ikke i år)": D(3),
    }


def test_the_sum_recomputes_the_percentages_and_does_not_add_them():
    sums = i_alt(hovedtabel(BUDGET, SPEND, EXPECTED, periode="2026K3", efter="udvalg"))

    assert (sums["korrigeret_kr"], sums["forventet_kr"], sums["afvigelse_kr"]) == (D(-290), D(-275), D(15))
    # Income and expenditure largely cancel out here, and a percentage of what is left would mislead.
    assert sums["afvigelse_pct"] is None
    children = i_alt(hovedtabel(BUDGET, SPEND, EXPECTED, periode="2026K3", efter="udvalg").iloc[:1])
    assert children["afvigelse_pct"] == children["afvigelse_kr"] / children["korrigeret_kr"]


def test_one_unknown_forecast_makes_the_committee_unknown_and_not_smaller():
    some = table("bevilling forventet_kr", ("Skoler", D(510)), ("Skatter", D(-990)))

    made = hovedtabel(BUDGET, SPEND, some, periode="2026K3", efter="udvalg").set_index("udvalg")

    assert (made.loc["Børn", "forventet_kr"], made.loc["Børn", "afvigelse_kr"]) == (None, None)
    assert made.loc["Økonomi", "forventet_kr"] == D(-990)
    assert med_i_alt(made.reset_index()).iloc[-1]["forventet_kr"] is None


def test_spend_without_a_budget_has_a_row_and_no_percentage():
    spend = table("maaned bevilling beloeb_kr", (1, "Ukendt", D(12)))

    row = hovedtabel(BUDGET, spend, None, periode="2026K3").set_index("bevilling").loc["Ukendt"]

    assert (row["korrigeret_kr"], row["forbrug_kr"], row["forbrugsprocent"]) == (D(0), D(12), None)


def test_a_forecast_of_something_that_is_not_there_is_refused():
    with pytest.raises(ValueUseError, match="forventet regnskab for »Skole«, men hverken budget eller forbrug"):
        hovedtabel(BUDGET, SPEND, table("bevilling forventet_kr", ("Skole", D(1))), periode="2026K3")


def test_a_forecast_that_cannot_be_shared_out_is_refused():
    budget = table(
        "slags bevilling udvalg beloeb_kr", ("oprindeligt", "Fælles", "A", D(1)), ("oprindeligt", "Fælles", "B", D(1))
    )

    with pytest.raises(ValueUseError, match="»Fælles« hører til flere slags udvalg"):
        hovedtabel(
            budget,
            table("maaned bevilling udvalg beloeb_kr"),
            table("bevilling forventet_kr", ("Fælles", D(2))),
            periode="2026K3",
            efter="udvalg",
        )


def test_a_forecast_may_say_its_committee_itself():
    budget = table(
        "slags bevilling udvalg beloeb_kr", ("oprindeligt", "Fælles", "A", D(1)), ("oprindeligt", "Fælles", "B", D(1))
    )
    spend = table("maaned bevilling udvalg beloeb_kr")
    shared = table("bevilling udvalg forventet_kr", ("Fælles", "A", D(2)), ("Fælles", "B", D(3)))

    for given_ in (shared, shared.drop(columns="bevilling")):
        made = hovedtabel(budget, spend, given_, periode="2026K3", efter="udvalg")
        assert list(made["forventet_kr"]) == [D(2), D(3)]
    before = table("aar maaned bevilling beloeb_kr", (2025, 1, "Fælles", D(1)))
    with pytest.raises(ValueUseError, match="»Fælles« hører til flere slags udvalg"):
        hovedtabel(budget, spend, shared, periode="2026K3", efter="udvalg", sidste_aar=before)


def test_an_amount_that_is_not_exact_is_refused_rather_than_summed():
    made = hovedtabel(BUDGET, SPEND, EXPECTED, periode="2026K3")
    made["forbrug_kr"] = 0.1

    with pytest.raises(TypeError, match="endelig Decimal"):
        i_alt(made)


def test_every_fault_of_a_table_is_told_at_once():
    wrong = table(
        "maaned posteringstype bevilling beloeb_kr",
        (0, "NOR", "A", D(1)),
        (1, "XXX", "A", D(1)),
        (1, "NOR", " ", D(1)),
        (1, "NOR", "A", 1.5),
        (14, "NOR", "A", D("NaN")),
    )

    with pytest.raises(PosterError) as caught:
        hovedtabel(BUDGET, wrong, None, periode="2026K3")

    assert sorted(str(fault) for fault in caught.value.faults) == [
        "linje 2: maaned skal være 1-12, eller 13 for supplementsperioden, ikke 0",
        "linje 3: posteringstype kan ikke være »XXX«; brug NOR, PRI eller SUP",
        "linje 4: bevilling mangler; udfyld den",
        "linje 5: beloeb_kr skal være et beløb; her står »1.5«",
        "linje 6: beloeb_kr skal være et beløb; her står »NaN«",
        "linje 6: maaned skal være 1-12, eller 13 for supplementsperioden, ikke 14",
    ]
    with pytest.raises(PosterError, match="slags kan ikke være »tillæg«") as caught:
        hovedtabel(
            table("slags bevilling beloeb_kr dato", ("tillæg", "A", D(1), "i går")), SPEND, None, periode="2026K3"
        )
    assert len(caught.value.faults) == 2


kroner = st.integers(-(10**11), 10**11).map(lambda oere: D(oere) / 100)
posts = st.tuples(
    st.sampled_from(["oprindeligt", "tillaegsbevilling", "omplacering", "overfoersel"]),
    st.sampled_from("abcd"),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    kroner,
)
postings = st.tuples(st.integers(1, 13), st.sampled_from(["NOR", "PRI", "SUP", ""]), st.sampled_from("abcd"), kroner)
UDVALG = {"a": "A", "b": "A", "c": "B", "d": "C"}


@settings(deadline=None)
@given(st.lists(posts, max_size=25), st.lists(postings, max_size=25), st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_every_krone_is_counted_or_told_and_all_ways_to_add_agree(drawn_posts, drawn_postings, day):
    budget = table(
        "slags bevilling udvalg dato beloeb_kr",
        *((kind, name, UDVALG[name], at, amount) for kind, name, at, amount in drawn_posts),
    )
    spend = table(
        "maaned posteringstype bevilling udvalg beloeb_kr",
        *((month, kind, name, UDVALG[name], amount) for month, kind, name, amount in drawn_postings),
    )
    by_line = hovedtabel(budget, spend, None, periode=day)
    by_committee = hovedtabel(budget, spend, None, periode=day, efter="udvalg")
    sums = i_alt(by_line)

    # The percentages go by the rows given: where rows of both signs cancel out, there is none.
    by_other = i_alt(by_committee)
    assert {name: sums[name] for name in BELOEB} == {name: by_other[name] for name in BELOEB}
    assert sums["korrigeret_kr"] == sums["oprindeligt_kr"] + sums["tillaeg_kr"] + sums["overfoersler_kr"]
    out = sum(holdt_ude(budget, spend, periode=day)["beloeb_kr"])
    whole = sum(row[3] for row in drawn_posts) + sum(row[3] for row in drawn_postings)
    assert sums["korrigeret_kr"] + sums["forbrug_kr"] + out == whole
