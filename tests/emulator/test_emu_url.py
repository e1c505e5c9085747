"""emu://, the fixture of pytest, and the public names: an emulator without a process of its own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import pytest
import serialx

import tencent_at_emulator
from tencent_at_emulator import Emulator, emu_url
from tests.names import OK
from tests.ptys import heard, opened
from tests.waiting import until

# ---- emu://


def test_emu_with_blocking_calls() -> None:
    with serialx.serial_for_url("emu://?noise=0&stored=1", baudrate=115200, read_timeout=3) as port:
        heard = b""
        while not heard.endswith(b"WIFI GOT IP\r\n"):
            heard += port.read(1)
        assert heard == b"\r\nready\r\nWIFI CONNECTED\r\nWIFI GOT IP\r\n"
        port.write(b"AT\r\n")
        assert port.read(4) + port.read(2) + port.read(4) == b"AT\r\n" + OK
        port.write(b"AT\r\n")
        until(lambda: port.num_unread_bytes() >= 10)
        assert port.num_unread_bytes() == 10
        port.reset_read_buffer()
        assert port.num_unread_bytes() == 0


def test_emu_with_asyncio() -> None:
    async def work() -> None:
        url = 'emu://desk?given=connected; subscribed "t" 1&quirk=space-after-colon'
        reader, writer = await serialx.open_serial_connection(url, baudrate=115200)
        writer.write(b"AT+TCMQTTSTATE?\r\n")
        assert await asyncio.wait_for(reader.readuntil(OK), 3) == b"+TCMQTTSTATE: 1\r\n" + OK
        emu_url.module("desk").cloud_publish("t", "x")
        assert await asyncio.wait_for(reader.readline(), 3) == b'+TCMQTTRCVPUB: "t",1,"x"\r\n'
        writer.close()
        # A named module keeps its power.
        reader, writer = await serialx.open_serial_connection("emu://desk", baudrate=115200)
        writer.write(b"AT+TCMQTTSTATE?\r\n")
        assert b": 1\r\n" in await asyncio.wait_for(reader.readuntil(OK), 3)
        writer.close()

    asyncio.run(asyncio.wait_for(work(), 20))


@pytest.mark.parametrize(
    "url", ["emu://?nonsense=1", "emu://?quirk=nonsense", "emu://?fault=nonsense:1"]
)
def test_emu_says_what_it_does_not_know(url: str) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        serialx.serial_for_url(url, baudrate=115200).open()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("emu://?baud=0", "^baud: 0 is not a rate from 50 to 5000000"),
        ("emu://?baud=-9600", "^baud: -9600 is not a rate"),
        ("emu://?baud=fast", "^baud: 'fast' is not a whole number"),
        ("emu://?seed=x", "^seed: 'x' is not a whole number"),
    ],
)
def test_emu_refuses_numbers_in_words(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        serialx.serial_for_url(url, baudrate=115200).open()


# ---- fixtures


def test_the_fixture(tencent_at_emulator: Emulator) -> None:
    with opened(tencent_at_emulator.path) as fd:
        heard(fd, b"\r\nready\r\n")
        os.write(fd, b"AT\r\n")
        heard(fd, OK)


def test_the_fixture_for_several(tencent_at_emulators: Callable[..., Emulator]) -> None:
    one, two = tencent_at_emulators(boot=False), tencent_at_emulators(boot=False, seed=2)
    assert one.path != two.path
    one.control.given("connected")
    assert (one.control.state()["mqtt"], two.control.state()["mqtt"]) == ("up", "off")


def test_the_public_names() -> None:
    for name in tencent_at_emulator.__all__:
        assert hasattr(tencent_at_emulator, name)
