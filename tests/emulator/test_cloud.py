"""The embedded cloud: topics and permissions, system services, registration, loss and return, sessions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tencent_at_emulator import Emulator, Quirks
from tencent_at_emulator.cloud.router import Client, Message, Router, matches
from tests.names import OWN


def connected(words: str = "connected", **settings: object) -> Emulator:
    emulator = Emulator(boot=False, **settings)  # type: ignore[arg-type]
    emulator.control.given(words)
    emulator.control.open_topics(False)
    return emulator


def say(emulator: Emulator, line: str, seconds: float = 0.1) -> bytes:
    emulator.write(line.encode() + b"\r\n")
    emulator.advance(seconds)
    return emulator.read()


@pytest.mark.parametrize(
    ("topic", "subscribe", "publish"),
    [
        (f"{OWN}/control", True, False),
        (f"{OWN}/event", False, True),
        (f"{OWN}/data", True, True),
        (f"{OWN}/get", False, False),
        (f"{OWN}/#", False, False),
        ("CTQS08Y5LG/Dev02/data", False, False),
        (f"$sys/operation/{OWN}", False, True),
        (f"$sys/operation/result/{OWN}", True, False),
        (f"$shadow/operation/{OWN}", False, True),
        (f"$shadow/operation/result/{OWN}", True, False),
        (f"$ota/report/{OWN}", False, True),
        (f"$ota/update/{OWN}", True, False),
    ],
)
def test_permissions(topic: str, subscribe: bool, publish: bool) -> None:
    emulator = connected()
    granted = b"OK\r\n+TCMQTTSUB:OK\r\n" if subscribe else b"OK\r\n+TCMQTTSUB:FAIL,-108\r\n"
    assert say(emulator, f'AT+TCMQTTSUB="{topic}",0') == granted
    if "#" in topic:
        return
    seen: list[Message] = []
    emulator.cloud.router.watch = lambda source, message: seen.append(message)
    assert b"OK\r\n+TCMQTTPUB:OK\r\n" in say(emulator, f'AT+TCMQTTPUB="{topic}",0,"x"')
    assert any(message.topic == topic.encode() for message in seen) == publish
    result = say(emulator, f'AT+TCMQTTPUB="{topic}",1,"x"', 6)
    assert (b"+TCMQTTPUB:OK\r\n" in result) == publish
    assert (b"+TCMQTTPUB:FAIL,202\r\n" in result) == (not publish)


def test_a_topic_may_be_allowed() -> None:
    emulator = connected()
    emulator.control.allow(f"{OWN}/get", "sub")
    assert b"+TCMQTTSUB:OK" in say(emulator, f'AT+TCMQTTSUB="{OWN}/get",0')


def test_the_time() -> None:
    emulator = connected()
    emulator.cloud.wall = lambda: 1566982720.9
    say(emulator, f'AT+TCMQTTSUB="$sys/operation/result/{OWN}",0')
    request = r"{\"type\":\"get\"\,\"resource\":[\"time\"]}"
    said = say(emulator, f'AT+TCMQTTPUB="$sys/operation/{OWN}",1,"{request}"')
    topic = f"$sys/operation/result/{OWN}"
    assert said == (
        f'OK\r\n+TCMQTTRCVPUB:"{topic}",32,"{{"type":"get","time":1566982720}}"\r\n+TCMQTTPUB:OK\r\n'.encode()
    )


def test_the_shadow() -> None:
    emulator = connected()
    say(emulator, f'AT+TCMQTTSUB="$shadow/operation/result/{OWN}",0')

    def ask(request: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(request).replace("\\", "\\\\").replace('"', '\\"').replace(",", "\\,")
        said = say(emulator, f'AT+TCMQTTPUB="$shadow/operation/{OWN}",1,"{text}"')
        answer = said.split(b',"', 1)[1].split(b'"\r\n')[0]
        return dict(json.loads(answer))

    first = ask({"type": "update", "state": {"reported": {"on": 1, "x": 2}}, "clientToken": "a"})
    assert (first["result"], first["clientToken"]) == (0, "a")
    ask({"type": "update", "state": {"reported": {"x": None}}})
    last = ask({"type": "get"})
    assert last["payload"]["state"] == {"reported": {"on": 1}}
    assert last["payload"]["version"] == 2 and last["payload"]["timestamp"] > 10**12
    wanted = ask({"type": "update", "state": {"desired": {"on": 0}}, "version": 2})
    assert wanted["payload"]["state"] == {"desired": {"on": 0}}  # only what was updated
    assert ask({"type": "get"})["payload"]["state"]["delta"] == {"on": 0}
    assert ask({"type": "wrong"})["result"] != 0
    say(emulator, f'AT+TCMQTTPUB="$shadow/operation/{OWN}",1,"no json"')


@pytest.mark.parametrize("code", [1000, 1004, 1006, 1010, 1011, 1012, 1020, 1021, 1031])
def test_registration_refused(code: int) -> None:
    emulator = connected("product set")
    emulator.control.registration(code)
    assert say(emulator, "AT+TCDEVREG") == f"OK\r\n+TCDEVREG:FAIL,{code}\r\n".encode()
    assert emulator.flash.device is None


def test_registration() -> None:
    emulator = connected("product set")
    assert say(emulator, "AT+TCDEVREG") == b"OK\r\n+TCDEVREG:OK\r\n"
    assert say(emulator, "AT+TCDEVREG") == b"OK\r\n+TCDEVREG:OK\r\n"  # registered, not yet active
    assert say(emulator, "AT+TCMQTTCONN=1,5000,240,1,1") == b"OK\r\n+TCMQTTCONN:OK\r\n"
    say(emulator, "AT+TCMQTTDISCONN")
    assert say(emulator, "AT+TCDEVREG") == b"OK\r\n+TCDEVREG:FAIL,1021\r\n"
    say(emulator, 'AT+TCPRDINFOSET=1,"CTQS08Y5LG","ZHNkIGRzZCA=","Other"')
    assert say(emulator, "AT+TCDEVREG") == b"OK\r\n+TCDEVREG:OK\r\n"
    assert emulator.control.state()["device"] == ["CTQS08Y5LG", "Other"]


def test_registration_needs_a_network_and_gives_up_after_ten_seconds() -> None:
    emulator = connected("product set; wifi off")
    assert say(emulator, "AT+TCDEVREG") == b"OK\r\n+TCDEVREG:FAIL,-8\r\n"
    emulator = connected("product set")
    emulator.control.drop_mqtt()
    assert say(emulator, "AT+TCDEVREG", 9.9) == b"OK\r\n"
    emulator.advance(0.2)
    assert emulator.read() == b"+TCDEVREG:FAIL,202\r\n"


# ---- loss and return


def test_reconnecting_is_told_every_second_and_a_half_and_given_up() -> None:
    emulator = connected(f'connected; subscribed "{OWN}/data" 1')
    emulator.control.drop_mqtt()
    emulator.advance(121)
    lines = emulator.read().split(b"\r\n")
    assert lines[0] == b"+TCMQTTDISCON,-103"
    assert set(lines[1:-2]) == {b"+TCMQTTRECONNECTING"} and len(lines[1:-2]) == 79
    assert lines[-2] == b"+TCMQTTDISCON,-106"
    assert say(emulator, "AT+TCMQTTSTATE?") == b"+TCMQTTSTATE:0\r\n\r\nOK\r\n"
    emulator.control.restore_mqtt()
    assert say(emulator, "AT+TCMQTTCONN=1,5000,240,1,1") == b"OK\r\n+TCMQTTCONN:OK\r\n"
    assert say(emulator, "AT+TCMQTTSUB?") == b"\r\nOK\r\n"


def test_wifi_loss_is_a_link_loss() -> None:
    emulator = connected(f'connected; subscribed "{OWN}/data" 1; stored "Home" "12345678"')
    emulator.control.drop_wifi()
    emulator.advance(2)
    assert emulator.read() == b"WIFI DISCONNECT\r\n+TCMQTTDISCON,-103\r\n+TCMQTTRECONNECTING\r\n"
    assert say(emulator, "AT+TCMQTTCONN=1,5000,240,1,1", 0) == b"OK\r\n+TCMQTTCONN:FAIL,-602\r\n"
    emulator = connected(f'connected; subscribed "{OWN}/data" 1; stored "Home" "12345678"')
    emulator.control.drop_wifi()
    emulator.control.restore_wifi()
    emulator.advance(3)
    said = emulator.read()
    assert b"WIFI CONNECTED\r\nWIFI GOT IP\r\n" in said and said.endswith(b"+TCMQTTRECONNECTED\r\n")
    emulator.control.cloud_publish(f"{OWN}/data", "x")
    assert emulator.read() == f'+TCMQTTRCVPUB:"{OWN}/data",1,"x"\r\n'.encode()


def test_reconnecting_goes_on_after_an_attempt_without_an_answer() -> None:
    emulator = connected('connected; stored "Home" "12345678"')
    emulator.control.drop_mqtt()
    emulator.control.restore_mqtt()
    emulator.control.no_ack()
    emulator.advance(1.6)
    assert emulator.control.state()["mqtt"] == "reconnecting"
    emulator.control.drop_wifi()
    emulator.advance(3)
    emulator.control.restore_wifi()
    emulator.advance(6)
    assert emulator.read().endswith(b"+TCMQTTRECONNECTED\r\n")


@pytest.mark.parametrize("double", [True, False])
def test_loss_without_reconnecting(double: bool) -> None:
    emulator = connected("device set", quirks=Quirks(double_discon=double))
    say(emulator, "AT+TCMQTTCONN=1,5000,240,1,0")
    emulator.control.drop_mqtt()
    assert emulator.read() == b"+TCMQTTDISCON,-103\r\n" * (1 + double)


@pytest.mark.parametrize("late", [True, False])
def test_a_connection_may_come_after_its_time_out(late: bool) -> None:
    emulator = connected("device set", quirks=Quirks(late_connect=late))
    emulator.control.drop_mqtt()
    assert say(emulator, "AT+TCMQTTCONN=1,1000,240,1,1", 2) == b"OK\r\n+TCMQTTCONN:FAIL,202\r\n"
    emulator.control.restore_mqtt()
    assert say(emulator, "AT+TCMQTTSTATE?", 1)[:15] == b"+TCMQTTSTATE:0\r"
    assert say(emulator, "AT+TCMQTTSTATE?") == f"+TCMQTTSTATE:{int(late)}\r\n\r\nOK\r\n".encode()


def test_a_session_that_is_not_clean_keeps_messages() -> None:
    emulator = connected("device set")
    say(emulator, "AT+TCMQTTCONN=1,5000,240,0,1")
    say(emulator, f'AT+TCMQTTSUB="{OWN}/data",1')
    emulator.control.drop_mqtt()
    emulator.control.cloud_publish(f"{OWN}/data", "kept", 1)
    emulator.control.cloud_publish(f"{OWN}/data", "not kept", 0)
    emulator.control.restore_mqtt()
    emulator.advance(2)
    said = emulator.read()
    assert said.count(b"kept") == 1 and b'4,"kept"' in said


def test_what_was_said_before_a_disconnect_arrives() -> None:
    emulator = connected(f'connected; subscribed "{OWN}/data" 0')
    seen: list[Message] = []
    emulator.cloud.router.watch = lambda source, message: seen.append(message)
    for number in range(3):
        emulator.write(f'AT+TCMQTTPUB="{OWN}/data",0,"{number}"\r\n'.encode())
    said = emulator.read()
    assert said == b"OK\r\n+TCMQTTPUB:OK\r\n" * 3  # the cloud is further away than that
    emulator.write(b"AT+TCMQTTDISCONN\r\n")
    emulator.advance(0.1)
    assert [message.payload for message in seen] == [b"0", b"1", b"2"]
    assert emulator.read() == b"+TCMQTTDISCON,2\r\n\r\nOK\r\n"  # and nothing comes back


def test_what_was_said_before_the_link_was_cut_is_lost() -> None:
    emulator = connected()
    seen: list[Message] = []
    emulator.cloud.router.watch = lambda source, message: seen.append(message)
    emulator.write(f'AT+TCMQTTPUB="{OWN}/data",0,"x"\r\n'.encode())
    emulator.control.drop_mqtt()
    emulator.advance(1)
    assert seen == []


def test_two_modules_of_one_name_throw_each_other_off() -> None:
    one = connected()
    two = Emulator(boot=False, clock=one.clock, cloud=one.cloud)
    two.control.given("connected")
    one.advance(0.1)
    assert one.read() == b"+TCMQTTDISCON,-103\r\n"
    one.advance(1.5)
    assert b"+TCMQTTRECONNECTED\r\n" in one.read()
    assert two.read() == b"+TCMQTTDISCON,-103\r\n"


# ---- the router


@pytest.mark.parametrize(
    ("pattern", "topic", "fits"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("a/+", "a/b/c", False),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("#", "$sys/x", False),
        ("+/x", "$sys/x", False),
        ("$sys/#", "$sys/x", True),
        ("+", "", True),
        ("a", "a/b", False),
    ],
)
def test_filters(pattern: str, topic: str, fits: bool) -> None:
    assert matches(pattern.encode(), topic.encode()) is fits


def test_one_message_once_whatever_matches() -> None:
    router, got = Router(), []
    client = Client("c", lambda message: got.append(message.qos), lambda: None)
    router.attach(client)
    router.subscribe(client, b"a/#", 0)
    router.subscribe(client, b"a/b", 1)
    assert router.publish(None, Message(b"a/b", b"", 1)) == 1
    assert got == [1]
