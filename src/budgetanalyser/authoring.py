"""What a notebook can say: `%load_ext budgetanalyser` gives it the functions below and the cell magic `%%tekst`.

Each shows at once, in JupyterLab, what the PDF will hold, and puts the same thing into the notebook as a part of the
report document. Nothing is calculated here: calculations live in the domain modules, where they have tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from budgetanalyser.engine import contract, record
from budgetanalyser.engine.parameters import declared
from budgetanalyser.errors import AnalysisError, DocumentError, Fault, ValueUseError, nearest
from budgetanalyser.kilder.sidecar import Kilde
from budgetanalyser.kilder.table import KildeTable, read
from budgetanalyser.kroner import Enhed, Kroner, Prisniveau, require_one_level
from budgetanalyser.report import document as doc
from budgetanalyser.report import prose
from budgetanalyser.report.values import KRONER, PARAMETER, Vaerdi
from budgetanalyser.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd
    from IPython.core.interactiveshell import InteractiveShell
    from matplotlib.figure import Figure

# What %load_ext puts into the notebook.
NAMES = ("rapport", "noegletal", "afsnit", "kilde", "vaerdi", "tabel", "figur", "citat", "bemaerkninger", "kolofon")
MAGIC = "tekst"

Sources = Kilde | KildeTable | Iterable["Kilde | KildeTable"] | None

_UNITS = {enhed.navn: enhed for enhed in Enhed}
_PARAMETER_UNITS = {"int": "antal", "Decimal": "antal", "date": "dato", "Aar": "år", "Kvartal": "kvartal"}


class Session:
    """The state of one notebook: its workspace and analysis, the sources read and the values named so far."""

    def __init__(self, shell: InteractiveShell | None = None, folder: Path | None = None) -> None:
        self.shell = shell
        self.folder = folder or Path.cwd()
        self.values: dict[str, Vaerdi] = {}
        self.kilder: dict[str, Kilde] = {}
        self.sections: dict[str, str] = {}
        self.name = ""
        self.workspace: Workspace | None = None
        self.analysis: contract.Analysis | None = None
        self.parameters: list[doc.Parameter] = []

    def rapport(self, analyse: str, *, form: str = "") -> None:
        """Begin the report of an analysis: read its TOML and prose, and show its title.

        Args:
            analyse: The analysis' name, such as "2023/velfaerdsborgersamling".
            form: A form whose sections must all be there ("afrapportering"); empty for a free report.

        Raises:
            WorkspaceError, AnalysisError, NotebookError: All faults of the first file that has any.
        """
        self.values, self.kilder, self.name = {}, {}, analyse
        self.workspace = workspace = Workspace.find(self.folder)
        path = workspace.analysis(analyse)
        self.analysis, _ = contract.read_analysis(path, workspace.relative(path))
        self.sections = read_sections(workspace, analyse)
        self._read_parameters(workspace, self.analysis)
        analysis = self.analysis
        meta = doc.Meta(
            analyse=analyse,
            form=form,
            serie=analysis.serie,
            titel=analysis.titel,
            dato=analysis.dato,
            kommune_kode=analysis.kommune,
            kommune=analysis.kommune_navn,
            tilstand="kladde",
            om=analysis.om,
        )
        _display(doc.MetaPart(meta=meta))

    def _read_parameters(self, workspace: Workspace, analysis: contract.Analysis) -> None:
        path = workspace.notebook(analysis.notebook)
        found = declared(contract.read_cells(path, path.name), workspace.relative(path))
        namespace = self.shell.user_ns if self.shell else {}
        self.parameters = []
        faults = []
        for one in found.values():
            try:
                value = one.check(namespace.get(one.name, one.default))
            except ValueError as error:
                faults.append(Fault(str(error), one.name))
                continue
            text = ("ja" if value else "nej") if isinstance(value, bool) else value
            named = Vaerdi(one.name, text, _PARAMETER_UNITS.get(one.kind, "tekst"), one.hjaelp, beregning=PARAMETER)
            self.values[one.name] = named
            self.parameters.append(doc.Parameter(name=one.name, hjaelp=one.hjaelp, value=named.named().text))
        if faults:
            raise AnalysisError(f"parametrene til {self.name}", faults)

    def _ready(self) -> tuple[Workspace, contract.Analysis]:
        if self.workspace is None or self.analysis is None:
            raise ValueUseError("Begynd notebooken med rapport(analyse), før noget andet vises.")
        return self.workspace, self.analysis

    def kilde(self, fil: str) -> KildeTable:
        """Read a file in `data/raw/` against its sidecar, and remember it as a source of the report.

        Raises:
            KildeError: Missing, changed or not as declared; all faults are told.
        """
        workspace, _ = self._ready()
        table = read(workspace.raw(fil))
        self.kilder[fil] = table.kilde
        return table

    def vaerdi(
        self,
        name: str,
        amount: Decimal | int | Kroner | date | str,
        *,
        enhed: str = "",
        prisniveau: Prisniveau | None = None,
        kilde: Sources = None,
        beregning: str = "",
        beskrivelse: str = "",
    ) -> Vaerdi:
        """Name a value, so that prose can print it: `{{ name | mio_kr }}`.

        Args:
            name: A Python identifier, unique in the report.
            amount: Decimal kroner for "kr.", a fraction for "andel"; `Kroner` brings its price level along.
            enhed: "kr.", "antal", "andel", "år", "dato", "måned", "kvartal" or "tekst".
            prisniveau: Price level of kroner; by default that of the sources.
            kilde: The source or sources it comes from.
            beregning: How it was computed, in words; needed when there is no source.
            beskrivelse: What it is, in words, for the colophon.

        Raises:
            ValueUseError: No origin, no unit, kroner without price level, a float.
        """
        if not name.isidentifier():
            raise ValueUseError(
                f"»{name}« kan ikke være navn på en værdi. Brug bogstaver, tal og _, og begynd med et bogstav."
            )
        if isinstance(amount, Kroner):
            prisniveau, amount, enhed = amount.prisniveau, amount.beloeb, KRONER
        sources = _sources(kilde)
        if enhed == KRONER and prisniveau is None:
            levels = [one.prisniveau for one in sources if one.prisniveau]
            prisniveau = require_one_level(levels) if levels else None
        value = Vaerdi(
            name=name,
            amount=amount,
            enhed=enhed or _usual_unit(name, amount),
            beskrivelse=beskrivelse or name,
            prisniveau=prisniveau,
            kilder=tuple(one.fil for one in sources),
            beregning=beregning,
            forudsaetning=_reservation(sources),
        )
        self.values[name] = value
        return value

    def noegletal(self, *pairs: tuple[str, str]) -> None:
        """Show the few figures under the title: pairs of figure and label, both with placeholders."""
        shown = [doc.KeyFigure(figure=self._inline(figure), label=self._inline(label)) for figure, label in pairs]
        _display(doc.KeyFiguresPart(key_figures=shown))

    def tekst(self, text: str) -> None:
        """Show Markdown with placeholders: `Udgiften er {{ udgift | mio_kr }}`."""
        try:
            blocks = prose.blocks(text, self.values)
        except prose.ProseFaults as error:
            raise DocumentError("teksten i cellen", error.faults) from None
        _display(doc.BlocksPart(blocks=blocks))

    def afsnit(self, heading: str) -> None:
        """Show a section of the analysis' prose file, heading and all.

        Raises:
            AnalysisError: The file has no such section, or a fault in it; all are told with their lines.
        """
        workspace, _ = self._ready()
        path = workspace.relative(workspace.prose(self.name))
        try:
            headings = {doc.plain(prose.inline(raw, self.values)): raw for raw in self.sections}
            if heading not in headings:
                hint = nearest(heading, headings) if headings else "Filen findes ikke eller er tom."
                raise AnalysisError(path, [Fault(f"afsnittet »{heading}« mangler. {hint}")])
            blocks = prose.blocks(self.sections[headings[heading]], self.values)
            title = doc.Heading(level=1, children=prose.inline(headings[heading], self.values))
        except prose.ProseFaults as error:
            raise AnalysisError(path, error.faults) from None
        _display(doc.BlocksPart(blocks=[title, *blocks]))

    def tabel(
        self,
        data: pd.DataFrame,
        titel: str,
        *,
        enhed: str = "1.000 kr.",
        prisniveau: Prisniveau | str | None = None,
        kilde: Sources = None,
        **layout: Any,
    ) -> None:
        """Show a table.

        Args:
            data: Columns of text, Decimal kroner, int, date or bool.
            titel: What the table says; may hold placeholders.
            enhed: Unit of its amounts: "kr.", "1.000 kr." or "mio. kr.".
            prisniveau: Their price level; by default that of the sources. A text where the columns differ.
            kilde: The source or sources.
            **layout: The other fields of `report.tables.Layout`: overskrifter, formater, fortegn, decimaler, i_alt,
                afrunding, tomt.

        Raises:
            ValueUseError: Amounts without price level, floats, unknown columns.
        """
        _display(doc.BlocksPart(blocks=[self._table(data, titel, enhed, prisniveau, kilde, layout)]))

    def _table(
        self,
        data: pd.DataFrame,
        titel: str,
        enhed: str,
        prisniveau: Prisniveau | str | None,
        kilde: Sources,
        layout: Mapping[str, Any],
    ) -> doc.Table:
        from dataclasses import fields

        from budgetanalyser.report import tables

        if enhed not in _UNITS:
            raise ValueUseError(f"Enheden »{enhed}« kendes ikke. {nearest(enhed, _UNITS)}")
        known = [field.name for field in fields(tables.Layout)]
        for name in layout:
            if name not in known:
                raise ValueUseError(f"tabel() kender ikke »{name}«. {nearest(name, known)}")
        sources = _sources(kilde)
        levels = [one.prisniveau for one in sources if one.prisniveau]
        ready = tables.Layout(
            enhed=_UNITS[enhed],
            prisniveau=prisniveau or (require_one_level(levels) if levels else None),
            forudsaetning=_reservation(sources),
            **layout,
        )
        constructed = any(one.konstrueret for one in sources)
        return tables.build(
            data, ready, caption=self._inline(titel), kilder=[one.fil for one in sources], constructed=constructed
        )

    def figur(
        self,
        figure: Figure,
        titel: str,
        *,
        alt: str = "",
        data: pd.DataFrame | None = None,
        undertekst: str = "",
        enhed: str = "1.000 kr.",
        prisniveau: Prisniveau | str | None = None,
        kilde: Sources = None,
        **layout: Any,
    ) -> None:
        """Show a matplotlib figure.

        Args:
            figure: The figure.
            titel: The finding; `undertekst` what is plotted, and in which unit. Both may hold placeholders.
            alt: What one sees, and the two or three numbers that matter, for a screen reader.
            data: The numbers behind the figure; they are attached to the PDF.
            enhed, prisniveau, kilde, **layout: As for `tabel()`, of the data.

        Raises:
            ValueUseError: No alt text or no data.
        """
        from budgetanalyser.report import figures

        spoken = doc.plain(self._inline(alt))
        if len(spoken.split()) < 3:
            raise ValueUseError(
                f"Figuren »{titel}« mangler tekst til skærmlæsere. Skriv i alt=, hvad man ser, og de vigtigste tal."
            )
        if data is None:
            raise ValueUseError(f"Figuren »{titel}« mangler sine tal. Giv den data=, så læseren kan få dem.")
        block = doc.Figure(
            caption=self._inline(titel),
            subtitle=self._inline(undertekst),
            alt=spoken,
            svg=figures.svg(figure),
            data=self._table(data, titel, enhed, prisniveau, kilde, layout),
            kilder=[one.fil for one in _sources(kilde)],
        )
        _close(figure)
        _display(doc.BlocksPart(blocks=[block]))

    def citat(self, ord_: str, hvem: str) -> None:
        """Show somebody's own words verbatim in quotation marks, and who said them. The words are never Markdown."""
        _display(doc.BlocksPart(blocks=[_quote(ord_, hvem)]))

    def bemaerkninger(self, kilde: KildeTable, fra: str) -> None:
        """Show the section of remarks from `fra` ("HovedMED"): each verbatim, or that there are none.

        Args:
            kilde: A table with `fra`, `dato` (may be empty) and `bemaerkning`.
            fra: Whose remarks.
        """
        from budgetanalyser import dansk

        rows = kilde.data.to_dict("records")
        blocks: list[doc.Block] = [doc.Heading(level=1, children=[doc.Text(text=f"Bemærkninger fra {fra}")])]
        for row in rows:
            when = dansk.dato(row["dato"]) if row["dato"] else "dato ikke oplyst"
            blocks.append(_quote(str(row["bemaerkning"]), f"{row['fra']}, {when}", [kilde.kilde.fil]))
        if not rows:
            blocks.append(doc.Paragraph(children=[doc.Text(text=f"{fra} har ikke givet bemærkninger.")]))
        _display(doc.BlocksPart(blocks=blocks))

    def kolofon(self) -> None:
        """Close the report: list its sources, values, parameters and versions, and number the run by its content."""
        workspace, analysis = self._ready()
        colophon = record.colophon(
            workspace.root,
            analysis=workspace.analysis(self.name),
            prose=workspace.prose(self.name),
            notebook=workspace.notebook(analysis.notebook),
            kilder=list(self.kilder.values()),
            values=[value.named() for value in self.values.values()],
            parameters=self.parameters,
        )
        _display(doc.ColophonPart(colophon=colophon))

    def _inline(self, text: str) -> list[doc.Inline]:
        try:
            return prose.inline(text, self.values)
        except prose.ProseFaults as error:
            raise DocumentError(f"teksten »{text[:40]}«", error.faults) from None


