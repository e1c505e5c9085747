# Copied from runtime/cpython/manual.py: edit that.
"""What the manual says of each call and each head of a line, read from the text tables (codegen/tables.py)."""

from __future__ import annotations

from typing import NamedTuple

from .limits import LIMITS
from .tables import WORDS


class Argument(NamedTuple):
    """An argument and its limits; one without a name is always the same.

    kind: i a number, m milliseconds, s a string, b base64, r the bytes behind the prompt. low, high: of the number,
    or of the length in bytes. default: "" where the line may end before it, None where it must be given.
    """

    name: str
    kind: str = ""
    secret: bool = False
    low: int = 0
    high: int = 0
    step: int = 1
    default: str | None = None


class Form(NamedTuple):
    """A form of a command. heads: what its line begins with, behind AT; then what its answers may begin with.

    debts: what the module owes, by letter. errors: its error tables, by letter. test: has the command a test form?
    """

    call: str
    heads: tuple[str, ...]
    arguments: tuple[Argument, ...]
    debts: str
    errors: str
    section: str
    test: bool

    @property
    def name(self) -> str:
        """The command's name, such as "TCMQTTPUB"."""
        return self.heads[0].strip("+=?")


def _form(line: str) -> Form:
    call, heads, arguments, debts, _, errors, section = line.split(" ")
    return Form(
        call,
        tuple(heads.split(",")),
        tuple(_argument(text) for text in arguments.split(",") if text),
        debts,
        errors,
        section.removesuffix("?"),
        section.endswith("?"),
    )


def _argument(text: str) -> Argument:
    if text.startswith("="):
        return Argument("")
    name, kind, low, high, *more = text.split(":")
    step = int(more[0]) if more and more[0] else 1
    default = more[1] if len(more) > 1 else None
    return Argument(name, kind[-1], kind.startswith("!"), int(low), int(high), step, default)


FORMS = {form.call: form for form in map(_form, LIMITS.split("\n")[1:-1])}

_URCS = [entry.partition("=")[::2] for entry in WORDS.decode().split(",") if entry]
# Head of a URC → the event's name; "" for a message, whose length decides where it ends.
EVENTS = {head: name.strip("4*") for head, name in _URCS if not name.isdigit()}


def testable(command: str) -> bool:
    """Has a command, such as "TCMQTTPUB", a test form?"""
    return any(form.test and form.name == command for form in FORMS.values())
