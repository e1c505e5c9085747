"""A shell whose time is a number: a dialogue against a peer that answers with delays, without waiting."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator, Iterable
from types import ModuleType
from typing import Any

Answers = Iterable[tuple[int, bytes]]  # (milliseconds after the write, bytes)


class Refused(Exception):
    """What the dialogue raises for an outcome: args are (outcome, call, number, tables)."""


def make(dialogue: ModuleType, peer: Callable[[bytes], Answers], size: int = 2304) -> Any:
    """A shell over `dialogue.Dialogue`. `peer` is asked what it answers to each write."""

    class Shell(dialogue.Dialogue):  # type: ignore[misc, name-defined]
        error = Refused
        doubt = False

        def __init__(self) -> None:
            self.link = dialogue.Link(size)
            self.inbox: list[Any] = []
            self.now = 0
            self.written: list[bytes] = []
            self.coming: list[tuple[int, int, bytes]] = []

        def say(self, delay: int, data: bytes) -> None:
            """Bytes that the module will send by itself."""
            heapq.heappush(
                self.coming, (self.now + delay, len(self.written) * 1000 + len(self.coming), data)
            )

        def run(self, work: Generator[int, int, Any], steps: int = 20_000) -> Any:
            try:
                wish = next(work)
                for _ in range(steps):
                    wish = work.send(self.wait(wish))
            except StopIteration as end:
                return end.value
            finally:
                work.close()
                self.link.owes = 0
            raise AssertionError("the dialogue does not end")

        def do(self, call: str, *args: object, **kw: object) -> Any:
            return self.run(self.call(call, args, kw))

        def write(self, data: bytes, end: bytes = b"") -> None:
            data = bytes(data) + end
            self.written.append(bytes(data))
            for delay, answer in peer(bytes(data)):
                self.say(delay, answer)

        def any(self) -> int:
            """How many bytes have come and were not taken in."""
            return sum(len(data) for at, _, data in self.coming if at <= self.now)

        def wait(self, ms: int) -> int:
            if not self.coming or self.coming[0][0] > self.now + ms:
                self.now += ms
                return 0
            at, _, data = heapq.heappop(self.coming)
            left = self.now + ms - max(self.now, at)
            self.now = max(self.now, at)
            assert self.link.offset == self.link.count, "what came before is not taken in"
            self.link.receive(data, len(data))
            return max(left, 1)

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
