"""Ledgers that are no tables: Prisme's G69 lines and XML."""

from datetime import date
from decimal import Decimal

import pytest
from ledgers import rejected

from budgetanalyser.errors import KildeError, LedgerError
from budgetanalyser.kilder import ledger
from budgetanalyser.kilder.ledger import xmlfil

# A posting as another program writes it in its published tests: 123,45 kr. on 11 March 2022.
PUBLISHED = (
    "012G6900001003401NORFLYD&101test&10300123&1040000001&11020220311&111123456789012345&112000000012345 &113D&13203"
    "&1330012345678"
)


def g69(kind="NOR", *, day="20260315", oere=12345, sign=" ", side="D", konto="000640551011", more=""):
    return f"012G6900001025301{kind}FLYD&10300123&1040000001&110{day}&111{konto}&112{oere:012d}{sign}&113{side}{more}"


def prisme(path, *lines, encoding="cp1252", end="\r\n"):
    file = path / "KONSTRUERET.g69"
    file.write_bytes("".join(line + end for line in lines).encode(encoding))
    return ledger.read(file, layout="prisme")


# --- Prisme


def test_a_published_g69_line_is_read(tmp_path):
    one = prisme(tmp_path, PUBLISHED, PUBLISHED.replace("&113D", "&113K"))
    posting = one.postings.row(0, named=True)

    assert one.postings["beloeb_kr"].to_list() == [Decimal("123.45"), Decimal("-123.45")]
    assert (posting["kommune"], posting["bilagsnr"], posting["dato"]) == ("0034", "0000001", date(2022, 3, 11))
    assert (posting["Kontonr"], posting["Ydelsesmodtager"]) == ("123456789012345", "0012345678")
    one.verify()


def test_primo_and_supplement_of_prisme_are_kept_apart(tmp_path):
    one = prisme(tmp_path, g69(), g69("PRI", oere=100), g69("SUP", oere=1, day="20251231"), g69(oere=5, side="K"))
    kinds = one.totals(by=["posteringstype"]).set_index("posteringstype")["beloeb_kr"]

    assert kinds.to_dict() == {"NOR": Decimal("123.40"), "PRI": Decimal(1), "SUP": Decimal("0.01")}
    assert one.total() == Decimal("124.41")


def test_a_minus_behind_the_amount_turns_debit_round(tmp_path):
    one = prisme(tmp_path, g69(sign="-"), g69(sign="-", side="K"), g69(sign=""))

    assert [int(kr * 100) for kr in one.postings["beloeb_kr"]] == [-12345, 12345, 12345]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (g69()[:18], "linjen begynder med 18 tegn, men der skal være 20"),
        (g69().replace("G69", "G70"), "linjen er ingen postering: her står »G70« og ikke G69"),
        (g69("OMP"), "posteringstypen er hverken NOR, PRI eller SUP (posteringstype er »OMP«)"),
        (g69(more="&112000000000001 "), "felt 112 står efter felt 113"),
        (g69(more="&113D"), "felt 113 står to gange"),
        (g69(more="&999x"), "felt »999« kendes ikke af layoutet; skriv det under [post.felter]"),
        (g69(side="X"), "felt 113: skal være D eller K"),
        (g69(day="20260231"), "dato: datoen findes ikke"),
        (g69().replace("&112000000012345 ", ""), "beløb: feltet er tomt"),
        (g69().replace("12345 ", "123,45"), "beløb: beløb i øre har ingen decimaler"),
        (g69().replace("12345 ", "1.234 "), "beløb: punktum kan både betyde tusinder og komma her"),
    ],
)  # fmt: skip
def test_a_g69_line_that_is_not_right_is_refused_with_its_line(tmp_path, line, reason):
    one = prisme(tmp_path, g69(), "", line, g69())

    assert list(rejected(one)) == [3]
    assert reason in rejected(one)[3]
    assert one.rejects["raa"].tolist() == [line]
    assert one.total() == Decimal("246.90")


def test_payments_among_the_postings_are_told_and_not_counted(tmp_path):
    one = prisme(tmp_path, g69(), g69().replace("G69", "G68"))

    assert (one.rows_in, one.total()) == (1, Decimal("123.45"))
    assert one.notes == ("Linjer af andre slags, som ikke er posteringer: 1.",)


def test_a_cut_off_g69_line_is_refused(tmp_path):
    file = tmp_path / "x.g69"
    file.write_text(g69() + "\n" + g69(more="&153Husleje"), encoding="cp1252")
    one = ledger.read(file, layout="prisme")

    assert rejected(one)[2].startswith("linjen er afbrudt: filen slutter uden linjeskift")


