"""One reader a process, for `ledger.py`: read a constructed ledger, type and check every row, and sum it.

    python ledger_readers.py READER FILE [FOLDER]

Prints JSON: seconds (imports apart), peak memory, rows accepted and rejected, the total in øre and a digest of the sums
by quarter, funktion and dranst. The peers do no more than that: they give neither the lines nor the reasons of what
they reject, and know nothing of quotes, total lines, mixed character sets or a file that was cut off.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from budgetanalyser.kilder.ledger import Ledger

NEEDED = ["Bogføringsdato", "Funktion", "Dranst", "Beløb"]
BELOEB = r"^(-?(\d{1,3}(\.\d{3})+|\d+),\d{2}|(\d{1,3}(\.\d{3})+|\d+),\d{2}-)$"
DATO = r"^\d{2}-\d{2}-\d{4}$"
BLOCK = 4 << 20
PANDAS_ROWS = 1_000_000

Cells = dict[tuple[str, str, str], tuple[int, int]]
Found = tuple[Cells, int] | tuple[Cells, int, list[int]]


def digest(cells: Cells) -> str:
    """Return a digest of sums by quarter, funktion and dranst: øre and rows of each."""
    rows = sorted([*key, int(oere), int(rows)] for key, (oere, rows) in cells.items())
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def peak_mb() -> float:
    """Return the most memory this process ever held; the system's own figure would count its parent's with it."""
    status = Path("/proc/self/status")
    if status.exists():
        kb = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(kb) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1 << 20)


def ours(path: Path) -> Found:
    from budgetanalyser.kilder import ledger

    one = ledger.read(path)
    cells = _cells(one)
    if int(one.total() * 100) != sum(oere for oere, _ in cells.values()) or one.rows_in != one.rows_ok + len(
        one.rejects
    ):
        raise AssertionError("the total is not the sum of its parts")
    return cells, len(one.rejects), one.rejects["linje"].tolist()


def _cells(one: Ledger) -> Cells:
    sums = one.totals(by=["kvartal", "funktion", "dranst"])
    return added(
        (q[:4], q[5:], f, a, int(kr * 100), rows) for q, f, a, kr, rows in sums.itertuples(index=False, name=None)
    )


def batches(path: Path, bad: list[int]) -> Any:
    """Return pyarrow's reader of a windows-1252 file, in blocks, with the columns that sums need as text."""
    import pyarrow as pa
    import pyarrow.csv as pc

    def skipped(row: Any) -> str:
        bad.append(row.number)
        return "skip"

    return pc.open_csv(
        path,
        read_options=pc.ReadOptions(encoding="windows-1252", block_size=BLOCK, use_threads=False),
        parse_options=pc.ParseOptions(delimiter=";", invalid_row_handler=skipped),
        convert_options=pc.ConvertOptions(
            column_types={name: pa.string() for name in NEEDED}, include_columns=NEEDED, strings_can_be_null=False
        ),
    )


def typed(frame: Any) -> tuple[Any, Any]:
    """Return Polars expressions of øre and date; null where the text is none."""
    import polars as pl

    amount, day = pl.col("Beløb"), pl.col("Bogføringsdato")
    number = amount.str.replace_all(r"[.,-]", "").cast(pl.Int64, strict=False)
    oere = pl.when(amount.str.contains("-", literal=True)).then(-number).otherwise(number)
    oere = pl.when(amount.str.contains(BELOEB)).then(oere)
    return oere.alias("oere"), pl.when(day.str.contains(DATO)).then(day.str.to_date("%d-%m-%Y", strict=False)).alias(
        "d"
    )


def added(parts: Any) -> Cells:
    """Return Polars sums by year, quarter, funktion and dranst as cells."""
    return {
        (f"{year}K{quarter}", funktion, dranst): (oere, rows) for year, quarter, funktion, dranst, oere, rows in parts
    }


def grouped(frame: Any) -> Any:
    import polars as pl

    keys = [pl.col("d").dt.year().alias("y"), pl.col("d").dt.quarter().alias("q"), "Funktion", "Dranst"]
    return (
        frame.filter(pl.col("oere").is_not_null() & pl.col("d").is_not_null())
        .group_by(keys)
        .agg(pl.col("oere").sum(), pl.len().cast(pl.Int64).alias("n"))
    )


