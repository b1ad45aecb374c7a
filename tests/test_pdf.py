"""The page as a file: accessible, archivable, the same every time; read with other tools than the one that made it."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pikepdf
import pytest
from builders import need
from test_assemble import COLOPHON, META, SVG

from budgetanalyser.errors import PdfError
from budgetanalyser.kroner import Enhed, Prisniveau
from budgetanalyser.report import document as doc
from budgetanalyser.report import tables
from budgetanalyser.report.pdf import render

HOSTILE = '#panic("x") $x$ {{ y }} <script>alert(1)</script> @ref \\ `raw` [a](b) "q" //c */ æøåÆØÅ −½'


def text(words):
    return [doc.Text(text=words)]


def document(*blocks, key_figures=(), meta=META, colophon=COLOPHON):
    return doc.Document(meta=meta, key_figures=list(key_figures), blocks=list(blocks), colophon=colophon)


def heading(words="Et afsnit", level=1):
    return doc.Heading(id="1", level=level, children=text(words))


def long_table(rows):
    lines = [(f"Post {i}", Decimal(i * 1000), f"konto {i}") for i in range(rows)]
    data = pd.DataFrame(lines, columns=["post", "kr", "konto"], dtype=object)
    layout = tables.Layout(prisniveau=Prisniveau(2024, forudsat=True), i_alt="I alt")
    return tables.build(data, layout, caption=text("Poster")).model_copy(update={"id": "1-2", "number": 1})


def figure(alt="En firkant, der fylder hele billedet"):
    return doc.Figure(id="1-3", number=1, caption=text("Firkant"), alt=alt, svg=SVG, data=long_table(2))


@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    """Return the path of a PDF that holds every kind of block, one table over several pages."""
    note = doc.Note(label="a", children=text("En note."))
    blocks = [
        heading(),
        doc.Paragraph(id="1-1", children=[*text(HOSTILE), note, doc.Break(), doc.Code(text="kode"), note]),
        long_table(120),
        figure(),
        heading("Under", 2),
        doc.ListBlock(id="1-4", ordered=True, start=3, items=[[doc.Paragraph(children=text("a"))]] * 2),
        doc.ListBlock(id="1-5", ordered=False, items=[[doc.Paragraph(children=text("a"))]]),
        doc.Quote(id="1-6", blocks=[doc.Paragraph(children=text("”ord”"))], source="HovedMED"),
        doc.Paragraph(id="1-7", children=[doc.Link(href="https://www.greve.dk", children=text("Greve"))]),
    ]
    key = [doc.KeyFigure(figure=text("0,450 mio. kr."), label=[*text("udgift"), note])] * 4
    path = tmp_path_factory.mktemp("pdf") / "rig.pdf"
    path.write_bytes(render(document(*blocks, key_figures=key)))
    return path


def elements(node, wanted):
    """Yield every structure element of a kind, in reading order."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from elements(child, wanted)
    elif isinstance(node, pikepdf.Dictionary):
        if node.get("/S") == wanted:
            yield node
        if "/K" in node:
            yield from elements(node["/K"], wanted)


def scope(cell):
    """Return the scope of a header cell, whose attributes may be one dictionary or several."""
    attributes = cell["/A"]
    several = list(attributes) if isinstance(attributes, pikepdf.Array) else [attributes]
    return next(str(one["/Scope"]) for one in several if "/Scope" in one)


def test_the_file_says_what_it_is(rich):
    with pikepdf.open(rich) as pdf:
        assert pdf.Root.Lang == "da-DK"
        assert pdf.docinfo["/Title"] == META.titel
        assert pdf.docinfo["/Author"] == "Greve Kommune"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert pdf.Root.MarkInfo.Marked
        assert all(page.Tabs == "/S" for page in pdf.pages if "/Annots" in page)
        with pdf.open_metadata() as xmp:
            assert xmp["pdfuaid:part"] == "1"
            assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"]) == ("3", "A")


