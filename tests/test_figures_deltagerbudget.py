"""The figures of participatory budgeting: what is handed in is written, drawn to scale, and readable without colour."""

from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba

from budgetanalyser import dansk
from budgetanalyser.errors import ValueUseError
from budgetanalyser.report import figures
from budgetanalyser.report.figures.kort import class_words, classes

D = Decimal
AREAS = Path(__file__).parents[2] / "shared/data/geo/aarhus_lokalsamfund_ccby4.geojson"

LONG = [
    "Tryghed og lys på stien mellem Stationen og Skovvejens Skole",
    "Bedre legeplads i Byparken",
    "Multibane ved Kildebakken med plads til både unge og ældre",
    "Træer",
    "Trafiksikkerhedsforanstaltninger ved Nordre Ringvej",
    "Sansehave for borgere med demens ved Plejecenter Solgården",
    "Fælleskøkken og drivhus i kolonihaveforeningen Lykkens Prøve",
    "Cykelpumper",
    "Udendørs fitness ved havnen, på Torvet og ved Idrætshallen",
    "Kunst i viadukten under banen mellem Nørrebro og Vesterbro",
    "Bænke langs Strandvejen fra Marinaen til Campingpladsen i Øst",
    "Åben scene på torvet",
    "Naturlegeplads ved Ådalen og kanosted med bålhytte til alle",
    "Bypark med vilde blomster, insekthoteller og bænke til ældre",
]


def table(columns, *rows):
    return pd.DataFrame([dict(zip(columns.split(), row, strict=True)) for row in rows], dtype=object)


STEPS = "navn stemmer pris_kr foer_kr efter_kr afgoerelse mangler_kr"
FUNNEL = table("trin antal andel", ("Vælgere", 278412, None), ("Stemte", None, None), ("Gyldige", 7911, D("0.974")))
PYRAMID = table(
    "gruppe koen vaelgere befolkning",
    ("15-24 år", "kvinder", D("0.051"), D("0.085")),
    ("15-24 år", "mænd", None, D("0.087")),
    ("25 år og derover", "kvinder", D("0.52"), D("0.41")),
    ("25 år og derover", "mænd", D("0.33"), D("0.418")),
)
CURVE = table(
    "maaneder andel lav hoej faerdige censurerede",
    (D(6), D("0.2"), D("0.05"), D("0.4"), 4, 0),
    (D(14), D("0.55"), D("0.3"), D("0.75"), 7, 2),
    (D(30), D("0.781"), None, None, 3, 4),
)
ROUNDS = table(
    "indikator foer nu lav hoej",
    ("Stemmeprocent", D("0.021"), D("0.034"), D("0.009"), D("0.017")),
    ("Andel af stemmer fra borgere under 30 år", D("0.18"), D("0.12"), None, None),
    ("Andel kvinder", D("0.5"), D("0.5"), D("-0.02"), D("0.02")),
    ("Fremmøde", None, D("0.31"), None, None),
    ("Tilfredshed", None, None, None, None),
)
PLACE = table(
    "maal p10 p25 p50 p75 p90 vaerdi",
    ("Stemmeprocent", D("0.01"), D("0.018"), D("0.03"), D("0.05"), D("0.09"), D("0.021")),
    ("Andel til det største projekt", D("0.1"), D("0.15"), D("0.22"), D("0.3"), D("0.45"), D("0.38")),
)
POOL = table(
    "aar udmoentet_kr disponeret_kr rest_kr",
    (2019, D(4_200_000), D(0), D(800_000)),
    (2020, None, None, None),
    (2021, D(3_100_000), None, D(-400_000)),
)
PROCESS = table(
    "fase fra til tid",
    ("Idéindsamling", None, None, "5. til 31. marts 2020"),
    ("Faglig vurdering af alle forslag i forvaltningen", None, None, "ikke oplyst"),
    ("Afstemning", date(2020, 9, 1), date(2020, 9, 20), "1. til 20. september 2020"),
)
DATED = table(
    "fase fra til tid",
    ("Idéindsamling", date(2020, 3, 5), date(2020, 3, 31), "5. til 31. marts 2020"),
    (LONG[0], date(2020, 4, 1), date(2020, 8, 30), "april til august 2020"),
)
ODDS = table("navn andel vinder", ("Sti", D(1), True), ("Legeplads", D("0.9996"), True), ("Bro", None, False))


