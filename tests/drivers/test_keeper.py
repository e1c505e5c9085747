"""keep(): joined, connected and subscribed again after a reset, a lost network, a lost link."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

import tencent_at
from tests.drivers.peer import AsyncPeer, Peer, idle
from tests.names import DATA, OK
from tests.waiting import until


@pytest.fixture
def emulated() -> Iterator[Any]:
    emulator = pytest.importorskip("tencent_at_emulator")
    with emulator.running(noise=False) as running:
        running.control.given("device set; wifi off")
        yield running


def test_from_nothing_and_through_trouble(emulated: Any) -> None:
    changes: list[bool] = []
    control = emulated.control
    with tencent_at.open(emulated.path) as modem:
        keeper = modem.keep(
            [(DATA, 1)], "Home", "12345678", on_change=lambda up, reason: changes.append(up)
        )
        assert keeper.wait_up(10)
        control.cloud_publish(DATA, "one")
        assert modem.receive(5) == (DATA, b"one")

        control.drop_mqtt()
        until(lambda: not keeper.up)
        assert isinstance(keeper.reason, tencent_at.Event)
        control.restore_mqtt()
        assert keeper.wait_up(20)

        control.power_cycle()
        until(lambda: not keeper.up)
        assert keeper.wait_up(20)
        control.cloud_publish(DATA, "two")
        assert modem.receive(5) == (DATA, b"two")
        keeper.close()
        assert changes == [True, False, True, False, True]


def test_attempts_in_vain_wait_longer_and_longer() -> None:
    times: list[float] = []

    def answer(line: bytes) -> Iterable[bytes | float]:
        if line == b"AT+CIPSTATUS":
            times.append(time.monotonic())
            return [b"STATUS:5\r\n", OK]
        if line.startswith(b"AT+CWJAP="):
            return [b"WIFI DISCONNECT\r\n+CWJAP:3\r\n\r\nFAIL\r\n"]
        return idle(line)

    async def main() -> None:
        async with tencent_at.open_async(AsyncPeer(answer)) as modem:
            keeper = modem.keep([], "Home", "12345678")
            assert not await keeper.wait_up(3.6)
            assert keeper.attempts == 3
            assert isinstance(keeper.reason, tencent_at.CommandRefused)
            assert keeper.reason.number == 3
            await keeper.close()
            before = len(times)
            await asyncio.sleep(0.1)
            assert len(times) == before

    asyncio.run(main())
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert len(gaps) == 2
    assert 0.9 < gaps[0] < 1.4 and 1.9 < gaps[1] < 2.4


def test_bad_arguments_are_refused_at_once() -> None:
    async def main() -> None:
        peer = AsyncPeer()
        async with tencent_at.open_async(peer, start=False) as modem:
            cases: list[tuple[tuple[Any, ...], str]] = [
                (([("t" * 129, 0)],), "topic"),
                (([("t",)],), r"topics must be pairs .*\('t',\)"),
                (([("t", 0, 1)],), "topics must be pairs"),
                ((["ab"],), "topics must be pairs"),
                (("ab",), "topics must be pairs"),
                ((5,), "topics must be pairs"),
                (([], "", "12345678"), "ssid"),
                (([], "Home", "x" * 65), "password"),
                (([], "Home"), "ssid needs password"),
                (([], None, "12345678"), "password needs ssid"),
            ]
            for arguments, words in cases:
                with pytest.raises(tencent_at.InvalidArgument, match=words):
                    modem.keep(*arguments)
            with pytest.raises(tencent_at.InvalidArgument, match=r"keepalive.*59"):
                modem.keep(keepalive=59)
        assert peer.written == b""

    asyncio.run(main())


def test_a_lost_port_ends_it(emulated: Any) -> None:
    async def main() -> None:
        modem = await tencent_at.open_async(emulated.path)
        keeper = modem.keep()
        assert not await keeper.wait_up(0.3)  # not joined, and no access point given
        modem._lost(OSError("gone"))
        with pytest.raises(tencent_at.PortError):
            await keeper.wait_up(5)
        await modem.close()

    asyncio.run(main())


def test_a_foreign_error_ends_it_and_is_the_reason() -> None:
    peer = Peer()
    modem = tencent_at.open(peer)
    modem.awaitable._call = lambda *_: 1 / 0  # type: ignore[assignment, method-assign]
    keeper = modem.keep()
    assert not keeper.wait_up(5)
    assert isinstance(keeper.reason, ZeroDivisionError)
    modem.close()
    assert peer.closed


@pytest.mark.parametrize("error", [SystemExit, ValueError, asyncio.CancelledError])
def test_on_change_may_raise_what_it_likes(emulated: Any, error: type[BaseException]) -> None:
    def complain(up: bool, reason: Any) -> None:
        raise error

    with tencent_at.open(emulated.path) as modem:
        keeper = modem.keep([], "Home", "12345678", on_change=complain)
        assert keeper.wait_up(10)
        modem.attention()
