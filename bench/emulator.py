"""The emulator in figures: a round trip through a pty, publishes per second, memory and idle time.

python bench/emulator.py
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time

import tencent_at_emulator

ROUNDS = 2000
PUBLISHES = 20_000
TOPIC = b"CTQS08Y5LG/Dev01/data"


def ask(fd: int, line: bytes, end: bytes) -> float:
    """Seconds from the first byte written to the last one read."""
    start = time.perf_counter()
    os.write(fd, line)
    heard = b""
    while not heard.endswith(end):
        heard += os.read(fd, 4096)
    return time.perf_counter() - start


def round_trips() -> None:
    with tencent_at_emulator.running(boot=False) as emulator:
        emulator.control.given("connected")
        fd = os.open(emulator.path, os.O_RDWR | os.O_NOCTTY)
        times = sorted(ask(fd, b"AT\r\n", b"OK\r\n") * 1e3 for _ in range(ROUNDS))
        median, late = statistics.median(times), times[int(len(times) * 0.99)]
        print(f"AT through a pty, unpaced: median {median:.3f} ms, 99 of 100 under {late:.3f} ms")
        before = time.process_time()
        time.sleep(3)
        print(f"idle: {(time.process_time() - before) / 3:.2%} of a processor")
        os.close(fd)


def publishes() -> None:
    emulator = tencent_at_emulator.Emulator(boot=False)
    emulator.control.given("connected")
    start = time.perf_counter()
    for number in range(PUBLISHES):
        emulator.write(b'AT+TCMQTTPUB="%s",1,"%d"\r\n' % (TOPIC, number))
        emulator.advance(0.02)
        assert emulator.read().endswith(b"+TCMQTTPUB:OK\r\n")
    rate = PUBLISHES / (time.perf_counter() - start)
    print(f"QoS 1 publishes in process, clock standing still: {rate:,.0f} a second")


def start_up() -> None:
    start = time.perf_counter()
    command = [sys.executable, "-m", "tencent_at_emulator", "--no-noise"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        print(f"from the command to an open pty: {time.perf_counter() - start:.2f} s")
        process.terminate()


if __name__ == "__main__":
    start_up()
    round_trips()
    publishes()
    print(
        f"memory at its highest: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )
