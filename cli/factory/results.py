"""The result file: one row more whenever something is begun or ended, on the disk before the line goes on."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import sys
from dataclasses import dataclass, fields
from pathlib import Path

from ..desk.exits import Exit, Stop
from ..desk.files import decoded
from ..desk.output import note
from .orders import Unit, table_of

__all__ = ["Book", "Result", "escaped", "unescaped"]

_FAR = 1 << 40  # a byte that no result file reaches: what is locked where locking hides bytes


@dataclass
class Result:
    """How it went with a unit. given: may the module hold the identity? again: was it given before, on purpose?"""

    device_name: str
    product_id: str
    ok: bool = False
    step: str = ""
    problem: str = ""
    mac: str = ""
    bcc: int = 0
    port: str = ""
    seconds: float = 0.0
    time: str = ""
    given: bool = False
    again: bool = False

    @property
    def key(self) -> str:
        """The identity, as one word."""
        return f"{self.product_id}/{self.device_name}"


COLUMNS = [each.name for each in fields(Result)]
ASIDE = "Put it aside, or give --result FILE; what was given already, the ledger knows."
BEGUN = "begun"  # in the column `ok`: the identity was about to be written, and nothing is known of the end


class Book:
    """The result file, ours alone while it is open. Stop, with advice, where it is not what it should be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[str, dict[str, str]] = {}
        try:
            self._file = path.open("a+b", buffering=0)
        except OSError as error:
            raise self._cannot(error) from None
        try:
            self._lock()
            self._file.seek(0)
            self._read(self._file.read())
        except OSError as error:
            self.close()
            raise self._cannot(error) from None
        except Stop:
            self.close()
            raise

    def close(self) -> None:
        """Let others have it."""
        self._file.close()

    def last(self, unit: Unit) -> dict[str, str] | None:
        """The last row of a unit."""
        return self.rows.get(unit.key)

    def is_done(self, unit: Unit) -> bool:
        """Did this unit succeed before, with the secret of now?"""
        row = self.last(unit)
        return bool(
            row and row["ok"] == "yes" and (unit.bcc is None or row["bcc"] == str(unit.bcc))
        )

    def begin(self, result: Result) -> None:
        """Keep that an identity is about to be written; Stop where that cannot be kept: then it must not be."""
        self._add(result, BEGUN)

    def add(self, result: Result) -> None:
        """Keep a result; Stop where that fails."""
        self._add(result, "yes" if result.ok else "no")

    def _add(self, result: Result, ok: str) -> None:
        row = {name: getattr(result, name) for name in COLUMNS}
        row |= {name: "yes" if row[name] else "no" for name in ("given", "again")}
        row = {name: str(value) for name, value in row.items()} | {"ok": ok}
        self._append(_line(list(row.values())))
        self.rows[result.key] = row

    def _append(self, data: bytes) -> None:
        size = os.fstat(self._file.fileno()).st_size
        try:
            while data:
                data = data[self._file.write(data) or 0 :]
            os.fsync(self._file.fileno())
        except OSError as error:
            with contextlib.suppress(OSError):  # half a row would damage the next
                self._file.truncate(size)
            raise self._cannot(error) from None

    def _read(self, data: bytes) -> None:
        head = _line(COLUMNS)
        if head.startswith(data):  # nothing yet, or a head that is torn
            self._file.truncate(0)
            self._append(head)
            _settle(self.path)
            return
        end = data.rfind(b"\n") + 1
        try:
            rows = list(table_of(decoded(data[:end], str(self.path)), str(self.path)))
        except Stop as error:
            raise Stop(Exit.USAGE, str(error), ASIDE) from None
        if not rows or rows[0][1] != COLUMNS:
            raise self._wrong("", "is no result file of this command")
        for number, cells in rows[1:]:
            row = dict(zip(COLUMNS, map(unescaped, cells), strict=False))
            if len(cells) != len(COLUMNS) or row["ok"] not in ("yes", "no", BEGUN):
                raise self._wrong(f":{number}", "is damaged: this is no row of a result file")
            self.rows[f"{row['product_id']}/{row['device_name']}"] = row
        if end < len(data):  # torn where a machine went down: what it told of had not happened yet
            note(f"{self.path}: its last line is torn and dropped", "yellow")
            self._file.truncate(end)

    def _wrong(self, where: str, what: str) -> Stop:
        return Stop(Exit.USAGE, f"{self.path}{where} {what}", ASIDE)

    def _cannot(self, error: OSError) -> Stop:
        said = error.strerror or str(error)
        if isinstance(error, (PermissionError, BlockingIOError)):
            advice = (
                "Close the program that has it open (a spreadsheet?), or let the other line end."
            )
        else:
            advice = "No identity is written that is not kept first. Give --result FILE elsewhere."
        return Stop(Exit.ERROR, f"{self.path}: the result file cannot be written: {said}", advice)

    def _lock(self) -> None:
        if sys.platform == "win32":
            import msvcrt

            self._file.seek(_FAR)
            msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _line(cells: list[str]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerow(escaped(" ".join(cell.splitlines())) for cell in cells)
    return out.getvalue().encode("utf-8", "backslashreplace")


def _settle(path: Path) -> None:
    # That a file is there at all is kept by its folder, where the system lets one say so.
    if sys.platform != "win32":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def escaped(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: ' before what begins as one, or with a '."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "'", "\t", "\r") and cell else cell


def unescaped(cell: str) -> str:
    """The cell that `escaped` was given."""
    return cell[1:] if cell.startswith("'") else cell
