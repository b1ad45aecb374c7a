"""An invented municipality with a ledger: everything here is KONSTRUERET, made to show and to test the follow-up.

`budgetanalyser sample ledger --postings N MAPPE` writes it anew, byte for byte the same for the same N and seed.
The accounts look like those of the authorised chart; every amount, committee and explanation is made up.
The totals are known: each bevilling's month is drawn first, and its postings are parts that add up to it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import random
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain
from pathlib import Path

from budgetanalyser import dansk
from budgetanalyser.kroner import largest_remainder

KONSTRUERET = "KONSTRUERET"
AAR = 2026
HISTORIK = (2022, 2023, 2024, 2025)
PERIODER = {"2026-02": ("0", 2), "2026K1": ("1", 3), "2026K2": ("2", 6), "2026K3": ("3", 9)}
UDVALG = (
    "Økonomiudvalget",
    "Børne- og Ungeudvalget",
    "Social- og Sundhedsudvalget",
    "Beskæftigelsesudvalget",
    "Kultur- og Fritidsudvalget",
    "Teknik- og Miljøudvalget",
    "Plan- og Klimaudvalget",
)

# How a year's money falls on its twelve months.
PROFILER: dict[str, tuple[int, ...]] = {
    "jævn": (10,) * 12,
    "december": (8, 8, 9, 8, 8, 9, 7, 8, 9, 9, 10, 17),
    "skole": (9, 9, 9, 9, 9, 9, 6, 8, 10, 10, 10, 12),
    "kvartal": (1, 1, 26, 1, 1, 26, 1, 1, 26, 1, 1, 26),
    "sent": (2, 3, 4, 5, 6, 8, 5, 8, 11, 13, 15, 30),
    "vinter": (30, 24, 14, 2, 0, 0, 0, 0, 0, 2, 8, 30),
}


@dataclass(frozen=True)
class Bevilling:
    """A bevilling: whose it is, its accounts, and its year in mio. kr.

    `konti` are (funktion, dranst, share of the net amount); `uventet` is how far the year will end from the corrected
    budget.
    """

    navn: str
    politikomraade: str
    udvalg: int
    ramme: str
    konti: tuple[tuple[str, str, str], ...]
    oprindeligt: str
    profil: str
    uventet: str
    overfoersel: str = "0"
    tillaeg: str = "0"


def _b(navn: str, omraade: str, udvalg: int, ramme: str, konto: str, *tal: str) -> Bevilling:
    """Return a bevilling with one account, written "funktion dranst"."""
    funktion, dranst = konto.split()
    return Bevilling(navn, omraade, udvalg, ramme, ((funktion, dranst, "1"),), *tal)


BEVILLINGER = (
    _b("Administration", "Administration", 0, "service", "64551 1", "268.0", "december", "3.4", "4.2", "1.5"),
    _b("Politisk organisation", "Administration", 0, "service", "64241 1", "9.6", "jævn", "0.1"),
    _b("Skatter", "Finansiering", 0, "indtaegter", "76890 7", "-1842.0", "jævn", "0"),
    _b("Generelle tilskud", "Finansiering", 0, "indtaegter", "76280 7", "-668.0", "jævn", "-4.6"),
    _b("Renter", "Finansiering", 0, "renter", "75570 4", "11.2", "kvartal", "-1.9"),
    _b("Afdrag på lån", "Finansiering", 0, "finansiering", "85570 6", "38.5", "kvartal", "0"),
    _b("Folkeskoler", "Skoler", 1, "service", "32201 1", "486.0", "skole", "6.8", "5.6", "-1.5"),
    _b("Skolefritidsordninger", "Skoler", 1, "service", "32205 1", "52.0", "skole", "-1.1"),
    _b("Dagtilbud", "Dagtilbud", 1, "service", "52514 1", "214.0", "jævn", "-3.2", "1.8"),
    _b("Forebyggelse for børn og unge", "Børn og familier", 1, "service", "52821 1", "118.0", "december", "9.7"),
    _b("Skolebyggeri", "Anlæg", 1, "anlaeg", "32201 3", "34.0", "sent", "-12.0", "8.5"),
    _b("Ældrepleje", "Ældre", 2, "service", "53026 1", "402.0", "december", "5.1", "2.4"),
    _b("Voksne med handicap", "Voksne", 2, "service", "53850 1", "231.0", "jævn", "11.4", "0", "3.0"),
    _b("Genoptræning", "Sundhed", 2, "service", "46282 1", "31.5", "jævn", "-0.6"),
    _b("Medfinansiering af sundhedsvæsenet", "Sundhed", 2, "medfinansiering", "46281 1", "172.0", "jævn", "0"),
    _b("Refusion af dyre enkeltsager", "Voksne", 2, "refusion", "52207 2", "-21.0", "kvartal", "-2.0"),
    Bevilling(
        "Sygedagpenge",
        "Ydelser",
        3,
        "overfoersel",
        (("55771", "1", "1.6"), ("55771", "2", "-0.6")),
        "46.0",
        "jævn",
        "2.6",
    ),
    _b("Kontanthjælp", "Ydelser", 3, "overfoersel", "55773 1", "88.0", "jævn", "-4.1"),
    _b("Førtidspension", "Ydelser", 3, "overfoersel", "54866 1", "196.0", "jævn", "1.2"),
    _b("Biblioteker", "Kultur", 4, "service", "33250 1", "27.4", "december", "0.2", "0.6"),
    _b("Idræt og fritid", "Fritid", 4, "service", "03231 1", "38.2", "december", "0.9"),
    _b("Idrætsanlæg", "Anlæg", 4, "anlaeg", "03231 3", "12.0", "sent", "-4.0", "3.1"),
    _b("Veje", "Veje og trafik", 5, "service", "22811 1", "46.0", "december", "1.4"),
    _b("Vintertjeneste", "Veje og trafik", 5, "service", "22814 1", "9.5", "vinter", "2.2"),
    _b("Kollektiv trafik", "Veje og trafik", 5, "service", "23231 1", "24.0", "kvartal", "0"),
    _b("Affald", "Forsyning", 5, "brugerfinansieret", "13860 1", "1.4", "jævn", "-0.8"),
    _b("Vejanlæg", "Anlæg", 5, "anlaeg", "22822 3", "21.0", "sent", "-6.0", "2.0"),
    _b("Grønne områder", "Natur", 6, "service", "02820 1", "14.0", "december", "-0.3"),
    _b("Vandløb", "Natur", 6, "service", "04871 1", "3.2", "december", "0"),
    _b("Klimatilpasning", "Anlæg", 6, "anlaeg", "04871 3", "9.0", "sent", "-2.5", "1.2"),
)

# What the managers say: the difference from the corrected budget in mio. kr. (empty: no figure), and why.
LEDELSE: dict[str, tuple[str, str]] = {
    "Forebyggelse for børn og unge": (
        "8.8",
        "Flere anbringelser end forudsat, og to af dem er dyrere end gennemsnittet.",
    ),
    "Folkeskoler": ("", "Flere elever med specialtilbud end forudsat i budgettet."),
    "Ældrepleje": ("4.5", "Højere sygefravær og dyrere vikarer i første halvår."),
    "Skolebyggeri": ("-12.0", "Byggeriet er udskudt; pengene søges flyttet til 2027."),
    "Vejanlæg": ("-6.0", "Anlægget afventer ekspropriation og flyttes til 2027."),
    "Idrætsanlæg": ("-4.0", "Udbuddet er gået om."),
    "Generelle tilskud": ("-4.6", "Efterregulering af udligningen."),
    "Kontanthjælp": ("", "Færre ledige end forudsat."),
    "Dagtilbud": ("", "Færre børn end forudsat."),
    "Vintertjeneste": ("2.2", "Mange udkald i januar og februar."),
    "Administration": ("", "It-udgifter, der først blev betalt i 2026."),
    "Skatter": ("0", "Kommunen har valgt statsgaranti, så beløbet ligger fast."),
    "Voksne med handicap": ("", "Flere botilbud end forudsat fra 1. marts."),
    "Førtidspension": ("", "Flere tilkendelser end forudsat."),
    "Renter": ("", "Lavere rente på de variable lån."),
    "Refusion af dyre enkeltsager": ("", "Flere sager over refusionsgrænsen."),
    "Klimatilpasning": ("", "Den sidste etape udføres i 2027."),
}

# Applications: number, text, bevilling, year, kind, mio. kr., and where the money is from (empty on the appropriation).
ANSOEGNINGER: tuple[tuple[str, str, str, int, str, str, str], ...] = (
    ("1", "Flere anbringelser", "Forebyggelse for børn og unge", 2026, "drift", "6.0", ""),
    ("1", "Flere anbringelser", "", 2026, "finansiering", "-6.0", "likvide aktiver"),
    ("2", "Skolebyggeri udskydes", "Skolebyggeri", 2026, "anlæg", "-8.0", ""),
    ("2", "Skolebyggeri udskydes", "", 2026, "finansiering", "8.0", "likvide aktiver"),
    ("2", "Skolebyggeri udskydes", "Skolebyggeri", 2027, "anlæg", "8.0", ""),
    ("2", "Skolebyggeri udskydes", "", 2027, "finansiering", "-8.0", "likvide aktiver"),
    ("3", "Omplacering til specialtilbud", "Folkeskoler", 2026, "drift", "2.0", ""),
    ("3", "Omplacering til specialtilbud", "Dagtilbud", 2026, "drift", "-2.0", "omplacering"),
)

_MIO = 100_000_000  # Øre.
_TEKSTER = ("Faktura", "Løn", "Afregning", "Husleje", "Kørsel", "Materialer", "Vikar – kørsel", "Møde § 17, stk. 4")


@dataclass(frozen=True)
class Eksempel:
    """An invented year at a cut-off: øre by (bevilling, month), and the files it becomes."""

    periode: str
    maaneder: int
    forbrug: dict[tuple[str, int], int]
    historik: dict[tuple[int, str, int], int]

    def total(self) -> Decimal:
        """Return the ordinary postings of the ledger, summed, in kroner."""
        return Decimal(sum(self.forbrug.values())) / 100


def eksempel(seed: int = AAR, periode: str = "2026K3") -> Eksempel:
    """Draw the invented year up to a cut-off, and the four years before it."""
    chance = random.Random(seed)
    maaneder = PERIODER[periode][1]
    historik = {}
    forbrug = {}
    for one in BEVILLINGER:
        for year in HISTORIK:
            level = 0.975 ** (AAR - year) * (1 + chance.gauss(0, 0.012))
            profile = PROFILER["sent" if (year, one.navn) == (2022, "Ældrepleje") else one.profil]
            drawn = _months(chance, round(_oere(one.oprindeligt) * level), profile)
            historik.update({(year, one.navn, month + 1): drawn[month] for month in range(12)})
        year_end = _oere(one.oprindeligt) + _oere(one.tillaeg) + _oere(one.overfoersel) + _oere(one.uventet)
        drawn = _months(chance, year_end, PROFILER[one.profil])
        forbrug.update({(one.navn, month + 1): drawn[month] for month in range(maaneder)})
    return Eksempel(periode, maaneder, forbrug, historik)


def _oere(mio: str) -> int:
    return int(Decimal(mio) * _MIO)


def _months(chance: random.Random, total: int, profile: Sequence[int]) -> list[int]:
    weights = [share * (1 + chance.gauss(0, 0.03)) for share in profile]
    return _parts(total, weights)


def _parts(total: int, weights: Sequence[float]) -> list[int]:
    """Split a whole number by weights so that the parts add up to it."""
    whole = sum(weights)
    parts = [math.floor(total * weight / whole) for weight in weights]
    parts[-1] += total - sum(parts)
    return parts


def write(folder: Path, postings: int = 5_000, seed: int = AAR, periode: str = "2026K3") -> list[Path]:
    """Write the invented municipality: budget, history, mapping, and the period's ledger with what belongs to it.

    Args:
        folder: Where; the files of the period go into a folder named by it.
        postings: Rows of the ledger, at least some hundreds, so that every bevilling has some each month.
        seed: Same seed, same bytes.
        periode: A key of `PERIODER`.

    Returns:
        The files written, each with its sidecar beside it.

    Raises:
        ValueError: Too few postings, or an unknown period; in Danish.
    """
    if periode not in PERIODER:
        raise ValueError(f"perioden skal være en af {', '.join(PERIODER)}, men er {periode}")
    made = eksempel(seed, periode)
    fewest = 2 * sum(len(one.konti) for one in BEVILLINGER) * made.maaneder + _EXTRA
    if postings < fewest:
        raise ValueError(f"der skal være mindst {dansk.antal(fewest)} posteringer, men her er {dansk.antal(postings)}")
    inside = folder / periode
    inside.mkdir(parents=True, exist_ok=True)
    written = [_write_ledger(inside / f"{KONSTRUERET}-posteringer.csv", made, postings, seed)]
    tables = {
        folder / f"{KONSTRUERET}-budget-{AAR}.csv": _budget(),
        folder / f"{KONSTRUERET}-konteringsnoegle.csv": _noegle(),
        folder / f"{KONSTRUERET}-historik-{HISTORIK[0]}-{HISTORIK[-1]}.csv": _historik(made),
        folder / f"{KONSTRUERET}-budgetter-{HISTORIK[0]}-{HISTORIK[-1]}.csv": _budgetter(made, seed),
        folder / f"{KONSTRUERET}-opfoelgninger-{AAR}.csv": _opfoelgninger(),
        inside / f"{KONSTRUERET}-kontrol.csv": _kontrol(made, postings),
        inside / f"{KONSTRUERET}-ledelse.csv": _ledelse(),
        inside / f"{KONSTRUERET}-ansoegninger.csv": _ansoegninger(),
        inside / f"{KONSTRUERET}-sidste.csv": _sidste(seed),
        inside / f"{KONSTRUERET}-likviditet.csv": _likviditet(made, seed),
    }
    for path, (_title, header, rows) in tables.items():
        _replace(path, [_csv([header.split(";"), *rows])], "utf-8")
        written.append(path)
    titles = {path: table[0] for path, table in tables.items()}
    for path in written:
        _write_sidecar(path, titles.get(path, f"posteringer til og med {dansk.dato(_opgjort(periode))}"))
    return written


# Postings that are no ordinary spending of the year: opening balances and the supplement to the year before.
_EXTRA = 6
_PRIMO = -187_400_000_00
_SUPPLEMENT = 412_337_75


_HEADER = (
    "Bilagsnr;Bogføringsdato;Kommune;Funktion;Dranst;Ejerforhold;Gruppering;Art;Omkostningssted;Tekst;"
    "Posteringstype;Beløb"
)


def _write_ledger(path: Path, made: Eksempel, postings: int, seed: int) -> Path:
    chance = random.Random(seed + 1)
    rows = _ledger_rows(chance, made, postings - _EXTRA)
    _replace(path, (line + "\r\n" for line in chain([_HEADER], _extra_rows(), rows)), "cp1252")
    return path


def _extra_rows() -> Iterator[str]:
    for number, part in enumerate(_parts(_PRIMO, (3, 2, 1))):
        yield _posting(9_000_001 + number, date(AAR, 1, 1), "82201", "5", "00", "Primosaldo", "PRI", part)
    for number, part in enumerate(_parts(_SUPPLEMENT, (3, 2, 1))):
        yield _posting(9_000_011 + number, date(AAR - 1, 12, 31), "64551", "1", "40", "Supplement", "SUP", part)


def _ledger_rows(chance: random.Random, made: Eksempel, count: int) -> Iterator[str]:
    """Yield the ordinary postings; those of each account and month add up to its share of the drawn amount."""
    cells = [(one, konto, month) for month in range(1, made.maaneder + 1) for one in BEVILLINGER for konto in one.konti]
    sizes = [abs(made.forbrug[one.navn, month] * float(konto[2])) ** 0.5 + 1 for one, konto, month in cells]
    spare = _parts(count - 2 * len(cells), sizes)
    number = 1_000_000
    for (one, konto, month), extra in zip(cells, spare, strict=True):
        total = _share(made.forbrug[one.navn, month], one, konto)
        for part in _split(chance, total, extra + 2):
            number += 1
            day = date(AAR, month, chance.randint(1, 28))
            art = chance.choice(("11", "22", "29", "40", "49")) if konto[1] in "13" else "79"
            yield _posting(number, day, konto[0], konto[1], art, chance.choice(_TEKSTER), "NOR", part)


def _share(total: int, one: Bevilling, konto: tuple[str, str, str]) -> int:
    parts = largest_remainder([Decimal(total) * Decimal(share) for _, _, share in one.konti])
    return int(parts[one.konti.index(konto)])


def _split(chance: random.Random, total: int, count: int) -> list[int]:
    parts = _parts(total, [chance.expovariate(1) + 0.01 for _ in range(count)])
    if count > 3:  # A credit note: the money comes back, and the sum is the same.
        back = abs(parts[0]) + chance.randint(100, 500_000)
        parts[0] -= back
        parts[1] += back
    return parts


def _posting(number: int, day: date, funktion: str, dranst: str, art: str, text: str, kind: str, oere: int) -> str:
    kroner, rest = divmod(abs(oere), 100)
    amount = f"{kroner:,}".replace(",", ".") + f",{rest:02d}" + ("-" if oere < 0 else "")
    place = f"{int(funktion) % 97:03d}{dranst}"
    return f"{number:010d};{day:%d-%m-%Y};0000;{funktion};{dranst};1;001;{art};{place};{text};{kind};{amount}"


def _csv(rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\n").writerows(rows)
    return out.getvalue()


Tabel = tuple[str, str, list[tuple[str, ...]]]


def _kr(oere: int) -> str:
    return f"{Decimal(oere) / 100:.2f}".replace(".", ",")


def _accounts(one: Bevilling, oere: int) -> Iterator[tuple[str, str, int]]:
    for konto in one.konti:
        yield konto[0], konto[1], _share(oere, one, konto)


def _budget() -> Tabel:
    slags = {
        "oprindeligt": (date(AAR - 1, 10, 8), "vedtaget budget"),
        "tillaegsbevilling": (date(AAR, 3, 24), "Byrådet 24. marts"),
        "overfoersel": (date(AAR, 4, 21), "overførselssagen"),
    }
    rows: list[tuple[str, ...]] = []
    for kind, (day, text) in slags.items():
        for one in BEVILLINGER:
            field = {"oprindeligt": one.oprindeligt, "tillaegsbevilling": one.tillaeg, "overfoersel": one.overfoersel}
            for funktion, dranst, oere in _accounts(one, _oere(field[kind])):
                if oere:
                    name = "omplacering" if kind == "tillaegsbevilling" and one.navn in _MOVED else kind
                    rows.append((str(AAR), name, f"{day}", funktion, dranst, "1", "001", _kr(oere), text))
    return f"budget {AAR}", "aar;slags;dato;funktion;dranst;ejerforhold;gruppering;beloeb_kr;tekst", rows


# What these got, others gave: a move, not new money.
_MOVED = ("Folkeskoler", "Administration")


def _noegle() -> Tabel:
    rows: list[tuple[str, ...]] = [
        (funktion, dranst, "", "", one.navn, one.politikomraade, UDVALG[one.udvalg], one.ramme, "2022-01-01", "")
        for one in BEVILLINGER
        for funktion, dranst, _ in one.konti
    ]
    rows.append(
        ("822*", "5", "", "", "Finansforskydninger", "Finansiering", UDVALG[0], "finansiering", "2022-01-01", "")
    )
    header = "funktion;dranst;ejerforhold;gruppering;bevilling;politikomraade;udvalg;ramme;gyldig_fra;gyldig_til"
    return "konteringsnøgle", header, rows


def _historik(made: Eksempel) -> Tabel:
    rows: list[tuple[str, ...]] = [
        (str(year), str(month), name, _kr(oere)) for (year, name, month), oere in made.historik.items()
    ]
    return f"regnskab {HISTORIK[0]}-{HISTORIK[-1]} efter måned", "aar;maaned;bevilling;beloeb_kr", rows


def _budgetter(made: Eksempel, seed: int) -> Tabel:
    chance = random.Random(seed + 2)
    rows: list[tuple[str, ...]] = []
    for year in HISTORIK:
        for one in BEVILLINGER:
            spent = sum(made.historik[year, one.navn, month] for month in range(1, 13))
            rows.append((str(year), one.navn, _kr(int(round(spent * (1 + chance.gauss(-0.005, 0.02)), -5)))))
    return f"korrigerede budgetter {HISTORIK[0]}-{HISTORIK[-1]}", "aar;bevilling;korrigeret_kr", rows


def _opgjort(periode: str) -> date:
    month = PERIODER[periode][1]
    return date(AAR, month + 1, 1) - timedelta(days=1)


def _opfoelgninger() -> Tabel:
    rows: list[tuple[str, ...]] = [
        (periode, nr, f"Budgetopfølgning {nr}", f"{_opgjort(periode)}", "ja") for periode, (nr, _) in PERIODER.items()
    ]
    rows.append(("2026-10", "4", "Budgetopfølgning 4", "2026-10-31", "nej"))
    return f"budgetopfølgninger {AAR}", "periode;nr;navn;opgjort;lukket", rows


def _kontrol(made: Eksempel, postings: int) -> Tabel:
    total = sum(made.forbrug.values()) + _PRIMO + _SUPPLEMENT
    row = (f"{KONSTRUERET}-posteringer.csv", _kr(total), str(postings))
    return "kontroltotal, som økonomisystemet viser den", "fil;kontroltotal_kr;posteringer", [row]


def _ledelse() -> Tabel:
    rows: list[tuple[str, ...]] = []
    for one in BEVILLINGER:
        if one.navn in LEDELSE:
            change, why = LEDELSE[one.navn]
            corrected = _oere(one.oprindeligt) + _oere(one.tillaeg) + _oere(one.overfoersel)
            rows.append((one.navn, _kr(corrected + _oere(change)) if change else "", why))
    return "ledernes skøn og forklaringer", "bevilling;forventet_kr;forklaring", rows


def _ansoegninger() -> Tabel:
    rows: list[tuple[str, ...]] = [
        (nr, text, name, str(year), kind, _kr(_oere(mio)), source)
        for nr, text, name, year, kind, mio, source in ANSOEGNINGER
    ]
    return "ansøgninger om tillægsbevilling", "nr;tekst;bevilling;aar;slags;beloeb_kr;finansiering", rows


def _sidste(seed: int) -> Tabel:
    chance = random.Random(seed + 3)
    rows: list[tuple[str, ...]] = []
    for one in BEVILLINGER:
        corrected = _oere(one.oprindeligt) + _oere(one.tillaeg) + _oere(one.overfoersel)
        expected = corrected + int(round(_oere(one.uventet) * chance.uniform(0.1, 0.9), -5))
        rows.append((one.navn, _kr(expected)))
    return "forventet regnskab ved sidste opfølgning", "bevilling;forventet_kr", rows


def _likviditet(made: Eksempel, seed: int) -> Tabel:
    chance = random.Random(seed + 4)
    rows: list[tuple[str, ...]] = []
    day, level = date(AAR - 2, 10, 1), 142.0
    while day <= _opgjort(made.periode):
        level += chance.gauss(-0.03, 0.6)
        within_month = 95 * (1 - day.day / 15)  # Tax comes on the first, wages go out at the end.
        rows.append((f"{day}", _kr(round((level + within_month) * _MIO))))
        day += timedelta(days=1)
    return "likvid beholdning dag for dag", "dato;beholdning_kr", rows


# Type and meaning of each column; amounts end in _kr and the rest is text.
_COLUMNS = {
    "aar": ("aar", "regnskabsår"),
    "dato": ("dato", "dato"),
    "opgjort": ("dato", "sidste dag, der er med"),
    "gyldig_fra": ("dato", "første dag, linjen gælder"),
    "gyldig_til": ("dato", "sidste dag, linjen gælder; tom, når den stadig gælder"),
    "maaned": ("heltal", "måned, 1-12"),
    "posteringer": ("heltal", "antal posteringer, som økonomisystemet viser"),
    "lukket": ("ja_nej", "om perioden er lukket for bogføring"),
    "slags": ("tekst", "hvad rækken er"),
    "funktion": ("tekst", "funktion, fem cifre"),
    "dranst": ("tekst", "drift, refusion, anlæg, renter, finansiering: 1-7"),
    "ejerforhold": ("tekst", "ejerforhold; tom er alle"),
    "gruppering": ("tekst", "gruppering; tom er alle"),
    "beloeb_kr": ("beloeb", "beløb; udgift er plus, indtægt minus"),
    "tekst": ("tekst", "hvad det handler om"),
    "bevilling": ("tekst", "bevillingens navn"),
    "politikomraade": ("tekst", "politikområde"),
    "udvalg": ("tekst", "udvalg"),
    "ramme": ("tekst", "den ramme, bevillingen hører til"),
    "korrigeret_kr": ("beloeb", "korrigeret budget ved årets slutning"),
    "periode": ("tekst", "periodens kode"),
    "nr": ("tekst", "nummer"),
    "navn": ("tekst", "opfølgningens navn"),
    "fil": ("tekst", "filen med posteringer"),
    "kontroltotal_kr": ("beloeb", "summen af posteringerne, som økonomisystemet viser"),
    "forventet_kr": ("beloeb", "forventet regnskab for hele året"),
    "forklaring": ("tekst", "forklaring på afvigelsen"),
    "finansiering": ("tekst", "hvor pengene kommer fra; tom på selve bevillingen"),
    "beholdning_kr": ("beloeb", "likvid beholdning ved dagens slutning"),
}
_MAY_BE_EMPTY = ("gyldig_til", "forventet_kr", "ejerforhold", "gruppering", "bevilling", "finansiering", "forklaring")


def _write_sidecar(path: Path, title: str) -> None:
    """Write what is known of an invented file; the ledger's columns are its layout's affair and are not declared."""
    with path.open("rb") as file:
        header = file.readline().decode("cp1252").rstrip()
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    has_columns = not path.name.endswith("-posteringer.csv")
    lines = [
        f'titel = "{KONSTRUERET}: {title}"',
        'udgiver = "Budgetanalyser"',
        'dato_udgivet = "ikke oplyst"',
        "dato_hentet = 2026-11-22",
        'url = "ikke oplyst"',
        'licens = "ikke oplyst"',
        f'sha256 = "{sha256}"',
        'prisniveau = "løbende priser"' if "_kr" in header or not has_columns else 'prisniveau = "ingen beløb"',
        'forbehold = "Alle beløb, udvalg og forklaringer er opdigtede og viser kun metoden."',
        "konstrueret = true",
        *([] if has_columns else ['tegnsaet = "cp1252"']),
    ]
    if has_columns:
        lines += ["", "[kolonner]", *(f"{name} = {{ {_column(name)} }}" for name in header.split(";"))]
    _replace(path.with_name(path.name + ".kilde.toml"), (line + "\n" for line in lines), "utf-8")


def _column(name: str) -> str:
    kind, meaning = _COLUMNS[name]
    empty = ", tom = true" if name in _MAY_BE_EMPTY else ""
    return f'type = "{kind}"{empty}, betydning = "{meaning}"'


def _replace(path: Path, lines: Iterable[str], charset: str) -> None:
    """Write a file whole or not at all, a line at a time, so that a large ledger needs no memory."""
    temporary = path.with_name(f".opdigt-{uuid.uuid4().hex}")
    try:
        with temporary.open("w", encoding=charset, newline="") as file:
            file.writelines(lines)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
