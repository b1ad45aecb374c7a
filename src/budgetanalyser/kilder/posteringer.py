"""A ledger in `data/raw/`: verified, read, and held against the control total the finance system shows.

How a ledger is read is in `ledger`; here it is tied to its sidecar and to the list of control totals, and what was
rejected is left in a file where the economist finds it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, KildeError, LedgerError, ValueUseError
from budgetanalyser.kilder.sidecar import Kilde, read_sidecar
from budgetanalyser.kilder.table import KildeTable

if TYPE_CHECKING:
    import pandas as pd

    from budgetanalyser.kilder.ledger import Ledger

FIL, KONTROL, ANTAL = "fil", "kontroltotal_kr", "posteringer"
_LINES = re.compile(r"\s*(?:[0-9]{1,12}\s*(?:,\s*[0-9]{1,12}\s*)*)?")


@dataclass(frozen=True)
class Posteringer:
    """A ledger that adds up.

    Attributes:
        ledger: Its rows and sums.
        kilde: What its sidecar tells.
        accepterede: The physical lines whose rejection the analysis accepts.
        afviste: The name of the file with the rejected rows; None where there are none.
    """

    ledger: Ledger = field(repr=False)
    kilde: Kilde
    accepterede: tuple[int, ...] = ()
    afviste: str | None = None

    def afstemning(self) -> pd.DataFrame:
        """Return the reconciliation: `hvad`, `raekker` (int or None) and `beloeb_kr` (exact Decimal or None)."""
        import pandas as pd

        one = self.ledger
        rows: list[tuple[str, int | None, Decimal | None]] = [
            ("Rækker i filen", one.rows_in, None),
            ("Afviste rækker, godkendt i analysen", len(one.rejects), None),
            ("Godkendte posteringer", one.rows_ok, one.total()),
            ("Kontroltotal fra økonomisystemet", None, one.control),
            ("Forskel", None, None if one.control is None else one.total() - one.control),
        ]
        return pd.DataFrame(rows, columns=["hvad", "raekker", "beloeb_kr"], dtype=object)


def read(
    path: Path,
    fil: str,
    *,
    layout: str | Path = "generisk",
    kontrol: KildeTable | None = None,
    accepterede: Collection[int] | str = (),
    afviste: Path | None = None,
) -> Posteringer:
    """Read a ledger and refuse it unless every row is accounted for and the total is the control total.

    Args:
        path: The file; its sidecar lies beside it.
        fil: Its name in `data/raw/`.
        layout: See `ledger.read`.
        kontrol: A row a ledger: `fil` (its name, with or without folder), `kontroltotal_kr`, and `posteringer` where
            the system tells how many there are. None: the file's own "I alt" line must be there.
        accepterede: Physical lines that may be rejected; a text as "17, 204" will do.
        afviste: Where to write the rejected rows; an old file there is removed when there are none.

    Raises:
        KildeError: Missing, changed, not described or not readable; or the list has not one control total for it.
        LedgerError: Rejected rows nobody has accepted, or another total or count than the system's; all of it.
    """
    from budgetanalyser.kilder import ledger

    kilde = read_sidecar(path, fil)
    lines = _lines(accepterede)
    control = None if kontrol is None else _control(kontrol, fil)
    one = ledger.read(path, layout=layout, control=None if control is None else control[0])
    has_rejects = len(one.rejects) > 0
    if afviste is not None:
        _leave(one, afviste, has_rejects=has_rejects)
    faults: list[Fault] = []
    if one.control is None:
        faults.append(Fault("der er ingen kontroltotal; skriv økonomisystemets total i filen med kontroltotaler"))
    if control is not None and control[1] is not None and control[1] != one.rows_in:
        faults.append(
            Fault(
                f"filen har {dansk.antal(one.rows_in)} posteringer, men økonomisystemet har {dansk.antal(control[1])}; "
                "hent filen igen"
            )
        )
    try:
        one.verify(lines)
    except LedgerError as error:
        faults += error.faults
        if kontrol is not None and one.control is not None and one.total() != one.control:
            said = (
                f"er udtrækket forkert, så hent det igen; er totalen skrevet forkert, så ret den i {kontrol.kilde.fil}"
            )
            faults.append(Fault(said))
    if faults:
        raise LedgerError(fil, faults)
    return Posteringer(one, kilde, lines, afviste.name if afviste and has_rejects else None)


def afviste_navn(fil: str) -> str:
    """Return what the file with a ledger's rejected rows is called in `data/processed/`."""
    return f"{fil}.afviste.csv"


def _leave(one: Ledger, path: Path, *, has_rejects: bool) -> None:
    if has_rejects:
        one.write_rejects(path)
    else:
        path.unlink(missing_ok=True)


def _lines(given: Collection[int] | str) -> tuple[int, ...]:
    if isinstance(given, str):
        if not _LINES.fullmatch(given):
            raise ValueUseError(f"Godkendte linjer skrives som tal med komma imellem (17, 204), ikke »{given[:60]}«.")
        return tuple(sorted({int(part) for part in given.split(",") if part.strip()}))
    return tuple(sorted(set(given)))


def _control(kontrol: KildeTable, fil: str) -> tuple[Decimal, int | None]:
    """Return the control total of a file and, where told, how many postings it must have."""
    shown = kontrol.kilde.fil
    missing = [name for name in (FIL, KONTROL) if name not in kontrol.data]
    if missing:
        raise KildeError(shown, [Fault(f"kolonnen »{name}« mangler") for name in missing])
    rows: list[dict[Any, Any]] = [
        row for row in kontrol.data.to_dict("records") if row[FIL] in (fil, PurePosixPath(fil).name)
    ]
    if len(rows) != 1:
        said = "ingen kontroltotal" if not rows else f"{len(rows)} kontroltotaler"
        raise KildeError(shown, [Fault(f"der er {said} for {PurePosixPath(fil).name}; der skal være netop én")])
    total, count = rows[0][KONTROL], rows[0].get(ANTAL)
    if not isinstance(total, Decimal):
        raise KildeError(shown, [Fault(f"kontroltotalen for {PurePosixPath(fil).name} er tom; skriv den")])
    return total, int(count) if isinstance(count, int) else None
