"""A stray line from the emulator under a command whose answer is under way: no later call takes that answer."""

from __future__ import annotations

import asyncio
import itertools

import pytest

import tencent_at
from tencent_at_emulator import emu_url

STRAYS = b"ERROR", b"FAIL", b"+CME ERROR:207", b"ERR CODE:0x01090000", b"ready", b"OK"
names = itertools.count()


@pytest.mark.parametrize("latency", [0.02, 0.05])  # real time: 0.1 is tests/core/test_crossing.py's
@pytest.mark.parametrize("stray", STRAYS, ids=lambda line: line.decode())
def test_a_refused_command_is_never_told_to_have_succeeded(stray: bytes, latency: float) -> None:
    """MQTT is not connected: disconnect() is refused with 208, whatever the line says of the scan before it."""

    async def ended(modem: tencent_at.AsyncModem) -> int | None:
        try:
            await modem.disconnect()
            return 0
        except tencent_at.CommandRefused as refused:
            return refused.number

    async def play() -> list[int | None]:
        name = f"strays-{next(names)}"
        async with tencent_at.open_async(f"emu://{name}?given=device set") as modem:
            control = emu_url.module(name)
            control.fault("latency", latency)
            control.stray(b"\r\n" + stray + b"\r\n")
            await asyncio.sleep(0.02)
            scan = asyncio.ensure_future(modem.scan())  # the stray comes 20 ms before its answer
            await asyncio.gather(scan, return_exceptions=True)
            return [await ended(modem) for _ in range(5)]

    # A stray OK may end the scan, and the scan's own the call behind it; from the next on, nothing crosses.
    assert asyncio.run(play())[stray == b"OK" :] == [208] * (4 if stray == b"OK" else 5)
