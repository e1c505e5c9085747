# Copied from runtime/cpython/heard.py: edit that.
"""A URC's name and values made into an event of its kind."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import UnexpectedAnswer
from .fields import Value, one
from .urc import BY_EVENT, Event


def event(name: str, values: Sequence[Value]) -> Event:
    """The event of a URC's name and values."""
    from .events import KINDS  # made with the first event

    if name in KINDS:
        found: list[object] = []
        try:
            for i, field in enumerate(BY_EVENT[name].fields):
                left = values[i:]
                found.append(None if field.optional and not left else one(left, field))
            return KINDS[name](name, tuple(values), *found)
        except UnexpectedAnswer:
            pass
    return Event(name, tuple(values))
