"""A module behind a terminal that can be pulled out and put in again, and that knows its own line speed."""

from __future__ import annotations

import contextlib
import os
import pathlib
import select
import termios
import threading

from tests.names import OK
from tests.ptys import Pty

SPEEDS = {getattr(termios, f"B{rate}"): rate for rate in (9600, 57600, 115200, 230400, 460800)}


class Plugged:
    """The terminal at `path`, a symbolic link; `answers`: what lines are answered beside AT and ATE0."""

    def __init__(self, path: pathlib.Path, mac: str = "a0:b1:c2:d3:e4:f5") -> None:
        self.path = path
        self.mac = mac
        self.speed = 115200
        self.lines: list[bytes] = []
        self.answers: dict[bytes, bytes] = {}
        self.plug()

    def plug(self) -> None:
        """Put it in: another terminal, by the same name."""
        self.pty = Pty()
        beside = self.path.with_suffix(".new")
        beside.symlink_to(self.pty.name)
        os.replace(beside, self.path)
        self._pulled = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def pull(self) -> None:
        """Pull it out: the host's end hangs up, and its name is gone."""
        self.path.unlink()
        self._pulled.set()
        self._thread.join()
        self.pty.close()

    def restart(self) -> None:
        """The module begins anew, at its first speed, and says so."""
        self.speed = 115200
        self.say(b"\r\nready\r\n")

    def say(self, data: bytes) -> None:
        """Send bytes; at another speed than the host's they are rubbish."""
        host = SPEEDS.get(termios.tcgetattr(self.pty.slave)[5])
        os.write(self.pty.master, data if host == self.speed else b"\xfe\x81" * (len(data) // 2))

    def _serve(self) -> None:
        begun = b""
        with contextlib.suppress(OSError, termios.error):
            while not self._pulled.is_set():
                if not select.select([self.pty.master], [], [], 0.05)[0]:
                    continue
                data = os.read(self.pty.master, 4096)
                if SPEEDS.get(termios.tcgetattr(self.pty.slave)[5]) != self.speed:
                    continue
                begun += data
                while b"\r\n" in begun:
                    line, _, begun = begun.partition(b"\r\n")
                    self.lines.append(line)
                    self.answer(line)

    def answer(self, line: bytes) -> None:
        """What a line is answered."""
        if line.startswith(b"AT+UART_CUR="):
            self.say(OK)
            self.speed = int(line.partition(b"=")[2].split(b",")[0])
        elif line == b"AT+TCMODULE":
            self.say(b"Module HW name: ESP8266\r\nModule Mac addr: %s\r\n" % self.mac.encode() + OK)
        elif line in (b"AT", b"ATE0"):
            self.say(OK)
        elif line in self.answers:
            self.say(self.answers[line])
