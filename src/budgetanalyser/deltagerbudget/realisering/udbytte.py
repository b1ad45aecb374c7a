"""Udbytte: what those who took part say, checked before it is printed: answers, quotes, the checklist and the aims.

Nothing here measures what the round caused. A quote carries a role, never a person.
"""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

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
from budgetanalyser.errors import Fault, ValueUseError, nearest
from budgetanalyser.kilder.questions import IKKE_OPLYST

MINDST_SVAR = 20  # Below this a percentage says more than the answers do.
OPFYLDT, DELVIST, IKKE_OPFYLDT = "opfyldt", "delvist", "ikke opfyldt"
GRADER = (OPFYLDT, DELVIST, IKKE_OPFYLDT, IKKE_OPLYST)
MAAL = ("innovation", "demokrati")


def spoergeskema(svar: pd.DataFrame, *, udsendt: int | None, mindst: int = 5) -> pd.DataFrame:
    """Return the answers to a survey with their shares.

    Args:
        svar: In long form, one answer of one question a row: `spoergsmaal`, `svar` (texts) and `antal` (int; None where
            not told). Each respondent gives a question one answer.
        udsendt: How many were asked; None where not known.
        mindst: The smallest number of answers that is told; `statistik.suppress` hides those under it, and others.

    Returns:
        `spoergsmaal`, `svar`, `antal` (None where hidden), `i_alt` (answers to the question; None where a count of it
        is not told), `andel` (Decimal; None where hidden and under 20 answers) and `svarrate` (i_alt / udsendt,
        Decimal; None where either is not known).

    Raises:
        PosterError: Missing texts, counts that are none, an answer that stands twice, or more answers than were asked.
        ValueUseError: `udsendt` is no count.
    """
    if udsendt is not None and not (is_count(udsendt) and udsendt):
        raise ValueUseError("Skriv udsendt som et helt tal over 0, eller None når det ikke er oplyst.")
    lines = rows(svar, "spoergsmaal svar antal", "svarene")
    twice = repeated(lines, lambda row: (row["spoergsmaal"], row["svar"]), "svaret står også")
    faults = [*without_text(lines, "spoergsmaal", "svar"), *wrong_counts(lines, "antal"), *twice]
    refuse(svar, "svarene", faults)
    counts: dict[str, list[int | None]] = {}
    for _, row in lines:
        counts.setdefault(row["spoergsmaal"], []).append(row["antal"])
    totals = {name: _whole(own) for name, own in counts.items()}
    many = [name for name, whole in totals.items() if whole is not None and udsendt is not None and whole > udsendt]
    said = f"flere svar end de {udsendt}, der er spurgt; ret antal eller udsendt"
    refuse(svar, "svarene", [Fault(said, f"»{name}«") for name in many])
    hidden = _hidden(lines, totals, mindst)
    made = []
    for _, row in lines:
        if (row["spoergsmaal"], row["svar"]) in hidden:
            row = {**row, "antal": None}
        whole = totals[row["spoergsmaal"]]
        share = _answer_share(row["antal"], whole)
        rate = None if whole is None or udsendt is None else statistik.andel(whole / udsendt)
        made.append({**row, "i_alt": whole, "andel": share, "svarrate": rate})
    return frame(made, "spoergsmaal svar antal i_alt andel svarrate")


def _answer_share(count: int | None, whole: int | None) -> Decimal | None:
    return None if count is None or whole is None or whole < MINDST_SVAR else statistik.andel(count / whole)


def _hidden(lines: Rows, totals: dict[str, int | None], least: int) -> set[tuple[str, str]]:
    """Return the answers that may not be told as numbers, by question and answer."""
    found = set()
    for question, whole in totals.items():
        own = [row for _, row in lines if row["spoergsmaal"] == question]
        if whole is not None:
            table = statistik.suppress(pd.Series({row["svar"]: row["antal"] for row in own}), minimum=least).table
            found |= {(question, row["svar"]) for row in own if table[row["svar"]] is None}
    return found


