"""Torn messages, rubbish at the edges, lines that fill the buffer: none takes another line with it."""

from __future__ import annotations

import contextlib
from functools import partial

import pytest

from tencent_at import dialogue
from tests.core.shell import Refused, Script, make
from tests.core.words import (
    AT,
    IS_ON,
    STATE,
    SWALLOWED,
    TIMEOUT,
    ended,
)
from tests.names import OK

MESSAGE = b'+TCMQTTRCVPUB:"t",2,"hi"\r\n'


def test_a_message_without_its_end_does_not_swallow_the_answer() -> None:
    """A NUL cuts a message short (WIRE 7): the driver waits a moment, gives it up, and goes on."""
    peer = Script((STATE, [(1, IS_ON)]))
    shell = make(dialogue, peer)
    shell.say(0, b'+TCMQTTRCVPUB:"t",9,"abc')
    shell.wait(10)
    shell.pump()
    assert shell.do("mqtt_state") == [1]
    assert shell.link.noise == 1 and shell.link.dropped > 0


def test_a_message_too_long_takes_no_other_line_with_it() -> None:
    long = b'+TCMQTTRCVPUB:"t",300,"' + b"x" * 300 + b'"\r\n'
    shell = make(dialogue, Script((STATE, [(1, long + IS_ON)])), size=256)
    assert shell.do("mqtt_state") == [1]
    assert shell.link.dropped > 0 and shell.link.noise == 1


def returned(answers: list[tuple[int, bytes]], _: bytes) -> list[tuple[int, bytes]]:
    return answers


@pytest.mark.parametrize("size", [256, 300, 2304])
@pytest.mark.parametrize("filler", [b",", b'"', b'","', b"1,", b"x", b"9", b"+CWLAP:(", b"\r\n"])
@pytest.mark.parametrize(
    "head", [b"+CWLAP:", b'+CWLAP:(3,"', b"+TCMQTTSUB:", b"+TCREADFWDATA:", b""]
)
def test_whatever_fills_the_buffer_is_survived(head: bytes, filler: bytes, size: int) -> None:
    """A line that fills it exactly, a byte less or more; a row of a thousand commas."""
    for call in ("scan", "subscriptions", "access_point", "device_info"):
        for more in range(-3, 2):
            line = (head + filler * 2400)[: size + more] + b"\r\n"
            answers = [(1, line + OK)]
            shell = make(dialogue, partial(returned, answers), size=size)
            with contextlib.suppress(Refused):
                shell.do(call)
            assert len(shell.link.buf) <= size


@pytest.mark.parametrize(
    "line",
    [
        b'+TCMQTTRCVPUB:Xt",2,"hi"\r\n',
        b'+TCMQTTRCVPUB:"",2,"hi"\r\n',
        b'+TCMQTTRCVPUB:",2,"hi"\r\n',
        b'+TCMQTTRCVPUB,"t",2,"hi"\r\n',
        b'+TCMQTTRCVPUB:VPUB:"t",2,"hi"\r\n',
        b'+TCMQTTRCVPUB,\r:"t",2,"hi"\r\n',
        b'+TCMQTTRCVPUB:"t",2,Xhi"\r\n',
        b'+TCMQTTRCVPUB:"t",2,"hiX\r\n',
        b'+TCMQTTRCVPUB:"t",2,"hi"X\r\n',
        b'+TCMQTTRCVPUB:"t",3,"hi"\r\n',
        b'+TCMQTTRCVPUB:"t",1,"hi"\r\n',
        b'+TCMQTTRCVPUB:"t","2","hi"\r\n',
    ],
)
def test_what_is_no_message_is_noise(line: bytes) -> None:
    """Quotes and line end where they belong, and a topic; the next message is heard again."""
    shell = make(dialogue, Script())
    shell.on_message = lambda buf, topic, stop, start, end: heard.append(bytes(buf[topic:end]))
    heard: list[bytes] = []
    good = b'+TCMQTTRCVPUB: "t",2,"ok"\r\n'
    for data in (line, good):
        shell.link.receive(data, len(data))
        shell.pump()
    assert heard[-1:] == [b't",2,"ok'] or shell.link.partial == 0
    assert heard in ([b't",2,"ok'], []) and shell.link.noise >= 1


@pytest.mark.parametrize(
    "answer",
    [
        b"\0OK\r\n",
        b"\0\0\r\nOK\r\n",
        b"\rOK\r\n",
        b"\r\r\nOK\r\r\n",
        b"OK\0\r\n",
        b"\r\0\rOK\0\r\r\n",
    ],
)
def test_rubbish_of_the_wire_at_the_edges_of_a_line(answer: bytes) -> None:
    state = answer.replace(b"OK", b"+TCMQTTSTATE:1") + answer
    shell = make(dialogue, Script((AT, [(1, answer)]), (STATE, [(1, state)])))
    assert shell.do("attention") is None and shell.do("mqtt_state") == [1]
    assert shell.now == 2 and shell.link.noise == 0


