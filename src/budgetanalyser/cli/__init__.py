"""The command line: thin, Danish, and quick to start. Nothing heavy is imported before it is needed.

Each module here adds its commands to the parser and holds what they do; `parser` and `terminal` are what they share.

Exit codes: 0 all made or nothing wrong; 1 something failed; 2 the command was not understood.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from budgetanalyser.cli import postings, reports, sample, sources
from budgetanalyser.cli.parser import Parser, verbs_of
from budgetanalyser.cli.terminal import FAILED, MISUSE, clean, file_error
from budgetanalyser.errors import BudgetanalyseError, WorkspaceError


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
        print(clean(str(error)), file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("\nAfbrudt. Færdige rapporter er beholdt, og ingen er halvt skrevet.", file=sys.stderr)
        return FAILED
    except OSError as error:
        # A reader that has gone (list | head), or a full disk: nothing more can be said there.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            print(file_error(error), file=sys.stderr)
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


def _parser() -> Parser:
    parser = Parser(prog="budgetanalyser", description="Kommunale budgetanalyser fra kilde til tilgængelig PDF.")
    parser.add_argument("--version", action="version", version=_version(), help="vis versionen")
    verbs = verbs_of(parser)
    reports.add(verbs)
    kilde = verbs.add_parser(
        "kilde", help="beskriv eller prøv en kilde", description="Beskriv og prøv filer i data/raw/."
    )
    actions = verbs_of(kilde)
    sources.add(actions)
    postings.add(actions)
    made = verbs.add_parser("sample", help="lav opdigtede data", description="Lav opdigtede data at prøve med.")
    sample.add(verbs_of(made))
    return parser


def _version() -> str:
    from importlib.metadata import version

    return f"budgetanalyser {version('budgetanalyser')}"
