"""WIRE 7: bytes by length: messages and firmware."""

from __future__ import annotations

import hashlib

import pytest

from tests.emulator.wire.host import (
    BUSY,
    CME,
    IMAGE,
    INVALID,
    STATE,
    SUBSCRIBED,
    TOPIC,
    Desk,
    module,
    rcvpub,
    wire,
)


@pytest.mark.parametrize(
    "payload",
    [
        b"hello",
        b"",
        b'"',
        b'a"\r\n',
        b"\r\nOK\r\n",
        b"+TCMQTTPUB:OK\r\n",
        b'"\r\n+TCMQTTRCVPUB:"x",1,"y"\r\n',
        b'\\,\\"\\\\',
        b"\r\n>\r\n",
        bytes(range(1, 256)),
        b"x" * 2048,
        "你好".encode(),
    ],
)
def test_7_a_message_is_passed_on_verbatim(payload: bytes) -> None:
    with module(SUBSCRIBED) as (host, control):
        assert control.cloud_publish(TOPIC, payload) == 1
        host.expect(b'+TCMQTTRCVPUB:"%s",%d,"%s"\r\n' % (TOPIC.encode(), len(payload), payload))
        host.quiet()


def test_7_a_message_is_cut_at_a_nul_without_its_end() -> None:
    with module(SUBSCRIBED) as (host, control):
        control.cloud_publish(TOPIC, b"ab\x00cd")
        host.expect(f'+TCMQTTRCVPUB:"{TOPIC}",5,"ab')
        host.quiet()


def test_7_firmware_is_read_as_raw_bytes() -> None:
    with module() as (host, control):
        control.store_firmware(IMAGE, "2.0.0")
        md5 = hashlib.md5(IMAGE).hexdigest()
        head = f'OK⏎+TCFWINFO:"2.0.0",{len(IMAGE)},"{md5}",716800⏎'
        for size in (4096, 1000, 60):
            host.ask("AT+TCFWINFO?", head)
            at = 0
            while at < len(IMAGE):
                part = IMAGE[at : at + size]
                host.ask(f"AT+TCREADFWDATA={size}", f"OK⏎+TCREADFWDATA:{len(part)},", part, "⏎")
                at += size
            host.ask(f"AT+TCREADFWDATA={size}", STATE)
            host.ask(f"AT+TCREADFWDATA={size}", STATE)
        host.quiet()


def test_7_reading_beyond_4096_is_refused_and_moves_nothing() -> None:
    with module() as (host, control):
        control.store_firmware(IMAGE, "2.0.0")
        host.send("AT+TCFWINFO?⏎")
        host.until("716800⏎")
        host.ask("AT+TCREADFWDATA=4097", INVALID)
        host.ask("AT+TCREADFWDATA=4096", "OK⏎+TCREADFWDATA:4096,", IMAGE[:4096], "⏎")
        host.quiet()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1023])
def test_7_after_a_length_that_is_no_multiple_of_4_comes_207(size: int) -> None:
    with module() as (host, control):
        control.store_firmware(IMAGE, "2.0.0")
        for _ in range(2):
            host.send("AT+TCFWINFO?⏎")  # back to 0
            host.until("716800⏎")
            host.ask(f"AT+TCREADFWDATA={size}", f"OK⏎+TCREADFWDATA:{size},", IMAGE[:size], "⏎")
            host.ask("AT+TCREADFWDATA=4", "OK⏎", CME.format(207))
        host.quiet()


def test_7_no_message_falls_inside_the_bytes_of_a_read() -> None:
    with module('connected; subscribed "t" 0') as (host, control):
        control.store_firmware(IMAGE, "2.0.0")
        host.send("AT+TCFWINFO?⏎")
        host.until("716800⏎")
        wanted, messages = b"", rcvpub("now", "t")
        got = b""
        for at in range(0, len(IMAGE), 256):
            part = IMAGE[at : at + 256]
            wanted += b"OK\r\n+TCREADFWDATA:%d,%s\r\n" % (len(part), part)
            host.send("AT+TCREADFWDATA=256⏎")
            assert control.cloud_publish("t", b"now") == 1
            got += host.receive(len(messages) + len(b"OK\r\n+TCREADFWDATA:256,\r\n") + 256)
        assert got.replace(messages, b"") == wanted
        assert got.count(messages) == len(IMAGE) // 256
        host.quiet()


