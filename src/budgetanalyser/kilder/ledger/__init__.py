"""A ledger (regnskabsudtræk) of any size: read strictly, summed exactly, refused where it does not add up.

    ledger.read("data/raw/2026K3/udtraek.csv", layout="opus").totals(by=["kvartal", "funktion"])

`layout` holds what an export looks like (`layouts/*.toml`, or a user's own), `source` what every form of file hands
on, `postings` its rows, `pieces` how one is worked on in parts, `order` how the parts are put together. `tabel` is the
form of lines with a header (`header`), `chunks` its bytes, `lines` its rows, `fields` those of plain lines; `poster`
and `xmlfil` are the other forms. `cells` is how one cell is read, `arrays` and `amounts` the same for a million.
`ledger` is the verdict, `sums` the sums, `parquet` the typed rows on disk, `duplicates` rows that stand twice.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from budgetanalyser.kilder.ledger import layout as layouts
from budgetanalyser.kilder.ledger.layout import Layout
from budgetanalyser.kilder.ledger.ledger import Ledger
from budgetanalyser.kilder.ledger.poster import PosterSource
from budgetanalyser.kilder.ledger.source import Source
from budgetanalyser.kilder.ledger.tabel import TableSource
from budgetanalyser.kilder.ledger.xmlfil import XmlSource

__all__ = ["Ledger", "read"]


def read(
    path: Path | str,
    *,
    layout: str | Path = "generisk",
    control: Decimal | None = None,
    parquet: Path | None = None,
) -> Ledger:
    """Read a ledger export and check every row.

    Args:
        path: The file.
        layout: The name of a built-in layout ("generisk", "debet-kredit", "statbank", "opus", "opus-xml", "prisme"),
            or the path of a TOML file of one's own.
        control: The total the export should have, in kroner; by default that of the file's own last "I alt" line.
        parquet: A folder that the typed rows are to become. They are written beside it while the file is read, which
            spares a second pass; `Ledger.to_parquet` of that folder puts them in place, and otherwise they are
            discarded.

    Returns:
        The ledger. Rows that are no postings are its rejects; `Ledger.verify` refuses them, and a wrong control total.

    Raises:
        KildeError: The file or the layout cannot be read; all faults.
    """
    file = Path(path)
    return Ledger(_source(file, layouts.load(layout)), control, parquet)


def _source(path: Path, layout: Layout) -> Source:
    """Return the reader of a layout's form; a new form is one more line here."""
    if layout.form == "poster":
        return PosterSource(path, layout)
    return XmlSource(path, layout) if layout.form == "xml" else TableSource(path, layout)
