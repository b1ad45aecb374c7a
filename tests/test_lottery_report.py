"""The protocol of a lottery, the whole way: what it tells, and that it tells of nobody. All people are KONSTRUERET."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pikepdf
import pytest
from builders import ROOT, copy_of_this_workspace, need, run_cli

from budgetanalyser.borgersamling.lodtraekning import check_panel, quotas_from_population
from budgetanalyser.report import document as doc
from budgetanalyser.report.assemble import assemble

NAME = "2024/KONSTRUERET-lodtraekning"
POOL = ROOT / "data/raw/KONSTRUERET-lodtraekning-pulje.csv"
POPULATION = ROOT / "data/raw/KONSTRUERET-lodtraekning-befolkning.csv"
PLACE = "data/fortroligt/frivillige-2024.csv"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a workspace in which the protocol has been made from a confidential file."""
    root = copy_of_this_workspace(tmp_path_factory.mktemp("lod"))
    (root / "data/fortroligt").mkdir()
    shutil.copy(POOL, root / PLACE)
    toml = root / f"analyses/{NAME}.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8").replace(POOL.name, Path(PLACE).name),
        encoding="utf-8",
    )
    done = run_cli("run", NAME, cwd=root, PYTHONHASHSEED="3")
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture(scope="module")
def document(made) -> doc.Document:
    return assemble(json.loads((made / f"reports/{NAME}.ipynb").read_text(encoding="utf-8")), "x")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=";"))


def everything_published(root: Path) -> bytes:
    """Return every byte of the reports folder, and of what lies inside the PDF and the workbook."""
    need("pdftotext")
    content = b"".join(path.read_bytes() for path in sorted((root / "reports").rglob("*")) if path.is_file())
    with pikepdf.open(root / f"reports/{NAME}.pdf") as pdf:
        content += b"".join(one.get_file().read_bytes() for one in pdf.attachments.values())
    with zipfile.ZipFile(root / f"reports/{NAME}.xlsx") as file:
        content += b"".join(file.read(name) for name in file.namelist())
    done = subprocess.run(["pdftotext", root / f"reports/{NAME}.pdf", "-"], capture_output=True)
    return content + done.stdout


def test_no_volunteer_is_in_anything_that_is_published(made):
    content = everything_published(made)
    found = re.findall(rb"\bK\d{3}\b|\bH\d{3}\b", content)

    assert found == []
    assert b"frivillige-2024" not in b"".join(
        path.read_bytes() for path in (made / "reports").rglob("*") if path.is_file()
    )


def test_the_ids_drawn_lie_beside_the_confidential_file_and_meet_the_quotas(made):
    drawn = (made / "data/fortroligt/frivillige-2024.udtrukket.csv").read_text(encoding="utf-8").split()[1:]
    pool = pd.DataFrame(rows(POOL), dtype=object).set_index("id")
    shares = pd.DataFrame(
        [(row["kriterium"], row["vaerdi"], int(row["antal"])) for row in rows(POPULATION)],
        columns=["feature", "value", "antal"],
        dtype=object,
    )
    checked = check_panel(pool, quotas_from_population(shares, 36), 36, drawn, household="husstand")

    assert len(set(drawn)) == 36
    assert all(checked["i_orden"])


def test_the_protocol_tells_size_quotas_chances_seed_and_when_data_is_deleted(document):
    values = {one.name: one.text for one in document.colophon.values}
    parameters = {one.name: one.value for one in document.colophon.parameters}

    assert values["antal_frivillige"] == "260"
    assert values["kontrollen"] == "Kvoterne er overholdt"
    assert re.fullmatch("[0-9a-f]{64}", values["fingeraftryk"])
    assert parameters["froe"] == "3 8 14 19 22 30 36"
    assert parameters["pulje"] == "fortrolig fil, ikke vist"
    assert values["slettes"] == "31. december 2024"


