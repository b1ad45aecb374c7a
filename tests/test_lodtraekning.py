"""The fair lottery, held to panels that can be listed by hand and to programs written over every panel."""

import itertools
import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.stats import chi2

from budgetanalyser.borgersamling.lodtraekning import (
    InfeasibleQuotasError,
    PanelError,
    PuljeError,
    check_panel,
    fair_lottery,
    quotas_from_population,
    udtraek,
)
from budgetanalyser.errors import PosterError, ValueUseError

FINE = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


def pool_of(columns, people):
    """Return a pool; `people` maps an id to one text with a letter a column, or to a list."""
    return pd.DataFrame([list(cells) for cells in people.values()], index=list(people), columns=columns, dtype=object)


def quotas_of(*rows):
    return pd.DataFrame(rows, columns=["feature", "value", "min", "max"], dtype=object)


# S1: child or adult, d or s; two seats, and each value once or twice.
S1 = (
    pool_of(["alder", "område"], {"1": "bd", "2": "bs", "3": "vd", "4": "vd", "5": "vs"}),
    quotas_of(("alder", "b", 1, 2), ("alder", "v", 1, 2), ("område", "d", 1, 2), ("område", "s", 1, 2)),
    2,
)
# S2: K or M; G, or U as F alone is; three seats.
S2 = (
    pool_of(["køn", "gruppe"], {"A": "KG", "B": "KG", "C": "MG", "D": "MG", "E": "KG", "F": "MU"}),
    quotas_of(("køn", "K", 1, 2), ("køn", "M", 1, 2), ("gruppe", "U", 1, 1), ("gruppe", "G", 2, 2)),
    3,
)
# Of A, B and C no two may sit together. If people could be divided, each of them could have a half.
TRIANGLE = (
    pool_of(["ab", "bc", "ca"], {"A": "xyx", "B": "xxy", "C": "yxx", "D": "yyy", "E": "yyy"}),
    quotas_of(*((name, value, 0, most) for name in ("ab", "bc", "ca") for value, most in (("x", 1), ("y", 3)))),
    3,
)


def every_panel(pool, quotas, seats, household=None):
    """Return every panel that keeps the rules, as sets of ids, by trying all."""
    limits = [(set(pool.index[pool[q.feature] == q.value]), q.min, q.max) for q in quotas.itertuples()]
    home = dict(pool[household]) if household else {person: person for person in pool.index}
    return [
        frozenset(people)
        for people in itertools.combinations(pool.index, seats)
        if len({home[person] for person in people}) == seats
        and all(least <= len(held.intersection(people)) <= most for held, least, most in limits)
    ]


def lottery_program(cost, inside, low, **more):
    """Return the optimum of a lottery over all panels in which every person has at least `low`."""
    result = linprog(cost, A_ub=-inside, b_ub=-low, A_eq=[more.pop("weigh")], b_eq=[1], options=FINE, **more)
    assert result.status == 0
    return result.fun


def leximin_by_person(people, panels):
    """Return leximin probabilities person by person: lift the lowest, and fix each who can then get no higher."""
    inside = np.array([[float(person in panel) for panel in panels] for person in people])
    n, m = inside.shape
    fixed = np.where(inside.any(axis=1), np.nan, 0.0)
    while np.isnan(fixed).any():
        free = np.isnan(fixed)
        with_z = np.column_stack([inside, -free.astype(float)])
        low = np.where(free, 0.0, fixed - 1e-10)
        z = -lottery_program(np.append(np.zeros(m), -1.0), with_z, low, weigh=np.append(np.ones(m), 0.0))
        low = np.where(free, z, fixed) - 1e-10
        highest = [-lottery_program(-inside[i], inside, low, weigh=np.ones(m)) if free[i] else 0.0 for i in range(n)]
        stuck = free & (np.array(highest) < z + 1e-6)
        assert stuck.any()
        fixed[stuck] = z
    return dict(zip(people, fixed, strict=True))


def require_sound(lottery, pool, quotas, seats, household=None):
    """Check what holds for every lottery, from its listed panels alone."""
    legal = set(every_panel(pool, quotas, seats, household))
    found = Counter()
    for panel, weight in zip(lottery.panels, lottery.weights, strict=True):
        assert panel in legal
        found.update(dict.fromkeys(panel, weight))
    assert lottery.weights.min() > 0
    assert lottery.weights.sum() == pytest.approx(1, abs=1e-12)
    assert {person: found[person] for person in pool.index} == pytest.approx(dict(lottery.probabilities), abs=1e-12)
    assert lottery.probabilities.sum() == pytest.approx(seats, abs=1e-9)
    assert set(lottery.excluded) == set(pool.index) - set().union(*legal)
    assert lottery.gap < 1e-9
    lowest = lottery.probabilities.min()
    assert lowest <= seats / len(pool) + 1e-9
    for quota in quotas.itertuples():
        assert lowest <= quota.max / (pool[quota.feature] == quota.value).sum() + 1e-9


