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
from codegen.paths import RUNTIME
from tests.core import replay, test_dialogue
from tests.core.scripts import all_scripts

PARTS = "port", "tables", "codec", "row", "refusal", "link", "dialogue"
ESCAPES = r"""for c in b'\\",':
                    value = value.replace"""
REFUSED = "        elif link.error < _TIMEOUT and len"
FAULTS = {
    "backslashes unescaped": ("codec", ESCAPES, ESCAPES.replace(r"""b'\\",'""", """b'",'""")),
    "quotes unescaped": ("codec", ESCAPES, ESCAPES.replace(r"""b'\\",'""", r"""b'\\,'""")),
    "commas unescaped": ("codec", ESCAPES, ESCAPES.replace(r"""b'\\",'""", r"""b'\\"'""")),
    "payload counted in characters": (
        "codec",
        "value = str(size).encode()",
        "value = str(len(value.decode())).encode()",
    ),
    "two bytes too many on a line": ("codec", "_LINE = const(254)", "_LINE = const(256)"),
    "NUL let through": ("codec", r"""b'\0 \r\n \\" \\,'""", r"""b'\r\n \r\n \\" \\,'"""),
    "CR LF let through": ("codec", r"""b'\0 \r\n \\" \\,'""", r"""b'\0 \0 \\" \\,'"""),
    "corrupted bytes let through": ("codec", '4 if kind == "r" else 2', "2"),
    "a way out of the payload let through": ("codec", 'value[-3:] == b"+++"', "False"),
    "comma between arguments dropped": (
        "codec",
        '        between = b","',
        '        between = b""',
    ),
    "a payload too long by one": ("codec", "(_LONGEST if", "(_LONGEST + 1 if"),
    "empty strings let through": ("codec", "0 < size", "0 <= size"),
    "surplus arguments dropped": ("codec", "if rest or named or", "if"),
    "default forgotten": ("codec", "value = int(kind[2:])", "value = 0"),
    "constant left out": ("codec", "value = name[1:]", 'value = ""'),
    "the wait that an argument asks for": ("codec", "wait = value", "wait = 0"),
    "fractions cut off": ("codec", "if abs(value) >> 32:", "if False:"),
    "numbers taken for bytes": ("codec", "bytes(memoryview(value))", "bytes(value)"),
    "a refusal that tells the value": (
        "refusal",
        'return "cannot carry %r (byte %d)" % (bad, value.find(bad))',
        'return "cannot carry %r (byte %d)" % (value, value.find(bad))',
    ),
    "a string ends at its first quote": (
        "row",
        """e = data.rfind(b'"', 1, e)""",
        """e = data.find(b'"', 1)""",
    ),
    "names unescaped": (
        "row",
        "name = data[1:e]",
        r"""name = data[1:e].replace(b"\\\\", b"\\")""",
    ),
    "names never bytes": ("row", "name = name.decode()", "name = text(name)"),
    "a row ends with its line": ("row", "if found is not None:  # a name", "if False:  # a name"),
    "a name without bounds": ("row", "(e <= most or b", "(True or b"),
    "an open row without bounds": ("row", "if len(data) <= most else None", "if True else None"),
    "lines that a damaged row took with it": ("row", "link.less(link.start + k + 2)", "pass"),
    "what an open row took with it": (
        "link",
        "                self.seen = self.look = self.at\n",
        "                self.at = self.seen = self.look = self.fill\n",
    ),
    "a row that goes on for ever": ("link", "self.form = self.form[:6]", "pass"),
    "anything taken for hex digits": ("row", 'elif kind == "x" and', "elif False and"),
    "a row paid before its end": ("row", "link.owes |= 8", "pass"),
    "none taken for a row": ("row", "if link.owes & 1024 else text", "if False else text"),
    "a value never set taken for one": ("row", '(b"", form[6].encode())', "()"),
    "negative numbers as text": ("row", 'data.lstrip(b"-").isdigit()', "data.isdigit()"),
    "echo guessed": (
        "link",
        "e - a == len(self.line) and buf.find(self.line, a, e) == a",
        'buf.find(b"AT", a, e) == a',
    ),
    "echo taken for an answer": (
        "link",
        "e - a == len(self.line) and buf.find(self.line, a, e) == a",
        "False",
    ),
    "any > is a prompt": (
        "link",
        "buf[a] == _PROMPT_SIGN and owes & _OWES_PROMPT",
        "buf[a] == _PROMPT_SIGN",
    ),
    "length of a message ignored": (
        "link",
        "self.end = self._stop = n + 1 + size",
        "self.end = self._stop = n + 1",
    ),
    "end of a message unchecked": (
        "link",
        "            and e == stop + 1\n",
        "",
    ),
    "quotes of a message unchecked": (
        "link",
        "            and buf[stop] == buf[self.start - 1] == _QUOTE\n",
        "",
    ),
    "a message without a topic": ("link", "            and self.topic < self.stop\n", ""),
    "a topic without its quote": ("link", "buf[k] == _QUOTE and ", ""),
    "a topic behind a comma": ("link", " and buf[colon] == _COLON", ""),
    "blanks before a topic": (
        "link",
        "                while buf[k] == _SPACE:",
        "                while False:",
    ),
    "end of raw data unchecked": ("link", "if stop == _RAW and e == a:", "if stop == _RAW:"),
    "a message ends at its first line end": (
        "link",
        "buf.find(_CR_LF, stop if stop > a else a, w)",
        "buf.find(_CR_LF, a, w)",
    ),
    "CR forgotten": ("link", '_CR_LF = b"\\r\\n"', '_CR_LF = b"\\n"'),
    "NUL before a line kept": ("link", "(not buf[a] or buf[a] == _CR)", "(buf[a] == _CR)"),
    "CR before a line kept": ("link", "(not buf[a] or buf[a] == _CR)", "(not buf[a])"),
    "rubbish behind a line kept": (
        "link",
        "while e > a and (buf[e - 1] == _CR or not buf[e - 1]):",
        "while False:",
    ),
    "torn messages believed": ("link", "if self.owes & _UNDERWAY and stop != _TORN:", "if False:"),
    "a message that passed is torn": ("link", "if stop != _PASSED or e > a:", "if True:"),
    "a stalled message is waited for": (
        "link",
        "        if stop:\n            self._torn(stop)\n",
        "",
    ),
    "damaged raw bytes in another's words": (
        "link",
        "_LATE if stop == _RAW else _SWALLOWED",
        "_SWALLOWED",
    ),
    "a torn message in a time-out's words": (
        "link",
        "_LATE if stop == _RAW else _SWALLOWED",
        "_LATE",
    ),
    "a damaged head is no message": ("link", "if door == _COUNTED:", "if False:"),
    "a damaged length takes memory": (
        "link",
        "not self.data and size <= int",
        "not self.data or size <= int",
    ),
    "the result alone is not enough": ("link", "<< 8) & ~_OWES_OK", "<< 8)"),
    "the OK behind a result is nobody's": ("link", "(owes | (owes & _OWES_OK) << 8)", "owes"),
    "an OK before its row is believed": ("link", 'owes & _OWES_ROW and debts > "r"', "False"),
    "an OK behind its result is believed": (
        "link",
        'not owes & _OWES_OK and "K" not in debts',
        "False",
    ),
    "a row behind its OK is doubted": ("link", ' and debts > "r"', ""),
    "a second OK is doubted": ("link", ' and "K" not in debts', ""),
    "noise under a call is believed": (
        "link",
        "                        self.doubt = True\n                    return event",
        "                    return event",
    ),
    "a restart that was asked for is a reset": (
        "link",
        "if door == _RESET and owes & _OWES_BOOT:",
        "if False:",
    ),
    "any OK pays": ("link", "if not door and owes & (_OWES_OK | _MAY_OK):", "if not door:"),
    "a second OK is noise": (
        "link",
        "if not door and owes & (_OWES_OK | _MAY_OK):",
        "if not door and owes & _OWES_OK:",
    ),
    "numbers unread": ("link", "self.code = int(bytes(buf[t:e]), 0)", "pass"),
    "restart unnoticed": ("link", "if ended > 0:", "if ended > 0 and ended != _RESET:"),
    "busy unnoticed": ("link", "ended = door & 7", "ended = door & 5"),
    "failure taken for refusal": ("link", "ended = _FAILED", "ended = 1"),
    "spaces after the plus": (
        "link",
        "while self.look == a and a + 1 < w and buf[a + 1] == _SPACE:",
        "while False:",
    ),
    "unread bytes lost": (
        "link",
        "self.partial = self.fill - self.at or -self.left",
        "self.partial = min(self.fill - self.at, 0)",
    ),
    "a URC taken for a result": (
        "link",
        'if e - t == 2 and buf.find(b"OK", t, e) == t:',
        "if True:",
    ),
    "rows of a list forgotten": (
        "link",
        "elif owes & (_OWES_ROW | _MAY_ROWS):",
        "elif owes & _OWES_ROW:",
    ),
    "the session's end does not say it began": (
        "link",
        'elif buf.find(b"SUCCESS", max(e - 7, t), e) >= 0:',
        "elif False:",
    ),
    "any end says it began": (
        "link",
        'elif buf.find(b"SUCCESS", max(e - 7, t), e) >= 0:',
        "elif True:",
    ),
    "busy behind its OK": ("link", "if door != _BUSY or owes & _OWES_OK:", "if True:"),
    "a head that begins alike": ("link", '(j == len(heads) or heads[j] in b"=?,")', "True"),
    "raw bytes laid where there is no room": (
        "link",
        '_PASSED if size > len(self.data or b"") else _RAW',
        "_RAW",
    ),
    "an end that merely ends in S": (
        "link",
        'buf.find(b"SUCCESS", max(e - 7, t), e) >= 0',
        "buf[e - 1] == 83",
    ),
    "the words of the core with something behind": (
        "link",
        "or buf[a] != _PLUS and door != _PARSER",
        "or False",
    ),
    "what stood in the buffer before is believed": (
        "link",
        "if k >= e or buf.find(i, a, k + 1) < 0:",
        "if buf.find(i, a, k + 1) < 0:",
    ),
    "positions kept when the buffer moves": (
        "link",
        "                    self._stop = self.look = 0\n",
        "                    pass\n",
    ),
    "a number cut by a chunk": (
        "link",
        "                self.look = i - 2\n",
        "                self.look = e\n",
    ),
    "raw bytes that came with their head lost": (
        "link",
        "a + self._past(self.buf, a, self.fill)",
        "self.fill",
    ),
    "an input larger than the buffer": (
        "link",
        "n = min(n - i, self.size - w)",
        "n = self.size - w",
    ),
    "payload without its CR LF": ("dialogue", r'payload + b"\r\n"', "payload"),
    "payload and CR LF apart": (
        "dialogue",
        r'self.write(payload + b"\r\n")',
        r'self.write(payload); self.write(b"\r\n")',
    ),
    "open payload left open": ("dialogue", r'self.write(b"+++" + b"\r\n")', "pass"),
    "AT into a payload of two bytes": ("dialogue", 'call = "echo_off"', "pass"),
    "+++ and the question in one chunk": (
        "dialogue",
        "left = _QUIET  # it is heard",
        "pass  # it is heard",
    ),
    "a short payload left open by a refusal": (
        "dialogue",
        "len(payload or line) > _ABORTS",
        "True",
    ),
    "late answers believed": (
        "dialogue",
        "self._dirty = payload or True",
        "self._dirty = False",
    ),
    "late answers believed after one AT": (
        "dialogue",
        "self._dirty = True  # until quiet",
        "return True  # until quiet",
    ),
    "busy not asked again": ("dialogue", "if link.error != _BUSY:", "if True:"),
    "busy asked at once": (
        "dialogue",
        REFUSED,
        f"        elif link.error == _BUSY:\n            self._dirty = False\n{REFUSED}",
    ),
    "a refusal leaves no doubt": (
        "dialogue",
        REFUSED,
        f"        elif link.error < _BUSY:\n            self._dirty = False\n{REFUSED}",
    ),
    "what is odd leaves no doubt": ("dialogue", "self._dirty = link.doubt", "self._dirty = False"),
    "all is doubted": ("dialogue", "self._dirty = link.doubt", "self._dirty = True"),
    "quiet not proved": (
        "dialogue",
        "elif asked and (link._stop or not link.partial):",
        "elif asked or True:",
    ),
    "a line full of events is quiet": (
        "dialogue",
        "link.doubt or not link.owes  # the line",
        "link.doubt  # the line",
    ),
    "a call without its bound": (
        "dialogue",
        "self.timeout = ms + _GRACE",
        "self.timeout = ms + _GRACE * 9",
    ),
    "settling takes all the time": ("dialogue", "floor = min(ms, _GRACE)", "floor = 0"),
    "a deaf module asked for long": ("dialogue", "deaf -= link.error == _TIMEOUT", "pass"),
    "the port not looked into": (
        "dialogue",
        "while more > 0 and self.any()",
        "while False and self.any()",
    ),
    "a stream taken in for ever": ("dialogue", "while more > 0 and self.any()", "while self.any()"),
    "each step shortens the quiet": ("dialogue", "2 if rest < 2 else link.count >> 6", "2"),
    "no ready, no restart": ("dialogue", " and link.owes & _OWED != _OWES_BOOT", ""),
    "the echo left on": ("dialogue", "self._settle(0, self._echo)", 'self._settle(0, "attention")'),
    "a restart not settled": ("dialogue", "yield from self._settle(0, self._echo)", "pass"),
    "second OK not awaited": ("dialogue", "int(ms[1]) if ms[1:] else _QUIET", "0"),
    "a late OK awaited as long as the second": (
        "dialogue",
        "int(ms[1]) if ms[1:] else _QUIET",
        "500",
    ),
    "always the long way": ("dialogue", 'call = "publish_short"', 'call = "publish_long"'),
    "a stalled line kept": (
        "dialogue",
        "                link.cut()\n        self._dirty",
        "                break\n        self._dirty",
    ),
    "chatter waited out for ever": ("dialogue", "or self.timeout <= wait:", "or False:"),
    "a line waited for that has ended": (
        "dialogue",
        "while link.partial and link.partial > w:",
        "while link.partial:",
    ),
    "a callback under a command": (
        "dialogue",
        "if self.on_message and not link.owes and not self.inbox:",
        "if self.on_message:",
    ),
    "inbox without bounds": ("dialogue", "if room >= 0:", "if True:"),
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
            else engine(name)
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


def engine(name: str) -> str:
    return (RUNTIME / "engine" / f"{name}.py").read_text(encoding="utf-8")


def judged(package: Any) -> Iterator[str]:
    """Who notices: the names of dialogues and tests that fail."""
    driver = replay.Driver(package.codec, package.link, package.row)
    for name, script, wanted in all_scripts():
        for step in (1 << 20, 1):
            try:
                same = replay.play(driver, script, None, step) == wanted
            except Exception:
                same = False
            if not same:
                yield name
    names = vars(test_dialogue)
    whole = {name: names[name] for name in ("dialogue", "row")}
    names.update({name: getattr(package, name) for name in whole})
    try:
        for name, test, args in dialogue_tests():
            try:
                test(**args)
            except (Exception, pytest.fail.Exception):
                yield name
    finally:
        names.update(whole)


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
