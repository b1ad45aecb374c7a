"""Bad input and bad luck, through the command line: a clear Danish message, nothing half-written, the others go on."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from builders import RAW_NAME, SIDECAR, TOML, code, markdown, need, run_cli, small_notebook

from budgetanalyser import dansk
from budgetanalyser.errors import AmountError

PROSE = "## Et\n\nTekst.\n"
WITH_PROSE = (code("et", 'afsnit("Et")'),)
SOURCE = (
    'from budgetanalyser import Kildefil\n\nanalyse: str = "2024/lille"  # navn\n'
    f'fil: Kildefil = "{RAW_NAME}"  # posterne\n'
)


def check(small):
    done = run_cli("check", cwd=small.root)
    assert "Traceback" not in done.stderr
    return done


def test_the_faults_of_every_file_are_told_in_one_go(small):
    small.toml(TOML.replace("titel", "titl") + "[parametre]\nukendt = 1\n")
    small.cells(*WITH_PROSE, parameters=SOURCE)
    small.raw("post;beloeb_1000_kr\nA;0.450\nB;1;2\n")
    small.prose(PROSE + "\n{{ findes_ikke }}\n\n<b>x</b>\n")
    told = check(small).stderr

    assert "linje 2, titl: »titl« kendes ikke. Mente du »titel«?" in told
    assert "»titel« mangler" not in told
    assert "parameteren »ukendt« kendes ikke" in told
    assert "linje 2, kolonne beloeb_1000_kr" in told
    assert "linje 3: der er 3 felter" in told

    small.toml(TOML)
    told = check(small).stderr
    assert "Ret følgende i analyses/2024/lille.md" in told
    assert "linje 5: værdien »findes_ikke« er ikke sat" in told
    assert "linje 7: HTML kan ikke stå" in told


@pytest.mark.parametrize(
    ("prose", "said"),
    [
        (PROSE + "\n## To\n\nB.\n", "afsnittet »To« vises ikke af notebooken"),
        ("## Ett\n\nA.\n", "afsnittet »Et« mangler. Mente du »Ett«?"),
        ("", "afsnittet »Et« mangler. Filen findes ikke eller er tom."),
        (PROSE + "\nDet koster 999 mio. kr.\n", "linje 5: beløbet »999 mio. kr« er skrevet i hånden"),
        (PROSE + "\n#### For dybt\n", "linje 5: overskriften »For dybt« springer et niveau over"),
        (PROSE + "\n![x](y.png)\n", "linje 5: et billede skal vises med figur()"),
    ],
)
def test_prose_that_would_be_lost_or_mislead_is_found_without_a_run(small, prose, said):
    small.cells(*WITH_PROSE)
    small.prose(prose)
    done = check(small)

    assert done.returncode == 1
    assert said in done.stderr


def test_a_source_fault_names_the_source_and_not_the_analysis(small):
    small.cells(parameters=SOURCE)
    small.raw(sidecar=SIDECAR.replace("prisniveau = 2024", 'prisniveau = ""'))

    assert f"Ret følgende i {RAW_NAME}.kilde.toml" in check(small).stderr


def test_two_amount_columns_that_become_one_are_refused(small):
    small.cells(parameters=SOURCE)
    small.raw("post;a_kr;a_mio_kr\nA;1;2\n", SIDECAR.replace("beloeb_1000_kr", "a_kr") + 'a_mio_kr = "beloeb"\n')

    assert "samme navn bortset fra enheden" in check(small).stderr


@pytest.mark.parametrize(
    "toml",
    [
        "x = " + "[" * 5000,
        "x = " + "{a=" * 2000,
        "x = " + "9" * 5000,
        "kommune = 0x" + "f" * 5000,
        "x = 1e999999999999999999999",
    ],
)
def test_a_hostile_toml_is_one_line_and_the_next_analysis_goes_on(small, toml):
    small.toml(TOML.replace('kommune = "0253"', toml), "2024/ond")
    done = check(small)

    assert "✗ 2024/ond" in done.stderr
    assert "✓ 2024/lille" in done.stdout
    assert len(done.stderr) < 1500


def test_a_cell_of_brackets_and_blanks_is_refused_at_once():
    begun = time.perf_counter()
    for text in ("(" + " " * 5000 + "x(", "1" + " " * 5000 + "(", "-" * 5000):
        with pytest.raises(AmountError):
            dansk.parse_beloeb(text)

    assert time.perf_counter() - begun < 5  # Not a speed test: it took minutes when it was wrong.


def test_copies_in_hidden_folders_are_no_analyses(small):
    (small.root / "analyses/2024/.ipynb_checkpoints").mkdir()
    small.toml(TOML, "2024/.ipynb_checkpoints/lille-checkpoint")

    assert run_cli("list", cwd=small.root).stdout.count("\n") == 1


@pytest.mark.parametrize("name", ["/etc/passwd", "2024/./lille", "2024//lille", "a" * 5000, "2024/\nlille"])
def test_odd_names_are_misuse_and_make_nothing(small, name):
    done = run_cli("run", name, cwd=small.root)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert small.files() == set()


def test_a_workspace_that_does_not_exist_is_told(small):
    done = run_cli("list", "--workspace", small.root / "findes/ikke", cwd=small.root)

    assert done.returncode == 2
    assert "findes ikke" in done.stderr


def test_reports_that_lead_out_of_the_workspace_are_not_written(small, tmp_path):
    outside = tmp_path / "ude"
    outside.mkdir()
    (small.root / "reports/2024").symlink_to(outside)
    done = run_cli("run", cwd=small.root)

    assert done.returncode == 1
    assert list(outside.iterdir()) == []


def test_a_pdf_that_cannot_be_replaced_leaves_everything_as_it_was(small):
    small.report(".pdf").mkdir(parents=True)
    done = run_cli("run", cwd=small.root)

    assert done.returncode == 1
    assert "der ligger en mappe" in done.stderr
    assert small.files() == set()


def test_what_a_killed_run_left_is_swept_by_the_next(small):
    left = small.root / "reports/2024/.laver-999999999-x"
    left.mkdir(parents=True)
    (left / "udfoert.ipynb").write_text("x", encoding="utf-8")

    assert run_cli("run", cwd=small.root).returncode == 0
    assert not left.exists()


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_a_polite_kill_tidies_up_and_publishes_nothing(small):
    small.cells(code("lang", "import time; time.sleep(60)"))
    process = subprocess.Popen(
        [sys.executable, "-m", "budgetanalyser", "run"], cwd=small.root, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while not list(small.root.glob("reports/2024/.laver-*")) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(2)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)

    assert "Afbrudt" in said
    assert small.files() == set()
    assert not list(small.root.glob("reports/2024/.laver-*"))


def test_a_reader_that_goes_away_is_no_traceback(small):
    command = f'"{sys.executable}" -m budgetanalyser list | true'
    done = subprocess.run(["sh", "-c", command], cwd=small.root, capture_output=True, text=True)

    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_full_disk_is_told_in_danish(small):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "budgetanalyser", "list", "--json"]
        done = subprocess.run(command, cwd=small.root, stdout=full, stderr=subprocess.PIPE, text=True)

    assert done.returncode == 1
    assert "disken er fuld" in done.stderr


def test_the_users_own_python_startup_does_not_reach_the_report(small, tmp_path):
    startup = tmp_path / "ipython/profile_default/startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("import decimal; decimal.getcontext().prec = 3; fremmed = 1\n", encoding="utf-8")
    small.cells(code("vis", "import decimal\nprint(decimal.getcontext().prec, 'fremmed' in globals())"))
    done = run_cli("run", cwd=small.root, IPYTHONDIR=str(tmp_path / "ipython"))

    assert done.returncode == 0, done.stderr
    assert "28 False" in small.report(".ipynb").read_text(encoding="utf-8")


def test_many_short_cells_cannot_outrun_the_reports_limit(small):
    small.toml(TOML + "[graenser]\nrapport_sekunder = 3\n")
    small.cells(*(code(f"celle-{i}", "import time; time.sleep(0.7)") for i in range(12)))
    done = run_cli("run", cwd=small.root)

    assert done.returncode == 1
    assert "ikke færdig på 3 sekunder" in done.stderr


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("ukendt_navn", "navnet »ukendt_navn« er ikke sat"),
        ("{}['nøgle']", "»nøgle« findes ikke i tabellen eller opslaget"),
        ("raise RuntimeError('\\x1b[31mrød\\x07 ' + 'x' * 300000)", "Python siger: RuntimeError: rød"),
        ("tabel([[1, 2]])", "tabel() er ikke kaldt, som den skal. Den skal have data, titel."),
    ],
)
def test_what_python_says_is_told_in_danish_and_in_short(small, cell, said):
    small.cells(code("fejl", cell))
    done = run_cli("run", cwd=small.root)

    assert said in done.stderr
    assert "\x1b" not in done.stderr
    assert len(done.stderr) < 6000


def test_a_broken_notebook_does_not_stop_the_others(small):
    broken = small_notebook(code("a", "x"))
    broken["cells"][1]["metadata"] = None
    small.notebook(broken, "ond")
    small.toml(TOML.replace('"lille"', '"ond"'), "2024/ond")
    done = run_cli("run", "--json", cwd=small.root)
    told = {one["analyse"]: one["status"] for one in json.loads(done.stdout)["rapporter"]}

    assert told == {"2024/lille": "lavet", "2024/ond": "fejl"}


def test_a_figure_without_alt_text_and_a_loose_dataframe_are_refused(small):
    drawing = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([0, 1])"
    small.cells(code("figur", f"{drawing}\nfigur(fig, 'T', data=None)"))
    assert "mangler tekst til skærmlæsere" in run_cli("run", cwd=small.root).stderr

    small.cells(code("løs", drawing), code("ramme", "import pandas as pd\npd.DataFrame({'a': [1]})"))
    told = run_cli("run", cwd=small.root).stderr
    assert "celle 3 (»løs«): figuren mangler tekst til skærmlæsere" in told
    assert "celle 4 (»ramme«): det, cellen viser, kan ikke komme i PDF'en; vis en tabel med tabel()" in told


def test_text_that_looks_like_code_is_printed_as_it_stands(small):
    need("pdftotext")
    hostile = '#panic("x") $x$ {{ y }} <script>alert(1)</script> @ref'
    small.toml(TOML.replace("En lille analyse", hostile.replace('"', '\\"')))
    small.cells(markdown("a", "## A\n\nB"), code("citat", f"citat({hostile!r}, 'HovedMED')"))
    assert run_cli("run", cwd=small.root).returncode == 0

    words = subprocess.run(["pdftotext", small.report(".pdf"), "-"], capture_output=True, text=True, check=True).stdout
    assert " ".join(words.replace("\u00ad\n", "").split()).count(hostile) == 2


def test_an_analysis_cannot_take_the_name_of_anothers_files(small):
    small.toml(TOML, "2024/lille.fejl")
    done = run_cli("run", cwd=small.root)

    assert "kan ikke hedde noget, der ender på .fejl" in done.stderr
    assert "✓ 2024/lille " in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="closes descriptors as a shell does")
def test_a_closed_output_is_no_traceback(small):
    command = f'"{sys.executable}" -m budgetanalyser list >&-'
    done = subprocess.run(["sh", "-c", command], cwd=small.root, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_cell_magic_that_could_hide_output_is_refused(small):
    small.cells(code("skjult", "%%capture\ntabel()"))

    assert "%%capture kan skjule eller ændre, hvad cellen viser" in check(small).stderr


def test_values_named_in_a_loop_are_no_false_alarm(small):
    loop = 'for navn in ("a", "b"):\n    vaerdi(navn, 1, enhed="antal", beregning="talt")'
    small.cells(code("loekke", loop), code("et", 'afsnit("Et")'))
    small.prose("## Et\n\n{{ a }} og {{ b }}.\n")

    assert check(small).returncode == 0
    assert run_cli("run", cwd=small.root).returncode == 0


def test_nbconvert_tells_a_refusal_without_a_traceback(small):
    assert run_cli("run", cwd=small.root).returncode == 0
    executed = json.loads(small.report(".ipynb").read_text(encoding="utf-8"))
    executed["cells"][-2]["source"] = "## Et afsnit\n\nÆndret bagefter."
    tampered = small.root / "aendret.ipynb"
    tampered.write_text(json.dumps(executed), encoding="utf-8")
    command = [sys.executable, "-m", "nbconvert", "--to", "budgetanalyser_pdf", str(tampered)]
    done = subprocess.run(command, cwd=small.root, capture_output=True, text=True)

    assert done.returncode == 1
    assert "ændret, efter den blev kørt" in done.stderr
    assert "Traceback" not in done.stderr
    assert not tampered.with_suffix(".pdf").exists()
