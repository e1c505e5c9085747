"""What a line, a number or a name means, in English and Chinese, where in the manual, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..entries import NOTHING, Command, Field, Form, Text, Urc
from ..meaning import Meaning
from ..row import integer
from ..row import row as row_of
from ..row import text as text_of
from . import index
from .book import ANSWERS, COMMANDS, FORMS, LETTERS, TABLES, URCS
from .masks import split_arguments

UNKNOWN = Text("a number the manual does not know", "手册未列出的编号")


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a line or number is.

    kind: command, ok, error, result, event, row, number, prompt or unknown. fields: name, value, and a title.
    """

    kind: str
    title: Text
    meaning: Text = NOTHING
    section: str = ""
    advice: Text = NOTHING
    name: str = ""
    number: int | None = None
    table: str = ""
    fields: tuple[tuple[str, str, Text], ...] = ()
    bad: bool = False
    command: str = ""  # of which it is the name

    def text(self, language: str = "en") -> str:
        """One short sentence for the margin of a line."""
        title = getattr(self.title, language)
        meaning = getattr(self.meaning, language)
        values = " ".join(f"{name}={value}" for name, value, _ in self.fields)
        return " · ".join(part for part in (title, meaning, values) if part)


def to_module(line: bytes) -> bool:
    """Is a line one that a host sends?"""
    text = text_of(line)
    return text[:2].upper() == "AT" or (text in ANSWERS and ANSWERS[text].says == "abort")


def sentence(line: bytes, language: str = "en") -> str:
    """What a line of the wire says, with the manual's section; "" where it says nothing."""
    body = line.strip(b"\r\n ")
    found = decode(body, host=to_module(body))
    said = getattr(found.title, language)
    if said and found.section:
        said += f" ({found.section})"
    meaning = getattr(found.meaning, language)
    return f"{said}: {meaning}" if meaning else said


def decode_number(number: int, tables: Iterable[str] = ()) -> list[Decoded]:
    """Every meaning of a number, in the given tables or in all of them."""
    if not tables and number > 0xFFFF:
        return [_parser_code(number)]
    found = []
    for name in tables or (name for name in TABLES if name != "parser"):
        meaning = _meaning(number, name)
        if meaning:
            found.append(_number(number, name, meaning))
    return found


def _meaning(number: int, table: str) -> Meaning | None:
    entry = TABLES[table]
    return entry.codes.get(number) or entry.unlisted.get(number)


def _number(number: int, table: str, meaning: Meaning | None) -> Decoded:
    entry = TABLES[table]
    said = Text(meaning.en, meaning.zh) if meaning else UNKNOWN
    advice = meaning.advice if meaning else NOTHING
    name = meaning.name if meaning else ""
    return Decoded(
        "number",
        entry.title,
        said,
        entry.section,
        advice,
        name,
        number,
        table,
        bad=not (meaning and meaning.fine),
    )


def _first(number: int, tables: Sequence[str]) -> Decoded | None:
    return next(iter(decode_number(number, tables)), None) if tables else None


def _parser_code(number: int) -> Decoded:
    sub = number >> 16 & 0xFF
    made = _number(number, "parser", _meaning(sub, "parser"))
    if sub == _PARAMETER:
        which = str(number & 0xFF)
        return replace(made, fields=(("parameter", which, Text("counted from 0", "从 0 计")),))
    return made


def decode(line: bytes, host: bool = False, asked: Form | None = None) -> Decoded:
    """What a line without its CR LF is; `asked`: the form whose answer is under way."""
    body = line.strip(b"\0\r\n\t ")
    text = text_of(body)
    if host:
        return _command(text, body)
    if text in ANSWERS:
        return _answer(text)
    found = _NUMBERED.fullmatch(text)
    if found:
        number = integer(found[2].encode()) or 0
        return _refusal(number, _BY_HEAD[found[1].replace("+ ", "+")])
    plain = _URCS.get(text)
    if plain and plain.plain:
        section, advice = plain.section, plain.advice
        return Decoded("event", plain.title, section=section, advice=advice, name=plain.event)
    found = re.match(r"\+ ?([\w ]+?) ?(?:[:,=] *(.*))?$", text, re.DOTALL)
    if found:
        return _headed(found[1], found[2] or "", asked)
    if asked and "text" in asked.reply:
        return Decoded("row", Text("answer", "应答"))
    head, colon, rest = text.partition(":")
    if colon and index.head(head):
        return _headed(head, rest.strip(), asked)
    return Decoded("unknown", Text())


