"""Commands that the transcription does not have: a form made on the spot."""

from __future__ import annotations

from collections.abc import Sequence

from .check import Spelled, shown, wrong
from .entries import Field, Form
from .errors import InvalidArgument
from .tables import LINE, LONGEST

_LONGEST_WAIT = 86400  # seconds
_DEBTS = {"ok": "k", "result": "v", "row": "r", "prompt": "p"}
_BEHIND_A_PROMPT = Form(
    "command", "", "set", "", "3.4", (), (Field("payload", "raw", low=1, high=LONGEST),)
)


def form(line: object, reply: object, payload: object, timeout: object) -> Spelled:
    """A form for this line; the lines that answer it are owed as free text.

    Raises InvalidArgument for what cannot travel, or a word of `reply` that there is not.
    """
    raw = _bytes("line", line)
    body = None if payload is None else _bytes("payload", payload)
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
    owed = [*reply, *(["prompt"] if body is not None and "prompt" not in reply else [])]
    unknown = [word for word in owed if not isinstance(word, str) or word not in _DEBTS]
    if unknown:
        raise InvalidArgument(
            f"command: reply holds {shown(unknown[0])}; there are: {', '.join(_DEBTS)}"
        )
    if "prompt" in owed and body is None:
        raise InvalidArgument(
            "command: reply holds a prompt; give the payload that follows it (manual 3.4)"
        )
    if len(raw) > LINE:
        raise InvalidArgument(
            f"command: line must be at most {LINE} bytes, not {len(raw)} (manual 1.2)"
        )
    head, sign, values = raw[2:].partition(b"=")
    if not head.isascii() or b"," in head or b" " in head:  # not of the manual's shape
        head, sign, values = b"", b"", head + sign + values
    if body is not None:
        _check_payload(body, values.rpartition(b",")[2])
    debts = "t" + "".join(_DEBTS[word] for word in owed)
    form = f"command {(head + sign).decode()}  {debts}"
    return form, bytearray(b"AT" + raw[2:] + b"\r\n"), body, int(timeout * 1000)


def _bytes(name: str, value: object) -> bytes:
    # What the error says is not what Python says: that holds the whole line.
    reason = "must be text or bytes"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, str):
        try:
            return value.encode()
        except UnicodeEncodeError as error:
            reason = f"must be text that UTF-8 can spell, unlike its character {error.start}"
    raise InvalidArgument(f"command: {name} {reason} (manual 1.2)")


def _check_payload(payload: bytes, announced: bytes) -> None:
    # The line's last number announces the payload: the two may not differ.
    reason = wrong(_BEHIND_A_PROMPT, "command  payload:r   ", [payload])
    if announced != b"%d" % len(payload):
        reason = f"command: line must end in the payload's length, {len(payload)} (manual 3.4)"
    if reason:
        raise InvalidArgument(reason)
