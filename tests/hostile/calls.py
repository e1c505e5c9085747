"""Which calls take text, and what is to be seen of one: the bytes that it wrote, or that it was refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tencent_at
from tencent_at.manual import FORMS
from tests.hostile.values import ODD, VALUES
from tests.hostile.wire import Wire
from tests.hostile.witness import arguments, hear

TEXT = ("string", "base64", "raw")
WIRE = Path(__file__).with_name("wire.py")


@dataclass(frozen=True)
class Call:
    """A call by name, its arguments, and which of them the hostile value is."""

    name: str
    args: tuple[object, ...]
    at: int

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(shown, self.args))})"


@dataclass
class Seen:
    """What a driver did: the error's text, or None; the bytes, write by write."""

    error: str | None
    writes: list[bytes] = field(default_factory=list)


def shown(value: object) -> str:
    return ascii(value)[:70]


def templates() -> Iterator[Call]:
    """Every call that takes text, once for each such argument, with harmless values."""
    for name, form in FORMS.items():
        free = [each for each in form.arguments if each.const is None]
        args = tuple("YWJj" if each.kind in TEXT else max(each.low, 1) for each in free)
        if name == "set_module_info":
            args = tuple(each.default if each.default is not None else each.low for each in free)
            args = ("name", *args[1:])
        for at, each in enumerate(free):
            if each.kind in TEXT:
                yield Call(name, args, at)
    yield Call("publish", ("t", "p"), 0)
    yield Call("publish", ("t", "p"), 1)
    yield Call("test", ("TCMQTTPUB",), 0)


def calls(desk: bool) -> list[Call]:
    """Each with each value; a desk has more kinds of them, and one call more."""
    found = []
    for call in [*templates(), *([Call("command", ("AT",), 0)] if desk else [])]:
        for value in [*VALUES, *(ODD if desk else ())]:
            args = (*call.args[: call.at], value, *call.args[call.at + 1 :])
            found.append(Call(call.name, args, call.at))
    return found


def at_a_desk(each: list[Call]) -> list[Seen]:
    """What the blocking driver does."""
    wire, seen = Wire(), []
    with tencent_at.open(wire, start=False) as modem:
        for call in each:
            wire.writes.clear()
            try:
                getattr(modem, call.name)(*call.args)
                seen.append(Seen(None, wire.writes[:]))
            except Exception as error:
                seen.append(Seen(f"{type(error).__name__}: {error}", wire.writes[:]))
    return seen


class AwaitedWire(Wire):
    """The same wire for asyncio, whose reader is awaited."""

    def __init__(self) -> None:
        super().__init__()
        self.more = asyncio.Event()

    def write(self, data: bytes, at: int = 0, n: int | None = None) -> int:
        written = super().write(data, at, n)
        if self.said:
            self.more.set()
        return int(written)

    async def read(self, size: int, timeout: float = 0.0) -> bytes:
        await self.more.wait()
        data = bytes(super().read(size))
        if not self.said:
            self.more.clear()
        return data


async def awaited(each: list[Call]) -> list[Seen]:
    """What the driver for asyncio does."""
    wire, seen = AwaitedWire(), []
    async with tencent_at.open_async(wire, start=False) as modem:
        for call in each:
            wire.writes.clear()
            try:
                await getattr(modem, call.name)(*call.args)
                seen.append(Seen(None, wire.writes[:]))
            except Exception as error:
                seen.append(Seen(f"{type(error).__name__}: {error}", wire.writes[:]))
    return seen


ON_A_BOARD = """
from tcat import Modem
wire = Wire()
modem = Modem(wire)
modem.doubt = False
for name, args in eval({calls!r}):
    wire.writes.clear()
    said = ""
    try:
        getattr(modem, name)(*args)
    except Exception as error:
        said = type(error).__name__ + ": " + str(error)
    print(repr((said, wire.writes)))
"""


def on_a_board(each: list[Call], micropython: Any, at_once: int = 400) -> list[Seen]:
    """What the board's driver does, on a MicroPython."""
    seen = []
    for first in range(0, len(each), at_once):
        some = [(call.name, call.args) for call in each[first : first + at_once]]
        script = WIRE.read_text(encoding="utf-8") + ON_A_BOARD.format(calls=ascii(some))
        done = micropython.run(script, timeout=100)
        lines = done.stdout.splitlines()
        assert len(lines) == len(some), done.stdout[-300:] + done.stderr[-600:]
        for line in lines:
            said, writes = eval(line)
            seen.append(Seen(said or None, writes))
    return seen


def bytes_of(value: object) -> bytes | None:
    """What a value means on the wire; None for one that means nothing certain."""
    if type(value) is str:
        return value.encode("utf-8", "surrogatepass")
    return (
        bytes(value) if isinstance(value, (bytearray, memoryview)) or type(value) is bytes else None
    )


def wrong(call: Call, seen: Seen) -> str:
    """What must not be, or nothing: refused before a byte, or received exactly as meant."""
    if seen.error is not None:
        if not seen.error.startswith(("ValueError: ", "InvalidArgument: ")):
            return f"{call}: raised {seen.error}"
        return f"{call}: refused, and yet wrote {seen.writes}" if seen.writes else ""
    meant = bytes_of(call.args[call.at])
    heard = hear(seen.writes)
    if len(heard.lines) != 1 or heard.left:
        return f"{call}: the module heard {heard}"
    (line,) = heard.lines
    if meant is None:
        return ""
    if call.name in ("command", "test"):
        right = meant if call.name == "command" else b"AT+" + meant + b"=?"
        return "" if line.upper() == right.upper() else f"{call}: the module heard {line!r}"
    command, _, values = arguments(line)
    got: list[object] = [*values]
    names = [each.name for each in FORMS[call.name].arguments] if call.name in FORMS else []
    if command == "TCMQTTPUBL":
        if not heard.payloads and len(str(call.args[0]).encode("utf-8", "surrogatepass")) > 128:
            return ""  # a board lets the module refuse what only the manual limits
        (got[2],) = heard.payloads
    free = [a.name for a in FORMS[call.name].arguments if a.const is None] if names else []
    at = names.index(free[call.at]) if names else (0, 2)[call.at]
    if got[at] != meant:
        return f"{call}: meant {meant!r}, the module got {got[at]!r}"
    return ""
