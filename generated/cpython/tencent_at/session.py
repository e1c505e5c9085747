# Copied from runtime/cpython/session.py: edit that.
"""Keeping a module joined, connected and subscribed while it resets, loses the network and comes back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .check import check as check_call
from .check import shown
from .enums import IpStatus, MqttState
from .errors import CommandFailed, InvalidArgument, ModuleError, PortError, Unstable
from .mail import AsyncMailbox
from .secret import Secret
from .urc import Event

if TYPE_CHECKING:
    from .aio import AsyncModem

log: logging.Logger = logging.getLogger("tencent_at")

_FIRST = 1.0  # seconds until the second attempt; each further one waits twice as long
_LAST = 60.0  # but no longer than this
_LOST = "ready", "disconnected", "wifi_disconnected", "reconnecting", "port_lost"
_BACK = "reconnected", "wifi_got_ip", "port_back"
_NOISE = "noise"  # an event of our own: something was dropped that may have been a restart

Reason = Event | Exception | None
Changed = Callable[[bool, Reason], object]


class Session:
    """What AsyncModem.keep() returns. It looks, and brings back what is missing, until it is closed.

    up: is everything there? reason: what was lost last, an event or an error. attempts: in vain, in a row.
    """

    def __init__(
        self,
        modem: AsyncModem,
        topics: Iterable[tuple[str, int]],
        ssid: str | bytes | None,
        password: str | bytes | None,
        check: float,
        on_change: Changed | None,
        connect: dict[str, Any],
    ) -> None:
        self.topics: list[tuple[str, int]] = _pairs(topics)
        if (ssid is None) != (password is None):
            there, missing = ("ssid", "password") if password is None else ("password", "ssid")
            raise InvalidArgument(f"keep: {there} needs {missing} beside it (manual 1.3)")
        if ssid is not None:
            check_call("join", (ssid, password))
        check_call("connect", (), connect)
        self.up: bool = False
        self.reason: Reason = None
        self.attempts: int = 0
        self._modem = modem
        self._ssid = ssid
        self._password = Secret(password) if isinstance(password, str) else password
        self._check = check
        self._on_change = on_change
        self._connect = connect
        self._told: bool | None = None  # what on_change was told last
        self._noisy: asyncio.TimerHandle | None = None
        self._looked = float("-inf")  # when a look ended
        self._calm = _FIRST  # seconds between two looks because of noise
        self._rising = asyncio.Event()
        self._events: AsyncMailbox[Event] = modem.events()
        self._task = asyncio.get_running_loop().create_task(self._keep())

    async def wait_up(self, timeout: float | None = None) -> bool:
        """Wait until everything is there; False when `timeout` seconds have passed. Raises PortError."""
        waiting = asyncio.ensure_future(self._rising.wait())
        try:
            await asyncio.wait(
                [waiting, self._task], timeout=timeout, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            waiting.cancel()
        if self._task.done() and isinstance(self.reason, PortError):
            raise PortError(str(self.reason))
        return self.up

    def look(self) -> None:
        """Look at once whether all is well."""
        self._events.put(Event("reconnected", ()))

    def noise(self) -> None:
        """Something was dropped: it may have been a restart. Look at once; less often where all proves well."""
        loop = asyncio.get_running_loop()
        if self._noisy is None and not self._events.closed:
            wait = max(0.0, self._looked + self._calm - loop.time())
            self._noisy = loop.call_later(wait, self._look_after_noise)

    def _look_after_noise(self) -> None:
        self._noisy = None
        self._calm = min(self._calm * 2, self._check) if self.up else _FIRST
        self._events.put(Event(_NOISE, ()))

    async def close(self) -> None:
        """Let the module be as it is from now on."""
        self._events.close()
        if self._noisy is not None:
            self._noisy.cancel()
        if self._task is not asyncio.current_task():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _keep(self) -> None:
        try:
            while not self._events.closed:
                await self._wait(await self._attempt())
        except PortError as error:
            self._change(False, error)
        except Exception as error:
            log.exception("the session ends")
            self._change(False, error)

    async def _attempt(self) -> float:
        # Bring back what is missing; returns the seconds until the next look.
        try:
            await self._mend()
        except (ModuleError, PortError) as error:
            if isinstance(error, PortError) and self._modem._ended is not None:
                raise
            pause = min(_FIRST * 2 ** min(self.attempts, 8), _LAST)
            self.attempts += 1
            while len(self._events):  # what the attempt itself brought about is no reason to hurry
                await self._events.take(0)
            self._change(False, self._why(error))
            return pause
        finally:
            self._looked = asyncio.get_running_loop().time()
        self.attempts = 0
        self._change(True, None)
        return self._check

    async def _mend(self) -> None:
        modem = self._modem
        if not self.up:
            if modem._raised or (modem._wants_reopening() and not modem._begun):
                await modem.start()  # a boot undoes the speed
            await modem.echo_off()  # on again after each boot
            if await modem.ip_status() == IpStatus.NOT_JOINED:
                if self._ssid is None or self._password is None:
                    raise CommandFailed("join")
                await modem.join(self._ssid, self._password)
        if await modem.mqtt_state() != MqttState.CONNECTED:
            if self.up:
                self._change(False, self._why(self.reason))
            await modem.connect(**self._connect)
        elif self.up:
            return
        there = [row.topic for row in await modem.subscriptions()]
        for topic, qos in self.topics:
            if topic not in there:
                await modem.subscribe(topic, qos)

    async def _wait(self, seconds: float) -> None:
        # Until it is time for the next look, or something happened that asks for one.
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (event := await self._events.take(max(0.0, end - loop.time()))) is not None:
            if event.name in _LOST:
                self._change(False, self._why(event))
            if event.name in (*_LOST, *_BACK, _NOISE) and event.name != "reconnecting":
                return  # while the module tries by itself, look when it is time to

    def _why(self, reason: Reason) -> Reason:
        # A module that restarts again and again is the reason behind all others.
        unstable = self._modem._watch.unstable()
        return Unstable(unstable) if unstable else reason

    def _change(self, up: bool, reason: Reason) -> None:
        self.reason = reason or self.reason
        if up != self.up:
            self.up = up
            if up:
                self._rising.set()
            else:
                self._rising.clear()
        if up != self._told:  # also when the first attempt is in vain
            self._told = up
            if not up:
                log.warning("the session is down: %s", self.reason)
            try:
                if self._on_change is not None:
                    self._on_change(up, self.reason)
            except (Exception, SystemExit, asyncio.CancelledError):
                log.exception("a callback failed")


def _pairs(topics: object) -> list[tuple[str, int]]:
    # The subscriptions, once they have proved fit to be made.
    several = isinstance(topics, Iterable) and not isinstance(topics, (str, bytes))
    pairs: list[Any] = list(topics) if several else [topics]  # type: ignore[call-overload]
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise InvalidArgument(
                f"keep: topics must be pairs (topic, qos): {shown(pair)} (manual 3.5)"
            )
        check_call("subscribe", pair)
    return [(topic, qos) for topic, qos in pairs]
