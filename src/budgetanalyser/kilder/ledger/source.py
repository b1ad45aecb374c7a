"""What a reader of some form of ledger hands on: typed batches with their rejects. `ledger` makes the sums.

A new form is a subclass of `Source` with `columns` and `mapped`; nothing else of the ledger needs to know of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from budgetanalyser.kilder.ledger.postings import Postings

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
    """What a reader tells of some rows of a ledger, in the order of the file.

    `rows_in` counts the data rows, rejects with them. `control` is the total the file itself tells, in øre, and `notes`
    what a user should know, in Danish; both may come with any batch, and the last word holds.
    """

    rows_in: int
    rejects: tuple[Reject, ...] = ()
    control: int | None = None
    notes: tuple[str, ...] = field(default=())


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
    def mapped(self, columns: Collection[str], work: Callable[[Postings], Result]) -> Iterator[tuple[Batch, Result]]:
        """Yield the file in batches of bounded size, with what `work` makes of the rows; it may run in many threads.

        Args:
            columns: Names wanted beside `oere` and `dato`; `linje` may be among them.
            work: Is given the accepted rows of a batch.

        Raises:
            KildeError: The file cannot be read; all faults.
        """

    def restart(self) -> None:
        """Take to heart what was learnt when `Restart` was raised; nothing is being read now."""
        return
