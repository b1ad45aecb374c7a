"""What came of a round: the funnel, the ladder and how long it took, the money, and what may be quoted."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from budgetanalyser.deltagerbudget import realisering
from budgetanalyser.errors import PosterError, ValueUseError
from budgetanalyser.kilder.table import read

RAW = Path(__file__).parents[1] / "data/raw"
D = Decimal


def table(columns, *rows):
    """Build a table as read from a file, whose first data line is line 2."""
    return pd.DataFrame(rows, columns=columns.split(), index=range(2, 2 + len(rows)), dtype=object)


def told(caught):
    return [str(fault) for fault in caught.value.faults]


# --- The funnel ---


def test_the_funnel_of_tranbjerg_gives_the_published_rates():
    funnel = realisering.tragt(table("trin antal", ("indsendt", 14), ("godkendt", 12), ("støttet", 6)))

    assert list(funnel["andel"]) == [None, D("0.857143"), D("0.5")]
    assert list(funnel["antal"]) == [14, 12, 6]


def test_a_step_that_is_not_known_has_no_rate_and_gives_none_to_the_next():
    funnel = realisering.tragt(table("trin antal", ("a", 14), ("b", None), ("c", 6), ("d", 0), ("e", 0)))

    assert list(funnel["andel"]) == [None, None, None, D(0), None]


def test_a_step_may_rise_only_where_the_table_says_so():
    columns = "trin antal maa_stige"
    merged = realisering.tragt(table(columns, ("indsendt", 10, None), ("delt op", 12, True), ("støttet", 6, False)))

    assert list(merged["andel"]) == [None, D("1.2"), D("0.5")]
    with pytest.raises(PosterError) as caught:
        realisering.tragt(table(columns, ("a", 10, None), ("b", None, None), ("c", 12, False)))
    assert told(caught) == ["linje 4, »c«: 12 er flere end 10 i trinnet »a«; ret et af tallene"]


def test_every_fault_of_a_funnel_is_told_at_once():
    with pytest.raises(PosterError) as caught:
        realisering.tragt(table("trin antal", ("a", -1), ("", 2), ("a", 3.5)))

    assert told(caught) == [
        "linje 2: antal skal være et helt tal på mindst 0, eller tom når det ikke er oplyst",
        "linje 3: trin mangler; udfyld den",
        "linje 4: antal skal være et helt tal på mindst 0, eller tom når det ikke er oplyst",
        "linje 4: trinnet står også i linje 2; lad den stå én gang",
    ]
    with pytest.raises(PosterError, match="der er ingen trin"):
        realisering.tragt(table("trin antal"))
    with pytest.raises(PosterError, match="kolonnen »antal« mangler"):
        realisering.tragt(table("trin", ("a",)))


def test_reasons_of_rejection_are_counted_and_a_missing_one_is_not_invented():
    proposals = table(
        "forslag status begrundelse",
        ("1", "afvist", "privat grund"),
        ("2", "afvist", None),
        ("3", "kan ikke gennemføres", "for dyrt"),
        ("4", "afvist", "privat grund "),
        ("5", "godkendt", "fin"),
        ("6", "afvist", ""),
    )

    assert realisering.afslag(proposals).to_dict("records") == [
        {"begrundelse": "privat grund", "antal": 2},
        {"begrundelse": "for dyrt", "antal": 1},
        {"begrundelse": "ikke oplyst", "antal": 2},
    ]


def test_an_unknown_status_is_not_taken_for_an_approval():
    with pytest.raises(PosterError) as caught:
        realisering.afslag(table("forslag status begrundelse", ("1", "afvsit", None), ("1", None, None)))

    assert told(caught)[0] == "linje 2: status »afvsit« kendes ikke. Mente du »afvist«?"
    assert len(told(caught)) == 3


# --- The ladder ---

STEPS = "projekt navn status dato"
PR = date(2022, 6, 30)


def test_a_project_stands_on_its_highest_step_of_the_day():
    milestones = table(
        STEPS,
        ("sti", "Sti", "i drift", date(2022, 7, 1)),
        ("sti", "Sti", "besluttet", date(2020, 6, 1)),
        ("sti", "Sti", "tilladelse", date(2021, 6, 1)),
        ("bane", "Bane", "besluttet", date(2023, 1, 1)),
        ("hus", "Hus", "besluttet", None),
        ("hus", "Hus", "opgivet", date(2021, 1, 1)),
    )
    ladder = realisering.stige(milestones, pr=PR).set_index("projekt")

    assert list(ladder["status"]) == ["tilladelse", "endnu ikke besluttet", "opgivet"]
    assert list(ladder["dato"]) == [date(2021, 6, 1), None, date(2021, 1, 1)]
    assert list(ladder["senere"]) == [1, 1, 0]
    assert list(ladder["uden_dato"]) == [0, 0, 1]
    assert ladder.loc["sti", "besluttet"] == date(2020, 6, 1)
    assert ladder.loc["sti", "i_drift"] is None


def test_a_step_without_a_date_counts_from_the_day_it_is_known_to_be_taken():
    milestones = table(
        f"{STEPS} senest praecision note",
        ("sti", "Sti", "besluttet", date(2020, 6, 1), None, "måned", None),
        ("sti", "Sti", "færdig", None, PR, "ikke oplyst", "nævnt i juni 2022"),
    )

    assert realisering.stige(milestones, pr=date(2022, 6, 29)).iloc[0].to_dict() | {"note": 0} == {
        "projekt": "sti", "navn": "Sti", "status": "besluttet", "dato": date(2020, 6, 1), "praecision": "måned",
        "note": 0, "besluttet": date(2020, 6, 1), "tilladelse": None, "igangsat": None, "faerdig": None,
        "i_drift": None, "opgivet": None, "senere": 1, "uden_dato": 0,
    }  # fmt: skip
    later = realisering.stige(milestones, pr=PR).iloc[0]
    assert (later["status"], later["dato"], later["praecision"]) == ("færdig", None, "ikke oplyst")
    assert later["note"] == "nævnt i juni 2022"


def test_every_fault_of_the_milestones_is_told_with_its_line():
    milestones = table(
        STEPS,
        ("a", "A", "besluttet", date(2020, 6, 1)),
        ("a", "A", "igangsat", date(2020, 5, 1)),
        ("a", "A", "færdigt", date(2020, 7, 1)),
        ("b", "B", "besluttet", date(2020, 6, 1)),
        ("b", "B", "færdig", date(2021, 6, 1)),
        ("b", "B", "igangsat", date(2021, 7, 1)),
        ("b", "Bb", "færdig", date(2021, 8, 1)),
        ("c", "C", "besluttet", date(2020, 6, 1)),
        ("c", "C", "opgivet", date(2020, 7, 1)),
        ("c", "C", "igangsat", date(2020, 8, 1)),
        ("d", "D", "igangsat", date(2020, 8, 1)),
    )
    with pytest.raises(PosterError) as caught:
        realisering.stige(milestones, pr=PR)

    assert told(caught) == [
        "linje 3: »igangsat« 1. maj 2020 ligger før beslutningen 1. juni 2020; ret datoen",
        "linje 4: status »færdigt« kendes ikke. Mente du »færdig«?",
        "linje 7: »igangsat« 1. juli 2021 kommer efter »færdig« 1. juni 2021, som er et senere trin; "
        "ret status eller dato",
        "linje 8: projektet har samme status i linje 6; lad den stå én gang",
        "linje 8: projektet hedder »B« i linje 5; brug samme navn",
        "linje 11: »igangsat« 1. august 2020 kommer efter »opgivet« 1. juli 2020; et opgivet projekt er slut",
        "linje 12: projektet »d« mangler »besluttet«; tilføj linjen, med tom dato når den ikke er oplyst",
    ]


def test_time_runs_from_the_decision_and_is_censored_where_the_project_is_under_way_or_given_up():
    milestones = table(
        f"{STEPS} praecision",
        ("a", "A", "besluttet", date(2022, 1, 1), "dag"),
        ("a", "A", "færdig", date(2022, 1, 31), "måned"),
        ("a", "A", "i drift", date(2022, 3, 31), "dag"),
        ("b", "B", "besluttet", date(2022, 6, 1), "dag"),
        ("c", "C", "besluttet", date(2022, 1, 1), "dag"),
        ("c", "C", "opgivet", date(2022, 1, 11), "dag"),
        ("d", "D", "besluttet", date(2022, 1, 1), "dag"),
        ("d", "D", "i drift", date(2022, 1, 21), "dag"),
        ("e", "E", "besluttet", None, "ikke oplyst"),
        ("f", "F", "besluttet", date(2022, 7, 1), "dag"),
    )
    times = realisering.tid_til_faerdig(milestones, pr=PR)

    # C was given up after 10 days, and is followed to the end: it is never completed.
    assert list(times["dage"]) == [30, 29, 180, 20, None, None]
    assert list(times["faerdig"]) == [True, False, False, True, False, False]
    outcomes = ["færdig", "undervejs", "opgivet", "færdig", "undervejs", "endnu ikke besluttet"]
    assert list(times["udfald"]) == outcomes
    assert list(times["omtrent"]) == [True, False, False, False, False, False]


# Remission in weeks of 21 patients given 6-MP (Freireich et al., Blood 21, 1963); True is relapse, False censored.
FREIREICH = [(6, True)] * 3 + [(7, True), (10, True), (13, True), (16, True), (22, True), (23, True)]
FREIREICH += [(weeks, False) for weeks in (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)]


def test_the_curve_is_that_of_the_published_leukaemia_data():
    curve = realisering.kaplan_meier(*zip(*FREIREICH, strict=True))
    survival = {row["dage"]: 1 - row["andel"] for row in curve.to_dict("records") if row["faerdige"]}

    published = {6: "0.857", 7: "0.807", 10: "0.753", 13: "0.690", 16: "0.627", 22: "0.538", 23: "0.448"}
    assert list(survival) == list(published)
    # The published figures are rounded from more decimals than ours: 0.62745 is 0.627 and, from 0.6275, 0.628.
    assert all(abs(survival[week] - D(share)) < D("0.00056") for week, share in published.items())
    assert (sum(curve["faerdige"]), sum(curve["censurerede"])) == (9, 12)
    assert all(row["lav"] < row["andel"] < row["hoej"] for row in curve.to_dict("records"))
    assert realisering.median_dage(curve) == 23


def test_the_curve_of_a_few_projects_is_checked_by_hand():
    # 4 at risk: 1/4 done at 10; one censored at 20; of the 2 left one at 30: 1 − 3/4·1/2 = 0.625.
    curve = realisering.kaplan_meier([10, 20, 30, 40, None], [True, False, True, False, False])

    assert list(curve["dage"]) == [10, 20, 30, 40]
    assert list(curve["andel"]) == [D("0.25"), D("0.25"), D("0.625"), D("0.625")]
    assert list(curve["faerdige"]) == [1, 0, 1, 0]
    assert realisering.median_dage(curve) == 30


@pytest.mark.parametrize(
    ("days", "done", "median"), [([], [], None), ([100, 200], [False, False], None), ([100], [True], 100)]
)
def test_a_curve_without_an_interval_says_none_and_warns_nobody(days, done, median):
    curve = realisering.kaplan_meier(days, done)

    assert list(curve.columns) == ["dage", "andel", "lav", "hoej", "faerdige", "censurerede"]
    assert realisering.median_dage(curve) == median
    assert set(curve["lav"]) <= {None}


def test_durations_that_cannot_be_are_refused():
    with pytest.raises(ValueUseError, match="2 varigheder, men 1 udfald"):
        realisering.kaplan_meier([1, 2], [True])
    with pytest.raises(ValueUseError, match="negativ"):
        realisering.kaplan_meier([-1], [True])


# --- The money ---

MONEY = "projekt navn bevilget_kr brugt_kr medfinansiering_kr drift_aarlig_kr afsluttet"


def test_an_overrun_is_told_only_of_closed_projects_with_known_spending():
    money = realisering.oekonomi(
        table(
            MONEY,
            ("a", "A", D(35000), D(38500), D(10000), None, True),
            ("b", "B", D(50000), D(20000), None, D(500), False),
            ("c", "C", D(50000), None, None, None, True),
            ("d", "D", D(0), D(100), None, None, None),
        )
    )

    assert list(money["afvigelse_kr"]) == [D(3500), None, None, None]
    assert list(money["afvigelse"]) == [D("0.1"), None, None, None]
    assert list(money["rest_kr"]) == [D(-3500), D(30000), None, D(-100)]
    sums = realisering.sum_oekonomi(money).set_index("kolonne")
    assert list(sums.loc["brugt_kr"]) == [D(58600), 3, 1]
    assert list(sums.loc["afvigelse_kr"]) == [D(3500), 1, 1]
    assert list(sums.loc["drift_aarlig_kr"]) == [D(500), 1, 3]
    assert realisering.samlet_afvigelse(money) == D("0.1")


def test_nothing_known_sums_to_nothing_known():
    money = realisering.oekonomi(table(MONEY, ("a", "A", None, None, None, None, None)))

    assert set(realisering.sum_oekonomi(money)["sum_kr"]) == {None}
    assert realisering.samlet_afvigelse(money) is None


def test_every_fault_of_the_money_is_told_at_once():
    with pytest.raises(PosterError) as caught:
        realisering.oekonomi(
            table(MONEY, ("a", "", D(-1), 2.5, None, None, "måske"), ("a", "A", D(1), None, None, None, True))
        )

    assert told(caught) == [
        "linje 2: navn mangler; udfyld den",
        "linje 2: bevilget_kr er −1 kr.; skriv beløb uden minus",
        "linje 2: brugt_kr skal være et beløb, eller tom når det ikke er oplyst",
        "linje 2: afsluttet skal være ja eller nej, eller tom når det ikke er oplyst",
        "linje 3: projektet står også i linje 2; lad den stå én gang",
    ]


def test_administration_is_hours_times_rate_and_the_rest():
    assert realisering.administration(200, D(400), D(10000), D("5000.50"), D(0)) == D("95000.50")
    assert realisering.administration(200, None, D(10000), D(5000), D(0)) is None
    with pytest.raises(ValueUseError, match="Skriv timer og porto_kr"):
        realisering.administration(-1, D(400), D(1), 2.5, D(0))


def test_the_full_cost_adds_administration_to_the_budget():
    cost = realisering.fuld_udgift(D(320000), D(80000), 1213, D(300000))

    assert cost.i_alt_kr == 400000
    assert cost.administrationsandel == D("0.2")
    assert round(cost.budget_pr_vaelger_kr, 1) == D("263.8")
    assert round(cost.fuld_pr_vaelger_kr, 1) == D("329.8")
    assert round(cost.administration_pr_stoettet_krone, 4) == D("0.2667")


def test_what_is_not_known_of_the_cost_stays_unknown():
    cost = realisering.fuld_udgift(D(320000), None, 1213, None)

    assert round(cost.budget_pr_vaelger_kr, 1) == D("263.8")
    assert (cost.i_alt_kr, cost.administrationsandel, cost.fuld_pr_vaelger_kr) == (None, None, None)
    assert realisering.fuld_udgift(D(1), D(1), 0, D(0)).fuld_pr_vaelger_kr is None


def awards(*amounts):
    return table("projekt beloeb_kr", *((f"p{n}", None if one is None else D(one)) for n, one in enumerate(amounts)))


def test_the_awards_of_holbaek_exceed_the_pool_by_35_kroner():
    found = realisering.check_tildelinger(awards(59035, 68750, 88550, 34400, 49300), D(300000))

    assert found.fund == ("Tildelingerne er 300.035 kr. i alt, 35 kr. mere end puljen på 300.000 kr.",)
    assert (found.sum_kr, found.forskel_kr, found.stemmer) == (300035, 35, False)


@pytest.mark.parametrize(
    ("amounts", "pool"),
    [
        pytest.param((188365, 160409, 385128, 266098), 1_000_000, id="Ballerup"),
        pytest.param((6494, 10130, 5683, 5437), 27_744, id="Bøgebjerg"),
    ],
)
def test_awards_that_fit_the_pool_agree(amounts, pool):
    found = realisering.check_tildelinger(awards(*amounts), D(pool))

    assert found.stemmer
    assert found.forskel_kr == 0


def test_awards_without_an_amount_and_an_unknown_pool_are_told():
    found = realisering.check_tildelinger(awards(100, None), None)

    assert found.fund == ("1 tildeling har intet oplyst beløb.",)
    assert (found.sum_kr, found.forskel_kr, found.uden_beloeb) == (100, None, 1)
    assert (
        realisering.check_tildelinger(awards("100.50"), D(100))
        .fund[0]
        .startswith("Tildelingerne er 101 kr. i alt, 0,50 kr. mere")
    )


# --- What people say ---

ANSWERS = "spoergsmaal svar antal"


def test_a_question_under_twenty_answers_has_counts_but_no_percentages():
    answers = table(ANSWERS, ("A", "ja", 15), ("A", "nej", 5), ("B", "ja", 19), ("C", "ja", None), ("C", "nej", 30))
    found = realisering.spoergeskema(answers, udsendt=40)

    assert list(found["i_alt"]) == [20, 20, 19, None, None]
    assert list(found["andel"]) == [D("0.75"), D("0.25"), None, None, None]
    assert list(found["svarrate"]) == [D("0.5"), D("0.5"), D("0.475"), None, None]
    assert set(realisering.spoergeskema(answers, udsendt=None)["svarrate"]) == {None}


def test_more_answers_than_people_asked_is_a_fault():
    with pytest.raises(PosterError, match="»A«: flere svar end de 10, der er spurgt"):
        realisering.spoergeskema(table(ANSWERS, ("A", "ja", 11)), udsendt=10)
    with pytest.raises(PosterError) as caught:
        realisering.spoergeskema(table(ANSWERS, ("A", "ja", -1), ("A", "ja", 1)), udsendt=10)
    assert len(told(caught)) == 2
    with pytest.raises(ValueUseError, match="udsendt"):
        realisering.spoergeskema(table(ANSWERS), udsendt=0)


@pytest.mark.parametrize(
    "role",
    [
        "borger",
        "Borger, 45 år",
        "forælder til to",
        "medarbejder i Aarhus Kommune",
        "Formand for Tranbjerg Fællesråd",
        "elev på Tranbjerg Skole",
        "ansat i Teknik og Miljø",
        "perlefisker i hele opland 8310",
    ],
)
def test_a_role_is_not_taken_for_a_name(role):
    quotes = table("citat rolle", ("Vi fik 12.500 kr. i 2020-2024, og det var 10 000 000 værd.", role))

    assert list(realisering.citater(quotes)["rolle"]) == [role]


@pytest.mark.parametrize("role", ["Mette", "Xenia Qvistgård", "borger, M. Qvist", "Hansen", "mette fra byen"])
def test_a_role_that_looks_like_a_name_is_refused(role):
    with pytest.raises(PosterError, match="ligner et personnavn"):
        realisering.citater(table("citat rolle", ("Godt", role)))


def test_private_data_in_quotes_is_told_without_repeating_it():
    quotes = table(
        "citat rolle",
        ("Skriv til a.b@eksempel.dk", "borger"),
        ("Ring på 86 12 34 56", "borger"),
        ("Jeg er 01.01.90-1234", "borger"),
        ("Ring +4586123456", "Mette Hansen"),
        ("Ring 86-12-34-56", "borger"),
        ("", "borger 010190 1234"),
    )
    with pytest.raises(PosterError) as caught:
        realisering.citater(quotes)

    assert told(caught) == [
        "linje 2: citat rummer en e-mailadresse; slet det",
        "linje 3: citat rummer et telefonnummer; slet det",
        "linje 4: citat rummer et tal, der ligner et CPR-nummer; slet det",
        "linje 5: citat rummer et telefonnummer; slet det",
        "linje 5: rollen ligner et personnavn; skriv en rolle med småt, som »borger«",
        "linje 6: citat rummer et telefonnummer; slet det",
        "linje 7: citat mangler; udfyld den",
        "linje 7: rolle rummer et tal, der ligner et CPR-nummer; slet det",
    ]
    assert not any(secret in str(caught.value) for secret in ("eksempel.dk", "8612", "86 12", "4586", "1234", "Hansen"))


CHECKLIST = "punkt belaeg opfyldt"


def test_a_checklist_is_counted_by_grade_also_where_there_is_none():
    found = realisering.tjekliste(
        table(CHECKLIST, ("1", "notat", "opfyldt"), ("2", None, "ikke oplyst"), ("3", "bilag", "opfyldt"))
    )

    assert list(found["antal"]) == [2, 0, 0, 1]


def test_a_checklist_needs_evidence_for_what_is_met():
    with pytest.raises(PosterError) as caught:
        realisering.tjekliste(table(CHECKLIST, ("1", None, "opfyldt"), ("2", " ", "delvist"), ("1", "x", "ja")))

    assert told(caught)[0].startswith("linje 2: belaeg mangler; skriv det, der viser »opfyldt«")
    assert told(caught)[1].startswith("linje 3: belaeg mangler")
    assert told(caught)[2].startswith("linje 4: punktet står også i linje 2")
    assert told(caught)[3].startswith("linje 4: opfyldt kan ikke være »ja«")


def test_each_indicator_belongs_to_one_of_the_two_aims():
    found = realisering.maal(table("indikator maal", ("a", "demokrati"), ("b", "demokrati")))

    assert dict(zip(found["maal"], found["antal"], strict=True)) == {"innovation": 0, "demokrati": 2}
    with pytest.raises(PosterError) as caught:
        realisering.maal(table("indikator maal", ("a", "økonomi"), ("b", None)))
    assert len(told(caught)) == 2


# --- The data of Aarhus ---


@pytest.mark.parametrize(
    "name",
    [
        "aarhus-2020-tranbjerg-noegletal.csv",
        "aarhus-2020-tranbjerg-projekter.csv",
        "aarhus-2020-tranbjerg-proces.csv",
        "aarhus-2020-tranbjerg-milepaele.csv",
        "aarhus-evalueringer.csv",
        "aarhus-oplandspulje.csv",
        "aarhus-oplandspulje-anvendelse.csv",
        "deltagerbudgetter-danmark.csv",
        "KONSTRUERET-oplandspulje-poster.csv",
    ],
)
def test_each_data_file_reads_and_explains_itself(name):
    found = read(RAW / name)

    assert len(found.data)
    assert found.kilde.forbehold
    assert all(column.betydning for column in found.kilde.kolonner.values())


def test_what_is_known_of_tranbjerg_stands_on_the_ladder_without_invented_dates():
    milestones = read(RAW / "aarhus-2020-tranbjerg-milepaele.csv").data
    ladder = realisering.stige(milestones, pr=date(2022, 6, 30)).set_index("projekt")

    assert sorted(ladder["status"]) == ["besluttet"] * 3 + ["færdig"] * 2 + ["i drift"]
    assert ladder.loc["skolegaard", "praecision"] == "måned"
    assert set(realisering.tid_til_faerdig(milestones, pr=date(2022, 6, 30))["dage"]) == {None}


def test_the_numbers_of_tranbjerg_are_the_published_ones():
    numbers = read(RAW / "aarhus-2020-tranbjerg-noegletal.csv").data.set_index("noegle")
    projects = read(RAW / "aarhus-2020-tranbjerg-projekter.csv").data

    assert numbers.loc["stemmer", "taeller"] == 1213
    assert numbers.loc["valgdeltagelse", "publiceret_andel"] == D("0.16")
    assert numbers.loc["budget", "beloeb_kr"] == 320000
    assert sum(projects["valgt"]) == 6
    # Every whole number of inhabitants in the span rounds to 16 per cent, and the next on either side does not.
    least, most = numbers.loc["indbyggere_15_mindst", "taeller"], numbers.loc["indbyggere_15_hoejst", "taeller"]
    assert [round(100 * 1213 / n) for n in (least - 1, least, most, most + 1)] == [17, 16, 16, 15]
