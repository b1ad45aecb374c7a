"""The cost model: exact sums, drivers and payment. Amounts are constructed so that they can be checked by hand."""

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from builders import ROOT

from budgetanalyser.borgersamling import omkostning
from budgetanalyser.borgersamling.omkostning import Drivere, betaling
from budgetanalyser.errors import PosterError, SeveralError, ValueUseError

COLUMNS = [
    "post",
    "maengde",
    "minimum_kr",
    "mest_sandsynlig_kr",
    "maksimum_kr",
    "fordeling",
    "moms",
    "slags",
    "budgetaar",
]


def line(post, maengde, price, *, slags="ekstern", moms="momsfri", aar="2024", low=None, high=None, fordeling="fast"):
    low, high = (Decimal(price if end is None else end) for end in (low, high))
    return (post, maengde, low, Decimal(price), high, fordeling, moms, slags, aar)


def lines(*rows, aflevering=date(2024, 6, 1)):
    table = pd.DataFrame(rows, columns=COLUMNS, index=range(2, len(rows) + 2), dtype=object)
    return omkostning.linjer(table, aflevering=aflevering)


def drivers(*rows, **known):
    columns = ["driver", "minimum", "mest_sandsynlig", "maksimum", "fordeling", "formel", "afrunding"]
    return Drivere.of(pd.DataFrame(rows, columns=columns, dtype=object), known)


def fixed(name, value):
    return (name, *[Decimal(value)] * 3, "fast", None, None)


def derived(name, formula, up=None):
    return (name, None, None, None, None, formula, up)


C7 = (
    line("Facilitering", "1", 180_000),
    line("Honorar", "pladser", 1_500),
    line("Forplejning", "pladser * moeder", 350),
    line("Lokaler", "moeder", 4_000),
    line("Sekretariat", "timer", 420, slags="intern"),
    line("Breve", "fysiske_breve", 150),
    line("Oplæg", "1", 20_000),
    line("Evaluering", "1", 25_000),
)
C7_DRIVERS = {"pladser": 36, "moeder": 7, "timer": 220, "fysiske_breve": 63}


def test_c7_the_constructed_assembly_costs_497_050_kr_and_404_650_without_internal_hours():
    cost = omkostning.udgifter(lines(*C7), drivers(**C7_DRIVERS))

    assert omkostning.i_alt(cost) == 497_050
    assert omkostning.pr_plads(omkostning.i_alt(cost), 36).quantize(Decimal("0.01")) == Decimal("13806.94")
    assert omkostning.i_alt(omkostning.uden_interne(cost)) == 404_650
    assert omkostning.i_alt(cost, slags="intern") == 92_400
    assert list(cost.loc[4, ["maengde", "pris_kr", "beloeb_kr"]]) == [252, 350, 88_200]


def test_c7_has_the_same_point_estimate_in_the_simulation():
    simulation = omkostning.simulate(lines(*C7), draws=10, seed=1, drivere=drivers(**C7_DRIVERS))

    assert simulation.punkt_kr == 497_050
    assert set(simulation.beloeb) == {497_050.0}


@pytest.mark.parametrize(
    ("moms", "net", "refunded"),
    [
        ("uden moms", 1_000, 250),
        ("med moms", 800, 200),
        ("momsfri", 1_000, 0),
        ("uden moms, refunderes ikke", 1_250, 0),
        ("med moms, refunderes ikke", 1_000, 0),
    ],
)
def test_vat_that_comes_back_is_not_a_cost(moms, net, refunded):
    cost = omkostning.udgifter(lines(line("A", "1", 1_000, moms=moms)), drivers())

    assert omkostning.i_alt(cost) == net
    assert omkostning.momssum(cost) == refunded
    assert omkostning.simulate(lines(line("A", "1", 1_000, moms=moms)), draws=1, seed=0).punkt_kr == net


def test_what_happens_after_the_handover_falls_in_its_own_budget_year():
    table = lines(
        line("Forarbejde", "1", 10, aar="2023"),
        line("Møder", "1", 20, aar="2024"),
        line("Svar efter 3 måneder", "1", 30, aar="aflevering+3"),
        line("Svar efter 12 måneder", "1", 40, aar="aflevering + 12"),
        line("Aflevering", "1", 50, aar="aflevering"),
    )
    cost = omkostning.udgifter(table, drivers())
    by_year = omkostning.fordelt(cost, "slags")

    assert list(by_year.columns) == ["slags", "2023", "2024", "2025"]
    assert list(by_year.iloc[0]) == ["ekstern", 10, 100, 40]


