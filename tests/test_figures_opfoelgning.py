"""The figures of the budget follow-up: drawn where the numbers say, told with their signs, readable without colour."""

import xml.etree.ElementTree as ET
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import combinations, pairwise

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.text import Text

from budgetanalyser.errors import ValueUseError
from budgetanalyser.report import figures
from budgetanalyser.report.figures.opfoelgning.maerker import bare, decimals, is_nothing, signed, spread

D = Decimal
STEPS, MONTHS = "trin beloeb_kr art", "maaned forbrug_kr profil_kr lige_kr sidste_aar_kr"
DAYS, DEVIATIONS = "dato beholdning_kr gennemsnit_kr", "navn afvigelse_kr forklaret"
METHODS = "metode bias_pct fejl_pct valgt"
CUT_OFF = date(2026, 9, 30)

LONG = "Forebyggende foranstaltninger og anbringelser uden for hjemmet af børn og unge med særlige behov, samlet"
ONE_WORD = "Specialundervisningsbefordringsordningstilskudsforvaltning"
ODD = "Børn & unge <0-18 år> {{drift}} $50^2$ #1_a %--\\ 100%"


def table(columns, *rows):
    return pd.DataFrame([dict(zip(columns.split(), row, strict=True)) for row in rows], columns=columns.split())


def steps(start, *changes, end="slut"):
    """Return a bridge whose last step is what the others add up to."""
    rows = [("Korrigeret budget", D(start), "start"), *((name, D(amount), "aendring") for name, amount in changes)]
    return table(STEPS, *rows, ("Forventet regnskab", sum(row[1] for row in rows), end))


def year(budget, *shares, until, last="0.97", spent="1.02"):
    """Return a year whose profile is the cumulative `shares`, and whose spend is `spent` times it until a month."""
    budget, whole, spent = D(budget), sum(shares), D(spent)
    rows = []
    for month in range(1, 13):
        expected = budget * sum(shares[:month]) / whole
        before = None if last is None else expected * D(last)
        rows.append((month, expected * spent if month <= until else None, expected, budget * month / 12, before))
    return table(MONTHS, *rows)


def days(*amounts, end=CUT_OFF, average=None, step=1):
    """Return holdings in kroner, a day each up to `end`, with a constant average or one given for each."""
    averages = average if isinstance(average, list) else [average] * len(amounts)
    first = end - timedelta(step * (len(amounts) - 1))
    rows = zip(range(len(amounts)), amounts, averages, strict=True)
    return table(
        DAYS,
        *((first + timedelta(step * place), *(None if x is None else D(x) for x in (a, b))) for place, a, b in rows),
    )


