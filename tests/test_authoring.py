"""What a notebook can say, in a real IPython shell: the part it puts into the notebook, and the preview beside it."""

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from builders import PARAMETERS, RAW_NAME, SIDECAR, TOML, code, markdown, small_notebook

from budgetanalyser.authoring import Session
from budgetanalyser.errors import AnalysisError, DocumentError, KildeError, MixedPrisniveauError, ValueUseError
from budgetanalyser.kroner import Kroner, Prisniveau
from budgetanalyser.report import document as doc
from budgetanalyser.report import figures


@pytest.fixture
def shell():
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    yield shell
    InteractiveShell.clear_instance()


@pytest.fixture
def shown(shell):
    """Return a function that calls another and returns what it displayed."""
    from IPython.utils.capture import capture_output

    def capture(act, *arguments, **named):
        with capture_output() as captured:
            act(*arguments, **named)
        return [(output.data[doc.MIME], output.data["text/html"]) for output in captured.outputs]

    return capture


@pytest.fixture
def session(small, shown):
    session = Session(folder=small.root)
    shown(session.rapport, "2024/lille")
    return session


def test_rapport_shows_the_title_and_reads_the_parameters(small, shown):
    session = Session(folder=small.root)
    ((part, html),) = shown(session.rapport, "2024/lille")

    assert part["meta"]["titel"] == "En lille analyse"
    assert part["meta"]["kommune"] == "Greve"
    assert "<h1>En lille analyse</h1>" in html
    assert session.values["budgetaar"].amount == 2024


def test_tekst_shows_blocks_and_escapes_in_the_preview(session, shown):
    session.vaerdi("navn", "<script>#", kilde=session.kilde(RAW_NAME))
    ((part, html),) = shown(session.tekst, "Hej **{{ navn }}**")

    assert part["blocks"][0]["children"][1]["children"][0]["text"] == "<script>#"
    assert "&lt;script&gt;#" in html
    assert "<script>" not in html


def test_a_section_of_the_prose_file_is_shown_with_its_heading(small, shown):
    small.prose("## Konsekvens i {{ budgetaar }}\n\nTekst.\n\n## Andet\n\nMere.\n")
    session = Session(folder=small.root)
    shown(session.rapport, "2024/lille")
    ((part, _),) = shown(session.afsnit, "Konsekvens i 2024")

    assert [block["kind"] for block in part["blocks"]] == ["heading", "paragraph"]
    with pytest.raises(AnalysisError, match="Mente du »Andet«"):
        session.afsnit("Ande")


def test_a_fault_in_the_prose_file_names_file_and_line(small, shown):
    small.prose("## Et\n\nA.\n\n## To\n\n{{ findes_ikke }}\n")
    session = Session(folder=small.root)
    shown(session.rapport, "2024/lille")

    with pytest.raises(AnalysisError, match=r"analyses/2024/lille\.md(.|\n)*linje 7: værdien »findes_ikke«"):
        session.afsnit("To")


def test_a_value_takes_its_price_level_from_its_source(session):
    value = session.vaerdi("udgift", Decimal(7), enhed="kr.", kilde=session.kilde(RAW_NAME))

    assert str(value.prisniveau) == "2024-prisniveau"
    assert value.kilder == (RAW_NAME,)


@pytest.mark.parametrize(
    ("name", "amount", "named", "said"),
    [
        ("1x", Decimal(1), {"enhed": "antal", "beregning": "x"}, "kan ikke være navn"),
        ("x", Decimal(1), {"beregning": "x"}, "tal uden enhed"),
        ("x", Decimal(1), {"enhed": "kr.", "beregning": "x"}, "uden prisniveau"),
        ("x", date(2024, 1, 1), {}, "ingen oprindelse"),
        ("x", 1.5, {"enhed": "antal", "beregning": "x"}, "kun kender omtrent"),
        ("budgetaar", 1, {"enhed": "antal", "beregning": "x"}, "er en parameter"),
    ],
)
def test_a_value_without_what_a_reader_needs_is_refused(session, name, amount, named, said):
    with pytest.raises(ValueUseError, match=said):
        session.vaerdi(name, amount, **named)


