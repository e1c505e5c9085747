# Copied from runtime/cpython/modem.py: edit that.
"""The blocking shell: a Modem on a port, for any number of threads. Its dialogue runs in a loop of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import IO, TYPE_CHECKING, Any, TypeVar

from .aio import BACKLOG, AsyncModem
from .commands import Commands
from .driver import Tap
from .errors import PortError, TencentAtError
from .handover import Handover
from .keeper import AsyncKeeper, Changed, Keeper
from .listening import Listener
from .mail import TICK, foreign_process, this_process
from .message import UNSET, Unset
from .revision import of
from .revisions import DEFAULT
from .threads import drain

if TYPE_CHECKING:
    from . import records
    from .download import Progress, Target
    from .pairing import Provisioned

log: logging.Logger = logging.getLogger("tencent_at")
T = TypeVar("T")
M = TypeVar("M", bound="Modem")

_PATIENCE = 5.0  # seconds for a thread to end


class Modem(Listener, Commands):
    """The module on a port: every command form as a method, and what the module says by itself.

    Make it with open(). Many threads may call at once: commands queue, in order. Ctrl-C in a call leaves the line
    to be settled before the next one. Use it in a `with` block, or call close(). Once it is its turn, a call ends
    within the time that its docstring states: five seconds more than its time-out, whatever the module says meanwhile.

    on_wait: a function without arguments, called every 100 ms at least in the thread that waits: for an answer, for
    its turn, for a message. What it raises ends that call as its own error; the line is settled before the next. It
    may not call the modem.

    revision: what it speaks, such as "V3.1.3". speaks: the AsyncModem to stand on, of another revision.
    """

    revision: str = DEFAULT
    _kind: type[AsyncModem] = AsyncModem

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
        dtr: bool | None = None,
        rts: bool | None = None,
        reopen: bool = False,
        ask_revision: bool = False,
        speaks: type[AsyncModem] | None = None,
        **settings: Any,
    ) -> None:
        self._listen(backlog)
        self._modem: AsyncModem = (speaks or self._kind)(
            port,
            baudrate,
            start=start,
            trace=trace,
            tap=tap,
            backlog=backlog,
            dtr=dtr,
            rts=rts,
            reopen=reopen,
            ask_revision=ask_revision,
            boxes=self._boxes,
            **settings,
        )
        self.revision = self._modem.revision
        self._process = this_process()
        self._closing = threading.Lock()
        self._handing = threading.Lock()
        self._ended = False  # nothing more is handed over to the loop
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name=f"tencent-at {port}", daemon=True)
        self._thread.start()
        try:
            self._run(self._modem.open())
            if ask_revision:
                self.revision = self._modem.revision
                kind: Any = of(self.revision).modem()
                self.__class__ = kind
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return repr(self._modem).replace("AsyncModem", "Modem")

    # ---- opening and closing ---------------------------------------------------------------------------------

    def __enter__(self: M) -> M:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def start(self) -> None:
        """Make sure that the module listens: settle the line, turn the echo off (manual 1.3).

        Where set_baudrate() raised the speed and a restart has undone that, it is set again. Ends
        within 20 s, or a minute where the speed was raised.
        Raises PortError; Timeout, which says so where the speed is the reason.
        """
        self._run(self._modem.start())

    def set_baudrate(self, baudrate: int) -> None:
        """Change the port's speed, as set_uart() has changed the module's. Raises PortError where it cannot."""
        self._run(self._modem.set_baudrate(baudrate))

    def settle(self) -> None:
        """Leave the line clean: after a call that was given up, end its payload and wait for its late answer.

        The next call does so by itself. Raises Timeout where the module does not answer.
        """
        self._run(self._modem.settle())

    def close(self) -> None:
        """Close the port; the module stays as it is. Calls under way in other threads end with PortError.

        Takes a few seconds at the most. In a process that was forked from the one that opened it, it does nothing.
        """
        if self._process != this_process():
            return
        with self._closing:
            if not self._ended:
                try:
                    self._run(self._modem.close(), last=True)
                finally:
                    self._loop.call_soon_threadsafe(self._loop.stop)
                    self._thread.join(_PATIENCE)
                    if not self._thread.is_alive():
                        self._loop.close()
        for delivery in self._deliveries.values():
            delivery.join()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop in which the dialogue runs, for asyncio.run_coroutine_threadsafe()."""
        return self._loop

    @property
    def awaitable(self) -> AsyncModem:
        """The same modem for tasks of `loop`. Its receive(), messages() and on_message stay with the blocking one."""
        return self._modem

    # ---- commands --------------------------------------------------------------------------------------------

    def publish(
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
        self._run(self._modem.publish(topic, payload, qos, json=json, escape=escape))

    def command(
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
        work = self._modem.command(line, timeout=timeout, reply=reply, payload=payload)
        del line, payload
        return self._run(work)

    def download_firmware(
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
        from .hands import perform

        with Download(target, chunk, progress) as download:
            info = download.finish(perform(self, download.fetch()))
        assert info is not None
        return info

    def update(
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
        from .hands import perform

        with Download(target, chunk, progress) as download:
            return download.finish(perform(self, download.update(version, timeout)))

    def provision_softap(
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
        from .hands import perform
        from .pairing import Provisioned, softap

        work = softap(ssid, password, timeout, stop)
        del ssid, password  # they may be secret, and tracebacks print local variables
        return Provisioned(*perform(self, work))

    def provision_smartconfig(
        self, timeout: float = 310.0, stop: Callable[[], bool] | None = None
    ) -> Provisioned:
        """As provision_softap(), by ESP-TOUCH: the app sends the access point (manual 6.1, 6.2)."""
        from .hands import perform
        from .pairing import Provisioned, smartconfig

        return Provisioned(*perform(self, smartconfig(timeout, stop)))

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
    ) -> Keeper:
        """Keep the module joined, connected and subscribed from now on, until the keeper or the modem is closed.

        topics: (topic, qos) to be subscribed to. ssid, password: the access point to join when the module has none;
        left out, it is trusted to know its own. check: seconds between two looks at what seems well. on_change:
        called with (up, reason) in the loop's thread: when all is there, when something was lost, and at the first
        attempt in vain; it may not call the modem. reopen: a port that went is opened again, as with
        open(reopen=True). Further names are arguments of connect(). After a failure it tries again, after
        1, 2, 4 … 60 seconds.
        """

        async def begin() -> AsyncKeeper:
            return self._modem.keep(
                topics,
                ssid,
                password,
                check=check,
                on_change=on_change,
                reopen=reopen,
                **connect,
            )

        return Keeper(self, self._run(begin()))

    @property
    def doubt(self) -> str:
        """In words, where the module was asked what it speaks and has a firmware that no manual here knows; else ""."""
        return self._modem.doubt

    # ---- the loop --------------------------------------------------------------------------------------------

    def _call(self, call: str, *args: object) -> Any:
        work = self._modem._call(call, *args)
        del args  # they may be secret, and tracebacks print local variables
        return self._run(work)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        while True:
            try:
                self._loop.run_forever()
                break
            except BaseException:  # SystemExit in a callback, for one
                log.exception("the loop goes on after this")
        self._loop.run_until_complete(drain())

    def _run(self, work: Coroutine[Any, Any, T], last: bool = False) -> T:
        # Carry a coroutine out in the loop, and wait for it. After the last one, none is taken.
        if self._process != this_process():
            work.close()
            raise foreign_process(self._process)
        with self._handing:
            ended, self._ended = self._ended, self._ended or last
            if not ended:
                handed = Handover(work, self._loop)
        if ended:
            work.close()
            raise PortError("the port was closed")
        del work
        try:
            self._await(handed)
        except BaseException:  # Ctrl-C, or what on_wait raised: the call is given up
            handed.give_up()
            raise
        failure: TencentAtError
        try:
            return handed.result()
        except TencentAtError as error:
            failure = error.with_traceback(None)
        except asyncio.CancelledError:
            if not self._ended:
                raise
            failure = PortError("the port was closed")
        raise failure

    def _await(self, handed: Handover[Any]) -> None:
        while True:
            hook = self.on_wait if not self._ended else None
            if handed.wait(None if hook is None else TICK):
                break
            if hook is not None:
                hook()
