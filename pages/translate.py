"""Chinese pages have the blocks of the English ones: this copies them, in their order, without the marks.

python -m pages.translate
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pages.blocks import FENCE, blocks
from pages.contents import CHINESE, PAGES, ROOT


def pairs() -> Iterator[tuple[Path, Path]]:
    """English and Chinese text of each page that is written in both, and of the README."""
    yield ROOT / "README.md", ROOT / "README.zh.md"
    for page in PAGES:
        english, chinese = page.source("en"), CHINESE / page.name
        if english is not None and chinese.exists():
            yield english, chinese


def filled(english: Path, chinese: Path) -> str:
    """The Chinese text with the blocks of the English one. ValueError where it has more or fewer."""
    theirs = iter(blocks(english))
    lines: list[str] = []
    inside = False
    for line in chinese.read_text(encoding="utf-8").splitlines():
        if FENCE.match(line):
            inside = not inside
            if inside:
                block = next(theirs, None)
                if block is None:
                    raise ValueError(f"{chinese.name} has more blocks than {english.name}")
                lines += [f"```{block.language}", *block.text.splitlines(), "```"]
        elif not inside:
            lines.append(line)
    if left := next(theirs, None):
        raise ValueError(f"{chinese.name} lacks the block of {left.where}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for english, chinese in pairs():
        chinese.write_text(filled(english, chinese), encoding="utf-8")
