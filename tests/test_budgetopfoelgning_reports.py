"""The follow-up the whole way, from a ledger to eight reports, against numbers worked out here by other means."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from builders import ROOT, copy_of_this_workspace, need, run_cli

from budgetanalyser.opfoelgning import opdigt
from budgetanalyser.report import document as doc
from budgetanalyser.report.assemble import assemble

ANALYSIS = "2026/KONSTRUERET-budgetopfoelgning"
WHOLE, ECONOMY, SOCIAL = (
    f"{ANALYSIS}/2026K3/{name}" for name in ("hele-kommunen", "oekonomiudvalget", "social-og-sundhedsudvalget")
)
RAW = ROOT / "data/raw"
LEDGER = "data/raw/2026K3/KONSTRUERET-posteringer.csv"
CONTROL = "data/raw/2026K3/KONSTRUERET-kontrol.csv"
# What the invented finance system shows: its ordinary postings, the opening balance and the supplement.
TOTAL = opdigt.eksempel().total() + Decimal(-187_400_000) + Decimal("412337.75")
DRIFT = {"service", "overfoersel", "medfinansiering", "refusion"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a workspace in which the eight have been made."""
    root = copy_of_this_workspace(tmp_path_factory.mktemp("opfoelgning"))
    done = run_cli("run", "--period", "2026K3", cwd=root)
    assert done.returncode == 0, done.stderr
    return root


def document(root: Path, name: str) -> doc.Document:
    return assemble(json.loads((root / f"reports/{name}.ipynb").read_text(encoding="utf-8")), "x")


def values(root: Path, name: str) -> dict[str, str]:
    return {one.name: one.exact or one.text for one in document(root, name).colophon.values}


def table(root: Path, name: str, beginning: str) -> doc.Table:
    found = [
        one
        for one in document(root, name).blocks
        if isinstance(one, doc.Table) and doc.plain(one.caption).startswith(beginning)
    ]
    assert len(found) == 1, beginning
    return found[0]


def exact(one: doc.Table) -> dict[str, list[str]]:
    return {str(row.cells[0].value): [str(cell.value) for cell in row.cells[1:]] for row in one.rows}


def outputs(root: Path) -> dict[str, bytes]:
    folder = root / f"reports/{ANALYSIS}"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.[px][dl]*"))}


