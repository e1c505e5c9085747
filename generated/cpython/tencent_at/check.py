# Copied from runtime/cpython/check.py: edit that.
"""Arguments, before anything is written: what cannot travel is refused with its name, value, limit and section."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

from . import codec
from .errors import InvalidArgument

Arguments = Sequence[object]
Names = Mapping[str, object]

_BASE64 = (string.ascii_letters + string.digits + "+/=").encode()
_CHANGED = "the module would change it; JSON may be spelled anew with escape=True"
_WHY = {
    b"\0": "the module stops reading at it",
    b"\r\n": "it would end the line",
    b'\\"': _CHANGED,
    b"\\,": _CHANGED,
}


def check(call: str, args: Arguments, kw: Names | None = None) -> None:
    """InvalidArgument for what cannot travel; it names argument, value, limit and section."""
    if call == "test":
        (command,) = args
        if not isinstance(command, str) or codec.test_form(command) is None:
            raise InvalidArgument(f"test: {command!r} has no test form (manual 1.2)")
        return
    fields = codec.form(call)
    if fields is None:
        raise InvalidArgument(f"{call}: there is no such call")
    encode(fields, args, kw)


def encode(fields: Any, args: Arguments, kw: Names | None = None) -> None:
    """Try to encode a call; InvalidArgument where that fails, with none of its secrets."""
    try:
        codec.encode(fields, tuple(args), dict(kw or {}))
        return
    except (ValueError, TypeError) as error:
        reason = str(error)
    except Exception as error:  # of a value that is no number, but has its own ideas
        reason = f"{codec.text(fields[0])}: an argument raised {type(error).__name__}"
    raise InvalidArgument(complaint(fields, args, kw) or reason)


def complaint(fields: Any, args: Arguments, kw: Names | None = None) -> str:
    """What is wrong with the first wrong argument, in words; "" where it is not one argument alone."""
    call, section = codec.text(fields[0]), codec.text(fields[6].rstrip(b"?"))
    specs = [
        spec.split(":") for spec in codec.text(fields[2]).split(",") if spec and spec[0] != "="
    ]
    for i, (name, kind, *limits) in enumerate(specs):
        value = args[i] if i < len(args) else (kw or {}).get(name)
        if value is None and limits[3:]:
            continue  # left out, which may be
        wrong = _number(value, limits) if kind in "it" else _text(value, kind, limits)
        if wrong:
            told = "***" if kind.startswith("!") else shown(value)
            return f"{call}: {name} must be {wrong}: {told} (manual {section})"
    return ""


def _number(value: object, limits: list[str]) -> str:
    low, high = int(limits[0]), int(limits[1])
    step = int(limits[2]) if limits[2:] and limits[2] else 1
    right = f"{low} to {high}" + (f" in steps of {step}" if step > 1 else "")
    if not isinstance(value, int):
        return f"a number, {right}, not {type(value).__name__}"
    if low <= value <= high and (value - low) % step == 0:
        return ""
    return f"{right}, not {value if abs(value) < 1 << 64 else 'a number that large'}"


def _text(value: object, kind: str, limits: list[str]) -> str:
    right = f"{limits[0]} to {limits[1]} bytes"
    if not isinstance(value, (str, bytes, bytearray, memoryview)):
        return f"text or bytes, {right}, not {type(value).__name__}"
    try:
        raw = value.encode() if isinstance(value, str) else bytes(value)
    except UnicodeEncodeError as error:
        return f"text that UTF-8 can spell, unlike its character {error.start}"
    if not int(limits[0]) <= len(raw) <= int(limits[1]):
        return f"{right}, not {len(raw)} bytes"
    for bad in list(_WHY)[: 4 if kind == "r" else 2]:
        if bad in raw:
            return f"without {bad!r} (byte {raw.find(bad)}), which cannot travel: {_WHY[bad]}"
    if kind[-1] == "b" and any(c not in _BASE64 for c in raw):
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
