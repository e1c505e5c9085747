"""Wounds: what a wire, a bad supply or a second host does to what a module says. Each is a value, and can be left out.

A wound is (kind, piece, …): pieces are counted over the whole dialogue.

    ("change", p, at, bytes)      bytes at `at` become others        ("drop", p, at, n)     n bytes are lost
    ("insert", p, at, bytes)      bytes come between                 ("repeat", p, at, n)   n bytes come twice
    ("swap", p, at, other)        two bytes change places            ("lose", p)            the piece does not come
    ("lines", p)                  p comes behind the next piece      ("twice", p)           it comes twice
    ("stray", p, bytes, ms)       a line comes ms before p           ("late", p, ms, bytes) the same, ms behind p
    ("pause", p, at, ms)          p is torn in time, unhurt
    ("restart", p, at, ms, noise, ready)  the module restarts behind p's byte `at`; its boot takes ms
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

from tests.fuzz import book
from tests.fuzz.book import Message, Piece, Play

Wound = tuple[Any, ...]

OWN, DIRTY, STRAY = 0, 1, 2  # said as it was meant; hurt; a whole line from nowhere
SPICE = b'\r\n>",:+ \x00\xff0O\\AT'
STRAYS = (
    b"OK\r\n",
    b"\r\nOK\r\n",
    b"\r\nERROR\r\n",
    b"\r\nFAIL\r\n",
    b"+CME ERROR:208\r\n",
    b"+CME ERROR:204\r\n",
    b"ERR CODE:0x01090000\r\n\r\nERROR\r\n",
    b"ERR CODE:0x010b0000\r\n\r\nbusy p...\r\n",
    b"\r\nready\r\n",
    b"ready\r\n",
    b"+TCMQTTSTATE:1\r\n",
    b"+SYSRAM:28512\r\n",
    b"+TCMQTTCONN:1,5000,240,1,1\r\n",
    b"+TCMQTTPUB:OK\r\n",
    b"+TCMQTTPUB:FAIL,202\r\n",
    b"+TCMQTTSUB:OK\r\n",
    b'+TCMQTTRCVPUB:"s/t",6,"stray!"\r\n',
    b"+TCMQTTDISCON,-103\r\n",
    b"WIFI DISCONNECT\r\n",
    b">\r\n",
    b">",
    b"\r\n",
    b"AT\r\n",
    b"busy s...\r\n",
)


@dataclass(frozen=True, slots=True)
class Wire:
    """What goes on the wire. clean: what it was. then: what happens with it: pause, restart, late."""

    data: bytes
    kind: int = OWN
    clean: bytes = b""
    message: Message | None = None
    then: Wound | None = None


Plan = list[list[list[Wire]]]  # turn, part, pieces


def plan(play: Play, wounds: list[Wound]) -> Plan:
    """The dialogue's pieces with the wounds."""
    by_piece: dict[int, list[Wound]] = {}
    for wound in wounds:
        by_piece.setdefault(wound[1], []).append(wound)
    number = 0
    hurt: Plan = []
    for turn in play.turns:
        hurt.append([])
        for part in turn.parts:
            wires: list[Wire] = []
            held: Wire | None = None  # a line that comes behind the next
            for piece in part.said:
                wire = _sound(piece)
                swapped = False
                for wound in by_piece.get(number, ()):
                    swapped |= wound[0] == "lines"
                    wire = _hurt(wire, wound, wires)
                if swapped and held is None:
                    held = wire
                else:
                    wires += [wire] if held is None else [wire, held]
                    held = None
                number += 1
            hurt[-1].append(wires + ([held] if held else []))
    return hurt


def _sound(piece: Piece) -> Wire:
    return Wire(piece.data, OWN if piece.fine else DIRTY, piece.data, piece.message)


def _hurt(wire: Wire, wound: Wound, before: list[Wire]) -> Wire:
    kind = wound[0]
    if kind == "stray":
        line = book.piece(wound[2], idle=False)
        before.append(Wire(line.data, STRAY, line.data, line.message, ("early", wound[3])))
        return wire
    if kind in ("pause", "restart", "late"):
        return replace(wire, then=wound)
    if kind == "lines":
        return wire if wire.message else replace(wire, kind=DIRTY)
    return replace(wire, data=_bytes(wire.data, wound), kind=DIRTY, message=None)


