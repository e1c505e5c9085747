"""What the link does otherwise than its text before, on purpose: each change, why, and how its text is turned back.

A difference is explained by the fewest changes without which it is gone: the link as it is, with the lines of those
turned back, tells of these bytes what the link told before.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import tencent_at

_PLACE = Path(tencent_at.__file__).parent


@dataclass(frozen=True)
class Change:
    """name, why; and (text as it is, text that does as before) pairs of link.py, or of another file."""

    name: str
    why: str
    texts: tuple[tuple[str, str], ...]
    file: str = "link"


CHANGES = (
    Change(
        "an OK is taken only where nothing follows it",
        "Behind noise, or for rows or lines of which none came, it may be another command's late one; it shifted every"
        " answer behind it by one. It counts once the line was quiet for 100 ms.",
        (("if owes & (_OWED | _PERHAPS) == _OWES_OK and (", "if False and ("),),
    ),
    Change(
        "a line that holds a line end is noise",
        "Its CR was lost, and with it what divided it from the next: neither half is believed.",
        (('if buf.find(b"\\n", a, e) >= 0 and not (ours', "if False and not (ours"),),
    ),
    Change(
        "a word of the AT core is a whole line",
        "`OK,`, `ERROR:x` and `ready,` are damage: the module never says more on such a line.",
        (("if k < e and buf[a] != _PLUS and door != _PARSER:", "if False:"),),
    ),
    Change(
        "a result is spelled in full",
        "+NAME:FxIL was a failure, +NAME:xK was well: of a damaged result nothing is believed.",
        (
            ("if said == _SAYS_OK:", "if e - t == 2 and buf[t + 1] == 75:"),
            ("if said == _SAYS_FAIL:", "if buf[t] == 70 and e - t > 3 and buf[t + 3] == 76:"),
            ('elif buf.find(b"SUCCESS", max(e - 7, t), e) >= 0:', "elif buf[e - 1] == 83:"),
        ),
    ),
    Change(
        "a length stands at once behind its head",
        "+TCREADFWDATA:Y4, announced four bytes: what was damaged before a number may have damaged the number.",
        (
            (
                "                i = k + 1\n                while i < e and buf[i] == _SPACE:\n",
                "                i = k\n                while 0 <= i and not _ZERO <= buf[i - 1] <= _NINE:\n"
                '                    i = buf.find(b",", i + 1, e)\n                n = i\n'
                "                i = max(i, k + 1)\n                while n > 0 and _ZERO <= buf[i - 1] <= _NINE:\n"
                "                    i -= 1\n                while i < e and buf[i] == _SPACE:\n",
            ),
        ),
    ),
    Change(
        "a row that goes on past a line end keeps it as it came",
        "A name may hold any bytes, NUL and CR before a line end among them: they were cut off.",
        (
            (
                "            e -= 1\n        self.end = e\n",
                "            e -= 1\n        d = self.at - 2 - e\n        if d > 0 and not stop:\n"
                "            del buf[e : e + d]\n            buf.extend(bytes(d))\n            self.at -= d\n"
                "            self.read = self.search = self.at\n            self.fill -= d\n        self.end = e\n",
            ),
        ),
    ),
    Change(
        "a late prompt is no part of the line behind it",
        "`>` has no line end; where nobody is owed a prompt any more, it made noise of the message behind it.",
        (("owes & _OWES_PROMPT or d != _PLUS", "True"),),
    ),
    Change(
        "a name may be as long as the manual says",
        "One byte was counted too many: a name of the greatest length that holds a line end was not read on.",
        (("(e - 1 <= most or", "(e <= most or"),),
        file="row",
    ),
    Change(
        "a head ends at a colon or a comma",
        "The module says +NAME:…; +NAME=… is what a host says, or damage.",
        (
            (
                '        if i >= 0:\n            e = i\n        i = self.buf.find(b",", a, e)\n',
                "        if i >= 0:\n            e = i\n"
                '        i = self.buf.find(b"=", a, e)\n        if i >= 0:\n            e = i\n'
                '        i = self.buf.find(b",", a, e)\n',
            ),
        ),
    ),
)


@cache
def reverted(names: tuple[str, ...]) -> tuple[Any, Any]:
    """link.py and row.py with these changes turned back."""
    link, row = (_module(file, names) for file in ("link", "row"))
    return link, row


def _module(file: str, names: tuple[str, ...]) -> types.ModuleType:
    text = (_PLACE / f"{file}.py").read_text(encoding="utf-8")
    for change in CHANGES:
        if change.name in names and change.file == file:
            for now, before in change.texts:
                assert text.count(now) == 1, f"{change.name}: the text has moved: {now}"
                text = text.replace(now, before)
    module = types.ModuleType(f"tencent_at.{file}_reverted")
    module.__package__ = "tencent_at"
    exec(compile(text, f"{file}.py, reverted", "exec"), module.__dict__)
    return module


def subsets() -> Iterator[tuple[str, ...]]:
    """Sets of changes, the small ones first."""
    names = [change.name for change in CHANGES]
    for size in range(1, len(names) + 1):
        yield from combinations(names, size)
