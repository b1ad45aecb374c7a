"""The register of several assemblies: who owes what, without accusing anyone of what no source tells."""

from datetime import date

import pandas as pd
import pytest

from budgetanalyser.borgersamling import forpligtelser
from budgetanalyser.errors import PosterError

PLIGTER = pd.DataFrame(
    [("Første", 3, None), ("Anden", 12, None), ("Sidste", None, "når det slutter")],
    columns=["pligt", "maaneder_efter_aflevering", "begivenhed"],
    dtype=object,
)


def samlinger(*rows):
    return pd.DataFrame(rows, columns=["samling", "aflevering", "praecision", "frister_oplyst"], dtype=object)


def svar(*rows):
    return pd.DataFrame(rows, columns=["samling", "pligt", "dato", "oplyst"], dtype=object)


KLIMA = ("Klima", date(2022, 4, 4), "dag", True)
SVAR = svar(("Klima", "Første", date(2022, 6, 20), True), ("Klima", "Anden", date(2023, 5, 15), True))


def test_an_assembly_whose_deadlines_are_told_is_held_to_them():
    found = forpligtelser.register(samlinger(KLIMA), PLIGTER, SVAR, pr=date(2024, 1, 1))

    assert list(found["tilstand"]) == ["svar givet til tiden", "svar givet for sent", "ingen fast dato"]
    assert list(found["dage"]) == [-14, 41, None]


def test_an_assembly_whose_deadlines_are_not_told_is_never_called_late():
    untold = (*KLIMA[:3], False)
    found = forpligtelser.register(samlinger(untold), PLIGTER, SVAR, pr=date(2024, 1, 1))

    assert list(found["tilstand"]) == ["svar givet", "svar givet", "ingen fast dato"]


def test_a_handover_known_to_the_month_gives_the_last_day_the_deadline_can_mean():
    month = ("Velfærd", date(2024, 6, 1), "måned", True)
    found = forpligtelser.register(samlinger(month), PLIGTER, svar(), pr=date(2024, 9, 30))

    assert found.at[0, "senest"] == date(2024, 9, 30)
    told = svar(("Velfærd", "Første", None, True))
    same_day = forpligtelser.register(samlinger(month), PLIGTER, told, pr=date(2024, 9, 30))
    assert same_day.at[0, "tilstand"] == "afventer"


def test_an_answer_known_to_be_missing_is_overdue_the_day_after_the_deadline():
    missing = svar(("Klima", "Første", None, True), ("Klima", "Anden", None, True))
    on_the_day = forpligtelser.register(samlinger(KLIMA), PLIGTER, missing, pr=date(2022, 7, 4))
    after = forpligtelser.register(samlinger(KLIMA), PLIGTER, missing, pr=date(2022, 7, 5))

    assert list(on_the_day["tilstand"][:2]) == ["afventer", "afventer"]
    assert list(after["tilstand"][:2]) == ["frist overskredet", "afventer"]
    assert list(forpligtelser.overskredne(after)["dage"]) == [1]


def test_answers_to_an_assembly_that_is_not_there_are_refused():
    stray = svar(("Klimaet", "Første", None, False))
    with pytest.raises(PosterError, match=r"linje 0, »Klimaet«: borgersamlingen kendes ikke. Mente du »Klima«"):
        forpligtelser.register(samlinger(KLIMA), PLIGTER, stray, pr=date(2024, 1, 1))


def test_an_answer_before_the_handover_is_refused():
    early = svar(("Klima", "Første", date(2020, 6, 20), True))
    with pytest.raises(PosterError, match=r"dateret 20\. juni 2020, før anbefalingerne blev afleveret"):
        forpligtelser.register(samlinger(KLIMA), PLIGTER, early, pr=date(2024, 1, 1))


def test_the_register_must_hold_every_recommendation_of_every_assembly():
    given = pd.DataFrame({"samling": ["Klima"], "anbefalinger": [2]}, dtype=object)
    listed = pd.DataFrame({"samling": ["Klima", "Vejr"]}, dtype=object)
    with pytest.raises(PosterError) as caught:
        forpligtelser.check_antal(given, listed)

    assert "»Klima«: der står 1 anbefalinger, men samlingen gav 2" in str(caught.value)
    assert "»Vejr«: borgersamlingen kendes ikke" in str(caught.value)


def test_recommendations_of_which_nothing_is_told_are_one_row():
    columns = ["samling", "nr", "anbefaling", "svar"]
    untold = ("ikke oplyst", "ikke oplyst")
    rows = [("K", "K1", *untold), ("K", "K2", *untold), ("K", "K3", "Træer", "fulgt"), ("V", "V1", *untold)]
    found = forpligtelser.sammenfat(pd.DataFrame(rows, columns=columns, dtype=object))

    assert list(found["nr"]) == ["K1-K2", "K3", "V1"]
