"""A fleet: 1 to 1,000 emulated modules in one process, and what each costs, and each message.

python bench/fleet.py [--svg FILE] [MODULES …]

For each number of modules: how long they take to start, memory, processor time while idle; then each publishes on its
own topic and hears itself, MESSAGES in all, on the embedded cloud; and the same, fewer of them, behind a real MQTT
broker (amqtt) in a process of its own. Where cost per module and per message is flat, one process is as good for a
thousand as for one.

python bench/fleet.py --pace

The paced line at every speed up to 921600: how long a message's bytes took, against what a UART would. Exit code 1
where that is off by more than 3 %.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.plot import lines
from tencent_at_emulator import Emulator
from tencent_at_emulator.builder import build
from tencent_at_emulator.clock import LoopClock
from tencent_at_emulator.cloud.embedded import EmbeddedCloud

SIZES = (1, 10, 50, 100, 200, 500, 1000)
BEHIND_BROKER = 200  # modules at most: each is a connection
MESSAGES = 2000
IDLE = 1.0  # seconds
PATIENCE = 60.0  # seconds for a message
SPEEDS = (9600, 19200, 57600, 115200, 230400, 460800, 921600)
PACED = 20_000  # bytes, about
LIMIT = 0.03

BROKER = """
import asyncio, logging, sys
from amqtt.broker import Broker
async def main():
    broker = Broker({"listeners": {"default": {"type": "tcp", "bind": "127.0.0.1:%s"}},
                     "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}})
    await broker.start()
    print("there", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
logging.disable(logging.CRITICAL)
asyncio.run(main())
"""


@dataclass(frozen=True)
class Cost:
    """What so many modules took."""

    modules: int
    start: float  # ms for each
    memory: float  # KB for each
    idle: float  # share of a processor, for all
    message: float  # ms of processor time for each, publish and receive
    seconds: float  # for all messages


class Host:
    """One host's side, in the same loop."""

    def __init__(self, emulator: Emulator, at: int) -> None:
        self.emulator = emulator
        self.topic = f"P{at}/D/data".encode()
        self.heard = bytearray()
        self.came = asyncio.Event()
        emulator.listen(self._listen)

    def _listen(self, data: bytes) -> None:
        self.heard += data
        self.came.set()

    async def ask(self, line: bytes, *ends: bytes) -> None:
        """Say a line; return when all of that has come."""
        self.heard.clear()
        self.emulator.write(line + b"\r\n")
        while not all(end in self.heard for end in ends):
            self.came.clear()
            await asyncio.wait_for(self.came.wait(), PATIENCE)

    async def join(self, at: int) -> None:
        """Up to a subscription of its own."""
        await self.ask(b"ATE0", b"OK\r\n")
        await self.ask(b'AT+TCDEVINFOSET=1,"P%d","D","c2VjcmV0"' % at, b"FOSET:OK")
        await self.ask(b'AT+CWJAP="tencent-at","12345678"', b"GOT IP", b"OK\r\n")
        await self.ask(b"AT+TCMQTTCONN=1,10000,240,1,1", b"CONN:OK")
        await self.ask(b'AT+TCMQTTSUB="%s",0' % self.topic, b"SUB:OK")

    async def talk(self, count: int) -> None:
        """Publish and hear it, so often."""
        for number in range(count):
            word = b"%d-%d" % (number, number)
            line = b'AT+TCMQTTPUB="%s",1,"%s"' % (self.topic, word)
            await self.ask(line, b'"%s"\r\n' % word, b"PUB:OK\r\n")


def memory() -> int:
    """KB that this process has now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 1024


async def measured(modules: int, broker: str | None) -> Cost:
    """One fleet, from its first module to its last message."""
    loop = asyncio.get_running_loop()
    cloud = EmbeddedCloud(LoopClock(loop))
    cloud.open_topics, cloud.latency = True, 0.0
    gc.collect()
    before, began = memory(), time.perf_counter()
    fleet = [
        build(loop, at, cloud=cloud, boot=False, broker=broker, joined=False)
        for at in range(modules)
    ]
    start, grown = time.perf_counter() - began, memory() - before
    hosts = [Host(emulator, at) for at, emulator in enumerate(fleet)]
    try:
        for first in range(0, modules, 50):
            await asyncio.gather(
                *(host.join(first + at) for at, host in enumerate(hosts[first : first + 50]))
            )
        used = time.process_time()
        await asyncio.sleep(IDLE)
        idle = (time.process_time() - used) / IDLE
        each = max(MESSAGES // modules, 1)
        used, began = time.process_time(), time.perf_counter()
        await asyncio.gather(*(host.talk(each) for host in hosts))
        used, seconds = time.process_time() - used, time.perf_counter() - began
    finally:
        for emulator in fleet:
            emulator.close()
    sent = each * modules
    return Cost(modules, start / modules * 1e3, grown / modules, idle, used / sent * 1e3, seconds)


@contextmanager
def real_broker() -> Iterator[str]:
    """amqtt in a process of its own: its address."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as end:
        port = end.getsockname()[1]
    code = BROKER % port
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        process.stdout.readline()
        try:
            yield f"mqtt://127.0.0.1:{port}"
        finally:
            process.stdin.close()
            process.terminate()


def alone(modules: int, broker: str) -> Cost:
    """Measured in a process of its own, so that memory is this fleet's."""
    words = [sys.executable, __file__, "--one", str(modules), "--broker", broker]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    return Cost(modules, *map(float, done.stdout.split()))


def fleets(sizes: list[int], svg: str | None) -> None:
    """The tables, and the plot."""
    head = "modules  start, ms each  memory, KB each  idle, % CPU  message, ms CPU  all messages, s"
    found: dict[str, list[Cost]] = {}
    with real_broker() as url:
        for title, broker in (("the embedded cloud", ""), ("a real broker (amqtt)", url)):
            print(f"\n{title}\n{head}")
            costs = found[title] = []
            for modules in sizes:
                if broker and modules > BEHIND_BROKER:
                    continue
                cost = alone(modules, broker)
                costs.append(cost)
                print(
                    f"{cost.modules:7}  {cost.start:14.2f}  {cost.memory:15.0f}"
                    f"  {cost.idle * 100:11.2f}  {cost.message:15.3f}  {cost.seconds:15.2f}",
                    flush=True,
                )
    if svg:
        Path(svg).write_text(plot(found), encoding="utf-8")
        print(f"\nplotted: {svg}")


def plot(found: dict[str, list[Cost]]) -> str:
    """Start and processor time of a message against the size of the fleet, as SVG; flat lines are wanted."""
    series = {
        f"{what}, {title}": [(float(cost.modules), getattr(cost, name)) for cost in costs]
        for title, costs in found.items()
        for what, name in (("start of a module, ms", "start"), ("CPU of a message, ms", "message"))
    }
    return lines(series, "ms", "modules")


async def paced(baud: int) -> float:
    """How much longer than on a UART an answer of some length took; the median of three."""
    emulator = build(asyncio.get_running_loop(), baud=baud, given="connected")
    try:
        return statistics.median([await once(emulator, baud) for _ in range(3)])
    finally:
        emulator.close()


async def once(emulator: Emulator, baud: int) -> float:
    """The share by which it took longer."""
    lines = -(-min(PACED, baud // 10) // 100)  # a second of the line at most
    done = asyncio.Event()
    left = lines * 100

    def listen(data: bytes) -> None:
        nonlocal left
        left -= len(data)
        if left <= 0:
            done.set()

    emulator.listen(listen)
    began = time.perf_counter()
    for _ in range(lines):
        emulator.module.put(b"x" * 98 + b"\r\n")
    await asyncio.wait_for(done.wait(), PATIENCE)
    return (time.perf_counter() - began) / (lines * 1000 / baud) - 1


def pace() -> int:
    """The table; 1 where a speed is off by more than the limit."""
    print("baud     off by  (limit 3 %)")
    worst = 0.0
    for baud in SPEEDS:
        off = asyncio.run(paced(baud))
        worst = max(worst, abs(off))
        print(f"{baud:7}  {off * 100:+5.1f} %", flush=True)
    return int(worst > LIMIT)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("modules", nargs="*", type=int, default=SIZES)
    parser.add_argument("--svg")
    parser.add_argument("--pace", action="store_true")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--broker", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.pace:
        return pace()
    if given.one:
        cost = asyncio.run(measured(given.one, given.broker or None))
        print(cost.start, cost.memory, cost.idle, cost.message, cost.seconds)
        return 0
    fleets(list(given.modules), given.svg)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    sys.exit(main())
