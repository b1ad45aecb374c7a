"""`kilde posteringer` as an economist meets it: does the export add up, and what is wrong. All is KONSTRUERET."""

import re
from decimal import Decimal

import polars as pl
import pytest
from builders import ROOT, run_cli

EXAMPLE = "2026K3/KONSTRUERET-posteringer.csv"
HEADER = "Bilagsnr;Bogføringsdato;Funktion;Dranst;Beløb\n"
GOOD = "1001;05-01-2026;64551;1;1.250,50\n1002;06-01-2026;03231;1;-250,50\n"


def put(small, text, name="udtraek.csv"):
    path = small.root / "data/raw" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def posteringer(small, *arguments):
    return run_cli("kilde", "posteringer", *arguments, cwd=small.root)


def told(done):
    """Return the numbers of a reading by their label."""
    return dict(re.findall(r"(?m)^  (\S.*?)  +(.+)$", done.stdout))


def processed(small):
    folder = small.root / "data/processed"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def example(small):
    path = small.root / "data/raw" / EXAMPLE
    path.parent.mkdir()
    path.write_bytes((ROOT / "data/raw" / EXAMPLE).read_bytes())
    return small


def test_a_ledger_that_adds_up_is_told_in_few_lines_and_becomes_parquet(example):
    done = posteringer(example, f"data/raw/{EXAMPLE}", "--kontroltotal", "-204.837.958,56", "--parquet")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"{EXAMPLE}\n"
        "  Rækker læst                   5.000\n"
        "  Rækker godkendt               5.000\n"
        "  Rækker afvist                     0\n"
        "  Total           −204.837.958,56 kr.\n"
        "  Kontroltotal    −204.837.958,56 kr.\n"
        "  Forskel                    0,00 kr.\n"
        "Ingen rækker er ens.\n"
        "Skrev posteringerne som Parquet i data/processed/2026K3/KONSTRUERET-posteringer/.\n"
        "✓ Posteringerne stemmer.\n"
    )
    rows = pl.read_parquet(example.root / "data/processed/2026K3/KONSTRUERET-posteringer/**/*.parquet")
    assert rows.height == 5_000
    assert sum(rows["beloeb_kr"], Decimal(0)) == Decimal("-204837958.56")
    assert "03231" in rows["funktion"].to_list()


def test_one_oere_is_refused_with_the_difference_and_the_last_good_parquet_stays(example):
    assert posteringer(example, EXAMPLE, "--kontroltotal", "204.837.958,56-", "--parquet").returncode == 0
    before = processed(example)
    done = posteringer(example, EXAMPLE, "--kontroltotal", "−204.837.958,55", "--parquet")

    assert done.returncode == 1
    assert told(done)["Forskel"] == "−0,01 kr."
    assert "stemmer" not in done.stdout
    assert f"Ret følgende i {EXAMPLE}, og kør igen" in done.stderr
    assert "forskellen er −0,01 kr." in done.stderr
    assert "Der er ikke skrevet Parquet" in done.stderr
    assert processed(example) == before != []


def test_rejected_rows_are_told_with_their_line_and_lie_in_a_file_until_they_are_mended(small):
    bad = "1003;31-02-2026;64551;1;1,00\n1004;07-01-2026;64551;1;1.23,4x\n1005;07-01-2026;64551;1;=1+1;5,00\n"
    put(small, HEADER + GOOD + bad, "2026K3/udtraek.csv")
    done = posteringer(small, "2026K3/udtraek.csv")
    lines = (small.root / "data/processed/2026K3/udtraek.csv.afviste.csv").read_text(encoding="utf-8-sig").splitlines()

    assert done.returncode == 1
    assert [told(done)[f"Rækker {what}"] for what in ("læst", "godkendt", "afvist")] == ["5", "2", "3"]
    assert "Skrev de afviste rækker i data/processed/2026K3/udtraek.csv.afviste.csv." in done.stdout
    for line in (4, 5, 6):
        assert f"  - linje {line}: rækken er afvist: " in done.stderr
    assert [line.split(";")[0] for line in lines] == ["linje", "4", "5", "6"]

    put(small, HEADER + GOOD, "2026K3/udtraek.csv")
    assert posteringer(small, "2026K3/udtraek.csv").returncode == 0
    assert processed(small) == []


