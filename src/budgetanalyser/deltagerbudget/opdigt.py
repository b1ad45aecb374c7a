"""Invented elections: everything here is KONSTRUERET, made to show and to test the evaluation.

`python -m budgetanalyser.deltagerbudget.opdigt data/raw` writes the examples of this workspace anew, the same bytes on
every machine. Nothing here describes a real vote; names of places and projects are made up.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pandas as pd

from budgetanalyser.deltagerbudget.deltagelse import KOEN_ORD, aldersgruppe, valgdeltagelse
from budgetanalyser.deltagerbudget.noegletal import noegletal, som_csv
from budgetanalyser.deltagerbudget.optaelling import count
from budgetanalyser.deltagerbudget.pabulib import write_pabulib
from budgetanalyser.deltagerbudget.stemmesedler import build
from budgetanalyser.deltagerbudget.valg import Election
from budgetanalyser.kroner import largest_remainder

KONSTRUERET = "KONSTRUERET"


@dataclass(frozen=True)
class Runde:
    """What a round is made from. Shares by age group and area are how readily people vote, beside the others."""

    aar: int
    beloeb: int
    befolkning: int
    vaelgere: int
    froe: int


RUNDER = (Runde(2017, 400_000, 7_310, 962, 17), Runde(2020, 500_000, 7_604, 1_247, 20))

GRAENSER = (15, 25, 45, 65)  # The first year of each age group.

# Area: share of the inhabitants, and how readily they vote.
OMRAADER = {
    "Kirkeby": (0.34, 1.25),
    "Nordby": (0.22, 1.05),
    "Sønderby": (0.19, 0.95),
    "Østerby": (0.16, 0.80),
    "Vesterby": (0.09, 0.60),
}
# Age group: share of the inhabitants, how readily they vote, and how often on paper.
ALDRE = {
    "15-24": (0.15, 0.62, 0.02),
    "25-44": (0.31, 0.98, 0.03),
    "45-64": (0.33, 1.22, 0.06),
    "65-89": (0.21, 0.96, 0.24),
}
KOEN = {"F": (0.51, 1.12), "M": (0.49, 0.87)}

# Id, name, price, subject, area (empty for all), and how well it is liked by the four age groups.
PROJEKTER: dict[int, Sequence[tuple[str, str, int, str, str, tuple[float, float, float, float]]]] = {
    2017: [
        ("101", "Petanquebane ved kirken", 42_000, "bevægelse", "Kirkeby", (0.2, 0.4, 0.9, 1.6)),
        ("102", "Fælles grillplads", 68_500, "fællesskab", "Nordby", (0.9, 1.2, 1.0, 0.7)),
        ("103", "Lys på stien til stationen", 185_000, "tryghed", "Kirkeby", (1.4, 1.5, 1.5, 1.2)),
        ("104", "Bålhytte i skovkanten", 96_000, "natur", "Østerby", (0.8, 1.1, 1.0, 0.6)),
        ("105", "Skaterampe", 150_000, "bevægelse", "Sønderby", (1.9, 0.9, 0.4, 0.1)),
        ("106", "Bænke langs mosen", 31_000, "natur", "Vesterby", (0.3, 0.6, 1.1, 1.5)),
        ("107", "Teltudlån til foreninger", 24_500, "fællesskab", "", (0.5, 0.9, 0.9, 0.6)),
        ("108", "Ny belægning på boldbanen", 260_000, "bevægelse", "Sønderby", (1.2, 1.2, 0.8, 0.3)),
        ("109", "Krydderurtehave ved plejehjemmet", 18_000, "natur", "Kirkeby", (0.2, 0.5, 0.9, 1.4)),
    ],
    2020: [
        ("201", "Mødested for unge", 120_000, "fællesskab", "Kirkeby", (2.2, 1.2, 1.0, 0.7)),
        ("202", "Naturlegeplads", 240_000, "bevægelse", "Nordby", (0.9, 1.9, 0.9, 0.8)),
        ("203", "Træningsredskaber i det fri", 165_000, "bevægelse", "Sønderby", (1.1, 1.2, 1.3, 0.8)),
        ("204", "Sti gennem engen", 88_000, "natur", "Østerby", (0.6, 1.1, 1.4, 1.3)),
        ("205", "Hjertestartere og kurser", 38_500, "tryghed", "", (0.6, 1.0, 1.3, 1.5)),
        ("206", "Kajakbro ved søen", 132_000, "bevægelse", "Vesterby", (1.2, 1.0, 0.8, 0.3)),
        ("207", "Byfest hvert andet år", 60_000, "fællesskab", "", (1.1, 1.0, 0.9, 0.7)),
        ("208", "Overdækket scene", 310_000, "kultur", "Kirkeby", (1.0, 0.8, 0.8, 0.6)),
        ("209", "Blomstereng på rundkørslen", 22_000, "natur", "Kirkeby", (0.3, 0.6, 0.9, 1.2)),
        ("210", "Værksted i den gamle skole", 145_000, "fællesskab", "Østerby", (0.6, 0.9, 1.0, 1.0)),
        ("211", "Cykelpumper", 14_000, "bevægelse", "", (0.8, 0.8, 0.6, 0.4)),
        ("212", "Bogskabe", 19_500, "kultur", "", (0.5, 0.8, 0.9, 1.0)),
        ("213", "Solceller på forsamlingshuset", 275_000, "klima", "Sønderby", (0.8, 0.9, 0.7, 0.5)),
        ("214", "Lokalhistorisk rute", 47_000, "kultur", "Nordby", (0.2, 0.5, 0.9, 1.3)),
    ],
}


def runde(aar: int) -> Runde:
    """Return the round of a year."""
    return next(one for one in RUNDER if one.aar == aar)


def befolkning(aar: int) -> pd.DataFrame:
    """Return the invented inhabitants of 15 years and over: `omraade`, `koen`, `aldersgruppe`, `antal`."""
    cells = [
        (area, KOEN_ORD[sex.casefold()], aldersgruppe(int(age[:2]), GRAENSER), Decimal(repr(a * s * g)))
        for area, (a, _) in OMRAADER.items()
        for sex, (s, _) in KOEN.items()
        for age, (g, _, _) in ALDRE.items()
    ]
    total = sum((one[3] for one in cells), Decimal(0))
    exact = [one[3] * runde(aar).befolkning / total for one in cells]
    rows = [(*cell[:3], int(count)) for cell, count in zip(cells, largest_remainder(exact), strict=True)]
    return pd.DataFrame(rows, columns=["omraade", "koen", "aldersgruppe", "antal"])


def valg(aar: int) -> Election:
    """Return the invented election of a year: knapsack ballots of voters who are not quite like the population."""
    plan = runde(aar)
    chance = random.Random(plan.froe)
    people = list(_drawn(plan, chance))
    listed = PROJEKTER[aar]
    ids = [one[0] for one in listed]
    prices = [Decimal(one[2]) for one in listed]
    votes = [_ballot(chance, listed, voter, plan.beloeb) for voter in people]
    names = [f"v{number:04d}" for number in range(1, len(people) + 1)]
    sedler = build(
        [",".join(one) for one in votes],
        ids,
        ballot_type="approval",
        prices=prices,
        most_kr=Decimal(plan.beloeb),
        steder=names,
        vaelgere=names,
    )
    voters = pd.DataFrame(people, index=pd.Index(names, name="vaelger", dtype=object), dtype=object)
    projects = pd.DataFrame(
        {
            "pris_kr": prices,
            "navn": [one[1] for one in listed],
            "kategori": [one[3] for one in listed],
            "omraade": [one[4] for one in listed],
        },
        index=pd.Index(ids, name="projekt", dtype=object),
        dtype=object,
    )
    return Election(
        projects=projects,
        budget=Decimal(plan.beloeb),
        ballot_type="knapsack",
        rule="greedy",
        ballots=sedler.matrix,
        voters=voters,
        most_kr=Decimal(plan.beloeb),
        meta=_meta(plan),
        fil=f"{KONSTRUERET}-deltagerbudget-{aar}.pb",
    )


def _meta(plan: Runde) -> dict[str, str]:
    return {
        "description": f"{KONSTRUERET} deltagerbudget {plan.aar}: opdigtede stemmer",
        "country": "Denmark",
        "unit": "Opdigtet by",
        "instance": str(plan.aar),
        "date_begin": f"04.05.{plan.aar}",
        "date_end": f"24.05.{plan.aar}",
        "min_length": "1",
        "language": "da",
        "currency": "DKK",
    }


def _drawn(plan: Runde, chance: random.Random) -> Iterator[dict[str, object]]:
    """Draw the voters one by one, each by how readily people of the kind vote."""
    for _ in range(plan.vaelgere):
        area = _weighted(chance, {name: share * eager for name, (share, eager) in OMRAADER.items()})
        age = _weighted(chance, {name: share * eager for name, (share, eager, _) in ALDRE.items()})
        sex = _weighted(chance, {name: share * eager for name, (share, eager) in KOEN.items()})
        low, high = map(int, age.split("-"))
        years = low + int(chance.random() * (high - low + 1))
        paper = chance.random() < ALDRE[age][2]
        before = chance.random()
        yield {
            "alder": years,
            "koen": sex,
            "kanal": "papir" if paper else "internet",
            "omraade": area,
            "deltaget_foer": "nej" if before < 0.46 else "ja" if before < 0.87 else "",
        }


def _weighted(chance: random.Random, weights: Mapping[str, float]) -> str:
    at = chance.random() * sum(weights.values())
    for name, weight in weights.items():
        at -= weight
        if at < 0:
            return name
    return next(reversed(list(weights)))


def _ballot(
    chance: random.Random,
    listed: Sequence[tuple[str, str, int, str, str, tuple[float, float, float, float]]],
    voter: Mapping[str, object],
    most: int,
) -> list[str]:
    """Return a ballot: what the voter likes best first, while the sum stays within the limit."""
    age = next(place for place, name in enumerate(ALDRE) if int(name.split("-")[1]) >= int(str(voter["alder"])))
    liking = []
    for one in listed:
        near = 1.9 if one[4] == voter["omraade"] else 1.0 if one[4] == "" else 0.75
        # Exponential waiting times: the likelier comes first, and two runs of Python agree on them.
        liking.append((-_log(1 - chance.random()) / (one[5][age] * near), one[0], one[2]))
    wanted = 1 + int(chance.random() * 5)
    chosen: list[str] = []
    left = most
    for _, project, price in sorted(liking):
        if len(chosen) < wanted and price <= left:
            chosen.append(project)
            left -= price
    return chosen


def _log(x: float) -> float:
    """Return a natural logarithm to nine digits by a series, so that no machine's library decides an order."""
    halvings = 0
    while x < 0.5:
        x, halvings = x * 2, halvings + 1
    z = (x - 1) / (x + 1)
    return 2 * sum(z**k / k for k in range(1, 40, 2)) - halvings * 0.6931471805599453


