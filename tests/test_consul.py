"""Consul's files, with every trap of its export. All data here is KONSTRUERET; the names are nobody's."""

import contextlib
import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetanalyser.deltagerbudget.consul import read_consul, resultattabel
from budgetanalyser.errors import AmountError, BudgetanalyseError, KildeError, SeveralError, ValueUseError
from budgetanalyser.kilder import consul

DANISH = (
    "ID,Titel,Støtte,Administrator,Evaluator,Evalueringsgruppe,Område,Gennemførlighed,Vurdering færdiggjort,Valgt,"
    "Vis til evaluator,Brugernavn,Beskrivelse"
)
OTHER = (
    "ID,Titel,Description,Administrator,Evaluator,Evalueringsgruppe,Område,Gennemførlighed,Vurdering færdiggjort,"
    "Unfeasibility explanation,Valgt,Vis til evaluator,Brugernavn"
)
HEADER, UPSTREAM = csv.reader([DANISH, OTHER])
NAMES = ("Konstantin Konstrueret", "Evaline Opdigtet", "borger_opfundet")
WILD = 'En sti, der er "sjov",\nog "lang".\r\n\r\n1,2,3\nID,Titel\nRing til 00 00 00 00 eller skriv a@example.org'
JUNGLE = ("11", "Junglesti", "40", "Kan gennemføres (35.000 kr.)", "Ja")
PARKOUR = ("12", "Parkourbane", "7", "Kan gennemføres (DKK60,000)", "Ja")
SWING = ("13", "Gynger", "99", "Kan gennemføres (20.000 kr.)", "Nej")
TUNNEL = ("14", "Tunnel til havet", "3", "Kan ikke gennemføres", "Nej")
BENCH = ("15", "Bænke", "0", "Under behandling", "Nej")
ALL = (JUNGLE, PARKOUR, SWING, TUNNEL, BENCH)


def export(*proposals, header=HEADER, delimiter=",", omraade="Tranbjerg", **changes):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow([changes.get(label, label) for label in header])
    for id_, titel, stoette, gennem, valgt in proposals:
        admin, evaluator, bruger = NAMES
        cells = {"ID": id_, "Titel": titel, "Støtte": stoette, "Administrator": admin, "Evaluator": evaluator}
        cells |= {"Evalueringsgruppe": "-", "Område": omraade, "Gennemførlighed": gennem, "Valgt": valgt}
        cells |= {"Vurdering færdiggjort": "Ja", "Vis til evaluator": "Nej", "Brugernavn": bruger}
        cells |= {"Beskrivelse": WILD, "Description": f"<p>{WILD}</p>", "Unfeasibility explanation": "-"}
        writer.writerow([cells[label] for label in header])
    return out.getvalue()


RESULT_CSV = """\
Penge der kan fordeles:;80.000 kr.;
Titel på forslag;Stemmer;Pris
Accepterede forslag:;;
Parkourbane;412;60.000 kr.
Kasserede forslag:;;
Junglesti;1.213;35.000 kr.
"""


def write(folder, files):
    for name, text in files.items():
        content = text if isinstance(text, bytes) else text.encode()
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def file(tmp_path):
    def written(text):
        return write(tmp_path, {"KONSTRUERET.txt": text}) / "KONSTRUERET.txt"

    return written


@pytest.fixture
def budget(tmp_path):
    def folder(eksport=None, resultat=RESULT_CSV, **more):
        files = {"a.csv": export(*ALL) if eksport is None else eksport}
        files |= {} if resultat is None else {"b.csv": resultat}
        return write(tmp_path, files | {f"{name}.csv": text for name, text in more.items()})

    return folder


# The price.


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("Kan gennemføres (35.000 kr.)", "35000"),
        ("DKK35,000", "35000"),
        ("Kan gennemføres (DKK35,000)", "35000"),
        ("DKK35,000.50", "35000.50"),
        ("35.000,50 kr.", "35000.50"),
        ("1.234.567 kr.", "1234567"),
        ("35.000\u00a0kr.", "35000"),
        ("900 kr.", "900"),
        ("DKK900", "900"),
        ("DKK0", "0"),
    ],
)
def test_both_of_consuls_ways_to_write_a_price_are_read(text, price):
    assert consul.parse_pris(text) == Decimal(price)


@pytest.mark.parametrize(
    "text",
    [
        "35,000 kr.",
        "ca. 35.000 kr.",
        "€35.000",
        "DKK35.000",
        "35.000",
        "35.000 DKK",
        "-35.000 kr.",
        "3.5000 kr.",
        "",
        "0.450 kr.",
        "35.000,5 kr.",
        "DKK35,00",
        "35.000 t.kr.",
        "Kan gennemføres",
        "Kan gennemføres (35.000 kr.",
        "Ja",
        "35 000 kr.",
        "DKK3,5000",
        "DKK0,450",
        "€ 35.000 kr.",
    ],
)
def test_anything_else_is_an_error_and_never_a_guess(text):
    with pytest.raises(AmountError):
        consul.parse_pris(text)


def test_the_ambiguous_price_says_why():
    with pytest.raises(AmountError, match="både skille tusinder og være komma"):
        consul.parse_pris("35,000 kr.")


def test_no_price_comes_in_two_different_states():
    for text, state in (("Kan ikke gennemføres", consul.KAN_IKKE), ("Under behandling", consul.UNDER_BEHANDLING)):
        assert consul.parse_pris(text) is None
        assert consul.read_gennemfoerlighed(text) == state