def ballot(count, *, dear=None):
    """Return the path of a ballot of `count` projects; the one at `dear` costs nine budgets."""
    budget = left = D(1_000_000)
    rows = []
    for place in range(count):
        price = budget * 9 if place == dear else budget * (4 + place * 7 % 11) // 100
        is_funded = price <= left
        after = left - price if is_funded else left
        told = ("støttet", None) if is_funded else ("sprunget over", price - left)
        rows.append((LONG[place % len(LONG)], 900 - 13 * place, price, left, after, *told))
        left = after
    return table(STEPS, *rows)


def odds(count):
    return table("navn andel vinder", *((LONG[place % 14], D(100 - place) / 100, place < 9) for place in range(count)))


def invented():
    geopandas, shapely = pytest.importorskip("geopandas"), pytest.importorskip("shapely")
    boxes = [(9, 56.1, 10, 56.3), (9, 55.8, 10, 56), (9.6, 56, 10, 56.1), (9, 56, 9.3, 56.1), (9.3, 56, 9.6, 56.1)]
    return geopandas.GeoDataFrame(
        {"navn": ["Nord", "Syd", "Øst", "Vest", "Midtby"]}, geometry=[shapely.box(*one) for one in boxes], crs=4326
    )


VALUES = {"Nord": D(120), "Syd": D("80.5"), "Øst": D(0), "Vest": D(33)}

DRAWINGS = {
    "tragt": lambda: figures.tragt(FUNNEL),
    "vandfald": lambda: figures.vandfald(ballot(14), budget_kr=D(1_000_000)),
    "vandfald, 30": lambda: figures.vandfald(ballot(30, dear=2), budget_kr=D(1_000_000)),
    "vandfald, 1": lambda: figures.vandfald(ballot(1), budget_kr=D(1_000_000)),
    "pyramide": lambda: figures.pyramide(PYRAMID),
    "robusthed": lambda: figures.robusthed(odds(14)),
    "robusthed, 30": lambda: figures.robusthed(odds(30)),
    "kort": lambda: figures.kort(invented(), VALUES, enhed="kr. pr. indbygger"),
    "overlevelse": lambda: figures.overlevelse(CURVE, pr=date(2025, 8, 1)),
    "sammenligning": lambda: figures.sammenligning(ROUNDS),
    "placering": lambda: figures.placering(PLACE),
    "pulje": lambda: figures.pulje(POOL),
    "pulje, kr.": lambda: figures.pulje(POOL, enhed="kr."),
    "proces": lambda: figures.proces(PROCESS),
    "proces, datoer": lambda: figures.proces(DATED),
}


def texts(figure):
    """Return what is written: the words of the axes, their ticks within the limits, and the legend."""
    found = [text for legend in figure.legends for text in legend.get_texts()]
    for axes in figure.axes:
        found += [*axes.texts, axes.xaxis.label, axes.yaxis.label]
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            shown = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
            found += [label for at, label in shown if axes.axison and min(limits) <= at <= max(limits)]
    return [text for text in found if text.get_text() and text.get_visible()]


def words(figure):
    return " | ".join(text.get_text().replace("\n", " ") for text in texts(figure))


def bars(figure):
    return [patch for axes in figure.axes for container in axes.containers for patch in container.patches]


def widths(figure):
    return [round(bar.get_width(), 6) for bar in bars(figure)]


