"""The data-template service: what a device says on `$thing` and `$template`, what it hears, what an app sees."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tencent_at_emulator import Emulator
from tencent_at_emulator.channel import answer
from tests.emulator.template_device import DOWN, NOW, RESULT, Device
from tests.names import OWN


@pytest.mark.parametrize("what", ["property", "event", "action"])
def test_permissions(what: str) -> None:
    device = Device()
    for topic, subscribe, publish in (
        (f"$thing/up/{what}/{OWN}", False, True),
        (f"$thing/down/{what}/{OWN}", True, False),
        (f"$template/operation/{OWN}", False, True),
        (f"$template/operation/result/{OWN}", True, False),
        (f"$thing/down/{what}/CTQS08Y5LG/Dev02", False, False),
    ):
        said = device.say(f'AT+TCMQTTSUB="{topic}",0'.encode())
        assert (b"+TCMQTTSUB:OK" in said) == subscribe, topic
        device.emulator.write(f'AT+TCMQTTPUB="{topic}",1,"x"\r\n'.encode())
        device.emulator.advance(6)
        assert (b"+TCMQTTPUB:OK" in device.emulator.read()) == publish, topic


# ---- properties


def test_report_and_status() -> None:
    device = Device()
    assert device.property(method="get_status", clientToken="a") == {
        "method": "get_status_reply",
        "clientToken": "a",
        "code": 0,
        "status": "success",
        "data": {},
    }
    reply = device.property(
        method="report", clientToken="b", timestamp=1, params={"on": 1, "name": "灯"}
    )
    assert reply == {"method": "report_reply", "clientToken": "b", "code": 0, "status": "success"}
    device.property(method="report", clientToken="c", params={"on": 0})
    reported = {"on": 0, "name": "灯"}
    assert device.property(method="get_status", clientToken="d")["data"] == {"reported": reported}
    assert device.emulator.control.device_data()["reported"] == reported


def test_the_answer_is_spelled_as_the_service_spells_it() -> None:
    """The order and the lack of blanks that hosts written with strstr and sscanf have seen."""
    device = Device()
    said = device.say(
        rf'AT+TCMQTTPUB="$thing/up/property/{OWN}",0,"{{\"method\":\"report\"\, \"clientToken\":\"P-2\"\,'
        r' \"params\":{\"on\":1}}"'.encode()
    )
    payload = b'{"method":"report_reply","clientToken":"P-2","code":0,"status":"success"}'
    urc = b'+TCMQTTRCVPUB:"%s",%d,"%s"\r\n' % (DOWN[0].encode(), len(payload), payload)
    assert said == b"OK\r\n+TCMQTTPUB:OK\r\n" + urc


def test_info_and_clearing() -> None:
    device = Device()
    params = {"module_hardinfo": "ESP8266", "device_label": {"append_info": "x"}}
    assert device.property(method="report_info", clientToken="1", params=params)["code"] == 0
    assert device.emulator.control.device_data()["info"] == params
    device.emulator.control.set_property({"on": 1})
    assert device.heard(device.emulator.read())
    reply = device.property(method="clear_control", clientToken="2")
    assert (reply["method"], reply["code"]) == ("clear_control_reply", 0)
    assert device.emulator.control.device_data()["control"] == {}


def test_control_waits_until_it_is_confirmed() -> None:
    device = Device(DOWN[0])
    control = device.emulator.control
    token = control.set_property({"on": 1, "level": {"x": 3}})
    ((topic, content),) = device.heard(device.emulator.read())
    assert topic == DOWN[0] and list(content) == ["method", "clientToken", "params"]
    assert content["method"] == "control" and content["clientToken"] == token
    assert content["params"] == {"on": 1, "level": {"x": 3}}
    data = device.property(method="get_status", clientToken="g")["data"]
    assert data == {"control": {"on": 1, "level": {"x": 3}}}
    failed = {"method": "control_reply", "clientToken": token, "code": 1, "status": "stuck"}
    assert device.publish("$thing/up/property", json.dumps(failed).encode()) == []
    assert control.device_data()["control"] != {} and control.device_data()["replies"] == {
        token: failed
    }
    control.set_property({"on": 0})  # wanted later: the reply to the first does not confirm it
    assert len(device.heard(device.emulator.read())) == 1
    done = {"method": "control_reply", "clientToken": token, "code": 0, "status": ""}
    assert device.publish("$thing/up/property", json.dumps(done).encode()) == []
    assert control.device_data()["control"] == {"on": 0}
    assert control.device_data()["replies"][token] == done


def test_a_control_of_an_absent_device_is_there_when_it_comes() -> None:
    device = Device(DOWN[0])
    device.say(b"AT+TCMQTTDISCONN")
    device.emulator.control.set_property({"on": 1})
    assert device.emulator.read() == b""
    device.say(b"AT+TCMQTTCONN=1,5000,240,1,1")
    device.say(f'AT+TCMQTTSUB="{DOWN[0]}",0'.encode())
    assert device.property(method="get_status", clientToken="g")["data"] == {"control": {"on": 1}}


@pytest.mark.parametrize(
    ("wanted", "names"), [("report", {"reported"}), ("control", {"control"}), ("other", None)]
)
def test_status_of_one_kind(wanted: str, names: set[str] | None) -> None:
    device = Device(DOWN[0])
    device.property(method="report", clientToken="1", params={"on": 1})
    device.emulator.control.set_property({"on": 0})
    device.emulator.read()
    reply = device.property(method="get_status", clientToken="2", type=wanted, showmeta=0)
    assert reply["type"] == wanted and set(reply["data"]) == (names or {"reported", "control"})


# ---- events and actions


def test_events() -> None:
    device = Device()
    posted = {"eventId": "low_voltage", "type": "alert", "timestamp": 0, "params": {"voltage": 2.5}}
    assert device.event(method="event_post", clientToken="e", version="1.0", **posted) == {
        "method": "event_reply",
        "clientToken": "e",
        "code": 0,
        "status": "",
        "data": {},
    }
    several = [{"eventId": "a", "params": {}}, {"eventId": "b", "type": "info", "params": {"x": 1}}]
    reply = device.event(method="events_post", clientToken="f", events=several)
    assert (reply["method"], reply["clientToken"], reply["code"]) == ("events_reply", "f", 0)
    assert device.emulator.control.device_data()["events"] == [posted, *several]


def test_an_action_and_its_reply() -> None:
    device = Device()
    control = device.emulator.control
    token = control.run_action("blink", {"period": 5})
    ((topic, call),) = device.heard(device.emulator.read())
    assert topic == DOWN[2] and call == {
        "method": "action",
        "clientToken": token,
        "actionId": "blink",
        "timestamp": int(NOW),
        "params": {"period": 5},
    }
    reply = {
        "method": "action_reply",
        "clientToken": token,
        "code": 0,
        "status": "action execute success!",
        "response": {"result": 0},
    }
    assert device.publish("$thing/up/action", json.dumps(reply).encode()) == []
    assert control.device_data()["replies"] == {token: reply}


# ---- the older pair of topics


def test_template_is_the_same_data_in_the_words_of_the_shadow() -> None:
    device = Device()
    device.property(method="report", clientToken="1", params={"on": 1, "level": 7})
    said = device.template(type="get", clientToken="2")
    assert list(said) == ["clientToken", "payload", "result", "timestamp", "type"]
    assert said == {
        "clientToken": "2",
        "payload": {
            "state": {"reported": {"on": 1, "level": 7}},
            "timestamp": int(NOW * 1000),
            "version": 1,
        },
        "result": 0,
        "timestamp": int(NOW),
        "type": "get",
    }
    told = device.template(
        type="update", state={"reported": {"level": 9}}, version=0, clientToken="3"
    )
    assert told["payload"]["state"] == {"reported": {"level": 9}}  # only what was updated
    assert (told["result"], told["payload"]["version"]) == (0, 2)
    data = device.property(method="get_status", clientToken="4")["data"]
    assert data == {"reported": {"on": 1, "level": 9}}


def test_a_property_set_is_a_delta_there() -> None:
    device = Device(RESULT)
    device.template(
        type="update", state={"reported": {"on": 0, "level": 5}}, version=0, clientToken="1"
    )
    device.emulator.control.set_property({"on": 1, "level": 5})
    ((topic, pushed),) = device.heard(device.emulator.read())
    assert topic == RESULT and pushed["type"] == "delta" and "clientToken" not in pushed
    assert pushed["payload"]["state"] == {"on": 1} and pushed["payload"]["version"] == 2
    state = device.template(type="get", clientToken="2")["payload"]["state"]
    assert state["desired"] == {"on": 1, "level": 5} and state["delta"] == {"on": 1}
    cleared = device.template(type="update", version=2, state={"desired": None}, clientToken="3")
    assert cleared["payload"]["state"] is None and cleared["result"] == 0
    assert device.emulator.control.device_data()["control"] == {}
    device.emulator.control.set_property({"level": 5})  # it is so already: nothing to tell
    assert device.heard(device.emulator.read()) == []


def test_template_refuses_an_old_version_and_answers_methods_too() -> None:
    device = Device(RESULT)
    device.template(type="update", state={"reported": {"on": 0}}, clientToken="1")
    stale = device.template(type="update", state={"reported": {"on": 1}}, version=9, clientToken=5)
    assert (stale["result"], stale["payload"]["version"], stale["clientToken"]) == (5005, 1, "5")
    assert stale["payload"]["state"] == {"reported": {"on": 0}}
    assert device.template(desired=None, clientToken="6")["result"] != 0
    reply = device.template(method="report", clientToken="7", params={"on": 1})
    assert (reply["method"], reply["code"]) == ("report_reply", 0)
    assert device.emulator.control.device_data()["reported"] == {"on": 1}


def test_shadow_and_template_are_two_documents() -> None:
    device = Device(RESULT, f"$shadow/operation/result/{OWN}")
    device.template(type="update", state={"reported": {"on": 0}}, clientToken="1")
    state = device.ask("$shadow/operation", type="get", clientToken="2")["payload"]["state"]
    assert state == {}


# ---- from outside


def test_the_deeds_over_the_channel() -> None:
    device = Device()
    emulators = [device.emulator]

    def do(**request: Any) -> dict[str, Any]:
        return dict(json.loads(answer(emulators, json.dumps(request).encode())))

    token = do(do="set_property", properties={"on": 1, "where": {"x": 1.5}})["result"]
    assert device.heard(device.emulator.read())[0][1]["clientToken"] == token
    token = do(do="run_action", action="blink")["result"]
    assert device.heard(device.emulator.read())[0][1]["clientToken"] == token
    data = do(do="device_data")["result"]
    assert data == {
        "reported": {},
        "control": {"on": 1, "where": {"x": 1.5}},
        "info": {},
        "events": [],
        "replies": {},
    }


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (b'{"do": "set_property", "properties": {}}', "at least one"),
        (b'{"do": "set_property", "properties": {"on": null}}', "a value for each"),
        (b'{"do": "set_property", "properties": 5}', "properties: names and values"),
        (b'{"do": "set_property", "properties": {"on": NaN}}', "properties: "),
        (b'{"do": "run_action", "action": 5}', "neither text nor bytes"),
        (b'{"do": "run_action", "action": "a", "params": [1]}', "params: names and values"),
        (b'{"do": "set_property"}', "properties"),
    ],
)
def test_wrong_deeds(request_: bytes, words: str) -> None:
    device = Device()
    told = json.loads(answer([device.emulator], request_))
    assert told["ok"] is False and words in told["error"]
    assert device.emulator.read() == b""


def test_deeds_want_a_device_and_the_embedded_cloud() -> None:
    emulator = Emulator(boot=False)
    with pytest.raises(ValueError, match="TCDEVINFOSET"):
        emulator.control.set_property({"on": 1})

    async def work() -> None:
        from tencent_at_emulator.cloud.mqtt import BrokerAddress, BrokerUplink

        loop = asyncio.get_running_loop()
        uplink = BrokerUplink(loop, BrokerAddress("127.0.0.1", 1))
        behind = Emulator(loop=loop, boot=False, uplink=uplink)
        behind.control.given("device set")
        with pytest.raises(ValueError, match="behind a broker"):
            behind.control.device_data()
        behind.close()

    asyncio.run(work())