# --- the published oracles, and what can be listed by hand


def test_s1_the_second_child_is_in_two_thirds_of_the_panels():
    panels = every_panel(*S1)
    lottery = fair_lottery(*S1)

    assert set(panels) == {frozenset("15"), frozenset("23"), frozenset("24")}
    assert set(lottery.panels) == set(panels)
    assert dict(lottery.probabilities) == pytest.approx(
        {"1": 1 / 3, "2": 2 / 3, "3": 1 / 3, "4": 1 / 3, "5": 1 / 3}, abs=1e-9
    )
    assert fair_lottery(*S1, rule="maximin").probabilities.min() == pytest.approx(1 / 3, abs=1e-9)
    require_sound(lottery, *S1)


@pytest.mark.parametrize("rule", ["leximin", "maximin"])
def test_s2_five_share_two_seats_and_the_only_one_of_their_kind_is_always_in(rule):
    lottery = fair_lottery(*S2, rule=rule)

    assert len(every_panel(*S2)) == 9
    assert dict(lottery.probabilities) == pytest.approx(dict.fromkeys("ABCDE", 2 / 5) | {"F": 1}, abs=1e-9)
    require_sound(lottery, *S2)


def test_whole_people_get_what_whole_people_can_have():
    """The divided optimum, 1/2 for A, B and C, must be refuted: a panel holds one of them, and so D and E."""
    lottery = fair_lottery(*TRIANGLE)

    assert dict(lottery.probabilities) == pytest.approx(dict.fromkeys("ABC", 1 / 3) | {"D": 1, "E": 1}, abs=1e-9)
    assert fair_lottery(*TRIANGLE, rule="maximin").probabilities.min() == pytest.approx(1 / 3, abs=1e-9)
    require_sound(lottery, *TRIANGLE)


def test_one_household_sends_one():
    pool = pool_of(["alle", "hus"], {"A": "x1", "B": "x1", "C": "x2", "D": "x3"})
    quotas = quotas_of(("alle", "x", 3, 3))
    lottery = fair_lottery(pool, quotas, 3, household="hus")

    assert dict(lottery.probabilities) == pytest.approx({"A": 0.5, "B": 0.5, "C": 1, "D": 1}, abs=1e-9)
    assert dict(fair_lottery(pool, quotas, 3).probabilities) == pytest.approx(dict.fromkeys("ABCD", 0.75), abs=1e-9)
    require_sound(lottery, pool, quotas, 3, "hus")


def test_members_of_a_household_who_are_alike_are_drawn_alike():
    pool = pool_of(["alle", "hus"], {"A": "x1", "B": "x1", "C": "x2", "D": "x2"})
    lottery = fair_lottery(pool, quotas_of(("alle", "x", 0, 1)), 1, household="hus")

    assert sorted(map(sorted, lottery.panels)) == [["A"], ["B"], ["C"], ["D"]]
    assert list(lottery.weights) == [0.25] * 4


def test_the_lowest_probability_is_no_higher_than_the_scarcest_quota_gives():
    """Of 4 men at most 1 may sit, and 2 of all 6: 1/4 bounds the lowest, and here is reached; 2/6 is not."""
    pool = pool_of(["køn"], {"A": "M", "B": "M", "C": "M", "D": "M", "E": "K", "F": "K"})
    lottery = fair_lottery(pool, quotas_of(("køn", "M", 0, 1), ("køn", "K", 0, 2)), 2)

    assert lottery.probabilities.min() <= 2 / 6
    assert dict(lottery.probabilities) == pytest.approx(dict.fromkeys("ABCD", 1 / 4) | dict.fromkeys("EF", 1 / 2))


def test_someone_no_panel_can_hold_is_named_and_has_no_probability():
    pool = pool_of(["køn", "alder"], {"A": "Ku", "B": "Ku", "C": "Kg", "D": "Mg", "E": "Mu"})
    quotas = quotas_of(("køn", "K", 2, 2), ("køn", "M", 0, 0), ("alder", "u", 1, 2), ("alder", "g", 0, 2))
    lottery = fair_lottery(pool, quotas, 2)

    assert lottery.excluded == ("D", "E")
    assert list(lottery.probabilities[["D", "E"]]) == [0, 0]
    assert dict(lottery.probabilities[["A", "B", "C"]]) == pytest.approx(dict.fromkeys("ABC", 2 / 3))
    assert lottery.summary().min == 0
    require_sound(lottery, pool, quotas, 2)


