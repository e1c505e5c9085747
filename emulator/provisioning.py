"""SmartConfig and softAP as timelines: what the app does, and what the module then says (6.1, 6.3)."""

from __future__ import annotations

from collections.abc import Callable

from .clock import Clock, Timer

__all__ = ["OUTCOMES", "Provisioning"]

# outcome -> error of 7.4 and sub-code (reasons in the transcription); None for success
OUTCOMES: dict[str, tuple[int, int] | None] = {
    "success": None,
    "wrong-password": (10, 204),
    "app-stop": (3, 101),
    "bad-data": (2, 104),
    "bad-json": (2, 201),
    "bad-timestamp": (2, 202),
    "bad-signature": (2, 203),
    "bad-access-point": (2, 204),
    "mqtt-error": (1, 206),
    "socket-error": (15, 206),
}
STOPPED, TIMED_OUT = (3, 102), (3, 103)


class Provisioning:
    """One session at a time. ``kind`` is the command that started it (``TCSAP``, ``TCSTARTSMART``) or None.

    ``say`` prints a line; ``begin`` is called when one starts, ``join`` on success, before the module says so and
    while ``kind`` still holds.
    """

    LIMIT = 300.0  # seconds

    def __init__(
        self,
        clock: Clock,
        say: Callable[[bytes], None],
        join: Callable[[], None],
        begin: Callable[[], None],
    ) -> None:
        self.clock = clock
        self.say = say
        self.join = join
        self.begin = begin
        self.kind: str | None = None
        self.says_fail = True
        self._timer: Timer | None = None

    def start(self, kind: str) -> None:
        """Wait for the app, 300 seconds at most."""
        self.cancel()
        self.kind = kind
        self._timer = self.clock.call_later(self.LIMIT, self._time_out)
        self.begin()

    def stop(self) -> None:
        """By command: the URC, if a session was running."""
        if self.kind is not None:
            self._failed(STOPPED)

    def outcome(self, name: str) -> None:
        """The app has done its part; raises ValueError for an outcome there is none of, or no session."""
        if name not in OUTCOMES:
            raise ValueError(f"no outcome {name!r}; there are: {', '.join(OUTCOMES)}")
        if self.kind is None:
            raise ValueError("no provisioning is under way")
        failure = OUTCOMES[name]
        if failure is not None:
            self._failed(failure)
            return
        kind = self.kind
        self.join()
        self.cancel()
        self.say(b"+%s:WIFI_CONNECT_SUCCESS\r\n" % kind.encode())

    def cancel(self) -> None:
        """End without a word."""
        self.kind = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _failed(self, failure: tuple[int, int]) -> None:
        kind = (self.kind or "").encode()
        self.cancel()
        self.say(b"+%s:WIFI_CONNECT_FAILED,%d,%d\r\n" % (kind, *failure))

    def _time_out(self) -> None:
        kind = (self.kind or "").encode()
        self._failed(TIMED_OUT)
        if self.says_fail:
            self.say(b"+%s:FAIL,202\r\n" % kind)
