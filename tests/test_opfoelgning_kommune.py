"""The whole way for the invented municipality: from its ledger to its printed tables, where all ways to add agree."""

import csv
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from budgetanalyser import dansk, kontoplan
from budgetanalyser.kilder.table import read
from budgetanalyser.kroner import Enhed
from budgetanalyser.opfoelgning import (
    afrunding,
    find,
    forventet,
    holdt_ude,
    hovedtabel,
    i_alt,
    opdigt,
    resultatopgoerelse,
    summer,
    tomme_maaneder,
)

D = Decimal
DAY = date(2026, 9, 30)
AMOUNTS = ["oprindeligt_kr", "korrigeret_kr", "forbrug_kr", "forventet_kr", "afvigelse_kr"]


def placed_ledger(path, key):
    """Return the ledger by account and month, placed under its appropriations."""
    sums = {}
    for row in csv.DictReader(path.read_bytes().decode("cp1252").splitlines(), delimiter=";"):
        year, month = int(row["Bogføringsdato"][6:]), int(row["Bogføringsdato"][3:5])
        account = (year, month, row["Posteringstype"], row["Funktion"], row["Dranst"])
        sums[account] = sums.get(account, D(0)) + dansk.parse_beloeb(row["Beløb"])
    columns = ["aar", "maaned", "posteringstype", "funktion", "dranst", "beloeb_kr"]
    rows = [(*account, amount) for account, amount in sums.items()]
    return kontoplan.henfoer(pd.DataFrame(rows, columns=columns, dtype=object), key, dato=DAY)


@pytest.fixture(scope="module")
def kommune(tmp_path_factory):
    """Return the budget, the spend, the forecast and the follow-up of the invented municipality."""
    folder = tmp_path_factory.mktemp("kommune")
    opdigt.write(folder, 2_000)

    def data(name):
        return read(folder / f"KONSTRUERET-{name}.csv").data

    key = data("konteringsnoegle")
    budget = kontoplan.henfoer(data("budget-2026"), key, dato=DAY)
    spend = placed_ledger(folder / "2026K3/KONSTRUERET-posteringer.csv", key)
    followup = find(data("opfoelgninger-2026"), "2026K3")
    corrected = hovedtabel(budget, spend, None, periode=followup)
    expected = forventet(
        data("historik-2022-2025"),
        spend,
        corrected,
        maaneder=followup.periode.maaneder,
        metode="bf",
        udelad={2022: "Ældreplejen fik sit forbrug sent"},
        ledelse=read(folder / "2026K3/KONSTRUERET-ledelse.csv").data,
        aar=2026,
    )
    return budget, spend, expected, followup


def test_its_accounts_are_all_known_and_placed(kommune):
    budget, spend, _, _ = kommune

    assert kontoplan.check(budget).empty
    assert kontoplan.check(spend).empty
    assert set(spend["bevilling"]) - {"Finansforskydninger"} == {one.navn for one in opdigt.BEVILLINGER}


def test_every_krone_of_the_ledger_is_in_the_table_or_told_apart(kommune):
    budget, spend, expected, followup = kommune
    table = hovedtabel(budget, spend, expected, periode=followup)
    apart = holdt_ude(budget, spend, periode=followup)

    assert i_alt(table)["forbrug_kr"] == opdigt.eksempel().total()
    assert i_alt(table)["forbrug_kr"] + sum(apart["beloeb_kr"]) == sum(spend["beloeb_kr"])
    assert len(apart) == 2


def test_appropriations_committees_and_the_result_statement_agree(kommune):
    budget, spend, expected, followup = kommune
    by_line = i_alt(hovedtabel(budget, spend, expected, periode=followup))
    by_committee = i_alt(hovedtabel(budget, spend, expected, periode=followup, efter="udvalg"))
    rows = hovedtabel(budget, spend, expected, periode=followup, efter=("ramme", "udvalg", "bevilling"))
    last = resultatopgoerelse(rows).iloc[-1]

    assert last["linje"] == "Ændring af likvide aktiver"
    for name in AMOUNTS:
        # Forecasts are not rounded, so their sums agree to 28 digits, far below an øre.
        assert abs(by_line[name] - by_committee[name]) < D("1e-10")
        assert abs(by_line[name] - last[name]) < D("1e-10")


def test_operation_refunds_investment_interest_and_finance_can_be_told_apart(kommune):
    budget, spend, _, followup = kommune
    made = hovedtabel(budget, spend, None, periode=followup, efter="dranst").set_index("dranst")

    assert {kontoplan.DRANST[code] for code in made.index} == {
        "Drift",
        "Statsrefusion",
        "Anlæg",
        "Renter",
        "Afdrag på lån",
        "Finansiering",
    }
    # Refunds: expensive cases -21,0 and sixty per cent of sickness benefits, -27,6.
    assert made.loc["2", "oprindeligt_kr"] == D(-48_600_000)
    assert made.loc["7", "oprindeligt_kr"] == D(-2_510_000_000)
    assert tomme_maaneder(spend, periode=followup) == []


@pytest.mark.parametrize(("unit", "decimals"), [(Enhed.MIO_KR, 1), (Enhed.MIO_KR, 3), (Enhed.TUSINDE_KR, 0)])
def test_the_printed_statement_adds_up_but_for_rounding(kommune, unit, decimals):
    budget, spend, expected, followup = kommune
    made = resultatopgoerelse(
        hovedtabel(budget, spend, expected, periode=followup, efter=("ramme", "udvalg", "bevilling"))
    )
    shown = afrunding.vis(
        made.set_index("noegle"), AMOUNTS, enhed=unit, decimaler=decimals, procenter=["afvigelse_pct"]
    )

    afrunding.require(
        afrunding.forklar(
            shown,
            summer=summer(made),
            forskelle={"afvigelse_kr": ("forventet_kr", "korrigeret_kr")},
            procenter={"afvigelse_pct": ("afvigelse_kr", "korrigeret_kr")},
            decimaler=decimals,
        )
    )


def test_the_managers_figures_stand_and_the_models_beside_them(kommune):
    _, _, expected, _ = kommune
    rows = expected.set_index("bevilling")

    assert rows.loc["Forebyggelse for børn og unge", "kilde"] == "ledelsen"
    assert rows.loc["Forebyggelse for børn og unge", "forventet_kr"] == D(126_800_000)
    assert rows.loc["Forebyggelse for børn og unge", "model_kr"] != D(126_800_000)
    assert (rows["kilde"] == "ledelsen").sum() == sum(1 for change, _ in opdigt.LEDELSE.values() if change)
    # What was made up to come: each forecast ends near it.
    for one in opdigt.BEVILLINGER:
        made_up = (D(one.oprindeligt) + D(one.tillaeg) + D(one.overfoersel) + D(one.uventet)) * 1_000_000
        assert abs(rows.loc[one.navn, "forventet_kr"] - made_up) < abs(made_up) * D("0.13") + 500_000, one.navn