def test_a_feasible_proposal_that_has_no_price_yet_is_feasible_without_one():
    assert consul.parse_pris("Kan gennemføres ()") is None
    assert consul.read_gennemfoerlighed("Kan gennemføres ()") == consul.KAN


@settings(deadline=None)
@given(st.integers(0, 10**9))
def test_every_whole_price_is_read_the_same_from_both_ways(amount):
    danish = f"{amount:,}".replace(",", ".")

    assert consul.parse_pris(f"Kan gennemføres ({danish} kr.)") == amount
    assert consul.parse_pris(f"DKK{amount:,}") == amount


@settings(deadline=None)
@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_a_price(text):
    with contextlib.suppress(AmountError):
        assert consul.parse_pris(text) is None or consul.parse_pris(text) >= 0


# The export.


def test_the_export_is_read_through_descriptions_with_line_breaks_quotes_and_commas(file):
    table = consul.read_export(file(export(*ALL)))

    assert list(table["projekt"]) == ["11", "12", "13", "14", "15"]
    assert list(table["pris_kr"]) == [Decimal(35000), Decimal(60000), Decimal(20000), None, None]
    assert list(table["stoette"]) == [40, 7, 99, 3, 0]
    assert list(table["paa_stemmesedlen"]) == [True, True, False, False, False]
    assert list(table["gennemfoerlighed"][3:5]) == ["kan ikke gennemføres", "under behandling"]
    assert table.index[0] == 2
    assert table.index[1] > 3


def test_the_index_is_the_line_a_proposal_begins_on(file):
    text = export(*ALL)
    table = consul.read_export(file(text))

    lines = text.replace("\r\n", "\n").split("\n")
    assert [lines[line - 1].split(",")[0] for line in table.index] == list(table["projekt"])


def test_names_and_descriptions_are_dropped_on_reading(file):
    table = consul.read_export(file(export(*ALL)))

    assert not [name for name in NAMES if name in table.to_csv()]
    assert "beskrivelse" not in table
    assert not {"Brugernavn", "Administrator", "Evaluator"} & set(table)


def test_the_description_is_there_when_asked_for(file):
    table = consul.read_export(file(export(JUNGLE)), med_beskrivelse=True)

    assert table["beskrivelse"].iloc[0] == WILD


def test_upstreams_header_in_its_own_order_is_read_by_name(file):
    table = consul.read_export(file(export(*ALL, header=UPSTREAM)), med_beskrivelse=True)

    assert list(table["stoette"]) == [None] * 5
    assert list(table["begrundelse"]) == [None] * 5
    assert list(table["pris_kr"][:2]) == [Decimal(35000), Decimal(60000)]


def test_any_order_of_the_columns_gives_the_same_table(file):
    first = consul.read_export(file(export(*ALL)))
    again = consul.read_export(file(export(*ALL, header=HEADER[::-1])))

    assert again.to_dict("records") == first.to_dict("records")


def test_an_unknown_header_is_told_by_number_with_the_nearest_right_one_and_what_is_missing_is_told_too(file):
    with pytest.raises(KildeError) as caught:
        consul.read_export(file(export(*ALL, Gennemførlighed="Gennemførlig", Valgt="Vinder")))

    assert "kolonne 8 kendes ikke. Mente du »Gennemførlighed«?" in str(caught.value)
    assert "kolonne 10 kendes ikke. Her kan stå »Administrator«, " in str(caught.value)
    assert "Vinder" not in str(caught.value)
    assert "kolonnen »Gennemførlighed« mangler" in str(caught.value)
    assert "kolonnen »Valgt« mangler" in str(caught.value)


def test_a_column_twice_is_told(file):
    with pytest.raises(KildeError, match="»Titel« står 2 gange"):
        consul.read_export(file(export(JUNGLE, header=[*HEADER, "Titel"])))


def test_a_file_without_its_header_is_refused_without_repeating_the_names_in_its_first_line(file):
    with pytest.raises(KildeError, match="første linje skal være eksportens overskrift") as caught:
        consul.read_export(file(export(*ALL).split("\n", 1)[1]))

    assert not [name for name in NAMES if name in str(caught.value)]


def test_every_bad_cell_is_told_at_once_with_line_and_column(file):
    bad = ("x1", "", "mange", "35,000 kr.", "Måske")
    with pytest.raises(KildeError) as caught:
        consul.read_export(file(export(bad, JUNGLE, JUNGLE)))

    assert [fault.where.split(", ")[1] for fault in caught.value.faults] == [
        "kolonne ID",
        "kolonne Titel",
        "kolonne Støtte",
        "kolonne Gennemførlighed",
        "kolonne Valgt",
        "kolonne ID",
    ]
    assert "(her står »35,000 kr.«)" in str(caught.value)
    assert "samme id står allerede på linje" in str(caught.value)


def test_a_name_that_has_slipped_into_another_column_is_not_repeated(file):
    shifted = export(JUNGLE).replace(
        "Tranbjerg,Kan gennemføres (35.000 kr.),Ja,Ja", f"Tranbjerg,{NAMES[2]},{NAMES[0]},{NAMES[1]}"
    )
    with pytest.raises(KildeError) as caught:
        consul.read_export(file(shifted))

    assert len(caught.value.faults) == 3
    assert not [name for name in NAMES if name in str(caught.value)]


