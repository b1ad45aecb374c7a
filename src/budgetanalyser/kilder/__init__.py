"""Kilder: raw files as received, each with a sidecar that says where it comes from.

`sidecar` holds what is known of a file, `columns` how a cell is read, `table` reads a file under its schema, `describe`
writes a new sidecar, `kommuner` is the table of municipality codes. Raw files are only ever read.
"""
