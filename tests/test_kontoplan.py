"""Account numbers taken apart, flagged where unknown, and placed under one appropriation each. Data is KONSTRUERET."""

from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetanalyser import kontoplan
from budgetanalyser.errors import PosterError, ValueUseError
from budgetanalyser.kontoplan import HenfoerError, Konto, KontoError

D = Decimal
DAY = date(2026, 9, 30)
RULES = "funktion dranst ejerforhold gruppering bevilling politikomraade udvalg ramme gyldig_fra gyldig_til"


def table(columns, *rows):
    """Build a table as read from a file, whose first data line is line 2."""
    return pd.DataFrame(rows, columns=columns.split(), index=range(2, 2 + len(rows)), dtype=object)


def rule(funktion, bevilling, *, dranst="", ejerforhold="", gruppering="", ramme="service", fra=None, til=None):
    return (funktion, dranst, ejerforhold, gruppering, bevilling, "Området", "Udvalget", ramme, fra, til)


def told(caught):
    return [str(fault) for fault in caught.value.faults]


# --- Parts ---


def test_an_account_number_falls_into_the_parts_of_the_authorised_chart():
    konto = kontoplan.parse("3.22.01.1.1.002.49")

    assert konto == Konto("3", "22", "32201", "1", "1", "002", "49")
    assert (konto.hovedkonto_navn, konto.dranst_navn) == ("Undervisning og kultur", "Drift")
    assert str(konto) == "3.22.01.1.1.002.49"
    assert str(kontoplan.parse("022011")) == "0.22.01.1"
    assert (kontoplan.parse("02201").dranst_navn, kontoplan.funktion_med_punktum("2201")) == ("", "2201")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("0.22.01", ("02201", "", "", "", "")),
        (" 0.22.01.3 ", ("02201", "3", "", "", "")),
        ("0.22.01.1-001", ("02201", "1", "", "001", "")),
        ("0.22.01.1.001.49", ("02201", "1", "", "001", "49")),
        ("0.22.01.1.1.001.4.9", ("02201", "1", "1", "001", "49")),
        ("6.45.51…", ("64551", "", "", "", "")),
        ("02201", ("02201", "", "", "", "")),
        ("022011", ("02201", "1", "", "", "")),
        ("0220112", ("02201", "1", "2", "", "")),
        ("0220112001", ("02201", "1", "2", "001", "")),
        ("022011200149", ("02201", "1", "2", "001", "49")),
    ],
)
def test_dotted_and_compact_numbers_keep_their_leading_zeros(text, parts):
    found = kontoplan.parse(text)

    assert (found.funktion, found.dranst, found.ejerforhold, found.gruppering, found.art) == parts


@pytest.mark.parametrize(
    ("text", "funktion", "dranst", "gruppering"),
    [("2201", "02201", "", ""), ("2201.0", "02201", "", ""), ("102201999", "02201", "1", "999")],
)
def test_statbank_numbers_get_their_lost_zero_back(text, funktion, dranst, gruppering):
    found = kontoplan.parse(text, statbank=True)

    assert (found.funktion, found.dranst, found.gruppering) == (funktion, dranst, gruppering)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2201", "uden punktummer skal der være 5, 6, 7, 10 eller 12 cifre; er det StatBanks skrivemåde"),
        ("", "feltet er tomt"),
        ("Skoler", "uden punktummer skal der være"),
        ("3.22.1", "funktionen skrives med et, to og to cifre"),
        ("3.22.01.x", "dranst kan ikke være »x«"),
        ("3.22.01.1.1.02", "gruppering kan ikke være »02«"),
        ("3.22.01.1.1.002.49.7.8", "der er for mange led"),
        (64551, "det er ikke en tekst"),
        ("٣٢٢٠١", "uden punktummer skal der være"),
    ],
)
def test_what_is_no_account_number_is_refused_with_the_reason(text, reason):
    with pytest.raises(KontoError) as caught:
        kontoplan.parse(text)

    assert caught.value.reason.startswith(reason)
    assert str(caught.value) == f"»{text}« kan ikke læses som et kontonummer: {caught.value.reason}."


def test_statbanks_own_keys_have_nine_digits_and_nothing_else():
    with pytest.raises(KontoError, match="eller en nøgle med ni"):
        kontoplan.parse("1022019999", statbank=True)


