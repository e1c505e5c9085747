"""Every room keeps to its side: who may import whom, what is a copy of what, and what no file says.

Each rule is a function from a root directory to a list of complaints. It is tried first on
planted trees that break it, so that it cannot be vacuous, and then on the repository.
"""

import ast
import pathlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
Complaints = list[str]

# --- who may import whom -----------------------------------------------------------------------

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
    also: tuple[tuple[str, str], ...] = ()  # (file name, module): one file's own permission


ROOMS = (
    Room(
        "emulator",
        frozenset({"tencent_at_emulator"}),
        STDLIB | {"aiomqtt", "paho", "serialx"},
        "the emulator is a witness: it shares nothing with the driver it judges",
        (("pytest_plugin.py", "pytest"),),
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


def files_of(root: pathlib.Path, folder: str) -> Iterator[tuple[pathlib.Path, ast.Module]]:
    for file in sorted((root / folder).rglob("*.py")):
        if "__pycache__" not in file.parts:
            yield file, ast.parse(file.read_bytes(), str(file))


def imports_of(tree: ast.Module) -> Iterator[tuple[int, int, str]]:
    """(line, level, module) of every import in a file, the ones by name in a call included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, 0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.level, node.module or ""
        elif isinstance(node, ast.Call) and node.args:
            called, first = node.func, node.args[0]
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in ("import_module", "__import__") and isinstance(first, ast.Constant):
                module = str(first.value)
                yield node.lineno, len(module) - len(module.lstrip(".")), module.lstrip(".")


def forbidden_imports(root: pathlib.Path) -> Complaints:
    complaints = []
    for room in ROOMS:
        for file, tree in files_of(root, room.folder):
            inner = file.relative_to(root / room.folder)
            # A relative import may climb to the room's own package, and no further.
            package = len(inner.parts) - (1 if room.folder.startswith("generated") else 0)
            for line, level, module in imports_of(tree):
                top = module.split(".")[0]
                if level:
                    fine = level <= package
                elif room.allowed is None:
                    fine = top in room.itself or top not in OURS
                else:
                    fine = top in room.itself | room.allowed or (file.name, top) in room.also
                if not fine:
                    place = f"{file.relative_to(root).as_posix()}:{line}"
                    what = "." * level + module
                    complaints.append(f"{place}: imports {what}, but {room.why}")
    return complaints


# --- the dialect of MicroPython ----------------------------------------------------------------

DIALECT = ("runtime/engine", "runtime/micropython", "generated/micropython")


def _not_in_the_dialect(node: ast.AST) -> str | None:
    if isinstance(node, ast.Delete) and any(
        isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Slice)
        for target in node.targets
    ):
        return 'del of a slice fails on a bytearray: write buf[:n] = b""'
    if isinstance(node, ast.Attribute) and node.attr in ("removeprefix", "removesuffix"):
        return f"there is no {node.attr}"
    if type(node).__name__ in ("Match", "TryStar", "TypeAlias"):
        return f"there is no {type(node).__name__.lower()} statement"
    return None


def foreign_dialect(root: pathlib.Path) -> Complaints:
    complaints = []
    for folder in DIALECT:
        for file, tree in files_of(root, folder):
            for node in ast.walk(tree):
                wrong = _not_in_the_dialect(node)
                if wrong:
                    place = f"{file.relative_to(root).as_posix()}:{getattr(node, 'lineno', 0)}"
                    complaints.append(f"{place}: not MicroPython: {wrong}")
    return complaints


# --- what is a copy of what --------------------------------------------------------------------

DESKTOP, BOARD = "generated/cpython/tencent_at", "generated/micropython/tcat"
COPIES = (
    ("runtime/engine", DESKTOP),
    ("runtime/engine", BOARD),
    ("runtime/cpython", DESKTOP),
    ("runtime/micropython", BOARD),
)


def is_copy(copy: bytes, original: bytes) -> bool:
    """Whether they are the same, but for one comment on top that says where the copy comes from."""
    if copy == original:
        return True
    first, _, rest = copy.partition(b"\n")
    return first.startswith(b"# ") and b"runtime/" in first and rest == original


def is_a_part(joined: pathlib.Path, origin: str) -> bool:
    """Is a file of runtime/ part of a module that codegen joins from several?"""
    return joined.is_file() and f"# ---- {origin}\n" in joined.read_text("utf-8")


def has_all_of(joined: pathlib.Path, file: pathlib.Path) -> bool:
    """Has the joined module each class, function and value of the file, as they are there?"""
    there, wanted = (
        [ast.dump(node) for node in ast.parse(path.read_bytes()).body] for path in (joined, file)
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
            joined = root / target / "__init__.py"
            if is_a_part(joined, origin):
                if not has_all_of(joined, file):
                    complaints.append(f"{target}/__init__.py: differs from {origin}: edit that one")
            elif not copy.is_file():
                complaints.append(f"{name}: missing, a copy of {origin}")
            elif not is_copy(copy.read_bytes(), file.read_bytes()):
                complaints.append(f"{name}: differs from {origin}: edit that one")
    return complaints


# --- what no file says -------------------------------------------------------------------------

# Written in pieces, so that this file does not say it either.
_HOSTS = (r"py" r"pi\.org", r"python" r"hosted\.org", r"npm" r"js\.(org|com)", r"deb\." r"debian")
_FOLDERS = ("wo" + "rk", "ho" + "me", "ro" + "ot")
UNSAID = (
    (re.compile("|".join(_HOSTS)), "the host of a package registry"),
    (re.compile(r"(?<![\w.~)}-])/(" + "|".join(_FOLDERS) + ")/"), "a path of somebody's machine"),
)


def files_in_the_repository(root: pathlib.Path) -> list[pathlib.Path]:
    """What git tracks or would track; in a tree without git, everything."""
    words = ["git", "-C", str(root), "ls-files", "-z", "-co", "--exclude-standard"]
    try:
        done = subprocess.run(words, capture_output=True, timeout=30)
        names = done.stdout.decode().split("\0") if done.returncode == 0 else None
    except FileNotFoundError:
        names = None
    if names is None:
        return sorted(file for file in root.rglob("*") if file.is_file())
    return sorted({root / name for name in names if name and (root / name).is_file()})


def unsaid(root: pathlib.Path) -> Complaints:
    complaints = []
    for file in files_in_the_repository(root):
        lines = file.read_bytes().decode("utf-8", "replace").split("\n")
        for number, line in enumerate(lines, 1):
            for pattern, what in UNSAID:
                found = pattern.search(line)
                if found:
                    place = f"{file.relative_to(root).as_posix()}:{number}"
                    complaints.append(f"{place}: {found[0]!r} is {what}")
    return complaints


# --- the repository ----------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [forbidden_imports, foreign_dialect, altered_copies, unsaid])
def test_the_repository_keeps_the_rule(rule: Callable[[pathlib.Path], Complaints]) -> None:
    complaints = rule(ROOT)
    assert not complaints, "\n" + "\n".join(complaints)


# --- the rules themselves, on planted trees ----------------------------------------------------


def plant(root: pathlib.Path, files: dict[str, str]) -> pathlib.Path:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


BAD_IMPORTS = [
    ("emulator/a.py", "import tencent_at"),
    ("emulator/a.py", "import tencent_at.link as l"),
    ("emulator/a.py", "from tcat import link"),
    ("emulator/a.py", "def f():\n    from runtime.engine import link"),
    ("emulator/a.py", "import codegen"),
    ("emulator/a.py", "import generated.cpython.tencent_at"),
    ("emulator/a.py", "import emulator.b"),
    ("emulator/a.py", "import requests"),
    ("emulator/a.py", "import pytest"),
    ("emulator/a.py", "import yaml"),
    ("emulator/a.py", "from .. import runtime"),
    ("emulator/web/a.py", "from ...runtime import link"),
    ("emulator/a.py", "import importlib\nimportlib.import_module('tencent_at')"),
    ("emulator/a.py", "x = __import__('tencent_at')"),
    ("emulator/a.py", "from importlib import import_module\nimport_module('..runtime')"),
    ("codegen/a.py", "import emulator"),
    ("codegen/a.py", "from tencent_at_emulator import wire"),
    ("codegen/a.py", "import tencent_at"),
    ("codegen/a.py", "import generated"),
    ("codegen/a.py", "from runtime.engine import codec"),
    ("codegen/a.py", "from ..runtime.engine import codec"),
    ("runtime/engine/a.py", "import time"),
    ("runtime/engine/a.py", "from micropython import const"),
    ("runtime/engine/a.py", "from __future__ import annotations"),
    ("runtime/engine/a.py", "try:\n    import typing\nexcept ImportError:\n    pass"),
    ("runtime/engine/a.py", "from ..cpython import modem"),
    ("runtime/cpython/a.py", "import serial"),
    ("runtime/cpython/a.py", "import tencent_at_emulator"),
    ("runtime/micropython/a.py", "import dataclasses"),
    ("runtime/micropython/a.py", "import enum"),
    ("generated/cpython/tencent_at/a.py", "import yaml"),
    ("generated/cpython/tencent_at/a.py", "from .. import codec"),
    ("generated/micropython/tcat/a.py", "import re"),
    ("generated/micropython/tcat/a.py", "import typing"),
]


@pytest.mark.parametrize(("name", "source"), BAD_IMPORTS)
def test_a_forbidden_import_is_named(tmp_path: pathlib.Path, name: str, source: str) -> None:
    plant(tmp_path, {name: source})
    (complaint,) = forbidden_imports(tmp_path)
    assert complaint.startswith(f"{name}:")
    assert ": imports " in complaint and ", but " in complaint


GOOD_IMPORTS = [
    ("emulator/a.py", "import asyncio, aiomqtt, serialx, paho.mqtt.client\nfrom . import b"),
    ("emulator/a.py", "from __future__ import annotations\nfrom tencent_at_emulator import wire"),
    ("emulator/web/a.py", "from ..wire import Wire"),
    ("emulator/pytest_plugin.py", "import pytest"),
    ("codegen/a.py", "import yaml, jinja2, black, jsonschema\nfrom . import model"),
    ("runtime/engine/a.py", "from . import codec\nfrom .tables import FORMS"),
    ("runtime/cpython/a.py", "import serialx, enum, typing\nfrom .link import Link"),
    ("runtime/micropython/a.py", "import time, machine, asyncio\nfrom .link import Link"),
    ("generated/cpython/tencent_at/a.py", "import dataclasses\nfrom . import link"),
    ("generated/cpython/tencent_at/inner/a.py", "from .. import link"),
    ("generated/micropython/tcat/a.py", "from micropython import const\nfrom . import link"),
]


@pytest.mark.parametrize(("name", "source"), GOOD_IMPORTS)
def test_an_allowed_import_is_left_alone(tmp_path: pathlib.Path, name: str, source: str) -> None:
    plant(tmp_path, {name: source})
    assert forbidden_imports(tmp_path) == []


@pytest.mark.parametrize(
    "source",
    [
        "del buf[:3]",
        "x = name.removeprefix('a')",
        "x = name.removesuffix('a')",
        "match x:\n    case 1:\n        pass",
    ],
)
def test_a_foreign_dialect_is_named(tmp_path: pathlib.Path, source: str) -> None:
    name = "runtime/engine/a.py"
    plant(tmp_path, {name: f"# first\n{source}\n"})
    (complaint,) = foreign_dialect(tmp_path)
    assert complaint.startswith(f"{name}:2: not MicroPython: ")
    plant(tmp_path, {name: "buf[:3] = b''\ndel a[1]\n"})
    assert foreign_dialect(tmp_path) == []


def test_an_altered_copy_is_named(tmp_path: pathlib.Path) -> None:
    files = {
        "runtime/engine/link.py": "A = 1\n",
        "runtime/cpython/modem.py": "B = 1\n",
        "runtime/micropython/modem.py": "C = 1\n",
        f"{DESKTOP}/link.py": "# From runtime/engine/link.py: edit that.\nA = 1\n",
        f"{DESKTOP}/modem.py": "B = 1\n",
        f"{BOARD}/link.py": "A = 2\n",
    }
    plant(tmp_path, files)
    assert altered_copies(tmp_path) == [
        f"{BOARD}/link.py: differs from runtime/engine/link.py: edit that one",
        f"{BOARD}/modem.py: missing, a copy of runtime/micropython/modem.py",
    ]


def test_an_altered_part_is_named(tmp_path: pathlib.Path) -> None:
    whole = "# ---- runtime/engine/link.py\n\ndef f():\n    return 1\n\n\n# ---- runtime/engine/codec.py\nB = 2\n"
    files = {
        "runtime/engine/link.py": "from .codec import B\n\n\ndef f():\n    return 1  # one\n",
        "runtime/engine/codec.py": "B = 2\n",
        f"{BOARD}/__init__.py": whole,
    }
    plant(tmp_path, files)
    assert altered_copies(tmp_path) == []
    plant(tmp_path, {f"{BOARD}/__init__.py": whole.replace("return 1", "return 2")})
    assert altered_copies(tmp_path) == [
        f"{BOARD}/__init__.py: differs from runtime/engine/link.py: edit that one"
    ]


@pytest.mark.parametrize("copy", [b"# anything\nA = 1\n", b"# runtime/x\nA = 1", b"A = 1\n\n", b""])
def test_only_one_comment_of_origin_may_be_added(copy: bytes) -> None:
    assert not is_copy(copy, b"A = 1\n")


@pytest.mark.parametrize(
    "words",
    [
        ("see https://", "py", "pi.org/project/x"),
        ("https://registry.np", "mjs.org/x/-/x.tgz"),
        ("http://de", "b.debian.org/debian"),
        ("https://files.python", "hosted.org/packages"),
        ("in /wo", "rk/main/spec"),
        ('"/ho', 'me/me/.venv"'),
        ("/ro", "ot/.cache"),
    ],
)
def test_what_no_file_says_is_named(tmp_path: pathlib.Path, words: tuple[str, ...]) -> None:
    (tmp_path / "README.md").write_text("# Title\n\n" + "".join(words) + "\n")
    (complaint,) = unsaid(tmp_path)
    assert complaint.startswith("README.md:3: ")


def test_what_may_be_said_is_left_alone(tmp_path: pathlib.Path) -> None:
    (tmp_path / "README.md").write_text("pip install tencent-at, from PyPI; ./work/ at ~/work/\n")
    assert unsaid(tmp_path) == []


def test_what_git_ignores_is_not_read(tmp_path: pathlib.Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, timeout=30)
    (tmp_path / ".gitignore").write_text("made/\n")
    (tmp_path / "made").mkdir()
    for name in ("made/a.txt", "b.txt"):
        (tmp_path / name).write_text("/ho" + "me/me\n")
    assert [line.split(":")[0] for line in unsaid(tmp_path)] == ["b.txt"]
