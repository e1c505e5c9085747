# Copied from runtime/cpython/wire/book.py: edit that.
"""What any revision says: the first's commands, URCs and numbers, and what later ones have beside them.

A line on the wire does not tell who speaks: where several say something, the first of them has the word.
"""

from __future__ import annotations

from ..entries import Command, Form, Urc
from ..meaning import Table
from ..meanings import ANSWERS as ANSWERS
from ..revision import each

COMMANDS: dict[str, Command] = {}
FORMS: dict[str, Form] = {}
URCS: dict[str, Urc] = {}
LETTERS: dict[str, str] = {}
TABLES: dict[str, Table] = {}
LEAN: dict[str, str] = {}  # call → its line in the engine's table
SINCE: dict[str, str] = {}  # command → the first revision that has it
EVERY_FORM: list[Form] = []  # as each revision has it


def _read() -> None:
    for revision in each():
        for name, command in revision.commands.items():
            SINCE.setdefault(name, revision.name)
            known = COMMANDS.setdefault(name, command)
            more = {kind: form for kind, form in command.forms.items() if kind not in known.forms}
            if more:
                COMMANDS[name] = known._replace(forms={**known.forms, **more})
            EVERY_FORM.extend(command.forms.values())
        for name, urc in revision.urcs.items():
            URCS.setdefault(name, urc)
        for name, table in revision.meanings.items():
            first = TABLES.setdefault(name, table)
            codes = {**table.codes, **first.codes}
            unlisted = {**table.unlisted, **first.unlisted}
            TABLES[name] = first._replace(codes=codes, unlisted=unlisted)
        for letter, name in revision.letters.items():
            LETTERS.setdefault(letter, name)
        for call, line in revision.lean.items():
            LEAN.setdefault(call, line)
    forms = (form for command in COMMANDS.values() for form in command.forms.values())
    FORMS.update((form.call, form) for form in forms if form.call)


_read()
