"""Callbacks may raise what they like."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

import tencent_at
from tests.drivers.peer import Peer
from tests.waiting import until

MESSAGE = b'+TCMQTTRCVPUB:"t",1,"%d"\r\n'


def test_callbacks_may_raise_what_they_like() -> None:
    peer = Peer()
    heard: list[bytes] = []
    errors = [SystemExit(), KeyboardInterrupt(), asyncio.CancelledError(), ValueError()]

    def hear(message: Any) -> None:
        heard.append(message.payload)
        if errors:
            raise errors.pop()

    with tencent_at.open(peer) as modem:
        modem.on_message = hear
        for n in range(6):
            peer.say(MESSAGE % n)
        until(lambda: len(heard) == 6)
    assert heard == [b"%d" % n for n in range(6)]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="cannot tell whose cancellation it is")
def test_async_callbacks_may_raise_what_they_like() -> None:
    heard: list[bytes] = []
    errors = [SystemExit(), asyncio.CancelledError(), ValueError()]

    async def hear(message: Any) -> None:
        heard.append(message.payload)
        if errors:
            raise errors.pop()

    async def main() -> None:
        peer = Peer()
        async with tencent_at.open_async(peer) as modem:
            modem.on_message = hear
            for n in range(5):
                peer.say(MESSAGE % n)
            for _ in range(500):
                await asyncio.sleep(0.01 if len(heard) < 5 else 0)

    asyncio.run(asyncio.wait_for(main(), 8))
    assert heard == [b"%d" % n for n in range(5)]
