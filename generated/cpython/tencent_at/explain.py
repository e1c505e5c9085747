# Copied from runtime/cpython/explain.py: edit that.
"""Lines of the wire in words: what a command asks, what an answer or a URC says, what its numbers mean."""

from __future__ import annotations

import re

from .error_tables import EVENT_ERRORS, LETTERS, REASONS, Meaning
from .errors import look_up
from .manual import EVENTS, FORMS
from .row import integer, text
from .titles import COMMANDS, URCS, Title

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
        meaning = look_up("", number, "x")[1]
        return f"refused: {meaning.en}" if meaning.en else "refused"
    found = _COMMAND.match(raw)
    if found:
        return _asked(text(found[1]).upper(), found[2] or b"")
    if raw.startswith(b"+CME ERR"):
        number = integer(raw.partition(b":")[2].strip())
        return _with("refused", look_up("", number, "c")[1])
    found = _ANSWER.match(raw)
    if found:
        return _answered(text(found[1]), found[3])
    title = URCS.get(text(raw))
    return _named(title) if title else ""


def _named(title: Title) -> str:
    return f"{title.en} ({title.section})"


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
            f"{_named(title)}: failed" if title else "failed", look_up("", number, _tables(name))[1]
        )
    urc = URCS.get(name)
    if urc is None:
        title = COMMANDS.get(name)
        return f"{_named(title)}: the answer" if title else ""
    tables, reasons = EVENT_ERRORS.get(EVENTS.get("+" + name, ""), ((), ""))
    if not tables or number is None:
        return _named(urc)
    said = _with(_named(urc), look_up("", number, "".join(_LETTER[table] for table in tables))[1])
    sub = int(code[2]) if code and code[2] else None
    return _with(said, REASONS.get(reasons, {}).get(sub or 0))


def _with(said: str, meaning: Meaning | None) -> str:
    return f"{said}: {meaning.en}" if meaning and meaning.en else said


def _tables(name: str) -> str:
    # The letters of the error tables of a command whose answer is a result.
    heads = "+" + name, f"+{name}="
    return next((form.errors for form in FORMS.values() if form.heads[0] in heads), "")


_LETTER = {table: letter for letter, table in LETTERS.items()}
