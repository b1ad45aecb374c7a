"""Ledgers that other readers take without a word, and take wrongly: each is exact, or refused with line and reason."""

import codecs
from decimal import Decimal

import pytest
from ledgers import HEADER, read, rejected, row, written

from budgetanalyser.errors import KildeError
from budgetanalyser.kilder import ledger
from budgetanalyser.kilder.ledger import chunks

TEXT_LAST = "Bilagsnr;Bogføringsdato;Funktion;Dranst;Beløb;Tekst"


def refusal(path, content):
    """Return what is said of a file that cannot be read."""
    path.write_bytes(content)
    with pytest.raises(KildeError) as told:
        ledger.read(path)
    return str(told.value)


# --- single cells


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1.23,4x", "tegnet »x« hører ikke til her"),
        ("1.23,45", "punktum, mellemrum og komma står ikke, som de skal i et dansk tal"),
        ("0.450", "punktum kan både betyde tusinder og komma her; skriv fx 450 eller 0,450"),
        ("12.34.56,7", "punktum, mellemrum og komma står ikke, som de skal i et dansk tal"),
        ("1,234.50", "det ligner engelsk skrivemåde; skriv punktum mellem tusinder og komma foran decimaler"),
        ("1234.50", "punktum skiller tusinder i grupper på tre cifre; skriv komma foran decimaler"),
        ("-5,00-", "der er mere end ét fortegn"),
        ("\u22125,00-", "der er mere end ét fortegn"),
        ("(500,00)", "parenteser betyder kun minus, hvis kilden siger det"),
        ("kr. 5", "tegnet »k« hører ikke til her"),
        ("-", "feltet er tomt"),
        ("", "feltet er tomt"),
        ("1,234", "der er mere end to decimaler"),
        ("1e5", "tegnet »e« hører ikke til her"),
        ("nan", "tegnet »n« hører ikke til her"),
        ("٣", "tegnet »٣« hører ikke til her"),
        ("1,", "punktum, mellemrum og komma står ikke, som de skal i et dansk tal"),
        (",50", "punktum, mellemrum og komma står ikke, som de skal i et dansk tal"),
        ("1..000", "punktum, mellemrum og komma står ikke, som de skal i et dansk tal"),
        ("1.0000", "punktum skiller tusinder i grupper på tre cifre; skriv komma foran decimaler"),
        ("10.000.000.000.000.000,00", "beløbet er for stort til at være en postering"),
        ("9" * 30, "tallet har over 24 cifre"),
        ("9" * 70, "teksten er for lang til at være et tal"),
    ],
)
def test_what_is_no_danish_amount_is_refused_with_the_reason(tmp_path, text, reason):
    one = read(tmp_path, row(1, "10,00"), row(2, text), row(3, "-0,50"))

    assert rejected(one) == {3: f"beløb: {reason}"}
    assert one.total() == Decimal("9.50")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("31-02-2026", "datoen findes ikke"),
        ("29-02-2025", "datoen findes ikke"),
        ("00-01-2026", "datoen findes ikke"),
        ("01-13-2026", "datoen findes ikke"),
        ("01-02-23", "årstallet har kun to cifre"),
        ("01-02-0023", "årstallet 23 ligger uden for 1900-2199"),
        ("", "datoen mangler"),
        ("1-2-2026", "datoen er ikke skrevet som"),
        ("46037", "datoen er ikke skrevet som"),
        ("15-01-2026 00:00:00", "datoen er ikke skrevet som"),
        ("15-01-२०२६", "datoen er ikke skrevet som"),
    ],
)
def test_what_is_no_date_is_refused_with_the_reason(tmp_path, text, reason):
    one = read(tmp_path, row(1), row(2, day=text), row(3))

    assert list(rejected(one)) == [3]
    assert rejected(one)[3].startswith(f"dato: {reason}")
    assert one.total() == 2


def test_a_row_of_another_length_is_refused_wherever_it_stands(tmp_path):
    many, few = row(1) + ";ekstra", "000001;15-01-2026;03201"
    one = read(tmp_path, many, row(2), few, row(3), many, "alene")

    assert rejected(one) == {
        2: "der er 6 felter, men overskriften har 5",
        4: "der er 3 felter, men overskriften har 5",
        6: "der er 6 felter, men overskriften har 5",
        7: "der er 1 felt, men overskriften har 5",
    }
    assert (one.rows_in, one.rows_ok, one.total()) == (6, 2, 2)
    assert one.rejects["raa"].tolist() == [many, few, many, "alene"]


def test_empty_cells_that_must_be_filled_are_told_together(tmp_path):
    one = read(tmp_path, ";x;;;y")

    assert rejected(one)[2].split("; ") == [
        "dato: datoen er ikke skrevet som dd-mm-yyyy eller dd.mm.yyyy eller dd/mm/yyyy eller yyyy-mm-dd",
        "Bilagsnr: feltet er tomt",
        "Funktion: feltet er tomt",
        "Dranst: feltet er tomt",
        "beløb: tegnet »y« hører ikke til her",
    ]


