"""Turnout and who took part, held to hand counts and published figures. All ballots here are KONSTRUERET."""

import math
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from budgetanalyser.deltagerbudget.deltagelse import (
    UKENDT,
    aldersgruppe,
    fasetid,
    implied_denominator,
    krydstabel,
    med_aldersgruppe,
    med_koen,
    under_aldersgraensen,
    valgdeltagelse,
)
from budgetanalyser.deltagerbudget.fordeling import UDENFOR
from budgetanalyser.deltagerbudget.repraesentation import (
    OEVRIGE,
    dissimilaritet,
    fordeling_i_ord,
    p_i_ord,
    repraesentation,
)
from budgetanalyser.deltagerbudget.valg import Election, matrix
from budgetanalyser.errors import PosterError, ValueUseError
from budgetanalyser.statistik import suppress, wilson

D = Decimal
GRAENSER = (15, 25, 45, 65)
# Handbook, T5: voters of 1.000, and shares of the population.
T5_VOTERS = {"a": 90, "b": 150, "c": 220, "d": 330, "e": 210}
T5_PEOPLE = {"a": 2000, "b": 2000, "c": 2000, "d": 2500, "e": 1500}


def voters(**columns):
    """Return an election of one project with these columns of voters."""
    who = pd.DataFrame(columns)
    projects = pd.DataFrame({"pris_kr": [D(1)], "navn": ["a"]}, index=pd.Index(["a"], dtype=object), dtype=object)
    return Election(projects, D(1), ballots=matrix([[0]] * len(who), 1), voters=who)


def groups(numbers, total=None):
    """Return a column of groups with the total last, as `suppress` gives it."""
    known = [one for one in numbers.values() if one is not None]
    return pd.Series({**numbers, "I alt": sum(known) if total is None else total}, dtype=object)


def turnout(of, all_):
    return valgdeltagelse(of, all_, aldersgraense=15)


# Turnout.


def test_turnout_has_its_denominator_in_words_and_wilsons_interval():
    found = turnout(1250, 8000)

    assert (found.vaelgere, found.stemmeberettigede, found.andel) == (1250, 8000, D("0.15625"))
    assert found.naevner == "indbyggere på 15 år og derover"
    assert (found.lav, found.hoej) == (D("0.148459"), D("0.164371"))
    assert wilson(1250, 8000) == pytest.approx((0.148459, 0.164371), abs=5e-7)


def test_turnout_of_an_unknown_number_is_not_told():
    found = turnout(1213, None)

    assert (found.vaelgere, found.stemmeberettigede) == (1213, None)
    assert (found.andel, found.lav, found.hoej) == (None, None, None)


def test_no_turnout_is_told_of_fewer_than_twenty_people():
    assert (turnout(9, 19).stemmeberettigede, turnout(9, 19).andel, turnout(9, 19).lav) == (19, None, None)
    assert turnout(10, 20).andel == D("0.5")


def test_more_voters_than_people_are_refused_and_all_of_them_are_not():
    with pytest.raises(ValueUseError, match=r"1\.001 vælgere, men kun 1\.000 indbyggere på 15 år"):
        turnout(1001, 1000)
    assert (turnout(1000, 1000).andel, turnout(1000, 1000).hoej) == (1, 1)


def test_the_published_turnout_of_tranbjerg_is_of_7352_to_7825_people():
    low, high = implied_denominator(1213, D(16))

    assert (low, high) == (7352, 7825)
    # 16.499 and 15.502 are printed as 16; one person to either side they are not.
    assert [D(1213) * 100 / n >= D("16.5") for n in (low - 1, low)] == [True, False]
    assert [D(1213) * 100 / n >= D("15.5") for n in (high, high + 1)] == [True, False]


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 400), st.integers(1, 4000), st.sampled_from([0, 1]))
def test_the_people_implied_are_those_that_give_the_share_as_printed(number, people, decimals):
    number = min(number, people)
    unit = D(1).scaleb(-decimals)

    def printed(n):
        return (D(number) * 100 / n / unit + D("0.5")).to_integral_value("ROUND_FLOOR") * unit

    pct = printed(people)
    if not pct:
        with pytest.raises(ValueUseError, match="kan det ikke regnes ud"):
            implied_denominator(number, pct, decimals)
        return
    low, high = implied_denominator(number, pct, decimals)

    assert number <= low <= people <= high
    assert printed(low) == printed(high) == pct
    assert printed(high + 1) < pct
    assert low == number or printed(low - 1) > pct


# Ages and sexes.


