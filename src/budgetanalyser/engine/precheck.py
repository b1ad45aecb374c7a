"""What can be known of a report before its kernel starts: every fault of its files, told together.

The prose is read with stand-ins for the values that only the run will know; the notebook is read, never run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from budgetanalyser import tomlfil
from budgetanalyser.engine import contract
from budgetanalyser.engine.expansion import Report, expand, period_of, planned
from budgetanalyser.engine.files import read_cells, read_toml
from budgetanalyser.engine.parameters import Declared, named
from budgetanalyser.errors import (
    AnalysisError,
    BudgetanalyseError,
    Fault,
    FaultsError,
    KildeError,
    NotebookError,
    SeveralError,
    WorkspaceError,
    nearest,
)
from budgetanalyser.report import document as doc
from budgetanalyser.report import prose
from budgetanalyser.report.sections import ProseFaults, split_sections
from budgetanalyser.workspace import Workspace


@dataclass(frozen=True)
class Checked:
    """A report whose files are in order: its analysis, its notebook and the value of every parameter."""

    name: str
    analysis: contract.Analysis
    notebook: Path
    parameters: dict[str, Any]


def check(workspace: Workspace, name: str, *, taken: frozenset[str], thorough: bool = False) -> Checked:
    """Check all that can be known of a report before it is run.

    Args:
        workspace: The workspace.
        name: The report; where a file's name means several, the first of them.
        taken: Names that no parameter may have.
        thorough: Read the sources to the last cell too, which the run itself will do anyway.

    Raises:
        BudgetanalyseError: Every fault of the analysis, its prose, its notebook and its sources.
    """
    report = planned(workspace, [name])[0]
    ((_, found),) = check_together(workspace, [report], taken=taken, thorough=thorough)
    if isinstance(found, BudgetanalyseError):
        raise found
    return found


def check_together(
    workspace: Workspace, reports: Sequence[Report], *, taken: frozenset[str], thorough: bool = False
) -> list[tuple[str, Checked | BudgetanalyseError]]:
    """Check the reports of one analysis file; what they share is read once, each source too.

    Args:
        workspace: The workspace.
        reports: At least one, all of the same file.
        taken: As for `check`.
        thorough: As for `check`.

    Returns:
        What became of each report by its name, or all their faults under the file's name when none of them is in order:
        then most likely they have the same, and nobody will read them eight times.
    """
    try:
        file = _read(workspace, reports[0], taken, thorough)
    except BudgetanalyseError as error:
        return [(reports[0].name if len(reports) == 1 else reports[0].file, error)]
    found = [(report.name, _check_one(workspace, file, report)) for report in reports]
    errors = [one for _, one in found if isinstance(one, BudgetanalyseError)]
    if len(errors) == len(reports) > 1:
        return [(reports[0].file, _merged(errors))]
    return found


@dataclass(frozen=True)
class _File:
    """What the reports of an analysis file share; `sources` remembers what was wrong with each source."""

    shown: str
    text: str
    data: dict[str, Any]
    analysis: contract.Analysis | None
    notebook: Path | None
    cells: list[dict[str, Any]]
    declared: dict[str, Declared]
    faults: list[Fault]
    errors: list[BudgetanalyseError]
    thorough: bool
    sources: dict[tuple[str, str], Fault | BudgetanalyseError | None] = field(default_factory=dict)


def _read(workspace: Workspace, report: Report, taken: frozenset[str], thorough: bool) -> _File:
    path = workspace.analysis(report.file)
    shown = workspace.relative(path)
    data, text = read_toml(path, shown)
    errors: list[BudgetanalyseError] = []
    faults: list[Fault] = []
    analysis = None
    try:
        analysis = tomlfil.validated(contract.Analysis, data, text)
    except tomlfil.TomlFaults as error:
        faults += error.faults
    notebook, cells, declared = _notebook(workspace, data, text, taken, faults, errors)
    if declared:
        own = period_of(declared)
        period = report.chosen.get(own.name, "") if own else ""
        faults += expand(workspace, report.file, data, declared, text=text, period=period)[1]
        faults += contract.unfillable(data, declared, text)
    return _File(shown, text, data, analysis, notebook, cells, declared, faults, errors, thorough)


def _check_one(workspace: Workspace, file: _File, report: Report) -> Checked | BudgetanalyseError:
    faults, errors = list(file.faults), list(file.errors)
    given = file.data.get("parametre", {})
    given = given if isinstance(given, dict) else {}
    values, wrong = contract.bind(given, file.declared, text=file.text, name=report.name, chosen=report.chosen)
    faults += wrong if file.declared else []
    told = list(_source_errors(workspace, file, values))
    faults += [one for one in told if isinstance(one, Fault)]
    errors += [one for one in told if isinstance(one, BudgetanalyseError)]
    if file.declared and not wrong:
        errors += _prose_errors(workspace, report.file, file.cells, file.declared, values)
    analysis = file.analysis
    if analysis is not None and not faults:
        analysis, blank = contract.filled(analysis, values, file.text)
        faults += blank
    if faults:
        errors.insert(0, AnalysisError(file.shown, faults))
    if errors or analysis is None or file.notebook is None:
        return errors[0] if len(errors) == 1 else SeveralError(errors)
    return Checked(report.name, analysis, file.notebook, values)


def _merged(errors: Sequence[BudgetanalyseError]) -> BudgetanalyseError:
    """Return several reports' errors as one, each fault told once under its file."""
    flat = [part for error in errors for part in (error.errors if isinstance(error, SeveralError) else (error,))]
    by_file: dict[tuple[type, str], list[Fault]] = {}
    others: dict[str, BudgetanalyseError] = {}
    for error in flat:
        if isinstance(error, FaultsError):
            by_file.setdefault((type(error), error.path), []).extend(error.faults)
        else:
            others[str(error)] = error
    told = [kind(path, dict.fromkeys(faults)) for (kind, path), faults in by_file.items()]
    every = [*told, *others.values()]
    return every[0] if len(every) == 1 else SeveralError(every)


