# Copied from runtime/cpython/meaning.py: edit that.
"""What numbers and words of the module are made of: their meanings, and the tables that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .entries import NOTHING, Text


class Meaning(NamedTuple):
    """What a number means: the manual's symbol (or ""), a text in both languages, and what to do about it.

    fine: it is no failure.
    """

    name: str
    en: str
    zh: str
    advice: Text = NOTHING
    fine: bool = False


class Table(NamedTuple):
    """Numbers of one kind. unlisted: those that the firmware says and the manual does not know.

    heads: what a line that says one of them to any command begins with.
    """

    name: str
    title: Text
    section: str
    codes: Mapping[int, Meaning]
    unlisted: Mapping[int, Meaning] = {}
    heads: tuple[str, ...] = ()


class Answer(NamedTuple):
    """What the AT core says to any command, or a host beside commands. says: ok, refused, busy, prompt or abort."""

    says: str
    section: str
    title: Text
    advice: Text = NOTHING
