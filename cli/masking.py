"""Secrets out of sight: the arguments that the transcription marks, and every value seen there."""

from __future__ import annotations

import re
from functools import cache

from tencent_at.manual import EVENTS, FORMS
from tencent_at.secret import MASK, Masks, masked

__all__ = ["MASK", "Masker", "spans", "split_arguments"]

_ANSWER = re.compile(rb"\s*\+ ?(\w+) ?[:,]")
_COMMAND = re.compile(rb"\s*AT\+(\w+) ?=", re.IGNORECASE)
# Lines with no room for a secret, whatever the secrets are.
_PLAIN = re.compile(
    rb"OK|ERROR|FAIL|SEND OK|ready|WIFI (?:CONNECTED|GOT IP|DISCONNECT)|busy [ps]\.\.\.|AT"
    rb"|\+ ?CME ERROR: ?-?\d{1,5}|ERR CODE: ?0x[0-9a-fA-F]{1,8}"
)


@cache
def secret_places() -> dict[bytes, tuple[frozenset[int], int]]:
    """For each command with secrets: which arguments they are, and how many arguments there are."""
    places = {}
    for form in FORMS.values():
        secret = frozenset(i for i, argument in enumerate(form.arguments) if argument.secret)
        if secret:
            places[form.command.encode()] = secret, len(form.arguments)
    return places


@cache
def _names() -> frozenset[bytes]:
    # Of every command and event.
    heads = {head.strip("+=?") for form in FORMS.values() for head in form.heads}
    events = re.findall(r"\+(\w+)", " ".join(EVENTS))
    return frozenset(name.encode() for name in (*heads, *events))


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


class Masker(Masks):
    """Masks lines. What stood in a secret's place once is masked wherever it shows up later."""

    def learn(self, value: str | bytes) -> None:
        """Mask this value from now on, plain or escaped; very short ones only in their own place."""
        raw = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
        if raw != MASK:
            self._learn(re.sub(rb'([\\",])', rb"\\\1", raw))
            self._learn(raw)

    def mask(self, line: bytes, counted: bool = False) -> bytes:
        """The line with its secrets as ***; in a `counted` one, as many asterisks as they had bytes."""
        for start, end in reversed(spans(line)):
            self.learn(re.sub(rb"\\(.)", rb"\1", line[start:end].strip().strip(b'"')))
            line = line[:start] + MASK + line[end:]
        for value in sorted(self._whole, key=len, reverse=True):
            if value in line:
                line = line.replace(value, b"*" * len(value) if counted else MASK)
        return line

    def heard(self, line: bytes, doubtful: bool = False) -> bytes:
        """A line of the module: an echo may have lost its beginning, or any bytes, on the way.

        doubtful: a secret is under way; only what is no echo for certain is shown.
        """
        body = line.strip(b"\r\n")
        if not body or _PLAIN.fullmatch(body):
            return line
        shown, _ = masked(self.mask(line))
        found = _ANSWER.match(body)
        answer = found is not None and (found[1].upper() in _names() or not doubtful)
        own = found is not None and found[1].upper() in secret_places()
        if answer and not own:
            return shown
        if any(part in shown for part in self._parts):
            return _behind_head(line)
        if answer:
            return shown
        # Neither an answer nor a whole command: an echo, as far as one can know.
        echo = _COMMAND.match(body)
        whole = echo is not None and echo[1].upper() in _names()
        if whole and shown != line:
            return shown if spans(line) else _behind_head(line)
        if doubtful or (not whole and (b'"' in body or b"=" in body)):
            return _behind_head(line)
        return shown


def _behind_head(line: bytes) -> bytes:
    # The line without all that stands behind its name; without anything where it has none.
    end = b"\r\n" if line.endswith(b"\r\n") else b""
    found = _ANSWER.match(line) or _COMMAND.match(line)
    known = found is not None and found[1].upper() in _names()
    return (found[0] if found and known else b"") + MASK + end


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
