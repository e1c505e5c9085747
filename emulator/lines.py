"""What comes in: chunks become command lines, are taken as a payload, wait behind one, or find the module busy."""

from __future__ import annotations

from collections.abc import Callable

from .clock import Clock, Timer
from .intake import Intake
from .quirks import Quirks
from .reader import LINE_LIMIT

__all__ = ["Lines"]

END = b"\r\n"
HELD_LIMIT = 4096  # bytes that wait behind a payload
OVERFLOW_IDLE = 0.05  # seconds of silence after which an endless line is refused
FORCE = b"AT+RST\r\n"
TOO_LONG = 3  # ERR CODE's sub-code for what is no command line


class Lines:
    """The parser's front end. ``run`` gets each whole line; by the time it returns ``busy`` tells whether it is
    still being carried out.

    ``echo`` writes a chunk back, ``say`` a line; ``refuse`` complains of what is no line, ``force`` restarts.
    """

    def __init__(
        self,
        clock: Clock,
        quirks: Quirks,
        *,
        echo: Callable[[bytes], None],
        say: Callable[[bytes], None],
        run: Callable[[bytes], None],
        busy: Callable[[], bool],
        refuse: Callable[[int], None],
        force: Callable[[], None],
        idle_time: Callable[[], float],
        line_end_within: float | None = None,
    ) -> None:
        self.clock = clock
        self.quirks = quirks
        self.echo = echo
        self.say = say
        self.run = run
        self.busy = busy
        self.refuse = refuse
        self.force = force
        self.idle_time = idle_time
        self.line_end_within = line_end_within
        self.buffer = bytearray()
        self.queueing = False
        self._from = 0
        self._overflow: Timer | None = None
        self._intake: Intake | None = None
        self._behind = b""
        self._held = bytearray()
        self._parsing = False

    def receive(self, chunk: bytes) -> None:
        """A chunk of at most sixty bytes: echoed, parsed, collected or thrown away, as the state has it."""
        if self._intake is not None:
            self._intake.feed(chunk)
        elif self.busy():
            self._receive_busy(chunk)
        else:
            self.echo(chunk)
            self.buffer += chunk
            self._parse(fresh=self.quirks.busy_in_chunk)

    def _receive_busy(self, chunk: bytes) -> None:
        if FORCE in chunk:
            self.say(b"\r\nWill force to restart!!!\r\n")
            self.force()
        elif self.queueing and self.quirks.queue_behind_payload:
            self._held += chunk[: HELD_LIMIT - len(self._held)]
        else:
            self.say(b"ERR CODE:0x010b0000\r\n")
            self.say(b"\r\nbusy p...\r\n")

    def _parse(self, fresh: bool = False) -> None:
        """Run what is whole. What stands behind a ``fresh`` line, in its chunk, comes while it is busy (1.3)."""
        if self._parsing:
            return
        self._parsing = True
        try:
            while not self.busy():
                self._forget_overflow()
                end = self.buffer.find(END, self._from)
                if end < 0:
                    self._bound()
                    break
                line = bytes(self.buffer[:end])
                del self.buffer[: end + 2]
                self._from = 0
                if fresh and self.buffer:
                    behind = bytes(self.buffer)
                    self.buffer.clear()
                    self._receive_busy(behind)
                    if FORCE in behind:
                        break
                self.run(line)
        finally:
            self._parsing = False

    def _bound(self) -> None:
        """Keep an endless line from growing; after a silence it is refused as too long."""
        if len(self.buffer) > LINE_LIMIT + 1:
            # One byte over the limit is enough to refuse it; the last may be half of a CR LF.
            nothing_new = self._from >= len(self.buffer)
            del self.buffer[LINE_LIMIT : len(self.buffer) - 1]
            self._from = LINE_LIMIT + nothing_new
        if len(self.buffer) > LINE_LIMIT:
            self._overflow = self.clock.call_later(OVERFLOW_IDLE, self._refuse_endless)

    def _forget_overflow(self) -> None:
        if self._overflow is not None:
            self._overflow.cancel()
            self._overflow = None

    def _refuse_endless(self) -> None:
        self._overflow = None
        if not self.busy() and len(self.buffer) > LINE_LIMIT:
            self.buffer.clear()
            self._from = 0
            self.refuse(TOO_LONG)

    async def take(self, length: int) -> bytes | None:
        """The raw payload after a prompt; None when it was broken off."""
        intake = self._intake = Intake(
            self.clock, length, self._line_end(), self.line_end_within is not None
        )
        if self.buffer:
            early = bytes(self.buffer)
            self.buffer.clear()
            intake.feed(early)
        payload = await intake.done
        self._intake = None
        self._behind = intake.surplus
        return payload

    def _line_end(self) -> float:
        return self.idle_time() if self.line_end_within is None else self.line_end_within

    def go_on(self) -> None:
        """A command has ended: what waited behind it comes next."""
        self.queueing = False
        if self._intake is not None:
            self._intake.cancel()
            self._intake = None
        behind = self._behind + bytes(self._held)
        self._behind = b""
        self._held.clear()
        if behind:
            self.buffer[:0] = behind
            # Commands behind a payload wait their turn; anything else spoils the next one.
            self._from = 0 if behind[:2].upper() == b"AT" else len(self.buffer)
            if self._from:
                return
        self._parse()

    def clear(self) -> None:
        """Forget everything, as a restart does."""
        if self._intake is not None:
            self._intake.cancel()
            self._intake = None
        self._forget_overflow()
        self.queueing = False
        self._behind = b""
        self._held.clear()
        self.buffer.clear()
        self._from = 0
