"""model.Spec → the text tables that the drivers carry.

FORMS and WORDS are the same text in both. A form is a line of fields: 0 call, 1 heads, 2 arguments, 3 debts, 4 time-out
in tenths of a second (50 unless said), 5 error tables by letter (but for a leading c, the CME errors). 6, where the row
is more than its values tell: kinds before a name, its greatest length, kinds behind it (i number, s text, x hex
digits), by colons; or the word that stands for a value never set. 7, where an OK may come behind the end: the ms to
listen for it.
Arguments are name:kind:default, without the default where one must be given, with an empty one where the line may end
before it, with index@number where one before it must have that number, and an ! behind where it must be given then;
=value for one that is always the same. Kinds: i a number, m a number of milliseconds that the command may take longer,
s a string, r bytes behind the prompt, q such of which the module changes none, n a name, with what follows it.
WORDS are what a line may begin with: the doors of the AT core, and URCs with the names of their events.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from codegen.model import Answer, Command, Field, Form, Spec, Table, Urc

if TYPE_CHECKING:
    from codegen.steps import Step

DEBTS = {
    "ok": "k",
    "prompt": "p",
    "result": "v",
    "row": "r",
    "rows": "m",
    "text": "t",
    "boot": "b",
}
MAYBE = {"ok": "K", "row": "o"}
TIMEOUT = 5.0  # seconds; left out of the table
KINDS = {"int": "i", "string": "s", "base64": "b", "raw": "r"}
SHAPES = {"int": "i", "string": "s", "hex": "x"}


# How WORDS say what a line of the AT core means (manual 1.2, 1.3): by what an answer says, and by the table of the
# number behind a head. 4, on a URC, is the sign of a restart.
ANSWERS = {"ok": "0", "refused": "1", "busy": "3"}
NUMBERS = {"parser": "8", "cme": "9"}
TEST = "test + command:n:=? tk  "


def forms(spec: Spec) -> str:
    """One line for each form; the test forms, which are all alike, have one together."""
    lines = [line(spec, form, heads) for _, form, heads in each(spec)]
    return "\n" + "".join(text.rstrip(" ") + "\n" for text in [*lines, TEST])


def each(spec: Spec) -> Iterator[tuple[Command, Form, str]]:
    """Command, form, and heads without AT, of every form that is no test."""
    for command in spec.commands.values():
        for form in command.forms.values():
            if form.kind != "test":
                head = form.line.removeprefix("AT")
                more = [*form.heads, *("+" + name for name in command.aliases)]
                yield command, form, ",".join([head, *more])


def line(spec: Spec, form: Form, heads: str) -> str:
    arguments = ",".join(argument(arg, form.timeout_argument, form.args) for arg in form.args)
    return " ".join(
        [
            form.call,
            heads,
            arguments,
            debts(form),
            timeout(form),
            letters(spec, form).removeprefix("c"),
            *rest(form),
        ]
    )


def shape(form: Form) -> str:
    """What a row holds, or nothing."""
    for k, field in enumerate(form.row):
        if field.kind == "name":
            before, behind = (
                "".join(SHAPES[f.kind] for f in fields if not f.optional)
                for fields in (form.row[:k], form.row[k + 1 :])
            )
            return f"{before}:{field.high}:{behind}"
        if field.unset:
            return field.unset
    return ""


def argument(arg: Field, timeout: str, args: Sequence[Field]) -> str:
    if arg.const is not None:
        return f"={arg.const}"
    kind = "m" if arg.name == timeout else KINDS[arg.kind].replace("b", "s")
    if arg.verbatim:
        kind = "q"
    for name, number in arg.when.items():
        index = [each.name for each in args].index(name)
        return f"{arg.name}:{kind}:{index}@{number}{'!' if arg.needed else ''}"
    if arg.default is not None or arg.optional:
        return f"{arg.name}:{kind}:{'' if arg.default is None else arg.default}"
    return f"{arg.name}:{kind}"


def timeout(form: Form) -> str:
    """Tenths of a second, none too few."""
    return f"{math.ceil(form.timeout * 10)}" if form.timeout != TIMEOUT else ""


def rest(form: Form) -> list[str]:
    """The seventh and the eighth field of a form's line, as far as there are any."""
    if "ok" in form.maybe:
        return [shape(form), f"{form.linger * 1000:.0f}"]
    return [shape(form)] if shape(form) else []


