# Copied from runtime/cpython/trace.py: edit that.
"""What was on the wire: to the logger "tencent_at.wire" (DEBUG), and as JSON Lines to a file. Secrets are masked."""

from __future__ import annotations

import json
import logging
import os
import re
import time
from typing import IO, Any

from . import row
from .explain import explain
from .secret import Masks

log = logging.getLogger("tencent_at")
wire = logging.getLogger("tencent_at.wire")

# The heads that announce how many bytes follow, whatever they are (manual 4.3, 5.1).
_COUNTED = re.compile(
    rb'\+ *(?:TCMQTTT?RCV ?PUB *: *".*?",(\d{1,5}),"|TCREADFWDATA *: *(\d{1,5}),)'
)
_LIMIT = 65536  # bytes of one line; more are shown in pieces


class Trace:
    """One port's record. file: a path to append to, or an open text file, or None.

    Each line of the file is an object: time (seconds since 1970), direction (">" to the module, "<" from it), bytes
    (as text, one character a byte), meaning (a few English words, or "").
    """

    def __init__(self, file: str | os.PathLike[str] | IO[str] | None = None) -> None:
        self.masks = Masks()
        self._ours = isinstance(file, (str, os.PathLike))
        self._file: Any = file
        if isinstance(file, (str, os.PathLike)):
            self._file = open(file, "a", encoding="utf-8", buffering=1)  # noqa: SIM115
        self._begun = b""  # the line that has begun to come
        self._since = 0.0

    def sent(self, data: bytes) -> None:
        """Bytes that are written. Secrets in them are known from now on, so that their echoes are masked."""
        shown = self.masks.sent(data)
        if self._on():
            self.flush()
            self._write(">", shown, time.time())

    def received(self, data: bytes) -> None:
        """Bytes that came; they are shown line by line, when a line is whole."""
        if not self._on():
            return
        if not self._begun:
            self._since = time.time()
        begun = self._begun + data
        while begun:
            end = _line_end(begun)
            if not end:
                break
            self._show(begun[:end])
            begun = begun[end:]
            self._since = time.time()
        self._begun = begun

    def flush(self) -> None:
        """Show what has begun and may never end."""
        begun, self._begun = self._begun, b""
        for line in begun.splitlines(keepends=True):
            self._show(line)

    def close(self) -> None:
        """Show the rest, and close the file if it was opened here."""
        self.flush()
        if self._ours and self._file is not None:
            self._file.close()
        self._file = None

    def _on(self) -> bool:
        return self._file is not None or wire.isEnabledFor(logging.DEBUG)

    def _show(self, line: bytes) -> None:
        self._write("<", self.masks.received(line), self._since)

    def _write(self, direction: str, shown: bytes, when: float) -> None:
        meaning = explain(shown) if len(shown) <= 512 else explain(shown[:256])
        wire.debug("%s %s%s", direction, _printable(shown), f"  # {meaning}" if meaning else "")
        if self._file is not None:
            entry = {"time": round(when, 6), "direction": direction}
            entry |= {"bytes": shown.decode("latin-1"), "meaning": meaning}
            try:
                self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            except (OSError, ValueError):
                log.exception("the trace cannot be written; it ends here")
                self._file = None


def _line_end(data: bytes) -> int:
    # Where the first line ends, behind its CR LF; 0 while it has no end.
    found = _COUNTED.match(data)
    if found:
        tail = 3 if found[1] else 2
        end = found.end() + int(found[1] or found[2]) + tail
        if end <= len(data):
            return end if data[:end].endswith(b"\r\n") else data.find(b"\r\n") + 2
        return 0
    end = data.find(b"\r\n") + 2
    if end >= 2:
        return end
    return _LIMIT if len(data) >= _LIMIT else 0


def _printable(shown: bytes) -> str:
    text = row.text(shown.removesuffix(b"\r\n"))
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
