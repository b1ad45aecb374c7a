"""Equal Shares and Phragmén, held to hand counts, published results, a slow exact count and pabutools."""

import sys
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetanalyser.deltagerbudget.equal_shares import STEP_COLUMNS, equal_shares
from budgetanalyser.deltagerbudget.phragmen import phragmen
from budgetanalyser.deltagerbudget.valg import Election, matrix
from budgetanalyser.errors import ValueUseError

PABULIB = Path(__file__).parents[2] / "shared" / "data" / "pabulib"

# Handbook, section 11: MES once, MES + Add1 (winners, cost, voters without a winner), and the share per voter at which
# a count that stops as soon as nothing more fits has ended.
ANCHORS = {
    "Poland_Warszawa_2017_Plac_Wojska_Polskiego": ((3, 24720, 3), (4, 44720, 0), 3380),
    "Netherlands_Assen_2024": ((7, 60700, 7), (9, 76700, 5), 2033),
    "Poland_Warszawa_2018_Las": ((5, 50400, 19), (12, 122063, 0), 783),
    "Poland_Warszawa_2017_RudaMarymontLas_Bielanski": ((6, 153849, 452), (7, 338849, 374), 931),
    "Poland_Warszawa_2017_Grochow_Polnocny": ((6, 289134, 262), (8, 516684, 171), 667),
    "Poland_Swiecie_2023": ((13, 647787, 21), (17, 1040337, 4), 646),
    "France_Toulouse_2024": ((102, 4441650, 409), (129, 7823150, 104), 1771),
    "Poland_Lodz_2022": ((29, 2987680, 29863), (44, 5985880, 17844), 126),
}


def election_of(budget, projects, ballots, **more):
    """Return an election; `projects` maps ids to prices, `ballots` are texts such as "a b" or lists of ids."""
    ids = list(projects)
    chosen = [[ids.index(one) for one in (ballot.split() if isinstance(ballot, str) else ballot)] for ballot in ballots]
    table = pd.DataFrame(
        {"pris_kr": [Decimal(str(one)) for one in projects.values()], "navn": [f"Projekt {one}" for one in ids]},
        index=pd.Index(ids, name="projekt", dtype=object),
        dtype=object,
    )
    voters = pd.DataFrame(index=range(len(ballots)))
    return Election(table, Decimal(str(budget)), ballots=matrix(chosen, len(ids)), voters=voters, **more)


def by_hand(scale=1):
    prices = {"p1": 20 * scale, "p2": 10 * scale, "p3": 12 * scale}
    return election_of(30 * scale, prices, ["p1 p3", "p1 p3", "p2 p3"])


@pytest.fixture(scope="module")
def real():
    """Return a reader of the elections in the shared folder, each read once."""
    if not PABULIB.is_dir():
        pytest.skip(f"{PABULIB} is not here: the files' licence is unsettled, so they are not part of the project")
    reader = pytest.importorskip("budgetanalyser.deltagerbudget.pabulib")
    known = {}

    def read(name):
        if name not in known:
            known[name] = reader.read_pabulib(PABULIB / f"{name}.pb")
        return known[name]

    return read


def told(election, outcome):
    """Return winners, cost and voters without a winner."""
    has = np.asarray(election.ballots[:, election.codes(outcome.winners)].sum(axis=1)).ravel() > 0
    assert outcome.spent == sum(election.projects.loc[list(outcome.winners), "pris_kr"])
    return len(outcome.winners), outcome.spent, int((~has).sum())


# A slow count in fractions, written from the definition alone.


def slow(prices, ballots, share):
    """Return the projects bought in order; `ballots` are sets of numbers of projects."""
    money = [Fraction(share)] * len(ballots)
    supporters = [[v for v, ballot in enumerate(ballots) if c in ballot] for c in range(len(prices))]
    bought = []
    while True:
        best = None
        for c, price in enumerate(prices):
            if c in bought or sum(money[v] for v in supporters[c]) < price or not supporters[c]:
                continue
            payment = slow_payment(Fraction(price), sorted(money[v] for v in supporters[c]))
            key = (payment / Fraction(price), price, -len(supporters[c]), c)
            best = min(best or (key, payment), (key, payment))
        if best is None:
            return bought
        (*_, c), payment = best
        for v in supporters[c]:
            money[v] -= min(money[v], payment)
        bought.append(c)


def slow_payment(price, money):
    for number, held in enumerate(money):
        payment = (price - sum(money[:number])) / (len(money) - number)
        if payment <= held:
            return payment
    raise AssertionError("too little money")


