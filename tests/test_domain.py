"""The sums of the domain modules, each checkable by hand."""

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from budgetanalyser import bevilling, prisniveau
from budgetanalyser.borgersamling import forpligtelser
from budgetanalyser.errors import PosterError, ValueUseError


def poster(*rows):
    return pd.DataFrame(rows, columns=["linje", "slags", "beloeb_kr", "budgetaar", "varighed"], dtype=object)


COST = ("Borgersamling", "udgift", Decimal(450_000), 2024, "engangs")
PAID = ("Udvidelsesforslag", "finansiering", Decimal(-450_000), 2024, "engangs")


def spread(*rows):
    return bevilling.konsekvens(poster(*rows), budgetaar=2024, dranst="drift", servicerammen="inden for")


def test_a_one_off_falls_in_its_own_year_and_a_lasting_amount_in_all_that_follow():
    table = spread(COST, ("Sekretær", "udgift", Decimal(7), 2025, "varig"))

    assert list(table.columns) == ["linje", "varighed", "dranst", "servicerammen", "2024", "2025", "2026", "2027"]
    assert list(table.loc[0, "2024":"2027"]) == [450_000, 0, 0, 0]
    assert list(table.loc[1, "2024":"2027"]) == [0, 7, 7, 7]


def test_only_expenditure_has_a_kind():
    table = spread(COST, PAID)

    assert list(table["dranst"]) == ["drift", None]
    assert list(table["servicerammen"]) == ["inden for", None]


def test_a_line_that_says_its_own_kind_is_not_given_the_assumed_one():
    lines = poster(COST, ("Byggeri", "udgift", Decimal(9), 2025, "engangs"), PAID)
    lines["dranst"] = ["drift", "anlæg", None]
    table = bevilling.konsekvens(lines, budgetaar=2024, dranst="drift", servicerammen="inden for")

    assert list(table["dranst"]) == ["drift", "anlæg", None]
    assert bevilling.art(table) == "drift og anlæg"
    assert bevilling.antagelser(lines, dranst="drift", servicerammen="inden for") == [
        "Det er forudsat, at udgiften ligger inden for servicerammen, loftet over kommunens serviceudgifter; "
        "kilden oplyser det ikke."
    ]
    lines["servicerammen"] = ["inden for", "uden for", None]
    assert bevilling.antagelser(lines, dranst="drift", servicerammen="inden for") == []


def test_what_no_line_says_is_assumed_and_told_in_one_sentence():
    assert bevilling.antagelser(poster(COST, PAID), dranst="drift", servicerammen="inden for") == [
        "Det er forudsat, at udgiften er drift, og at udgiften ligger inden for servicerammen, "
        "loftet over kommunens serviceudgifter; kilden oplyser det ikke."
    ]


def test_what_one_line_leaves_out_is_assumed_and_told_of_that_line():
    lines = poster(COST, ("Byggeri", "udgift", Decimal(9), 2025, "engangs"), PAID)
    lines["dranst"] = [None, "anlæg", None]
    lines["servicerammen"] = ["inden for", "uden for", None]
    table = bevilling.konsekvens(lines, budgetaar=2024, dranst="drift", servicerammen="inden for")

    assert list(table["dranst"]) == ["drift", "anlæg", None]
    assert bevilling.antagelser(lines, dranst="drift", servicerammen="inden for") == [
        f"Det er forudsat, at »{COST[0]}« er drift; kilden oplyser det ikke."
    ]


def test_financing_must_close_every_year():
    years = bevilling.budgetaarene(2024)
    bevilling.require_financed(spread(COST, PAID), years)

    with pytest.raises(bevilling.UnfinancedError) as caught:
        bevilling.require_financed(spread(COST, PAID, ("Drift", "udgift", Decimal(5), 2026, "varig")), years)
    assert caught.value.gaps == {2026: Decimal(5), 2027: Decimal(5)}
    assert "5 kr. i 2026 og 5 kr. i 2027" in str(caught.value)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("A", "udgift", Decimal(1), 2028, "varig"), "linje 1, »A«: budgetår skal ligge i 2024-2027"),
        (("A", "udgift", Decimal(1), 2024, "x"), "varighed skal være »engangs« eller »varig«, ikke »x«"),
        (("A", "Udgift", Decimal(1), 2024, "varig"), "slags skal være »udgift« eller »finansiering«, ikke »Udgift«"),
    ],
)
def test_a_line_outside_the_years_or_of_unknown_duration_is_refused(row, said):
    with pytest.raises(PosterError, match=said):
        spread(COST, row)


