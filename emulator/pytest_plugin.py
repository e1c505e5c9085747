"""Fixtures for tests of host programs: `-p tencent_at_emulator.pytest_plugin`, or by itself when installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from .background import running
from .emulator import Emulator

__all__ = ["tencent_at_emulator", "tencent_at_emulators"]


@pytest.fixture
def tencent_at_emulators() -> Iterator[Callable[..., Emulator]]:
    """A function that starts emulators, with the settings of `running`; all end with the test."""
    with ExitStack() as stack:

        def start(**settings: Any) -> Emulator:
            return stack.enter_context(running(**settings))

        yield start


@pytest.fixture
def tencent_at_emulator(tencent_at_emulators: Callable[..., Emulator]) -> Emulator:
    """One module on a pty: open `.path`, drive the other side with `.control`."""
    return tencent_at_emulators()
