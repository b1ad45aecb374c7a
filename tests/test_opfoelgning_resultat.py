"""The result statement with its subtotals, Randers' columns, and the steps and curves of the figures. KONSTRUERET."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetanalyser.errors import PosterError, ValueUseError
from budgetanalyser.opfoelgning import (
    bro,
    hovedtabel,
    i_alt,
    kurve,
    linjenavne,
    opdigt,
    randers,
    resultatopgoerelse,
    summer,
)
from budgetanalyser.opfoelgning.resultat import RANDERS

D = Decimal


def table(columns, *rows):
    """Build a table as read from a file, whose first data line is line 2."""
    return pd.DataFrame(rows, columns=columns.split(), index=range(2, 2 + len(rows)), dtype=object)


PLACED = table(
    "ramme udvalg bevilling korrigeret_kr forbrug_kr forventet_kr afvigelse_kr",
    ("service", "Børn", "Skoler", D(400), D(300), D(410), D(10)),
    ("overfoersel", "Børn", "Ydelser", D(90), D(60), D(80), D(-10)),
    ("medfinansiering", "Social", "Sygehuse", D(30), D(30), D(30), D(0)),
    ("refusion", "Social", "Refusion", D(-20), D(-5), D(-25), D(-5)),
    ("anlaeg", "Børn", "Skolebyggeri", D(50), D(1), D(20), D(-30)),
    ("indtaegter", "Økonomi", "Skatter", D(-600), D(-450), D(-600), D(0)),
    ("renter", "Økonomi", "Renter", D(8), D(4), D(6), D(-2)),
    ("brugerfinansieret", "Teknik", "Affald", D(2), D(-7), D(3), D(1)),
    ("finansiering", "Økonomi", "Afdrag", D(40), D(30), D(40), D(0)),
)


# --- The result statement ---


def test_operation_investment_refunds_interest_and_finance_stand_in_the_published_order():
    made = resultatopgoerelse(PLACED)

    assert [
        (row["linje"], row["korrigeret_kr"]) for row in made.to_dict("records") if row["slags"] != "overskrift"
    ] == [
        ("Skatter", D(-600)),
        ("Indtægter i alt", D(-600)),
        ("Børn", D(490)),
        ("Social", D(10)),
        ("Driftsudgifter i alt", D(500)),
        ("Driftsresultat før finansiering", D(-100)),
        ("Renter mv.", D(8)),
        ("Resultat af ordinær driftsvirksomhed", D(-92)),
        ("Børn", D(50)),
        ("Anlægsudgifter i alt", D(50)),
        ("Resultat af det skattefinansierede område", D(-42)),
        ("Affald", D(2)),
        ("Brugerfinansieret område i alt", D(2)),
        ("Resultat i alt", D(-40)),
        ("Afdrag", D(40)),
        ("Finansielle poster i alt", D(40)),
        ("Ændring af likvide aktiver", D(0)),
    ]


def test_the_percentages_of_a_sum_are_made_of_the_sums():
    made = resultatopgoerelse(PLACED).set_index("noegle")

    assert made.loc["drift: Børn", "afvigelse_pct"] == 0
    assert made.loc["Driftsresultat før finansiering", "afvigelse_pct"] == D("-0.05")
    assert made.loc["Driftsudgifter i alt", "forbrugsprocent"] == D("0.77")
    assert made.loc["Ændring af likvide aktiver", "afvigelse_pct"] is None
    assert made.loc["drift: overskrift", "korrigeret_kr"] is None


def test_a_committee_without_income_has_no_empty_sections():
    made = resultatopgoerelse(PLACED[PLACED["udvalg"] == "Børn"])

    assert list(made["noegle"]) == [
        "drift: overskrift",
        "drift: Børn",
        "Driftsudgifter i alt",
        "anlaeg: overskrift",
        "anlaeg: Børn",
        "Anlægsudgifter i alt",
        "Resultat af det skattefinansierede område",
    ]


def test_an_unknown_part_makes_its_sums_unknown():
    holed = PLACED.copy()
    holed.loc[2, "forventet_kr"] = None

    made = resultatopgoerelse(holed).set_index("noegle")

    assert made.loc["Driftsudgifter i alt", "forventet_kr"] is None
    assert made.loc["Anlægsudgifter i alt", "forventet_kr"] == D(20)


def test_lines_of_the_same_committee_are_told_apart_in_sentences():
    names = linjenavne(resultatopgoerelse(PLACED))

    assert (names["drift: Børn"], names["anlaeg: Børn"]) == ("Børn (drift)", "Børn (anlæg)")
    assert (names["indtaegter: Skatter"], names["Renter mv."]) == ("Skatter", "Renter mv.")


def test_a_frame_that_is_in_no_section_is_refused_unless_the_municipality_places_it():
    own = table(
        "ramme bevilling x_kr", ("aeldreboliger_2", "Boliger", D(1)), ("service", "", D(1)), ("anlaeg", "A", 1.5)
    )

    with pytest.raises(PosterError) as caught:
        resultatopgoerelse(own)
    assert len(caught.value.faults) == 3
    assert "ramme kan ikke være »aeldreboliger_2«" in str(caught.value)
    placed = resultatopgoerelse(own.iloc[:1], rammer={"aeldreboliger_2": "brugerfinansieret"})
    assert "Brugerfinansieret område i alt" in set(placed["noegle"])


def test_every_frame_of_the_invented_municipality_has_its_section():
    rows = [(one.ramme, f"U{one.udvalg}", one.navn, D(one.oprindeligt)) for one in opdigt.BEVILLINGER]

    made = resultatopgoerelse(table("ramme udvalg bevilling oprindeligt_kr", *rows)).set_index("noegle")

    assert made.loc["Ændring af likvide aktiver", "oprindeligt_kr"] == sum(row[3] for row in rows)


kroner = st.integers(-(10**11), 10**11).map(lambda oere: D(oere) / 100)
FRAMES = ["indtaegter", "service", "renter", "anlaeg", "brugerfinansieret", "finansiering", "refusion"]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(FRAMES), st.sampled_from("ABC"), st.sampled_from("abcd"), kroner), min_size=1)
)
def test_the_last_line_is_all_rows_added_and_each_sum_is_its_parts(drawn):
    made = resultatopgoerelse(table("ramme udvalg bevilling x_kr", *drawn)).set_index("noegle")

    for key, parts in summer(made.reset_index()).items():
        assert made.loc[key, "x_kr"] == sum(made.loc[part, "x_kr"] for part in parts), key
    assert made.loc[made["slags"] != "overskrift", "x_kr"].iloc[-1] == sum(row[3] for row in drawn)


# --- Randers' eight columns ---


def test_the_randers_columns_are_those_of_its_memo_in_order():
    assert list(RANDERS.values()) == [
        "Oprindeligt budget",
        "Korrigeret budget ekskl. overførsler",
        "Bevillingsansøgninger",
        "Korrigeret budget ekskl. overførsler inkl. bevillingsansøgninger",
        "Forventet forbrug",
        "Årets forventede resultat ekskl. overførsler",
        "Overførsler",
        "Årets forventede resultat inkl. overførsler",
    ]


def main_table():
    budget = table(
        "slags bevilling beloeb_kr",
        ("oprindeligt", "Service", D(400)),
        ("tillaegsbevilling", "Service", D(20)),
        ("overfoersel", "Service", D(80)),
        ("oprindeligt", "Anlæg", D(50)),
    )
    expected = table("bevilling forventet_kr", ("Service", D(510)), ("Anlæg", None))
    return hovedtabel(budget, table("maaned bevilling beloeb_kr"), expected, periode="2026K1")


def test_the_result_with_transfers_is_the_one_without_plus_the_transfers():
    row = randers(main_table()).set_index("bevilling").loc["Service"]

    assert (row["resultat_ekskl_kr"], row["overfoersler_kr"], row["resultat_inkl_kr"]) == (D(90), D(-80), D(10))
    whole = main_table().set_index("bevilling").loc["Service"]
    assert row["resultat_ekskl_kr"] == whole["afvigelse_ekskl_kr"]
    assert row["resultat_inkl_kr"] == whole["afvigelse_kr"]


def test_applications_raise_the_budget_and_lower_the_expected_overspend():
    row = randers(main_table(), ansoegninger={"Service": D(30)}).set_index("bevilling").loc["Service"]

    assert row["korrigeret_inkl_ansoegninger_kr"] == row["korrigeret_ekskl_kr"] + row["ansoegninger_kr"] == D(450)
    assert row["resultat_ekskl_kr"] == row["forventet_kr"] - row["korrigeret_inkl_ansoegninger_kr"] == D(60)
    assert row["resultat_inkl_kr"] == D(-20)


def test_names_are_matched_whole_and_an_empty_cell_is_not_zero():
    assert randers(main_table()).set_index("bevilling").loc["Anlæg", "resultat_inkl_kr"] is None
    with pytest.raises(ValueUseError, match="ansøgt til »Serv«, som ikke er i tabellen"):
        randers(main_table(), ansoegninger={"Serv": D(1)})


# --- The bridge and the curve ---


def expected_table(*deviations):
    budget = table("slags bevilling beloeb_kr", *(("oprindeligt", f"B{n}", D(100)) for n in range(len(deviations))))
    expected = table("bevilling forventet_kr", *((f"B{n}", 100 + D(over)) for n, over in enumerate(deviations)))
    return hovedtabel(budget, table("maaned bevilling beloeb_kr"), expected, periode="2026K1")


def test_the_bridge_leads_from_the_original_budget_to_the_forecast():
    full = main_table().iloc[:1]

    assert list(bro(full).itertuples(index=False, name=None)) == [
        ("Oprindeligt budget", D(400), "start"),
        ("Tillægsbevillinger og omplaceringer", D(20), "aendring"),
        ("Overførsler", D(80), "aendring"),
        ("Korrigeret budget", D(500), "delsum"),
        ("Service", D(10), "aendring"),
        ("Forventet regnskab", D(510), "slut"),
    ]


def test_the_smallest_deviations_become_one_step_and_one_alone_keeps_its_name():
    def steps(*deviations):
        made = bro(expected_table(*deviations), hoejst=2)
        return list(made.loc[made["art"] == "aendring", ["trin", "beloeb_kr"]].itertuples(index=False, name=None))

    assert steps(1, -5, 2, 3) == [("B1", D(-5)), ("B3", D(3)), ("Øvrige afvigelser", D(3))]
    assert steps(1, -5, 2) == [("B1", D(-5)), ("B2", D(2)), ("B0", D(1))]


@settings(deadline=None)
@given(st.lists(kroner, min_size=1, max_size=9), st.integers(1, 9))
def test_start_and_changes_of_the_bridge_add_up_to_each_level(deviations, most):
    level = D(0)
    for _, amount, kind in bro(expected_table(*deviations), hoejst=most).itertuples(index=False, name=None):
        if kind in ("start", "aendring"):
            level += amount
        else:
            assert level == amount


def test_a_bridge_to_an_unknown_forecast_is_refused():
    with pytest.raises(ValueUseError, match="før alle rækker har et forventet regnskab"):
        bro(main_table())
    with pytest.raises(ValueUseError, match="mindst ét trin"):
        bro(expected_table(1), hoejst=0)


def test_the_curve_sets_spend_against_the_profile_and_the_straight_line():
    # Two earlier years that spend a quarter by June and the rest in December.
    history = table(
        "aar maaned bevilling beloeb_kr",
        *((year, month, "A", D(amount)) for year in (2024, 2025) for month, amount in ((6, 100), (12, 300))),
    )
    spend = table("aar maaned bevilling beloeb_kr", (2026, 2, "A", D(50)), (2026, 6, "A", D(150)), (2026, 7, "A", D(9)))

    made = kurve(history, spend, {"A": D(800), "Ny": D(120)}, aar=2026, maaneder=6).set_index("maaned")

    assert list(made.loc[[1, 2, 6, 7], "forbrug_kr"]) == [D(0), D(50), D(200), None]
    assert [round(made.loc[month, "profil_kr"], 9) for month in (1, 6, 12)] == [10, 200 + 60, 920]
    assert list(made.loc[[3, 12], "lige_kr"]) == [D(230), D(920)]
    assert list(made.loc[[5, 6, 12], "sidste_aar_kr"]) == [D(0), D(100), D(400)]


def test_last_years_curve_is_not_drawn_where_that_year_is_left_out():
    history = table("aar maaned bevilling beloeb_kr", (2024, 12, "A", D(1)), (2025, 12, "A", D(1)))
    spend = table("aar maaned bevilling beloeb_kr")

    made = kurve(history, spend, {"A": D(1)}, aar=2026, maaneder=0, udelad={2025: "konto flyttet"})

    assert set(made["sidste_aar_kr"]) == {None}
    assert set(made["forbrug_kr"]) == {None}


def test_the_sum_of_the_bridges_deviations_is_that_of_the_table():
    full = expected_table(1, -5, 2, 3)
    made = bro(full, hoejst=1).set_index("trin")["beloeb_kr"]

    assert made["B1"] + made["Øvrige afvigelser"] == i_alt(full)["afvigelse_kr"]
