"""The service frame, and the average liquidity over 365 days. Amounts are KONSTRUERET."""

from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetanalyser.errors import PosterError, ValueUseError
from budgetanalyser.opfoelgning import likviditet, likviditet_forloeb, serviceramme

D = Decimal
END = date(2026, 9, 30)
ONE = timedelta(days=1)


def frames(*rows):
    return pd.DataFrame(
        rows, columns=["ramme", "bevilling", "oprindeligt_kr", "korrigeret_kr", "forventet_kr"], dtype=object
    )


TABLE = frames(
    ("service", "Skoler", D(400), D(410), D(425)),
    ("service", "Ældre", D(300), D(290), D(285)),
    ("overfoersel", "Kontanthjælp", D(90), D(90), D(120)),
    ("anlaeg", "Skolebyggeri", D(50), D(50), D(10)),
)


# --- Servicerammen ---


def test_only_service_counts_against_the_frame():
    found = serviceramme(TABLE, D(700))

    assert (found.oprindeligt_kr, found.korrigeret_kr, found.forventet_kr) == (D(700), D(700), D(710))
    assert (found.afvigelse_kr, found.overholdt) == (D(10), False)


@pytest.mark.parametrize(("frame", "kept"), [("709.99", False), ("710", True), ("710.01", True)])
def test_the_frame_is_kept_to_the_oere(frame, kept):
    assert serviceramme(TABLE, D(frame)).overholdt is kept


def test_a_missing_forecast_or_frame_makes_the_answer_unknown_and_not_kept():
    holed = frames(("service", "Skoler", D(1), D(1), None), ("service", "Ældre", D(1), D(1), D(1)))

    assert (serviceramme(holed, D(700)).forventet_kr, serviceramme(holed, D(700)).overholdt) == (None, None)
    assert (serviceramme(TABLE, None).forventet_kr, serviceramme(TABLE, None).overholdt) == (D(710), None)


@pytest.mark.parametrize(
    ("table", "frame", "said"),
    [
        (TABLE.drop(columns="ramme"), D(1), "Lav tabellen efter »ramme«"),
        (TABLE.iloc[2:], D(1), "Ingen rækker har rammen »service«"),
        (TABLE, D(0), "over 0 kr."),
    ],
)
def test_what_has_no_service_frame_is_refused(table, frame, said):
    with pytest.raises(ValueUseError, match=said):
        serviceramme(table, frame)


# --- Kassekreditreglen ---


def cash(*rows):
    return pd.DataFrame(rows, columns=["dato", "beholdning_kr"], index=range(2, 2 + len(rows)), dtype=object)


def daily(balances, last=END):
    """Return one balance a day, the last of them on a day."""
    first = last - (len(balances) - 1) * ONE
    return cash(*((first + number * ONE, balance) for number, balance in enumerate(balances)))


def test_the_average_is_of_the_365_days_that_end_with_the_cut_off():
    # 200 days at −100 and 165 at +130: (−20.000 + 21.450) / 365. The day before the first is far below and is out.
    found = likviditet(daily([D(-(10**9)), *[D(-100)] * 200, *[D(130)] * 165]), opgjort=END)

    assert found.gennemsnit_kr == D(1450) / D(365)
    assert (found.fra, found.opgjort) == (date(2025, 10, 1), END)
    assert (found.kendte, found.udfyldte, found.mangler, found.noter) == (365, 0, 0, ())
    assert (found.positiv, found.skuddag) == (True, False)
    assert (found.laveste_kr, found.laveste_dato) == (D(-100), date(2025, 10, 1))
    assert (found.seneste_kr, found.seneste_dato) == (D(130), END)


@pytest.mark.parametrize(("last", "positive"), [("-0.01", False), ("0", False), ("0.01", True)])
def test_the_average_must_be_above_zero_and_a_day_in_the_red_is_allowed(last, positive):
    assert likviditet(daily([*[D(-5), D(5)] * 182, D(last)]), opgjort=END).positiv is positive


def test_days_after_the_cut_off_are_passed_over():
    found = likviditet(cash((END, D(7)), (END + ONE, D(10**6))), opgjort=END)

    assert (found.gennemsnit_kr, found.kendte, found.mangler) == (D(7), 1, 364)


def test_missing_days_are_told_and_not_filled_unless_asked():
    friday, monday = date(2026, 9, 25), date(2026, 9, 28)
    rows = cash((friday, D(10)), (monday, D(40)), (END, D(100)))

    as_is = likviditet(rows, opgjort=END)
    filled = likviditet(rows, opgjort=END, udfyld=True)

    assert (as_is.gennemsnit_kr, as_is.mangler) == (D(50), 362)
    assert as_is.noter == ("Der mangler saldo for 362 dage af 365; gennemsnittet er af de øvrige dage.",)
    # Friday to Sunday 10, Monday and Tuesday 40, Wednesday 100.
    assert (filled.gennemsnit_kr, filled.udfyldte, filled.mangler) == (D(210) / 6, 3, 359)
    assert "3 dage uden saldo har fået den forrige dags saldo." in filled.noter


def test_a_balance_from_before_the_365_days_fills_the_first_of_them():
    rows = cash((date(2025, 9, 1), D(30)), (END, D(60)))

    found = likviditet(rows, opgjort=END, udfyld=True)

    assert (found.mangler, found.udfyldte) == (0, 364)
    assert found.gennemsnit_kr == D(364 * 30 + 60) / 365


@pytest.mark.parametrize(
    ("last", "is_leap"),
    [
        (date(2024, 2, 28), False),
        (date(2024, 2, 29), True),
        (date(2024, 12, 31), True),
        (date(2025, 2, 27), True),
        (date(2025, 2, 28), False),
        (date(2026, 9, 30), False),
    ],
)
def test_a_leap_day_in_the_twelve_months_is_told(last, is_leap):
    found = likviditet(daily([D(1)] * 366, last), opgjort=last)

    assert found.skuddag is is_leap
    assert any("skuddag" in note for note in found.noter) is is_leap
    assert (found.opgjort - found.fra).days == 364


def test_faults_of_the_balances_are_told_at_once():
    with pytest.raises(PosterError) as caught:
        likviditet(cash((END, D(1)), (END, D(2)), ("30-09-2026", D(3)), (END - ONE, 1.5)), opgjort=END)

    assert sorted(str(fault) for fault in caught.value.faults) == [
        "linje 3: 30. september 2026 står også i linje 2; lad den stå én gang",
        "linje 4: dato skal være en dato; her står »30-09-2026«",
        "linje 5: beholdning_kr skal være et beløb, eller tom; her står »1.5«",
    ]
    with pytest.raises(ValueUseError, match=r"ingen saldo i de 365 dage til 30\. september 2026"):
        likviditet(cash((date(2024, 1, 1), D(1))), opgjort=END)


oere = st.integers(-(10**12), 10**12).map(lambda number: D(number) / 100)


@settings(max_examples=30, deadline=None)
@given(st.lists(oere, min_size=365, max_size=400))
def test_the_curve_ends_at_the_average_and_has_one_only_where_all_days_are_known(balances):
    curve = likviditet_forloeb(daily(balances), opgjort=END)
    found = likviditet(daily(balances), opgjort=END)

    assert len(curve) == 365
    assert curve.iloc[-1]["gennemsnit_kr"] == found.gennemsnit_kr
    assert curve["gennemsnit_kr"].notna().sum() == len(balances) - 364
    assert list(curve["beholdning_kr"]) == balances[-365:]
