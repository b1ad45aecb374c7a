"""Ballots from text to matrix, and elections from tables. All data here is KONSTRUERET."""

import time
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from budgetanalyser.deltagerbudget.stemmesedler import GENTAGET, MOST_FAULTS, UKENDT, PointLimits, build, settle
from budgetanalyser.deltagerbudget.tabel import read_table
from budgetanalyser.deltagerbudget.valg import MEDTAGET, UDELADT
from budgetanalyser.errors import KildeError, SeveralError, ValueUseError

IDS = ["1", "2", "3"]
PRICES = [Decimal("20000"), Decimal("35000.50"), Decimal("5000")]


def built(*stemmer, ballot_type="approval", **more):
    steder = [f"linje {number}" for number in range(2, len(stemmer) + 2)]
    return build(stemmer, IDS, ballot_type=ballot_type, prices=PRICES, steder=steder, **more)


def told(sedler):
    return [str(fault) for fault in sedler.faults]


def rows(sedler):
    return sedler.matrix.toarray().tolist()


def test_ballots_become_rows_of_ones_in_the_order_of_the_file():
    sedler = built("3,1", "2", "1, 2 ,3")

    assert rows(sedler) == [[1, 0, 1], [0, 1, 0], [1, 1, 1]]
    assert sedler.faults == []
    assert sedler.keep.tolist() == [True, True, True]


@pytest.mark.parametrize(
    ("stemme", "more", "text"),
    [
        ("1,9", {}, "der er et projekt, der ikke kendes"),
        ("1,8,9", {}, "der er 2 projekter, der ikke kendes"),
        ("1,2,1", {}, "et projekt står 2 gange"),
        ("1,2,1,2", {}, "2 projekter går igen"),
        ("1,,2", {}, "der mangler et projekt mellem to kommaer"),
        ("1,2,3", {"max_length": 2}, "der er 3 projekter, men der må højst være 2"),
        ("1", {"min_length": 2}, "der er 1 projekt, men der skal være mindst 2"),
        ("", {"min_length": 1}, "stemmesedlen er tom"),
        ("1,2", {"ballot_type": "choose-1"}, "der er 2 projekter, men der må højst være 1"),
        ("", {"ballot_type": "choose-1"}, "stemmesedlen er tom"),
        ("", {"ballot_type": "ordinal"}, "stemmesedlen er tom"),
        (
            "1,2",
            {"ballot_type": "knapsack", "most_kr": Decimal(50000)},
            "projekterne koster 55.000,50 kr., 5.000,50 kr. over grænsen på 50.000 kr.",
        ),
        ("1,2", {"ballot_type": "cumulative"}, "point mangler"),
        ("1,2", {"ballot_type": "scoring", "point": ["3"]}, "der er 1 point til 2 projekter"),
        ("1,2", {"ballot_type": "scoring", "point": ["3,mange"]}, "der er et point, der ikke er et tal"),
        ("1,2", {"ballot_type": "scoring", "point": ["3,nan"]}, "der er et point, der ikke er et tal"),
        ("1,2", {"ballot_type": "scoring", "point": ["3,٣"]}, "der er et point, der ikke er et tal"),
        (
            "1,2",
            {"ballot_type": "scoring", "point": ["3,0.1234567"]},
            "der er et point med over 9 cifre eller 6 decimaler",
        ),
        ("1", {"min_kr": Decimal(20001)}, "projekterne koster 20.000 kr., 1 kr. under grænsen på 20.001 kr."),
        ("", {"min_kr": Decimal(1)}, "projekterne koster 0 kr., 1 kr. under grænsen på 1 kr."),
    ],
)
def test_a_fault_is_told_with_its_place_and_the_ballot_is_not_kept(stemme, more, text):
    sedler = built(stemme, **more)

    assert told(sedler) == [f"linje 2: {text}"]
    assert sedler.keep.tolist() == [False]
    assert sedler.matrix.shape == (0, 3)


