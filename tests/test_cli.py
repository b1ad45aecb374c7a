"""The command line as a person or a scheduler meets it."""

import json

import pytest
from builders import RAW_NAME, TOML, code, markdown, notebook, run_cli


def test_help_is_danish_and_needs_no_pandas(small):
    done = run_cli("--help", cwd=small.root)

    assert done.returncode == 0
    assert "brug: budgetanalyser" in done.stdout
    assert "vis denne hjælp" in done.stdout
    for english in ("usage", "show this", "positional", "options"):
        assert english not in done.stdout


def test_help_and_list_start_without_the_heavy_packages(small):
    import subprocess
    import sys

    heavy = ("pandas", "matplotlib", "papermill", "nbconvert", "IPython", "typst", "pydantic")
    script = (
        "import sys; from budgetanalyser.cli import main; main(['list']); "
        f"sys.exit(', '.join(m for m in {heavy} if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=small.root, capture_output=True, text=True)

    assert done.stderr.strip() == ""
    assert done.stdout == "2024/lille  (ikke lavet endnu)\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rn"], "Kender ikke »rn«. Mente du »run«?"),
        (["run", "--jsn"], "Kender ikke: --jsn."),
        ([], "Der mangler: KOMMANDO."),
        (["run", "--workspace"], "Efter --workspace skal der stå en værdi."),
        (["kilde", "add"], "Der mangler: FIL."),
        (["run", "2024/lile"], "Analysen »2024/lile« findes ikke under analyses/. Mente du »2024/lille«?"),
        (["run", "../../etc/passwd"], "fører ud af analyses/"),
        (["run", "--workspace", "/"], "ligger ikke i et arbejdsområde"),
    ],
)
def test_misuse_is_told_in_danish_with_exit_code_2(small, arguments, said):
    done = run_cli(*arguments, cwd=small.root)

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert small.files() == set()


def test_run_makes_the_pdf_and_says_so_in_one_line(small):
    done = run_cli("run", cwd=small.root / "analyses")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("✓ 2024/lille → reports/2024/lille.pdf (")
    assert done.stdout.count("\n") == 1
    assert small.report(".pdf").read_bytes().startswith(b"%PDF")
    assert "reports/2024/lille.pdf" in run_cli("list", cwd=small.root).stdout


def test_one_failing_report_does_not_stop_the_others(small, tmp_path):
    small.toml(TOML.replace('"lille"', '"findes-ikke"'), "2024/forkert")
    done = run_cli("run", "--json", "--workspace", small.root, cwd=tmp_path)
    told = {one["analyse"]: one for one in json.loads(done.stdout)["rapporter"]}

    assert done.returncode == 1
    assert told["2024/lille"]["status"] == "lavet"
    assert told["2024/lille"]["pdf"] == "reports/2024/lille.pdf"
    assert told["2024/forkert"]["status"] == "fejl"
    assert "Notebooken »findes-ikke« findes ikke" in told["2024/forkert"]["fejl"]


def test_check_finds_the_faults_of_every_analysis_and_runs_nothing(small):
    small.toml(TOML.replace('"0253"', "0253"), "2024/a")
    small.toml(TOML + "[parametre]\nbudgetaaar = 1\n", "2024/b")
    small.toml(TOML.replace('"lille"', '"uden"'), "2024/c")
    small.notebook(notebook(markdown("x", "tekst")), "uden")
    (small.root / "analyses/2024/lille.md").write_text("uden overskrift", encoding="utf-8")
    done = run_cli("check", cwd=small.root)

    assert done.returncode == 1
    for said in (
        "Ret følgende i analyses/2024/a.toml",
        "linje 5: et tal må ikke begynde med 0",
        "Mente du »budgetaar«?",
        "notebooken mangler en celle med mærket »parameters«",
        "Ret følgende i analyses/2024/lille.md",
        "4 af 4 fejlede",
    ):
        assert said in done.stderr
    assert small.files() == set()


def test_a_missing_or_changed_source_stops_before_the_kernel_starts(small):
    parameters = (
        'from budgetanalyser import Kildefil\n\nanalyse: str = "2024/lille"  # navn\n'
        f'fil: Kildefil = "{RAW_NAME}"  # posterne\n'
    )
    small.cells(code("aldrig", "raise SystemExit"), parameters=parameters)
    assert run_cli("check", cwd=small.root).returncode == 0

    small.toml(TOML + '[parametre]\nfil = "borte.csv"\n')
    assert "parametre.fil: »borte.csv« findes ikke i data/raw/" in run_cli("check", cwd=small.root).stderr

    small.toml(TOML + '[parametre]\nfil = "../../hemmelig.csv"\n')
    assert "fører ud af data/raw/" in run_cli("run", cwd=small.root).stderr

    small.toml(TOML)
    (small.root / "data/raw" / RAW_NAME).write_text("post;beloeb_1000_kr\nx;1\n", encoding="utf-8")
    done = run_cli("run", cwd=small.root)
    assert "filen er ændret" in done.stderr
    assert small.files() == set()


def test_kilde_add_writes_a_sidecar_from_options(small):
    raw = small.root / "data/raw/budget.csv"
    raw.write_text("post;beloeb_kr\nA;1.000\n", encoding="utf-8")
    options = ["--titel", "Budget", "--udgiver", "Greve", "--dato-udgivet", "2024-01-01", "--url", "ikke oplyst"]
    done = run_cli(
        "kilde", "add", "data/raw/budget.csv", *options, "--licens", "CC BY 4.0", "--prisniveau", "2024", cwd=small.root
    )

    assert done.returncode == 0, done.stderr
    assert "Skrev data/raw/budget.csv.kilde.toml" in done.stdout
    again = run_cli("kilde", "add", "budget.csv", *options, "--licens", "x", "--prisniveau", "2024", cwd=small.root)
    assert again.returncode == 1
    assert "bliver ikke overskrevet" in again.stderr


def test_kilde_add_asks_a_person_at_a_terminal(small):
    import os
    import pty
    import subprocess
    import sys

    (small.root / "data/raw/budget.csv").write_text("post;beloeb_kr\nA;1\n", encoding="utf-8")
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "budgetanalyser", "kilde", "add", "budget.csv"]
    process = subprocess.Popen(
        command, cwd=small.root, stdin=follower, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    for answer in ("Budget æøå", "Greve", "2024-01-01", "ikke oplyst", "ikke oplyst", "2024", ""):
        os.write(leader, (answer + "\n").encode())
    out, _ = process.communicate(timeout=60)
    os.close(leader)
    os.close(follower)

    assert process.returncode == 0, out.decode()
    assert "Kildens titel" in out.decode()
    assert 'titel = "Budget æøå"' in (small.root / "data/raw/budget.csv.kilde.toml").read_text(encoding="utf-8")


def test_an_unwritable_reports_folder_is_told_plainly(small):
    import shutil

    shutil.rmtree(small.root / "reports")
    (small.root / "reports").write_text("en fil i vejen", encoding="utf-8")
    done = run_cli("run", cwd=small.root)

    assert done.returncode == 1
    assert "der ligger en fil, hvor en mappe skal være" in done.stderr
    assert "Traceback" not in done.stderr
