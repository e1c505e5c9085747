"""What a port takes of a write: in pieces, nothing, nonsense; every byte leaves, or the caller is told."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import threading
import time
from collections.abc import Iterable
from typing import Any

import pytest

import tencent_at
from tests.drivers.peer import AsyncPeer, Peer, idle

PAYLOAD = bytes(range(1, 32)) * 40  # without NUL, longer than any buffer here


def publishing(line: bytes) -> Iterable[bytes | float]:
    """A module that takes a publish behind a prompt."""
    if line.startswith(b"AT+TCMQTTPUBL="):
        return [b"OK\r\n>\r\n"]
    if line.endswith(PAYLOAD[-20:]):
        return [b"+TCMQTTPUBL:OK\r\n"]
    return idle(line)


class Short(Peer):
    """Takes `most` bytes at a time, and between two such pieces nothing: `full` says so."""

    def __init__(self, most: int, full: object = 0, answer: Any = publishing) -> None:
        super().__init__(answer)
        self.most = most
        self.full = full
        self.sizes: list[int] = []
        self.turn = True

    def write(self, data: bytes) -> Any:
        self.sizes.append(len(data))
        self.turn = not self.turn
        if self.turn and len(data) > self.most:
            if self.full is BlockingIOError:
                raise BlockingIOError(11, "would block", 0)
            return self.full
        return super().write(data[: self.most])


class ShortAsync(AsyncPeer):
    """The same for asyncio."""

    def __init__(self, most: int, awaited: bool) -> None:
        super().__init__(publishing)
        self.most = most
        self.awaited = awaited

    def write(self, data: bytes) -> Any:
        super().write(data[: self.most])
        taken = min(self.most, len(data))
        return self._later(taken) if self.awaited else taken

    async def _later(self, taken: int) -> int:
        await asyncio.sleep(0)
        return taken


class Raw(io.RawIOBase):
    """A raw stream: None is nothing, from the first write on."""

    def __init__(self) -> None:
        super().__init__()
        self.peer = Short(100, None)
        self.peer.turn = False

    def write(self, data: Any) -> Any:
        return self.peer.write(bytes(data))

    def read(self, size: int = -1, timeout: float = 0.0) -> bytes:
        return self.peer.read(size, timeout)


class Mute(Peer):
    """Returns None, having taken all."""

    def write(self, data: bytes) -> Any:
        super().write(data)


@pytest.mark.parametrize(
    "peer",
    [
        Short(7),
        Short(7, None),
        Short(100, BlockingIOError),
        Short(290),
        Short(1, None),
        Raw(),
        Mute(publishing),
    ],
    ids=["0", "None", "BlockingIOError", "290", "1 and None", "raw", "mute"],
)
def test_every_byte_leaves(peer: Peer | Raw) -> None:
    with tencent_at.open(peer) as modem:
        for _ in range(2):
            modem.publish("t", PAYLOAD)
            modem.attention()
    if isinstance(peer, Raw):
        peer = peer.peer
    line = b'AT+TCMQTTPUBL="t",0,%d' % len(PAYLOAD)
    assert peer.lines.count(line) == peer.lines.count(PAYLOAD) == 2
    assert peer.written.count(PAYLOAD + b"\r\n") == 2


@pytest.mark.parametrize("awaited", [False, True])
def test_every_byte_leaves_for_tasks(awaited: bool) -> None:
    async def main() -> None:
        peer = ShortAsync(100, awaited)
        async with tencent_at.open_async(peer) as modem:
            for _ in range(2):
                await modem.publish("t", PAYLOAD)
                await modem.attention()
        assert peer.lines.count(PAYLOAD) == 2
        assert peer.written.count(PAYLOAD + b"\r\n") == 2

    asyncio.run(main())


def test_payload_and_its_line_end_are_one_write() -> None:
    peer = Short(1 << 20)
    with tencent_at.open(peer) as modem:
        modem.publish("t", PAYLOAD)
    assert len(PAYLOAD) + 2 in peer.sizes


@pytest.mark.parametrize("told", [-1, 3.5, "4", True, 10_000])
def test_a_write_that_tells_nonsense_is_named(told: Any) -> None:
    class Odd(Peer):
        def write(self, data: bytes) -> Any:
            super().write(data)
            return told

    with pytest.raises(tencent_at.PortError, match="must return how many"):
        tencent_at.open(Odd())


class Stuck(Peer):
    """Takes nothing from the moment `stuck` is set on; `full` says so, or its write never returns."""

    def __init__(self, full: object) -> None:
        super().__init__()
        self.full = full
        self.stuck = threading.Event()
        self.free = threading.Event()

    def write(self, data: bytes) -> Any:
        if self.stuck.is_set() and not self.free.is_set():
            if self.full == "waits":
                self.free.wait(60)
            else:
                return self.full
        return super().write(data)


@pytest.mark.parametrize("full", [0, None, "waits"])
def test_a_port_that_takes_nothing_for_a_second_is_a_time_out_that_says_so(full: object) -> None:
    peer = Stuck(full)
    with tencent_at.open(peer) as modem:
        peer.stuck.set()
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises(tencent_at.PortTimeout, match="taken nothing for") as caught:
                modem.attention()
            assert 0.9 < time.monotonic() - began < 4
            assert isinstance(caught.value, TimeoutError)
        peer.free.set()
        modem.attention()  # it takes again: nothing has to be opened anew
    assert b"AAT" not in peer.written


def test_a_terminal_that_takes_nothing(unread: str) -> None:
    with tencent_at.open(unread, start=False) as modem:
        beside = os.open(unread, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        for _ in range(
            30
        ):  # the kernel makes room once or twice after it has said that there is none
            time.sleep(0.01)
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(beside, b"x")
        with pytest.raises(tencent_at.PortTimeout, match="taken nothing"):
            modem.command("AT+X", timeout=5)
        os.close(beside)
