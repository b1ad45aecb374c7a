"""A ledger that is right: read exactly, summed exactly, kept apart, written whole."""

import csv
from datetime import date
from decimal import Decimal

import polars as pl
import pyarrow.parquet as pq
import pytest
from ledgers import HEADER, read, rejected, row, written

from budgetanalyser.errors import KildeError, LedgerError, ValueUseError
from budgetanalyser.kilder import ledger
from budgetanalyser.kilder.ledger import chunks, sums

WIDE = "Bilagsnr;Bogføringsdato;Kommune;Funktion;Dranst;Tekst;Posteringstype;Periode;Leverandør;Beløb"


def wide(number, amount, *, day="15-01-2026", kommune="0253", kind="NOR", period="", funktion="03201", text="Løn"):
    return f"{number:06d};{day};{kommune};{funktion};1;{text};{kind};{period};00{number};{amount}"


# --- amounts, dates and ids


@pytest.mark.parametrize(
    ("text", "kroner"),
    [
        ("1.234,50", "1234.50"),
        ("1.234,50-", "-1234.50"),
        ("-1.234,50", "-1234.50"),
        ("\u22121.234,50", "-1234.50"),
        ("1\u00a0234,50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u202f234,5-", "-1234.50"),
        ("1.234", "1234.00"),
        ("1234", "1234.00"),
        (" 5,00 ", "5.00"),
        ("+5", "5.00"),
        ("0,00", "0.00"),
        ("-0,00", "0.00"),
        ("007", "7.00"),
        ("12.345.678,90-", "-12345678.90"),
        ("9.999.999.999.999.999,99", "9999999999999999.99"),
    ],
)
def test_an_amount_is_read_as_a_dane_writes_it(tmp_path, text, kroner):
    one = read(tmp_path, row(1, "10,00"), row(2, text), row(3, "20,00"))

    assert rejected(one) == {}
    assert one.total() == Decimal(kroner) + 30
    assert one.postings["beloeb_kr"].to_list()[1] == Decimal(kroner)


def test_the_handbooks_oracle_comes_out_to_the_oere(tmp_path):
    amounts = ["-5,00", "5,00-", "-5,00-", "1.234,56", "1,00", "1.23,45", "12.345.678,90-"]
    days = ["01-01-2024"] * 4 + ["01-01-24"] + ["01-01-2024"] * 2
    rows = [
        row(n, amount, day=day, funktion="32201") for n, (amount, day) in enumerate(zip(amounts, days, strict=True))
    ]
    one = read(tmp_path, *rows)

    assert (one.rows_in, one.rows_ok) == (7, 4)
    assert one.total() * 100 == -1_234_445_434
    assert list(rejected(one)) == [4, 6, 7]
    assert [said.split(":")[0] for said in rejected(one).values()] == ["beløb", "dato", "beløb"]


def test_sums_of_amounts_too_large_for_64_bits_are_exact(tmp_path):
    most = "9.999.999.999.999.999,99"
    one = read(tmp_path, *[row(n, most) for n in range(40)], *[row(n, "0,01", dranst="2") for n in range(3)])

    assert one.total() == 40 * Decimal("9999999999999999.99") + Decimal("0.03")
    assert one.totals(by=["dranst"])["beloeb_kr"].tolist() == [40 * Decimal("9999999999999999.99"), Decimal("0.03")]


def test_ids_are_text_and_keep_their_zeros(tmp_path):
    one = read(tmp_path, wide(7, "1,00", funktion="00022"), wide(8, "2,00"), header=WIDE)

    assert one.postings["bilagsnr"].to_list() == ["000007", "000008"]
    assert one.postings["kommune"].to_list() == ["0253", "0253"]
    assert one.totals(by=["funktion"])["funktion"].tolist() == ["00022", "03201"]
    assert one.totals(by=["Leverandør"])["Leverandør"].tolist() == ["007", "008"]


def test_every_declared_way_of_writing_a_date_is_read(tmp_path):
    days = ["31-01-2026", "31.01.2026", "31/01/2026", "2026-01-31"]
    one = read(tmp_path, *[row(n, day=day) for n, day in enumerate(days)])

    assert one.postings["dato"].to_list() == [date(2026, 1, 31)] * 4


