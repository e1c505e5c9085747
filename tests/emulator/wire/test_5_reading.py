"""WIRE 5: how the module reads a command: lines, names, strings, numbers."""

from __future__ import annotations

import pytest

from tests.emulator.wire.host import (
    CONNECT,
    DEVICE,
    ERROR,
    INVALID,
    MODINFO,
    NAME,
    NO_LINE,
    NO_SUCH,
    OK,
    PID,
    PRODUCT,
    SUBSCRIBED,
    TOPIC,
    malformed,
    module,
    play,
    rcvpub,
    result,
)
from tests.names import SECRET


def test_5_256_bytes_with_their_cr_lf_are_a_command_and_257_are_not() -> None:
    with module(SUBSCRIBED) as (host, _):
        head = f'AT+TCMQTTPUB="{TOPIC}",0,"'
        fits = "x" * (254 - len(head) - 1)
        host.send(f'{head}{fits}"⏎')
        host.expect_around(rcvpub(fits), result("TCMQTTPUB"))
        host.ask(f'{head}{fits}x"', NO_LINE)
        escaped = "\\," * ((254 - len(head) - 1) // 2)
        host.send(f'{head}{escaped}"⏎')
        host.expect_around(rcvpub(escaped.replace("\\", "")), result("TCMQTTPUB"))
        host.ask(f'{head}{escaped}\\,"', NO_LINE)
        host.ask("AT" + "+" * 253, NO_LINE)
        host.ask("AT" + "+" * 600, NO_LINE)
        host.quiet()


def test_5_a_line_that_does_not_begin_with_at_and_an_empty_one() -> None:
    lines = ["", "A", "T", "XAT", " AT", "+TCVER", "hello", "OK", "+++", "A T", '"AT"', "\tAT"]
    play("", [(line, NO_LINE) for line in lines])


def test_5_names_are_case_insensitive() -> None:
    play(
        "",
        [
            ("at", OK),
            ("aT", OK),
            ("at+tcmqttstate?", "+TCMQTTSTATE:0⏎⏎OK⏎"),
            ("At+TcMqttConn?", "+TCMQTTCONN:1,5000,240,1,1⏎⏎OK⏎"),
            ("at+tcmqttstate=?", OK),
            ("at+tcver?", ERROR),
            ('at+tcmqttsrv="1.2.3.4"', result("TCMQTTSRV")),
            ("at+cwmode?", "+CWMODE:1⏎⏎OK⏎"),
            ("ate0", OK),
        ],
    )


def test_5_a_space_ends_the_name() -> None:
    lines = ["AT+TCMQTTSTATE ?", "AT+TCMQTTSTATE =?", "AT+TCMQTTCONN = 1,5000,240,1,1"]
    play("device set", [(line, NO_SUCH) for line in [*lines, "AT+TCMQTTCONN =1,5000,240,1,1"]])


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        (r"a\,b", "a,b"),
        (r"a\"b", 'a"b'),
        (r"a\\b", "a\\b"),
        (r"\a\n\x\0", "anx0"),
        (r"\"\"\"", '"""'),
        (r"\\", "\\"),
        (r"\\\\\"", '\\\\"'),
        (r"a\\\,b", "a\\,b"),
        (r"\"a\":{\"b\":[1\,2]}", '"a":{"b":[1,2]}'),
        ("a b", "a b"),
        (" ", " "),
        ("AT", "AT"),
        ("héllo 你好", "héllo 你好"),
        ("\r", "\r"),
        ("\t\x01\x7f", "\t\x01\x7f"),
    ],
)
def test_5_escapes_in_a_string(written: str, heard: str) -> None:
    with module(SUBSCRIBED) as (host, _):
        host.send(f'AT+TCMQTTPUB="{TOPIC}",0,"{written}"⏎')
        host.expect_around(rcvpub(heard), result("TCMQTTPUB"))
        host.quiet()


def test_5_every_byte_but_nul_travels_in_a_string() -> None:
    with module(SUBSCRIBED) as (host, _):
        for first in (1, 65, 129, 193):
            data = bytes(range(first, min(first + 64, 256)))
            escaped = data.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b",", b"\\,")
            host.send(b'AT+TCMQTTPUB="%s",0,"%s"\r\n' % (TOPIC.encode(), escaped))
            host.expect_around(rcvpub(data), result("TCMQTTPUB"))
        host.quiet()


def test_5_a_comma_is_split_at_unless_a_backslash_stands_before_it() -> None:
    pub = f'AT+TCMQTTPUB="{TOPIC}",0,'
    play("connected", [(pub + '"a,b"', malformed(2)), (pub + '"a",', INVALID)])
    with module(SUBSCRIBED) as (host, _):
        host.send(rf'{pub}"a\\,b"' + "⏎")  # the backslash before the comma is an escaped one
        host.expect_around(rcvpub(r"a\,b"), result("TCMQTTPUB"))
        host.quiet()


