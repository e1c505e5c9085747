"""The revisions that one wheel speaks: what each has otherwise than the one below, as a package of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from codegen import facade, tables
from codegen.model import Command, Enum, Field, Form, Spec, Table, Urc
from codegen.names import camel
from codegen.strict import SpecError

ROOT = ""  # the package of the first revision


@dataclass(frozen=True)
class Step:
    """A revision, the one that it is laid over, and how that came to be; none for the first.

    below: the package of what it is laid over, in `revisions` of the desktop's.
    """

    spec: Spec
    before: Spec
    parent: Step | None = None

    @property
    def below(self) -> str:
        return self.parent.place if self.parent else ROOT

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def place(self) -> str:
        return place(self.name)

    @property
    def under(self) -> str:
        """The package below, as one of its modules is imported from here: "...", "..v3_2_0."."""
        return f"..{self.below}." if self.below else "..."

    @cached_property
    def enums(self) -> Mapping[str, Enum]:
        """Those that are new, or have other names."""
        return other(self.spec.enums, self.before.enums)

    @cached_property
    def commands(self) -> Mapping[str, Command]:
        return {
            name: command
            for name, command in self.spec.commands.items()
            if command != self.before.commands.get(name) or self._renamed(fields_of(command))
        }

    @cached_property
    def urcs(self) -> Mapping[str, Urc]:
        return other(self.spec.urcs, self.before.urcs)

    @cached_property
    def errors(self) -> Mapping[str, Table]:
        """Tables of both kinds that differ."""
        return other(
            {**self.spec.errors, **self.spec.reasons},
            {**self.before.errors, **self.before.reasons},
        )

    @cached_property
    def events(self) -> dict[str, Urc]:
        """URCs whose event is another, or whose numbers mean something else."""
        return {
            urc.name: urc
            for urc in self.spec.urcs.values()
            if urc.fields
            and not urc.counted
            and (
                urc.name in self.urcs
                or {*urc.errors, urc.reason} & self.errors.keys()
                or self._renamed(urc.fields)
            )
        }

    @cached_property
    def records(self) -> list[Form]:
        """The forms whose record is new, or another."""
        old = {form.call: form for form in facade.records(self.before)}
        return [form for form in facade.records(self.spec) if self._recorded(form, old)]

    def _recorded(self, form: Form, old: Mapping[str, Form]) -> bool:
        before = old.get(form.call)
        return (
            before is None
            or (form.row, form.labels, form.line) != (before.row, before.labels, before.line)
            or self._renamed(form.row)
        )

    @cached_property
    def shared_records(self) -> list[str]:
        """The records that are as they were."""
        mine = {form.call for form in self.records}
        return [camel(f.call) for f in facade.records(self.spec) if f.call not in mine]

    @cached_property
    def shared_events(self) -> list[str]:
        return [
            camel(urc.event)
            for urc in self.spec.urcs.values()
            if urc.fields and not urc.counted and urc.name not in self.events
        ]

    @cached_property
    def facade(self) -> Spec:
        """The transcription with those forms alone whose method is another."""
        found = {}
        for name, command in self.commands.items():
            forms = {
                kind: form for kind, form in command.forms.items() if self._differs(command, form)
            }
            if forms:
                found[name] = replace(command, forms=forms)
        return replace(self.spec, commands=found)

    def _differs(self, command: Command, form: Form) -> bool:
        old = self.before.commands.get(command.name)
        was = old.forms.get(form.kind) if old else None
        if not form.call or old is None or was is None:
            return bool(form.call)
        told = (command.title, command.section)
        if not facade.queries(command, form):
            told += (command.about,)  # type: ignore[assignment]
        tells = (old.title, old.section)
        if not facade.queries(old, was):
            tells += (old.about,)  # type: ignore[assignment]
        one = form.call in {each.call for each in self.records} or (
            facade.single(form) and bool(form.row) and form.row != was.row
        )
        return told != tells or form != was or one or self._renamed((*form.args, *form.row))

    def _renamed(self, fields: tuple[Field, ...]) -> bool:
        return any(field.enum in self.enums for field in fields)

    @cached_property
    def gone(self) -> list[str]:
        """The calls that were there before."""
        return [call for call in calls(self.before) if call not in calls(self.spec)]

    def extends(self, form: Form) -> bool:
        """Has its record what the one before has, and perhaps more at the end?"""
        old = calls(self.before).get(form.call)
        if old is None or bool(old.labels) != bool(form.labels):
            return False
        if form.labels:
            return set(old.labels) <= set(form.labels)
        return old in facade.records(self.before) and wider(old.row, form.row)

    @property
    def record_fields(self) -> list[Field]:
        """The fields that the records of this step name."""
        return [field for form in self.records for field in self.own_fields(form)]

    def own_fields(self, form: Form) -> list[Field]:
        """The fields of a record that the one below has not, or not so."""
        return own(self._row(form), form.row)

    def own_labels(self, form: Form) -> list[str]:
        old = calls(self.before)[form.call].labels if self.extends(form) else ()
        return [name for name in form.labels if name not in old]

    def _row(self, form: Form) -> tuple[Field, ...]:
        return calls(self.before)[form.call].row if self.extends(form) else ()

    def own_event_fields(self, urc: Urc) -> list[Field]:
        return own(self.before.urcs[urc.name].fields if self.event_extends(urc) else (), urc.fields)

    def event_extends(self, urc: Urc) -> bool:
        old = self.before.urcs.get(urc.name)
        return old is not None and old.event == urc.event and wider(old.fields, urc.fields)

    def overrides(self, form: Form) -> bool:
        """Is its method another in a way that no checker takes for more of the same?"""
        old = calls(self.before).get(form.call)
        if old is None:
            return False
        if self.parent and self.parent.overrides(old):
            return True
        if old.reply != form.reply and facade.result(old) != facade.result(form):
            return True
        new = form.call in {each.call for each in self.records}
        if new and (not self.extends(form) or "rows" in form.reply):
            return True
        if not new and facade.result(old) != facade.result(form):
            return True
        mine, theirs = form.api, old.api
        names = [arg.name for arg in mine]
        if names[: len(theirs)] != [arg.name for arg in theirs]:
            return True
        if any(not facade.default(arg) for arg in mine[len(theirs) :]):
            return True
        pairs = zip(mine, theirs, strict=False)
        return any(
            (facade.annotation(a).split(" | ")[-1] != "None" and "None" in facade.annotation(b))
            or bool(facade.default(b)) > bool(facade.default(a))
            or a.kind == "int" != b.kind
            for a, b in pairs
        )

    @cached_property
    def lines(self) -> dict[str, str]:
        """Call → its line in the engine's table, where that is another."""
        old = {
            form.call: tables.line(self.before, form, h) for _, form, h in tables.each(self.before)
        }
        new = {form.call: tables.line(self.spec, form, h) for _, form, h in tables.each(self.spec)}
        return {call: line.rstrip(" ") for call, line in new.items() if old.get(call) != line}