def test_expenditure_is_summed_without_its_financing():
    lasting = ("Sekretær", "udgift", Decimal(7), 2024, "varig")
    later = ("Senere", "udgift", Decimal(9), 2025, "engangs")

    assert bevilling.udgift(poster(COST, PAID, lasting, later), budgetaar=2024) == Decimal(450_007)
    assert bevilling.udgift(poster(COST, PAID, lasting, later), budgetaar=2025) == Decimal(16)


def test_words_for_duration_and_financing_come_from_the_lines():
    lasting = ("Sekretær", "udgift", Decimal(7), 2024, "varig")

    assert bevilling.varighed(poster(COST, PAID)) == "engangsudgift"
    assert bevilling.varighed(poster(lasting)) == "varig udgift"
    assert bevilling.varighed(poster(COST, lasting)) == "udgift, dels varig"
    assert bevilling.finansiering(poster(COST, PAID)) == "Udvidelsesforslag"
    assert bevilling.finansiering(poster(COST)) == "Ikke finansieret"


def test_lines_without_expenditure_are_refused():
    with pytest.raises(PosterError, match="ingen linje med slags »udgift«"):
        bevilling.check_poster(poster(PAID), budgetaar=2024)


def test_an_unchanged_amount_buys_less_when_prices_rise():
    table = prisniveau.ved_prisstigning(Decimal(450_000), [Decimal(0), Decimal("0.10"), Decimal("0.25")])

    # 450 / 1,25 = 360 and 450 · 1,25 = 562,5.
    assert list(table.iloc[0]) == [0, 450_000, 450_000, 0]
    assert list(table.iloc[2]) == [Decimal("0.25"), 360_000, 562_500, 112_500]
    assert table["noedvendig_kr"].iloc[1] == 495_000
    assert round(table["vaerdi_kr"].iloc[1]) == 409_091


def test_a_rise_of_minus_100_per_cent_has_no_meaning():
    with pytest.raises(ValueUseError, match="over −100"):
        prisniveau.ved_prisstigning(Decimal(1), [Decimal(-1)])


def test_rises_go_from_0_to_the_highest_in_equal_steps():
    assert prisniveau.stigninger(10) == [Decimal(n) / 100 for n in (0, 2, 4, 6, 8, 10)]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 6, 1), 3, date(2024, 9, 1)),
        (date(2024, 6, 1), 12, date(2025, 6, 1)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2023, 12, 31), 2, date(2024, 2, 29)),
        (date(2023, 12, 15), 1, date(2024, 1, 15)),
    ],
)
def test_months_are_added_by_the_calendar(day, months, expected):
    assert forpligtelser.add_months(day, months) == expected


def test_duties_count_from_the_handover():
    pligter = pd.DataFrame(
        [("Første", 3, None), ("Anden", 12, None), ("Tredje", None, "ved afslutningen")],
        columns=["pligt", "maaneder_efter_aflevering", "begivenhed"],
        dtype=object,
    )
    due = forpligtelser.frister(pligter, aflevering=date(2024, 6, 1))

    assert list(due["senest"]) == [date(2024, 9, 1), date(2025, 6, 1), None]
    assert list(due["frist"]) == [
        "inden 3 måneder efter afleveringen",
        "inden 12 måneder efter afleveringen",
        "ved afslutningen",
    ]


def test_times_are_written_no_more_exactly_than_they_are_known():
    tidslinje = pd.DataFrame(
        [
            ("A", date(2023, 4, 17), None, "dag"),
            ("B", date(2023, 10, 15), date(2024, 2, 1), "medio"),
            ("C", None, None, "måned"),
        ],
        columns=["haendelse", "fra", "til", "praecision"],
        dtype=object,
    )

    assert list(forpligtelser.tidsplan(tidslinje)["tidspunkt"]) == [
        "17. april 2023",
        "medio oktober 2023 til februar 2024",
        None,
    ]


def test_the_frame_of_each_year_is_what_the_lines_grant():
    later = ("Mere", "udgift", Decimal(7), 2025, "engangs")

    assert bevilling.rammer(poster(COST, PAID, later), budgetaar=2024) == {2024: 450_000, 2025: 7, 2026: 0, 2027: 0}


def test_a_frame_without_money_in_its_year_or_without_financing_is_refused():
    late = ("Borgersamling", "udgift", Decimal(1), 2025, "engangs")
    with pytest.raises(PosterError) as caught:
        bevilling.rammer(poster(late), budgetaar=2024)

    assert "ingen linje med slags »finansiering«" in str(caught.value)
    assert "ingen udgift i budgetåret 2024; er budgetaar rigtigt i analysen?" in str(caught.value)
