"""Deltagerbudget: an election read, counted and evaluated, from the platform's export to what came of the money.

| question | file |
|---|---|
| what an election is | `valg`; ballots from text: `stemmesedler` |
| how files are read and written | `pabulib`, `consul`, `tabel` |
| who wins | `optaelling` (most votes and its kin), `equal_shares`, `phragmen`; all give an `udfald` |
| does the published result follow its rule | `kontrol` |
| who took part | `deltagelse` |
| who got what | `fordeling`, `omraader`, `robusthed`, `referencer` |
| what came of it | `realisering/` |
| one round beside another | `noegletal`, `sammenligning` |
| the account of a pool | `oplandspulje` |
| invented elections for examples | `opdigt` |
"""

from budgetanalyser.deltagerbudget.consul import read_consul
from budgetanalyser.deltagerbudget.equal_shares import equal_shares
from budgetanalyser.deltagerbudget.fordeling import exclusion_ratio
from budgetanalyser.deltagerbudget.kontrol import Verification, verify
from budgetanalyser.deltagerbudget.optaelling import count
from budgetanalyser.deltagerbudget.pabulib import read_pabulib, write_pabulib
from budgetanalyser.deltagerbudget.phragmen import phragmen
from budgetanalyser.deltagerbudget.tabel import read_table
from budgetanalyser.deltagerbudget.udfald import Outcome
from budgetanalyser.deltagerbudget.valg import Election, Finding, findings_table

__all__ = [
    "Election",
    "Finding",
    "Outcome",
    "Verification",
    "count",
    "equal_shares",
    "exclusion_ratio",
    "findings_table",
    "phragmen",
    "read_consul",
    "read_pabulib",
    "read_table",
    "verify",
    "write_pabulib",
]
