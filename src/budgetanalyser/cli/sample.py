"""The command `sample ledger`: an invented municipality to try the follow-up on, as small or large as one wants.

What is invented is the affair of `opfoelgning.opdigt`. Here it is made aside and put in place when it is whole,
over no other files than the generator's own, untouched since.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from budgetanalyser.cli.parser import Verbs, common, number_from
from budgetanalyser.cli.terminal import OK
from budgetanalyser.errors import Fault, FaultsError, WorkspaceError
from budgetanalyser.workspace import Workspace


def add(verbs: Verbs) -> None:
    """Add the command."""
    said = (
        "Skriv en opdigtet kommunes budget, historik, konteringsnøgle og posteringer med kildefiler. Totalerne er "
        "kendt, og alle filer er mærket KONSTRUERET. Kun filer, denne kommando selv har skrevet, bliver skrevet over."
    )
    ledger = verbs.add_parser("ledger", help="en opdigtet kommunes budget og posteringer", description=said)
    ledger.add_argument("mappe", metavar="MAPPE", type=Path, nargs="?", help="her skrives filerne; ellers i data/raw/")
    text = "antal posteringer, fra nogle hundrede til mange millioner"
    ledger.add_argument("--postings", metavar="N", type=number_from(1), required=True, help=text)
    ledger.add_argument(
        "--period", metavar="PERIODE", default="2026K3", help="2026-02, 2026K1, 2026K2 eller 2026K3 (ellers)"
    )
    text = "samme tal giver samme filer; ellers eksemplernes eget"
    ledger.add_argument("--seed", metavar="TAL", type=number_from(0), help=text)
    common(ledger, _ledger)


def _ledger(options: argparse.Namespace) -> int:
    folder: Path | None = options.mappe
    shown: Callable[[Path], str] = str
    if folder is None:
        workspace = Workspace.find(options.workspace)
        folder, shown = workspace.root / "data/raw", workspace.relative
        workspace.raw(options.period)  # Refuses a folder that leads elsewhere.
    for path in _make(folder, options, shown(folder)):
        print(f"Skrev {shown(path)} med kildefil.")
    print("Alt er opdigtet og mærket KONSTRUERET.")
    return OK


def _make(folder: Path, options: argparse.Namespace, shown: str) -> list[Path]:
    """Write the files aside, and put them in place when nobody else's are there; return the data files."""
    from budgetanalyser.kilder.sidecar import sidecar_path
    from budgetanalyser.opfoelgning import opdigt

    seed = opdigt.AAR if options.seed is None else options.seed
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".opdigt-") as aside:
            try:
                made = opdigt.write(Path(aside), options.postings, seed, options.period)
            except ValueError as error:
                raise WorkspaceError(f"Eksemplet kan ikke laves: {error}.") from None
            targets = {path: folder / path.relative_to(aside) for path in made}
            _refuse_others(folder, targets.items(), shown)
            for path, target in targets.items():
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(path, target)
                os.replace(sidecar_path(path), sidecar_path(target))
            return list(targets.values())
    finally:
        if is_new and not any(folder.iterdir()):
            folder.rmdir()


def _refuse_others(folder: Path, pairs: Iterable[tuple[Path, Path]], shown: str) -> None:
    faults = [
        Fault(said, target.relative_to(folder).as_posix()) for new, target in pairs for said in _others(new, target)
    ]
    if faults:
        said = "intet er skrevet; flyt eller slet filerne og deres kildefiler, eller vælg en anden mappe"
        raise FaultsError(shown, [*faults, Fault(said)])


def _others(new: Path, target: Path) -> Iterator[str]:
    """Tell what stands where a file should be and is not one the generator wrote."""
    from budgetanalyser.kilder.sidecar import checksum, sidecar_path

    side = sidecar_path(target)
    if not os.path.lexists(target) and not os.path.lexists(side):
        return
    if not side.is_file():
        yield "er ikke skrevet af denne kommando, for den har ingen kildefil"
        return
    told, other = _told(side), _told(sidecar_path(new))
    sums = {told.pop("sha256", ""), other.pop("sha256", "")}
    if told != other:
        yield "har en kildefil, som denne kommando ikke har skrevet"
    elif os.path.lexists(target) and not (target.is_file() and f'"{checksum(target)}"' in sums):
        yield "er rettet, siden denne kommando skrev den"


def _told(side: Path) -> dict[str, str]:
    """Return the lines of a sidecar by key, as they stand."""
    lines = side.read_text(encoding="utf-8", errors="replace").splitlines()
    return {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}
