"""The commands about a raw file and its sidecar: `kilde add`, `kilde forny` and `kilde consul`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from budgetanalyser.cli.parser import Verbs, common
from budgetanalyser.cli.terminal import OK, ask
from budgetanalyser.errors import Fault, KildeError, WorkspaceError
from budgetanalyser.workspace import Workspace


def add(actions: Verbs) -> None:
    """Add the commands."""
    from budgetanalyser.kilder.questions import QUESTIONS

    said = "Skriv FIL.kilde.toml med kontrolsum og kolonner. Du bliver spurgt om resten."
    new = actions.add_parser("add", help="skriv en kildefil", description=said)
    new.add_argument("fil", metavar="FIL", help="en fil i data/raw/")
    text = "filen er økonomisystemets posteringer; deres kolonner står ikke i kildefilen"
    new.add_argument("--posteringer", action="store_true", help=text)
    for question in QUESTIONS:
        new.add_argument(f"--{question.key}", metavar="TEKST", help=question.text)
    common(new, _add)
    said = "Skriv den nye kontrolsum af en fil, du selv har rettet, i dens kildefil."
    renew = actions.add_parser("forny", help="skriv ny kontrolsum af en fil, du selv har rettet", description=said)
    renew.add_argument("fil", metavar="FIL", help="en fil i data/raw/")
    common(renew, _forny)
    _add_consul(actions)


def name_in_raw(file: str) -> str:
    """Return a file's name in `data/raw/`, which tab completion may have put in front."""
    return Path(file).as_posix().removeprefix("data/raw/")


def _add_consul(actions: Verbs) -> None:
    said = (
        "Læs Consuls eksport og resultatside i MAPPE, og skriv projekterne som tabellen FIL i data/raw/. Navne på "
        "personer kommer ikke med."
    )
    consul = actions.add_parser("consul", help="gør Consuls eksport til en tabel uden navne", description=said)
    consul.add_argument("mappe", metavar="MAPPE", help="en mappe i data/fortroligt/ eller uden for arbejdsområdet")
    consul.add_argument("fil", metavar="FIL", help="den tabel, der skrives i data/raw/")
    consul.add_argument("--beloeb", metavar="KRONER", help="beløbet at fordele, når resultatsiden ikke siger det")
    common(consul, _consul)


def _add(options: argparse.Namespace) -> int:
    workspace = Workspace.find(options.workspace)
    from budgetanalyser.kilder import describe
    from budgetanalyser.kilder.questions import QUESTIONS

    name = name_in_raw(options.fil)
    answers = {question.key: getattr(options, question.key.replace("-", "_")) for question in QUESTIONS}
    path = workspace.raw(name)
    is_table = not options.posteringer
    side = describe.add(path, name, answers, ask=ask if sys.stdin.isatty() else None, is_table=is_table)
    if not is_table:
        print(f"Skrev {workspace.relative(side)}. Se nu, om de stemmer: »budgetanalyser kilde posteringer {name}«.")
        return OK
    print(f"Skrev {workspace.relative(side)}. Se kolonnernes typer efter; data/raw/README.md forklarer dem.")
    if path.suffix.casefold() == ".csv":
        from budgetanalyser.kilder.table import read

        read(path, name)
    return OK


def _forny(options: argparse.Namespace) -> int:
    workspace = Workspace.find(options.workspace)
    from budgetanalyser.kilder import describe
    from budgetanalyser.kilder.sidecar import read_sidecar
    from budgetanalyser.kilder.table import read

    name = name_in_raw(options.fil)
    path = workspace.raw(name)
    side = describe.renew(path, name)
    print(f"Skrev ny kontrolsum i {workspace.relative(side)}.")
    if path.suffix.casefold() == ".csv" and read_sidecar(path, name).kolonner:
        read(path, name)
    return OK


def _consul(options: argparse.Namespace) -> int:
    from budgetanalyser import dansk
    from budgetanalyser.deltagerbudget import consul, noegletal
    from budgetanalyser.kilder.fortrolig import find

    workspace = Workspace.find(options.workspace)
    name = name_in_raw(options.fil)
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
