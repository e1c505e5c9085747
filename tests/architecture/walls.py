"""Who may import whom from outside the house, and from which other room."""

import pathlib
import sys
from dataclasses import dataclass

from tests.architecture.tree import Complaints, files_of, imports_of, untyped

STDLIB = frozenset(sys.stdlib_module_names)
OURS = frozenset(
    "runtime generated codegen emulator cli boards tests bench examples "
    "tencent_at tencent_at_emulator tencent_at_cli tcat".split()
)
ON_A_BOARD = frozenset(
    "array asyncio binascii errno gc hashlib io machine micropython os select socket struct sys "
    "time".split()
)


@dataclass(frozen=True)
class Room:
    """A folder, what its files may import besides their siblings, and why."""

    folder: str
    itself: frozenset[str]
    allowed: frozenset[str] | None  # None: anything but our other rooms
    why: str


ROOMS = (
    Room(
        "emulator",
        frozenset({"tencent_at_emulator"}),
        STDLIB | {"aiomqtt", "paho", "serialx"},
        "the emulator is a witness: it shares nothing with the driver it judges",
    ),
    Room(
        "codegen",
        frozenset({"codegen"}),
        None,
        "the generator reads the spec and writes generated/, and needs neither to run",
    ),
    Room(
        "runtime/engine",
        frozenset(),
        frozenset(),
        "what both runtimes run imports nothing but its siblings",
    ),
    Room(
        "runtime/procedures",
        frozenset(),
        frozenset({"binascii"}),
        "what takes several calls has no clock, no port and no file",
    ),
    Room(
        "runtime/cpython",
        frozenset({"tencent_at"}),
        STDLIB | {"serialx"},
        "the desktop driver depends on the standard library and serialx alone",
    ),
    Room(
        "generated/cpython",
        frozenset({"tencent_at"}),
        STDLIB | {"serialx"},
        "the desktop driver depends on the standard library and serialx alone",
    ),
    Room(
        "runtime/micropython",
        frozenset({"tcat"}),
        ON_A_BOARD,
        "a board has no typing, enum, dataclasses or re, or no memory to spare for them",
    ),
    Room(
        "generated/micropython",
        frozenset({"tcat"}),
        ON_A_BOARD,
        "a board has no typing, enum, dataclasses or re, or no memory to spare for them",
    ),
)

DIALECT = ("runtime/engine", "runtime/procedures", "runtime/micropython")


def forbidden_imports(root: pathlib.Path) -> Complaints:
    complaints = []
    for room in ROOMS:
        for file, tree in files_of(root, room.folder):
            inner = file.relative_to(root / room.folder)
            # A relative import may climb to the room's own package, and no further.
            package = len(inner.parts) - (1 if room.folder.startswith("generated") else 0)
            judged = untyped(tree) if room.folder.startswith(DIALECT) else tree
            for line, level, module in imports_of(judged):
                top = module.split(".")[0]
                if level:
                    fine = level <= package
                elif room.allowed is None:
                    fine = top in room.itself or top not in OURS
                else:
                    fine = top in room.itself | room.allowed
                if not fine:
                    place = f"{file.relative_to(root).as_posix()}:{line}"
                    what = "." * level + module
                    complaints.append(f"{place}: imports {what}, but {room.why}")
    return complaints
