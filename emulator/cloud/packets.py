"""MQTT 3.1.1 packets, as a broker reads and writes them. Bytes in, values out; no I/O."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = [
    "Bad",
    "Connect",
    "Packet",
    "Publish",
    "Reader",
    "acknowledge",
    "connack",
    "publish",
    "read_connect",
    "read_filters",
    "read_publish",
    "suback",
]

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 1, 2, 3, 4, 5, 6, 7
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = 8, 9, 10, 11, 12, 13, 14
PINGRESP_BYTES = b"\xd0\x00"
LARGEST = 256 * 1024  # bytes in one packet


class Bad(Exception):
    """Bytes that are no MQTT 3.1.1; the connection ends."""


@dataclass(frozen=True, slots=True)
class Packet:
    """Type, the four flag bits, and everything behind the remaining length."""

    kind: int
    flags: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Connect:
    """What a client asks for; ``keepalive`` in seconds, 0 for none."""

    name: str
    level: int
    clean: bool
    keepalive: int
    will: Publish | None
    user: bytes | None
    password: bytes | None


@dataclass(frozen=True, slots=True)
class Publish:
    """A message under way; ``number`` is 0 at QoS 0."""

    topic: bytes
    payload: bytes
    qos: int
    retain: bool
    number: int = 0


class Reader:
    """Cuts a stream into packets; raises ``Bad``."""

    def __init__(self) -> None:
        self._data = bytearray()

    @property
    def waiting(self) -> int:
        """Bytes of a packet that is not complete."""
        return len(self._data)

    def feed(self, data: bytes) -> Iterator[Packet]:
        """All packets that are complete with these bytes."""
        self._data += data
        while (packet := self._take()) is not None:
            yield packet

    def _take(self) -> Packet | None:
        data = self._data
        size, shift, at = 0, 0, 1
        while True:
            if at >= len(data):
                return None
            size |= (data[at] & 0x7F) << shift
            at += 1
            if not data[at - 1] & 0x80:
                break
            shift += 7
            if shift > 21:
                raise Bad("remaining length")
        if size > LARGEST:
            raise Bad("too large")
        if len(data) < at + size:
            return None
        packet = Packet(data[0] >> 4, data[0] & 15, bytes(data[at : at + size]))
        del data[: at + size]
        return packet


def _word(body: bytes, at: int) -> int:
    if len(body) < at + 2:
        raise Bad("short")
    return int.from_bytes(body[at : at + 2], "big")


def _string(body: bytes, at: int) -> tuple[bytes, int]:
    size = _word(body, at)
    if len(body) < at + 2 + size:
        raise Bad("short")
    return body[at + 2 : at + 2 + size], at + 2 + size


def read_connect(body: bytes) -> Connect:
    """A CONNECT's contents."""
    protocol, at = _string(body, 0)
    if protocol not in (b"MQTT", b"MQIsdp") or len(body) < at + 4:
        raise Bad("protocol")
    level, flags = body[at], body[at + 1]
    keepalive = _word(body, at + 2)
    name, at = _string(body, at + 4)
    will = None
    if flags & 4:
        topic, at = _string(body, at)
        payload, at = _string(body, at)
        will = Publish(topic, payload, flags >> 3 & 3, bool(flags & 0x20))
    user = password = None
    if flags & 0x80:
        user, at = _string(body, at)
    if flags & 0x40:
        password, at = _string(body, at)
    return Connect(
        name.decode("utf-8", "replace"), level, bool(flags & 2), keepalive, will, user, password
    )


def read_publish(packet: Packet) -> Publish:
    """A PUBLISH's contents."""
    qos = packet.flags >> 1 & 3
    topic, at = _string(packet.body, 0)
    if qos == 3 or not topic or b"+" in topic or b"#" in topic:
        raise Bad("publish")
    number = 0
    if qos:
        number = _word(packet.body, at)
        at += 2
    return Publish(topic, packet.body[at:], qos, bool(packet.flags & 1), number)


def read_filters(packet: Packet) -> tuple[int, list[tuple[bytes, int]]]:
    """Packet number and (filter, QoS) of a SUBSCRIBE; of an UNSUBSCRIBE the QoS is 0."""
    number, at = _word(packet.body, 0), 2
    filters = []
    while at < len(packet.body):
        pattern, at = _string(packet.body, at)
        qos = 0
        if packet.kind == SUBSCRIBE:
            if at >= len(packet.body):
                raise Bad("short")
            qos, at = packet.body[at] & 3, at + 1
        filters.append((pattern, qos))
    if not filters:
        raise Bad("no filter")
    return number, filters


def _packet(first: int, body: bytes) -> bytes:
    size, length = len(body), bytearray()
    while True:
        size, digit = divmod(size, 128)
        length.append(digit | (0x80 if size else 0))
        if not size:
            return bytes([first]) + length + body


def connack(present: bool, code: int) -> bytes:
    """Return code 0 lets in; 1 wrong level, 2 name refused."""
    return _packet(CONNACK << 4, bytes([present, code]))


def publish(message: Publish) -> bytes:
    """A PUBLISH to a client."""
    number = struct.pack(">H", message.number) if message.qos else b""
    body = struct.pack(">H", len(message.topic)) + message.topic + number + message.payload
    return _packet(PUBLISH << 4 | message.qos << 1 | message.retain, body)


def acknowledge(kind: int, number: int) -> bytes:
    """PUBACK, PUBREC, PUBREL, PUBCOMP or UNSUBACK."""
    return _packet(kind << 4 | (2 if kind == PUBREL else 0), struct.pack(">H", number))


def suback(number: int, granted: list[int]) -> bytes:
    """One code for each filter: the QoS granted, or 0x80."""
    return _packet(SUBACK << 4, struct.pack(">H", number) + bytes(granted))