def test_all_faults_of_all_ballots_are_told_and_the_others_kept():
    sedler = built("9,9", "1", "8,1,1")

    assert told(sedler) == [
        "linje 2: der er et projekt, der ikke kendes",
        "linje 4: der er et projekt, der ikke kendes",
        "linje 4: et projekt står 2 gange",
    ]
    assert sedler.kinds == [UKENDT, UKENDT, GENTAGET]
    assert rows(sedler) == [[1, 0, 0]]


def test_a_ballot_of_just_the_limit_to_the_oere_is_kept():
    assert built("1,2", ballot_type="knapsack", most_kr=Decimal("55000.50")).faults == []
    assert built("1,2", ballot_type="knapsack", most_kr=Decimal("55000.49")).faults != []


def test_prices_beyond_64_bits_are_still_summed_exactly():
    dear = [Decimal("999999999999999999999.99"), Decimal("0.01")]
    limit = Decimal("1000000000000000000000.00")

    sedler = build(["a,b"], ["a", "b"], ballot_type="knapsack", prices=dear, most_kr=limit, steder=["linje 2"])

    assert sedler.faults == []


def test_without_a_limit_a_ballot_may_cost_anything():
    assert built("1,2,3", ballot_type="knapsack").faults == []


def test_a_voters_second_ballot_is_a_fault_that_does_not_repeat_who_it_is():
    sedler = built("1", "2", "3", vaelgere=["010190-1234", "b", "010190-1234"])

    assert told(sedler) == ["linje 4: vælgeren har allerede en stemmeseddel (linje 2)"]


def test_voters_without_an_id_are_not_the_same_voter():
    assert built("1", "2", vaelgere=["", ""]).faults == []


