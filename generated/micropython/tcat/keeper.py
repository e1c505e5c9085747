# Copied from runtime/micropython/session.py: edit that.
"""Keeping a module joined, connected and subscribed while it resets, loses the network and comes back.

How it is used:

    session = Session(modem, [("a/b", 1)], "ssid", "password")
    while True:
        session.poll()                       # in asyncio: create_task(session.keep())
"""

from time import ticks_add, ticks_diff, ticks_ms

from micropython import const

from . import Error
from .outcome import row

_FAILED = const(2)  # the kind of an Error
_FIRST = const(1000)  # ms until the second attempt; each further one waits twice as long
_LAST = const(60000)  # but no longer than this
_BOOT = const(2000)  # ms at the most until the module says that it is ready


class Session:
    """Watches `modem`. mend() brings back what is missing, one bounded attempt at a time.

    topics: (topic, qos) to be subscribed to. ssid, password: the access point to join when the module has none; left
    out, the module is trusted to know its own. check: ms between two looks at a connection that seems well.
    reset: a Pin on the module's RST, pulled low for a moment before every fifth attempt.
    Further names are arguments of connect: keepalive=60.
    up: is everything there? reason: what was lost last, a URC's name or an Error. attempts: in vain, in a row.
    on_change(up, reason) is called when `up` changes, the first failure included; it may not start a command.
    """

    def __init__(
        self, modem, topics=(), ssid=None, password=None, check=60000, reset=None, **connect
    ):
        self.modem = modem
        self.topics = topics
        self.access_point = ssid and (ssid, password)
        self.check = check
        self.reset = reset
        self.connect = connect
        self.up = None  # not yet known
        self._booted = False
        self._noise = 0
        self.on_change = self.reason = None
        self.attempts = 0
        self._due = ticks_ms()
        modem.handlers += (self,)

    def __call__(self, name, values):
        self._booted = self._booted or name == "ready"
        if name in ("ready", "disconnected", "wifi_disconnected", "reconnecting"):
            self._change(False, name)
        elif name not in ("reconnected", "wifi_got_ip"):
            return
        if name != "reconnecting":  # while the module tries by itself, look when it is time to
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
            left = left - self.check + _FIRST
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
        try:
            yield from self._restore()
            self.attempts = 0
            pause = self.check
            self._change(True, None)
        except Error as error:
            pause = min(_FIRST << min(self.attempts, 8), _LAST)
            self.attempts += 1
            self._change(False, error)
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

    def _restore(self):
        call = self.modem.call
        if not self.up:
            try:
                yield from call("echo_off")  # on again after each boot
            except Error as error:
                from .speed import find

                yield from find(self.modem, error)
            if (yield from row(self.modem, "ip_status", int))[0] == 5:
                if not self.access_point:
                    raise Error(_FAILED, "join", None, "")
                yield from call("join", self.access_point)
        if (yield from row(self.modem, "mqtt_state", int))[0] != 1:
            if self.up:
                self._change(False, "disconnected")
                yield from self._restore()  # from the beginning: it may have restarted
                return
            yield from call("connect", (), self.connect)
        elif self.up:
            return
        there = yield from call("subscriptions")
        there = [values[0] for values in there if values]
        for topic, qos in self.topics:
            if topic not in there:
                yield from call("subscribe", (topic, qos))

    def _change(self, up, reason):
        self.reason = reason or self.reason
        if up != self.up:
            self.up = up
            if hasattr(self.modem, "up"):  # asyncio
                (self.modem.up if up else self.modem.down).set()
                (self.modem.down if up else self.modem.up).clear()
            if self.on_change:
                self.on_change(up, self.reason)
