"""Things the module waits for, without an event loop: `Pending`, and the `Task` that awaits them.

A command's behaviour is a coroutine. It awaits `Pending` values and nothing else, so the same code runs on a
fake clock, in a thread, or under asyncio.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

__all__ = ["Pending", "Task"]

T = TypeVar("T")


class Pending(Generic[T]):
    """A value that comes later, once. Await it, or give ``then`` a function."""

    __slots__ = ("_value", "done", "_waiting")

    def __init__(self) -> None:
        self._value: T | None = None
        self.done = False
        self._waiting: list[Callable[[T], None]] = []

    @classmethod
    def of(cls, value: T) -> Pending[T]:
        """One that has come already."""
        made: Pending[T] = cls()
        made.resolve(value)
        return made

    def resolve(self, value: T) -> None:
        """Give the value; later values are ignored."""
        if self.done:
            return
        self.done, self._value = True, value
        waiting, self._waiting = self._waiting, []
        for callback in waiting:
            callback(value)

    def then(self, callback: Callable[[T], None]) -> None:
        """Call ``callback`` with the value: at once when it has come, else when it comes."""
        if self.done:
            callback(self._value)  # type: ignore[arg-type]
        else:
            self._waiting.append(callback)

    def __await__(self) -> Generator[Pending[Any], None, T]:
        if not self.done:
            yield self
        return self._value  # type: ignore[return-value]


class Task:
    """One coroutine under way. ``ended`` is called when it returns, ``failed`` when it raises.

    Neither is called when it is cancelled.
    """

    def __init__(
        self,
        work: Coroutine[Any, Any, None],
        ended: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._work = work
        self._ended = ended
        self._failed = failed
        self._running = False
        self.cancelled = False

    def start(self) -> None:
        """Run until the first value that has not come."""
        self._step(None)

    def cancel(self) -> None:
        """End it where it stands; a task may cancel itself."""
        self.cancelled = True
        if not self._running:
            self._work.close()

    def _step(self, _value: object) -> None:
        if self.cancelled:
            return
        self._running = True
        pending: Pending[Any] | None = None
        try:
            pending = self._work.send(None)
        except StopIteration:
            pass
        except Exception as error:
            self._running = False
            if not self.cancelled:
                self._failed(error)
            return
        finally:
            self._running = False
        self._after(pending)

    def _after(self, pending: Pending[Any] | None) -> None:
        # The work may have cancelled its own task meanwhile.
        if self.cancelled:
            self._work.close()
        elif pending is None:
            self._ended()
        else:
            pending.then(self._step)
