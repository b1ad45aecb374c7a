"""`sample ledger` as a person meets it: files in a folder, and nobody's lost. All data is KONSTRUERET."""

import csv
from decimal import Decimal

import pytest
from builders import ROOT, run_cli

from budgetanalyser import dansk
from budgetanalyser.kilder.table import read

POSTINGS = "2026K3/KONSTRUERET-posteringer.csv"
KONTROL = "2026K3/KONSTRUERET-kontrol.csv"
NOEGLE = "KONSTRUERET-konteringsnoegle.csv"


def sample(small, *arguments):
    return run_cli("sample", "ledger", *arguments, cwd=small.root)


def contents(folder):
    """Return every file below a folder by name, hidden ones too."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_files_lie_in_data_raw_and_add_up_to_their_control_total(small):
    before = contents(small.root / "data/raw")
    done = sample(small, "--postings", "1.200")
    raw = small.root / "data/raw"
    rows = list(csv.DictReader((raw / POSTINGS).read_text(encoding="cp1252").splitlines(), delimiter=";"))
    kontrol = read(raw / KONTROL, KONTROL).data.iloc[0]

    assert (done.returncode, done.stderr) == (0, "")
    assert f"Skrev data/raw/{POSTINGS} med kildefil." in done.stdout
    assert len(rows) == kontrol["posteringer"] == 1_200
    assert sum((dansk.parse_beloeb(row["Beløb"]) for row in rows), Decimal(0)) == kontrol["kontroltotal_kr"]
    made = contents(raw)
    assert all("KONSTRUERET" in name for name in made)
    assert made.keys() == before.keys() | {
        name for line in done.stdout.splitlines() if line.startswith("Skrev ")
        for name in [line.removeprefix("Skrev data/raw/").removesuffix(" med kildefil.")]
        for name in (name, f"{name}.kilde.toml")
    }  # fmt: skip


def test_a_folder_can_be_named_and_five_thousand_are_the_examples_of_this_workspace(tmp_path):
    done = run_cli("sample", "ledger", "--postings", "5000", "et sted/æøå", cwd=tmp_path)
    made = contents(tmp_path / "et sted/æøå")

    assert (done.returncode, done.stderr) == (0, "")
    assert len(made) == 22
    assert all((ROOT / "data/raw" / name).read_bytes() == content for name, content in made.items())


def test_seed_and_period_are_heard_and_a_few_postings_are_enough_early_in_the_year(tmp_path):
    for folder, seed in (("a", 7), ("b", 7), ("c", 8)):
        arguments = ("--postings", "200", "--period", "2026-02", "--seed", seed, folder)
        assert run_cli("sample", "ledger", *arguments, cwd=tmp_path).returncode == 0

    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    early = "2026-02/KONSTRUERET-posteringer.csv"
    assert contents(tmp_path / "a")[early] != contents(tmp_path / "c")[early]


def test_its_own_files_are_written_anew_and_another_period_beside_them(small):
    assert sample(small, "--postings", "1000").returncode == 0
    (small.root / "data/raw" / NOEGLE).unlink()
    assert sample(small, "--postings", "1100").returncode == 0
    assert sample(small, "--postings", "1200", "--period", "2026K2").returncode == 0

    raw = small.root / "data/raw"
    assert (raw / POSTINGS).read_bytes().count(b"\n") == 1_101
    assert (raw / POSTINGS.replace("K3", "K2")).read_bytes().count(b"\n") == 1_201
    assert (raw / NOEGLE).is_file()


def test_nobody_elses_files_are_written_over_all_are_told_and_then_nothing_is_written(small):
    raw = small.root / "data/raw"
    period = raw / "2026K3"
    assert sample(small, "--postings", "600").returncode == 0

    def change(name, old, new):
        path = period / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    change("KONSTRUERET-kontrol.csv", ";600", ";601")
    change("KONSTRUERET-ledelse.csv", "sygefravær", "fravær")
    assert run_cli("kilde", "forny", "2026K3/KONSTRUERET-ledelse.csv", cwd=raw).returncode == 0
    change("KONSTRUERET-ledelse.csv.kilde.toml", "dato_hentet = 2026", "dato_hentet = 2027")  # On any other day.
    change("KONSTRUERET-sidste.csv.kilde.toml", '"Budgetanalyser"', '"Greve"')
    (period / "KONSTRUERET-ansoegninger.csv.kilde.toml").unlink()
    (period / "KONSTRUERET-likviditet.csv").unlink()
    (period / "KONSTRUERET-likviditet.csv").mkdir()
    before = contents(raw)
    done = sample(small, "--postings", "700")

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Ret følgende i data/raw, og kør igen:",
        "  - 2026K3/KONSTRUERET-kontrol.csv: er rettet, siden denne kommando skrev den",
        "  - 2026K3/KONSTRUERET-ledelse.csv: har en kildefil, som denne kommando ikke har skrevet",
        "  - 2026K3/KONSTRUERET-ansoegninger.csv: er ikke skrevet af denne kommando, for den har ingen kildefil",
        "  - 2026K3/KONSTRUERET-sidste.csv: har en kildefil, som denne kommando ikke har skrevet",
        "  - 2026K3/KONSTRUERET-likviditet.csv: er rettet, siden denne kommando skrev den",
        "  - intet er skrevet; flyt eller slet filerne og deres kildefiler, eller vælg en anden mappe",
    ]
    assert contents(raw) == before
    assert not list(raw.glob(".*"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--postings", "200"], "Eksemplet kan ikke laves: der skal være mindst"),
        (["--postings", "5000", "--period", "2026Q3"], "perioden skal være en af 2026-02, 2026K1, 2026K2, 2026K3"),
        (["--postings", "1.00"], "--postings skal være et helt tal fra 1, men er »1.00«."),
        (["--postings", "5000", "--seed", "-1"], "--seed skal være et helt tal fra 0, men er »-1«."),
        ([], "Der mangler: --postings."),
    ],
)
def test_what_cannot_be_made_is_misuse_and_leaves_nothing(tmp_path, arguments, said):
    done = run_cli("sample", "ledger", *arguments, "ny", cwd=tmp_path)

    assert done.returncode == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_it_must_stand_in_a_workspace(tmp_path):
    done = run_cli("sample", "ledger", "--postings", "5000", cwd=tmp_path)

    assert done.returncode == 2
    assert "ligger ikke i et arbejdsområde" in done.stderr
