# Copied from runtime/cpython/aio.py: edit that.
"""The asyncio shell: an AsyncModem on a port, for any number of tasks of one loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import weakref
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import IO, TYPE_CHECKING, Any, TypeVar

from . import speed
from .commands import AsyncCommands
from .driver import Tap
from .errors import InvalidArgument, ModuleError, PortError
from .keeper import AsyncKeeper, Changed
from .listening import AsyncListener, Boxes
from .mail import this_process
from .message import UNSET, Unset, body, publication
from .reopening import can_reopen
from .revision import of, told_by
from .revisions import DEFAULT

if TYPE_CHECKING:
    from . import records
    from .download import Progress, Target
    from .pairing import Provisioned

log: logging.Logger = logging.getLogger("tencent_at")

BACKLOG = 1024
M = TypeVar("M", bound="AsyncModem")


class AsyncModem(AsyncListener, AsyncCommands):
    """The module on a port: every command form as a method to await, and what the module says by itself.

    Make it with open_async(). Many tasks may call at once: commands queue, in order. A call that is cancelled or
    times out leaves the line to be settled before the next one. Once it is its turn, a call ends within the time that
    its docstring states: five seconds more than its time-out, whatever the module says meanwhile.

    on_wait: a function without arguments, called every 100 ms at least while anything waits: for an answer, for its
    turn, for a message. What it raises ends that call as its own error; the line is settled before the next. It may
    not wait, nor call the modem.

    revision: what it speaks, such as "V3.1.3". doubt: in words, where the module was asked for it, and has a firmware
    that no manual here speaks of; "" otherwise.

    boxes: where messages and losses go, if not to tasks: a blocking modem hands in those of its threads.
    """

    revision: str = DEFAULT
    doubt: str = ""

    if not TYPE_CHECKING:  # what a checker knows is what there is

        def __getattr__(self, name: str) -> Any:
            raise of(self.revision).no_attribute(self, name)

    def __init__(
        self,
        port: Any,
        baudrate: int = 115200,
        *,
        start: bool = False,
        trace: str | os.PathLike[str] | IO[str] | None = None,
        tap: Tap | None = None,
        backlog: int = BACKLOG,
        hex_firmware: bool = False,
        dtr: bool | None = None,
        rts: bool | None = None,
        reopen: bool = False,
        ask_revision: bool = False,
        boxes: Boxes | None = None,
        **settings: Any,
    ) -> None:
        if ask_revision and not start:
            raise InvalidArgument("revision: None asks the module, which start=False forbids")
        pins = dtr, rts
        own = of(self.revision)
        super().__init__(port, baudrate, trace, tap, hex_firmware, pins, reopen, settings, own)
        self._asking = ask_revision
        self._starting = start
        self._listen(backlog, boxes)
        self._keepers: weakref.WeakSet[AsyncKeeper] = weakref.WeakSet()

    # ---- opening and closing ---------------------------------------------------------------------------------

    async def __aenter__(self: M) -> M:
        await self.open()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    def __await__(self: M) -> Generator[Any, None, M]:
        return self.__aenter__().__await__()

    async def open(self) -> None:
        """Open the port and, where made with start=True, begin the dialogue. Raises PortError, Timeout."""
        self._check_process()
        await self._connect()
        self._ended = self._boxes.streams.ended = None
        if self._starting:
            try:
                await self.start()
                if self._asking:
                    await self._learn()
            except BaseException:
                await self.close()
                raise

    async def _learn(self) -> None:
        # Ask the module what it speaks, and be a modem of that.
        lines: list[str] = []
        for call in ("version", "module"):
            try:
                lines += await self._call(call)
            except ModuleError:
                continue
            found, self.doubt = told_by(lines)
            if not self.doubt:
                break
        else:
            found, self.doubt = told_by(lines)
        if self.doubt:
            log.warning("%s", self.doubt)
        self._talk.revision = found
        kind: Any = found.async_modem()
        self.__class__ = kind

    async def start(self) -> None:
        """Make sure that the module listens: settle the line, turn the echo off (manual 1.3).

        Where set_baudrate() raised the speed and a restart has undone that, it is set again. Ends
        within 20 s, or a minute where the speed was raised.
        Raises PortError; Timeout, which says so where the speed is the reason.
        """
        await self._start()

    async def set_baudrate(self, baudrate: int) -> None:
        """Change the port's speed, as set_uart() has changed the module's. Raises PortError where it cannot."""
        await self._take_turn()
        try:
            self._check_open()
            assert self._connection is not None
            await self._connection.set_baudrate(baudrate)
            self._baudrate = baudrate
            self._raised = baudrate != speed.BOOT
            self._talk.doubt = True
        finally:
            self._turn.release()

    async def settle(self) -> None:
        """Leave the line clean: after a call that was given up, end its payload and wait for its late answer.

        The next call does so by itself. Raises Timeout where the module does not answer.
        """
        if self._talk.doubt:
            await self.attention()

    async def close(self) -> None:
        """Close the port; the module stays as it is. A call under way ends with PortError.

        Takes two seconds at the most. In a process that was forked from the one that opened it, it does nothing.
        """
        if self._process != this_process():
            return
        if self._ended is None:
            self._end(PortError("the port was closed"), lost=False)
        try:
            await self._reopening.close()
            for keeper in list(self._keepers):
                await keeper.close()
        finally:
            try:
                await self._disconnect()
            finally:
                await self._close_rest()

    async def _close_rest(self) -> None:
        own = [task for task in self._deliveries.values() if task is not asyncio.current_task()]
        for task in own:
            task.cancel()
        for task in own:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._deliveries.clear()
        self._boxes.close()
        self._trace.close()

    # ---- commands --------------------------------------------------------------------------------------------

    async def publish(
        self,
        topic: str | bytes,
        payload: str | bytes | Unset = UNSET,
        qos: int = 0,
        *,
        json: object = UNSET,
        escape: bool = False,
    ) -> None:
        r"""Publish so that the payload arrives unchanged, as one line or behind a prompt (manual 3.3, 3.4).

        From V3.2.1 on NUL, CR LF, \" and \, travel too (manual 3.5), but for a CR LF behind which the module has read
        60 bytes or a multiple: it may take that for the end, so only publish_raw() sends it.
        json: a document to publish instead of a payload, spelled without blanks. escape: where JSON would be
        damaged on its way, spell it anew with the same meaning (\u0022 for \").
        Raises InvalidArgument, naming the byte or length that cannot travel, before anything is written; and what
        publish_long raises.
        """
        form = publication(topic, body(payload, json), qos, escape, self._talk.revision)
        del payload, json
        await self._held(self._talk.call, form)

    async def command(
        self,
        line: str | bytes,
        *,
        timeout: float = 5.0,
        reply: Sequence[str] = ("ok",),
        payload: str | bytes | None = None,
    ) -> list[str]:
        """Send a line as it is, and return the lines that answer it, without OK; URCs go their own way.

        line: from AT on, without CR LF, escaped by you. timeout: seconds; the call ends within five more. reply: what
        the module owes, of the words ok, row (one line behind OK), result (+NAME:OK or FAIL), prompt. payload: what
        follows the prompt; the line's last number is its length.
        Raises InvalidArgument, CommandRefused, CommandFailed, Busy, Timeout.
        """
        work = self._held(self._talk.checked_line, line, reply, payload, timeout)
        del line, payload  # they may hold secrets, and tracebacks print local variables
        return list(await work)

    async def download_firmware(
        self,
        target: Target,
        chunk: int = 4096,
        progress: Progress | None = None,
    ) -> records.FirmwareInfo:
        """Fetch the image that an OTA has left in the module, and check it (manual 4.2, 4.3).

        target: a path, or a file open for writing bytes. A path is written beside itself, as PATH.part, and renamed
        when the image is whole; a part that is there is continued. chunk: bytes a read, a multiple of 4, up to 4096.
        progress: called with (bytes so far, bytes in all). Send set_ota(0, version) afterwards.
        Raises InvalidArgument, FirmwareDamaged, CommandRefused (nothing stored: 205, 207), Timeout.
        """
        from .download import Download
        from .hands import perform_async

        with Download(target, chunk, progress) as download:
            info = download.finish(await perform_async(self, download.fetch()))
        assert info is not None
        return info

    async def update(
        self,
        version: str | bytes,
        target: Target,
        timeout: float = 0.0,
        chunk: int = 4096,
        progress: Progress | None = None,
    ) -> records.FirmwareInfo | None:
        """Report the version that is running, wait for an upgrade, store and check its image (manual 4).

        timeout: seconds until the module must have begun to download it, 0 looks once; then it has ten minutes. The
        rest is as in download_firmware(). OTA is off again afterwards. None where no upgrade came.
        Raises what that raises; CommandFailed where the module could not download it, ModuleReset where it restarted.
        """
        from .download import Download
        from .hands import perform_async

        with Download(target, chunk, progress) as download:
            return download.finish(await perform_async(self, download.update(version, timeout)))

    async def provision_softap(
        self,
        ssid: str | bytes,
        password: str | bytes,
        timeout: float = 310.0,
        stop: Callable[[], bool] | None = None,
    ) -> Provisioned:
        """Open an access point and wait until an app has handed over the real one (manual 6.3, 6.4).

        timeout: seconds. stop: called every 200 ms; True ends it. However this returns, the access point is closed;
        MQTT must be disconnected. Raises InvalidArgument, CommandRefused, CommandFailed, Timeout.
        """
        from .hands import perform_async
        from .pairing import Provisioned, softap

        work = softap(ssid, password, timeout, stop)
        del ssid, password  # they may be secret, and tracebacks print local variables
        return Provisioned(*await perform_async(self, work))

    async def provision_smartconfig(
        self, timeout: float = 310.0, stop: Callable[[], bool] | None = None
    ) -> Provisioned:
        """As provision_softap(), by ESP-TOUCH: the app sends the access point (manual 6.1, 6.2)."""
        from .hands import perform_async
        from .pairing import Provisioned, smartconfig

        return Provisioned(*await perform_async(self, smartconfig(timeout, stop)))

    async def _call(self, call: str, *args: object) -> Any:
        work = self._held(self._talk.checked_call, call, args)
        del args  # they may be secret, and tracebacks print local variables
        return await work

    def keep(
        self,
        topics: Iterable[tuple[str, int]] = (),
        ssid: str | bytes | None = None,
        password: str | bytes | None = None,
        *,
        check: float = 60.0,
        on_change: Changed | None = None,
        reopen: bool = False,
        **connect: Any,
    ) -> AsyncKeeper:
        """Keep the module joined, connected and subscribed from now on, until the keeper or the modem is closed.

        topics: (topic, qos) to be subscribed to. ssid, password: the access point to join when the module has none;
        left out, it is trusted to know its own. check: seconds between two looks at what seems well. on_change:
        called with (up, reason): when all is there, when something was lost, and at the first attempt in vain.
        reopen: a port that went is opened again, as with open(reopen=True). Further names are arguments of
        connect(). After a failure it tries again, after 1, 2, 4 … 60 seconds.
        """
        if reopen and not can_reopen(self._port):
            raise InvalidArgument(
                "keep: reopen needs a port given by URL, or a function that opens it"
            )
        keeper = AsyncKeeper(self, topics, ssid, password, check, on_change, connect)
        self._reopen = self._reopen or reopen
        self._keepers.add(keeper)
        return keeper

    def _noticed(self) -> None:
        for keeper in list(self._keepers):
            keeper.noise()
