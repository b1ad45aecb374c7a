"""The course of an assembly, the answers a council owes and gave, and the register of recommendations.

Greve's climate assembly is the case: handed over 4 April 2022, answered 20 June 2022 and 15 May 2023.
"""

from datetime import date

import pandas as pd
import pytest

from budgetanalyser.borgersamling import forpligtelser
from budgetanalyser.borgersamling.forpligtelser import (
    anbefalinger,
    check_forloeb,
    frister,
    optael,
    overskredne,
    status,
)
from budgetanalyser.errors import PosterError, ValueUseError


def table(columns, *rows):
    """Build a table as read from a file, whose first data line is line 2."""
    return pd.DataFrame(rows, columns=columns.split(), index=range(2, 2 + len(rows)), dtype=object)


def told(caught):
    return [str(fault) for fault in caught.value.faults]


# --- The course ---


def forloeb(*rows):
    return table("noegle haendelse fra til praecision", *rows)


VELFAERD = (
    ("beslutning", "Byrådet beslutter", date(2023, 4, 17), None, "dag"),
    ("budgetforhandling", "Budgettet forhandles", None, None, "måned"),
    ("forarbejde", "Forarbejde", date(2023, 10, 15), date(2024, 2, 1), "medio"),
    ("moeder", "Borgersamlingen mødes", date(2024, 2, 1), date(2024, 6, 1), "måned"),
    ("aflevering", "Anbefalingerne afleveres", date(2024, 6, 1), None, "måned"),
)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(VELFAERD, id="the welfare assembly"),
        pytest.param(VELFAERD[::-1], id="rows need not stand in order"),
        pytest.param(VELFAERD[2:4], id="keys may be missing"),
        pytest.param((), id="no rows"),
        pytest.param(
            [(key, key, date(2024, 2, 29), date(2024, 2, 29), "dag") for key in forpligtelser.FORLOEB],
            id="all on one day",
        ),
        pytest.param(
            [
                ("moeder", "Møder", date(2024, 5, 20), None, "dag"),
                ("aflevering", "Aflevering", date(2024, 5, 1), None, "måned"),
            ],
            id="a month holds the day",
        ),
        pytest.param(
            [
                ("forarbejde", "Forarbejde", date(2024, 5, 15), date(2024, 5, 1), "medio"),
                ("moeder", "Møder", date(2024, 5, 11), None, "dag"),
            ],
            id="the middle of a month may be the 11th, and an end is known to the month",
        ),
        pytest.param(
            [
                (None, "Nyhed", date(2024, 5, 2), None, "dag"),
                (None, "Nyhed", date(2024, 5, 1), None, "dag"),
                ("afrapportering", "Rapport", date(2020, 1, 1), None, "dag"),
                ("moeder", "Møder", date(2019, 1, 1), None, "dag"),
            ],
            id="other keys have no order",
        ),
    ],
)
def test_a_course_in_order_is_accepted(rows):
    assert check_forloeb(forloeb(*rows)) is None


def test_every_fault_of_a_course_names_both_events_and_both_dates():
    course = forloeb(
        ("beslutning", "Beslutning", date(2024, 3, 1), None, "dag"),
        ("forarbejde", "Forarbejde", date(2024, 2, 29), date(2024, 2, 1), "dag"),
        ("moeder", "Møder", date(2024, 6, 1), date(2024, 4, 1), "måned"),
        ("aflevering", "Aflevering", date(2024, 5, 20), None, "medio"),
        ("evaluering", "Evaluering", date(2024, 4, 30), None, "dag"),
        ("moeder", "Flere møder", date(2024, 7, 1), None, "dag"),
    )
    with pytest.raises(PosterError) as caught:
        check_forloeb(course)

    assert told(caught) == [
        "linje 3, »Forarbejde«: slutter 1. februar 2024, før den begynder 29. februar 2024",
        "linje 3, »Forarbejde«: 29. februar 2024 ligger før »Beslutning« (1. marts 2024), som skal komme først",
        "linje 4, »Møder«: slutter april 2024, før den begynder juni 2024",
        "linje 5, »Aflevering«: medio maj 2024 ligger før »Flere møder« (1. juli 2024), som skal komme først",
        "linje 6, »Evaluering«: 30. april 2024 ligger før »Flere møder« (1. juli 2024), som skal komme først",
        "linje 7, »Flere møder«: nøglen »moeder« bruges allerede af »Møder«; giv hver hændelse sin egen",
    ]


