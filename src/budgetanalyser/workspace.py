"""The workspace: the folder with `analyses/ notebooks/ data/ reports/`, found from any folder inside it.

Names become paths here, and only here, so that none leads out of the workspace. What the files hold is read by others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from budgetanalyser.errors import WorkspaceError, nearest

FOLDERS = ("analyses", "notebooks")
# What stands between a report's name and its ending in the files beside the PDF.
RESERVED = (".fejl", ".koersel")
# A report's name goes on after its file's with a period, a value, or both.
_MOST_AFTER_FILE = 2


@dataclass(frozen=True)
class Workspace:
    """A workspace at `root`, an absolute path.

    An analysis is named by its path under `analyses/` without the ending: "2023/velfaerdsborgersamling". One that makes
    several reports names each by what follows: "2026/budgetopfoelgning/2026K3/hele-kommunen".
    """

    root: Path

    @classmethod
    def find(cls, start: Path) -> Workspace:
        """Return the workspace that `start` lies in.

        Raises:
            WorkspaceError: Neither `start` nor a folder above it has `analyses/` and `notebooks/`.
        """
        if not _is(start.is_dir):
            raise WorkspaceError(f"Mappen {str(start)[:200]} findes ikke.")
        for folder in (start.resolve(), *start.resolve().parents):
            if all((folder / name).is_dir() for name in FOLDERS):
                return cls(folder)
        raise WorkspaceError(
            f"{start} ligger ikke i et arbejdsområde. Gå til mappen med analyses/ og notebooks/, "
            "eller angiv den med --workspace MAPPE."
        )

    def analyses(self) -> list[str]:
        """Return the names of all analyses, sorted; each is that of a file."""
        folder = self.root / "analyses"
        names = (path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.toml"))
        # JupyterLab keeps copies in hidden folders.
        return sorted(name for name in names if not any(part.startswith(".") for part in name.split("/")))

    def file_of(self, name: str) -> str:
        """Return the name of the analysis file that a report belongs to: its own, or what it begins with.

        Whether that file makes such a report is for whoever reads it. A name without a file is returned as it is.

        Raises:
            WorkspaceError: The name leads out of `analyses/`.
        """
        parts = name.split("/")
        for kept in range(len(parts), max(len(parts) - 1 - _MOST_AFTER_FILE, 0), -1):
            begin = "/".join(parts[:kept])
            if _is(self._inside("analyses", f"{begin}.toml").is_file):
                return begin
        return name

    def analysis(self, name: str) -> Path:
        """Return the `.toml` of an analysis, named by its file or by one of its reports.

        Raises:
            WorkspaceError: There is no such analysis, or the name leads out of `analyses/`.
        """
        if name.endswith(RESERVED):
            raise WorkspaceError(
                f"En analyse kan ikke hedde noget, der ender på {' eller '.join(RESERVED)}. Omdøb »{name}«."
            )
        path = self._inside("analyses", f"{self.file_of(name)}.toml")
        if not _is(path.is_file):
            hint = nearest(name, self.analyses())
            raise WorkspaceError(f"Analysen »{name}« findes ikke under analyses/. {hint}")
        return path

    def prose(self, name: str) -> Path:
        """Return the path of an analysis' prose, which all its reports share; the file need not exist."""
        return self._inside("analyses", f"{self.file_of(name)}.md")

    def notebook(self, kind: str) -> Path:
        """Return the notebook of a kind of report.

        Raises:
            WorkspaceError: There is no such notebook, or the name leads out of `notebooks/`.
        """
        path = self._inside("notebooks", f"{kind}.ipynb")
        if not _is(path.is_file):
            known = [one.stem for one in (self.root / "notebooks").glob("*.ipynb")]
            raise WorkspaceError(f"Notebooken »{kind}« findes ikke under notebooks/. {nearest(kind, known)}")
        return path

    def raw(self, file: str) -> Path:
        """Return the path of a raw file; it need not exist."""
        return self._inside("data/raw", file)

    def report(self, name: str, ending: str) -> Path:
        """Return the path of a report's file with an ending such as ".pdf"; it need not exist."""
        return self._inside("reports", name + ending)

    def relative(self, path: Path) -> str:
        """Return a path as people know it: relative to the workspace, with forward slashes."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name

    def _inside(self, folder: str, name: str) -> Path:
        base = self.root / folder
        parts = PurePosixPath(name).parts
        odd = name.startswith("/") or {"\\", "\0", "\n"} & set(name) or ".." in parts
        if odd or str(PurePosixPath(name)) != name or not _is(lambda: _is_in(base, base / name)):
            raise WorkspaceError(
                f"»{name[:100]}« fører ud af {folder}/ eller er ikke et navn. Skriv et navn inde i mappen, "
                "uden .. og uden / forrest."
            )
        return base / name


def _is_in(folder: Path, path: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _is(question: Callable[[], bool]) -> bool:
    """Ask the file system; a name it cannot even look up (too long, a loop of links) is a no."""
    try:
        return question()
    except (OSError, RuntimeError, ValueError):
        return False
