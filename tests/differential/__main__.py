"""Exchanges in number through both links: python -m tests.differential [--count 1000000] [--seed 1] [--write FILE]

Prints how many were told otherwise than before, by the changes that explain them; exit code 1 where one is explained by
none: these are shown. --write: the same as a page.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from tests.differential.changes import CHANGES
from tests.differential.exchange import compared, exchange, shown

SHOWN = 10  # unexplained ones at most
HEAD = """\
# The framer beside its text before

`make differential COUNT={count}` plays {count:,} exchanges of `spec/dialogues`, most of them hurt by chance (bytes
lost, changed, added, doubled; lines lost, crossed, from strangers; restarts; see `tests/fuzz/damage.py`) and cut into
pieces of any length, to the link as it is and to the link before it worked on chunks (`bench/before`). It compares what
the two tell: messages, events, rows, texts, raw bytes, prompts, how each command ended, each line that was nobody's.

A difference counts as explained where turning back the lines of one or more changes (`tests/differential/changes.py`)
makes it go: the same bytes then mean what they meant before. Last run, seed {seed}:
"""


def table(count: int, found: Counter[tuple[str, ...]]) -> list[str]:
    """How many exchanges each change explains, alone and with others."""
    lines = ["| exchanges | alone | what is otherwise on purpose | why |", "|---|---|---|---|"]
    for change in CHANGES:
        alone = found[(change.name,)]
        among = sum(number for names, number in found.items() if change.name in names)
        lines.append(f"| {among:,} | {alone:,} | {change.name} | {change.why} |")
    same = count - sum(found.values())
    return [
        *lines,
        f"| {found[()]:,} | | explained by none of these | |",
        f"| {same:,} | | told alike | |",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    found: Counter[tuple[str, ...]] = Counter()
    for index in range(given.count):
        made = exchange(given.seed, index)
        names = compared(made)
        if names is not None:
            found[names] += 1
            if not names and found[()] <= SHOWN:
                print(shown(made), flush=True)
        if index % 100_000 == 99_999:
            print(f"{index + 1:,} exchanges", file=sys.stderr, flush=True)
    lines = table(given.count, found)
    print("\n".join(lines))
    if given.write:
        head = HEAD.format(count=given.count, seed=given.seed)
        given.write.write_text(head + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return int(found[()] > 0)


if __name__ == "__main__":
    sys.exit(main())
