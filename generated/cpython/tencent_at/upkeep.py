# Copied from runtime/procedures/upkeep.py: edit that.
"""Staying joined, connected and subscribed (manual 1.3, 3.1, 3.5): what is looked at, brought back, and when to look
again. No clock, no port; a Keeper adds them.
"""

from .dialect import TYPE_CHECKING, const
from .outcome import row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from .outcome import Steps

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
