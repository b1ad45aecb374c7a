"""Payment of members: what kommunestyrelsesloven § 16 a allows, as scenarios and as cost lines.

The council may grant diæter (a fixed amount a day, double above four hours) and documented lost earnings (a day at most
five times the single diæt) for the same meeting; a special honorarium excludes both. Whether a seat in an assembly is a
municipal duty in the sense of the law is for a lawyer. The rate is an input without a default: the ministry changes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

from budgetanalyser.borgersamling.omkostning.drivere import FULD_DAG_TIMER
from budgetanalyser.borgersamling.omkostning.fordelinger import FAST
from budgetanalyser.borgersamling.omkostning.poster import EKSTERN, MOMSFRI
from budgetanalyser.errors import Fault, PosterError, ValueUseError, file_of, nearest

HOEJST_DIAETER = 5  # Lost earnings a day, in single diæter.
INGEN = "ingen"
DIAET = "diæt"
TABT = "tabt fortjeneste"
BEGGE = "diæt og tabt fortjeneste"
HONORAR = "honorar"
SATSER = ("diaetsats_kr", "tabt_pr_dag_kr", "honorar_kr")
SCENARIER = (INGEN, DIAET, TABT, BEGGE, HONORAR)


def diaeter(timer: Sequence[Decimal]) -> int:
    """Return the single diæter of one member who attends meeting days of these hours: 2 above four hours, else 1."""
    return sum(2 if hours > FULD_DAG_TIMER else 1 for hours in timer)


def satser(tabel: pd.DataFrame) -> dict[str, Decimal]:
    """Return the rates of a table with `sats` and `beloeb_kr` by name, for `pr_medlem`.

    Raises:
        PosterError: A rate of another name than those of `SATSER`; all faults.
    """
    faults = [
        Fault(f"satsen »{name}« kendes ikke. {nearest(str(name), SATSER)}", f"linje {line}")
        for line, name in tabel["sats"].items()
        if name not in SATSER
    ]
    if faults:
        raise PosterError(file_of(tabel, "satserne"), faults)
    return dict(zip(tabel["sats"], tabel["beloeb_kr"], strict=True))


def pr_medlem(
    scenarie: str,
    timer: Sequence[Decimal],
    *,
    diaetsats_kr: Decimal | None = None,
    tabt_pr_dag_kr: Decimal | None = None,
    honorar_kr: Decimal | None = None,
) -> Decimal | None:
    """Return what one member who attends every meeting day is paid, in kroner.

    Args:
        scenarie: One of `SCENARIER`.
        timer: Hours of each meeting day.
        diaetsats_kr: The single diæt.
        tabt_pr_dag_kr: Documented lost earnings a day; cut at five single diæter.
        honorar_kr: The honorarium for the whole course.

    Returns:
        None where a rate that it needs is not given.

    Raises:
        ValueUseError: An unknown scenario or a negative rate.
    """
    if scenarie not in SCENARIER:
        raise ValueUseError(f"Betalingen »{scenarie}« kendes ikke. {nearest(scenarie, SCENARIER)}")
    if any(rate is not None and rate < 0 for rate in (diaetsats_kr, tabt_pr_dag_kr, honorar_kr)):
        raise ValueUseError("En sats for betaling til medlemmer kan ikke være negativ.")
    if scenarie == INGEN:
        return Decimal(0)
    if scenarie == HONORAR:
        return honorar_kr
    if diaetsats_kr is None or (scenarie != DIAET and tabt_pr_dag_kr is None):
        return None
    lost = min(tabt_pr_dag_kr or Decimal(0), HOEJST_DIAETER * diaetsats_kr) * len(timer)
    own = diaetsats_kr * diaeter(timer)
    return {DIAET: own, TABT: lost, BEGGE: own + lost}[scenarie]


def scenarier(
    timer: Sequence[Decimal], *, pladser: int | Decimal, uden_betaling_kr: Decimal, **satser: Decimal | None
) -> pd.DataFrame:
    """Return every scenario side by side.

    Args:
        timer: Hours of each meeting day.
        pladser: Seats; every member is taken to attend every day, which is the most it can cost at these rates.
        uden_betaling_kr: What the assembly costs without payment.
        **satser: The rates of `pr_medlem`.

    Returns:
        `betaling`, `pr_medlem_kr`, `beloeb_kr` and `samlet_kr`, the assembly with that payment; None where a rate is
        not given.
    """
    rows = []
    for scenario in SCENARIER:
        each = pr_medlem(scenario, timer, **satser)
        paid = None if each is None else each * pladser
        total = None if paid is None else uden_betaling_kr + paid
        rows.append({"betaling": scenario, "pr_medlem_kr": each, "beloeb_kr": paid, "samlet_kr": total})
    return pd.DataFrame(rows, columns=["betaling", "pr_medlem_kr", "beloeb_kr", "samlet_kr"], dtype=object)


def vederlagslinjer(
    scenarie: str, timer: Sequence[Decimal], *, budgetaar: int, art: str | None = None, **satser: Decimal | None
) -> pd.DataFrame:
    """Return the chosen scenario as cost lines, to be put below the others: none or one, in the columns of `linjer`.

    The quantity is `pladser * fremmoede`, so that both drivers move it: seats, and the share of days attended. An
    honorarium is for the whole course and is paid in full.

    Raises:
        ValueUseError: The scenario needs a rate that is not given.
    """
    each = pr_medlem(scenarie, timer, **satser)
    if each is None:
        raise ValueUseError(
            f"Betalingen »{scenarie}« mangler en sats. Skriv den i filen med satser, eller vælg »{INGEN}«."
        )
    line = {
        "post": f"Betaling til medlemmer ({scenarie})",
        "maengde": "pladser" if scenarie == HONORAR else "pladser * fremmoede",
        **dict.fromkeys(("minimum", "mest_sandsynlig", "maksimum"), each),
        "fordeling": FAST,
        "moms": MOMSFRI,
        "enhed": "medlem",
        "art": art,
        "funktion": None,
        "slags": EKSTERN,
        "budgetaar": budgetaar,
    }
    return pd.DataFrame([line] if each else [], columns=list(line), dtype=object)
