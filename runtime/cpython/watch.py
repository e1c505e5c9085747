"""What came while a call waited, and whether the module restarts again and again: for people who ask why."""

from __future__ import annotations

import re
import time
from collections import deque

from .link import Link

_WINDOW = 120.0  # seconds in which restarts are counted
_MANY = 3  # restarts within it are no accident
_PRINTABLE = bytes(range(32, 127)) + b"\r\n\t"
_UNREADABLE = 0.3  # of the bytes: then the speed is another, or the boot ROM speaks at its own
_ROM = re.compile(rb"rst cause:(\d+), boot mode:\((\d+)")
_LONGEST = 40  # bytes of what _ROM finds
CAUSES = {
    1: "power came on",
    2: "its reset or enable pin",
    3: "its own software",
    4: "its hardware watchdog",
}
SUPPLY = (
    "Look at its supply: 3.3 V that stay above 3.0 V while it sends (peaks of 400 mA), short wires, "
    "a capacitor of 100 µF or more beside it."
)


def cause(number: int) -> str:
    """The boot ROM's reset cause, with what it means."""
    return f"rst cause {number}: {CAUSES[number]}" if number in CAUSES else f"rst cause {number}"


def boot(data: bytes) -> str:
    """What the boot ROM said, if it did: its last reset cause, and whether it waits for a firmware; else ""."""
    found = _ROM.findall(data)
    if not found:
        return ""
    words = f"the module boots ({cause(int(found[-1][0]))})"
    if len(found) > 1:
        words = f"the module boots again and again, {len(found)} times ({cause(int(found[-1][0]))})"
    return f"{words}, with GPIO0 low: for a firmware" if found[-1][1] == b"1" else words


class Watch:
    """Counts what comes. The text of an answer is not kept: it may be secret."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._tail = b""
        self._noise = 0
        self._told = 0
        self.begin()
        self.restarts: deque[float] = deque(maxlen=100)
        self.causes: deque[tuple[float, int, int]] = deque(maxlen=100)

    def begin(self) -> None:
        """From now on."""
        self._bytes = self._odd = 0
        self._noise = self._link.noise
        self._since = time.monotonic()

    def received(self, data: bytes) -> None:
        """Take note of bytes."""
        self._bytes += len(data)
        self._odd += len(data.translate(None, _PRINTABLE))
        text = self._tail + data
        if b"rst cause:" in text:
            now = time.monotonic()
            for found in _ROM.finditer(text):
                self.causes.append((now, int(found[1]), int(found[2])))
            text = _ROM.sub(b"", text)
        self._tail = text[-_LONGEST:]

    def restarted(self) -> None:
        """The module said that it is ready after a boot."""
        self.restarts.append(time.monotonic())

    def noise(self) -> bool:
        """Was something dropped since this was asked last?"""
        told, self._told = self._told, self._link.noise + self._link.dropped
        return told != self._told

    def seen(self) -> str:
        """What came since begin(), in words."""
        if not self._bytes:
            return "nothing came"
        words = f"{self._bytes} bytes came"
        lines = self._link.noise - self._noise
        if lines:
            words += f", {lines} lines of them no answer to anything"
        if self._odd > self._bytes * _UNREADABLE:
            words += ", most of it unreadable, as at another speed or while the boot ROM speaks"
        return words

    def unstable(self) -> str:
        """Why the module is no good company: it restarts again and again, or does not finish its boot; "" if not."""
        now = time.monotonic()
        restarts = [when for when in self.restarts if now - when < _WINDOW]
        causes = [(number, mode) for when, number, mode in self.causes if now - when < _WINDOW]
        if max(len(restarts), len(causes)) < _MANY:
            return ""
        known = f" ({cause(causes[-1][0])})" if causes else ""
        if causes and causes[-1][1] == 1:
            return (
                f"the module waits for a firmware to be loaded, not for commands{known}: "
                "GPIO0 is low while it boots. Let it go, and reset the module."
            )
        if len(restarts) >= _MANY:
            seconds = now - restarts[0]
            what = f"the module restarted {len(restarts)} times in {seconds:.0f} s"
        else:
            what = f"the module began to boot {len(causes)} times and never said that it is ready"
        return f"{what}{known}. {SUPPLY}"
