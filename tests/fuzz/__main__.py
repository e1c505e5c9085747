"""Run it: `python -m tests.fuzz [--minutes 10] [--seed 1] [--cases N] [--jobs 2]`, or `--index N` for one case.

What was played is kept in build/, by seed and by what was tested: run it again to go on where it stopped.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import sys
import time
from collections import Counter, deque
from pathlib import Path
from typing import Any

from tencent_at import dialogue
from tests.fuzz import case, judge, report, shell, shrink

ROOT = Path(__file__).resolve().parents[2]
BLOCK = 1000
SHOWN = 2  # cases of a kind that are shrunk and printed
# What decides how a case ends, and what is thought of it.
TESTED = (
    "generated/cpython/tencent_at/tables.py",
    "runtime/engine/*.py",
    "spec/dialogues/*.at",
    "tests/fuzz/[bcdjmps]*.py",
)
SHELL = shell.make(dialogue)

Block = tuple[int, dict[str, int], list[tuple[str, int, str]]]


def play_block(work: tuple[int, int, int]) -> Block:
    """Play cases [first, last) of a seed: what was counted, and (kind, index, what) of each that failed."""
    seed, first, last = work
    counts: Counter[str] = Counter()
    failed = []
    for index in range(first, last):
        verdict = judge.judge(case.play(case.make(seed, index), SHELL))
        counts.update(verdict.counts)
        failed += [(kind, index, what) for kind, what in verdict.found]
    return last, dict(counts), failed


def tested() -> str:
    """A name for what is tested and what tests it: a state of other texts is no state of these."""
    texts = hashlib.sha256()
    for pattern in TESTED:
        for file in sorted(ROOT.glob(pattern)):
            texts.update(file.name.encode() + file.read_bytes())
    return texts.hexdigest()[:12]


class State:
    """What is done so far, in a file."""

    def __init__(self, seed: int, folder: Path = ROOT / "build") -> None:
        self.path = folder / f"fuzz-{seed}-{tested()}.json"
        self.done = 0
        self.counts: Counter[str] = Counter()
        self.failed: list[tuple[str, int, str]] = []
        self.seconds = 0.0
        if self.path.exists():
            kept = json.loads(self.path.read_text("utf-8"))
            self.done, self.seconds = kept["done"], kept["seconds"]
            self.counts.update(kept["counts"])
            self.failed = [tuple(each) for each in kept["failed"]]

    def add(self, block: Block, seconds: float) -> None:
        """One more block, the next in order."""
        self.done, counts, failed = block
        self.counts.update(counts)
        self.counts.update(f"! {kind}" for kind, _, _ in failed)
        kept = Counter(kind for kind, _, _ in self.failed)
        for each in failed:
            kept[each[0]] += 1
            if kept[each[0]] <= 200:  # enough to look at
                self.failed.append(each)
        self.seconds = seconds

    def save(self) -> None:
        """Write it down."""
        self.path.parent.mkdir(exist_ok=True)
        part = self.path.with_suffix(".part")
        kept = {
            "done": self.done,
            "counts": self.counts,
            "failed": self.failed,
            "seconds": self.seconds,
        }
        part.write_text(json.dumps(kept), "utf-8")
        part.replace(self.path)


def run(seed: int, minutes: float, most: int, jobs: int) -> State:
    """Play on from where the state stands, until the time is over or `most` cases are played."""
    state = State(seed)
    before, begun = state.seconds, time.monotonic()
    with multiprocessing.Pool(jobs) as pool:
        told = begun
        waiting: deque[Any] = deque()  # blocks under way, in order
        at = state.done
        while True:
            while at < most and len(waiting) < 2 * jobs and time.monotonic() < begun + minutes * 60:
                last = min(at + BLOCK, most)
                waiting.append(pool.apply_async(play_block, ((seed, at, last),)))
                at = last
            if not waiting:
                break
            block = waiting.popleft().get()
            now = time.monotonic()
            state.add(block, before + now - begun)
            if now - told > 15:
                told = now
                state.save()
                print(f"{state.done} played, {state.done / state.seconds:.0f}/s", flush=True)
    state.save()
    return state


def show(seed: int, index: int, kind: str = "") -> None:
    """Print one case, shrunk where it fails so."""
    made = case.make(seed, index)
    if kind:
        made = shrink.shrink(made, kind, SHELL)
    record = case.play(made, SHELL)
    for found, what in judge.judge(record).found:
        print(f"# {found}: {what}")
    print(report.lines(record))


def main() -> int:
    """The exit code: 1 where something was found."""
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    asked.add_argument("--minutes", type=float, default=10)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--cases", type=int, default=10**9, help="stop when so many are played")
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--index", type=int, help="play this one case, and print it")
    asked.add_argument("--kind", default="", help="with --index: shrink what fails so")
    given = asked.parse_args()
    if given.index is not None:
        show(given.seed, given.index, given.kind)
        return 0
    state = run(given.seed, given.minutes, given.cases, given.jobs)
    shown: Counter[str] = Counter()
    for kind, index, what in state.failed:
        shown[kind] += 1
        if shown[kind] <= SHOWN:
            print(f"\n# {kind}, case {index}: {what}")
            show(given.seed, index, kind)
    print(
        f"{state.done} cases of seed {given.seed}, {state.done / max(state.seconds, 1e-9):.0f} a second"
    )
    for name, count in sorted(state.counts.items()):
        print(f"{count:9} {name}")
    return 1 if state.failed else 0


if __name__ == "__main__":
    sys.exit(main())
