"""What a call may not cost at a desk: work that grows with the host program, or is done twice. Counted, not timed."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import tencent_at
from tencent_at import codec
from tencent_at.handover import Handover
from tests.drivers.peer import Peer
from tests.names import OK
from tests.ptys import answered


class Asked(dict[str, Any]):
    """The program's loggers, which count how often somebody walks through them."""

    walks = 0

    def __iter__(self) -> Iterator[str]:
        self.walks += 1
        return super().__iter__()


def test_a_write_does_not_ask_all_loggers(monkeypatch: pytest.MonkeyPatch) -> None:
    loggers = Asked(logging.root.manager.loggerDict)
    with answered(lambda line: OK) as path, tencent_at.open(path) as modem:
        monkeypatch.setattr(logging.root.manager, "loggerDict", loggers)
        for _ in range(3):
            modem.attention()
        assert loggers.walks == 0


def test_a_call_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[object] = []
    encode = codec.encode

    def counting(form: str, args: Any, kw: Any) -> Any:
        if args:  # what is spelled already has none
            encoded.append(args)
        return encode(form, args, kw)

    for module in (codec, tencent_at.dialogue):
        monkeypatch.setattr(module, "encode", counting)
    peer = Peer(lambda line: [OK, b"+" + line[3:].partition(b"=")[0] + b":OK\r\n"])
    with tencent_at.open(peer, start=False) as modem:
        modem.publish("P/D/data", "x" * 10)
        modem.subscribe("P/D/data", 1)
    assert len(encoded) == 2


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_what_is_handed_over_ends_there(loop: asyncio.AbstractEventLoop) -> None:
    async def where() -> object:
        return asyncio.get_running_loop()

    handed = Handover(where(), loop)
    assert handed.wait() and handed.result() is loop

    async def fail() -> None:
        raise ValueError("so")

    failing = Handover(fail(), loop)
    assert failing.wait()
    with pytest.raises(ValueError, match="so"):
        failing.result()


def test_what_is_given_up_is_cancelled(loop: asyncio.AbstractEventLoop) -> None:
    begun = threading.Event()

    async def wait() -> None:
        begun.set()
        await asyncio.sleep(1000)

    handed = Handover(wait(), loop)
    assert begun.wait(30)
    assert not handed.wait(0)
    handed.give_up()
    assert handed.wait()
    with pytest.raises(asyncio.CancelledError):
        handed.result()


def test_what_is_cancelled_before_it_began_ends_too(loop: asyncio.AbstractEventLoop) -> None:
    held = threading.Event()
    loop.call_soon_threadsafe(held.wait)

    async def never() -> None:
        raise AssertionError("it began")

    handed = Handover(never(), loop)  # both are in the queue before the loop goes on
    handed.give_up()
    held.set()
    assert handed.wait()
    with pytest.raises(asyncio.CancelledError):
        handed.result()
