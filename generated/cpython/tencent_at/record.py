# Copied from runtime/cpython/record.py: edit that.
"""Answers as records: how values become fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Any, ClassVar, TypeVar

from .errors import UnexpectedAnswer

R = TypeVar("R", bound="Record")
L = TypeVar("L", bound="Labelled")
Value = str | int


def one(row: Sequence[Value], kind: str, enum: type[IntEnum] | None, call: str = "") -> Any:
    """The first value of a row as its kind wants it; numbers that the enum does not know stay numbers."""
    if not row:
        raise UnexpectedAnswer(call, "an empty row")
    value = row[0]
    if kind != "int":
        return str(value)
    if isinstance(value, str):
        raise UnexpectedAnswer(call, f"{value!r} where a number belongs")
    if enum is not None and value in enum.__members__.values():
        return enum(value)
    return value


class Record:
    """A row with named fields; `extra` holds the values behind those that this revision knows."""

    __slots__ = ()
    read_as: ClassVar[dict[type, Sequence[tuple[str, type[IntEnum] | None, bool]]]] = {}

    @classmethod
    def from_row(cls: type[R], row: Sequence[Value], call: str = "") -> R:
        """The record of a row's values; UnexpectedAnswer of `call` where one is missing or of the wrong kind."""
        fields = cls.read_as[cls]
        values = []
        for i, (kind, enum, optional) in enumerate(fields):
            if i < len(row):
                values.append(one(row[i:], kind, enum, call))
            elif optional:
                values.append(None)
            else:
                raise UnexpectedAnswer(
                    call, f"{cls.__name__}: {len(row)} values, not {len(fields)}"
                )
        return cls(*values, extra=tuple(row[len(fields) :]))  # type: ignore[call-arg]


class Labelled:
    """Lines of the shape `Label: value`; `lines` holds them all, as they came."""

    __slots__ = ()
    labels: ClassVar[dict[type, dict[str, str]]] = {}

    @classmethod
    def from_lines(cls: type[L], lines: Iterable[str]) -> L:
        """The record of the lines; labels that this revision does not know stay in `lines` alone."""
        lines = tuple(lines)
        found = {}
        for line in lines:
            label, _, value = line.partition(":")
            if label.strip() in cls.labels[cls]:
                found[cls.labels[cls][label.strip()]] = value.strip()
        return cls(**found, lines=lines)  # type: ignore[call-arg]
