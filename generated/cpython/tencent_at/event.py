# Copied from runtime/cpython/event.py: edit that.
"""A URC that is no message: its name, its values, and what its numbers mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from .errors import UnexpectedAnswer, look_up
from .manual import URCS
from .record import Value, one

if TYPE_CHECKING:
    from .meaning import Meaning


@dataclass(frozen=True, slots=True)
class Event:
    """What the module says by itself.

    name: the transcription's, such as "disconnected". values: the numbers and words behind it, as they came.
    A kind of its own (in tencent_at.events) names the values; one that does not fit the manual stays an Event.
    """

    name: str
    values: tuple[Value, ...]

    kinds: ClassVar[dict[str, type[Event]]] = {}  # filled by events.py

    @property
    def meaning(self) -> Meaning | None:
        """What its code means, in English and Chinese; None without a code, or with one the manual does not know."""
        urc = _URCS.get(self.name)
        return look_up(getattr(self, "code", None), urc.errors)[1] if urc else None

    @property
    def reason(self) -> Meaning | None:
        """What its sub-code means; None without one."""
        urc = _URCS.get(self.name)
        tables = [urc.reason] if urc and urc.reason else []
        return look_up(getattr(self, "sub_code", None), tables)[1]

    def __str__(self) -> str:
        words = " ".join(map(str, (self.name, *self.values)))
        meanings = [meaning.en for meaning in (self.meaning, self.reason) if meaning]
        return f"{words} ({'; '.join(meanings)})" if meanings else words


_URCS = {urc.event: urc for urc in URCS.values()}


def read(name: str, values: Sequence[Value]) -> Event:
    """The event of a URC's name and values."""
    from . import events  # noqa: F401  (loaded with the first event)

    if name in Event.kinds:
        found: list[object] = []
        try:
            for i, field in enumerate(_URCS[name].fields):
                left = values[i:]
                found.append(None if field.optional and not left else one(left, field))
            return Event.kinds[name](name, tuple(values), *found)
        except UnexpectedAnswer:
            pass
    return Event(name, tuple(values))
