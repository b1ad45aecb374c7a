"""Resultat: the result statement with its subtotals in the published order, and the columns that Randers prints.

The order is that of a published follow-up (taxes and grants, committees, interest, investment, supply, finance); the
rows come from `tabeller.hovedtabel`. Signs and rounding are not touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import Fault, ValueUseError, nearest
from budgetanalyser.opfoelgning import raekker
from budgetanalyser.opfoelgning.tabeller import SUM_AF_KENDTE

OVERSKRIFT, POST, DELSUM, RESULTAT = "overskrift", "post", "delsum", "resultat"

# Each section: its heading and its total ("" where the section is one line), and the result that ends it.
AFSNIT: dict[str, tuple[str, str, str]] = {
    "indtaegter": ("Indtægter", "Indtægter i alt", ""),
    "drift": (
        "Driftsudgifter (ekskl. forsyningsvirksomhed)",
        "Driftsudgifter i alt",
        "Driftsresultat før finansiering",
    ),
    "renter": ("", "Renter mv.", "Resultat af ordinær driftsvirksomhed"),
    "anlaeg": (
        "Anlægsudgifter (ekskl. forsyningsvirksomhed)",
        "Anlægsudgifter i alt",
        "Resultat af det skattefinansierede område",
    ),
    "brugerfinansieret": ("Brugerfinansieret område", "Brugerfinansieret område i alt", "Resultat i alt"),
    "finansiering": ("Finansielle poster", "Finansielle poster i alt", "Ændring af likvide aktiver"),
}
AFSNIT_ORD = {
    "indtaegter": "skatter og tilskud",
    "drift": "driftsudgifter",
    "renter": "renter",
    "anlaeg": "anlægsudgifter",
    "brugerfinansieret": "brugerfinansieret område",
    "finansiering": "finansielle poster",
}
# Which section each frame belongs to; a municipality's own are named in the analysis (`egne_rammer`).
RAMMER = {
    **{name: name for name in AFSNIT},
    "service": "drift",
    "overfoersel": "drift",
    "refusion": "drift",
    "medfinansiering": "drift",
    "aeldreboliger": "drift",
}
_BY_COMMITTEE = ("drift", "anlaeg")
_RAMMER_ORD = {
    "indtaegter": "Skatter og tilskud",
    "service": "Service",
    "overfoersel": "Indkomstoverførsler",
    "medfinansiering": "Aktivitetsbestemt medfinansiering",
    "refusion": "Centrale refusionsordninger",
    "renter": "Renter",
    "aeldreboliger": "Ældreboliger",
    "anlaeg": "Anlæg",
    "brugerfinansieret": "Brugerfinansieret område",
    "finansiering": "Finansielle poster",
}

RANDERS = {
    "oprindeligt_kr": "Oprindeligt budget",
    "korrigeret_ekskl_kr": "Korrigeret budget ekskl. overførsler",
    "ansoegninger_kr": "Bevillingsansøgninger",
    "korrigeret_inkl_ansoegninger_kr": "Korrigeret budget ekskl. overførsler inkl. bevillingsansøgninger",
    "forventet_kr": "Forventet forbrug",
    "resultat_ekskl_kr": "Årets forventede resultat ekskl. overførsler",
    "overfoersler_kr": "Overførsler",
    "resultat_inkl_kr": "Årets forventede resultat inkl. overførsler",
}


def check_rammer(noegle: pd.DataFrame, *, rammer: Mapping[str, str] | None = None) -> None:
    """Refuse a konteringsnøgle with frames that the result statement does not know.

    Raises:
        PosterError: All such rows, with their lines.
    """
    known = {**RAMMER, **(rammer or {})}
    faults = [
        Fault(f"ramme kan ikke være »{raekker.text(name)}«. {nearest(raekker.text(name), known)}", f"linje {line}")
        for line, name in zip(noegle.index, noegle["ramme"], strict=True)
        if raekker.text(name) not in known
    ]
    raekker.refuse(noegle, "konteringsnøglen", faults)


def egne_rammer(text: str) -> dict[str, str]:
    """Return the section of a municipality's own frames: "Ældreboliger: drift; Byfornyelse: anlaeg".

    Raises:
        ValueUseError: A part is not a frame and a section of `AFSNIT`.
    """
    found = {}
    for part in filter(None, (one.strip() for one in text.split(";"))):
        name, _, section = (piece.strip() for piece in part.partition(":"))
        if not name or section not in AFSNIT:
            raise ValueUseError(
                f"Egne rammer skrives som »Ældreboliger: drift«, med ; imellem flere. Ret »{part}«. "
                f"Afsnittene er {dansk.opremsning(list(AFSNIT))}."
            )
        found[name] = section
    return found


def kun_afsnit(frame: pd.DataFrame, afsnit: str, *, rammer: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the rows whose frame belongs to a section of the result statement ("drift").

    Args:
        frame: A table that `kontoplan.henfoer` has placed.
        afsnit: A key of `AFSNIT`.
        rammer: As for `resultatopgoerelse`.
    """
    known = {**RAMMER, **(rammer or {})}
    return frame[[known.get(raekker.text(name)) == afsnit for name in frame["ramme"]]]


