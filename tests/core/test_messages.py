"""Messages that come meanwhile: kept in order, counted where there is no room, and no call waits for their end."""

from __future__ import annotations

import pytest

from tencent_at import dialogue
from tests.core.shell import Refused, Script, make
from tests.core.words import (
    AT,
    IS_ON,
    STATE,
    TIMEOUT,
)
from tests.names import OK


def test_a_line_that_never_rests_does_not_hold_a_command_for_ever() -> None:
    """Something chatters without a line end: the command is tried all the same, and times out."""
    shell = make(dialogue, lambda data: [])
    for at in range(0, 60_000, 20):
        shell.say(at, b"x")
    shell.wait(1)
    with pytest.raises(Refused) as refused:
        shell.do("mqtt_state")
    assert refused.value.args[0] == TIMEOUT
    assert shell.written == [STATE] and shell.now < 12_000


def test_messages_under_a_command_are_kept_in_order() -> None:
    urcs = b'+TCMQTTRCVPUB:"t",1,"1"\r\n+TCMQTTDISCON,-103\r\n+TCMQTTRCVPUB:"t",1,"2"\r\n'
    peer = Script((STATE, [(1, urcs + IS_ON)]))
    shell = make(dialogue, peer)
    heard: list[object] = []
    shell.handlers = (lambda name, values: heard.append((name, values, len(shell.inbox))),)
    shell.on_message = lambda *item: heard.append(item)
    assert shell.do("mqtt_state") == [1]
    assert heard == [("disconnected", [-103], 1)]
    assert [buf[start:end] for buf, _, _, start, end in shell.inbox] == [b"1", b"2"]


def test_a_small_buffer_carries_many_messages() -> None:
    """What is unread moves to the front of the buffer, its bounds with it."""
    shell = make(dialogue, lambda data: [], size=120)
    heard: list[bytes] = []
    shell.on_message = lambda buf, topic, topic_end, start, end: heard.append(bytes(buf[topic:end]))
    stream = b"".join(b'+TCMQTTRCVPUB:"t%d",60,"%060d"\r\n' % (i % 10, i) for i in range(50))
    for i in range(0, len(stream), 17):
        shell.say(0, stream[i : i + 17])
        shell.wait(1)
        shell.pump()
    assert heard == [b't%d",60,"%060d' % (i % 10, i) for i in range(50)]
    assert shell.link.noise == shell.link.dropped == 0


def test_a_full_inbox_counts_what_it_loses() -> None:
    peer = Script((STATE, [(1, b'+TCMQTTRCVPUB:"t",1,"1"\r\n' * 20 + IS_ON)]))
    shell = make(dialogue, peer)
    told: list[int] = []
    shell.on_lost = told.append
    shell.backlog = 16 * len(b'+TCMQTTRCVPUB:"t",1,"1')
    shell.do("mqtt_state")
    assert (len(shell.inbox), shell.lost, told) == (16, 4, [1, 2, 3, 4])


def test_a_stream_does_not_hold_a_command() -> None:
    """What was there when it began is taken in, and 512 bytes more."""
    message = b'+TCMQTTRCVPUB:"t",40,"%s"\r\n' % (b"y" * 40)
    size = len(message)
    told: list[int] = []

    def peer(data: bytes) -> list[tuple[int, bytes]]:
        told.append(len(shell.inbox))
        return [(1, IS_ON)]

    shell = make(dialogue, peer)
    shell.backlog = 1 << 20
    shell.any = lambda: 8 * size  # the port is never empty
    for _ in range(2000):
        shell.say(0, message)
    assert shell.do("mqtt_state") == [1]
    assert 8 <= told[0] <= 8 + 512 // size + 1


def test_a_command_in_a_storm_waits_for_one_line_at_most() -> None:
    """A line is always under way: no healthy one is cut."""
    message = b'+TCMQTTRCVPUB:"t",40,"%s"\r\n' % (b"y" * 40)
    shell = make(dialogue, lambda data: [(1, b"")])
    shell.backlog = 1 << 20
    stream = message * 200
    for i in range(0, len(stream), 17):
        shell.say(i // 17 * 2, stream[i : i + 17])
    work = shell.call("mqtt_state")
    wish = next(work)
    while not shell.written:
        wish = work.send(shell.wait(wish))
    assert shell.now < 20 and shell.link.noise == 0


def test_messages_do_not_keep_a_line_from_being_settled() -> None:
    shell = make(dialogue, Script((AT, [(1, OK)]), (STATE, [(1, IS_ON)])))
    shell.backlog = 1 << 20
    shell.doubt = True
    for at in range(0, 5_000, 30):
        shell.say(at, b'+TCMQTTRCVPUB:"t",2,"hi"\r\n')
    assert shell.do("mqtt_state") == [1] and shell.now < 120
