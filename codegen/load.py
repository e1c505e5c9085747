"""spec/commands.yaml (and an overlay) → model.Spec, or a SpecError that names file and line."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path
from typing import TypeVar

from codegen import names
from codegen.fields import URCS, distinct, value
from codegen.forms import COMMAND, complaint, form, head, heads_of, printer, results, section
from codegen.known import IDENTIFIER, Known, one, several, texts, type_of, words
from codegen.layer import Layers
from codegen.model import (
    FORMS,
    Answer,
    Code,
    Command,
    Enum,
    Field,
    Group,
    Package,
    Revision,
    Spec,
    State,
    Table,
    Urc,
    Wire,
    Words,
)
from codegen.paths import COMMANDS, RUNTIME, SHELLS
from codegen.strict import Node, SpecError
from codegen.tables import doors

T = TypeVar("T")
MODULES = {
    path.stem: path
    for room in ("micropython", "procedures")
    for path in sorted((RUNTIME / room).glob("*.py"))
    if path.stem not in chain(*SHELLS.values())  # joined to others
}
REVISION = re.compile(r"V[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}|[A-Z][A-Z0-9]{2,15}")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
PACKAGE = re.compile(r"tcat-[a-z][a-z0-9-]*")
STATE = re.compile(r"[a-z][a-z0-9_]*")
SYMBOL = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
ESCAPES = re.compile(r"(?:([!-+\--/:-@\[-`{-~,])(?!.*\1))+")
VERSIONS = re.compile(r"\d{1,3}\.\d{1,3}(\.\.\d{1,3}\.\d{1,3})?")
TYPE = re.compile(r"[A-Z][A-Za-z0-9]*")
URC = re.compile(r"[A-Z][A-Z0-9_ ]*[A-Z0-9_]")
PLAIN = re.compile(
    r"[!-*\--<>-~]([ -+\--<>-~]*[!-+\--<>-~])?"
)  # no , and no = which part the engine's table
CODES = 1000  # of one range
LETTERS = "abcdefghijklmopqrstuvwyz"  # of error tables; x and n are the engine's


def load(path: Path = COMMANDS, overlays: tuple[Path, ...] = (), revision: str = "") -> Spec:
    """The transcription in `path` as `revision` has it (its own, unless said), with each overlay laid over it."""
    layers = Layers(path, revision, overlays)
    root = layers.root()
    try:
        return Loader(root, layers).spec
    except SpecError as error:
        raise layers.blamed(error) from None


def table(node: Node, make: Callable[[str, Node], T]) -> dict[str, T]:
    return {key: make(key, value) for key, value in node.mapping().items()}


def key(name: str, node: Node, pattern: re.Pattern[str], what: str) -> str:
    """The key of an entry, of a shape; complaints name the entry's line."""
    return Node(name, node.where).matching(pattern, what)


def span(name: str, node: Node) -> range:
    """The numbers of a key: one, or a range such as 15..22."""
    here = Node(name, node.where)
    low, high = here.span() if ".." in name else (here.integer(), here.integer())
    if high - low >= CODES:
        raise node.fail(f"{name} is more than {CODES} numbers: write a shorter range")
    return range(low, high + 1)


def each_number(node: Node, make: Callable[[int, Node], T]) -> dict[int, T]:
    """One entry for each number, and for each of a range such as 15..22."""
    found: dict[int, T] = {}
    for name, each in node.filled().items():
        for number in span(name, each):
            if number in found:
                raise each.fail(f"the code {number} is here twice")
            found[number] = make(number, each)
    return found


def code(number: int, node: Node) -> Code:
    f = node.fields()
    found = Code(
        number,
        f.get("name", lambda n: n.matching(SYMBOL, "symbol of the manual"), ""),
        f.need("en", Node.text),
        f.need("zh", Node.text),
        f.get("fine", Node.flag, False),
        node.since,
    )
    f.done()
    return found


def at_most(most: int) -> Callable[[Node], int]:
    """Reads a number of bytes."""

    def read(node: Node) -> int:
        number = node.integer()
        if not 16 <= number <= most:
            raise node.fail(f"16 to {most} bytes, not {number}")
        return number

    return read


def escapes(node: Node) -> str:
    """The characters that have a backslash before them, or none: the backslash itself first, which is doubled."""
    found = (
        ""
        if node.value == "none"
        else node.matching(ESCAPES, "set of escapes: none, or \\ and others, once")
    )
    return "".join(sorted(found, key=lambda each: each != "\\"))


SAYS = ("ok", "refused", "busy", "prompt", "abort")


