"""The reference elections: counts and quantiles of the handbook, and where two known elections stand among them."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetanalyser.deltagerbudget.fordeling import Tilfredshed
from budgetanalyser.deltagerbudget.referencer import (
    MAAL,
    SAET,
    er_lokal,
    fraktiler,
    fraktiltabel,
    midterste,
    percentil,
    placering,
    raekke,
)
from budgetanalyser.errors import ValueUseError
from budgetanalyser.kilder.table import read
from budgetanalyser.kroner import rounded

ROOT = Path(__file__).parents[1]
BENCHMARK = ROOT.parent / "shared" / "data" / "pabulib-reference" / "benchmark_968_elections.json"
D = Decimal
GROCHOW = "Poland_Warszawa_2017_Grochow_Polnocny.pb"
RUDA = "Poland_Warszawa_2017_RudaMarymontLas_Bielanski.pb"
OWN = {GROCHOW: 234 / 1375, RUDA: 181 / 1147}  # Their exclusion, as the handbook has it.

# Handbook, 8.2 and 8.3: P10, P25, P50, P75 and P90 under greedy.
QUANTILES = {
    ("lokale", "udelukket"): (0.025, 0.051, 0.121, 0.215, 0.342),
    ("lokale", "brugt"): (0.894, 0.940, 0.975, 0.991, 0.998),
    ("lokale", "eget"): (0.236, 0.290, 0.349, 0.446, 0.528),
    ("lokale", "gini"): (0.269, 0.330, 0.393, 0.472, 0.547),
    ("lokale knapsack", "udelukket"): (0.029, 0.053, 0.109, 0.167, 0.232),
    ("lokale knapsack", "brugt"): (0.907, 0.957, 0.981, 0.991, 0.997),
    ("lokale knapsack", "eget"): (0.281, 0.315, 0.370, 0.455, 0.536),
    ("lokale knapsack", "gini"): (0.303, 0.346, 0.402, 0.480, 0.538),
    ("alle", "udelukket"): (0.022, None, 0.122, None, 0.344),
    ("alle", "brugt"): (None, None, 0.991, None, None),
    ("alle", "eget"): (None, None, 0.348, None, None),
    ("alle", "gini"): (None, None, 0.397, None, None),
    ("knapsack", "udelukket"): (0.026, None, 0.122, None, 0.263),
    ("knapsack", "brugt"): (None, None, 0.990, None, None),
    ("knapsack", "eget"): (None, None, 0.356, None, None),
    ("knapsack", "gini"): (None, None, 0.422, None, None),
}


@pytest.fixture(scope="module")
def elections():
    if not BENCHMARK.is_file():
        pytest.skip(
            f"{BENCHMARK} is not here: the elections' licence is unsettled, so they are not part of the project"
        )
    return json.loads(BENCHMARK.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def table():
    """Return the project's own quantile table."""
    read_table = read(ROOT / "data/raw/deltagerbudget-referencer.csv").data
    return read_table.rename(columns={"vaerdi_pct": "vaerdi"})


def counts(table):
    return {name: set(table.loc[table["saet"] == name, "valg"]) for name in SAET}


def near_tranbjerg(elections):
    return [one for one in elections if one["msc"] and er_lokal(one["n"], one["m"])]


def test_the_sets_have_as_many_elections_as_the_handbook_says(elections):
    assert counts(fraktiltabel(elections)) == {
        "alle": {963},
        "knapsack": {243},
        "lokale": {282},
        "lokale knapsack": {85},
    }
    assert len(elections) == 963
    assert sum(er_lokal(one["n"], one["m"]) for one in elections) == 282
    assert len(near_tranbjerg(elections)) == 85


def test_a_local_election_has_500_to_2500_voters_and_8_to_20_projects():
    assert er_lokal(500, 8)
    assert er_lokal(2500, 20)
    assert not any([er_lokal(499, 8), er_lokal(2501, 8), er_lokal(500, 7), er_lokal(500, 21)])


@pytest.mark.parametrize(("saet", "maal"), QUANTILES)
def test_the_committed_quantiles_are_those_of_the_handbook(table, saet, maal):
    own = table[(table["saet"] == saet) & (table["maal"] == maal)]
    found = dict(zip(own["fraktil"], own["vaerdi"], strict=True))

    for p, published in zip((10, 25, 50, 75, 90), QUANTILES[saet, maal], strict=True):
        assert published is None or float(found[p]) == pytest.approx(published, abs=0.0005001)
    assert midterste(table, maal, saet=saet) == found[50]


def test_the_committed_table_is_the_quantiles_of_the_elections(elections, table):
    made = fraktiltabel(elections)

    columns = ["saet", "maal", "valg", "fraktil"]
    assert made[columns].to_numpy().tolist() == table[columns].to_numpy().tolist()
    assert list(made["vaerdi"]) == pytest.approx([float(one) for one in table["vaerdi"]], abs=5.01e-7, rel=0)


def test_the_committed_table_is_whole(table):
    assert counts(table) == {"alle": {963}, "knapsack": {243}, "lokale": {282}, "lokale knapsack": {85}}
    for _, own in table.groupby(["saet", "maal"]):
        assert list(own["fraktil"]) == list(range(101))
        assert list(own["vaerdi"]) == sorted(own["vaerdi"])
    assert set(table["maal"]) == set(MAAL)


