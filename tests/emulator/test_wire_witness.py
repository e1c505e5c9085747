"""An outside witness: what the module puts on the wire, byte for byte, section by section.

A host that knows the real module only, without any driver: raw bytes over a pty or TCP. What takes
minutes is seen on a clock that stands still.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Callable, Iterator
from functools import reduce
from pathlib import Path

import pytest

import tencent_at_emulator
from tencent_at_emulator import Control, Emulator

OK = "⏎OK⏎"
ERROR = "⏎ERROR⏎"
CME = "+CME ERROR:{}⏎"
STATE = "+CME ERROR:208⏎"
OTA = "+CME ERROR:200⏎"
INVALID = "+CME ERROR:204⏎"
NO_SUCH = "ERR CODE:0x01090000⏎⏎ERROR⏎"
NO_LINE = "ERR CODE:0x01030000⏎⏎ERROR⏎"
BUSY = "ERR CODE:0x010b0000⏎⏎busy p...⏎"

PID, NAME, SECRET = "CTQS08Y5LG", "Dev01", "ZHNkIGRzZCA="
TOPIC = f"{PID}/{NAME}/data"
IMAGE = bytes(range(256)) * 40


def wire(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.replace("⏎", "\r\n").encode()


def result(command: str, words: str = "OK") -> str:
    return f"OK⏎+{command}:{words}⏎"


def malformed(index: int, end: str = INVALID) -> str:
    return f"ERR CODE:0x0108000{index}⏎{end}"


def rcvpub(payload: str | bytes, topic: str = TOPIC) -> bytes:
    data = wire(payload)
    return b'+TCMQTTRCVPUB:"%s",%d,"%s"\r\n' % (topic.encode(), len(data), data)


class Host:
    """A program at the other end of a serial line: a file descriptor, select and time-outs."""

    def __init__(self, fd: int, out: int | None = None) -> None:
        self.fd = fd
        self.out = fd if out is None else out

    def send(self, data: str | bytes) -> None:
        rest = wire(data)
        while rest:
            rest = rest[os.write(self.out, rest) :]

    def receive(self, count: int, seconds: float = 5.0) -> bytes:
        """``count`` bytes, or what came in time."""
        got = b""
        end = time.monotonic() + seconds
        while len(got) < count and (left := end - time.monotonic()) > 0:
            if select.select([self.fd], [], [], left)[0]:
                got += os.read(self.fd, count - len(got))
        return got

    def until(self, mark: str | bytes, seconds: float = 5.0) -> bytes:
        """Everything up to and with ``mark``."""
        got, wanted = b"", wire(mark)
        end = time.monotonic() + seconds
        while not got.endswith(wanted) and time.monotonic() < end:
            got += self.receive(1, 0.5)
        assert got.endswith(wanted), f"waited for {wanted!r}, got {got!r}"
        return got

    def expect(self, *wanted: str | bytes) -> None:
        """Exactly these bytes next."""
        data = b"".join(wire(part) for part in wanted)
        got = self.receive(len(data), 5.0)
        if got != data:
            got += self.receive(4096, 0.1)
        assert got == data

    def ask(self, line: str | bytes, *wanted: str | bytes) -> None:
        """A line and its CR LF in one write; then exactly these bytes."""
        self.send(wire(line) + b"\r\n")
        self.expect(*wanted)

    def expect_around(self, urc: str | bytes, *wanted: str | bytes) -> None:
        """Exactly these bytes, and one URC somewhere between their lines."""
        data, extra = b"".join(wire(part) for part in wanted), wire(urc)
        got = self.receive(len(data) + len(extra))
        at = got.find(extra)
        assert at >= 0 and got[:at] + got[at + len(extra) :] == data, got
        assert at == 0 or got[at - 1 : at] == b"\n", got

    def quiet(self, seconds: float = 0.01) -> None:
        """Nothing more comes, and the module answers."""
        assert self.receive(1, seconds) == b""
        self.ask("AT", OK)


@contextlib.contextmanager
def module(words: str = "", noise: bool = True) -> Iterator[tuple[Host, Control]]:
    """An awake module on a pty, in a scene; echo is off. ``live``: in none, but connected."""
    with tencent_at_emulator.running(boot=False, noise=noise) as emulator:
        if words != "live":
            emulator.control.given(words)
        fd = os.open(str(emulator.path), os.O_RDWR | os.O_NOCTTY)
        try:
            tty.setraw(fd)
            host = Host(fd)
            if words == "live":
                host.ask("ATE0", "ATE0⏎", OK)
                host.ask('AT+CWJAP="tencent-at","12345678"', "WIFI CONNECTED⏎WIFI GOT IP⏎", OK)
                host.ask(DEVICE, result("TCDEVINFOSET"))
                host.ask(CONNECT, result("TCMQTTCONN"))
            yield host, emulator.control
        finally:
            os.close(fd)


class Desk:
    """A module whose clock moves only when told."""

    def __init__(self, words: str = "", noise: bool = True) -> None:
        self.emulator = Emulator(boot=False, noise=noise)
        self.control = self.emulator.control
        self.control.given(words)

    def say(self, data: str | bytes, seconds: float = 0.1) -> bytes:
        """One write, and what came within ``seconds``."""
        self.emulator.write(wire(data))
        return self.after(seconds)

    def after(self, seconds: float) -> bytes:
        self.emulator.advance(seconds)
        return self.emulator.read()


def play(words: str, exchanges: list[tuple[str, str]]) -> None:
    """One exchange after another, in one scene; then silence."""
    with module(words) as (host, _):
        for line, answer in exchanges:
            host.ask(line, answer)
        host.quiet()


DEVICE = f'AT+TCDEVINFOSET=1,"{PID}","{NAME}","{SECRET}"'
PRODUCT = f'AT+TCPRDINFOSET=1,"{PID}","{SECRET}","{NAME}"'
CONNECT = "AT+TCMQTTCONN=1,5000,240,1,1"
MODINFO = 'AT+TCMODINFOSET="ESP-WROOM-02D",2,0,1118208,1122304,716800,1'
SUBSCRIBED = f'connected; subscribed "{TOPIC}" 1'


# --- 1. Serial line -------------------------------------------------------------------------------


def test_1_a_lone_line_feed_is_data() -> None:
    with module(SUBSCRIBED) as (host, _):
        payload = '{\n  \\"a\\": 1\\,\n  \\"b\\": 2\n}'
        host.send(f'AT+TCMQTTPUB="{TOPIC}",0,"{payload}"⏎')
        heard = '{\n  "a": 1,\n  "b": 2\n}'
        host.expect_around(rcvpub(heard), result("TCMQTTPUB"))
        host.quiet()


def test_1_a_lone_line_feed_or_carriage_return_ends_no_command() -> None:
    with module() as (host, _):
        for end in ("\n", "\r"):
            host.send("AT" + end)
            assert host.receive(1, 0.05) == b""
            host.send("⏎")  # now the line ends, and is no command
            assert host.until("⏎ERROR⏎").startswith(b"ERR CODE:0x01")
        host.quiet()


def test_1_a_command_may_arrive_byte_by_byte() -> None:
    with module() as (host, _):
        for byte in b"AT+TCMQTTSTATE?\r\n":
            host.send(bytes([byte]))
            time.sleep(0.002)
        host.expect("+TCMQTTSTATE:0⏎⏎OK⏎")
        host.quiet()


def test_1_echo_gives_each_chunk_back_verbatim_before_it_is_parsed() -> None:
    with module("echo on") as (host, _):
        host.send("AT+TCM")
        host.expect("AT+TCM")
        host.send("qttState?⏎")
        host.expect("qttState?⏎", "+TCMQTTSTATE:0⏎⏎OK⏎")
        host.ask(b"\x00\x07\xff nonsense", b"\x00\x07\xff nonsense\r\n", NO_LINE)
        host.ask("", "⏎", NO_LINE)
        host.ask("AT+TCNOSUCH", "AT+TCNOSUCH⏎", NO_SUCH)


def test_1_a_line_of_several_chunks_is_echoed_whole_before_its_answer() -> None:
    with module("echo on") as (host, _):
        line = f'AT+TCDEVINFOSET=1,"{PID}","{"n" * 48}","{"s" * 44}"'
        assert len(line) > 120
        host.ask(line, line, "⏎", result("TCDEVINFOSET"))
        host.ask("AT", "AT⏎", OK)


def test_1_ate0_is_itself_echoed_and_ate1_is_not() -> None:
    with module("echo on") as (host, _):
        host.ask("ATE0", "ATE0⏎", OK)
        host.ask("AT", OK)
        host.ask("ATE1", OK)
        host.ask("AT", "AT⏎", OK)
        host.ask("ATE1", "ATE1⏎", OK)


def test_1_no_echo_of_a_payload() -> None:
    with module("connected; echo on") as (host, _):
        line = f'AT+TCMQTTPUBL="{TOPIC}",0,5⏎'
        host.send(line)
        host.expect(line, "OK⏎>⏎")
        host.send("hello⏎")
        host.expect("+TCMQTTPUBL:OK⏎")
        host.ask("AT", "AT⏎", OK)


def test_1_no_echo_while_busy() -> None:
    desk = Desk("connected; echo on")
    desk.control.no_ack()
    line = f'AT+TCMQTTPUB="{TOPIC}",1,"x"⏎'
    assert desk.say(line) == wire(line + "OK⏎")
    assert desk.say("AT⏎") == wire(BUSY)
    assert desk.after(6) == wire("+TCMQTTPUB:FAIL,202⏎")
    assert desk.say("AT⏎") == wire("AT⏎⏎OK⏎")


def test_1_power_up_is_garbage_then_ready_and_echo_is_on() -> None:
    with module() as (host, control):
        control.power_cycle()
        noise = host.until("⏎ready⏎")
        assert len(noise) > len("⏎ready⏎")
        host.ask("AT", "AT⏎", OK)


def test_1_power_up_without_noise_and_with_a_stored_access_point() -> None:
    with module('stored "Home" "12345678"', noise=False) as (host, control):
        control.power_cycle()
        host.expect("⏎ready⏎", "WIFI CONNECTED⏎", "WIFI GOT IP⏎")
        host.ask("AT", "AT⏎", OK)
        control.drop_wifi()
        host.expect("WIFI DISCONNECT⏎")


def test_1_after_a_boot_mqtt_is_off_and_device_information_is_kept() -> None:
    with module('stored "Home" "12345678"; product set; connected', noise=False) as (host, _):
        host.ask(MODINFO, STATE)
        host.ask("AT+RST", OK, "⏎ready⏎WIFI CONNECTED⏎WIFI GOT IP⏎")
        host.ask("ATE0", "ATE0⏎", OK)
        host.ask("AT+TCMQTTSTATE?", "+TCMQTTSTATE:0⏎⏎OK⏎")
        host.ask("AT+TCDEVINFOSET?", f'+TCDEVINFOSET:1,"{PID}","{NAME}",116⏎⏎OK⏎')
        host.ask("AT+TCPRDINFOSET?", f'+TCPRDINFOSET:1,"{PID}",116,"{NAME}"⏎⏎OK⏎')
        host.ask(CONNECT, result("TCMQTTCONN"))
        host.ask("AT+TCMQTTSUB?", OK)
        host.quiet()


def test_1_device_information_outlives_the_process(tmp_path: Path) -> None:
    flash = tmp_path / "flash"
    for line, answer in (
        (DEVICE, result("TCDEVINFOSET")),
        ("AT+TCDEVINFOSET?", f'+TCDEVINFOSET:1,"{PID}","{NAME}",116⏎⏎OK⏎'),
    ):
        with process("--flash", str(flash), "--stdio", "--no-noise", pipes=True) as child:
            assert child.stdin and child.stdout
            host = Host(child.stdout.fileno(), child.stdin.fileno())
            host.expect("⏎ready⏎")
            host.ask(line, line, "⏎", answer)


# --- 2. Two printers ------------------------------------------------------------------------------


def test_2_the_five_examples() -> None:
    play("device set", [("AT", OK), (CONNECT, "OK⏎+TCMQTTCONN:OK⏎")])
    play("connected", [("AT+TCMQTTSTATE?", "+TCMQTTSTATE:1⏎⏎OK⏎")])
    play("", [(f'AT+TCMQTTPUB="{TOPIC}",0,"x"', STATE), ("AT+TCNOSUCH", NO_SUCH)])


def test_2_a_result_line_that_fails_has_a_comma_before_its_code() -> None:
    with module("device set") as (host, control):
        control.fail_next(-103)
        host.ask(CONNECT, "OK⏎+TCMQTTCONN:FAIL,-103⏎")
        host.quiet()


# --- 3. Which forms exist -------------------------------------------------------------------------

QUERY_SET = (
    "TCDEVINFOSET TCPRDINFOSET TCMQTTCONN TCMQTTSUB TCMQTTUNSUB TCOTASET TCSAP TCMODINFOSET "
    "TCMQTTSRV"
).split()
SET_ONLY = ["TCMQTTPUB", "TCMQTTPUBL", "TCREADFWDATA"]
EXEC = "TCDEVREG TCRESTORE TCMQTTDISCONN TCSTARTSMART TCSTOPSMART TCSTOPSAP".split()
QUERY_ONLY = ["TCMQTTSTATE", "TCFWINFO"]
BARE = ["TCMODULE", "TCVER"]

LACKING = (
    [f"AT+{name}" for name in QUERY_SET]
    + [f"AT+{name}{form}" for name in SET_ONLY for form in ("", "?")]
    + [f"AT+{name}{form}" for name in EXEC for form in ("?", "=1", '="x"', "=")]
    + [f"AT+{name}{form}" for name in QUERY_ONLY for form in ("", "=1", "=")]
    + [f"AT+{name}{form}" for name in BARE for form in ("=?", "?", "=1")]
)


@pytest.mark.parametrize("words", ["", "connected", "connected; ota on"])
def test_3_a_form_a_command_lacks_is_a_plain_error(words: str) -> None:
    play(words, [(line, ERROR) for line in LACKING])


def test_3_a_command_that_does_not_exist() -> None:
    names = ["TCCERTADD", "TCSTOPCAP", "TCMQTTPUBX", "TCMQTT", "TCDEVINFO", "X", ""]
    forms = ["", "?", "=?", "=1", '="a",1']
    play("", [(f"AT+{name}{form}", NO_SUCH) for name in names[:6] for form in forms])
    play("", [("ATX", NO_SUCH), ("ATE2", NO_SUCH)])


# --- 4. Answers -----------------------------------------------------------------------------------

TEST_TEXTS = {
    "TCDEVINFOSET": '+TCDEVINFOSET:"TLS_MODE(1)","PRODUCT_ID","DEVICE_NAME","DEVICE_SECRET_BCC"',
    "TCPRDINFOSET": '+TCPRDINFOSET:"TLS_MODE(1)","PRODUCT_ID","PRODUCT_SECRET_BCC","DEVICE_NAME"',
    "TCDEVREG": "",
    "TCRESTORE": "+TCRESTORE: CLEAR CONFIG AND RESET",
    "TCMQTTCONN": "+TCMQTTCONN:<TLSMODE_SELECTED>,<CMDTIMEOUT_VALUE(1000-10000ms)>,"
    "<KEEPALIVE>(60-690s),<CLEAN_SESSION>(0/1),<RECONNECT>(0/1)",
    "TCMQTTDISCONN": "",
    "TCMQTTPUB": '+TCMQTTPUB: "TOPIC_NAME(maxlen 128)", "QOS(0/1)","PAYLOAD"',
    "TCMQTTPUBL": '+TCMQTTPUBL: "TOPIC_NAME(maxlen 128)", "QOS(0/1)","LEN(1-2048)"',
    "TCMQTTSUB": '+TCMQTTSUB:"TOPIC_NAME(maxlen 128)","QOS(0/1)"',
    "TCMQTTUNSUB": '+TCMQTTUNSUB:"TOPIC_NAME"',
    "TCMQTTSTATE": "",
    "TCOTASET": '+TCOTASET:1(ENABLE)/0(DISABLE),"FW_version"',
    "TCFWINFO": '+TCFWINFO:"FW_VERSION","FW_SIZE","FW_MD5","FW_MAX_SIZE_OF_MODULE"',
    "TCREADFWDATA": '+TCREADFWDATA:"LEN_FOR_READ"',
    "TCSTARTSMART": "+TCSTARTSMART: CMD FOR START SMARTCONFIG",
    "TCSTOPSMART": "+TCSTOPSMART:CMD TO STOP SMARTCONFIG",
    "TCSAP": "+TCSAP=<ssid>,<pwd>",
    "TCSTOPSAP": "+TCSTOPSAP:CMD TO STOP SOFTAP",
    "TCMODINFOSET": '+TCMODINFOSET:"MODULE NAME","FLASH_SIZE (2/4)","WIFI LED GPIO",'
    '"FW INFO ADDR","FW BASE ADDR","FW MAX SIZE","FIXED CONNID"',
    "TCMQTTSRV": '+TCMQTTSRV:"MQTT SERVER IP"',
}


@pytest.mark.parametrize("words", ["", "connected", "connected; ota on", "connected; downloading"])
def test_4_the_test_forms_print_their_texts_in_any_state(words: str) -> None:
    play(
        words,
        [(f"AT+{name}=?", f"{text}⏎{OK}" if text else OK) for name, text in TEST_TEXTS.items()],
    )


def test_4_device_and_product_information() -> None:
    play(
        "",
        [
            ("AT+TCDEVINFOSET?", CME.format(207)),
            ("AT+TCPRDINFOSET?", CME.format(207)),
            (DEVICE, result("TCDEVINFOSET")),
            ("AT+TCDEVINFOSET?", f'+TCDEVINFOSET:1,"{PID}","{NAME}",116⏎⏎OK⏎'),
            ("AT+TCPRDINFOSET?", CME.format(207)),
            ('AT+TCPRDINFOSET=1,"P","aA","n"', result("TCPRDINFOSET")),
            ("AT+TCPRDINFOSET?", '+TCPRDINFOSET:1,"P",32,"n"⏎⏎OK⏎'),
        ],
    )


@pytest.mark.parametrize(
    ("command", "line"),
    [("TCDEVINFOSET", DEVICE), ("TCPRDINFOSET", PRODUCT), ("TCMODINFOSET", MODINFO)],
)
def test_4_setting_information_may_fail_with_207(command: str, line: str) -> None:
    with module() as (host, control):
        control.fail_next(207)
        host.ask(line, result(command, "FAIL,207"))
        host.ask(line, result(command))
        host.quiet()


def test_4_module_information_is_read_back() -> None:
    play(
        "",
        [
            (MODINFO, result("TCMODINFOSET")),
            ("AT+TCMODINFOSET?", f"{MODINFO[2:].replace('=', ':')}⏎⏎OK⏎"),
            ('AT+TCMODINFOSET="M",4,16,0x112000,0x200000,4096,1', result("TCMODINFOSET")),
            ("AT+TCMODINFOSET?", '+TCMODINFOSET:"M",4,16,1122304,2097152,4096,1⏎⏎OK⏎'),
        ],
    )


def test_4_registration() -> None:
    with module("product set") as (host, control):
        control.registration(1021)
        host.ask("AT+TCDEVREG", result("TCDEVREG", "FAIL,1021"))
        control.registration(0)
        host.ask("AT+TCDEVREG", result("TCDEVREG"))
        host.send("AT+TCDEVINFOSET?⏎")
        assert host.until(OK).startswith(wire(f'+TCDEVINFOSET:1,"{PID}","{NAME}",'))
        host.ask(CONNECT, result("TCMQTTCONN"))
        host.quiet()


def test_4_registration_needs_product_information_and_gives_up_after_10_s() -> None:
    desk = Desk()
    assert desk.say("AT+TCDEVREG⏎", 11) == wire(result("TCDEVREG", "FAIL,207"))
    desk = Desk("product set")
    desk.control.drop_mqtt()
    assert desk.say("AT+TCDEVREG⏎", 9.5) == b"OK\r\n"
    got = desk.after(1)
    assert got.startswith(b"+TCDEVREG:FAIL,") and got.endswith(b"\r\n") and got.count(b"\n") == 1


def test_4_connecting() -> None:
    with module() as (host, control):
        host.ask("AT+TCMQTTCONN?", "+TCMQTTCONN:1,5000,240,1,1⏎⏎OK⏎")
        host.ask(CONNECT, result("TCMQTTCONN", "FAIL,207"))
        host.ask(DEVICE, result("TCDEVINFOSET"))
        control.refuse_connect(-116)
        host.ask(CONNECT, result("TCMQTTCONN", "FAIL,-116"))
        control.refuse_connect(0)
        host.ask("AT+TCMQTTSTATE?", "+TCMQTTSTATE:0⏎⏎OK⏎")
        host.ask("AT+TCMQTTCONN=1,4000,60,0,0", result("TCMQTTCONN"))
        host.ask("AT+TCMQTTSTATE?", "+TCMQTTSTATE:1⏎⏎OK⏎")
        host.ask("AT+TCMQTTCONN?", "+TCMQTTCONN:1,4000,60,0,0⏎⏎OK⏎")
        host.ask(CONNECT, STATE)
        host.ask("AT+TCMQTTDISCONN", "+TCMQTTDISCON,2⏎", OK)
        host.ask("AT+TCMQTTSTATE?", "+TCMQTTSTATE:0⏎⏎OK⏎")
        host.ask("AT+TCMQTTDISCONN", STATE)
        host.quiet()


def test_4_a_connection_that_times_out_fails_with_202() -> None:
    desk = Desk("device set")
    desk.control.drop_mqtt()
    assert desk.say("AT+TCMQTTCONN=1,2000,240,1,0⏎", 1.9) == b"OK\r\n"
    assert desk.after(0.3) == b"+TCMQTTCONN:FAIL,202\r\n"


def test_4_publishing() -> None:
    with module("connected") as (host, _):
        for qos in (0, 1):
            host.ask(f'AT+TCMQTTPUB="{TOPIC}",{qos},"hello"', result("TCMQTTPUB"))
            host.ask(f'AT+TCMQTTPUBL="{TOPIC}",{qos},5', "OK⏎>⏎")
            host.ask("hello", "+TCMQTTPUBL:OK⏎")
            host.quiet()


def test_4_a_publish_without_an_acknowledgement_fails_with_202() -> None:
    desk = Desk("connected")
    desk.control.no_ack()
    assert desk.say(f'AT+TCMQTTPUB="{TOPIC}",1,"x"⏎', 4.5) == b"OK\r\n"
    assert desk.after(1) == b"+TCMQTTPUB:FAIL,202\r\n"
    desk.control.open_topics(False)
    assert desk.say('AT+TCMQTTPUB="elsewhere/x",1,"x"⏎', 4.5) == b"OK\r\n"
    assert desk.after(1) == b"+TCMQTTPUB:FAIL,202\r\n"
    assert desk.say('AT+TCMQTTPUB="elsewhere/x",0,"x"⏎') == wire(result("TCMQTTPUB"))


def test_4_a_long_publish_without_an_acknowledgement_fails_in_its_result_line() -> None:
    desk = Desk("connected")
    desk.control.no_ack()
    assert desk.say(f'AT+TCMQTTPUBL="{TOPIC}",1,2⏎') == wire("OK⏎>⏎")
    assert desk.say("ab⏎", 4.5) == b""
    got = desk.after(1)
    assert got.startswith(b"+TCMQTTPUBL:FAIL,") and got.endswith(b"\r\n") and got.count(b"\n") == 1


def test_4_subscribing() -> None:
    with module("connected") as (host, control):
        host.ask("AT+TCMQTTSUB?", OK)
        host.ask("AT+TCMQTTUNSUB?", OK)
        host.ask('AT+TCMQTTSUB="a/b",1', result("TCMQTTSUB"))
        host.ask('AT+TCMQTTSUB="c",0', result("TCMQTTSUB"))
        host.ask("AT+TCMQTTSUB?", '+TCMQTTSUB:"a/b",1⏎+TCMQTTSUB:"c",0⏎', OK)
        control.refuse_subscribe()
        host.ask('AT+TCMQTTSUB="d",0', result("TCMQTTSUB", "FAIL,-108"))
        host.ask('AT+TCMQTTUNSUB="d"', result("TCMQTTUNSUB", "FAIL,-121"))
        host.ask('AT+TCMQTTUNSUB="a/b"', result("TCMQTTUNSUB"))
        host.ask("AT+TCMQTTUNSUB?", OK)
        host.ask("AT+TCMQTTSUB?", '+TCMQTTSUB:"c",0⏎', OK)
        host.quiet()


def test_4_queries_of_subscriptions_never_fail() -> None:
    play("", [("AT+TCMQTTSUB?", OK), ("AT+TCMQTTUNSUB?", OK), ("AT+TCSAP?", OK)])


def test_4_an_eleventh_subscription_is_one_too_many() -> None:
    lines = [(f'AT+TCMQTTSUB="t/{i}",0', result("TCMQTTSUB")) for i in range(10)]
    rows = "".join(f'+TCMQTTSUB:"t/{i}",0⏎' for i in range(10))
    full = ('AT+TCMQTTSUB="t/10",0', result("TCMQTTSUB", "FAIL,-107"))
    play(
        "connected",
        [
            *lines,
            full,
            ("AT+TCMQTTSUB?", rows + OK),
            ('AT+TCMQTTUNSUB="t/3"', result("TCMQTTUNSUB")),
            ('AT+TCMQTTSUB="t/10",0', result("TCMQTTSUB")),
        ],
    )


@pytest.mark.parametrize("command", ["TCMQTTSUB", "TCMQTTUNSUB"])
def test_4_a_subscription_that_times_out_fails_with_202_or_111(command: str) -> None:
    desk = Desk('connected; subscribed "a" 0')
    desk.control.no_ack()
    line = f'AT+{command}="b",0⏎' if command == "TCMQTTSUB" else f'AT+{command}="a"⏎'
    assert desk.say(line, 4.5) == b"OK\r\n"
    assert desk.after(1) in [wire(f"+{command}:FAIL,{code}⏎") for code in (202, -111)]


def test_4_ota_setting() -> None:
    play(
        "connected",
        [
            ("AT+TCOTASET?", '+TCOTASET:0,""⏎⏎OK⏎'),
            ('AT+TCOTASET=1,"1.0.0"', result("TCOTASET")),
            ("AT+TCOTASET?", '+TCOTASET:1,"1.0.0"⏎⏎OK⏎'),
            ('AT+TCOTASET=0,"1.0.0"', result("TCOTASET")),
            ("AT+TCMQTTDISCONN", "+TCMQTTDISCON,2⏎⏎OK⏎"),
            ('AT+TCOTASET=1,"1.0.0"', STATE),
            ('AT+TCOTASET=0,"1.0.0"', STATE),
        ],
    )
    play("", [("AT+TCOTASET?", '+TCOTASET:0,""⏎⏎OK⏎')])


def test_4_ota_setting_may_fail() -> None:
    with module("connected") as (host, control):
        control.fail_next(202)
        host.ask('AT+TCOTASET=1,"1.0.0"', result("TCOTASET", "FAIL,202"))
        host.quiet()


def test_4_firmware_information() -> None:
    md5 = hashlib.md5(bytes(range(12))).hexdigest()
    play("", [("AT+TCFWINFO?", CME.format(205))])
    play(
        'firmware "1.3.0" 12',
        [("AT+TCFWINFO?", f'OK⏎+TCFWINFO:"1.3.0",12,"{md5}",716800⏎')],
    )


def test_4_provisioning_commands() -> None:
    with module() as (host, control):
        host.ask("AT+TCSTOPSMART", OK)
        host.ask("AT+TCSTOPSAP", OK)
        host.ask("AT+TCSTARTSMART", result("TCSTARTSMART"))
        host.ask("AT+TCSTOPSMART", "+TCSTARTSMART:WIFI_CONNECT_FAILED,3,102⏎", OK)
        host.ask('AT+TCSAP="Setup","12345678"', "⏎OK⏎+TCSAP:OK⏎⏎OK⏎")
        host.ask("AT+TCSAP?", OK)
        host.ask("AT+TCSTOPSAP", "+TCSAP:WIFI_CONNECT_FAILED,3,102⏎", OK)
        host.ask("AT+TCSTOPSAP", OK)
        control.fail_next(206)
        host.ask('AT+TCSAP="Setup","12345678"', "⏎OK⏎+TCSAP:FAIL,206⏎⏎OK⏎")
        control.fail_next(206)
        host.ask("AT+TCSTARTSMART", result("TCSTARTSMART", "FAIL,206"))
        host.quiet()


def test_4_restore_clears_what_tencent_stored_and_boots() -> None:
    scene = 'stored "Home" "12345678"; device set; product set; firmware "1.3.0" 12'
    with module(scene, noise=False) as (host, _):
        host.ask("AT+TCRESTORE", "OK⏎", "⏎ready⏎WIFI CONNECTED⏎WIFI GOT IP⏎")
        host.ask("ATE0", "ATE0⏎", OK)
        host.ask("AT+TCDEVINFOSET?", CME.format(207))
        host.ask("AT+TCPRDINFOSET?", CME.format(207))
        host.ask("AT+TCFWINFO?", CME.format(205))
        host.quiet()


def test_4_mqtt_server() -> None:
    with module() as (host, control):
        host.ask("AT+TCMQTTSRV?", "+TCMQTTSRV:<null>⏎⏎OK⏎")
        host.ask('AT+TCMQTTSRV="1.2.3.4"', result("TCMQTTSRV"))
        host.ask("AT+TCMQTTSRV?", "+TCMQTTSRV:1.2.3.4⏎⏎OK⏎")
        control.fail_next(207)
        host.ask('AT+TCMQTTSRV="1.2.3.5"', "OK⏎+TCMQTTSRV:FAIL⏎")
        host.quiet()


@pytest.mark.parametrize(
    ("command", "labels"),
    [
        ("TCVER", ["Tencent Cloud IoT SDK version", "Tencent Cloud IoT AT version"]),
        ("TCMODULE", ["Module HW name", "Module FW version", "Module Mac addr"]),
    ],
)
@pytest.mark.parametrize("words", ["", "connected", "connected; ota on"])
def test_4_versions_are_lines_then_ok(command: str, labels: list[str], words: str) -> None:
    with module(words) as (host, _):
        host.send(f"AT+{command}⏎")
        lines = host.until("⏎⏎OK⏎")[: -len("\r\nOK\r\n")].decode().split("\r\n")
        assert [line.split(":")[0] for line in lines[: len(labels)]] == labels
        assert lines[-1] == "" and all(lines[:-1])
        host.quiet()


def test_4_a_urc_falls_between_lines_never_inside() -> None:
    with module(SUBSCRIBED) as (host, _):
        host.send(f'AT+TCMQTTPUBL="{TOPIC}",1,2⏎')
        host.expect("OK⏎>⏎")
        host.send("hi⏎")
        host.expect_around(rcvpub("hi"), "+TCMQTTPUBL:OK⏎")
        host.quiet()


# --- 5. How the module reads a command ------------------------------------------------------------


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
    ("words", "line", "answer"),
    [
        ("", "AT+TCMQTTPUB=t,9,x,1", STATE),
        ("", "AT+TCMQTTPUBL=t", STATE),
        ("", "AT+TCMQTTSUB=", STATE),
        ("", "AT+TCMQTTUNSUB=t", STATE),
        ("", "AT+TCOTASET=7", STATE),
        ("connected", "AT+TCMQTTCONN=x", STATE),
        ("connected; ota on", "AT+TCMQTTCONN=x", STATE),
        ("connected; ota on", "AT+TCDEVINFOSET=x", STATE),
        ("connected; ota on", "AT+TCMQTTPUB=t,9,x,1", OTA),
        ("connected; ota on", "AT+TCMQTTSUB=t", OTA),
        ("connected", 'AT+TCMQTTPUB="t",9,x,1', INVALID),
        ("connected", 'AT+TCMQTTPUB=t,9,"x",1', malformed(0)),
        ("connected", 'AT+TCMQTTPUB="t",0,x,1', malformed(2)),
        ("device set", "AT+TCMQTTCONN=2,x,240,1,1", INVALID),
        ("device set", "AT+TCMQTTCONN=1,x,9,1,1", malformed(1)),
        ("device set", "AT+TCMQTTCONN=1,5000,9,x,1,1", INVALID),
    ],
)
def test_5_the_order_of_the_checks(words: str, line: str, answer: str) -> None:
    play(words, [(line, answer)])


NEEDS_A_CONNECTION = [
    f'AT+TCMQTTPUB="{TOPIC}",0,"x"',
    f'AT+TCMQTTPUBL="{TOPIC}",0,1',
    f'AT+TCMQTTSUB="{TOPIC}",0',
    f'AT+TCMQTTUNSUB="{TOPIC}"',
    "AT+TCMQTTDISCONN",
    'AT+TCOTASET=1,"1.0.0"',
]
NEEDS_NO_CONNECTION = [
    DEVICE,
    PRODUCT,
    "AT+TCDEVREG",
    "AT+TCRESTORE",
    CONNECT,
    MODINFO,
    "AT+TCSTARTSMART",
    "AT+TCSTOPSMART",
    'AT+TCSAP="Setup","12345678"',
    "AT+TCSTOPSAP",
    'AT+TCMQTTSRV="1.2.3.4"',
]


def test_5_208_without_a_connection_and_with_a_forbidden_one() -> None:
    play("", [(line, STATE) for line in NEEDS_A_CONNECTION])
    play("connected", [(line, STATE) for line in NEEDS_NO_CONNECTION])


def test_5_200_while_ota_is_enabled() -> None:
    lines = ["AT+TCDEVINFOSET?", "AT+TCPRDINFOSET?", "AT+TCMQTTDISCONN", *NEEDS_A_CONNECTION[:3]]
    md5 = hashlib.md5(bytes(range(12))).hexdigest()
    play(
        'connected; product set; subscribed "a" 0; firmware "1.3.0" 12; ota on',
        [
            *[(line, OTA) for line in lines],
            ("AT+TCMQTTSTATE?", "+TCMQTTSTATE:1⏎⏎OK⏎"),
            ("AT+TCMQTTCONN?", "+TCMQTTCONN:1,5000,240,1,1⏎⏎OK⏎"),
            ("AT+TCMQTTSUB?", '+TCMQTTSUB:"a",0⏎⏎OK⏎'),
            ('AT+TCMQTTUNSUB="a"', result("TCMQTTUNSUB")),
            ("AT+TCMQTTSRV?", "+TCMQTTSRV:<null>⏎⏎OK⏎"),
            ("AT+TCFWINFO?", f'OK⏎+TCFWINFO:"1.3.0",12,"{md5}",716800⏎'),
            ("AT+TCREADFWDATA=4", "OK⏎+TCREADFWDATA:4,\x00\x01\x02\x03⏎"),
            ("AT+TCOTASET?", '+TCOTASET:1,"1.0.0"⏎⏎OK⏎'),
            ('AT+TCOTASET=0,"1.0.0"', result("TCOTASET")),
            ("AT+TCMQTTDISCONN", "+TCMQTTDISCON,2⏎⏎OK⏎"),
        ],
    )


def test_5_200_while_ota_is_enabled_and_the_link_is_tried_again() -> None:
    desk = Desk("connected; product set; ota on")
    desk.control.drop_mqtt()
    assert desk.after(0.5) == b"+TCMQTTDISCON,-103\r\n"
    for line in NEEDS_NO_CONNECTION[:-1]:
        assert (line, desk.say(line + "⏎", 0)) == (line, wire(OTA))
    assert desk.say('AT+TCMQTTSRV="1.2.3.4"⏎', 0) == wire(result("TCMQTTSRV"))
    for line in NEEDS_A_CONNECTION[:-1]:
        assert (line, desk.say(line + "⏎", 0)) == (line, wire(STATE))


def test_5_200_from_the_ota_commands_only_while_a_download_runs() -> None:
    lines = ['AT+TCOTASET=1,"1.0.0"', "AT+TCFWINFO?", "AT+TCREADFWDATA=4", "AT+TCMQTTDISCONN"]
    play("connected; downloading", [(line, OTA) for line in lines])


def accepted(template: str, *values: str) -> list[tuple[str, str]]:
    command = template[3 : template.index("=")]
    return [(template.format(value), result(command)) for value in values]


def refused(template: str, *values: str) -> list[tuple[str, str]]:
    return [(template.format(value), INVALID) for value in values]


def test_5_limits_of_device_and_product_information() -> None:
    pid, name = 'AT+TCDEVINFOSET=1,"{}","n","s"', 'AT+TCDEVINFOSET=1,"p","{}","s"'
    secret, tls = 'AT+TCDEVINFOSET=1,"p","n","{}"', 'AT+TCDEVINFOSET={},"p","n","s"'
    exchanges = accepted(pid, "p", "p" * 10, "\\," * 10) + refused(pid, "p" * 11)
    exchanges += accepted(name, "n", "n" * 48) + refused(name, "n" * 49)
    exchanges += accepted(secret, "s", "s" * 44) + refused(secret, "s" * 45)
    exchanges += accepted(tls, "1", "0x1") + refused(tls, "0", "2", "-1")
    pid, name = 'AT+TCPRDINFOSET=1,"{}","s","n"', 'AT+TCPRDINFOSET=1,"p","s","{}"'
    secret, tls = 'AT+TCPRDINFOSET=1,"p","{}","n"', 'AT+TCPRDINFOSET={},"p","s","n"'
    exchanges += accepted(pid, "p", "p" * 10) + refused(pid, "p" * 11)
    exchanges += accepted(name, "n", "n" * 48) + refused(name, "n" * 49)
    exchanges += accepted(secret, "s", "s" * 32) + refused(secret, "s" * 33)
    exchanges += accepted(tls, "1") + refused(tls, "0", "2")
    play("", exchanges)


def test_5_limits_of_the_connection() -> None:
    bad = {
        "AT+TCMQTTCONN={},5000,240,1,1": ["0", "2"],
        "AT+TCMQTTCONN=1,{},240,1,1": ["999", "10001"],
        "AT+TCMQTTCONN=1,5000,{},1,1": ["59", "691"],
        "AT+TCMQTTCONN=1,5000,240,{},1": ["-1", "2"],
        "AT+TCMQTTCONN=1,5000,240,1,{}": ["-1", "2"],
    }
    good = ["1,1000,60,0,0", "1,10000,690,1,1"]
    exchanges = [item for line, values in bad.items() for item in refused(line, *values)]
    for numbers in good:
        exchanges += accepted("AT+TCMQTTCONN={}", numbers)
        exchanges.append(("AT+TCMQTTDISCONN", "+TCMQTTDISCON,2⏎⏎OK⏎"))
    play("device set", exchanges)


def test_5_limits_of_topics_and_qos() -> None:
    topic, qos = 'AT+TCMQTTPUB="{}",0,"x"', 'AT+TCMQTTPUB="t",{},"x"'
    exchanges = accepted(topic, "t", "t" * 128) + refused(topic, "t" * 129)
    exchanges += accepted(qos, "0", "1") + refused(qos, "-1", "2")
    topic, qos = 'AT+TCMQTTSUB="{}",0', 'AT+TCMQTTSUB="t",{}'
    exchanges += accepted(topic, "t", "t" * 128) + refused(topic, "t" * 129)
    exchanges += accepted(qos, "0", "1") + refused(qos, "-1", "2")
    topic = 'AT+TCMQTTUNSUB="{}"'
    exchanges += accepted(topic, "t", "t" * 128) + refused(topic, "t" * 129)
    topic, qos = 'AT+TCMQTTPUBL="{}",0,1', 'AT+TCMQTTPUBL="t",{},1'
    size = 'AT+TCMQTTPUBL="t",0,{}'
    exchanges += refused(topic, "t" * 129) + refused(qos, "-1", "2")
    exchanges += refused(size, "-1", "0", "2049")
    exchanges += [(topic.format("t" * 128), "OK⏎>⏎"), ("x", "+TCMQTTPUBL:OK⏎")]
    play("connected", exchanges)


def test_5_limits_of_ota_reading_and_provisioning() -> None:
    version, state = 'AT+TCOTASET=1,"{}"', 'AT+TCOTASET={},"1"'
    exchanges = accepted(version, "1", "1" * 32) + refused(version, "1" * 33)
    exchanges += refused(state, "-1", "2") + accepted(state, "0", "1")
    play("connected", exchanges)
    play(
        'firmware "1.3.0" 12', [("AT+TCREADFWDATA=4097", INVALID), ("AT+TCREADFWDATA=-4", INVALID)]
    )
    good = [("s", "p"), ("s" * 32, "p" * 32)]
    bad = [("s" * 33, "12345678"), ("s", "p" * 33)]
    play("", [(f'AT+TCSAP="{ssid}","{key}"', INVALID) for ssid, key in bad])
    for ssid, key in good:
        play("", [(f'AT+TCSAP="{ssid}","{key}"', "⏎OK⏎+TCSAP:OK⏎⏎OK⏎")])


def test_5_limits_of_module_information() -> None:
    lines: dict[str, tuple[list[str], list[str]]] = {
        '"{}",2,0,1118208,1122304,716800,1': (["m", "m" * 30], ["m" * 31]),
        '"m",{},0,1118208,1122304,716800,1': (["2", "4"], ["0", "1", "3", "5", "-2"]),
        '"m",2,{},1118208,1122304,716800,1': (["0", "16"], ["-1", "17"]),
        '"m",2,0,{},1122304,716800,1': (["0x111000", "0x1FF000"], ["0x110000", "0x111001"]),
        '"m",2,0,1118208,{},716800,1': (["0x111000", "0x1FF000"], ["0x110000", "0x111FFF"]),
        '"m",2,0,1118208,1122304,{},1': (["4096", "716800"], ["716801", "720896"]),
    }
    for line, (good, bad) in lines.items():
        play("", accepted("AT+TCMODINFOSET=" + line, *good))
        play("", refused("AT+TCMODINFOSET=" + line, *bad))


@pytest.mark.parametrize("secret", [SECRET, "a", "aa", "0123456789" * 4 + "wxyz", "\xe9"])
def test_5_bcc(secret: str) -> None:
    bcc = reduce(lambda one, other: one ^ other, secret.encode())
    assert secret != SECRET or bcc == 116
    play(
        "",
        [
            (f'AT+TCDEVINFOSET=1,"p","n","{secret}"', result("TCDEVINFOSET")),
            ("AT+TCDEVINFOSET?", f'+TCDEVINFOSET:1,"p","n",{bcc}⏎⏎OK⏎'),
        ],
    )


def test_5_bcc_is_of_the_unescaped_secret() -> None:
    play(
        "",
        [
            (r'AT+TCDEVINFOSET=1,"p","n","\"\,\\"', result("TCDEVINFOSET")),
            ("AT+TCDEVINFOSET?", f'+TCDEVINFOSET:1,"p","n",{0x22 ^ 0x2C ^ 0x5C}⏎⏎OK⏎'),
        ],
    )


@pytest.mark.parametrize(
    ("data", "times"),
    [
        (b"x", 1),
        (b"AT\r\n", 1),
        (b"AT\r\nAT\r\nAT\r\n", 1),
        (b"\r\n", 1),
        (b"A" * 60, 1),
        (b"A" * 61, 2),
        (b"A" * 118 + b"\r\n", 2),
        (b"A" * 119 + b"\r\n", 3),
        (b"A" * 300, 5),
    ],
)
def test_5_busy_once_for_each_chunk_whose_bytes_are_lost(data: bytes, times: int) -> None:
    desk = Desk("connected")
    desk.control.no_ack()
    assert desk.say(f'AT+TCMQTTPUB="{TOPIC}",1,"x"⏎') == b"OK\r\n"
    assert desk.say(data) == wire(BUSY) * times
    assert desk.after(6) == wire("+TCMQTTPUB:FAIL,202⏎")
    assert desk.say("AT⏎") == wire(OK)


def test_5_a_command_in_the_next_chunk_of_its_write_finds_the_module_busy() -> None:
    desk = Desk("connected; echo on")
    desk.control.no_ack()
    head = f'AT+TCMQTTPUB="{TOPIC}",1,"'
    line = f'{head}{"x" * (60 - len(head) - 3)}"⏎'
    assert len(wire(line)) == 60
    assert desk.say(line + "AT⏎") == wire(line + "OK⏎" + BUSY)
    assert desk.after(6) == wire("+TCMQTTPUB:FAIL,202⏎")
    assert desk.say("AT⏎") == wire("AT⏎" + OK)


def test_2_and_5_busy_on_a_real_line() -> None:
    with module("device set") as (host, control):
        host.ask("AT+TCMQTTCONN=1,2000,240,1,1", result("TCMQTTCONN"))
        control.no_ack()
        host.ask(f'AT+TCMQTTPUB="{TOPIC}",1,"x"', "OK⏎")
        host.ask("AT", BUSY)
        host.ask("AT+TCMQTTSTATE?", BUSY)
        host.expect("+TCMQTTPUB:FAIL,202⏎")
        host.quiet()


@pytest.mark.parametrize(
    ("words", "line", "failure"),
    [
        ("device set", "AT+TCMQTTCONN=1,3000,240,1,0", "+TCMQTTCONN:FAIL,202⏎"),
        ("connected", f'AT+TCMQTTSUB="{TOPIC}",0', "+TCMQTTSUB:FAIL,"),
    ],
)
def test_5_busy_up_to_the_command_time_out(words: str, line: str, failure: str) -> None:
    desk = Desk(words)
    if words == "connected":
        desk.control.no_ack()
        wait = 5.0
    else:
        desk.control.drop_mqtt()
        wait = 3.0
    assert desk.say(line + "⏎") == b"OK\r\n"
    assert desk.say("AT⏎", wait - 0.4) == wire(BUSY)
    assert desk.say("AT⏎") == wire(BUSY)
    assert desk.after(0.5).startswith(wire(failure))
    assert desk.say("AT⏎") == wire(OK)


def test_5_a_restart_is_forced_while_busy() -> None:
    desk = Desk("connected", noise=False)
    desk.control.no_ack()
    assert desk.say(f'AT+TCMQTTPUB="{TOPIC}",1,"x"⏎') == b"OK\r\n"
    got = desk.say("AT+RST⏎", 5)
    assert got.endswith(wire("⏎Will force to restart!!!⏎⏎ready⏎")), got
    assert desk.say("AT⏎") == wire("AT⏎⏎OK⏎")


def test_5_an_empty_string_may_crash_the_module() -> None:
    desk = Desk(noise=False)
    desk.control.quirk("empty_string_crash")
    assert desk.say('AT+TCDEVINFOSET=1,"","n","s"⏎', 5) == b"\r\nready\r\n"
    assert desk.say("AT⏎") == wire("AT⏎" + OK)


def test_5_subscribing_again_keeps_the_old_qos() -> None:
    play(
        "connected",
        [
            ('AT+TCMQTTSUB="a",1', result("TCMQTTSUB")),
            ('AT+TCMQTTSUB="a",0', result("TCMQTTSUB")),
            ("AT+TCMQTTSUB?", '+TCMQTTSUB:"a",1⏎⏎OK⏎'),
        ],
    )


# --- 6. TCMQTTPUB and TCMQTTPUBL ------------------------------------------------------------------


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
    play("connected", [('AT+TCMQTTPUB="t",0,"a⏎b"', malformed(2) + NO_LINE)])


# --- 7. Bytes by length ---------------------------------------------------------------------------


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
    assert desk.say('AT+TCSAP="s","p"⏎AT⏎', 1) == wire("⏎OK⏎+TCSAP:OK⏎⏎OK⏎" + OK)


def test_7_a_command_behind_a_payload_is_queued() -> None:
    desk = Desk("connected")
    desk.control.no_ack()
    assert desk.say(f'AT+TCMQTTPUBL="{TOPIC}",1,2⏎') == wire("OK⏎>⏎")
    assert desk.say("ab⏎") == b""
    assert desk.say("AT⏎") == b""
    got = desk.after(6)
    assert got.startswith(b"+TCMQTTPUBL:FAIL,") and got.endswith(wire("⏎⏎OK⏎")), got


# --- 8. URCs --------------------------------------------------------------------------------------


def test_8_a_lost_link_is_tried_again_and_subscriptions_survive() -> None:
    desk = Desk(SUBSCRIBED)
    desk.control.drop_mqtt()
    got = desk.after(9)
    assert got.startswith(b"+TCMQTTDISCON,-103\r\n+TCMQTTRECONNECTING\r\n")
    tries = got.count(b"+TCMQTTRECONNECTING\r\n")
    assert got == wire("+TCMQTTDISCON,-103⏎" + "+TCMQTTRECONNECTING⏎" * tries)
    assert 4 <= tries <= 8  # about every 1.5 s
    desk.control.restore_mqtt()
    got = desk.after(4)
    assert got.replace(b"+TCMQTTRECONNECTING\r\n", b"") == b"+TCMQTTRECONNECTED\r\n"
    assert desk.say("AT+TCMQTTSTATE?⏎") == wire("+TCMQTTSTATE:1⏎⏎OK⏎")
    assert desk.say("AT+TCMQTTSUB?⏎") == wire(f'+TCMQTTSUB:"{TOPIC}",1⏎⏎OK⏎')
    desk.control.cloud_publish(TOPIC, b"again")
    assert desk.after(1) == rcvpub("again")


def test_8_reconnecting_is_given_up_with_106() -> None:
    desk = Desk("connected")
    desk.control.drop_mqtt()
    got = desk.after(7200)
    assert got.endswith(b"+TCMQTTRECONNECTING\r\n+TCMQTTDISCON,-106\r\n"), got[-80:]
    assert desk.after(60) == b""
    assert desk.say("AT+TCMQTTSTATE?⏎") == wire("+TCMQTTSTATE:0⏎⏎OK⏎")


def test_8_subscriptions_are_lost_on_disconnecting() -> None:
    with module(SUBSCRIBED) as (host, control):
        host.ask("AT+TCMQTTDISCONN", "+TCMQTTDISCON,2⏎", OK)
        host.ask(CONNECT, result("TCMQTTCONN"))
        host.ask("AT+TCMQTTSUB?", OK)
        assert control.cloud_publish(TOPIC, b"lost") == 0
        host.quiet()


def test_8_without_reconnecting_a_lost_link_is_told_twice() -> None:
    desk = Desk("device set")
    assert desk.say("AT+TCMQTTCONN=1,5000,240,1,0⏎", 1) == wire(result("TCMQTTCONN"))
    desk.control.drop_mqtt()
    assert desk.after(60) == b"+TCMQTTDISCON,-103\r\n" * 2
    assert desk.say("AT+TCMQTTSTATE?⏎") == wire("+TCMQTTSTATE:0⏎⏎OK⏎")
    desk.control.restore_mqtt()
    assert desk.after(60) == b""
    assert desk.say(CONNECT + "⏎", 1) == wire(result("TCMQTTCONN"))


def test_8_the_second_telling_is_a_quirk() -> None:
    desk = Desk("device set")
    desk.control.quirk("double_discon", False)
    assert desk.say("AT+TCMQTTCONN=1,5000,240,1,0⏎", 1) == wire(result("TCMQTTCONN"))
    desk.control.drop_mqtt()
    assert desk.after(60) == b"+TCMQTTDISCON,-103\r\n"


def test_8_a_connection_that_timed_out_goes_on_trying() -> None:
    desk = Desk("device set")
    desk.control.drop_mqtt()
    assert desk.say(CONNECT + "⏎", 6) == wire(result("TCMQTTCONN", "FAIL,202"))
    desk.control.restore_mqtt()
    desk.after(30)
    assert desk.say("AT+TCMQTTSTATE?⏎") == wire("+TCMQTTSTATE:1⏎⏎OK⏎")
    desk = Desk("device set")
    desk.control.quirk("late_connect", False)
    desk.control.drop_mqtt()
    assert desk.say(CONNECT + "⏎", 6) == wire(result("TCMQTTCONN", "FAIL,202"))
    desk.control.restore_mqtt()
    assert desk.after(30) == b""
    assert desk.say("AT+TCMQTTSTATE?⏎") == wire("+TCMQTTSTATE:0⏎⏎OK⏎")


@pytest.mark.parametrize(
    ("line", "name", "begun"),
    [
        ('AT+TCSAP="Setup","12345678"⏎', "TCSAP", "⏎OK⏎+TCSAP:OK⏎⏎OK⏎"),
        ("AT+TCSTARTSMART⏎", "TCSTARTSMART", "OK⏎+TCSTARTSMART:OK⏎"),
    ],
)
def test_8_provisioning(line: str, name: str, begun: str) -> None:
    desk = Desk("wifi off")
    assert desk.say(line, 1) == wire(begun)
    assert desk.after(298) == b""
    assert desk.say("AT⏎", 0.2) == wire(OK)
    assert desk.after(3) == wire(f"+{name}:WIFI_CONNECT_FAILED,3,103⏎+{name}:FAIL,202⏎")
    assert desk.say(line, 1) == wire(begun)
    desk.control.provision("app-stop")
    assert desk.after(5) == wire(f"+{name}:WIFI_CONNECT_FAILED,3,101⏎")
    assert desk.say(line, 1) == wire(begun)
    desk.control.provision("success", "tencent-at", "12345678")
    got = desk.after(20)
    assert wire(f"+{name}:WIFI_CONNECT_SUCCESS⏎") in got
    rest = got.replace(wire(f"+{name}:WIFI_CONNECT_SUCCESS⏎"), b"")
    assert rest in (b"", b"WIFI CONNECTED\r\nWIFI GOT IP\r\n")
    assert desk.say(f"AT+{'TCSTOPSAP' if name == 'TCSAP' else 'TCSTOPSMART'}⏎") == wire(OK)


@pytest.mark.parametrize(
    ("outcome", "sub"),
    [
        ("app-stop", 101),
        ("bad-data", 104),
        ("bad-json", 201),
        ("bad-timestamp", 202),
        ("bad-signature", 203),
        ("bad-access-point", 204),
        ("mqtt-error", 206),
    ],
)
def test_8_provisioning_fails_with_an_error_and_its_sub_code(outcome: str, sub: int) -> None:
    desk = Desk("wifi off")
    assert desk.say("AT+TCSTARTSMART⏎") == wire(result("TCSTARTSMART"))
    desk.control.provision(outcome)
    head, error, code = desk.after(20).rsplit(b",", 2)
    assert head == b"+TCSTARTSMART:WIFI_CONNECT_FAILED" and code == b"%d\r\n" % sub
    assert 1 <= int(error) <= 22
    assert desk.say("AT+TCSTOPSMART⏎") == wire(OK)


# --- 9. OTA ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def served(image: bytes) -> Iterator[str]:
    """An HTTP server on loopback; gives the image's URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/image.bin" else 404)
            self.send_header("Content-Length", str(len(image) if self.path == "/image.bin" else 0))
            self.end_headers()
            if self.path == "/image.bin":
                self.wfile.write(image)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/image.bin"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def upgrade(url: str, image: bytes, version: str = "1.3.0", **changes: str | int) -> bytes:
    words: dict[str, str | int] = {
        "type": "update_firmware",
        "version": version,
        "url": url,
        "md5sum": hashlib.md5(image).hexdigest(),
        "file_size": len(image),
    }
    return json.dumps({**words, **changes}).encode()


