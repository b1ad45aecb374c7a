"""Two rounds side by side: what may be subtracted, how sure the difference is, and what is said of it."""

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from budgetanalyser.deltagerbudget.sammenligning import forskel_i_ord, klynger, sammenlign
from budgetanalyser.errors import PosterError
from budgetanalyser.kilder.table import read

RAW = Path(__file__).parents[1] / "data/raw"
D = Decimal
COLUMNS = "noegle indikator taeller naevner naevner_ord beloeb_kr prisniveau"
VOKSNE = "indbyggere på 15 år og derover"


def table(columns, *rows):
    """Build a table as read from a file, whose first data line is line 2."""
    return pd.DataFrame(rows, columns=columns.split(), index=range(2, 2 + len(rows)), dtype=object)


def share(taeller, naevner, ord_=VOKSNE, noegle="valgdeltagelse", navn="Valgdeltagelsen"):
    return (noegle, navn, taeller, naevner, ord_, None, None)


def amount(beloeb_kr, prisniveau):
    return ("budget", "Budgettet", None, None, None, beloeb_kr, prisniveau)


def one(before, now, **how):
    return sammenlign(table(COLUMNS, before), table(COLUMNS, now), **how).iloc[0]


def test_the_difference_between_two_shares_is_newcombes_published_example():
    # Newcombe 1998, table II, contrast (a): 56/70 against 48/80, method 10 gives 0.0524 to 0.3339.
    row = one(share(48, 80), share(56, 70))

    assert (row["foer"], row["nu"], row["forskel"]) == (D("0.6"), D("0.8"), D("0.2"))
    assert (round(row["lav"], 4), round(row["hoej"], 4)) == (D("0.0524"), D("0.3339"))
    assert row["p_holm"] == row["p"] < D("0.01")
    assert row["afvist"] is None


def test_a_sure_difference_is_said_plainly_and_never_called_an_effect():
    said = forskel_i_ord(one(share(48, 80), share(56, 70)))

    assert said == "Valgdeltagelsen var 20,0 procentpoint højere i 2020 end i 2017 (95 %-interval 5,2 til 33,4)."
    assert "effekt" not in said


def test_an_interval_that_holds_zero_says_that_it_may_be_chance():
    said = forskel_i_ord(one(share(25, 100), share(20, 100), navne=("2020", "2024")))

    assert said.startswith("Valgdeltagelsen var 5,0 procentpoint lavere i 2024 end i 2020 (95 %-interval −16,")
    assert said.endswith("Intervallet rummer 0, så forskellen kan være tilfældig.")


@pytest.mark.parametrize(("k", "n"), [(0, 50), (50, 50), (25, 50)])
def test_two_rounds_alike_are_almost_the_same_even_where_none_or_all_did(k, n):
    row = one(share(k, n), share(k, n))

    assert (row["forskel"], row["p"]) == (0, 1)
    assert "var næsten den samme i 2020 som i 2017" in forskel_i_ord(row)


def test_several_comparisons_are_adjusted_together():
    before = [share(40, 100, noegle=f"n{at}", navn=f"Nr. {at}") for at in range(3)]
    now = [share(55, 100, noegle="n0"), share(53, 100, noegle="n1"), share(40, 100, noegle="n2")]
    found = sammenlign(table(COLUMNS, *before), table(COLUMNS, *now))

    assert [round(one, 4) for one in found["p"]] == [D("0.0337"), D("0.0653"), D("1")]
    assert round(found.loc[0, "p_holm"], 4) == D("0.1010")
    assert forskel_i_ord(found.loc[0]).endswith("når det regnes med, kan forskellen være tilfældig.")


@pytest.mark.parametrize(
    ("before", "now", "why"),
    [
        pytest.param(share(None, None), share(20, 100), "ikke oplyst i 2017", id="a round without numbers"),
        pytest.param(share(None, None), share(None, None), "ikke oplyst i 2017 og 2020", id="neither"),
        pytest.param(share(20, 100), share(20, None), "nævneren er ikke oplyst i 2020", id="no denominator"),
        pytest.param(
            share(20, 100, "husstande"),
            share(20, 100),
            f"nævnerne tæller ikke det samme: »husstande« i 2017 og »{VOKSNE}« i 2020",
            id="denominators of different kind",
        ),
        pytest.param(share(6, 12), share(20, 100), "for lille grundlag: 12 i 2017 (mindst 20)", id="small base"),
        pytest.param(
            amount(D(5), 2017),
            amount(D(5), 2020),
            "forskelligt prisniveau: 2017 og 2020; kan først sammenlignes i samme prisniveau",
        ),
        pytest.param(amount(D(5), None), amount(D(5), 2020), "prisniveauet er ikke oplyst i 2017"),
        pytest.param(
            ("budget", "Budgettet", 3, None, None, None, None),
            amount(D(5), 2020),
            "2017 er opgjort som antal og 2020 som beløb",
        ),
    ],
)
def test_what_cannot_be_compared_is_set_side_by_side_with_the_reason(before, now, why):
    row = one(before, now)

    assert row["afvist"] == why
    assert [row[name] for name in ("forskel", "lav", "hoej", "p", "p_holm")] == [None] * 5
    assert forskel_i_ord(row) == f"{row['indikator']} kan ikke sammenlignes: {why}."


