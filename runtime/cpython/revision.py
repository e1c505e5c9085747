"""A revision of the manual, as this package speaks it: its forms, tables, records. What is not the first's is imported
when it is used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from . import manual, tables
from .entries import Command, Form, Urc
from .errors import InvalidArgument, NoSuchCall
from .revisions import DEFAULT, REVISIONS

if TYPE_CHECKING:
    from .aio import AsyncModem
    from .meaning import Table
    from .modem import Modem

_FIRMWARE = re.compile(r"[_ ][vV](\d{1,3})\.(\d{1,3})")


class Revision:
    """One of REVISIONS. name: such as "V3.2.1". There is one object of each: of() returns it."""

    def __init__(self, name: str) -> None:
        self.name = name
        package = REVISIONS[name].package
        self._package = f".revisions.{package}" if package else ""

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def __reduce__(self) -> tuple[object, ...]:
        return of, (self.name,)

    def part(self, name: str) -> ModuleType:
        """One of its modules: records, events, enums, meanings, manual, tables."""
        return import_module(f"{self._package}.{name}", __package__)

    @cached_property
    def commands(self) -> Mapping[str, Command]:
        """Its commands, by their names on the wire."""
        found: Mapping[str, Command] = (
            self.part("manual").COMMANDS if self._package else manual.COMMANDS
        )
        return found

    @cached_property
    def forms(self) -> Mapping[str, Form]:
        """Call → its form."""
        found: Mapping[str, Form] = self.part("manual").FORMS if self._package else manual.FORMS
        return found

    @cached_property
    def urcs(self) -> Mapping[str, Urc]:
        """Its URCs, by their names on the wire."""
        found: Mapping[str, Urc] = self.part("manual").URCS if self._package else manual.URCS
        return found

    @cached_property
    def events(self) -> Mapping[str, Urc]:
        """Its URCs, by the names of their events."""
        return {urc.event: urc for urc in self.urcs.values()}

    @cached_property
    def letters(self) -> Mapping[str, str]:
        """The letters by which the engine's table names the error tables."""
        found: Mapping[str, str] = self.part("manual").LETTERS if self._package else manual.LETTERS
        return found

    @cached_property
    def meanings(self) -> Mapping[str, Table]:
        """What its numbers mean, by table."""
        found: Mapping[str, Table] = self.part("meanings").TABLES
        return found

    @cached_property
    def lean(self) -> Mapping[str, str]:
        """Call → its line in the engine's table."""
        after = REVISIONS[self.name].after
        text = self.part("tables").FORMS if after else tables.FORMS
        mine = {line.partition(" ")[0]: line for line in text.split("\n") if line}
        return {**of(after).lean, **mine} if after else mine

    def testable(self, command: str) -> bool:
        """Has a command, such as "TCMQTTPUB", a test form?"""
        return command in self.commands and "test" in self.commands[command].forms

    def lacks(self, call: str) -> NoSuchCall:
        """What is raised for a call that it has not: who has it."""
        for other in each():
            form = other.forms.get(call)
            if form:
                return NoSuchCall(
                    f"{call}: {self.name} has no such call, {_has(other, form.section)}"
                )
        return NoSuchCall(f"{call}: there is no such call")

    def no_attribute(self, owner: object, name: str) -> AttributeError:
        """What is raised for an attribute that a modem has not."""
        if not name.startswith("_") and any(name in other.forms for other in each()):
            return self.lacks(name)
        return AttributeError(f"{type(owner).__name__!r} object has no attribute {name!r}")

    def cannot_test(self, command: str) -> str:
        """Who has the test form that this one lacks, in words; "" where nobody has."""
        for other in each():
            if other.testable(command):
                return (
                    f"{self.name} has no {command}, {_has(other, other.commands[command].section)}"
                )
        return ""

    def modem(self) -> type[Modem]:
        """Its blocking modem."""
        found: type[Modem] = import_module(self._package or ".modem", __package__).Modem
        return found

    def async_modem(self) -> type[AsyncModem]:
        """Its modem for asyncio."""
        kind: type[AsyncModem] = self.modem()._kind
        return kind


def _has(other: Revision, section: str) -> str:
    return (
        f"{other.name} has (manual {section}):"
        f" open the module with revision={other.name!r} if it speaks that"
    )


_made: dict[str, Revision] = {}


def of(name: str) -> Revision:
    """A revision by its name; InvalidArgument where there is none."""
    name = str(name)
    if name not in _made:
        if name not in REVISIONS:
            raise InvalidArgument(
                f"revision must be one of {', '.join(REVISIONS)}, or None to ask the module: {name!r:.40}"
            )
        _made[name] = Revision(name)
    return _made[name]


def each() -> Iterable[Revision]:
    """All of them, in their order."""
    return map(of, REVISIONS)


def told_by(lines: Iterable[str]) -> tuple[Revision, str]:
    """What a module speaks that answers TCVER or TCMODULE so; and, in words, why that is not certain, or "".

    A firmware that no manual is known for speaks as the nearest older one.
    """
    for line in lines:
        found = _FIRMWARE.search(line)
        if found:
            break
    else:
        return FIRST, f"the module does not say which firmware it has: it is spoken to as {DEFAULT}"
    version = int(found[1]), int(found[2])
    nearest = FIRST
    for revision in each():
        if REVISIONS[revision.name].least <= version:
            nearest = revision
    entry = REVISIONS[nearest.name]
    if entry.least <= version <= entry.most:
        return nearest, ""
    return nearest, (
        f"firmware {found[1]}.{found[2]} is not known here: it is spoken to as {nearest.name},"
        f" the {'nearest older' if entry.least <= version else 'oldest'} revision"
    )


FIRST: Revision = of(DEFAULT)
