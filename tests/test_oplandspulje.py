"""The account of a pool: what is left of each year, what is not known, and what the grant is worth."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from budgetanalyser.deltagerbudget import oplandspulje
from budgetanalyser.errors import PosterError, ValueUseError
from budgetanalyser.kilder.table import read

RAW = Path(__file__).parents[1] / "data/raw"
D = Decimal
PR = date(2026, 6, 30)
POST = "aar omraade formaal tekst status beloeb_kr"


def table(columns, *rows):
    """Build a table as read from a file, whose first data line is line 2."""
    return pd.DataFrame(rows, columns=columns.split(), index=range(2, 2 + len(rows)), dtype=object)


def grant(*years, kr=10):
    return table("aar afsat_kr", *((year, D(kr)) for year in years))


def post(aar, beloeb_kr, status="udmøntet", formaal="deltagerbudget", omraade="Nordby"):
    return (aar, omraade, formaal, "tekst", status, None if beloeb_kr is None else D(beloeb_kr))


def posts(*rows):
    return table(POST, *rows)


def test_a_year_has_what_was_set_aside_less_what_is_given_and_promised():
    account = oplandspulje.regnskab(
        grant(2025, 2024), posts(post(2024, 4), post(2024, 3, "disponeret"), post(2025, 9)), pr=PR
    )

    assert list(account["aar"]) == [2024, 2025]
    assert list(account["udmoentet_kr"]) == [4, 9]
    assert list(account["disponeret_kr"]) == [3, 0]
    assert list(account["rest_kr"]) == [3, 1]
    assert list(account["overfoert_kr"]) == [0, 3]
    assert list(account["akkumuleret_kr"]) == [3, 4]
    assert set(account["rest_ord"]) == {"rest"}


def test_a_year_that_is_promised_too_much_shows_it_and_draws_on_the_years_before():
    account = oplandspulje.regnskab(grant(2024, 2025), posts(post(2024, 4), post(2025, 13)), pr=PR)

    assert list(account["rest_kr"]) == [6, -3]
    assert list(account["rest_ord"]) == ["rest", "overdisponeret"]
    assert account.loc[1, "akkumuleret_kr"] == 3
    assert oplandspulje.i_ord(account)[1].endswith("året er overdisponeret med 3 kr.")


def test_an_unknown_amount_makes_what_is_left_an_upper_bound():
    account = oplandspulje.regnskab(grant(2024, 2025), posts(post(2024, 4), post(2024, None)), pr=PR)

    assert list(account["uden_beloeb"]) == [1, 0]
    assert list(account["rest_ord"]) == ["højst", "rest"]
    assert list(account["akkumuleret_ord"]) == ["højst", "højst"]
    assert oplandspulje.i_ord(account) == [
        "I 2024 er der afsat 10 kr., udmøntet 4 kr. og disponeret 0 kr.; tilbage er højst 6 kr.",
        "I 2025 er der afsat 10 kr., udmøntet 0 kr. og disponeret 0 kr.; tilbage er 10 kr.",
        "Én post uden oplyst beløb er ikke regnet med, så resten er højst den viste.",
    ]


def test_a_year_after_the_day_is_not_judged_and_one_under_way_says_so():
    account = oplandspulje.regnskab(grant(2026, 2027, 2028), posts(post(2027, 4, "disponeret")), pr=PR)

    assert list(account["tilstand"]) == ["i gang", "kommende", "kommende"]
    assert list(account["rest_kr"]) == [10, None, None]
    assert list(account["rest_ord"]) == ["rest", "ikke opgjort", "ikke opgjort"]
    assert account.loc[1, "disponeret_kr"] == 4
    said = oplandspulje.i_ord(account)
    assert said[0].endswith("tilbage er 10 kr. Året er ikke slut.")
    assert said[1] == "2027-2028 ligger efter opgørelsen og er ikke gjort op."
    last_day = oplandspulje.regnskab(grant(2026), posts(), pr=date(2026, 12, 31))
    assert last_day.loc[0, "tilstand"] == "afsluttet"


def test_a_year_whose_grant_is_not_known_leaves_nothing_and_stops_what_is_carried():
    account = oplandspulje.regnskab(
        table("aar afsat_kr", (2024, None), (2025, D(10))), posts(post(None, 5), post(2024, 1)), pr=PR
    )

    assert list(account["rest_kr"]) == [None, 10]
    assert list(account["akkumuleret_kr"]) == [None, None]
    assert list(account["uden_aar"]) == [1, 1]
    assert account.loc[1, "rest_ord"] == "højst"
    said = oplandspulje.i_ord(account)
    assert said[0] == "I 2024 er det ikke oplyst, hvad der er afsat; der er udmøntet 1 kr. og disponeret 0 kr."
    assert said[-1] == "Én post uden oplyst år er ikke regnet med i noget år."


def test_every_fault_of_the_postings_is_told_with_its_line():
    bad = posts(post(2024, -1), post(2024, 1, "udmontet"), post(2024, 1, formaal="drift"))
    with pytest.raises(PosterError) as caught:
        oplandspulje.regnskab(grant(2024), bad, pr=PR)

    assert [str(fault) for fault in caught.value.faults] == [
        "linje 2: beloeb_kr er −1 kr.; skriv beløb uden minus",
        "linje 3: status kan ikke være »udmontet«. Mente du »udmøntet«?",
        "linje 4: formaal kan ikke være »drift«. Her kan stå »andet«, »deltagerbudget«, »tilsagn«.",
    ]
    with pytest.raises(PosterError, match="linje 2: der er ingen bevilling i 2023; puljen har 2024-2025"):
        oplandspulje.regnskab(grant(2024, 2025), posts(post(2023, 1)), pr=PR)
    with pytest.raises(PosterError, match="året står også i linje 2"):
        oplandspulje.regnskab(grant(2024, 2024), posts(), pr=PR)
    with pytest.raises(PosterError, match="der er ingen år"):
        oplandspulje.regnskab(grant(), posts(), pr=PR)


def test_postings_are_divided_by_area_with_the_share_of_deltagerbudgetter():
    found = oplandspulje.efter(
        posts(
            post(2024, 6),
            post(2024, 2, "disponeret", "andet"),
            post(2024, 2, omraade=None),
            post(2024, None, "disponeret", "andet", "Midtby"),
        ),
        "omraade",
    )

    assert list(found["omraade"]) == ["Nordby", "Midtby", "ikke oplyst"]
    assert list(found["i_alt_kr"]) == [8, 0, 2]
    assert list(found["andel"]) == [D("0.8"), D(0), D("0.2")]
    assert list(found["andel_deltagerbudget"]) == [D("0.75"), None, D(1)]
    assert list(found["uden_beloeb"]) == [0, 1, 0]
    with pytest.raises(ValueUseError, match="Mente du »formaal«"):
        oplandspulje.efter(posts(), "formål")


def test_read_as_nominal_the_grant_shrinks_in_fixed_prices():
    found = oplandspulje.faste_priser(
        grant(2024, 2025, 2026, kr=102), basisaar=2024, pl_satser={2025: D("0.02")}, laest="nominel"
    )

    assert list(found["loebende_kr"]) == [102, 102, 102]
    # 102 / 1.02; there is no rate for 2026, so that year stays open.
    assert list(found["faste_kr"]) == [102, 100, None]
    assert set(found["stigning"]) == {None}


def test_read_as_regulated_the_grant_grows_in_current_prices():
    rates = {2025: D("0.02"), 2026: D("0.10")}
    found = oplandspulje.faste_priser(
        grant(2024, 2025, 2026, kr=100), basisaar=2025, pl_satser=rates, laest="reguleret"
    )

    assert list(found["faste_kr"]) == [100, 100, 100]
    assert [round(kr, 2) for kr in found["loebende_kr"]] == [D("98.04"), 100, 110]


def test_without_rates_the_grant_is_shown_over_a_range():
    found = oplandspulje.faste_priser(grant(2024, 2026, kr=100), basisaar=2024, pl_satser={}, laest="reguleret")

    assert list(dict.fromkeys(found["stigning"])) == [D(0), D("0.01"), D("0.02"), D("0.03")]
    assert list(found.loc[found["aar"] == 2026, "loebende_kr"]) == [100, D("102.01"), D("104.04"), D("106.09")]
    with pytest.raises(ValueUseError, match="»nominel« eller »reguleret«"):
        oplandspulje.faste_priser(grant(2024), basisaar=2024, pl_satser={}, laest="fast")


def test_ten_equal_years_are_worth_an_annuity_due():
    # 10 mio. · (1 − 1,035^−10) / (1 − 1/1,035) = 86.076.865 kr., the first of them not discounted.
    ten = read(RAW / "aarhus-oplandspulje.csv").data

    worth = oplandspulje.nutidsvaerdi(ten, 2024)
    assert round(worth) == 86_076_865
    assert abs(worth - 10_000_000 * (1 - D("1.035") ** -10) / (1 - 1 / D("1.035"))) < D("0.001")


def test_a_present_value_needs_every_amount_and_no_earlier_year():
    with pytest.raises(PosterError) as caught:
        oplandspulje.nutidsvaerdi(table("aar afsat_kr", (2023, D(1)), (2024, None)), 2024)

    assert [fault.where for fault in caught.value.faults] == ["år 2024", "år 2023"]


def test_the_constructed_pool_shows_an_unknown_amount_and_a_year_promised_too_much():
    grants = read(RAW / "aarhus-oplandspulje.csv").data
    constructed = read(RAW / "KONSTRUERET-oplandspulje-poster.csv")
    account = oplandspulje.regnskab(grants, constructed.data, pr=PR)

    assert constructed.kilde.konstrueret
    assert constructed.kilde.titel.startswith("KONSTRUERET")
    assert list(account["rest_ord"])[:4] == ["højst", "overdisponeret", "rest", "ikke opgjort"]
    assert list(account["akkumuleret_kr"])[:3] == [2_500_000, 2_000_000, 5_710_000]
    assert sum(oplandspulje.efter(constructed.data, "formaal")["i_alt_kr"]) == sum(account["anvendt_kr"])


def test_the_known_use_of_the_real_pool_has_neither_amount_nor_year():
    account = oplandspulje.regnskab(
        read(RAW / "aarhus-oplandspulje.csv").data, read(RAW / "aarhus-oplandspulje-anvendelse.csv").data, pr=PR
    )

    assert set(account["anvendt_kr"]) == {0}
    assert list(account["rest_ord"])[:3] == ["højst"] * 3
