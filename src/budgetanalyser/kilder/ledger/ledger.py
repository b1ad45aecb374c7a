"""A ledger that has been read: its sums, its rejects, and whether it adds up.

Memory does not grow with the rows. The first pass keeps sums by month, kommune, funktion, dranst and type of posting;
other totals, the typed rows, Parquet and duplicates go through the file again when they are asked for. Amounts are
whole øre in 64 bits and sums wider; every sum is of all accepted rows, so PRI, SUP and period 13 are with them.
"""

from __future__ import annotations

import csv
import io
import os
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, KildeError, LedgerError, ValueUseError, nearest
from budgetanalyser.kilder.ledger import cells
from budgetanalyser.kilder.ledger.layout import DIMENSIONS, PERIODE, kroner, normal
from budgetanalyser.kilder.ledger.source import DATO, LINJE, OERE, Batch, Reject, Restart, Result, Source

if TYPE_CHECKING:
    import pandas as pd

AAR, KVARTAL, MAANED = "aar", "kvartal", "maaned"
_DERIVED = (AAR, KVARTAL, MAANED)
_KEPT = ("kommune", "funktion", "dranst", "posteringstype")
_YEAR, _MONTH = "_aar", "_maaned"
_MOST_CELLS = 300_000
_BEFORE_MERGE = 400_000
_SAFE = 2**62
_FIRST_SHOWN = 10


@dataclass
class _Count:
    """What a pass through the file counted."""

    rows_in: int = 0
    rows_ok: int = 0
    oere: int = 0
    control: int | None = None
    notes: tuple[str, ...] = ()
    rejects: list[Reject] = field(default_factory=list)

    def key(self) -> tuple[object, ...]:
        return (self.rows_in, self.rows_ok, self.oere, self.control, tuple(self.rejects))


