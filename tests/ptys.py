"""Pseudo terminals: one that somebody else made, opened; one of our own, answered; and what comes from either."""

from __future__ import annotations

import contextlib
import os
import select
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator

from boards.runtimes import Pty

__all__ = ["Pty", "answered", "heard", "opened"]


@contextlib.contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[int]:
    """The terminal at a path, as a host has it: raw, and nobody's controlling terminal."""
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        tty.setraw(fd, termios.TCSANOW)  # what has come already is not thrown away
        yield fd
    finally:
        os.close(fd)


@contextlib.contextmanager
def answered(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """The name of a terminal at whose other end `answer` says what each piece that comes is answered."""
    pty = Pty()
    done = threading.Event()

    def serve() -> None:
        while not done.is_set():
            if select.select([pty.master], [], [], 0.02)[0]:
                pty.write(answer(os.read(pty.master, 4096)))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield pty.name
    finally:
        done.set()
        thread.join()
        pty.close()


def heard(fd: int, expected: bytes, seconds: float = 20.0) -> bytes:
    """All that came, once it holds `expected`."""
    came, end = b"", time.monotonic() + seconds
    while expected not in came:
        left = end - time.monotonic()
        assert left > 0, f"waited for {expected!r}, got {came!r}"
        if select.select([fd], [], [], left)[0]:
            came += os.read(fd, 65536)
    return came
