"""Read the files of a Consul Democracy budget (OS2consul, Danish) as tables; it knows nothing of elections or rules.

The export has neither votes nor winners: `Støtte` is support before the vote, and `Valgt` means chosen for the ballot.
Both come from the public result page. `mappe` tells which file is which; `eksport`, `resultatside` and `papir` read one
kind each; `celler` is how they read a cell. A message names the kind of a file, never the file.

Source: OS2Consul/os2consul f011be0 (exporter.rb, admin.yml, budgets.yml); consuldemocracy 0491ea4 (exporter.rb).
"""

from budgetanalyser.kilder.consul.celler import (
    KAN,
    KAN_IKKE,
    STATES,
    UNDER_BEHANDLING,
    key,
    parse_pris,
    read_gennemfoerlighed,
)
from budgetanalyser.kilder.consul.eksport import FIL as EKSPORTEN
from budgetanalyser.kilder.consul.eksport import read_export
from budgetanalyser.kilder.consul.mappe import FOLDER, Filer, find
from budgetanalyser.kilder.consul.papir import read_offline
from budgetanalyser.kilder.consul.resultatside import FIL as RESULTATSIDEN
from budgetanalyser.kilder.consul.resultatside import Resultat, read_result

__all__ = [
    "EKSPORTEN",
    "FOLDER",
    "KAN",
    "KAN_IKKE",
    "RESULTATSIDEN",
    "STATES",
    "UNDER_BEHANDLING",
    "Filer",
    "Resultat",
    "find",
    "key",
    "parse_pris",
    "read_export",
    "read_gennemfoerlighed",
    "read_offline",
    "read_result",
]
