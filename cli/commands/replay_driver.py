"""A capture played to this driver: each command is called anew, on a port that is the tape."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import tencent_at
from tencent_at.entries import Field
from tencent_at.manual import FORMS
from tencent_at.row import text
from tencent_at.wire.masks import MASK, split_arguments
from tencent_at.wire.notation import spell
from tencent_at.wire.reading import FROM_HOST, Line

__all__ = ["check"]

PATIENCE = 0.5  # seconds that a driver may wait at the end of the tape
SECRET = b"AAAA"  # stands for what was masked; every kind of secret may hold it


class TapePort:
    """A port on which the module says what it said then, as soon as the host has written its line.

    When the tape has nothing more to say to a driver that waits, the port is lost.
    """

    def __init__(self, answer: list[Line]) -> None:
        self.written = b""
        self._waiting = b""
        self._answer = list(answer)
        self._silent = 0.0
        self._lock = threading.Condition()

    def write(self, data: bytes) -> None:
        """The host writes: what follows on the tape comes."""
        with self._lock:
            self.written += data
            while self._answer and self._answer[0].way != FROM_HOST:
                self._waiting += unmasked(self._answer.pop(0))
            if self._answer:  # the host's payload: the rest follows when it is written
                self._answer.pop(0)
            self._silent = time.monotonic()
            self._lock.notify()

    def read1(self, size: int) -> bytes:
        """What is there."""
        with self._lock:
            if not self._waiting:
                self._lock.wait(0.02)
            data, self._waiting = self._waiting[:size], self._waiting[size:]
            if not data and self._silent and time.monotonic() - self._silent > PATIENCE:
                raise EOFError("the tape has ended")
            return data

    read = read1


def unmasked(line: Line) -> bytes:
    """The line with something that can travel where a secret was."""
    counted = line.kind in ("payload", "message", "data")  # as long as it was, in asterisks
    return (
        line.data.replace(MASK, b'"' + SECRET + b'"') if line.masked and not counted else line.data
    )


def check(lines: tuple[Line, ...]) -> list[dict[str, Any]]:
    """Each command of a capture: how it ended then and ends now, and whether the same bytes were written."""
    groups = _groups(lines)
    return [
        _again(command, answer) for command, answer in groups if answer and command.kind != "abort"
    ]


def _groups(lines: tuple[Line, ...]) -> list[tuple[Line, list[Line]]]:
    groups: list[tuple[Line, list[Line]]] = []
    for line in lines:
        if line.kind in ("command", "abort"):
            groups.append((line, []))
        elif groups and line.kind != "echo":
            groups[-1][1].append(line)
    return groups


def _again(command: Line, answer: list[Line]) -> dict[str, Any]:
    line = unmasked(command).strip()
    payload = next((entry for entry in answer if entry.kind == "payload"), None)
    then = outcome(answer)
    wanted = line + b"\r\n" + (payload.data if payload else b"")
    call = _call(line, payload)
    if call is None:
        return _line(command, then, "not a command of this driver", True)
    port = TapePort(answer)
    try:
        with tencent_at.open(port, start=False) as modem:
            now = _now(modem, *call)
    except tencent_at.InvalidArgument as error:
        return _line(command, then, f"refused by the driver: {error}", then != "ok")
    if port.written and not _same(port.written, wanted) and now == then:
        return _line(
            command, spell(wanted, readable=True), spell(port.written, readable=True), False
        )
    return _line(command, then, now, now == then)


def _now(modem: tencent_at.Modem, name: str, arguments: tuple[object, ...]) -> str:
    try:
        getattr(modem, name)(*arguments)
    except tencent_at.UnexpectedAnswer:
        return "ok"  # so the module said; what stands in its row is another matter
    except tencent_at.PortError:
        return "no answer"
    except tencent_at.ModuleError as error:
        return _short(error)
    return "ok"


def _line(command: Line, then: str, now: str, same: bool) -> dict[str, Any]:
    return {"line": command.text, "then": then, "now": now, "same": same}


def _same(written: bytes, wanted: bytes) -> bool:
    return written.strip() == wanted.strip()


def outcome(answer: list[Line]) -> str:
    """How a command ended on the tape."""
    reason = ""
    for entry in answer:
        body = entry.body
        if found := re.match(rb"\+ ?CME ERR\w*: *(-?\d+)", body):
            return f"refused {int(found[1])}"
        if found := re.match(rb"ERR CODE: *(0x\w+)", body):
            reason = f" {int(found[1], 16):#010x}"
        elif found := re.match(rb"\+ ?\w+: ?(\d)$", body):
            reason = f" {int(found[1])}"
        elif body.startswith(b"busy "):
            return "busy"
        elif body in (b"ERROR", b"FAIL"):
            return "refused" + reason
        elif found := re.match(rb"\+ ?\w+: ?FAIL(?: ?,? ?(-?\d+))?$", body):
            return f"failed {int(found[1])}" if found[1] else "failed"
    if not any(entry.kind in ("ok", "result", "data") for entry in answer):
        return "restarted" if any(entry.body == b"ready" for entry in answer) else "no answer"
    return "ok"


def _short(error: tencent_at.ModuleError) -> str:
    if isinstance(error, tencent_at.Timeout):
        return "no answer"
    if isinstance(error, tencent_at.ModuleReset):
        return "restarted"
    if isinstance(error, tencent_at.Busy):
        return "busy"
    word = "failed" if isinstance(error, tencent_at.CommandFailed) else "refused"
    if error.number is None:
        return word
    return f"{word} {error.number:#010x}" if error.table == "parser" else f"{word} {error.number}"


def _call(line: bytes, payload: Line | None) -> tuple[str, tuple[object, ...]] | None:
    # The driver's call that writes this line, and its arguments.
    if line.endswith(b"=?"):
        return "test", (text(line[3:-2]),)
    for call, form in FORMS.items():
        head = form.line.encode()
        if not head.endswith(b"="):
            if line.upper() == head:
                return call, ()
        elif line.upper().startswith(head):
            values = split_arguments(line[len(head) :])
            return call, _arguments(form.arguments, values, payload)
    return None


def _arguments(
    arguments: tuple[Field, ...], values: list[bytes], payload: Line | None
) -> tuple[object, ...]:
    made: list[object] = []
    for argument, value in zip(arguments, values, strict=False):
        if argument.const is not None:
            continue
        if argument.kind == "raw":
            made.append(payload.data.removesuffix(b"\r\n") if payload else b"x" * int(value))
        elif argument.kind == "int":
            made.append(int(value, 0) if re.fullmatch(rb"-?(0x)?[0-9a-fA-F]+", value) else value)
        else:
            bare = value.strip()
            if bare[:1] == b'"' and bare[-1:] == b'"':
                bare = bare[1:-1]
            made.append(re.sub(rb"\\(.)", rb"\1", bare, flags=re.DOTALL))
    return tuple(made)