def hovedafsnit(resultat: pd.DataFrame) -> str:
    """Return the section whose totals stand for the rows: operation where there is any, else the first there is."""
    there = [name for name, (_, total, _) in AFSNIT.items() if total in set(resultat["noegle"])]
    return "drift" if "drift" in there or not there else there[0]


def resultatopgoerelse(
    rows: pd.DataFrame, *, rammer: Mapping[str, str] | None = None, efter_udvalg: bool = True
) -> pd.DataFrame:
    """Return the result statement.

    Args:
        rows: As `hovedtabel(..., efter=("ramme", "udvalg", "bevilling"))` gives it: `ramme` or `afsnit`, `navn` (or
            what names come from: operation and investment by `udvalg`, the rest by `bevilling`), and columns of
            amounts, whose names end in `_kr`. Rows of the same name in a section are added.
        rammer: The section of frames that are not in `RAMMER`.
        efter_udvalg: Whether operation and investment are told by committee; in a committee's own report they are told
            by appropriation.

    Returns:
        A line a row: `noegle` ("drift: Skoleudvalget", unique), `linje` (as printed), `slags` ("overskrift", "post",
        "delsum", "resultat"), the amounts (None in headings, and in sums where a part is None), the percentages where
        their amounts are there, computed anew, and `dele` (the keys that a sum adds). A section without rows is left
        out with its result.

    Raises:
        PosterError: A frame belongs to no section, a name is missing, or an amount is not exact; all faults.
    """
    columns = [str(name) for name in rows.columns if str(name).endswith("_kr")]
    parts = _sections(rows, columns, {**RAMMER, **(rammer or {})}, efter_udvalg)
    made: list[dict[str, Any]] = []
    running: list[str] = []
    sums: dict[str, dict[str, Decimal | None]] = {}
    for section, (heading, total, result) in AFSNIT.items():
        if not (posts := parts.get(section)):
            continue
        if heading:
            made.append(_line(f"{section}: overskrift", heading, OVERSKRIFT, dict.fromkeys(columns)))
            for name, amounts in posts.items():
                sums[f"{section}: {name}"] = amounts
                made.append(_line(f"{section}: {name}", name, POST, amounts))
        keys = tuple(f"{section}: {name}" for name in posts) if heading else ()
        sums[total] = _added(list(posts.values()), columns)
        made.append(_line(total, total, DELSUM if heading else POST, sums[total], keys))
        running.append(total)
        if result and len(running) > 1:
            sums[result] = _added([sums[key] for key in running], columns)
            made.append(_line(result, result, RESULTAT, sums[result], tuple(running)))
            running = [result]
    shares = [name for name, needs in _SHARES.items() if set(needs) <= set(columns)]
    for line in made:
        line |= {name: _share(line, name) for name in shares}
    return raekker.frame(made, ["noegle", "linje", "slags", *columns, *shares, "dele"])


