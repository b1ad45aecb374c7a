"""The typed rows of a ledger as Parquet: `aar=2026/kommune=0253/del-0.parquet`, zstd, whole or not there at all.

Amounts are nominal kroner as decimal(18,2), dates are dates, all else is text with its zeros.
"""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from budgetanalyser.kilder.ledger.source import DATO, LINJE, OERE

if TYPE_CHECKING:
    from budgetanalyser.kilder.ledger.ledger import Ledger

_MOST_WAITING = 400_000  # Rows held back until they are worth a row group.
_LEVEL = 1
_NO_KOMMUNE = "ukendt"


def write(ledger: Ledger, folder: Path) -> Path:
    """Write the accepted rows of a ledger to `folder`, in place of what is there.

    Args:
        ledger: The ledger; its file is gone through once more.
        folder: Becomes one folder a year of the dates, and in it one a kommune where the file has that column.

    Returns:
        The folder.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.with_name(f".{folder.name}-{uuid.uuid4().hex}")
    old = folder.with_name(f".{folder.name}-{uuid.uuid4().hex}")
    temporary.mkdir()
    try:
        _fill(ledger, temporary)
        if folder.exists():
            folder.rename(old)
        try:
            temporary.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return folder


def _fill(ledger: Ledger, folder: Path) -> None:
    has_kommune = "kommune" in ledger.columns
    names = [name for name in ledger.columns if name != "kommune"]
    writers = _Writers(folder)
    try:
        for parts in ledger.each([LINJE, *ledger.columns], lambda rows: _split(rows, names, has_kommune)):
            for place, table in parts:
                writers.add(place, table)
        writers.finish()
    finally:
        writers.close()


def _split(rows: pl.DataFrame, names: list[str], has_kommune: bool) -> list[tuple[str, Any]]:
    """Return the rows of a batch by partition, as Arrow tables; runs in many threads."""
    from budgetanalyser.kilder.ledger.ledger import kroner_column

    if not rows.height:
        return []
    keys = [rows[DATO].dt.year().alias("aar")]
    if has_kommune:
        keys.append(rows["kommune"].cast(pl.String).alias("kommune"))
    key = pl.DataFrame(keys)
    if key.n_unique() == 1:
        parts = [(key.row(0), rows)]
    else:
        marked = rows.with_columns(key["aar"].alias("\0aar"), *[k.alias("\0k") for k in keys[1:]])
        marks = ["\0aar", "\0k"][: len(keys)]
        split = marked.partition_by(marks, as_dict=True, maintain_order=True, include_key=False)
        parts = [(place, part) for place, part in split.items()]
    return [(_place(place), _table(part, names, kroner_column(part[OERE]))) for place, part in parts]


def _place(key: tuple[Any, ...]) -> str:
    year = f"aar={key[0]}"
    return year if len(key) == 1 else f"{year}/kommune={quote(str(key[1]) or _NO_KOMMUNE, safe='')}"


def _table(rows: pl.DataFrame, names: list[str], beloeb: Any) -> Any:
    columns: dict[str, Any] = {LINJE: rows[LINJE].to_arrow()}
    for name in names:
        array = rows[name].to_arrow()
        columns[name] = array if name == DATO else _text(array)
    return pa.table(columns | {"beloeb_kr": beloeb})


def _text(array: Any) -> Any:
    if pa.types.is_dictionary(array.type):
        return array.cast(pa.dictionary(pa.int32(), pa.string()))
    return array.cast(pa.string())


class _Writers:
    """One open file a partition; the largest heap of waiting rows is written first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[str, list[Any]] = {}
        self._rows: dict[str, int] = {}
        self._open: dict[str, Any] = {}

    def add(self, place: str, table: Any) -> None:
        self._waiting.setdefault(place, []).append(table)
        self._rows[place] = self._rows.get(place, 0) + table.num_rows
        while sum(self._rows.values()) > _MOST_WAITING:
            self._flush(max(self._rows, key=self._rows.__getitem__))

    def finish(self) -> None:
        for place in list(self._rows):
            self._flush(place)

    def _flush(self, place: str) -> None:
        table = pa.concat_tables(self._waiting.pop(place)).unify_dictionaries()
        del self._rows[place]
        if place not in self._open:
            path = self._folder / place / "del-0.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            plain = pa.schema([(one.name, _plain(one.type)) for one in table.schema])
            self._open[place] = pq.ParquetWriter(
                path, plain, compression="zstd", compression_level=_LEVEL, store_decimal_as_integer=True
            )
        self._open[place].write_table(table.cast(self._open[place].schema))

    def close(self) -> None:
        for one in self._open.values():
            one.close()


def _plain(kind: Any) -> Any:
    return pa.string() if pa.types.is_dictionary(kind) else kind