def test_a_row_out_of_step_and_an_open_quote_are_told_without_their_cells(file):
    with pytest.raises(KildeError, match="der er 14 felter, men overskriften har 13") as caught:
        consul.read_export(file(export(JUNGLE).replace("Junglesti", "Jungle,sti")))
    assert NAMES[0] not in str(caught.value)
    with pytest.raises(KildeError, match="anførselstegn åbnet og ikke lukket") as caught:
        consul.read_export(file(export(JUNGLE).rstrip().rstrip('"')))
    assert NAMES[0] not in str(caught.value)


def test_character_set_and_separator_are_told_as_found(file):
    table = consul.read_export(file(export(*ALL, delimiter=";").encode("cp1252")))

    assert (table.attrs["tegnsaet"], table.attrs["skilletegn"]) == ("cp1252", ";")
    assert table["navn"].iloc[4] == "Bænke"
    with_bom = consul.read_export(file(export(*ALL).encode("utf-8-sig")))
    assert (with_bom.attrs["tegnsaet"], with_bom.attrs["skilletegn"]) == ("utf-8", ",")


# The result page.

ROW = """<tr id="budget_investment_{id}" class="budget-investments" style="{style}">
  <td><span class="icon"><span class="show-for-sr">{words}: </span></span>
    <a href="/budgets/1/investments/{id}-x">{navn}</a></td>
  <td class="text-center">{stemmer}</td><td>{pris}</td><td title="a - b">1 kr.</td></tr>"""


def page(*rows, incompatible=""):
    body = "".join(
        ROW.format(id=id_, navn=navn, stemmer=stemmer, pris=pris, words=words, style="display: none")
        for id_, navn, stemmer, pris, words in rows
    )
    return f"""<!DOCTYPE html><html><head><title>Resultat</title><style>td {{ color: red }}</style>
<script>var x = "<table><tr><td>Titel på forslag</td></tr>";</script></head><body>
<table><tr><td>Menu</td><td>Andet</td></tr></table><h4>Tranbjerg</h4>
<table id="budget-investments-compatible"><thead><tr><th>Titel p&aring; forslag</th><th>Stemmer</th><th>Pris</th>
<th><small>Penge der kan fordeles: </small><br>80.000 kr.<br></th></tr></thead><tbody>{body}</tbody></table>
{incompatible}<p>Alle forslag</p></body></html>"""


HTML = page(
    ("12", "Parkourbane &amp; mere", "412", "60.000 kr.", "Accepterede forslag"),
    ("11", "Junglesti", "1213", "DKK35,000", "Kasserede forslag"),
)


def test_a_saved_page_gives_ids_votes_winners_and_the_budget(file):
    result = consul.read_result(file(HTML))

    assert result.budget_kr == 80000
    assert result.tabel.to_dict("records") == [
        {
            "navn": "Parkourbane & mere",
            "projekt": "12",
            "stemmer": 412,
            "pris_kr": 60000,
            "valgt": 1,
            "uforenelig": False,
        },
        {"navn": "Junglesti", "projekt": "11", "stemmer": 1213, "pris_kr": 35000, "valgt": 0, "uforenelig": False},
    ]


def test_a_page_on_one_line_and_without_end_tags_is_read_the_same(file):
    first = consul.read_result(file(HTML)).tabel.to_dict("records")
    short = HTML.replace("\n", " ").replace("</td>", "").replace("</tr>", "").replace("</th>", "")

    assert consul.read_result(file(short)).tabel.to_dict("records") == first


def test_incompatible_projects_in_their_own_table_are_marked(file):
    other = """<h4>Uforeneligede</h4><table><tr><th>Titel på forslag</th><th>Stemmer</th><th>Pris</th></tr>
<tr><td>Bænke</td><td>5</td><td>1.000 kr.</td></tr></table>"""
    table = consul.read_result(file(page(("11", "Sti", "9", "1 kr.", "Accepterede forslag"), incompatible=other))).tabel

    assert table[["valgt", "uforenelig"]].to_numpy().tolist() == [[1, False], [0, True]]


def test_csv_with_sections_says_who_won(file):
    result = consul.read_result(file(RESULT_CSV))

    assert result.budget_kr == 80000
    assert result.tabel[["navn", "stemmer", "valgt"]].to_numpy().tolist() == [
        ["Parkourbane", 412, 1],
        ["Junglesti", 1213, 0],
    ]
    assert list(result.tabel["projekt"]) == [None, None]


def test_csv_with_commas_and_ids_says_nothing_of_winners_without_sections(file):
    result = consul.read_result(file('ID,Titel på forslag,Pris,Stemmer\n12,"Sti, lang","DKK60,000",4\n'))

    assert result.budget_kr is None
    assert result.tabel[["navn", "projekt", "stemmer", "pris_kr", "valgt"]].to_numpy().tolist() == [
        ["Sti, lang", "12", 4, Decimal(60000), None]
    ]


PASTED = """Resultat af deltagerbudgettet
Tranbjerg
Titel på forslag\tStemmer\tPris\tPenge der kan fordeles:
80.000 kr.
Accepterede forslag: "Vild" bane\t412\t60.000 kr.\t20.000 kr.
Kasserede forslag: Junglesti\t300\t35.000 kr.\t-15.000 kr.

Alle forslag
"""


