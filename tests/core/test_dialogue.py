"""What a dialogue does beside plain question and answer: busy, late, lost, and how long it may take."""

from __future__ import annotations

from typing import Any

import pytest

from tencent_at import dialogue
from tests.core.shell import Refused, Script, make
from tests.core.words import (
    AT,
    BUSY,
    BUSY_OUTCOME,
    IS_ON,
    REFUSED,
    STATE,
    TIMEOUT,
    ended,
)
from tests.names import OK


def test_payload_and_line_end_go_out_in_one_write() -> None:
    payload = b"x" * 300
    peer = Script(
        (b'AT+TCMQTTPUBL="a/b",1,300\r\n', [(5, b"OK\r\n>\r\n")]),
        (payload + b"\r\n", [(50, b"+TCMQTTPUBL:OK\r\n")]),
    )
    shell = make(dialogue, peer)
    assert (shell.publish("a/b", payload, 1)) is None
    ended(shell, peer)


def test_publish_takes_the_line_where_it_fits() -> None:
    topic = "t" * 20
    room = 254 - len('AT+TCMQTTPUB="",1,""') - len(topic)
    line = b'AT+TCMQTTPUB="%s",1,"%s"\r\n' % (topic.encode(), b"y" * room)
    peer = Script(
        (line, [(1, b"OK\r\n+TCMQTTPUB:OK\r\n")]),
        (b'AT+TCMQTTPUBL="%s",1,%d\r\n' % (topic.encode(), room + 1), [(1, b"OK\r\n>\r\n")]),
        (b"y" * (room + 1) + b"\r\n", [(1, b"+TCMQTTPUBL:OK\r\n")]),
    )
    shell = make(dialogue, peer)
    (shell.publish(topic, b"y" * room, 1))
    (shell.publish(topic, b"y" * (room + 1), 1))
    ended(shell, peer)


def test_bytes_are_counted_not_characters() -> None:
    payload = "字" * 100
    peer = Script(
        (b'AT+TCMQTTPUBL="a",0,300\r\n', [(1, b"OK\r\n>\r\n")]),
        (payload.encode() + b"\r\n", [(1, b"+TCMQTTPUBL:OK\r\n")]),
    )
    shell = make(dialogue, peer)
    (shell.publish("a", payload))
    ended(shell, peer)


def test_short_payloads_with_backslashes_go_as_a_line() -> None:
    peer = Script((b'AT+TCMQTTPUB="a",0,"\\\\\\"\\\\\\,"\r\n', [(1, b"OK\r\n+TCMQTTPUB:OK\r\n")]))
    shell = make(dialogue, peer)
    (shell.publish("a", b'\\"\\,'))
    ended(shell, peer)


def test_a_busy_module_is_asked_again() -> None:
    peer = Script(
        (STATE, [(1, BUSY)]),
        (AT, [(1, BUSY)]),
        (AT, [(1, OK)]),
        (STATE, [(1, BUSY)]),
        (AT, [(1, OK)]),
        (STATE, [(1, IS_ON)]),
    )
    shell = make(dialogue, peer)
    assert shell.do("mqtt_state") == [1]
    ended(shell, peer)


def test_a_module_that_stays_busy_is_given_up() -> None:
    shell = make(dialogue, lambda data: [(1, BUSY)])
    with pytest.raises(Refused) as refused:
        shell.do("mqtt_state")
    assert refused.value.args[0] == BUSY_OUTCOME
    assert shell.written.count(STATE) == 1 and 4_000 < shell.now < 10_000
    shell = make(dialogue, lambda data: [(1, OK if data == AT else BUSY)])
    with pytest.raises(Refused) as refused:
        shell.do("mqtt_state")
    assert refused.value.args[0] == BUSY_OUTCOME
    assert shell.written.count(STATE) == 6


def test_a_second_ok_is_listened_for_but_not_long() -> None:
    start = b'AT+TCSAP="s","p"\r\n'
    peer = Script(
        (start, [(1, b"\r\nOK\r\n+TCSAP:OK\r\n"), (300, OK)]),
        (STATE, [(1, IS_ON)]),
        (start, [(1, b"\r\nOK\r\n+TCSAP:OK\r\n")]),
        (STATE, [(1, IS_ON)]),
    )
    shell = make(dialogue, peer)
    shell.do("start_softap", "s", "p")
    assert shell.now < 310
    assert shell.do("mqtt_state") == [1]
    before = shell.now
    shell.do("start_softap", "s", "p")
    assert 400 < shell.now - before < 700
    assert shell.do("mqtt_state") == [1]
    ended(shell, peer)


