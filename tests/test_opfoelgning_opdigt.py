"""The invented municipality: its totals are known before its postings are written."""

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from budgetanalyser import dansk
from budgetanalyser.kilder.table import read
from budgetanalyser.opfoelgning import opdigt

ROOT = Path(__file__).parents[1]


def postings(folder, periode="2026K3"):
    text = (folder / periode / "KONSTRUERET-posteringer.csv").read_bytes().decode("cp1252")
    return list(csv.DictReader(text.splitlines(), delimiter=";"))


def test_the_postings_add_up_to_what_was_drawn_and_to_the_control_total(tmp_path):
    opdigt.write(tmp_path, 2_000)
    rows = postings(tmp_path)
    kontrol = read(tmp_path / "2026K3" / "KONSTRUERET-kontrol.csv").data.iloc[0]
    drawn = opdigt.eksempel()
    by_month = defaultdict(Decimal)
    for row in rows:
        if row["Posteringstype"] == "NOR":
            by_month[row["Funktion"], int(row["Bogføringsdato"][3:5])] += dansk.parse_beloeb(row["Beløb"])

    assert len(rows) == kontrol["posteringer"] == 2_000
    assert sum(dansk.parse_beloeb(row["Beløb"]) for row in rows) == kontrol["kontroltotal_kr"]
    assert by_month["76890", 4] == Decimal(drawn.forbrug["Skatter", 4]) / 100
    assert sum(by_month.values()) == drawn.total()


def test_the_bytes_depend_on_postings_and_seed_alone(tmp_path):
    first, again, other = (tmp_path / name for name in ("a", "b", "c"))
    for folder, seed in ((first, 1), (again, 1), (other, 2)):
        opdigt.write(folder, 1_500, seed)

    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert all((first / one).read_bytes() == (again / one).read_bytes() for one in files)
    assert postings(first) != postings(other)


def test_the_files_of_this_workspace_are_the_generators(tmp_path):
    opdigt.write(tmp_path, 5_000)

    for path in (one for one in tmp_path.rglob("*") if one.is_file()):
        name = path.relative_to(tmp_path)
        assert path.read_bytes() == (ROOT / "data/raw" / name).read_bytes(), name


def test_every_table_is_read_as_its_sidecar_says(tmp_path):
    written = opdigt.write(tmp_path, 1_500, periode="2026K2")
    tables = [read(path) for path in written if not path.name.endswith("-posteringer.csv")]

    assert len(tables) == 10
    assert all(one.kilde.konstrueret for one in tables)
    assert {row["Bogføringsdato"][3:5] for row in postings(tmp_path, "2026K2")} <= {
        f"{m:02d}" for m in (*range(1, 7), 12)
    }


@pytest.mark.parametrize(("postings_", "periode", "said"), [(10, "2026K3", "mindst"), (5_000, "2026K9", "2026K1")])
def test_what_cannot_be_drawn_is_refused(tmp_path, postings_, periode, said):
    with pytest.raises(ValueError, match=said):
        opdigt.write(tmp_path, postings_, periode=periode)

    assert list(tmp_path.rglob("*")) == []
