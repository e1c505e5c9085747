"""Lines of the wire as people read them: time, direction, the line, and what it means beside it."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from tencent_at.entries import Form
from tencent_at.wire import index
from tencent_at.wire.notation import spell
from tencent_at.wire.reading import FROM_HOST, Line
from tencent_at.wire.words import Decoded, decode

from .language import said

__all__ = ["Annotator", "Printer"]

COLOURS = {
    "command": "bold cyan",
    "payload": "cyan",
    "abort": "cyan",
    "echo": "bright_black",
    "ok": "green",
    "result": "green",
    "error": "red",
    "prompt": "yellow",
    "message": "magenta",
    "data": "magenta",
    "event": "magenta",
}


class Annotator:
    """Decodes lines one after another; it remembers which command is under way."""

    def __init__(self) -> None:
        self.asked: Form | None = None

    def decode(self, line: Line) -> Decoded | None:
        """What the line means; None where there is nothing to say (blank, echo, payload)."""
        if line.kind in ("command", "abort"):
            self.asked = index.line(line.data.decode("utf-8", "replace"))
            return decode(line.body, host=True)
        if line.kind in ("payload", "echo", "blank"):
            return None
        if line.kind == "data":
            return decode(line.data.split(b",", 1)[0] + b",", asked=self.asked)
        return decode(line.body, asked=self.asked)


class Printer:
    """Prints each line; `deltas`: the seconds since the line before instead of those since the start."""

    def __init__(
        self,
        console: Console,
        language: str = "en",
        deltas: bool = False,
        blanks: bool = False,
        cut: bool = True,
    ) -> None:
        self.console = console
        self.language = language
        self.deltas = deltas
        self.blanks = blanks
        self.cut = cut
        self.annotator = Annotator()
        self._start: float | None = None
        self._last = 0.0

    def __call__(self, line: Line) -> None:
        """Print one line of the wire."""
        if line.kind == "blank" and not self.blanks:
            return
        decoded = self.annotator.decode(line)
        self.console.print(self.render(line, decoded), soft_wrap=True)

    def render(self, line: Line, decoded: Decoded | None) -> Text:
        """The line as coloured text."""
        if self._start is None:
            self._start = self._last = line.time
        stamp = max(0.0, line.time - (self._last if self.deltas else self._start))
        self._last = line.time
        kind = decoded.kind if decoded and decoded.kind == "event" else line.kind
        colour = "red" if decoded and decoded.bad else COLOURS.get(kind, "")
        arrow = "→" if line.way == FROM_HOST else "←"
        made = Text(f"{f'+{stamp:.3f}' if self.deltas else f'{stamp:.3f}':>9} ", "bright_black")
        made.append(f"{arrow} ", "cyan" if line.way == FROM_HOST else "green")
        shown = spell(line.body, readable=True)
        if self.cut and len(shown) > 160:
            shown = f"{shown[:120]} … {shown[-20:]} ({len(line.data)} bytes)"
        made.append(shown, colour)
        beside = self._beside(line, decoded)
        if beside:
            made.append(f"  {beside}", "red" if decoded and decoded.bad else "bright_black")
        return made

    def _beside(self, line: Line, decoded: Decoded | None) -> str:
        if decoded is None:
            return said(line.kind) if line.kind in ("echo", "payload") else ""
        if decoded.kind in ("ok", "unknown") or decoded.title.en == "answer":
            return ""
        if decoded.kind == "command":
            return str(getattr(decoded.title, self.language))
        return decoded.text(self.language)
