"""The Greve afrapportering of 6 June 2023, the whole way, against what was published."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import openpyxl
import pikepdf
import pytest
from builders import GREVE, ROOT, copy_of_this_workspace, need, run_cli
from test_xlsx import assert_nothing_runs, parts, written

from budgetanalyser.report import document as doc
from budgetanalyser.report.assemble import assemble
from budgetanalyser.report.attachments import numbered

# The published document lies outside the repository; where it is absent the tests that compare with it skip.
ORIGINAL = ROOT.parent / "shared/seeds/000_8c076f4aaeb0cd43.txt"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return the root of a workspace in which the Greve report has been made."""
    root = copy_of_this_workspace(tmp_path_factory.mktemp("greve"))
    done = run_cli("run", GREVE, cwd=root, PYTHONHASHSEED="1", TZ="Pacific/Kiritimati")
    assert done.returncode == 0, done.stderr
    return root


def report(root: Path, ending: str) -> Path:
    return root / f"reports/{GREVE}{ending}"


@pytest.fixture(scope="module")
def document(made) -> doc.Document:
    return assemble(json.loads(report(made, ".ipynb").read_text(encoding="utf-8")), "x")


@pytest.fixture(scope="module")
def words(made) -> str:
    need("pdftotext")
    command = ["pdftotext", str(report(made, ".pdf")), "-"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    return done.stdout.replace("\u00ad\n", "")  # A word parted at the end of a line.


HEADINGS = [
    "Baggrund/formål",
    "Sammenfatning/økonomisk konsekvens i 2024 og frem (implementering)",
    "Beskrivelse/analyse (inkl. konsekvenser, udfordringer og resultater/konklusioner)",
    "Eventuelt",
    "Bemærkninger fra HovedMED",
]


def test_the_page_has_the_five_headings_in_order(words):
    lines = words.splitlines()

    assert [line for line in lines if line in HEADINGS] == HEADINGS


def test_the_page_says_what_the_original_says(words):
    flat = " ".join(words.split())

    for published in (
        "Afrapportering – Budgetanalyser 2023", "6. juni 2023",
        "[Borgerinddragelse imf. prioritering på velfærdsområdet]", "0,450 mio. kr.", "17. april 2023",
        "engangsudgift", "4. kvartal 2023", "inden for rammen", "februar 2024", "juni 2024", "medio oktober 2023",
        "”Godt med borgerinddragelse, især fordi det giver mulighed for også at forklare borgerne, hvilke "
        "udfordringer vi står overfor.”",
    ):  # fmt: skip
        assert published in flat
    assert "mio. kr.." not in flat
    assert not re.search(r"Traceback|Error\b|\bnan\b|None", words)


def test_the_headings_and_facts_are_those_of_the_published_document():
    if not ORIGINAL.is_file():
        pytest.skip("the published document is not here")
    original = " ".join(ORIGINAL.read_text(encoding="utf-8").split())

    for fact in (*HEADINGS, "[Borgerinddragelse imf. prioritering på velfærdsområdet]", "0,450 mio. kr.",
                 "de første 3 måneder", "inden for 12 måneder", "17. april 2023", "medio oktober 2023"):  # fmt: skip
        assert fact in original


def test_the_prose_is_our_own():
    """No run of ten words is copied from the original; its quotation from HovedMED is data."""
    if not ORIGINAL.is_file():
        pytest.skip("the published document is not here")
    ours = (ROOT / f"analyses/{GREVE}.md").read_text(encoding="utf-8")

    def runs(text: str, length: int = 10) -> set[tuple[str, ...]]:
        found = re.findall(r"\w+", text.casefold())
        return {tuple(found[i : i + length]) for i in range(len(found) - length)}

    headings = set().union(*(runs(line, 10) for line in HEADINGS))
    assert runs(ours) & runs(ORIGINAL.read_text(encoding="utf-8")) - headings == set()


def tables(document: doc.Document) -> list[doc.Table]:
    return [block for block in document.blocks if isinstance(block, doc.Table)]


def rows(table: doc.Table) -> list[list[str]]:
    return [[doc.plain(cell.children) for cell in row.cells] for row in table.rows]


def test_the_consequence_table_closes_in_each_of_the_four_years(document):
    table = tables(document)[0]

    assert [column.header for column in table.columns][-4:] == ["2024", "2025", "2026", "2027"]
    assert rows(table) == [
        ["Velfærdsborgersamling", "engangs", "drift", "inden for", "450", "0", "0", "0"],
        ["Udvidelsesforslag", "engangs", "–", "–", "−450", "0", "0", "0"],
        ["I alt", "", "", "", "0", "0", "0", "0"],
    ]
    assert doc.plain(table.unit_line) == "1.000 kr., 2024-prisniveau, udgift +, finansiering −"
    assert "note" in [node.kind for node in table.unit_line]


def test_the_duties_are_dated_from_the_handover(document):
    assert rows(tables(document)[1]) == [
        ["Første status på anbefalingerne", "inden 3 måneder efter afleveringen", "september 2024"],
        ["Anden status på anbefalingerne", "inden 12 måneder efter afleveringen", "juni 2025"],
        ["Status ved afslutningen", "når forløbet afsluttes", "dato ikke oplyst"],
        ["Status ved evalueringen", "når forløbet er evalueret", "dato ikke oplyst"],
    ]


def test_the_amount_is_shown_over_price_rises_and_no_rate_is_invented(document):
    shown = rows(tables(document)[2])

    # 450 / 1,10 = 409,09 and 450 · 1,10 = 495.
    assert shown[0] == ["0 %", "450", "450", "0"]
    assert shown[-1] == ["10 %", "409", "495", "45"]
    assert [row[0] for row in shown] == ["0 %", "2 %", "4 %", "6 %", "8 %", "10 %"]


def test_every_number_in_the_text_has_a_name_and_an_origin(document):
    values = {value.name: value for value in document.colophon.values}
    files = {kilde.fil for kilde in document.colophon.kilder}

    assert Decimal(values["udgift"].exact) == 450_000
    assert Decimal(values["pr_plads"].exact) == 12_500
    assert values["udgift"].prisniveau == "2024-prisniveau (forudsat)"
    assert all(value.kilder or value.beregning for value in values.values())
    assert all(set(value.kilder) <= files for value in values.values())
    typed = [
        number
        for block in document.blocks
        if isinstance(block, doc.Paragraph)
        for node in block.children
        if isinstance(node, doc.Text)
        for number in re.findall(r"\d+", node.text)
    ]
    assert typed == []


def test_the_pdf_is_accessible_by_two_validators(made):
    scripts = Path(sys.executable).parent
    for command in (["outloud", "--quiet", "--fail-on", "warning"], ["pdfua", "check"]):
        done = subprocess.run(
            [scripts / command[0], *command[1:], report(made, ".pdf")], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_two_processes_with_other_hash_seed_zone_and_folder_make_the_same_bytes(made, tmp_path):
    other = copy_of_this_workspace(tmp_path / "en anden mappe æøå")
    done = run_cli("run", GREVE, cwd=other, PYTHONHASHSEED="2", TZ="America/New_York", LC_ALL="C")
    assert done.returncode == 0, done.stderr

    assert report(other, ".pdf").read_bytes() == report(made, ".pdf").read_bytes()
    assert report(other, ".xlsx").read_bytes() == report(made, ".xlsx").read_bytes()


def test_nbconvert_makes_the_same_report_from_the_executed_notebook(made, tmp_path):
    source = shutil.copy(report(made, ".ipynb"), tmp_path / "udført.ipynb")
    for exporter in ("budgetanalyser_pdf", "budgetanalyser_document"):
        command = [sys.executable, "-m", "nbconvert", "--to", exporter, source]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "TZ": "Asia/Tokyo"}
        )
        assert done.returncode == 0, done.stderr

    assert (tmp_path / "udført.pdf").read_bytes() == report(made, ".pdf").read_bytes()
    assert (
        doc.Document.model_validate_json((tmp_path / "udført.json").read_text(encoding="utf-8")).meta.kommune == "Greve"
    )