def _notebook(
    workspace: Workspace,
    data: Mapping[str, Any],
    text: str,
    taken: frozenset[str],
    faults: list[Fault],
    errors: list[BudgetanalyseError],
) -> tuple[Path | None, list[dict[str, Any]], dict[str, Declared]]:
    """Return the notebook an analysis names, its cells and parameters; what is wrong goes to `faults` and `errors`."""
    kind = data.get("notebook")
    if not isinstance(kind, str) or not kind:
        return None, [], {}
    try:
        path = workspace.notebook(kind)
        cells = read_cells(path, workspace.relative(path))
        return path, cells, contract.check_notebook(cells, workspace.relative(path), taken=taken)
    except WorkspaceError as error:
        faults.append(Fault(str(error), tomlfil.place(text, "notebook")))
    except NotebookError as error:
        errors.append(error)
    return None, [], {}


def _source_errors(
    workspace: Workspace, file: _File, values: Mapping[str, Any]
) -> Iterator[Fault | BudgetanalyseError]:
    for one in file.declared.values():
        fil = values[one.name]
        if one.kind != "Kildefil" or fil is None or (not fil and one.default == ""):
            continue
        if (one.name, fil) not in file.sources:
            file.sources[one.name, fil] = _source_error(workspace, file, one.name, fil)
        if told := file.sources[one.name, fil]:
            yield told


def _source_error(workspace: Workspace, file: _File, name: str, fil: str) -> Fault | BudgetanalyseError | None:
    from budgetanalyser.kilder.sidecar import read_sidecar, where_it_should_be
    from budgetanalyser.kilder.table import read

    where = tomlfil.place(file.text, "parametre", name)
    try:
        path = workspace.raw(fil)
        if not path.is_file():
            return Fault(f"»{fil}« findes ikke i data/raw/{where_it_should_be(path, fil)}", where)
        if file.thorough and path.suffix.casefold() == ".csv" and _is_table(file.cells, name):
            read(path, fil)
        else:
            read_sidecar(path, fil)
    except WorkspaceError as error:
        return Fault(str(error), where)
    except KildeError as error:
        return error
    return None


def _is_table(cells: list[dict[str, Any]], name: str) -> bool:
    """Return whether a notebook reads a parameter's file as a table; a ledger has a reader of its own, by `raafil`."""
    readers = {
        node.func.id
        for tree in _trees(cells)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args
        if isinstance(node.args[0], ast.Name) and node.args[0].id == name
    }
    return "kilde" in readers or "raafil" not in readers