def test_pasted_text_is_read_with_its_words_before_each_title(file):
    result = consul.read_result(file(PASTED))

    assert result.budget_kr == 80000
    assert result.tabel[["navn", "stemmer", "valgt"]].to_numpy().tolist() == [
        ['"Vild" bane', 412, 1],
        ["Junglesti", 300, 0],
    ]


def test_pasted_text_is_read_with_sections_as_headings(file):
    text = "Titel på forslag\tStemmer\tPris\nAccepterede forslag:\nSti\t4\t1 kr.\nKasserede forslag:\nBane\t3\t2 kr.\n"

    assert list(consul.read_result(file(text)).tabel["valgt"]) == [1, 0]


def test_all_faults_of_a_result_are_told_at_once(file):
    text = "Titel på forslag;Stemmer;Pris\nSti;mange;35,000 kr.\n;4;1 kr.\nBane;1;2 kr.;3;4\nfodnote\n"
    with pytest.raises(KildeError) as caught:
        consul.read_result(file(text))

    assert [fault.where for fault in caught.value.faults] == [
        "linje 2, kolonne Stemmer",
        "linje 2, kolonne Pris",
        "linje 3, kolonne Titel på forslag",
        "linje 4",
        "linje 5",
    ]


def test_a_result_with_other_columns_or_none_says_what_is_wanted(file):
    with pytest.raises(KildeError, match=r"kolonne 2 kendes ikke. Mente du »Stemmer«(.|\n)*»Stemmer« mangler"):
        consul.read_result(file("Titel på forslag;Stemer;Pris\nSti;1;2 kr.\n"))
    with pytest.raises(KildeError, match="overskriften med »Titel på forslag«"):
        consul.read_result(file("<html><body><p>Ingen adgang</p></body></html>"))
    with pytest.raises(KildeError, match="ingen forslag under overskriften"):
        consul.read_result(file("Titel på forslag;Stemmer;Pris\n"))


def test_two_budgets_on_one_page_are_refused(file):
    with pytest.raises(KildeError, match="her står 90000, men tidligere stod 80000"):
        consul.read_result(file(RESULT_CSV + "Penge der kan fordeles:;90.000 kr.;\n"))


# Paper ballots.


def test_paper_ballots_are_read_with_their_places(file):
    ballots = consul.read_offline(file("11, 12;12\n\n11;12,11;13;\n"))

    assert ballots == [
        ("linje 1, stemmeseddel 1", ("11", "12")),
        ("linje 1, stemmeseddel 2", ("12",)),
        ("linje 3, stemmeseddel 1", ("11",)),
        ("linje 3, stemmeseddel 2", ("12", "11")),
        ("linje 3, stemmeseddel 3", ("13",)),
    ]


def test_paper_ballots_that_cannot_be_read_are_all_told_without_their_words(file):
    with pytest.raises(KildeError) as caught:
        consul.read_offline(file(f"11;;12\n{NAMES[0]},11\n"))

    assert [fault.where for fault in caught.value.faults] == ["linje 1, stemmeseddel 2", "linje 2, stemmeseddel 1"]
    assert NAMES[0] not in str(caught.value)


# The folder.


def test_files_are_told_apart_by_what_they_hold(tmp_path):
    write(tmp_path, {"resultat.csv": export(*ALL), "x.html": HTML, "eksport.csv": "11,12;12\n", "y.txt": "11\n12\n"})
    write(tmp_path, {"x.html.kilde.toml": "titel = 1", "README.md": "læs", ".skjult": "?"})
    (tmp_path / "x_files").mkdir()

    found = consul.find(tmp_path)

    assert (found.eksport.name, found.resultat.name) == ("resultat.csv", "x.html")
    assert [path.name for path in found.papir] == ["eksport.csv", "y.txt"]


def test_several_exports_or_none_are_an_error_that_lists_what_each_file_looks_like(tmp_path):
    with pytest.raises(KildeError, match="mappen er tom, og der er ingen eksport"):
        consul.find(tmp_path)
    write(tmp_path, {"a.csv": export(*ALL), "b.csv": export(JUNGLE), "c.csv": "11\n"})
    with pytest.raises(KildeError, match="men der er 2") as caught:
        consul.find(tmp_path)

    assert "fil 1 af 3 efter navn (.csv): ser ud som en eksport fra Consul" in str(caught.value)
    assert "fil 3 af 3 efter navn (.csv): ser ud som papirstemmer" in str(caught.value)


def test_files_that_are_none_of_the_three_are_told_by_place_with_what_to_do(tmp_path):
    write(tmp_path, {"a.csv": export(*ALL), "m.csv": "projekt;status;dato\n11;i drift;2024-01-01\n", "t.txt": ""})
    write(tmp_path, {"n.txt": f"Referat af {NAMES[0]}", "r.xlsx": b"PK\x03\x04\x00", "b.bin": b"\xff\xfe\x00"})
    with pytest.raises(KildeError) as caught:
        consul.find(tmp_path)

    words = ("eksport", "UTF-8", "milepæle", "ukendt", "regneark", "tom")
    for number, (fault, word) in enumerate(zip(caught.value.faults, words, strict=True), start=1):
        assert fault.where.startswith(f"fil {number} af 6 efter navn")
        assert word in fault.text
    assert NAMES[0] not in str(caught.value)


def test_two_result_pages_or_no_folder_are_an_error(tmp_path):
    write(tmp_path, {"a.csv": export(*ALL), "b.csv": RESULT_CSV, "c.html": HTML})
    with pytest.raises(KildeError, match="højst være én resultatside, men der er 2"):
        consul.find(tmp_path)
    with pytest.raises(KildeError, match="mappen findes ikke"):
        consul.find(tmp_path / "nej")