def test_costs_are_laid_out_by_post_and_kind_with_zeros_where_there_is_nothing():
    table = lines(line("A", "1", 10), line("B", "1", 20, slags="intern"), line("A", "1", 5, aar="2025"))
    by_post = omkostning.fordelt(omkostning.udgifter(table, drivers()), "post", "slags")

    assert by_post.to_dict("records") == [
        {"post": "A", "ekstern": 15, "intern": 0},
        {"post": "B", "ekstern": 0, "intern": 20},
    ]


def test_income_is_negative_and_says_so():
    cost = omkostning.udgifter(lines(line("A", "1", 100), line("Tilskud", "1", -30, slags="indtægt")), drivers())

    assert omkostning.i_alt(cost) == 70


def test_all_faults_of_the_lines_are_told_at_once():
    table = lines(
        line("A", "pladser * borde", 10),
        line("B", "ceil(pladser)", 10),
        line("C", "1", 10, low=20, high=5, fordeling="pert"),
        line("D", "1", 10, low=11, high=20, fordeling="trekant"),
        line("E", "1", -10),
        line("F", "1", 10, slags="indtægt"),
        line("G", "1", 10, slags="extern", moms="med"),
        line("H", "1", 10, fordeling="normal"),
        line("I", "1", 10, low=5, high=20),
        line("J", "1", 10, low=0, high=20, fordeling="lognormal"),
    )
    with pytest.raises(PosterError) as caught:
        omkostning.udgifter(table, drivers(pladser=36))
    said = str(caught.value)

    for expected in (
        "linje 2, »A«: formlen nævner driveren »borde«, som ikke findes. Her kan stå »pladser«.",
        "linje 3, »B«: formlen kalder »ceil«; den må kun regne med + − * / og parenteser",
        "linje 4, »C«: maksimum (5) er mindre end minimum (20)",
        "linje 5, »D«: mest sandsynlig (10) ligger ikke mellem 11 og 20",
        "linje 6, »E«: værdien er negativ (−10); kun en linje med slags »indtægt« må være det",
        "linje 7, »F«: en indtægt skrives med minus",
        "linje 8, »G«: slags kan ikke være »extern«. Mente du »ekstern«?",
        "linje 8, »G«: moms kan ikke være »med«. ",
        "linje 9, »H«: fordelingen »normal« kendes ikke",
        "linje 10, »I«: fordelingen er fast, men minimum og maksimum er forskellige",
        "linje 11, »J«: lognormal kræver, at minimum er over 0",
    ):
        assert expected in said
    assert len(caught.value.faults) == 11


@pytest.mark.parametrize("bad", [None, Decimal("NaN"), float("inf"), "12"])
def test_a_price_that_is_no_number_is_refused(bad):
    table = lines(line("A", "1", 10))
    table["mest_sandsynlig"] = [bad]
    with pytest.raises(PosterError, match="mest_sandsynlig skal være et tal"):
        omkostning.udgifter(table, drivers())


@pytest.mark.parametrize(("text", "said"), [("snart", "ikke »snart«"), ("aflevering+12", "dens dato er ikke angivet")])
def test_a_budget_year_that_cannot_be_known_is_refused(text, said):
    with pytest.raises(PosterError, match=said):
        lines(line("A", "1", 1, aar=text), aflevering=None)


def test_a_missing_column_is_named():
    with pytest.raises(PosterError, match="kolonnen »moms« mangler"):
        omkostning.linjer(pd.DataFrame({"post": ["A"]}))


def test_no_lines_is_a_fault():
    with pytest.raises(PosterError, match="ingen linjer"):
        omkostning.udgifter(lines(), drivers())


def test_a_quantity_below_zero_or_without_meaning_is_refused():
    table = lines(line("A", "pladser - 40", 10), line("B", "1 / nul", 10))
    with pytest.raises(PosterError) as caught:
        omkostning.udgifter(table, drivers(pladser=36, nul=0))

    assert [str(fault) for fault in caught.value.faults] == [
        "linje 2, »A«: mængden bliver negativ (-4)",
        "linje 3, »B«: formlen dividerer med 0",
    ]
    with pytest.raises(PosterError, match="dividerer med 0"):
        omkostning.simulate(lines(line("B", "1 / nul", 10)), draws=5, seed=0, drivere=drivers(nul=0))


def test_derived_drivers_are_worked_out_in_order_and_rounded_up_when_asked():
    found = drivers(
        derived("vaerter", "borde * 2"),
        derived("borde", "pladser / pr_bord", "op"),
        fixed("pr_bord", 8),
        pladser=36,
    ).exact()

    assert found["borde"] == 5  # 36 / 8 = 4.5 tables: the fifth is needed.
    assert found["vaerter"] == 10


