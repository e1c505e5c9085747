"""The way to the module: a serial URL, or any object with read and write."""

from __future__ import annotations

from typing import Any, Protocol

import serialx


class Transport(Protocol):
    """What a shell needs: bytes in, bytes out.

    read(size, timeout): up to `size` bytes, at least one; b"" after `timeout` seconds without any.
    """

    def read(self, size: int, timeout: float) -> bytes: ...

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class SerialTransport:
    """A port that serialx opens by URL: a device, socket://host:port, rfc2217://…, emu://."""

    def __init__(self, url: str, baudrate: int = 115200) -> None:
        self.port = serialx.serial_for_url(url, baudrate=baudrate)
        if not self.port.is_open:
            self.port.open()

    def read(self, size: int, timeout: float) -> bytes:
        buffer = bytearray(size)
        count = self.port.readinto(buffer, timeout=timeout)
        return bytes(buffer[: count or 0])

    def write(self, data: bytes) -> None:
        sent = 0
        while sent < len(data):
            sent += self.port.write(data[sent:])

    def close(self) -> None:
        self.port.close()


class ObjectTransport:
    """Any object with read(size) and write(data); its read must return soon, with b"" or None for nothing."""

    def __init__(self, port: Any) -> None:
        self.port = port

    def read(self, size: int, timeout: float) -> bytes:
        return bytes(self.port.read(size) or b"")

    def write(self, data: bytes) -> None:
        self.port.write(data)

    def close(self) -> None:
        if hasattr(self.port, "close"):
            self.port.close()


def transport(port: str | Any, baudrate: int = 115200) -> Transport:
    """The transport for a URL or an object."""
    if isinstance(port, str):
        return SerialTransport(port, baudrate)
    return ObjectTransport(port)
