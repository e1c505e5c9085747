"""The trace: each line with its time, direction, bytes and meaning, to a logger and to JSON Lines."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import pytest

import tencent_at
from tencent_at import explain
from tencent_at.trace import Trace
from tests.drivers.peer import Peer, idle
from tests.names import OK


def entries(text: str) -> list[tuple[str, str, str]]:
    found = [json.loads(line) for line in text.splitlines()]
    return [(entry["direction"], entry["bytes"], entry["meaning"]) for entry in found]


def test_lines_whatever_the_pieces() -> None:
    stream = b'\r\nOK\r\n+TCMQTTRCVPUB:"t",6,"a\r\nb\r\n"\r\nOK\r\n+TCREADFWDATA:4,\r\n\r\n\r\n+TCMQTTDISCON,-103\r\n'
    lines = [
        "\r\n",
        "OK\r\n",
        '+TCMQTTRCVPUB:"t",6,"a\r\nb\r\n"\r\n',
        "OK\r\n",
        "+TCREADFWDATA:4,\r\n\r\n\r\n",
        "+TCMQTTDISCON,-103\r\n",
    ]
    for size in (1, 2, 3, 7, len(stream)):
        file = io.StringIO()
        trace = Trace(file)
        for i in range(0, len(stream), size):
            trace.received(stream[i : i + size])
        trace.close()
        assert [line for _, line, _ in entries(file.getvalue())] == lines


def test_to_a_file_that_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "wire.jsonl"
    for _ in range(2):
        with tencent_at.open(Peer(), trace=path) as modem:
            modem.attention()
    assert entries(path.read_text(encoding="utf-8"))[-3:] == [
        (">", "AT\r\n", "are you there"),
        ("<", "\r\n", ""),
        ("<", "OK\r\n", "well"),
    ]
    assert path.read_text(encoding="utf-8").count("ATE0") == 2


def test_to_the_logger(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.DEBUG, logger="tencent_at.wire"),
        tencent_at.open(
            Peer(lambda line: [b"+CME ERROR:208\r\n"] if b"STATE" in line else idle(line))
        ) as modem,
        pytest.raises(tencent_at.CommandRefused),
    ):
        modem.mqtt_state()
    said = [record.getMessage() for record in caplog.records if record.name == "tencent_at.wire"]
    assert "> AT+TCMQTTSTATE?  # MQTT connection state (3.7): read" in said
    assert any(line.startswith("< +CME ERROR:208  # refused: Not possible") for line in said)


def test_the_tap_has_the_bytes_themselves() -> None:
    heard: list[tuple[str, bytes]] = []
    with tencent_at.open(Peer(), tap=lambda way, data: heard.append((way, data))) as modem:
        modem.attention()
    assert heard[-2:] == [(">", b"AT\r\n"), ("<", OK)]


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("AT+TCMQTTSTATE?", "MQTT connection state (3.7): read"),
        (b"AT+TCMQTTPUB=?\r\n", "Publish a message (3.3): how it is used"),
        ("AT+TCNOSUCH", "a command that the manual does not know"),
        (
            "+TCMQTTDISCON,-103",
            "MQTT connection ended (5.2): MQTT is not connected or the link was lost",
        ),
        (
            "+TCSAP:WIFI_CONNECT_FAILED,3,103",
            "softAP provisioning ended (6.3): Provisioning was stopped: ",
        ),
        (
            "+TCMQTTCONN:FAIL,-117",
            "Connect to the MQTT service (3.1): failed: Not authorised to connect",
        ),
        (
            "+TCDEVREG:FAIL,1021",
            "Dynamic registration (2.3): failed: The device is registered already",
        ),
        ("+TCMQTTCONN:OK", "Connect to the MQTT service (3.1): well"),
        ("+CME ERROR:208", "refused: Not possible in this state"),
        ("+CME ERROR:4711", "refused"),
        ("ERR CODE:0x01090000", "refused: No such command"),
        ("busy p...", "an earlier command still runs"),
        ("WIFI GOT IP", "Got an IP address (1.3)"),
        ("ready", "The module has started (1.3)"),
        (">", "the module waits for the payload"),
        ("+TCMQTTSTATE:1", "MQTT connection state (3.7): the answer"),
        ('+TCMQTTRCVPUB:"t",2,"hi"', "A message arrived (5.1)"),
        ("\xff\x00", ""),
        ("", ""),
    ],
)
def test_what_a_line_means(line: str | bytes, meaning: str) -> None:
    assert explain(line).startswith(meaning)
    assert bool(explain(line)) == bool(meaning)
