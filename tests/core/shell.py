"""A shell whose time is a number: a dialogue against a peer that answers with delays, without waiting."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator, Iterable
from types import ModuleType
from typing import Any

Answers = Iterable[tuple[int, bytes]]  # (milliseconds after the write, bytes)


class Refused(Exception):
    """What the dialogue raises for an outcome: args are (outcome, call, number, table)."""


def make(dialogue: ModuleType, peer: Callable[[bytes], Answers], size: int = 2304) -> Any:
    """A shell over `dialogue.Dialogue`. `peer` is asked what it answers to each write."""

    class Shell(dialogue.Dialogue):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__(size)
            self.now = 0
            self.written: list[bytes] = []
            self.coming: list[tuple[int, int, bytes]] = []
            self.rest = b""  # what the link had no room for

        def say(self, delay: int, data: bytes) -> None:
            """Bytes that the module will send by itself."""
            heapq.heappush(
                self.coming, (self.now + delay, len(self.written) * 1000 + len(self.coming), data)
            )

        def drive(self, work: Generator[Any, Any, Any], steps: int = 10_000) -> Any:
            clock = dialogue.ticks_ms
            dialogue.ticks_ms = lambda: self.now  # type: ignore[attr-defined]
            try:
                wish = next(work)
                for _ in range(steps):
                    if isinstance(wish, int):
                        wish = work.send(self._wait(wish))
                    else:
                        self._write(wish)
                        wish = work.send(None)
            except StopIteration as end:
                return end.value
            finally:
                dialogue.ticks_ms = clock  # type: ignore[attr-defined]
            raise AssertionError("the dialogue does not end")

        def do(self, call: str, *args: object, **kw: object) -> Any:
            return self.drive(self.call(call, args, kw))

        def _write(self, data: bytes) -> None:
            self.written.append(bytes(data))
            for delay, answer in peer(bytes(data)):
                self.say(delay, answer)

        def _wait(self, ms: int) -> bool:
            if not self.rest:
                if not self.coming or self.coming[0][0] > self.now + ms:
                    self.now += ms
                    return False
                at, _, self.rest = heapq.heappop(self.coming)
                self.now = max(self.now, at)
            self.rest = self.rest[self.link.receive(self.rest, 0, len(self.rest)) :]
            return True

        def _error(self, outcome: int, fields: Any) -> Refused:
            return Refused(outcome, bytes(fields[0]).decode(), self.link.number, self.link.table)

    return Shell()


class Script:
    """A peer with a list of (what it must hear, what it says), in order; anything else fails."""

    def __init__(self, *lines: tuple[bytes, Answers]) -> None:
        self.lines = list(lines)

    def __call__(self, data: bytes) -> Answers:
        assert self.lines, f"nothing more was to be written, not {data!r}"
        heard, answers = self.lines.pop(0)
        assert data == heard, f"{data!r} where {heard!r} was to be written"
        return answers