def test_the_files_own_total_is_held_against_it_and_one_that_is_given_comes_first(small):
    put(small, HEADER + GOOD + "I alt;;;;1.000,00\n")
    own = posteringer(small, "udtraek.csv")
    given = posteringer(small, "udtraek.csv", "--kontroltotal", "1.000,01")

    assert own.returncode == 0
    assert "Kontroltotalen er filens egen." in own.stdout
    assert "✓ Posteringerne stemmer." in own.stdout
    assert given.returncode == 1
    assert "kontroltotalen er 1.000,01 kr." in given.stderr


def test_without_a_control_total_nothing_is_said_to_add_up(small):
    put(small, HEADER + GOOD)
    done = posteringer(small, "udtraek.csv")

    assert done.returncode == 0
    assert told(done)["Kontroltotal"] == told(done)["Forskel"] == "ikke oplyst"
    assert "Der er ingen kontroltotal." in done.stdout
    assert "stemmer" not in done.stdout


def test_rows_that_are_alike_are_told_and_counted(small):
    put(small, HEADER + GOOD + GOOD + "1003;07-01-2026;64551;1;7,00\n")
    done = posteringer(small, "udtraek.csv", "--kontroltotal", "2007")

    assert done.returncode == 0
    assert "2 rækker står flere gange med alle felter ens." in done.stdout
    assert "  linje 2, 4: 1.250,50 kr.\n  linje 3, 5: −250,50 kr.\n" in done.stdout

    put(small, HEADER + 7 * GOOD + "".join(2 * f"{n};07-01-2026;64551;1;7,00\n" for n in range(11)))
    many = posteringer(small, "udtraek.csv").stdout
    assert "  linje 2, 4, 6, 8, 10 …: 1.250,50 kr.\n" in many
    assert "  og 3 til\n" in many


def test_a_layout_is_a_known_one_or_ones_own_file(small):
    put(small, "Bilag;Dag;Konto;Kroner\n1001;05-01-2026;64551;12,50\n")
    layout = 'titel = "Eget"\n' + "".join(
        f'[kolonner.{name}]\nnavne = ["{header}"]\nkraevet = true\n'
        for name, header in (("bilagsnr", "Bilag"), ("dato", "Dag"), ("funktion", "Konto"), ("beloeb", "Kroner"))
    )
    (small.root / "data/raw/eget.toml").write_text(layout, encoding="utf-8")

    for written in ("eget.toml", "data/raw/eget.toml", str(small.root / "data/raw/eget.toml")):
        done = posteringer(small, "udtraek.csv", "--layout", written)
        assert done.returncode == 0, done.stderr
        assert "12,50 kr." in done.stdout
    unknown = posteringer(small, "udtraek.csv", "--layout", "opuss")
    assert unknown.returncode == 1
    assert "Mente du »opus«?" in unknown.stderr


def test_a_parquet_folder_with_anything_else_in_it_is_left_alone(small):
    put(small, HEADER + GOOD, "2026K3.csv")
    other = small.root / "data/processed/2026K3/andet.csv"
    other.parent.mkdir(parents=True)
    other.write_text("x", encoding="utf-8")
    done = posteringer(small, "2026K3.csv", "--parquet")

    assert done.returncode == 1
    assert "Ret følgende i data/processed/2026K3" in done.stderr
    assert "her ligger andet end posteringer" in done.stderr
    assert processed(small) == ["2026K3/andet.csv"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["borte.csv"], 1, "filen findes ikke"),
        (["../x.csv"], 2, "fører ud af data/raw/"),
        (["udtraek.csv", "--layout", "../x.toml"], 2, "fører ud af data/raw/"),
        (
            ["udtraek.csv", "--kontroltotal", "1.23,4x"],
            2,
            "--kontroltotal skal være et beløb i kroner som 1.234.567,89",
        ),
        (["udtraek.csv", "--kontroltotal", "(5,00)"], 2, "--kontroltotal skal være et beløb i kroner"),
        (["udtraek.csv", "--kontroltotal"], 2, "Efter --kontroltotal skal der stå en værdi."),
        ([], 2, "Der mangler: FIL."),
    ],
)
def test_what_cannot_be_read_is_told_in_danish(small, arguments, code, said):
    put(small, HEADER + GOOD)
    done = posteringer(small, *arguments)

    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert processed(small) == []
