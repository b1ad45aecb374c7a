import pytest
from builders import code, markdown, notebook

from budgetanalyser.errors import DocumentError
from budgetanalyser.report import document as doc
from budgetanalyser.report.assemble import assemble
from budgetanalyser.report.forms import form_faults

META = doc.Meta(
    analyse="2024/x", form="", serie="Prøver", titel="Titel", dato="2024-05-07", kommune_kode="0253", kommune="Greve",
    tilstand="kladde",
)  # fmt: skip
VALUE = doc.NamedValue(
    name="udgift", beskrivelse="u", exact="1", text="1 kr.", unit="kr.", prisniveau="2024", kilder=[], beregning="x"
)
COLOPHON = doc.Colophon(run_id="abc", inputs=[], versions={}, parameters=[], values=[VALUE], kilder=[])
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>'


def output(part):
    return {"output_type": "display_data", "metadata": {}, "data": {doc.MIME: part.model_dump(mode="json")}}


def show(name, *blocks):
    cell = code(name, "x")
    cell["outputs"] = [output(doc.BlocksPart(blocks=list(blocks)))]
    return cell


def book(*cells, meta=META):
    first, last = code("rapport", "x"), code("kolofon", "x")
    first["outputs"] = [output(doc.MetaPart(meta=meta))]
    last["outputs"] = [output(doc.ColophonPart(colophon=COLOPHON))]
    return counted(first, *cells, last)


def counted(*cells):
    """Return a notebook whose code cells were run in order."""
    numbers = iter(range(1, 99))
    return notebook(
        *({**cell, "execution_count": next(numbers)} if cell["cell_type"] == "code" else cell for cell in cells)
    )


def faults(*cells, **named):
    with pytest.raises(DocumentError) as caught:
        assemble(book(*cells, **named), "x.ipynb")
    return "\n".join(map(str, caught.value.faults))


def heading(level, text="H"):
    return doc.Heading(level=level, children=[doc.Text(text=text)])


def paragraph(*nodes):
    return doc.Paragraph(children=list(nodes) or [doc.Text(text="p")])


TABLE = doc.Table(
    caption=[doc.Text(text="T")], columns=[doc.Column(key="a", header="A", format="tekst", align="left")], rows=[]
)
FIGURE = doc.Figure(caption=[doc.Text(text="F")], alt="En lille firkant", svg=SVG, data=TABLE)


def test_blocks_get_ids_by_section_and_place_and_tables_their_number():
    document = assemble(
        book(show("a", paragraph()), markdown("b", "## Et\n\nA\n\nB"), show("c", TABLE, FIGURE, heading(1), TABLE)), "x"
    )

    assert [(block.kind, block.id) for block in document.blocks] == [
        ("paragraph", "0-1"), ("heading", "1"), ("paragraph", "1-1"), ("paragraph", "1-2"), ("table", "1-3"),
        ("figure", "1-4"), ("heading", "2"), ("table", "2-1"),
    ]  # fmt: skip
    assert [block.number for block in document.blocks if block.kind == "table"] == [1, 2]


def test_the_document_survives_json():
    document = assemble(book(show("a", heading(1), paragraph(), TABLE, FIGURE)), "x")

    assert doc.Document.model_validate_json(document.model_dump_json()) == document


def test_cells_for_jupyterlab_only_are_left_out():
    document = assemble(book(markdown("a", "# Kun her <b>x</b>", "remove_cell"), markdown("b", "## Et\n\nA")), "x")

    assert len(document.blocks) == 2