def test_a_blank_ballot_is_kept_and_told_where_it_is_a_vote_for_nothing():
    sedler = built("", "1", " ")

    assert rows(sedler) == [[0, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert sedler.blank.tolist() == [True, False, True]
    findings = settle(sedler, fil="f.csv", udelad=False)
    assert [(one.where, one.text) for one in findings] == [
        (
            "stemmesedlerne",
            "færre end 5 stemmesedler er blanke; de tæller som afgivet, men giver ingen stemmer",
        )
    ]


def test_ballots_left_out_are_counted_by_kind_and_few_are_told_as_few():
    sedler = built(*["9"] * 6, *["1,1"] * 5, "8,1,1", *[""] * 5, vaelgere=["a", "a", *[""] * 15])

    findings = settle(sedler, fil="f.csv", udelad=True)

    assert [(one.where, one.text, one.virkning) for one in findings] == [
        ("stemmesedlerne", "7 stemmesedler er udeladt: projektet kendes ikke", UDELADT),
        ("stemmesedlerne", "færre end 5 stemmesedler er udeladt: vælgeren har allerede en stemmeseddel", UDELADT),
        ("stemmesedlerne", "6 stemmesedler er udeladt: et projekt står flere gange", UDELADT),
        (
            "stemmesedlerne",
            "5 stemmesedler er blanke; de tæller som afgivet, men giver ingen stemmer",
            MEDTAGET,
        ),
    ]


SECRET = "Gerda 010190-1234"


def test_nothing_that_stands_on_a_ballot_is_repeated():
    sedler = built(
        f"1,{SECRET}",
        "2",
        f"{SECRET},{SECRET}",
        ballot_type="scoring",
        point=[f"1,{SECRET}", SECRET, "1"],
        vaelgere=[SECRET, SECRET, "b"],
    )

    assert len(sedler.faults) == 6 == len(sedler.kinds)
    texts = [*told(sedler), *(one.text for one in settle(sedler, fil="f.csv", udelad=True))]
    assert not [one for one in texts if "Gerda" in one or "1234" in one]


@pytest.mark.parametrize(
    ("point", "limits", "text"),
    [
        ("2,5", PointLimits(least=Decimal(3)), "der er et point, der ikke er mindst 3"),
        ("2,5", PointLimits(Decimal(0), Decimal("4.5")), "der er et point, der ikke er mindst 0 og højst 4.5"),
        ("2,5", PointLimits(least_sum=Decimal("7.1")), "summen af point er ikke mindst 7.1"),
        ("0.1,0.2", PointLimits(most_sum=Decimal("0.299999")), "summen af point er ikke højst 0.299999"),
    ],
)
def test_points_outside_their_limits_are_a_fault(point, limits, text):
    sedler = built("1,2", ballot_type="scoring", point=[point], point_limits=limits)

    assert told(sedler) == [f"linje 2: {text}"]
    assert sedler.keep.tolist() == [False]


def test_points_on_their_limits_are_kept_and_points_by_place_have_none():
    just = PointLimits(Decimal("0.1"), Decimal("0.2"), Decimal("0.3"), Decimal("0.3"))

    assert built("1,2", ballot_type="scoring", point=["0.1,0.2"], point_limits=just).faults == []
    assert built("1,2", ballot_type="ordinal", point_limits=just).faults == []
    assert built("1,2", point_limits=just).faults == []


@settings(deadline=None)
@given(
    st.lists(st.lists(st.decimals(-3, 3, places=2), min_size=1, max_size=3), max_size=4),
    st.tuples(*[st.one_of(st.none(), st.decimals(-3, 3, places=1))] * 4),
)
def test_limits_of_points_equal_a_naive_check(ballots, four):
    limits = PointLimits(*four)
    least, most, least_sum, most_sum = four

    sedler = built(
        *[",".join(IDS[: len(one)]) for one in ballots],
        ballot_type="scoring",
        point=[",".join(map(str, one)) for one in ballots],
        point_limits=limits,
    )

    assert sedler.keep.tolist() == [
        all(
            (low is None or value >= low) and (high is None or value <= high)
            for value, low, high in [*((one, least, most) for one in ballot), (sum(ballot), least_sum, most_sum)]
        )
        for ballot in ballots
    ]
    assert {one.where for one in sedler.faults} == {
        f"linje {at + 2}" for at, keep in enumerate(sedler.keep) if not keep
    }


def test_ordinal_ballots_without_points_have_them_by_place_from_their_own_length():
    assert rows(built("3,1", "2,3,1", ballot_type="ordinal")) == [[1, 0, 2], [1, 3, 2]]
    assert rows(built("3,1", ballot_type="ordinal", point=[""])) == [[1, 0, 2]]


def test_ordinal_ballots_with_points_keep_them():
    assert rows(built("3,1", ballot_type="ordinal", point=["5,4"])) == [[4, 0, 5]]


def test_points_are_whole_when_all_are_and_else_floats():
    whole = built("1,2", "3", ballot_type="cumulative", point=["3,2.0", "5"])
    parts = built("1,2", "3", ballot_type="cumulative", point=["3,2.5", "5"])

    assert whole.matrix.dtype == np.int64
    assert rows(whole) == [[3, 2, 0], [0, 0, 5]]
    assert rows(parts) == [[3.0, 2.5, 0], [0, 0, 5.0]]


def test_a_faulty_ballots_points_do_not_move_to_the_next():
    sedler = built("1,2", "9", "3", ballot_type="scoring", point=["1,2,3", "7", "4"])

    assert rows(sedler) == [[0, 0, 4]]


def test_points_are_ignored_in_a_type_without_them():
    assert rows(built("1,2", point=["x"])) == [[1, 1, 0]]


def test_no_ballots_at_all_give_an_empty_matrix():
    assert built().matrix.shape == (0, 3)
    assert built(ballot_type="ordinal", most_kr=Decimal(1)).matrix.shape == (0, 3)


def test_a_wrong_call_is_refused():
    with pytest.raises(ValueUseError, match="Mente du »approval«"):
        built("1", ballot_type="aproval")
    with pytest.raises(ValueUseError, match="1 stemmesedler, men 2 vaelgere"):
        built("1", vaelgere=["a", "b"])
    with pytest.raises(ValueUseError, match="1 projekter, men 0 priser"):
        build([], ["1"], ballot_type="approval", prices=[], steder=[])


def naive(stemme, ballot_type, most, least_length, most_length, point):
    """Return a ballot as a row, or None for one with a fault; as directly as it can be said."""
    names = [one.strip() for one in stemme.split(",")] if stemme.strip() else []
    if ballot_type == "choose-1":
        least_length = most_length = 1
    if not names and ballot_type not in ("approval", "knapsack"):
        return None
    if any(name not in IDS for name in names) or len(set(names)) < len(names):
        return None
    if not (least_length or 0) <= len(names) <= (99 if most_length is None else most_length):
        return None
    if most is not None and sum(PRICES[IDS.index(name)] for name in names) > most:
        return None
    values = [1.0] * len(names)
    if ballot_type == "ordinal":
        values = [float(len(names) - at) for at in range(len(names))]
    elif ballot_type in ("cumulative", "scoring"):
        parts = point.split(",") if point.strip() else []
        if len(parts) != len(names) or not all(part.strip().isdigit() for part in parts):
            return None
        values = [float(part) for part in parts]
    row = [0.0, 0.0, 0.0]
    for name, value in zip(names, values, strict=True):
        row[IDS.index(name)] = value
    return row


PARTS = st.lists(st.sampled_from(["1", "2", "3", " 1", "3 ", "", "9"]), max_size=4).map(",".join)
POINTS = st.lists(st.sampled_from(["0", "1", " 7", "", "x"]), max_size=4).map(",".join)


@settings(deadline=None)
@given(
    st.lists(st.tuples(PARTS, POINTS), max_size=6),
    st.sampled_from(["approval", "knapsack", "ordinal", "cumulative", "scoring", "choose-1"]),
    st.sampled_from([None, Decimal(0), Decimal("40000.50"), Decimal(55000)]),
    st.sampled_from([None, 0, 1, 2]),
    st.sampled_from([None, 0, 1, 3]),
)
@example([("", ""), (",", ","), ("1", "")], "cumulative", None, None, None)
def test_build_equals_a_naive_reading_and_explains_every_ballot_it_leaves_out(
    ballots, ballot_type, most, least, most_length
):
    stemmer = [stemme for stemme, _ in ballots]
    point = [one for _, one in ballots] if ballot_type in ("cumulative", "scoring") else None
    expected = [naive(stemme, ballot_type, most, least, most_length, one) for stemme, one in ballots]

    sedler = built(
        *stemmer, ballot_type=ballot_type, most_kr=most, min_length=least, max_length=most_length, point=point
    )

    assert sedler.keep.tolist() == [row is not None for row in expected]
    assert rows(sedler) == [row for row in expected if row is not None]
    left_out = {f"linje {at + 2}" for at, row in enumerate(expected) if row is None}
    assert {fault.where for fault in sedler.faults} == left_out


def test_a_city_of_90000_ballots_is_read_in_a_moment():
    # As Łódź 2022: 90.494 ballots over 160 projects. The bound only catches a loop over ballots.
    ids = [f"L{number:03}" for number in range(160)]
    stemmer = [",".join(ids[(at + step * 7) % 160] for step in range(1 + at % 5)) for at in range(90_494)]
    steder = [f"linje {at}" for at in range(90_494)]
    begun = time.process_time()

    sedler = build(stemmer, ids, ballot_type="approval", prices=[Decimal(1)] * 160, steder=steder, max_length=5)

    assert time.process_time() - begun < 1
    assert sedler.matrix.shape == (90_494, 160)
    assert sedler.faults == []


def projekter(**columns):
    data = {"projekt": IDS, "pris_kr": PRICES, **columns}
    table = pd.DataFrame({name: pd.Series(list(cells), dtype=object) for name, cells in data.items()})
    table.index = pd.RangeIndex(2, 2 + len(table))
    table.attrs["fil"] = "KONSTRUERET_projekter.csv"
    return table


def sedler(*stemmer, **columns):
    data = {"stemme": stemmer, **columns}
    table = pd.DataFrame({name: pd.Series(list(cells), dtype=object) for name, cells in data.items()})
    table.index = pd.RangeIndex(2, 2 + len(table))
    table.attrs["fil"] = "KONSTRUERET_sedler.csv"
    return table


def test_two_tables_become_an_election():
    election = read_table(
        projekter(navn=["Sti", "Bane", "Bænk"], stemmer=[2, 1, 0], valgt=[1, None, 0]),
        sedler("1", "1,2", vaelger=["a", "b"], alder=[17, "40-59"], kanal=["papir", "digital"]),
        budget=Decimal(50000),
        rule="flest_stemmer",
    )

    assert election.counted.tolist() == [2, 1, 0]
    assert election.findings == ()
    assert election.voters.to_dict("index") == {
        "a": {"alder": 17, "kanal": "papir"},
        "b": {"alder": "40-59", "kanal": "digital"},
    }
    assert list(election.projects["valgt"]) == [1, None, 0]
    assert election.fil == "KONSTRUERET_projekter.csv"


def test_without_ballots_the_published_votes_are_all_there_is():
    election = read_table(projekter(stemmer=[5, 7, None]), budget=Decimal(1))

    assert not election.has_ballots
    with pytest.raises(ValueUseError, match="antallet af stemmer mangler for projekt 3"):
        _ = election.counted


def test_published_votes_that_the_ballots_do_not_give_are_told():
    election = read_table(projekter(stemmer=[2, 0, 0]), sedler("1"), budget=Decimal(1))

    assert [one.text for one in election.findings] == ["filen siger 2 stemmer, men stemmesedlerne giver 1"]


def test_a_faulty_ballot_stops_the_reading_with_file_and_line():
    with pytest.raises(KildeError, match=r"KONSTRUERET_sedler.csv(.|\n)*linje 3: der er et projekt, der ikke kendes"):
        read_table(projekter(), sedler("1", "9"), budget=Decimal(1))


def test_a_faulty_ballot_left_out_is_told_and_its_voter_goes_with_it():
    election = read_table(projekter(), sedler("1", "9,8", "2", vaelger=["a", "b", "c"]), budget=Decimal(1), udelad=True)

    assert list(election.voters.index) == ["a", "c"]
    assert [(one.text, one.virkning) for one in election.findings] == [
        ("færre end 5 stemmesedler er udeladt: projektet kendes ikke", UDELADT)
    ]


def test_many_faults_are_told_in_part_with_how_many_there_are_besides():
    with pytest.raises(KildeError) as caught:
        read_table(projekter(), sedler(*["9"] * 173), budget=Decimal(1))

    assert len(caught.value.faults) == MOST_FAULTS + 1
    assert str(caught.value.faults[-1]) == "… og 123 til"


def test_a_blank_cell_is_a_blank_ballot_and_voters_without_ids_are_numbered():
    election = read_table(projekter(), sedler("1", None), budget=Decimal(1))

    assert list(election.voters.index) == ["1", "2"]
    assert [one.where for one in election.findings] == ["stemmesedlerne"]
    assert election.n_voters == 2


def test_points_in_a_vote_without_points_are_told():
    election = read_table(projekter(), sedler("1", point=["3"]), budget=Decimal(1))

    assert [one.text for one in election.findings] == ["point bruges ikke i stemmetypen »approval«"]


def test_points_are_summed_in_a_vote_with_points():
    table = sedler("1,2", "2", point=["3,2", "5"])

    assert read_table(projekter(), table, budget=Decimal(1), ballot_type="cumulative").strength.tolist() == [3, 7, 0]


def test_all_faults_of_the_projects_are_told_at_once():
    table = projekter(stemmer=[1, Decimal("1.5"), -1], valgt=[4, 0, 1])
    table["projekt"] = ["1", "1", "a,b"]
    table["pris_kr"] = [Decimal(-1), None, Decimal(1)]

    with pytest.raises(KildeError) as caught:
        read_table(table, budget=Decimal(1))

    assert sorted(fault.where for fault in caught.value.faults) == [
        "linje 2, kolonne pris_kr",
        "linje 2, kolonne valgt",
        "linje 3, kolonne pris_kr",
        "linje 3, kolonne projekt",
        "linje 3, kolonne stemmer",
        "linje 4, kolonne projekt",
        "linje 4, kolonne stemmer",
    ]


@pytest.mark.parametrize("cell", [float("inf"), Decimal("Infinity"), "12", pd.Timestamp(2024, 1, 1)])
def test_a_vote_count_that_is_no_number_is_a_fault(cell):
    with pytest.raises(KildeError, match="linje 3, kolonne stemmer"):
        read_table(projekter(stemmer=[1, cell, 2]), budget=Decimal(1))


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("stemmer", 10**30),
        ("point", Decimal("1E+400")),
        ("pris_kr", Decimal("sNaN")),
        ("pris_kr", Decimal("1E+30")),
        ("navn", "  "),
        ("navn", None),
        ("navn", "a\nb"),
        ("navn", "a\u202eb"),
        ("navn", "a" * 3000),
        ("projekt", "a\x85b"),
        ("projekt", "a" * 301),
    ],
)
def test_a_cell_that_would_break_a_count_or_a_report_is_a_fault_told_in_short(column, cell):
    table = projekter(**{column: [*{"stemmer": (1, 2), "point": (1, 2)}.get(column, ("a", "b")), cell]})
    if column == "pris_kr":
        table[column] = [*PRICES[:2], cell]

    with pytest.raises(KildeError, match=f"linje 4, kolonne {column}") as caught:
        read_table(table, budget=Decimal(1))
    assert len(caught.value.faults) == 1
    assert len(str(caught.value)) < 300
    assert "\u202e" not in str(caught.value)


