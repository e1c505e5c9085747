"""Ten threads and ten tasks hammer one modem: no answer may cross, no message may be lost.

    python bench/hammer.py [--total 20000] [--threads 10] [--tasks 10] [--port emu]

Each worker publishes numbered messages, which the module sends back, and asks questions whose answers differ. What is
counted is commands plus messages. Without --port it starts an emulator; exit code 1 where something is amiss.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import tencent_at

TOPIC = "CTQS08Y5LG/Dev01/data"


@dataclass
class Result:
    """What came of it."""

    commands: int = 0
    messages: int = 0
    seconds: float = 0.0
    trouble: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.commands + self.messages


def payload(worker: int, number: int) -> bytes:
    """A message that says whose it is; every seventh is too long for one line."""
    return b"%d/%d/" % (worker, number) + b"x" * (300 if number % 7 == 0 else number % 40)


# Questions, and what the answer to each must satisfy.
QUESTIONS: list[tuple[str, tuple[Any, ...], Callable[[Any], bool]]] = [
    ("mqtt_state", (), lambda found: found == 1),
    ("device_info", (), lambda found: found.device_name == "Dev01"),
    ("subscriptions", (), lambda found: [row.topic for row in found] == [TOPIC]),
    ("connection", (), lambda found: found.keepalive == 240),
    ("version", (), lambda found: found.sdk == "3.1.0"),
    ("module", (), lambda found: found.hardware == "ESP-WROOM-02D"),
    ("test", ("TCRESTORE",), lambda found: "RESET" in found[0]),
    ("test", ("TCREADFWDATA",), lambda found: "LEN_FOR_READ" in found[0]),
    ("wifi_mode", (), lambda found: int(found) in (1, 2, 3)),
]


def hammer(modem: tencent_at.Modem, total: int, threads: int = 10, tasks: int = 10) -> Result:
    """Hammer a modem that is connected. One of three things is a question, two are a message there and back."""
    modem.subscribe(TOPIC, 0)
    result = Result()
    lock = threading.Lock()
    each = -(-total // (threads + tasks) // 3)
    received: Counter[bytes] = Counter()

    def note(commands: int, trouble: Sequence[str] = ()) -> None:
        with lock:
            result.commands += commands
            result.trouble += trouble

    def listen() -> None:
        for message in modem.messages(5):
            received[message.payload] += 1
            if sum(received.values()) >= each * (threads + tasks):
                return

    def in_thread(worker: int) -> None:
        chance = random.Random(worker)
        try:
            for number in range(each):
                modem.publish(TOPIC, payload(worker, number))
                call, args, right = chance.choice(QUESTIONS)
                found = getattr(modem, call)(*args)
                note(2, [] if right(found) else [f"{call} answered {found}"])
        except Exception as error:
            note(0, [f"{type(error).__name__}: {error}"])

    async def in_task(shared: tencent_at.AsyncModem, worker: int) -> None:
        chance = random.Random(worker)
        for number in range(each):
            await shared.publish(TOPIC, payload(worker, number))
            call, args, right = chance.choice(QUESTIONS)
            found = await getattr(shared, call)(*args)
            note(2, [] if right(found) else [f"{call} answered {found}"])

    async def all_tasks() -> None:
        workers = range(threads, threads + tasks)
        for error in await asyncio.gather(
            *(in_task(modem.awaitable, worker) for worker in workers), return_exceptions=True
        ):
            if error is not None:
                note(0, [f"{type(error).__name__}: {error}"])

    began = time.perf_counter()
    workers = [threading.Thread(target=listen)]
    workers += [threading.Thread(target=in_thread, args=(worker,)) for worker in range(threads)]
    for thread in workers:
        thread.start()
    asyncio.run_coroutine_threadsafe(all_tasks(), modem.loop).result()
    for thread in workers:
        thread.join()
    result.seconds = time.perf_counter() - began
    result.messages = sum(received.values())
    sent = {payload(worker, number) for worker in range(threads + tasks) for number in range(each)}
    result.trouble += [f"lost: {what[:40]!r}" for what in sorted(sent - set(received))[:5]]
    result.trouble += [f"odd: {what[:40]!r}" for what in sorted(set(received) - sent)[:5]]
    result.trouble += [f"twice: {what[:40]!r}" for what in received if received[what] > 1][:5]
    counts = modem.counts
    if counts != tencent_at.Counts(0, 0, 0, 0):
        result.trouble.append(f"dropped: {counts}")
    return result


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--total", type=int, default=20000)
    parser.add_argument("--threads", type=int, default=10)
    parser.add_argument("--tasks", type=int, default=10)
    parser.add_argument("--port", help="a module that is connected; without it, an emulator")
    given = parser.parse_args()
    port = given.port or "emu://?given=device set;connected"
    with tencent_at.open(port) as modem:
        result = hammer(modem, given.total, given.threads, given.tasks)
    print(f"{result.commands} commands, {result.messages} messages, {result.total} in all")
    print(f"{result.seconds:.1f} s, {result.total / result.seconds:.0f} a second")
    for trouble in result.trouble[:20]:
        print(trouble)
    print("nothing crossed, nothing lost" if not result.trouble else f"{len(result.trouble)} amiss")
    return 1 if result.trouble else 0


if __name__ == "__main__":
    sys.exit(main())
