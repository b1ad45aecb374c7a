"""One analysis file, several reports: their names, the values a name stands for, and real runs of them. KONSTRUERET."""

import json

import pytest
from builders import RAW, RAW_NAME, TOML, Small, code, run_cli, small_notebook

from budgetanalyser.engine.expansion import planned, slug
from budgetanalyser.engine.precheck import check
from budgetanalyser.errors import AnalysisError, WorkspaceError
from budgetanalyser.workspace import Workspace

FILE = "2026/KONSTRUERET-opfoelgning"
PARAMETERS = """\
from decimal import Decimal
from typing import Literal

from budgetanalyser import Aar, Fortroligfil, Kildefil, Kommunekode, Periode

analyse: str = "2026/KONSTRUERET-opfoelgning"  # rapportens navn
periode: Periode = "2025K4"  # perioden
udvalg: str = "Hele kommunen"  # udvalget
posterfil: Kildefil = ""  # posteringerne
navn: str = "Budgetopfølgning"  # hvad den hedder
aar: Aar = 2026  # året
graense: Decimal = Decimal("1000")  # grænsen
art: Literal["drift", "anlæg"] = "drift"  # arten
sted: Kommunekode = "0253"  # stedet
personer: Fortroligfil = ""  # fortrolige
"""
PLAIN = PARAMETERS.replace('periode: Periode = "2025K4"  # perioden\n', "")
TEXT = """\
notebook = "opfoelgning"
titel = "{navn}: {udvalg}"
serie = "Budgetopfølgning {periode}"
om = "Til {udvalg}."
dato = 2026-10-20
kommune = "0253"
[parametre]
periode = "2026K3"
posterfil = "{periode}/KONSTRUERET-poster.csv"
[udfold]
parameter = "udvalg"
vaerdier = [
  "Hele kommunen",
  "Børne- og Familieudvalget", # med bindestreg, og komma
  "Økonomiudvalget",
]
"""
REPORTS = [f"{FILE}/2026K3/{end}" for end in ("hele-kommunen", "boerne-og-familieudvalget", "oekonomiudvalget")]


@pytest.fixture
def three(small: Small) -> Small:
    """A workspace with a file of three reports, their source in a folder of the period, and a plain analysis."""
    (small.root / "analyses/2026").mkdir()
    for period in ("2026K3", "2026K4"):
        (small.root / "data/raw" / period).mkdir()
    small.raw(name=f"2026K3/{RAW_NAME}")
    small.toml(TEXT, FILE)
    cells(small)
    return small


def cells(small, *more, parameters=PARAMETERS):
    table = 'poster = kilde(posterfil)\ntabel(poster.data, f"Poster for {udvalg}", kilde=poster)'
    text = code("tekst", "%%tekst\n## Om rapporten\n\n{{ udvalg }} i {{ periode }}.")
    small.notebook(small_notebook(text, code("tabel", table), *more, parameters=parameters), "opfoelgning")


def names(small, *given, **named):
    return [report.name for report in planned(Workspace(small.root), given, **named)]


def checked(small, name=FILE):
    return check(Workspace(small.root), name, taken=frozenset())


def told(small, text, parameters=PARAMETERS, name=FILE):
    small.toml(text, FILE)
    cells(small, parameters=parameters)
    with pytest.raises(AnalysisError) as caught:
        checked(small, name)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("Børne- og Familieudvalget", "boerne-og-familieudvalget"),
        ("  ÅBEN  Å/Æ, nr. 2 ", "aaben-aa-ae-nr-2"),
        ("A\u030aben", "aaben"),  # An å in two signs, as a Mac writes it.
        ("Café Müller & Søn", "cafe-muller-soen"),
        ("../..", ""),
        ("0253", "0253"),
    ],
)
def test_a_value_is_named_in_small_ascii_letters(value, named):
    assert slug(value) == named


def test_each_value_is_a_report_named_by_file_period_and_value(three):
    assert names(three) == ["2024/lille", *REPORTS]
    assert names(three, FILE) == REPORTS
    assert names(three, REPORTS[2], REPORTS[2], FILE) == [REPORTS[2], *REPORTS[:2]]


