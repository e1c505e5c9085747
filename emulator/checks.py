"""The parameters of a set command, left to right: parsed, then held against their limits (1.3)."""

from __future__ import annotations

from typing import Any

from .quirks import Quirks
from .reader import Absent, Malformed, Request, parameters, value
from .spec import Arg, Form

__all__ = ["EMPTY", "Complaint", "Crash", "checked"]

EMPTY: dict[tuple[str, str], str] = (
    {}
)  # command and argument → the quirk with which it may be empty


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
    all_core = request.command.core
    if form.core and not len(form.args) - form.may_lack <= len(raw) <= len(form.args):
        raise Complaint(True)
    values: list[Any] = []
    for index, arg in enumerate(form.args):
        if index >= len(raw) and arg.optional:
            break
        # A number that is missing at the end is malformed, an empty one before a comma is absent.
        missing = index >= len(raw) or (index == len(raw) - 1 and raw[index] == b"")
        core = all_core or arg.core
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
        if not arg.allows(found) and not (found == b"" and _may_be_empty(form, arg, quirks)):
            raise Complaint(all_core)
        values.append(found)
    if len(raw) > len(form.args):
        raise Complaint(all_core)
    return values


def _may_be_empty(form: Form, arg: Arg, quirks: Quirks) -> bool:
    quirk = EMPTY.get((form.command, arg.name))
    return quirk is not None and bool(getattr(quirks, quirk))
