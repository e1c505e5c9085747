"""Keeping a module joined, connected and subscribed while it resets, loses the network and comes back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any

from .check import check as check_call
from .check import shown
from .errors import InvalidArgument, ModuleError, PortError, Unstable
from .hands import Hands, Procedure, Trouble, perform_async
from .mail import AsyncMailbox
from .secret import Secret
from .upkeep import Upkeep
from .urc import Event

if TYPE_CHECKING:
    from .aio import AsyncModem
    from .modem import Modem

log: logging.Logger = logging.getLogger("tencent_at")

_FIRST = 1.0  # seconds between two looks because of noise, at first
_NOISE = "noise"  # an event of our own: something was dropped that may have been a restart

Reason = Event | Exception | None
Changed = Callable[[bool, Reason], object]


class _Upkeep(Upkeep):
    """As a board's, for a port that may go and come back; tells its keeper."""

    lost = (*Upkeep.lost, "port_lost")
    back = (*Upkeep.back, "port_back")
    reason: Any = None

    def __init__(self, keeper: AsyncKeeper, *what: Any) -> None:
        super().__init__(Hands(), *what)
        self.keeper = keeper

    def change(self, up: bool, reason: object) -> None:
        if isinstance(reason, Trouble):
            reason = reason.error()
        elif isinstance(reason, str):  # found by a look
            reason = Event(reason, ())
        super().change(up, reason and self.keeper.behind(reason))

    def changed(self) -> None:
        self.keeper.tell(bool(self.up))


class AsyncKeeper:
    """What AsyncModem.keep() returns. It looks, and brings back what is missing, until it is closed."""

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
        pairs = _pairs(topics)
        if (ssid is None) != (password is None):
            there, missing = ("ssid", "password") if password is None else ("password", "ssid")
            raise InvalidArgument(f"keep: {there} needs {missing} beside it (manual 1.3)")
        if ssid is not None:
            check_call("join", (ssid, password))
        check_call("connect", (), connect)
        self._modem = modem
        self._check = check
        self._on_change = on_change
        self._noisy: asyncio.TimerHandle | None = None
        self._looked = float("-inf")  # when a look ended
        self._calm = _FIRST
        self._rising = asyncio.Event()
        secret = Secret(password) if isinstance(password, str) else password
        access_point = None if ssid is None else (ssid, secret)
        self._upkeep = _Upkeep(self, pairs, access_point, round(check * 1000), connect)
        self._events: AsyncMailbox[Event] = modem.events()
        self._task = asyncio.get_running_loop().create_task(self._keep())

    @property
    def up(self) -> bool:
        """Is everything there?"""
        return bool(self._upkeep.up)

    @property
    def reason(self) -> Reason:
        """What was lost last: an event or an error."""
        reason: Reason = self._upkeep.reason
        return reason

    @property
    def attempts(self) -> int:
        """How many were in vain, in a row."""
        return self._upkeep.attempts

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
                await self._wait(await self._attempt() / 1000)
        except PortError as error:
            self._upkeep.change(False, error)
        except Exception as error:
            log.exception("the keeper ends")
            self._upkeep.change(False, error)

    async def _attempt(self) -> float:
        # Bring back what is missing; returns the milliseconds until the next look.
        modem = self._modem
        try:
            if not self.up and (modem._raised or (modem._wants_reopening() and not modem._begun)):
                await modem.start()  # a boot undoes the speed
            pause: float = await perform_async(modem, Procedure(self._steps))
        except (ModuleError, PortError) as error:
            if isinstance(error, PortError) and modem._ended is not None:
                raise
            pause = self._upkeep.failed(error)
        finally:
            self._looked = asyncio.get_running_loop().time()
        if not self.up:
            while len(self._events):  # what the attempt itself brought about is no reason to hurry
                await self._events.take(0)
        return pause

    def _steps(self, hands: Hands) -> Generator[Any, Any, Any]:
        self._upkeep.modem = hands
        return self._upkeep.attempt()

    async def _wait(self, seconds: float) -> None:
        # Until it is time for the next look, or something happened that asks for one.
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (event := await self._events.take(max(0.0, end - loop.time()))) is not None:
            if self._upkeep.hears(event.name, event) or event.name == _NOISE:
                return

    def behind(self, reason: Any) -> Any:
        """The reason behind a reason: a module that restarts again and again is the one behind all others."""
        unstable = self._modem._watch.unstable()
        return Unstable(unstable) if unstable else reason

    def tell(self, up: bool) -> None:
        """Tell who waits, the log and on_change."""
        if up:
            self._rising.set()
        else:
            self._rising.clear()
            log.warning("the module is not kept up: %s", self.reason)
        try:
            if self._on_change is not None:
                self._on_change(up, self.reason)
        except (Exception, SystemExit, asyncio.CancelledError):
            log.exception("a callback failed")


class Keeper:
    """What Modem.keep() returns: an AsyncKeeper, for threads."""

    def __init__(self, modem: Modem, keeper: AsyncKeeper) -> None:
        self._modem = modem
        self._keeper = keeper

    @property
    def up(self) -> bool:
        """Is everything there?"""
        return self._keeper.up

    @property
    def reason(self) -> Reason:
        """What was lost last: an event or an error."""
        return self._keeper.reason

    @property
    def attempts(self) -> int:
        """How many were in vain, in a row."""
        return self._keeper.attempts

    def wait_up(self, timeout: float | None = None) -> bool:
        """Wait until everything is there; False when `timeout` seconds have passed. Raises PortError."""
        return self._modem._run(self._keeper.wait_up(timeout))

    def look(self) -> None:
        """Look at once whether all is well."""
        try:
            self._modem.loop.call_soon_threadsafe(self._keeper.look)
            return
        except RuntimeError:  # the loop is closed
            pass
        raise PortError("the port was closed")

    def close(self) -> None:
        """Let the module be as it is from now on."""
        self._modem._run(self._keeper.close())


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
