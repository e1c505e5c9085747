"""WIRE 6: TCMQTTPUB and TCMQTTPUBL carry different things."""

from __future__ import annotations

import time

import pytest

from tests.emulator.wire.host import (
    BUSY,
    ERROR,
    INVALID,
    NO_LINE,
    OK,
    SUBSCRIBED,
    TOPIC,
    Desk,
    Host,
    malformed,
    module,
    play,
    rcvpub,
    wire,
)


def publish_long(host: Host, payload: bytes, heard: bytes, qos: int = 0) -> None:
    host.ask(f'AT+TCMQTTPUBL="{TOPIC}",{qos},{len(payload)}', "OK⏎>⏎")
    host.send(payload + b"\r\n")
    host.expect_around(rcvpub(heard), "+TCMQTTPUBL:OK⏎")


@pytest.mark.parametrize("size", [1, 2, 57, 58, 59, 60, 61, 118, 119, 120, 121, 1000, 2047, 2048])
def test_6_a_payload_of_any_length(size: int) -> None:
    payload = (b"0123456789abcdef" * 128)[:size]
    with module(SUBSCRIBED) as (host, _):
        for qos in (0, 1, 0):
            publish_long(host, payload, payload, qos)
        host.quiet()


def test_6_raw_bytes_travel_untouched() -> None:
    with module(SUBSCRIBED) as (host, _):
        for payload in (
            bytes(range(1, 256)),
            b'{"a":"b","c":[1,2,{"d":"e"}]}',
            b"\\n\\\\t \\u0022",
            b"+++ and more",
            b"AT",
            b">",
            b"a\nb\rc\n\rd",
            b"a\r\nb",
            "\u4f60\u597d".encode(),
        ):
            publish_long(host, payload, payload)
        host.quiet()


@pytest.mark.parametrize(
    ("payload", "heard"),
    [
        (rb"\"", rb' "'),
        (rb"\"a\"", rb' "a" '),
        (rb"\"\"\"\"", rb' ""  "" '),
        (rb"\"a\"b\"c\"d\"", rb' "a" b "c" d "'),
        (rb"\,", rb" ,"),
        (rb"\,\,", rb" , ,"),
        (rb"a\"b\,c\"d\,e", rb'a "b ,c" d ,e'),
        (rb"\\" + rb'"', rb"\ " + b'"'),
        (rb"\\" + rb",", rb"\ " + b","),
        (rb'{"a":"say \"hi\", you"}', rb'{"a":"say  "hi" , you"}'),
        (rb"\a\\b", rb"\a\\b"),
        (b"x" * 59 + rb"\"" + b"y" * 57 + rb"\"z", b"x" * 59 + b' "' + b"y" * 57 + b'" z'),
    ],
)
def test_6_a_long_payload_is_cleaned_in_place(payload: bytes, heard: bytes) -> None:
    with module(SUBSCRIBED) as (host, _):
        publish_long(host, payload, heard)
        host.quiet()


def test_6_each_payload_is_cleaned_anew() -> None:
    with module(SUBSCRIBED) as (host, _):
        publish_long(host, rb"\"a", b' "a')
        publish_long(host, rb"\"a", b' "a')


def test_6_a_long_payload_stops_at_a_nul() -> None:
    with module(SUBSCRIBED) as (host, _):
        publish_long(host, b"abc\x00def", b"abc")
        host.quiet()


@pytest.mark.parametrize("size", [1, 5, 60, 120])
def test_6_the_cr_lf_after_a_payload_comes_in_the_same_write(size: int) -> None:
    with module(SUBSCRIBED) as (host, _):
        host.ask(f'AT+TCMQTTPUBL="{TOPIC}",0,{size}', "OK⏎>⏎")
        host.send("x" * size)
        host.expect(INVALID)
        time.sleep(0.02)
        host.ask("", NO_LINE)  # too late: an empty line
        host.quiet()


def test_6_other_bytes_in_place_of_the_cr_lf() -> None:
    with module(SUBSCRIBED) as (host, _):
        host.ask(f'AT+TCMQTTPUBL="{TOPIC}",0,5', "OK⏎>⏎")
        host.send("hello, world")
        host.expect(INVALID)
        host.send("⏎")
        assert host.until(ERROR).startswith(b"ERR CODE:0x0103")
        host.quiet()


