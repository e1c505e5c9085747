# Copied from runtime/cpython/urc.py: edit that.
"""A URC that is no message: its name, its values, and what its numbers mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from .errors import look_up
from .fields import Value
from .revision import of
from .revisions import DEFAULT

if TYPE_CHECKING:
    from .meaning import Meaning


@dataclass(frozen=True, slots=True)
class Event:
    """What the module says by itself.

    name: the transcription's, such as "disconnected". values: the numbers and words behind it, as they came.
    A kind of its own (in tencent_at.events) names the values; one that does not fit the manual stays an Event.
    """

    revision: ClassVar[str] = DEFAULT  # in whose manual its numbers stand
    name: str
    values: tuple[Value, ...]

    @property
    def meaning(self) -> Meaning | None:
        """What its code means, in English and Chinese; None without a code, or with one the manual does not know."""
        urc = of(self.revision).events.get(self.name)
        tables = urc.errors if urc else ()
        return look_up(getattr(self, "code", None), tables, of(self.revision))[1]

    @property
    def reason(self) -> Meaning | None:
        """What its sub-code means; None without one."""
        urc = of(self.revision).events.get(self.name)
        tables = [urc.reason] if urc and urc.reason else []
        return look_up(getattr(self, "sub_code", None), tables, of(self.revision))[1]

    def __str__(self) -> str:
        words = " ".join(map(str, (self.name, *self.values)))
        meanings = [meaning.en for meaning in (self.meaning, self.reason) if meaning]
        return f"{words} ({'; '.join(meanings)})" if meanings else words
