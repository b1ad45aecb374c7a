"""The typed rows of a ledger as Parquet: `aar=2026/kommune-0253.parquet`, zstd, whole or not there at all.

Amounts are nominal kroner as decimal(18,2), dates are dates, all else is text with its zeros. The kommune is a column,
not a `kommune=0253` in the path, which readers would take for the number 253.
"""

from __future__ import annotations

import shutil
import uuid
import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from budgetanalyser.errors import ValueUseError
from budgetanalyser.kilder.ledger.postings import Postings
from budgetanalyser.kilder.ledger.source import DATO, LINJE

if TYPE_CHECKING:
    from budgetanalyser.kilder.ledger.ledger import Ledger

_MOST_WAITING = 400_000  # Rows held back until they are worth a row group.
_LEVEL = 1
_MOST_FILES, _LONGEST_NAME = 400, 200  # 98 municipalities in four years; what a file system takes.
_NO_KOMMUNE = "ukendt"
BELOEB_KR = "beloeb_kr"


def write(ledger: Ledger, folder: Path) -> Path:
    """Write the accepted rows of a ledger to `folder`, in place of what is there.

    Args:
        ledger: The ledger; its file is gone through once more.
        folder: Becomes one folder a year of the dates, and in it one file a kommune where the ledger has that column.

    Returns:
        The folder.
    """
    aside = Aside(folder)
    try:
        names = list(ledger.columns)
        for parts in ledger.parts([LINJE, *names], lambda rows: split(rows, names)):
            aside.add(parts)
        return aside.put_in_place()
    finally:
        aside.discard()


class Aside:
    """Rows on their way to a folder: they lie beside it until all are there, and then take its place.

    One that is never put in place is discarded, at the latest when nobody has it any more.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._temporary = folder.with_name(f".{folder.name}-{uuid.uuid4().hex}")
        self._temporary.mkdir(parents=True)
        self._writers = _Writers(self._temporary)
        self._discard = weakref.finalize(self, _discarded, self._writers, self._temporary)

    def add(self, parts: list[tuple[str, Any]]) -> None:
        """Add rows as `split` gives them."""
        for place, table in parts:
            self._writers.add(place, table)

    def put_in_place(self) -> Path:
        """Finish the files, let them take the folder's place, and return it."""
        self._writers.finish()
        self._writers.close()
        old = self.folder.with_name(f".{self.folder.name}-{uuid.uuid4().hex}")
        try:
            if self.folder.exists():
                self.folder.rename(old)
            try:
                self._temporary.rename(self.folder)
            except OSError:
                if old.exists():
                    old.rename(self.folder)
                raise
        finally:
            shutil.rmtree(old, ignore_errors=True)
        return self.folder

    def discard(self) -> None:
        """Leave nothing beside the folder; what has been put in place stays."""
        self._discard()


def _discarded(writers: _Writers, temporary: Path) -> None:
    writers.close()
    shutil.rmtree(temporary, ignore_errors=True)


def split(rows: Postings, names: list[str]) -> list[tuple[str, Any]]:
    """Return the rows of a batch, with `linje` and the columns `names`, by partition as Arrow tables.

    It may run in many threads at once.
    """
    if not len(rows):
        return []
    has_kommune = "kommune" in names
    years = 1970 + rows.months() // 12
    kommuner, labels = rows.codes("kommune") if has_kommune else (np.zeros(len(rows), np.int32), [None])
    first = int(years.min())
    part = (years - first) * len(labels) + kommuner
    sizes = np.bincount(part)
    found = np.flatnonzero(sizes)
    if len(found) > 1:
        # So small numbers are sorted by counting.
        small = part.astype(np.uint16) if len(sizes) < 2**16 else part
        rows = rows.taken(np.argsort(small, kind="stable"))
    table = _table(rows, names)
    ends = np.cumsum(sizes[found]).tolist()
    places = [_place(first + one // len(labels), labels[one % len(labels)]) for one in found.tolist()]
    return [
        (place, table.slice(begin, end - begin))
        for place, begin, end in zip(places, [0, *ends[:-1]], ends, strict=True)
    ]


def _place(year: int, kommune: str | None) -> str:
    name = "posteringer" if kommune is None else f"kommune-{quote(kommune or _NO_KOMMUNE, safe='')}"
    return f"aar={year}/{name}.parquet"


def _table(rows: Postings, names: list[str]) -> Any:
    from budgetanalyser.kilder.ledger.ledger import kroner_column

    columns = {name: pa.array(rows.dato).cast(pa.date32()) if name == DATO else rows.texts[name] for name in names}
    return pa.table({LINJE: rows.linje} | columns | {BELOEB_KR: kroner_column(rows.oere)})


class _Writers:
    """One open file a partition; the largest heap of waiting rows is written first, in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[str, list[Any]] = {}
        self._rows: dict[str, int] = {}
        self._open: dict[str, Any] = {}
        self._thread = ThreadPoolExecutor(1)
        self._written: Future[None] | None = None

    def add(self, place: str, table: Any) -> None:
        self._waiting.setdefault(place, []).append(table)
        self._rows[place] = self._rows.get(place, 0) + table.num_rows
        while sum(self._rows.values()) > _MOST_WAITING:
            self._flush(max(self._rows, key=self._rows.__getitem__))

    def finish(self) -> None:
        for place in list(self._rows):
            self._flush(place)
        self._settle()

    def _flush(self, place: str) -> None:
        """Let the waiting rows of a partition be written, once those before them are."""
        self._settle()
        del self._rows[place]
        self._written = self._thread.submit(self._write, place, self._waiting.pop(place))

    def _settle(self) -> None:
        if self._written is not None:
            self._written.result()

    def _write(self, place: str, waiting: list[Any]) -> None:
        if place not in self._open:
            self._open[place] = self._opened(place, waiting[0].schema)
        self._open[place].write_table(pa.concat_tables(waiting).unify_dictionaries())

    def _opened(self, place: str, schema: Any) -> Any:
        path = self._folder / place
        if len(self._open) >= _MOST_FILES or len(path.name) > _LONGEST_NAME:
            raise ValueUseError(
                f"Parquet kan ikke skrives: kolonnen Kommune har over {_MOST_FILES} værdier eller en meget lang. Ret "
                "den i layoutet, eller skriv ikke Parquet."
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        # Coded columns are written as they are; whoever reads them finds plain text, since the schema is not stored.
        coded = [one.name for one in schema if pa.types.is_dictionary(one.type)]
        return pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=_LEVEL,
            use_dictionary=coded or False,
            column_encoding={LINJE: "DELTA_BINARY_PACKED"},
            write_statistics=[LINJE, DATO, BELOEB_KR],  # Of all columns it would cost a third of the time.
            store_decimal_as_integer=True,
            store_schema=False,
        )

    def close(self) -> None:
        self._thread.shutdown()
        while self._open:
            self._open.popitem()[1].close()
