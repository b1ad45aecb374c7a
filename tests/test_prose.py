from datetime import date
from decimal import Decimal

import pytest

from budgetanalyser.errors import ValueUseError
from budgetanalyser.kroner import Prisniveau
from budgetanalyser.report import document as doc
from budgetanalyser.report import prose
from budgetanalyser.report.sections import ProseFaults, split_sections
from budgetanalyser.report.values import Vaerdi, standard_text

LEVEL = Prisniveau(2024, forudsat=True)
VALUES = {
    "udgift": Vaerdi("udgift", Decimal(450000), "kr.", "udgiften", LEVEL, ("a.csv",), forudsaetning="Fordi."),
    "andel": Vaerdi("andel", Decimal("0.125"), "andel", "andelen", beregning="x / y"),
    "pladser": Vaerdi("pladser", 12500, "antal", "pladser", kilder=("a.csv",)),
    "aar": Vaerdi("aar", 2024, "år", "året", beregning="parameter"),
    "dag": Vaerdi("dag", date(2023, 6, 6), "dato", "dagen", kilder=("a.csv",)),
    "kvartal": Vaerdi("kvartal", "2023K4", "kvartal", "kvartalet", kilder=("a.csv",)),
    "ond": Vaerdi("ond", "# *a* $x$ {{ b }} <script> @c [d](e) =1+1", "tekst", "farlig", kilder=("a.csv",)),
}


def plain(text):
    return [doc.plain(block.children) for block in prose.blocks(text, VALUES)]


def fault(text):
    with pytest.raises(ProseFaults) as caught:
        prose.blocks(text, VALUES)
    return "\n".join(map(str, caught.value.faults))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ udgift }}", "450.000 kr."),
        ("{{ udgift | mio_kr }}", "0,450 mio. kr."),
        ("{{ udgift | mio_kr(1) }}", "0,5 mio. kr."),
        ("{{ udgift | tusinde_kr }}", "450 t.kr."),
        ("{{ udgift | prisniveau }}", "2024-prisniveau"),
        ("{{ andel }} og {{ andel | pct(0) }}", "12,5 % og 13 %"),
        ("{{ pladser }} i {{ aar }}", "12.500 i 2024"),
        ("{{ dag }} i {{ dag | maaned }}", "6. juni 2023 i juni 2023"),
        ("{{ kvartal }}", "4. kvartal 2023"),
        ("Koster {{ udgift }}. Og {{ udgift }}...", "Koster 450.000 kr. Og 450.000 kr...."),
        ("Koster **{{ udgift }}**.", "Koster 450.000 kr."),
    ],
)
def test_a_placeholder_prints_the_named_value(text, expected):
    assert plain(text) == [expected]


def test_what_a_value_holds_is_never_markdown_or_template():
    assert plain("Se {{ ond }}") == ["Se " + VALUES["ond"].amount]


def test_a_printed_value_keeps_its_name_and_exact_amount():
    (block,) = prose.blocks("{{ udgift | mio_kr }}", VALUES)

    assert block.children == [doc.Shown(name="udgift", text="0,450 mio. kr.", exact="450000")]


def test_an_assumed_price_level_brings_its_reservation_as_a_footnote():
    (block,) = prose.blocks("{{ udgift | prisniveau }}", VALUES)

    assert block.children[1] == doc.Note(label="prisniveau: Fordi.", children=[doc.Text(text="Fordi.")])


