"""Disclosure control, held to a table worked by hand and to every table a reader could think of."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from budgetanalyser.errors import ValueUseError
from budgetanalyser.statistik import TabelError, suppress
from budgetanalyser.statistik.efterproevning import reader_bounds

T11 = pd.DataFrame([[20, 2, 18], [15, 9, 6], [5, 14, 31]], index=list("ABC"), columns=list("xyz"))


def two_way(rows):
    return pd.DataFrame(
        rows, index=[f"r{at}" for at in range(len(rows))], columns=[f"k{at}" for at in range(len(rows[0]))]
    )


def one_way(counts):
    return pd.Series(counts, index=[f"r{at}" for at in range(len(counts))])


def totalled(table):
    """Return a table with its totals, as a dict from a cell's name to its number."""
    if isinstance(table, pd.Series):
        return {**table.to_dict(), "I alt": int(table.sum())}
    full = table.copy()
    full["I alt"] = full.sum(axis=1)
    full.loc["I alt"] = full.sum(axis=0)
    return {(row, column): int(full.loc[row, column]) for row in full.index for column in full.columns}


def published(table):
    if isinstance(table, pd.Series):
        return dict(table.items())
    return {(row, column): table.loc[row, column] for row in table.index for column in table.columns}


def bounds(hidden):
    names = ["raekke", "kolonne"] if "kolonne" in hidden.audit() else ["raekke"]
    rows = hidden.audit().to_dict("records")
    return {
        tuple(row[name] for name in names) if len(names) == 2 else row["raekke"]: (row["minimum"], row["maksimum"])
        for row in rows
    }


def require_hidden_well(table, minimum, structural=None):
    """Check what holds for every table, from what is published and from the truth."""
    hidden = suppress(table, minimum=minimum, strukturelle=structural)
    truth, shown, found = totalled(table), published(hidden.table), bounds(hidden)
    assert set(found) == {cell for cell, value in shown.items() if value is None}
    assert {cell: truth[cell] for cell in shown if cell not in found} == {
        c: v for c, v in shown.items() if c not in found
    }
    assert set(hidden.primary) | set(hidden.secondary) == set(found)
    assert not set(hidden.primary) & set(hidden.secondary)
    for cell, (low, high) in found.items():
        assert low <= truth[cell] <= (truth[cell] if high is None else high)
        assert high is None or low < high
    for cell in hidden.primary:
        low, high = found[cell]
        assert truth[cell] < minimum
        assert high is None or high >= max(minimum, truth[cell] + 1)
        assert truth[cell] == 0 or low < truth[cell]
    least = 1 if structural == "alle" else 0
    assert all(value is None or value >= minimum or value < least for value in shown.values())
    assert hidden.is_safe()
    return hidden


# --- the published oracle


@pytest.mark.parametrize("minimum", [3, 5])
def test_t11_one_small_cell_takes_three_more_with_it(minimum):
    hidden = suppress(T11, minimum=minimum)

    assert hidden.primary == (("A", "y"),)
    assert hidden.secondary == (("A", "z"), ("B", "y"), ("B", "z"))
    assert bounds(hidden) == {("A", "y"): (0, 11), ("A", "z"): (9, 20), ("B", "y"): (0, 11), ("B", "z"): (4, 15)}
    assert hidden.audit()["sikker"].all()
    assert hidden.is_safe()
    assert hidden.table.loc["I alt"].tolist() == [40, 25, 55, 120]
    assert hidden.table["I alt"].tolist() == [40, 30, 50, 120]
    assert hidden.table.loc["A"].tolist() == [20, None, None, 40]


def test_t11_shares_are_told_where_the_cell_and_its_total_are():
    hidden = suppress(T11)

    assert [str(one) for one in hidden.percentages("raekke").loc["C"]] == [
        "0.100000",
        "0.280000",
        "0.620000",
        "1.000000",
    ]
    assert [str(one) for one in hidden.percentages("kolonne")["x"]] == ["0.500000", "0.375000", "0.125000", "1.000000"]
    assert hidden.percentages("raekke").loc["A"].isna().tolist() == [False, True, True, False]


# --- cases by hand


def test_a_table_with_nothing_small_is_told_whole():
    hidden = require_hidden_well(one_way([10, 20, 30]), 5)

    assert hidden.table.tolist() == [10, 20, 30, 60]
    assert hidden.audit().empty
    assert list(hidden.audit().columns) == ["raekke", "minimum", "maksimum", "sikker"]


