"""The recording of `make demo`: what it printed, with the seconds, as a picture that scrolls as the screen did.

`make pictures` records anew; the lines lie in docs/pictures/demo.txt.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from html import escape, unescape

from pages.contents import ROOT

LINES = ROOT / "docs" / "pictures" / "demo.txt"
ROWS, STEP, WIDTH, SIZE = 24, 18, 800, 12
LEAST, MOST, PAUSE = 0.2, 0.6, 6.0  # seconds between two lines; seconds that the end stands
INKS = {"→": "#8ab4f8", "←": "#c9d1d9", "✓": "#7ee787", "─": "#ffd866", "$": "#ffffff"}


def printed() -> list[tuple[float, str]]:
    """Run the demo: seconds and line, for each that it prints. Raises CalledProcessError where it fails."""
    words = [sys.executable, "examples/demo.py"]
    begun = time.monotonic()
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = [(time.monotonic() - begun, line.rstrip("\n")) for line in process.stdout]
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)
    return [(seconds, without_version(line)) for seconds, line in found]


def without_version(line: str) -> str:
    """A line as it is on any Python."""
    return re.sub(r"(CPython) [\d.]+", r"\1", line)


def kept() -> list[tuple[float, str]]:
    """The recording as it is kept."""
    found = []
    for line in LINES.read_text(encoding="utf-8").splitlines():
        seconds, _, text = line.partition(" ")
        found.append((float(seconds), text))
    return found


def keep(recorded: list[tuple[float, str]]) -> None:
    """Keep a recording."""
    text = "".join(f"{seconds:.2f} {line}".rstrip() + "\n" for seconds, line in recorded)
    LINES.write_text(text, encoding="utf-8")


def paced(recorded: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """The lines at the pace of a reader: none sooner than LEAST behind the one before it, nor later than MOST."""
    now, before, found = 0.0, 0.0, []
    for seconds, line in recorded:
        now, before = now + min(max(seconds - before, LEAST), MOST), seconds
        found.append((now, line))
    return found


def drawn(recorded: list[tuple[float, str]]) -> str:
    """A recording as SVG."""
    lines = [(0.0, "$ make demo"), *paced(recorded)]
    long = lines[-1][0] + PAUSE
    frames = [
        f"{100 * seconds / long:.2f}%{{transform:translateY({-STEP * max(number, 0)}px)}}"
        for number, (seconds, _) in enumerate(lines, 1 - ROWS)
        if number > 0 or number == 1 - ROWS
    ]
    last = f"translateY({-STEP * (len(lines) - ROWS)}px)"
    height = ROWS * STEP + 20
    texts = [
        f'<text y="{STEP * number + 13}" fill="{_ink(line)}">{escape(line)}</text>'
        for number, (_, line) in enumerate(lines)
        if line
    ]
    # What has not been printed yet is covered: a cover goes down line by line with what comes.
    cover = [
        f"{100 * seconds / long:.2f}%{{transform:translateY({STEP * (number + 1)}px)}}"
        for number, (seconds, _) in enumerate(lines)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="ui-monospace,Menlo,Consolas,monospace" font-size="{SIZE}">\n'
        f"<style>text{{white-space:pre}}.a{{transform:{last}}}.c{{transform:translateY({STEP * len(lines)}px)}}\n"
        "@media (prefers-reduced-motion:no-preference){"
        f".a{{animation:a {long:.1f}s step-end infinite}}.c{{animation:c {long:.1f}s step-end infinite}}}}\n"
        f"@keyframes a{{{''.join(frames)}100%{{transform:{last}}}}}\n"
        f"@keyframes c{{{''.join(cover)}100%{{transform:translateY({STEP * len(lines)}px)}}}}</style>\n"
        f'<clipPath id="w"><rect width="{WIDTH}" height="{height - 20}"/></clipPath>\n'
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#14171c"/>\n'
        f'<g transform="translate(12 10)" clip-path="url(#w)"><g class="a">\n'
        + "\n".join(texts)
        + f'\n<rect class="c" width="{WIDTH}" height="{STEP * (len(lines) + ROWS)}" fill="#14171c"/>\n'
        "</g></g>\n</svg>\n"
    )


def _ink(line: str) -> str:
    return INKS.get(line.strip()[:1], "#e6edf3")


def shown(picture: str) -> list[str]:
    """The lines that a picture has."""
    return [unescape(each) for each in re.findall(r"<text [^>]*>([^<]*)</text>", picture)][1:]