def test_all_seats_for_all_people_is_one_panel():
    pool = pool_of(["alle"], {1: "x", 2: "x"})
    lottery = fair_lottery(pool, quotas_of(("alle", "x", 0, 2)), 2)

    assert lottery.draw("frø") == {1, 2}
    assert list(lottery.probabilities) == [1, 1]


# --- against every panel there is


@st.composite
def small_pools(draw):
    """Draw a pool of at most 9, quotas near to one of its panels, and perhaps households."""
    people = [f"p{i}" for i in range(draw(st.integers(3, 9)))]
    homes = draw(st.lists(st.sampled_from("abcdefg"), min_size=len(people), max_size=len(people)))
    household = draw(st.sampled_from([None, "hus"]))
    one_each = list(dict(zip(homes, people, strict=True)).values()) if household else people
    seats = draw(st.integers(1, max(1, len(one_each) - 1)))
    base = draw(st.permutations(one_each))[:seats]
    columns, rows = {}, []
    for feature in draw(st.sampled_from(["f", "fg", "fgh", "fghi"])):
        column = draw(st.lists(st.sampled_from("xyz"), min_size=len(people), max_size=len(people)))
        columns[feature] = column
        held = Counter(value for person, value in zip(people, column, strict=True) if person in base)
        rows += [
            (feature, value, max(held[value] - draw(st.integers(0, 1)), 0), held[value] + draw(st.integers(0, 1)))
            for value in sorted(set(column))
        ]
    return pd.DataFrame({**columns, "hus": homes}, index=people, dtype=object), quotas_of(*rows), seats, household


@settings(max_examples=150, deadline=None, derandomize=True)
@given(small_pools())
def test_any_small_pool_gets_the_leximin_of_all_its_panels(drawn):
    pool, quotas, seats, household = drawn
    lottery = fair_lottery(pool, quotas, seats, household=household)
    expected = leximin_by_person(list(pool.index), every_panel(pool, quotas, seats, household))

    assert dict(lottery.probabilities) == pytest.approx(expected, abs=1e-7)
    require_sound(lottery, pool, quotas, seats, household)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(small_pools())
def test_maximin_of_any_small_pool_has_the_same_lowest_probability(drawn):
    pool, quotas, seats, household = drawn
    lottery = fair_lottery(pool, quotas, seats, rule="maximin", household=household)
    expected = leximin_by_person(list(pool.index), every_panel(pool, quotas, seats, household))
    can = [person for person in pool.index if person not in lottery.excluded]
    lowest = min(lottery.probabilities[can])

    assert lowest == pytest.approx(min(expected[person] for person in can), abs=1e-8)
    require_sound(lottery, pool, quotas, seats, household)


# --- a pool of real size: 36 of 500 over 2 x 5 x 4 x 4 values, 40 addresses shared by two


def real_size(people, seats, *, shared=0):
    """Return a constructed pool: the population's shares, and volunteers who are not like it."""
    population = {
        "køn": {"K": 505, "M": 495},
        "alder": {"16-29": 190, "30-44": 200, "45-59": 240, "60-74": 220, "75+": 150},
        "uddannelse": {"grund": 240, "faglig": 380, "kort": 230, "lang": 150},
        "område": {"nord": 310, "syd": 280, "øst": 250, "vest": 160},
    }
    eagerness = {"16-29": 5, "30-44": 9, "75+": 6, "grund": 4, "lang": 25, "kort": 14, "vest": 5}
    columns = {}
    for number, (feature, counts) in enumerate(population.items()):
        # A fraction of its own for each person and feature, by two irrational steps, instead of random numbers.
        weights = np.array([count * eagerness.get(value, 10) for value, count in counts.items()], dtype=float)
        at = np.modf(np.arange(1, people + 1) * np.sqrt([2.0, 3.0, 5.0, 7.0][number]))[0]
        picks = np.searchsorted(np.cumsum(weights / weights.sum()), at)
        columns[feature] = [list(counts)[pick] for pick in picks]
    homes = [f"h{max(i - shared, 0) if i < 2 * shared else i:04}" for i in range(people)]
    homes[:shared] = homes[shared : 2 * shared] = [f"delt{i:03}" for i in range(shared)]
    counts = [(feature, value, n) for feature, its in population.items() for value, n in its.items()]
    quotas = quotas_from_population(pd.DataFrame(counts, columns=["feature", "value", "antal"], dtype=object), seats)
    pool = pd.DataFrame({**columns, "hus": homes}, index=[f"P{i:04}" for i in range(people)], dtype=object)
    return pool, quotas, seats


