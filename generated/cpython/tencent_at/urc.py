# Copied from runtime/cpython/urc.py: edit that.
"""A URC that is no message: its name, its values, and what its numbers mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .entries import Urc
from .errors import look_up
from .fields import Value
from .manual import URCS

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

    @property
    def meaning(self) -> Meaning | None:
        """What its code means, in English and Chinese; None without a code, or with one the manual does not know."""
        urc = BY_EVENT.get(self.name)
        return look_up(getattr(self, "code", None), urc.errors)[1] if urc else None

    @property
    def reason(self) -> Meaning | None:
        """What its sub-code means; None without one."""
        urc = BY_EVENT.get(self.name)
        tables = [urc.reason] if urc and urc.reason else []
        return look_up(getattr(self, "sub_code", None), tables)[1]

    def __str__(self) -> str:
        words = " ".join(map(str, (self.name, *self.values)))
        meanings = [meaning.en for meaning in (self.meaning, self.reason) if meaning]
        return f"{words} ({'; '.join(meanings)})" if meanings else words


BY_EVENT: dict[str, Urc] = {urc.event: urc for urc in URCS.values()}
