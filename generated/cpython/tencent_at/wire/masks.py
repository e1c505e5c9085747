# Copied from runtime/cpython/wire/masks.py: edit that.
"""Lines without their secrets: the arguments that the transcription marks, and every value that stood there once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .book import ANSWERS, EVERY_FORM, TABLES, URCS

MASK = b"***"
_MOST = 5  # bytes in a row of a secret that an answer may share with it by chance
_GRAM = 4  # bytes in a row that a damaged line must share with a secret to be taken for its echo;
# a shorter secret is masked where its command stands before it, and not wherever its letters occur
_UNESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_ARGUMENT = re.compile(rb"(?:(?<=,)|^)(?:\\.|[^,\\])*", re.DOTALL)
_ANSWER = re.compile(rb"\s*\+ *(\w+) ?[:,]")
_COMMAND = re.compile(rb"\s*AT\+(\w+) ?=", re.IGNORECASE)

# For each command with secrets: which arguments they are, and the kinds of all, by their number, which is not the same
# in every revision.
SECRETS: dict[bytes, tuple[set[int], dict[int, tuple[str, ...]]]] = {}
for _form in EVERY_FORM:
    _secret = {i for i, argument in enumerate(_form.arguments) if argument.secret}
    if _secret:
        _places, _shapes = SECRETS.setdefault(_form.command.encode(), (set(), {}))
        _places |= _secret
        _shapes[len(_form.arguments)] = tuple(argument.kind for argument in _form.arguments)
_SHAPES = {"int": re.compile(rb"\s*-?\d+\s*")}
_QUOTED = re.compile(rb'\s*"(?:\\.|[^"\\])*"\s*', re.DOTALL)
# Of every command and URC, what their answers begin with.
_NAMES = frozenset(
    head.strip("+=?").encode()
    for heads in (*(form.heads for form in EVERY_FORM), *(urc.heads for urc in URCS.values()))
    for head in heads
)
_SECRET_NAMES = b"|".join(sorted(SECRETS, reverse=True))
# With any suffix, so that the core's own variants of a command are masked too.
_SECRET_HEAD = re.compile(rb"\+\s*(" + _SECRET_NAMES + rb")\w*\s*=(?![?<])", re.IGNORECASE)
_SECRET_NAME = re.compile(rb"(" + _SECRET_NAMES + rb")\w*(\W.*)", re.DOTALL | re.IGNORECASE)


def _plain() -> re.Pattern[bytes]:
    # Lines with no room for a secret, whatever the secrets are: words of the AT core, and its numbers.
    words = [*ANSWERS, "AT", *(head for urc in URCS.values() if urc.plain for head in urc.heads)]
    numbers = [head for table in TABLES.values() for head in table.heads]
    return re.compile(
        rb"|".join(re.escape(word.encode()) for word in words)
        + rb"|(?:"
        + rb"|".join(re.escape(head.encode()).replace(rb"\+", rb"\+ ?") for head in numbers)
        + rb"): ?(?:-?\d{1,5}|0[xX][0-9a-fA-F]{1,8})"
    )


_PLAIN = _plain()


def split_arguments(text: bytes) -> list[bytes]:
    """The arguments of a command line: split at every comma that no backslash precedes (manual 1.3)."""
    return [found[0] for found in _ARGUMENT.finditer(text)] or [b""]


def spans(line: bytes) -> list[tuple[int, int]]:
    """Where the secrets stand in a command line."""
    found = _SECRET_HEAD.search(line)
    if not found:
        return []
    secret, shapes = SECRETS[found[1].upper()]
    start = found.end()
    arguments = split_arguments(line[start:].rstrip(b"\r\n"))
    wrong = not _well_written(arguments, shapes)
    places: list[tuple[int, int]] = []
    for i, argument in enumerate(arguments):
        end = start + len(argument)
        if i in secret or (wrong and i > min(secret)):
            # Written wrongly: nothing behind the first secret is shown.
            if places and wrong:
                places[-1] = (places[-1][0], end)
            elif argument:
                places.append((start, end))
        start = end + 1
    return places


def _well_written(arguments: list[bytes], shapes: dict[int, tuple[str, ...]]) -> bool:
    # Are there as many as there may be? More than the fewest only if each is what it must be: a comma in a secret
    # would make one more.
    kinds = shapes.get(len(arguments))
    if kinds is None or len(arguments) == min(shapes):
        return kinds is not None
    return all(
        _SHAPES.get(kind, _QUOTED).fullmatch(argument)
        for kind, argument in zip(kinds, arguments, strict=True)
    )


class Masks:
    """Lines as they may be shown. What stood in a secret's place once is masked wherever it shows up later.

    doubtful: a secret may have been sent that is not known here.
    """

    def __init__(self, doubtful: bool = False) -> None:
        self._whole: list[bytes] = []  # the longest first
        self._parts: set[bytes] = set()
        self._longer: set[bytes] = set()
        self._doubtful = doubtful  # is a secret under way?

    def learn(self, value: str | bytes) -> None:
        """Mask this value from now on, plain or escaped; very short ones only in their own place."""
        raw = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
        if raw == MASK:
            return
        for spelling in (raw, re.sub(rb'([\\",])', rb"\\\1", raw)):
            if len(spelling) >= _GRAM and spelling not in self._whole:
                self._whole.append(spelling)
                self._parts.update(_in_a_row(spelling, _GRAM))
                self._longer.update(_in_a_row(spelling, _MOST + 1))
        self._whole.sort(key=len, reverse=True)

    def sent(self, line: bytes) -> bytes:
        """A command that is written, its secrets masked and remembered."""
        shown = self.shown(line)
        self._doubtful = shown != line
        return shown

    def shown(self, line: bytes, counted: bool = False) -> bytes:
        """Any bytes with their secrets as ***; in `counted` ones, as many asterisks as they had bytes."""
        for start, end in reversed(spans(line)):
            self.learn(_UNESCAPE.sub(rb"\1", line[start:end].strip().strip(b'"')))
            line = line[:start] + (b"*" * (end - start) if counted else MASK) + line[end:]
        for value in self._whole:
            if value in line:
                line = line.replace(value, b"*" * len(value) if counted else MASK)
        return line

    def received(self, line: bytes) -> bytes:
        """A line of the module: an echo may have lost its beginning, or any bytes, on the way.

        While a secret is under way, only what is no echo for certain is shown.
        """
        body = line.strip(b"\r\n")
        if not body or _PLAIN.fullmatch(body):
            return line
        shown = _damaged(self.shown(line))
        found = _ANSWER.match(body)
        answer = found is not None and (found[1].upper() in _NAMES or not self._doubtful)
        own = found is not None and found[1].upper() in SECRETS
        if answer and not own and not self._of_a_secret(body, found):
            # An echo may have run into it.
            return _behind_head(line) if any(part in shown for part in self._longer) else shown
        if any(part in shown for part in self._parts):
            return _behind_head(line)
        if answer:
            return shown
        # Neither an answer nor a whole command: an echo, as far as one can know.
        echo = _COMMAND.match(body)
        whole = echo is not None and echo[1].upper() in _NAMES
        if whole and shown != line:
            return shown if spans(line) else _behind_head(line)
        if self._doubtful or (not whole and (b'"' in body or b"=" in body)):
            return _behind_head(line)
        return shown

    def _of_a_secret(self, body: bytes, found: re.Match[bytes] | None) -> bool:
        # Is what looks like a head what is left of a secret?
        return found is not None and any(found[0].lstrip() in secret for secret in self._whole)


def _in_a_row(value: bytes, n: int) -> Iterator[bytes]:
    return (value[i : i + n] for i in range(len(value) - n + 1))


def _damaged(line: bytes) -> bytes:
    # A command with a secret whose + or = is damaged: nothing behind its name is shown.
    found = _SECRET_NAME.search(line)
    if not found or b"=" not in found[2] or found[2].lstrip().startswith((b"=?", b":")):
        return line
    if _SECRET_HEAD.search(line):
        return line  # masked already
    end = b"\r\n" if line.endswith(b"\r\n") else b""
    return line[: found.start(2)] + MASK + end


def _behind_head(line: bytes) -> bytes:
    # The line without all that stands behind its name; without anything where it has none.
    end = b"\r\n" if line.endswith(b"\r\n") else b""
    found = _ANSWER.match(line) or _COMMAND.match(line)
    known = found is not None and found[1].upper() in _NAMES
    return (found[0] if found and known else b"") + MASK + end
