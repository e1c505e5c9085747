"""SmartConfig and softAP on a clock: each outcome, both commands, the time-out and the stop."""

from __future__ import annotations

import pytest

from tencent_at_emulator import Emulator
from tencent_at_emulator.provisioning import OUTCOMES

START = {"TCSAP": 'AT+TCSAP="Test-SoftAP","12345678"', "TCSTARTSMART": "AT+TCSTARTSMART"}
STOP = {"TCSAP": "AT+TCSTOPSAP", "TCSTARTSMART": "AT+TCSTOPSMART"}
STARTED = {
    "TCSAP": b"\r\nOK\r\n+TCSAP:OK\r\n\r\nOK\r\n",
    "TCSTARTSMART": b"OK\r\n+TCSTARTSMART:OK\r\n",
}
FAILED = {
    "wrong-password": "10,204",
    "app-stop": "3,101",
    "bad-data": "2,104",
    "bad-json": "2,201",
    "bad-timestamp": "2,202",
    "bad-signature": "2,203",
    "bad-access-point": "2,204",
    "mqtt-error": "1,206",
    "socket-error": "15,206",
}


def started(kind: str, words: str = "") -> Emulator:
    emulator = Emulator(boot=False)
    emulator.control.given(words)
    emulator.write(START[kind].encode() + b"\r\n")
    assert emulator.read() == STARTED[kind]
    return emulator


def test_the_outcomes_are_these() -> None:
    assert set(OUTCOMES) == {"success", *FAILED}


@pytest.mark.parametrize("kind", START)
@pytest.mark.parametrize("outcome", FAILED)
def test_failures(kind: str, outcome: str) -> None:
    emulator = started(kind)
    emulator.control.provision(outcome)
    assert emulator.read() == f"+{kind}:WIFI_CONNECT_FAILED,{FAILED[outcome]}\r\n".encode()
    emulator.advance(400)
    assert emulator.read() == b""


@pytest.mark.parametrize("kind", START)
def test_success_joins_the_access_point_the_app_named(kind: str) -> None:
    emulator = started(kind, "wifi off")
    emulator.advance(299)
    emulator.control.provision("success")
    said = emulator.read()
    assert said == f"+{kind}:WIFI_CONNECT_SUCCESS\r\n".encode()  # its lines are another handler's
    assert emulator.control.state()["wifi"] == "Home"
    # What provisioning found is kept like a joined access point.
    emulator.control.power_cycle()
    emulator.advance(2)
    assert emulator.read() == b"\r\nready\r\nWIFI CONNECTED\r\nWIFI GOT IP\r\n"


def test_another_access_point() -> None:
    emulator = started("TCSAP", "wifi off")
    emulator.control.provision("success", "Elsewhere", "secret")
    emulator.read()
    assert emulator.control.state()["wifi"] == "Elsewhere"


@pytest.mark.parametrize("kind", START)
def test_the_time_out_of_five_minutes(kind: str) -> None:
    emulator = started(kind)
    emulator.advance(299.9)
    assert emulator.read() == b""
    emulator.advance(0.2)
    assert emulator.read() == f"+{kind}:WIFI_CONNECT_FAILED,3,103\r\n+{kind}:FAIL,202\r\n".encode()


@pytest.mark.parametrize("kind", START)
def test_the_stop_command(kind: str) -> None:
    emulator = started(kind)
    emulator.write(STOP[kind].encode() + b"\r\n")
    assert emulator.read() == f"+{kind}:WIFI_CONNECT_FAILED,3,102\r\n\r\nOK\r\n".encode()
    emulator.write(STOP[kind].encode() + b"\r\n")
    assert emulator.read() == b"\r\nOK\r\n"
    emulator.advance(400)
    assert emulator.read() == b""


def test_a_second_start_fails_and_a_restart_ends_it() -> None:
    emulator = started("TCSAP")
    emulator.write(b"AT+TCSTARTSMART\r\n")
    assert emulator.read() == b"OK\r\n+TCSTARTSMART:FAIL,208\r\n"
    emulator.control.power_cycle()
    emulator.advance(400)
    assert emulator.read() == b"\r\nready\r\n"


def test_nothing_to_press_a_button_for() -> None:
    emulator = Emulator(boot=False)
    with pytest.raises(ValueError, match="no provisioning"):
        emulator.control.provision("success")
    with pytest.raises(ValueError, match="wrong-password"):
        emulator.control.provision("nonsense")


def test_one_ok_only() -> None:
    emulator = Emulator(boot=False)
    emulator.control.given("")
    emulator.control.quirk("softap-one-ok")
    emulator.write(START["TCSAP"].encode() + b"\r\n")
    assert emulator.read() == b"\r\nOK\r\n+TCSAP:OK\r\n"
