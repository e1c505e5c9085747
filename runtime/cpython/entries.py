"""What the manual is made of: commands, their forms, arguments and fields; URCs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple


class Text(NamedTuple):
    """A text in English and Chinese; empty where there is nothing to say."""

    en: str = ""
    zh: str = ""


NOTHING = Text()


class Field(NamedTuple):
    """An argument of a command, or a value in an answer or a URC.

    kind: string, base64, int, word, raw (bytes behind the prompt), counted (bytes whose length is announced), name
    (printed raw) or hex. unset: the word that stands for a value never set.
    limits: in words. low, high, step: of the number, or of the length in bytes. values, words: what it may be, where
    the manual lists that. enum: names for its numbers. const: it is always this, so no call has it. default: what is
    sent where it is left out; optional: it may be missing at the end of the line. verbatim: the module changes none of
    its bytes. when: the number of an argument before it with which it may be given; needed: then it must be.
    """

    name: str
    kind: str
    title: Text = NOTHING
    limits: str = ""
    low: int = 0
    high: int = 0
    step: int = 1
    values: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    enum: type[IntEnum] | None = None
    const: int | None = None
    default: int | None = None
    optional: bool = False
    secret: bool = False
    unset: str = ""
    since: str = ""
    verbatim: bool = False
    when: Mapping[str, int] = {}
    needed: bool = False


class Form(NamedTuple):
    """A form of a command: test, read, set or exec.

    call: the method's name, "" for a test form. line: how it begins on the wire, such as "AT+TCMQTTPUB=". heads: what
    its line begins with, behind AT; then what its answers may begin with. reply: what the module owes, in order (row,
    rows, text, ok, prompt, result); maybe: what may come. labels: name of a field → what stands before its colon.
    errors: the tables in which its numbers are looked up, in order; reason: that of a number before ERROR. timeout: in
    seconds; on top of the milliseconds in the argument `timeout_argument`, where there is one. requires: state → what
    it must be.
    """

    call: str
    command: str
    kind: str
    line: str
    section: str
    heads: tuple[str, ...]
    arguments: tuple[Field, ...] = ()
    reply: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()
    row: tuple[Field, ...] = ()
    labels: Mapping[str, str] = {}
    errors: tuple[str, ...] = ()
    reason: str = ""
    timeout: float = 5.0
    timeout_argument: str = ""
    requires: Mapping[str, tuple[str, ...]] = {}

    @property
    def raw(self) -> bool:
        """Does its answer end in bytes whose number is announced?"""
        return bool(self.row) and self.row[-1].kind == "raw"


class Command(NamedTuple):
    """A command by its name on the wire, such as TCMQTTPUB, and its forms by kind."""

    name: str
    section: str
    group: str
    title: Text
    forms: Mapping[str, Form]
    about: Text = NOTHING
    since: str = ""
    aliases: tuple[str, ...] = ()


class Urc(NamedTuple):
    """A line that the module sends by itself. errors, reason: tables of its code and sub-code. advice: what to do."""

    name: str
    section: str
    group: str
    event: str
    title: Text
    about: Text = NOTHING
    advice: Text = NOTHING
    since: str = ""
    aliases: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    errors: tuple[str, ...] = ()
    reason: str = ""
    plain: bool = False
    boot: bool = False

    @property
    def heads(self) -> tuple[str, ...]:
        """What its line begins with."""
        sign = "" if self.plain else "+"
        return tuple(sign + name for name in (self.name, *self.aliases))

    @property
    def counted(self) -> bool:
        """Is it a message, whose announced length decides where it ends?"""
        return any(field.kind == "counted" for field in self.fields)
