"""How fast the engine reads and writes, beside its text before: python bench/framer.py [ROUNDS]

On MicroPython's unix port and on CPython, both texts in one process, in turn; the best of the rounds of each.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.sidebyside import Row, played, table

SCRIPT = """
import json, tcat, tcat_before
from time import ticks_us, ticks_diff
ROUNDS = {rounds}
TIMES = {times}
CHUNK = {chunk}
def chunks(data):
    return [bytearray(data[i : i + CHUNK]) for i in range(0, len(data), CHUNK)]
def feed(link, pieces):
    for piece in pieces:
        link.receive(piece, len(piece))
        while link.next_event():
            pass
def answers(module):
    link = module.Link(2304)
    answer = bytearray(b"+TCMQTTSTATE:1\\r\\n\\r\\nOK\\r\\n")
    ask = asking(module, "mqtt_state")
    def work():
        for _ in range(TIMES):
            ask(link, None)
            feed(link, [answer])
    return work, TIMES * len(answer)
def asking(module, call):
    form = module.form(call)
    encoded = module.encode(form, (4096,) if call == "read_firmware" else (), ())
    return sending(form, encoded)
def sending(form, encoded):
    if isinstance(form, list):
        return lambda link, data: link.send(form, encoded[0], data)
    return lambda link, data: link.send(form, encoded[1], data)
def messages(size):
    def made(module):
        link = module.Link(2304)
        message = b'+TCMQTTRCVPUB:"CTQS08Y5LG/Dev01/xxx",%d,"' % size + b"x" * size + b'"\\r\\n'
        stream = message * max(2, TIMES * 40 // len(message))
        pieces = chunks(stream)
        return (lambda: feed(link, pieces)), len(stream)
    return made
def image(module):
    link = module.Link(2304)
    sink = bytearray(4096)
    pieces = chunks(b"OK\\r\\n+TCREADFWDATA:4096," + bytes(4096) + b"\\r\\n")
    ask = asking(module, "read_firmware")
    times = max(2, TIMES // 100)
    def work():
        for _ in range(times):
            ask(link, sink)
            feed(link, pieces)
    return work, times * 4096
class Wire:
    # An idle UART that answers each line at once, as little of it in Python as can be.
    left = 0
    def any(self):
        return self.left
    def readinto(self, buf, n):
        buf[:n] = ANSWER
        self.left = 0
        return n
    def write(self, data, *more):
        self.left = len(ANSWER)
        return more[-1] if more else len(data)
ANSWER = b"OK\\r\\n+TCMQTTPUB:OK\\r\\n"
def publish(module):
    modem = module.Modem(Wire(), 2304)
    modem.doubt = False  # the line is clean
    setattr(modem, "_dirty", False)  # so it was called before
    payload = b"x" * 20
    times = max(2, TIMES // 4)
    def work():
        for _ in range(times):
            modem.publish("CTQS08Y5LG/Dev01/data", payload, 1)
    return work, times
def best(name, make):
    works = [make(module) for module in (tcat_before, tcat)]
    least = [None, None]
    for _ in range(ROUNDS):
        for i, (work, n) in enumerate(works):
            begun = ticks_us()
            work()
            took = ticks_diff(ticks_us(), begun) / n
            if least[i] is None or took < least[i]:
                least[i] = took
    for i, when in enumerate(("before", "now")):
        print("=", json.dumps([name + " " + when, least[i]]))
best("small", answers)
best("64 B", messages(64))
best("2 KB", messages(2000))
best("raw", image)
best("publish", publish)
"""
Bounds = tuple[float | None, float | None]
# what, how it is called, limit and aim on the unix port and on CPython: times faster
FIGURES: tuple[tuple[str, str, dict[str, Bounds]], ...] = (
    ("small", "an answer of 24 bytes, µs a byte", {"unix": (2.5, 3), "cpython": (2, 2.5)}),
    ("64 B", "messages of 64 bytes, µs a byte", {"unix": (6, 8), "cpython": (6, 10)}),
    ("2 KB", "messages of 2,000 bytes, µs a byte", {"unix": (12, 17), "cpython": (20, 35)}),
    ("raw", "raw bytes of an image, µs a byte", {"unix": (8, 12), "cpython": (20, 24)}),
    ("publish", "publish of 20 bytes, µs", {"unix": (2.5, 3.5), "cpython": (None, None)}),
)


def main() -> int:
    rounds = int(sys.argv[1]) if sys.argv[1:] else 7
    missed = 0
    for kind, times, chunk in (("unix", 400, 256), ("cpython", 2000, 4096)):
        script = SCRIPT.format(rounds=rounds, times=times, chunk=chunk)
        found = played(kind, script)
        rows = []
        for what, title, bounds in FIGURES:
            before, now = found[f"{what} before"], found[f"{what} now"]
            limit, aim = bounds[kind]
            rows.append(Row(title, before, now, before / now, limit, aim))
        missed |= table(f"the engine on {kind}, chunks of {chunk}", rows)
    return missed


if __name__ == "__main__":
    sys.exit(main())
