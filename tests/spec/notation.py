"""How a dialogue's line spells words, values and bytes: spec/dialogues/README.md."""

from __future__ import annotations

import ast
import re

Value = str | bytes | int | float
Row = tuple[Value, ...]
_KINDS: dict[str, tuple[type, ...]] = {"s": (str, bytes), "i": (int,), "n": (int, float)}
WORD = re.compile(r"[a-z][a-z0-9_-]*")
_VALUE = re.compile(
    r'b?"(?:[^"\\]|\\.)*"' r"|b?'(?:[^'\\]|\\.)*'" r"|0[xX][0-9a-fA-F]+|-?[0-9]+(?:\.[0-9]+)?"
)
NUMBER = re.compile(r"-?[0-9]+|0[xX][0-9a-fA-F]+")
_BYTES = re.compile(r"⏎|\\\\|\\x([0-9a-fA-F]{2})|[^\\⏎]")


def take_words(rest: str) -> tuple[tuple[str, ...], str]:
    words = []
    while match := WORD.match(rest):
        words.append(match[0])
        rest = rest[match.end() :].lstrip(" ")
    return tuple(words), rest


def take_values(rest: str) -> tuple[Row, str]:
    values: list[Value] = []
    while match := _VALUE.match(rest):
        value = match[0]
        hexadecimal = value[:2] in ("0x", "0X")
        values.append(int(value, 16) if hexadecimal else ast.literal_eval(value))
        rest = rest[match.end() :]
        if rest and rest[0] not in " ;":
            raise ValueError(f"{rest!r} close behind a value")
        rest = rest.lstrip(" ")
    return tuple(values), rest


def nothing_more(rest: str) -> None:
    if rest:
        raise ValueError(f"{rest!r} is no value")


def checked(where: str, known: dict[str, str], words: tuple[str, ...], values: Row) -> Row:
    said = " ".join(words)
    if said not in known:
        raise ValueError(f"{where}: {said!r} is not in the README")
    kinds = known[said]
    if len(kinds) != len(values) or not all(
        isinstance(value, _KINDS[kind]) for kind, value in zip(kinds, values, strict=True)
    ):
        raise ValueError(f"{where}: {said!r} takes other values than {values!r}")
    return values


def bytes_of(said: str) -> bytes:
    data = bytearray()
    at = 0
    while at < len(said):
        match = _BYTES.match(said, at)
        if not match:
            raise ValueError(f"{said[at : at + 4]!r}: after a backslash comes \\ or xNN")
        at = match.end()
        if match[0] == "⏎":
            data += b"\r\n"
        elif match[0] == "\\\\":
            data += b"\\"
        elif match[1]:
            data.append(int(match[1], 16))
        else:
            data += match[0].encode()
    return bytes(data)
