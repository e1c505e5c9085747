"""A message of a subscribed topic, and the spellings in which a payload travels."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from . import row
from .check import Spelled, shown, spelled
from .errors import InvalidArgument
from .revision import FIRST, Revision

_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_PUBLISH = (
    "publish_short",
    "publish_long",
    "publish_raw",
)  # the last where a revision has it (3.5)
_UNIVERSAL = {b'"': rb"\u0022", b"\\": rb"\u005c"}


class Message(NamedTuple):
    """A message of a subscribed topic (manual 5.1)."""

    topic: str
    payload: bytes

    @property
    def text(self) -> str:
        """The payload as text: UTF-8, or one character a byte where it is not."""
        return row.text(self.payload)

    def json(self) -> Any:
        """The payload as a JSON document; ValueError where it is none."""
        return json.loads(self.payload)


class Unset:
    """What stands for an argument that was left out, where None is a value."""

    def __repr__(self) -> str:
        return "…"


UNSET = Unset()


def body(payload: str | bytes | Unset, document: object) -> bytes:
    """The bytes to publish: the payload as it is, or the document spelled as JSON without blanks."""
    if document is UNSET:
        if isinstance(payload, Unset):
            raise InvalidArgument("publish: no payload and no json (manual 3.3)")
        if not isinstance(payload, str):
            if isinstance(payload, (bytes, bytearray, memoryview)):
                return bytes(payload)
            raise InvalidArgument(
                f"publish: payload must be text or bytes, 1 to 2048 bytes: {shown(payload)} (manual 3.4)"
            )
        text = payload
    elif not isinstance(payload, Unset):
        raise InvalidArgument("publish: a payload and json; give one of them (manual 3.3)")
    else:
        text = compact(document)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        reason = f"publish: payload holds {text[error.start]!a} (character {error.start}), which UTF-8 cannot spell"
    raise InvalidArgument(f"{reason} (manual 3.3)")


def compact(document: object) -> str:
    """A document as JSON without blanks."""
    try:
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        reason = str(error)
    raise InvalidArgument(f"publish: json cannot be spelled: {reason} (manual 3.3)")


def escaped(payload: bytes) -> bytes:
    r"""An equivalent spelling of a JSON document that the long form does not touch: \" is \u0022, \\ is \u005c.

    Line ends between its parts become LF. InvalidArgument where the payload is no JSON (manual 3.4).
    """
    try:
        json.loads(payload)
    except (ValueError, RecursionError):
        payload = b""
    if not payload:
        raise InvalidArgument("publish: escape needs a payload that is JSON (manual 3.4)")
    spelled = payload.replace(b"\r\n", b"\n")
    return _ESCAPE.sub(lambda found: _UNIVERSAL.get(found[1], found[0]), spelled)


def publication(
    topic: str | bytes, payload: bytes, qos: int, escape: bool, revision: Revision = FIRST
) -> Spelled:
    """The call that carries a payload unchanged: one line where it fits, else behind a prompt (manual 3.3, 3.4).

    With `escape`, JSON that neither carries is spelled anew. Raises InvalidArgument, naming the byte or the length
    that cannot travel.
    """
    refusal = ""
    for spelling in (payload, escaped(payload)) if escape else (payload,):
        for call in filter(revision.forms.__contains__, _PUBLISH):
            args = topic, qos, spelling
            told = revision.forms[call]._replace(call="publish")
            # Sure to arrive: a CR LF behind which one of the module's chunks ends is for publish_raw() alone.
            found = spelled(told, revision.lean[call].replace(":q", ":p"), args)
            if isinstance(found, tuple):
                form, line, behind, ms = found
                return call + form[form.find(" ") :], line, behind, ms
            refusal = found
    raise InvalidArgument(refusal)
