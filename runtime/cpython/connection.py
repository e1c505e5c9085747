"""The way to the module in an asyncio loop: a serial URL, a pair of streams, or any object with read and write."""

from __future__ import annotations

import asyncio
import inspect
import os
from typing import Any, Protocol

import serialx

from .errors import InvalidArgument, PortError
from .objects import Lost, ObjectConnection, Received, StreamConnection, set_pins
from .schemes import make_known
from .secret import hush, unlogged

_PATIENCE = 1.0  # seconds for bytes under way at close()


def named(error: BaseException) -> str:
    """A foreign error by its type and number: its text may hold what was written, and that may be secret."""
    if isinstance(error, PortError):
        return str(error)
    number = getattr(error, "errno", None)
    kind = type(error).__name__
    return f"{kind} {number} ({os.strerror(number)})" if isinstance(number, int) else kind


class Connection(Protocol):
    """What the shells need. What arrives goes to the `received` that it was made with, its end to `lost`.

    write() begins to write and never waits; unsent() tells how many bytes have not left yet.
    """

    def write(self, data: bytes) -> None: ...

    def unsent(self) -> int: ...

    async def set_baudrate(self, baudrate: int) -> None: ...

    async def close(self) -> None: ...


def chosen_pins(dtr: object, rts: object) -> dict[str, bool]:
    """The lines that are to be set when the port is opened. Raises InvalidArgument."""
    pins = {}
    for name, level in (("dtr", dtr), ("rts", rts)):
        if level is None:
            continue
        if not isinstance(level, bool):
            raise InvalidArgument(
                f"{name} must be True, False or None (as the system does), not {level!r}"
            )
        pins[name] = level
    return pins


async def connect(
    port: Any,
    baudrate: int,
    settings: dict[str, Any],
    pins: dict[str, bool],
    received: Received,
    lost: Lost,
) -> Connection:
    """Open a port. settings: further ones for serialx, such as rtscts=True. pins: levels of dtr and rts.

    port: a URL (device, socket://host:port, rfc2217://…, emu://); a pair (reader, writer) of asyncio streams; an
    object with read(size) and write(data), either plain (then threads read and write it) or awaitable; or a function
    without arguments that opens one of these.
    Raises PortError; InvalidArgument for lines that the port does not have.
    """
    hush()
    if can_be_made(port):
        port = await asyncio.get_running_loop().run_in_executor(None, _made, port)
    if isinstance(port, str) or hasattr(port, "__fspath__"):
        return await _SerialConnection.open(str(port), baudrate, settings, pins, received, lost)
    if isinstance(port, tuple) or inspect.iscoroutinefunction(getattr(port, "read", None)):
        if pins:
            raise InvalidArgument(f"{min(pins)}: a stream has no such line")
        reader, writer = port if isinstance(port, tuple) else (port, port)
        return StreamConnection(reader, writer, received, lost)
    if not hasattr(port, "read") or not hasattr(port, "write"):
        raise PortError(f"{port!r} is no URL, and has no read and write")
    set_pins(port, pins)
    return ObjectConnection(port, received, lost)


def can_be_made(port: object) -> bool:
    """Is it a function that opens the port?"""
    return callable(port) and not hasattr(port, "read")


def _made(port: Any) -> Any:
    try:
        return port()
    except PortError:
        raise
    except (OSError, ValueError, serialx.SerialException) as error:
        raise PortError(named(error)) from None


class _SerialConnection(asyncio.Protocol):
    """A port that serialx opens by URL."""

    def __init__(self, received: Received, lost: Lost) -> None:
        self._received = received
        self._lost = lost
        self._transport: serialx.BaseSerialTransport | None = None

    @classmethod
    async def open(
        cls,
        url: str,
        baudrate: int,
        settings: dict[str, Any],
        pins: dict[str, bool],
        received: Received,
        lost: Lost,
    ) -> _SerialConnection:
        shown = serialx.redact_uri(url)
        if not make_known(url) and pins:
            raise InvalidArgument(f"{min(pins)}: {shown} has no such line")
        levels = {f"{name}_on_open": serialx.PinState.convert(pins[name]) for name in pins}
        self = cls(received, lost)
        loop = asyncio.get_running_loop()
        try:
            with unlogged():
                self._transport, _ = await serialx.create_serial_connection(
                    loop, lambda: self, url, baudrate, **{**levels, **settings}
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

    def unsent(self) -> int:
        assert self._transport is not None
        return self._transport.get_write_buffer_size()

    async def close(self) -> None:
        assert self._transport is not None
        self._transport.close()
        closing = asyncio.ensure_future(self._transport.wait_closed())
        done, _ = await asyncio.wait([closing], timeout=_PATIENCE)
        if not done:  # the port does not take the rest
            self._transport.abort()
        await closing

    async def set_baudrate(self, baudrate: int) -> None:
        assert self._transport is not None
        try:
            await self._transport.reconfigure_port(baudrate=baudrate)
        except (OSError, ValueError, serialx.SerialException) as error:
            raise PortError(f"{baudrate} baud: {error}") from None
