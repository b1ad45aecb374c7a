"""Kontoplan: municipal account numbers taken apart, checked, and placed under an appropriation by the local mapping.

The chart of accounts is the ministry's (Budget- og regnskabssystem for kommuner); which appropriation, committee and
frame an account belongs to is the municipality's own, and comes as a table (»konteringsnøgle«). Account numbers are
always text, as a leading zero is part of them. Amounts are not judged here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.errors import BudgetanalyseError, Fault, PosterError, ValueUseError, file_of

HOVEDKONTI = {
    "0": "Byudvikling, bolig- og miljøforanstaltninger",
    "1": "Forsyningsvirksomheder m.v.",
    "2": "Transport og infrastruktur",
    "3": "Undervisning og kultur",
    "4": "Sundhedsområdet",
    "5": "Sociale opgaver og beskæftigelse",
    "6": "Fællesudgifter og administration",
    "7": "Renter, tilskud, udligning og skatter",
    "8": "Balanceforskydninger",
    "9": "Balance",
}
DRANST = {
    "1": "Drift",
    "2": "Statsrefusion",
    "3": "Anlæg",
    "4": "Renter",
    "5": "Finansforskydninger",
    "6": "Afdrag på lån",
    "7": "Finansiering",
}
EJERFORHOLD = {
    "0": "Ikke angivet",
    "1": "Egne",
    "2": "Selvejende/private",
    "3": "Andre offentlige myndigheder",
    "4": "Private leverandører af ikke-momsbelagte tjenesteydelser",
}
# The columns that together say which account a row is on; a table may lack all but the first.
KONTO = ("funktion", "dranst", "ejerforhold", "gruppering")
TILHOER = ("bevilling", "politikomraade", "udvalg", "ramme")

_FUNKTION = re.compile(r"([0-9])([0-9]{2})([0-9]{2})")
_COMPACT = re.compile(r"([0-9]{5})(?:([0-9])(?:([0-9])(?:([0-9]{3})([0-9]{2})?)?)?)?")
_REGKC = re.compile(r"([0-9])([0-9]{5})([0-9]{3})")
_SHAPES = {
    "dranst": re.compile(r"[0-9]"),
    "ejerforhold": re.compile(r"[0-9]"),
    "gruppering": re.compile(r"[0-9]{3}"),
    "art": re.compile(r"[0-9]{1,2}"),
}


class KontoError(BudgetanalyseError, ValueError):
    """A text is not an account number. `text` is the text, `reason` Danish without a full stop."""

    def __init__(self, text: str, reason: str) -> None:
        self.text = text
        self.reason = reason
        super().__init__(f"»{text}« kan ikke læses som et kontonummer: {reason}.")


class HenfoerError(PosterError):
    """Accounts belong to no appropriation, or to several. `konti` has a row for each: its parts, amount and rows."""

    def __init__(self, path: object, faults: Iterable[Fault], konti: pd.DataFrame) -> None:
        self.konti = konti
        super().__init__(path, faults)


@dataclass(frozen=True)
class Konto:
    """An account number in its parts, all text with their zeros; "" where the number does not say.

    Attributes:
        hovedkonto: One digit.
        hovedfunktion: Two digits, "22" of 0.22.01.
        funktion: The whole function without dots: "02201".
        dranst, ejerforhold: One digit.
        gruppering: Three digits.
        art: One or two digits, without a dot: "49" of 4.9.
    """

    hovedkonto: str
    hovedfunktion: str
    funktion: str
    dranst: str = ""
    ejerforhold: str = ""
    gruppering: str = ""
    art: str = ""

    def __str__(self) -> str:
        tail = [self.dranst, self.ejerforhold, self.gruppering, self.art]
        while tail and not tail[-1]:
            tail.pop()
        return ".".join([funktion_med_punktum(self.funktion), *tail])

    @property
    def hovedkonto_navn(self) -> str:
        """The name of the hovedkonto."""
        return HOVEDKONTI[self.hovedkonto]

    @property
    def dranst_navn(self) -> str:
        """The name of the dranst; "" where the number does not say it, or says one that is unknown."""
        return DRANST.get(self.dranst, "")


def parse(text: str, *, statbank: bool = False) -> Konto:
    """Take an account number apart.

    Args:
        text: "3.22.01.1.1.002.49" (hovedkonto, hovedfunktion, funktion, dranst, ejerforhold, gruppering, art; those
            after the function may be left out from the end, or be empty; ejerforhold may be left out before a
            gruppering of three digits), or its digits in one: 5, 6, 7, 10 or 12 of them. A gruppering may follow a
            dash: "0.22.01.1-001". `…` or `*` at the end, as in a heading, is passed over.
        statbank: Read as StatBank writes it: "2201" and "2201.0" are 0.22.01, and nine digits are its key of dranst,
            function and gruppering.

    Raises:
        KontoError: With the reason in Danish.

    Example:
        >>> parse("0.22.01").funktion
        '02201'
    """
    if not isinstance(text, str):
        raise KontoError(str(text), "det er ikke en tekst; læs kontonumre som tekst, så nuller foran bliver stående")
    body = re.sub(r"\.?[…*]$", "", text.strip()).replace("-", ".")
    if not body:
        raise KontoError(text, "feltet er tomt")
    if statbank:
        return _of_statbank(text, body)
    if "." in body:
        return _of_dotted(text, body)
    if found := _COMPACT.fullmatch(body):
        return _konto(found[1], *(part or "" for part in found.groups()[1:]))
    hint = "; er det StatBanks skrivemåde, mangler der et nul foran" if re.fullmatch("[0-9]{4}", body) else ""
    raise KontoError(text, f"uden punktummer skal der være 5, 6, 7, 10 eller 12 cifre{hint}")


def funktion_med_punktum(funktion: str) -> str:
    """Return a function as people write it: "02201" is "0.22.01". What is not five digits is returned as it is."""
    found = _FUNKTION.fullmatch(funktion)
    return ".".join(found.groups()) if found else funktion


def check(frame: pd.DataFrame, *, funktioner: Collection[str] | None = None) -> pd.DataFrame:
    """Return what is wrong with the accounts of a table. Nothing is corrected.

    Args:
        frame: One posting or sum a row: `funktion` (text), and of `dranst`, `ejerforhold`, `gruppering`, `beloeb_kr`
            those there are. An empty ejerforhold or gruppering is fine; an empty dranst is not.
        funktioner: The functions authorised that year, with or without dots; None means not known.

    Returns:
        A row for each fault of each value: `felt`, `vaerdi`, `fund` (Danish), `linjer` (rows), `foerste` (index of the
        first) and `beloeb_kr` (their sum; None where the table has no amounts).
    """
    if "funktion" not in frame:
        raise PosterError(file_of(frame, "tabellen"), [Fault("kolonnen »funktion« mangler; tilføj den")])
    known = None if funktioner is None else {_plain(name) for name in funktioner}
    tests: dict[str, Callable[[str], str]] = {
        "funktion": lambda value: _wrong_funktion(value, known),
        "dranst": lambda value: "" if value in DRANST else "dranst skal være 1-7",
        "ejerforhold": lambda value: "" if value in ("", *EJERFORHOLD) else "ejerforhold skal være 0-4",
        "gruppering": lambda value: (
            "" if not value or re.fullmatch("[0-9]{3}", value) else "gruppering skal have tre cifre"
        ),
    }
    amounts = list(frame["beloeb_kr"]) if "beloeb_kr" in frame else None
    made = []
    for field, why in tests.items():
        if field not in frame:
            continue
        places: dict[str, list[int]] = {}
        for place, value in enumerate(frame[field]):
            places.setdefault(_cell(value), []).append(place)
        for value, found in places.items():
            if said := why(value):
                total = None if amounts is None else sum((amounts[place] for place in found), Decimal(0))
                made.append((field, value, said, len(found), frame.index[found[0]], total))
    return pd.DataFrame(made, columns=["felt", "vaerdi", "fund", "linjer", "foerste", "beloeb_kr"], dtype=object)


def henfoer(frame: pd.DataFrame, mapping: pd.DataFrame, *, dato: date) -> pd.DataFrame:
    """Place each row of a table under its appropriation.

    Args:
        frame: One posting, sum or budget post a row: `funktion` (text, with or without dots), `beloeb_kr` (Decimal),
            and of `dranst`, `ejerforhold`, `gruppering` those there are.
        mapping: The konteringsnøgle, a rule a row: `funktion, dranst, ejerforhold, gruppering` (empty = any, a
            trailing `*` = begins with, else exactly), `bevilling, politikomraade, udvalg, ramme`, and `gyldig_fra,
            gyldig_til` (dates, both inclusive; empty = open), where there are such.
        dato: The day whose rules hold: the cut-off date.

    Returns:
        The table with `bevilling`, `politikomraade`, `udvalg` and `ramme` added; same index and order.

    Raises:
        HenfoerError: Accounts that no rule or more than one rule takes, all of them with their amounts.
        PosterError: The rules themselves are wrong: see `check_mapping`. Or the table lacks a column.
    """
    for table, what in ((frame, "tabellen"), (mapping, "konteringsnøglen")):
        _require_texts(table, what)
    check_mapping(mapping)
    lacking = [name for name in ("funktion", "beloeb_kr") if name not in frame]
    if lacking:
        raise PosterError(file_of(frame, "tabellen"), [Fault(f"kolonnen »{name}« mangler") for name in lacking])
    accounts = _accounts(frame)
    rules = _Rules(mapping, _as_date(dato))
    takers = {account: rules.takers(account) for account in dict.fromkeys(accounts)}
    if wrong := {account: found for account, found in takers.items() if len(found) != 1}:
        raise _henfoer_error(frame, mapping, accounts, wrong, _as_date(dato))
    places = [rules.place(takers[account][0]) for account in accounts]
    added = {name: pd.Series([place[name] for place in places], index=frame.index, dtype=object) for name in TILHOER}
    return frame.assign(**added)


def check_mapping(mapping: pd.DataFrame) -> None:
    """Check that the rules of a konteringsnøgle make sense by themselves.

    Raises:
        PosterError: A column is missing, a rule has no bevilling, a `*` stands elsewhere than last, a validity ends
            before it begins, or the same account stands twice with overlapping validity; all faults with their lines.
    """
    path = file_of(mapping, "konteringsnøglen")
    if missing := [name for name in (*KONTO, *TILHOER) if name not in mapping]:
        raise PosterError(path, [Fault(f"kolonnen »{name}« mangler; tilføj den") for name in missing])
    faults: list[Fault] = []
    seen: dict[tuple[str, ...], list[tuple[date, date, object]]] = {}
    for line, row in zip(mapping.index, mapping.to_dict("records"), strict=True):
        where = f"linje {line}"
        texts = _rule_faults(row)
        faults += [Fault(text, where) for text in texts]
        if texts:
            continue
        first, last = _validity(row)
        pattern = tuple(_plain(row[name]) for name in KONTO)
        faults += [
            Fault(f"kontoen {_told(pattern)} står også i linje {other}, og gyldigheden overlapper", where)
            for begin, end, other in seen.get(pattern, [])
            if first <= end and begin <= last
        ]
        seen.setdefault(pattern, []).append((first, last, line))
    if faults:
        raise PosterError(path, faults)


def _rule_faults(row: Mapping[Hashable, Any]) -> list[str]:
    texts = [] if _cell(row["bevilling"]) else ["bevilling mangler; udfyld den"]
    patterns = {name: _cell(row[name]) for name in KONTO}
    texts += [f"{name} er »{text}«; * må kun stå sidst" for name, text in patterns.items() if "*" in text[:-1]]
    try:
        first, last = _validity(row)
    except TypeError:
        return [*texts, "gyldig_fra og gyldig_til skal være datoer eller tomme"]
    return texts + (["gyldig_til ligger før gyldig_fra"] if last < first else [])


class _Rules:
    """The rules in force on one day, found by function."""

    def __init__(self, mapping: pd.DataFrame, day: date) -> None:
        rows = list(zip(mapping.index, mapping.to_dict("records"), strict=True))
        self._places = {line: row for line, row in rows}
        self._exact: dict[str, list[tuple[Any, tuple[str, ...]]]] = {}
        self._other: list[tuple[Any, tuple[str, ...]]] = []
        for line, row in rows:
            first, last = _validity(row)
            if first <= day <= last:
                pattern = tuple(_plain(row[name]) for name in KONTO)
                is_exact = pattern[0] and not pattern[0].endswith("*")
                (self._exact.setdefault(pattern[0], []) if is_exact else self._other).append((line, pattern))

    def takers(self, account: tuple[str, ...]) -> list[Any]:
        """Return the lines of the rules that take an account."""
        near = self._exact.get(account[0], []) + self._other
        return [line for line, pattern in near if all(map(_takes, pattern, account))]

    def place(self, line: Any) -> dict[str, str]:
        """Return where the rule of a line places an account."""
        return {name: _cell(self._places[line][name]) for name in TILHOER}


def _takes(pattern: str, value: str) -> bool:
    if pattern.endswith("*"):
        return value.startswith(pattern[:-1])
    return not pattern or pattern == value


def _henfoer_error(
    frame: pd.DataFrame,
    mapping: pd.DataFrame,
    accounts: list[tuple[str, ...]],
    wrong: Mapping[tuple[str, ...], list[Any]],
    day: date,
) -> HenfoerError:
    sums: dict[tuple[str, ...], list[Decimal]] = {account: [] for account in wrong}
    for account, amount in zip(accounts, frame["beloeb_kr"], strict=True):
        if account in sums:
            sums[account].append(amount)
    made, faults = [], []
    for account in sorted(wrong):
        lines, total = wrong[account], sum(sums[account], Decimal(0))
        found = (
            f"hører til flere linjer på én gang: {dansk.opremsning([str(line) for line in lines])}"
            if lines
            else "hører ingen steder til"
        )
        rows = f"{len(sums[account])} {'linje' if len(sums[account]) == 1 else 'linjer'}"
        faults.append(Fault(f"{_told(account)} ({dansk.kr(total, 2)} i {rows}) {found}"))
        made.append(
            {**dict(zip(KONTO, account, strict=True)), "beloeb_kr": total, "linjer": len(sums[account]), "fund": found}
        )
    path = f"{file_of(mapping, 'konteringsnøglen')} (gældende {dansk.dato(day)})"
    return HenfoerError(path, faults, pd.DataFrame(made, columns=[*KONTO, "beloeb_kr", "linjer", "fund"], dtype=object))


def _require_texts(frame: pd.DataFrame, what: str) -> None:
    """Refuse numbers where codes must be, column by column: a number has lost the zeros before it."""
    wrong = [
        name
        for name in KONTO
        if name in frame and any(isinstance(value, int | float) and not pd.isna(value) for value in frame[name])
    ]
    if wrong:
        said = 'er læst som tal, så nuller foran er tabt; skriv type = "tekst" ved den i kildefilen'
        raise PosterError(file_of(frame, what), [Fault(f"kolonnen »{name}« {said}") for name in wrong])


def _accounts(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    blank = [""] * len(frame)
    columns = [[_plain(value) for value in frame[name]] if name in frame else blank for name in KONTO]
    return list(zip(*columns, strict=True))


def _told(account: tuple[str, ...]) -> str:
    parts = [funktion_med_punktum(account[0]) or "alle funktioner"]
    parts += [f"{name} {value}" for name, value in zip(KONTO[1:], account[1:], strict=True) if value]
    return ", ".join(parts)


def _wrong_funktion(value: str, known: Collection[str] | None) -> str:
    digits = _plain(value)
    if not _FUNKTION.fullmatch(digits):
        return "funktionen skal have fem cifre, som 3.22.01; læs den som tekst"
    return "" if known is None or digits in known else "funktionen findes ikke i kontoplanen"


def _of_statbank(text: str, body: str) -> Konto:
    digits = body.removesuffix(".0")
    if found := _REGKC.fullmatch(digits):
        return _konto(found[2], found[1], "", found[3])
    if re.fullmatch("[0-9]{4,5}", digits):
        return _konto(digits.zfill(5))
    raise KontoError(text, "StatBank skriver funktionen med fire eller fem cifre, eller en nøgle med ni")


def _of_dotted(text: str, body: str) -> Konto:
    head, *rest = re.split(r"(?<=^[0-9]\.[0-9]{2}\.[0-9]{2})\.", body, maxsplit=1)
    if not re.fullmatch(r"[0-9]\.[0-9]{2}\.[0-9]{2}", head):
        raise KontoError(text, "funktionen skrives med et, to og to cifre, som 3.22.01")
    parts = rest[0].split(".") if rest else []
    if len(parts) > 1 and len(parts[1]) == len("001"):
        parts.insert(1, "")
    if len(parts) == len(_SHAPES) + 1 and len(parts[-1]) == len(parts[-2]) == 1:
        parts[-2:] = [parts[-2] + parts[-1]]
    if len(parts) > len(_SHAPES):
        raise KontoError(text, "der er for mange led")
    for (name, shape), part in zip(_SHAPES.items(), parts, strict=False):
        if part and not shape.fullmatch(part):
            raise KontoError(text, f"{name} kan ikke være »{part}«")
    return _konto(head.replace(".", ""), *parts)


def _konto(funktion: str, dranst: str = "", ejerforhold: str = "", gruppering: str = "", art: str = "") -> Konto:
    return Konto(funktion[0], funktion[1:3], funktion, dranst, ejerforhold, gruppering, art)


def _cell(value: Any) -> str:
    if value is None or (not isinstance(value, str) and bool(pd.isna(value))):
        return ""
    if not isinstance(value, str):
        raise ValueUseError(f"Kontonumre og navne skal være tekst, ikke {value!r}; ellers går nuller foran tabt.")
    return " ".join(value.split())


def _plain(value: object) -> str:
    return _cell(value).replace(".", "")


def _validity(row: Mapping[Hashable, Any]) -> tuple[date, date]:
    first, last = row.get("gyldig_fra"), row.get("gyldig_til")
    return (
        date.min if first is None or pd.isna(first) else _as_date(first),
        date.max if last is None or pd.isna(last) else _as_date(last),
    )


def _as_date(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if not isinstance(value, date):
        raise TypeError(f"En dato skal være en dato, ikke {value!r}.")
    return value
