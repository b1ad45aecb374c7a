"""nbconvert exporters: an executed notebook to the report document, and on to the PDF.

So `jupyter nbconvert --to budgetanalyser_pdf`, JupyterLab's export menu and our own run all make the same file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from budgetanalyser.errors import BudgetanalyseError
from budgetanalyser.report.assemble import assemble
from budgetanalyser.report.document import Document


class DocumentExporter(Exporter):
    """Executed notebook to report document (JSON)."""

    export_from_notebook = "Budgetanalyse (dokument)"
    output_mimetype = "application/json"

    def _file_extension_default(self) -> str:
        return ".json"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Return the document as JSON text, and the resources.

        Raises:
            DocumentError: The notebook cannot become a report; all faults are told.
        """
        with _told_plainly():
            document, resources = self._document(nb, resources)
            return document.model_dump_json(indent=1), resources

    def _document(self, nb: NotebookNode, resources: dict[str, Any] | None) -> tuple[Document, dict[str, Any]]:
        ready = self._init_resources(resources)  # type: ignore[no-untyped-call]
        ready["output_extension"] = self.file_extension
        name = ready["metadata"].get("name", "notebook")
        return assemble(nb, f"{name}.ipynb"), ready


@contextmanager
def _told_plainly() -> Iterator[None]:
    """End `jupyter nbconvert` with the Danish message alone; elsewhere, as in JupyterLab, let the error pass."""
    try:
        yield
    except BudgetanalyseError as error:
        from nbconvert.nbconvertapp import NbConvertApp
        from traitlets.config import Application

        if Application.initialized() and isinstance(Application.instance(), NbConvertApp):
            sys.exit(str(error))
        raise


class PdfExporter(DocumentExporter):
    """Executed notebook to accessible PDF (PDF/UA-1, PDF/A-3a)."""

    export_from_notebook = "Budgetanalyse (PDF)"
    output_mimetype = "application/pdf"

    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Return the PDF as bytes, and the resources.

        Raises:
            DocumentError: As for the document.
            PdfError: The typesetter refused it.
        """
        from budgetanalyser.report.pdf import render

        with _told_plainly():
            document, resources = self._document(nb, resources)
            return render(document), resources