def test_a_table_tells_that_its_source_is_constructed(session, shown):
    kilde = session.kilde(RAW_NAME)
    ((part, html),) = shown(session.tabel, kilde.data, "Poster", kilde=kilde, overskrifter={"beloeb_kr": "Beløb"})
    (table,) = part["blocks"]

    assert table["kilder"] == [RAW_NAME]
    assert table["notes"][0].startswith("KONSTRUERET")
    assert "1.251" in html


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"enhed": "kroner"}, "Her kan stå »1.000 kr.«, »kr.«, »mio. kr.«"),
        ({"i_all": "I alt"}, "Mente du »i_alt«"),
        ({"kider": 1}, "Mente du »kilde«"),
        ({"kilde": None}, "har ingen kilde"),
        ({"kilde": RAW_NAME}, "kilde= skal være det, kilde() gav"),
        ({"data": [[1, 2]]}, "skal være en DataFrame"),
    ],
)
def test_a_table_with_a_wrong_argument_is_refused(session, named, said):
    arguments = {"data": pd.DataFrame({"kr": [Decimal(1)]}, dtype=object), "kilde": session.kilde(RAW_NAME), **named}
    with pytest.raises(ValueUseError) as caught:
        session.tabel(titel="x", **arguments)
    assert said in str(caught.value)


def test_row_labels_become_a_column(session, shown):
    kilde = session.kilde(RAW_NAME)
    data = kilde.data.groupby("post")["beloeb_kr"].sum().to_frame()
    ((part, _),) = shown(session.tabel, data, "Poster", kilde=kilde)

    assert [column["header"] for column in part["blocks"][0]["columns"]] == ["Post", "Beløb"]


def test_price_levels_do_not_mix_in_a_value_or_a_table(small, session):
    small.raw(sidecar=SIDECAR.replace("prisniveau = 2024", "prisniveau = 2022"), name="KONSTRUERET-gammel.csv")
    both = [session.kilde(RAW_NAME), session.kilde("KONSTRUERET-gammel.csv")]

    with pytest.raises(MixedPrisniveauError):
        session.vaerdi("x", Decimal(1), enhed="kr.", kilde=both)
    with pytest.raises(MixedPrisniveauError):
        session.tabel(both[0].data, "x", kilde=both)


def test_kroner_bring_their_own_level_and_an_assumption_its_reservation(small, session, shown):
    assumed = 'prisniveau = "ikke oplyst"\nprisniveau_forudsat = 2024\nforudsaetning = "Fordi."'
    small.raw(sidecar=SIDECAR.replace("prisniveau = 2024", assumed), name="KONSTRUERET-forudsat.csv")
    kilde = session.kilde("KONSTRUERET-forudsat.csv")
    session.vaerdi("udgift", Decimal(7), enhed="kr.", kilde=kilde)
    ((part, _),) = shown(session.tekst, "{{ udgift | prisniveau }}")
    ((table, _),) = shown(session.tabel, kilde.data, "x", kilde=kilde)

    assert "Fordi." in str(part["blocks"][0]["children"][1])
    assert "Fordi." in str(table["blocks"][0]["unit_line"])
    assert session.vaerdi("k", Kroner(Decimal(1), Prisniveau(1999)), beregning="x").prisniveau == Prisniveau(1999)


def drawing():
    with figures.style():
        figure, axes = figures.new(30)
        axes.plot([0, 1], [0, 1])
    return figure


DATA = pd.DataFrame({"x": [1, 2]}, dtype=object)


def test_a_figure_carries_alt_text_data_and_a_drawing_without_scripts(session, shown):
    kilde = session.kilde(RAW_NAME)
    words = "Kurve fra 0 til {{ budgetaar }}"
    ((part, html),) = shown(session.figur, drawing(), "Det stiger", alt=words, data=DATA, kilde=kilde)
    (figure,) = part["blocks"]

    assert figure["alt"] == "KONSTRUERET: opdigtede tal. Kurve fra 0 til 2024"
    assert figure["svg"].startswith("<?xml")
    assert len(figure["data"]["rows"]) == 2
    assert 'alt="KONSTRUERET: opdigtede tal. Kurve fra 0 til 2024"' in html


def test_a_figure_without_alt_text_or_data_is_refused(session):
    with pytest.raises(ValueUseError, match="mangler tekst til skærmlæsere"):
        session.figur(drawing(), "Det stiger", data=DATA)
    with pytest.raises(ValueUseError, match="mangler tekst til skærmlæsere"):
        session.figur(drawing(), "Det stiger", alt="figur1.png", data=DATA)
    with pytest.raises(ValueUseError, match="mangler sine tal"):
        session.figur(drawing(), "Det stiger", alt="En kurve, der stiger")


def test_a_figure_is_the_same_drawing_every_time():
    assert figures.svg(drawing()) == figures.svg(drawing())
    assert "<dc:date>" not in figures.svg(drawing())


