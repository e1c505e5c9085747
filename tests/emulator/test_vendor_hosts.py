"""Hosts that go about it as the vendor's do run to their end on the embedded cloud alone, over a pty."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tencent_at_emulator import Emulator, running
from tests.emulator.vendor_hosts import (
    Port,
    Sample,
    Tiny,
    Tool,
    escaped,
)
from tests.names import DEVICE, OWN, PASSWORD, PRODUCT, SECRET, SSID
from tests.ptys import opened


@contextmanager
def module(**settings: Any) -> Iterator[Emulator]:
    """Fresh from the box and awake, in the air that the emulator brings."""
    with running(boot=False, **settings) as emulator:
        yield emulator


def ends_well(tool: Tool, emulator: Emulator, rounds: int) -> None:
    assert [reply["code"] for reply in tool.replies] == [0] * (1 + rounds)
    first, odd, *updates = tool.results
    assert first["type"] == "get" and first["result"] == 0
    assert odd["type"] is None and odd["result"] != 0  # neither get nor update
    assert [said["result"] for said in updates] == [0] * (1 + rounds)
    assert [said["clientToken"] for said in updates][:2] == ["token-3", "token-10"]
    data = emulator.control.device_data()
    assert data["reported"] == {"brightness": 9 + rounds, "color": 1, "power_switch": 0}
    assert [event["params"] for event in data["events"]] == [{"voltage": 2.5}] * (1 + rounds)
    assert emulator.control.state()["mqtt"] == "off"


def test_the_tool_in_mode_ie() -> None:
    with module() as emulator, opened(emulator.path) as fd:
        tool = Tool(Port(fd))
        tool.command("ATE0", "OK")
        tool.join()

        def wanted() -> None:
            count = len(tool.deltas)
            emulator.control.set_property({"power_switch": 1})
            tool.until(lambda: len(tool.deltas) > count)

        tool.explorer(3, wanted)
        assert tool.deltas == [{"power_switch": 1}] * 3
        ends_well(tool, emulator, 3)


def test_the_tool_in_mode_wifi() -> None:
    with module() as emulator, opened(emulator.path) as fd:
        tool = Tool(Port(fd))
        tool.command("ATE0", "OK")
        tool.identify()
        tool.command("AT+TCSTARTSMART", "+TCSTARTSMART:OK")
        boarded: list[str] = []
        tool.events["+TCSTARTSMART"] = lambda line: boarded.append(line.split(":", 1)[1])
        emulator.control.provision("success", SSID, PASSWORD)
        tool.until(lambda: boarded)
        assert boarded == ["WIFI_CONNECT_SUCCESS"]
        tool.explorer(1)
        ends_well(tool, emulator, 1)


def test_the_c_sample_of_a_light() -> None:
    with module() as emulator, opened(emulator.path) as fd:
        emulator.control.given("wifi off")
        host = Sample(Port(fd))
        host.execute("ATE0")
        assert len(host.execute("AT+GMR")) >= 3
        host.execute(f'AT+TCDEVINFOSET=1,"{PRODUCT}","{DEVICE}","{SECRET}"')
        assert host.port.line() == "+TCDEVINFOSET:OK"
        host.execute("AT+CWMODE=1")
        emulator.control.access_points([(SSID, PASSWORD)])
        host.execute(f'AT+CWJAP="{SSID}","{PASSWORD}"')
        host.execute("AT+TCMQTTCONN=1,5000,240,1,1")
        assert host.wait("+TCMQTTCONN:") == "+TCMQTTCONN:OK"
        emulator.control.set_property({"color": 2})  # while nobody listens
        for what in ("property", "event", "action"):
            host.subscribe(f"$thing/down/{what}/{OWN}")

        # what it is, and what was wanted meanwhile
        info = {"module_hardinfo": "ESP8266", "module_softinfo": "V1.0", "fw_ver": "3.2.0"}
        label = {"append_info": "your self define info", "imei": "11-22-33-44", "lat": "22.546015"}
        assert host.request("report_info", params={**info, "device_label": label})
        data = host.request("get_status")["data"]
        assert data == {"control": {"color": 2}}
        assert host.request("clear_control")["method"] == "clear_control_reply"
        light = {"power_switch": 0, "color": 2, "brightness": 0, "name": DEVICE}
        assert host.request("report", params=light)["method"] == "report_reply"

        # a control from the app: done, confirmed, reported; the switch is an event
        token = emulator.control.set_property({"power_switch": 1, "brightness": 50})
        control = host.told("control")
        light.update(control["params"])
        assert control["clientToken"] == token
        done = {"method": "control_reply", "clientToken": token, "code": 0, "status": ""}
        host.publish(f"$thing/up/property/{OWN}", done)
        assert host.request("report", params=control["params"])
        event = {
            "method": "event_post",
            "clientToken": "event-1",
            "eventId": "status_report",
            "type": "info",
            "timestamp": 0,
            "params": {"status": 1, "message": "light on"},
        }
        host.publish(f"$thing/up/event/{OWN}", event)
        assert host.reply("event", "event-1")["method"] == "event_reply"

        # an action
        token = emulator.control.run_action("blink", {"period": 5})
        call = host.told("action")
        assert (call["actionId"], call["params"]) == ("blink", {"period": 5})
        answer = {
            "method": "action_reply",
            "clientToken": call["clientToken"],
            "code": 0,
            "status": "action execute success!",
            "response": {"result": 0},
        }
        host.publish(f"$thing/up/action/{OWN}", answer)
        assert host.request("get_status")["data"] == {"reported": light}

        seen = emulator.control.device_data()
        assert seen["info"]["device_label"] == label and seen["control"] == {}
        assert seen["replies"][token] == answer and seen["events"][0]["eventId"] == "status_report"


@pytest.mark.parametrize("noise", [True, False])
def test_the_rtos_driver_and_its_demo(noise: bool) -> None:
    with module(noise=noise) as emulator, opened(emulator.path) as fd:
        host = Tiny(Port(fd))
        host.execute("AT+RESTORE", "ready")
        host.execute("ATE0")
        host.execute("AT+CWMODE=1")
        host.execute("AT+CIPMODE=0")
        host.execute(f'AT+CWJAP="{SSID}","{PASSWORD}"')
        host.execute(f'AT+TCDEVINFOSET=1,"{PRODUCT}","{DEVICE}","{SECRET}"', "+TCDEVINFOSET:OK")
        host.execute("AT+TCMQTTCONN=1,5000,240,1,1", "+TCMQTTCONN:OK")
        host.execute("AT+TCMQTTSTATE?", "+TCMQTTSTATE:1")
        down, up = f"$thing/down/property/{OWN}", f"$thing/up/property/{OWN}"
        host.execute(f'AT+TCMQTTSUB="{down}",0', "+TCMQTTSUB:OK")
        for number in range(3):
            report = {"method": "report", "clientToken": "clientToken-1", "params": {"t": number}}
            text = escaped(json.dumps(report, separators=(",", ":")))
            host.execute(f'AT+TCMQTTPUB="{up}",0,"{text}"', "+TCMQTTPUB:OK")
            topic, reply = host.message()
            assert topic == down and (reply["method"], reply["code"]) == ("report_reply", 0)
        long = json.dumps({"method": "report", "clientToken": "2", "params": {"text": "x" * 600}})
        host.execute(f'AT+TCMQTTPUBL="{up}",1,{len(long)}', ">")
        host.send(long.encode() + b"\r\n", b"+TCMQTTPUBL:OK")
        assert host.message()[1]["clientToken"] == "2"
        token = emulator.control.set_property({"led": 1})
        topic, control = host.message()
        assert topic == down and control["params"] == {"led": 1}
        done = {"method": "control_reply", "clientToken": token, "code": 0, "status": "ok"}
        text = escaped(json.dumps(done, separators=(",", ":")))
        host.execute(f'AT+TCMQTTPUB="{up}",0,"{text}"', "+TCMQTTPUB:OK")
        host.execute("AT+TCMQTTDISCONN")
        seen = emulator.control.device_data()
        assert seen["reported"] == {"t": 2, "text": "x" * 600}
        assert seen["control"] == {} and seen["replies"][token]["status"] == "ok"