def _bytes(data: bytes, wound: Wound) -> bytes:
    kind = wound[0]
    if kind == "lose":
        return b""
    if kind == "twice":
        return data * 2
    at = min(wound[2], len(data))
    what = wound[3]
    if kind == "change":
        return data[:at] + what + data[at + len(what) :]
    if kind == "insert":
        return data[:at] + what + data[at:]
    if kind == "drop":
        return data[:at] + data[at + what :]
    if kind == "repeat":
        return data[: at + what] + data[at:]
    other = min(what, len(data) - 1)
    if not data or at >= len(data):
        return data
    swapped = bytearray(data)
    swapped[at], swapped[other] = data[other], data[at]
    return bytes(swapped)


def wounds(play: Play, rng: random.Random) -> list[Wound]:
    """A few wounds for a dialogue, by chance; few of them, so that most lines stay what they are."""
    if not play.size:
        return []
    found: list[Wound] = []
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        number = rng.randrange(play.size)
        found += _KINDS[rng.randrange(len(_KINDS))](number, rng)
    return found


def _at(rng: random.Random) -> int:
    # Line ends and heads are where it hurts most.
    return int(rng.random() ** 2 * 60)


def _spice(rng: random.Random) -> bytes:
    return bytes(rng.choice(SPICE) for _ in range(rng.choice((1, 1, 1, 2, 3))))


def _line(rng: random.Random) -> bytes:
    return rng.choice(STRAYS) if rng.random() < 0.7 else rng.choice(book.lines())


def _woven(number: int, rng: random.Random) -> list[Wound]:
    line = _line(rng)
    return [("insert", number, _at(rng), line[: rng.randint(1, len(line))])]


def _interleaved(number: int, rng: random.Random) -> list[Wound]:
    other = rng.choice(list(book.plays().values()))
    said = [each.data for turn in other.turns for part in turn.parts for each in part.said]
    return [("stray", number + i, data, 0) for i, data in enumerate(said[:4])]


def noise(rng: random.Random) -> bytes:
    """What a boot ROM says at another speed: any bytes, but no answer."""
    found = rng.randbytes(rng.choice((0, 1, 5, 30, 90)))
    return found.replace(b"OK\r\n", b"") + (b"\r\n" if rng.random() < 0.5 else b"")


def restart(number: int, at: int, rng: random.Random) -> Wound:
    """A restart behind a piece's byte `at`, with its `ready` whole, damaged or swallowed."""
    ready = rng.choice(
        (b"\r\nready\r\n", b"\r\nready\r\n", b"\r\nrea\xffy\r\n", b"ready\r\n", b"dy\r\n", b"")
    )
    return ("restart", number, at, rng.choice((200, 350, 600, 1000)), noise(rng), ready)


_KINDS: tuple[Any, ...] = (
    lambda p, rng: [("change", p, _at(rng), _spice(rng))],
    lambda p, rng: [("change", p, _at(rng), rng.randbytes(rng.choice((1, 1, 2))))],
    lambda p, rng: [("drop", p, _at(rng), rng.choice((1, 1, 1, 2, 3, 5, 60)))],
    lambda p, rng: [("drop", p, _at(rng), rng.choice((1, 1, 1, 2, 3, 5, 60)))],
    lambda p, rng: [("insert", p, _at(rng), _spice(rng))],
    lambda p, rng: [("repeat", p, _at(rng), rng.choice((1, 2, 5, 20)))],
    lambda p, rng: [("swap", p, _at(rng), _at(rng))],
    lambda p, rng: [("lose", p)],
    lambda p, rng: [("twice", p)],
    lambda p, rng: [("lines", p)],
    lambda p, rng: [("stray", p, _line(rng), rng.choice((0, 0, 1, 20, 60, 100)))],
    lambda p, rng: [("stray", p, _line(rng), rng.choice((0, 0, 1, 20, 60, 100)))],
    lambda p, rng: [("stray", p, _line(rng), rng.choice((0, 0, 1, 20, 60, 100)))],
    lambda p, rng: [("late", p, rng.choice((0, 1, 20, 60, 99, 150, 400)), _line(rng))],
    lambda p, rng: [("insert", p, _at(rng), noise(rng))],
    lambda p, rng: [("pause", p, _at(rng), rng.choice((1, 5, 30)))],
    lambda p, rng: [restart(p, _at(rng), rng)],
    _woven,
    _interleaved,
)
