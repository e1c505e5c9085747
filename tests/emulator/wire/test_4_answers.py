"""WIRE 4: what each command answers, in its order."""

from __future__ import annotations

import hashlib

import pytest

from tests.emulator.wire.host import (
    CME,
    CONNECT,
    DEVICE,
    MODINFO,
    NAME,
    OK,
    PID,
    PRODUCT,
    STATE,
    SUBSCRIBED,
    TOPIC,
    Desk,
    module,
    play,
    rcvpub,
    result,
    wire,
)

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
    play("", [("AT+TCFWINFO?", CME.format(207))])
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
        host.ask("AT+TCFWINFO?", CME.format(207))
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
        ("TCVER", ["Tencent Cloud IoT SDK version", "Tencent Cloud IoT AT  version"]),
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