@pytest.mark.parametrize(
    "text", ["abc", '"abc', 'abc"', '"a"b"', '"', r'"abc\"', "1", " ", '"abc" ', ' "abc"', '""a"']
)
def test_5_a_string_without_its_two_quotes_is_malformed(text: str) -> None:
    play(
        "connected",
        [
            (f'AT+TCMQTTPUB="{TOPIC}",0,{text}', malformed(2)),
            (f"AT+TCMQTTSUB={text},0", malformed(0)),
        ],
    )


@pytest.mark.parametrize(
    ("keepalive", "answer"),
    [
        ("0xF0", result("TCMQTTCONN")),
        ("0xf0", result("TCMQTTCONN")),
        ("0x3C", result("TCMQTTCONN")),
        ("0x3B", INVALID),
        ("-240", INVALID),
        ("-1", INVALID),
        ("0", INVALID),
        ("240x", malformed(2)),
        ("x", malformed(2)),
        ("0xG", malformed(2)),
        ("2.5", malformed(2)),
        ("1e2", malformed(2)),
        ('"240"', malformed(2)),
        ("F0", malformed(2)),
        ("", INVALID),
        ("4294967536", INVALID),  # 2 to the 32nd, and 240
        ("99999999999999999999", INVALID),
        ("-99999999999999999999", INVALID),
    ],
)
def test_5_numbers(keepalive: str, answer: str) -> None:
    play("device set", [(f"AT+TCMQTTCONN=1,5000,{keepalive},1,1", answer)])