# Corners of the invented areas in metres, round a point in Jutland where there is a field.
_KORT = {
    "Kirkeby": [(0, 0), (1400, -150), (1750, 900), (900, 1500), (-150, 1050)],
    "Nordby": [(-150, 1050), (900, 1500), (1750, 900), (2300, 2600), (500, 3100), (-900, 2300)],
    "Sønderby": [(0, 0), (-600, -1700), (1300, -2100), (2400, -1200), (1400, -150)],
    "Østerby": [(1400, -150), (2400, -1200), (3700, 300), (2300, 2600), (1750, 900)],
    "Vesterby": [(0, 0), (-150, 1050), (-900, 2300), (-2500, 900), (-2200, -900), (-600, -1700)],
}
_ORIGIN = (540_000, 6_200_000)


def kort() -> str:
    """Return the invented areas as GeoJSON in EPSG:25832: `navn` and a polygon each."""
    features = []
    for name, corners in _KORT.items():
        ring = [[x + _ORIGIN[0], y + _ORIGIN[1]] for x, y in [*corners, corners[0]]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"navn": name}, "geometry": geometry})
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
    whole = {"type": "FeatureCollection", "name": KONSTRUERET, "crs": crs, "features": features}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def resultat(aar: int) -> pd.DataFrame:
    """Return the result as it was published, in this invented case by the rule that was announced."""
    election = valg(aar)
    outcome = count(election)
    table = election.projects.reset_index()
    table["stemmer"] = election.counted.tolist()
    table["valgt"] = [1 if one in outcome.winners else 0 for one in table["projekt"]]
    return table[["projekt", "navn", "pris_kr", "stemmer", "valgt", "kategori", "omraade"]]