def test_a_signalling_nan_in_a_number_is_nothing():
    assert (
        list(read_table(projekter(stemmer=[1, 2, Decimal("sNaN")]), budget=Decimal(1)).projects["stemmer"])[2] is None
    )


@pytest.mark.parametrize("amount", [*map(Decimal, ("NaN", "sNaN", "Infinity", "-1")), 5.0])
def test_limits_that_make_no_sense_are_refused(amount):
    with pytest.raises(ValueUseError, match="most_kr"):
        read_table(projekter(), sedler("1"), budget=Decimal(1), ballot_type="knapsack", most_kr=amount)
    with pytest.raises(ValueUseError, match="mindst 3 og højst 2 projekter"):
        read_table(projekter(), sedler("1"), budget=Decimal(1), min_length=3, max_length=2)


def test_points_too_fine_or_too_many_to_be_exact_are_refused():
    election = read_table(projekter(), sedler("1,2", point=["0.5,1"]), budget=Decimal(1), ballot_type="scoring")

    with pytest.raises(KildeError, match="point med over 6 decimaler"):
        replace(election, ballots=election.ballots * 1e-7)
    with pytest.raises(ValueUseError, match="ikke kan lægges nøjagtigt sammen"):
        _ = replace(election, ballots=election.ballots * 1e12).strength


