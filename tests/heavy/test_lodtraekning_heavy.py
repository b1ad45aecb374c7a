"""The fair lottery at full size, and against a second algorithm; minutes."""

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from test_lodtraekning import every_panel, leximin_by_person, real_size, require_sound, small_pools

from budgetanalyser.borgersamling.lodtraekning import check_panel, fair_lottery

pytestmark = pytest.mark.heavy

FINE = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


def leximin_by_profile(pool, quotas, seats):
    """Return leximin probabilities by plain column generation over profiles, without a household rule.

    The published way: a linear program over the panels found lifts the lowest probability, an integer program prices
    new panels by its duals, and profiles with a positive dual are fixed round by round.
    """
    features = list(dict.fromkeys(quotas["feature"]))
    groups = pool.groupby(features).groups
    n = np.array([len(people) for people in groups.values()], dtype=float)
    held = [[float(profile[features.index(q.feature)] == q.value) for profile in groups] for q in quotas.itertuples()]
    rows = LinearConstraint(np.array([np.ones(len(n)), *held]), [seats, *quotas["min"]], [seats, *quotas["max"]])

    def worth_most(price):
        scale = 1e4 / price.max()
        found = milp(
            -price * scale,
            integrality=np.ones(len(n)),
            bounds=Bounds(0, n),
            constraints=rows,
            options={"mip_rel_gap": 0.0},
        )
        return np.round(found.x)

    panels = [worth_most(unit) for unit in np.eye(len(n))]
    assert all(panel[i] for i, panel in enumerate(panels))
    fixed = np.full(len(n), np.nan)
    while np.isnan(fixed).any():
        free = np.isnan(fixed)
        while True:
            shares = np.column_stack(panels) / n[:, None]
            m = shares.shape[1]
            master = linprog(
                np.append(np.zeros(m), -1.0),
                A_ub=np.column_stack([-shares, free.astype(float)]),
                b_ub=np.where(free, 0.0, 1e-10 - fixed),
                A_eq=np.append(np.ones(m), 0.0)[None],
                b_eq=[1],
                options=FINE,
            )
            price, mu = -master.ineqlin.marginals, -master.eqlin.marginals[0]
            panel = worth_most(price / n)
            if price @ (panel / n) <= mu + 1e-8:
                break
            panels.append(panel)
        fixed[free & (price > 1e-7)] = master.x[-1]
    return {person: share for people, share in zip(groups.values(), fixed, strict=True) for person in people}


def test_36_of_500_have_the_leximin_of_plain_column_generation():
    pool, quotas, seats = real_size(500, 36)
    expected = leximin_by_profile(pool, quotas, seats)

    assert dict(fair_lottery(pool, quotas, seats).probabilities) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("shared", [0, 300])
def test_99_of_3000_keep_every_rule(shared):
    pool, quotas, seats = real_size(3000, 99, shared=shared)
    household = "hus" if shared else None
    leximin = fair_lottery(pool, quotas, seats, household=household)
    maximin = fair_lottery(pool, quotas, seats, household=household, rule="maximin")
    found = np.zeros(len(pool))
    place = {person: i for i, person in enumerate(pool.index)}
    for panel, weight in zip(leximin.panels, leximin.weights, strict=True):
        found[[place[person] for person in panel]] += weight

    assert found == pytest.approx(leximin.probabilities[pool.index].to_numpy(), abs=1e-11)
    assert leximin.probabilities.min() == pytest.approx(maximin.probabilities.min(), abs=1e-9)
    for seed in range(200):
        assert all(check_panel(pool, quotas, seats, leximin.draw(seed), household)["i_orden"])


@settings(max_examples=1500, deadline=None)
@given(small_pools())
def test_any_of_many_small_pools_gets_the_leximin_of_all_its_panels(drawn):
    pool, quotas, seats, household = drawn
    lottery = fair_lottery(pool, quotas, seats, household=household)
    expected = leximin_by_person(list(pool.index), every_panel(pool, quotas, seats, household))

    assert dict(lottery.probabilities) == pytest.approx(expected, abs=1e-7)
    require_sound(lottery, pool, quotas, seats, household)
