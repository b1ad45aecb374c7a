"""Confidential files: never where git or a report can take them along. All people here are KONSTRUERET."""

import subprocess

import pytest

from budgetanalyser.errors import KildeError
from budgetanalyser.kilder import fortrolig

POOL = "id;køn;alder\nK1;kvinde;16-29\nK2;mand;30-44\n"


@pytest.fixture
def workspace(tmp_path):
    root = tmp_path / "område"
    (root / fortrolig.FOLDER).mkdir(parents=True)
    return root


def put(folder, text=POOL, name="pulje.csv"):
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_a_pool_in_the_confidential_folder_is_found_by_name_and_read(workspace):
    put(workspace / fortrolig.FOLDER)
    pool = fortrolig.read(fortrolig.find("pulje.csv", workspace))

    assert list(pool.index) == ["K1", "K2"]
    assert pool.at["K2", "køn"] == "mand"


def test_a_pool_outside_the_workspace_is_found_by_its_whole_path(workspace, tmp_path):
    assert fortrolig.find(str(put(tmp_path)), workspace) == tmp_path / "pulje.csv"


def test_a_pool_elsewhere_in_the_workspace_is_refused(workspace):
    (workspace / "data/raw").mkdir()
    path = put(workspace / "data/raw")
    with pytest.raises(KildeError, match="må ikke ligge i arbejdsområdet"):
        fortrolig.find(str(path), workspace)
    with pytest.raises(KildeError, match="må ikke ligge i arbejdsområdet"):
        fortrolig.find("../raw/pulje.csv", workspace)


def test_a_pool_that_is_not_there_is_told_by_name_alone(workspace):
    with pytest.raises(KildeError) as caught:
        fortrolig.find("andet.csv", workspace)
    assert "andet.csv" in str(caught.value)
    assert str(workspace) not in str(caught.value)


def test_a_folder_that_git_would_take_along_is_refused_until_it_is_ignored(workspace):
    put(workspace / fortrolig.FOLDER)
    subprocess.run(["git", "init", "-q", str(workspace)], check=True)
    with pytest.raises(KildeError, match="git ville tage filen eller de udtrukne med"):
        fortrolig.find("pulje.csv", workspace)

    (workspace / ".gitignore").write_text("data/fortroligt/\n")
    assert fortrolig.find("pulje.csv", workspace).is_file()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id;navn\nK1;Ib Ibsen\n", "linje 1: kolonne 2 er en personoplysning"),
        ("id;CPR-nr\nK1;x\n", "linje 1: kolonne 2 er en personoplysning"),
        ("id;Email\nK1;x\n", "linje 1: kolonne 2 er en personoplysning"),
        ("id;note\nK1;0101901234\n", "linje 2: cellen i »note« ligner et CPR-nummer"),
        ("id;note\nK1;010190-1234\n", "linje 2: cellen i »note« ligner et CPR-nummer"),
        ("id;note\nK1;ib@firma.dk\n", "linje 2: cellen i »note« ligner en mailadresse"),
        ("id;køn\nK1\n", "linje 2: der er 1 felter"),
        ("id;id\nK1;K2\n", "et står to gange"),
        ("nr;køn\nK1;mand\n", "og én er »id«"),
        ("", "og én er »id«"),
    ],
)
def test_what_does_not_belong_is_refused_without_being_repeated(tmp_path, text, said):
    path = put(tmp_path, text)
    with pytest.raises(KildeError, match=said) as caught:
        fortrolig.read(path)
    for secret in ("Ibsen", "1901234", "190-1234", "ib@firma"):
        assert secret not in str(caught.value)


def test_all_faults_of_the_file_are_told_at_once(tmp_path):
    with pytest.raises(KildeError) as caught:
        fortrolig.read(put(tmp_path, "id;navn;alder\nK1;a;1\nK2;b\nK3;c;0101901234\n"))
    assert len(caught.value.faults) == 3


def test_an_address_key_and_a_windows_file_are_read(tmp_path):
    path = tmp_path / "pulje.csv"
    path.write_bytes("id;køn;husstand\r\nK1;kvinde;A7\r\n".encode("cp1252"))
    assert fortrolig.read(path).at["K1", "husstand"] == "A7"


def test_the_ids_drawn_are_written_beside_the_pool_and_nothing_is_left_over(tmp_path):
    path = put(tmp_path)
    target = fortrolig.write_drawn(path, {"K2", "K1"})

    assert target.read_bytes() == b"id\r\nK1\r\nK2\r\n"
    assert {one.name for one in tmp_path.iterdir()} == {"pulje.csv", "pulje.udtrukket.csv"}
