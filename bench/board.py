"""What the driver would cost on a Pico, predicted: python bench/board.py [ROUNDS] [--turn µs]. `make bench-board`

Everything runs on MicroPython's unix port, beside the driver's text before and a loop that does nothing but readinto;
an empty loop in the same process is the yardstick: a turn of it takes 3.3 µs on a Pico (RP2040, 125 MHz, 1.28, measured
there). Code that looks up names and calls takes 1.55 times more there than this says, for it is read from flash through
a small cache: that factor was fitted to what was measured there of the text before. These are predictions; the first
table says how good they are: exit code 1 where one is off by more than a factor of 1.5. For another board run this
there, and give what it prints:

    from time import ticks_us, ticks_diff
    def f():
        for _ in range(10000): pass
    t = ticks_us(); f(); print(ticks_diff(ticks_us(), t) / 10000)
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import garbage
from bench.framer import SCRIPT
from bench.sidebyside import Row, played, table

TURN = 3.3  # µs on a Pico
CACHE = 1.55  # see above
NEAR = 1.5  # what a prediction may be off by, as a factor
LINE = 10.85  # µs that a byte takes at 921600
CHUNK = 4096  # of an OTA
AROUND = len(b"AT+TCREADFWDATA=4096\r\nOK\r\n+TCREADFWDATA:4096,\r\n")

MORE = """
import io
def empty(module):
    def work():
        for _ in range(20000):
            pass
    return work, 20000
best("empty", empty)
def idle(module):
    class Quiet:
        def any(self):
            return 0
        readinto = write = None
    modem = module.Modem(Quiet(), 2304)
    def work():
        for _ in range(200):
            modem.poll()
    return work, 200
best("idle", idle)
def bare(module):
    data = bytes(256 * 40)
    buf = bytearray(256)
    def work():
        stream = io.BytesIO(data)
        while stream.readinto(buf):
            pass
    return work, len(data)
best("bare", bare)
"""
# What, how it is called, scale; what a Pico took with the text before, and with a trial of the new one.
FIGURES = (
    ("raw", "raw byte of an image, µs", 1, 29.0, 2.3),
    ("2 KB", "byte of a long message, µs", 1, 43.0, 2.7),
    ("64 B", "byte of messages of 64 bytes, µs", 1, 48.0, 5.9),
    ("publish", "publish of 20 bytes, ms", 1000, 10.7, 3.4),
    ("idle", "poll() with nothing there, ms", 1000, 0.21, None),
    ("small", "byte of mqtt_state()'s answer, µs", 1, None, None),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("rounds", type=int, nargs="?", default=7)
    parser.add_argument("--turn", type=float, default=TURN, help="µs of an empty loop's turn there")
    given = parser.parse_args()
    found = played("unix", SCRIPT.format(rounds=given.rounds, times=400, chunk=256) + MORE)
    scale = CACHE * given.turn / min(found["empty before"], found["empty now"])
    print(
        f"Predictions: an empty turn takes {given.turn} µs there; all else {scale:,.0f} times what it takes here."
    )
    there = {name: number * scale for name, number in found.items()}
    missed = 0
    if given.turn == TURN:
        rows = [
            Row(title, known, there[f"{name} before"] / unit, max(off, 1 / off), NEAR, most=True)
            for name, title, unit, known, _ in FIGURES
            if known is not None
            for off in [there[f"{name} before"] / unit / known]
        ]
        missed = table(
            "The text before: measured on a Pico (before), predicted (now), off by", rows
        )
        rows = [
            Row(title, trial, now, max(now / trial, trial / now), most=True)
            for name, title, unit, _, trial in FIGURES
            if trial is not None
            for now in [there[f"{name} now"] / unit]
        ]
        table("A trial of this framer, measured on a Pico (before); predicted (now), off by", rows)
    rows = [
        Row(title, before, now, before / now)
        for name, title, unit, _, _ in FIGURES
        for before, now in [(there[f"{name} before"] / unit, there[f"{name} now"] / unit)]
    ]
    table("Predicted: before and now", rows)
    bare = there["bare now"]
    print(f"{'a loop of readinto alone, a byte, µs':44}{'':10}{bare:>10.3g}")
    rows = []
    for name, title in (("64 B", "messages of 64 bytes"), ("2 KB", "long messages")):
        before, now = (10e6 / there[f"{name} {when}"] for when in ("before", "now"))
        rows.append(Row(f"{title} in a row, without loss: baud", before, now, now / before))
    before, now = (
        share(there[f"raw {when}"], there[f"publish {when}"]) for when in ("before", "now")
    )
    rows.append(Row("OTA at 921600, chunks of 4,096: % of the line", before, now, now / before))
    table("Predicted: the highest speed at which it keeps up, and the share of the line", rows)
    return missed | garbage.main()  # counted, not predicted


def share(byte: float, call: float) -> float:
    """Percent of the line that an OTA's image takes. byte, call: µs of CPU. A question costs about half a publish; the
    bytes that the UART still holds when the line is done are read behind it."""
    image = CHUNK * LINE
    behind = max(CHUNK * (byte - LINE), 256 * byte)
    return 100 * image / (image + AROUND * LINE + call / 2 + behind)


if __name__ == "__main__":
    sys.exit(main())
