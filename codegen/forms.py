"""A form of a command, read and judged: what could not work is refused where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping

from codegen import names
from codegen.fields import ROWS, argument, chosen, distinct, value, when
from codegen.known import Known, identifier, one, several, texts, type_of, words
from codegen.model import REPLIES, SUFFIX, Answer, Command, Field, Form, Group, State, Words
from codegen.strict import Fields, Node, similar

COMMAND = re.compile(r"[A-Z][A-Z0-9_]*")
HEAD = re.compile(r"\+?[A-Z][A-Z0-9_]*")
LINE = re.compile(r"AT[!-+\--9;-~]*")  # neither blank nor , nor : which part the engine's table
SECTION = re.compile(r"[1-9][0-9]?(\.[0-9]{1,2}){0,3}")


def form(name: str, kind: str, node: Node, group: Group, known: Known) -> Form:
    f = node.fields()
    asks = kind != "test"
    call = f.need("call", lambda n: call_name(n, known)) if asks else ""
    args: tuple[Field, ...] = ()
    if kind == "set":
        args = f.need("args", lambda n: distinct(tuple(argument(a, known) for a in n.items()), n))
    reply = f.need("reply", replies)
    row = f.get("row", lambda n: row_of(n, known), ()) if asks else ()
    labels = f.get("text", labels_of, {}) if asks else {}
    timeout, waits = f.get("timeout", lambda n: timeout_of(n, args), (5.0, ""))
    found = Form(
        kind=kind,
        call=call,
        line=f.get("line", lambda n: line_of(n, kind), f"AT+{name}{SUFFIX[kind]}"),
        args=args,
        reply=reply,
        maybe=f.get("maybe", replies, ()) if asks else (),
        linger=f.get("linger", Node.seconds, 0.0) if asks else 0.0,
        again=f.get("again", Node.flag, False) if asks else False,
        ok=f.get("ok", printer, group.ok or ("bare" if kind == "set" else "framed")),
        fail=f.get("fail", lambda n: n.one_of(("bare",)), "") if asks else "",
        complaint=f.get("complaint", complaint, "") if kind == "set" else "",
        row=row,
        labels=labels,
        sample="" if asks else f.get("text", Node.text, ""),
        heads=f.get("heads", texts(HEAD, "head of an answer, such as +NAME"), ()) if asks else (),
        errors=f.get("errors", several("error table", known.errors), ()),
        reason=f.get("reason", one("reason table", known.reasons), "") if asks else "",
        timeout=timeout,
        timeout_argument=waits,
        requires=f.get("requires", lambda n: requires(n, known.states), {}),
        since=node.since,
        when=f.get("when", when, {}) if kind == "set" else {},
    )
    f.done()
    judge_form(found, node)
    known.claim("line", found.line, node)
    if found.labels or (found.row and len(found.row) > 1):
        type_of("call", "record", call, node, known)
    return found


def judge_form(form: Form, node: Node) -> None:
    """What no single key can tell."""
    at = node.mapping().get("when", node)
    chosen(form.when, form.args, at)
    if form.when and not form.requires:
        raise at.fail("`when` says for which argument `requires` holds: there is none")
    raw = [arg for arg in form.args if arg.kind == "raw"]
    if bool(raw) != ("prompt" in form.reply) or len(raw) > 1:
        raise node.fail("a raw argument and a prompt go together, once")
    if raw and form.args[-1] is not raw[0]:
        raise node.fail(f"the raw argument {raw[0].name} comes last: its length ends the line")
    if bool(form.row) != bool({"row", "rows"} & {*form.reply, *form.maybe}):
        raise node.fail("`row` goes with the reply words row or rows")
    if (form.labels or form.sample) and "text" not in form.reply:
        raise node.fail("`text` goes with the reply word text")
    if form.row and form.labels:
        raise node.fail("`row` or `text`: an answer is read one way")
    if set(form.maybe) - {"ok", "row"}:
        raise node.fail("only an ok or a row may be paid or not")
    if form.fail and "result" not in form.reply:
        raise node.fail("`fail` goes with the reply word result")
    if "row" in form.maybe and {"row", "rows"} & set(form.reply):
        raise node.fail("a row is owed, or may come: not both")
    if form.linger and "ok" not in form.maybe:
        raise node.fail("`linger` goes with `maybe: [ok]`: there is nothing else to listen for")


def call_name(node: Node, known: Known) -> str:
    return known.claim("call", identifier(node, "call", names.calls()), node)


def replies(node: Node) -> tuple[str, ...]:
    found = tuple(item.one_of(REPLIES) for item in node.unique())
    if {"row", "rows"} <= set(found):
        raise node.fail("row or rows, not both")
    return found


def row_of(node: Node, known: Known) -> tuple[Field, ...]:
    fields = distinct(tuple(value(each, known, ROWS, "Record") for each in node.items()), node)
    for each in fields[:-1]:
        if each.kind == "raw":
            raise node.fail(f"{each.name} is raw, so it comes last: its bytes end the line")
    kinds = [each.kind for each in fields]
    if "name" in kinds:
        at = kinds.index("name")
        # What may be missing stands behind a number: else it could be a part of the name.
        behind = [
            each.kind
            for each in fields[at + 1 :]
            if not (each.optional and at + 1 < fields.index(each))
        ]
        beside = {*behind, *(kind for kind in kinds[:at] if kind != "string")}
        if beside - {"int", "hex"}:
            raise node.fail(
                "beside a name: strings and numbers before it, numbers and hex digits behind it"
            )
    if sum(bool(each.unset) for each in fields) + ("name" in kinds) > 1:
        raise node.fail("one name or one `unset` in a row: the engine's table holds no more")
    return fields


def labels_of(node: Node) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, each in node.filled().items():
        name = identifier(Node(key, each.where), "field name", names.fields("Labelled"))
        label = each.text()
        if ":" in label or label != label.strip():
            raise each.fail(
                f"{label!r} is what stands before the colon, without it and without blanks around"
            )
        if label in found.values():
            raise each.fail(f"the label {label!r} is here twice")
        found[name] = label
    return found


def line_of(node: Node, kind: str) -> str:
    line = node.matching(LINE, "line: AT and what follows, without blank, comma or colon")
    if (kind == "set") != line.endswith("="):
        raise node.fail(
            f"the line of a {kind} form {'ends' if kind == 'set' else 'does not end'} in ="
        )
    return line


def timeout_of(node: Node, args: tuple[Field, ...]) -> tuple[float, str]:
    if isinstance(node.value, str):
        return node.seconds(), ""
    f = node.fields()
    numbers = {arg.name: arg for arg in args if arg.in_api and arg.kind == "int"}
    name = f.need("argument", one("argument that is a number", numbers))
    plus = f.need("plus", Node.seconds)
    f.done()
    return plus, name


def requires(node: Node, states: Mapping[str, State]) -> dict[str, tuple[str, ...]]:
    found = {}
    for key, each in node.filled().items():
        one("state", states)(Node(key, each.where))
        wanted = each.unique() if isinstance(each.value, list) else [each]
        for item in wanted:
            if item.text() not in states[key].values:
                there = ", ".join(states[key].values)
                hint = similar(item.text(), states[key].values)
                raise item.fail(f"{key} is never {item.text()!r}; it is one of: {there}{hint}")
        found[key] = tuple(item.text() for item in wanted)
    return found


def printer(node: Node) -> str:
    return node.one_of(("bare", "framed"))


def complaint(node: Node) -> str:
    return node.one_of(("core",))


def heads_of(command: Command, node: Node, known: Known) -> None:
    """The heads of a command's answers are its own."""
    for each in {
        command.name,
        *command.aliases,
        *(h.lstrip("+") for f in command.forms.values() for h in f.heads),
    }:
        known.claim("head of an answer", each, node)


def results(commands: Mapping[str, Command], answers: Mapping[str, Answer], root: Node) -> None:
    """The link knows a result by the answers OK and FAIL."""
    owed = [
        f"{command.name} {kind}"
        for command in commands.values()
        for kind, form in command.forms.items()
        if "result" in form.reply
    ]
    for word, says in (("OK", "ok"), ("FAIL", "refused")):
        if owed and (word not in answers or answers[word].says != says):
            raise root.mapping().get("answers", root).fail(
                f"{owed[0]} owes a result, which is +NAME:OK or +NAME:FAIL:"
                f" the answer {word} that says {says} must be here"
            )


def head(f: Fields, known: Known, aliases: re.Pattern[str]) -> dict[str, object]:
    """What commands and URCs say of themselves."""
    return {
        "section": f.need("section", section),
        "group": f.need("group", one("group", known.groups)),
        "since": f.get("since", one("revision", known.revisions), f.node.since),
        "title": f.need("title", words),
        "about": f.get("about", words, Words()),
        "aliases": f.get("aliases", texts(aliases, "name on the wire, without its plus sign"), ()),
        "always": f.get("always", Node.flag, False),
    }


def section(node: Node) -> str:
    return node.matching(SECTION, "section of the manual, such as 3.4")
