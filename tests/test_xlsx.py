"""The workbook beside the PDF, read back by another library and as raw XML: types, texts, sheets and the cover."""

from __future__ import annotations

import hashlib
import io
import random
import re
import subprocess
import sys
import zipfile
from datetime import date, datetime
from decimal import Decimal
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest
from builders import RAW_NAME, code, markdown, run_cli
from hypothesis import given, settings
from hypothesis import strategies as st
from test_assemble import COLOPHON, META, SVG

from budgetanalyser.engine.job import _publish
from budgetanalyser.kroner import Enhed, Prisniveau
from budgetanalyser.report import document as doc
from budgetanalyser.report import tables
from budgetanalyser.report.attachments import table_csv
from budgetanalyser.report.xlsx import cells, workbook
from budgetanalyser.report.xlsx.book import ACCENT, DARK, PALE, place

D = Decimal
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def text(words):
    return [doc.Text(text=words)]


def table(number=1, caption="Poster", kilder=(), **columns):
    """Return a numbered table of columns; `layout_…` are fields of its layout."""
    layout = {name.removeprefix("layout_"): columns.pop(name) for name in list(columns) if name.startswith("layout_")}
    data = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
    built = tables.build(
        data, tables.Layout(prisniveau=Prisniveau(2024), **layout), caption=text(caption), kilder=kilder
    )
    return built.model_copy(update={"id": "1-1", "number": number})


def raw_table(columns, *rows, number=1, caption="Poster", totals=()):
    """Return a table of texts as the document holds them, so that a test can say what no layout would let through."""
    made = [
        doc.Row(cells=[doc.Cell(value=value, children=text(value or "")) for value in row], total=i in totals)
        for i, row in enumerate(rows)
    ]
    shaped = [doc.Column(key=key, header=key, format=format_, align="left") for key, format_ in columns.items()]
    return doc.Table(id="1-1", number=number, caption=text(caption), columns=shaped, rows=made)


def kilde(fil, **changes):
    known = {"titel": "Budget 2024", "udgiver": "Greve Kommune", "udgivet": "6. juni 2023", "hentet": "1. juli 2023"}
    known |= {"url": "https://greve.dk/budget", "licens": "CC0", "prisniveau": "2024-prisniveau", "forudsaetning": ""}
    known |= {"forbehold": "", "sha256": "0" * 64, "konstrueret": False}
    return doc.KildeInfo(fil=fil, **{**known, **changes})


def document(*blocks, kilder=(), values=(), meta=META):
    known = {"kilder": list(kilder), "values": list(values), "run_id": "a1b2c3d4"}
    colophon = COLOPHON.model_copy(update=known)
    return doc.Document(meta=meta, key_figures=[], blocks=list(blocks), colophon=colophon)


def value(name, exact, printed, unit, **changes):
    known = {"beskrivelse": name.capitalize(), "prisniveau": "", "kilder": [], "beregning": "regnet"} | changes
    return doc.NamedValue(name=name, exact=exact, text=printed, unit=unit, **known)


def read(*blocks, **more):
    return openpyxl.load_workbook(io.BytesIO(workbook(document(*blocks, **more))))


def head_row(sheet):
    return int(re.match(r"[A-Z]+(\d+)", next(iter(sheet.tables.values())).ref)[1])


def row_of(sheet, words):
    return next(row[0].row for row in sheet.iter_rows() if str(row[0].value).startswith(words))


def below(sheet):
    """Return what column A says under the table."""
    first = row_of(sheet, "Noter og kilder")
    return [sheet.cell(row, 1).value for row in range(first + 1, sheet.max_row + 1)]


def parts(content):
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def written(content, sheet=2):
    """Return a sheet's numbers as they stand in the file, by address."""
    root = ElementTree.fromstring(parts(content)[f"xl/worksheets/sheet{sheet}.xml"])
    numbers = (cell for cell in root.iter(f"{MAIN}c") if cell.get("t") is None and cell.find(f"{MAIN}v") is not None)
    return {cell.get("r"): cell.find(f"{MAIN}v").text for cell in numbers}


# --- typed cells


