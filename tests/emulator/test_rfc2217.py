"""A serial port by TCP: the protocol byte by byte, and serialx's client, whose speed counts."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import serialx

from tencent_at_emulator.background import Background
from tencent_at_emulator.builder import build
from tencent_at_emulator.rfc2217 import Rfc2217Port, Telnet, noise
from tests.names import OK
from tests.waiting import LONG

IAC, DO, WILL, WONT, DONT, SB, SE = b"\xff", b"\xfd", b"\xfb", b"\xfc", b"\xfe", b"\xfa", b"\xf0"


class Server:
    def __init__(self) -> None:
        self.said = bytearray()
        self.telnet = Telnet(self.said.extend, lambda: 115200)

    def asked(self, data: bytes) -> bytes:
        self.said.clear()
        assert self.telnet.feed(data) == b""
        return bytes(self.said)


def com(command: int, value: bytes) -> bytes:
    return IAC + SB + bytes([44, command]) + value + IAC + SE


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (IAC + WILL + b"\x2c", IAC + DO + b"\x2c"),
        (IAC + DO + b"\x2c", IAC + WILL + b"\x2c"),
        (IAC + DO + b"\x01", IAC + WONT + b"\x01"),  # an echo is the module's own affair
        (IAC + WILL + b"\x18", IAC + DONT + b"\x18"),
        (com(1, b"\x00\x00\x25\x80"), com(101, b"\x00\x00\x25\x80")),
        (com(1, b"\x00\x00\x00\x00"), com(101, b"\x00\x01\xc2\x00")),
        (com(1, b"\x00\x00\x00\xff\xff"), com(101, b"\x00\x00\x00\xff\xff")),  # 255 is said twice
        (com(2, b"\x08"), com(102, b"\x08")),
        (com(3, b"\x00"), com(103, b"\x01")),
        (com(5, b"\x08"), com(105, b"\x08")),
        (com(5, b"\x07"), com(105, b"\x08")),
        (com(11, b"\xff\xff"), com(111, b"\xff\xff") + com(107, b"\x30")),
        (com(12, b"\x03"), com(112, b"\x03")),
    ],
)
def test_what_is_asked_is_answered(asked: bytes, answer: bytes) -> None:
    assert Server().asked(asked) == answer


def test_an_option_is_agreed_on_once() -> None:
    server = Server()
    assert server.asked(IAC + WILL + b"\x00") == IAC + DO + b"\x00"
    assert server.asked(IAC + WILL + b"\x00") == b""


def test_at_every_cut() -> None:
    line = (
        b"AT\xff\xff" + com(1, b"\x00\x00\xff\xff\x80") + b"+GMR" + IAC + WILL + b"\x2c" + b"\r\n"
    )
    for cut in range(len(line) + 1):
        server = Server()
        data = server.telnet.feed(line[:cut]) + server.telnet.feed(line[cut:])
        assert (data, server.telnet.baud) == (b"AT\xff+GMR\r\n", 0xFF80), cut
        assert bytes(server.said) == com(101, b"\x00\x00\xff\xff\x80") + IAC + DO + b"\x2c", cut


def test_an_endless_command_takes_no_memory() -> None:
    server = Server()
    server.telnet.feed(IAC + SB)
    for _ in range(100):
        server.telnet.feed(b"x" * 1000)
    assert server.telnet._command is not None and len(server.telnet._command) <= 4096
    assert server.asked(IAC + SE + com(12, b"\x01")) == com(112, b"\x01")


@pytest.fixture
def url() -> Iterator[str]:
    background = Background()
    emulator = background.call(lambda: build(background.loop, given="connected"))
    port = background.call(lambda: Rfc2217Port(background.loop, emulator))
    yield f"rfc2217://127.0.0.1:{port.port}"
    background.call(port.close)
    background.call(emulator.close)
    background.close()


def came(port: serialx.BaseSerial, wanted: bytes) -> bytes:
    """All that comes up to this. (A read may end early, with nothing: an answer of telnet came.)"""
    data, end = b"", time.monotonic() + LONG
    while not data.endswith(wanted):
        assert time.monotonic() < end, data
        data += port.read(1)
    return data


def test_a_client_and_its_speed(url: str) -> None:
    with serialx.serial_for_url(url, baudrate=115200, read_timeout=1) as port:
        port.write(b"ATE1\r\n")
        came(port, OK)
        line = b"AT+UART_CUR=230400,8,1,0,0\r\n"
        port.write(line)
        assert came(port, OK) == line + OK
        port.write(
            b"AT\r\n"
        )  # at the old speed: noise to the module, and what it echoes noise to us
        came(port, noise(noise(b"AT\r\n")))
        port.reconfigure_port(baudrate=230400)
        port.write(b"\r\n")
        came(port, b"ERROR\r\n")  # the noise was no command
        port.write(b"AT\r\n")
        assert came(port, OK).endswith(b"AT\r\n" + OK)


def test_every_byte_travels(url: str) -> None:
    topic, payload = b"CTQS08Y5LG/Dev01/data", bytes(range(1, 256))
    with serialx.serial_for_url(url, baudrate=115200, read_timeout=1) as port:
        port.write(b'AT+TCMQTTSUB="%s",0\r\n' % topic)
        came(port, b"+TCMQTTSUB:OK\r\n")
        port.write(b'AT+TCMQTTPUBL="%s",0,%d\r\n' % (topic, len(payload)))
        came(port, b">\r\n")
        port.write(payload + b"\r\n")
        came(port, b'"' + payload + b'"\r\n')