class Ledger:
    """A ledger read from a file; made by `read`.

    Attributes:
        fil: The file's name.
        rows_in: Data rows, header and the file's own total line apart.
        rows_ok: Rows accepted as postings.
        control: The control total in kroner: the one given, else the file's own last "I alt" line, else None.
        notes: What a user should know, in Danish. Duplicates are not looked for unless asked.
    """

    def __init__(self, source: Source, control: Decimal | None = None) -> None:
        self._source = source
        self.fil = source.fil
        self._names = {one.name: one for one in source.columns}
        kept = [name for name in _KEPT if name in self._names]
        self._cube: _Sums | None = _Sums([_YEAR, _MONTH, *kept], most=_MOST_CELLS)
        self._first: _Count | None = None
        self._first = self._pass(kept, self._cube.part, self._cube.take)
        if self._cube.is_full:
            self._cube = None
        told = self._first.control
        self.control = control if control is not None else None if told is None else kroner(told)
        self.rows_in, self.rows_ok = self._first.rows_in, self._first.rows_ok
        self.notes = self._first.notes

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns: canonical ones, and the others as the file has them."""
        return tuple(self._names)

    @property
    def rejects(self) -> pd.DataFrame:
        """The rows that are no postings: `linje` (physical line in the file), `aarsag` and `raa`."""
        import pandas as pd

        rejects = self._counted.rejects
        return pd.DataFrame(
            {
                LINJE: pd.Series([one.linje for one in rejects], dtype="int64"),
                "aarsag": pd.Series([one.aarsag for one in rejects], dtype=object),
                "raa": pd.Series([one.raa for one in rejects], dtype=object),
            }
        )

    @property
    def _counted(self) -> _Count:
        if self._first is None:
            raise AssertionError("the first pass has not ended")
        return self._first

    def total(self) -> Decimal:
        """Return the sum of all accepted rows in kroner, exactly; PRI, SUP and period 13 are with them."""
        return kroner(self._counted.oere)

    def totals(self, by: Sequence[str]) -> pd.DataFrame:
        """Return sums by one or more columns.

        Args:
            by: Canonical names, headers of the file (any case), or `aar`, `kvartal` ("2026K3") and `maaned`
                ("2026-09"). A period 13 of the file is maaned "2026-13" and counts to the year and its fourth quarter.

        Returns:
            The columns as asked, `beloeb_kr` (exact Decimal) and `antal` (int), sorted by the columns.

        Raises:
            ValueUseError: There is no such column, or it is asked for twice.
        """
        found = [self._name(name) for name in by]
        if not found or len(set(found)) < len(found):
            raise ValueUseError("Sig mindst én kolonne, og hver kolonne kun én gang, i by=[...].")
        keys = list(dict.fromkeys(key for name in found for key in _keys(name)))
        cube = self._cube
        if cube is None or not set(keys) <= set(cube.keys):
            cube = _Sums(keys)
            self._pass([key for key in keys if key in self._names], cube.part, cube.take)
        return _as_pandas(_named(cube.frame(), found), found, list(by))

    def _name(self, asked: str) -> str:
        """Return the name of a column asked for by canonical name, header or derived name."""
        if asked in self._names or asked in _DERIVED:
            return asked
        for one in self._names.values():
            if normal(asked) in (normal(one.header), normal(one.name)):
                return one.name
        if asked in DIMENSIONS:
            raise ValueUseError(f"{self.fil} har ingen kolonne med {asked}.")
        known = [*(one.header for one in self._names.values()), *self._names, *_DERIVED]
        raise ValueUseError(f"{self.fil} har ingen kolonne »{asked}«. {nearest(asked, set(known))}")

    @property
    def postings(self) -> pl.DataFrame:
        """All accepted rows in memory: for small files; a large one has `batches` and `to_parquet`."""
        parts = list(self.batches())
        return pl.concat(parts) if parts else pl.DataFrame()

    def batches(self) -> Iterator[pl.DataFrame]:
        """Yield the accepted rows: `linje`, the columns as text, `dato` as Date, `beloeb_kr` as exact Decimal."""
        for batch in self.each([LINJE, *self._names], _typed):
            if batch.height or not self.rows_ok:
                yield batch

    def each(self, columns: Sequence[str], work: Callable[[pl.DataFrame], Result]) -> Iterator[Result]:
        """Yield what `work` makes of each batch of accepted rows; at the end the file must still be the same."""
        count = _Count()
        for batch, (oere, rows_ok, result) in self._source.mapped(columns, lambda rows: (*_sum(rows), work(rows))):
            _add(count, batch, oere, rows_ok)
            yield result
        self._check_same(count)

    def _pass(
        self, columns: Sequence[str], work: Callable[[pl.DataFrame], Result], take: Callable[[Result], object]
    ) -> _Count:
        """Go through the file once."""
        while True:
            count = _Count()
            try:
                for batch, (oere, rows_ok, result) in self._source.mapped(
                    columns, lambda rows: (*_sum(rows), work(rows))
                ):
                    _add(count, batch, oere, rows_ok)
                    take(result)
            except Restart:
                # Only the first pass meets it, and only what `take` was given so far must go.
                if self._first is not None or self._cube is None:
                    raise
                self._cube.clear()
                continue
            self._check_same(count)
            return count

    def _check_same(self, count: _Count) -> None:
        if self._first is not None and self._first.key() != count.key():
            raise KildeError(self.fil, [Fault("filen er ændret, mens den blev læst; kør igen")])

    def write_rejects(self, path: Path) -> Path:
        """Write the rejects as Danish CSV that a spreadsheet does not run; it is whole or not there at all."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        writer.writerow([LINJE, "aarsag", "raa"])
        for one in self._counted.rejects:
            writer.writerow([one.linje, dansk.escaped(one.aarsag), dansk.escaped(one.raa)])
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
        try:
            temporary.write_text(out.getvalue(), encoding="utf-8-sig", newline="")
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        return path

    def verify(self, accepted: Collection[int] = ()) -> None:
        """Refuse a ledger that does not add up.

        Args:
            accepted: The lines whose rejection someone has accepted by naming them.

        Raises:
            LedgerError: Rows are missing, a reject is not accepted, an accepted line is none, or the sum of the rows is
                not the control total; all of it.
        """
        faults = [*self._count_faults(), *self._reject_faults(set(accepted)), *self._control_faults(set(accepted))]
        if faults:
            raise LedgerError(self.fil, faults)

    def _count_faults(self) -> Iterator[Fault]:
        rejects = len(self._counted.rejects)
        if self.rows_in != self.rows_ok + rejects:
            yield Fault(
                f"{dansk.antal(self.rows_in)} rækker er læst, men {dansk.antal(self.rows_ok)} er godkendt og "
                f"{dansk.antal(rejects)} afvist"
            )

    def _reject_faults(self, accepted: set[int]) -> Iterator[Fault]:
        rejects = self._counted.rejects
        unknown = [one for one in rejects if one.linje not in accepted]
        for one in unknown[:_FIRST_SHOWN]:
            yield Fault(f"rækken er afvist: {one.aarsag} (her står »{one.raa[:80]}«)", f"linje {one.linje}")
        if len(unknown) > _FIRST_SHOWN:
            yield Fault(f"og {dansk.antal(len(unknown) - _FIRST_SHOWN)} afviste rækker til; se listen over afviste")
        for line in sorted(accepted - {one.linje for one in rejects}):
            yield Fault("linjen er godkendt som afvist, men den er ikke afvist; ret listen", f"linje {line}")

    def _control_faults(self, accepted: set[int]) -> Iterator[Fault]:
        if self.control is None or self.total() == self.control:
            return
        said = (
            f"posteringerne er {dansk.kr(self.total(), 2)}, men kontroltotalen er {dansk.kr(self.control, 2)}; "
            f"forskellen er {dansk.kr(self.total() - self.control, 2)}"
        )
        lines = sorted(one.linje for one in self._counted.rejects)
        if lines:
            told = dansk.opremsning([str(line) for line in lines[:_FIRST_SHOWN]])
            more = f" og {dansk.antal(len(lines) - _FIRST_SHOWN)} til" if len(lines) > _FIRST_SHOWN else ""
            said += (
                f". Afviste rækker er ikke talt med (linje {told}{more}); ret dem i filen, eller angiv en kontroltotal "
                "uden dem"
            )
        yield Fault(said)

    def to_parquet(self, folder: Path) -> Path:
        """Write all accepted rows as zstd Parquet by year, and kommune where the file has it; see `parquet.write`."""
        from budgetanalyser.kilder.ledger import parquet

        return parquet.write(self, folder)

    def duplicates(self) -> pd.DataFrame:
        """Return the rows that stand more than once with all their cells alike; see `duplicates.find`."""
        from budgetanalyser.kilder.ledger import duplicates

        return duplicates.find(self)