# Proposals handed in and approved in each round.
FORSLAG = {2017: (13, 9), 2020: (19, 14)}


def noegletal_af(aar: int) -> pd.DataFrame:
    """Return the key figures of a round, as its report encloses them."""
    election, plan = valg(aar), runde(aar)
    outcome = count(election)
    turnout = valgdeltagelse(plan.vaelgere, plan.befolkning, aldersgraense=15)
    submitted, approved = FORSLAG[aar]
    return noegletal(
        turnout,
        beloeb_kr=Decimal(plan.beloeb),
        prisniveau=aar,
        indsendt=submitted,
        godkendt=approved,
        stoettet=len(outcome.winners),
        election=election,
        vindere=outcome.winners,
    )


def deltagelse_efter_omraade(aar: int) -> pd.DataFrame:
    """Return voters and inhabitants of each area: `omraade`, `taeller`, `naevner`."""
    voters = valg(aar).voters["omraade"].value_counts()
    people = befolkning(aar).groupby("omraade", sort=False)["antal"].sum()
    rows = [(str(name), int(voters[str(name)]), int(count)) for name, count in people.items()]
    return pd.DataFrame(rows, columns=["omraade", "taeller", "naevner"])


def filer() -> dict[str, str]:
    """Return the text of each file by name, but for the `.pb` files, which `skriv` writes by themselves."""
    made = {f"{KONSTRUERET}-deltagerbudget-omraader.geojson": kort()}
    for one in RUNDER:
        begin = f"{KONSTRUERET}-deltagerbudget-{one.aar}"
        made[f"{begin}-befolkning.csv"] = som_csv(befolkning(one.aar))
        made[f"{begin}-resultat.csv"] = som_csv(resultat(one.aar))
        made[f"{begin}-noegletal.csv"] = som_csv(noegletal_af(one.aar))
        made[f"{begin}-omraader.csv"] = som_csv(deltagelse_efter_omraade(one.aar))
    return made


def skriv(mappe: Path) -> list[Path]:
    """Write all files into a folder and return their paths; the sidecars are written by hand."""
    paths = []
    for name, text in filer().items():
        paths.append(mappe / name)
        paths[-1].write_bytes(text.encode())
    for one in RUNDER:
        paths.append(mappe / f"{KONSTRUERET}-deltagerbudget-{one.aar}.pb")
        write_pabulib(valg(one.aar), paths[-1])
    return paths


if __name__ == "__main__":
    skriv(Path(sys.argv[1]))