def test_rounding_up_is_the_same_in_exact_numbers_and_in_draws():
    one = drivers(derived("borde", "pladser / pr_bord", "op"), fixed("pr_bord", "0.3"), pladser=3)

    assert one.exact()["borde"] == 10
    assert one.arrays({})["borde"] == 10


def test_all_faults_of_the_drivers_are_told_at_once():
    rows = [
        fixed("pladser", 36),
        fixed("to ord", 1),
        derived("a", "b + 1"),
        derived("b", "a + 1"),
        derived("c", "findes_ikke * 2"),
        ("d", Decimal(1), None, None, None, "1 + 1", None),
        ("e", Decimal(3), Decimal(2), Decimal(1), "pert", None, "ned"),
    ]
    with pytest.raises(PosterError) as caught:
        drivers(*rows, pladser=36)
    said = str(caught.value)

    for expected in (
        "linje 0, »pladser«: driveren findes allerede",
        "linje 1, »to ord«: en drivers navn skal være ét ord",
        "linje 4, »c«: formlen nævner driveren »findes_ikke«, som ikke findes",
        "formlerne løber i ring: ",
        "linje 5, »d«: en driver med formel regnes ud; lad minimum være tom",
        "linje 6, »e«: maksimum (1) er mindre end minimum (3)",
        "linje 6, »e«: afrunding skal være »op« eller tom, ikke »ned«",
    ):
        assert expected in said


def test_meeting_days_are_counted_as_evenings_and_full_days():
    hours = pd.DataFrame({"timer": [Decimal(3), Decimal(6), Decimal(6), Decimal(4)]})

    assert omkostning.moededrivere(hours) == {
        "moededage": 4,
        "aftener": 2,
        "heldage": 2,
        "aftentimer": 7,
        "heldagstimer": 12,
        "moedetimer": 19,
    }
    with pytest.raises(PosterError, match="linje 0: timer skal være over 0 og højst 24, ikke 25"):
        omkostning.moededrivere(pd.DataFrame({"timer": [Decimal(25)]}))


EVENING, DAY = Decimal(3), Decimal(6)
RATES = {"diaetsats_kr": Decimal(500), "tabt_pr_dag_kr": Decimal(3_000), "honorar_kr": Decimal(4_000)}


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("ingen", 0),
        ("diæt", 500 + 1_000),  # Double above four hours.
        ("tabt fortjeneste", 2 * 2_500),  # 3.000 a day is cut at 5 × 500.
        ("diæt og tabt fortjeneste", 1_500 + 5_000),
        ("honorar", 4_000),  # Excludes the others.
    ],
)
def test_payment_follows_the_law(scenario, expected):
    assert betaling.pr_medlem(scenario, [EVENING, DAY], **RATES) == expected


def test_four_hours_is_one_diaet_and_more_is_two():
    assert betaling.diaeter([Decimal(4), Decimal("4.5")]) == 3


def test_a_rate_that_is_not_given_is_not_invented():
    table = omkostning.scenarier([EVENING, DAY], pladser=36, uden_betaling_kr=Decimal(9), honorar_kr=Decimal(100))

    assert list(table["beloeb_kr"]) == [0, None, None, None, 3_600]
    assert list(table["samlet_kr"]) == [9, None, None, None, 3_609]
    with pytest.raises(ValueUseError, match="»diæt« mangler en sats"):
        omkostning.vederlagslinjer("diæt", [EVENING], budgetaar=2024)
    with pytest.raises(ValueUseError, match="kan ikke være negativ"):
        betaling.pr_medlem("honorar", [EVENING], honorar_kr=Decimal(-1))
    with pytest.raises(ValueUseError, match="Mente du »honorar«"):
        betaling.pr_medlem("honorarer", [EVENING])


def test_the_chosen_payment_becomes_a_cost_line():
    chosen = omkostning.vederlagslinjer("diæt", [EVENING, DAY], budgetaar=2024, **RATES)
    table = pd.concat([lines(line("A", "1", 10)), chosen])
    cost = omkostning.udgifter(table, drivers(pladser=36, fremmoede=1))

    assert omkostning.i_alt(cost) == 10 + 36 * 1_500
    assert len(omkostning.vederlagslinjer("ingen", [EVENING], budgetaar=2024)) == 0


def test_450_000_kr_over_36_seats_is_12_500_kr_each():
    assert omkostning.pr_plads(Decimal(450_000), 36) == Decimal(12_500)
    with pytest.raises(ValueUseError, match="mindst 1"):
        omkostning.pr_plads(Decimal(1), 0)


