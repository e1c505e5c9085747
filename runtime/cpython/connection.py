"""The way to the module in an asyncio loop: a serial URL, a pair of streams, or any object with read and write."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, cast

import serialx

from .errors import PortError
from .secret import unlogged

_READ = 4096
_PAUSE = 0.1  # seconds that one read may wait, where it can be told
_EMPTY = 0.002  # seconds between two questions to an object that had nothing to read
_WRITE_TIMEOUT = 10.0  # seconds

# Packages that make a scheme known to serialx when they are imported, and the extras that bring them.
_SCHEMES = {"emu": "tencent_at_emulator"}
_EXTRAS = {"emu": "emulator"}

Received = Callable[[bytes], None]
Lost = Callable[[Exception | None], None]


def named(error: BaseException) -> str:
    """A foreign error by its type and number: its text may hold what was written, and that may be secret."""
    number = getattr(error, "errno", None)
    kind = type(error).__name__
    return f"{kind} {number} ({os.strerror(number)})" if isinstance(number, int) else kind


class Connection(Protocol):
    """What the shells need. What arrives goes to the `received` that it was made with, its end to `lost`."""

    def write(self, data: bytes) -> None: ...

    async def set_baudrate(self, baudrate: int) -> None: ...

    async def close(self) -> None: ...


async def connect(
    port: Any, baudrate: int, settings: dict[str, Any], received: Received, lost: Lost
) -> Connection:
    """Open a port. settings: further ones for serialx, such as rtscts=True.

    port: a URL (device, socket://host:port, rfc2217://…, emu://); a pair (reader, writer) of asyncio streams; or an
    object with read(size) and write(data), either plain (then a thread reads it) or awaitable.
    Raises PortError.
    """
    if isinstance(port, str) or hasattr(port, "__fspath__"):
        return await _SerialConnection.open(str(port), baudrate, settings, received, lost)
    if isinstance(port, tuple):
        return _StreamConnection(port[0], port[1], received, lost)
    if inspect.iscoroutinefunction(getattr(port, "read", None)):
        return _StreamConnection(port, port, received, lost)
    if not hasattr(port, "read") or not hasattr(port, "write"):
        raise PortError(f"{port!r} is no URL, and has no read and write")
    return _ObjectConnection(port, received, lost)


class _SerialConnection(asyncio.Protocol):
    """A port that serialx opens by URL."""

    def __init__(self, received: Received, lost: Lost) -> None:
        self._received = received
        self._lost = lost
        self._transport: serialx.BaseSerialTransport | None = None

    @classmethod
    async def open(
        cls, url: str, baudrate: int, settings: dict[str, Any], received: Received, lost: Lost
    ) -> _SerialConnection:
        shown = serialx.redact_uri(url)
        scheme = url.partition("://")[0]
        if scheme in _SCHEMES:
            try:
                importlib.import_module(_SCHEMES[scheme])
            except ImportError as error:
                raise PortError(
                    f'{shown}: install "tencent-at[{_EXTRAS[scheme]}]" ({error})'
                ) from None
        self = cls(received, lost)
        loop = asyncio.get_running_loop()
        try:
            with unlogged():
                self._transport, _ = await serialx.create_serial_connection(
                    loop, lambda: self, url, baudrate, **settings
                )
        except (OSError, ValueError, serialx.SerialException) as error:
            reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise PortError(f"{shown}: {reason.replace(url, shown)}") from None
        return self

    def data_received(self, data: bytes) -> None:
        self._received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost(exc)

    def write(self, data: bytes) -> None:
        assert self._transport is not None
        try:
            with unlogged():
                self._transport.write(data)
            return
        except Exception as error:
            failure = PortError(named(error))
        raise failure

    async def close(self) -> None:
        assert self._transport is not None
        self._transport.close()
        await self._transport.wait_closed()

    async def set_baudrate(self, baudrate: int) -> None:
        assert self._transport is not None
        try:
            await self._transport.reconfigure_port(baudrate=baudrate)
        except (OSError, ValueError, serialx.SerialException) as error:
            raise PortError(f"{baudrate} baud: {error}") from None


class _StreamConnection:
    """A pair of asyncio streams, or one object with an awaitable read."""

    def __init__(self, reader: Any, writer: Any, received: Received, lost: Lost) -> None:
        self._reader = reader
        self._writer = writer
        self._received = received
        self._lost = lost
        self._writing: set[asyncio.Task[None]] = set()
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
        failure = None
        try:
            sent = self._writer.write(data)
        except Exception as error:
            failure = PortError(named(error))
        if failure is not None:
            raise failure
        if inspect.isawaitable(sent):
            task = asyncio.ensure_future(_finish(sent, self._lost))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def set_baudrate(self, baudrate: int) -> None:
        raise PortError("a stream has no baud rate")

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        if self._writing:
            await asyncio.wait(self._writing)
        if hasattr(self._writer, "close"):
            closing = self._writer.close()
            if inspect.isawaitable(closing):
                await closing


def _has_timeout(read: Callable[..., Any]) -> bool:
    try:
        return "timeout" in inspect.signature(read).parameters
    except (TypeError, ValueError):  # a built-in one that does not say
        return False


async def _finish(sent: Any, lost: Lost) -> None:
    try:
        await sent
    except Exception as error:
        lost(error)


class _ObjectConnection:
    """A plain object with read(size) and write(data), such as a pySerial port: a thread reads it."""

    def __init__(self, port: Any, received: Received, lost: Lost) -> None:
        self._port = port
        self._received = received
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._chunks: deque[bytes] = deque()
        self._error: Exception | None = None
        self._closing = False
        self._timed = _has_timeout(port.read)
        self._thread = threading.Thread(target=self._read, name="tencent-at reader", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            with unlogged():  # it may be one of serialx's
                self._read_on()
        except Exception as error:
            if self._closing:
                return
            self._error = error
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._end)

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

    def _end(self) -> None:
        self._lost(self._error)

    def write(self, data: bytes) -> None:
        end = time.monotonic() + _WRITE_TIMEOUT
        failure = None
        try:
            with unlogged():
                while data:
                    sent = self._port.write(data)
                    data = data[len(data) if sent is None else sent :]
                    if data and time.monotonic() > end:
                        failure = PortError("the port takes no bytes")
                        break
                if hasattr(self._port, "flush"):
                    self._port.flush()
        except Exception as error:
            failure = PortError(named(error))
        if failure is not None:
            raise failure

    async def set_baudrate(self, baudrate: int) -> None:
        if not hasattr(self._port, "baudrate"):
            raise PortError(f"{type(self._port).__name__} has no baudrate")
        self._port.baudrate = baudrate

    async def close(self) -> None:
        self._closing = True
        if hasattr(self._port, "close"):
            self._port.close()
        with contextlib.suppress(RuntimeError):
            await self._loop.run_in_executor(None, self._thread.join, 0.5)
