"""Working folders that name their process, so that what a killed run left behind can be told from a living one's."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def own_prefix(prefix: str) -> str:
    """Return the beginning of a working folder's name: the prefix and this process."""
    return f"{prefix}{os.getpid()}-"


def sweep(folder: Path, prefix: str) -> None:
    """Remove the working folders of processes that no longer live."""
    for left in folder.glob(f"{prefix}*"):
        owner = left.name.removeprefix(prefix).split("-")[0]
        if owner.isdigit() and left.is_dir() and not _is_alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(process: int) -> bool:
    if os.name != "posix":
        return True  # Asking would end the process there; its folder is left to the user.
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
