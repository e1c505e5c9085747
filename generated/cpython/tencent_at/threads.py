# Copied from runtime/cpython/threads.py: edit that.
"""What the blocking Modem has in its loop and its threads: callbacks, and how tasks are ended."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any

from .errors import PortError
from .mail import Mailbox

log: logging.Logger = logging.getLogger("tencent_at")

_PATIENCE = 5.0  # seconds for a thread to end
_GRACE = 0.2  # seconds for tasks to see that the port was closed


async def drain() -> None:
    # End all tasks of a loop that is about to be closed, so that nobody waits for them in vain.
    for _ in range(3):  # one that ends may begin another
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=_PATIENCE / 5)


class Delivery:
    """A thread that hands what is in a mailbox to a callback."""

    def __init__(self, box: Mailbox[Any], callback: Any) -> None:
        self.callback: Any = callback
        self._box = box
        self._ready = threading.Event()
        self._ready.set()
        self._thread = threading.Thread(
            target=self._serve, name="tencent-at callbacks", daemon=True
        )
        self._thread.start()

    def set(self, callback: Any) -> None:
        self.callback = callback
        if callback is None:
            self._ready.clear()
        else:
            self._ready.set()

    def join(self) -> None:
        self._ready.set()
        if self._thread is not threading.current_thread():
            self._thread.join(_PATIENCE)

    def _serve(self) -> None:
        while True:
            self._ready.wait()
            try:
                item = self._box.take()
            except PortError:
                return
            if item is None:
                return
            callback = self.callback
            if callback is None:  # taken back while this thread waited
                self._box.give_back(item)
                continue
            try:
                callback(item)
            except BaseException:  # SystemExit too: it would end this thread, and nothing else
                log.exception("a callback failed")
