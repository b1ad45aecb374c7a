"""Who got what, held to hand counts, published elections and slow definitions. Small elections are KONSTRUERET."""

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetanalyser import statistik
from budgetanalyser.deltagerbudget.equal_shares import equal_shares
from budgetanalyser.deltagerbudget.fordeling import (
    UDENFOR,
    afstand,
    efter_gruppe,
    efter_kategori,
    exclusion_ratio,
    fik_noget,
    gini,
    koncentration,
    sammenlign_regler,
    tilfredshed,
)
from budgetanalyser.deltagerbudget.optaelling import count
from budgetanalyser.deltagerbudget.pabulib import read_pabulib
from budgetanalyser.deltagerbudget.valg import Election, matrix
from budgetanalyser.errors import ValueUseError
from budgetanalyser.statistik import suppress

PABULIB = Path(__file__).parents[2] / "shared" / "data" / "pabulib"
GROCHOW = "Poland_Warszawa_2017_Grochow_Polnocny"
RUDA = "Poland_Warszawa_2017_RudaMarymontLas_Bielanski"
D = Decimal


def election_of(budget, projects, ballots, *, kategori=None, stemmer=None, has_ballots=True, **voters):
    """Return an election; `projects` maps ids to prices, `ballots` are texts such as "a b", `voters` are columns."""
    ids = list(projects)
    columns = {"pris_kr": [D(one) for one in projects.values()], "navn": ids, "kategori": kategori, "stemmer": stemmer}
    table = pd.DataFrame(
        {name: cells for name, cells in columns.items() if cells is not None},
        index=pd.Index(ids, name="projekt", dtype=object),
        dtype=object,
    )
    chosen = [[ids.index(one) for one in ballot.split()] for ballot in ballots]
    who = pd.DataFrame(voters, index=range(len(ballots)), dtype=object)
    if not has_ballots:
        return Election(table, D(budget))
    return Election(table, D(budget), ballots=matrix(chosen, len(ids)), voters=who)


def by_hand(times=1, **more):
    # Funded a (60) and b (20): the voters have 80, 60, 20 and nothing of the 100 kroner.
    return election_of(100, {"a": 60, "b": 20, "c": 50}, ["a b", "a c", "b", "c"] * times, **more)


@pytest.fixture(scope="module")
def real():
    if not PABULIB.is_dir():
        pytest.skip(f"{PABULIB} is not here: the files' licence is unsettled, so they are not part of the project")
    known = {}

    def read(name):
        if name not in known:
            known[name] = read_pabulib(PABULIB / f"{name}.pb")
        return known[name]

    return read


def test_a_hand_count_gives_the_voters_their_money():
    found = tilfredshed(by_hand(), ["a", "b"])

    assert (found.vaelgere, found.uden, found.udelukket) == (4, 1, 0.25)
    assert found.projekter == 1.0  # 2, 1, 1 and 0.
    assert found.andel_af_beloeb == pytest.approx(0.40)  # 160 kroner among four, of 100.
    # Half the mean difference of {0, 20, 60, 80} over the mean: (20+60+80+40+60+20)·2/16 / 2 / 40 = 0.4375.
    assert found.gini == pytest.approx(0.4375)
    assert exclusion_ratio(by_hand(), ["a", "b"]) == 0.25


def test_an_empty_ballot_got_nothing_wherever_it_stands():
    election = election_of(100, {"a": 60, "b": 20}, ["", "a", "", "b a", ""])

    assert exclusion_ratio(election, ["b"]) == 0.8
    assert exclusion_ratio(election, ["a"]) == 0.6
    assert exclusion_ratio(election, []) == 1.0


def test_a_budget_of_nothing_is_not_divided_by():
    assert tilfredshed(election_of(0, {"a": 0}, ["a"]), ["a"]).andel_af_beloeb == 0


@pytest.mark.parametrize("what", [exclusion_ratio, tilfredshed, efter_kategori])
def test_a_winner_that_is_not_in_the_election_is_refused(what):
    with pytest.raises(ValueUseError, match="ikke projektet »z«"):
        what(by_hand(kategori=["x", "y", "x"]), ["a", "z"])


def test_without_ballots_or_voters_nothing_is_told():
    totals = election_of(100, {"a": 60}, [], stemmer=[7], kategori=["x"], has_ballots=False)

    for what in (exclusion_ratio, efter_kategori):
        with pytest.raises(ValueUseError, match="kræver de enkelte stemmesedler"):
            what(totals, ["a"])
    with pytest.raises(ValueUseError, match="ingen stemmesedler"):
        exclusion_ratio(election_of(100, {"a": 60}, []), ["a"])


@st.composite
def elections(draw):
    ids = "abcde"[: draw(st.integers(1, 5))]
    prices = {one: draw(st.integers(0, 50)) for one in ids}
    ballots = draw(st.lists(st.sets(st.sampled_from(ids)).map(sorted).map(" ".join), min_size=1, max_size=12))
    winners = sorted(draw(st.sets(st.sampled_from(ids))))
    tags = draw(st.lists(st.sampled_from(["x", "y", "x,y", "z, x", "", None]), min_size=len(ids), max_size=len(ids)))
    return prices, ballots, winners, election_of(100, prices, ballots, kategori=tags)


