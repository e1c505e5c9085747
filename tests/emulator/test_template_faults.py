"""What the data-template service does with requests that are wrong, odd, too deep or too many."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tencent_at_emulator.clock import FakeClock
from tencent_at_emulator.cloud.embedded import EmbeddedCloud
from tencent_at_emulator.cloud.router import Client, Message
from tests.emulator.template_device import DOWN, Device
from tests.names import DEVICE, PRODUCT


@pytest.mark.parametrize(
    "payload",
    [b"{", b"no json", b"[1]", b"7", b"\xff{", b"[" * 1500, b'{"clientToken":NaN}', b'{"x":1e999}'],
)
def test_what_is_no_json_object(payload: bytes) -> None:
    device = Device()
    ((_, reply),) = device.publish("$thing/up/event", payload)
    empty = {"method": "event_reply", "clientToken": "", "code": 403, "status": "", "data": {}}
    assert reply == empty
    ((_, reply),) = device.publish("$thing/up/property", payload)
    assert (reply["method"], reply["clientToken"], reply["code"]) == ("report_reply", "", 403)
    for topic in ("$thing/up/action", "$template/operation", "$shadow/operation"):
        assert device.publish(topic, payload) == []


def test_what_the_service_refuses() -> None:
    device = Device()
    assert device.property(method="sing", clientToken="a") == {
        "method": "sing_reply",
        "clientToken": "a",
        "code": 404,
        "status": "sing not defined",
    }
    for params in (None, 5, [1], {"on": None}):
        reply = device.property(method="report", clientToken="b", params=params)
        assert (reply["clientToken"], reply["code"]) == ("b", 406)
    assert device.property(method="report_info", clientToken="c")["code"] == 406
    assert device.property(method="report")["clientToken"] == ""
    for events in (None, [], [5], [{"eventId": "a"}], [{"eventId": "a", "params": 1}]):
        assert device.event(method="events_post", clientToken="d", events=events)["code"] == 406
    assert device.event(method="event_post", clientToken="d", params={})["code"] == 404
    reply = device.event(method="report", clientToken="e", params={})
    assert (reply["method"], reply["code"]) == ("report_reply", 404)
    data = device.emulator.control.device_data()
    assert data["reported"] == {} and data["info"] == {} and data["events"] == []
    assert device.publish("$thing/up/action", b'{"method":"action"}') == []


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("method", "type", "clientToken", "params", "events", "eventId", "state", "version", "code")
WORDS = st.sampled_from(
    ["report", "report_info", "get_status", "control_reply", "event_post", "events_post", "update"]
)


@given(st.dictionaries(st.sampled_from(NAMES), ODD | WORDS))
@settings(max_examples=300, deadline=None)
def test_whatever_a_request_holds_is_answered_or_not_and_nothing_breaks(
    request_: dict[str, Any],
) -> None:
    heard: list[bytes] = []
    cloud = EmbeddedCloud(FakeClock())
    cloud.router.attach(
        client := Client("c", lambda message: heard.append(message.payload), lambda: None)
    )
    cloud.router.subscribe(client, b"$thing/down/#", 0)
    payload = json.dumps(request_).encode()
    for head in ("$thing/up/property", "$thing/up/event", "$thing/up/action"):
        cloud.heard(None, Message(f"{head}/P/D".encode(), payload))
    for head in ("$template/operation", "$shadow/operation", "$sys/operation", "$ota/report"):
        cloud.heard(None, Message(f"{head}/P/D".encode(), payload))
    assert len(heard) in (1, 2)  # a control_reply is the one request without an answer
    for answer_ in heard:
        assert "code" in json.loads(answer_, parse_constant=pytest.fail)


def test_half_a_surrogate_comes_back_as_something_that_can_be_said() -> None:
    device = Device(DOWN[0])
    ((_, reply),) = device.publish(
        "$thing/up/property", rb'{"method":"get_status","clientToken":"a\ud800b"}'
    )
    assert (reply["clientToken"], reply["code"]) == ("a?b", 0)


def test_a_request_that_is_nested_to_the_limit() -> None:
    cloud = EmbeddedCloud(FakeClock())
    for depth in range(700, 1100):
        nested = b'{"method":"report","clientToken":' + b"[" * depth + b"]" * depth + b"}"
        cloud.heard(None, Message(b"$thing/up/property/P/D", nested))


def test_what_it_keeps_is_bounded() -> None:
    device = Device()
    events = [{"eventId": "e", "params": {"n": number}} for number in range(40)]
    for _ in range(5):
        device.event(method="events_post", clientToken="x", events=events)
    assert len(device.emulator.control.device_data()["events"]) == 100
    for _ in range(150):
        device.emulator.control.set_property({"on": 1})
    assert len(device.emulator.cloud.template.thing((PRODUCT, DEVICE)).told) == 100