def slow_add1(prices, ballots, budget, step):
    wanted = [c for c in range(len(prices)) if any(c in ballot for ballot in ballots)]
    if sum(prices[c] for c in wanted) <= budget:
        return set(wanted), None
    share = Fraction(budget // len(ballots))
    kept = slow(prices, ballots, share)
    while True:
        following = slow(prices, ballots, share + Fraction(step))
        if sum(prices[c] for c in following) > budget:
            return kept, share
        share, kept = share + Fraction(step), following


@st.composite
def elections(draw, most_voters=7, most_projects=6, most_price=12, part=1):
    """Draw small elections with few prices and equal ballots, so that ties are many; prices in 1/part kroner."""
    prices = draw(st.lists(st.integers(1, most_price), min_size=1, max_size=most_projects))
    ballots = draw(st.lists(st.sets(st.integers(0, len(prices) - 1)), min_size=1, max_size=most_voters))
    budget = draw(st.integers(0, sum(prices) + 3))
    ids = [f"p{c}" for c in range(len(prices))]
    exact = [Decimal(one) / part for one in prices]
    ballots = [sorted(one) for one in ballots]
    named = [[ids[c] for c in ballot] for ballot in ballots]
    budget = Decimal(budget) / part
    return exact, ballots, budget, election_of(budget, dict(zip(ids, exact, strict=True)), named)


def names(codes):
    return tuple(f"p{c}" for c in codes)


@settings(max_examples=400, deadline=None)
@given(elections(part=4))
def test_one_run_is_the_slow_exact_count(drawn):
    prices, ballots, budget, election = drawn

    outcome = equal_shares(election, completion=None)

    assert outcome.winners == names(slow(prices, ballots, Fraction(budget) / len(ballots)))


@settings(max_examples=250, deadline=None)
@given(elections(), st.sampled_from(["1", "0.5", "2.25"]))
def test_add1_is_the_slow_exact_count_one_step_at_a_time(drawn, step):
    prices, ballots, budget, election = drawn
    expected, share = slow_add1(prices, ballots, budget, Decimal(step))

    outcome = equal_shares(election, trin=Decimal(step))

    if share is None:
        assert (set(outcome.winners), outcome.andel_kr) == (set(names(expected)), None)
    else:
        assert (outcome.winners, outcome.andel_kr) == (names(expected), share)


@settings(max_examples=60, deadline=None)
@given(elections(most_voters=4, most_projects=5, most_price=90))
def test_add1_skips_only_steps_that_change_nothing(drawn):
    prices, ballots, budget, election = drawn
    expected, share = slow_add1(prices, ballots, budget, 1)

    outcome = equal_shares(election)

    assert set(outcome.winners) == set(names(expected))
    assert outcome.andel_kr == share


@pytest.fixture(scope="module")
def peer():
    return pytest.importorskip("pabutools", reason="pabutools, the peer implementation, is a tool of development")


def in_pabutools(prices, ballots, budget, *, supported=False):
    """Return the election as pabutools has it, and our order of equals."""
    from pabutools.election import ApprovalBallot, ApprovalProfile, Instance, Project
    from pabutools.tiebreaking import TieBreakingRule

    projects = [Project(f"p{c}", int(price)) for c, price in enumerate(prices)]
    profile = ApprovalProfile([ApprovalBallot([projects[c] for c in ballot]) for ballot in ballots])
    entered = [p for c, p in enumerate(projects) if not supported or any(c in ballot for ballot in ballots)]
    instance = Instance(entered, budget_limit=int(budget))
    rule = TieBreakingRule(lambda _, votes, p: (p.cost, -votes.approval_score(p), int(p.name[1:])))
    return instance, profile, rule


@pytest.mark.usefixtures("peer")
@settings(max_examples=300, deadline=None)
@given(elections(most_voters=9, most_projects=7))
def test_one_run_agrees_with_pabutools(drawn):
    from pabutools.election import Cost_Sat
    from pabutools.rules import method_of_equal_shares

    *parts, election = drawn
    instance, profile, rule = in_pabutools(*parts)

    expected = method_of_equal_shares(instance, profile, sat_class=Cost_Sat, tie_breaking=rule)

    assert equal_shares(election, completion=None).winners == tuple(p.name for p in expected)


@pytest.mark.usefixtures("peer")
@settings(max_examples=300, deadline=None)
@given(elections(most_voters=9, most_projects=7))
def test_phragmen_agrees_with_pabutools(drawn):
    from pabutools.rules import sequential_phragmen

    *parts, election = drawn
    instance, profile, rule = in_pabutools(*parts, supported=True)

    expected = sequential_phragmen(instance, profile, tie_breaking=rule)

    assert set(phragmen(election).winners) == {p.name for p in expected}


@pytest.mark.usefixtures("peer")
def test_both_agree_with_pabutools_on_larger_elections():
    from pabutools.election import Cost_Sat
    from pabutools.rules import method_of_equal_shares, sequential_phragmen

    rng = np.random.default_rng(2026)
    for _ in range(25):
        prices = rng.choice([500, 1000, 1500, 2000, 7001], size=12)
        ballots = [sorted(rng.choice(12, size=rng.integers(1, 5), replace=False).tolist()) for _ in range(90)]
        budget = int(prices.sum() * 0.6)
        named = [[f"p{c}" for c in ballot] for ballot in ballots]
        election = election_of(budget, {f"p{c}": price for c, price in enumerate(prices)}, named)
        instance, profile, rule = in_pabutools(prices, ballots, budget, supported=True)
        shares = method_of_equal_shares(instance, profile, sat_class=Cost_Sat, tie_breaking=rule)
        assert equal_shares(election, completion=None).winners == tuple(p.name for p in shares)
        assert set(phragmen(election).winners) == {
            p.name for p in sequential_phragmen(instance, profile, tie_breaking=rule)
        }


@pytest.mark.parametrize("name", ANCHORS)
def test_the_eight_elections_give_the_figures_of_the_handbook(real, name):
    election = real(name)
    once, completed, share = ANCHORS[name]

    outcome = equal_shares(election)

    assert told(election, equal_shares(election, completion=None)) == once
    assert told(election, outcome) == completed
    # Stopping as soon as nothing more fits gives the same.
    exhaustive = equal_shares(replace(election, budget=Decimal(share * election.n_voters)), completion=None)
    assert set(exhaustive.winners) == set(outcome.winners)
    assert outcome.andel_kr is None or outcome.andel_kr >= share


@pytest.mark.parametrize("name", ["Netherlands_Assen_2024", "Poland_Swiecie_2023"])
def test_elections_counted_by_equal_shares_give_their_published_winners(real, name):
    election = real(name)

    outcome = equal_shares(election)

    assert set(outcome.winners) == set(election.projects.index[election.projects["valgt"] == 1])
    assert equal_shares(election, exact=False).winners == outcome.winners
    if name == "Netherlands_Assen_2024":
        assert set(outcome.winners) == {"2", "3", "5", "6", "9", "11", "12", "13", "14"}


def test_grochow_names_the_winners_of_the_handbook(real):
    election = real("Poland_Warszawa_2017_Grochow_Polnocny")
    once = {"909", "908", "385", "1976", "2069", "22"}

    assert set(equal_shares(election, completion=None).winners) == once
    assert set(equal_shares(election).winners) == once | {"866", "454"}


def test_the_hand_count_funds_one_project_and_tells_why():
    outcome = equal_shares(by_hand(), completion=None)

    assert (outcome.winners, outcome.spent, outcome.andel_kr, outcome.koersler) == (("p3",), 12, 10, 1)
    cells = [tuple(row) for row in outcome.steps.itertuples(index=False)]
    assert list(outcome.steps.columns) == list(STEP_COLUMNS)
    assert cells[0] == (1, "p3", "Projekt p3", 3, Decimal(12), Decimal("4.00"), Decimal("3.00"), "støttet", None)
    assert cells[1] == (2, "p1", "Projekt p1", 2, Decimal(20), None, None, "ikke råd", None)
    assert [row[1] for row in cells] == ["p3", "p1", "p2"]


def test_add1_keeps_the_last_outcome_before_the_one_that_overspends():
    outcome = equal_shares(by_hand())

    assert (outcome.winners, outcome.spent, outcome.andel_kr) == (("p3",), 12, 13)
    assert outcome.notes == ("13,00 kr. pr. vælger",)


def test_few_voters_with_millions_are_counted_in_few_runs():
    outcome = equal_shares(by_hand(scale=100_000))

    assert (outcome.winners, outcome.andel_kr) == (("p3",), 1_399_999)
    assert outcome.koersler < 20


def test_add1_that_does_not_end_is_refused_with_advice(monkeypatch):
    monkeypatch.setattr(sys.modules[equal_shares.__module__], "MOST_RUNS", 1)
    with pytest.raises(ValueUseError, match=r"ikke færdig efter 1 kørsler.*større trin="):
        equal_shares(by_hand())


def test_everything_is_funded_where_it_fits():
    outcome = equal_shares(election_of(100, {"a": 30, "b": 70, "c": 50}, ["a", "a b"]))

    assert (set(outcome.winners), outcome.spent, outcome.andel_kr) == ({"a", "b"}, 100, None)
    assert outcome.notes == ("der er penge til alle projekter med stemmer",)
    assert outcome.steps["afgoerelse"].tolist() == ["støttet", "støttet", "ikke råd"]


def test_equals_are_taken_cheapest_then_most_votes_then_by_the_file_and_are_named():
    election = election_of(40, {"a": 9, "b": 4, "c": 4, "d": 4}, ["a b", "a b", "c d", "c d"])

    steps = equal_shares(election, completion=None).steps

    assert steps["projekt"].tolist() == ["b", "c", "d", "a"]
    assert steps["lighed"].tolist() == ["a, c og d", "a og d", "a", None]


def test_what_floats_cannot_tell_is_settled_in_fractions():
    # The many buy p and q first, and leave two voters with 10¹² and 10¹² + 1. Of x and y, both wanted by one such voter
    # and one with everything, y then has (4·10¹² + 1) / 3·10¹² effective votes, x a trifle fewer, and x is cheaper.
    share, left, price = 10**13, 10**12, 4 * 10**12
    prices = {"x": price, "y": price + 1, "p": 10 * (share - left), "q": 10 * (share - left - 1)}
    election = election_of(22 * share, prices, ["p x", "x", "q y", "y", *["p"] * 9, *["q"] * 9])

    assert equal_shares(election, completion=None).winners[2:] == ("y", "x")
    assert equal_shares(election, completion=None, exact=False).winners[2:] == ("x", "y")


def test_money_that_is_just_enough_is_enough():
    # Three voters of 1/3 krone each have exactly one krone, which thirds as floats need not add up to.
    thirds = election_of(1, {"a": 1}, ["a", "a", "a"])
    sevenths = election_of("0.7", {"a": "0.3", "b": "0.4"}, ["a b"] * 7)

    assert equal_shares(thirds, completion=None).winners == ("a",)
    assert equal_shares(sevenths, completion=None).winners == ("a", "b")


@pytest.mark.parametrize("rule", [equal_shares, phragmen])
def test_without_voters_nothing_is_funded(rule):
    outcome = rule(election_of(100, {"a": 30, "gratis": 0}, []))

    assert (outcome.winners, outcome.spent, len(outcome.steps)) == ((), 0, 2)
    assert outcome.notes == ("der er ingen stemmesedler",)


@pytest.mark.parametrize("completion", [None, "add1"])
def test_what_is_too_dear_for_all_is_not_funded(completion):
    outcome = equal_shares(election_of(100, {"a": 130, "b": 101}, ["a b", "a", "b"]), completion=completion)

    assert (outcome.winners, outcome.spent) == ((), 0)
    assert outcome.steps["afgoerelse"].tolist() == ["ikke råd", "ikke råd"]


@pytest.mark.parametrize("rule", [equal_shares, phragmen, lambda one: equal_shares(one, completion=None)])
def test_what_costs_nothing_wins_with_its_first_vote_and_what_has_no_votes_never(rule):
    outcome = rule(election_of(10, {"a": 10, "b": 10, "gratis": 0, "ingen": 0, "uden": 1}, ["a gratis", "a", "b"]))

    assert outcome.winners[0] == "gratis"
    assert not {"ingen", "uden"} & set(outcome.winners)


@pytest.mark.parametrize("completion", [None, "add1"])
def test_a_budget_of_nothing_funds_nothing(completion):
    assert equal_shares(election_of(0, {"a": 5}, ["a", "a"]), completion=completion).winners == ()


@pytest.mark.parametrize("rule", [equal_shares, phragmen])
def test_points_and_missing_ballots_are_refused(rule):
    with pytest.raises(ValueUseError, match=r"gives der point \(cumulative\)"):
        rule(election_of(10, {"a": 5}, ["a"], ballot_type="cumulative"))
    totals = replace(by_hand(), ballots=None, meta={"num_votes": "3"})
    with pytest.raises(ValueUseError, match="kræver de enkelte stemmesedler"):
        rule(totals)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"completion": "add-opt"}, "»add-opt« kendes ikke"),
        ({"trin": Decimal(0)}, "over 0 kr., ikke"),
        ({"trin": 0.5}, "skal være et Decimal"),
    ],
)
def test_settings_that_make_no_sense_are_refused(more, message):
    with pytest.raises(ValueUseError, match=message):
        equal_shares(by_hand(), **more)


def test_phragmen_buys_when_the_supporters_have_earned_the_price():
    # p3 at 4 each. Then p1 at (20 + 4 + 4) / 2 = 14 and p2 at (10 + 4) / 1 = 14: the same time, and 20 does not fit.
    outcome = phragmen(by_hand())

    assert (outcome.winners, outcome.spent) == (("p3",), 12)
    assert outcome.steps["projekt"].tolist() == ["p3", "p2", "p1"]
    assert outcome.steps["optjent_kr"].tolist() == [Decimal("4.00"), None, None]
    assert outcome.steps["afgoerelse"].tolist() == ["støttet", "ikke nået", "overskrider beløbet"]
    assert outcome.steps["lighed"].tolist() == [None, "p1", "p2"]
