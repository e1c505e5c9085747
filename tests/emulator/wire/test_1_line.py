"""WIRE 1: the serial line, byte for byte: chunks, echo, boots."""

from __future__ import annotations

import time
from pathlib import Path

from tests.emulator.wire.host import (
    BUSY,
    CONNECT,
    DEVICE,
    MODINFO,
    NAME,
    NO_LINE,
    NO_SUCH,
    OK,
    PID,
    STATE,
    SUBSCRIBED,
    TOPIC,
    Desk,
    Host,
    module,
    rcvpub,
    result,
    wire,
)
from tests.emulator.wire.outside import process
from tests.ptys import opened
from tests.waiting import until


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


def test_1_over_a_named_pty_and_over_pipes(tmp_path: Path) -> None:
    link = tmp_path / "modem"
    with process("--link", str(link), "--no-noise"):
        until(link.exists)
        with opened(link) as fd:
            host = Host(fd)
            host.until("⏎ready⏎")
            host.ask("AT", "AT⏎", OK)
    with process("--stdio", "--no-noise", pipes=True) as child:
        assert child.stdin and child.stdout
        host = Host(child.stdout.fileno(), child.stdin.fileno())
        host.expect("⏎ready⏎")
        host.ask("AT", "AT⏎", OK)
