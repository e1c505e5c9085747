"""Rows, raw bytes and heads: what an answer's line holds, and where it ends."""

from __future__ import annotations

import pytest

from tencent_at import dialogue, row
from tests.core.shell import Refused, Script, make
from tests.core.words import (
    AT,
    IS_ON,
    STATE,
    TIMEOUT,
)
from tests.names import OK


@pytest.mark.parametrize(
    ("line", "values"),
    [
        (b"", []),
        (b"1, -2 ,0x10,a b", [1, -2, 16, "a b"]),
        (b'"a","b"', ["a", "b"]),
        (b'"a,b",-60', ["a,b", -60]),
        (b'"a\\",5', ["a\\", 5]),
        (b'(3,"Home (old)",-60,"aa:bb",6)', [3, "Home (old)", -60, "aa:bb", 6]),
        (b'ip:"192.168.1.23"', ["ip", "192.168.1.23"]),
        (b'"not closed, 5', ["not closed, 5"]),
        (b'"', [""]),
        (b'"",', ["", ""]),
        (b',"x"', ["", "x"]),
        (b'"\xe5\xad\x97","\xff"', ["字", "ÿ"]),
        (b"1_000,--5,0xzz", ["1_000", "--5", "0xzz"]),
    ],
)
def test_rows(line: bytes, values: list[object]) -> None:
    assert row.row(line) == values


def test_a_row_of_a_thousand_commas() -> None:
    """Damage takes no memory: what is past forty fields, or twenty behind a name, is one."""
    assert len(row.row(b"," * 1000)) == 41
    assert len(row.match(b'"a",' + b"1," * 1000, ["", "32", "i"]) or ()) == 21


def test_a_row_whose_end_does_not_come_is_taken_as_it_is() -> None:
    """A name could go on behind the line's end; after a second without a byte it does not."""
    rows = b'+CWLAP:(3,"Home",-55,"24:05:88:00:00:01",6)\r\n+CWLAP:(3,"Next",-5\r\n'
    peer = Script((b"AT+CWLAP\r\n", [(1, rows + OK)]), (STATE, [(1, IS_ON)]))
    shell = make(dialogue, peer)
    assert shell.do("scan") == [[3, "Home", -55, "24:05:88:00:00:01", 6], [3, "Next", -5]]
    assert 1000 <= shell.now < 1200
    assert shell.do("mqtt_state") == [1] and not shell.link.noise and not shell.link.dropped


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("device_info", b'+TCDEVINFOSET:1,"CTQS08Y5LG"\r\n'),
        ("access_point", b'+CWJAP:"Home","24:05:88:00:00:01",6\r\n'),
        ("firmware_info", b'+TCFWINFO:"1.0"\r\n'),
        ("ota", b"+TCOTASET:1\r\n"),
    ],
)
def test_a_short_row_is_told_as_it_is(call: str, answer: bytes) -> None:
    shell = make(dialogue, lambda data: [(1, answer + OK)])
    assert shell.do(call) == row.row(answer.partition(b":")[2])
    assert shell.now < 1200


def test_a_head_that_only_begins_alike_pays_nothing() -> None:
    answer = b"OK\r\n+TCMQTTPUBL:OK\r\n+TCMQTTPUBLOK\r\n+TCMQTTPU:OK\r\n+TCMQTTPUB:FAIL,202\r\n"
    shell = make(dialogue, Script((b'AT+TCMQTTPUB="t",0,"x"\r\n', [(1, answer)])))
    with pytest.raises(Refused) as refused:
        shell.publish("t", b"x")
    assert refused.value.args[2] == 202 and shell.link.noise == 3


def test_more_raw_bytes_than_there_is_room_for() -> None:
    answer = b"OK\r\n+TCREADFWDATA:8,12345678\r\n"
    peer = Script((b"AT+TCREADFWDATA=8\r\n", [(1, answer)]), (AT, [(1, OK)]), (STATE, [(1, IS_ON)]))
    shell = make(dialogue, peer)
    room = bytearray(4)
    with pytest.raises(Refused) as refused:
        shell.run(shell.call("read_firmware", (8,), (), room))
    assert refused.value.args[0] == TIMEOUT and room == bytes(4)
    assert shell.link.dropped == 8 and shell.do("mqtt_state") == [1]


def test_raw_bytes_whose_line_end_is_lost() -> None:
    """The blank line before the next OK is not their end."""
    peer = Script(
        (b"AT+TCREADFWDATA=8\r\n", [(1, b"OK\r\n+TCREADFWDATA:8,12345678")]),
        (AT, [(1, OK)]),
        (AT, [(1, OK)]),
        (STATE, [(1, IS_ON)]),
    )
    shell = make(dialogue, peer)
    with pytest.raises(Refused) as refused:
        shell.do("read_firmware", 8)
    assert refused.value.args[0] == TIMEOUT
    assert shell.do("mqtt_state") == [1]


def test_raw_bytes_of_a_read_that_was_given_up() -> None:
    shell = make(dialogue, lambda data: [])
    work = shell.call("read_firmware", (8,))
    next(work)
    head = b"OK\r\n+TCREADFWDATA:8,1234"
    shell.link.receive(head, len(head))
    work.send(500)
    work.close()
    shell.link.owes = 0
    shell.link.receive(b"5678\r\nlate\r\n", 12)
    while shell.link.next_event():
        pass
    assert shell.link.owes == 0 and not shell.link.partial


@pytest.mark.parametrize("size", [99999, 4096, 17])
def test_a_damaged_length_takes_no_memory(size: int) -> None:
    shell = make(dialogue, lambda data: [(1, b"OK\r\n+TCREADFWDATA:%d,123" % size)])
    with pytest.raises(Refused):
        shell.do("read_firmware", 16)
    assert shell.link.data is None


def test_raw_bytes_that_a_restart_fills_up() -> None:
    """ready fills what the length promised, and then nothing comes: the call ends, and not at its time-out."""
    answer = b"OK\r\n+TCREADFWDATA:16,1234567\r\nready\r\n"
    shell = make(dialogue, lambda data: [(1, answer if b"FW" in data else OK)])
    with pytest.raises(Refused) as refused:
        shell.do("read_firmware", 16)
    assert refused.value.args[0] == TIMEOUT and shell.now < 1_010
    assert shell.do("attention") is None


def test_a_name_of_the_greatest_length_may_hold_a_line_end() -> None:
    assert row.match(b'3,"a\r\nb",5', ["i", "4", "i"]) == [3, "a\r\nb", 5]
    assert row.match(b'3,"a\r\nbc",5', ["i", "4", "i"]) != [3, "a\r\nbc", 5]
