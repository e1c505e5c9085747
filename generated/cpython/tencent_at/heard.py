# Copied from runtime/cpython/heard.py: edit that.
"""A URC's name and values made into an event of its kind."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import UnexpectedAnswer
from .fields import Value, one
from .revision import FIRST, Revision
from .urc import Event


def event(name: str, values: Sequence[Value], revision: Revision = FIRST) -> Event:
    """The event of a URC's name and values."""
    kind = revision.part("events").KINDS.get(name)  # made with the first event
    if kind:
        found: list[object] = []
        try:
            for i, field in enumerate(revision.events[name].fields):
                left = values[i:]
                found.append(None if field.optional and not left else one(left, field))
            made: Event = kind(name, tuple(values), *found)
            return made
        except UnexpectedAnswer:
            pass
    return Event(name, tuple(values))
