"""What is promised to allocate nothing allocates nothing, on both runtimes, from source and .mpy."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from boards import runtimes

LOCKED = """
import machine, micropython, time
from tcat import Modem
modem = Modem(machine.UART(0, 115200, rxbuf=4096), {size})
heard = [0, 0, 0]
def on_message(buf, topic, topic_end, start, end):
    heard[0] += 1
    heard[1] = end - start
    heard[2] = buf[end - 1]
modem.on_message = on_message
modem.poll()
print("ready")
left = {count}
end = time.ticks_add(time.ticks_ms(), 5000)
micropython.heap_lock()
try:
    while heard[0] + modem.link.noise < left and time.ticks_diff(end, time.ticks_ms()) > 0:
        modem.poll()
finally:
    micropython.heap_unlock()
print(heard, modem.link.noise, modem.link.dropped)
"""
Wire = tuple[socket.socket, socket.socket]
MESSAGE = b'+TCMQTTRCVPUB:"CTQS08Y5LG/Dev01/control",%d,"%s"\r\n'
LINES = (
    b"some text\r\n"
    b"+TCNEWTHING:1,2\r\n"
    b"> \r\n"
    b"\x00\xff\xfe garbage\r\n"
    b'+TCMQTTRCVPUB:"t",abc,"x"\r\n'
    b"+TCMQTTDISCON,-103\r\n"  # a URC, and nobody listens
    b"+TCMQTTCONN:OK\r\n"
    b"OK\r\n"
    b"ERROR\r\n"
    b"+CME ERROR:208\r\n"
    b"busy p...\r\n"
)


@pytest.fixture(params=["source", "mpy"])
def tcat(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "source":
        return runtimes.TCAT
    runtimes.compile_mpy(runtimes.TCAT / "tcat", tmp_path / "tcat", options=["-O3"])
    return tmp_path


@pytest.mark.parametrize(
    ("said", "count", "heard"),
    [
        (b"", 1, "[0, 0, 0] 0 0"),  # idle for five seconds
        (LINES, 10, "[0, 0, 0] 10 0"),
        (MESSAGE % (2048, b"x" * 2048), 1, "[1, 2048, 120] 0 0"),
        (MESSAGE % (5, b"a\r\nOK") * 20, 20, "[20, 5, 75] 0 0"),
        (LINES + MESSAGE % (40, b"y" * 40) + LINES, 21, "[1, 40, 121] 20 0"),
        (MESSAGE % (2999, b"z" * 2999) + MESSAGE % (1, b"1"), 2, "[1, 1, 49] 1 3001"),
    ],
    ids=["idle", "noise", "2048 bytes", "many", "mixed", "too long"],
)
def test_under_a_locked_heap(
    said: bytes,
    count: int,
    heard: str,
    micropython: runtimes.MicroPython,
    uart_pair: Wire,
    tcat: Path,
) -> None:
    uart_pair[0].sendall(said)
    script = LOCKED.format(size=2304, count=count)
    if not said:
        script = script.replace("5000", "300")
    done = micropython.run(script, uart=[uart_pair[1]], path=[tcat])
    assert done.stdout == f"ready\n{heard}\n", done.stdout + done.stderr


FLAT = """
import gc, machine
from tcat import Modem
class Storm:
    # Messages without a pause, each with a number of its own.
    number = 0
    left = b""
    def any(self):
        return 1 << 20
    def readinto(self, buf, n):
        while len(self.left) < n:
            self.number += 1
            self.left += {message!r} % self.number
        buf[:n] = self.left[:n]
        self.left = self.left[n:]
        return n
machine.plug(0, Storm())
uart = machine.UART(0, 115200)
modem = Modem(uart)
heard = [0]
def on_message(buf, topic, topic_end, start, end):
    heard[0] += 1
    if int(bytes(buf[end - 6 : end])) != heard[0]:
        raise ValueError(heard[0])
    if heard[0] % 1000 == 0:
        gc.collect()
        free.append(gc.mem_free())
modem.on_message = on_message
free = []
while heard[0] < {count}:
    modem.poll()
print(heard[0], max(free[2:]) - min(free[2:]), modem.lost, uart.overrun)
"""


def test_flat_over_20_000_messages_in_64_kb(unix: runtimes.MicroPython, tmp_path: Path) -> None:
    """Without a pause at 115200, on a Pico's UART as it comes; none is lost."""
    runtimes.compile_mpy(runtimes.TCAT / "tcat", tmp_path / "tcat", options=["-O3"])
    script = FLAT.format(count=20_000, message=MESSAGE % (60, b"%060d"))
    path = [runtimes.VIRTUAL, tmp_path]
    done = unix.run(script, path=path, heapsize="64k", timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    count, swing, lost, overrun = map(int, done.stdout.split())
    assert count >= 20_000 and (lost, overrun) == (0, 0)
    assert swing < 512
