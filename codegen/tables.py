"""model.Spec → the text tables that both drivers carry, the same bytes in both.

A form is a line of seven fields: call, heads, arguments, debts, time-out in ms (5000 unless said), error tables,
section. Arguments are name:kind:low:high:step:default, or =value for one that is always the same; `!` before the
kind marks a secret, the kind `t` an integer of milliseconds that the command may take longer.
A section that ends in ? belongs to a command that has a test form.
"""

from __future__ import annotations

from codegen.model import Command, Field, Form, Spec, Urc

DEBTS = {"ok": "k", "prompt": "p", "result": "v", "row": "r", "rows": "m", "text": "t"}
TIMEOUT = 5.0  # seconds; left out of the table
KINDS = {"int": "i", "string": "s", "base64": "b", "raw": "r"}


def forms(spec: Spec) -> bytes:
    """One line for each form but the test forms, which are all alike."""
    lines = [
        line(spec, command, form)
        for command in spec.commands.values()
        for form in command.forms.values()
    ]
    return ("\n" + "".join(text + "\n" for text in lines if text)).encode()


def line(spec: Spec, command: Command, form: Form) -> str:
    if form.kind == "test":
        return ""
    head = form.line.removeprefix("AT")
    heads = [head, *form.heads, *("+" + name for name in command.aliases)]
    return " ".join(
        [
            form.call,
            ",".join(heads),
            ",".join(argument(arg, form.timeout_argument) for arg in form.args),
            debts(form),
            f"{form.timeout * 1000:.0f}" if form.timeout != TIMEOUT else "",
            "".join(spec.letters[name] for name in form.errors),
            command.section + ("?" if "test" in command.forms else ""),
        ]
    )


def argument(arg: Field, timeout: str) -> str:
    if arg.const is not None:
        return f"={arg.const}"
    kind = "t" if arg.name == timeout else KINDS[arg.kind]
    parts = [arg.name, "!" * arg.secret + kind, str(arg.low), str(arg.high)]
    if arg.step > 1 or arg.default is not None or arg.optional:
        parts.append(str(arg.step) if arg.step > 1 else "")
    if arg.default is not None or arg.optional:
        parts.append("" if arg.default is None else str(arg.default))
    return ":".join(parts)


def debts(form: Form) -> str:
    owed = "".join(
        "d" if word == "row" and form.row[-1].kind == "raw" else DEBTS[word] for word in form.reply
    )
    if "ok" in form.maybe:
        owed += "K"
    if form.reason:
        owed += "n"
    return owed + (f"{form.linger * 1000:.0f}" if form.linger else "")


def urcs(spec: Spec) -> bytes:
    """word=event for each URC and each alias; * marks a counted payload, ! the sign of a restart."""
    return "".join(
        f"{word}={mark(urc)}{urc.event}," for urc in spec.urcs.values() for word in heads(urc)
    ).encode()


def heads(urc: Urc) -> list[str]:
    return [name if urc.plain else "+" + name for name in (urc.name, *urc.aliases)]


def mark(urc: Urc) -> str:
    return "*" if urc.counted else "!" if urc.boot else ""
