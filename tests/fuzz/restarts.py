"""A restart behind every byte that the module says, and what a caller must be told of it.

    where it falls                     with `ready` whole                    with `ready` hurt or lost
    under a call                       the call ends: reset                  the call ends as documented, in time
    under a call, in a message or raw  it ends soon after the silence: reset, swallowed or timeout
    nobody calls                       the event ready                       something is counted as noise or dropped
    nobody calls, in a message         something is counted as noise or dropped

Two probes behind it get their own answers. Where the host goes on at once, into the boot, the first may fail, as
documented; the second may not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tests.fuzz import book
from tests.fuzz.book import Piece
from tests.fuzz.case import Case, Held, Record
from tests.fuzz.judge import judge

DIALOGUES = (
    "21-device-info",  # in an answer
    "33-publish",  # in an answer, and before a result
    "34-publish-long",  # in a prompt's payload
    "43-read-firmware-binary",  # in a chunk of an image
    "51-message-under-a-call",  # in a message that comes under a call
    "51-messages",  # in a message that comes while nobody calls
    "52-link-lost",  # while nobody calls
)
READY = b"\r\nready\r\n"
HURT = READY, b"\r\nrea\xffy\r\n", b"\x8cready\r\n", b""
BOOT = 600  # ms
CUT = 1000  # ms of silence that end a line
SOON = 500  # ms

_COUNTED = re.compile(rb'(OK\r\n)?\+(TCMQTTRCVPUB:"[^"]*"|TCREADFWDATA)[,:]\d+,')
NOISE = b"\xff\x00\x8c>\xe2"


def pieces(name: str) -> list[Piece]:
    """What the module says in a dialogue."""
    turns = book.plays()[name].turns
    return [piece for turn in turns for part in turn.parts for piece in part.said]


def cases(name: str) -> Iterator[Case]:
    """Every place in a dialogue, for every `ready`; at once and later, in whole pieces and byte by byte."""
    for number, piece in enumerate(pieces(name)):
        for at in range(len(piece.data) + 1):
            for ready in HURT:
                wound = ("restart", number, at, BOOT, NOISE if at % 2 else b"", ready)
                made = Case(name, (wound,), 0, True, probes=(0, 4))
                yield made
                yield replace(made, cuts=(1,), pause=BOOT + CUT + SOON)
                yield replace(made, slow=60, working=False, pause=BOOT // 2)


def complaints(record: Record) -> list[str]:
    """What a caller was not told, by the table above."""
    found = [f"{kind}: {what}" for kind, what in judge(record).found]
    shell, module = record.shell, record.shell.module
    wound = record.case.wounds[0]
    begin, end = module._boot
    under = _under(record, begin)
    counted = bool(shell.link.noise or shell.link.dropped)
    reset = any(held.ended[0] == "reset" for held in record.held)
    ready = "ready" in shell.events
    if wound[5] == READY and not _in_counted(record):
        if not ready and not reset:
            found.append("nobody was told of `ready`")
        early = ("reset", "timeout", "swallowed")
        if under and under.ended[0] not in early and not _done(record, under):
            found.append(f"{under.call} under the restart: {under.ended}")
    elif not (shell.events or reset or counted or _failed(record) or _filled(record)) and wound[5]:
        found.append("nothing was told, and nothing counted")
    if under and _in_counted(record) and under.over > end + CUT + SOON:
        found.append(f"{under.call} sat out {under.over - end:.0f} ms after the boot")
    late = [held for held in record.held if held.probe and held.began >= end]
    for held in late:
        if held.ended[0] in ("timeout", "reset", "swallowed", "busy") and _settled(record, held):
            found.append(f"{held.call} after the boot: {held.ended}")
    last = record.held[-1]
    if last.ended[0] not in ("ok", "failed"):
        found.append(f"the second probe: {last.ended}")
    return found


def _under(record: Record, begin: float) -> Held | None:
    for held in record.held:
        if held.began <= begin <= held.over and not held.probe:
            return held
    return None


def _done(record: Record, held: Held) -> bool:
    return held.ended == held.expected


def _failed(record: Record) -> bool:
    return any(held.ended[0] in ("timeout", "swallowed", "busy") for held in record.held)


def _filled(record: Record) -> bool:
    """Did the boot's bytes fill a chunk of an image to its last? Only the image's MD5 can tell."""
    sizes = [
        [len(value) for row in rows for value in row if isinstance(value, bytes)]
        for ended in ((held.ended, held.expected) for held in record.held if not held.probe)
        for rows in [ended[0][-1]]
        if ended[0] != ended[1] and isinstance(rows, list)
    ]
    return any(sizes)


def _in_counted(record: Record) -> bool:
    """Did it fall where a length had been said, and more was to come?"""
    _, number, at, *_ = record.case.wounds[0]
    data = pieces(record.case.dialogue)[number].data
    return at < len(data) - 2 and bool(_COUNTED.match(data[:at]))


def _settled(record: Record, held: Held) -> bool:
    """Was the line silent long enough before the call, so that nothing of the restart can touch it?"""
    end = record.shell.module._boot[1]
    return held.began >= end + CUT
