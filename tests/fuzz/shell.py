"""The shell under test: the driver's own generators over a module of ours, and a clock that is a number."""

from __future__ import annotations

from collections.abc import Generator
from types import ModuleType
from typing import Any

from tests.fuzz.book import Ended
from tests.fuzz.module import Module, Sent

STEPS = 300  # of one call, beside two for each byte and one for each 10 ms: more is a loop
LONGEST = 300_000  # ms of one call: more is for ever
OUTCOMES = "ok", "refused", "failed", "busy", "reset", "timeout", "damaged", "swallowed"
TABLES = {"c": "cme", "x": "parser", "n": "reason", "": "error"}
BABBLE = 20  # ms between two lines of a module that babbles
_STALLED = 1000  # ms without a byte, after which every shell cuts a line


class Refused(Exception):
    """What the driver's generators raise for an outcome: args are (outcome, call, number, tables)."""


class Interrupted(Exception):
    """A call was ended from outside: args are (how,)."""


class Endless(Exception):
    """A call took more steps than any may."""


def make(dialogue: ModuleType) -> Any:
    """The class of shells over `dialogue.Dialogue`."""

    class Shell(dialogue.Dialogue):  # type: ignore[misc, name-defined]
        """cuts: in what pieces bytes arrive, in turn."""

        error = Refused
        backlog = 1 << 30

        def __init__(self, module: Module, cuts: tuple[int, ...], size: int) -> None:
            self.link = dialogue.Link(size)
            self.inbox: list[Any] = []
            self.handlers = (self._told,)
            self.events: list[str] = []
            self.module = module
            self.now = 0.0
            self.given = 0  # bytes handed over to the link
            self.came: list[Sent] = []  # what has arrived, whole or in part
            self.wrote: list[tuple[float, bytes]] = []
            self.log: list[tuple[float, str, Any]] = []  # all of it, in order
            self._cuts = cuts
            self._cut = 0
            self._ready = b""
            self._pos = 0
            self._stream = 0
            self._quiet_since = 0.0
            self.doubt = False

        def _told(self, name: str, values: list[Any]) -> None:
            self.events.append(name)

        def write(self, data: bytes, end: bytes = b"") -> None:
            data = bytes(data) + end
            self.wrote.append((self.now, bytes(data)))
            self.log.append((self.now, ">", bytes(data)))
            self.module.given = self.given
            self.module.write(bytes(data), self.now)

        def run(self, work: Generator[int, int, Any]) -> Any:
            """As every shell does it; see runtime/micropython/modem.py."""
            left: Any = None
            steps = 0
            room = STEPS - 2 * self.given - self.now / 10
            end = self.now + LONGEST
            try:
                while steps < room + 2 * self.given + self.now / 10 and self.now < end:
                    steps += 1
                    left = self.wait(work.send(left))
            except StopIteration as over:
                return over.value
            finally:
                work.close()
                self.link.owes = 0
            raise Endless

        def do(self, call: str, args: tuple[object, ...]) -> Any:
            """Hold one call."""
            return self.run(self.call(call, args))

        def idle(self, ms: float) -> None:
            """Nobody calls; what comes is taken in, as a shell's poll does."""
            end = self.now + ms
            while True:
                while self.pump():
                    pass
                if self.now - self._quiet_since > _STALLED:
                    self.link.cut()
                if not self.wait(end - self.now):
                    break

        def any(self) -> int:
            """How many bytes wait in the port."""
            coming = self.module.coming
            arrived = sum(len(sent.data) for sent in coming if sent.at <= self.now)
            return arrived + len(self._ready) - self._pos

        def wait(self, ms: float) -> float:
            """Take in what comes within ms; what is left of them, or 0 if nothing came."""
            end = self.now + ms
            ready = self._ready
            if self._pos == len(ready):
                ready = self._arrive(end)
                if not ready:
                    self.now = end
                    return 0
                self._ready = ready
                self._pos = 0
            self._cut = (self._cut + 1) % len(self._cuts)
            chunk = ready[self._pos : self._pos + self._cuts[self._cut]]
            self._pos += len(chunk)
            self.given += len(chunk)
            self._quiet_since = self.now
            self.link.receive(chunk, len(chunk))
            return max(end - self.now, 1)

        def _arrive(self, end: float) -> bytes:
            # The bytes of the next moment before `end`.
            coming = self.module.coming
            if self.module.mood == "babble" and (not coming or coming[0].at > self.now + BABBLE):
                self.module.babble(self.now + BABBLE)
            ready = b""
            while coming and (coming[0].at <= self.now or (not ready and coming[0].at <= end)):
                sent = coming.pop(0)
                self.now = max(self.now, sent.at)
                ready += sent.data
                sent.start = self._stream
                self._stream += len(sent.data)
                sent.end = self._stream
                self.came.append(sent)
                self.log.append((self.now, "<", sent))
            return ready

    return Shell


def outcome(debts: str, value: Any) -> Ended:
    """What a call with these debts returned, as a dialogue has it."""
    if value is None:
        return "ok", []
    if isinstance(value, bytes | bytearray):
        return "ok", [[bytes(value)]]
    if "m" in debts:
        return "ok", [each for each in value if isinstance(each, list)]
    if "t" in debts and "o" not in debts:
        return "ok", [each if isinstance(each, list) else [each] for each in value]
    return "ok", [value]


def refusal(args: tuple[Any, ...]) -> Ended:
    """What a call raised, as a dialogue has it."""
    kind, _, number, tables = args
    word = OUTCOMES[kind] if kind < len(OUTCOMES) else f"outcome {kind}"
    if word == "refused":
        return "refused", TABLES.get(tables, "error"), number
    return (word, number) if word == "failed" else (word,)
