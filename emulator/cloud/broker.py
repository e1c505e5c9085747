"""The embedded cloud as an MQTT 3.1.1 broker on loopback, for clients that watch and play along."""

from __future__ import annotations

import asyncio
import itertools

from . import packets
from .embedded import EmbeddedCloud
from .packets import Bad, Connect, Packet, Publish
from .router import Client, Message

__all__ = ["Broker"]

HIGHEST_QOS = 1
GRACE = 1.5  # times the keepalive


class Broker:
    """Listens until it is closed. Everybody is let in, under any name; module names throw the module off."""

    def __init__(self, cloud: EmbeddedCloud) -> None:
        self.cloud = cloud
        self.port = 0
        self._server: asyncio.Server | None = None
        self._guests: set[_Guest] = set()

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> int:
        """Begin to listen; returns the port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Guest(self), host, port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def close(self) -> None:
        """Hang up on everybody."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for guest in list(self._guests):
            guest.hang_up()

    def entered(self, guest: _Guest) -> None:
        self._guests.add(guest)

    def left(self, guest: _Guest) -> None:
        self._guests.discard(guest)


class _Guest(asyncio.Protocol):
    """One client's connection."""

    _names = itertools.count(1)

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.router = broker.cloud.router
        self._reader = packets.Reader()
        self._transport: asyncio.Transport | None = None
        self._client: Client | None = None
        self._will: Publish | None = None
        self._numbers = itertools.cycle(range(1, 65536))
        self._second: set[int] = set()
        self._silence: asyncio.TimerHandle | None = None
        self._patience = 10.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.broker.entered(self)
        self._rearm()

    def data_received(self, data: bytes) -> None:
        self._rearm()
        try:
            if (
                self._client is None
                and data[0] != packets.CONNECT << 4
                and not self._reader.waiting
            ):
                raise Bad("CONNECT comes first")
            for packet in self._reader.feed(data):
                self._packet(packet)
        except Bad:
            self.hang_up()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._silence is not None:
            self._silence.cancel()
        self.broker.left(self)
        client, self._client = self._client, None
        if client is not None:
            self.router.detach(client)
        if self._will is not None:
            will, self._will = self._will, None
            self._route(will)

    def hang_up(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _rearm(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        if self._patience:
            loop = asyncio.get_running_loop()
            self._silence = loop.call_later(self._patience, self.hang_up)

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _packet(self, packet: Packet) -> None:
        if (self._client is None) != (packet.kind == packets.CONNECT):
            raise Bad("CONNECT comes first, and once")
        match packet.kind:
            case packets.CONNECT:
                self._connect(packets.read_connect(packet.body))
            case packets.PUBLISH:
                self._publish(packets.read_publish(packet))
            case packets.PUBREL:
                number = int.from_bytes(packet.body[:2], "big")
                self._second.discard(number)
                self._write(packets.acknowledge(packets.PUBCOMP, number))
            case packets.SUBSCRIBE:
                self._subscribe(packet)
            case packets.UNSUBSCRIBE:
                self._unsubscribe(packet)
            case packets.PINGREQ:
                self._write(packets.PINGRESP_BYTES)
            case packets.DISCONNECT:
                self._will = None
                self.hang_up()
            case packets.PUBACK:
                pass
            case _:
                raise Bad("no packet for a broker")

    def _connect(self, asked: Connect) -> None:
        if asked.level not in (3, 4):
            self._write(packets.connack(False, 1))
            raise Bad("level")
        if not asked.name and not asked.clean:
            self._write(packets.connack(False, 2))
            raise Bad("name")
        name = asked.name or f"guest-{next(self._names)}"
        self._will = asked.will
        self._patience = asked.keepalive * GRACE
        self._rearm()
        client = Client(name, self._deliver, self._kicked, asked.clean)
        held: list[Message] = []
        # What was kept for this client comes behind the CONNACK.
        client.deliver = held.append
        self._client = client
        present = self.router.attach(client)
        self._write(packets.connack(present, 0))
        client.deliver = self._deliver
        for message in held:
            self._deliver(message)

    def _kicked(self) -> None:
        self._client = None
        self.hang_up()

    def _publish(self, message: Publish) -> None:
        if message.qos == 2:
            again = message.number in self._second
            self._second.add(message.number)
            self._write(packets.acknowledge(packets.PUBREC, message.number))
            if again:
                return
        self._route(message)
        if message.qos == 1:
            self._write(packets.acknowledge(packets.PUBACK, message.number))

    def _route(self, message: Publish) -> None:
        qos = min(message.qos, HIGHEST_QOS)
        self.broker.cloud.heard(
            self._client, Message(message.topic, message.payload, qos, message.retain)
        )

    def _subscribe(self, packet: Packet) -> None:
        number, filters = packets.read_filters(packet)
        self._write(packets.suback(number, [min(qos, HIGHEST_QOS) for _, qos in filters]))
        if self._client is not None:
            for pattern, qos in filters:
                self.router.subscribe(self._client, pattern, min(qos, HIGHEST_QOS))

    def _unsubscribe(self, packet: Packet) -> None:
        number, filters = packets.read_filters(packet)
        if self._client is not None:
            for pattern, _ in filters:
                self.router.unsubscribe(self._client, pattern)
        self._write(packets.acknowledge(packets.UNSUBACK, number))

    def _deliver(self, message: Message) -> None:
        number = next(self._numbers) if message.qos else 0
        self._write(
            packets.publish(
                Publish(message.topic, message.payload, message.qos, message.retain, number)
            )
        )
