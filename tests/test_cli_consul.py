"""From Consul's export to a table that an analysis can use, by the command line. All data is KONSTRUERET."""

import pytest
from builders import run_cli

HEADER = (
    "ID,Titel,Støtte,Administrator,Evaluator,Evalueringsgruppe,Område,Gennemførlighed,"
    "Vurdering færdiggjort,Valgt,Vis til evaluator,Brugernavn,Beskrivelse\n"
)
EXPORT = f"""\
{HEADER}\
7,"Bænke; langs søen",41,Anna Hemmelig,-,-,Nordby,Kan gennemføres (35.000 kr.),Ja,Ja,Nej,Bo Skjult,"Ring til Bo, tak"
9,Parkour,88,Anna Hemmelig,-,-,Nordby,"Kan gennemføres (DKK60,000)",Ja,Ja,Nej,Bo Skjult,Spring
11,Tårn,3,Anna Hemmelig,-,-,Nordby,Kan ikke gennemføres,Ja,Nej,Nej,Bo Skjult,Højt
"""
RESULT = """\
Titel på forslag;Stemmer;Pris
Parkour;120;60.000 kr.
Bænke; langs søen;80;35.000 kr.
""".replace("Bænke; langs søen", '"Bænke; langs søen"')


def put(small, folder="data/fortroligt/consul"):
    place = small.root / folder
    place.mkdir(parents=True)
    (place / "eksport.csv").write_text(EXPORT, encoding="utf-8")
    (place / "resultat.csv").write_text(RESULT, encoding="utf-8")
    return place


def test_the_export_becomes_a_table_without_names_that_kilde_add_can_describe(small):
    put(small)

    done = run_cli("kilde", "consul", "consul", "vinder.csv", "--beloeb", "80.000", cwd=small.root)

    assert done.returncode == 0, done.stderr
    text = (small.root / "data/raw/vinder.csv").read_text(encoding="utf-8")
    assert text.splitlines() == [
        "projekt;navn;pris_kr;stemmer;valgt;omraade",
        '7;"Bænke; langs søen";35000;80;;Nordby',
        "9;Parkour;60000;120;;Nordby",
    ]
    assert "indsendt: 3" in done.stdout
    assert not {"Hemmelig", "Skjult"} & set((text + done.stdout + done.stderr).replace(",", " ").split())


def test_the_table_says_who_won_and_hides_no_formula(small):
    place = put(small)
    (place / "eksport.csv").write_text(EXPORT.replace("Parkour", "=1+1"), encoding="utf-8")
    rows = RESULT.replace("Parkour", "Accepterede forslag;;\n=1+1").replace('"Bænke', 'Kasserede forslag;;\n"Bænke')
    (place / "resultat.csv").write_text(rows, encoding="utf-8")

    done = run_cli("kilde", "consul", "consul", "vinder.csv", "--beloeb", "80.000", cwd=small.root)

    assert done.returncode == 0, done.stderr
    assert (small.root / "data/raw/vinder.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        '7;"Bænke; langs søen";35000;80;0;Nordby',
        "9;'=1+1;60000;120;1;Nordby",
    ]


@pytest.mark.parametrize("name", ["data/fortroligt/consul", "data/fortroligt/consul/", "./data/fortroligt/consul"])
def test_the_folder_may_be_written_as_tab_completion_gives_it(small, name):
    put(small)

    done = run_cli("kilde", "consul", name, "data/raw/vinder.csv", "--beloeb", "80.000", cwd=small.root)

    assert done.returncode == 0, done.stderr
    assert (small.root / "data/raw/vinder.csv").exists()


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_folder_name_is_refused(small, name):
    done = run_cli("kilde", "consul", name, "vinder.csv", cwd=small.root)

    assert done.returncode == 1
    assert "navnet er tomt" in done.stderr


@pytest.mark.parametrize(
    "name", ["", ".csv", "vinder", "vinder.xlsx", "vin\tder.csv", "vin\nder.csv", "vin\x1bder.csv"]
)
def test_a_table_with_another_name_than_a_csv_is_refused(small, name):
    put(small)
    before = sorted((small.root / "data").rglob("*"))

    done = run_cli("kilde", "consul", "consul", name, "--beloeb", "80.000", cwd=small.root)

    assert done.returncode == 2
    assert "skal ende på .csv" in done.stderr
    assert sorted((small.root / "data").rglob("*")) == before


def test_a_folder_that_is_not_consuls_is_refused_without_its_file_names(small, tmp_path_factory):
    place = tmp_path_factory.mktemp("andet")
    (place / "Anna Hemmelig 010190-1234.txt").write_text("Kære Bo Skjult", encoding="utf-8")

    done = run_cli("kilde", "consul", str(place), "vinder.csv", "--beloeb", "80.000", cwd=small.root)

    assert done.returncode == 1
    assert "mappen rummer 1 fil, og der er ingen eksport" in done.stderr
    assert not [word for word in ("Hemmelig", "Skjult", "010190") if word in done.stderr + done.stdout]


def test_an_existing_table_is_never_overwritten(small):
    put(small)
    small.raw("projekt;navn\n", name="vinder.csv")

    done = run_cli("kilde", "consul", "consul", "vinder.csv", "--beloeb", "80.000", cwd=small.root)

    assert done.returncode == 1
    assert "bliver ikke overskrevet" in done.stderr
    assert (small.root / "data/raw/vinder.csv").read_text(encoding="utf-8") == "projekt;navn\n"


def test_an_export_in_the_open_part_of_the_workspace_is_refused(small):
    place = put(small, "data/raw/consul")

    done = run_cli("kilde", "consul", str(place), "vinder.csv", "--beloeb", "80.000", cwd=small.root)

    assert done.returncode == 1
    assert "data/fortroligt/" in done.stderr
    assert not (small.root / "data/raw/vinder.csv").exists()
