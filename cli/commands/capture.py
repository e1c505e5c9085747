"""`capture`: what goes over the wire, into a file for replay and report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tencent_at.wire.reading import Line

from ..desk.options import Reopen, session
from ..desk.output import note, standard_error
from ..desk.port import recorder
from ..desk.printer import Printer
from .monitor import Link, Pty, Seconds, Tcp, watch

__all__ = ["capture"]


def capture(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where the capture goes (JSON Lines).")],
    tcp: Tcp = None,
    pty: Pty = False,
    link: Link = None,
    seconds: Seconds = 0,
    reopen: Reopen = True,
) -> None:
    """Record the wire into a file until Ctrl-C, secrets masked.

    With --tcp or --pty another program speaks with the module meanwhile. To record one command of
    this program, give --capture FILE before it.
    """
    made = session(context)
    printer = Printer(standard_error(), made.language) if made.verbose else None
    with recorder(file, made.port or "", made.baud) as tape:

        def keep(line: Line) -> None:
            tape.line(line)
            if printer:
                printer(line)

        watch(made, keep, tcp, pty, link, seconds, reopen)
    note(f"{tape.count} lines in {file}; tencent-at report {file}", "green")
