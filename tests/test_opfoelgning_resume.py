"""The summary that writes itself from the numbers, read as an economist would. Amounts are KONSTRUERET."""

from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetanalyser.opfoelgning import (
    afvigelse_i_ord,
    afvigelser,
    bevillinger,
    find,
    hovedtabel,
    i_alt,
    likviditet,
    resume,
    serviceramme,
)

D = Decimal
MIO = 1_000_000
LIST = pd.DataFrame(
    [("2026K3", "3", "Budgetopfølgning", None, True), ("2026-10", "4", "Budgetopfølgning", None, False)],
    columns=["periode", "nr", "navn", "opgjort", "lukket"],
    dtype=object,
)


def frame(columns, rows):
    return pd.DataFrame(rows, columns=columns.split(), dtype=object)


def table(*lines, transfers=(), last=None):
    """Build a main table of (name, budget, spend, forecast) in mio. kr."""
    budget = [("oprindeligt", name, D(amount) * MIO) for name, amount, _, _ in lines]
    budget += [("overfoersel", name, D(amount) * MIO) for name, amount in transfers]
    return hovedtabel(
        frame("slags bevilling beloeb_kr", budget),
        frame("maaned bevilling beloeb_kr", [(1, name, D(amount) * MIO) for name, _, amount, _ in lines]),
        frame("bevilling forventet_kr", [(name, None if will is None else D(will) * MIO) for name, *_, will in lines]),
        periode="2026K3",
        sidste=None if last is None else frame("bevilling forventet_kr", [(n, D(a) * MIO) for n, a in last]),
    )


def told(made, period="2026K3", **more):
    return resume(made, opfoelgning=find(LIST, period), **more)


COMMITTEE = table(
    ("Skoler", "400", "300", "410.5"), ("Dagtilbud", "200", "150", "196"), ("Tilsyn", "10", "6", "10"),
    transfers=[("Skoler", "5")], last=[("Skoler", "409"), ("Dagtilbud", "199"), ("Tilsyn", "10")],
)  # fmt: skip


def test_a_committee_is_told_by_its_forecast_change_spend_and_largest_deviations():
    assert told(COMMITTEE) == [
        "Det forventede regnskab for 2026 er 616,5 mio. kr. Det er et merforbrug på 1,5 mio. kr. (0,2 %) i forhold til "
        "det korrigerede budget på 615,0 mio. kr.",
        "Set bort fra overførsler fra 2025 er det et merforbrug på 6,5 mio. kr.",
        "Det forventede regnskab er 1,5 mio. kr. lavere end ved sidste opfølgning.",
        "Pr. 30. september 2026 er 74,1 % af det korrigerede budget brugt.",
        "De største afvigelser er Skoler (merforbrug på 5,5 mio. kr.) og Dagtilbud (mindreforbrug på 4,0 mio. kr.).",
    ]


def test_income_is_told_as_income():
    first, spent, largest = told(table(("Skatter", "-2093.8", "-1570", "-2091.7")))

    assert "en mindreindtægt på 2,1 mio. kr. (0,1 %)" in first
    assert spent == "Pr. 30. september 2026 er 75,0 % af de budgetterede indtægter bogført."
    assert largest == "Den eneste afvigelse er Skatter (mindreindtægt på 2,1 mio. kr.)."


def test_income_and_expenditure_together_are_a_result_that_gets_better_or_worse():
    # The published result of ordinary operations, 2025: budget -77,5, forecast -99,0.
    sentences = told(
        table(
            ("Indtægter", "-3068.0", "-2500", "-3072.6"),
            ("Drift", "2983.3", "2400", "2975.3"),
            ("Renter", "7.2", "1", "-1.8"),
        )
    )

    assert sentences[0] == (
        "Det forventede regnskab for 2026 er −99,1 mio. kr. Det er en forbedring på 21,6 mio. kr. i forhold "
        "til det korrigerede budget på −77,5 mio. kr."
    )
    assert not any("brugt" in sentence or "bogført" in sentence for sentence in sentences)


