"""Applications for supplementary appropriations: financed to the krone in every year, or refused. KONSTRUERET."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetanalyser.errors import PosterError
from budgetanalyser.opfoelgning import bevillinger

D = Decimal
COLUMNS = "nr tekst bevilling aar slags beloeb_kr finansiering"


def table(*rows):
    """Build a table as read from a file, whose first data line is line 2."""
    return pd.DataFrame(rows, columns=COLUMNS.split(), index=range(2, 2 + len(rows)), dtype=object)


MORE = ("1", "Flere anbringelser", "Børn", 2026, "drift", D(6_000_000), "")
PAID = ("1", "Flere anbringelser", "", 2026, "finansiering", D(-6_000_000), "likvide aktiver")
MOVED = [
    ("2", "Omplacering", "Skoler", 2026, "drift", D(2_000_000), "omplacering fra dagtilbud"),
    ("2", "Omplacering", "Dagtilbud", 2026, "drift", D(-2_000_000), ""),
]
LATER = [
    ("3", "Skolebyggeri udskydes", "Skolebyggeri", 2026, "anlæg", D(-8_000_000), ""),
    ("3", "Skolebyggeri udskydes", "", 2026, "finansiering", D(8_000_000), "likvide aktiver"),
    ("3", "Skolebyggeri udskydes", "Skolebyggeri", 2027, "anlæg", D(8_000_000), ""),
    ("3", "Skolebyggeri udskydes", "", 2027, "finansiering", D(-8_000_000), "likvide aktiver"),
]


def check(*rows, budgetaar=2026):
    return bevillinger.check(table(*rows), budgetaar=budgetaar)


def refused(*rows):
    with pytest.raises(PosterError) as caught:
        check(*rows)
    return [str(fault) for fault in caught.value.faults]


def test_applications_that_go_to_zero_in_each_year_are_taken():
    found = check(MORE, PAID, *MOVED, *LATER)

    assert (found.antal, found.aar) == (3, [2026, 2027, 2028, 2029])
    assert found.pr_bevilling() == {
        "Børn": D(6_000_000),
        "Skoler": D(2_000_000),
        "Dagtilbud": D(-2_000_000),
        "Skolebyggeri": D(-8_000_000),
    }
    assert found.pr_bevilling(2027) == {"Skolebyggeri": D(8_000_000)}


def test_the_overview_has_the_four_years_with_the_financing_last_and_each_application_at_zero():
    overview = check(PAID, MORE, *LATER).oversigt()

    assert list(overview["slags"]) == ["drift", "finansiering", "anlæg", "finansiering"]
    assert list(overview.iloc[2][["2026", "2027", "2028", "2029"]]) == [D(-8_000_000), D(8_000_000), D(0), D(0)]
    for _, rows in overview.groupby("nr"):
        assert all(sum(rows[year]) == 0 for year in ("2026", "2027", "2028", "2029"))


def test_the_sums_by_kind_and_year_keep_the_financing_apart():
    kinds = check(MORE, PAID, *LATER).pr_aar().set_index("slags")

    assert list(kinds.index) == ["anlæg", "drift", "finansiering"]
    assert list(kinds["2026"]) == [D(-8_000_000), D(6_000_000), D(2_000_000)]


def test_one_that_does_not_go_to_zero_is_refused_with_its_number_year_and_difference():
    short = (*PAID[:5], D("-5999999.50"), PAID[6])

    assert refused(MORE, short, *MOVED) == [
        "linje 2 og 3, ansøgning 1 i 2026: bevilling og finansiering giver 0,50 kr. og ikke 0; der mangler finansiering"
    ]


def test_a_year_cannot_pay_for_another():
    assert refused(
        ("7", "Forskudt", "Veje", 2026, "anlæg", D(5), ""),
        ("7", "Forskudt", "", 2027, "finansiering", D(-5), "lån"),
    ) == [
        "linje 2, ansøgning 7 i 2026: bevilling og finansiering giver 5,00 kr. og ikke 0; der mangler finansiering",
        "linje 2, ansøgning 7 i 2026: finansieringen er ikke nævnt (kommunestyrelsesloven § 40 stk. 3)",
        "linje 3, ansøgning 7 i 2027: bevilling og finansiering giver −5,00 kr. og ikke 0; "
        "der er penge tilovers, så skriv, hvor de går hen",
    ]


def test_one_application_cannot_pay_for_another():
    assert len(refused(MORE, ("2", *PAID[1:]))) == 3


def test_financing_that_is_not_named_is_refused_even_where_the_sum_is_zero():
    silent = [(*row[:6], "") for row in MOVED]

    assert refused(*silent) == [
        "linje 2 og 3, ansøgning 2 i 2026: finansieringen er ikke nævnt (kommunestyrelsesloven § 40 stk. 3)"
    ]


def test_every_faulty_row_is_told_at_once():
    faults = refused(
        (None, "x", "A", 2026, "drift", D(1), "kassen"),
        ("1", "x", "", 2026, "drift", D(1), "kassen"),
        ("2", "x", "A", 2031, "drift", D(0), "kassen"),
        ("3", "x", "A", 2026, "drift", 0.5, "kassen"),
        ("4", "x", "", 2026, "finansiering", D(1), ""),
        ("5", "x", "A", 2026, "Finansiering", D(1), "kassen"),
    )

    assert {
        "linje 2: nr mangler; udfyld den",
        "linje 3: bevilling mangler; udfyld den",
        "linje 4: beloeb_kr er 0; slet linjen, eller skriv beløbet",
        "linje 4: aar skal ligge i 2026-2029, ikke 2031",
        "linje 5: beloeb_kr skal være et beløb; her står »0.5«",
        "linje 6: finansiering mangler; skriv, hvad der betaler (kommunestyrelsesloven § 40 stk. 3)",
        "linje 7: slags er »Finansiering«; skriv »finansiering«, hvis rækken er finansieringen",
    } <= set(faults)


def test_a_loan_to_a_fund_is_a_kind_of_its_own_and_no_slip_of_the_pen():
    found = check(
        ("1", "Indskud", "Landsbyggefonden", 2026, "finansforskydninger", D(5), ""),
        ("1", "Indskud", "", 2026, "finansiering", D(-5), "låneoptagelse"),
    )

    assert found.pr_bevilling() == {"Landsbyggefonden": D(5)}


def test_there_may_be_no_applications():
    found = check()

    assert (found.antal, found.pr_bevilling(), len(found.oversigt()), len(found.pr_aar())) == (0, {}, 0, 0)


oere = st.integers(-(10**12), 10**12).filter(bool).map(lambda number: D(number) / 100)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(2026, 2029), oere), max_size=15), oere)
def test_whatever_is_paid_to_the_oere_is_taken_and_one_that_is_off_is_refused(drawn, off):
    sums = {}
    rows = []
    for number, year, amount in drawn:
        rows.append((str(number), "x", "A", year, "drift", amount, ""))
        sums[number, year] = sums.get((number, year), D(0)) + amount
    rows += [(str(n), "x", "", y, "finansiering", -total, "kassen") for (n, y), total in sums.items() if total]
    silent = [key for key, total in sums.items() if not total]
    rows = [(*row[:6], "kassen") if (int(row[0]), row[3]) in silent else row for row in rows]

    found = check(*rows)
    assert sum(found.raekker["beloeb_kr"]) == 0

    assert refused(*rows, ("9", "x", "A", 2026, "drift", off, "kassen"))[-1].startswith(
        f"linje {len(rows) + 2}, ansøgn"
    )
