# Copied from runtime/cpython/secret.py: edit that.
"""Secrets: what the transcription marks is never shown, in traces, logs, reprs or tracebacks."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .manual import EVENTS, FORMS

MASK = b"***"
_GRAM = 4  # bytes in a row that a damaged line must share with a secret to be taken for its echo;
# a shorter secret is masked where its command stands before it, and not wherever its letters occur
_PARAMETER = re.compile(rb"(?:\\.|[^\\,])*(?:,|\Z)", re.DOTALL)
_UNESCAPE = re.compile(rb"\\(.)", re.DOTALL)


class Secret(str):
    """Text that shows itself as ***; the wire gets what it holds. Use it where tracebacks print local variables."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)


def _marked() -> dict[bytes, tuple[int, int]]:
    # Command name → the place of its secret among the parameters, and how many follow it.
    found = {}
    for form in FORMS.values():
        secret = [argument.secret for argument in form.arguments]
        if True in secret:
            at = secret.index(True)
            for head in form.heads:
                found[head.strip("+=").encode()] = at, len(secret) - at - 1
    return found


_SECRETS = _marked()
_NAMED = re.compile(
    rb"(" + b"|".join(sorted(_SECRETS, reverse=True)) + rb")(\W?.*)", re.DOTALL | re.I
)


def _heads() -> set[bytes]:
    # What answers and URCs begin with, but for those whose commands hold a secret.
    answers = (head for form in FORMS.values() for head in form.heads)
    found = {head.strip("+=?").encode() for head in ("CME ERROR", *EVENTS, *answers)}
    return {head for head in found if head and not _NAMED.match(head)}


_KNOWN = _heads()


class Masks:
    """Lines as they may be shown. It learns the secrets from the lines that are written."""

    def __init__(self) -> None:
        self._whole: set[bytes] = set()
        self._parts: set[bytes] = set()

    def sent(self, line: bytes) -> bytes:
        """A line that is written, with its secrets masked and remembered."""
        shown, secrets = masked(line)
        for secret in secrets:
            self._learn(secret)
        return self._covered(shown)

    def received(self, line: bytes) -> bytes:
        """A line that came: echoes are masked, whole or damaged."""
        if any(part in line for part in self._parts) and not self._answer(line):
            return MASK
        shown = self._covered(line)
        if b"=" in shown and _NAMED.search(shown):
            shown, _ = masked(shown)
        return shown

    def _answer(self, line: bytes) -> bool:
        # Does it begin as an answer or a URC does, and not as what is left of a secret might?
        plain = line.strip(b" \r\n")
        head, colon, _ = plain[1:].partition(b":")
        if plain[:1] != b"+" or head.strip(b" ") not in _KNOWN:
            return False
        return not any(plain[: 1 + len(head)] + colon in secret for secret in self._whole)

    def _covered(self, line: bytes) -> bytes:
        for secret in self._whole:
            if secret in line:
                line = line.replace(secret, MASK)
        return line

    def _learn(self, secret: bytes) -> None:
        for spelling in (secret, _UNESCAPE.sub(rb"\1", secret)):
            if len(spelling) >= _GRAM and spelling not in self._whole:
                self._whole.add(spelling)
                for i in range(len(spelling) - _GRAM + 1):
                    self._parts.add(spelling[i : i + _GRAM])


def masked(line: bytes) -> tuple[bytes, list[bytes]]:
    """A command line with *** for its secrets, and these as they stood between their quotes."""
    found = _NAMED.search(line)
    if not found or b"=" not in found[2] or found[2].lstrip().startswith((b"=?", b":")):
        return line, []
    name, rest = found[1].upper(), found[2]
    at, behind = _SECRETS[name]
    blank, sign, values = rest.partition(b"=")
    end = b"\r\n" if values.endswith(b"\r\n") else b""
    parts = [part for part in _PARAMETER.findall(values[: len(values) - len(end)]) if part]
    last = max(at + 1, len(parts) - behind)
    hidden = b"".join(parts[at:last])
    if not hidden or hidden == MASK:
        return line, []
    secret = hidden.removesuffix(b",").strip(b' "')
    comma = b"," if hidden.endswith(b",") else b""
    shown = b"".join(parts[:at]) + MASK + comma + b"".join(parts[last:])
    return line[: found.start(2)] + blank + sign + shown + end, [secret] if secret != MASK else []


# serialx logs the bytes it moves, at DEBUG. Ours are logged once, masked, by trace.py: while our bytes are under
# way, what it says at DEBUG is dropped. A context variable marks them: the callbacks that a loop runs for a port
# keep the context in which the port was opened.
_ours: ContextVar[bool] = ContextVar("tencent_at_bytes", default=False)


@contextmanager
def unlogged() -> Iterator[None]:
    """Within it, and in callbacks registered within it, serialx does not log bytes."""
    for name in list(logging.root.manager.loggerDict):
        if name == "serialx" or name.startswith("serialx."):
            logger = logging.getLogger(name)
            if _discreet not in logger.filters:
                logger.addFilter(_discreet)
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)


def _discreet(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG or not _ours.get()
