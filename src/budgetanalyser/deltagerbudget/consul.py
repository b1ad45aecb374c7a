"""An election from the files of a Consul Democracy budget: the export, the public result page and paper ballots.

The export has the proposals and their prices, the page the votes and the winners; they are joined by id, else by title.
Consul publishes no ballots, so the election has totals only. The files are read in `kilder.consul`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.deltagerbudget import stemmesedler
from budgetanalyser.deltagerbudget.valg import Election, Finding
from budgetanalyser.errors import BudgetanalyseError, Fault, KildeError, SeveralError
from budgetanalyser.kilder import consul as filer

RULE = "flest_stemmer"
# Of the election in messages; files and folders have their kind's name and never their own, which could be a person's.
FIL = "Consuls filer"

_Paper = list[tuple[str, tuple[str, ...]]]
_Read = TypeVar("_Read")


@dataclass(frozen=True)
class _Parts:
    """The files of a budget, read."""

    eksport: pd.DataFrame
    resultat: filer.Resultat | None
    papir: list[tuple[str, _Paper]]


def read_consul(folder: Path, *, budget: Decimal | None = None, ballot_type: str = "knapsack") -> Election:
    """Return the election that a folder of Consul's files tells.

    Args:
        folder: One export, at most one result page and any number of files of paper ballots (`kilder.consul.find`).
        budget: Kroner that can be given; by default what the result page says.
        ballot_type: "knapsack" or "approval", as the budget was set up.

    Returns:
        The proposals on the ballot, in the order of the export. Columns `pris_kr`, `navn`, `omraade`, `stoette`
        (support before the vote, never the vote), `stemmer` and `valgt` (None without a page), and with paper ballots
        `papir` (on how many of them). `meta` has as text the numbers `indsendt`, `godkendt` (feasible),
        `ikke_gennemfoerlige`, `under_behandling`, `paa_stemmesedlen`, `godkendt_ikke_valgt`, and `papir`.

    Raises:
        KildeError: A file that cannot be used, a title that cannot be joined, or no budget.
        SeveralError: The faults of several files.

    Source: OS2Consul's exporter (`custom/models/budget/investment/exporter.rb`), `budgets.yml` and `admin.yml`.
    """
    parts = _read(filer.find(folder))
    chosen = parts.eksport[parts.eksport["paa_stemmesedlen"].astype(bool)]
    joined = _joined(chosen, parts)
    projects, findings = _projects(chosen, joined)
    amount, told = _budget(budget, parts.resultat)
    most_kr = amount if ballot_type == "knapsack" else None
    paper, found = _paper(parts, projects, most_kr)
    if paper is not None:
        projects["papir"] = pd.Series(paper, index=projects.index, dtype=object)
    return Election(
        projects=projects,
        budget=amount,
        ballot_type=ballot_type,
        rule=RULE,
        most_kr=most_kr,
        meta={**_funnel(parts.eksport), **_paper_meta(parts)},
        findings=(*_read_findings(parts, chosen), *findings, *found, *told),
        fil=FIL,
    )


RESULT_COLUMNS = ("projekt", "navn", "pris_kr", "stemmer", "valgt", "omraade")
_TEXT_COLUMNS = ("navn", "omraade")


def resultattabel(election: Election) -> pd.DataFrame:
    """Return an election of Consul's as a table that may lie in `data/raw/`: no names of people in it.

    Returns:
        `RESULT_COLUMNS`, one row a project on the ballot; None where the files do not say. A text that a spreadsheet
        would take for a formula has an apostrophe in front.
    """
    table = election.projects.rename_axis("projekt").reset_index()
    for name in _TEXT_COLUMNS:
        table[name] = table[name].map(dansk.escaped)
    return table.reindex(columns=list(RESULT_COLUMNS)).astype(object).where(lambda cells: cells.notna(), None)


def _read(found: filer.Filer) -> _Parts:
    errors: list[BudgetanalyseError] = []
    eksport = _attempt(errors, filer.read_export, found.eksport)
    resultat = _attempt(errors, filer.read_result, found.resultat) if found.resultat else None
    names = [f"papirstemmer {number}" for number in range(1, len(found.papir) + 1)]
    papir = [
        (name, _attempt(errors, partial(filer.read_offline, fil=name), path))
        for name, path in zip(names, found.papir, strict=True)
    ]
    if errors or eksport is None:
        raise errors[0] if len(errors) == 1 else SeveralError(errors)
    return _Parts(eksport, resultat, [(name, ballots or []) for name, ballots in papir])


def _attempt(errors: list[BudgetanalyseError], read: Callable[[Path], _Read], path: Path) -> _Read | None:
    try:
        return read(path)
    except BudgetanalyseError as error:
        errors.append(error)
        return None


def _joined(chosen: pd.DataFrame, parts: _Parts) -> dict[str, dict[Hashable, Any]]:
    """Return the result page's row of each project on the ballot.

    Raises:
        KildeError: A row of the page that is not one project on the ballot, or a project that has two rows.
    """
    if parts.resultat is None:
        return {}
    faults = []
    found: dict[str, dict[Hashable, Any]] = {}
    for line, row in _rows(parts.resultat.tabel):
        ids = _ids_of(chosen, row)
        if len(ids) != 1:
            faults.append(Fault(_not_one(parts.eksport, row, ids), f"linje {line}"))
        elif ids[0] in found:
            faults.append(Fault(f"projekt {ids[0]} står allerede på siden", f"linje {line}"))
        else:
            found[ids[0]] = row
    if faults:
        raise KildeError(filer.RESULTATSIDEN, faults)
    return found


def _rows(table: pd.DataFrame) -> Iterator[tuple[int, dict[Hashable, Any]]]:
    """Yield each row with its line; a page may have several on one."""
    return zip(table.index, table.to_dict("records"), strict=True)


def _ids_of(table: pd.DataFrame, row: dict[Hashable, Any]) -> list[str]:
    if row["projekt"] is not None:
        return [one for one in table["projekt"] if one == row["projekt"]]
    wanted = filer.key(row["navn"])
    return [one for one, navn in zip(table["projekt"], table["navn"], strict=True) if filer.key(navn) == wanted]


def _not_one(eksport: pd.DataFrame, row: dict[Hashable, Any], ids: list[str]) -> str:
    if ids:
        listed = dansk.opremsning(ids)
        return f"titlen har flere forslag på stemmesedlen ({listed}); føj en kolonne ID til resultatsiden"
    if _ids_of(eksport, row):
        return "forslaget er i eksporten ikke valgt til afstemningen; hent eksporten igen, eller ret siden"
    what = "titlen" if row["projekt"] is None else "projektets id"
    return f"{what} findes ikke i eksporten; hører siden og eksporten til samme budget?"


def _projects(chosen: pd.DataFrame, joined: dict[str, dict[Hashable, Any]]) -> tuple[pd.DataFrame, list[Finding]]:
    findings: list[Finding] = []
    faults = []
    rows = []
    for line, own in _rows(chosen):
        published = joined.get(own["projekt"], {})
        findings += _differences(own, published, bool(joined))
        price = own["pris_kr"] if own["pris_kr"] is not None else published.get("pris_kr")
        if price is None:
            said = f"forslaget er på stemmesedlen, men eksporten siger »{own['gennemfoerlighed']}« og ingen pris"
            faults.append(Fault(said, f"linje {line}, kolonne Gennemførlighed"))
        rows.append(_project(own, published, price))
    if not rows:
        faults.append(Fault("intet forslag er valgt til afstemningen (kolonnen Valgt er Nej i alle linjer)"))
    if faults:
        raise KildeError(filer.EKSPORTEN, faults)
    index = pd.Index(list(chosen["projekt"]), name="projekt", dtype=object)
    return pd.DataFrame(rows, index=index, dtype=object), findings


def _project(own: dict[Hashable, Any], published: dict[Hashable, Any], price: Decimal | None) -> dict[str, Any]:
    return {
        "pris_kr": price,
        "navn": own["navn"],
        "omraade": own["omraade"],
        "stoette": own["stoette"],
        "stemmer": published.get("stemmer"),
        "valgt": published.get("valgt"),
    }


def _differences(own: dict[Hashable, Any], published: dict[Hashable, Any], has_page: bool) -> list[Finding]:
    """Return what the export and the page say differently of one project."""
    texts = []
    if has_page and not published:
        texts.append("står ikke på resultatsiden, så stemmerne er ukendte; blev »Vis alle« valgt, før siden blev gemt?")
    elif published:
        texts += _price_text(own["pris_kr"], published["pris_kr"])
        if filer.key(published["navn"]) != filer.key(own["navn"]):
            texts.append("eksporten og resultatsiden har hver sin titel; her bruges eksportens")
        if published["uforenelig"]:
            texts.append("resultatsiden fører det som uforeneligt, så det kunne ikke vinde")
    if own["gennemfoerlighed"] != filer.KAN:
        texts.append(f"er på stemmesedlen, selv om eksporten siger »{own['gennemfoerlighed']}«")
    name = own["projekt"]
    return [Finding(f"projekt {name}", text, projekt=name) for text in texts]


def _price_text(own: Decimal | None, published: Decimal) -> list[str]:
    if own is None:
        return [f"eksporten har ingen pris; her regnes med resultatsidens {_kr(published)}"]
    if own != published:
        return [f"eksporten siger {_kr(own)}, resultatsiden {_kr(published)}; her regnes med eksportens"]
    return []


def _kr(amount: Decimal) -> str:
    return dansk.kr(amount, 0 if amount == amount.to_integral_value() else 2)


def _budget(given: Decimal | None, page: filer.Resultat | None) -> tuple[Decimal, list[Finding]]:
    published = page.budget_kr if page is not None else None
    amount = given if given is not None else published
    if amount is None:
        said = "beløbet, der kan fordeles, er ukendt: det er ikke angivet, og der er ingen resultatside, der siger det"
        raise KildeError(filer.FOLDER, [Fault(f"{said}; angiv budgettet i kroner")])
    if published is None or amount == published:
        return amount, []
    text = f"resultatsiden siger, at {_kr(published)} kan fordeles, men her er angivet {_kr(amount)}, som bruges"
    return amount, [Finding("budget", text)]


def _funnel(eksport: pd.DataFrame) -> dict[str, str]:
    states = Counter(eksport["gennemfoerlighed"])
    is_chosen = eksport["paa_stemmesedlen"].astype(bool)
    is_left = (eksport["gennemfoerlighed"] == filer.KAN) & ~is_chosen
    numbers = {
        "indsendt": len(eksport),
        "godkendt": states[filer.KAN],
        "ikke_gennemfoerlige": states[filer.KAN_IKKE],
        "under_behandling": states[filer.UNDER_BEHANDLING],
        "paa_stemmesedlen": int(is_chosen.sum()),
        "godkendt_ikke_valgt": int(is_left.sum()),
    }
    return {name: str(number) for name, number in numbers.items()}


def _read_findings(parts: _Parts, chosen: pd.DataFrame) -> list[Finding]:
    """Return what a reader should know of the files as such."""
    tables = [parts.eksport] if parts.resultat is None else [parts.eksport, parts.resultat.tabel]
    found = [
        Finding(table.attrs["fil"], "filen er i tegnsættet cp1252, ikke utf-8; se efter, at æ, ø og å er rigtige")
        for table in tables
        if table.attrs["tegnsaet"] != "utf-8"
    ]
    if parts.eksport.attrs["skilletegn"] != ",":
        text = "der er ikke komma mellem cellerne, som Consul skriver; filen er gemt igen af et andet program"
        found.append(Finding(parts.eksport.attrs["fil"], text))
    if (areas := chosen["omraade"].nunique()) > 1:
        text = f"stemmesedlen dækker {dansk.antal(areas)} områder; Consul tæller hvert område for sig"
        found.append(Finding(parts.eksport.attrs["fil"], text))
    return found


def _paper_meta(parts: _Parts) -> dict[str, str]:
    return {"papir": str(sum(len(ballots) for _, ballots in parts.papir))} if parts.papir else {}


def _paper(parts: _Parts, projects: pd.DataFrame, most_kr: Decimal | None) -> tuple[list[int] | None, list[Finding]]:
    """Return on how many paper ballots each project is, and where that is more than its published votes.

    Raises:
        KildeError: A paper ballot with a project that is not on the ballot, with one twice, or over `most_kr`; all of a
            file's at once.
        SeveralError: The faults of several files.
    """
    if not parts.papir:
        return None, []
    errors: list[BudgetanalyseError] = []
    counts = pd.Series(0, index=projects.index)
    for fil, ballots in parts.papir:
        built = _built(ballots, projects, most_kr)
        if faults := [*_unknown(ballots, projects), *built.faults]:
            order = {where: at for at, (where, _) in enumerate(ballots)}
            faults.sort(key=lambda fault: order[fault.where])
            errors.append(KildeError(fil, stemmesedler.limited(faults)))
        counts += built.matrix.astype(int).sum(axis=0).A1
    if errors:
        raise errors[0] if len(errors) == 1 else SeveralError(errors)
    findings = [
        Finding(
            f"papir: projekt {name}",
            f"{paper} papirstemmer, men resultatsiden siger {said} stemmer i alt",
            projekt=name,
        )
        for name, paper, said in zip(projects.index, counts, projects["stemmer"], strict=True)
        if said is not None and paper > said
    ]
    return [int(one) for one in counts], findings


def _unknown(ballots: _Paper, projects: pd.DataFrame) -> list[Fault]:
    """Return the places of ids that are not on the ballot; what stands there is not repeated."""
    known = set(projects.index)
    return [
        Fault(f"id nummer {number} på sedlen er ikke et projekt på stemmesedlen", where)
        for where, ids in ballots
        for number, one in enumerate(ids, start=1)
        if one not in known
    ]


def _built(ballots: _Paper, projects: pd.DataFrame, most_kr: Decimal | None) -> stemmesedler.Sedler:
    """Return the paper ballots as a matrix, by the ids that are known."""
    known = set(projects.index)
    return stemmesedler.build(
        [",".join(one for one in ids if one in known) for _, ids in ballots],
        list(projects.index),
        ballot_type="approval",
        prices=list(projects["pris_kr"]),
        steder=[where for where, _ in ballots],
        most_kr=most_kr,
    )
