"""The report document: the neutral JSON that every output is made from.

A document is what a report says, block by block, with no layout: blocks with ids, tables with typed cells, figures with
alt text and data, named values with unit and source, and the record of the run. `assemble` builds it from an executed
notebook; `pdf` typesets it. This module only defines its shape.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

# In a notebook's outputs a part of a document travels under this type; JupyterLab shows the HTML beside it.
MIME = "application/vnd.budgetanalyser.part+json"
VERSION: Literal[1] = 1


class _Node(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Node):
    """Plain text, printed as it stands."""

    kind: Literal["text"] = "text"
    text: str


class Shown(_Node):
    """A named value as it is printed. `exact` is its unrounded value, so that a stale print can be found."""

    kind: Literal["value"] = "value"
    name: str
    text: str
    exact: str


class Strong(_Node):
    """Strong emphasis."""

    kind: Literal["strong"] = "strong"
    children: list[Inline]


class Emphasis(_Node):
    """Emphasis."""

    kind: Literal["emph"] = "emph"
    children: list[Inline]


class Code(_Node):
    """A short technical text, such as a file name."""

    kind: Literal["code"] = "code"
    text: str


class Link(_Node):
    """A link to a full address."""

    kind: Literal["link"] = "link"
    href: str = Field(pattern=r"^(https?://|mailto:)\S+$")
    children: list[Inline]


class Break(_Node):
    """A line break inside a paragraph."""

    kind: Literal["break"] = "break"


class Note(_Node):
    """A footnote at this point. The same `label` always holds the same text and is printed once a document."""

    kind: Literal["note"] = "note"
    label: str
    children: list[Inline]


class SourceRef(_Node):
    """A reference to sources by file name; printed with their numbers in the colophon, as "kilde 1 og 4"."""

    kind: Literal["source"] = "source"
    filer: list[str]


Inline = Annotated[
    Text | Shown | Strong | Emphasis | Code | Link | Break | Note | SourceRef, Field(discriminator="kind")
]


class Heading(_Node):
    """A heading; level 1 is a section of the report. `id` is the section's number."""

    kind: Literal["heading"] = "heading"
    id: str = ""
    level: int = Field(ge=1, le=3)
    children: list[Inline] = Field(min_length=1)


class Paragraph(_Node):
    """A paragraph."""

    kind: Literal["paragraph"] = "paragraph"
    id: str = ""
    children: list[Inline]


class ListBlock(_Node):
    """A list; each item is a list of blocks."""

    kind: Literal["list"] = "list"
    id: str = ""
    ordered: bool
    start: int = 1
    items: list[list[Block]] = Field(min_length=1)


class Quote(_Node):
    """Somebody's own words. `source` says whose and when; empty for a quotation in the prose."""

    kind: Literal["quote"] = "quote"
    id: str = ""
    blocks: list[Block]
    source: str = ""
    kilder: list[str] = []


class Column(_Node):
    """A table column: `format` says what its cells hold, `unit` is empty for text."""

    key: str
    header: str
    format: str
    align: Literal["left", "right", "center"]
    unit: str = ""


class Cell(_Node):
    """A cell: `value` is exact (as text; None where there is nothing), `children` is what is printed."""

    value: str | None
    children: list[Inline]


class Row(_Node):
    """A row, and whether it is a total."""

    cells: list[Cell]
    total: bool = False


class Table(_Node):
    """A table. `unit_line` tells unit, price level and signs; `notes` stand below it."""

    kind: Literal["table"] = "table"
    id: str = ""
    number: int = 0
    caption: list[Inline] = []
    unit_line: list[Inline] = []
    columns: list[Column]
    rows: list[Row]
    notes: list[str] = []
    kilder: list[str] = []

    @model_validator(mode="after")
    def _every_row_is_whole(self) -> Table:
        if any(len(row.cells) != len(self.columns) for row in self.rows):
            raise ValueError("en række har et andet antal celler end tabellen har kolonner")
        return self


class Figure(_Node):
    """A figure as SVG, with the text a screen reader reads (`alt`, from the inlines `spoken`) and the data it shows."""

    kind: Literal["figure"] = "figure"
    id: str = ""
    number: int = 0
    caption: list[Inline]
    subtitle: list[Inline] = []
    alt: str
    spoken: list[Inline] = []
    svg: str
    data: Table
    kilder: list[str] = []


