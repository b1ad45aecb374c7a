"""Proces: how many proposals were left at each step, and why the others fell. Who proposed and voted is elsewhere.

The rate of a step depends on what is counted, and merged proposals move it (Paris gives 63 or 82 per cent rejected),
so a step may only rise where the table itself says that it may.
"""

from __future__ import annotations

from collections import Counter

import pandas as pd

from budgetanalyser import statistik
from budgetanalyser.deltagerbudget.realisering.raekker import (
    Rows,
    frame,
    is_count,
    refuse,
    repeated,
    rows,
    without_text,
    wrong_counts,
)
from budgetanalyser.errors import Fault, nearest
from budgetanalyser.kilder.questions import IKKE_OPLYST

AFVIST = ("afvist", "kan ikke gennemføres")
FORSLAGSSTATUS = (*AFVIST, "godkendt", "kan gennemføres", "under behandling", "trukket", "sammenlagt")


def tragt(trin: pd.DataFrame) -> pd.DataFrame:
    """Return the funnel from proposals to what was realised.

    Args:
        trin: One step a row, in order: `trin` (text) and `antal` (int; None where it is not told). `maa_stige` (bool or
            None, optional) is True where the step may be larger than the one before, as when proposals are split.

    Returns:
        `trin`, `antal` and `andel` (of the step before, Decimal; None for the first step, where either count is not
        known or the step before is 0). Above 1 only where the step may rise.

    Raises:
        PosterError: No steps, a name that is missing or stands twice, a count that is none, or a step larger than the
            last one known before it.

    Source:
        Pass-through and success: Public Agenda and the Participatory Budgeting Project, »15 Key Metrics«.
    """
    lines = rows(trin, "trin antal", "tragten")
    faults = [] if lines else [Fault("der er ingen trin; skriv ét i hver linje")]
    faults += without_text(lines, "trin") + wrong_counts(lines, "antal")
    faults += repeated(lines, lambda row: row["trin"], "trinnet står også") + _rises(lines)
    refuse(trin, "tragten", faults)
    made: list[dict[str, object]] = []
    before: int | None = None
    for _, row in lines:
        share = None if not before or row["antal"] is None else statistik.andel(row["antal"] / before)
        made.append({"trin": row["trin"], "antal": row["antal"], "andel": share})
        before = row["antal"]
    return frame(made, "trin antal andel")


def _rises(lines: Rows) -> list[Fault]:
    faults = []
    before: tuple[int, str] | None = None
    for where, row in lines:
        if row.get("maa_stige") is True:
            before = None
        if not is_count(row["antal"]):
            continue
        if before is not None and row["antal"] > before[0]:
            told = f"{row['antal']} er flere end {before[0]} i trinnet »{before[1]}«"
            faults.append(Fault(f"{told}; ret et af tallene", f"{where}, »{row['trin']}«"))
        before = (row["antal"], row["trin"])
    return faults


def afslag(forslag: pd.DataFrame) -> pd.DataFrame:
    """Count the reasons for which proposals were rejected.

    Args:
        forslag: One proposal a row: `forslag` (text), `status` (one of `FORSLAGSSTATUS`) and `begrundelse` (text or
            None). Those of `AFVIST` are rejected; a reason given to another is not counted.

    Returns:
        `begrundelse` and `antal`, the most common first and "ikke oplyst" last. No rows where none was rejected.

    Raises:
        PosterError: A proposal that is missing or stands twice, or an unknown status.
    """
    lines = rows(forslag, "forslag status begrundelse", "forslagene")
    unknown = [
        Fault(f"status »{row['status']}« kendes ikke. {nearest(str(row['status']), FORSLAGSSTATUS)}", where)
        for where, row in lines
        if row["status"] not in FORSLAGSSTATUS
    ]
    twice = repeated(lines, lambda row: row["forslag"], "forslaget står også")
    refuse(forslag, "forslagene", [*without_text(lines, "forslag"), *unknown, *twice])
    reasons = Counter((row["begrundelse"] or "").strip() or IKKE_OPLYST for _, row in lines if row["status"] in AFVIST)
    ordered = sorted(reasons.items(), key=lambda pair: (pair[0] == IKKE_OPLYST, -pair[1], pair[0]))
    return frame(({"begrundelse": reason, "antal": count} for reason, count in ordered), "begrundelse antal")