def test_the_attachments_are_the_run_record_and_the_data_of_each_table_and_figure(made, document):
    with pikepdf.open(report(made, ".pdf")) as pdf:
        names = set(pdf.attachments)
        first = pdf.attachments["tabel-1.csv"].get_file().read_bytes().decode("utf-8-sig")

    figures = [block for block in document.blocks if isinstance(block, doc.Figure)]
    assert names == {"koersel.json", *(f"tabel-{i + 1}.csv" for i in range(len(tables(document)))),
                     *(f"figur-{i + 1}.csv" for i in range(len(figures)))}  # fmt: skip
    assert first.splitlines()[1] == "Velfærdsborgersamling;engangs;drift;inden for;450000;0;0;0"


def test_the_workbook_has_the_exact_numbers_of_each_table_and_figure(made, document):
    content = report(made, ".xlsx").read_bytes()
    first = openpyxl.load_workbook(io.BytesIO(content)).worksheets[1]
    assert [cell.value for cell in first[5]] == [
        "Velfærdsborgersamling",
        "engangs",
        "drift",
        "inden for",
        450000,
        0,
        0,
        0,
    ]

    for sheet, (_, _, data) in enumerate(numbered(document), start=2):
        cells = [pair for row in data.rows for pair in zip(data.columns, row.cells, strict=True)]
        exact = [Decimal(cell.value) for column, cell in cells if column.format == "beloeb" and cell.value]
        numbers = [Decimal(number) for number in written(content, sheet).values()]
        # Endless quotients have 15 digits in a spreadsheet; every other amount is there digit by digit.
        assert all(min(abs(one - number) for number in numbers) < Decimal("1E-8") for one in exact)
    assert_nothing_runs(content)


def test_nothing_of_this_machine_is_in_the_pdf_or_the_workbook(made):
    content = report(made, ".pdf").read_bytes()
    with pikepdf.open(report(made, ".pdf")) as pdf:
        inside = b"".join(one.get_file().read_bytes() for one in pdf.attachments.values())
    inside += b"".join(parts(report(made, ".xlsx").read_bytes()).values())

    for trace in (str(made).encode(), str(Path.home()).encode() + b"/", b"/tmp/"):
        assert trace not in content
        assert trace not in inside