def test_a_small_deficit_between_large_sums_is_a_result_and_has_no_share_spent():
    sentences = told(table(("Skatter", "-600", "-450", "-590"), ("Drift", "700", "500", "700")))

    assert "en forværring på 10,0 mio. kr." in sentences[0]
    assert not any("brugt" in sentence for sentence in sentences)


def test_refunds_do_not_make_a_committee_a_result():
    sentences = told(table(("Voksne", "234", "180", "240"), ("Refusion", "-21", "-17", "-22")))

    assert "et merforbrug på 5,0 mio. kr." in sentences[0]
    assert "er 76,5 % af det korrigerede budget brugt" in sentences[1]
    assert "Refusion (merindtægt på 1,0 mio. kr.)" in sentences[2]


def test_spend_is_told_at_the_end_of_the_last_whole_month():
    def spent(period):
        return [one for one in told(table(("Skoler", "400", "100", "400")), period) if "brugt" in one]

    assert spent("2026-09-15") == ["Ved udgangen af august 2026 er 25,0 % af det korrigerede budget brugt."]
    assert spent("2026-01-15") == []


def test_a_line_without_budget_is_income_where_income_is_expected():
    sentences = told(table(("Skoler", "400", "300", "400"), ("Tilskud", "0", "-2", "-2")))

    assert sentences[-1] == "Den eneste afvigelse er Tilskud (merindtægt på 2,0 mio. kr.)."


def test_an_unchanged_forecast_is_told():
    made = table(("Skoler", "400", "300", "410"), last=[("Skoler", "410")])

    assert "Det forventede regnskab er uændret siden sidste opfølgning." in told(made)


def test_an_unclosed_period_says_so_first():
    assert told(COMMITTEE, "2026-10")[0] == "Foreløbig: oktober 2026 er ikke lukket."


def test_a_missing_forecast_is_told_and_makes_the_summary_a_draft():
    made = table(("Skoler", "400", "300", None), ("Dagtilbud", "200", "150", "196"))
    ranked = afvigelser(made, graense_kr=D(5 * MIO), graense_pct=None, forklaringer={})

    sentences = told(made, afvigelser=ranked)

    assert sentences[0] == "Det forventede regnskab for 2026 er ikke oplyst for alle områder."
    assert sentences[-1] == "Kladde: Der mangler et forventet regnskab for »Skoler«."


def test_a_forecast_equal_to_the_budget_has_no_deviation():
    sentences = told(table(("Skoler", "400", "300", "400")))

    assert sentences[0] == "Det forventede regnskab for 2026 er 400,0 mio. kr. og svarer til det korrigerede budget."
    assert sentences[-1] == "Ingen områder afviger fra det korrigerede budget."


@pytest.mark.parametrize(
    ("frame_mio", "said"),
    [
        ("400", "Serviceudgifterne ventes at blive 410,0 mio. kr., 10,0 mio. kr. over servicerammen på 400,0 mio. kr."),
        ("412", "Serviceudgifterne ventes at blive 410,0 mio. kr., 2,0 mio. kr. under servicerammen på 412,0 mio. kr."),
        ("410", "Serviceudgifterne ventes at blive 410,0 mio. kr., præcis servicerammen."),
        (None, "Serviceudgifterne ventes at blive 410,0 mio. kr.; servicerammen er ikke oplyst."),
    ],
)
def test_the_service_frame_is_told(frame_mio, said):
    rows = table(("service", "400", "300", "410")).rename(columns={"bevilling": "ramme"})

    assert said in told(COMMITTEE, serviceramme=serviceramme(rows, None if frame_mio is None else D(frame_mio) * MIO))


def test_a_service_frame_that_nobody_can_tell_of_is_told_as_that():
    rows = table(("service", "400", "300", None)).rename(columns={"bevilling": "ramme"})

    assert "Om servicerammen for 2026 overholdes, er ikke oplyst, da der mangler forventede regnskaber." in told(
        COMMITTEE, serviceramme=serviceramme(rows, D(MIO))
    )


def cash(amounts):
    end = date(2026, 9, 30)
    days = [(end - number * timedelta(days=1), D(amount) * MIO) for number, amount in enumerate(amounts)]
    return likviditet(frame("dato beholdning_kr", days), opgjort=end)


