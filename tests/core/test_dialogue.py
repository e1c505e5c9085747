"""What a dialogue does beside plain question and answer: busy, late, lost, cut, refused before a byte."""

from __future__ import annotations

import array
import contextlib
from functools import partial
from typing import Any

import pytest

from tencent_at import dialogue, row
from tests.core.shell import Refused, Script, make

OK = b"\r\nOK\r\n"
AT = b"AT\r\n"
BUSY = b"ERR CODE:0x010b0000\r\n\r\nbusy p...\r\n"
STATE = b"AT+TCMQTTSTATE?\r\n"
IS_ON = b"+TCMQTTSTATE:1\r\n\r\nOK\r\n"
TIMEOUT, BUSY_OUTCOME, REFUSED, SWALLOWED = 5, 3, 1, 7


def ended(shell: object, peer: Script) -> None:
    assert not peer.lines, f"never heard: {peer.lines}"


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


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        (b"", "1 to 2048 bytes"),
        (b"a\0b", "byte 1"),
        (b"ab\r\nc", "byte 2"),
        (b"z" * 2049, "1 to 2048 bytes, not 2049"),
        (b"z" * 300 + b'\\"', "byte 300"),
        (b"z" * 301 + b"\\,", "byte 301"),
        (b"z" * 300 + b"+++", "+++ at a length of 303"),
    ],
)
def test_what_cannot_travel_is_refused_before_a_byte(payload: bytes, named: str) -> None:
    shell = make(dialogue, Script())
    with pytest.raises(ValueError, match="publish_long: payload") as refused:
        (shell.publish("a/b", payload))
    assert named in str(refused.value)
    assert shell.written == []


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


def test_a_message_without_its_end_does_not_swallow_the_answer() -> None:
    """A NUL cuts a message short (WIRE 7): the driver waits a moment, gives it up, and goes on."""
    peer = Script((STATE, [(1, IS_ON)]))
    shell = make(dialogue, peer)
    shell.say(0, b'+TCMQTTRCVPUB:"t",9,"abc')
    shell.wait(10)
    shell._pump()
    assert shell.do("mqtt_state") == [1]
    assert shell.link.noise == 1 and shell.link.dropped > 0


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


def test_a_command_given_up_may_keep_the_module_busy_long() -> None:
    """join may take 30 s: whoever gives up after one waits, and is told that the module is busy if it stays so."""

    def busy_until(end: int) -> Any:
        shell = make(
            dialogue,
            lambda data: [(1, BUSY if shell.now < end else IS_ON if data == STATE else OK)],
        )
        shell._dirty = True
        return shell

    assert busy_until(4_000).do("mqtt_state") == [1]
    shell = busy_until(26_000)
    for _ in range(5):
        with pytest.raises(Refused) as refused:
            shell.do("mqtt_state")
        assert refused.value.args[:2] == (BUSY_OUTCOME, "mqtt_state")
    assert shell.do("mqtt_state") == [1] and 26_000 < shell.now < 27_000


def test_memory_is_counted_in_bytes() -> None:
    shell = make(dialogue, Script())
    with pytest.raises(ValueError, match="not 3000"):
        (shell.publish("t", memoryview(array.array("H", [65] * 1500))))


def test_any_command_may_be_tested() -> None:
    text = b"+TCSTARTSMART: CMD FOR START SMARTCONFIG"  # begins as a URC does
    shell = make(dialogue, Script((b"AT+TCSTARTSMART=?\r\n", [(1, text + b"\r\n\r\nOK\r\n")])))
    assert shell.do("test", "TCSTARTSMART") == [text.decode()]
    for name in ("", "TC\r\nAT", "T\0", None, 5):
        with pytest.raises(ValueError, match="test: command"):
            shell.do("test", name)


def test_a_small_buffer_carries_many_messages() -> None:
    """What is unread moves to the front of the buffer, its bounds with it."""
    shell = make(dialogue, lambda data: [], size=120)
    heard: list[bytes] = []
    shell.on_message = lambda buf, topic, topic_end, start, end: heard.append(bytes(buf[topic:end]))
    stream = b"".join(b'+TCMQTTRCVPUB:"t%d",60,"%060d"\r\n' % (i % 10, i) for i in range(50))
    for i in range(0, len(stream), 17):
        shell.say(0, stream[i : i + 17])
        shell.wait(1)
        shell._pump()
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


def test_the_argument_time_out_is_waited_for() -> None:
    peer = Script(
        (b"AT+TCMQTTCONN=1,9000,240,1,1\r\n", [(13_900, b"OK\r\n+TCMQTTCONN:FAIL,202\r\n")])
    )
    shell = make(dialogue, peer)
    with pytest.raises(Refused) as refused:
        shell.do("connect", command_timeout=9000)
    assert refused.value.args[0] == 2 and refused.value.args[2] == 202


