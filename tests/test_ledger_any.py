"""Any ledger at all, generated with a known sum: it is exact, or refused with line and reason."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ledgers import HEADER, read, rejected, row

from budgetanalyser.dansk import parse_beloeb
from budgetanalyser.errors import AmountError, KildeError
from budgetanalyser.kilder import ledger
from budgetanalyser.kilder.ledger import chunks

FEW = settings(max_examples=40, deadline=None, derandomize=True)
MANY = settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
TEXT_LAST = f"{HEADER};Tekst"

SIGNS = st.sampled_from([("", ""), ("-", ""), ("", "-"), ("\u2212", ""), ("+", "")])
SEPARATORS = st.sampled_from(["", ".", " ", "\u00a0"])


def amount_text(oere, separator, sign):
    whole = f"{oere // 100:,}".replace(",", separator)
    return f"{sign[0]}{whole},{oere % 100:02d}{sign[1]}", -oere if set(sign) & {"-", "\u2212"} else oere


AMOUNTS = st.builds(amount_text, st.integers(0, 10**12), SEPARATORS, SIGNS)
MESS = st.text(st.sampled_from("0123456789.,-−+ \u00a0()x%eE"), max_size=14)
COLUMNS = st.lists(st.one_of(AMOUNTS.map(lambda one: one[0]), MESS), min_size=1, max_size=40)


def oere_of(text):
    """Return the øre that the parser of one amount finds, or None."""
    try:
        amount = parse_beloeb(text, brackets=False)
    except AmountError:
        return None
    whole = amount.scaleb(2)
    # Trailing zeros are decimals too: 1,000 is not written as a posting is.
    exponent = amount.as_tuple().exponent
    return int(whole) if exponent >= -2 and abs(amount) < 10**16 else None


def check_amounts(folder, texts):
    one = read(folder, *[row(n, text) for n, text in enumerate(texts)])
    found = [oere_of(text) for text in texts]

    assert one.total() * 100 == sum(oere for oere in found if oere is not None)
    assert list(rejected(one)) == [line for line, oere in enumerate(found, start=2) if oere is None]


DAYS = st.dates(date(1990, 1, 1), date(2030, 12, 31))
TEXTS = st.text(st.sampled_from("abcæøåÆ§–€; \n\"'=.-"), max_size=12)
SPOILT = st.sampled_from(
    [
        "få;få",
        "a;b;c;d;e;f;g",
        "1;31-02-2026;1;1;1,00;t",
        "1;15-01-2026;1;1;1.23,4x;ø",
        "1;15-01-2026;;1;1,00;t",
        "I alt;;;;1,00;",
    ]
)
ROWS = st.lists(st.one_of(st.tuples(AMOUNTS, DAYS, TEXTS), SPOILT), max_size=25)
HOW = st.tuples(
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]), st.sampled_from(["\n", "\r\n"]), st.sampled_from([150, 1 << 20])
)


def check_file(folder, rows, how):
    encoding, end, size = how
    lines, total, spoilt, line = [], 0, {}, 2
    for one in rows:
        if isinstance(one, str):
            spoilt[line] = one
            lines.append(one)
        else:
            (amount, oere), day, text = one
            if encoding == "cp1252":
                # Some two letters of it are one of UTF-8; ø is none.
                amount, text = amount.replace("\u2212", "-"), text + "ø"
            quoted = '"' + text.replace('"', '""') + '"'
            lines.append(f"{line};{day:%d-%m-%Y};03201;1;{amount};{quoted}")
            total += oere
        line += 1 + lines[-1].count("\n")
    # A good row last, so that a total line is inside the file.
    lines.append("9;15-01-2026;03201;1;0,00;slut")
    before, chunks.SIZE = chunks.SIZE, size
    try:
        found = read(folder, *lines, encoding=encoding, end=end, header=TEXT_LAST)
        sums = found.totals(by=["tekst", "maaned"])
    finally:
        chunks.SIZE = before

    assert found.total() * 100 == total
    assert list(rejected(found)) == list(spoilt)
    assert all(rejected(found).values())
    assert found.rejects["raa"].tolist() == list(spoilt.values())
    assert sum(sums["beloeb_kr"]) * 100 == total
    assert found.rows_in == found.rows_ok + len(spoilt) == len(rows) + 1


def check_bytes(folder, content):
    path = folder / "x.csv"
    path.write_bytes(HEADER.encode() + b"\n" + content)
    try:
        one = ledger.read(path)
    except KildeError:
        return
    assert one.rows_in == one.rows_ok + len(one.rejects)


@FEW
@given(COLUMNS)
@example(["0.450", "1.234", "1.234,5", "-0", "1-", "12 345,67-", "00.123", "1.234.567.890.123.456,78"])
def test_a_column_of_amounts_is_read_as_one_amount_is(tmp_path_factory, texts):
    check_amounts(tmp_path_factory.mktemp("x"), texts)


@FEW
@given(ROWS, HOW)
def test_any_file_is_exact_or_refused_with_line_and_reason(tmp_path_factory, rows, how):
    check_file(tmp_path_factory.mktemp("x"), rows, how)


@FEW
@given(st.binary(max_size=400))
@example(b"\x80")
@example(b"a\xf8;b\n")
def test_any_bytes_are_read_or_refused(tmp_path_factory, content):
    check_bytes(tmp_path_factory.mktemp("x"), content)


@pytest.mark.heavy
@MANY
@given(COLUMNS)
def test_thousands_of_columns_are_read_as_one_amount_is(tmp_path_factory, texts):
    check_amounts(tmp_path_factory.mktemp("x"), texts)


@pytest.mark.heavy
@MANY
@given(ROWS, HOW)
def test_thousands_of_files_are_exact_or_refused(tmp_path_factory, rows, how):
    check_file(tmp_path_factory.mktemp("x"), rows, how)


@pytest.mark.heavy
@MANY
@given(st.binary(max_size=400))
def test_thousands_of_byte_strings_are_read_or_refused(tmp_path_factory, content):
    check_bytes(tmp_path_factory.mktemp("x"), content)


def test_the_oracle_itself_knows_what_a_posting_is():
    assert [oere_of(text) for text in ("1,5", "1,005", "1.234-", "0.450")] == [150, None, -123400, None]
    assert Decimal(oere_of("9.999.999.999.999.999,99")) == 10**18 - 1
