"""Run it: `python -m tests.echoes [--count 400000] [--seed 1] [--jobs 2]`, or `--index N` for one case."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time

from tests.echoes.echo import left, make, shown

BLOCK = 1000


def block(work: tuple[int, int, int]) -> tuple[int, list[tuple[int, str]]]:
    """How many lines were shown in a block of cases, and what of a secret was."""
    seed, first, last = work
    found = [(i, what) for i in range(first, last) for what in left(make(seed, i))]
    return last - first, found


def main() -> int:
    """The exit code: 1 where something of a secret was shown."""
    asked = argparse.ArgumentParser(prog="python -m tests.echoes", description=__doc__)
    asked.add_argument("--count", type=int, default=400_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--index", type=int, help="show this one case")
    given = asked.parse_args()
    if given.index is not None:
        case = make(given.seed, given.index)
        print(case.command, *case.pieces, sep="\n< ")
        print(*(line for line in shown(case)), *left(case), sep="\n")
        return 0
    begun = time.monotonic()
    played, found = 0, []
    work = [(given.seed, at, min(at + BLOCK, given.count)) for at in range(0, given.count, BLOCK)]
    with multiprocessing.Pool(given.jobs) as pool:
        for count, some in pool.imap_unordered(block, work):
            played += count
            found += some
    for index, what in sorted(found)[:10]:
        print(f"case {index}: {what}")
    seconds = time.monotonic() - begun
    print(
        f"{played:,} damaged echoes of seed {given.seed} in {seconds:.0f} s; "
        f"{len({index for index, _ in found})} left six characters of a secret in the trace"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
