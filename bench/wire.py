"""What reading the wire for people costs, against the length of a line and of a stream: python bench/wire.py

Microseconds a byte, secrets known; a column that stays flat says that the cost is linear.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from tencent_at.wire.masks import Masks
from tencent_at.wire.reading import FROM_MODULE, Line, Reading
from tencent_at.wire.words import sentence

SECRET = b'AT+CWJAP="Home","correct horse battery"\r\n'
KINDS: dict[str, Callable[[int], bytes]] = {
    "a message": lambda n: b'+TCMQTTRCVPUB:"t",%d,"' % n + b"x" * n + b'"\r\n',
    "commas": lambda n: b"+CWLAP:(" + b"," * n + b")\r\n",
    "a stranger's line": lambda n: b"y" * n + b"\r\n",
    "an echo without end": lambda n: b'AT+CWJAP="' + b"z" * n,
}


def cost(data: bytes, chunk: int) -> float:
    """Microseconds a byte to read, mask and word it, in chunks as a port gives them; the best of three."""
    best = float("inf")
    for _ in range(3):
        lines: list[Line] = []
        masks = Masks()
        masks.sent(SECRET)
        reading = Reading(lines.append, masks)
        begun = time.perf_counter()
        for at in range(0, len(data), chunk):
            reading.feed(FROM_MODULE, data[at : at + chunk], 0.0)
        reading.flush(echoes=True)
        for line in lines:
            sentence(line.data)
        best = min(best, time.perf_counter() - begun)
    return best * 1e6 / len(data)


def main() -> None:
    sizes = (1_000, 4_000, 16_000)
    print(f"{'bytes of the line':24}" + "".join(f"{size:>10,}" for size in sizes))
    for what, line in KINDS.items():
        print(f"{what:24}" + "".join(f"{cost(line(size), 256):10.3f}" for size in sizes))
    print(f"{'bytes of the stream':24}" + "".join(f"{size * 60:>10,}" for size in sizes))
    stream = KINDS["a message"](64)
    row = "".join(f"{cost(stream * (size * 60 // len(stream)), 256):10.3f}" for size in sizes)
    print(f"{'messages of 64 bytes':24}" + row)


if __name__ == "__main__":
    main()
