"""The command line: thin, Danish, and quick to start. Nothing heavy is imported before it is needed.

Exit codes: 0 all made or nothing wrong; 1 something failed; 2 the command was not understood.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from budgetanalyser.errors import BudgetanalyseError, Fault, KildeError, WorkspaceError, nearest
from budgetanalyser.workspace import Workspace

if TYPE_CHECKING:
    from rich.progress import Progress

    from budgetanalyser.engine.expansion import Report
    from budgetanalyser.engine.precheck import Checked

OK, FAILED, MISUSE = 0, 1, 2
TRACE = "BUDGETANALYSER_SPOR"


class _Parser(argparse.ArgumentParser):
    """argparse, in Danish."""

    def __init__(self, prog: str | None = None, description: str | None = None) -> None:
        super().__init__(prog=prog, description=description, add_help=False, allow_abbrev=False)
        self.add_argument("-h", "--help", action="help", help="vis denne hjælp")
        self._positionals.title = "hvad"
        self._optionals.title = "tilvalg"

    def format_help(self) -> str:
        return super().format_help().replace("usage: ", "brug: ", 1)

    def format_usage(self) -> str:
        return super().format_usage().replace("usage: ", "brug: ", 1)

    def error(self, message: str) -> NoReturn:
        print(f"{_danish(message)}\nSkriv »{self.prog} --help« for at se, hvad der kan stå.", file=sys.stderr)
        sys.exit(MISUSE)


def _danish(message: str) -> str:
    patterns = (
        (r"unrecognized arguments: (.+)", "Kender ikke: {0}."),
        (r"the following arguments are required: (.+)", "Der mangler: {0}."),
        (r"argument (.+): expected one argument", "Efter {0} skal der stå en værdi."),
        (r"argument (.+): ignored explicit argument (.+)", "{0} skal stå alene, uden {1}."),
        (r"argument (.+): expected at least one argument", "Efter {0} skal der stå mindst én værdi."),
        (r"argument (.+): (skal .+)", "{0} {1}."),
    )
    if match := re.match(r"argument .*: invalid choice: '(.+?)' \(choose from (.+)\)", message):
        known = re.findall(r"'(.+?)'", match[2])
        return f"Kender ikke »{match[1]}«. {nearest(match[1], known)}"
    for pattern, danish in patterns:
        if match := re.match(pattern, message):
            return danish.format(*match.groups())
    return f"Kommandoen kunne ikke forstås ({message})."


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    # A closed stream is None in Python; what would be said there goes nowhere, as long as the process lives.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")  # A Windows console may still be cp1252.
    options = _parser().parse_args(arguments)
    _stop_cleanly_on_signals()
    try:
        code = int(options.act(options))
        sys.stdout.flush()
        return code
    except WorkspaceError as error:
        print(error, file=sys.stderr)
        return MISUSE
    except BudgetanalyseError as error:
        print(_clean(str(error)), file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("\nAfbrudt. Færdige rapporter er beholdt, og ingen er halvt skrevet.", file=sys.stderr)
        return FAILED
    except OSError as error:
        # A reader that has gone (list | head), or a full disk: nothing more can be said there.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            print(_file_error(error), file=sys.stderr)
        return FAILED


def _stop_cleanly_on_signals() -> None:
    """Let a polite kill end a run as Ctrl-C does, so that it tidies up after itself."""
    known = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]

    def stop(_number: int, _frame: object) -> NoReturn:
        for one in known:
            signal.signal(one, signal.SIG_IGN)  # Once is enough; a second must not cut the tidying short.
        raise KeyboardInterrupt

    for one in known:
        signal.signal(one, stop)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="budgetanalyser", description="Kommunale budgetanalyser fra kilde til tilgængelig PDF.")
    parser.add_argument("--version", action="version", version=_version(), help="vis versionen")
    verbs = _verbs(parser)
    run = verbs.add_parser(
        "run", help="lav rapporterne", description="Lav rapporterne som PDF, og deres tal som regneark."
    )
    check = verbs.add_parser("check", help="find fejl uden at køre", description="Find alle fejl uden at køre noget.")
    listing = verbs.add_parser("list", help="vis analyserne", description="Vis analyserne og deres PDF'er.")
    for verb, act in ((run, _run), (check, _check), (listing, _list)):
        _common(verb, act)
        verb.add_argument("--json", action="store_true", help="skriv svaret som JSON til andre programmer")
        text = "en analysefil som 2023/velfaerdsborgersamling eller en af dens rapporter; ellers alle"
        verb.add_argument("analyser", metavar="ANALYSE", nargs="*", help=text)
        text = "kun analyser med en periode, og for denne: 2026K3, 2026-09 eller 2026-09-30"
        verb.add_argument("--period", metavar="PERIODE", default="", help=text)
    kilde = verbs.add_parser("kilde", help="beskriv en kilde", description="Beskriv filer i data/raw/.")
    _add_kilde_add(_verbs(kilde))
    sample = verbs.add_parser("sample", help="lav opdigtede data", description="Lav opdigtede data at prøve med.")
    _add_sample_ledger(_verbs(sample))
    return parser


def _verbs(parser: _Parser) -> argparse._SubParsersAction[_Parser]:
    return parser.add_subparsers(title="kommandoer", metavar="KOMMANDO", required=True, parser_class=_Parser)


def _common(parser: _Parser, act: Callable[[argparse.Namespace], int]) -> None:
    text = "arbejdsområdet; ellers mappen her"
    parser.add_argument("--workspace", metavar="MAPPE", type=Path, default=Path(), help=text)
    parser.set_defaults(act=act)


def _add_kilde_add(actions: argparse._SubParsersAction[_Parser]) -> None:
    from budgetanalyser.kilder.questions import QUESTIONS

    said = "Skriv FIL.kilde.toml med kontrolsum og kolonner. Du bliver spurgt om resten."
    add = actions.add_parser("add", help="skriv en kildefil", description=said)
    add.add_argument("fil", metavar="FIL", help="en fil i data/raw/")
    for question in QUESTIONS:
        add.add_argument(f"--{question.key}", metavar="TEKST", help=question.text)
    _common(add, _kilde_add)
    said = "Skriv den nye kontrolsum af en fil, du selv har rettet, i dens kildefil."
    renew = actions.add_parser("forny", help="skriv ny kontrolsum af en fil, du selv har rettet", description=said)
    renew.add_argument("fil", metavar="FIL", help="en fil i data/raw/")
    _common(renew, _kilde_forny)
    _add_kilde_consul(actions)


def _add_kilde_consul(actions: argparse._SubParsersAction[_Parser]) -> None:
    said = (
        "Læs Consuls eksport og resultatside i MAPPE, og skriv projekterne som tabellen FIL i data/raw/. Navne på "
        "personer kommer ikke med."
    )
    consul = actions.add_parser("consul", help="gør Consuls eksport til en tabel uden navne", description=said)
    consul.add_argument("mappe", metavar="MAPPE", help="en mappe i data/fortroligt/ eller uden for arbejdsområdet")
    consul.add_argument("fil", metavar="FIL", help="den tabel, der skrives i data/raw/")
    consul.add_argument("--beloeb", metavar="KRONER", help="beløbet at fordele, når resultatsiden ikke siger det")
    _common(consul, _kilde_consul)


def _add_sample_ledger(actions: argparse._SubParsersAction[_Parser]) -> None:
    said = "Skriv en opdigtet kommunes budget og posteringer i MAPPE. Alle filer er mærket KONSTRUERET."
    ledger = actions.add_parser("ledger", help="en opdigtet kommunes budget og posteringer", description=said)
    ledger.add_argument("mappe", metavar="MAPPE", type=Path, help="her skrives filerne")
    ledger.add_argument("--postings", metavar="N", type=_from(1), required=True, help="antal posteringer")
    text = "samme tal giver samme filer; ellers 1"
    ledger.add_argument("--seed", metavar="TAL", type=_from(0), default=1, help=text)
    ledger.set_defaults(act=_sample_ledger)


def _from(low: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        # A Dane may write 10.000.000.
        digits = re.sub(r"(?<=[0-9])[._](?=[0-9]{3}(?![0-9]))", "", text)
        if not re.fullmatch("[0-9]{1,12}", digits) or int(digits) < low:
            raise argparse.ArgumentTypeError(f"skal være et helt tal fra {low}, men er »{text[:40]}«")
        return int(digits)

    return read


def _version() -> str:
    from importlib.metadata import version

    return f"budgetanalyser {version('budgetanalyser')}"


def _planned(workspace: Workspace, options: argparse.Namespace) -> list[Report]:
    from budgetanalyser.engine.expansion import planned
    from budgetanalyser.engine.parameters import check_periode

    names = list(dict.fromkeys(name.removesuffix(".toml").removeprefix("analyses/") for name in options.analyser))
    try:
        period = check_periode(options.period) if options.period else ""
    except ValueError as error:
        raise WorkspaceError(f"Efter --period står ikke en periode: den {error}.") from None
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
        return Outcome(name, "fejl", fejl=_file_error(error))
    except Exception as error:  # The last resort: one report's surprise must not stop the rest.
        if os.environ.get(TRACE):
            raise
        said = f"{type(error).__name__}: {error}"
        return Outcome(
            name, "fejl", fejl=f"Uventet fejl ({said}). Meld den, og kør igen med {TRACE}=1 for at se, hvor."
        )


def _file_error(error: OSError) -> str:
    reasons = {
        errno.ENOSPC: "disken er fuld",
        errno.EACCES: "der er ikke adgang; er filen åben i et andet program, eller er den skrivebeskyttet?",
        errno.EROFS: "disken er skrivebeskyttet",
        errno.EISDIR: "der ligger en mappe, hvor filen skal være",
        errno.ENOTDIR: "der ligger en fil, hvor en mappe skal være",
        errno.EEXIST: "der ligger en fil, hvor en mappe skal være",
        errno.ENOENT: "filen eller mappen er forsvundet",
    }
    reason = reasons.get(error.errno or 0) or error.strerror or str(error)
    return f"En fil kunne ikke læses eller skrives: {reason}" + (f" ({error.filename})." if error.filename else ".")


def _run(options: argparse.Namespace) -> int:
    workspace = Workspace.find(options.workspace)
    reports = _planned(workspace, options)
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True, highlight=False)
    outcomes = []
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
                    _tell(outcome, workspace)
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


def _tell(outcome: Outcome, workspace: Workspace) -> None:
    from budgetanalyser import dansk

    if outcome.status == "fejl":
        print(f"✗ {outcome.analyse}:\n{_indent(_clean(outcome.fejl))}", file=sys.stderr)
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


_LONGEST = 4000


def _clean(text: str) -> str:
    """Keep a cell's own words from steering the terminal or filling it."""
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
    plain = "".join(letter if letter in "\n\t" or letter.isprintable() else "�" for letter in plain)
    return plain if len(plain) <= _LONGEST else plain[:_LONGEST] + " … (forkortet)"


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


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
    outcomes = []
    for together in _by_file(_planned(workspace, options)):
        for one in _checked(workspace, together, thorough=True):
            outcomes.append(one if isinstance(one, Outcome) else Outcome(one.name, "i orden"))
            if not options.json:
                _tell(outcomes[-1], workspace)
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