def test_the_markdown_a_report_needs():
    text = (
        "## Et\n\nTekst med *kursiv*, **fed**, `kode` og [link](https://www.greve.dk).  \nNy linje[^a].\n\n"
        "### To\n\n- a\n- b\n\n3. c\n4. d\n\n> citat\n\n| Navn | Tal |\n|---|---:|\n| x | 1 |\n\n[^a]: Fodnoten."
    )
    blocks = prose.blocks(text, VALUES)

    assert [block.kind for block in blocks] == [
        "heading", "paragraph", "heading", "list", "list", "quote", "table",
    ]  # fmt: skip
    assert [node.kind for node in blocks[1].children] == [
        "text", "emph", "text", "strong", "text", "code", "text", "link", "text", "break", "text", "note", "text",
    ]  # fmt: skip
    assert (blocks[0].level, blocks[2].level) == (1, 2)
    assert (blocks[4].ordered, blocks[4].start) == (True, 3)
    assert blocks[6].columns[1].align == "right"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Udgift: {{ udgit }}", "værdien »udgit« er ikke sat med vaerdi(), før teksten vises. Mente du »udgift«?"),
        ("a\n\n{{ udgift | miokr }}", "linje 3: formatet »miokr« kendes ikke. Mente du »mio_kr«?"),
        ("{{ 450000 | mio_kr }}", "i teksten kan kun stå {{ navn }}"),
        ("{{ 450000 }}", "i teksten kan kun stå"),
        ("{{ udgift * 2 | kr }}", "i teksten kan kun stå"),
        ("{{ udgit | mio_kr }}", "Mente du »udgift«?"),
        ("a\n{% for a in [1] %}x{% endfor %}", "linje 2: i teksten kan kun stå"),
        ("a {# skjult #} b", "i teksten kan kun stå"),
        ('{{ "a" * 10**10 }}', "i teksten kan kun stå"),
        ("{{ " + "(" * 3000 + "a", ""),
        ("{{ udgift + 2 }}", "i teksten kan kun stå"),
        ("{{ udgift.amount }}", "i teksten kan kun stå"),
        ("{{ udgift.__class__ }}", "i teksten kan kun stå"),
        ("{{ ''.__class__.__mro__ }}", "i teksten kan kun stå"),
        ("{{ cycler.__init__ }}", "i teksten kan kun stå"),
        ("{{ cycler }}", "er ikke sat"),
        ("a\n{{ udgift", "linje 2: en pladsholder er ikke skrevet rigtigt"),
        ("{{ udgift | pct }}", "er kr. og kan ikke vises som pct"),
        ("{{ dag | kr }}", "er dato og kan ikke vises som kr"),
        ("{{ andel | prisniveau }}", "har intet prisniveau"),
        ("{{ udgift | kr(10**9) }}", "i teksten kan kun stå"),
        ("{{ udgift | kr(99) }}", "0 til 6 decimaler"),
        ("{{ pladser | antal(-3) }}", "i teksten kan kun stå"),
        ("a\n\n<script>alert(1)</script>", "linje 3: HTML kan ikke stå"),
        ("a <b>fed</b>", "HTML kan ikke stå"),
        ("# Titel", "»#« er rapportens titel"),
        ("##### For dybt", "kun til »####«"),
        ("![billede](x.png)", "vises med figur()"),
        ("[klik](javascript:alert)", "hele adressen"),
        ("[klik](side.html)", "hele adressen"),
        ("    kode", "rykket fire tegn ind"),
        ("```\nkode\n```", "kode kan ikke stå"),
        ("a\n\n***\n\nb", "vandret streg"),
        ("a[^1]", "fodnoten [^1] er ikke skrevet"),
        ("a\n\n[^1]: ubrugt", "fodnoten [^1] bruges ikke"),
        ("a[^1]\n\n[^1]: b\n\n    - c", "ét afsnit"),
        ("a\ue0000\ue001", "usynligt tegn"),
        ("{{ udgift }} &#xE000;0&#xE001;", "usynligt tegn"),
        ("Det koster 999 mio. kr. i alt", "beløbet »999 mio. kr« er skrevet i hånden"),
        ("Det koster **450.000** kr.", "»450.000 kr«"),
        ("Det koster 450.000\nkr.", "»450.000 kr«"),
        ("Det koster kr. 450.000", "»kr. 4«"),
        ("Det koster 450 tkr.", "»450 tkr«"),
        ("Det koster 450.000,-", "»450.000,-«"),
        ("3*4*5 er 60", "skriv × for gange"),
        ("`{{ udgift }}`", "kan ikke stå i `kode`"),
        ("[x](https://a.dk/{{ aar }})", "i et links adresse"),
        ('[x](https://a.dk "titel")', "kan ikke have en titel"),
        ("| {{ aar }} |\n|---|\n| 1 |", "tabels overskrift"),
        ("a\n\nPris \u202e123", "linje 3: teksten rummer et usynligt tegn (U+202E)"),
        ("a[^1]\n\n[^1]: b [^2]\n\n[^2]: c", "kan ikke have fodnoter"),
        ("a[^1]\n\n[^1]: b\n\n[^1]: c", "er skrevet 2 gange"),
        ("a[^1]\n\n[^1]:", "er tom"),
        ("| a |\n|---|\n| 1 | 2 |", "linje 3: rækken har 2 celler, men tabellen har 1"),
        ("| a[^1] |\n|---|\n| 1 |\n\n[^1]: b", "tabels overskrift"),
        ("> " * 12 + "dybt", "højst stå 5 i hinanden"),
        ("Overskrift\n---", "begynde med »##«"),
        ("- ## Overskrift", "begynde med »##«"),
        ("###", "overskriften er tom"),
        ("### A\n\n##### B", "kun til »####«"),
        ("a\n\n#### B", "linje 3: overskriften »B« springer et niveau over; brug ###"),
        ("^[en note]" + "[^x]", "er ikke skrevet"),
    ],
)
def test_what_cannot_be_printed_is_refused_with_its_line(text, said):
    assert said in fault(text)


def test_all_faults_of_a_text_come_at_once():
    assert fault("# T\n\n<b>x</b>\n\n![a](b)").count("\n") == 2