def test_the_smallest_chance_is_below_its_bound(document):
    """No chance can be larger for all than the largest quota over those who share it, nor than seats over people."""
    pool = rows(POOL)
    counts = {}
    for row in rows(POPULATION):
        counts.setdefault(row["kriterium"], {})[row["vaerdi"]] = int(row["antal"])
    bounds = [Decimal(36) / len(pool)]
    for feature, population in counts.items():
        for value, people in population.items():
            most = -(-people * 36 // sum(population.values()))
            bounds.append(Decimal(most) / sum(row[feature] == value for row in pool))
    smallest = next(Decimal(one.exact) for one in document.colophon.values if one.name == "mindste")

    assert Decimal(0) < smallest <= min(bounds) + Decimal("0.00005")


def test_the_quotas_show_their_rounding_and_what_was_drawn(document):
    table = next(block for block in document.blocks if isinstance(block, doc.Table))
    shown = [[doc.plain(cell.children) for cell in row.cells] for row in table.rows]

    # 20.900 of 41.200 is 50,7 %, and of 36 seats 18,26.
    assert shown[0][:6] == ["køn", "kvinde", "50,7 %", "18,26", "18", "19"]
    assert all(int(least) <= int(drawn) <= int(most) for *_, least, most, _, drawn in shown)


def test_another_process_and_other_row_order_draw_the_same(made, tmp_path):
    root = copy_of_this_workspace(tmp_path)
    (root / "data/fortroligt").mkdir()
    lines = POOL.read_text(encoding="utf-8").splitlines()
    (root / PLACE).write_text(
        "\n".join([lines[0], *sorted(lines[1:], key=lambda one: hashlib.md5(one.encode()).digest())]), "utf-8"
    )
    shutil.copy(made / f"analyses/{NAME}.toml", root / f"analyses/{NAME}.toml")
    done = run_cli("run", NAME, cwd=root, PYTHONHASHSEED="11")

    assert done.returncode == 0, done.stderr
    name = "data/fortroligt/frivillige-2024.udtrukket.csv"
    assert (root / name).read_bytes() == (made / name).read_bytes()
    assert (root / f"reports/{NAME}.pdf").read_bytes() == (made / f"reports/{NAME}.pdf").read_bytes()


def test_the_constructed_pool_is_a_source_and_marks_the_page(tmp_path):
    root = copy_of_this_workspace(tmp_path)
    done = run_cli("run", NAME, cwd=root)
    assert done.returncode == 0, done.stderr
    found = assemble(json.loads((root / f"reports/{NAME}.ipynb").read_text(encoding="utf-8")), "x")

    assert {one.fil for one in found.colophon.kilder} == {POOL.name, POPULATION.name}
    assert not list(root.rglob("*.udtrukket.csv"))
    validator = Path(sys.executable).parent / "outloud"
    command = [validator, "--quiet", "--fail-on", "warning", root / f"reports/{NAME}.pdf"]
    assert subprocess.run(command, capture_output=True).returncode == 0


def test_before_the_draw_the_protocol_tells_the_hash_and_nobody_is_drawn(tmp_path):
    root = copy_of_this_workspace(tmp_path)
    toml = root / f"analyses/{NAME}.toml"
    lines = toml.read_text(encoding="utf-8").splitlines()
    toml.write_text("\n".join(one for one in lines if not one.startswith("fr")), encoding="utf-8")
    done = run_cli("run", NAME, cwd=root)
    assert done.returncode == 0, done.stderr
    found = assemble(json.loads((root / f"reports/{NAME}.ipynb").read_text(encoding="utf-8")), "x")

    assert "Der er ikke trukket endnu" in [one.text for one in found.colophon.values]
    table = next(block for block in found.blocks if isinstance(block, doc.Table))
    assert {doc.plain(row.cells[-1].children) for row in table.rows} == {"ikke trukket"}


def test_a_pool_that_changed_after_its_hash_was_published_is_not_drawn_from(made, tmp_path):
    root = copy_of_this_workspace(tmp_path)
    (root / "data/fortroligt").mkdir()
    (root / PLACE).write_text(POOL.read_text(encoding="utf-8").rsplit("\n", 2)[0] + "\n", encoding="utf-8")
    shutil.copy(made / f"analyses/{NAME}.toml", root / f"analyses/{NAME}.toml")
    done = run_cli("run", NAME, cwd=root)

    assert done.returncode == 1
    assert "ændret, siden fingeraftrykket blev offentliggjort" in done.stderr
    assert not list(root.rglob("*.udtrukket.csv"))


def test_faults_in_a_confidential_file_are_told_by_line_and_nothing_of_it_is_kept(made, tmp_path):
    root = copy_of_this_workspace(tmp_path)
    (root / "data/fortroligt").mkdir()
    text = (
        POOL.read_text(encoding="utf-8")
        .replace("K001;kvinde", "HEMMELIG1;Ib Ibsens Vej 3")
        .replace("K002;kvinde", "K003;")
    )
    (root / PLACE).write_text(text, encoding="utf-8")
    shutil.copy(made / f"analyses/{NAME}.toml", root / f"analyses/{NAME}.toml")
    done = run_cli("run", NAME, cwd=root)
    kept = b"".join(path.read_bytes() for path in (root / "reports").rglob("*") if path.is_file())

    assert done.returncode == 1
    for told in ("linje 2", "linje 3"):
        assert told in done.stderr
    for secret in ("HEMMELIG1", "Ibsens", "K003", "frivillige-2024"):
        assert secret.encode() not in kept
        assert secret not in done.stderr


def test_quotas_that_cannot_be_met_stop_the_run_and_draw_nobody(made, tmp_path):
    root = copy_of_this_workspace(tmp_path)
    (root / "data/fortroligt").mkdir()
    lines = [one for one in POOL.read_text(encoding="utf-8").splitlines() if ";Tune;" not in one]
    (root / PLACE).write_text("\n".join(lines), encoding="utf-8")
    shutil.copy(made / f"analyses/{NAME}.toml", root / f"analyses/{NAME}.toml")
    done = run_cli("run", NAME, cwd=root)

    assert done.returncode == 1
    assert "»område« = »Tune«" in done.stderr
    assert not (root / f"reports/{NAME}.pdf").exists()
    assert not list(root.rglob("*.udtrukket.csv"))