def _sample_ledger(options: argparse.Namespace) -> int:
    from budgetanalyser.opfoelgning import opdigt  # type: ignore[import-not-found,unused-ignore]

    for path in opdigt.write(options.mappe, options.postings, options.seed):
        print(f"Skrev {path}.")
    print("Alt er opdigtet og mærket KONSTRUERET.")
    return OK


def _kilde_add(options: argparse.Namespace) -> int:
    workspace = Workspace.find(options.workspace)
    from budgetanalyser.kilder import describe
    from budgetanalyser.kilder.questions import QUESTIONS

    name = Path(options.fil).as_posix().removeprefix("data/raw/")
    answers = {question.key: getattr(options, question.key.replace("-", "_")) for question in QUESTIONS}
    path = workspace.raw(name)
    side = describe.add(path, name, answers, ask=_ask if sys.stdin.isatty() else None)
    print(f"Skrev {workspace.relative(side)}. Se kolonnernes typer efter; data/raw/README.md forklarer dem.")
    if path.suffix.casefold() == ".csv":
        from budgetanalyser.kilder.table import read

        read(path, name)
    return OK


def _kilde_forny(options: argparse.Namespace) -> int:
    workspace = Workspace.find(options.workspace)
    from budgetanalyser.kilder import describe
    from budgetanalyser.kilder.table import read

    name = Path(options.fil).as_posix().removeprefix("data/raw/")
    path = workspace.raw(name)
    side = describe.renew(path, name)
    print(f"Skrev ny kontrolsum i {workspace.relative(side)}.")
    if path.suffix.casefold() == ".csv":
        read(path, name)
    return OK


