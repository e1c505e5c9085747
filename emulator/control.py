"""The other side of the module: the cloud, the radio, the power switch, the provisioning app.

A Python object; `channel` offers the same as JSON lines over a socket.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from .cloud.embedded import EmbeddedUplink, Offer, md5_of
from .cloud.template import DataTemplate
from .flash import AccessPointKey, Firmware
from .quirks import QUIRKS
from .rig import Rig
from .scene import Scene
from .wifi import AccessPoint

__all__ = ["Control"]

T = TypeVar("T")
CODE = 0x7FFFFFFF  # the module's numbers have 32 bits


def _here(work: Callable[[], T]) -> T:
    return work()


class Control:
    """Everything that can happen to a module. In a background thread every call is carried out in its loop.

    Texts may be given as ``str`` or ``bytes``; ``str`` is sent as UTF-8.
    """

    def __init__(self, emulator: Rig) -> None:
        self.emulator = emulator
        self.call: Callable[[Callable[[], Any]], Any] = _here

    # ---- cloud

    def cloud_publish(self, topic: str | bytes, payload: str | bytes, qos: int = 0) -> int:
        """Publish from the cloud; returns to how many clients it went."""
        _one_of("qos", qos, (0, 1, 2))
        message = (_bytes(topic), _bytes(payload), qos)
        return int(self.call(lambda: self.emulator.module.session.uplink.inject(*message)))

    def drop_mqtt(self) -> None:
        """Cut the link to the cloud, and keep it cut."""
        self.call(self.emulator.module.session.uplink.sever)

    def restore_mqtt(self) -> None:
        """Let the module reach the cloud again."""
        self.call(self.emulator.module.session.uplink.mend)

    def allow(self, topic: str | bytes, what: str = "both") -> None:
        """Permit ``pub``, ``sub`` or ``both`` on a topic filter."""
        _one_of("what", what, ("pub", "sub", "both"))
        self.call(lambda: self.emulator.cloud.allow(_bytes(topic), what))

    def open_topics(self, on: bool = True) -> None:
        """Permit every topic, or only Tencent's."""
        _one_of("on", on, (True, False))
        self._set(self.emulator.cloud, "open_topics", on)

    def refuse_connect(self, code: int) -> None:
        """Refuse connections with an SDK code (-113 to -117) until called with 0."""
        _whole("refuse_connect", code)
        self._set(self.emulator.cloud, "refuse_connect", code)

    def refuse_subscribe(self, count: int = 1) -> None:
        """Refuse the next subscriptions."""
        _whole("refuse_subscribe", count, 0)
        self._set(self.emulator.cloud, "refuse_subscribe", count)

    def no_ack(self, count: int = 1) -> None:
        """Leave the next requests to the cloud unanswered."""
        _whole("no_ack", count, 0)
        self._set(self.emulator.cloud, "no_ack", count)

    def registration(self, code: int = 0) -> None:
        """What dynamic registration answers from now on: 0, or a code of the manual's 7.3."""
        _whole("registration", code)
        self._set(self.emulator.cloud, "registration", code)

    def gateway(self, code: int = 0) -> None:
        """What the gateway service answers from now on: 0, or a code of V3.2.1's 8.5."""
        _whole("gateway", code)
        self._set(self.emulator.cloud.gateways, "refuse", code)

    def offer_ota(
        self,
        data: bytes,
        version: str,
        *,
        url: str | None = None,
        md5: str | None = None,
        size: int | None = None,
    ) -> str:
        """Offer an upgrade; returns its URL. ``url``, ``md5`` and ``size`` may lie, to see it fail."""
        _data("data", data)
        _bytes(version)
        for text in (url, md5):
            _bytes(text or "")
        if size is not None:
            _whole("size", size, 0)

        def work() -> str:
            where = url or self.emulator.serve_image(data, version)
            claimed = len(data) if size is None else size
            offer = Offer(version, where, md5 or md5_of(data), claimed, data)
            self.emulator.offer(offer)
            return where

        return str(self.call(work))

    def fail_ota(self, code: int) -> None:
        """Let the download under way, or else the next, fail with this code."""
        _whole("fail_ota", code)
        self.call(lambda: self.emulator.module.updater.break_off(code))

    # ---- the data template

    def set_property(self, properties: dict[str, Any]) -> str:
        """Want these values of the device, as an app does; returns the token of its ``control_reply``."""
        wanted = _object("properties", properties)
        if not wanted or None in wanted.values():
            raise ValueError("properties: at least one is wanted, and a value for each")
        return str(self.call(lambda: self._template().set_property(self._device(), wanted)))

    def run_action(self, action: str, params: dict[str, Any] | None = None) -> str:
        """Call an action of the device; returns the token of its ``action_reply``."""
        name, given = _bytes(action).decode(), _object("params", {} if params is None else params)
        return str(self.call(lambda: self._template().run_action(self._device(), name, given)))

    def device_data(self) -> dict[str, Any]:
        """What the device reported, what it has yet to confirm, its events, and its replies by token."""
        return dict(self.call(lambda: self._template().thing(self._device()).view()))

    def _template(self) -> DataTemplate:
        if not isinstance(self.emulator.module.session.uplink, EmbeddedUplink):
            raise ValueError("behind a broker there is no data-template service")
        return self.emulator.cloud.template

    def _device(self) -> tuple[str, str]:
        device = self.emulator.flash.device
        if device is None:
            raise ValueError("the module has no device information yet (TCDEVINFOSET)")
        return device.product_id, device.device_name

    # ---- radio and power

    def drop_wifi(self) -> None:
        """All access points fall silent."""

        def work() -> None:
            self.emulator.air.down = True
            self.emulator.module.station.lost()

        self.call(work)

    def restore_wifi(self) -> None:
        """The access points are back."""
        self._set(self.emulator.air, "down", False)

    def access_points(self, points: list[tuple[str | bytes, str | bytes]]) -> None:
        """Put other access points into the air: (ssid, password) each."""
        made = [
            AccessPoint(_bytes(ssid), _bytes(password), f"24:05:88:00:00:{at + 1:02x}", 6, -55 - at)
            for at, (ssid, password) in enumerate(points)
        ]
        self._set(self.emulator.air, "points", made)

    def power_cycle(self) -> None:
        """Off and on again."""
        self.call(self.emulator.module.power.on)

    def provision(self, outcome: str = "success", ssid: str = "", password: str = "") -> None:
        """The app's part in a provisioning that runs; see ``provisioning.OUTCOMES``. ValueError when none runs."""
        point = AccessPoint(_bytes(ssid), _bytes(password))

        def work() -> None:
            module = self.emulator.module
            if point.ssid:
                module.new_access_point = point
            module.provisioning.outcome(outcome)

        self.call(work)

    # ---- the module's inside

    def stray(self, line: str | bytes, lines: int = 0) -> None:
        """The module says this as it stands, owed to nobody: now, or once, behind so many lines of its own."""
        _whole("lines", lines, 0)
        data = _bytes(line)
        self.call(lambda: self.emulator.module.stray(data, lines))

    def fail_next(self, code: int) -> None:
        """The next result line says FAIL with this code, and nothing is done."""
        _whole("fail_next", code)
        self._set(self.emulator.module, "fail_next", code)

    def fault(self, name: str, value: float | str) -> None:
        """Set a fault by name (``faults.FAULTS``); ValueError when there is none such, or the value is out of range."""
        self.call(lambda: self.emulator.faults.set(name, value))

    def clear_faults(self) -> None:
        """All faults off."""
        self.call(self.emulator.faults.clear)

    def quirk(self, name: str, on: bool = True) -> None:
        """Switch a quirk by name; ValueError when there is none such."""
        _one_of("on", on, (True, False))
        self.call(lambda: self.emulator.quirks.set(name, on))

    def store_firmware(self, data: bytes, version: str) -> None:
        """Put an image into the module's flash."""
        _data("data", data)
        version = _bytes(version).decode()
        self._set(self.emulator.flash, "firmware", Firmware(version, md5_of(data), data))

    def store_access_point(self, ssid: str, password: str) -> None:
        """Let the module join this access point after a boot."""
        key = AccessPointKey(_bytes(ssid).decode("latin-1"), _bytes(password).decode("latin-1"))
        self._set(self.emulator.flash, "access_point", key)

    def given(self, words: str) -> None:
        """Set a scene as ``given:`` in a dialogue does (spec/dialogues/README.md)."""
        self.call(lambda: Scene(self.emulator).given(words))

    def happen(self, words: str) -> None:
        """Let something happen as ``@`` in a dialogue does, ``wait`` excepted."""
        self.call(lambda: Scene(self.emulator).happen(words))

    def state(self) -> dict[str, Any]:
        """What the module knows and does, in words and numbers; secrets are left out."""
        return dict(self.call(self._state))

    def _state(self) -> dict[str, Any]:
        module, emulator = self.emulator.module, self.emulator
        joined, device, product = module.station.joined, module.flash.device, module.flash.product
        image = module.flash.firmware
        return {
            "running": module.power.running,
            "echo": module.echo,
            "wifi": joined.ssid.decode("utf-8", "replace") if joined else None,
            "mqtt": module.session.state,
            "subscriptions": {
                topic.decode("utf-8", "replace"): qos
                for topic, qos in module.session.subscriptions.items()
            },
            "connection": asdict(module.session.settings),
            "ota": module.updater.state,
            "ota_version": module.updater.version,
            "firmware": (
                {"version": image.version, "size": len(image.data), "md5": image.md5}
                if image
                else None
            ),
            "revision": module.spec.revision,
            "sub_devices": [
                "/".join(part.decode("utf-8", "replace") for part in each)
                for each in module.session.sub_devices
            ],
            "provisioning": module.provisioning.kind,
            "device": [device.product_id, device.device_name] if device else None,
            "product": [product.product_id, product.device_name] if product else None,
            "commands": module.commands,
            "bytes_in": module.bytes_in,
            "dropped": emulator.line.dropped + emulator.lost_output,
            "faults": dict(emulator.faults.happened),
            "troubles": list(module.troubles),
            "quirks": [name for name in QUIRKS if getattr(emulator.quirks, name)],
        }

    def _set(self, where: object, name: str, value: object) -> None:
        self.call(lambda: setattr(where, name, value))


def _whole(name: str, value: object, least: int = -CODE) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= CODE:
        raise ValueError(f"{name}: {value!r} is not a whole number from {least} to {CODE}")


def _one_of(name: str, value: object, known: tuple[object, ...]) -> None:
    if not isinstance(value, type(known[0])) or value not in known:
        raise ValueError(f"{name}: {value!r} is not one of {', '.join(map(repr, known))}")


def _data(name: str, value: object) -> None:
    if not isinstance(value, bytes | bytearray):
        raise TypeError(f"{name}: bytes are wanted, not {type(value).__name__}")


def _object(name: str, value: object) -> dict[str, Any]:
    """A copy of names and values that JSON can say."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise TypeError(f"{name}: names and values are wanted, not {type(value).__name__}")
    try:
        return dict(json.loads(json.dumps(value, allow_nan=False)))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from None


def _bytes(text: str | bytes) -> bytes:
    if isinstance(text, str):
        return text.encode()
    if not isinstance(text, bytes):
        raise TypeError(f"{text!r} is neither text nor bytes")
    return text
