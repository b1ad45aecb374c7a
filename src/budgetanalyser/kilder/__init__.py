"""Kilder: raw files as received, each with a sidecar that says where it comes from.

`sidecar` holds what is known of a file, `table` reads it under a schema, `kommuner` is the table of municipality
codes. Raw files are only ever read.
"""

from budgetanalyser.kilder.sidecar import Kilde, read_sidecar
from budgetanalyser.kilder.table import KildeTable, read

__all__ = ["Kilde", "KildeTable", "read", "read_sidecar"]
