"""All about one command: its lines, arguments and limits, what it answers, how it fails, and an example."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tencent_at import codec
from tencent_at.check import complaint
from tencent_at.entries import Command, Field, Form, Text
from tencent_at.meanings import TABLES
from tencent_at.wire.words import names

__all__ = ["example", "page", "shown"]

# What stands in an example for an argument of this name, where its kind alone would say little.
SAMPLES: dict[str, str] = {
    "topic": "CTQS08Y5LG/Dev01/data",
    "payload": '{"on":true}',
    "product_id": "CTQS08Y5LG",
    "device_name": "Dev01",
    "ssid": "Home",
    "version": "1.0.0",
}
WORDS = {
    "ok": Text("accepted", "已接受"),
    "prompt": Text("then the raw bytes", "随后发出原始字节"),
    "text": Text("lines of text", "若干行文本"),
    "result": Text("the result; FAIL with a number", "结果；FAIL 带编号"),
    "boot": Text("the module has restarted", "模组已重启"),
}


def sample(argument: Field) -> str | int:
    """A value that can travel: one by its name, or the least that its kind and limits allow."""
    if argument.kind == "int":
        if argument.default is not None:
            return argument.default
        return argument.values[0] if argument.values else argument.low
    if argument.words:
        return argument.words[0]
    if argument.kind == "base64":
        return "YWJj" * max(1, -(-argument.low // 4))
    value = SAMPLES.get(argument.name, argument.name.upper())
    return (value * (1 + argument.low // len(value)))[: max(argument.high, 1)]


def example(form: Form) -> tuple[str, str]:
    """The line on the wire, encoded by the driver itself, and the call that sends it."""
    values = [sample(each) for each in form.arguments if each.const is None]
    if not form.call:
        return form.line, ""
    assert not complaint(form, values), form.call
    _, line, payload, _ = codec.encode(codec.form(form.call), values, {})
    call = f"modem.{form.call}({', '.join(map(repr, values))})"
    secret = [str(sample(each)) for each in form.arguments if each.secret]
    text = line[:-2].decode() + (f"⏎  >  {payload.decode()}⏎" if payload else "")
    for value in secret:
        text, call = text.replace(value, "***"), call.replace(repr(value), "'***'")
    return text, call


def answers(form: Form) -> Iterator[tuple[str, Text]]:
    """What the module says, in order: a line, and what it is."""
    head = form.heads[1].lstrip("+") if len(form.heads) > 1 else form.command
    row = f"+{head}:" + ",".join(f"<{field.name}>" for field in form.row)
    for word in form.reply:
        if word in ("row", "rows"):
            yield row, Text(
                "one line" if word == "row" else "any number", "一行" if word == "row" else "若干行"
            )
        else:
            line = {"ok": "OK", "prompt": ">", "result": f"+{form.command}:OK", "boot": "ready"}
            yield line.get(word, "…"), WORDS.get(word, Text())


def _argument(argument: Field) -> dict[str, Any]:
    named = names(argument)
    return {
        "name": argument.name,
        "kind": argument.kind,
        "limits": argument.limits or None,
        "values": {str(value): named.get(str(value), "") for value in argument.values}
        or ({word: "" for word in argument.words} or named or None),
        "default": argument.default,
        "optional": argument.optional,
        "secret": argument.secret,
        "title": argument.title._asdict(),
    }


def page(command: Command) -> dict[str, Any]:
    """All about a command, in JSON's own types."""
    forms = []
    for form in command.forms.values():
        line, call = example(form)
        forms.append(
            {
                "kind": form.kind,
                "line": form.line,
                "call": form.call or None,
                "arguments": [_argument(each) for each in form.arguments if each.const is None],
                "answers": [{"line": a, "meaning": w._asdict()} for a, w in answers(form)],
                "errors": [{"table": t, **TABLES[t].title._asdict()} for t in form.errors],
                "timeout": form.timeout,
                "requires": {state: list(values) for state, values in form.requires.items()},
                "example": {"line": line, "call": call or None},
            }
        )
    return {"command": command.name, "since": command.since or None, "forms": forms}


SECRET = Text("secret", "保密")
LABELS = {
    "answers": Text("answers", "应答"),
    "errors": Text("errors", "错误"),
    "timeout": Text("time-out", "超时"),
    "needs": Text("needs", "前提"),
    "example": Text("example", "示例"),
    "default": Text("default", "默认"),
}


def shown(command: Command, languages: list[str]) -> Iterator[tuple[str, str]]:
    """The page as lines: a style, and the text."""

    def say(text: Text | dict[str, str]) -> str:
        both = text if isinstance(text, dict) else text._asdict()
        return " / ".join(both[language] for language in languages if both[language])

    for form in page(command)["forms"]:
        line, call = form["example"]["line"], form["example"]["call"]
        yield "cyan", f"  {form['line']}"
        for argument in form["arguments"]:
            values = " ".join(f"{v}={n}" if n else v for v, n in (argument["values"] or {}).items())
            facts = [say(argument["title"]), argument["limits"] or "", values]
            facts += [say(SECRET)] if argument["secret"] else []
            if argument["default"] is not None:
                facts.append(f"{say(LABELS['default'])} {argument['default']}")
            yield "", f"      {argument['name']}  {' · '.join(fact for fact in facts if fact)}"
        said = "  ".join(f"{each['line']} ({say(each['meaning'])})" for each in form["answers"])
        yield "dim", f"      {say(LABELS['answers'])}: {said}"
        if form["errors"]:
            tables = "; ".join(say({k: each[k] for k in ("en", "zh")}) for each in form["errors"])
            yield "dim", f"      {say(LABELS['errors'])}: {tables}"
        needs = ", ".join(
            f"{state} {' | '.join(values)}" for state, values in form["requires"].items()
        )
        if needs:
            yield "dim", f"      {say(LABELS['needs'])}: {needs}"
        yield "dim", f"      {say(LABELS['timeout'])}: {form['timeout']:g} s"
        yield "green", f"      {say(LABELS['example'])}: {line}" + (f"   {call}" if call else "")