def test_a_placeholder_in_an_ordinary_markdown_cell_is_refused():
    with pytest.raises(ProseFaults, match=r"linje 2: .*%%tekst"):
        prose.static_blocks("a\n{{ udgift }}")
    assert prose.static_blocks("100 {}")[0].kind == "paragraph"


def test_a_caption_that_looks_like_a_list_is_a_line():
    for line in ("4. kvartal 2023", "6. juni 2023", "- a", "# a"):
        assert doc.plain(prose.inline(line, VALUES)) == line


@pytest.mark.parametrize(
    "text",
    [
        "Beløb i 1.000 kr. og i 2024",
        "Der er 5 mio. indbyggere",
        "[NB]: se bilag",
        "## Brug af C#",
        "> | a | b |\n> |---|---|\n> | 1 | 2 |",
        "> Det koster 100 kr., sagde hun",
    ],
)
def test_what_only_looks_wrong_is_printed(text):
    assert prose.blocks(text, VALUES)


def test_a_line_like_a_link_definition_is_text_and_not_lost():
    assert plain("[Forbehold]: Tallene-er-usikre") == ["[Forbehold]: Tallene-er-usikre"]


def test_a_wrapped_footnote_is_whole_and_a_heading_keeps_its_sign():
    sections = split_sections("## Brug af C#\n\nA[^a].\n\n[^a]: Den begynder her\nog slutter her.\n\n## To ##\n\nB\n")
    (block,) = prose.blocks(sections["Brug af C#"], VALUES)

    assert list(sections) == ["Brug af C#", "To"]
    assert doc.plain(block.children[1].children) == "Den begynder her og slutter her."


def test_a_number_shows_its_own_decimals_two_at_the_most():
    halves = Vaerdi("x", Decimal("12.5"), "antal", "x", beregning="y")
    third = Vaerdi("x", Decimal(10) / 3, "antal", "x", beregning="y")

    assert (standard_text(halves), standard_text(third)) == ("12,5", "3,33")


def test_faults_are_told_before_any_value_is_known():
    text = "A {{ udgift | mio_kr }} {{ udgit }}\n\n{{ andel | kr }}\n\n<b>x</b>\n"
    told = [str(fault) for fault in prose.static_faults(text, {"udgift", "andel"})]

    assert told[0].startswith("linje 1: værdien »udgit« er ikke sat")
    assert told[1].startswith("linje 5: HTML")
    assert prose.static_faults("A {{ udgift | kr }}.", {"udgift"}) == []


def test_a_prose_file_is_split_by_section_with_its_own_line_numbers():
    text = "## Et\n\nA[^n].\n\n## To {{ aar }}\n\nB.\n\n[^n]: Note.\n"
    sections = split_sections(text)

    assert list(sections) == ["Et", "To {{ aar }}"]
    assert prose.blocks(sections["Et"], VALUES)[0].children[1].kind == "note"
    with pytest.raises(ProseFaults, match="linje 7"):
        prose.blocks(sections["To {{ aar }}"].replace("B.", "{{ x }}"), VALUES)


@pytest.mark.parametrize(
    ("text", "said"),
    [("Tekst først\n## Et", "linje 1: teksten skal stå under en overskrift"), ("## Et\n## Et", "står to gange"),
     ("# Titel\n## Et", "linje 1"), ("## Et\n\nA\n\n[^x]: ubrugt", "bruges ikke"),
     ("## Et\n\nA[^x]\n\n[^x]: a\n\n[^x]: b", "er skrevet 2 gange")],
)  # fmt: skip
def test_a_prose_file_without_order_is_refused(text, said):
    with pytest.raises(ProseFaults) as caught:
        split_sections(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"amount": Decimal(1), "enhed": "kr.", "kilder": ("a",)}, "kroner uden prisniveau"),
        ({"amount": Decimal(1), "enhed": "antal"}, "ingen oprindelse"),
        ({"amount": 0.5, "enhed": "andel", "kilder": ("a",)}, 'Skriv Decimal("0.5")'),
        ({"amount": "x", "enhed": "kr.", "kilder": ("a",), "prisniveau": LEVEL}, "passer ikke til enheden"),
        ({"amount": "2024-4", "enhed": "kvartal", "kilder": ("a",)}, "skal være et kvartal"),
        ({"amount": Decimal("NaN"), "enhed": "antal", "kilder": ("a",)}, "ikke et tal"),
        ({"amount": 1, "enhed": "stk.", "kilder": ("a",)}, "har enheden »stk.«"),
    ],
)
def test_a_value_without_unit_level_or_origin_is_refused(arguments, said):
    with pytest.raises(ValueUseError) as caught:
        Vaerdi("x", beskrivelse="x", **arguments)
    assert said in str(caught.value)


def test_the_usual_text_of_a_value_keeps_its_decimals():
    assert standard_text(Vaerdi("x", Decimal("1.50"), "antal", "x", beregning="y")) == "1,50"
