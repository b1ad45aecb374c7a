"""What only a person knows of a source: the words a sidecar uses, and the questions `kilde add` asks. No logic."""

from __future__ import annotations

from dataclasses import dataclass

IKKE_OPLYST = "ikke oplyst"
LOEBENDE_PRISER = "løbende priser"
INGEN_BELOEB = "ingen beløb"


@dataclass(frozen=True)
class Question:
    """A key of the sidecar, and how it is asked in Danish."""

    key: str
    text: str
    required: bool = True


QUESTIONS = (
    Question("titel", "kildens titel"),
    Question("udgiver", "hvem der har udgivet den"),
    Question("dato-udgivet", f"hvornår den er udgivet, som 2023-06-06, eller »{IKKE_OPLYST}«"),
    Question("url", f"adressen på nettet, eller »{IKKE_OPLYST}«"),
    Question("licens", f"på hvilke vilkår den må bruges, eller »{IKKE_OPLYST}«"),
    Question(
        "prisniveau", f"beløbenes prisniveau: et årstal, »{LOEBENDE_PRISER}«, »{INGEN_BELOEB}« eller »{IKKE_OPLYST}«"
    ),
    Question("prisniveau-forudsat", "det prisniveau, der så er forudsat, som årstal", required=False),
    Question("forudsaetning", "hvorfor det er forudsat", required=False),
    Question("forbehold", "forbehold, læseren skal kende (må være tomt)", required=False),
)
