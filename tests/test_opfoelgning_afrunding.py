"""A published follow-up reproduced from its parts: where the printed figures do not add up, and why.

The table is a Danish municipality's third follow-up of 2025, printed in mio. kr. with one decimal.
"""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetanalyser.kroner import Enhed
from budgetanalyser.opfoelgning import afrunding, linjenavne, resultatopgoerelse, summer
from budgetanalyser.opfoelgning.afrunding import AfrundingError

D = Decimal
COLUMNS = ["oprindeligt_kr", "korrigeret_kr", "forventet_kr", "afvigelse_kr"]
# Key, then original, corrected, forecast, deviation and percentage as printed.
PUBLISHED = """\
indtaegter: Skatter|-2093.8|-2093.8|-2091.7|2.1|0.1
indtaegter: Generelle tilskud mv.|-988.8|-974.2|-980.9|-6.7|0.7
Indtægter i alt|-3082.7|-3068.0|-3072.6|-4.6|0.1
drift: Børne- og Familieudvalget|768.2|769.5|771.0|1.5|0.2
drift: Kultur-, Fritids- og Landdistriktsudvalget|48.2|68.5|60.0|-8.5|12.5
drift: Beskæftigelsesudvalget|762.0|761.6|761.6|0.0|0.0
drift: Social- og Sundhedsudvalget|949.2|948.1|950.2|2.1|0.2
drift: Teknik- og Miljøudvalget|61.0|62.8|64.2|1.4|2.3
drift: Økonomiudvalget|357.9|372.7|368.2|-4.4|1.2
Driftsudgifter i alt|2946.6|2983.3|2975.3|-8.0|0.3
Driftsresultat før finansiering|-136.0|-84.7|-97.3|-12.6|14.8
Renter mv.|7.2|7.2|-1.8|-9.0|124.7
Resultat af ordinær driftsvirksomhed|-128.8|-77.5|-99.0|-21.6|27.8
"""


def published():
    """Return the printed table; percentages without sign, as printed."""
    lines = [line.split("|") for line in PUBLISHED.splitlines()]
    return pd.DataFrame(
        [[D(text) for text in line[1:]] for line in lines],
        columns=[*COLUMNS, "afvigelse_pct"],
        index=[line[0] for line in lines],
        dtype=object,
    )


def parts():
    """Return the rows of the printed table that are not sums, in kroner, as the result statement takes them."""
    made = []
    for key, row in published().iterrows():
        section, _, name = key.partition(": ")
        if key == "Renter mv.":
            section, name = "renter", key
        if name:
            made.append({"afsnit": section, "navn": name, **{one: row[one] * 1_000_000 for one in COLUMNS}})
    return pd.DataFrame(made, dtype=object)


def explained(table):
    made = resultatopgoerelse(parts())
    return afrunding.forklar(
        table,
        summer=summer(made),
        forskelle={"afvigelse_kr": ("forventet_kr", "korrigeret_kr")},
        procenter={"afvigelse_pct": ("afvigelse_kr", "korrigeret_kr")},
        navne={
            **linjenavne(made),
            "afvigelse_kr": "afvigelse",
            "oprindeligt_kr": "oprindeligt budget",
            "afvigelse_pct": "afvigelse i pct.",
        },
    )


def test_the_parts_give_the_published_lines_in_the_published_order():
    lines = resultatopgoerelse(parts())

    assert [key for key in lines["noegle"] if not key.endswith("overskrift")] == list(published().index)
    assert list(lines.loc[lines["slags"] == "overskrift", "linje"]) == [
        "Indtægter",
        "Driftsudgifter (ekskl. forsyningsvirksomhed)",
    ]


def test_the_published_sums_come_out_within_what_rounding_allows():
    made = resultatopgoerelse(parts()).set_index("noegle")
    shown = afrunding.vis(made, COLUMNS, enhed=Enhed.MIO_KR)

    recomputed = {key: [shown.loc[key, one] for one in COLUMNS] for key in summer(made.reset_index())}
    assert recomputed["Indtægter i alt"] == [D("-3082.6"), D("-3068.0"), D("-3072.6"), D("-4.6")]
    assert recomputed["Driftsudgifter i alt"] == [D("2946.5"), D("2983.2"), D("2975.2"), D("-7.9")]
    for key, found in recomputed.items():
        assert all(abs(one - D(was)) <= D("0.3") for one, was in zip(found, published().loc[key], strict=False)), key


def test_each_gap_of_the_published_table_is_found_and_is_rounding():
    gaps = {(gap.raekke, gap.kolonne): (gap.beregnet, gap.vist) for gap in explained(published())}

    assert gaps == {
        ("Indtægter i alt", "oprindeligt_kr"): (D("-3082.6"), D("-3082.7")),
        ("Driftsudgifter i alt", "oprindeligt_kr"): (D("2946.5"), D("2946.6")),
        ("Driftsudgifter i alt", "korrigeret_kr"): (D("2983.2"), D("2983.3")),
        ("Driftsudgifter i alt", "forventet_kr"): (D("2975.2"), D("2975.3")),
        ("Driftsudgifter i alt", "afvigelse_kr"): (D("-7.9"), D("-8.0")),
        ("Driftsresultat før finansiering", "oprindeligt_kr"): (D("-136.1"), D("-136.0")),
        ("Resultat af ordinær driftsvirksomhed", "forventet_kr"): (D("-99.1"), D("-99.0")),
        ("drift: Økonomiudvalget", "afvigelse_kr"): (D("-4.5"), D("-4.4")),
        ("Resultat af ordinær driftsvirksomhed", "afvigelse_kr"): (D("-21.5"), D("-21.6")),
        ("drift: Kultur-, Fritids- og Landdistriktsudvalget", "afvigelse_pct"): (D("12.4"), D("12.5")),
        ("drift: Teknik- og Miljøudvalget", "afvigelse_pct"): (D("2.2"), D("2.3")),
        ("Driftsresultat før finansiering", "afvigelse_pct"): (D("14.9"), D("14.8")),
        ("Renter mv.", "afvigelse_pct"): (D("125.0"), D("124.7")),
        ("Resultat af ordinær driftsvirksomhed", "afvigelse_pct"): (D("27.9"), D("27.8")),
    }
    assert all(gap.er_afrunding for gap in explained(published()))
    afrunding.require(explained(published()))


