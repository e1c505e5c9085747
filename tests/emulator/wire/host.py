"""A host at the other end of the wire, without any driver, and what it expects: shared by the files beside."""

from __future__ import annotations

import contextlib
import os
import select
import time
from collections.abc import Iterator

import tencent_at_emulator
from tencent_at_emulator import Control, Emulator
from tests import names
from tests.ptys import opened

OK = "⏎OK⏎"


ERROR = "⏎ERROR⏎"


CME = "+CME ERROR:{}⏎"


STATE = "+CME ERROR:208⏎"


OTA = "+CME ERROR:200⏎"


INVALID = "+CME ERROR:204⏎"


NO_SUCH = "ERR CODE:0x01090000⏎⏎ERROR⏎"


NO_LINE = "ERR CODE:0x01030000⏎⏎ERROR⏎"


BUSY = "ERR CODE:0x010b0000⏎⏎busy p...⏎"


PID, NAME, TOPIC = names.PRODUCT, names.DEVICE, names.DATA


IMAGE = bytes(range(256)) * 40


def wire(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.replace("⏎", "\r\n").encode()


def result(command: str, words: str = "OK") -> str:
    return f"OK⏎+{command}:{words}⏎"


def malformed(index: int, end: str = INVALID) -> str:
    return f"ERR CODE:0x0108000{index}⏎{end}"


def rcvpub(payload: str | bytes, topic: str = TOPIC) -> bytes:
    data = wire(payload)
    return b'+TCMQTTRCVPUB:"%s",%d,"%s"\r\n' % (topic.encode(), len(data), data)


class Host:
    """A program at the other end of a serial line: a file descriptor, select and time-outs."""

    def __init__(self, fd: int, out: int | None = None) -> None:
        self.fd = fd
        self.out = fd if out is None else out

    def send(self, data: str | bytes) -> None:
        rest = wire(data)
        while rest:
            rest = rest[os.write(self.out, rest) :]

    def receive(self, count: int, seconds: float = 5.0) -> bytes:
        """``count`` bytes, or what came in time."""
        got = b""
        end = time.monotonic() + seconds
        while len(got) < count and (left := end - time.monotonic()) > 0:
            if select.select([self.fd], [], [], left)[0]:
                got += os.read(self.fd, count - len(got))
        return got

    def until(self, mark: str | bytes, seconds: float = 5.0) -> bytes:
        """Everything up to and with ``mark``."""
        got, wanted = b"", wire(mark)
        end = time.monotonic() + seconds
        while not got.endswith(wanted) and time.monotonic() < end:
            got += self.receive(1, 0.5)
        assert got.endswith(wanted), f"waited for {wanted!r}, got {got!r}"
        return got

    def expect(self, *wanted: str | bytes) -> None:
        """Exactly these bytes next."""
        data = b"".join(wire(part) for part in wanted)
        got = self.receive(len(data), 5.0)
        if got != data:
            got += self.receive(4096, 0.1)
        assert got == data

    def ask(self, line: str | bytes, *wanted: str | bytes) -> None:
        """A line and its CR LF in one write; then exactly these bytes."""
        self.send(wire(line) + b"\r\n")
        self.expect(*wanted)

    def expect_around(self, urc: str | bytes, *wanted: str | bytes) -> None:
        """Exactly these bytes, and one URC somewhere between their lines."""
        data, extra = b"".join(wire(part) for part in wanted), wire(urc)
        got = self.receive(len(data) + len(extra))
        at = got.find(extra)
        assert at >= 0 and got[:at] + got[at + len(extra) :] == data, got
        assert at == 0 or got[at - 1 : at] == b"\n", got

    def quiet(self, seconds: float = 0.01) -> None:
        """Nothing more comes, and the module answers."""
        assert self.receive(1, seconds) == b""
        self.ask("AT", OK)


@contextlib.contextmanager
def module(words: str = "", noise: bool = True) -> Iterator[tuple[Host, Control]]:
    """An awake module on a pty, in a scene; echo is off. ``live``: in none, but connected."""
    with tencent_at_emulator.running(boot=False, noise=noise) as emulator:
        if words != "live":
            emulator.control.given(words)
        with opened(emulator.path) as fd:
            host = Host(fd)
            if words == "live":
                host.ask("ATE0", "ATE0⏎", OK)
                host.ask('AT+CWJAP="tencent-at","12345678"', "WIFI CONNECTED⏎WIFI GOT IP⏎", OK)
                host.ask(DEVICE, result("TCDEVINFOSET"))
                host.ask(CONNECT, result("TCMQTTCONN"))
            yield host, emulator.control


class Desk:
    """A module whose clock moves only when told."""

    def __init__(self, words: str = "", noise: bool = True) -> None:
        self.emulator = Emulator(boot=False, noise=noise)
        self.control = self.emulator.control
        self.control.given(words)

    def say(self, data: str | bytes, seconds: float = 0.1) -> bytes:
        """One write, and what came within ``seconds``."""
        self.emulator.write(wire(data))
        return self.after(seconds)

    def after(self, seconds: float) -> bytes:
        self.emulator.advance(seconds)
        return self.emulator.read()


def play(words: str, exchanges: list[tuple[str, str]]) -> None:
    """One exchange after another, in one scene; then silence."""
    with module(words) as (host, _):
        for line, answer in exchanges:
            host.ask(line, answer)
        host.quiet()


DEVICE = f'AT+TCDEVINFOSET=1,"{PID}","{NAME}","{names.SECRET}"'


PRODUCT = f'AT+TCPRDINFOSET=1,"{PID}","{names.SECRET}","{NAME}"'


CONNECT = "AT+TCMQTTCONN=1,5000,240,1,1"


MODINFO = 'AT+TCMODINFOSET="ESP-WROOM-02D",2,0,1118208,1122304,716800,1'


SUBSCRIBED = f'connected; subscribed "{TOPIC}" 1'