def reference(**values):
    row = {"navn": "X", "aar": 2021, "pladser": None, "moeder": None, "beloeb_fra": None, "beloeb_til": None}
    return {**row, "valuta": None, "beloebsart": None, **values}


def test_others_are_compared_in_their_own_currency_and_a_price_that_is_not_found_is_not_invented():
    table = pd.DataFrame(
        [
            reference(pladser=36, moeder=6),
            reference(
                pladser=40,
                moeder=5,
                beloeb_fra=Decimal(60_000),
                beloeb_til=Decimal(60_000),
                valuta="GBP",
                beloebsart="budget",
            ),
            reference(
                pladser=50,
                beloeb_fra=Decimal(150_000),
                beloeb_til=Decimal(750_000),
                valuta="GBP",
                beloebsart="interval",
            ),
        ],
        dtype=object,
    )
    shown = omkostning.sammenlign(table)

    assert list(shown["pris"]) == ["pris ikke fundet", "60.000 GBP (budget)", "150.000-750.000 GBP (interval)"]
    assert list(shown["pr_plads"]) == [None, "1.500 GBP", "3.000-15.000 GBP"]
    assert list(shown["pr_moede"]) == [None, "12.000 GBP", None]


def test_the_frame_of_each_year_stands_beside_the_costs_of_that_year():
    table = lines(
        line("Før", "1", 10, aar="2023"),
        line("Køb", "1", 100, aar="2024"),
        line("Timer", "5", 20, slags="intern", aar="2024"),
        line("Efter", "1", 30, aar="2025"),
    )
    cost = omkostning.udgifter(table, drivers())
    found = omkostning.mod_rammen(cost, {2024: Decimal(90), 2025: Decimal(40), 2026: Decimal(0)}, medregnes="uden")

    assert found.set_index("udgift").T.to_dict("list") == {
        "Det, kommunen køber": [10, 100, 30, 140],
        "Kommunens egne timer": [0, 100, 0, 100],
        "I alt med egne timer": [10, 200, 30, 240],
        "Rammen": [None, 90, 40, 130],
        "Rammen minus udgiften uden egne timer": [None, -10, 10, -10],
    }
    with_hours = omkostning.mod_rammen(cost, {2024: Decimal(90)}, medregnes="med")
    assert list(with_hours.iloc[-1])[1:] == [None, -110, -30, -150]


def test_own_hours_are_told_by_task_and_drawn_as_hours():
    table = lines(
        line("A", "timer", 400, slags="intern"), line("B", "2", 400, slags="intern", aar="2025"), line("C", "9", 1)
    )
    table["enhed"] = ["time", "time", "stk"]
    cost = omkostning.udgifter(table, drivers(timer=5))

    assert omkostning.timer(cost).to_dict("list") == {"post": ["A", "B"], "2024": [5, 0], "2025": [0, 2]}
    drawn = omkostning.simulate(omkostning.timelinjer(table), draws=10, seed=0, drivere=drivers(timer=5))
    assert drawn.punkt_kr == 7


def test_lines_that_hang_on_a_driver_are_found_by_its_name_not_by_part_of_it():
    table = lines(line("A", "breve * 2", 1), line("B", "fysiske_breve", 1), line("C", "1 + breve", 1))

    assert list(omkostning.bruger(table, "breve")["post"]) == ["A", "C"]


def test_an_honorarium_is_paid_whole_and_diaeter_by_attendance():
    rates = {"diaetsats_kr": Decimal(500), "honorar_kr": Decimal(3_000)}
    known = {"pladser": 10, "fremmoede": Decimal("0.5")}

    def total(scenario):
        chosen = omkostning.vederlagslinjer(scenario, [EVENING], budgetaar=2024, **rates)
        return omkostning.i_alt(omkostning.udgifter(chosen, drivers(**known)))

    assert total("honorar") == 30_000
    assert total("diæt") == 2_500


def test_an_unknown_rate_is_told_by_its_line():
    table = pd.DataFrame({"sats": ["diætsats"], "beloeb_kr": [Decimal(1)]}, index=[2], dtype=object)
    with pytest.raises(PosterError, match="linje 2: satsen »diætsats« kendes ikke"):
        omkostning.satser(table)


