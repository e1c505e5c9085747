"""The asyncio shell: the same Modem, whose calls are awaited and whose messages are iterated over.

How it is used:

    modem = Modem(uart)
    await modem.start()
    await modem.subscribe("a/b", 1)
    async for topic, payload in modem:
        ...
"""

import asyncio

from . import modem
from .port import const

_STALLED = const(1000)  # ms without a byte inside a line: its end will not come


class Modem(modem.Modem):
    """Every call is a coroutine; one runs at a time, the others wait their turn.

    A call may be cancelled or given to wait_for_ms at any point: the next one first makes the line quiet, so that a
    late answer is never taken for its own. up, down: events that keep() sets while all is well, or not.
    Callbacks run in the reader task and may not wait; they may create tasks.
    """

    def __init__(self, uart, size=2304, chunk=64):
        modem.Modem.__init__(self, uart, size, chunk)
        self.stream = asyncio.StreamReader(uart)
        self.up = asyncio.Event()
        self.down = asyncio.Event()
        self._lock = asyncio.Lock()
        self._came = asyncio.Event()
        self._news = asyncio.Event()
        self._changed = asyncio.Event()
        self._reader = None

    async def start(self):
        """Begin to read the port, settle the line, turn the echo off. Call it first."""
        if not self._reader:
            self._reader = asyncio.create_task(self._read())
        self._dirty = True
        await self.echo_off()

    def close(self):
        """Stop reading the port."""
        if self._reader:
            self._reader.cancel()
            self._reader = None

    async def run(self, work):
        """Carry out one of this package's generators (session, ota, provisioning) and return its value."""
        async with self._lock:
            answer = None
            try:
                while True:
                    wish = work.send(answer)
                    if isinstance(wish, int):
                        answer = await self._wait(wish)
                    else:
                        self.stream.write(wish)
                        await self.stream.drain()
                        answer = None
            except StopIteration as end:
                return end.value
            finally:
                work.close()
                self._idle()

    async def receive(self, timeout=None):
        """The next message as (topic, payload), or None after `timeout` ms (None: wait for ever)."""
        try:
            return await asyncio.wait_for_ms(self.__anext__(), timeout)
        except asyncio.TimeoutError:
            return None

    def __aiter__(self):
        return self

    async def __anext__(self):
        while True:
            message = self._message()
            if message:
                return message
            self._news.clear()
            await self._news.wait()

    async def keep(self, session):
        """Keep a Session well for ever: a task of its own. up and down tell how it is."""
        session.on_change = self._change
        self._change(session.up, None)
        while True:
            await self.run(session.mend())
            self._changed.clear()
            try:
                await asyncio.wait_for_ms(self._changed.wait(), session.wait_ms())
            except asyncio.TimeoutError:
                pass

    def _change(self, up, reason):
        self._changed.set()
        (self.up if up else self.down).set()
        (self.down if up else self.up).clear()

    async def _wait(self, ms):
        self._came.clear()
        try:
            await asyncio.wait_for_ms(self._came.wait(), ms)
            return True
        except asyncio.TimeoutError:
            return False

    async def _read(self):
        # The one reader. What comes under a command is for that command to look at.
        link = self.link
        while True:
            try:
                work = self.stream.readinto(self._chunk)
                idle = not self._lock.locked()
                n = (
                    await (asyncio.wait_for_ms(work, _STALLED) if idle and link.partial() else work)
                    or 0
                )
            except asyncio.TimeoutError:
                link.cut()
                continue
            i = 0
            while i < n:
                i = link.receive(self._chunk, i, n)
                if not self._lock.locked():
                    self._idle()
                else:
                    self._came.set()
                    if i < n:  # no room until the command has looked
                        await asyncio.sleep_ms(0)

    def _idle(self):
        try:
            while self._pump():
                pass
            self.deliver()
        except Exception as error:  # a callback's own
            asyncio.get_event_loop().call_exception_handler(
                {"message": "callback", "exception": error, "future": None}
            )

    def _keep(self, item):
        modem.Modem._keep(self, item)
        self._news.set()