_KINDS = {"ok": "ok", "prompt": "prompt"}  # everything else that an answer says is an error
# Heads of lines that hold a number, and the table of each.
_BY_HEAD = {head: name for name, table in TABLES.items() for head in table.heads}
_NUMBERED = re.compile(
    "(" + "|".join(re.escape(head).replace(r"\+", r"\+ ?") for head in _BY_HEAD) + ")"
    r": *(-?\d{1,1000}|0[xX][0-9a-fA-F]{1,16})"
)
_PARAMETER = 8  # the parser's code whose last byte says which parameter it could not read
_URCS = {head.lstrip("+"): urc for urc in URCS.values() for head in urc.heads}


def _answer(line: str) -> Decoded:
    answer, kind = ANSWERS[line], _KINDS.get(ANSWERS[line].says, "error")
    section, advice = answer.section, answer.advice
    return Decoded(kind, answer.title, section=section, advice=advice, bad=kind == "error")


def _refusal(number: int, table: str) -> Decoded:
    if table == "parser":
        return replace(_parser_code(number), kind="error")
    return replace(_number(number, table, _meaning(number, table)), kind="error")


def _command(text: str, body: bytes) -> Decoded:
    if text in ANSWERS:  # +++
        return Decoded("command", ANSWERS[text].title, section=ANSWERS[text].section)
    form = index.line(text)
    if not form:
        return _strange_command(text)
    command = COMMANDS[form.command]
    fields: tuple[tuple[str, str, Text], ...] = ()
    if form.kind == "set":
        values = split_arguments(body[len(form.line) :])
        fields = tuple(
            (arg.name, _value(arg, _unquoted(value)), arg.title)
            for arg, value in zip(form.arguments, values, strict=False)
            if arg.const is None
        )
    about = command.about if form.kind != "test" else Text()
    title = command.title
    if form.kind == "test":
        title = Text(f"How is {command.name} written?", f"{command.name} 的写法")
    elif form.kind == "read":
        title = Text(f"{title.en}: read", f"{title.zh}：读取")
    return Decoded("command", title, Text(), command.section, about, form.call, fields=fields)


def _strange_command(text: str) -> Decoded:
    # A known command in a form that it lacks, or nothing that the manual knows.
    word = re.match(r"AT\+?(\w+)", text, re.IGNORECASE)
    command = COMMANDS.get(word[1].upper()) if word else None
    if not command:
        return Decoded("command", Text("not in the manual", "手册未列出"), bad=True)
    title = Text(f"{command.title.en}: a form it lacks", f"{command.title.zh}：没有此形式")
    lines = ", ".join(form.line for form in command.forms.values())
    what = Text(f"It has {lines}.", f"可用形式：{lines}。")
    return Decoded("command", title, Text(), command.section, what, command.name, bad=True)


def _unquoted(value: bytes) -> str:
    value = value.strip()
    if value[:1] == b'"' and value[-1:] == b'"' and len(value) > 1:
        value = re.sub(rb"\\(.)", rb"\1", value[1:-1], flags=re.DOTALL)
    return text_of(value)


def _value(field: Field, value: str | int) -> str:
    word = names(field).get(str(value))
    return f"{value} ({word.replace('_', ' ')})" if word else str(value)


def names(field: Field) -> dict[str, str]:
    """Number → its name, of a field whose numbers have names."""
    return {str(each.value): each.name.lower() for each in field.enum or ()}


def _headed(name: str, rest: str, asked: Form | None) -> Decoded:
    command = index.head(name)
    urc = _URCS.get(name)
    result = re.match(r"(OK|FAIL)(?: *,? *(-?\d+))?$", rest)
    if command and result and not (urc and result[1] == "FAIL" and asked is None):
        return _result(command, result[1] == "OK", result[2])
    if urc:
        return _event(urc, rest)
    if command:
        return _row(command, rest, asked)
    return Decoded("unknown", Text())


