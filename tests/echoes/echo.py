"""A command with a secret, and what a bad line leaves of its echo: no trace shows six characters of it in a row."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass

from tencent_at.wire.masks import Masks
from tencent_at.wire.reading import FROM_HOST, FROM_MODULE, Line, Reading

PIECE = 6
OK = b"\r\nOK\r\n"
# Commands with a secret, S, and the answer that follows.
COMMANDS = (
    (b'AT+TCDEVINFOSET=1,"CTQS08Y5LG","Dev01","S"', OK + b"+TCDEVINFOSET:OK\r\n"),
    (b'AT+TCPRDINFOSET=1,"CTQS08Y5LG","S","Dev01"', OK + b"+TCPRDINFOSET:OK\r\n"),
    (b'AT+CWJAP="tencent-at","S"', b"WIFI CONNECTED\r\nWIFI GOT IP\r\n" + OK),
    (b'AT+TCSAP="tencent-at","S"', OK + b"+TCSAP:OK\r\n"),
)
PLAIN = (string.ascii_letters + string.digits + "+/=").encode()
AWKWARD = PLAIN + b'\\",.:; >#\xe5\xad\x97+=?' * 2
BETWEEN = (
    b"+TCMQTTDISCON,-103\r\n",
    b'+TCMQTTRCVPUB:"t",5,"hello"\r\n',
    b"WIFI DISCONNECT\r\n",
    b"\r\nready\r\n",
    b"\xff\x00\x8c>\xe2\r\n",
    b"\r\n",
    OK,
)
SPICE = b'\r\n>",:+= \x00\xff0OAT\\'
NEXT = b"AT+TCMQTTSTATE?\r\n"


@dataclass(frozen=True)
class Case:
    """A secret; what the host writes; what comes back, in pieces; where somebody asks for what has begun."""

    secret: bytes
    command: bytes
    pieces: tuple[bytes, ...]
    flushed: frozenset[int]


def escaped(secret: bytes) -> bytes:
    return re.sub(rb'([\\",])', rb"\\\1", secret)


def hurt(echo: bytes, chance: random.Random) -> bytes:
    """One to four wounds: bytes changed, lost, repeated, inserted, swapped; a line torn, or another woven in."""
    made = bytearray(echo)
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        at = chance.randrange(len(made) + 1)
        n = chance.choice((1, 1, 1, 2, 3, 8, 20))
        kind = chance.randrange(9)
        if kind == 0:
            made[at : at + 1] = bytes((chance.randrange(256),))
        elif kind == 1:
            made[at : at + 1] = bytes((chance.choice(SPICE),))
        elif kind == 2:
            del made[at : at + n]
        elif kind == 3:
            made[at:at] = made[at : at + n]
        elif kind == 4:
            made[at:at] = bytes(chance.choice(SPICE) for _ in range(n))
        elif kind == 5:
            made[at : at + 2] = made[at : at + 2][::-1]
        elif kind == 6:
            made[at:at] = b"\r\n"
        elif kind == 7:
            made[at:at] = chance.choice(BETWEEN)
        else:
            del made[chance.choice((0, at)) : at + 1]
    return bytes(made)


def make(seed: int, index: int) -> Case:
    """The case of this number: always the same."""
    chance = random.Random(seed << 32 | index)
    command, answer = chance.choice(COMMANDS)
    letters = chance.choice((PLAIN, AWKWARD))
    secret = bytes(chance.choice(letters) for _ in range(chance.randrange(8, 40)))
    head, _, tail = command.rpartition(b'"S"')
    line = head + b'"' + escaped(secret) + b'"' + tail + b"\r\n"
    said = hurt(line, chance) + chance.choice((answer, answer, hurt(answer, chance), b""))
    if not chance.randrange(4):  # it comes a second time, under the next command
        said += hurt(line, chance)
    pieces, at = [], 0
    longest = chance.choice((3, 16, 64, 512))
    while at < len(said):
        n = chance.randint(1, longest)
        pieces.append(said[at : at + n])
        at += n
    flushed = (i for i in range(len(pieces)) if not chance.randrange(6))
    return Case(secret, line, tuple(pieces), frozenset(flushed))


def shown(case: Case) -> Iterator[Line]:
    """What a trace shows of it, to the end."""
    lines: list[Line] = []
    reading = Reading(lines.append, Masks())
    reading.feed(FROM_HOST, case.command, 0.0)
    for i, piece in enumerate(case.pieces):
        reading.feed(FROM_MODULE, piece, 0.0)
        if i in case.flushed:
            reading.flush()
        if i == len(case.pieces) // 2:
            reading.feed(FROM_HOST, NEXT, 0.0)
    reading.flush(echoes=True)
    yield from lines


def left(case: Case) -> list[str]:
    """What shows of the secret, six characters in a row, plain or escaped."""
    spellings = {case.secret, escaped(case.secret)}
    parts = {s[i : i + PIECE] for s in spellings for i in range(len(s) - PIECE + 1)}
    public = case.command.replace(escaped(case.secret), b"")
    return [
        f"{part!r} of {case.secret!r} in {line.data!r}"
        for line in shown(case)
        for part in parts
        if part in line.data and part not in public
    ]
