"""The port: every byte leaves whatever object is given, a port that takes nothing is named, DTR and RTS, forks."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import io
import os
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import serialx

import tencent_at
from tests.drivers.peer import OK, AsyncPeer, Peer, idle
from tests.ptys import Pty, answered
from tests.waiting import until

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


@pytest.fixture
def unread() -> Iterator[str]:
    """A terminal whose other end nobody reads."""
    with contextlib.closing(Pty()) as pty:
        yield pty.name


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


# ---- on_wait -----------------------------------------------------------------------------------------------------


class Enough(Exception):
    """What a hook raises."""


def test_on_wait_is_called_while_anything_waits_and_may_end_it() -> None:
    with tencent_at.open(Peer()) as modem:
        times: list[float] = []
        here = threading.get_ident()
        threads = set()

        def hook() -> None:
            threads.add(threading.get_ident())
            times.append(time.monotonic())

        modem.on_wait = hook
        events = modem.events()
        for wait in (
            lambda: modem.command("AT+SILENT", timeout=0.7),
            lambda: modem.receive(0.7),
            lambda: list(modem.messages(0.7)),
            lambda: events.get(0.7),
        ):
            times.clear()
            with contextlib.suppress(tencent_at.Timeout):
                wait()
            assert len(times) >= 4, wait
        assert threads == {here}

        def stop() -> None:
            raise Enough

        modem.on_wait = stop
        for wait in (
            lambda: modem.command("AT+SILENT", timeout=30),
            lambda: modem.receive(30),
            lambda: events.get(30),
        ):
            began = time.monotonic()
            with pytest.raises(Enough):
                wait()
            assert time.monotonic() - began < 5
        modem.on_wait = None
        modem.attention()


def test_on_wait_while_another_call_has_the_turn() -> None:
    with tencent_at.open(Peer()) as modem:
        calls: list[float] = []

        def silent() -> None:
            with contextlib.suppress(tencent_at.Timeout):
                modem.command("AT+SILENT", timeout=1)

        first = threading.Thread(target=silent)
        first.start()
        time.sleep(0.1)
        modem.on_wait = lambda: calls.append(0)
        modem.attention()
        first.join()
        assert len(calls) >= 4


def test_on_wait_for_tasks() -> None:
    async def main() -> None:
        async with tencent_at.open_async(AsyncPeer()) as modem:
            calls: list[int] = []
            modem.on_wait = lambda: calls.append(0)
            with pytest.raises(tencent_at.Timeout):
                await modem.command("AT+SILENT", timeout=0.7)
            assert len(calls) >= 4
            calls.clear()
            assert await modem.receive(0.7) is None
            assert len(calls) >= 4

            def stop() -> None:
                raise Enough

            modem.on_wait = stop
            first = asyncio.ensure_future(modem.command("AT+SILENT", timeout=30))
            second = asyncio.ensure_future(modem.attention())  # waits for its turn
            for task in (first, second, asyncio.ensure_future(modem.receive(30))):
                with pytest.raises(Enough):
                    await asyncio.wait_for(task, 5)
            modem.on_wait = None
            await modem.attention()

    asyncio.run(main())


# ---- what finds no room ------------------------------------------------------------------------------------------

MESSAGE = b'+TCMQTTRCVPUB:"t",1,"%d"\r\n'


def test_what_finds_no_room_is_counted_and_told() -> None:
    peer = Peer()
    told: list[tencent_at.Counts] = []
    with tencent_at.open(peer, backlog=4) as modem:
        modem.on_lost = told.append
        peer.say(b"".join(MESSAGE % n for n in range(10)))
        until(lambda: told)
        assert told[-1].messages >= 1
        modem.attention()
        assert modem.counts.messages == 6
        assert [message.payload for message in modem.messages(0.1)] == [b"0", b"1", b"2", b"3"]


def test_what_finds_no_room_is_told_to_tasks() -> None:
    async def main() -> None:
        told: list[tencent_at.Counts] = []
        peer = Peer()
        async with tencent_at.open_async(peer, backlog=2) as modem:
            stream = modem.everything()

            async def lost(counts: tencent_at.Counts) -> None:
                await asyncio.sleep(0)
                told.append(counts)

            modem.on_lost = lost
            peer.say(b"".join(MESSAGE % n for n in range(5)))
            for _ in range(500):
                await asyncio.sleep(0 if told else 0.01)
            assert told and (modem.counts.messages, modem.counts.events) == (3, 3)
            assert len(stream) == 2

    asyncio.run(main())


# ---- DTR and RTS -------------------------------------------------------------------------------------------------


def test_dtr_and_rts_are_set_when_the_port_is_opened(
    unread: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels: list[tuple[Any, Any]] = []
    real = (
        serialx.Serial._set_modem_pins
    )  # a terminal has no such lines: what would be set is what counts

    def note(self: Any, pins: Any) -> None:
        levels.append((pins.dtr.to_bool(), pins.rts.to_bool()))
        real(self, pins)

    monkeypatch.setattr(serialx.Serial, "_set_modem_pins", note)
    for dtr, rts in ((None, None), (False, False), (True, False), (None, False)):
        tencent_at.open(unread, start=False, dtr=dtr, rts=rts).close()
    assert levels == [(True, True), (False, False), (True, False), (True, False)]


def test_dtr_and_rts_of_an_object() -> None:
    class Lines(Peer):
        dtr = rts = True

    peer = Lines()
    tencent_at.open(peer, rts=False).close()
    assert (peer.dtr, peer.rts) == (True, False)


@pytest.mark.parametrize("port", [Peer(), "socket://127.0.0.1:1", "emu://"])
def test_lines_that_are_not_there_are_refused(port: Any) -> None:
    with pytest.raises(tencent_at.InvalidArgument, match="rts"):
        tencent_at.open(port, rts=True)
    with pytest.raises(tencent_at.InvalidArgument, match="dtr must be True, False or None"):
        tencent_at.open(Peer(), dtr="off")  # type: ignore[arg-type]


# ---- forks -------------------------------------------------------------------------------------------------------


@pytest.fixture
def answering() -> Iterator[str]:
    """A terminal at whose other end AT and ATE0 are answered."""
    with answered(lambda data: OK * data.count(b"\n")) as name:
        yield name


def test_the_parents_modem_in_a_child_is_an_error_at_once(answering: str) -> None:
    modem = tencent_at.open(answering)
    events = modem.events()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            said = []
            for use in (modem.attention, modem.receive, events.get, modem.keep, modem.start):
                try:
                    use()
                    said.append(f"{use} worked")
                except tencent_at.PortError as error:
                    said.append("" if "forked" in str(error) else str(error))
            modem.close()
            os.write(writing, "".join(said).encode() or b"well")
            del modem, events, use  # what the child lets go is no loss to the parent
            gc.collect()
        finally:
            os._exit(0)
    os.close(writing)
    end = time.monotonic() + 20
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            os.kill(child, 9)
            os.waitpid(child, 0)
            pytest.fail("the child hangs")
        time.sleep(0.01)
    with open(reading, "rb") as pipe:
        assert pipe.read() == b"well"
    for _ in range(3):
        modem.attention()
    modem.close()
