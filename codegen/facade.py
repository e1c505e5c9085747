"""How the desktop facade spells the transcription: class names, annotations, signatures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from codegen.model import Command, Field, Form, Spec
from codegen.names import camel

if TYPE_CHECKING:
    from codegen.steps import Step


def doc(text: str) -> str:
    """Text as a docstring may hold it."""
    return (
        text.replace("\\", "\\\\").replace('"', '\\"')
        if '"""' in text or "\\" in text or text[-1:] == '"'
        else text
    )


def cell(text: str) -> str:
    """Text as a cell of a Markdown table may hold it."""
    return text.replace("|", "\\|")


def annotation(field: Field, board: bool = False) -> str:
    """An argument's type in a signature."""
    kind = "int" if field.kind == "int" else "str | bytes"
    if field.enum and not board:
        kind = f"{field.enum} | {kind}"
    return f"{kind} | None" if field.optional and (field.default is None or not board) else kind


def value(field: Field) -> str:
    """A row's or a URC's value as a type."""
    if field.kind == "int":
        kind = f"{field.enum} | int" if field.enum else "int"
    elif field.kind in ("raw", "counted"):
        kind = "bytes"
    else:
        kind = "str | bytes" if field.kind == "name" else "str"
    return f"{kind} | None" if field.optional or field.unset else kind


def signature(form: Form, board: bool = False) -> str:
    """The parameters behind self, with their types and defaults."""
    return "".join(f", {arg.name}: {annotation(arg, board)}{default(arg)}" for arg in form.api)


def default(arg: Field) -> str:
    if arg.default is not None:
        return f" = {arg.default}"
    return " = None" if arg.optional else ""


def result(form: Form, board: bool = False) -> str:
    """What a call returns: on a board lists and numbers, at a desk a record from its module."""
    record = f"records.{camel(form.call)}"
    if form.row and form.row[-1].kind == "raw":
        return "bytes"
    if board:
        if not form.row:
            return "list[str]" if "text" in form.reply else "None"
        named = any(field.kind == "name" for field in form.row)
        row = "list[str | bytes | int]" if named else "list[str | int]"
        if "row" in form.maybe or any(field.unset for field in form.row):
            return f"{row} | None"
        return f"list[{row}]" if "rows" in form.reply else row
    if form.labels:
        return record
    if not form.row:
        return "None"
    one = value(form.row[0]) if single(form) else record
    if "row" in form.maybe:
        return f"{one} | None"
    return f"list[{one}]" if "rows" in form.reply else one


def single(form: Form) -> bool:
    """Does a row hold one value only? Then the call returns the value, not a record."""
    return len(form.row) == 1


def records(spec: Spec) -> list[Form]:
    """The forms whose answers are records."""
    return [
        form
        for command in spec.commands.values()
        for form in command.forms.values()
        if form.labels or (form.row and not single(form))
    ]


def body(form: Form, sync: bool, revision: str = "") -> str:
    """The one statement of a facade method. revision: in whose manual its row is, where that is not the first's."""
    arguments = "".join(f", {arg.name}" for arg in form.api)
    call = f"{'' if sync else 'await '}self._call({form.call!r}{arguments})"
    record = f"records.{camel(form.call)}"
    if form.labels:
        return f"return {record}.from_lines({call})"
    if not form.row:
        return call
    if form.row[-1].kind == "raw":
        return f"return bytes({call})"
    if single(form):
        given = [repr(form.call), "row" if "rows" in form.reply else call]
        given += [repr(revision)] if revision else []
        read = f"_value({', '.join(given)})"
        return f"return [{read} for row in {call}]" if "rows" in form.reply else f"return {read}"
    if "rows" in form.reply:
        return f"return [{record}.from_row(row) for row in {call}]"
    if "row" in form.maybe:
        return f"return {record}.if_any({call})"
    return f"return {record}.from_row({call})"


def needs(form: Form) -> str:
    """The states a form demands, in words."""
    parts = [f"{name.upper()} {' or '.join(values)}" for name, values in form.requires.items()]
    return " and ".join(parts)


def bound(form: Form) -> str:
    """How long a call may take, in words: five seconds more than its time-out."""
    argument = f" and {form.timeout_argument}" if form.timeout_argument else ""
    return f"{form.timeout + 5:g} s{argument}"


def raises(form: Form) -> str:
    """What a call may raise, in words."""
    parts = []
    if form.api:
        parts.append("InvalidArgument before a byte is written")
    parts.append("CommandRefused")
    if "result" in form.reply:
        parts.append("CommandFailed")
    if form.errors:
        parts[-1] += f" (tables {', '.join(form.errors)})"
    if form.row:
        parts.append("UnexpectedAnswer")
    return ", ".join([*parts, "Busy, ModuleReset, Timeout, PortError"])


def queries(command: Command, form: Form) -> bool:
    """Does the form only ask for what another form of the command sets or does?"""
    return form.kind == "read" and bool({"set", "exec"} & set(command.forms))


def title(command: Command, form: Form) -> str:
    """What the form does, in a few words."""
    asks = "Asks the module for: " if queries(command, form) else ""
    return asks + command.title.en


def seconds(form: Form) -> str:
    """A form's time-out in words."""
    if form.timeout_argument:
        return f"`{form.timeout_argument}` + {form.timeout:g} s"
    return f"{form.timeout:g} s"


def enums_of(fields: Iterable[Field]) -> list[str]:
    """The enums that these fields name, for an import line."""
    return sorted({field.enum for field in fields if field.enum})


def record_enums(spec: Spec) -> list[str]:
    return enums_of(field for form in records(spec) for field in form.row)


def manual_enums(spec: Spec | Step) -> list[str]:
    """The enums that any argument, row or URC names."""
    forms = [form for command in spec.commands.values() for form in command.forms.values()]
    fields = [field for form in forms for field in (*form.args, *form.row)]
    return enums_of([*fields, *(field for urc in spec.urcs.values() for field in urc.fields)])


def event_enums(spec: Spec | Step) -> list[str]:
    return enums_of(field for urc in spec.urcs.values() if not urc.counted for field in urc.fields)


def facade_enums(spec: Spec) -> list[str]:
    forms = [form for command in spec.commands.values() for form in command.forms.values()]
    return enums_of(
        field for form in forms for field in (*form.api, *(form.row if single(form) else ()))
    )
