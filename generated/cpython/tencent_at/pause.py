# Copied from runtime/cpython/pause.py: edit that.
"""A wait for bytes. One timer serves many of them: an answer comes long before."""

from __future__ import annotations

import asyncio

_TURN = 0.0001  # seconds by which a loop may be early


class Pause:
    """For one task at a time; made in the loop in which it waits."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Future[bool] | None = None
        self._until = 0.0  # when that ends
        self._alarm: asyncio.TimerHandle | None = None  # at the latest then

    @property
    def under_way(self) -> bool:
        """Does a task wait?"""
        return self._waiting is not None

    async def until(self, end: float) -> bool:
        """Wait; what over() said, or False at `end` by the loop's clock."""
        if self._alarm is None or self._alarm.when() > end:
            self.close()
            self._alarm = self._loop.call_at(end, self._ring)
        self._until = end
        self._waiting = waiting = self._loop.create_future()
        try:
            return await waiting
        finally:
            self._waiting = None

    def over(self, came: bool) -> None:
        """End the wait, if there is one."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(came)

    def close(self) -> None:
        """Let go of the timer."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _ring(self) -> None:
        self._alarm = None
        if self._loop.time() >= self._until - _TURN:
            self.over(False)
        elif self._waiting is not None:
            self._alarm = self._loop.call_at(self._until, self._ring)
