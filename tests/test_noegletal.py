"""Key figures of a round: as published, as made from ballots, and as a file that is read again."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from budgetanalyser.dansk import pct
from budgetanalyser.deltagerbudget.deltagelse import valgdeltagelse
from budgetanalyser.deltagerbudget.laesning import af_resultat, read_valg, sammenhold
from budgetanalyser.deltagerbudget.noegletal import COLUMNS, noegletal, oplyst, som_csv
from budgetanalyser.deltagerbudget.optaelling import count
from budgetanalyser.deltagerbudget.valg import Election, matrix
from budgetanalyser.errors import KildeError, PosterError
from budgetanalyser.kilder.sidecar import checksum
from budgetanalyser.kilder.table import read
from budgetanalyser.statistik import andel

RAW = Path(__file__).parents[1] / "data/raw"
D = Decimal
OPLYST_COLUMNS = ["noegle", "taeller", "naevner", "naevner_ord", "beloeb_kr"]
RESULT_COLUMNS = ["projekt", "navn", "pris_kr", "stemmer", "valgt"]


def table(columns, *rows, fil=""):
    """Build a table as read from a file, whose first data line is line 2."""
    found = pd.DataFrame(rows, columns=columns, index=range(2, 2 + len(rows)), dtype=object)
    found.attrs |= {"fil": fil} if fil else {}
    return found


def election_of(ballots, **voters):
    """Return an election of a at 60, b at 20 and c at 50 kroner, with 100 kroner to give."""
    ids = ["a", "b", "c"]
    projects = pd.DataFrame(
        {"pris_kr": [D(60), D(20), D(50)], "navn": ids}, index=pd.Index(ids, name="projekt", dtype=object), dtype=object
    )
    chosen = [[ids.index(one) for one in ballot.split()] for ballot in ballots]
    who = pd.DataFrame(voters, index=range(len(ballots)), dtype=object)
    return Election(projects, D(100), "knapsack", ballots=matrix(chosen, 3), voters=who, fil="stemmer.pb")


def turnout(of=4, all_=50):
    return valgdeltagelse(of, all_, aldersgraense=15)


def figures(of=4, **more):
    known = {"beloeb_kr": D(100), "prisniveau": 2020, "indsendt": 9, "godkendt": 3, "stoettet": 2} | more
    return noegletal(turnout(of), **known)


# As published.


def test_tranbjerg_says_what_was_published_and_no_more():
    found = oplyst(read(RAW / "aarhus-2020-tranbjerg-noegletal.csv").data)

    assert (found.forslag, found.godkendt, found.stoettet, found.realiseret) == (14, 12, 6, 4)
    assert (found.stemmer, found.budget_kr, found.deltagelse) == (1213, 320_000, D("0.16"))
    assert (found.stemmeberettigede, found.naevner) == (None, "indbyggere på 15 år og derover")
    assert pct(andel(found.godkendt / found.forslag)) == "85,7 %"
    assert pct(andel(found.stoettet / found.godkendt)) == "50,0 %"
    assert round(found.budget_kr / found.stemmer, 1) == D("263.8")


def test_a_round_needs_its_voters_and_its_budget():
    silent = table(OPLYST_COLUMNS, ("budget", None, None, None, None), ("forslag", 3, None, None, None), fil="o.csv")

    with pytest.raises(PosterError) as caught:
        oplyst(silent)

    assert caught.value.path == "o.csv"
    assert [str(fault) for fault in caught.value.faults] == [
        "rækken »stemmer« med et tal i »taeller« mangler",
        "rækken »budget« med et tal i »beloeb_kr« mangler",
    ]


def test_what_no_source_says_is_none():
    found = oplyst(
        table(
            OPLYST_COLUMNS, ("stemmer", 40, None, None, None), ("budget", None, None, None, D(900)), ("andet", *[1] * 4)
        )
    )

    assert (found.stemmer, found.budget_kr, found.naevner) == (40, 900, "")
    others = (
        found.forslag,
        found.godkendt,
        found.stoettet,
        found.realiseret,
        found.stemmeberettigede,
        found.deltagelse,
    )
    assert others == (None,) * 6


# As made from a round.


def test_the_figures_are_numerators_and_denominators_with_words():
    made = figures(
        of=20,
        election=election_of(
            ["a b", "a c", "b", "c"] * 5,
            kanal=["papir", "internet", None, "paper"] * 5,
            deltaget_foer=["nej", "ja", "nej", ""] * 5,
        ),
        vindere=["a", "b"],
    )

    assert list(made.columns) == list(COLUMNS)
    rows = {row[0]: row[2:] for row in made.itertuples(index=False, name=None)}
    assert rows == {
        "valgdeltagelse": (20, 50, "indbyggere på 15 år og derover", None, None),
        "godkendt": (3, 9, "indsendte forslag", None, None),
        "stoettet": (2, 3, "godkendte forslag", None, None),
        "uden": (5, 20, "vælgere", None, None),
        "papir": (10, 20, "vælgere", None, None),
        "nye": (10, 15, "vælgere, der har svaret på, om de har deltaget før", None, None),
        "budget": (None, None, None, D("100.00"), 2020),
        "kr_pr_stemmende": (None, None, None, D("5.00"), 2020),
    }


def test_a_number_of_voters_too_small_to_be_told_is_left_out_of_the_figures():
    """The figures are enclosed in a public report: 3 of 20 on paper says the same there as in a table."""
    ballots = ["a"] * 16 + ["c"] * 4
    election = election_of(ballots, kanal=["papir"] * 3 + ["internet"] * 17, deltaget_foer=["nej"] * 18 + ["ja"] * 2)

    rows = figures(of=20, election=election, vindere=["a"]).set_index("noegle")

    assert [rows.loc[key, "taeller"] for key in ("uden", "papir", "nye")] == [None, None, None]


def test_without_ballots_only_what_is_known_is_told():
    keys = ["valgdeltagelse", "godkendt", "stoettet", "budget", "kr_pr_stemmende"]

    assert list(figures()["noegle"]) == keys
    assert list(figures(election=replace(election_of([]), ballots=None))["noegle"]) == keys
    assert list(figures(of=0)["noegle"]) == keys[:-1]  # Nobody has no share of the budget.


SIDECAR = """\
titel = "KONSTRUERET: nøgletal"
udgiver = "Testen"
dato_udgivet = "ikke oplyst"
dato_hentet = 2026-01-02
url = "ikke oplyst"
licens = "ikke oplyst"
sha256 = "{sha256}"
prisniveau = "ikke oplyst"
prisniveau_forudsat = 2020
forudsaetning = "Testen regner beløbene som 2020-kroner."
konstrueret = true