@pytest.mark.parametrize(
    ("earlier", "later"), list(zip(forpligtelser.FORLOEB[:-1], forpligtelser.FORLOEB[1:], strict=True))
)
def test_each_known_event_comes_after_the_one_before_it(earlier, later):
    course = forloeb(
        (later, "Den sene", date(2024, 2, 29), None, "dag"), (earlier, "Den tidlige", date(2024, 3, 1), None, "dag")
    )

    with pytest.raises(PosterError, match=r"»Den sene«: 29. februar 2024 ligger før »Den tidlige« \(1. marts 2024\)"):
        check_forloeb(course)


# --- Deadlines ---


def pligter(*rows):
    return table("pligt maaneder_efter_aflevering begivenhed", *rows)


PLIGTER = pligter(
    ("Første status", 3, None),
    ("Anden status", 12, None),
    ("Ved afslutning", None, "afslutning"),
    ("Ved evaluering", None, "evaluering"),
)
AFLEVERING = date(2022, 4, 4)


def svar(*rows):
    return table("pligt dato oplyst", *rows)


GREVE_SVAR = svar(("Første status", date(2022, 6, 20), True), ("Anden status", date(2023, 5, 15), True))


def test_greves_deadlines_are_4_july_2022_and_4_april_2023():
    due = frister(PLIGTER, aflevering=AFLEVERING)

    assert list(due.columns) == ["pligt", "frist", "senest"]
    assert list(due["senest"]) == [date(2022, 7, 4), date(2023, 4, 4), None, None]


@pytest.mark.parametrize(
    ("aflevering", "months", "senest"),
    [
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2022, 11, 30), 3, date(2023, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 1, 31), 3, date(2024, 4, 30)),
        (date(2024, 2, 29), 0, date(2024, 2, 29)),
    ],
)
def test_a_deadline_falls_on_the_last_of_a_shorter_month(aflevering, months, senest):
    assert frister(pligter(("A", months, None)), aflevering=aflevering).at[0, "senest"] == senest


def test_one_month_is_written_in_the_singular():
    assert frister(pligter(("A", 1, None)), aflevering=AFLEVERING).at[0, "frist"] == "inden 1 måned efter afleveringen"


def test_an_event_that_has_a_day_gives_its_duty_one():
    due = frister(PLIGTER, aflevering=AFLEVERING, begivenheder={"afslutning": date(2023, 12, 24), "evaluering": None})

    assert list(due["senest"]) == [date(2022, 7, 4), date(2023, 4, 4), date(2023, 12, 24), None]
    assert list(due["frist"])[2:] == ["afslutning", "evaluering"]


def test_an_event_that_no_duty_follows_is_refused():
    with pytest.raises(ValueUseError, match=r"begivenheden »afslut«\. Mente du »afslutning«\?"):
        frister(PLIGTER, aflevering=AFLEVERING, begivenheder={"afslut": date(2023, 12, 24)})


def test_deadlines_can_hold_the_answers_given():
    due = frister(PLIGTER, aflevering=AFLEVERING, svar=GREVE_SVAR)

    assert list(due.columns) == ["pligt", "frist", "senest", "svar_givet"]
    assert list(due["svar_givet"]) == [date(2022, 6, 20), date(2023, 5, 15), None, None]


# --- Status ---


def states(answers, pr, duties=PLIGTER, aflevering=AFLEVERING):
    found = status(frister(duties, aflevering=aflevering), answers, pr=pr)
    return list(zip(found["tilstand"], found["dage"], strict=True))


