from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetanalyser import dansk
from budgetanalyser.errors import AmountError
from budgetanalyser.kroner import Kroner, Prisniveau

# The da-DK parser table of the municipal ledgers: trailing minus, U+2212, no-break spaces, brackets.
READ = [
    ("1.234,50", "1234.50"),
    ("1.234,50-", "-1234.50"),
    ("−1.234,50", "-1234.50"),
    ("-1.234,50", "-1234.50"),
    ("(500,00)", "-500.00"),
    ("1\u00a0234,50", "1234.50"),
    ("1\u202f234\u202f567", "1234567"),
    ("1 234,50", "1234.50"),
    ("1.234", "1234"),
    ("0,450", "0.450"),
    ("+12", "12"),
    ("-0,00", "0.00"),
    (" 7 ", "7"),
]


@pytest.mark.parametrize(("text", "number"), READ)
def test_a_danish_amount_is_read_exactly(text, number):
    read = dansk.parse_beloeb(text)

    assert read == Decimal(number)
    assert str(read) == number


@pytest.mark.parametrize(
    "text",
    [
        "1.234,5x",
        "12.34.56,7",
        "0.450",
        "1,234.50",
        "1.5",
        "12.3456",
        "",
        " ",
        "-",
        "kr. 5",
        "5 kr.",
        "--5",
        "-5-",
        "(-5)",
        "(5",
        "5)",
        "()",
        "1.234 567",
        "1 2",
        ",5",
        "5,",
        "1e5",
        "NaN",
        "Infinity",
        "٣",
        "1\n234",
    ],
)
def test_an_open_or_broken_amount_is_refused_with_a_reason(text):
    with pytest.raises(AmountError) as caught:
        dansk.parse_beloeb(text)

    assert caught.value.text == text
    assert caught.value.reason in str(caught.value)


def test_brackets_can_be_refused_by_a_source_that_does_not_declare_them():
    with pytest.raises(AmountError, match="parenteser"):
        dansk.parse_beloeb("(500,00)", brackets=False)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (dansk.mio_kr(Decimal("450000")), "0,450 mio. kr."),
        (dansk.mio_kr(Decimal("450000"), 1), "0,5 mio. kr."),
        (dansk.kr(12500), "12.500 kr."),
        (dansk.kr(Decimal("-0.4")), "0 kr."),
        (dansk.kr(Decimal("1234.5"), 2), "1.234,50 kr."),
        (dansk.kr(Kroner(Decimal(7), Prisniveau(2024))), "7 kr."),
        (dansk.tusinde_kr(-450500), "−451 t.kr."),
        (dansk.pct(Decimal("0.125")), "12,5 %"),
        (dansk.pct(Decimal("-0.0004")), "0,0 %"),
        (dansk.antal(1234567), "1.234.567"),
        (dansk.antal(Decimal("-0.04"), 1), "0,0"),
        (dansk.dato(date(2023, 6, 6)), "6. juni 2023"),
        (dansk.maaned(date(2024, 2, 1)), "februar 2024"),
        (dansk.kvartal("2023K4"), "4. kvartal 2023"),
        (dansk.kvartalskode(date(2023, 10, 15)), "2023K4"),
        (dansk.kvartalskode(date(2023, 3, 31)), "2023K1"),
        (dansk.tidspunkt(date(2023, 10, 15), "medio"), "medio oktober 2023"),
        (dansk.tidspunkt(date(2023, 10, 15), "måned"), "oktober 2023"),
        (dansk.tidspunkt(date(2023, 4, 17), "dag"), "17. april 2023"),
        (dansk.opremsning(["a", "b", "c"]), "a, b og c"),
        (dansk.opremsning(["a"]), "a"),
    ],
)
def test_numbers_and_dates_are_written_the_danish_way(written, expected):
    assert written == expected


@pytest.mark.parametrize("value", [0.45, True])
def test_a_float_or_a_truth_value_is_not_an_amount(value):
    with pytest.raises(TypeError):
        dansk.kr(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**14), max_value=10**14))
def test_what_is_written_is_read_back(amount):
    written = dansk.antal(amount, 2)

    assert dansk.parse_beloeb(written) == amount
    assert not written.startswith("−0,00")
