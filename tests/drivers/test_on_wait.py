"""The hook on_wait: called while anything waits, and may end it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time

import pytest

import tencent_at
from tests.drivers.peer import AsyncPeer, Peer


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
