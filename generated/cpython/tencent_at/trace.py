# Copied from runtime/cpython/trace.py: edit that.
"""What was on the wire: to the logger "tencent_at.wire" (DEBUG), and as a capture to a file. Secrets are masked."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from .wire.reading import Line, Reading
    from .wire.tape import TapeWriter

log: logging.Logger = logging.getLogger("tencent_at")
wire: logging.Logger = logging.getLogger("tencent_at.wire")


class Trace:
    """One port's record. file: a path to append to, or an open text file, or None (wire/tape.py has the format).

    While neither is wanted, it costs two questions for each piece of bytes, and what it needs is not imported.
    """

    def __init__(
        self, file: str | os.PathLike[str] | IO[str] | None = None, port: str = "", baud: int = 0
    ) -> None:
        self._tape: TapeWriter | None = None
        self._reading: Reading | None = None
        self._missed = False  # has something been written that was not read?
        if file is not None:
            from .wire.tape import TapeWriter

            place = Path(file) if isinstance(file, (str, os.PathLike)) else file
            self._tape = TapeWriter(place, port, baud, "a")

    def sent(self, data: bytes) -> None:
        """Bytes that are written. Secrets in them are known from now on, so that their echoes are masked."""
        if self._on():
            self._read().feed(">", data, time.monotonic())
        else:
            self._reading = None
            self._missed = True

    def received(self, data: bytes) -> None:
        """Bytes that came; they are shown line by line, when a line is whole."""
        if self._on():
            self._read().feed("<", data, time.monotonic())

    def flush(self) -> None:
        """Show what has begun and stalls; an echo, which may hold a secret, waits."""
        if self._reading is not None:
            self._reading.flush()

    def close(self) -> None:
        """Show what has begun and may never end, and close the file if it was opened here."""
        if self._reading is not None:
            self._reading.flush(echoes=True)
        if self._tape is not None:
            self._tape.close()
            self._tape = None

    def _on(self) -> bool:
        return self._tape is not None or wire.isEnabledFor(logging.DEBUG)

    def _read(self) -> Reading:
        if self._reading is None:
            from .wire.masks import Masks
            from .wire.reading import Reading

            self._reading = Reading(self._show, Masks(doubtful=self._missed))
        return self._reading

    def _show(self, line: Line) -> None:
        if wire.isEnabledFor(logging.DEBUG):
            from .wire.notation import spell
            from .wire.words import sentence

            meaning = "" if line.kind in ("payload", "data") else sentence(line.data[:512])
            shown = spell(line.data.removesuffix(b"\r\n"), readable=True)
            wire.debug("%s %s%s", line.way, shown, f"  # {meaning}" if meaning else "")
        if self._tape is not None:
            try:
                self._tape.line(line)
            except (OSError, ValueError):
                log.exception("the trace cannot be written; it ends here")
                self._tape = None
