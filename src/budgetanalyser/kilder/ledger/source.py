"""What a reader of some form of ledger hands on: typed batches with their rejects. `ledger` makes the sums.

A new form is a subclass of `Source` with `columns` and `batches`; nothing else of the ledger needs to know of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import polars as pl

Result = TypeVar("Result")

OERE, LINJE, DATO = "oere", "linje", "dato"
MOST_REJECTS = 100_000


@dataclass(frozen=True)
class Reject:
    """A row that is no posting: `linje` is its physical line in the file, from 1; `raa` its text as it stands."""

    linje: int
    aarsag: str
    raa: str


@dataclass(frozen=True)
class Column:
    """A column: `name` as the ledger knows it (canonical, or the file's header), `header` as the file has it."""

    name: str
    header: str


@dataclass(frozen=True)
class Batch:
    """Some rows of a ledger, in the order of the file.

    `rows` has `oere` (Int64), `dato` (Date) and the columns asked for, as String, Categorical or Enum; `linje` (Int64)
    where asked for. `rows_in` counts the data rows, rejects with them. `control` is the total the file itself tells, in
    øre, and `notes` what a user should know, in Danish; both may come with any batch, and the last word holds.
    """

    rows: pl.DataFrame
    rows_in: int
    rejects: tuple[Reject, ...] = ()
    control: int | None = None
    notes: tuple[str, ...] = field(default=())


def as_text(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with coded columns as plain text."""
    coded = [name for name, kind in rows.schema.items() if isinstance(kind, (pl.Categorical, pl.Enum))]
    return rows.with_columns(pl.col(coded).cast(pl.String)) if coded else rows


class Restart(Exception):
    """The file must be gone through from the beginning, since the reader has learnt something of it."""


class Source(ABC):
    """A file that can be gone through again and again; each time it gives the same batches.

    `fil` is its name in messages; `columns` are all but the amount, in the order of the file; by `balances` the
    postings must sum to zero.
    """

    fil: str
    columns: tuple[Column, ...]
    balances: tuple[str, ...] = ()

    @abstractmethod
    def batches(self, columns: Collection[str]) -> Iterator[Batch]:
        """Yield the file in batches of bounded size.

        Args:
            columns: Names wanted beside `oere` and `dato`; `linje` may be among them.

        Raises:
            KildeError: The file cannot be read; all faults.
        """

    def restart(self) -> None:
        """Take to heart what was learnt when `Restart` was raised; nothing is being read now."""
        return

    def mapped(
        self, columns: Collection[str], work: Callable[[pl.DataFrame], Result]
    ) -> Iterator[tuple[Batch, Result]]:
        """Yield each batch, its rows taken out, and what `work` makes of them; several may be worked on at a time."""
        for batch in self.batches(columns):
            rest = Batch(batch.rows.clear(), batch.rows_in, batch.rejects, batch.control, batch.notes)
            yield rest, work(batch.rows)