def test_9_an_upgrade_from_a_cloud_message_to_the_last_byte() -> None:
    with served(IMAGE) as url, module("live") as (host, control):
        host.ask('AT+TCOTASET=1,"1.0.0"', result("TCOTASET"))
        assert control.cloud_publish(f"$ota/update/{PID}/{NAME}", upgrade(url, IMAGE)) == 1
        host.expect("+TCOTASTATUS:ENTERUPDATE⏎+TCOTASTATUS:UPDATESUCCESS⏎")
        md5 = hashlib.md5(IMAGE).hexdigest()
        host.ask("AT+TCFWINFO?", f'OK⏎+TCFWINFO:"1.3.0",{len(IMAGE)},"{md5}",716800⏎')
        image = b""
        while len(image) < len(IMAGE):
            host.send("AT+TCREADFWDATA=512⏎")
            count = int(host.until(",").removeprefix(b"OK\r\n+TCREADFWDATA:")[:-1])
            image += host.receive(count)
            host.expect("⏎")
        assert image == IMAGE
        host.ask("AT+TCREADFWDATA=512", STATE)
        host.ask('AT+TCOTASET=0,"1.0.0"', result("TCOTASET"))
        host.ask("AT+TCMQTTDISCONN", "+TCMQTTDISCON,2⏎", OK)
        host.quiet()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda url: upgrade(url, IMAGE, md5sum="0" * 32),
        lambda url: upgrade(url.replace("image", "nothing"), IMAGE),
        lambda url: upgrade("http://127.0.0.1:1/image.bin", IMAGE),
    ],
    ids=["md5", "404", "no server"],
)
def test_9_an_upgrade_that_fails(spoil: Callable[[str], bytes]) -> None:
    with served(IMAGE) as url, module("live") as (host, control):
        host.ask('AT+TCOTASET=1,"1.0.0"', result("TCOTASET"))
        assert control.cloud_publish(f"$ota/update/{PID}/{NAME}", spoil(url)) == 1
        host.expect("+TCOTASTATUS:ENTERUPDATE⏎")
        fail = host.until("⏎", 10)
        assert fail.startswith(b"+TCOTASTATUS:UPDATEFAIL,")
        int(fail.removeprefix(b"+TCOTASTATUS:UPDATEFAIL,"))
        host.ask("AT+TCFWINFO?", CME.format(205))
        host.quiet()