@pytest.fixture(scope="module")
def of_500():
    pool, quotas, seats = real_size(500, 36, shared=40)
    return pool, quotas, seats, fair_lottery(pool, quotas, seats, household="hus")


def test_36_of_500_keep_every_rule(of_500):
    pool, quotas, seats, lottery = of_500

    assert pool["hus"].value_counts().value_counts().to_dict() == {1: 420, 2: 40}
    for number in range(0, len(lottery.panels), len(lottery.panels) // 100):
        assert all(check_panel(pool, quotas, seats, lottery.panels[number], "hus")["i_orden"])
    assert all(check_panel(pool, quotas, seats, lottery.draw("2026-11-21"), "hus")["i_orden"])


def test_36_of_500_have_the_probabilities_their_panels_give(of_500):
    pool, quotas, seats, lottery = of_500
    found = Counter()
    for panel, weight in zip(lottery.panels, lottery.weights, strict=True):
        found.update(dict.fromkeys(panel, weight))

    assert lottery.excluded == ()
    assert lottery.gap < 1e-9
    assert dict(found) == pytest.approx(dict(lottery.probabilities), abs=1e-12)
    assert lottery.probabilities.sum() == pytest.approx(36, abs=1e-9)
    assert lottery.weights.sum() == pytest.approx(1, abs=1e-12)


def test_36_of_500_stay_under_the_bounds_that_any_lottery_has(of_500):
    pool, quotas, seats, lottery = of_500
    lowest = lottery.probabilities.min()
    bounds = [quota.max / (pool[quota.feature] == quota.value).sum() for quota in quotas.itertuples()]

    assert 0 < lowest <= min(bounds) + 1e-9
    assert lowest <= 36 / 500
    maximin = fair_lottery(pool, quotas, seats, rule="maximin", household="hus")
    assert maximin.probabilities.min() == pytest.approx(lowest, abs=1e-9)


def test_people_alike_have_the_same_probability(of_500):
    pool, quotas, seats, lottery = of_500
    alone = pool[pool["hus"].map(pool["hus"].value_counts()) == 1]
    chances = lottery.probabilities[alone.index].groupby(
        [alone[name] for name in ("køn", "alder", "uddannelse", "område")]
    )

    assert (chances.max() - chances.min()).max() < 1e-12


def test_the_summary_tells_the_lottery_in_numbers(of_500):
    pool, quotas, seats, lottery = of_500
    summary = lottery.summary()
    chances = lottery.probabilities.to_numpy()
    gini = abs(chances[:, None] - chances).sum() / (2 * len(chances) ** 2 * chances.mean())

    assert (summary.pool_size, summary.seats, summary.rule, summary.household) == (500, 36, "leximin", True)
    assert (summary.min, summary.max, summary.panels) == (chances.min(), chances.max(), len(lottery.panels))
    assert summary.gini == pytest.approx(gini, abs=1e-12)
    assert summary.pool_hash == lottery.pool_hash
    assert "P0001" not in repr(lottery)


# --- the draw


DRAWN_ELSEWHERE = """
import sys
import pandas as pd
sys.path.insert(0, sys.argv[1])
from test_lodtraekning import real_size
from budgetanalyser.borgersamling.lodtraekning import fair_lottery
pool, quotas, seats = real_size(120, 20, shared=10)
if sys.argv[2] == "shuffled":
    pool, quotas = pool.sample(frac=1, random_state=3), quotas.sample(frac=1, random_state=4)
    pool, quotas = pool[["område", "hus", "alder", "uddannelse", "køn"]], quotas[["max", "value", "min", "feature"]]
lottery = fair_lottery(pool, quotas, seats, household="hus")
print(lottery.pool_hash, *(",".join(sorted(lottery.draw(seed))) for seed in (1, "lotto 7 12 19")))
"""


def test_a_seed_draws_the_same_panel_in_any_process_and_from_any_order_of_rows_and_columns():
    def drawn(order, seed):
        command = [sys.executable, "-c", DRAWN_ELSEWHERE, os.path.dirname(__file__), order]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    first = drawn("as it is", "1")
    assert first.count("P0") >= 40
    assert drawn("shuffled", "2") == first


def test_ids_as_numbers_and_as_text_draw_the_same():
    pool, quotas, seats = S1
    as_numbers = fair_lottery(pool.set_axis(map(int, pool.index)), quotas, seats)

    assert as_numbers.pool_hash == fair_lottery(*S1).pool_hash
    assert {str(person) for person in as_numbers.draw(5)} == fair_lottery(*S1).draw("5")


@pytest.mark.parametrize("oracle", [S1, S2, TRIANGLE])
def test_panels_are_drawn_as_often_as_they_weigh(oracle):
    lottery = fair_lottery(*oracle)
    draws = 3000
    drawn = Counter(frozenset(lottery.draw(seed)) for seed in range(draws))
    weight = Counter()
    for panel, its in zip(lottery.panels, lottery.weights, strict=True):
        weight[panel] += its
    distance = sum((drawn[panel] - draws * its) ** 2 / (draws * its) for panel, its in weight.items())

    assert set(drawn) == set(weight)
    assert distance < chi2.ppf(0.999, len(weight) - 1)


def test_the_hash_changes_with_all_that_matters_and_with_nothing_else():
    pool, quotas, seats = S2
    usual = fair_lottery(*S2).pool_hash
    changed = pool.copy()
    changed.loc["C", "køn"] = "K"
    looser = quotas.copy()
    looser.loc[0, "max"] = 3

    assert fair_lottery(pool.assign(skostørrelse=range(6)), quotas, seats).pool_hash == usual
    assert len(usual) == 64
    others = [(changed, quotas, None), (pool, looser, None), (pool.assign(hus=list("abcdef")), quotas, "hus")]
    assert len({usual, *(fair_lottery(p, q, seats, household=h).pool_hash for p, q, h in others)}) == 4


@pytest.mark.parametrize("seed", ["", "  ", 1.5, True, None])
def test_a_seed_is_a_whole_number_or_a_text(seed):
    with pytest.raises(ValueUseError, match="Frøet"):
        fair_lottery(*S1).draw(seed)


def test_panels_are_a_sequence():
    panels = fair_lottery(*S2).panels

    assert list(panels) == [panels[i] for i in range(len(panels))] == panels[:]
    assert panels[-1] == panels[len(panels) - 1]
    assert panels[1:3] == [panels[1], panels[2]]
    with pytest.raises(IndexError):
        panels[len(panels)]


# --- the panel, counted again; and who takes an empty seat


def test_a_panel_is_counted_against_each_quota_and_its_size():
    table = check_panel(*S2, ["A", "B", "E", "C"])

    assert list(table.columns) == ["feature", "value", "min", "max", "valgt", "i_orden"]
    assert table.to_numpy().tolist() == [
        ["gruppe", "G", 2, 2, 4, False],
        ["gruppe", "U", 1, 1, 0, False],
        ["køn", "K", 1, 2, 3, False],
        ["køn", "M", 1, 2, 1, True],
        ["panelet", "pladser", 3, 3, 4, False],
    ]
    assert all(check_panel(*S2, {"A", "C", "F"})["i_orden"])


def test_two_of_a_household_are_seen():
    pool, quotas, seats = S2
    table = check_panel(pool.assign(hus=list("112345")), quotas, seats, {"A", "B", "F"}, "hus")

    assert table.iloc[-1].tolist() == ["panelet", "flest fra samme husstand", 0, 1, 2, False]
    assert all(table["i_orden"].iloc[:-1])


def test_a_stranger_in_a_panel_is_refused():
    with pytest.raises(ValueUseError, match="1 id"):
        check_panel(*S2, {"A", "C", "X"})


def test_a_drawn_panel_that_breaks_a_rule_is_never_handed_out(monkeypatch):
    lottery = fair_lottery(*S2)
    monkeypatch.setattr(udtraek.Panels, "__getitem__", lambda panels, index: frozenset("ABE"))

    with pytest.raises(PanelError, match="må ikke bruges") as caught:
        lottery.draw(1)
    assert not all(caught.value.table["i_orden"])


def test_who_leaves_is_replaced_by_someone_with_whom_the_quotas_hold():
    lottery = fair_lottery(*S2)

    assert lottery.replacement({"A", "C", "F"}, "F", 1) is None  # Nobody else is U.
    # K 1-2 and M 1-2: when C leaves, any of the others G will do; when A leaves, a K must come.
    assert {lottery.replacement({"A", "C", "F"}, "C", seed) for seed in range(40)} == {"B", "D", "E"}
    assert {lottery.replacement({"A", "C", "F"}, "A", seed) for seed in range(40)} == {"B", "E"}
    assert lottery.replacement({"A", "C", "F"}, "A", 1, unavailable={"B"}) == "E"
    assert lottery.replacement({"A", "C", "F"}, "A", 1, unavailable={"B", "E"}) is None


def test_a_replacement_does_not_come_from_a_household_that_sits():
    pool, quotas, seats = S2
    lottery = fair_lottery(pool.assign(hus=list("123145")), quotas, seats, household="hus")

    # D lives with A.
    assert {lottery.replacement({"A", "C", "F"}, "C", seed) for seed in range(40)} == {"B", "E"}


def test_only_someone_in_the_panel_can_leave_it():
    with pytest.raises(ValueUseError, match="sidder ikke i panelet"):
        fair_lottery(*S2).replacement({"A", "C", "F"}, "B", 1)


# --- quotas that cannot hold


def eased(quotas, changes):
    result = quotas.copy()
    for feature, value, side, old, new in changes:
        row = (result["feature"] == feature) & (result["value"] == value)
        assert list(result.loc[row, side]) == [old]
        result.loc[row, side] = new
    return result


def test_quotas_in_conflict_are_named_with_the_smallest_way_out():
    """Both women are young, so 2 women are 2 young, one more than there may be."""
    pool = pool_of(["køn", "alder"], {"A": "Ku", "B": "Ku", "C": "Mg", "D": "Mg"})
    quotas = quotas_of(("køn", "K", 2, 2), ("køn", "M", 0, 3), ("alder", "u", 0, 1), ("alder", "g", 0, 3))
    with pytest.raises(InfeasibleQuotasError) as caught:
        fair_lottery(pool, quotas, 3)

    assert sorted(caught.value.conflict) == [("alder", "u", "max", 1), ("køn", "K", "min", 2)]
    assert sum(abs(new - old) for *_, old, new in caught.value.relaxation) == 1
    assert every_panel(pool, eased(quotas, caught.value.relaxation), 3)
    assert "mindst 2 med »køn« = »K«" in str(caught.value)
    assert "højst 1 med »alder« = »u«" in str(caught.value)
    fair_lottery(pool, eased(quotas, caught.value.relaxation), 3)


def test_a_value_nobody_has_is_in_conflict_by_itself():
    pool, quotas, seats = S2
    rows = quotas_of(("gruppe", "V", 1, 1))
    with pytest.raises(InfeasibleQuotasError, match="Denne kan ikke opfyldes: mindst 1") as caught:
        fair_lottery(pool, pd.concat([quotas, rows], ignore_index=True).assign(min=[1, 1, 0, 1, 1]), seats)

    assert caught.value.conflict == [("gruppe", "V", "min", 1)]
    assert caught.value.relaxation == [("gruppe", "V", "min", 1, 0)]


def test_a_value_nobody_has_is_no_matter_if_none_is_wanted():
    pool, quotas, seats = S2
    lottery = fair_lottery(pool, pd.concat([quotas, quotas_of(("køn", "X", 0, 1))], ignore_index=True), seats)

    assert dict(lottery.probabilities) == pytest.approx(dict(fair_lottery(*S2).probabilities), abs=1e-9)


def test_a_conflict_with_the_household_rule_says_so():
    pool = pool_of(["køn", "hus"], {"A": "K1", "B": "K1", "C": "M2", "D": "M3"})
    with pytest.raises(InfeasibleQuotasError, match="højst én må komme fra hver husstand") as caught:
        fair_lottery(pool, quotas_of(("køn", "K", 2, 2), ("køn", "M", 0, 1)), 2, household="hus")

    assert caught.value.conflict[0] == ("køn", "K", "min", 2)


def test_a_conflict_at_real_size_is_no_larger_than_it_must_be_and_its_way_out_leads_out():
    pool, quotas, seats = real_size(500, 36)
    wanted = [30 if value in ("75+", "lang") else 0 for value in quotas["value"]]
    quotas = quotas.assign(min=wanted, max=seats)
    with pytest.raises(InfeasibleQuotasError) as caught:
        fair_lottery(pool, quotas, seats)
    conflict = caught.value.conflict

    # 30 and 30 of 36 seats are at least 24 people who are both.
    assert ((pool["alder"] == "75+") & (pool["uddannelse"] == "lang")).sum() < 24
    assert conflict == [("alder", "75+", "min", 30), ("uddannelse", "lang", "min", 30)]
    way_out = eased(quotas, caught.value.relaxation)
    lottery = fair_lottery(pool, way_out, seats, rule="maximin")
    assert all(check_panel(pool, way_out, seats, lottery.draw(1))["i_orden"])


# --- input that cannot be meant


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p, q: (p.set_axis(list("AACDEF")), q, 3), "id'et står på mere end én række: A"),
        (lambda p, q: (p.set_axis([1.5, *"BCDEF"]), q, 3), "en tekst eller et helt tal"),
        (lambda p, q: (p.set_axis([" ", *"BCDEF"]), q, 3), "en tekst eller et helt tal"),
        (lambda p, q: (p.iloc[:0], q, 3), "der er ingen personer"),
        (lambda p, q: (p.assign(køn=[None, "K", "M", float("nan"), " ", "M"]), q, 3), "»køn«: mangler ved A, D og E"),
        (lambda p, q: (p.assign(køn=list("KKMMkM")), q, 3), "»k« står ikke i kvoterne, men ved E. Mente du »K«?"),
        (lambda p, q: (p.drop(columns="køn"), q, 3), "kolonnen »køn« mangler"),
        (lambda p, q: (p[["køn", "køn", "gruppe"]], q, 3), "kolonnen »køn« står 2 gange"),
        (lambda p, q: (p, q.iloc[:0], 3), "der er ingen kvoter"),
        (lambda p, q: (p, q.drop(columns="min"), 3), "kvoterne: kolonnen »min« mangler"),
        (lambda p, q: (p, pd.concat([q, q.iloc[[0]]]), 3), "»køn« = »K« står på 2 linjer"),
        (lambda p, q: (p, q.assign(value=["", "M", "U", "G"]), 3), "linje 0: »value« er tom"),
        (lambda p, q: (p, q.assign(min=[3, 1, 1, 2]), 3), "linje 0: min er 3, men max er kun 2"),
        (lambda p, q: (p, q.assign(min=[-1, 1, 1, 2]), 3), "linje 0: min skal være et helt tal fra 0 og op, ikke »-1«"),
        (
            lambda p, q: (p, q.assign(max=[2.5, 2, 1, 2]), 3),
            "linje 0: max skal være et helt tal fra 0 og op, ikke »2.5«",
        ),
        (lambda p, q: (p, q.assign(max=[2, 2, "1", 2]), 3), "linje 2: max skal være et helt tal fra 0 og op, ikke »1«"),
        (lambda p, q: (p, q.assign(max=[2, 2, 1, np.nan]), 3), "linje 3: max skal være et helt tal"),
        (lambda p, q: (p, q.assign(max=[1, 1, 1, 2]), 3), "»køn«: max er kun 2 i alt, men der er 3 pladser"),
        (lambda p, q: (p, q, 2), "»gruppe«: min er 3 i alt, men der er kun 2 pladser"),
        (lambda p, q: (p, q, 0), "antallet af pladser skal være et helt tal og mindst 1, ikke 0"),
        (lambda p, q: (p, q, 1.5), "antallet af pladser skal være et helt tal og mindst 1, ikke 1.5"),
        (lambda p, q: (p, q, 7), "der er 7 pladser, men kun 6 personer"),
    ],
)
def test_input_that_cannot_be_meant_is_refused(change, said):
    pool, quotas, _ = S2
    with pytest.raises(PuljeError) as caught:
        fair_lottery(*change(pool, quotas))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("homes", "household", "said"),
    [
        ([*"12345", None], "hus", "puljen, »hus«: mangler ved F"),
        (list("111222"), "hus", "der er 3 pladser, men antallet af husstande er 2"),
        (list("123456"), "huse", "kolonnen »huse« mangler. Mente du »hus«?"),
        (list("123456"), "køn", "»køn« kan ikke både være husstand og have kvoter"),
    ],
)
def test_a_household_that_cannot_be_meant_is_refused(homes, household, said):
    pool, quotas, seats = S2
    with pytest.raises(PuljeError) as caught:
        fair_lottery(pool.assign(hus=homes), quotas, seats, household=household)
    assert said in str(caught.value)


