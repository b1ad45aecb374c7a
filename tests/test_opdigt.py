"""The invented elections are the same bytes everywhere, say that they are invented, and keep the rules they tell."""

import hashlib
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from budgetanalyser.deltagerbudget import opdigt
from budgetanalyser.deltagerbudget.optaelling import count
from budgetanalyser.deltagerbudget.pabulib import read_pabulib

RAW = Path(__file__).parents[1] / "data/raw"
YEARS = [one.aar for one in opdigt.RUNDER]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return the files as written now, by name."""
    paths = opdigt.skriv(tmp_path_factory.mktemp("opdigt"))
    return {path.name: path.read_bytes() for path in paths}


def test_the_committed_files_are_what_is_written(written):
    assert len(written) >= 9
    for name, content in written.items():
        assert (RAW / name).read_bytes() == content, f"{name}: python -m budgetanalyser.deltagerbudget.opdigt data/raw"


@pytest.mark.parametrize("seed", ["1", "4242"])
def test_no_order_of_hashes_changes_a_byte(written, tmp_path, seed):
    command = [sys.executable, "-m", opdigt.__name__, str(tmp_path)]
    subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, timeout=120)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == written


def test_every_file_and_sidecar_says_that_it_is_invented(written):
    for name, content in written.items():
        side = tomllib.loads((RAW / f"{name}.kilde.toml").read_text(encoding="utf-8"))
        assert name.startswith("KONSTRUERET-")
        assert side["titel"].startswith("KONSTRUERET")
        assert side["konstrueret"] is True
        assert side["sha256"] == hashlib.sha256(content).hexdigest()
        if not name.endswith(".csv"):  # A table has no place for words of its own.
            assert "KONSTRUERET" in content.decode()


@pytest.mark.parametrize("aar", YEARS)
def test_the_file_of_ballots_reads_back_as_the_election_that_was_made(aar):
    made = opdigt.valg(aar)
    found = read_pabulib(RAW / f"KONSTRUERET-deltagerbudget-{aar}.pb")

    assert found.n_voters == opdigt.runde(aar).vaelgere == made.n_voters
    assert (found.ballots != made.ballots).nnz == 0
    assert (found.budget, found.most_kr, found.ballot_type) == (made.budget, made.budget, "knapsack")
    assert count(found).winners == count(made).winners


@pytest.mark.parametrize("aar", YEARS)
def test_ballots_keep_the_limit_and_nobody_is_under_fifteen(aar):
    election = opdigt.valg(aar)
    prices = [int(one) for one in election.projects["pris_kr"]]
    sums = election.ballots.astype(int) @ prices

    assert sums.min() > 0
    assert sums.max() <= opdigt.runde(aar).beloeb
    assert election.ballots.sum(axis=1).max() <= 5
    ages = election.voters["alder"]
    assert (ages.min(), ages.max()) == (15, 89)


@pytest.mark.parametrize("aar", YEARS)
def test_the_people_add_up_and_no_cell_has_more_voters_than_people(aar):
    people, voters = opdigt.befolkning(aar), opdigt.valg(aar).voters

    assert people["antal"].sum() == opdigt.runde(aar).befolkning
    groups = [opdigt.aldersgruppe(age, opdigt.GRAENSER) for age in voters["alder"]]
    words = voters["koen"].map(opdigt.KOEN_ORD)
    voted = voters.assign(koen=words, aldersgruppe=groups).groupby(["omraade", "koen", "aldersgruppe"]).size()
    could = people.set_index(["omraade", "koen", "aldersgruppe"])["antal"]
    assert set(voted.index) <= set(could.index)
    assert (voted <= could.loc[voted.index]).all()


@pytest.mark.parametrize("aar", YEARS)
def test_the_published_result_is_by_most_votes_with_skips(aar):
    left, won = opdigt.runde(aar).beloeb, []
    table = opdigt.resultat(aar)
    for row in sorted(table.to_dict("records"), key=lambda one: -one["stemmer"]):
        if row["pris_kr"] <= left:
            left -= row["pris_kr"]
            won.append(row["projekt"])

    assert set(table.loc[table["valgt"] == 1, "projekt"]) == set(won)
    assert 0 < len(won) < len(table)
    assert table["stemmer"].is_unique  # So no rule for ties decides.


def test_the_map_has_the_areas_of_the_projects_and_closes_each(written):
    whole = json.loads(written["KONSTRUERET-deltagerbudget-omraader.geojson"])
    areas = {one["properties"]["navn"]: one["geometry"]["coordinates"][0] for one in whole["features"]}

    assert set(areas) == set(opdigt.OMRAADER)
    assert all(ring[0] == ring[-1] for ring in areas.values())
    for aar in YEARS:
        assert {area for area in opdigt.valg(aar).projects["omraade"] if area} <= set(areas)
