"""Budgetanalyser: Danish municipal budget analyses, from their source to an accessible PDF.

In a notebook, `%load_ext budgetanalyser` gives what `authoring` holds. Calculations live in the domain modules
(`prisniveau`, `bevilling`, `borgersamling`), each importable on its own. Nothing heavy is imported here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from budgetanalyser.engine.parameters import Aar, Fortroligfil, Kildefil, Kommunekode, Kvartal, Mellem, Periode

__all__ = ["Aar", "Fortroligfil", "Kildefil", "Kommunekode", "Kvartal", "Mellem", "Periode", "load_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Called by `%load_ext budgetanalyser`."""
    from budgetanalyser.authoring import load

    load(shell)


def __getattr__(name: str) -> object:
    # The types of a parameters cell, imported when asked for: `from budgetanalyser import Kvartal`.
    if name in __all__:
        from budgetanalyser.engine import parameters

        return getattr(parameters, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