def test_each_format_is_read_back_with_its_type():
    all_formats = table(
        post=["Lokale", "Kaffe"],
        udgift_kr=[D("1250500.50"), D("-500")],
        antal=[12345, 0],
        andel=[D("0.125"), D("1")],
        snit=[D("2.75"), D("3")],
        aar=[2024, 2025],
        dag=[date(2024, 5, 7), date(1999, 12, 31)],
        maaned=[date(2024, 6, 15), date(2024, 7, 1)],
        valgt=[True, False],
        layout_formater={"andel": "pct", "snit": "decimaltal", "maaned": "maaned"},
        layout_decimaler={"snit": 2},
    )
    sheet = read(all_formats).worksheets[1]
    first = head_row(sheet)
    found = [(cell.value, cell.number_format) for cell in sheet[first + 1]]

    assert found == [
        ("Lokale", "General"),
        (1250500.5, "#,##0.00"),
        (12345, "#,##0"),
        (0.125, "0.0%"),
        (2.75, "#,##0.00"),
        (2024, "0"),
        (datetime(2024, 5, 7), "[$-406]d. mmmm yyyy"),
        (datetime(2024, 6, 1), "[$-406]mmmm yyyy"),
        ("ja", "General"),
    ]
    assert [type(cell.value) for cell in sheet[first + 1]][2] is int
    assert [cell.value for cell in sheet[first + 2]][1] == -500


def test_amounts_are_kroner_with_the_unit_in_the_header_whatever_the_report_shows():
    for enhed, said in ((Enhed.TUSINDE_KR, "1.000 kr."), (Enhed.MIO_KR, "mio. kr."), (Enhed.KR, "kr.")):
        one = table(post=["Lokale"], udgift_kr=[D("450000")], layout_enhed=enhed)
        sheet = read(one).worksheets[1]

        assert [cell.value for cell in sheet[4]] == ["Post", "Udgift (kr., 2024-prisniveau)"]
        assert sheet["B5"].value == 450000
        assert sheet["B5"].number_format == "#,##0"
        shown = "" if enhed is Enhed.KR else f". Rapporten viser dem i {said}"
        assert sheet["A2"].value == f"Beløb i kr., 2024-prisniveau, udgift +, indtægt −{shown}"


def test_the_header_and_the_order_are_those_of_the_attached_csv():
    one = table(
        post=["Lokale", "Kaffe"], udgift_kr=[D(1), D(2)], andel=[D("0.5"), None], layout_formater={"andel": "pct"}
    )
    sheet = read(one).worksheets[1]

    lines = table_csv(one).decode("utf-8-sig").splitlines()
    assert [cell.value for cell in sheet[4]] == lines[0].split(";")
    assert [sheet.cell(row, 1).value for row in (5, 6)] == [line.split(";")[0] for line in lines[1:]]


@given(st.lists(st.decimals(-(D(10) ** 13), D(10) ** 13, places=2), min_size=1, max_size=40))
@settings(max_examples=25, deadline=None)
def test_every_amount_in_the_file_is_the_documents_own_digit_by_digit(amounts):
    one = table(post=["x"] * len(amounts), udgift_kr=amounts)
    found = written(workbook(document(one)))

    assert [D(found[f"B{5 + i}"]) for i in range(len(amounts))] == amounts


def test_numbers_a_spreadsheet_cannot_hold_become_text_and_the_sheet_says_where():
    """2**53 + 1 is the first whole number that a double does not have; it has 16 digits."""
    big = [str(2**53 + 1), "999999999999999", "-12345678901234.56", "1" + "0" * 20, "1E+400", "12345678901234567890.5"]
    one = raw_table({"post": "tekst", "beloeb": "beloeb"}, *[["x", number] for number in big])
    content = workbook(document(one))
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[1]
    first = head_row(sheet) + 1
    values = [sheet.cell(first + i, 2).value for i in range(len(big))]

    assert values[0] == "9007199254740993"
    assert values[1] == 999999999999999
    assert values[2] == "-12345678901234,56"
    assert D(written(content)[f"B{first + 3}"]) == 10**20
    assert values[4] == "1" + "0" * 400
    assert values[5] == "12345678901234567890,5"
    places = ", ".join(f"B{first + i}" for i in (0, 2, 4, 5))
    assert f"{cells.TOO_LONG}: {places}." in below(sheet)


def test_amounts_of_one_table_show_oere_all_or_none():
    some = table(post=["a", "b"], budget_kr=[D(1), D(2)], forbrug_kr=[D("0.5"), D(2)], antal=[1, 2])
    none = table(2, post=["a"], budget_kr=[D(1)], forbrug_kr=[D(2)])
    book = read(some, none)

    assert [cell.number_format for cell in book.worksheets[1][5]][1:] == ["#,##0.00", "#,##0.00", "#,##0"]
    assert [cell.number_format for cell in book.worksheets[2][5]][1:] == ["#,##0", "#,##0"]


