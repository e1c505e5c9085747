"""Every bench, one behind the other, printed and as a page: python bench/everything.py [--only NAME …]. `make bench`

docs/benchmarks.md and its plots (docs/benchmarks/*.svg) are written anew: each figure stands under the command that
prints it, and side by side with what it is compared to, measured in the same run. Exit code 1 where a limit is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.sidebyside import ROWS, Row  # noqa: E402

PAGE = ROOT / "docs" / "benchmarks.md"
PLOTS = ROOT / "docs" / "benchmarks"
HEAD = """\
# Benchmarks

Written by `make bench`; edit `bench/everything.py`. Before: the driver's text before it framed chunks, kept in
`bench/before`; or what the line says. Figures of one table come from one run, side by side: compare these, not runs of
different days. Here: {machine}, {processors} processors.

## Limits and aims

Where a ratio is limited it counts (a framer: times faster; a latency: times the bare loop), else the figure itself.
"""
PATIENCE = 900  # seconds for one of them


@dataclass(frozen=True)
class Bench:
    """A command, what its figures are, and the plots that it leaves."""

    name: str
    title: str
    command: str
    what: str
    plots: tuple[str, ...] = ()


BENCHES = (
    Bench(
        "desk",
        "At a desk: latency, and the cost of an import",
        "bench/desk.py",
        "A message published and back through a pty, beside a loop of `os.read` that knows what comes, and beside loops"
        " of `readline()`. The bare loop's own figure depends on which processor the system puts whom: look at several"
        " runs.",
    ),
    Bench(
        "framer",
        "The engine on both runtimes",
        "bench/framer.py",
        "The best of several rounds, in turns with the text before, in one process.",
    ),
    Bench(
        "growth",
        "Against size and queue",
        f"bench/growth.py {PLOTS.relative_to(ROOT)}",
        "What grows, grows in a straight line.",
        ("size", "queue"),
    ),
    Bench(
        "size",
        "Heap of a board",
        "bench/size.py",
        "32-bit, from .mpy; `make size` prints the same wherever it runs.",
    ),
    Bench("garbage", "Garbage of a call", "bench/garbage.py", "32-bit heap, nothing collected."),
    Bench(
        "board",
        "A Pico, predicted",
        "bench/board.py",
        "Predictions; what was measured on a board stands in [boards.md](boards.md). `make bench-board` prints them.",
    ),
    Bench(
        "ota",
        "OTA: share of the line",
        "bench/ota_rate.py",
        "The unix port against the paced emulator: an ideal board.",
    ),
    Bench(
        "wire",
        "Reading the wire for people",
        "bench/wire.py",
        "Microseconds a byte; a row that stays flat says that the cost is linear.",
    ),
    Bench(
        "emulator",
        "The emulator",
        "bench/emulator.py",
        "A round trip, publishes in process, memory.",
    ),
    Bench("pace", "The paced line", "bench/fleet.py --pace", "Against what a UART would take."),
    Bench(
        "fleet",
        "Fleets",
        f"bench/fleet.py --svg {PLOTS.relative_to(ROOT)}/fleet.svg",
        "One process, so many modules; on the embedded cloud, and behind a real broker.",
        ("fleet",),
    ),
    Bench(
        "hammer",
        "Many callers on one modem",
        "bench/hammer.py --total 3000",
        "Ten threads, ten tasks.",
    ),
    Bench("start", "Starting the command", "bench/start.py", "Beside mpremote."),
    Bench(
        "generator",
        "The generator",
        "-m codegen --check",
        "Reads, judges and renders everything, and compares it with what is there.",
    ),
)


def run(bench: Bench, rows: Path) -> tuple[str, int]:
    """What a bench printed, and its exit code."""
    words = bench.command.split()
    began = os.times()
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, ROWS: str(rows)},
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
    )
    ended = os.times()
    cpu = ended.children_user + ended.children_system - began.children_user - began.children_system
    text = done.stdout.strip() or "well"
    return f"{text}\n({ended.elapsed - began.elapsed:.1f} s, {cpu:.1f} s of CPU)", done.returncode


def limits(rows: list[tuple[str, Row]]) -> list[str]:
    """All figures that have a limit or an aim, as a table."""
    lines = ["| figure | before | now | counts | limit | aim | |", "|---|---|---|---|---|---|---|"]
    for title, row in rows:
        before = "" if row.before is None else f"{row.before:.6g}"
        number = f"{row.number:.2f}" if row.number != row.now else f"{row.number:.6g}"
        limit, aim = ("" if b is None else f"{b:g}" for b in (row.limit, row.aim))
        sign = "≤ " if row.most else "≥ "
        verdict = row.verdict or "met"
        lines.append(
            f"| {title}: {row.what} | {before} | {row.now:.6g} | {number} |"
            f" {limit and sign + limit} | {aim and sign + aim} | {verdict} |"
        )
    return lines


def page(found: list[tuple[Bench, str]], rows: list[tuple[str, Row]]) -> str:
    """The page."""
    machine = (
        f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}"
    )
    lines = [
        *HEAD.format(machine=machine, processors=os.cpu_count()).splitlines(),
        "",
        *limits(rows),
    ]
    for bench, text in found:
        lines += ["", f"## {bench.title}", "", f"{bench.what} `python {bench.command}`:", ""]
        lines += ["```", text, "```"]
        for plot in bench.plots:
            lines += ["", f"![{bench.title}](benchmarks/{plot}.svg)"]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", nargs="*", choices=[bench.name for bench in BENCHES])
    given = parser.parse_args()
    PLOTS.mkdir(exist_ok=True)
    found, missed = [], 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows"
        file.touch()
        for bench in BENCHES:
            if given.only and bench.name not in given.only:
                continue
            print(f"\n==== {bench.title}: python {bench.command}", flush=True)
            text, code = run(bench, file)
            print(text, flush=True)
            missed |= code
            found.append((bench, text))
        notes = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    rows = list({(title, row["what"]): (title, Row(**row)) for title, row in notes}.values())
    print("\n".join(["", *limits(rows)]))
    if not given.only:
        PAGE.write_text(page(found, rows), encoding="utf-8")
        print(f"written: {PAGE.relative_to(ROOT)}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
