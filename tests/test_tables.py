import csv
import io
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from budgetanalyser.errors import ValueUseError
from budgetanalyser.kroner import Enhed, Prisniveau
from budgetanalyser.report import document as doc
from budgetanalyser.report import tables
from budgetanalyser.report.attachments import table_csv
from budgetanalyser.report.tables import Layout

LEVEL = Prisniveau(2024)


def build(data, **layout):
    layout.setdefault("prisniveau", LEVEL)
    return tables.build(pd.DataFrame(data, dtype=object), Layout(**layout), caption=[doc.Text(text="Prøve")])


def printed(table):
    return [[doc.plain(cell.children) for cell in row.cells] for row in table.rows]


def test_each_kind_of_cell_is_printed_and_kept_exactly():
    table = build(
        {
            "navn": ["a", None],
            "kr": [Decimal("450000.4"), Decimal("-1500")],
            "antal": [12500, 1],
            "dag": [date(2023, 6, 6), None],
            "med": [True, False],
        }
    )

    assert printed(table) == [["a", "450", "12.500", "6. juni 2023", "ja"], ["–", "−2", "1", "–", "nej"]]
    assert [cell.value for cell in table.rows[0].cells] == ["a", "450000.4", "12500", "2023-06-06", "ja"]
    assert [column.align for column in table.columns] == ["left", "right", "right", "left", "left"]


def test_the_unit_line_says_unit_level_and_signs():
    assert doc.plain(build({"kr": [Decimal(1)]}).unit_line) == "1.000 kr., 2024-prisniveau, udgift +, indtægt −"
    assert build({"navn": ["a"]}).unit_line == []


def test_an_assumed_level_carries_its_footnote():
    line = build({"kr": [Decimal(1)]}, prisniveau=Prisniveau(2024, forudsat=True), forudsaetning="Fordi.").unit_line

    assert [node.kind for node in line] == ["text", "note", "text"]


def test_totals_are_of_exact_amounts_and_the_rounding_is_told():
    # 0,4 + 0,4 + 0,4 thousand: each shows 0, their sum 1.
    amounts = [Decimal(400)] * 3
    table = build({"navn": ["a", "b", "c"], "kr": amounts}, i_alt="I alt")

    assert printed(table)[-1] == ["I alt", "1"]
    assert table.rows[-1].total
    assert table.notes == [tables.ROUNDED_APART]


def test_the_largest_remainder_makes_the_shown_numbers_add_up():
    table = build({"navn": ["a", "b", "c"], "kr": [Decimal(400)] * 3}, i_alt="I alt", afrunding="største rest")

    assert [row[1] for row in printed(table)] == ["1", "0", "0", "1"]
    assert table.notes == [tables.ROUNDED_TO_SUM]


def test_exact_amounts_need_no_note():
    assert build({"n": ["a"], "kr": [Decimal(450_000)]}, i_alt="I alt").notes == []


def test_a_published_2025_table_is_reproduced_with_its_rounding_gap():
    """Budgetopfølgning 3, 2025: six committees published as 2.946,6, though the printed parts give 2.946,5."""
    # Any exact amounts within half a unit of the printed ones will do; these carry the published sum.
    exact = ["768.22", "48.22", "762.02", "949.22", "61.02", "357.92"]
    data = {"udvalg": list("abcdef"), "kr": [Decimal(one) * 10**6 for one in exact]}
    table = build(data, enhed=Enhed.MIO_KR, decimaler=1, i_alt="I alt")

    assert [row[1] for row in printed(table)] == ["768,2", "48,2", "762,0", "949,2", "61,0", "357,9", "2.946,6"]
    assert table.notes == [tables.ROUNDED_APART]


def test_constructed_numbers_say_so():
    table = tables.build(pd.DataFrame({"n": ["a"]}), Layout(), caption=[], constructed=True)

    assert table.notes[0].startswith("KONSTRUERET")


@pytest.mark.parametrize(
    ("data", "layout", "said"),
    [
        ({"kr": [Decimal(1)]}, {"prisniveau": None}, "uden prisniveau"),
        ({"kr": [1.5]}, {}, "float"),
        ({"kr": [Decimal(1), "x"]}, {}, "blander Decimal og tekst"),
        ({"kr": [Decimal(1)]}, {"overskrifter": {"kroner": "x"}}, "ingen kolonne »kroner«"),
        ({"kr": [Decimal(1)]}, {"formater": {"kr": "procent"}}, "Formatet »procent« kendes ikke"),
    ],
)
def test_a_table_that_would_mislead_is_refused(data, layout, said):
    with pytest.raises(ValueUseError, match=said):
        build(data, **layout)


