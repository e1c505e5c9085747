"""A serial port by TCP, with its speed (RFC 2217): for simulators, terminal servers' clients, and CI."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from .ports import SocketPort, TcpPort
from .rig import Rig

__all__ = ["Rfc2217Port", "Telnet"]

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
BINARY, GO_AHEAD, COM_PORT = 0, 3, 44
OURS = (BINARY, GO_AHEAD, COM_PORT)  # what both sides may use; anything else is declined
ANSWER = 100  # what a server adds to the number of a client's command
SIGNATURE, SET_BAUDRATE, SET_DATASIZE, SET_PARITY, SET_STOPSIZE, SET_CONTROL = range(6)
SET_MODEMSTATE_MASK, NOTIFY_MODEMSTATE = 11, 7
READY = 0x30  # clear to send, data set ready
CONTROLS = {
    0: 1,
    4: 6,
    7: 8,
    10: 11,
    13: 14,
}  # question → answer: no flow control, no break, DTR and RTS on
LONGEST = 4096  # bytes of a command; what is longer is no command


class Telnet:
    """The protocol by itself: ``feed`` takes what came and returns the line's bytes; ``reply`` sends.

    ``baud`` is the speed that the client has set; ``speed`` tells the module's until it has.
    """

    def __init__(self, reply: Callable[[bytes], None], speed: Callable[[], int]) -> None:
        self.reply = reply
        self.speed = speed
        self.baud: int | None = None
        self._size = {SET_DATASIZE: 8, SET_PARITY: 1, SET_STOPSIZE: 1}
        self._said: set[tuple[int, int]] = set()
        self._data = bytearray()
        self._command: bytearray | None = None

    def feed(self, data: bytes) -> bytes:
        """The bytes of the line among these; commands are carried out and answered."""
        self._data += data
        out = bytearray()
        while self._data:
            at = self._data.find(IAC)
            plain = self._data if at < 0 else self._data[:at]
            self._take(out, bytes(plain))
            del self._data[: len(plain)]
            if at >= 0 and not self._telnet(out):
                break  # the rest is still to come
        return bytes(out)

    def _take(self, out: bytearray, data: bytes) -> None:
        if self._command is None:
            out += data
        elif len(self._command) + len(data) <= LONGEST:
            self._command += data

    def _telnet(self, out: bytearray) -> bool:
        """One command of telnet at the head of the data; False while it is not whole."""
        if len(self._data) < 2:
            return False
        what = self._data[1]
        if what in (WILL, WONT, DO, DONT):
            if len(self._data) < 3:
                return False
            self._option(what, self._data[2])
            del self._data[:3]
            return True
        del self._data[:2]
        if what == IAC:
            self._take(out, b"\xff")
        elif what == SB:
            self._command = bytearray()
        elif what == SE and self._command is not None:
            command, self._command = bytes(self._command), None
            if command[:1] == bytes([COM_PORT]) and len(command) > 1:
                self._com_port(command[1], command[2:])
        return True

    def _option(self, what: int, option: int) -> None:
        if what in (DO, WILL):
            wanted = option in OURS
            answer = (WILL if wanted else WONT) if what == DO else (DO if wanted else DONT)
        else:
            answer = WONT if what == DONT else DONT
        if (answer, option) not in self._said:  # said once, so that two sides end
            self._said.add((answer, option))
            self.reply(bytes([IAC, answer, option]))

    def _com_port(self, command: int, value: bytes) -> None:
        if command == SET_BAUDRATE and len(value) == 4:
            if number := int.from_bytes(value, "big"):
                self.baud = number
            value = (self.baud or self.speed()).to_bytes(4, "big")
        elif command in self._size and value:
            self._size[command] = value[0] or self._size[command]
            value = bytes([self._size[command]])
        elif command == SET_CONTROL and value:
            value = bytes([CONTROLS.get(value[0], value[0])])
        elif command == SIGNATURE:
            value = b"tencent-at emulate"
        self._say(command, value)
        if command == SET_MODEMSTATE_MASK:
            self._say(NOTIFY_MODEMSTATE, bytes([READY]))

    def _say(self, command: int, value: bytes) -> None:
        body = bytes([COM_PORT, command + ANSWER & 0xFF]) + escaped(value)
        self.reply(bytes([IAC, SB]) + body + bytes([IAC, SE]))


def escaped(data: bytes) -> bytes:
    """The line's bytes as telnet carries them."""
    return data.replace(b"\xff", b"\xff\xff")


class _Client(SocketPort):
    """One host by RFC 2217. At another speed than the module's both hear noise, byte for byte."""

    def __init__(self, loop: asyncio.AbstractEventLoop, emulator: Rig, end: socket.socket) -> None:
        self.telnet = Telnet(lambda data: SocketPort._send(self, data), self._speed)
        super().__init__(loop, emulator, end)

    def _speed(self) -> int:
        return self.emulator.module.baud

    def _heard(self, data: bytes) -> bytes:
        wrong = self.telnet.baud not in (None, self._speed())
        return noise(data) if wrong else data

    def _arrived(self, data: bytes) -> None:
        if plain := self.telnet.feed(data):
            self.emulator.write(self._heard(plain))

    def _send(self, data: bytes) -> None:
        super()._send(escaped(self._heard(data)))


def noise(data: bytes) -> bytes:
    """What is heard of bytes that come at another speed."""
    return bytes((byte * 167 + 89) & 0xFF | 0x80 for byte in data)


class Rfc2217Port(TcpPort):
    """As `TcpPort`, for hosts that set the speed."""

    client = _Client
