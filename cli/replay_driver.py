"""A capture played to this driver: each command is called anew, on a port that is the tape."""

from __future__ import annotations

import re
import threading
from typing import Any

import tencent_at
from tencent_at.tables import FORMS

from .masking import MASK, split_arguments
from .notation import spell
from .values import text
from .wire import FROM_HOST, Line

__all__ = ["check"]

SECRET = b"AAAA"  # stands for what was masked; every kind of secret may hold it


class TapePort:
    """A port on which the module says what it said then, as soon as the host has written its line."""

    def __init__(self) -> None:
        self.written = b""
        self._waiting = b""
        self._answer: list[Line] = []
        self._lock = threading.Condition()

    def load(self, answer: list[Line]) -> None:
        """What stands behind the command: the module's lines, and the payload among them."""
        with self._lock:
            self.written = b""
            self._answer = answer

    def write(self, data: bytes) -> None:
        """The host writes: what follows on the tape comes."""
        with self._lock:
            self.written += data
            while self._answer and self._answer[0].way != FROM_HOST:
                self._waiting += unmasked(self._answer.pop(0))
            if self._answer:  # the host's payload: the rest follows when it is written
                self._answer.pop(0)
            self._lock.notify()

    def read1(self, size: int) -> bytes:
        """What is there."""
        with self._lock:
            if not self._waiting:
                self._lock.wait(0.02)
            data, self._waiting = self._waiting[:size], self._waiting[size:]
            return data

    read = read1


def unmasked(line: Line) -> bytes:
    """The line with something that can travel where a secret was."""
    return line.data.replace(MASK, b'"' + SECRET + b'"') if line.masked else line.data


def check(lines: tuple[Line, ...]) -> list[dict[str, Any]]:
    """Each command of a capture: how it ended then and ends now, and whether the same bytes were written."""
    groups = _groups(lines)
    results = []
    port = TapePort()
    with tencent_at.open(port, start=False) as modem:
        for command, answer in groups:
            if not answer or command.kind == "abort":
                continue
            results.append(_again(modem, port, command, answer))
    return results


def _groups(lines: tuple[Line, ...]) -> list[tuple[Line, list[Line]]]:
    groups: list[tuple[Line, list[Line]]] = []
    for line in lines:
        if line.kind in ("command", "abort"):
            groups.append((line, []))
        elif groups and line.kind != "echo":
            groups[-1][1].append(line)
    return groups


def _again(
    modem: tencent_at.Modem, port: TapePort, command: Line, answer: list[Line]
) -> dict[str, Any]:
    line = unmasked(command).strip()
    payload = next((entry for entry in answer if entry.kind == "payload"), None)
    then = outcome(answer)
    wanted = line + b"\r\n" + (payload.data if payload else b"")
    port.load(list(answer))
    call = _call(line, payload)
    if call is None:
        return _line(command, then, "not a command of this driver", True)
    name, arguments = call
    now = "ok"
    try:
        if name == "test":
            modem.test(str(arguments[0]))
        else:
            modem._call(name, *arguments)
    except tencent_at.InvalidArgument as error:
        return _line(command, then, f"refused by the driver: {error}", then != "ok")
    except tencent_at.ModuleError as error:
        now = _short(error)
    if port.written and not _same(port.written, wanted) and now == then:
        return _line(command, spell(wanted), spell(port.written), False)
    return _line(command, then, now, now == then)


def _line(command: Line, then: str, now: str, same: bool) -> dict[str, Any]:
    return {"line": command.text, "then": then, "now": now, "same": same}


def _same(written: bytes, wanted: bytes) -> bool:
    return written.strip() == wanted.strip()


def outcome(answer: list[Line]) -> str:
    """How a command ended on the tape."""
    for entry in answer:
        body = entry.body
        found = re.match(rb"\+ ?CME ERR\w*: *(-?\d+)", body)
        if found:
            return f"refused {int(found[1])}"
        found = re.match(rb"ERR CODE: *(0x\w+)", body)
        if found:
            refused = any(rest.body.startswith(b"+CME") for rest in answer)
            busy = any(rest.body.startswith(b"busy") for rest in answer)
            if busy:
                return "busy"
            if not refused:
                return f"refused {int(found[1], 16)}"
        if body in (b"ERROR", b"FAIL"):
            return "refused"
        found = re.match(rb"\+ ?\w+: ?FAIL(?: ?,? ?(-?\d+))?$", body)
        if found:
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
    return f"{word} {error.number}" if error.number is not None else word


def _call(line: bytes, payload: Line | None) -> tuple[str, tuple[object, ...]] | None:
    # The driver's call that writes this line, and its arguments.
    if line.endswith(b"=?"):
        return "test", (text(line[3:-2]),)
    for form in FORMS.strip().split(b"\n"):
        name, heads, arguments = form.split(b" ")[:3]
        head = b"AT" + heads.split(b",")[0]
        if not head.endswith(b"="):
            if line.upper() == head:
                return text(name), ()
        elif line.upper().startswith(head):
            values = split_arguments(line[len(head) :])
            return text(name), _arguments(arguments.split(b","), values, payload)
    return None


def _arguments(specs: list[bytes], values: list[bytes], payload: Line | None) -> tuple[object, ...]:
    made: list[object] = []
    for spec, value in zip(specs, values, strict=False):
        if spec.startswith(b"="):
            continue
        kind = spec.split(b":")[1]
        if kind == b"r":
            made.append(payload.data.removesuffix(b"\r\n") if payload else b"x" * int(value))
        elif kind in (b"i", b"t"):
            made.append(int(value, 0) if re.fullmatch(rb"-?(0x)?[0-9a-fA-F]+", value) else value)
        else:
            bare = value.strip()
            if bare[:1] == b'"' and bare[-1:] == b'"':
                bare = bare[1:-1]
            made.append(re.sub(rb"\\(.)", rb"\1", bare, flags=re.DOTALL))
    return tuple(made)
