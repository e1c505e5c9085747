"""`monitor`: every line on the wire, coloured and named, with the time between."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

import tencent_at
from tencent_at.reopening import adapter
from tencent_at.wire.reading import Line

from ..desk.bridge import listen, served
from ..desk.options import Json, Reopen, Session, session
from ..desk.output import note, print_json, standard_output
from ..desk.port import Tap, open_port, reopened, resolve, tapped
from ..desk.printer import Annotator, Printer

__all__ = ["Link", "Pty", "Seconds", "Tcp", "monitor", "watch"]

Tcp = Annotated[
    int | None,
    typer.Option("--tcp", metavar="PORT", min=0, help="Let a host speak through, by TCP."),
]
Pty = Annotated[bool, typer.Option("--pty", help="Let a host speak through, on a pseudo terminal.")]
Link = Annotated[str | None, typer.Option("--link", metavar="PATH", help="The same, by this name.")]
Seconds = Annotated[float, typer.Option("--seconds", metavar="N", min=0, help="End after so long.")]


def monitor(
    context: typer.Context,
    tcp: Tcp = None,
    pty: Pty = False,
    link: Link = None,
    seconds: Seconds = 0,
    blanks: Annotated[bool, typer.Option("--all", help="Blank lines too.")] = False,
    absolute: Annotated[bool, typer.Option("--absolute", help="Time since the start.")] = False,
    reopen: Reopen = True,
    json: Json = False,
) -> None:
    """Print every line on the wire with its name and the time since the one before. Ctrl-C ends.

    With --tcp or --pty another program speaks with the module through the monitor.
    """
    made = session(context)
    printer = Printer(
        standard_output(), made.language, deltas=not absolute, blanks=blanks, cut=False
    )
    annotator = Annotator()
    start = time.monotonic()

    def show(line: Line) -> None:
        if not json:
            printer(line)
            return
        decoded = annotator.decode(line)
        entry: dict[str, Any] = {
            "t": round(line.time - start, 4),
            "way": line.way,
            "kind": line.kind,
            "text": line.text,
        }
        if decoded and decoded.kind != "unknown":
            entry["meaning"] = decoded.text(made.language)
            entry["section"] = decoded.section
        print_json(entry, line=True)

    watch(made, show, tcp, pty, link, seconds, reopen)


def watch(
    made: Session,
    show: Any,
    tcp: int | None,
    pty: bool,
    link: str | None,
    seconds: float,
    reopen: bool,
) -> None:
    """Tell `show` every line until Ctrl-C, or for so many seconds; a host may speak through."""
    url = resolve(made)
    made.verbose = False  # all of it is printed already
    with served(tcp, pty, link) as end, tapped(made, url, show) as wire:
        tap = Tap(open_port(url, made.baud, made.pins), wire)
        was = adapter(url)
        over = time.monotonic() + seconds if seconds else None
        try:
            where = f"; a host may open {end.name}" if end else ""
            note(f"listening to {url.split('?')[0]} at {made.baud} baud{where}; Ctrl-C ends")
            while True:
                try:
                    listen(tap.read, tap.write, wire.flush, end, over, wire.stuck)
                    break
                except tencent_at.PortError as error:
                    if not reopen:
                        raise
                    note(f"{error}; opening it again …", "yellow")
                tap.close()
                again = reopened(made, url, was, over)
                if again is None:
                    break
                tap = Tap(again, wire)
                note("the port is open again", "yellow")
        except KeyboardInterrupt:
            note("ended")
        finally:
            tap.close()