def test_a_page_on_one_very_long_line_is_still_told_apart(tmp_path):
    long = HTML.replace("\n", " ").replace("Andet", "x" * 300_000)
    write(tmp_path, {"a.csv": export(*ALL), "b.html": long})

    assert consul.find(tmp_path).resultat.name == "b.html"


# The election.


def test_export_and_page_become_an_election_of_the_projects_on_the_ballot(budget):
    election = read_consul(budget())

    assert election.projekter == ["11", "12"]
    assert election.counted.tolist() == [1213, 412]
    assert list(election.projects["stoette"]) == [40, 7]
    assert election.budget == 80000
    assert (election.rule, election.ballot_type, election.n_voters) == ("flest_stemmer", "knapsack", None)
    assert (election.most_kr, read_consul(budget(), ballot_type="approval").most_kr) == (80000, None)
    assert election.findings == ()


def test_chosen_for_the_ballot_is_not_won(budget):
    assert list(read_consul(budget()).projects["valgt"]) == [0, 1]


def test_the_funnel_is_counted_with_its_reasons(budget):
    assert dict(read_consul(budget()).meta) == {
        "indsendt": "5",
        "godkendt": "3",
        "ikke_gennemfoerlige": "1",
        "under_behandling": "1",
        "paa_stemmesedlen": "2",
        "godkendt_ikke_valgt": "1",
    }


def test_support_is_never_taken_for_votes(budget):
    election = read_consul(budget(resultat=None), budget=Decimal(80000))

    assert list(election.projects["stemmer"]) == [None, None]
    with pytest.raises(ValueUseError, match="antallet af stemmer mangler for projekt 11 og 12"):
        _ = election.counted


def test_no_persons_name_is_anywhere_in_the_election(budget):
    election = read_consul(budget(papir="11\n12\n"))
    everything = [repr(election), str(election.meta), election.projects.to_csv(), election.voters.to_csv()]
    everything += [str(election.findings), str(election.projects.attrs), str(vars(election))]

    assert not [name for name in (*NAMES, "example.org") if any(name in text for text in everything)]


def test_a_budget_given_wins_over_the_pages_and_the_difference_is_told(budget):
    election = read_consul(budget(), budget=Decimal(90000))

    assert election.budget == 90000
    assert [one.where for one in election.findings] == ["budget"]


def test_no_budget_at_all_is_an_error_that_says_so(budget):
    with pytest.raises(KildeError, match="beløbet, der kan fordeles, er ukendt"):
        read_consul(budget(resultat=None))


def test_prices_that_disagree_are_both_told(budget):
    election = read_consul(budget(resultat=RESULT_CSV.replace("35.000 kr.", "36.000 kr.")))

    assert [one.text for one in election.findings] == [
        "eksporten siger 35.000 kr., resultatsiden 36.000 kr.; her regnes med eksportens"
    ]
    assert election.projects["pris_kr"]["11"] == 35000


def test_titles_are_joined_without_regard_to_case_and_spaces(budget):
    election = read_consul(budget(resultat=RESULT_CSV.replace("Junglesti", "  JUNGLEsti ")))

    assert election.counted.tolist() == [1213, 412]


def test_ids_join_where_titles_cannot(budget):
    election = read_consul(budget(export(JUNGLE, (*PARKOUR[:1], "junglesti", *PARKOUR[2:])), HTML))

    assert election.counted.tolist() == [1213, 412]
    assert [one.text for one in election.findings] == [
        "eksporten og resultatsiden har hver sin titel; her bruges eksportens"
    ]


def test_a_title_on_two_projects_off_and_on_the_ballot_is_the_one_on_it(budget):
    election = read_consul(budget(export(*ALL, ("16", "junglesti", "1", "Kan ikke gennemføres", "Nej"))))

    assert election.counted.tolist() == [1213, 412]


def test_titles_that_cannot_be_joined_are_all_told_at_once(budget):
    page_ = RESULT_CSV + "Gynger;1;20.000 kr.\nUkendt;1;1 kr.\nParkourbane;1;1 kr.\n"
    with pytest.raises(KildeError) as caught:
        read_consul(budget(export(*ALL, ("16", "Junglesti", "1", "Kan gennemføres (1 kr.)", "Ja")), page_))

    assert [fault.where for fault in caught.value.faults] == ["linje 6", "linje 7", "linje 8", "linje 9"]
    assert "har flere forslag på stemmesedlen (11 og 16)" in caught.value.faults[0].text
    assert "ikke valgt til afstemningen" in caught.value.faults[1].text
    assert "titlen findes ikke i eksporten" in caught.value.faults[2].text
    assert "står allerede på siden" in caught.value.faults[3].text


def test_a_project_missing_on_the_page_is_told_and_has_no_votes(budget):
    election = read_consul(budget(resultat=RESULT_CSV.replace("Junglesti;1.213;35.000 kr.\n", "")))

    assert [(one.projekt, one.text[:27]) for one in election.findings] == [("11", "står ikke på resultatsiden,")]
    assert list(election.projects["stemmer"]) == [None, 412]


