"""The data-template service: properties, events and actions on `$thing`, and on the older `$template`."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from .documents import Document

__all__ = ["DataTemplate", "Key", "Thing"]

Key = tuple[str, str]  # product id, device name
KEPT = 100  # events and replies, the newest

# Codes the service was seen to answer with.
UNREADABLE, NOT_DEFINED, NOT_VALID = 403, 404, 406


@dataclass
class Thing:
    """What the service knows of one device. ``document.desired`` is what it was told and has not confirmed."""

    document: Document = field(default_factory=Document)
    info: dict[str, Any] = field(default_factory=dict)
    events: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))
    replies: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: dict[str, dict[str, Any]] = field(default_factory=dict)

    def view(self) -> dict[str, Any]:
        """All of it, for whoever looks from outside."""
        return deepcopy(
            {
                "reported": self.document.reported,
                "control": self.document.desired,
                "info": self.info,
                "events": list(self.events),
                "replies": self.replies,
            }
        )


class DataTemplate:
    """Serves every device that names itself; there is no template to hold values against, so all are accepted.

    ``say`` publishes a message to a device, by the topic's head; ``wall`` is the time of day in seconds.
    """

    def __init__(
        self, say: Callable[[str, Key, dict[str, Any]], None], wall: Callable[[], float]
    ) -> None:
        self.say = say
        self.wall = wall
        self.things: dict[Key, Thing] = {}
        self._numbers = itertools.count(1)

    def thing(self, key: Key) -> Thing:
        """The device's, empty when it has never said anything."""
        return self.things.setdefault(key, Thing())

    # ---- what the cloud's users do

    def set_property(self, key: Key, properties: dict[str, Any]) -> str:
        """Want these values of the device; returns the token its ``control_reply`` will carry."""
        thing, token = self.thing(key), f"control-{next(self._numbers)}"
        thing.document.change({"desired": properties}, self.wall())
        _keep(thing.told, token, properties)
        control = {"method": "control", "clientToken": token, "params": properties}
        self.say("$thing/down/property", key, control)
        if thing.document.delta():
            self.say("$template/operation/result", key, thing.document.push(self.wall()))
        return token

    def run_action(self, key: Key, action: str, params: dict[str, Any]) -> str:
        """Call an action of the device; returns the token its ``action_reply`` will carry."""
        token = f"action-{next(self._numbers)}"
        call = {
            "method": "action",
            "clientToken": token,
            "actionId": action,
            "timestamp": int(self.wall()),
            "params": params,
        }
        self.say("$thing/down/action", key, call)
        return token

    # ---- what a device said; None stands for what was no JSON object

    def property(self, key: Key, request: dict[str, Any] | None) -> None:
        """`$thing/up/property`."""
        self._answer("$thing/down/property", key, self._property(key, request))

    def event(self, key: Key, request: dict[str, Any] | None) -> None:
        """`$thing/up/event`."""
        self._answer("$thing/down/event", key, self._event(key, request))

    def action(self, key: Key, request: dict[str, Any] | None) -> None:
        """`$thing/up/action`: only replies come here, and they are not answered."""
        if request is not None and request.get("method") == "action_reply":
            self._replied(key, request)

    def template(self, key: Key, request: dict[str, Any] | None) -> None:
        """`$template/operation`: the talk of the shadow about the same data, or the methods of `$thing`."""
        if request is None:
            return
        if "method" in request:
            answer = self._property(key, request)
        else:
            answer = self.thing(key).document.answer(request, self.wall())
        self._answer("$template/operation/result", key, answer)

    def _answer(self, head: str, key: Key, answer: dict[str, Any] | None) -> None:
        if answer is not None:
            self.say(head, key, answer)

    def _property(self, key: Key, request: dict[str, Any] | None) -> dict[str, Any] | None:
        thing = self.thing(key)
        method, params = (request or {}).get("method"), (request or {}).get("params")
        if request is None or not isinstance(method, str):
            return _reply("report", request or {}, UNREADABLE, "")
        match method:
            case "report":
                if not isinstance(params, dict) or None in params.values():
                    return _reply(method, request, NOT_VALID, "checkReportData fail")
                thing.document.change({"reported": params}, self.wall())
            case "report_info":
                if not isinstance(params, dict):
                    return _reply(method, request, NOT_VALID, "checkReportData fail")
                thing.info.update(params)
            case "clear_control":
                thing.document.change({"desired": None}, self.wall())
            case "get_status":
                return _status(thing.document, request)
            case "control_reply":
                self._replied(key, request)
                return None
            case _:
                return _reply(method, request, NOT_DEFINED, f"{method} not defined")
        return _reply(method, request, 0, "success")

    def _event(self, key: Key, request: dict[str, Any] | None) -> dict[str, Any]:
        method = (request or {}).get("method")
        if request is None or not isinstance(method, str):
            return {**_reply("event", request or {}, UNREADABLE, ""), "data": {}}
        code, status = NOT_DEFINED, f"{method} not defined"
        if method in ("event_post", "events_post"):
            several = request.get("events") if method == "events_post" else [request]
            code, status = _fault(several)
            if code == 0 and isinstance(several, list):
                names = ("eventId", "type", "timestamp", "params")
                for event in several:
                    kept = {name: event[name] for name in names if name in event}
                    self.thing(key).events.append(kept)
        return {**_reply(method.removesuffix("_post"), request, code, status), "data": {}}

    def _replied(self, key: Key, request: dict[str, Any]) -> None:
        """A confirmed control is forgotten, unless another value has been wanted since."""
        thing, token = self.thing(key), str(request.get("clientToken", ""))
        _keep(thing.replies, token, request)
        told = thing.told.pop(token, {}) if request.get("code") == 0 else {}
        desired = thing.document.desired
        for name in [name for name in told if name in desired and desired[name] == told[name]]:
            del desired[name]


def _reply(method: str, request: dict[str, Any], code: int, status: str) -> dict[str, Any]:
    token = request.get("clientToken", "")
    return {"method": f"{method}_reply", "clientToken": token, "code": code, "status": status}


def _status(document: Document, request: dict[str, Any]) -> dict[str, Any]:
    """``type`` asks for ``report`` or ``control``; without it, for both. What is empty is left out."""
    wanted = request.get("type")
    data: dict[str, Any] = {}
    if wanted != "control" and document.reported:
        data["reported"] = document.reported
    if wanted != "report" and document.desired:
        data["control"] = document.desired
    answer = _reply("get_status", request, 0, "success")
    if wanted is not None:
        answer["type"] = wanted
    return {**answer, "data": data}


def _fault(events: object) -> tuple[int, str]:
    """What is wrong with events posted: a code and its words, or 0."""
    if not isinstance(events, list) or not events:
        return NOT_VALID, "Param count not match"
    for event in events:
        if not isinstance(event, dict) or not isinstance(event.get("params"), dict):
            return NOT_VALID, "Param count not match"
        if not isinstance(event.get("eventId"), str) or not event["eventId"]:
            return NOT_DEFINED, f"{event.get('eventId', '')} not defined"
    return 0, ""


def _keep(where: dict[str, dict[str, Any]], token: str, what: dict[str, Any]) -> None:
    where.pop(token, None)
    where[token] = what
    while len(where) > KEPT:
        del where[next(iter(where))]