def pyarrow_polars(path: Path) -> tuple[Cells, int]:
    import polars as pl

    bad: list[int] = []
    rows, parts = 0, []
    for batch in batches(path, bad):
        frame: Any = pl.from_arrow(batch)
        rows += frame.height
        parts.append(grouped(frame.with_columns(*typed(frame))))
    whole = pl.concat(parts).group_by(["y", "q", "Funktion", "Dranst"]).agg(pl.col("oere").sum(), pl.col("n").sum())
    return added(whole.rows()), rows + len(bad) - int(whole["n"].sum())


def polars_copy(path: Path) -> tuple[Cells, int]:
    """Read a UTF-8 copy, as Polars streams no other character set; making the copy is part of the time."""
    import polars as pl

    copy = path.with_suffix(".utf8")
    with path.open(encoding="cp1252", newline="") as source, copy.open("w", encoding="utf-8", newline="") as target:
        while text := source.read(BLOCK):
            target.write(text)
    try:
        names = path.open(encoding="cp1252").readline().rstrip("\n").split(";")
        schema: dict[str, Any] = {name: pl.String for name in [*names, "_rest"]}
        lazy = pl.scan_csv(
            copy, separator=";", quote_char=None, schema=schema, truncate_ragged_lines=True, missing_columns="insert"
        )
        last = names[-1]
        frame = (
            lazy.select(*NEEDED, "_rest")
            .with_columns(*typed(lazy))
            .filter(pl.col("_rest").is_null(), pl.col(last).is_not_null())
        )
        whole = grouped(frame).collect(engine="streaming")
        rows = lazy.select(pl.len()).collect(engine="streaming").item()
        return added(whole.rows()), rows - int(whole["n"].sum())
    finally:
        copy.unlink()


def pyarrow_duckdb(path: Path) -> tuple[Cells, int]:
    import duckdb

    bad: list[int] = []
    connection = duckdb.connect()
    connection.register("batches", batches(path, bad))
    found = connection.execute(
        f"""
        WITH rows AS (
            SELECT "Funktion" AS f, "Dranst" AS a,
                CASE WHEN regexp_full_match("Beløb", '{BELOEB[1:-1]}')
                    THEN CAST(replace(replace(replace("Beløb", '.', ''), ',', ''), '-', '') AS BIGINT)
                        * CASE WHEN contains("Beløb", '-') THEN -1 ELSE 1 END END AS oere,
                CASE WHEN regexp_full_match("Bogføringsdato", '{DATO[1:-1]}')
                    THEN CAST(try_strptime("Bogføringsdato", '%d-%m-%Y') AS DATE) END AS d
            FROM batches)
        SELECT year(d), quarter(d), f, a, sum(oere), count(*), oere IS NOT NULL AND d IS NOT NULL AS ok
        FROM rows GROUP BY ALL
        """
    )
    cells, wrong = {}, 0
    for year, quarter, funktion, dranst, oere, rows, ok in found.fetchall():
        if ok:
            cells[f"{year}K{quarter}", funktion, dranst] = (int(oere), rows)
        else:
            wrong += rows
    return cells, wrong + len(bad)