def test_a_small_number_in_a_column_takes_the_next_smallest_with_it():
    hidden = require_hidden_well(one_way([2, 9, 14]), 5)

    assert hidden.primary == ("r0",)
    assert hidden.secondary == ("r1",)
    assert bounds(hidden) == {"r0": (0, 11), "r1": (0, 11)}


def test_a_single_small_cell_takes_its_total_with_it_and_has_no_bound():
    hidden = require_hidden_well(one_way([2]), 5)

    assert hidden.primary == ("r0", "I alt")
    assert bounds(hidden) == {"r0": (0, None), "I alt": (0, None)}


def test_a_structural_zero_is_told_and_any_other_is_small():
    table = two_way([[0, 40, 30], [20, 0, 25], [15, 16, 17]])

    assert ("r0", "k0") in suppress(table).primary
    listed = require_hidden_well(table, 5, "alle")
    assert listed.table.loc["r0"].tolist() == [0, 40, 30, 70]
    assert listed.audit().empty
    one = suppress(table, strukturelle=[("r0", "k0")])
    assert one.table.loc["r0", "k0"] == 0
    assert one.primary == (("r1", "k1"),)


def test_a_total_of_nothing_but_structural_zeros_is_told():
    hidden = suppress(two_way([[0, 0], [20, 30]]), strukturelle=[("r0", "k0"), ("r0", "k1")])

    assert hidden.table.loc["r0"].tolist() == [0, 0, 0]
    assert hidden.primary == ()


def test_a_structural_zero_beside_a_small_cell_does_not_protect_it():
    """Only the totals can: the row's other cell is known to be 0."""
    hidden = require_hidden_well(two_way([[2, 0], [40, 50]]), 5, "alle")

    assert hidden.table.loc["r0", "k1"] == 0
    assert ("r0", "I alt") in hidden.primary


def test_a_cell_is_as_well_hidden_by_a_chain_of_cells_as_by_one():
    """Each cell beside A/y holds too few alone: what it must be able to gain comes through several."""
    hidden = require_hidden_well(two_way([[1, 6, 6, 90], [6, 6, 6, 90], [6, 6, 6, 90], [90, 90, 90, 90]]), 10)

    assert all(high is None or high >= 10 for low, high in (bounds(hidden)[cell] for cell in hidden.primary))


def test_shares_of_fewer_than_twenty_are_not_told():
    assert suppress(one_way([9, 10])).percentages().tolist() == [None, None, None]
    assert [str(one) for one in suppress(one_way([10, 10])).percentages()] == ["0.500000", "0.500000", "1.000000"]


def test_what_is_hidden_is_not_in_the_result_at_all():
    hidden = suppress(T11)

    assert sorted(vars(hidden)) == ["_audit", "primary", "secondary", "table"]
    assert list(hidden.audit().columns) == ["raekke", "kolonne", "minimum", "maksimum", "sikker"]


def test_the_audit_is_a_copy_that_cannot_be_changed_from_outside():
    hidden = suppress(T11)
    audit = hidden.audit()
    audit["sikker"] = False

    assert hidden.is_safe()


def test_a_whole_table_of_twenty_areas_is_hidden_and_safe():
    random = np.random.default_rng(3)

    require_hidden_well(two_way(random.poisson(random.gamma(2, 8, size=(20, 6))).tolist()), 5)


# --- totals that are told elsewhere


def test_two_answers_and_a_known_total_hide_each_other():
    hidden = suppress(pd.Series({"internet": 118, "papir": 2}), kendte=["I alt"])

    assert hidden.table.to_dict() == {"internet": None, "papir": None, "I alt": 120}
    assert hidden.primary == ("papir",)
    assert hidden.secondary == ("internet",)
    assert bounds(hidden) == {"internet": (0, 120), "papir": (0, 120)}
    assert hidden.is_safe()


def test_a_known_total_is_shown_however_small_and_the_audit_tells_what_it_betrays():
    hidden = suppress(pd.Series({"internet": 1, "papir": 2}), kendte=["I alt"])

    assert hidden.table.to_dict() == {"internet": None, "papir": None, "I alt": 3}
    assert bounds(hidden) == {"internet": (0, 3), "papir": (0, 3)}
    assert not hidden.is_safe()
    assert not hidden.audit()["sikker"].any()


def test_a_known_total_of_a_row_sends_the_hiding_elsewhere():
    """Without it the total of r0 is hidden, since the row's other cell is known to be 0."""
    table = two_way([[2, 0], [40, 50]])
    hidden = suppress(table, strukturelle="alle", kendte=[("r0", "I alt"), ("I alt", "I alt")])

    assert hidden.table.loc["r0"].tolist() == [None, 0, 2]
    assert hidden.table.loc["I alt", "I alt"] == 92
    assert bounds(hidden)["r0", "k0"] == (2, 2)
    assert not hidden.is_safe()


