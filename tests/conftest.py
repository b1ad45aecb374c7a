"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import Small


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """Return a small workspace in a folder whose name has a space, Danish letters and braces."""
    return Small(tmp_path / "arbejds område æøå {1}")