class Loader:
    """Reads top to bottom; what later parts name must have been declared before."""

    def __init__(self, root: Node, layers: Layers) -> None:
        f = root.fields()
        self.known = known = Known()
        manual = f.need("manual", self.manual)
        known.revisions = self.revisions = f.need("revisions", lambda n: table(n, self.revision))
        if manual["revision"] not in self.revisions:
            one("revision", self.revisions)(root.mapping()["manual"].mapping()["revision"])
        known.wire = wire = f.get("wire", self.wire, Wire())
        known.groups = self.groups = f.need("groups", lambda n: table(n, self.group))
        self.packages: dict[str, Package] = {}
        self.also: list[Node] = []  # names that are declared further down
        f.get("packages", lambda n: table(n, self.package), {})
        known.states = states = f.need("states", lambda n: table(n, self.state))
        known.errors = errors = f.need("errors", lambda n: table(n, self.numbers))
        known.reasons = reasons = f.get("reasons", lambda n: table(n, self.numbers), {})
        answers = f.get("answers", lambda n: table(n, self.answer), {})
        self.doors = doors(answers, {**errors, **reasons})
        known.enums = enums = f.need("enums", lambda n: table(n, self.enum))
        commands = f.need(
            "commands", lambda n: {k: self.command(k, v) for k, v in n.filled().items()}
        )
        urcs = f.need("urcs", lambda n: table(n, self.urc))
        f.done()
        results(commands, answers, root)
        for node in self.also:
            one("command or URC", {**commands, **urcs})(node)
        if len(errors) > len(LETTERS):
            raise root.mapping()["errors"].fail(
                f"{len(errors)} error tables; {len(LETTERS)} have room"
            )
        self.spec = Spec(
            layers.name or manual["revision"],
            manual,
            self.revisions,
            self.groups,
            self.packages,
            states,
            enums,
            errors,
            reasons,
            answers,
            commands,
            urcs,
            letters(errors),
            wire,
            tuple(layers.gone),
        )

    def manual(self, node: Node) -> dict[str, str]:
        f = node.fields()
        found = {
            name: f.need(name, Node.text) for name in ("title", "revision", "module", "firmware")
        }
        if spoken := f.get(
            "firmwares", lambda n: n.matching(VERSIONS, "versions, such as 2.1 or 1.0..1.9"), ""
        ):
            found["firmwares"] = spoken
        f.done()
        return found

    def wire(self, node: Node) -> Wire:
        node.filled()
        f = node.fields()
        found = Wire(
            f.get("line", at_most(1 << 14), Wire.line),
            f.get("payload", at_most(1 << 14), Wire.payload),
            f.get("escapes", escapes, Wire.escapes),
        )
        f.done()
        return found

    def revision(self, name: str, node: Node) -> Revision:
        key(name, node, REVISION, "revision, such as V3.1.3, or edition, such as ESP32")
        f = node.fields()
        found = Revision(
            name, f.need("date", date), Words(f.need("en", Node.text), f.need("zh", Node.text))
        )
        f.done()
        return found

    def group(self, name: str, node: Node) -> Group:
        key(name, node, IDENTIFIER, "group name: small letters, digits and _")
        f = node.fields()
        found = Group(
            name,
            f.need("title", words),
            f.need("section", section),
            f.get("ok", printer, ""),
            f.get("complaint", complaint, ""),
        )
        f.done()
        return found

    def package(self, name: str, node: Node) -> Package:
        key(name, node, PACKAGE, "package name, such as tcat-mqtt")
        f = node.fields()
        found = Package(
            name,
            f.need("title", words),
            f.get("extends", one("package", self.packages), ""),
            f.get("groups", several("group", self.groups), ()),
            f.get("also", self.named_later, ()),
            f.get("modules", several("module", MODULES), ()),
        )
        f.done()
        self.packages[name] = found
        return found

    def named_later(self, node: Node) -> tuple[str, ...]:
        self.also += node.unique()
        return tuple(item.text() for item in node.items())

    def state(self, name: str, node: Node) -> State:
        key(name, node, IDENTIFIER, "state: small letters, digits and _")
        f = node.fields()
        values = f.need("values", texts(STATE, "state's value: small letters, digits and _"))
        found = State(name, values, f.need("refusal", Node.integer))
        f.done()
        return found

    def numbers(self, name: str, node: Node) -> Table:
        key(name, node, IDENTIFIER, "table's name: small letters, digits and _")
        self.known.claim("table", name, node)
        f = node.fields()
        title, where = f.get("title", words, Words()), f.get("section", section, "")
        codes = f.need("codes", lambda n: each_number(n, code))
        unlisted = f.get("unlisted", lambda n: each_number(n, code), {})
        advice = f.get("advice", lambda n: self.advice(n, {**codes, **unlisted}), {})
        heads = f.get("heads", lambda n: tuple(item.text() for item in n.unique()), ())
        f.done()
        for number in sorted(unlisted.keys() & codes.keys()):
            raise node.fail(f"{name} has the code {number} twice: listed and unlisted")
        return Table(name, title, where, codes, unlisted, advice, heads)

    def advice(self, node: Node, codes: Mapping[int, Code]) -> dict[int, Words]:
        """What to do about each code; a range is for those of its numbers that the table has."""
        found: dict[int, Words] = {}
        for name, each in node.filled().items():
            known = [number for number in span(name, each) if number in codes]
            if not known:
                raise each.fail(f"advice for {name}, and the table has no such code")
            for number in known:
                if number in found:
                    raise each.fail(f"advice for {number} is here twice")
                found[number] = words(each)
        return found

    def answer(self, name: str, node: Node) -> Answer:
        f = node.fields()
        found = Answer(
            self.known.claim("answer", Node(name, node.where).text(), node),
            f.need("says", lambda n: n.one_of(SAYS)),
            f.need("section", section),
            f.need("title", words),
            f.get("aliases", lambda n: tuple(item.text() for item in n.unique()), ()),
            f.get("advice", words, Words()),
        )
        f.done()
        for alias in found.aliases:
            self.known.claim("answer", alias, node.mapping()["aliases"])
        return found

    def enum(self, name: str, node: Node) -> Enum:
        key(name, node, TYPE, "enum's name: a capital, then letters and digits")
        if name in names.enums():
            raise node.fail(f"{name!r} can be no enum's name: {names.enums()[name]}")
        for what in ("record", "class of an event"):  # whose modules import the enums
            self.known.claim(what, name, node)
        f = node.fields()
        values: dict[int, str] = {}
        for number, member in f.need("values", Node.filled).items():
            code = Node(number, member.where).integer()
            if code in values:
                raise member.fail(f"the number {code} is here twice")
            word = member.matching(IDENTIFIER, "name of a number: small letters, digits and _")
            if word in values.values() or word == "mro":
                raise member.fail(
                    f"the name {word!r} is {'taken' if word == 'mro' else 'here twice'}"
                )
            values[code] = word
        f.done()
        return Enum(name, values)

    def command(self, name: str, node: Node) -> Command:
        key(name, node, COMMAND, "command's name: capitals, digits and _")
        f = node.fields()
        about = head(f, self.known, COMMAND)
        group = self.groups[str(about["group"])]
        made = {}
        for kind in FORMS:
            read = f.get(kind, lambda n, k=kind: form(name, k, n, group, self.known), None)  # type: ignore[misc]
            if read is not None:
                made[kind] = read
        f.done()
        if not made:
            raise node.fail(f"{name} has none of the forms {', '.join(FORMS)}")
        found = Command(name=name, forms=made, **about)  # type: ignore[arg-type]
        heads_of(found, node, self.known)
        return found

    def urc(self, name: str, node: Node) -> Urc:
        f = node.fields()
        plain = f.get("plain", Node.flag, False)
        pattern = PLAIN if plain else URC
        key(name, node, pattern, "URC's name, as it stands behind the plus sign, without , and =")
        found = Urc(
            name=name,
            **head(f, self.known, pattern),  # type: ignore[arg-type]
            event=f.need("event", self.event),
            plain=plain,
            boot=f.get("boot", Node.flag, False),
            fields=f.get("fields", self.fields, ()),
            errors=f.get("errors", several("error table", self.known.errors), ()),
            reason=f.get("reason", one("reason table", self.known.reasons), ""),
            advice=f.get("advice", words, Words()),
        )
        f.done()
        for each in (name, *found.aliases):
            if ("" if plain else "+") + each in self.doors:
                raise node.fail(f"{each!r} is an answer of the AT core, and no URC")
            self.known.claim("head of a URC", each, node)
        if found.counted and [each.kind for each in found.fields] != ["string", "counted"]:
            raise node.fail('a counted field follows one string: +NAME:"topic",length,"bytes"')
        if found.fields and not found.counted:
            type_of("event", "class of an event", found.event, node, self.known)
        return found

    def fields(self, node: Node) -> tuple[Field, ...]:
        return distinct(
            tuple(value(each, self.known, URCS, "Event") for each in node.items()), node
        )

    def event(self, node: Node) -> str:
        name = node.matching(IDENTIFIER, "event: small letters, digits and _")
        return self.known.claim("event", name, node)


def date(node: Node) -> str:
    text = node.matching(DATE, "date, such as 2019-07-19")
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        raise node.fail(f"there is no day {text}") from None
    return text


def letters(tables: Mapping[str, object]) -> dict[str, str]:
    """A letter for each error table, for the drivers' table: the first of its name that is free."""
    found: dict[str, str] = {}
    for name in tables:
        free = [c for c in name + LETTERS if c in LETTERS and c not in found.values()]
        found[name] = free[0] if free else ""
    return found
