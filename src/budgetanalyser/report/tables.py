"""Tables: typed rows to the document's table, rounded once and printed with unit, price level and sign legend.

The document keeps each cell's exact value beside what is printed. Totals are sums of exact values. What the numbers
mean is the caller's; this module decides only how they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, get_args

from budgetanalyser import dansk
from budgetanalyser.errors import ValueUseError, nearest
from budgetanalyser.kroner import Enhed, Prisniveau, in_units, largest_remainder, rounded
from budgetanalyser.report import document as doc
from budgetanalyser.report.values import level_note

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("beloeb", "antal", "decimaltal", "aar", "pct", "dato", "maaned", "tekst", "ja_nej")
Afrunding = Literal["hver for sig", "største rest"]

ROUNDED_APART = "Tallene er afrundet hver for sig, så en sum kan afvige lidt fra de viste tal."
ROUNDED = "Tallene er afrundet; de nøjagtige er vedhæftet."
ROUNDED_TO_SUM = "Tallene er afrundet, så de viste tal giver den viste sum (største rests metode)."
CONSTRUCTED = "KONSTRUERET: Tallene er opdigtede og viser kun metoden."


@dataclass(frozen=True)
class Layout:
    """How a table is to be printed.

    Attributes:
        enhed: Unit of all `beloeb` columns.
        prisniveau: Their price level, or a text where the columns differ and their headers say it. Required when there
            is a `beloeb` column.
        forudsaetning: The reservation printed as a footnote when the level is assumed.
        fortegn: The sign legend.
        overskrifter: Header by column; the column's own name otherwise.
        formater: Format by column (one of `FORMATS`); by default judged from the values.
        decimaler: Decimals of `beloeb`, `decimaltal` and `pct`, of all columns or by column; by default those of the
            unit, 1, and as many as the percentages need, at most 2.
        i_alt: Label of a total row of all amount and count columns; none when empty.
        udelad_sum: Columns whose sum would mean nothing, such as prices.
        sumraekker: Positions (from 0) of rows of `data` that are sums themselves, and are printed as such.
        afrunding: Each cell by itself, or so that the column adds up to its total.
        tomt: What an empty cell prints.
        noter: Reservations printed below the table.
    """

    enhed: Enhed = Enhed.TUSINDE_KR
    prisniveau: Prisniveau | str | None = None
    forudsaetning: str = ""
    fortegn: str = "udgift +, indtægt −"
    overskrifter: Mapping[str, str] = field(default_factory=dict)
    formater: Mapping[str, str] = field(default_factory=dict)
    decimaler: int | Mapping[str, int] | None = None
    i_alt: str = ""
    udelad_sum: Sequence[str] = ()
    sumraekker: Sequence[int] = ()
    afrunding: Afrunding = "hver for sig"
    tomt: str = "–"
    noter: Sequence[str] = ()


def build(
    data: pd.DataFrame,
    layout: Layout,
    *,
    caption: list[doc.Inline],
    kilder: Sequence[str] = (),
    constructed: bool = False,
) -> doc.Table:
    """Return `data` as a document table.

    Args:
        data: Columns of `str`, `Decimal`, `int`, `date`, `bool` or None; n rows.
        layout: See `Layout`.
        caption: What the table says.
        kilder: File names of the sources.
        constructed: The numbers are invented, and the table must say so.

    Raises:
        ValueUseError: An amount without price level, a float, an unknown column or format.
    """
    data = data.set_axis([str(name) for name in data.columns], axis=1)  # A pivot names its columns with numbers.
    formats = _formats(data, layout)
    has_amounts = "beloeb" in formats.values()
    if has_amounts and layout.prisniveau is None:
        raise ValueUseError("Tabellen viser beløb uden prisniveau. Angiv prisniveau= eller kilde=.")
    columns = [_column(str(name), formats[str(name)], layout) for name in data.columns]
    printed = {str(name): _printed(str(name), list(data[name]), formats[str(name)], layout) for name in data.columns}
    rows = [
        doc.Row(
            cells=[_cell(data.iat[i, j], printed[str(name)][i]) for j, name in enumerate(data.columns)],
            total=i in set(layout.sumraekker),
        )
        for i in range(len(data))
    ]
    if layout.i_alt:
        rows.append(_total(data, formats, layout))
    notes = [*([CONSTRUCTED] if constructed else []), *layout.noter]
    notes += _rounding_note(data, formats, layout)
    unit_line = _unit_line(layout) if has_amounts else []
    return doc.Table(caption=caption, unit_line=unit_line, columns=columns, rows=rows, notes=notes, kilder=list(kilder))


def _formats(data: pd.DataFrame, layout: Layout) -> dict[str, str]:
    names = [str(name) for name in data.columns]
    for name in [*layout.formater, *layout.overskrifter, *_by_column(layout), *layout.udelad_sum]:
        if name not in names:
            raise ValueUseError(f"Tabellen har ingen kolonne »{name}«. {nearest(name, names)}")
    if len(set(names)) < len(names):
        raise ValueUseError("Tabellen har to kolonner med samme navn. Giv dem hver sit.")
    if layout.i_alt and names and _guess(names[0], data[data.columns[0]]) not in ("tekst", ""):
        raise ValueUseError(f"Tabellens første kolonne skal være tekst, når den har rækken »{layout.i_alt}«.")
    for count in _by_column(layout).values() or [layout.decimaler]:
        if count is not None and (not isinstance(count, int) or not 0 <= count <= 6):
            raise ValueUseError(f"decimaler= skal være et helt tal fra 0 til 6, ikke {count!r}.")
    if layout.i_alt and not any(_guess(name, data[name]) in ("beloeb", "antal") for name in names):
        raise ValueUseError(f"Tabellen har ingen tal at lægge sammen i rækken »{layout.i_alt}«.")
    ways = get_args(Afrunding)
    if layout.afrunding not in ways:
        raise ValueUseError(f"Afrundingen »{layout.afrunding}« kendes ikke. {nearest(layout.afrunding, ways)}")
    return {name: _format(name, data[name], layout) for name in names}


def _by_column(layout: Layout) -> Mapping[str, int]:
    return layout.decimaler if isinstance(layout.decimaler, Mapping) else {}


# Which formats fit what a column holds.
_NUMBERS = ("beloeb", "antal", "decimaltal", "pct")
_FITTING: dict[str, tuple[str, ...]] = {
    "beloeb": _NUMBERS,
    "antal": (*_NUMBERS, "aar"),
    "aar": ("aar", "antal"),
    "dato": ("dato", "maaned"),
    "ja_nej": ("ja_nej",),
    "tekst": ("tekst",),
    "": FORMATS,
}
_WORDS = {
    "beloeb": "Decimal",
    "antal": "hele tal",
    "aar": "årstal",
    "dato": "datoer",
    "ja_nej": "ja/nej",
    "tekst": "tekst",
}


def _format(name: str, values: Iterable[Any], layout: Layout) -> str:
    guessed = _guess(name, values)
    is_kroner = name in ("kr", "kr.") or name.endswith("_kr") or name.isdigit()  # A year's column holds kroner.
    if guessed in ("beloeb", "antal") and name.endswith(("_mio_kr", "_1000_kr")):
        raise ValueUseError(
            f"Kolonnen »{name}« skal være i hele kroner og hedde noget på _kr; enhed= bestemmer, hvad der vises."
        )
    if guessed == "antal" and is_kroner and not name.isdigit():
        guessed = "beloeb"
    if guessed == "beloeb" and not is_kroner and name not in layout.formater:
        raise ValueUseError(
            f"Kolonnen »{name}« er Decimal uden enhed. Er det kroner, så lad navnet ende på _kr; ellers angiv fx "
            f'formater={{"{name}": "pct"}} eller "decimaltal".'
        )
    wanted = layout.formater.get(name, guessed or "tekst")
    if wanted not in FORMATS:
        raise ValueUseError(f"Formatet »{wanted}« kendes ikke. {nearest(wanted, FORMATS)}")
    if wanted not in _FITTING[guessed]:
        raise ValueUseError(f"Kolonnen »{name}« rummer {_WORDS[guessed]} og kan ikke vises som {wanted}.")
    return wanted


def _guess(name: str, values: Iterable[Any]) -> str:
    kinds = {_kind(value) for value in values if not _is_empty(value)}
    if "float" in kinds:
        raise ValueUseError(
            f"Kolonnen »{name}« rummer kommatal, som maskinen kun kender omtrent (float). Brug tal fra kilde(), eller "
            "lav dem til Decimal."
        )
    if kinds == {"antal", "beloeb"}:
        return "beloeb"
    if len(kinds) > 1:
        raise ValueUseError(f"Kolonnen »{name}« blander {dansk.opremsning([_WORDS[kind] for kind in sorted(kinds)])}.")
    kind = kinds.pop() if kinds else ""
    is_named_year = name.casefold().endswith(("aar", "år"))
    in_range = all(1900 <= value <= 2200 for value in values if kind == "antal" and not _is_empty(value))
    return "aar" if kind == "antal" and is_named_year and in_range else kind


def _kind(value: object) -> str:
    if hasattr(value, "item"):
        value = value.item()  # A number of numpy's own kind.
    if isinstance(value, bool):
        return "ja_nej"
    kinds = ((Decimal, "beloeb"), (int, "antal"), (date, "dato"), (str, "tekst"))
    return next((kind for type_, kind in kinds if isinstance(value, type_)), "float")


def _is_empty(value: object) -> bool:
    # NaN and NA, which pandas puts where an object is missing, are not equal to themselves.
    return value is None or type(value).__name__ == "NAType" or bool(value != value)


def _column(name: str, format_: str, layout: Layout) -> doc.Column:
    align: Literal["left", "right"] = "left" if format_ in ("tekst", "ja_nej", "dato", "maaned") else "right"
    unit = layout.enhed.navn if format_ == "beloeb" else "%" if format_ == "pct" else ""
    header = layout.overskrifter.get(name, _heading(name))
    return doc.Column(key=name, header=header, format=format_, align=align, unit=unit)


def _heading(name: str) -> str:
    """Return a column's name as words: "beloeb_kr" is "Beløb"; the unit stands in the caption."""
    words = name.removesuffix("_kr").replace("_", " ").replace("beloeb", "beløb").replace("aar", "år")
    return words[:1].upper() + words[1:]