def test_where_a_safe_table_is_not_possible_all_is_hidden_but_the_known():
    hidden = suppress(two_way([[1, 0], [40, 50]]), kendte=[("r0", "I alt")])

    told_cells = {cell for cell, value in published(hidden.table).items() if value is not None}
    assert told_cells == {("r0", "I alt")}
    assert not hidden.is_safe()


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ([("A", "x")], "ingen total"),
        ([("A", "q")], "ikke i tabellen"),
        (["I alt"], "I alt er ikke i tabellen"),
        ([("Q", "I alt")], "ikke i tabellen"),
        ([[0]], "ikke i tabellen"),
        ("I alt", "skal være en liste"),
        (None, "skal være en liste"),
    ],
)
def test_a_known_total_that_is_none_is_refused(known, said):
    with pytest.raises(TabelError, match=said):
        suppress(T11, kendte=known)


def test_a_known_answer_in_a_one_way_table_is_refused():
    with pytest.raises(TabelError, match="r0 er ingen total"):
        suppress(one_way([2, 30]), kendte=["r0"])


# --- large numbers and large tables


@pytest.mark.parametrize("factor", [10**15, 10**18, 10**400])
def test_cells_of_any_size_are_hidden_and_judged_exactly(factor):
    table = T11.astype(object) * factor
    table.loc["A", "y"] = 2
    hidden = suppress(table)

    assert hidden.is_safe()
    assert bounds(hidden)["A", "y"] == (0, 9 * factor + 2)
    assert suppress(one_way([2, 9 * factor]).astype(object)).is_safe()


@pytest.mark.parametrize("minimum", [10**15, 10**20, 10**400])
def test_a_minimum_of_any_size_is_kept(minimum):
    assert suppress(T11, minimum=minimum).is_safe()


@pytest.mark.parametrize(
    ("shape", "mean"), [((40, 40), 3), ((40, 40), 9), ((60, 60), 8), ((1000, 2), 8), ((1000, 2), 3)]
)
def test_a_large_table_is_hidden_in_seconds(shape, mean):
    require_hidden_well(two_way(np.random.default_rng(1).poisson(mean, shape).tolist()), 5)


# --- any table

