"""A task that is cancelled, wherever it waits, leaves a line on which the next command gets its own answer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest

import tencent_at
from bench.hammer import QUESTIONS, TOPIC
from tests.drivers.peer import AsyncPeer, idle
from tests.names import OK

MESSAGE = b'+TCMQTTRCVPUB:"t",5,"OK\r\n!"\r\n'


def answer(line: bytes) -> Iterable[bytes | float]:
    """Answers in small pieces with pauses, a message in between."""
    if line.startswith(b"AT+TCMQTTPUBL="):
        return [b"OK", 0, b"\r\n", 0, b">", 0, b"\r\n"]
    if line.startswith(b"xxx"):
        return [0, MESSAGE[:9], 0.01, MESSAGE[9:], 0, b"+TCMQTTPUBL:", 0, b"OK\r\n"]
    if line.startswith(b"AT+TCMQTTSUB="):
        return [0, b"OK\r", 0, b"\n", 0.01, MESSAGE, b"+TCMQTTSUB:OK\r\n"]
    if line == b"AT+TCMQTTSTATE?":
        return [b"+TCMQTTSTATE", 0, b":1\r\n", 0.005, OK]
    if line == b"AT+TCFWINFO?":
        return [b'OK\r\n+TCFWINFO:"1.3.0",175436,"ab",716800\r\n']
    if line.startswith(b'AT+TCSAP="'):
        return [OK, 0.01, b"+TCSAP:OK\r\n", 0.05, OK]
    if line == b"+++":
        return [b"+CME ERROR:204\r\n"]
    return idle(line)


CALLS: dict[str, Callable[[tencent_at.AsyncModem], Awaitable[Any]]] = {
    "publish behind a prompt": lambda modem: modem.publish("t", b"x" * 600),
    "subscribe": lambda modem: modem.subscribe("t"),
    "two OKs": lambda modem: modem.start_softap("ssid", "12345678"),
    "a row": lambda modem: modem.mqtt_state(),
    "start": lambda modem: modem.start(),
}


class Stop:
    """Cancels the current task when it comes to its n-th wait."""

    def __init__(self, modem: tencent_at.AsyncModem) -> None:
        self.left = -1
        self._wait = modem._wait
        modem._wait = self.wait  # type: ignore[method-assign]

    async def wait(self, end: float) -> bool:
        self.left -= 1
        if self.left == 0:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
        return await self._wait(end)


@pytest.mark.parametrize("name", CALLS)
def test_at_each_wait(name: str) -> None:
    async def main() -> int:
        peer = AsyncPeer(answer)
        async with tencent_at.open_async(peer) as modem:
            stop = Stop(modem)
            for n in range(1, 100):
                stop.left = n
                task = asyncio.ensure_future(CALLS[name](modem))
                try:
                    await task
                except asyncio.CancelledError:
                    pass
                else:
                    return n
                stop.left = -1
                assert await modem.mqtt_state() == 1
                info = await modem.firmware_info()
                assert info.size == 175436
        return 0

    assert asyncio.run(main()) > 1


def test_at_each_turn_of_the_loop() -> None:
    async def main() -> None:
        async with tencent_at.open_async(AsyncPeer(answer)) as modem:
            for turns in range(40):
                task = asyncio.ensure_future(modem.subscribe("t"))
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])
                assert await modem.mqtt_state() == 1

    asyncio.run(main())


def test_in_the_queue() -> None:
    async def main() -> None:
        async with tencent_at.open_async(AsyncPeer(answer)) as modem:
            first = asyncio.ensure_future(modem.subscribe("t"))
            waiting = [asyncio.ensure_future(modem.mqtt_state()) for _ in range(5)]
            await asyncio.sleep(0)
            for task in waiting[::2]:
                task.cancel()
            results = await asyncio.gather(first, *waiting, return_exceptions=True)
            assert results[0] is None
            assert results[2] == results[4] == 1
            assert all(isinstance(results[i], asyncio.CancelledError) for i in (1, 3, 5))

    asyncio.run(main())


def test_a_reader_that_is_cancelled_loses_no_message() -> None:
    async def main() -> None:
        peer = AsyncPeer()
        async with tencent_at.open_async(peer, start=False) as modem:
            for turns in range(12):
                reader = asyncio.ensure_future(modem.receive())
                other = asyncio.ensure_future(modem.receive())
                await asyncio.sleep(0.001)
                peer._came.put_nowait(b'+TCMQTTRCVPUB:"t",2,"hi"\r\n')
                for _ in range(turns):
                    await asyncio.sleep(0)
                reader.cancel()
                await asyncio.sleep(0.005)
                got = [task for task in (reader, other) if task.done() and not task.cancelled()]
                assert len(got) == 1
                assert await got[0] == ("t", b"hi")
                other.cancel()
                await asyncio.wait([reader, other])

    asyncio.run(main())


def test_a_cancelled_opening_closes_the_port() -> None:
    async def main() -> None:
        modem = tencent_at.open_async(AsyncPeer(lambda line: []))
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(modem.open(), 0.1)
        with pytest.raises(tencent_at.PortError):
            await modem.attention()

    asyncio.run(main())


@pytest.mark.timeout(60)
def test_at_random_against_the_emulator() -> None:
    emulator = pytest.importorskip("tencent_at_emulator")
    chance = random.Random(7)
    published: list[bytes] = []
    received: list[bytes] = []
    wrong: list[str] = []
    given_up = 0

    async def work(modem: tencent_at.AsyncModem, worker: int) -> None:
        nonlocal given_up
        for number in range(25):
            payload = b"%d/%d/" % (worker, number) + b"x" * chance.choice([1, 300, 1000])
            call, args, right = chance.choice(QUESTIONS)
            try:
                if chance.random() < 0.5:
                    found = await asyncio.wait_for(
                        getattr(modem, call)(*args), chance.random() * 0.3
                    )
                    if not right(found):
                        wrong.append(f"{call} answered {found}")
                else:
                    await asyncio.wait_for(modem.publish(TOPIC, payload, 1), chance.random() * 0.3)
                    published.append(payload)
            except asyncio.TimeoutError:
                given_up += 1

    async def main(path: str) -> None:
        async with tencent_at.open_async(path) as modem:
            modem.on_message = lambda message: received.append(message.payload)
            await modem.subscribe(TOPIC, 1)
            await asyncio.gather(*(work(modem, worker) for worker in range(3)))
            await modem.settle()
            await asyncio.sleep(0.5)
            assert modem.counts.messages == modem.counts.bytes == 0

    with emulator.running(baud=115200) as running:
        running.control.given("device set; connected")
        asyncio.run(main(running.path))
    assert wrong == []
    assert given_up > 5
    assert set(published) <= set(received)
