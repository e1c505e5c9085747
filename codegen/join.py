"""Several modules as one. On a board each module costs about 500 bytes of heap beside its code, so the core is one.

What is kept is the text, in order, each part under a line that names its origin. Imports come first of all; those
that the parts make of one another go, and so do constants that a part before has already made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MARK = "# ---- "  # begins the line above each part
TYPED = "TYPE_CHECKING"  # true for a judge of types alone


@dataclass(frozen=True)
class Part:
    """One module: its name for the others' imports, where its text comes from, and the text."""

    name: str
    origin: str
    text: str


class Clash(ValueError):
    """Two parts give one name to different things."""


def joined(parts: Iterable[Part], above: Iterable[str] = (), given: Iterable[str] = ()) -> str:
    """The text of one module that has what all the parts have. Raises Clash.

    above: imports that come first. given: modules whose names these bring, so that nobody imports them.
    """
    parts = list(parts)
    names = {part.name for part in parts} | set(given)
    made: dict[str, tuple[str, str]] = {}  # constant → its source, and who made it
    imports: dict[str, None] = dict.fromkeys(above)  # in order
    texts = [
        f"{MARK}{part.origin}\n{''.join(_kept(part, names, made, imports))}\n" for part in parts
    ]
    return "\n".join([*imports, "", ""]) + "".join(texts)


def untyped(text: str) -> str:
    """The text without what only a judge of types reads: each `if TYPE_CHECKING:`, and where that name comes from."""
    lines = text.splitlines(keepends=True)
    for node in reversed(ast.parse(text).body):
        end = node.end_lineno or node.lineno
        if isinstance(node, ast.ImportFrom) and TYPED in [name.name for name in node.names]:
            node.names = [name for name in node.names if name.name != TYPED]
            rest = f"{ast.unparse(node)}\n" if node.names else ""
        elif (isinstance(node, ast.If) and ast.unparse(node.test) == TYPED) or (
            isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == TYPED
        ):
            rest = ""
        else:
            continue
        if not rest and not "".join(lines[end : end + 1]).strip():
            end += 1  # with the blank line behind it
        lines[node.lineno - 1 : end] = [rest] if rest else []
    return "".join(lines)


def _kept(
    part: Part, names: set[str], made: dict[str, tuple[str, str]], imports: dict[str, None]
) -> Iterator[str]:
    lines = part.text.splitlines(keepends=True)
    gone: set[int] = set()
    for node in ast.parse(part.text).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            if not _of_the_parts(node, names):
                imports[ast.unparse(node)] = None
        elif not _made_before(node, part, made):
            continue
        gone.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        above = node.lineno - 1
        while above and (lines[above - 1].startswith("#") or above in gone):
            gone.add(above)  # with the comment that introduces what goes
            above -= 1
    yield from (line for number, line in enumerate(lines, 1) if number not in gone)


def _of_the_parts(node: ast.Import | ast.ImportFrom, names: set[str]) -> bool:
    return isinstance(node, ast.ImportFrom) and node.level == 1 and node.module in names


def _made_before(node: ast.stmt, part: Part, made: dict[str, tuple[str, str]]) -> bool:
    if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
        return False
    name, source = node.targets[0].id, ast.unparse(node.value)
    before, origin = made.setdefault(name, (source, part.origin))
    if before != source:
        raise Clash(f"{name} is {before} in {origin} and {source} in {part.origin}")
    return origin != part.origin
