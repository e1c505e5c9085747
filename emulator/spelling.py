"""The manual's variant spellings of a line, when a quirk asks for them (spec/ERRATA.md)."""

from __future__ import annotations

import re

from .quirks import Quirks

__all__ = ["spell"]

_HEAD = re.compile(rb"\+[A-Z]+:")
_FAIL = re.compile(rb":FAIL,(-?\d+)\r\n")


def spell(line: bytes, quirks: Quirks) -> bytes:
    """The line as a module with these quirks writes it."""
    if line[:1] != b"+":
        return line
    if quirks.rcvpub_misspelt and line.startswith(b"+TCMQTTRCVPUB:"):
        line = b"+TCMQTTTRCVPUB:" + line[14:]
    if line.startswith(b"+CME ERROR:"):
        head = b"+CME ERR:" if quirks.cme_err else b"+CME ERROR:"
        return head + (b" " if quirks.space_after_colon else b"") + line[11:]
    if quirks.fail_without_comma:
        line = _FAIL.sub(rb":FAIL\1\r\n", line)
    if quirks.extra_fields and line.startswith(
        (b"+TCMQTTCONN:1", b"+TCMQTTSTATE:", b"+TCDEVINFOSET:1")
    ):
        line = line[:-2] + b",0\r\n"
    found = _HEAD.match(line)
    if quirks.space_after_colon and found:
        line = line[: found.end()] + b" " + line[found.end() :]
    if quirks.space_after_plus and not line.startswith(b"+TCMQTTRCVPUB"):
        line = b"+ " + line[1:]
    return line
