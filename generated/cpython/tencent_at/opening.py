# Copied from runtime/cpython/opening.py: edit that.
"""Opens a module. The stub beside this tells type checkers what each revision's modem has."""

from __future__ import annotations

import os
from typing import IO, Any

from .aio import BACKLOG, AsyncModem
from .driver import Tap
from .modem import Modem
from .revision import of
from .revisions import DEFAULT


def open(
    port: Any,
    baudrate: int = 115200,
    *,
    start: bool = True,
    trace: str | os.PathLike[str] | IO[str] | None = None,
    tap: Tap | None = None,
    backlog: int = BACKLOG,
    dtr: bool | None = None,
    rts: bool | None = None,
    reopen: bool = False,
    revision: str | None = DEFAULT,
    **settings: Any,
) -> Modem:
    """Open the module on a port; use it in a `with` block, or close() it.

    port: a serial URL (a device, socket://host:port, rfc2217://…, emu://), any object with read(size) and
    write(data), or a function without arguments that opens one of these. write(data) may take a part: it returns how
    many bytes it took; None is all, but nothing where it has told a number before or is a raw stream of Python's. A
    port that takes nothing for a second is a PortTimeout.
    start: settle the line and turn the echo off. trace: a path or an open text file that gets a
    capture, secrets masked. tap: called with ">" or "<" and the bytes themselves, secrets and all, from a thread of its
    own. backlog: how many messages wait for their reader; what finds no room is counted (counts) and told (on_lost).
    dtr, rts: the level of these lines once the port is open, for a board whose EN or GPIO0 hangs on them; None leaves
    both on, as they are by default (Linux turns both on for some ms while it opens a port, whatever is asked).
    reopen: where the port goes (USB unplugged, a server gone), open it again after 0.5, 1, 2 … 10 seconds until it is
    back; calls meanwhile raise PortError, streams and messages() go on, and events "port_lost" and "port_back" say so.
    Another adapter (USB serial number) or module (MAC) in its place ends it with PortError.
    revision: of the manual (docs/revisions.md), such as "V3.2.1"; None asks the module: its firmware tells, and
    where none here speaks of that, the nearest older one is taken, and said (`doubt`, and a warning in the log).
    settings: more of serialx, such as rtscts=True, and hex_firmware=True as in open_async().
    Raises PortError; Timeout where no module answers.
    """
    kind = of(DEFAULT if revision is None else revision).modem()
    return kind(
        port,
        baudrate,
        start=start,
        trace=trace,
        tap=tap,
        backlog=backlog,
        dtr=dtr,
        rts=rts,
        reopen=reopen,
        ask_revision=revision is None,
        **settings,
    )


def open_async(
    port: Any,
    baudrate: int = 115200,
    *,
    start: bool = True,
    trace: str | os.PathLike[str] | IO[str] | None = None,
    tap: Tap | None = None,
    backlog: int = BACKLOG,
    dtr: bool | None = None,
    rts: bool | None = None,
    reopen: bool = False,
    revision: str | None = DEFAULT,
    **settings: Any,
) -> AsyncModem:
    """The module on a port, to be used with `async with`, or awaited and then closed.

    port: a serial URL (a device, socket://host:port, rfc2217://…, emu://), a pair (reader, writer) of asyncio
    streams, any object with read(size) and write(data), or a function without arguments that opens one of these.
    write(data) may take a part: it returns how many bytes it took; None is all, but nothing where it has told a number
    before or is a raw stream of Python's. A port that takes nothing for a second is a PortTimeout.
    start: settle the line and turn the echo off.
    trace: a path or an open text file that gets a capture, secrets masked. tap: called with ">" or "<"
    and the bytes themselves, secrets and all. backlog: how many messages wait for their reader; what finds no room is
    counted (counts) and told (on_lost).
    dtr, rts: the level of these lines once the port is open, for a board whose EN or GPIO0 hangs on them; None leaves
    both on, as they are by default (Linux turns both on for some ms while it opens a port, whatever is asked).
    reopen: where the port goes (USB unplugged, a server gone), open it again after 0.5, 1, 2 … 10 seconds until it is
    back; calls meanwhile raise PortError, streams and messages() go on, and events "port_lost" and "port_back" say so.
    Another adapter (USB serial number) or module (MAC) in its place ends it with PortError.
    revision: of the manual (docs/revisions.md), such as "V3.2.1"; None asks the module: its firmware tells, and
    where none here speaks of that, the nearest older one is taken, and said (`doubt`, and a warning in the log).
    hex_firmware=True: for a module that sends images as hex text (manual 4.3, erratum E56). settings: more of
    serialx, such as rtscts=True. Raises PortError, Timeout when opened.
    """
    kind = of(DEFAULT if revision is None else revision).async_modem()
    return kind(
        port,
        baudrate,
        start=start,
        trace=trace,
        tap=tap,
        backlog=backlog,
        dtr=dtr,
        rts=rts,
        reopen=reopen,
        ask_revision=revision is None,
        **settings,
    )
