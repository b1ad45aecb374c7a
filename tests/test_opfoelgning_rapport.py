"""What a report takes from the follow-up: cut-outs, sentences by section, printed lines, and the notebook's choices."""

from __future__ import annotations

import ast
import json
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from builders import ROOT

from budgetanalyser import opfoelgning
from budgetanalyser.errors import PosterError, ValueUseError
from budgetanalyser.kroner import Enhed
from budgetanalyser.opfoelgning import fortegn
from budgetanalyser.opfoelgning.visning import Visning

D = Decimal
MIO = D(1_000_000)
PERIODE = opfoelgning.periode("2026K3")
FOLLOWUP = opfoelgning.Opfoelgning("3", "Budgetopfølgning 3", date(2026, 9, 30), False, "", PERIODE)


def placed(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Return budget posts: bevilling, udvalg, ramme, mio. kr."""
    return pd.DataFrame(
        [
            {
                "aar": 2026,
                "slags": "oprindeligt",
                "dato": None,
                "bevilling": b,
                "udvalg": u,
                "ramme": r,
                "beloeb_kr": D(m) * MIO,
            }
            for b, u, r, m in rows
        ]
    )


BUDGET = placed(
    ("Skat", "Økonomi", "indtaegter", "-900"),
    ("Skoler", "Børn", "service", "600"),
    ("Byggeri", "Børn", "anlaeg", "50"),
    ("Lån", "Økonomi", "finansiering", "20"),
)
SPEND = BUDGET.assign(maaned=9, beloeb_kr=[D(-700) * MIO, D(450) * MIO, D(10) * MIO, D(15) * MIO]).drop(columns="slags")
EXPECTED = pd.DataFrame(
    {
        "bevilling": ["Skat", "Skoler", "Byggeri", "Lån"],
        "forventet_kr": [D(-905) * MIO, D(612) * MIO, D(40) * MIO, D(20) * MIO],
    }
)


def statement(hele: bool = True) -> pd.DataFrame:
    posts, spend = opfoelgning.kun_udvalg("Hele kommunen" if hele else "Børn", BUDGET, SPEND)
    names = opfoelgning.bevillinger_i(posts)
    expected = opfoelgning.kun_bevillinger(EXPECTED, names)
    table = opfoelgning.hovedtabel(posts, spend, expected, periode=PERIODE, efter=("ramme", "udvalg", "bevilling"))
    return opfoelgning.resultatopgoerelse(table, efter_udvalg=hele)


def test_each_section_has_its_sentence_and_a_municipality_tells_what_the_year_does_to_its_cash():
    said = opfoelgning.afsnit_i_ord(opfoelgning.til_visning(statement(), hele=True), opfoelgning=FOLLOWUP)

    assert said == [
        "Skatter og tilskud ventes at blive 905,0 mio. kr.: en merindtægt på 5,0 mio. kr. (0,6 %) i forhold til det "
        "korrigerede budget.",
        "Driftsudgifterne ventes at blive 612,0 mio. kr.: et merforbrug på 12,0 mio. kr. (2,0 %) i forhold til det "
        "korrigerede budget. Pr. 30. september 2026 er 75,0 % af driftsbudgettet brugt.",
        "Anlægsudgifterne ventes at blive 40,0 mio. kr.: et mindreforbrug på 10,0 mio. kr. (20,0 %) i forhold til det "
        "korrigerede budget. Pr. 30. september 2026 er 20,0 % af anlægsbudgettet brugt.",
        "De finansielle poster ventes at blive 20,0 mio. kr., som i det korrigerede budget.",
        "Alt i alt ventes en opbygning af kassen på 233,0 mio. kr.; i det korrigerede budget er det en opbygning af "
        "kassen på 230,0 mio. kr.",
    ]


def test_a_committees_lines_have_no_results_and_tell_their_section():
    shown = opfoelgning.til_visning(statement(hele=False), hele=False)

    assert list(shown["linje"]) == ["Skoler (drift)", "Driftsudgifter i alt", "Byggeri (anlæg)", "Anlægsudgifter i alt"]
    assert opfoelgning.sumraekker(shown) == [1, 3]
    assert opfoelgning.resultat_noter(shown) == []


def test_a_result_has_no_percentage_and_the_note_says_why():
    shown = opfoelgning.til_visning(statement(), hele=True).set_index("linje")

    assert shown.loc["Driftsresultat før finansiering", "afvigelse_pct"] is None
    assert shown.loc["Driftsudgifter i alt", "afvigelse_pct"] == D("0.02")
    assert "ingen procent" in " ".join(opfoelgning.resultat_noter(shown.reset_index()))


def test_a_committee_with_budget_and_no_spend_is_one_and_an_unknown_is_not():
    posts, spend = opfoelgning.kun_udvalg("Børn", BUDGET, SPEND.iloc[:0])

    assert list(posts["bevilling"]) == ["Skoler", "Byggeri"]
    assert spend.empty
    with pytest.raises(ValueUseError, match="Mente du »Børn«"):
        opfoelgning.kun_udvalg("Børm", BUDGET, SPEND)


def test_a_misspelt_appropriation_is_refused_with_its_line_before_its_figure_is_lost():
    own = pd.DataFrame({"bevilling": ["Skoler", "Skole"], "forventet_kr": [D(1), D(2)]}, index=[2, 3])

    with pytest.raises(PosterError, match=r"linje 3.*»Skole« har hverken budget eller forbrug\. Mente du »Skoler«"):
        opfoelgning.kun_bevillinger(own, ["Byggeri"], blandt=["Skoler", "Byggeri"])
    assert len(opfoelgning.kun_bevillinger(own, ["Skoler"])) == 1


def test_an_application_for_an_unknown_appropriation_is_refused():
    rows = pd.DataFrame(
        [
            ("1", "Salt", "Vinter", 2026, "drift", D(2) * MIO, ""),
            ("1", "Salt", "", 2026, "finansiering", D(-2) * MIO, "likvide aktiver"),
        ],
        columns=["nr", "tekst", "bevilling", "aar", "slags", "beloeb_kr", "finansiering"],
    )
    applied = opfoelgning.bevillinger.check(rows, budgetaar=2026)

    with pytest.raises(PosterError, match="»Vinter«"):
        applied.kun(["Skoler"], blandt=["Skoler"])
    assert applied.kun(["Vinter"], blandt=["Vinter"]).antal == 1
    shown = applied.til_visning()
    assert list(shown["hvad"]) == ["Vinter", "likvide aktiver"]
    assert list(shown["ansoegning"]) == ["1: Salt", "1: Salt"]


def test_a_frame_of_ones_own_counts_in_the_statement_and_in_the_cut_out_alike():
    own = opfoelgning.egne_rammer("Plejeboliger: drift; Byfornyelse: anlaeg")
    posts = placed(("Boliger", "Børn", "Plejeboliger", "7"), ("Gader", "Børn", "Byfornyelse", "3"))

    assert own == {"Plejeboliger": "drift", "Byfornyelse": "anlaeg"}
    assert list(opfoelgning.kun_afsnit(posts, "drift", rammer=own)["bevilling"]) == ["Boliger"]
    assert opfoelgning.kun_afsnit(posts, "drift").empty
    with pytest.raises(PosterError, match="ramme kan ikke være »Plejeboliger«"):
        opfoelgning.check_rammer(posts)
    opfoelgning.check_rammer(posts, rammer=own)
    with pytest.raises(ValueUseError, match="Ældreboliger: drift"):
        opfoelgning.egne_rammer("Plejeboliger: service")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2022: brand; 2020: corona", {2022: "brand", 2020: "corona"}),
        ("", {}),
        ("2023: a, 2024: b", None),
        ("2023", None),
        ("2023: a; 2023: b", None),
    ],
)
def test_years_are_left_out_one_by_one_each_with_its_reason(text, said):
    if said is None:
        with pytest.raises(ValueUseError):
            opfoelgning.udeladte(text)
    else:
        assert opfoelgning.udeladte(text) == said


def test_the_size_of_a_deviation_stands_beside_the_right_word():
    assert [opfoelgning.afvigelse_art(D(5)), opfoelgning.afvigelse_art(D(-5))] == ["merforbrug", "mindreforbrug"]
    assert opfoelgning.afvigelse_art(D(5), indtaegt=True) == "mindreindtægt"
    assert opfoelgning.afvigelse_art(None) == "afvigelse"
    assert (opfoelgning.uden_fortegn(D(-5)), opfoelgning.uden_fortegn(None)) == (5, None)


def test_warnings_tell_empty_months_skewed_moves_closed_appropriations_and_committees_without_a_report():
    moved = placed(("Skoler", "Børn", "service", "1")).assign(slags="omplacering")
    history = pd.DataFrame({"bevilling": ["Skoler", "Nedlagt"]})

    said = opfoelgning.advarsler(
        pd.concat([BUDGET, moved]), SPEND, periode=PERIODE, historik=history, rapporter=["Hele kommunen", "Børn"]
    )

    assert len(said) == 4
    assert "ingen posteringer i januar 2026" in said[0]
    assert said[1] == "Omplaceringerne giver 1.000.000,00 kr tilsammen og ikke 0; mangler der en?"
    assert "»Nedlagt«" in said[2]
    assert "ingen rapport for Økonomi" in said[3]


def test_a_year_without_an_original_budget_is_refused():
    opfoelgning.kraev_budget(BUDGET, periode=PERIODE)
    with pytest.raises(PosterError, match="»oprindeligt« for 2026"):
        opfoelgning.kraev_budget(BUDGET.assign(aar=2025), periode=PERIODE)


def test_the_example_shows_the_method_with_the_appropriations_own_numbers():
    row = {
        "bevilling": "Skoler", "metode": "bf", "kilde": "modellen", "andel": D("0.75"), "ytd_kr": D(450) * MIO,
        "korrigeret_kr": D(600) * MIO, "model_kr": D(600) * MIO, "lavt_kr": None,
    }  # fmt: skip
    made = pd.DataFrame([row])

    assert opfoelgning.eksempel_i_ord(made, "bf", maaneder=9) == (
        "Eksempel: »Skoler« har brugt 450,0 mio. kr. og plejer at bruge 25,0 % af sit budget i resten af året. Det er "
        "150,0 mio. kr. af 600,0 mio. kr., så skønnet er 600,0 mio. kr."
    )
    assert opfoelgning.eksempel_i_ord(made, "saeson", maaneder=9) == ""
    assert "mindst tre tidligere år" in opfoelgning.interval_i_ord(made)


def test_a_rounding_gap_is_told_in_the_convention_that_is_printed():
    posts = placed(("Skoler", "Børn", "service", "10.06"))
    expected = pd.DataFrame({"bevilling": ["Skoler"], "forventet_kr": [D("10.04") * MIO]})
    table = opfoelgning.hovedtabel(
        posts, SPEND.iloc[:0], expected, periode=PERIODE, efter=("ramme", "udvalg", "bevilling")
    )
    shown = opfoelgning.til_visning(opfoelgning.resultatopgoerelse(table, efter_udvalg=False), hele=False)
    columns = ["korrigeret_kr", "forventet_kr", "afvigelse_kr"]

    notes = {
        sign: Visning(sign).afrundet(
            fortegn.convert(shown, sign, afvigelser=["afvigelse_kr", "afvigelse_pct"]), columns, {}
        )
        for sign in ("greve", "udgift_plus")
    }

    # 10,06 and 10,04 are printed 10,1 and 10,0, and the deviation of 0,02 is printed 0,0.
    assert "forskellen mellem de viste tal er 0,1; det viste er 0,0" in notes["greve"][1]
    assert "forskellen mellem de viste tal er −0,1; det viste er 0,0" in notes["udgift_plus"][1]


def test_the_notebook_offers_every_method_convention_and_unit_there_is():
    cells = json.loads((ROOT / "notebooks/budgetopfoelgning.ipynb").read_text(encoding="utf-8"))["cells"]
    source = next("".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", []))
    offered = {
        node.target.id: [one.value for one in ast.walk(node.annotation) if isinstance(one, ast.Constant)]
        for node in ast.parse(source).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }

    assert offered["metode"] == list(opfoelgning.METODER)
    assert offered["fortegn"] == list(fortegn.KONVENTIONER)
    assert sorted(offered["enhed"]) == sorted(unit.navn for unit in Enhed)


def test_a_budget_line_that_stands_twice_is_refused_with_both_lines():
    twice = pd.concat([BUDGET, BUDGET.iloc[:1]], ignore_index=True)

    with pytest.raises(PosterError, match="linje 4: linjen er den samme som linje 0"):
        opfoelgning.kraev_budget(twice, periode=PERIODE)


def test_a_no_break_space_makes_no_other_committee():
    posts = placed(("Skoler", "Børne-\u00a0og Ungeudvalget", "service", "1"))

    assert opfoelgning.udvalg_i(posts) == ["Børne- og Ungeudvalget"]
    assert len(opfoelgning.kun_udvalg("Børne- og Ungeudvalget", posts)[0]) == 1


def test_an_amount_no_municipality_has_is_refused():
    with pytest.raises(PosterError, match="er det i øre"):
        opfoelgning.kraev_budget(placed(("Skoler", "Børn", "service", "100000000")), periode=PERIODE)