def test_a_quotient_without_end_keeps_fifteen_digits_and_is_told():
    one = raw_table(
        {"post": "tekst", "andel": "pct"}, ["en tredjedel", str(D(1) / 3)], ["kr. pr. plads", str(D(450000) / 31)]
    )
    content = workbook(document(one))
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[1]

    assert written(content)["B4"] == "0.333333333333333"
    assert written(content)["B5"] == "14516.1290322581"
    assert cells.ENDLESS in below(sheet)


@pytest.mark.parametrize("word", ["ikke oplyst", "skjult", ":"])
def test_a_number_that_is_not_known_is_a_word_and_not_nothing(word):
    one = table(post=["Lokale", "Kaffe"], udgift_kr=[D(1), None], layout_tomt=word)
    assert read(one).worksheets[1]["B6"].value == word


def test_where_the_report_has_a_dash_the_cell_is_empty_and_the_sheet_says_so():
    sheet = read(table(post=["Lokale", "Kaffe"], udgift_kr=[D(1), None])).worksheets[1]

    assert sheet["B6"].value is None
    assert cells.DASH in below(sheet)
    assert cells.DASH not in below(read(table(post=["Lokale"], udgift_kr=[D(1)])).worksheets[1])


def test_a_date_before_spreadsheets_begin_is_a_text():
    sheet = read(table(post=["a", "b"], dag=[date(1899, 12, 31), date(1900, 3, 1)])).worksheets[1]

    assert sheet["B4"].value == "31. december 1899"
    assert sheet["B5"].value == datetime(1900, 3, 1)
    assert f"{cells.TOO_OLD}: B4." in below(sheet)


def test_what_was_rounded_in_the_report_is_exact_here_and_the_note_says_that():
    one = table(post=["a", "b"], udgift_kr=[D(1499), D(1499)], layout_i_alt="I alt")
    sheet = read(one).worksheets[1]

    assert tables.ROUNDED_APART in one.notes
    assert tables.ROUNDED_APART not in below(sheet)
    assert "Tallene her er ikke afrundet; i rapporten er de." in below(sheet)


# --- texts stay texts

HOSTILE = [
    '=HYPERLINK("https://example.org","x")', "@SUM(A1)", "+1", "-1", "\t=1", "=cmd|' /C calc'!A0", "{=1+1}", "'=1",
    "https://example.org", "mailto:a@example.org", "internal:Forside!A1", "external:c:\\x.xlsx", "file:///etc/x",
    "0253", "3.22.01", "1E5", "12-05", "TRUE", "#REF!", "<r><t>x</t></r>", "<r>&</r>", "<x>&amp;</x>", "_x0041_",
    "  mellemrum  ", "to\nlinjer", "\u202edaglaer\u202c", "\u200f", "🙂 e\u0301 æøå −½", "−450", " ",
]  # fmt: skip


def test_no_text_becomes_anything_but_itself():
    content = workbook(document(raw_table({"tekst": "tekst", "tal": "tekst"}, *[[one, one] for one in HOSTILE])))
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[1]
    first = head_row(sheet) + 1

    for i, one in enumerate(HOSTILE):
        cell = sheet.cell(first + i, 2)
        # The writer's own markup is kept from being markup by a space after it.
        expected = f"{one} " if one.startswith("<r>") else one
        assert (cell.value, cell.data_type) == (expected, "s"), one
        assert cell.hyperlink is None
    assert_nothing_runs(content)


def assert_nothing_runs(content):
    """No formula, no link out of the file, no outside part; every part is XML that can be read."""
    for name, part in parts(content).items():
        ElementTree.fromstring(part)
        assert re.search(rb"<f[ >]", part) is None, name
        assert b'TargetMode="External"' not in part, name
        assert re.search("externalLink|vba", name) is None


def test_a_text_somebody_edits_stays_a_text():
    """The apostrophe is a property of the cell, as when one types it; it is no part of the text."""
    one = raw_table({"tekst": "tekst"}, ["=1+1"], ["0253"], ["3.22.01"], ["Lokale"])
    sheet = read(one).worksheets[1]

    assert [sheet.cell(row, 1).quotePrefix for row in (4, 5, 6, 7)] == [True, True, True, False]
    assert sheet["A4"].value == "=1+1"
    noted = read(table(post=["a"], layout_noter=["=1+1", "Ord."])).worksheets[1]
    first = row_of(noted, "=1+1")
    assert [noted.cell(row, 1).quotePrefix for row in (first, first + 1)] == [True, False]


