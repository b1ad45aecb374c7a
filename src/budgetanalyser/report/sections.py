"""Split a prose file into the sections a notebook shows, each with the footnotes it refers to.

Only headings and footnotes are looked at here; what a section says is read by `prose`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from budgetanalyser.errors import Fault

_SECTION = re.compile(r"##[ \t]+(?P<heading>\S.*?)(?:[ \t]+#+)?[ \t]*")
DEFINITION = re.compile(r"^\[\^(?P<label>[^\]\s]+)\]:")


class ProseFaults(Exception):
    """The faults of one text; the caller knows the file or cell."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


def line_number(fault: Fault) -> int:
    """Return the line a fault stands on, 0 when it has none; for sorting."""
    digits = fault.where.removeprefix("linje ")
    return int(digits) if digits.isdigit() else 0


def split_sections(text: str) -> dict[str, str]:
    """Split a prose file at its `## ` headings.

    Returns:
        By raw heading: the section's text under as many blank lines as stand before it in the file, so that lines
        are counted as in the file, and with the footnotes it refers to from anywhere in the file.

    Raises:
        ProseFaults: Text before the first heading, a title, or the same heading twice.
    """
    lines = text.splitlines()
    notes, note_lines = _note_definitions(lines)
    labels = [match["label"] for line in lines if (match := DEFINITION.match(line))]
    starts = [i for i, line in enumerate(lines) if _SECTION.fullmatch(line)]
    faults = [
        Fault("teksten skal stå under en overskrift, der begynder med »## «", f"linje {i + 1}")
        for i in range(starts[0] if starts else len(lines))
        if lines[i].strip() and i not in note_lines
    ][:1]
    result: dict[str, str] = {}
    for start, end in pairwise([*starts, len(lines)]):
        match = _SECTION.fullmatch(lines[start])
        heading = match["heading"] if match else ""
        if heading in result:
            faults.append(Fault(f"overskriften »{heading}« står to gange", f"linje {start + 1}"))
        body = ["" if i in note_lines else lines[i] for i in range(start + 1, end)]
        used = _used_notes("\n".join(body), notes)
        result[heading] = "\n".join([*[""] * (start + 1), *body, "", *used])
    for label in notes:
        if labels.count(label) > 1:
            faults.append(Fault(f"fodnoten [^{label}] er skrevet {labels.count(label)} gange"))
        if not any(f"[^{label}]" in line for i, line in enumerate(lines) if i not in note_lines):
            faults.append(Fault(f"fodnoten [^{label}] bruges ikke i teksten"))
    if faults:
        raise ProseFaults(faults)
    return result


def _used_notes(body: str, notes: Mapping[str, str]) -> list[str]:
    return [definition for label, definition in notes.items() if f"[^{label}]" in body]


def _note_definitions(lines: list[str]) -> tuple[dict[str, str], set[int]]:
    notes: dict[str, str] = {}
    taken: set[int] = set()
    label = ""
    for i, line in enumerate(lines):
        if match := DEFINITION.match(line):
            label = match["label"]
            notes[label] = line
        elif label and line.strip() and not line.startswith("#"):
            # Markdown lets a wrapped line of a footnote begin at the margin.
            notes[label] += " " + line.strip()
        else:
            label = ""
            continue
        taken.add(i)
    return notes, taken
