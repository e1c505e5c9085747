"""Reads spec/dialogues/*.at: who says what, byte for byte. The format: spec/dialogues/README.md.

`load_all()` gives every file, `parse()` one text. What cannot be read raises `BadDialogue` with
file and line. Steps stand as they do in the file; whoever runs them joins consecutive
`ModuleBytes` (or `HostBytes`) himself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from tests.spec.notation import (
    NUMBER,
    WORD,
    Row,
    bytes_of,
    checked,
    nothing_more,
    take_values,
    take_words,
)

DIALOGUES = Path(__file__).resolve().parents[2] / "spec" / "dialogues"


Ended = Literal["ok", "row", "rows", "text", "refused", "failed", "busy", "reset", "timeout"]


class BadDialogue(ValueError):
    """A line that breaks the format; the message begins with FILE:LINE."""


@dataclass(frozen=True, slots=True)
class Happening:
    """`@`: something happens on the module's other side: `("cloud", "publish")` with its values."""

    line: int
    words: tuple[str, ...]
    values: Row


@dataclass(frozen=True, slots=True)
class Call:
    """`call`: the host calls the driver; `test` has the command's name as its argument."""

    line: int
    name: str
    args: Row


@dataclass(frozen=True, slots=True)
class HostBytes:
    """`>`: the host sends."""

    line: int
    data: bytes


@dataclass(frozen=True, slots=True)
class ModuleBytes:
    """`<`: the module sends."""

    line: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """`=`: how the call ended.

    `row` for ended "row" (one tuple) and `rows` for "rows" and "text" (each line of a text is a
    row of one); `table` and `number` for "refused" (table "error": ERROR alone, no number),
    `number` or None for "failed".
    """

    line: int
    ended: Ended
    row: Row = ()
    rows: tuple[Row, ...] = ()
    table: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """`!`: an event the driver must report, `noise` among them."""

    line: int
    name: str
    values: Row


@dataclass(frozen=True, slots=True)
class Silence:
    """`~`: nothing is said for so many seconds."""

    line: int
    seconds: float


Step = Happening | Call | HostBytes | ModuleBytes | Outcome | Event | Silence


@dataclass(frozen=True, slots=True)
class Given:
    """One thing that holds at the start: `("stored",)` with `("ssid", "password")`."""

    words: tuple[str, ...]
    values: Row


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One file. `only` is "driver", "emulator" or "" for both."""

    path: Path
    covers: tuple[str, ...]
    only: str
    given: tuple[Given, ...]
    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        """What a test calls it: the file's name without its suffix."""
        return self.path.stem

    def __str__(self) -> str:
        return self.name


# Words → the kinds of their values: s text or bytes, i integer, n number.
GIVEN = {
    "echo on": "",
    "device set": "",
    "product set": "",
    "connected": "",
    "subscribed": "si",
    "ota on": "",
    "downloading": "",
    "firmware": "si",
    "provisioning softap": "",
    "provisioning smartconfig": "",
    "wifi off": "",
    "stored": "ss",
}
HAPPENINGS = {
    "cloud publish": "ss",
    "mqtt lost": "",
    "mqtt back": "",
    "wifi lost": "",
    "wifi back": "",
    "wait": "n",
    "provision success": "",
    "provision wrong-password": "",
    "provision app-stop": "",
    "ota offer": "si",
    "ota fail": "i",
    "refuse subscribe": "",
    "no ack": "",
    "fail": "i",
    "power on": "",
}
_PLAIN: dict[str, Ended] = {"ok": "ok", "busy": "busy", "reset": "reset", "timeout": "timeout"}


_COVERS = re.compile(
    r"[A-Z0-9_]+ (test|read|set|exec)|urc \S.*|quirk [a-z0-9-]+|section \d(\.\d)?"
    r"|failure (cme|fail|fail-bare|error|err-code|busy|abort)"
)


_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")


@cache
def load_all(folder: Path = DIALOGUES) -> tuple[Dialogue, ...]:
    """Every dialogue, by name."""
    return tuple(
        parse(path.read_text(encoding="utf-8"), path) for path in sorted(folder.glob("*.at"))
    )


def load(*, only: str, folder: Path = DIALOGUES) -> tuple[Dialogue, ...]:
    """The dialogues that this end runs: those of both, and its own (`driver` or `emulator`)."""
    return tuple(each for each in load_all(folder) if each.only in ("", only))


def parse(text: str, path: Path) -> Dialogue:
    """Read one file's text."""
    headers: dict[str, str] = {}
    steps: list[Step] = []
    number = 0
    # Not splitlines(): that ends lines at other bytes, too.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            key, colon, rest = line.partition(": ")
            if colon and key in ("covers", "only", "given"):
                if steps or key in headers:
                    raise ValueError(f"{key}: stands once, above the first step")
                headers[key] = rest
                _header(key, rest)
            else:
                steps.append(_step(number, line))
        except (ValueError, SyntaxError) as bad:
            raise BadDialogue(f"{path}:{number}: {bad}") from None
    try:
        if "covers" not in headers:
            raise ValueError("says not what it covers")
        if not steps:
            raise ValueError("nothing is said")
        only = headers.get("only", "")
        _order(steps, only)
    except _Misplaced as bad:
        raise BadDialogue(f"{path}:{bad.line}: {bad}") from None
    except ValueError as bad:
        raise BadDialogue(f"{path}:{number}: {bad}") from None
    return Dialogue(
        path,
        tuple(_header("covers", headers["covers"])),
        only,
        tuple(_given(headers["given"])) if "given" in headers else (),
        tuple(steps),
    )


