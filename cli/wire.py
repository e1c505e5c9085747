"""The bytes of both directions as lines: what each one is, and to which command it belongs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tencent_at.entries import Form
from tencent_at.manual import EVENTS, FORMS

from .masking import Masker, spans
from .notation import spell

__all__ = ["FROM_HOST", "FROM_MODULE", "Line", "Wire"]

FROM_HOST = ">"
FROM_MODULE = "<"
_LONGEST = 20480  # bytes: what has no end by then is given up


def _names(has: Callable[[Form], bool]) -> bytes:
    # Of the forms that have something.
    return "|".join(form.command for form in FORMS.values() if has(form)).encode()


_MESSAGE_NAMES = "|".join(head.strip("+") for head in EVENTS if not EVENTS[head]).encode()
_MESSAGE = re.compile(
    rb"\+ ?(?:" + _MESSAGE_NAMES + rb'): ?"(?P<topic>.*?)", ?(?P<length>\d{1,5}), ?"', re.DOTALL
)
_DATA = re.compile(rb"\+ ?(?:" + _names(lambda form: form.raw) + rb"): ?(?P<length>\d{1,5}),")
_ANNOUNCES = re.compile(
    rb"AT\+(?:"
    + _names(lambda form: "raw" in (argument.kind for argument in form.arguments))
    + rb")=.*,(\d+)$",
    re.IGNORECASE | re.DOTALL,
)
_ENDS = re.compile(rb"(OK|ERROR|FAIL|\+ ?CME ERR.*|busy .*|\+ ?\w+: ?(OK|FAIL).*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """One line on the wire, its secrets masked.

    kind: command, payload, abort; echo, ok, error, result, prompt, message, data, line, blank.
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


class Wire:
    """Takes bytes of both directions and calls `sink` with each line."""

    def __init__(self, sink: Callable[[Line], None], masker: Masker | None = None) -> None:
        self.sink = sink
        self.masker = masker or Masker()
        self._host = bytearray()
        self._module = bytearray()
        self._times = {FROM_HOST: 0.0, FROM_MODULE: 0.0}
        self._sent = b""
        self._secret = False  # did the last command hold one?
        self._announced = 0  # bytes of payload that the module has not asked for yet
        self._payload = 0  # bytes of payload that it has

    def feed(self, way: str, data: bytes, now: float) -> None:
        """Bytes that went one way at a time in seconds."""
        buffer = self._host if way == FROM_HOST else self._module
        if not buffer:
            self._times[way] = now
        buffer += data
        read = self._read_host if way == FROM_HOST else self._read_module
        for kind, line in read():
            self._say(way, kind, line)
            self._times[way] = now

    def flush(self, echoes: bool = False) -> None:
        """Give up waiting for the ends of lines; an echo, which may hold a secret, only if `echoes`."""
        for way, buffer in ((FROM_HOST, self._host), (FROM_MODULE, self._module)):
            if buffer and (echoes or not re.search(rb"[Aa][Tt]", buffer)):
                line = bytes(buffer)
                buffer.clear()
                if way == FROM_HOST:
                    self._payload = 0
                self._say(way, "payload" if way == FROM_HOST else "line", line)

    @property
    def waits(self) -> bool:
        """Has a line begun that has not ended?"""
        return bool(self._host or self._module)

    def _say(self, way: str, kind: str, line: bytes) -> None:
        if kind == "command":
            self._secret = bool(spans(line))
        if way == FROM_HOST or kind in ("echo", "message", "data"):
            shown = self.masker.mask(line, kind in ("payload", "message", "data"))
        else:
            shown = self.masker.heard(line, doubtful=self._secret)
        self.sink(Line(self._times[way], way, kind, shown, shown != line))

    def _read_host(self) -> Iterator[tuple[str, bytes]]:
        buffer = self._host
        while buffer:
            if self._payload:
                if buffer.startswith(b"+++\r\n"):
                    self._payload = 0
                    continue
                if len(buffer) < self._payload:
                    return
                end = self._payload
                self._payload = 0
                if buffer.startswith(b"\r\n", end):
                    end += 2
                yield "payload", _take(buffer, end)
                continue
            at = buffer.find(b"\r\n")
            if at < 0:
                if len(buffer) > _LONGEST:
                    yield "line", _take(buffer, len(buffer))
                return
            line = _take(buffer, at + 2)
            body = line[:-2]
            if body == b"+++":
                yield "abort", line
                continue
            if body:
                self._sent = body
                found = _ANNOUNCES.match(body)
                self._announced = int(found[1]) if found else 0
            yield ("command" if body else "blank"), line

    def _read_module(self) -> Iterator[tuple[str, bytes]]:
        buffer = self._module
        while buffer:
            if self._announced and buffer[0] == 62:
                self._payload, self._announced = self._announced, 0
                yield "prompt", _take(buffer, 3 if buffer.startswith(b">\r\n") else 1)
                continue
            end = self._counted()
            if end == 0:
                return
            if end > 0:
                kind = "data" if _DATA.match(buffer) else "message"
                yield kind, _take(buffer, end)
                continue
            at = buffer.find(b"\r\n")
            if at < 0:
                if len(buffer) > _LONGEST:
                    yield "line", _take(buffer, len(buffer))
                return
            line = _take(buffer, at + 2)
            yield self._kind(line[:-2]), line

    def _counted(self) -> int:
        # Where a line with a counted field ends; 0: not here yet; -1: it is an ordinary line.
        found = _MESSAGE.match(self._module) or _DATA.match(self._module)
        if not found:
            return -1
        tail = b'"\r\n' if found.re is _MESSAGE else b"\r\n"
        stop = found.end() + int(found["length"])
        if stop > _LONGEST:
            return -1
        if len(self._module) < stop + len(tail):
            return 0
        return stop + len(tail) if self._module.startswith(tail, stop) else -1

    def _kind(self, body: bytes) -> str:
        if not body:
            return "blank"
        if body == self._sent:
            return "echo"
        if _ENDS.match(body) and body != b"OK" and not self._host:  # refused: no payload follows
            self._announced = self._payload = 0
        if body == b"OK":
            return "ok"
        if re.match(rb"ERROR$|FAIL$|\+ ?CME ERR|ERR CODE|busy ", body):
            return "error"
        if re.match(rb"\+ ?\w+: ?(OK|FAIL.*)$", body, re.DOTALL):
            return "result"
        return "line"


def _take(buffer: bytearray, count: int) -> bytes:
    taken = bytes(buffer[:count])
    del buffer[:count]
    return taken