def _decimals(name: str, format_: str, layout: Layout, values: Sequence[Any]) -> int:
    if format_ == "antal":
        return 0
    wanted = _by_column(layout).get(name) if isinstance(layout.decimaler, Mapping) else layout.decimaler
    if wanted is not None:
        return wanted
    if format_ == "pct":
        shares = [Decimal(value) * 100 for value in values if not _is_empty(value)]
        return next((n for n in (0, 1) if all(rounded(share, n) == share for share in shares)), 2)
    return layout.enhed.decimaler if format_ == "beloeb" else 1


def _printed(name: str, values: Sequence[Any], format_: str, layout: Layout) -> list[str]:
    decimals = _decimals(name, format_, layout, values)
    shown = [layout.tomt if _is_empty(value) else _text(value, format_, layout, decimals) for value in values]
    if format_ == "beloeb" and layout.afrunding == "største rest":
        filled = [i for i, value in enumerate(values) if not _is_empty(value)]
        units = largest_remainder([in_units(Decimal(values[i]), layout.enhed) for i in filled], decimals)
        for i, unit in zip(filled, units, strict=True):
            shown[i] = dansk.antal(unit, decimals)
    return shown


def _text(value: Any, format_: str, layout: Layout, decimals: int) -> str:
    if format_ == "beloeb":
        return dansk.antal(in_units(Decimal(value), layout.enhed), decimals)
    if format_ == "pct":
        return dansk.pct(value, decimals)
    if format_ in ("antal", "decimaltal"):
        return dansk.antal(value if isinstance(value, Decimal) else int(value), decimals)
    if format_ == "ja_nej":
        return "ja" if value else "nej"
    return {"dato": dansk.dato, "maaned": dansk.maaned}.get(format_, str)(value)


