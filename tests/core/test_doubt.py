"""Doubt: what leaves it, and how the next call settles it before it writes."""

from __future__ import annotations

import pytest

from tencent_at import dialogue
from tests.core.shell import Refused, Script, make
from tests.core.words import (
    AT,
    BUSY,
    IS_ON,
    STATE,
    TIMEOUT,
    ended,
)
from tests.names import OK

SUBSCRIBED = b'+TCMQTTSUB:"a",1\r\n'


def test_a_late_answer_is_never_the_next_ones() -> None:
    """The answer to the first command comes while the second would be under way."""
    peer = Script(
        (STATE, [(5150, IS_ON)]),
        (AT, [(70, OK)]),
        (AT, [(1, OK)]),
        (b"AT+CWMODE?\r\n", [(1, b"+CWMODE:3\r\n\r\nOK\r\n")]),
    )
    shell = make(dialogue, peer)
    with pytest.raises(Refused) as refused:
        shell.do("mqtt_state")
    assert refused.value.args[0] == TIMEOUT
    assert shell.do("wifi_mode") == [3]


def test_an_open_payload_is_ended() -> None:
    """The prompt was lost on the way: the module still takes a payload, and would swallow the next command."""
    peer = Script(
        (b'AT+TCMQTTPUBL="a",0,300\r\n', [(1, b"OK\r\n")]),
        (b"+++\r\n", [(2, b"+CME ERROR:204\r\n")]),
        (AT, [(1, OK)]),
        (STATE, [(1, IS_ON)]),
    )
    shell = make(dialogue, peer)
    with pytest.raises(Refused):
        (shell.publish("a", b"x" * 300))
    assert shell.do("mqtt_state") == [1]
    ended(shell, peer)


def test_the_question_is_never_taken_for_a_payload_of_two_bytes() -> None:
    """+++ is thrown away by a busy module that then takes its payload: AT would be those two bytes."""
    peer = Script(
        (b'AT+TCMQTTPUBL="a",1,2\r\n', [(16_000, b"")]),
        (b"+++\r\n", [(1, BUSY), (20, b"OK\r\n>\r\n")]),
        (b"ATE0\r\n", [(2, b"+CME ERROR:204\r\n")]),
        (b"ATE0\r\n", [(1, OK)]),
        (STATE, [(1, IS_ON)]),
    )
    shell = make(dialogue, peer)
    with pytest.raises(Refused):
        shell.do("publish_long", "a", 1, b"hi")
    assert shell.do("mqtt_state") == [1]
    ended(shell, peer)


def test_a_cancelled_command_leaves_the_line_clean() -> None:
    peer = Script(
        (b'AT+TCMQTTSUB="a",1\r\n', [(500, b"OK\r\n+TCMQTTSUB:OK\r\n")]),
        (AT, [(1, BUSY)]),
        (AT, [(1, OK)]),
        (STATE, [(1, IS_ON)]),
    )
    shell = make(dialogue, peer)
    work = shell.call("subscribe", ("a", 1))
    next(work)
    work.close()
    shell.link.owes = 0
    assert shell.do("mqtt_state") == [1]
    ended(shell, peer)


def test_settling_tells_of_itself() -> None:
    """A line that never rests is no refusal of an earlier command."""
    shell = make(dialogue, Script((STATE, [(1, b"+CME ERROR:208\r\n")])))
    with pytest.raises(Refused):
        shell.do("mqtt_state")
    shell.doubt = True
    for at in range(0, 300_000, 50):
        shell.say(at, b"WIFI GOT IP\r\n")
    with pytest.raises(Refused) as refused:
        shell.do("mqtt_state")
    assert refused.value.args[:2] == (TIMEOUT, "mqtt_state")


def test_a_refusal_before_the_prompt_leaves_no_payload_open() -> None:
    """AT and its line end abort a payload that is longer than they are; +++ is for one that is not (manual 3.4)."""
    for payload, asked in ((b"x" * 300, [(AT, [(1, OK)])]), (b"hi", None)):
        line = b'AT+TCMQTTPUBL="a",1,%d\r\n' % len(payload)
        steps = asked or [
            (b"+++\r\n", [(1, b"ERR CODE:0x01030000\r\n\r\nERROR\r\n")]),
            (b"ATE0\r\n", [(1, OK)]),
        ]
        peer = Script((line, [(1, b"+CME ERROR:208\r\n")]), *steps, (STATE, [(1, IS_ON)]))
        shell = make(dialogue, peer)
        with pytest.raises(Refused):
            shell.do("publish_long", "a", 1, payload)
        assert shell.do("mqtt_state") == [1]
        ended(shell, peer)


def test_bytes_that_come_one_by_one_do_not_shorten_the_quiet() -> None:
    """An answer comes 90 ms behind a message, whose bytes come in steps of their own."""
    late = [(1, b"\r\nOK\r\n"), *((40, b"%c" % c) for c in b'+TCMQTTRCVPUB:"t",30,"' + b"y" * 30)]
    late += [(40, b'"\r\n'), (95, b"\r\nOK\r\n")]
    peer = Script((AT, late), (AT, [(1, OK)]), (STATE, [(1, IS_ON)]))
    shell = make(dialogue, peer)
    shell.doubt = True
    assert shell.do("mqtt_state") == [1]
    ended(shell, peer)


