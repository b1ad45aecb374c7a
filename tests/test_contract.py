import json
from datetime import date
from decimal import Decimal

import pytest
from builders import TOML, code, markdown, notebook

from budgetanalyser.engine import contract
from budgetanalyser.engine.files import read_cells
from budgetanalyser.engine.parameters import declared
from budgetanalyser.errors import AnalysisError, NotebookError

ALL_TYPES = """\
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from budgetanalyser import Aar, Kildefil, Kommunekode, Kvartal, Mellem

analyse: str = "2024/lille"  # analysens navn
navn: str = "a = b # ikke en kommentar"  # et navn
pladser: Annotated[int, Mellem(1, 500)] = 36  # pladser
ramme_kr: Decimal = Decimal("450000")  # rammen
med: bool = True  # med eller uden
dag: date = date(2023, 6, 6)  # en dag
aar: Aar = 2024  # et år
periode: Kvartal = "2024K1"  # et kvartal
kommune: Kommunekode = "0253"  # en kommune
fil: Kildefil = ""  # en fil
slags: Literal["drift", "anlæg"] = "drift"  # art
kraevet: int  # skal angives
"""


def cells(source):
    return [code("parametre", source, "parameters")]


def parameters(source=ALL_TYPES):
    return declared(cells(source), "x.ipynb")


def bind(toml_text, source=ALL_TYPES):
    """Return the values an analysis with these parameters gets, or raise its faults as the precheck does."""
    text = TOML + "\n[parametre]\n" + toml_text
    analysis, _ = read(text)
    values, faults = contract.bind(analysis.parametre, parameters(source), text=text, name="2024/lille")
    if faults:
        raise AnalysisError("a.toml", faults)
    return values


def read(text):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.toml"
        path.write_bytes(text.encode())
        return contract.read_analysis(path, "a.toml")


def faults(toml_text, source=ALL_TYPES):
    with pytest.raises(AnalysisError) as caught:
        bind(toml_text, source)
    return "\n".join(map(str, caught.value.faults))


def test_declarations_are_read_without_running_them():
    found = parameters()

    assert found["navn"].default == "a = b # ikke en kommentar"
    assert found["navn"].hjaelp == "et navn"
    assert found["ramme_kr"].default == Decimal(450000)
    assert found["dag"].default == date(2023, 6, 6)
    assert found["kraevet"].required


def test_values_take_the_types_declared():
    bound = bind(
        "kraevet = 1\npladser = 500\nramme_kr = 450_000\nmed = false\ndag = 2024-02-29\naar = 2025\n"
        'periode = "2024K4"\nkommune = "0751"\nslags = "anlæg"\n'
    )

    assert bound["analyse"] == "2024/lille"
    assert bound["ramme_kr"] == Decimal(450000)
    assert bound["dag"] == date(2024, 2, 29)
    assert bound["navn"] == "a = b # ikke en kommentar"
    assert bound["slags"] == "anlæg"


@pytest.mark.parametrize(
    ("written", "value"), [('"0,450"', "0.450"), ('"450.000"', "450000"), ("0.25", "0.25"), ("7", "7")]
)
def test_an_amount_may_be_written_in_danish(written, value):
    assert bind(f"kraevet = 1\nramme_kr = {written}")["ramme_kr"] == Decimal(value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ramme_kr = 450.000", "punktum kan betyde både tusinder og komma. Skriv 450000 eller"),
        ("ramme_kr = 0.450", "punktum kan betyde både tusinder og komma"),
        ('ramme_kr = "12.34,5"', "kan ikke læses som et tal"),
        ("ramme_kr = nan", "endeligt"),
        ("ramme_kr = true", "skal være et tal, men er true"),
        ("pladser = 0", "skal ligge fra 1 til 500, men er 0"),
        ("pladser = 36.5", "skal være et helt tal"),
        ("pladser = true", "skal være et helt tal"),
        ('med = "ja"', "skal være true eller false"),
        ('dag = "2023-06-06"', "skal være en dato som 2023-06-06 uden anførselstegn"),
        ("dag = 2023-06-06T12:00:00", "skal være en dato"),
        ("aar = 24", "skal være et årstal"),
        ('periode = "2024Q1"', "kvartal"),
        ("kommune = 253", "kommunekode på fire cifre"),
        ('kommune = "0254"', "den kode har ingen kommune"),
        ('slags = "Drift"', "skal være »drift« eller »anlæg«, men er »Drift«"),
        ("navn = 7", "skal være tekst i anførselstegn"),
        ("pladserr = 7", "Mente du »pladser«?"),
        ("titel = 'x'", "»titel« hører til øverst i filen"),
        ("'PWN=__import__(\"os\").getcwd() #' = 1", "kendes ikke af notebooken"),
        ('analyse = "2024/anden"', "sættes af programmet"),
    ],
)
def test_a_wrong_parameter_is_told_with_its_line(line, said):
    told = faults(f"kraevet = 1\n{line}\n")

    assert said in told
    assert "linje 9" in told


