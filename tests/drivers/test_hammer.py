"""Many callers at once: no answer crosses, no message is lost (bench/hammer.py has the figures)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable

import pytest

import tencent_at
from bench import hammer
from tests.drivers.peer import AsyncPeer, Peer, idle
from tests.names import OK


@pytest.mark.timeout(100)
def test_ten_threads_and_ten_tasks_on_one_modem() -> None:
    pytest.importorskip("tencent_at_emulator")
    with tencent_at.open("emu://?given=device set;connected") as modem:
        result = hammer.hammer(modem, 20000, threads=10, tasks=10)
    assert result.trouble == []
    assert result.total >= 20000


@pytest.mark.timeout(60)
def test_ten_threads_on_a_pty() -> None:
    emulator = pytest.importorskip("tencent_at_emulator")
    with emulator.running() as running:
        running.control.given("device set; connected")
        with tencent_at.open(running.path) as modem:
            result = hammer.hammer(modem, 2000, threads=10, tasks=0)
    assert result.trouble == []


def numbered(line: bytes) -> Iterable[bytes | float]:
    """Answers AT+N=n with +N:n, and a message before it."""
    if line.startswith(b"AT+N="):
        n = line[5:]
        return [b'+TCMQTTRCVPUB:"t",%d,"%s"\r\n' % (len(n), n), b"+N:", n + b"\r\n", OK]
    return idle(line)


def test_each_caller_gets_its_own_answer() -> None:
    answers: dict[int, list[str]] = {}

    def work(first: int) -> None:
        for n in range(first, first + 50):
            answers[n] = modem.command(f"AT+N={n}")

    with tencent_at.open(Peer(numbered)) as modem:
        threads = [threading.Thread(target=work, args=(first,)) for first in range(0, 500, 50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == {n: [f"+N:{n}"] for n in range(500)}
        assert sorted(int(message.text) for message in modem.messages(0)) == list(range(500))


def test_commands_queue_in_order() -> None:
    async def main() -> None:
        peer = AsyncPeer(numbered)
        async with tencent_at.open_async(peer) as modem:
            found = await asyncio.gather(*(modem.command(f"AT+N={n}") for n in range(200)))
            assert found == [[f"+N:{n}"] for n in range(200)]
            assert peer.lines[-200:] == [b"AT+N=%d" % n for n in range(200)]
            texts = [int(message.text) async for message in modem.messages(0)]
            assert texts == list(range(200))

    asyncio.run(main())


def test_readers_share_the_messages() -> None:
    peer = Peer()
    with tencent_at.open(peer) as modem:
        got: list[list[tencent_at.Message]] = [[], [], []]

        def read(mine: list[tencent_at.Message]) -> None:
            mine.extend(modem.messages(0.5))

        threads = [threading.Thread(target=read, args=(mine,)) for mine in got]
        for thread in threads:
            thread.start()
        for n in range(300):
            peer.say(b'+TCMQTTRCVPUB:"t",3,"%03d"\r\n' % n)
        for thread in threads:
            thread.join()
        assert sorted(int(message.text) for mine in got for message in mine) == list(range(300))
