"""Which deviations must be explained, and which are not: then the report is a draft that says so. KONSTRUERET."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetanalyser.errors import PosterError, ValueUseError
from budgetanalyser.opfoelgning import afvigelser, hovedtabel

D = Decimal


def table(*lines):
    """Build a main table of (name, budget, forecast)."""
    budget = [("oprindeligt", name, D(amount)) for name, amount, _ in lines]
    expected = [(name, None if will is None else D(will)) for name, _, will in lines]
    return hovedtabel(
        pd.DataFrame(budget, columns=["slags", "bevilling", "beloeb_kr"], dtype=object),
        pd.DataFrame([], columns=["maaned", "bevilling", "beloeb_kr"], dtype=object),
        pd.DataFrame(expected, columns=["bevilling", "forventet_kr"], dtype=object),
        periode="2026K3",
    )


TABLE = table(
    ("Skoler", 1_000_000, 1_030_000),
    ("Ældre", 200_000, 160_000),
    ("Skatter", -5_000_000, -5_010_000),
    ("Veje", 50_000, 55_000),
    ("Uændret", 10, 10),
)
LIMIT = {"graense_kr": D(20_000), "graense_pct": None}


def test_deviations_are_ranked_by_size_whatever_their_sign():
    ranked = afvigelser(TABLE, **LIMIT, forklaringer={}).tabel

    assert list(ranked["bevilling"]) == ["Ældre", "Skoler", "Skatter", "Veje"]
    assert list(ranked["nr"]) == [1, 2, 3, 4]
    assert list(ranked["over_graensen"]) == [True, True, False, False]


def test_without_an_explanation_the_report_is_a_draft_and_says_which_are_missing():
    found = afvigelser(TABLE, **LIMIT, forklaringer={"Skoler": "Flere elever.", "Ældre": " "})

    assert (found.kladde, found.mangler) == (True, ("Ældre",))
    assert found.ord == (
        "En afvigelse skal forklares, når den er over 20.000 kr. Der mangler forklaring på afvigelsen for »Ældre«."
    )
    assert found.kladde_ord == "Kladde: Der mangler forklaring på afvigelsen for »Ældre«."


def test_with_all_explained_it_is_no_draft():
    found = afvigelser(TABLE, **LIMIT, forklaringer={"Skoler": "Flere elever.", "Ældre": "Færre ældre."})

    assert (found.kladde, found.mangler) == (False, ())
    assert found.ord == (
        "En afvigelse skal forklares, når den er over 20.000 kr. Alle, der skal forklares, er forklaret."
    )
    assert found.kladde_ord == ""


def test_a_missing_forecast_is_a_draft_too():
    found = afvigelser(table(("Skoler", 1, None)), **LIMIT, forklaringer={})

    assert found.kladde_ord == "Kladde: Der mangler et forventet regnskab for »Skoler«."


@pytest.mark.parametrize(
    ("kroner", "share", "both", "missing", "told"),
    [
        (None, "0.0025", False, ("Ældre", "Skoler", "Veje"), "over 0,25 % af det korrigerede budget"),
        (None, "0.03", False, ("Ældre", "Veje"), "over 3,0 % af det korrigerede budget"),
        ("30000", None, False, ("Ældre",), "over 30.000 kr."),
        ("29999.5", None, False, ("Ældre", "Skoler"), "over 29.999,50 kr."),
        (
            "8000",
            "0.05",
            False,
            ("Ældre", "Skoler", "Skatter", "Veje"),
            "over 8.000 kr. eller over 5,0 % af det korrigerede budget",
        ),
        ("8000", "0.05", True, ("Ældre",), "over 8.000 kr. og over 5,0 % af det korrigerede budget"),
    ],
)
def test_the_threshold_is_in_kroner_in_per_cent_or_both(kroner, share, both, missing, told):
    found = afvigelser(
        TABLE,
        graense_kr=None if kroner is None else D(kroner),
        graense_pct=None if share is None else D(share),
        begge=both,
        forklaringer={},
    )

    assert (found.mangler, found.graense_ord) == (missing, told)


def test_any_spend_on_nothing_budgeted_is_above_a_threshold_in_per_cent():
    found = afvigelser(table(("Nyt", 0, 5)), graense_kr=None, graense_pct=D("0.5"), forklaringer={})

    assert found.mangler == ("Nyt",)


def test_explanations_may_come_from_the_managers_table():
    own = pd.DataFrame(
        [("Ældre", "Færre ældre."), ("Skoler", None)], columns=["bevilling", "forklaring"], index=[2, 3], dtype=object
    )

    assert afvigelser(TABLE, **LIMIT, forklaringer=own).mangler == ("Skoler",)
    twice = pd.concat([own, own.iloc[:1].rename(index={2: 4})])
    with pytest.raises(PosterError, match="linje 4: »Ældre« står også i linje 2"):
        afvigelser(TABLE, **LIMIT, forklaringer=twice)


def test_an_explanation_of_something_else_and_a_missing_threshold_are_refused():
    with pytest.raises(ValueUseError, match=r"forklaring på »Skole«, som ikke er i tabellen\. Mente du »Skoler«"):
        afvigelser(TABLE, **LIMIT, forklaringer={"Skole": "x"})
    for kroner, share in ((None, None), (D(-1), None), (D(1), D("-0.1"))):
        with pytest.raises(ValueUseError, match="Skriv en grænse på mindst 0"):
            afvigelser(TABLE, graense_kr=kroner, graense_pct=share, forklaringer={})


@settings(deadline=None)
@given(st.lists(st.integers(-(10**9), 10**9), max_size=12), st.integers(0, 10**9))
def test_exactly_the_unexplained_above_the_threshold_are_missing(overs, limit):
    lines = table(*((f"B{number}", 10**6, 10**6 + over) for number, over in enumerate(overs)))
    told = {f"B{number}": "fordi" for number in range(0, len(overs), 2)}

    found = afvigelser(lines, graense_kr=D(limit), graense_pct=None, forklaringer=told)

    assert set(found.mangler) == {f"B{n}" for n, over in enumerate(overs) if abs(over) > limit and n % 2}
    sizes = [abs(amount) for amount in found.tabel["afvigelse_kr"]]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == sum(1 for over in overs if over)


@pytest.mark.parametrize("text", ["-", " – ", "...", None])
def test_a_dash_is_no_explanation(text):
    assert afvigelser(TABLE, **LIMIT, forklaringer={"Skoler": text, "Ældre": "Færre."}).mangler == ("Skoler",)
