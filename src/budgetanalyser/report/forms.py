"""The forms of report that councils know: which sections stand in which order.

A report whose form is known here is refused when a section is missing, empty or out of order.
"""

from __future__ import annotations

import re

from budgetanalyser.errors import Fault
from budgetanalyser.report import document as doc

# Each section as a pattern and as the words to tell a person. Form of the Greve afrapportering of 6 June 2023.
FORMS: dict[str, tuple[tuple[str, str], ...]] = {
    "afrapportering": (
        (r"Baggrund/formål", "Baggrund/formål"),
        (
            r"Sammenfatning/økonomisk konsekvens i \d{4} og frem \(implementering\)",
            "Sammenfatning/økonomisk konsekvens i <budgetår> og frem (implementering)",
        ),
        (
            r"Beskrivelse/analyse \(inkl\. konsekvenser, udfordringer og resultater/konklusioner\)",
            "Beskrivelse/analyse (inkl. konsekvenser, udfordringer og resultater/konklusioner)",
        ),
        (r"Eventuelt", "Eventuelt"),
        (r"Bemærkninger fra HovedMED", "Bemærkninger fra HovedMED"),
    ),
}


def form_faults(form: str, blocks: list[doc.Block]) -> list[Fault]:
    """Return where `blocks` depart from `form` (a key of `FORMS`; empty for a free report), and any empty section."""
    sections = _sections(blocks)
    faults = []
    wanted = FORMS[form] if form else ()
    order = [_position(heading, wanted) for heading, _ in sections]
    for i, (_, words) in enumerate(wanted):
        if i not in order:
            faults.append(Fault(f"afsnittet »{words}« mangler"))
    found = [i for i in order if i is not None]
    if found != sorted(set(found)):
        faults.append(Fault("afsnittene står ikke i formens rækkefølge: " + " · ".join(words for _, words in wanted)))
    for heading, count in sections:
        if not count:
            faults.append(Fault("afsnittet er tomt; skriv noget, eller skriv at der ikke er noget at bemærke", heading))
    return faults


def _position(heading: str, wanted: tuple[tuple[str, str], ...]) -> int | None:
    return next((i for i, (pattern, _) in enumerate(wanted) if re.fullmatch(pattern, heading)), None)


def _sections(blocks: list[doc.Block]) -> list[tuple[str, int]]:
    result: list[tuple[str, int]] = []
    for block in blocks:
        if isinstance(block, doc.Heading) and block.level == 1:
            result.append((doc.plain(block.children), 0))
        elif result and not isinstance(block, doc.Heading):
            heading, count = result[-1]
            result[-1] = (heading, count + 1)
    return result