def test_a_quotation_is_verbatim_and_never_markdown(session, shown):
    ((part, _),) = shown(session.citat, "Godt *initiativ* {{ x }} <b>", "HovedMED")

    assert part["blocks"][0]["blocks"][0]["children"] == [{"kind": "text", "text": "”Godt *initiativ* {{ x }} <b>”"}]


def remarks(small, text):
    side = SIDECAR.split("[kolonner]")[0].replace("prisniveau = 2024", 'prisniveau = "ingen beløb"')
    side += '[kolonner]\nfra = "tekst"\ndato = { type = "dato", tom = true }\nbemaerkning = "tekst"\n'
    small.raw(text, side, name="KONSTRUERET-bem.csv")


def test_remarks_are_quoted_with_who_and_when(small, session, shown):
    remarks(small, "fra;dato;bemaerkning\nHovedMED;;Enige.\nHovedMED;2024-05-01;Også.\n")
    ((part, _),) = shown(session.bemaerkninger, session.kilde("KONSTRUERET-bem.csv"), "HovedMED")

    assert [block.get("source") for block in part["blocks"]] == [
        None,
        "HovedMED, dato ikke oplyst",
        "HovedMED, 1. maj 2024",
    ]


def test_no_remarks_is_said_and_not_left_blank(small, session, shown):
    remarks(small, "fra;dato;bemaerkning\n")
    ((part, _),) = shown(session.bemaerkninger, session.kilde("KONSTRUERET-bem.csv"), "HovedMED")

    assert "ikke givet bemærkninger" in part["blocks"][1]["children"][0]["text"]


def run_id(small, shown):
    session = Session(folder=small.root)
    shown(session.rapport, "2024/lille")
    return shown(session.kolofon)[0][0]["colophon"]["run_id"]


def test_the_colophon_numbers_the_run_by_its_content(small, shown):
    first = run_id(small, shown)
    assert run_id(small, shown) == first

    small.cells(markdown("a", "## Ny"))
    changed_notebook = run_id(small, shown)
    small.toml(TOML.replace("En lille", "En anden"))
    changed_analysis = run_id(small, shown)
    small.toml(TOML)
    small.cells(markdown("tekst", "## Et afsnit\n\nTekst."), parameters=PARAMETERS.replace("= 2024", "= 2025"))
    changed_parameter = run_id(small, shown)

    assert len({first, changed_notebook, changed_analysis, changed_parameter}) == 4


def test_values_and_sources_are_part_of_the_run_number(small, session, shown):
    first = shown(session.kolofon)[0][0]["colophon"]
    session.vaerdi("x", 1, enhed="antal", beregning="talt")
    second = shown(session.kolofon)[0][0]["colophon"]
    session.kilde(RAW_NAME)
    third = shown(session.kolofon)[0][0]["colophon"]

    assert len({one["run_id"] for one in (first, second, third)}) == 3
    assert [one["path"] for one in third["inputs"]][-2:] == [f"data/raw/{RAW_NAME}", f"data/raw/{RAW_NAME}.kilde.toml"]


def test_a_source_in_a_folder_keeps_its_own_name_and_sidecar(small, session, shown):
    (small.root / "data/raw/2026K3").mkdir()
    small.raw("post;beloeb_1000_kr\nAnden;7\n", name=f"2026K3/{RAW_NAME}")
    session.kilde(f"2026K3/{RAW_NAME}")
    ((part, _),) = shown(session.kolofon)

    assert part["colophon"]["kilder"][0]["fil"] == f"2026K3/{RAW_NAME}"
    assert part["colophon"]["inputs"][-1]["path"] == f"data/raw/2026K3/{RAW_NAME}.kilde.toml"


def test_a_file_changed_while_the_report_runs_is_refused(small, session):
    session.kilde(RAW_NAME)
    (small.root / "data/raw" / RAW_NAME).write_text("andet", encoding="utf-8")

    with pytest.raises(DocumentError, match=f"data/raw/{RAW_NAME}: filen er ændret"):
        session.kolofon()


def test_a_section_that_is_never_shown_is_refused(small, shown):
    small.prose("## Et\n\nA.\n\n## To\n\nB.\n")
    session = Session(folder=small.root)
    shown(session.rapport, "2024/lille")
    shown(session.afsnit, "Et")

    with pytest.raises(AnalysisError, match="afsnittet »To« vises ikke af notebooken"):
        session.kolofon()


