# Copied from runtime/cpython/check.py: edit that.
"""Arguments, before anything is written: what cannot travel is refused with its name, value, limit and section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import codec
from .errors import InvalidArgument

_WHY = {
    b"\0": "the module stops reading at it",
    b"\r\n": "it would end the line",
    b'\\"': "the module would change it; JSON may be spelled anew with escape=True",
    b"\\,": "the module would change it; JSON may be spelled anew with escape=True",
}


def check(call: str, args: Sequence[object], kw: Mapping[str, object] | None = None) -> None:
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


def encode(fields: Any, args: Sequence[object], kw: Mapping[str, object] | None = None) -> None:
    """Try to encode a call; InvalidArgument where that fails, with none of its values beside the text."""
    try:
        codec.encode(fields, args, dict(kw or {}))
        return
    except (ValueError, TypeError) as error:
        reason = str(error)
    raise InvalidArgument(with_value(reason, fields, args, kw))


def with_value(
    reason: str, fields: Any, args: Sequence[object], kw: Mapping[str, object] | None = None
) -> str:
    """The codec's complaint, with the value of the argument that it speaks of; a secret is ***."""
    specs = [
        spec.split(":") for spec in codec.text(fields[2]).split(",") if spec and spec[0] != "="
    ]
    for i, spec in enumerate(specs):
        value = args[i] if i < len(args) else (kw or {}).get(spec[0])
        if reason.startswith(f"{codec.text(fields[0])}: {spec[0]} must be "):
            said, bracket, section = reason.rpartition(" (manual")
            for bad, why in _WHY.items():
                if f"without {bad!r} " in said:
                    section += f"; {bad!r} cannot travel: {why}"
            return f"{said}: {'***' if spec[1][0] == '!' else _shown(value)}{bracket}{section}"
    return reason


def _shown(value: object) -> str:
    if isinstance(value, (str, bytes)) and len(value) > 40:
        return f"{value[:40]!a}…"
    return ascii(value)[:60]
