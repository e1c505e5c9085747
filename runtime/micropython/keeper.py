"""Keeping a module joined, connected and subscribed while it resets, loses the network and comes back.

How it is used:

    keeper = Keeper(modem, [("a/b", 1)], "ssid", "password")
    while True:
        keeper.poll()                       # in asyncio: create_task(keeper.keep())
"""

from time import ticks_add, ticks_diff, ticks_ms

from micropython import const

from . import Error
from .upkeep import Upkeep

_BOOT = const(2000)  # ms at the most until the module says that it is ready
_OFTEN = const(1000)  # ms between two looks because of noise


class Keeper(Upkeep):
    """Watches `modem`. mend() brings back what is missing, one bounded attempt at a time.

    topics: (topic, qos) to be subscribed to. ssid, password: the access point to join when the module has none; left
    out, the module is trusted to know its own. check: ms between two looks at a connection that seems well.
    reset: a Pin on the module's RST, pulled low for a moment before every fifth attempt.
    Further names are arguments of connect: keepalive=60.
    up: is everything there? reason: what was lost last, a URC's name or an Error. attempts: in vain, in a row.
    on_change(up, reason) is called when `up` changes, the first failure included; it may not start a command.
    """

    on_change = None

    def __init__(
        self, modem, topics=(), ssid=None, password=None, check=60000, reset=None, **connect
    ):
        Upkeep.__init__(self, modem, topics, ssid and (ssid, password), check, connect)
        self.reset = reset
        self._booted = False
        self._noise = 0
        self._due = ticks_ms()
        modem.handlers += (self,)

    def __call__(self, name, values):
        self._booted = self._booted or name == "ready"
        if self.hears(name, name):
            self._due = ticks_ms()

    def suspect(self, reason=None):
        """Look at once whether all is well: a command failed in a way that makes one wonder."""
        self._due = ticks_ms()
        self.reason = reason

    def wait_ms(self):
        """Milliseconds until mend() has something to do."""
        left = ticks_diff(self._due, ticks_ms())
        if (
            self.up and self.modem.link.noise != self._noise
        ):  # a restart may be in it: look, once a second
            left = left - self.check + _OFTEN
        return max(0, left)

    def poll(self):
        """For the blocking shell: modem.poll(), and an attempt to mend where one is due. Is all well?"""
        self.modem.poll()
        return self.modem.run(self.mend())

    async def keep(self):
        """For asyncio: keep all well for ever, as a task of its own. modem.up and modem.down tell how it is."""
        (self.modem.up if self.up else self.modem.down).set()
        while True:
            await self.modem.run(self.mend())
            while self.wait_ms():
                await self.modem.wait(self.wait_ms())

    def mend(self):
        """Generator: one attempt to bring back what is missing, if one is due. Is all well?

        Raises nothing that the module is to blame for: `reason` tells it.
        """
        if self.wait_ms():
            return self.up
        if self.reset and self.attempts % 5 == 4:
            self._booted = False
            try:
                self.reset(0)
                yield from self._pause(10)
            finally:  # cancelled too: never leave it held down
                self.reset(1)
            self._booted = False
            yield from self._pause(_BOOT)
        pause = yield from self.attempt()
        self._due = ticks_add(ticks_ms(), pause)
        self._noise = self.modem.link.noise
        return self.up

    def _pause(self, ms):
        # Let the time pass, whatever the line says but "ready".
        end = ticks_add(ticks_ms(), ms)
        while ms > 0 and not self._booted:
            self.modem.pump()
            yield ms
            ms = ticks_diff(end, ticks_ms())

    def listen(self):
        try:
            yield from Upkeep.listen(self)
        except Error as error:
            from .speed import find

            yield from find(self.modem, error)

    def changed(self):
        up = self.up
        if hasattr(self.modem, "up"):  # asyncio
            (self.modem.up if up else self.modem.down).set()
            (self.modem.down if up else self.modem.up).clear()
        if self.on_change:
            self.on_change(up, self.reason)
