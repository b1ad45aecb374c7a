"""Placeholders in prose: `{{ udgift | mio_kr }}` becomes the named value, and nothing else can happen.

The template runs in Jinja's sandbox and sees only named values. What a placeholder prints never passes through
Markdown: it is set in as an opaque mark and exchanged after parsing, so a value that holds `#`, `*` or `<` stays text.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from budgetanalyser.errors import Fault, ValueUseError, nearest
from budgetanalyser.report.document import Inline
from budgetanalyser.report.values import FORMATS, KILDE, PRISNIVEAU, Vaerdi, show

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

# Private-use characters that no keyboard types; a text that holds one is refused.
OPEN, CLOSE = "\ue000", "\ue001"
KNOWN = (*FORMATS, PRISNIVEAU, KILDE)
MARK = re.compile(f"{OPEN}([0-9]+){CLOSE}")


class PlaceholderFault(Exception):
    """A placeholder cannot be filled. Holds the `Fault`, with its line; the caller knows the file."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


@dataclass(frozen=True)
class Filled:
    """A text whose placeholders are marks, and what each mark stands for."""

    text: str
    marks: list[list[Inline]]


class _Formatted:
    """What a format returns inside a template: the finished print of a value."""

    def __init__(self, inlines: list[Inline]) -> None:
        self.inlines = inlines


def _filter(wanted: str) -> Callable[..., _Formatted]:
    def apply(value: Any, *arguments: int) -> _Formatted:
        if not isinstance(value, Vaerdi):
            raise ValueUseError(f"»| {wanted}« kan kun vise en navngivet værdi. Giv tallet navn og kilde med vaerdi().")
        return _Formatted(show(value, wanted, *arguments))

    return apply


def _environment(marks: list[list[Inline]]) -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def finalize(value: Any) -> str:
        if isinstance(value, Vaerdi):
            value = _Formatted(show(value))
        if not isinstance(value, _Formatted):
            str(value)  # An undefined name raises here, with its name.
            raise ValueUseError("Kun navngivne værdier kan stå i {{ }}. Giv tallet navn og kilde med vaerdi().")
        marks.append(value.inlines)
        return f"{OPEN}{len(marks) - 1}{CLOSE}"

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, finalize=finalize, keep_trailing_newline=True, optimized=False
    )
    environment.globals.clear()
    environment.filters = {name: _filter(name) for name in KNOWN}
    environment.tests.clear()
    return environment


def fill(text: str, values: Mapping[str, Vaerdi]) -> Filled:
    """Fill the placeholders of `text`.

    Raises:
        PlaceholderFault: An unknown name or format, a value that does not fit it, or a broken placeholder.
    """
    from jinja2 import TemplateError, TemplateSyntaxError
    from jinja2.exceptions import SecurityError, UndefinedError

    if OPEN in text or CLOSE in text:
        raise PlaceholderFault(Fault("teksten rummer et usynligt tegn (U+E000 eller U+E001); slet det"))
    marks: list[list[Inline]] = []
    try:
        rendered = _environment(marks).from_string(text).render(dict(values))
    except TemplateSyntaxError as error:
        raise PlaceholderFault(Fault(_syntax(error.message or ""), f"linje {error.lineno}")) from None
    except UndefinedError as error:
        raise PlaceholderFault(Fault(_undefined(str(error), values), _line(error))) from None
    except SecurityError as error:
        raise PlaceholderFault(Fault("en pladsholder må kun vise en værdi, ikke slå op i den", _line(error))) from None
    except ValueUseError as error:
        raise PlaceholderFault(Fault(str(error), _line(error))) from None
    except (TemplateError, TypeError, ValueError, OverflowError, ArithmeticError) as error:
        said = "pladsholderen kan ikke regnes ud; brug kun {{ navn }} eller {{ navn | format }}"
        raise PlaceholderFault(Fault(said, _line(error))) from None
    return Filled(rendered, marks)


def _syntax(message: str) -> str:
    if match := re.match(r"No filter named '(.+)'", message):
        return f"formatet »{match[1]}« kendes ikke. {nearest(match[1], KNOWN)}"
    return "en pladsholder er ikke skrevet rigtigt; skriv {{ navn }} eller {{ navn | format }}"


def _undefined(message: str, values: Mapping[str, Vaerdi]) -> str:
    match = re.search(r"'(.+?)' is undefined", message)
    if match is None:
        return "en pladsholder må kun vise en værdi, ikke slå op i den"
    return f"værdien »{match[1]}« er ikke sat med vaerdi(), før teksten vises. {nearest(match[1], values)}"


def _line(error: BaseException) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return f"linje {lines[-1]}" if lines else ""