@pytest.mark.parametrize(
    ("alder", "gruppe"),
    [
        (15, "15-24 år"),
        (24, "15-24 år"),
        (25, "25-44 år"),
        ("44", "25-44 år"),
        (np.int16(64), "45-64 år"),
        (65, "65 år og derover"),
        (120, "65 år og derover"),
        (14, "under 15 år"),
        (0, "under 15 år"),
        (37.0, "25-44 år"),
        ("37 år", "25-44 år"),
        ("25-44", "25-44 år"),
        ("45–59", "45-64 år"),
        ("40-59", UKENDT),
        ("65+", "65 år og derover"),
        ("65 år og derover", "65 år og derover"),
        ("25-44 år", "25-44 år"),
        ("40+", UKENDT),
        ("60-40", UKENDT),
        (float("nan"), UKENDT),
        (None, UKENDT),
        ("", UKENDT),
        ("ukendt", UKENDT),
        (37.5, UKENDT),
        (-5, UKENDT),
        (121, UKENDT),
        (1985, UKENDT),
        ("1985", UKENDT),
    ],
)
def test_an_age_falls_in_its_group_and_what_is_no_age_in_none(alder, gruppe):
    assert aldersgruppe(alder, GRAENSER) == gruppe


@pytest.mark.parametrize(
    "column",
    [
        [14, 15, 65, 15],
        np.array([14, 15, 65, 15], dtype=np.int16),
        pd.Categorical(["14", "15", "65+", "15"]),
        [14.0, 15.0, 65.0, 15.0],
    ],
)
def test_every_voter_has_an_age_group_however_ages_are_kept(column):
    found = med_aldersgruppe(voters(alder=column), GRAENSER)

    assert list(found) == ["under 15 år", "15-24 år", "65 år og derover", "15-24 år"]


def test_an_age_that_is_missing_is_a_group_too():
    for column in ([None, 30, None], [np.nan, 30, np.nan], [None, 30, np.nan], ["", "30", None]):
        found = med_aldersgruppe(voters(alder=pd.Series(column, dtype=object)), GRAENSER)
        assert list(found) == [UKENDT, "25-44 år", UKENDT]
    assert list(med_aldersgruppe(voters(alder=[np.nan, 30]), GRAENSER)) == [UKENDT, "25-44 år"]


@pytest.mark.parametrize("graenser", [[], [25, 15], [15, 15]])
def test_age_groups_must_rise(graenser):
    with pytest.raises(ValueUseError, match="skal være stigende"):
        med_aldersgruppe(voters(alder=[30]), graenser)


def test_without_ages_there_are_no_age_groups():
    with pytest.raises(ValueUseError, match="alder er ikke med"):
        med_aldersgruppe(voters(koen=["F"]), GRAENSER)


def test_voters_under_the_age_floor_are_told_and_counted():
    election = voters(alder=pd.Series([14, 15, "10-14", "12-20", None, 13.0], dtype=object))

    (finding,) = under_aldersgraensen(election, 15)

    assert finding.text == "færre end 5 vælgere er under aldersgrænsen på 15 år; deres stemmer er talt med"
    assert finding.virkning == "medtaget"
    assert election.n_voters == 6
    assert under_aldersgraensen(voters(alder=[14] * 5), 15)[0].text.startswith("5 vælgere er under")
    assert under_aldersgraensen(voters(alder=[15, 16]), 15) == []
    assert under_aldersgraensen(voters(koen=["F"]), 15) == []


def test_sex_is_a_word():
    found = med_koen(voters(koen=["F", "M", "K", "O", "", None, "kvinde", "mænd"]))

    assert found == ["kvinder", "mænd", "kvinder", "andre", UKENDT, UKENDT, "kvinder", "mænd"]
    with pytest.raises(ValueUseError, match="ingen kolonne »koen«"):
        med_koen(voters(alder=[30]))


def test_voters_are_counted_by_the_groups_of_the_population_and_others_together():
    election = voters(koen=["M", "F", "F", "", "M"], omraade=["Syd", "Nord", "Syd", "Syd", "Vest"])

    table = krydstabel(election, "omraade", "koen", grupper=(["Syd", "Nord", "Øst"], ["F", "M"]))

    assert table.to_dict("index") == {
        "Syd": {"F": 1, "M": 1, UDENFOR: 1},
        "Nord": {"F": 1, "M": 0, UDENFOR: 0},
        "Øst": {"F": 0, "M": 0, UDENFOR: 0},
        UDENFOR: {"F": 0, "M": 1, UDENFOR: 0},
    }
    assert (list(table.index), list(table.columns)) == (["Syd", "Nord", "Øst", UDENFOR], ["F", "M", UDENFOR])
    assert suppress(table, minimum=3).is_safe()
    with pytest.raises(ValueUseError, match="5 mærker til rækkerne, men 2"):
        krydstabel(election, "omraade", ["a", "b"], grupper=(["Syd"], ["a", "b"]))


