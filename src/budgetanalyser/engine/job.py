"""One report from its TOML to the published PDF.

`check` tells every fault before a kernel starts; `make` runs the notebook, assembles the document, typesets it and
only then puts the files into `reports/`, each by an atomic rename. When anything fails, the last good report stands.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from budgetanalyser.engine import contract
from budgetanalyser.engine.parameters import PARAMETERS_TAG, Declared
from budgetanalyser.errors import AnalysisError, CellError, Fault

# The notebook as far as it got, when a run fails; removed by the next one that succeeds.
FAILED = ".fejl.ipynb"

OnCell = Callable[[int, int], None]


@dataclass(frozen=True)
class Paths:
    """Where one report's files are, as absolute paths.

    `root` is the workspace, `reports` its folder of reports; `raw` turns a source's name into its path.
    """

    name: str
    root: Path
    analysis: Path
    prose: Path
    notebook: Path
    reports: Path
    raw: Callable[[str], Path]

    def shown(self, path: Path) -> str:
        """Return a path as people know it."""
        return path.relative_to(self.root).as_posix()

    def report(self, ending: str) -> Path:
        """Return the path of the report's file with an ending."""
        return self.reports / f"{self.name}{ending}"


@dataclass(frozen=True)
class Checked:
    """An analysis whose contract holds: its model and the value of every parameter."""

    analysis: contract.Analysis
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Made:
    """A published report."""

    pdf: Path
    run_id: str
    seconds: float


def check(paths: Paths, analysis: contract.Analysis, text: str, *, taken: frozenset[str]) -> Checked:
    """Check all that can be known of a report before it is run.

    Args:
        paths: Its files.
        analysis, text: The analysis, and its TOML text.
        taken: Names that no parameter may have.

    Raises:
        AnalysisError, NotebookError, KildeError: All faults of the first file that has any.
    """
    shown = paths.shown(paths.notebook)
    declared = contract.check_notebook(contract.read_cells(paths.notebook, shown), shown, taken=taken)
    values = contract.bind(analysis, declared, text=text, shown_path=paths.shown(paths.analysis), name=paths.name)
    _check_sources(paths, declared, values, text)
    return Checked(analysis, values)


def _check_sources(paths: Paths, declared: dict[str, Declared], values: dict[str, Any], text: str) -> None:
    from budgetanalyser import tomlfil
    from budgetanalyser.errors import KildeError
    from budgetanalyser.kilder.sidecar import read_sidecar

    faults = []
    for one in declared.values():
        if one.kind != "Kildefil" or not values[one.name]:
            continue
        try:
            read_sidecar(paths.raw(values[one.name]))
        except KildeError as error:
            where = tomlfil.place(text, "parametre", one.name)
            faults += [Fault(f"{error.path}: {fault}", where) for fault in error.faults]
    if faults:
        raise AnalysisError(paths.shown(paths.analysis), faults)


def make(paths: Paths, checked: Checked, *, on_cell: OnCell | None = None) -> Made:
    """Run, assemble, typeset and publish one report.

    Raises:
        CellError: A cell failed or took too long. The partly run notebook is kept as `<name>.fejl.ipynb`.
        DocumentError: The document cannot be printed.
        PdfError: The typesetter refused it.
    """
    started, begun = datetime.now(UTC), time.perf_counter()
    target = paths.report(".pdf")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".laver-", dir=target.parent) as folder:
        output = Path(folder) / "udfoert.ipynb"
        ready = threading.Thread(target=_import_typesetting, daemon=True)
        notebook = _run(paths, checked, output, on_cell, ready)
        ready.join()
        pdf, document = _typeset(paths, notebook)
        seconds = time.perf_counter() - begun
        record = _record(document.colophon, notebook, started, seconds)
        _publish(paths, {".ipynb": output.read_bytes(), ".koersel.json": record, ".pdf": pdf})
    paths.report(FAILED).unlink(missing_ok=True)
    return Made(target, document.colophon.run_id, seconds)


def _import_typesetting() -> None:
    """Import what comes after the run while the kernel is at work; the driver only waits meanwhile."""
    import budgetanalyser.report.assemble
    import budgetanalyser.report.pdf  # noqa: F401


@contextmanager
def _without_address_grammar() -> Iterator[None]:
    """Import papermill without the grammar of international addresses, which takes longer than all the rest.

    jsonschema builds it at import for the format "iri", where it is installed at all; no notebook schema uses it, and
    jsonschema does without it when its import fails.
    """
    absent = "rfc3987_syntax" not in sys.modules
    if absent:
        sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if absent:
            del sys.modules["rfc3987_syntax"]


