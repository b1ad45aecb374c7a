"""The reports of an assembly, the whole way: what they print, against sums worked out here by other means."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from builders import ROOT, copy_of_this_workspace, need, run_cli
from scipy import stats

from budgetanalyser.report import document as doc
from budgetanalyser.report.assemble import assemble

COST = "2024/borgersamling-omkostning"
REGISTER = "2026/borgersamlinger-register"
RAW = ROOT / "data/raw"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a workspace in which both reports have been made, in another time zone and with another hash seed."""
    root = copy_of_this_workspace(tmp_path_factory.mktemp("samling"))
    done = run_cli("run", COST, REGISTER, cwd=root, PYTHONHASHSEED="7", TZ="Pacific/Kiritimati")
    assert done.returncode == 0, done.stderr
    return root


def file(root: Path, name: str, ending: str) -> Path:
    return root / f"reports/{name}{ending}"


def document(root: Path, name: str) -> doc.Document:
    return assemble(json.loads(file(root, name, ".ipynb").read_text(encoding="utf-8")), "x")


@pytest.fixture(scope="module")
def cost(made) -> doc.Document:
    return document(made, COST)


@pytest.fixture(scope="module")
def register(made) -> doc.Document:
    return document(made, REGISTER)


def words(root: Path, name: str) -> str:
    need("pdftotext")
    command = ["pdftotext", str(file(root, name, ".pdf")), "-"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    return " ".join(done.stdout.replace("\u00ad\n", "").split())


def values(document: doc.Document) -> dict[str, Decimal]:
    return {one.name: Decimal(one.exact) for one in document.colophon.values if one.unit in ("kr.", "antal", "andel")}


def table(document: doc.Document, beginning: str) -> list[list[str]]:
    found = [
        one for one in document.blocks if isinstance(one, doc.Table) and doc.plain(one.caption).startswith(beginning)
    ]
    assert len(found) == 1, beginning
    return [[doc.plain(cell.children) for cell in row.cells] for row in found[0].rows]


def raw(name: str) -> list[dict[str, str]]:
    with (RAW / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=";"))


def danish(text: str) -> float:
    return float(text.replace(".", "").replace(",", "."))


def test_the_point_estimate_is_the_sum_of_quantity_times_price_worked_out_with_plain_floats(cost):
    drivers = {row["driver"]: row for row in raw("KONSTRUERET-borgersamling-drivere.csv")}
    known = {name: danish(row["mest_sandsynlig"]) for name, row in drivers.items() if not row["formel"]}
    # Of the eight days one is the handover, which does not count; the two without hours are evenings of three.
    known |= {"pladser": 36, "moededage": 7, "aftener": 3, "heldage": 4, "moedetimer": 3 * 3 + 4 * 6}
    known |= {"borde": math.ceil(36 / known["pladser_pr_bord"]), "inviterede": float(values(cost)["breve_antal"])}
    lines = raw("KONSTRUERET-borgersamling-poster.csv")
    amounts = {
        row["post"]: eval(row["maengde"], {"__builtins__": {}}, known) * danish(row["mest_sandsynlig_kr"])
        for row in lines
    }
    external = sum(amounts[row["post"]] for row in lines if row["slags"] == "ekstern")

    assert float(values(cost)["regnestykke"]) == pytest.approx(external)
    assert float(values(cost)["med_egne_timer"]) == pytest.approx(sum(amounts.values()))
    assert values(cost)["pr_plads"] == values(cost)["midt"] / 36


def test_the_years_add_up_and_stand_beside_the_frame(cost):
    found = {row[0]: row[1:] for row in table(cost, "Hvilket år udgiften falder i")}

    assert found["Rammen"] == ["ikke oplyst", "450", "0", "450"]
    assert found["Det, kommunen køber"][2] == "39"  # The meeting on the second answer and the evaluation.
    assert found["Rammen minus udgiften uden egne timer"][2] == "−39"
    assert values(cost)["efter_budgetaaret"] == 9_000 + 30_000


def test_the_hours_of_the_municipalitys_own_are_told_with_their_share_of_a_years_work(cost):
    # 90 + 165 (5 tables for 33 hours) + 240 + 30 + 30; a year is 37 · 52 = 1.924 hours.
    assert values(cost)["timer_antal"] == 555
    assert values(cost)["aarsvaerk"] == Decimal(555) / 1924
    assert values(cost)["timer_lav"] < 555 < values(cost)["timer_hoej"]
    assert table(cost, "Timer hos kommunens egne")[-1] == ["I alt", "90", "435", "30", "555"]