def _exact(value: Any) -> str | None:
    if _is_empty(value):
        return None
    if _kind(value) == "ja_nej":
        return "ja" if value else "nej"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _cell(value: Any, text: str) -> doc.Cell:
    return doc.Cell(value=_exact(value), children=[doc.Text(text=text)])


def _total(data: pd.DataFrame, formats: Mapping[str, str], layout: Layout) -> doc.Row:
    cells = []
    for i, name in enumerate(data.columns):
        format_ = formats[str(name)]
        if format_ in ("beloeb", "antal", "decimaltal") and str(name) not in layout.udelad_sum:
            total = sum((Decimal(value) for value in data[name] if not _is_empty(value)), Decimal(0))
            cells.append(_cell(total, _text(total, format_, layout, _decimals(str(name), format_, layout, [total]))))
        else:
            label = layout.i_alt if i == 0 else ""
            cells.append(doc.Cell(value=label or None, children=[doc.Text(text=label)] if label else []))
    return doc.Row(cells=cells, total=True)


def _rounding_note(data: pd.DataFrame, formats: Mapping[str, str], layout: Layout) -> list[str]:
    if not any(_is_rounded(str(name), data[name], layout) for name in data.columns if formats[str(name)] == "beloeb"):
        return []
    if not (layout.i_alt or layout.sumraekker):
        return [ROUNDED]
    return [ROUNDED_TO_SUM if layout.afrunding == "største rest" else ROUNDED_APART]


def _is_rounded(name: str, values: Iterable[Any], layout: Layout) -> bool:
    decimals = _decimals(name, "beloeb", layout, [])
    units = [in_units(Decimal(value), layout.enhed) for value in values if not _is_empty(value)]
    return any(rounded(unit, decimals) != unit for unit in units)


def _unit_line(layout: Layout) -> list[doc.Inline]:
    line: list[doc.Inline] = [doc.Text(text=f"{layout.enhed.navn}, {layout.prisniveau}")]
    if isinstance(layout.prisniveau, Prisniveau):
        line += level_note(layout.prisniveau, layout.forudsaetning)
    if layout.fortegn:
        line.append(doc.Text(text=f", {layout.fortegn}"))
    return line
