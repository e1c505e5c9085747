"""Fixtures of all tests: `micropython`, `unix`, `wasm`, `uart_pair`, `uart_pty` and `board`.

A test that takes `micropython` runs once on each runtime (see boards/runtimes.py); `unix` is
for what only that one can do (asyncio, running out of memory), `wasm` for what must be measured.
A runtime that is missing skips its tests, and fails them under MICROPYTHON_REQUIRED=1.
"""

import socket
from collections.abc import Iterator

import pytest

from boards import runtimes

pytest_plugins = ["pytester"]


def _or_say_why(kind: str) -> None:
    try:
        runtimes.command(kind)
    except runtimes.Missing as why:
        if runtimes.required():
            pytest.fail(str(why), pytrace=False)
        pytest.skip(str(why))


@pytest.fixture(params=runtimes.KINDS)
def micropython(request: pytest.FixtureRequest) -> Iterator[runtimes.MicroPython]:
    """MicroPython itself, once for each runtime: micropython.run(script, uart=[end])."""
    _or_say_why(request.param)
    with runtimes.MicroPython(request.param) as runtime:
        yield runtime


@pytest.fixture
def unix() -> Iterator[runtimes.MicroPython]:
    """The unix port alone: its asyncio has run() and StreamReader, its heap can be full."""
    _or_say_why("unix")
    with runtimes.MicroPython("unix") as runtime:
        yield runtime


@pytest.fixture
def wasm() -> Iterator[runtimes.MicroPython]:
    """The WebAssembly port alone: its heap is that of a 32-bit board."""
    _or_say_why("wasm")
    with runtimes.MicroPython("wasm") as runtime:
        yield runtime


@pytest.fixture
def uart_pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a wire: ours, whose reads time out, and theirs, for MicroPython's UART(0)."""
    ours, theirs = socket.socketpair()
    ours.settimeout(10)
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def uart_pty() -> Iterator[runtimes.Pty]:
    """A pseudo terminal: uart=[uart_pty.slave] for MicroPython, read and write for us."""
    pty = runtimes.Pty()
    yield pty
    pty.close()


@pytest.fixture
def board() -> Iterator[runtimes.Board]:
    """A board for mpremote: board(*mpremote_args), with board.uart at the other end of UART(0)."""
    _or_say_why("wasm")
    board = runtimes.Board()
    yield board
    board.close()