def test_7_an_image_that_ends_off_a_multiple_of_4() -> None:
    with module('firmware "1.3.0" 10') as (host, _):
        host.send("AT+TCFWINFO?⏎")
        host.until("716800⏎")
        host.ask("AT+TCREADFWDATA=8", "OK⏎+TCREADFWDATA:8,", bytes(range(8)), "⏎")
        host.ask("AT+TCREADFWDATA=8", "OK⏎+TCREADFWDATA:2,", bytes([8, 9]), "⏎")
        host.ask("AT+TCREADFWDATA=8", STATE)
        host.quiet()


def test_7_the_queue_behind_a_payload_is_a_quirk() -> None:
    desk = Desk("connected")
    desk.control.quirk("queue_behind_payload", False)
    desk.control.no_ack()
    assert desk.say(f'AT+TCMQTTPUBL="{TOPIC}",1,2⏎') == wire("OK⏎>⏎")
    assert desk.say("ab⏎") == b""
    assert desk.say("AT⏎") == wire(BUSY)


def test_7_a_message_names_its_own_topic() -> None:
    with module('connected; subscribed "a/#" 0') as (host, control):
        control.cloud_publish("a/b/c", b"x")
        host.expect(rcvpub("x", "a/b/c"))
        host.quiet()


def test_7_a_command_behind_the_soft_access_point_is_queued() -> None:
    desk = Desk()
    assert desk.say('AT+TCSAP="s","p"⏎AT⏎', 1) == wire(BUSY + "⏎OK⏎+TCSAP:OK⏎⏎OK⏎")  # one chunk


def test_7_a_command_behind_a_payload_is_queued() -> None:
    desk = Desk("connected")
    desk.control.no_ack()
    assert desk.say(f'AT+TCMQTTPUBL="{TOPIC}",1,2⏎') == wire("OK⏎>⏎")
    assert desk.say("ab⏎") == b""
    assert desk.say("AT⏎") == b""
    got = desk.after(6)
    assert got.startswith(b"+TCMQTTPUBL:FAIL,") and got.endswith(wire("⏎⏎OK⏎")), got


@pytest.mark.parametrize("length", [0, 1, 4, 4096, 4097, 999999, -1])
def test_7_what_is_stored_is_looked_at_before_the_length(length: int) -> None:
    desk = Desk()
    assert desk.say(f"AT+TCREADFWDATA={length}⏎") == wire(CME.format(207))
    desk.control.store_firmware(bytes(8), "1")
    assert desk.say("AT+TCREADFWDATA=8⏎").startswith(wire("OK⏎+TCREADFWDATA:8,"))
    assert desk.say(f"AT+TCREADFWDATA={length}⏎") == wire(STATE)


def test_7_nothing_asked_for_is_nothing_given() -> None:
    desk = Desk('firmware "1.3.0" 12')
    for _ in range(2):
        assert desk.say("AT+TCREADFWDATA=0⏎") == wire("OK⏎+TCREADFWDATA:0,⏎")
    assert desk.say("AT+TCREADFWDATA=4⏎") == b"OK\r\n+TCREADFWDATA:4,\0\1\2\3\r\n"


@pytest.mark.parametrize("number", [206, 207])
def test_7_a_refusal_may_follow_the_ok(number: int) -> None:
    desk = Desk('firmware "1.3.0" 12')
    desk.control.fail_next(number)
    assert desk.say("AT+TCREADFWDATA=4⏎") == wire("OK⏎" + CME.format(number))
    assert desk.say("AT+TCREADFWDATA=4⏎") == b"OK\r\n+TCREADFWDATA:4,\0\1\2\3\r\n"


def test_7_an_image_of_no_bytes_is_205() -> None:
    desk = Desk('firmware "1.3.0" 0')
    assert desk.say("AT+TCFWINFO?⏎") == wire(CME.format(205))
    assert desk.say("AT+TCREADFWDATA=4⏎") == wire(STATE)