def test_all_faults_are_told_at_once():
    pool, quotas, _ = S2
    pool = pool.assign(køn=["K", "K", None, "m", "K", "M"]).set_axis(list("ABBDEF"))
    quotas = pd.concat([quotas.assign(min=[1, 1, 2, 2]), quotas_of(("alder", "u", 1, 1))], ignore_index=True)
    with pytest.raises(PuljeError) as caught:
        fair_lottery(pool, quotas, 9, rule="lod", household="hus")

    assert [str(fault) for fault in caught.value.faults] == [
        "reglen skal være »leximin« eller »maximin«, ikke »lod«",
        "kvoterne, linje 2: min er 2, men max er kun 1 for »gruppe« = »U«",
        "puljen: id'et står på mere end én række: B",
        "puljen: kolonnen »alder« mangler. Her kan stå »gruppe«, »køn«.",
        "puljen, »køn«: mangler ved B; udfyld den, eller tag dem ud",
        "puljen: kolonnen »hus« mangler. Her kan stå »gruppe«, »køn«.",
        "puljen, »køn«: »m« står ikke i kvoterne, men ved D. Mente du »M«?",
        "puljen: der er 9 pladser, men kun 6 personer",
    ]


def test_no_message_names_more_than_five_people():
    pool, quotas, seats = real_size(17, 5)
    with pytest.raises(PuljeError, match="P0000, P0001, P0002, P0003, P0004 og 12 til") as caught:
        fair_lottery(pool.assign(køn=None), quotas, seats)
    assert "P0005" not in str(caught.value)