def test_a_command_given_up_may_keep_the_module_busy_long() -> None:
    """join may take 30 s: whoever gives up after one waits, and is told that the module is busy if it stays so."""

    def busy_until(end: int) -> Any:
        shell = make(
            dialogue,
            lambda data: [(1, BUSY if shell.now < end else IS_ON if data == STATE else OK)],
        )
        shell.doubt = True
        return shell

    assert busy_until(4_000).do("mqtt_state") == [1]
    shell = busy_until(26_000)
    for _ in range(5):
        with pytest.raises(Refused) as refused:
            shell.do("mqtt_state")
        assert refused.value.args[:2] == (BUSY_OUTCOME, "mqtt_state")
    assert shell.do("mqtt_state") == [1] and 26_000 < shell.now < 27_000


def test_any_command_may_be_tested() -> None:
    text = b"+TCSTARTSMART: CMD FOR START SMARTCONFIG"  # begins as a URC does
    shell = make(dialogue, Script((b"AT+TCSTARTSMART=?\r\n", [(1, text + b"\r\n\r\nOK\r\n")])))
    assert shell.do("test", "TCSTARTSMART") == [text.decode()]
    for name in ("", "TC\r\nAT", "T\0", None, 5):
        with pytest.raises(ValueError, match="test: command"):
            shell.do("test", name)


def test_the_argument_time_out_is_waited_for() -> None:
    peer = Script(
        (b"AT+TCMQTTCONN=1,9000,240,1,1\r\n", [(13_900, b"OK\r\n+TCMQTTCONN:FAIL,202\r\n")])
    )
    shell = make(dialogue, peer)
    with pytest.raises(Refused) as refused:
        shell.do("connect", command_timeout=9000)
    assert refused.value.args[0] == 2 and refused.value.args[2] == 202


@pytest.mark.parametrize(
    ("peer", "outcome"),
    [
        (lambda data: [(1, b"\r\nERROR\r\n")], REFUSED),
        (lambda data: [(1, BUSY)], BUSY_OUTCOME),
        (lambda data: [(1, b"xOK\r\n")], TIMEOUT),
        (lambda data: [(20 * i, b"babble\r\n") for i in range(3000)], TIMEOUT),
        (lambda data: [(20 * i, b"babble") for i in range(3000)], TIMEOUT),
        (lambda data: [(20 * i, b"WIFI GOT IP\r\n") for i in range(3000)], TIMEOUT),
        (lambda data: [(400, b"OK\r\nERR CODE:0x010b0000\r\n\r\nbusy p...\r\n")], TIMEOUT),
        (lambda data: [], TIMEOUT),
    ],
    ids=["error", "busy", "prefix", "babble", "no line ends", "urcs", "late", "silence"],
)
@pytest.mark.parametrize(
    ("call", "own"), [("mqtt_state", 5_000), ("attention", 1_000), ("join", 30_000)]
)
def test_no_call_outlasts_its_time_out_by_more_than_5_s(
    peer: Any, outcome: int, call: str, own: int
) -> None:
    shell = make(dialogue, peer)
    args = ("ssid", "password") if call == "join" else ()
    ends = set()
    for _ in range(3):
        before = shell.now
        try:
            shell.do(call, *args)
        except Refused as refused:
            ends.add(refused.args[0])
        assert shell.now - before <= own + 5_000
    assert outcome in ends or "late" in str(peer) or not ends


def test_an_old_firmware_says_the_result_alone() -> None:
    """Firmware 1.1.0 answers TCDEVREG without OK (manual 2.3); one that comes late pays nobody else's debt."""
    line = b"AT+TCDEVREG\r\n"
    peer = Script(
        (line, [(1, b"+TCDEVREG:OK\r\n")]),
        (STATE, [(1, IS_ON)]),
        (line, [(1, b"+TCDEVREG:FAIL,207\r\n"), (90, b"OK\r\n")]),
        (AT, [(1, OK)]),
        (b"AT+CWMODE?\r\n", [(1, b"+CWMODE:3\r\n\r\nOK\r\n")]),
    )
    shell = make(dialogue, peer)
    assert shell.do("register") is None and shell.now == 101
    assert shell.do("mqtt_state") == [1] and shell.now == 102
    with pytest.raises(Refused) as refused:
        shell.do("register")
    assert refused.value.args[0::2] == (2, 207) or refused.value.args[2] == 207
    assert shell.now == 102 + 90
    assert shell.do("wifi_mode") == [3]
    ended(shell, peer)
