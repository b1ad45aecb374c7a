"""Running notebooks for real: what reaches the kernel, what stops it, and what is left behind."""

import json
from datetime import date
from decimal import Decimal

import pytest
from builders import TOML, code, markdown, run_cli

from budgetanalyser.engine.job import source_of

PARAMETERS = """\
from datetime import date
from decimal import Decimal

analyse: str = "2024/lille"  # analysens navn
navn: str = ""  # et navn
ramme: Decimal = Decimal("0")  # et tal
dag: date = date(2000, 1, 1)  # en dag
"""


def executed(small, ending=".ipynb"):
    return json.loads(small.report(ending).read_text(encoding="utf-8"))


def text_of(cell):
    return "".join(part for output in cell["outputs"] for part in output.get("text", []))


@pytest.mark.parametrize(
    ("value", "source"),
    [
        (Decimal("0.450"), 'Decimal("0.450")'),
        (date(2023, 6, 6), "date(2023, 6, 6)"),
        ("æ\"'\n", "'æ\"\\'\\n'"),
        (True, "True"),
    ],
)
def test_a_value_is_written_as_source_that_gives_it_back(value, source):
    assert source_of(value) == source
    assert eval(source, {"Decimal": Decimal, "date": date}) == value


def test_decimal_date_and_danish_letters_reach_the_kernel_unchanged(small):
    small.cells(code("vis", "print(repr(navn), repr(ramme), repr(dag), analyse)"), parameters=PARAMETERS)
    small.toml(TOML + '[parametre]\nnavn = "Rødovre »æøå« { x } \\"\'"\nramme = "0,450"\ndag = 2024-02-29\n')
    done = run_cli("run", cwd=small.root)
    assert done.returncode == 0, done.stderr

    (cell,) = [cell for cell in executed(small)["cells"] if cell["id"] == "vis"]
    shown = text_of(cell)
    assert shown == "'Rødovre »æøå« { x } \"\\'' Decimal('0.450') datetime.date(2024, 2, 29) 2024/lille\n"
    assert "Rødovre" in small.report(".ipynb").read_text(encoding="utf-8")


def test_a_failing_cell_is_named_and_nothing_half_made_is_published(small):
    assert run_cli("run", cwd=small.root).returncode == 0
    good = small.report(".pdf").read_bytes()
    small.cells(markdown("a", "## A\n\nB"), code("min-celle", "# en kommentar\nx = 1 / 0"))
    done = run_cli("run", cwd=small.root)

    assert done.returncode == 1
    assert "Celle 4 (»min-celle«) i notebooks/lille.ipynb kunne ikke køres" in done.stderr
    assert "Cellen begynder med: x = 1 / 0" in done.stderr
    assert "ZeroDivisionError: division by zero" in done.stderr
    assert "Traceback" not in done.stderr
    assert small.report(".pdf").read_bytes() == good
    assert small.files() == {f"2024/lille{ending}" for ending in (".pdf", ".ipynb", ".koersel.json", ".fejl.ipynb")}

    small.cells(markdown("a", "## A\n\nB"))
    assert run_cli("run", cwd=small.root).returncode == 0
    assert not small.report(".fejl.ipynb").exists()


def test_our_own_errors_are_told_without_their_class(small):
    small.cells(code("kilde", 'kilde("findes-ikke.csv")'))
    done = run_cli("run", cwd=small.root)

    assert "Årsag: Ret følgende i findes-ikke.csv, og kør igen:" in done.stderr
    assert "KildeError" not in done.stderr


@pytest.mark.parametrize(
    ("limits", "cell", "said"),
    [
        ("celle_sekunder = 1", "import time; time.sleep(30)", "ikke færdig på 1 sekunder (celle_sekunder"),
        ("rapport_sekunder = 4", "import time; time.sleep(30)", "ikke færdig på 4 sekunder (rapport_sekunder"),
        ("", "import os; os._exit(1)", "kernen stoppede midt i cellen"),
    ],
)
def test_a_cell_that_never_ends_or_kills_its_kernel_is_stopped(small, limits, cell, said):
    small.toml(TOML + f"[graenser]\n{limits}\n")
    small.cells(code("evig", cell))
    done = run_cli("run", cwd=small.root)

    assert done.returncode == 1
    assert said in done.stderr
    assert "»evig«" in done.stderr
    assert not small.report(".pdf").exists()


def test_a_document_that_cannot_be_printed_is_refused_with_its_cell(small):
    small.cells(code("tal", "1 + 1"), markdown("html", "## A\n\n<script>x</script>"))
    done = run_cli("run", cwd=small.root)

    assert done.returncode == 1
    assert "celle 3 (»tal«)" in done.stderr
    assert "celle 4 (»html«), linje 3: HTML kan ikke stå" in done.stderr
    assert small.files() == {"2024/lille.fejl.ipynb"}


def test_the_run_record_holds_times_beside_the_pdf_and_none_inside(small):
    assert run_cli("run", cwd=small.root).returncode == 0
    record = executed(small, ".koersel.json")
    import pikepdf

    with pikepdf.open(small.report(".pdf")) as pdf:
        inside = json.loads(pdf.attachments["koersel.json"].get_file().read_bytes())

    assert record["startet"]
    assert [one["celle"] for one in record["celler"]] == ["parametre", "rapport", "kolofon"]
    assert all(one["sekunder"] >= 0 for one in record["celler"])
    assert "startet" not in inside
    assert inside["run_id"] == record["run_id"]
    assert str(small.root) not in json.dumps(inside)


def test_the_papermill_command_can_use_the_engine_by_name(small):
    import subprocess
    import sys

    target = small.root / "ud.ipynb"
    command = [sys.executable, "-m", "papermill", "--engine", "budgetanalyser", "--cwd", str(small.root)]
    source = str(small.root / "notebooks/lille.ipynb")
    braces = [path.replace("{", "{{").replace("}", "}}") for path in (source, str(target))]
    done = subprocess.run([*command, *braces], capture_output=True, text=True, cwd=small.root)

    assert done.returncode == 0, done.stderr
    assert "kolofon" in target.read_text(encoding="utf-8")


def test_an_enclosed_file_lies_beside_the_report_until_a_later_run_leaves_it_out(small):
    small.cells(
        code("vedlaeg", 'vedlaeg("frister.txt", "æøå", "Frister")'), markdown("tekst", "## Et afsnit\n\nTekst.")
    )
    assert run_cli("run", cwd=small.root).returncode == 0
    assert small.report(".frister.txt").read_text(encoding="utf-8") == "æøå"

    small.cells(markdown("tekst", "## Et afsnit\n\nTekst."))
    assert run_cli("run", cwd=small.root).returncode == 0
    assert small.files() == {"2024/lille.pdf", "2024/lille.ipynb", "2024/lille.koersel.json"}
