"""What is said on a terminal, and the exit codes."""

from __future__ import annotations

import errno
import re

OK, FAILED, MISUSE = 0, 1, 2


def file_error(error: OSError) -> str:
    """Say in Danish why a file could not be read or written."""
    reasons = {
        errno.ENOSPC: "disken er fuld",
        errno.EACCES: "der er ikke adgang; er filen åben i et andet program, eller er den skrivebeskyttet?",
        errno.EROFS: "disken er skrivebeskyttet",
        errno.EISDIR: "der ligger en mappe, hvor filen skal være",
        errno.ENOTDIR: "der ligger en fil, hvor en mappe skal være",
        errno.EEXIST: "der ligger en fil, hvor en mappe skal være",
        errno.ENOENT: "filen eller mappen er forsvundet",
    }
    reason = reasons.get(error.errno or 0) or error.strerror or str(error)
    return f"En fil kunne ikke læses eller skrives: {reason}" + (f" ({error.filename})." if error.filename else ".")


_LONGEST = 4000


def clean(text: str) -> str:
    """Keep a cell's own words from steering the terminal or filling it."""
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
    plain = "".join(letter if letter in "\n\t" or letter.isprintable() else "�" for letter in plain)
    return plain if len(plain) <= _LONGEST else plain[:_LONGEST] + " … (forkortet)"


def indented(text: str) -> str:
    """Return a text with each line set in."""
    return "\n".join(f"  {line}" for line in text.splitlines())


def ask(question: str) -> str:
    """Return what a person answers; an end of input stops the command."""
    try:
        return input(f"{question}: ").strip()
    except EOFError:
        raise KeyboardInterrupt from None
