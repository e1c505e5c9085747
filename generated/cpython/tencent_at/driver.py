# Copied from runtime/cpython/driver.py: edit that.
"""The port of an AsyncModem, and the dialogue driven over it: one call after another, its waiting, its bytes."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import deque
from collections.abc import Callable
from typing import IO, Any

from . import speed
from .connection import Connection, chosen_pins, connect, named
from .conversation import Conversation, Work
from .errors import InvalidArgument, PortError, PortTimeout, TencentAtError, Timeout
from .mail import TICK, foreign_process, this_process
from .message import Message
from .pause import Pause
from .reopening import Reopening, can_reopen
from .revision import Revision
from .trace import Trace
from .urc import Event
from .watch import Watch

log: logging.Logger = logging.getLogger("tencent_at")

_STALLED = 1.0  # seconds without a byte inside a line: its end will not come
_UNTAKEN = 1.0  # seconds in which a port must take a byte, beside the time that what it has needs
_BITS = 10  # of a byte on the line
_INSTANT = 0.001  # ms: what is left, at the least, where something came

Tap = Callable[[str, bytes], object]


class Driver:
    """What AsyncModem builds on: subclasses say what is heard, and end what waits for it."""

    on_wait: Callable[[], object] | None = None

    def __init__(
        self,
        port: Any,
        baudrate: int,
        trace: str | os.PathLike[str] | IO[str] | None,
        tap: Tap | None,
        hex_firmware: bool,
        pins: tuple[object, object],
        reopen: bool,
        settings: dict[str, Any],
        revision: Revision,
    ) -> None:
        self._pins = chosen_pins(*pins)
        if reopen and not can_reopen(port):
            raise InvalidArgument(
                "reopen: an object cannot be opened again; give a URL, or a function that opens one"
            )
        self._port = port
        self._baudrate = baudrate
        self._settings = settings
        self._process = this_process()
        self._tap = tap
        self._trace = Trace(trace)
        self._talk = Conversation(self._write, self._hear, hex_firmware, revision)
        self._watch = Watch(self._talk.link)
        self._connection: Connection | None = None
        self._life: object = None  # of the connection: what an earlier one tells counts no more
        self._ended: Exception | None = PortError("the port is not open")
        self._gone: PortError | None = None  # the port went, and is to be opened again
        self._reopen = reopen
        self._reopening = Reopening(self)
        self._begun = False  # has a dialogue been begun, so that it is to be begun again?
        self._raised = False  # is the line faster than after a restart, by set_baudrate()?
        self._turn = asyncio.Lock()
        self._arrived: deque[bytes] = deque()
        self._loop: asyncio.AbstractEventLoop
        self._pause: Pause
        self._driving = False
        self._stalled: asyncio.TimerHandle | None = None
        self._unsent = 0
        self._progress = 0.0  # when the port took something last

    def __repr__(self) -> str:
        state = "open" if self._ended is None else f"closed: {self._ended}"
        return f"<{type(self).__name__} {self._baudrate} baud, {state}>"

    # ---- for subclasses --------------------------------------------------------------------------------------

    def _hear(self, item: Message | Event) -> None:
        raise NotImplementedError

    def _end(self, error: PortError, lost: bool) -> None:
        """Nothing more will come. Readers get the error where the port was lost, and a plain end where we closed it."""
        raise NotImplementedError

    def _wants_reopening(self) -> bool:
        return self._reopen

    def _noticed(self) -> None:
        """Bytes were dropped while no command was under way, or under one."""

    # ---- beginning -------------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        """Find the module at its speed, settle the line, turn the echo off. In the turn that the caller has."""
        await speed.find(self)
        self._talk.doubt = True
        self._begun = True
        try:
            await self._carry(self._talk.checked_call("echo_off", ()))
        except Timeout as error:
            why = await speed.explain(self)
            if why:
                error.seen = why
            raise
        if self._wants_reopening():
            await self._reopening.learn()
            await self._reopening.learn_module()

    async def _start(self) -> None:
        await self._take_turn()
        try:
            self._check_open()
            await self._begin()
        except TencentAtError as error:
            failure = error.with_traceback(None)
        else:
            return
        finally:
            self._turn.release()
        raise failure

    def _afresh(self) -> None:
        # Another connection: what an earlier one left begun is over.
        self._arrived.clear()
        self._talk.link.cut()
        self._talk.doubt = True

    # ---- a call ----------------------------------------------------------------------------------------------

    async def _held(self, checked: Callable[..., Work], *args: object) -> Any:
        # Hold a dialogue. What it raises says all there is to say: the frames behind it may hold secrets.
        try:
            return await self._in_turn(checked(*args))
        except TencentAtError as error:
            failure = error.with_traceback(None)
        finally:
            del args
        raise failure

    async def _in_turn(self, work: Work) -> Any:
        await self._take_turn()
        try:
            return await self._carry(work)
        finally:
            self._turn.release()

    async def _take_turn(self) -> None:
        self._check_process()
        if not self._turn.locked() or self.on_wait is None:
            await self._turn.acquire()
            return
        taking = asyncio.ensure_future(self._turn.acquire())
        try:
            await self._watched(taking)
        except BaseException:
            if taking.done() and not taking.cancelled():
                self._turn.release()
            raise

    async def _watched(self, waiting: asyncio.Future[Any], timeout: float | None = None) -> bool:
        # Wait for it, with on_wait() called meanwhile; is it done? Where on_wait() raises, it is cancelled.
        end = None if timeout is None else time.monotonic() + timeout
        try:
            while not waiting.done():
                left = TICK if end is None else min(TICK, end - time.monotonic())
                if left <= 0:
                    break
                await asyncio.wait([waiting], timeout=left)
                if not waiting.done() and self.on_wait is not None:
                    self.on_wait()
        except BaseException:
            waiting.cancel()
            raise
        return waiting.done()

    async def _carry(self, work: Work) -> Any:
        # Carry a generator through, in the turn that the caller has.
        self._check_open()
        self._driving = True
        self._watch.begin()
        try:
            self._progress = time.monotonic()
            while self._unsent and not self._sent():  # of a call before
                await self._pause.until(self._loop.time() + TICK)
                self._tick()
            return await self._drive(work)
        except Timeout as error:
            while not self._sent():  # was it the port that did not take it?
                await self._pause.until(self._loop.time() + TICK)
                self._tick()
            error.seen = self._watch.seen()
            raise
        finally:
            self._driving = False
            self._idle()

    async def _drive(self, work: Work) -> Any:
        try:
            while self._feed():
                self._talk.idle()
            clock = self._loop.time
            left: float | None = None
            told = clock()
            while True:
                wait = work.send(left)
                came = self._feed() or await self._wait(told + wait / 1000)
                now = clock()
                left = max(wait - (now - told) * 1000, _INSTANT) if came else 0
                told = now
        except StopIteration as end:
            return end.value
        finally:
            work.close()
            self._talk.end()

    async def _wait(self, end: float) -> bool:
        # For bytes: were there any? end: by the loop's clock.
        clock = self._loop.time
        self._check_open()
        while (now := clock()) < end:
            came = await self._pause.until(min(end, now + TICK) if self._ticks() else end)
            self._check_open()
            if came:
                break
            self._tick()
        return self._feed()

    def _ticks(self) -> bool:
        return self.on_wait is not None or not self._sent()

    def _tick(self) -> None:
        if self.on_wait is not None:
            self.on_wait()
        if not self._sent():
            patience = _UNTAKEN + self._unsent * _BITS / self._baudrate
            if time.monotonic() - self._progress > patience:
                raise self._untaken()

    def _untaken(self) -> PortTimeout:
        seconds = time.monotonic() - self._progress
        return PortTimeout(
            f"the port has taken nothing for {seconds:.1f} s, and {self._unsent} bytes wait: "
            "does flow control hold it, or does nobody read its other end?"
        )

    def _sent(self) -> bool:
        # Has the port taken all?
        unsent = self._connection.unsent() if self._connection is not None else 0
        if unsent < self._unsent:
            self._progress = time.monotonic()
        self._unsent = unsent
        return not unsent

    # ---- the port --------------------------------------------------------------------------------------------

    async def _connect(self) -> None:
        """Open the port; what an earlier connection says is heard no more."""
        life = self._life = object()

        def received(data: bytes) -> None:
            if self._life is life:
                self._received(data)

        def lost(error: Exception | None) -> None:
            if self._life is life:
                self._lost(error)

        self._unsent = 0
        self._loop = asyncio.get_running_loop()
        self._pause = Pause()
        self._connection = await connect(
            self._port, self._baudrate, self._settings, self._pins, received, lost
        )
        if self._wants_reopening():
            await self._reopening.learn()

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._pause.close()
            await connection.close()

    def _write(self, data: bytes) -> None:
        self._check_open()
        self._trace.sent(data)
        self._tell(">", data)
        assert self._connection is not None
        self._connection.write(data)
        self._unsent += len(data)
        self._progress = time.monotonic()

    def _received(self, data: bytes) -> None:
        self._trace.received(data)
        self._tell("<", data)
        self._watch.received(data)
        self._arrived.append(data)
        if self._pause.under_way:
            self._pause.over(True)
        elif not self._driving:
            self._idle()

    def _tell(self, direction: str, data: bytes) -> None:
        try:
            if self._tap is not None:
                self._tap(direction, data)
        except Exception:
            log.exception("the tap failed; it is taken off")
            self._tap = None

    def _idle(self) -> None:
        # No command is under way: take in what has come.
        if self._driving:
            return
        self._talk.idle()  # what came with the last answer is in the link already
        while self._feed():
            self._talk.idle()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        if self._talk.link.partial and self._ended is None:
            self._stalled = self._loop.call_later(_STALLED, self._cut)
        if self._watch.noise():
            self._noticed()

    def _cut(self) -> None:
        if not self._driving and self._talk.link.partial:
            self._talk.link.cut()
            self._trace.flush()
            if self._watch.noise():
                self._noticed()

    def _feed(self) -> bool:
        # Give the link the oldest bytes, now that it has taken in all before; were there any?
        if not self._arrived:
            return False
        data = self._arrived.popleft()
        self._talk.link.receive(data, len(data))
        return True

    def _check_open(self) -> None:
        self._check_process()
        if self._ended is not None:
            raise PortError(str(self._ended))
        if self._gone is not None:
            raise PortError(f"{self._gone}; it is being opened again")

    def _check_process(self) -> None:
        if self._process != this_process():
            raise foreign_process(self._process)

    def _lost(self, error: Exception | None) -> None:
        if self._ended is not None:
            return
        self._life = None
        reason = named(error) if error else "its other end was closed"
        gone = PortError(f"the port is gone: {reason.removeprefix('the port is gone: ')}")
        if not self._wants_reopening() or not can_reopen(self._port):
            self._end(gone, lost=True)
            return
        self._gone = gone
        self._wake()
        self._reopening.begin(gone)

    def _wake(self) -> None:
        self._pause.over(False)