def test_an_unknown_form_is_refused(small):
    with pytest.raises(ValueUseError, match="Mente du »afrapportering«"):
        Session(folder=small.root).rapport("2024/lille", form="afraportering")


def test_outputs_saved_by_jupyterlab_do_not_change_the_run_number(small, shown):
    first = run_id(small, shown)
    book = small_notebook(markdown("tekst", "## Et afsnit\n\nTekst."))
    book["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x"}]
    book["cells"][0]["execution_count"] = 3
    small.notebook(book)

    assert run_id(small, shown) == first


def test_nothing_can_be_shown_before_rapport(small):
    session = Session(folder=small.root)
    for act in (session.kolofon, lambda: session.afsnit("x"), lambda: session.kilde("x.csv")):
        with pytest.raises(ValueUseError, match=r"Begynd notebooken med rapport"):
            act()


def test_a_missing_source_says_how_to_describe_it(session):
    with pytest.raises(KildeError, match="læg den dér"):
        session.kilde("findes-ikke.csv")


def test_the_extension_gives_the_functions_and_the_magic(small, shell, monkeypatch):
    monkeypatch.chdir(small.root / "notebooks")
    small.cells(code("x", "1"), parameters=PARAMETERS)
    shell.run_line_magic("load_ext", "budgetanalyser")
    shell.user_ns.update(analyse="2024/lille", budgetaar=2030)

    from IPython.utils.capture import capture_output

    with capture_output() as captured:
        shell.run_cell("rapport(analyse)").raise_error()
        shell.run_cell("%%tekst\nI {{ budgetaar }}.").raise_error()
    assert captured.outputs[1].data[doc.MIME]["blocks"][0]["children"][1]["text"] == "2030"
    shell.run_line_magic("unload_ext", "budgetanalyser")


def test_a_fault_in_the_magic_counts_lines_as_the_cell_does(session):
    with pytest.raises(DocumentError, match="linje 2"):
        session.tekst("\n{{ x }}")


def test_in_jupyterlab_the_analysis_sets_the_parameters(small, shell, shown):
    """The notebook's default is 2024, the analysis says 2025: both ways of running make the same report."""
    small.toml(TOML + "[parametre]\nbudgetaar = 2025\n")
    shell.user_ns.update(analyse="2024/lille", budgetaar=2024)
    session = Session(shell, small.root)
    shown(session.rapport, "2024/lille")

    assert shell.user_ns["budgetaar"] == 2025
    assert session.values["budgetaar"].amount == 2025

    shell.user_ns["budgetaar"] = 2030
    with pytest.raises(AnalysisError, match="er 2030 i notebooken, men 2025 i analysen"):
        session.rapport("2024/lille")


def test_the_wrong_analysis_cannot_be_published_under_anothers_name(small, shell):
    small.toml(TOML, "2024/anden")
    shell.user_ns.update(analyse="2024/lille", budgetaar=2024)

    with pytest.raises(AnalysisError, match="analyse"):
        Session(shell, small.root).rapport("2024/anden")


def test_a_call_with_wrong_arguments_is_told_in_danish(small, shell, monkeypatch):
    monkeypatch.chdir(small.root)
    shell.run_line_magic("load_ext", "budgetanalyser")

    for call in ("citat('Godt')", "tabel()", "kolofon(1)"):
        with pytest.raises(ValueUseError, match="er ikke kaldt, som den skal"):
            shell.run_cell(call, silent=True).raise_error()
    shell.run_line_magic("unload_ext", "budgetanalyser")


def test_a_wrong_value_typed_into_the_parameters_cell_is_told(small, shell):
    shell.user_ns.update(analyse="2024/lille", budgetaar="næste år")
    session = Session(shell, small.root)

    with pytest.raises(AnalysisError, match="budgetaar: skal være et årstal"):
        session.rapport("2024/lille")


def test_remarks_from_others_and_empty_ones_are_refused(small, session):
    remarks(small, "fra;dato;bemaerkning\nHovedMED;;Enige.\nCenterMED;;Uenige.\n")
    with pytest.raises(KildeError, match="linje 3: bemærkningen er ikke fra »HovedMED«"):
        session.bemaerkninger(session.kilde("KONSTRUERET-bem.csv"), "HovedMED")


def test_two_headings_that_become_the_same_are_refused(small, shown):
    small.prose("## Budget {{ budgetaar }}\n\nA.\n\n## Budget 2024\n\nB.\n")
    session = Session(folder=small.root)
    shown(session.rapport, "2024/lille")

    with pytest.raises(AnalysisError, match="to afsnit har samme overskrift"):
        session.afsnit("Budget 2024")


