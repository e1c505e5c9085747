"""doctor tells apart what a person would take for one and the same thing: each has a peer made for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tencent_at_cli.commands import doctor
from tencent_at_cli.commands.doctor import FIRMWARE
from tencent_at_cli.desk import port
from tests.cli.conftest import Cli, Make, Result
from tests.ptys import answered

Answer = Callable[[bytes], bytes]
ROM = b"\r\n ets Jan  8 2013,rst cause:%d, boot mode:(3,6)\r\n\r\nload 0x40100000\r\n"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "RATES", (115200, 9600))
    monkeypatch.setattr(doctor, "KNOCKS", (0.05, 0.15))
    monkeypatch.setattr(doctor, "ROM_TIME", 0.3)


def seen(cli: Cli, answer: Answer) -> Result:
    """What doctor says of a peer that answers so."""
    with answered(answer) as path:
        return cli("--port", path, "doctor")


def plain_esp_at(line: bytes) -> bytes:
    if line.startswith(b"AT+GMR"):
        return b"AT version:1.7.4.0\r\nSDK version:3.0.4\r\nOK\r\n"
    return b"\r\nERROR\r\n" if b"+" in line else b"\r\nOK\r\n"


def boots(cause: int) -> Answer:
    return lambda data: ROM % cause * 2


CASES: dict[str, tuple[Answer, str, str]] = {
    "nothing connected": (lambda data: b"", "not one byte", "TX and RX are crossed"),
    "only its own bytes": (lambda data: data, "only what was sent comes back", "TX and RX touch"),
    "another speed": (lambda data: b"\xf0\x80\x1c" * 9, "something came", "this firmware"),
    "low supply": (boots(1), " times (rst cause 1: power came on)", "Look at its supply"),
    "boot loop": (boots(4), "4: its hardware watchdog", "does not finish its boot"),
    "reset pulled": (boots(2), "2: its reset or enable pin", "EN and RST"),
    "plain ESP-AT": (plain_esp_at, "without the Tencent commands", "qcloud-iot-esp-wifi"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_is_told_by_its_own_words(cli: Cli, name: str) -> None:
    answer, text, advice = CASES[name]
    result = seen(cli, answer)
    assert result.code == 8 and text in result.out and advice in result.out
    for other, (_, words, _) in CASES.items():
        assert other == name or words not in result.out, f"{name} is taken for {other}"


def test_a_module_that_is_only_starting_is_asked_again(cli: Cli) -> None:
    """Both questions fell into its boot."""
    asked: list[bytes] = []

    def starting(data: bytes) -> bytes:
        asked.append(data)
        return b"" if len(asked) < 2 else b"\r\nready\r\n" if len(asked) == 2 else b"\r\nOK\r\n"

    assert "answers AT at 115200" in seen(cli, starting).out


def test_held_in_reset_by_the_adapter(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module answers once RTS is off: a pseudo terminal has no such line, so opening with it wakes the peer."""
    awake: list[bool] = []

    def with_lines(url: str, rate: int, pins: dict[str, bool]) -> Any:
        awake[:] = [True] * (pins.get("rts") is False)
        return port.open_port(url, rate, {})

    monkeypatch.setattr(doctor, "open_port", with_lines)
    result = seen(cli, lambda data: b"\r\nOK\r\n" if awake else b"")
    assert "held in reset by the adapter's RTS" in result.out and "--rts off" in result.out
    assert "not one byte" not in result.out and result.code == 8


def test_a_wrong_clock(cli: Cli, module: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = module("device set")
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 86400)
    result = cli("--port", made.url, "doctor")
    assert "s away from it" in result.out and "Set this computer's clock" in result.out


def test_no_wifi_and_mqtt_refused_have_words_of_their_own(cli: Cli, module: Make) -> None:
    assert "not joined" in cli("--port", module("wifi off; device set").url, "doctor").out
    made = module("device set")
    made.control.refuse_connect(-114)
    assert "Client identifier not accepted" in cli("--port", made.url, "doctor").out


def test_info_names_the_firmware_that_is_missing(cli: Cli) -> None:
    with answered(plain_esp_at) as path:
        result = cli("--port", path, "info")
    assert "plain ESP-AT" in result.err and FIRMWARE[:20] in result.err