def test_accounts_with_dots_are_text(tmp_path):
    one = read(tmp_path, row(1, funktion="6.45.51"), row(2, funktion="0.22.01"))

    assert one.totals(by=["funktion"])["funktion"].tolist() == ["0.22.01", "6.45.51"]


# --- lines


@pytest.mark.parametrize(
    "line", ["I alt;;;;2,00", ";;;I alt;2,00", "Total;;;;2,00", "**Sum;;;;2,00", "Samlet sum:;;;;2,00"]
)
def test_a_total_line_inside_the_file_is_refused_as_one(tmp_path, line):
    one = read(tmp_path, row(1), row(2), line, row(3))

    assert rejected(one) == {4: "sumlinje inde i filen"}
    assert (one.total(), one.control) == (3, None)


def test_only_the_last_of_two_total_lines_is_the_control_total(tmp_path):
    one = read(tmp_path, row(1), "I alt;;;;1,00", row(2), "I alt;;;;2,00")

    assert (list(rejected(one)), one.control) == ([3], 2)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_rows_of_another_length_may_hold_danish_letters(tmp_path, encoding):
    one = read(tmp_path, row(1) + ";Løn €", "få;ø;å", row(2) + ";Kørsel §", header=TEXT_LAST, encoding=encoding)

    assert rejected(one) == {3: "der er 3 felter, men overskriften har 6"}
    assert one.rejects["raa"].tolist() == ["få;ø;å"]
    assert one.postings["tekst"].to_list() == ["Løn €", "Kørsel §"]


def test_a_header_repeated_inside_the_file_is_refused_as_one(tmp_path):
    one = read(tmp_path, row(1), HEADER, row(2))

    assert rejected(one) == {3: "overskriften er gentaget inde i filen"}


def test_empty_lines_and_ornaments_are_no_rows_and_count_as_lines(tmp_path):
    one = read(tmp_path, "", row(1), ";;;;", "-----;-----", "", "x", "", row(2))

    assert (one.rows_in, one.rows_ok, list(rejected(one))) == (3, 2, [7])
    assert one.postings["linje"].to_list() == [3, 9]


def test_a_quote_that_swallows_rows_is_refused(tmp_path):
    rows = [row(n) + ";Løn" for n in range(40)]
    rows[10] = row(10) + ';"Løn'
    rows[20] = row(20) + ';Løn"'
    said = refusal(tmp_path / "x.csv", "\r\n".join([TEXT_LAST, *rows, ""]).encode())

    assert "linje 12: et anførselstegn er åbnet her og først lukket i linje 22; rækkerne imellem er slugt" in said


def test_a_quote_that_is_never_closed_is_refused(tmp_path):
    rows = [row(n) + ";Løn" for n in range(9)]
    rows[3] = row(3) + ';"Løn'

    said = refusal(tmp_path / "x.csv", "\n".join([TEXT_LAST, *rows, ""]).encode())

    assert "linje 5: et anførselstegn er åbnet her" in said


def test_quotes_inside_a_text_are_letters(tmp_path):
    one = read(tmp_path, row(1) + ';Rør 3/4" sort', row(2) + ';"Kaldet ""Ø"""', header=TEXT_LAST)

    assert one.postings["tekst"].to_list() == ['Rør 3/4" sort', 'Kaldet "Ø"']


# --- bytes


def test_a_bom_is_no_part_of_the_first_name(tmp_path):
    assert read(tmp_path, row(1, "5,00"), encoding="utf-8-sig").columns[0] == "bilagsnr"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_with_what_to_do(tmp_path, encoding):
    said = refusal(tmp_path / "x.csv", "\n".join([HEADER, row(1), ""]).encode(encoding))

    assert "UTF-16" in said
    assert "CSV UTF-8" in said


def test_a_nul_is_refused_with_its_line(tmp_path):
    said = refusal(tmp_path / "x.csv", "\n".join([HEADER, row(1), row(2).replace("3", "\0"), ""]).encode())

    assert "linje 3: filen rummer tegnet NUL" in said


@pytest.mark.parametrize("content", [b"", codecs.BOM_UTF8, b"  \r\n\r\n"])
def test_an_empty_file_is_refused(tmp_path, content):
    assert "filen er tom" in refusal(tmp_path / "x.csv", content)


def test_two_character_sets_in_one_file_are_refused_with_the_line(tmp_path):
    rows = [(row(n) + ";Kørsel").encode("cp1252" if n >= 700 else "utf-8") for n in range(900)]
    said = refusal(tmp_path / "x.csv", b"\n".join([TEXT_LAST.encode(), *rows, b""]))

    assert "filen blander to tegnsæt (UTF-8 og windows-1252); gem hele filen som CSV UTF-8" in said


