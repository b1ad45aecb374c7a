"""The cover: what the workbook is, how to read it, its sheets and its sources, in two columns read line by line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from budgetanalyser.report import document as doc
from budgetanalyser.report.attachments import CONSTRUCTED
from budgetanalyser.report.xlsx import cells
from budgetanalyser.report.xlsx.book import ACCENT, COVER, DATE_FORMATS, Book, count
from budgetanalyser.report.xlsx.content import Part, parted


def write_cover(book: Book, sheets: Sequence[Part]) -> int:
    """Write the cover: what this is, how to read it, the sheets and the sources. Return the row of the sources."""
    sheet = book.sheet(COVER)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 90)
    book.text(sheet, 0, cells.line(book.document.meta.titel), bold=True, font_size=16)
    row = 1
    if book.warning:
        book.text(sheet, row, book.warning, bold=True)
        row += 1
    row = _pairs(book, sheet, row, _about(book.document))
    row = _pairs(book, sheet, _heading(book, sheet, row, "Sådan læses tallene"), _legend(sheets))
    row = _heading(book, sheet, row, "Ark")
    for one in sheets:
        book.link(sheet, row, one.name, one.name, "A1", text_wrap=True)
        book.text(
            sheet, row, f"{one.title} ({count(len(parted(one.table.rows)[0]), 'række', 'rækker')})", 1, text_wrap=True
        )
        row += 1
    sources = row + 1
    row = _heading(book, sheet, row, "Kilder")
    kilder = book.document.colophon.kilder
    if not kilder:
        book.text(sheet, row, "Rapporten bygger ikke på filer i data/raw.")
    _pairs(book, sheet, row, [(f"Kilde {i}", _source(i, kilde, kilder)) for i, kilde in enumerate(kilder, start=1)])
    return sources


def _heading(book: Book, sheet: Any, row: int, words: str) -> int:
    """Write a heading after an empty row; return the row that follows it."""
    book.text(sheet, row + 1, words, bold=True, font_size=13, font_color=ACCENT)
    return row + 2


def _pairs(book: Book, sheet: Any, row: int, pairs: Iterable[tuple[str, str | date]]) -> int:
    for label, said in pairs:
        book.text(sheet, row, label, bold=True)
        if isinstance(said, date):
            sheet.write_datetime(row, 1, said, book.format(num_format=DATE_FORMATS["dato"], align="left"))
        else:
            book.text(sheet, row, said, 1, text_wrap=True)
        row += 1
    return row


def _about(document: doc.Document) -> list[tuple[str, str | date]]:
    meta = document.meta
    about: list[tuple[str, str | date]] = [
        ("Kommune", f"{meta.kommune} Kommune"),
        ("Serie", meta.serie),
        ("Dato", meta.dato),
        ("Tilstand", f"{meta.tilstand}{' og ikke udsendt' if meta.tilstand == 'kladde' else ''}"),
        ("Kørsel", f"{document.colophon.run_id}. Rapporten med samme kørselsnummer har samme tal."),
        ("Analyse", meta.analyse),
        (
            "Hvad filen er",
            "Tallene i rapportens tabeller, figurer og tekst, til at regne videre på. Rapporten er PDF'en med samme "
            "navn.",
        ),
    ]
    return [*about, ("Om rapporten", meta.om)] if meta.om else about


def _legend(sheets: Sequence[Part]) -> list[tuple[str, str]]:
    formats = {column.format for sheet in sheets for column in sheet.table.columns}
    formats |= {format_ for sheet in sheets for rows in sheet.mixed.values() for format_ in rows}
    said = {
        "beloeb": (
            "Beløb",
            "Beløb er i kroner og ikke afrundet, også hvor rapporten viser 1.000 kr. eller mio. kr. Prisniveauet "
            "står under arkets titel, og fortegnene dér eller i noterne. Noterne er rapportens: afrundede tal er dens.",
        ),
        "pct": ("Procent", "Andele er tal mellem 0 og 1, vist i procent: 12,5 % er tallet 0,125."),
        "maaned": ("Måneder", "En måned er datoen for dens første dag."),
    }
    return [
        (
            "Opbygning",
            "Hvert ark har én tabel med én overskriftsrække. En sum nederst står lige under tabellen, så den ikke "
            "regnes med igen. Derunder kommer noter og kilder; linjen over tabellen fører derhen. Ingen felter har "
            "formler.",
        ),
        *(pair for format_, pair in said.items() if format_ in formats),
        ("Tomme felter", "Der er intet tal. Er et tal ukendt eller skjult, står det med ord."),
    ]


def _source(number: int, kilde: doc.KildeInfo, all_: Sequence[doc.KildeInfo]) -> str:
    """Return a source in the words of the colophon; a document that several files come from is told once."""
    key = (kilde.titel, kilde.udgiver, kilde.url)
    first = next(i for i, one in enumerate(all_, start=1) if (one.titel, one.udgiver, one.url) == key)
    mark = f" ({CONSTRUCTED})" if kilde.konstrueret else ""
    said = [f"Samme dokument som kilde {first}{mark}."]
    if first == number:
        said = [f"{kilde.titel}{mark}. {kilde.udgiver}."]
        said += [f"Udgivet: {kilde.udgivet}.", f"Hentet: {kilde.hentet}.", f"Licens: {kilde.licens}."]
    said += [f"Prisniveau: {kilde.prisniveau}."]
    said += [f"Forudsætning: {kilde.forudsaetning}"] if kilde.forudsaetning else []
    said += [f"Forbehold: {kilde.forbehold}"] if kilde.forbehold else []
    said += [f"Fil: {kilde.fil}."]
    # On a line of its own, so that no full stop is copied along with it.
    return " ".join(said) + (f"\nAdresse: {kilde.url}" if first == number else "")
