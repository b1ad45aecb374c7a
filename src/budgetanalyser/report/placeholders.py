"""Placeholders in prose: `{{ udgift | mio_kr }}` becomes the named value, and nothing else can happen.

Jinja reads the template; only plain text, names and formats are let through, so nothing is ever executed. What a
placeholder prints never passes through Markdown: it is set in as an opaque mark and exchanged after parsing, so a value
that holds `#`, `*` or `<` stays text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from budgetanalyser.dansk import invisible
from budgetanalyser.errors import Fault, ValueUseError, nearest
from budgetanalyser.report.document import Inline
from budgetanalyser.report.values import KNOWN_FORMATS, Vaerdi, show

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

# Private-use characters that no keyboard types; a text that holds one is refused.
OPEN, CLOSE = "\ue000", "\ue001"
MARK = re.compile(f"{OPEN}([0-9]+){CLOSE}")
_BROKEN = "en pladsholder er ikke skrevet rigtigt; skriv {{ navn }} eller {{ navn | format }}"
_ONLY = "i teksten kan kun stå {{ navn }} eller {{ navn | format }}; regn i notebooken, og giv tallet navn med vaerdi()"


def mark(number: int) -> str:
    """Return the mark of placeholder `number`."""
    return f"{OPEN}{number}{CLOSE}"


class PlaceholderFaults(Exception):
    """Placeholders that cannot be filled: all `faults` of the text, with lines; the caller knows the file."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


@dataclass(frozen=True)
class Placeholder:
    """One placeholder: the value's name, the format ("" for the usual one) and the format's arguments."""

    name: str
    format: str
    arguments: tuple[int, ...]
    line: int


@dataclass(frozen=True)
class Filled:
    """A text whose placeholders are marks, and what each mark stands for."""

    text: str
    marks: list[list[Inline]]


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(keep_trailing_newline=True, optimized=False)


def parse(text: str) -> list[str | Placeholder]:
    """Return a text as its pieces: plain text and placeholders.

    Raises:
        PlaceholderFaults: Anything but `{{ name }}` and `{{ name | format }}`.
    """
    from jinja2 import TemplateSyntaxError, nodes

    check_letters(text)
    foreign = [
        Fault(_ONLY, f"linje {number}")
        for number, line in enumerate(text.splitlines(), start=1)
        if "{%" in line or "{#" in line
    ]
    if foreign:
        raise PlaceholderFaults(foreign)
    try:
        body = _environment().parse(text).body
    except TemplateSyntaxError as error:
        raise PlaceholderFaults([Fault(_BROKEN, f"linje {error.lineno}")]) from None
    except RecursionError:
        raise PlaceholderFaults([Fault(_ONLY)]) from None
    pieces: list[str | Placeholder] = []
    faults = []
    for node in (one for output in body if isinstance(output, nodes.Output) for one in output.nodes):
        try:
            pieces.append(node.data if isinstance(node, nodes.TemplateData) else _placeholder(node))
        except ValueError as error:
            faults.append(Fault(str(error) or _ONLY, f"linje {node.lineno}"))
    if faults:
        raise PlaceholderFaults(faults)
    return pieces


def _placeholder(node: Any) -> Placeholder:
    from jinja2 import nodes

    if isinstance(node, nodes.Name):
        return Placeholder(node.name, "", (), node.lineno)
    is_format = isinstance(node, nodes.Filter) and isinstance(node.node, nodes.Name)
    if not is_format or node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise ValueError
    if node.name not in KNOWN_FORMATS:
        raise ValueError(f"formatet »{node.name}« kendes ikke. {nearest(node.name, KNOWN_FORMATS)}")
    arguments = tuple(one.value for one in node.args if isinstance(one, nodes.Const) and type(one.value) is int)
    if len(arguments) != len(node.args) or len(arguments) > 1:
        raise ValueError
    return Placeholder(node.node.name, node.name, arguments, node.lineno)


def check_letters(text: str) -> None:
    """Refuse the letters that mark a filled placeholder, also when they are written as an HTML entity.

    Raises:
        PlaceholderFaults: The text holds one.
    """
    if {OPEN, CLOSE} & set(html.unescape(text)):
        raise PlaceholderFaults([Fault("teksten rummer et usynligt tegn (U+E000 eller U+E001); slet det")])
    for number, line in enumerate(text.splitlines(), start=1):
        if strange := invisible(html.unescape(line)):
            raise PlaceholderFaults(
                [Fault(f"teksten rummer et usynligt tegn ({strange}); slet det", f"linje {number}")]
            )


def fill(text: str, values: Mapping[str, Vaerdi]) -> Filled:
    """Fill the placeholders of `text`.

    Raises:
        PlaceholderFaults: All unknown names and formats, and values that do not fit their format.
    """
    marks: list[list[Inline]] = []
    words: list[str] = []
    faults: list[Fault] = []
    for piece in parse(text):
        if isinstance(piece, str):
            words.append(piece)
            continue
        try:
            marks.append(_shown(piece, values))
        except ValueUseError as error:
            faults.append(Fault(str(error), f"linje {piece.line}"))
            continue
        words.append(mark(len(marks) - 1))
    if faults:
        raise PlaceholderFaults(faults)
    return Filled("".join(words), marks)


def _shown(piece: Placeholder, values: Mapping[str, Vaerdi]) -> list[Inline]:
    if piece.name not in values:
        raise ValueUseError(unknown(piece.name, values))
    return show(values[piece.name], piece.format, *piece.arguments)


def unknown(name: str, known: Iterable[str]) -> str:
    """Say that a text shows a value nobody has named."""
    return f"værdien »{name}« er ikke sat med vaerdi(), før teksten vises. {nearest(name, known)}"