def test_postings_that_do_not_balance_by_machine_and_date_are_told(tmp_path):
    one = prisme(tmp_path, g69(), g69(side="K", oere=12344), g69(day="20260316"), g69(day="20260316", side="K"))

    with pytest.raises(LedgerError) as told:
        one.verify()
    assert [fault.text for fault in told.value.faults] == [
        "posteringerne går ikke op i nul for Maskinnr 00123 og dato 2026-03-15; de giver 0,01 kr."
    ]


def test_danish_letters_in_g69_are_read(tmp_path):
    assert prisme(tmp_path, g69(more="&153Kørsel § 41")).postings["tekst"].to_list() == ["Kørsel § 41"]


# --- XML


def xml(*posts, before='<?xml version="1.0" encoding="UTF-8"?>\n', between="\n"):
    return f'{before}<Posteringer xmlns="urn:x">{between}{between.join(posts)}{between}</Posteringer>'


def post(amount="-1234.50", day="2026-03-15", *, kind="NOR", funktion="03201", more=""):
    return (
        f"<Postering><Bilagsnr>007</Bilagsnr><Bogfoeringsdato>{day}</Bogfoeringsdato><Funktion>{funktion}</Funktion>"
        f"<Dranst>1</Dranst><Posteringstype>{kind}</Posteringstype>{more}<Beloeb>{amount}</Beloeb></Postering>"
    )


def opus(path, content, encoding="utf-8"):
    file = path / "KONSTRUERET.xml"
    file.write_bytes(content.encode(encoding))
    return ledger.read(file, layout="opus-xml")


def refusal(path, content, encoding="utf-8"):
    with pytest.raises(KildeError) as told:
        opus(path, content, encoding)
    return str(told.value)


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "windows-1252", "ISO-8859-1"])
def test_xml_is_read_in_the_character_set_it_says(tmp_path, encoding):
    text = "<Tekst>Kørsel &amp; løn &lt;1&gt; &#230;</Tekst>"
    one = opus(
        tmp_path, xml(post(more=text), post("0.5"), before=f'<?xml version="1.0" encoding="{encoding}"?>\n'), encoding
    )

    assert one.total() == Decimal("-1234.00")
    assert one.postings["tekst"].to_list() == ["Kørsel & løn <1> æ", ""]
    assert one.postings["bilagsnr"].to_list() == ["007", "007"]
    assert one.totals(by=["funktion"])["funktion"].tolist() == ["03201"]


def test_groups_and_attributes_of_a_posting_are_fields(tmp_path):
    content = xml(
        '<Postering Bilagsnr="1" BUDAT="20260315"><Konto><Funktion>1</Funktion><Dranst/></Konto>'
        '<Beloeb valuta="DKK">5-</Beloeb></Postering>',
        '<Postering Bilagsnr="1" BUDAT="20260315"><Konto><Funktion>1</Funktion><Dranst>1</Dranst></Konto>'
        '<Beloeb valuta="DKK">5-</Beloeb></Postering>',
    )
    one = opus(tmp_path, content)

    assert one.total() == -5
    assert rejected(one) == {3: "Dranst: feltet er tomt"}
    assert one.postings["Beloeb@valuta"].to_list() == ["DKK"]


def test_a_field_first_seen_late_is_a_column_and_nothing_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(xmlfil, "_MOST", 10)
    monkeypatch.setattr(xmlfil, "_BLOCK", 500)
    late = post("1", more="<Kommune>0253</Kommune><Ny>x</Ny>")
    one = opus(tmp_path, xml(*[post("1") for _ in range(95)], late))

    assert one.columns[-2:] == ("kommune", "Ny")
    assert one.totals(by=["kommune"]).values.tolist() == [["", 95, 95], ["0253", 1, 1]]
    assert one.postings["linje"].to_list() == list(range(3, 99))


def test_primo_and_supplement_of_xml_are_kept_apart(tmp_path):
    one = opus(tmp_path, xml(post("1"), post("10", kind="PRI"), post("100", kind="SUP")))

    assert one.totals(by=["posteringstype"])["beloeb_kr"].tolist() == [1, 10, 100]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (post("1.234,50"), "beløb: beløbet er ikke skrevet som 1234.50, som layoutet siger"),
        (post("1.234"), "beløb: beløbet er ikke skrevet som 1234.50, som layoutet siger"),
        (post(""), "beløb: beløbet er ikke skrevet som 1234.50, som layoutet siger"),
        (post(day="2026-02-31"), "dato: datoen findes ikke"),
        (post(more="<Beloeb>2</Beloeb>"), "feltet Beloeb står to gange"),
        (post(funktion=""), "Funktion: feltet er tomt"),
    ],
)
def test_a_posting_of_xml_that_is_not_right_is_refused_with_its_line(tmp_path, bad, reason):
    one = opus(tmp_path, xml(post("1"), "", bad, post("2")))

    assert rejected(one) == {5: reason}
    assert one.total() == 3
    one.verify(accepted=[5])


