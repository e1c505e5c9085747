"""Names that the transcription may not give: Python's words, and what the runtimes call their own."""

from __future__ import annotations

import ast
import builtins
import keyword
from functools import cache
from pathlib import Path

from codegen.paths import RUNTIME

# Python's, and what MicroPython takes for words of its own; `match` and `type` may be names.
KEYWORDS = frozenset({*keyword.kwlist, "async", "await", "print", "const"})
# What the generated modules import under these names, and what their methods call.
IN_MODULES = frozenset(
    "Any ClassVar Command Event Field Form IntEnum Labelled Protocol Record Text Urc dataclass records".split()
)
IN_METHODS = frozenset("self records list bytes row super".split())
SHELLS = {
    "cpython": ("Modem", "AsyncModem", "Conversation", "Dialogue", "Commands"),
    "micropython": ("Modem", "Dialogue"),
}


def camel(name: str) -> str:
    """device_info → DeviceInfo."""
    return "".join(part.capitalize() for part in name.split("_"))


@cache
def _classes(folder: Path) -> dict[str, set[str]]:
    # Class → its attributes: what its body defines, and what its methods give to self.
    found: dict[str, set[str]] = {}
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, set()).update(_attributes(node))
    return found


def _attributes(node: ast.ClassDef) -> set[str]:
    names = set()
    for each in ast.walk(node):
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(each.name)
        elif isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store):
            if isinstance(each.value, ast.Name) and each.value.id == "self":
                names.add(each.attr)
        elif isinstance(each, ast.Assign | ast.AnnAssign) and each in node.body:
            targets = each.targets if isinstance(each, ast.Assign) else [each.target]
            names.update(target.id for target in targets if isinstance(target, ast.Name))
    return names


@cache
def calls() -> dict[str, str]:
    """Name → why no call may have it."""
    found = {name: "it is a word of Python's" for name in KEYWORDS}
    found |= {name: "it would hide Python's own" for name in dir(builtins) if name not in found}
    found["test"] = "both drivers have it: the line of all test forms"
    for room, shells in SHELLS.items():
        for folder in (RUNTIME / "engine", RUNTIME / room):
            classes = _classes(folder)
            for shell in shells:
                for name in classes.get(shell, ()):
                    found.setdefault(
                        name, f"it is an attribute of {shell} in runtime/{folder.name}"
                    )
    return found


@cache
def arguments() -> dict[str, str]:
    """Name → why no argument may have it."""
    found = {name: "it is a word of Python's" for name in KEYWORDS}
    return found | {name: "the method needs it for itself" for name in IN_METHODS}


@cache
def fields(owner: str) -> dict[str, str]:
    """Name → why no field of an answer (owner Record or Labelled) or of a URC (Event) may have it."""
    found = {name: "it is a word of Python's" for name in KEYWORDS}
    own = _classes(RUNTIME / "cpython").get(owner, set()) | {
        "Record": {"extra"},
        "Labelled": {"lines"},
    }.get(owner, set())
    return found | {name: f"every {owner} has it" for name in own}


@cache
def types() -> dict[str, str]:
    """Name → why no record and no event may be called so."""
    found = {name: "Python has one" for name in dir(builtins)}
    return found | {name: "the generated modules import one" for name in IN_MODULES}


@cache
def enums() -> dict[str, str]:
    """Name → why no enum may be called so: the package offers them all."""
    found = dict(types())
    for node in ast.walk(ast.parse((RUNTIME / "cpython/__init__.py").read_bytes())):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found.setdefault(alias.asname or alias.name, "the package has one of that name")
    return found
