"""The driver at a desk: what a message costs beside a loop that does nothing but os.read, and what else grows.

python bench/desk.py [MESSAGES]

An emulator in a process of its own, on a pty, its cloud without latency. A message is published and comes back: from
the first byte written to the message in the caller's hand. They read it in turns: a bare loop, loops of readline() with
serialx and pyserial, the blocking driver, the asyncio driver, so that a noisy machine is noisy for all. Each is judged
by its medians over the bare loop's. Beside them stands a call of the blocking driver that does nothing: to the thread
in which the dialogue runs, and back. Exit code 1 where a limit is missed.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import serial  # type: ignore[import-untyped]
import serialx

import tencent_at
from bench.sidebyside import Row, table

TOPIC = "CTQS08Y5LG/Dev01/data"
ROUNDS = 10  # turns of each reader
IMPORTS = 15
BESIDE = {
    "serialx": "serialx.readline",
    "pyserial": "pyserial.readline",
    "handed": "nothing, in a thread",
}
IN_A_LINE = 200  # bytes that need no prompt
LIMITS = {64: (3.0, 2.2), 950: (2.0, 1.6)}

EMULATOR = """
import sys, tencent_at_emulator
with tencent_at_emulator.running(boot=False) as emulator:
    emulator.control.given("connected")
    emulator.cloud.latency = 0
    print(emulator.path, flush=True)
    sys.stdin.read()
"""


class Bare:
    """A host that knows what comes, and in which order."""

    def __init__(self, path: str) -> None:
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        self.ask(b'AT+TCMQTTSUB="%s",0\r\n' % TOPIC.encode(), b"+TCMQTTSUB:OK\r\n")

    def ask(self, data: bytes, end: bytes) -> None:
        os.write(self.fd, data)
        heard = b""
        while end not in heard:
            heard += os.read(self.fd, 4096)

    def message(self, payload: bytes) -> None:
        """Publish, and read until the message has come back and the command has ended."""
        topic = TOPIC.encode()
        if len(payload) > IN_A_LINE:
            self.ask(b'AT+TCMQTTPUBL="%s",0,%d\r\n' % (topic, len(payload)), b">")
            os.write(self.fd, payload + b"\r\n")
        else:
            os.write(self.fd, b'AT+TCMQTTPUB="%s",0,"%s"\r\n' % (topic, payload))
        heard = b""
        while b'"%s"\r\n' % payload not in heard.partition(b"+TCMQTTRCVPUB:")[2]:
            heard += os.read(self.fd, 4096)
        while b":OK\r\n" not in heard:
            heard += os.read(self.fd, 4096)

    def times(self, payload: bytes, count: int) -> list[float]:
        return [clocked(lambda: self.message(payload)) for _ in range(count)]


class Lines:
    """A host that reads lines, with serialx or pyserial."""

    def __init__(self, port: Any) -> None:
        self.port = port

    def message(self, payload: bytes) -> None:
        """As Bare.message(), of what fits into a line."""
        self.port.write(b'AT+TCMQTTPUB="%s",0,"%s"\r\n' % (TOPIC.encode(), payload))
        came = ended = False
        while not (came and ended):
            line = self.port.readline()
            came = came or (line.startswith(b"+TCMQTTRCVPUB:") and payload in line)
            ended = ended or line.endswith(b":OK\r\n")

    def times(self, payload: bytes, count: int) -> list[float]:
        return [clocked(lambda: self.message(payload)) for _ in range(count)]


async def nothing() -> None:
    """What a call costs that has nothing to do."""


def handed(modem: tencent_at.Modem) -> None:
    """To the thread in which the dialogue runs, and back."""
    asyncio.run_coroutine_threadsafe(nothing(), modem.loop).result()


def clocked(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def blocking(modem: tencent_at.Modem, payload: bytes, count: int) -> list[float]:
    def once() -> None:
        modem.publish(TOPIC, payload)
        message = modem.receive(5)
        assert message is not None and message.payload == payload

    return [clocked(once) for _ in range(count)]


async def awaited(modem: tencent_at.AsyncModem, payload: bytes, count: int) -> list[float]:
    times = []
    for _ in range(count):
        began = time.perf_counter()
        await modem.publish(TOPIC, payload)
        message = await modem.receive(5)
        times.append(time.perf_counter() - began)
        assert message is not None and message.payload == payload
    return times


async def async_times(path: str, payload: bytes, count: int) -> list[float]:
    async with tencent_at.open_async(path) as modem:
        await awaited(modem, payload, 3)
        return await awaited(modem, payload, count)


def measured(path: str, size: int, count: int) -> dict[str, float]:
    """Medians in µs."""
    payload = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    found: dict[str, list[float]] = {"bare": [], "handed": [], "blocking": [], "asyncio": []}
    bare = Bare(path)
    opened: dict[str, Callable[[], Any]] = {
        "serialx": lambda: serialx.serial_for_url(path, 115200),
        "pyserial": lambda: serial.Serial(path, 115200, timeout=5),
    }
    for _ in range(ROUNDS):
        found["bare"] += bare.times(payload, count)
        for name, opens in opened.items() if size <= IN_A_LINE else ():
            with opens() as port:
                found.setdefault(name, []).extend(Lines(port).times(payload, count))
        with tencent_at.open(path) as modem:
            blocking(modem, payload, 3)
            found["handed"] += [clocked(lambda: handed(modem)) for _ in range(count)]
            found["blocking"] += blocking(modem, payload, count)
        found["asyncio"] += asyncio.run(async_times(path, payload, count))
    os.close(bare.fd)
    return {name: statistics.median(times) * 1e6 for name, times in found.items()}


def echoes(count: int) -> int:
    with subprocess.Popen(
        [sys.executable, "-c", EMULATOR], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        path = process.stdout.readline().strip()
        rows = []
        for size, (limit, aim) in LIMITS.items():
            found = measured(path, size, count)
            for name in ("blocking", "asyncio"):
                ratio = found[name] / found["bare"]
                title = f"{size} B and back, µs: os.read loop; {name}"
                rows.append(Row(title, found["bare"], found[name], ratio, limit, aim, most=True))
            for name, what in BESIDE.items():
                if name not in found:
                    continue
                title = f"{size} B and back, µs: os.read loop; {what}"
                rows.append(Row(title, found["bare"], found[name], found[name] / found["bare"]))
        process.kill()
    return table("Publish to echo over a pty (before: the bare loop)", rows)


def cpu(module: str, compiled: str) -> float:
    """Milliseconds of CPU from the interpreter's start until a module is imported. compiled: a folder for bytecode."""
    code = f"import {module}, time; print(time.process_time())"
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    words = [sys.executable, "-X", f"pycache_prefix={compiled}", "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=env)
    return float(done.stdout) * 1e3


def imports() -> int:
    """Of modules whose bytecode is there, as it is once a package is installed, whatever this process's settings."""
    found: dict[str, list[float]] = {"serialx": [], "tencent_at": []}
    with tempfile.TemporaryDirectory() as folder:
        for module in found:
            cpu(module, folder)
        for _ in range(IMPORTS):
            for module, times in found.items():
                times.append(cpu(module, folder))
    before, now = (min(times) for times in found.values())
    row = Row("ms: serialx; tencent_at", before, now, now / before, 1.5, 1.2, most=True)
    return table("CPU of an import, the interpreter's start included (before: serialx)", [row])


def main() -> int:
    return echoes(int(sys.argv[1]) if sys.argv[1:] else 100) | imports()


if __name__ == "__main__":
    sys.exit(main())
