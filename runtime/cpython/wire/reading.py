"""The bytes of both directions as lines: what each one is, and to which command it belongs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..link import Link
from ..row import text, value
from ..tables import WORDS
from . import index
from .book import ANSWERS, LEAN
from .masks import MASK, Masks
from .notation import spell

FROM_HOST = ">"
FROM_MODULE = "<"
LONGEST = 20480  # bytes: what has no end by then is given up
ENDLESS = 1.5  # seconds after which what has come is shown, though no end of its line is in sight
# Events of link.py.
_NOTHING, _DONE, _PROMPT, _ROW, _DATA, _MESSAGE, _PAID, _SEEN = 0, 1, 2, 3, 4, 6, 9, 10
_DOORS = {
    ord("0"): "ok",
    ord("1"): "error",
    ord("3"): "error",
    ord("8"): "error",
    ord("9"): "error",
}
_ABORT = tuple(f"{line}\r\n".encode() for line, told in ANSWERS.items() if told.says == "abort")
_RESULT = re.compile(rb"\+ *\w+ *: *(?:OK$|FAIL)")
_LENGTH = re.compile(rb",(\d+)$")


@dataclass(frozen=True, slots=True)
class Line:
    """One line on the wire, its secrets masked.

    time: in seconds. way: FROM_HOST or FROM_MODULE. kind: command, payload, abort; echo, ok, error, result, prompt,
    message, data, line, blank.
    """

    time: float
    way: str
    kind: str
    data: bytes
    masked: bool = False

    @property
    def text(self) -> str:
        """The line without its end, as text without loss."""
        return spell(self.body)

    @property
    def body(self) -> bytes:
        """The bytes without the CR LF around them."""
        return self.data.strip(b"\r\n") if self.kind not in ("payload", "data") else self.data


class _Observed(Link):
    """A link that tells of each line, of those too that say no more than that a debt was paid."""

    def split(self, owes: int) -> int:
        event = super().split(owes)
        return _SEEN if event == _PAID else event


class Reading:
    """Takes bytes of both directions and calls `sink` with each line.

    What the module says is read by the driver's own link (link.py), so both see the same lines.
    """

    def __init__(self, sink: Callable[[Line], None], masks: Masks | None = None) -> None:
        self.sink = sink
        self.masks: Masks = masks or Masks()
        self._host = bytearray()
        self._module = bytearray()
        self._link = _Observed(LONGEST)
        self._times = {FROM_HOST: 0.0, FROM_MODULE: 0.0}
        self._asked = b""  # the command under way
        self._announced = 0  # bytes of payload that the module has not asked for yet
        self._payload = 0  # bytes of payload that it has

    def feed(self, way: str, data: bytes, now: float) -> None:
        """Bytes that went one way, at a time in seconds."""
        buffer = self._host if way == FROM_HOST else self._module
        if not buffer:
            self._times[way] = now
        buffer += data
        lines = self._read_host() if way == FROM_HOST else self._read_module(data)
        for kind, line in lines:
            self._say(way, kind, line)
            self._times[way] = now

    def flush(self, echoes: bool = False) -> None:
        """Give up waiting for the ends of lines; an echo, which may hold a secret, only if `echoes`."""
        for way, buffer in ((FROM_HOST, self._host), (FROM_MODULE, self._module)):
            if buffer and (echoes or b"AT" not in buffer.upper()):
                line = _take(buffer, len(buffer))
                if way == FROM_HOST:
                    self._payload = 0
                else:
                    self._link.cut()
                self._say(way, "payload" if way == FROM_HOST else "line", line)

    @property
    def waits(self) -> bool:
        """Has a line begun that has not ended?"""
        return bool(self._host or self._module)

    def stuck(self, now: float) -> bool:
        """Do bytes of the module come on and on without becoming a line, and without an announced length?"""
        begun = bool(self._module) and now - self._times[FROM_MODULE] > ENDLESS
        return begun and self._link.partial >= 0

    def _say(self, way: str, kind: str, line: bytes) -> None:
        if kind == "command":
            shown = self.masks.sent(line)
        elif way == FROM_HOST or kind in ("echo", "message", "data"):
            shown = self.masks.shown(line, kind in ("payload", "message", "data"))
        else:
            shown = self.masks.received(line)
        self.sink(Line(self._times[way], way, kind, shown, shown != line or MASK in line))

    # ---- from the host ---------------------------------------------------------------------------------------

    def _read_host(self) -> Iterator[tuple[str, bytes]]:
        buffer = self._host
        while buffer:
            if self._payload:
                if buffer.startswith(_ABORT):
                    self._payload = 0
                    continue
                if len(buffer) < self._payload:
                    return
                end, self._payload = self._payload, 0
                yield "payload", _take(buffer, end + 2 * buffer.startswith(b"\r\n", end))
                continue
            at = buffer.find(b"\r\n")
            if at < 0:
                if len(buffer) > LONGEST:
                    yield "line", _take(buffer, len(buffer))
                return
            line = _take(buffer, at + 2)
            if line in _ABORT:
                yield "abort", line
                continue
            if at:
                self._ask(line[:-2])
            yield ("command" if at else "blank"), line

    def _ask(self, line: bytes) -> None:
        # From now on the module owes the answer to this command.
        self._asked = line
        form = index.line(text(line))
        length = _LENGTH.search(line)
        payload = form is not None and "raw" in (each.kind for each in form.arguments)
        self._announced = int(length[1]) if payload and length else 0
        strange = f" {text(line[2:].replace(b' ', b''))}  tk  "  # a test form, too: lines of text, then OK
        self._link.send(LEAN[form.call] if form and form.call else strange, line + b"\r\n", None)

    # ---- from the module -------------------------------------------------------------------------------------

    def _read_module(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        buffer = self._module
        link = self._link
        link.receive(data, len(data))
        while True:
            link.topic = 0
            event = link.next_event()
            if event == _NOTHING:
                break
            if event == _DONE:
                continue
            if event == _ROW:
                value(link, event)
                if link.at == link.head:  # a name with a line end in it: the row goes on
                    continue
            untold = link.fill - link.at + link.count - link.offset
            line = _take(buffer, len(buffer) - untold)
            if event == _PROMPT:
                self._payload, self._announced = self._announced, 0
                if buffer.startswith(b"\r\n"):
                    link.next_event()
                    line += _take(buffer, 2)
                yield "prompt", line
            elif event in (_DATA, _MESSAGE):
                yield ("data" if event == _DATA else "message"), line
            else:
                yield self._kind(line[:-2]), line
        if len(buffer) > 2 * LONGEST:
            link.cut()
            yield "line", _take(buffer, len(buffer))

    def _kind(self, body: bytes) -> str:
        if not body.strip(b"\0\r"):  # they are the wire's own at a line's edges
            return "blank"
        if body == self._asked:
            return "echo"
        door = _DOORS.get(WORDS[self._link.topic], "") if self._link.topic else ""
        if door == "error" and not self._host:  # refused: no payload follows
            self._announced = self._payload = 0
        if door:
            return door
        return "result" if _RESULT.match(body) else "line"


def _take(buffer: bytearray, count: int) -> bytes:
    taken = bytes(buffer[:count])
    del buffer[:count]
    return taken