class _Source(str):
    """A value as Python source: text to papermill's JSON, code to its translator."""


def source_of(value: object) -> str:
    """Return a parameter's value as Python source that needs only the imports of the parameters cell."""
    if isinstance(value, Decimal):
        return f'Decimal("{value}")'
    if isinstance(value, date):
        return f"date({value.year}, {value.month}, {value.day})"
    return repr(value)


def _register_translator() -> None:
    from papermill.translators import PythonTranslator, papermill_translators

    class Translator(PythonTranslator):  # type: ignore[misc]
        """Injects Decimal, date and Danish letters as themselves."""

        @classmethod
        def translate(cls, val: object) -> str:
            return str(val) if isinstance(val, _Source) else str(super().translate(val))

    papermill_translators.register("python", Translator)


def _run(paths: Paths, checked: Checked, output: Path, on_cell: OnCell | None, meanwhile: threading.Thread) -> Any:
    with _without_address_grammar():
        import papermill

        from budgetanalyser.engine.papermill_engine import NAME, Failure

    # Its one warning, of unknown parameters, is wrong about Literal and Annotated; the contract has checked them.
    logging.getLogger("papermill").setLevel(logging.ERROR)
    _register_translator()
    meanwhile.start()
    limits = checked.analysis.graenser
    try:
        return papermill.execute_notebook(
            # papermill formats its paths with the parameters; a brace in a folder's name must stay a brace.
            _unformatted(paths.notebook),
            _unformatted(output),
            parameters={name: _Source(source_of(value)) for name, value in checked.parameters.items()},
            engine_name=NAME,
            kernel_name="python3",
            language="python",
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            progress_bar=False,
            execution_timeout=limits.celle_sekunder,
            total_timeout=limits.rapport_sekunder,
            on_cell=on_cell,
            cwd=str(paths.root),
        )
    except Failure as failure:
        import nbformat

        _publish(paths, {FAILED: nbformat.writes(failure.notebook).encode()})
        raise _cell_error(paths, failure, limits) from None


def _unformatted(path: Path) -> str:
    return str(path).replace("{", "{{").replace("}", "}}")


def _cell_error(paths: Paths, failure: Any, limits: contract.Limits) -> CellError:
    shown = paths.shown(paths.notebook)
    # papermill has set one cell in after the parameters; people count the cells of their own notebook.
    cells = contract.read_cells(paths.notebook, shown)
    tagged = next(i for i, cell in enumerate(cells) if PARAMETERS_TAG in cell.get("metadata", {}).get("tags", []))
    index = failure.index - 1 if failure.index > tagged else failure.index
    cell = cells[min(index, len(cells) - 1)]
    first = next((line for line in cell["source"].splitlines() if line.strip() and not line.startswith("#")), "")
    reasons = {
        "fejl": failure.value if failure.own else f"{failure.name}: {failure.value}",
        "celletid": f"cellen blev ikke færdig på {limits.celle_sekunder} sekunder (celle_sekunder under [graenser])",
        "rapporttid": f"rapporten blev ikke færdig på {limits.rapport_sekunder} sekunder "
        "(rapport_sekunder under [graenser])",
        "kernedød": "kernen stoppede midt i cellen, måske fordi der ikke var hukommelse nok",
    }
    return CellError(shown, index + 1, str(cell.get("id", "")), first.strip()[:100], reasons[failure.why])


def _typeset(paths: Paths, notebook: Any) -> tuple[bytes, Any]:
    from budgetanalyser.report.assemble import assemble
    from budgetanalyser.report.pdf import render

    document = assemble(notebook, paths.shown(paths.notebook))
    return render(document), document


def _record(colophon: Any, notebook: Any, started: datetime, seconds: float) -> bytes:
    from budgetanalyser.report.assemble import INJECTED_TAG

    cells = [
        {"celle": cell.get("id", ""), "sekunder": cell.metadata.get("papermill", {}).get("duration")}
        for cell in notebook.cells
        if cell.cell_type == "code" and INJECTED_TAG not in cell.metadata.get("tags", [])
    ]
    record = {
        **colophon.model_dump(mode="json"),
        "startet": started.isoformat(timespec="seconds"),
        "sekunder": round(seconds, 3),
        "celler": cells,
    }
    return json.dumps(record, ensure_ascii=False, indent=1).encode()


def _publish(paths: Paths, files: dict[str, bytes]) -> None:
    """Write each file beside its target, sync it, and rename it; the PDF last, as it is what people open."""
    for ending, content in files.items():
        target = paths.report(ending)
        handle, temporary = tempfile.mkstemp(prefix=".laver-", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o644)
            os.replace(temporary, target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