def test_a_table_over_several_pages_is_one_table_with_one_header(rich):
    with pikepdf.open(rich) as pdf:
        first = next(elements(pdf.Root.StructTreeRoot["/K"], "/Table"))
        headers = list(elements(first, "/TH"))

        assert len(pdf.pages) > 3
        assert [scope(cell) for cell in headers] == ["/Column"] * 3 + ["/Row"] * 121
        assert len(list(elements(first, "/TR"))) == 122


def test_headings_figures_and_lists_are_tagged(rich):
    with pikepdf.open(rich) as pdf:
        tree = pdf.Root.StructTreeRoot["/K"]

        assert [str(one["/T"]) for one in elements(tree, "/H1")] == ["Titel"]
        assert [str(one["/T"]) for one in elements(tree, "/H2")] == ["Et afsnit", "Kilder, tal og kørsel"]
        assert len(list(elements(tree, "/BlockQuote"))) == 1
        assert [str(one["/Alt"]) for one in elements(tree, "/Figure")] == ["En firkant, der fylder hele billedet"]
        assert len(list(elements(tree, "/L"))) == 2
        assert len(list(elements(tree, "/Link"))) >= 1


def test_every_font_is_embedded_and_nothing_runs(rich):
    with pikepdf.open(rich) as pdf:
        fonts = [
            one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/FontDescriptor"
        ]

        assert fonts
        assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(font.keys()) for font in fonts)
        assert "/OpenAction" not in pdf.Root
        assert b"/JavaScript" not in rich.read_bytes()


def test_the_run_record_and_each_tables_data_are_inside(rich):
    with pikepdf.open(rich) as pdf:
        assert set(pdf.attachments) == {"koersel.json", "tabel-1.csv", "figur-1.csv"}
        assert b"Post 119;119000;konto 119\r\n" in pdf.attachments["tabel-1.csv"].get_file().read_bytes()


