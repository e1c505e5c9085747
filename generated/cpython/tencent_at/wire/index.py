# Copied from runtime/cpython/wire/index.py: edit that.
"""Finds commands and their forms by what stands on the wire."""

from __future__ import annotations

from ..entries import Command, Form
from .book import COMMANDS


def line(text: str) -> Form | None:
    """The form of a line that a host sends, or None."""
    text = text.strip().upper()
    return _WHOLE.get(text) or next((form for form in _SET if text.startswith(form.line)), None)


def head(name: str) -> Command | None:
    """The command whose answers begin with `+name:`, or None."""
    return _HEADS.get(name)


_FORMS = [form for command in COMMANDS.values() for form in command.forms.values()]
_WHOLE = {form.line.upper(): form for form in _FORMS if form.kind != "set"}
_SET = [form for form in _FORMS if form.kind == "set"]
_HEADS = {
    head.strip("+=?"): command
    for command in reversed(COMMANDS.values())
    for form in command.forms.values()
    for head in (command.name, *form.heads)
}
