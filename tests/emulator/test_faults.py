"""Faults and quirks: each does what its name says, and a seed repeats a run to the byte."""

from __future__ import annotations

import pytest

from tencent_at_emulator import Emulator
from tencent_at_emulator.faults import FAULTS
from tencent_at_emulator.quirks import QUIRKS
from tests.names import DATA
from tests.spec import dialogues


def scene(words: str = "connected", seed: int = 0, **faults: float) -> Emulator:
    emulator = Emulator(boot=False, seed=seed)
    emulator.control.given(words)
    for name, number in faults.items():
        emulator.control.fault(name, number)
    return emulator


def say(emulator: Emulator, line: str, seconds: float = 0.1) -> bytes:
    emulator.write(line.encode() + b"\r\n")
    emulator.advance(seconds)
    return emulator.read()


def session(seed: int) -> bytes:
    """A long talk over a bad line; only the seed may change what comes of it."""
    emulator = scene("connected; echo on", seed, lose=0.01, change=0.01, add=0.01, change_in=0.002)
    for name, number in {"storm": 0.2, "late": 0.5, "late_rate": 0.3, "mute_rate": 0.1}.items():
        emulator.control.fault(name, number)
    emulator.control.fault("mqtt-loss", 0.1)
    heard = b""
    for number in range(200):
        heard += say(emulator, f'AT+TCMQTTPUB="{DATA}",1,"{number}"', 1.0)
    assert len(emulator.faults.happened) >= 7
    return heard


def test_the_same_seed_is_the_same_run() -> None:
    assert session(7) == session(7) != session(8)


def test_names() -> None:
    emulator = scene()
    with pytest.raises(ValueError, match="out_chunk"):
        emulator.control.fault("nonsense", 1)
    with pytest.raises(ValueError, match="hex_firmware"):
        emulator.control.quirk("nonsense")
    for name in FAULTS:
        emulator.control.fault(name.replace("_", "-"), "1")
    emulator.control.clear_faults()
    assert say(emulator, "AT") == b"\r\nOK\r\n"


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("lose", "much", "a chance from 0 to 1"),
        ("lose", float("nan"), "a chance from 0 to 1"),
        ("add-in", 1.5, "a chance from 0 to 1"),
        ("mqtt_loss", -0.1, "a chance from 0 to 1"),
        ("late", float("inf"), "seconds from 0 to 86400"),
        ("late", -1, "seconds from 0 to 86400"),
        ("out_delay", "nan", "seconds from 0 to 86400"),
        ("out_chunk", -5, "a whole number from 0 to 1000000"),
        ("out_chunk", 0.5, "a whole number from 0 to 1000000"),
        ("storm_size", 10**400, "a whole number from 0 to 1000000"),
        ("reboot_byte", float("inf"), "a whole number from 0 to 1000000"),
    ],
)
def test_values_out_of_range(name: str, value: float | str, wanted: str) -> None:
    emulator = scene("")
    with pytest.raises(ValueError) as refused:
        emulator.control.fault(name, value)
    assert str(refused.value) == f"{name.replace('-', '_')}: {value!r} is not {wanted}"
    assert say(emulator, "AT") == b"\r\nOK\r\n"


@pytest.mark.parametrize(
    "deed",
    ["fail_next", "fail_ota", "refuse_connect", "refuse_subscribe", "no_ack", "registration"],
)
def test_codes_and_counts_are_whole_numbers(deed: str) -> None:
    control = scene("").control
    for value in ("202", 1.5, None, True, 1 << 40):
        with pytest.raises(ValueError, match=rf"^{deed}: .* is not a whole number from "):
            getattr(control, deed)(value)


def test_output_in_pieces_and_late() -> None:
    emulator = scene("", out_chunk=3, out_delay=0.1)
    assert say(emulator, "AT", 0.05) == b""
    emulator.advance(0.06)
    assert emulator.read() == b"\r\nO"
    emulator.advance(0.1)
    assert emulator.read() == b"K\r\n"


def test_late_and_missing_answers() -> None:
    emulator = scene("", late=2.0)
    assert say(emulator, "AT", 1.9) == b""
    assert say(emulator, "AT", 0.0) == b"ERR CODE:0x010b0000\r\n\r\nbusy p...\r\n"
    emulator.advance(0.2)
    assert emulator.read() == b"\r\nOK\r\n"
    emulator = scene("", mute_rate=1.0)
    assert say(emulator, "AT", 10) == b""
    emulator.control.clear_faults()
    assert say(emulator, "AT") == b"\r\nOK\r\n"


def test_a_restart_at_the_third_command_and_at_the_tenth_byte() -> None:
    emulator = scene("", reboot_command=3)
    assert say(emulator, "AT") == say(emulator, "AT") == b"\r\nOK\r\n"
    assert say(emulator, "AT", 1) == b"\r\nready\r\n"
    emulator = scene("", reboot_byte=10)
    assert say(emulator, "AT") == say(emulator, "AT") == b"\r\nOK\r\n"
    assert say(emulator, "AT", 1) == b"\r\nready\r\n"
    assert say(emulator, "AT", 1) == b"AT\r\n\r\nOK\r\n"