def test_two_validators_find_no_error(rich):
    scripts = Path(sys.executable).parent
    for command in (["outloud", "--quiet", "--fail-on", "warning"], ["pdfua", "check"]):
        done = subprocess.run([scripts / command[0], *command[1:], rich], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_text_is_printed_as_it_stands(rich):
    need("pdftotext")
    words = subprocess.run(["pdftotext", str(rich), "-"], capture_output=True, text=True, check=True).stdout

    assert " ".join(HOSTILE.split()) in " ".join(words.split())
    assert "0,450 mio. kr." in words
    assert "side 1 af" in words


def test_a_footnote_used_twice_is_printed_once(rich):
    need("pdftotext")
    words = subprocess.run(["pdftotext", str(rich), "-"], capture_output=True, text=True, check=True).stdout

    assert words.count("En note.") == 1


def test_the_same_document_gives_the_same_bytes():
    one = document(heading(), figure(), long_table(3))

    assert render(one) == render(one.model_copy())


def test_constructed_sources_are_marked_on_the_page():
    need("pdftotext")
    kilde = doc.KildeInfo(
        fil="KONSTRUERET-a.csv", titel="T", udgiver="U", udgivet="ikke oplyst", hentet="i dag", url="ikke oplyst",
        licens="ikke oplyst", sha256="0" * 64, prisniveau="2024", forudsaetning="", forbehold="", konstrueret=True,
    )  # fmt: skip
    pdf = render(document(heading(), colophon=COLOPHON.model_copy(update={"kilder": [kilde]})))
    words = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()

    assert words.count("KONSTRUERET") >= 3


def test_the_typesetters_refusals_become_danish():
    with pytest.raises(PdfError, match="skærmlæsere"):
        render(document(heading(), figure(alt="")))
    with pytest.raises(PdfError, match="springer et niveau over"):
        render(document(heading(), heading("x", 3)))


def words_of(pdf, *options):
    need("pdftotext")
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode().replace("\u00ad\n", "")


def test_each_page_has_its_header_footer_and_the_tables_header_row(rich):
    need("pdftotext")
    with pikepdf.open(rich) as pdf:
        count = len(pdf.pages)
    pages = words_of(rich.read_bytes()).split("\f")[:count]

    assert all("Prøver" in page and "7. maj 2024" in page for page in pages)
    assert all(f"side {i} af {count}" in page for i, page in enumerate(pages, start=1))
    assert sum("Post\n" in page or "Post " in page.split("Post 0")[0] for page in pages) >= 3


def test_block_ids_stand_in_the_margin_and_numbers_to_the_right(rich):
    need("pdftotext")
    layout = words_of(rich.read_bytes(), "-layout")
    rows = [line for line in layout.splitlines() if line.strip().startswith("Post 1")]

    for block in ("1-1", "1-2", "1-3", "1-4", "1-5", "1-6", "1-7"):
        assert any(line.startswith(block) for line in layout.splitlines()), block
    ends = {line.index("konto") for line in rows[:8] if "konto" in line}
    assert len(rows) > 20
    assert len(ends) <= 2


def test_the_colophon_tells_licence_price_level_and_where_a_value_comes_from():
    kilde = doc.KildeInfo(
        fil="a.csv", titel="Kildens titel", udgiver="Udgiveren", udgivet="1. maj 2024", hentet="2. maj 2024",
        url="https://www.greve.dk", licens="CC BY 4.0", sha256="0" * 64, prisniveau="2024", forudsaetning="",
        forbehold="Kun et forbehold.", konstrueret=False,
    )  # fmt: skip
    value = COLOPHON.values[0].model_copy(update={"kilder": ["a.csv"], "beregning": ""})
    words = words_of(
        render(document(heading(), colophon=COLOPHON.model_copy(update={"kilder": [kilde], "values": [value]})))
    )
    flat = " ".join(words.split())

    for told in (
        "Kildens titel",
        "Udgiveren",
        "1. maj 2024",
        "CC BY 4.0",
        "Prisniveau: 2024",
        "Kun et forbehold.",
        "kilde 1",
    ):
        assert told in flat


def test_a_table_too_wide_for_the_page_gets_a_page_on_its_side():
    names = [f"område_{i}_kr" for i in range(14)]
    data = pd.DataFrame(
        [["Aktivitetsbestemt medfinansiering", *[Decimal(123_456_789)] * 14]], columns=["Linje", *names]
    )
    table = tables.build(data.astype(object), tables.Layout(prisniveau=Prisniveau(2024)), caption=text("Bred"))
    pdf = render(document(heading(), table.model_copy(update={"id": "1-1", "number": 1})))

    import io

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        boxes = [[float(side) for side in page.MediaBox] for page in opened.pages]
    assert any(box[2] > box[3] for box in boxes)


def test_the_letters_the_typeface_lacks_are_named_with_their_block():
    with pytest.raises(PdfError) as caught:
        render(document(doc.Paragraph(id="2-1", children=text("\U0001f600"))))

    assert "grinning face (U+1F600) i paragraph 2-1" in str(caught.value)


def test_a_users_own_matplotlib_settings_do_not_reach_the_page(tmp_path, monkeypatch):
    import matplotlib as mpl

    from budgetanalyser.report.figures import base

    def drawn():
        with base.style():
            figure, axes = base.new(30)
            axes.plot([0, 1], [0, 1])
        return base.svg(figure)

    usual = drawn()
    monkeypatch.setitem(mpl.rcParams, "lines.linewidth", 9.0)
    monkeypatch.setitem(mpl.rcParams, "axes.facecolor", "red")

    assert drawn() == usual


def test_a_table_too_wide_for_any_page_is_refused_by_its_number():
    data = pd.DataFrame([[Decimal(10**14 + 1)] * 30], columns=[f"a{i}_kr" for i in range(30)], dtype=object)
    layout = tables.Layout(prisniveau=Prisniveau(2024), enhed=Enhed.KR)
    table = tables.build(data, layout, caption=text("Bred")).model_copy(update={"id": "1-1", "number": 7})

    with pytest.raises(PdfError, match="Tabel 7 er for bred til siden"):
        render(document(heading(), table))