def test_a_value_spelt_in_two_ways_is_told_from_both_sides():
    pool, quotas, seats = S2
    with pytest.raises(PuljeError) as caught:
        fair_lottery(pool.replace("K", "k"), quotas, seats)

    assert "»k« står ikke i kvoterne, men ved A, B og E" in str(caught.value)
    assert "mindst 1 skal have »køn« = »K«, men ingen i puljen har den værdi" in str(caught.value)


# --- quotas from a population


def shares(*rows):
    return pd.DataFrame(rows, columns=["feature", "value", "antal"], dtype=object)


def test_a_share_that_is_whole_seats_is_exactly_those():
    """25 and 75 per cent of 36 are 9 and 27; thirds of 36 are 12 each, though a third is no finite decimal."""
    table = quotas_from_population(
        shares(("område", "nord", 25), ("område", "syd", 75), ("køn", "K", 1), ("køn", "M", 1), ("køn", "X", 1)), 36
    )

    assert list(table.columns) == ["feature", "value", "antal", "andel", "praecis", "min", "max", "afrundet"]
    assert list(table["min"]) == list(table["max"]) == list(table["afrundet"]) == [9, 27, 12, 12, 12]
    assert list(table["andel"].iloc[:2]) == [Decimal("0.25"), Decimal("0.75")]


