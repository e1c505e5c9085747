"""Keeping a module joined, connected and subscribed while it resets, loses the network and comes back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .check import check as check_call
from .check import shown
from .enums import IpStatus, MqttState
from .errors import CommandFailed, InvalidArgument, ModuleError, PortError
from .event import Event
from .mail import AsyncMailbox
from .secret import Secret

if TYPE_CHECKING:
    from .aio import AsyncModem

log = logging.getLogger("tencent_at")

_FIRST = 1.0  # seconds until the second attempt; each further one waits twice as long
_LAST = 60.0  # but no longer than this
_LOST = "ready", "disconnected", "wifi_disconnected", "reconnecting"
_BACK = "reconnected", "wifi_got_ip"

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
        self.topics = _pairs(topics)
        if (ssid is None) != (password is None):
            there, missing = ("ssid", "password") if password is None else ("password", "ssid")
            raise InvalidArgument(f"keep: {there} needs {missing} beside it (manual 1.3)")
        if ssid is not None:
            check_call("join", (ssid, password))
        check_call("connect", (), connect)
        self.up = False
        self.reason: Reason = None
        self.attempts = 0
        self._modem = modem
        self._ssid = ssid
        self._password = Secret(password) if isinstance(password, str) else password
        self._check = check
        self._on_change = on_change
        self._connect = connect
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

    async def close(self) -> None:
        """Let the module be as it is from now on."""
        self._events.close()
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
        except ModuleError as error:
            pause = min(_FIRST * 2 ** min(self.attempts, 8), _LAST)
            self.attempts += 1
            while len(self._events):  # what the attempt itself brought about is no reason to hurry
                await self._events.get(0)
            self._change(False, error)
            return pause
        self.attempts = 0
        self._change(True, None)
        return self._check

    async def _mend(self) -> None:
        modem = self._modem
        if not self.up:
            await modem.echo_off()  # on again after each boot
            if await modem.ip_status() == IpStatus.NOT_JOINED:
                if self._ssid is None or self._password is None:
                    raise CommandFailed("join")
                await modem.join(self._ssid, self._password)
        if await modem.mqtt_state() != MqttState.CONNECTED:
            self._change(False, self.reason)
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
        while (event := await self._events.get(max(0.0, end - loop.time()))) is not None:
            if event.name in _LOST:
                self._change(False, event)
            if event.name in (*_LOST, *_BACK) and event.name != "reconnecting":
                return  # while the module tries by itself, look when it is time to

    def _change(self, up: bool, reason: Reason) -> None:
        self.reason = reason or self.reason
        if up != self.up:
            self.up = up
            if up:
                self._rising.set()
            else:
                self._rising.clear()
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