def test_the_gaps_are_explained_in_words_below_the_table():
    notes = afrunding.noter(explained(published()))

    assert notes[0] == "Som følge af afrunding kan summer afvige fra de viste tal."
    assert "Driftsudgifter i alt, oprindeligt budget: summen af de viste tal er 2.946,5; det viste er 2.946,6." in notes
    assert "Økonomiudvalget (drift), afvigelse: forskellen mellem de viste tal er −4,5; det viste er −4,4." in notes
    assert "Renter mv., afvigelse i pct.: af de viste tal er den 125,0 %; det viste er 124,7 %." in notes
    assert len(notes) == 15


def test_the_tolerance_of_six_committees_with_one_decimal_is_0_35():
    assert afrunding.tolerance(6) == D("0.35")
    assert afrunding.tolerance(2) == D("0.15")
    assert afrunding.tolerance(6, 3) == D("0.0035")


@pytest.mark.parametrize(("printed", "is_rounding"), [("2946.8", True), ("2946.9", False), ("2946.1", False)])
def test_a_sum_is_refused_when_it_is_further_off_than_rounding_can_bring_it(printed, is_rounding):
    wrong = published()
    wrong.loc["Driftsudgifter i alt", "oprindeligt_kr"] = D(printed)

    found = [gap for gap in explained(wrong) if (gap.raekke, gap.kolonne) == ("Driftsudgifter i alt", "oprindeligt_kr")]
    assert [gap.er_afrunding for gap in found] == [is_rounding]
    if not is_rounding:
        with pytest.raises(AfrundingError, match="afrunding kan højst give 0,35"):
            afrunding.require(found)


def test_a_percentage_that_the_printed_cells_cannot_give_is_refused():
    wrong = published()
    wrong.loc["Driftsudgifter i alt", "afvigelse_pct"] = D("2.7")

    with pytest.raises(AfrundingError) as caught:
        afrunding.require(explained(wrong))
    assert [gap.raekke for gap in caught.value.gaps] == ["Driftsudgifter i alt"]


def test_a_table_that_adds_up_has_no_note():
    whole = pd.DataFrame({"x_kr": [D("1.0"), D("2.0"), D("3.0")]}, index=["a", "b", "sum"], dtype=object)

    assert afrunding.noter(afrunding.forklar(whole, summer={"sum": ("a", "b")})) == []


def test_an_empty_cell_explains_nothing():
    holed = pd.DataFrame({"x_kr": [D("1.0"), None, D("3.0")]}, index=["a", "b", "sum"], dtype=object)

    assert afrunding.forklar(holed, summer={"sum": ("a", "b")}) == []


def test_figures_are_rounded_half_away_from_zero_once():
    table = pd.DataFrame({"x_kr": [D("-4449999.99"), D("-4450000"), None], "andel": [D("0.1245"), D("-0.0005"), None]})

    shown = afrunding.vis(table, ["x_kr"], enhed=Enhed.MIO_KR, procenter=["andel"])

    assert list(shown["x_kr"]) == [D("-4.4"), D("-4.5"), None]
    assert list(shown["andel"]) == [D("12.5"), D("-0.1"), None]


oere = st.integers(-(10**13), 10**13).map(lambda number: D(number) / 100)


@settings(deadline=None)
@given(st.lists(oere, min_size=1, max_size=25), st.integers(0, 3), st.sampled_from(list(Enhed)))
def test_sums_rounded_from_exact_kroner_are_never_refused(amounts, decimals, enhed):
    table = pd.DataFrame({"x_kr": [*amounts, sum(amounts)]}, dtype=object)
    keys = [str(number) for number in range(len(amounts))]
    shown = afrunding.vis(table, ["x_kr"], enhed=enhed, decimaler=decimals)

    gaps = afrunding.forklar(shown, summer={str(len(amounts)): keys}, decimaler=decimals)

    afrunding.require(gaps)
    assert len(gaps) <= 1


@settings(deadline=None)
@given(oere, oere.filter(bool), st.sampled_from(list(Enhed)))
def test_differences_and_percentages_from_exact_kroner_are_never_refused(forecast, budget, enhed):
    over = forecast - budget
    row = {"f_kr": [forecast], "b_kr": [budget], "a_kr": [over], "pct": [over / abs(budget)]}
    shown = afrunding.vis(pd.DataFrame(row, dtype=object), ["f_kr", "b_kr", "a_kr"], enhed=enhed, procenter=["pct"])

    gaps = afrunding.forklar(
        shown, summer={}, forskelle={"a_kr": ("f_kr", "b_kr")}, procenter={"pct": ("a_kr", "b_kr")}
    )
    printed = {name: shown[name].iloc[0] for name in shown}
    assert any(gap.kolonne == "a_kr" for gap in gaps) == (printed["f_kr"] - printed["b_kr"] != printed["a_kr"])
    assert all(gap.er_afrunding for gap in gaps)