def packet(kind: int, body: bytes) -> bytes:
    """An MQTT packet of less than 16384 bytes."""
    size = len(body)
    length = bytes([size]) if size < 128 else bytes([size % 128 + 128, size // 128])
    return bytes([kind]) + length + body


def text(words: str) -> bytes:
    return len(words).to_bytes(2, "big") + words.encode()


class Cloud:
    """Another MQTT client at the emulator's broker."""

    def __init__(self, port: int) -> None:
        self.socket = connected(port)
        self.socket.sendall(packet(0x10, text("MQTT") + b"\x04\x02\x00\x3c" + text("witness")))
        assert self.take()[0] == 0x20

    def exactly(self, count: int) -> bytes:
        got = b""
        while len(got) < count:
            part = self.socket.recv(count - len(got))
            assert part, "the broker hung up"
            got += part
        return got

    def take(self) -> tuple[int, bytes]:
        kind, size, shift = self.exactly(1)[0], 0, 0
        while True:
            byte = self.exactly(1)[0]
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return kind, self.exactly(size)

    def subscribe(self, topic: str) -> None:
        self.socket.sendall(packet(0x82, b"\x00\x01" + text(topic) + b"\x00"))
        assert self.take()[0] == 0x90

    def publish(self, topic: str, payload: bytes) -> None:
        self.socket.sendall(packet(0x30, text(topic) + payload))

    def message(self) -> tuple[str, bytes]:
        kind, body = self.take()
        assert kind & 0xF0 == 0x30
        end = 2 + int.from_bytes(body[:2], "big")
        return body[2:end].decode(), body[end + (2 if kind & 6 else 0) :]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def connected(port: int, seconds: float = 10.0) -> socket.socket:
    end = time.monotonic() + seconds
    while True:
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=5)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return connection


@contextlib.contextmanager
def process(*arguments: str, pipes: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    channel = subprocess.PIPE if pipes else subprocess.DEVNULL
    child = subprocess.Popen(
        [sys.executable, "-m", "tencent_at_emulator", *arguments],
        stdin=channel,
        stdout=channel,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield child
    finally:
        child.terminate()
        child.wait(10)
        for stream in (child.stdin, child.stdout):
            if stream:
                stream.close()


def test_9_and_10_the_whole_way_over_tcp_with_a_broker() -> None:
    """From the boot to the last byte of an upgrade, with a cloud that is an MQTT client."""
    port, broker = free_port(), free_port()
    with (
        served(IMAGE) as url,
        process("--tcp", str(port), "--mqtt-port", str(broker), "--no-noise"),
        connected(port) as line,
    ):
        host = Host(line.fileno())
        host.until("⏎ready⏎")
        host.ask("ATE0", "ATE0⏎", OK)
        host.ask("AT+CWJAP?", "No AP⏎⏎OK⏎")
        host.ask('AT+CWJAP="tencent-at","12345678"', "WIFI CONNECTED⏎WIFI GOT IP⏎", OK)
        host.ask(DEVICE, result("TCDEVINFOSET"))
        host.ask(CONNECT, result("TCMQTTCONN"))
        cloud = Cloud(broker)
        cloud.subscribe(TOPIC)
        cloud.subscribe(f"$ota/report/{PID}/{NAME}")
        host.ask(f'AT+TCMQTTSUB="{PID}/{NAME}/control",0', result("TCMQTTSUB"))
        host.ask(f'AT+TCMQTTPUB="{TOPIC}",0,"up"', result("TCMQTTPUB"))
        assert cloud.message() == (TOPIC, b"up")
        cloud.publish(f"{PID}/{NAME}/control", b"down\x01\xff")
        host.expect(rcvpub(b"down\x01\xff", f"{PID}/{NAME}/control"))
        host.ask('AT+TCOTASET=1,"1.0.0"', result("TCOTASET"))
        topic, report = cloud.message()
        assert topic == f"$ota/report/{PID}/{NAME}"
        assert report == b'{"type":"report_version","report":{"version":"1.0.0"}}'
        cloud.publish(f"$ota/update/{PID}/{NAME}", upgrade(url, IMAGE))
        host.expect("+TCOTASTATUS:ENTERUPDATE⏎+TCOTASTATUS:UPDATESUCCESS⏎")
        md5 = hashlib.md5(IMAGE).hexdigest()
        host.ask("AT+TCFWINFO?", f'OK⏎+TCFWINFO:"1.3.0",{len(IMAGE)},"{md5}",716800⏎')
        host.ask("AT+TCREADFWDATA=4096", "OK⏎+TCREADFWDATA:4096,", IMAGE[:4096], "⏎")
        cloud.socket.close()


def test_1_over_a_named_pty_and_over_pipes(tmp_path: Path) -> None:
    link = tmp_path / "modem"
    with process("--link", str(link), "--no-noise"):
        end = time.monotonic() + 10
        while not link.exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        fd = os.open(link, os.O_RDWR | os.O_NOCTTY)
        try:
            tty.setraw(fd)
            host = Host(fd)
            host.until("⏎ready⏎")
            host.ask("AT", "AT⏎", OK)
        finally:
            os.close(fd)
    with process("--stdio", "--no-noise", pipes=True) as child:
        assert child.stdin and child.stdout
        host = Host(child.stdout.fileno(), child.stdin.fileno())
        host.expect("⏎ready⏎")
        host.ask("AT", "AT⏎", OK)


# --- 10. The plain ESP-AT commands ----------------------------------------------------------------


def test_10_plain_commands() -> None:
    play(
        "wifi off",
        [
            ("AT", OK),
            ("AT+CWMODE?", "+CWMODE:1⏎⏎OK⏎"),
            ("AT+CWMODE=3", OK),
            ("AT+CWMODE?", "+CWMODE:3⏎⏎OK⏎"),
            ("AT+CWMODE=2", OK),
            ("AT+CWMODE=1", OK),
            ("AT+CWJAP?", "No AP⏎⏎OK⏎"),
            ("AT+CIPSTATUS", "STATUS:5⏎⏎OK⏎"),
            (
                "AT+CIPSTA?",
                '+CIPSTA:ip:"0.0.0.0"⏎+CIPSTA:gateway:"0.0.0.0"⏎+CIPSTA:netmask:"0.0.0.0"⏎⏎OK⏎',
            ),
            ("AT+UART_CUR=115200,8,1,0,0", OK),
            ("AT+UART_CUR=115200,8,1,0,3", OK),
            ("AT+UART_CUR=115200,8,1,0,0", OK),
        ],
    )


@pytest.mark.parametrize(
    "line",
    ["AT+CWMODE=0", "AT+CWMODE=4", "AT+UART_CUR=115200,8,1,0,4", "AT+GMR?", "AT+CWQAP?", "AT+RST?"],
)
def test_10_plain_commands_refuse_with_error(line: str) -> None:
    with module() as (host, _):
        host.send(line + "⏎")
        got = host.until(ERROR)
        assert got == wire(ERROR) or got.startswith(b"ERR CODE:0x01"), got
        host.quiet()


def test_10_free_memory_and_versions() -> None:
    with module() as (host, _):
        host.send("AT+SYSRAM?⏎")
        got = host.until("⏎⏎OK⏎")
        assert got.startswith(b"+SYSRAM:") and int(got[8:-6]) > 0
        host.send("AT+GMR⏎")
        lines = host.until("⏎⏎OK⏎")[:-8].decode().split("\r\n")
        labels = [line.split(":")[0] for line in lines]
        assert labels == ["AT version", "SDK version", "compile time", "Bin version"]
        host.quiet()


def test_10_joining_and_leaving() -> None:
    with module("wifi off") as (host, control):
        control.access_points([("Home", "12345678"), ('a"b,c\\d', 'p",\\')])
        host.ask('AT+CWJAP="Home","12345678"', "WIFI CONNECTED⏎WIFI GOT IP⏎", OK)
        host.send("AT+CWJAP?⏎")
        fields = host.until("⏎⏎OK⏎")[:-8].decode().split(",")
        assert fields[0] == '+CWJAP:"Home"' and len(fields) == 4
        assert fields[1].count(":") == 5 and fields[1][0] == fields[1][-1] == '"'
        assert 1 <= int(fields[2]) <= 14 and int(fields[3]) < 0
        host.ask("AT+CIPSTATUS", "STATUS:2⏎⏎OK⏎")
        host.send("AT+CIPSTA?⏎")
        rows = host.until("⏎⏎OK⏎")[:-8].decode().split("\r\n")
        assert [row.split('"')[0] for row in rows] == [
            "+CIPSTA:ip:",
            "+CIPSTA:gateway:",
            "+CIPSTA:netmask:",
        ]
        assert all(row.count('"') == 2 and "0.0.0.0" not in row for row in rows)
        host.ask("AT+CWQAP", OK, "WIFI DISCONNECT⏎")
        host.ask("AT+CWJAP?", "No AP⏎⏎OK⏎")
        host.ask("AT+CIPSTATUS", "STATUS:5⏎⏎OK⏎")
        host.ask(r'AT+CWJAP="a\"b\,c\\d","p\"\,\\"', "WIFI CONNECTED⏎WIFI GOT IP⏎", OK)
        host.quiet()


def test_10_a_refused_join_tells_why() -> None:
    desk = Desk("wifi off")
    desk.control.access_points([("Home", "12345678")])
    for line, code in (
        ('AT+CWJAP="Home","wrong"⏎', 2),
        ('AT+CWJAP="Elsewhere","12345678"⏎', 3),
    ):
        assert desk.say(line, 30) == wire(f"+CWJAP:{code}⏎⏎ERROR⏎")
        assert desk.say("AT⏎") == wire(OK)
    desk.control.quirk("cwjap_fail")
    assert desk.say('AT+CWJAP="Home","wrong"⏎', 30) == wire("+CWJAP:2⏎⏎FAIL⏎")


def test_10_a_list_of_access_points() -> None:
    with module() as (host, control):
        control.access_points([("Home", "12345678"), ("Other", "")])
        host.send("AT+CWLAP⏎")
        rows = host.until("⏎⏎OK⏎", 10)[:-8].decode().split("\r\n")
        assert len(rows) == 2
        for row, name in zip(rows, ("Home", "Other"), strict=True):
            assert row.startswith("+CWLAP:(") and row.endswith(")")
            ecn, ssid, rssi, mac, channel = row[8:-1].split(",")[:5]
            assert ssid == f'"{name}"' and mac.count(":") == 5 and mac[0] == mac[-1] == '"'
            assert 0 <= int(ecn) <= 5 and int(rssi) < 0 and 1 <= int(channel) <= 14
        host.quiet()


@pytest.mark.parametrize("line", ["AT+RST", "AT+RESTORE"])
def test_10_restarting(line: str) -> None:
    with module("wifi off", noise=False) as (host, _):
        host.ask(line, OK, "⏎ready⏎")
        host.ask("AT", "AT⏎", OK)


def test_5_200_while_ota_is_enabled_and_the_link_is_lost() -> None:
    desk = Desk("device set; product set")
    assert desk.say("AT+TCMQTTCONN=1,5000,240,1,0⏎", 1) == wire(result("TCMQTTCONN"))
    assert desk.say('AT+TCOTASET=1,"1.0.0"⏎', 1) == wire(result("TCOTASET"))
    desk.control.drop_mqtt()
    assert desk.after(30) == wire("+TCMQTTDISCON,-103⏎" * 2)
    for line in NEEDS_NO_CONNECTION[:-1]:
        assert (line, desk.say(line + "⏎", 1)) == (line, wire(OTA))
    assert desk.say('AT+TCMQTTSRV="1.2.3.4"⏎', 1) == wire(result("TCMQTTSRV"))
    for line in NEEDS_A_CONNECTION[:-1]:
        assert (line, desk.say(line + "⏎", 1)) == (line, wire(STATE))


def test_6_a_payload_that_comes_when_the_link_is_lost_is_not_published() -> None:
    desk = Desk("connected")
    assert desk.say(f'AT+TCMQTTPUBL="{TOPIC}",0,5⏎') == wire("OK⏎>⏎")
    desk.control.drop_mqtt()
    assert desk.after(1) == b"+TCMQTTDISCON,-103\r\n"
    got = desk.say("hello⏎", 20).replace(b"+TCMQTTRECONNECTING\r\n", b"")
    assert got.startswith(b"+TCMQTTPUBL:FAIL,") and got.count(b"\n") == 1, got
