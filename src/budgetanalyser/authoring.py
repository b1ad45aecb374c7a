"""What a notebook can say: `%load_ext budgetanalyser` gives it the functions below and the cell magic `%%tekst`.

Each shows at once, in JupyterLab, what the PDF will hold, and puts the same thing into the notebook as a part of the
report document. Nothing is calculated here: calculations live in the domain modules, where they have tests.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from budgetanalyser.arguments import (
    Sources,
    declared_formats,
    drawable,
    explained,
    remarks_of,
    reservation,
    sources_of,
    usual_unit,
    whole_table,
)
from budgetanalyser.engine import contract, record
from budgetanalyser.engine.expansion import ANALYSE, chosen_by_name
from budgetanalyser.engine.files import read_cells
from budgetanalyser.engine.parameters import Declared, declared, is_constructed, named
from budgetanalyser.engine.precheck import missing_section, read_sections, unused_section
from budgetanalyser.errors import AnalysisError, DocumentError, Fault, KildeError, ValueUseError, nearest
from budgetanalyser.kilder.fortrolig import MARK, Fortrolig, find
from budgetanalyser.kilder.fortrolig import read as read_confidential
from budgetanalyser.kilder.posteringer import Posteringer, afviste_navn
from budgetanalyser.kilder.posteringer import read as read_postings
from budgetanalyser.kilder.raafil import Raafil, verified
from budgetanalyser.kilder.sidecar import Kilde, sidecar_path
from budgetanalyser.kilder.table import KildeTable, read
from budgetanalyser.kroner import Enhed, Kroner, Prisniveau, require_one_level
from budgetanalyser.report import document as doc
from budgetanalyser.report import prose
from budgetanalyser.report.forms import FORMS
from budgetanalyser.report.sections import ProseFaults
from budgetanalyser.report.values import KRONER, PARAMETER, Vaerdi
from budgetanalyser.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd
    from IPython.core.interactiveshell import InteractiveShell
    from matplotlib.figure import Figure

# What %load_ext puts into the notebook.
NAMES = (
    "rapport",
    "udfoldet",
    "noegletal",
    "tekst",
    "afsnit",
    "kilde",
    "fortrolig",
    "raafil",
    "posteringer",
    "fortrolig_fil",
    "vaerdi",
    "tabel",
    "figur",
    "citat",
    "bemaerkninger",
    "vedlaeg",
    "ordret",
    "kolofon",
)
MAGIC = "tekst"


_UNITS = {enhed.navn: enhed for enhed in Enhed}
_MOST_KEY_FIGURES = 4
_INVENTED = "KONSTRUERET: opdigtede tal"
_INVENTED_WORDS = "KONSTRUERET: opdigtet udsagn"


class Ordret(str):
    """A text from data that is printed as it stands: `words` as they are, and as Markdown that says the same."""

    words: str

    def __new__(cls, marked: str, words: str) -> Ordret:
        """Return the Markdown, remembering the words."""
        text = super().__new__(cls, marked)
        text.words = words
        return text


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
        self.bound: dict[str, Any] = {}
        self.inputs: list[doc.InputFile] = []
        self.shown: set[str] = set()

    def rapport(self, analyse: str, *, form: str = "") -> None:
        """Begin the report of an analysis: read its TOML and prose, set its parameters, and show its title.

        The parameters of the TOML hold in JupyterLab too: they replace the notebook's defaults. A value typed into the
        notebook that contradicts the TOML is refused, so that both ways of running make the same report.

        Args:
            analyse: The report's name, such as "2023/velfaerdsborgersamling"; where an analysis makes several, its
                file's name means the first.
            form: A form whose sections must all be there ("afrapportering"); empty for a free report.

        Raises:
            WorkspaceError, AnalysisError, NotebookError: All faults of the first file that has any, or a name that no
                analysis makes.
            ValueUseError: An unknown form.
        """
        if form and form not in FORMS:
            raise ValueUseError(f"Formen »{form}« kendes ikke. {nearest(form, FORMS)}")
        self.values, self.kilder, self.shown, self.name = {}, {}, set(), analyse
        self.workspace = workspace = Workspace.find(self.folder)
        path = workspace.analysis(analyse)
        self.analysis, text = contract.read_analysis(path, workspace.relative(path))
        self.sections = read_sections(workspace, analyse)
        notebook = workspace.notebook(self.analysis.notebook)
        self.inputs = record.input_files(workspace.root, path, workspace.prose(analyse), notebook)
        analysis = self._read_parameters(notebook, text)
        meta = doc.Meta(
            analyse=self.name,
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

    def udfoldet(self) -> tuple[Any, ...]:
        """Return what the analysis makes a report of each, such as committees; () where it makes one."""
        _, analysis = self._ready()
        return tuple(analysis.udfold.vaerdier) if analysis.udfold else ()

    def _read_parameters(self, notebook: Path, text: str) -> contract.Analysis:
        """Set the parameters, and return the analysis with its placeholders filled; the session has its whole name."""
        workspace, analysis = self._ready()
        shown = workspace.relative(notebook)
        known = declared(read_cells(notebook, shown), shown)
        data = analysis.model_dump()
        reports, faults = chosen_by_name(workspace, self.name, data, known, text=text)
        given, self.name, chosen = self.name, reports[0].name, reports[0].chosen
        bound, wrong = contract.bind(analysis.parametre, known, text=text, name=self.name, chosen=chosen)
        faults += wrong + contract.unfillable(data, known, text)
        namespace = self.shell.user_ns if self.shell else dict(bound)
        is_set = {ANALYSE, *analysis.parametre, *chosen}
        for one in known.values():
            try:
                may_differ = [one.default] if one.name != ANALYSE else [given]
                bound[one.name] = _agreed(one, bound[one.name], namespace, one.name in is_set, may_differ)
            except ValueError as error:
                faults.append(Fault(str(error), one.name))
        if not faults:
            self.analysis, faults = contract.filled(analysis, bound, text)
        if faults:
            raise AnalysisError(f"parametrene til {self.name}", faults)
        namespace.update(bound)
        self.bound = bound
        self.values = {name: named(known[name], value) for name, value in bound.items()}
        self.parameters = [
            doc.Parameter(name=name, hjaelp=known[name].hjaelp, value=value.named().text)
            for name, value in self.values.items()
        ]
        return self._ready()[1]

    def _ready(self) -> tuple[Workspace, contract.Analysis]:
        if self.workspace is None or self.analysis is None:
            raise ValueUseError("Begynd notebooken med rapport(analyse), før noget andet vises.")
        return self.workspace, self.analysis

    def kilde(self, fil: str, kolonner: Sequence[str] = ()) -> KildeTable:
        """Read a file in `data/raw/` against its sidecar, and remember it as a source of the report.

        Args:
            fil: Its name.
            kolonner: Columns that the notebook needs, as they are called after reading (amounts end in `_kr`).

        Raises:
            KildeError: Missing, changed, not as declared, or without a column it needs; all faults are told.
        """
        workspace, _ = self._ready()
        path = workspace.raw(fil)
        table = read(path, fil)
        missing = [name for name in kolonner if name not in table.data]
        if missing:
            raise KildeError(fil, [Fault(f"kolonnen »{name}« mangler; notebooken skal bruge den") for name in missing])
        if fil not in self.kilder:
            self.inputs += record.input_files(workspace.root, path, sidecar_path(path))
        self.kilder[fil] = table.kilde
        return table

    def fortrolig(self, fil: str) -> Fortrolig:
        """Read the volunteers of a lottery from a file that git and the report never take along.

        Args:
            fil: A name in `data/fortroligt/`, a whole path outside the workspace, or a KONSTRUERET file in `data/raw/`,
                which is a source like any other.

        Raises:
            KildeError: It lies where it may not, or holds names, CPR numbers or addresses.
        """
        workspace, _ = self._ready()
        if is_constructed(fil):
            invented = self.kilde(fil, ["id"])
            return Fortrolig(invented.data.set_index("id"), kilder=(invented,))
        path = find(fil, workspace.root)
        return Fortrolig(read_confidential(path), path)

    def raafil(self, fil: str) -> Raafil:
        """Verify a file in `data/raw/` that is no table, such as a map, or a folder of files, and give its path.

        Args:
            fil: Its name.

        Raises:
            KildeError: Missing, changed or not described.
        """
        workspace, _ = self._ready()
        found = verified(workspace.raw(fil), fil)
        for one, path in zip(found.kilder, found.files, strict=True):
            if one.fil not in self.kilder:
                self.inputs += record.input_files(workspace.root, path, sidecar_path(path))
            self.kilder[one.fil] = one
        return found

    def posteringer(
        self,
        fil: str,
        *,
        layout: str = "generisk",
        kontrol: KildeTable | None = None,
        accepterede: Collection[int] | str = (),
    ) -> Posteringer:
        """Read a ledger in `data/raw/`, which must add up to the finance system's own control total.

        Args:
            fil: Its name.
            layout: A built-in layout ("generisk", "opus", "prisme", …), or the name of a TOML file in `data/raw/`.
            kontrol: The control totals, as `kilde()` gave them: `fil`, `kontroltotal_kr` and perhaps `posteringer`.
            accepterede: Lines that may be rejected.

        Raises:
            KildeError, LedgerError: See `kilder.posteringer.read`. The rejected rows are in `data/processed/`.
        """
        workspace, _ = self._ready()
        path = workspace.raw(fil)
        own = [workspace.raw(layout)] if layout.endswith(".toml") else []
        found = read_postings(
            path,
            fil,
            layout=own[0] if own else layout,
            kontrol=kontrol,
            accepterede=accepterede,
            afviste=workspace.processed(afviste_navn(fil)),
        )
        if fil not in self.kilder:
            self.inputs += record.input_files(workspace.root, path, sidecar_path(path), *own)
        self.kilder[fil] = found.kilde
        return found

    def fortrolig_fil(self, fil: str) -> Raafil:
        """Give the path of a file or folder of ballots, which git and the report never take along.

        Args:
            fil: A name in `data/fortroligt/`, a whole path outside the workspace, or a KONSTRUERET one in `data/raw/`,
                which is a source like any other.

        Raises:
            KildeError: It lies where it may not.
        """
        workspace, _ = self._ready()
        if is_constructed(fil):
            return self.raafil(fil)
        return Raafil(find(fil, workspace.root, folders=True))

    def vaerdi(
        self,
        name: str,
        amount: Decimal | int | Kroner | date | str | None,
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
            amount: Decimal kroner for "kr.", a fraction for "andel"; `Kroner` brings its price level along. None where
                no source says it: every format then prints "ikke oplyst".
            enhed: "kr.", "antal", "andel", "år", "dato", "måned", "kvartal" or "tekst".
            prisniveau: Price level of kroner; by default that of the sources.
            kilde: The source or sources it comes from.
            beregning: How it was computed, in words; needed when there is no source.
            beskrivelse: What it is, in words, for the colophon.

        Raises:
            ValueUseError: No origin, no unit, kroner without price level, a float.
        """
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueUseError(
                f"»{name}« kan ikke være navn på en værdi. Brug bogstaver, tal og _, og begynd med et bogstav."
            )
        if name in self.values and self.values[name].beregning == PARAMETER:
            raise ValueUseError(f"»{name}« er en parameter. Giv værdien et andet navn.")
        if amount is not None and hasattr(amount, "item"):
            amount = amount.item()  # A number of numpy's own kind.
        if isinstance(amount, Kroner):
            prisniveau, amount, enhed = amount.prisniveau, amount.beloeb, KRONER
        sources = sources_of(kilde)
        if enhed == KRONER and prisniveau is None:
            levels = [one.prisniveau for one in sources if one.prisniveau]
            prisniveau = require_one_level(levels) if levels else None
        value = Vaerdi(
            name=name,
            amount=amount,
            enhed=enhed or usual_unit(name, amount),
            beskrivelse=beskrivelse or name,
            prisniveau=prisniveau,
            kilder=tuple(one.fil for one in sources),
            beregning=beregning,
            forudsaetning=reservation(sources),
        )
        self.values[name] = value
        return value

    def noegletal(self, *pairs: tuple[str, str]) -> None:
        """Show the few figures under the title: pairs of figure and label, both with placeholders."""
        if not all(isinstance(pair, tuple) and len(pair) == 2 for pair in pairs):
            raise ValueUseError('noegletal() skal have par: noegletal(("{{ udgift | mio_kr }}", "engangsudgift"), …).')
        if len(pairs) > _MOST_KEY_FIGURES:
            raise ValueUseError(
                f"Der er plads til {_MOST_KEY_FIGURES} nøgletal under titlen. Vælg dem, der betyder mest."
            )
        shown = [doc.KeyFigure(figure=self._inline(figure), label=self._inline(label)) for figure, label in pairs]
        _display(doc.KeyFiguresPart(key_figures=shown))

    def tekst(self, text: str) -> None:
        """Show Markdown with placeholders: `Udgiften er {{ udgift | mio_kr }}`."""
        try:
            blocks = prose.blocks(text, self.values)
        except ProseFaults as error:
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
            headings = self._headings()
            if heading not in headings:
                raise AnalysisError(path, [Fault(missing_section(heading, headings))])
            blocks = prose.blocks(self.sections[headings[heading]], self.values)
            title = doc.Heading(level=1, children=prose.inline(headings[heading], self.values))
        except ProseFaults as error:
            raise AnalysisError(path, error.faults) from None
        self.shown.add(heading)
        _display(doc.BlocksPart(blocks=[title, *blocks]))

    def _headings(self) -> dict[str, str]:
        """Return the prose's raw headings by what they are with their placeholders filled."""
        filled = [(doc.plain(prose.inline(raw, self.values)), raw) for raw in self.sections]
        if len({heading for heading, _ in filled}) < len(filled):
            raise ProseFaults([Fault("to afsnit har samme overskrift, når pladsholderne er udfyldt; giv dem hver sin")])
        return dict(filled)

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
                afrunding, tomt, noter.

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
                raise ValueUseError(f"tabel() kender ikke »{name}«. {nearest(name, [*known, 'kilde', 'titel'])}")
        sources = sources_of(kilde)
        if not isinstance(titel, str) or not titel.strip():
            raise ValueUseError("Tabellen eller figuren mangler en titel, der siger, hvad den viser.")
        if not sources:
            raise ValueUseError(f"Tabellen »{titel}« har ingen kilde. Angiv kilde= med det, kilde() gav.")
        if getattr(data, "attrs", {}).get(MARK):
            raise ValueUseError(
                f"Tabellen »{titel}« bygger på fortrolige personoplysninger og kan ikke vises. Vis antal."
            )
        data = whole_table(data, titel)
        own = {
            name: {str(key): one for key, one in layout.get(name, {}).items()} for name in ("formater", "overskrifter")
        }
        layout = {**layout, **own, "formater": {**declared_formats(data, sources), **own["formater"]}}
        levels = [one.prisniveau for one in sources if one.prisniveau]
        ready = tables.Layout(
            enhed=_UNITS[enhed],
            prisniveau=prisniveau or (require_one_level(levels) if levels else None),
            forudsaetning=reservation(sources),
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

        constructed = any(one.konstrueret for one in sources_of(kilde))
        spoken_nodes = self._inline(alt)
        if constructed and doc.plain(spoken_nodes).strip():
            spoken_nodes = [doc.Text(text=f"{_INVENTED}. "), *spoken_nodes]
        spoken = doc.plain(spoken_nodes)
        drawn = drawable(figure, titel, spoken)
        if data is None:
            raise ValueUseError(f"Figuren »{titel}« mangler sine tal. Giv den data=, så læseren kan få dem.")
        table = self._table(data, titel, enhed, prisniveau, kilde, layout)
        # Without words of the author's own, the unit and price level of the data stand under the title.
        unit: list[doc.Inline] = (
            [doc.Text(text=", ".join(doc.plain(table.unit_line).split(", ")[:2]))] if table.unit_line else []
        )
        block = doc.Figure(
            caption=self._inline(titel),
            subtitle=[
                *(self._inline(undertekst) or unit),
                *([doc.Text(text=f" · {_INVENTED}")] if constructed else []),
            ],
            alt=spoken,
            spoken=spoken_nodes,
            svg=figures.svg(drawn),
            data=table,
            kilder=[one.fil for one in sources_of(kilde)],
        )
        _close(drawn)
        _display(doc.BlocksPart(blocks=[block]))

    def citat(self, ord_: str, hvem: str, kilde: Sources = None) -> None:
        """Show somebody's own words verbatim in quotation marks, and who said them. The words are never Markdown.

        Args:
            ord_: The words.
            hvem: Who said them; a role where it is not a public statement.
            kilde: Where they were written down; invented words are then told to be so.
        """
        sources = sources_of(kilde)
        who = f"{hvem} ({_INVENTED_WORDS})" if any(one.konstrueret for one in sources) else hvem
        _display(doc.BlocksPart(blocks=[_quote(ord_, who, [one.fil for one in sources])]))

    def bemaerkninger(self, kilde: KildeTable, fra: str) -> None:
        """Show the section of remarks from `fra` ("HovedMED"): each verbatim, or that there are none.

        Args:
            kilde: A table with `fra`, `dato` (may be empty) and `bemaerkning`.
            fra: Whose remarks.
        """
        from budgetanalyser import dansk

        rows = remarks_of(kilde, fra)
        blocks: list[doc.Block] = [doc.Heading(level=1, children=[doc.Text(text=f"Bemærkninger fra {fra}")])]
        for row in rows:
            when = dansk.dato(row["dato"]) if row["dato"] else "dato ikke oplyst"
            blocks.append(_quote(str(row["bemaerkning"]), f"{row['fra']}, {when}", [kilde.kilde.fil]))
        if not rows:
            blocks.append(doc.Paragraph(children=[doc.Text(text=f"{fra} har ikke givet bemærkninger.")]))
        _display(doc.BlocksPart(blocks=blocks))

    def vedlaeg(self, navn: str, indhold: str | bytes, beskrivelse: str) -> None:
        """Enclose a text file, such as a calendar: inside the PDF, and beside it in `reports/` as `<analyse>.<navn>`.

        Args:
            navn: Small letters, digits and hyphens, ending in .ics, .csv, .json or .txt.
            indhold: The file; bytes are UTF-8.
            beskrivelse: What it is, in words.

        Raises:
            ValueUseError: A name that cannot be used, no description, or bytes that are not text.
        """
        try:
            text = indhold.decode() if isinstance(indhold, bytes) else indhold
            file = doc.AttachedFile(name=navn, description=beskrivelse, content=text)
        except ValueError:
            raise ValueUseError(
                f"»{navn}« kan ikke vedlægges: navnet skal være små bogstaver, tal og - og ende på .ics, .csv, .json "
                "eller .txt, beskrivelsen må ikke være tom, og indholdet skal være tekst."
            ) from None
        _display(doc.FilePart(file=file))

    @staticmethod
    def ordret(text: str) -> Ordret:
        """Return a text from data so that a title or an alt text prints it as it stands, whatever signs it holds.

        `tabel(df, f"Svar fra {ordret(navn)}", …)`: neither `{{ }}` nor `**` in the name means anything then. As a whole
        text, `alt=ordret(ord)`, it may hold amounts too: they come from data and are not typed.
        """
        # A numeric entity is a letter to Markdown, never a sign; and it holds no braces for a placeholder.
        return Ordret(re.sub(r"[^\w\s.,:;()%/»«–-]", lambda sign: f"&#{ord(sign[0])};", text), text)

    def kolofon(self) -> None:
        """Close the report: list its sources, values, parameters and versions, and number the run by its content.

        Raises:
            AnalysisError: A section of the prose was never shown.
            DocumentError: A file the report was made from has changed since it was read.
        """
        workspace, _ = self._ready()
        try:
            unused = [unused_section(heading) for heading in self._headings() if heading not in self.shown]
        except ProseFaults as error:
            raise AnalysisError(workspace.relative(workspace.prose(self.name)), error.faults) from None
        if unused:
            raise AnalysisError(workspace.relative(workspace.prose(self.name)), map(Fault, unused))
        self._check_unchanged(workspace)
        colophon = record.colophon(
            self.inputs,
            kilder=list(self.kilder.values()),
            values=[value.named() for value in self.values.values()],
            parameters=self.parameters,
        )
        _display(doc.ColophonPart(colophon=colophon))

    def _check_unchanged(self, workspace: Workspace) -> None:
        """Refuse files and parameters that are not what they were when the report read them."""
        now = record.input_files(workspace.root, *(workspace.root / one.path for one in self.inputs))
        changed = sorted({one.path for one in self.inputs} - {one.path for one in now if one in self.inputs})
        if changed:
            said = "filen er ændret eller slettet, mens rapporten blev kørt; kør igen"
            raise DocumentError("kørslen", [Fault(said, path) for path in changed])
        namespace = self.shell.user_ns if self.shell else {}
        moved = [one.name for one in self.parameters if one.name in namespace and self._is_moved(one.name, namespace)]
        if moved:
            said = "er ændret i notebooken efter rapport(); ret den i analysen"
            raise ValueUseError(f"Parameteren »{moved[0]}« {said}.")

    def _is_moved(self, name: str, namespace: Mapping[str, Any]) -> bool:
        return bool(namespace[name] != self.bound[name])

    def _inline(self, text: str) -> list[doc.Inline]:
        if not isinstance(text, str):
            raise ValueUseError(f"Her skal stå en tekst i anførselstegn, ikke {text!r}.")
        if isinstance(text, Ordret):
            return [doc.Text(text=text.words)]
        try:
            return prose.inline(text, self.values)
        except ProseFaults as error:
            raise DocumentError(f"teksten »{text[:40]}«", error.faults) from None


def _agreed(one: Declared, bound: Any, namespace: Mapping[str, Any], is_set: bool, may_differ: Sequence[object]) -> Any:
    """Return a parameter's value, agreed between the analysis and the notebook as it has run so far.

    Where the analysis sets it (`is_set`), the notebook may say the same or one of `may_differ`; else the notebook's
    holds.
    """
    if one.name not in namespace:
        return bound
    typed = one.check(namespace[one.name])
    if not is_set:
        return typed
    if typed != bound and typed not in may_differ:
        raise ValueError(f"er {typed!r} i notebooken, men {bound!r} i analysen; ret det ene sted")
    return bound


def _quote(words: str, who: str, kilder: Sequence[str] = ()) -> doc.Quote:
    paragraphs = [part.strip() for part in words.strip().split("\n\n") if part.strip()]
    # The Danish marks of the original: the same sign opens and closes.
    marked = [
        ("”" if i == 0 else "") + part + ("”" if i == len(paragraphs) - 1 else "") for i, part in enumerate(paragraphs)
    ]
    spoken: list[doc.Block] = [doc.Paragraph(children=[doc.Text(text=part)]) for part in marked]
    return doc.Quote(blocks=spoken, source=who, kilder=list(kilder))


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
    from budgetanalyser.report.figures import set_style

    set_style()
    session = Session(shell)
    shell.push({name: explained(getattr(session, name)) for name in NAMES})  # type: ignore[no-untyped-call]

    def tekst(line: str, cell: str) -> None:
        """%%tekst: Markdown with placeholders."""
        # The magic's own line counts, so that a fault's line is the cell's.
        session.tekst("\n" + cell)

    shell.register_magic_function(tekst, magic_kind="cell", magic_name=MAGIC)  # type: ignore[call-arg, arg-type]
