"""A revision of the manual touches YAML only: an overlay is rendered, and both drivers speak it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codegen import join
from codegen.emit import CORE, LIMITED, PACKAGES, PROCEDURES, board_package, for_a_board
from codegen.load import load
from codegen.paths import COMMANDS, GENERATED, ROOT, RUNTIME, SHELLS
from tests.codegen.test_generate import tree

OVERLAY = Path(__file__).with_name("overlay.yaml")
DIALOGUE = """
{imports}

link = Link(2304)


def say(data):
    seen = []
    link.receive(data, len(data))
    event = link.next_event()
    while event:
        if event < 9:
            seen.append(event)
        if event in (3, 7):
            seen.append(row.value(link, event))
        if event == 1:
            seen.append((link.error, link.code))
        event = link.next_event()
    return seen


def call(name, *args):
    fields, line, payload, ms = encode(form(name), args, ())
    link.send(fields, line, None)
    return bytes(line), payload


print(call("show_picture", "smile", 20, b"*" * 9))
print(say(b"OK\\r\\n>\\r\\n"))
print(say(b"+TCLIGHT:FAIL,7\\r\\n"), field(form("show_picture"), 5))
print(call("light"), say(b'+TCLIGHT:"smile",20\\r\\n\\r\\nOK\\r\\n'))
print(say(b'+TCLIGHT:"smile",30\\r\\n+TCOTASTATUS:PAUSED\\r\\n'))
print(call("subscribe", "a", 1), call("subscribe", "a", 1, 5))
print(call("test", "TCLIGHT"))
try:
    call("show_picture", "smi\\0le", 25, b"x")
except ValueError:
    print(refusal.refusal(form("show_picture"), ("smi\\0le", 25, b"x"), ()))
"""
IMPORTS = {
    "tencent_at": "from tencent_at import refusal, row\nfrom tencent_at.codec import encode, field, form\n"
    "from tencent_at.link import WORDS, Link",
    "tcat": "from tcat import WORDS, Link, encode, field, form, refusal, row",
}
HEARD = """(b'AT+TCLIGHT="smile",20,9\\r\\n', b'*********')
[2]
[1, (2, 7)] lc
(b'AT+TCLIGHT?\\r\\n', None) [3, ['smile', 20], 1, (0, None)]
[7, ('light_changed', ['smile', 30]), 7, ('ota_status', ['PAUSED'])]
(b'AT+TCMQTTSUB="a",1\\r\\n', None) (b'AT+TCMQTTSUB="a",1,5\\r\\n', None)
(b'AT+TCLIGHT=?\\r\\n', None)
show_picture: name cannot carry b'\\x00' (byte 3)
"""


@pytest.fixture(scope="module")
def revised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("revised")
    command = [sys.executable, "-m", "codegen", "--overlay", str(OVERLAY), "--out", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)
    return out


def test_no_runtime_file_changes(revised: Path, tmp_path: Path) -> None:
    """Trees rendered with and without the overlay differ in nothing that was copied from runtime/."""
    words = [sys.executable, "-m", "codegen", "--revision", "V3.1.3", "--out", str(tmp_path)]
    subprocess.run(words, cwd=ROOT, check=True, timeout=60)
    before, after = tree(tmp_path), tree(revised)
    copied = {}
    for room, package in PACKAGES.items():
        for source in (RUNTIME / "engine", PROCEDURES, RUNTIME / room):
            for path in source.rglob("*"):
                if path.suffix in (".py", ".pyi", ".typed"):
                    copied[f"{package}/{path.relative_to(source).as_posix()}"] = path.read_bytes()
    parts = {name: copied.pop(name) for name in [*copied] if joined(name)}
    more = len(SHELLS) + len(LIMITED)
    assert len(copied) > 20 and len(parts) == 5 + len(list(PROCEDURES.glob("*.py"))) + more
    for name, text in copied.items():
        head, _, rest = after[name].partition(b"\n")
        if name.startswith(PACKAGES["micropython"]) and name.endswith(".py"):
            text = for_a_board(Path(name).stem, text.decode()).encode()
        assert rest == text and (not text or head.startswith(b"# Copied from runtime/")), name
    changed = {name for name in before.keys() | after if before.get(name) != after.get(name)}
    limited = {f"{PACKAGES['micropython']}/{name}.py" for name in LIMITED}
    assert changed and not changed & (copied.keys() | parts.keys()) - limited
    assert "cpython/tencent_at/tables.py" in changed and "docs/commands.md" in changed
    for name in ("micropython/tcat/__init__.py", *limited & changed):
        was, becomes = (tree[name].decode().split(join.MARK) for tree in (before, after))
        changed_parts = [a.partition("\n")[0] for a, b in zip(was, becomes, strict=True) if a != b]
        assert changed_parts == ["spec/commands.yaml (V3.1.3)"]
    assert not before.keys() - after.keys()


def joined(name: str) -> bool:
    """Is it a part of a board's module that codegen joins: of the core, with a procedure or the table's constants?"""
    room, _, rest = name.rpartition("/")
    parts = *CORE, *SHELLS, *LIMITED, *(path.stem for path in PROCEDURES.glob("*.py"))
    return room == PACKAGES["micropython"] and rest.endswith(".py") and rest[:-3] in parts


def test_a_revision_may_bring_a_package_for_boards(micropython: Any, tmp_path: Path) -> None:
    package = tmp_path / "tcat"
    package.mkdir()
    for name, text in board_package(load(COMMANDS, (OVERLAY,)), "tcat-light").items():
        (package / name).write_text(text, encoding="utf-8")
    script = "from tcat import FORMS\nprint([n in FORMS for n in ('show_picture', 'subscribe', 'scan')])\n"
    ended = micropython.run(script, path=[tmp_path], timeout=60)
    assert ended.stdout == "[True, True, False]\n", ended.stderr


def test_a_new_word_is_written_down(revised: Path) -> None:
    for name in ("cpython/tencent_at/events.py", "docs/commands.md"):
        assert "PAUSED" in (revised / name).read_text(encoding="utf-8"), name
        assert "PAUSED" not in (GENERATED / name).read_text(encoding="utf-8"), name


def test_cpython_speaks_it(revised: Path) -> None:
    code = DIALOGUE.format(imports=IMPORTS["tencent_at"])
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(revised / 'cpython')!r})\n{code}",
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == HEARD, done.stderr
    typed = "from tencent_at.meanings import TABLES as t; print(t['light'].codes[7].en, t['cme'].codes[211].zh)"
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(revised / 'cpython')!r})\n{typed}",
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "The lamp is broken 太亮\n", done.stderr


def test_micropython_speaks_it(revised: Path, micropython: Any) -> None:
    ended = micropython.run(
        DIALOGUE.format(imports=IMPORTS["tcat"]), path=[revised / "micropython"], timeout=60
    )
    assert ended.stdout == HEARD, ended.stderr


def test_the_facade_has_it(revised: Path) -> None:
    commands = (revised / "cpython/tencent_at/commands.py").read_text(encoding="utf-8")
    for wanted in (
        "def show_picture(",
        "async def show_picture(",
        "depth: int | None = None",
        "since V9.9.9",
    ):
        assert wanted in commands
    assert "class Light(Record)" in (revised / "cpython/tencent_at/records.py").read_text(
        encoding="utf-8"
    )