def test_two_character_sets_in_different_chunks_are_refused_with_the_line(tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "SIZE", 1000)
    rows = [(row(n) + ";Kørsel").encode("cp1252" if n >= 700 else "utf-8") for n in range(900)]
    said = refusal(tmp_path / "x.csv", b"\n".join([TEXT_LAST.encode(), *rows, b""]))

    assert "linje 702: filen blander to tegnsæt" in said


def test_utf_8_saved_twice_is_refused_and_not_shown_as_other_letters(tmp_path):
    rows = [(row(1) + ";Kørsel").encode(), (row(2) + ";Sk\xe5l").encode("latin-1")]

    assert "blander to tegnsæt" in refusal(tmp_path / "x.csv", b"\n".join([TEXT_LAST.encode("cp1252"), *rows, b""]))


def test_bytes_of_no_character_set_are_refused(tmp_path):
    said = refusal(tmp_path / "x.csv", b"\n".join([HEADER.encode("cp1252"), row(1).encode(), b"2\x81;1;1;1;1", b""]))

    assert "linje 3: filen er hverken UTF-8 eller windows-1252" in said


@pytest.mark.parametrize("end", ["\r", "\n\r"])
def test_line_ends_of_another_kind_are_refused(tmp_path, end):
    said = refusal(tmp_path / "x.csv", (HEADER + "\r\n" + end.join([row(1), row(2), ""])).encode())

    assert "linjerne er skilt med CR alene eller på flere måder" in said


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(KildeError, match="det er en mappe"):
        ledger.read(tmp_path)
    with pytest.raises(KildeError, match="filen findes ikke"):
        ledger.read(tmp_path / "x.csv")


# --- a file that was cut off


@pytest.mark.parametrize("end", range(1, len("000009;15-01-2026;03201;1;1.234,56-")))
def test_a_last_row_that_was_cut_off_is_never_taken_for_another_amount(tmp_path, end):
    path = tmp_path / "x.csv"
    path.write_bytes("\n".join([HEADER, row(8, "1,00-"), row(9, "1.234,56-")[:end]]).encode())
    one = ledger.read(path)

    assert list(rejected(one)) == [3]
    assert rejected(one)[3].startswith("linjen er afbrudt")
    assert (one.rows_in, one.rows_ok, one.total()) == (2, 1, -1)


def test_a_last_row_without_line_end_is_told(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes("\n".join([HEADER, row(8, "1,00-"), row(9, "1.234,56-")]).encode())
    one = ledger.read(path)

    assert one.total() == Decimal("-1235.56")
    assert one.notes == ("Sidste linje (3) har intet linjeskift; er filen hentet helt?",)


def test_a_file_cut_inside_a_letter_is_refused(tmp_path):
    content = "\n".join([TEXT_LAST, row(1) + ";Kø", row(2) + ";Kø"]).encode()[:-1]

    assert "linje 3: filen er afbrudt midt i et tegn; hent den igen" in refusal(tmp_path / "x.csv", content)


# --- the header


def test_a_missing_column_is_told_with_the_one_that_looks_like_it(tmp_path):
    said = refusal(tmp_path / "x.csv", b"Bilagsnr;Dato;Funktion;Dranst;Belb\n1;2;3;4;5\n")

    assert "linje 1: kolonnen »Bogføringsdato« mangler" in said
    assert "linje 1: kolonnen »Beløb« mangler; her står »Belb«, som ligner" in said


def test_a_column_that_stands_twice_is_refused(tmp_path):
    said = refusal(tmp_path / "x.csv", f"{HEADER};BELØB\n{row(1)};2,00\n".encode())

    assert "kolonnerne »Beløb« og »BELØB« er begge beloeb; slet eller omdøb en" in said


def test_headers_that_would_be_mistaken_for_each_other_get_numbers(tmp_path):
    one = read(tmp_path, row(1) + ";a;b;c;d", header=f"{HEADER};Note;Note;;linje")

    assert one.columns[4:] == ("Note", "Note (2)", "kolonne 8", "linje (2)")
    assert one.postings["linje"].to_list() == [2]


def test_a_spreadsheet_is_refused(tmp_path):
    said = refusal(tmp_path / "x.xlsx", b"PK\x03\x04" + bytes(range(256)) * 20)

    assert "filen er et regneark; gem arket som CSV UTF-8" in said


def test_a_layout_of_other_character_set_is_refused(tmp_path):
    layout = tmp_path / "mit.toml"
    text = 'titel = "x"\ntegnsaet = "cp1252"\n[kolonner]\ndato = { navne = ["Dag"] }\nbeloeb = { navne = ["Kr"] }\n'
    layout.write_text(text)
    written(tmp_path / "x.csv", "15-01-2026;1,50;ø", header="Dag;Kr;T")

    with pytest.raises(KildeError, match="linje 2: filen er utf-8, men layoutet siger cp1252"):
        ledger.read(tmp_path / "x.csv", layout=layout)
