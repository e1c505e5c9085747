"""The blocking shell: a Modem over a serial port."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import Any, NamedTuple

from . import codec
from .commands import Commands
from .dialogue import Dialogue
from .errors import OUTCOMES, InvalidArgument, ModuleError, UnexpectedAnswer
from .transport import Transport, transport

SIZE = 20480  # bytes for the longest message with its head


class Message(NamedTuple):
    """A message of a subscribed topic (manual 5.1)."""

    topic: str
    payload: bytes


class Event(NamedTuple):
    """A URC that is no message: its name in the transcription, and its values."""

    name: str
    values: tuple[str | int, ...]


class Modem(Dialogue, Commands):
    """The module on a port: every command form as a typed method, and the messages it sends by itself.

    port: a serial URL or a Transport-like object. Use it in a `with` block, or call close().
    """

    def __init__(self, port: str | Any, baudrate: int = 115200) -> None:
        Dialogue.__init__(self, SIZE)
        self.backlog = 1024
        self.transport: Transport = transport(port, baudrate)
        self._left = b""
        self._heard = time.monotonic()
        self.on_event = lambda name, values: None

    def __enter__(self) -> Modem:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the port; the module stays as it is."""
        self.transport.close()

    def start(self) -> None:
        """Make sure that the module listens: settle the line, turn the echo off."""
        self._dirty = True
        self.echo_off()

    def publish(self, topic: str | bytes, payload: str | bytes, qos: int = 0) -> None:
        """Publish so that the payload arrives unchanged, as one line or behind a prompt (manual 3.3, 3.4).

        Raises InvalidArgument, naming the byte or length that cannot travel, before anything is written.
        """
        self._drive(Dialogue.publish(self, topic, payload, qos))

    def receive(self, timeout: float | None = None) -> Message | None:
        """The next message; None when `timeout` seconds have passed without one."""
        return next(self.messages(timeout), None)

    def messages(self, timeout: float | None = None) -> Iterator[Message]:
        """Messages as they come; ends when `timeout` seconds pass without one."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            for i, item in enumerate(self.inbox):
                if len(item) == 3:
                    del self.inbox[i]
                    yield Message(codec.text(item[0][: item[1]]), item[0][item[2] :])
                    end = None if timeout is None else time.monotonic() + timeout
                    break
            else:
                left = 0.2 if end is None else min(0.2, end - time.monotonic())
                if left <= 0:
                    return
                self._wait(left * 1000)
                self._pump()

    def _call(self, call: str, *args: object) -> Any:
        return self._drive(Dialogue.call(self, call, args))

    def _drive(self, work: Generator[Any, Any, Any]) -> Any:
        # Carry a generator through: write what it yields, wait for what it waits for.
        try:
            wish = next(work)
            while True:
                if isinstance(wish, bytes):
                    self.transport.write(wish)
                    wish = work.send(None)
                else:
                    wish = work.send(self._wait(wish))
        except StopIteration as end:
            return end.value
        except (ValueError, TypeError) as error:
            raise InvalidArgument(str(error)) from None

    def _wait(self, ms: float) -> bool:
        data = self._left or self.transport.read(4096, ms / 1000)
        if not data:
            return False
        self._left = data[self.link.receive(data, 0, len(data)) :]
        return True

    def _error(self, outcome: int, fields: Any) -> ModuleError:
        return OUTCOMES[outcome - 1](codec.text(fields[0]), self.link.number, self.link.table + codec.text(fields[5]))


__all__ = ["Event", "Message", "Modem", "UnexpectedAnswer"]