def read_sections(workspace: Workspace, name: str) -> dict[str, str]:
    """Return an analysis' prose by heading; nothing when it has no prose file.

    Raises:
        AnalysisError: The file is not UTF-8, or its headings or footnotes are wrong.
    """
    path = workspace.prose(name)
    if not path.exists():
        return {}
    shown = workspace.relative(path)
    try:
        return split_sections(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise AnalysisError(shown, [Fault("filen er ikke gemt som UTF-8; gem den igen som UTF-8")]) from None
    except OSError:
        raise AnalysisError(shown, [Fault("filen kan ikke læses; er det en mappe?")]) from None
    except ProseFaults as error:
        raise AnalysisError(shown, error.faults) from None


def _prose_errors(
    workspace: Workspace,
    name: str,
    cells: list[dict[str, Any]],
    declared: Mapping[str, Declared],
    values: Mapping[str, Any],
) -> list[BudgetanalyseError]:
    try:
        sections = read_sections(workspace, name)
    except AnalysisError as error:
        return [error]
    trees = list(_trees(cells))
    known = {one.name: named(one, values[one.name]) for one in declared.values()}
    names = _named_in(trees)
    if names is not None:
        names |= set(known)
    faults: list[Fault] = []
    headings: dict[str, str] = {}
    for raw, body in sections.items():
        faults += prose.static_faults(body, names)
        try:
            headings[doc.plain(prose.inline(raw, known))] = raw
        except ProseFaults as error:
            faults += [Fault(fault.text, f"overskriften »{raw}«") for fault in error.faults]
    if not faults:
        faults += _section_faults(trees, values, headings)
    return [AnalysisError(workspace.relative(workspace.prose(name)), faults)] if faults else []


def _section_faults(trees: list[ast.Module], values: Mapping[str, Any], headings: Mapping[str, str]) -> Iterator[Fault]:
    """Compare the sections a notebook shows with those of the prose, where its calls can be read without a run."""
    calls = [node for tree in trees for node in ast.walk(tree) if _is_call(node, "afsnit")]
    shown = [_constant(node.args[0], values) for node in calls if isinstance(node, ast.Call) and node.args]
    if None in shown:
        return
    for heading in shown:
        if heading not in headings:
            yield Fault(missing_section(str(heading), headings))
    for heading in headings:
        if heading not in shown:
            yield Fault(unused_section(heading))


def missing_section(heading: str, headings: Mapping[str, str]) -> str:
    """Say that the notebook shows a section the prose lacks."""
    hint = nearest(heading, headings) if headings else "Filen findes ikke eller er tom."
    return f"afsnittet »{heading}« mangler. {hint}"


def unused_section(heading: str) -> str:
    """Say that the prose has a section that no cell shows."""
    return f"afsnittet »{heading}« vises ikke af notebooken, så teksten ville gå tabt; slet det, eller ret overskriften"


def _trees(cells: list[dict[str, Any]]) -> Iterator[ast.Module]:
    for cell in cells:
        if cell["cell_type"] == "code" and not cell["source"].startswith("%%"):
            lines = cell["source"].splitlines()
            try:
                yield ast.parse("\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines))
            except SyntaxError:
                continue


def _is_call(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _named_in(trees: list[ast.Module]) -> set[str] | None:
    """Return the names that a notebook gives to values with `vaerdi("name", …)`; None when only a run can tell."""
    names = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if not isinstance(node, ast.Call) or not _is_call(node, "vaerdi"):
            continue
        given = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "name")]
        if not given or not isinstance(given[0], ast.Constant) or not isinstance(given[0].value, str):
            return None
        names.add(given[0].value)
    return names


def _constant(node: ast.expr, values: Mapping[str, Any]) -> str | None:
    """Return a text, or an f-string of parameters, as it will be; None when only a run can tell."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Name) and node.value.id in values:
        return str(values[node.value.id])
    if isinstance(node, ast.JoinedStr):
        pieces = [_constant(piece, values) for piece in node.values]
        return None if None in pieces else "".join(str(piece) for piece in pieces)
    return None