def test_a_share_between_is_rounded_down_and_up_and_by_largest_remainder():
    """Of 10 seats 47, 16 and 37 per cent are 4,7, 1,6 and 3,7: the missing two go to the first and the third."""
    table = quotas_from_population(shares(("f", "a", 47), ("f", "b", 16), ("f", "c", 37)), 10)

    assert list(table["praecis"]) == [Decimal("4.7"), Decimal("1.6"), Decimal("3.7")]
    assert list(table["min"]) == [4, 1, 3]
    assert list(table["max"]) == [5, 2, 4]
    assert list(table["afrundet"]) == [5, 1, 4]


def test_equal_remainders_go_to_the_first():
    """Of 4 seats, 1/6, 4/6 and 1/6 are 2/3, 8/3 and 2/3: all have remainder 2/3, and two seats are missing."""
    assert list(quotas_from_population(shares(("f", "a", 1), ("f", "b", 4), ("f", "c", 1)), 4)["afrundet"]) == [1, 3, 0]


@given(st.lists(st.integers(0, 50_000), min_size=1, max_size=8).filter(any), st.integers(1, 200))
def test_quotas_of_a_population_leave_room_for_all_seats(counts, seats):
    table = quotas_from_population(shares(*(("f", str(i), n) for i, n in enumerate(counts))), seats)

    assert sum(table["min"]) <= seats <= sum(table["max"])
    assert sum(table["afrundet"]) == seats
    for row in table.itertuples():
        assert row.min <= Fraction(row.antal * seats, sum(counts)) <= row.max <= row.min + 1
        assert row.min <= row.afrundet <= row.max


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("f", "a", -1), ("f", "b", 2)], "linje 0: antal skal være et helt tal fra 0 og op, ikke »-1«"),
        ([("f", "a", Decimal("1.5"))], "linje 0: antal skal være et helt tal"),
        ([("f", None, 1)], "linje 0: »value« er tom"),
        ([("f", "a", 1), ("f", "a", 2)], "»f« = »a« står på 2 linjer"),
        ([("f", "a", 0)], "»f« har ingen personer"),
    ],
)
def test_a_population_that_cannot_be_meant_is_refused(rows, said):
    with pytest.raises(PosterError) as caught:
        quotas_from_population(shares(*rows), 36)
    assert said in str(caught.value)


def test_a_population_needs_its_columns_and_a_seat():
    with pytest.raises(PosterError, match="kolonnen »antal« mangler"):
        quotas_from_population(shares(("f", "a", 1)).drop(columns="antal"), 36)
    with pytest.raises(ValueUseError, match="mindst 1"):
        quotas_from_population(shares(("f", "a", 1)), 0)
