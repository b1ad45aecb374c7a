from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetanalyser.errors import MixedPrisniveauError
from budgetanalyser.kroner import Enhed, Kroner, Prisniveau, largest_remainder, require_one_level, rounded

P2022, P2024 = Prisniveau(2022), Prisniveau(2024)


def test_units_become_exact_kroner():
    assert Kroner.of(Decimal("0.450"), Enhed.MIO_KR, P2024).beloeb == Decimal(450_000)
    assert Kroner.of(450, Enhed.TUSINDE_KR, P2024).beloeb == Decimal(450_000)


def test_amounts_of_one_level_can_be_added_summed_scaled_and_compared():
    one, two = Kroner(Decimal(1), P2024), Kroner(Decimal(2), P2024)

    assert (sum([one, two]) - two * 2 + -one).beloeb == Decimal(-2)
    assert (two / 4).beloeb == Decimal("0.5")
    assert one < two
    assert one <= one
    assert len({one, Kroner(Decimal("1.0"), P2024)}) == 1


@pytest.mark.parametrize("act", [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b, lambda a, b: a == b])
def test_mixed_price_levels_refuse_to_meet(act):
    with pytest.raises(MixedPrisniveauError) as caught:
        act(Kroner(Decimal(1), P2022), Kroner(Decimal(1), P2024))

    assert caught.value.found == (P2022, P2024)
    assert "2022-prisniveau og 2024-prisniveau" in str(caught.value)


def test_an_assumed_level_follows_into_the_sum():
    assumed = Kroner(Decimal(1), Prisniveau(2024, forudsat=True))

    assert (Kroner(Decimal(1), P2024) + assumed).prisniveau.forudsat
    assert require_one_level([P2024, assumed.prisniveau]).forudsat


def test_no_level_or_several_is_not_one_level():
    for levels in ([], [P2022, P2024], [P2024, Prisniveau(None)]):
        with pytest.raises(MixedPrisniveauError):
            require_one_level(levels)


@pytest.mark.parametrize("bad", [0.45, True, Decimal("NaN"), Decimal("Infinity")])
def test_an_amount_is_a_finite_decimal(bad):
    with pytest.raises(TypeError):
        Kroner(bad, P2024)


def test_a_bare_number_cannot_be_added():
    with pytest.raises(TypeError):
        Kroner(Decimal(1), P2024) + Decimal(1)
    with pytest.raises(TypeError):
        1 + Kroner(Decimal(1), P2024)


@pytest.mark.parametrize(
    ("number", "decimals", "expected"),
    [("0.5", 0, "1"), ("-0.5", 0, "-1"), ("2.5", 0, "3"), ("0.15", 1, "0.2"), ("0.25", 1, "0.3"), ("-0.04", 1, "0.0"),
     ("1250", -2, "1.3E+3"), ("99999999999999999999999999999999.995", 2, "100000000000000000000000000000000.00")],
)  # fmt: skip
def test_rounding_goes_half_away_from_zero(number, decimals, expected):
    assert str(rounded(Decimal(number), decimals)) == expected


def test_largest_remainder_makes_a_column_add_up():
    # Three equal thirds of 100: rounded one by one they show 99.
    thirds = [Decimal(100) / 3] * 3

    assert sum(rounded(one) for one in thirds) == 99
    assert largest_remainder(thirds) == [34, 33, 33]


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9)))
def test_largest_remainder_always_adds_up_and_moves_nothing_a_whole_unit(numbers):
    shown = largest_remainder(numbers)

    assert sum(shown, Decimal(0)) == rounded(sum(numbers, Decimal(0)))
    assert all(abs(one - number) < 1 for one, number in zip(shown, numbers, strict=True))