# --- character set, delimiter, what stands above and below


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_character_set_delimiter_and_line_end_are_found(tmp_path, encoding, delimiter, end):
    lines = [wide(n, "-1.234,50", text="Kørsel – § 41 ” ÆØÅ €").replace(";", delimiter) for n in range(3)]
    one = read(tmp_path, *lines, encoding=encoding, end=end, header=WIDE.replace(";", delimiter))

    assert one.total() == Decimal("-3703.50")
    assert one.postings["tekst"].to_list() == ["Kørsel – § 41 ” ÆØÅ €"] * 3


def test_a_file_of_commas_has_its_amounts_in_quotes(tmp_path):
    one = read(tmp_path, '1,15-01-2026,03201,1,"1.234,50-"', header=HEADER.replace(";", ","))

    assert one.total() == Decimal("-1234.50")


def test_lines_above_the_header_are_passed_over_and_lines_are_still_physical(tmp_path):
    top = ["Udtræk fra økonomisystemet", "", "Periode;2026"]
    path = tmp_path / "udtræk.csv"
    path.write_bytes("\r\n".join([*top, HEADER, row(1), row(2, "x"), ""]).encode())
    one = ledger.read(path)

    assert one.total() == 1
    assert list(rejected(one)) == [6]


def test_a_last_total_line_is_the_control_total_and_no_posting(tmp_path):
    one = read(tmp_path, row(1, "5,00"), row(2, "7,00-"), "I alt;;;;2,00-")

    assert (one.rows_in, one.rows_ok, one.control, one.total()) == (2, 2, Decimal(-2), Decimal(-2))
    one.verify()


def test_a_control_total_that_was_given_beats_the_files_own(tmp_path):
    one = read(tmp_path, row(1, "5,00"), "I alt;;;;5,00", control=Decimal("5.01"))

    with pytest.raises(LedgerError, match="forskellen er −0,01 kr"):
        one.verify()


def test_embedded_line_ends_are_text_and_lines_stay_physical(tmp_path):
    header = "Bilagsnr;Bogføringsdato;Funktion;Dranst;Tekst;Beløb"
    rows = ['1;15-01-2026;1;1;"x;y";1,00', '2;15-01-2026;1;1;"linje1\r\nlinje2";2,00', "", "3;15-01-2026;1;1"]
    one = read(tmp_path, *rows, header=header)

    assert one.postings["tekst"].to_list() == ["x;y", "linje1\r\nlinje2"]
    assert one.postings["linje"].to_list() == [2, 3]
    assert list(rejected(one)) == [6]  # Not 5 or 4, as other readers say.


def test_what_only_looks_like_a_total_is_a_posting(tmp_path):
    one = read(tmp_path, wide(1, "1,00", text="I alt 3 biler"), wide(2, "2,00", text="Total"), header=WIDE)

    assert (one.rows_ok, one.total()) == (2, 3)


def test_a_file_cut_into_many_chunks_is_the_same_as_one(tmp_path, monkeypatch):
    rows = [wide(n, f"{n},{n % 100:02d}", text='"a\r\nb"' if n % 7 == 0 else "Løn") for n in range(2000)]
    rows[1234] = "for;få"
    whole = read(tmp_path, *rows, header=WIDE)
    monkeypatch.setattr(chunks, "SIZE", 1500)
    parts = read(tmp_path, *rows, header=WIDE)

    assert parts.postings.equals(whole.postings)
    assert parts.rejects.equals(whole.rejects)
    assert parts.totals(by=["maaned", "tekst"]).equals(whole.totals(by=["maaned", "tekst"]))
    assert whole.total() == sum(Decimal(n) + Decimal(n % 100) / 100 for n in range(2000) if n != 1234)


# --- sums


