"""What numbers and words of the module are made of: their meanings, and the tables that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .entries import NOTHING, Text


class Meaning(NamedTuple):
    """What a number means: the manual's symbol (or ""), a text in both languages, and what to do about it."""

    name: str
    en: str
    zh: str
    advice: Text = NOTHING


class Table(NamedTuple):
    """Numbers of one kind. unlisted: those that the firmware says and the manual does not know."""

    name: str
    title: Text
    section: str
    codes: Mapping[int, Meaning]
    unlisted: Mapping[int, Meaning] = {}


class Answer(NamedTuple):
    """What the AT core says to any command, or a host beside commands."""

    section: str
    title: Text
    advice: Text = NOTHING
