"""The driver broken on purpose: each fault must be noticed by the dialogues or by the dialogue tests.

A fault is a change of the shared runtime's text. One that nothing notices is a hole in the tests; one whose
place is gone fails as well, so that this list cannot go stale.
"""

from __future__ import annotations

import inspect
import itertools
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

import tencent_at
from codegen.emit import RUNTIME
from tests.core import replay, test_dialogue
from tests.core.scripts import all_scripts

PARTS = "port", "tables", "codec", "link", "dialogue"
FAULTS = {
    "backslashes unescaped": ("codec", r'.replace(b"\\", b"\\\\")', ""),
    "quotes unescaped": ("codec", r""".replace(b'"', b'\\"')""", ""),
    "commas unescaped": ("codec", r'.replace(b",", b"\\,")', ""),
    "payload counted in characters": ("codec", 'b"%d" % len(value)', 'b"%d" % len(value.decode())'),
    "two bytes too many on a line": ("codec", "_LINE = const(254)", "_LINE = const(256)"),
    "NUL let through": ("codec", r'(b"\0", b"\r\n", ', r'(b"\r\n", b"\r\n", '),
    "CR LF let through": ("codec", r'(b"\0", b"\r\n", ', r'(b"\0", b"\0", '),
    "corrupted bytes let through": ("codec", "4 if kind == 114 else 2", "2"),
    "comma between arguments dropped": ("codec", '        between = b","', '        between = b""'),
    "range too wide by one": (
        "codec",
        "if not low <= value <= high:",
        "if not low <= value <= high + 1:",
    ),
    "steps unchecked": ("codec", "(value - low) % int(step[0])", "False"),
    "default forgotten": ("codec", "int(spec[5]) if spec[5] else None", "0"),
    "a string ends at its first quote": (
        "codec",
        "while 0 <= j < end - 1 and buf[j + 1] != 44:",
        "while False:",
    ),
    "negative numbers as text": ("codec", 'raw[1:] if raw[:1] == b"-" else raw', "raw"),
    "constant left out": ("codec", "line += between + spec[1:]", "pass"),
    "secret shown": ("codec", 'value = "***"', "pass"),
    "echo guessed": (
        "link",
        "n == len(self._sent) and buf.startswith(self._sent, a)",
        'buf.startswith(b"AT", a)',
    ),
    "any > is a prompt": ("link", "buf[a] == 62 and self._owes & _OWES_PROMPT", "buf[a] == 62"),
    "length of a message ignored": (
        "link",
        "self._stop = self.start + self._value",
        "self._stop = self.start",
    ),
    "end of a message unchecked": (
        "link",
        'if not buf.startswith(b\'"\\r\\n\' if self._tail == 3 else b"\\r\\n", stop):',
        "if False:",
    ),
    "CR at a cut forgotten": ("link", "self._seen = w - 1", "self._seen = w"),
    "any OK pays": ("link", "if not owes & (_OWES_OK | _MAY_OK):", "if False:"),
    "FAIL without a code": ("link", "self.number = self._number(t + 4, e)", "self.number = None"),
    "CME number unread": (
        "link",
        'self.number = self._number(buf.find(b":", a, e) + 1, e)',
        "self.number = 0",
    ),
    "restart unnoticed": ("link", "self._ends(_RESET)", "pass"),
    "busy unnoticed": ("link", 'buf.startswith(b"busy ", a)', "False"),
    "topic left behind when bytes move": ("link", "self._stop -= k", "pass"),
    "spaces after the plus": ("link", "while buf[a + 1] == 32:", "while False:"),
    "a URC taken for a result": ("link", 'if e - t == 2 and buf.startswith(b"OK", t):', "if True:"),
    "rows end the command": ("link", "if owes & (_OWES_ROW | _MAY_ROWS):", "if owes & _OWES_ROW:"),
    "payload without its CR LF": ("dialogue", r'link.payload + b"\r\n"', "link.payload"),
    "open payload left open": ("dialogue", r'yield b"+++\r\n"', "pass"),
    "late answers believed": (
        "dialogue",
        "self._calling = self._dirty = True",
        "self._calling = True",
    ),
    "busy not asked again": ("dialogue", "link.outcome != _BUSY or tries == _RETRIES", "True"),
    "second OK not awaited": ("dialogue", "yield from self._listen(link.linger)", "pass"),
    "always the long way": ("dialogue", "            short = True", "            short = False"),
    "a stalled line kept": (
        "dialogue",
        "                link.cut()\n            self._pump()",
        "                return\n            self._pump()",
    ),
    "inbox without bounds": ("dialogue", "len(self.inbox) < self.backlog", "True"),
}


def broken(part: str, old: str, new: str) -> types.ModuleType:
    """The shared runtime as a package of its own, with one place of one file changed."""
    package = types.ModuleType("planted")
    package.__path__ = []
    sys.modules["planted"] = package
    for name in PARTS:
        source = (
            inspect.getsource(getattr(tencent_at, name))
            if name in ("port", "tables")
            else shared(name)
        )
        if name == part:
            assert old in source, f"{name}.py no longer has the place {old!r}: plant the fault anew"
            source = source.replace(old, new)
        module = types.ModuleType(f"planted.{name}")
        module.__package__ = "planted"
        sys.modules[f"planted.{name}"] = module
        setattr(package, name, module)
        exec(compile(source, f"planted/{name}.py", "exec"), module.__dict__)
    return package


def shared(name: str) -> str:
    return (RUNTIME / "shared" / f"{name}.py").read_text(encoding="utf-8")


def judged(package: Any) -> Iterator[str]:
    """Who notices: the names of dialogues and tests that fail."""
    for name, script, wanted in all_scripts():
        for step in (1 << 20, 1):
            try:
                same = replay.play(package.link.Link, package.codec, script, None, step) == wanted
            except Exception:
                same = False
            if not same:
                yield name
    whole = vars(test_dialogue)["dialogue"]
    vars(test_dialogue)["dialogue"] = package.dialogue
    try:
        for name, test, args in dialogue_tests():
            try:
                test(**args)
            except (Exception, pytest.fail.Exception):
                yield name
    finally:
        vars(test_dialogue)["dialogue"] = whole


def dialogue_tests() -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """tests/core/test_dialogue.py, each test with each of its parameters."""
    for name, test in vars(test_dialogue).items():
        if name.startswith("test_"):
            rows: list[dict[str, Any]] = [{}]
            for mark in getattr(test, "pytestmark", []):
                names, values = mark.args
                names = [names] if isinstance(names, str) else names
                rows = [
                    {**row, **dict(zip(names, value if len(names) > 1 else [value], strict=True))}
                    for row, value in itertools.product(rows, values)
                ]
            yield from ((name, test, row) for row in rows)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_noticed(fault: str) -> None:
    assert next(judged(broken(*FAULTS[fault])), None), f"nothing notices: {fault}"


def test_the_sound_driver_passes() -> None:
    assert list(judged(broken("link", "", ""))) == []


def test_there_are_enough() -> None:
    assert len(FAULTS) >= 20
