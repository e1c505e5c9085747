"""The heart of a broker: clients, topic filters, retained messages, sessions that outlive a link."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Client", "Message", "Router", "matches"]

QUEUE = 100  # messages kept for an absent client


@dataclass(frozen=True, slots=True)
class Message:
    """An application message; ``retain`` is the flag as it goes out."""

    topic: bytes
    payload: bytes
    qos: int = 0
    retain: bool = False


@dataclass
class Client:
    """Somebody connected. ``deliver`` gets each message; ``kicked`` is called when another takes the name."""

    name: str
    deliver: Callable[[Message], None]
    kicked: Callable[[], None]
    clean: bool = True
    filters: dict[bytes, int] = field(default_factory=dict)


@dataclass
class _Absent:
    filters: dict[bytes, int]
    queue: deque[Message] = field(default_factory=lambda: deque(maxlen=QUEUE))


def matches(pattern: bytes, topic: bytes) -> bool:
    """Whether a topic filter matches a topic (MQTT 3.1.1, 4.7)."""
    if pattern == topic:
        return True
    if topic[:1] == b"$" and pattern[:1] in (b"+", b"#"):
        return False
    wanted, given = pattern.split(b"/"), topic.split(b"/")
    for at, level in enumerate(wanted):
        if level == b"#":
            return at == len(wanted) - 1
        if at >= len(given) or level not in (b"+", given[at]):
            return False
    return len(wanted) == len(given)


class Router:
    """Messages in, messages out. ``watch`` hears each message after it was routed.

    Who subscribes to a plain topic is found by it, so that a message costs as much among a thousand clients as among
    ten; whoever has a filter with a wildcard is asked each time.
    """

    def __init__(self) -> None:
        self.clients: dict[str, Client] = {}
        self._plain: dict[bytes, dict[str, Client]] = {}
        self._wild: dict[str, Client] = {}
        self.retained: dict[bytes, Message] = {}
        self.watch: Callable[[Client | None, Message], None] = lambda source, message: None
        self._absent: dict[str, _Absent] = {}

    def attach(self, client: Client) -> bool:
        """Let a client in, throwing off its namesake; True when an old session was found."""
        other = self.clients.pop(client.name, None)
        if other is not None:
            self._forget(other)
            self._keep(other)
            other.kicked()
        kept = self._absent.pop(client.name, None)
        self.clients[client.name] = client
        if client.clean or kept is None:
            return False
        client.filters.update(kept.filters)
        for pattern in client.filters:
            self._index(client, pattern)
        for message in kept.queue:
            client.deliver(message)
        return True

    def detach(self, client: Client) -> None:
        """A client has gone; its session stays when it asked for that."""
        if self.clients.get(client.name) is client:
            del self.clients[client.name]
            self._forget(client)
            self._keep(client)

    def _keep(self, client: Client) -> None:
        if not client.clean:
            self._absent[client.name] = _Absent(client.filters)

    def subscribe(self, client: Client, pattern: bytes, qos: int) -> None:
        """Add a filter, and deliver what was retained for it."""
        client.filters[pattern] = qos
        if self.clients.get(client.name) is client:
            self._index(client, pattern)
        for message in list(self.retained.values()):
            if matches(pattern, message.topic):
                client.deliver(Message(message.topic, message.payload, min(qos, message.qos), True))

    def unsubscribe(self, client: Client, pattern: bytes) -> None:
        """Take a filter away, if it was there."""
        if client.filters.pop(pattern, None) is None or self.clients.get(client.name) is not client:
            return
        self._unindex(client, pattern)

    def _index(self, client: Client, pattern: bytes) -> None:
        if wild(pattern):
            self._wild[client.name] = client
        else:
            self._plain.setdefault(pattern, {})[client.name] = client

    def _unindex(self, client: Client, pattern: bytes) -> None:
        if wild(pattern):
            if not any(map(wild, client.filters)):
                self._wild.pop(client.name, None)
        elif pattern in self._plain:
            self._plain[pattern].pop(client.name, None)
            if not self._plain[pattern]:
                del self._plain[pattern]

    def _forget(self, client: Client) -> None:
        self._wild.pop(client.name, None)
        for pattern in client.filters:
            if not wild(pattern):
                self._unindex(client, pattern)

    def publish(self, source: Client | None, message: Message) -> int:
        """Route a message; returns to how many it went."""
        if message.retain:
            if message.payload:
                self.retained[message.topic] = message
            else:
                self.retained.pop(message.topic, None)
        count = 0
        hearing = {**self._plain.get(message.topic, {}), **self._wild}
        for client in hearing.values():
            qos = _best(client.filters, message.topic)
            if qos is not None:
                client.deliver(Message(message.topic, message.payload, min(qos, message.qos)))
                count += 1
        for absent in self._absent.values():
            qos = _best(absent.filters, message.topic)
            if qos and message.qos:
                absent.queue.append(Message(message.topic, message.payload, 1))
        self.watch(source, message)
        return count


def wild(pattern: bytes) -> bool:
    """Whether a topic filter has a wildcard."""
    return b"+" in pattern or b"#" in pattern


def _best(filters: dict[bytes, int], topic: bytes) -> int | None:
    granted = filters.get(topic)
    for pattern, qos in filters.items():
        if (granted is None or qos > granted) and matches(pattern, topic):
            granted = qos
    return granted
