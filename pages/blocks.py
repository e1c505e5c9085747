"""The blocks of code in a Markdown file, with the marks that stand in comments above them.

A mark is an HTML comment of its own, `<!-- until: joined -->`, which no reader sees. tests/pages carries blocks out:

    given: connected           the module's state at the start, in the words of spec/dialogues/README.md
    @ cloud publish "t" "p"    happens, again and again, while the block runs: the words of the dialogues, too
    until: TEXT                the block goes on for ever; it has done its work once it has printed TEXT
    continues                  the block goes on where the one before it of its language ended
    board                      Python for MicroPython, with a module at each UART
    file: NAME                 the block is that file; blocks behind it find it beside them
    output                     what the block before it prints; `…` stands for any text
    not run: REASON            hardware, another system, another language
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["CARRIED_OUT", "DATA", "FENCE", "Block", "BadPage", "blocks"]

CARRIED_OUT = ("python", "sh")
DATA = ("", "text", "console", "json", "csv", "yaml", "toml", "rooms", "diff")  # nothing to run
MARKS = ("given", "@", "until", "continues", "board", "file", "output", "not run")

FENCE = re.compile(r"^( *)(`{3,})([\w-]*)(.*)$")
_MARK = re.compile(r"^ *<!-- (?:@ (.+)|([a-z]+(?: [a-z]+)*)(?:: *(.*?))?) *-->$")


class BadPage(ValueError):
    """A page whose blocks cannot be read; the text says where."""


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    file: Path
    line: int
    language: str
    text: str
    marks: dict[str, list[str]] = field(default_factory=dict)

    def mark(self, name: str) -> str | None:
        """What a mark says; "" where it says nothing, None where it is not there."""
        said = self.marks.get(name)
        return None if said is None else said[0]

    @property
    def where(self) -> str:
        return f"{self.file.name}:{self.line}"


def blocks(file: Path) -> list[Block]:
    """The blocks of a file, in order. Raises BadPage for a mark that there is none of, and a fence left open."""
    found: list[Block] = []
    marks: dict[str, list[str]] = {}
    opened: tuple[int, str, str, str] | None = None
    inner: list[str] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        fence = FENCE.match(line)
        if opened is not None:
            begun, indent, ticks, language = opened
            if fence and fence[2] >= ticks and not fence[3]:
                text = "\n".join(each.removeprefix(indent) for each in inner) + "\n"
                found.append(Block(file, begun, language, text, marks))
                opened, inner, marks = None, [], {}
            else:
                inner.append(line)
        elif fence:
            opened = number, fence[1], fence[2], fence[3]
        elif mark := _MARK.match(line):
            happening, name, said = mark.groups()
            if not happening and name not in MARKS:
                raise BadPage(
                    f"{file}:{number}: no such mark: {name!r}; there are {', '.join(MARKS)}"
                )
            marks.setdefault(name or "@", []).append((happening or said or "").strip())
        elif line.strip() and marks:
            raise BadPage(f"{file}:{number}: a mark belongs directly above its block")
    if opened is not None:
        raise BadPage(f"{file}:{opened[0]}: the block has no end")
    return found