@pytest.mark.parametrize(
    ("call", "args", "named"),
    [
        ("subscribe", ("", 1), "topic must be 1 to 254 bytes, not 0"),
        ("subscribe", ("a\r\nb", 1), "topic cannot carry b'\\\\r\\\\n' \\(byte 1\\)"),
        ("subscribe", ("a\0b", 1), "topic cannot carry b'\\\\x00' \\(byte 1\\)"),
        ("subscribe", ("t" * 250, 1), "254 bytes"),
        ("subscribe", ("t", "x"), "qos must be a number"),
        ("subscribe", ("t", None), "qos must be a number"),
        ("subscribe", (), "topic is missing"),
        ("subscribe", (None,), "topic must be text or bytes"),
        ("subscribe", (1,), "topic must be text or bytes"),
        ("subscribe", ([97],), "topic must be text or bytes"),
        ("subscribe", ("t", "1"), "qos must be a number"),
        ("subscribe", ("t", 0.5), "qos must be a number"),
        ("subscribe", ("\udc80",), "topic must be text that UTF-8 can spell"),
        ("subscribe", ("t", 1, 2), "1 arguments too many"),
        ("publish_long", ("t", 0, b"z" * 57 + b"+++" + b"+++"), "payload cannot end in"),
        ("publish_long", ("t", 0, b'\\"'), "payload cannot carry"),
        ("set_device_info", ("CTQS08Y5LG", "d", "top\0secret"), "device_secret cannot carry"),
    ],
)
def test_bad_arguments_name_what_and_where(call: str, args: tuple[object, ...], named: str) -> None:
    """What would break the wire; the manual's ranges are the desktop's, see tests/drivers/test_bad_input.py."""
    shell = make(dialogue, Script())
    with pytest.raises(ValueError, match=f"{call}: .*{named}") as refused:
        shell.do(call, *args)
    assert "secret" not in str(refused.value).replace("device_secret", "")
    assert shell.written == []


def test_a_name_that_no_argument_has() -> None:
    shell = make(dialogue, Script())
    with pytest.raises(ValueError, match="connect: there is no argument keepalife"):
        shell.do("connect", keepalife=60)
    with pytest.raises(AttributeError, match="conect"):
        shell.do("conect")


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
    assert len(row.named(b'"a",' + b"1," * 1000, ["", "32", "i"]) or ()) == 21


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


def test_a_message_too_long_takes_no_other_line_with_it() -> None:
    long = b'+TCMQTTRCVPUB:"t",300,"' + b"x" * 300 + b'"\r\n'
    shell = make(dialogue, Script((STATE, [(1, long + IS_ON)])), size=256)
    assert shell.do("mqtt_state") == [1]
    assert shell.link.dropped > 0 and shell.link.noise == 1


def test_settling_tells_of_itself() -> None:
    """A line that never rests is no refusal of an earlier command."""
    shell = make(dialogue, Script((STATE, [(1, b"+CME ERROR:208\r\n")])))
    with pytest.raises(Refused):
        shell.do("mqtt_state")
    shell._dirty = True
    for at in range(0, 300_000, 50):
        shell.say(at, b"WIFI GOT IP\r\n")
    with pytest.raises(Refused) as refused:
        shell.do("mqtt_state")
    assert refused.value.args[:2] == (TIMEOUT, "mqtt_state")


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
        shell._pump()
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
    assert shell.link.noise == 1 and shell.now < 1_010


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


def test_messages_do_not_keep_a_line_from_being_settled() -> None:
    shell = make(dialogue, Script((AT, [(1, OK)]), (STATE, [(1, IS_ON)])))
    shell.backlog = 1 << 20
    shell._dirty = True
    for at in range(0, 5_000, 30):
        shell.say(at, b'+TCMQTTRCVPUB:"t",2,"hi"\r\n')
    assert shell.do("mqtt_state") == [1] and shell.now < 120


@pytest.mark.parametrize("size", [99999, 4096, 17])
def test_a_damaged_length_takes_no_memory(size: int) -> None:
    shell = make(dialogue, lambda data: [(1, b"OK\r\n+TCREADFWDATA:%d,123" % size)])
    with pytest.raises(Refused):
        shell.do("read_firmware", 16)
    assert shell.link.data is None


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


