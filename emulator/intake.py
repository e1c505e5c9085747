"""TCMQTTPUBL's payload: raw bytes by count, CR LF behind them, and what breaks it off (3.4)."""

from __future__ import annotations

from .clock import Clock, Timer
from .task import Pending

__all__ = ["Intake", "clean"]

SILENCE = 20.0  # seconds
END = b"\r\n"
BREAK = b"+++\r\n"  # as a chunk of its own, whatever the length


class Intake:
    """Collects ``length`` bytes and the CR LF behind them. ``done`` gives the payload, or None when broken off.

    ``surplus`` holds, afterwards, what came behind; ``idle`` is the silence in seconds that ends a burst: CR LF
    must have come by then. ``anywhere``: what breaks it off counts wherever it stands before a NUL (2.x).
    """

    def __init__(self, clock: Clock, length: int, idle: float, anywhere: bool = False) -> None:
        self.clock = clock
        self.length = length
        self.idle = idle
        self.anywhere = anywhere
        self.done: Pending[bytes | None] = Pending()
        self.surplus = b""
        self._data = bytearray()
        self._timer: Timer | None = clock.call_later(SILENCE, self._break_off)

    def feed(self, chunk: bytes) -> None:
        """The next chunk from the line."""
        if chunk == BREAK:
            self._break_off()
            return
        self._data += chunk
        behind = bytes(self._data[self.length :])
        if len(self._data) < self.length:
            before_nul = self._data.split(b"\0", 1)[0]
            if self._data.endswith(END) or (self.anywhere and BREAK in before_nul):
                self._break_off()
            else:
                self._wait(SILENCE)
        elif behind[:2] == END:
            self._finish(bytes(self._data[: self.length]), behind[2:])
        elif END.startswith(behind):
            self._wait(self.idle)
        else:
            self._finish(None, behind[2:])

    def cancel(self) -> None:
        """Stop the clock; nothing is said."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self, seconds: float) -> None:
        self.cancel()
        self._timer = self.clock.call_later(seconds, self._break_off)

    def _break_off(self) -> None:
        self._finish(None, b"")

    def _finish(self, payload: bytes | None, surplus: bytes) -> None:
        self.cancel()
        self.surplus = surplus
        self.done.resolve(payload)


def clean(payload: bytes, ends_at_nul: bool = True) -> bytes:
    r"""What the module makes of a payload: each ``\"`` and ``\,`` loses its backslash, the length stays.

    The first, third… ``\"`` becomes space quote, the second, fourth… quote space, ``\,`` space comma. A NUL ends
    the payload, or only the cleaning (2.x).
    """
    text, nul, rest = payload.partition(b"\0")
    cleaned = bytearray(text)
    quotes = 0
    at = 0
    while at < len(cleaned) - 1:
        pair = bytes(cleaned[at : at + 2])
        if pair == b'\\"':
            cleaned[at : at + 2] = b'" ' if quotes % 2 else b' "'
            quotes += 1
            at += 2
        elif pair == b"\\,":
            cleaned[at : at + 2] = b" ,"
            at += 2
        else:
            at += 1
    return bytes(cleaned) if ends_at_nul else bytes(cleaned) + nul + rest
