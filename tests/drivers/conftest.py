"""Fixtures of the drivers' tests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests.ptys import Pty


@pytest.fixture
def unread() -> Iterator[str]:
    """A terminal whose other end nobody reads."""
    with contextlib.closing(Pty()) as pty:
        yield pty.name