def test_bytes_that_come_one_by_one_do_not_shorten_the_quiet() -> None:
    """An answer comes 90 ms behind a message, whose bytes come in steps of their own."""
    late = [(1, b"\r\nOK\r\n"), *((40, b"%c" % c) for c in b'+TCMQTTRCVPUB:"t",30,"' + b"y" * 30)]
    late += [(40, b'"\r\n'), (95, b"\r\nOK\r\n")]
    peer = Script((AT, late), (AT, [(1, OK)]), (STATE, [(1, IS_ON)]))
    shell = make(dialogue, peer)
    shell._dirty = True
    assert shell.do("mqtt_state") == [1]
    ended(shell, peer)


def test_raw_bytes_that_a_restart_fills_up() -> None:
    """ready fills what the length promised, and then nothing comes: the call ends, and not at its time-out."""
    answer = b"OK\r\n+TCREADFWDATA:16,1234567\r\nready\r\n"
    shell = make(dialogue, lambda data: [(1, answer if b"FW" in data else OK)])
    with pytest.raises(Refused) as refused:
        shell.do("read_firmware", 16)
    assert refused.value.args[0] == TIMEOUT and shell.now < 1_010
    assert shell.do("attention") is None


READY = b"\r\nready\r\nWIFI CONNECTED\r\n"
RESTART = b"AT+RST\r\n"


def restarts(ready: list[tuple[int, bytes]]) -> Any:
    """A shell whose module boots for half a second behind AT+RST, deaf, and then echoes until it is told not to."""
    echo = [True]
    booted = [0]

    def peer(data: bytes) -> list[tuple[int, bytes]]:
        if shell.now < booted[0]:
            return []
        said = data if echo[0] else b""
        if data == RESTART:
            booted[0] = shell.now + 500
            echo[0] = True
            return [(1, said + OK), *ready]
        if data in (b"ATE0\r\n", b"ATE1\r\n"):
            echo[0] = data == b"ATE1\r\n"
        return [(1, said + (IS_ON if data == STATE else OK))]

    shell = make(dialogue, peer)
    shell.echo = echo
    return shell


WHOLE = [(500, READY)]
NOISY = [(300, b"\x8c\x00>\xfe\r\n\xff+CME"), (500, b"\xe2" + READY)]
DAMAGED = [(500, b"\r\nrea\xffy\r\nWIFI CONNECTED\r\n")]
LOST: list[tuple[int, bytes]] = []


@pytest.mark.parametrize("ready", [WHOLE, NOISY, DAMAGED, LOST])
@pytest.mark.parametrize("asked", ["echo_off", "echo_on", ""])
def test_a_restart_is_over_when_the_module_is_there(
    ready: list[tuple[int, bytes]], asked: str
) -> None:
    """With the echo as it was asked for; where ready is damaged, the module is asked whether it is there."""
    shell = restarts(ready)
    if asked:
        shell.do(asked)
    before = shell.now
    assert shell.do("reset") is None
    assert 500 <= shell.now - before <= (750 if ready in (WHOLE, NOISY) else 10_250)
    assert shell.echo[0] == (asked != "echo_off")
    written = len(shell.written)
    assert shell.do("mqtt_state") == [1] and shell.written[written:] == [STATE]


def test_a_restart_that_does_not_end() -> None:
    shell = make(dialogue, lambda data: [(1, OK)] if data == RESTART else [])
    with pytest.raises(Refused) as refused:
        shell.do("reset")
    assert refused.value.args[:2] == (TIMEOUT, "reset") and 10_000 <= shell.now <= 15_000


def test_a_restart_that_was_not_heard() -> None:
    """No OK, no ready: that the module is there says nothing."""
    shell = make(dialogue, lambda data: [] if data == RESTART else [(1, OK)])
    with pytest.raises(Refused) as refused:
        shell.do("reset")
    assert refused.value.args[:2] == (TIMEOUT, "reset")


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
    """A list that a stray OK ended comes under the next call, and its OK pays that."""
    subscribed = b'+TCMQTTSUB:"a",1\r\n'
    peer = Script(
        (b"AT+TCMQTTSUB?\r\n", [(0, b"OK\r\n"), (40, subscribed + OK)]),
        (LEAVE, [(80, OK)]),
        (AT, [(80, OK)]),
        (AT, [(80, OK)]),
        (LEAVE, [(80, b"\r\nERROR\r\n")]),
    )
    shell = make(dialogue, peer)
    assert shell.do("subscriptions") == []
    shell.do("leave")
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
    shell._dirty = True
    with pytest.raises(Refused) as refused:
        shell.do("join", "ssid", "password")
    assert refused.value.args[:2] == (TIMEOUT, "join") and shell.now < 4_000
