"""WIRE 8: what the module says by itself."""

from __future__ import annotations

import pytest

from tests.emulator.wire.host import (
    CONNECT,
    OK,
    SUBSCRIBED,
    TOPIC,
    Desk,
    module,
    rcvpub,
    result,
    wire,
)


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


@pytest.mark.parametrize("kind", ["softap", "smartconfig"])
@pytest.mark.parametrize("end", ["stop", "time-out", "wrong-password", "success"])
def test_8_provisioning_leaves_the_access_point_and_prints_no_wifi_line(
    kind: str, end: str
) -> None:
    line, stop, name = {
        "softap": ('AT+TCSAP="Setup","12345678"⏎', "AT+TCSTOPSAP⏎", "TCSAP"),
        "smartconfig": ("AT+TCSTARTSMART⏎", "AT+TCSTOPSMART⏎", "TCSTARTSMART"),
    }[kind]
    desk = Desk('stored "Home" "12345678"')
    assert b"WIFI" not in desk.say(line, 1)
    assert desk.say("AT+CWJAP?⏎") == wire("No AP⏎" + OK)
    assert desk.say("AT+CIPSTATUS⏎") == wire("STATUS:5⏎" + OK)
    if end == "stop":
        said = desk.say(stop)
    elif end == "time-out":
        said = desk.after(300)
    else:
        desk.control.provision(end)
        said = desk.after(1)
    success = wire(f"+{name}:WIFI_CONNECT_SUCCESS⏎")
    assert success == said if end == "success" else said.startswith(wire(f"+{name}:WIFI_CONNECT_F"))
    assert b"WIFI CONNECTED" not in said and b"WIFI DISCONNECT" not in said
    assert desk.after(60) == b""
    joined = end == "success"
    assert desk.say("AT+CIPSTATUS⏎") == wire(f"STATUS:{2 if joined else 5}⏎" + OK)
    if not joined:
        assert desk.say("AT+RST⏎", 3) == wire(OK + "⏎ready⏎WIFI CONNECTED⏎WIFI GOT IP⏎")


def test_8_both_are_quirks() -> None:
    desk = Desk('stored "Home" "12345678"')
    desk.control.quirk("provisioning-silent", False)
    assert desk.say("AT+TCSTARTSMART⏎") == wire(result("TCSTARTSMART") + "WIFI DISCONNECT⏎")
    desk.control.provision("success", "Home", "12345678")
    assert desk.after(1) == wire("WIFI CONNECTED⏎WIFI GOT IP⏎+TCSTARTSMART:WIFI_CONNECT_SUCCESS⏎")
    desk = Desk('stored "Home" "12345678"')
    desk.control.quirk("provisioning-leaves", False)
    desk.say("AT+TCSTARTSMART⏎")
    assert desk.say("AT+CIPSTATUS⏎") == wire("STATUS:2⏎" + OK)


def test_8_a_result_may_be_wrong_about_the_cloud() -> None:
    desk = Desk(SUBSCRIBED)
    desk.control.quirk("wrong-acks")
    publish = f'AT+TCMQTTPUB="{TOPIC}",1,"x"⏎'
    desk.control.no_ack()
    assert desk.say(publish, 1) == wire("OK⏎") + rcvpub("x")
    desk.control.drop_mqtt()
    desk.control.restore_mqtt()
    said = desk.after(3.5)
    assert wire("+TCMQTTPUB:OK⏎") in said and b"FAIL" not in said  # nobody has acknowledged it
    desk.control.no_ack()
    assert desk.say(publish, 6).endswith(wire("+TCMQTTPUB:FAIL,202⏎"))
    assert desk.say(publish, 1).startswith(wire("OK⏎+TCMQTTPUB:FAIL,-111⏎"))
    assert desk.say(publish, 1).endswith(wire("+TCMQTTPUB:OK⏎"))


def test_8_without_the_quirk_a_result_is_right() -> None:
    desk = Desk(SUBSCRIBED)
    publish = f'AT+TCMQTTPUB="{TOPIC}",1,"x"⏎'
    desk.control.no_ack()
    desk.say(publish, 1)
    desk.control.drop_mqtt()
    desk.control.restore_mqtt()
    said = desk.after(6)
    assert wire("+TCMQTTPUB:FAIL,202⏎") in said and wire("+TCMQTTPUB:OK⏎") not in said
    assert desk.say(publish, 1).endswith(wire("+TCMQTTPUB:OK⏎"))
