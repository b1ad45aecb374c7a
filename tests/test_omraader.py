"""Kroner by area and inhabitant, by hand and against each inhabitant counted alone. All data here is KONSTRUERET."""

import math
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetanalyser.deltagerbudget.fordeling import gini
from budgetanalyser.deltagerbudget.omraader import faelles, pr_indbygger, spredning_i_ord, ulighed
from budgetanalyser.errors import PosterError

D = Decimal
FOLK = [("Nord", 60), ("Syd", 300), ("Nord", 40), ("Vest", 200)]


def money(*rows):
    """Build amounts as read from a file, whose first data line is line 2."""
    amounts = [(area, D(amount)) for area, amount in rows]
    return pd.DataFrame(amounts, columns=["omraade", "beloeb_kr"], index=range(2, 2 + len(rows)), dtype=object)


def people(*rows):
    return pd.DataFrame(rows or FOLK, columns=["omraade", "indbyggere"])


def spread(**each):
    """Return the table of areas of 100 inhabitants by kroner per inhabitant."""
    given = money(*[(name, amount * 100) for name, amount in each.items()])
    return pr_indbygger(given, people(*[(name, 100) for name in each]))


def test_each_area_has_its_kroner_per_inhabitant():
    table = pr_indbygger(money(("Nord", 30_000), ("Syd", 30_000), ("Nord", 20_000)), people())

    assert table.to_dict("list") == {
        "omraade": ["Nord", "Syd", "Vest"],
        "indbyggere": [100, 300, 200],
        "projekter": [2, 1, 0],
        "beloeb_kr": [50_000, 30_000, 0],
        "pr_indbygger_kr": [500, 100, 0],
    }


def test_money_for_all_areas_is_kept_apart():
    given = money(("", 5_000), ("Syd", 30_000), ("hele området", 7_000), (None, 100))

    assert faelles(given) == 12_100
    assert list(pr_indbygger(given, people())["beloeb_kr"]) == [0, 30_000, 0]


def test_no_money_at_all_is_nothing_to_each():
    assert list(pr_indbygger(money(), people())["pr_indbygger_kr"]) == [0, 0, 0]
    assert faelles(money()) == 0


def test_areas_without_people_and_unknown_areas_are_told_together():
    given = money(("Nord", 1), ("Øst", 2), ("Syd", 3), ("Sydøst", 4))
    given.attrs["fil"] = "tildelt.csv"

    with pytest.raises(PosterError) as caught:
        pr_indbygger(given, people(("Nord", 0), ("Syd", 300)))

    assert caught.value.path == "tildelt.csv"
    assert [str(fault) for fault in caught.value.faults] == [
        "Nord: området har ingen indbyggere; ret tallet, eller fjern området",
        "linje 3: området »Øst« får penge, men har ingen indbyggere i befolkningen",
        "linje 5: området »Sydøst« får penge, men har ingen indbyggere i befolkningen",
    ]


def test_inequality_by_hand():
    # A quarter of the people have 500 each and the others 100: mean 200, so 2.5 and 0.5 times the mean.
    found = ulighed(pr_indbygger(money(("Nord", 50_000), ("Syd", 30_000)), people(("Nord", 100), ("Syd", 300))))

    assert found["gini"] == pytest.approx(0.25 * 0.75 * 2.0)
    assert found["theil"] == pytest.approx(0.25 * 2.5 * math.log(2.5) + 0.75 * 0.5 * math.log(0.5))


def test_where_all_have_the_same_there_is_no_inequality():
    same = ulighed(pr_indbygger(money(("A", 700), ("B", 2_100)), people(("A", 100), ("B", 300))))

    assert same == pytest.approx({"gini": 0, "theil": 0}, abs=1e-12)
    assert ulighed(spread(A=0, B=0)) == {"gini": 0, "theil": 0}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 30)), min_size=1, max_size=5))
def test_an_area_weighs_as_its_inhabitants(areas):
    names = [f"område {number}" for number in range(len(areas))]
    given = money(*[(name, n * each) for name, (n, each) in zip(names, areas, strict=True)])
    one_by_one = [each for n, each in areas for _ in range(n)]
    mean = sum(one_by_one) / len(one_by_one)

    found = ulighed(pr_indbygger(given, people(*[(name, n) for name, (n, _) in zip(names, areas, strict=True)])))

    terms = [x / mean * math.log(x / mean) for x in one_by_one if x]
    assert found["gini"] == pytest.approx(gini(one_by_one), abs=1e-12)
    assert found["theil"] == pytest.approx(sum(terms) / len(one_by_one), abs=1e-12)


def test_the_most_and_the_least_are_told():
    said = spredning_i_ord(spread(Nord=500, Syd=100, Vest=20))

    assert said == "Nord fik mest, 500 kr. pr. indbygger, og Vest mindst, 20 kr."


def test_areas_alike_are_told_together():
    assert (
        spredning_i_ord(spread(A=30, B=0, C=30, D=0))
        == "A og C fik mest, 30 kr. pr. indbygger, og B og D mindst, 0 kr."
    )
    assert spredning_i_ord(spread(A=30, B=30)) == "Alle områder fik lige meget, 30 kr. pr. indbygger."


def test_where_nothing_is_spread_nothing_is_compared():
    for table in (spread(A=0, B=0), spread(A=30)):
        assert spredning_i_ord(table) == "Pengene er ikke delt på områder."
