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
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, KildeError, LedgerError, ValueUseError, nearest
from budgetanalyser.kilder.ledger import sums
from budgetanalyser.kilder.ledger.layout import DIMENSIONS, PERIODE, kroner, normal
from budgetanalyser.kilder.ledger.postings import Ints, Postings
from budgetanalyser.kilder.ledger.source import LINJE, OERE, Batch, Reject, Restart, Result, Source
from budgetanalyser.kilder.ledger.sums import Sums

if TYPE_CHECKING:
    import pandas as pd

    from budgetanalyser.kilder.ledger.parquet import Aside

_KEPT = ("kommune", "funktion", "dranst", "posteringstype")
_MOST_CELLS = 300_000
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

    def __init__(self, source: Source, control: Decimal | None = None, parquet: Path | None = None) -> None:
        self._source = source
        self._aside: Aside | None = None
        self._parquet = parquet
        self.fil = source.fil
        self._first: _Count | None = None
        self._first = self._begin()
        told = self._first.control
        self.control = control if control is not None else None if told is None else kroner(told)
        self.rows_in, self.rows_ok = self._first.rows_in, self._first.rows_ok
        self.notes = self._first.notes

    def _begin(self) -> _Count:
        """Go through the file for the first time, and once more where the reader learnt something of it underway."""
        while True:
            self._names = {one.name: one for one in self._source.columns}
            cube = Sums([sums.YEAR, sums.MONTH, *(name for name in _KEPT if name in self._names)], most=_MOST_CELLS)
            try:
                count = self._pass(cube) if self._parquet is None else self._pass_aside(cube, self._parquet)
            except Restart:
                self._source.restart()
                continue
            self._cube = None if cube.is_full else cube
            return count

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
        keys = list(dict.fromkeys(key for name in found for key in sums.keys_of(name)))
        cube = self._cube
        if cube is None or not set(keys) <= set(cube.keys):
            cube = Sums(keys)
            self._pass(cube)
        return sums.as_pandas(sums.named(cube.frame(), found), found, list(by))

    def _needed(self, keys: Sequence[str]) -> list[str]:
        """Return the columns to read for sums; the month of a posting is told by its period too."""
        extra = [PERIODE] if sums.YEAR in keys else []
        return [name for name in [*keys, *extra] if name in self._names]

    def _name(self, asked: str) -> str:
        """Return the name of a column asked for by canonical name, header or derived name."""
        if asked in self._names or asked in sums.DERIVED:
            return asked
        for one in self._names.values():
            if normal(asked) in (normal(one.header), normal(one.name)):
                return one.name
        if asked in DIMENSIONS:
            raise ValueUseError(f"{self.fil} har ingen kolonne med {asked}.")
        known = [*(one.header for one in self._names.values()), *self._names, *sums.DERIVED]
        raise ValueUseError(f"{self.fil} har ingen kolonne »{asked}«. {nearest(asked, set(known))}")

    @property
    def postings(self) -> pl.DataFrame:
        """All accepted rows in memory: for small files; a large one has `batches` and `to_parquet`."""
        parts = list(self.batches())
        return pl.concat(parts) if parts else pl.DataFrame()

    def batches(self) -> Iterator[pl.DataFrame]:
        """Yield the accepted rows: `linje`, the columns as text, `dato` as Date, `beloeb_kr` as exact Decimal."""
        names = list(self._names)
        for batch in self.each([LINJE, *names], lambda rows: _typed(rows, names)):
            if batch.height or not self.rows_ok:
                yield batch

    def each(self, columns: Sequence[str], work: Callable[[pl.DataFrame], Result]) -> Iterator[Result]:
        """Yield what `work` makes of each batch of accepted rows; see `parts`."""
        yield from self.parts(columns, lambda rows: work(rows.frame()))

    def parts(self, columns: Sequence[str], work: Callable[[Postings], Result]) -> Iterator[Result]:
        """Yield what `work` makes of the accepted rows, part by part; at the end the file must still be the same."""
        yield from self._each(columns, work, _Count())

    def _each(self, columns: Sequence[str], work: Callable[[Postings], Result], count: _Count) -> Iterator[Result]:
        found = self._source.mapped(columns, lambda rows: (sums.total(rows.oere), len(rows), work(rows)))
        try:
            for batch, (oere, rows_ok, result) in found:
                _add(count, batch, oere, rows_ok)
                yield result
        except Restart:
            if self._first is None:
                raise
            raise self._changed() from None
        if self._first is not None and self._first.key() != count.key():
            raise self._changed()

    def _pass(self, table: Sums) -> _Count:
        """Go through the file once, and sum it."""
        count = _Count()
        for part in self._each(self._needed(table.keys), table.part, count):
            table.take(part)
        return count

    def _pass_aside(self, table: Sums, folder: Path) -> _Count:
        """Go through the file once, sum it, and write its rows beside a folder of Parquet."""
        from budgetanalyser.kilder.ledger import parquet

        count, names = _Count(), list(self._names)
        self._aside = aside = parquet.Aside(folder)
        try:
            for part, rows in self._each(
                [LINJE, *names], lambda rows: (table.part(rows), parquet.split(rows, names)), count
            ):
                table.take(part)
                aside.add(rows)
        except BaseException:
            aside.discard()
            raise
        return count

    def _changed(self) -> KildeError:
        return KildeError(self.fil, [Fault("filen er ændret, mens den blev læst; kør igen")])

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
        faults = [*self._count_faults(), *self._reject_faults(set(accepted)), *self._control_faults()]
        faults += self._balance_faults()
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
        on_line = Counter(one.linje for one in rejects)
        # Of several rejects on one line, as in XML without line ends, none can be named.
        unknown = [one for one in rejects if one.linje not in accepted or on_line[one.linje] > 1]
        for one in unknown[:_FIRST_SHOWN]:
            yield Fault(f"rækken er afvist: {one.aarsag} (her står »{one.raa[:80]}«)", f"linje {one.linje}")
        if len(unknown) > _FIRST_SHOWN:
            yield Fault(f"og {dansk.antal(len(unknown) - _FIRST_SHOWN)} afviste rækker til; se listen over afviste")
        for line in sorted(accepted - {one.linje for one in rejects}):
            yield Fault("linjen er godkendt som afvist, men den er ikke afvist; ret listen", f"linje {line}")

    def _control_faults(self) -> Iterator[Fault]:
        own = self._counted.control
        # With rejects, the file's own total is of rows that are not counted.
        if own is not None and kroner(own) != self.control and not self._counted.rejects:
            yield Fault(
                f"filens egen sumlinje siger {dansk.kr(kroner(own), 2)}, men den angivne kontroltotal er "
                f"{dansk.kr(self.control or Decimal(0), 2)}; hent udtrækket igen, eller ret kontroltotalen"
            )
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
                f" Afviste rækker er ikke talt med (linje {told}{more}); ret dem i filen, eller angiv en kontroltotal "
                "uden dem"
            )
        yield Fault(said)

    def _balance_faults(self) -> Iterator[Fault]:
        names = self._source.balances
        if not names:
            return
        uneven = [one for one in self.totals(by=names).to_dict("records") if one["beloeb_kr"]]
        for one in uneven[:_FIRST_SHOWN]:
            where = dansk.opremsning([f"{name} {one[name]}" for name in names])
            yield Fault(f"posteringerne går ikke op i nul for {where}; de giver {dansk.kr(one['beloeb_kr'], 2)}")
        if len(uneven) > _FIRST_SHOWN:
            yield Fault(
                f"og {dansk.antal(len(uneven) - _FIRST_SHOWN)} steder til, hvor posteringerne ikke går op i nul"
            )

    def to_parquet(self, folder: Path) -> Path:
        """Write all accepted rows as zstd Parquet by year, and kommune where the file has it; see `parquet.write`.

        A ledger that was read with `parquet=folder` has them ready beside it, and the file is not gone through again.
        """
        from budgetanalyser.kilder.ledger import parquet

        if self._aside is None or self._aside.folder != folder:
            return parquet.write(self, folder)
        aside, self._aside = self._aside, None
        try:
            return aside.put_in_place()
        finally:
            aside.discard()

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


def kroner_column(oere: Ints) -> Any:
    """Return øre as an Arrow array of exact kroner with two decimals."""
    pairs = np.stack([oere, oere >> 63], axis=1)
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(oere), [None, pa.py_buffer(np.ascontiguousarray(pairs))])


def _typed(rows: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    amount = pl.Series("beloeb_kr", pl.from_arrow(kroner_column(rows[OERE].to_numpy())))
    return rows.with_columns(amount).select(LINJE, *names, "beloeb_kr")