def test_a_voter_outside_the_groups_does_not_stop_the_comparison():
    seen = pd.Series({"ung": 40, "gammel": 60, UDENFOR: 7, "I alt": 107}, dtype=object)

    table = repraesentation(seen, pd.Series({"ung": 500, "gammel": 500}))

    assert list(table["gruppe"]) == ["ung", "gammel"]
    assert list(table["andel_stemte"]) == [D("0.4"), D("0.6")]


def test_voters_outside_who_are_hidden_are_told_with_the_hidden_groups_only():
    seen = pd.Series({"ung": 40, "midt": None, "gammel": 60, UDENFOR: None, "I alt": 107}, dtype=object)

    table = repraesentation(seen, pd.Series({"ung": 500, "midt": 20, "gammel": 500}))

    assert dict(zip(table["gruppe"], table["stemte"], strict=True)) == {"ung": 40, "gammel": 60, OEVRIGE: 7}


def test_representation_is_the_worked_example_of_the_handbook():
    table = repraesentation(groups(T5_VOTERS), pd.Series(T5_PEOPLE))

    assert list(table["gruppe"]) == list("abcde")
    assert [round(float(one), 3) for one in table["residual"]] == [-8.696, -3.953, 1.581, 5.842, 5.314]
    assert dissimilaritet(table) == D("0.16")
    first = table.iloc[0]
    assert (first["stemte"], first["befolkning"]) == (90, 2000)
    assert (first["andel_stemte"], first["andel_befolkning"]) == (D("0.09"), D("0.2"))
    assert (first["deltagelse"], first["indeks"]) == (D("0.045"), D("0.45"))
    # Two-sided p of the residuals, and Holm: the smallest five times, the next four …
    assert [round(one, 4) for one in table["p"]] == [0, D("0.0001"), D("0.1138"), 0, 0]
    assert [round(one, 4) for one in table["p_holm"]] == [0, D("0.0002"), D("0.1138"), 0, 0]


def test_p_is_corrected_for_the_number_of_groups():
    table = repraesentation(groups({"a": 230, "b": 240, "c": 268, "d": 262}), pd.Series(dict.fromkeys("abcd", 2000)))

    alone = [2 * norm.sf(abs(one - 250) / math.sqrt(1000 * 0.25 * 0.75)) for one in (230, 240, 268, 262)]
    assert [float(one) for one in table["p"]] == pytest.approx(alone, abs=5e-5)  # 0.144, 0.465, 0.189, 0.381
    # In order 0.144·4, 0.189·3, 0.381·2 and 0.465·1, none under the one before it.
    a, c, d, b = alone[0] * 4, alone[2] * 3, alone[3] * 2, alone[1]
    holm = [a, max(a, c, d, b), max(a, c), max(a, c, d)]
    assert [float(one) for one in table["p_holm"]] == pytest.approx(holm, abs=5e-5)


def test_p_is_exact_where_few_were_expected():
    # 30 voters, and a tenth of the people in one group: 3 expected.
    table = repraesentation(groups({"få": 7, "mange": 23}), pd.Series({"få": 30, "mange": 270}))

    # No count below 3 is as unlikely as 7: the lower tail adds nothing.
    as_unlikely = [k for k in range(31) if chance(k) <= chance(7)]
    assert as_unlikely == list(range(7, 31))
    exact = sum(chance(k) for k in as_unlikely)
    assert exact == pytest.approx(binomtest(7, 30, 0.1).pvalue)
    assert [float(one) for one in table["p"]] == pytest.approx([exact, exact], abs=5e-5)
    assert abs(2 * norm.sf(4 / math.sqrt(2.7)) - exact) > 0.005  # The normal one is another.


def chance(k):
    return math.comb(30, k) * 0.1**k * 0.9 ** (30 - k)


def test_no_share_rests_on_fewer_than_twenty_people():
    table = repraesentation(groups({"a": 9, "b": 10}), pd.Series({"a": 19, "b": 20})).set_index("gruppe")

    assert table[["andel_stemte", "indeks"]].isna().all().all()
    assert (table.loc["a", "deltagelse"], table.loc["b", "deltagelse"]) == (None, D("0.5"))
    assert table.loc["a", "andel_befolkning"] == D(19) / 39
    assert list(repraesentation(groups({"a": 2, "b": 3}), pd.Series({"a": 8, "b": 12}))["andel_befolkning"]) == [
        D("0.4"),
        D("0.6"),
    ]
    village = repraesentation(groups({"a": 2, "b": 3}), pd.Series({"a": 9, "b": 10}))
    assert village[["andel_stemte", "andel_befolkning", "deltagelse", "indeks"]].isna().all().all()
    assert fordeling_i_ord(village) == "ingen grupper skiller sig ud"