def test_all_faults_come_at_once():
    told = faults("pladserr = 1\naar = 24\n")

    assert told.count("\n") == 2
    assert "parameteren »kraevet« mangler (skal angives)" in told


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1  # hjælp", "skriv hver parameter som"),
        ("x: int = 1", "mangler en forklaring"),
        ("x: float = 1.0  # hjælp", "typen »float« kendes ikke"),
        ("x: int = f()  # hjælp", "fast værdi"),
        ("x: int = 'a'  # hjælp", "standardværdien af »x« skal være et helt tal"),
        ("x: Annotated[int, Mellem(1, 5)] = 6  # hjælp", "skal ligge fra 1 til 5"),
        ("x: Annotated[int, Field(ge=1)] = 6  # hjælp", "Mellem(mindst, højst)"),
        ("x: int = 1  # hjælp\nx: int = 2  # hjælp", "to gange"),
        ("x: str = {[]: 1}  # hjælp", "fast værdi"),
        ('x: Annotated[str, Mellem(1, 2)] = "x"  # hjælp', "ikke et tal"),
        ('x: Annotated[int, Mellem("a", 2)] = 1  # hjælp', "et interval skrives med tal"),
        ("x: date = date(2024, 13, 1)  # hjælp", "standardværdien af »x« kan ikke læses"),
        ('x: Decimal = Decimal("x")  # hjælp', "standardværdien af »x« kan ikke læses"),
        ("x: Literal[a] = 1  # hjælp", "fast værdi"),
        ("x: int = (  # hjælp", "ikke gyldig Python"),
        ("import os; os.getcwd()", "skriv hver parameter som"),
    ],
)
def test_a_parameters_cell_that_is_not_declarations_is_refused(source, said):
    with pytest.raises(NotebookError, match="parametercellen, linje") as caught:
        parameters(source)
    assert said in str(caught.value)


def test_a_notebook_has_exactly_one_parameters_cell():
    with pytest.raises(NotebookError, match="mangler en celle"):
        declared([markdown("a", "x")], "x.ipynb")
    with pytest.raises(NotebookError, match="har 2 celler"):
        declared(cells("") * 2, "x.ipynb")


def test_a_notebook_defines_no_function_and_takes_no_function_name():
    book = [
        *cells("tabel: int = 1  # hjælp"),
        code("b", "def f():\n    return 1"),
        code("c", "%load_ext x\nclass A: pass"),
    ]
    with pytest.raises(NotebookError) as caught:
        contract.check_notebook(book, "x.ipynb", taken=frozenset({"tabel"}))

    told = str(caught.value)
    assert "parameteren »tabel« har samme navn som en funktion" in told
    assert "celle 2 (»b«): »f« er defineret" in told
    assert "celle 3 (»c«): »A« er defineret" in told


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kommune = "0253"', "kommune = 0253", "linje 5: et tal må ikke begynde med 0; skriv en kode i anførselstegn"),
        ('titel = "En lille analyse"', "titel = En lille analyse", "linje 2: skriv tekst i anførselstegn"),
        ("dato = 2024-05-07", "dato = 7-5-2024", "linje 4: skriv datoen som 2023-06-06"),
        ("dato = 2024-05-07", "dato = 2024-02-30", "linje 4"),
        ("dato = 2024-05-07", "beløb = 1\ndato = 2024-05-07", "linje 4: et navn foran = må ikke have æ, ø eller å"),
        ("dato = 2024-05-07", "dato = 2024-05-07\nx = 0,450", "linje 5: TOML kender ikke dansk komma"),
        ("dato = 2024-05-07", "dato = 2024-05-07\nx = 1.234.567", "linje 5: skriv beløbet uden punktum"),
        ("dato = 2024-05-07", "dato = 2024-05-07\nx = 2024K1", "linje 5: skriv kvartalet i anførselstegn"),
        ("dato = 2024-05-07", "dato = 2024-05-07\nx = ja", "linje 5: skriv true for ja"),
        ("dato = 2024-05-07", "dato =", "linje 4: der mangler en værdi"),
        ("dato = 2024-05-07", "dato = 2024-05-07\ndato = 2024-05-08", "linje 5: det samme navn står to gange"),
        ('titel = "En', 'titel = "En\\s', "linje 2"),
        ('titel = "En lille analyse"', 'titel = ""', "linje 2, titel: må ikke være tom"),
        ('titel = "En lille analyse"', 'titl = "x"', "linje 2, titl: »titl« kendes ikke. Mente du »titel«?"),
        ('kommune = "0253"', "kommune = 253", "linje 5, kommune: skal være tekst i anførselstegn, men er 253"),
        ('kommune = "0253"', 'kommune = "9999"', "linje 5, kommune: er »9999«, og den kode har ingen kommune"),
        ("dato = 2024-05-07", 'dato = "2024-05-07"', "linje 4, dato: skal være en dato"),
        ("dato = 2024-05-07", "dato = 2024-05-07\n[graenser]\ncelle_sekunder = 0", "linje 6, graenser.celle_sekunder"),
        ("dato = 2024-05-07", "dato = 2024-05-07\n[graenser]\ncelle = 1", "Mente du »celle_sekunder«?"),
        ("dato = 2024-05-07", "[graenser]\ndato = 2024-05-07", "»dato« hører til øverst i filen; flyt linjen op"),
        ("dato = 2024-05-07", "", "»dato« mangler"),
    ],
)
def test_a_wrong_analysis_is_told_in_danish_with_its_line(old, new, said):
    text = TOML.replace(old, new)
    with pytest.raises(AnalysisError) as caught:
        read(text)

    assert said in str(caught.value)


