"""The repository's own promises: lists that agree, notebooks that can be reviewed, files that name no machine."""

import json
import re
import subprocess
import tomllib

import pytest
import yaml
from builders import ROOT

from budgetanalyser.authoring import MAGIC, NAMES
from budgetanalyser.engine.contract import check_notebook
from budgetanalyser.engine.expansion import planned
from budgetanalyser.engine.files import read_cells
from budgetanalyser.engine.precheck import check
from budgetanalyser.kilder.sidecar import ENDING, read_sidecar
from budgetanalyser.kilder.table import read
from budgetanalyser.workspace import Workspace

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
WORKSPACE = Workspace(ROOT)
# conda-forge's matplotlib without the Qt windows nobody needs here.
CONDA_NAMES = {"matplotlib-base": "matplotlib"}


def pins(name):
    """Return the pinned versions for Python 3.11 by package."""
    text = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8")
    found = re.findall(r"^([\w.-]+)==([\w.+-]+)(?: ; (.*?))? \\$", text, re.MULTILINE)
    return {package: version for package, version, marker in found if "'3.12" not in marker or "< '3.12" in marker}


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def bare(requirement):
    return re.match(r"[\w.-]+", requirement)[0].lower()


def conda():
    listed = {}
    for line in yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]:
        for one in line["pip"] if isinstance(line, dict) else [line]:
            name, _, version = re.sub(r"\[.*?\]", "", one).replace("==", "=").partition("=")
            listed[CONDA_NAMES.get(name, name)] = version
    return listed


def test_every_direct_dependency_is_pinned_and_conda_says_the_same():
    locked, listed = pins("run"), conda()
    direct = {bare(one) for one in project()["dependencies"]}

    assert direct <= set(locked)
    assert {name: listed.get(name) for name in direct} == {name: locked[name] for name in direct}
    assert set(listed) - direct == {"python", "pip", "-e ."}


def test_the_developers_pins_contain_the_users():
    run, dev = pins("run"), pins("dev")

    assert run.items() <= dev.items()
    assert {bare(one) for one in project()["optional-dependencies"]["dev"]} <= set(dev)


def test_every_pin_has_a_hash():
    for name in ("run", "dev"):
        text = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8")
        blocks = re.split(r"\n(?=\S)", text.strip())
        assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_can_be_reviewed_and_keeps_the_contract(path):
    book = json.loads(path.read_text(encoding="utf-8"))

    assert set(book["metadata"]) == {"kernelspec"}
    for cell in book["cells"]:
        assert set(cell["metadata"]) <= {"tags"}
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
        assert re.fullmatch(r"[a-z][a-z0-9-]+", cell["id"])
    check_notebook(read_cells(path, path.name), path.name, taken=frozenset([*NAMES, MAGIC]))


@pytest.mark.parametrize("name", [report.name for report in planned(WORKSPACE)])
def test_every_report_fits_its_notebook_and_has_its_prose_and_sources(name):
    assert check(WORKSPACE, name, taken=frozenset([*NAMES, MAGIC])).parameters["analyse"] == name


def test_every_raw_file_has_a_sidecar_that_explains_each_column():
    files = [path for path in (ROOT / "data/raw").rglob("*") if path.is_file()]
    raw = [path for path in files if not path.name.endswith((ENDING, "README.md"))]
    # A ledger's columns are declared by its layout.
    is_table = {path: path.suffix == ".csv" and not path.name.endswith("-posteringer.csv") for path in raw}
    kilder = [read(path).kilde if is_table[path] else read_sidecar(path) for path in raw]

    assert len(raw) >= 5
    assert len(list((ROOT / "data/raw").rglob(f"*{ENDING}"))) == len(raw)
    assert [f"{k.fil}: {name}" for k in kilder for name, column in k.kolonner.items() if not column.betydning] == []


def tracked():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_package_host_or_a_path_of_a_machine():
    hosts = "|".join(("pypi" + r"\.org", "python" + "hosted", "npm" + r"js\.(org|com)", "deb" + r"\.debian"))
    machine = r"(?:^|[^\w./])/(?:home|root|work|Users)/\w"
    wrong = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        wrong += [f"{path.name}: {match[0]}" for match in re.finditer(f"{hosts}|{machine}", text)]

    assert wrong == []


def test_the_readme_commands_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    named = set(re.findall(r"(?:^|`)make ([a-z]+)", readme, re.MULTILINE))
    assert {"reports", "test"} <= named <= targets
    for picture in re.findall(r"\]\((docs/[^)]+)\)", readme):
        assert (ROOT / picture).is_file()
