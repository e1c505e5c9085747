"""model.Spec → the typed manual of the desktop: each entry as the call that makes it (runtime/cpython/entries.py)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from codegen.model import Code, Command, Field, Form, Spec, Table, Urc, Words
from codegen.steps import Step


def made(kind: str, /, *given: object, **named: object) -> str:
    """A call of `kind`; what is empty, false or absent is the entry's default and left out."""
    parts = [str(value) for value in given]
    parts += [f"{name}={value}" for name, value in named.items() if value not in ("", None)]
    return f"{kind}({', '.join(parts)})"


def plain(value: object) -> str:
    """A value's source; "" for what is a default."""
    return repr(value) if value or (value == 0 and value is not False) else ""


def several(sources: Iterable[str]) -> str:
    """A tuple's source."""
    text = ", ".join(sources)
    return f"({text},)" if text else ""


def mapping(sources: Mapping[str, str] | Mapping[int, str]) -> str:
    """A dictionary's source."""
    text = ", ".join(f"{key!r}: {value}" for key, value in sources.items())
    return f"{{{text}}}" if text else ""


def text(words: Words) -> str:
    return made("Text", repr(words.en), repr(words.zh)) if words.en or words.zh else ""


def field(field: Field) -> str:
    return made(
        "Field",
        repr(field.name),
        repr(field.kind),
        title=text(field.title),
        limits=plain(field.limits),
        low=field.low or "",
        high=field.high or "",
        step=field.step if field.step > 1 else "",
        values=plain(field.values),
        words=plain(field.words),
        enum=field.enum,
        const=plain(field.const),
        default=plain(field.default),
        optional=plain(field.optional),
        secret=plain(field.secret),
        unset=plain(field.unset),
        since=plain(field.since),
        verbatim=plain(field.verbatim),
        when=plain(dict(field.when)),
        needed=plain(field.needed),
    )


def heads(command: Command, form: Form) -> tuple[str, ...]:
    """What a form's line begins with, behind AT; then what its answers may begin with."""
    aliases = ("+" + name for name in command.aliases)
    return form.line.removeprefix("AT"), *form.heads, *aliases


def form(command: Command, form: Form) -> str:
    return made(
        "Form",
        repr(form.call),
        repr(command.name),
        repr(form.kind),
        repr(form.line),
        repr(command.section),
        repr(heads(command, form)),
        arguments=several(map(field, form.args)),
        reply=plain(form.reply),
        maybe=plain(form.maybe),
        row=several(map(field, form.row)),
        labels=plain(dict(form.labels)),
        errors=plain(form.errors),
        reason=plain(form.reason),
        timeout=plain(form.timeout if form.timeout != 5.0 else ""),
        timeout_argument=plain(form.timeout_argument),
        requires=plain(dict(form.requires)),
    )


def command(command: Command) -> str:
    forms = {kind: form(command, each) for kind, each in command.forms.items()}
    return made(
        "Command",
        repr(command.name),
        repr(command.section),
        repr(command.group),
        text(command.title),
        mapping(forms),
        about=text(command.about),
        since=plain(command.since),
        aliases=plain(command.aliases),
    )


def urc(urc: Urc) -> str:
    return made(
        "Urc",
        repr(urc.name),
        repr(urc.section),
        repr(urc.group),
        repr(urc.event),
        text(urc.title),
        about=text(urc.about),
        advice=text(urc.advice),
        since=plain(urc.since),
        aliases=plain(urc.aliases),
        fields=several(map(field, urc.fields)),
        errors=plain(urc.errors),
        reason=plain(urc.reason),
        plain=plain(urc.plain),
        boot=plain(urc.boot),
    )


def table(table: Table) -> str:
    return made(
        "Table",
        repr(table.name),
        text(table.title) or "Text()",
        repr(table.section),
        meanings(table, table.codes) or "{}",
        unlisted=meanings(table, table.unlisted),
        heads=plain(table.heads),
    )


def changed_table(table_: Table, step: Step) -> str:
    """A table as what it has otherwise than the one before."""
    old = {**step.before.errors, **step.before.reasons}.get(table_.name)
    if old is None or not set(old.codes) <= set(table_.codes):
        return table(table_)
    before = f"_TABLES[{table_.name!r}]"
    codes = {
        number: code
        for number, code in table_.codes.items()
        if meaning(table_, code) != (meaning(old, old.codes[number]) if number in old.codes else "")
    }
    said = f"{{**{before}.codes, {meanings(table_, codes)[1:-1]}}}" if codes else ""
    unlisted = meanings(table_, table_.unlisted)
    return made(
        f"{before}._replace",
        title=text(table_.title) if table_.title != old.title else "",
        section=repr(table_.section) if table_.section != old.section else "",
        codes=said,
        unlisted=(unlisted or "{}") if unlisted != meanings(old, old.unlisted) else "",
        heads=(plain(table_.heads) or "()") if table_.heads != old.heads else "",
    )


def meanings(table: Table, codes: Mapping[int, Code]) -> str:
    return mapping({number: meaning(table, code) for number, code in codes.items()})


def meaning(table: Table, code: Code) -> str:
    return made(
        "Meaning",
        *map(repr, (code.name, code.en, code.zh)),
        advice=text(table.advice.get(code.number, Words())),
        fine=plain(code.fine),
    )


def answers(spec: Spec) -> dict[str, str]:
    """Line → entry, for each spelling."""
    found = {}
    for answer in spec.answers.values():
        entry = made(
            "Answer",
            repr(answer.says),
            repr(answer.section),
            text(answer.title),
            advice=text(answer.advice),
        )
        found.update(dict.fromkeys((answer.name, *answer.aliases), entry))
    return found
