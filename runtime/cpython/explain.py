"""Lines of the wire in words: what a command asks, what an answer or a URC says, what its numbers mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .entries import Command, Urc
from .errors import look_up
from .manual import COMMANDS, URCS
from .row import integer, text

if TYPE_CHECKING:
    from .meaning import Meaning

_COMMAND = re.compile(rb"AT\+?([A-Z_]+[01]?)(=\?|\?|=)?", re.I)
_ANSWER = re.compile(rb"\+ *([A-Z_ ]+?) *([:,=]) *(.*)", re.DOTALL)
_CODE = re.compile(rb"(?:FAIL|FAILED|UPDATEFAIL)? *,? *(-?\d+)(?: *, *(-?\d+))?\s*\Z")
_WHICH = {b"=?": "how it is used", b"?": "read", b"=": "set", b"": "carry out"}
_FINAL = {
    b"OK": "well",
    b"ERROR": "refused",
    b"FAIL": "refused",
    b">": "the module waits for the payload",
    b"AT": "are you there",
    b"+++": "end the payload",
}


def explain(line: bytes | str) -> str:
    """What a line of the wire says, in a few English words and with the manual's section; "" where it says nothing.

    line: a command, an answer or a URC, with or without its CR LF.
    """
    raw = (line.encode() if isinstance(line, str) else line).strip(b"\r\n ")
    if raw.upper() in _FINAL:
        return _FINAL[raw.upper()]
    if raw.startswith(b"busy "):
        return "an earlier command still runs; this one was thrown away"
    if raw.startswith(b"ERR CODE:"):
        number = integer(raw[9:].strip())
        return _with("refused", look_up(number, ["parser"])[1])
    found = _COMMAND.match(raw)
    if found:
        return _asked(text(found[1]).upper(), found[2] or b"")
    if raw.startswith(b"+CME ERR"):
        number = integer(raw.partition(b":")[2].strip())
        return _with("refused", look_up(number, ["cme"])[1])
    found = _ANSWER.match(raw)
    if found:
        return _answered(text(found[1]), found[3])
    urc = _urc(text(raw))
    return _named(urc) if urc else ""


def _urc(name: str) -> Urc | None:
    return next((urc for urc in URCS.values() if name in (urc.name, *urc.aliases)), None)


def _named(entry: Command | Urc) -> str:
    return f"{entry.title.en} ({entry.section})"


def _asked(name: str, suffix: bytes) -> str:
    title = COMMANDS.get(name) or COMMANDS.get("AT" + name)
    return (
        f"{_named(title)}: {_WHICH[suffix]}" if title else "a command that the manual does not know"
    )


def _answered(name: str, rest: bytes) -> str:
    if rest.startswith(b"OK"):
        title = COMMANDS.get(name)
        return f"{_named(title)}: well" if title else "well"
    code = _CODE.search(rest)
    number = int(code[1]) if code else None
    if rest.startswith(b"FAIL"):
        title = COMMANDS.get(name)
        return _with(
            f"{_named(title)}: failed" if title else "failed", look_up(number, _tables(name))[1]
        )
    urc = _urc(name)
    if urc is None:
        title = COMMANDS.get(name)
        return f"{_named(title)}: the answer" if title else ""
    if not urc.errors or number is None:
        return _named(urc)
    said = _with(_named(urc), look_up(number, urc.errors)[1])
    sub = int(code[2]) if code and code[2] else None
    return _with(said, look_up(sub, [urc.reason] if urc.reason else [])[1])


def _with(said: str, meaning: Meaning | None) -> str:
    return f"{said}: {meaning.en}" if meaning else said


def _tables(name: str) -> tuple[str, ...]:
    # The error tables of a command whose answer is a result.
    forms = COMMANDS[name].forms if name in COMMANDS else {}
    return next((forms[kind].errors for kind in ("set", "exec") if kind in forms), ())
