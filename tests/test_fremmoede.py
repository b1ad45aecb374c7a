"""Counts of attendance, with the one that Greve published."""

import pandas as pd
import pytest

from budgetanalyser.borgersamling import fremmoede
from budgetanalyser.errors import PosterError


def moeder(*rows, first_line=2):
    columns = ["moede", "pladser", "deltog", "fysisk", "digitalt", "afbud"]
    index = range(first_line, first_line + len(rows))
    return pd.DataFrame(rows, columns=columns, index=index, dtype=object)


# "31 deltog (28 fysisk og 2 digitalt), 5 akutte afbud": 31 + 5 is the 36 seats, but 28 + 2 is 30.
GREVE = ("30. januar 2022", 36, 31, 28, 2, 5)


def test_greves_minutes_of_30_january_2022_disagree_once():
    found = fremmoede.check(moeder(GREVE))

    assert found.to_dict("records") == [
        {"moede": "30. januar 2022", "paastand": "fysisk + digitalt = deltog", "regnet": 30, "oplyst": 31}
    ]


def test_counts_that_agree_give_an_empty_table():
    found = fremmoede.check(moeder(("30. januar 2022", 36, 31, 29, 2, 5)))

    assert list(found.columns) == ["moede", "paastand", "regnet", "oplyst"]
    assert found.empty


def test_each_meeting_and_each_sum_is_told():
    found = fremmoede.check(moeder(GREVE, ("5. marts 2022", 36, 30, 30, 1, 5), ("6. marts 2022", 36, 36, 36, 0, 0)))

    assert list(found.itertuples(index=False, name=None)) == [
        ("30. januar 2022", "fysisk + digitalt = deltog", 30, 31),
        ("5. marts 2022", "fysisk + digitalt = deltog", 31, 30),
        ("5. marts 2022", "deltog + afbud = pladser", 35, 36),
    ]


@pytest.mark.parametrize(
    "row",
    [
        ("A", 36, None, 28, 2, 5),
        ("A", 36, 31, None, 2, 5),
        ("A", 36, 31, 28, None, 5),
        ("A", None, 31, None, None, 9),
        ("A", 36, None, None, None, None),
    ],
)
def test_a_sum_the_source_does_not_tell_in_full_is_not_checked(row):
    assert "fysisk + digitalt = deltog" not in set(fremmoede.check(moeder(row))["paastand"])


def test_one_missing_count_does_not_hide_the_other_sum():
    found = fremmoede.check(moeder(("A", 36, 31, None, None, 4)))

    assert list(found["paastand"]) == ["deltog + afbud = pladser"]
    assert (found.at[0, "regnet"], found.at[0, "oplyst"]) == (35, 36)


def test_negative_and_broken_counts_are_refused_all_at_once():
    with pytest.raises(PosterError) as caught:
        fremmoede.check(moeder(("A", -1, 31, 28, 2, 5), ("B", 36, 31.5, 28, True, -2)))

    assert [str(fault) for fault in caught.value.faults] == [
        "linje 2, »A«: pladser skal være et helt tal, der ikke er negativt, ikke »-1«",
        "linje 3, »B«: deltog skal være et helt tal, der ikke er negativt, ikke »31.5«",
        "linje 3, »B«: digitalt skal være et helt tal, der ikke er negativt, ikke »True«",
        "linje 3, »B«: afbud skal være et helt tal, der ikke er negativt, ikke »-2«",
    ]
