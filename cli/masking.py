"""Secrets out of sight: the arguments that the transcription marks, and every value seen there."""

from __future__ import annotations

import re
from functools import cache

from tencent_at.tables import FORMS

__all__ = ["MASK", "Masker", "spans", "split_arguments"]

MASK = b"***"
_SHORTEST = 4  # bytes: a shorter value would mask half of what is written


@cache
def secret_places() -> dict[bytes, tuple[frozenset[int], int]]:
    """For each command with secrets: which arguments they are, and how many arguments there are."""
    places = {}
    for form in FORMS.strip().split(b"\n"):
        head, arguments = form.split(b" ")[1:3]
        specs = arguments.split(b",")
        secret = frozenset(i for i, spec in enumerate(specs) if b":!" in spec)
        if secret:
            places[head.split(b",")[0].strip(b"+=")] = secret, len(specs)
    return places


@cache
def _heads() -> re.Pattern[bytes]:
    # With any suffix, so that the core's own variants of a command are masked too.
    names = b"|".join(secret_places())
    return re.compile(rb"\+\s*(" + names + rb")\w*\s*=(?![?<])", re.IGNORECASE)


def split_arguments(text: bytes) -> list[bytes]:
    """The arguments of a command line: split at every comma that no backslash precedes (manual 1.3)."""
    return [
        found[0] for found in re.finditer(rb"(?:(?<=,)|^)(?:\\.|[^,\\])*", text, re.DOTALL)
    ] or [b""]


class Masker:
    """Masks lines. What stood in a secret's place once is masked wherever it shows up later."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()

    def learn(self, value: str | bytes) -> None:
        """Mask this value from now on, plain or escaped; very short ones only in their own place."""
        raw = value.encode() if isinstance(value, str) else value
        if len(raw) >= _SHORTEST and raw != MASK:
            self._known.add(raw)
            self._known.add(re.sub(rb'([\\",])', rb"\\\1", raw))

    def mask(self, line: bytes, counted: bool = False) -> bytes:
        """The line with its secrets as ***; in a `counted` one, as many asterisks as they had bytes."""
        for start, end in reversed(spans(line)):
            self.learn(re.sub(rb"\\(.)", rb"\1", line[start:end].strip().strip(b'"')))
            line = line[:start] + MASK + line[end:]
        for value in sorted(self._known, key=len, reverse=True):
            if value in line:
                line = line.replace(value, b"*" * len(value) if counted else MASK)
        return line


def spans(line: bytes) -> list[tuple[int, int]]:
    """Where the secrets stand in a command line."""
    found = _heads().search(line)
    if not found:
        return []
    secret, count = secret_places()[found[1].upper()]
    start = found.end()
    arguments = split_arguments(line[start:].rstrip(b"\r\n"))
    places: list[tuple[int, int]] = []
    for i, argument in enumerate(arguments):
        end = start + len(argument)
        if i in secret or (len(arguments) != count and i > min(secret)):
            # Written wrongly: nothing behind the first secret is shown.
            if places and len(arguments) != count:
                places[-1] = (places[-1][0], end)
            elif argument:
                places.append((start, end))
        start = end + 1
    return places
