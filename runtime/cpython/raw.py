"""Commands that the transcription does not have: a form made on the spot."""

from __future__ import annotations

from collections.abc import Sequence

from .check import shown
from .errors import InvalidArgument

_LONGEST_WAIT = 86400  # seconds
_LONGEST = 2048  # bytes behind a prompt (manual 3.4)
_DEBTS = {"ok": b"k", "result": b"v", "row": b"r", "prompt": b"p"}


def form(line: object, reply: object, payload: str | bytes | None, timeout: object) -> list[bytes]:
    """The seven fields of a form for this line (see codec.form); its lines are owed as free text.

    Raises InvalidArgument for a line that is none, or a word of `reply` that there is not.
    """
    raw = _bytes("line", line)
    if payload is not None:
        _bytes("payload", payload)
    if not isinstance(timeout, (int, float)) or not 0 <= timeout <= _LONGEST_WAIT:
        raise InvalidArgument(f"command: timeout must be 0 to {_LONGEST_WAIT} seconds (manual 1.2)")
    if isinstance(reply, str) or not isinstance(reply, Sequence):
        raise InvalidArgument(f"command: reply must be a list of words: {', '.join(_DEBTS)}")
    for bad in (b"\r", b"\n", b"\0"):
        if bad in raw:
            raise InvalidArgument(
                f"command: line holds {bad!r} (byte {raw.find(bad)}) (manual 1.2)"
            )
    if raw[:2].upper() != b"AT":
        raise InvalidArgument("command: line must begin with AT (manual 1.2)")
    owed = [*reply, *(["prompt"] if payload is not None and "prompt" not in reply else [])]
    unknown = [word for word in owed if not isinstance(word, str) or word not in _DEBTS]
    if unknown:
        raise InvalidArgument(
            f"command: reply holds {shown(unknown[0])}; there are: {', '.join(_DEBTS)}"
        )
    if "prompt" in owed and payload is None:
        raise InvalidArgument(
            "command: reply holds a prompt; give the payload that follows it (manual 3.4)"
        )
    head, sign, values = raw[2:].partition(b"=")
    if b"," in head or b" " in head:  # not of the manual's shape: as it is
        head, sign, values = b"", b"", head + sign + values
    constants = b"=" + values.replace(b",", b",=") if values else b""
    if payload is not None:
        constants = _with_length(constants, payload)
    debts = b"t" + b"".join(_DEBTS[word] for word in owed)
    return [b"command", head + sign, constants, debts, b"%d" % (timeout * 1000), b"c", b"1.2"]


def _bytes(name: str, value: object) -> bytes:
    # What the error says is not what Python says: that holds the whole line.
    wrong = "must be text or bytes"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, str):
        try:
            return value.encode()
        except UnicodeEncodeError as error:
            wrong = f"must be text that UTF-8 can spell, unlike its character {error.start}"
    raise InvalidArgument(f"command: {name} {wrong} (manual 1.2)")


def _with_length(constants: bytes, payload: str | bytes) -> bytes:
    # The line's last number announces the payload: it becomes an argument, so that the two cannot differ.
    size = len(_bytes("payload", payload))
    before, comma, last = constants.rpartition(b",")
    if last != b"=%d" % size:
        raise InvalidArgument(
            f"command: line must end in the payload's length, {size} (manual 3.4)"
        )
    return before + comma + b"payload:r:1:%d" % _LONGEST
