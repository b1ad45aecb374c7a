"""The commands about reports: `run`, `check` and `list`."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

from budgetanalyser.cli.parser import Verbs, common
from budgetanalyser.cli.terminal import FAILED, OK, clean, file_error, indented
from budgetanalyser.errors import BudgetanalyseError, WorkspaceError
from budgetanalyser.workspace import Workspace

if TYPE_CHECKING:
    from rich.progress import Progress

    from budgetanalyser.engine.expansion import Report
    from budgetanalyser.engine.precheck import Checked

TRACE = "BUDGETANALYSER_SPOR"


@dataclass(frozen=True)
class Outcome:
    """What became of one report, or of a file whose reports all fail; `status` is "lavet", "i orden" or "fejl"."""

    analyse: str
    status: str
    pdf: str = ""
    koersel: str = ""
    sekunder: float = 0.0
    fejl: str = ""
    xlsx: str = ""


def add(verbs: Verbs) -> None:
    """Add the commands."""
    run = verbs.add_parser(
        "run", help="lav rapporterne", description="Lav rapporterne som PDF, og deres tal som regneark."
    )
    check = verbs.add_parser("check", help="find fejl uden at køre", description="Find alle fejl uden at køre noget.")
    listing = verbs.add_parser("list", help="vis analyserne", description="Vis analyserne og deres PDF'er.")
    for verb, act in ((run, _run), (check, _check), (listing, _list)):
        common(verb, act)
        verb.add_argument("--json", action="store_true", help="skriv svaret som JSON til andre programmer")
        text = "en analysefil som 2023/velfaerdsborgersamling eller en af dens rapporter; ellers alle"
        verb.add_argument("analyser", metavar="ANALYSE", nargs="*", help=text)
        text = "kun analyser med en periode, og for denne: 2026K3, 2026-09 eller 2026-09-30"
        verb.add_argument("--period", metavar="PERIODE", help=text)


def _planned(workspace: Workspace, options: argparse.Namespace) -> list[Report]:
    from budgetanalyser.engine.expansion import planned
    from budgetanalyser.engine.parameters import check_periode

    names = list(dict.fromkeys(name.removesuffix(".toml").removeprefix("analyses/") for name in options.analyser))
    try:
        period = "" if options.period is None else check_periode(options.period)
    except ValueError:
        raise WorkspaceError(
            "Efter --period skal der stå et kvartal som 2026K3, en måned som 2026-09 eller en dag som 2026-09-30, der "
            f"findes, og ikke »{options.period[:40]}«."
        ) from None
    return planned(workspace, names, period=period)


def _by_file(reports: Sequence[Report]) -> list[list[Report]]:
    files: dict[str, list[Report]] = {}
    for one in reports:
        files.setdefault(one.file, []).append(one)
    return list(files.values())


def _checked(workspace: Workspace, reports: list[Report], *, thorough: bool = False) -> list[Outcome | Checked]:
    """Check the reports of one file; where something is wrong with one, or with all, its outcome stands instead."""
    from budgetanalyser.authoring import MAGIC, NAMES
    from budgetanalyser.engine.precheck import check_together

    found: list[tuple[str, Checked | BudgetanalyseError]] = []

    def look() -> Outcome:
        found.extend(check_together(workspace, reports, taken=frozenset([*NAMES, MAGIC]), thorough=thorough))
        return Outcome(reports[0].file, "i orden")

    outcome = _attempt(reports[0].name if len(reports) == 1 else reports[0].file, look)
    if outcome.status == "fejl":
        return [outcome]
    return [Outcome(name, "fejl", fejl=str(one)) if isinstance(one, BudgetanalyseError) else one for name, one in found]


def _attempt(name: str, act: Callable[[], Outcome]) -> Outcome:
    """Return what became of one analysis; whatever goes wrong with it, the others go on."""
    try:
        return act()
    except BudgetanalyseError as error:
        return Outcome(name, "fejl", fejl=str(error))
    except OSError as error:
        return Outcome(name, "fejl", fejl=file_error(error))
    except Exception as error:  # The last resort: one report's surprise must not stop the rest.
        if os.environ.get(TRACE):
            raise
        said = f"{type(error).__name__}: {error}"
        return Outcome(
            name, "fejl", fejl=f"Uventet fejl ({said}). Meld den, og kør igen med {TRACE}=1 for at se, hvor."
        )


def _run(options: argparse.Namespace) -> int:
    workspace = Workspace.find(options.workspace)
    reports = _planned(workspace, options)
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True, highlight=False)
    outcomes: list[Outcome] = []
    told: dict[str, str] = {}
    words = TextColumn("{task.description}", markup=False)
    columns = (words, BarColumn(bar_width=24), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Rapporter", total=len(reports))
        for together in _by_file(reports):
            found = _checked(workspace, together)
            for one in found:
                outcome = (
                    one if isinstance(one, Outcome) else _attempt(one.name, partial(_make, workspace, one, progress))
                )
                progress.advance(task, len(together) / len(found))
                outcomes.append(outcome)
                if not options.json:
                    _tell(outcome, workspace, told)
    return _finish(outcomes, options)


def _make(workspace: Workspace, checked: Checked, progress: Progress) -> Outcome:
    from budgetanalyser.engine.job import make

    cells = progress.add_task(checked.name, total=None)
    try:
        made = make(
            workspace, checked, on_cell=lambda index, count: progress.update(cells, completed=index, total=count)
        )
    finally:
        progress.remove_task(cells)
    xlsx = workspace.relative(made.xlsx) if made.xlsx else ""
    pdf = workspace.relative(made.pdf)
    return Outcome(checked.name, "lavet", pdf, made.run_id, round(made.seconds, 3), xlsx=xlsx)


def _tell(outcome: Outcome, workspace: Workspace, told: dict[str, str]) -> None:
    """Print how it went; a fault that an earlier report had too is told once. `told` is whose each told fault is."""
    from budgetanalyser import dansk

    if outcome.status == "fejl":
        first = told.setdefault(outcome.fejl, outcome.analyse)
        same = f" samme fejl som {first}" if first != outcome.analyse else f"\n{indented(clean(outcome.fejl))}"
        print(f"✗ {outcome.analyse}:{same}", file=sys.stderr)
        for ending, said in ((".fejl.ipynb", "Notebooken, så langt den nåede"), (".pdf", "Den seneste gode rapport")):
            with contextlib.suppress(WorkspaceError):
                path = workspace.report(outcome.analyse, ending)
                if path.is_file():
                    print(f"  {said}: {workspace.relative(path)}", file=sys.stderr)
        with contextlib.suppress(WorkspaceError):
            folder = workspace.report(outcome.analyse, "")
            if any(folder.rglob("*.pdf")):
                print(f"  De seneste gode rapporter: {workspace.relative(folder)}/", file=sys.stderr)
        sys.stderr.flush()
    elif outcome.status == "lavet":
        from decimal import Decimal

        seconds = dansk.antal(Decimal(str(outcome.sekunder)), 1)
        files = f"{outcome.pdf}{' og .xlsx' if outcome.xlsx else ''}"
        print(f"✓ {outcome.analyse} → {files} ({seconds} s, kørsel {outcome.koersel})", flush=True)
    else:
        print(f"✓ {outcome.analyse}: ingen fejl", flush=True)


def _finish(outcomes: list[Outcome], options: argparse.Namespace) -> int:
    failed = [one for one in outcomes if one.status == "fejl"]
    if options.json:
        print(json.dumps({"rapporter": [asdict(one) for one in outcomes]}, ensure_ascii=False, indent=1))
    elif failed:
        print(f"{len(failed)} af {len(outcomes)} fejlede.", file=sys.stderr)
    if not outcomes:
        return _tell_none(options)
    return FAILED if failed else OK


def _tell_none(options: argparse.Namespace) -> int:
    """Say why there was nothing to do; with a period it is a fault, since somebody waits for its reports."""
    if options.period:
        said = (
            "Ingen analyse under analyses/ har en periode: ingen af deres notebooks har en parameter af typen Periode."
        )
        print(said, file=sys.stderr)
        return FAILED
    if not options.json:
        print("Der er ingen analyser under analyses/ endnu.", file=sys.stderr)
    return OK


def _check(options: argparse.Namespace) -> int:
    workspace = Workspace.find(options.workspace)
    outcomes: list[Outcome] = []
    told: dict[str, str] = {}
    for together in _by_file(_planned(workspace, options)):
        for one in _checked(workspace, together, thorough=True):
            outcomes.append(one if isinstance(one, Outcome) else Outcome(one.name, "i orden"))
            if not options.json:
                _tell(outcomes[-1], workspace, told)
    return _finish(outcomes, options)


def _list(options: argparse.Namespace) -> int:
    workspace = Workspace.find(options.workspace)
    rows = []
    for report in _planned(workspace, options):
        files = {ending: workspace.report(report.name, f".{ending}") for ending in ("pdf", "xlsx")}
        made = {ending: workspace.relative(path) if path.is_file() else "" for ending, path in files.items()}
        rows.append({"analyse": report.name, **made})
    if options.json:
        print(json.dumps({"analyser": rows}, ensure_ascii=False, indent=1))
    for row in [] if options.json else rows:
        print(f"{row['analyse']}  {row['pdf'] or '(ikke lavet endnu)'}")
    return _tell_none(options) if options.period and not rows else OK
