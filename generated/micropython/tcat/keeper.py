# Joined by codegen from the files named below: edit those.
from micropython import const
from .outcome import row
from time import ticks_add, ticks_diff, ticks_ms
from . import Error

# ---- runtime/procedures/upkeep.py
"""Staying joined, connected and subscribed (manual 1.3, 3.1, 3.5): what is looked at, brought back, and when to look
again. No clock, no port; a Keeper adds them.
"""


_FAILED = const(2)  # the kind of an error
_FIRST = const(1000)  # ms until the second attempt; each further one waits twice as long
_LAST = const(60000)  # but no longer than this
_NOT_JOINED = const(5)  # what ip_status says (manual 1.3)


class Upkeep:
    """What is to be there, and one attempt at it.

    up: is everything there? None before that is known. reason: what was lost last. attempts: in vain, in a row.
    """

    up: bool | None = None
    reason: "Any" = None
    attempts: int = 0
    lost: tuple[str, ...] = ("ready", "disconnected", "wifi_disconnected", "reconnecting")  # URCs
    back: tuple[str, ...] = ("reconnected", "wifi_got_ip")

    def __init__(
        self,
        modem: "Any",
        topics: "Sequence[tuple[str | bytes, int]]",
        access_point: "tuple[Any, Any] | None",
        check: int,
        connect: "Mapping[str, object]",
    ) -> None:
        self.modem = modem
        self.topics = topics
        self.access_point = access_point
        self.check = check
        self.connect = connect

    def hears(self, name: str, reason: object) -> bool:
        """A URC: is it one to look at once for?"""
        if name in self.lost:
            self.change(False, reason)
        elif name not in self.back:
            return False
        return name != "reconnecting"  # while the module tries by itself, look when it is time to

    def attempt(self) -> "Steps":
        """Generator: bring back what is missing; returns the ms until the next look.

        Raises nothing that the module is to blame for: `reason` tells it.
        """
        try:
            yield from self.restore()
        except self.modem.error as error:
            return self.failed(error)
        self.attempts = 0
        self.change(True, None)
        return self.check

    def failed(self, error: Exception) -> int:
        """An attempt was in vain; returns the ms until the next one."""
        pause = min(_FIRST << min(self.attempts, 8), _LAST)
        self.attempts += 1
        self.change(False, error)
        return pause

    def listen(self) -> "Steps":
        """Generator: make sure that the module listens. The echo is on again after each boot."""
        return self.modem.call("echo_off")

    def restore(self) -> "Steps":
        """Generator: look, and bring back what is missing. Raises the modem's error where that cannot be."""
        call = self.modem.call
        if not self.up:
            yield from self.listen()
            if (yield from row(self.modem, "ip_status", int))[0] == _NOT_JOINED:
                if not self.access_point:
                    raise self.modem.error(_FAILED, "join", None, "")
                yield from call("join", self.access_point)
        if (yield from row(self.modem, "mqtt_state", int))[0] != 1:
            if self.up:
                self.change(False, "disconnected")
                yield from self.restore()  # from the beginning: it may have restarted
                return
            yield from call("connect", (), self.connect)
        elif self.up:
            return
        there = yield from call("subscriptions")
        there = [values[0] for values in there if values]
        for topic, qos in self.topics:
            if topic not in there:
                yield from call("subscribe", (topic, qos))

    def change(self, up: bool, reason: object) -> None:
        """How it is, and why; reason: a name, an error, or None for the one that was."""
        self.reason = reason or self.reason
        if up != self.up:
            self.up = up
            self.changed()

    def changed(self) -> None:
        """`up` is another."""


# ---- runtime/micropython/keeper.py
"""Keeping a module joined, connected and subscribed while it resets, loses the network and comes back.

How it is used:

    keeper = Keeper(modem, [("a/b", 1)], "ssid", "password")
    while True:
        keeper.poll()                       # in asyncio: create_task(keeper.keep())
"""


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
