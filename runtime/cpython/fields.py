"""Answers as records: how values become fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, TypeVar

from .entries import Field
from .errors import UnexpectedAnswer
from .revision import of
from .revisions import DEFAULT

R = TypeVar("R", bound="Record")
L = TypeVar("L", bound="Labelled")
Value = str | int


def one(row: Sequence[Value | bytes], field: Field, call: str = "", revision: str = DEFAULT) -> Any:
    """The first value of a row as its field wants it; numbers that the enum does not know stay numbers."""
    if not row:
        raise UnexpectedAnswer(call, "an empty row", of(revision))
    value = row[0]
    if field.kind != "int":
        return value if isinstance(value, bytes) else str(value)
    if not isinstance(value, int):
        raise UnexpectedAnswer(call, f"{value!r} where a number belongs", of(revision))
    if field.enum is not None and value in field.enum.__members__.values():
        return field.enum(value)
    return value


def value(call: str, row: Sequence[Value] | None, revision: str = DEFAULT) -> Any:
    """The value of a row that holds but one; None where the module says that it was never set."""
    field = of(revision).forms[call].row[0]
    return None if row is None and field.unset else one(row or (), field, call, revision)


class Record:
    """A row with named fields; `extra` holds the values behind those that this revision knows."""

    __slots__ = ()
    call: ClassVar[str]  # whose answer it is
    revision: ClassVar[str] = DEFAULT  # in whose manual

    @classmethod
    def if_any(cls: type[R], row: Sequence[Value] | None) -> R | None:
        """The record of a row that may be missing, or None."""
        return None if row is None else cls.from_row(row)

    @classmethod
    def from_row(cls: type[R], row: Sequence[Value]) -> R:
        """The record of a row's values; UnexpectedAnswer where one is missing or of the wrong kind."""
        revision = of(cls.revision)
        fields = revision.forms[cls.call].row
        values: dict[str, Any] = {"extra": tuple(row[len(fields) :])}
        for i, field in enumerate(fields):
            if i < len(row):
                values[field.name] = one(row[i:], field, cls.call, cls.revision)
            elif field.optional:
                values[field.name] = None
            else:
                detail = f"{cls.__name__}: {len(row)} values, not {len(fields)}"
                raise UnexpectedAnswer(cls.call, detail, revision)
        return cls(**values)


class Labelled:
    """Lines of the shape `Label: value`; `lines` holds them all, as they came."""

    __slots__ = ()
    call: ClassVar[str]  # whose answer it is
    revision: ClassVar[str] = DEFAULT  # in whose manual

    @classmethod
    def from_lines(cls: type[L], lines: Iterable[str]) -> L:
        """The record of the lines; labels that this revision does not know stay in `lines` alone."""
        lines = tuple(lines)
        labels = of(cls.revision).forms[cls.call].labels
        fields = {" ".join(label.split()): field for field, label in labels.items()}
        found = {}
        for line in lines:
            label, _, value = line.partition(":")
            label = " ".join(label.split())  # with whatever blanks the module puts into it
            if label in fields:
                found[fields[label]] = value.strip()
        return cls(**found, lines=lines)  # type: ignore[call-arg]