def test_the_attached_data_is_exact_and_opens_in_a_danish_spreadsheet():
    table = build({"navn": ["æ;ø", "b"], "kr": [Decimal("1234.50"), None], "andel": [Decimal("0.125"), Decimal(1) / 3]},
                  formater={"andel": "pct"}, overskrifter={"kr": "Beløb"})  # fmt: skip
    content = table_csv(table)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))

    assert content.startswith(b"\xef\xbb\xbf")
    assert rows == [
        ["Navn", "Beløb (kr., 2024-prisniveau)", "Andel (andel)"],
        ["æ;ø", "1234,5", "0,125"],
        ["b", "", "0,333333"],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("x")'])
def test_a_text_is_never_a_formula(text):
    rows = list(csv.reader(io.StringIO(table_csv(build({"navn": [text]})).decode("utf-8-sig")), delimiter=";"))

    assert rows[1] == ["'" + text]


def test_years_are_years_and_never_summed():
    table = build({"post": ["a", "b"], "budgetaar": [2024, 2025], "antal": [1, 2]}, i_alt="I alt")

    assert printed(table) == [["a", "2024", "1"], ["b", "2025", "2"], ["I alt", "", "3"]]


def test_the_largest_remainder_leaves_blanks_blank():
    table = build({"n": list("abcd"), "kr": [Decimal(500)] * 3 + [None]}, i_alt="I alt", afrunding="største rest")

    assert [row[1] for row in printed(table)] == ["1", "1", "0", "–", "2"]


def test_percentages_show_the_decimals_they_need():
    table = build({"stigning": [Decimal("0.018"), Decimal("0.036")]}, formater={"stigning": "pct"})

    assert printed(table) == [["1,8 %"], ["3,6 %"]]


def test_rows_of_two_sources_put_together_are_read_by_place():
    data = pd.concat([pd.DataFrame({"n": ["a"]}), pd.DataFrame({"n": ["b"]})])

    assert printed(tables.build(data, Layout(), caption=[])) == [["a"], ["b"]]


def test_reservations_are_printed_below_the_table():
    assert build({"n": ["a"]}, noter=["Med forbehold."]).notes == ["Med forbehold."]


@pytest.mark.parametrize(
    ("data", "layout", "said"),
    [
        ({"n": ["a"]}, {"afrunding": "storste rest"}, "Mente du »største rest«"),
        ({"n": ["a"]}, {"formater": {"n": "beloeb"}}, "rummer tekst og kan ikke vises som beloeb"),
        ({"n": ["a"]}, {"formater": {"n": "dato"}}, "kan ikke vises som dato"),
        ({"n": [0.5]}, {"formater": {"n": "tekst"}}, "float"),
    ],
)
def test_a_format_that_does_not_fit_is_refused(data, layout, said):
    with pytest.raises(ValueUseError, match=said):
        build(data, **layout)


def test_the_label_of_a_total_is_no_formula():
    assert b"'=1+1" in table_csv(build({"n": ["a"], "antal": [1]}, i_alt="=1+1"))


def test_a_pivot_by_year_is_shown():
    data = pd.DataFrame(
        {"omraade": ["a", "a", "b"], "aar": [2023, 2024, 2024], "kr": [Decimal(1000)] * 3}, dtype=object
    )
    pivot = data.pivot_table(index="omraade", columns="aar", values="kr", aggfunc="sum").reset_index()
    table = tables.build(pivot, Layout(prisniveau=LEVEL, i_alt="I alt"), caption=[])

    assert [column.header for column in table.columns] == ["Omraade", "2023", "2024"]
    assert printed(table) == [["a", "1", "1"], ["b", "–", "1"], ["I alt", "1", "2"]]


def test_whole_kroner_are_amounts_and_aarsvaerk_are_no_years():
    table = build({"n": ["a"], "beloeb_kr": [450_000], "aarsvaerk": [1200]}, i_alt="I alt")

    assert printed(table)[0] == ["a", "450", "1.200"]
    assert doc.plain(table.unit_line).startswith("1.000 kr., 2024-prisniveau")


@pytest.mark.parametrize(
    ("data", "layout", "said"),
    [
        ({"andel": [Decimal("0.5")]}, {}, "er Decimal uden enhed"),
        ({"x_mio_kr": [Decimal(1)]}, {}, "skal være i hele kroner"),
        ({"kr": [Decimal(1)]}, {"i_alt": "I alt"}, "første kolonne skal være tekst"),
        ({"n": ["a"]}, {"i_alt": "I alt"}, "ingen tal at lægge sammen"),
        ({"kr": [Decimal(1)]}, {"decimaler": 2.5}, "helt tal fra 0 til 6"),
    ],
)
def test_a_number_without_unit_or_a_total_without_place_is_refused(data, layout, said):
    with pytest.raises(ValueUseError, match=said):
        build(data, **layout)