[kolonner]
noegle = { type = "tekst", unik = true }
indikator = { type = "tekst" }
taeller = { type = "heltal", tom = true }
naevner = { type = "heltal", tom = true }
naevner_ord = { type = "tekst", tom = true }
beloeb_kr = { type = "beloeb", tom = true }
prisniveau = { type = "aar", tom = true }
"""


def read_again(folder, made):
    path = folder / "KONSTRUERET-noegletal.csv"
    path.write_bytes(som_csv(made).encode())
    side = path.with_name(f"{path.name}.kilde.toml")
    side.write_text(SIDECAR.replace("{sha256}", checksum(path)), encoding="utf-8")
    return read(path).data


def cells(found):
    return found.to_numpy(dtype=object).tolist()


@pytest.mark.parametrize("level", [2020, None])
def test_the_figures_read_back_as_they_were(tmp_path, level):
    made = figures(election=election_of(["a b", "c", "b"]), vindere=["a"], prisniveau=level, godkendt=None, of=3)

    found = read_again(tmp_path, made)

    assert list(found.columns) == list(COLUMNS)
    assert cells(found) == cells(made)
    assert found.iloc[-1]["beloeb_kr"] == D("33.33")


@pytest.mark.parametrize("words", ["a; b", '"citat" først', 'og "sidst"', 'a; "b"', '"', "to\nlinjer", "1,5", "=1+1"])
def test_any_text_survives_the_file(tmp_path, words):
    made = figures()
    made.loc[0, "naevner_ord"] = words

    assert cells(read_again(tmp_path, made)) == cells(made)


def test_the_file_has_semicolons_and_decimal_commas():
    made = pd.DataFrame([("x", D("1234.50"), None, 7), ("y;z", D("1E+3"), float("nan"), 0)], columns=list("abcd"))

    assert som_csv(made) == 'a;b;c;d\nx;1234,50;;7\n"y;z";1000;;0\n'


# Where ballots and results come from.

NOTHING = pd.DataFrame({"projekt": [], "pris_kr": []}, dtype=object)


def test_each_kind_of_file_has_its_reader(tmp_path):
    assert read_valg(RAW / "KONSTRUERET-deltagerbudget-2017.pb", NOTHING, budget=D(1)).n_voters == 962

    (tmp_path / "a.csv").write_text(
        "ID,Titel,Støtte,Administrator,Evaluator,Evalueringsgruppe,Område,Gennemførlighed,Vurdering færdiggjort,Valgt,"
        "Vis til evaluator,Brugernavn,Beskrivelse\n"
        "7,Junglesti,40,-,-,-,By,Kan gennemføres (35.000 kr.),Ja,Ja,Nej,-,-\n",
        encoding="utf-8",
    )
    folder = read_valg(tmp_path, NOTHING, budget=D(80_000))
    assert (folder.projects["pris_kr"].to_dict(), folder.budget) == ({"7": 35_000}, 80_000)

    with pytest.raises(KildeError, match=r"stemmer\.xlsx.*\n.*skal være en \.pb-fil, en \.csv-tabel eller en mappe"):
        read_valg(tmp_path / "stemmer.xlsx", NOTHING, budget=D(1))


def test_a_faulty_ballot_is_refused_or_left_out_and_told(tmp_path):
    path = tmp_path / "KONSTRUERET.PB"
    good = (RAW / "KONSTRUERET-deltagerbudget-2017.pb").read_text(encoding="utf-8")
    path.write_text(good.replace("\nv0003;", "\nv0003;999,", 1), encoding="utf-8")

    with pytest.raises(KildeError, match="ikke kendes"):
        read_valg(path, NOTHING, budget=D(1))
    election = read_valg(path, NOTHING, budget=D(1), udelad=True)
    assert election.n_voters == 961
    assert any(one.virkning == "udeladt" for one in election.findings)


def result(*rows):
    return table(RESULT_COLUMNS, *rows, fil="resultat.csv")


def test_a_published_result_is_an_election_without_ballots():
    # The example of Aarhus: 80.000 kroner, and the second is skipped since it no longer fits.
    rows = [("1", "Sti", D(32_000), 90, 1), ("2", "Bane", D(78_450), 80, 0), ("3", "Bænk", D(20_000), 70, 1)]

    election = af_resultat(result(*rows), budget=D(80_000))

    assert (election.has_ballots, election.ballot_type) == (False, "knapsack")
    assert count(election).winners == ("1", "3")
    assert count(election).spent == 52_000


@pytest.mark.parametrize("cell", [2, 3])
def test_a_result_without_a_price_or_the_votes_cannot_be_counted(cell):
    row = ["1", "Sti", D(32_000), 90, 1]
    row[cell] = None

    assert af_resultat(result(("2", "Bane", D(5), 80, 0), row), budget=D(80_000)) is None


def test_a_result_that_agrees_with_its_ballots_has_nothing_told():
    agreed = result(("c", "c", D(50), 1, 0), ("a", "a", D(60), 2, 1), ("b", "b", None, None, 1))

    assert sammenhold(election_of(["a b", "a", "c"]), agreed) == []


def test_differences_between_result_and_ballots_are_told_with_their_line():
    wrong = result(("a", "a", D(61), 2, 1), ("x", "x", D(5), 9, 0), ("b", "b", D(20), 3, 1))

    assert [str(one) for one in sammenhold(election_of(["a b", "a", "c"]), wrong)] == [
        "resultat.csv, linje 2: prisen er 61,00 kr., men 60,00 kr. på stemmesedlerne",
        "resultat.csv, linje 3: projektet x er ikke på stemmesedlerne",
        "resultat.csv, linje 4: der står 3 stemmer, men stemmesedlerne giver 1",
        "stemmesedlerne: projektet c mangler i resultatet",
    ]