def _result(command: Command, fine: bool, code: str | None) -> Decoded:
    title = Text(command.title.en + (": done" if fine else ": failed"), command.title.zh)
    if fine or not code:
        title = Text(title.en, title.zh + ("：成功" if fine else "：失败"))
        return Decoded("result", title, section=command.section, bad=not fine)
    tables = next((form.errors for form in command.forms.values() if form.errors), ())
    for form in command.forms.values():
        if "result" in form.reply:
            tables = form.errors
    code = code[:1000]  # noise may be longer than int() takes
    found = _first(int(code), (*tables, "cme", "sdk", "server")) or _unknown_number(int(code))
    return Decoded(
        "result",
        Text(title.en, title.zh + "：失败"),
        found.meaning,
        found.section,
        found.advice,
        found.name,
        found.number,
        found.table,
        bad=True,
    )


def _unknown_number(number: int) -> Decoded:
    return Decoded("number", Text(), UNKNOWN, number=number, bad=True)


def _event(urc: Urc, rest: str) -> Decoded:
    raw = rest.encode()
    values = row_of(raw) if rest else []
    if urc.counted:
        found = re.match(r'"(.*?)", ?(\d+), ?"', rest, re.DOTALL)
        values = [found[1], f"{found[2]} bytes"] if found else values
    fields = tuple(
        (argument.name, str(value), argument.title)
        for argument, value in zip(urc.fields, values, strict=False)
    )
    found_number, sub = None, None
    for argument, value in zip(urc.fields, values, strict=False):
        if argument.name == "code" and isinstance(value, int):
            found_number = _first(value, urc.errors) or _unknown_number(value)
        if argument.name == "sub_code" and isinstance(value, int):
            sub = _first(value, [urc.reason] if urc.reason else [])
    meaning = found_number.meaning if found_number else Text()
    what = found_number.advice if found_number else Text()
    if sub:
        meaning = Text(f"{meaning.en}; {sub.meaning.en}", f"{meaning.zh}；{sub.meaning.zh}")
        what = sub.advice if sub.advice.en else what
    if not what.en:
        what = urc.advice
    return Decoded(
        "event",
        urc.title,
        meaning,
        urc.section,
        what,
        urc.event,
        found_number.number if found_number else None,
        found_number.table if found_number else "",
        fields,
        bad=bool(found_number and found_number.bad),
    )


def _row(command: Command, rest: str, asked: Form | None) -> Decoded:
    raw = rest.encode()
    values = row_of(raw)
    forms = [form for form in command.forms.values() if form.row]
    form = asked if asked in forms else (forms[0] if forms else None)
    reason = next((form.reason for form in command.forms.values() if form.reason), "")
    reason = asked.reason if asked else reason  # a number alone, before ERROR or FAIL
    if reason and len(values) == 1 and isinstance(values[0], int):
        found = _first(values[0], [reason])
        if found:
            return replace(found, kind="error")
    arguments: Sequence[Field] = form.row if form else ()
    fields = tuple(
        (argument.name, _value(argument, value), argument.title)
        for argument, value in zip(arguments, values, strict=False)
    )
    extra = tuple(("extra", str(value), Text()) for value in values[len(arguments) :])
    if form is None or (asked and "text" in asked.reply):
        fields = extra = ()
    return Decoded("row", command.title, section=command.section, fields=fields + extra)


def explain(what: str) -> list[Decoded]:
    """Every meaning of a number, an ERR CODE, a line, a command's name or an event's name."""
    text = what.strip()
    if re.search(r"\d{1000}", text) or re.fullmatch(r"0[xX][0-9a-fA-F]{17,}", text):
        return []  # no number of any table
    if re.fullmatch(r"-?\d+", text):
        return decode_number(int(text))
    if re.fullmatch(r"0[xX][0-9a-fA-F]+", text):
        number = int(text, 16)
        return decode_number(number)
    if text.upper().startswith("AT") and text.lower() not in FORMS:
        made = decode(text.encode(), host=True)
        return [made] if made.section else []
    made = decode(text.encode())
    if made.kind != "unknown":
        return [made]
    return _by_name(text)


def _by_name(text: str) -> list[Decoded]:
    call = FORMS.get(text.lower())
    command = COMMANDS.get(call.command if call else text.upper())
    if command:
        name = call.call if call else command.name
        made = Decoded("command", command.title, command.about, command.section, name=name)
        return [replace(made, command=command.name)]
    for urc in URCS.values():
        if text in (urc.event, urc.name, *urc.aliases):
            return [Decoded("event", urc.title, urc.about, urc.section, urc.advice, urc.event)]
    for table in LETTERS.values():
        for number, meaning in TABLES[table].codes.items():
            if meaning.name and meaning.name.upper() == text.upper():
                return decode_number(number, [table])
    return []
