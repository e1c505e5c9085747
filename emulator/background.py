"""Emulators in a thread of their own, for programs that are not asynchronous."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from .builder import build, numbered
from .cloud.broker import Broker
from .emulator import Emulator
from .ports import PtyPort

__all__ = ["Background", "running", "running_many"]

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

        return self.wait(carried())

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the loop, from another thread, and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE)

    def close(self) -> None:
        """Stop the loop and its thread."""
        if not self.loop.is_running():
            return
        self.wait(self._cancel_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE)
        self.loop.close()

    async def _cancel_all(self) -> None:
        tasks = asyncio.all_tasks(self.loop) - {asyncio.current_task(self.loop)}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=PATIENCE / 2)


@contextmanager
def running(
    link: str | Path | None = None,
    *,
    mqtt_port: int | None = None,
    **settings: Any,
) -> Iterator[Emulator]:
    """Run an emulator in a background thread, on a pty whose name is ``emulator.path``.

    With ``mqtt_port`` (0 for any) the embedded cloud listens as an MQTT broker, on ``emulator.mqtt_port``; with
    ``broker``, ``mqtt://host:port``, a real one stands behind. ``settings`` are those of `build` and `Emulator`.
    Everything on ``emulator.control`` may be called from any thread.
    """
    with running_many(1, link, mqtt_port=mqtt_port, **settings) as emulators:
        yield emulators[0]


@contextmanager
def running_many(
    count: int,
    link: str | Path | None = None,
    *,
    mqtt_port: int | None = None,
    **settings: Any,
) -> Iterator[list[Emulator]]:
    """Run several in one thread, with one cloud behind them, each on a pty of its own.

    As `running`; ``link`` becomes ``link.1``, ``link.2``… from the second on, and so does a ``flash`` file.
    """
    with ExitStack() as stack:
        background = Background()
        stack.callback(background.close)
        call, loop = background.call, background.loop
        emulators: list[Emulator] = []
        for at in range(count):
            if emulators:
                settings["cloud"] = emulators[0].cloud
            emulator = call(partial(build, loop, at, **settings))
            emulator.control.call = call
            stack.callback(call, emulator.close)
            beside = numbered(link, at) if link is not None else None
            stack.callback(call, call(partial(PtyPort, loop, emulator, beside)).close)
            emulators.append(emulator)
        if mqtt_port is not None:
            listener = Broker(emulators[0].cloud)
            port = background.wait(listener.start(mqtt_port))
            stack.callback(lambda: background.wait(listener.close()))
            for emulator in emulators:
                emulator.mqtt_port = port
        yield emulators