def test_console_output_is_not_in_the_report():
    cell = code("a", "print(1)")
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1"}]

    assert assemble(book(cell), "x").blocks == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"image/png": "…", "text/plain": "<Figure>"}, "vis den med figur("),
        ({"text/html": "<table>", "text/plain": "df"}, "vis en tabel med tabel("),
        ({"text/plain": "7"}, "ikke kan komme i PDF'en"),
        ({doc.MIME: {"part": "ukendt"}}, "anden version"),
    ],
)
def test_what_a_pdf_cannot_hold_is_refused_with_its_cell(data, said):
    cell = code("min-celle", "x")
    cell["outputs"] = [{"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 1}]

    told = faults(cell)
    assert said in told
    assert "celle 2 (»min-celle«)" in told


def test_an_error_output_never_reaches_the_report():
    cell = code("a", "1/0")
    cell["outputs"] = [
        {"output_type": "error", "ename": "ZeroDivisionError", "evalue": "x", "traceback": ["Traceback"]}
    ]

    assert "cellen fejlede med ZeroDivisionError" in faults(cell)


def test_a_skipped_heading_level_is_refused_with_its_cell():
    told = faults(show("a", heading(1)), show("b", heading(3, "Dyb")))

    assert "celle 3 (»b«): overskriften »Dyb« springer et niveau over; brug ###" in told
    assert "springer" in faults(show("a", heading(2)))


def test_html_in_a_markdown_cell_is_refused_with_cell_and_line():
    assert "celle 2 (»a«), linje 3: HTML kan ikke stå" in faults(markdown("a", "## H\n\n<div>x</div>"))


def test_a_value_printed_before_it_changed_is_refused():
    old = doc.Shown(name="udgift", text="2 kr.", exact="2")

    assert "celle 2 (»a«): værdien »udgift« er sat igen, efter den blev vist" in faults(show("a", paragraph(old)))
    assert assemble(book(show("a", paragraph(old.model_copy(update={"exact": "1"})))), "x")


def test_a_value_in_a_caption_a_list_or_a_footnote_is_checked_too():
    old = doc.Shown(name="udgift", text="2 kr.", exact="2")
    note = doc.Note(label="a", children=[old])
    table = TABLE.model_copy(update={"caption": [old]})
    items = doc.ListBlock(ordered=False, items=[[paragraph(doc.Strong(children=[old]))]])

    for block in (paragraph(note), table, items):
        assert "er sat igen" in faults(show("a", block))


def test_one_footnote_label_has_one_text():
    first, second = (doc.Note(label="a", children=[doc.Text(text=text)]) for text in ("x", "y"))

    assert "to forskellige tekster" in faults(show("a", paragraph(first), paragraph(second)))


def test_title_and_colophon_stand_exactly_once():
    with pytest.raises(DocumentError, match=r"rapport\(\) mangler") as caught:
        assemble(counted(show("a", paragraph())), "x")
    assert "kolofon() mangler" in str(caught.value)
    assert "rapport() står 2 gange" in faults(book()["cells"][0])


FORM = [
    "Baggrund/formål",
    "Sammenfatning/økonomisk konsekvens i 2024 og frem (implementering)",
    "Beskrivelse/analyse (inkl. konsekvenser, udfordringer og resultater/konklusioner)",
    "Eventuelt",
    "Bemærkninger fra HovedMED",
]


def sections(titles):
    return [block for title in titles for block in (heading(1, title), paragraph())]


def test_the_form_holds_when_the_five_sections_stand_in_order():
    assert form_faults("afrapportering", sections(FORM)) == []
    assert form_faults("", sections(["Noget andet"])) == []


def test_a_missing_empty_or_misplaced_section_is_told():
    missing = form_faults("afrapportering", sections(FORM[:3] + FORM[4:]))
    swapped = form_faults("afrapportering", sections([FORM[1], FORM[0], *FORM[2:]]))
    empty = form_faults("afrapportering", [*sections(FORM[:4]), heading(1, FORM[4])])

    assert [str(fault) for fault in missing] == ["afsnittet »Eventuelt« mangler"]
    assert "ikke i formens rækkefølge" in str(swapped[0])
    assert str(empty[0]).startswith("Bemærkninger fra HovedMED: afsnittet er tomt")


def test_a_notebook_that_has_not_run_is_told_so():
    with pytest.raises(DocumentError, match="ikke kørt"):
        assemble(notebook(code("a", "1")), "x")


def test_a_source_that_this_run_did_not_read_is_refused():
    table = TABLE.model_copy(update={"kilder": ["borte.csv"]})
    ref = paragraph(doc.SourceRef(filer=["også-borte.csv"]))

    told = faults(show("a", table, ref))
    assert "kilden borte.csv er brugt, men ikke læst" in told
    assert "kilden også-borte.csv" in told


def test_a_stale_key_figure_is_refused():
    cell = code("a", "x")
    old = [doc.Shown(name="udgift", text="2 kr.", exact="2")]
    cell["outputs"] = [output(doc.KeyFiguresPart(key_figures=[doc.KeyFigure(figure=old, label=[])]))]

    assert "noegletal(): værdien »udgift« er sat igen" in faults(cell)


@pytest.mark.parametrize(
    "part",
    [
        {"kind": "paragraph", "children": [{"kind": "link", "href": "javascript:alert(1)", "children": []}]},
        {"kind": "paragraph", "children": [{"kind": "link", "href": "file:///etc/passwd", "children": []}]},
        {"kind": "heading", "level": 0, "children": [{"kind": "text", "text": "x"}]},
        {"kind": "list", "ordered": False, "items": []},
        {**TABLE.model_dump(), "rows": [{"cells": []}]},
    ],
)
def test_a_forged_part_is_refused(part):
    cell = code("a", "x")
    data = {doc.MIME: {"part": "blocks", "blocks": [part]}}
    cell["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": data}]

    assert "anden version" in faults(cell)


def test_the_same_section_twice_is_told():
    assert form_faults("afrapportering", sections([*FORM, FORM[3]]))


def test_a_cell_that_has_not_run_or_ran_out_of_order_is_refused():
    late = book(code("a", "x"), code("b", "y"))
    late["cells"][1]["execution_count"] = None
    late["cells"][2]["execution_count"] = 1
    with pytest.raises(DocumentError) as caught:
        assemble(late, "x")

    assert "celle 2 (»a«): cellen er ikke kørt" in str(caught.value)
    assert "celle 3 (»b«): cellerne er ikke kørt i rækkefølge" in str(caught.value)


def test_a_notebook_changed_after_it_ran_is_refused():
    whole = book(markdown("a", "## A\n\nB"))
    run = doc.InputFile(path="notebooks/x.ipynb", sha256=doc.fingerprint(whole["cells"]))
    part = doc.ColophonPart(colophon=COLOPHON.model_copy(update={"inputs": [run]}))
    whole["cells"][-1]["outputs"] = [output(part)]
    assert assemble(whole, "x").blocks

    whole["cells"][1]["source"] = "## A\n\nC"
    with pytest.raises(DocumentError, match="er ændret, efter den blev kørt"):
        assemble(whole, "x")


def test_a_raw_cell_is_told_and_not_lost():
    raw = {"cell_type": "raw", "id": "r", "metadata": {}, "source": "VIGTIGT"}

    assert "celle 2 (»r«): en rå celle kan ikke komme i PDF'en" in faults(raw)


def test_a_stale_value_in_an_alt_text_is_refused():
    old = doc.Shown(name="udgift", text="2 kr.", exact="2")

    assert "er sat igen" in faults(show("a", FIGURE.model_copy(update={"spoken": [old]})))
