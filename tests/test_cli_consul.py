"""From Consul's export to a table that an analysis can use, by the command line. All data is KONSTRUERET."""

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
