"""What it costs to start the command, beside mpremote: python bench/start.py [ROUNDS], 15 unless it is given.

Seconds of CPU, the kernel's share included, of a process from its start to its end; each round runs all of them, so
that whatever else the computer does weighs on all alike. Exits with 1 where a median is over its limit.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent
BESIDE = "mpremote --version"
LIMITS = {  # times what mpremote --version costs
    BESIDE: None,
    "tencent-at --version": 1.3,
    "tencent-at --help": 2.5,
    "tencent-at explain 208": None,
    "tencent-at ports": None,
}


def cost(words: str) -> float:
    """Milliseconds of CPU."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    name, *rest = words.split()
    subprocess.run([BIN / name, *rest], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return 1000 * spent


def main(rounds: int = 15) -> int:
    found: dict[str, list[float]] = {words: [] for words in LIMITS}
    for _ in range(rounds):
        for words, each in found.items():
            each.append(cost(words))
    beside = statistics.median(found[BESIDE])
    over = 0
    print(f"{'median of ' + str(rounds):28}{'ms CPU':>8}{'least':>8}{'times':>8}{'limit':>8}")
    for words, each in found.items():
        median, limit = statistics.median(each), LIMITS[words]
        past = limit is not None and median > limit * beside
        over += past
        row = f"{words:28}{median:8.0f}{min(each):8.0f}{median / beside:8.2f}{limit or '':>8}"
        print(f"{row}{'  over' if past else ''}")
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