MODE = b"AT+CWMODE?\r\n"
IS_3 = b"+CWMODE:3\r\n\r\nOK\r\n"
LEAVE = b"AT+CWQAP\r\n"


def test_an_ok_before_its_row_is_anothers() -> None:
    """A stray OK ended the call before; the next one's row is right, and its own OK is still to come."""
    peer = Script(
        (LEAVE, [(0, b"OK\r\n"), (40, OK)]),
        (STATE, [(80, b"+TCMQTTSTATE:1\r\n"), (90, OK)]),
        (AT, [(90, OK)]),
        (AT, [(90, OK)]),
        (LEAVE, [(80, b"\r\nERROR\r\n")]),
    )
    shell = make(dialogue, peer)
    shell.do("leave")
    assert shell.do("mqtt_state") == [1]
    with pytest.raises(Refused):
        shell.do("leave")
    ended(shell, peer)


def test_a_row_behind_an_ok_proves_that_the_ok_was_anothers() -> None:
    """The OK of the call before comes first: each row gives the true one another 100 ms."""
    rows = [(60, b'+TCMQTTSUB:"a",1\r\n'), (130, b'+TCMQTTSUB:"b",1\r\n'), (200, OK)]
    peer = Script(
        (LEAVE, [(0, b"OK\r\n")]),
        (b"AT+TCMQTTSUB?\r\n", [(10, OK), *rows]),
        (LEAVE, [(80, b"\r\nERROR\r\n")]),
    )
    shell = make(dialogue, peer)
    shell.do("leave")
    assert shell.do("subscriptions") == [["a", 1], ["b", 1]]
    with pytest.raises(Refused):
        shell.do("leave")
    ended(shell, peer)


def test_an_ok_behind_its_result_is_anothers() -> None:
    """The result was an earlier publish's: the OK pays, and the true result is still to come."""
    line = b'AT+TCMQTTPUB="t",0,"x"\r\n'
    peer = Script(
        (line, [(1, b"+TCMQTTPUB:OK\r\n"), (30, b"OK\r\n"), (60, b"+TCMQTTPUB:FAIL,-103\r\n")]),
        (AT, [(80, OK)]),
        (AT, [(80, OK)]),
        (line, [(1, b"OK\r\n+TCMQTTPUB:OK\r\n")]),
    )
    shell = make(dialogue, peer)
    shell.publish("t", b"x")
    shell.publish("t", b"x")
    ended(shell, peer)


def test_rows_of_another_leave_a_doubt() -> None:
    """A list that a stray OK ended goes on under the next call, and its OK does not pay that."""
    peer = Script(
        (b"AT+TCMQTTSUB?\r\n", [(0, SUBSCRIBED + b"OK\r\n"), (40, SUBSCRIBED + OK)]),
        (LEAVE, [(80, b"\r\nERROR\r\n")]),
    )
    shell = make(dialogue, peer)
    assert shell.do("subscriptions") == [["a", 1]]
    with pytest.raises(Refused):
        shell.do("leave")
    ended(shell, peer)


def test_raw_bytes_before_their_ok_leave_a_doubt() -> None:
    """The module says OK first (manual 4.3): whose bytes were these?"""
    peer = Script(
        (b"AT+TCREADFWDATA=4\r\n", [(1, b"+TCREADFWDATA:4,abcd\r\nOK\r\n")]),
        (AT, [(1, OK)]),
        (STATE, [(1, IS_ON)]),
    )
    shell = make(dialogue, peer)
    assert shell.do("read_firmware", 4) == b"abcd"
    assert shell.do("mqtt_state") == [1]
    ended(shell, peer)


def test_an_ok_for_nothing_may_be_anothers() -> None:
    """A list that is empty is told so where nothing follows its OK; a stray one does not shift what comes."""
    peer = Script(
        (b"AT+TCMQTTSUB?\r\n", [(0, b"OK\r\n"), (40, SUBSCRIBED + OK)]),
        (b"AT+TCMQTTSUB?\r\n", [(40, OK)]),
        (LEAVE, [(80, b"\r\nERROR\r\n")]),
    )
    shell = make(dialogue, peer)
    assert shell.do("subscriptions") == [["a", 1]]
    assert shell.do("subscriptions") == [] and shell.now < 200
    with pytest.raises(Refused):
        shell.do("leave")
    ended(shell, peer)


def test_the_modules_own_orders_are_not_doubted() -> None:
    info = b'OK\r\n+TCFWINFO:"1",2,"0123456789abcdef0123456789abcdef",8\r\n'
    peer = Script(
        (b"AT+TCFWINFO?\r\n", [(1, info)]),
        (b"AT+TCFWINFO?\r\n", [(1, info)]),
        (MODE, [(1, IS_3)]),
        (STATE, [(1, IS_ON)]),
    )
    shell = make(dialogue, peer)
    assert (
        shell.do("firmware_info")
        == shell.do("firmware_info")
        == ["1", 2, "0123456789abcdef0123456789abcdef", 8]
    )
    assert shell.do("wifi_mode") == [3] and shell.do("mqtt_state") == [1] and shell.now == 4


def test_a_silent_module_is_not_asked_for_long() -> None:
    shell = make(dialogue, lambda data: [])
    shell.doubt = True
    with pytest.raises(Refused) as refused:
        shell.do("join", "ssid", "password")
    assert refused.value.args[:2] == (TIMEOUT, "join") and shell.now < 4_000