COUNTS = st.one_of(st.integers(0, 6), st.integers(0, 40), st.just(0), st.integers(3, 900))
TABLES = st.tuples(st.integers(1, 5), st.integers(1, 4)).flatmap(
    lambda shape: st.lists(
        st.lists(COUNTS, min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
    ).map(two_way)
)


@settings(max_examples=60, deadline=None)
@given(TABLES, st.sampled_from([3, 5, 10]), st.sampled_from([None, "alle"]))
def test_any_two_way_table_is_hidden_well(table, minimum, structural):
    require_hidden_well(table, minimum, structural)


@settings(max_examples=40, deadline=None)
@given(st.lists(COUNTS, min_size=1, max_size=8).map(one_way), st.sampled_from([3, 5]), st.sampled_from([None, "alle"]))
def test_any_one_way_table_is_hidden_well(table, minimum, structural):
    require_hidden_well(table, minimum, structural)


@settings(max_examples=30, deadline=None)
@given(TABLES, st.sampled_from(["raekke", "kolonne"]))
def test_totals_add_up_where_all_is_told_and_no_share_is_of_fewer_than_twenty(table, total):
    hidden = suppress(table)
    shares = hidden.percentages(total)
    for _, line in [*hidden.table.iterrows(), *hidden.table.items()]:
        if line.notna().all():
            assert line.iloc[:-1].sum() == line.iloc[-1]
    truth = totalled(table)
    for row, column in truth:
        base = truth[(row, "I alt") if total == "raekke" else ("I alt", column)]
        share, cell = shares.loc[row, column], hidden.table.loc[row, column]
        if share is not None:
            assert base >= 20
            assert float(share) == pytest.approx(cell / base, abs=5e-5)


# --- against every table there is


def tables_like(hidden, most):
    """Return every table of whole numbers up to `most` that says what is published, by its cells' names."""
    shown = published(hidden.table)
    inner = [cell for cell in shown if "I alt" not in (cell if isinstance(cell, tuple) else (cell,))]
    ranges = [range(most + 1) if shown[cell] is None else [shown[cell]] for cell in inner]
    two = isinstance(hidden.table, pd.DataFrame)
    for numbers in itertools.product(*ranges):
        table = dict(zip(inner, numbers, strict=True))
        for cell in shown.keys() - set(inner):
            parts = [one for one in inner if not two or all(b in (a, "I alt") for a, b in zip(one, cell, strict=True))]
            table[cell] = sum(table[one] for one in parts)
        if all(value is None or table[cell] == value for cell, value in shown.items()):
            yield table


def require_bounds_of_all_tables(hidden, most):
    tables = list(tables_like(hidden, most))
    for cell, (low, high) in bounds(hidden).items():
        numbers = [one[cell] for one in tables]
        assert min(numbers) == low
        assert max(numbers) == high if high is not None else max(numbers) >= most


SMALL = st.integers(0, 4)
TINY = st.sampled_from([(2, 2), (1, 3), (3, 1), (2, 1), (1, 1)]).flatmap(
    lambda shape: st.lists(
        st.lists(SMALL, min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
    ).map(two_way)
)


@settings(max_examples=20, deadline=None)
@given(st.one_of(TINY, st.lists(SMALL, min_size=1, max_size=3).map(one_way)))
def test_the_bounds_are_those_of_the_whole_tables_that_say_the_same(table):
    require_bounds_of_all_tables(suppress(table, minimum=3), 9)


@st.composite
def known_totals(draw):
    """Return a tiny table and some of its totals; the grand total always, so that every bound is finite."""
    table = draw(st.one_of(TINY, st.lists(SMALL, min_size=1, max_size=3).map(one_way)))
    totals = [cell for cell in totalled(table) if "I alt" in (cell if isinstance(cell, tuple) else (cell,))]
    return table, [totals[-1], *draw(st.lists(st.sampled_from(totals), max_size=2))]


@settings(max_examples=40, deadline=None)
@given(known_totals(), st.sampled_from([None, "alle"]))
def test_known_totals_are_shown_and_the_bounds_are_those_of_the_whole_tables_with_them(case, structural):
    table, known = case
    hidden = suppress(table, minimum=3, strukturelle=structural, kendte=known)
    truth, shown = totalled(table), published(hidden.table)

    assert all(shown[cell] == truth[cell] for cell in known)
    assert not set(known) & {*hidden.primary, *hidden.secondary}
    free = [cell for cell in shown if cell not in known and not (structural and truth[cell] == 0)]
    assert all(shown[cell] is None or shown[cell] >= 3 for cell in free)
    assert all(value == truth[cell] for cell, value in shown.items() if value is not None)
    require_bounds_of_all_tables(hidden, max(9, max(truth.values())))
    found = bounds(hidden)
    is_small = {cell: cell in hidden.primary for cell in found}
    for (low, high), cell, is_safe in zip(found.values(), found, hidden.audit()["sikker"], strict=True):
        value = truth[cell]
        expected = (high >= max(3, value + 1) and (low < value or not value)) if is_small[cell] else low < high
        assert is_safe == expected
    assert hidden.is_safe() or {cell for cell in free if shown[cell] is not None} == set()


@settings(max_examples=80, deadline=None)
@given(TABLES, st.randoms(use_true_random=False))
def test_the_bounds_are_those_of_the_linear_programs(table, random):
    """Any cells hidden whatever, whether it makes sense or not."""
    full = np.array(list(totalled(table).values()), dtype=object).reshape(len(table) + 1, -1)
    cells = [cell for cell in np.ndindex(*full.shape) if random.random() < 0.6]
    for cell in cells:
        full[cell] = None
    assert [(one.row, one.column) for one in reader_bounds(full, one_way=False)] == cells
    for one in reader_bounds(full, one_way=False):
        at = cells.index((one.row, one.column))
        assert (one.low, one.high) == (extreme(full, cells, at, 1), extreme(full, cells, at, -1))


def extreme(full, cells, at, sign):
    """Return the least (sign 1) or greatest (−1) number of a hidden cell by SciPy, or None where there is none."""
    lines = [[(row, column) for row in range(len(full))] for column in range(len(full[0]))]
    lines += [[(row, column) for column in range(len(full[0]))] for row in range(len(full))]
    matrix, right = np.zeros((len(lines), len(cells))), np.zeros(len(lines))
    for number, line in enumerate(lines):
        for cell in line:
            part = -1 if cell == line[-1] else 1
            if full[cell] is None:
                matrix[number, cells.index(cell)] = part
            else:
                right[number] -= part * full[cell]
    cost = np.eye(len(cells))[at] * sign
    found = linprog(cost, A_eq=matrix, b_eq=right, options={"presolve": False})
    assert found.status in (0, 3)
    return None if found.status == 3 else round(sign * found.fun)


def is_protected(cells, truth, minimum, numbers):
    """Tell by all tables whether every hidden cell is safe."""
    for cell in cells:
        low, high = min(one[cell] for one in numbers), max(one[cell] for one in numbers)
        if low == high or (truth[cell] < minimum and (high < minimum or (low == truth[cell] and low))):
            return False
    return True


@settings(max_examples=12, deadline=None)
@given(st.lists(st.lists(st.integers(0, 8), min_size=2, max_size=2), min_size=3, max_size=3).map(two_way))
def test_no_cheaper_inner_cells_would_have_been_enough(table):
    """Every set of inner cells that hides fewer people is tried, against every table with the same totals."""
    hidden = suppress(table, minimum=3)
    truth = totalled(table)
    inner = [cell for cell in truth if "I alt" not in cell]
    if any("I alt" in cell for cell in (*hidden.primary, *hidden.secondary)):
        return
    every = same_totals(table)
    cost = sum(truth[cell] + 1 for cell in hidden.secondary)
    others = [cell for cell in inner if cell not in hidden.primary]
    for size in range(len(others) + 1):
        for more in itertools.combinations(others, size):
            if sum(truth[cell] + 1 for cell in more) < cost:
                cells = {*hidden.primary, *more}
                numbers = [one for one in every if all(one[cell] == truth[cell] for cell in inner if cell not in cells)]
                assert not is_protected(cells, truth, 3, numbers)


def same_totals(table):
    """Return every 3 × 2 table with the same totals: the left column and the totals give the right."""
    left, sums = int(table["k0"].sum()), table.sum(axis=1).tolist()
    columns = itertools.product(*(range(total + 1) for total in sums))
    return [
        {
            (row, column): value if column == "k0" else total - value
            for row, value, total in zip(table.index, one, sums, strict=True)
            for column in table
        }
        for one in columns
        if sum(one) == left
    ]


# --- refusals


@pytest.mark.parametrize("minimum", [2, 0, -1, 3.5, None, True])
def test_a_minimum_below_the_floor_is_refused(minimum):
    with pytest.raises(ValueUseError, match="mindst 3"):
        suppress(T11, minimum=minimum)


def test_all_wrong_cells_are_told_at_once():
    table = pd.DataFrame([[1.5, -2], [None, 4]], index=["A", "B"], columns=["x", "y"], dtype=object)
    with pytest.raises(TabelError) as caught:
        suppress(table)

    assert [fault.where for fault in caught.value.faults] == ["»A«/»x«", "»A«/»y«", "»B«/»x«"]
    assert "ikke 1,5" in str(caught.value)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pd.Series([1, 2], index=["A", "A"]), "»A« står to gange"),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), "»x« står to gange"),
        (pd.Series([1, 2], index=["A", "I alt"]), "er en total"),
        (pd.Series([1, 2], index=["A", None]), "mangler navn"),
        (pd.Series([], dtype=object), "tabellen er tom"),
        (pd.DataFrame(index=["A"]), "tabellen er tom"),
        (pd.Series([1], index=pd.MultiIndex.from_tuples([("a", "b")])), "flere led"),
        (pd.Series([True, 2]), "ikke True"),
        (pd.Series([1, 2], index=pd.Index([[1], [2]], dtype=object)), "har navnet .1."),
    ],
)
def test_a_table_that_is_none_is_refused(table, said):
    with pytest.raises(TabelError, match=said):
        suppress(table)


@pytest.mark.parametrize(
    ("structural", "said"),
    [
        ([("A", "x")], "er ikke 0"),
        ([("A", "q")], "ikke i tabellen"),
        ([("A", "I alt")], "ikke i tabellen"),
        ("ingen", "skal være »alle«"),
        ([[0]], "ikke i tabellen"),
        ([("A", [1]), {}], "ikke i tabellen"),
        (5, "skal være »alle«"),
    ],
)
def test_a_structural_zero_that_is_none_is_refused(structural, said):
    with pytest.raises(TabelError, match=said):
        suppress(T11, strukturelle=structural)


def test_a_list_is_no_table_and_a_third_total_is_none():
    with pytest.raises(ValueUseError, match="Series"):
        suppress([[1, 2]])
    with pytest.raises(ValueUseError, match="raekke"):
        suppress(T11).percentages("alt")
