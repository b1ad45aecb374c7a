"""How one cell of a ledger is read, strictly: the authority that the fast columns of `arrays` must agree with.

Amounts become whole øre, dates `date`, and a row that is no posting gets its reason in Danish.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from budgetanalyser import dansk
from budgetanalyser.errors import AmountError
from budgetanalyser.kilder.ledger.layout import BELOEB, BILAGSNR, DATO, SIDE, Layout, normal

MOST_OERE = 10**18  # Below it nine amounts still add up in 64 bits; ten quadrillion kroner is no posting.
BLANKS = " \t\u00a0\u202f\u2009"

_TOTAL = re.compile(r"(i ?alt|total(t|en)?|hovedtotal|sub-?total|sum|samlet|samlet sum)( i?\s*kr\.?)?[:.]?")
TOTAL_FIRST = r"^\s*\**\s*(i ?alt|totalt?|hovedtotal|sub-?total|sum|samlet( sum)?)(\s.*|[:.].*)?$"
_TOTAL_FIRST = re.compile(TOTAL_FIRST, re.DOTALL)
_ORNAMENT = re.compile(r"[-=_+*|;,\s]*[-=_]{3}[-=_+*|;,\s]*")
_DATES = {
    "dd-mm-yyyy": r"(?P<d>\d\d)-(?P<m>\d\d)-(?P<y>\d{4})",
    "dd.mm.yyyy": r"(?P<d>\d\d)\.(?P<m>\d\d)\.(?P<y>\d{4})",
    "dd/mm/yyyy": r"(?P<d>\d\d)/(?P<m>\d\d)/(?P<y>\d{4})",
    "yyyy-mm-dd": r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)",
    "ddmmyyyy": r"(?P<d>\d\d)(?P<m>\d\d)(?P<y>\d{4})",
    "yyyymmdd": r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)",
    "yyyy": r"(?P<y>\d{4})",
    "yyyyKk": r"(?P<y>\d{4})K(?P<k>[1-4])",
    "yyyy-mm": r"(?P<y>\d{4})-(?P<m>\d\d)",
}
DATE_PATTERNS = {name: re.compile(pattern, re.ASCII) for name, pattern in _DATES.items()}
COMPUTERS_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]{1,2})?-?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_SPECIAL = re.compile(
    r"(?:p(?:er(?:iode|\.)?)?\s*)?0*(?P<p>1[3-6])(?:[.,]0+)?"
    r"|(?P<y>\d{4})[-./P ]?0?(?P<q>1[3-6])|0?(?P<r>1[3-6])[-./ ](?P<z>\d{4})",
    re.ASCII | re.IGNORECASE,
)


def oere(text: str, layout: Layout) -> int:
    """Return an amount of at most two decimals, or none where the unit is øre, in øre.

    Raises:
        ValueError: With the reason in Danish.
    """
    if layout.decimaltegn == ".":
        text = _with_comma(text)
    try:
        number = dansk.parse_beloeb(text, brackets=False)
    except AmountError as error:
        raise ValueError(error.reason) from None
    decimals = -int(number.as_tuple().exponent)
    if layout.enhed == "øre" and decimals:
        raise ValueError("beløb i øre har ingen decimaler")
    if decimals > 2:
        raise ValueError("der er mere end to decimaler")
    result = int(number) if layout.enhed == "øre" else int(number.scaleb(2)) * layout.factor
    if abs(result) >= MOST_OERE:
        raise ValueError("beløbet er for stort til at være en postering")
    return result


def _with_comma(text: str) -> str:
    if not COMPUTERS_NUMBER.fullmatch(text):
        raise ValueError("beløbet er ikke skrevet som 1234.50, som layoutet siger")
    return text.replace(".", ",")


def day(text: str, formats: Sequence[str]) -> date:
    """Return a date in one of the declared formats; a year or a quarter is its last day.

    Raises:
        ValueError: With the reason in Danish.
    """
    for name in formats:
        if match := DATE_PATTERNS[name].fullmatch(text):
            return _day(match.groupdict())
    if not text:
        raise ValueError("datoen mangler")
    if re.fullmatch(r"\d{1,2}[-./]\d{1,2}[-./]\d\d", text, re.ASCII):
        raise ValueError("årstallet har kun to cifre")
    raise ValueError(f"datoen er ikke skrevet som {' eller '.join(formats)}")


def _day(parts: dict[str, str | None]) -> date:
    year = int(parts["y"] or 0)
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(f"årstallet {year} ligger uden for {_FIRST_YEAR}-{_LAST_YEAR}")
    month = int(parts.get("m") or 3 * int(parts.get("k") or 4))
    try:
        last = calendar.monthrange(year, month)[1]
        return date(year, month, int(parts.get("d") or last))
    except (ValueError, IndexError):
        raise ValueError("datoen findes ikke") from None


def special_period(text: str) -> tuple[int | None, int] | None:
    """Return year and number of a period 13-16 (supplement), or None for an ordinary one.

    The year is None where the file does not say it; such a period belongs to the year just ended when it is posted in
    the first half of the next.
    """
    match = _SPECIAL.fullmatch(text)
    if match is None:
        return None
    number = int(match["p"] or match["q"] or match["r"])
    said = match["y"] or match["z"]
    return (int(said) if said else None, number)


@dataclass(frozen=True)
class Plan:
    """A layout met with the header of a file: `places` are the columns by canonical name, `headers` all of them."""

    layout: Layout
    headers: tuple[str, ...]
    places: dict[str, int]

    def cell(self, fields: Sequence[str], name: str) -> str:
        """Return a cell by canonical name, stripped."""
        return fields[self.places[name]].strip(BLANKS)


@dataclass(frozen=True)
class Verdict:
    """What a record is when it is no posting.

    `kind` is "tom" (blank or ornament), "sum" (a marked sum line), "ialt" (a total line) or "afvist"; `oere` is the
    amount of a sum or total line where it can be told.
    """

    kind: str
    reason: str = ""
    oere: int | None = None


def judge(plan: Plan, fields: Sequence[str]) -> Verdict | None:
    """Return why a record is no posting, or None when it is one."""
    cells = [cell.strip(BLANKS) for cell in fields]
    filled = [cell for cell in cells if cell]
    if not filled or _ORNAMENT.fullmatch("".join(filled)):
        return Verdict("tom")
    mark = plan.layout.sumtegn
    if mark and not filled[0].strip(mark) and not _has(plan, cells, DATO):
        return Verdict("sum", oere=_total(plan, cells))
    if [normal(cell) for cell in cells] == [normal(one) for one in plan.headers]:
        return Verdict("afvist", "overskriften er gentaget inde i filen")
    reasons = _reasons(plan, cells)
    if not reasons:
        is_word = _TOTAL_FIRST.match(_has(plan, cells, BILAGSNR).casefold())
        said = "bilagsnummeret er ordet for en sumlinje; er rækken en postering, så ret det"
        return Verdict("afvist", said) if is_word else None
    has_word = _TOTAL_FIRST.match(filled[0].casefold()) or any(_TOTAL.fullmatch(cell.casefold()) for cell in filled)
    if has_word and _may_be_total(plan, cells):
        return Verdict("ialt", "sumlinje inde i filen", _total(plan, cells))
    return Verdict("afvist", "; ".join(reasons))


def _may_be_total(plan: Plan, cells: Sequence[str]) -> bool:
    """Whether a record has neither voucher nor date of its own, as a posting would, even a faulty one."""
    if len(cells) != len(plan.headers):
        return True
    own = (_has(plan, cells, name).casefold() for name in (BILAGSNR, DATO))
    return all(not cell or _TOTAL_FIRST.match(cell) for cell in own)


def _has(plan: Plan, cells: Sequence[str], name: str) -> str:
    place = plan.places.get(name)
    return cells[place] if place is not None and place < len(cells) else ""


def _total(plan: Plan, cells: Sequence[str]) -> int | None:
    """Return the amount of a total line: that of its column, or the only amount there is."""
    place = plan.places[BELOEB]
    found = [cells[place]] if len(cells) == len(plan.headers) and cells[place] else cells
    amounts = []
    for cell in found:
        try:
            amounts.append(oere(cell, plan.layout))
        except ValueError:
            continue
    if len(amounts) != 1:
        return None
    side = plan.layout.debet_kredit
    kredit = side and normal(_has(plan, cells, SIDE)) in {normal(word) for word in side.kredit}
    return -amounts[0] if kredit else amounts[0]


def _reasons(plan: Plan, cells: Sequence[str]) -> list[str]:
    expected = len(plan.headers)
    if len(cells) != expected:
        number = "1 felt" if len(cells) == 1 else f"{len(cells)} felter"
        return [f"der er {number}, men overskriften har {expected}"]
    reasons = []
    try:
        day(plan.cell(cells, DATO), plan.layout.datoformater)
    except ValueError as error:
        reasons.append(f"dato: {error}")
    for name in plan.layout.never_empty():
        if name in plan.places and not plan.cell(cells, name):
            reasons.append(f"{plan.headers[plan.places[name]].strip()}: feltet er tomt")
    for one in plan.layout.filtre:
        place = place_of(plan, one.kolonne)
        if place is not None and one.refuses(cells[place]):
            reasons.append(f"{one.aarsag} ({plan.headers[place].strip()} er »{cells[place][:40]}«)")
    return [*reasons, *_amount_reasons(plan, cells)]


def _amount_reasons(plan: Plan, cells: Sequence[str]) -> list[str]:
    reasons = []
    text = plan.cell(cells, BELOEB)
    try:
        oere(text, plan.layout)
        if not may_be_signed(plan.layout) and is_signed(text):
            reasons.append("beløb: der er fortegn, men fortegnet skal stå i kolonnen med debet og kredit")
    except ValueError as error:
        reasons.append(f"beløb: {error}")
    if plan.layout.debet_kredit and not side_of(plan.layout, plan.cell(cells, SIDE)):
        words = [*plan.layout.debet_kredit.debet, *plan.layout.debet_kredit.kredit]
        reasons.append(
            f"{plan.headers[plan.places[SIDE]].strip()}: skal være {', '.join(words[:-1])} eller {words[-1]}"
        )
    return reasons


def is_signed(text: str) -> bool:
    """Return whether an amount has a sign, before or after."""
    return text.strip("+-\u2212") != text


def may_be_signed(layout: Layout) -> bool:
    """Return whether an amount may have a sign."""
    return layout.debet_kredit is None or layout.debet_kredit.fortegn


def side_of(layout: Layout, word: str) -> int:
    """Return 1 for debit, -1 for credit and 0 for any other word."""
    if layout.debet_kredit is None:
        return 1
    if normal(word) in {normal(one) for one in layout.debet_kredit.debet}:
        return 1
    return -1 if normal(word) in {normal(one) for one in layout.debet_kredit.kredit} else 0


def place_of(plan: Plan, name: str) -> int | None:
    """Return the column of a canonical name or of a header, or None."""
    if name in plan.places:
        return plan.places[name]
    headers = [normal(one) for one in plan.headers]
    return headers.index(normal(name)) if normal(name) in headers else None
