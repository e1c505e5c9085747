"""Ways in: a pseudo terminal with a stable name, TCP, a socket pair, standard input and output."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from .paths import point
from .rig import Rig

__all__ = ["PtyPort", "SocketPort", "StdioPort", "TcpPort"]

READ = 65536
WAITING = 1 << 20  # bytes for a host that does not read; more are lost, as on a wire


class _DescriptorPort:
    """Joins an emulator to a file descriptor that does not block."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, emulator: Rig, reading: int, writing: int
    ) -> None:
        self.loop = loop
        self.emulator = emulator
        self.reading = reading
        self.writing = writing
        self.hung_up: Callable[[], None] = lambda: None
        self._waiting = bytearray()
        self._unblock()
        try:
            loop.add_reader(reading, self._readable)
        except PermissionError:  # a plain file or /dev/null: nothing to wait for
            loop.call_soon(self._read_on)
        emulator.listen(self._send)

    def _unblock(self) -> None:
        os.set_blocking(self.reading, False)
        os.set_blocking(self.writing, False)

    def _take(self) -> bytes:
        return os.read(self.reading, READ)

    def _put(self, data: bytes | bytearray) -> int:
        return os.write(self.writing, data)

    def _readable(self) -> bool:
        try:
            data = self._take()
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        if data:
            self._arrived(data)
        else:
            self._ended()
        return bool(data)

    def _arrived(self, data: bytes) -> None:
        self.emulator.write(data)

    def _read_on(self) -> None:
        if self.reading >= 0 and self._readable():
            self.loop.call_soon(self._read_on)

    def _ended(self) -> None:
        self.close()
        self.hung_up()

    def _send(self, data: bytes) -> None:
        if not self._waiting:
            try:
                data = data[self._put(data) :]
            except BlockingIOError:
                pass
            except OSError:
                return
            if data:
                self.loop.add_writer(self.writing, self._writable)
        room = WAITING - len(self._waiting)
        self.emulator.lost_output += max(len(data) - room, 0)
        self._waiting += data[:room]

    def _writable(self) -> None:
        try:
            del self._waiting[: self._put(self._waiting)]
        except BlockingIOError:
            return
        except OSError:
            self._waiting.clear()
        if not self._waiting:
            self.loop.remove_writer(self.writing)

    def close(self) -> None:
        """Let go of the descriptors; the emulator stays."""
        self.emulator.unlisten(self._send)
        if self.reading >= 0:
            self.loop.remove_reader(self.reading)
            self.loop.remove_writer(self.writing)
            self._close_descriptors()
            self.reading = self.writing = -1

    def _close_descriptors(self) -> None:
        os.close(self.reading)
        if self.writing != self.reading:
            os.close(self.writing)


class PtyPort(_DescriptorPort):
    """A pseudo terminal. ``path`` is the host's end; ``link`` a symbolic link made to it, and removed again."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, emulator: Rig, link: str | Path | None = None
    ) -> None:
        import pty  # only where there are ptys
        import tty

        master, slave = pty.openpty()
        tty.setraw(slave)
        # Held open, so that a host may come and go without a hang-up at our end.
        self._slave = slave
        self.path = os.ttyname(slave)
        self.link = Path(link) if link is not None else None
        if self.link is not None:
            point(self.link, self.path)
        emulator.path = str(self.link or self.path)
        super().__init__(loop, emulator, master, master)

    def _close_descriptors(self) -> None:
        super()._close_descriptors()
        os.close(self._slave)
        if self.link is not None and self.link.is_symlink() and os.readlink(self.link) == self.path:
            self.link.unlink()


class SocketPort(_DescriptorPort):
    """One end of a connected socket."""

    def __init__(self, loop: asyncio.AbstractEventLoop, emulator: Rig, end: socket.socket) -> None:
        self._socket = end
        super().__init__(loop, emulator, end.fileno(), end.fileno())

    def _unblock(self) -> None:
        self._socket.setblocking(False)

    def _take(self) -> bytes:
        return self._socket.recv(READ)

    def _put(self, data: bytes | bytearray) -> int:
        return self._socket.send(data)

    def _close_descriptors(self) -> None:
        self._socket.close()


class StdioPort(_DescriptorPort):
    """Standard input and output. ``ended`` is set when the host closes its end."""

    def __init__(self, loop: asyncio.AbstractEventLoop, emulator: Rig) -> None:
        if sys.stdin is None or sys.stdout is None:
            raise ValueError("--stdio: standard input or output is closed; use --link or --tcp")
        self.ended = asyncio.Event()
        super().__init__(loop, emulator, sys.stdin.fileno(), sys.stdout.fileno())

    def _ended(self) -> None:
        self.loop.remove_reader(self.reading)
        self.ended.set()

    def _close_descriptors(self) -> None:
        os.set_blocking(self.reading, True)
        os.set_blocking(self.writing, True)


class TcpPort:
    """A TCP listener on loopback: one host at a time, a newcomer takes the line over."""

    client: type[SocketPort] = SocketPort

    def __init__(self, loop: asyncio.AbstractEventLoop, emulator: Rig, port: int = 0) -> None:
        self.loop = loop
        self.emulator = emulator
        self._current: SocketPort | None = None
        self._listener = socket.create_server(("127.0.0.1", port))
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        loop.add_reader(self._listener.fileno(), self._accept)

    def _accept(self) -> None:
        try:
            end, _ = self._listener.accept()
        except OSError:
            return
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._current is not None:
            self._current.close()
        self._current = self.client(self.loop, self.emulator, end)

    def close(self) -> None:
        """Stop listening, and hang up."""
        self.loop.remove_reader(self._listener.fileno())
        self._listener.close()
        if self._current is not None:
            self._current.close()