def test_greve_answered_14_days_before_the_first_deadline_and_41_after_the_second():
    found = status(frister(PLIGTER, aflevering=AFLEVERING), GREVE_SVAR, pr=date(2023, 6, 1))

    assert list(found.columns) == ["pligt", "senest", "sidste_hverdag", "svar_givet", "tilstand", "dage"]
    assert list(found.itertuples(index=False, name=None)) == [
        ("Første status", date(2022, 7, 4), date(2022, 7, 4), date(2022, 6, 20), "svar givet til tiden", -14),
        ("Anden status", date(2023, 4, 4), date(2023, 4, 4), date(2023, 5, 15), "svar givet for sent", 41),
        ("Ved afslutning", None, None, None, "ingen fast dato", None),
        ("Ved evaluering", None, None, None, "ingen fast dato", None),
    ]


@pytest.mark.parametrize(
    ("pr", "expected"),
    [
        pytest.param(date(2022, 4, 4), ("afventer", -91), id="on the day of the handover"),
        pytest.param(date(2022, 7, 4), ("afventer", 0), id="the deadline itself has not passed"),
        pytest.param(date(2022, 7, 5), ("frist overskredet", 1), id="the day after"),
    ],
)
def test_an_answer_known_not_to_be_given_is_awaited_and_then_overdue(pr, expected):
    assert states(svar(("Første status", None, True)), pr)[0] == expected


@pytest.mark.parametrize("answers", [svar(("Første status", None, False)), svar()])
def test_an_answer_nobody_tells_of_is_never_called_overdue(answers):
    assert states(answers, date(2022, 7, 4))[0] == ("afventer", 0)
    assert states(answers, date(2030, 1, 1))[0] == ("svar ikke oplyst", None)


def test_an_answer_on_the_last_day_is_in_time_and_the_day_after_late():
    assert states(svar(("Første status", date(2022, 7, 4), True)), date(2023, 1, 1))[0] == ("svar givet til tiden", 0)
    assert states(svar(("Første status", date(2022, 7, 5), True)), date(2023, 1, 1))[0] == ("svar givet for sent", 1)


def test_an_answer_after_the_day_looked_back_from_was_not_yet_given():
    found = status(frister(PLIGTER, aflevering=AFLEVERING), GREVE_SVAR, pr=date(2023, 4, 14))

    assert found.at[1, "tilstand"] == "frist overskredet"
    assert (found.at[1, "svar_givet"], found.at[1, "dage"]) == (None, 10)


def test_a_deadline_on_a_sunday_is_best_met_on_the_friday_and_late_after_the_sunday():
    duties, handover = pligter(("Første status", 3, None)), date(2024, 6, 1)
    found = status(frister(duties, aflevering=handover), svar(), pr=handover)

    assert (found.at[0, "senest"], found.at[0, "sidste_hverdag"]) == (date(2024, 9, 1), date(2024, 8, 30))
    answer = svar(("Første status", date(2024, 9, 2), True))
    assert states(answer, date(2025, 1, 1), duties, handover) == [("svar givet for sent", 1)]


def test_an_answer_without_a_deadline_is_shown_but_not_judged():
    found = status(
        frister(PLIGTER, aflevering=AFLEVERING), svar(("Ved afslutning", date(2023, 1, 2), True)), pr=date(2024, 1, 1)
    )

    assert found.at[2, "svar_givet"] == date(2023, 1, 2)
    assert (found.at[2, "tilstand"], found.at[2, "dage"]) == ("ingen fast dato", None)


def test_overdue_answers_are_listed_longest_first():
    duties = pligter(("A", 6, None), ("B", 3, None), ("C", 12, None), ("D", 3, None), ("E", 3, None))
    given = svar(
        ("A", None, True), ("B", None, True), ("C", None, True), ("D", None, False), ("E", date(2022, 8, 1), True)
    )
    found = overskredne(status(frister(duties, aflevering=AFLEVERING), given, pr=date(2022, 10, 14)))

    # 4 July to 14 October is 102 days; 4 October to then is 10.
    assert list(zip(found["pligt"], found["dage"], strict=True)) == [("B", 102), ("A", 10)]


def test_no_overdue_answer_gives_an_empty_list_with_the_same_columns():
    whole = status(frister(PLIGTER, aflevering=AFLEVERING), GREVE_SVAR, pr=date(2023, 6, 1))

    assert overskredne(whole).empty
    assert list(overskredne(whole).columns) == list(whole.columns)