def test_a_project_on_the_ballot_without_a_price_has_the_pages_or_is_a_fault(budget):
    odd = export(("11", "Junglesti", "1", "Under behandling", "Ja"), PARKOUR)
    election = read_consul(budget(odd))

    assert election.projects["pris_kr"]["11"] == 35000
    assert [one.projekt for one in election.findings] == ["11", "11"]
    with pytest.raises(KildeError, match="er på stemmesedlen, men eksporten siger »under behandling«"):
        read_consul(budget(odd, RESULT_CSV.replace("Junglesti;1.213;35.000 kr.\n", "")))


def test_nothing_on_the_ballot_is_an_error(budget):
    with pytest.raises(KildeError, match="intet forslag er valgt til afstemningen"):
        read_consul(budget(export(SWING), None), budget=Decimal(1))


def test_files_saved_again_by_another_program_are_told(budget):
    election = read_consul(budget(export(*ALL, delimiter=";").encode("cp1252"), RESULT_CSV.encode("cp1252")))

    assert [one.where for one in election.findings] == ["eksporten", "resultatsiden", "eksporten"]


def test_several_areas_on_the_ballot_are_told(budget):
    text = export(JUNGLE) + export(PARKOUR, omraade="Harlev").split("\n", 1)[1]

    assert "dækker 2 områder" in read_consul(budget(text)).findings[0].text


def test_paper_ballots_are_counted_and_compared_with_the_published_votes(budget):
    few = RESULT_CSV.replace("412", "1")
    election = read_consul(budget(resultat=few, papir="11,12;12\n", mere="12\n"), ballot_type="approval")

    assert election.meta["papir"] == "3"
    assert list(election.projects["papir"]) == [1, 3]
    assert [(one.where, one.text) for one in election.findings] == [
        ("papir: projekt 12", "3 papirstemmer, men resultatsiden siger 1 stemmer i alt")
    ]
    assert not election.has_ballots


def test_an_unknown_project_or_one_twice_on_paper_is_a_fault(budget):
    with pytest.raises(KildeError) as caught:
        read_consul(budget(papir="11,11;13\n"), ballot_type="approval")

    twice, unknown = map(str, caught.value.faults)
    assert twice.startswith("linje 1, stemmeseddel 1: ")
    assert "står 2 gange" in twice
    assert unknown == "linje 1, stemmeseddel 2: id nummer 1 på sedlen er ikke et projekt på stemmesedlen"


def test_the_faults_of_all_files_are_told_together(budget):
    bad = export(("11", "Junglesti", "x", "Kan gennemføres (1 kr.)", "Ja"))
    with pytest.raises(SeveralError) as caught:
        read_consul(budget(bad, RESULT_CSV.replace("412", "x"), papir="11;;12"))

    assert [error.path for error in caught.value.errors] == ["eksporten", "resultatsiden", "papirstemmer 1"]


def test_a_paper_ballot_over_the_budget_is_a_fault_only_where_the_vote_has_a_budget(budget):
    folder = budget(papir="11,12;12\n")
    with pytest.raises(KildeError) as caught:
        read_consul(folder)

    assert caught.value.path == "papirstemmer 1"
    said = "linje 1, stemmeseddel 1: projekterne koster 95.000 kr., 15.000 kr. over grænsen på 80.000 kr."
    assert [str(fault) for fault in caught.value.faults] == [said]
    assert list(read_consul(folder, ballot_type="approval").projects["papir"]) == [1, 2]
    assert list(read_consul(folder, budget=Decimal(95000)).projects["papir"]) == [1, 2]


# What must never be repeated.

CPR = "010190-1234"
LEAKS = (*NAMES, CPR, "010190", "0101901234")


def told_of(folder, **options):
    """Return everything that is told of a folder: its error, or its findings."""
    try:
        return str(read_consul(folder, **options).findings)
    except BudgetanalyseError as error:
        return str(error)


@pytest.mark.parametrize("secret", [f"{NAMES[0]} {CPR}", CPR, "0101901234", "010190", f"Kan gennemføres ({CPR} kr.)"])
@pytest.mark.parametrize("place", range(len(HEADER)))
def test_no_cell_and_no_header_of_the_export_is_repeated_wherever_it_has_slipped(tmp_path, secret, place):
    rows = list(csv.reader(io.StringIO(export(JUNGLE, PARKOUR))))
    for at in (0, 1):
        changed = [
            [*row[:place], secret, *row[place + 1 :]] if number == at else row for number, row in enumerate(rows)
        ]
        out = io.StringIO()
        csv.writer(out).writerows(changed)
        for resultat in ({}, {"b.csv": RESULT_CSV}):
            write(tmp_path, {"a.csv": out.getvalue(), **resultat})
            told = told_of(tmp_path, budget=Decimal(80000))
            # A whole id of few digits is an id.
            assert not [leak for leak in LEAKS if leak in told and not (secret == leak == "010190" and place == 0)]


@pytest.mark.parametrize("secret", [f"{NAMES[0]} {CPR}", CPR, "0101901234"])
@pytest.mark.parametrize("old", ["Parkourbane", "412", "60.000 kr.", "Pris", "80.000 kr.", "Accepterede forslag:"])
def test_no_cell_and_no_header_of_the_result_page_is_repeated(tmp_path, secret, old):
    for resultat in (RESULT_CSV.replace(old, secret), HTML.replace(old, secret), PASTED.replace(old, secret)):
        write(tmp_path, {"a.csv": export(*ALL), "b.html": resultat})
        told = told_of(tmp_path, budget=Decimal(80000))
        assert not [leak for leak in LEAKS if leak in told]


