"""A module that follows a script: what it was sent is kept, what it answers comes from a function."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Iterable

from tests.names import OK

Answer = Callable[[bytes], Iterable[bytes | float]]


def idle(line: bytes) -> Iterable[bytes | float]:
    """Answers AT and ATE0, and nothing else."""
    return [OK] if line in (b"AT", b"ATE0") else []


class Peer:
    """A plain port object. `answer(line)` gives bytes to send and seconds to wait, for each line that is written.

    A payload behind a prompt comes as a line, too.
    """

    def __init__(self, answer: Answer = idle) -> None:
        self.answer = answer
        self.written = b""
        self.lines: list[bytes] = []
        self.closed = False
        self._came: queue.Queue[bytes] = queue.Queue()
        self._begun = b""

    def write(self, data: bytes) -> int:
        self.written += data
        self._begun += data
        while b"\r\n" in self._begun:
            line, _, self._begun = self._begun.partition(b"\r\n")
            self.lines.append(line)
            self.play(self.answer(line))
        return len(data)

    def play(self, script: Iterable[bytes | float]) -> None:
        """Send the script's bytes, in a thread of its own from the first pause on."""
        steps = list(script)
        while steps and isinstance(steps[0], bytes):
            self.say(steps.pop(0))  # type: ignore[arg-type]
        if steps:
            threading.Thread(target=self._slowly, args=(steps,), daemon=True).start()

    def _slowly(self, steps: list[bytes | float]) -> None:
        for step in steps:
            if isinstance(step, bytes):
                self.say(step)
            else:
                time.sleep(step)

    def say(self, data: bytes) -> None:
        """Send bytes."""
        self._came.put(data)

    def read(self, size: int, timeout: float = 0.0) -> bytes:
        try:
            return self._came.get(timeout=timeout)
        except queue.Empty:
            return b""

    def close(self) -> None:
        self.closed = True


class AsyncPeer:
    """The same for asyncio: read() is awaited, everything happens in the loop, a pause is a turn of the loop."""

    def __init__(self, answer: Answer = idle) -> None:
        self.answer = answer
        self.lines: list[bytes] = []
        self.written = b""
        self._came: asyncio.Queue[bytes] = asyncio.Queue()
        self._begun = b""
        self._playing: set[asyncio.Task[None]] = set()

    def write(self, data: bytes) -> None:
        self.written += data
        self._begun += data
        while b"\r\n" in self._begun:
            line, _, self._begun = self._begun.partition(b"\r\n")
            self.lines.append(line)
            task = asyncio.ensure_future(self._play(list(self.answer(line))))
            self._playing.add(task)
            task.add_done_callback(self._playing.discard)

    async def _play(self, steps: list[bytes | float]) -> None:
        for step in steps:
            if isinstance(step, bytes):
                self._came.put_nowait(step)
            else:
                await asyncio.sleep(step)

    async def read(self, size: int) -> bytes:
        return await self._came.get()