@settings(max_examples=150, deadline=None)
@given(elections())
def test_what_voters_got_is_the_same_as_a_loop_over_them_finds(drawn):
    prices, ballots, winners, election = drawn
    got = [[one for one in ballot.split() if one in winners] for ballot in ballots]
    kroner = [sum(prices[one] for one in own) for own in got]

    found = tilfredshed(election, winners)

    assert found.uden == sum(not own for own in got)
    assert found.udelukket == sum(not own for own in got) / len(ballots)
    assert found.projekter == pytest.approx(sum(map(len, got)) / len(ballots))
    assert found.andel_af_beloeb == pytest.approx(sum(kroner) / len(ballots) / 100)
    assert found.gini == pytest.approx(mean_difference(kroner), abs=1e-12)


def mean_difference(values):
    """Return Gini by its definition: half the mean difference of two, drawn with replacement, over the mean."""
    total = sum(values)
    pairs = sum(abs(x - y) for x in values for y in values)
    return pairs / (2 * len(values) * total) if total else 0.0


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_gini_is_half_the_mean_difference_over_the_mean(values):
    assert gini(values) == pytest.approx(mean_difference(values), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 1e9), st.integers(1, 60))
def test_gini_of_equal_values_is_nothing(value, number):
    assert gini([value] * number) == pytest.approx(0, abs=1e-12)


def test_gini_where_one_has_all_is_all_but_ones_own_share():
    assert gini([0, 0, 0, 12]) == pytest.approx(0.75)
    for wrong in ([], [3, -1]):
        with pytest.raises(ValueUseError, match="Gini kræver mindst ét tal"):
            gini(wrong)


def test_grochow_gives_the_figures_of_the_handbook(real):
    election = real(GROCHOW)
    outcome = count(election)

    found = tilfredshed(election, outcome.winners)

    assert (found.uden, found.vaelgere) == (234, 1375)
    assert found.udelukket == 234 / 1375
    assert round(found.gini, 4) == 0.3369
    assert round(found.andel_af_beloeb, 4) == 0.3011
    assert round(tilfredshed(election, equal_shares(election, completion=None).winners).gini, 4) == 0.4528
    assert round(tilfredshed(election, equal_shares(election).winners).gini, 4) == 0.3480
    hhi, top = koncentration(election)
    assert (round(hhi, 5), round(top, 4)) == (0.08533, 0.3561)


def test_ruda_gives_the_figures_of_the_handbook(real):
    election = real(RUDA)

    found = tilfredshed(election, count(election).winners)

    assert (found.uden, found.vaelgere) == (181, 1147)
    assert round(found.gini, 4) == 0.4909
    hhi, top = koncentration(election)
    assert (round(hhi, 5), round(top, 4)) == (0.08162, 0.3122)


def test_votes_gather_by_hand():
    # Votes 4, 3, 2, 1: squares 30 of 100, and the first three have 9 of 10.
    election = election_of(9, {"a": 1, "b": 1, "c": 1, "d": 1}, ["a", "a", "a b", "a b", "b c", "c d"])

    assert koncentration(election) == pytest.approx((0.30, 0.90))
    assert koncentration(election_of(9, {"a": 1, "b": 1}, [], stemmer=[6, 2], has_ballots=False)) == pytest.approx(
        (0.625, 1.0)
    )
    with pytest.raises(ValueUseError, match="Ingen projekter har fået stemmer"):
        koncentration(election_of(9, {"a": 1}, [""]))


def test_groups_are_told_and_nothing_of_a_hidden_group_or_one_of_fewer_than_twenty():
    ballots = ["a"] * 15 + ["b"] * 7 + ["a"] * 13 + ["b"] * 6 + ["a", "b"]
    election = election_of(100, {"a": 60, "b": 50}, ballots, koen=["F"] * 22 + ["M"] * 19 + ["X"] * 2)
    counts = fik_noget(election, ["a"], "koen", ["F", "M"])
    assert list(counts.index) == ["F", "M", UDENFOR]

    table = efter_gruppe(election, ["a"], "koen", suppress(counts, minimum=5), ["F", "M"]).set_index("gruppe")

    # X, outside the groups, has 1 and 1: hidden, and so is a second row.
    measures = ["andel_uden", "projekter", "eget", "gini"]
    assert table.loc[UDENFOR, ["med", "uden", "i_alt"]].tolist() == [None, None, None]
    assert table.loc[UDENFOR, measures].isna().all()
    assert table["i_alt"].isna().sum() == 2
    assert table.loc["M", "i_alt"] is None or table.loc["F", "i_alt"] is None
    assert table.loc["I alt", "i_alt"] == 43
    assert table.loc["I alt", "projekter"] == D("0.674419")  # 29 / 43
    with pytest.raises(ValueUseError, match="ingen kolonne »køn«"):
        fik_noget(election, ["a"], "køn")


