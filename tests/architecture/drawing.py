"""The drawing of the rooms in docs/design.md is the imports as they are; nobody imports a test."""

import pathlib
import re

from tests.architecture.graph import JOINED, graph, within
from tests.architecture.tree import Complaints

DESIGN = "docs/design.md"
ROOMS = (
    "spec",
    "codegen",
    "generated",
    "runtime/engine",
    "runtime/procedures",
    "runtime/cpython",
    "runtime/cpython/wire",
    "runtime/micropython",
    "emulator",
    "emulator/cloud",
    "emulator/commands",
    "cli",
    "cli/desk",
    "cli/factory",
    "cli/commands",
    "boards",
    "bench",
    "examples",
    "pages",
    "tests",
)
# Each runtime hands the engine its dialect: the engine knows neither.
DIALECTS = re.compile("runtime/(cpython|micropython)/(port|dialect).py$")
HANDED = ("runtime/engine", "runtime/procedures")

Drawing = dict[str, set[str]]


def room_of(name: str) -> str:
    """The innermost room that a file lies in."""
    if name == JOINED:
        return "runtime/micropython"
    return max((room for room in ROOMS if within(name, room)), key=len, default="")


def imports_between_rooms(root: pathlib.Path) -> Drawing:
    drawing: Drawing = {room: set() for room in ROOMS if _is_lived_in(root, room)}
    for name, targets in graph(root).items():
        room = room_of(name)
        handed = room in HANDED
        drawing[room] |= {
            room_of(each) for each in targets if not (handed and DIALECTS.match(each))
        }
        drawing[room].discard(room)
    return drawing


def _is_lived_in(root: pathlib.Path, room: str) -> bool:
    return any(
        room_of(file.relative_to(root).as_posix()) == room for file in (root / room).rglob("*.*")
    )


def drawn(text: str) -> Drawing:
    """The lines `room → room, room` of the block ```rooms; a room that imports none stands alone."""
    block = re.search(r"^```rooms\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    drawing: Drawing = {}
    for line in block[1].splitlines() if block else ():
        room, _, others = line.partition("→")
        drawing[room.strip()] = {other.strip() for other in others.split(",")} - {""}
    return drawing


def line_of(room: str, drawing: Drawing) -> str:
    others = [other for other in ROOMS if other in drawing[room]]
    return f"{room} → {', '.join(others)}" if others else room


def false_drawing(root: pathlib.Path) -> Complaints:
    file = root / DESIGN
    there = drawn(file.read_text("utf-8")) if file.is_file() else {}
    true = imports_between_rooms(root)
    complaints = [f"{DESIGN}: {room!r} is no room" for room in there if room not in true]
    for room, others in true.items():
        if there.get(room) != others:
            complaints.append(f"{DESIGN}: the imports as they are: {line_of(room, true)}")
    return complaints


def borrowed_tests(root: pathlib.Path) -> Complaints:
    return [
        f"{name}: imports {target}, but a test is no part of what it tests"
        for name, targets in graph(root).items()
        for target in sorted(targets)
        if within(target, "tests") and not within(name, "tests")
    ]