def test_several_syntax_faults_are_told_together():
    with pytest.raises(AnalysisError) as caught:
        read(TOML.replace('"0253"', "0253").replace('"En lille analyse"', "En"))

    assert [fault.where for fault in caught.value.faults] == ["linje 2", "linje 5"]


def test_a_file_with_a_byte_order_mark_is_read_and_one_in_cp1252_refused(tmp_path):
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TOML.encode())
    assert contract.read_analysis(path, "a.toml")[0].kommune_navn == "Greve"

    path.write_bytes(TOML.replace("lille", "æ").encode("cp1252"))
    with pytest.raises(AnalysisError, match="UTF-8"):
        contract.read_analysis(path, "a.toml")


def test_a_file_that_is_no_notebook_is_told(tmp_path):
    path = tmp_path / "x.ipynb"
    whole = notebook(code("a", "x"))
    broken = [
        "ikke json",
        "{}",
        '{"cells": [1]}',
        json.dumps({**whole, "nbformat": 3}),
        json.dumps({**whole, "metadata": None}),
        json.dumps(notebook({**code("a", "x"), "metadata": None})),
        json.dumps(notebook({**code("a", "x"), "metadata": {"tags": None}})),
        json.dumps(notebook({**code("a", "x"), "outputs": "x"})),
        json.dumps(notebook({**code("a", "\ud800")})),
        json.dumps(notebook({key: value for key, value in code("a", "x").items() if key != "id"})),
    ]
    for content in broken:
        path.write_text(content, encoding="utf-8")
        with pytest.raises(NotebookError, match="ikke en hel notebook"):
            read_cells(path, "x.ipynb")
    path.write_text(json.dumps(notebook(code("a", "x"), code("a", "y"))), encoding="utf-8")
    with pytest.raises(NotebookError, match="samme id"):
        read_cells(path, "x.ipynb")


@pytest.mark.parametrize("tag", ["skip-execution", "raises-exception", "injected-parameters"])
def test_a_tag_that_would_hide_a_failure_or_move_the_parameters_is_refused(tag):
    with pytest.raises(NotebookError, match=f"mærket »{tag}« må ikke bruges"):
        contract.check_notebook([*cells("x: int = 1  # hjælp"), code("b", "1", tag)], "x.ipynb")


def test_a_lambda_with_a_name_and_a_function_taken_over_are_refused_and_ipython_lines_are_not():
    book = [*cells("x: int = 1  # hjælp"), code("b", "f = lambda: 1\ntabel = 3\nfiler = !ls\n!ls")]
    with pytest.raises(NotebookError) as caught:
        contract.check_notebook(book, "x.ipynb", taken=frozenset({"tabel"}))

    assert len(caught.value.faults) == 2


def test_parameters_in_a_markdown_cell_do_not_count():
    with pytest.raises(NotebookError, match="mangler en celle"):
        declared([markdown("a", "x: int = 1  # hjælp", "parameters")], "x.ipynb")
