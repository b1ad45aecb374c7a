"""Tid: how far each project has come on the ladder of realisation, and how long it took. What it cost is in `oekonomi`.

"Realised" has no one meaning (winners have been built and never opened), so a project has a status on a ladder. A
project under way is not a failure: its time is right-censored, not left out.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

import pandas as pd
from scipy import stats

from budgetanalyser import dansk, statistik
from budgetanalyser.deltagerbudget.realisering.raekker import Row, Rows, frame, refuse, repeated, rows, without_text
from budgetanalyser.errors import Fault, ValueUseError, nearest
from budgetanalyser.kilder.questions import IKKE_OPLYST
from budgetanalyser.kroner import rounded

BESLUTTET, TILLADELSE, IGANGSAT, FAERDIG = "besluttet", "tilladelse", "igangsat", "færdig"
I_DRIFT, OPGIVET = "i drift", "opgivet"
STATUS = (BESLUTTET, TILLADELSE, IGANGSAT, FAERDIG, I_DRIFT, OPGIVET)
# The column that holds the day of each step.
KOLONNER = dict(zip(STATUS, ("besluttet", "tilladelse", "igangsat", "faerdig", "i_drift", "opgivet"), strict=True))
ENDNU_IKKE, UNDERVEJS = "endnu ikke besluttet", "undervejs"

DAGE_PR_MAANED = 30.4375  # 365.25 / 12.


def stige(milepaele: pd.DataFrame, *, pr: date) -> pd.DataFrame:
    """Return how far each project was known to have come on the day `pr`; it may be further than the milestones tell.

    Args:
        milepaele: One milestone a row: `projekt` (id), `navn`, `status` (one of `STATUS`) and `dato` (date; None where
            the step is known to be taken but not when). Optional: `note` (text or None), `praecision` ("dag" or
            "måned"; the date is then the first of the month) and `senest` (date or None; for a step without a date,
            the day by which it is known to be taken).
        pr: The day looked back from. A later milestone is not counted, only told in `senere`; nor is one without a
            date before its `senest`. Without that it counts as taken, since it cannot be placed; `uden_dato` tells how
            many of those counted have no date.

    Returns:
        One row a project in the order of the file: `projekt`, `navn`, `status` ("endnu ikke besluttet" where all is
        later), `dato` and `praecision` of that status, `note`, the dates of the steps in `besluttet`, `tilladelse`,
        `igangsat`, `faerdig`, `i_drift` and `opgivet` (date or None), and `senere` and `uden_dato` (int).

    Raises:
        PosterError: Unknown or repeated status, no decision, a step dated before the decision or before a lower step,
            anything after "opgivet", one project with two names, missing texts; all at once.
    """
    return frame(
        (_rung([row for _, row in lines], pr) for lines in _projects(milepaele)),
        f"projekt navn status dato praecision note {' '.join(KOLONNER.values())} senere uden_dato",
    )


def _rung(steps: list[Row], pr: date) -> dict[str, object]:
    counted = _taken(steps, pr)
    last = max(counted, key=lambda step: STATUS.index(step["status"]), default=None)
    day = last and last["dato"]
    dates = {KOLONNER[step["status"]]: step["dato"] for step in counted}
    return {
        "projekt": steps[0]["projekt"],
        "navn": steps[0]["navn"],
        "status": last["status"] if last else ENDNU_IKKE,
        "dato": day,
        "praecision": (last.get("praecision") or "dag") if last and day else IKKE_OPLYST,
        "note": last.get("note") if last else None,
        **{column: dates.get(column) for column in KOLONNER.values()},
        "senere": len(steps) - len(counted),
        "uden_dato": sum(step["dato"] is None for step in counted),
    }


def _taken(steps: list[Row], pr: date) -> list[Row]:
    return [step for step in steps if (step["dato"] or step.get("senest") or pr) <= pr]


def tid_til_faerdig(milepaele: pd.DataFrame, *, pr: date) -> pd.DataFrame:
    """Return how long each project took from the decision until it was completed, as it stood on the day `pr`.

    A project under way is right-censored at `pr`. One given up can no longer be completed, which is a competing
    outcome; it stays uncompleted until `pr`, so the curve is the share of all projects that are completed (taken out on
    the day it was given up, it would have lifted the curve). "i drift" counts as completed where "færdig" is missing.

    Args:
        milepaele, pr: As for `stige`.

    Returns:
        One row a project: `projekt`, `navn`, `dage` (whole days, as `kaplan_meier` takes them; None where a date is not
        told or nothing is decided yet), `faerdig` (bool), `udfald` ("færdig", "opgivet", "undervejs" or "endnu ikke
        besluttet") and `omtrent` (bool: a date is known to the month only). Months are dage / 30,4375.

    Raises:
        PosterError: As `stige`.
    """
    made = (_duration([row for _, row in lines], pr) for lines in _projects(milepaele))
    return frame(made, "projekt navn dage faerdig udfald omtrent")


def _duration(steps: list[Row], pr: date) -> dict[str, object]:
    by_status = {step["status"]: step for step in _taken(steps, pr)}
    decided = by_status.get(BESLUTTET)
    end = by_status.get(FAERDIG) or by_status.get(I_DRIFT) or by_status.get(OPGIVET)
    finished = FAERDIG in by_status or I_DRIFT in by_status
    outcome = ENDNU_IKKE if not by_status else FAERDIG if finished else OPGIVET if end else UNDERVEJS
    until = end["dato"] if end and finished else pr
    days = (until - decided["dato"]).days if decided and decided["dato"] and until else None
    about = any(step is not None and step.get("praecision") not in (None, "dag") for step in (decided, end))
    name = {"projekt": steps[0]["projekt"], "navn": steps[0]["navn"]}
    return {**name, "dage": days, "faerdig": finished, "udfald": outcome, "omtrent": days is not None and about}


def _projects(milepaele: pd.DataFrame) -> list[Rows]:
    """Return the milestones of each project, or refuse those that cannot be meant."""
    lines = rows(milepaele, "projekt navn status dato", "milepælene")
    by_project: dict[object, Rows] = {}
    for where, row in lines:
        by_project.setdefault(row["projekt"], []).append((where, row))
    faults = without_text(lines, "projekt", "navn") + _unknown(lines)
    for own in by_project.values():
        faults += repeated(own, lambda row: row["status"], "projektet har samme status")
        faults += _two_names(own) + _order_faults([one for one in own if one[1]["status"] in STATUS])
    refuse(milepaele, "milepælene", faults)
    return list(by_project.values())


def _unknown(lines: Rows) -> list[Fault]:
    return [
        Fault(f"status »{row['status']}« kendes ikke. {nearest(str(row['status']), STATUS)}", where)
        for where, row in lines
        if row["status"] not in STATUS
    ]


def _two_names(lines: Rows) -> list[Fault]:
    first = lines[0][1]["navn"]
    said = f"projektet hedder »{first}« i {lines[0][0]}; brug samme navn"
    return [Fault(said, where) for where, row in lines if row["navn"] != first]


def _order_faults(lines: Rows) -> list[Fault]:
    """Return what is wrong with the order of one project's known steps."""
    if not any(row["status"] == BESLUTTET for _, row in lines):
        where, row = lines[0] if lines else ("", {"projekt": "?"})
        said = f"projektet »{row['projekt']}« mangler »{BESLUTTET}«; tilføj linjen, med tom dato når den ikke er oplyst"
        return [Fault(said, where)] if lines else []
    dated = sorted((one for one in lines if one[1]["dato"]), key=lambda one: (one[1]["dato"], _rank(one[1])))
    decided = next((row["dato"] for _, row in dated if row["status"] == BESLUTTET), None)
    faults = []
    highest: Row | None = None
    for where, row in dated:
        if decided and row["dato"] < decided:
            said = (
                f"»{row['status']}« {dansk.dato(row['dato'])} ligger før beslutningen {dansk.dato(decided)}; ret datoen"
            )
            faults.append(Fault(said, where))
            continue
        if highest is not None and _rank(row) < _rank(highest):
            faults.append(Fault(_backwards(row, highest), where))
        highest = row if highest is None or _rank(row) > _rank(highest) else highest
    return faults


def _backwards(row: Row, highest: Row) -> str:
    told = f"»{highest['status']}« {dansk.dato(highest['dato'])}"
    if highest["status"] == OPGIVET:
        return f"»{row['status']}« {dansk.dato(row['dato'])} kommer efter {told}; et opgivet projekt er slut"
    return (
        f"»{row['status']}« {dansk.dato(row['dato'])} kommer efter {told}, som er et senere trin; ret status eller dato"
    )


def _rank(row: Row) -> int:
    return STATUS.index(row["status"])


def kaplan_meier(dage: Sequence[int | None], faerdig: Sequence[bool], confidence: float = 0.95) -> pd.DataFrame:
    """Return the share of projects completed by each day, counting those under way for as long as they are known.

    Args:
        dage: Whole days from decision to completion or censoring, n of them. None is left out: nothing is known of it.
        faerdig: Whether each was completed; False is right-censored.
        confidence: Level of the intervals, which are log-log. Few projects give wide ones.

    Returns:
        One row a day on which something happened: `dage` (int), `andel` completed, 1 − S, `lav` and `hoej` (Decimal;
        the two None where the formula gives no interval), `faerdige` and `censurerede` (int, on that day). No rows for
        no projects.

    Raises:
        ValueUseError: The two differ in length, or a number of days is negative.

    Source:
        E.L. Kaplan and P. Meier, »Nonparametric estimation from incomplete observations«, JASA 53, 1958.
    """
    if len(dage) != len(faerdig):
        raise ValueUseError(f"Der er {len(dage)} varigheder, men {len(faerdig)} udfald; giv ét udfald for hver.")
    known = sorted((days, done) for days, done in zip(dage, faerdig, strict=True) if days is not None)
    if any(days < 0 for days, _ in known):
        raise ValueUseError("En varighed er negativ; et projekt kan ikke være færdigt, før det er besluttet.")
    counts = [(days, [done for _, done in group]) for days, group in groupby(known, key=lambda one: one[0])]
    made = [
        {
            "dage": days,
            "andel": share,
            "lav": low,
            "hoej": high,
            "faerdige": sum(done),
            "censurerede": done.count(False),
        }
        for (days, done), (share, low, high) in zip(counts, _curve(known, confidence), strict=True)
    ]
    return frame(made, "dage andel lav hoej faerdige censurerede")


def _curve(known: list[tuple[int, bool]], confidence: float) -> list[tuple[object, object, object]]:
    """Return the completed share, lowest and highest, on each day on which something happened."""
    if not known:
        return []
    sample = stats.CensoredData(
        uncensored=[days for days, done in known if done], right=[days for days, done in known if not done]
    )
    survival = stats.ecdf(sample).sf
    with warnings.catch_warnings():
        # Says of the days before the first completion, or after all are completed, that they have no interval.
        warnings.simplefilter("ignore", RuntimeWarning)
        interval = survival.confidence_interval(confidence, method="log-log")
    ends = zip(survival.probabilities, interval.high.probabilities, interval.low.probabilities, strict=True)
    return [(statistik.andel(1 - share), _completed(high), _completed(low)) for share, high, low in ends]


def _completed(survival: float) -> object:
    return None if math.isnan(survival) else statistik.andel(1 - survival)


def median_dage(kurve: pd.DataFrame) -> int | None:
    """Return the day by which half were completed, from a curve of `kaplan_meier`; None where under half are."""
    return next((row["dage"] for row in kurve.to_dict("records") if row["andel"] * 2 >= 1), None)


def maaneder(dage: int) -> Decimal:
    """Return days as months of 30,4375 days, with one decimal."""
    return rounded(Decimal(dage) / Decimal(repr(DAGE_PR_MAANED)), 1)
