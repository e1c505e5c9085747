# Copied from runtime/cpython/listening.py: edit that.
"""What the module says by itself, and its readers: boxes, streams and callbacks, for tasks and for threads."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from .conversation import Counts
from .driver import Driver
from .errors import InvalidArgument, PortError
from .mail import AsyncMailbox, Hook, Mailbox, Streams
from .message import Message
from .threads import Delivery
from .urc import Event

log: logging.Logger = logging.getLogger("tencent_at")

MessageCallback = Callable[[Message], Awaitable[None] | None]
EventCallback = Callable[[Event], Awaitable[None] | None]
LostCallback = Callable[[Counts], Awaitable[None] | None]


class Boxes:
    """Where what the module says waits for its reader: messages, the streams, and whether something was lost."""

    def __init__(
        self,
        messages: AsyncMailbox[Message] | Mailbox[Message],
        losses: AsyncMailbox[bool] | Mailbox[bool],
    ) -> None:
        self.messages = messages
        self.losses = losses
        self.streams: Streams = Streams()
        messages.on_lost = self.tell_lost

    def put(self, item: Message | Event) -> None:
        """Give a message or an event to all who want it."""
        if isinstance(item, Message):
            self.messages.put(item)
        self.streams.put(item, isinstance(item, Message))

    def tell_lost(self) -> None:
        """Something found no room: say so once, until that is read."""
        if not len(self.losses):
            self.losses.put(True)

    def end(self, ended: PortError, told: PortError | None) -> None:
        """No more will come: `told` is what readers get, `ended` what streams of later are told."""
        self.messages.close(told)
        self.streams.close(told, ended)

    def close(self) -> None:
        """Let all readers go."""
        self.messages.close()
        self.losses.close()
        self.streams.close()


class AsyncListener(Driver):
    """The readers of an AsyncModem: tasks of its loop."""

    def _listen(self, backlog: int, boxes: Boxes | None) -> None:
        # boxes: of a blocking modem, whose threads read them.
        self._backlog = backlog
        self._messages: AsyncMailbox[Message] = AsyncMailbox(
            backlog, "messages", on_wait=self._hook
        )
        self._losses: AsyncMailbox[bool] = AsyncMailbox(1, "losses")
        self._boxes: Boxes = boxes or Boxes(self._messages, self._losses)
        self._deliveries: dict[str, asyncio.Task[None]] = {}
        self._callbacks: dict[str, Any] = {}

    def _own(self) -> AsyncMailbox[Message]:
        if self._boxes.messages is not self._messages:
            raise InvalidArgument(
                "the messages go to the blocking modem's receive(), messages() and on_message; "
                "everything() has them for tasks"
            )
        return self._messages

    async def receive(self, timeout: float | None = None) -> Message | None:
        """The next message; None when `timeout` seconds have passed without one, or after close().

        Raises PortError where the port was lost.
        """
        return await self._own().get(timeout)

    def messages(self, timeout: float | None = None) -> AsyncIterator[Message]:
        """Messages as they come; ends when `timeout` seconds pass without one, or with close().

        Each goes to one reader only. Raises PortError where the port was lost.
        """
        return self._own().each(timeout)

    def events(self) -> AsyncMailbox[Event]:
        """What the module says by itself from now on, messages excepted: iterate, or await get(timeout).

        Each such stream has them all; close() it, or let it go, when it is no longer read.
        """
        stream: AsyncMailbox[Event]
        stream = AsyncMailbox(self._backlog, "events", self._boxes.tell_lost, self._hook)
        self._boxes.streams.add(stream, everything=False)
        return stream

    def everything(self) -> AsyncMailbox[Event | Message]:
        """Like events(), with the messages among them, in order. They still go to receive() and on_message too."""
        stream: AsyncMailbox[Event | Message]
        stream = AsyncMailbox(
            self._backlog, "events and messages", self._boxes.tell_lost, self._hook
        )
        self._boxes.streams.add(stream, everything=True)
        return stream

    @property
    def on_message(self) -> MessageCallback | None:
        """Called with each message, in order, one at a time; it may be async and may call the modem."""
        return self._callbacks.get("message")

    @on_message.setter
    def on_message(self, callback: MessageCallback | None) -> None:
        self._deliver("message", self._own(), callback)

    @property
    def on_event(self) -> EventCallback | None:
        """Called with each event, in order, one at a time; it may be async and may call the modem."""
        return self._callbacks.get("event")

    @on_event.setter
    def on_event(self, callback: EventCallback | None) -> None:
        self._deliver(
            "event", AsyncMailbox(0, "events") if callback is None else self.events(), callback
        )

    @property
    def on_lost(self) -> LostCallback | None:
        """Called with the counts when a message or an event has found no room: its reader is too slow, or absent.

        Once for many that are lost in a row. Like on_message otherwise.
        """
        return self._callbacks.get("lost")

    @on_lost.setter
    def on_lost(self, callback: LostCallback | None) -> None:
        self._deliver("lost", self._losses, callback)

    @property
    def seen(self) -> str:
        """What has come since the call under way began, or the last one, in words; never the text of an answer."""
        return self._watch.seen()

    @property
    def unstable(self) -> str:
        """In words, with what helps: the module restarts again and again, or never finishes its boot; "" if not."""
        return self._watch.unstable()

    @property
    def counts(self) -> Counts:
        """What was dropped so far."""
        link = self._talk.link
        return Counts(link.noise, link.dropped, self._boxes.messages.lost, self._boxes.streams.lost)

    def _deliver(self, kind: str, box: AsyncMailbox[Any], callback: Any) -> None:
        self._callbacks[kind] = callback
        task = self._deliveries.pop(kind, None)
        if task is not None:
            task.cancel()
        if callback is not None:
            self._deliveries[kind] = asyncio.get_running_loop().create_task(
                self._hand_over(box, callback)
            )

    def _hook(self) -> Hook | None:
        return self.on_wait

    def _hear(self, item: Message | Event) -> None:
        if isinstance(item, Event) and item.name == "ready":
            self._watch.restarted()
        self._boxes.put(item)

    def _end(self, error: PortError, lost: bool) -> None:
        # Readers get the error where the port was lost, and a plain end where we closed it.
        self._ended = error
        self._wake()
        self._boxes.end(error, error if lost else None)
        self._messages.close()

    async def _hand_over(self, box: AsyncMailbox[Any], callback: Any) -> None:
        with contextlib.suppress(PortError):
            while (item := await box.take()) is not None:
                try:
                    result = callback(self.counts if box is self._losses else item)
                    if inspect.isawaitable(result):
                        await result
                except asyncio.CancelledError:
                    # Ours, or the callback's own? Python 3.10 cannot tell: there it is taken for ours.
                    cancelling = getattr(asyncio.current_task(), "cancelling", None)
                    if cancelling is None or cancelling():
                        raise
                    log.exception("a callback failed")
                except (Exception, SystemExit):
                    log.exception("a callback failed")


class Listener:
    """The readers of a blocking Modem: threads."""

    on_wait: Callable[[], object] | None = None
    _modem: AsyncListener

    def _listen(self, backlog: int) -> None:
        self._backlog = backlog
        self._messages: Mailbox[Message] = Mailbox(backlog, "messages", on_wait=self._hook)
        self._losses: Mailbox[bool] = Mailbox(1, "losses")
        self._boxes: Boxes = Boxes(self._messages, self._losses)
        self._deliveries: dict[str, Delivery] = {}

    def receive(self, timeout: float | None = None) -> Message | None:
        """The next message; None when `timeout` seconds have passed without one, or after close().

        Raises PortError where the port was lost.
        """
        return self._messages.get(timeout)

    def messages(self, timeout: float | None = None) -> Iterator[Message]:
        """Messages as they come; ends when `timeout` seconds pass without one, or with close().

        Each goes to one reader only. Raises PortError where the port was lost.
        """
        return self._messages.each(timeout)

    def events(self) -> Mailbox[Event]:
        """What the module says by itself from now on, messages excepted: iterate, or get(timeout).

        Each such stream has them all; close() it, or let it go, when it is no longer read.
        """
        stream: Mailbox[Event]
        stream = Mailbox(self._backlog, "events", self._boxes.tell_lost, self._hook)
        self._boxes.streams.add(stream, everything=False)
        return stream

    def everything(self) -> Mailbox[Event | Message]:
        """Like events(), with the messages among them, in order. They still go to receive() and on_message too."""
        stream: Mailbox[Event | Message]
        stream = Mailbox(self._backlog, "events and messages", self._boxes.tell_lost, self._hook)
        self._boxes.streams.add(stream, everything=True)
        return stream

    @property
    def on_message(self) -> Callable[[Message], object] | None:
        """Called with each message, in order, in a thread of its own; it may call the modem."""
        return self._callback("message")

    @on_message.setter
    def on_message(self, callback: Callable[[Message], object] | None) -> None:
        self._deliver("message", self._messages, callback)

    @property
    def on_event(self) -> Callable[[Event], object] | None:
        """Called with each event, in order, in a thread of its own; it may call the modem."""
        return self._callback("event")

    @on_event.setter
    def on_event(self, callback: Callable[[Event], object] | None) -> None:
        self._deliver("event", None, callback)

    @property
    def on_lost(self) -> Callable[[Counts], object] | None:
        """Called with the counts when a message or an event has found no room: its reader is too slow, or absent.

        Once for many that are lost in a row. Like on_message otherwise.
        """
        return self._callback("lost")

    @on_lost.setter
    def on_lost(self, callback: Callable[[Counts], object] | None) -> None:
        def tell(_: bool) -> object:
            assert callback is not None
            return callback(self.counts)

        self._deliver("lost", self._losses, None if callback is None else tell)

    @property
    def seen(self) -> str:
        """What has come since the call under way began, or the last one, in words; never the text of an answer."""
        return self._modem.seen

    @property
    def unstable(self) -> str:
        """In words, with what helps: the module restarts again and again, or never finishes its boot; "" if not."""
        return self._modem.unstable

    @property
    def counts(self) -> Counts:
        """What was dropped so far."""
        return self._modem.counts

    def _callback(self, kind: str) -> Any:
        return self._deliveries[kind].callback if kind in self._deliveries else None

    def _deliver(self, kind: str, box: Mailbox[Any] | None, callback: Any) -> None:
        if kind in self._deliveries:
            self._deliveries[kind].set(callback)
        elif callback is not None:
            self._deliveries[kind] = Delivery(self.events() if box is None else box, callback)

    def _hook(self) -> Hook | None:
        return self.on_wait