def _add(count: _Count, batch: Batch, oere: int, rows_ok: int) -> None:
    count.rows_in += batch.rows_in
    count.rows_ok += rows_ok
    count.oere += oere
    count.rejects += batch.rejects
    count.control = batch.control if batch.control is not None else count.control
    count.notes += batch.notes


def _sum(rows: pl.DataFrame) -> tuple[int, int]:
    """Return the exact sum of øre and the number of rows."""
    return _exact_sum(rows[OERE]), rows.height


def _exact_sum(oere: pl.Series) -> int:
    if not len(oere):
        return 0
    if _may_overflow(oere):
        return int(oere.cast(pl.Int128).sum())
    return int(oere.sum())


def _may_overflow(oere: pl.Series) -> bool:
    low, high = oere.min(), oere.max()
    return len(oere) > 0 and max(abs(int(str(low))), abs(int(str(high)))) * len(oere) >= _SAFE


class _Sums:
    """Sums by `keys`, put together from the parts of a file; in Int128, so that nothing is lost."""

    def __init__(self, keys: Sequence[str], most: int | None = None) -> None:
        self.keys = list(keys)
        self._most = most
        self._parts: list[pl.DataFrame] = []
        self._rows = 0
        self.is_full = False

    def part(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the sums of a batch; runs in many threads."""
        if self.is_full:
            return rows.clear()
        frame = with_time(rows) if _YEAR in self.keys else rows
        amount = pl.col(OERE).cast(pl.Int128) if _may_overflow(rows[OERE]) else pl.col(OERE)
        sums = frame.group_by(self.keys).agg(amount.sum().alias(OERE), pl.len().cast(pl.Int64).alias("antal"))
        texts = [pl.col(name).cast(pl.String) for name, kind in sums.schema.items() if kind == pl.Categorical]
        return sums.with_columns(*texts, pl.col(OERE).cast(pl.Int128))

    def take(self, part: pl.DataFrame) -> None:
        """Take in the sums of the next batch."""
        if self.is_full or not part.height:
            return
        self._parts.append(part)
        self._rows += part.height
        if self._rows > _BEFORE_MERGE + 2 * self._parts[0].height:
            merged = self.frame()
            self._parts, self._rows = [merged], 0
            if self._most is not None and merged.height > self._most:
                self.is_full = True
                self._parts.clear()

    def clear(self) -> None:
        self._parts.clear()
        self._rows, self.is_full = 0, False

    def frame(self) -> pl.DataFrame:
        """Return the keys, `oere` (Int128) and `antal`."""
        if not self._parts:
            kinds = {_YEAR: pl.Int32, _MONTH: pl.Int32, DATO: pl.Date}
            return pl.DataFrame(
                schema={key: kinds.get(key, pl.String) for key in self.keys} | {OERE: pl.Int128, "antal": pl.Int64}
            )
        whole = pl.concat(self._parts)
        return whole.group_by(self.keys).agg(pl.col(OERE).sum(), pl.col("antal").sum())


def _keys(name: str) -> tuple[str, ...]:
    if name == AAR:
        return (_YEAR,)
    return (_YEAR, _MONTH) if name in (KVARTAL, MAANED) else (name,)


def with_time(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with year and month; a period 13-16 of the file is that month of the year it belongs to."""
    day = pl.col(DATO)
    rows = rows.with_columns(day.dt.year().cast(pl.Int32).alias(_YEAR), day.dt.month().cast(pl.Int32).alias(_MONTH))
    if PERIODE not in rows.columns or not rows.height:
        return rows
    text = rows[PERIODE].cast(pl.String)
    special = [one for one in text.unique().to_list() if one and cells.special_period(one, _ANY_DAY)]
    if not special:
        return rows
    places = np.flatnonzero(text.is_in(special).to_numpy())
    years, months = rows[_YEAR].to_numpy().copy(), rows[_MONTH].to_numpy().copy()
    for place in places.tolist():
        found = cells.special_period(text[place], rows[DATO][place])
        if found:
            years[place], months[place] = found
    return rows.with_columns(pl.Series(_YEAR, years), pl.Series(_MONTH, months))


_ANY_DAY = date(2000, 12, 31)


def _named(sums: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Put the derived names in place of year and month, and sum anew by the names asked for."""
    made = []
    for name in names:
        if name == AAR:
            made.append(pl.col(_YEAR).cast(pl.Int64).alias(AAR))
        elif name == KVARTAL:
            quarter = pl.min_horizontal((pl.col(_MONTH) + 2) // 3, pl.lit(4))
            made.append(pl.format("{}K{}", pl.col(_YEAR), quarter).alias(KVARTAL))
        elif name == MAANED:
            month = pl.col(_MONTH).cast(pl.String).str.zfill(2)
            made.append(pl.format("{}-{}", pl.col(_YEAR), month).alias(MAANED))
        else:
            made.append(pl.col(name))
    frame = sums.select(*made, OERE, "antal")
    return frame.group_by(names).agg(pl.col(OERE).sum(), pl.col("antal").sum()).sort(names)


def _as_pandas(frame: pl.DataFrame, names: Sequence[str], asked: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, Any] = {}
    for name, as_asked in zip(names, asked, strict=True):
        kind = "int64" if name == AAR else object
        columns[as_asked] = pd.Series(frame[name].to_list(), dtype=kind)
    columns["beloeb_kr"] = pd.Series([kroner(int(one)) for one in frame[OERE].to_list()], dtype=object)
    columns["antal"] = pd.Series(frame["antal"].to_list(), dtype="int64")
    return pd.DataFrame(columns)


def kroner_column(oere: pl.Series) -> Any:
    """Return øre as an Arrow array of exact kroner with two decimals."""
    low = oere.to_numpy().astype(np.int64)
    pairs = np.stack([low, low >> 63], axis=1)
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(low), [None, pa.py_buffer(np.ascontiguousarray(pairs))])


def _typed(rows: pl.DataFrame) -> pl.DataFrame:
    texts = [pl.col(name).cast(pl.String) for name, kind in rows.schema.items() if kind == pl.Categorical]
    amount = pl.Series("beloeb_kr", pl.from_arrow(kroner_column(rows[OERE])))
    names = [name for name in rows.columns if name not in (OERE, LINJE)]
    return rows.with_columns(*texts, amount).select(LINJE, *names, "beloeb_kr")