def test_sums_are_by_any_column_and_by_month_quarter_and_year(tmp_path):
    days = ["31-03-2026", "01-04-2026", "30-09-2026", "31-12-2025"]
    one = read(tmp_path, *[wide(n, f"{10**n},00", day=day) for n, day in enumerate(days)], header=WIDE)

    assert one.totals(by=["maaned"])["maaned"].tolist() == ["2025-12", "2026-03", "2026-04", "2026-09"]
    assert one.totals(by=["kvartal"])["kvartal"].tolist() == ["2025K4", "2026K1", "2026K2", "2026K3"]
    assert one.totals(by=["aar"]).to_dict("records") == [
        {"aar": 2025, "beloeb_kr": Decimal(1000), "antal": 1},
        {"aar": 2026, "beloeb_kr": Decimal(111), "antal": 3},
    ]
    assert one.totals(by=["dato", "FUNKTION"])["dato"].tolist()[0] == date(2025, 12, 31)


def test_primo_supplement_and_period_13_are_kept_apart(tmp_path):
    rows = [
        wide(1, "100,00", kind="PRI", day="01-01-2026"),
        wide(2, "10,00", kind="SUP", day="31-12-2025"),
        wide(3, "1,00", kind="NOR", day="20-01-2026", period="13"),
        wide(4, "0,10", kind="NOR", day="31-12-2026", period="2026013"),
        wide(5, "0,01", kind="NOR", day="20-01-2026", period="1"),
    ]
    one = read(tmp_path, *rows, header=WIDE)
    kinds = one.totals(by=["posteringstype"]).set_index("posteringstype")["beloeb_kr"]
    months = one.totals(by=["maaned"]).set_index("maaned")["beloeb_kr"]

    assert kinds.to_dict() == {"NOR": Decimal("1.11"), "PRI": Decimal(100), "SUP": Decimal(10)}
    assert months["2025-13"] == 1
    assert months["2026-13"] == Decimal("0.10")
    assert months["2026-01"] == Decimal("100.01")
    assert one.totals(by=["kvartal"]).set_index("kvartal")["beloeb_kr"]["2025K4"] == 11


def test_dense_and_long_sums_are_the_same(tmp_path, monkeypatch):
    rows = [
        wide(n, f"{n},01-", funktion=f"{n % 37:05d}", day=f"{n % 28 + 1:02d}-{n % 12 + 1:02d}-202{n % 7}")
        for n in range(900)
    ]
    dense = read(tmp_path, *rows, header=WIDE)
    monkeypatch.setattr(sums, "_DENSE", 50)
    monkeypatch.setattr(sums, "_BEFORE_MERGE", 100)
    monkeypatch.setattr(chunks, "SIZE", 4000)
    long = read(tmp_path, *rows, header=WIDE)

    for by in (["maaned", "funktion"], ["aar"], ["dato"], ["bilagsnr", "tekst"]):
        assert long.totals(by=by).equals(dense.totals(by=by))
        assert sum(long.totals(by=by)["beloeb_kr"]) == dense.total()


def test_a_column_the_ledger_does_not_have_is_named_with_the_nearest(tmp_path):
    one = read(tmp_path, row(1))

    with pytest.raises(ValueUseError, match="Mente du »Funktion«"):
        one.totals(by=["funktio"])
    with pytest.raises(ValueUseError, match="har ingen kolonne med kommune"):
        one.totals(by=["kommune"])
    with pytest.raises(ValueUseError, match="hver kolonne kun én gang"):
        one.totals(by=["dranst", "Dranst"])


def test_a_ledger_of_no_rows_is_empty_and_says_so(tmp_path):
    one = read(tmp_path)

    assert (one.rows_in, one.rows_ok, one.total(), one.notes) == (0, 0, 0, ("Filen har ingen posteringer.",))
    assert one.postings.height == 0
    assert "beloeb_kr" in one.postings.columns
    assert one.totals(by=["funktion"]).empty
    assert one.duplicates().empty


# --- rows that stand twice, Parquet, rejects


def test_duplicated_rows_are_found_and_still_counted(tmp_path):
    one = read(tmp_path, row(1, "5,00"), row(2), row(1, "5,00"), row(1, "5,00"), row(1, "5,01"))
    found = one.duplicates()

    assert one.total() == Decimal("21.01")
    assert found[["bilagsnr", "beloeb_kr", "antal", "linjer"]].values.tolist() == [["000001", Decimal(5), 3, "2, 4, 5"]]