def test_answers_that_do_not_fit_are_told_all_at_once():
    duties = pligter(("Første status", 3, None), ("Første status", 12, None))
    wrong = svar(
        ("Forste status", None, True),
        ("Første status", date(2022, 6, 20), False),
        ("Første status", None, None),
    )
    with pytest.raises(PosterError) as caught:
        status(frister(duties, aflevering=AFLEVERING), wrong, pr=date(2023, 1, 1))

    assert told(caught) == [
        "»Første status«: pligten står mere end én gang i fristerne; giv hver sit navn",
        "linje 2, »Forste status«: der er ingen pligt med det navn. Mente du »Første status«?",
        "linje 3, »Første status«: svaret har datoen 20. juni 2022, men står som ikke oplyst; ret en af delene",
        "linje 4, »Første status«: svaret står mere end én gang",
        "linje 4, »Første status«: oplyst skal være ja eller nej, ikke »None«",
    ]


# --- Recommendations ---


def register(*rows):
    return table("nr anbefaling svar begrundelse sagsnr dato", *rows)


FEM = register(
    (1, "Flere træer", "fulgt", None, "22-1234", date(2022, 6, 20)),
    (2, "Færre biler", "ikke fulgt", "Kræver en lov", None, date(2022, 6, 20)),
    (3, "Varmepumper", "delvist", None, None, None),
    (4, "Klimakonto", None, None, None, None),
    (5, "Cykelstier", "afventer", None, None, None),
)


def test_what_the_source_does_not_tell_is_printed_as_not_told():
    shown = anbefalinger(FEM)

    assert list(shown.columns) == ["nr", "anbefaling", "svar", "begrundelse", "sagsnr", "dato"]
    assert list(shown["svar"]) == ["fulgt", "ikke fulgt", "delvist", "ikke oplyst", "afventer"]
    assert list(shown["begrundelse"]) == [None, "Kræver en lov", "ikke oplyst", None, None]
    assert list(shown["sagsnr"]) == ["22-1234", None, None, None, None]


def test_the_printed_register_can_be_checked_again():
    assert anbefalinger(anbefalinger(FEM)).equals(anbefalinger(FEM))


@pytest.mark.parametrize("checked", [FEM, anbefalinger(FEM)])
def test_answers_are_counted_and_those_not_told_by_themselves(checked):
    assert list(optael(checked).itertuples(index=False, name=None)) == [
        ("fulgt", 1),
        ("delvist", 1),
        ("ikke fulgt", 1),
        ("afventer", 1),
        ("ikke oplyst", 1),
    ]


def test_every_answer_is_counted_in_the_same_order_even_when_nobody_gave_it():
    counted = optael(register((1, "A", None, None, None, None), (2, "B", None, None, None, None)))

    assert list(counted["svar"]) == ["fulgt", "delvist", "ikke fulgt", "afventer", "ikke oplyst"]
    assert list(counted["antal"]) == [0, 0, 0, 0, 2]
    assert list(optael(register())["antal"]) == [0, 0, 0, 0, 0]


def test_every_fault_of_a_register_is_told_at_once():
    wrong = register(
        (1, "A", "Fulgt", None, None, None),
        (1, " ", "fulgt", None, None, None),
        (None, "C", "ikke fulgt", " ", None, None),
        (4, "D", "delvist", "", None, None),
    )
    with pytest.raises(PosterError) as caught:
        optael(wrong)

    assert told(caught) == [
        "linje 2, anbefaling 1: svaret »Fulgt« kendes ikke. Mente du »fulgt«?",
        "linje 3, anbefaling 1: nummeret bruges mere end én gang",
        "linje 3, anbefaling 1: anbefalingens tekst mangler",
        "linje 4: nummeret mangler",
        "linje 4: svaret »ikke fulgt« skal have en begrundelse; skriv den, eller skriv »ikke oplyst«",
        "linje 5, anbefaling 4: svaret »delvist« skal have en begrundelse; skriv den, eller skriv »ikke oplyst«",
    ]