digits = st.characters(min_codepoint=48, max_codepoint=57)


@settings(deadline=None)
@given(
    st.text(digits, min_size=5, max_size=5),
    st.sampled_from([*kontoplan.DRANST]),
    st.sampled_from([*kontoplan.EJERFORHOLD]),
    st.text(digits, min_size=3, max_size=3),
    st.text(digits, min_size=2, max_size=2),
)
def test_every_number_is_read_back_as_it_is_written(funktion, dranst, ejerforhold, gruppering, art):
    konto = Konto(funktion[0], funktion[1:3], funktion, dranst, ejerforhold, gruppering, art)

    assert kontoplan.parse(str(konto)) == konto
    assert kontoplan.parse(funktion + dranst + ejerforhold + gruppering + art) == konto


# --- Unknown codes ---


def test_unknown_codes_are_flagged_with_their_rows_and_amounts():
    frame = table(
        "funktion dranst ejerforhold gruppering beloeb_kr",
        ("3.22.01", "1", "1", "002", D("100.50")),
        ("3.22.01", "8", "", "", D("7")),
        ("3.22.02", "8", "5", "2", D("0.25")),
        ("2201", "", "4", "999", D("-3")),
    )

    found = kontoplan.check(frame, funktioner=["3.22.01"])

    assert [tuple(row.values()) for row in found.to_dict("records")] == [
        ("funktion", "3.22.02", "funktionen findes ikke i kontoplanen", 1, 4, D("0.25")),
        ("funktion", "2201", "funktionen skal have fem cifre, som 3.22.01; læs den som tekst", 1, 5, D("-3")),
        ("dranst", "8", "dranst skal være 1-7", 2, 3, D("7.25")),
        ("dranst", "", "dranst skal være 1-7", 1, 5, D("-3")),
        ("ejerforhold", "5", "ejerforhold skal være 0-4", 1, 4, D("0.25")),
        ("gruppering", "2", "gruppering skal have tre cifre", 1, 4, D("0.25")),
    ]


def test_the_seven_kinds_and_five_owners_of_the_chart_are_known():
    good = table("funktion dranst ejerforhold", *(("32201", one, other) for one in "1234567" for other in "01234"))

    assert kontoplan.check(good).empty


def test_an_account_read_as_a_number_is_refused_since_its_zero_is_gone():
    with pytest.raises(ValueUseError, match="ellers går nuller foran tabt"):
        kontoplan.check(table("funktion dranst", (2201, "1")))


# --- The municipality's own key ---


def test_each_row_gets_its_appropriation_and_keeps_its_place():
    frame = table("funktion dranst beloeb_kr", ("3.22.01", "3", D(1)), ("32201", "1", D(2)), ("82205", "5", D(3)))
    rules = table(
        RULES,
        rule("32201", "Folkeskoler", dranst="1"),
        rule("3.22.01", "Skolebyggeri", dranst="3", ramme="anlaeg"),
        rule("822*", "Finansforskydninger", ramme="finansiering"),
    )

    placed = kontoplan.henfoer(frame, rules, dato=DAY)

    assert list(placed["bevilling"]) == ["Skolebyggeri", "Folkeskoler", "Finansforskydninger"]
    assert list(placed["ramme"]) == ["anlaeg", "service", "finansiering"]
    assert list(placed.index) == [2, 3, 4]
    assert "bevilling" not in frame


def test_accounts_that_belong_nowhere_or_twice_are_errors_with_their_amounts_all_at_once():
    frame = table(
        "funktion dranst beloeb_kr",
        ("32201", "1", D("1000.10")),
        ("64551", "1", D("250")),
        ("32201", "1", D("0.15")),
        ("02201", "1", D("-40")),
        ("53026", "1", D("99")),
    )
    rules = table(
        RULES, rule("32201", "Folkeskoler"), rule("322*", "Skoler i alt", dranst="1"), rule("53026", "Ældrepleje")
    )
    rules.attrs["fil"] = "konteringsnoegle.csv"

    with pytest.raises(HenfoerError) as caught:
        kontoplan.henfoer(frame, rules, dato=DAY)

    assert told(caught) == [
        "0.22.01, dranst 1 (−40,00 kr. i 1 linje) hører ingen steder til",
        "3.22.01, dranst 1 (1.000,25 kr. i 2 linjer) hører til flere linjer på én gang: 2 og 3",
        "6.45.51, dranst 1 (250,00 kr. i 1 linje) hører ingen steder til",
    ]
    assert "konteringsnoegle.csv (gældende 30. september 2026)" in str(caught.value)
    assert list(caught.value.konti["beloeb_kr"]) == [D("-40"), D("1000.25"), D("250")]
    assert list(caught.value.konti["funktion"]) == ["02201", "32201", "64551"]


