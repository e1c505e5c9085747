"""Wait until something is true: asked again and again, with a bound that no slow machine meets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LONG = 40.0  # seconds, where a test waits for what takes none
_PAUSE = 0.01


def until(true: Callable[[], T | None], seconds: float = LONG) -> T:
    """What it gave, once that is true."""
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end, f"it did not come about in {seconds} s"
        time.sleep(_PAUSE)
    return value


async def until_async(true: Callable[[], T | None], seconds: float = LONG) -> T:
    """The same in a loop that has something else to do meanwhile."""
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end, f"it did not come about in {seconds} s"
        await asyncio.sleep(_PAUSE)
    return value