def test_the_name_alone_tells_the_values(three):
    three.raw(name=f"2026K4/{RAW_NAME}")
    report = checked(three, f"{FILE}/2026K4/oekonomiudvalget")

    assert report.parameters["periode"] == "2026K4"
    assert report.parameters["udvalg"] == "Økonomiudvalget"
    assert report.parameters["posterfil"] == "2026K4/KONSTRUERET-poster.csv"
    assert report.parameters["analyse"] == report.name
    assert report.analysis.titel == "Budgetopfølgning: Økonomiudvalget"
    assert report.analysis.serie == "Budgetopfølgning 2026K4"
    assert report.analysis.om == "Til Økonomiudvalget."


def test_without_a_period_the_value_follows_the_file_and_without_both_nothing_does(three):
    text = TEXT.replace('periode = "2026K3"\n', "").replace("{periode}", "2026K3")
    three.toml(text, FILE)
    cells(three, parameters=PLAIN)
    assert names(three, FILE)[0] == f"{FILE}/hele-kommunen"

    three.toml(text.split("[udfold]")[0], FILE)
    assert names(three, FILE) == [FILE]
    assert checked(three).name == FILE


def test_with_a_period_alone_the_period_follows_the_file(three):
    three.toml(TEXT.split("[udfold]")[0], FILE)
    assert names(three, FILE) == [f"{FILE}/2026K3"]

    three.toml(TEXT.split("[udfold]")[0].replace('periode = "2026K3"\n', ""), FILE)
    assert names(three, FILE) == [f"{FILE}/2025K4"]  # The notebook's own.
    assert names(three, f"{FILE}/2026-09") == [f"{FILE}/2026-09"]


def test_a_date_in_the_file_is_the_period_of_that_day(three):
    three.toml(TEXT.replace('"2026K3"', "2026-09-30"), FILE)

    assert names(three, FILE)[0] == f"{FILE}/2026-09-30/hele-kommunen"


