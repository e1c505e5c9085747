"""Faults that let answers cross: latency, stray lines, answers that come for nobody."""

from __future__ import annotations

import pytest

from tencent_at_emulator import Emulator
from tencent_at_emulator.voice import STRAYS

OK = b"\r\nOK\r\n"


def scene(words: str = "", **settings: int) -> Emulator:
    emulator = Emulator(boot=False, **settings)  # type: ignore[arg-type]
    emulator.control.given(words)
    return emulator


@pytest.mark.parametrize("latency", [0.001, 0.005, 0.1, 3.0])
@pytest.mark.parametrize("baud", [0, 9600])
def test_latency_delays_what_is_said_and_the_module_goes_on(latency: float, baud: int) -> None:
    emulator = Emulator(boot=False, baud=baud or None)
    emulator.control.given("echo on")
    emulator.control.fault("latency", latency)
    emulator.write(b"AT\r\n")
    sent = 0.05 if baud else 0.0
    emulator.advance(latency * 0.9)
    assert emulator.read() == b""
    assert emulator.module.commands == (1 if latency * 0.9 > sent or not baud else 0)
    emulator.advance(latency * 0.2 + sent)
    assert emulator.read() == b"AT\r\n" + OK


def test_what_is_late_keeps_its_order_when_the_latency_changes() -> None:
    emulator = scene()
    emulator.control.fault("latency", 0.1)
    emulator.write(b"AT\r\n")
    emulator.advance(0.05)
    emulator.control.fault("latency", 0)
    emulator.write(b"AT+TCMQTTSTATE?\r\n")
    assert emulator.read() == b""
    emulator.advance(0.2)
    assert emulator.read() == OK + b"+TCMQTTSTATE:0\r\n" + OK


def test_an_answer_late_on_the_way_meets_the_next_command() -> None:
    emulator = scene()
    emulator.control.fault("latency", 0.1)
    emulator.write(b"AT+TCMQTTPUB=x\r\n")
    emulator.advance(0.05)
    emulator.write(b"AT\r\n")
    emulator.advance(0.06)
    assert emulator.read() == b"+CME ERROR:208\r\n"
    emulator.advance(0.1)
    assert emulator.read() == OK


@pytest.mark.parametrize(
    "line", [*STRAYS, b"\xff\x00noise", "⏎ready⏎".replace("⏎", "\r\n")], ids=repr
)
def test_a_stray_line_at_any_place(line: bytes | str) -> None:
    data = line.encode() if isinstance(line, str) else line
    whole = b"+TCMQTTSTATE:0\r\n" + OK
    for behind, at in ((1, 16), (2, len(whole))):
        emulator = scene()
        emulator.control.stray(line, behind)
        emulator.write(b"AT+TCMQTTSTATE?\r\n")
        assert emulator.read() == whole[:at] + data + whole[at:]
        emulator.write(b"AT\r\n")
        assert emulator.read() == OK
    emulator = scene()
    emulator.control.stray(line)
    assert emulator.read() == data


def test_stray_lines_by_chance_are_seeded_and_counted() -> None:
    def run(seed: int) -> bytes:
        emulator = scene(seed=seed)
        emulator.control.fault("stray", 0.3)
        for _ in range(50):
            emulator.write(b"AT\r\n")
        assert emulator.control.state()["faults"]["stray"] > 5
        return emulator.read()

    assert run(1) == run(1) != run(2)
    assert sum(run(1).count(line) for line in STRAYS) >= 55
    assert {line for line in STRAYS if line in run(1) + run(2) + run(3)} == set(STRAYS)


def test_a_restart_in_a_storm_silences_the_rest_of_it() -> None:
    emulator = scene()
    emulator.control.fault("storm", 1)
    emulator.control.fault("storm-size", 50)
    emulator.control.fault("reboot-out", 45)
    emulator.write(b"AT\r\n")
    emulator.advance(0.1)
    assert len(emulator.read()) == 45
