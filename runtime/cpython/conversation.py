"""The dialogue as the desktop holds it: checked beforehand, with typed messages, events and errors."""

from __future__ import annotations

import binascii
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from . import freehand, heard
from .check import Spelled, check
from .dialogue import Dialogue
from .errors import OUTCOMES, ModuleError, Timeout
from .link import Link
from .message import Message
from .revision import FIRST, Revision
from .row import text
from .urc import Event

SIZE = 20480  # bytes for the longest message with its head
Work = Generator[Any, Any, Any]
_ROW = 3  # what link.py tells
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
    """write: takes bytes for the port. hear: called with each message and each event, from within the dialogue; it
    must not wait. hex_firmware: the module sends images as hex text (manual 4.3). revision: what it speaks.
    """

    backlog: int = sys.maxsize  # the inbox is emptied at once, into boxes that are bounded

    def __init__(
        self,
        write: Callable[[bytes], None],
        hear: Callable[[Message | Event], None],
        hex_firmware: bool = False,
        revision: Revision = FIRST,
    ) -> None:
        self.revision = revision
        self.link: Link = Link(SIZE)
        self.inbox: list[tuple[bytes, int, int, int, int]] = []
        self.handlers: tuple[Callable[[str, list[str | int]], object], ...] = (self._event,)
        self._write = write
        self._hear = hear
        self._hex_firmware = hex_firmware
        self.doubt: bytes | bool = False
        self._lines: list[str] | None = None

    def write(self, data: bytes | bytearray, end: bytes = b"") -> None:
        """Hand both to the port, in one piece."""
        self._write(bytes(data) + end)

    def checked_call(self, call: str, args: Sequence[object]) -> Work:
        """The generator of a call whose arguments can travel; else InvalidArgument, at once."""
        spelled = check(call, args, None, self.revision)
        if self._hex_firmware and call in self.revision.forms and self.revision.forms[call].raw:
            return self._unhexed(spelled)
        return self.call(spelled)

    def checked_line(
        self, line: str | bytes, reply: Sequence[str], payload: str | bytes | None, timeout: float
    ) -> Work:
        """The generator of a line made by the caller; its value is the list of lines that came."""
        return self._collect(freehand.form(line, reply, payload, timeout))

    def end(self) -> None:
        """The command under way is over, or given up: its late answer is nobody's."""
        self.link.owes = 0

    def idle(self) -> None:
        """Take in what came while no command is under way."""
        while self.pump():
            pass

    def error(self, outcome: int, call: str, number: int | None, tables: str) -> ModuleError:
        """What is raised for a command that ended so. tables: where the number is from, by letter (see link.py)."""
        return OUTCOMES[outcome - 1](call, number, self._tables(call), self.revision)

    def _tables(self, call: str) -> tuple[str, ...]:
        form = self.revision.forms.get(call)
        if self.link.errors == "x":
            return ("parser",)
        if self.link.errors == "n":
            return (form.reason,) if form and form.reason else ()
        letters = self.link.errors if form else "c"
        known = self.revision.letters
        named = tuple(known[letter] for letter in letters if letter in known)
        return named + (form.errors if form else ())

    def _collect(self, call: Spelled) -> Work:
        lines: list[str] = []
        self._lines = lines
        try:
            yield from self.call(call)
        finally:
            self._lines = None
        return lines

    def _unhexed(self, call: Spelled) -> Work:
        # Raw bytes that come as hex text, on a line of its own: +NAME:5,0102030405.
        form = call[0].replace(" kdf ", " kr ")
        lines = yield from self._collect((form, *call[1:]))
        size, _, digits = lines[-1].partition(":")[2].partition(",")
        try:
            data = binascii.unhexlify(digits.strip())
        except ValueError:
            data = b""
        if size.strip() != str(len(data)):
            raise Timeout(form.split()[0])  # a part was lost or damaged on the way
        return data

    def pump(self) -> int:
        found = int(super().pump())
        if self.inbox:
            self._drain()
        if found in (_ROW, _TEXT) and self._lines is not None:
            self._lines.append(text(self.link.buf[self.link.head : self.link.end].strip(b" ")))
        return found

    def _drain(self) -> None:
        while self.inbox:
            data, topic, stop, start, end = self.inbox.pop(0)
            self._hear(Message(text(data[topic:stop]), data[start:end]))

    def _event(self, name: str, values: list[str | int]) -> None:
        self._drain()  # messages that came before it
        self._hear(heard.event(name, values, self.revision))
