"""Borgersamling: what an assembly is and what the council then owes it. Pure: tables in, tables out."""
