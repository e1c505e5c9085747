"""Two revisions beside one another: what the second has more, less and otherwise, as a table in English and Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from codegen.facade import cell
from codegen.model import SUFFIX, Code, Command, Field, Form, Spec, Table, Urc, Words

Row = tuple[str, str, str]  # where, and what happened in English and in Chinese
NEW = Words("new", "新增")
GONE = Words("gone", "删除")


def table(before: Spec, after: Spec) -> str:
    """Markdown: a row for each difference, in the order of the manual's chapters."""
    title = f"{before.name} → {after.name}"
    found = list(rows(before, after))
    lines = [f"| {title} | what changed | 变化 |", "|---|---|---|"]
    lines += [f"| {cell(where)} | {cell(en)} | {cell(zh)} |" for where, en, zh in found]
    if not found:
        lines.append("| | nothing | 无 |")
    return "\n".join(lines) + "\n"


def rows(before: Spec, after: Spec) -> Iterator[Row]:
    for name, old, new in _both(before.commands, after.commands):
        yield from command(f"`{name}`", old, new)
    for name, old, new in _both(before.urcs, after.urcs):
        yield from urc(f"URC `{name}`", old, new)
    for part in ("errors", "reasons"):
        for name, old, new in _both(getattr(before, part), getattr(after, part)):
            yield from numbers(name, old, new)


def _both(old: Mapping, new: Mapping) -> Iterator[tuple]:  # type: ignore[type-arg]
    # Name, and what each side has of it or None: in the order of the second, what is gone last.
    for name in [*new, *(name for name in old if name not in new)]:
        yield name, old.get(name), new.get(name)


def _one_side(where: str, old: object, new: object, title: Words) -> Row:
    said = NEW if old is None else GONE
    words = [said.en + (f": {title.en}" if title.en else "")]
    words.append(said.zh + (f"：{title.zh}" if title.zh else ""))
    return where, words[0], words[1]


def _changed(where: str, what: Words, old: object, new: object) -> Iterator[Row]:
    if old != new:
        turned = " → ".join(f"`{each}`" if f"{each}" else "–" for each in (old, new))
        yield where, f"{what.en} {turned}", f"{what.zh} {turned}"


def command(where: str, old: Command | None, new: Command | None) -> Iterator[Row]:
    if old is None or new is None:
        found = new or old
        assert found is not None
        yield _one_side(f"{where} ({found.section})", old, new, found.title)
        return
    yield from _changed(where, Words("section", "章节"), old.section, new.section)
    for kind, was, becomes in _both(old.forms, new.forms):
        yield from form(f"{where[:-1]}{SUFFIX[kind]}`", was, becomes)


def form(where: str, old: Form | None, new: Form | None) -> Iterator[Row]:
    if old is None or new is None:
        yield _one_side(where, old, new, Words())
        return
    for what, one, other in (
        (Words("answers", "返回"), old.sample, new.sample),
        (Words("owes", "应答"), ", ".join(old.reply), ", ".join(new.reply)),
        (Words("labels", "标签"), ", ".join(old.labels.values()), ", ".join(new.labels.values())),
        (Words("error tables", "错误码表"), ", ".join(old.errors), ", ".join(new.errors)),
        (Words("seconds", "时限（秒）"), f"{old.timeout:g}", f"{new.timeout:g}"),
        (Words("needs", "状态要求"), needs(old), needs(new)),
    ):
        yield from _changed(where, what, one, other)
    for part, lists in (
        (Words("argument", "参数"), (old.args, new.args)),
        (Words("field", "字段"), (old.row, new.row)),
    ):
        yield from fields(where, part, *lists)


def needs(form: Form) -> str:
    when = "".join(f" ({name}={number})" for name, number in form.when.items())
    rules = [f"{state}: {' or '.join(values)}" for state, values in form.requires.items()]
    return ", ".join(rules) + when


def fields(
    where: str, part: Words, old: tuple[Field, ...], new: tuple[Field, ...]
) -> Iterator[Row]:
    sides = [{each.name: each for each in side} for side in (old, new)]
    for name, was, becomes in _both(*sides):
        if was is None or becomes is None:
            found = becomes or was
            said, en, zh = _one_side(where, was, becomes, found.title)
            yield said, f"{part.en} `{name}` {en}", f"{part.zh} `{name}` {zh}"
        else:
            yield from _changed(
                where,
                Words(f"{part.en} `{name}`:", f"{part.zh} `{name}`："),
                limits(was),
                limits(becomes),
            )
    stayed = [name for name in sides[0] if name in sides[1]]
    order = [name for name in sides[1] if name in sides[0]]
    yield from _changed(where, Words("order", "顺序"), ", ".join(stayed), ", ".join(order))


def limits(field: Field) -> str:
    """What a value may be, in a few words."""
    said = [field.kind, f"always {field.const}" if field.const is not None else field.limits]
    said.append(f"default {field.default}" if field.default is not None else "")
    said += [word for word in ("optional", "verbatim") if getattr(field, word)]
    return ", ".join(filter(None, [*said, " ".join(field.words)]))


def urc(where: str, old: Urc | None, new: Urc | None) -> Iterator[Row]:
    if old is None or new is None:
        found = new or old
        assert found is not None
        yield _one_side(where, old, new, found.title)
        return
    yield from _changed(where, Words("section", "章节"), old.section, new.section)
    yield from fields(where, Words("value", "取值"), old.fields, new.fields)


def numbers(name: str, old: Table | None, new: Table | None) -> Iterator[Row]:
    if old is None or new is None:
        found = new or old
        assert found is not None
        yield _one_side(f"table {name} ({found.section})", old, new, found.title)
    if old is not None and new is not None:
        yield from _changed(f"table {name}", Words("section", "章节"), old.section, new.section)
    none: dict[int, Code] = {}
    was = old.codes if old else none
    becomes = new.codes if new else none
    for number, one, other in _both(was, becomes):
        if one is None or other is None:
            code = other or one
            yield _one_side(f"{name} {number}", one, other, Words(code.en, code.zh))
        elif (one.en, one.zh) != (other.en, other.zh):
            yield f"{name} {number}", f"{one.en} → {other.en}", f"{one.zh} → {other.zh}"
