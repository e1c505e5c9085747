"""The dialogues as a module would play them: turns of answers, piece by piece, written down for the judge.

A piece is what the module prints at once: a line, a message whole, or raw bytes with their line end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.spec import dialogues
from tests.spec.dialogues import Call, Dialogue, HostBytes, ModuleBytes, Outcome

Message = tuple[bytes, bytes]  # topic, payload
Ended = tuple[
    object, ...
]  # how a call ended: ("ok", rows), ("refused", table, number), ("failed", number) …

MESSAGE = re.compile(
    rb'>*\r*\+ ?TCMQTT(?:T?RCVPUB|RCV PUB)[:=] ?"([^"]+)",(\d+), ?"(.*)"\r\n', re.DOTALL
)
_URC = re.compile(
    rb"\s*(\+ ?TC(MQTTDISCON|MQTTRECONNECT(ING|ED)|OTASTATUS|SAP|STARTSMART)(?!:(OK|FAIL)).*|WIFI .*)\r\n"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """data; the message that it is, if it is one; fine: does it mean what it says, by the manual?"""

    data: bytes
    message: Message | None = None
    fine: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """What the module waits for, and what it says then."""

    heard: bytes
    said: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A call and its answers; or, without a name, what the module says by itself. quiet: ms of silence behind it."""

    call: str
    args: tuple[object, ...]
    parts: tuple[Part, ...]
    ended: Ended = ()
    quiet: float = 0


@dataclass(frozen=True, slots=True)
class Play:
    """One dialogue. size: how many pieces there are."""

    name: str
    echo: bool
    turns: tuple[Turn, ...]
    messages: tuple[Message, ...]
    size: int


def piece(data: bytes, idle: bool) -> Piece:
    """A piece, judged by what it looks like."""
    found = MESSAGE.fullmatch(data)
    if found and int(found[2]) == len(found[3]):
        return Piece(data, (found[1], found[3]))
    if b"RCVPUB" in data or b"RCV PUB" in data:
        return Piece(data, None, False)
    return Piece(data, None, (not idle or bool(_URC.fullmatch(data))) and b"ready" not in data)


def pieces(data: list[bytes], idle: bool) -> tuple[Piece, ...]:
    """What stands in the file's lines, joined where a line does not end."""
    whole: list[bytes] = []
    for each in data:
        if whole and not whole[-1].endswith(b"\r\n"):
            whole[-1] += each
        else:
            whole.append(each)
    return tuple(piece(each, idle) for each in whole)


def ended(outcome: Outcome) -> Ended:
    """The outcome as shell.py tells it."""
    if outcome.ended in ("ok", "row", "rows", "text"):
        rows = [outcome.row] if outcome.ended == "row" else outcome.rows
        return "ok", [list(row) for row in rows]
    if outcome.ended == "refused":
        table = "reason" if outcome.table == "join" else outcome.table
        return "refused", table, outcome.number
    if outcome.ended == "failed":
        return "failed", outcome.number
    return (outcome.ended,)


def turns(dialogue: Dialogue) -> Iterator[Turn]:
    """The turns of a dialogue, in order."""
    call: Call | None = None
    heard = b""
    said: list[bytes] = []
    parts: list[Part] = []

    def part() -> None:
        nonlocal heard, said
        if heard or said:
            parts.append(Part(heard, pieces(said, call is None)))
        heard, said = b"", []

    for step in dialogue.steps:
        if isinstance(step, Call):
            part()
            if parts:
                yield Turn("", (), tuple(parts))
            call, parts = step, []
        elif isinstance(step, HostBytes):
            if said:
                part()
            heard += step.data
        elif isinstance(step, ModuleBytes):
            said.append(step.data)
        elif (quiet := getattr(step, "seconds", 0)) and call is None:
            part()
            yield Turn("", (), tuple(parts), (), quiet * 1000)
            parts = []
        elif isinstance(step, Outcome) and call is not None:
            part()
            yield Turn(call.name, call.args, tuple(parts), ended(step))
            call, parts = None, []
    part()
    if parts:
        yield Turn("", (), tuple(parts))


def play(dialogue: Dialogue) -> Play:
    """One dialogue, read."""
    found = tuple(turns(dialogue))
    all_pieces = [each for turn in found for part in turn.parts for each in part.said]
    return Play(
        dialogue.name,
        any(given.words == ("echo", "on") for given in dialogue.given),
        found,
        tuple(each.message for each in all_pieces if each.message),
        len(all_pieces),
    )


@cache
def plays() -> dict[str, Play]:
    """Every dialogue that a driver plays, by name."""
    return {each.name: play(each) for each in dialogues.load(only="driver")}


@cache
def lines() -> tuple[bytes, ...]:
    """Every piece that some dialogue's module says: what one may weave into another."""
    found = {
        each.data
        for one in plays().values()
        for turn in one.turns
        for part in turn.parts
        for each in part.said
    }
    return tuple(sorted(found))
