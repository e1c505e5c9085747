"""Run it: `python -m tests.fuzz.table [--write] [--jobs 2]` plays every fault behind every byte of every dialogue.

The exit code is 1 where something was found that must not be. `--write` writes docs/faults.md, which the tests read.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tencent_at import dialogue
from tests.fuzz import faults, shell
from tests.fuzz.book import plays

PAGE = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
SHELL = faults.make(shell.make(dialogue))
NOTHING = "–"
HEAD = "| fault | where | what the caller is told: how often |\n| --- | --- | --- |\n"
TEXT = """# What a caller is told, wherever a fault falls

<!-- Written by `make faults` (tests/fuzz/table.py): edit that, not this. -->

{dialogues} dialogues (`spec/dialogues/`, those that a driver plays), {size:,} bytes that the module says in them, and
each of six faults behind each of these bytes: {cases:,} cases. They were played on a virtual clock to the dialogue that
all shells share (`runtime/engine/`); `make faults` plays them again and writes this page.

Held in each of them, or the run ends with exit code 1:

- The call ends in one of the ways below, at most {over:,} ms after its own time-out (5,000 are allowed).
- No call ends by another's answer, no message is invented, and none that came whole is lost without being counted.
- Two calls behind the fault, whose answers carry a number that nobody else says, get their own answers. Where the wire
  stays cut, both end with a time-out; where the dialogue's own restart comes late, the first may be told of it.

{table}
{meanings}
A restart that hides in a message, a chunk or a line, `ready` and all, is counted; under a call it ends that call. One
whose `ready` is lost under a call is known by the time-out alone, for a module that boots and one that works are both
silent. In scan rows a name may hold line ends and words of the AT core; cut within such a name, its words are all that
is there.
"""
# told, what it means, at a desk, on a board
MEANINGS = (
    ("told", "what it means", "at a desk", "on a board"),
    ("---",) * 4,
    (
        faults.SAID,
        "the call's own answer had come whole, or it was asked anew and answered;"
        " or so the unhurt dialogue ends, too",
        "as without a fault",
        "the same",
    ),
    (
        faults.LATE,
        "no answer, or half of one; whether the module acted is unknown",
        "`Timeout`",
        "`Error(5, …)`",
    ),
    (
        faults.TORN,
        "a torn message or name may have the answer in it",
        "`AnswerSwallowed`",
        "`Error(7, …)`",
    ),
    (faults.RESET, "the module restarted under the call", "`ModuleReset`", "`Error(4, …)`"),
    (
        faults.HURT,
        "its own answer, cut short where the boot's line end, or a line end in a name, made a line of the rest:"
        " a number without its last digits, a row without its last values, a chunk whose last bytes are the boot's",
        "`UnexpectedAnswer` where values are missing; the image's MD5",
        "values are missing; the image's MD5",
    ),
    (
        faults.GIVEN_UP,
        "the module waited 20 s for the payload in vain, and says so",
        "`CommandRefused`",
        "`Error(1, …)`",
    ),
    (faults.CLOSED, "the port's own error", "`PortError`", "what the port raises"),
    (faults.CANCELLED, "the caller's own end of it", "`CancelledError`", "the same"),
    ("ready", "nobody called; the restart is an event", "`Event`", "the handlers' `ready`"),
    (
        faults.COUNTED,
        "nobody called; bytes were lost",
        "noise and bytes dropped",
        "`link.noise`, `link.dropped`",
    ),
    (NOTHING, "nobody called, and nothing was lost that had begun to come", "", ""),
)

Told = Counter[tuple[str, str, str]]


def play(name: str, step: int = 1) -> tuple[int, Told, float, list[str]]:
    """All faults of a dialogue, behind every `step`th byte: its bytes, what was told how often, the longest ms beyond
    a time-out, and what must not be."""
    told: Told = Counter()
    over, found = 0.0, []
    size = faults.length(name, SHELL)
    for number, fault in enumerate(faults.ALLOWED):
        for at in range(number % step, size + 1, step):
            played = faults.play(name, fault, at, SHELL)
            if played.where:
                told[fault, played.where, played.told or NOTHING] += 1
                over = max(over, played.over)
            found += [f"{name}, {fault}, byte {at}: {what}" for what in played.found]
    return size, told, over, found


def page(dialogues: int, size: int, told: Told, over: float) -> str:
    """docs/faults.md."""
    rows = []
    for fault in faults.ALLOWED:
        for where in faults.PLACES:
            here = [(what, n) for (f, w, what), n in told.items() if (f, w) == (fault, where)]
            if here:
                here.sort(key=lambda each: (-each[1], each[0]))
                said = ", ".join(f"{what}: {n:,}" for what, n in here)
                rows.append(f"| {fault} | {where} | {said} |\n")
    return TEXT.format(
        dialogues=dialogues,
        size=size,
        cases=sum(told.values()),
        over=round(max(over, 0)),
        table=HEAD + "".join(rows),
        meanings="".join(f"| {' | '.join(row)} |\n" for row in MEANINGS),
    )


def allowed(text: str) -> set[tuple[str, str, str]]:
    """What may be told by the page: (fault, where, told)."""
    found = set()
    for row in text.partition(HEAD)[2].partition("\n\n")[0].splitlines():
        fault, where, said = (each.strip() for each in row.strip("|").split("|"))
        found |= {(fault, where, each.rpartition(": ")[0]) for each in said.split(", ")}
    return found


def main(args: list[str] | None = None) -> int:
    """The exit code."""
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz.table", description=__doc__)
    asked.add_argument("--write", action="store_true", help="write docs/faults.md")
    asked.add_argument("--jobs", type=int, default=2)
    given = asked.parse_args(args)
    told: Told = Counter()
    total, longest, wrong = 0, 0.0, list[str]()
    with multiprocessing.Pool(given.jobs) as pool:
        done: Any = pool.imap(play, sorted(plays()))
        for size, some, over, found in done:
            total += size
            told.update(some)
            longest = max(longest, over)
            wrong += found
    text = page(len(plays()), total, told, longest)
    print("\n".join([*wrong, f"{sum(told.values())} cases, {len(wrong)} wrong"]))
    if given.write and not wrong:
        PAGE.write_text(text, encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