@pytest.mark.parametrize(("fil", "below", "without"), [(GROCHOW, 65, 64), (RUDA, 59, 58)])
def test_two_known_elections_stand_where_the_handbook_says(elections, fil, below, without):
    near = near_tranbjerg(elections)
    (own,) = [one for one in near if one["file"] == fil]

    assert own["g"]["excl"] == OWN[fil]
    assert percentil([one["g"]["excl"] for one in near], OWN[fil]) == (below, 85)
    # Beside the others it is not its own neighbour.
    others = fraktiltabel(elections, udelad=fil)
    assert counts(others) == {"alle": {962}, "knapsack": {242}, "lokale": {281}, "lokale knapsack": {84}}
    found = placering(decimal(others), measures(OWN[fil]), saet="lokale knapsack").iloc[0]
    assert (found["valg"], found["placering"]) == (84, rounded(D(without) / 84, 2))


def measures(excluded, others=0.5):
    return {"udelukket": excluded, "brugt": others, "eget": others, "gini": others}


def decimal(table):
    """Return a quantile table as its file keeps it: per cent with four decimals."""
    return table.assign(vaerdi=[rounded(D(repr(one)), 6) for one in table["vaerdi"]])


@pytest.mark.parametrize(("fil", "share"), [(GROCHOW, "0.76"), (RUDA, "0.69")])
def test_the_committed_table_places_two_known_elections(table, fil, share):
    placed = placering(table, measures(OWN[fil]), saet="lokale knapsack")

    assert list(placed["maal"]) == list(MAAL.values())
    found = placed.iloc[0]
    assert (found["placering"], found["valg"]) == (D(share), 85)  # 65 and 59 of 85.
    assert found["vaerdi"] == rounded(D(repr(OWN[fil])), 6)
    quantiles = [round(float(found[f"p{p}"]), 3) for p in (10, 25, 50, 75, 90)]
    assert quantiles == [0.029, 0.053, 0.109, 0.167, 0.232]


def small(values):
    """Return the quantile table of elections with these shares, all of them in all sets."""
    rows = [
        {"file": f"{number}.pb", "n": 900, "m": 10, "msc": True}
        | {"g": {"excl": value, "util": value, "share": value, "gini": value}}
        for number, value in enumerate(values)
    ]
    return decimal(fraktiltabel(rows))


@pytest.mark.parametrize(
    ("value", "share"),
    [(0.0, "0"), (0.0999, "0"), (0.1, "0.2"), (0.3, "0.6"), (0.3499, "0.6"), (0.5, "1"), (0.9, "1")],
)
def test_a_place_is_the_share_with_at_most_the_value(value, share):
    found = placering(small([0.5, 0.1, 0.3, 0.2, 0.4]), measures(value, value), saet="lokale knapsack")

    assert list(found["placering"]) == [D(share)] * 4
    assert list(found["valg"]) == [5] * 4


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=101), st.integers(0, 400))
def test_quantiles_of_up_to_101_elections_place_as_the_elections_themselves(values, value):
    shares = [one / 400 for one in values]
    below, number = percentil(shares, value / 400)

    found = placering(small(shares), measures(value / 400), saet="alle").iloc[0]

    assert found["placering"] == rounded(D(below) / number, 2)


def test_quantiles_of_many_elections_place_within_a_hundredth(elections):
    shares = [one["g"]["excl"] for one in elections]
    table = decimal(fraktiltabel(elections))
    for value in shares[::60]:
        below, number = percentil(shares, value)
        found = placering(table, measures(value), saet="alle").iloc[0]
        assert float(found["placering"]) == pytest.approx(below / number, abs=0.0151)


def test_quantiles_are_numbers_of_the_sorted_list():
    assert fraktiler([3, 1, 2])[::50] == [1, 2, 3]
    assert [fraktiler(range(11))[p] for p in (9, 10, 19, 20, 99, 100)] == [0, 1, 1, 2, 9, 10]
    assert fraktiler([7]) == [7] * 101


def test_a_percentile_counts_those_with_at_most_the_value():
    assert percentil([0.1, 0.2, 0.2, 0.3], 0.2) == (3, 4)
    assert percentil([0.1 + 0.2], 0.3) == (1, 1)  # 0.30000000000000004 is 0.3.
    with pytest.raises(ValueUseError, match="ingen valg at sammenligne med"):
        percentil([], 0.2)


def test_an_unknown_set_is_refused(table):
    with pytest.raises(ValueUseError, match=r"ikke sættet »lokal«\. Mente du »lokale«"):
        placering(table, measures(0.1), saet="lokal")


def test_measures_have_the_names_of_the_reference():
    found = Tilfredshed(vaelgere=4, uden=1, udelukket=0.25, projekter=1.0, andel_af_beloeb=0.4, gini=0.4375)

    assert raekke(found, D(80), D(100)) == {"udelukket": 0.25, "brugt": 0.8, "eget": 0.4, "gini": 0.4375}
    assert raekke(found, D(0), D(0))["brugt"] == 0