def _kilde_consul(options: argparse.Namespace) -> int:
    from budgetanalyser import dansk
    from budgetanalyser.deltagerbudget import consul, noegletal
    from budgetanalyser.kilder.fortrolig import find

    workspace = Workspace.find(options.workspace)
    name = Path(options.fil).as_posix().removeprefix("data/raw/")
    if Path(name).suffix.casefold() != ".csv" or not name.isprintable():
        raise WorkspaceError("Tabellens navn skal ende på .csv og må kun have tegn, der kan ses.")
    path = workspace.raw(name)
    folder = find(options.mappe, workspace.root, folders=True)
    amount = dansk.parse_beloeb(options.beloeb) if options.beloeb else None
    election = consul.read_consul(folder, budget=amount)
    content = noegletal.som_csv(consul.resultattabel(election)).encode()
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise KildeError(
            name, [Fault("filen findes allerede og bliver ikke overskrevet; vælg et andet navn")]
        ) from None
    for one in election.findings:
        print(f"{one.where}: {one.text}")
    counted = ", ".join(f"{word.replace('_', ' ')}: {number}" for word, number in election.meta.items())
    print(f"Skrev {workspace.relative(path)} uden navne. {counted}.")
    print(f"Beskriv den nu med »budgetanalyser kilde add {name}«.")
    return OK


def _ask(question: str) -> str:
    try:
        return input(f"{question}: ").strip()
    except EOFError:
        raise KeyboardInterrupt from None
