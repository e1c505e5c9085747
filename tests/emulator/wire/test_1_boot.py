"""WIRE 1: a restart from outside: the OK, silence, noise apart from it, ``ready``; and where it falls."""

from __future__ import annotations

import pytest

from tencent_at_emulator import Emulator
from tests.emulator.wire.host import (
    BUSY,
    CONNECT,
    INVALID,
    NAME,
    OK,
    PID,
    SUBSCRIBED,
    TOPIC,
    Desk,
    rcvpub,
    result,
    wire,
)

READY = b"\r\nready\r\n"
STEP = 0.005


def heard(emulator: Emulator, seconds: float = 1.2) -> list[tuple[float, bytes]]:
    """What comes, and when."""
    said = []
    for at in range(int(seconds / STEP)):
        emulator.advance(STEP)
        if data := emulator.read():
            said.append((at * STEP, data))
    return said


@pytest.mark.parametrize("seed", range(12))
def test_a_boot_is_silence_with_noise_in_it_and_ready(seed: int) -> None:
    emulator = Emulator(seed=seed)
    assert emulator.read() == b""
    (talk, noise), *_, (end, ready) = heard(emulator)
    assert len(noise) >= 40 and ready.endswith(READY)
    assert 0.2 - 2 * STEP <= end <= 1.0 and 0.04 <= talk <= end


def test_boots_differ_and_a_seed_repeats_them() -> None:
    times = {round(heard(Emulator(seed=seed))[-1][0], 2) for seed in range(20)}
    assert len(times) > 5
    assert heard(Emulator(seed=7)) == heard(Emulator(seed=7))


def test_without_noise_a_boot_says_ready_only() -> None:
    assert b"".join(data for _, data in heard(Emulator(noise=False))) == READY


@pytest.mark.parametrize(
    ("line", "ok"), [("AT+RST", OK), ("AT+RESTORE", OK), ("AT+TCRESTORE", "OK⏎")]
)
def test_the_ok_of_a_restart_stands_alone(line: str, ok: str) -> None:
    desk = Desk()
    desk.emulator.module.power.noise = True
    assert desk.say(f"{line}⏎", 0.04) == wire(ok)
    assert desk.say("AT⏎", 0.0) == b""  # lost in the boot
    said = desk.after(1.0)
    assert said.endswith(READY) and len(said) >= 40 + len(READY)
    assert desk.say("AT⏎") == wire("AT⏎" + OK)


@pytest.mark.parametrize("line", ["AT+RST", "AT+RESTORE", "AT+TCRESTORE"])
def test_the_ok_leaves_a_slow_line_whole(line: str) -> None:
    emulator = Emulator(boot=False, baud=300)
    emulator.control.given("")
    emulator.write(f"{line}\r\n".encode())
    emulator.advance(3)
    said = emulator.read()
    assert said.removesuffix(READY).strip() == b"OK"
    assert said.endswith(READY)


def test_what_is_written_in_a_boot_is_lost_and_not_kept() -> None:
    desk = Desk(noise=False)
    desk.say("AT+RST⏎")
    for part in ("AT+TCMQTTSTATE", "?⏎", "AT⏎AT+TC"):
        assert desk.say(part, 0.01) == b""
    assert desk.after(1.0) == READY
    assert desk.say("⏎") == wire("⏎ERR CODE:0x01030000⏎⏎ERROR⏎")


ANSWER = rcvpub("0123456789")


@pytest.mark.parametrize("at", range(1, len(ANSWER) + 1))
def test_a_restart_falls_inside_a_message(at: int) -> None:
    desk = Desk(SUBSCRIBED)
    desk.control.fault("reboot-out", at)
    desk.control.cloud_publish(TOPIC, b"0123456789")
    assert desk.after(1.5) == ANSWER[:at] + READY
    assert desk.control.state()["mqtt"] == "off"
    assert desk.say("AT⏎") == wire("AT⏎" + OK)


DIALOGUES = [
    ("", "AT+TCMODULE⏎", b""),
    ("device set", CONNECT + "⏎", b""),
    ("connected", f'AT+TCMQTTPUBL="{TOPIC}",0,5⏎', b"hello\r\n"),
    ('firmware "1.3.0" 12', "AT+TCREADFWDATA=8⏎", b""),
    ("echo on", f'AT+TCDEVINFOSET=1,"{PID}","{NAME}","c2VjcmV0"⏎', b""),
]


