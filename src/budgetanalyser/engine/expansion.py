"""Which reports an analysis file makes, and what each is called.

A file makes one report, named as the file. Where its notebook declares a parameter of type `Periode` (the first one
counts), the period follows in the name; where the file has a table `[udfold]`, one report is made for each value, and
the value follows, as a slug. So a name alone tells which values a report has, and reports of another period never
overwrite this one's. Nothing heavy is imported: the command line's list needs it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from budgetanalyser.engine.files import read_cells, read_toml
from budgetanalyser.engine.parameters import Declared, check_periode, declared
from budgetanalyser.errors import AnalysisError, BudgetanalyseError, Fault, WorkspaceError, nearest
from budgetanalyser.tomltekst import place, place_of_item, shown
from budgetanalyser.workspace import Workspace

UDFOLD = "udfold"
ANALYSE = "analyse"
_LONGEST_SLUG = 100
# A number or a date would need a format, and a confidential file's name belongs in no file's name.
_UNFIT = ("Decimal", "bool", "date", "Fortroligfil")


@dataclass(frozen=True)
class Report:
    """A report to be made: its whole name, its file's, and the values of the parameters that the name tells."""

    name: str
    file: str
    chosen: Mapping[str, Any] = field(default_factory=dict)


def slug(text: str) -> str:
    """Return a text as part of a file's name: "Børne- og Familieudvalget" is "boerne-og-familieudvalget"."""
    danish = unicodedata.normalize("NFC", text).casefold().replace("æ", "ae").replace("ø", "oe").replace("å", "aa")
    plain = "".join(one for one in unicodedata.normalize("NFKD", danish) if not unicodedata.combining(one))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def period_of(parameters: Mapping[str, Declared]) -> Declared | None:
    """Return the parameter that is a report's period: the first of type `Periode`; None when there is none."""
    return next((one for one in parameters.values() if one.kind == "Periode"), None)


def expand(
    workspace: Workspace,
    file: str,
    data: Mapping[str, Any],
    parameters: Mapping[str, Declared],
    *,
    text: str,
    period: str = "",
) -> tuple[list[Report], list[Fault]]:
    """Return the reports an analysis file makes, and what is wrong with its `[udfold]`.

    What is not shaped as the model says is left to the model to tell, and a period that is missing or wrong to `bind`.

    Args:
        workspace: The workspace.
        file: The file's name.
        data: The file as TOML gives it.
        parameters: What its notebook declares.
        text: The file's text, to find lines in.
        period: A period instead of the file's own.

    Returns:
        The reports, in the order of the values. Where something is wrong, one that is named as the file; a value nobody
        can tell is None in it.
    """
    given = _table(data, "parametre")
    own = period_of(parameters)
    name, values, faults = _unfolded(data, given, parameters, own, text)
    begin, chosen = file, {}
    if own is not None:
        try:
            chosen[own.name] = check_periode(period or given.get(own.name, own.default))
            begin = f"{file}/{chosen[own.name]}"
        except ValueError:
            return [Report(file, file, _first(name, values))], faults
    reports = [Report(f"{begin}/{end}", file, {**chosen, name: value}) for value, end in values]
    if not name:
        reports = [Report(begin, file, chosen)]
    faults += [] if faults else _clashes(workspace, reports, place(text, UDFOLD) if name else "")
    return ([Report(file, file, {**chosen, **_first(name, values)})], faults) if faults else (reports, [])


def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = data.get(key)
    return table if isinstance(table, dict) else {}


def _first(name: str, values: Sequence[tuple[Any, str]]) -> dict[str, Any]:
    return {name: values[0][0] if values else None} if name else {}


def _unfolded(
    data: Mapping[str, Any],
    given: Mapping[str, Any],
    parameters: Mapping[str, Declared],
    own: Declared | None,
    text: str,
) -> tuple[str, list[tuple[Any, str]], list[Fault]]:
    """Return the parameter of `[udfold]` ("" without), each good value with its slug, and the faults."""
    name, values = _table(data, UDFOLD).get("parameter"), _table(data, UDFOLD).get("vaerdier")
    if not isinstance(name, str) or not name or not isinstance(values, list):
        return "", [], []
    faults = [Fault(said, place(text, UDFOLD, "parameter")) for said in _unfit(name, parameters, own)]
    if faults:
        return (name if name in parameters else ""), [], faults
    if name in given:
        faults.append(Fault(f"»{name}« sættes under [udfold]; slet linjen her", place(text, "parametre", name)))
    if not values:
        faults.append(Fault("her skal stå mindst én værdi", place(text, UDFOLD, "vaerdier")))
    good: dict[str, Any] = {}
    for number, written in enumerate(values):
        try:
            value, end = _named(parameters[name].check(written), good)
            good[end] = value
        except ValueError as error:
            faults.append(Fault(str(error), place_of_item(text, number, UDFOLD, "vaerdier")))
    return name, [(value, end) for end, value in good.items()], faults