def test_the_letters_are_the_fewest_that_are_enough_by_scipy(cost):
    """Rates as a beta distribution by moments, corrected for binomial noise; SciPy counts the letters."""
    told = [row for row in raw("borgersamlinger-invitationer.csv") if row["tilmeldte"]]
    sent = np.array([int(row["inviterede"]) for row in told])
    rates = np.array([int(row["tilmeldte"]) for row in told]) / sent
    mean, noise = rates.mean(), (1 / sent).mean()
    rho = (rates.var(ddof=1) / (mean * (1 - mean)) - noise) / (1 - noise)
    a, b = mean * (1 - rho) / rho, (1 - mean) * (1 - rho) / rho
    letters = int(values(cost)["breve_antal"])

    assert values(cost)["frivillige_oensket"] == 4 * 36
    assert stats.betabinom.sf(143, letters, a, b) >= 0.95
    assert stats.betabinom.sf(143, letters - 1, a, b) < 0.95
    assert float(values(cost)["svarrate"]) == pytest.approx(mean, abs=5e-5)


def test_the_attendance_that_does_not_add_up_is_flagged(made):
    assert "fysisk + digitalt = deltog giver 30, men kilden skriver 31" in words(made, COST)


def test_a_missing_rate_is_an_open_assumption(cost):
    assert table(cost, "Rammens beløb fra 2022") == [
        ["2022", "udgangspunkt", "450.000"],
        ["2023", "ikke oplyst", "ikke oplyst"],
        ["2024", "ikke oplyst", "ikke oplyst"],
    ]


def test_others_prices_are_told_or_told_to_be_unknown(cost):
    priced, unpriced = table(cost, "Borgersamlinger, hvis pris er off"), table(cost, "Borgersamlinger, hvis pris ikke")

    assert priced[0] == ["Greve, klima", "2022", "450.000 DKK (budget)", "12.500 DKK", "64.286 DKK"]
    assert {row[-1] for row in unpriced} == {"pris ikke fundet"}
    assert len(priced) + len(unpriced) == len(raw("borgersamlinger-referencer.csv"))


def test_constructed_prices_are_marked_on_the_page_in_the_tables_and_in_the_file_names(made, cost):
    constructed = [one for one in cost.colophon.kilder if one.konstrueret]

    assert {one.fil for one in constructed} == {path.name for path in RAW.glob("KONSTRUERET-borgersamling-*.csv")}
    for block in cost.blocks:
        if isinstance(block, doc.Table) and {one.fil for one in constructed} & set(block.kilder):
            assert any(note.startswith("KONSTRUERET") for note in block.notes)
        if isinstance(block, doc.Figure) and {one.fil for one in constructed} & set(block.kilder):
            assert block.alt.startswith("KONSTRUERET")
            assert "KONSTRUERET" in doc.plain(block.subtitle)
    assert words(made, COST).count("KONSTRUERET") > 15


def test_the_register_accuses_nobody_of_what_no_source_tells(made, register):
    assert table(register, "Klimaborgersamlingen 2022")[:2] == [
        ["Første status på anbefalingerne", "4. juli 2022", "20. juni 2022", "svar givet", "14 dage før"],
        ["Anden status på anbefalingerne", "4. april 2023", "15. maj 2023", "svar givet", "41 dage efter"],
    ]
    assert table(register, "Velfærdsborgersamlingen 2024")[0][3] == "svar ikke oplyst"
    assert values(register)["antal_overskredne"] == 0
    assert [row[:4] for row in table(register, "Anbefalingerne og Byrådets svar")] == [
        ["Klimaborgersamlingen 2022", "K1-K5", "ikke oplyst", "ikke oplyst"],
        ["Velfærdsborgersamlingen 2024", "V1-V5", "ikke oplyst", "ikke oplyst"],
    ]


