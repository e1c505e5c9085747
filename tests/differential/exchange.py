"""One exchange: a dialogue, hurt by chance, heard by both links in the same pieces, and what each of them told."""

from __future__ import annotations

import sys
import time
import types
from dataclasses import dataclass, field
from importlib import import_module
from itertools import cycle
from pathlib import Path
from typing import Any

from tencent_at import codec, link, row
from tests.differential.changes import reverted, subsets
from tests.fuzz import damage
from tests.fuzz.book import plays
from tests.fuzz.case import make

BEFORE = Path(__file__).resolve().parents[2] / "bench" / "before"
PERHAPS = 16384  # a debt of link.py: an OK that may be another's, taken where nothing follows
OUTCOMES = "ok", "refused", "failed", "busy", "reset", "late", "", "swallowed"


def _before() -> Any:
    """The package as it was, on CPython."""
    made = types.ModuleType("micropython")
    made.const = lambda value: value  # type: ignore[attr-defined]
    shims = {"micropython": made}
    for name in ("sleep_ms", "ticks_diff", "ticks_ms"):
        if not hasattr(time, name):
            setattr(time, name, None)
    had = {name: sys.modules.get(name) for name in shims}
    sys.modules.update(shims)
    sys.path.insert(0, str(BEFORE))
    try:
        package = import_module("tcat_before")
        import_module("tcat_before.row")
    finally:
        sys.path.remove(str(BEFORE))
        for name, module in had.items():
            if module is None:
                del sys.modules[name]
    return package


class Before:
    """The link as it was."""

    def __init__(self, size: int) -> None:
        self.link = _package.Link(size)

    def ask(self, call: str, args: tuple[object, ...]) -> None:
        form = _package.form(call)
        line, _, _ = _package.encode(form, args, ())
        self.link.send(form, line, None)

    def value(self, event: int) -> Any:
        return _package.row.value(self.link, event, _package.WORDS, None)


class Now:
    """The link as it is, or with changes turned back."""

    def __init__(self, size: int, modules: tuple[Any, Any] = (link, row)) -> None:
        self.link = modules[0].Link(size)
        self.row = modules[1]

    def ask(self, call: str, args: tuple[object, ...]) -> None:
        form, line, _, _ = codec.encode(codec.form(call), args, ())
        self.link.send(form, line, None)

    def value(self, event: int) -> Any:
        return self.row.value(self.link, event)


_package = _before()


@dataclass
class Exchange:
    """What came, turn by turn: the call, if there is one, and the pieces of the module's bytes."""

    index: int
    dialogue: str
    size: int
    turns: list[tuple[str, tuple[object, ...], list[bytes]]] = field(default_factory=list)

    @property
    def stream(self) -> bytes:
        """All bytes, one behind the other."""
        return b"".join(piece for _, _, pieces in self.turns for piece in pieces)


def exchange(seed: int, index: int) -> Exchange:
    """The exchange of this number."""
    case = make(seed, index)
    play = plays()[case.dialogue]
    made = Exchange(index, case.dialogue, case.size)
    cuts = cycle(case.cuts)
    for turn, parts in zip(play.turns, damage.plan(play, list(case.wounds)), strict=True):
        pieces = []
        data = b"".join(b"".join(_heard(wire) for wire in part) for part in parts)
        while data:
            n = next(cuts)
            pieces.append(data[:n])
            data = data[n:]
        made.turns.append((turn.call, turn.args, pieces))
    return made


def _heard(wire: damage.Wire) -> bytes:
    then = wire.then
    if then is None or then[0] in ("pause", "early"):
        return wire.data
    if then[0] == "late":
        return wire.data + bytes(then[3])
    _, _, at, _, noise, ready = then  # a restart
    return wire.data[:at] + noise + ready


def told(heard: Exchange, host: Before | Now) -> list[tuple[Any, ...]]:
    """What a link told of an exchange."""
    trace: list[tuple[Any, ...]] = []
    for call, args, pieces in heard.turns:
        if call:
            if host.link.partial:  # a dialogue lets a line end, or gives it up, before it asks
                host.link.cut()
                _events(host, trace)
            host.link.doubt = False
            host.ask(call, args)
        for piece in pieces:
            host.link.receive(piece, len(piece))
            _events(host, trace)
        if host.link.owes & PERHAPS:  # nothing follows
            host.link.owes &= ~1
            _events(host, trace)
        if host.link.owes:
            host.link.owes = 0
            trace.append(("given up",))
    host.link.cut()
    _events(host, trace)
    return trace


def _events(host: Before | Now, trace: list[tuple[Any, ...]]) -> None:
    link = host.link
    while True:
        event = link.next_event()
        if event == 0:
            return
        if event == 1:
            trace.append(("ended", OUTCOMES[link.error], link.code, link.errors))
        elif event == 2:
            trace.append(("prompt",))
        elif event in (3, 4, 5):
            value = host.value(event)
            if value is not None:
                trace.append((("row", "data", "text")[event - 3], value))
        elif event == 6:
            topic, payload = link.buf[link.topic : link.stop], link.buf[link.start : link.end]
            trace.append(("message", bytes(topic), bytes(payload)))
        elif event == 7:
            trace.append(("event", *host.value(event)))
        elif event == 8:
            trace.append(("noise",))


def compared(heard: Exchange) -> tuple[str, ...] | None:
    """None where both links tell the same; else the changes that explain the difference, or none of them."""
    before = told(heard, Before(heard.size))
    if told(heard, Now(heard.size)) == before:
        return None
    for names in subsets():
        if told(heard, Now(heard.size, reverted(names))) == before:
            return names
    return ()


def shown(heard: Exchange) -> str:
    """An exchange for people: what came, and what each link told."""
    lines = [f"exchange {heard.index}, {heard.dialogue}"]
    lines += [f"  {call or '-'}: {b''.join(pieces)!r}" for call, _, pieces in heard.turns]
    lines += [f"  before: {told(heard, Before(heard.size))}"]
    lines += [f"  now:    {told(heard, Now(heard.size))}"]
    return "\n".join(lines)