def spent_by_hand() -> dict[tuple[str, str], Decimal]:
    """Return ordinary spend by committee and kind, cut from the bytes, which have no quotes; minus stands last."""
    place = {}
    with (RAW / "KONSTRUERET-konteringsnoegle.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter=";"):
            place[row["funktion"], row["dranst"]] = (row["udvalg"], "drift" if row["ramme"] in DRIFT else row["ramme"])
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in (ROOT / LEDGER).read_bytes().decode("cp1252").splitlines()[1:]:
        cells = line.split(";")
        number = Decimal(cells[-1].rstrip("-").replace(".", "").replace(",", "."))
        if cells[-2] == "NOR":
            found[place[cells[3], cells[4]]] += -number if cells[-1].endswith("-") else number
    return found


def danish(amount: Decimal) -> bytes:
    return f"{amount:.2f}".replace(".", ",").encode()


def test_one_analysis_makes_one_report_for_the_municipality_and_one_for_each_committee(made):
    found = outputs(made)

    assert len(found) == 16
    assert sum(name.endswith(".pdf") for name in found) == 8
    assert {name.split("/")[0] for name in found} == {"2026K3"}


def test_the_same_inputs_make_the_same_bytes_in_another_time_zone(made):
    before = outputs(made)
    done = run_cli("run", "--period", "2026K3", cwd=made, PYTHONHASHSEED="7", TZ="Pacific/Kiritimati", LC_ALL="C")

    assert done.returncode == 0, done.stderr
    assert outputs(made) == before


def test_the_spend_is_that_of_the_ledger_counted_by_hand(made):
    spent = spent_by_hand()
    whole = exact(table(made, WHOLE, "Budget, forbrug"))
    social = exact(table(made, SOCIAL, "Budget, forbrug"))

    assert sum(spent.values()) == opdigt.eksempel().total()
    assert Decimal(whole["Driftsudgifter i alt"][2]) == sum(kr for (_, kind), kr in spent.items() if kind == "drift")
    assert Decimal(whole["Anlægsudgifter i alt"][2]) == sum(kr for (_, kind), kr in spent.items() if kind == "anlaeg")
    assert Decimal(social["Driftsudgifter i alt"][2]) == spent["Social- og Sundhedsudvalget", "drift"]
    assert Decimal(whole["Ændring af likvide aktiver"][2]) == sum(spent.values())


def test_the_committees_add_up_to_the_municipality(made):
    whole = values(made, WHOLE)
    names = [path.stem for path in (made / f"reports/{ANALYSIS}/2026K3").glob("*.pdf") if path.stem != "hele-kommunen"]
    parts = [values(made, f"{ANALYSIS}/2026K3/{name}") for name in names]

    assert len(parts) == 7
    for name in ("korrigeret", "forventet", "forbrug_til_dato"):
        assert sum(Decimal(part[name]) for part in parts) == Decimal(whole[name])


def test_the_ledger_is_reconciled_to_the_systems_own_total(made):
    rows = exact(table(made, SOCIAL, "Udtrækket mod"))

    assert rows["Rækker i filen"][0] == "5000"
    assert rows["Godkendte posteringer"] == ["5000", str(TOTAL)]
    assert rows["Kontroltotal fra økonomisystemet"][1] == str(TOTAL)
    assert Decimal(rows["Forskel"][1]) == 0


def test_the_way_from_the_ledgers_total_to_the_reports_spend_is_told(made):
    rows = {
        str(row.cells[0].value): Decimal(str(row.cells[1].value)) for row in table(made, SOCIAL, "Fra udtrækkets").rows
    }
    names = list(rows)

    assert rows["Udtrækkets sum, hele kommunen"] == TOTAL
    assert sorted(rows[name] for name in names if name.startswith("Ikke talt")) == [-187400000, Decimal("412337.75")]
    assert rows["Forbrug i januar-september 2026, hele kommunen"] == opdigt.eksempel().total()
    assert rows["Heraf Social- og Sundhedsudvalget"] == spent_by_hand()["Social- og Sundhedsudvalget", "drift"]


def test_the_bridge_ends_where_the_table_does(made):
    figure = next(one for one in document(made, WHOLE).blocks if isinstance(one, doc.Figure))
    steps = {str(row.cells[0].value): Decimal(str(row.cells[1].value)) for row in figure.data.rows}
    total = exact(table(made, WHOLE, "Budget, forbrug"))["Driftsudgifter i alt"]

    assert [steps[name] for name in ("Oprindeligt budget", "Korrigeret budget", "Forventet regnskab")] == [
        Decimal(total[0]),
        Decimal(total[1]),
        Decimal(total[3]),
    ]


def test_a_report_with_unexplained_deviations_says_which(made):
    # By the invented municipality, three appropriations deviate by more than the threshold and nobody has said why.
    assert "»Sygedagpenge«, »Skolefritidsordninger« og »Affald«" in values(made, WHOLE)["stempel"]
    assert values(made, ECONOMY)["stempel"] == "-"
    shown = exact(table(made, WHOLE, "Afvigelser og forklaringer"))
    assert shown["Sygedagpenge"][-1] == "Forklaring mangler"
    assert shown["Vejanlæg"][-1] == "Anlægget afventer ekspropriation og flyttes til 2027."


def test_the_managers_figure_wins_and_the_models_stands_beside_it(made):
    rows = exact(table(made, WHOLE, "Forventet regnskab: modellen"))
    spend, _, model, low, high, own, used = rows["Ældrepleje"]

    assert own == used == "408900000"
    assert Decimal(spend) < Decimal(low) < Decimal(model) < Decimal(high)
    assert rows["Biblioteker"][5:] == ["None", rows["Biblioteker"][2]]


def test_only_the_whole_municipality_tells_its_frame_and_cash(made):
    assert "mio. kr. over servicerammen på 2.012,0 mio. kr." in values(made, WHOLE)["ramme_ord"]
    assert "overholder kassekreditreglen" in values(made, WHOLE)["kassen_ord"]
    assert "gælder kommunen under ét" in values(made, SOCIAL)["ramme_ord"]
    assert values(made, SOCIAL)["kassen_ord"] == "Likviditeten gøres kun op for hele kommunen."


def test_the_applications_of_a_committee_are_its_own_and_each_gives_zero(made):
    everything = table(made, WHOLE, "Ansøgninger og deres")

    assert len(everything.rows) == 6
    for column in range(3, 7):
        assert sum(Decimal(str(row.cells[column].value)) for row in everything.rows) == 0
    assert values(made, SOCIAL)["ansoegt_ord"] == "Der er ingen ansøgninger om tillægsbevilling."


def test_every_page_says_that_it_is_invented(made):
    need("pdftotext")
    for path in sorted((made / f"reports/{ANALYSIS}/2026K3").glob("*.pdf")):
        done = subprocess.run(
            ["pdftotext", str(path), "-"], capture_output=True, text=True, encoding="utf-8", check=True
        )
        pages = done.stdout.split("\f")[:-1]
        assert len(pages) > 5
        assert [number for number, page in enumerate(pages, 1) if "KONSTRUERET" not in page] == []
        assert [number for number, page in enumerate(pages, 1) if "Opdigtet Kommune" not in page] == []


def test_a_wrong_control_total_makes_no_report_and_leaves_the_last_good_ones(made):
    before = outputs(made)
    path = made / CONTROL
    right, side = path.read_bytes(), path.with_name(path.name + ".kilde.toml").read_bytes()
    path.write_bytes(right.replace(danish(TOTAL), danish(TOTAL + Decimal("0.01"))))
    assert run_cli("kilde", "forny", "2026K3/KONSTRUERET-kontrol.csv", cwd=made).returncode == 0
    done = run_cli("run", "--period", "2026K3", cwd=made)
    path.write_bytes(right)
    path.with_name(path.name + ".kilde.toml").write_bytes(side)

    assert done.returncode == 1
    assert "8 af 8 fejlede" in done.stderr
    assert done.stderr.count("kontroltotalen er") == 1  # Told once, not eight times.
    assert done.stderr.count("samme fejl som") == 7
    assert "forskellen er −0,01 kr" in re.sub(r"\s+", " ", done.stderr)
    assert outputs(made) == before


def test_a_rejected_row_stops_the_report_until_the_analysis_names_its_line(made):
    ledger = made / LEDGER
    good, side = ledger.read_bytes(), ledger.with_name(ledger.name + ".kilde.toml").read_bytes()
    lines = good.split(b"\r\n")
    broken = lines[16].rsplit(b";", 1)[0] + b";1.23,4x"
    ledger.write_bytes(b"\r\n".join([*lines[:16], broken, *lines[17:]]))
    analysis = made / f"analyses/{ANALYSIS}.toml"
    text = analysis.read_text(encoding="utf-8")
    control = made / CONTROL
    right, control_side = control.read_bytes(), control.with_name(control.name + ".kilde.toml").read_bytes()
    lost = Decimal(lines[16].rsplit(b";", 1)[1].decode().rstrip("-").replace(".", "").replace(",", "."))
    lost = -lost if lines[16].endswith(b"-") else lost
    try:
        run_cli("kilde", "forny", "2026K3/KONSTRUERET-posteringer.csv", cwd=made)
        refused = run_cli("run", WHOLE, cwd=made)
        rejects = made / "data/processed/2026K3/KONSTRUERET-posteringer.csv.afviste.csv"
        left = rejects.read_text(encoding="utf-8-sig")

        control.write_bytes(right.replace(danish(TOTAL), danish(TOTAL - lost)))
        run_cli("kilde", "forny", "2026K3/KONSTRUERET-kontrol.csv", cwd=made)
        analysis.write_text(text.replace("metode =", 'accepterede_linjer = "17"\nmetode ='), encoding="utf-8")
        accepted = run_cli("run", WHOLE, cwd=made)
        rows = exact(table(made, WHOLE, "Udtrækket mod"))
    finally:
        ledger.write_bytes(good)
        ledger.with_name(ledger.name + ".kilde.toml").write_bytes(side)
        control.write_bytes(right)
        control.with_name(control.name + ".kilde.toml").write_bytes(control_side)
        analysis.write_text(text, encoding="utf-8")

    assert refused.returncode == 1
    assert "linje 17" in refused.stderr
    assert "1.23,4x" in left
    assert left.splitlines()[1].startswith("17;")
    assert accepted.returncode == 0, accepted.stderr
    assert rows["Afviste rækker, godkendt i analysen"][0] == "1"
    assert rows["Godkendte posteringer"][0] == "4999"


def test_another_period_greves_signs_and_a_period_not_closed(made):
    assert run_cli("sample", "ledger", "--period", "2026K2", "--postings", "1000", cwd=made).returncode == 0
    analysis = made / f"analyses/{ANALYSIS}.toml"
    text = analysis.read_text(encoding="utf-8")
    listed = made / "data/raw/KONSTRUERET-opfoelgninger-2026.csv"
    side = listed.with_name(listed.name + ".kilde.toml")
    before = listed.read_bytes(), side.read_bytes()
    changed = text.replace('fortegn = "udgift_plus"', 'fortegn = "greve"')
    changed = changed.replace('enhed = "mio. kr."', 'enhed = "1.000 kr."').replace("decimaler = 1", "decimaler = 0")
    assert changed.count("greve") == text.count("greve") + 1
    try:
        listed.write_bytes(before[0].replace(b"2026-06-30;ja", b"2026-06-30;nej"))
        run_cli("kilde", "forny", listed.name, cwd=made)
        analysis.write_text(changed, encoding="utf-8")
        done = run_cli("run", "--period", "2026K2", f"{ANALYSIS}/2026K2/hele-kommunen", cwd=made)
        name = f"{ANALYSIS}/2026K2/hele-kommunen"
        shown, told = table(made, name, "Budget, forbrug"), values(made, name)
    finally:
        listed.write_bytes(before[0])
        side.write_bytes(before[1])
        analysis.write_text(text, encoding="utf-8")

    assert done.returncode == 0, done.stderr
    row = exact(shown)["Driftsudgifter i alt"]
    assert Decimal(row[4]) == Decimal(row[1]) - Decimal(row[3])  # Budget less forecast: plus is less spent.
    assert any("plus angiver et mindreforbrug" in note for note in shown.notes)
    assert "1.000 kr." in doc.plain(shown.unit_line)
    assert told["stempel"].startswith("Foreløbig: 2. kvartal 2026 er ikke lukket.")
    assert "januar-juni 2026" in told["perioden"]
