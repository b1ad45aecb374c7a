"""Walk one parsed Markdown text: what the report can print becomes blocks, the rest becomes faults with their lines.

`prose` is the door; this module is only the walk over markdown-it's tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Literal

from budgetanalyser.errors import Fault
from budgetanalyser.report import document as doc
from budgetanalyser.report.placeholders import MARK, Filled
from budgetanalyser.report.sections import DEFINITION, ProseFaults, line_number

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

_SCHEMES = ("https://", "http://", "mailto:")
_MISSING_NOTE = re.compile(r"\[\^[^\]\s]+\]")
_DEEPEST = 5
# An amount typed into the prose would have neither source nor price level.
# "1.000 kr." is the name of a unit.
_TYPED_AMOUNT = re.compile(
    r"(?!1\.000\s*kr)(?<![0-9.,])[0-9][0-9.,]*\s*"
    r"(?:(?:mio|mia|t|mill?|million(?:er)?|milliard(?:er)?)?\.?\s*(?:kr\b|kroner\b|DKK\b)|,-)"
    r"|\b(?:kr\.?|DKK)\s*[0-9]"
)
# "3*4*5" would be read as emphasis, and its stars be lost.
_TIMES = re.compile(r"[0-9]\*[^*\s]+\*[0-9]")
_REFUSED = {
    "html_block": "HTML kan ikke stå i rapporten; skriv det som Markdown",
    "html_inline": "HTML kan ikke stå i rapporten; skriv det som Markdown",
    "image": "et billede skal vises med figur(), så det får tekst til skærmlæsere",
    "fence": "kode kan ikke stå i rapporten",
    "code_block": "linjen er rykket fire tegn ind og bliver til kode; ryk den ud",
    "hr": "en vandret streg kan ikke stå i rapporten; brug en overskrift",
}


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt("commonmark", {"maxNesting": 200}).enable("table").use(footnote_plugin, inline=False)
    # A line like "[Note]: text" would vanish as the definition of a link.
    parser.disable("reference")
    # Every address becomes a link here, so that the reader below can refuse the bad ones instead of printing them.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


class Reader:
    """Walks one parsed text and gathers its faults."""

    def __init__(self, filled: Filled) -> None:
        self.filled = filled
        self.faults: list[Fault] = []
        self.notes: dict[int, list[doc.Inline]] = {}
        self.labels: dict[int, str] = {}
        self.heading_lines: dict[int, str] = {}

    def blocks(self) -> list[doc.Block]:
        """Return the text as blocks; raises ProseFaults with all that cannot be printed."""
        from markdown_it.tree import SyntaxTreeNode

        environment: dict[str, object] = {}
        root = SyntaxTreeNode(_parser().parse(self.filled.text, environment))
        self._read_notes(root, environment)
        for number, line in enumerate(self.filled.text.splitlines(), start=1):
            if times := _TIMES.search(line):
                self.faults.append(Fault(f"»{times[0]}« læses som kursiv; skriv × for gange", f"linje {number}"))
        result = [block for node in root.children for block in self._block(node)]
        self._check_levels(result)
        self._raise_faults()
        return result

    def line(self) -> list[doc.Inline]:
        """Return the text as one line; raises ProseFaults."""
        from markdown_it.tree import SyntaxTreeNode

        root = SyntaxTreeNode(_parser().parseInline(self.filled.text, {}))
        result = [one for node in root.children for one in self._line(node)]
        self._raise_faults()
        return result

    def _raise_faults(self) -> None:
        if self.faults:
            raise ProseFaults(sorted(dict.fromkeys(self.faults), key=line_number))

    def _check_levels(self, blocks: list[doc.Block]) -> None:
        level = 1
        for block in blocks:
            if not isinstance(block, doc.Heading):
                continue
            if block.level > level + 1:
                said = f"overskriften »{doc.plain(block.children)}« springer et niveau over; brug {'#' * (level + 2)}"
                self.faults.append(Fault(said, self.heading_lines[id(block)]))
            level = block.level

    def _fault(self, text: str, node: SyntaxTreeNode) -> None:
        self.faults.append(Fault(text, _place(node)))

    def _read_notes(self, root: SyntaxTreeNode, environment: Mapping[str, object]) -> None:
        footnotes = environment.get("footnotes")
        refs = footnotes.get("refs", {}) if isinstance(footnotes, dict) else {}
        for label, number in refs.items():
            if number < 0:
                self.faults.append(Fault(f"fodnoten [^{label.removeprefix(':')}] bruges ikke i teksten"))
        defined = [match["label"] for line in self.filled.text.splitlines() if (match := DEFINITION.match(line))]
        for label in dict.fromkeys(defined):
            if defined.count(label) > 1:
                self.faults.append(Fault(f"fodnoten [^{label}] er skrevet {defined.count(label)} gange"))
        for block in root.children:
            for note in block.children if block.type == "footnote_block" else []:
                inlines = [one for child in note.children for one in self._note_text(child)]
                if any(isinstance(one, doc.Note) for one in inlines):
                    self._fault("en fodnote kan ikke have fodnoter", note)
                if not doc.plain(inlines).strip():
                    self._fault(f"fodnoten [^{note.meta.get('label', '')}] er tom", note)
                self.notes[note.meta["id"]] = inlines
                self.labels[note.meta["id"]] = note.meta.get("label", "")

    def _note_text(self, node: SyntaxTreeNode) -> list[doc.Inline]:
        if node.type == "footnote_anchor":
            return []
        if node.type == "paragraph":
            return self._inlines(node.children[0])
        self._fault("en fodnote skal være ét afsnit", node)
        return []

    def _block(self, node: SyntaxTreeNode) -> Iterator[doc.Block]:
        if _depth(node) > _DEEPEST:
            self._fault(f"lister og citater kan højst stå {_DEEPEST} i hinanden", node)
        elif node.type == "heading":
            yield self._heading(node)
        elif node.type == "paragraph":
            yield doc.Paragraph(children=self._line(node.children[0]))
        elif node.type in ("bullet_list", "ordered_list"):
            items = [[block for child in item.children for block in self._block(child)] for item in node.children]
            start = int(node.attrs.get("start", 1))
            yield doc.ListBlock(ordered=node.type == "ordered_list", start=start, items=items)
        elif node.type == "blockquote":
            yield doc.Quote(blocks=[block for child in node.children for block in self._block(child)])
        elif node.type == "table":
            yield self._table(node)
        elif node.type != "footnote_block":
            self._fault(_REFUSED.get(node.type, "denne Markdown kan ikke stå i rapporten"), node)

    def _heading(self, node: SyntaxTreeNode) -> doc.Heading:
        level = int(node.tag[1:]) - 1
        if level == 0:
            self._fault("»#« er rapportens titel og står i analysen; begynd afsnit med »##«", node)
        if level > 3:
            self._fault("overskrifter går kun til »####«", node)
        if node.markup in ("-", "=") or _depth(node) > 0:
            self._fault("en overskrift skal stå på sin egen linje og begynde med »##«", node)
        children = self._line(node.children[0]) if node.children else []
        if not doc.plain(children).strip():
            self._fault("overskriften er tom", node)
            children = [doc.Text(text=" ")]
        heading = doc.Heading(level=min(max(level, 1), 3), children=children)
        self.heading_lines[id(heading)] = _place(node)
        return heading

    def _table(self, node: SyntaxTreeNode) -> doc.Table:
        head, *body = node.children
        cells = head.children[0].children
        self._check_row_lengths(node, len(cells))
        if any(isinstance(one, (doc.Note, doc.Shown)) for cell in cells for one in self._cell(cell)):
            self._fault("en fodnote eller pladsholder kan ikke stå i en tabels overskrift; sæt den i en celle", node)
        columns = [
            doc.Column(key=f"kolonne_{i}", header=doc.plain(self._cell(cell)), format="tekst", align=_align(cell))
            for i, cell in enumerate(cells, start=1)
        ]
        rows = [
            doc.Row(cells=[doc.Cell(value=doc.plain(one), children=one) for one in map(self._cell, row.children)])
            for part in body
            for row in part.children
        ]
        return doc.Table(columns=columns, rows=rows)

    def _check_row_lengths(self, node: SyntaxTreeNode, columns: int) -> None:
        first, last = node.map or (0, 0)
        for number, line in enumerate(self.filled.text.splitlines()[first:last], start=first + 1):
            row = line[line.find("|") :].strip()  # Without the mark of a quotation or a list.
            found = len(re.split(r"(?<!\\)\|", row.strip("|")))
            if found > columns:
                said = f"rækken har {found} celler, men tabellen har {columns} kolonner"
                self.faults.append(Fault(said, f"linje {number}"))

    def _cell(self, node: SyntaxTreeNode) -> list[doc.Inline]:
        return self._line(node.children[0]) if node.children else []

    def _inlines(self, node: SyntaxTreeNode) -> list[doc.Inline]:
        return _single_stops([one for child in node.children for one in self._inline(child)])

    def _line(self, node: SyntaxTreeNode) -> list[doc.Inline]:
        """Return the inlines of a paragraph, heading or cell, after looking for amounts typed by hand."""
        nodes = self._inlines(node)
        is_quoted = any(parent.type == "blockquote" for parent in _parents(node))
        if (typed := _TYPED_AMOUNT.search(_typed(nodes))) and not is_quoted:
            hint = "giv det navn og kilde med vaerdi(), og vis det med {{ }}"
            self._fault(f"beløbet »{typed[0].strip()}« er skrevet i hånden; {hint}", node)
        return nodes

    def _inline(self, node: SyntaxTreeNode) -> Iterator[doc.Inline]:
        if node.type == "text":
            yield from self._text(node)
        elif node.type == "strong":
            yield doc.Strong(children=self._inlines(node))
        elif node.type == "em":
            yield doc.Emphasis(children=self._inlines(node))
        elif node.type == "code_inline":
            if MARK.search(node.content):
                self._fault("en pladsholder kan ikke stå i `kode`; flyt den ud", node)
            yield doc.Code(text=node.content)
        elif node.type == "softbreak":
            yield doc.Text(text=" ")
        elif node.type == "hardbreak":
            yield doc.Break()
        elif node.type == "link":
            yield self._link(node)
        elif node.type == "footnote_ref":
            number = node.meta["id"]
            yield doc.Note(label=self.labels.get(number, ""), children=self.notes.get(number, []))
        else:
            self._fault(_REFUSED.get(node.type, "denne Markdown kan ikke stå i rapporten"), node)

    def _link(self, node: SyntaxTreeNode) -> doc.Link:
        href = str(node.attrs.get("href", ""))
        if "%EE%80%80" in href:
            self._fault("en pladsholder kan ikke stå i et links adresse", node)
        if node.attrs.get("title"):
            self._fault("et link kan ikke have en titel; skriv den i teksten", node)
        if not href.startswith(_SCHEMES):
            self._fault("et link skal have hele adressen, som https://www.greve.dk", node)
            href = _SCHEMES[0] + "ugyldig"
        return doc.Link(href=href, children=self._inlines(node))

    def _text(self, node: SyntaxTreeNode) -> Iterator[doc.Inline]:
        if missing := _MISSING_NOTE.search(node.content):
            self._fault(f"fodnoten {missing[0]} er ikke skrevet; tilføj en linje, der begynder med {missing[0]}:", node)
        for i, piece in enumerate(MARK.split(node.content)):
            if i % 2:
                yield from self.filled.marks[int(piece)]
            elif piece:
                yield doc.Text(text=piece)


def _typed(nodes: list[doc.Inline]) -> str:
    """Return what the author typed, with a sign where a value or a footnote stands."""
    words = []
    for node in nodes:
        if isinstance(node, (doc.Strong, doc.Emphasis, doc.Link)):
            words.append(_typed(node.children))
        elif isinstance(node, doc.Text):
            words.append(node.text)
        else:
            words.append(" " if isinstance(node, doc.Break) else "\ufffc")
    return "".join(words)


def _single_stops(nodes: list[doc.Inline]) -> list[doc.Inline]:
    """Let the stop of "mio. kr." also end the sentence, as Danish spelling has it."""
    result: list[doc.Inline] = []
    for node in nodes:
        if isinstance(node, doc.Text) and re.match(r"\.(?!\.)", node.text) and result and _ends_in_unit(result[-1]):
            node = doc.Text(text=node.text[1:])
        result.append(node)
    return result


def _ends_in_unit(node: doc.Inline) -> bool:
    if isinstance(node, (doc.Strong, doc.Emphasis, doc.Link)):
        return bool(node.children) and _ends_in_unit(node.children[-1])
    return isinstance(node, doc.Shown) and node.text.endswith(".")


def _align(cell: SyntaxTreeNode) -> Literal["left", "right", "center"]:
    style = str(cell.attrs.get("style", ""))
    return "right" if "right" in style else "center" if "center" in style else "left"


def _parents(node: SyntaxTreeNode) -> Iterator[SyntaxTreeNode]:
    here = node.parent
    while here is not None and not here.is_root:
        yield here
        here = here.parent


def _depth(node: SyntaxTreeNode) -> int:
    """Count the lists and quotations a node stands in."""
    return sum(parent.type in ("bullet_list", "ordered_list", "blockquote") for parent in _parents(node))


def _place(node: SyntaxTreeNode) -> str:
    here: SyntaxTreeNode | None = node
    while here is not None and not here.is_root:
        if here.map:
            return f"linje {here.map[0] + 1}"
        here = here.parent
    return ""
