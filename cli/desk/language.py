"""The language that the command speaks: which one, and a text in it.

The program is written in English; cli/chinese.json has the Chinese of each text, under the English one. Where a value
stands in a text, its name has {} (or %s) and its Chinese {0}, {1} …; {0!s} is a value that is a text itself. Texts are
turned where they are shown, so that errors of the driver, the libraries and the emulator are, too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

__all__ = ["LANGUAGE", "choose", "from_environment", "own", "said"]

LANGUAGE = ["en"]
OPTIONS = ("--lang", "--language")
CATALOGUE = "chinese.json"
_PLACE = re.compile(r"\{\}|%[sdr]")  # where a value stands


def from_environment(environment: Mapping[str, str] = os.environ) -> str:
    """The language of the first variable that is set: this command's own, then those of the system."""
    for name in ("TENCENT_AT_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "zh" if environment[name].lower().startswith("zh") else "en"
    return "en"


def choose(arguments: Sequence[str]) -> None:
    """Speak the language that the arguments, or the environment, ask for; the help is written before they are read."""
    LANGUAGE[0] = from_environment()
    rest = iter(arguments)
    for word in rest:
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if name in OPTIONS:
            LANGUAGE[0] = "zh" if (value if equals else next(rest, "")) == "zh" else "en"
    if LANGUAGE[0] == "zh":
        import gettext

        texts: Any = gettext  # what typer and argparse say goes through these
        texts.dgettext = lambda domain, text: said(text)
        texts.dngettext = lambda domain, one, many, count: said(one if count == 1 else many)


def said(text: str) -> str:
    """The text in the language that was chosen; as it is where the catalogue does not have it."""
    if LANGUAGE[0] == "en" or not text.strip() or (not text.isprintable() and len(text) > 4096):
        return text
    whole, patterns = _catalogue()
    found = whole.get(text.strip())
    if found is not None:
        return _around(text, found)
    best: tuple[int, str, re.Match[str]] | None = None
    for longest, weight, name, chinese in patterns:
        if longest in text and (best is None or weight > best[0]):
            match = _pattern(name).fullmatch(text.strip())
            if match:
                best = weight, chinese, match
    if best:
        return _around(text, _filled(best[1], best[2].groups()))
    # What is unknown may begin with the name of a file, and go on with what is wrong with it.
    head, colon, tail = text.partition(": ")
    turned = said(tail) if colon else tail
    return f"{head}: {turned}" if turned != tail else text


def own(text: Any) -> str:
    """A text that exists in both languages, in the one that was chosen."""
    return str(getattr(text, LANGUAGE[0]) or text.en)


def _around(text: str, found: str) -> str:
    # With the blanks and line ends that the text had around it.
    core = text.strip()
    return text.replace(core, found, 1) if core != text else found


def _filled(chinese: str, values: Sequence[str | Any]) -> str:
    def value(match: re.Match[str]) -> str:
        found = values[int(match[1])] or ""
        return said(found) if match[2] else found

    return re.sub(r"\{(\d+)(!s)?\}", value, chinese)


@cache
def _catalogue() -> tuple[dict[str, str], list[tuple[str, int, str, str]]]:
    # Whole texts; and those with places, each with its longest piece and how much of it is fixed.
    import json
    import pkgutil

    package = (__package__ or "").rpartition(".")[0]
    texts: dict[str, str] = json.loads(pkgutil.get_data(package, CATALOGUE) or b"{}")
    texts = {name.strip(): chinese.strip() for name, chinese in texts.items()}
    patterns = []
    for name, chinese in texts.items():
        pieces = _PLACE.split(name)
        if len(pieces) > 1:
            fixed = sum(len(piece) for piece in pieces)
            patterns.append((max(pieces, key=len), fixed, name, chinese))
    return texts, patterns


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile("(.*?)".join(re.escape(piece) for piece in _PLACE.split(name)), re.DOTALL)