def is_filled(bar):
    return bar.get_fill() and sum(bar.get_facecolor()[:3]) < 2


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_two_texts_overlap_none_is_cut_off_and_none_is_tiny(name):
    figure = DRAWINGS[name]()
    with figures.style():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        boxes = [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in texts(figure)]

    collisions = [
        (one, other)
        for (one, a), (other, b) in combinations(boxes, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 0.5 and min(a.y1, b.y1) - max(a.y0, b.y0) > 0.5
    ]
    page = figure.bbox
    cut = [text for text, a in boxes if a.x0 < page.x0 - 1 or a.x1 > page.x1 + 1 or a.y0 < -1 or a.y1 > page.y1 + 1]
    assert collisions == []
    assert cut == []
    assert min(text.get_fontsize() for text in texts(figure)) >= 7.5


@pytest.mark.parametrize("name", [name for name in DRAWINGS if "," not in name])
def test_two_drawings_are_the_same_svg(name):
    assert figures.svg(DRAWINGS[name]()) == figures.svg(DRAWINGS[name]())


def test_the_funnel_is_to_scale_and_tells_an_unknown_step():
    figure = figures.tragt(FUNNEL)

    written = words(figure)
    assert all(one in written for one in ("278.412", "ikke oplyst", "7.911", "97,4 % af trinnet før"))
    first, unknown, last = bars(figure)
    assert (first.get_width(), last.get_width()) == (278412, 7911)
    assert last.get_x() == -7911 / 2
    assert is_filled(first)
    assert not is_filled(unknown)
    assert unknown.get_linestyle() != "-"
    assert figures.tragt_alt(FUNNEL) == (
        "Vælgere: 278.412. Stemte: ikke oplyst. Gyldige: 7.911 (97,4 % af trinnet før)."
    )


def test_a_funnel_of_nothing_known_and_of_numbers_made_nan_by_pandas():
    unknown = pd.DataFrame({"trin": ["Vælgere", "Stemte"], "antal": [None, None]})
    mixed = pd.DataFrame({"trin": ["Vælgere", "Stemte"], "antal": [500, None]})

    assert words(figures.tragt(unknown)).count("ikke oplyst") == 2
    assert "500" in words(figures.tragt(mixed))
    assert "500.0" not in figures.tragt_alt(mixed)


def test_the_waterfall_writes_every_number_and_names_every_project():
    steps = ballot(14)
    figure = figures.vandfald(steps, budget_kr=D(1_000_000))

    written = words(figure).split(" | ")
    for row in steps.to_dict("records"):
        assert dansk.antal(row["stemmer"]) in written
        assert dansk.antal(row["pris_kr"]) in written
        assert any(name[:18] == row["navn"][:18] for name in written)
    lacking = [row for row in steps["mangler_kr"] if row is not None]
    assert len(lacking) > 1
    assert all(f"mangler {dansk.kr(one)}" in written for one in lacking)
    assert dansk.kr(steps["efter_kr"].iloc[-1]) in written
    assert "Budget: 1.000.000 kr." in written


def test_the_bars_of_the_waterfall_are_what_was_given_and_what_it_would_have_cost():
    steps = table(
        STEPS,
        ("Sti", 9, D(600_000), D(1_000_000), D(400_000), "støttet", None),
        ("Hal", 8, D(500_000), D(400_000), D(400_000), "sprunget over", D(100_000)),
        ("Bro", 7, D(700_000), D(400_000), D(50_000), "delvist støttet", D(350_000)),
        ("Bæk", None, D(70_000), D(50_000), D(50_000), "under tærsklen", None),
    )
    figure = figures.vandfald(steps, budget_kr=D(1_000_000))

    drawn = [(round(bar.get_x(), 6), round(bar.get_width(), 6), bar.get_hatch()) for bar in bars(figure)]
    assert [one[:2] for one in drawn] == [(0, 600), (600, 500), (600, 350), (950, 350), (950, 50)]
    assert [one[2] is not None for one in drawn] == [False, True, False, True, False]
    assert [is_filled(bar) for bar in bars(figure)] == [True, False, True, False, False]
    assert figures.vandfald_alt(steps, budget_kr=D(1_000_000)) == (
        "Budget: 1.000.000 kr. 2 af 4 projekter får penge. Hal mangler 100.000 kr. "
        "Bro delvist støttet, mangler 350.000 kr. Tilbage: 50.000 kr. Tabellen har alle trin."
    )
    assert all(word in words(figure) for word in ("ikke oplyst", "under tærsklen", "mangler 350.000 kr."))


def test_a_very_dear_project_is_broken_off_and_leaves_room_for_the_rest():
    figure = figures.vandfald(ballot(6, dear=0), budget_kr=D(1_000_000))

    assert figure.axes[0].get_xlim()[1] < 1500
    assert 9000 in widths(figure)
    assert "mangler 8.000.000 kr." in words(figure)


def test_a_spent_budget_has_nothing_left_to_draw():
    steps = table(STEPS, ("Sti", 9, D(500), D(500), D(0), "støttet", None))
    figure = figures.vandfald(steps, budget_kr=D(500))

    assert widths(figure) == [0.5]
    assert "0 kr." in words(figure)
    assert "tilbage" not in words(figure).split(" | ")


def test_hidden_voters_leave_no_trace():
    seen = figures.pyramide(PYRAMID)

    assert sorted(widths(seen)) == [-41.8, -33.0, -8.7, 5.1, 8.5, 41.0, 52.0]
    assert "skjult (8,7)" in words(seen)
    assert all(one in words(seen) for one in ("5,1 (8,5)", "52,0 (41,0)", "33,0 (41,8)", "Mænd", "Kvinder"))
    assert "15-24 år, mænd: vælgerne skjult, befolkningen 8,7 %." in figures.pyramide_alt(PYRAMID)
    women = PYRAMID[PYRAMID["koen"] == "kvinder"].drop(columns="koen")
    assert sorted(widths(figures.pyramide(women))) == [5.1, 8.5, 41.0, 52.0]
    assert "Mænd" not in words(figures.pyramide(women))


def test_winners_are_filled_and_almost_always_is_not_always():
    figure = figures.robusthed(ODDS)

    dots = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [float(line.get_xdata()[0]) for line in dots] == pytest.approx([100, 99.96])
    assert all(one in words(figure).split(" | ") for one in ("100 %", "over 99 %", "ikke oplyst"))
    assert (
        figures.robusthed_alt(ODDS)
        == "Sti (vandt): 100 %. Legeplads (vandt): over 99 %. Bro (vandt ikke): ikke oplyst."
    )
    loser = figures.robusthed(table("navn andel vinder", ("Bro", D("0.2"), False))).axes[0].lines[-1]
    assert to_rgba(loser.get_markerfacecolor()) == (1, 1, 1, 1)


def test_the_curve_tells_who_is_done_and_when_half_are():
    figure = figures.overlevelse(CURVE, pr=date(2025, 8, 1))

    curve = next(line for line in figure.axes[0].lines if line.get_linewidth() > 2)
    assert list(curve.get_ydata()) == pytest.approx([0, 20, 55, 78.1])
    ticks = next(line for line in figure.axes[0].lines if line.get_linestyle() == "None")
    assert list(ticks.get_xdata()) == [14, 30]
    written = words(figure)
    assert all(one in written for one in ("78,1 %", "efter 14 måneder", "(14)", "(6)", "1. august 2025"))
    assert figures.overlevelse_alt(CURVE) == (
        "I alt er 14 projekter færdige og 6 ikke. Halvdelen er færdige efter 14 måneder. "
        "Efter 30 måneder er 78,1 % færdige."
    )


def test_a_curve_that_never_reaches_half_and_one_without_rows():
    assert "Halvdelen er endnu ikke færdige." in figures.overlevelse_alt(CURVE[:1])
    assert "Halvdelen" not in words(figures.overlevelse(CURVE[:1]))
    assert "ikke oplyst" in words(figures.overlevelse(CURVE[:0]))
    assert "ikke oplyst" in figures.overlevelse_alt(CURVE[:0])


def test_the_rounds_are_compared_only_where_both_are_known():
    figure = figures.sammenligning(ROUNDS)

    written = words(figure).split(" | ")
    for one in ("2,1 %", "3,4 %", "+1,3 (+0,9 til +1,7)", "−6,0 (ikke oplyst)", "0,0 (−2,0 til +2,0)", "31,0 %"):
        assert one in written
    assert written.count("kan ikke sammenlignes") == 2
    diamonds = [line for line in figure.axes[1].lines if line.get_marker() == "D"]
    assert [round(float(line.get_xdata()[0]), 6) for line in diamonds] == [1.3, -6, 0]
    told = figures.sammenligning_alt(ROUNDS)
    assert "Før 2,1 %, Nu 3,4 %; forskel +1,3 procentpoint (usikkerhed +0,9 til +1,7)." in told
    assert "Fremmøde: Før ikke oplyst, Nu 31,0 %; kan ikke sammenlignes." in told


def test_the_place_among_the_others():
    figure = figures.placering(PLACE)

    assert widths(figure) == [3.2, 15.0]
    for one in ("2,1 %", "3,0 %", "1,0 til 9,0 %", "38,0 %", "22,0 %", "10,0 til 45,0 %"):
        assert one in words(figure).split(" | ")
        assert one in figures.placering_alt(PLACE)


def test_the_pool_has_three_patterns_and_a_dashed_year_of_nothing_known():
    figure = figures.pulje(POOL)

    assert widths(figure) == [4.2, 0.8, 5.0, 3.1, -0.4]
    paid, rest, unknown, *_ = bars(figure)
    assert is_filled(paid)
    assert not is_filled(rest)
    assert unknown.get_linestyle() != rest.get_linestyle()
    written = words(figure).split(" | ")
    assert all(one in written for one in ("4,2", "0,0", "0,8", "3,1", "−0,4", "2020"))
    assert written.count("ikke oplyst") == 3  # The year, one cell and the legend.
    assert "2021: udmøntet 3,1, disponeret ikke oplyst og rest −0,4." in figures.pulje_alt(POOL)
    assert "4.200.000" in words(figures.pulje(POOL, enhed="kr."))
    with pytest.raises(ValueUseError, match="mia"):
        figures.pulje(POOL, enhed="mia. kr.")


def test_the_phases_stand_in_order_without_dates_and_on_an_axis_with_them():
    order, dated = figures.proces(PROCESS), figures.proces(DATED)

    assert bars(order) == []
    assert all(one in words(order) for one in ("Idéindsamling", "5. til 31. marts 2020", "ikke oplyst"))
    assert widths(dated) == [26, 151]
    assert "april til august 2020" in words(dated)
    assert figures.proces_alt(PROCESS).startswith("Idéindsamling: 5. til 31. marts 2020. Faglig vurdering")


def test_the_map_lists_every_area_and_hatches_every_class():
    figure = figures.kort(invented(), VALUES, enhed="kr. pr. indbygger")

    written = words(figure).split(" | ")
    assert all(one in written for one in ("Nord", "120", "80,5", "33", "0", "Midtby", "ikke oplyst", "5"))
    looks = {(patch.get_facecolor(), patch.get_hatch()) for patch in figure.axes[0].patches}
    assert len(looks) == 5
    assert figures.kort_alt(invented(), VALUES, enhed="kr. pr. indbygger") == (
        "Kort, kr. pr. indbygger. Nord: 120. Syd: 80,5. Vest: 33. Øst: 0. Midtby: ikke oplyst."
    )
    assert words(figures.kort(invented(), {}, enhed="kr.")).count("ikke oplyst") == 6
    with pytest.raises(ValueUseError, match="Nrod"):
        figures.kort(invented(), {"Nrod": D(1)}, enhed="kr.")


def test_degrees_are_projected_so_that_the_map_is_not_stretched():
    figure = figures.kort(invented(), VALUES, enhed="kr. pr. indbygger")

    # One degree of longitude at 56° is about 62 km, half a degree of latitude about 56 km.
    west, east = figure.axes[0].dataLim.intervalx
    south, north = figure.axes[0].dataLim.intervaly
    assert (east - west) / (north - south) == pytest.approx(62.5 / 55.8, rel=0.03)
    assert figure.axes[0].get_aspect() == 1


def test_the_classes_are_at_most_four_and_none_is_empty():
    many = [D(number) for number in (0, 0, 5, 7, 9, 20, 41, 41, 90)]

    assert classes(many) == [0, 9, 41, 90]
    assert class_words(classes(many), many) == ["0", "5 til 9", "20 til 41", "90"]
    assert classes([D(5)] * 7) == [5]
    assert classes([D(0)] * 3) == [0]
    assert classes([]) == []
    assert len(classes([D(number) for number in range(1, 100)])) == 4


@pytest.mark.skipif(not AREAS.exists(), reason="the areas of Aarhus are not here")
def test_the_real_areas_are_drawn_in_a_file_of_reasonable_size():
    geopandas = pytest.importorskip("geopandas")
    areas = geopandas.read_file(AREAS).rename(columns={"distrikt": "navn"})
    values = {name: None if place % 7 == 0 else D(place * 31) for place, name in enumerate(areas["navn"])}
    figure = figures.kort(areas, values, enhed="kr. pr. indbygger")

    assert len(figure.axes[0].patches) == 24
    assert all(name in words(figure) for name in areas["navn"])
    assert len(figures.svg(figure)) < 400_000
    with figures.style():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        numbers = [text for text in figure.axes[0].texts if text.get_text().isdigit() and text.xycoords == "data"]
        boxes = [text.get_window_extent(canvas.get_renderer()) for text in numbers]
    assert len(numbers) == 24
    assert not [1 for one, other in combinations(boxes, 2) if one.overlaps(other)]
