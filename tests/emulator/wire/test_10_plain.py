"""WIRE 10: the plain ESP-AT commands."""

from __future__ import annotations

import pytest

from tests.emulator.wire.host import ERROR, OK, Desk, module, play, wire


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
        assert fields[0] == '+CWJAP:"Home"' and len(fields) == 7
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


@pytest.mark.parametrize("name", ["CIPMODE", "CIPMUX"])
def test_10_what_hosts_of_other_makers_send_first(name: str) -> None:
    desk = Desk(noise=False)
    assert desk.say(f"AT+{name}?⏎") == wire(f"+{name}:0⏎" + OK)
    assert desk.say(f"AT+{name}=1⏎") == wire(OK)
    assert desk.say(f"AT+{name}?⏎") == wire(f"+{name}:1⏎" + OK)
    assert desk.say(f"AT+{name}=0⏎") == wire(OK)
    for wrong in ("2", "-1", "", '"1"'):
        assert desk.say(f"AT+{name}={wrong}⏎").endswith(wire(ERROR))
    desk.say(f"AT+{name}=1⏎")
    desk.say("AT+RST⏎", 1)
    assert desk.say(f"AT+{name}?⏎").endswith(wire(f"+{name}:0⏎" + OK))


def test_10_the_module_s_own_log() -> None:
    desk = Desk()
    for level in range(5):
        assert desk.say(f"AT+TCLOG=86013388,{level}⏎") == wire(OK)
    assert desk.say("AT+TCLOG=1,1⏎") == wire(ERROR)
    assert desk.say("AT+TCLOG?⏎") == wire(ERROR)


def test_10_a_network_without_a_password() -> None:
    desk = Desk("wifi off")
    desk.control.access_points([("guest", ""), ("Home", "12345678")])
    assert desk.say('AT+CWJAP="guest",""⏎').endswith(wire(ERROR))
    desk.control.quirk("join-open")
    assert desk.say('AT+CWJAP="guest",""⏎') == wire("WIFI CONNECTED⏎WIFI GOT IP⏎" + OK)
    assert desk.say('AT+CWJAP="Home",""⏎') == wire("WIFI DISCONNECT⏎+CWJAP:2⏎" + ERROR)
    assert desk.say('AT+CWJAP="",""⏎') == wire(ERROR)