def test_the_rules_in_force_are_those_of_the_cut_off_day_both_ends_included():
    frame = table("funktion beloeb_kr", ("32201", D(1)))
    rules = table(
        RULES,
        rule("32201", "Gammel", til=date(2026, 6, 30)),
        rule("32201", "Ny", fra=date(2026, 7, 1), til=date(2026, 12, 31)),
    )

    def placed(day):
        return kontoplan.henfoer(frame, rules, dato=day)["bevilling"].item()

    assert [placed(date(2026, 6, 30)), placed(date(2026, 7, 1)), placed(date(2026, 12, 31))] == ["Gammel", "Ny", "Ny"]
    with pytest.raises(HenfoerError, match="hører ingen steder til"):
        placed(date(2027, 1, 1))


def test_a_star_stands_for_what_begins_so_and_nothing_more():
    rules = table(RULES, rule("322*", "Skoler"))

    assert kontoplan.henfoer(table("funktion beloeb_kr", ("32299", D(1))), rules, dato=DAY).shape == (1, 6)
    with pytest.raises(HenfoerError):
        kontoplan.henfoer(table("funktion beloeb_kr", ("33201", D(1))), rules, dato=DAY)


def test_all_faults_of_the_key_are_told_with_their_lines():
    rules = table(
        RULES,
        rule("32201", "A"),
        rule("3.22.01", "B", fra=date(2026, 1, 1)),
        rule("3*1", "C"),
        rule("64551", " "),
        rule("53026", "D", fra=date(2026, 2, 1), til=date(2026, 1, 1)),
        rule("53027", "E", fra="2026-01-01"),
    )

    with pytest.raises(PosterError) as caught:
        kontoplan.check_mapping(rules)

    assert told(caught) == [
        "linje 3: kontoen 3.22.01 står også i linje 2, og gyldigheden overlapper",
        "linje 4: funktion er »3*1«; * må kun stå sidst",
        "linje 5: bevilling mangler; udfyld den",
        "linje 6: gyldig_til ligger før gyldig_fra",
        "linje 7: gyldig_fra og gyldig_til skal være datoer eller tomme",
    ]


def test_a_rule_may_have_the_time_of_day_that_a_spreadsheet_gives_its_dates():
    rules = table(RULES, rule("32201", "Skoler", fra=datetime(2026, 9, 30, 12)))

    assert len(kontoplan.henfoer(table("funktion beloeb_kr", ("32201", D(1))), rules, dato=DAY)) == 1


def test_missing_columns_are_told_by_name():
    with pytest.raises(PosterError, match="kolonnen »funktion« mangler"):
        kontoplan.check(table("konto", ("32201",)))
    with pytest.raises(PosterError) as caught:
        kontoplan.check_mapping(table("funktion bevilling"))
    assert told(caught)[0] == "kolonnen »dranst« mangler; tilføj den"
    assert len(told(caught)) == 6

    with pytest.raises(PosterError, match="kolonnen »beloeb_kr« mangler"):
        kontoplan.henfoer(table("funktion", ("32201",)), table(RULES), dato=DAY)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-(10**11), 10**11)), max_size=40))
def test_no_krone_is_lost_or_made_when_accounts_are_placed(drawn):
    frame = table("funktion beloeb_kr", *((f"{number}2201", D(oere) / 100) for number, oere in drawn))
    rules = table(RULES, *(rule(f"{number}*", f"Bevilling {number}") for number in range(10)))

    placed = kontoplan.henfoer(frame, rules, dato=DAY)

    assert sum(placed["beloeb_kr"]) == sum(D(oere) for _, oere in drawn) / 100
    assert list(placed["bevilling"]) == [f"Bevilling {number}" for number, _ in drawn]
