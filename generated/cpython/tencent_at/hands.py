# Copied from runtime/cpython/hands.py: edit that.
"""What carries the procedures that both runtimes share: their calls and pauses are wishes, for threads or for tasks."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .errors import OUTCOMES, ModuleError, PortError, TencentAtError, UnexpectedAnswer
from .manual import LETTERS
from .urc import Event

if TYPE_CHECKING:
    from .aio import AsyncModem
    from .modem import Modem

Wish = (
    tuple[Any, ...] | float
)  # a call, its arguments and those by name, or milliseconds in which something may be heard
_AGAIN = 0.001  # seconds: what is left, at the least, where something was heard


class Trouble(Exception):
    """A module's error as procedures know it: args are (kind, call, number, tables), as on a board."""

    origin: ModuleError | None = None

    @classmethod
    def of(cls, error: ModuleError) -> Trouble:
        """The same error; `origin` holds it."""
        kind = next(
            i for i, one in enumerate(OUTCOMES, 1) if type(error) is one or i == len(OUTCOMES)
        )
        if isinstance(error, UnexpectedAnswer):
            kind = OUTCOMES.index(ModuleError) + 1
        self = cls(kind, error.call, error.number, "")
        self.origin = error
        return self

    def error(self) -> Exception:
        """What a caller at a desk is told."""
        kind, call, number, tables = self.args
        if self.origin is not None:
            return self.origin
        if OUTCOMES[kind - 1] is ModuleError:
            return UnexpectedAnswer(call)
        return OUTCOMES[kind - 1](call, number, [LETTERS[letter] for letter in tables])


class Hands:
    """The `modem` of a procedure."""

    error = Trouble
    handlers: tuple[Callable[[str, list[str | int]], None], ...] = ()

    def call(
        self,
        call: str,
        args: Sequence[object] = (),
        kw: Mapping[str, object] | Sequence[object] = (),
        data: Any = None,
    ) -> Generator[Wish, Any, Any]:
        """As a board's: with `data`, raw bytes are laid there, and their number is the value."""
        answer = yield (call, args, kw)
        if data is None:
            return answer
        data[: len(answer)] = answer
        return len(answer)

    def pump(self) -> None:
        pass  # what is heard is told at once


class Procedure:
    """One that is under way. told: makes another error of its Trouble, where the procedure itself found it."""

    result: Any = None

    def __init__(
        self,
        begin: Callable[[Hands], Generator[Wish, Any, Any]],
        told: Callable[[Trouble], Exception | None] = lambda trouble: None,
    ) -> None:
        self._hands = Hands()
        self._work = begin(self._hands)
        self._told = told

    def step(self, answer: Any) -> Wish | None:
        """The next wish; None at the end. answer: to the last one, or the error that it raised."""
        try:
            if isinstance(answer, ModuleError):
                return self._work.throw(Trouble.of(answer))
            if isinstance(answer, Exception):
                return self._work.throw(answer)
            return self._work.send(answer)
        except StopIteration as end:
            self.result = end.value
            return None
        except Trouble as trouble:
            own = None if trouble.origin is not None else self._told(trouble)
            failure = (own or trouble.error()).with_traceback(None)
        except TencentAtError as error:
            failure = error.with_traceback(None)
        raise failure  # the frames behind it may hold secrets

    def heard(self, event: Event | None) -> None:
        """Tell it of an event."""
        if event is not None:
            for handler in self._hands.handlers:
                handler(event.name, list(event.values))

    def close(self) -> None:
        """Give it up, or be done."""
        self._work.close()


def _begun(modem: Any, call: str, args: Sequence[object], kw: Mapping[str, object]) -> Any:
    return getattr(modem, call)(*args, **kw) if kw else modem._call(call, *args)


def _left(wish: float, began: float, event: object, closed: bool) -> float:
    if event is None:
        if closed:
            raise PortError("the port was closed")
        return 0
    return max(wish - (time.monotonic() - began) * 1000, _AGAIN)


def perform(modem: Modem, procedure: Procedure) -> Any:
    """Carry a procedure through in the thread that calls; its value."""
    answer: Any = None
    with modem.events() as events:
        try:
            while (wish := procedure.step(answer)) is not None:
                try:
                    if isinstance(wish, tuple):
                        answer = _begun(modem, *wish)
                    else:
                        began = time.monotonic()
                        event = events.get(wish / 1000)
                        procedure.heard(event)
                        answer = _left(wish, began, event, events.closed)
                except TencentAtError as error:
                    answer = error
                while len(events):
                    procedure.heard(events.take(0))
            return procedure.result
        finally:
            procedure.close()


async def perform_async(modem: AsyncModem, procedure: Procedure) -> Any:
    """Carry a procedure through in a task; its value."""
    answer: Any = None
    with modem.events() as events:
        try:
            while (wish := procedure.step(answer)) is not None:
                try:
                    if isinstance(wish, tuple):
                        answer = await _begun(modem, *wish)
                    else:
                        began = time.monotonic()
                        event = await events.get(wish / 1000)
                        procedure.heard(event)
                        answer = _left(wish, began, event, events.closed)
                except TencentAtError as error:
                    answer = error
                while len(events):
                    procedure.heard(await events.take(0))
            return procedure.result
        finally:
            procedure.close()
