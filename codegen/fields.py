"""An argument, or a field of an answer or a URC, read and judged: what could not work is refused where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from codegen import names
from codegen.known import Known, identifier, one, texts, words
from codegen.model import Enum, Field, Words
from codegen.strict import Node

INT32 = (-(2**31), 2**31 - 1)  # what the module reads as a number
ARGUMENTS = ("string", "base64", "int", "raw")  # kinds that a call can send
ROWS = ("string", "base64", "int", "word", "raw", "name", "hex")  # that an answer can hold
URCS = ("string", "base64", "int", "word", "counted", "hex")  # that a URC can hold
UNSET = re.compile(r"[!-+\--9;-~]+")  # what the engine's table can hold
NAMED = 256  # numbers that an enum must name, each


def argument(node: Node, known: Known) -> Field:
    f = node.fields()
    name = f.need("name", lambda n: identifier(n, "argument name", names.arguments()))
    kind = f.need("kind", lambda n: n.one_of(ARGUMENTS))
    number = kind == "int"
    least, most = f.get("range", Node.span, (None, None)) if number else (None, None)
    if not number:
        least, most = f.get("bytes", lambda n: length(n, kind, known), (None, None))
    allowed = f.get("values", allowed_numbers, ()) if number else ()
    multiple = f.get("multiple", factor, 1) if number else 1
    host_multiple = f.get("host_multiple", factor, 1) if number else 1
    factors = max(multiple, host_multiple)
    low, high, step = span_of(node, number, least, most, allowed, factors)
    optional = f.get("optional", Node.flag, False)
    depends = f.get("when", when, {})
    found = Field(
        name=name,
        kind=kind,
        title=f.get("title", words, Words()),
        least=least,
        most=most,
        values=allowed,
        enum=f.get("enum", one("enum", known.enums), "") if number else "",
        const=f.get("const", Node.integer, None) if number else None,
        default=f.get("default", Node.integer, None) if number else None,
        optional=optional or bool(depends),
        secret=f.get("secret", Node.flag, False),
        since=f.get("since", one("revision", known.revisions), node.since),
        multiple=multiple,
        host_multiple=host_multiple,
        verbatim=f.get("verbatim", Node.flag, False) if kind == "raw" else False,
        when=depends,
        needed=bool(depends) and not optional,
        complaint=f.get("complaint", lambda n: n.one_of(("core",)), ""),
        low=low,
        high=high,
        step=step,
    )
    f.done()
    judge_argument(found, node)
    if found.enum:
        judge_enum(found, known.enums[found.enum], node)
    return found


def span_of(
    node: Node,
    number: bool,
    least: int | None,
    most: int | None,
    allowed: tuple[int, ...],
    step: int,
) -> tuple[int | None, int | None, int]:
    """What the host may send: low, high and step."""
    if allowed:
        if least is not None or step > 1:
            raise node.fail("values say it all: leave out range, multiple and host_multiple")
        return allowed[0], allowed[-1], allowed[1] - allowed[0] if len(allowed) > 1 else 1
    low, high = (least, most) if least is not None else (INT32 if number else (None, None))
    if low is not None and high is not None and step > 1:
        low = -(-low // step) * step
        if low > high:
            raise node.fail(f"the range {least}..{most} holds no multiple of {step}")
    return low, high, step


def judge_argument(found: Field, node: Node) -> None:
    """What no single key can tell."""
    if found.const is not None and (found.default is not None or found.optional or found.secret):
        raise node.fail(
            f"{found.name} is always {found.const}: leave out default, optional and secret"
        )
    if found.multiple > 1 and found.host_multiple > 1:
        raise node.fail("multiple or host_multiple, not both")
    if found.low is None:
        raise node.fail(
            f"the argument {found.name} has no limit: give bytes, such as bytes: 1..128"
        )
    told = "since" in node.mapping()  # not where it follows from a layer, which says what happened
    if told and not found.optional and found.const is None:
        raise node.fail(
            f"{found.name} came with {found.since}: what is new goes last and is optional"
        )
    if found.kind == "raw" and found.optional:
        raise node.fail("what follows a prompt cannot be left out: it is not optional")
    for key in ("const", "default"):
        value = getattr(found, key)
        if value is None:
            continue
        if not found.low <= value <= (found.high or 0) or (value - found.low) % found.step:
            raise node.fail(f"the {key} {value} is not what {found.name} may be: {found.limits}")


def judge_enum(found: Field, enum: Enum, node: Node) -> None:
    """An enum names each number that an argument may be."""
    numbers: tuple[int, ...] = found.values
    if found.const is not None:
        numbers = (found.const,)
    elif not numbers and found.least is not None and (found.most or 0) - found.least < NAMED:
        numbers = tuple(range(found.least, (found.most or 0) + 1))
    for number in numbers:
        if number not in enum.values:
            there = ", ".join(map(str, enum.values))
            raise node.fail(f"the enum {enum.name} has no name for {number}; it has: {there}")


def length(node: Node, kind: str, known: Known) -> tuple[int, int]:
    least, most = node.span()
    cap = known.wire.payload if kind == "raw" else known.wire.line
    if least < (kind != "name"):
        raise node.fail("at least 1 byte: the drivers send nothing empty")
    if most > cap:
        raise node.fail(f"at most {cap} bytes: no more travels, whatever the limit")
    return least, most


def factor(node: Node) -> int:
    number = node.integer()
    if number < 2:
        raise node.fail(f"multiples of {number}? give 2 or more, or leave the key out")
    return number


def allowed_numbers(node: Node) -> tuple[int, ...]:
    """The numbers allowed; the table of the drivers knows least, greatest and step."""
    values = tuple(item.integer() for item in node.unique())
    step = values[1] - values[0] if len(values) > 1 else 1
    if step < 1 or any(b - a != step for a, b in pairwise(values)):
        raise node.fail("allowed numbers must rise in equal steps")
    return values


def value(node: Node, known: Known, kinds: tuple[str, ...], owner: str) -> Field:
    """A field of an answer or of a URC. owner: whose attributes its name must not hide."""
    f = node.fields()
    name = f.need("name", lambda n: identifier(n, "field name", names.fields(owner)))
    kind = f.need("kind", lambda n: n.one_of(kinds))
    textual = kind in ("word", "string")
    least: int | None = None
    most: int | None = None
    if kind == "name":
        least, most = f.need("bytes", lambda n: length(n, kind, known))
    found = Field(
        name=name,
        kind=kind,
        title=f.get("title", words, Words()),
        least=least,
        most=most,
        low=least,
        high=most,
        words=(
            f.get("values", texts(re.compile(r"[ -~]+"), "word of the wire"), ()) if textual else ()
        ),
        enum=f.get("enum", one("enum", known.enums), "") if kind == "int" else "",
        newer=newer(node),
        optional=f.get("optional", Node.flag, False),
        secret=f.get("secret", Node.flag, False),
        unset=(
            f.get("unset", lambda n: n.matching(UNSET, "word: neither blank nor , nor :"), "")
            if owner == "Record"
            else ""
        ),
        since=f.get("since", one("revision", known.revisions), node.since),
    )
    f.done()
    return found


def when(node: Node) -> dict[str, int]:
    """One argument and the number on which something depends."""
    found = {name: each.integer() for name, each in node.filled().items()}
    if len(found) > 1:
        raise node.fail("one argument and one number: what depends on more has no word yet")
    return found


def chosen(
    found: dict[str, int] | Mapping[str, int], before: tuple[Field, ...], node: Node
) -> None:
    """What `when` names is a number that is given, and may have that value."""
    numbers = {each.name: each for each in before if each.kind == "int" and each.in_api}
    for name, number in found.items():
        one("argument before it that is a number", numbers)(Node(name, node.where))
        field = numbers[name]
        if field.low is not None and not field.low <= number <= (field.high or 0):
            raise node.fail(f"{name} is never {number}: {field.limits}")


def newer(node: Node) -> dict[str, str]:
    """Which of a field's words a layer added, and which layer."""
    values = node.mapping().get("values")
    each = values.value if values is not None and isinstance(values.value, list) else []
    return {str(word.value): word.since for word in each if word.since}


def distinct(fields: tuple[Field, ...], node: Node) -> tuple[Field, ...]:
    """Fields with names of their own; behind one that may be left out all may be."""
    seen: set[str] = set()
    left_out = ""
    for each in fields:
        if each.name in seen:
            raise node.fail(f"the name {each.name!r} is here twice")
        chosen(each.when, fields[: len(seen)], node)
        seen.add(each.name)
        if each.when and (each.const is not None or each.default is not None):
            raise node.fail(f"{each.name} depends on another argument: leave out const and default")
        if each.const is not None:
            continue
        may_be = each.optional or each.default is not None
        if left_out and not may_be:
            raise node.fail(
                f"{each.name} must be given, and follows {left_out}, which may be left out:"
                " make it optional or give it a default, or move it up"
            )
        left_out = each.name if may_be else ""
    return fields
