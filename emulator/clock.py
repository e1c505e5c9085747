"""Time, as the module reads it: a clock that an event loop drives, and one that a test drives."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from typing import Protocol

__all__ = ["Clock", "FakeClock", "LoopClock", "Timer"]


class Timer(Protocol):
    """Something that will happen unless it is cancelled."""

    def cancel(self) -> None:
        """Make it not happen; after it has happened, nothing."""


class Clock(Protocol):
    """The only source of time in this package. All figures are seconds."""

    def now(self) -> float:
        """Seconds since some fixed moment; never goes back."""

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call ``callback`` once, ``delay`` seconds from now and never before this call returns."""


class LoopClock:
    """The clock of a running asyncio loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop

    def now(self) -> float:
        return self.loop.time()

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        if delay <= 0:
            return self.loop.call_soon(callback)
        return self.loop.call_later(delay, callback)


class _FakeTimer:
    __slots__ = ("callback",)

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class FakeClock:
    """A clock that stands still until ``advance`` is called: 300 seconds pass in microseconds."""

    def __init__(self) -> None:
        self._now = 0.0
        self._count = 0
        self._heap: list[tuple[float, int, _FakeTimer]] = []

    def now(self) -> float:
        return self._now

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        timer = _FakeTimer(callback)
        self._count += 1
        heapq.heappush(self._heap, (self._now + max(delay, 0.0), self._count, timer))
        return timer

    def next_due(self) -> float | None:
        """Seconds until the next timer, or None when nothing is going to happen."""
        while self._heap and self._heap[0][2].callback is None:
            heapq.heappop(self._heap)
        return max(self._heap[0][0] - self._now, 0.0) if self._heap else None

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass; everything due happens in order, each at its own time."""
        until = self._now + seconds
        while self._heap and self._heap[0][0] <= until:
            due, _, timer = heapq.heappop(self._heap)
            callback, timer.callback = timer.callback, None
            if callback is not None:
                self._now = max(self._now, due)
                callback()
        self._now = until