def test_6_three_plus_signs_abort() -> None:
    with module(SUBSCRIBED) as (host, _):
        for before in ("", "hello"):
            host.ask(f'AT+TCMQTTPUBL="{TOPIC}",0,100', "OK⏎>⏎")
            if before:
                host.send(before)
                time.sleep(0.02)
            host.ask("+++", INVALID)
            host.quiet()


def test_6_a_cr_lf_that_ends_a_chunk_aborts() -> None:
    with module(SUBSCRIBED) as (host, _):
        host.ask(f'AT+TCMQTTPUBL="{TOPIC}",0,100', "OK⏎>⏎")
        host.ask("too short", INVALID)
        host.quiet()
        host.ask(f'AT+TCMQTTPUBL="{TOPIC}",0,5', "OK⏎>⏎")
        host.ask("", INVALID)
        host.quiet()
        host.ask(f'AT+TCMQTTPUBL="{TOPIC}",0,100', "OK⏎>⏎")
        host.send("x" * 58 + "⏎" + "y" * 40 + "⏎")  # the 60th byte ends a chunk
        host.expect(INVALID, NO_LINE)
        host.quiet()


def test_6_a_cr_lf_inside_a_chunk_does_not() -> None:
    with module(SUBSCRIBED) as (host, _):
        for before in (1, 57, 59, 60):
            payload = b"x" * before + b"\r\n" + b"y" * 38
            publish_long(host, payload, payload)
        host.quiet()


def test_6_a_payload_in_several_writes() -> None:
    with module(SUBSCRIBED) as (host, _):
        host.ask(f'AT+TCMQTTPUBL="{TOPIC}",0,90', "OK⏎>⏎")
        for part in ("a" * 30, "b" * 30, "c" * 30 + "⏎"):
            time.sleep(0.02)
            host.send(part)
        host.expect_around(rcvpub("a" * 30 + "b" * 30 + "c" * 30), "+TCMQTTPUBL:OK⏎")
        host.quiet()


def test_6_twenty_seconds_of_silence_abort() -> None:
    desk = Desk(SUBSCRIBED)
    for begun in (False, True):
        assert desk.say(f'AT+TCMQTTPUBL="{TOPIC}",0,10⏎') == wire("OK⏎>⏎")
        if begun:
            assert desk.after(15) == b""
            assert desk.say("abc") == b""
        assert desk.after(18) == b""
        assert desk.after(4) == wire(INVALID)
        assert desk.say("AT⏎") == wire(OK)


def test_6_surplus_bytes_spoil_the_next_command() -> None:
    with module("connected") as (host, _):
        for surplus in ("⏎", "x"):
            host.ask(f'AT+TCMQTTPUBL="{TOPIC}",0,5', "OK⏎>⏎")
            host.send("hello⏎" + surplus)
            host.expect("+TCMQTTPUBL:OK⏎")
            assert host.receive(1, 0.05) == b""
            host.ask("AT", NO_LINE)
            host.quiet()


def test_6_a_power_cut_ends_the_wait_for_a_payload() -> None:
    desk = Desk("connected", noise=False)
    assert desk.say(f'AT+TCMQTTPUBL="{TOPIC}",0,10⏎') == wire("OK⏎>⏎")
    desk.control.power_cycle()
    assert desk.after(5) == b"\r\nready\r\n"
    assert desk.say("AT⏎", 30) == wire("AT⏎" + OK)


def test_6_a_refused_long_publish_takes_no_payload() -> None:
    play(
        "connected",
        [
            ('AT+TCMQTTPUBL="t",0,2049', INVALID),
            ("hello", NO_LINE),
            ('AT+TCMQTTPUBL="t",2,5', INVALID),
        ],
    )


def test_6_a_short_publish_cannot_carry_cr_lf() -> None:
    play("connected", [('AT+TCMQTTPUB="t",0,"a⏎b"', BUSY + malformed(2))])


def test_6_a_payload_that_comes_when_the_link_is_lost_is_not_published() -> None:
    desk = Desk("connected")
    assert desk.say(f'AT+TCMQTTPUBL="{TOPIC}",0,5⏎') == wire("OK⏎>⏎")
    desk.control.drop_mqtt()
    assert desk.after(1) == b"+TCMQTTDISCON,-103\r\n"
    got = desk.say("hello⏎", 20).replace(b"+TCMQTTRECONNECTING\r\n", b"")
    assert got.startswith(b"+TCMQTTPUBL:FAIL,") and got.count(b"\n") == 1, got