@pytest.mark.parametrize("paper", ["0101901234\n", "010190,1234\n", "11;010190,11\n"])
def test_no_id_of_a_paper_ballot_is_repeated_unless_it_is_a_project(budget, paper):
    told = told_of(budget(papir=paper))

    assert "papirstemmer 1" in told
    assert not [leak for leak in LEAKS if leak in told]


@pytest.mark.parametrize(
    "files",
    [
        {"eksport": export(*ALL, delimiter=";").encode("cp1252"), "side": RESULT_CSV.encode("cp1252")},
        {"eksport": export(("x", *JUNGLE[1:])), "side": "Titel på forslag;Stemmer;Pris\n;;\nSti;x;y\n", "p": "11;;"},
        {"eksport": export(*ALL), "side": RESULT_CSV.replace("Junglesti", "Ukendt"), "p": "11"},
        {"eksport": export(*ALL), "side": RESULT_CSV, "p": "11,12", "q": "99"},
        {"eksport": export(*ALL), "side": RESULT_CSV, "andet": "Kære alle", "ark": b"PK\x03\x04", "tom": ""},
        {"eksport": export(*ALL).encode("utf-16"), "side": "x"},
    ],
)
def test_no_file_or_folder_is_told_by_its_own_name(tmp_path, files):
    folder = tmp_path / NAMES[1]
    folder.mkdir()
    write(folder, {f"{name} {NAMES[0]} {CPR}.{NAMES[2]}": text for name, text in files.items()})
    told = told_of(folder) + told_of(tmp_path / NAMES[1] / "nej")

    assert told.strip("()")
    assert not [leak for leak in LEAKS if leak in told]


def test_a_folder_that_is_not_consuls_is_refused_by_what_is_wanted(tmp_path):
    write(tmp_path, {f"{NAMES[0]}{number}.conf": "noget" for number in range(3)})
    with pytest.raises(KildeError, match="mappen rummer 3 filer, og der er ingen eksport fra Consul") as caught:
        consul.find(tmp_path)

    assert [fault.where for fault in caught.value.faults] == ["", "eksport", "resultatside", "papirstemmer"]
    assert "ID, Titel, Område, Gennemførlighed, Vurdering færdiggjort og Valgt" in str(caught.value)
    assert "Titel på forslag, Stemmer og Pris" in str(caught.value)
    assert NAMES[0] not in str(caught.value)


def test_a_folder_of_very_many_files_is_refused_unopened(tmp_path):
    write(tmp_path, {f"{number}.csv": export(JUNGLE) for number in range(101)})
    with pytest.raises(KildeError, match="mappen rummer 101 filer"):
        consul.find(tmp_path)


# Numbers.


@pytest.mark.parametrize("digits", ["9" * 13, "9" * 30, "9" * 5000, "٣٥", "³", "１２"])
@pytest.mark.parametrize("column", ["id", "stoette", "pris", "dkk", "stemmer", "sidepris", "papir"])
def test_a_number_too_long_or_in_other_digits_is_a_danish_error(budget, digits, column):
    id_, titel, stoette, gennem, valgt = JUNGLE
    changes = {
        "id": (digits, titel, stoette, gennem, valgt),
        "stoette": (id_, titel, digits, gennem, valgt),
        "pris": (id_, titel, stoette, f"Kan gennemføres ({digits} kr.)", valgt),
        "dkk": (id_, titel, stoette, f"DKK{digits}", valgt),
    }
    resultat = RESULT_CSV.replace({"stemmer": "412", "sidepris": "60.000"}.get(column, "nej"), digits)
    more = {"papir": f"11;{digits}"} if column == "papir" else {}
    told = told_of(budget(export(changes.get(column, JUNGLE), PARKOUR), resultat, **more))

    assert told.startswith("Ret følgende i ")
    assert "linje" in told or "fil 3 af 3" in told
    assert "Exceeds" not in told
    assert digits not in told


# Pages as browsers and people make them.

TABLE = """<html><body><table><tr><th>Titel på forslag</th><th>Stemmer</th><th>Pris</th></tr>{}</table></body></html>"""
STI, BANE = "<tr><td>Sti</td><td>9</td><td>1 kr.</td></tr>", "<tr><td>Bane</td><td>8</td><td>2 kr.</td></tr>"


def titles(file, page_):
    return list(consul.read_result(file(page_)).tabel["navn"])


def test_projects_on_the_same_line_of_a_page_are_each_read(budget):
    one_line = " ".join(HTML.replace("Parkourbane &amp; mere", "Parkourbane").split())
    election = read_consul(budget(resultat=one_line))

    assert election.counted.tolist() == [1213, 412]
    assert list(election.projects["valgt"]) == [0, 1]


@pytest.mark.parametrize("hidden", ['style="display:none"', 'STYLE="color: red; Display : None"', "hidden"])
def test_a_hidden_row_is_not_read_unless_it_is_one_that_consul_hides(file, hidden):
    assert titles(file, TABLE.format(STI + BANE.replace("<tr", f"<tr {hidden}"))) == ["Sti"]
    own = BANE.replace("<tr", f'<tr id="budget_investment_7" {hidden}')
    assert titles(file, TABLE.format(STI + own)) == ["Sti", "Bane"]
    by_link = BANE.replace("<tr", f"<tr {hidden}").replace("Bane", '<a href="/budgets/1/investments/7-bane">Bane</a>')
    assert titles(file, TABLE.format(STI + by_link)) == ["Sti", "Bane"]