def test_hidden_groups_are_one_and_say_nothing_of_each():
    people = pd.Series({"a": 2000, "b": 300, "c": 500, "d": 1000})
    told = groups({"a": 400, "b": None, "c": None, "d": 100}, total=509)

    table = repraesentation(told, people)

    assert list(table["gruppe"]) == ["a", "d", OEVRIGE]
    assert (list(table["stemte"]), list(table["befolkning"])) == ([400, 100, 9], [2000, 1000, 800])
    for b in range(10):  # Whatever the two were, the same is told.
        hidden = suppress(pd.Series({"a": 400, "b": b, "c": 9 - b, "d": 100}), minimum=5)
        pd.testing.assert_frame_equal(repraesentation(hidden.table, people), table)


def test_where_the_total_or_all_groups_are_hidden_there_is_no_table():
    people = pd.Series({"a": 100, "b": 200})
    for told in (
        pd.Series({"a": None, "b": 30, "I alt": None}, dtype=object),
        pd.Series({"a": None, "b": None, "I alt": 40}, dtype=object),
        groups({"a": 0, "b": 0}),
    ):
        table = repraesentation(told, people)
        assert len(table) == 0
        assert dissimilaritet(table) is None
        assert fordeling_i_ord(table) == "ingen grupper skiller sig ud"


def test_all_faults_of_the_groups_are_told_at_once():
    people = pd.Series({"a": 0, "b": 10, "c": 50})
    people.attrs["fil"] = "folk.csv"

    with pytest.raises(PosterError) as caught:
        repraesentation(groups({"a": 1, "b": 11, "x": 3}), people)

    assert caught.value.path == "folk.csv"
    assert [str(fault) for fault in caught.value.faults] == [
        "a: gruppen har ingen indbyggere; slå den sammen med en anden",
        "x: gruppen er ikke i befolkningen",
        "c: gruppen er ikke blandt vælgerne; sæt den til 0",
        "b: der er 11 vælgere, men kun 10 indbyggere",
    ]


def test_words_name_the_groups_that_are_surely_over_and_under():
    table = repraesentation(groups(T5_VOTERS), pd.Series(T5_PEOPLE))

    assert fordeling_i_ord(table) == "flere end deres andel: d og e; færre end deres andel: a og b"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(20, 60), st.integers(60, 200)), min_size=2, max_size=5))
def test_shares_add_to_one_and_the_dissimilarity_is_what_lies_over(drawn):
    voting = {f"g{number}": one for number, (one, _) in enumerate(drawn)}
    people = {f"g{number}": one for number, (_, one) in enumerate(drawn)}

    table = repraesentation(groups(voting), pd.Series(people))

    assert float(sum(table["andel_stemte"])) == pytest.approx(1)
    assert float(sum(table["andel_befolkning"])) == pytest.approx(1)
    over = [s - p for s, p in zip(table["andel_stemte"], table["andel_befolkning"], strict=True) if s > p]
    assert float(dissimilaritet(table)) == pytest.approx(float(sum(over)))
    assert all(own <= holm for own, holm in zip(table["p"], table["p_holm"], strict=True))


@pytest.mark.parametrize(
    ("p", "words"),
    [("0", "under 0,001"), ("0.0009", "under 0,001"), ("0.001", "0,001"), ("0.0498", "0,050"), ("1", "1,000")],
)
def test_a_p_is_never_printed_as_nothing(p, words):
    assert p_i_ord(D(p)) == words


@pytest.mark.parametrize(
    ("fra", "til", "praecision", "words"),
    [
        (date(2020, 3, 5), date(2020, 3, 31), "dag", "5. marts 2020 til 31. marts 2020"),
        (date(2020, 3, 1), date(2020, 5, 1), "måned", "marts 2020 til maj 2020"),
        (date(2020, 3, 5), None, "dag", "fra 5. marts 2020"),
        (None, None, "ikke oplyst", "ikke oplyst"),
    ],
)
def test_a_phase_is_told_no_more_exactly_than_it_is_known(fra, til, praecision, words):
    assert fasetid({"fra": fra, "til": til, "praecision": praecision}) == words