def test_a_period_is_set_for_the_files_that_have_one_and_no_others(three):
    assert names(three, period="2026-09") == [one.replace("2026K3", "2026-09") for one in REPORTS]
    assert names(three, FILE, period="2026K4")[0] == f"{FILE}/2026K4/hele-kommunen"
    with pytest.raises(AnalysisError, match="har ingen parameter af typen Periode"):
        names(three, "2024/lille", period="2026K4")
    with pytest.raises(WorkspaceError, match="siger perioden 2026K3, men --period siger 2026K4"):
        names(three, REPORTS[0], period="2026K4")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (f"{FILE}/2026K3/oekonomiudvalg", f"Mente du »{REPORTS[2]}«"),
        (f"{FILE}/2026K4/okonomiudvalget", f"Mente du »{FILE}/2026K4/oekonomiudvalget«"),
        (f"{FILE}/2026Q3/hele-kommunen", f"Mente du »{REPORTS[0]}«"),
        (f"{FILE}/2026-02-31/hele-kommunen", "har ingen rapport"),
        (f"{FILE}/2026K3", "har ingen rapport"),
        (f"{FILE}/2026K3/hele-kommunen/x", "findes ikke under analyses/"),
        (f"{FILE}/../x", "fører ud af analyses/"),
        ("2024/lille/2026K3", "har ingen rapport"),
    ],
)
def test_a_name_that_is_no_report_gets_the_nearest(three, name, said):
    with pytest.raises(WorkspaceError, match=said):
        names(three, name)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"Økonomiudvalget"', '"Hele  Kommunen"', "linje 15, udfold.vaerdier: »Hele  Kommunen« og »Hele kommunen«"),
        ('"Økonomiudvalget"', '"Hele kommunen"', "linje 15, udfold.vaerdier: »Hele kommunen« står to gange"),
        ('"Økonomiudvalget"', '"–"', "linje 15, udfold.vaerdier: »–« har hverken bogstaver eller tal"),
        ('"Økonomiudvalget"', "7", "linje 15, udfold.vaerdier: skal være tekst i anførselstegn, men er 7"),
        ('"Økonomiudvalget"', f'"{"x" * 101}"', "linje 15, udfold.vaerdier: »xxx"),
        ('parameter = "udvalg"', 'parametre = "udvalg"', "linje 11, udfold.parametre: »parametre« hører til øverst"),
        ('parameter = "udvalg"', 'parametr = "udvalg"', "linje 11, udfold.parametr: »parametr« kendes ikke. Mente"),
        ('parameter = "udvalg"\n', "", "linje 10, udfold: »parameter« mangler"),
        ('parameter = "udvalg"', 'parameter = "udval"', "linje 11, udfold.parameter: parameteren »udval« kendes ikke"),
        ('parameter = "udvalg"', 'parameter = "analyse"', "linje 11, udfold.parameter: »analyse« sættes af programmet"),
        ('parameter = "udvalg"', 'parameter = "periode"', "linje 11, udfold.parameter: »periode« er rapportens per"),
        ('parameter = "udvalg"', 'parameter = "graense"', "linje 11, udfold.parameter: »graense« har typen Decimal"),
        ('parameter = "udvalg"', 'parameter = "personer"', "»personer« har typen Fortroligfil"),
        ('parameter = "udvalg"', 'parameter = "art"', "linje 13, udfold.vaerdier: skal være »drift« eller »anlæg«"),
        ("[udfold]", 'udvalg = "x"\n[udfold]', "linje 10, parametre.udvalg: »udvalg« sættes under [udfold]"),
        ("[udfold]", "[[udfold]]", "udfold: skal være en tabel"),
        ('"2026K3"', '"2026Q3"', "linje 8, parametre.periode: skal være en periode i anførselstegn"),
        ('"2026K3"', '"2026-13"', "linje 8, parametre.periode: er »2026-13«, og den dag eller måned findes ikke"),
        ('"2026K3"', "2026-09-30T12:00:00", "linje 8, parametre.periode: skal være en periode"),
        ("{navn}", "{nvn}", "linje 2, titel: pladsholderen {nvn} kendes ikke af notebooken. Mente du »navn«?"),
        ("Til {udvalg}.", "{graense}", "linje 4, om: pladsholderen {graense} har typen Decimal"),
        ("Til {udvalg}.", "{personer}", "linje 4, om: pladsholderen {personer} har typen Fortroligfil"),
        ('"{periode}/K', '"{perode}/K', "linje 9, parametre.posterfil: pladsholderen {perode} kendes ikke"),
        ('"{periode}/K', '"../{periode}/K', "linje 9, parametre.posterfil: »../2026K3/KONSTRUERET-poster.csv« fører"),
        ("[udfold]", 'navn = "{udvalg}"\naar = "{navn}"\n[udfold]', "linje 11, parametre.aar: skal være et årstal"),
        ('"{periode}/K', '"{navn}/K', "linje 9, parametre.posterfil: »Budgetopfølgning/KONSTRUERET-poster.csv« fi"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(three, old, new, said):
    assert old in TEXT

    assert any(fault.startswith(said) or said in fault for fault in told(three, TEXT.replace(old, new)))


def test_an_empty_list_and_a_placeholder_of_a_placeholder_are_told(three):
    text = TEXT[: TEXT.index("vaerdier")] + "vaerdier = []\n"
    assert told(three, text) == ["linje 12, udfold.vaerdier: her skal stå mindst én værdi"]

    text = TEXT.replace("[udfold]", 'navn = "{udvalg}"\n[udfold]').replace('"{periode}/K', '"{navn}/K')
    assert told(three, text) == [
        "linje 9, parametre.posterfil: pladsholderen {navn} er selv skrevet med en pladsholder; skriv dens værdi ud her"
    ]


def test_a_title_that_its_placeholder_leaves_empty_is_told(three):
    text = TEXT.replace("{navn}: {udvalg}", "{navn}").replace("[udfold]", 'navn = " "\n[udfold]')

    assert told(three, text) == ["linje 2, titel: er tom, når pladsholderne er fyldt ud"]


def test_all_that_is_wrong_is_told_at_once_and_once(three):
    text = TEXT.replace("{navn}", "{nvn}").replace("om =", "omm =").replace('"Hele kommunen"', '"!"')
    three.toml(text.replace('serie = "Budgetopfølgning {periode}"\n', ""), FILE)
    done = run_cli("check", FILE, cwd=three.root)

    assert done.stderr.count("✗") == 1
    for said in ("»serie« mangler", "{nvn}", "»omm« kendes ikke", "»!« har hverken"):
        assert done.stderr.count(said) == 1
    assert "mangler (" not in done.stderr


def test_braces_that_are_no_placeholder_stand(three):
    braces = "{ x } {1} {} {{ udvalg }} {{udvalg}} } {"
    three.toml(TEXT.replace("{navn}: {udvalg}", braces).replace("[udfold]", f'navn = "{braces}"\n[udfold]'), FILE)

    assert checked(three).analysis.titel == braces
    assert checked(three).parameters["navn"] == braces


def test_a_value_that_looks_like_a_placeholder_is_not_read_again(three):
    three.toml(TEXT.replace('"Hele kommunen"', '"{navn} x"'), FILE)

    assert checked(three).analysis.titel == "Budgetopfølgning: {navn} x"


def test_numbers_codes_and_choices_can_be_unfolded_and_put_into_texts(three):
    begin = TEXT[: TEXT.index("[udfold]")].replace("{udvalg}", "{aar} {art} {sted}")
    for name, values, end in (
        ("aar", "[2025, 2026]", "2025"),
        ("art", '["anlæg"]', "anlaeg"),
        ("sted", '["0751"]', "0751"),
    ):
        three.toml(f'{begin}[udfold]\nparameter = "{name}"\nvaerdier = {values}\n', FILE)
        report = checked(three)
        assert report.name == f"{FILE}/2026K3/{end}"
        assert str(report.parameters[name]) in report.analysis.titel


def test_two_files_cannot_name_the_same_report(three):
    (three.root / f"analyses/{FILE}/2026K3").mkdir(parents=True)
    three.toml(TOML, REPORTS[1])

    with pytest.raises(AnalysisError, match=f"linje 10, udfold: rapporten »{REPORTS[1]}« ville hedde som dem fra"):
        checked(three)
    assert names(three, REPORTS[1]) == [REPORTS[1]]


def test_a_missing_source_is_told_once_and_says_which_folder(three):
    done = run_cli("run", "--period", "2027K1", "--json", cwd=three.root)
    (outcome,) = json.loads(done.stdout)["rapporter"]

    assert done.returncode == 1
    assert outcome["analyse"] == FILE
    assert outcome["fejl"].count("findes ikke") == 1
    assert "mappen »2027K1« er der ikke; opret den" in outcome["fejl"]

    assert (
        "»2026K4/KONSTRUERET-poster.csv« findes ikke" in run_cli("check", "--period", "2026K4", cwd=three.root).stderr
    )


def test_one_report_without_its_source_does_not_stop_the_others(three):
    three.toml(TEXT.replace("{periode}/KONSTRUERET", "{periode}/KONSTRUERET-{udvalg}"), FILE)
    three.raw(name="2026K3/KONSTRUERET-Økonomiudvalget-poster.csv")
    done = run_cli("check", FILE, cwd=three.root)

    assert done.stdout == f"✓ {REPORTS[2]}: ingen fejl\n"
    assert done.stderr.count("✗") == 2
    assert "2 af 3 fejlede" in done.stderr


def test_list_shows_every_report_and_a_file_it_cannot_read_by_its_name(three):
    three.toml("titel =", "2026/halv")
    three.toml(TOML.replace('"lille"', '"borte"'), "2026/uden-notebook")
    three.toml(TEXT.replace('"udvalg"', '"borte"'), "2026/forkert")
    rows = json.loads(run_cli("list", "--json", cwd=three.root).stdout)["analyser"]

    assert [row["analyse"] for row in rows] == [
        "2024/lille", *REPORTS, "2026/forkert", "2026/halv", "2026/uden-notebook"
    ]  # fmt: skip
    assert run_cli("list", REPORTS[1], cwd=three.root).stdout == f"{REPORTS[1]}  (ikke lavet endnu)\n"


def test_the_list_of_reports_needs_none_of_the_heavy_packages(three):
    import subprocess
    import sys

    heavy = ("pandas", "polars", "pyarrow", "matplotlib", "papermill", "nbformat", "IPython", "typst", "pydantic")
    script = (
        "import sys; from budgetanalyser.cli import main; main(['list']); "
        f"sys.exit(', '.join(m for m in {heavy} if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=three.root, capture_output=True, text=True)

    assert done.stderr.strip() == ""
    assert REPORTS[0] in done.stdout


@pytest.mark.parametrize("period", ["", "2026Q3", "2026-02-30", "2026K5", "../x", "26K3"])
def test_a_period_nobody_knows_is_misuse(three, period):
    done = run_cli("run", "--period", period, cwd=three.root)

    assert done.returncode == 2
    assert "Efter --period skal der stå et kvartal som 2026K3" in done.stderr
    assert three.files() == set()


def test_a_period_without_any_analysis_that_has_one_is_a_failure(small):
    for verb in ("run", "check", "list"):
        done = run_cli(verb, "--period", "2026K3", cwd=small.root)
        assert done.returncode == 1
        assert "Ingen analyse under analyses/ har en periode" in done.stderr


def made(small, period="2026K3"):
    """Return the PDFs of a period by name."""
    folder = small.root / "reports" / FILE / period
    return {path.name: path.read_bytes() for path in folder.glob("*.pdf")}


def test_a_run_makes_every_report_twice_the_same_and_another_period_beside_them(three):
    done = run_cli("run", "--period", "2026K3", cwd=three.root)
    first = made(three)

    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split(" (")[0] for line in done.stdout.splitlines()] == [
        f"✓ {name} → reports/{name}.pdf og .xlsx" for name in REPORTS
    ]
    assert len(set(first.values())) == 3
    assert run_cli("run", FILE, cwd=three.root).returncode == 0
    assert made(three) == first

    three.raw(RAW.replace("1.250,5", "1.300,0"), name=f"2026K4/{RAW_NAME}")
    assert run_cli("run", "--period", "2026K4", FILE + "/2026K4/hele-kommunen", cwd=three.root).returncode == 0
    assert made(three) == first
    assert made(three, "2026K4").keys() == {"hele-kommunen.pdf"}
    assert not set(made(three, "2026K4").values()) & set(first.values())
    assert not (three.root / "reports/2024").exists()


def test_a_changed_source_makes_none_and_leaves_the_last_good_ones(three):
    assert run_cli("run", REPORTS[0], cwd=three.root).returncode == 0
    good, files = made(three), three.files()
    (three.root / f"data/raw/2026K3/{RAW_NAME}").write_text(RAW.replace("Kaffe", "Te"), encoding="utf-8")
    done = run_cli("run", "--period", "2026K3", cwd=three.root)

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count(f"Ret følgende i 2026K3/{RAW_NAME}") == 1
    assert f"De seneste gode rapporter: reports/{FILE}/" in done.stderr
    assert made(three) == good != {}
    assert three.files() == files


def test_a_report_that_fails_on_the_way_does_not_stop_the_others(three):
    cells(three, code("brud", '1 / (udvalg != "Hele kommunen")'.join(("_ = ", ""))))
    done = run_cli("run", FILE, cwd=three.root)

    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 2
    assert f"✗ {REPORTS[0]}:" in done.stderr
    assert (three.root / f"reports/{REPORTS[0]}.fejl.ipynb").is_file()
    assert made(three).keys() == {"boerne-og-familieudvalget.pdf", "oekonomiudvalget.pdf"}
