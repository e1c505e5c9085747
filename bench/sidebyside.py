"""Figures of the driver beside those of its text before: rows with a limit and an aim.

The text before is kept in bench/before/, as one package for boards. A limit is met, or the bench exits with 1; an aim
is reported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from boards import runtimes  # noqa: E402

BEFORE = ROOT / "bench" / "before"
ROWS = "BENCH_ROWS"  # the environment's name for the file of note()

# CPython plays the boards' package, too: with what MicroPython's modules have and its own have not.
SHIMS = """
import sys
if sys.implementation.name == "cpython":
    import time, types
    time.ticks_us = lambda: time.perf_counter_ns() // 1000
    time.ticks_ms = lambda: time.perf_counter_ns() // 1000000
    time.ticks_diff = lambda a, b: a - b
    time.ticks_add = lambda a, b: a + b
    time.sleep_ms = lambda ms: time.sleep(ms / 1000)
    made = types.ModuleType("micropython")
    made.const = lambda value: value
    sys.modules["micropython"] = made
"""


@dataclass(frozen=True)
class Row:
    """A figure: what it was, what it is, and the number that is limited (a ratio or the figure itself)."""

    what: str
    before: float | None
    now: float
    number: float
    limit: float | None = None
    aim: float | None = None
    most: bool = False  # the limit is the greatest number allowed; else the least
    unit: str = ""

    @property
    def over(self) -> bool:
        """Is the limit missed?"""
        return self.limit is not None and not _within(self.number, self.limit, self.most)

    @property
    def verdict(self) -> str:
        """MISSED, aim not met, or nothing."""
        if self.over:
            return "MISSED"
        aimed = self.aim is None or _within(self.number, self.aim, self.most)
        return "" if aimed else "aim not met"


def _within(number: float, bound: float, most: bool) -> bool:
    return number <= bound if most else number >= bound


def table(title: str, rows: list[Row]) -> int:
    """Print the rows; 1 where a limit is missed."""
    print(f"\n{title}\n{'':44}{'before':>10}{'now':>10}{'':>10}{'limit':>8}{'aim':>8}")
    for row in rows:
        before = "" if row.before is None else f"{row.before:.6g}"
        shown = f"{row.number:.2f} x" if row.number != row.now else row.unit
        bounds = "".join("" if b is None else f"{b:g}".rjust(8) for b in (row.limit, row.aim))
        verdict = f"  {row.verdict}" if row.verdict else ""
        print(f"{row.what:44}{before:>10}{row.now:>10.6g}{shown:>10}{bounds}{verdict}", flush=True)
    note(title, rows)
    return int(any(row.over for row in rows))


def note(title: str, rows: list[Row]) -> None:
    """For `make bench`: a line of JSON a row into the file that it names, with limits alone."""
    file = os.environ.get(ROWS)
    if file:
        with open(file, "a", encoding="utf-8") as out:
            for row in rows:
                if row.limit is not None or row.aim is not None:
                    out.write(json.dumps([title, asdict(row)]) + "\n")


def played(kind: str, script: str, options: tuple[str, ...] = ()) -> dict[str, float]:
    """Run a script on "unix", "wasm" or "cpython" with both packages on the path; what it prints as name=number.

    In the script, `tcat` is the package as it is, `tcat_before` as it was.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if kind == "cpython":
            text = f"import sys\nsys.path[:0] = {[str(runtimes.TCAT), str(BEFORE)]!r}\n{SHIMS}\n{script}"
            words = [sys.executable, "-c", text]
            done = subprocess.run(words, capture_output=True, text=True, timeout=600)
            out, err = done.stdout, done.stderr
        else:
            for source, name in ((runtimes.TCAT, "tcat"), (BEFORE, "tcat_before")):
                runtimes.compile_mpy(source / name, place / name, options=["-O3"])
            with runtimes.MicroPython(kind) as runtime:
                ended = runtime.run(script, path=[place], timeout=600)
            out, err = ended.stdout, ended.stderr
    found = {}
    for line in out.splitlines():
        if line.startswith("= "):
            name, number = json.loads(line[2:])
            found[name] = float(number)
    if not found:
        raise SystemExit(f"{kind}: {out}{err}")
    return found