def debts(form: Form) -> str:
    owed = "".join(
        "d" if word == "row" and form.row[-1].kind == "raw" else DEBTS[word] for word in form.reply
    )
    may = "".join(MAYBE[word] for word in form.maybe)
    first = owed in ("kr", "kd")
    return owed + may + "n" * bool(form.reason) + "a" * form.again + "f" * first


def letters(spec: Spec, form: Form) -> str:
    return "".join(spec.letters[name] for name in form.errors)


def words(spec: Spec, steps: Sequence[Step] = ()) -> bytes:
    """An entry for each word that a line may begin with; those of further revisions too.

    A comma, the length of the word, its last character (so that a stranger's line is known as such at once), the
    word, and what it means: a door, a URC's event, * where the length decides and not the line end.
    """
    specs = [spec, *(step.spec for step in steps)]
    urcs = {word: event(urc) for each in specs for urc in each.urcs.values() for word in heads(urc)}
    core = doors(spec.answers, {**spec.errors, **spec.reasons})
    return b"".join(_entry(*entry) for entry in [*core.items(), *urcs.items()]) + b","


def doors(answers: Mapping[str, Answer], tables: Mapping[str, Table]) -> dict[str, str]:
    """The words of the AT core, and what each means."""
    found = {
        word: ANSWERS[answer.says]
        for answer in answers.values()
        if answer.says in ANSWERS
        for word in (answer.name, *answer.aliases)
    }
    for name, door in NUMBERS.items():
        found |= dict.fromkeys(tables[name].heads if name in tables else (), door)
    return found


def _entry(word: str, what: str) -> bytes:
    return b",%c%c%s%s" % (len(word), ord(word[-1]), word.encode(), what.encode())


def heads(urc: Urc) -> list[str]:
    return [name if urc.plain else "+" + name for name in (urc.name, *urc.aliases)]


def event(urc: Urc) -> str:
    return "*" if urc.counted else ("4" if urc.boot else "") + urc.event


def limits(spec: Spec, steps: Sequence[Step] = ()) -> dict[str, tuple[object, str]]:
    """What the wire takes, and which of the engine's parts a table needs: name → number or bytes, and what it is."""
    specs = [spec, *(step.spec for step in steps)]
    args = [
        arg
        for each in specs
        for command in each.commands.values()
        for form in command.forms.values()
        for arg in form.args
    ]
    escapes = spec.wire.escapes.encode()
    return {
        "LINE": (spec.wire.line, "bytes of a command line without its CR LF"),
        "LONGEST": (spec.wire.payload, "bytes of a payload behind a prompt"),
        "ESCAPES": (escapes, "what has a backslash before it in quotes"),
        "CLEANED": (escapes.replace(b"\\", b""), "of which a payload loses the backslash"),
        "BARE": (int(b'"' in escapes and b"\\" not in escapes), "a backslash stands for itself"),
        "VERBATIM": (int(any(arg.verbatim for arg in args)), "some payload stays as it is"),
        "WHEN": (int(any(arg.when for arg in args)), "some argument depends on another"),
    }


def limits_text(spec: Spec, steps: Sequence[Step] = (), board: bool = False) -> str:
    """The same as Python; on a board as private constants, which cost nothing there."""
    lines = (
        f"_{name} = const({value!r})  # {what}" if board else f"{name} = {value!r}  # {what}"
        for name, (value, what) in limits(spec, steps).items()
    )
    return "\n".join(lines) + "\n"