EVEN, LATE, LUMPY = [1] * 12, [7, 7, 7, 8, 8, 8, 7, 8, 8, 9, 9, 14], [60, 5, 5, -20, -10, 0, 30, 5, 5, 5, 5, 10]
BRIDGE = table(
    STEPS,
    ("Oprindeligt budget", D(2_946_600_000), "start"),
    ("Tillægsbevillinger", D(36_700_000), "aendring"),
    ("Korrigeret budget", D(2_983_300_000), "delsum"),
    ("Kultur", D(-8_500_000), "aendring"),
    ("Social", D(2_100_000), "aendring"),
    ("Forventet regnskab", D(2_976_900_000), "slut"),
)
SMALL = steps(10_000_000, ("Løn", 4_000_000), ("Refusion", -11_500_000), ("Intet", 0))
YEAR = year(120_000_000, *EVEN, until=6)
RANKED = table(
    DEVIATIONS,
    ("Børn", D(1_500_000), True),
    ("Kultur", D(-8_500_000), False),
    ("Renter", None, None),
    ("Arbejdsmarked", D(0), None),
    ("Social", D(2_100_000), False),
)
BACKTEST = table(
    METHODS,
    ("andel af året", D("-0.012"), D("0.03"), False),
    ("Eget skøn", None, None, False),
    ("Bornhuetter-Ferguson", D("0.0046"), D("0.011"), True),
)
WAVE = [180_000_000 + 60_000_000 * (place % 30 - 15) // 15 for place in range(365)]
FALLING = [D(90_000_000 - 500_000 * place) for place in range(365)]
DIP = [*[D(5)] * 100, *[D(-4_000_000)] * 20, *[D(3)] * 100, *[D(-1)] * 3, *[D(1)] * 142]
HARD_NAMES = [LONG, ONE_WORD, ODD, "", "A", "=SUM(A1)", "Ældre – »pleje« og 'hjælp'\nanden linje"]

BRIDGES = {
    "": BRIDGE,
    "from zero": SMALL,
    "14 steps": steps(3_000_000_000, *((f"{place}. {LONG}", (-1) ** place * 900_000 * place) for place in range(12))),
    "25 steps": steps(
        3_000_000_000, *((f"{place}. {ONE_WORD} mv.", (-1) ** place * 900_000 * place) for place in range(23))
    ),
    "hard names": steps(50_000_000, *((name, 1_000_000) for name in HARD_NAMES)),
    "income": steps(-3_068_000_000, ("Skatter", 2_100_000), ("Tilskud", -6_700_000)),
    "one": BRIDGE[:1],
    "none": BRIDGE[:0],
    "all zero": steps(0, ("Intet", 0)),
    "no change": steps(48_000_000, ("Biblioteker", 0)),
    "huge": steps(0, ("Alt", 999_999_999_999_999)),
    "one krone": steps(10_000_000_000, ("Afrunding", 1)),
    "one øre": steps(10_000_000_000, ("Afrunding", "0.01")),
    "unknown": table(
        STEPS, ("Budget", D(9), "start"), (LONG, None, "aendring"), ("B", D(2), "aendring"), ("I alt", None, "slut")
    ),
}
YEARS = {
    "": (YEAR, D(120_000_000)),
    **{f"until {month}": (year(2_983_300_000, *LATE, until=month), D(2_983_300_000)) for month in (0, 1, 3, 6, 9, 12)},
    **{f"lumpy, {month}": (year(20_000_000, *LUMPY, until=month), D(20_000_000)) for month in (1, 4, 9)},
    **{f"income, {month}": (year(-3_068_000_000, *LATE, until=month), D(-3_068_000_000)) for month in (1, 6, 10)},
    "nothing before": (year(80_000_000, *LATE, until=8, last=None), None),
    "over budget": (year(80_000_000, *LATE, until=10, last=D("1.4")), D(60_000_000)),
    "one krone": (year(12, *EVEN, until=5), D(12)),
    "huge": (year(999_999_999_999_999, *EVEN, until=5), D(999_999_999_999_999)),
    "all zero": (year(0, *EVEN, until=5), D(0)),
    "one month": (YEAR[:1], D(120_000_000)),
    "none": (YEAR[:0], None),
}
LIQUIDITIES = {
    "": days(*WAVE, average=D(180_000_000)),
    "falling": days(*WAVE, average=FALLING),
    "dip": days(*WAVE, average=DIP),
    "below": days(*(-one for one in WAVE), average=D(-180_000_000)),
    "holding at average": days(*[D(7)] * 40, average=D(7)),
    "three years": days(*[*WAVE] * 3, average=[*DIP] * 3),
    "one day": days(46_700_000),
    "two days": days(46_700_000, -3_000_000, average=[None, D(-2)]),
    "all zero": days(*[0] * 60, average=D(0)),
    "huge": days(1, 999_999_999_999_999, 3),
    "unknown": days(*[None] * 40),
    "ends early": days(*[5_000_000] * 100, *[None] * 265, average=[*[None] * 90, *[D(4)] * 10, *[None] * 265]),
    "none": days()[:0],
}
RANKINGS = {
    "": RANKED,
    "30": table(
        DEVIATIONS,
        *((f"{place}. {ONE_WORD} mv.", D((-1) ** place * (31 - place) * 9100), place % 3 == 0) for place in range(30)),
    ),
    "hard names": table(DEVIATIONS, *((name, D(-2_000_000), False) for name in HARD_NAMES)),
    "one": table(DEVIATIONS, ("Skatter", D(-1), False)),
    "one øre": table(DEVIATIONS, ("Skatter", D("-0.01"), False)),
    "all zero": table(DEVIATIONS, ("Skatter", D(0), None), ("Renter", D(0), None)),
    "huge": table(DEVIATIONS, (LONG, D(-999_999_999_999_999), False), ("Veje", D(3), False)),
    "unknown": table(DEVIATIONS, ("Skatter", None, None)),
    "none": RANKED[:0],
}
BACKTESTS = {
    "": BACKTEST,
    "hard names": table(METHODS, *((name, D("0.01"), D("0.02"), True) for name in HARD_NAMES)),
    "one": table(METHODS, ("Budget", D(0), D(0), True)),
    "huge": table(METHODS, ("Budget", D("-3.4"), D("812.3"), False), (LONG, D("0.01"), D("0.02"), True)),
    "unknown": table(METHODS, ("Budget", None, None, False)),
    "none": BACKTEST[:0],
}
DRAWINGS = {
    **{f"bro {name}": lambda data=data: figures.bro(data) for name, data in BRIDGES.items()},
    **{
        f"forbrugskurve {name}": lambda data=data, budget=budget: figures.forbrugskurve(data, korrigeret_kr=budget)
        for name, (data, budget) in YEARS.items()
    },
    **{
        f"likviditet {name}": lambda data=data: figures.likviditet(data, opgjort=CUT_OFF)
        for name, data in LIQUIDITIES.items()
    },
    **{f"afvigelser {name}": lambda data=data: figures.afvigelser_rangeret(data) for name, data in RANKINGS.items()},
    **{f"prognoser {name}": lambda data=data: figures.prognoser(data) for name, data in BACKTESTS.items()},
}
TOLD = {
    **{f"bro {name}": lambda data=data: figures.bro_alt(data) for name, data in BRIDGES.items()},
    **{
        f"forbrugskurve {name}": lambda data=data, budget=budget: figures.forbrugskurve_alt(data, korrigeret_kr=budget)
        for name, (data, budget) in YEARS.items()
    },
    **{
        f"likviditet {name}": lambda data=data: figures.likviditet_alt(data, opgjort=CUT_OFF)
        for name, data in LIQUIDITIES.items()
    },
    **{
        f"afvigelser {name}": lambda data=data: figures.afvigelser_rangeret_alt(data) for name, data in RANKINGS.items()
    },
    **{f"prognoser {name}": lambda data=data: figures.prognoser_alt(data) for name, data in BACKTESTS.items()},
}


def texts(figure):
    """Return what is written: the words of the axes, their ticks within the limits, and the legend."""
    found = [text for legend in figure.legends for text in legend.get_texts()]
    for axes in figure.axes:
        found += [*axes.texts, axes.xaxis.label, axes.yaxis.label]
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            shown = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
            found += [label for at, label in shown if min(limits) <= at <= max(limits)]
    return [text for text in found if text.get_text() and text.get_visible()]


def words(figure):
    return " | ".join(text.get_text().replace("\n", " ") for text in texts(figure))


def bars(figure):
    return [patch for container in figure.axes[0].containers for patch in container.patches]


def spans(figure):
    return [(round(bar.get_x(), 6), round(bar.get_x() + bar.get_width(), 6)) for bar in bars(figure)]


def look(bar):
    """Return how a bar looks on a copy without colour."""
    is_dark = bar.get_fill() and sum(bar.get_facecolor()[:3]) < 2
    return "hatched" if bar.get_hatch() else "filled" if is_dark else "open"


def line(figure, color, width):
    """Return the points of the only line of a colour and width, without the gaps."""
    [found] = [
        one
        for one in figure.axes[0].lines
        if to_rgba(one.get_color()) == to_rgba(color) and one.get_linewidth() == width and one.get_marker() == "None"
    ]
    return [(x, round(y, 6)) for x, y in zip(found.get_xdata(), found.get_ydata(), strict=True) if y == y]


@cache
def drawn(name):
    """Return a drawing, and what is written on it with its box on the page."""
    figure = DRAWINGS[name]()
    with figures.style():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        # Of a label with a stroke to its line the words alone.
        return figure, [(text, Text.get_window_extent(text, canvas.get_renderer())) for text in texts(figure)]


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_two_texts_overlap_none_is_cut_off_and_none_is_tiny(name):
    figure, written = drawn(name)
    boxes = [(text.get_text(), box) for text, box in written]

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
    assert figure.axes[0].bbox.width > 100


@pytest.mark.parametrize("name", TOLD)
def test_what_is_told_is_sentences_without_code_or_english(name):
    told = TOLD[name]()

    assert told.endswith(".")
    assert ".." not in told
    assert not any(one in told for one in ("  ", "\n", ", ,"))
    assert not any(one in told for one in ("None", "nan", "Decimal", "-0", "−0,0 ", "NaT"))


@pytest.mark.parametrize("name", [name for name in DRAWINGS if name.endswith((" ", "hard names"))])
def test_two_drawings_are_the_same_svg_and_odd_names_do_not_break_it(name):
    made = figures.svg(DRAWINGS[name]())

    assert made == figures.svg(DRAWINGS[name]())
    assert ET.fromstring(made).tag.endswith("svg")


def test_the_bridge_stands_where_the_numbers_say():
    figure = figures.bro(SMALL)

    # The step of nothing is a stroke, not a bar.
    assert spans(figure) == [(0, 10), (10, 14), (14, 2.5), (0, 2.5)]
    assert [look(bar) for bar in bars(figure)] == ["filled", "hatched", "open", "filled"]
    strokes = [one for one in figure.axes[0].lines if one.get_linewidth() == 1.4]
    assert [list(one.get_xdata()) for one in strokes] == [[2.5, 2.5]]
    levels = [one.get_xdata()[0] for one in figure.axes[0].lines if one.get_linewidth() == 0.8]
    assert levels == [10, 14, 2.5, 2.5]
    assert all(one in words(figure).split(" | ") for one in ("+4,0", "−11,5", "0,0", "10,0", "2,5"))
    assert figures.bro_alt(SMALL) == (
        "Figuren går i 5 trin fra budget til forventet regnskab. "
        "Fra 10,0 mio. kr. (Korrigeret budget) til 2,5 mio. kr. (Forventet regnskab). "
        "Forskellen er −7,5 mio. kr. De største ændringer: Refusion −11,5 mio. kr. og Løn +4,0 mio. kr."
    )


def test_small_changes_beside_large_totals_cut_the_axis_and_it_says_so():
    figure = figures.bro(BRIDGE)

    low, high = figure.axes[0].get_xlim()
    assert 2900 < low < 2946.6 < 2983.3 < high
    assert spans(figure) == [
        (round(low, 6), 2946.6),
        (2946.6, 2983.3),
        (round(low, 6), 2983.3),
        (2983.3, 2974.8),
        (2974.8, 2976.9),
        (round(low, 6), 2976.9),
    ]
    assert "Aksen er brudt og viser ikke 0" in words(figure)
    assert "brudt" not in words(figures.bro(SMALL))


def test_a_bridge_of_income_is_cut_at_the_side_of_zero():
    figure = figures.bro(BRIDGES["income"])

    low, high = figure.axes[0].get_xlim()
    assert low < -3072.6 < -3068 < high < 0
    assert spans(figure)[0] == (round(high, 6), -3068)
    assert spans(figure)[1:3] == [(-3068, -3065.9), (-3065.9, -3072.6)]
    assert [look(bar) for bar in bars(figure)] == ["filled", "hatched", "open", "filled"]
    assert "Forskellen er −4,6 mio. kr." in figures.bro_alt(BRIDGES["income"])


def test_a_step_that_is_not_known_is_said_and_nothing_is_drawn_by_guess():
    figure = figures.bro(BRIDGES["unknown"])

    assert len(bars(figure)) == 1
    assert words(figure).split(" | ").count("ikke oplyst") == 2
    told = figures.bro_alt(BRIDGES["unknown"])
    assert "til ikke oplyst (I alt)" in told
    assert f"Ikke oplyst: {LONG} og I alt." in told
    assert "Forskellen" not in told
    only_unknown = table(STEPS, ("Budget", D(9), "start"), ("A", None, "aendring"))
    assert "Ingen trin" not in figures.bro_alt(only_unknown)
    assert figures.bro_alt(BRIDGE[:0]) == "Trinene er ikke oplyst."
    assert words(figures.bro(BRIDGE[:0])).count("ikke oplyst") == 1


def test_a_bridge_of_nothing_has_an_axis_of_millions():
    assert figures.bro(BRIDGES["all zero"]).axes[0].get_xlim() == (0, 1)
    assert "Ingen trin ændrer beløbet." in figures.bro_alt(BRIDGES["all zero"])


def test_a_bridge_that_does_not_add_up_is_refused_and_less_than_half_an_oere_is_not():
    wrong = table(STEPS, ("Budget", D(900), "start"), ("Løn", D(20), "aendring"), ("I alt", D(921), "slut"))
    with pytest.raises(ValueUseError, match=r"»I alt« er 921,00 kr\., men trinene før giver 920,00 kr\."):
        figures.bro(wrong)
    with pytest.raises(ValueUseError, match="Broen går ikke op"):
        figures.bro_alt(wrong)
    thirds = table(STEPS, ("Budget", D(100), "start"), ("Løn", D(100) / 3, "aendring"), ("I", D("133.333"), "slut"))
    assert len(bars(figures.bro(thirds))) == 3


def test_an_unknown_kind_of_step_is_refused_with_the_kinds_there_are():
    with pytest.raises(ValueUseError, match=r"arten total\. Skriv start, aendring, delsum eller slut"):
        figures.bro(table(STEPS, ("Budget", D(1), "total")))


def test_the_curves_stand_where_the_numbers_say_and_each_has_its_dash():
    figure = figures.forbrugskurve(YEAR, korrigeret_kr=D(120_000_000))

    assert line(figure, "#0b4f6c", 2.4) == [(month, round(10.2 * month, 6)) for month in range(7)]
    # The profile and the twelfths are the same here.
    assert line(figure, "#1c1f23", 1.5) == line(figure, "#59616a", 1.5) == [(m, 10.0 * m) for m in range(13)]
    assert line(figure, "#b5541c", 1.5) == [(month, round(9.7 * month, 6)) for month in range(13)]
    dashes = {str(one.get_linestyle()) + str(one._unscaled_dash_pattern) for one in figure.axes[0].lines[:4]}
    assert len(dashes) == 4
    budget = [one for one in figure.axes[0].lines if list(one.get_ydata()) == [120, 120]]
    assert len(budget) == 1
    cut_off = [one.get_xdata()[0] for one in figure.axes[0].lines if list(one.get_ydata()) == [0, 1]]
    assert cut_off == [6]
    written = words(figure)
    for one in ("Forbrug til og med juni: 61,2 +1,2 mod tidligere års mønster", "Korrigeret budget: 120,0 mio. kr."):
        assert one in written
    for one in ("Som i tidligere år", "Lige store tolvtedele", "Sidste år", "jan", "dec"):
        assert one in written.split(" | ")
    assert figures.forbrugskurve_alt(YEAR, korrigeret_kr=D(120_000_000)) == (
        "Forbrug til og med juni: 61,2 mio. kr., 51,0 % af det korrigerede budget. På samme tid: som i tidligere år "
        "60,0 mio. kr., lige store tolvtedele 60,0 mio. kr. og sidste år 58,2 mio. kr. Forskellen til tidligere års "
        "mønster er +1,2 mio. kr. Korrigeret budget: 120,0 mio. kr."
    )


def test_income_runs_below_zero_and_less_income_than_expected_is_a_plus():
    data = year(-120_000_000, *EVEN, until=6, spent=D("0.98"))
    figure = figures.forbrugskurve(data, korrigeret_kr=D(-120_000_000))

    assert line(figure, "#0b4f6c", 2.4)[-1] == (6, -58.8)
    low, high = figure.axes[0].get_ylim()
    assert low < -120
    assert high == 0
    assert "Forbrug til og med juni: −58,8 +1,2 mod tidligere års mønster" in words(figure)
    told = figures.forbrugskurve_alt(data, korrigeret_kr=D(-120_000_000))
    assert told.startswith("Forbrug til og med juni: −58,8 mio. kr., 49,0 % af det korrigerede budget.")
    assert "mønster er +1,2 mio. kr. Korrigeret budget: −120,0 mio. kr." in told


@pytest.mark.parametrize("name", YEARS)
def test_the_words_of_the_spend_curve_do_not_lie_on_its_lines(name):
    figure, written = drawn(f"forbrugskurve {name}")
    inside = [(text, box) for text, box in written if text.get_text().startswith(("Forbrug", "Korr", "Årets"))]

    axes = figure.axes[0]
    # Not the cut-off, which passes behind the words, nor zero.
    lines = [one for one in axes.lines if one.get_linewidth() >= 1 and one.get_marker() == "None"]
    assert inside
    for text, box in inside:
        for one in lines:
            path = one.get_transform().transform_path(one.get_path())
            whole = path.vertices[~pd.isna(path.vertices).any(axis=1)]
            hits = type(path)(whole).intersects_bbox(box, filled=False) if len(whole) > 1 else False
            assert not hits, (text.get_text(), one.get_color())


def test_a_year_without_spend_or_without_anything_says_so():
    nothing, budget = YEARS["until 0"]

    assert "Årets forbrug er ikke oplyst" in words(figures.forbrugskurve(nothing, korrigeret_kr=budget))
    assert "Årets forbrug er ikke oplyst" in words(figures.forbrugskurve(YEAR[:0]))
    assert figures.forbrugskurve_alt(nothing, korrigeret_kr=budget) == (
        "Årets forbrug er ikke oplyst. Korrigeret budget: 2.983,3 mio. kr."
    )
    assert "Sidste år" not in words(figures.forbrugskurve(YEARS["nothing before"][0]))
    assert "budget" not in figures.forbrugskurve_alt(YEAR)


def test_a_month_that_lacks_is_a_gap_and_months_may_come_in_any_order():
    data = YEAR.copy()
    data.loc[2, "forbrug_kr"] = None
    figure = figures.forbrugskurve(data[::-1], korrigeret_kr=None)

    assert [month for month, _ in line(figure, "#0b4f6c", 2.4)] == [0, 1, 2, 4, 5, 6]


def test_months_that_are_none_or_stand_twice_are_refused():
    with pytest.raises(ValueUseError, match=r"13 er ikke en måned fra 1 til 12\. Giv én række pr\. måned"):
        figures.forbrugskurve(table(MONTHS, (13, None, None, None, None)))
    with pytest.raises(ValueUseError, match="måned 3 står mere end én gang"):
        figures.forbrugskurve_alt(table(MONTHS, *[(3, D(1), None, None, None)] * 2))


def test_liquidity_stands_where_the_numbers_say_and_its_average_is_the_thick_line():
    figure = figures.likviditet(LIQUIDITIES["falling"], opgjort=CUT_OFF)

    first = CUT_OFF.toordinal() - 364
    assert line(figure, "#59616a", 0.9) == [(first + place, one / 1e6) for place, one in enumerate(WAVE)]
    assert line(figure, "#0b4f6c", 2.4) == [(first + place, float(one) / 1e6) for place, one in enumerate(FALLING)]
    # 90 mio. less half a million a day is below zero from the day after number 180.
    assert "Gennemsnittet er under 0 fra 31. marts 2026 til 30. september 2026" in words(figure)
    [hatched] = figure.axes[0].collections
    assert hatched.get_hatch()
    assert min(hatched.get_paths()[0].vertices[:, 1]) == -92
    assert max(hatched.get_paths()[0].vertices[:, 1]) == 0
    written = words(figure).split(" | ")
    assert "Gennemsnit af 365 dage: −92,0" in written
    assert "Beholdning: 136,0" in written
    assert "Opgjort 30. september 2026" in written
    assert figures.likviditet_alt(LIQUIDITIES["falling"], opgjort=CUT_OFF) == (
        "Opgjort 30. september 2026. Gennemsnittet af 365 dage er −92,0 mio. kr. "
        "Den 1. oktober 2025 var det 90,0 mio. kr. Lavest var det −92,0 mio. kr. den "
        "30. september 2026. Gennemsnittet er under 0 fra 31. marts 2026 til 30. september 2026. Beholdningen er "
        "136,0 mio. kr. Den laveste dag var 1. oktober 2025 med 120,0 mio. kr."
    )


def test_days_below_zero_are_no_breach_when_the_average_is_not():
    data = days(5_000_000, -80_000_000, 20_000_000, average=D(1_000_000))
    figure = figures.likviditet(data, opgjort=CUT_OFF)

    assert "under 0" not in words(figure)
    assert len(figure.axes[0].collections) == 0
    told = figures.likviditet_alt(data, opgjort=CUT_OFF)
    assert "Gennemsnittet er ikke under 0 nogen af dagene." in told
    assert "Den laveste dag var 29. september 2026 med −80,0 mio. kr." in told


def test_two_times_below_zero_are_counted_and_each_is_marked():
    figure = figures.likviditet(LIQUIDITIES["dip"], opgjort=CUT_OFF)

    marks = [list(one.get_xdata()) for one in figure.axes[0].lines if one.get_linewidth() == 4]
    first = CUT_OFF.toordinal() - 364
    assert marks == [[first + 99.5, first + 119.5], [first + 219.5, first + 222.5]]
    assert "Gennemsnittet er under 0 i 2 perioder mellem 9. januar 2026 og 11. maj 2026" in words(figure)
    single = days(1, 1, 1, average=[D(1), D(-1), D(1)])
    assert "under 0 den 29. september 2026." in figures.likviditet_alt(single, opgjort=CUT_OFF)


def test_a_long_time_without_an_average_is_not_told_as_below_zero():
    average = [*[D(-5)] * 20, *[None] * 60, *[D(-5)] * 20]
    figure = figures.likviditet(days(*[1] * 100, average=average), opgjort=CUT_OFF)

    assert "i 2 perioder" in words(figure)
    assert len(figure.axes[0].collections) == 2
    weekends = days(*[1] * 9, average=[D(-5), D(-5), None, None, None, None, D(-5), D(-5), D(-5)])
    assert "i 2 perioder" not in figures.likviditet_alt(weekends, opgjort=CUT_OFF)


def test_liquidity_that_ends_before_its_day_says_which_day_it_is_of():
    data = LIQUIDITIES["ends early"]
    told = figures.likviditet_alt(data, opgjort=CUT_OFF)

    assert "Gennemsnittet af 365 dage er 0,0 mio. kr. den 8. januar 2026." in told
    assert "Beholdningen er 5,0 mio. kr. den 8. januar 2026." in told
    assert "ikke under 0 nogen af de oplyste dage" in told
    leaders = [text.arrow_patch for text in figures.likviditet(data, opgjort=CUT_OFF).axes[0].texts]
    assert [one.get_linewidth() for one in leaders] == [0.7, 0.7]
    assert all(one.get_linestyle() != "-" for one in leaders)


def test_liquidity_of_nothing_known_says_so():
    for name in ("unknown", "none"):
        assert words(figures.likviditet(LIQUIDITIES[name], opgjort=CUT_OFF)).count("ikke oplyst") == 1
        assert figures.likviditet_alt(LIQUIDITIES[name], opgjort=CUT_OFF) == (
            "Opgjort 30. september 2026. Gennemsnittet af 365 dage er ikke oplyst. Beholdningen er ikke oplyst."
        )


def test_days_too_late_twice_or_without_a_date_are_refused():
    with pytest.raises(ValueUseError, match=r"har 1 dag efter opgørelsesdagen 29\. september 2026, den første 30\."):
        figures.likviditet(days(1, 2), opgjort=date(2026, 9, 29))
    with pytest.raises(ValueUseError, match="har 2 dage efter"):
        figures.likviditet_alt(days(1, 2), opgjort=date(2026, 9, 28))
    with pytest.raises(ValueUseError, match=r"30\. september 2026 mere end én gang"):
        figures.likviditet(pd.concat([days(1), days(2)]), opgjort=CUT_OFF)
    with pytest.raises(ValueUseError, match="Likviditeten har en dag uden dato: »None«"):
        figures.likviditet(table(DAYS, (None, D(1), None)), opgjort=CUT_OFF)


def test_deviations_are_ranked_by_size_and_side_and_hatch_tell_what_colour_tells():
    figure = figures.afvigelser_rangeret(RANKED)

    assert spans(figure) == [(0, -8.5), (0, 2.1), (0, 1.5)]
    assert [look(bar) for bar in bars(figure)] == ["hatched", "hatched", "filled"]
    assert [round(bar.get_y() + bar.get_height() / 2, 6) for bar in bars(figure)] == [0, 1, 2]
    low, high = figure.axes[0].get_xlim()
    assert low == -high < -8.5
    written = words(figure).split(" | ")
    assert written[:5] == ["← Lavere", "Højere →", "Kultur", "Social", "Børn"]
    assert all(one in written for one in ("−8,5", "+2,1", "+1,5", "0,0", "ikke oplyst"))
    assert written.count("mangler forklaring") == 2
    assert figures.afvigelser_rangeret_alt(RANKED) == (
        "Højere nettoudgift: Social +2,1 mio. kr. og Børn +1,5 mio. kr. Lavere nettoudgift: Kultur −8,5 mio. kr. "
        "2 af 5 afvigelser mangler forklaring. 1 afvigelse er ikke oplyst."
    )


def test_what_is_written_as_zero_is_not_told_as_the_largest():
    assert figures.afvigelser_rangeret_alt(RANKINGS["huge"]) == (
        f"Lavere nettoudgift: {LONG} −1.000.000.000,0 mio. kr. 2 af 2 afvigelser mangler forklaring."
    )
    assert "Skatter −0,00000001 mio. kr." in figures.afvigelser_rangeret_alt(RANKINGS["one øre"])
    assert figures.afvigelser_rangeret_alt(RANKINGS["all zero"]) == "Ingen områder afviger fra budgettet."
    assert figures.afvigelser_rangeret_alt(RANKINGS["unknown"]) == "Ingen afvigelser er oplyst."
    assert "ikke oplyst" in words(figures.afvigelser_rangeret(RANKED[:0]))


def test_methods_are_ranked_by_error_and_dot_and_diamond_are_told_apart_without_colour():
    figure = figures.prognoser(BACKTEST)

    marks = {
        kind: [
            (round(one.get_xdata()[0], 6), one.get_ydata()[0])
            for one in figure.axes[0].lines
            if one.get_marker() == kind
        ]
        for kind in ("o", "D")
    }
    assert marks == {"o": [(1.1, 0), (3.0, 1)], "D": [(0.46, 0), (-1.2, 1)]}
    diamond = next(one for one in figure.axes[0].lines if one.get_marker() == "D")
    assert to_rgba(diamond.get_markerfacecolor()) == (1, 1, 1, 1)
    written = words(figure).split(" | ")
    assert all(one in written for one in ("1,1 %", "3,0 %", "+0,5 %", "−1,2 %", "valgt metode"))
    assert written.count("ikke oplyst") == 2
    assert written.index("Bornhuetter-Ferguson") < written.index("Andel af året") < written.index("Eget skøn")
    assert figures.prognoser_alt(BACKTEST) == (
        "Valgt metode: Bornhuetter-Ferguson. Bornhuetter-Ferguson: fejl 1,1 %, skævhed +0,5 %. Andel af året: "
        "fejl 3,0 %, skævhed −1,2 %. Eget skøn: fejl ikke oplyst, skævhed ikke oplyst."
    )
    assert figures.prognoser_alt(BACKTEST[:0]) == "Ingen metode er valgt."
    assert "ikke oplyst" in words(figures.prognoser(BACKTEST[:0]))


def test_numbers_that_pandas_has_made_nan_are_not_known():
    mixed = pd.DataFrame({"navn": ["A", "B"], "afvigelse_kr": [2_000_000, None], "forklaret": [float("nan"), None]})

    assert spans(figures.afvigelser_rangeret(mixed)) == [(0, 2)]
    assert "ikke oplyst" in words(figures.afvigelser_rangeret(mixed))
    assert "mangler" not in words(figures.afvigelser_rangeret(mixed))


def test_amounts_keep_the_decimals_that_show_them():
    assert [decimals([D(one)]) for one in ("1e6", "-999999", "1000", "999", "1", "0.99")] == [1, 3, 3, 6, 6, 8]
    assert decimals([None, D(0)]) == decimals([]) == 1
    assert [signed(D(one), 1) for one in (49_999, -49_999, 50_000, -50_000)] == ["0,0", "0,0", "+0,1", "−0,1"]
    assert bare(D(-1_234_567_890), 1) == "−1.234,6"
    assert is_nothing(D(49_999), 1)
    assert not is_nothing(D(10_000_000), 1)


def test_labels_are_spread_in_order_each_with_its_room():
    places = spread([0.5, 0.5, 0.9, 0.0], [0.1, 0.1, 0.1, 0.1])

    # Of two that want the same place the first comes topmost.
    assert places == pytest.approx([0.6, 0.5, 0.9, 0.05])
    crowded = sorted(spread([1.0, 1.0, 1.0], [0.1] * 3))
    assert all(after - before >= 0.1 - 1e-9 for before, after in pairwise(crowded))
    assert crowded[-1] <= 1.0 + 1e-9
