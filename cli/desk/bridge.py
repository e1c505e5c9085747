"""Serving the module's side to another program: over TCP anywhere, or on a pseudo terminal (POSIX)."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from .exits import Exit, Stop

__all__ = ["End", "listen", "served"]

GAP = 0.3  # seconds of silence after which a line that has no end is shown


class End(Protocol):
    """The end at which a host speaks."""

    name: str

    def read(self, timeout: float) -> bytes: ...

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class TcpEnd:
    """One host at a time over TCP on this computer; the next may come when it has gone."""

    def __init__(self, port: int = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self.name = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self._host: socket.socket | None = None

    def read(self, timeout: float) -> bytes:
        """What the host sent; b"" where it sent nothing in time."""
        readable, _, _ = select.select([self._host or self._listener], [], [], timeout)
        if not readable:
            return b""
        if self._host is None:
            self._host = self._listener.accept()[0]
            self._host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return b""
        data = b""
        with contextlib.suppress(OSError):
            data = self._host.recv(4096)
        if not data:
            self._host.close()
            self._host = None
        return data

    def write(self, data: bytes) -> None:
        """Bytes for the host; lost where there is none."""
        if self._host is not None:
            with contextlib.suppress(OSError):
                self._host.sendall(data)

    def close(self) -> None:
        """Hang up."""
        if self._host is not None:
            self._host.close()
        self._listener.close()


class PtyEnd:
    """A pseudo terminal; `link` is a symbolic link made to it."""

    def __init__(self, link: str = "") -> None:
        try:
            import pty
            import tty
        except ImportError:
            text = "there are no pseudo terminals on this system"
            raise Stop(Exit.USAGE, text, "Use --tcp PORT.") from None
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self._path = os.ttyname(self._slave)
        self._link = link
        if link:
            if os.path.lexists(link) and not os.path.islink(link):
                raise Stop(Exit.USAGE, f"{link}: there is a file of that name")
            with contextlib.suppress(FileNotFoundError):
                os.unlink(link)
            os.symlink(self._path, link)
        self.name = link or self._path

    def read(self, timeout: float) -> bytes:
        """What the host sent; b"" where it sent nothing in time."""
        readable, _, _ = select.select([self._master], [], [], timeout)
        return os.read(self._master, 4096) if readable else b""

    def write(self, data: bytes) -> None:
        """Bytes for the host; what it does not read for long is lost."""
        os.set_blocking(self._master, False)
        end = time.monotonic() + 1
        while data and time.monotonic() < end:
            try:
                data = data[os.write(self._master, data) :]
            except BlockingIOError:
                time.sleep(0.01)

    def close(self) -> None:
        """Take it away."""
        os.close(self._master)
        os.close(self._slave)
        if self._link:
            with contextlib.suppress(OSError):
                os.unlink(self._link)


@contextmanager
def served(tcp: int | None, pty: bool, link: str | None) -> Iterator[End | None]:
    """The end that was asked for, or None."""
    if tcp is None and not pty and link is None:
        yield None
        return
    try:
        end: End = TcpEnd(tcp) if tcp is not None else PtyEnd(link or "")
    except OSError as error:
        raise Stop(Exit.PORT, f"cannot serve a host: {error}") from None
    try:
        yield end
    finally:
        end.close()


def listen(
    read: Callable[[int, float], bytes],
    write: Callable[[bytes], None],
    quiet: Callable[[], None],
    end: End | None,
    over: float | None = None,
    stuck: Callable[[float], bool] = lambda now: False,
) -> None:
    """Carry bytes between module and host until Ctrl-C or until `over`, by the monotonic clock.

    quiet: called when nothing has come for a while, or when `stuck`, asked by the clock, says that no line comes of it.
    """
    heard = time.monotonic()
    while over is None or time.monotonic() < over:
        data = read(4096, 0.02 if end else 0.1)
        if data:
            heard = time.monotonic()
            if end:
                end.write(data)
            if stuck(heard):
                quiet()
        elif time.monotonic() - heard > GAP:
            quiet()
            heard = time.monotonic()
        if end:
            sent = end.read(0)
            if sent:
                heard = time.monotonic()
                write(sent)
