"""The trace: each line with its time, way and kind, to a logger with its meaning, and as a capture to a file."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import pytest

import tencent_at
from tencent_at import explain
from tencent_at.trace import Trace
from tencent_at.wire import notation, tape
from tests.drivers.peer import Peer, idle
from tests.names import OK


def entries(text: str) -> list[tuple[str, str, bytes]]:
    found = [json.loads(line) for line in text.splitlines()]
    return [(e["way"], e["kind"], notation.read(e["data"])) for e in found if "way" in e]


def test_lines_whatever_the_pieces() -> None:
    stream = b'\r\nOK\r\n+TCMQTTRCVPUB:"t",6,"a\r\nb\r\n"\r\n+TCREADFWDATA:4,\r\n\r\n\r\n+TCMQTTDISCON,-103\r\n'
    lines = [
        (">", "command", b"AT+TCREADFWDATA=4\r\n"),
        ("<", "blank", b"\r\n"),
        ("<", "ok", b"OK\r\n"),
        ("<", "message", b'+TCMQTTRCVPUB:"t",6,"a\r\nb\r\n"\r\n'),
        ("<", "data", b"+TCREADFWDATA:4,\r\n\r\n\r\n"),
        ("<", "line", b"+TCMQTTDISCON,-103\r\n"),
    ]
    for size in (1, 2, 3, 7, len(stream)):
        file = io.StringIO()
        trace = Trace(file)
        trace.sent(b"AT+TCREADFWDATA=4\r\n")
        for i in range(0, len(stream), size):
            trace.received(stream[i : i + size])
        trace.close()
        assert entries(file.getvalue()) == lines


def test_to_a_file_that_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "wire.jsonl"
    for _ in range(2):
        with tencent_at.open(Peer(), trace=path) as modem:
            modem.attention()
    assert entries(path.read_text(encoding="utf-8"))[-3:] == [
        (">", "command", b"AT\r\n"),
        ("<", "blank", b"\r\n"),
        ("<", "ok", b"OK\r\n"),
    ]
    assert path.read_text(encoding="utf-8").count("ATE0") == 2
    read = tape.read(path)
    assert len(read.lines) == len(entries(path.read_text(encoding="utf-8")))
    assert [line.time for line in read.lines] == sorted(line.time for line in read.lines)


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
    assert "> AT+TCMQTTSTATE?  # MQTT connection state: read (3.7)" in said
    assert any(
        line.startswith("< +CME ERROR:208  # CME error of the AT firmware (7.2): Not possible")
        for line in said
    )


def test_the_tap_has_the_bytes_themselves() -> None:
    heard: list[tuple[str, bytes]] = []
    with tencent_at.open(Peer(), tap=lambda way, data: heard.append((way, data))) as modem:
        modem.attention()
    assert heard[-2:] == [(">", b"AT\r\n"), ("<", OK)]


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("AT+TCMQTTSTATE?", "MQTT connection state: read (3.7)"),
        (b"AT+TCMQTTPUB=?\r\n", "How is TCMQTTPUB written? (3.3)"),
        ("AT+TCNOSUCH", "not in the manual"),
        (
            "+TCMQTTDISCON,-103",
            "MQTT connection ended (5.2): MQTT is not connected or the link was lost",
        ),
        (
            "+TCSAP:WIFI_CONNECT_FAILED,3,103",
            "softAP provisioning ended (6.3): Provisioning was stopped; ",
        ),
        (
            "+TCMQTTCONN:FAIL,-117",
            "Connect to the MQTT service: failed (7.1): Not authorised to connect",
        ),
        (
            "+TCDEVREG:FAIL,1021",
            "Dynamic registration: failed (7.3): The device is registered already",
        ),
        ("+TCMQTTCONN:OK", "Connect to the MQTT service: done (3.1)"),
        ("+CME ERROR:208", "CME error of the AT firmware (7.2): Not possible in this state"),
        (
            "+CME ERROR:4711",
            "CME error of the AT firmware (7.2): a number the manual does not know",
        ),
        ("ERR CODE:0x01090000", "The AT parser (1.3): No such command"),
        ("busy p...", "Busy with an earlier command"),
        ("WIFI GOT IP", "Got an IP address (1.3)"),
        ("ready", "The module has started (1.3)"),
        (">", "Waits for the payload (3.4)"),
        ("+++", "End the payload that is open (3.4)"),
        ("+TCMQTTSTATE:1", "MQTT connection state (3.7)"),
        ('+TCMQTTRCVPUB:"t",2,"hi"', "A message arrived (5.1)"),
        ("\xff\x00", ""),
        ("", ""),
    ],
)
def test_what_a_line_means(line: str | bytes, meaning: str) -> None:
    assert explain(line).startswith(meaning)
    assert bool(explain(line)) == bool(meaning)


def test_in_chinese() -> None:
    assert explain("+CME ERROR:208", "zh").startswith("AT 固件的 CME 错误 (7.2): ")


def test_turned_on_in_mid_dialogue_it_shows_no_echo_of_a_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What was sent before is not known; so what might be its echo stays hidden."""
    trace = Trace()
    trace.sent(b'AT+CWJAP="Home","12345678"\r\n')
    with caplog.at_level(logging.DEBUG, logger="tencent_at.wire"):
        trace.received(b'AP="Home","12345678"\r\n\r\nOK\r\n')
    assert "12345678" not in caplog.text and "OK" in caplog.text