def test_what_a_browser_does_not_show_is_not_read(file):
    unseen = f"<!-- {BANE} --><template>{BANE}</template><noscript>{BANE}</noscript><script>var x = '{BANE}'</script>"

    assert titles(file, TABLE.format(STI + unseen)) == ["Sti"]


def test_a_second_table_with_the_rest_of_the_rows_is_read_too(file):
    second = f"</table><p>Flere</p><table>{BANE}"
    assert titles(file, TABLE.format(STI + second)) == ["Sti", "Bane"]
    other = "</table><table><tr><td>Kontakt</td><td>os</td><td>her</td></tr>"
    assert titles(file, TABLE.format(STI + other)) == ["Sti"]
    with pytest.raises(KildeError, match="kolonne Stemmer: skal være et helt tal"):
        titles(file, TABLE.format(STI + second.replace("8", "otte")))


def test_a_table_inside_a_title_is_a_part_of_the_title(file):
    inner = "<table><tr><td>{}</td></tr></table>"
    assert titles(file, TABLE.format(STI.replace("Sti", inner.format("Sti")) + BANE)) == ["Sti", "Bane"]
    assert titles(file, TABLE.format(STI.replace("Sti", "Sti" + inner.format("x")) + BANE)) == ["Sti x", "Bane"]


def test_a_result_inside_a_table_of_layout_is_read(file):
    result = TABLE.format(STI + BANE).removeprefix("<html><body>").removesuffix("</body></html>")
    layout = f"<html><table><tr><td>Menu</td><td>{result}</td><td>Fod</td></tr></table></html>"

    assert titles(file, layout) == ["Sti", "Bane"]
    assert titles(file, layout.split("</table>")[0]) == ["Sti", "Bane"]


@pytest.mark.parametrize("tag", ["script", "style", "template", "noscript"])
def test_what_is_never_closed_is_told_with_its_line(file, tag):
    with pytest.raises(KildeError, match=f"linje 2: <{tag}> er åbnet og ikke lukket"):
        titles(file, TABLE.format(f"{STI}\n<{tag}>{BANE}"))


# Who won.


@pytest.mark.parametrize("heads", [("Accepterede forslag:", "Kasserede forslag:"), ("ACCEPTEREDE", "Kasserede")])
@pytest.mark.parametrize("count", ["", " (1)"])
def test_the_result_table_says_who_won_where_the_page_does(budget, heads, count):
    won, lost = (f"{head.removesuffix(':')}{count}{':' if ':' in head else ''}" for head in heads)
    text = RESULT_CSV.replace("Accepterede forslag:", won).replace("Kasserede forslag:", lost)
    table = resultattabel(read_consul(budget(resultat=text)))

    assert table["valgt"].tolist() == [0, 1]
    assert [type(one) for one in table["valgt"]] == [int, int]


def test_the_result_table_does_not_say_who_won_where_the_page_does_not(budget):
    text = RESULT_CSV.replace("Accepterede forslag:;;\n", "").replace("Kasserede forslag:;;\n", "")

    assert resultattabel(read_consul(budget(resultat=text)))["valgt"].tolist() == [None, None]
    assert resultattabel(read_consul(budget(resultat=None), budget=Decimal(1)))["valgt"].tolist() == [None, None]


def test_a_project_listed_before_any_heading_is_neither_won_nor_lost(budget):
    text = RESULT_CSV.replace("Accepterede forslag:;;\n", "")

    assert resultattabel(read_consul(budget(resultat=text)))["valgt"].tolist() == [0, None]


# Spreadsheets.


@pytest.mark.parametrize("sign", "=+-@")
def test_a_name_like_a_formula_has_an_apostrophe_in_the_table_and_none_when_read(budget, sign):
    text = export((JUNGLE[0], f"{sign}Sti", *JUNGLE[2:]), PARKOUR, omraade=f"{sign}Midt")
    for title in (f"{sign}Sti", f"'{sign}Sti"):
        election = read_consul(budget(text, RESULT_CSV.replace("Junglesti", title)))
        table = resultattabel(election)

        assert (list(election.projects["navn"]), election.findings) == ([f"{sign}Sti", "Parkourbane"], ())
        assert list(table["navn"]) == [f"'{sign}Sti", "Parkourbane"]
        assert list(table["omraade"]) == [f"'{sign}Midt"] * 2


def test_an_apostrophe_of_the_title_itself_stays(budget):
    text = export((JUNGLE[0], "'Sti'", *JUNGLE[2:]), PARKOUR)
    table = resultattabel(read_consul(budget(text, RESULT_CSV.replace("Junglesti", "'Sti'"))))

    assert list(table["navn"]) == ["'Sti'", "Parkourbane"]


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_the_readers_with_anything_but_a_danish_error(tmp_path_factory, text):
    path = write(tmp_path_factory.getbasetemp(), {"vilkaarlig.txt": text.encode("utf-8", "replace")}) / "vilkaarlig.txt"
    for read in (consul.read_export, consul.read_result, consul.read_offline):
        for content in (text, f"Titel på forslag\tStemmer\tPris\n{text}", f"<table>{text}", export(JUNGLE) + text):
            path.write_bytes(content.encode("utf-8", "replace"))
            with contextlib.suppress(BudgetanalyseError):
                read(path)
