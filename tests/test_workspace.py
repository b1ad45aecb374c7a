import pytest

from budgetanalyser.errors import WorkspaceError
from budgetanalyser.workspace import Workspace


def test_a_workspace_is_found_from_any_folder_in_it(small):
    assert Workspace.find(small.root / "analyses/2024").root == small.root.resolve()


def test_outside_a_workspace_says_what_to_do(tmp_path):
    with pytest.raises(WorkspaceError, match="--workspace"):
        Workspace.find(tmp_path)


def test_analyses_are_named_by_their_path(small):
    (small.root / "analyses/2023").mkdir(exist_ok=True)
    small.toml("", "2023/ældre")

    assert Workspace(small.root).analyses() == ["2023/ældre", "2024/lille"]


def test_a_misspelt_name_gets_the_nearest(small):
    with pytest.raises(WorkspaceError, match="Mente du »2024/lille«"):
        Workspace(small.root).analysis("2024/lile")
    with pytest.raises(WorkspaceError, match="Mente du »lille«"):
        Workspace(small.root).notebook("lile")


@pytest.mark.parametrize("name", ["../ude", "/etc/passwd", "2024/../../ude", "a\\..\\b", "a\0b"])
def test_no_name_leads_out_of_the_workspace(small, name):
    workspace = Workspace(small.root)
    for find in (workspace.analysis, workspace.prose, workspace.notebook, workspace.raw):
        with pytest.raises(WorkspaceError, match="fører ud af"):
            find(name)


def test_a_link_out_of_the_workspace_is_refused(small, tmp_path):
    outside = tmp_path / "ude.csv"
    outside.write_text("hemmelig", encoding="utf-8")
    (small.root / "data/raw/link.csv").symlink_to(outside)

    with pytest.raises(WorkspaceError, match="fører ud af"):
        Workspace(small.root).raw("link.csv")