def test_years_as_row_labels_are_kept_and_line_numbers_are_not(session, shown):
    kilde = session.kilde(RAW_NAME)
    years = pd.DataFrame({"udgift_kr": [Decimal(1000), Decimal(2000)]}, index=[2023, 2024], dtype=object)
    ((part, _),) = shown(session.tabel, years, "Udgift", kilde=kilde)
    assert [row["cells"][0]["children"][0]["text"] for row in part["blocks"][0]["rows"]] == ["2023", "2024"]

    ((part, _),) = shown(session.tabel, kilde.data, "Poster", kilde=kilde)
    assert [column["key"] for column in part["blocks"][0]["columns"]] == ["post", "beloeb_kr"]


def test_a_figure_without_words_of_its_own_says_unit_and_level(session, shown):
    kilde = session.kilde(RAW_NAME)
    arguments = {"alt": "En kurve, der stiger", "data": kilde.data, "kilde": kilde}
    for extra in ({}, {"fortegn": ""}):
        ((part, _),) = shown(session.figur, drawing(), "T", **arguments, **extra)
        assert part["blocks"][0]["subtitle"][0]["text"] == "1.000 kr., 2024-prisniveau"


def test_a_parameter_changed_after_rapport_is_refused(small, shell, shown):
    shell.user_ns.update(analyse="2024/lille", budgetaar=2024)
    session = Session(shell, small.root)
    shown(session.rapport, "2024/lille")
    shell.user_ns["budgetaar"] = 2030

    with pytest.raises(ValueUseError, match="»budgetaar« er ændret i notebooken efter rapport"):
        session.kolofon()


def test_key_figures_are_pairs_and_few(session):
    with pytest.raises(ValueUseError, match="skal have par"):
        session.noegletal("1 mio.", "udgift")
    with pytest.raises(ValueUseError, match="plads til 4"):
        session.noegletal(*[("a", "b")] * 5)


@pytest.mark.parametrize(
    "name", ["Klima {{ budgetaar }} **x**", "<b>fed</b>", "a_b_c & [d](e)", "1. punkt", "50 % + $5"]
)
def test_a_text_from_data_is_printed_as_it_stands(session, shown, name):
    kilde = session.kilde(RAW_NAME)
    ((part, _),) = shown(session.tabel, kilde.data, f"Svar fra {session.ordret(name)}", kilde=kilde)

    assert "".join(node["text"] for node in part["blocks"][0]["caption"]) == f"Svar fra {name}"


def test_a_file_is_enclosed_as_it_is(session, shown):
    ((part, preview),) = shown(session.vedlaeg, "frister.ics", "BEGIN:VCALENDAR\r\næøå".encode(), "Frister")

    assert part["file"] == {"name": "frister.ics", "description": "Frister", "content": "BEGIN:VCALENDAR\r\næøå"}
    assert "frister.ics" in preview


@pytest.mark.parametrize(
    ("name", "content", "described"),
    [
        ("../x.csv", "a", "b"),
        ("Stor.csv", "a", "b"),
        ("x.exe", "a", "b"),
        ("tabel-1.csv", "a", "b"),
        ("koersel.json", "a", "b"),
        ("document.json", "a", "b"),
        ("a" * 61 + ".csv", "a", "b"),
        ("x.csv", "a", ""),
        ("x.csv", b"\xff\xfe", "b"),
    ],
)
def test_what_cannot_be_enclosed_is_refused(session, name, content, described):
    with pytest.raises(ValueUseError, match="kan ikke vedlægges"):
        session.vedlaeg(name, content, described)


def test_a_source_without_a_column_the_notebook_needs_is_told_by_its_file(session):
    with pytest.raises(KildeError, match=f"(?s){RAW_NAME}.*kolonnen »pris_kr« mangler; notebooken skal bruge den"):
        session.kilde(RAW_NAME, ["post", "pris_kr"])


def test_confidential_people_cannot_be_shown_in_a_table(small, session):
    folder = small.root / "data/fortroligt"
    folder.mkdir()
    (folder / "pulje.csv").write_text("id;køn\nK1;kvinde\n", encoding="utf-8")
    people = session.fortrolig("pulje.csv").data

    for table in (people, people.reset_index(), people[["køn"]]):
        with pytest.raises(ValueUseError, match="fortrolige personoplysninger"):
            session.tabel(table, "Puljen", kilde=session.kilde(RAW_NAME))