@pytest.mark.parametrize(
    ("words", "line", "index", "end"),
    [
        ("", f'AT+TCDEVINFOSET="1","{PID}","{NAME}","{SECRET}"', 0, ERROR),
        ("", f'AT+TCDEVINFOSET=1,{PID},"{NAME}","{SECRET}"', 1, INVALID),
        ("", f'AT+TCDEVINFOSET=1,"{PID}",{NAME},"{SECRET}"', 2, INVALID),
        ("", f'AT+TCDEVINFOSET=1,"{PID}","{NAME}",{SECRET}', 3, INVALID),
        ("", f'AT+TCPRDINFOSET="1","{PID}","{SECRET}","{NAME}"', 0, ERROR),
        ("", f'AT+TCPRDINFOSET=1,{PID},"{SECRET}","{NAME}"', 1, INVALID),
        ("", f'AT+TCPRDINFOSET=1,"{PID}",{SECRET},"{NAME}"', 2, INVALID),
        ("", f'AT+TCPRDINFOSET=1,"{PID}","{SECRET}",{NAME}', 3, INVALID),
        ("", 'AT+TCMQTTCONN="1",5000,240,1,1', 0, ERROR),
        ("", 'AT+TCMQTTCONN=1,"5000",240,1,1', 1, INVALID),
        ("", 'AT+TCMQTTCONN=1,5000,"240",1,1', 2, INVALID),
        ("", 'AT+TCMQTTCONN=1,5000,240,"1",1', 3, INVALID),
        ("", 'AT+TCMQTTCONN=1,5000,240,1,"1"', 4, INVALID),
        ("connected", 'AT+TCMQTTPUB=t,0,"x"', 0, INVALID),
        ("connected", 'AT+TCMQTTPUB="t","0","x"', 1, INVALID),
        ("connected", 'AT+TCMQTTPUB="t",0,x', 2, INVALID),
        ("connected", "AT+TCMQTTPUBL=t,0,1", 0, INVALID),
        ("connected", 'AT+TCMQTTPUBL="t","0",1', 1, INVALID),
        ("connected", 'AT+TCMQTTPUBL="t",0,"1"', 2, INVALID),
        ("connected", "AT+TCMQTTSUB=t,0", 0, INVALID),
        ("connected", 'AT+TCMQTTSUB="t","0"', 1, INVALID),
        ("connected", "AT+TCMQTTUNSUB=t", 0, INVALID),
        ("connected", 'AT+TCOTASET="1","1.0.0"', 0, INVALID),
        ("connected", "AT+TCOTASET=1,1.0.0", 1, INVALID),
        ('firmware "1.3.0" 12', 'AT+TCREADFWDATA="4"', 0, INVALID),
        ("", 'AT+TCSAP=Setup,"12345678"', 0, ERROR),
        ("", 'AT+TCSAP="Setup",12345678', 1, ERROR),
        ("", "AT+TCMQTTSRV=1.2.3.4", 0, INVALID),
        ("", "AT+TCMODINFOSET=M,2,0,1118208,1122304,716800,1", 0, INVALID),
        ("", 'AT+TCMODINFOSET="M","2",0,1118208,1122304,716800,1', 1, ERROR),
        ("", 'AT+TCMODINFOSET="M",2,"0",1118208,1122304,716800,1', 2, ERROR),
        ("", 'AT+TCMODINFOSET="M",2,0,"1118208",1122304,716800,1', 3, ERROR),
        ("", 'AT+TCMODINFOSET="M",2,0,1118208,"1122304",716800,1', 4, ERROR),
        ("", 'AT+TCMODINFOSET="M",2,0,1118208,1122304,"716800",1', 5, ERROR),
        ("", 'AT+TCMODINFOSET="M",2,0,1118208,1122304,716800,"1"', 6, ERROR),
    ],
)
def test_5_a_malformed_parameter_is_named_by_its_place(
    words: str, line: str, index: int, end: str
) -> None:
    play(words, [(line, malformed(index, end))])


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("AT+TCMQTTCONN=,5000,240,1,1", ERROR),
        ("AT+TCMQTTCONN=1,,240,1,1", INVALID),
        ("AT+TCMQTTCONN=1,5000,240,,1", INVALID),
        ("AT+TCMQTTCONN=99999999999,5000,240,1,1", ERROR),
        ("AT+TCMQTTCONN=1,99999999999,240,1,1", INVALID),
        (f'AT+TCDEVINFOSET=,"{PID}","{NAME}","{SECRET}"', ERROR),
        (f'AT+TCPRDINFOSET=,"{PID}","{SECRET}","{NAME}"', ERROR),
        ('AT+TCMODINFOSET="M",,0,1118208,1122304,716800,1', ERROR),
        ('AT+TCMODINFOSET="M",2,0,1118208,99999999999,716800,1', ERROR),
    ],
)
def test_5_an_empty_or_too_large_number_has_no_err_code(line: str, answer: str) -> None:
    play("device set", [(line, answer)])


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("", DEVICE + ",1"),
        ("", PRODUCT + ',"x"'),
        ("device set", CONNECT + ",1"),
        ("connected", 'AT+TCMQTTPUB="t",0,"x",1'),
        ("connected", 'AT+TCMQTTPUB="t",0,"x","y"'),
        ("connected", 'AT+TCMQTTPUBL="t",0,1,1'),
        ("connected", 'AT+TCMQTTSUB="t",0,1'),
        ("connected", 'AT+TCMQTTUNSUB="t",0'),
        ("connected", 'AT+TCOTASET=1,"1.0.0",1'),
        ('firmware "1.3.0" 12', "AT+TCREADFWDATA=4,4"),
        ("", 'AT+TCSAP="Setup","12345678",1'),
        ("", MODINFO + ",1"),
        ("", 'AT+TCMQTTSRV="1.2.3.4",1'),
    ],
)
def test_5_too_many_parameters(words: str, line: str) -> None:
    play(words, [(line, INVALID)])


@pytest.mark.parametrize(
    ("words", "line", "index", "end"),
    [
        ("", "AT+TCMQTTCONN=", 0, ERROR),
        ("", "AT+TCMQTTCONN=1", 1, INVALID),
        ("", "AT+TCMQTTCONN=1,", 1, INVALID),
        ("", "AT+TCMQTTCONN=1,5000", 2, INVALID),
        ("", "AT+TCMQTTCONN=1,5000,240,1", 4, INVALID),
        ("", "AT+TCMQTTCONN=1,5000,240,1,", 4, INVALID),
        ("", "AT+TCDEVINFOSET=", 0, ERROR),
        ("", 'AT+TCMODINFOSET="M"', 1, ERROR),
        ("", 'AT+TCMODINFOSET="M",2,0,1118208,1122304,716800', 6, ERROR),
        ("connected", 'AT+TCMQTTSUB="t"', 1, INVALID),
        ("connected", 'AT+TCMQTTPUB="t"', 1, INVALID),
        ("connected", 'AT+TCMQTTPUBL="t",0', 2, INVALID),
        ("connected", "AT+TCOTASET=", 0, INVALID),
        ('firmware "1.3.0" 12', "AT+TCREADFWDATA=", 0, INVALID),
        ("", "AT+CWMODE=", 0, ERROR),
        ("", "AT+UART_CUR=115200,8", 2, ERROR),
    ],
)
def test_5_a_number_that_is_missing_at_the_end_is_malformed(
    words: str, line: str, index: int, end: str
) -> None:
    play(words, [(line, malformed(index, end))])
