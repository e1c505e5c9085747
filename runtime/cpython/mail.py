"""What waits for its reader: bounded queues, for threads and for tasks, that count what finds no room."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Generic, TypeVar

from .errors import PortError

log: logging.Logger = logging.getLogger("tencent_at")
T = TypeVar("T")

TICK = 0.1  # seconds between two calls of on_wait
Hook = Callable[[], object]


_process: int = os.getpid()


def this_process() -> int:
    """The number of this process, without asking the system each time."""
    return _process


def _forked() -> None:
    global _process
    _process = os.getpid()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def foreign_process(process: int) -> PortError:
    """What is raised in a process other than the one that opened the port: nobody there listens to it."""
    return PortError(
        f"this modem belongs to process {process}, which opened it; "
        f"process {_process} was forked from it and must open one of its own"
    )


class _Box(Generic[T]):
    """A queue of at most `size` items; later ones are dropped, counted in `lost`, told to on_lost and to the log.

    on_wait: tells what is to be called, every 100 ms at least, while get() waits; None where nothing is.
    """

    def __init__(
        self,
        size: int,
        what: str,
        on_lost: Hook | None = None,
        on_wait: Callable[[], Hook | None] = lambda: None,
    ) -> None:
        self.size = size
        self.what = what
        self.on_lost = on_lost
        self.on_wait = on_wait
        self.process: int = _process
        self.lost: int = 0
        self.closed = False
        self.error: Exception | None = None
        self._items: deque[T] = deque()

    def __len__(self) -> int:
        return len(self._items)

    def _keep(self, item: T) -> bool:
        if self.closed:
            return False
        if len(self._items) < self.size:
            self._items.append(item)
            return True
        self.lost += 1
        if self.lost & (self.lost - 1) == 0:  # at 1, 2, 4, 8 …
            log.warning(
                "%s: %d wait and nobody reads them; %d lost so far", self.what, self.size, self.lost
            )
        if self.on_lost is not None:
            self.on_lost()
        return False

    def _check(self) -> None:
        if self.process != _process:
            raise foreign_process(self.process)

    def _ended(self) -> None:
        if self.error is not None:
            raise self.error


class Mailbox(_Box[T]):
    """For threads. Iterate over it, or get()."""

    def __init__(
        self,
        size: int,
        what: str,
        on_lost: Hook | None = None,
        on_wait: Callable[[], Hook | None] = lambda: None,
    ) -> None:
        super().__init__(size, what, on_lost, on_wait)
        self._ready = threading.Condition()

    def put(self, item: T) -> None:
        """Add an item if there is room."""
        with self._ready:
            if self._keep(item):
                self._ready.notify()

    def give_back(self, item: T) -> None:
        """Put an item that was taken in vain before all others."""
        with self._ready:
            self._items.appendleft(item)
            self._ready.notify()

    def get(self, timeout: float | None = None) -> T | None:
        """The oldest item; None when `timeout` seconds have passed without one, or at the end.

        Raises PortError where the port was lost.
        """
        self._check()
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            hook = self.on_wait()
            left = None if end is None else max(0.0, end - time.monotonic())
            wait = left if hook is None else TICK if left is None else min(left, TICK)
            item = self.take(wait)
            if item is not None or self.closed:
                return item
            if end is not None and time.monotonic() >= end:
                return None
            if hook is not None:
                hook()

    def take(self, timeout: float | None = None) -> T | None:
        """The same without on_wait."""
        end = None if timeout is None else time.monotonic() + timeout
        with self._ready:
            while not self._items:
                if self.closed:
                    self._ended()
                    return None
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    return None
                self._ready.wait(left)
            return self._items.popleft()

    def close(self, error: Exception | None = None) -> None:
        """No more items will come: readers get what waits, then the end, or the error."""
        with self._ready:
            if not self.closed:
                self.closed = True
                self.error = error
            self._ready.notify_all()

    def each(self, timeout: float | None = None) -> Iterator[T]:
        """The items as they come; ends when `timeout` seconds pass without one."""
        while (item := self.get(timeout)) is not None:
            yield item

    def __iter__(self) -> Iterator[T]:
        return self.each()

    def __enter__(self) -> Mailbox[T]:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class AsyncMailbox(_Box[T]):
    """For the tasks of one loop. Iterate over it, or await get(); a get() that is cancelled loses nothing."""

    def __init__(
        self,
        size: int,
        what: str,
        on_lost: Hook | None = None,
        on_wait: Callable[[], Hook | None] = lambda: None,
    ) -> None:
        super().__init__(size, what, on_lost, on_wait)
        self._waiting: deque[asyncio.Future[None]] = deque()

    def put(self, item: T) -> None:
        """Add an item if there is room."""
        if self._keep(item):
            self._wake()

    async def get(self, timeout: float | None = None) -> T | None:
        """The oldest item; None when `timeout` seconds have passed without one, or at the end.

        Raises PortError where the port was lost.
        """
        self._check()
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            hook = self.on_wait()
            left = None if end is None else max(0.0, end - time.monotonic())
            wait = left if hook is None else TICK if left is None else min(left, TICK)
            item = await self.take(wait)
            if item is not None or self.closed:
                return item
            if end is not None and time.monotonic() >= end:
                return None
            if hook is not None:
                hook()

    async def take(self, timeout: float | None = None) -> T | None:
        """The same without on_wait."""
        if self._items:
            return self._items.popleft()
        loop = asyncio.get_running_loop()
        end = None if timeout is None else loop.time() + timeout
        while not self._items:
            if self.closed:
                self._ended()
                return None
            if end is not None and end <= loop.time():
                return None
            ready = loop.create_future()
            self._waiting.append(ready)
            clock = None if end is None else loop.call_at(end, _done, ready)
            try:
                await ready
            except BaseException:
                if ready.done() and self._items:  # it was woken for an item that it will not take
                    self._wake()
                raise
            finally:
                if clock is not None:
                    clock.cancel()
                if ready in self._waiting:
                    self._waiting.remove(ready)
        return self._items.popleft()

    def close(self, error: Exception | None = None) -> None:
        """No more items will come: readers get what waits, then the end, or the error."""
        if not self.closed:
            self.closed = True
            self.error = error
        while self._waiting:
            self._wake()

    async def each(self, timeout: float | None = None) -> AsyncIterator[T]:
        """The items as they come; ends when `timeout` seconds pass without one."""
        while (item := await self.get(timeout)) is not None:
            yield item

    def __aiter__(self) -> AsyncIterator[T]:
        return self.each()

    def __enter__(self) -> AsyncMailbox[T]:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _wake(self) -> None:
        while self._waiting:
            ready = self._waiting.popleft()
            if not ready.done():
                ready.set_result(None)
                return


def _done(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


class Streams:
    """The boxes into which each event goes, and each message where it was asked for, until their readers go."""

    def __init__(self) -> None:
        self.ended: PortError | None = PortError("the port is not open")
        self._each: weakref.WeakKeyDictionary[AsyncMailbox[Any] | Mailbox[Any], bool]
        self._each = weakref.WeakKeyDictionary()
        self._changing = threading.Lock()
        self._lost = 0  # by streams that are no more

    def add(self, stream: AsyncMailbox[Any] | Mailbox[Any], everything: bool) -> None:
        """Another box; `everything`: messages too. After the end it is told so."""
        with self._changing:
            if self.ended is not None:
                stream.close(self.ended)
            self._each[stream] = everything

    def all(self) -> list[tuple[AsyncMailbox[Any] | Mailbox[Any], bool]]:
        """The boxes, each with whether it wants messages."""
        with self._changing:
            return list(self._each.items())

    @property
    def lost(self) -> int:
        """How many items found no room."""
        return self._lost + sum(stream.lost for stream, _ in self.all())

    def put(self, item: object, message: bool) -> None:
        """Tell an event or a message to those who want it."""
        if not self._each:
            return
        for stream, everything in self.all():
            if stream.closed:
                with self._changing:
                    self._lost += stream.lost
                    self._each.pop(stream, None)
            elif everything or not message:
                stream.put(item)

    def close(self, told: PortError | None = None, ended: PortError | None = None) -> None:
        """No more will come; `told`: the error that readers get. `ended`: what streams of later are told."""
        with self._changing:
            self.ended = self.ended or ended
        for stream, _ in self.all():
            stream.close(told)
