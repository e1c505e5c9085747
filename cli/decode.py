"""What a line or a number means, in English and Chinese, where in the manual, and what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from tencent_at.error_tables import ERRORS, REASONS, Meaning

from .book import Argument, Book, Command, Form, Text, book
from .masking import split_arguments
from .values import row as row_of
from .values import text as text_of

__all__ = ["Decoded", "decode", "decode_number", "explain"]

# Where the manual lists the codes of each table.
SECTIONS = {
    "server": "7.1",
    "sdk": "7.1",
    "cme": "7.2",
    "register": "7.3",
    "provisioning": "7.4",
    "sub": "7.4",
    "parser": "1.3",
    "join": "1.3",
}
TABLES = {
    "server": Text("answer of the MQTT service", "MQTT 服务的应答"),
    "sdk": Text("error inside the module's SDK", "模组内 SDK 的错误"),
    "cme": Text("CME error of the AT firmware", "AT 固件的 CME 错误"),
    "register": Text("dynamic registration", "动态注册"),
    "provisioning": Text("Wi-Fi provisioning", "WiFi 配网"),
    "sub": Text("Wi-Fi provisioning, detail", "WiFi 配网细分"),
    "parser": Text("the AT parser", "AT 解析器"),
    "join": Text("joining an access point", "加入 AP"),
}
NOTHING = Text()
UNKNOWN = Text("a number the manual does not know", "手册未列出的编号")
# What the firmware says beside the manual's tables.
UNLISTED = {
    ("sdk", 2): Text("by a command", "由命令断开"),
    ("cme", 210): Text("unknown error", "不明错误"),
}


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
    related: tuple[Decoded, ...] = field(default=())

    def text(self, language: str = "en") -> str:
        """One short sentence for the margin of a line."""
        title = getattr(self.title, language)
        meaning = getattr(self.meaning, language)
        values = " ".join(f"{name}={value}" for name, value, _ in self.fields)
        return " · ".join(part for part in (title, meaning, values) if part)


@cache
def _advice() -> dict[str, dict[str, str]]:
    text = resources.files(__package__).joinpath("advice.json").read_text(encoding="utf-8")
    entries: dict[str, dict[str, str]] = {}
    for key, value in json.loads(text).items():
        table, _, code = key.partition(":")
        first, dots, last = code.partition("..")
        if dots:
            low, high = sorted((int(first), int(last)))
            entries.update({f"{table}:{number}": value for number in range(low, high + 1)})
        else:
            entries[key] = value
    return entries


def advice(key: str) -> Text:
    """What to do about `table:number`, `urc:event` or `line:word`."""
    return Text.of(_advice().get(key))


def decode_number(number: int, tables: Iterable[str] = ()) -> list[Decoded]:
    """Every meaning of a number, in the given tables or in all of them."""
    found = []
    if not tables and number > 0xFFFF:
        return [_parser_code(number)]
    for table in tables or (*ERRORS, "sub", "parser", "join"):
        if table == "parser" and not tables:
            continue
        meaning = _table(table).get(number)
        what = advice(f"{table}:{number}")
        if meaning or what.en:
            found.append(_number(number, table, meaning, what))
    return found


def _table(table: str) -> dict[int, Meaning]:
    if table in ERRORS:
        return ERRORS[table]
    return REASONS.get("provisioning" if table == "sub" else table, {})


def _number(number: int, table: str, meaning: Meaning | None, what: Text) -> Decoded:
    said = Text(meaning.en, meaning.zh) if meaning else UNLISTED.get((table, number), UNKNOWN)
    name = meaning.name if meaning else ""
    section = SECTIONS.get(table, "")
    return Decoded(
        "number",
        TABLES[table],
        said,
        section,
        what,
        name,
        number,
        table,
        bad=(table, number) != ("sdk", 2),
    )


def _first(number: int, tables: Sequence[str]) -> Decoded | None:
    return next(iter(decode_number(number, tables)), None) if tables else None


def _parser_code(number: int) -> Decoded:
    sub = number >> 16 & 0xFF
    made = _number(number, "parser", _table("parser").get(sub), advice(f"parser:{sub}"))
    if sub == 8:
        which = str(number & 0xFF)
        fields = (("parameter", which, Text("counted from 0", "从 0 计")),)
        made = Decoded(**{**_as_dict(made), "fields": fields})
    return made


def _as_dict(made: Decoded) -> dict[str, Any]:
    return {name: getattr(made, name) for name in Decoded.__dataclass_fields__}


def decode(line: bytes, host: bool = False, asked: Form | None = None) -> Decoded:
    """What a line without its CR LF is; `asked`: the form whose answer is under way."""
    body = line.strip()
    text = text_of(body)
    if host:
        return _command(text, body)
    if body == b"OK":
        return Decoded("ok", Text("accepted", "已接受"), section="1.3")
    if body == b">":
        return Decoded("prompt", Text("waits for the payload", "等待消息体"), section="3.4")
    if body in (b"ERROR", b"FAIL"):
        title = Text("refused", "被拒绝")
        return Decoded("error", title, section="1.3", advice=advice("line:ERROR"), bad=True)
    if body.startswith(b"busy "):
        title = Text("busy with an earlier command", "忙于上一条命令")
        return Decoded("error", title, section="1.3", advice=advice("line:busy"), bad=True)
    found = re.match(r"ERR CODE: *(0x[0-9a-fA-F]{1,16})$", text)
    if found:
        return _as(_parser_code(int(found[1], 16)), "error")
    found = re.match(r"\+ ?CME ERR(?:OR)?: *(-?\d{1,1000})$", text)
    if found:
        return _refusal(int(found[1]))
    the_book = book()
    plain = the_book.plain_urcs.get(text)
    if plain:
        what = advice(f"urc:{plain.event}")
        return Decoded("event", plain.title, section=plain.section, advice=what, name=plain.event)
    found = re.match(r"\+ ?([\w ]+?) ?(?:[:,=] *(.*))?$", text, re.DOTALL)
    if found:
        return _headed(the_book, found[1], found[2] or "", asked)
    if asked and "text" in asked.reply:
        return Decoded("row", Text("answer", "应答"))
    found = re.match(r"STATUS: *(.*)$", text)
    if found:
        return _headed(the_book, "STATUS", found[1], asked)
    return Decoded("unknown", Text())


def _as(made: Decoded, kind: str) -> Decoded:
    return Decoded(**{**_as_dict(made), "kind": kind})


def _refusal(number: int) -> Decoded:
    made = _number(number, "cme", _table("cme").get(number), advice(f"cme:{number}"))
    return _as(made, "error")


def _command(text: str, body: bytes) -> Decoded:
    if text == "+++":
        title = Text("end the payload that is open", "结束未完的消息体")
        return Decoded("command", title, section="3.4")
    found = book().line(text)
    if not found:
        return _strange_command(text)
    command, form = found
    fields: tuple[tuple[str, str, Text], ...] = ()
    if form.kind == "set":
        values = split_arguments(body[len(form.line) :])
        fields = tuple(
            (arg.name, _value(arg, _unquoted(value)), arg.title)
            for arg, value in zip(form.args, values, strict=False)
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
    command = book().commands.get(word[1].upper()) if word else None
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


def _value(argument: Argument | None, value: str | int) -> str:
    word = argument.names.get(str(value)) if argument else None
    return f"{value} ({word.replace('_', ' ')})" if word else str(value)


def _headed(the_book: Book, name: str, rest: str, asked: Form | None) -> Decoded:
    command = the_book.head(name)
    urc = the_book.urcs.get(name)
    result = re.match(r"(OK|FAIL)(?: *,? *(-?\d+))?$", rest)
    if command and result and not (urc and result[1] == "FAIL" and asked is None):
        return _result(command, result[1] == "OK", result[2])
    if urc:
        return _event(urc.event, urc.title, urc.section, urc.fields, urc.errors, urc.reason, rest)
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


def _event(
    event: str,
    title: Text,
    section: str,
    arguments: Sequence[Argument],
    errors: Sequence[str],
    reason: str,
    rest: str,
) -> Decoded:
    raw = rest.encode()
    values = row_of(raw) if rest else []
    if event == "message":
        found = re.match(r'"(.*?)", ?(\d+), ?"', rest, re.DOTALL)
        values = [found[1], f"{found[2]} bytes"] if found else values
    fields = tuple(
        (argument.name, str(value), argument.title)
        for argument, value in zip(arguments, values, strict=False)
    )
    found_number, sub = None, None
    for argument, value in zip(arguments, values, strict=False):
        if argument.name == "code" and isinstance(value, int):
            found_number = _first(value, errors) or _unknown_number(value)
        if argument.name == "sub_code" and isinstance(value, int):
            sub = _first(value, ["sub" if reason == "provisioning" else reason])
    meaning = found_number.meaning if found_number else Text()
    what = found_number.advice if found_number else Text()
    if sub:
        meaning = Text(f"{meaning.en}; {sub.meaning.en}", f"{meaning.zh}；{sub.meaning.zh}")
        what = sub.advice if sub.advice.en else what
    if not what.en:
        what = advice(f"urc:{event}")
    return Decoded(
        "event",
        title,
        meaning,
        section,
        what,
        event,
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
    if asked and asked.reason and len(values) == 1 and isinstance(values[0], int):
        found = _first(values[0], [asked.reason])
        if found:
            return _as(found, "error")
    arguments: Sequence[Argument] = form.row if form else ()
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
    if text.upper().startswith("AT"):
        made = decode(text.encode(), host=True)
        return [made] if made.section else []
    made = decode(text.encode())
    if made.kind != "unknown":
        return [made]
    return _by_name(text)


def _by_name(text: str) -> list[Decoded]:
    the_book = book()
    command = the_book.commands.get(text.upper())
    if command:
        return [
            Decoded("command", command.title, command.about, command.section, name=command.name)
        ]
    found = the_book.call(text.lower())
    if found:
        command = found[0]
        return [
            Decoded("command", command.title, command.about, command.section, name=text.lower())
        ]
    for urc in (*the_book.urcs.values(), *the_book.plain_urcs.values()):
        if text in (urc.event, *urc.heads):
            what = advice(f"urc:{urc.event}")
            return [Decoded("event", urc.title, urc.about, urc.section, what, urc.event)]
    for table, codes in ERRORS.items():
        for number, meaning in codes.items():
            if meaning.name and meaning.name.upper() == text.upper():
                return decode_number(number, [table])
    return []