def place(name: str) -> str:
    """A revision's package: V3.2.1 is v3_2_1."""
    return name.lower().replace(".", "_").replace("-", "_")


def calls(spec: Spec) -> dict[str, Form]:
    return {
        form.call: form
        for command in spec.commands.values()
        for form in command.forms.values()
        if form.call
    }


def fields_of(command: Command) -> tuple[Field, ...]:
    return tuple(f for form in command.forms.values() for f in (*form.args, *form.row))


def other(new: Mapping, old: Mapping) -> dict:  # type: ignore[type-arg]
    """What is new, or not as it was."""
    return {name: each for name, each in new.items() if each != old.get(name)}


def own(old: tuple[Field, ...], new: tuple[Field, ...]) -> list[Field]:
    """The fields that are new, or of another type."""
    there = {field.name: facade.value(field) for field in old}
    return [field for field in new if there.get(field.name) != facade.value(field)]


def wider(old: tuple[Field, ...], new: tuple[Field, ...]) -> bool:
    """Are the fields of before there, each as it was or narrower, and all further ones optional?"""
    names = [field.name for field in new]
    if names[: len(old)] != [field.name for field in old]:
        return False
    same = all(
        facade.value(was) == facade.value(now)
        or facade.value(now) in facade.value(was).split(" | ")
        for was, now in zip(old, new, strict=False)
    )
    return same and all(field.optional for field in new[len(old) :])


def steps(first: Spec, others: Mapping[str, tuple[str, Spec]]) -> list[Step]:
    """A step for each of the others: name → what it is laid over, and itself; those below first.

    SpecError where they cannot live in one package: what a line begins with is told by one table.
    """
    found: list[Step] = []
    ready: dict[str, tuple[Step | None, Spec]] = {first.name: (None, first)}
    waiting = dict(others)
    while waiting:
        name = next(name for name, (after, _) in waiting.items() if after in ready)
        after, spec = waiting.pop(name)
        parent, before = ready[after]
        found.append(Step(spec, before, parent))
        ready[name] = found[-1], spec
        _judged(first, spec)
    return found


def _judged(first: Spec, spec: Spec) -> None:
    if spec.letters != {**spec.letters, **first.letters}:
        raise SpecError(f"{spec.name}: its error tables do not begin as those of {first.name}")
    if spec.wire != first.wire:
        raise SpecError(f"{spec.name}: its lines take other bytes than those of {first.name}")
    known = dict(_words(first))
    for word, what in _words(spec):
        if known.get(word, what) != what:
            raise SpecError(
                f"{spec.name}: the event of {word} is {what!r}, and {known[word]!r} in {first.name}:"
                " one package has one name for it"
            )


def _words(spec: Spec) -> Iterator[tuple[str, str]]:
    for urc in spec.urcs.values():
        for head in tables.heads(urc):
            yield head, tables.event(urc)
