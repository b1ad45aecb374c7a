"""Read paper ballots in Consul's form. Not whether a ballot is valid, nor whether its projects exist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from budgetanalyser.errors import Fault, KildeError
from budgetanalyser.kilder.consul import celler
from budgetanalyser.kilder.table import decoded


def read_offline(path: Path, fil: str = "papirstemmerne") -> list[tuple[str, tuple[str, ...]]]:
    """Return paper ballots in Consul's form, `id,id,id;id,id`: where each stands, and its ids.

    Semicolon between ballots, comma between ids; a line may hold one ballot or many. A place is
    "linje 2, stemmeseddel 3". Whether the ids exist is for the caller to check.

    Args:
        path: The file.
        fil: What to call it in messages; its own name could be a person's.

    Raises:
        KildeError: An id that is not digits, or a ballot without any; all at once.
    """
    text, _ = decoded(path.read_bytes(), fil)
    found = []
    faults = []
    for where, ballot in _ballots(text):
        ids = tuple(one.strip() for one in ballot.split(","))
        if not ballot.strip():
            faults.append(Fault("stemmesedlen er tom; slet det ene semikolon", where))
        elif not all(map(_is_id, ids)):
            faults.append(Fault("der skal stå projekternes id, cifre (0-9) med komma imellem", where))
        found.append((where, ids))
    if not found:
        faults.append(Fault("der er ingen stemmesedler i filen"))
    if faults:
        raise KildeError(fil, faults)
    return found


def _is_id(text: str) -> bool:
    try:
        return bool(celler.projekt_id(text))
    except ValueError:
        return False


def _ballots(text: str) -> Iterator[tuple[str, str]]:
    for line, content in enumerate(text.splitlines(), start=1):
        body = content.strip().removesuffix(";")
        for number, ballot in enumerate(body.split(";") if body else [], start=1):
            yield f"linje {line}, stemmeseddel {number}", ballot