def test_letters_no_file_can_hold_are_shown_as_missing():
    assert cells.text("a\x00b\x1bc\x7f\ud800d\ufffe") == "a\ufffdb\ufffdc\ufffd\ufffdd\ufffd"
    assert cells.text("a\r\nb\rc\td") == "a\nb\nc\td"
    sheet = read(raw_table({"tekst": "tekst"}, ["a\x00b\x0b"], caption="Tit\x01el")).worksheets[1]

    assert sheet["A1"].value == "Tabel 1. Tit\ufffdel"
    assert sheet["A4"].value == "a\ufffdb\ufffd"


@pytest.mark.parametrize("letter", ["a", "🙂"])
def test_a_text_longer_than_a_cell_is_cut_between_letters_and_says_so(letter):
    sheet = read(raw_table({"tekst": "tekst"}, [letter * 40_000], [letter * 16_000])).worksheets[1]
    words = sheet["A4"].value

    assert words.endswith("(forkortet; hele teksten står i rapporten)")
    assert 32_760 <= len(words.encode("utf-16-le")) // 2 <= 32_767
    assert "\ufffd" not in words
    assert sheet["A5"].value == letter * 16_000


def test_headers_that_are_alike_empty_or_hostile_are_told_apart():
    heads = ["Beløb", "beløb", "", "=1", "_x0041_", "<r><t>x</t></r>", "to\nlinjer", "x" * 400, "x" * 400]
    columns = [doc.Column(key=str(i), header=head, format="tekst", align="left") for i, head in enumerate(heads)]
    row = doc.Row(cells=[doc.Cell(value="a", children=text("a"))] * len(heads))
    content = workbook(document(doc.Table(number=1, caption=text("x"), columns=columns, rows=[row])))
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[1]
    names = [cell.value for cell in sheet[3]]

    assert names[:7] == ["Beløb", "beløb (2)", "Kolonne 3", "=1", "_ x0041_", "<r><t>x</t></r> ", "to linjer"]
    assert len({name.casefold() for name in names}) == 9
    assert max(map(len, names)) <= 255
    assert [column.name for column in next(iter(sheet.tables.values())).tableColumns] == names
    assert_nothing_runs(content)


# --- sheets


def test_sheets_stand_in_the_reports_order_with_names_people_recognise():
    drawn = doc.Figure(number=1, caption=text("Forløb"), alt="En kurve", svg=SVG, data=table(number=0, aar=[2024]))
    words = doc.Table(columns=[], rows=[], caption=[])
    book = read(table(1, "Hovedtal", post=["a"]), words, drawn, table(2, "Hvad 0,450 mio. kr. rækker til", post=["a"]))

    assert book.sheetnames == ["Forside", "Tabel 1 Hovedtal", "Figur 1 Forløb", "Tabel 2 Hvad 0,450 mio. kr"]


@pytest.mark.parametrize(
    ("caption", "name"),
    [
        ("a/b\\c[d]e:f*g?h", "Tabel 1 a b c d e f g h"),
        ("'Citat'", "Tabel 1 ’Citat’"),
        ("", "Tabel 1"),
        ("x" * 200, "Tabel 1 " + "x" * 23),
        ("🙂" * 40, "Tabel 1 " + "🙂" * 11),
        ("\u202eomvendt\u202c \u200fאב", "Tabel 1 omvendt אב"),
        ("Linje\n\x07to", "Tabel 1 Linje to"),
        ("Udgifter, som ikke, er med her", "Tabel 1 Udgifter, som ikke, er"),
        ("Udgifter og indtægter –", "Tabel 1 Udgifter og indtægter"),
    ],
)
def test_a_sheets_name_is_legal_whatever_the_title(caption, name):
    book = read(table(1, caption, post=["a"]))

    assert book.sheetnames[1] == name
    assert len(name.encode("utf-16-le")) // 2 <= 31
    assert book["Forside"].cell(row_of(book["Forside"], "Tabel 1"), 1).hyperlink.location == f"'{name}'!A1"


def test_two_hundred_tables_with_the_same_long_title_have_two_hundred_names():
    book = read(*(table(i, "En meget lang titel, som alle tabellerne har", post=["a"]) for i in range(1, 201)))

    assert len(book.sheetnames) == 201
    assert len({name.casefold() for name in book.sheetnames}) == 201
    assert book.sheetnames[200].startswith("Tabel 200 En meget")


def test_equal_numbers_do_not_break_the_file():
    book = read(*(table(1, "Ens", post=["a"]) for _ in range(3)))

    assert book.sheetnames[1:] == ["Tabel 1 Ens", "Tabel 1 Ens (2)", "Tabel 1 Ens (3)"]
    assert [next(iter(sheet.tables)) for sheet in book.worksheets[1:]] == ["Tabel_1", "Tabel_1_2", "Tabel_1_3"]


