"""A preview of a report part for JupyterLab: what the PDF will hold, as safe HTML. Not an output of its own."""

from __future__ import annotations

from html import escape

from budgetanalyser.report import document as doc

_CELL = 'style="text-align:{};padding:2px 10px"'


def preview(part: doc.Part) -> str:
    """Return a part of a report as HTML; all text is escaped."""
    if isinstance(part, doc.MetaPart):
        meta = part.meta
        origin = f"{escape(meta.serie)} · {escape(meta.kommune)} Kommune"
        title = f"[{meta.titel}]" if meta.form == "afrapportering" else meta.titel
        about = f"<p><small>{escape(meta.om)}</small></p>" if meta.om else ""
        return f"<p><small>{origin}</small></p><h1>{escape(title)}</h1>{about}"
    if isinstance(part, doc.KeyFiguresPart):
        cells = (
            f"<td><b>{_inlines(one.figure)}</b><br><small>{_inlines(one.label)}</small></td>"
            for one in part.key_figures
        )
        return f"<table><tr>{''.join(cells)}</tr></table>"
    if isinstance(part, doc.FilePart):
        return f"<p><small>Vedhæftet: {escape(part.file.name)} ({escape(part.file.description)})</small></p>"
    if isinstance(part, doc.ColophonPart):
        return _colophon(part.colophon)
    return "".join(_block(block) for block in part.blocks)


def _inlines(nodes: list[doc.Inline]) -> str:
    return "".join(_inline(node) for node in nodes)


def _inline(node: doc.Inline) -> str:
    if isinstance(node, doc.Shown):
        return f'<span title="{escape(node.name)} = {escape(node.exact)}">{escape(node.text)}</span>'
    if isinstance(node, doc.Note):
        return f'<sup title="{escape(doc.plain(node.children))}">[note]</sup>'
    if isinstance(node, doc.SourceRef):
        return f"kilde <i>{escape(', '.join(node.filer))}</i>"
    if isinstance(node, doc.Break):
        return "<br>"
    if isinstance(node, doc.Link):
        return f'<a href="{escape(node.href)}">{_inlines(node.children)}</a>'
    if isinstance(node, (doc.Strong, doc.Emphasis)):
        tag = "strong" if isinstance(node, doc.Strong) else "em"
        return f"<{tag}>{_inlines(node.children)}</{tag}>"
    return f"<code>{escape(node.text)}</code>" if isinstance(node, doc.Code) else escape(node.text)


def _block(block: doc.Block) -> str:
    if isinstance(block, doc.Heading):
        return f"<h{block.level + 1}>{_inlines(block.children)}</h{block.level + 1}>"
    if isinstance(block, doc.Paragraph):
        return f"<p>{_inlines(block.children)}</p>"
    if isinstance(block, doc.ListBlock):
        tag = "ol" if block.ordered else "ul"
        items = "".join(f"<li>{''.join(map(_block, item))}</li>" for item in block.items)
        return f"<{tag}>{items}</{tag}>"
    if isinstance(block, doc.Quote):
        source = f"<footer>– {escape(block.source)}</footer>" if block.source else ""
        return f"<blockquote>{''.join(map(_block, block.blocks))}{source}</blockquote>"
    if isinstance(block, doc.Figure):
        # As an image, so that nothing inside the drawing can run.
        from base64 import b64encode

        image = b64encode(block.svg.encode()).decode()
        alt = escape(block.alt, quote=True)
        title = f"<p><b>{_inlines(block.caption)}</b> · {_inlines(block.subtitle)}</p>"
        return f'{title}<img style="max-width:640px" src="data:image/svg+xml;base64,{image}" alt="{alt}">'
    return _table(block)


def _table(table: doc.Table) -> str:
    unit = f" · {_inlines(table.unit_line)}" if table.unit_line else ""
    title = f"<caption><b>{_inlines(table.caption)}</b>{unit}</caption>" if table.caption else ""
    head = "".join(f'<th {_CELL.format(c.align)} scope="col">{escape(c.header)}</th>' for c in table.columns)
    rows = "".join(_row(table, row) for row in table.rows)
    notes = "".join(f"<p><small>{escape(note)}</small></p>" for note in table.notes)
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}"


def _row(table: doc.Table, row: doc.Row) -> str:
    tag = "th" if row.total else "td"
    pairs = zip(table.columns, row.cells, strict=True)
    return (
        "<tr>"
        + "".join(f"<{tag} {_CELL.format(c.align)}>{_inlines(one.children)}</{tag}>" for c, one in pairs)
        + "</tr>"
    )


def _colophon(colophon: doc.Colophon) -> str:
    sources = "".join(
        f"<li>{escape(one.titel)}, {escape(one.udgiver)} ({escape(one.fil)})</li>" for one in colophon.kilder
    )
    values = "".join(f"<li>{escape(one.beskrivelse)}: {escape(one.text)}</li>" for one in colophon.values)
    run = f"<p>Kørsel {escape(colophon.run_id)}</p>"
    return f"<h3>Kilder</h3><ol>{sources}</ol><h3>Tal i teksten</h3><ul>{values}</ul>{run}"
