"""The map: kroner per inhabitant in each area, in at most four classes told apart by tint and hatch alike.

The areas carry numbers; the list beside the map tells their names and values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from budgetanalyser import dansk
from budgetanalyser.errors import ValueUseError
from budgetanalyser.report.figures.base import GREY, INK, new, style
from budgetanalyser.report.figures.linjer import GAP, NOT_STATED, SIZE, known, legend, number, told, width_pt, wrapped

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DANISH_GRID = 25832
_MOST_CLASSES = 4
# Light to dark, and open to dense: each class has a tint and a hatch of its own.
_LOOKS: tuple[dict[str, Any], ...] = (
    {"facecolor": "#ffffff"},
    {"facecolor": "#dbe7ee", "hatch": "---"},
    {"facecolor": "#9dbccb", "hatch": "/////"},
    {"facecolor": "#0b4f6c"},
)
_UNKNOWN_LOOK: dict[str, Any] = {"facecolor": "#ffffff", "hatch": "xxx", "linestyle": (0, (3, 2))}
_OUTLINE: dict[str, Any] = {"edgecolor": INK, "linewidth": 0.6, "hatchcolor": GREY, "hatch_linewidth": 0.7}
_LINE_MM = 3.6
_LONGEST_LIST = 34
_LEGEND_MM = 16
_MAP_MM = 84  # What the list leaves of the width.


def kort(omraader: GeoDataFrame, vaerdier: Mapping[str, Decimal | None], *, enhed: str) -> Figure:
    """Draw a map of the areas, and list them by value, the highest first, with the numbers they carry on the map.

    Args:
        omraader: `navn` and polygons, in any coordinate system; degrees are projected to EPSG:25832. Rows of one name
            are one area.
        vaerdier: The value of each name; an area without one is "ikke oplyst".
        enhed: What the values are, such as "kr. pr. indbygger".

    Raises:
        ValueUseError: A value belongs to no area of the map.
    """
    areas = _projected(omraader)
    values = _by_value([str(name) for name in areas["navn"]], vaerdier)
    limits = classes([one for one in values.values() if one is not None])
    with style():
        columns = -(-len(values) // _LONGEST_LIST) or 1
        listed = _LINE_MM * (min(len(values), _LONGEST_LIST) + 2)
        figure, axes = new(_LEGEND_MM + max(listed, _map_mm(areas)))
        axes.set_axis_off()
        axes.set_anchor("W")
        axes.set_aspect("equal")
        shapes = dict(zip((str(name) for name in areas["navn"]), areas.geometry, strict=True))
        for place, (name, value) in enumerate(values.items(), start=1):
            look = _UNKNOWN_LOOK if value is None else _look(limits, value)
            _draw_area(axes, shapes[name], look)
            _draw_number(axes, place, shapes[name])
        axes.autoscale_view()
        axes.margins(0.01)
        _list(axes, values, enhed, columns)
        legend(figure, _class_marks(values, enhed), columns=_MOST_CLASSES)
    return figure


def _map_mm(areas: GeoDataFrame) -> float:
    """Return how high the map becomes, drawn as wide as there is room for, within reason."""
    west, south, east, north = (float(end) for end in areas.total_bounds)
    return min(max(_MAP_MM * (north - south) / max(east - west, 1e-9), 50.0), 116.0)


def _projected(omraader: GeoDataFrame) -> GeoDataFrame:
    areas = omraader[["navn", omraader.geometry.name]].dissolve(by="navn", as_index=False, sort=False)
    return areas.to_crs(epsg=_DANISH_GRID) if areas.crs is not None and areas.crs.is_geographic else areas


def _by_value(names: Sequence[str], vaerdier: Mapping[str, Decimal | None]) -> dict[str, Decimal | None]:
    if strange := [name for name in vaerdier if name not in names]:
        raise ValueUseError(f"Kortet har ikke {dansk.opremsning([f'»{one}«' for one in strange])}. Ret navnet.")
    found = {name: known(vaerdier.get(name)) for name in names}
    order = sorted(found, key=lambda name: (found[name] is None, -(found[name] or 0)))
    return {name: found[name] for name in order}


def classes(values: Sequence[Decimal]) -> list[Decimal]:
    """Return the upper limits of at most four classes of about equally many areas; the last is the highest value.

    A limit belongs to the class below it. Nothing at all (0 kr.) is a class of its own.
    """
    zeros = [one for one in values if one == 0] if min(values, default=0) == 0 else []
    rest = sorted(one for one in values if one not in zeros)
    count = _MOST_CLASSES - bool(zeros)
    limits = {rest[-(-len(rest) * step // count) - 1] for step in range(1, count + 1)} if rest else set()
    return [Decimal(0)] * bool(zeros) + sorted(limits)


def _look(limits: Sequence[Decimal], value: Decimal) -> dict[str, Any]:
    if len(limits) == 1:
        return _LOOKS[0] if limits[0] == 0 else _LOOKS[1]
    place = next(place for place, limit in enumerate(limits) if value <= limit)
    # Few classes lie at the ends of the scale, as far apart as they can.
    return _LOOKS[round(place * (len(_LOOKS) - 1) / (len(limits) - 1))]


def _draw_area(axes: Axes, shape: Any, look: Mapping[str, Any]) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    # Finer than the page can show is only weight.
    fine = shape.simplify(max(shape.bounds[2] - shape.bounds[0], shape.bounds[3] - shape.bounds[1]) / 400)
    rings = [ring for part in _parts(fine) for ring in (part.exterior, *part.interiors)]
    path = Path.make_compound_path(*(Path([point[:2] for point in ring.coords], closed=True) for ring in rings))
    axes.add_patch(PathPatch(path, **_OUTLINE, **look))


def _parts(shape: Any) -> list[Any]:
    return [part for part in getattr(shape, "geoms", [shape]) if part.geom_type == "Polygon" and not part.is_empty]


def _middle(shape: Any) -> Any:
    """Return the centre of an area, or the point farthest from its edges where the centre lies too near one."""
    from shapely.ops import polylabel

    deepest = polylabel(shape, tolerance=shape.area**0.5 / 50)
    depth = shape.boundary.distance(deepest)
    is_inside = shape.contains(shape.centroid) and shape.boundary.distance(shape.centroid) > 0.8 * depth
    return shape.centroid if is_inside else deepest


def _draw_number(axes: Axes, place: int, shape: Any) -> None:
    point = _middle(max(_parts(shape), key=lambda part: part.area))
    axes.annotate(
        str(place),
        (point.x, point.y),
        ha="center",
        va="center",
        fontsize=7.5,
        color=INK,
        bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"},
    )


def _list(axes: Axes, values: Mapping[str, Decimal | None], enhed: str, columns: int) -> None:
    """List the areas to the right of the map, in `columns` columns."""
    rows = [
        (str(place), wrapped(name, 120 / columns, lines=1), NOT_STATED if value is None else number(value))
        for place, (name, value) in enumerate(values.items(), start=1)
    ]
    wide = [max(width_pt(row[part]) for row in rows) for part in range(3)]
    head = enhed[:1].upper() + enhed[1:] if columns == 1 else ""
    wide[1] = max(wide[1], width_pt(head) * 1.06 - wide[0] - wide[2] - GAP)  # The heading is bold, so a little wider.
    deep = -(-len(rows) // columns)
    step = _LINE_MM / 25.4 * 72
    for count, texts in enumerate(rows):
        left = 2 * GAP + count // deep * (sum(wide) + 4 * GAP)
        down = -step * (count % deep + (columns == 1) * 1.3)
        ends = (left + wide[0], left + wide[0] + GAP, left + sum(wide) + 2 * GAP)
        for text, at, ha in zip(texts, ends, ("right", "left", "right"), strict=True):
            _list_text(axes, text, at, down, ha)
    if head:
        _list_text(axes, head, 2 * GAP + sum(wide) + 2 * GAP, 0, "right", fontweight=600)


def _list_text(axes: Axes, text: str, at: float, down: float, ha: str, **kwargs: Any) -> None:
    axes.annotate(
        text,
        (1, 1),
        (at, down),
        xycoords="axes fraction",
        textcoords="offset points",
        ha=ha,
        va="top",
        fontsize=SIZE,
        color=INK,
        annotation_clip=False,
        **kwargs,
    )


def _class_marks(values: Mapping[str, Decimal | None], enhed: str) -> list[Any]:
    from matplotlib.patches import Patch

    stated = [one for one in values.values() if one is not None]
    limits = classes(stated)
    marks = [
        Patch(label=f"{words} {enhed}", **_OUTLINE, **_look(limits, limit))
        for words, limit in zip(class_words(limits, stated), limits, strict=True)
    ]
    has_unknown = len(stated) < len(values)
    return [*marks, *([Patch(label=NOT_STATED, **_OUTLINE, **_UNKNOWN_LOOK)] if has_unknown else [])]


def class_words(limits: Sequence[Decimal], values: Sequence[Decimal]) -> list[str]:
    """Return each class as its lowest and highest value: "0", "12 til 40", "41,5 til 90"."""
    words = []
    for place, limit in enumerate(limits):
        lowest = min(one for one in values if one <= limit and (place == 0 or one > limits[place - 1]))
        words.append(number(limit) if lowest == limit else f"{number(lowest)} til {number(limit)}")
    return words


def kort_alt(omraader: GeoDataFrame, vaerdier: Mapping[str, Decimal | None], *, enhed: str) -> str:
    """Return what the map shows in words: each area and its value, the highest first."""
    values = _by_value(list(dict.fromkeys(str(name) for name in omraader["navn"])), vaerdier)
    listed = [f"{name}: {NOT_STATED if value is None else number(value)}" for name, value in values.items()]
    return told([f"Kort, {enhed}", *listed])