def test_a_table_has_one_header_row_in_view_and_on_each_printed_page():
    one = table(post=["Lokale", "Kaffe"], udgift_kr=[D(1), D(2)], layout_i_alt="I alt", layout_noter=["En note."])
    sheet = read(one, kilder=[kilde("a.csv")]).worksheets[1]

    assert sheet.freeze_panes == "A5"
    assert sheet.tables["Tabel_1"].ref == "A4:B6"
    assert sheet.tables["Tabel_1"].headerRowCount in (None, 1)
    assert sheet.print_title_rows == "$4:$4"
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert int(sheet.page_setup.paperSize) == 9
    assert sheet["A4"].font.b
    assert sheet["A4"].alignment.wrap_text
    assert not sheet.merged_cells.ranges


def test_a_sum_at_the_end_stands_bold_below_the_table_and_is_no_formula():
    one = table(post=["Lokale", "Kaffe"], udgift_kr=[D("1.25"), D(2)], layout_i_alt="I alt")
    sheet = read(one).worksheets[1]

    assert [cell.value for cell in sheet[7]] == ["I alt", 3.25]
    assert all(cell.font.b for cell in sheet[7])
    assert not sheet["A6"].font.b
    assert "Tabellen har 2 rækker og 2 kolonner; summen står lige under den." in sheet["A3"].value


def test_sums_inside_the_table_are_told_in_words_too():
    one = raw_table({"p": "tekst"}, ["a"], ["Udvalg 1"], ["b"], ["Udvalg 2"], ["I alt"], totals={1, 3, 4})
    sheet = read(one).worksheets[1]

    assert next(iter(sheet.tables.values())).ref == "A3:A6"
    assert sheet["A5"].font.b
    assert "Summer inde i tabellen: række 5." in below(sheet)
    assert [sheet.cell(row, 1).value for row in (7, 8)] == ["Udvalg 2", "I alt"]
    assert "summerne står lige under den" in sheet["A2"].value


def test_a_screen_reader_finds_headers_notes_and_the_way_back():
    one = table(post=["Lokale"], udgift_kr=[D(1000)], layout_i_alt="I alt", layout_noter=["En note."], kilder=["b.csv"])
    book = read(one, kilder=[kilde("a.csv"), kilde("b.csv", titel="Noget andet")])
    sheet = book.worksheets[1]
    notes = row_of(sheet, "Noter og kilder")

    assert sheet["A3"].hyperlink.location == f"'Tabel 1 Poster'!A{notes}"
    assert sheet["A3"].value.endswith(f"Noter og kilder: række {notes}.")
    assert below(sheet) == ["En note.", "Se kilde 2 på arket Forside.", "Til arket Forside"]
    assert sheet.cell(notes + 2, 1).hyperlink.location == f"'Forside'!A{row_of(book['Forside'], 'Kilder')}"
    assert book.defined_names["TitleRegion1.A4.B6.2"].attr_text == "'Tabel 1 Poster'!$A$4"


def test_what_a_figure_shows_is_told_with_its_numbers():
    drawn = doc.Figure(
        number=3, caption=text("Forløb"), subtitle=text("1.000 kr., løbende"), alt="Kurven stiger.", svg=SVG,
        data=table(number=0, aar=[2024, 2025], udgift_kr=[D(1), D(2)]), kilder=["a.csv"],
    )  # fmt: skip
    sheet = read(drawn, kilder=[kilde("a.csv")]).worksheets[1]

    assert sheet["A1"].value == "Figur 3. Forløb"
    assert "Figuren viser: Kurven stiger." in below(sheet)
    assert "Under figurens titel står: 1.000 kr., løbende" in below(sheet)
    assert "Se kilde 1 på arket Forside." in below(sheet)


def test_footnotes_of_the_page_stand_among_the_notes_once():
    assumed = tables.Layout(prisniveau=Prisniveau(2024, forudsat=True), forudsaetning="Niveauet er forudsat.")
    data = pd.DataFrame({"post": ["a"], "udgift_kr": [D(1)]}, dtype=object)
    note = doc.Note(label="x", children=text("Niveauet er forudsat."))
    one = tables.build(data, assumed, caption=[*text("Poster"), doc.Strong(children=[note])])
    sheet = read(one.model_copy(update={"number": 1})).worksheets[1]

    assert below(sheet).count("Niveauet er forudsat.") == 1