@pytest.mark.parametrize("case", range(len(DIALOGUES)))
def test_a_restart_falls_at_every_byte_of_an_answer(case: int) -> None:
    words, line, payload = DIALOGUES[case]

    def play(at: int) -> bytes:
        desk = Desk(words)
        desk.control.fault("reboot-out", at)
        said = desk.say(line)
        if payload:
            said += desk.say(payload)
        said += desk.after(2)
        assert desk.control.state()["mqtt"] != "up" or not at
        assert desk.say("AT⏎", 1.0).endswith(wire(OK))
        return said

    whole = play(0)
    assert len(whole) >= 20
    for at in range(1, len(whole) + 1):
        said = play(at)
        assert said.startswith(whole[:at] + READY), at
        # What stands behind it answers a payload that came when nobody waited for one any more.
        assert said[at + len(READY) :] in (
            b"",
            b"hello\r\nERR CODE:0x01030000\r\n\r\nERROR\r\n",
        ), at


def test_a_power_cut_stops_a_slow_line_in_the_middle_of_a_word() -> None:
    emulator = Emulator(boot=False, baud=1200)
    emulator.control.given('firmware "1.3.0" 2000')
    emulator.write(b"AT+TCREADFWDATA=2000\r\n")
    emulator.advance(2)
    begun = emulator.read()
    assert begun.startswith(b"OK\r\n+TCREADFWDATA:2000,")
    emulator.control.power_cycle()
    emulator.advance(2)
    rest = emulator.read()
    assert rest.endswith(READY) and len(begun + rest) < 400


def test_a_boot_that_fails_begins_again() -> None:
    desk = Desk()
    desk.emulator.module.power.noise = True
    desk.control.fault("boot-fails", 1)
    desk.control.power_cycle()
    assert READY not in desk.after(20)
    assert desk.control.state()["faults"]["boot_fails"] >= 20
    desk.control.clear_faults()
    assert desk.after(2).endswith(READY)


def test_ready_may_be_damaged() -> None:
    desk = Desk(noise=False)
    desk.control.fault("ready-damage", 1)
    seen = set()
    for _ in range(20):
        desk.control.power_cycle()
        seen.add(desk.after(1))
    assert READY not in seen and len(seen) > 5
    assert {len(line) for line in seen} == {len(READY), len(READY) - 1}


def test_a_second_command_in_the_chunk_of_the_first_is_answered_busy_first() -> None:
    desk = Desk("echo on")
    assert desk.say("AT⏎AT+TCVER⏎") == wire("AT⏎AT+TCVER⏎" + BUSY + OK)
    assert desk.say("AT⏎⏎") == wire("AT⏎⏎" + BUSY + OK)
    assert desk.say("AT⏎") == wire("AT⏎" + OK)
    assert desk.say("AT⏎AT+RST⏎", 0.3) == wire("AT⏎AT+RST⏎⏎Will force to restart!!!⏎⏎ready⏎")


def test_a_payload_in_the_chunk_of_its_command_is_lost() -> None:
    desk = Desk("connected")
    assert desk.say('AT+TCMQTTPUBL="t",0,5⏎hello⏎') == wire(BUSY + "OK⏎>⏎")
    assert desk.after(20) == wire(INVALID)


@pytest.mark.parametrize("gap", [8, 12])
def test_ten_idle_byte_times_end_a_chunk(gap: int) -> None:
    byte = 10 / 115200
    emulator = Emulator(boot=False, baud=115200)
    emulator.control.given("")
    emulator.write(b"AT\r\n")
    emulator.advance((4 + gap) * byte)
    emulator.write(b"AT\r\n")
    emulator.advance(0.1)
    assert emulator.read() == wire(BUSY + OK if gap < 10 else OK + OK)


def test_sixty_bytes_end_a_chunk() -> None:
    line = 'AT+TCMQTTSRV="1.2.3.4"⏎'
    head = wire(line)
    full = head + head + b"AT\r\n" + b"ATE0\r\n"
    assert len(full) == 60 - 2
    desk = Desk()
    assert desk.say(full + b"AT" + b"AT\r\n") == wire(BUSY + result("TCMQTTSRV") + OK)


@pytest.mark.parametrize("at", [1, 17, 40])
def test_the_byte_is_counted_on_a_slow_line_too(at: int) -> None:
    emulator = Emulator(boot=False, baud=9600)
    emulator.control.given("")
    emulator.control.fault("reboot-out", at)
    emulator.write(b"AT+TCVER\r\n")
    emulator.advance(1.5)
    said = emulator.read()
    assert said.endswith(READY) and len(said) == at + len(READY)