def test_a_share_of_a_small_base_is_not_shown_but_its_counts_are():
    row = one(share(6, 12), share(20, 100))

    assert (row["foer"], row["foer_taeller"], row["foer_naevner"]) == (None, 6, 12)


def test_an_indicator_of_one_round_only_is_kept():
    found = sammenlign(table(COLUMNS, share(1, 30, noegle="a")), table(COLUMNS, share(1, 30, noegle="b")))

    assert list(found["noegle"]) == ["a", "b"]
    assert list(found["afvist"]) == ["ikke oplyst i 2020", "ikke oplyst i 2017"]


def test_counts_and_amounts_of_one_price_level_are_subtracted():
    count = one(
        ("forslag", "Antallet af forslag", 10, *[None] * 4), ("forslag", "Antallet af forslag", 14, *[None] * 4)
    )
    money = one(amount(D(300000), 2020), amount(D(320000), 2020))

    assert forskel_i_ord(count) == "Antallet af forslag var 14 i 2020 og 10 i 2017, en forskel på 4."
    assert money["forskel"] == 20000
    assert forskel_i_ord(money) == "Budgettet var 320.000 kr. i 2020 og 300.000 kr. i 2017, en forskel på 20.000 kr."


def test_bad_numbers_are_told_all_at_once_with_their_lines():
    bad = table(COLUMNS, share(30, 20), share(-1, 20), share(1, 20, noegle=""), amount(D(-5), 2020))
    with pytest.raises(PosterError) as caught:
        sammenlign(bad, bad)

    assert [str(fault) for fault in caught.value.faults] == [
        "linje 2: taeller 30 er større end naevner 20; ret en af dem",
        "linje 3: taeller skal være et helt tal på mindst 0, eller tom når det ikke er oplyst",
        "linje 3: nøglen står også i linje 2; lad den stå én gang",
        "linje 4: noegle mangler; udfyld den",
        "linje 5: beloeb_kr er −5 kr.; skriv beløb uden minus",
    ]
    assert caught.value.path == "indikatorerne for 2017"


def test_tranbjerg_shows_its_published_rate_but_2017_had_no_numbers():
    now = read(RAW / "aarhus-2020-tranbjerg-noegletal.csv").data
    found = sammenlign(now.iloc[:0], now).set_index("noegle")

    assert found.loc["valgdeltagelse", "nu"] == D("0.16")
    assert set(found["afvist"]) == {"ikke oplyst i 2017"}
    assert found.loc["budget", "nu"] == 320000


# --- Areas as the unit ---


def areas(*rows):
    return table("omraade taeller naevner", *rows)


def test_three_areas_are_compared_by_hand():
    before = areas(("A", 10, 100), ("B", 20, 100), ("C", 30, 100), ("D", 1, 100), ("E", 1, 10))
    now = areas(("C", 33, 100), ("A", 11, 100), ("B", 22, 100), ("D", None, 100), ("E", 1, 100))
    found = klynger(before, now)

    assert list(found.omraader["forskel"]) == [D("0.01"), D("0.02"), D("0.03")]
    assert found.middel == D("0.02")
    # Of the 8 patterns of signs only all plus and all minus are as far from 0.
    assert (found.p, found.mindste_p) == (D("0.25"), D("0.25"))
    # The means of the 27 resamples run from 0.01 to 0.03.
    assert D("0.01") <= found.lav < found.middel < found.hoej <= D("0.03")
    assert found.udeladt == ("D: ikke oplyst nu", "E: for lille grundlag før (10)")


@pytest.mark.parametrize(("count", "least"), [(8, 2 / 2**8), (20, 1 / 20_001)])
def test_many_areas_are_drawn_and_give_the_same_each_time(count, least):
    before = areas(*((f"{at}", 10, 100) for at in range(count)))
    now = areas(*((f"{at}", 12 + at % 3, 100) for at in range(count)))

    first, again = klynger(before, now), klynger(before, now)
    assert (first.lav, first.hoej, first.p) == (again.lav, again.hoej, again.p)
    assert abs(float(first.p) - least) < 0.0002
    assert first.lav < first.middel < first.hoej


@pytest.mark.parametrize(("count", "said"), [(0, "ingen områder"), (1, "ét område"), (2, "2 områder")])
def test_fewer_than_three_common_areas_are_refused_with_the_reason(count, said):
    rows = [(f"{at}", 10, 100) for at in range(count)]
    found = klynger(areas(*rows, ("kun før", 1, 100)), areas(*rows, ("kun nu", 1, 100)))

    assert found.afvist == f"{said} har tal i begge runder; der skal mindst 3 til"
    assert (found.middel, found.p) == (None, None)
    assert len(found.udeladt) == 2
