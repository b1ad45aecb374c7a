"""One checked report, run and published.

`make` runs the notebook, assembles the document, makes PDF and workbook of it, and only then puts the files into
`reports/`, by renaming. When anything fails, the last good report stands, and the notebook as far as it got lies beside
it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
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

from budgetanalyser.engine.files import read_cells
from budgetanalyser.engine.leftovers import own_prefix, sweep
from budgetanalyser.engine.parameters import PARAMETERS_TAG
from budgetanalyser.engine.precheck import Checked
from budgetanalyser.errors import BudgetanalyseError, CellError
from budgetanalyser.workspace import Workspace

# The notebook as far as it got, when a run fails; removed by the next one that succeeds.
FAILED = ".fejl.ipynb"
RECORD = ".koersel.json"
# The numbers of the tables and figures; there is none where a report has neither.
WORKBOOK = ".xlsx"
_WORK = ".laver-"

OnCell = Callable[[int, int], None]


@dataclass(frozen=True)
class Made:
    """A published report; `xlsx` is None when it has no table or figure."""

    pdf: Path
    run_id: str
    seconds: float
    xlsx: Path | None = None


def make(workspace: Workspace, checked: Checked, *, on_cell: OnCell | None = None) -> Made:
    """Run, assemble, typeset and publish one report.

    Raises:
        CellError: A cell failed or took too long.
        DocumentError: The document cannot be printed.
        PdfError: The typesetter refused it.
        OSError: The files could not be written.
    """
    started, begun = datetime.now(UTC), time.perf_counter()
    target = workspace.report(checked.name, ".pdf")
    target.parent.mkdir(parents=True, exist_ok=True)
    sweep(target.parent, _WORK)
    with tempfile.TemporaryDirectory(prefix=own_prefix(_WORK), dir=target.parent) as folder:
        work = Path(folder)
        output = work / "udfoert.ipynb"
        ready = threading.Thread(target=_import_typesetting, daemon=True)
        notebook = _run(workspace, checked, output, on_cell, ready)
        if _is_confidential(notebook):
            _strip(notebook)
            output.write_bytes(_written(notebook))
        ready.join()
        try:
            pdf, workbook, document = _typeset(workspace, checked, notebook)
        except BudgetanalyseError:
            _publish(work, {workspace.report(checked.name, FAILED): output.read_bytes()})
            raise
        seconds = time.perf_counter() - begun
        enclosed = {f".{one.name}": one.content.encode() for one in document.files}
        record = _record(document.colophon, notebook, started, seconds, list(enclosed))
        before = _enclosed_before(workspace, checked.name)
        files = {".pdf": pdf, **workbook, ".ipynb": output.read_bytes(), RECORD: record, **enclosed}
        _publish(work, {workspace.report(checked.name, ending): content for ending, content in files.items()})
    for ending in (before | {WORKBOOK}) - set(files):
        workspace.report(checked.name, ending).unlink(missing_ok=True)
    workspace.report(checked.name, FAILED).unlink(missing_ok=True)
    xlsx = workspace.report(checked.name, WORKBOOK) if workbook else None
    return Made(target, document.colophon.run_id, seconds, xlsx)


def _import_typesetting() -> None:
    """Import what comes after the run while the kernel is at work; the driver only waits meanwhile."""
    import pikepdf  # noqa: F401
    import typst  # noqa: F401
    import xlsxwriter  # noqa: F401

    import budgetanalyser.report.assemble
    import budgetanalyser.report.pdf
    import budgetanalyser.report.xlsx  # noqa: F401


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


def _run(
    workspace: Workspace, checked: Checked, output: Path, on_cell: OnCell | None, meanwhile: threading.Thread
) -> Any:
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
            _unformatted(checked.notebook),
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
            cwd=str(workspace.root),
        )
    except Failure as failure:
        if _is_confidential(failure.notebook):
            _strip(failure.notebook)
            failure.value = failure.value if failure.own else "dens ord er ikke vist, da de kan rumme personoplysninger"
        _publish(output.parent, {workspace.report(checked.name, FAILED): _written(failure.notebook)})
        raise _cell_error(workspace, checked, failure) from None


def _written(notebook: Any) -> bytes:
    import nbformat

    return bytes(nbformat.writes(notebook).encode())


def _is_confidential(notebook: Any) -> bool:
    """Return whether a notebook reads a confidential file, so that what its cells print may hold personal data."""
    return any(re.search(r"\bfortrolig(_fil)?\(", cell.source) for cell in notebook.cells if cell.cell_type == "code")


def _strip(notebook: Any) -> None:
    """Leave only the parts of the report among a notebook's outputs, and no confidential file's name in it."""
    from budgetanalyser.engine.parameters import HIDDEN
    from budgetanalyser.report.assemble import INJECTED_TAG
    from budgetanalyser.report.document import MIME

    declared = re.compile(r"^(\w+)\s*:\s*Fortroligfil", re.MULTILINE)
    names = {name for cell in notebook.cells for name in declared.findall(cell.source)}
    notebook.metadata.get("papermill", {}).pop("parameters", None)
    for cell in notebook.cells:
        if INJECTED_TAG in cell.metadata.get("tags", []):
            for name in names:
                cell.source = re.sub(rf"(?m)^{name} = (?!['\"]KONSTRUERET).*$", f'{name} = "{HIDDEN}"', cell.source)
        if cell.cell_type == "code":
            cell.outputs = [one for one in cell.outputs if MIME in one.get("data", {})]


def _unformatted(path: Path) -> str:
    return str(path).replace("{", "{{").replace("}", "}}")


def _cell_error(workspace: Workspace, checked: Checked, failure: Any) -> CellError:
    shown = workspace.relative(checked.notebook)
    limits = checked.analysis.graenser
    # papermill has set one cell in after the parameters; people count the cells of their own notebook.
    cells = read_cells(checked.notebook, shown)
    tagged = next(i for i, cell in enumerate(cells) if PARAMETERS_TAG in cell["metadata"].get("tags", []))
    index = failure.index - 1 if checked.parameters and failure.index > tagged else failure.index
    cell = cells[min(index, len(cells) - 1)]
    first = next((line for line in cell["source"].splitlines() if line.strip() and not line.startswith("#")), "")
    reasons = {
        "fejl": failure.value if failure.own else _python_error(failure.name, failure.value),
        "celletid": f"cellen blev ikke færdig på {limits.celle_sekunder} sekunder (celle_sekunder under [graenser])",
        "rapporttid": f"rapporten blev ikke færdig på {limits.rapport_sekunder} sekunder "
        "(rapport_sekunder under [graenser])",
        "kernedød": "kernen stoppede midt i cellen, måske fordi der ikke var hukommelse nok",
    }
    return CellError(shown, index + 1, cell["id"], first.strip()[:100], reasons[failure.why])


# What Python says of the mistakes people make in a cell, and what to say instead. {0} is the word in quotes.
_IN_DANISH = {
    "NameError": "navnet »{0}« er ikke sat. Er det stavet rigtigt, og er »%load_ext budgetanalyser« kørt først?",
    "KeyError": "»{0}« findes ikke i tabellen eller opslaget. Er navnet stavet rigtigt?",
    "ZeroDivisionError": "der deles med nul",
    "ModuleNotFoundError": "pakken »{0}« er ikke installeret",
    "FileNotFoundError": "en fil findes ikke; læs filer i data/raw/ med kilde()",
}


def _python_error(name: str, value: str) -> str:
    quoted = re.search(r"'(.+?)'", value)
    said = f"{name}: {value}"
    if name in _IN_DANISH:
        return f"{_IN_DANISH[name].format(quoted[1] if quoted else value)} ({said})"
    return f"Python siger: {said}"


def _typeset(workspace: Workspace, checked: Checked, notebook: Any) -> tuple[bytes, dict[str, bytes], Any]:
    """Return the PDF, the workbook by its ending where there is one, and the document they were made from."""
    from budgetanalyser.report import xlsx
    from budgetanalyser.report.assemble import assemble
    from budgetanalyser.report.pdf import render

    document = assemble(notebook, workspace.relative(checked.notebook))
    workbook = {WORKBOOK: xlsx.workbook(document)} if xlsx.has_data(document) else {}
    return render(document), workbook, document


def _enclosed_before(workspace: Workspace, name: str) -> set[str]:
    """Return the endings of the files the last run put beside its PDF; none where there is no record to read."""
    try:
        record = json.loads(workspace.report(name, RECORD).read_bytes())
        return {one for one in record["vedlagte"] if re.fullmatch(r"\.[a-z0-9-]+\.[a-z]+", one)}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _record(colophon: Any, notebook: Any, started: datetime, seconds: float, enclosed: list[str]) -> bytes:
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
        "vedlagte": enclosed,
    }
    return json.dumps(record, ensure_ascii=False, indent=1).encode()


def _publish(work: Path, files: dict[Path, bytes]) -> None:
    """Write and sync every file first, then rename them into place, all or none.

    Windows refuses to replace a file that somebody holds open, as Excel does; what was replaced before it is put back.
    """
    ready = []
    for number, (target, content) in enumerate(files.items()):
        if target.is_dir():
            raise IsADirectoryError(None, "der ligger en mappe med det navn", str(target))
        temporary = work / f"klar-{number}"
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        ready.append((temporary, target, work / f"gammel-{number}"))
    for _, target, kept in ready:
        if target.exists():
            shutil.copy2(target, kept)
    replaced: list[tuple[Path, Path]] = []
    try:
        for temporary, target, kept in ready:
            os.replace(temporary, target)
            replaced.append((target, kept))
    except OSError:
        _put_back(replaced)
        raise


def _put_back(replaced: list[tuple[Path, Path]]) -> None:
    for target, kept in replaced:
        if kept.exists():
            os.replace(kept, target)
        else:
            target.unlink(missing_ok=True)