Block = Annotated[Heading | Paragraph | ListBlock | Quote | Table | Figure, Field(discriminator="kind")]


class KeyFigure(_Node):
    """One of the few figures under the title, and its plain label."""

    figure: list[Inline]
    label: list[Inline]


class Meta(_Node):
    """What the report is: printed in its header, title and footer, and written into the file's properties."""

    analyse: str
    form: str
    serie: str
    titel: str
    dato: date
    kommune_kode: str
    kommune: str
    tilstand: str
    om: str = ""


class KildeInfo(_Node):
    """A source as the colophon prints it; dates as Danish text or "ikke oplyst"."""

    fil: str
    titel: str
    udgiver: str
    udgivet: str
    hentet: str
    url: str
    licens: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    prisniveau: str
    forudsaetning: str
    forbehold: str
    konstrueret: bool


class NamedValue(_Node):
    """A number or date that the text prints by name: exact, with unit, price level and where it comes from."""

    name: str
    beskrivelse: str
    exact: str
    text: str
    unit: str
    prisniveau: str
    kilder: list[str]
    beregning: str


class Parameter(_Node):
    """A parameter of the run: its Danish help and its value as text."""

    name: str
    hjaelp: str
    value: str


class InputFile(_Node):
    """A file the run was made from, relative to the workspace, and its SHA-256."""

    path: str
    sha256: str


class Colophon(_Node):
    """Where everything comes from. It holds no clock time, so the same inputs give the same document."""

    run_id: str
    inputs: list[InputFile]
    versions: dict[str, str]
    parameters: list[Parameter]
    values: list[NamedValue]
    kilder: list[KildeInfo]


class AttachedFile(_Node):
    """A text file the report brings along, such as a calendar: it lies inside the PDF and beside it."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}\.(?:ics|csv|json|txt)$")
    description: str = Field(min_length=1)
    content: str

    @field_validator("name")
    @classmethod
    def _not_one_of_our_own(cls, name: str) -> str:
        if re.match(r"(?:tabel|figur)-\d|koersel\.|document\.|fejl\.", name):
            raise ValueError("navnet bruges af rapportens egne filer")
        return name


class Document(_Node):
    """A whole report."""

    version: Literal[1] = VERSION
    meta: Meta
    key_figures: list[KeyFigure]
    blocks: list[Block]
    colophon: Colophon
    files: list[AttachedFile] = []


class MetaPart(_Node):
    """The part `rapport()` shows."""

    part: Literal["meta"] = "meta"
    meta: Meta


class KeyFiguresPart(_Node):
    """The part `noegletal()` shows."""

    part: Literal["key_figures"] = "key_figures"
    key_figures: list[KeyFigure]


class BlocksPart(_Node):
    """The part that text, tables, figures and quotations show."""

    part: Literal["blocks"] = "blocks"
    blocks: list[Block]


class FilePart(_Node):
    """The part `vedlaeg()` shows."""

    part: Literal["file"] = "file"
    file: AttachedFile


class ColophonPart(_Node):
    """The part `kolofon()` shows."""

    part: Literal["colophon"] = "colophon"
    colophon: Colophon


Part = Annotated[MetaPart | KeyFiguresPart | BlocksPart | FilePart | ColophonPart, Field(discriminator="part")]


def fingerprint(cells: Iterable[Mapping[str, Any]]) -> str:
    """Hash what a notebook does: the kind, source and tags of its cells, not what JupyterLab last showed in it."""
    content = [[cell["cell_type"], "".join(cell["source"]), cell.get("metadata", {}).get("tags", [])] for cell in cells]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def plain(inlines: list[Inline]) -> str:
    """Return inlines as plain text, without footnotes."""
    words = []
    for node in inlines:
        if isinstance(node, (Text, Shown, Code)):
            words.append(node.text)
        elif isinstance(node, (Strong, Emphasis, Link)):
            words.append(plain(node.children))
        elif isinstance(node, Break):
            words.append(" ")
    return "".join(words)
