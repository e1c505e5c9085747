"""A module inside the board's script, that answers, floods and counts on a clock that stands still."""

from __future__ import annotations

from boards import runtimes
from tests.boards.conftest import ALONE, PLUGGED

PORTS = ["rp2", "stm32", "esp32"]


# A module that answers at once, sends what it is told to in between, and keeps account of its input.
MODULE = PLUGGED + """
class Module:
    baudrate = 115200
    out = b""
    took = b""
    storm = None
    storms = 0
    line = b""
    left = 0
    rest = idle = 0
    payloads = []
    def any(self):
        return 1 << 20 if self.storm else len(self.out)
    def readinto(self, buf, n):
        while self.storm and len(self.out) < n:
            self.out += self.storm % self.storms
            self.storms += 1
        n = min(n, len(self.out))
        buf[:n] = self.out[:n]
        self.out = self.out[n:]
        return n
    def say(self, data):
        # Behind the line that is under way.
        i = self.out.find(b"\\n") + 1
        self.out = self.out[:i] + data + self.out[i:]
    def write(self, data):
        if self.line:
            self.idle = max(self.idle, uart.idle)
        self.line += data
        while True:
            if self.left:
                if len(self.line) < self.left:
                    return
                self.payloads.append(self.line[: self.left])
                self.line = self.line[self.left :]
                self.left = 0
                self.say(b"+TCMQTTPUBL:OK\\r\\n")
            i = self.line.find(b"\\r\\n")
            if i < 0:
                return
            line = self.line[:i]
            self.line = self.line[i + 2 :]
            if line.startswith(b"AT+TCMQTTPUBL="):
                self.say(b"OK\\r\\n>\\r\\n")
                self.left = int(line.split(b",")[-1]) + 2
            elif line.startswith(b"AT+TCMQTTPUB="):
                self.payloads.append(line)
                self.say(b"OK\\r\\n+TCMQTTPUB:OK\\r\\n")
            else:
                self.say(b"OK\\r\\n")
module = Module()
modem = plugged(module)
uart = modem.uart
"""


MESSAGE = b'+TCMQTTRCVPUB:"CTQS08Y5LG/Dev01/control",20,"%020d"\r\n'


def said(micropython: runtimes.MicroPython, script: str, port: str = "rp2") -> str:
    begin = f"import machine\nmachine.port = {port!r}\n{MODULE}"
    done = micropython.run(begin + script, path=ALONE, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