def test_rubbish_before_a_message_and_a_prompt() -> None:
    peer = Script(
        (b'AT+TCMQTTPUBL="a",0,300\r\n', [(1, b'\0+TCMQTTRCVPUB:"t",2,"hi"\r\nOK\r\n\r>\r\n')]),
        (b"x" * 300 + b"\r\n", [(1, b"\0+TCMQTTPUBL:OK\r\n")]),
    )
    shell = make(dialogue, peer)
    shell.publish("a", b"x" * 300)
    assert len(shell.inbox) == 1 and shell.link.noise == 0


TORN = [
    b'+TCMQTTRCVPUB:"t",90,"abc',
    b'+TCMQTTRCVPUB:"t",9,"ab\0',
    b'+TCMQTTRCVPUB:"t",19,"abc"\r\n',
    b'+TCMQTTRCVPUB:"t",9000,"abc"\r\n',
    b'+TCMQTTRCVPUB:"t",x,"',
]


@pytest.mark.parametrize("torn", TORN)
def test_a_torn_message_that_swallows_an_answer(torn: bytes) -> None:
    """The call ends once it is given up, and what it holds is never taken for an answer."""
    line = b'AT+TCMQTTPUB="a",1,"x"\r\n'
    answer = torn + b"OK\r\n+TCMQTTPUB:OK\r\n"
    peer = Script((line, [(1, answer)]), (AT, [(1, OK)]), (STATE, [(1, IS_ON)]))
    shell = make(dialogue, peer)
    with pytest.raises(Refused) as refused:
        shell.publish("a", b"x", 1)
    assert refused.value.args[:2] == (SWALLOWED, "publish_short")
    assert shell.now <= 1_001
    assert shell.do("mqtt_state") == [1]
    ended(shell, peer)


def test_a_torn_message_may_hold_what_looks_like_an_answer() -> None:
    """Its bytes behind a length that is damaged are those of a stranger."""
    torn = b'+TCMQTTRCVPUB:"t",2,"a\r\nb\r\n+TCMQTTSTATE:7\r\n\r\nOK\r\n"\r\n'
    late = (AT, [(1, OK)]), (AT, [(1, OK)])
    peer = Script((STATE, [(1, torn), (40, IS_ON)]), *late, (STATE, [(1, IS_ON)]))
    shell = make(dialogue, peer)
    with pytest.raises(Refused) as refused:
        shell.do("mqtt_state")
    assert refused.value.args[0] == SWALLOWED
    assert shell.do("mqtt_state") == [1]


def test_a_torn_message_in_the_port_is_taken_in_before_a_command() -> None:
    peer = Script((STATE, [(1, IS_ON)]))
    shell = make(dialogue, peer)
    shell.say(0, b'+TCMQTTRCVPUB:"t",900,"abc')
    assert shell.do("mqtt_state") == [1]
    assert shell.link.noise == 1 and shell.now < 1_110


@pytest.mark.parametrize(
    "line",
    [
        b"+TCMQTTPUB:F",
        b"+TCMQTTPUB:FA",
        b"+TCMQTTPUB:FAIL",
        b"+TCMQTTPUB:FAIL,",
        b"+TCMQTTPUB:O",
        b"+TCMQTTPUB:",
        b"+CME ERROR:",
        b'+TCMQTTRCVPUB:"',
        b"," * 60,
        b"+" + b"," * 59,
        b"+TCMQTTPUB:" + b"," * 40,
        b'+TCMQTTRCVPUB:"t",1,',
    ],
)
def test_a_line_that_fills_the_buffer_exactly(line: bytes) -> None:
    for size in range(max(len(line), 16), len(line) + 8):
        peer = Script((b'AT+TCMQTTPUB="t",0,"x"\r\n', [(1, line + b"\r\n")]))
        shell = make(dialogue, peer, size=size)
        with pytest.raises(Refused):
            shell.publish("t", b"x")


def test_a_line_end_with_a_byte_inside_is_none() -> None:
    """OK, CR, something, LF: the line goes on, and is not OK."""
    answer = b'OK\rj\n+TCMQTTRCVPUB:"t",2,"hi"\r\n'
    shell = make(dialogue, Script((AT, [(1, answer)])))
    with pytest.raises(Refused) as refused:
        shell.do("attention")
    assert refused.value.args[0] == TIMEOUT and shell.link.noise == 1


@pytest.mark.parametrize("line", [b"+TCMQTTDISCON,2", b"+TCMQTTSTATE:1", b"AT version:1", b"OK"])
def test_a_line_that_lost_its_cr_takes_the_next_one_with_it(line: bytes) -> None:
    """Neither is read for what the other says, and both are counted."""
    told: list[str] = []
    peer = Script((STATE, [(1, line + b"\n" + MESSAGE), (2, IS_ON)]))
    shell = make(dialogue, peer)
    shell.handlers = (lambda name, values: told.append(name),)
    shell.say(0, b"+TCMQTTDISCON,2\n" + MESSAGE)
    with contextlib.suppress(Refused):
        shell.do("mqtt_state")
    assert told == [] and shell.link.noise and not shell.inbox
