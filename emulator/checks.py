"""The parameters of a set command, left to right: parsed, then held against their limits (1.3)."""

from __future__ import annotations

from typing import Any

from .quirks import Quirks
from .reader import Absent, Malformed, Request, parameters, value
from .spec import Arg, Form

__all__ = ["Complaint", "Crash", "checked"]

FIRST_BY_CORE = ("TCDEVINFOSET", "TCPRDINFOSET", "TCMQTTCONN")
NUMBERS_BY_CORE = ("TCMODINFOSET",)
ALL_BY_CORE = ("TCSAP",)


class Complaint(Exception):
    """A parameter is refused: by the AT core's ERROR or by 204; behind an ERR CODE with ``index`` if that is given."""

    def __init__(self, core: bool, index: int | None = None) -> None:
        super().__init__(core, index)
        self.core = core
        self.index = index


class Crash(Exception):
    """The module does not survive this parameter (quirk empty-string-crash)."""


def checked(form: Form, request: Request, quirks: Quirks) -> list[Any]:
    """The values; raises `Complaint` or `Crash`."""
    raw = parameters(request.rest)
    plain = request.command.plain
    values: list[Any] = []
    for index, arg in enumerate(form.args):
        if index >= len(raw) and arg.optional:
            break
        # A number that is missing at the end is malformed, an empty one before a comma is absent.
        missing = index >= len(raw) or (index == len(raw) - 1 and raw[index] == b"")
        core = _core(request, index, arg)
        try:
            if missing and arg.is_number:
                raise Malformed
            found = value(arg, raw[index] if index < len(raw) else b"")
        except Malformed:
            raise Complaint(core, index) from None
        except Absent:
            if not arg.is_number and quirks.empty_string_crash:
                raise Crash from None
            raise Complaint(core) from None
        if found == b"" and quirks.empty_string_crash:
            raise Crash
        if not arg.allows(found) and not (found == b"" and _open(request, index, quirks)):
            raise Complaint(plain)
        values.append(found)
    if len(raw) > len(form.args):
        raise Complaint(plain)
    return values


def _open(request: Request, index: int, quirks: Quirks) -> bool:
    """Whether this is the password of a network that has none (quirk join-open)."""
    return quirks.join_open and request.command.name == "CWJAP" and index == 1


def _core(request: Request, index: int, arg: Arg) -> bool:
    """Whose complaint an unreadable parameter gets (dialogue 13-malformed)."""
    name = request.command.name
    return (
        request.command.plain
        or name in ALL_BY_CORE
        or (name in NUMBERS_BY_CORE and arg.is_number)
        or (name in FIRST_BY_CORE and index == 0)
    )