def test_a_wide_table_lies_on_its_side_and_every_number_fits_its_column():
    wide = table(post=["Lokale"], **{f"post_{i}_kr": [D("123456789.25")] for i in range(8)})
    sheet = read(wide).worksheets[1]

    assert sheet.page_setup.orientation == "landscape"
    assert read(table(post=["a"])).worksheets[1].page_setup.orientation in (None, "portrait")
    alike = sheet.column_dimensions["B"]  # Columns of one width are one entry.
    assert (alike.min, alike.max) == (2, 9)
    assert alike.width >= len("123.456.789,25")


def test_the_names_of_a_wide_table_stay_in_view_unless_they_are_half_of_it():
    amounts = {f"post_{i}_kr": [D(1)] for i in range(8)}

    assert read(table(post=["Lokale"], **amounts)).worksheets[1].freeze_panes == "B5"
    assert read(table(post=["Lokale " * 9], **amounts)).worksheets[1].freeze_panes == "A5"


def test_a_long_note_has_room_to_be_shown_whole():
    """A spreadsheet shows some 27 lines of a cell, however many it holds."""
    sheet = read(table(post=["a"], layout_noter=["Ordene er mange. " * 55])).worksheets[1]

    assert 17 * 55 / sheet.column_dimensions["A"].width < 20


def test_tables_without_rows_or_columns_are_no_fault():
    bare = raw_table({"post": "tekst", "kr": "beloeb"})
    nothing = doc.Table(number=2, caption=text("Intet"), columns=[], rows=[doc.Row(cells=[])])
    only_sums = raw_table({"post": "tekst"}, ["I alt"], number=3, totals={0})
    book = read(bare, nothing, only_sums)

    assert book.worksheets[1].tables["Tabel_1"].ref == "A3:B4"
    assert book.worksheets[1]["A2"].value.startswith("Tabellen har ingen rækker.")
    assert book.worksheets[3]["A4"].value == "I alt"


