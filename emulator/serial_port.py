"""A real serial port: the emulator at the end of a wire, for boards and firmware that have nothing but a UART."""

from __future__ import annotations

import asyncio

import serialx

from .rig import Rig

__all__ = ["SerialPort"]

BEHIND = 0.02  # seconds in which an adapter sends what the system believes to have left


class SerialPort(asyncio.Protocol):
    """An adapter that serialx opens, by its name or a URL. It follows the module's speed (AT+UART_CUR, a restart).

    ``ended`` is set when the port is gone; ``why`` says so in words.
    """

    def __init__(self, emulator: Rig, name: str) -> None:
        self.emulator = emulator
        self.name = name
        self.ended = asyncio.Event()
        self.why = ""
        self._transport: serialx.BaseSerialTransport | None = None
        self._waiting = bytearray()  # said while the speed changes
        self._changes = 0
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, loop: asyncio.AbstractEventLoop, emulator: Rig, name: str) -> SerialPort:
        """The port, open at the module's speed; raises OSError."""
        made = cls(emulator, name)
        try:
            transport, _ = await serialx.create_serial_connection(
                loop, lambda: made, name, emulator.module.baud
            )
        except serialx.SerialException as error:
            raise OSError(f"{name}: {error}") from None
        made._transport = transport
        emulator.module.rate_changed = made._rate_changed
        emulator.listen(made._send)
        return made

    def data_received(self, data: bytes) -> None:
        self.emulator.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.why = self.why or f"{self.name}: the port is gone" + (f" ({exc})" if exc else "")
        self.emulator.unlisten(self._send)
        self.ended.set()

    def _send(self, data: bytes) -> None:
        if self._changes or self._transport is None:
            self._waiting += data
        elif not self._transport.is_closing():
            self._transport.write(data)

    def _rate_changed(self, baud: int) -> None:
        self._changes += 1
        self._change = asyncio.ensure_future(self._follow(baud))

    async def _follow(self, baud: int) -> None:
        """Another speed, once what was said before has left at the old one."""
        assert self._transport is not None
        try:
            async with self._turn:
                await self._transport.flush()
                await asyncio.sleep(BEHIND)
                await self._transport.reconfigure_port(baudrate=baud)
        except (OSError, ValueError, serialx.SerialException) as error:
            self.why = f"{self.name}: {baud} baud: {error}"
            self.close()
        finally:
            self._changes -= 1
        if not self._changes:
            data = bytes(self._waiting)
            self._waiting.clear()
            self._send(data)

    def close(self) -> None:
        """Close the port; the emulator stays."""
        if self._transport is not None:
            self._transport.close()