def test_parquet_holds_every_row_typed_with_its_line(tmp_path):
    rows = [wide(n, f"{n},50-", day=f"01-01-202{n % 3}", kommune=f"02{n % 2}3") for n in range(50)]
    one = read(tmp_path, *rows, "for;få", header=WIDE)
    folder = one.to_parquet(tmp_path / "ud" / "udtræk")
    files = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.parquet"))
    back = pl.read_parquet(folder / "**/*.parquet", hive_partitioning=True).sort("linje")

    assert files[:2] == ["aar=2020/kommune-0203.parquet", "aar=2020/kommune-0213.parquet"]
    assert back["beloeb_kr"].dtype == pl.Decimal(18, 2)
    assert back["beloeb_kr"].sum() == one.total()
    assert back["kommune"].to_list() == [f"02{n % 2}3" for n in range(50)]
    assert back.drop("aar").equals(one.postings.select(back.drop("aar").columns))
    assert all(
        pq.read_metadata(file).row_group(0).column(0).compression == "ZSTD" for file in folder.rglob("*.parquet")
    )


def test_parquet_is_written_whole_in_place_of_the_old(tmp_path):
    folder = tmp_path / "udtræk"
    read(tmp_path, row(1, day="01-01-2020")).to_parquet(folder)
    read(tmp_path, row(1, day="01-01-2026")).to_parquet(folder)

    assert [file.name for file in folder.iterdir()] == ["aar=2026"]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["KONSTRUERET-udtræk.csv", "udtræk"]


def test_rejects_are_written_so_that_a_spreadsheet_runs_nothing(tmp_path):
    one = read(tmp_path, row(1), "=HYPERLINK(1);15-01-2026;1;1;x", "+1;2")
    path = one.write_rejects(tmp_path / "ud" / "rejects.csv")
    lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))

    assert lines[0] == ["linje", "aarsag", "raa"]
    assert [line[0] for line in lines[1:]] == ["3", "4"]
    assert lines[1][2] == "'=HYPERLINK(1);15-01-2026;1;1;x"
    assert lines[2][1:] == ["der er 2 felter, men overskriften har 5", "'+1;2"]


# --- the verdict


def test_a_reject_is_accepted_only_by_naming_its_line(tmp_path):
    one = read(tmp_path, row(1), row(2, "x"), row(3))

    with pytest.raises(LedgerError) as told:
        one.verify()
    assert str(told.value) == (
        "Ret følgende i KONSTRUERET-udtræk.csv, og kør igen:\n"
        "  - linje 3: rækken er afvist: beløb: tegnet »x« hører ikke til her (her står »000002;15-01-2026;03201;1;x«)"
    )
    one.verify(accepted=[3])
    with pytest.raises(LedgerError, match="linje 4: linjen er godkendt som afvist, men den er ikke afvist"):
        one.verify(accepted=[3, 4])


def test_a_control_total_off_by_one_oere_is_refused_and_told(tmp_path):
    one = read(tmp_path, row(1, "1.000,00"), row(2, "x"), control=Decimal("1000.01"))

    with pytest.raises(LedgerError) as told:
        one.verify(accepted=[3])
    assert told.value.faults[0].text == (
        "posteringerne er 1.000,00 kr., men kontroltotalen er 1.000,01 kr.; forskellen er −0,01 kr. "
        "Afviste rækker er ikke talt med (linje 3); ret dem i filen, eller angiv en kontroltotal uden dem"
    )


def test_many_rejects_are_told_shortly(tmp_path):
    one = read(tmp_path, *[row(n, "x") for n in range(25)])

    with pytest.raises(LedgerError, match="og 15 afviste rækker til; se listen over afviste"):
        one.verify()


