"""Assemble the report document from an executed notebook.

Ordinary Markdown cells are prose; code cells add the parts they show (text, tables, figures, colophon). Cells tagged
`remove_cell` are for JupyterLab only. All that keeps a report from being printed is told at once, with its cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from budgetanalyser.errors import DocumentError, Fault
from budgetanalyser.report import document as doc
from budgetanalyser.report.forms import form_faults
from budgetanalyser.report.prose import static_blocks
from budgetanalyser.report.sections import ProseFaults

SKIP_TAG = "remove_cell"
INJECTED_TAG = "injected-parameters"  # papermill's own cell; people do not count it.
_PART: TypeAdapter[doc.Part] = TypeAdapter(doc.Part)


def cell_name(cell: Mapping[str, Any], number: int) -> str:
    """Return a cell as a person is told of it: "celle 7 (»konsekvens«)"."""
    return f"celle {number} (»{cell['id']}«)" if cell.get("id") else f"celle {number}"


def assemble(notebook: Mapping[str, Any], name: str) -> doc.Document:
    """Return the document of an executed notebook (nbformat 4).

    Args:
        notebook: The notebook node.
        name: How errors name the notebook.

    Raises:
        DocumentError: An error output, something shown that a PDF cannot hold, raw HTML, a skipped heading level, a
            missing section, a value printed before it changed, or no `rapport()` or `kolofon()`.
    """
    if not any(cell.get("outputs") for cell in notebook["cells"]):
        raise DocumentError(name, [Fault("notebooken er ikke kørt; kør alle celler først")])
    own = [cell for cell in notebook["cells"] if INJECTED_TAG not in cell.get("metadata", {}).get("tags", [])]
    builder = _Builder(own)
    for number, cell in enumerate(own, start=1):
        builder.read(cell, number)
    return builder.document(name)


class _Builder:
    """Reads cell by cell and gathers faults."""

    def __init__(self, cells: list[Mapping[str, Any]]) -> None:
        self.cells = cells
        self.count = 0
        self.blocks: list[doc.Block] = []
        self.places: list[str] = []
        self.meta: list[doc.Meta] = []
        self.key_figures: list[doc.KeyFigure] = []
        self.colophon: list[doc.Colophon] = []
        self.files: list[doc.AttachedFile] = []
        self.faults: list[Fault] = []

    def read(self, cell: Mapping[str, Any], number: int) -> None:
        tags = cell.get("metadata", {}).get("tags", [])
        if SKIP_TAG in tags:
            return
        place = cell_name(cell, number)
        if cell["cell_type"] not in ("markdown", "code"):
            self.faults.append(
                Fault(
                    f"en rå celle kan ikke komme i PDF'en; lav den til Markdown, eller giv den mærket »{SKIP_TAG}«",
                    place,
                )
            )
            return
        if cell["cell_type"] == "code" and str(cell["source"]).strip() and cell.get("execution_count") is None:
            self.faults.append(Fault("cellen er ikke kørt; kør alle celler igen", place))
        elif cell["cell_type"] == "code" and str(cell["source"]).strip():
            if cell["execution_count"] <= self.count:
                self.faults.append(Fault("cellerne er ikke kørt i rækkefølge; kør alle celler igen", place))
            self.count = cell["execution_count"]
        if cell["cell_type"] == "code":
            for output in cell.get("outputs", []):
                self._output(output, place)
            return
        try:
            self._add(static_blocks(str(cell["source"])), place)
        except ProseFaults as error:
            self.faults += [Fault(fault.text, f"{place}, {fault.where}".rstrip(", ")) for fault in error.faults]

    def _output(self, output: Mapping[str, Any], place: str) -> None:
        if output["output_type"] == "error":
            self.faults.append(
                Fault(f"cellen fejlede med {output.get('ename', 'en fejl')}; ret den, og kør igen", place)
            )
        elif output["output_type"] != "stream":
            data = output.get("data", {})
            if doc.MIME in data:
                self._part(data[doc.MIME], place)
            else:
                self.faults.append(Fault(_foreign(data), place))

    def _part(self, data: object, place: str) -> None:
        try:
            part = _PART.validate_python(data)
        except ValidationError:
            self.faults.append(Fault("cellens resultat er fra en anden version; kør alle celler igen", place))
            return
        if isinstance(part, doc.MetaPart):
            self.meta.append(part.meta)
        elif isinstance(part, doc.KeyFiguresPart):
            self.key_figures += part.key_figures
        elif isinstance(part, doc.FilePart):
            if part.file.name in [one.name for one in self.files]:
                self.faults.append(Fault(f"filen {part.file.name} er vedlagt to gange; giv dem hver sit navn", place))
            self.files.append(part.file)
        elif isinstance(part, doc.ColophonPart):
            self.colophon.append(part.colophon)
        else:
            self._add(part.blocks, place)

    def _add(self, blocks: Iterable[doc.Block], place: str) -> None:
        for block in blocks:
            self.blocks.append(block)
            self.places.append(place)

    def document(self, name: str) -> doc.Document:
        for found, call in ((self.meta, "rapport()"), (self.colophon, "kolofon()")):
            if len(found) != 1:
                said = "mangler" if not found else f"står {len(found)} gange"
                self.faults.append(Fault(f"{call} {said}; den skal vises præcis én gang"))
        self._check_levels()
        self._check_notes()
        if self.meta:
            self.faults += form_faults(self.meta[0].form, self.blocks)
        if self.colophon:
            self._check_notebook(self.colophon[0])
            self._check_values(self.colophon[0])
            self._check_sources(self.colophon[0])
        if self.faults:
            raise DocumentError(name, dict.fromkeys(self.faults))
        numbered = _numbered(self.blocks)
        return doc.Document(
            meta=self.meta[0],
            key_figures=self.key_figures,
            blocks=numbered,
            colophon=self.colophon[0],
            files=self.files,
        )

    def _check_notebook(self, colophon: doc.Colophon) -> None:
        run = [one.sha256 for one in colophon.inputs if one.path.endswith(".ipynb")]
        if run and run != [doc.fingerprint(self.cells)]:
            said = "notebooken er ikke den, analysen peger på, eller den er ændret, efter den blev kørt"
            self.faults.append(Fault(f"{said}; gem den, og kør alle celler igen"))

    def _check_levels(self) -> None:
        level = 0
        for block, place in zip(self.blocks, self.places, strict=True):
            if not isinstance(block, doc.Heading):
                continue
            if block.level > level + 1:
                said = f"overskriften »{doc.plain(block.children)}« springer et niveau over; brug {'#' * (level + 2)}"
                self.faults.append(Fault(said, place))
            level = block.level

    def _check_notes(self) -> None:
        texts: dict[str, str] = {}
        for note in _nodes([thing for thing, _ in self._everything()], doc.Note):
            text = doc.plain(note.children)
            if texts.setdefault(note.label, text) != text:
                self.faults.append(Fault(f"fodnoten [^{note.label}] har to forskellige tekster; giv dem hver sit navn"))

    def _check_values(self, colophon: doc.Colophon) -> None:
        exact = {value.name: value.exact for value in colophon.values}
        for thing, place in self._everything():
            for shown in _nodes([thing], doc.Shown):
                if exact.get(shown.name) != shown.exact:
                    said = f"værdien »{shown.name}« er sat igen, efter den blev vist"
                    self.faults.append(Fault(f"{said}; sæt den én gang, og kør alle celler igen", place))

    def _check_sources(self, colophon: doc.Colophon) -> None:
        known = {kilde.fil for kilde in colophon.kilder}
        used = {fil for value in colophon.values for fil in value.kilder}
        for thing, _ in self._everything():
            used |= {fil for ref in _nodes([thing], doc.SourceRef) for fil in ref.filer}
            used |= set(getattr(thing, "kilder", []))
        for fil in sorted(used - known):
            self.faults.append(Fault(f"kilden {fil} er brugt, men ikke læst i denne kørsel; kør alle celler igen"))

    def _everything(self) -> list[tuple[Any, str]]:
        """Return what the page holds, each with the cell it comes from."""
        blocks = list(zip(self.blocks, self.places, strict=True))
        return [*((one, "noegletal()") for one in self.key_figures), *blocks]


def _foreign(data: Mapping[str, object]) -> str:
    if any(kind.startswith("image/") for kind in data):
        return "figuren mangler tekst til skærmlæsere; vis den med figur(fig, titel=…, alt=…, data=…)"
    own = f"Er den kun til dig selv, så giv cellen mærket »{SKIP_TAG}«"
    if "text/html" in data:
        return f"det, cellen viser, kan ikke komme i PDF'en; vis en tabel med tabel() og tekst med %%tekst. {own}"
    return f"cellens sidste linje viser en værdi, som ikke kan komme i PDF'en; brug %%tekst, eller fjern linjen. {own}"


def _nodes(things: Iterable[Any], wanted: type[Any]) -> Iterable[Any]:
    """Yield every node of a type inside models and lists, in reading order."""
    for thing in things:
        if isinstance(thing, wanted):
            yield thing
        if isinstance(thing, list):
            yield from _nodes(thing, wanted)
        elif isinstance(thing, doc.Table):
            yield from _nodes(
                [thing.caption, thing.unit_line, *[cell.children for row in thing.rows for cell in row.cells]], wanted
            )
        elif hasattr(thing, "model_fields_set"):
            yield from _nodes([value for _, value in thing if isinstance(value, list)], wanted)


def _numbered(blocks: list[doc.Block]) -> list[doc.Block]:
    """Give each section its number, each block its id (section-place) and tables and figures their running number."""
    section = place = tables = figures = 0
    result: list[doc.Block] = []
    for block in blocks:
        if isinstance(block, doc.Heading):
            if block.level == 1:
                section, place = section + 1, 0
                block = block.model_copy(update={"id": str(section)})
            result.append(block)
            continue
        place += 1
        update: dict[str, object] = {"id": f"{section}-{place}"}
        if isinstance(block, doc.Table):
            # A small table of words in the prose has no caption, and no number to be referred to by.
            tables += bool(block.caption)
            update["number"] = tables if block.caption else 0
        elif isinstance(block, doc.Figure):
            figures += 1
            update["number"] = figures
        result.append(block.model_copy(update=update))
    return result