def test_lost_changed_and_added_bytes() -> None:
    assert say(scene("", lose=1.0), "AT") == b""
    changed = say(scene("", change=1.0), "AT")
    assert len(changed) == 6 and not set(zip(changed, b"\r\nOK\r\n", strict=True)) & {
        (byte, byte) for byte in range(256)
    }
    assert say(scene("", add=1.0), "AT")[1::2] == b"\r\nOK\r\n"
    assert say(scene("", lose_in=1.0), "AT") == b""


def test_a_storm_falls_between_lines_and_never_inside() -> None:
    emulator = scene(storm=1.0, storm_size=2)
    said = say(emulator, f'AT+TCMQTTPUB="{DATA}",1,"x"')
    assert said == (
        b'+TCMQTTRCVPUB:"storm",1,"1"\r\n+TCMQTTRCVPUB:"storm",1,"2"\r\nOK\r\n'
        b'+TCMQTTRCVPUB:"storm",1,"3"\r\n+TCMQTTRCVPUB:"storm",1,"4"\r\n+TCMQTTPUB:OK\r\n'
    )


def test_the_link_goes_in_the_middle_of_a_publish() -> None:
    emulator = scene(mqtt_loss=1.0)
    said = say(emulator, f'AT+TCMQTTPUB="{DATA}",1,"x"', 10)
    assert said.startswith(b"OK\r\n") and b"+TCMQTTDISCON,-103\r\n" in said
    assert b"+TCMQTTRECONNECTED\r\n" in said and b"+TCMQTTPUB:" in said


def test_an_acknowledgement_is_lost_though_the_message_arrived() -> None:
    emulator = scene(f'connected; subscribed "{DATA}" 1', ack_loss=1.0)
    said = say(emulator, f'AT+TCMQTTPUB="{DATA}",1,"x"', 6)
    assert b'1,"x"\r\n' in said and said.endswith(b"+TCMQTTPUB:FAIL,202\r\n")


# ---- quirks: the manual's variants

VARIANTS = [
    ("space-after-colon", "", "AT+TCMQTTSTATE?", "+TCMQTTSTATE: 0⏎⏎OK⏎"),
    ("space-after-colon", "", "AT+TCMQTTDISCONN", "+CME ERROR: 208⏎"),
    ("space-after-plus", "", "AT+TCMQTTSTATE?", "+ TCMQTTSTATE:0⏎⏎OK⏎"),
    ("cme-err", "", "AT+TCMQTTDISCONN", "+CME ERR:208⏎"),
    ("fail-without-comma", "", "AT+TCMQTTCONN=1,5000,240,1,1", "OK⏎+TCMQTTCONN:FAIL207⏎"),
    ("row-after-ok", "", "AT+TCOTASET?", '⏎OK⏎+TCOTASET:0,""⏎'),
    ("disconnect-ok-first", "connected", "AT+TCMQTTDISCONN", "⏎OK⏎+TCMQTTDISCON,2⏎"),
    ("prompt-before-ok", "connected", 'AT+TCMQTTPUBL="t",0,1', ">⏎OK⏎"),
    ("prompt-without-line", "connected", 'AT+TCMQTTPUBL="t",0,1', "OK⏎>"),
    ("cwjap-fail", "", 'AT+CWJAP="x","y"', "WIFI DISCONNECT⏎+CWJAP:3⏎⏎FAIL⏎"),
    ("extra-fields", "", "AT+TCMQTTSTATE?", "+TCMQTTSTATE:0,0⏎⏎OK⏎"),
    ("no-null-server", "", "AT+TCMQTTSRV?", "+TCMQTTSRV:⏎⏎OK⏎"),
    ("row-before-ok", 'firmware "1" 1', "AT+TCFWINFO?", None),
    ("rcvpub-misspelt", f'connected; subscribed "{DATA}" 0', f'AT+TCMQTTPUB="{DATA}",0,"x"', None),
    ("empty-string-crash", "", 'AT+TCDEVINFOSET=1,"","D","S"', "⏎ready⏎"),
]


@pytest.mark.parametrize(("quirk", "words", "line", "answer"), VARIANTS)
def test_quirks(quirk: str, words: str, line: str, answer: str | None) -> None:
    emulator = scene(words)
    emulator.control.quirk(quirk.removeprefix("no-"), not quirk.startswith("no-"))
    said = say(emulator, line, 1.0)
    if answer is not None:
        assert said == answer.replace("⏎", "\r\n").encode()
    elif quirk == "row-before-ok":
        assert said.startswith(b"+TCFWINFO:") and said.endswith(b"\r\nOK\r\n")
    else:
        assert said.endswith(f'+TCMQTTTRCVPUB:"{DATA}",1,"x"\r\n'.encode())


def test_an_ok_behind_the_payload() -> None:
    emulator = scene()
    emulator.control.quirk("ok-after-payload")
    say(emulator, f'AT+TCMQTTPUBL="{DATA}",0,1')
    assert say(emulator, "x") == b"OK\r\n+TCMQTTPUBL:OK\r\n"


def test_every_quirk_is_in_the_errata() -> None:
    text = (dialogues.DIALOGUES.parent / "ERRATA.md").read_text("utf-8")
    listed = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    assert {name.replace("_", "-") for name in QUIRKS} == listed