def test_rejects_on_one_long_line_can_not_be_accepted_by_its_number(tmp_path):
    one = opus(tmp_path, xml(post("x"), post("1"), post("y"), between=""))

    assert one.total() == 1
    with pytest.raises(LedgerError, match="beløbet er ikke skrevet"):
        one.verify(accepted=[2])


@pytest.mark.parametrize(
    "loose", ["løs tekst", "<Gruppe>løs tekst<Art>1</Art></Gruppe>", "<Gruppe><Art/>løs tekst</Gruppe>"]
)
def test_text_between_the_fields_is_not_lost(tmp_path, loose):
    one = opus(tmp_path, xml(post("1"), post("2", more=loose)))

    assert one.totals(by=["tekst uden for felterne"])["beloeb_kr"].tolist() == [1, 2]


@pytest.mark.parametrize("begins", ["<!-- ", '<Postering x="', "<?p "])
def test_a_mark_that_never_ends_is_refused_before_it_fills_the_memory(tmp_path, begins):
    said = refusal(tmp_path, xml(post("1"), begins + "x" * (8 << 20)))

    assert "linje 4: et mærke eller en kommentar er over 1 MB" in said


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (xml(post(), before='<!DOCTYPE x [<!ENTITY a "b">]>\n'), "filen har en dokumenttype (DOCTYPE)"),
        (xml(post(), before='<!DOCTYPE x SYSTEM "file:///etc/passwd">\n'), "filen har en dokumenttype (DOCTYPE)"),
        (xml(post(more="<Tekst>&a;</Tekst>")), "linje 3: et &-navn kendes ikke"),
        (xml(post(), post())[:-30], "filen er afbrudt; hent den igen"),
        (xml(post(), post()).replace("</Dranst>", "</Drast>"), "linje 3: et element er ikke lukket rigtigt"),
        (xml("<Andet/>"), "filen har intet element, der hedder Postering eller Posteringslinje"),
        (xml(post(more=post())), "linje 3: en postering står inde i en anden"),
        (xml(post().replace("Beloeb", "Belb")), "linje 3: kolonnen »Beloeb« mangler; her står »Belb«, som ligner"),
        (xml(post(more="<Tekst>" + "x" * (1 << 20) + "</Tekst>")), "linje 3: posteringen er over 1 MB"),
        ("Bilagsnr;Beløb\n1;2\n", "linje 1: et tegn er ikke tilladt"),
        ("", "filen er tom"),
    ],
)
def test_xml_that_is_not_right_is_refused_whole(tmp_path, content, reason):
    assert reason in refusal(tmp_path, content)


def test_wrong_bytes_for_the_character_set_are_refused(tmp_path):
    assert "linje 3: et tegn er ikke tilladt" in refusal(tmp_path, xml(post(more="<Tekst>ø</Tekst>")), "latin-1")


def test_a_bomb_of_entities_is_never_expanded(tmp_path):
    names = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE x [<!ENTITY a0 "ha">{names}]>\n'

    assert "dokumenttype" in refusal(tmp_path, xml(post(more="<Tekst>&a11;</Tekst>"), before=bomb))


# --- layouts of these forms


def faults_of(path, text):
    layout = path / "mit.toml"
    layout.write_text(text, encoding="utf-8")
    with pytest.raises(KildeError) as told:
        ledger.read(path / "x", layout=layout)
    return str(told.value)


COLUMNS = '[kolonner]\ndato = { navne = ["D"] }\nbeloeb = { navne = ["B"] }\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f'titel = "x"\nform = "xml"\n{COLUMNS}', '[post] hører til formerne "xml" og "poster", og de skal have den'),
        (f'titel = "x"\n[post]\nnavne = ["a"]\n{COLUMNS}', '[post] hører til formerne "xml" og "poster"'),
        (f'titel = "x"\n{COLUMNS}art = {{ fra = 1, til = 3 }}\n', 'fra og til hører til formen "poster"'),
        (f'titel = "x"\n{COLUMNS}art = {{ fra = 4, til = 3 }}\n', "fra og til hører sammen"),
        (f'titel = "x"\n{COLUMNS}art = {{ tom = false }}\n', "skriv enten navne eller fra og til"),
        (f'titel = "x"\ndecimaltegn = ";"\n{COLUMNS}', "decimaltegn: skal være"),
    ],
)
def test_a_layout_that_contradicts_itself_is_told(tmp_path, text, reason):
    assert reason in faults_of(tmp_path, text)