def pyarrow_alone(path: Path) -> tuple[Cells, int]:
    import pyarrow as pa
    import pyarrow.compute as pc

    bad: list[int] = []
    rows, parts = 0, []
    for batch in batches(path, bad):
        rows += batch.num_rows
        amount, day = batch["Beløb"], batch["Bogføringsdato"]
        fine = pc.and_(pc.match_substring_regex(amount, BELOEB), pc.match_substring_regex(day, DATO))
        batch = batch.filter(fine)
        amount, day = batch["Beløb"], batch["Bogføringsdato"]
        number = pc.cast(pc.replace_substring_regex(amount, "[.,-]", ""), pa.int64())
        oere = pc.if_else(pc.match_substring(amount, "-"), pc.negate(number), number)
        date = pc.strptime(day, "%d-%m-%Y", "s", error_is_null=True)
        # strptime makes 31 February 3 March, so what it made must be written as it was read.
        same = pc.equal(pc.strftime(date, "%d-%m-%Y"), day)
        table = pa.table(
            {"y": pc.year(date), "q": pc.quarter(date), "f": batch["Funktion"], "a": batch["Dranst"], "oere": oere}
        ).filter(pc.fill_null(same, False))
        parts.append(table.group_by(["y", "q", "f", "a"]).aggregate([("oere", "sum"), ("oere", "count")]))
    keys = ["y", "q", "f", "a"]
    whole = pa.concat_tables(parts).group_by(keys).aggregate([("oere_sum", "sum"), ("oere_count", "sum")])
    table = whole.select([*keys, "oere_sum_sum", "oere_count_sum"])
    cells = added(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return cells, rows + len(bad) - sum(rows for _, rows in cells.values())


def pandas_c(path: Path) -> tuple[Cells, int]:
    """Read with pandas' C engine in pieces; all columns, since with `usecols` it does not see too many fields."""
    import warnings

    import pandas as pd

    warnings.simplefilter("ignore")
    rows, parts, ok_rows = 0, [], 0
    for frame in pd.read_csv(
        path, sep=";", encoding="cp1252", dtype=str, keep_default_na=False, chunksize=PANDAS_ROWS, on_bad_lines="skip",
        quoting=3, index_col=False,
    ):  # fmt: skip
        rows += len(frame)
        amount, day = frame["Beløb"].fillna(""), frame["Bogføringsdato"]
        fine = amount.str.fullmatch(BELOEB) & day.str.fullmatch(DATO)
        date = pd.to_datetime(day.where(fine), format="%d-%m-%Y", errors="coerce")
        fine &= date.notna()
        amount, date = amount[fine], date[fine]
        number = amount.str.replace(r"[.,-]", "", regex=True).astype("int64")
        oere = number.where(~amount.str.contains("-", regex=False), -number)
        keys = [date.dt.year.rename("y"), date.dt.quarter.rename("q"), frame["Funktion"][fine], frame["Dranst"][fine]]
        parts.append(oere.groupby(keys).agg(["sum", "count"]))
        ok_rows += int(fine.sum())
    whole = pd.concat(parts).groupby(level=[0, 1, 2, 3]).sum()
    cells = added((*key, int(row[0]), int(row[1])) for key, row in zip(whole.index, whole.to_numpy(), strict=True))
    return cells, _lines(path) - 1 - ok_rows


def _lines(path: Path) -> int:
    """Count the lines, as pandas tells of skipped ones in a warning only."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK), b""))


def parquet(path: Path, folder: Path) -> Found:
    """Read with ours, and write all typed rows in the same pass."""
    import pyarrow.parquet as pq

    from budgetanalyser.kilder import ledger

    one = ledger.read(path, parquet=folder / "posteringer")
    one.to_parquet(folder / "posteringer")
    written = sum(pq.read_metadata(file).num_rows for file in folder.rglob("*.parquet"))
    if written != one.rows_ok:
        raise AssertionError(f"{written} rows were written of {one.rows_ok}")
    return _cells(one), len(one.rejects), one.rejects["linje"].tolist()


READERS: dict[str, Callable[..., Found]] = {
    "ours": ours,
    "pyarrow-duckdb": pyarrow_duckdb,
    "pyarrow-polars": pyarrow_polars,
    "polars": polars_copy,
    "pyarrow": pyarrow_alone,
    "pandas": pandas_c,
    "parquet": parquet,
}
MODULES = {
    "ours": ["budgetanalyser.kilder.ledger", "pandas", "polars"],
    "parquet": ["budgetanalyser.kilder.ledger", "budgetanalyser.kilder.ledger.parquet", "pandas"],
    "pyarrow-duckdb": ["pyarrow.csv", "duckdb"],
    "pyarrow-polars": ["pyarrow.csv", "polars"],
    "polars": ["polars"],
    "pyarrow": ["pyarrow.csv", "pyarrow.compute"],
    "pandas": ["pandas"],
}


def main(name: str, places: Iterable[str]) -> None:
    for module in MODULES[name]:
        __import__(module)
    begun, worked = time.perf_counter(), time.process_time()
    cells, rejects, *lines = READERS[name](*map(Path, places))
    seconds = time.perf_counter() - begun
    cpu = time.process_time() - worked
    answer: dict[str, Any] = {
        "seconds": seconds,
        "cpu": cpu,
        "peak": peak_mb(),
        "rows": sum(rows for _, rows in cells.values()),
        "rejects": rejects,
        "oere": sum(oere for oere, _ in cells.values()),
        "digest": digest(cells),
    }
    if lines:
        answer["lines"] = lines[0]
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
