"""The command `kilde posteringer`: read a ledger, tell whether it adds up, and keep what is wanted of it.

How a ledger is read and judged is the affair of `kilder.ledger`; this is the economist's first look at a new export.
"""

from __future__ import annotations

import argparse
import sys
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from budgetanalyser.cli.parser import Verbs, amount, common
from budgetanalyser.cli.sources import name_in_raw
from budgetanalyser.cli.terminal import OK, clean
from budgetanalyser.errors import Fault, FaultsError, LedgerError, WorkspaceError
from budgetanalyser.workspace import Workspace

if TYPE_CHECKING:
    from budgetanalyser.kilder.ledger import Ledger

_FIRST_SHOWN = 10


def add(actions: Verbs) -> None:
    """Add the command."""
    said = (
        "Læs et udtræk af posteringer i data/raw/, og se, om det stemmer: antal rækker, afviste rækker, total og "
        "kontroltotal. Afviste rækker skrives til data/processed/."
    )
    postings = actions.add_parser(
        "posteringer", help="læs et udtræk af posteringer, og se, om det stemmer", description=said
    )
    postings.add_argument("fil", metavar="FIL", help="en fil i data/raw/")
    text = "udtrækkets form: generisk (ellers), opus, prisme, debet-kredit, statbank eller en TOML-fil"
    postings.add_argument("--layout", metavar="LAYOUT", default="generisk", help=text)
    text = "økonomisystemets egen total i kroner; ellers filens sidste linje med »I alt«"
    postings.add_argument("--kontroltotal", metavar="BELØB", type=amount, help=text)
    text = "skriv også posteringerne som Parquet i data/processed/, når de stemmer"
    postings.add_argument("--parquet", action="store_true", help=text)
    common(postings, _postings)


def _postings(options: argparse.Namespace) -> int:
    workspace = Workspace.find(options.workspace)
    name = name_in_raw(options.fil)
    if not PurePosixPath(name).name:
        raise WorkspaceError("Skriv navnet på en fil i data/raw/.")
    path, layout = workspace.raw(name), _layout(workspace, options.layout)
    from budgetanalyser.kilder import ledger, posteringer

    beside = workspace.processed(str(PurePosixPath(name).with_suffix("")))
    if options.parquet:
        _refuse_others(beside, workspace)
    one = ledger.read(path, layout=layout, control=options.kontroltotal, parquet=beside if options.parquet else None)
    _tell(one, name, is_given=options.kontroltotal is not None)
    _leave_rejects(one, workspace.processed(posteringer.afviste_navn(name)), workspace)
    _tell_duplicates(one)
    try:
        one.verify()
    except LedgerError as error:
        if options.parquet:
            print("Der er ikke skrevet Parquet, for posteringerne stemmer ikke.", file=sys.stderr)
        raise LedgerError(name, error.faults) from None
    if options.parquet:
        one.to_parquet(beside)
        print(f"Skrev posteringerne som Parquet i {workspace.relative(beside)}/.")
    if one.control is not None:
        print("✓ Posteringerne stemmer.")
    return OK


def _refuse_others(folder: Path, workspace: Workspace) -> None:
    """Refuse a folder that holds anything but an earlier reading's rows."""
    if folder.exists() and not (folder.is_dir() and all(part.name.startswith("aar=") for part in folder.iterdir())):
        raise FaultsError(
            workspace.relative(folder),
            [Fault("her ligger andet end posteringer, så de kan ikke skrives her; omdøb udtrækket")],
        )


def _layout(workspace: Workspace, text: str) -> str | Path:
    """Return a built-in layout's name, or the path of one's own: as it is written, or in `data/raw/`."""
    if not text.endswith(".toml"):
        return text
    return Path(text) if Path(text).is_file() else workspace.raw(name_in_raw(text))


def _tell(one: Ledger, name: str, *, is_given: bool) -> None:
    from budgetanalyser import dansk

    def kroner(value: Decimal | None) -> str:
        return "ikke oplyst" if value is None else dansk.kr(value, 2)

    rows = [
        ("Rækker læst", dansk.antal(one.rows_in)),
        ("Rækker godkendt", dansk.antal(one.rows_ok)),
        ("Rækker afvist", dansk.antal(len(one.rejects))),
        ("Total", kroner(one.total())),
        ("Kontroltotal", kroner(one.control)),
        ("Forskel", kroner(None if one.control is None else one.total() - one.control)),
    ]
    width = max(len(text) for _, text in rows)
    print(name)
    for label, text in rows:
        print(f"  {label:<16}{text:>{width}}")
    if one.control is None:
        print("Der er ingen kontroltotal. Skriv økonomisystemets egen total med --kontroltotal BELØB.")
    elif not is_given:
        print("Kontroltotalen er filens egen. Økonomisystemets skrives med --kontroltotal BELØB.")
    for note in one.notes:
        print(f"Bemærk: {clean(note)}")


def _leave_rejects(one: Ledger, path: Path, workspace: Workspace) -> None:
    """Write the rejected rows; what an earlier reading left is taken away when there are none now."""
    if len(one.rejects):
        one.write_rejects(path)
        print(f"Skrev de afviste rækker i {workspace.relative(path)}.")
    else:
        path.unlink(missing_ok=True)


def _tell_duplicates(one: Ledger) -> None:
    from budgetanalyser import dansk

    found = one.duplicates()
    if found.empty:
        print("Ingen rækker er ens.")
        return
    twins = f"{dansk.antal(len(found))} rækker" if len(found) > 1 else "1 række"
    print(f"{twins} står flere gange med alle felter ens. De er talt med; se efter, om de er bogført to gange:")
    for row in found.head(_FIRST_SHOWN).to_dict("records"):
        more = " …" if row["antal"] > row["linjer"].count(",") + 1 else ""
        print(f"  linje {row['linjer']}{more}: {dansk.kr(row['beloeb_kr'], 2)}")
    if len(found) > _FIRST_SHOWN:
        print(f"  og {dansk.antal(len(found) - _FIRST_SHOWN)} til")