def test_the_365_days_are_told_with_kassekreditreglen():
    assert told(COMMITTEE, likviditet=cash([123] * 365))[-1] == (
        "Den gennemsnitlige likviditet over 365 dage er 123,0 mio. kr. pr. 30. september 2026 og overholder "
        "kassekreditreglen (gennemsnittet skal være over 0)."
    )
    assert "og overholder ikke kassekreditreglen" in told(COMMITTEE, likviditet=cash([-1] * 365))[-1]


def test_nothing_is_said_about_kassekreditreglen_where_days_are_missing():
    assert told(COMMITTEE, likviditet=cash([123] * 90))[-2:] == [
        "Likviditeten er kendt i 90 dage af de 365 til 30. september 2026 og er i gennemsnit 123,0 mio. kr.; "
        "om kassekreditreglen er overholdt, kan ikke siges endnu.",
        "Der mangler saldo for 275 dage af 365; gennemsnittet er af de øvrige dage.",
    ]


def test_the_applications_are_told_net_and_financed():
    rows = [
        ("1", "Anbringelser", "Børn", 2026, "drift", D(6 * MIO), ""),
        ("1", "Anbringelser", "", 2026, "finansiering", D(-6 * MIO), "likvide aktiver"),
        ("2", "Flytning", "Skoler", 2026, "drift", D(2 * MIO), "Dagtilbud"),
        ("2", "Flytning", "Dagtilbud", 2026, "drift", D(-2 * MIO), ""),
    ]
    columns = "nr tekst bevilling aar slags beloeb_kr finansiering"

    def said(given_):
        return told(COMMITTEE, ansoegninger=bevillinger.check(frame(columns, given_), budgetaar=2026))[-1]

    assert said(rows) == (
        "Der er 2 ansøgninger om tillægsbevilling. Tilsammen hæver de bevillingerne med 6,0 mio. kr. i 2026; hver har "
        "sin finansiering."
    )
    assert said(rows[:2]) == (
        "Der er 1 ansøgning om tillægsbevilling. Den hæver bevillingerne med 6,0 mio. kr. i 2026; finansieringen er "
        "angivet."
    )
    assert said([]) == "Der er ingen ansøgninger om tillægsbevilling."


@pytest.mark.parametrize(
    ("amount", "kind", "words"),
    [
        ("2100000", {}, "et merforbrug på 2,1 mio. kr."),
        ("-2100000", {}, "et mindreforbrug på 2,1 mio. kr."),
        ("2100000", {"indtaegt": True}, "en mindreindtægt på 2,1 mio. kr."),
        ("-2100000", {"indtaegt": True}, "en merindtægt på 2,1 mio. kr."),
        ("2100000", {"resultat": True}, "en forværring på 2,1 mio. kr."),
        ("-2100000", {"resultat": True}, "en forbedring på 2,1 mio. kr."),
        ("49999.99", {}, "et merforbrug på 50.000 kr."),
        ("50000", {}, "et merforbrug på 0,1 mio. kr."),
        ("0.25", {}, "et merforbrug på 0,25 kr."),
        ("0", {}, "ingen afvigelse"),
    ],
)
def test_a_deviation_is_told_in_words_and_never_as_nothing(amount, kind, words):
    assert afvigelse_i_ord(D(amount), **kind) == words


numbers = st.integers(-(10**11), 10**11).map(lambda oere: str(D(oere) / 100 / MIO))


@settings(deadline=None)
@given(st.lists(st.tuples(numbers, numbers, st.one_of(st.none(), numbers)), min_size=1, max_size=6))
def test_any_numbers_give_whole_sentences_that_agree_with_the_sum(drawn):
    made = table(*((f"Område {n}", *row) for n, row in enumerate(drawn)))
    ranked = afvigelser(made, graense_kr=D(MIO), graense_pct=None, forklaringer={})

    sentences = told(made, afvigelser=ranked)

    assert all(one[0].isupper() and one.endswith(".") and ".." not in one and "None" not in one for one in sentences)
    over = i_alt(made)["afvigelse_kr"]
    worse = ("merforbrug på", "mindreindtægt på", "forværring på")
    if over:
        assert any(word in sentences[0] for word in worse) is (over > 0)
