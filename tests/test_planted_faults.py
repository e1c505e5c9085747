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
    "backslashes unescaped": (
        "codec",
        r"""for c in b'\\",':
        value = value.replace(bytes((c,))""",
        """for c in b'",':
        value = value.replace(bytes((c,))""",
    ),
    "quotes unescaped": (
        "codec",
        r"""for c in b'\\",':
        value = value.replace(bytes((c,))""",
        r"""for c in b'\\,':
        value = value.replace(bytes((c,))""",
    ),
    "commas unescaped": (
        "codec",
        r"""for c in b'\\",':
        value = value.replace(bytes((c,))""",
        r"""for c in b'\\"':
        value = value.replace(bytes((c,))""",
    ),
    "payload counted in characters": ("codec", 'b"%d" % len(value)', 'b"%d" % len(value.decode())'),
    "two bytes too many on a line": ("codec", "_LINE = const(254)", "_LINE = const(256)"),
    "NUL let through": ("codec", r"""b'\0 \r\n \\" \\,'""", r"""b'\r\n \r\n \\" \\,'"""),
    "CR LF let through": ("codec", r"""b'\0 \r\n \\" \\,'""", r"""b'\0 \0 \\" \\,'"""),
    "corrupted bytes let through": ("codec", '4 if kind == "r" else 2', "2"),
    "comma between arguments dropped": (
        "codec",
        '            between = b","',
        '            between = b""',
    ),
    "range too wide by one": ("codec", "not low <= size <= high", "not low <= size <= high + 1"),
    "steps unchecked": ("codec", "or (size - low) % step", ""),
    "default forgotten": ("codec", "int(default[0]) if", "0 if"),
    "constant left out": ("codec", "value = spec[1:]", 'value = b""'),
    "secret in an error": (
        "codec",
        'raise ValueError("must be base64")',
        'raise ValueError("must be base64: %r" % value)',
    ),
    "any secret goes": ("codec", 'if kind == "b":', "if False:"),
    "a string ends at its first quote": ("codec", "if i < 0 or not behind:", "if True:"),
    "names stay escaped": ("codec", "value = value.replace(bytes((92, c)), bytes((c,)))", "pass"),
    "negative numbers as text": ("codec", 'raw.lstrip(b"-").isdigit()', "raw.isdigit()"),
    "echo guessed": (
        "link",
        "e - a == len(self._sent) and buf.startswith(self._sent, a)",
        'buf.startswith(b"AT", a)',
    ),
    "echo taken for an answer": (
        "link",
        "e - a == len(self._sent) and buf.startswith(self._sent, a)",
        "False",
    ),
    "any > is a prompt": ("link", "buf[a] == 62 and self._owes & _OWES_PROMPT", "buf[a] == 62"),
    "length of a message ignored": ("link", "self.end = self.start + v", "self.end = self.start"),
    "end of a message unchecked": ("link", """buf.startswith(b'"\\r\\n', stop)""", "True"),
    "end of raw data unchecked": ("link", "if self.start == i:", "if True:"),
    "CR at a cut forgotten": ("link", "seen = w - 1", "seen = w"),
    "any OK pays": ("link", "if not owes & (_OWES_OK | _MAY_OK):", "if False:"),
    "a second OK is noise": (
        "link",
        "if not owes & (_OWES_OK | _MAY_OK):",
        "if not owes & _OWES_OK:",
    ),
    "numbers unread": ("link", "self.number = i\n", "pass\n"),
    "restart unnoticed": ("link", "ended = _RESET", "pass"),
    "busy unnoticed": ("link", "ended = _BUSY", "pass"),
    "failure taken for refusal": ("link", "ended = _FAILED", "ended = _REFUSED"),
    "spaces after the plus": ("link", "if buf[a + 1] == 32 and a + 1 < w:", "if False:"),
    "unread bytes lost": ("link", "self._last = w - a", "self._last = 0"),
    "a URC taken for a result": (
        "link",
        'owes & _OWES_RESULT and e - t == 2 and buf.startswith(b"OK", t)',
        "owes & _OWES_RESULT",
    ),
    "rows of a list forgotten": (
        "link",
        "elif ours and owes & (_OWES_ROW | _MAY_ROWS):",
        "elif ours and owes & _OWES_ROW:",
    ),
    "the session's end does not say it began": (
        "link",
        'if ours and buf.startswith(b"SUCCESS", e - 7):',
        "if False:",
    ),
    "any end says it began": ("link", 'if ours and buf.startswith(b"SUCCESS", e - 7):', "if ours:"),
    "busy behind its OK": ("link", "elif door == 98 and owes & _OWES_OK:", "elif door == 98:"),
    "payload without its CR LF": ("dialogue", r'link.payload + b"\r\n"', "link.payload"),
    "payload and CR LF apart": (
        "dialogue",
        r'yield link.payload + b"\r\n"',
        r'yield link.payload; yield b"\r\n"',
    ),
    "open payload left open": ("dialogue", r'yield b"+++\r\n"', "pass"),
    "late answers believed": (
        "dialogue",
        "self._calling = self._dirty = True",
        "self._calling = True",
    ),
    "busy not asked again": ("dialogue", "link.outcome != _BUSY or tries == _RETRIES", "True"),
    "busy asked for ever": (
        "dialogue",
        "link.outcome != _BUSY or tries == _RETRIES",
        "link.outcome != _BUSY",
    ),
    "second OK not awaited": ("dialogue", "        if link.lingers():", "        if False:"),
    "always the long way": ("dialogue", 'call = "publish_short"', 'call = "publish_long"'),
    "a stalled line kept": (
        "dialogue",
        "if not (yield _STALLED) or ticks_diff(end, ticks_ms()) < 0:\n                link.cut()",
        "if not (yield _STALLED):\n                break",
    ),
    "chatter waited out for ever": (
        "dialogue",
        "if not (yield _STALLED) or ticks_diff(end, ticks_ms()) < 0:",
        "if not (yield _STALLED):",
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
