"""Captures: what went over the wire, as JSON Lines that capture, replay and report share.

The first line says what it is; each further line is one line of the wire:

    {"capture": 1, "port": "/dev/ttyUSB0", "baud": 115200, "started": "2026-01-31T12:00:00+00:00"}
    {"t": 0.012, "way": ">", "kind": "command", "data": "AT+TCMQTTSTATE?⏎"}

`t` is in seconds from the start; `way` is > from the host and < from the module; `data` is in the notation of
spec/dialogues (notation.py); `"masked": true` where a secret was replaced by ***.
"""

from __future__ import annotations

import dataclasses
import json
import math
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

from .desk.exits import Exit, Stop
from .masking import MASK
from .notation import read as read_bytes
from .notation import spell
from .wire import FROM_HOST, FROM_MODULE, Line, Wire

__all__ = ["Tape", "TapeWriter", "read"]

VERSION = 1
_LATEST = 253402214400.0  # seconds: the last day of the year 9999
_WRONG = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


class TapeWriter:
    """Writes lines as they come; each is on the disk before the next. Use it in a `with` block."""

    def __init__(self, path: Path, port: str = "", baud: int = 0) -> None:
        self.path = path
        self.count = 0
        self._file: IO[str] | None = None
        self._head = {"capture": VERSION, "port": _without_query(port), "baud": baud}
        self._start = 0.0
        self._lock = threading.Lock()

    def __enter__(self) -> TapeWriter:
        try:
            self._file = self.path.open("w", encoding="utf-8", newline="\n")
        except OSError as error:
            raise Stop(Exit.USAGE, f"{self.path}: {error.strerror}") from None
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        self._start = time.monotonic()
        self._write({**self._head, "started": now})
        return self

    def __exit__(self, *exc: object) -> None:
        with self._lock:
            if self._file:
                self._file.close()
                self._file = None

    def line(self, line: Line) -> None:
        """Keep a line; after the end nothing is kept any more."""
        with self._lock:
            if self._file is None:
                return
            entry: dict[str, Any] = {
                "t": round(max(line.time - self._start, 0), 4),
                "way": line.way,
                "kind": line.kind,
                "data": spell(line.data),
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
    """Read a capture; Stop, naming the line, where it is none."""
    try:
        rows = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise Stop(Exit.USAGE, f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Stop(Exit.USAGE, f"{path}: not a capture of tencent-at") from None
    if rows and '"direction"' in rows[0]:
        return _of_the_driver(path, rows)
    head: dict[str, Any] = {}
    lines = []
    for number, row in enumerate(rows, 1):
        try:
            entry = json.loads(row)
            if number == 1:
                if entry["capture"] != VERSION:
                    raise Stop(Exit.USAGE, f"{path}: a capture of version {entry['capture']}")
                head = entry
            else:
                lines.append(_line(entry))
        except _WRONG:
            if number == len(rows) > 1:
                break  # the last line may be torn where a machine went down
            raise Stop(Exit.USAGE, f"{path}:{number}: not a line of a capture") from None
    if not head:
        raise Stop(Exit.USAGE, f"{path}: not a capture of tencent-at")
    return Tape(head.get("port", ""), head.get("baud", 0), head.get("started", ""), tuple(lines))


def _of_the_driver(path: Path, rows: list[str]) -> Tape:
    # A trace that the driver wrote: tencent_at.open(..., trace=FILE).
    lines: list[Line] = []
    wire = Wire(lines.append)
    start = 0.0
    for number, row in enumerate(rows, 1):
        try:
            entry = json.loads(row)
            now = _seconds(entry["time"])
            start = start or now
            data = str(entry["bytes"]).encode("latin-1")
            if entry["direction"] not in (FROM_HOST, FROM_MODULE):
                raise ValueError(entry["direction"])
            wire.feed(entry["direction"], data, now - start)
        except _WRONG:
            raise Stop(Exit.USAGE, f"{path}:{number}: not a line of a trace") from None
    wire.flush(echoes=True)
    masked = (dataclasses.replace(line, masked=MASK in line.data) for line in lines)
    started = datetime.fromtimestamp(start, timezone.utc).isoformat(timespec="seconds")
    return Tape("", 0, started, tuple(masked))


def _line(entry: dict[str, Any]) -> Line:
    if entry["way"] not in (FROM_HOST, FROM_MODULE):
        raise ValueError(entry["way"])
    data = read_bytes(entry["data"])
    return Line(_seconds(entry["t"]), entry["way"], entry["kind"], data, entry.get("masked", False))


def _seconds(value: Any) -> float:
    seconds = float(value)
    if not math.isfinite(seconds) or abs(seconds) > _LATEST:
        raise ValueError(value)
    return seconds


def _without_query(url: str) -> str:
    return url.split("?", 1)[0]
