"""Wi-Fi: what is in the air, and the station that joins it (1.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .clock import Clock, Timer
from .flash import AccessPointKey

__all__ = ["DEFAULT_AIR", "AccessPoint", "Air", "Station"]


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """One access point; ``encryption`` as in CWLAP (0 open, 3 WPA2), ``rssi`` in dBm."""

    ssid: bytes
    password: bytes
    bssid: str = "0e:4a:12:01:02:03"
    channel: int = 6
    rssi: int = -45
    encryption: int = 3


DEFAULT_AIR = (
    AccessPoint(b"tencent-at", b"12345678"),
    AccessPoint(b"Workshop", b"iron & coal", "0e:4a:12:01:02:04", 1, -58),
    AccessPoint(
        'Caf\u00e9 "5", left\\right'.encode(), b'pass",\\word', "0e:4a:12:01:02:05", 11, -67
    ),
    AccessPoint(b"guest", b"", "0e:4a:12:01:02:06", 11, -79, 0),
)


@dataclass
class Air:
    """The access points in reach. ``down`` silences them all; ``any_password`` lets everyone in."""

    points: list[AccessPoint] = field(default_factory=lambda: list(DEFAULT_AIR))
    down: bool = False

    def visible(self) -> list[AccessPoint]:
        """What a scan finds."""
        return [] if self.down else list(self.points)

    def find(self, ssid: bytes) -> AccessPoint | None:
        """The access point of that name, if it can be heard."""
        return next((point for point in self.visible() if point.ssid == ssid), None)


class Station:
    """The module as a station. Prints the WIFI lines through ``say``; ``changed`` hears of gain and loss."""

    REJOIN = 1.0  # seconds between two attempts at a lost access point

    def __init__(self, clock: Clock, air: Air, say: Callable[[bytes], None]) -> None:
        self.clock = clock
        self.air = air
        self.say = say
        self.joined: AccessPoint | None = None
        self.changed: Callable[[bool], None] = lambda up: None
        self._wanted: AccessPointKey | None = None
        self._timer: Timer | None = None

    def try_join(self, ssid: bytes, password: bytes) -> int:
        """0 when the access point would let us in, else CWJAP's reason: 2 wrong password, 3 none such."""
        point = self.air.find(ssid)
        if point is None:
            return 3
        return 0 if point.password in (b"", password) else 2

    def join(self, ssid: bytes, password: bytes) -> None:
        """Join an access point that ``try_join`` found open to us."""
        self.leave()
        self._wanted = AccessPointKey(ssid.decode("latin-1"), password.decode("latin-1"))
        point = self.air.find(ssid)
        if point is not None:
            self._up(point)

    def leave(self) -> None:
        """Part from the access point, and do not come back by oneself."""
        self._wanted = None
        self._stop()
        self._down()

    def keep_joining(self, key: AccessPointKey) -> None:
        """Join as soon as it is possible, now and after each loss."""
        self._wanted = key
        self._again()

    def place(self, point: AccessPoint | None) -> None:
        """Be joined, or not, without a word: for setting a scene."""
        self._stop()
        self.joined = point
        self._wanted = (
            point
            if point is None
            else AccessPointKey(point.ssid.decode("latin-1"), point.password.decode("latin-1"))
        )

    def lost(self) -> None:
        """The access point has gone; go on trying."""
        wanted = self._wanted
        self._down()
        if wanted is not None:
            self._wanted = wanted
            self._again(self.REJOIN)

    def power_off(self) -> None:
        """Forget everything without a word."""
        self._stop()
        self._wanted = self.joined = None

    def _again(self, delay: float = 0.0) -> None:
        self._stop()
        self._timer = self.clock.call_later(delay, self._attempt)

    def _attempt(self) -> None:
        self._timer = None
        if self._wanted is None or self.joined is not None:
            return
        ssid = self._wanted.ssid.encode("latin-1")
        point = self.air.find(ssid)
        if point is not None and self.try_join(ssid, self._wanted.password.encode("latin-1")) == 0:
            self._up(point)
        else:
            self._again(self.REJOIN)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _up(self, point: AccessPoint) -> None:
        self.joined = point
        self.say(b"WIFI CONNECTED\r\n")
        self.say(b"WIFI GOT IP\r\n")
        self.changed(True)

    def _down(self) -> None:
        if self.joined is not None:
            self.joined = None
            self.say(b"WIFI DISCONNECT\r\n")
            self.changed(False)
