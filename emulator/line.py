"""The UART between host and module: chunks, pacing, and the faults of a bad wire.

Bytes reach the module in chunks of at most sixty, or after ten idle byte times (1.3). Without pacing each
write of the host is split at sixty and delivered at once: a host's scheduler, not a UART, sets the gaps.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from .clock import Clock, Timer
from .faults import Faults

__all__ = ["CHUNK", "Line"]

CHUNK = 60  # bytes
IDLE = 10  # byte times
UNPACED_IDLE = 0.02  # seconds of silence that end a burst when no baud rate is set
BITS = 10  # per byte: start, eight, stop
TICK = 0.001  # seconds between two portions of paced output
SLOWEST, FASTEST = 50, 5_000_000  # baud
BACKLOG = 1 << 20  # bytes waiting for a paced or delayed line; more are dropped and counted


class Line:
    """Both directions of one serial line.

    ``to_module`` receives each chunk; ``to_host`` each portion of output. ``baud`` of None means no pacing.
    ``dropped`` counts the bytes a backlog pushed out.
    """

    def __init__(self, clock: Clock, faults: Faults, baud: int | None = None) -> None:
        if baud is not None and not SLOWEST <= baud <= FASTEST:
            raise ValueError(f"baud: {baud} is not a rate from {SLOWEST} to {FASTEST}")
        self.clock = clock
        self.faults = faults
        self.baud = baud
        self.to_module: Callable[[bytes], None] = lambda chunk: None
        self.to_host: Callable[[bytes], None] = lambda data: None
        self.dropped = 0
        self._in = bytearray()
        self._in_since = 0.0
        self._in_timer: Timer | None = None
        self._out = bytearray()
        self._out_free = 0.0
        self._out_timer: Timer | None = None
        self._late: deque[tuple[float, bytes]] = deque()

    @property
    def byte_time(self) -> float:
        """Seconds one byte takes; 0 without pacing."""
        return BITS / self.baud if self.baud else 0.0

    @property
    def idle_time(self) -> float:
        """Seconds of silence after which the module takes what it has."""
        return IDLE * self.byte_time if self.baud else UNPACED_IDLE

    # ---- host to module

    def feed(self, data: bytes) -> None:
        """Bytes the host wrote."""
        data = self.faults.incoming(data)
        if not data:
            return
        if self.baud is None:
            for at in range(0, len(data), CHUNK):
                self.to_module(data[at : at + CHUNK])
            return
        if not self._in:
            self._in_since = self.clock.now()
        room = BACKLOG - len(self._in)
        self.dropped += max(len(data) - room, 0)
        self._in += data[:room]
        self._arrange_input()

    def _arrange_input(self) -> None:
        if self._in_timer is not None:
            self._in_timer.cancel()
            self._in_timer = None
        if not self._in:
            return
        size = min(len(self._in), CHUNK)
        times = size if size == CHUNK else size + IDLE
        due = self._in_since + times * self.byte_time
        self._in_timer = self.clock.call_later(due - self.clock.now(), self._deliver)

    def _deliver(self) -> None:
        self._in_timer = None
        chunk = bytes(self._in[:CHUNK])
        del self._in[:CHUNK]
        self._in_since += len(chunk) * self.byte_time
        if not self._in:
            self._in_since = self.clock.now()
        self.to_module(chunk)
        if self._in_timer is None:
            self._arrange_input()

    # ---- module to host

    def send(self, data: bytes) -> None:
        """Bytes the module writes: one call per line of output."""
        data = self.faults.outgoing(data)
        size, delay = self.faults.out_chunk, self.faults.out_delay
        if self.baud is None and not size:
            self._arrive(data)
            return
        if not self._out and self._out_timer is None:
            self._out_free = self.clock.now()
        room = BACKLOG - len(self._out)
        self.dropped += max(len(data) - room, 0)
        self._out += data[:room]
        if self._out_timer is None:
            self._out_timer = self.clock.call_later(delay if size else TICK, self._emit)

    def _emit(self) -> None:
        self._out_timer = None
        size = self.faults.out_chunk or len(self._out)
        if self.baud is not None:
            arrived = int((self.clock.now() - self._out_free) / self.byte_time + 1e-6)
            size = min(size, arrived)
            self._out_free += min(size, len(self._out)) * self.byte_time
        portion = bytes(self._out[:size])
        del self._out[:size]
        if self._out:
            delay = self.faults.out_delay if self.faults.out_chunk else 0.0
            self._out_timer = self.clock.call_later(
                max(delay, TICK if self.baud else 0.0), self._emit
            )
        if portion:
            self._arrive(portion)

    def _arrive(self, data: bytes) -> None:
        """What has left the line reaches the host, sooner or later (fault latency), in its order."""
        if not self.faults.latency and not self._late:
            self.to_host(data)
            return
        first = not self._late
        self._late.append((self.clock.now() + self.faults.latency, data))
        if first:
            self.clock.call_later(self.faults.latency, self._arrived)

    def _arrived(self) -> None:
        while self._late and self._late[0][0] <= self.clock.now() + 1e-6:
            self.to_host(self._late.popleft()[1])
        if self._late:
            self.clock.call_later(self._late[0][0] - self.clock.now(), self._arrived)

    @property
    def out_time(self) -> float:
        """Seconds until what the module has written has left it; 0 without pacing."""
        return (len(self._out) + 1) * self.byte_time + TICK if self._out and self.baud else 0.0

    def cut(self) -> None:
        """The module stops in the middle: what has not left it by now, or not come in, is gone."""
        self._in.clear()
        if self._in_timer is not None:
            self._in_timer.cancel()
            self._in_timer = None
        if self.baud is not None and self._out_timer is not None:
            self._out_timer.cancel()
            if self._out:
                self._emit()
            if self._out_timer is not None:
                self._out_timer.cancel()
                self._out_timer = None
            self._out.clear()
