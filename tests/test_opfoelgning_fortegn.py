"""The sign conventions of Randers and Greve from one set of data: a published follow-up of 2025, in mio. kr."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetanalyser import dansk
from budgetanalyser.errors import ValueUseError
from budgetanalyser.kroner import Enhed
from budgetanalyser.opfoelgning import afrunding, fortegn, hovedtabel, med_i_alt, randers
from budgetanalyser.opfoelgning.fortegn import GREVE, RANDERS, UDGIFT_PLUS
from budgetanalyser.opfoelgning.visning import Visning

D = Decimal
# Corrected budget and forecast as printed, mio. kr.
PUBLISHED = {
    "Skatter": ("-2093.8", "-2091.7"),
    "Generelle tilskud mv.": ("-974.2", "-980.9"),
    "Kultur-, Fritids- og Landdistriktsudvalget": ("68.5", "60.0"),
    "Social- og Sundhedsudvalget": ("948.1", "950.2"),
    "Renter mv.": ("7.2", "-1.8"),
}
# As the municipality printed them: forecast less budget.
PRINTED = ["2,1", "−6,7", "−8,5", "2,1", "−9,0"]
DEVIATIONS = ["afvigelse_kr", "afvigelse_ekskl_kr", "afvigelse_pct"]


def table():
    budget = [(2025, "oprindeligt", name, D(was) * 1_000_000) for name, (was, _) in PUBLISHED.items()]
    expected = [(name, D(will) * 1_000_000) for name, (_, will) in PUBLISHED.items()]
    return hovedtabel(
        pd.DataFrame(budget, columns=["aar", "slags", "bevilling", "beloeb_kr"], dtype=object),
        pd.DataFrame([], columns=["maaned", "bevilling", "beloeb_kr"], dtype=object),
        pd.DataFrame(expected, columns=["bevilling", "forventet_kr"], dtype=object),
        periode="2025-10",
    )


def printed(frame, column="afvigelse_kr"):
    shown = afrunding.vis(frame, [column], enhed=Enhed.MIO_KR)
    return [dansk.antal(number, 1) for number in shown[column]]


def test_randers_prints_a_mindreforbrug_and_a_merindtaegt_as_minus():
    shown = fortegn.convert(table(), RANDERS, afvigelser=DEVIATIONS)

    assert printed(shown) == PRINTED
    assert printed(randers(table()), "resultat_inkl_kr") == PRINTED
    assert "Minus angiver et mindreforbrug/overskud" in fortegn.legend(RANDERS)[0]


def test_greve_prints_the_same_as_plus_and_turns_no_other_amount():
    shown = fortegn.convert(table(), GREVE, afvigelser=DEVIATIONS)

    assert printed(shown) == ["−2,1", "6,7", "8,5", "−2,1", "9,0"]
    assert printed(shown, "korrigeret_kr") == ["−2.093,8", "−974,2", "68,5", "948,1", "7,2"]
    assert printed(shown, "forventet_kr") == printed(table(), "forventet_kr")
    assert "plus angiver et mindreforbrug eller en merindtægt" in fortegn.legend(GREVE)[1]


def test_the_percentage_turns_with_its_deviation():
    greve = fortegn.convert(table(), GREVE, afvigelser=DEVIATIONS)

    assert [dansk.pct(share) for share in table()["afvigelse_pct"]] == [
        "0,1 %",
        "−0,7 %",
        "−12,4 %",
        "0,2 %",
        "−125,0 %",
    ]
    assert list(greve["afvigelse_pct"]) == [-share for share in table()["afvigelse_pct"]]


def test_the_difference_of_the_shown_figures_holds_in_both_conventions():
    columns = ["forventet_kr", "korrigeret_kr", "afvigelse_kr"]
    for convention, order in ((RANDERS, ("forventet_kr", "korrigeret_kr")), (GREVE, ("korrigeret_kr", "forventet_kr"))):
        shown = afrunding.vis(fortegn.convert(table(), convention, afvigelser=DEVIATIONS), columns, enhed=Enhed.MIO_KR)
        assert afrunding.forklar(shown, summer={}, forskelle={"afvigelse_kr": order}) == []


@settings(deadline=None)
@given(st.lists(st.sampled_from([UDGIFT_PLUS, RANDERS, GREVE]), max_size=6))
def test_turning_there_and_back_changes_nothing(conventions):
    shown = table()
    for convention in conventions:
        shown = fortegn.convert(shown, convention, afvigelser=DEVIATIONS)

    back = fortegn.convert(shown, UDGIFT_PLUS, afvigelser=DEVIATIONS)
    assert back.to_dict("records") == table().to_dict("records")


def test_nothing_is_turned_in_the_table_given_and_zero_gets_no_sign():
    frame = pd.DataFrame({"a_kr": [D("0.00"), None, D(5)]}, dtype=object)

    turned = fortegn.convert(frame, GREVE, afvigelser=["a_kr"])

    assert [str(value) for value in turned["a_kr"]] == ["0.00", "None", "-5"]
    assert list(frame["a_kr"]) == [D(0), None, D(5)]


def test_a_table_that_got_its_sum_after_it_was_turned_is_not_turned_again():
    shown = med_i_alt(fortegn.convert(table(), GREVE, afvigelser=DEVIATIONS))

    again = fortegn.convert(shown, GREVE, afvigelser=DEVIATIONS)

    assert list(again["afvigelse_kr"]) == list(shown["afvigelse_kr"])
    assert again["afvigelse_kr"].iloc[-1] == sum(shown["afvigelse_kr"].iloc[:-1])


def test_the_unit_and_the_signs_are_chosen_once_and_told_below_each_table():
    chosen = Visning(GREVE, Enhed.TUSINDE_KR, 0)

    assert chosen.noter == fortegn.legend(GREVE)
    assert chosen.noter_beloeb == ("Minus angiver indtægter, plus angiver udgifter.",)
    assert chosen.layout(["forventet_kr", "afvigelse_pct"]) == {
        "enhed": "1.000 kr.",
        "fortegn": "",
        "decimaler": {"forventet_kr": 0, "afvigelse_pct": 1},
    }
    assert Visning(enhed=Enhed.KR).bred.enhed is Enhed.TUSINDE_KR


def test_an_unknown_convention_or_column_is_refused_with_the_nearest():
    with pytest.raises(ValueUseError, match=r"ingen fortegnskonvention »grave«.*greve"):
        Visning("grave")
    with pytest.raises(ValueUseError, match="Kolonnen »afvigelse« findes ikke"):
        fortegn.convert(table(), GREVE, afvigelser=["afvigelse"])
