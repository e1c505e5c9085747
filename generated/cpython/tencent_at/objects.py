# Copied from runtime/cpython/objects.py: edit that.
"""Ways to the module that are objects: a pair of asyncio streams, or anything with read and write."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, cast

from .errors import InvalidArgument, PortError
from .secret import unlogged

_READ = 4096
_PAUSE = 0.1  # seconds that one read may wait, where it can be told
_EMPTY = (
    0.002  # seconds between two questions to an object that had nothing to read, or took nothing
)
_PATIENCE = 0.5  # seconds for what is under way to end at close()

Received = Callable[[bytes], None]
Lost = Callable[[Exception | None], None]


class _Taking:
    """How much an object took of what it was given to write.

    A number says so. None is all, as asyncio's streams and many a hand-made object mean it; but for a raw stream of
    Python's, and for an object that has told a number before (machine.UART does both), it is nothing.
    """

    def __init__(self, port: object) -> None:
        self._counts = isinstance(port, io.RawIOBase)

    def taken(self, data: bytes, told: object) -> int:
        """Bytes of `data` that have left. Raises PortError for an answer that is none."""
        if told is None:
            return 0 if self._counts else len(data)
        if not isinstance(told, int) or isinstance(told, bool) or not 0 <= told <= len(data):
            kind = told if isinstance(told, (int, bool)) else type(told).__name__
            raise PortError(
                f"write() of {len(data)} bytes returned {kind}: "
                "it must return how many of them it took, or None"
            )
        self._counts = True
        return told


def _some(error: BlockingIOError) -> int:
    # What a stream of Python's took before it would have had to wait.
    return int(getattr(error, "characters_written", 0) or 0)


class StreamConnection:
    """A pair of asyncio streams, or one object with an awaitable read."""

    def __init__(self, reader: Any, writer: Any, received: Received, lost: Lost) -> None:
        self._reader = reader
        self._writer = writer
        self._received = received
        self._lost = lost
        self._taking = _Taking(writer)
        self._rest: deque[bytes] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._task = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        error: Exception | None = None
        try:
            while data := await self._reader.read(_READ):
                self._received(data)
        except Exception as found:
            error = found
        self._lost(error)

    def write(self, data: bytes) -> None:
        """Begin to write; what is not taken at once follows."""
        self._rest.append(data)
        if len(self._rest) == 1:
            self._writing = asyncio.ensure_future(self._write_on())

    async def _write_on(self) -> None:
        try:
            while self._rest:
                told = self._writer.write(self._rest[0])
                if inspect.isawaitable(told):
                    told = await told
                taken = self._taking.taken(self._rest[0], told)
                self._rest[0] = self._rest[0][taken:]
                if not self._rest[0]:
                    self._rest.popleft()
                elif not taken:
                    await asyncio.sleep(_EMPTY)
        except Exception as error:
            self._rest.clear()
            self._lost(error)

    def unsent(self) -> int:
        """Bytes that still wait to leave."""
        inside = getattr(getattr(self._writer, "transport", None), "get_write_buffer_size", None)
        return sum(map(len, self._rest)) + (int(inside()) if inside is not None else 0)

    async def set_baudrate(self, baudrate: int) -> None:
        """Streams have none."""
        raise PortError("a stream has no baud rate")

    async def close(self) -> None:
        """End reading and writing, and close the writer where it can be."""
        tasks = [self._task] if self._writing is None else [self._task, self._writing]
        if self._writing is not None and not self._writing.done():
            await asyncio.wait([self._writing], timeout=_PATIENCE)
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if hasattr(self._writer, "close"):
            closing = self._writer.close()
            if inspect.isawaitable(closing):
                await closing


class ObjectConnection:
    """A plain object with read(size) and write(data), such as a pySerial port: a thread reads it, one writes."""

    def __init__(self, port: Any, received: Received, lost: Lost) -> None:
        self._port = port
        self._received = received
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._chunks: deque[bytes] = deque()
        self._taking = _Taking(port)
        self._rest: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._unsent = 0
        self._counting = threading.Lock()
        self._closing = False
        self._timed = _has_timeout(port.read)
        self._threads = [
            threading.Thread(target=self._keep_on, args=(work,), name=name, daemon=True)
            for work, name in (
                (self._read_on, "tencent-at reader"),
                (self._write_on, "tencent-at writer"),
            )
        ]
        for thread in self._threads:
            thread.start()

    def _keep_on(self, work: Callable[[], None]) -> None:
        try:
            with unlogged():  # it may be one of serialx's
                work()
        except Exception as error:
            if not self._closing:
                with contextlib.suppress(RuntimeError):  # the loop is closed
                    self._loop.call_soon_threadsafe(self._lost, error)

    def _read_on(self) -> None:
        while not self._closing:
            data = self._some()
            if data:
                self._chunks.append(data)
                self._loop.call_soon_threadsafe(self._hand_over)
            else:
                time.sleep(_EMPTY)

    def _some(self) -> bytes | None:
        # Waits for the first byte at most: read1, where there is one, gives what there is.
        if self._timed:
            return cast("bytes | None", self._port.read(_READ, timeout=_PAUSE))
        if hasattr(self._port, "in_waiting"):  # pySerial: its read(n) waits for all n
            return cast("bytes | None", self._port.read(max(1, min(_READ, self._port.in_waiting))))
        read = getattr(self._port, "read1", self._port.read)
        return cast("bytes | None", read(_READ))

    def _hand_over(self) -> None:
        while self._chunks:
            self._received(bytes(self._chunks.popleft()))

    def _write_on(self) -> None:
        while (data := self._rest.get()) is not None:
            flush = getattr(self._port, "flush", None)
            while data and not self._closing:
                try:
                    taken = self._taking.taken(data, self._port.write(data))
                except BlockingIOError as error:
                    taken = _some(error)
                data = data[taken:]
                self._left(taken if data or flush is None else taken - 1)
                if not taken:
                    time.sleep(_EMPTY)
            while flush is not None and not self._closing:
                try:
                    flush()
                    self._left(1)  # the last byte counts until it has been flushed
                    break
                except BlockingIOError:
                    time.sleep(_EMPTY)

    def _left(self, taken: int) -> None:
        with self._counting:
            self._unsent -= taken

    def write(self, data: bytes) -> None:
        """Hand the bytes to the thread that writes."""
        with self._counting:
            self._unsent += len(data)
        self._rest.put(data)

    def unsent(self) -> int:
        """Bytes that still wait to leave."""
        return self._unsent

    async def set_baudrate(self, baudrate: int) -> None:
        """Set the object's own."""
        if not hasattr(self._port, "baudrate"):
            raise PortError(f"{type(self._port).__name__} has no baudrate")
        self._port.baudrate = baudrate

    async def close(self) -> None:
        """End the threads, and close the object where it can be; bytes under way have half a second."""
        end = self._loop.time() + _PATIENCE
        while self._unsent and self._loop.time() < end and self._threads[1].is_alive():
            await asyncio.sleep(_EMPTY)
        self._closing = True
        self._rest.put(None)
        if hasattr(self._port, "close"):
            self._port.close()
        for thread in self._threads:
            with contextlib.suppress(RuntimeError):
                await self._loop.run_in_executor(None, thread.join, _PATIENCE)


def _has_timeout(read: Callable[..., Any]) -> bool:
    try:
        return "timeout" in inspect.signature(read).parameters
    except (TypeError, ValueError):  # a built-in one that does not say
        return False


def set_pins(port: Any, pins: dict[str, bool]) -> None:
    """Set DTR and RTS of an object. Raises InvalidArgument where it lacks them."""
    for name, level in pins.items():
        if not hasattr(port, name):
            raise InvalidArgument(f"{name}: {type(port).__name__} has no {name} to set")
        setattr(port, name, level)
