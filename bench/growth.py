"""What a message costs against its size, and messages against how many wait: python bench/growth.py [FOLDER]

CPU of the engine on CPython, the text before beside it; and of the desktop's dialogue with its mailbox, which messages
fill before anybody reads. Straight lines are wanted. FOLDER: where the plots go.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.framer import SCRIPT
from bench.plot import lines
from bench.sidebyside import played
from tencent_at.conversation import Conversation
from tencent_at.mail import Mailbox
from tencent_at.message import Message
from tencent_at.urc import Event

SIZES = (16, 128, 256, 512, 1024, 1536, 2000)
QUEUES = (100, 1000, 2500, 5000, 7500, 10_000)
ROUNDS = 7


def by_size() -> dict[str, list[tuple[float, float]]]:
    """µs of a message, by its bytes."""
    kept, _, _ = SCRIPT.rpartition('best("small"')
    asked = "".join(f'best("{size}", messages({size}))\n' for size in SIZES)
    found = played("cpython", kept.format(rounds=ROUNDS, times=400, chunk=4096) + asked)
    head = len(b'+TCMQTTRCVPUB:"CTQS08Y5LG/Dev01/xxx",2000,""\r\n')
    return {
        when: [(size, found[f"{size} {when}"] * (size + head)) for size in SIZES]
        for when in ("before", "now")
    }


def by_queue() -> list[tuple[float, float]]:
    """ms for so many messages of 64 bytes, from the port's bytes until the last was read."""
    return [(count, min(queued(count) for _ in range(ROUNDS))) for count in QUEUES]


def queued(count: int) -> float:
    """Messages that all wait before the first is read: ms."""
    box: Mailbox[Message | Event] = Mailbox(count, "messages")
    talk = Conversation(lambda data: None, box.put)
    stream = b'+TCMQTTRCVPUB:"CTQS08Y5LG/Dev01/data",64,"' + b"x" * 64 + b'"\r\n'
    data = stream * count
    begun = time.process_time()
    for at in range(0, len(data), 4096):
        piece = data[at : at + 4096]
        talk.link.receive(piece, len(piece))
        talk.idle()
    while len(box):
        box.take(0)
    return (time.process_time() - begun) * 1e3


def main() -> None:
    sizes, queues = by_size(), by_queue()
    print(f"{'bytes of a message':24}" + "".join(f"{size:>9,}" for size in SIZES))
    for when, points in sizes.items():
        print(f"{'µs each, ' + when:24}" + "".join(f"{value:9.1f}" for _, value in points))
    print(f"{'messages that wait':24}" + "".join(f"{count:>9,}" for count in QUEUES))
    print(f"{'ms for all':24}" + "".join(f"{value:9.1f}" for _, value in queues))
    print(f"{'µs each':24}" + "".join(f"{value / count * 1e3:9.1f}" for count, value in queues))
    if sys.argv[1:]:
        folder = Path(sys.argv[1])
        size = lines(sizes, "µs", "bytes of a message")
        (folder / "size.svg").write_text(size, encoding="utf-8")
        queue = lines({"take in and read all, ms": queues}, "ms", "messages that wait")
        (folder / "queue.svg").write_text(queue, encoding="utf-8")


if __name__ == "__main__":
    main()