def test_the_faults_of_lines_and_drivers_are_told_together_by_their_files():
    raw = pd.DataFrame([line("A", "borde * ukendt", -5, aar="snart")], columns=COLUMNS, index=[2], dtype=object)
    raw.attrs["fil"] = "mine-poster.csv"
    ring = [("borde", *[None] * 4, "ring + 1", None), ("ring", *[None] * 4, "borde", None)]
    names = ["driver", "minimum", "mest_sandsynlig", "maksimum", "fordeling", "formel", "afrunding"]
    rows = pd.DataFrame(ring, columns=names, index=[2, 3], dtype=object)
    rows.attrs["fil"] = "mine-drivere.csv"
    with pytest.raises(SeveralError) as caught:
        omkostning.check_model(raw, rows, kendte={}, aflevering=None)
    said = str(caught.value)

    for expected in (
        "mine-drivere.csv",
        "løber i ring",
        "mine-poster.csv",
        "ikke »snart«",
        "ukendt",
        "værdien er negativ",
    ):
        assert expected in said


@pytest.mark.parametrize(
    ("amount", "said"),
    [(24_000, "er der 24.000 kr. til overs"), (0, "er der 0 kr. til overs"), (-1, "mangler der 1 kr.")],
)
def test_what_is_left_of_a_frame_is_said_in_words(amount, said):
    assert omkostning.forskel_i_ord(Decimal(amount)) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [("0", "0 %"), ("0.004", "under 1 %"), ("0.79", "79 %"), ("0.994", "99 %"), ("0.998", "over 99 %"), ("1", "100 %")],
)
def test_a_share_is_never_rounded_to_none_or_all(share, said):
    assert omkostning.andel_i_ord(Decimal(share)) == said


def test_a_count_that_is_not_there_is_told_with_its_file():
    table = pd.DataFrame({"forhold": ["plads"], "antal": [3]}, dtype=object)
    table.attrs["fil"] = "forlaeg.csv"
    with pytest.raises(PosterError, match=r"(?s)forlaeg.csv.*»pladser«. Mente du »plads«"):
        omkostning.antal(table, "pladser")


def test_lines_of_two_files_keep_their_own_formulas():
    both = pd.DataFrame([line("A", "1", 2), line("B", "1000", 2)], columns=COLUMNS, index=[2, 2], dtype=object)
    cost = omkostning.udgifter(omkostning.linjer(both), drivers())

    assert list(cost["beloeb_kr"]) == [2, 2_000]


@pytest.mark.parametrize(("formula", "expected"), [("pladser / (a / b)", 6), ("10 / 6 * 3", 5), ("pladser / 3", 1)])
def test_rounding_up_is_not_fooled_by_the_last_digit_of_a_quotient(formula, expected):
    one = drivers(derived("borde", formula, "op"), pladser=2, a=2, b=6)

    assert one.exact()["borde"] == expected
    assert one.arrays({})["borde"] == expected


def test_a_driver_is_found_however_its_letters_are_composed():
    one = drivers(fixed("pa\u030a", 3), derived("b", "p\u00e5 * 2"))

    assert one.exact()["b"] == 6


@pytest.mark.parametrize("name", ["for", "None", "to ord", "1a", ""])
def test_a_driver_needs_a_name_that_a_formula_can_use(name):
    with pytest.raises(PosterError, match="skal være ét ord"):
        drivers(fixed(name, 1))


def test_a_derived_driver_that_divides_by_zero_is_named():
    with pytest.raises(PosterError, match="driveren »borde«: formlen dividerer med 0"):
        drivers(derived("borde", "pladser / nul"), pladser=1, nul=0).exact()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"beloeb_fra": Decimal(1), "beloeb_til": Decimal(1)},
            "skal have beloeb_fra, beloeb_til, valuta og beloebsart",
        ),
        ({"beloeb_til": Decimal(1), "valuta": "GBP", "beloebsart": "budget"}, "skal have beloeb_fra"),
        ({"beloeb_fra": Decimal(2), "beloeb_til": Decimal(1), "valuta": "GBP", "beloebsart": "budget"}, "større end"),
    ],
)
def test_a_half_told_price_is_refused(values, said):
    with pytest.raises(PosterError, match=said):
        omkostning.sammenlign(pd.DataFrame([reference(**values)], dtype=object))


def test_an_assembly_without_days_of_its_own_is_refused():
    days = pd.DataFrame({"talt_med": [False], "timer": [Decimal(3)]}, dtype=object)
    with pytest.raises(PosterError, match="ingen mødedage"):
        omkostning.moededrivere(omkostning.moededage(days, antagne_timer=Decimal(3)))


def test_the_notebook_offers_the_payments_there_are():
    text = (ROOT / "notebooks/borgersamling.ipynb").read_text(encoding="utf-8").replace("\\", "")

    for scenario in betaling.SCENARIER:
        assert f'"{scenario}"' in text.split("betaling: Literal[")[1].split("]")[0]
