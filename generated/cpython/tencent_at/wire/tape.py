# Copied from runtime/cpython/wire/tape.py: edit that.
"""Captures: what went over the wire, as JSON Lines; the driver's trace is one, too.

The first line says what it is; each further line is one line of the wire:

    {"capture": 1, "port": "/dev/ttyUSB0", "baud": 115200, "started": "2026-01-31T12:00:00+00:00"}
    {"t": 0.012, "way": ">", "kind": "command", "data": "AT+TCMQTTSTATE?⏎"}

`t` is in seconds from the start; `way` is > from the host and < from the module; `data` is in the notation of
spec/dialogues (notation.py); `"masked": true` where a secret was replaced by ***. A file may hold several, one behind
the other: then `t` is counted from the first one's start.
"""

from __future__ import annotations

import json
import math
import threading
import time
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

from . import notation
from .reading import FROM_HOST, FROM_MODULE, Line

VERSION = 1
_LATEST = 253402214400.0  # seconds: the last day of the year 9999
_WRONG = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


class NoTape(ValueError):
    """A file is no capture: the text names it and the line."""


class TapeWriter:
    """Writes lines as they come, to a path (mode "w" anew, "a" behind what is there) or an open text file.

    Each is on its way to the disk before the next. Use it in a `with` block. Raises OSError.
    """

    def __init__(
        self, file: Path | IO[str], port: str = "", baud: int = 0, mode: str = "w"
    ) -> None:
        self.count: int = 0
        self._ours = isinstance(file, Path)
        self._file: IO[str] | None = (
            file.open(mode, encoding="utf-8", newline="\n") if isinstance(file, Path) else file
        )
        self._lock = threading.Lock()
        self._start = time.monotonic()
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        self._write(
            {"capture": VERSION, "port": _without_query(port), "baud": baud, "started": now}
        )

    def __enter__(self) -> TapeWriter:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Keep nothing any more."""
        with self._lock:
            if self._file and self._ours:
                self._file.close()
            self._file = None

    def line(self, line: Line) -> None:
        """Keep a line, whose time is one of time.monotonic()."""
        with self._lock:
            if self._file is None:
                return
            entry: dict[str, Any] = {
                "t": round(max(line.time - self._start, 0), 4),
                "way": line.way,
                "kind": line.kind,
                "data": notation.spell(line.data),
            }
            if line.masked:
                entry["masked"] = True
            self._write(entry)
            self.count += 1

    def _write(self, entry: dict[str, Any]) -> None:
        assert self._file is not None
        self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        self._file.flush()


@dataclass(frozen=True)
class Tape:
    """A capture that was read."""

    port: str
    baud: int
    started: str
    lines: tuple[Line, ...]


def read(path: Path) -> Tape:
    """Read a capture. Raises NoTape, naming the line, where it is none, and OSError."""
    head, lines = play(path)
    return Tape(head.port, head.baud, head.started, tuple(lines))


def play(path: Path) -> tuple[Tape, Iterator[Line]]:
    """A capture without its lines, and its lines one after another, however many: both may raise NoTape and OSError."""
    entries = _entries(path)
    head = next(entries, None)
    if not isinstance(head, dict):
        raise NoTape(f"{path}: not a capture of tencent-at")
    tape = Tape(head.get("port", ""), head.get("baud", 0), head.get("started", ""), ())
    return tape, (line for line in entries if isinstance(line, Line))


def _entries(path: Path) -> Iterator[dict[str, Any] | Line]:
    # The first head, then each line. What an editor makes of a file is read: a mark, CR LF, blank lines.
    head: dict[str, Any] = {}
    later = 0.0  # seconds from the first start to that of the part that is read
    torn = ""
    try:
        with path.open(encoding=_encoding(path), newline="\n") as file:
            for number, row in enumerate(file, 1):
                if torn:
                    raise NoTape(torn)
                if not row.strip():
                    continue
                try:
                    entry = json.loads(row)
                    made = _line(entry, later) if head and "capture" not in entry else None
                    if made is None:
                        first, (head, later) = not head, _begun(path, head, entry)
                        if first:
                            yield head
                        continue
                except _WRONG as error:
                    if isinstance(error, NoTape):
                        raise
                    if not head:
                        raise NoTape(f"{path}: not a capture of tencent-at") from None
                    # A last line may be torn where a machine went down.
                    torn = f"{path}:{number}: not a line of a capture"
                    if row.endswith("\n"):
                        raise NoTape(torn) from None
                    continue
                yield made
    except UnicodeDecodeError:
        raise NoTape(f"{path}: not a capture of tencent-at") from None


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        return "utf-16" if file.read(2) in (BOM_UTF16_LE, BOM_UTF16_BE) else "utf-8-sig"


def _begun(path: Path, head: dict[str, Any], entry: dict[str, Any]) -> tuple[dict[str, Any], float]:
    # The first head, and how many seconds this one is later.
    if entry["capture"] != VERSION:
        raise NoTape(f"{path}: a capture of version {entry['capture']}")
    return head or entry, _since(head or entry, entry)


def _since(head: dict[str, Any], entry: dict[str, Any]) -> float:
    if entry is head:
        return 0.0
    first, then = (datetime.fromisoformat(each["started"]) for each in (head, entry))
    return max((then - first).total_seconds(), 0.0)


def _line(entry: dict[str, Any], later: float) -> Line:
    if entry["way"] not in (FROM_HOST, FROM_MODULE):
        raise ValueError(entry["way"])
    data = notation.read(entry["data"])
    when = later + _seconds(entry["t"])
    return Line(when, entry["way"], str(entry["kind"]), data, bool(entry.get("masked", False)))


def _seconds(value: Any) -> float:
    seconds = float(value)
    if not math.isfinite(seconds) or abs(seconds) > _LATEST:
        raise ValueError(value)
    return seconds


def _without_query(url: str) -> str:
    return url.split("?", 1)[0]
