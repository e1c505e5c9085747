"""How the module reads a command line (1.3): head, form, parameters. It sees whole lines only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .spec import Arg, Command, Spec

__all__ = ["Absent", "Malformed", "Request", "Unknown", "parameters", "read", "value"]

LINE_LIMIT = 256  # with CR LF

_NUMBER = re.compile(rb"-?[0-9]+|-?0[xX][0-9a-fA-F]+")
_COMMA = re.compile(rb"(?<!\\),")


class Unknown(Exception):
    """The line holds no command: ``code`` is the ERR CODE sub-code (3 or 9)."""

    def __init__(self, code: int) -> None:
        super().__init__(f"0x01{code:02x}0000")
        self.code = code


class Malformed(Exception):
    """A parameter that cannot be read: ERR CODE 0x0108000i is due."""


class Absent(Exception):
    """A parameter that is empty or beyond 32 bits: refused without an ERR CODE line."""


@dataclass(frozen=True, slots=True)
class Request:
    """A command in one of the four forms, its parameters still as they stood on the line."""

    command: Command
    form: str
    rest: bytes


def read(spec: Spec, line: bytes) -> Request:
    """Take a line without its CR LF apart; raises ``Unknown``."""
    if len(line) + 2 > LINE_LIMIT or line[:2].upper() != b"AT":
        raise Unknown(3)
    line = line.split(b"\0", 1)[0]  # the parser works on C strings
    end = min((at for at in (line.find(b"="), line.find(b"?")) if at >= 0), default=len(line))
    head, tail = line[:end], line[end:]
    command = spec.commands.get(head.decode("latin-1").upper())
    if command is None:
        raise Unknown(9)
    if tail == b"":
        return Request(command, "exec", b"")
    if tail == b"?":
        return Request(command, "read", b"")
    if tail == b"=?":
        return Request(command, "test", b"")
    if tail[:1] == b"=":
        return Request(command, "set", tail[1:])
    return Request(command, "", b"")


def parameters(rest: bytes) -> list[bytes]:
    """Split at each comma that has no backslash before it; quotes protect nothing."""
    return _COMMA.split(rest)


def value(arg: Arg, raw: bytes) -> int | bytes:
    """One parameter by the kind its command expects; raises ``Malformed`` or ``Absent``."""
    return _number(raw) if arg.is_number else _string(raw)


def _number(raw: bytes) -> int:
    if raw == b"":
        raise Absent
    if not _NUMBER.fullmatch(raw):
        raise Malformed
    digits = raw.lstrip(b"-")
    if len(digits) > 32:
        raise Absent
    number = int(digits, 16) if digits[:2].lower() == b"0x" else int(digits)
    number = -number if raw[:1] == b"-" else number
    if not -0x80000000 <= number <= 0xFFFFFFFF:
        raise Absent
    return number


def _string(raw: bytes) -> bytes:
    if raw == b"":
        raise Absent
    if len(raw) < 2 or raw[:1] != b'"' or raw[-1:] != b'"':
        raise Malformed
    return bytes(_plain(raw[1:-1]))


def _plain(inside: bytes) -> Iterator[int]:
    escaped = False
    for byte in inside:
        if escaped:
            yield byte
            escaped = False
        elif byte == 0x5C:
            escaped = True
        elif byte == 0x22:
            raise Malformed
        else:
            yield byte
    if escaped:
        raise Malformed
