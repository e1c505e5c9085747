"""Say it once: no two rooms share twelve lines."""

import pathlib
import re
from collections.abc import Iterator

from tests.architecture.drawing import room_of
from tests.architecture.tree import Complaints, edited_files

SHARED = 12
_A_WORD = re.compile(r"\w\w")
_TRIVIAL = re.compile(r"(#|//|\*|/\*|import |from \S+ import )|(return|pass|else:|try:|finally:)$")


def telling_lines(text: str) -> list[tuple[int, str]]:
    """(number, text) of the lines that say something: no blanks, brackets, comments, imports."""
    numbered = ((number, line.strip()) for number, line in enumerate(text.split("\n"), 1))
    return [(n, line) for n, line in numbered if _A_WORD.search(line) and not _TRIVIAL.match(line)]


def _windows(lines: list[tuple[int, str]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    for at in range(len(lines) - SHARED + 1):
        yield lines[at][0], tuple(line for _, line in lines[at : at + SHARED])


def shared_lines(root: pathlib.Path) -> Complaints:
    places: dict[tuple[str, ...], tuple[str, int]] = {}
    complaints: dict[tuple[str, str], str] = {}
    for file in edited_files(root):
        name = file.relative_to(root).as_posix()
        for number, window in _windows(telling_lines(file.read_text("utf-8"))):
            other, there = places.setdefault(window, (name, number))
            if room_of(other) != room_of(name) and (other, name) not in complaints:
                said = f"{name}: from line {number} on the same {SHARED} lines as {other}:{there}"
                complaints[other, name] = said
    return list(complaints.values())
