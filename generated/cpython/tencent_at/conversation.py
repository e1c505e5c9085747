# Copied from runtime/cpython/conversation.py: edit that.
"""The dialogue as the desktop holds it: checked beforehand, with typed messages, events and errors."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from . import codec, event, raw
from .check import check, encode
from .dialogue import Dialogue
from .errors import OUTCOMES, ModuleError
from .event import Event
from .message import Message

SIZE = 20480  # bytes for the longest message with its head
Work = Generator[Any, Any, Any]
_ROW = 3
_TEXT = 5


@dataclass(frozen=True)
class Counts:
    """What was dropped so far: lines that nobody was owed, bytes that found no room, messages and events that waited
    in vain for a reader."""

    noise: int
    bytes: int
    messages: int
    events: int


class Conversation(Dialogue):
    """hear: called with each message and each event, from within the dialogue; it must not wait."""

    on_event: Any

    def __init__(self, hear: Callable[[Message | Event], None]) -> None:
        super().__init__(SIZE)
        self._hear = hear
        self._lines: list[str] | None = None
        self.on_event = lambda name, values: None  # events are wanted: they go to _keep

    def checked_call(self, call: str, args: Sequence[object]) -> Work:
        """The generator of a call whose arguments can travel; else InvalidArgument, at once."""
        check(call, args)
        return self.call(call, tuple(args))

    def checked_line(
        self, line: str | bytes, reply: Sequence[str], payload: str | bytes | None, timeout: float
    ) -> Work:
        """The generator of a line made by the caller; its value is the list of lines that came."""
        fields = raw.form(line, reply, payload, timeout)
        args = () if payload is None else (payload,)
        encode(fields, args)
        return self._collect(fields, args)

    def _collect(self, fields: Any, args: Sequence[object]) -> Work:
        lines: list[str] = []
        self._lines = lines
        try:
            yield from self.call(fields, tuple(args))
        finally:
            self._lines = None
        return lines

    def _pump(self) -> int:
        found = int(super()._pump())
        if found in (_ROW, _TEXT) and self._lines is not None:
            link = self.link
            before = link.buf.rfind(b"\r\n", 0, link.start)
            first = before + 2 if before >= 0 else 0
            self._lines.append(codec.text(link.buf[first : link.end]))
        return found

    def _keep(self, item: tuple[Any, ...]) -> None:
        if len(item) == 3:
            raw_bytes, topic_end, start = item
            self._hear(Message(codec.text(raw_bytes[:topic_end]), raw_bytes[start:]))
        else:
            self._hear(event.read(*item))

    def idle(self) -> None:
        """Take in what came while no command is under way."""
        while self._pump():
            pass

    def _error(self, outcome: int, fields: Any) -> ModuleError:
        tables = codec.text(fields[5])
        if self.link.table in ("x", "n"):
            tables = self.link.table
        elif self.link.table:
            tables = self.link.table + tables
        return OUTCOMES[outcome - 1](codec.text(fields[0]), self.link.number, tables)