def test_a_group_under_twenty_has_counts_but_no_measures():
    ballots = ["a"] * 15 + ["b"] * 7 + ["a"] * 13 + ["b"] * 6
    election = election_of(100, {"a": 60, "b": 50}, ballots, koen=["F"] * 22 + ["M"] * 19)
    skjult = suppress(fik_noget(election, ["a"], "koen"), minimum=5)

    table = efter_gruppe(election, ["a"], "koen", skjult).set_index("gruppe")

    assert table.loc["F", ["med", "uden", "i_alt"]].tolist() == [15, 7, 22]
    assert table.loc["M", ["med", "uden", "i_alt"]].tolist() == [13, 6, 19]
    assert table.loc["F", "andel_uden"] == statistik.andel(7 / 22)
    assert table.loc["M", "andel_uden"] is None
    # The mean of all would give M's back, so F's is hidden too.
    assert table.loc[["F", "M"], ["projekter", "eget", "gini"]].isna().all().all()
    assert table.loc["I alt", "projekter"] == statistik.andel(28 / 41)


def test_no_mean_is_told_where_the_split_of_its_group_is_hidden():
    """With one winner a mean of 0,95 of 40 voters says that 2 got nothing."""
    ballots = ["a"] * 38 + ["b"] * 2 + ["a"] * 30 + ["b"] * 30 + ["a"] * 20 + ["b"] * 3
    election = election_of(100, {"a": 60, "b": 50}, ballots, omraade=["A"] * 40 + ["B"] * 60 + ["C"] * 23)
    skjult = suppress(fik_noget(election, ["a"], "omraade"), minimum=5)

    table = efter_gruppe(election, ["a"], "omraade", skjult).set_index("gruppe")

    hidden = table[table["uden"].isna() | table["med"].isna()]
    assert {"A", "C"} <= set(hidden.index)
    assert hidden[["andel_uden", "projekter", "eget", "gini"]].isna().all().all()


def test_those_with_and_without_are_counted_by_group():
    election = by_hand(omraade=["Nord", "Syd", "Nord", ""])

    table = fik_noget(election, ["a", "b"], "omraade")

    assert table.to_dict("index") == {
        "Nord": {"med": 2, "uden": 0},
        "Syd": {"med": 1, "uden": 0},
        "ikke oplyst": {"med": 0, "uden": 1},
    }


def test_a_project_in_two_categories_is_split_between_them():
    # Each ballot is one vote: a gets 1/2, b 1/2 + 1, c 1 of three; b lies half in x, half in y.
    election = election_of(100, {"a": 60, "b": 20, "c": 50}, ["a b", "b", "c"], kategori=["x", "x, y", float("nan")])

    table = efter_kategori(election, ["a", "b"])

    assert table.to_dict("records") == [
        {"kategori": "x", "stemmer": D("0.416667"), "penge": D("0.8750"), "forskel": D("0.458333")},
        {"kategori": "uden kategori", "stemmer": D("0.333333"), "penge": D("0.0000"), "forskel": D("-0.333333")},
        {"kategori": "y", "stemmer": D("0.2500"), "penge": D("0.1250"), "forskel": D("-0.1250")},
    ]
    assert round(afstand(table), 4) == D("0.4583")
    with pytest.raises(ValueUseError, match="ingen kolonne »tema«"):
        efter_kategori(election, ["a"], "tema")


def test_money_where_the_votes_are_lies_nowhere_else():
    election = election_of(100, {"a": 30, "b": 10}, ["a", "a", "a", "b"], kategori=["x", "y"])

    assert afstand(efter_kategori(election, ["a", "b"])) == 0
    assert afstand(efter_kategori(election, ["b"])) == D("0.75")


@settings(max_examples=150, deadline=None)
@given(elections())
def test_the_shares_of_the_categories_add_to_one(drawn):
    prices, ballots, winners, election = drawn

    table = efter_kategori(election, winners)

    rounding = D("0.00005") * len(table)
    assert abs(sum(table["stemmer"]) - any(ballots)) <= rounding
    assert abs(sum(table["penge"]) - any(prices[one] for one in winners)) <= rounding
    assert list(table["stemmer"]) == sorted(table["stemmer"], reverse=True)


def test_categories_alike_stand_in_the_order_of_the_file():
    ids = [f"p{number:03d}" for number in range(300)]
    once, twice = ids[::2], ids[1::2]
    election = election_of(100, dict.fromkeys(ids, 5), [*once, *twice, *twice], kategori=ids)

    assert list(efter_kategori(election, ids)["kategori"]) == twice + once


def test_rules_stand_side_by_side():
    table = sammenlign_regler(by_hand(times=5), {"flest stemmer": ["a", "b"], "en anden": ["c"], "ingen": []})

    assert table.to_dict("list") == {
        "regel": ["flest stemmer", "en anden", "ingen"],
        "projekter": [2, 1, 0],
        "brugt_kr": [80, 50, 0],
        "brugt": [D("0.8"), D("0.5"), 0],
        "uden": [5, 10, None],  # None of the last got anything, so the rest is too small to be told.
        "udelukket": [D("0.25"), D("0.5"), None],
        "eget": [D("0.4"), D("0.25"), 0],
        "gini": [D("0.4375"), D("0.5"), 0],
    }
