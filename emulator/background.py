"""Emulators in a thread of their own, for programs that are not asynchronous."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from .emulator import Emulator
from .ports import PtyPort

__all__ = ["Background", "running"]

T = TypeVar("T")
PATIENCE = 10.0  # seconds a call into the loop may take


class Background:
    """An asyncio loop in a daemon thread. ``call`` carries work out in it and returns what the work returns."""

    def __init__(self) -> None:
        self.loop = asyncio.SelectorEventLoop()
        self._thread = threading.Thread(target=self._run, name="emulator", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def call(self, work: Callable[[], T]) -> T:
        """Run ``work`` in the loop's thread; raises what it raises."""
        if threading.current_thread() is self._thread:
            return work()

        async def carried() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(carried(), self.loop).result(PATIENCE)

    def close(self) -> None:
        """Stop the loop and its thread."""
        if not self.loop.is_running():
            return
        self.call(self._cancel_all)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE)
        self.loop.close()

    def _cancel_all(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            if task is not asyncio.current_task(self.loop):
                task.cancel()


@contextmanager
def running(link: str | Path | None = None, **settings: Any) -> Iterator[Emulator]:
    """Run an emulator in a background thread, on a pty whose name is ``emulator.path``.

    ``settings`` are those of `Emulator`. Everything on ``emulator.control`` may be called from any thread.
    """
    background = Background()
    try:
        emulator = background.call(lambda: Emulator(loop=background.loop, **settings))
        emulator.control.call = background.call
        port = background.call(lambda: PtyPort(background.loop, emulator, link))
        try:
            yield emulator
        finally:
            background.call(port.close)
            background.call(emulator.close)
    finally:
        background.close()
