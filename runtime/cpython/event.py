"""A URC that is no message: its name, its values, and what its numbers mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from .error_tables import ERRORS, EVENT_ERRORS, REASONS, Meaning
from .errors import UnexpectedAnswer
from .record import Value, one


@dataclass(frozen=True, slots=True)
class Event:
    """What the module says by itself.

    name: the transcription's, such as "disconnected". values: the numbers and words behind it, as they came.
    A kind of its own (in tencent_at.events) names the values; one that does not fit the manual stays an Event.
    """

    name: str
    values: tuple[Value, ...]

    kinds: ClassVar[
        dict[str, tuple[type[Event], Sequence[tuple[str, type[IntEnum] | None, bool]]]]
    ] = {}

    @property
    def meaning(self) -> Meaning | None:
        """What its code means, in English and Chinese; None without a code, or with one the manual does not know."""
        tables, _ = EVENT_ERRORS.get(self.name, ((), ""))
        code = getattr(self, "code", None)
        return next((ERRORS[table][code] for table in tables if code in ERRORS[table]), None)

    @property
    def reason(self) -> Meaning | None:
        """What its sub-code means; None without one."""
        _, table = EVENT_ERRORS.get(self.name, ((), ""))
        return REASONS.get(table, {}).get(getattr(self, "sub_code", None) or 0)

    def __str__(self) -> str:
        words = " ".join(map(str, (self.name, *self.values)))
        meanings = [meaning.en for meaning in (self.meaning, self.reason) if meaning]
        return f"{words} ({'; '.join(meanings)})" if meanings else words


def read(name: str, values: Sequence[Value]) -> Event:
    """The event of a URC's name and values."""
    if name in Event.kinds:
        kind, fields = Event.kinds[name]
        found: list[object] = []
        try:
            for i, (kept, enum, optional) in enumerate(fields):
                found.append(None if optional and i >= len(values) else one(values[i:], kept, enum))
            return kind(name, tuple(values), *found)
        except UnexpectedAnswer:
            pass
    return Event(name, tuple(values))
