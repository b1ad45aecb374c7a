"""argparse, in Danish, and what several commands take."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import NoReturn, TypeAlias

from budgetanalyser.cli.terminal import MISUSE
from budgetanalyser.errors import AmountError, nearest


class Parser(argparse.ArgumentParser):
    """argparse, in Danish."""

    def __init__(self, prog: str | None = None, description: str | None = None) -> None:
        super().__init__(prog=prog, description=description, add_help=False, allow_abbrev=False)
        self.add_argument("-h", "--help", action="help", help="vis denne hjælp")
        self._positionals.title = "hvad"
        self._optionals.title = "tilvalg"
        # An amount with its minus is a value, never an option.
        self._negative_number_matcher = re.compile(r"-[0-9.]+(,[0-9]+)?$")

    def format_help(self) -> str:
        """Return the help."""
        return super().format_help().replace("usage: ", "brug: ", 1)

    def format_usage(self) -> str:
        """Return one line on how the command is written."""
        return super().format_usage().replace("usage: ", "brug: ", 1)

    def error(self, message: str) -> NoReturn:
        """Say what was not understood, and stop."""
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


def verbs_of(parser: Parser) -> Verbs:
    """Give a command commands of its own."""
    return parser.add_subparsers(title="kommandoer", metavar="KOMMANDO", required=True, parser_class=Parser)


def common(parser: Parser, act: Callable[[argparse.Namespace], int]) -> None:
    """Give a command the workspace, and what it does."""
    text = "arbejdsområdet; ellers mappen her"
    parser.add_argument("--workspace", metavar="MAPPE", type=Path, default=Path(), help=text)
    parser.set_defaults(act=act)


def number_from(low: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from `low`, for `type=`."""

    def read(text: str) -> int:
        # A Dane may write 10.000.000.
        digits = re.sub(r"(?<=[0-9])[._](?=[0-9]{3}(?![0-9]))", "", text)
        if not re.fullmatch("[0-9]{1,12}", digits) or int(digits) < low:
            raise argparse.ArgumentTypeError(f"skal være et helt tal fra {low}, men er »{text[:40]}«")
        return int(digits)

    return read


def amount(text: str) -> Decimal:
    """Read an amount in kroner as Danes write it, for `type=`."""
    from budgetanalyser import dansk

    try:
        return dansk.parse_beloeb(text, brackets=False)
    except AmountError as error:
        said = f"skal være et beløb i kroner som 1.234.567,89, men er »{text[:40]}«: {error.reason}"
        raise argparse.ArgumentTypeError(said) from None


Verbs: TypeAlias = "argparse._SubParsersAction[Parser]"