def _whole(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


_MAIL = re.compile(r"\S\s?(?:@|\(at\)|\[at\])\s?\S+\.\w", re.I)
# Day, month and year with or without one sign between; more than a range of years, which has eight digits.
_CPR = re.compile(r"(?<![\d+])\d\d[ .-]?\d\d[ .-]?\d\d ?[-–]? ?\d{4}(?!\d)")
_PHONE = re.compile(r"(?<!\d)(?:(?:\+|00)\d\d ?)?(?:\d\d ?\d\d ?\d\d ?\d\d|\d\d([-.])\d\d\1\d\d\1\d\d)(?!\d)")
_PRIVATE = ((_MAIL, "en e-mailadresse"), (_CPR, "et tal, der ligner et CPR-nummer"), (_PHONE, "et telefonnummer"))

_CAPITAL = r"[A-ZÆØÅÉÖÄÜ]"
_NAME = re.compile(rf"\b{_CAPITAL}[\w'’-]*\.?(?: (?:af|de|von|van))?(?: {_CAPITAL}[\w'’-]*\.?)+")
_SURNAME = re.compile(rf"\b{_CAPITAL}\w+(?:sen|gaard|sson)\b")
# What makes capitalised words the name of a body or a place and not of a person.
_BODY = re.compile(
    r"kommune|råd|udvalg|skole|forening|klub|afdeling|forvaltning|magistrat|center|hus|bibliotek|parti|by\b|borg\b",
    re.I,
)
# The most common first names, for a role of one word; there is no harm in a name that is missing.
_FIRST_NAME = re.compile(
    r"\b(?:"
    r"anders|anna|anne|bente|birgitte|camilla|charlotte|christian|christina|dorthe|emil|emma|erik|eva|frederik"
    r"|freja|hanne|hans|helle|henrik|ida|inge|ingrid|jakob|jan|jens|jesper|jette|johannes|jonas|julie|jørgen"
    r"|karen|karin|kim|kirsten|kristian|lars|laura|lene|line|lis|lise|lone|louise|mads|maria|marianne|martin"
    r"|mathias|mette|michael|mikkel|morten|niels|nikolaj|ole|oliver|oscar|pernille|peter|poul|rasmus|rikke|sara"
    r"|simon|sofie|susanne|søren|thomas|tina|tove|ulla|victor|william"
    r")\b",
    re.I,
)


def citater(tabel: pd.DataFrame) -> pd.DataFrame:
    """Return quotes that may be printed, or refuse them all.

    The check sees what looks like a name, a number or an address; it does not replace reading the quotes.

    Args:
        tabel: `citat` (text) and `rolle` (text, such as "borger" or "medarbejder i forvaltningen").

    Returns:
        `citat` and `rolle`, n rows as given.

    Raises:
        PosterError: A text is missing, a role looks like a person's name, or a text holds an e-mail address, a phone
            number or what looks like a CPR number. The message never repeats the text.
    """
    lines = rows(tabel, "citat rolle", "citaterne")
    faults = without_text(lines, "citat", "rolle")
    for where, row in lines:
        for name in ("citat", "rolle"):
            held = [said for pattern, said in _PRIVATE if pattern.search(str(row[name] or ""))]
            faults += [Fault(f"{name} rummer {said}; slet det", where) for said in held]
        if is_name(str(row["rolle"] or "")):
            faults.append(Fault("rollen ligner et personnavn; skriv en rolle med småt, som »borger«", where))
    refuse(tabel, "citaterne", faults)
    return frame((row for _, row in lines), "citat rolle")


def is_name(rolle: str) -> bool:
    """Whether a role looks like the name of a person."""
    if _FIRST_NAME.search(rolle) or _SURNAME.search(rolle):
        return True
    return any(not _BODY.search(found[0]) for found in _NAME.finditer(rolle))


def tjekliste(tabel: pd.DataFrame) -> pd.DataFrame:
    """Count how far a checklist is met.

    Args:
        tabel: One item a row: `punkt` (text), `belaeg` (text or None) and `opfyldt` (one of `GRADER`).

    Returns:
        `opfyldt` and `antal`, one row for each of `GRADER`.

    Raises:
        PosterError: No items, a missing or repeated item, an unknown word, or "opfyldt" or "delvist" without evidence.
    """
    lines = rows(tabel, "punkt belaeg opfyldt", "tjeklisten")
    faults = [] if lines else [Fault("der er ingen punkter; skriv ét i hver linje")]
    faults += without_text(lines, "punkt") + repeated(lines, lambda row: row["punkt"], "punktet står også")
    for where, row in lines:
        if row["opfyldt"] not in GRADER:
            said = f"opfyldt kan ikke være »{row['opfyldt']}«. {nearest(str(row['opfyldt']), GRADER)}"
            faults.append(Fault(said, where))
        elif row["opfyldt"] in (OPFYLDT, DELVIST) and not (row["belaeg"] or "").strip():
            said = f"belaeg mangler; skriv det, der viser »{row['opfyldt']}«, eller vælg »{IKKE_OPLYST}«"
            faults.append(Fault(said, where))
    refuse(tabel, "tjeklisten", faults)
    counts = Counter(row["opfyldt"] for _, row in lines)
    return frame(({"opfyldt": grade, "antal": counts[grade]} for grade in GRADER), "opfyldt antal")


def maal(indikatorer: pd.DataFrame) -> pd.DataFrame:
    """Count the indicators under each of the two aims of deltagerbudgetter in Aarhus.

    Args:
        indikatorer: `indikator` (text) and `maal` (one of `MAAL`).

    Returns:
        `maal` and `antal`, one row for each aim; 0 tells that an aim has no indicator.

    Raises:
        PosterError: A missing or repeated indicator, or one that belongs to neither aim.
    """
    lines = rows(indikatorer, "indikator maal", "indikatorerne")
    aims = "er ikke et af de to mål; skriv »innovation« eller »demokrati«"
    stray = [Fault(f"»{row['maal']}« {aims}", where) for where, row in lines if row["maal"] not in MAAL]
    twice = repeated(lines, lambda row: row["indikator"], "indikatoren står også")
    refuse(indikatorer, "indikatorerne", [*without_text(lines, "indikator"), *stray, *twice])
    counts = Counter(row["maal"] for _, row in lines)
    return frame(({"maal": aim, "antal": counts[aim]} for aim in MAAL), "maal antal")