@pytest.mark.parametrize("name", [COST, REGISTER])
def test_the_pdf_is_accessible_by_two_validators(made, name):
    scripts = Path(sys.executable).parent
    for command in (["outloud", "--quiet", "--fail-on", "warning"], ["pdfua", "check"]):
        path = file(made, name, ".pdf")
        done = subprocess.run([scripts / command[0], *command[1:], path], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", [COST, REGISTER])
def test_each_table_and_figure_has_its_data_in_the_attachments(made, name):
    blocks = document(made, name).blocks
    wanted = {f"tabel-{one.number}" for one in blocks if isinstance(one, doc.Table) and one.number}
    wanted |= {f"figur-{one.number}" for one in blocks if isinstance(one, doc.Figure)}
    with pikepdf.open(file(made, name, ".pdf")) as pdf:
        attached = {one.removesuffix(".csv"): one for one in pdf.attachments if one.endswith(".csv")}
    assert wanted == {one.removesuffix("-KONSTRUERET") for one in attached}
    assert all(one.alt and one.data.rows for one in blocks if isinstance(one, doc.Figure))


def test_the_calendar_lies_in_the_pdf_and_beside_it(made):
    beside = file(made, COST, ".frister.ics").read_bytes()
    with pikepdf.open(file(made, COST, ".pdf")) as pdf:
        assert pdf.attachments["frister.ics"].get_file().read_bytes() == beside
    assert beside.count(b"BEGIN:VEVENT") == 2


def test_two_processes_make_the_same_bytes(made, tmp_path):
    other = copy_of_this_workspace(tmp_path / "en anden mappe æøå")
    done = run_cli("run", COST, cwd=other, PYTHONHASHSEED="2", TZ="America/New_York", LC_ALL="C")

    assert done.returncode == 0, done.stderr
    assert file(other, COST, ".pdf").read_bytes() == file(made, COST, ".pdf").read_bytes()


def test_a_rate_table_of_ones_own_fills_the_open_assumption(made, tmp_path):
    """With invented rates of 10 and 20 per cent, 450.000 kr. of 2022 are 594.000 kr. of 2024."""
    root = copy_of_this_workspace(tmp_path)
    name = "KONSTRUERET-pl-satser.csv"
    text = "aar;slags;udgave;korrektion_pct;skoen_pct;samlet_pct\n2023;service;prøve;;10;\n2024;service;prøve;;20;\n"
    (root / "data/raw" / name).write_text(text, encoding="utf-8")
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    (root / f"data/raw/{name}.kilde.toml").write_text(
        'titel = "KONSTRUERET satser"\nudgiver = "Testen"\ndato_udgivet = "ikke oplyst"\ndato_hentet = 2026-11-21\n'
        + f'url = "ikke oplyst"\nlicens = "MIT"\nsha256 = "{sha256}"\nprisniveau = "ingen beløb"\nkonstrueret = true\n'
        + '[kolonner]\naar = "aar"\nslags = "tekst"\nudgave = "tekst"\n'
        + 'korrektion_pct = { type = "andel_pct", tom = true }\nskoen_pct = "andel_pct"\n'
        + 'samlet_pct = { type = "andel_pct", tom = true }\n',
        encoding="utf-8",
    )
    toml = root / f"analyses/{COST}.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + f'pl_satser = "{name}"\npl_udgave = "prøve"\n', encoding="utf-8")
    done = run_cli("run", COST, cwd=root)

    assert done.returncode == 0, done.stderr
    assert table(document(root, COST), "Rammens beløb fra 2022") == [
        ["2022", "udgangspunkt", "450.000"],
        ["2023", "10,00 %", "495.000"],
        ["2024", "20,00 %", "594.000"],
    ]


def test_other_choices_make_a_report_whose_words_still_hold(tmp_path):
    """Own hours in, diæter, letters chosen, prices that move together: none of the usual text may be left false."""
    root = copy_of_this_workspace(tmp_path)
    toml = root / f"analyses/{COST}.toml"
    extra = """interne_timer = "med"
betaling = "diæt"
invitationer_antal = 3000
korrelation = "0,3"
sikkerhed = "0,975"
"""
    toml.write_text(toml.read_text(encoding="utf-8") + extra, encoding="utf-8")
    done = run_cli("run", COST, cwd=root)
    assert done.returncode == 0, done.stderr
    said = words(root, COST)

    for expected in (
        "med kommunens egne timer",
        "97,5 %",
        "valgt i analysen",
        "mangler der",
        "Betaling til medlemmer (diæt)",
        "hvor der er valgt en korrelation",
    ):
        assert expected in said
    assert "hvis det skal være 95 % sikkert" not in said


def test_prices_that_are_all_fixed_still_make_a_report(tmp_path):
    root = copy_of_this_workspace(tmp_path)
    for name in ("poster", "drivere"):
        path = root / f"data/raw/KONSTRUERET-borgersamling-{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter=";"))
        unit = "_kr" if name == "poster" else ""
        for row in rows:
            if row["fordeling"]:
                row["fordeling"] = "fast"
                row[f"minimum{unit}"] = row[f"maksimum{unit}"] = row[f"mest_sandsynlig{unit}"]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], delimiter=";")
            writer.writeheader()
            writer.writerows(rows)
        assert run_cli("kilde", "forny", path.name, cwd=root).returncode == 0
    done = run_cli("run", COST, cwd=root)

    assert done.returncode == 0, done.stderr
    assert "ingen, for alle tal er faste" in words(root, COST)


def test_faults_in_several_files_are_told_at_once_with_their_files_and_lines(tmp_path):
    root = copy_of_this_workspace(tmp_path)
    changes = {
        "KONSTRUERET-borgersamling-poster.csv": ("papirandel;brev", "papirandl;brev"),
        "KONSTRUERET-borgersamling-drivere.csv": ("konsulentdage;10;13;18", "konsulentdage;19;13;18"),
        "greve-2023-velfaerdsborgersamling-tidslinje.csv": (
            "2024-06-01;;måned;aflevering",
            "2023-06-01;;måned;aflevering",
        ),
        "greve-2023-velfaerdsborgersamling-oekonomi.csv": ("0,450;2024", "0,450;2025"),
    }
    for name, (old, new) in changes.items():
        path = root / "data/raw" / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        assert run_cli("kilde", "forny", name, cwd=root).returncode == 0
    done = run_cli("run", COST, cwd=root)

    assert done.returncode == 1
    for name in changes:
        assert name in done.stderr
    for said in ("papirandl", "Mente du »papirandel«", "maksimum (18) er mindre end minimum (19)", "skal komme først"):
        assert said in done.stderr
