"""Which part of a year a follow-up covers, and what the municipality calls it. The lists are KONSTRUERET."""

from datetime import date, datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetanalyser.errors import PosterError, ValueUseError
from budgetanalyser.opfoelgning import find, periode

COLUMNS = "periode nr navn opgjort lukket"


def table(*rows, columns=COLUMNS):
    """Build a list as read from a file, whose first data line is line 2."""
    return pd.DataFrame(rows, columns=columns.split(), index=range(2, 2 + len(rows)), dtype=object)


@pytest.mark.parametrize(
    ("given_", "maaneder", "opgjort", "ord_"),
    [
        ("2026K1", 3, date(2026, 3, 31), "1. kvartal 2026"),
        ("2026K3", 9, date(2026, 9, 30), "3. kvartal 2026"),
        ("2026K4", 12, date(2026, 12, 31), "4. kvartal 2026"),
        ("2026-02", 2, date(2026, 2, 28), "februar 2026"),
        ("2024-02", 2, date(2024, 2, 29), "februar 2024"),
        ("2026-09-30", 9, date(2026, 9, 30), "30. september 2026"),
        ("2026-09-29", 8, date(2026, 9, 29), "29. september 2026"),
        ("2024-02-28", 1, date(2024, 2, 28), "28. februar 2024"),
        ("2026-01-15", 0, date(2026, 1, 15), "15. januar 2026"),
        (date(2026, 5, 31), 5, date(2026, 5, 31), "31. maj 2026"),
        (datetime(2026, 5, 31, 12), 5, date(2026, 5, 31), "31. maj 2026"),
    ],
)
def test_a_quarter_a_month_and_a_date_each_mean_one_period(given_, maaneder, opgjort, ord_):
    found = periode(given_)

    assert (found.aar, found.maaneder, found.opgjort, found.ord) == (opgjort.year, maaneder, opgjort, ord_)


@pytest.mark.parametrize(
    "text", ["2026K5", "2026k3", "2026-13", "2026-00", "2026-02-30", "0000-01", "26K3", "3. kvartal", "", None, 2026]
)
def test_what_is_no_period_is_refused_with_the_three_ways_to_write_one(text):
    with pytest.raises(ValueUseError) as caught:
        periode(text)

    assert str(caught.value) == (
        f"»{text}« er ikke en periode. Skriv et kvartal (2026K3), en måned (2026-09) eller en dato (2026-09-30)."
    )


def test_the_months_that_count_are_told_in_words():
    assert periode("2026K3").maaneder_ord == "januar-september 2026"
    assert periode("2026-01").maaneder_ord == "januar 2026"
    assert periode("2026-01-30").maaneder_ord == "ingen hele måneder i 2026"
    assert (periode("2026K3").er_hel, periode("2026-01-30").er_hel) == (True, False)


@settings(deadline=None)
@given(st.dates(date(2007, 1, 1), date(2099, 12, 31)))
def test_a_month_counts_only_when_it_is_over(day):
    found = periode(day)

    assert found.opgjort == day
    assert found.maaneder in (day.month - 1, day.month)
    assert (found.maaneder == day.month) == (date.fromordinal(day.toordinal() + 1).month != day.month)
    assert periode(found.kode) == found


# --- Names and numbers ---


def test_the_first_follow_up_of_the_year_may_be_number_0():
    found = find(table(("2026K1", "0", "Budgetopfølgning", None, True)), "2026K1")

    assert (found.nr, found.titel) == ("0", "Budgetopfølgning 0 pr. 31. marts 2026")
    assert (found.foreloebig, found.stempel) == (False, "")


@pytest.mark.parametrize(
    ("nr", "navn", "titel"),
    [
        ("1", "Økonomirapport 1", "Økonomirapport 1 pr. 30. april 2026"),
        ("1", "Budgetkontrol", "Budgetkontrol 1 pr. 30. april 2026"),
        (None, "Halvårsregnskab", "Halvårsregnskab pr. 30. april 2026"),
        ("3", None, "Budgetopfølgning 3 pr. 30. april 2026"),
    ],
)
def test_names_and_numbers_are_the_municipalitys_own(nr, navn, titel):
    assert find(table(("2026-04", nr, navn, None, True)), "2026-04").titel == titel


def test_the_list_decides_the_cut_off_as_the_published_third_follow_up_has_the_end_of_october():
    found = find(table(("2025K3", "3", "Budgetopfølgning", date(2025, 10, 31), True)), "2025K3")

    assert (found.opgjort, found.periode.maaneder) == (date(2025, 10, 31), 10)
    assert found.titel == "Budgetopfølgning 3 pr. 31. oktober 2025"


def test_a_date_finds_the_follow_up_with_that_cut_off():
    listed = table(("2026K1", "1", "Opfølgning", date(2026, 3, 31), True), ("2026K2", "2", "Opfølgning", None, True))

    assert find(listed, date(2026, 3, 31)).nr == "1"


def test_a_date_finds_the_follow_up_whose_cut_off_is_the_end_of_its_quarter():
    listed = table(("2026K1", "1", "Opfølgning", None, True), ("2026K2", "2", "Opfølgning", None, True))

    assert (find(listed, "2026-06-30").nr, find(listed, "2026-06").nr, find(listed, "2026-06-29").nr) == (
        "2",
        "2",
        None,
    )


def test_a_period_that_is_not_closed_is_stamped():
    found = find(table(("2026K3", "3", "Budgetopfølgning", None, False)), "2026K3")

    assert found.stempel == "Foreløbig: 3. kvartal 2026 er ikke lukket"


def test_a_period_that_is_not_listed_is_stamped_and_keeps_its_months():
    found = find(table(), "2026-02")

    assert found.stempel == "Foreløbig: februar 2026 står ikke i listen over opfølgninger"
    assert (found.nr, found.titel, found.periode.maaneder) == (None, "Budgetopfølgning pr. 28. februar 2026", 2)


def test_every_fault_of_the_list_is_told_at_once():
    listed = table(
        ("2026K1", "1", "A", None, True),
        ("2026K1", "2", "B", None, True),
        ("K3", "3", "C", None, True),
        ("2026K2", "4", "D", date(2025, 6, 30), True),
        ("2026K3", "5", "E", "30-09-2026", "måske"),
    )

    with pytest.raises(PosterError) as caught:
        find(listed, "2026K1")

    assert [str(fault) for fault in caught.value.faults] == [
        "linje 3: »2026K1« står også i linje 2; lad den stå én gang",
        "linje 4: »K3« er ikke en periode. Skriv et kvartal (2026K3), en måned (2026-09) eller en dato (2026-09-30).",
        "linje 5: opgjort er 30. juni 2025, men perioden er 2. kvartal 2026; ret en af dem",
        "linje 6: opgjort skal være en dato, ikke »30-09-2026«",
        "linje 6: lukket skal være ja eller nej, ikke »måske«",
    ]
