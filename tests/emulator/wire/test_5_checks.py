"""WIRE 5: in which order a command is checked, what its limits are, and when the module is busy."""

from __future__ import annotations

import hashlib
from functools import reduce

import pytest

from tests.emulator.wire.host import (
    BUSY,
    CONNECT,
    DEVICE,
    INVALID,
    MODINFO,
    OK,
    OTA,
    PRODUCT,
    STATE,
    TOPIC,
    Desk,
    malformed,
    module,
    play,
    result,
    wire,
)
from tests.names import SECRET


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