def test_what_pandas_writes_for_nothing_is_nothing():
    election = read_table(projekter(stemmer=[1, float("nan"), pd.NA]), budget=Decimal(1))

    assert list(election.projects["stemmer"]) == [1, None, None]


def test_unknown_and_missing_columns_of_both_tables_are_told_with_the_nearest():
    with pytest.raises(SeveralError) as caught:
        read_table(
            projekter(stemer=[1, 2, 3]), sedler("1", navn=["x"]).rename(columns={"stemme": "stem"}), budget=Decimal(1)
        )

    assert "kolonnen »stemer« kendes ikke. Mente du »stemmer«?" in str(caught.value)
    assert "kolonnen »stemme« mangler" in str(caught.value)
    assert "kolonne nr. 2 kendes ikke" in str(caught.value)
    assert "navn" not in str(caught.value.errors[1])


def test_an_unknown_ballot_type_is_named_with_the_nearest():
    with pytest.raises(ValueUseError, match="Mente du »knapsack«"):
        read_table(projekter(), budget=Decimal(1), ballot_type="knapsak")


def test_limits_reach_the_ballots():
    with pytest.raises(KildeError, match=r"over grænsen på 30\.000"):
        read_table(projekter(), sedler("1,2"), budget=Decimal(1), ballot_type="knapsack", most_kr=Decimal(30000))
    with pytest.raises(KildeError, match="højst være 1"):
        read_table(projekter(), sedler("1,2"), budget=Decimal(1), max_length=1)