class _Misplaced(ValueError):
    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


def _header(key: str, rest: str) -> list[str]:
    if key == "given":
        list(_given(rest))
        return []
    if key == "only":
        if rest not in ("driver", "emulator"):
            raise ValueError(f"only: driver or emulator, not {rest!r}")
        return [rest]
    covers = [each.strip() for each in rest.split(",")]
    for each in covers:
        if not _COVERS.fullmatch(each):
            raise ValueError(f"covers: {each!r} is none of the words of the README")
    if len(set(covers)) != len(covers):
        raise ValueError("covers: the same thing twice")
    return covers


def _given(rest: str) -> Iterator[Given]:
    # A ; inside quotes is no end, so values are read before the next one is looked for.
    while True:
        words, rest = take_words(rest)
        values, rest = take_values(rest)
        yield Given(words, checked("given", GIVEN, words, values))
        if not rest:
            return
        if not rest.startswith(";"):
            raise ValueError(f"given: {rest!r} where ; is due")
        rest = rest[1:].lstrip()


def _step(number: int, line: str) -> Step:
    sign, space, rest = line.partition(" ")
    if not space or not rest:
        raise ValueError(f"{line!r} is no step")
    if sign == ">":
        return HostBytes(number, bytes_of(rest))
    if sign == "<":
        return ModuleBytes(number, bytes_of(rest))
    if sign == "@":
        words, rest = take_words(rest)
        values, rest = take_values(rest)
        nothing_more(rest)
        return Happening(number, words, checked("@", HAPPENINGS, words, values))
    if sign == "~":
        if not _SECONDS.fullmatch(rest) or not float(rest):
            raise ValueError(f"~ takes seconds, such as 1.5, not {rest!r}")
        return Silence(number, float(rest))
    if sign == "=":
        return _outcome(number, rest)
    if sign in ("call", "!"):
        match = WORD.match(rest)
        if not match:
            raise ValueError(f"{rest!r} begins with no name")
        values, rest = take_values(rest[match.end() :].lstrip())
        nothing_more(rest)
        if sign == "!":
            return Event(number, match[0], values)
        return Call(number, match[0], values)
    raise ValueError(f"{line!r} is no step")


def _outcome(number: int, rest: str) -> Outcome:
    word, _, tail = rest.partition(" ")
    if rest.startswith("["):
        return _rows(number, ast.literal_eval(rest))
    if word == "text":
        values, tail = take_values(tail)
        nothing_more(tail)
        if not all(isinstance(value, str) for value in values):
            raise ValueError("= text takes lines in quotes")
        return Outcome(number, "text", rows=tuple((value,) for value in values))
    if word == "refused":
        table, _, tail = tail.partition(" ")
        if table == "error" and not tail:
            return Outcome(number, "refused", table="error")
        if not WORD.fullmatch(table) or not NUMBER.fullmatch(tail):
            raise ValueError("= refused takes a table and a number, or error")
        return Outcome(number, "refused", table=table, number=int(tail, 0))
    if word == "failed":
        if tail and not NUMBER.fullmatch(tail):
            raise ValueError("= failed takes a number or nothing")
        return Outcome(number, "failed", number=int(tail, 0) if tail else None)
    if rest in _PLAIN:
        return Outcome(number, _PLAIN[rest])
    raise ValueError(f"{rest!r} is no outcome")


def _rows(number: int, value: object) -> Outcome:
    def row(each: object) -> Row:
        if not isinstance(each, list) or not each:
            raise ValueError("a row is a list of values")
        for one in each:
            if isinstance(one, bool) or not isinstance(one, str | bytes | int):
                raise ValueError(f"{one!r} is no text, no bytes and no integer")
        return tuple(each)

    if value == []:
        return Outcome(number, "rows")
    if isinstance(value, list) and isinstance(value[0], list):
        return Outcome(number, "rows", rows=tuple(row(each) for each in value))
    return Outcome(number, "row", row=row(value))


def _order(steps: list[Step], only: str) -> None:
    # Every call ends, and ends once; nothing ends that was not called.
    open_call = 0
    for step in steps:
        if isinstance(step, Call):
            if only == "emulator":
                raise _Misplaced(step.line, "a call in a file for the emulator only")
            if open_call:
                raise _Misplaced(step.line, f"the call of line {open_call} has not ended")
            open_call = step.line
        elif isinstance(step, Outcome):
            if not open_call:
                raise _Misplaced(step.line, "an outcome without a call")
            open_call = 0
        elif isinstance(step, Event) and only == "emulator":
            raise _Misplaced(step.line, "an event in a file for the emulator only")
        elif isinstance(step, HostBytes) and only != "emulator" and not open_call:
            raise _Misplaced(step.line, "the host speaks without a call")
    if open_call:
        raise _Misplaced(open_call, "this call has no outcome")
