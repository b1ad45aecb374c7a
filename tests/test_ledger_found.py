"""What an attacker got past the reader of ledgers once: each is exact, or refused with its reason."""

from __future__ import annotations

import gc
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from budgetanalyser.errors import KildeError, LedgerError, ValueUseError
from budgetanalyser.kilder import ledger

HEAD = "Bilagsnr;Bogføringsdato;Funktion;Dranst;Beløb"


def written(tmp_path: Path, text: str, name: str = "udtraek.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def read(tmp_path: Path, *rows: str, head: str = HEAD, control: Decimal | None = None) -> ledger.Ledger:
    return ledger.read(written(tmp_path, "\n".join([head, *rows, ""])), control=control)


@pytest.mark.parametrize(
    "amount", ["123.456.789.012.345,67", "1.234.567.890.123.456,00", "12.345.678.901.234,5", "999.999.999.999.999"]
)
def test_long_amounts_with_dots_keep_all_their_digits(tmp_path, amount):
    one = read(tmp_path, f"1;15-01-2026;03201;1;{amount}")

    exact = Decimal(amount.replace(".", "").replace(",", "."))
    assert (one.rows_ok, one.total()) in ((1, exact), (0, 0))
    assert one.rows_ok + len(one.rejects) == 1


@pytest.mark.parametrize("row", ["1,15-01-2026,03201,1,12,50", "1,15-01-2026,03201,1,12,"])
def test_commas_between_cells_and_before_oere_are_refused(tmp_path, row):
    with pytest.raises(KildeError, match="komma mellem felterne"):
        read(tmp_path, row, head=HEAD.replace(";", ",") + ",")


def test_commas_between_cells_and_quoted_amounts_are_read(tmp_path):
    assert read(tmp_path, '1,15-01-2026,03201,1,"12,50"', head=HEAD.replace(";", ",")).total() == Decimal("12.50")


@pytest.mark.parametrize(
    "row",
    [
        "2;31-02-2026;03201;1;12,50;Total",
        "2;I alt;03201;1;12,50;x",
        "Total 5;15-01-2026;;1;12,50;x",
        "Sum;15-01-2026;03201;1;0,00;x",
    ],
)
def test_a_faulty_posting_with_the_word_of_a_total_is_a_reject_and_no_control_total(tmp_path, row):
    one = read(tmp_path, "1;15-01-2026;03201;1;12,50;x", row, head=HEAD + ";Tekst")

    assert (one.rows_in, one.rows_ok, one.control) == (2, 1, None)
    assert list(one.rejects["linje"]) == [3]


def test_a_true_total_line_is_still_one(tmp_path):
    for line in ("I alt;;;;12,50", ";;;I alt;12,50", "I alt;12,50"):
        one = read(tmp_path, "1;15-01-2026;03201;1;12,50", line)
        assert (one.rows_in, one.control) == (1, Decimal("12.50")), line
        one.verify()


def test_the_files_own_total_line_may_not_contradict_the_control_total(tmp_path):
    one = read(tmp_path, "1;15-01-2026;03201;1;12,50", "I alt;;;;99,00", control=Decimal("12.50"))

    with pytest.raises(LedgerError, match="filens egen sumlinje siger 99,00"):
        one.verify()


def test_lines_parted_by_cr_alone_are_refused_in_the_header_too(tmp_path):
    text = (HEAD + ";Tekst\n1;15-01-2026;03201;1;12,50;x\n").replace("\n", "\r")

    with pytest.raises(KildeError, match="CR alene"):
        ledger.read(written(tmp_path, text))
    with pytest.raises(KildeError, match="CR alene"):
        ledger.read(written(tmp_path, text + "\n"))


@pytest.mark.parametrize("period", ["13", "P13", "13.0", "Periode 13", "Per. 13"])
def test_period_13_is_kept_apart_however_it_is_written(tmp_path, period):
    layout = tmp_path / "eget.toml"
    layout.write_text(
        """titel = "Eget"
[kolonner]
bilagsnr = { navne = ["Bilagsnr"], kraevet = true }
dato = { navne = ["Bogføringsdato"], kraevet = true }
funktion = { navne = ["Funktion"], kraevet = true }
dranst = { navne = ["Dranst"], kraevet = true }
periode = { navne = ["Periode"] }
beloeb = { navne = ["Beløb"], kraevet = true }
""",
        encoding="utf-8",
    )
    path = written(tmp_path, f"{HEAD};Periode\n1;31-12-2026;03201;1;5,00;{period}\n")

    assert list(ledger.read(path, layout=layout).totals(by=["maaned"])["maaned"]) == ["2026-13"]


def test_the_last_day_there_is_is_read(tmp_path):
    one = read(tmp_path, "1;31-12-2199;03201;1;5,00")

    assert list(one.totals(by=["maaned"])["maaned"]) == ["2199-12"]


def test_a_layout_cannot_filter_on_what_every_posting_has_of_its_own(tmp_path):
    layout = tmp_path / "filter.toml"
    layout.write_text(
        """titel = "Eget"
[kolonner]
bilagsnr = { navne = ["Bilagsnr"], kraevet = true }
dato = { navne = ["Bogføringsdato"], kraevet = true }
beloeb = { navne = ["Beløb"], kraevet = true }
[[filtre]]
kolonne = "Bilagsnr"
ikke = ["9"]
""",
        encoding="utf-8",
    )
    with pytest.raises(KildeError, match="filter på bilagsnr"):
        ledger.read(written(tmp_path, f"{HEAD}\n1;31-12-2026;03201;1;5,00\n"), layout=layout)


@pytest.mark.parametrize("number", ["Sum", "Total 5"])
def test_a_voucher_that_is_a_totals_word_is_a_reject_wherever_it_stands(tmp_path, number):
    head = "Funktion;Bogføringsdato;Bilagsnr;Dranst;Beløb"
    one = read(tmp_path, f"03201;15-01-2026;{number};1;5,00", "03201;15-01-2026;7;1;6,00", head=head)

    assert (one.rows_in, one.total()) == (2, Decimal("6.00"))
    assert "ordet for en sumlinje" in one.rejects["aarsag"][0]


def rows_in(folder: Path) -> int:
    return sum(pq.read_metadata(file).num_rows for file in folder.rglob("*.parquet"))


def test_parquet_written_while_reading_is_what_a_second_pass_writes_and_leaves_nothing_beside(tmp_path):
    head = HEAD + ";Kommune"
    rows = [f"{n};15-01-{2025 + n % 2};03201;1;{n},50;{n % 3:04d}" for n in range(200)]
    path = written(tmp_path, "\n".join([head, *rows, "x;31-02-2026;03201;1;1,00;0001", ""]))
    one = ledger.read(path, parquet=tmp_path / "ved-siden")

    one.to_parquet(tmp_path / "ved-siden")
    one.to_parquet(tmp_path / "bagefter")

    files = {file.relative_to(tmp_path / "bagefter"): file for file in (tmp_path / "bagefter").rglob("*.parquet")}
    assert (len(files), rows_in(tmp_path / "ved-siden"), len(one.rejects)) == (6, 200, 1)
    for name, file in files.items():
        assert pq.read_table(tmp_path / "ved-siden" / name).equals(pq.read_table(file))
    assert one.total() == sum((Decimal(n) + Decimal("0.5") for n in range(200)), Decimal(0))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["bagefter", "udtraek.csv", "ved-siden"]


def test_parquet_that_nobody_puts_in_place_is_discarded_and_the_last_good_stays(tmp_path):
    folder = tmp_path / "rows"
    path = written(tmp_path, f"{HEAD}\n1;15-01-2026;03201;1;5,00\n")
    ledger.read(path, parquet=folder).to_parquet(folder)

    ledger.read(path, parquet=folder)  # Read and dropped.
    gc.collect()

    assert rows_in(folder) == 1
    assert sorted(one.name for one in tmp_path.iterdir()) == ["rows", "udtraek.csv"]


def test_a_file_that_cannot_be_read_leaves_no_rows_beside(tmp_path):
    path = written(tmp_path, f"{HEAD}\n1;15-01-2026;03201;1;5,00\0\n")

    with pytest.raises(KildeError):
        ledger.read(path, parquet=tmp_path / "rows")
    assert [one.name for one in tmp_path.iterdir()] == ["udtraek.csv"]


def test_more_municipalities_than_there_are_become_no_parquet_and_a_danish_error(tmp_path):
    rows = [f"{n};15-01-2026;03201;1;1,00;{n:05d}" for n in range(500)]
    path = written(tmp_path, "\n".join([HEAD + ";Kommune", *rows, ""]))

    with pytest.raises(ValueUseError, match="over 400 værdier"):
        ledger.read(path).to_parquet(tmp_path / "rows")
    assert [one.name for one in tmp_path.iterdir()] == ["udtraek.csv"]