def _unfit(name: str, parameters: Mapping[str, Declared], own: Declared | None) -> Iterator[str]:
    if name == ANALYSE:
        yield "»analyse« sættes af programmet og kan ikke udfoldes"
    elif name not in parameters:
        hint = nearest(name, [known for known in parameters if known != ANALYSE])
        yield f"parameteren »{name}« kendes ikke af notebooken. {hint}"
    elif own is not None and name == own.name:
        yield f"»{name}« er rapportens periode og kan ikke udfoldes; sæt den under [parametre], eller kør med --period"
    elif parameters[name].kind in _UNFIT:
        yield f"»{name}« har typen {parameters[name].kind} og kan ikke udfoldes, for værdien skal stå i rapportens navn"


def _named(value: Any, before: Mapping[str, Any]) -> tuple[Any, str]:
    """Return a value with its slug; raise ValueError, in Danish, where that cannot be a report's name of its own."""
    end = slug(str(value)) if isinstance(value, (str, int)) else ""
    if not end:
        raise ValueError(f"{shown(value)} har hverken bogstaver eller tal og kan ikke stå i rapportens navn")
    if len(end) > _LONGEST_SLUG:
        raise ValueError(f"{shown(value)} er for lang til at stå i rapportens navn; højst {_LONGEST_SLUG} tegn")
    if end in before and before[end] == value:
        raise ValueError(f"{shown(value)} står to gange; slet den ene")
    if end in before:
        raise ValueError(f"{shown(value)} og {shown(before[end])} ville begge hedde »{end}«; skriv den ene anderledes")
    return value, end


def _clashes(workspace: Workspace, reports: Sequence[Report], where: str) -> list[Fault]:
    """Tell of reports whose names belong to another analysis file."""
    others = [(one.name, workspace.file_of(one.name)) for one in reports]
    return [
        Fault(f"rapporten »{name}« ville hedde som dem fra analyses/{other}.toml; omdøb den ene fil", where)
        for name, other in others
        if other != reports[0].file
    ]


def chosen_by_name(
    workspace: Workspace,
    name: str,
    data: Mapping[str, Any],
    parameters: Mapping[str, Declared],
    *,
    text: str,
    period: str = "",
) -> tuple[list[Report], list[Fault]]:
    """Return the reports that a name means, all of a file's or one, and what is wrong with the file's `[udfold]`.

    Raises:
        WorkspaceError: The file makes no such report, or the name says another period than `period`.
    """
    file = workspace.file_of(name)
    after = name[len(file) + 1 :]
    said = after.split("/")[0] if after and period_of(parameters) else ""
    if period and said and said != period:
        raise WorkspaceError(f"»{name}« siger perioden {said}, men --period siger {period}. Ret det ene.")
    reports, faults = expand(workspace, file, data, parameters, text=text, period=period or said)
    if faults or not after:
        return [replace(one, name=name) for one in reports] if faults else reports, faults
    found = [one for one in reports if one.name == name]
    if not found:
        own = expand(workspace, file, data, parameters, text=text)[0]
        known = [one.name for one in (reports if reports[0].name != file else own)]
        raise WorkspaceError(f"Analysen »{file}« har ingen rapport »{name}«. {nearest(name, known)}")
    return found, []


def planned(workspace: Workspace, names: Sequence[str] = (), *, period: str = "") -> list[Report]:
    """Return the reports to be made, without checking more than their names need.

    A file that cannot be read, or whose `[udfold]` is wrong, stands for its reports; checking it tells why.

    Args:
        workspace: The workspace.
        names: Analysis files or single reports; all files when empty.
        period: Only files whose notebook declares a `Periode`, each with this one.

    Raises:
        WorkspaceError: No such analysis or report.
        AnalysisError: A file that is named has no period to set.
    """
    found: dict[str, Report] = {}
    for name in names or workspace.analyses():
        found |= {one.name: one for one in _planned(workspace, name, period, is_named=bool(names))}
    return list(found.values())


def _planned(workspace: Workspace, name: str, period: str, *, is_named: bool) -> list[Report]:
    if is_named:
        workspace.analysis(name)  # What a person wrote wrong stops here; one bad file among all does not stop the rest.
    try:
        path = workspace.analysis(name)
        data, text = read_toml(path, workspace.relative(path))
        notebook = workspace.notebook(str(data.get("notebook")))
        parameters = declared(read_cells(notebook, workspace.relative(notebook)), workspace.relative(notebook))
    except (BudgetanalyseError, OSError):
        return [Report(name, workspace.file_of(name))]
    if period and not period_of(parameters):
        if is_named:
            said = f"notebooken »{notebook.stem}« har ingen parameter af typen Periode, så --period kan ikke bruges her"
            raise AnalysisError(workspace.relative(path), [Fault(said, place(text, "notebook"))])
        return []
    return chosen_by_name(workspace, name, data, parameters, text=text, period=period)[0]
