"""Scenes: the module put into a state, and what happens around it, in the words of spec/dialogues/README.md."""

from __future__ import annotations

import ast
import re
from typing import Any

from .cloud.embedded import Offer, md5_of
from .flash import AccessPointKey, Device, Firmware, Product
from .rig import Rig
from .session import Settings
from .wifi import AccessPoint

__all__ = ["Scene"]

DEVICE = Device("CTQS08Y5LG", "Dev01", "ZHNkIGRzZCA=")
PRODUCT = Product("CTQS08Y5LG", "ZHNkIGRzZCA=", "Dev01")
HOME = AccessPoint(b"Home", b"12345678", "24:05:88:00:00:01", 6, -55)

_WORD = re.compile(r'b?"(?:[^"\\]|\\.)*"|[^\s";]+|;')


class Scene:
    """Sets a scene on an emulator, from the thread it lives in."""

    BOOT = 0.25  # seconds from power to ready
    DOWNLOAD = 5.0  # seconds: long enough for `@ ota fail` to come in between

    def __init__(self, emulator: Rig) -> None:
        self.emulator = emulator
        self.module = emulator.module

    def given(self, words: str) -> None:
        """The state at the start; raises ValueError for a word there is none of.

        Default: echo off, Wi-Fi joined, nothing stored, MQTT not connected; one access point, every topic open.
        """
        emulator, module = self.emulator, self.module
        module.power.off()
        module.power.noise = False
        module.timing.boot = self.BOOT
        module.wake()
        module.echo = False
        module.updater.download_time = self.DOWNLOAD
        emulator.air.points = [HOME]
        emulator.air.down = False
        emulator.cloud.open_topics = True
        module.station.place(HOME)
        for state in _split(words):
            self._given(state)

    def _given(self, state: list[str]) -> None:
        module, flash = self.module, self.emulator.flash
        match state:
            case ["echo", "on"]:
                module.echo = True
            case ["device", "set"]:
                flash.device = DEVICE
            case ["product", "set"]:
                flash.product = PRODUCT
            case ["connected"]:
                self._connected()
            case ["subscribed", topic, qos]:
                self._connected()
                self._subscribed(topic.encode(), int(qos))
            case ["ota", "on"]:
                self._connected()
                module.updater.state = "on"
                module.updater.version = "1.0.0"
                with self.emulator.cloud.at_once():
                    module.updater.listen()
            case ["downloading"]:
                module.updater.state = "downloading"
            case ["firmware", version, size]:
                data = pattern(int(size))
                flash.firmware = Firmware(version, md5_of(data), data)
            case ["provisioning", "softap" | "smartconfig" as kind]:
                module.provisioning.start("TCSAP" if kind == "softap" else "TCSTARTSMART")
            case ["wifi", "off"]:
                module.station.place(None)
            case ["stored", ssid, password]:
                self._stored(ssid, password)
            case _:
                raise ValueError(f"given: {' '.join(state)}")

    def _connected(self) -> None:
        session = self.module.session
        if session.state == "up":
            return
        self.emulator.flash.device = self.emulator.flash.device or DEVICE
        with self.emulator.cloud.at_once():
            session.connect(self.emulator.flash.device, Settings())

    def _subscribed(self, topic: bytes, qos: int) -> None:
        with self.emulator.cloud.at_once():
            self.module.session.subscribe(topic, qos)

    def _stored(self, ssid: str, password: str) -> None:
        name, key = ssid.encode(), password.encode()
        point = AccessPoint(name, key, HOME.bssid, HOME.channel, HOME.rssi)
        self.emulator.air.points = [point]
        self.emulator.flash.access_point = AccessPointKey(
            name.decode("latin-1"), key.decode("latin-1")
        )
        if self.module.station.joined is not None:
            self.module.station.place(point)

    def happen(self, words: str) -> None:
        """Something on the module's other side; raises ValueError for what cannot happen."""
        module = self.module
        for happening in _split(words):
            match happening:
                case ["cloud", "publish", topic, payload]:
                    module.session.uplink.inject(_bytes(topic), _bytes(payload), 0)
                case ["mqtt", "lost"]:
                    module.session.uplink.sever()
                case ["mqtt", "back"]:
                    module.session.uplink.mend()
                case ["wifi", "lost"]:
                    self.emulator.air.down = True
                    module.station.lost()
                case ["wifi", "back"]:
                    self.emulator.air.down = False
                case ["provision", outcome]:
                    module.provisioning.outcome(outcome)
                case ["ota", "offer", version, size]:
                    data = pattern(int(size))
                    url = self.emulator.serve_image(data, version)
                    self.emulator.offer(Offer(version, url, md5_of(data), len(data), data))
                case ["ota", "fail", code]:
                    module.updater.break_off(int(code))
                case ["refuse", "subscribe"]:
                    self.emulator.cloud.refuse_subscribe = 1
                case ["no", "ack"]:
                    self.emulator.cloud.no_ack = 1
                case ["fail", code]:
                    module.fail_next = int(code)
                case ["power", "on"]:
                    module.power.on()
                case _:
                    raise ValueError(f"@ {' '.join(happening)}")


def pattern(size: int) -> bytes:
    """The image of a scene: byte i is i mod 256."""
    return bytes(at % 256 for at in range(size))


def _bytes(word: str | bytes) -> bytes:
    return word.encode() if isinstance(word, str) else word


def _plain(word: str) -> Any:
    try:
        return ast.literal_eval(word)
    except SyntaxError as error:
        raise ValueError(f"{word} cannot be read: {error.msg}") from None


def _split(words: str) -> list[list[str]]:
    states: list[list[str]] = [[]]
    for word in _WORD.findall(words):
        if word == ";":
            states.append([])
        else:
            states[-1].append(_plain(word) if word[-1] == '"' else word)
    return [state for state in states if state]
