"""What a port's owner meets: lost messages, DTR and RTS, a fork."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
import serialx

import tencent_at
from tests.drivers.peer import Peer
from tests.names import OK
from tests.ptys import answered
from tests.waiting import until

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
        tencent_at.open(Peer(), dtr="off")  # type: ignore[call-overload]


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