def test_a_ledger_of_only_rejects_has_no_postings_and_all_columns(tmp_path):
    one = read(tmp_path, row(1, "x"))

    assert one.postings.columns == ["linje", "bilagsnr", "dato", "funktion", "dranst", "beloeb_kr"]
    assert one.postings.height == 0
    assert one.to_parquet(tmp_path / "ud").is_dir()
    with pytest.raises(LedgerError):
        one.verify()


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path):
    one = read(tmp_path, row(1), row(2))
    written(tmp_path / "KONSTRUERET-udtræk.csv", row(1), row(2, "3,00"))

    with pytest.raises(KildeError, match="filen er ændret, mens den blev læst"):
        one.totals(by=["bilagsnr"])


# --- layouts


def test_debit_and_credit_give_the_amounts_their_signs(tmp_path):
    header = "Artskonto;Omkostningssted;Debet/kredit;Beløb;Tekst;Bogføringsdato"
    rows = ["90510000;01;Debet;1.000,00;a;15-01-2026", "95991009;02;kredit;250,50;b;15-01-2026"]
    one = read(tmp_path, *rows, "95991009;02;Hverken;1,00;c;15-01-2026", header=header, layout="debet-kredit")

    assert one.total() == Decimal("749.50")
    assert rejected(one) == {4: "Debet/kredit: skal være Debet, D, Kredit eller K"}
    assert read(tmp_path, rows[0].replace("1.000", "-1.000"), header=header, layout="debet-kredit").rows_ok == 0


def test_a_sap_list_is_read_with_preamble_bars_and_marked_sums(tmp_path):
    path = tmp_path / "liste.txt"
    lines = [
        "Enkeltposter", "-" * 40, "|Dok.nr.|Bogf.dato|Funktion|Dranst|Beløb i firmakodevaluta|", "-" * 40,
        "|5100|15.01.2026|03201|1|  1.000,00 |", "|5101|16.01.2026|03201|1|    250,50-|", "-" * 40,
        "|*||||    749,50 |", "-" * 40, "",
    ]  # fmt: skip
    path.write_bytes("\r\n".join(lines).encode("cp1252"))
    one = ledger.read(path, layout="opus")

    assert (one.rows_in, one.rows_ok, one.total(), one.control) == (2, 2, Decimal("749.50"), Decimal("749.50"))
    one.verify()


def test_statbank_counts_neither_totals_nor_prices_twice(tmp_path):
    header = "OMRADE;FUNKTION;DRANST;ART;PRISENHED;TID;INDHOLD"
    rows = [
        "253;32201;1;TOT;LOBM;2025;10",
        "253;32201;1;TOT;INDL;2025;99",
        "253;X;1;TOT;LOBM;2025;10",
        "000;32201;1;TOT;LOBM;2025;9",
    ]
    one = read(tmp_path, *rows, header=header, layout="statbank")

    assert one.total() == 10_000
    assert sorted(rejected(one)) == [3, 4, 5]
    assert all("dobbelttæller" in said for said in rejected(one).values())


def test_a_layout_of_ones_own_is_a_toml_file(tmp_path):
    layout = tmp_path / "mit.toml"
    layout.write_text(
        'titel = "Mit"\nenhed = "1.000 kr."\n[kolonner]\ndato = { navne = ["Dag"] }\nbeloeb = { navne = ["Kr"] }\n',
        encoding="utf-8",
    )
    one = read(tmp_path, "15-01-2026;1,5;x", header="Dag;Kr;Andet", layout=layout)

    assert one.total() == 1500
    assert one.columns == ("dato", "Andet")


def test_all_faults_of_a_layout_are_told_with_their_lines(tmp_path):
    layout = tmp_path / "mit.toml"
    layout.write_text(
        'titel = ""\nenhed = "euro"\nfarve = "blå"\n[kolonner]\nbelob = { navne = ["Kr"] }\ndato = { navne = [] }\n',
        encoding="utf-8",
    )
    with pytest.raises(KildeError) as told:
        read(tmp_path, row(1), layout=layout)

    said = str(told.value)
    assert "linje 1, titel: må ikke være tom" in said
    assert "linje 2, enhed" in said
    assert "»farve« kendes ikke" in said
    assert "linje 6" in said


def test_an_unknown_layout_is_told_with_the_nearest(tmp_path):
    with pytest.raises(KildeError, match="Mente du »generisk«"):
        read(tmp_path, row(1), layout="generiskt")
