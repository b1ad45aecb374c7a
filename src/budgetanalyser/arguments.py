"""The arguments of what a notebook calls: checked, made whole, and explained in Danish when they are wrong.

People pass what they have at hand; `authoring` gets what it needs. Nothing is shown or read here.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from budgetanalyser.errors import Fault, KildeError, ValueUseError
from budgetanalyser.kilder.posteringer import Posteringer
from budgetanalyser.kilder.sidecar import Kilde
from budgetanalyser.kilder.table import LINE_INDEX, KildeTable

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Source = Kilde | KildeTable | Posteringer
Sources = Source | Iterable[Source] | None


def sources_of(kilde: Sources) -> list[Kilde]:
    """Return the sources of a `kilde=` argument as a list; empty for None."""
    if kilde is None:
        return []
    many = [kilde] if isinstance(kilde, (Kilde, KildeTable, Posteringer, str)) else list(kilde)
    for one in many:
        if not isinstance(one, (Kilde, KildeTable, Posteringer)):
            raise ValueUseError(
                f"kilde= skal være det, kilde() gav, ikke {one!r}. Skriv fx poster = kilde({one!r}) først."
            )
    return [one if isinstance(one, Kilde) else one.kilde for one in many]


def reservation(sources: Sequence[Kilde]) -> str:
    """Return the reservation of the first source whose price level is assumed; empty when none is."""
    return next((one.forudsaetning for one in sources if one.prisniveau and one.prisniveau.forudsat), "")


def whole_table(data: pd.DataFrame, titel: str) -> pd.DataFrame:
    """Return a table with its row labels as a column, when it has labels and not only line numbers."""
    import pandas as pd

    if isinstance(data, pd.Series):
        data = data.to_frame()
    if not isinstance(data, pd.DataFrame):
        kind = type(data).__name__
        raise ValueUseError(
            f"Tabellen »{titel}« skal være en DataFrame fra pandas, ikke {kind}. Brug fx pd.DataFrame(…)."
        )
    if isinstance(data.columns, pd.MultiIndex) or not len(data.columns):
        raise ValueUseError(f"Tabellen »{titel}« skal have én række overskrifter og mindst én kolonne.")
    index = data.index
    if index.name == LINE_INDEX or data.empty:
        return data
    if index.nlevels == 1 and index.name is None and pd.api.types.is_integer_dtype(index):
        # Numbers from pandas' own counting say nothing; numbers that are years do.
        is_years = all(1900 <= number <= 2200 for number in index)
        return data.rename_axis("Aar").reset_index() if is_years else data
    return data.reset_index()


def declared_formats(data: pd.DataFrame, sources: Sequence[Kilde]) -> dict[str, str]:
    """Return the formats that the sources' own columns ask for: years are years, shares are per cent."""
    wanted = {"aar": "aar", "heltal": "antal", "maaned": "maaned", "andel_pct": "pct", "decimaltal": "decimaltal"}
    python = {"aar": int, "antal": int, "maaned": date, "pct": Decimal, "decimaltal": Decimal}
    found = {
        name: wanted[column.type]
        for one in sources
        for name, column in one.kolonner.items()
        if column.type in wanted and name in data.columns
    }
    # A column the notebook has made into something else goes by what it holds now.
    return {name: kind for name, kind in found.items() if _holds(data[name], python[kind])}


def _holds(values: Iterable[Any], kind: type) -> bool:
    """Tell whether every value that is there is of a kind; numpy's own numbers count as Python's."""
    there = [value for value in values if value is not None and value == value]
    return all(isinstance(value.item() if hasattr(value, "item") else value, kind) for value in there)


def usual_unit(name: str, amount: object) -> str:
    """Return the unit that a date or a text has by itself; a number must be given one."""
    if isinstance(amount, date):
        return "dato"
    if isinstance(amount, str) or amount is None:
        return "tekst"
    raise ValueUseError(f'Værdien »{name}« er et tal uden enhed. Angiv enhed="kr.", "antal", "andel" eller "år".')


_FEWEST_ALT_WORDS = 3


def drawable(figure: Any, titel: str, alt: str) -> Figure:
    """Return the matplotlib figure of a `figur()` call; pandas' plots give the axes, which know theirs.

    Raises:
        ValueUseError: It is no figure, or its alt text is missing or too short to say anything.
    """
    if len(alt.split()) < _FEWEST_ALT_WORDS:
        raise ValueUseError(
            f"Figuren »{titel}« mangler tekst til skærmlæsere, eller den er for kort. Skriv i alt= med mindst "
            f"{_FEWEST_ALT_WORDS} ord, hvad man ser, og de vigtigste tal."
        )
    whole = figure if hasattr(figure, "savefig") else getattr(figure, "figure", None)
    if not hasattr(whole, "savefig"):
        raise ValueUseError(
            f"Figuren »{titel}« er ikke en matplotlib-figur. Giv den, plt.subplots() eller figures gav."
        )
    return cast("Figure", whole)


def remarks_of(table: KildeTable, fra: str) -> list[dict[Any, Any]]:
    """Return the rows of a table of remarks from `fra`: `fra`, `dato` (or None) and `bemaerkning`.

    Raises:
        KildeError: A column is missing, a remark is empty, or somebody else's is among them.
    """
    fil, data = table.kilde.fil, table.data
    missing = [name for name in ("fra", "dato", "bemaerkning") if name not in data.columns]
    if missing:
        raise KildeError(fil, [Fault(f"kolonnen »{name}« mangler", "linje 1") for name in missing])
    others = data[data["fra"].notna() & (data["fra"] != fra)].index
    said = f"bemærkningen er ikke fra »{fra}«; læg den i sin egen fil, eller vis den med citat()"
    faults = [Fault(said, f"linje {line}") for line in others]
    empty = data[data["bemaerkning"].isna() | data["fra"].isna()].index
    faults += [Fault("bemærkning og fra må ikke være tomme", f"linje {line}") for line in empty]
    if faults:
        raise KildeError(fil, faults)
    return data.to_dict("records")


def explained(function: Callable[..., Any]) -> Callable[..., Any]:
    """Say in Danish when a function is called with too few, too many or unknown arguments."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def checked(*arguments: Any, **named_arguments: Any) -> Any:
        try:
            signature.bind(*arguments, **named_arguments)
        except TypeError:
            name = function.__name__
            every = signature.parameters.values()
            needed = [one.name for one in every if one.default is one.empty and one.kind < one.VAR_POSITIONAL]
            raise ValueUseError(
                f"{name}() er ikke kaldt, som den skal. Den skal have {', '.join(needed) or 'ingenting'}. "
                f"Skriv {name}? i en celle for at se hele forklaringen."
            ) from None
        return function(*arguments, **named_arguments)

    return checked
