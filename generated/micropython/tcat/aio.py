# Copied from runtime/micropython/aio.py: edit that.
"""The asyncio shell: the same Modem, whose calls are awaited and whose messages are iterated over.

How it is used:

    modem = Modem(uart)
    await modem.start()
    await modem.subscribe("a/b", 1)
    async for topic, payload in modem:
        ...
"""

import asyncio
import sys
from time import ticks_diff, ticks_ms

from micropython import const

from . import Error
from . import Modem as Blocking
from .row import text

_STALLED = const(1000)  # ms without a byte inside a line: its end will not come
_OFTEN = const(50)  # ms between two calls of on_wait


class Modem(Blocking):
    """Every call is a coroutine; one runs at a time, the others wait their turn.

    A call may be cancelled or given to wait_for_ms at any point: the next one first makes the line quiet, so that a
    late answer is never taken for its own. up, down: events that Keeper.keep() sets while all is well, or not.
    Callbacks run in the reader task and may not wait; they may create tasks.
    """

    task = None  # the one reader

    def __init__(self, *args, **kw):
        Blocking.__init__(self, *args, **kw)
        self.stream = asyncio.StreamReader(self.uart)
        self.up = asyncio.Event()
        self.down = asyncio.Event()
        self.lock = asyncio.Lock()
        self.event = asyncio.Event()  # bytes, or the end of a command: who waits looks again

    async def start(self):
        """Begin to read the port, settle the line, turn the echo off. Call it first."""
        if not self.task:
            self.task = asyncio.create_task(self._read())
        self.doubt = True
        try:
            await self.echo_off()
        except Error as error:
            from .speed import find

            await self.run(find(self, error))

    def close(self):
        """Stop reading the port."""
        if self.task:
            self.task.cancel()
            self.task = None

    async def run(self, call):
        """Carry out one of this package's generators (keeper, ota, provisioning) and return its value."""
        await self.lock.acquire()
        left = None
        try:
            while True:
                left = call.send(left)
                self.event.set()  # for who reads messages
                left = await self.wait(left)
        except StopIteration as end:
            return end.value
        finally:
            call.close()
            self.link.owes = 0
            self._idle()
            self.lock.release()

    async def wait(self, timeout):
        """Wait for what the reader task takes in; the ms that are left, or 0 if nothing came."""
        start = ticks_ms()
        left = timeout
        if self.link.offset == self.link.count:
            self.event.clear()
            while True:
                if self.on_wait:
                    self.on_wait()
                    left = min(left, _OFTEN)
                try:
                    await asyncio.wait_for_ms(self.event.wait(), left)
                    break
                except asyncio.TimeoutError:
                    left = timeout - ticks_diff(ticks_ms(), start)
                    if left <= 0:
                        return 0
        else:
            await asyncio.sleep_ms(0)
        return max(timeout - ticks_diff(ticks_ms(), start), 1)

    async def receive(self, timeout=None):
        """The next message as (topic, payload), or None after `timeout` ms (None: wait for ever)."""
        start = ticks_ms()
        left = _STALLED
        while not self.inbox:
            if timeout is not None:
                left = timeout - ticks_diff(ticks_ms(), start)
                if left <= 0:
                    return None
            await self.wait(min(left, _STALLED))
        buf, topic, stop, start, end = self.inbox.pop(0)
        return text(buf[topic:stop]), buf[start:end]

    __anext__ = receive

    def __aiter__(self):
        return self

    async def _read(self):
        # The one reader.
        link = self.link
        while True:
            work = self.stream.readinto(self.input)
            n = 0
            try:
                if link.partial and not self.lock.locked():
                    work = asyncio.wait_for_ms(work, _STALLED)
                n = await work or 0
            except asyncio.TimeoutError:
                link.cut()
            await self._taken()  # write() may have taken in some, before these
            link.receive(self.input, n)
            self.event.set()
            await self._taken()

    async def _taken(self):
        # Until the link has looked at all. What comes under a command is for that command to look at.
        while self.link.offset < self.link.count:
            if self.lock.locked():
                await asyncio.sleep_ms(0)
            else:
                self._idle()

    def _idle(self):
        # No command is under way: hand over what has come.
        try:
            while self.pump():
                pass
            while self.inbox and self.on_message:
                self.on_message(*self.inbox.pop(0))
        except Exception as error:  # a callback's own
            sys.print_exception(error)
            self._idle()  # the rest: what raised is gone
        self.event.set()
