"""The fast way through a ledger and the slow one find the same: plain lines cut at once, and by a reader of quotes."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ledgers import HEADER, rejected, row, written

from budgetanalyser.kilder import ledger
from budgetanalyser.kilder.ledger import amounts, arrays, cells, chunks, fields, layout, lines, sums
from budgetanalyser.kilder.ledger.chunks import Chunk
from budgetanalyser.kilder.ledger.lines import BINARY, CODED, Form

FEW = settings(max_examples=60, deadline=None, derandomize=True)
MANY = settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))

CELLS = st.one_of(
    st.sampled_from(["", "0253", "03201", "4640000001", "XG-0000001864", "15-01-2026", "NOR", " ", "-"]),
    st.text(st.sampled_from("abcæøåÆ§–€ .,-1\t'="), max_size=30),
)
LINES = st.lists(
    st.one_of(st.lists(CELLS, min_size=4, max_size=4), st.lists(CELLS, max_size=6)), min_size=1, max_size=30
)
HOW = st.tuples(st.sampled_from(["utf-8", "cp1252"]), st.sampled_from(["\n", "\r\n"]))
FORM = Form(";", True, 4, {0: BINARY, 1: CODED, 2: CODED, 3: BINARY})


def found(rows):
    columns = [arrays.arrow(rows.arrays[place]) for place in FORM.types]
    texts = [
        [cell.decode(rows.encoding) for cell in one.cast(pa.binary()).to_pylist()] if len(one) else []
        for one in columns
    ]
    return rows.lines.tolist(), rows.odd, texts, [rows.raw(row) for row in range(len(rows.lines))]


def check_cut(records, how):
    encoding, end = how
    data = "".join(";".join(record) + end for record in records).encode(encoding)
    chunk = Chunk(data, 7)
    scan = chunks.scan(chunk)
    if scan.faults:  # Two letters of cp1252 were one of UTF-8.
        return
    fast = lines.parse(chunk, scan, FORM)
    # Who believes that there may be quotes reads the same letters the slow way.
    slow = lines.parse(Chunk(data, 7), replace(scan, quotes=True), FORM)

    assert found(fast) == found(slow)


@FEW
@given(LINES, HOW)
@example([["a"], [], ["1", "2", "3", "4"], ["1", "2", "3", "4", "5"], ["", "", "", ""]], ("cp1252", "\r\n"))
@example([["", "", "", ""]], ("utf-8", "\n"))
def test_plain_lines_are_cut_as_the_reader_of_quotes_cuts_them(records, how):
    check_cut(records, how)


@pytest.mark.heavy
@MANY
@given(LINES, HOW)
def test_thousands_of_plain_chunks_are_cut_as_the_reader_of_quotes_cuts_them(records, how):
    check_cut(records, how)


def column(texts):
    """Return cells that stand one a line in some bytes."""
    data = np.frombuffer("\n".join([*texts, ""]).encode(), np.uint8)
    ends = np.flatnonzero(data == 10)
    return fields.Cells(data, np.append(0, ends[:-1] + 1), ends)


@FEW
@given(st.lists(st.text("abæ§€-0", max_size=40), min_size=1, max_size=50))
@example(["", ""])
@example(["12345678", "1234567", "123456789", "12345678"])
@example(["1234567812345678", "1234567812345679", "8765432112345678"])
@example([f"{n % 7:08d}{n % 5:08d}{n % 3}" for n in range(400)])
@example([f"{n:012d}{n * 977 % 1000:08d}" for n in range(400)])
def test_the_codes_of_texts_of_any_length_stand_for_those_texts(texts):
    coded = column(texts).coded()
    distinct = [cell.decode() for cell in coded.dictionary.to_pylist()]

    assert [distinct[code] for code in coded.indices.to_pylist()] == texts
    assert sorted(distinct) == sorted(set(texts))


NUMBERS = st.builds(
    lambda sign, whole, separator, decimals, behind: f"{sign}{whole:,}".replace(",", separator) + decimals + behind,
    st.sampled_from(["", "", "", "-", "+", " "]),
    st.integers(0, 10**19),
    st.sampled_from([".", ".", "", " "]),
    st.sampled_from([",00", ",95", ",5", "", ",", ",123", ".50"]),
    st.sampled_from(["", "", "", "-", "x"]),
)
SHORT = st.text("0123456789.,-", max_size=18)


@FEW
@given(st.lists(st.one_of(NUMBERS, SHORT), max_size=8))
@example(["0.450", "01.234,00", ".123,00", "1.23.456,00", "12.3456,00", "1.2345,67", "--1,00", "-1,00-", "-", ",00"])
@example(["9.999.999.999,99", "9999999999999,99", "99.999.999.999,99", "0.000.000.001,00", "1,00", "0,00-", "+1,00"])
def test_an_amount_among_usual_ones_is_read_as_it_is_alone(texts):
    danish = layout.load("generisk")
    usual = [f"{n}.{n * 37 % 1000:03d},{n:02d}" for n in range(1, 100)] * 3
    everything = [*usual, *texts, *usual]
    oere, ok, _ = amounts.amounts(column(everything), danish, "utf-8")
    expected = []
    for text in everything:
        try:
            expected.append(cells.oere(text.strip(cells.BLANKS), danish))
        except ValueError:
            expected.append(None)

    assert [int(one) if fine else None for one, fine in zip(oere, ok, strict=True)] == expected


def test_the_number_of_digits_of_an_amount_does_not_matter():
    texts = [f"{10**n + 7:,},{n:02d}".replace(",", ".", n // 3) for n in range(13)]
    oere, ok, _ = amounts.amounts(column(texts * 2), layout.load("generisk"), "utf-8")

    assert ok.all()
    assert oere.tolist() == [(10**n + 7) * 100 + n for n in range(13)] * 2


TAILS = st.lists(
    st.tuples(
        st.sampled_from(["1,00", "-12.345,67", "5-", "1.23,4x", "1 000,00"]),
        st.sampled_from(["15-01-2026", "31-02-2026", "2025-12-31"]),
        st.sampled_from(["03201", " 03201", "64551", ""]),
        st.text("abcø€ ", max_size=12),
    ),
    min_size=1,
    max_size=20,
)


@FEW
@given(TAILS)
def test_quotes_round_a_text_change_nothing(tmp_path_factory, tails):
    folder = tmp_path_factory.mktemp("x")
    rows = [row(n, amount, day=day, funktion=funktion) for n, (amount, day, funktion, _) in enumerate(tails)]
    header = f"{HEADER};Tekst"
    plain = written(folder / "a.csv", *(f"{a};{t[3]}" for a, t in zip(rows, tails, strict=True)), header=header)
    quoted = written(folder / "b.csv", *(f'{a};"{t[3]}"' for a, t in zip(rows, tails, strict=True)), header=header)
    one, other = ledger.read(plain), ledger.read(quoted)

    assert one.postings.equals(other.postings)
    assert rejected(one) == rejected(other)
    assert one.totals(by=["funktion", "maaned"]).equals(other.totals(by=["funktion", "maaned"]))


@pytest.mark.parametrize("cells_of_table", [1, 40, 1 << 21])
def test_sums_are_the_same_however_small_their_table_may_be(tmp_path, monkeypatch, cells_of_table):
    monkeypatch.setattr(chunks, "SIZE", 400)
    monkeypatch.setattr(sums, "_DENSE", cells_of_table)
    rows = [row(n, f"{n},00", day=f"15-{n % 12 + 1:02d}-2026", funktion=f"{n % 23:05d}") for n in range(300)]
    found = ledger.read(written(tmp_path / "x.csv", *rows)).totals(by=["funktion", "maaned"])

    expected = {}
    for n in range(300):
        key = f"{n % 23:05d}", f"2026-{n % 12 + 1:02d}"
        expected[key] = expected.get(key, 0) + n
    assert {(f, m): int(kr) for f, m, kr, _ in found.itertuples(index=False)} == expected