def summer(resultat: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the parts of each sum of a result statement by key, as `afrunding.forklar` takes them."""
    return {row["noegle"]: row["dele"] for row in resultat.to_dict("records") if row["dele"]}


def uden_procent(resultat: pd.DataFrame) -> pd.DataFrame:
    """Return the lines without percentages where they would mislead.

    A result is a small difference of large sums, and so is a sum whose parts largely cancel out; a percentage of it
    says nothing of the deviation's weight.
    """
    shares = [name for name in _SHARES if name in resultat]
    rows = {row["noegle"]: row for row in resultat.to_dict("records")}
    made = raekker.frame(
        ({**row, **(dict.fromkeys(shares) if _is_net(key, rows) else {})} for key, row in rows.items()),
        list(resultat.columns),
    )
    made.attrs.update(resultat.attrs)
    return made


def _is_net(key: str, rows: Mapping[str, Mapping[Any, Any]]) -> bool:
    row = rows[key]
    parts = [rows[part]["korrigeret_kr"] for part in row["dele"] if part in rows]
    return row["slags"] == RESULTAT or raekker.cancels_out([part for part in parts if part is not None])


def til_visning(resultat: pd.DataFrame, *, hele: bool) -> pd.DataFrame:
    """Return the lines as a report prints them.

    Headings are left out, since a row without numbers says nothing to a screen reader; each line of operation and
    investment tells its section instead. Percentages that mislead are left out too, and in a committee's report the
    results, which are the municipality's.

    Args:
        resultat: As `resultatopgoerelse` gives it.
        hele: Whether it is of the whole municipality.
    """
    names = linjenavne(resultat)
    left_out = {OVERSKRIFT} if hele else {OVERSKRIFT, RESULTAT}
    shown = uden_procent(resultat)
    shown = shown.assign(linje=[names[key] for key in shown["noegle"]])
    return shown[[kind not in left_out for kind in shown["slags"]]].reset_index(drop=True)


def resultat_noter(resultat: pd.DataFrame) -> list[str]:
    """Return what must be told below printed lines that have results."""
    if RESULTAT not in set(resultat["slags"]):
        return []
    return [
        "På resultatlinjerne er minus et overskud og plus et underskud; på sidste linje er plus et træk på kassen.",
        "Der er ingen procent på dem, da et resultat er en lille forskel mellem store tal.",
    ]


def sumraekker(resultat: pd.DataFrame) -> list[int]:
    """Return the positions of the lines that are sums."""
    return [place for place, kind in enumerate(resultat["slags"]) if kind in (DELSUM, RESULTAT)]


def afsnittets_sum(resultat: pd.DataFrame, afsnit: str) -> dict[str, Any]:
    """Return the total of a section ("drift") with its percentages; None in each where there is no such section."""
    found = [row for row in resultat.to_dict("records") if row["noegle"] == AFSNIT[afsnit][1]]
    names = [str(name) for name in resultat.columns]
    return {name: found[0][name] if found else None for name in names}


def udvikling(resultat: pd.DataFrame) -> pd.DataFrame:
    """Return what has moved since the last follow-up and since the same time last year.

    Args:
        resultat: As `resultatopgoerelse` gives it from a main table with `sidste` and `sidste_aar`.

    Returns:
        `linje`, `sidste_forventet_kr`, `forventet_kr`, `forventet_aendring_kr`, `forbrug_sidste_aar_kr`, `forbrug_kr`
        and `forbrug_aendring_kr`: now less then; None where one of the two is not known. Same rows. A comparison of
        which nothing is known is left out.
    """
    pairs = {"forventet": ("sidste_forventet_kr", "forventet_kr"), "forbrug": ("forbrug_sidste_aar_kr", "forbrug_kr")}
    pairs = {key: pair for key, pair in pairs.items() if resultat[pair[0]].notna().any()}
    made = []
    for row in resultat.to_dict("records"):
        line: dict[str, Any] = {"linje": row["linje"]}
        for name, (then, now) in pairs.items():
            before, after = raekker.amount(row[then]), raekker.amount(row[now])
            change = None if before is None or after is None else after - before
            line |= {then: before, now: after, f"{name}_aendring_kr": change}
        made.append(line)
    columns = ["linje", *(name for key, pair in pairs.items() for name in (*pair, f"{key}_aendring_kr"))]
    return raekker.frame(made, columns)


def efter_ramme(tabel: pd.DataFrame) -> pd.DataFrame:
    """Return a main table summed by its column `ramme`, in the order of its rows, without percentages."""
    columns = [str(name) for name in tabel.columns if str(name).endswith("_kr")]
    found: dict[str, list[raekker.Row]] = {}
    for row in tabel.to_dict("records"):
        found.setdefault(raekker.text(row["ramme"]), []).append(row)
    return raekker.frame(
        ({"ramme": name, **_added(rows, columns)} for name, rows in found.items()), ["ramme", *columns]
    )


def ramme_navn(ramme: str) -> str:
    """Return what a frame is called in print; one of the municipality's own as it writes it itself."""
    return _RAMMER_ORD.get(ramme, ramme)


def linjenavne(resultat: pd.DataFrame) -> dict[str, str]:
    """Return what each line of a result statement is called in a sentence, by key: "Økonomiudvalget (drift)"."""
    words = {"drift": "drift", "anlaeg": "anlæg"}
    made = {}
    for row in resultat.to_dict("records"):
        section = words.get(row["noegle"].partition(":")[0]) if row["slags"] == POST else None
        made[row["noegle"]] = f"{row['linje']} ({section})" if section else row["linje"]
    return made


def randers(tabel: pd.DataFrame, *, ansoegninger: Mapping[str, Decimal] | None = None) -> pd.DataFrame:
    """Return a main table in the eight columns that Randers prints.

    The transfers are turned: last year's surplus raises this year's budget, and is a minus (a mindreforbrug) in the
    result, so that the result with transfers is the one without plus the transfers.

    Args:
        tabel: As `hovedtabel` gives it, by one column.
        ansoegninger: Applied for this year, Decimal kroner by the names of that column; what is not there has none.

    Returns:
        The first column, then those of `RANDERS` with their titles there: `resultat_ekskl_kr` is the forecast less the
        budget with applications, `resultat_inkl_kr` that plus `overfoersler_kr`. Without applications they equal
        `afvigelse_ekskl_kr` and `afvigelse_kr`.

    Raises:
        ValueUseError: An application is for something that is not in the table.
    """
    name = str(tabel.columns[0])
    applied = dict(ansoegninger or {})
    there = {raekker.text(value) for value in tabel[name]}
    if unknown := [key for key in applied if key not in there]:
        raise ValueUseError(f"Der er ansøgt til »{unknown[0]}«, som ikke er i tabellen. {nearest(unknown[0], there)}")
    made = []
    for row in tabel.to_dict("records"):
        more = applied.get(raekker.text(row[name]), raekker.NUL)
        budget = row["korrigeret_ekskl_kr"] + more
        expected = raekker.amount(row["forventet_kr"])
        without = None if expected is None else expected - budget
        moved = -row["overfoersler_kr"] if row["overfoersler_kr"] else raekker.NUL
        made.append(
            {
                name: row[name],
                "oprindeligt_kr": row["oprindeligt_kr"],
                "korrigeret_ekskl_kr": row["korrigeret_ekskl_kr"],
                "ansoegninger_kr": more,
                "korrigeret_inkl_ansoegninger_kr": budget,
                "forventet_kr": expected,
                "resultat_ekskl_kr": without,
                "overfoersler_kr": moved,
                "resultat_inkl_kr": None if without is None else without + moved,
            }
        )
    return raekker.frame(made, [name, *RANDERS])


_SHARES = {
    "forbrugsprocent": ("forbrug_kr", "korrigeret_kr"),
    "afvigelse_pct": ("afvigelse_kr", "korrigeret_kr"),
}


def _share(line: Mapping[str, Any], name: str) -> Decimal | None:
    part, whole = (line[column] for column in _SHARES[name])
    if name == "forbrugsprocent":
        return None if part is None or not whole else Decimal(part / whole)
    return raekker.share(part, whole)


def _sections(
    rows: pd.DataFrame, columns: Sequence[str], rammer: Mapping[str, str], by_committee: bool
) -> dict[str, dict[str, dict[str, Decimal | None]]]:
    what = "resultatopgørelsens rækker"
    source = "afsnit" if "afsnit" in rows else "ramme"
    lines = raekker.rows(rows, source, what)
    faults = raekker.wrong_amounts(lines, *columns, may_be_blank=True)
    found: dict[str, dict[str, list[raekker.Row]]] = {}
    for where, row in lines:
        section = rammer.get(raekker.text(row[source]))
        name = _name(row, by_committee and section in _BY_COMMITTEE) if section else ""
        if section not in AFSNIT:
            said = f"{source} kan ikke være »{raekker.text(row[source])}«"
            faults.append(Fault(f"{said}. {nearest(raekker.text(row[source]), rammer)}", where))
        elif not name:
            faults.append(Fault("navnet mangler; udfyld navn, udvalg eller bevilling", where))
        else:
            found.setdefault(section, {}).setdefault(name, []).append(row)
    raekker.refuse(rows, what, faults)
    return {section: {name: _added(same, columns) for name, same in names.items()} for section, names in found.items()}


def _name(row: raekker.Row, by_committee: bool) -> str:
    order = ("navn", "udvalg", "bevilling") if by_committee else ("navn", "bevilling", "udvalg")
    return next((name for name in (raekker.text(row.get(column)) for column in order) if name), "")


def _added(rows: Sequence[Mapping[Any, Any]], columns: Sequence[str]) -> dict[str, Decimal | None]:
    sums = {name: raekker.known if name in SUM_AF_KENDTE else raekker.all_or_none for name in columns}
    return {name: add(raekker.amount(row[name]) for row in rows) for name, add in sums.items()}


def _line(
    key: str, text: str, kind: str, amounts: Mapping[str, Decimal | None], parts: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {"noegle": key, "linje": text, "slags": kind, **amounts, "dele": parts}