def read_sections(workspace: Workspace, name: str) -> dict[str, str]:
    """Return an analysis' prose by heading; nothing when it has no prose file.

    Raises:
        AnalysisError: The file is not UTF-8, or its headings are wrong.
    """
    path = workspace.prose(name)
    if not path.is_file():
        return {}
    try:
        return prose.sections(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise AnalysisError(
            workspace.relative(path), [Fault("filen er ikke gemt som UTF-8; gem den igen som UTF-8")]
        ) from None
    except prose.ProseFaults as error:
        raise AnalysisError(workspace.relative(path), error.faults) from None


def _quote(words: str, who: str, kilder: Sequence[str] = ()) -> doc.Quote:
    paragraphs = [part.strip() for part in words.strip().split("\n\n") if part.strip()]
    # The Danish marks of the original: the same sign opens and closes.
    marked = [
        ("”" if i == 0 else "") + part + ("”" if i == len(paragraphs) - 1 else "") for i, part in enumerate(paragraphs)
    ]
    spoken: list[doc.Block] = [doc.Paragraph(children=[doc.Text(text=part)]) for part in marked]
    return doc.Quote(blocks=spoken, source=who, kilder=list(kilder))


def _sources(kilde: Sources) -> list[Kilde]:
    if kilde is None:
        return []
    many: Sequence[Kilde | KildeTable] = [kilde] if isinstance(kilde, (Kilde, KildeTable)) else list(kilde)
    return [one.kilde if isinstance(one, KildeTable) else one for one in many]


def _reservation(sources: Sequence[Kilde]) -> str:
    return next((one.forudsaetning for one in sources if one.prisniveau and one.prisniveau.forudsat), "")


def _usual_unit(name: str, amount: object) -> str:
    if isinstance(amount, date):
        return "dato"
    if isinstance(amount, str):
        return "tekst"
    raise ValueUseError(f'Værdien »{name}« er et tal uden enhed. Angiv enhed="kr.", "antal", "andel" eller "år".')


def _display(part: doc.Part) -> None:
    from IPython.display import display

    from budgetanalyser.report.html import preview

    data = {
        doc.MIME: part.model_dump(mode="json"),
        "text/html": preview(part),
        "text/plain": f"<{part.part}>",
    }
    display(data, raw=True)  # type: ignore[no-untyped-call]


def _close(figure: Figure) -> None:
    """Keep a figure drawn with pyplot from being shown a second time at the end of the cell."""
    import sys

    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close(figure)


def load(shell: InteractiveShell) -> None:
    """Give a notebook the functions of this module and `%%tekst`; called by `%load_ext budgetanalyser`."""
    session = Session(shell)
    shell.push({name: getattr(session, name) for name in NAMES})  # type: ignore[no-untyped-call]

    def tekst(line: str, cell: str) -> None:
        """%%tekst: Markdown with placeholders."""
        # The magic's own line counts, so that a fault's line is the cell's.
        session.tekst("\n" + cell)

    shell.register_magic_function(tekst, magic_kind="cell", magic_name=MAGIC)  # type: ignore[call-arg, arg-type]