def test_text_stands_out_from_what_is_behind_it_without_help_of_colour():
    """WCAG 2.1, 1.4.3: at least 4,5:1; links are underlined, sums say they are sums."""

    def luminance(colour):
        parts_ = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts_]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for front in (DARK, ACCENT):
        for back in ("#FFFFFF", PALE):
            light, dark = sorted((luminance(back), luminance(front)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5
    sheet = read(table(post=["a"])).worksheets[1]
    assert sheet["A2"].hyperlink
    assert sheet["A2"].font.u


@pytest.mark.parametrize(
    ("column", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (701, "ZZ"), (702, "AAA")]
)
def test_columns_are_lettered_as_spreadsheets_do(column, letters):
    assert place(0, column) == f"{letters}1"


# --- the numbers of the text


def test_each_number_of_the_text_is_typed_by_its_own_unit_and_has_its_origin():
    values = [
        value("udgift", "450000", "450.000 kr.", "kr.", prisniveau="2024-prisniveau", kilder=["a.csv"], beregning=""),
        value("pr_plads", "12500.5", "12.500,50 kr.", "kr.", kilder=["b.csv", "a.csv"], beregning="udgift / pladser"),
        value("andel", "0.1639926354550236717517096265", "16,4 %", "andel"),
        value("timer", "2.5", "2,5", "antal"),
        value("aar", "2027", "2027", "år"),
        value("dag", "2023-04-17", "17. april 2023", "dato"),
        value("maaned", "2024-02-01", "februar 2024", "måned"),
        value("kvartal", "2023K4", "4. kvartal 2023", "kvartal"),
        value("art", "drift", "drift", "tekst"),
        value("formel", "=1+1", "=1+1", "tekst"),
        value("ukendt", "", "ikke oplyst", "kr."),
        value("aaret", "2024", "2024", "år", beregning="parameter"),
    ]
    book = read(table(post=["a"]), kilder=[kilde("a.csv"), kilde("KONSTRUERET-b.csv", konstrueret=True)], values=values)
    sheet = book["Tal i teksten"]
    rows = list(sheet.iter_rows(min_row=5, max_row=15))

    assert sheet["A1"].value == "Tal og datoer i teksten, og hvor de kommer fra"
    assert [cell.value for cell in sheet[4]] == [
        "Hvad", "Værdi", "Enhed", "Prisniveau", "Oprindelse", "Navn i analysen",
    ]  # fmt: skip
    assert sheet.tables["Tal_i_teksten"].ref == "A4:F15"
    assert [(row[1].value, row[1].number_format) for row in rows] == [
        (450000, "#,##0.00"),
        (12500.5, "#,##0.00"),
        (0.163992635455024, "0.0%"),
        (2.5, "#,##0.0"),
        (2027, "0"),
        (datetime(2023, 4, 17), "[$-406]d. mmmm yyyy"),
        (datetime(2024, 2, 1), "[$-406]mmmm yyyy"),
        ("2023K4", "General"),
        ("drift", "General"),
        ("=1+1", "General"),
        ("ikke oplyst", "General"),
    ]
    assert rows[9][1].data_type == "s"
    assert [cell.value for cell in rows[0]][2:] == ["kr.", "2024-prisniveau", "kilde 1", "udgift"]
    assert "Procent" in cover_text(book["Forside"])
    assert book["Forside"].cell(row_of(book["Forside"], "Tal i teksten"), 2).value.endswith("(11 rækker)")


def test_the_numbers_of_the_text_say_so_when_some_are_invented():
    kilder = [kilde("a.csv"), kilde("KONSTRUERET-b.csv", konstrueret=True)]
    both = value("udgift", "1", "1 kr.", "kr.", kilder=["KONSTRUERET-b.csv", "a.csv"], beregning="lagt sammen")
    sheet = read(table(post=["a"]), kilder=kilder, values=[both])["Tal i teksten"]

    assert sheet["A1"].value.startswith("KONSTRUERET. Tal og datoer")
    assert sheet["E5"].value == "lagt sammen (kilde 1 og 2)"


# --- the cover


def cover_text(sheet):
    return {row[0].value: row[1].value if len(row) > 1 else None for row in sheet.iter_rows() if row[0].value}


def test_the_cover_says_what_the_workbook_is():
    meta = META.model_copy(update={"om": "Regnet efter budgettet."})
    one = table(post=["a"], udgift_kr=[D(1)], dag=[date(2024, 1, 1)], layout_formater={"dag": "maaned"})
    sheet = read(one, meta=meta).worksheets[0]
    said = cover_text(sheet)

    assert sheet["A1"].value == "Titel"
    assert said["Kommune"] == "Greve Kommune"
    assert (said["Serie"], said["Dato"]) == ("Prøver", datetime(2024, 5, 7))
    assert said["Tilstand"] == "kladde og ikke udsendt"
    assert said["Kørsel"].startswith("a1b2c3d4.")
    assert said["Om rapporten"] == "Regnet efter budgettet."
    assert "kroner og ikke afrundet" in said["Beløb"]
    assert "Procent" not in said
    assert "Måneder" in said
    assert "KONSTRUERET" not in " ".join(map(str, said.values()))


def test_the_cover_lists_the_sheets_with_links_that_lead_there():
    book = read(table(1, "Hovedtal", post=["a", "b"]), table(2, "Poster's", post=["a"]))
    sheet = book["Forside"]
    links = {cell.value: cell.hyperlink.location for (cell, *_) in sheet.iter_rows() if cell.hyperlink}

    assert links == {name: f"'{name}'!A1" for name in book.sheetnames[1:]}
    assert cover_text(sheet)["Tabel 1 Hovedtal"] == "Tabel 1. Hovedtal (2 rækker)"
    assert cover_text(sheet)["Tabel 2 Poster’s"] == "Tabel 2. Poster's (1 række)"


def test_the_cover_has_each_source_in_the_order_of_the_colophon():
    kilder = [kilde("a.csv", forbehold="Kun drift.", forudsaetning="Niveauet er forudsat."), kilde("b.csv")]
    said = cover_text(read(table(post=["a"]), kilder=kilder).worksheets[0])

    assert said["Kilde 1"] == (
        "Budget 2024. Greve Kommune. Udgivet: 6. juni 2023. Hentet: 1. juli 2023. Licens: CC0. "
        "Prisniveau: 2024-prisniveau. Forudsætning: Niveauet er forudsat. Forbehold: Kun drift. Fil: a.csv.\nAdresse: https://greve.dk/budget"
    )
    assert said["Kilde 2"] == "Samme dokument som kilde 1. Prisniveau: 2024-prisniveau. Fil: b.csv."
    assert "Rapporten bygger ikke på filer i data/raw." in cover_text(read(table(post=["a"])).worksheets[0])


def test_what_is_invented_says_so_on_the_cover_on_its_sheet_on_paper_and_in_the_properties():
    kilder = [kilde("a.csv"), kilde("KONSTRUERET-b.csv", konstrueret=True)]
    book = read(
        table(1, post=["a"], kilder=["a.csv"]), table(2, post=["a"], kilder=["KONSTRUERET-b.csv"]), kilder=kilder
    )

    assert book["Forside"]["A2"].value.startswith("KONSTRUERET. Rapporten bygger på opdigtede tal")
    assert "(KONSTRUERET)" in cover_text(book["Forside"])["Kilde 2"]
    assert book.worksheets[1]["A1"].value == "Tabel 1. Poster"
    assert book.worksheets[2]["A1"].value == "KONSTRUERET. Tabel 2. Poster"
    assert all(sheet.oddFooter.left.text.endswith("kørsel a1b2c3d4 · KONSTRUERET") for sheet in book)
    assert book.properties.description.startswith("KONSTRUERET")


def test_the_file_has_title_author_language_and_the_reports_own_date():
    properties = read(table(post=["a"])).properties

    assert (properties.title, properties.creator, properties.subject) == ("Titel", "Greve Kommune", "Prøver")
    assert properties.language == "da-DK"
    assert properties.created == properties.modified == datetime(2024, 5, 7)


def test_hostile_words_about_the_report_stay_words():
    nasty = "=1 & <b> \x00 &P " + "x" * 300
    meta = META.model_copy(update={"titel": nasty, "serie": nasty, "kommune": nasty, "om": nasty, "tilstand": nasty})
    source = kilde("a.csv", titel=nasty, url="=1")
    content = workbook(document(table(post=["a"], kilder=["a.csv"]), kilder=[source], meta=meta))
    book = openpyxl.load_workbook(io.BytesIO(content))

    assert_nothing_runs(content)
    assert book["Forside"]["A1"].value.startswith("=1 & <b> \ufffd &P xxx")
    assert "&&P" in parts(content)["xl/worksheets/sheet1.xml"].decode().replace("&amp;", "&")


# --- the same document, the same bytes

MAKE = """
import hashlib, sys
from budgetanalyser.report import document as doc
from budgetanalyser.report.xlsx import workbook
print(hashlib.sha256(workbook(doc.Document.model_validate_json(sys.stdin.buffer.read()))).hexdigest())
"""


def test_two_processes_make_the_same_bytes():
    rows = random.Random(1).sample(range(10**6), 50)
    one = table(post=[f"post {i}" for i in rows], udgift_kr=[D(i) / 4 for i in rows], kilder=["b.csv", "a.csv"])
    whole = document(one, table(2, post=["a"]), kilder=[kilde("a.csv"), kilde("b.csv", titel="b")])
    said = {hashlib.sha256(workbook(whole)).hexdigest() + "\n"}
    for seed, zone in (("1", "Pacific/Kiritimati"), ("2", "America/New_York")):
        environment = {"PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": ":".join(sys.path), "LC_ALL": "C"}
        done = subprocess.run(
            [sys.executable, "-c", MAKE], input=whole.model_dump_json().encode(), capture_output=True, env=environment
        )
        assert done.returncode == 0, done.stderr
        said.add(done.stdout.decode())

    assert len(said) == 1


# --- beside the PDF

TABLE = 'poster = kilde("{name}")\ntabel(poster.data, "Poster", kilde=poster)'


def test_the_workbook_lies_beside_the_pdf_until_a_later_run_has_no_table(small):
    with_table = [markdown("tekst", "## Et afsnit\n\nTekst."), code("tabel", TABLE.format(name=RAW_NAME))]
    small.cells(*with_table)
    done = run_cli("run", cwd=small.root)
    assert done.returncode == 0, done.stderr
    good = small.report(".xlsx").read_bytes()
    sheet = openpyxl.load_workbook(io.BytesIO(good)).worksheets[1]
    assert "→ reports/2024/lille.pdf og .xlsx (" in done.stdout
    assert '"xlsx": "reports/2024/lille.xlsx"' in run_cli("list", "--json", cwd=small.root).stdout
    assert (sheet["A1"].value, sheet["B5"].value) == ("KONSTRUERET. Tabel 1. Poster", 1250500)

    small.cells(*with_table, code("fejl", "1 / 0"))
    assert run_cli("run", cwd=small.root).returncode == 1
    assert small.report(".xlsx").read_bytes() == good

    small.cells(with_table[0])
    assert run_cli("run", cwd=small.root).returncode == 0
    assert small.files() == {"2024/lille.pdf", "2024/lille.ipynb", "2024/lille.koersel.json"}


def test_files_that_cannot_all_be_replaced_are_all_left_as_they_were(tmp_path):
    work, folder = tmp_path / "work", tmp_path / "reports"
    work.mkdir()
    folder.mkdir()
    (folder / "x.pdf").write_bytes(b"old")
    with pytest.raises(FileNotFoundError):
        _publish(work, {folder / "x.pdf": b"1", folder / "x.xlsx": b"2", folder / "gone/x.ipynb": b"3"})

    assert (folder / "x.pdf").read_bytes() == b"old"
    assert [path.name for path in folder.iterdir()] == ["x.pdf"]
