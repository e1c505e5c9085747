"""What a thread has a loop do: a coroutine is handed over, and its end told without another turn of the loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Handover(Generic[T]):
    """A coroutine under way in another thread's loop.

    Where the loop ends before it, it ends with asyncio.CancelledError.
    """

    def __init__(self, work: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> None:
        self._work = work
        self._loop = loop
        self._task: asyncio.Task[None] | None = None
        self._result: T
        self._error: BaseException | None = None
        self._begun = False
        self._under_way = threading.Lock()  # held until its end
        self._under_way.acquire()
        loop.call_soon_threadsafe(self._begin)

    def wait(self, timeout: float | None = None) -> bool:
        """Has it ended, within so many seconds?"""
        if not self._under_way.acquire(timeout=-1 if timeout is None else timeout):
            return False
        self._under_way.release()
        return True

    def result(self) -> T:
        """What came of it, once it has ended."""
        if self._error is not None:
            raise self._error
        return self._result

    def give_up(self) -> None:
        """Cancel it; nobody waits for it any more."""
        self._loop.call_soon_threadsafe(self._cancel)

    def _begin(self) -> None:
        self._task = self._loop.create_task(self._carry())
        self._task.add_done_callback(self._ended)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _carry(self) -> None:
        self._begun = True
        try:
            self._result = await self._work
        except BaseException as error:
            self._error = error
            if not isinstance(error, Exception):
                raise  # the task is cancelled, or the loop is left
        finally:
            self._under_way.release()

    def _ended(self, _: asyncio.Task[None]) -> None:
        if not self._begun:  # cancelled before
            self._work.close()
            self._error = asyncio.CancelledError()
            self._under_way.release()
