"""Tags that the typesetter cannot set yet: the first cell of each body row becomes the row's header.

A screen reader then says "Velfærdsborgersamling, 2024, 450" and not only the column. Nothing visible changes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any


def with_row_headers(pdf: bytes) -> bytes:
    """Return the PDF with row headers in all its tables; the same input gives the same bytes."""
    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for body in _elements(document.Root.StructTreeRoot.K, "/TBody"):
            rows = [_children(row) for row in _elements(body.K, "/TR")]
            if _needs_row_headers(rows):
                for row in rows:
                    _make_header(row[0])
        document.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.preserve)
    return out.getvalue()


def _needs_row_headers(rows: list[list[Any]]) -> bool:
    """Tell whether the cells still outnumber the headers; a smaller table is heard whole, and headers repeat it."""
    columns = len(rows[0]) if rows else 0
    return columns > 2 and (columns - 1) * len(rows) >= columns + len(rows)


def _make_header(cell: Any) -> None:
    import pikepdf

    if cell.get("/S") != "/TD" or "/K" not in cell:
        return
    cell.S = pikepdf.Name.TH
    attributes = cell.get("/A")
    several = isinstance(attributes, pikepdf.Array)
    known = list(attributes) if several else [attributes] if attributes is not None else []
    cell.A = pikepdf.Array([*known, pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=pikepdf.Name.Row)])


def _children(node: Any) -> list[Any]:
    import pikepdf

    kids = node.get("/K")
    return list(kids) if isinstance(kids, pikepdf.Array) else [] if kids is None else [kids]


def _elements(node: Any, wanted: str) -> Iterator[Any]:
    import pikepdf

    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from _elements(child, wanted)
    elif isinstance(node, pikepdf.Dictionary):
        if node.get("/S") == wanted:
            yield node
        elif "/K" in node:
            yield from _elements(node.K, wanted)
