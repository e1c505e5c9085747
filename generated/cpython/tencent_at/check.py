# Copied from runtime/cpython/check.py: edit that.
"""Arguments, before anything is written: what cannot travel is refused with its name, value, limit and section."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence

from . import codec
from .entries import Field, Form
from .errors import InvalidArgument
from .refusal import refusal
from .revision import FIRST, Revision
from .tables import CLEANED

Arguments = Sequence[object]
Names = Mapping[str, object]

_BASE64 = (string.ascii_letters + string.digits + "+/=").encode()
_CHANGED = "the module would change it; JSON may be spelled anew with escape=True"
_ABORT = b"+++\r\n"
# What cannot travel, and why: in a line; behind a prompt; there where the module changes no byte.
_IN_LINE = {b"\0": "the module stops reading at it", b"\r\n": "it would end the line"}
_IN_RAW = {**_IN_LINE, **{bytes((92, c)): _CHANGED for c in CLEANED}}
_AS_IS = {_ABORT: "before any NUL it breaks the payload off"}


# A call as codec.encode spells it: its form, the line, the payload behind the prompt, and the time-out in ms.
Spelled = tuple[str, bytearray, bytes | None, int]


def check(
    call: str, args: Arguments, kw: Names | None = None, revision: Revision = FIRST
) -> Spelled:
    """The call, spelled; InvalidArgument for what cannot travel: it names argument, value, limit and section."""
    if call == "test":
        (command,) = args
        if not isinstance(command, str) or not revision.testable(command.upper()):
            who = revision.cannot_test(command.upper()) if isinstance(command, str) else ""
            raise InvalidArgument(
                f"test: command must have a test form: {shown(command)} (manual 1.2)"
                + (f"; {who}" if who else "")
            )
        return codec.encode(revision.lean[call], [command.upper()], {})
    if call not in revision.forms:
        raise revision.lacks(call)
    found = spelled(revision.forms[call], revision.lean[call], args, kw)
    if isinstance(found, str):
        raise InvalidArgument(found)
    return found


def given(args: Arguments) -> list[object]:
    """The arguments without the last ones that were left out."""
    values = list(args)
    while values and values[-1] is None:
        values.pop()
    return values


def wrong(form: Form, lean: str, args: Arguments, kw: Names | None = None) -> str:
    """Why a call cannot travel, with none of its secrets; "" if it can. lean: the same form as the codec knows it."""
    found = spelled(form, lean, args, kw)
    return found if isinstance(found, str) else ""


def spelled(form: Form, lean: str, args: Arguments, kw: Names | None = None) -> Spelled | str:
    """A call spelled for the wire; or why it cannot travel, with none of its secrets. lean: see wrong()."""
    reason = complaint(form, args, kw)
    if reason:
        return reason
    lean = form.call + lean[lean.find(" ") :]
    try:
        return codec.encode(lean, given(args), kw or {})
    except (TypeError, ValueError):
        reason = refusal(lean, given(args), kw or {})
    except Exception as error:  # of a value that has its own ideas
        reason = f"{form.call}: an argument raised {type(error).__name__}"
    return reason if "(manual " in reason else f"{reason} (manual {form.section})"


def complaint(form: Form, args: Arguments, kw: Names | None = None) -> str:
    """What is wrong with the first wrong argument, in words; "" where it is not one argument alone."""
    left, named = list(args), kw or {}
    numbers: dict[str, object] = {}
    for argument in form.arguments:
        if argument.const is not None:
            continue
        there = bool(left) or argument.name in named
        value = left.pop(0) if left else named.get(argument.name)
        numbers[argument.name] = value if there else argument.default
        for name, number in argument.when.items():
            if value is not None and numbers.get(name) != number:
                return f"{form.call}: {argument.name} goes with {name} {number} alone (manual {form.section})"
            if value is None and argument.needed and numbers.get(name) == number:
                return f"{form.call}: {argument.name} must be given with {name} {number} (manual {form.section})"
        if value is None and argument.optional and argument.default is None:
            continue  # left out, which may be
        if not there and argument.default is not None:
            continue
        reason = (_number if argument.kind == "int" else _text)(value, argument)
        if reason:
            told = "***" if argument.secret else shown(value)
            return f"{form.call}: {argument.name} must be {reason}: {told} (manual {form.section})"
    return ""


def _number(value: object, argument: Field) -> str:
    low, high, step = argument.low, argument.high, argument.step
    right = f"{low} to {high}" + (f" in steps of {step}" if step > 1 else "")
    number = _whole(value)
    if number is None:
        return f"a number, {right}, not {type(value).__name__}"
    if low <= number <= high and (number - low) % step == 0:
        return ""
    return f"{right}, not {number if abs(number) < 1 << 64 else 'a number that large'}"


def _whole(value: object) -> int | None:
    # The number that a value is; None if it is none. A float is none, however whole it looks.
    return int(value) if isinstance(value, int) else None


def _text(value: object, argument: Field) -> str:
    low, high, kind = argument.low, argument.high, argument.kind
    right = f"{low} to {high} bytes"
    if not isinstance(value, (str, bytes, bytearray, memoryview)):
        return f"text or bytes, {right}, not {type(value).__name__}"
    try:
        raw = value.encode() if isinstance(value, str) else bytes(value)
    except UnicodeEncodeError as error:
        return f"text that UTF-8 can spell, unlike its character {error.start}"
    if not low <= len(raw) <= high:
        return f"{right}, not {len(raw)} bytes{'' if raw else ', which may crash the module'}"
    why = _IN_RAW if kind == "raw" else _IN_LINE
    if argument.verbatim:
        why = _AS_IS if _ABORT in raw.split(b"\0", 1)[0] else {}
    for bad, reason in why.items():
        if bad in raw:
            return f"without {bad!r} (byte {raw.find(bad)}), which cannot travel: {reason}"
    if kind == "base64" and any(c not in _BASE64 for c in raw):
        return "base64 characters only"
    return ""


def shown(value: object) -> str:
    """A value as far as an error shows it."""
    if isinstance(value, (str, bytes)) and len(value) > 40:
        return f"{value[:40]!a}…"
    try:
        return ascii(value)[:60]
    except Exception:  # a number of thousands of digits, for one
        return f"a value of type {type(value).__name__}"
