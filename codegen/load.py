"""spec/commands.yaml (and an overlay) → model.Spec, or a SpecError that names file and line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from codegen.model import (
    FORMS,
    KINDS,
    REPLIES,
    SUFFIX,
    Answer,
    Code,
    Command,
    Enum,
    Field,
    Form,
    Group,
    Package,
    Revision,
    Spec,
    State,
    Table,
    Urc,
    Words,
)
from codegen.strict import Fields, Node, overlay, read

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[1]
COMMANDS = ROOT / "spec" / "commands.yaml"
MODULES = {path.stem: path for path in sorted((ROOT / "runtime/micropython").glob("*.py"))}
INT32 = (-(2**31), 2**31 - 1)  # what the module reads as a number
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*\Z")


def load(path: Path = COMMANDS, overlays: tuple[Path, ...] = ()) -> Spec:
    """The transcription in `path` with each overlay laid over it in turn."""
    root = read(path)
    for extra in overlays:
        root = overlay(root, read(extra))
    return Loader(root).spec


def words(node: Node) -> Words:
    f = node.fields()
    found = Words(f.get("en", Node.text, ""), f.get("zh", Node.text, ""))
    f.done()
    return found


NO_NAMES: tuple[str, ...] = ()
NO_FIELDS: tuple[Field, ...] = ()


def names(node: Node) -> tuple[str, ...]:
    """A word, or a list of words."""
    return tuple(n.text() for n in node.items()) if isinstance(node.value, list) else (node.text(),)


def numbers(node: Node) -> tuple[int, ...]:
    return tuple(n.integer() for n in node.items())


def table(node: Node, make: Callable[[str, Node], T]) -> dict[str, T]:
    return {key: make(key, value) for key, value in node.mapping().items()}


def span(key: str, node: Node) -> set[int]:
    """The numbers of a key: one, or a range such as 15..22."""
    here = Node(key, node.where)
    low, high = here.span() if ".." in key else (here.integer(), here.integer())
    return set(range(low, high + 1))


def each_number(node: Node, make: Callable[[int, Node], T]) -> dict[int, T]:
    """One entry for each number, and for each of a range such as 15..22."""
    found: dict[int, T] = {}
    for key, value in node.mapping().items():
        for number in sorted(span(key, value)):
            if number in found:
                raise value.fail(f"the code {number} is here twice")
            found[number] = make(number, value)
    return found


def code(number: int, node: Node) -> Code:
    f = node.fields()
    found = Code(
        number, f.get("name", Node.text, ""), f.need("en", Node.text), f.need("zh", Node.text)
    )
    f.done()
    return found


class Loader:
    """Reads top to bottom; what later parts name must have been declared before."""

    def __init__(self, root: Node) -> None:
        f = root.fields()
        manual = f.need("manual", lambda n: {k: v.text() for k, v in n.mapping().items()})
        self.revisions = f.need("revisions", lambda n: table(n, self.revision))
        self.groups = f.need("groups", lambda n: table(n, self.group))
        self.packages: dict[str, Package] = {}
        f.get("packages", lambda n: table(n, self.package), {})
        self.states = f.need("states", lambda n: table(n, self.state))
        self.errors = f.need("errors", lambda n: table(n, self.numbers))
        self.reasons = f.get("reasons", lambda n: table(n, self.numbers), {})
        answers = f.get("answers", lambda n: table(n, self.answer), {})
        self.enums = f.need("enums", lambda n: table(n, self.enum))
        self.calls: dict[str, str] = {}
        commands = f.need("commands", lambda n: table(n, self.command))
        urcs = f.need("urcs", lambda n: table(n, self.urc))
        f.done()
        self.spec = Spec(
            manual,
            self.revisions,
            self.groups,
            self.packages,
            self.states,
            self.enums,
            self.errors,
            self.reasons,
            answers,
            commands,
            urcs,
            letters(self.errors),
        )

    def revision(self, name: str, node: Node) -> Revision:
        f = node.fields()
        found = Revision(
            name,
            f.need("date", Node.text),
            Words(f.need("en", Node.text), f.need("zh", Node.text)),
        )
        f.done()
        return found

    def group(self, name: str, node: Node) -> Group:
        f = node.fields()
        found = Group(
            name,
            f.need("title", words),
            f.need("section", Node.text),
            f.get("ok", printer, ""),
        )
        f.done()
        return found

    def package(self, name: str, node: Node) -> Package:
        f = node.fields()
        found = Package(
            name,
            f.need("title", words),
            f.get("extends", self.known("package", self.packages), ""),
            f.get("groups", self.several("group", self.groups), ()),
            f.get("also", names, NO_NAMES),
            f.get("modules", self.several("module", MODULES), ()),
        )
        f.done()
        self.packages[name] = found
        return found

    def state(self, name: str, node: Node) -> State:
        f = node.fields()
        found = State(name, f.need("values", names), f.need("refusal", Node.integer))
        f.done()
        return found

    def numbers(self, name: str, node: Node) -> Table:
        f = node.fields()
        title, section = f.get("title", words, Words()), f.get("section", Node.text, "")
        codes = f.need("codes", lambda n: each_number(n, code))
        unlisted = f.get("unlisted", lambda n: each_number(n, code), {})
        advice = f.get("advice", lambda n: self.advice(n, {**codes, **unlisted}), {})
        f.done()
        for number in unlisted.keys() & codes.keys():
            raise node.fail(f"{name} has the code {number} twice")
        return Table(name, title, section, codes, unlisted, advice)

    def advice(self, node: Node, codes: Mapping[int, Code]) -> dict[int, Words]:
        """What to do about each code; a range is for those of its numbers that the table has."""
        found: dict[int, Words] = {}
        for key, value in node.mapping().items():
            known = span(key, value) & codes.keys()
            if not known:
                raise value.fail(f"advice for {key}, and the table has no such code")
            if known & found.keys():
                raise value.fail(f"advice for {min(known & found.keys())} is here twice")
            found.update(dict.fromkeys(sorted(known), words(value)))
        return found

    def answer(self, name: str, node: Node) -> Answer:
        f = node.fields()
        found = Answer(
            name,
            f.need("section", Node.text),
            f.need("title", words),
            f.get("aliases", names, NO_NAMES),
            f.get("advice", words, Words()),
        )
        f.done()
        return found

    def enum(self, name: str, node: Node) -> Enum:
        f = node.fields()
        values = f.need(
            "values",
            lambda n: {Node(k, v.where).integer(): v.text() for k, v in n.mapping().items()},
        )
        f.done()
        return Enum(name, values)

    def known(self, what: str, where: Mapping[str, object]) -> Callable[[Node], str]:
        def check(node: Node) -> str:
            if node.text() not in where:
                raise node.fail(
                    f"no {what} is called {node.text()!r}; there are: {', '.join(where)}"
                )
            return node.text()

        return check

    def several(self, what: str, where: Mapping[str, object]) -> Callable[[Node], tuple[str, ...]]:
        check = self.known(what, where)
        return lambda node: tuple(check(item) for item in node.items())

    def head(self, f: Fields) -> dict[str, object]:
        """What commands and URCs say of themselves."""
        return {
            "section": f.need("section", Node.text),
            "group": f.need("group", self.known("group", self.groups)),
            "since": f.get("since", self.known("revision", self.revisions), ""),
            "title": f.need("title", words),
            "about": f.get("about", words, Words()),
            "aliases": f.get("aliases", names, NO_NAMES),
            "always": f.get("always", Node.flag, False),
        }

    def command(self, name: str, node: Node) -> Command:
        f = node.fields()
        head = self.head(f)
        group = self.groups[str(head["group"])]
        forms = {}
        for kind in FORMS:
            form = f.get(kind, lambda n, k=kind: self.form(name, k, n, group), None)  # type: ignore[misc]
            if form is not None:
                forms[kind] = form
        f.done()
        if not forms:
            raise node.fail(f"{name} has none of the forms {', '.join(FORMS)}")
        return Command(name=name, forms=forms, **head)  # type: ignore[arg-type]

    def form(self, name: str, kind: str, node: Node, group: Group) -> Form:
        f = node.fields()
        call = "" if kind == "test" else f.need("call", self.call)
        args = f.get("args", lambda n: tuple(self.field(a, True) for a in n.items()), NO_FIELDS)
        text = f.get("text", lambda n: n, None)
        labels, sample = {}, ""
        if text is not None and kind == "test":
            sample = text.text()
        elif text is not None:
            labels = {k: v.text() for k, v in text.mapping().items()}
        timeout, argument = f.get("timeout", self.timeout(args), (5.0, ""))
        form = Form(
            kind=kind,
            call=call,
            line=f.get("line", Node.text, f"AT+{name}{SUFFIX[kind]}"),
            args=args,
            reply=f.need("reply", replies),
            maybe=f.get("maybe", replies, ()),
            linger=f.get("linger", Node.number, 0.0),
            ok=f.get("ok", printer, group.ok or ("bare" if kind == "set" else "framed")),
            row=f.get("row", lambda n: tuple(self.field(a, False) for a in n.items()), ()),
            labels=labels,
            sample=sample,
            heads=f.get("heads", names, ()),
            errors=f.get("errors", self.several("error table", self.errors), ()),
            reason=f.get("reason", self.known("reason table", self.reasons), ""),
            timeout=timeout,
            timeout_argument=argument,
            requires=f.get("requires", self.requires, {}),
        )
        f.done()
        self.judge(form, node)
        return form

    def judge(self, form: Form, node: Node) -> None:
        """What no single key can tell."""
        raw = [arg for arg in form.args if arg.kind == "raw"]
        if bool(raw) != ("prompt" in form.reply) or len(raw) > 1:
            raise node.fail("a raw argument and a prompt go together, once")
        if bool(form.row) != bool({"row", "rows"} & {*form.reply, *form.maybe}):
            raise node.fail("`row` goes with the reply words row or rows")
        if set(form.maybe) - {"ok", "row"}:
            raise node.fail("only an ok or a row may be paid or not")
        kinds = [field.kind for field in form.row]
        if "name" in kinds:
            k = kinds.index("name")
            beside = {*kinds[k + 1 :], *(kind for kind in kinds[:k] if kind != "string")}
            if beside - {"int", "hex"} or not form.row[k].high:
                raise node.fail(
                    "a name needs its bytes, numbers or hex digits behind it, and strings only before it"
                )
        seen = False
        for arg in form.args:
            if seen and not arg.optional:
                raise node.fail(
                    f"{arg.name} follows an optional argument, so it must be optional too"
                )
            seen = arg.optional

    def call(self, node: Node) -> str:
        name = node.text()
        if not IDENTIFIER.match(name):
            raise node.fail(f"{name!r} is no method name")
        if name in self.calls:
            raise node.fail(f"the call {name!r} is already at {self.calls[name]}")
        self.calls[name] = node.where
        return name

    def timeout(self, args: tuple[Field, ...]) -> Callable[[Node], tuple[float, str]]:
        def value(node: Node) -> tuple[float, str]:
            if isinstance(node.value, str):
                return node.number(), ""
            f = node.fields()
            argument = f.need(
                "argument", self.known("argument", {a.name: a for a in args if a.in_api})
            )
            plus = f.need("plus", Node.number)
            f.done()
            return plus, argument

        return value

    def requires(self, node: Node) -> dict[str, tuple[str, ...]]:
        found = {}
        for key, value in node.mapping().items():
            if key not in self.states:
                raise value.fail(f"no state is called {key!r}; there are: {', '.join(self.states)}")
            for word in names(value):
                if word not in self.states[key].values:
                    raise value.fail(
                        f"{key} is never {word!r}; it is one of: {', '.join(self.states[key].values)}"
                    )
            found[key] = names(value)
        return found

    def field(self, node: Node, argument: bool) -> Field:
        f = node.fields()
        name = f.need("name", Node.text)
        if not IDENTIFIER.match(name):
            raise node.fail(f"{name!r} is no argument name")
        kind = f.need("kind", lambda n: n.one_of(KINDS[:-2] if argument else KINDS))
        unlimited = INT32 if argument and kind == "int" else (None, None)
        least, most = f.get("range" if kind == "int" else "bytes", Node.span, (None, None))
        low, high = unlimited if least is None else (least, most)
        values = f.get("values", lambda n: n, None)
        multiple = f.get("multiple", Node.integer, 1)
        host_multiple = f.get("host_multiple", Node.integer, 1)
        step = max(multiple, host_multiple)
        allowed: tuple[int, ...] = ()
        if values is not None and kind == "int":
            allowed = numbers(values)
            low, high, step = progression(allowed, values)
        elif low is not None and step > 1:
            low = -(-low // step) * step
        found = Field(
            name=name,
            kind=kind,
            title=f.get("title", words, Words()),
            least=least,
            most=most,
            low=low,
            high=high,
            step=step,
            values=allowed,
            words=names(values) if values is not None and kind != "int" else (),
            enum=f.get("enum", self.known("enum", self.enums), ""),
            const=f.get("const", Node.integer, None),
            default=f.get("default", Node.integer, None),
            optional=f.get("optional", Node.flag, False),
            secret=f.get("secret", Node.flag, False),
            unset=f.get("unset", Node.text, "") if not argument else "",
            since=f.get("since", self.known("revision", self.revisions), ""),
            multiple=multiple,
            host_multiple=host_multiple,
        )
        f.done()
        if argument and found.in_api and found.low is None:
            raise node.fail(f"the argument {name} has no limit: give bytes")
        return found

    def urc(self, name: str, node: Node) -> Urc:
        f = node.fields()
        found = Urc(
            name=name,
            **self.head(f),  # type: ignore[arg-type]
            event=f.need("event", Node.text),
            plain=f.get("plain", Node.flag, False),
            boot=f.get("boot", Node.flag, False),
            fields=f.get("fields", lambda n: tuple(self.field(a, False) for a in n.items()), ()),
            errors=f.get("errors", self.several("error table", self.errors), ()),
            reason=f.get("reason", self.known("reason table", self.reasons), ""),
            advice=f.get("advice", words, Words()),
        )
        f.done()
        if not IDENTIFIER.match(found.event):
            raise node.fail(f"{found.event!r} is no event name")
        return found


def printer(node: Node) -> str:
    return node.one_of(("bare", "framed"))


def replies(node: Node) -> tuple[str, ...]:
    return tuple(item.one_of(REPLIES) for item in node.items())


def progression(values: tuple[int, ...], node: Node) -> tuple[int, int, int]:
    """Least, greatest and step of the allowed numbers; the table of the drivers knows no other sets."""
    step = values[1] - values[0] if len(values) > 1 else 1
    if list(values) != list(range(values[0], values[-1] + 1, max(step, 1))):
        raise node.fail("allowed numbers must rise in equal steps")
    return values[0], values[-1], step


def letters(tables: Mapping[str, object]) -> dict[str, str]:
    """A letter for each error table, for the drivers' table: the first of its name that is free (x, n: link.py)."""
    found: dict[str, str] = {}
    for name in tables:
        found[name] = next(
            c for c in name + "abcdefghijklmnopqrstuvwxyz" if c not in (*found.values(), "x", "n")
        )
    return found
