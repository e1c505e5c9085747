"""What is a copy of what: generated/ holds the runtime's text unchanged."""

import ast
import pathlib
import re

from tests.architecture.tree import Complaints, untyped

DESKTOP, BOARD = "generated/cpython/tencent_at", "generated/micropython/tcat"
COPIES = (
    ("runtime/engine", DESKTOP),
    ("runtime/engine", BOARD),
    ("runtime/procedures", DESKTOP),
    ("runtime/procedures", BOARD),
    ("runtime/cpython", DESKTOP),
    ("runtime/micropython", BOARD),
)


def as_on_a_board(text: bytes) -> bytes:
    """A file of runtime/ as a board has it: without what only types need, and by MicroPython's own names."""
    text = re.sub(rb"^if TYPE_CHECKING:\n(?:(?: .*)?\n)+", b"", text, flags=re.M)
    text = re.sub(rb"^TYPE_CHECKING = False\n", b"", text, flags=re.M)
    text = re.sub(rb"^from \.dialect import TYPE_CHECKING\n", b"", text, flags=re.M)
    text = text.replace(b"import TYPE_CHECKING, ", b"import ")
    return text.replace(b"from .dialect import const", b"from micropython import const")


def is_copy(copy: bytes, original: bytes) -> bool:
    """Whether they are the same, but for one comment on top that says where the copy comes from."""
    if copy == original:
        return True
    first, _, rest = copy.partition(b"\n")
    return first.startswith(b"# ") and b"runtime/" in first and rest == original


def of_the_core(text: bytes) -> bytes:
    """A board's module, with what it takes from a part of the core taken from the package, which has them all."""
    return re.sub(rb"^from \.\w+ import ", b"from . import ", text, flags=re.M)


def is_a_part(joined: pathlib.Path, origin: str) -> bool:
    """Is a file of runtime/ part of a module that codegen joins from several?"""
    return joined.is_file() and f"# ---- {origin}\n" in joined.read_text("utf-8")


def has_all_of(joined: pathlib.Path, file: pathlib.Path) -> bool:
    """Has the joined module each class, function and value of the file, as they are there?"""
    there, wanted = (
        [ast.dump(node) for node in untyped(ast.parse(path.read_bytes())).body]
        for path in (joined, file)
    )
    imports = ("Import(", "ImportFrom(")
    return all(node in there or node.startswith(imports) for node in wanted)


def altered_copies(root: pathlib.Path) -> Complaints:
    complaints = []
    for source, target in COPIES:
        if not (root / target).is_dir():
            continue
        for file in sorted((root / source).rglob("*.py")):
            inner = file.relative_to(root / source)
            if "__pycache__" in inner.parts:
                continue
            copy, name = root / target / inner, f"{target}/{inner.as_posix()}"
            origin = f"{source}/{inner.as_posix()}"
            joined = [each for each in (root / target).glob("*.py") if is_a_part(each, origin)]
            if joined:
                if not all(has_all_of(each, file) for each in joined):
                    names = ", ".join(f"{target}/{each.name}" for each in joined)
                    complaints.append(f"{names}: differs from {origin}: edit that one")
            elif not copy.is_file():
                complaints.append(f"{name}: missing, a copy of {origin}")
            elif not is_copy(copy.read_bytes(), file.read_bytes()) and not (
                target == BOARD
                and is_copy(copy.read_bytes(), of_the_core(as_on_a_board(file.read_bytes())))
            ):
                complaints.append(f"{name}: differs from {origin}: edit that one")
    return complaints
