"""softAP and SmartConfig at a desk: outcome, time-out, stop, restart; for threads and for tasks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

import tencent_at
from tests.drivers.peer import Peer, idle
from tests.waiting import until


@pytest.fixture
def emulated() -> Iterator[Any]:
    emulator = pytest.importorskip("tencent_at_emulator")
    with emulator.running(noise=False) as running:
        running.control.given("device set")
        yield running


@pytest.mark.parametrize("way", ["softap", "smartconfig"])
@pytest.mark.parametrize("outcome", ["success", "app-stop"])
def test_outcomes(emulated: Any, way: str, outcome: str) -> None:
    def app() -> None:
        until(lambda: emulated.control.state()["provisioning"])
        emulated.control.provision(outcome)

    with tencent_at.open(emulated.path) as modem:
        phone = threading.Thread(target=app)
        phone.start()
        if way == "softap":
            found = modem.provision_softap("set me up", "12345678", 30)
        else:
            found = modem.provision_smartconfig(30)
        phone.join()
    assert found.joined is (outcome == "success")
    if outcome == "app-stop":
        assert (found.state, found.code, found.sub_code) == ("WIFI_CONNECT_FAILED", 3, 101)
        assert found.meaning is not None and found.reason is not None


def test_time_out_and_stop(emulated: Any) -> None:
    async def main() -> None:
        async with tencent_at.open_async(emulated.path) as modem:
            assert (await modem.provision_smartconfig(0.3)).state == "TIMEOUT"
            found = await modem.provision_softap("ap", "12345678", stop=lambda: True)
            assert found.state == "STOPPED"
            assert await modem.mqtt_state() == 0

    asyncio.run(main())
    assert emulated.control.state()["provisioning"] is None


def test_a_restart_ends_it() -> None:
    def answer(line: bytes) -> Iterable[bytes | float]:
        if line.startswith(b"AT+TCSAP="):
            return [b"OK\r\n+TCSAP:OK\r\n", 0.05, b"\r\nready\r\n"]
        return idle(line)

    with tencent_at.open(Peer(answer)) as modem:
        assert modem.provision_softap("ap", "12345678").state == "RESET"
