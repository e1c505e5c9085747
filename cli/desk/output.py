"""What is printed: results on standard output, everything else on standard error."""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import json
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from tencent_at.wire.notation import STEERS, harmless

from .language import said
from .options import AS_JSON

__all__ = [
    "clear",
    "doing",
    "facts",
    "harmless",
    "beside",
    "is_json",
    "note",
    "padded",
    "pairs",
    "print_json",
    "standard_error",
    "standard_output",
    "still",
    "table",
    "word",
]


class Harmless(Console):
    """A console on which what a module, an access point or a cloud said steers nothing: all text goes through it."""

    alive = False  # is something drawn anew by itself?

    def print(self, *objects: Any, **settings: Any) -> None:
        """Print; the line of a wait goes first."""
        clear()
        super().print(*objects, **settings)

    def set_live(self, live: Live) -> bool:
        """Something is drawn anew from now on."""
        clear()
        self.alive = True
        return bool(super().set_live(live))

    def clear_live(self) -> None:
        """Nothing is any more."""
        super().clear_live()
        self.alive = False

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        """The pieces of what is printed; only this program's own colours and movements steer the terminal."""
        for piece in super().render(renderable, options):
            text = piece.text if piece.control else harmless(piece.text)
            yield piece if text == piece.text else Segment(text, piece.style)


class Aside(Harmless):
    """Standard error: where nobody reads it any more, nothing is said, and the command goes on."""

    def on_broken_pipe(self) -> None:
        """Say nothing from now on: what prints here may be the thread that reads the port."""
        self.quiet = True


@cache
def standard_output() -> Console:
    """Where results go."""
    return Harmless(highlight=False, soft_wrap=False)


@cache
def standard_error() -> Harmless:
    """Where notes, progress, the wire and errors go; one console, so that they keep out of one another's way."""
    return Aside(stderr=True, highlight=False)


SILENCE = 2.0  # seconds after which somebody wonders
AGAIN = 10.0  # seconds at least between two lines about one wait, where there is no terminal
PAUSE = 1.0  # seconds without a look: a new wait
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Wait(threading.local):
    """What a thread waits for, and since when."""

    what = named = ""
    since = last = next = 0.0


_wait = Wait()
_drawn: list[str] = []  # the line of a wait that stands on the terminal


def note(text: str, style: str = "dim") -> None:
    """A remark beside the result."""
    text = said(text)
    if is_json():
        beside({"note": text})
    else:
        standard_error().print(Text(text, style))


def is_json() -> bool:
    """Is JSON printed? Then what is said beside it is JSON, too, one value a line."""
    return AS_JSON[0]


def beside(value: Any) -> None:
    """Print a value as a line of JSON on standard error."""
    clear()
    with contextlib.suppress(BrokenPipeError):
        print(_json(value, None, sys.stderr.encoding), file=sys.stderr, flush=True)


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Within it, this is what is waited for, from now on."""
    before, _wait.what, _wait.last = _wait.what, what, 0.0
    try:
        yield
    finally:
        _wait.what, _wait.last = before, 0.0


def still(text: Callable[[], str], what: str = "") -> None:
    """Called again and again while something is waited for: after two seconds it is said what, and since when.

    what: instead of what `doing` says. On a terminal one line counts the seconds, and goes when something is printed;
    else there is a line now and then.
    """
    now = time.monotonic()
    what = what or _wait.what
    if now - _wait.last > PAUSE or what != _wait.named:
        _wait.since, _wait.next = now, SILENCE
    _wait.last, _wait.named = now, what
    waited = now - _wait.since
    if waited < _wait.next:
        return
    console = standard_error()
    words = f"{said(what or 'waiting')}: {said(text())}, {waited:.0f} s"
    if not console.is_terminal:
        _wait.next = waited + max(AGAIN, waited)
        note(f"… {words}")
    elif not console.alive:
        _wait.next = waited + 0.1
        sign = SPINNER[int(now * 10) % len(SPINNER)]
        line = Text(f"{sign} {harmless(words, lines=False)}")
        line.truncate(max(1, console.width - 1), overflow="ellipsis")
        if not _drawn:
            atexit.register(clear)
        _drawn[:] = [line.plain]
        console.file.write(f"\r{line.plain}\x1b[K")
        console.file.flush()


def clear() -> None:
    """Take the line of a wait from the terminal."""
    if _drawn:
        _drawn.clear()
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def print_json(value: Any, line: bool = False) -> None:
    """Print a value as JSON; as one `line` where many follow one another."""
    clear()
    print(_json(value, None if line else 2, sys.stdout.encoding), flush=True)


def _json(value: Any, indent: int | None, encoding: str | None) -> str:
    utf8 = (encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(plain(value), ensure_ascii=not utf8, indent=indent)
    return STEERS.sub(lambda found: _in_json(found[0]), text)


def _in_json(sign: str) -> str:
    # What JSON lets stand in a string as it is, and a terminal does not take for text.
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else json.dumps(sign)[1:-1]


def plain(value: Any) -> Any:
    """The value in JSON's own types; names of enums in small letters."""
    if isinstance(value, IntEnum):
        return value.name.lower()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        made = {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        if not made.get("extra", True):
            del made["extra"]
        return made
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "backslashreplace")
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    return value


def word(value: object) -> str:
    """A value as people read it."""
    if isinstance(value, IntEnum):
        return value.name.lower().replace("_", " ")
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return said("yes" if value else "no")
    return harmless(str(value), lines=False)


def padded(text: str, width: int) -> str:
    """The text, so many columns wide at least."""
    return text + " " * (width - cell_len(text))


def facts(rows: Iterable[tuple[str, object]]) -> None:
    """Print names and values, one pair a line."""
    standard_output().print(pairs(rows))


def pairs(rows: Iterable[tuple[str, object]]) -> Table:
    """Names and values, one pair a line."""
    made = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    made.add_column(style="cyan", no_wrap=True, min_width=14)
    made.add_column(overflow="fold")
    for name, value in rows:
        made.add_row(said(name), value if isinstance(value, Text) else escape(word(value)))
    return made


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table with a head."""
    made = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(said(column), overflow="fold")
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else escape(word(cell)) for cell in row))
    standard_output().print(made)


def can_be_asked() -> bool:
    """Is there somebody at a terminal who could be asked?"""
    return sys.stdin.isatty() and sys.stderr.isatty()
